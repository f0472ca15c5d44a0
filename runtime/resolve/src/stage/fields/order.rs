//! The order of a choice: what a record may begin with, and which value may follow which.

use std::collections::{BTreeMap, BTreeSet};

use app::Order;
use definition::kind::entity::{Field, FieldKind};
use model::{Diagnostic, Location, diagnostic::nearest};

/// The order written on a choice, if one is. What would change nothing is refused, what nobody could reach is warned of.
pub(super) fn order(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Order> {
    if field.kind != FieldKind::Choice || (field.starts.is_empty() && field.transitions.is_empty()) {
        return None;
    }
    let before = faults.len();
    let starts = codes(field, &field.starts, None, &at.child("starts"), faults);
    let mut follows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (from, to) in &field.transitions {
        let at = at.child("transitions").child(from);
        known(field, from, &at, faults);
        if to.is_empty() {
            let message = format!("nothing follows `{from}` here, which is so without this line");
            faults.push(Diagnostic::error("field.inert-order", at, message).help("leave it out"));
            continue;
        }
        follows.insert(from.clone(), codes(field, to, Some(from), &at, faults));
    }
    if faults.len() > before {
        return None;
    }
    let order = Order { starts, follows: (!follows.is_empty()).then_some(follows) };
    inert(field, &order, at, faults);
    start_of_default(field, &order, at, faults);
    unreachable(field, &order, at, faults);
    Some(order)
}

fn known(field: &Field, code: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> bool {
    let there = field.choices.contains_key(code);
    if !there {
        let message = format!("`{code}` is not one of the choices");
        let help = nearest(code, field.choices.keys().map(String::as_str));
        faults.push(Diagnostic::error("field.unknown-choice", at.clone(), message).maybe_help(help));
    }
    there
}

/// A list of codes, each known, named once, and not `from` itself.
fn codes(
    field: &Field,
    written: &[String],
    from: Option<&str>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (index, code) in written.iter().enumerate() {
        let at = at.child(index);
        if !known(field, code, &at, faults) {
            continue;
        }
        let message = match from {
            Some(from) if from == code => Some(format!("a record may always stay at `{code}`")),
            _ if found.contains(code) => Some(format!("`{code}` is named twice")),
            _ => None,
        };
        match message {
            Some(message) => {
                faults.push(Diagnostic::error("field.inert-order", at, message).help("leave it out"));
            }
            None => found.push(code.clone()),
        }
    }
    found
}

/// An order that allows everything is none.
fn inert(field: &Field, order: &Order, at: &Location, faults: &mut Vec<Diagnostic>) {
    let all = || field.choices.keys().map(String::as_str);
    let mut say = |property: &str, message: &str| {
        faults.push(Diagnostic::error("field.inert-order", at.child(property), message).help("leave it out"));
    };
    if !order.starts.is_empty() && all().all(|code| order.allows(None, Some(code))) {
        say("starts", "every choice is named, so a record may begin with any of them anyway");
    }
    if order.follows.is_some() && all().all(|from| all().all(|to| order.allows(Some(from), Some(to)))) {
        say("transitions", "every choice may follow every other, as without this");
    }
}

/// A default that no new record may begin with would refuse every form left as it is.
fn start_of_default(field: &Field, order: &Order, at: &Location, faults: &mut Vec<Diagnostic>) {
    let quoted = |source: &String| Some(source.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned());
    let Some(code) = field.default.as_ref().and_then(quoted) else { return };
    if field.choices.contains_key(&code) && !order.allows(None, Some(&code)) {
        let message = format!("the default is `{code}`, and `starts` does not name it");
        faults.push(Diagnostic::error("field.bad-start", at.child("default"), message));
    }
}

/// Choices that lead from no start.
fn unreachable(field: &Field, order: &Order, at: &Location, faults: &mut Vec<Diagnostic>) {
    if order.starts.is_empty() {
        return;
    }
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = order.starts.iter().map(String::as_str).collect();
    while let Some(code) = open.pop() {
        if reached.insert(code) {
            open.extend(field.choices.keys().map(String::as_str).filter(|next| order.allows(Some(code), Some(next))));
        }
    }
    for code in field.choices.keys().filter(|code| !reached.contains(code.as_str())) {
        let message = format!("no transition leads to `{code}`, so only a file can bring a record there");
        let help = "let it follow another value, or name it in `starts`";
        faults
            .push(Diagnostic::warning("field.unreachable-choice", at.child("choices").child(code), message).help(help));
    }
}
