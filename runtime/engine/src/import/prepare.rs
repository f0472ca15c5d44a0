//! Cells become values: each row finds its record, and its texts the records they mean.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use app::{App, Field, FieldKind};
use integrations::{Cell, Row};
use model::{EntityId, FieldId, Locale, RecordId, Value};

use super::{
    Column, ImportError, Mapping, Refusal, Report,
    lookup::{self, Lookup, Meant, by_values, text_of},
};
use crate::{
    Actor, Engine, Fields, Given,
    execute::words::{misread, say},
    input,
};

/// A row that can be written.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    /// Its number in the file.
    pub(super) row: u64,
    /// Its record, new or found.
    pub(super) id: RecordId,
    /// Its values.
    pub(super) fields: Fields,
    /// References to new records further down in the file, set once those are there.
    pub(super) later: Fields,
}

/// The rows of one transaction.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) creates: Vec<Ready>,
    pub(super) updates: Vec<Ready>,
}

/// A cell read: a value, or texts that name records.
enum Read {
    Value(Value),
    One(String),
    Several(Vec<String>),
}

impl Prepared {
    pub(super) async fn of(
        engine: &Engine,
        actor: &Actor,
        mapping: &Mapping,
        lookup: &mut Lookup,
        rows: Vec<Row>,
        report: &mut Report,
    ) -> Result<Self, ImportError> {
        let app = &actor.edition.app;
        let mut read = Vec::with_capacity(rows.len());
        let mut named: BTreeMap<EntityId, BTreeSet<String>> = BTreeMap::new();
        for row in rows {
            match read_row(actor, mapping, &row) {
                Ok(cells) => {
                    for (field, cell) in &cells {
                        let Some(target) = lookup::target(app, *field) else { continue };
                        match cell {
                            Read::One(text) => drop(named.entry(target).or_default().insert(text.clone())),
                            Read::Several(texts) => named.entry(target).or_default().extend(texts.iter().cloned()),
                            Read::Value(_) => {}
                        }
                    }
                    read.push((row.number, cells));
                }
                Err(refusals) => report.refuse(refusals),
            }
        }
        for (entity, texts) in &named {
            lookup.ask(engine, actor, *entity, texts).await?;
        }
        let existing = existing(engine, actor, mapping, &read).await?;
        let mut prepared = Self::default();
        let mut seen: HashMap<String, u64> = HashMap::new();
        let mut rows = Vec::with_capacity(read.len());
        for (number, cells) in read {
            let key = key_text(mapping, &cells);
            let refused = match (&key, mapping.key.is_some()) {
                (None, true) => Some(say(actor.locale, "关键字段为空，无法对应记录", "the key is empty")),
                (Some(key), _) => seen.insert(key.clone(), number).map(|first| {
                    say(actor.locale, format!("与第 {first} 行的关键字段相同"), format!("row {first} has the same key"))
                }),
                (None, false) => None,
            };
            if let Some(reason) = refused {
                let column = mapping.key.map(|key| heading(mapping, key));
                report.refuse(vec![Refusal { row: number, column, reason }]);
                continue;
            }
            let found = key.and_then(|key| existing.get(&key).copied());
            rows.push((number, found.unwrap_or_else(|| engine.new_id()), found.is_some(), cells));
        }
        let within = Within::of(app, mapping, &rows);
        for (place, (number, id, there, cells)) in rows.into_iter().enumerate() {
            match fill(actor, mapping, lookup, &within, place, there, cells) {
                Ok((fields, later)) => {
                    let ready = Ready { row: number, id, fields, later };
                    if there { prepared.updates.push(ready) } else { prepared.creates.push(ready) }
                }
                Err(refusals) => {
                    report.refuse(refusals.into_iter().map(|refusal| Refusal { row: number, ..refusal }).collect());
                }
            }
        }
        Ok(prepared)
    }
}

type Cells = Vec<(FieldId, Read)>;

fn heading(mapping: &Mapping, field: FieldId) -> String {
    let place = mapping.columns.iter().position(|column| *column == Column::Field(field));
    place.and_then(|place| mapping.header.get(place)).cloned().unwrap_or_default()
}

fn key_text(mapping: &Mapping, cells: &Cells) -> Option<String> {
    let key = mapping.key?;
    cells.iter().find_map(|(field, cell)| match cell {
        Read::Value(value) if *field == key && !value.is_null() => Some(text_of(value)),
        _ => None,
    })
}

/// Reads the cells of a row by their fields' kinds.
fn read_row(actor: &Actor, mapping: &Mapping, row: &Row) -> Result<Cells, Vec<Refusal>> {
    let app = &actor.edition.app;
    let mut cells = Vec::with_capacity(mapping.columns.len());
    let mut refusals = Vec::new();
    if row.cells.iter().skip(mapping.header.len()).any(|cell| !cell.is_blank()) {
        let reason = say(actor.locale, "这一行的单元格比表头多", "the row has more cells than the header");
        refusals.push(Refusal { row: row.number, column: None, reason });
    }
    for (place, column) in mapping.columns.iter().enumerate() {
        let Column::Field(id) = column else { continue };
        let Some(field) = app.field(*id) else { continue };
        let cell = row.cells.get(place).unwrap_or(&Cell::Empty);
        if cell.is_blank() {
            cells.push((*id, Read::Value(Value::Null)));
            continue;
        }
        let text = cell.text();
        let text = text.trim();
        let read = match &field.kind {
            FieldKind::Reference { .. } => Ok(Read::One(text.to_owned())),
            FieldKind::References { .. } => Ok(Read::Several(parts(text))),
            FieldKind::Choice(choices) => {
                let code = code_of(choices, text).unwrap_or(text);
                input::read(field, &Given::Text(code.to_owned()), &actor.edition.zone).map(Read::Value)
            }
            FieldKind::Choices(choices) => {
                let codes = parts(text).iter().map(|part| code_of(choices, part).unwrap_or(part).to_owned()).collect();
                input::read(field, &Given::Texts(codes), &actor.edition.zone).map(Read::Value)
            }
            _ => input::read(field, &Given::Text(cell.text()), &actor.edition.zone).map(Read::Value),
        };
        match read {
            Ok(read) => cells.push((*id, read)),
            Err(fault) => refusals.push(Refusal {
                row: row.number,
                column: mapping.header.get(place).cloned(),
                reason: format!("{} (`{}`)", misread(field, &fault, actor.locale), shortened(text)),
            }),
        }
    }
    if refusals.is_empty() { Ok(cells) } else { Err(refusals) }
}

fn parts(text: &str) -> Vec<String> {
    text.split([',', ';', '、', '，', '；', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn code_of<'a>(choices: &'a [app::Choice], text: &str) -> Option<&'a str> {
    let by_code = choices.iter().find(|choice| choice.code == text);
    let labelled = |choice: &&app::Choice| Locale::ALL.iter().any(|locale| choice.label.get(*locale) == text);
    by_code.or_else(|| choices.iter().find(labelled)).map(|choice| choice.code.as_str())
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The records that are there already, by the text of their key.
async fn existing(
    engine: &Engine,
    actor: &Actor,
    mapping: &Mapping,
    rows: &[(u64, Cells)],
) -> Result<HashMap<String, RecordId>, ImportError> {
    let Some(field) = mapping.key.and_then(|key| actor.edition.app.field(key)) else { return Ok(HashMap::new()) };
    let values: Vec<Value> = rows
        .iter()
        .filter_map(|(_, cells)| {
            cells.iter().find_map(|(id, cell)| match cell {
                Read::Value(value) if *id == field.id && !value.is_null() => Some(value.clone()),
                _ => None,
            })
        })
        .collect();
    let found = by_values(engine, actor, field, &values).await?;
    Ok(found.into_iter().map(|(value, id)| (text_of(&value), id)).collect())
}

/// The new records of the file itself, by key and by name, for references among them: where each stands and its id.
struct Within {
    entity: EntityId,
    by_key: HashMap<String, (usize, RecordId)>,
    by_name: HashMap<String, Vec<(usize, RecordId)>>,
}

impl Within {
    fn of(app: &App, mapping: &Mapping, rows: &[(u64, RecordId, bool, Cells)]) -> Self {
        let mut within = Self { entity: mapping.entity, by_key: HashMap::new(), by_name: HashMap::new() };
        let refers_to_itself = mapping.columns.iter().any(|column| match column {
            Column::Field(field) => lookup::target(app, *field) == Some(mapping.entity),
            _ => false,
        });
        let Some(entity) = app.entity(mapping.entity).filter(|_| refers_to_itself) else { return within };
        for (place, (_, id, there, cells)) in rows.iter().enumerate() {
            // A record that is there was found by looking it up.
            if *there {
                continue;
            }
            for (field, cell) in cells {
                let Read::Value(value) = cell else { continue };
                if Some(*field) == entity.key {
                    within.by_key.insert(text_of(value), (place, *id));
                }
                if *field == entity.display {
                    within.by_name.entry(text_of(value)).or_default().push((place, *id));
                }
            }
        }
        within
    }

    fn meant(&self, entity: EntityId, text: &str) -> Option<(usize, Meant)> {
        if entity != self.entity {
            return None;
        }
        if let Some((place, id)) = self.by_key.get(text) {
            return Some((*place, Meant::One(*id)));
        }
        match self.by_name.get(text)?.as_slice() {
            [(place, id)] => Some((*place, Meant::One(*id))),
            several => Some((0, Meant::Several(several.len()))),
        }
    }
}

/// Puts ids in the place of the texts that name records.
fn fill(
    actor: &Actor,
    mapping: &Mapping,
    lookup: &Lookup,
    within: &Within,
    place: usize,
    there: bool,
    cells: Cells,
) -> Result<(Fields, Fields), Vec<Refusal>> {
    let app = &actor.edition.app;
    let (mut fields, mut later): (Fields, Fields) = Default::default();
    let mut refusals = Vec::new();
    let elsewhere = app.entity(mapping.entity).is_some_and(|entity| entity.source.is_some());
    for (id, cell) in cells {
        let Some(field) = app.field(id) else { continue };
        // A serial number is given once, to a new record; one that is there keeps its own.
        if there && matches!(field.kind, FieldKind::Serial { .. }) {
            continue;
        }
        let mut is_later = false;
        let mut find = |text: &str| {
            let target = lookup::target(app, id).unwrap_or(mapping.entity);
            let meant = match (lookup.meant(target, text), within.meant(target, text)) {
                (Meant::None, Some((below, meant))) => {
                    is_later |= below >= place;
                    meant
                }
                (Meant::One(_), Some((_, Meant::Several(several)))) => Meant::Several(several + 1),
                (meant, _) => meant,
            };
            match meant {
                Meant::One(id) => Ok(Value::Id(id)),
                Meant::None => Err(unknown(app, target, text, actor.locale)),
                Meant::Several(several) => Err(ambiguous(app, target, text, several, actor.locale)),
            }
        };
        let value = match cell {
            Read::Value(value) => Ok(value),
            Read::One(text) => find(&text),
            Read::Several(texts) => texts.iter().map(|text| find(text)).collect::<Result<Vec<_>, _>>().map(Value::List),
        };
        match value {
            // A new record takes the default of what a file leaves open; one that is there loses the value. Which it is is
            // not known yet where rows come from another system.
            Ok(Value::Null) if !there && (!elsewhere || field.default.is_some()) => {}
            Ok(value) => {
                let into = if is_later { &mut later } else { &mut fields };
                into.push((field.name.to_string(), Given::Value(value)));
            }
            Err(reason) => refusals.push(Refusal { row: 0, column: Some(heading(mapping, id)), reason }),
        }
    }
    if refusals.is_empty() { Ok((fields, later)) } else { Err(refusals) }
}

fn label(app: &App, entity: EntityId, locale: Locale) -> &str {
    app.entity(entity).map_or("", |entity| entity.label.get(locale))
}

fn unknown(app: &App, entity: EntityId, text: &str, locale: Locale) -> String {
    let (label, text) = (label(app, entity, locale), shortened(text));
    say(locale, format!("没有{label}“{text}”"), format!("there is no {} `{text}`", label.to_lowercase()))
}

fn ambiguous(app: &App, entity: EntityId, text: &str, several: usize, locale: Locale) -> String {
    let (label, text) = (label(app, entity, locale), shortened(text));
    let key = app.entity(entity).and_then(|entity| app.field(entity.key?)).map(|key: &Field| key.label.get(locale));
    let (zh, en) = match key {
        Some(key) => (format!("，请改填{key}"), format!("; give {} instead", key.to_lowercase())),
        None => (String::new(), String::new()),
    };
    say(locale, format!("有 {several} 条{label}都叫“{text}”{zh}"), format!("{several} records are called `{text}`{en}"))
}
