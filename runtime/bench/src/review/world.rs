//! The demo with an account for everybody and a review of each of them that nobody has begun.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result, anyhow};
use engine::{Command, Engine, Given};
use jiff::ToSpan as _;
use loam::{
    apps,
    data::Data,
    publish::{Planned, publish, seed},
    sample,
};
use model::{Locale, Value};
use renxin_hospital_group::load::Tier;
use server::session::policy::{Policy, SecondFactor};
use store::{Account, Place};
use uuid::Uuid;

use super::REVIEW;

/// Who signs in to look at an inbox; it is also the password.
pub(super) const CALIBRATOR: &str = "calibrator";

/// The app that is measured.
const APP: &str = "performance-management";

/// Who holds which role: nobody begins or calibrates their own review, so that there are two of each.
struct Staff {
    hr: [&'static str; 2],
    executives: [&'static str; 2],
}

/// Headquarters, where everybody is there.
const STAFF: Staff = Staff { hr: ["E0021", "E0022"], executives: ["E0001", "E0123"] };
/// The first centre, where only that is.
const STAFF_OF_ONE: Staff = Staff { hr: ["E0255", "E0112"], executives: ["E0111", "E0123"] };

/// What is to be reviewed.
pub(super) struct Reviewed {
    /// Everybody, by the id of their account.
    pub(super) accounts: HashMap<Uuid, Account>,
    /// Who begins the cases about which records, as one command each.
    pub(super) begun: Vec<(Uuid, Vec<Uuid>)>,
    /// The account of somebody who calibrates.
    pub(super) calibrator: Uuid,
    /// The table of the records.
    pub(super) table: String,
}

/// Makes it: as `loam demo` does, but for the accounts.
pub(super) async fn made(place: &Place, folder: &Path, quick: bool) -> Result<(Engine, Arc<Reviewed>)> {
    std::fs::create_dir_all(folder)?;
    let (tier, staff) = if quick { (Tier::Tiny, STAFF_OF_ONE) } else { (Tier::Demo, STAFF) };
    let database = match place {
        Place::Sqlite(file) => format!("sqlite:{}", file.display()),
        Place::Postgres(url) => url.clone(),
    };
    let engine = Data { folder: folder.to_path_buf(), database: Some(database) }.open().await?;
    let sources = apps::bundled(APP)?;
    let (app, faults) = resolve::resolve(&sources);
    let app = app.ok_or_else(|| anyhow!("{}", resolve::sources(&sources).plain_all(&faults)))?;
    let planned = Planned::of(&engine, &sources, &app).await?;
    publish(&engine, planned, &[]).await?;
    let ids = sample::load(&engine, tier).await?;
    seed(&engine, Locale::En).await?;
    let policy = Policy { second_factor: SecondFactor::Optional, unused_days: 0, ..Policy::default() };
    policy.keep(engine.store()).await?;
    let people: BTreeMap<&str, Uuid> =
        ids.get("person").context("no people")?.iter().map(|(code, id)| (code.as_str(), *id)).collect();
    let accounts = accounts(&engine, &people, &staff)?;
    engine.store().accounts().add(&accounts).await?;
    let records = reviews(&engine, &people).await?;
    // What the sample itself leads to is done before anything is measured.
    while engine.turn("bench").await? > 0 {}

    let held = |code: &str| -> Result<Uuid> {
        let person = people.get(code).copied();
        let account = accounts.iter().find(|account| account.person.is_some() && account.person == person);
        account.map(|account| account.id).with_context(|| format!("nobody is {code}"))
    };
    let [first, second] = staff.hr;
    let (others, own): (Vec<_>, Vec<_>) = records.into_iter().partition(|(code, _)| code != first);
    let only = |records: Vec<(String, Uuid)>| -> Vec<Uuid> { records.into_iter().map(|(_, id)| id).collect() };
    let begun = vec![(held(first)?, only(others)), (held(second)?, only(own))];
    let [calibrator, _] = staff.executives;
    let calibrator = held(calibrator)?;
    let table = engine.edition().app.entity_named(REVIEW).context("no such entity")?.table.clone();
    let accounts = accounts.into_iter().map(|account| (account.id, account)).collect();
    Ok((engine, Arc::new(Reviewed { accounts, begun, calibrator, table })))
}

/// An account for everybody. Only one has a password: all others act here, and do not sign in.
fn accounts(engine: &Engine, people: &BTreeMap<&str, Uuid>, staff: &Staff) -> Result<Vec<Account>> {
    let [calibrator, _] = staff.executives;
    let mut accounts = Vec::with_capacity(people.len());
    for (code, person) in people {
        let signs_in = *code == calibrator;
        let role = |held: &[&str], role: &str| held.contains(code).then(|| role.to_owned());
        accounts.push(Account {
            id: engine.new_id(),
            login: if signs_in { CALIBRATOR.to_owned() } else { code.to_lowercase() },
            name: (*code).to_owned(),
            password_hash: if signs_in { server::session::password::hash(CALIBRATOR)? } else { String::new() },
            person: Some(*person),
            roles: role(&staff.hr, "hr").into_iter().chain(role(&staff.executives, "executive")).collect(),
            active: true,
            locale: Locale::En,
            created_at: engine.now(),
        });
    }
    Ok(accounts)
}

/// A cycle that is over, so that nothing waits for its end, and a review of everybody in it. Answers the records by person.
async fn reviews(engine: &Engine, people: &BTreeMap<&str, Uuid>) -> Result<Vec<(String, Uuid)>> {
    let system = engine.system();
    let entity = |name: &str| system.edition.app.entity_named(name).map(|entity| entity.id).context("no such entity");
    let value = |name: &str, value: Value| (name.to_owned(), Given::Value(value));
    let today = engine.now().to_zoned_datetime(system.edition.zone.clone()).date();
    let (starts, ends) = (today.checked_sub(92.days())?, today.checked_sub(2.days())?);
    let cycle = engine.new_id();
    let fields = vec![
        value("code", "BENCH".into()),
        value("name", "Bench".into()),
        value("starts", starts.into()),
        value("ends", ends.into()),
    ];
    engine.execute(&system, Command::Load { entity: entity("cycle")?, rows: vec![(Some(cycle), fields)] }).await?;
    let (mut records, mut rows) = (Vec::with_capacity(people.len()), Vec::with_capacity(people.len()));
    for (code, person) in people {
        let id = engine.new_id();
        records.push(((*code).to_owned(), id));
        rows.push((Some(id), vec![value("person", (*person).into()), value("cycle", cycle.into())]));
    }
    engine.execute(&system, Command::Load { entity: entity(REVIEW)?, rows }).await?;
    Ok(records)
}
