//! The rows behind a number: exactly those it was made from, as far as the reader sees them, and what they add up to.

use engine::query::series::{Behind, Filter, GroupBy, NoSeries, Place, Series, Then, group_type, visible};
use metrics::{Measure, Term};
use model::{EntityId, RecordId, TermId, Type, Value};
use policy::{Aggregate, List};
use serde::Serialize;

use super::{
    Answer, Visit,
    columns::Columns,
    dashboard::{self, cloud::spoken, narrow},
    dictionary, list, names, rows,
    rows::Table,
    visit::{missing, record_id},
};
use crate::{
    problem::{Kind, Problem},
    show::{self, time},
};

/// How the address says of which group a value is: by what, and of which value; of one or two things.
pub(super) const GROUPS: [(&str, &str); 2] = [("by", "group"), ("across", "column")];

/// How the address says that only rows count whose text has a word: the text field of the rows, and the word.
pub(super) const TEXT: &str = "text";
pub(super) const WORD: &str = "word";

/// Rows shown; the sums are over all of them.
const ROWS: u32 = 200;

/// What the view of rows behind a number shows.
#[derive(Debug, Default, Serialize)]
pub struct Rows {
    /// The term's page.
    pub term: String,
    /// What it is called.
    pub label: String,
    /// The period.
    pub period: String,
    /// Whom it is about.
    pub of: String,
    /// The value.
    pub value: String,
    /// What the rows are narrowed to.
    pub only: Vec<String>,
    /// How many rows there are, in words.
    pub count: String,
    /// What they add up to, column by column.
    pub sums: Vec<Sum>,
    /// The rows.
    pub table: Option<Table>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// Where else to look: the terms this one is made from.
    pub parts_list: Vec<(String, String)>,
}

/// A sum over all rows.
#[derive(Debug, Default, Serialize)]
pub struct Sum {
    /// Of which column.
    pub label: String,
    /// How much.
    pub value: String,
}

/// A group's value as it stands in an address.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        Value::Id(id) => id.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
        Value::DateTime(at) => at.to_string(),
        other => format!("{other:?}"),
    }
}

/// A group's value from an address; `None` where it is none of that type.
pub(super) fn read(text: &str, ty: &Type) -> Option<Value> {
    Some(match ty {
        _ if text.is_empty() => Value::Null,
        Type::Id(_) => Value::Id(text.parse().ok()?),
        Type::Bool => Value::Bool(text.parse().ok()?),
        Type::Int => Value::Int(text.parse().ok()?),
        Type::Decimal => Value::Decimal(text.parse().ok()?),
        Type::Date => Value::Date(text.parse().ok()?),
        Type::DateTime => Value::DateTime(text.parse().ok()?),
        Type::List(item) => return read(text, item),
        _ => Value::Text(text.to_owned()),
    })
}

/// Shows the rows behind a number.
///
/// # Errors
/// Not found; no such period or group; what the engine refuses.
pub async fn show(visit: &Visit, name: &str) -> Result<Answer, Problem> {
    let app = visit.app();
    let term = app.term_named(name).filter(|term| visible(&visit.actor, term)).ok_or_else(missing)?;
    let locale = visit.locale();
    let bad = |what: &str| Problem::new(Kind::BadRequest).detail(what.to_owned());
    let read = |text| app.year_start().parse(text);
    let period = visit.query.get("period").and_then(read).ok_or_else(|| bad("period"))?;
    let subject = visit.query.get("of").map(record_id).transpose()?;
    let group = group(visit, term)?;
    let (filter, cause) = filter(visit, term)?;
    let mut shown = Rows {
        term: format!("/dictionary/{}", term.name),
        label: term.label.get(locale).to_owned(),
        period: time::period(locale, &period.to_string()),
        ..Rows::default()
    };
    let series = Series {
        terms: vec![term.id],
        from: period,
        to: period,
        subject,
        group: group.as_ref().map(|(by, _)| by.clone()),
        filter: filter.clone(),
    };
    let series = visit.ask(series).await?.map_err(|_| bad("period"))?;
    let wanted = group.as_ref().map_or(&Value::Null, |(_, value)| value);
    let cell = series.iter().flat_map(|series| &series.cells).find(|cell| cell.group == *wanted);
    shown.only = only(visit, term, filter.as_ref()).await?;
    shown.only.extend(cause);
    shown.value = dashboard::written(visit, term, cell.and_then(|cell| cell.shown(term)));
    if let (Some(id), Some(entity)) = (subject, app.about(term.id)) {
        shown.of =
            names::load(visit, &[(entity, id)]).await?.get(&id).map(|(name, _)| name.clone()).unwrap_or_default();
    }
    let behind = Behind { term: term.id, period, subject, group, filter };
    // The rows are those that the version counted which the number is of.
    let then = visit.ask(Then { term: term.id, period }).await?;
    let counted = then.edition.app.term(term.id).unwrap_or(term);
    match behind.rows(&then) {
        Ok((entity, rows)) => {
            let said = said(visit, term, entity, &rows).await?;
            if let Some((ids, said)) = &said {
                shown.only.push(said.clone());
                shown.value = show::number::count(i64::try_from(ids.len()).unwrap_or(i64::MAX));
            }
            let within = match &said {
                Some((ids, _)) if ids.is_empty() => formula::Predicate::Const(false),
                Some((ids, _)) => names::among(visit, entity, ids).ok_or_else(missing)?,
                None => formula::Predicate::always(),
            };
            fill(visit, counted, entity, (rows, within), &mut shown).await?;
        }
        Err(NoSeries::SeveralKinds { parts, .. }) => {
            let part = |id: &TermId| {
                let part = app.term(*id)?;
                let address = visit.query.on(&format!("/dictionary/{}/rows", part.name));
                Some((part.label.get(locale).to_owned(), address))
            };
            shown.parts_list = parts.iter().filter_map(part).collect();
        }
        Err(_) => return Err(bad("period")),
    }
    let title = visit.fill("rows-behind", &[("what", &shown.label)]);
    visit.page("behind.html", &title, "wide", shown).await.map(Answer::Page)
}

/// The group of the address.
fn group(visit: &Visit, term: &Term) -> Result<Option<(GroupBy, Value)>, Problem> {
    let bad = |what: &str| Problem::new(Kind::BadRequest).detail(what.to_owned());
    let mut found: Vec<(String, Value)> = Vec::new();
    for (by, value) in GROUPS {
        let Some(path) = visit.query.get(by) else { break };
        let ty = group_type(visit.app(), term.id, &GroupBy::Path(path.to_owned())).map_err(|_| bad(by))?;
        let text = visit.query.get(value).unwrap_or_default();
        found.push((path.to_owned(), read(text, &ty).ok_or_else(|| bad(value))?));
    }
    Ok(match found.as_slice() {
        [] => None,
        [(path, value)] => Some((GroupBy::Path(path.clone()), value.clone())),
        [(rows, row), (columns, column), ..] => {
            let both = GroupBy::Both(rows.clone(), columns.clone());
            Some((both, Value::List(vec![row.clone(), column.clone()])))
        }
    })
}

/// What the rows are narrowed to, in words.
pub(super) async fn only(visit: &Visit, term: &Term, filter: Option<&Filter>) -> Result<Vec<String>, Problem> {
    let app = visit.app();
    let places: Vec<&Place> = match filter {
        Some(Filter::Places(places)) => places.iter().collect(),
        Some(Filter::All(all)) => {
            all.iter().flat_map(|one| if let Filter::Places(places) = one { places.as_slice() } else { &[] }).collect()
        }
        _ => Vec::new(),
    };
    let Some((_, base)) = app.bases(term.id).into_iter().next() else { return Ok(Vec::new()) };
    let mut said = Vec::new();
    for place in places {
        let (path, value) = match place {
            Place::At(path, value) => (path, value),
            Place::Unit(key) => {
                said.push(dictionary::unit_name(visit, key).await?);
                continue;
            }
        };
        let Some(field) = app.path(base.over, path).ok().and_then(|path| app.field(path.field)) else { continue };
        let wanted: Vec<_> = field.target().zip(value.as_id()).into_iter().collect();
        let names = names::load(visit, &wanted).await?;
        said.push(format!("{}: {}", field.label.get(visit.locale()), dashboard::named(visit, field, value, &names)));
    }
    Ok(said)
}

/// What the address narrows the rows to, with the cause they fail in, or the block of a home page they are of, where that is it.
fn filter(visit: &Visit, term: &Term) -> Result<(Option<Filter>, Option<String>), Problem> {
    if visit.query.get(list::BLOCK).is_some() {
        // All of them would be another number than the block's.
        let (block, among) = list::among(visit, term.id).ok_or_else(missing)?;
        let label = visit.fill("as-block-counts", &[("what", block.label.get(visit.locale()))]);
        let rows = Filter::Rows(among.entity, among.rows.clone());
        let both = places(visit, term)?.into_iter().chain([rows]).collect();
        return Ok((Some(Filter::All(both)), Some(label)));
    }
    let Some(name) = visit.query.get("cause") else { return Ok((places(visit, term)?, None)) };
    let cause = term.drivers.as_ref().and_then(|drivers| drivers.cause(name)).zip(term.base());
    let (cause, base) = cause.ok_or_else(|| Problem::new(Kind::BadRequest).detail("cause".to_owned()))?;
    let label = format!("{}: {}", visit.say("cause"), cause.label.get(visit.locale()));
    let rows = Filter::Rows(base.over, cause.fails.clone());
    let both = places(visit, term)?.into_iter().chain([rows]).collect();
    Ok((Some(Filter::All(both)), Some(label)))
}

/// The part of the address that narrows rows, for where it leads on.
pub(super) fn narrowing(query: &super::params::Params) -> impl Iterator<Item = (String, String)> {
    query.0.iter().filter(|(key, _)| key == "unit" || key.starts_with(narrow::ONLY)).cloned()
}

/// The places the address narrows the rows to.
pub(super) fn places(visit: &Visit, term: &Term) -> Result<Option<Filter>, Problem> {
    let bad = |path: &str| Problem::new(Kind::BadRequest).detail(path.to_owned());
    let mut places = Vec::new();
    for (path, text) in narrow::written(&visit.query) {
        let ty = group_type(visit.app(), term.id, &GroupBy::Path(path.to_owned())).map_err(|_| bad(path))?;
        let value = narrow::value(text, &ty).ok_or_else(|| bad(path))?;
        places.push(Place::At(path.to_owned(), value));
    }
    places.extend(visit.query.get("unit").map(|key| Place::Unit(key.to_owned())));
    Ok((!places.is_empty()).then_some(Filter::Places(places)))
}

/// The rows whose text has the word of the address, as a cloud of words counts them, and what is said of them; `None` where it
/// names no word.
async fn said(
    visit: &Visit,
    term: &Term,
    entity: EntityId,
    rows: &formula::Predicate,
) -> Result<Option<(Vec<RecordId>, String)>, Problem> {
    let app = visit.app();
    let (Some(name), Some(word)) = (visit.query.get(TEXT), visit.query.get(WORD)) else { return Ok(None) };
    let field = app.field_named(entity, name).filter(|field| {
        matches!(field.kind, app::FieldKind::Text | app::FieldKind::LongText | app::FieldKind::Markdown)
    });
    let bad = || Problem::new(Kind::BadRequest).detail(TEXT.to_owned());
    let (field, path) = field.and_then(|field| Some((field, app.own_path(field.id)?))).ok_or_else(bad)?;
    let mut found = spoken(visit, term, path, rows.clone()).await?;
    let label = format!("{}: {word}", field.label.get(visit.locale()));
    Ok(Some((found.words.remove(word).unwrap_or_default(), label)))
}

async fn fill(
    visit: &Visit,
    term: &Term,
    entity: EntityId,
    (filter, within): (formula::Predicate, formula::Predicate),
    shown: &mut Rows,
) -> Result<(), Problem> {
    let app = visit.app();
    let Some(of) = app.entity(entity) else { return Ok(()) };
    let mut paths = Vec::new();
    if let Measure::Base(base) = &term.measure {
        paths.extend(base.subject.iter().map(|(path, _)| path.clone()));
        paths.push(base.time.clone());
    }
    let own = app.fields_of(of).filter_map(|field| app.own_path(field.id));
    for path in own {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let numbers: Vec<formula::Path> = paths
        .iter()
        .filter(|path| path.hops.is_empty() && matches!(path.ty, Type::Int | Type::Decimal))
        .filter(|path| super::rights::readable(&visit.actor, path))
        .cloned()
        .collect();
    let columns = Columns::of(&visit.actor, paths);
    // As a filter, so that what the reader may not see cannot be felt out by an address.
    let list = List {
        columns: columns.paths.clone(),
        filter: filter.clone(),
        within: within.clone(),
        ..List::all(entity, ROWS)
    };
    let page = visit.ask(list).await?;
    shown.more = page.next.is_some();
    shown.table = Some(rows::table(visit, &columns, &page.rows, of.name.as_str()).await?);
    let mut measures = vec![policy::Measure::Count];
    measures.extend(numbers.iter().cloned().map(policy::Measure::Sum));
    let ask = Aggregate {
        entity,
        period: None,
        group: Vec::new(),
        measures,
        filter,
        within,
        search: None,
        limit: 1,
        anonymous: false,
    };
    let groups = visit.ask(ask).await?;
    let found = groups.first().map_or(&[][..], |group| &group.numbers);
    let count = match found.first() {
        Some(Value::Int(count)) => *count,
        _ => 0,
    };
    shown.count = visit.fill("rows-counted", &[("n", &show::number::count(count))]);
    let reader = visit.reader();
    for (path, value) in numbers.iter().zip(found.iter().skip(1)) {
        let Some(field) = app.field(path.field) else { continue };
        let label = field.label.get(visit.locale()).to_owned();
        let value = show::value(&reader, field, value, &show::Names::new()).text;
        shown.sums.push(Sum { label, value });
    }
    Ok(())
}
