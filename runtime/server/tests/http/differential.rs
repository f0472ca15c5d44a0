//! Who sees what, told twice: random apps, roles, rows and questions, answered by the server and by a plain telling of the
//! rules in memory. Every cell must agree.
//!
//! `LOAM_DIFFERENTIAL` says how many apps are tried on each database, [`APPS`] unless it is set; a failure names the seed.

mod absence;
mod answers;
mod condition;
mod dice;
mod leaving;
mod nameless;
mod numbers;
mod past;
mod telling;
mod unmoved;
mod why;
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
use world::{MASKED, Row, World, fields};

/// Apps tried when nothing else is said: together they are more than [`CELLS`] cells on each database.
const APPS: u64 = 7;

/// Fewest cells that a run compares on one database: 200,000 on both.
const CELLS: usize = 100_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_and_the_rules_show_the_same() {
    let apps = std::env::var("LOAM_DIFFERENTIAL").ok().and_then(|text| text.parse().ok()).unwrap_or(APPS);
    let mut cells = 0;
    for seed in 1..=apps {
        cells += one(seed).await;
    }
    println!("{cells} cells of {apps} apps were compared");
    assert!(apps < APPS || cells >= CELLS, "only {cells} cells were compared");
}

/// Builds one app, asks everything of it, and answers how many cells were compared.
async fn one(seed: u64) -> usize {
    let world = World::random(seed);
    let site = Site::of(&world.files()).await;
    let stored = fill(&site, &world, &BTreeMap::new()).await;
    let mut cells = nameless::settled(&site, &world, &stored).await;
    for asker in &world.askers {
        let person = asker.person.map(|at| stored.rows("person")[at].0.parse().unwrap());
        let client = site.signed_in_as(&asker.login, &asker.roles, person).await;
        let telling = Telling::of(&world, &stored, asker);
        let mut asked =
            Asked { client, telling, dice: Dice::new(seed * 31 + 7), at: format!("seed {seed}, {}", asker.login) };
        for entity in ["item", "top", "person"] {
            cells += asked.entity(entity).await;
        }
        cells += asked.file().await + asked.bin().await + asked.nameless().await;
    }
    cells + absence::stood_in(&site, &world, &stored, seed).await
}

/// Entities in an order in which each refers to earlier ones only, but for what units say of people.
const ENTITIES: [&str; 8] = ["unit", "person", "seat", "care", "tie", "top", "item", "answer"];

/// What is read back of an entity.
fn kept(entity: &str) -> Vec<&'static str> {
    let more: &[&str] = match entity {
        "unit" => return vec!["code", "parent", "head", "partners"],
        "seat" => return vec!["who", "unit", "manager", "since", "until"],
        "care" => return vec!["unit", "partners", "since", "until"],
        "tie" => return vec!["who", "dotted", "since", "until"],
        "person" => &["dotted"],
        "top" => &["o", "heard"],
        _ => &[],
    };
    fields(entity).iter().chain(more).copied().collect()
}

/// Makes the rows, puts some items and answers into the bin, opens what is to be told, and reads the others back as they are
/// stored, computed values included.
/// `instead` has other values for some items and answers, by their ids.
async fn fill(site: &Site, world: &World, instead: &BTreeMap<String, Row>) -> Stored {
    let system = site.engine.system();
    let app = &system.edition.app;
    let mut ids: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for entity in ENTITIES {
        ids.insert(entity, world.rows[entity].iter().map(|_| site.engine.new_id()).collect());
    }
    let steps = ENTITIES.into_iter().flat_map(|entity| match entity {
        "person" => vec![(entity, false), ("unit", true)],
        entity => vec![(entity, false)],
    });
    for (entity, late) in steps {
        for (row, id) in world.rows[entity].iter().zip(&ids[entity]) {
            let other = instead.get(&id.to_string());
            let given = row
                .iter()
                .filter(|(field, _)| entity != "unit" || late == matches!(**field, "head" | "partners"))
                .map(|(field, value)| (*field, other.and_then(|other| other.get(field)).unwrap_or(value)))
                .map(|(field, value)| (field.to_owned(), Given::Json(entered(field, value, &ids))))
                .collect();
            let of = app.entity_named(entity).unwrap().id;
            let command = match late {
                true => Command::Update { entity: of, id: *id, expected: None, fields: given },
                false => Command::Create { entity: of, id: Some(*id), fields: given },
            };
            site.engine.execute(&system, command).await.unwrap();
        }
    }
    let mut gone: Vec<Uuid> = Vec::new();
    for entity in ["item", "answer"] {
        let of = app.entity_named(entity).unwrap().id;
        for id in ids[entity].iter().copied().skip(5).step_by(13) {
            site.engine.execute(&system, Command::Delete { entity: of, id, expected: None }).await.unwrap();
            gone.push(id);
        }
    }
    // From now on what is told stays as it is.
    let tops = app.entity_named("top").unwrap().id;
    for at in &world.answers.opened {
        let fields = vec![("o".to_owned(), Given::Json(Json::Bool(true)))];
        let command = Command::Update { entity: tops, id: ids["top"][*at], expected: None, fields };
        site.engine.execute(&system, command).await.unwrap();
    }
    let mut live = BTreeMap::new();
    for entity in ENTITIES {
        let found = app.entity_named(entity).unwrap();
        let names = kept(entity);
        let mut rows = Vec::new();
        for id in ids[entity].iter().filter(|id| !gone.contains(id)) {
            let columns = names.iter().map(|name| app.path(found.id, name).unwrap()).collect();
            let get = policy::Get { entity: found.id, id: *id, columns, bin: policy::Bin::Outside };
            let row = site.engine.query(&system, get).await.unwrap().unwrap();
            let values = names.iter().copied().zip(row.values.iter().map(plain)).collect();
            rows.push((id.to_string(), values));
        }
        live.insert(entity, rows);
    }
    let gone = ids["item"].iter().filter(|id| gone.contains(id)).map(ToString::to_string).collect();
    Stored { live, gone }
}

/// A value of the world as it is entered.
fn entered(field: &str, value: &Value, ids: &BTreeMap<&str, Vec<Uuid>>) -> Json {
    let one = matches!(field, "parent" | "head" | "unit" | "manager" | "owner" | "up" | "v" | "who" | "top");
    let reference = one || matches!(field, "m" | "partners" | "dotted");
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Number(at) if reference => Json::from(ids[target(field)][usize::try_from(*at).unwrap()].to_string()),
        Value::Number(number) if matches!(field, "d" | "g" | "h" | "mark") => {
            Json::from(format!("{}.{:02}", number / 100, number % 100))
        }
        Value::Number(number) => Json::from(number / 100),
        Value::Text(text) => Json::from(text.as_str()),
        Value::List(items) => items.iter().map(|item| entered(field, item, ids)).collect(),
    }
}

fn plain(value: &model::Value) -> Value {
    match value {
        model::Value::Bool(flag) => Value::Bool(*flag),
        model::Value::Text(text) => Value::Text(text.clone()),
        model::Value::Id(id) => Value::Text(id.to_string()),
        model::Value::Date(day) => Value::Text(day.to_string()),
        model::Value::List(items) => several(items.iter().map(plain)),
        model::Value::Null => Value::Null,
        number => hundredths(&number.as_decimal().unwrap().to_string()),
    }
}

/// Several values; no value where there are none.
fn several(items: impl Iterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.collect();
    if items.is_empty() { Value::Null } else { Value::List(items) }
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
        Some(Json::Array(items)) => several(items.iter().map(|item| told(Some(item)))),
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
        if entity != "person" {
            for _ in 0..3 {
                cells += self.summed(entity, &base, &visible).await;
            }
        }
        if entity == "item" {
            cells += self.searched(&base, &ids).await + self.searched(&base, &ids).await;
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
            cells += self.past(entity, &base, &id, open).await;
            cells += self.why(entity, &base, &id, open).await;
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
        if matches!(field, "sum" | "most" | "paid" | "heard") && found == Value::Null {
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
            let id = item["id"].as_str().unwrap();
            for name in names {
                self.cell(entity, id, name, told(item.get(*name)), asked);
            }
            // When it changed is told to whoever would see what did.
            if !item["updated_at"].is_null() {
                let hidden = kept(entity).into_iter().find(|field| !self.telling.given(entity, id, field));
                assert_eq!(hidden, None, "{}: {entity} {id} tells when it changed ({asked})", self.at);
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
        let filter = Condition::filter(&mut self.dice, entity);
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
        let by: &[&'static str] = match entity {
            "item" => &["a", "b", "c", "e", "f", "g", "h", "p", "t", "u", "k6", "k7", "owner", "up.e", "owner.f"],
            "top" => &["a", "b", "e", "f", "g", "p", "owner.e"],
            _ => &["grade", "name", "e", "f", "manager.e"],
        };
        let keys: Vec<(&'static str, bool)> =
            (0..=self.dice.below(2)).map(|_| (self.dice.one(by), self.dice.chance(50))).collect();
        let written: Vec<String> =
            keys.iter().map(|(path, down)| format!("{}{path}", if *down { "-" } else { "" })).collect();
        let written = written.join(",");
        let answer = self.client.get(&format!("{base}?limit=200&sort={written}")).await;
        if answer.status != StatusCode::OK {
            let never = keys.iter().any(|(path, _)| !self.telling.ever(entity, path));
            assert!(never, "{}: {entity} by {written} {}", self.at, answer.text());
            return 1;
        }
        let mut keyed: Vec<(Vec<Value>, &String)> = visible
            .iter()
            .map(|id| (keys.iter().map(|(path, _)| self.telling.usable(entity, id, path)).collect(), *id))
            .collect();
        keyed.sort_by(|(left, a), (right, b)| {
            let each = keys.iter().zip(left.iter().zip(right)).map(|((_, down), (left, right))| {
                match (left == &Value::Null, right == &Value::Null) {
                    (false, false) if *down => right.cmp(left),
                    (false, false) => left.cmp(right),
                    (left, right) => left.cmp(&right),
                }
            });
            each.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then(a.cmp(b))
        });
        let expected: Vec<&String> = keyed.into_iter().map(|(_, id)| id).collect();
        self.rows(entity, &answer.json(), &expected, fields(entity), &format!("by {written}"))
    }

    async fn searched(&mut self, base: &str, ids: &[String]) -> usize {
        let part = self.dice.one(&["a", "x", "by", "138", "345"]);
        let answer = self.client.get(&format!("{base}?limit=200&search={part}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        // What is shown in part is not found by what it hides.
        let within = |id: &str, field: &str| match self.telling.usable("item", id, field) {
            Value::Text(text) => text.contains(part),
            _ => false,
        };
        let holds = |id: &&String| within(id, "b") || within(id, "p");
        let expected: Vec<&String> = ids.iter().filter(|id| self.telling.visible("item", id)).filter(holds).collect();
        self.rows("item", &answer.json(), &expected, fields("item"), &format!("search {part}")) + 1
    }
}
