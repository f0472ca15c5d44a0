//! The handlers' PostgreSQL.

use rust_decimal::Decimal;
use sqlx::{PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use super::{Database, Given, Item, Sum};

const COLUMNS: &str =
    "id, version, code, title, owner, open, quantity, price, total, to_char(due, 'YYYY-MM-DD') AS due, status";

/// A pool on the database Loam made the tables in.
#[derive(Clone)]
pub(crate) struct Postgres(pub(crate) PgPool);

fn item(row: &PgRow) -> sqlx::Result<Item> {
    Ok(Item {
        id: row.try_get::<Uuid, _>(0)?.to_string(),
        version: row.try_get(1)?,
        code: row.try_get(2)?,
        title: row.try_get(3)?,
        owner: row.try_get(4)?,
        open: row.try_get(5)?,
        quantity: row.try_get(6)?,
        price: row.try_get(7)?,
        total: row.try_get(8)?,
        due: row.try_get(9)?,
        status: row.try_get(10)?,
    })
}

impl Database for Postgres {
    async fn one(&self, id: Uuid, login: &str) -> sqlx::Result<Option<Item>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM bench_item WHERE id = $1 AND deleted_at IS NULL AND (open = true OR owner = $2)"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(login).fetch_optional(&self.0).await?;
        row.as_ref().map(item).transpose()
    }

    async fn page(&self, after: &str, login: &str) -> sqlx::Result<Vec<Item>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM bench_item WHERE deleted_at IS NULL AND (open = true OR owner = $2) AND code > $1 ORDER BY code, id LIMIT 20"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after).bind(login).fetch_all(&self.0).await?;
        rows.iter().map(item).collect()
    }

    async fn create(&self, given: Given, by: Uuid) -> sqlx::Result<Uuid> {
        let id = crate::world::new_id();
        let total = given.price.zip(given.quantity).map(|(price, quantity)| price * Decimal::from(quantity));
        let mut tx = self.0.begin().await?;
        sqlx::query("INSERT INTO bench_item (id, version, created_at, created_by, updated_at, updated_by, code, title, owner, open, quantity, price, total, due, status) VALUES ($1, 1, now(), $2, now(), $2, $3, $4, $5, true, $6, $7, $8, $9::text::date, $10)")
            .bind(id).bind(by).bind(&given.code).bind(&given.title).bind(&given.owner).bind(given.quantity).bind(given.price).bind(total).bind(&given.due).bind(&given.status)
            .execute(&mut *tx).await?;
        history(&mut tx, id, None, "create", super::sqlite::snapshot(&given, total), by).await?;
        outbox(&mut tx, id).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn update(&self, id: Uuid, quantity: i64, by: Uuid, login: &str) -> sqlx::Result<bool> {
        let mut tx = self.0.begin().await?;
        let found = sqlx::query("SELECT version, price FROM bench_item WHERE id = $1 AND deleted_at IS NULL AND (open = true OR owner = $2) FOR UPDATE")
            .bind(id).bind(login).fetch_optional(&mut *tx).await?;
        let Some(found) = found else { return Ok(false) };
        let price: Option<Decimal> = found.try_get(1)?;
        let total = price.map(|price| price * Decimal::from(quantity));
        sqlx::query("UPDATE bench_item SET quantity = $2, total = $3, version = version + 1, updated_at = now(), updated_by = $4 WHERE id = $1")
            .bind(id).bind(quantity).bind(total).bind(by).execute(&mut *tx).await?;
        history(&mut tx, id, Some("quantity"), "update", quantity.to_string(), by).await?;
        history(&mut tx, id, Some("total"), "update", format!("{total:?}"), by).await?;
        outbox(&mut tx, id).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn sums(&self, login: &str) -> sqlx::Result<Vec<Sum>> {
        let rows = sqlx::query("SELECT status, count(*), sum(total) FROM bench_item WHERE deleted_at IS NULL AND (open = true OR owner = $1) GROUP BY status ORDER BY status")
            .bind(login).fetch_all(&self.0).await?;
        let sum = |row: &PgRow| Ok(Sum { status: row.try_get(0)?, count: row.try_get(1)?, total: row.try_get(2)? });
        rows.iter().map(sum).collect()
    }
}

type Tx<'t> = sqlx::Transaction<'t, sqlx::Postgres>;

async fn history(
    tx: &mut Tx<'_>,
    record: Uuid,
    field: Option<&str>,
    action: &str,
    after: String,
    by: Uuid,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO bench_history (id, entity, record, field, action, before, after, by_account, at, change) VALUES ($1, 'item', $2, $3, $4, NULL, $5, $6, now(), $1)")
        .bind(crate::world::new_id()).bind(record).bind(field).bind(action).bind(after).bind(by)
        .execute(&mut **tx).await?;
    Ok(())
}

async fn outbox(tx: &mut Tx<'_>, record: Uuid) -> sqlx::Result<()> {
    let id = crate::world::new_id();
    sqlx::query("INSERT INTO loam_outbox (id, kind, key, payload, due, attempts, state) VALUES ($1, 'record.changed', $2, $3, now(), 0, 'pending')")
        .bind(id).bind(id.to_string()).bind(format!("{{\"ids\":[\"{record}\"]}}"))
        .execute(&mut **tx).await?;
    Ok(())
}
