//! Who is behind the words of a workflow: accounts that may sign in, in the order in which they were named.

use model::{RecordId, UserId, Value};
use store::{Account, Tx};
use workflow::{Nobody, Refusal, Starter, Voter, Who};

use super::{Held, Work};
use crate::{CaseFault, CommandError};

impl Work<'_> {
    /// Accounts, each once.
    pub(super) async fn accounts_for(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        step: &str,
        who: &[Who],
    ) -> Result<Vec<UserId>, CommandError> {
        let mut found: Vec<UserId> = Vec::new();
        for who in who {
            for id in self.those(tx, held, step, who).await? {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
        }
        Ok(found)
    }

    /// Accounts with their weights.
    pub(super) async fn voters(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        step: &str,
        who: &[(Who, u32)],
    ) -> Result<Vec<Voter>, CommandError> {
        let mut found = Vec::new();
        for (who, weight) in who {
            let weight = *weight;
            found.extend(self.those(tx, held, step, who).await?.into_iter().map(|who| Voter { who, weight }));
        }
        Ok(found)
    }

    async fn those(&mut self, tx: &mut Tx, held: &Held, step: &str, who: &Who) -> Result<Vec<UserId>, CommandError> {
        match who {
            Who::People(formula) => {
                let found = self.value_of(tx, held, formula).await?;
                let people = found.as_list().unwrap_or(std::slice::from_ref(&found)).iter().filter_map(Value::as_id);
                let people: Vec<RecordId> = people.collect();
                self.of_people(tx, &people).await
            }
            Who::Role(role) => {
                let found = tx.accounts_with(role.as_str()).await?;
                Ok(found.into_iter().map(|account| account.id).collect())
            }
            Who::Starter => self.active(tx, &[held.case.starter]).await,
            Who::Chosen => {
                let chosen = held.case.chosen.get(step).cloned().unwrap_or_default();
                self.active(tx, &chosen).await
            }
            Who::Managers { of, from, to } => {
                let Some(person) = self.value_of(tx, held, of).await?.as_id() else { return Ok(Vec::new()) };
                let people = tx.managers_above(person, *from, *to).await?;
                self.of_people(tx, &people).await
            }
            Who::Except { who, not } => {
                let mut found = Box::pin(self.those(tx, held, step, who)).await?;
                let not = Box::pin(self.those(tx, held, step, &Who::People(not.clone()))).await?;
                found.retain(|id| !not.contains(id));
                Ok(found)
            }
        }
    }

    /// Nobody is handed a task of a step that leaves them out.
    pub(super) async fn not_left_out(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        step: &str,
        who: &[UserId],
    ) -> Result<(), CommandError> {
        let out = self.left_out(tx, held, step).await?;
        if who.iter().any(|id| out.contains(id)) {
            return Err(CommandError::Case(CaseFault::Refused(Refusal::LeftOut, String::new())));
        }
        Ok(())
    }

    /// Nobody answers in another's place where the step would not have them answer in their own.
    pub(super) async fn may_stand_in(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        task: u32,
        who: UserId,
    ) -> Result<(), CommandError> {
        let Some(step) = held.case.task(task).map(|task| task.step.clone()) else { return Ok(()) };
        if self.stands_back(tx, held, &step, who).await? {
            return Err(CommandError::Case(CaseFault::Refused(Refusal::StandsBack, String::new())));
        }
        Ok(())
    }

    /// Whether a step would not have somebody answer in their own place, and so not in another's.
    pub(super) async fn stands_back(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        step: &str,
        who: UserId,
    ) -> Result<bool, CommandError> {
        let process = held.process()?;
        let starts = super::keep::asked(process, step).is_some_and(|asked| asked.starter == Starter::LeftOut);
        Ok(starts && held.case.starter == who || self.left_out(tx, held, step).await?.contains(&who))
    }

    /// Whom a step leaves out.
    pub(super) async fn left_out(&mut self, tx: &mut Tx, held: &Held, step: &str) -> Result<Vec<UserId>, CommandError> {
        let process = held.process()?;
        let Some(asked) = super::keep::asked(process, step) else { return Ok(Vec::new()) };
        let instead = match &asked.nobody {
            Nobody::Ask(who) => Some(who),
            Nobody::Guard | Nobody::Pass | Nobody::Refuse => None,
        };
        let all = asked.groups.iter().flat_map(|group| &group.who).map(|(who, _)| who).chain(instead);
        let not: Vec<Who> = all
            .filter_map(|who| match who {
                Who::Except { not, .. } => Some(Who::People(not.clone())),
                _ => None,
            })
            .collect();
        self.accounts_for(tx, held, step, &not).await
    }

    /// The accounts behind people. Somebody without one cannot be asked.
    async fn of_people(&self, tx: &mut Tx, people: &[RecordId]) -> Result<Vec<UserId>, CommandError> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let found = tx.accounts_of(people).await?;
        let of = |person: &RecordId| found.iter().find(|account: &&Account| account.person == Some(*person));
        Ok(people.iter().filter_map(of).map(|account| account.id).collect())
    }

    async fn active(&self, tx: &mut Tx, ids: &[UserId]) -> Result<Vec<UserId>, CommandError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = tx.active_accounts(ids).await?;
        Ok(ids.iter().copied().filter(|id| found.iter().any(|account| account.id == *id)).collect())
    }
}
