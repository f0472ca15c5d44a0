//! Builders for tests that run a small app as its users do, on SQLite and on PostgreSQL.
//!
//! In: the files of an app, written in place. Out: an [`Instance`] of it in a database of its own, with a clock that
//! stands still until it is moved. PostgreSQL is named by `LOAM_TEST_POSTGRES`; where it is missing the tests that need it
//! fail and say so, unless `LOAM_TEST_DATABASES=sqlite` says that this run is for one database only.

pub mod database;

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, Result, anyhow};
use engine::{Actor, Engine, World, vault::DataKey};
use jiff::{SignedDuration, Timestamp};
use ledger::{SecretKey, Suite};
use model::{Clock, EntityId, Ids, Locale, RecordId, Uuid};
use resolve::{Source, resolve};
use sqlx::{Connection, Row as _};
use store::{Account, Blobs, Confirmed, Place, Store};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file of its own.
    Sqlite,
    /// A database of its own on the server named by `LOAM_TEST_POSTGRES`.
    Postgres,
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    /// Moves it forward.
    pub fn pass(&self, time: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.saturating_add(time).unwrap_or(*now);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids that count up, in the form of version 7.
#[derive(Debug, Default)]
pub struct TestIds(AtomicU64);

impl Ids for TestIds {
    fn next(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128((u128::from(n) << 80) | 0x7000_8000_0000_0000_0000)
    }

    fn salt(&self) -> [u8; 16] {
        u128::from(self.0.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
    }
}

/// A running app in a database of its own.
pub struct Instance {
    /// The two doors.
    pub engine: Engine,
    /// Its clock, at 2025-11-20 09:00 in Shanghai when the test begins.
    pub clock: Arc<TestClock>,
    ids: Arc<TestIds>,
    folder: tempfile::TempDir,
    place: Place,
    own: Option<database::Own>,
}

/// Documents as the store keeps them: the files of an app by path.
pub fn documents(files: &[(&str, &str)]) -> serde_json::Value {
    files.iter().map(|(path, text)| ((*path).to_owned(), serde_json::Value::from(*text))).collect()
}

/// An app, or what is wrong with its documents.
pub type Compiled = Result<Arc<app::App>, String>;

/// What was compiled already, by its documents.
static KNOWN: LazyLock<Mutex<HashMap<String, Compiled>>> = LazyLock::new(Mutex::default);

/// Compiles an app and those it uses. Documents of one that is used stand in a folder of its name; the app itself is called as its
/// `app.yaml` says. The same documents are compiled once: most tests publish the same few apps, on either database, and each publish
/// compiles twice.
///
/// # Errors
/// Everything that is wrong with the documents, as text.
pub fn compile(documents: &serde_json::Value) -> Compiled {
    let key = documents.to_string();
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(compiled) = known().get(&key) {
        return compiled.clone();
    }
    let (app, faults) = resolve(&sources(documents));
    let compiled = app.map(Arc::new).ok_or_else(|| format!("{faults:#?}"));
    known().insert(key, compiled.clone());
    compiled
}

/// The apps of such documents: those that are used first, the app itself last.
pub fn sources(documents: &serde_json::Value) -> Vec<Source> {
    let mut used: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    let mut own: Vec<(&str, &str)> = Vec::new();
    for (path, text) in documents.as_object().into_iter().flatten() {
        let Some(text) = text.as_str() else { continue };
        match path.split_once('/').filter(|(app, _)| documents.get(format!("{app}/app.yaml")).is_some()) {
            None => own.push((path, text)),
            Some((app, path)) => match used.iter_mut().find(|(known, _)| *known == app) {
                Some((_, files)) => files.push((path, text)),
                None => used.push((app, vec![(path, text)])),
            },
        }
    }
    let name = own.iter().find(|(path, _)| *path == "app.yaml").and_then(|(_, text)| text.lines().next());
    let name = name.and_then(|line| line.strip_prefix("name: ")).unwrap_or("demo");
    let mut sources: Vec<Source> = used.iter().map(|(app, files)| Source::inline(app, files)).collect();
    sources.extend((!own.is_empty()).then(|| Source::inline(name, &own)));
    sources
}

impl Instance {
    /// Publishes the app in a new database. `None` when this run leaves the database out.
    ///
    /// # Errors
    /// The database cannot be reached, or the files do not make an app.
    pub async fn start(database: Database, files: &[(&str, &str)]) -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let (place, own) = match database {
            Database::Sqlite => (Place::Sqlite(folder.path().join("test.sqlite")), None),
            Database::Postgres => match database::Own::new().await? {
                Some(own) => (Place::Postgres(own.url()), Some(own)),
                None => return Ok(None),
            },
        };
        let clock = Arc::new(TestClock(Mutex::new("2025-11-20T01:00:00Z".parse()?)));
        let ids = Arc::new(TestIds::default());
        let engine = node(&place, &folder, &clock, &ids, vec![DataKey::new([9; 32], [1, 2, 3, 4])]).await?;
        let instance = Self { engine, clock, ids, folder, place, own };
        instance.publish(files, &[]).await?;
        Ok(Some(instance))
    }

    /// Another node: an engine of its own on the same database. Whoever asks for it closes its store.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn another(&self) -> Result<Engine> {
        self.keyed(vec![DataKey::new([9; 32], [1, 2, 3, 4])]).await
    }

    /// The same with other keys that seal secrets, the present one last.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn keyed(&self, keys: Vec<DataKey>) -> Result<Engine> {
        node(&self.place, &self.folder, &self.clock, &self.ids, keys).await
    }

    /// Publishes another version; `drop` names what may be lost.
    ///
    /// # Errors
    /// The files do not make an app, or the plan was refused.
    pub async fn publish(&self, files: &[(&str, &str)], drop: &[&str]) -> Result<i64> {
        let documents = documents(files);
        let app = compile(&documents).map_err(|faults| anyhow!(faults))?;
        let edition = self.engine.edition();
        let before = (edition.version > 0).then_some(&*edition.app);
        let plan = Store::plan(before, &app);
        let confirmed = Confirmed(drop.iter().map(|name| (*name).to_owned()).collect());
        Ok(self.engine.publish(&plan, &confirmed, documents, Uuid::nil()).await?)
    }

    /// The entity of that name.
    ///
    /// # Errors
    /// The app has none.
    pub fn entity(&self, name: &str) -> Result<EntityId> {
        let edition = self.engine.edition();
        Ok(edition.app.entity_named(name).with_context(|| format!("no entity `{name}`"))?.id)
    }

    /// An account with these roles, acting in English.
    ///
    /// # Errors
    /// The login is taken.
    pub async fn account(&self, login: &str, roles: &[&str], person: Option<RecordId>) -> Result<Account> {
        let account = Account {
            id: self.engine.new_id(),
            login: login.to_owned(),
            name: login.to_uppercase(),
            password_hash: String::new(),
            person,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            active: true,
            locale: Locale::En,
            created_at: self.engine.now(),
        };
        self.engine.store().accounts().add(std::slice::from_ref(&account)).await?;
        Ok(account)
    }

    /// A new account, acting.
    ///
    /// # Errors
    /// The login is taken.
    pub async fn actor(&self, login: &str, roles: &[&str], person: Option<RecordId>) -> Result<Actor> {
        Ok(self.engine.actor(&self.account(login, roles, person).await?, Locale::En))
    }

    /// The folder of this instance's files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Says words to the database past everything, as its owner could.
    ///
    /// # Errors
    /// The database refuses them.
    pub async fn say(&self, sql: &str) -> Result<()> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &self.place {
            Place::Sqlite(file) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).foreign_keys(false);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await?;
            }
            Place::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await?;
            }
        }
        Ok(())
    }

    /// The first column of what the database answers, which is text.
    ///
    /// # Errors
    /// The database refuses the question.
    pub async fn told(&self, sql: &str) -> Result<Vec<String>> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &self.place {
            Place::Sqlite(file) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
                let rows = sqlx::raw_sql(sql).fetch_all(&mut connection).await?;
                connection.close().await?;
                Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
            }
            Place::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await?;
                let rows = sqlx::raw_sql(sql).fetch_all(&mut connection).await?;
                connection.close().await?;
                Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
            }
        }
    }

    /// Everything that is kept, as whoever reads the disk finds it: the files of an embedded database and of attachments, or
    /// every row of every table as text.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn raw(&self) -> Result<Vec<u8>> {
        let mut found = Vec::new();
        let mut open = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                match path.is_dir() {
                    true => open.push(path),
                    false => found.extend(std::fs::read(path)?),
                }
            }
        }
        if let Place::Postgres(url) = &self.place {
            let mut connection = sqlx::PgConnection::connect(url).await?;
            let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
            let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await?;
            for table in tables {
                let select = format!("SELECT t::text FROM \"{table}\" t");
                let select = sqlx::query_scalar(sqlx::AssertSqlSafe(select));
                let rows: Vec<String> = select.fetch_all(&mut connection).await?;
                rows.iter().for_each(|row| found.extend(row.as_bytes()));
            }
            connection.close().await?;
        }
        Ok(found)
    }

    /// Whether it runs on SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Sqlite(_))
    }

    /// Ends it and drops its database.
    pub async fn stop(self) {
        self.engine.store().close().await;
        drop(self.own);
    }
}

async fn node(
    place: &Place,
    folder: &tempfile::TempDir,
    clock: &Arc<TestClock>,
    ids: &Arc<TestIds>,
    keys: Vec<DataKey>,
) -> Result<Engine> {
    let world = World { clock: clock.clone(), ids: ids.clone() };
    let blobs = Blobs::at(folder.path().join("files"));
    let engine = Engine::open(Store::open(place).await?, blobs, world, Arc::new(compile)).await?;
    engine.sign_with(vec![SecretKey::new(Suite::Standard, "loam-suite", &[7; 32])?]);
    engine.keep_secrets_with(Arc::new(move || Ok(keys.clone())));
    engine.run_plugins_with(plugin_host::Host::shared());
    Ok(engine)
}
