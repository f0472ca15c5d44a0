//! What the ledger costs: how much longer a create takes by the entry it leaves, and how quickly an exported file is verified.
//!
//! A create always leaves its entry, so that there is none without to compare with. What the entry takes is therefore found in
//! the store: the transaction of a create with the entry and without it, in turns with whole creates.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    process::{Command as Program, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use engine::{Actor, Command, Engine, Given};
use ledger::{Algorithm, Checkpoint, Ended, Entry, Sealed, SecretKey, Suite, file, merkle::Edge};
use model::{Date, Decimal, EntityId, FieldId, Ids as _, Locale, Timestamp, Value};
use policy::{Action, Authorized, Change, authorize};
use serde_json::{Map, Value as Json, json};
use store::{Account, Asking, NewEntry, NewRow, OutboxEntry, Place, StoreError, Tx};
use uuid::Uuid;

use crate::{
    LOGIN, definition, idle,
    report::{self, CONNECTIONS, Goal, Row},
    scope,
    world::{World, new_id},
};

/// At most a quarter longer than without.
const GOAL: f64 = 0.8;
/// Entries a second, on one core.
const VERIFIED: f64 = 100_000.0;
/// Entries under one checkpoint of the file.
const SIGNED: u64 = 2_000;

/// Measures creates beside what they would be without the ledger.
pub(crate) async fn report(place: &Place, folder: &Path, rounds: usize, time: Duration) -> Result<Row> {
    let engine = scope::published(place, &folder.join("ledger"), &definition::FILES).await?;
    let writer = Arc::new(Writer::of(engine.clone()).await?);
    let mut pairs = Vec::with_capacity(rounds);
    for round in 0..=rounds {
        let creating = writer.clone();
        let whole = rate(time, move || create(creating.clone())).await?;
        // Neither always follows the other.
        let (first, second) =
            if round.is_multiple_of(2) { (Leaves::Entry, Leaves::Nothing) } else { (Leaves::Nothing, Leaves::Entry) };
        let one = transactions(&writer, first, time).await?;
        let other = transactions(&writer, second, time).await?;
        let (with, without) = if first == Leaves::Entry { (one, other) } else { (other, one) };
        let entry = 1.0 / with - 1.0 / without;
        if round > 0 {
            pairs.push((whole, 1.0 / (1.0 / whole - entry)));
        }
    }
    engine.store().close().await;
    Ok(Row::of("create and its ledger entry", Some(GOAL), &pairs))
}

/// What a transaction of the store leaves on the ledger.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaves {
    Entry,
    Nothing,
}

/// Somebody who makes records, by a command or by the statements that a command comes to.
struct Writer {
    engine: Engine,
    actor: Actor,
    entity: EntityId,
    change: Authorized<Change>,
    /// The fields of [`values`].
    fields: Vec<FieldId>,
    /// The fields that are filled in beside them.
    filled: Vec<(FieldId, Value)>,
}

impl Writer {
    async fn of(engine: Engine) -> Result<Self> {
        let account = Account {
            id: engine.new_id(),
            login: LOGIN.to_owned(),
            name: LOGIN.to_owned(),
            password_hash: String::new(),
            person: None,
            roles: Vec::new(),
            active: true,
            locale: Locale::En,
            created_at: engine.now(),
        };
        engine.store().accounts().add(std::slice::from_ref(&account)).await?;
        let actor = engine.actor(&account, Locale::En);
        let app = &actor.edition.app;
        let entity = app.entity_named("item").map(|entity| entity.id).context("the app has no entity")?;
        let field = |name: &str| app.field_named(entity, name).map(|field| field.id).context("no such field");
        let fields = values().into_iter().map(|(name, _)| field(name)).collect::<Result<Vec<_>>>()?;
        let filled: Vec<(FieldId, Value)> =
            vec![(field("open")?, true.into()), (field("total")?, Decimal::new(3750, 2).into())];
        let change = Change { entity, action: Action::Create, id: Uuid::nil(), given: fields.clone() };
        let change = authorize(&actor.rights, actor.user, app, change)?;
        Ok(Self { engine, entity, change, fields, filled, actor })
    }

    fn asking(&self) -> Asking {
        let now = self.engine.now();
        Asking {
            version: self.actor.edition.version,
            user: self.actor.user,
            person: None,
            login: LOGIN.to_owned(),
            now,
            today: now.to_zoned_datetime(self.actor.edition.zone.clone()).date(),
        }
    }

    fn row(&self) -> NewRow {
        let given = self.fields.iter().copied().zip(values().into_iter().map(|(_, value)| value));
        NewRow { id: self.engine.new_id(), values: given.chain(self.filled.iter().cloned()).collect(), search: None }
    }
}

/// What is given for a new record.
fn values() -> [(&'static str, Value); 7] {
    [
        ("code", format!("L{}", new_id().simple()).into()),
        ("title", "Made by the bench".into()),
        ("owner", LOGIN.into()),
        ("quantity", Value::Int(3)),
        ("price", Decimal::new(1250, 2).into()),
        ("due", Date::constant(2026, 12, 1).into()),
        ("status", "draft".into()),
    ]
}

/// A record by a command, which leaves its entry itself.
async fn create(writer: Arc<Writer>) -> Result<()> {
    let given = values().into_iter().map(|(name, value)| (name.to_owned(), Given::Value(value)));
    let command = Command::Create { entity: writer.entity, id: None, fields: given.collect() };
    writer.engine.execute(&writer.actor, command).await?;
    Ok(())
}

async fn transactions(writer: &Arc<Writer>, leaves: Leaves, time: Duration) -> Result<f64> {
    let writer = writer.clone();
    rate(time, move || write(writer.clone(), leaves)).await
}

/// A record by the statements alone, with its event in the outbox.
async fn write(writer: Arc<Writer>, leaves: Leaves) -> Result<()> {
    let (store, asking) = (writer.engine.store().clone(), writer.asking());
    store
        .write(asking, move |tx: &mut Tx| {
            let writer = writer.clone();
            Box::pin(async move {
                let row = writer.row();
                tx.insert_many(&writer.actor.edition.app, &writer.change, std::slice::from_ref(&row)).await?;
                if leaves == Leaves::Entry {
                    let now = writer.engine.now();
                    tx.enter(&[entry(Algorithm::Sha256, writer.actor.user, row.id, now)]).await?;
                }
                let id = writer.engine.new_id();
                let payload = json!({ "entity": "item", "action": "create", "ids": [row.id], "by": writer.actor.user });
                let (kind, due) = ("record.changed".to_owned(), writer.engine.now());
                tx.outbox(&[OutboxEntry { id, kind, key: id.to_string(), payload, due }]).await?;
                Ok::<_, StoreError>(())
            })
        })
        .await?;
    Ok(())
}

/// The entry of a create, as the engine makes it.
fn entry(algorithm: Algorithm, by: Uuid, record: Uuid, at: Timestamp) -> NewEntry {
    let sealed = |value: &Json| Sealed::new(algorithm, World.salt(), value);
    let after: Map<String, Json> = values().into_iter().map(|(name, value)| (name.to_owned(), value.json())).collect();
    let (who, who_hash) = sealed(&json!({ "login": LOGIN }));
    let (what, what_hash) = sealed(&json!({ "after": after }));
    let entry = Entry {
        act: new_id().to_string(),
        action: "create".to_owned(),
        actor: Some(by.to_string()),
        at: format!("{at:.3}"),
        id: new_id().to_string(),
        object: "item".to_owned(),
        outcome: Ended::Done.word().to_owned(),
        record: Some(record.to_string()),
        what: Some(what_hash.to_string()),
        who: Some(who_hash.to_string()),
        ..Entry::default()
    };
    NewEntry { entry, who: Some(who), what: Some(what) }
}

/// How often a second something is done by as many tasks as a measure has connections.
async fn rate<F, W>(time: Duration, work: F) -> Result<f64>
where
    F: Fn() -> W + Clone + Send + Sync + 'static,
    W: Future<Output = Result<()>> + Send + 'static,
{
    let start = Instant::now();
    let end = start + time;
    let mut tasks = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let work = work.clone();
        tasks.push(tokio::spawn(async move {
            let mut done = 0_u32;
            while Instant::now() < end {
                work().await?;
                done += 1;
            }
            Ok::<u32, anyhow::Error>(done)
        }));
    }
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

/// Verifies an exported file of so many entries with the `loam` built beside this program, which reads it on one core.
///
/// # Errors
/// The file cannot be written, or is found not to be as it was written.
pub(crate) fn verify(folder: &Path, entries: u64, rounds: usize) -> Result<()> {
    let Some(loam) = idle::loam()? else { return Ok(()) };
    let file = folder.join("ledger.ndjson");
    let key = export(&file, entries)?.public().to_string();
    let mut rates = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        let mut program = Program::new(&loam);
        program.args(["audit", "verify", "--key", key.as_str(), "--file"]).arg(&file).env("LOAM_DATA", folder);
        let status = program.stdout(Stdio::null()).status().context("`loam audit verify` does not start")?;
        ensure!(status.success(), "`loam audit verify` ended with {status}");
        rates.push(entries as f64 / start.elapsed().as_secs_f64());
    }
    report::head("loam audit verify, one core");
    let rate = report::median(rates.into_iter());
    report::tell(&format!("exported file of {entries} entries"), Some(rate), "/s", Goal::AtLeast(VERIFIED));
    std::fs::remove_file(&file)?;
    Ok(())
}

/// Writes a ledger as a file, with its checkpoints; answers the key that signed them.
fn export(path: &Path, entries: u64) -> Result<SecretKey> {
    let key = SecretKey::new(Suite::Standard, "loam-bench", &[7; 32])?;
    let algorithm = key.suite().hashing();
    let (by, at) = (new_id(), Timestamp::UNIX_EPOCH);
    let mut edge = Edge::new(algorithm);
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "{}", file::header(key.name(), entries))?;
    for position in 0..entries {
        let NewEntry { entry, who, what } = entry(algorithm, by, new_id(), at);
        let leaf = entry.leaf(algorithm);
        edge.push(leaf.bytes);
        writeln!(out, "{}", file::entry(position, &leaf.to_string(), &entry, who.as_ref(), what.as_ref()))?;
        let size = position + 1;
        if size.is_multiple_of(SIGNED) || size == entries {
            let origin = key.name().to_owned();
            let checkpoint = Checkpoint { origin, size, root: edge.root(), at: format!("{at:.3}") };
            let note = checkpoint.signed(std::slice::from_ref(&key)).context("the key signs nothing")?;
            writeln!(out, "{}", file::head(&note))?;
        }
    }
    out.flush()?;
    Ok(key)
}
