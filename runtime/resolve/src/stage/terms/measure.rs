//! How a term is measured.

use app::FieldKind;
use definition::kind::term;
use formula::{AsksReach, Formula, Path, Predicate};
use metrics::{Base, Derived, Fold, Measure, Number, Part, Ratio, TimeKind, derived::NotDerived};
use model::{Decimal, Diagnostic, EntityId, Grain, Location, TermId, Type, YearStart};

use super::number;
use crate::{
    draft::{Draft, Named},
    stage::pages::measure as words,
};

/// Compiles the measure of a term.
pub(super) fn resolve(
    draft: &Draft<'_>,
    named: &Named<'_, term::Term>,
    names: &[(&str, TermId)],
    faults: &mut Vec<Diagnostic>,
) -> Option<Measure> {
    let (written, at) = (&named.words.measure, named.at.child("measure"));
    let said = [
        written.simple.is_some(),
        written.ratio.is_some(),
        written.weighted.is_some(),
        written.cumulative.is_some(),
        written.derived.is_some(),
    ];
    if said.into_iter().filter(|said| *said).count() != 1 {
        let message = "a measure is exactly one of `simple`, `ratio`, `weighted`, `cumulative` and `derived`";
        faults.push(Diagnostic::error("term.one-measure", at, message));
        return None;
    }
    match &written.derived {
        Some(source) => derived(draft, written, source, names, &at, faults).map(Measure::Derived),
        None => base(draft, written, &at, faults).map(|base| Measure::Base(Box::new(base))),
    }
}

fn derived(
    draft: &Draft<'_>,
    written: &term::Measure,
    source: &str,
    names: &[(&str, TermId)],
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Derived> {
    let inert = [
        ("over", written.over.is_some()),
        ("time", written.time.is_some()),
        ("subject", written.subject.is_some()),
        ("where", written.rows.is_some()),
    ];
    for (property, _) in inert.into_iter().filter(|(_, said)| *said) {
        let message = format!("`{property}` does nothing in a measure made from terms");
        let help = "it is measured over what those terms are";
        faults.push(Diagnostic::error("term.does-not-apply", at.child(property), message).help(help));
    }
    let at = at.child("derived");
    match Derived::read(source, names) {
        Ok(found) => Some(found),
        // A term that is itself at fault has been told.
        Err(NotDerived::Faults(_)) if broken(draft, source) => None,
        Err(NotDerived::Faults(found)) => {
            faults.extend(found.into_iter().map(|fault| {
                let location = Location { inner: fault.span, ..at.clone() };
                // What the formula room calls a field is a term here.
                let message = fault.message.replace("there is no field", "there is no term");
                Diagnostic::error(fault.code, location, message).maybe_help(fault.help)
            }));
            None
        }
        Err(NotDerived::ReadsNothing) => {
            let message = "this expression names no term, so it is the same number for ever";
            faults.push(Diagnostic::error("term.reads-nothing", at, message));
            None
        }
        Err(NotDerived::AsksAround) => {
            faults.push(asks_around(at));
            None
        }
    }
}

fn broken(draft: &Draft<'_>, source: &str) -> bool {
    let mut words = source.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.any(|word| draft.is_broken(definition::Kind::Term, word))
}

fn asks_around(at: Location) -> Diagnostic {
    let message =
        "a number is the same for everybody, and stays what it was: it asks neither who reads it nor what day it is";
    Diagnostic::error("term.asks-around", at, message).help("rows are chosen by the period that is asked for")
}

fn base(draft: &Draft<'_>, written: &term::Measure, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Base> {
    let mut missing = |property: &str, help: &str| {
        let message = format!("`{property}` is missing");
        faults.push(Diagnostic::error("term.incomplete", at.clone(), message).help(help));
    };
    if written.over.is_none() {
        missing("over", "name the entity whose rows are measured");
    }
    if written.time.is_none() {
        missing("time", "name its date, datetime or period field that says when a row counts");
    }
    let over = draft.entity(written.over.as_ref()?, &at.child("over"), faults)?;
    let time = written.time.as_ref().and_then(|name| time(draft, over, name, &at.child("time"), faults));
    let mut whole = true;
    let subject = written.subject.as_ref().and_then(|path| {
        let found = subject(draft, over, path, &at.child("subject"), faults);
        whole &= found.is_some();
        found
    });
    let rows = written.rows.as_ref().and_then(|source| {
        let found = condition(draft, source, over, &at.child("where"), faults);
        whole &= found.is_some();
        found
    });
    let number = number_of(draft, written, over, at, faults);
    let (time, kind) = time?;
    let written = written.rows.clone().unwrap_or_default();
    whole.then_some(Base { over, time, kind, subject, rows, written, number: number? })
}

fn time(
    draft: &Draft<'_>,
    over: EntityId,
    name: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(Path, TimeKind)> {
    let field = draft.own_field(over, name, at, faults)?;
    let kind = match &field.kind {
        FieldKind::Date => TimeKind::Date,
        FieldKind::DateTime => TimeKind::DateTime,
        FieldKind::Period { grain } => {
            let grain = Grain::from(*grain);
            // Weeks and months are the same whenever the year begins; longer periods begin with it.
            let long = matches!(grain, Grain::Quarter | Grain::Half | Grain::Year);
            let follows = long && draft.year_start != YearStart::JANUARY;
            let filled = [&field.formula, &field.default].into_iter().flatten().any(Formula::names_periods);
            if follows && filled {
                let message =
                    format!("`{name}` is filled in by calendar years, and the app's year begins in another month");
                let help = "measure by a date, or have the period filled in without `PERIOD`";
                faults.push(Diagnostic::error("term.calendar-year", at.clone(), message).help(help));
                return None;
            }
            TimeKind::Period(grain)
        }
        _ => {
            if !draft.broken_fields.contains(&field.id) {
                let message = format!("`{name}` does not say when a row counts");
                let help = "name a field of type `date`, `datetime` or `period`";
                faults.push(Diagnostic::error("term.bad-time", at.clone(), message).help(help));
            }
            return None;
        }
    };
    Some((Path { entity: over, hops: Vec::new(), field: field.id, ty: field.ty.clone() }, kind))
}

fn subject(
    draft: &Draft<'_>,
    over: EntityId,
    written: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(Path, EntityId)> {
    let path = draft.path(over, written, at, faults)?;
    match draft.field_by_id(path.field).map(|field| &field.kind) {
        Some(FieldKind::Reference { to, .. }) => Some((path, *to)),
        _ if draft.broken_fields.contains(&path.field) => None,
        _ => {
            let message = format!("`{written}` is not a reference, so it names nobody a number could be about");
            let help = "name a field of type `reference`, `person` or `department`";
            faults.push(Diagnostic::error("term.bad-subject", at.clone(), message).help(help));
            None
        }
    }
}

/// A condition on rows that holds for everybody at any time.
pub(super) fn condition(
    draft: &Draft<'_>,
    source: &str,
    over: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Predicate> {
    let (formula, predicate) = draft.filter(source, over, at, faults)?;
    if formula.uses_actor() || formula.uses_day() || formula.asks_reach() != AsksReach::No {
        faults.push(asks_around(at.clone()));
        return None;
    }
    Some(predicate)
}

fn number_of(
    draft: &Draft<'_>,
    written: &term::Measure,
    over: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Number> {
    if let Some(simple) = &written.simple {
        return part(draft, simple, over, &at.child("simple"), faults).map(Number::Simple);
    }
    if let Some(ratio) = &written.ratio {
        let at = at.child("ratio");
        let side = |name: &str, written: &term::Part, faults: &mut Vec<Diagnostic>| {
            let found = part(draft, written, over, &at.child(name), faults)?;
            if matches!(found.fold, Fold::Count | Fold::Sum(_) | Fold::Distinct(_)) {
                return Some(found);
            }
            let message = "a side of a ratio is a count or a sum";
            let help = "a mean, a smallest or a largest value of parts says nothing of the whole";
            faults.push(Diagnostic::error("term.bad-measure", at.child(name), message).help(help));
            None
        };
        let numerator = side("numerator", &ratio.numerator, faults);
        let denominator = side("denominator", &ratio.denominator, faults);
        let times = match &ratio.times {
            Some(times) => number(times, &at.child("times"), faults)?,
            None => Decimal::ONE,
        };
        if times.is_zero() {
            let message = "times nothing every ratio is nothing";
            faults.push(Diagnostic::error("term.bad-number", at.child("times"), message));
        }
        return Some(Number::Ratio(Box::new(Ratio { numerator: numerator?, denominator: denominator?, times })));
    }
    if let Some(weighted) = &written.weighted {
        let at = at.child("weighted");
        let value = numeric(draft, &weighted.value, over, &at.child("value"), faults);
        let weight = numeric(draft, &weighted.weight, over, &at.child("weight"), faults);
        return Some(Number::Weighted { value: value?, weight: weight? });
    }
    let cumulative = written.cumulative.as_ref()?;
    let at = at.child("cumulative");
    let of = part(draft, &cumulative.of, over, &at.child("of"), faults)?;
    if !matches!(of.fold, Fold::Count | Fold::Sum(_) | Fold::Avg(_)) {
        let message = "what is gone through period by period is a count, a sum or a mean";
        faults.push(Diagnostic::error("term.bad-measure", at.child("of"), message));
        return None;
    }
    let since = match cumulative.since {
        term::Since::Month => Grain::Month,
        term::Since::Quarter => Grain::Quarter,
        term::Since::Half => Grain::Half,
        term::Since::Year => Grain::Year,
    };
    Some(Number::Cumulative { of, since })
}

fn part(
    draft: &Draft<'_>,
    written: &term::Part,
    over: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Part> {
    let (text, rows, at_text) = match written {
        term::Part::All(text) => (text, None, at.clone()),
        term::Part::Some(some) => (&some.of, Some(&some.rows), at.child("of")),
    };
    let measure = words::read(draft, over, text, &at_text, "term.bad-measure", faults)?;
    let fold = match measure {
        policy::Measure::Count => Fold::Count,
        policy::Measure::Sum(path) => Fold::Sum(path),
        policy::Measure::Avg(path) => Fold::Avg(path),
        policy::Measure::Min(path) => Fold::Min(path),
        policy::Measure::Max(path) => Fold::Max(path),
        policy::Measure::Distinct(path) => Fold::Distinct(path),
        _ => return None,
    };
    if let Fold::Min(path) | Fold::Max(path) = &fold
        && !path.ty.is_number()
    {
        let message = format!("the value of a term is a number, and this is a {}", path.ty);
        faults.push(Diagnostic::error("term.bad-measure", at_text, message));
        return None;
    }
    let (rows, written) = match rows {
        None => (None, text.trim().to_owned()),
        Some(source) => {
            let found = condition(draft, source, over, &at.child("where"), faults)?;
            (Some(found), format!("{} where {}", text.trim(), source.trim()))
        }
    };
    Some(Part { fold, rows, written })
}

fn numeric(draft: &Draft<'_>, name: &str, over: EntityId, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Path> {
    let path = draft.path(over, name, at, faults)?;
    if matches!(path.ty, Type::Int | Type::Decimal) {
        return Some(path);
    }
    if !draft.broken_fields.contains(&path.field) {
        let message = format!("`{name}` is a {}, and a weighted mean needs numbers", path.ty);
        faults.push(Diagnostic::error("term.bad-measure", at.clone(), message));
    }
    None
}
