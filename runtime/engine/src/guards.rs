//! Guards of workflows that nobody holds. A role is named as guard so that a case never stands still; whether anybody has that role
//! is for the database to say, and not for the definition.

use app::App;
use store::{Account, StoreError};
use workflow::{Nobody, Starter, Step, StepKind, Who};

use crate::Engine;

/// A guard without holders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheld {
    /// The workflow, by name.
    pub workflow: String,
    /// The role that guards it, by name.
    pub role: String,
    /// The steps that are left to it where they find nobody to ask, by name.
    pub steps: Vec<String>,
}

impl Engine {
    /// The guards of an app that no active account holds, as far as steps may come to need them. None before there are accounts:
    /// roles are given once they are published.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unheld_guards(&self, app: &App) -> Result<Vec<Unheld>, StoreError> {
        let mut accounts = self.store().accounts().all().await?;
        accounts.retain(|account| account.active);
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let holds = |account: &Account, role: &str| account.roles.iter().any(|held| held == role);
        let unheld = app.workflows().iter().filter_map(|process| {
            let role = process.guard.as_ref()?.as_str();
            if accounts.iter().any(|account| holds(account, role)) {
                return None;
            }
            let steps = process.steps.iter().filter(|step| leans(step)).map(|step| step.name.to_string());
            let steps: Vec<String> = steps.collect();
            (!steps.is_empty()).then(|| Unheld { workflow: process.name.to_string(), role: role.to_owned(), steps })
        });
        Ok(unheld.collect())
    }
}

/// Whether it may come to ask the guard: somebody it names might not be found.
fn leans(step: &Step) -> bool {
    let StepKind::Ask(asked) = &step.kind else { return false };
    let sure = |who: &Who| matches!(who, Who::Starter) && asked.starter != Starter::LeftOut;
    matches!(asked.nobody, Nobody::Guard)
        && !asked.groups.iter().all(|group| group.who.iter().any(|(who, _)| sure(who)))
}
