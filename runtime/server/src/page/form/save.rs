//! Saving a form: one command for the record and the rows of its sub-tables, all or none. What is refused comes back with
//! everything that was typed, each fault beside its input.

use app::{Field, FormLayout};
use engine::{Command, CommandError, FieldFault, Given, NewFile};
use model::{EntityId, RecordId, Value};

use super::{
    super::{Answer, Visit, params::Params},
    Draft, held,
    shown::{self, Conflict, Extra},
    subtable::MOST,
};
use crate::problem::Problem;

/// A file sent with a form, under its input's name.
pub type Sent = (String, NewFile);

/// Which input a command of the bulk came from.
enum Origin {
    Record,
    /// The children field and the row's number.
    Row(String, usize),
    /// The name of the file's input.
    File(String),
}

/// Saves what was typed, or shows the form again.
///
/// # Errors
/// What the engine refuses for other reasons than values and versions.
pub async fn save(
    visit: &Visit,
    entity: &str,
    id: Option<RecordId>,
    typed: Params,
    files: Vec<Sent>,
) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    let mut typed = typed;
    held::dropped(visit, &mut typed).await?;
    let (mut typed, files) = match rearranged(visit, entity, id, typed, files).await? {
        Again::Shown(answer) => return Ok(answer),
        Again::Not(typed, files) => (typed, files),
    };
    let files = refer(visit, &mut typed, files);
    let mut draft = Draft::sent(visit, entity, id, typed).await?;
    // The whole record's own faults come again with those of its rows when it is written.
    draft.faults.clear();
    missing_values(&mut draft);
    if !draft.faults.is_empty() {
        let named = draft.faults.clone();
        draft = refill(draft, named).await?;
        forget(&mut draft, files).await?;
        return shown::page(&draft, &Extra::default()).await.map(Answer::Refused);
    }
    let record = id.unwrap_or_else(|| visit.engine.new_id());
    for attempt in 0..2 {
        let (commands, origins) = commands(&draft, record, &files);
        match visit.engine.execute(&visit.actor, Command::Bulk(commands)).await {
            // The record may have been there already, under an id of its own.
            Ok(outcome) => {
                let record = outcome.first().map_or(record, |first| first.id);
                return Ok(saved(&draft, record));
            }
            Err(CommandError::Invalid(faults)) => {
                place_faults(&mut draft, &faults, &origins);
                forget(&mut draft, files).await?;
                return shown::page(&draft, &Extra::default()).await.map(Answer::Refused);
            }
            Err(CommandError::Stale { id: stale, version, conflicts }) => {
                let row = newer(&mut draft, stale, record, version);
                if conflicts.is_empty() && attempt == 0 {
                    // Somebody changed what this form does not touch: nothing to choose between.
                    continue;
                }
                let extra = Extra { conflicts: told(&draft, conflicts, row.as_deref()), ..Extra::default() };
                forget(&mut draft, files).await?;
                return shown::page(&draft, &extra).await.map(Answer::Refused);
            }
            Err(error) => return Err(Problem::of_command(error, &visit.actor)),
        }
    }
    Err(crate::problem::Problem::new(crate::problem::Kind::Stale))
}

/// Gives each file sent the id it will have, and has its field refer to it.
fn refer(visit: &Visit, typed: &mut Params, mut files: Vec<Sent>) -> Vec<Sent> {
    for (name, file) in &mut files {
        let id = visit.engine.new_id();
        file.id = Some(id);
        typed.0.push((name.clone(), id.to_string()));
    }
    files
}

/// Has no field refer to a file that was not kept: what is shown again asks for it again. Where a part of the form is not in
/// sight, the files that are taken are held until it is saved.
async fn forget(draft: &mut Draft<'_>, files: Vec<Sent>) -> Result<(), Problem> {
    let ids: Vec<String> = files.iter().filter_map(|(_, file)| file.id).map(|id| id.to_string()).collect();
    let Some(mut typed) = draft.typed.take() else { return Ok(()) };
    typed.0.retain(|(_, value)| !ids.contains(value));
    if draft.form.layout != FormLayout::Page {
        let faults = held::hold(draft.visit, draft.entity, &mut typed, files).await?;
        draft.faults.extend(faults);
    }
    draft.typed = Some(typed);
    Ok(())
}

/// What becomes of a form that is sent.
enum Again {
    /// It is shown again, changed as asked.
    Shown(Answer),
    /// It is saved as it came.
    Not(Params, Vec<Sent>),
}

/// Adding and removing rows, and going through steps, without a script: the form again, changed as asked. Files chosen in it are
/// held.
async fn rearranged(
    visit: &Visit,
    entity: &app::Entity,
    id: Option<RecordId>,
    mut typed: Params,
    files: Vec<Sent>,
) -> Result<Again, Problem> {
    let step = typed.get("_step").and_then(|text| text.parse::<usize>().ok());
    let at = typed.get("_at").and_then(|text| text.parse::<usize>().ok());
    let add = typed.get("_add").map(str::to_owned);
    let remove = typed.get("_remove").map(str::to_owned);
    if step.is_none() && add.is_none() && remove.is_none() {
        return Ok(Again::Not(typed, files));
    }
    // Before rows move: a file is sent under the number its row has now.
    let mut not_taken = Params(held::hold(visit, entity, &mut typed, files).await?);
    if let Some(name) = add {
        let rows = (0..MOST)
            .take_while(|at| typed.0.iter().any(|(key, _)| key.starts_with(&format!("{name}[{at}]["))))
            .count();
        typed.0.push((format!("{name}[{rows}][id]"), String::new()));
    }
    if let Some((name, row)) = remove.as_deref().and_then(|text| text.rsplit_once('.')) {
        let gone = row.parse().unwrap_or(usize::MAX);
        remove_row(&mut typed, name, gone);
        remove_row(&mut not_taken, name, gone);
    }
    typed = typed.without(&["_step", "_add", "_remove"]);
    let mut draft = Draft::sent(visit, entity, id, typed).await?;
    let walks = draft.form.layout == FormLayout::Steps;
    // A tab is opened whatever stands in the others; forward past a step with faults is refused.
    let forward = walks && step > at;
    missing_values(&mut draft);
    let names = if forward { asked_in(&draft, at) } else { Vec::new() };
    // A fault of a row goes by its table's name and what follows it.
    let held = |name: &str| names.iter().any(|asked| name.split('[').next() == Some(asked.as_str()));
    draft.faults.retain(|name, _| held(name));
    draft.faults.extend(not_taken.0);
    let refused = forward && !draft.faults.is_empty();
    let step = match (step.filter(|_| !refused), at) {
        // From one step to the next of those whose conditions hold now, whichever it was when the form was shown.
        (Some(_), Some(at)) if forward => Some(draft.in_sight(at.saturating_add(1), false)),
        (Some(step), Some(at)) if walks && step < at => Some(draft.in_sight(at.saturating_sub(1), true)),
        (step, at) => step.or(at),
    };
    let page = shown::page(&draft, &Extra { step, conflicts: Vec::new() }).await?;
    Ok(Again::Shown(if refused { Answer::Refused(page) } else { Answer::Page(page) }))
}

/// The names of what a section asks for now.
fn asked_in(draft: &Draft<'_>, at: Option<usize>) -> Vec<String> {
    let section = at.and_then(|at| draft.form.sections.get(at)).filter(|section| draft.section_visible(section));
    let items = section.into_iter().flat_map(|section| &section.items).filter(|item| draft.visible(item));
    items.filter_map(|item| draft.visit.app().field(item.field).map(|field| field.name.to_string())).collect()
}

fn remove_row(typed: &mut Params, name: &str, gone: usize) {
    let start = format!("{name}[");
    let number = |key: &str| key.strip_prefix(&start)?.split_once(']')?.0.parse::<usize>().ok();
    typed.0.retain(|(key, _)| number(key) != Some(gone));
    for (key, _) in &mut typed.0 {
        if let Some(at) = number(key).filter(|at| *at > gone) {
            *key = key.replacen(&format!("{start}{at}]"), &format!("{start}{}]", at - 1), 1);
        }
    }
}

/// Fields that a condition requires. Those always required are the engine's business.
fn missing_values(draft: &mut Draft<'_>) {
    let mut missing = Vec::new();
    for section in draft.form.sections.iter().filter(|section| draft.section_visible(section)) {
        for item in section.items.iter().filter(|item| draft.visible(item) && item.required.is_some()) {
            let Some(field) = draft.visit.app().field(item.field) else { continue };
            let empty = draft.around.values.get(&field.id).is_none_or(Value::is_null);
            if empty && draft.editable(item, field) && draft.required(item, field) {
                missing.push(field.name.to_string());
            }
        }
    }
    let text = draft.visit.say("field-required");
    draft.faults.extend(missing.into_iter().map(|name| (name, text.to_owned())));
}

/// All faults together: what the engine finds, and what the form's own conditions found.
async fn refill<'v>(draft: Draft<'v>, named: std::collections::BTreeMap<String, String>) -> Result<Draft<'v>, Problem> {
    let typed = draft.typed.clone().unwrap_or_default();
    let mut again = Draft::sent(draft.visit, draft.entity, draft.id, typed).await?;
    again.faults.extend(named);
    Ok(again)
}

/// The command for the record, one for every row that was added, changed or removed, and after each one for every file of it.
fn commands(draft: &Draft<'_>, record: RecordId, files: &[Sent]) -> (Vec<Command>, Vec<Origin>) {
    let entity = draft.entity.id;
    let typed = draft.typed.clone().unwrap_or_default();
    let app = draft.visit.app();
    // A hidden or read-only field keeps its value, whatever was sent for it; so does one where the other's value was chosen.
    let open = |name: &str| {
        let Some(field) = app.field_named(entity, name) else { return false };
        let mut sections = draft.form.sections.iter().filter(|section| draft.section_visible(section));
        typed.get(&format!("_take.{name}")) != Some("theirs")
            && sections.any(|section| {
                section
                    .items
                    .iter()
                    .any(|item| item.field == field.id && draft.visible(item) && draft.editable(item, field))
            })
    };
    let fields: Vec<(String, Given)> = draft.given_all().into_iter().filter(|(name, _)| open(name)).collect();
    let kept = attached(entity, record, &fields, "", files);
    let mut commands = vec![match draft.id {
        None => Command::Create { entity, id: Some(record), fields },
        Some(id) => Command::Update { entity, id, expected: draft.version, fields },
    }];
    let mut origins = vec![Origin::Record];
    let keep = |kept: Vec<(Origin, Command)>, commands: &mut Vec<Command>, origins: &mut Vec<Origin>| {
        let (from, what): (Vec<Origin>, Vec<Command>) = kept.into_iter().unzip();
        commands.extend(what);
        origins.extend(from);
    };
    keep(kept, &mut commands, &mut origins);
    let shown = |field: &Field| {
        let mut items =
            draft.form.sections.iter().filter(|section| draft.section_visible(section)).flat_map(|one| &one.items);
        items.any(|item| item.field == field.id && draft.visible(item))
    };
    for place in draft.sub_tables().iter().filter(|place| shown(place.field)) {
        let Some(table) = draft.tables.get(&place.field.id) else { continue };
        let Some(by) = app.field(place.by) else { continue };
        let name = place.field.name.to_string();
        for (at, row) in table.rows.iter().enumerate() {
            let mut fields = draft.given_row(place, at);
            let child = row.id.unwrap_or_else(|| draft.visit.engine.new_id());
            let kept = attached(place.entity.id, child, &fields, &format!("{name}[{at}]"), files);
            let command = match row.id {
                Some(_) if fields.is_empty() => continue,
                Some(id) => Command::Update { entity: place.entity.id, id, expected: row.version, fields },
                None if Draft::is_blank(&fields) => continue,
                None => {
                    fields.push((by.name.to_string(), Given::Value(Value::Id(record))));
                    Command::Create { entity: place.entity.id, id: Some(child), fields }
                }
            };
            commands.push(command);
            origins.push(Origin::Row(name.clone(), at));
            keep(kept, &mut commands, &mut origins);
        }
        let kept: Vec<RecordId> = table.rows.iter().filter_map(|row| row.id).collect();
        for id in table.known.iter().filter(|id| !kept.contains(id)) {
            commands.push(Command::Delete { entity: place.entity.id, id: *id, expected: None });
            origins.push(Origin::Row(name.clone(), usize::MAX));
        }
    }
    (commands, origins)
}

/// The files that fields of a record now refer to, each to be kept beside it.
fn attached(
    entity: EntityId,
    id: RecordId,
    fields: &[(String, Given)],
    prefix: &str,
    files: &[Sent],
) -> Vec<(Origin, Command)> {
    let each = fields.iter().filter_map(|(field, given)| {
        let name = if prefix.is_empty() { field.clone() } else { format!("{prefix}[{field}]") };
        let Given::Text(value) = given else { return None };
        let (_, file) =
            files.iter().find(|(input, file)| *input == name && file.id.is_some_and(|id| *value == id.to_string()))?;
        Some((Origin::File(name), Command::Attach { entity, id, file: file.clone() }))
    });
    each.collect()
}

fn place_faults(draft: &mut Draft<'_>, faults: &[FieldFault], origins: &[Origin]) {
    draft.faults.clear();
    for fault in faults {
        let field = fault.field.as_deref();
        let name = match (origins.get(fault.index), field) {
            (Some(Origin::File(input)), _) => input.clone(),
            (Some(Origin::Row(table, at)), Some(field)) if *at != usize::MAX => format!("{table}[{at}][{field}]"),
            (Some(Origin::Row(table, _)), _) => table.clone(),
            (_, field) => field.unwrap_or_default().to_owned(),
        };
        draft.faults.entry(name).or_insert_with(|| fault.message.clone());
    }
}

/// Notes the version a record has now, so that saving again is against that. Answers the row's name, if it is a row.
fn newer(draft: &mut Draft<'_>, stale: RecordId, record: RecordId, version: i64) -> Option<String> {
    if stale == record {
        draft.version = Some(version);
        return None;
    }
    let mut found = None;
    for place in draft.sub_tables() {
        let rows = draft.tables.get_mut(&place.field.id).map(|table| table.rows.iter_mut().enumerate());
        for (at, row) in rows.into_iter().flatten().filter(|(_, row)| row.id == Some(stale)) {
            row.version = Some(version);
            found = Some(format!("{} {}", place.field.label.get(draft.visit.locale()), at + 1));
        }
    }
    found
}

fn told(draft: &Draft<'_>, conflicts: Vec<(String, String, String)>, row: Option<&str>) -> Vec<Conflict> {
    let locale = draft.visit.locale();
    let each = conflicts.into_iter().map(|(name, stored, given)| {
        let field = draft.visit.app().field_named(draft.entity.id, &name).filter(|_| row.is_none());
        let label = field.map_or(name.as_str(), |field| field.label.get(locale));
        let label = row.map_or_else(|| label.to_owned(), |row| format!("{row}: {label}"));
        Conflict { label, name, stored, given }
    });
    each.collect()
}

/// Where to go on to: where the form was opened from, or the record.
fn saved(draft: &Draft<'_>, record: RecordId) -> Answer {
    let visit = draft.visit;
    let page = format!("/r/{}/{record}", draft.entity.name);
    let typed = draft.typed.clone().unwrap_or_default();
    let back = match draft.id {
        // A new record from a list is shown; one added from another record leads back to that.
        None if visit.back(&typed, &page).starts_with("/p/") => page.as_str(),
        _ => visit.back(&typed, &page),
    };
    let (path, anchor) = back.split_once('#').map_or((back, String::new()), |(path, at)| (path, format!("#{at}")));
    let join = if path.contains('?') { '&' } else { '?' };
    let mark = if path.contains("saved=") { String::new() } else { format!("{join}saved=1") };
    Answer::To(format!("{path}{mark}{anchor}"))
}

/// Changes only what was sent, against the version it was read with: a card moved on a board without a script.
///
/// # Errors
/// What the engine refuses.
pub async fn set(visit: &Visit, entity: &str, id: RecordId, typed: &Params) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    let fields = visit.app().fields_of(entity).filter(|field| field.writable() && typed.has(field.name.as_str()));
    let fields = fields.map(|field| (field.name.to_string(), super::typed::given(field, typed, field.name.as_str())));
    let expected = typed.get("expected").and_then(|text| text.parse().ok());
    visit.act(Command::Update { entity: entity.id, id, expected, fields: fields.collect() }).await?;
    let page = format!("/r/{}/{id}", entity.name);
    Ok(Answer::To(visit.back(typed, &page).to_owned()))
}
