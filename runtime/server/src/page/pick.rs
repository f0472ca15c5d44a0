//! Records to choose from in a reference field, and people to mention.

use app::{Entity, FieldKind, FieldRole};
use formula::Predicate;
use model::{EntityId, FieldId, RecordId};
use policy::List;
use serde_json::{Value as Json, json};

use super::{
    Answer, Visit,
    columns::{self, Columns},
    names, rights,
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
    let items = found(visit, *to, within, None).await?;
    Ok(answer(items))
}

/// People to mention: what is inserted is the login they are known by, or else their name. Where nothing else tells people of
/// one name apart, and the app keeps no logins of its own for some to see, the login of their account does.
///
/// # Errors
/// What the engine refuses.
pub async fn mention(visit: &Visit) -> Result<Answer, Problem> {
    let known = visit.app().organisation();
    let login = known.fields.get(&FieldRole::Login).copied();
    let Some(person) = known.person.filter(|person| rights::may(&visit.actor, *person, policy::Action::Read)) else {
        return Ok(answer(Vec::new()));
    };
    let mut items = found(visit, person, Predicate::always(), login).await?;
    let unclear = alike(&items);
    if login.is_none() && !unclear.is_empty() {
        let accounts = visit.engine.store().accounts().of_people(&unclear).await.map_err(Problem::internal)?;
        for item in &mut items {
            let id = Some(item.id);
            let own = accounts.iter().filter(|account| account.person == id);
            item.add(own.map(|account| account.login.clone()));
        }
    }
    Ok(answer(items))
}

/// A record to choose.
struct Offered {
    id: RecordId,
    label: String,
    hint: String,
}

impl Offered {
    /// Says more beside its name.
    fn add(&mut self, more: impl Iterator<Item = String>) {
        let said = std::iter::once(std::mem::take(&mut self.hint)).chain(more).filter(|text| !text.is_empty());
        self.hint = said.collect::<Vec<_>>().join(" · ");
    }
}

fn answer(items: Vec<Offered>) -> Answer {
    let each = |item: Offered| json!({"id": item.id.to_string(), "label": item.label, "hint": item.hint});
    Answer::Json(json!({"items": items.into_iter().map(each).collect::<Vec<Json>>()}))
}

/// Those that read the same as another.
fn alike(items: &[Offered]) -> Vec<RecordId> {
    let same = |one: &&Offered| {
        items.iter().any(|other| other.id != one.id && other.label == one.label && other.hint == one.hint)
    };
    items.iter().filter(same).map(|one| one.id).collect()
}

/// Has those that read the same say what they are found by, as far as the reader may see it.
async fn tell_apart(visit: &Visit, entity: &Entity, items: &mut [Offered]) -> Result<(), Problem> {
    let unclear = alike(items);
    let mut fields: Vec<FieldId> = Vec::new();
    for field in entity.key.iter().chain(&entity.search) {
        if *field != entity.display && Some(*field) != entity.hint && !fields.contains(field) {
            fields.push(*field);
        }
    }
    let columns = Columns::of(&visit.actor, fields.into_iter().filter_map(|field| visit.app().own_path(field)));
    let Some(within) = names::among(visit, entity.id, &unclear) else { return Ok(()) };
    if unclear.is_empty() || columns.shown.is_empty() {
        return Ok(());
    }
    let list = List { columns: columns.paths.clone(), within, ..List::all(entity.id, MOST) };
    let reader = visit.reader();
    for row in &visit.ask(list).await?.rows {
        let Some(item) = items.iter_mut().find(|item| item.id == row.id) else { continue };
        let told = (0..columns.shown.len()).map(|at| columns.cell(visit.app(), &reader, row, at, &Names::new()));
        item.add(told.filter(|shown| shown.kind != "none").map(|shown| shown.text));
    }
    Ok(())
}

async fn found(
    visit: &Visit,
    entity: EntityId,
    within: Predicate,
    instead: Option<FieldId>,
) -> Result<Vec<Offered>, Problem> {
    let app = visit.app();
    let entity = app.entity(entity).ok_or_else(missing)?;
    let mut columns = Columns::default();
    let name_at = columns::display_of(app, entity.id).and_then(|path| columns.show(&visit.actor, path));
    let hint_at = entity.hint.and_then(|field| columns.show_field(&visit.actor, field));
    // A login seen in part reaches nobody.
    let instead = instead.and_then(|field| app.own_path(field)).filter(|path| rights::readable(&visit.actor, path));
    let instead_at = instead.and_then(|path| columns.show(&visit.actor, path));
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
            Some(login) => Offered { id: row.id, label: login, hint: name },
            None => Offered { id: row.id, label: name, hint },
        }
    });
    let mut items: Vec<Offered> = items.collect();
    tell_apart(visit, entity, &mut items).await?;
    Ok(items)
}
