//! Numbers without names of answers, told a second time: cell by cell, those of too few people and those not told yet left
//! out of every number. And that nothing else is to be had of answers by that right.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use engine::{Command, CommandError, Given};
use model::Decimal;
use serde_json::Value as Json;

use super::{
    super::support::{Site, encoded},
    Asked, Stored, Telling,
    condition::{Condition, Value},
    hundredths,
    telling::Cells,
    told,
    world::{World, fields},
};

/// The API of answers.
const BASE: &str = "/api/v1/demo/answer";

/// What is measured: fields of the answer, and one of what it is about.
const MEASURED: [&str; 3] = ["score", "mark", "top.a"];

/// What is known of a group: how many answers, and per field the sum and how many gave a value.
#[derive(Default)]
struct Group {
    count: i64,
    sums: [Option<(i64, i64)>; MEASURED.len()],
}

/// Whoever asks to change an answer that is told, or to take back that it is, is refused. Answers how many tries there were.
pub(super) async fn settled(site: &Site, world: &World, stored: &Stored) -> usize {
    let system = site.engine.system();
    let app = &system.edition.app;
    let refused = async |command: Command| {
        let done = site.engine.execute(&system, command).await;
        let Err(CommandError::Invalid(faults)) = &done else { panic!("{done:?}") };
        assert!(faults.iter().any(|fault| fault.code == "told-already"), "{done:?}");
    };
    let telling = Telling::of(world, stored, &world.askers[0]);
    let mut tried = 0;
    if world.answers.opens.is_none() {
        return tried;
    }
    for (id, row) in stored.rows("answer").iter().filter(|(id, _)| telling.opened(id)).step_by(7) {
        let (entity, id) = (app.entity_named("answer").unwrap().id, id.parse().unwrap());
        let fields = vec![("score".to_owned(), Given::Json(Json::from(77)))];
        refused(Command::Update { entity, id, expected: None, fields }).await;
        refused(Command::Delete { entity, id, expected: None }).await;
        let Some(Value::Text(top)) = row.get("top") else { panic!("an answer about nothing is told") };
        let (entity, id) = (app.entity_named("top").unwrap().id, top.parse().unwrap());
        let fields = vec![("o".to_owned(), Given::Json(Json::Bool(false)))];
        refused(Command::Update { entity, id, expected: None, fields }).await;
        tried += 3;
    }
    tried
}

impl Asked<'_> {
    /// Asks for numbers of answers, for the answers themselves, and for what is made of them.
    pub(super) async fn nameless(&mut self) -> usize {
        let mut cells = self.answers().await + self.heard().await + self.sly().await;
        for _ in 0..5 {
            cells += self.counted().await;
        }
        cells
    }

    /// The answers themselves are for whoever reads them.
    pub(super) async fn answers(&self) -> usize {
        let telling = &self.telling;
        let ids = telling.stored.rows("answer").iter().map(|(id, _)| id);
        let visible: Vec<&String> = ids.filter(|id| telling.visible("answer", id)).collect();
        let answer = self.client.get(&format!("{BASE}?limit=200")).await;
        if answer.status == StatusCode::FORBIDDEN {
            assert!(visible.is_empty(), "{}: answers are closed, and {} should be open", self.at, visible.len());
            return 1;
        }
        self.rows("answer", &answer.json(), &visible, fields("answer"), "all")
    }

    /// A sum over answers is shown where all of them are read, however many people gave them.
    async fn heard(&self) -> usize {
        let answer = self.client.get("/api/v1/demo/top?limit=200&fields=heard").await;
        if answer.status != StatusCode::OK {
            // It is refused where only some answers are read, whichever they are.
            let read = self.telling.ever("top", "heard") && self.telling.everywhere("answer", "score");
            assert!(!read, "{}: {}", self.at, answer.text());
            return 1;
        }
        let tops = self.telling.stored.rows("top").iter().map(|(id, _)| id);
        let visible: Vec<&String> = tops.filter(|id| self.telling.visible("top", id)).collect();
        self.rows("top", &answer.json(), &visible, &["heard"], "heard")
    }

    /// What would part a cell, or is somebody's own, is refused whoever asks.
    async fn sly(&self) -> usize {
        let mut asked: Vec<String> = [
            "group=who&measures=count",
            "group=top.b&measures=count",
            "measures=min(score)",
            "measures=max(mark)",
            "measures=distinct(who)",
            "measures=count&search=a",
        ]
        .map(str::to_owned)
        .to_vec();
        for filter in ["score > 3", "who == actor.person", "top.a > 1", "REPORTS_TO_ME(who)"] {
            asked.push(format!("measures=count&filter={}", encoded(filter)));
        }
        for part in &asked {
            let answer = self.client.get(&format!("{BASE}/aggregate?anonymous=true&{part}")).await;
            assert!(answer.status.is_client_error(), "{}: {part} {}", self.at, answer.text());
        }
        asked.len()
    }

    /// Counts, sums and means, of all cells or of those that a filter selects.
    pub(super) async fn counted(&mut self) -> usize {
        let by = self.dice.some(&["top", "kind"], 50);
        let measured: Vec<usize> = (0..MEASURED.len()).filter(|_| self.dice.chance(60)).collect();
        let filter = self.dice.chance(50).then(|| Condition::cells(&mut self.dice));
        let mut measures = vec!["count".to_owned()];
        measures.extend(measured.iter().map(|at| format!("sum({})", MEASURED[*at])));
        measures.extend(measured.iter().map(|at| format!("avg({})", MEASURED[*at])));
        let mut address = format!("{BASE}/aggregate?anonymous=true&measures={}", measures.join(","));
        let mut paths: BTreeSet<&'static str> = measured.iter().map(|at| MEASURED[*at]).collect();
        paths.extend(&by);
        if !by.is_empty() {
            address.push_str(&format!("&group={}", by.join(",")));
        }
        if let Some(filter) = &filter {
            address.push_str(&format!("&filter={}", encoded(&filter.text())));
            filter.paths(&mut paths);
        }
        let telling = self.telling.numbers();
        let answer = self.client.get(&address).await;
        if answer.status != StatusCode::OK {
            let never = !telling.counts() || paths.iter().any(|path| !telling.ever("answer", path));
            assert!(never, "{}: {address}: {}", self.at, answer.text());
            return 1;
        }
        assert!(telling.counts(), "{}: {address}", self.at);
        let expected = groups(&telling, &by, filter.as_ref());
        let body = answer.json();
        let items = body["items"].as_array().unwrap();
        assert_eq!(items.len(), expected.len(), "{}: {address} {body}", self.at);
        for item in items {
            let key: Vec<Value> = by.iter().map(|path| told(item.get(*path))).collect();
            let group = expected.get(&key).unwrap_or_else(|| panic!("{}: {address} {key:?}", self.at));
            assert_eq!(number(&item["count"]), Value::Number(group.count * 100), "{}: {address} {key:?}", self.at);
            for at in &measured {
                let (sum, avg) = (&item[&format!("sum({})", MEASURED[*at])], &item[&format!("avg({})", MEASURED[*at])]);
                let known = group.sums[*at];
                let wanted = known.map_or(Value::Null, |(sum, _)| Value::Number(sum));
                assert_eq!(number(sum), wanted, "{}: {address} {key:?}", self.at);
                assert!(mean(avg, known), "{}: {address} {key:?}: {avg} is not {known:?}", self.at);
            }
        }
        items.len() * (by.len() + measures.len())
    }
}

/// The groups, each over the cells of enough people that are told.
fn groups(telling: &Telling<'_>, by: &[&'static str], filter: Option<&Condition>) -> BTreeMap<Vec<Value>, Group> {
    let selected = |id: &str| {
        let asked = filter.is_none_or(|filter| telling.selects(filter, "answer", id));
        asked && telling.visible("answer", id) && telling.opened(id)
    };
    let stored = |row: &Cells, field: &str| row.get(field).cloned().unwrap_or(Value::Null);
    let mut cells: BTreeMap<(Value, Value), Vec<(&str, Value)>> = BTreeMap::new();
    for (id, row) in telling.stored.rows("answer").iter().filter(|(id, _)| selected(id)) {
        cells.entry((stored(row, "top"), stored(row, "kind"))).or_default().push((id.as_str(), stored(row, "who")));
    }
    let mut found: BTreeMap<Vec<Value>, Group> = BTreeMap::new();
    if by.is_empty() {
        found.insert(Vec::new(), Group::default());
    }
    for ((_, kind), answers) in &cells {
        let least = telling.world.answers.least(kind);
        if people(answers.iter()) < least {
            continue;
        }
        let key = by.iter().map(|path| telling.usable("answer", answers[0].0, path)).collect();
        let group = found.entry(key).or_default();
        group.count += i64::try_from(answers.len()).unwrap();
        for (path, sum) in MEASURED.iter().zip(&mut group.sums) {
            let value = |id: &str| match telling.usable("answer", id, path) {
                Value::Number(number) => Some(number),
                _ => None,
            };
            let giving: Vec<&(&str, Value)> = answers.iter().filter(|(id, _)| value(id).is_some()).collect();
            // A cell of enough people of whom too few gave a value is not in the numbers of that.
            if people(giving.iter().copied()) >= least {
                let (before, many) = sum.unwrap_or_default();
                let more: i64 = giving.iter().filter_map(|(id, _)| value(id)).sum();
                *sum = Some((before + more, many + i64::try_from(giving.len()).unwrap()));
            }
        }
    }
    found
}

/// How many different people gave them.
fn people<'v>(answers: impl Iterator<Item = &'v (&'v str, Value)>) -> usize {
    answers.map(|(_, who)| who).filter(|who| **who != Value::Null).collect::<BTreeSet<_>>().len()
}

/// A number of an answer in hundredths, whichever way it is written.
fn number(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) => hundredths(text),
        other => hundredths(&other.to_string()),
    }
}

/// Whether a mean is that of a sum in hundredths over so many values, as far as its places go.
fn mean(json: &Json, known: Option<(i64, i64)>) -> bool {
    let Some((sum, many)) = known else { return json.is_null() };
    let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    let Ok(mean) = text.parse::<Decimal>() else { return false };
    let (sum, many) = (Decimal::new(sum, 2), Decimal::from(many));
    (mean * many - sum).abs() <= Decimal::new(1, 8) * many
}
