//! What the doors put on the ledger beside writes: refusals, and looks at sensitive values.
//!
//! A refusal names the reason and the field, never a value; values that the rules refuse are noted where some are sensitive, or
//! where the refusal tells of what the actor may not read. A look says which fields were shown of how many records, or in how many
//! groups their numbers. When the ledger cannot be written a read is still answered, and the fault is logged.

use std::{collections::BTreeSet, sync::Arc};

use app::{App, Sensitivity};
use formula::Path;
use model::{EntityId, RecordId, Value};
use policy::{Aggregate, Denied, Measure};
use store::{Row, StoreError, Tx};

use super::guess;
use crate::{Act, Actor, CaseCommand, CaseFault, Command, CommandError, Engine, FieldFault, note::Pen};

/// Most faults that one entry names.
const MOST_FAULTS: usize = 20;

impl Engine {
    async fn put(&self, actor: &Actor, act: Act) {
        if let Err(error) = self.note(actor, act).await {
            tracing::error!(%error, "an act cannot be put on the ledger");
        }
    }

    /// A command that was refused for want of rights, or because there is no such record for the actor.
    pub(crate) async fn refused(&self, actor: &Actor, command: &Command, error: &CommandError) {
        let app = &actor.edition.app;
        let act = match error {
            CommandError::Denied { entity, action, field } => {
                let act = about(app, action.word(), *entity).refused("denied");
                let act = match on(command, *entity) {
                    Some(id) => act.on(id),
                    None => act,
                };
                named(act, app, *field)
            }
            CommandError::NotFound { entity, id } => about(app, verb(command), *entity).on(*id).refused("not-found"),
            CommandError::NoView => {
                let Command::ForgetView { id } = command else { return };
                Act::new(verb(command), "view").on(*id).refused("not-found")
            }
            CommandError::Case(CaseFault::NotAllowed | CaseFault::Unknown) => {
                let act = Act::new("case", "case").refused("denied");
                match case_of(command) {
                    Some(case) => act.on(case),
                    None => act,
                }
            }
            // Whom a board may be shared with is a right, told beside its field.
            CommandError::Invalid(faults)
                if matches!(command, Command::MakeBoard(_) | Command::ChangeBoard(_))
                    && faults.iter().any(|fault| fault.code == "denied") =>
            {
                Act::new(verb(command), "board").refused("denied")
            }
            CommandError::Invalid(faults) => {
                let Some(act) = invalid(actor, command, faults) else { return };
                act
            }
            _ => return,
        };
        self.put(actor, act).await;
    }

    /// A question that was refused.
    pub(crate) async fn denied(&self, actor: &Actor, denied: &Denied) {
        let app = &actor.edition.app;
        let act = match denied {
            Denied::Action { entity, action } => about(app, action.word(), *entity).refused("denied"),
            Denied::Field { field } => {
                let entity = app.field(*field).map(|field| field.entity);
                let act = entity.map_or_else(|| Act::new("read", "entity"), |entity| about(app, "read", entity));
                named(act.refused("denied"), app, Some(*field))
            }
        };
        self.put(actor, act).await;
    }

    /// Numbers that were shown, where they are of sensitive values or tell apart by them.
    pub(crate) async fn counted(&self, actor: &Actor, asked: &Aggregate, groups: usize) {
        let app = &actor.edition.app;
        let period = asked.period.iter().map(|period| &period.by);
        let paths = period.chain(&asked.group).chain(asked.measures.iter().flat_map(Measure::paths));
        let mut fields: Vec<String> = paths.filter_map(|path| sensitive(app, path.field)).map(str::to_owned).collect();
        fields.sort_unstable();
        fields.dedup();
        if fields.is_empty() {
            return;
        }
        let action = if asked.anonymous { "aggregate" } else { "read" };
        let act = about(app, action, asked.entity).fact("groups", groups).fact("fields", fields);
        self.put(actor, act).await;
    }

    /// Rows that were shown: sensitive values among them, or all of them where they leave as a file.
    pub(crate) async fn shown(
        &self,
        actor: &Actor,
        entity: EntityId,
        record: Option<RecordId>,
        columns: &[Path],
        rows: &[Row],
        export: bool,
    ) {
        let app = &actor.edition.app;
        let seen = columns.iter().enumerate().filter(|(at, path)| {
            sensitive(app, path.field).is_some()
                && rows.iter().any(|row| row.values.get(*at).is_some_and(|value| *value != Value::Null))
        });
        let fields: Vec<String> =
            seen.filter_map(|(_, path)| app.field(path.field)).map(|field| field.name.to_string()).collect();
        if fields.is_empty() && !export {
            return;
        }
        let mut act = about(app, if export { "export" } else { "read" }, entity).fact("rows", rows.len());
        if !fields.is_empty() {
            act = act.fact("fields", fields);
        }
        if let Some(id) = record {
            return self.put(actor, act.on(id)).await;
        }
        // People are told who looked at them, also where it was at many.
        let people: Vec<RecordId> = match app.organisation().person == Some(entity) {
            true => rows.iter().map(|row| row.id).collect(),
            false => Vec::new(),
        };
        if let Err(error) = self.noted_looks(actor, act, people).await {
            tracing::error!(%error, "a look cannot be put on the ledger");
        }
    }

    /// Past and present values of a record that were shown by the names of their fields: looks, where some are sensitive.
    pub(crate) async fn shown_of(
        &self,
        actor: &Actor,
        entity: EntityId,
        record: RecordId,
        names: impl IntoIterator<Item = &str>,
    ) {
        let app = &actor.edition.app;
        let seen = names.into_iter().filter_map(|name| sensitive(app, app.field_named(entity, name)?.id));
        let fields: Vec<&str> = seen.collect::<BTreeSet<_>>().into_iter().collect();
        if !fields.is_empty() {
            self.put(actor, about(app, "read", entity).fact("rows", 1).fact("fields", fields).on(record)).await;
        }
    }

    async fn noted_looks(&self, actor: &Actor, act: Act, of: Vec<RecordId>) -> Result<(), StoreError> {
        let entry = Pen::new(self, actor.into(), self.now()).entry(&act);
        let id: RecordId = entry.entry.id.parse().map_err(|_| StoreError::Misfit("an entry without an id"))?;
        let entry = Arc::new((entry, of));
        let done = self.store().tend(move |tx: &mut Tx| {
            let entry = entry.clone();
            Box::pin(async move {
                let (entry, of) = &*entry;
                tx.enter(std::slice::from_ref(entry)).await?;
                tx.looked(of, id).await
            })
        });
        let done: Result<(), StoreError> = done.await;
        if done.is_err() {
            self.inner.watch.unwritten();
        }
        done
    }
}

/// The name of a field whose values are sensitive.
fn sensitive(app: &App, field: model::FieldId) -> Option<&str> {
    let field = app.field(field).filter(|field| field.sensitivity >= Sensitivity::Sensitive)?;
    Some(field.name.as_str())
}

/// The act of a command whose values the app's rules refuse: on an entity with sensitive fields, or where the answer tells of
/// records that the actor does not see, it may be a try to find out what is there, by what is taken and what is not. It names
/// fields and rules, never values.
fn invalid(actor: &Actor, command: &Command, faults: &[FieldFault]) -> Option<Act> {
    let app = &actor.edition.app;
    let first = faults.first()?;
    let (command, entity) = written(command, first.index)?;
    let found = app.entity(entity)?;
    let of_one = || faults.iter().filter(|fault| fault.index == first.index);
    let guarded = found.fields.iter().any(|field| sensitive(app, *field).is_some())
        || of_one().any(|fault| guess::tells(actor, found, fault));
    let faults: Vec<String> = of_one()
        .take(MOST_FAULTS)
        .map(|fault| format!("{}:{}", fault.field.as_deref().unwrap_or("-"), fault.code))
        .collect();
    let act = about(app, verb(command), entity).refused("invalid").fact("faults", faults);
    guarded.then_some(match on(command, entity) {
        Some(id) => act.on(id),
        None => act,
    })
}

/// The write on records among commands that a fault is in, and its entity.
fn written(command: &Command, index: usize) -> Option<(&Command, EntityId)> {
    match command {
        Command::Create { entity, .. }
        | Command::Load { entity, .. }
        | Command::Update { entity, .. }
        | Command::Delete { entity, .. }
        | Command::Restore { entity, .. }
        | Command::Purge { entity, .. }
        | Command::Erase { entity, .. } => Some((command, *entity)),
        Command::Bulk(commands) => written(commands.get(index)?, 0),
        _ => None,
    }
}

fn about(app: &App, action: &'static str, entity: EntityId) -> Act {
    let name = app.entity(entity).map_or_else(|| "entity".to_owned(), |entity| entity.name.to_string());
    Act::new(action, name)
}

fn named(act: Act, app: &App, field: Option<model::FieldId>) -> Act {
    match field.and_then(|id| app.field(id)) {
        Some(field) => act.fact("field", field.name.to_string()),
        None => act,
    }
}

/// What a command does, in a word.
fn verb(command: &Command) -> &'static str {
    match command {
        Command::Create { .. } => "create",
        Command::Update { .. } => "update",
        Command::Delete { .. } => "delete",
        Command::Restore { .. } => "restore",
        Command::Purge { .. } => "purge",
        Command::Erase { .. } => "erase",
        Command::Bulk(commands) => commands.first().map_or("update", verb),
        Command::Load { .. } => "import",
        Command::Comment { .. } => "comment",
        Command::Attach { .. } => "attach",
        Command::Upload { .. } => "upload",
        Command::EndUpload { .. } => "upload.end",
        Command::SaveView { .. } => "view.save",
        Command::ForgetView { .. } => "view.forget",
        Command::MakeBoard(_) => "board.make",
        Command::ChangeBoard(_) => "board.change",
        Command::RemoveBoard { .. } => "board.remove",
        Command::ReadNotifications => "notices.read",
        Command::KeepQuiet(_) => "notices.quiet",
        Command::Case(_) => "case",
    }
}

/// The case that a command does something in.
fn case_of(command: &Command) -> Option<RecordId> {
    match command {
        Command::Case(CaseCommand::Act { case, .. } | CaseCommand::Upload { case, .. }) => Some(*case),
        Command::Bulk(commands) => commands.first().and_then(case_of),
        _ => None,
    }
}

/// The one record of that entity a command is on.
fn on(command: &Command, of: EntityId) -> Option<RecordId> {
    match command {
        Command::Update { entity, id, .. }
        | Command::Delete { entity, id, .. }
        | Command::Restore { entity, id }
        | Command::Purge { entity, id }
        | Command::Erase { entity, id }
        | Command::Comment { entity, id, .. }
        | Command::Attach { entity, id, .. } => (*entity == of).then_some(*id),
        Command::Bulk(commands) => match commands.as_slice() {
            [one] => on(one, of),
            _ => None,
        },
        _ => None,
    }
}
