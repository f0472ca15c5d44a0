//! Reading the ledger: whole and in order for whoever verifies, by what is asked for whoever looks something up.

use ledger::{Entry, Sealed};
use model::{RecordId, UserId, Value};

use crate::{
    Store, StoreError,
    ledger::{COLUMNS, ENTRY, SEALED, SEALED_COLUMNS, entry, sealed},
    row::Taken,
    sql::{Column, Statement},
};

/// A position and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The position, from 0.
    pub position: i64,
    /// The entry's id, as the leaf has it.
    pub id: String,
    /// The leaf's hash.
    pub leaf: String,
    /// The entry, with the values beside it; `None` when there is none of that id.
    pub written: Option<Written>,
}

/// An entry and the values beside it, as far as they were not erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The entry.
    pub entry: Entry,
    /// Who did it from where.
    pub who: Option<Sealed>,
    /// What was changed.
    pub what: Option<Sealed>,
    /// Its position, once it has one.
    pub position: Option<i64>,
    /// What people call the account; empty when it is not known.
    pub by_name: String,
}

/// Which entries are asked for; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Not before this moment, written as entries write them.
    pub from: Option<String>,
    /// Before this moment.
    pub to: Option<String>,
    /// By this account.
    pub actor: Option<UserId>,
    /// This act, or all that begin with it and a dot.
    pub action: Option<String>,
    /// On this kind of thing.
    pub object: Option<String>,
    /// On this thing.
    pub record: Option<RecordId>,
    /// Ended so.
    pub outcome: Option<String>,
    /// Older than this entry.
    pub before: Option<RecordId>,
    /// This entry alone.
    pub id: Option<RecordId>,
    /// At most so many.
    pub limit: u32,
}

/// Something that was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// When, written as entries write it.
    pub at: String,
    /// By whom; `None` when nobody was signed in.
    pub actor: Option<UserId>,
    /// What.
    pub action: String,
}

/// Something that leaves, or gives rights, as alarms look at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// When, written as entries write it.
    pub at: String,
    /// By whom; `None` when nobody was signed in.
    pub actor: Option<UserId>,
    /// `export`, `uncover`, `account.roles` or `account.make`.
    pub action: String,
    /// On what.
    pub record: Option<RecordId>,
    /// What is part of the act.
    pub facts: serde_json::Value,
}

/// What the tables hold beside each other that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strays {
    /// An entry without a position that does not wait for one.
    pub unplaced: Option<String>,
    /// What waits for a position and is no entry, or has one.
    pub waiting: Option<String>,
    /// Nodes of the tree in all.
    pub nodes: i64,
}

impl Store {
    /// Entries from a position on, in order, as they are kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn placed(&self, from: i64, limit: u32) -> Result<Vec<Placed>, StoreError> {
        let sql = format!(
            "SELECT l.position, CAST(l.entry AS TEXT), l.hash, CASE WHEN e.id IS NULL THEN 0 ELSE 1 END, {SEALED}, {ENTRY} \
             FROM loam_leaf l LEFT JOIN loam_entry e ON e.id = l.entry WHERE l.position >= $1 ORDER BY l.position LIMIT $2"
        );
        let mut columns = vec![Column::Int, Column::Text, Column::Text, Column::Int];
        columns.extend(SEALED_COLUMNS);
        columns.extend(COLUMNS);
        let rows = self.fetch(&Statement::new(sql).int(from).int(limit.into()).gives(columns)).await?;
        let placed = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_leaf", row);
            let (position, id, leaf, there) = (row.int()?, row.text()?, row.text()?, row.int()?);
            let written = match there {
                0 => None,
                _ => Some(written(&mut row, Some(position))?),
            };
            Ok(Placed { position, id, leaf, written })
        });
        placed.collect()
    }

    /// Checkpoints over more entries than this, in order: how many entries, and the signed note.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn heads(&self, over: i64, limit: u32) -> Result<Vec<(i64, String)>, StoreError> {
        let sql = "SELECT size, note FROM loam_head WHERE size > $1 ORDER BY size LIMIT $2";
        let statement = Statement::new(sql).int(over).int(limit.into()).gives([Column::Int, Column::Text]);
        let rows = self.fetch(&statement).await?;
        let heads = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_head", row);
            Ok((row.int()?, row.text()?))
        });
        heads.collect()
    }

    /// The newest checkpoint.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_head(&self) -> Result<Option<(i64, String)>, StoreError> {
        let sql = "SELECT size, note FROM loam_head ORDER BY size DESC LIMIT 1";
        let Some(row) = self.first(&Statement::new(sql).gives([Column::Int, Column::Text])).await? else {
            return Ok(None);
        };
        let mut row = Taken::new("loam_head", row);
        Ok(Some((row.int()?, row.text()?)))
    }

    /// What the tables hold beside each other that does not fit.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn strays(&self) -> Result<Strays, StoreError> {
        let unplaced = "SELECT CAST(e.id AS TEXT) FROM loam_entry e WHERE NOT EXISTS (SELECT 1 FROM loam_leaf l WHERE l.entry = e.id) \
                        AND NOT EXISTS (SELECT 1 FROM loam_unplaced u WHERE u.entry = e.id) ORDER BY e.id LIMIT 1";
        let waiting = "SELECT CAST(u.entry AS TEXT) FROM loam_unplaced u WHERE NOT EXISTS (SELECT 1 FROM loam_entry e WHERE e.id = u.entry) \
                       OR EXISTS (SELECT 1 FROM loam_leaf l WHERE l.entry = u.entry) ORDER BY u.entry LIMIT 1";
        let nodes = self.fetch(&Statement::new("SELECT count(*) FROM loam_node").gives([Column::Int])).await?;
        let nodes = nodes.into_iter().next().map_or(Ok(0), |row| Taken::new("loam_node", row).int())?;
        Ok(Strays { unplaced: self.one_text(unplaced).await?, waiting: self.one_text(waiting).await?, nodes })
    }

    async fn one_text(&self, sql: &'static str) -> Result<Option<String>, StoreError> {
        let row = self.first(&Statement::new(sql).gives([Column::Text])).await?;
        row.map_or(Ok(None), |row| Taken::new("loam_entry", row).maybe_text())
    }

    /// Public keys the ledger announced, oldest first, as its entries write them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn announced_keys(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT facts FROM loam_entry WHERE action = 'ledger.key' ORDER BY id";
        let rows = self.fetch(&Statement::new(sql).gives([Column::Text])).await?;
        let mut keys = Vec::new();
        for row in rows {
            let facts = Taken::new("loam_entry", row).json()?;
            keys.extend(facts.get("key").and_then(|key| key.as_str()).map(str::to_owned));
        }
        Ok(keys)
    }

    /// What was refused last, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn refusals(&self, limit: u32) -> Result<Vec<Refusal>, StoreError> {
        let sql = "SELECT at, actor, action FROM loam_entry WHERE outcome <> 'done' ORDER BY id DESC LIMIT $1";
        let statement = Statement::new(sql).int(limit.into()).gives([Column::Text, Column::Id, Column::Text]);
        let rows = self.fetch(&statement).await?.into_iter();
        let read = rows.map(|row| {
            let mut row = Taken::new("loam_entry", row);
            Ok(Refusal { at: row.text()?, actor: row.maybe_id()?, action: row.text()? })
        });
        read.collect()
    }

    /// What was taken along, uncovered or given last, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn watched(&self, limit: u32) -> Result<Vec<Watched>, StoreError> {
        // Said in the index's own words, so that it is used.
        let sql = "SELECT at, actor, action, record, coalesce(facts, '{}') FROM loam_entry \
                   WHERE action IN ('export', 'uncover', 'account.roles', 'account.make') AND outcome = 'done' \
                   ORDER BY id DESC LIMIT $1";
        let columns = [Column::Text, Column::Id, Column::Text, Column::Id, Column::Text];
        let rows = self.fetch(&Statement::new(sql).int(limit.into()).gives(columns)).await?.into_iter();
        let read = rows.map(|row| {
            let mut row = Taken::new("loam_entry", row);
            let (at, actor, action) = (row.text()?, row.maybe_id()?, row.text()?);
            Ok(Watched { at, actor, action, record: row.maybe_id()?, facts: row.json()? })
        });
        read.collect()
    }

    /// What the ledger says of publishes, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn publish_facts(&self) -> Result<Vec<serde_json::Value>, StoreError> {
        let sql = "SELECT facts FROM loam_entry WHERE action = 'publish' AND outcome = 'done' ORDER BY id DESC";
        let rows = self.fetch(&Statement::new(sql).gives([Column::Text])).await?;
        rows.into_iter().map(|row| Taken::new("loam_entry", row).json()).collect()
    }

    /// Entries as asked for, newest first. Who may ask is the engine's business.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn entries(&self, wanted: &Wanted) -> Result<Vec<Written>, StoreError> {
        let mut statement = Statement::new("");
        let mut conditions: Vec<String> = Vec::new();
        let texts = [
            ("e.at >= ?", &wanted.from),
            ("e.at < ?", &wanted.to),
            ("e.object = ?", &wanted.object),
            ("e.outcome = ?", &wanted.outcome),
            ("(e.action = ? OR substr(e.action, 1, length(?) + 1) = ? || '.')", &wanted.action),
        ];
        let texts = texts.into_iter().filter_map(|(said, text)| Some((said, text.as_deref()?.into(), Column::Text)));
        let ids = [
            ("e.actor = ?", wanted.actor),
            ("e.record = ?", wanted.record),
            ("e.id < ?", wanted.before),
            ("e.id = ?", wanted.id),
        ];
        let ids = ids.into_iter().filter_map(|(said, id)| Some((said, Value::Id(id?), Column::Id)));
        for (said, value, column) in texts.chain(ids) {
            statement.args.push((value, column));
            conditions.push(said.replace('?', &format!("${}", statement.args.len())));
        }
        // Said in the index's own words, so that it is used.
        let index = if wanted.outcome.as_deref().is_some_and(|outcome| outcome != "done") {
            "e.outcome <> 'done'"
        } else {
            "1 = 1"
        };
        conditions.push(index.to_owned());
        let args = std::mem::take(&mut statement.args);
        let limit = args.len() + 1;
        let sql = format!(
            "SELECT l.position, a.name, {SEALED}, {ENTRY} FROM loam_entry e LEFT JOIN loam_leaf l ON l.entry = e.id \
             LEFT JOIN loam_account a ON a.id = e.actor WHERE {} ORDER BY e.id DESC LIMIT ${limit}",
            conditions.join(" AND ")
        );
        let mut statement = Statement::new(sql);
        statement.args = args;
        let mut columns = vec![Column::Int, Column::Text];
        columns.extend(SEALED_COLUMNS);
        columns.extend(COLUMNS);
        let rows = self.fetch(&statement.int(wanted.limit.into()).gives(columns)).await?;
        let found = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_entry", row);
            let position = row.maybe_int()?;
            let by_name = row.maybe_text()?.unwrap_or_default();
            Ok(Written { by_name, ..written(&mut row, position)? })
        });
        found.collect()
    }
}

/// Reads an entry with what stands beside it.
pub(crate) fn written(row: &mut Taken, position: Option<i64>) -> Result<Written, StoreError> {
    let (who, what) = (sealed(row)?, sealed(row)?);
    Ok(Written { entry: entry(row)?, who, what, position, by_name: String::new() })
}
