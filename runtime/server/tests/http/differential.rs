//! Who sees what, told twice: random apps, roles, rows and questions, answered by the server and by a plain telling of the
//! rules in memory. Every cell must agree.
//!
//! `LOAM_DIFFERENTIAL` says how many apps are tried on each database, [`APPS`] unless it is set; a failure names the seed.

mod condition;
mod dice;
mod telling;
mod unmoved;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use engine::{Command, Given};
use model::Uuid;
use serde_json::Value as Json;

use super::support::{Client, Site, encoded};
use condition::{Condition, Value};
use dice::Dice;
use telling::{Stored, Telling, target};
use world::{MASKED, World, fields};

/// Apps tried when nothing else is said: together they are more than [`CELLS`] cells on each database.
const APPS: u64 = 10;

/// Fewest cells that a run compares on one database.
const CELLS: usize = 100_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_and_the_rules_show_the_same() {
    let apps = std::env::var("LOAM_DIFFERENTIAL").ok().and_then(|text| text.parse().ok()).unwrap_or(APPS);
    let mut cells = 0;
    for seed in 1..=apps {
        cells += one(seed).await;
    }
    assert!(apps < APPS || cells >= CELLS, "only {cells} cells were compared");
}

/// Builds one app, asks everything of it, and answers how many cells were compared.
async fn one(seed: u64) -> usize {
    let world = World::random(seed);
    let site = Site::of(&world.files()).await;
    let stored = fill(&site, &world, &BTreeMap::new()).await;
    let mut cells = 0;
    for asker in &world.askers {
        let person = asker.person.map(|at| stored.rows("person")[at].0.parse().unwrap());
        let client = site.signed_in_as(&asker.login, &asker.roles, person).await;
        let telling = Telling { world: &world, stored: &stored, asker };
        let mut asked =
            Asked { client, telling, dice: Dice::new(seed * 31 + 7), at: format!("seed {seed}, {}", asker.login) };
        for entity in ["item", "top", "person"] {
            cells += asked.entity(entity).await;
        }
    }
    cells
}

/// Makes the rows and reads them back as they are stored, computed values included. `instead` has other values for `s` of
/// some items, by their position.
async fn fill(site: &Site, world: &World, instead: &BTreeMap<usize, i64>) -> Stored {
    let system = site.engine.system();
    let mut ids: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for entity in ["unit", "person", "top", "item"] {
        ids.insert(entity, world.rows[entity].iter().map(|_| site.engine.new_id()).collect());
    }
    for (entity, late) in [("unit", false), ("person", false), ("unit", true), ("top", false), ("item", false)] {
        for (at, (row, id)) in world.rows[entity].iter().zip(&ids[entity]).enumerate() {
            let mut given: Vec<(String, Given)> = Vec::new();
            for (field, value) in row.iter().filter(|(field, _)| entity != "unit" || late == (**field == "head")) {
                let reference = matches!(*field, "parent" | "head" | "unit" | "manager" | "owner" | "up");
                let other = instead.get(&at).filter(|_| *field == "s");
                let value = match value {
                    _ if other.is_some() => Json::from(other.copied()),
                    Value::Null => Json::Null,
                    Value::Bool(flag) => Json::Bool(*flag),
                    Value::Number(at) if reference => Json::from(ids[target(field)][*at as usize].to_string()),
                    Value::Number(number) if *field == "d" => {
                        Json::from(format!("{}.{:02}", number / 100, number % 100))
                    }
                    Value::Number(number) => Json::from(number / 100),
                    Value::Text(text) => Json::from(text.as_str()),
                };
                given.push(((*field).to_owned(), Given::Json(value)));
            }
            let of = system.edition.app.entity_named(entity).unwrap().id;
            let command = match late {
                true => Command::Update { entity: of, id: *id, expected: None, fields: given },
                false => Command::Create { entity: of, id: Some(*id), fields: given },
            };
            site.engine.execute(&system, command).await.unwrap();
        }
    }
    let mut stored = BTreeMap::new();
    for entity in ["unit", "person", "top", "item"] {
        let app = &system.edition.app;
        let found = app.entity_named(entity).unwrap();
        let names: Vec<&'static str> = match entity {
            "unit" => vec!["code", "parent", "head"],
            entity => fields(entity).to_vec(),
        };
        let mut rows = Vec::new();
        for id in &ids[entity] {
            let columns = names.iter().map(|name| app.path(found.id, name).unwrap()).collect();
            let get = policy::Get { entity: found.id, id: *id, columns, bin: policy::Bin::Outside };
            let row = site.engine.query(&system, get).await.unwrap().unwrap();
            let values = names.iter().copied().zip(row.values.iter().map(plain)).collect();
            rows.push((id.to_string(), values));
        }
        stored.insert(entity, rows);
    }
    Stored(stored)
}

fn plain(value: &model::Value) -> Value {
    match value {
        model::Value::Bool(flag) => Value::Bool(*flag),
        model::Value::Text(text) => Value::Text(text.clone()),
        model::Value::Id(id) => Value::Text(id.to_string()),
        model::Value::Null => Value::Null,
        number => hundredths(&number.as_decimal().unwrap().to_string()),
    }
}

fn hundredths(text: &str) -> Value {
    let number: model::Decimal = text.parse().unwrap();
    Value::Number((number * model::Decimal::from(100)).normalize().to_string().parse().unwrap())
}

/// A value of an answer.
fn told(json: Option<&Json>) -> Value {
    match json {
        None | Some(Json::Null) => Value::Null,
        Some(Json::Bool(flag)) => Value::Bool(*flag),
        Some(Json::Number(number)) => hundredths(&number.to_string()),
        // Exact decimals travel as texts.
        Some(Json::String(text)) => match text.parse::<model::Decimal>() {
            Ok(_) if text.contains('.') => hundredths(text),
            _ => Value::Text(text.clone()),
        },
        Some(other) => panic!("{other}"),
    }
}

/// Somebody asking the server, beside the telling of what they should learn.
struct Asked<'a> {
    client: Client,
    telling: Telling<'a>,
    dice: Dice,
    at: String,
}

impl Asked<'_> {
    async fn entity(&mut self, entity: &'static str) -> usize {
        let base = format!("/api/v1/demo/{entity}");
        let ids: Vec<String> = self.telling.stored.rows(entity).iter().map(|(id, _)| id.clone()).collect();
        let visible: Vec<&String> = ids.iter().filter(|id| self.telling.visible(entity, id)).collect();
        let all = self.client.get(&format!("{base}?limit=200")).await;
        if all.status == StatusCode::FORBIDDEN {
            assert!(visible.is_empty(), "{}: {entity} is closed, and {} rows should be open", self.at, visible.len());
            return 1;
        }
        let mut cells = self.rows(entity, &all.json(), &visible, fields(entity), "all");
        // What references lead to.
        if entity != "person" {
            let nested = if entity == "item" { self.dice.one(&["up.b", "up.z"]) } else { "owner.name" };
            let answer = self.client.get(&format!("{base}?limit=200&fields={nested}")).await;
            if answer.status == StatusCode::OK {
                cells += self.nested(entity, &answer.json(), nested);
            } else {
                assert!(!self.telling.ever(entity, nested), "{}: {entity}?fields={nested} {}", self.at, answer.text());
            }
        }
        if entity != "person" {
            cells += self.secret(&base).await;
        }
        for _ in 0..8 {
            cells += self.filtered(entity, &base, &ids).await;
        }
        for _ in 0..4 {
            cells += self.sorted(entity, &base, &visible).await;
        }
        if entity == "item" {
            cells += self.summed(&base, &visible).await + self.searched(&base, &ids).await;
        }
        for _ in 0..6 {
            let id = ids[self.dice.below(ids.len())].clone();
            let answer = self.client.get(&format!("{base}/{id}")).await;
            let open = self.telling.visible(entity, &id);
            assert_eq!(answer.status == StatusCode::OK, open, "{}: {entity} {id} {}", self.at, answer.text());
            if entity != "person" {
                let field = self.dice.one(&MASKED);
                let wanted = serde_json::json!({"fields": [field], "reason": "compared"});
                let answer = self.client.post(&format!("{base}/{id}/uncover"), wanted).await;
                let may = self.telling.uncovers(entity, &id);
                assert_eq!(answer.status == StatusCode::OK, may, "{}: {entity} {id} {}", self.at, answer.text());
                if may {
                    let whole = self.telling.stored.row(entity, &id).and_then(|row| row.get(field)).cloned();
                    assert_eq!(Some(told(answer.json()["fields"].get(field))), whole, "{}: {entity} {id}", self.at);
                }
                cells += 1;
            }
            if open {
                let item = answer.json();
                for field in fields(entity) {
                    self.cell(entity, &id, field, told(item.get(field)), "one");
                    cells += 1;
                }
            }
        }
        cells
    }

    /// A secret is shown, and nothing else is done with it, whoever asks.
    async fn secret(&self, base: &str) -> usize {
        let asked = [
            "?sort=z".to_owned(),
            "/aggregate?group=z&measures=count".to_owned(),
            "/aggregate?measures=distinct(z)".to_owned(),
            format!("?filter={}", encoded("z == \"abc\"")),
            format!("?filter={}", encoded("z == null")),
        ];
        for part in &asked {
            let answer = self.client.get(&format!("{base}{part}")).await;
            assert!(!answer.status.is_success(), "{}: {base}{part} {}", self.at, answer.text());
        }
        asked.len()
    }

    /// Compares one cell.
    fn cell(&self, entity: &'static str, id: &str, field: &str, found: Value, asked: &str) {
        let expected = self.telling.shown(entity, id, field);
        // A result over several records is shown where the rule can be said of the parent alone: never more than may be
        // known, sometimes less.
        if matches!(field, "sum" | "most") && found == Value::Null {
            return;
        }
        assert_eq!(found, expected, "{}: {entity} {id} {field} ({asked})", self.at);
    }

    /// Compares a list of whole rows; they come in the order of their ids.
    fn rows(&self, entity: &'static str, body: &Json, expected: &[&String], names: &[&str], asked: &str) -> usize {
        let items = body["items"].as_array().unwrap();
        let found: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(found, expected.iter().map(|id| id.as_str()).collect::<Vec<_>>(), "{}: {entity} {asked}", self.at);
        for item in items {
            for name in names {
                self.cell(entity, item["id"].as_str().unwrap(), name, told(item.get(*name)), asked);
            }
        }
        items.len() * names.len()
    }

    fn nested(&self, entity: &'static str, body: &Json, path: &str) -> usize {
        let (hop, field) = path.split_once('.').unwrap();
        let items = body["items"].as_array().unwrap();
        for item in items {
            let id = item["id"].as_str().unwrap();
            let reference = self.telling.shown(entity, id, hop);
            let (found, inner) = (told(item[hop].get("id")), told(item[hop].get(field)));
            assert_eq!(found, reference, "{}: {entity} {id} {hop}", self.at);
            let expected = match &reference {
                Value::Text(next) if self.telling.visible(target(hop), next) => {
                    self.telling.shown(target(hop), next, field)
                }
                _ => Value::Null,
            };
            assert_eq!(inner, expected, "{}: {entity} {id} {path}", self.at);
        }
        items.len() * 2
    }

    async fn filtered(&mut self, entity: &'static str, base: &str, ids: &[String]) -> usize {
        let filter = Condition::random(&mut self.dice, entity, 1);
        let answer = self.client.get(&format!("{base}?limit=200&filter={}", encoded(&filter.text()))).await;
        if answer.status != StatusCode::OK {
            // Refused as a whole only when it names something of which no row shows anything.
            let mut paths = BTreeSet::new();
            filter.paths(&mut paths);
            let never = paths.iter().any(|path| !self.telling.ever(entity, path));
            assert!(never, "{}: {entity} {} {}", self.at, filter.text(), answer.text());
            return 1;
        }
        let expected: Vec<&String> = ids
            .iter()
            .filter(|id| self.telling.visible(entity, id) && self.telling.selects(&filter, entity, id))
            .collect();
        self.rows(entity, &answer.json(), &expected, fields(entity), &filter.text()) + expected.len()
    }

    async fn sorted(&mut self, entity: &'static str, base: &str, visible: &[&String]) -> usize {
        let by = self.dice.one(if entity == "person" { &["grade", "name"] } else { &["a", "b", "p"] });
        let down = self.dice.chance(50);
        let answer = self.client.get(&format!("{base}?limit=200&sort={}{by}", if down { "-" } else { "" })).await;
        if answer.status != StatusCode::OK {
            assert!(!self.telling.ever(entity, by), "{}: {entity} by {by} {}", self.at, answer.text());
            return 1;
        }
        let mut keyed: Vec<(Value, &String)> =
            visible.iter().map(|id| (self.telling.usable(entity, id, by), *id)).collect();
        keyed.sort_by(|(left, a), (right, b)| {
            let order = match (left == &Value::Null, right == &Value::Null) {
                (false, false) if down => right.cmp(left),
                (false, false) => left.cmp(right),
                (left, right) => left.cmp(&right),
            };
            order.then(a.cmp(b))
        });
        let expected: Vec<&String> = keyed.into_iter().map(|(_, id)| id).collect();
        self.rows(entity, &answer.json(), &expected, fields(entity), &format!("by {by}"))
    }

    async fn summed(&mut self, base: &str, visible: &[&String]) -> usize {
        let by = self.dice.one(&["b", "c"]);
        let of = self.dice.one(&["a", "k1", "k3"]);
        let answer = self.client.get(&format!("{base}/aggregate?group={by}&measures=count,sum({of})")).await;
        if answer.status != StatusCode::OK {
            let never = !self.telling.ever("item", by) || !self.telling.ever("item", of);
            assert!(never, "{}: {by}, {of}: {}", self.at, answer.text());
            return 1;
        }
        let mut expected: BTreeMap<Value, (i64, Option<i64>)> = BTreeMap::new();
        for id in visible {
            let group = expected.entry(self.telling.usable("item", id, by)).or_default();
            group.0 += 1;
            if let Value::Number(number) = self.telling.usable("item", id, of) {
                group.1 = Some(group.1.unwrap_or(0) + number);
            }
        }
        let body = answer.json();
        let found: BTreeMap<Value, (i64, Option<i64>)> = body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                let sum = match told(item.get(format!("sum({of})"))) {
                    Value::Number(number) => Some(number),
                    _ => None,
                };
                (told(item.get(by)), (item["count"].as_i64().unwrap(), sum))
            })
            .collect();
        assert_eq!(found, expected, "{}: {by}, {of}", self.at);
        found.len() * 3
    }

    async fn searched(&mut self, base: &str, ids: &[String]) -> usize {
        let part = self.dice.one(&["a", "x", "by"]);
        let answer = self.client.get(&format!("{base}?limit=200&search={part}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let holds =
            |id: &&String| matches!(self.telling.usable("item", id, "b"), Value::Text(text) if text.contains(part));
        let expected: Vec<&String> = ids.iter().filter(|id| self.telling.visible("item", id)).filter(holds).collect();
        self.rows("item", &answer.json(), &expected, fields("item"), &format!("search {part}")) + 1
    }
}
