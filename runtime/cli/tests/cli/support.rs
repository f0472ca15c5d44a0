//! A folder and a database of their own for each test, and the command run in them.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Output, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::Connection as _;
pub(crate) use suite::Database;
use suite::database::Own;

/// Runs a story on both databases.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite { $(#[test] fn $name() { super::$name(&$crate::support::Place::new($crate::support::Database::Sqlite)); })+ }
        mod on_postgres { $(#[test] fn $name() {
            if suite::database::only_sqlite() { return; }
            super::$name(&$crate::support::Place::new($crate::support::Database::Postgres));
        })+ }
    };
}

/// A folder to work in and a database.
pub(crate) struct Place {
    /// The folder; commands run in it.
    pub(crate) folder: tempfile::TempDir,
    postgres: Option<Own>,
    database: Option<String>,
}

/// What a command said and how it ended.
pub(crate) struct Said {
    /// Exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {}{}", self.out, self.err))
    }
}

impl Place {
    pub(crate) fn new(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let postgres = (database == Database::Postgres).then(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(Own::empty()).unwrap()
        });
        let database = postgres.as_ref().map(Own::url);
        Self { folder, postgres, database }
    }

    /// Another place of the same kind, in which there is nothing yet.
    pub(crate) fn another(&self) -> Self {
        Self::new(if self.postgres.is_some() { Database::Postgres } else { Database::Sqlite })
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Changes a file: what stood there must have been there.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "`{path}` has no `{from}`:\n{text}");
        fs::write(self.path(path), text.replacen(from, to, 1)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loam"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("LOAM_DATA").env_remove("LOAM_DATABASE");
        command.env_remove("PORT").env_remove("HOST").env("LOAM_LANG", "en").stdin(Stdio::null());
        if let Some(database) = &self.database {
            command.env("LOAM_DATABASE", database);
        }
        command
    }

    /// Says words to the database past everything, as its owner could; answers the first column of what comes back.
    pub(crate) fn sql(&self, statement: &str) -> Vec<String> {
        use sqlx::{AssertSqlSafe, Row as _};
        let (statement, file) = (statement.to_owned(), self.path("data/loam.sqlite"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            match &self.database {
                Some(url) => {
                    let mut link = sqlx::PgConnection::connect(url).await.unwrap();
                    let rows = sqlx::raw_sql(AssertSqlSafe(statement)).fetch_all(&mut link).await.unwrap();
                    rows.iter().map(|row| row.get::<String, _>(0)).collect()
                }
                None => {
                    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                    let mut link = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
                    let rows = sqlx::raw_sql(AssertSqlSafe(statement)).fetch_all(&mut link).await.unwrap();
                    let found = rows.iter().map(|row| row.get::<String, _>(0)).collect();
                    link.close().await.unwrap();
                    found
                }
            }
        })
    }

    /// Where the data is, for a test that opens it itself.
    pub(crate) fn data(&self) -> loam::data::Data {
        loam::data::Data { folder: self.path("data"), database: self.database.clone() }
    }

    /// Begins a command and leaves it running.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs a command to its end, with a variable of the environment.
    pub(crate) fn loam_with(&self, variable: (&str, &str), arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).env(variable.0, variable.1).output().unwrap())
    }

    /// Runs a command to its end.
    pub(crate) fn loam(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap())
    }

    /// Runs a command that must end well.
    pub(crate) fn fine(&self, arguments: &[&str]) -> Said {
        let said = self.loam(arguments);
        assert_eq!(said.code, 0, "loam {}\n{}{}", arguments.join(" "), said.out, said.err);
        said
    }

    /// Runs a command that must be refused.
    pub(crate) fn refused(&self, arguments: &[&str]) -> Said {
        let said = self.loam(arguments);
        assert_eq!(said.code, 1, "loam {}\n{}{}", arguments.join(" "), said.out, said.err);
        said
    }

    /// Runs a command with something to read.
    pub(crate) fn fed(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Said::of(&child.wait_with_output().unwrap())
    }

    /// A small app with its first account: `anna`, `correct horse`.
    pub(crate) fn with_app(&self) {
        self.fine(&["new", "time-off"]);
        self.fine(&["apply", "time-off", "--yes"]);
        let said = self.fed(&["user", "add", "anna", "--role", "member", "--stdin"], "correct horse\n");
        assert_eq!(said.code, 0, "{}", said.err);
    }

    /// Serves, on a free port.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Served {
        self.serve_with(&[], arguments)
    }

    /// The same, with variables of the environment.
    pub(crate) fn serve_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Served {
        let mut all = arguments.to_vec();
        all.extend(["--listen", "127.0.0.1:0"]);
        let mut command = self.command(&all);
        command.envs(variables.iter().copied());
        Self::served(command)
    }

    /// Serves what `loam` serves when nothing more is said.
    pub(crate) fn serve_bare(&self) -> Served {
        let mut command = self.command(&[]);
        command.env("PORT", "0");
        Self::served(command)
    }

    fn served(mut command: Command) -> Served {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the server ended: {said}");
            if let Some(address) = line.trim().strip_prefix("serving at ") {
                break address.to_owned();
            }
            said.push_str(&line);
        };
        Served { child: Mutex::new(child), address, token: String::new(), _lines: lines }
    }
}

/// A running server and somebody signed in.
pub(crate) struct Served {
    child: Mutex<Child>,
    /// Where it is: `http://127.0.0.1:…`.
    pub(crate) address: String,
    token: String,
    // Kept open, so that the server can go on saying things.
    _lines: BufReader<ChildStderr>,
}

impl Served {
    pub(crate) fn sign_in(&mut self, login: &str, password: &str) {
        let body = json!({"login": login, "password": password, "token": true});
        let (status, answer) = self.send("POST", "/session", Some(&body));
        assert_eq!(status, 201, "{answer}");
        self.token = answer["token"].as_str().unwrap().to_owned();
    }

    /// Sends a request to the API; answers the status, 0 when there is no answer, and the body.
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
        let agent: ureq::Agent = config.build().into();
        let address = format!("{}/api/v1{path}", self.address);
        let bearer = format!("Bearer {}", self.token);
        let sent = match (method, body) {
            ("POST", Some(body)) => agent.post(&address).header("authorization", &bearer).send_json(body),
            ("PATCH", Some(body)) => agent.patch(&address).header("authorization", &bearer).send_json(body),
            _ => agent.get(&address).header("authorization", &bearer).call(),
        };
        match sent {
            Ok(mut response) => (response.status().as_u16(), response.body_mut().read_json().unwrap_or(Value::Null)),
            Err(_) => (0, Value::Null),
        }
    }

    /// Attaches a text to a record.
    pub(crate) fn attach(&self, path: &str, name: &str, text: &str) {
        let form = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b--\r\n"
        );
        let agent = ureq::Agent::new_with_defaults();
        let request = agent.post(format!("{}/api/v1{path}/attachments", self.address));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let answer = request.header("content-type", "multipart/form-data; boundary=b").send(form.as_bytes()).unwrap();
        assert_eq!(answer.status().as_u16(), 201);
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, answer) = self.send("GET", path, None);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// A page as a browser gets it, in English.
    pub(crate) fn page(&self, path: &str) -> (u16, String) {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
        let agent: ureq::Agent = config.build().into();
        let joined = if path.contains('?') { '&' } else { '?' };
        let address = format!("{}{path}{joined}lang=en", self.address);
        let mut response =
            agent.get(&address).header("authorization", format!("Bearer {}", self.token)).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    /// The items of a list, once they are as wanted.
    pub(crate) fn wait_for(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let (status, answer) = self.send("GET", path, None);
            if status == 200 && wanted(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < Duration::from_secs(15), "{path}: {status} {answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether it has ended of itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_some()
    }

    /// Ends it as a power cut would, while others still talk to it.
    pub(crate) fn kill_now(&self) {
        self.child.lock().unwrap().kill().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // One that has ended already is fine.
        let child = self.child.get_mut().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The repository's top folder.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
