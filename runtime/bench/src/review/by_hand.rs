//! The rows that the cases left, to be written once more by hand: the same cases, tasks and events, and as many transactions.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};

use crate::hand::{Cell, Deed, Hand, Said};

/// Tables as Loam has them, with the indexes that such lists need.
const TABLES: &str = "
CREATE TABLE hand_case (id ID PRIMARY KEY, workflow TEXT NOT NULL, entity TEXT NOT NULL, record ID NOT NULL, starter ID NOT NULL, state TEXT NOT NULL, outcome TEXT, started TEXT NOT NULL, ended TEXT, document TEXT NOT NULL);
CREATE INDEX hand_case_record ON hand_case (record, id);
CREATE INDEX hand_case_starter ON hand_case (starter, id);
CREATE INDEX hand_case_workflow ON hand_case (workflow, state, id);
CREATE TABLE hand_task (case_id ID NOT NULL, number TEXT NOT NULL, account ID NOT NULL, step TEXT NOT NULL, state TEXT NOT NULL, opened TEXT, ended TEXT, due TEXT, PRIMARY KEY (case_id, number));
CREATE INDEX hand_task_open ON hand_task (account, opened) WHERE state = 'open';
CREATE INDEX hand_task_ended ON hand_task (account, ended) WHERE ended IS NOT NULL;
CREATE TABLE hand_event (id ID PRIMARY KEY, case_id ID NOT NULL, at TEXT NOT NULL, act TEXT NOT NULL, account ID, step TEXT, task TEXT, told TEXT NOT NULL, words TEXT NOT NULL, target TEXT);
CREATE INDEX hand_event_case ON hand_event (case_id, id);
";

const CASES: &str = "SELECT CAST(id AS TEXT), workflow, entity, CAST(record AS TEXT), CAST(starter AS TEXT), state, outcome, \
                     CAST(started AS TEXT), CAST(ended AS TEXT), CAST(document AS TEXT) FROM loam_case WHERE workflow = 'review'";
const TASKS: &str = "SELECT CAST(case_id AS TEXT), CAST(number AS TEXT), CAST(account AS TEXT), step, state, CAST(opened AS TEXT), \
                     CAST(ended AS TEXT), CAST(due AS TEXT) FROM loam_case_task ORDER BY case_id, number";
const EVENTS: &str = "SELECT CAST(id AS TEXT), CAST(case_id AS TEXT), CAST(at AS TEXT), act, CAST(account AS TEXT), step, \
                      CAST(task AS TEXT), CAST(told AS TEXT), words, target FROM loam_case_event ORDER BY id";

/// What is written by hand.
pub(super) struct Same {
    /// Beginning the cases: a transaction for each command that did.
    pub(super) starts: Vec<Deed>,
    /// Everything after, in the order in which it happened.
    pub(super) deeds: Vec<Deed>,
    /// How many rows of tasks there are.
    pub(super) tasks: usize,
    /// How many of events.
    pub(super) events: usize,
}

/// A case as it was in the end, of which each transaction writes how it stands.
struct Case {
    started: Arc<str>,
    add: Vec<Cell>,
    stands: Vec<Cell>,
}

/// The statements of a hand-written process.
struct Words {
    lock: Arc<str>,
    add: Arc<str>,
    save: Arc<str>,
    ask: Arc<str>,
    end: Arc<str>,
    note: Arc<str>,
}

impl Words {
    fn of(hand: &Hand) -> Self {
        let said = |sql: &str| hand.words(sql);
        Self {
            lock: said("SELECT state, document FROM hand_case WHERE id = {$1} LOCKED"),
            add: said(
                "INSERT INTO hand_case (id, workflow, entity, record, starter, started, state, document) VALUES ({$1}, $2, $3, {$4}, {$5}, $6, 'running', $7)",
            ),
            save: said("UPDATE hand_case SET state = $2, outcome = $3, ended = $4, document = $5 WHERE id = {$1}"),
            ask: said(
                "INSERT INTO hand_task (case_id, number, account, step, state, opened, due) VALUES ({$1}, $2, {$3}, $4, 'open', $5, $6)",
            ),
            end: said("UPDATE hand_task SET state = $3, ended = $4 WHERE case_id = {$1} AND number = $2"),
            note: said(
                "INSERT INTO hand_event (id, case_id, at, act, account, step, task, told, words, target) VALUES ({$1}, {$2}, $3, $4, {$5}, $6, $7, $8, $9, $10)",
            ),
        }
    }
}

/// Makes the tables, and reads what there is to write.
///
/// # Errors
/// The database refuses.
pub(super) async fn read(hand: &Hand) -> Result<Same> {
    hand.make(TABLES).await?;
    let words = Words::of(hand);
    let mut cases: BTreeMap<Arc<str>, Case> = BTreeMap::new();
    for row in hand.rows(&Said::new(&CASES.into(), [])).await? {
        let [id, workflow, entity, record, starter, state, outcome, started, ended, document] = cells(row)?;
        let key = id.clone().context("a case without an id")?;
        let begun = started.clone().context("a case that never started")?;
        let add = vec![id.clone(), workflow, entity, record, starter, started, document.clone()];
        let stands = vec![id, state, outcome, ended, document];
        cases.insert(key, Case { started: begun, add, stands });
    }
    let (mut tasks, mut events) = (0, 0);
    // What happened in a case at one moment happened in one transaction.
    let mut told: BTreeMap<(Arc<str>, Arc<str>), Deed> = BTreeMap::new();
    for row in hand.rows(&Said::new(&TASKS.into(), [])).await? {
        let [case, number, account, step, state, opened, ended, due] = cells(row)?;
        let Some((key, known)) = case.as_ref().and_then(|case| cases.get_key_value(case)) else { continue };
        let since = opened.clone().unwrap_or_else(|| known.started.clone());
        let ask = [case.clone(), number.clone(), account, step, Some(since.clone()), due];
        told.entry((since, key.clone())).or_default().push(Said::new(&words.ask, ask));
        if let Some(at) = &ended {
            let end = Said::new(&words.end, [case.clone(), number, state, ended.clone()]);
            told.entry((at.clone(), key.clone())).or_default().push(end);
        }
        tasks += 1;
    }
    for row in hand.rows(&Said::new(&EVENTS.into(), [])).await? {
        let (Some(Some(case)), Some(Some(at))) = (row.get(1).cloned(), row.get(2).cloned()) else { continue };
        if cases.contains_key(&case) {
            told.entry((at, case)).or_default().push(Said::new(&words.note, row));
            events += 1;
        }
    }
    let (starts, deeds) = transactions(&words, &cases, told);
    Ok(Same { starts, deeds, tasks, events })
}

/// Puts each case's own row around what was written of it. Those that began together begin in one transaction.
fn transactions(
    words: &Words,
    cases: &BTreeMap<Arc<str>, Case>,
    told: BTreeMap<(Arc<str>, Arc<str>), Deed>,
) -> (Vec<Deed>, Vec<Deed>) {
    let mut starts: BTreeMap<Arc<str>, Deed> = BTreeMap::new();
    let mut deeds = Vec::new();
    for ((at, id), rows) in told {
        let Some(case) = cases.get(&id) else { continue };
        if at == case.started {
            let start = starts.entry(at).or_default();
            start.push(Said::new(&words.add, case.add.iter().cloned()));
            start.extend(rows);
        } else {
            let mut deed = vec![Said::new(&words.lock, [Some(id)])];
            deed.extend(rows);
            deed.push(Said::new(&words.save, case.stands.iter().cloned()));
            deeds.push(deed);
        }
    }
    (starts.into_values().collect(), deeds)
}

fn cells<const N: usize>(row: Vec<Cell>) -> Result<[Cell; N]> {
    row.try_into().map_err(|row: Vec<Cell>| anyhow::anyhow!("a row of {} columns, not {N}", row.len()))
}
