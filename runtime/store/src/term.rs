//! What people did in the life of terms: where each version stands, and what was said of it.

use model::{Date, RecordId, Timestamp, UserId};

use crate::{
    OutboxEntry, Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// Acts on terms. An act that changes where a version stands counts on from the one before, so that of two at once one fails.
pub(crate) const STEP: &str = "
CREATE TABLE loam_term_act (id ID PRIMARY KEY, term TEXT NOT NULL, version INT NOT NULL, step INT, status TEXT, said TEXT NOT NULL, by_account ID NOT NULL, at MOMENT NOT NULL);
CREATE INDEX loam_term_act_term ON loam_term_act (term, id);
CREATE UNIQUE INDEX loam_term_act_step ON loam_term_act (term, version, step) WHERE step IS NOT NULL;
";

/// From which days versions of terms count, each in the edition in which it last stood. Versions of terms that never had another
/// are not there.
pub(crate) const SINCE: &str = "
CREATE TABLE loam_term_since (term TEXT NOT NULL, step INT NOT NULL, version INT NOT NULL, edition INT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (term, step));
";

/// Kind of the letters that tell of where a version of a term stands from now on.
pub const TERM_STANDS: &str = "term.stands";

/// The day from which the first version counts: before all others.
const EVER: Date = Date::constant(1, 1, 1);

/// A version of a term, and from when on it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermSince {
    /// The term, by name.
    pub term: String,
    /// The version.
    pub version: u32,
    /// The last edition of the app in which it stands.
    pub edition: i64,
    /// The first day on which it counts.
    pub since: Date,
}

/// A version of a term that is followed by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermCounts {
    /// The term, by name.
    pub term: String,
    /// The version until now and the last edition it stands in; `None` where no version was there, or it stays known as it is.
    pub was: Option<(u32, i64)>,
    /// The version that counts from now on, its edition, and the day; `None` where nobody has decided yet.
    pub is: Option<(u32, i64, Date)>,
}

/// An act to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTermAct {
    /// Its id.
    pub id: RecordId,
    /// The term, by name.
    pub term: String,
    /// The version it is about.
    pub version: u32,
    /// Where the version stands from now on; `None` for what is only said.
    pub status: Option<String>,
    /// What was said; may be empty.
    pub said: String,
    /// By whom.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// An act that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermAct {
    /// Its id.
    pub id: RecordId,
    /// The version it is about.
    pub version: u32,
    /// Where the version stood from then on; `None` for what was only said.
    pub status: Option<String>,
    /// What was said; may be empty.
    pub said: String,
    /// By whom; nobody for the platform itself.
    pub by: UserId,
    /// What people call the account; empty when it is not known.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

/// Where a version of a term stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermStanding {
    /// The term, by name.
    pub term: String,
    /// The version.
    pub version: u32,
    /// How many acts have changed that before the last one, from 0.
    pub step: i64,
    /// Where it stands.
    pub status: String,
    /// Who said so last.
    pub by: UserId,
}

/// The life of terms in a store.
#[derive(Clone, Copy)]
pub struct TermActs<'s>(pub(crate) &'s Store);

impl TermActs<'_> {
    /// What was done with a term, newest first, at most so many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, term: &str, limit: u32) -> Result<Vec<TermAct>, StoreError> {
        let select = "SELECT t.id, t.version, t.status, t.said, t.by_account, a.name, t.at FROM loam_term_act t \
                      LEFT JOIN loam_account a ON a.id = t.by_account WHERE t.term = $1 ORDER BY t.id DESC LIMIT $2";
        let columns = [Column::Id, Column::Int, Column::Text, Column::Text, Column::Id, Column::Text, Column::DateTime];
        let rows = self.0.fetch(&Statement::new(select).text(term).int(limit.into()).gives(columns)).await?;
        let taken = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_term_act", row);
            Ok(TermAct {
                id: row.id()?,
                version: version(row.int()?)?,
                status: row.maybe_text()?,
                said: row.text()?,
                by: row.id()?,
                by_name: row.maybe_text()?.unwrap_or_default(),
                at: row.moment()?,
            })
        });
        taken.collect()
    }

    /// Where versions of terms stand by what people did. Versions that nobody touched are not there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn standings(&self) -> Result<Vec<TermStanding>, StoreError> {
        let select = "SELECT t.term, t.version, t.step, t.status, t.by_account FROM loam_term_act t \
                      WHERE t.step IS NOT NULL AND NOT EXISTS (SELECT 1 FROM loam_term_act n \
                      WHERE n.term = t.term AND n.version = t.version AND n.step > t.step)";
        let columns = [Column::Text, Column::Int, Column::Int, Column::Text, Column::Id];
        let rows = self.0.fetch(&Statement::new(select).gives(columns)).await?;
        let taken = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_term_act", row);
            Ok(TermStanding {
                term: row.text()?,
                version: version(row.int()?)?,
                step: row.int()?,
                status: row.text()?,
                by: row.id()?,
            })
        });
        taken.collect()
    }

    /// From when on versions of terms count, in the order in which they came.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn counting(&self) -> Result<Vec<TermSince>, StoreError> {
        let select = "SELECT term, version, edition, since FROM loam_term_since ORDER BY term, step";
        let columns = [Column::Text, Column::Int, Column::Int, Column::Text];
        let rows = self.0.fetch(&Statement::new(select).gives(columns)).await?;
        let taken = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_term_since", row);
            let (term, version, edition) = (row.text()?, version(row.int()?)?, row.int()?);
            let since = row.text()?.parse().map_err(|_| StoreError::Misfit("the day of a version is no day"))?;
            Ok(TermSince { term, version, edition, since })
        });
        taken.collect()
    }
}

fn version(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Misfit("a version of a term is no such number"))
}

impl Store {
    /// The life of terms.
    pub fn term_acts(&self) -> TermActs<'_> {
        TermActs(self)
    }
}

impl Tx {
    /// Keeps an act. One that changes where a version stands follows on `step`, the number of such acts before it, and is not
    /// kept, which is `false`, when there is another by now. It leaves a letter, so that those concerned are told.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn term_act(&mut self, act: &NewTermAct, step: i64) -> Result<bool, StoreError> {
        let insert = "INSERT INTO loam_term_act (id, term, version, step, status, said, by_account, at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
        let statement = Statement::new(insert)
            .id(act.id)
            .text(act.term.as_str())
            .int(act.version.into())
            .bind(act.status.as_ref().map(|_| step), Column::Int)
            .bind(act.status.clone(), Column::Text)
            .text(act.said.as_str())
            .id(act.by)
            .moment(act.at);
        let kept = self.execute(&statement).await? > 0;
        if let Some(status) = act.status.as_ref().filter(|_| kept) {
            let payload = serde_json::json!({
                "term": act.term, "version": act.version, "status": status, "by": act.by, "act": act.id,
            });
            let key = format!("{TERM_STANDS}:{}", act.id);
            let letter = OutboxEntry { id: act.id, kind: TERM_STANDS.to_owned(), key, payload, due: act.at };
            self.outbox(&[letter]).await?;
        }
        Ok(kept)
    }

    /// Keeps the acts that come with a publish: versions that begin as proposed. What was done with such a version before, and
    /// published away, counts no longer than until now.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn terms_proposed(&mut self, acts: &[NewTermAct]) -> Result<(), StoreError> {
        for act in acts.iter() {
            let select = "SELECT coalesce(max(step), -1) + 1 FROM loam_term_act WHERE term = $1 AND version = $2";
            let statement = Statement::new(select).text(act.term.as_str()).int(act.version.into());
            let rows = self.fetch(&statement.gives([Column::Int])).await?;
            let step = rows.into_iter().next().map_or(Ok(0), |row| Taken::new("loam_term_act", row).int())?;
            self.term_act(act, step).await?;
        }
        Ok(())
    }

    /// Keeps what counts from now on. A version counts anew only where it is not the last one that does, and the first one of
    /// all is not kept: without another it counts anyway.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn term_counts(&mut self, counts: &TermCounts) -> Result<(), StoreError> {
        let select = "SELECT step, version FROM loam_term_since WHERE term = $1 ORDER BY step DESC LIMIT 1";
        let statement = Statement::new(select).text(counts.term.as_str()).gives([Column::Int, Column::Int]);
        let mut last = match self.fetch(&statement).await?.into_iter().next() {
            Some(row) => {
                let mut row = Taken::new("loam_term_since", row);
                Some((row.int()?, version(row.int()?)?))
            }
            None => None,
        };
        match (counts.was, last) {
            (Some((was, edition)), None) => {
                self.term_since(&counts.term, 0, (was, edition, EVER)).await?;
                last = Some((0, was));
            }
            (Some((was, edition)), Some(_)) => {
                let update = "UPDATE loam_term_since SET edition = $3 WHERE term = $1 AND version = $2";
                let update = Statement::new(update).text(counts.term.as_str()).int(was.into()).int(edition);
                self.execute(&update).await?;
            }
            (None, _) => {}
        }
        match (counts.is, last) {
            (Some(is), Some((step, version))) if version != is.0 => self.term_since(&counts.term, step + 1, is).await,
            _ => Ok(()),
        }
    }

    async fn term_since(
        &mut self,
        term: &str,
        step: i64,
        (version, edition, since): (u32, i64, Date),
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_term_since (term, step, version, edition, since) VALUES ($1, $2, $3, $4, $5)";
        let insert = Statement::new(insert).text(term).int(step).int(version.into()).int(edition);
        self.execute(&insert.text(since.to_string())).await.map(drop)
    }

    /// Forgets from when on versions of terms counted that are no longer there: a name that comes again is another term.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn terms_gone(&mut self, terms: &[String]) -> Result<(), StoreError> {
        for term in terms {
            let delete = Statement::new("DELETE FROM loam_term_since WHERE term = $1");
            self.execute(&delete.text(term.as_str())).await?;
        }
        Ok(())
    }
}
