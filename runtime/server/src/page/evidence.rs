//! The evidence of an alert: the periods that led to it, each with its value and what that was held against, as a table, and for
//! who is told of the alert as a drawing too. A field holds evidence where a rule that watches fills it.

use std::collections::BTreeMap;

use app::{App, Field, Watching};
use chart::{Chart, Guide, Kind, Point, Series};
use engine::query::series::visible;
use formula::Path;
use metrics::Term;
use model::{Decimal, EntityId, FieldId, RecordId, Value};
use policy::List;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;
use serde_json::Value as Json;

use super::{
    Visit, behind, dashboard, names,
    params::Params,
    rights,
    rows::{Cell, Head, Line, Table},
};
use crate::{
    problem::Problem,
    show::{self, Names, Shown, number, time},
};

/// Evidence as a drawing, and as the table that says the same.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Drawn {
    /// What was measured.
    pub label: String,
    /// The drawing.
    pub svg: String,
    /// The table.
    pub table: Table,
}

/// A period of the evidence.
struct Told<'a> {
    period: &'a str,
    value: Option<Decimal>,
    place: Option<Decimal>,
    limit: Option<Decimal>,
    level: Option<&'a str>,
    /// The term that was watched; where the evidence names none, that of the only rule there is.
    term: Option<&'a Term>,
}

impl Told<'_> {
    /// A value of the term as it is written.
    fn written(&self, visit: &Visit, value: Decimal) -> String {
        match self.term {
            Some(term) => dashboard::written(visit, term, Some(value)),
            None => number::shortest(&Value::Decimal(value), 4),
        }
    }
}

/// What an alert is of: the rule that raised it, and whom or what its values are about.
struct Origin<'a> {
    watching: &'a Watching,
    subject: RecordId,
}

impl Origin<'_> {
    /// Where the rows behind a value are shown, to whoever sees the term; nothing was measured where there is no value.
    fn rows(&self, visit: &Visit, one: &Told<'_>) -> Option<String> {
        let term = one.term.filter(|term| one.value.is_some() && visible(&visit.actor, term))?;
        let app = visit.app();
        let address = Params::default().with("period", one.period);
        let address = match &self.watching.per {
            None => address.with("of", self.subject.to_string()),
            Some(per) => {
                let (_, base) = app.bases(term.id).into_iter().next()?;
                let (subject, _) = base.subject.as_ref()?;
                let [(by, group), _] = behind::GROUPS;
                let path = format!("{}.{}", app.path_text(subject), app.path_text(per));
                address.with(by, path).with(group, behind::written(&Value::Id(self.subject)))
            }
        };
        Some(address.on(&format!("/dictionary/{}/rows", term.name)))
    }
}

/// The fields in which alerts with evidence in this one say what raised them and whom or what they are about, as far as the reader
/// reads them.
fn origins(visit: &Visit, field: &Field) -> Vec<Path> {
    let app = visit.app();
    let mut found: Vec<Path> = Vec::new();
    for id in watches(app, field).flat_map(|(_, watching)| [watching.rule, watching.subject]) {
        let path = app.own_path(id).filter(|path| rights::readable(&visit.actor, path));
        if let Some(path) = path.filter(|path| !found.contains(path)) {
            found.push(path);
        }
    }
    found
}

/// What an alert is of that has these values in those fields.
fn origin<'a>(app: &'a App, field: &Field, paths: &[Path], values: &[Value]) -> Option<Origin<'a>> {
    let value = |id: FieldId| values.get(paths.iter().position(|path| path.field == id)?);
    watches(app, field).find_map(|(name, watching)| {
        let raised = value(watching.rule)?.as_text()? == name;
        let subject = value(watching.subject)?.as_id()?;
        raised.then_some(Origin { watching, subject })
    })
}

/// The rules that keep their evidence in a field, by name.
fn watches<'a>(app: &'a App, field: &Field) -> impl Iterator<Item = (&'a str, &'a Watching)> {
    let evidence = Some(field.id);
    let all = app.rules().iter().filter_map(|rule| Some((rule.name.as_str(), rule.watch.as_deref()?)));
    all.filter(move |(_, watching)| watching.evidence == evidence)
}

/// What led to those of these records that are alerts, as far as the reader sees it.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn drawn(
    visit: &Visit,
    records: &[(EntityId, RecordId)],
) -> Result<BTreeMap<RecordId, Drawn>, Problem> {
    let app = visit.app();
    let mut fields: Vec<FieldId> = Vec::new();
    for field in app.rules().iter().filter_map(|rule| rule.watch.as_deref()?.evidence) {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    let mut found = BTreeMap::new();
    for field in fields.into_iter().filter_map(|id| app.field(id)) {
        let of_field = records.iter().filter(|(entity, _)| *entity == field.entity);
        let ids: Vec<RecordId> = of_field.map(|(_, id)| *id).collect();
        let path = app.own_path(field.id).filter(|path| !ids.is_empty() && rights::readable(&visit.actor, path));
        let (Some(path), Some(within)) = (path, names::among(visit, field.entity, &ids)) else { continue };
        let most = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let of = origins(visit, field);
        let columns = std::iter::once(path).chain(of.iter().cloned()).collect();
        let list = List { columns, within, ..List::all(field.entity, most) };
        for row in visit.ask(list).await?.rows {
            let Some((value, rest)) = row.values.split_first() else { continue };
            let origin = origin(app, field, &of, rest);
            let drawing = drawing(visit, field, value, origin.as_ref());
            found.extend(drawing.map(|drawing| (row.id, drawing)));
        }
    }
    Ok(found)
}

/// The periods as marks, with the limit where it was the same in all.
fn drawing(visit: &Visit, field: &Field, value: &Value, origin: Option<&Origin<'_>>) -> Option<Drawn> {
    let locale = visit.locale();
    let (told, _) = told(visit, field, value)?;
    let table = lines(visit, field, value, origin)?;
    let label = told.iter().find_map(|one| one.term).map_or(&field.label, |term| &term.label).get(locale).to_owned();
    // Of peers the place is held against the limit, and not the value.
    let places = told.iter().any(|one| one.place.is_some());
    let said = |one: &Told<'_>, value: Decimal| match places {
        true => format!("{}%", number::shortest(&Value::Decimal(value), 2)),
        false => one.written(visit, value),
    };
    let kind = if told.len() > 1 { Kind::Line } else { Kind::Bar };
    let mut chart = Chart::new(kind, label.clone(), dashboard::tick);
    visit.say("no-data").clone_into(&mut chart.nothing);
    chart.labels = told.iter().map(|one| time::period(locale, one.period)).collect();
    let held = |one: &Told<'_>| if places { one.place } else { one.value };
    let point = |one: &Told<'_>| match held(one) {
        Some(value) => Point::new(value.to_f64(), said(one, value)),
        None => Point::default(),
    };
    chart.series = vec![Series { name: String::new(), points: told.iter().map(point).collect() }];
    let first = told.first()?;
    if let Some((limit, place)) = first.limit.and_then(|limit| Some((limit, limit.to_f64()?)))
        && told.iter().all(|one| one.limit == Some(limit))
    {
        let label = format!("{} {}", visit.say("evidence-limit"), said(first, limit));
        chart.guides.push(Guide { value: place, label });
    }
    Some(Drawn { label, svg: chart.svg(), table })
}

/// The periods in a field, and the field of the levels they name; `None` for a field that holds none, and for a value that is none.
fn told<'a>(visit: &'a Visit, field: &Field, value: &'a Value) -> Option<(Vec<Told<'a>>, &'a Field)> {
    let app = visit.app();
    let watches: Vec<&Watching> = watches(app, field).map(|(_, watching)| watching).collect();
    let level = app.field(watches.first()?.level)?;
    let only = match watches.as_slice() {
        [watching] => app.term(watching.term),
        _ => None,
    };
    let Value::Json(Json::Array(periods)) = value else { return None };
    let told: Vec<Told<'_>> = periods
        .iter()
        .map(|one| {
            let text = |name: &str| one.get(name).and_then(Json::as_str);
            let decimal = |name: &str| text(name).and_then(|text| text.parse().ok());
            Some(Told {
                period: text("period")?,
                value: decimal("value"),
                place: decimal("place"),
                limit: decimal("limit"),
                level: text("level"),
                term: text("term").and_then(|name| app.term_named(name)).or(only),
            })
        })
        .collect::<Option<_>>()?;
    (!told.is_empty()).then_some((told, level))
}

/// The evidence in a field; `None` for a field that holds none, and for a value that is none.
pub(super) fn table(visit: &Visit, field: &Field, value: &Value) -> Option<Table> {
    lines(visit, field, value, None)
}

/// The same in the field of a record, where each value leads to the rows it was made from.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn of_record(
    visit: &Visit,
    field: &Field,
    value: &Value,
    id: RecordId,
) -> Result<Option<Table>, Problem> {
    if told(visit, field, value).is_none() {
        return Ok(None);
    }
    let columns = origins(visit, field);
    let Some(within) = names::among(visit, field.entity, &[id]) else { return Ok(table(visit, field, value)) };
    let list = List { columns: columns.clone(), within, ..List::all(field.entity, 1) };
    let found = visit.ask(list).await?.rows;
    let origin = found.first().and_then(|row| origin(visit.app(), field, &columns, &row.values));
    Ok(lines(visit, field, value, origin.as_ref()))
}

fn lines(visit: &Visit, field: &Field, value: &Value, origin: Option<&Origin<'_>>) -> Option<Table> {
    let (told, level) = told(visit, field, value)?;
    let locale = visit.locale();
    let reader = visit.reader();
    let mut heads = vec![head(visit.say("term-period"), false), head(visit.say("term-value"), true)];
    // Of peers the place is held against the limit, and not the value.
    let places = told.iter().any(|one| one.place.is_some());
    let (limits, levels) = (told.iter().any(|one| one.limit.is_some()), told.iter().any(|one| one.level.is_some()));
    heads.extend(places.then(|| head(visit.say("evidence-place"), true)));
    heads.extend(limits.then(|| head(visit.say("evidence-limit"), true)));
    heads.extend(levels.then(|| head(level.label.get(locale), false)));
    let lines = told.iter().map(|one| {
        let written = |value: Option<Decimal>| match value {
            None => Shown::nothing(),
            Some(value) => Shown::number(one.written(visit, value)),
        };
        let percent = |value: Option<Decimal>| match value {
            None => Shown::nothing(),
            Some(value) => Shown::number(format!("{}%", number::shortest(&Value::Decimal(value), 2))),
        };
        let rows = origin.and_then(|origin| origin.rows(visit, one)).zip(one.value);
        let value = match rows {
            Some((rows, value)) => Shown::link(one.written(visit, value), rows),
            None => written(one.value),
        };
        let mut shown = vec![Shown::text(time::period(locale, one.period)), value];
        shown.extend(places.then(|| percent(one.place)));
        shown.extend(limits.then(|| if places { percent(one.limit) } else { written(one.limit) }));
        shown.extend(levels.then(|| match one.level {
            Some(code) => show::value(&reader, level, &Value::from(code), &Names::new()),
            None => Shown::nothing(),
        }));
        let cells = shown.into_iter().zip(&heads).map(|(shown, head)| Cell {
            label: head.label.clone(),
            shown,
            number: head.number,
        });
        Line { cells: cells.collect(), ..Line::default() }
    });
    let rows = lines.collect();
    Some(Table { rows, heads, ..Table::default() })
}

/// The head of a column.
pub(super) fn head(label: &str, number: bool) -> Head {
    Head { label: label.to_owned(), number, ..Head::default() }
}
