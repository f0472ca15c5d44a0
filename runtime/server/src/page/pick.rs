//! Records to choose from in a reference field, people to mention, and people to ask or to tell.

use app::{Entity, FieldKind, FieldRole};
use formula::Predicate;
use model::{EntityId, FieldId, RecordId, Value};
use policy::List;
use serde_json::{Value as Json, json};
use store::Account;

use super::{
    Answer, Visit,
    columns::{self, Columns},
    names, rights,
    visit::missing,
};
use crate::{problem::Problem, show::Names};

/// Records offered at a time.
const MOST: u32 = 20;
/// People looked at together for those that have an account.
const LOOKED_AT: u32 = 200;
/// How often more of them are looked at, where few have one.
const MOST_LOOKS: usize = 5;

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

/// People to ask or to tell: those with an account that may sign in, by the account's id. A login that is typed in full finds its
/// account too, which is how somebody who may read nobody's record finds anybody. Whoever manages a workflow is also shown
/// those who left, by `left=1`: what they did not answer is handed over. By `others=1` nobody is offered themself.
///
/// # Errors
/// What the engine refuses.
pub async fn person(visit: &Visit) -> Result<Answer, Problem> {
    let accounts = visit.engine.store().accounts();
    let left = visit.query.has("left") && super::workflows::any(visit).await?;
    let (others, mine) = (visit.query.has("others"), [visit.actor.user, visit.actor.principal()]);
    let offered = |account: &Account| (account.active || left) && !(others && mine.contains(&account.id));
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let known = visit.app().organisation().person.and_then(|person| visit.app().entity(person));
    let known = known.filter(|person| rights::may(&visit.actor, person.id, policy::Action::Read));
    let (mut items, mut owned): (Vec<Offered>, Vec<Account>) = (Vec::new(), Vec::new());
    if let Some(person) = known {
        let mut after = None;
        for _ in 0..MOST_LOOKS {
            let list = Looked { within: Predicate::always(), instead: None, after, limit: LOOKED_AT };
            let Seen { items: found, next } = look(visit, person, list).await?;
            let ids: Vec<RecordId> = found.iter().map(|item| item.id).collect();
            let theirs = accounts.ever_of_people(&ids).await.map_err(Problem::internal)?;
            owned.extend(theirs.into_iter().filter(&offered));
            items.extend(found.into_iter().filter(|item| owned.iter().any(|account| account.person == Some(item.id))));
            after = next;
            if after.is_none() || items.len() >= most {
                break;
            }
        }
        items.truncate(most);
        tell_apart(visit, person, &mut items).await?;
    }
    let unclear = alike(&items);
    for item in &mut items {
        let Some(account) = owned.iter().find(|account| account.person == Some(item.id)) else { continue };
        if unclear.contains(&item.id) {
            item.add(std::iter::once(account.login.clone()));
        }
        item.id = account.id;
    }
    if let Some(login) = visit.query.get("q").map(str::trim).filter(|login| !login.is_empty()) {
        let named = accounts.by_login(login).await.map_err(Problem::internal)?;
        let named = named.filter(offered);
        if let Some(account) = named.filter(|account| items.iter().all(|item| item.id != account.id)) {
            items.insert(0, Offered { id: account.id, label: account.login, hint: String::new() });
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
    let entity = visit.app().entity(entity).ok_or_else(missing)?;
    let mut items = look(visit, entity, Looked { within, instead, after: None, limit: MOST }).await?.items;
    tell_apart(visit, entity, &mut items).await?;
    Ok(items)
}

/// What is looked for.
struct Looked {
    /// Which of them.
    within: Predicate,
    /// What is inserted in place of the name.
    instead: Option<FieldId>,
    /// The last of those found before.
    after: Option<(Vec<Value>, RecordId)>,
    /// At most so many.
    limit: u32,
}

/// What was found.
struct Seen {
    items: Vec<Offered>,
    /// The last of them, where there are more.
    next: Option<(Vec<Value>, RecordId)>,
}

/// Records by what was typed, and where the next of them begin.
async fn look(visit: &Visit, entity: &Entity, looked: Looked) -> Result<Seen, Problem> {
    let Looked { within, instead, after, limit } = looked;
    let app = visit.app();
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
        after,
        ..List::all(entity.id, limit)
    };
    let found = visit.ask(list).await?;
    let reader = visit.reader();
    let items = found.rows.iter().map(|row| {
        let text = |at: usize| columns.cell(app, &reader, row, at, &Names::new());
        let name = name_at.map(text).map(|shown| shown.text).unwrap_or_default();
        let hint = hint_at.map(text).filter(|shown| shown.kind != "none").map(|shown| shown.text).unwrap_or_default();
        let instead = instead_at.map(text).filter(|shown| shown.kind != "none").map(|shown| shown.text);
        match instead {
            Some(login) => Offered { id: row.id, label: login, hint: name },
            None => Offered { id: row.id, label: name, hint },
        }
    });
    Ok(Seen { items: items.collect(), next: found.next })
}
