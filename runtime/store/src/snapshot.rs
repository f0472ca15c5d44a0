//! Numbers kept: the value of a term for a subject in a period, and where it stands among its peers.
//!
//! - `loam_snapshot`: the values, one per term, length of period, period and subject; the nil id stands for all subjects.
//! - `loam_snapshot_due`: what a write left behind: rows of an entity that count on or about a day changed. Every transaction
//!   adds rows of its own, so that writers never wait for each other, and what one runner has not seen it does not remove.
//! - `loam_snapshot_term`: the terms whose values are kept, as they were measured when last looked at.
//!
//! INVARIANT: values are written in the transaction that proves the lead is held, so that of two runners the late one
//! writes nothing.

use std::sync::Arc;

use metrics::{Divisor, Figures, Parts};
use model::{Date, Decimal, RecordId, Timestamp, UserId, Value};

use crate::{
    Lead, Store, StoreError, Tx,
    record::parameters,
    row::Taken,
    sql::{Column, Statement},
};

/// The step that makes the tables.
pub(crate) const STEP: &str = "
CREATE TABLE loam_snapshot (term TEXT NOT NULL, grain TEXT NOT NULL, period TEXT NOT NULL, subject ID NOT NULL, version INT NOT NULL, numerator TEXT, divided BOOL NOT NULL, denominator TEXT, value TEXT, peers INT NOT NULL, percentile TEXT, mean TEXT, median TEXT, lower TEXT, upper TEXT, as_of MOMENT NOT NULL, PRIMARY KEY (term, grain, period, subject));
CREATE INDEX loam_snapshot_subject ON loam_snapshot (subject, grain, term, period);
CREATE TABLE loam_snapshot_due (id ID PRIMARY KEY, entity TEXT NOT NULL, field TEXT NOT NULL, day TEXT NOT NULL);
CREATE INDEX loam_snapshot_due_day ON loam_snapshot_due (entity, field, day);
CREATE TABLE loam_snapshot_term (term TEXT PRIMARY KEY, version INT NOT NULL, fingerprint TEXT NOT NULL, since TEXT NOT NULL);
";

/// Rows written by one statement.
const CHUNK: usize = 250;
/// Columns of a value.
const WIDTH: usize = 16;

/// Where the value of one subject stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The figures of the group.
    pub figures: Figures,
    /// How many percent of the others it is better than.
    pub percentile: Decimal,
}

/// A value that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The term's name.
    pub term: String,
    /// The period, in its written form.
    pub period: String,
    /// Whom or what it is about; the nil id for all together.
    pub subject: RecordId,
    /// The version of the term it was measured by.
    pub version: u32,
    /// What it is made of.
    pub parts: Parts,
    /// The value, unrounded.
    pub value: Option<Decimal>,
    /// Where it stands among its peers, of enough of them.
    pub place: Option<Place>,
    /// When it was worked out.
    pub as_of: Timestamp,
}

/// What a write left behind: rows of an entity changed that count on or about a day by a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// The entity's name.
    pub entity: String,
    /// The name of the field that says when a row counts.
    pub field: String,
    /// The day; `None` for any day there is.
    pub day: Option<Date>,
}

/// A term as it was measured when its values were last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Its name.
    pub term: String,
    /// Its version.
    pub version: u32,
    /// What tells its measure from others.
    pub fingerprint: String,
    /// The day on which this version came.
    pub since: Date,
}

/// The values of a term in a period, to put in the place of those there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The term's name.
    pub term: String,
    /// The word of the period's length.
    pub grain: &'static str,
    /// The period.
    pub period: String,
    /// The values.
    pub values: Vec<Snapshot>,
}

/// The kept numbers of a store.
#[derive(Clone, Copy)]
pub struct Snapshots<'s>(pub(crate) &'s Store);

/// What is asked of kept numbers.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Names of terms.
    pub terms: &'a [&'a str],
    /// The word of the periods' length.
    pub grain: &'static str,
    /// The first period.
    pub from: String,
    /// The last period.
    pub to: String,
    /// Whom or what they are about; every one when `None`.
    pub subject: Option<RecordId>,
}

const SNAPSHOT: &str = "term, period, subject, version, numerator, divided, denominator, value, peers, percentile, mean, \
                        median, lower, upper, as_of";
const HOLDS: [Column; 15] = [
    Column::Text,
    Column::Text,
    Column::Id,
    Column::Int,
    Column::Text,
    Column::Bool,
    Column::Text,
    Column::Text,
    Column::Int,
    Column::Text,
    Column::Text,
    Column::Text,
    Column::Text,
    Column::Text,
    Column::DateTime,
];

fn number(row: &mut Taken) -> Result<Option<Decimal>, StoreError> {
    let Some(text) = row.maybe_text()? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| StoreError::bad("loam_snapshot", "number", &text))
}

fn snapshot(row: Vec<Value>) -> Result<Snapshot, StoreError> {
    let mut row = Taken::new("loam_snapshot", row);
    let (term, period, subject) = (row.text()?, row.text()?, row.id()?);
    let version = u32::try_from(row.int()?).unwrap_or(u32::MAX);
    let numerator = number(&mut row)?;
    let divided = row.flag()?;
    let denominator = number(&mut row)?;
    let value = number(&mut row)?;
    let count = usize::try_from(row.int()?).unwrap_or_default();
    let percentile = number(&mut row)?;
    let figures = [number(&mut row)?, number(&mut row)?, number(&mut row)?, number(&mut row)?];
    let place = match (percentile, figures) {
        (Some(percentile), [Some(mean), Some(median), Some(lower), Some(upper)]) => {
            Some(Place { figures: Figures { count, mean, median, lower, upper }, percentile })
        }
        _ => None,
    };
    let parts = Parts { numerator, denominator: divided.then_some(Divisor(denominator)) };
    Ok(Snapshot { term, period, subject, version, parts, value, place, as_of: row.moment()? })
}

impl Snapshots<'_> {
    /// The values that are kept, of each question by term, period and subject; at most `limit` of each, all by one statement.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, asked: &[Asked<'_>], limit: u32) -> Result<Vec<Snapshot>, StoreError> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = Statement::new("").int(limit.into());
        let mut parts = Vec::with_capacity(asked.len());
        for one in asked {
            let at = statement.args.len();
            let terms = Value::List(one.terms.iter().map(|term| Value::from(*term)).collect());
            let among = self.0.dialect().among(Column::Texts, at + 1);
            statement = statement.bind(terms, Column::Texts).text(one.grain);
            statement = statement.text(one.from.as_str()).text(one.to.as_str());
            let mut about = String::new();
            if let Some(subject) = one.subject {
                about = format!(" AND subject = ${}", at + 5);
                statement = statement.id(subject);
            }
            parts.push(format!(
                "SELECT * FROM (SELECT {SNAPSHOT} FROM loam_snapshot WHERE term {among} AND grain = ${} AND period >= ${} \
                 AND period <= ${}{about} ORDER BY term, period, subject LIMIT $1) s",
                at + 2,
                at + 3,
                at + 4
            ));
        }
        statement.sql = parts.join(" UNION ALL ").into();
        let rows = self.0.fetch(&statement.gives(HOLDS)).await?;
        rows.into_iter().map(snapshot).collect()
    }

    /// How many values are kept of periods of these lengths, by term and the version they were measured by.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn counts(&self, grains: &[&str]) -> Result<Vec<(String, u32, i64)>, StoreError> {
        let among = self.0.dialect().among(Column::Texts, 1);
        let sql = format!(
            "SELECT term, version, count(*) FROM loam_snapshot WHERE grain {among} GROUP BY term, version ORDER BY term, version"
        );
        let grains = Value::List(grains.iter().map(|grain| Value::from(*grain)).collect());
        let statement = Statement::new(sql).bind(grains, Column::Texts);
        let rows = self.0.fetch(&statement.gives([Column::Text, Column::Int, Column::Int])).await?;
        let counted = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_snapshot", row);
            Ok((row.text()?, u32::try_from(row.int()?).unwrap_or(u32::MAX), row.int()?))
        });
        counted.collect()
    }

    /// The version by which the values of a term in a period were measured; `None` when none are kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn version(&self, term: &str, grain: &str, period: &str) -> Result<Option<u32>, StoreError> {
        let sql = "SELECT max(version) FROM loam_snapshot WHERE term = $1 AND grain = $2 AND period = $3";
        let statement = Statement::new(sql).text(term).text(grain).text(period).gives([Column::Int]);
        let row = self.0.fetch(&statement).await?.pop();
        let version = row.map(|row| Taken::new("loam_snapshot", row).maybe_int()).transpose()?.flatten();
        Ok(version.map(|version| u32::try_from(version).unwrap_or(u32::MAX)))
    }

    /// What writes left behind, and the ids it stands under, together for each entity, field and day.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn due(&self, limit: u32) -> Result<Vec<(Due, Vec<RecordId>)>, StoreError> {
        let sql = "SELECT id, entity, field, day FROM loam_snapshot_due ORDER BY entity, field, day, id LIMIT $1";
        let holds = [Column::Id, Column::Text, Column::Text, Column::Text];
        let rows = self.0.fetch(&Statement::new(sql).int(limit.into()).gives(holds)).await?;
        let mut found: Vec<(Due, Vec<RecordId>)> = Vec::new();
        for row in rows {
            let mut row = Taken::new("loam_snapshot_due", row);
            let id = row.id()?;
            let due = Due { entity: row.text()?, field: row.text()?, day: row.text()?.parse().ok() };
            match found.last_mut() {
                Some((known, ids)) if *known == due => ids.push(id),
                _ => found.push((due, vec![id])),
            }
        }
        Ok(found)
    }

    /// The terms whose values are kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn terms(&self) -> Result<Vec<Measured>, StoreError> {
        let sql = "SELECT term, version, fingerprint, since FROM loam_snapshot_term ORDER BY term";
        let holds = [Column::Text, Column::Int, Column::Text, Column::Text];
        let rows = self.0.fetch(&Statement::new(sql).gives(holds)).await?;
        let measured = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_snapshot_term", row);
            let (term, version) = (row.text()?, u32::try_from(row.int()?).unwrap_or(u32::MAX));
            let (fingerprint, since) = (row.text()?, row.text()?);
            let since = since.parse().map_err(|_| StoreError::bad("loam_snapshot_term", "since", &since))?;
            Ok(Measured { term, version, fingerprint, since })
        });
        measured.collect()
    }

    /// Puts values in the place of those there are and removes what they were due for, if the lead is still held; `false`
    /// when it is not, and then nothing is written.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn renew(&self, lead: &Lead, renewed: Vec<Renewed>, done: Vec<RecordId>) -> Result<bool, StoreError> {
        let parts = Arc::new((lead.clone(), renewed, done));
        self.0
            .tend(move |tx| {
                let parts = parts.clone();
                Box::pin(async move {
                    let (lead, renewed, done) = &*parts;
                    if !tx.leads(lead).await? {
                        return Ok(false);
                    }
                    for one in renewed {
                        tx.renew(one).await?;
                    }
                    tx.no_longer_due(done).await?;
                    Ok::<_, StoreError>(true)
                })
            })
            .await
    }

    /// Notes how terms are measured now, forgets the values of those that are gone, and leaves behind what must be worked
    /// out anew; if the lead is still held.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn introduce(
        &self,
        lead: &Lead,
        terms: Vec<Measured>,
        gone: Vec<String>,
        due: Vec<(RecordId, Due)>,
        done: Vec<RecordId>,
    ) -> Result<bool, StoreError> {
        let parts = Arc::new((lead.clone(), terms, gone, due, done));
        self.0
            .tend(move |tx| {
                let parts = parts.clone();
                Box::pin(async move {
                    let (lead, terms, gone, due, done) = &*parts;
                    if !tx.leads(lead).await? {
                        return Ok(false);
                    }
                    for term in terms {
                        let upsert = "INSERT INTO loam_snapshot_term (term, version, fingerprint, since) \
                                      VALUES ($1, $2, $3, $4) ON CONFLICT (term) DO UPDATE SET \
                                      version = excluded.version, fingerprint = excluded.fingerprint, since = excluded.since";
                        let upsert = Statement::new(upsert).text(term.term.as_str()).int(term.version.into());
                        tx.execute(&upsert.text(term.fingerprint.as_str()).text(term.since.to_string())).await?;
                    }
                    for term in gone {
                        for table in ["loam_snapshot", "loam_snapshot_term"] {
                            let delete = Statement::new(format!("DELETE FROM {table} WHERE term = $1"));
                            tx.execute(&delete.text(term.as_str())).await?;
                        }
                    }
                    tx.is_due(due).await?;
                    tx.no_longer_due(done).await?;
                    Ok::<_, StoreError>(true)
                })
            })
            .await
    }
}

impl Tx {
    /// Leaves behind that rows changed, for the numbers they are in.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn is_due(&mut self, due: &[(RecordId, Due)]) -> Result<(), StoreError> {
        let dialect = self.link.dialect();
        for chunk in due.chunks(CHUNK) {
            let rows: Vec<String> = (0..chunk.len()).map(|at| parameters(dialect, at * 4, 4)).collect();
            let insert = format!("INSERT INTO loam_snapshot_due (id, entity, field, day) VALUES {}", rows.join(", "));
            let statement = chunk.iter().fold(Statement::new(insert), |statement, (id, due)| {
                let day = due.day.map(|day| day.to_string()).unwrap_or_default();
                statement.id(*id).text(due.entity.as_str()).text(due.field.as_str()).text(day)
            });
            self.execute(&statement).await?;
        }
        Ok(())
    }

    /// Whether the lead is still held; it is kept until the end of the transaction.
    async fn leads(&mut self, lead: &Lead) -> Result<bool, StoreError> {
        let held = "UPDATE loam_leader SET token = token WHERE task = $1 AND holder = $2 AND token = $3";
        let held = Statement::new(held).text(lead.task.as_str()).text(lead.holder.as_str()).int(lead.token);
        Ok(self.execute(&held).await? > 0)
    }

    async fn no_longer_due(&mut self, done: &[RecordId]) -> Result<(), StoreError> {
        for ids in done.chunks(1_000) {
            let among = self.link.dialect().among(Column::Ids, 1);
            self.execute(&Statement::new(format!("DELETE FROM loam_snapshot_due WHERE id {among}")).ids(ids)).await?;
        }
        Ok(())
    }

    async fn renew(&mut self, renewed: &Renewed) -> Result<(), StoreError> {
        let delete = "DELETE FROM loam_snapshot WHERE term = $1 AND grain = $2 AND period = $3";
        let delete = Statement::new(delete).text(renewed.term.as_str()).text(renewed.grain);
        self.execute(&delete.text(renewed.period.as_str())).await?;
        let dialect = self.link.dialect();
        let text = |number: Option<Decimal>| Value::from(number.map(|number| number.to_string()));
        for chunk in renewed.values.chunks(CHUNK) {
            let rows: Vec<String> = (0..chunk.len()).map(|at| parameters(dialect, at * WIDTH, WIDTH)).collect();
            let insert = format!("INSERT INTO loam_snapshot (grain, {SNAPSHOT}) VALUES {}", rows.join(", "));
            let mut statement = Statement::new(insert);
            for one in chunk {
                let figures = one.place.map(|place| place.figures);
                let count = figures.map_or(0, |figures| figures.count);
                statement = statement
                    .text(renewed.grain)
                    .text(one.term.as_str())
                    .text(one.period.as_str())
                    .id(one.subject)
                    .int(one.version.into())
                    .bind(text(one.parts.numerator), Column::Text)
                    .bind(one.parts.denominator.is_some(), Column::Bool)
                    .bind(text(one.parts.divisor()), Column::Text)
                    .bind(text(one.value), Column::Text)
                    .int(i64::try_from(count).unwrap_or(i64::MAX))
                    .bind(text(one.place.map(|place| place.percentile)), Column::Text)
                    .bind(text(figures.map(|figures| figures.mean)), Column::Text)
                    .bind(text(figures.map(|figures| figures.median)), Column::Text)
                    .bind(text(figures.map(|figures| figures.lower)), Column::Text)
                    .bind(text(figures.map(|figures| figures.upper)), Column::Text)
                    .moment(one.as_of);
            }
            self.execute(&statement).await?;
        }
        Ok(())
    }
}

/// What stands for all subjects together.
pub const ALL: RecordId = UserId::nil();
