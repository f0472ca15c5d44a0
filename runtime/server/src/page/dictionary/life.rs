//! The life of a term on its page: where it stands, what people said, and what may be done.

use engine::term::{Lived, TermDeed, TermLife};
use metrics::{Status, Term};
use serde::Serialize;

use crate::{
    api::term::life::refused,
    page::{Answer, Visit, params::Params, shell::Person, visit::missing},
    problem::{Kind, Problem},
    show::time,
};

/// The life of a term.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Life {
    /// The version that is looked at.
    pub version: u32,
    /// Where acts are sent.
    pub action: String,
    /// What was done, newest first.
    pub acts: Vec<Shown>,
    /// What the reader may do: the word, and what the button says.
    pub may: Vec<(&'static str, &'static str)>,
    /// Why the last act was refused.
    pub fault: Option<String>,
    /// What was said with it.
    pub said: String,
}

/// Something that was done.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Shown {
    /// Who.
    pub who: Person,
    /// When, as people say it.
    pub when: String,
    /// When, for machines.
    pub moment: String,
    /// Which version it was about.
    pub version: String,
    /// Where it stood from then on; empty for what was only said.
    pub status: &'static str,
    /// What was said.
    pub said: String,
}

/// What is asked of the engine for a term's page.
pub(super) async fn lived(visit: &Visit, term: &Term) -> Result<Lived, Problem> {
    visit.ask(TermLife { term: term.id }).await?.ok_or_else(missing)
}

/// The life of a term as shown; `None` where people decide nothing and nothing was ever said.
pub(super) fn shown(visit: &Visit, term: &Term, lived: Lived) -> Option<Life> {
    if lived.acts.is_empty() && !visit.app().governs_terms() {
        return None;
    }
    let reader = visit.reader();
    let acts = lived.acts.into_iter().map(|act| Shown {
        who: Person::new(if act.by_name.is_empty() { visit.say("term-by-platform") } else { &act.by_name }),
        when: time::ago(&reader, act.at),
        moment: act.at.to_string(),
        version: visit.fill("term-version-n", &[("n", &act.version.to_string())]),
        status: act.status.as_deref().and_then(Status::parse).map_or("", |status| super::word(visit, status)),
        said: act.said,
    });
    Some(Life {
        version: term.version,
        action: format!("/dictionary/{}/life", term.name),
        acts: acts.collect(),
        may: lived.may.into_iter().map(|deed| (deed.word(), button(visit, deed))).collect(),
        fault: None,
        said: String::new(),
    })
}

fn button(visit: &Visit, deed: TermDeed) -> &'static str {
    visit.say(match deed {
        TermDeed::Comment => "term-do-comment",
        TermDeed::Review => "term-do-review",
        TermDeed::Return => "term-do-return",
        TermDeed::Approve => "term-do-approve",
        TermDeed::Deprecate => "term-do-deprecate",
        TermDeed::Propose => "term-do-propose",
    })
}

/// Does what the form says.
///
/// # Errors
/// The term may not be seen, the act is not allowed, or the engine refused.
pub async fn act(visit: &Visit, name: &str, sent: &Params) -> Result<Answer, Problem> {
    let deed = sent.get("deed").and_then(TermDeed::parse).ok_or(Problem::new(Kind::BadRequest))?;
    let version = sent.get("version").and_then(|text| text.parse().ok()).ok_or(Problem::new(Kind::BadRequest))?;
    let said = sent.get("said").unwrap_or_default();
    match visit.engine.judge(&visit.actor, name, version, deed, said).await {
        Ok(_) => Ok(Answer::To(format!("/dictionary/{name}?saved=1#life"))),
        Err(refusal) => {
            let problem = refused(&refusal, visit.locale());
            let told = problem.errors.first().map(|error| error.message.clone());
            let told = told.or_else(|| problem.detail.clone().filter(|_| problem.kind == Kind::Stale));
            match told {
                Some(fault) => super::one(visit, name, Some((fault, said.to_owned()))).await,
                None => Err(problem),
            }
        }
    }
}
