//! A small app, a router around it, and a client that keeps its cookie.

use sqlx::Connection as _;
use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use app::plugin::{Answer as Answered, Fault, Host};
use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher as _};
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use engine::{Engine, World};
use jiff::SignedDuration;
use ledger::{SecretKey, Suite};
use model::{Clock, Ids, Locale, Timestamp, Uuid};
use serde_json::{Value, json};
use server::{
    AppState, Options, router,
    session::policy::{Policy, SecondFactor},
};
use store::{Account, Blobs, Confirmed, Place, Store};
use suite::{compile, database};
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Its hash, with the least of work: what a hash costs is the password's own to test, and some thousand sign-ins need not pay it.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let least = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap();
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, least);
    hasher.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
});

pub(crate) const FILES: [(&str, &str); 10] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        r"
label: {zh-CN: 人员, en: Person}
display: name
key: code
search: [name, code]
history: true
comments: true
attachments: true
fields:
  code: {type: text, label: {zh-CN: 工号, en: Code}, required: true, unique: true}
  name: {type: text, label: {zh-CN: 姓名, en: Name}, required: true, max: 20}
  salary: {type: money, label: {zh-CN: 工资, en: Salary}, currency: CNY}
",
    ),
    (
        "entities/goal.yaml",
        r"
label: {zh-CN: 目标, en: Goal}
display: title
search: [title]
history: true
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}, required: true, max: 50}
  weight: {type: percent, label: {zh-CN: 权重, en: Weight}, min: 0, max: 100}
  level: {type: integer, label: {zh-CN: 级别, en: Level}, min: 1, max: 5}
  due: {type: date, label: {zh-CN: 期限, en: Due}}
  done: {type: boolean, label: {zh-CN: 完成, en: Done}}
  status:
    type: choice
    label: {zh-CN: 状态, en: Status}
    choices:
      open: {label: {zh-CN: 进行中, en: Open}}
      closed: {label: {zh-CN: 已完成, en: Closed}}
  owner: {type: reference, label: {zh-CN: 负责人, en: Owner}, to: person}
  by: {type: text, label: {zh-CN: 提出人, en: By}, default: actor.login}
",
    ),
    (
        "roles/keeper.yaml",
        r"
label: {zh-CN: 管理者, en: Keeper}
grants:
  - {entity: person, actions: [create, read, update, delete, restore]}
  - {entity: goal, actions: [create, read, update, delete, restore]}
",
    ),
    (
        "roles/reader.yaml",
        r#"
label: {zh-CN: 读者, en: Reader}
grants:
  - {entity: person, actions: [read], read: [code, name, comments, attachments]}
  - {entity: goal, actions: [read], where: 'status == "open"'}
"#,
    ),
    (
        "roles/clerk.yaml",
        "label: {zh-CN: 文员, en: Clerk}\ngrants:\n  - {entity: person, actions: [read, uncover], read: [name], masked: {code: '#**'}}\n",
    ),
    ("roles/viewer.yaml", "label: {zh-CN: 代看, en: Viewer}\nviews_as: true\n"),
    ("roles/admin.yaml", "label: {zh-CN: 管理员, en: Admin}\nadministers: system\n"),
    ("roles/guard.yaml", "label: {zh-CN: 安全管理员, en: Guard}\nadministers: security\n"),
    ("roles/auditor.yaml", "label: {zh-CN: 审计管理员, en: Auditor}\nadministers: [audit]\n"),
];

/// The same app with one field more, for publishing.
pub(crate) fn files_with_note() -> Vec<(&'static str, String)> {
    let more = |path: &str, text: &str| match path {
        "entities/goal.yaml" => format!("{text}  note: {{type: text, label: {{zh-CN: 备注, en: Note}}}}\n"),
        _ => text.to_owned(),
    };
    FILES.iter().map(|(path, text)| (*path, more(path, text))).collect()
}

pub(crate) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub(crate) fn pass(&self, time: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += time;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

#[derive(Default)]
struct TestIds(AtomicU64);

impl Ids for TestIds {
    fn next(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128((u128::from(n) << 80) | 0x7000_8000_0000_0000_0000)
    }

    fn salt(&self) -> [u8; 16] {
        u128::from(self.0.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
    }
}

/// What is wrong with these documents, as text.
pub(crate) fn faults(files: &[(&str, String)]) -> String {
    let documents: Value = files.iter().map(|(path, text)| ((*path).to_owned(), Value::from(text.as_str()))).collect();
    compile(&documents).err().unwrap_or_default()
}

/// A host that takes every plugin and calls none: what they answer is the suite's to see.
struct NoPlugins;

impl Host for NoPlugins {
    fn check(&self, _: &app::Plugin) -> Result<(), Fault> {
        Ok(())
    }

    fn call(&self, _: &app::Plugin, _: &[(model::Name, model::Value)]) -> Result<Answered, Fault> {
        Err(Fault::NoHost)
    }
}

pub(crate) struct Site {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) router: Router,
    address: String,
    _own: Option<database::Own>,
    _folder: tempfile::TempDir,
}

/// An account that is there already, at a browser: a cookie, and the token of its session.
pub(crate) async fn browser_of(site: &Site, login: &str) -> Client {
    let client = Client::of(&site.router);
    let begun = client.post("/api/v1/session", json!({"login": login, "password": PASSWORD})).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
    let token = begun.cookie("loam_session").unwrap();
    let csrf = begun.json()["csrf"].as_str().unwrap().to_owned();
    Client { cookie: Some(format!("loam_session={token}")), csrf: Some(csrf), ..client }
}

/// Somebody with these roles, at a browser.
pub(crate) async fn browser(site: &Site, login: &str, roles: &[&str]) -> Client {
    site.account(login, roles).await;
    browser_of(site, login).await
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await
    }

    /// Another app in a database of its own.
    pub(crate) async fn of(files: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = if super::POSTGRES { database::Own::new().await.unwrap() } else { None };
        let place = match &own {
            Some(own) => Place::Postgres(own.url()),
            None => Place::Sqlite(folder.path().join("test.sqlite")),
        };
        let address = match &place {
            Place::Postgres(url) => url.clone(),
            Place::Sqlite(file) => format!("sqlite:{}", file.display()),
        };
        let store = Store::open(&place).await.unwrap();
        let clock = Arc::new(TestClock(Mutex::new("2025-11-20T01:00:00Z".parse().unwrap())));
        let world = World { clock: clock.clone(), ids: Arc::new(TestIds::default()) };
        let blobs = Blobs::at(folder.path().join("files"));
        let engine = Engine::open(store, blobs, world, Arc::new(compile)).await.unwrap();
        engine.sign_with(vec![SecretKey::new(Suite::Standard, "loam-http", &[5; 32]).unwrap()]);
        engine.keep_secrets_with(Arc::new(|| Ok(vec![engine::vault::DataKey::new([9; 32], [1, 2, 3, 4])])));
        engine.run_plugins_with(Arc::new(NoPlugins));
        let site = Self { router: fresh_router(&engine), engine, clock, address, _own: own, _folder: folder };
        // Tests of what administrators do would otherwise all begin with setting up a second factor.
        let policy = Policy { second_factor: SecondFactor::Optional, ..Policy::default() };
        policy.keep(site.engine.store()).await.unwrap();
        site.publish(files).await;
        site
    }

    pub(crate) async fn publish(&self, files: &[(&str, String)]) {
        let documents: Value =
            files.iter().map(|(path, text)| ((*path).to_owned(), Value::from(text.as_str()))).collect();
        let app = compile(&documents).unwrap();
        let edition = self.engine.edition();
        let plan = Store::plan((edition.version > 0).then_some(&*edition.app), &app);
        self.engine.publish(&plan, &Confirmed::default(), documents, Uuid::nil()).await.unwrap();
    }

    /// What is on the ledger, oldest first, read past every door: each act with its outcome.
    pub(crate) async fn acts(&self) -> Vec<String> {
        self.read("SELECT action || ' ' || outcome FROM loam_entry ORDER BY id").await
    }

    /// Why sign-ins were refused, oldest first.
    pub(crate) async fn reasons(&self) -> Vec<String> {
        let facts = self
            .read("SELECT facts FROM loam_entry WHERE action = 'session.begin' AND outcome = 'refused' ORDER BY id")
            .await;
        let facts = facts.iter().map(|facts| serde_json::from_str::<Value>(facts).unwrap());
        facts.map(|facts| facts["reason"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn read(&self, select: &'static str) -> Vec<String> {
        use sqlx::Row as _;
        if self.address.starts_with("sqlite:") {
            let mut link = sqlx::SqliteConnection::connect(&self.address).await.unwrap();
            return sqlx::query(select).fetch_all(&mut link).await.unwrap().iter().map(|row| row.get(0)).collect();
        }
        let mut link = sqlx::PgConnection::connect(&self.address).await.unwrap();
        sqlx::query(select).fetch_all(&mut link).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// Changes rows past every door.
    pub(crate) async fn say(&self, sql: &'static str) {
        if self.address.starts_with("sqlite:") {
            let mut link = sqlx::SqliteConnection::connect(&self.address).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut link).await.unwrap();
        } else {
            let mut link = sqlx::PgConnection::connect(&self.address).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut link).await.unwrap();
        }
    }

    /// Has the database refuse every new row of a table, past every door.
    pub(crate) async fn refuse_rows(&self, table: &str) {
        if self.address.starts_with("sqlite:") {
            let mut link = sqlx::SqliteConnection::connect(&self.address).await.unwrap();
            let sql =
                format!("CREATE TRIGGER {table}_no BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END");
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut link).await.unwrap();
        } else {
            let mut link = sqlx::PgConnection::connect(&self.address).await.unwrap();
            let sql = format!(
                "CREATE FUNCTION {table}_no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'; \
                 CREATE TRIGGER {table}_no BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_no()"
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut link).await.unwrap();
        }
    }

    pub(crate) async fn account(&self, login: &str, roles: &[&str]) -> Account {
        self.account_of(login, roles, None).await
    }

    async fn account_of(&self, login: &str, roles: &[&str], person: Option<Uuid>) -> Account {
        let account = Account {
            id: self.engine.new_id(),
            login: login.to_owned(),
            name: login.to_uppercase(),
            password_hash: HASH.clone(),
            person,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            active: true,
            locale: Locale::En,
            created_at: self.engine.now(),
        };
        self.engine.store().accounts().add(std::slice::from_ref(&account)).await.unwrap();
        account
    }

    /// Somebody with these roles, signed in as a program.
    pub(crate) async fn signed_in(&self, login: &str, roles: &[&str]) -> Client {
        self.signed_in_as(login, roles, None).await
    }

    /// The same, with a person behind the account.
    pub(crate) async fn signed_in_as(&self, login: &str, roles: &[&str], person: Option<Uuid>) -> Client {
        self.account_of(login, roles, person).await;
        self.begun(login).await
    }

    /// Somebody who has an account, signed in anew as a program: sessions end as days go by.
    pub(crate) async fn begun(&self, login: &str) -> Client {
        let client = Client::of(&self.router);
        let begun = client
            .send(
                Method::POST,
                "/api/v1/session",
                &[],
                Some(json!({"login": login, "password": PASSWORD, "token": true})),
            )
            .await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
        let token = begun.json()["token"].as_str().unwrap().to_owned();
        Client { bearer: Some(token), ..client }
    }
}

/// A server that was started anew: nothing in memory, and nothing stops its streams early.
pub(crate) fn fresh_router(engine: &Engine) -> Router {
    let documents: server::draft::Documents = |documents| Some(suite::sources(documents));
    router(AppState::new(engine.clone(), Options { documents: Some(documents), ..Options::default() }))
}

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) router: Router,
    pub(crate) bearer: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) csrf: Option<String>,
}

impl Client {
    pub(crate) fn of(router: &Router) -> Self {
        Self { router: router.clone(), bearer: None, cookie: None, csrf: None }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(body)).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let kind = body.is_some().then_some("application/json");
        self.raw(method, path, headers, kind, body.map(|body| body.to_string()).unwrap_or_default().into_bytes()).await
    }

    pub(crate) async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if let Some(token) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(csrf) = &self.csrf {
            request = request.header("x-csrf-token", csrf);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Makes a record and answers its id.
    pub(crate) async fn made(&self, entity: &str, body: Value) -> String {
        let answer = self.post(&format!("/api/v1/demo/{entity}"), body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| panic!("{fault}: {} {}", self.status, self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The value of a cookie it sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        set.map(|cookie| cookie.split(';').next().unwrap().split_once('=').unwrap())
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.to_owned())
    }

    /// It is this refusal, as a problem document.
    #[track_caller]
    pub(crate) fn refuses(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["type"], format!("tag:loam,2026:{slug}"));
        assert_eq!(problem["status"], status);
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()));
        problem
    }

    /// The fields and codes of a refusal.
    #[track_caller]
    pub(crate) fn faults(&self) -> Vec<String> {
        let problem = self.json();
        let faults = problem["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        faults.iter().map(|fault| format!("{}:{}", text(&fault["field"]), text(&fault["code"]))).collect()
    }
}

/// The titles of a list's items.
pub(crate) fn titles(page: &Value, field: &str) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap_or("null").to_owned()).collect()
}

pub(crate) fn counts(items: &Value, key: &str, number: &str) -> HashMap<String, Value> {
    let items = items["items"].as_array().unwrap().iter();
    items.map(|item| (item[key].as_str().unwrap_or("null").to_owned(), item[number].clone())).collect()
}

/// Percent-encoded for a query.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The sheets of a workbook: names, and rows of cells as text.
pub(crate) fn sheets(content: &[u8]) -> Vec<(String, Vec<Vec<String>>)> {
    use calamine::Reader as _;
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(content)).unwrap();
    let names = book.sheet_names();
    let rows = |name: String| {
        let range = book.worksheet_range(&name).unwrap();
        let rows = range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        (name, rows)
    };
    names.into_iter().map(rows).collect()
}

/// Sends a form of a page.
pub(crate) async fn form(client: &Client, path: &str, fields: &str) -> Answer {
    let kind = "application/x-www-form-urlencoded";
    client.raw(Method::POST, path, &[], Some(kind), fields.as_bytes().to_vec()).await
}
