//! Rules at work: what became so with a write, whom it concerns, and what they are told.
//!
//! A change rule is asked of every record before and after a command, and acts in the command's own transaction on what
//! became true by it: once, however often the record was written in between, and never without the write. What the
//! platform brings about on its own account (seeds, samples, files from the command line) tells nobody; the day does.
//!
//! What a rule makes may set off other rules. A chain of them ends at a rule that is in it already, and at the [`DEEPEST`].

mod create;
mod decline;
mod notify;
mod schedule;
mod stands;
mod watch;

pub(crate) use create::{Asked, MAKE, STOPPED};
pub(crate) use schedule::{TIMER, lowered, next};
pub(crate) use watch::REFUSED;

pub(super) use notify::reader;

use std::collections::BTreeMap;

use app::{Entity, Rule, RuleAction, Trigger};
use model::{RecordId, Value};
use store::{Stored, Tx};

use super::{Work, call::CALL, journal::Event, record::Record};
use crate::CommandError;

/// Most rules that set each other off, one after the other.
const DEEPEST: usize = 8;

/// What change rules hold for the records of a command: before it, and now.
#[derive(Debug, Default)]
pub(crate) struct News {
    held: BTreeMap<(usize, RecordId), (bool, bool)>,
}

impl News {
    /// What became so, and is so still.
    fn take(&mut self) -> Vec<(usize, RecordId)> {
        let all = std::mem::take(&mut self.held);
        all.into_iter().filter(|(_, (before, now))| !before && *now).map(|(key, _)| key).collect()
    }
}

impl Work<'_> {
    /// Asks the change rules of an entity of a record that was written.
    pub(super) fn watch(&mut self, entity: &Entity, event: &Event<'_>) {
        if !self.tells {
            return;
        }
        let edition = self.actor.edition.clone();
        let rules = edition.app.rules().iter().enumerate();
        for (at, rule) in rules.filter(|(_, rule)| rule.entity == entity.id && rule.trigger == Trigger::Change) {
            match event {
                Event::Created(records) => {
                    for record in *records {
                        let now = self.holds(rule, record);
                        self.news.held.entry((at, record.id)).or_insert((false, now)).1 = now;
                    }
                }
                Event::Updated { before, after, .. } => {
                    let was = self.held(rule, entity, before);
                    let now = self.holds(rule, after);
                    self.news.held.entry((at, after.id)).or_insert((was, now)).1 = now;
                }
                Event::Deleted(before) => {
                    self.news.held.insert((at, before.id), (true, false));
                }
                // What comes back as it was is no news.
                Event::Restored(before) => {
                    let held = self.held(rule, entity, before);
                    self.news.held.insert((at, before.id), (held, held));
                }
            }
        }
    }

    fn held(&self, rule: &Rule, entity: &Entity, before: &Stored) -> bool {
        self.holds(rule, &Record::stored(entity, before))
    }

    /// Whether the rule's condition holds; what is not known does not.
    fn holds(&self, rule: &Rule, record: &Record) -> bool {
        let condition = rule.condition.as_ref();
        condition.is_some_and(|condition| record.evaluate(condition, &self.around) == Ok(Value::Bool(true)))
    }

    /// Does what the rules say about what became so.
    pub(crate) async fn tell(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        for (at, record) in self.news.take() {
            if let Some(rule) = edition.app.rules().get(at) {
                self.act(tx, rule, record, None).await?;
            }
        }
        Ok(())
    }

    /// Does what a rule says for one record. With `key`, each thing is done at most once under it.
    pub(super) async fn act(
        &mut self,
        tx: &mut Tx,
        rule: &Rule,
        id: RecordId,
        key: Option<&str>,
    ) -> Result<(), CommandError> {
        for (at, action) in rule.actions.iter().enumerate() {
            let key = key.map(|key| format!("{key}:{id}:{at}"));
            match action {
                RuleAction::Notify { to, message } => self.notify(tx, rule, id, (to, message), key.as_deref()).await?,
                RuleAction::Create { .. } => self.leave(tx, MAKE, (rule, id, at), key).await?,
                RuleAction::Call(_) => self.leave(tx, CALL, (rule, id, at), key).await?,
                RuleAction::Start(workflow) => self.begin_case(tx, workflow.as_str(), id, key.as_deref()).await?,
            }
        }
        Ok(())
    }
}
