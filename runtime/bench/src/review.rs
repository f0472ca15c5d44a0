//! A performance review of everybody in the sample organisation: begun in bulk, answered step by step by whoever is asked, to
//! its end. Beside it the same rows of cases, tasks and events are written by hand, in as many transactions.
//!
//! What is written by hand is those rows alone. Loam also reads who may answer, works out the next step, writes the reviewed record
//! and its history, tells people, sets timers and leaves entries on the ledger: the ratio says what all of that costs together.

mod by_hand;
mod world;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, ensure};
use engine::{Begin, CaseAct, CaseCommand, Command, Engine, Given};
use model::Locale;
use store::Place;
use uuid::Uuid;

use self::world::{CALIBRATOR, Reviewed};
use crate::{
    analyze,
    client::{once, request, signed_in},
    hand::{Cell, Hand, Said},
    listen,
    report::{self, CONNECTIONS, Goal, Row},
};

/// The workflow that is measured, and the entity it is about.
const REVIEW: &str = "review";
/// Everybody of the sample organisation: for so many the goals are meant.
const EVERYBODY: usize = 2_150;
/// The step at which the same few people are asked about everybody.
const CALIBRATE: &str = "calibrate";
/// Cases that have ended.
const ENDED: &str = "SELECT CAST(count(*) AS TEXT) FROM loam_case WHERE workflow = 'review' AND ended IS NOT NULL";
/// How often the inbox is opened.
const OPENED: usize = 21;
/// Answers that one case takes at most.
const MOST_ANSWERS: usize = 40;

/// Somebody who is asked.
struct Task {
    case: Uuid,
    number: u32,
    account: Uuid,
    step: String,
}

/// How long the cases took.
#[derive(Default)]
struct Took {
    /// Answers given, and the time until all were written.
    answers: usize,
    answering: Duration,
    /// What the runner did meanwhile: waits that are over, the ledger, rules that watch what was written.
    following: Duration,
    /// The inbox of whoever had most to answer.
    inbox: Option<Inbox>,
}

/// An inbox with much in it.
struct Inbox {
    tasks: usize,
    loam: Duration,
    hand: Duration,
}

/// Reviews everybody; `quick` reviews the people of one centre. Answers a sentence for each ratio below its goal.
pub(crate) async fn report(database: &str, place: &Place, folder: &Path, quick: bool) -> Result<Vec<String>> {
    let (engine, reviewed) = world::made(place, &folder.join("review"), quick).await?;
    let people = reviewed.begun.iter().map(|(_, records)| records.len()).sum::<usize>();
    analyze(place).await?;
    let hand = Hand::open(place).await?;

    let start = Instant::now();
    for (who, records) in &reviewed.begun {
        begin(&engine, &reviewed, *who, records).await?;
    }
    let begun = start.elapsed();
    let took = answered(&engine, &reviewed, &hand, people).await?;
    let ended: usize = hand.one(ENDED).await?.context("no count")?.parse()?;
    ensure!(ended == people, "{ended} of {people} cases have ended, and nobody is asked any more");

    let same = by_hand::read(&hand).await?;
    let (tasks, events, transactions) = (same.tasks, same.events, same.deeds.len());
    let start = Instant::now();
    hand.all(same.starts).await?;
    let begun_by_hand = start.elapsed();
    let start = Instant::now();
    hand.all(same.deeds).await?;
    let ended_by_hand = start.elapsed();

    let rate = |many: usize, time: Duration| many as f64 / time.as_secs_f64();
    let inbox = took.inbox.as_ref().context("nobody was asked about everybody")?;
    let rows = [
        Row::of("cases begun in bulk", None, &[(rate(people, begun), rate(people, begun_by_hand))]),
        Row::of(
            "cases answered to their end",
            None,
            &[(rate(people, took.answering + took.following), rate(people, ended_by_hand))],
        ),
        Row::of("answers", None, &[(rate(took.answers, took.answering), rate(transactions, ended_by_hand))]),
        Row::of("inbox, all of them open", None, &[(rate(1, inbox.loam), rate(1, inbox.hand))]),
    ];
    let title = format!("{database}, review of {people} people, beside the same cases, tasks and events in plain SQL");
    let below = report::print(&title, &rows);
    figures(database, people, (begun, &took, inbox), (tasks, events, transactions));
    hand.close().await;
    engine.store().close().await;
    Ok(below)
}

/// Prints what stands beside what we mean to reach, and how much was written.
fn figures(
    database: &str,
    people: usize,
    (begun, took, inbox): (Duration, &Took, &Inbox),
    (tasks, events, transactions): (usize, usize, usize),
) {
    let milliseconds = |time: Duration| Some(time.as_secs_f64() * 1e3);
    // The goal is meant for everybody.
    let bulk = if people < EVERYBODY { Goal::None } else { Goal::AtMost(10_000.0) };
    let answers = if database == "SQLite" { 500.0 } else { 1_000.0 };
    report::head(&format!(
        "{database}, review of {people} people: {tasks} tasks, {events} events, {transactions} transactions"
    ));
    report::tell("begun in bulk", milliseconds(begun), "ms", bulk);
    let rate = took.answers as f64 / took.answering.as_secs_f64();
    report::tell("answers", Some(rate), "/s", Goal::AtLeast(answers));
    report::tell("the runner's part until all have ended", milliseconds(took.following), "ms", Goal::None);
    report::tell(&format!("inbox with {} tasks", inbox.tasks), milliseconds(inbox.loam), "ms", Goal::AtMost(50.0));
    report::tell("the same lines by a SELECT", milliseconds(inbox.hand), "ms", Goal::None);
}

/// Begins cases about records, as one command.
async fn begin(engine: &Engine, reviewed: &Reviewed, who: Uuid, records: &[Uuid]) -> Result<()> {
    let account = reviewed.accounts.get(&who).context("no such account")?;
    let start = |record: &Uuid| {
        let begin = Begin { workflow: REVIEW.to_owned(), record: *record, ..Begin::default() };
        Command::Case(CaseCommand::Start(begin))
    };
    let command = Command::Bulk(records.iter().map(start).collect());
    let outcome = engine.execute(&engine.actor(account, Locale::En), command).await;
    let outcome = outcome.map_err(|error| anyhow!("the cases cannot be begun: {error:?}"))?;
    ensure!(outcome.cases.len() == records.len(), "{} cases of {}", outcome.cases.len(), records.len());
    Ok(())
}

/// Answers whatever is asked until nothing is.
async fn answered(engine: &Engine, reviewed: &Arc<Reviewed>, hand: &Hand, people: usize) -> Result<Took> {
    let mut took = Took::default();
    for _ in 0..MOST_ANSWERS {
        let start = Instant::now();
        while engine.turn("bench").await? > 0 {}
        took.following += start.elapsed();
        let tasks = open(hand).await?;
        if tasks.is_empty() {
            break;
        }
        let calibrating = tasks.iter().filter(|task| task.step == CALIBRATE).count();
        if took.inbox.is_none() && calibrating * 2 > people {
            took.inbox = Some(inbox(engine, reviewed, hand).await?);
        }
        took.answers += tasks.len();
        let start = Instant::now();
        answer_all(engine, reviewed, tasks).await?;
        took.answering += start.elapsed();
    }
    Ok(took)
}

/// One task of each case that asks somebody.
async fn open(hand: &Hand) -> Result<Vec<Task>> {
    let select = "SELECT CAST(t.case_id AS TEXT), CAST(t.number AS TEXT), CAST(t.account AS TEXT), t.step FROM loam_case_task t \
                  JOIN loam_case c ON c.id = t.case_id WHERE t.state = 'open' AND c.workflow = 'review' \
                  ORDER BY t.case_id, t.number";
    let mut seen = BTreeSet::new();
    let mut tasks = Vec::new();
    for row in hand.rows(&Said::new(&select.into(), [])).await? {
        let [Some(case), Some(number), Some(account), Some(step)] = row.as_slice() else { continue };
        let case: Uuid = case.parse()?;
        if seen.insert(case) {
            tasks.push(Task { case, number: number.parse()?, account: account.parse()?, step: step.to_string() });
        }
    }
    Ok(tasks)
}

/// Answers as many at the same time as a measure has connections.
async fn answer_all(engine: &Engine, reviewed: &Arc<Reviewed>, tasks: Vec<Task>) -> Result<()> {
    let (tasks, next) = (Arc::new(tasks), Arc::new(AtomicUsize::new(0)));
    let mut workers = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let (engine, reviewed) = (engine.clone(), reviewed.clone());
        let (tasks, next) = (tasks.clone(), next.clone());
        workers.push(tokio::spawn(async move {
            while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                answer(&engine, &reviewed, task).await?;
            }
            Ok::<(), anyhow::Error>(())
        }));
    }
    for worker in workers {
        worker.await??;
    }
    Ok(())
}

async fn answer(engine: &Engine, reviewed: &Reviewed, task: &Task) -> Result<()> {
    let account = reviewed.accounts.get(&task.account).context("somebody without an account is asked")?;
    let given = |name: &str, text: &str| (name.to_owned(), Given::Value(text.into()));
    let fields = match task.step.as_str() {
        "self" => vec![given("self_grade", "B"), given("self_text", "What was planned was done, and in time.")],
        "manager" => vec![given("manager_grade", "B"), given("manager_text", "Reliable work, well explained.")],
        _ => Vec::new(),
    };
    let act = CaseAct::Decide { task: task.number, yes: true, text: String::new(), signature: None };
    let command = CaseCommand::Act { case: task.case, act, fields, files: Vec::new(), expected: None };
    let done = engine.execute(&engine.actor(account, Locale::En), Command::Case(command)).await;
    done.map_err(|error| anyhow!("`{}` cannot answer at `{}`: {error:?}", account.login, task.step))?;
    Ok(())
}

/// Opens the inbox of somebody who is asked about everybody, and asks the database for the same lines.
async fn inbox(engine: &Engine, reviewed: &Reviewed, hand: &Hand) -> Result<Inbox> {
    let router = server::router(server::AppState::new(engine.clone(), server::Options::default()));
    let address = listen(router).await?;
    let bearer = signed_in(address, CALIBRATOR).await?;
    let page = request("GET", "/inbox", &[("authorization", &bearer)], "");
    let account: Cell = Some(reviewed.calibrator.to_string().into());
    let select = "SELECT CAST(c.id AS TEXT), c.workflow, t.step, CAST(t.opened AS TEXT), CAST(t.due AS TEXT), r.title \
                  FROM loam_case_task t JOIN loam_case c ON c.id = t.case_id JOIN ";
    let rest = " r ON r.id = c.record WHERE t.account = {$1} AND t.state = 'open' ORDER BY t.opened, c.id LIMIT 50";
    let lines = Said::new(&hand.words(&format!("{select}{}{rest}", reviewed.table)), [account.clone()]);
    let count = "SELECT CAST(count(*) AS TEXT) FROM loam_case_task WHERE account = {$1} AND state = 'open'";
    let count = Said::new(&hand.words(count), [account]);
    let (mut loam, mut by_hand, mut tasks) = (Vec::new(), Vec::new(), 0);
    for _ in 0..OPENED {
        let start = Instant::now();
        once(address, &page).await?;
        loam.push(start.elapsed());
        let start = Instant::now();
        let found = hand.rows(&lines).await?;
        let many = hand.rows(&count).await?;
        by_hand.push(start.elapsed());
        ensure!(!found.is_empty(), "an inbox in which there is nothing");
        tasks = many.first().and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or_default();
    }
    Ok(Inbox { tasks, loam: median(loam), hand: median(by_hand) })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
