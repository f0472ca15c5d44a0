//! What a workflow carries: cases begun in bulk, answers per second, a full inbox, past cases gone through again. There is
//! nothing hand-written to compare with; the figures stand beside what we mean to reach.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use engine::{Command, Engine, Given};
use store::{Account, Place};
use uuid::Uuid;

use crate::{
    analyze,
    client::{Make, all, once, request, signed_in},
    listen, pick,
    report::{self, Goal},
    scope,
};

const FILES: [(&str, &str); 4] = [
    ("app.yaml", "name: bench\nlabel: {zh-CN: 基准, en: Bench}\nversion: 1.0.0\n"),
    (
        "entities/review.yaml",
        "label: {zh-CN: 考核, en: Review}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}}\n",
    ),
    (
        "roles/boss.yaml",
        "label: {zh-CN: 主管, en: Boss}\ngrants:\n  - {entity: review, actions: [create, read, update]}\nworkflows:\n  - {workflow: review, actions: [start, manage]}\n",
    ),
    (
        "workflows/review.yaml",
        "label: {zh-CN: 考核, en: Review}\nentity: review\nguard: boss\nsteps:\n  check:\n    label: {zh-CN: 评分, en: Check}\n    approval: {who: [{role: boss}], show: [title], edit: [score], timers: [{working_days: 3, then: remind}]}\n  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: done}}\n",
    ),
];

/// Cases a year's review begins at once.
const BULK: usize = 2_150;
/// Cases of one request at most.
const MOST: usize = 2_000;
/// Connections that answer tasks.
const CONNECTIONS: usize = 32;
/// How often a page is opened.
const OPENED: usize = 21;

/// Begins `cases` cases, answers them all, and goes through them again.
pub(crate) async fn report(database: &str, place: &Place, folder: &Path, cases: usize) -> Result<()> {
    let engine = published(place, folder).await?;
    let ids = fill(&engine, cases + BULK).await?;
    analyze(place).await?;
    let router = server::router(server::AppState::new(engine.clone(), server::Options::default()));
    let address = listen(router).await?;
    let bearer = signed_in(address, "boss").await?;
    let get = |path: &str| request("GET", path, &[("authorization", &bearer)], "");
    let (bulk, rest) = ids.split_at(BULK.min(ids.len()));
    report::of(&format!("{database}, cases"));
    println!("\n{database}, cases\n  {:<44}{:>12}{:>12}", "", "measured", "goal");
    let tell = |name: &str, measured: String, goal: &str| println!("  {name:<44}{measured:>12}{goal:>12}");

    let mut begun = Vec::new();
    let start = Instant::now();
    begun.extend(begin(address, &bearer, bulk).await?);
    let (name, took) = (format!("{} cases begun at once", bulk.len()), start.elapsed());
    tell(&name, seconds(took), "10 s");
    report::judge(&name, took.as_secs_f64(), "s", Goal::AtMost(10.0));
    for part in rest.chunks(MOST) {
        begun.extend(begin(address, &bearer, part).await?);
    }
    for path in ["/inbox", "/api/v1/bench/workflows/tasks?limit=50"] {
        let mut times = Vec::new();
        for _ in 0..OPENED {
            let start = Instant::now();
            once(address, &get(path)).await?;
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let median = times.get(OPENED / 2).copied().unwrap_or_default();
        let milliseconds = median.as_secs_f64() * 1e3;
        let (goal, most) = if path == "/inbox" { ("50 ms", Goal::AtMost(50.0)) } else { ("-", Goal::None) };
        let name = format!("inbox with {} tasks, {path}", begun.len());
        tell(&name, format!("{milliseconds:.1} ms"), goal);
        report::judge(&name, milliseconds, "ms", most);
    }
    let first = begun.first().context("no case")?;
    let (_, shown) = once(address, &get(&format!("/api/v1/bench/workflows/cases/{first}"))).await?;
    let shown: serde_json::Value = serde_json::from_str(&shown)?;
    let task = shown.pointer("/mine/task").and_then(serde_json::Value::as_u64).context("nothing is asked")?;
    let (count, answered) = (u64::try_from(begun.len())?, Arc::<[String]>::from(begun));
    let decide: Make = {
        let (bearer, body) = (bearer.clone(), format!("{{\"do\":\"decide\",\"task\":{task},\"approve\":true}}"));
        Arc::new(move |n| {
            let path = format!("/api/v1/bench/workflows/cases/{}", pick(&answered, n).map_or("", String::as_str));
            request("POST", &path, &[("authorization", &bearer)], &body)
        })
    };
    let took = all(address, CONNECTIONS, count, &decide).await?;
    let (goal, least) = if database == "SQLite" { ("500 /s", 500.0) } else { ("1000 /s", 1_000.0) };
    let rate = count as f64 / took.as_secs_f64();
    tell("answers that end a case", format!("{rate:.0} /s"), goal);
    report::judge("answers that end a case", rate, "/s", Goal::AtLeast(least));
    let start = Instant::now();
    let last = count.min(10_000);
    let (_, body) = once(address, &get(&format!("/api/v1/bench/workflows/review/replay?last={last}"))).await?;
    let found: serde_json::Value = serde_json::from_str(&body)?;
    if found.get("differing").and_then(|list| list.as_array()).is_none_or(|list| !list.is_empty()) {
        bail!("the same steps came to something else: {body:.300}");
    }
    let (name, took) = (format!("{last} past cases gone through again"), start.elapsed());
    tell(&name, seconds(took), "10 s");
    report::judge(&name, took.as_secs_f64(), "s", Goal::AtMost(10.0));
    engine.store().close().await;
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

async fn begin(address: std::net::SocketAddr, bearer: &str, records: &[Uuid]) -> Result<Vec<String>> {
    let body = serde_json::json!({ "records": records }).to_string();
    let path = "/api/v1/bench/workflows/review/cases";
    let (_, body) = once(address, &request("POST", path, &[("authorization", bearer)], &body)).await?;
    let begun: serde_json::Value = serde_json::from_str(&body)?;
    let ids = begun.get("ids").or_else(|| begun.get("items")).and_then(|ids| ids.as_array()).context("no ids")?;
    Ok(ids.iter().filter_map(|id| id.as_str().or_else(|| id.get("id")?.as_str())).map(str::to_owned).collect())
}

async fn published(place: &Place, folder: &Path) -> Result<Engine> {
    let engine = scope::published(place, &folder.join("cases"), &FILES).await?;
    let account = Account {
        id: engine.new_id(),
        login: "boss".to_owned(),
        name: "Boss".to_owned(),
        password_hash: server::session::password::hash("boss")?,
        person: None,
        roles: vec!["boss".to_owned()],
        active: true,
        locale: model::Locale::En,
        created_at: engine.now(),
    };
    engine.store().accounts().add(std::slice::from_ref(&account)).await?;
    Ok(engine)
}

/// Makes the records; answers their ids.
async fn fill(engine: &Engine, many: usize) -> Result<Vec<Uuid>> {
    let system = engine.system();
    let entity = system.edition.app.entity_named("review").map(|entity| entity.id).context("no such entity")?;
    let ids: Vec<Uuid> = (0..many).map(|_| engine.new_id()).collect();
    for part in ids.chunks(MOST) {
        let rows = part.iter().map(|id| (Some(*id), vec![("title".to_owned(), Given::Value(id.to_string().into()))]));
        engine.execute(&system, Command::Load { entity, rows: rows.collect() }).await?;
    }
    Ok(ids)
}
