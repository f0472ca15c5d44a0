//! What numbers cost: a night of a rule that watches, one row of very many that are added up in three levels, and a page of twelve
//! measures with trends and places among peers.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use engine::{Command, Engine, Given};
use jiff::{ToSpan, civil::Date};
use model::Value;
use store::{Account, Place};
use uuid::Uuid;

use crate::{
    analyze,
    client::{once, request, signed_in},
    listen, pick,
    report::{self, Goal},
    scope,
};

/// Whoever reports, each day of a year: 52,560 rows.
const REPORTERS: usize = 144;
const DAYS: usize = 365;
/// People of the page, and their months.
const PEOPLE: usize = 2_150;
const MONTHS: usize = 10;
/// Months of each of very many people: twelve numbers of each are kept for every month, quarter and year.
const FEW_MONTHS: usize = 2;
/// Measures of the page.
const TILES: usize = 12;
/// How often a page is opened, and a row is edited.
const OFTEN: usize = 41;
/// Rows of one command.
const BATCH: usize = 5_000;

const PERSON: &str = "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nkey: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  post: {type: text, label: {zh-CN: 岗位, en: Post}}\n";

const REWORK: [(&str, &str); 7] = [
    ("app.yaml", "name: bench\nlabel: {zh-CN: 基准, en: Bench}\nversion: 1.0.0\n"),
    ("entities/person.yaml", PERSON),
    (
        "entities/report_day.yaml",
        "label: {zh-CN: 报告, en: Reports}\ndisplay: day\nfields:\n  person: {type: person, required: true, label: {zh-CN: 人员, en: Person}}\n  day: {type: date, required: true, index: true, label: {zh-CN: 日期, en: Day}}\n  issued: {type: integer, label: {zh-CN: 签发, en: Issued}}\n  rework: {type: integer, label: {zh-CN: 返修, en: Rework}}\n",
    ),
    (
        "entities/alert.yaml",
        "label: {zh-CN: 预警, en: Alert}\ndisplay: rule\nfields:\n  rule: {type: text, label: {zh-CN: 规则, en: Rule}}\n  person: {type: person, label: {zh-CN: 人员, en: Person}}\n  level: {type: choice, label: {zh-CN: 级别, en: Level}, choices: {yellow: {label: {zh-CN: 黄, en: Yellow}}, red: {label: {zh-CN: 红, en: Red}}}}\n  state: {type: choice, label: {zh-CN: 状态, en: State}, choices: {open: {label: {zh-CN: 待处理, en: Open}}, resolved: {label: {zh-CN: 已解除, en: Resolved}}, void: {label: {zh-CN: 已作废, en: Void}}}}\n  opened: {type: date, label: {zh-CN: 发生日, en: Opened}}\n  closed: {type: date, label: {zh-CN: 解除日, en: Closed}}\n  value: {type: decimal, places: 2, label: {zh-CN: 数值, en: Value}}\n  evidence: {type: json, label: {zh-CN: 依据, en: Evidence}}\n",
    ),
    (
        "dictionary/rework.yaml",
        "code: K03\nlabel: {zh-CN: 报告返修率, en: Rework rate}\ndefinition: {zh-CN: 返修报告占比, en: Reports that came back}\nunit: '%'\ndirection: lower\nfrequency: daily\nowner: quality\nmeasure: {over: report_day, time: day, subject: person, ratio: {numerator: sum(rework), denominator: sum(issued), times: 100}}\n",
    ),
    (
        "rules/rework.yaml",
        "label: {zh-CN: 报告返修率异常, en: Rework rate}\ntrigger:\n  watch:\n    term: rework\n    above: 8\n    minimum: 5\n    levels: {yellow: 3, red: 5}\n    clear: 2\n    alert: {entity: alert, rule: rule, subject: person, level: level, state: state, opened: opened, closed: closed, value: value, evidence: evidence}\n",
    ),
    (
        "roles/boss.yaml",
        "label: {zh-CN: 主管, en: Boss}\ngrants:\n  - {entity: person, actions: [read]}\n  - {entity: report_day, actions: [read]}\n  - {entity: alert, actions: [read]}\n",
    ),
];

const LEVELS: [(&str, &str); 6] = [
    ("app.yaml", "name: bench\nlabel: {zh-CN: 基准, en: Bench}\nversion: 1.0.0\n"),
    (
        "entities/house.yaml",
        "label: {zh-CN: 总, en: House}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  shelves: {type: children, to: shelf, by: house, label: {zh-CN: 架, en: Shelves}}\n  total: {type: money, label: {zh-CN: 合计, en: Total}, rollup: {of: shelves, function: sum, field: total}}\n",
    ),
    (
        "entities/shelf.yaml",
        "label: {zh-CN: 架, en: Shelf}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  house: {type: reference, to: house, label: {zh-CN: 总, en: House}}\n  boxes: {type: children, to: box, by: shelf, label: {zh-CN: 盒, en: Boxes}}\n  total: {type: money, label: {zh-CN: 合计, en: Total}, rollup: {of: boxes, function: sum, field: total}}\n",
    ),
    (
        "entities/box.yaml",
        "label: {zh-CN: 盒, en: Box}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  shelf: {type: reference, to: shelf, label: {zh-CN: 架, en: Shelf}}\n  things: {type: children, to: thing, by: box, label: {zh-CN: 件, en: Things}}\n  total: {type: money, label: {zh-CN: 合计, en: Total}, rollup: {of: things, function: sum, field: price}}\n",
    ),
    (
        "entities/thing.yaml",
        "label: {zh-CN: 件, en: Thing}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  box: {type: reference, to: box, label: {zh-CN: 盒, en: Box}}\n  price: {type: money, label: {zh-CN: 价, en: Price}}\n",
    ),
    (
        "roles/boss.yaml",
        "label: {zh-CN: 主管, en: Boss}\ngrants:\n  - {entity: house, actions: [read]}\n  - {entity: shelf, actions: [read]}\n  - {entity: box, actions: [read]}\n  - {entity: thing, actions: [read, update]}\n",
    ),
];

/// What one row has: a name and a value each.
type Fields = Vec<(String, Given)>;

/// A field's name with its value.
pub(crate) fn value(name: &str, value: impl Into<Value>) -> (String, Given) {
    (name.to_owned(), Given::Value(value.into()))
}

/// Prints a time beside the milliseconds it should take at most, where there is such a goal.
fn tell(name: &str, measured: Duration, most: Option<u32>) {
    let milliseconds = measured.as_secs_f64() * 1e3;
    let goal = most.map_or_else(|| "-".to_owned(), |most| format!("{most} ms"));
    println!("  {name:<52}{:>12}{goal:>12}", format!("{milliseconds:.1} ms"));
    report::judge(name, milliseconds, "ms", most.map_or(Goal::None, |most| Goal::AtMost(most.into())));
}

/// The number as values have it.
pub(crate) fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Measures all of it; `rows` is how many rows there are below the three levels, and ten times the people of the larger page.
pub(crate) async fn report(database: &str, places: [Place; 4], folder: &Path, rows: usize) -> Result<()> {
    report::of(&format!("{database}, numbers"));
    println!("\n{database}, numbers\n  {:<52}{:>12}{:>12}", "", "measured", "goal");
    let [night, levels, page, crowd] = places;
    a_night(&night, folder).await?;
    three_levels(&levels, folder, rows).await?;
    let usual = Crowd { people: PEOPLE, months: MONTHS, goal: 50 };
    twelve_tiles(&page, &folder.join("page"), &usual).await?;
    let many = Crowd { people: rows / 10, months: FEW_MONTHS, goal: 150 };
    twelve_tiles(&crowd, &folder.join("crowd"), &many).await
}

/// A rule over a year of days of everybody who reports: the first night, which raises what there is, and another.
async fn a_night(place: &Place, folder: &Path) -> Result<()> {
    let engine = scope::published(place, &folder.join("night"), &REWORK).await?;
    let people = load(&engine, "person", REPORTERS, |at| vec![value("name", format!("P{at}"))]).await?;
    let today = engine.now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    load(&engine, "report_day", REPORTERS * DAYS, |at| {
        let (who, back) = (at % REPORTERS, at / REPORTERS);
        let day = today.checked_sub(i64::try_from(back).unwrap_or(0).days()).unwrap_or(today);
        // Everybody has a bad week now and then.
        let bad = (who + back / 7) % 19 == 0;
        vec![
            value("person", people.get(who).copied()),
            value("day", day),
            value("issued", 25),
            value("rework", if bad { 4 } else { 1 }),
        ]
    })
    .await?;
    analyze(place).await?;
    let rows = REPORTERS * DAYS;
    let start = Instant::now();
    engine.look_at_everything().await?;
    tell(&format!("rule over {rows} rows, the first night"), start.elapsed(), None);
    let start = Instant::now();
    engine.look_at_everything().await?;
    tell(&format!("rule over {rows} rows, another night"), start.elapsed(), Some(2_000));
    engine.store().close().await;
    Ok(())
}

/// One row among very many, added up over three levels within the write.
async fn three_levels(place: &Place, folder: &Path, rows: usize) -> Result<()> {
    let engine = scope::published(place, &folder.join("levels"), &LEVELS).await?;
    let houses = load(&engine, "house", 10, |at| vec![value("name", format!("H{at}"))]).await?;
    let in_one = |all: &[Uuid], at: usize, of: usize| all.get(at * all.len() / of.max(1)).copied();
    let many = (rows / 10_000).max(10);
    let shelves = load(&engine, "shelf", many, |at| {
        vec![value("name", format!("S{at}")), value("house", in_one(&houses, at, many))]
    })
    .await?;
    let boxes = (rows / 100).max(100);
    let boxed = load(&engine, "box", boxes, |at| {
        vec![value("name", format!("B{at}")), value("shelf", in_one(&shelves, at, boxes))]
    })
    .await?;
    let things = load(&engine, "thing", rows, |at| {
        let price = model::Decimal::new(whole(at % 10_000), 2);
        vec![value("name", format!("T{at}")), value("box", in_one(&boxed, at, rows)), value("price", price)]
    })
    .await?;
    analyze(place).await?;
    let (address, bearer) = served(&engine, None).await?;
    let mut times = Vec::new();
    for turn in 0..OFTEN {
        let thing = pick(&things, u64::try_from(turn * 7_919)?).context("no rows")?;
        let body = format!("{{\"price\":\"{turn}.50\"}}");
        let path = format!("/api/v1/bench/thing/{thing}");
        let start = Instant::now();
        once(address, &request("PATCH", &path, &[("authorization", &bearer)], &body)).await?;
        times.push(start.elapsed());
    }
    tell(&format!("one row of {rows} edited, three levels added up"), median(times), Some(100));
    engine.store().close().await;
    Ok(())
}

/// Those a page may be about.
struct Crowd {
    people: usize,
    months: usize,
    /// Milliseconds the page should take at most.
    goal: u32,
}

/// A page of twelve measures about one of many people.
async fn twelve_tiles(place: &Place, folder: &Path, crowd: &Crowd) -> Result<()> {
    let Crowd { people: many, months, goal } = *crowd;
    let mut files: Vec<(String, String)> = vec![
        ("app.yaml".into(), "name: bench\nlabel: {zh-CN: 基准, en: Bench}\nversion: 1.0.0\n".into()),
        ("entities/person.yaml".into(), PERSON.into()),
    ];
    let mut month = "label: {zh-CN: 月, en: Months}\ndisplay: month\nfields:\n  person: {type: person, required: true, label: {zh-CN: 人员, en: Person}}\n  month: {type: period, grain: month, required: true, index: true, label: {zh-CN: 月份, en: Month}}\n".to_owned();
    let mut page =
        "kind: dashboard\nlabel: {zh-CN: 驾驶舱, en: Cockpit}\nabout: person\ngrain: month\nperiods: 6\ntiles:\n"
            .to_owned();
    for at in 0..TILES {
        month += &format!("  m{at}: {{type: integer, label: {{zh-CN: 数{at}, en: M{at}}}}}\n");
        page += &format!("  t{at}: {{term: term{at}}}\n");
        let term = format!(
            "code: T{at}\nlabel: {{zh-CN: 指标{at}, en: Term {at}}}\ndefinition: {{zh-CN: 合计, en: Sum}}\ndirection: higher\nfrequency: monthly\nowner: care\npeers: person.post\ntarget: 50\nmeasure: {{over: month, time: month, subject: person, simple: sum(m{at})}}\n"
        );
        files.push((format!("dictionary/term{at}.yaml"), term));
    }
    files.push(("entities/month.yaml".into(), month));
    files.push(("pages/cockpit.yaml".into(), page));
    files.push((
        "roles/boss.yaml".into(),
        "label: {zh-CN: 主管, en: Boss}\ngrants:\n  - {entity: person, actions: [read]}\n  - {entity: month, actions: [read]}\n".into(),
    ));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let engine = scope::published(place, folder, &files).await?;
    let people = load(&engine, "person", many, |at| {
        vec![value("name", format!("P{at}")), value("post", format!("post {}", at % 20))]
    })
    .await?;
    let today = engine.now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let before = |at: usize| -> Date { today.checked_sub(whole(at).months()).unwrap_or(today) };
    load(&engine, "month", many * months, |at| {
        let month = model::Period::of(model::Grain::Month, before(at / many.max(1)));
        let own = (0..TILES).map(|tile| value(&format!("m{tile}"), whole((at * 31 + tile * 17) % 100)));
        let row = vec![value("person", people.get(at % many.max(1)).copied()), value("month", month.to_string())];
        row.into_iter().chain(own).collect()
    })
    .await?;
    // Until every number is kept and compared.
    let start = Instant::now();
    while engine.turn("bench").await? > 0 {}
    analyze(place).await?;
    tell(&format!("{TILES} terms of {many} people kept and compared"), start.elapsed(), None);
    let (address, bearer) = served(&engine, people.first().copied()).await?;
    let (mut times, mut reads) = (Vec::new(), 0);
    for turn in 0..OFTEN {
        let who = pick(&people, u64::try_from(turn * 7_919)?).context("nobody")?;
        let before = engine.store().reads();
        let start = Instant::now();
        let page = request("GET", &format!("/p/cockpit?of={who}"), &[("authorization", &bearer)], "");
        let (_, body) = once(address, &page).await?;
        times.push(start.elapsed());
        reads = engine.store().reads() - before;
        anyhow::ensure!(body.matches("tile-value").count() == TILES, "a page without its numbers: {body:.300}");
    }
    tell(&format!("page of {TILES} tiles, {many} people, {reads} statements"), median(times), Some(goal));
    engine.store().close().await;
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Makes records; answers their ids.
pub(crate) async fn load(
    engine: &Engine,
    entity: &str,
    many: usize,
    row: impl Fn(usize) -> Fields,
) -> Result<Vec<Uuid>> {
    let system = engine.system();
    let entity = system.edition.app.entity_named(entity).map(|entity| entity.id).context("no such entity")?;
    let ids: Vec<Uuid> = (0..many).map(|_| engine.new_id()).collect();
    for (part, ids) in ids.chunks(BATCH).enumerate() {
        let rows = ids.iter().enumerate().map(|(at, id)| (Some(*id), row(part * BATCH + at)));
        engine.execute(&system, Command::Load { entity, rows: rows.collect() }).await?;
    }
    Ok(ids)
}

/// Serves it, for somebody who may see everything.
pub(crate) async fn served(engine: &Engine, person: Option<Uuid>) -> Result<(SocketAddr, Arc<str>)> {
    let account = Account {
        id: engine.new_id(),
        login: "boss".to_owned(),
        name: "Boss".to_owned(),
        password_hash: server::session::password::hash("boss")?,
        person,
        roles: vec!["boss".to_owned()],
        active: true,
        locale: model::Locale::En,
        created_at: engine.now(),
    };
    engine.store().accounts().add(std::slice::from_ref(&account)).await?;
    let router = server::router(server::AppState::new(engine.clone(), server::Options::default()));
    let address = listen(router).await?;
    Ok((address, signed_in(address, "boss").await?))
}
