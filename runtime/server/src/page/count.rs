//! Records counted per value of a field, each with its bar.

use app::{Counters, FieldKind};
use model::{EntityId, FieldId, RecordId, Uuid, Value};
use policy::{Aggregate, Measure};
use serde::Serialize;

use super::{Visit, list::whole, names, record::refers, rights};
use crate::{
    problem::Problem,
    show::{self, Shown, number},
};

/// Counts, largest first.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Counted {
    /// What they are.
    pub label: String,
    /// The bars.
    pub bars: Vec<Bar>,
    /// The largest count.
    pub most: i64,
}

/// One count.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Bar {
    /// The value counted.
    pub shown: Shown,
    /// How often.
    pub count: i64,
    /// How often, as shown.
    pub text: String,
}

/// Counts for a record, or for everything the reader may see.
///
/// # Errors
/// What the engine refuses.
pub async fn show(
    visit: &Visit,
    label: &str,
    counters: &Counters,
    by: Option<(FieldId, RecordId)>,
) -> Result<Counted, Problem> {
    let app = visit.app();
    let mut counted = Counted { label: label.to_owned(), ..Counted::default() };
    let Some(path) = app.own_path(counters.group).filter(|path| rights::readable(&visit.actor, path)) else {
        return Ok(counted);
    };
    let Some(field) = app.field(counters.group) else { return Ok(counted) };
    let count = Aggregate {
        entity: counters.entity,
        group: vec![path],
        measures: vec![Measure::Count],
        filter: formula::Predicate::always(),
        within: by.map_or_else(formula::Predicate::always, |(by, id)| refers(visit, by, id)),
        search: None,
        limit: 100,
        anonymous: false,
    };
    let groups = visit.ask(count).await?;
    let keys: Vec<&Value> = groups.iter().filter_map(|group| group.keys.first()).collect();
    let wanted: Vec<(EntityId, Uuid)> = match field.target() {
        Some(target) => keys.iter().filter_map(|key| Some((target, key.as_id()?))).collect(),
        None => Vec::new(),
    };
    let names = names::load(visit, &wanted).await?;
    let reader = visit.reader();
    for group in &groups {
        let (Some(key), Some(count)) = (group.keys.first(), group.numbers.first().and_then(whole)) else { continue };
        if key.is_null() {
            continue;
        }
        // A key is one of the field's several values; a list of one shows it the same way.
        let several = matches!(field.kind, FieldKind::Choices(_) | FieldKind::References { .. });
        let value = if several { Value::List(vec![key.clone()]) } else { key.clone() };
        let shown = show::value(&reader, field, &value, &names);
        counted.bars.push(Bar { shown, count, text: number::count(count) });
    }
    counted.bars.sort_by_key(|bar| std::cmp::Reverse(bar.count));
    counted.most = counted.bars.first().map_or(0, |bar| bar.count);
    Ok(counted)
}
