//! Terms of the dictionary: what is measured is there and is a number, what is made from other terms goes round in no circle,
//! and nothing is said that would do nothing.

mod drivers;
mod measure;
mod scale;

use std::collections::HashMap;

use definition::kind::{entity::Scalar, term};
use formula::{Formula, Path, Predicate};
use metrics::{Baseline, Check, Direction, Measure, Status, Term};
use model::{Decimal, Diagnostic, EntityId, Grain, Locale, Location, TermId, Type};

use super::fields::decimal;
use crate::{
    draft::{Draft, Named},
    text::{optional, text},
};

/// Most decimal places a value is shown with.
const PLACES: u32 = model::decimal::MAX_SCALE;

/// Compiles every term.
pub(crate) fn resolve(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Term> {
    codes(draft, faults);
    let names: Vec<(&str, TermId)> =
        (0..).map(TermId).zip(&draft.terms).map(|(id, named)| (named.name.as_str(), id)).collect();
    let measures: Vec<Option<Measure>> =
        draft.terms.iter().map(|named| measure::resolve(draft, named, &names, faults)).collect();
    circles(draft, &measures, faults);
    let mut terms = Vec::new();
    for (index, named) in draft.terms.iter().enumerate() {
        let about = about(index, &measures);
        let found = term(draft, TermId(index as u32), named, measures.get(index).cloned().flatten(), about, faults);
        terms.extend(found);
    }
    used(draft, &measures, faults);
    terms
}

/// Whom or what a term is about: the subject of all it is made from, where that is the same.
fn about(index: usize, measures: &[Option<Measure>]) -> Option<EntityId> {
    let mut open = vec![index];
    let mut seen = vec![index];
    let mut found: Option<Option<EntityId>> = None;
    while let Some(next) = open.pop() {
        match measures.get(next) {
            Some(Some(Measure::Base(base))) => {
                let subject = base.subject.as_ref().map(|(_, entity)| *entity);
                match found {
                    None => found = Some(subject),
                    Some(known) if known != subject => return None,
                    Some(_) => {}
                }
            }
            Some(Some(Measure::Derived(derived))) => {
                for id in derived.reads() {
                    if !seen.contains(&id.index()) {
                        seen.push(id.index());
                        open.push(id.index());
                    }
                }
            }
            _ => {}
        }
    }
    found.flatten()
}

/// Codes of terms in use are their own.
fn codes(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) {
    let mut known: HashMap<&str, &Location> = HashMap::new();
    for named in &draft.terms {
        let code = named.words.code.trim();
        let at = named.at.child("code");
        if code.is_empty() {
            let message = "a term without a code cannot be told from others";
            faults.push(Diagnostic::error("term.no-code", at, message).help("give it one, as in `K06`"));
        } else if named.words.status != term::Status::Deprecated
            && let Some(first) = known.insert(code, named.at)
        {
            let message = format!("two terms in use have the code `{code}`");
            faults.push(
                Diagnostic::error("term.duplicate-code", at, message)
                    .label(first.child("code"), "the first one")
                    .help("choose another, or deprecate one of them"),
            );
        }
    }
}

/// A term that is made from itself never has a value.
fn circles(draft: &Draft<'_>, measures: &[Option<Measure>], faults: &mut Vec<Diagnostic>) {
    for (index, named) in draft.terms.iter().enumerate() {
        let mut open: Vec<usize> = reads(measures, index);
        let mut seen = Vec::new();
        while let Some(next) = open.pop() {
            if next == index {
                let message = format!("`{}` is made from itself, so it never has a value", named.name);
                let at = named.at.child("measure").child("derived");
                faults.push(Diagnostic::error("term.cycle", at, message));
                break;
            }
            if !seen.contains(&next) {
                seen.push(next);
                open.extend(reads(measures, next));
            }
        }
    }
}

fn reads(measures: &[Option<Measure>], index: usize) -> Vec<usize> {
    let measure = measures.get(index).and_then(Option::as_ref);
    measure.map(|measure| measure.terms().iter().map(|id| id.index()).collect()).unwrap_or_default()
}

/// A term in use is not made from one that is no longer to be used.
fn used(draft: &Draft<'_>, measures: &[Option<Measure>], faults: &mut Vec<Diagnostic>) {
    let gone = |named: &Named<'_, term::Term>| named.words.status == term::Status::Deprecated;
    for (index, named) in draft.terms.iter().enumerate().filter(|(_, named)| !gone(named)) {
        for other in reads(measures, index).into_iter().filter_map(|id| draft.terms.get(id)).filter(|other| gone(other))
        {
            let message = format!("`{}` is no longer to be used", other.name);
            let at = named.at.child("measure").child("derived");
            let fault = Diagnostic::warning("term.reads-deprecated", at, message);
            faults.push(fault.help("make it from the term that took its place"));
        }
    }
}

fn term(
    draft: &Draft<'_>,
    id: TermId,
    named: &Named<'_, term::Term>,
    measure: Option<Measure>,
    about: Option<EntityId>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Term> {
    let (words, at) = (named.words, named.at);
    if words.owner.trim().is_empty() {
        let message = "nobody answers for this number";
        let help = "name the unit that does, by its key";
        faults.push(Diagnostic::error("term.no-owner", at.child("owner"), message).help(help));
    }
    let places = words.places.unwrap_or(2);
    if places > PLACES {
        let message = format!("a value is shown with 0 to {PLACES} decimal places, not {places}");
        faults.push(Diagnostic::error("term.out-of-range", at.child("places"), message));
    }
    let version = words.version.unwrap_or(1);
    if version == 0 {
        let message = "versions count from 1";
        faults.push(Diagnostic::error("term.out-of-range", at.child("version"), message));
    }
    scope(draft, words, at, faults);
    let direction = match words.direction {
        term::Direction::Higher => Direction::Higher,
        term::Direction::Lower => Direction::Lower,
        term::Direction::None => Direction::None,
    };
    let target = words.target.as_ref().and_then(|written| target(draft, written, about, &at.child("target"), faults));
    let scale = words
        .scale
        .as_ref()
        .and_then(|written| scale::resolve(written, direction, words.target.is_some(), &at.child("scale"), faults));
    let measure = measure?;
    Some(Term {
        id,
        name: named.name.clone(),
        app: named.app.clone(),
        code: words.code.trim().to_owned(),
        label: text(&words.label),
        aliases: aliases(words, at, faults),
        definition: text(&words.definition),
        unit: optional(words.unit.as_ref()),
        direction,
        frequency: match words.frequency {
            term::Frequency::Daily => Grain::Day,
            term::Frequency::Weekly => Grain::Week,
            term::Frequency::Monthly => Grain::Month,
            term::Frequency::Quarterly => Grain::Quarter,
            term::Frequency::Yearly => Grain::Year,
        },
        source: optional(words.source.as_ref()),
        owner: words.owner.trim().to_owned(),
        status: match words.status {
            term::Status::Proposed => Status::Proposed,
            term::Status::Reviewed => Status::Reviewed,
            term::Status::Approved => Status::Approved,
            term::Status::Deprecated => Status::Deprecated,
        },
        version,
        scope: words.scope.clone(),
        peers: words.peers.as_ref().and_then(|path| peers(draft, path, &measure, about, &at.child("peers"), faults)),
        checks: checks(draft, words, &measure, &at.child("checks"), faults),
        drivers: words
            .drivers
            .as_ref()
            .and_then(|written| drivers::resolve(draft, written, (&measure, about), &at.child("drivers"), faults)),
        suggested_for: words
            .suggested_for
            .as_ref()
            .and_then(|written| suggested(draft, written, (&measure, about), &at.child("suggested_for"), faults)),
        measure,
        places,
        target,
        baseline: words.baseline.as_ref().and_then(|written| baseline(written, &at.child("baseline"), faults)),
        scale,
    })
}

fn scope(draft: &Draft<'_>, words: &term::Term, at: &Location, faults: &mut Vec<Diagnostic>) {
    if !words.scope.is_empty() && draft.organisation.unit.is_none() {
        let message = "no entity stands for units, so no meaning can hold in some of them only";
        let help = "use the app `organisation`, or leave `scope` out";
        faults.push(Diagnostic::error("term.no-units", at.child("scope"), message).help(help));
    }
    for (index, key) in words.scope.iter().enumerate() {
        if words.scope.iter().take(index).any(|before| before == key) {
            let message = format!("`{key}` is named twice");
            faults.push(Diagnostic::error("term.named-twice", at.child("scope").child(index), message));
        }
    }
}

fn aliases(words: &term::Term, at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<(Locale, String)> {
    let mut found: Vec<(Locale, String)> = Vec::new();
    for (locale, names) in [(Locale::ZhCn, &words.aliases.zh_cn), (Locale::En, &words.aliases.en)] {
        for (index, name) in names.iter().enumerate() {
            let name = (locale, name.trim().to_owned());
            if found.contains(&name) || text(&words.label).get(locale) == name.1 {
                let at = at.child("aliases").child(locale.tag()).child(index);
                faults.push(Diagnostic::error("term.named-twice", at, format!("`{}` is named twice", name.1)));
            } else {
                found.push(name);
            }
        }
    }
    found
}

/// What is aimed for: a number, or an expression over whom or what the number is about.
fn target(
    draft: &Draft<'_>,
    written: &Scalar,
    about: Option<EntityId>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Formula> {
    let source = match written {
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
    };
    let constant = decimal(&source).is_some();
    // A constant reads nothing, so it may be written on anything.
    let on = about.or_else(|| constant.then_some(EntityId(u32::MAX)));
    let Some(on) = on else {
        let message = "this number is about nobody, so its target can read nothing";
        let help = "write a number, or give the measure a `subject`";
        faults.push(Diagnostic::error("term.bad-target", at.clone(), message).help(help));
        return None;
    };
    let found = draft.expression(&source, on, Some(&Type::Decimal), at, faults)?;
    if found.uses_actor() || found.uses_day() {
        let message = "a target is the same for everybody and on every day";
        let help = "keep it in a field of the subject and name that";
        faults.push(Diagnostic::error("term.bad-target", at.clone(), message).help(help));
        return None;
    }
    if found.reads().iter().any(|path| matches!(path.ty, Type::List(_))) {
        let message = "a target reads single values of the subject and of what it refers to";
        let help = "compute a field over the others and name that";
        faults.push(Diagnostic::error("term.bad-target", at.clone(), message).help(help));
        return None;
    }
    Some(found)
}

/// The people in whose units' boards it is proposed.
fn suggested(
    draft: &Draft<'_>,
    written: &str,
    (measure, about): (&Measure, Option<EntityId>),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Predicate> {
    let mut refused = |message: &str, help: &str| {
        faults.push(Diagnostic::error("term.bad-suggestion", at.clone(), message).help(help));
        None
    };
    let known = &draft.organisation;
    let (Some(person), Some(_)) = (known.person, known.unit) else {
        let help = "use the app `organisation`, or leave it out";
        return refused("no entities stand for people and units, so there are no boards of units", help);
    };
    if about.is_none() && matches!(measure, Measure::Base(_)) {
        let help = "give the measure a `subject`, or leave it out";
        return refused("this number is about nobody, so it stands on no board of a unit", help);
    }
    let (formula, predicate) = draft.filter(written, person, at, faults)?;
    if formula.uses_actor() {
        let help = "say it of the people themselves, as in `kind == \"a\"`";
        faults.push(
            Diagnostic::error("term.bad-suggestion", at.clone(), "what is proposed is the same whoever asks")
                .help(help),
        );
        return None;
    }
    Some(predicate)
}

/// A value of before.
fn baseline(written: &term::Baseline, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Baseline> {
    let value = number(&written.value, &at.child("value"), faults);
    let Ok(on) = written.on.trim().parse() else {
        let message = format!("`{}` is no day", written.on);
        let help = "write it as in `2024-12-31`";
        faults.push(Diagnostic::error("term.bad-day", at.child("on"), message).help(help));
        return None;
    };
    Some(Baseline { value: value?, on, words: optional(written.words.as_ref()) })
}

/// The group subjects are compared in: written from the row, kept from the subject.
fn peers(
    draft: &Draft<'_>,
    written: &str,
    measure: &Measure,
    about: Option<EntityId>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Path> {
    let Some(subject) = about else {
        let message = "this number is about nobody, so there is nobody to compare";
        let help = "give the measure a `subject`, or leave `peers` out";
        faults.push(Diagnostic::error("term.bad-peers", at.clone(), message).help(help));
        return None;
    };
    let Measure::Base(base) = measure else { return draft.path(subject, written, at, faults) };
    let found = draft.path(base.over, written, at, faults)?;
    let (way, _) = base.subject.as_ref()?;
    let before: Vec<_> = way.hops.iter().chain([&way.field]).copied().collect();
    match found.hops.strip_prefix(before.as_slice()) {
        Some(rest) => Some(Path { entity: subject, hops: rest.to_vec(), field: found.field, ty: found.ty }),
        None => {
            let message = format!("`{written}` does not begin at whom the number is about");
            let help = "begin with the measure's `subject`, as in `person.post`";
            faults.push(Diagnostic::error("term.bad-peers", at.clone(), message).help(help));
            None
        }
    }
}

fn checks(
    draft: &Draft<'_>,
    words: &term::Term,
    measure: &Measure,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Check> {
    let Measure::Base(base) = measure else {
        if !words.checks.is_empty() {
            let message = "a term made from terms has no rows to check";
            let help = "check the rows of the terms it is made from";
            faults.push(Diagnostic::error("term.does-not-apply", at.clone(), message).help(help));
        }
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, written) in &words.checks {
        let at = at.child(name).child("rule");
        if let Some(rule) = measure::condition(draft, &written.rule, base.over, &at, faults) {
            let message = text(&written.message);
            found.push(Check { name: name.clone(), rule, written: written.rule.clone(), message });
        }
    }
    found
}

/// A number as written.
pub(crate) fn number(written: &Scalar, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Decimal> {
    let written = match written {
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
    };
    let found = decimal(&written);
    if found.is_none() {
        faults.push(Diagnostic::error("term.bad-number", at.clone(), format!("`{written}` is not a number")));
    }
    found
}
