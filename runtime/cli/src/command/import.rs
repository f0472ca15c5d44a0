//! `loam import`: records from a file.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use engine::{
    Engine,
    import::{self, Column, How, Mapping, OnError, Report, Rules},
};
use integrations::{
    Cell, Row, Rows, Sheet, Sink, SourceError, sink,
    source::{self, csv},
};
use model::diagnostic::nearest;
use serde_json::json;

use super::Context;
use crate::{
    output::{Ended, Format, Usage, counted, note, say, say_json},
    progress::Progress,
};

const EXAMPLE: &str = "\
Examples:
  loam import person people.xlsx --dry-run
  loam import person people.csv --map 'Staff no=code' --ignore Remarks --on-error skip --report refused.csv
  loam import --app examples/ibm-hr employee examples/ibm-hr/sample.csv
  loam import visit visits.csv --batch 5000 --resume

Columns are found by the name of a field or its label in any language; case, blanks and punctuation do not count. Rows with the
key of a record change it, others make one; rows from the source of an entity find theirs by what tells them apart. References are given by the key or the name of a record, choices by code or label.
Exit code 1 when rows were refused.";

/// Arguments of `loam import`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Import {
    /// What the rows are: the name of an entity
    pub entity: String,
    /// The file: `.csv`, `.tsv`, `.txt` or `.xlsx`
    pub file: PathBuf,
    /// Publish the app of this folder first, if nothing is lost by it
    #[arg(long, value_name = "FOLDER")]
    pub app: Option<PathBuf>,
    /// A column and the field it is for; may be said several times
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = pair)]
    pub map: Vec<(String, String)>,
    /// Leave out this column; may be said several times
    #[arg(long, value_name = "COLUMN")]
    pub ignore: Vec<String>,
    /// The field by which rows find their records; the entity's key unless said
    #[arg(long, value_name = "FIELD")]
    pub key: Option<String>,
    /// Write nothing, only say what would happen
    #[arg(long)]
    pub dry_run: bool,
    /// What a refused row means for the others
    #[arg(long, value_enum, default_value_t)]
    pub on_error: Refused,
    /// Write in transactions of so many rows, instead of one for all
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub batch: Option<u32>,
    /// Go on where an import in batches ended
    #[arg(long, requires = "batch")]
    pub resume: bool,
    /// Write the refused rows with their reasons to this CSV file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// The sheet of a workbook; its first unless said
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// What stands between the cells of a text file; found out unless said
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// Encoding of a text file; found out unless said
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What a refused row means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Refused {
    /// None of them is written
    #[default]
    Stop,
    /// They are written
    Skip,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (column, field) = text.rsplit_once('=').ok_or("write COLUMN=FIELD")?;
    Ok((column.trim().to_owned(), field.trim().to_owned()))
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" | b"tab" => Ok(b'\t'),
        [one] if one.is_ascii() => Ok(*one),
        _ => Err("write one character, or `tab`".to_owned()),
    }
}

/// Carries out the command.
///
/// # Errors
/// The file cannot be read, a column fits no field, or the database fails.
pub async fn run(context: &Context, asked: &Import) -> Result<Ended> {
    there(&asked.file)?;
    let engine = match &asked.app {
        Some(folder) => super::apply::quietly(context, folder).await?,
        None => context.data.open_published().await?,
    };
    let ended = import(context, asked, &engine).await;
    engine.store().close().await;
    ended
}

/// Refuses what is no file, before anything is published for it.
fn there(file: &Path) -> Result<()> {
    let shown = file.display();
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!("there is no file `{shown}`"),
        Ok(about) if about.is_dir() => bail!("`{shown}` is a folder; name the file in it"),
        _ => Ok(()),
    }
}

/// Length of a text file, in bytes, from which on it is shown how much of it is read; a shorter one is read at once.
const LONG: u64 = 1024 * 1024;

/// A file being read, and how far its reader is.
struct Followed {
    file: File,
    at: Arc<AtomicU64>,
}

impl Read for Followed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(out)?;
        self.at.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl Seek for Followed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.file.seek(to)?;
        self.at.store(at, Ordering::Relaxed);
        Ok(at)
    }
}

/// Rows on their way to the engine; whoever waits sees how many came by, or how much of the file that is.
struct Shown<'a> {
    rows: Rows,
    taken: u64,
    bytes: Option<Arc<AtomicU64>>,
    progress: &'a mut Progress,
}

impl Iterator for Shown<'_> {
    type Item = Result<Row, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next();
        match &row {
            Some(_) => {
                self.taken += 1;
                self.progress.to(self.bytes.as_ref().map_or(self.taken, |bytes| bytes.load(Ordering::Relaxed)));
            }
            // What was read since the last transaction, which may be everything, is still to be written.
            None => self.progress.stage("all read, writing"),
        }
        row
    }
}

/// Opens a file by its ending. Answers beside it how far it is read, where that says how much is left: the parts of a workbook
/// are not read in their order.
fn open(asked: &Import) -> Result<(Sheet, Option<Arc<AtomicU64>>)> {
    let shown = asked.file.display();
    let file = File::open(&asked.file).with_context(|| format!("`{shown}` cannot be opened"))?;
    let ending = asked.file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    let (sheet, bytes) = match ending.as_str() {
        "xlsx" | "xlsm" => (source::xlsx::open(BufReader::new(file), asked.sheet.as_deref()), None),
        "csv" | "tsv" | "txt" => {
            let options = csv::Options { delimiter: asked.delimiter, encoding: asked.encoding.clone() };
            let at = Arc::<AtomicU64>::default();
            let file = Followed { file, at: at.clone() };
            (source::csv::open(BufReader::new(file), &options), Some(at))
        }
        _ => return Err(Usage(format!("`{shown}` is neither `.csv` nor `.xlsx`")).into()),
    };
    Ok((sheet.with_context(|| format!("`{shown}`"))?, bytes))
}

async fn import(context: &Context, asked: &Import, engine: &Engine) -> Result<Ended> {
    let mut actor = engine.system();
    actor.locale = context.language.locale();
    let edition = engine.edition();
    let app = &edition.app;
    let entity = app.entity_named(&asked.entity).ok_or_else(|| {
        let help = nearest(&asked.entity, app.entities().iter().map(|entity| entity.name.as_str()));
        anyhow!("there is no entity `{}`{}", asked.entity, help.map(|help| format!("; {help}")).unwrap_or_default())
    })?;
    let (sheet, bytes) = open(asked)?;
    let rules = Rules { map: asked.map.clone(), ignore: asked.ignore.clone(), key: asked.key.clone() };
    let mapping = match Mapping::guess(app, entity, &sheet.header, &rules) {
        Ok(mapping) => mapping,
        Err(faults) => {
            faults.iter().for_each(|fault| note(format!("error: {fault}")));
            bail!("the columns do not fit `{}`; use --map and --ignore", entity.name);
        }
    };
    describe(app, &mapping, asked.dry_run);
    let marker = Marker::of(&asked.file, &asked.entity)?;
    let done = if asked.resume { marker.read() } else { 0 };
    if asked.resume && mapping.key.is_none() && entity.source.is_none() {
        return Err(Usage(format!(
            "an import of `{}` cannot be resumed: without a key its rows could come twice",
            entity.name
        ))
        .into());
    }
    if done > 0 {
        note(format!("going on after row {done}"));
    }
    let how = How {
        on_error: match asked.on_error {
            Refused::Stop => OnError::Stop,
            Refused::Skip => OnError::Skip,
        },
        batch: asked.batch.and_then(|batch| usize::try_from(batch).ok()),
        dry_run: asked.dry_run,
        done,
    };
    let length = fs::metadata(&asked.file).map_or(0, |about| about.len());
    let bytes = bytes.filter(|_| length > LONG);
    let mut progress = match bytes {
        Some(_) => Progress::new("bytes read", Some(length)),
        None => Progress::new("rows read", None),
    };
    let keeps = asked.batch.is_some() && !asked.dry_run;
    let rows = Shown { rows: sheet.rows, taken: 0, bytes, progress: &mut progress };
    let report = import::run(engine, &actor, &mapping, rows, how, |done| {
        if keeps {
            marker.keep(done);
        }
    })
    .await;
    progress.finish();
    let report = report.map_err(|error| match error {
        import::ImportError::TooLong => anyhow!("{error} with --batch"),
        other => crate::publish::readable(other),
    })?;
    if !report.stopped && (report.refused == 0 || how.on_error == OnError::Skip) && !asked.dry_run {
        marker.forget();
    }
    answer(asked, &report)
}

/// Says what each column is for.
fn describe(app: &app::App, mapping: &Mapping, dry_run: bool) {
    let ignored = |wanted: fn(&Column) -> bool| -> Vec<&str> {
        let places = mapping.columns.iter().zip(&mapping.header).filter(|(column, _)| wanted(column));
        places.map(|(_, heading)| heading.as_str()).filter(|heading| !heading.is_empty()).collect()
    };
    let computed = ignored(|column| matches!(column, Column::Computed(_)));
    if !computed.is_empty() {
        note(format!("left out, because they are computed: {}", computed.join(", ")));
    }
    let ignored = ignored(|column| *column == Column::Ignored);
    if !ignored.is_empty() {
        note(format!("left out, as you said: {}", ignored.join(", ")));
    }
    if dry_run {
        for (column, heading) in mapping.columns.iter().zip(&mapping.header) {
            if let Column::Field(id) = column {
                note(format!("{heading} → {}", app.field(*id).map_or("", |field| field.name.as_str())));
            }
        }
    }
}

fn answer(asked: &Import, report: &Report) -> Result<Ended> {
    if let Some(file) = &asked.report {
        write_report(file, report)?;
    }
    let written = !asked.dry_run
        && (report.refused == 0 || asked.on_error == Refused::Skip || report.created + report.updated > 0);
    match asked.format {
        Format::Json => say_json(&json!({
            "rows": report.rows, "created": report.created, "updated": report.updated, "unchanged": report.unchanged, "refused": report.refused,
            "written": written, "stopped": report.stopped,
            "refusals": report.refusals.iter().map(|refusal| json!({
                "row": refusal.row, "column": refusal.column, "reason": refusal.reason,
            })).collect::<Vec<_>>(),
        })),
        Format::Text => {
            for refusal in report.refusals.iter().take(20) {
                let column = refusal.column.as_ref().map(|column| format!(", `{column}`")).unwrap_or_default();
                say(format!("row {}{column}: {}", refusal.row, refusal.reason));
            }
            if report.refusals.len() > 20 {
                let place = asked.report.as_ref().map_or("--report FILE names them all".to_owned(), |file| {
                    format!("all are in `{}`", file.display())
                });
                say(format!("… and {} more; {place}", report.refusals.len() - 20));
            }
            let verb = if written { "" } else { "would be " };
            let mut line = counted(report.rows, "row");
            if written || report.refused == 0 || asked.on_error == Refused::Skip {
                line.push_str(&format!(": {} {verb}made, {} {verb}changed", report.created, report.updated));
                if report.unchanged > 0 {
                    line.push_str(&format!(", {} as before", report.unchanged));
                }
            }
            if report.refused > 0 {
                line.push_str(&format!(", {} refused", report.refused));
            }
            say(line);
            if asked.dry_run {
                say("nothing was written: this was a dry run");
            } else if report.refused > 0 && asked.on_error == Refused::Stop {
                say(match asked.batch {
                    None => "nothing was written; mend the rows, or keep the good ones with --on-error skip",
                    Some(_) => {
                        "the batch with the refused row and those after it were not written; mend the row and import again"
                    }
                });
            }
        }
    }
    Ok(if report.refused == 0 { Ended::Fine } else { Ended::Refused })
}

fn write_report(file: &Path, report: &Report) -> Result<()> {
    let out = File::create(file).with_context(|| format!("`{}` cannot be written", file.display()))?;
    let header = ["row", "column", "reason"].map(str::to_owned);
    let options = sink::csv::Options { mark: true, unix: false, guard: true };
    let mut sink = Box::new(sink::csv::Csv::new(out, &header, options)?);
    for refusal in &report.refusals {
        let column = refusal.column.clone().map_or(Cell::Empty, Cell::Text);
        sink.row(&[Cell::Number(refusal.row.to_string()), column, Cell::Text(refusal.reason.clone())])?;
    }
    sink.finish().with_context(|| format!("`{}` cannot be written", file.display()))
}

/// How far an import in batches came, in a file beside the imported one.
struct Marker {
    place: PathBuf,
    what: String,
}

impl Marker {
    fn of(file: &Path, entity: &str) -> Result<Self> {
        let about = fs::metadata(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        let changed = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let mut place = file.as_os_str().to_owned();
        place.push(".progress");
        // A file that was changed since is another one.
        let what = format!("{entity} {} {}", about.len(), changed.map_or(0, |at| at.as_millis()));
        Ok(Self { place: PathBuf::from(place), what })
    }

    fn read(&self) -> u64 {
        let text = fs::read_to_string(&self.place).unwrap_or_default();
        match text.split_once('\n') {
            Some((done, what)) if what.trim_end() == self.what => done.parse().unwrap_or(0),
            _ => 0,
        }
    }

    fn keep(&self, done: u64) {
        let write = || {
            let mut next = self.place.clone().into_os_string();
            next.push(".new");
            let mut file = File::create(&next)?;
            writeln!(file, "{done}\n{}", self.what)?;
            file.sync_all()?;
            fs::rename(&next, &self.place)
        };
        if let Err(error) = write() {
            note(format!(
                "`{}` cannot be written, so that this import cannot be resumed: {error}",
                self.place.display()
            ));
        }
    }

    fn forget(&self) {
        // Not being there is what is wanted.
        let _ = fs::remove_file(&self.place);
    }
}
