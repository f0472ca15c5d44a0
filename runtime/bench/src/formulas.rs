//! Formulas that come to very many rows: a computed field and a rollup over it are published, and their values filled in by the
//! job that everybody can see, while a record is changed now and then. Beside it the same values are set by hand: in as many
//! transactions as the job has, and by one statement.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, ensure};
use engine::{Compile, Engine, World};
use model::Decimal;
use resolve::{Source, resolve};
use serde_json::Value as Json;
use store::{Blobs, Confirmed, Place, Store};
use uuid::Uuid;

use crate::{
    analyze,
    client::{once, request},
    hand::{Cell, Hand, Said},
    numbers::{load, served, value, whole},
    pick,
    report::{self, Goal, Row},
    world,
};

const APP: &str = "name: bench\nlabel: {zh-CN: 基准, en: Bench}\nversion: 1.0.0\n";
const BOSS: &str = "label: {zh-CN: 主管, en: Boss}\ngrants:\n  - {entity: box, actions: [read]}\n  - {entity: thing, actions: [read, update]}\n";
const THING: &str = "label: {zh-CN: 件, en: Thing}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  box: {type: reference, to: box, label: {zh-CN: 盒, en: Box}}\n  quantity: {type: integer, label: {zh-CN: 数量, en: Quantity}}\n  price: {type: money, label: {zh-CN: 单价, en: Price}}\n";
const BOX: &str = "label: {zh-CN: 盒, en: Box}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  things: {type: children, to: thing, by: box, label: {zh-CN: 件, en: Things}}\n";
/// What is published later.
const COMPUTED: &str = "  total: {type: money, label: {zh-CN: 金额, en: Total}, formula: quantity * price}\n";
const ROLLUP: &str =
    "  total: {type: money, label: {zh-CN: 合计, en: Total}, rollup: {of: things, function: sum, field: total}}\n";

/// The same rows for whoever does it by hand.
const COPIES: &str = "
CREATE TABLE hand_thing AS SELECT * FROM bench_thing;
CREATE UNIQUE INDEX hand_thing_id ON hand_thing (id);
CREATE INDEX hand_thing_box ON hand_thing (box);
ALTER TABLE hand_thing ADD COLUMN total MONEY;
CREATE TABLE hand_box AS SELECT * FROM bench_box;
CREATE UNIQUE INDEX hand_box_id ON hand_box (id);
ALTER TABLE hand_box ADD COLUMN total MONEY;
";
const PART: &str = "UPDATE hand_thing SET total = quantity * price WHERE id >= {$1} AND id <= {$2}";
const ALL: &str = "UPDATE hand_thing SET total = quantity * price";
const ADDED_UP: &str =
    "UPDATE hand_box SET total = (SELECT sum(hand_thing.total) FROM hand_thing WHERE hand_thing.box = hand_box.id)";

/// Rows of one transaction, as the job has them.
const PAGE: usize = 200;
/// Things in a box.
const IN_A_BOX: usize = 100;
/// Between changes while a job runs.
const PAUSE: Duration = Duration::from_millis(50);

/// The files of the app: without formulas, with the computed field, with both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Formulas {
    None,
    Computed,
    Both,
}

/// What a job did.
struct Filled {
    took: Duration,
    /// How long each change took that was made meanwhile.
    changes: Vec<Duration>,
}

/// Who changes records while a job runs.
struct Changing {
    address: SocketAddr,
    bearer: Arc<str>,
    things: Vec<Uuid>,
}

/// Fills in both formulas over so many rows. Answers a sentence for each ratio below its goal.
pub(crate) async fn report(database: &str, place: &Place, folder: &Path, rows: usize) -> Result<Vec<String>> {
    let (engine, compile) = opened(place, &folder.join("formulas")).await?;
    publish(&engine, &compile, Formulas::None).await?;
    let boxes = load(&engine, "box", (rows / IN_A_BOX).max(1), |at| vec![value("name", format!("B{at}"))]).await?;
    // Neighbours are in different boxes, as things are that come in from everywhere.
    let things = load(&engine, "thing", rows, |at| {
        vec![
            value("name", format!("T{at}")),
            value("box", boxes.get(at % boxes.len().max(1)).copied()),
            value("quantity", whole(at % 50)),
            value("price", Decimal::new(whole(at % 10_000), 2)),
        ]
    })
    .await?;
    let hand = Hand::open(place).await?;
    hand.make(COPIES).await?;
    analyze(place).await?;
    let (address, bearer) = served(&engine, None).await?;
    let changing = Changing { address, bearer, things };

    publish(&engine, &compile, Formulas::Computed).await?;
    let computed = filled(&engine, &changing).await?;
    let parts = in_parts(&hand, &changing.things).await?;
    let at_once = timed(&hand, ALL).await?;
    publish(&engine, &compile, Formulas::Both).await?;
    let rollup = filled(&engine, &changing).await?;
    let added_up = timed(&hand, ADDED_UP).await?;
    agree(&hand).await?;

    let rate = |time: Duration| rows as f64 / time.as_secs_f64();
    let table = [
        Row::of("computed field, in parts", None, &[(rate(computed.took), rate(parts))]),
        Row::of("computed field, one UPDATE", None, &[(rate(computed.took), rate(at_once))]),
        Row::of("rollup over it, one UPDATE", None, &[(rate(rollup.took), rate(added_up))]),
    ];
    let below = report::print(&format!("{database}, formulas new to {rows} rows, rows a second"), &table);
    report::head(&format!("{database}, a record changed while a job fills in {rows} rows"));
    for (name, filled) in [("computed field", computed), ("rollup", rollup)] {
        let slowest = filled.changes.iter().max().copied();
        let middle = report::median(filled.changes.iter().map(Duration::as_secs_f64));
        report::tell(name, (!middle.is_nan()).then_some(middle * 1e3), "ms", Goal::None);
        report::tell(&format!("{name}, the slowest"), slowest.map(|it| it.as_secs_f64() * 1e3), "ms", Goal::None);
    }
    hand.close().await;
    engine.store().close().await;
    Ok(below)
}

/// An empty database, and what compiles the documents that are published in it.
async fn opened(place: &Place, files: &Path) -> Result<(Engine, Compile)> {
    let compile: Compile = Arc::new(|documents: &Json| {
        let texts = documents.as_object().into_iter().flatten();
        let files: Vec<(&str, &str)> = texts.filter_map(|(path, text)| Some((path.as_str(), text.as_str()?))).collect();
        let (app, faults) = resolve(&[Source::inline("bench", &files)]);
        app.map(Arc::new).ok_or_else(|| format!("{faults:?}"))
    });
    let world = World { clock: Arc::new(world::World), ids: Arc::new(world::World) };
    let engine = Engine::open(Store::open(place).await?, Blobs::at(files), world, compile.clone()).await?;
    Ok((engine, compile))
}

async fn publish(engine: &Engine, compile: &Compile, formulas: Formulas) -> Result<()> {
    let with = |text: &str, line: &str, wanted: bool| if wanted { format!("{text}{line}") } else { text.to_owned() };
    let documents = serde_json::json!({
        "app.yaml": APP,
        "roles/boss.yaml": BOSS,
        "entities/thing.yaml": with(THING, COMPUTED, formulas >= Formulas::Computed),
        "entities/box.yaml": with(BOX, ROLLUP, formulas == Formulas::Both),
    });
    let app = compile(&documents).map_err(|fault| anyhow!(fault))?;
    let edition = engine.edition();
    let plan = Store::plan((edition.version > 0).then_some(&*edition.app), &app);
    engine.publish(&plan, &Confirmed::default(), documents, Uuid::nil()).await?;
    Ok(())
}

/// Has the values that a publish just made new filled in by its job, which everybody can see.
async fn filled(engine: &Engine, changing: &Changing) -> Result<Filled> {
    let done = AtomicBool::new(false);
    let job = async {
        let start = Instant::now();
        let filled = engine.renew_now(|_, _| ()).await;
        done.store(true, Ordering::Relaxed);
        filled.map(|()| start.elapsed())
    };
    let (took, changes) = tokio::join!(job, changed(changing, &done));
    Ok(Filled { took: took?, changes: changes? })
}

/// Changes a record again and again until the job is done.
async fn changed(changing: &Changing, done: &AtomicBool) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let turn = u64::try_from(times.len())?;
        let thing = pick(&changing.things, turn * 7_919).context("no rows")?;
        let (path, body) = (format!("/api/v1/bench/thing/{thing}"), format!("{{\"name\":\"Changed {turn}\"}}"));
        let start = Instant::now();
        once(changing.address, &request("PATCH", &path, &[("authorization", &changing.bearer)], &body)).await?;
        times.push(start.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    Ok(times)
}

/// The computed field by hand, so many rows at a time.
async fn in_parts(hand: &Hand, things: &[Uuid]) -> Result<Duration> {
    let mut things = things.to_vec();
    things.sort_unstable();
    let part = hand.words(PART);
    let id = |id: Option<&Uuid>| -> Cell { id.map(|id| id.to_string().into()) };
    let parts: Vec<Said> =
        things.chunks(PAGE).map(|part_of| Said::new(&part, [id(part_of.first()), id(part_of.last())])).collect();
    let start = Instant::now();
    hand.each(&parts).await?;
    Ok(start.elapsed())
}

async fn timed(hand: &Hand, sql: &str) -> Result<Duration> {
    let said = Said::new(&hand.words(sql), []);
    let start = Instant::now();
    hand.each(&[said]).await?;
    Ok(start.elapsed())
}

/// Both ways end in the same numbers, or neither is worth a measure.
async fn agree(hand: &Hand) -> Result<()> {
    for table in ["thing", "box"] {
        let sum = |of: &str| format!("SELECT CAST(round(sum(total), 2) AS TEXT) FROM {of}_{table}");
        let (loam, other) = (hand.one(&sum("bench")).await?, hand.one(&sum("hand")).await?);
        ensure!(loam.is_some() && loam == other, "`{table}` comes to {loam:?}, and by hand to {other:?}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_compiles_at_every_step() {
        for (computed, rollup) in [("", ""), (COMPUTED, ""), (COMPUTED, ROLLUP)] {
            let (thing, boxes) = (format!("{THING}{computed}"), format!("{BOX}{rollup}"));
            let files = [
                ("app.yaml", APP),
                ("roles/boss.yaml", BOSS),
                ("entities/thing.yaml", thing.as_str()),
                ("entities/box.yaml", boxes.as_str()),
            ];
            let (app, faults) = resolve(&[Source::inline("bench", &files)]);
            assert!(app.is_some(), "{faults:?}");
        }
    }
}
