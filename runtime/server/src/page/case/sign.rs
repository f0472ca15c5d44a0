//! Where somebody signs for an answer: a sheet to draw on, and a field for whoever types their name instead. Both are there
//! once they have proved who they are.

use engine::Signature;
use serde::Serialize;

use super::super::{Visit, params::Params};
use crate::problem::Problem;

/// Where somebody signs.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Pad {
    /// Where they prove who they are first; empty once they have.
    pub prove: String,
    /// What they are called.
    pub name: String,
    /// The lines they have drawn already.
    pub drawn: String,
    /// The name they have typed already.
    pub typed: String,
    /// Why it is no signature.
    pub fault: String,
}

/// The place to sign on a page; `sent` is what came from there and was refused.
pub fn pad(visit: &Visit, page: &str, sent: Option<&Params>, problem: Option<&Problem>) -> Pad {
    let text = |name: &str| sent.and_then(|sent| sent.get(name)).unwrap_or_default().to_owned();
    let mut faults = problem.into_iter().flat_map(|problem| &problem.errors);
    let fault = faults.find(|error| error.field.as_deref() == Some("signature"));
    Pad {
        prove: if visit.proven() { String::new() } else { Params::default().with("next", page).on("/prove") },
        name: visit.session.account.name.clone(),
        drawn: text("signature"),
        typed: text("signature_name"),
        fault: fault.map(|fault| fault.message.clone()).unwrap_or_default(),
    }
}

/// What they signed with; lines count before a name. Only after [`Visit::proven`].
pub fn sent(sent: &Params) -> Option<Signature> {
    let drawn = sent.get("signature").filter(|text| !text.is_empty());
    let typed = sent.get("signature_name").map(str::trim).filter(|name| !name.is_empty());
    match (drawn, typed) {
        (Some(text), _) => Some(Signature::lines(text)),
        (None, Some(name)) => Some(Signature::Typed(name.to_owned())),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_lines_or_a_name() {
        let of =
            |lines: &str, name: &str| sent(&Params::default().with("signature", lines).with("signature_name", name));
        let lines = vec![vec![(1, 2), (30, 40)], vec![(5, 6)]];
        assert_eq!(of("1,2 30,40;5,6 x,7", "Ann"), Some(Signature::Drawn(lines)));
        assert_eq!(of("", " Ann "), Some(Signature::Typed("Ann".to_owned())));
        assert_eq!(of("", " "), None);
    }
}
