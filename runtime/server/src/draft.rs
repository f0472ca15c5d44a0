//! A draft of a workflow, compiled among the documents that are published: it is looked at, and nothing is published.
//!
//! In: the draft's text, or the number of a published version. Out: the app as it would be, or everything that is wrong with it,
//! with its lines. Refused: what is larger than a document of a workflow ever is.

use std::sync::Arc;

use app::App;
use engine::{Act, Actor};
use model::{Diagnostic, Severity};
use resolve::Source;
use serde_json::{Value as Json, json};

use crate::{
    AppState,
    problem::{Kind, Problem},
};

/// Largest draft, in bytes.
pub const MOST: usize = 256 * 1024;

/// Past cases that a draft is looked at by, at most: it may be written so that every one of them takes its time.
pub const MOST_CASES: u32 = 2_000;

/// How published documents are read as the files of the apps: only whoever publishes them knows.
pub type Documents = fn(&Json) -> Option<Vec<Source>>;

/// What is looked at in place of the published steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// A document of a workflow, as it is written.
    Text(String),
    /// The steps of a published version.
    Version(i64),
}

/// A draft that was read.
pub(crate) enum Drafted {
    /// The app with it.
    App(Arc<App>),
    /// What is wrong with it, the faults of the draft itself first.
    Faults(Vec<Told>),
    /// There is no such version, or it is no longer read, or the workflow in it is about something else or not there.
    Elsewhere,
}

/// A diagnostic, as it is told to whoever gave the draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The file, where it is another than the draft's; what stands in it is not told.
    pub(crate) file: Option<String>,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column, from 1.
    pub(crate) column: usize,
    /// What stands in that line of the draft.
    pub(crate) text: String,
    /// Whether the draft can be looked at all the same.
    pub(crate) warning: bool,
    /// Stable code.
    pub(crate) code: &'static str,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Told {
    /// It for machines, as `loam check` says it.
    pub(crate) fn json(&self) -> Json {
        json!({
            "file": self.file, "line": self.line, "column": self.column, "code": self.code,
            "severity": if self.warning { "warning" } else { "error" }, "message": self.message, "help": self.help,
        })
    }
}

/// Reads a draft for somebody who manages the workflow; that they look at it is on the ledger before they do.
///
/// # Errors
/// It is too large, no drafts are taken here, the app was published anew, or the database failed.
pub(crate) async fn read(state: &AppState, actor: &Actor, workflow: &str, given: Given) -> Result<Drafted, Problem> {
    let act = Act::new("workflow.replay", "workflow").fact("workflow", workflow);
    let (act, drafted) = match given {
        Given::Version(version) => {
            let found = state.engine.app_at(version).await.map_err(Problem::of_store)?;
            (act.fact("version", version), found.map_or(Drafted::Elsewhere, Drafted::App))
        }
        Given::Text(text) => {
            if text.len() > MOST {
                return Err(Problem::new(Kind::TooLarge).with("limit", MOST));
            }
            (act.fact("draft", store::hash(text.as_bytes())), compiled(state, actor, workflow, text).await?)
        }
    };
    let act = match &drafted {
        Drafted::Faults(faults) => {
            let mut codes: Vec<&str> = faults.iter().filter(|fault| !fault.warning).map(|fault| fault.code).collect();
            codes.sort_unstable();
            codes.dedup();
            act.fact("faults", codes)
        }
        Drafted::App(_) | Drafted::Elsewhere => act,
    };
    state.engine.note(actor, act).await.map_err(Problem::of_store)?;
    Ok(match drafted {
        Drafted::App(app) if about(&app, workflow) != about(&actor.edition.app, workflow) => Drafted::Elsewhere,
        drafted => drafted,
    })
}

/// What a workflow of an app is about, by name.
fn about<'a>(app: &'a App, workflow: &str) -> Option<&'a str> {
    app.entity(app.workflow_named(workflow)?.entity).map(|entity| entity.name.as_str())
}

async fn compiled(state: &AppState, actor: &Actor, workflow: &str, text: String) -> Result<Drafted, Problem> {
    let documents = state.options.documents.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let published = state.engine.store().published().await.map_err(Problem::of_store)?;
    // Steps of one version would be looked at among the documents of another.
    let published = published.filter(|published| published.version == actor.edition.version);
    let published = published.ok_or_else(|| Problem::new(Kind::NewEdition))?;
    let unreadable = || Problem::internal("the published documents cannot be read");
    let mut apps = documents(&published.documents).ok_or_else(unreadable)?;
    let path = put(&mut apps, workflow, text).ok_or_else(unreadable)?;
    // Nobody else waits for it.
    tokio::task::spawn_blocking(move || {
        let (app, faults) = resolve::resolve(&apps);
        match app {
            Some(app) => Drafted::App(Arc::new(app)),
            None => Drafted::Faults(told(&apps, &path, &faults)),
        }
    })
    .await
    .map_err(Problem::internal)
}

/// Puts a draft in the place of the workflow's document; its path within its app. `None` where there is no such document.
fn put(apps: &mut [Source], workflow: &str, text: String) -> Option<String> {
    let path = format!("workflows/{workflow}.yaml");
    let paths = [path.clone(), format!("workflows/{workflow}.yml"), format!("workflows/{workflow}.json")];
    let app = apps.iter_mut().find(|app| paths.iter().any(|path| app.files.contains_key(path)))?;
    app.files.retain(|known, _| !paths.contains(known));
    app.files.insert(path.clone(), text);
    Some(path)
}

/// All errors, and what is doubtful in the draft itself; those of the draft first, in the order of their places.
fn told(apps: &[Source], path: &str, faults: &[Diagnostic]) -> Vec<Told> {
    let sources = resolve::sources(apps);
    let own = |file: &str| file == path || file.strip_suffix(path).is_some_and(|before| before.ends_with('/'));
    let tell = |fault: &Diagnostic| {
        let place = sources.place(&fault.location, fault.code);
        let own = own(&fault.location.file);
        Told {
            file: (!own).then(|| fault.location.file.clone()),
            line: place.line,
            column: place.column,
            text: if own { place.text } else { String::new() },
            warning: fault.severity != Severity::Error,
            code: fault.code,
            message: fault.message.clone(),
            help: fault.help.clone(),
        }
    };
    let mut told: Vec<Told> = faults.iter().map(tell).collect();
    told.retain(|one| !one.warning || one.file.is_none());
    told.sort_by_cached_key(|one| (one.file.clone(), one.line, one.column, one.code));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_takes_the_place_of_its_document_and_faults_name_its_lines() {
        let app = "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n";
        let mut apps = [Source::inline("demo", &[("app.yaml", app), ("workflows/leave.json", "{}")])];
        assert_eq!(put(&mut apps, "gone", String::new()), None);
        let path = put(&mut apps, "leave", "label: Leave\nentity: nowhere\nsteps: {}\nmore: 1\n".to_owned()).unwrap();
        assert_eq!(path, "workflows/leave.yaml");
        assert!(!apps[0].files.contains_key("workflows/leave.json"));
        let (compiled, faults) = resolve::resolve(&apps);
        assert!(compiled.is_none());
        let told = told(&apps, &path, &faults);
        assert!(told.iter().any(|one| one.file.is_none() && one.line == 4 && one.text == "more: 1"), "{told:#?}");
    }
}
