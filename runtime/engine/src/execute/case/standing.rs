//! Whoever stands in for somebody is told what waits for them, and for whom it is: those who may act in that place now, and by what
//! they were given could answer.

use model::{Locale, UserId};
use serde_json::json;
use store::{Account, Notification, StandIn, Tx};
use workflow::{TaskState, Told};

use super::{Held, Tell, Work, keep::sentence};
use crate::{CommandError, execute::words::say};

impl Work<'_> {
    /// What whoever stands in for those who are told something is told besides.
    pub(super) async fn for_stand_ins(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        tell: &Tell,
    ) -> Result<Vec<Notification>, CommandError> {
        if !matches!(tell.what, Told::Asked | Told::Reminded | Told::Urged | Told::Spared) {
            return Ok(Vec::new());
        }
        let mut standing = tx.stand_ins_for(&tell.to, self.actor.now).await?;
        standing.retain(|one| one.entities.is_empty() || one.entities.contains(&held.row.entity));
        if standing.is_empty() {
            return Ok(Vec::new());
        }
        let both: Vec<UserId> = standing.iter().flat_map(|one| [one.giver, one.taker]).collect();
        let accounts = tx.active_accounts(&both).await?;
        let account = |id: UserId| accounts.iter().find(|account: &&Account| account.id == id);
        let mut notices = Vec::new();
        for one in &standing {
            let (Some(giver), Some(taker)) = (account(one.giver), account(one.taker)) else { continue };
            // What somebody does themself is no news to them.
            if taker.id == self.actor.user && tell.what != Told::Asked {
                continue;
            }
            let step = tell.step.clone().or_else(|| asked_at(held, giver.id));
            if let Some(step) = step.as_deref().filter(|_| tell.what != Told::Spared)
                && self.stands_back(tx, held, step, taker.id).await?
            {
                continue;
            }
            notices.push(self.notice_for(held, tell, (one, giver))?);
        }
        Ok(notices)
    }

    fn notice_for(
        &self,
        held: &Held,
        tell: &Tell,
        (one, giver): (&StandIn, &Account),
    ) -> Result<Notification, CommandError> {
        let process = held.process()?;
        let step = tell.step.as_deref().and_then(|step| process.step(step));
        let said = Locale::ALL.into_iter().map(|locale| {
            let step = step.map(|step| step.label.get(locale)).unwrap_or_default();
            let said = sentence(locale, tell.what, process.label.get(locale), step);
            let name = giver.name.as_str();
            let said = say(locale, format!("代理 {name}：{said}"), format!("For {name}: {said}"));
            (locale.tag().to_owned(), serde_json::Value::from(said))
        });
        let text = serde_json::Value::Object(said.collect());
        let mut notice = self.notice(held, one.taker, &text);
        if let Some(payload) = notice.payload.as_object_mut() {
            payload.insert("for".to_owned(), json!(giver.id));
        }
        Ok(notice)
    }
}

/// The step at which somebody is asked now.
fn asked_at(held: &Held, who: UserId) -> Option<String> {
    let mut open = held.case.tasks.iter().filter(|task| task.state == TaskState::Open && task.who == who);
    open.next().map(|task| task.step.clone())
}
