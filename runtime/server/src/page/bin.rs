//! Deleted records of an entity, each with its way back.

use engine::Command;
use model::RecordId;
use policy::{Action, Bin, Direction, Get, List, Permitted, Sort};
use serde::Serialize;

use super::{
    Answer, Visit, case,
    columns::Columns,
    params::Params,
    record::{Crumb, crumbs},
    rights, rows,
    rows::Table,
    visit::missing,
};
use crate::{
    problem::{Kind, Problem},
    show::Names,
};

/// Records shown at most.
const MOST: u32 = 100;

/// What the view of a bin shows.
#[derive(Debug, Default, Serialize)]
pub struct BinShown {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// The records.
    pub table: Table,
    /// Whether there are more.
    pub cut: bool,
    /// How long it keeps what is in it, if not for ever.
    pub keeps: Option<String>,
    /// Whether a record just went for good.
    pub gone: bool,
}

/// What the view shows that asks before a record goes for good.
#[derive(Debug, Default, Serialize)]
pub struct PurgeShown {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// Where the answer is sent.
    pub action: String,
    /// The bin.
    pub back: String,
    /// What names the record, to be typed.
    pub name: String,
    /// Why it did not go.
    pub fault: Option<String>,
}

/// Shows the bin.
///
/// # Errors
/// What the engine refuses.
pub async fn show(visit: &Visit, entity: &str) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    if !rights::may(&visit.actor, entity.id, Action::Restore) {
        return Err(Problem::new(Kind::Denied));
    }
    let app = visit.app();
    // Restoring has a row rule and fields of its own; only what it gives is asked for.
    let access = visit.actor.rights.access(entity.id, Action::Restore);
    let given = |field: &model::FieldId| access.is_some_and(|access| access.field(*field).is_some());
    let mut columns = Columns::default();
    for field in [Some(entity.display), entity.hint].into_iter().flatten().filter(given) {
        columns.show_field(&visit.actor, field);
    }
    let deleted = app.own_path(entity.system.deleted_at).filter(|path| given(&path.field));
    let sort = deleted.clone().map(|by| Sort { by, direction: Direction::Descending });
    if let Some(path) = deleted {
        columns.show(&visit.actor, path);
    }
    let list = List {
        columns: columns.paths.clone(),
        sort: sort.into_iter().collect(),
        bin: Bin::Inside,
        ..List::all(entity.id, MOST)
    };
    let found = visit.ask(list).await?;
    let mut table = rows::table(visit, &columns, &found.rows, entity.name.as_str()).await?;
    table.actions = true;
    let purges = rights::may(&visit.actor, entity.id, Action::Purge);
    for (line, row) in table.rows.iter_mut().zip(&found.rows) {
        line.href = None;
        let href = format!("/r/{}/{}/restore", entity.name, row.id);
        line.actions.push(rows::Action { href, label: visit.say("restore") });
        let ask = Permitted { entity: entity.id, id: row.id, action: Action::Purge, fields: Vec::new() };
        if purges && visit.ask(ask).await?.is_some() {
            let href = format!("/r/{}/{}/purge", entity.name, row.id);
            line.actions.push(rows::Action { href, label: visit.say("purge") });
        }
    }
    let title = visit.fill("bin-of", &[("what", entity.plural.get(visit.locale()))]);
    let bin = BinShown {
        crumbs: crumbs(visit, entity, visit.say("bin")),
        table,
        cut: found.next.is_some(),
        keeps: entity.bin_days.map(|days| visit.fill("bin-keeps", &[("n", &days.to_string())])),
        gone: visit.query.has("purged"),
    };
    visit.page("bin.html", &title, "", bin).await.map(Answer::Page)
}

/// Takes a record out of the bin.
///
/// # Errors
/// What the engine refuses.
pub async fn restore(visit: &Visit, entity: &str, id: RecordId) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    visit.act(Command::Restore { entity: entity.id, id }).await?;
    Ok(Answer::To(format!("/r/{}/{id}?saved=1", entity.name)))
}

/// Removes a record for good, once its name was typed; asks for that before.
///
/// # Errors
/// Not found, not theirs to remove, or what the engine refuses.
pub async fn purge(visit: &Visit, entity: &str, id: RecordId, sent: &Params) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    if !rights::may(&visit.actor, entity.id, Action::Purge) || !rights::may(&visit.actor, entity.id, Action::Restore) {
        return Err(Problem::new(Kind::Denied));
    }
    let mut columns = Columns::default();
    let access = visit.actor.rights.access(entity.id, Action::Restore);
    let named = access.is_some_and(|access| access.field(entity.display).is_some());
    let at = if named { columns.show_field(&visit.actor, entity.display) } else { None };
    let get = Get { entity: entity.id, id, columns: columns.paths.clone(), bin: Bin::Inside };
    let row = visit.ask(get).await?.ok_or_else(missing)?;
    let shown = at.map(|at| columns.cell(visit.app(), &visit.reader(), &row, at, &Names::new()));
    // Where nothing names it, what such a record is called is typed.
    let name = shown.filter(|shown| shown.kind != "none").map(|shown| shown.text.trim().to_owned());
    let name = name.unwrap_or_else(|| entity.label.get(visit.locale()).to_owned());
    let back = format!("/bin/{}", entity.name);
    let fault = match sent.get("name").map(str::trim) {
        None => None,
        Some(typed) if typed == name => match visit.act(Command::Purge { entity: entity.id, id }).await {
            Ok(_) => return Ok(Answer::To(format!("{back}?purged=1"))),
            Err(problem) if problem.kind == Kind::Invalid => Some(case::told(visit.locale(), &problem)),
            Err(problem) => return Err(problem),
        },
        Some(_) => Some(visit.fill("purge-name-differs", &[("name", &name)])),
    };
    let refused = fault.is_some();
    let shown = PurgeShown {
        crumbs: crumbs(visit, entity, visit.say("bin")),
        action: format!("/r/{}/{id}/purge", entity.name),
        back,
        fault,
        name,
    };
    let page = visit.page("purge.html", visit.say("purge"), "narrow", shown).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}
