//! Speed beside hand-written handlers: both servers in one process, on the same tables, measured in turns. Prints ratios;
//! never a test, because a shared machine's seconds prove nothing. Whoever asks for `--strict` is told by the exit code whether a
//! ratio is below its goal, or a time, a rate or a size misses its own.

mod baseline;
mod cases;
mod client;
mod definition;
mod formulas;
mod hand;
mod idle;
mod ledger;
mod numbers;
mod report;
mod review;
mod scope;
mod world;

use std::{net::SocketAddr, path::Path, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use engine::{Command, Engine, Given, World};
use model::Value;
use resolve::{Source, resolve};
use rust_decimal::Decimal;
use sqlx::{Connection, PgPool, SqliteConnection, sqlite::SqliteConnectOptions};
use store::{Account, Blobs, Confirmed, Place, Store};
use uuid::Uuid;

use crate::{
    client::{Make, once, request, signed_in},
    report::Measure,
};

const LOGIN: &str = "bench";
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
/// What can be asked for alone: `cargo xtask bench scope`.
const PARTS: [&str; 8] = ["records", "scope", "cases", "review", "formulas", "numbers", "ledger", "idle"];
/// `--quick` shows that everything runs, `--strict` makes a ratio or a figure that misses its goal a failure.
const FLAGS: [&str; 2] = ["--quick", "--strict"];
/// Databases that the part of numbers takes, one for each of its apps.
const NUMBERS: [&str; 4] = ["night", "levels", "page", "crowd"];
/// Records and pages the measures go round in.
const SPREAD: usize = 64;

/// What is measured: everything, unless the command names parts of it.
struct Wanted {
    parts: Vec<String>,
    rounds: usize,
    round: Duration,
    rows: usize,
    strict: bool,
}

impl Wanted {
    fn of(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (flags, parts): (Vec<_>, Vec<_>) = arguments.partition(|argument| argument.starts_with('-'));
        if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
            return Err(anyhow!("`{unknown}` is no part of the benchmark: {}", PARTS.join(", ")));
        }
        if let Some(unknown) = flags.iter().find(|flag| !FLAGS.contains(&flag.as_str())) {
            return Err(anyhow!(
                "`{unknown}` is no flag of the benchmark: it knows {}, and the parts {}",
                FLAGS.join(", "),
                PARTS.join(", ")
            ));
        }
        let given = |name: &str| flags.iter().any(|flag| flag == name);
        let (quick, strict) = (given("--quick"), given("--strict"));
        let (rounds, round, rows) =
            if quick { (1, Duration::from_millis(300), 2_000) } else { (ROUNDS, ROUND, definition::ROWS) };
        Ok(Self { parts, rounds, round, rows, strict })
    }

    fn part(&self, name: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| part == name)
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let wanted = Wanted::of(std::env::args().skip(1))?;
    let folder = std::env::temp_dir().join(format!("loam-bench-{}", world::new_id()));
    std::fs::create_dir_all(&folder)?;
    let result = run_all(&folder, &wanted).await;
    std::fs::remove_dir_all(&folder)?;
    let below = result?;
    if !wanted.strict || below.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!();
    for sentence in below {
        eprintln!("{sentence}");
    }
    Ok(ExitCode::FAILURE)
}

/// Runs what is wanted. Answers a sentence for each ratio and figure that misses its goal.
async fn run_all(folder: &Path, wanted: &Wanted) -> Result<Vec<String>> {
    let mut below = on_sqlite(folder, wanted).await?;
    match std::env::var("LOAM_TEST_POSTGRES") {
        Ok(server) => below.extend(on_postgres(&server, folder, wanted).await?),
        Err(_) => println!("\nPostgreSQL: left out, LOAM_TEST_POSTGRES is not set (`cargo xtask bench` sets it)"),
    }
    if wanted.part("ledger") {
        // So many that starting the program is not what is measured.
        ledger::verify(folder, if wanted.rows < definition::ROWS { 20_000 } else { 200_000 }, wanted.rounds)?;
    }
    if wanted.part("idle") {
        idle::report("SQLite", &folder.join("idle"), None)?;
        idle::check()?;
    }
    below.extend(report::missed());
    Ok(below)
}

async fn on_sqlite(folder: &Path, wanted: &Wanted) -> Result<Vec<String>> {
    let Wanted { rounds, round, rows, .. } = *wanted;
    let mut below = Vec::new();
    if wanted.part("records") {
        let file = folder.join("bench.sqlite");
        let (engine, ids, user) = prepare(&Place::Sqlite(file.clone()), folder, rows).await?;
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let readers = sqlx::sqlite::SqlitePoolOptions::new().max_connections(4).connect_with(options.clone()).await?;
        let mut writer = SqliteConnection::connect_with(&options).await?;
        sqlx::raw_sql(baseline::HISTORY_SQLITE).execute(&mut writer).await?;
        let sqlite = baseline::sqlite::Sqlite::new(readers, writer);
        let result = compare(engine, sqlite, &ids, user, rounds, round).await?;
        below.extend(report::print(&format!("SQLite, {rows} rows, beside handlers written by hand"), &result));
    }
    if wanted.part("scope") {
        let organisation = Place::Sqlite(folder.join("scope.sqlite"));
        let result = scope::report(&organisation, folder, rows, rounds, round).await?;
        below.extend(report::print(&format!("SQLite, {rows} people, beside no scope"), &result));
    }
    if wanted.part("cases") {
        cases::report("SQLite", &Place::Sqlite(folder.join("cases.sqlite")), folder, rows / 10).await?;
    }
    if wanted.part("review") {
        // The keys of its data are put beside it.
        let place = Place::Sqlite(folder.join("review").join("review.sqlite"));
        below.extend(review::report("SQLite", &place, folder, rows < definition::ROWS).await?);
    }
    if wanted.part("formulas") {
        let place = Place::Sqlite(folder.join("formulas.sqlite"));
        below.extend(formulas::report("SQLite", &place, folder, rows * 10).await?);
    }
    if wanted.part("numbers") {
        let places = NUMBERS.map(|name| Place::Sqlite(folder.join(format!("{name}.sqlite"))));
        numbers::report("SQLite", places, folder, rows * 10).await?;
    }
    if wanted.part("ledger") {
        let place = Place::Sqlite(folder.join("ledger.sqlite"));
        let result = ledger::report(&place, folder, rounds, round).await?;
        below.extend(report::print("SQLite, beside no entry of the ledger", &[result]));
    }
    Ok(below)
}

async fn on_postgres(server: &str, folder: &Path, wanted: &Wanted) -> Result<Vec<String>> {
    let Wanted { rounds, round, rows, .. } = *wanted;
    let mut below = Vec::new();
    let admin = PgPool::connect(server).await.context("LOAM_TEST_POSTGRES cannot be reached")?;
    let parts = ["records", "scope", "cases", "review", "formulas", "ledger", "idle"];
    for part in parts.into_iter().filter(|part| wanted.part(part)) {
        let name = format!("bench_{}_{part}", world::new_id().simple());
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&admin).await?;
        let url = database_url(server, &name);
        let place = Place::Postgres(url.clone());
        match part {
            "records" => {
                let (engine, ids, user) = prepare(&place, folder, rows).await?;
                let pool = sqlx::postgres::PgPoolOptions::new().max_connections(16).connect(&url).await?;
                sqlx::raw_sql(baseline::HISTORY_POSTGRES).execute(&pool).await?;
                sqlx::raw_sql("ANALYZE").execute(&pool).await?;
                let result = compare(engine, baseline::postgres::Postgres(pool), &ids, user, rounds, round).await?;
                below.extend(report::print(
                    &format!("PostgreSQL, {rows} rows, beside handlers written by hand"),
                    &result,
                ));
            }
            "scope" => {
                let result = scope::report(&place, folder, rows, rounds, round).await?;
                below.extend(report::print(&format!("PostgreSQL, {rows} people, beside no scope"), &result));
            }
            "cases" => cases::report("PostgreSQL", &place, folder, rows / 10).await?,
            "review" => {
                let folder = folder.join("postgres");
                below.extend(review::report("PostgreSQL", &place, &folder, rows < definition::ROWS).await?);
            }
            "formulas" => {
                let folder = folder.join("postgres");
                below.extend(formulas::report("PostgreSQL", &place, &folder, rows * 10).await?);
            }
            "ledger" => {
                let result = ledger::report(&place, folder, rounds, round).await?;
                below.extend(report::print("PostgreSQL, beside no entry of the ledger", &[result]));
            }
            _ => idle::report("PostgreSQL", &folder.join("idle-postgres"), Some(&url))?,
        }
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&admin).await?;
    }
    if wanted.part("numbers") {
        let names = NUMBERS.map(|name| format!("bench_{}_{name}", world::new_id().simple()));
        for name in &names {
            sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&admin).await?;
        }
        let places = names.clone().map(|name| Place::Postgres(database_url(server, &name)));
        numbers::report("PostgreSQL", places, folder, rows * 10).await?;
        for name in &names {
            sqlx::query(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&admin).await?;
        }
    }
    Ok(below)
}

/// The same server, another database.
fn database_url(server: &str, name: &str) -> String {
    let (start, query) = server.split_once('?').map_or((server, None), |(start, query)| (start, Some(query)));
    let base =
        start.rfind('/').filter(|at| *at > "postgres://".len()).map_or(start, |at| start.get(..at).unwrap_or(start));
    query.map_or_else(|| format!("{base}/{name}"), |query| format!("{base}/{name}?{query}"))
}

/// Publishes the app, loads the rows, makes the one account. Answers some ids to ask for.
async fn prepare(place: &Place, folder: &Path, rows: usize) -> Result<(Engine, Vec<Uuid>, Uuid)> {
    let store = Store::open(place).await?;
    let source = Source::inline("bench", &definition::FILES);
    let compile = move |_: &serde_json::Value| {
        let (app, faults) = resolve(std::slice::from_ref(&source));
        app.map(Arc::new).ok_or_else(|| format!("{faults:?}"))
    };
    let world = World { clock: Arc::new(world::World), ids: Arc::new(world::World) };
    let engine = Engine::open(store, Blobs::at(folder.join("files")), world, Arc::new(compile.clone())).await?;
    let app = compile(&serde_json::Value::Null).map_err(|fault| anyhow!(fault))?;
    let plan = Store::plan(None, &app);
    engine.publish(&plan, &Confirmed::default(), serde_json::json!({}), Uuid::nil()).await?;
    let system = engine.system();
    let entity = system.edition.app.entity_named("item").context("the app has no entity")?.id;
    let mut ids = Vec::new();
    for start in (0..rows).step_by(5_000) {
        let rows = (start..(start + 5_000).min(rows)).map(|n| {
            let id = engine.new_id();
            if n % (rows / SPREAD).max(1) == 0 {
                ids.push(id);
            }
            (Some(id), row(n))
        });
        engine.execute(&system, Command::Load { entity, rows: rows.collect() }).await?;
    }
    let account = Account {
        id: engine.new_id(),
        login: LOGIN.to_owned(),
        name: LOGIN.to_owned(),
        password_hash: server::session::password::hash(LOGIN)?,
        person: None,
        roles: Vec::new(),
        active: true,
        locale: model::Locale::En,
        created_at: engine.now(),
    };
    engine.store().accounts().add(std::slice::from_ref(&account)).await?;
    Ok((engine, ids, account.id))
}

fn row(n: usize) -> Vec<(String, Given)> {
    let number = i64::try_from(n).unwrap_or(0);
    let status = ["draft", "active", "done"].get(n % 3).copied().unwrap_or("draft");
    let value = |value: Value| Given::Value(value);
    vec![
        ("code".to_owned(), value(format!("C{n:07}").into())),
        ("title".to_owned(), value(format!("Item number {n}").into())),
        ("owner".to_owned(), value(format!("user{}", n % 500).into())),
        ("open".to_owned(), value((!n.is_multiple_of(10)).into())),
        ("quantity".to_owned(), value((number % 50).into())),
        ("price".to_owned(), value(Decimal::new(number % 100_000, 2).into())),
        ("due".to_owned(), Given::Text(format!("2026-{:02}-{:02}", n % 12 + 1, n % 28 + 1))),
        ("status".to_owned(), value(status.into())),
    ]
}

/// What PostgreSQL's own housekeeping does within a minute of a load: it counts, and notes which pages everybody sees.
async fn analyze(place: &Place) -> Result<()> {
    if let Place::Postgres(url) = place {
        sqlx::raw_sql("VACUUM ANALYZE").execute(&sqlx::PgPool::connect(url).await?).await?;
    }
    Ok(())
}

async fn listen(router: axum::Router) -> Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

async fn compare<D: baseline::Database>(
    engine: Engine,
    database: D,
    ids: &[Uuid],
    user: Uuid,
    rounds: usize,
    round: Duration,
) -> Result<Vec<report::Row>> {
    let state = server::AppState::new(engine.clone(), server::Options::default());
    let loam = listen(server::router(state)).await?;
    let hand = listen(baseline::router(database, "token", user, LOGIN)?).await?;
    let runner = tokio::spawn(async move { engine.run_outbox(std::future::pending()).await });
    let bearer = signed_in(loam, LOGIN).await?;

    // An id in sixteen is hidden from the caller by the row rule, and would answer 404 on both sides.
    let ids: Vec<Uuid> = ids.iter().copied().enumerate().filter(|(n, _)| n % 10 != 0).map(|(_, id)| id).collect();
    let visible = visible(loam, &bearer, &ids).await?;
    let cursors = cursors(loam, &bearer).await?;
    let measures = measures(&bearer, &visible, &cursors);
    let mut rows = Vec::with_capacity(measures.len());
    for measure in &measures {
        rows.push(report::measure(measure, loam, hand, rounds, round).await.with_context(|| measure.name)?);
    }
    runner.abort();
    Ok(rows)
}

async fn visible(loam: SocketAddr, bearer: &str, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut seen = Vec::new();
    for id in ids {
        let path = format!("/api/v1/bench/item/{id}");
        if once(loam, &request("GET", &path, &[("authorization", bearer)], "")).await.is_ok() {
            seen.push(*id);
        }
    }
    if seen.is_empty() { Err(anyhow!("no record is visible")) } else { Ok(seen) }
}

/// Where some pages start: Loam's cursor and the code the hand-written page goes on from.
async fn cursors(loam: SocketAddr, bearer: &str) -> Result<Vec<(String, String)>> {
    let mut found = vec![(String::new(), String::new())];
    for _ in 0..SPREAD {
        let last = found.last().map_or("", |(cursor, _)| cursor.as_str());
        let path = page(last);
        let (_, body) = once(loam, &request("GET", &path, &[("authorization", bearer)], "")).await?;
        let body: serde_json::Value = serde_json::from_str(&body)?;
        let code = body.pointer("/items/19/code").and_then(|code| code.as_str()).context("a short page")?;
        let next = body.get("next").and_then(|next| next.as_str()).context("no next page")?;
        found.push((next.to_owned(), code.to_owned()));
    }
    Ok(found)
}

fn page(cursor: &str) -> String {
    let start = "/api/v1/bench/item?sort=code&limit=20";
    if cursor.is_empty() { start.to_owned() } else { format!("{start}&cursor={cursor}") }
}

fn pick<T>(items: &[T], n: u64) -> Option<&T> {
    items.get(usize::try_from(n).unwrap_or(0) % items.len().max(1))
}

fn measures(bearer: &str, ids: &[Uuid], cursors: &[(String, String)]) -> Vec<Measure> {
    let bearer: Arc<str> = bearer.into();
    let ids: Arc<[Uuid]> = ids.into();
    let cursors: Arc<[(String, String)]> = cursors.into();
    let by_id = |bearer: Arc<str>, method: &'static str, prefix: &'static str, suffix: &'static str| -> Make {
        let ids = ids.clone();
        Arc::new(move |n| {
            let body = if method == "PATCH" { format!("{{\"quantity\":{}}}", n % 50) } else { String::new() };
            let path = format!("{prefix}{}{suffix}", pick(&ids, n).copied().unwrap_or_default());
            request(method, &path, &[("authorization", &bearer)], &body)
        })
    };
    let fixed = |bearer: Arc<str>, path: &'static str| -> Make {
        Arc::new(move |_| request("GET", path, &[("authorization", &bearer)], ""))
    };
    let create = |bearer: Arc<str>, path: &'static str, side: &'static str| -> Make {
        Arc::new(move |_| {
            let body = format!(
                "{{\"code\":\"{side}{}\",\"title\":\"Made by the bench\",\"owner\":\"bench\",\"quantity\":3,\"price\":12.5,\"due\":\"2026-12-01\",\"status\":\"draft\"}}",
                world::new_id().simple()
            );
            request("POST", path, &[("authorization", &bearer)], &body)
        })
    };
    let hand: Arc<str> = "Bearer token".into();
    let (loam_pages, hand_pages, loam_bearer, hand_bearer) = (cursors.clone(), cursors, bearer.clone(), hand.clone());
    let first = |pages: Arc<[(String, String)]>, n: u64| pick(&pages, n).cloned().unwrap_or_default();
    vec![
        Measure {
            name: "get one",
            goal: Some(0.6),
            loam: by_id(bearer.clone(), "GET", "/api/v1/bench/item/", ""),
            baseline: by_id(hand.clone(), "GET", "/items/", ""),
        },
        Measure {
            name: "list page of 20",
            goal: Some(0.5),
            loam: Arc::new(move |n| {
                let (cursor, _) = first(loam_pages.clone(), n);
                request("GET", &page(&cursor), &[("authorization", &loam_bearer)], "")
            }),
            baseline: Arc::new(move |n| {
                let (_, code) = first(hand_pages.clone(), n);
                request("GET", &format!("/items?after={code}"), &[("authorization", &hand_bearer)], "")
            }),
        },
        Measure {
            name: "create",
            goal: Some(0.35),
            loam: create(bearer.clone(), "/api/v1/bench/item", "L"),
            baseline: create(hand.clone(), "/items", "H"),
        },
        Measure {
            name: "update",
            goal: None,
            loam: by_id(bearer.clone(), "PATCH", "/api/v1/bench/item/", ""),
            baseline: by_id(hand.clone(), "PATCH", "/items/", ""),
        },
        Measure {
            name: "aggregate",
            goal: Some(0.8),
            loam: fixed(bearer.clone(), "/api/v1/bench/item/aggregate?group=status&measures=count,sum(total)"),
            baseline: fixed(hand.clone(), "/sums"),
        },
        Measure {
            name: "form page",
            // A whole page with navigation and words in two languages beside a bare form.
            goal: None,
            loam: by_id(bearer, "GET", "/r/item/", "/edit"),
            baseline: by_id(hand, "GET", "/form/", ""),
        },
    ]
}
