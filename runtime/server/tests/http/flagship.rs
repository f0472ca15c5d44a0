//! The bundled performance app with its worked examples, as its users meet it.

mod alerts;
mod cockpit;
mod decisions;
mod effects;
mod goals;
mod growth;
mod home;
mod launches;
mod minutes;
mod partners;
mod points;
mod posts;
mod processes;
mod proposals;
mod rotation;
mod weekly;

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use axum::http::StatusCode;
use engine::{Command, Fields, Given, Outcome};
use jiff::SignedDuration;
use model::{RecordId, Uuid};
use serde_json::{Value, json};

use super::support::{Answer, Client, Site, encoded};

const APP: &str = "/api/v1/performance-management";

/// The app's documents and those of the app it uses, by their path below `templates/`.
static FILES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    let mut found = Vec::new();
    for app in ["organisation", "performance-management"] {
        let mut folders = vec![top.join(app)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "yaml") {
                    let name = path.strip_prefix(&top).unwrap().to_str().unwrap().to_owned();
                    found.push((name, fs::read_to_string(&path).unwrap()));
                }
            }
        }
    }
    found.sort();
    found
});

/// The documents of the app that others build on, beside which a test may put an app of its own.
pub(super) fn organisation() -> Vec<(&'static str, String)> {
    let files = FILES.iter().filter(|(path, _)| path.starts_with("organisation/"));
    files.map(|(path, text)| (path.as_str(), text.clone())).collect()
}

/// Eight competency tags.
pub(super) async fn tags(house: &House) -> Vec<String> {
    let mut tags = Vec::new();
    for number in 1..=8 {
        let tag = json!({"code": format!("T{number}"), "name": format!("标签{number}"), "order": number});
        tags.push(made(&house.hr, "competency_tag", tag).await);
    }
    tags
}

/// The app with its units, posts and people, whom a test names as it needs them.
pub(super) struct House {
    pub(super) site: Site,
    pub(super) hr: Client,
    units: BTreeMap<String, String>,
    posts: BTreeMap<String, String>,
    people: BTreeMap<String, String>,
}

impl House {
    pub(super) async fn open() -> Self {
        let files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        let site = Site::of(&files).await;
        let hr = site.signed_in("hr", &["hr"]).await;
        Self { site, hr, units: BTreeMap::new(), posts: BTreeMap::new(), people: BTreeMap::new() }
    }

    /// A unit below another, by code.
    pub(super) async fn unit(&mut self, code: &str, name: &str, parent: Option<&str>) -> String {
        let parent = parent.map(|code| self.units[code].clone());
        let unit = json!({"code": code, "name": name, "parent": parent});
        let id = made_in(&self.hr, "organisation/unit", unit).await;
        self.units.insert(code.to_owned(), id.clone());
        id
    }

    /// A post of a category, by code; the category is made when it is first named.
    pub(super) async fn post(&mut self, code: &str, name: &str, category: &str) -> String {
        let known = self.posts.get(category).cloned();
        let category = match known {
            Some(id) => id,
            None => {
                let id =
                    made_in(&self.hr, "organisation/post_category", json!({"code": category, "name": category})).await;
                self.posts.insert(category.to_owned(), id.clone());
                id
            }
        };
        let id =
            made_in(&self.hr, "organisation/post", json!({"code": code, "name": name, "category": category})).await;
        self.posts.insert(code.to_owned(), id.clone());
        id
    }

    /// Somebody in a unit and a post from the beginning of 2020, under a manager.
    pub(super) async fn person(&mut self, code: &str, unit: &str, post: &str, manager: Option<&str>) -> String {
        let id = made_in(&self.hr, "organisation/person", json!({"code": code, "name": code})).await;
        let manager = manager.map(|code| self.people[code].clone());
        let assignment = json!({
            "person": id, "unit": self.units[unit], "post": self.posts[post], "manager": manager, "valid_from": "2020-01-01",
        });
        made_in(&self.hr, "organisation/assignment", assignment).await;
        self.people.insert(code.to_owned(), id.clone());
        id
    }

    pub(super) fn id(&self, code: &str) -> String {
        self.people[code].clone()
    }

    pub(super) fn unit_id(&self, code: &str) -> String {
        self.units[code].clone()
    }

    pub(super) fn post_id(&self, code: &str) -> String {
        self.posts[code].clone()
    }

    /// Who heads a unit.
    pub(super) async fn heads(&self, unit: &str, person: &str) {
        let path = format!("/api/v1/organisation/unit/{}", self.units[unit]);
        let answer = self.hr.patch(&path, json!({"head": self.people[person]})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }

    /// A person with an account, signed in.
    pub(super) async fn acts(&self, code: &str, roles: &[&str]) -> Client {
        let id: Uuid = self.people[code].parse().unwrap();
        self.site.signed_in_as(&code.to_lowercase(), roles, Some(id)).await
    }

    /// The same person signed in anew, on another day.
    pub(super) async fn again(&self, code: &str) -> Client {
        self.site.begun(&code.to_lowercase()).await
    }

    /// Rows that come in from elsewhere, many at once.
    pub(super) async fn load(&self, entity: &str, rows: Vec<Value>) -> Vec<RecordId> {
        let actor = self.site.engine.system();
        let entity = actor.edition.app.entity_named(entity).unwrap().id;
        let rows = rows.into_iter().map(|row| (None, fields(row))).collect();
        let outcome: Outcome = self.site.engine.execute(&actor, Command::Load { entity, rows }).await.unwrap();
        outcome.changed.iter().map(|changed| changed.id).collect()
    }

    /// A value that comes in from elsewhere once more.
    pub(super) async fn set(&self, entity: &str, id: &str, row: Value) {
        let actor = self.site.engine.system();
        let entity = actor.edition.app.entity_named(entity).unwrap().id;
        let command = Command::Update { entity, id: id.parse().unwrap(), expected: None, fields: fields(row) };
        self.site.engine.execute(&actor, command).await.unwrap();
    }

    /// What was left to be done soon is done.
    pub(super) async fn settle(&self) {
        while self.site.engine.turn("one").await.unwrap() > 0 {}
    }

    /// Days go by, and what depends on the day follows. Whoever was signed in is not any more.
    pub(super) async fn days_pass(&mut self, days: i64) {
        self.site.clock.pass(SignedDuration::from_hours(24 * days));
        self.site.engine.refresh_day().await.unwrap();
        self.hr = self.site.begun("hr").await;
    }

    /// So many days pass, again and again, and each time what they bring is done.
    pub(super) async fn days_are_done(&mut self, days: &[i64]) {
        for days in days {
            self.days_pass(*days).await;
            while self.site.engine.turn("one").await.unwrap() > 0 {}
        }
    }
}

fn fields(row: Value) -> Fields {
    let Value::Object(map) = row else { return Vec::new() };
    map.into_iter().map(|(name, value)| (name, Given::Json(value))).collect()
}

async fn made_in(client: &Client, entity: &str, body: Value) -> String {
    let answer = client.post(&format!("/api/v1/{entity}"), body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{entity}: {}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// A record of the app.
pub(super) async fn made(client: &Client, entity: &str, body: Value) -> String {
    made_in(client, &format!("performance-management/{entity}"), body).await
}

/// A record as somebody reads it.
pub(super) async fn read(client: &Client, entity: &str, id: &str) -> Value {
    let answer = client.get(&format!("{APP}/{entity}/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{entity}: {}", answer.text());
    answer.json()
}

/// Changes a record.
pub(super) async fn change(client: &Client, entity: &str, id: &str, body: Value) -> Answer {
    client.patch(&format!("{APP}/{entity}/{id}"), body).await
}

/// Changes a record, which must be fine.
pub(super) async fn changed(client: &Client, entity: &str, id: &str, body: Value) {
    let answer = change(client, entity, id, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{entity}: {}", answer.text());
}

/// Changes what stands at an address, which must be fine.
pub(super) async fn on(client: &Client, path: &str, body: Value) {
    let answer = client.patch(path, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
}

/// The records of an entity for which something holds.
pub(super) async fn found(client: &Client, entity: &str, filter: &str) -> Vec<Value> {
    let answer = client.get(&format!("{APP}/{entity}?limit=200&filter={}", encoded(filter))).await;
    assert_eq!(answer.status, StatusCode::OK, "{entity}: {}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

/// A page, in English.
pub(super) async fn page(client: &Client, path: &str) -> String {
    let joined = if path.contains('?') { '&' } else { '?' };
    let answer = client.get(&format!("{path}{joined}lang=en")).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.text().to_owned()
}

/// The values of a term, period by period, as text; empty for no data.
pub(super) async fn series(client: &Client, term: &str, query: &str) -> Vec<String> {
    let answer = client.get(&format!("/api/v1/terms/{term}/series?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{term}: {}", answer.text());
    let answer = answer.json();
    let values = answer["items"].as_array().unwrap().iter().map(|item| &item["value"]);
    values.map(|value| if value.is_null() { String::new() } else { value.to_string() }).collect()
}
