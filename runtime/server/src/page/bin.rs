//! Deleted records of an entity, each with its way back.

use engine::Command;
use model::RecordId;
use policy::{Action, Bin, Direction, List, Sort};
use serde::Serialize;

use super::{
    Answer, Visit,
    columns::Columns,
    names,
    record::{Crumb, crumbs},
    rights, rows,
    rows::Table,
};
use crate::problem::{Kind, Problem};

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
        ..names::list(entity.id, MOST)
    };
    let found = visit.ask(list).await?;
    let mut table = rows::table(visit, &columns, &found.rows, entity.name.as_str()).await?;
    table.actions = true;
    for (line, row) in table.rows.iter_mut().zip(&found.rows) {
        line.href = None;
        let href = format!("/r/{}/{}/restore", entity.name, row.id);
        line.actions.push(rows::Action { href, label: visit.say("restore") });
    }
    let title = visit.fill("bin-of", &[("what", entity.plural.get(visit.locale()))]);
    let bin = BinShown { crumbs: crumbs(visit, entity, visit.say("bin")), table, cut: found.next.is_some() };
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
