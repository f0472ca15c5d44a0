//! Records counted, or measured, per value of a field, each with its bar.

use app::{Choice, Counters, Field, FieldKind, Radar, weighted};
use chart::{Chart, Kind, Point, Series};
use engine::query::Axes;
use model::{Decimal, EntityId, FieldId, RecordId, Uuid, Value};
use policy::{Action, Aggregate, Direction, List, Measure, Sort};
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;
use store::Group;

use super::{Visit, dashboard::tick, names, record::refers, rights};
use crate::{
    problem::Problem,
    show::{self, Names, Shown, number},
};

/// A bar of the largest number is so long.
const WHOLE: u32 = 1_000;

/// Axes of a radar at most: with more of them it has no shape.
const AXES: usize = 16;

/// Places of a mean at least: that of whole numbers is no whole number.
const PLACES_OF_MEAN: u32 = 2;

/// Numbers per value: the largest first, or in the order of the choices where some may be hidden.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Counted {
    /// What they are.
    pub label: String,
    /// The bars.
    pub bars: Vec<Bar>,
    /// The weighted mean of those shown, as shown; empty where there is none.
    pub total: String,
    /// What belongs to numbers without names: that some are left out.
    pub anonymous: bool,
    /// The counts as a radar, beside those of peers; empty where none is asked for or may be shown.
    pub radar: String,
    /// What the radar is beside, or why there is none.
    pub beside: String,
    /// Groups left out, as people read it; empty for none.
    pub left_out: String,
}

/// One number.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Bar {
    /// The value it is of.
    pub shown: Shown,
    /// How long its bar is, of a thousand.
    pub length: u32,
    /// The number, as shown; empty where too few people are behind it.
    pub text: String,
    /// What it counts in the weighted mean, in percent of what is shown; empty where it counts nothing.
    pub weight: String,
    /// How far its axis of the radar goes, as shown.
    pub share: String,
    /// The rows it was made from, where it is the value of a term.
    pub href: Option<String>,
}

/// Numbers for a record, or for everything the reader may see.
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
    let mut counted = Counted { label: label.to_owned(), anonymous: counters.anonymous, ..Counted::default() };
    let Some(path) = app.own_path(counters.group) else { return Ok(counted) };
    let may = |path: &formula::Path| rights::measurable(&visit.actor, path, counters.anonymous);
    let Some(field) = app.field(counters.group) else { return Ok(counted) };
    if !may(&path) || !counters.measure.of().is_none_or(may) {
        return Ok(counted);
    }
    let mut measures = vec![counters.measure.clone()];
    if let (Measure::Avg(path), false) = (&counters.measure, counters.weights.is_empty()) {
        measures.extend([Measure::Sum(path.clone()), Measure::Known(path.clone())]);
    }
    let ask = Aggregate {
        entity: counters.entity,
        period: None,
        group: vec![path],
        measures,
        filter: formula::Predicate::always(),
        within: by.map_or_else(formula::Predicate::always, |(by, id)| refers(visit, by, id)),
        search: None,
        limit: 100,
        anonymous: counters.anonymous,
    };
    let groups = visit.ask(ask).await?;
    let named = |group: &&Group| group.keys.first().is_some_and(|key| !key.is_null());
    let number = |group: &Group| group.numbers.first().and_then(Value::as_decimal);
    let mut found: Vec<(Value, Option<&Group>)> = groups
        .iter()
        .filter(named)
        .map(|group| (group.keys.first().cloned().unwrap_or_default(), Some(group)))
        .collect();
    match &field.kind {
        // What is hidden has its place, so that it is not taken for nothing.
        FieldKind::Choice(choices) if counters.anonymous => found = in_order(choices, &found),
        _ => found.sort_by_key(|(_, group)| std::cmp::Reverse(group.and_then(number))),
    }
    // A share is of a hundred, whatever the largest share is.
    let of_all = matches!(&counters.measure, Measure::Avg(path)
        if app.field(path.field).is_some_and(|field| matches!(field.kind, FieldKind::Percent { .. })));
    let most = groups.iter().filter(named).filter_map(number).max().unwrap_or_default();
    let most = if of_all { most.max(Decimal::ONE_HUNDRED) } else { most };
    let parts = parts(counters, &found);
    let weights: u64 = parts.iter().filter(|part| part.count > 0).map(|part| u64::from(part.weight)).sum();
    let wanted: Vec<(EntityId, Uuid)> = match field.target() {
        Some(target) => found.iter().filter_map(|(key, _)| Some((target, key.as_id()?))).collect(),
        None => Vec::new(),
    };
    let names = names::load(visit, &wanted).await?;
    let reader = visit.reader();
    for (index, (key, group)) in found.iter().enumerate() {
        // A key is one of the field's several values; a list of one shows it the same way.
        let several = matches!(field.kind, FieldKind::Choices(_) | FieldKind::References { .. });
        let value = if several { Value::List(vec![key.clone()]) } else { key.clone() };
        let value_of = group.and_then(number);
        let text = value_of.map(|value| text(visit, &counters.measure, &Value::Decimal(value))).unwrap_or_default();
        let weight = parts.get(index).filter(|part| part.count > 0 && part.weight > 0).map(|part| {
            let percent = Decimal::from(part.weight).checked_mul(Decimal::ONE_HUNDRED);
            let percent = percent.and_then(|percent| percent.checked_div(weights.into())).unwrap_or_default();
            format!("{}%", number::shortest(&Value::Decimal(percent), 1))
        });
        counted.bars.push(Bar {
            shown: show::value(&reader, field, &value, &names),
            length: value_of.map_or(0, |value| length(value, most)),
            text,
            weight: weight.unwrap_or_default(),
            ..Bar::default()
        });
    }
    if let (Some(radar), Some((by, id))) = (&counters.radar, by) {
        let keys: Vec<Value> = found.iter().map(|(key, _)| key.clone()).collect();
        draw(visit, counters, radar, (by, id), field, &keys, &mut counted).await?;
    }
    let total = weighted::mean(&parts).map(Value::Decimal);
    counted.total = total.map(|total| self::text(visit, &counters.measure, &total)).unwrap_or_default();
    Ok(counted)
}

/// Draws the radar: an axis for every value there can be, as far as there are not too many.
async fn draw(
    visit: &Visit,
    counters: &Counters,
    radar: &Radar,
    (by, id): (FieldId, RecordId),
    field: &Field,
    keys: &[Value],
    counted: &mut Counted,
) -> Result<(), Problem> {
    let app = visit.app();
    let (Some(path), Some(group)) = (app.own_path(by), app.own_path(counters.group)) else { return Ok(()) };
    let Some(about) = app.field(by).and_then(Field::target) else { return Ok(()) };
    let cap = radar.cap.and_then(|cap| Some((app.own_path(cap.from)?, app.own_path(cap.time)?, cap.most)));
    let (peers, percentile) = (radar.peers.clone(), radar.percentile);
    let ask = Axes { entity: counters.entity, by: path, group, about, id, peers, percentile, cap };
    let Some(beside) = visit.ask(ask).await? else {
        counted.beside = visit.say("radar-none").to_owned();
        return Ok(());
    };
    let share =
        |value: &Value| beside.axes.iter().find(|axis| axis.value == *value).map_or(Decimal::ZERO, |axis| axis.share);
    let written = |share: Decimal| number::shortest(&Value::Decimal(share), 1);
    for (bar, key) in counted.bars.iter_mut().zip(keys) {
        bar.share = written(share(key));
    }
    let mut chart = Chart::new(Kind::Radar, counted.label.clone(), tick);
    let mut points = Vec::new();
    for (value, name) in every(visit, field).await? {
        let share = share(&value);
        chart.labels.push(name);
        points.push(Point::new(share.to_f64(), written(share)));
    }
    chart.most = Some(100.0);
    chart.nothing = visit.say("no-data").to_owned();
    chart.series = vec![Series { name: String::new(), points }];
    counted.radar = chart.svg();
    let (percentile, peers) = (percentile.to_string(), beside.peers.to_string());
    counted.beside = visit.fill("radar-beside", &[("percentile", &percentile), ("n", &peers)]);
    Ok(())
}

/// Every value a field can have that the reader may see, with its name, in order.
async fn every(visit: &Visit, field: &Field) -> Result<Vec<(Value, String)>, Problem> {
    if let FieldKind::Choice(choices) | FieldKind::Choices(choices) = &field.kind {
        let named = |choice: &Choice| (Value::from(choice.code.as_str()), choice.label.get(visit.locale()).to_owned());
        return Ok(choices.iter().take(AXES).map(named).collect());
    }
    let Some(entity) = field.target().and_then(|id| visit.app().entity(id)) else { return Ok(Vec::new()) };
    if !rights::may(&visit.actor, entity.id, Action::Read) {
        return Ok(Vec::new());
    }
    let key = entity.key.and_then(|key| visit.app().own_path(key)).filter(|path| rights::shown(&visit.actor, path));
    let sort = key.into_iter().map(|by| Sort { by, direction: Direction::Ascending }).collect();
    let most = u32::try_from(AXES).unwrap_or(u32::MAX);
    let rows = visit.ask(List { sort, ..List::all(entity.id, most) }).await?.rows;
    let wanted: Vec<(EntityId, Uuid)> = rows.iter().map(|row| (entity.id, row.id)).collect();
    let names = names::load(visit, &wanted).await?;
    let named = |id: &Uuid| Some((Value::Id(*id), names.get(id)?.0.clone()));
    Ok(rows.iter().filter_map(|row| named(&row.id)).collect())
}

/// Every choice in its order, with its group where there is one.
fn in_order<'a>(choices: &[Choice], found: &[(Value, Option<&'a Group>)]) -> Vec<(Value, Option<&'a Group>)> {
    let of = |choice: &Choice| {
        found.iter().find(|(key, _)| key.as_text() == Some(&choice.code)).and_then(|(_, group)| *group)
    };
    choices.iter().map(|choice| (Value::from(choice.code.as_str()), of(choice))).collect()
}

/// What each group brings to the weighted mean.
fn parts(counters: &Counters, found: &[(Value, Option<&Group>)]) -> Vec<weighted::Part> {
    let none = weighted::Part { weight: 0, sum: Decimal::ZERO, count: 0 };
    let part = |(key, group): &(Value, Option<&Group>)| {
        let (_, weight) = counters.weights.iter().find(|(code, _)| key.as_text() == Some(code))?;
        let mut numbers = group.as_ref()?.numbers.iter().skip(1);
        let (sum, count) = (numbers.next()?.as_decimal()?, numbers.next()?.as_decimal()?);
        Some(weighted::Part { weight: *weight, sum, count: u32::try_from(count).ok()? })
    };
    found.iter().map(|one| part(one).unwrap_or(none)).collect()
}

/// How long the bar of a number is beside that of the largest.
pub(super) fn length(value: Decimal, most: Decimal) -> u32 {
    let share = value.checked_mul(WHOLE.into()).and_then(|value| value.checked_div(most));
    share.and_then(|share| u32::try_from(share.trunc()).ok()).unwrap_or(0).min(WHOLE)
}

/// A number as shown: as a value of the field it is of, a mean with enough places.
pub fn text(visit: &Visit, measure: &Measure, value: &Value) -> String {
    let field = measure.of().and_then(|path| visit.app().field(path.field));
    match (measure, field) {
        (Measure::Count | Measure::Distinct(_) | Measure::Known(_), _) | (_, None) => number::decimal(value, 0),
        (Measure::Avg(_), Some(field))
            if !value.is_null()
                && matches!(field.kind, FieldKind::Integer | FieldKind::Decimal { .. } | FieldKind::Rating { .. }) =>
        {
            let places = field.places().unwrap_or(0).max(PLACES_OF_MEAN);
            show::with_unit(number::decimal(value, places), field.unit.get(visit.locale()), visit.locale())
        }
        (_, Some(field)) => show::value(&visit.reader(), field, value, &Names::new()).text,
    }
}
