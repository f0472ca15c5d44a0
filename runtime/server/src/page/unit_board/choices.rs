//! What can be chosen for a board: units, and the terms proposed for the people of one.

use app::FieldRole;
use engine::QueryError;
use formula::{Anchor, Predicate, Reaching};
use metrics::Term;
use model::{EntityId, RecordId, Value};
use policy::{Aggregate, List, Measure};

use super::super::{Visit, columns, filter::Choice, rights};
use crate::problem::Problem;

/// Units to choose from.
const UNITS: u32 = 1_000;

/// Of these terms those proposed for the people of a unit and of those below it, as far as the reader sees such people: first
/// what more of them are for.
pub(super) async fn proposed<'t>(visit: &Visit, unit: RecordId, terms: &[&'t Term]) -> Result<Vec<&'t Term>, Problem> {
    let app = visit.app();
    let known = app.organisation();
    let works = known.field(FieldRole::Unit).and_then(|field| app.own_path(field));
    let (Some(person), Some(works)) = (known.person, works) else { return Ok(Vec::new()) };
    let there = Predicate::Reach(Box::new(Reaching::under(works, Anchor::These(vec![unit]))));
    let mut counted: Vec<(&Predicate, i64)> = Vec::new();
    let mut found: Vec<(&'t Term, i64)> = Vec::new();
    for &term in terms {
        let Some(such) = &term.suggested_for else { continue };
        let many = match counted.iter().find(|(known, _)| *known == such) {
            Some((_, many)) => *many,
            None => {
                let many = many(visit, person, there.clone().and(such.clone())).await?;
                counted.push((such, many));
                many
            }
        };
        if many > 0 {
            found.push((term, many));
        }
    }
    found.sort_by_key(|(_, many)| std::cmp::Reverse(*many));
    Ok(found.into_iter().map(|(term, _)| term).collect())
}

/// How many records of an entity the reader sees that meet a condition; none where they may not ask it.
async fn many(visit: &Visit, entity: EntityId, filter: Predicate) -> Result<i64, Problem> {
    let count = Aggregate {
        entity,
        period: None,
        group: Vec::new(),
        measures: vec![Measure::Count],
        filter,
        within: Predicate::always(),
        search: None,
        limit: 1,
        anonymous: false,
    };
    match visit.engine.query(&visit.actor, count).await {
        Ok(groups) => Ok(match groups.first().and_then(|group| group.numbers.first()) {
            Some(Value::Int(many)) => *many,
            _ => 0,
        }),
        // Whose posts are not theirs to see is not told by what is proposed.
        Err(QueryError::Denied(_)) => Ok(0),
        Err(error) => Err(Problem::of_query(error, &visit.actor)),
    }
}

/// The units the reader sees, each with the one above it: departments of one name are in many places.
pub(super) async fn units(visit: &Visit, now: Option<&str>) -> Result<Vec<Choice>, Problem> {
    let app = visit.app();
    let known = app.organisation();
    let (Some(unit), Some(display)) = (known.unit, known.unit.and_then(|unit| columns::display_of(app, unit))) else {
        return Ok(Vec::new());
    };
    if !rights::readable(&visit.actor, &display) {
        return Ok(Vec::new());
    }
    let above = known.field(FieldRole::ParentUnit).and_then(|field| app.own_path(field));
    let above = above.filter(|path| rights::readable(&visit.actor, path));
    let list = List { columns: std::iter::once(display).chain(above).collect(), ..List::all(unit, UNITS) };
    let rows = visit.ask(list).await?.rows;
    let text = |value: Option<&Value>| value.and_then(Value::as_text).unwrap_or_default().to_owned();
    let named: Vec<(RecordId, String, Option<RecordId>)> =
        rows.iter().map(|row| (row.id, text(row.values.first()), row.values.get(1).and_then(Value::as_id))).collect();
    let mut choices: Vec<Choice> = named
        .iter()
        .map(|(id, name, above)| {
            let above = above.and_then(|above| named.iter().find(|(known, ..)| *known == above));
            let label = above.map_or_else(|| name.clone(), |(_, above, _)| format!("{above} / {name}"));
            let value = id.to_string();
            Choice { selected: Some(value.as_str()) == now, value, label, hint: String::new() }
        })
        .collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    Ok(choices)
}
