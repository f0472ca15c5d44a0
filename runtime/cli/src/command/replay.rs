//! `loam replay`: what past cases of a workflow would have come to by the steps of a folder, before these are published.

use std::{fmt::Write, path::PathBuf, sync::Arc};

use anyhow::{Result, bail};
use clap::Args;
use engine::query::case::{AskedAt, MOST_REPLAYED, Replay as Ask, ReplayedCase, ReplayedCases, Stuck};
use model::{Locale, diagnostic::nearest};
use serde_json::{Value, json};

use super::{Context, check::Checked};
use crate::output::{Ended, Format, counted, say, say_json};

const EXAMPLE: &str = "\
Examples:
  loam replay templates/performance-management contract
  loam replay . leave --last 2000 --format json

The steps are read from the folder, the cases are the ended ones of the published workflow with that name, the newest first.
Answers are those given then; what nobody answered then is taken for a yes. Nothing is written, nobody is told.";

/// Cases told one by one, unless all are asked for.
const TOLD: usize = 20;

/// Arguments of `loam replay`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Replay {
    /// Folder of the app
    pub folder: PathBuf,
    /// Name of the workflow
    pub workflow: String,
    /// Go through at most so many cases, the newest
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_REPLAYED)))]
    pub last: u32,
    /// Tell every case that would have been otherwise, not only the newest twenty
    #[arg(long)]
    pub all: bool,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Carries out the command.
///
/// # Errors
/// The folder cannot be read, there is no such workflow, or the database fails.
pub async fn run(context: &Context, asked: &Replay) -> Result<Ended> {
    let mut checked = Checked::folder(&asked.folder)?;
    let Some(app) = checked.app.take() else {
        say(checked.text());
        return Ok(Ended::Refused);
    };
    let names = || app.workflows().iter().map(|process| process.name.as_str());
    if !names().any(|name| name == asked.workflow) {
        let help = nearest(&asked.workflow, names()).map(|help| format!("; {help}")).unwrap_or_default();
        bail!("the folder has no workflow `{}`{help}", asked.workflow);
    }
    let engine = context.data.open_published().await?;
    let ask = Ask { draft: Some(Arc::new(app)), workflow: asked.workflow.clone(), limit: asked.last };
    let found = engine.query(&engine.system(), ask).await;
    engine.store().close().await;
    let Some(found) = found? else {
        bail!("nothing is published about what `{}` is about: it has no past cases", asked.workflow);
    };
    let told = Told { found: &found, locale: context.language.locale() };
    match asked.format {
        Format::Json => say_json(&told.json(&asked.workflow)),
        Format::Text => say(told.text(&asked.workflow, if asked.all { usize::MAX } else { TOLD }).trim_end()),
    }
    Ok(Ended::Fine)
}

struct Told<'f> {
    found: &'f ReplayedCases,
    locale: Locale,
}

impl Told<'_> {
    fn text(&self, workflow: &str, most: usize) -> String {
        let found = self.found;
        let differ = found.differing.len();
        let gone = found.unreadable;
        let mut text = format!(
            "`{workflow}` by these steps, {}: {} the same, {differ} otherwise, of which {} would not end\n",
            counted(found.cases as i128, "past case"),
            found.cases.saturating_sub(differ + gone),
            found.differing.iter().filter(|case| case.stuck.is_some()).count(),
        );
        if gone > 0 {
            let _ = writeln!(text, "{} cannot be gone through: its record is gone", counted(gone as i128, "case"));
        }
        if !found.unknown.is_empty() {
            let _ = writeln!(text, "not in the database yet, so nothing is known of: {}", found.unknown.join(", "));
        }
        for case in found.differing.iter().take(most) {
            self.case(&mut text, case);
        }
        if differ > most {
            let _ = writeln!(text, "and {} more; --all tells every one", differ - most);
        }
        text
    }

    fn case(&self, text: &mut String, case: &ReplayedCase) {
        let _ = writeln!(text, "- {} {} ({})", case.started.strftime("%Y-%m-%d"), case.title, case.case);
        if case.unfit {
            let _ = writeln!(text, "    would not have started: the workflow's condition does not hold");
            return;
        }
        for (words, list) in [("asked besides", &case.now), ("no longer asked", &case.then)] {
            for at in list {
                let _ = writeln!(text, "    {words} at {}: {}", self.step(&at.step), self.people(at));
            }
        }
        if !case.assumed.is_empty() {
            let steps: Vec<&str> = case.assumed.iter().map(|step| self.step(step)).collect();
            let _ = writeln!(text, "    taken for a yes at: {}", steps.join(", "));
        }
        match &case.stuck {
            Some(stuck) => {
                let _ = writeln!(text, "    would hang: {}", reason(stuck));
            }
            None if case.outcome_now != case.outcome_then => {
                let word = |outcome: &Option<String>| outcome.clone().unwrap_or_else(|| "not ended".to_owned());
                let _ = writeln!(text, "    ends `{}`, not `{}`", word(&case.outcome_now), word(&case.outcome_then));
            }
            None => {}
        }
    }

    fn step<'s>(&'s self, name: &'s str) -> &'s str {
        self.found.labels.get(name).map_or(name, |label| label.get(self.locale))
    }

    fn people(&self, at: &AskedAt) -> String {
        let name = |id| self.found.names.get(id).map_or("somebody without an account", String::as_str);
        at.who.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    fn json(&self, workflow: &str) -> Value {
        let asked = |list: &[AskedAt]| -> Vec<Value> {
            list.iter().map(|at| json!({"step": at.step, "who": at.who})).collect()
        };
        let cases = self.found.differing.iter().map(|case| {
            json!({
                "case": case.case, "title": case.title, "started": case.started.to_string(), "unfit": case.unfit,
                "asked_then": asked(&case.then), "asked_now": asked(&case.now), "assumed": case.assumed,
                "outcome_then": case.outcome_then, "outcome_now": case.outcome_now,
                "hangs": case.stuck.as_ref().map(reason),
            })
        });
        json!({
            "workflow": workflow, "cases": self.found.cases, "unreadable": self.found.unreadable,
            "unknown_fields": self.found.unknown, "differing": cases.collect::<Vec<_>>(),
        })
    }
}

/// Why a case would not have come to its end.
fn reason(stuck: &Stuck) -> String {
    match stuck {
        Stuck::Refused(refusal) => refusal.to_string(),
        Stuck::Round => "it would go round without end".to_owned(),
        Stuck::Idle => "nobody is asked and nothing is waited for".to_owned(),
    }
}
