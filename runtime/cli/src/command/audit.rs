//! `loam audit`: verify the ledger, hand it out, prove an entry, erase what the law asks for.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand};
use engine::{
    Engine,
    ledger::{
        audit::AuditError,
        erase::{Erase, LEAST_DAYS},
    },
};
use ledger::{
    Checkpoint, Fault, Proof, PublicKey, Report,
    file::{NoProof, Reading, excerpt},
};
use model::RecordId;
use serde_json::{Value, json};

use super::Context;
use crate::{
    keys,
    output::{Ended, Format, Usage, counted, note, say, say_json},
};

const EXAMPLE: &str = "\
Examples:
  loam audit verify                                is the ledger of this database as it was written?
  loam audit key > ledger.pub                      the public key; keep it elsewhere
  loam audit head > seen.note                      the newest checkpoint; keep it elsewhere
  loam audit verify --key ledger.pub --seen seen.note
  loam audit export ledger.ndjson                  the whole ledger as a file
  loam audit verify --file ledger.ndjson --key ledger.pub
  loam audit prove 0199a5c0-0000-7000-8000-000000000001 --out entry.proof
  loam audit verify --proof entry.proof --key ledger.pub
  loam audit erase --record person/0199a5c0-0000-7000-8000-000000000002
  loam audit purge --days 400

What is exported here is whole; a file taken by the web leaves out what its taker may not read, and is verified like any other.
One taken by the web of some entries only is an excerpt: each of its entries is verified, and that there are no others is not.
A file and a proof are verified without a database and without a network. Ends with 0 when all is well, with 1 when something
was altered, with 2 when asked wrongly.";

/// Arguments of `loam audit`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Audit {
    /// What to do.
    #[command(subcommand)]
    pub act: Act,
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Verify the ledger, a file of it, or a proof; names the first place that is not as it was written
    Verify(Verify),
    /// Write the ledger as a file that can be verified anywhere; to standard output unless said
    Export {
        /// The file
        file: Option<PathBuf>,
    },
    /// Write what shows, without this database, that an entry is on the ledger
    Prove {
        /// The entry's id
        id: RecordId,
        /// The file; standard output unless said
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Leave out who it was and what was changed
        #[arg(long)]
        bare: bool,
    },
    /// Print the public key
    Key {
        /// Put a new key in its place first; what the old one signed stays provable
        #[arg(long)]
        rotate: bool,
    },
    /// Print the newest checkpoint
    Head,
    /// Erase the values that the ledger keeps about a record or an account; the entries stay
    Erase {
        /// The record, as entity and id
        #[arg(long, value_name = "ENTITY/ID", required_unless_present = "account", conflicts_with = "account")]
        record: Option<String>,
        /// The account: with its login, address and device in everything it did
        #[arg(long, value_name = "LOGIN")]
        account: Option<String>,
    },
    /// Erase values older than so many days; at least 184
    Purge {
        /// Days
        #[arg(long)]
        days: u32,
    },
}

/// Arguments of `loam audit verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// A file written by `loam audit export`, in place of the database
    #[arg(long, value_name = "FILE", conflicts_with = "proof")]
    pub file: Option<PathBuf>,
    /// A proof written by `loam audit prove`, in place of the database
    #[arg(long, value_name = "FILE")]
    pub proof: Option<PathBuf>,
    /// A public key to trust, or a file of them; those of the data folder unless said
    #[arg(long = "key", value_name = "KEY")]
    pub keys: Vec<String>,
    /// A checkpoint that was seen before, in a file: the ledger must begin with it
    #[arg(long, value_name = "FILE", conflicts_with = "proof")]
    pub seen: Option<PathBuf>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Carries out the command.
///
/// # Errors
/// What is asked for is not there, or the database or a file fails.
pub async fn run(context: &Context, asked: Audit) -> Result<Ended> {
    match asked.act {
        Act::Verify(asked) => verify(context, &asked).await,
        Act::Export { file } => export(context, file.as_deref()).await,
        Act::Prove { id, out, bare } => prove(context, id, out.as_deref(), bare).await,
        Act::Key { rotate } => {
            let folder = context.data.keys()?;
            let key = if rotate { keys::rotate(&folder)? } else { present(&folder)? };
            say(key.public().to_string());
            Ok(Ended::Fine)
        }
        Act::Head => {
            let engine = opened(context).await?;
            let head = engine.store().last_head().await?;
            engine.store().close().await;
            print!("{}", head.context("nothing has been signed yet")?.1);
            Ok(Ended::Fine)
        }
        Act::Erase { record, account } => erase(context, record, account).await,
        Act::Purge { days } => {
            if days < LEAST_DAYS {
                return Err(Usage(format!("values of the ledger are kept for at least {LEAST_DAYS} days")).into());
            }
            let engine = opened(context).await?;
            let many = engine.purge_values(days).await?;
            engine.store().close().await;
            note(format!("erased values of {}", counted(many, "entry")));
            Ok(Ended::Fine)
        }
    }
}

fn present(folder: &Path) -> Result<ledger::SecretKey> {
    keys::signing(folder)?.pop().context("there is no key")
}

/// The engine, with everything that waited in its place.
async fn opened(context: &Context) -> Result<Engine> {
    let engine = context.data.open_published().await?;
    engine.place_once().await?;
    Ok(engine)
}

/// Keys by what was said: a key itself, or a file of them, one per line.
fn trusted(said: &[String]) -> Result<Vec<PublicKey>> {
    let mut all = Vec::new();
    for said in said {
        if let Ok(key) = PublicKey::read(said) {
            all.push(key);
            continue;
        }
        let text =
            fs::read_to_string(said).with_context(|| format!("`{said}` is no public key, nor a file of them"))?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            all.push(PublicKey::read(line).with_context(|| format!("in `{said}`"))?);
        }
    }
    Ok(all)
}

async fn verify(context: &Context, asked: &Verify) -> Result<Ended> {
    let mut trusted = trusted(&asked.keys)?;
    if trusted.is_empty() && (asked.file.is_some() || asked.proof.is_some()) {
        if !keys::file(&context.data.keys()?).is_file() {
            return Err(Usage("say by --key which public key to trust; there is none in the data folder".into()).into());
        }
        trusted = keys::signing(&context.data.keys()?)?.iter().map(ledger::SecretKey::public).collect();
    }
    if let Some(file) = &asked.proof {
        return proof(file, &trusted, asked.format);
    }
    if let Some(file) = &asked.file
        && let Some(checked) = excerpted(file, &trusted)?
    {
        if asked.seen.is_some() {
            let message = "an excerpt is not held against `--seen`: only the whole ledger begins with it";
            return Err(Usage(message.into()).into());
        }
        return Ok(tell_excerpt(checked, asked.format));
    }
    let seen = match &asked.seen {
        None => None,
        Some(file) => {
            let text = fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
            let keys = if trusted.is_empty() {
                keys::signing(&context.data.keys()?)?.iter().map(ledger::SecretKey::public).collect()
            } else {
                trusted.clone()
            };
            let seen = Checkpoint::believe(&text, &keys, &[]);
            Some(seen.with_context(|| format!("the checkpoint in `{}` is not to be believed", file.display()))?)
        }
    };
    let found = match &asked.file {
        Some(file) => read(file, trusted, seen)?,
        None => {
            let engine = opened(context).await?;
            let found = engine.verify_ledger(&trusted, seen).await;
            engine.store().close().await;
            match found {
                Ok(report) => Ok(report),
                Err(AuditError::Fault(fault)) => Err(fault),
                Err(error) => return Err(error.into()),
            }
        }
    };
    Ok(tell(found, asked.format))
}

fn read(file: &Path, trusted: Vec<PublicKey>, seen: Option<Checkpoint>) -> Result<Result<Report, Fault>> {
    let cannot = || format!("`{}` cannot be read", file.display());
    let mut lines = BufReader::with_capacity(1 << 20, File::open(file).with_context(cannot)?);
    let mut reading = Reading::new(trusted, seen);
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).with_context(cannot)? == 0 {
            return Ok(reading.finish());
        }
        if let Err(fault) = reading.line(line.trim_end_matches(['\r', '\n'])) {
            return Ok(Err(fault));
        }
    }
}

/// How many entries an excerpt proves, or the line that proves nothing; `None` where the file is no excerpt.
fn excerpted(file: &Path, trusted: &[PublicKey]) -> Result<Option<Result<u64, (u64, NoProof)>>> {
    let cannot = || format!("`{}` cannot be read", file.display());
    let mut reading = excerpt::Reading::new(trusted.to_vec());
    for (number, line) in (1..).zip(BufReader::new(File::open(file).with_context(cannot)?).lines()) {
        let line = line.with_context(cannot)?;
        if number == 1 && !excerpt::begins(&line) {
            return Ok(None);
        }
        if let Err(error) = reading.line(&line) {
            return Ok(Some(Err((number, error))));
        }
    }
    Ok(reading.begun().then_some(Ok(reading.entries)))
}

fn tell_excerpt(checked: Result<u64, (u64, NoProof)>, format: Format) -> Ended {
    match (checked, format) {
        (Ok(entries), Format::Json) => {
            say_json(&json!({ "excerpt": true, "proved": true, "entries": entries, "whole": null }));
            Ended::Fine
        }
        (Ok(entries), Format::Text) => {
            say(format!("this is an excerpt: {} in it, each proved to be on the ledger", counted(entries, "entry")));
            say("it is not the whole ledger: whether other entries are missing cannot be seen in it");
            Ended::Fine
        }
        (Err((line, error)), Format::Json) => {
            say_json(&json!({ "excerpt": true, "proved": false, "line": line, "message": error.to_string() }));
            Ended::Refused
        }
        (Err((line, error)), Format::Text) => {
            say(format!("line {line} of this excerpt proves nothing: {error}"));
            Ended::Refused
        }
    }
}

fn tell(found: Result<Report, Fault>, format: Format) -> Ended {
    match (found, format) {
        (Ok(report), Format::Json) => {
            say_json(&whole(&report));
            Ended::Fine
        }
        (Ok(report), Format::Text) => {
            let erased = if report.erased == 0 {
                String::new()
            } else {
                format!(", {} erased", counted(report.erased, "value"))
            };
            say(format!(
                "the ledger is as it was written: {} under {}{erased}",
                counted(report.entries, "entry"),
                counted(report.heads, "checkpoint")
            ));
            if report.not_included > 0 {
                say(format!(
                    "the contents of {} are not included in this file; their hashes are, and they fit",
                    counted(report.not_included, "entry")
                ));
            }
            if let Some(last) = &report.last {
                say(format!("root {} at {}, signed for `{}`", report.root, last.at, last.origin));
            }
            Ended::Fine
        }
        (Err(fault), Format::Json) => {
            say_json(&json!({
                "whole": false, "code": fault.kind.code(), "position": fault.position, "to": fault.to,
                "entry": fault.entry, "message": fault.to_string(),
            }));
            Ended::Refused
        }
        (Err(fault), Format::Text) => {
            say(format!("the ledger is not as it was written: {fault}"));
            Ended::Refused
        }
    }
}

fn whole(report: &Report) -> Value {
    json!({
        "whole": true, "entries": report.entries, "checkpoints": report.heads, "erased": report.erased,
        "not_included": report.not_included, "root": report.root.to_string(), "origin": report.last.as_ref().map(|last| &last.origin),
        "at": report.last.as_ref().map(|last| &last.at),
    })
}

fn proof(file: &Path, trusted: &[PublicKey], format: Format) -> Result<Ended> {
    let text = fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let checked = Proof::read(&text).and_then(|proof| proof.check(trusted).map(|head| (proof, head)));
    Ok(match (checked, format) {
        (Ok((proof, head)), Format::Json) => {
            say_json(&json!({
                "proved": true, "position": proof.position, "id": proof.entry.id, "action": proof.entry.action,
                "at": proof.entry.at, "entries": head.size, "signed": head.at, "origin": head.origin,
            }));
            Ended::Fine
        }
        (Ok((proof, head)), Format::Text) => {
            let Proof { position, entry, .. } = &proof;
            say(format!(
                "proved: `{}` on `{}` at {} is entry {position} of {}, signed at {} for `{}`",
                entry.action, entry.object, entry.at, head.size, head.at, head.origin
            ));
            Ended::Fine
        }
        (Err(error), Format::Json) => {
            say_json(&json!({ "proved": false, "message": error.to_string() }));
            Ended::Refused
        }
        (Err(error), Format::Text) => {
            say(format!("this proves nothing: {error}"));
            Ended::Refused
        }
    })
}

async fn export(context: &Context, file: Option<&Path>) -> Result<Ended> {
    let engine = opened(context).await?;
    let out: Box<dyn io::Write + Send> = match file {
        Some(file) => Box::new(File::create(file).with_context(|| format!("`{}` cannot be written", file.display()))?),
        None => Box::new(io::stdout()),
    };
    let mut out = BufWriter::new(out);
    let mut export = engine.export_ledger(&engine.system()).await?;
    let many = export.size();
    while let Some(lines) = export.next().await? {
        out.write_all(lines.as_bytes()).context("the file cannot be written")?;
    }
    out.flush().context("the file cannot be written")?;
    engine.store().close().await;
    note(format!("wrote {}", counted(many, "entry")));
    Ok(Ended::Fine)
}

async fn prove(context: &Context, id: RecordId, out: Option<&Path>, bare: bool) -> Result<Ended> {
    let engine = opened(context).await?;
    let proof = engine.prove_entry(id).await;
    engine.store().close().await;
    let mut proof = proof.with_context(|| format!("`{id}` cannot be proved"))?;
    if bare {
        proof.who = None;
        proof.what = None;
    }
    match out {
        Some(file) => {
            fs::write(file, proof.written()).with_context(|| format!("`{}` cannot be written", file.display()))?;
        }
        None => print!("{}", proof.written()),
    }
    Ok(Ended::Fine)
}

async fn erase(context: &Context, record: Option<String>, account: Option<String>) -> Result<Ended> {
    let engine = opened(context).await?;
    let (object, erase) = match (record, account) {
        (Some(record), _) => {
            let (entity, id) = record
                .split_once('/')
                .ok_or_else(|| Usage("a record is said as ENTITY/ID, for example person/0199a5c0-…".into()))?;
            let id = id.parse().map_err(|_| Usage(format!("`{id}` is no id of a record")))?;
            if engine.edition().app.entity_named(entity).is_none() {
                bail!("there is no entity `{entity}`");
            }
            (entity.to_owned(), Erase::Record { id })
        }
        (None, Some(login)) => {
            let account = engine.store().accounts().by_login(&login).await?;
            let account = account.ok_or_else(|| anyhow!("there is no account `{login}`"))?;
            ("account".to_owned(), Erase::Account { id: account.id })
        }
        (None, None) => return Err(Usage("say --record or --account".into()).into()),
    };
    let many = engine.erase_values(None, &object, erase).await?;
    engine.place_once().await?;
    engine.store().close().await;
    note(format!("erased values of {}; the entries stay, and so does every proof", counted(many, "entry")));
    Ok(Ended::Fine)
}
