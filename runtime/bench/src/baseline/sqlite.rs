//! The handlers' SQLite: readers of their own, and one writer that commits waiting writes together.

use rust_decimal::Decimal;
use sqlx::{Connection, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{Database, Given, Item, Sum};

const COLUMNS: &str = "id, version, code, title, owner, open, quantity, price, total, due, status";
/// Moments as Loam keeps them; one text will do for all rows here.
const NOW: &str = "2026-01-01T00:00:00.000Z";

/// Readers, and the way to the writer.
#[derive(Clone)]
pub(crate) struct Sqlite {
    readers: SqlitePool,
    writer: mpsc::Sender<Job>,
}

enum Job {
    Create(Given, Uuid, oneshot::Sender<Uuid>),
    Update(Uuid, i64, Uuid, String, oneshot::Sender<bool>),
}

enum Answer {
    Created(oneshot::Sender<Uuid>, Uuid),
    Updated(oneshot::Sender<bool>, bool),
}

impl Sqlite {
    /// Starts the writer.
    pub(crate) fn new(readers: SqlitePool, mut writer: SqliteConnection) -> Self {
        let (sender, mut jobs) = mpsc::channel::<Job>(256);
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while jobs.recv_many(&mut batch, 64).await > 0 {
                let answers = match commit(&mut writer, &mut batch).await {
                    Ok(answers) => answers,
                    Err(error) => return eprintln!("the hand-written writer stops: {error}"),
                };
                for answer in answers {
                    match answer {
                        Answer::Created(sender, id) => drop(sender.send(id)),
                        Answer::Updated(sender, found) => drop(sender.send(found)),
                    }
                }
            }
        });
        Self { readers, writer: sender }
    }
}

async fn commit(writer: &mut SqliteConnection, batch: &mut Vec<Job>) -> sqlx::Result<Vec<Answer>> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch.drain(..) {
        match job {
            Job::Create(given, by, sender) => answers.push(Answer::Created(sender, create(&mut tx, &given, by).await?)),
            Job::Update(id, quantity, by, login, sender) => {
                answers.push(Answer::Updated(sender, update(&mut tx, id, quantity, by, &login).await?));
            }
        }
    }
    tx.commit().await?;
    Ok(answers)
}

/// Money as Loam keeps it here: cents.
fn cents(amount: Option<Decimal>) -> Option<i64> {
    amount.and_then(|amount| i64::try_from((amount * Decimal::ONE_HUNDRED).round()).ok())
}

fn amount(cents: Option<i64>) -> Option<Decimal> {
    cents.map(|cents| Decimal::new(cents, 2))
}

/// The history entry of a new row.
pub(super) fn snapshot(given: &Given, total: Option<Decimal>) -> String {
    serde_json::json!({
        "code": given.code, "title": given.title, "owner": given.owner, "quantity": given.quantity,
        "price": given.price, "total": total, "due": given.due, "status": given.status,
    })
    .to_string()
}

async fn create(tx: &mut SqliteConnection, given: &Given, by: Uuid) -> sqlx::Result<Uuid> {
    let id = crate::world::new_id();
    let total = given.price.zip(given.quantity).map(|(price, quantity)| price * Decimal::from(quantity));
    sqlx::query("INSERT INTO bench_item (id, version, created_at, created_by, updated_at, updated_by, code, title, owner, open, quantity, price, total, due, status) VALUES (?1, 1, ?2, ?3, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10, ?11)")
        .bind(id.to_string()).bind(NOW).bind(by.to_string()).bind(&given.code).bind(&given.title).bind(&given.owner).bind(given.quantity).bind(cents(given.price)).bind(cents(total)).bind(&given.due).bind(&given.status)
        .execute(&mut *tx).await?;
    history(tx, id, None, "create", snapshot(given, total), by).await?;
    outbox(tx, id).await?;
    Ok(id)
}

async fn update(tx: &mut SqliteConnection, id: Uuid, quantity: i64, by: Uuid, login: &str) -> sqlx::Result<bool> {
    let found = sqlx::query(
        "SELECT version, price FROM bench_item WHERE id = ? AND deleted_at IS NULL AND (open = 1 OR owner = ?)",
    )
    .bind(id.to_string())
    .bind(login)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(found) = found else { return Ok(false) };
    let price: Option<i64> = found.try_get(1)?;
    let total = price.map(|price| price * quantity);
    sqlx::query("UPDATE bench_item SET quantity = ?2, total = ?3, version = version + 1, updated_at = ?4, updated_by = ?5 WHERE id = ?1")
        .bind(id.to_string()).bind(quantity).bind(total).bind(NOW).bind(by.to_string()).execute(&mut *tx).await?;
    history(tx, id, Some("quantity"), "update", quantity.to_string(), by).await?;
    history(tx, id, Some("total"), "update", format!("{total:?}"), by).await?;
    outbox(tx, id).await?;
    Ok(true)
}

async fn history(
    tx: &mut SqliteConnection,
    record: Uuid,
    field: Option<&str>,
    action: &str,
    after: String,
    by: Uuid,
) -> sqlx::Result<()> {
    let id = crate::world::new_id().to_string();
    sqlx::query("INSERT INTO bench_history (id, entity, record, field, action, before, after, by_account, at, change) VALUES (?1, 'item', ?2, ?3, ?4, NULL, ?5, ?6, ?7, ?1)")
        .bind(id).bind(record.to_string()).bind(field).bind(action).bind(after).bind(by.to_string()).bind(NOW)
        .execute(&mut *tx).await?;
    Ok(())
}

async fn outbox(tx: &mut SqliteConnection, record: Uuid) -> sqlx::Result<()> {
    let id = crate::world::new_id().to_string();
    sqlx::query("INSERT INTO loam_outbox (id, kind, key, payload, due, attempts, state) VALUES (?1, 'record.changed', ?1, ?2, ?3, 0, 'pending')")
        .bind(id).bind(format!("{{\"ids\":[\"{record}\"]}}")).bind(NOW)
        .execute(&mut *tx).await?;
    Ok(())
}

fn item(row: &SqliteRow) -> sqlx::Result<Item> {
    Ok(Item {
        id: row.try_get(0)?,
        version: row.try_get(1)?,
        code: row.try_get(2)?,
        title: row.try_get(3)?,
        owner: row.try_get(4)?,
        open: row.try_get(5)?,
        quantity: row.try_get(6)?,
        price: amount(row.try_get(7)?),
        total: amount(row.try_get(8)?),
        due: row.try_get(9)?,
        status: row.try_get(10)?,
    })
}

impl Database for Sqlite {
    async fn one(&self, id: Uuid, login: &str) -> sqlx::Result<Option<Item>> {
        let sql =
            format!("SELECT {COLUMNS} FROM bench_item WHERE id = ? AND deleted_at IS NULL AND (open = 1 OR owner = ?)");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).bind(login);
        query.fetch_optional(&self.readers).await?.as_ref().map(item).transpose()
    }

    async fn page(&self, after: &str, login: &str) -> sqlx::Result<Vec<Item>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM bench_item WHERE deleted_at IS NULL AND (open = 1 OR owner = ?2) AND code > ?1 ORDER BY code, id LIMIT 20"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after).bind(login).fetch_all(&self.readers).await?;
        rows.iter().map(item).collect()
    }

    async fn create(&self, given: Given, by: Uuid) -> sqlx::Result<Uuid> {
        let (sender, answer) = oneshot::channel();
        self.writer.send(Job::Create(given, by, sender)).await.map_err(|_| sqlx::Error::PoolClosed)?;
        answer.await.map_err(|_| sqlx::Error::PoolClosed)
    }

    async fn update(&self, id: Uuid, quantity: i64, by: Uuid, login: &str) -> sqlx::Result<bool> {
        let (sender, answer) = oneshot::channel();
        let job = Job::Update(id, quantity, by, login.to_owned(), sender);
        self.writer.send(job).await.map_err(|_| sqlx::Error::PoolClosed)?;
        answer.await.map_err(|_| sqlx::Error::PoolClosed)
    }

    async fn sums(&self, login: &str) -> sqlx::Result<Vec<Sum>> {
        let rows = sqlx::query("SELECT status, count(*), sum(total) FROM bench_item WHERE deleted_at IS NULL AND (open = 1 OR owner = ?) GROUP BY status ORDER BY status")
            .bind(login).fetch_all(&self.readers).await?;
        let sum = |row: &SqliteRow| {
            Ok(Sum { status: row.try_get(0)?, count: row.try_get(1)?, total: amount(row.try_get(2)?) })
        };
        rows.iter().map(sum).collect()
    }
}
