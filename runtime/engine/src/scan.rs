//! Files that come in are shown to a scanner before anything of them is kept, if there is one.
//!
//! INVARIANT: the scanner is asked before the transaction, which calls out of the process for nothing. What it finds is refused, and an
//! entry says what was found in which record's file.

use std::sync::{Arc, OnceLock};

use app::App;
use model::RecordId;

use crate::{Act, Actor, CaseCommand, Command, CommandError, Engine, FieldFault, NewFile, execute::words::say};

/// What looks for malware in content. It may block.
pub trait Scanner: Send + Sync {
    /// What was found, by its name; nothing where the content is clean.
    ///
    /// # Errors
    /// It could not look: it does not answer, or not in its own words.
    fn scan(&self, content: &[u8]) -> Result<Option<String>, String>;
}

/// What becomes of a file when the scanner cannot look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenDown {
    /// It is refused.
    Refuse,
    /// It is taken, and the log says so.
    Take,
}

/// The scanner, once there is one.
#[derive(Default)]
pub(crate) struct Scanning(OnceLock<(Arc<dyn Scanner>, WhenDown)>);

impl Engine {
    /// Has files looked through. The first call counts.
    pub fn scan_files_with(&self, scanner: Arc<dyn Scanner>, down: WhenDown) {
        let _ = self.inner.scanning.0.set((scanner, down));
    }

    /// Refuses a command with a file in which something was found.
    pub(crate) async fn scanned(&self, actor: &Actor, command: &Command) -> Result<(), CommandError> {
        let Some((scanner, down)) = self.inner.scanning.0.get() else { return Ok(()) };
        for (index, incoming) in files(&actor.edition.app, command) {
            let Incoming { beside, id, field, file } = incoming;
            let (scanner, content) = (scanner.clone(), file.content.clone());
            let looked = tokio::task::spawn_blocking(move || scanner.scan(&content)).await;
            let (reason, found, zh, en) = match looked.unwrap_or_else(|_| Err("it broke off".to_owned())) {
                Ok(None) => continue,
                Ok(Some(found)) => {
                    ("malware", found, "文件中发现病毒，已拒绝", "malware was found in the file, it was not taken")
                }
                Err(error) => {
                    tracing::error!(%error, "the scanner for malware cannot look");
                    if *down == WhenDown::Take {
                        continue;
                    }
                    let zh = "病毒扫描服务暂不可用，请稍后再上传";
                    (
                        "not-scanned",
                        String::new(),
                        zh,
                        "files cannot be looked through for malware now, try again later",
                    )
                }
            };
            let act = match id {
                Some(id) => Act::new("attach", beside).on(id),
                None => Act::new("upload", beside),
            };
            self.note(actor, act.refused(reason).fact("found", found)).await?;
            let message = say(actor.locale, zh, en);
            let fault = FieldFault { index, field: Some(field.to_owned()), code: reason, message };
            return Err(CommandError::Invalid(vec![fault]));
        }
        Ok(())
    }
}

/// A file that comes in, and where to.
struct Incoming<'a> {
    /// What it is kept beside: an entity, or `case`.
    beside: String,
    /// This record, or this case; none where the record is yet to be saved.
    id: Option<RecordId>,
    /// What it is called there.
    field: &'a str,
    file: &'a NewFile,
}

/// The files of a command, each with the place of what brings it among its commands.
fn files<'a>(app: &App, command: &'a Command) -> Vec<(usize, Incoming<'a>)> {
    match command {
        Command::Attach { entity, id, file } => {
            let beside = app.entity(*entity).map_or_else(String::new, |entity| entity.name.to_string());
            vec![(0, Incoming { beside, id: Some(*id), field: "file", file })]
        }
        Command::Upload { field, file } => {
            let entity = app.field(*field).and_then(|field| app.entity(field.entity));
            let beside = entity.map_or_else(String::new, |entity| entity.name.to_string());
            vec![(0, Incoming { beside, id: None, field: "file", file })]
        }
        Command::Case(CaseCommand::Act { case, files, .. }) => {
            let each = files.iter().map(|(field, file)| {
                let incoming = Incoming { beside: "case".to_owned(), id: Some(*case), field, file };
                (0, incoming)
            });
            each.collect()
        }
        Command::Case(CaseCommand::Upload { case, file, .. }) => {
            vec![(0, Incoming { beside: "case".to_owned(), id: Some(*case), field: "file", file })]
        }
        Command::Bulk(commands) => {
            let each = commands.iter().enumerate();
            each.flat_map(|(at, command)| files(app, command).into_iter().map(move |(_, file)| (at, file))).collect()
        }
        _ => Vec::new(),
    }
}
