//! Giving entries their positions: by one node at a time, which leads by a lease.
//!
//! INVARIANT: positions are given in the transaction that proves the lead is still held, so that a node that lost it writes
//! nothing, however late it wakes.

use std::sync::Arc;

use ledger::Entry;
use model::{Timestamp, Value};

use crate::{
    Store, StoreError,
    ledger::{COLUMNS, ENTRY, entry},
    record::parameters,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

/// The right to do what only one node does, until it ends or is taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// What is led.
    pub task: String,
    /// By whom.
    pub holder: String,
    /// Counts the changes of leader: what a former one still writes is refused by it.
    pub token: i64,
}

/// Positions to give, and what follows from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placing {
    /// The first position.
    pub from: i64,
    /// Entry and leaf hash, in order.
    pub leaves: Vec<(String, String)>,
    /// Nodes that became whole: row, place and hash.
    pub nodes: Vec<(i64, i64, String)>,
    /// The signed checkpoint over all entries up to the last of these.
    pub head: String,
}

/// Rows written by one statement.
const CHUNK: usize = 250;

impl Store {
    /// Takes or keeps the lead of a task until a moment. `None` while another holds it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lead(
        &self,
        task: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lead>, StoreError> {
        let take = "INSERT INTO loam_leader (task, holder, token, until) VALUES ($1, $2, 1, $3) \
                    ON CONFLICT (task) DO UPDATE SET \
                    token = CASE WHEN loam_leader.holder = excluded.holder THEN loam_leader.token ELSE loam_leader.token + 1 END, \
                    holder = excluded.holder, until = excluded.until \
                    WHERE loam_leader.holder = excluded.holder OR loam_leader.until < $4 RETURNING token";
        let statement =
            Arc::new(Statement::new(take).text(task).text(holder).moment(until).moment(now).gives([Column::Int]));
        let rows: Vec<Vec<Value>> = self
            .tend(move |tx| {
                let statement = statement.clone();
                Box::pin(async move { tx.fetch(&statement).await })
            })
            .await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let token = Taken::new("loam_leader", row).int()?;
        Ok(Some(Lead { task: task.to_owned(), holder: holder.to_owned(), token }))
    }

    /// Gives up the lead of a task, if this is who holds it, so that another may take it at once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn resign(&self, task: &str, holder: &str) -> Result<(), StoreError> {
        let update = "UPDATE loam_leader SET until = $1 WHERE task = $2 AND holder = $3";
        let statement = Statement::new(update).moment(Timestamp::UNIX_EPOCH).text(task).text(holder);
        self.execute(statement).await.map(drop)
    }

    /// Entries that wait for a position, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unplaced(&self, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let sql = format!(
            "SELECT {ENTRY} FROM loam_unplaced u JOIN loam_entry e ON e.id = u.entry ORDER BY u.entry LIMIT $1"
        );
        let rows = self.fetch(&Statement::new(sql).int(limit.into()).gives(COLUMNS)).await?;
        rows.into_iter().map(|row| entry(&mut Taken::new("loam_entry", row))).collect()
    }

    /// How many entries wait for a position, and since when the oldest does.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unplaced_since(&self) -> Result<(i64, Option<Timestamp>), StoreError> {
        let sql = "SELECT count(*), (SELECT e.at FROM loam_unplaced o JOIN loam_entry e ON e.id = o.entry \
                   ORDER BY o.entry LIMIT 1) FROM loam_unplaced";
        let Some(row) = self.first(&Statement::new(sql).gives([Column::Int, Column::Text])).await? else {
            return Ok((0, None));
        };
        let mut row = Taken::new("loam_unplaced", row);
        let many = row.int()?;
        Ok((many, row.maybe_text()?.and_then(|at| at.parse().ok())))
    }

    /// Hashes of one row of the tree from a place up to another: row 0 holds the leaves, which are counted by position.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tree(&self, row: u32, from: u64, to: u64) -> Result<Vec<String>, StoreError> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let statement = if row == 0 {
            Statement::new("SELECT hash FROM loam_leaf WHERE position >= $1 AND position < $2 ORDER BY position")
                .int(number(from))
                .int(number(to))
        } else {
            let sql = "SELECT hash FROM loam_node WHERE place >= $1 AND place < $2 AND level = $3 ORDER BY place";
            Statement::new(sql).int(number(from)).int(number(to)).int(row.into())
        };
        let rows = self.fetch(&statement.gives([Column::Text])).await?;
        rows.into_iter().map(|row| Taken::new("loam_leaf", row).text()).collect()
    }

    /// Gives positions, if the lead is still held; `false` when it is not, and then nothing is written.
    ///
    /// # Errors
    /// Those of the database; a position that is given already among them.
    pub async fn place(&self, lead: &Lead, placing: Placing) -> Result<bool, StoreError> {
        let parts = Arc::new((lead.clone(), placing));
        let placed = self
            .tend(move |tx| {
                let parts = parts.clone();
                Box::pin(async move {
                    let (lead, placing) = &*parts;
                    let held = "UPDATE loam_leader SET token = token WHERE task = $1 AND holder = $2 AND token = $3";
                    let held = Statement::new(held).text(&*lead.task).text(&*lead.holder).int(lead.token);
                    if tx.execute(&held).await? == 0 {
                        return Ok(false);
                    }
                    let dialect = tx.link.dialect();
                    for statement in statements(placing, dialect)? {
                        tx.execute(&statement).await?;
                    }
                    Ok::<_, StoreError>(true)
                })
            })
            .await?;
        Ok(placed)
    }
}

fn statements(placing: &Placing, dialect: Dialect) -> Result<Vec<Statement>, StoreError> {
    let mut all = Vec::new();
    let mut position = placing.from;
    for chunk in placing.leaves.chunks(CHUNK) {
        let rows: Vec<String> = (0..chunk.len()).map(|at| parameters(dialect, at * 3, 3)).collect();
        let insert = format!("INSERT INTO loam_leaf (position, entry, hash) VALUES {}", rows.join(", "));
        let mut statement = Statement::new(insert);
        let mut ids = Vec::with_capacity(chunk.len());
        for (entry, hash) in chunk {
            let id = super::id(entry)?;
            statement = statement.int(position).id(id).text(hash.as_str());
            ids.push(id);
            position += 1;
        }
        all.push(statement);
        let among = dialect.among(Column::Ids, 1);
        all.push(Statement::new(format!("DELETE FROM loam_unplaced WHERE entry {among}")).ids(&ids));
    }
    for (row, place, hash) in &placing.nodes {
        let insert = "INSERT INTO loam_node (level, place, hash) VALUES ($1, $2, $3)";
        all.push(Statement::new(insert).int(*row).int(*place).text(hash.as_str()));
    }
    let head = Statement::new("INSERT INTO loam_head (size, note) VALUES ($1, $2)");
    all.push(head.int(position).text(placing.head.as_str()));
    Ok(all)
}
