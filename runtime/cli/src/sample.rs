//! The sample organisation as records: rows by key become records with ids, and a handful of them sign in.

use std::collections::HashMap;

use anyhow::{Context as _, Result, anyhow};
use engine::{Actor, Command, CommandError, Engine, Fields, Given};
use model::{EntityId, Locale, RecordId, Text, Value};
use renxin_hospital_group::{
    load::{self, Cell, Row, Table, Tier},
    people::Employee,
};
use server::{
    SignInHint,
    session::policy::{Policy, SecondFactor},
};
use store::Account;

use crate::{progress::Progress, publish::refused};

/// What every demo account signs in with.
pub const PASSWORD: &str = "loam-demo";

/// Rows of another system written in one transaction: nothing is computed from them.
const BATCH: usize = 2_000;
/// Other rows written in one transaction. What many of them change the same way is computed once for all.
const WHOLE: usize = 40_000;

/// Somebody of the sample organisation who signs in.
struct Guest {
    login: &'static str,
    person: Option<&'static str>,
    roles: &'static [&'static str],
    zh: &'static str,
    en: &'static str,
}

const fn guest(
    login: &'static str,
    person: Option<&'static str>,
    roles: &'static [&'static str],
    zh: &'static str,
    en: &'static str,
) -> Guest {
    Guest { login, person, roles, zh, en }
}

/// The three administrators, one person each: none has the rights of another, and none sees a record.
const SYSTEM: Guest = guest(
    "admin",
    None,
    &["administrator"],
    "系统管理员（管账号，不看业务数据）",
    "system administrator (sees no records)",
);
const SECURITY: Guest = guest(
    "security",
    None,
    &["security_administrator"],
    "安全管理员（管授权，不看业务数据）",
    "security administrator (sees no records)",
);
const AUDIT: Guest = guest(
    "audit",
    None,
    &["audit_administrator"],
    "审计管理员（看审计日志，不看业务数据）",
    "audit administrator (sees no records)",
);

/// Who signs in where everybody is there.
/// Keeps units, posts and people, may erase somebody, and is nobody's colleague.
const KEEPER: Guest =
    guest("keeper", None, &["organisation_keeper"], "组织管理员（维护机构与人员）", "keeper of the organisation");

const GUESTS: [Guest; 11] = [
    guest("e0130", Some("E0130"), &[], "员工", "employee"),
    guest("e0123", Some("E0123"), &["manager"], "科室主任", "head of a department"),
    guest(
        "e0213",
        Some("E0213"),
        &["manager"],
        "放射科主任，有 360 度得分",
        "head of radiology, with 360-degree scores",
    ),
    guest("e0022", Some("E0022"), &["hrbp"], "西湖分院人力伙伴", "HR partner of a centre"),
    guest("e0021", Some("E0021"), &["hr", "manager"], "人力负责人", "head of human resources"),
    guest("e0001", Some("E0001"), &["executive", "manager"], "集团负责人", "head of the group"),
    guest("e0076", Some("E0076"), &["auditor"], "内审", "auditor"),
    KEEPER,
    SYSTEM,
    SECURITY,
    AUDIT,
];

/// Who signs in where only the first centre is.
const GUESTS_OF_TINY: [Guest; 11] = [
    guest("e0130", Some("E0130"), &[], "员工", "employee"),
    guest("e0123", Some("E0123"), &["manager"], "科室主任", "head of a department"),
    guest(
        "e0213",
        Some("E0213"),
        &["manager"],
        "放射科主任，有 360 度得分",
        "head of radiology, with 360-degree scores",
    ),
    guest("e0112", Some("E0112"), &["hrbp"], "分院人力伙伴", "HR partner of a centre"),
    guest("e0255", Some("E0255"), &["hr", "manager"], "客服主管，兼管人力", "head of service, also human resources"),
    guest("e0111", Some("E0111"), &["executive", "manager"], "院长", "head of the centre"),
    guest("e0276", Some("E0276"), &["auditor"], "内审", "auditor"),
    KEEPER,
    SYSTEM,
    SECURITY,
    AUDIT,
];

fn guests(tier: Tier) -> &'static [Guest] {
    match tier {
        Tier::Tiny => &GUESTS_OF_TINY,
        Tier::Demo | Tier::Full => &GUESTS,
    }
}

/// The records of the sample by entity and key.
pub type ByKey = HashMap<&'static str, HashMap<String, RecordId>>;

/// Puts the sample organisation into an engine that serves the performance app and holds no records yet.
///
/// # Errors
/// A row is refused, which is a fault of the app or the sample, or the database failed.
pub async fn load(engine: &Engine, tier: Tier) -> Result<ByKey> {
    let actor = engine.system();
    let today = actor.now.to_zoned_datetime(actor.edition.zone.clone()).date();
    let tables: Vec<Table> = load::tables(tier, today).collect();
    let total = tables.iter().map(|table| table.expected as u64).sum();
    let mut progress = Progress::new("sample organisation", Some(total));
    let mut ids = ByKey::new();
    for table in tables {
        let entity = actor
            .edition
            .app
            .entity_named(table.entity)
            .with_context(|| format!("the app has no `{}`, which the sample holds", table.entity))?;
        progress.stage(entity.plural.get(Locale::En));
        let most = if entity.source.is_some() { BATCH } else { WHOLE };
        let mut rows = table.rows.peekable();
        while rows.peek().is_some() {
            let batch: Vec<Row> = rows.by_ref().take(most).collect();
            let many = batch.len() as u64;
            let command = match table.update {
                // What another system corrects it says again.
                true if entity.source.is_some() => again(entity.id, batch, &ids)?,
                true => update(entity.id, table.entity, batch, &ids)?,
                false => create(engine, entity.id, table.entity, batch, &mut ids)?,
            };
            execute(engine, &actor, command).await.with_context(|| format!("sample rows of `{}`", table.entity))?;
            progress.add(many);
        }
    }
    progress.finish();
    Ok(ids)
}

async fn execute(engine: &Engine, actor: &Actor, command: Command) -> Result<()> {
    match engine.execute(actor, command).await {
        Ok(_) => Ok(()),
        Err(CommandError::Invalid(faults)) => Err(refused(&faults)),
        Err(error) => Err(error.into()),
    }
}

fn create(engine: &Engine, entity: EntityId, name: &'static str, rows: Vec<Row>, ids: &mut ByKey) -> Result<Command> {
    let mut loaded = Vec::with_capacity(rows.len());
    for row in rows {
        let id = engine.new_id();
        ids.entry(name).or_default().insert(row.key, id);
        loaded.push((Some(id), fields(row.fields, ids)?));
    }
    Ok(Command::Load { entity, rows: loaded })
}

fn again(entity: EntityId, rows: Vec<Row>, ids: &ByKey) -> Result<Command> {
    let rows = rows.into_iter().map(|row| Ok((None, fields(row.fields, ids)?)));
    Ok(Command::Load { entity, rows: rows.collect::<Result<Vec<_>>>()? })
}

fn update(entity: EntityId, name: &'static str, rows: Vec<Row>, ids: &ByKey) -> Result<Command> {
    let update = |row: Row| {
        let id = find(ids, name, &row.key)?;
        Ok(Command::Update { entity, id, expected: None, fields: fields(row.fields, ids)? })
    };
    Ok(Command::Bulk(rows.into_iter().map(update).collect::<Result<Vec<_>>>()?))
}

fn find(ids: &ByKey, entity: &str, key: &str) -> Result<RecordId> {
    let found = ids.get(entity).and_then(|ids| ids.get(key)).copied();
    found.ok_or_else(|| anyhow!("a sample row refers to `{entity}` `{key}`, which is not there"))
}

fn fields(cells: Vec<(&'static str, Cell)>, ids: &ByKey) -> Result<Fields> {
    let value = |cell| -> Result<Value> {
        Ok(match cell {
            Cell::Value(value) => value,
            Cell::Reference { entity, key } => Value::Id(find(ids, entity, &key)?),
            Cell::References { entity, keys } => {
                let ids = keys.iter().map(|key| Ok(Value::Id(find(ids, entity, key)?)));
                Value::List(ids.collect::<Result<Vec<_>>>()?)
            }
        })
    };
    cells.into_iter().map(|(name, cell)| Ok((name.to_owned(), Given::Value(value(cell)?)))).collect()
}

/// Makes the accounts of the sample, once everything else is there: where there are accounts the sample is whole.
///
/// # Errors
/// The database failed.
pub async fn accounts(engine: &Engine, tier: Tier, ids: &ByKey) -> Result<()> {
    // One salt for all: the password is printed anyway.
    let password_hash = server::session::password::hash(PASSWORD).map_err(|error| anyhow!("no password: {error}"))?;
    let now = engine.now();
    let account = |guest: &Guest| {
        let person = guest.person.map(|key| find(ids, "person", key)).transpose()?;
        let name = guest.person.and_then(|key| Employee::all().find(|employee| employee.to_string() == key));
        Ok(Account {
            id: engine.new_id(),
            login: guest.login.to_owned(),
            name: name
                .map_or_else(|| guest.zh.split('（').next().unwrap_or_default().to_owned(), |employee| employee.name()),
            password_hash: password_hash.clone(),
            person,
            roles: guest.roles.iter().map(|role| (*role).to_owned()).collect(),
            active: true,
            locale: Locale::ZhCn,
            created_at: now,
        })
    };
    let accounts = guests(tier).iter().map(account).collect::<Result<Vec<_>>>()?;
    // Everybody knows the password of a demo; a second factor would only stand in the way of who looks around, and whoever
    // comes back to it after months is let in.
    let policy = Policy { second_factor: SecondFactor::Optional, unused_days: 0, ..Policy::default() };
    policy.keep(engine.store()).await.context("the rules of signing in cannot be kept")?;
    engine.store().accounts().add(&accounts).await.context("the demo accounts cannot be made")
}

/// The demo sign-ins there are, for the sign-in page and for printing; those whose password was changed are still named.
///
/// # Errors
/// The database failed.
pub async fn hints(engine: &Engine) -> Result<Vec<SignInHint>> {
    let accounts = engine.store().accounts();
    let mut hints = Vec::new();
    let all = || GUESTS.iter().chain(&GUESTS_OF_TINY);
    // People first: whoever tries the demo wants to see records.
    for guest in all().filter(|guest| guest.person.is_some()).chain(all().filter(|guest| guest.person.is_none())) {
        if hints.iter().any(|hint: &SignInHint| hint.login == guest.login) {
            continue;
        }
        let Some(account) = accounts.by_login(guest.login).await? else { continue };
        let mut label = Text::default();
        let named = |what: &str, open: &str, close: &str| match guest.person {
            Some(_) => format!("{}{open}{what}{close}", account.name),
            None => what.to_owned(),
        };
        label.set(Locale::ZhCn, named(guest.zh, "（", "）"));
        label.set(Locale::En, named(guest.en, ", ", ""));
        hints.push(SignInHint { login: guest.login.to_owned(), password: PASSWORD.to_owned(), label });
    }
    Ok(hints)
}
