//! Quick filters: fields offered above a list, read from the address.

use app::{Field, FieldKind};
use formula::{Comparison, Path, Predicate, Term, TextMatch};
use model::{EntityId, Type, Uuid, Value};
use policy::Action;
use serde::Serialize;

use super::{Visit, names, params::Params, rights};
use crate::{problem::Problem, show, words};

/// A filter as shown.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Filter {
    /// Its name in the address.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// `select`, `reference`, `range`, `text`.
    pub kind: &'static str,
    /// Type of the inputs of a range.
    pub input: &'static str,
    /// What can be chosen.
    pub options: Vec<Choice>,
    /// Where a picker looks.
    pub lookup: String,
    /// Lower end, or the text.
    pub low: String,
    /// Upper end.
    pub high: String,
}

/// Something to choose.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What tells it apart.
    pub hint: String,
    /// Whether it is chosen.
    pub selected: bool,
}

/// A filter in force, with the address without it.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Chip {
    /// What it says.
    pub label: String,
    /// The list without it.
    pub href: String,
}

/// The filters of a list, as shown and as a condition.
#[derive(Debug)]
pub struct Filters {
    /// The inputs.
    pub shown: Vec<Filter>,
    /// Those in force.
    pub chips: Vec<Chip>,
    /// The names in the address that were understood.
    pub names: Vec<String>,
    /// The condition they make.
    pub predicate: Predicate,
}

/// Reads the filters offered from the address.
///
/// # Errors
/// The engine refused to tell the name of a record chosen.
pub async fn read(visit: &Visit, offered: &[app::Field], path: &str) -> Result<Filters, Problem> {
    let mut filters =
        Filters { shown: Vec::new(), chips: Vec::new(), names: Vec::new(), predicate: Predicate::always() };
    let chosen: Vec<(EntityId, Uuid)> = offered
        .iter()
        .filter_map(|field| Some((field.target()?, visit.query.get(field.name.as_str())?.parse().ok()?)))
        .collect();
    let known = names::load(visit, &chosen).await?;
    for field in offered {
        let Some(own) = visit.app().own_path(field.id).filter(|own| rights::readable(&visit.actor, own)) else {
            continue;
        };
        let mut filter = describe(visit, field);
        let name = field.name.as_str();
        let low = visit.query.get(name).unwrap_or_default().to_owned();
        if filter.kind == "range" {
            for (end, op) in [("from", Comparison::GreaterOrEqual), ("to", Comparison::LessOrEqual)] {
                let key = format!("{name}.{end}");
                let Some(text) = visit.query.get(&key) else { continue };
                let Some(value) = bound(visit, field, text, end) else { continue };
                let right = Term::Literal(value, own.ty.clone());
                filters.predicate = filters.predicate.and(compare(op, own.clone(), right));
                let label = format!("{}: {text}", words::fill(visit.locale(), end, &[("what", &filter.label)]));
                filters.chips.push(chip(visit, label, &[&key], path));
                filters.names.push(key);
                *(if end == "from" { &mut filter.low } else { &mut filter.high }) = text.to_owned();
            }
        } else if !low.is_empty()
            && let Some(condition) = condition(field, own, &low)
        {
            filters.predicate = filters.predicate.and(condition);
            if let Some((label, _)) = low.parse().ok().and_then(|id: Uuid| known.get(&id)) {
                filter.options.push(Choice { value: low.clone(), label: label.clone(), ..Choice::default() });
            }
            for option in &mut filter.options {
                option.selected = option.value == low;
            }
            let said =
                filter.options.iter().find(|option| option.selected).map_or(low.as_str(), |option| &option.label);
            filters.chips.push(chip(visit, format!("{}: {said}", filter.label), &[name], path));
            filters.names.push(name.to_owned());
            filter.low = low;
        }
        // Records are chosen from a list, which is refused to those who may not read them.
        if field.target().is_none_or(|to| rights::may(&visit.actor, to, Action::Read)) {
            filters.shown.push(filter);
        }
    }
    Ok(filters)
}

fn chip(visit: &Visit, label: String, names: &[&str], path: &str) -> Chip {
    let mut gone = names.to_vec();
    gone.extend(["after", "from-row"]);
    Chip { label, href: visit.query.without(&gone).on(path) }
}

fn compare(op: Comparison, path: Path, right: Term) -> Predicate {
    Predicate::Compare { op, left: Term::Field(path), right }
}

/// The end of a range: a moment's range is given in days, both of them included.
fn bound(visit: &Visit, field: &Field, text: &str, end: &str) -> Option<Value> {
    match field.kind {
        FieldKind::DateTime => {
            let day: model::Date = text.parse().ok()?;
            let day = if end == "to" { day.tomorrow().ok()? } else { day };
            let start = day.to_zoned_datetime(visit.actor.edition.zone.clone()).ok()?.timestamp();
            let millisecond = jiff::SignedDuration::from_millis(i64::from(end == "to"));
            start.checked_sub(millisecond).ok().map(Value::DateTime)
        }
        FieldKind::Date => text.parse().ok().map(Value::Date),
        FieldKind::Integer | FieldKind::Duration | FieldKind::Rating { .. } => text.parse().ok().map(Value::Int),
        _ => text.parse().ok().map(Value::Decimal),
    }
}

fn condition(field: &Field, path: Path, text: &str) -> Option<Predicate> {
    let item = |ty: &Type| match ty {
        Type::List(item) => (**item).clone(),
        other => other.clone(),
    };
    let ty = item(&path.ty);
    match field.kind {
        FieldKind::Boolean => {
            Some(compare(Comparison::Equal, path, Term::Literal(Value::Bool(text == "true"), Type::Bool)))
        }
        FieldKind::Choice(_) | FieldKind::Period { .. } => {
            Some(compare(Comparison::Equal, path, Term::Literal(text.into(), ty)))
        }
        FieldKind::Choices(_) => Some(Predicate::Has { list: path, item: Term::Literal(text.into(), ty) }),
        FieldKind::Reference { .. } => {
            let id = text.parse::<Uuid>().ok()?;
            Some(compare(Comparison::Equal, path, Term::Literal(Value::Id(id), ty)))
        }
        FieldKind::References { .. } => {
            let id = text.parse::<Uuid>().ok()?;
            Some(Predicate::Has { list: path, item: Term::Literal(Value::Id(id), ty) })
        }
        _ => Some(Predicate::Matches {
            how: TextMatch::Contains,
            text: Term::Lower(Box::new(Term::Field(path))),
            part: Term::Literal(text.to_lowercase().into(), Type::Text),
        }),
    }
}

/// The input of a field, with nothing chosen.
pub(super) fn describe(visit: &Visit, field: &Field) -> Filter {
    let locale = visit.locale();
    let entity = visit.app().entity(field.entity).map_or("", |entity| entity.name.as_str());
    let choice = |value: &str, label: &str| Choice { value: value.into(), label: label.into(), ..Choice::default() };
    let (kind, input, options) = match &field.kind {
        FieldKind::Boolean => {
            let options = [("true", "yes"), ("false", "no")];
            ("select", "", options.map(|(value, word)| choice(value, visit.say(word))).to_vec())
        }
        FieldKind::Choice(choices) | FieldKind::Choices(choices) => {
            ("select", "", choices.iter().map(|one| choice(&one.code, one.label.get(locale))).collect())
        }
        FieldKind::Reference { .. } | FieldKind::References { .. } => ("reference", "", Vec::new()),
        FieldKind::Date | FieldKind::DateTime => ("range", "date", Vec::new()),
        _ if field.ty.is_number() => ("range", "number", Vec::new()),
        _ => ("text", "search", Vec::new()),
    };
    Filter {
        name: field.name.to_string(),
        label: field.label.get(locale).to_owned(),
        kind,
        input,
        options,
        lookup: format!("/pick/{entity}.{}", field.name),
        ..Filter::default()
    }
}

/// Choices of the locale for a choice field, with their tone: for lanes.
pub fn choices(visit: &Visit, field: &Field) -> Vec<(Choice, &'static str)> {
    match &field.kind {
        FieldKind::Choice(choices) => choices
            .iter()
            .map(|one| {
                let label = one.label.get(visit.locale()).to_owned();
                (Choice { value: one.code.clone(), label, ..Choice::default() }, show::tone(one.colour))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The address without what only says which part of a list is shown.
pub fn settled(query: &Params) -> Params {
    query.without(&["after", "from-row", "lang", "saved"])
}
