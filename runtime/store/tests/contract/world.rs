//! A store with an app in a database of its own, and short words for what tests do with it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use app::App;
use formula::{Path, Predicate};
use model::{EntityId, FieldId, RecordId, Timestamp, Uuid, Value};
use policy::{Action, Authorized, Bin, Change, Get, List, Rights, Sort, authorize};
use resolve::{Source, resolve};
use sqlx::Connection;
use store::{Asking, Confirmed, Place, Store, StoreError, Tx};

pub(crate) const APP: &str = "name: test\nlabel: {zh-CN: 测试, en: Test}\nversion: 1.0.0\n";

pub(crate) const UNIT: &str = "label: {zh-CN: 单位, en: Unit}
display: code
key: code
fields:
  code: {type: text, label: {zh-CN: 编码, en: Code}, unique: true}
  open: {type: boolean, label: {zh-CN: 开放, en: Open}}
  people: {type: children, label: {zh-CN: 人员, en: People}, to: person, by: unit}
";

pub(crate) const PERSON: &str = "label: {zh-CN: 人员, en: Person}
display: name
search: [name, note]
comments: true
attachments: true
fields:
  name: {type: text, label: {zh-CN: 姓名, en: Name}, required: true, index: true, max: 60}
  note: {type: long_text, label: {zh-CN: 备注, en: Note}}
  level: {type: integer, label: {zh-CN: 级别, en: Level}, index: true}
  salary: {type: money, label: {zh-CN: 薪资, en: Salary}}
  rate: {type: decimal, places: 4, label: {zh-CN: 系数, en: Rate}}
  born: {type: date, label: {zh-CN: 出生, en: Born}}
  seen: {type: datetime, label: {zh-CN: 最近, en: Seen}}
  active: {type: boolean, label: {zh-CN: 在职, en: Active}}
  grade:
    type: choice
    label: {zh-CN: 等级, en: Grade}
    choices: {a: {label: {zh-CN: 甲, en: A}}, b: {label: {zh-CN: 乙, en: B}}, c: {label: {zh-CN: 丙, en: C}}}
  tags:
    type: choices
    label: {zh-CN: 标签, en: Tags}
    choices: {x: {label: {zh-CN: 一, en: X}}, y: {label: {zh-CN: 二, en: Y}}, z: {label: {zh-CN: 三, en: Z}}}
  unit: {type: reference, label: {zh-CN: 单位, en: Unit}, to: unit}
  boss: {type: reference, label: {zh-CN: 上级, en: Boss}, to: person}
  friends: {type: references, label: {zh-CN: 朋友, en: Friends}, to: person}
  more: {type: json, label: {zh-CN: 其他, en: More}}
  number: {type: serial, label: {zh-CN: 编号, en: Number}, format: 'P-{n:4}'}
  reports: {type: children, label: {zh-CN: 下属, en: Reports}, to: person, by: boss}
";

/// A reader for whom rows and fields differ from row to row.
pub(crate) const READER: &str = "label: {zh-CN: 读者, en: Reader}
grants:
  - {entity: person, actions: [read, update], where: level > 2 || boss.level > 3, read: [comments, attachments, id, name, level, grade, tags, unit, boss], write: [name]}
  - {entity: person, actions: [read, update], where: unit.code == \"A\", read: [id, name, salary, rate, born, seen, active, friends, note, boss], write: [salary, name]}
  - {entity: unit, actions: [read], where: open == true}
";

pub(crate) const FILES: [(&str, &str); 4] =
    [("app.yaml", APP), ("entities/unit.yaml", UNIT), ("entities/person.yaml", PERSON), ("roles/reader.yaml", READER)];

/// Resolves an app written in place.
pub(crate) fn app(files: &[(&str, &str)]) -> App {
    let (app, faults) = resolve(&[Source::inline("test", files)]);
    let said: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.code, fault.message)).collect();
    app.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

/// The files above with one replaced.
pub(crate) fn with<'a>(path: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    FILES.iter().map(|(known, old)| if *known == path { (path, text) } else { (*known, *old) }).collect()
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) app: Arc<App>,
    pub(crate) version: i64,
    pub(crate) place: Place,
    folder: tempfile::TempDir,
}

static COUNT: AtomicU64 = AtomicU64::new(1);

/// A new id, later than those before.
pub(crate) fn new_id() -> Uuid {
    let n = u128::from(COUNT.fetch_add(1, Ordering::Relaxed));
    Uuid::from_u128((0x0190_0000_0000_u128 << 80) | (n << 80) | 0x7000_8000_0000_0000_0000)
}

pub(crate) fn now() -> Timestamp {
    "2025-11-20T01:00:00Z".parse().unwrap()
}

pub(crate) const USER: Uuid = Uuid::from_u128(7);

impl World {
    /// Writes to the platform's own tables, in one transaction.
    pub(crate) async fn tend<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut store::Tx) -> store::Work<'t, T, store::StoreError> + Send + Sync + 'static,
    {
        self.store.tend(work).await.unwrap()
    }

    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Sqlite(folder.path().join("test.db"));
        Self::at(place, folder).await
    }

    /// `None` when this run is for SQLite only.
    pub(crate) async fn postgres() -> Option<Self> {
        if std::env::var("LOAM_TEST_DATABASES").as_deref() == Ok("sqlite") {
            return None;
        }
        let url = std::env::var("LOAM_TEST_POSTGRES").unwrap_or_else(|_| {
            panic!(
                "set LOAM_TEST_POSTGRES to a PostgreSQL superuser's URL, or LOAM_TEST_DATABASES=sqlite to leave it out"
            )
        });
        let mut connection = sqlx::PgConnection::connect(&url).await.expect("LOAM_TEST_POSTGRES cannot be reached");
        let name = format!("loam_store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")))
            .execute(&mut connection)
            .await
            .unwrap();
        let (base, _) = url.rsplit_once('/').unwrap();
        Some(Self::at(Place::Postgres(format!("{base}/{name}")), tempfile::tempdir().unwrap()).await)
    }

    async fn at(place: Place, folder: tempfile::TempDir) -> Self {
        let store = Store::open(&place).await.unwrap();
        let app = app(&FILES);
        let mut plan = Store::plan(None, &app);
        store.measure(&mut plan).await.unwrap();
        let documents = serde_json::json!({"app.yaml": APP});
        let version = store.publish(0, &plan, &Confirmed::default(), documents, USER, now()).await.unwrap();
        Self { store, app: Arc::new(app), version, place, folder }
    }

    /// What another process published.
    pub(crate) async fn resume(place: Place, app: App) -> Self {
        let store = Store::open(&place).await.unwrap();
        let version = store.published_version().await.unwrap();
        Self { store, app: Arc::new(app), version, place, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn asking(&self) -> Asking {
        Asking {
            version: self.version,
            user: USER,
            person: None,
            login: "anna".to_owned(),
            now: now(),
            today: "2025-11-20".parse().unwrap(),
        }
    }

    pub(crate) fn entity(&self, name: &str) -> EntityId {
        self.app.entity_named(name).unwrap().id
    }

    pub(crate) fn field(&self, entity: &str, name: &str) -> FieldId {
        self.app.field_named(self.entity(entity), name).unwrap().id
    }

    pub(crate) fn path(&self, entity: &str, text: &str) -> Path {
        self.app.path(self.entity(entity), text).unwrap_or_else(|fault| panic!("{fault:?}"))
    }

    pub(crate) fn paths(&self, entity: &str, texts: &[&str]) -> Vec<Path> {
        texts.iter().map(|text| self.path(entity, text)).collect()
    }

    pub(crate) fn reader(&self) -> Arc<Rights> {
        self.app.rights(&[self.app.role_named("reader").unwrap().id])
    }

    pub(crate) fn change(&self, entity: &str, action: Action, id: RecordId) -> Authorized<Change> {
        let change = Change { entity: self.entity(entity), action, id, given: Vec::new() };
        authorize(&Rights::full(), USER, &*self.app, change).unwrap()
    }

    pub(crate) fn list_of(&self, entity: &str, columns: &[&str]) -> List {
        List {
            entity: self.entity(entity),
            columns: self.paths(entity, columns),
            filter: Predicate::always(),
            within: Predicate::always(),
            search: None,
            sort: Vec::<Sort>::new(),
            limit: 100,
            after: None,
            bin: Bin::Outside,
            export: false,
        }
    }

    pub(crate) fn get_of(&self, rights: &Rights, entity: &str, id: RecordId, columns: &[&str]) -> Authorized<Get> {
        let get = Get { entity: self.entity(entity), id, columns: self.paths(entity, columns), bin: Bin::Outside };
        authorize(rights, USER, &*self.app, get).unwrap()
    }

    /// A condition over an entity.
    pub(crate) fn condition(&self, entity: &str, source: &str) -> Predicate {
        let purpose = formula::Purpose::Filter;
        let compiled = formula::compile_for(source, self.entity(entity), purpose, &*self.app).unwrap();
        compiled.predicate().unwrap()
    }

    /// Values by field name.
    pub(crate) fn values(&self, entity: &str, values: &[(&str, Value)]) -> Vec<(FieldId, Value)> {
        values.iter().map(|(name, value)| (self.field(entity, name), value.clone())).collect()
    }

    /// Inserts a record.
    pub(crate) async fn add(&self, entity: &str, values: &[(&str, Value)]) -> Result<RecordId, StoreError> {
        let id = new_id();
        let change = self.change(entity, Action::Create, id);
        let values = self.values(entity, values);
        let (app, search) = (self.app.clone(), values.iter().find_map(|(_, v)| v.as_text().map(str::to_owned)));
        self.write(move |tx| {
            let (app, change, values, search) = (app.clone(), change.clone(), values.clone(), search.clone());
            Box::pin(async move { tx.insert(&app, &change, &values, search).await })
        })
        .await?;
        Ok(id)
    }

    /// Changes a record; answers its version.
    pub(crate) async fn set(
        &self,
        entity: &str,
        id: RecordId,
        values: &[(&str, Value)],
        expected: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let change = self.change(entity, Action::Update, id);
        let values = self.values(entity, values);
        let app = self.app.clone();
        self.write(move |tx| {
            let (app, change, values) = (app.clone(), change.clone(), values.clone());
            Box::pin(async move { tx.update(&app, &change, &values, None, expected).await })
        })
        .await
    }

    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> store::Work<'t, T, StoreError> + Send + Sync + 'static,
    {
        self.store.write(self.asking(), work).await
    }
}
