//! Files chosen in a form that is shown again before it is saved: a browser does not fill in a file input again, so each is held
//! for whoever sent it, and the form says which it is until the save refers to it.

use app::{Field, FieldKind};
use engine::{Command, CommandError, NewFile, query::Uploads};
use model::{FieldId, RecordId, Value};

use super::{
    super::{Visit, params::Params},
    control,
    save::Sent,
};
use crate::{
    problem::Problem,
    show::{Names, Shown},
};

/// What follows the name of an input whose file is to go.
const DROP: &str = ".drop";

/// Has the fields whose file is to go refer to none, before a file chosen in its place is looked at.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn dropped(visit: &Visit, typed: &mut Params) -> Result<(), Problem> {
    let marked = typed.0.iter().filter(|(_, value)| !value.is_empty());
    let marked: Vec<String> = marked.filter_map(|(name, _)| name.strip_suffix(DROP).map(str::to_owned)).collect();
    for name in marked {
        end(visit, typed, &name).await?;
        let mark = format!("{name}{DROP}");
        *typed = typed.without(&[mark.as_str()]).with(&name, "");
    }
    Ok(())
}

/// Holds the files that came with a form, and has their fields refer to them. Answers what is wrong with those that are not
/// taken, each under its input's name.
///
/// # Errors
/// What the engine refuses for other reasons than the file.
pub(super) async fn hold(
    visit: &Visit,
    entity: &app::Entity,
    typed: &mut Params,
    files: Vec<Sent>,
) -> Result<Vec<(String, String)>, Problem> {
    let mut faults = Vec::new();
    for (name, file) in files {
        let Some(field) = field_of(visit, entity, &name) else { continue };
        match kept(visit, field, file).await? {
            Ok(id) => {
                end(visit, typed, &name).await?;
                *typed = typed.with(&name, id.to_string());
            }
            Err(fault) => faults.extend(fault.map(|fault| (name, fault))),
        }
    }
    Ok(faults)
}

/// Has a file be held; what is wrong with it where it is not taken, and nothing of one for a field that is not theirs to fill in:
/// no form has an input for that.
async fn kept(visit: &Visit, field: FieldId, file: NewFile) -> Result<Result<RecordId, Option<String>>, Problem> {
    match visit.engine.execute(&visit.actor, Command::Upload { field, file }).await {
        Ok(outcome) => Ok(outcome.first().map(|made| made.id).ok_or(None)),
        Err(CommandError::Invalid(faults)) => Ok(Err(faults.into_iter().next().map(|fault| fault.message))),
        Err(CommandError::Denied { .. }) => Ok(Err(None)),
        Err(error) => Err(Problem::of_command(error, &visit.actor)),
    }
}

/// What an input referred to waits for no record any longer. Of a record's own file nothing becomes before the save.
async fn end(visit: &Visit, typed: &Params, name: &str) -> Result<(), Problem> {
    let Some(id) = typed.get(name).and_then(|text| text.parse::<RecordId>().ok()) else { return Ok(()) };
    visit.act(Command::EndUpload { id }).await.map(drop)
}

/// The field of an input: one of the record, or one of its rows' as `children[0][field]`.
fn field_of(visit: &Visit, entity: &app::Entity, name: &str) -> Option<FieldId> {
    let app = visit.app();
    let named = |of, name: &str| app.field_named(of, name).filter(|field| holds_file(field)).map(|field| field.id);
    let Some((table, row)) = name.split_once('[') else { return named(entity.id, name) };
    let FieldKind::Children { of, .. } = app.field_named(entity.id, table)?.kind else { return None };
    named(of, row.split_once("][")?.1.strip_suffix(']')?)
}

/// The names of the files that wait for the reader's records, where some were sent with a form. They are nowhere to be fetched.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn names(visit: &Visit) -> Result<Names, Problem> {
    let held = visit.ask(Uploads).await?;
    Ok(held.into_iter().map(|(file, ..)| (file.id, (file.name, String::new()))).collect())
}

/// What an input for a file shows: the file it refers to, which leads nowhere while it waits for its record.
pub(super) fn shown(visit: &Visit, field: &Field, (record, file): (Option<RecordId>, &str), names: &Names) -> Shown {
    let id = file.parse::<RecordId>().ok();
    match id.and_then(|id| names.get(&id)).filter(|(_, href)| href.is_empty()) {
        Some((name, _)) => Shown { kind: "file", text: name.clone(), ..Shown::default() },
        None => control::read(visit, field, (record, &id.map_or(Value::Null, Value::Id)), names),
    }
}

/// Whether a field refers to a file.
pub(super) fn holds_file(field: &Field) -> bool {
    matches!(field.kind, FieldKind::File | FieldKind::Image)
}
