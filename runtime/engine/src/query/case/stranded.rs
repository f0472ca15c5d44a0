//! What a publish would leave running by steps that are not in the app any more, before it does.

use std::collections::BTreeMap;

use app::App;
use model::Text;
use store::CasesOf;
use workflow::Case;

use crate::{Edition, Engine, QueryError};

/// Cases read at once.
const PAGE: usize = 200;

/// Cases of a workflow that run at a step which another app does not have, or in which something else happens there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// The workflow's name.
    pub workflow: String,
    /// What it is called.
    pub label: Text,
    /// Whether the app does not have the workflow at all.
    pub gone: bool,
    /// The step's name; empty where it is not known where the cases are.
    pub step: String,
    /// What the step is called.
    pub step_label: Text,
    /// How many cases.
    pub cases: usize,
}

impl Engine {
    /// The running cases that would keep steps which `app` does not have: of each workflow that it leaves out, and of each
    /// whose steps it changes, by where they are. For whoever publishes.
    ///
    /// # Errors
    /// The database failed.
    pub async fn stranded(&self, app: &App) -> Result<Vec<Stranded>, QueryError> {
        let present = self.edition();
        let mut found = Vec::new();
        for before in present.app.workflows() {
            let after = app.workflow_named(before.name.as_str());
            if after.is_some_and(|after| after.print == before.print) {
                continue;
            }
            let (name, limit) = (before.name.as_str(), u32::try_from(PAGE).unwrap_or(u32::MAX));
            let mut from = None;
            // By the step's name, with what it is called in the steps the first such case goes by.
            let mut steps: BTreeMap<String, (Text, usize)> = BTreeMap::new();
            loop {
                let rows = self.store().cases().running(CasesOf::all(name), from, None, limit).await?;
                let last = rows.last().map(|row| row.id).filter(|_| rows.len() >= PAGE);
                for row in rows {
                    let case = serde_json::from_value::<Case>(row.document.clone()).ok();
                    let step = match (&case, after) {
                        (None, _) => Some(String::new()),
                        (Some(case), Some(after)) => workflow::blocked(after, case),
                        (Some(case), None) => {
                            Some(case.tokens.first().map(|token| token.step.clone()).unwrap_or_default())
                        }
                    };
                    let Some(step) = step else { continue };
                    match steps.get_mut(&step) {
                        Some((_, cases)) => *cases += 1,
                        None => {
                            let edition = self.edition_for(&present, name, &row.print, row.edition).await?;
                            let called = label(&edition, name, &step);
                            steps.insert(step, (called, 1));
                        }
                    }
                }
                from = last;
                if from.is_none() {
                    break;
                }
            }
            found.extend(steps.into_iter().map(|(step, (step_label, cases))| Stranded {
                workflow: name.to_owned(),
                label: before.label.clone(),
                gone: after.is_none(),
                step,
                step_label,
                cases,
            }));
        }
        Ok(found)
    }
}

fn label(edition: &Edition, workflow: &str, step: &str) -> Text {
    let found = edition.app.workflow_named(workflow).and_then(|process| process.step(step));
    found.map_or_else(|| Text::plain(step), |step| step.label.clone())
}
