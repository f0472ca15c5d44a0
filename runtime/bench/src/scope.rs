//! What a scope over the organisation costs: the same page and the same record, with and without it, for 100,000 people in a
//! tree of units twelve levels deep. The baseline here is Loam itself, asked by somebody whose role has no condition.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use engine::{Command, Engine, Given};
use model::{RoleId, Value};
use resolve::{Source, resolve};
use store::{Account, Blobs, Confirmed, Place, Store};
use uuid::Uuid;

use crate::{
    analyze,
    client::{Make, request, signed_in},
    listen, pick,
    report::{self, Measure},
    world,
};

const FILES: [(&str, &str); 5] = [
    ("app.yaml", "name: bench\nlabel: {zh-CN: 基准, en: Bench}\nversion: 1.0.0\n"),
    (
        "entities/unit.yaml",
        "label: {zh-CN: 单位, en: Unit}\nstands_for: unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text, label: {zh-CN: 编码, en: Code}}\n  parent: {type: department, label: {zh-CN: 上级, en: Parent}, stands_for: parent_unit}\n",
    ),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nkey: code\nfields:\n  code: {type: text, label: {zh-CN: 工号, en: Code}}\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  unit: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: unit}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: unit, actions: [read]}\n  - {entity: person, actions: [read]}\n",
    ),
    (
        "roles/below.yaml",
        "label: {zh-CN: 本单位及下级, en: Below}\ngrants:\n  - {entity: unit, actions: [read]}\n  - {entity: person, actions: [read], where: UNDER_MY_UNIT(id)}\n",
    ),
];

/// Levels of the tree of units, each with twice as many as the one above.
const DEPTH: u32 = 12;
/// The unit of who asks: four levels below the top, so that a sixteenth of the people are below it.
const OWN: usize = 15;
/// Others who ask: of a unit with one of 128 people, where neither passing over the rest nor sorting their own is short, and of
/// a team without anybody below it.
const OTHERS: [(&str, usize); 2] = [("middle", 127), ("team", 2_047)];

/// Loads the organisation and measures.
pub(crate) async fn report(
    place: &Place,
    folder: &Path,
    people: usize,
    rounds: usize,
    round: Duration,
) -> Result<Vec<report::Row>> {
    let engine = published(place, &folder.join("scope"), &FILES).await?;
    let (asking, ids) = fill(&engine, people).await?;
    analyze(place).await?;
    let router = server::router(server::AppState::new(engine.clone(), server::Options::default()));
    let address = listen(router).await?;
    let mut bearers = Vec::new();
    let logins = ["below", "all", OTHERS[0].0, OTHERS[1].0];
    for (login, someone) in logins.into_iter().zip([asking[0], asking[0], asking[1], asking[2]]) {
        account(&engine, login, if login == "all" { "all" } else { "below" }, someone).await?;
        bearers.push(signed_in(address, login).await?);
    }
    let [below, all, middle, team] = bearers.as_slice() else { return Err(anyhow!("four accounts are needed")) };
    let list = |bearer: &Arc<str>| -> Make {
        let bearer = bearer.clone();
        Arc::new(move |_| request("GET", "/api/v1/bench/person?sort=code&limit=20", &[("authorization", &bearer)], ""))
    };
    let one = |bearer: &Arc<str>| -> Make {
        let (bearer, ids) = (bearer.clone(), ids.clone());
        Arc::new(move |n| {
            let path = format!("/api/v1/bench/person/{}", pick(&ids, n).copied().unwrap_or_default());
            request("GET", &path, &[("authorization", &bearer)], "")
        })
    };
    let measures = [
        // At most one and a half times as long.
        Measure { name: "list of 20, unit and below", goal: Some(0.67), loam: list(below), baseline: list(all) },
        Measure { name: "list of 20, one of 128 people", goal: None, loam: list(middle), baseline: list(all) },
        Measure { name: "list of 20, a team", goal: None, loam: list(team), baseline: list(all) },
        // At most 15 % longer.
        Measure { name: "get one, unit and below", goal: Some(0.85), loam: one(below), baseline: one(all) },
    ];
    let mut rows = Vec::new();
    for measure in &measures {
        rows.push(report::measure(measure, address, address, rounds, round).await.with_context(|| measure.name)?);
    }
    engine.store().close().await;
    Ok(rows)
}

/// Publishes an app in an empty database, with its files in a folder.
pub(crate) async fn published(place: &Place, files: &Path, app: &[(&str, &str)]) -> Result<Engine> {
    let store = Store::open(place).await?;
    let source = Source::inline("bench", app);
    let compile = move |_: &serde_json::Value| {
        let (app, faults) = resolve(std::slice::from_ref(&source));
        app.map(Arc::new).ok_or_else(|| format!("{faults:?}"))
    };
    let world = engine::World { clock: Arc::new(world::World), ids: Arc::new(world::World) };
    let engine = Engine::open(store, Blobs::at(files), world, Arc::new(compile.clone())).await?;
    let app = compile(&serde_json::Value::Null).map_err(|fault| anyhow!(fault))?;
    engine.publish(&Store::plan(None, &app), &Confirmed::default(), serde_json::json!({}), Uuid::nil()).await?;
    Ok(engine)
}

/// Makes the units and people. Answers somebody of the unit [`OWN`] and of each of [`OTHERS`], and ids of some who are below the
/// first.
async fn fill(engine: &Engine, people: usize) -> Result<([Uuid; 3], Arc<[Uuid]>)> {
    let system = engine.system();
    let entity = |name: &str| system.edition.app.entity_named(name).map(|entity| entity.id).context("no such entity");
    let value = |name: &str, value: Value| (name.to_owned(), Given::Value(value));
    let units: Vec<Uuid> = (1..1_usize << DEPTH).map(|_| engine.new_id()).collect();
    let above = |at: usize| (at > 0).then(|| (at - 1) / 2);
    let rows = units.iter().enumerate().map(|(at, id)| {
        let parent = above(at).and_then(|above| units.get(above)).copied();
        (Some(*id), vec![value("code", format!("U{at:05}").into()), value("parent", parent.into())])
    });
    engine.execute(&system, Command::Load { entity: entity("unit")?, rows: rows.collect() }).await?;
    let below = |unit: usize| std::iter::successors(Some(unit), |at| above(*at)).any(|at| at == OWN);
    let asks = [OWN, OTHERS[0].1, OTHERS[1].1];
    let (mut asking, mut ids) = ([Uuid::nil(); 3], Vec::new());
    for start in (0..people).step_by(5_000) {
        let rows = (start..(start + 5_000).min(people)).map(|n| {
            let id = engine.new_id();
            // Spread so that neighbours in the order of the list work in different corners of the tree.
            let unit = asks.get(n).copied().unwrap_or_else(|| n.wrapping_mul(7919) % units.len());
            if let Some(asks) = asking.get_mut(n) {
                *asks = id;
            }
            if below(unit) && ids.len() < 64 {
                ids.push(id);
            }
            let unit = units.get(unit).copied();
            let row = vec![
                value("code", format!("P{n:07}").into()),
                value("name", format!("Person {n}").into()),
                value("unit", unit.into()),
            ];
            (Some(id), row)
        });
        engine.execute(&system, Command::Load { entity: entity("person")?, rows: rows.collect() }).await?;
    }
    Ok((asking, ids.into()))
}

async fn account(engine: &Engine, login: &str, role: &str, person: Uuid) -> Result<RoleId> {
    let account = Account {
        id: engine.new_id(),
        login: login.to_owned(),
        name: login.to_owned(),
        password_hash: server::session::password::hash(login)?,
        person: Some(person),
        roles: vec![role.to_owned()],
        active: true,
        locale: model::Locale::En,
        created_at: engine.now(),
    };
    engine.store().accounts().add(std::slice::from_ref(&account)).await?;
    engine.edition().app.role_named(role).map(|role| role.id).context("no such role")
}
