//! Records to choose from in a reference field, and people to mention.

use app::{FieldKind, FieldRole};
use formula::Predicate;
use policy::List;
use serde_json::{Value as Json, json};

use super::{
    Answer, Visit,
    columns::{self, Columns},
    rights,
    visit::missing,
};
use crate::{problem::Problem, show::Names};

/// Records offered at a time.
const MOST: u32 = 20;

/// Records a reference field may take, by `entity.field`.
///
/// # Errors
/// Not found, or what the engine refuses.
pub async fn field(visit: &Visit, name: &str) -> Result<Answer, Problem> {
    let (entity, name) = name.split_once('.').ok_or_else(missing)?;
    let entity = visit.entity(entity)?;
    let field = visit.app().field_named(entity.id, name).ok_or_else(missing)?;
    let (FieldKind::Reference { to, only, .. } | FieldKind::References { to, only, .. }) = &field.kind else {
        return Err(missing());
    };
    let within = match only {
        // A condition without a form in the database was refused when the app was checked.
        Some(only) => only.predicate().unwrap_or_else(|_| Predicate::never()),
        None => Predicate::always(),
    };
    found(visit, *to, within, None).await
}

/// People to mention: what is inserted is the login they are known by.
///
/// # Errors
/// What the engine refuses.
pub async fn mention(visit: &Visit) -> Result<Answer, Problem> {
    let known = visit.app().organisation();
    let login = known.fields.get(&FieldRole::Login).copied();
    match known.person.filter(|person| rights::may(&visit.actor, *person, policy::Action::Read)) {
        Some(person) => found(visit, person, Predicate::always(), login).await,
        None => Ok(Answer::Json(json!({ "items": [] }))),
    }
}

async fn found(
    visit: &Visit,
    entity: model::EntityId,
    within: Predicate,
    instead: Option<model::FieldId>,
) -> Result<Answer, Problem> {
    let app = visit.app();
    let entity = app.entity(entity).ok_or_else(missing)?;
    let mut columns = Columns::default();
    let name_at = columns::display_of(app, entity.id).and_then(|path| columns.show(&visit.actor, path));
    let hint_at = entity.hint.and_then(|field| columns.show_field(&visit.actor, field));
    let instead_at = instead.and_then(|field| columns.show_field(&visit.actor, field));
    let sort = name_at
        .and_then(|at| columns.shown.get(at))
        .map(|column| policy::Sort { by: column.path.clone(), direction: policy::Direction::Ascending });
    let list = List {
        columns: columns.paths.clone(),
        within,
        search: visit.query.get("q").map(str::to_owned).filter(|_| !entity.search.is_empty()),
        sort: sort.into_iter().collect(),
        ..List::all(entity.id, MOST)
    };
    let rows = visit.ask(list).await?.rows;
    let reader = visit.reader();
    let items = rows.iter().map(|row| {
        let text = |at: usize| columns.cell(app, &reader, row, at, &Names::new());
        let name = name_at.map(text).map(|shown| shown.text).unwrap_or_default();
        let hint = hint_at.map(text).filter(|shown| shown.kind != "none").map(|shown| shown.text).unwrap_or_default();
        let instead = instead_at.map(text).filter(|shown| shown.kind != "none").map(|shown| shown.text);
        match instead {
            Some(login) => json!({"id": row.id.to_string(), "label": login, "hint": name}),
            None => json!({"id": row.id.to_string(), "label": name, "hint": hint}),
        }
    });
    Ok(Answer::Json(json!({"items": items.collect::<Vec<Json>>()})))
}
