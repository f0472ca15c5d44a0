//! What a publish would mean for the cases that run, before it is done: by the same code that says so afterwards.

use std::sync::Arc;

use app::App;
use model::Text;
use store::CasesOf;
use workflow::{Case, Process};

use super::{
    classes::BlockedAt,
    running::{Class, class_by},
};
use crate::{Edition, Engine, QueryError};

/// Cases read at once.
const PAGE: usize = 200;

/// What a publish would mean for the running cases of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// The workflow's name.
    pub workflow: String,
    /// What it is called; by its name where it is gone already.
    pub label: Text,
    /// Whether its steps are others than now, or it goes, or comes back.
    pub changes: bool,
    /// Whether the app would not have it at all.
    pub gone: bool,
    /// How many cases would go by its present steps already.
    pub keep: i64,
    /// How many could go by them.
    pub migrate: i64,
    /// How many could not, by the step that stands in the way, in the order of their names.
    pub blocked: Vec<BlockedAt>,
}

impl Ahead {
    /// How many cases could not go by its present steps.
    pub fn stuck(&self) -> i64 {
        self.blocked.iter().map(|blocked| blocked.cases).sum()
    }
}

impl Engine {
    /// What it would mean for every case that runs if `app` were published, by workflow. For whoever publishes.
    ///
    /// # Errors
    /// The database failed.
    pub async fn ahead(&self, app: &App) -> Result<Vec<Ahead>, QueryError> {
        let present = self.edition();
        let mut found = Vec::new();
        for (workflow, _) in self.store().cases().workflows_running().await? {
            let (before, after) = (present.app.workflow_named(&workflow), app.workflow_named(&workflow));
            let print = |process: Option<&Process>| process.map(|process| process.print.clone());
            let mut ahead = Ahead {
                label: before.or(after).map_or_else(|| Text::plain(&workflow), |process| process.label.clone()),
                changes: print(before) != print(after),
                gone: after.is_none(),
                keep: 0,
                migrate: 0,
                blocked: Vec::new(),
                workflow,
            };
            // Those that go by these steps already need not be looked at one by one.
            if let Some(after) = after {
                let by = self.store().cases().running_by(CasesOf::all(&ahead.workflow)).await?;
                let same = by.iter().filter(|by| by.print == after.print);
                ahead.keep = same.map(|by| by.cases).sum();
            }
            self.class_others(&present, after, &mut ahead).await?;
            ahead.blocked.sort_by(|one, other| one.step.cmp(&other.step));
            found.push(ahead);
        }
        Ok(found)
    }

    /// Classes the cases of a workflow that go by other steps than these.
    async fn class_others(
        &self,
        present: &Arc<Edition>,
        after: Option<&Process>,
        ahead: &mut Ahead,
    ) -> Result<(), QueryError> {
        let limit = u32::try_from(PAGE).unwrap_or(u32::MAX);
        let mut from = None;
        loop {
            let (of, other) = (CasesOf::all(&ahead.workflow), after.map(|after| after.print.as_str()));
            let rows = self.store().cases().running(of, from, other, limit).await?;
            from = rows.last().map(|row| row.id).filter(|_| rows.len() >= PAGE);
            for row in rows {
                let case = serde_json::from_value::<Case>(row.document.clone()).ok();
                // How the case stands cannot be read by this version: nothing can be done with it.
                let class = case.map_or_else(|| Class::Blocked(String::new()), |case| class_by(after, &row, &case));
                let step = match class {
                    Class::Keep => {
                        ahead.keep += 1;
                        continue;
                    }
                    Class::Migrate => {
                        ahead.migrate += 1;
                        continue;
                    }
                    Class::Blocked(step) => step,
                };
                if let Some(blocked) = ahead.blocked.iter_mut().find(|blocked| blocked.step == step) {
                    blocked.cases += 1;
                    continue;
                }
                let edition = self.edition_for(present, &row.workflow, &row.print, row.edition).await?;
                let label = label(&edition, &row.workflow, &step);
                ahead.blocked.push(BlockedAt { step, label, cases: 1 });
            }
            if from.is_none() {
                return Ok(());
            }
        }
    }
}

fn label(edition: &Edition, workflow: &str, step: &str) -> Text {
    let found = edition.app.workflow_named(workflow).and_then(|process| process.step(step));
    found.map_or_else(|| Text::plain(step), |step| step.label.clone())
}
