//! Numbers without names: whose records they are, and by what they may be asked.

use app::{Anonymity, Entity, Field, FieldKind, Opening};
use definition::kind::entity;
use formula::{AsksReach, Comparison, Predicate, Term};
use model::{Diagnostic, EntityId, FieldId, Location};

use crate::draft::Draft;

/// Compiles an entity's `anonymity`; `None` when a part of it is at fault.
pub(super) fn resolve(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &entity::Anonymity,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Anonymity> {
    let before = faults.len();
    let of = single(draft, entity, &written.of, &at.child("of"), faults);
    let mut by: Vec<FieldId> = Vec::new();
    for (index, name) in written.by.iter().enumerate() {
        let at = at.child("by").child(index);
        let Some(field) = single(draft, entity, name, &at, faults) else { continue };
        if by.contains(&field) {
            faults.push(Diagnostic::error("entity.named-twice", at, format!("`{name}` is named twice")));
        } else if Some(field) == of {
            let message = format!("`{name}` says whose record it is, so every cell would be one person's");
            faults.push(Diagnostic::error("anonymity.names-people", at, message));
        } else {
            by.push(field);
        }
    }
    if written.at_least == 0 {
        let message = "a cell of no people tells nothing";
        faults.push(Diagnostic::error("anonymity.threshold", at.child("at_least"), message).help("say 1 or more"));
    }
    let mut thresholds = written.except.iter();
    let except = thresholds.next().and_then(|(name, values)| {
        let at = at.child("except").child(name);
        let field = draft.own_field(entity, name, &at, faults)?;
        let choices = choices(field).filter(|_| by.contains(&field.id));
        let Some(choices) = choices else {
            let message = format!("`{name}` is no choice field of `by`");
            faults.push(Diagnostic::error("anonymity.exception", at, message).help("name a choice field of `by`"));
            return None;
        };
        let mut found = Vec::new();
        for (code, least) in values {
            let at = at.child(code);
            if !choices.iter().any(|choice| choice.code == *code) {
                let known = choices.iter().map(|choice| choice.code.as_str());
                let message = format!("`{code}` is not one of the choices of `{name}`");
                let fault = Diagnostic::error("field.unknown-choice", at, message);
                faults.push(fault.maybe_help(model::diagnostic::nearest(code, known)));
            } else if *least == 0 {
                let message = "a cell of no people tells nothing";
                faults.push(Diagnostic::error("anonymity.threshold", at, message).help("say 1 or more"));
            } else {
                found.push((code.clone(), *least));
            }
        }
        Some((field.id, found))
    });
    if let Some((name, _)) = thresholds.next() {
        let message = "thresholds differ by the values of one field only";
        faults.push(Diagnostic::error("anonymity.exception", at.child("except").child(name), message));
    }
    (faults.len() == before).then_some(())?;
    Some(Anonymity { of: of?, by, at_least: written.at_least, except, opens: None })
}

/// Reads when the cells of an entity are told, once all fields and their formulas are known.
pub(crate) fn opens(
    draft: &Draft<'_>,
    entity: EntityId,
    by: &[FieldId],
    source: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Opening> {
    let before = faults.len();
    let delivered =
        |entity: EntityId| draft.entities.get(entity.index()).is_some_and(|named| named.words.source.is_some());
    if delivered(entity) {
        let message = "its rows come from another system, which goes on whatever was told";
        faults.push(Diagnostic::error("entity.does-not-apply", at.clone(), message).help("leave `open_when` out"));
    }
    let (rule, rows) = draft.filter(source, entity, at, faults)?;
    if rule.uses_actor() || rule.asks_reach() != AsksReach::No {
        let message = "what is told is told to all at once, so it cannot ask who acts";
        let help = "say in a role's `where` whom the numbers are told to";
        faults.push(Diagnostic::error("anonymity.bad-opening", at.clone(), message).help(help));
    }
    if rule.reads().is_empty() {
        let message = "this condition reads no field, so it says the same of every cell";
        faults.push(Diagnostic::error("anonymity.bad-opening", at.clone(), message));
    }
    if ends(&rows, true) {
        let message = "this condition may end by itself as time goes by, and what was told once stays told";
        let help = "ask for a day that has come, as in `round.ends < TODAY()`, or name a field that somebody sets";
        faults.push(Diagnostic::error("anonymity.bad-opening", at.clone(), message).help(help));
    }
    for path in rule.reads() {
        let name = draft.field_name(path.field);
        let fault = match path.hops.as_slice() {
            [first] if by.contains(first) => {
                let field = draft.field_by_id(path.field);
                let steady = field.is_none_or(|field| field.writable() && !delivered(field.entity));
                (!steady).then(|| format!("nobody here writes `{name}`, so what was told once could not be held to"))
            }
            _ => Some(format!("`{name}` is not one reference of `by` away")),
        };
        let Some(message) = fault.filter(|_| !draft.broken_fields.contains(&path.field)) else { continue };
        let help = "name fields that people write, one reference of `by` away, as in `round.status == \"closed\"`";
        faults.push(Diagnostic::error("anonymity.bad-opening", at.clone(), message).help(help));
    }
    (faults.len() == before).then_some(Opening { rule, rows })
}

/// Whether a condition could hold, or with `holds` unset not hold, until some time only.
fn ends(condition: &Predicate, holds: bool) -> bool {
    match condition {
        Predicate::And(all) | Predicate::Or(all) => all.iter().any(|one| ends(one, holds)),
        Predicate::Not(inner) => ends(inner, !holds),
        Predicate::Compare { op, left, right } => {
            let (small, large) = match op {
                Comparison::Less | Comparison::LessOrEqual => (left, right),
                Comparison::Greater | Comparison::GreaterOrEqual => (right, left),
                Comparison::Equal | Comparison::NotEqual => return ticks(left) || ticks(right),
            };
            // What is to be small must stay, and what is to be large may only grow.
            let (small, large) = if holds { (small, large) } else { (large, small) };
            ticks(small) || (ticks(large) && !is_clock(large))
        }
        Predicate::IsNull(term) | Predicate::Holds(term) | Predicate::Has { item: term, .. } => ticks(term),
        Predicate::In { item, list } => ticks(item) || list.iter().any(ticks),
        Predicate::Matches { text, part, .. } => ticks(text) || ticks(part),
        Predicate::Const(_) | Predicate::Reach(_) => false,
    }
}

/// Whether the value is another as time goes by.
fn ticks(term: &Term) -> bool {
    match term {
        Term::Today | Term::Now => true,
        Term::Days { date: inner, .. } | Term::Lower(inner) => ticks(inner),
        Term::Arithmetic { left, right, .. } => ticks(left) || ticks(right),
        Term::Field(_) | Term::Literal(..) | Term::Actor(..) => false,
    }
}

/// Whether the value only grows.
fn is_clock(term: &Term) -> bool {
    match term {
        Term::Today | Term::Now => true,
        Term::Days { date, .. } => is_clock(date),
        _ => false,
    }
}

fn choices(field: &Field) -> Option<&[app::Choice]> {
    match &field.kind {
        FieldKind::Choice(choices) => Some(choices),
        _ => None,
    }
}

/// A field with one stored value.
fn single(
    draft: &Draft<'_>,
    entity: EntityId,
    name: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<FieldId> {
    let field = draft.open_field(entity, name, at, faults)?;
    if !field.has_column() || matches!(field.kind, FieldKind::Json | FieldKind::Signature | FieldKind::Choices(_)) {
        let message = format!("`{name}` has no single value");
        faults.push(Diagnostic::error("anonymity.no-value", at.clone(), message).help("choose a field with one value"));
        return None;
    }
    Some(field.id)
}

/// Refuses results that everybody is shown and that tell of answers which are shown as numbers of enough people only. How many
/// answers there are, and of which cells, may be told: that somebody answered is not what they said.
pub(crate) fn results(draft: &Draft<'_>, entities: &[Entity], faults: &mut Vec<Diagnostic>) {
    if entities.iter().all(|entity| entity.anonymity.is_none()) {
        return;
    }
    for field in draft.fields.iter().filter(|field| field.public) {
        let mut seen = Vec::new();
        let Some(told) = told(draft, entities, field, &mut seen) else { continue };
        let message = format!(
            "`{}` would tell everybody of `{}`, which `anonymity` shows in numbers of enough people only",
            field.name,
            draft.field_name(told)
        );
        let help = "leave `public` out, or show the number on a page with `anonymous: true`";
        let at = draft.field_at(field.id).child("public");
        faults.push(Diagnostic::error("anonymity.public-result", at, message).help(help));
    }
}

/// What of somebody's answer a result tells, by whatever else it is computed from. What is computed of an answer itself is read
/// with that answer, by whoever its records are granted to.
fn told(draft: &Draft<'_>, entities: &[Entity], result: &Field, seen: &mut Vec<FieldId>) -> Option<FieldId> {
    if seen.contains(&result.id) {
        return None;
    }
    seen.push(result.id);
    let of = |id: EntityId| entities.iter().find(|entity| entity.id == id);
    let kept = |field: &Field| {
        let entity = of(field.entity).filter(|entity| entity.id != result.entity)?;
        let anonymity = entity.anonymity.as_ref()?;
        let tells = field.id != entity.system.id && !anonymity.by.contains(&field.id);
        tells.then_some(field.id)
    };
    for path in result.reads() {
        for field in path.hops.iter().chain([&path.field]).filter_map(|id| draft.field_by_id(*id)) {
            if let Some(found) = kept(field) {
                return Some(found);
            }
            // One that is public itself has its own fault.
            if field.is_computed() && !field.public {
                let found = told(draft, entities, field, seen);
                if found.is_some() {
                    return found;
                }
            }
        }
    }
    None
}
