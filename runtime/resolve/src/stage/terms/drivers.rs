//! What may drive a term: it can be divided, and every cause is a condition on its rows.

use app::{FieldKind, FieldRole};
use definition::kind::term;
use formula::Formula;
use metrics::{Base, Cause, Drivers, Fold, Measure, Number, Tell};
use model::{Diagnostic, EntityId, Location, Name, Type};

use super::measure;
use crate::{
    draft::{Draft, NOBODY},
    text::text,
};

/// Declines that call for an analysis where nothing is said.
const DECLINES: u32 = 2;
/// Most declines that can be asked for.
const MOST_DECLINES: u32 = 12;
/// Most causes: each is asked of the database by itself.
const MOST_CAUSES: usize = 8;

/// Compiles the possible drivers of a term.
pub(super) fn resolve(
    draft: &Draft<'_>,
    written: &term::Drivers,
    (measure, about): (&Measure, Option<EntityId>),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Drivers> {
    let Some(base) = divisible(measure) else {
        let message = "only a rate or a mean that adds up can be divided into what drives it";
        let help = "measure it as a `ratio` of counts or sums, or as an `avg`";
        faults.push(Diagnostic::error("term.bad-drivers", at.clone(), message).help(help));
        return None;
    };
    if written.split.is_none() && written.causes.is_empty() {
        let message = "there is nothing here that could be looked at";
        let help = "say what a change is `split` by, or name possible `causes`";
        faults.push(Diagnostic::error("term.bad-drivers", at.clone(), message).help(help));
    }
    let declines = written.declines.unwrap_or(DECLINES);
    if !(1..=MOST_DECLINES).contains(&declines) {
        let message = format!("1 to {MOST_DECLINES} worse periods call for an analysis, not {declines}");
        faults.push(Diagnostic::error("term.out-of-range", at.child("declines"), message));
    }
    if written.causes.len() > MOST_CAUSES {
        let message = format!("at most {MOST_CAUSES} causes can be looked at, not {}", written.causes.len());
        faults.push(Diagnostic::error("term.out-of-range", at.child("causes"), message));
    }
    let split = written.split.as_ref().and_then(|path| split(draft, base, path, &at.child("split"), faults));
    let mut causes = Vec::new();
    for (name, cause) in &written.causes {
        let at = at.child("causes").child(name);
        if let Err(fault) = Name::parse_dashed(name) {
            let shown: String = name.chars().take(40).collect();
            let message = format!("`{shown}` cannot be a name here: {fault}");
            faults.push(Diagnostic::error("term.bad-name", at.clone(), message));
        }
        if let Some(fails) = measure::condition(draft, &cause.fails, base.over, &at.child("fails"), faults) {
            let label = text(&cause.label);
            causes.push(Cause { name: name.clone(), label, fails, written: cause.fails.clone() });
        }
    }
    let tell = written.tell.as_ref().and_then(|tell| told(draft, tell, about, &at.child("tell"), faults));
    Some(Drivers { declines, split, causes, tell })
}

/// Who is told when an analysis is called for.
fn told(
    draft: &Draft<'_>,
    written: &term::Tell,
    about: Option<EntityId>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Tell> {
    let nobody = |at: Location, message: &str, help: &str, faults: &mut Vec<Diagnostic>| {
        faults.push(Diagnostic::error("term.nobody-told", at, message).help(help));
    };
    let known = &draft.organisation;
    let Some(person) = known.person else {
        nobody(at.clone(), "there is nobody to tell", NOBODY, faults);
        return None;
    };
    if !written.owner && written.to.is_none() {
        let help = "say `owner: true`, or name somebody by an expression over the subject: `to: head`";
        nobody(at.clone(), "nobody is named to be told", help, faults);
        return None;
    }
    let unit = known.unit.and_then(|unit| draft.entities.get(unit.index()));
    let headed = unit.is_some_and(|unit| unit.words.key.is_some()) && known.fields.contains_key(&FieldRole::Head);
    if written.owner && !headed {
        let help = "give the unit entity a `key` and a reference that stands for `head`, or leave `owner` out";
        nobody(at.child("owner"), "nobody is known to be the head of the unit that answers for it", help, faults);
    }
    let to = match &written.to {
        Some(source) => Some(people(draft, source, (about, person), &at.child("to"), faults)?),
        None => None,
    };
    Some(Tell { owner: written.owner, to })
}

/// A person or several, by an expression over the subject.
fn people(
    draft: &Draft<'_>,
    source: &str,
    (about, person): (Option<EntityId>, EntityId),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Formula> {
    let Some(about) = about else {
        let message = "this number is about nobody, so this names nobody";
        let help = "give the measure a `subject`, or say `owner: true` instead";
        faults.push(Diagnostic::error("term.nobody-told", at.clone(), message).help(help));
        return None;
    };
    let one = Type::Id(Some(person));
    let several = formula::compile(source, about, Some(&one.clone().list()), draft).ok();
    let found = several.or_else(|| draft.expression(source, about, Some(&one), at, faults))?;
    if found.uses_actor() {
        let message = "nobody acts when a number falls, so this cannot ask who does";
        let help = "name people by fields of the subject";
        faults.push(Diagnostic::error("term.nobody-told", at.clone(), message).help(help));
        return None;
    }
    Some(found)
}

/// The measure over rows, where its numerators and denominators add up over groups.
fn divisible(measure: &Measure) -> Option<&Base> {
    let Measure::Base(base) = measure else { return None };
    let divided = match &base.number {
        Number::Ratio(_) => true,
        Number::Simple(part) => matches!(part.fold, Fold::Avg(_)),
        Number::Weighted { .. } | Number::Cumulative { .. } => false,
    };
    (divided && base.number.adds_up()).then_some(&**base)
}

/// What a change is divided by: every row is in one group.
fn split(
    draft: &Draft<'_>,
    base: &Base,
    written: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(String, formula::Path)> {
    let path = draft.path(base.over, written, at, faults)?;
    let field = draft.field_by_id(path.field)?;
    if matches!(path.ty, Type::List(_) | Type::Json)
        || matches!(field.kind, FieldKind::Children { .. } | FieldKind::File | FieldKind::Image)
    {
        let message = format!("`{written}` does not put every row into one group");
        let help = "divide by a choice, a reference or another single value";
        faults.push(Diagnostic::error("term.bad-drivers", at.clone(), message).help(help));
        return None;
    }
    Some((written.to_owned(), path))
}
