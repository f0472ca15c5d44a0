//! `loam export`: records as a file that `loam import` takes again.

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::{self, BufWriter},
    path::PathBuf,
};

use anyhow::{Context as _, Result, anyhow};
use app::{App, Entity, Field, FieldKind};
use clap::{Args, ValueEnum};
use engine::{Actor, Engine};
use formula::{Path, Predicate, predicate::Term};
use integrations::{Cell, Sink, sink};
use model::{EntityId, Locale, RecordId, Value, diagnostic::nearest, value::UNREADABLE};
use policy::{Direction, List, Sort};

use super::Context;
use crate::{
    output::{Ended, Usage, counted, note},
    progress::Progress,
};

const EXAMPLE: &str = "\
Examples:
  loam export person people.xlsx --lang zh-CN
  loam export objective late.csv --filter 'lamp == \"red\"' --fields code,title,owner.name --sort -weight
  loam export --app examples/ibm-hr employee out.csv --lang en --bom --line-ends lf
  loam export person > people.csv

Headers are field names, or labels when --lang is given. References are written as the key of the record, or as its name where
there is no key; several stand with `; ` between them.";

/// Arguments of `loam export`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Export {
    /// Name of the entity
    pub entity: String,
    /// The file, `.csv` or `.xlsx`; CSV to standard output unless said
    pub file: Option<PathBuf>,
    /// Refuse unless the app of this folder is what is published
    #[arg(long, value_name = "FOLDER")]
    pub app: Option<PathBuf>,
    /// Only records for which this holds
    #[arg(long, value_name = "CONDITION")]
    pub filter: Option<String>,
    /// Only these fields, or paths such as `owner.unit.name`
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    pub fields: Vec<String>,
    /// Order, `-` before a field for descending; as they were made unless said
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', allow_hyphen_values = true)]
    pub sort: Vec<String>,
    /// Write labels of choices instead of their codes
    #[arg(long)]
    pub labels: bool,
    /// Begin a CSV file with a byte-order mark, by which spreadsheets know UTF-8
    #[arg(long)]
    pub bom: bool,
    /// How lines of a CSV file end
    #[arg(long, value_enum, default_value_t)]
    pub line_ends: LineEnds,
    /// Put an apostrophe before texts of a CSV file that spreadsheets would take for formulas
    #[arg(long)]
    pub guard: bool,
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LineEnds {
    /// As RFC 4180 says
    #[default]
    Crlf,
    /// As Unix does
    Lf,
}

/// Records read with one question.
const PAGE: u32 = 1_000;

/// Carries out the command.
///
/// # Errors
/// There is no such entity or field, the condition has faults, or the file cannot be written.
pub async fn run(context: &Context, asked: &Export) -> Result<Ended> {
    let engine = context.data.open_published().await?;
    if let Some(folder) = &asked.app {
        super::apply::same(context, &engine, folder).await?;
    }
    let done = export(context, asked, &engine).await;
    engine.store().close().await;
    note(format!("wrote {}", counted(done?, "record")));
    Ok(Ended::Fine)
}

async fn export(context: &Context, asked: &Export, engine: &Engine) -> Result<u64> {
    let actor = engine.system();
    let app = &actor.edition.app;
    let entity = app.entity_named(&asked.entity).ok_or_else(|| {
        let help = nearest(&asked.entity, app.entities().iter().map(|entity| entity.name.as_str()));
        anyhow!("there is no entity `{}`{}", asked.entity, help.map(|help| format!("; {help}")).unwrap_or_default())
    })?;
    let columns = columns(app, entity, &asked.fields)?;
    let filter = match &asked.filter {
        None => Predicate::always(),
        Some(text) => engine.parse_filter(&actor, entity.id, text).map_err(|faults| {
            let said: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
            anyhow!("the condition cannot be understood: {}", said.join("; "))
        })?,
    };
    let sort = asked.sort.iter().map(|text| order(app, entity, text)).collect::<Result<Vec<_>>>()?;
    let locale = context.language.locale();
    let header = header(&columns, context.language_asked.then_some(locale));
    let mut sink = open(asked, entity, &header, locale)?;
    let mut list = List {
        columns: columns.iter().map(|column| column.path.clone()).collect(),
        filter,
        sort,
        export: true,
        ..List::all(entity.id, PAGE)
    };
    let mut names = Names::default();
    let mut progress = Progress::new("records", None);
    let mut done = 0;
    loop {
        let page = engine.query(&actor, list.clone()).await?;
        names.learn(engine, &actor, &columns, &page.rows).await?;
        for row in page.rows {
            let cells: Vec<Cell> = columns
                .iter()
                .zip(row.values)
                .map(|(column, value)| cell(&actor, column, value, &names, asked.labels, locale))
                .collect();
            sink.row(&cells)?;
            done += 1;
        }
        progress.to(done);
        list.after = page.next;
        if list.after.is_none() {
            break;
        }
    }
    progress.finish();
    sink.finish()?;
    Ok(done)
}

fn open(asked: &Export, entity: &Entity, header: &[String], locale: Locale) -> Result<Box<dyn Sink>> {
    let options = sink::csv::Options { mark: asked.bom, unix: asked.line_ends == LineEnds::Lf, guard: asked.guard };
    let Some(file) = &asked.file else {
        return Ok(Box::new(sink::csv::Csv::new(BufWriter::new(io::stdout()), header, options)?));
    };
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    if !["csv", "xlsx"].contains(&ending.as_str()) {
        return Err(Usage(format!("`{}` is neither `.csv` nor `.xlsx`", file.display())).into());
    }
    let out = BufWriter::new(File::create(file).with_context(|| format!("`{}` cannot be written", file.display()))?);
    Ok(match ending.as_str() {
        "xlsx" => Box::new(sink::xlsx::Xlsx::new(out, entity.plural.get(locale), header)?),
        _ => Box::new(sink::csv::Csv::new(out, header, options)?),
    })
}

/// A column of the file.
struct Exported<'a> {
    /// The text that named it.
    name: String,
    /// What is read.
    path: Path,
    /// The field at the end of it.
    field: &'a Field,
}

/// The fields asked for; otherwise all that a file can hold.
fn columns<'a>(app: &'a App, entity: &Entity, asked: &[String]) -> Result<Vec<Exported<'a>>> {
    let names: Vec<String> = if asked.is_empty() {
        let kept =
            |field: &&Field| !matches!(field.kind, FieldKind::Children { .. } | FieldKind::File | FieldKind::Image);
        app.fields_of(entity).filter(kept).map(|field| field.name.to_string()).collect()
    } else {
        asked.to_vec()
    };
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let path = path(app, entity, &name)?;
        let field = app.field(path.field).with_context(|| format!("there is no field `{name}`"))?;
        columns.push(Exported { name, path, field });
    }
    Ok(columns)
}

fn path(app: &App, entity: &Entity, text: &str) -> Result<Path> {
    app.path(entity.id, text).map_err(|unknown| {
        let help = unknown.help.map(|help| format!("; {help}")).unwrap_or_default();
        anyhow!("there is no field `{}` in `{text}`{help}", unknown.part)
    })
}

fn order(app: &App, entity: &Entity, text: &str) -> Result<Sort> {
    let (name, direction) = match text.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (text, Direction::Ascending),
    };
    Ok(Sort { by: path(app, entity, name)?, direction })
}

/// Labels where a language was asked for; a label that comes twice gives way to the name.
fn header(columns: &[Exported<'_>], locale: Option<Locale>) -> Vec<String> {
    let Some(locale) = locale else { return columns.iter().map(|column| column.name.clone()).collect() };
    let label = |column: &Exported<'_>| column.field.label.get(locale).to_owned();
    let once = |text: &str| columns.iter().filter(|column| label(column) == text).count() == 1;
    columns
        .iter()
        .map(|column| {
            Some(label(column)).filter(|text| !text.is_empty() && once(text)).unwrap_or_else(|| column.name.clone())
        })
        .collect()
}

/// What names the records that columns refer to.
#[derive(Default)]
struct Names(HashMap<EntityId, HashMap<RecordId, Value>>);

impl Names {
    /// Finds the names of the records that these rows refer to, one question per entity and page.
    async fn learn(
        &mut self,
        engine: &Engine,
        actor: &Actor,
        columns: &[Exported<'_>],
        rows: &[store::Row],
    ) -> Result<()> {
        let app = &actor.edition.app;
        for (place, column) in columns.iter().enumerate() {
            let Some(entity) = column.field.target().and_then(|target| app.entity(target)) else { continue };
            let known = self.0.entry(entity.id).or_default();
            let mut wanted = BTreeSet::new();
            for value in rows.iter().filter_map(|row| row.values.get(place)) {
                let items = value.as_list().unwrap_or(std::slice::from_ref(value));
                wanted.extend(items.iter().filter_map(Value::as_id).filter(|id| !known.contains_key(id)));
            }
            let wanted: Vec<RecordId> = wanted.into_iter().collect();
            let Some(id) = app.own_path(entity.system.id) else { continue };
            let Some(name) = app.own_path(entity.key.unwrap_or(entity.display)) else { continue };
            for wanted in wanted.chunks(300) {
                let list = wanted.iter().map(|record| Term::Literal(Value::Id(*record), id.ty.clone())).collect();
                let list = List {
                    columns: vec![name.clone()],
                    filter: Predicate::In { item: Term::Field(id.clone()), list },
                    ..List::all(entity.id, PAGE)
                };
                let page = engine.query(actor, list).await?;
                known.extend(page.rows.into_iter().filter_map(|row| Some((row.id, row.values.into_iter().next()?))));
            }
        }
        Ok(())
    }

    fn of(&self, entity: EntityId, id: RecordId) -> String {
        let value = self.0.get(&entity).and_then(|known| known.get(&id));
        value.map_or_else(|| id.to_string(), plain)
    }
}

/// A value as text.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.normalize().to_string(),
        Value::Text(text) => text.clone(),
        Value::Date(date) => date.to_string(),
        Value::DateTime(moment) => moment.to_string(),
        Value::Id(id) => id.to_string(),
        Value::Json(json) => json.to_string(),
        Value::Sealed(_) => UNREADABLE.to_owned(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
    }
}

fn cell(actor: &Actor, column: &Exported<'_>, value: Value, names: &Names, labels: bool, locale: Locale) -> Cell {
    let choice = |code: &str| match &column.field.kind {
        FieldKind::Choice(choices) | FieldKind::Choices(choices) if labels => {
            let found = choices.iter().find(|choice| choice.code == code);
            found.map_or(code, |choice| choice.label.get(locale)).to_owned()
        }
        _ => code.to_owned(),
    };
    let text = |value: &Value| match (value, column.field.target()) {
        (Value::Id(id), Some(entity)) => names.of(entity, *id),
        (Value::Text(text), _) => choice(text),
        (other, _) => plain(other),
    };
    match &value {
        Value::Null => Cell::Empty,
        Value::Bool(flag) => Cell::Bool(*flag),
        Value::Int(_) | Value::Decimal(_) => Cell::Number(plain(&value)),
        Value::Date(date) => Cell::Date(*date),
        Value::DateTime(moment) => Cell::DateTime(moment.to_zoned_datetime(actor.edition.zone.clone()).datetime()),
        Value::List(items) => Cell::Text(items.iter().map(text).collect::<Vec<_>>().join("; ")),
        Value::Text(_) | Value::Id(_) | Value::Json(_) | Value::Sealed(_) => Cell::Text(text(&value)),
    }
}
