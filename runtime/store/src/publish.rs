//! A plan carried out: measured first, then applied in one transaction with the version it belongs to.

pub(crate) mod ddl;
mod measure;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use model::{Timestamp, UserId, Value};
use sha2::{Digest, Sha256};

use crate::{
    Asking, Confirmed, NewEntry, NewTermAct, OutboxEntry, Plan, PublishError, Rewrite, Store, StoreError, TermCounts,
    Tx,
    blob::hex,
    database::understand,
    plan::{Act, Step},
    sql::{Column, Dialect, Statement},
    store::{Guard, nobody},
};

/// What is kept beside a publish, in its transaction.
#[derive(Debug, Clone, Default)]
pub struct Noted {
    /// The entries of the ledger that tell of it.
    pub entries: Vec<NewEntry>,
    /// Versions of terms that begin as proposed.
    pub terms: Arc<[NewTermAct]>,
    /// Versions of terms that are followed by others.
    pub counts: Arc<[TermCounts]>,
    /// Terms that are no longer there, by name.
    pub gone: Arc<[String]>,
    /// What becomes of the views that people kept.
    pub views: Rewrite,
    /// What is to be done once it is published.
    pub letters: Vec<OutboxEntry>,
}

impl Store {
    /// Fills in how many rows each step loses, finds not to fit or finds outside its bounds, as of now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn measure(&self, plan: &mut Plan) -> Result<(), StoreError> {
        let names = measure::Names::before(plan, self.dialect());
        for step in &mut plan.steps {
            if let Some(sql) = measure::lost(&step.act, &names) {
                step.lost = Some(self.count(sql).await?);
            }
            if let Some(sql) = measure::unfit(&step.act, &names) {
                step.unfit = Some(self.count(sql).await?);
            }
            if let Some(mut long) = measure::long(&step.act, &names) {
                while let Some(select) = long.next() {
                    long.take(self.vault(), &self.fetch(&select).await?);
                }
                step.unfit = Some(long.many);
            }
            if let Some(sql) = measure::outside(&step.act, &names) {
                step.outside = Some(self.count(sql).await?);
            }
            if let Some(mut short) = measure::short(&step.act, &names) {
                while let Some(select) = short.next() {
                    short.take(self.vault(), &self.fetch(&select).await?);
                }
                step.outside = Some(short.many);
            }
        }
        Ok(())
    }

    async fn count(&self, statement: Statement) -> Result<i64, StoreError> {
        Ok(number(self.fetch(&statement.gives([Column::Int])).await?))
    }

    /// Applies a plan and keeps the documents as the next version, in one transaction. Answers its number.
    ///
    /// # Errors
    /// [`PublishError`] says why nothing was applied.
    pub async fn publish(
        &self,
        before_version: i64,
        plan: &Plan,
        confirmed: &Confirmed,
        documents: serde_json::Value,
        user: UserId,
        at: Timestamp,
    ) -> Result<i64, PublishError> {
        self.publish_noted(before_version, plan, confirmed, documents, (user, at), Noted::default()).await
    }

    /// The same, with what is kept beside it.
    ///
    /// # Errors
    /// [`PublishError`] says why nothing was applied.
    pub async fn publish_noted(
        &self,
        before_version: i64,
        plan: &Plan,
        confirmed: &Confirmed,
        documents: serde_json::Value,
        (user, at): (UserId, Timestamp),
        noted: Noted,
    ) -> Result<i64, PublishError> {
        let missing: Vec<String> = plan
            .steps
            .iter()
            .filter(|step| step.destructive && !confirmed.0.contains(&step.name))
            .map(|step| step.name.clone())
            .collect();
        if !missing.is_empty() {
            return Err(PublishError::Unconfirmed { names: missing });
        }
        let asking = Asking { user, now: at, version: before_version, ..nobody() };
        let parts = Arc::new((plan.clone(), confirmed.clone(), documents.to_string(), noted));
        let applied = self.run(asking, Guard::Publish, move |tx| {
            let parts = parts.clone();
            Box::pin(async move {
                let (plan, confirmed, documents, noted) = &*parts;
                let version = apply(tx, plan, confirmed, documents).await?;
                tx.terms_proposed(&noted.terms).await?;
                for counts in noted.counts.iter() {
                    tx.term_counts(counts).await?;
                }
                tx.terms_gone(&noted.gone).await?;
                tx.rewrite_views(&noted.views).await?;
                tx.outbox(&noted.letters).await?;
                tx.enter(&noted.entries).await?;
                Ok(version)
            })
        });
        applied.await
    }
}

fn number(rows: Vec<Vec<Value>>) -> i64 {
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(count)) => *count,
        _ => 0,
    }
}

async fn apply(tx: &mut Tx, plan: &Plan, confirmed: &Confirmed, documents: &str) -> Result<i64, PublishError> {
    let newest = Statement::new("SELECT coalesce(max(version), 0) FROM loam_definition").gives([Column::Int]);
    let found = number(tx.fetch(&newest).await?);
    let expected = tx.asking.version;
    if found != expected {
        return Err(PublishError::Stale { expected, found });
    }
    if tx.link.dialect() == Dialect::Postgres {
        // A table with checks put off cannot be altered.
        tx.link.say("SET CONSTRAINTS ALL IMMEDIATE").await.map_err(understand)?;
    }
    for (done, step) in plan.steps.iter().enumerate() {
        take(tx, plan, done, step, confirmed).await?;
    }
    let dialect = tx.link.dialect();
    for sql in plan.steps.iter().flat_map(|step| ddl::keys(&step.act, dialect)) {
        tx.link.say(&sql).await.map_err(|error| schema_error(understand(error)))?;
    }
    for sql in &plan.lines {
        tx.execute(&Statement::new(sql.clone())).await?;
    }
    let version = found + 1;
    let insert = "INSERT INTO loam_definition (version, published_at, published_by, documents, hash) \
                  VALUES ($1, $2, $3, $4, $5)";
    let statement = Statement::new(insert)
        .int(version)
        .moment(tx.asking.now)
        .id(tx.asking.user)
        .text(documents)
        .text(hex(&Sha256::digest(documents)));
    tx.execute(&statement).await?;
    Ok(version)
}

/// The statements that make an app's tables, and those that tie them together once they are filled.
pub(crate) fn tables_of(plan: &Plan, dialect: Dialect) -> (Vec<String>, Vec<String>) {
    let tables = plan.steps.iter().flat_map(|step| ddl::statements(&step.act, dialect)).collect();
    let keys = plan.steps.iter().flat_map(|step| ddl::keys(&step.act, dialect)).collect();
    (tables, keys)
}

/// Takes one step. Values are counted again here: what was measured may have changed since.
async fn take(tx: &mut Tx, plan: &Plan, done: usize, step: &Step, confirmed: &Confirmed) -> Result<(), PublishError> {
    let dialect = tx.link.dialect();
    let names = measure::Names::at(plan, done, dialect);
    if let Some(sql) = measure::unfit(&step.act, &names) {
        let count = number(tx.fetch(&sql.gives([Column::Int])).await?);
        if count > 0 && !(step.converts() && confirmed.0.contains(&step.name)) {
            return Err(PublishError::DoesNotFit { name: step.name.clone(), count, why: measure::why(&step.act) });
        }
    }
    if let Some(mut long) = measure::long(&step.act, &names) {
        while let Some(select) = long.next() {
            let rows = tx.fetch(&select).await?;
            long.take(&tx.vault, &rows);
        }
        if long.many > 0 {
            let (name, why) = (step.name.clone(), measure::why(&step.act));
            return Err(PublishError::DoesNotFit { name, count: long.many, why });
        }
    }
    for sql in ddl::statements(&step.act, dialect) {
        tx.link.say(&sql).await.map_err(|error| schema_error(understand(error)))?;
    }
    if let Act::AddColumn { table, column, .. } = &step.act
        && !column.default.is_null()
    {
        let (table, name) = (crate::sql::name(table), crate::sql::name(&column.name));
        let fill = format!("UPDATE {table} SET {name} = $1");
        tx.execute(&Statement::new(fill).bind(column.default.clone(), column.column)).await?;
    }
    for statement in ddl::renames(&step.act) {
        tx.execute(&statement).await?;
    }
    rebind(tx, &step.act).await?;
    Ok(())
}

/// Seals or opens what a step makes a secret or no secret, and seals anew what is bound to a name that changes.
async fn rebind(tx: &mut Tx, act: &Act) -> Result<(), StoreError> {
    match act {
        Act::RenameTable { entity, before, to } => {
            for column in before.columns.iter().filter(|column| column.column == Column::Secret) {
                let field = column.field.as_str();
                let (was, is) = ((before.entity.as_str(), field), (entity.as_str(), field));
                tx.rebind(to, &column.name, Some(was), Some(is)).await?;
            }
            Ok(())
        }
        Act::RenameColumn { entity, table, before, to, field } if before.column == Column::Secret => {
            let (was, is) = ((entity.as_str(), before.field.as_str()), (entity.as_str(), field.as_str()));
            tx.rebind(table, to, Some(was), Some(is)).await
        }
        Act::Convert { entity, table, from, to } => {
            let bound = Some((entity.as_str(), to.field.as_str()));
            let of = |column: Column| bound.filter(|_| column == Column::Secret);
            match (of(from.column), of(to.column)) {
                (None, None) => Ok(()),
                (was, is) => tx.rebind(table, &to.name, was, is).await,
            }
        }
        _ => Ok(()),
    }
}

/// A table that should be there and is not is a fault of the database here, not of a version.
fn schema_error(error: StoreError) -> StoreError {
    match error {
        StoreError::SchemaChanged => StoreError::Misfit("its tables are not as its last version left them"),
        other => other,
    }
}
