//! The platform's own tables, all of them:
//!
//! - `loam_meta`: the version of these tables.
//! - `loam_definition`: every published version and the documents it was made from.
//! - `loam_account`, `loam_session`: who may sign in, and who is.
//! - `loam_entry`, `loam_leaf`, `loam_node`, `loam_head`: the ledger; see [`crate::ledger`]. `loam_unplaced` holds what still
//!   waits for its position, `loam_leader` which node does what only one may do.
//! - `loam_password`, `loam_guess`, `loam_code`, `loam_recovery`, `loam_passkey`, `loam_identity`, `loam_token`, `loam_waiting`:
//!   how they prove it, and what stands in the way of those who guess.
//! - `loam_setting`: what administrators set.
//! - `loam_comment`, `loam_attachment`: what surrounds a record. Content of files is in a folder, by its hash.
//! - `loam_upload`: files that came before their record was saved, see [`mod@crate::upload`].
//! - `loam_outbox`: effects and timers.
//! - `loam_notification`, `loam_quiet`, `loam_saved_view`: what an account is told and when, and keeps.
//! - `loam_unit_board`: boards that people put together for a unit, see [`crate::unit_board`].
//! - `loam_serial`: the last number of each serial field in each scope.
//! - `loam_stand_in`: who acts in whose place, from when to when.
//! - `loam_line`, `loam_line_moved`: who is above whom, see [`mod@crate::line`].
//! - `loam_seat`: where each unit is in its tree, see [`mod@crate::seat`].
//! - `loam_look`: which records a look at several was at, see [`mod@crate::look`].
//! - `loam_delivery`: when rows last came from another system, see [`mod@crate::delivery`].
//! - `loam_snapshot`, `loam_snapshot_due`, `loam_snapshot_term`: numbers that are kept, see [`crate::snapshot`].
//! - `loam_unified`: how much of what is shown means what the dictionary says, day by day, see [`mod@crate::unified`].
//! - `loam_term_act`: what people did in the life of terms, see [`mod@crate::term`].
//! - `loam_case`, `loam_case_task`, `loam_case_event`, `loam_case_copy`, `loam_case_stay`: cases of workflows, see
//!   [`mod@crate::case`].
//! - `loam_idempotency`: answers by the key a caller gave.
//! - `loam_unnamed`: which answers without names were one erased person's, see [`mod@crate::unnamed`].
//! - `loam_once`: keys of what was done and is not to be done again, see [`mod@crate::once`].
//! - `loam_turn`: who wrote last what several nodes work out, see [`mod@crate::turn`].
//!
//! Entities have tables beside them; no entity's table can begin with `loam_`, since its app's name does.

mod ledger;
pub(crate) mod shape;
mod sign_in;

use crate::{
    StoreError,
    database::{Link, understand},
    sql::{Column, Dialect, Statement},
};

/// The steps from an empty database to this version's tables, oldest first. A database that stands at version `n` has seen
/// the first `n`; a change of the tables is a step added at the end, and no step that was ever released is edited.
pub(crate) const STEPS: &[&str] = &[
    FIRST,
    ledger::STEP,
    crate::line::STEP,
    ledger::ALONE,
    NOTICE_KEYS,
    sign_in::STEP,
    crate::stand_in::STEP,
    sign_in::ELSEWHERE,
    crate::delivery::STEP,
    crate::snapshot::STEP,
    crate::once::STEP,
    crate::term::STEP,
    crate::unit_board::STEP,
    crate::case::STEP,
    crate::case::TIMES,
    crate::quiet::STEP,
    crate::seat::STEP,
    crate::case::SIGNATURES,
    crate::turn::STEP,
    sign_in::SEEN,
    crate::outbox::ORDER,
    crate::look::STEP,
    ledger::WATCHED,
    crate::purge::STEP,
    crate::unit_board::VERSIONS,
    crate::case::AWAITED,
    crate::term::SINCE,
    sign_in::BROWSERS,
    crate::unified::STEP,
    crate::case::MENDS,
    crate::case::MOVES,
    crate::unnamed::STEP,
    crate::upload::STEP,
    crate::case::STAYS,
];

const FIRST: &str = "
CREATE TABLE loam_definition (version INT PRIMARY KEY, published_at MOMENT NOT NULL, published_by ID NOT NULL, documents TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE loam_account (id ID PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password_hash TEXT NOT NULL, person ID, roles JSON NOT NULL, active BOOL NOT NULL, locale TEXT NOT NULL, created_at MOMENT NOT NULL);
CREATE INDEX loam_account_person ON loam_account (person);
CREATE TABLE loam_session (token_hash TEXT PRIMARY KEY, account ID NOT NULL REFERENCES loam_account(id), created MOMENT NOT NULL, seen MOMENT NOT NULL, expires MOMENT NOT NULL);
CREATE INDEX loam_session_account ON loam_session (account);
CREATE INDEX loam_session_expires ON loam_session (expires);
CREATE TABLE loam_history (id ID PRIMARY KEY, entity TEXT NOT NULL, record ID NOT NULL, field TEXT, action TEXT NOT NULL, before JSON, after JSON, by_account ID NOT NULL, at MOMENT NOT NULL, change ID NOT NULL);
CREATE INDEX loam_history_record ON loam_history (record, id);
CREATE TABLE loam_comment (id ID PRIMARY KEY, entity TEXT NOT NULL, record ID NOT NULL, text TEXT NOT NULL, mentions JSON NOT NULL, by_account ID NOT NULL, at MOMENT NOT NULL, deleted_at MOMENT);
CREATE INDEX loam_comment_record ON loam_comment (record, id);
CREATE TABLE loam_attachment (id ID PRIMARY KEY, entity TEXT NOT NULL, record ID NOT NULL, field TEXT, name TEXT NOT NULL, size INT NOT NULL, media_type TEXT NOT NULL, sha256 TEXT NOT NULL, by_account ID NOT NULL, at MOMENT NOT NULL);
CREATE INDEX loam_attachment_record ON loam_attachment (record, id);
CREATE TABLE loam_outbox (id ID PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL UNIQUE, payload JSON NOT NULL, due MOMENT NOT NULL, attempts INT NOT NULL, claimed_by TEXT, claimed_until MOMENT, state TEXT NOT NULL, last_error TEXT);
CREATE INDEX loam_outbox_due ON loam_outbox (due) WHERE state = 'pending';
CREATE INDEX loam_outbox_dead ON loam_outbox (due) WHERE state = 'dead';
CREATE TABLE loam_notification (id ID PRIMARY KEY, account ID NOT NULL, kind TEXT NOT NULL, payload JSON NOT NULL, at MOMENT NOT NULL, read_at MOMENT);
CREATE INDEX loam_notification_account ON loam_notification (account, id);
CREATE INDEX loam_notification_unread ON loam_notification (account) WHERE read_at IS NULL;
CREATE TABLE loam_saved_view (id ID PRIMARY KEY, page TEXT NOT NULL, account ID NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, UNIQUE (account, page, name));
CREATE TABLE loam_serial (field TEXT NOT NULL, scope TEXT NOT NULL, last INT NOT NULL, PRIMARY KEY (field, scope));
CREATE TABLE loam_idempotency (account ID NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, response JSON NOT NULL, at MOMENT NOT NULL, PRIMARY KEY (account, key));
CREATE INDEX loam_idempotency_at ON loam_idempotency (at);
";

/// Notices that are told once under a key.
const NOTICE_KEYS: &str = "
ALTER TABLE loam_notification ADD COLUMN key TEXT;
CREATE UNIQUE INDEX loam_notification_key ON loam_notification (key);
";

/// A step in a database's own words. JSON is text on both: what was written comes back byte for byte. A line that begins
/// with `SQLITE ` or `POSTGRES ` is for that one only.
fn in_words_of(dialect: Dialect, step: &'static str) -> String {
    let word = |word: &str| match (dialect, word) {
        (Dialect::Sqlite, "INT" | "BOOL") => "INTEGER".to_owned(),
        (Dialect::Sqlite, "ID" | "MOMENT" | "JSON" | "TEXT") => "TEXT".to_owned(),
        (Dialect::Postgres, "INT") => "bigint".to_owned(),
        (Dialect::Postgres, "BOOL") => "boolean".to_owned(),
        (Dialect::Postgres, "ID") => "uuid".to_owned(),
        (Dialect::Postgres, "MOMENT") => "timestamptz".to_owned(),
        (Dialect::Postgres, "JSON" | "TEXT") => "text COLLATE \"C\"".to_owned(),
        (_, other) => other.to_owned(),
    };
    let mut out = String::with_capacity(step.len() * 2);
    let own = |line: &'static str| match (dialect, line.strip_prefix("SQLITE "), line.strip_prefix("POSTGRES ")) {
        (Dialect::Sqlite, Some(line), _) | (Dialect::Postgres, _, Some(line)) => Some(line),
        (_, None, None) => Some(line),
        _ => None,
    };
    for line in step.lines().filter(|line| !line.is_empty()).filter_map(own) {
        let mut token = String::new();
        for c in line.chars() {
            if c.is_alphanumeric() || c == '_' {
                token.push(c);
            } else {
                out.push_str(&word(&token));
                token.clear();
                // STRICT makes SQLite refuse a value of another type, as PostgreSQL does.
                if c == ';' && dialect == Dialect::Sqlite && line.starts_with("CREATE TABLE") {
                    out.push_str(" STRICT");
                }
                out.push(c);
            }
        }
        out.push('\n');
    }
    out
}

/// Makes or brings up to date the tables, in a transaction of its own. Several processes may do so at once.
pub(crate) async fn open(link: &mut Link) -> Result<(), StoreError> {
    let dialect = link.dialect();
    let begin = match dialect {
        Dialect::Sqlite => "BEGIN IMMEDIATE",
        Dialect::Postgres => "BEGIN; SELECT pg_advisory_xact_lock(77103600)",
    };
    link.say(begin).await.map_err(understand)?;
    let done = create(link, dialect).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    link.say(end).await.map_err(understand)?;
    done
}

async fn create(link: &mut Link, dialect: Dialect) -> Result<(), StoreError> {
    let strict = if dialect == Dialect::Sqlite { ("INTEGER", " STRICT") } else { ("bigint", "") };
    let meta = format!("CREATE TABLE IF NOT EXISTS loam_meta (version {} NOT NULL){}", strict.0, strict.1);
    link.say(&meta).await.map_err(understand)?;
    let found = link.fetch(&Statement::new("SELECT version FROM loam_meta").gives([Column::Int])).await?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found = match found.first().and_then(|row| row.first()) {
        Some(model::Value::Int(found)) if *found > known => {
            return Err(StoreError::Newer { found: *found, known });
        }
        Some(model::Value::Int(found)) => *found,
        _ => {
            link.execute(&Statement::new("INSERT INTO loam_meta (version) VALUES (0)")).await?;
            0
        }
    };
    if found == known {
        return Ok(());
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        link.say(&in_words_of(dialect, step)).await.map_err(understand)?;
    }
    link.execute(&Statement::new("UPDATE loam_meta SET version = $1").int(known)).await?;
    Ok(())
}
