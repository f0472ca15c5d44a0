//! Records that rules make.
//!
//! The act that sets a rule off leaves a letter, in its own transaction; the runner makes the record in another. So what
//! cannot be made refuses nobody's write: the letter waits with the reason. It is made once, because its key is written down in the
//! transaction that makes it ([`Tx::once`]).
//!
//! A letter knows the rules that led to it. Where one of them would be set off again, or there are too many, it is left
//! as [`STOPPED`] for an administrator, who can have it carried out after all.

use std::sync::Arc;

use app::{Each, Rule, RuleAction};
use model::{RecordId, Timestamp, Value};
use policy::List;
use serde_json::{Value as Json, json};
use store::{Claimed, Lock, OutboxEntry, Tx};

use super::{
    super::{
        Trace, Work, from_query,
        record::{Record, Surroundings},
        validate,
    },
    CALL, DEEPEST,
    schedule::lowered,
};
use crate::{Actor, Command, CommandError, Engine, Fields, Given, note::Act};

/// Kind of the letters that ask for a record.
pub(crate) const MAKE: &str = "rule.create";
/// Kind of those that were stopped.
pub(crate) const STOPPED: &str = "rule.stopped";

/// Records that one letter makes at most.
const MOST_MADE: u32 = 1_000;

/// What a letter asks for: an action of a rule, about a record.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The rule, by name.
    pub(crate) rule: String,
    /// The record.
    pub(crate) record: RecordId,
    /// Which of its actions.
    pub(crate) action: usize,
    /// When the rule was set off.
    pub(crate) at: Timestamp,
    /// The rules that led to it.
    pub(crate) chain: Vec<String>,
}

impl Asked {
    pub(crate) fn of(payload: &Json) -> Option<Self> {
        let text = |name: &str| payload.get(name)?.as_str();
        let chain = payload.get("chain").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        Some(Self {
            rule: text("rule")?.to_owned(),
            record: text("record")?.parse().ok()?,
            action: usize::try_from(payload.get("action")?.as_u64()?).ok()?,
            at: text("at")?.parse().ok()?,
            chain: chain.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        })
    }
}

impl Work<'_> {
    /// Leaves the letter of a kind that asks for what an action of a rule says about a record, under a key of its own unless one
    /// is given.
    pub(super) async fn leave(
        &mut self,
        tx: &mut Tx,
        kind: &str,
        (rule, id, action): (&Rule, RecordId, usize),
        key: Option<String>,
    ) -> Result<(), CommandError> {
        let letter = self.engine.new_id();
        let again = self.chain.iter().any(|name| name == rule.name.as_str());
        let stopped = again || self.chain.len() >= DEEPEST;
        let kind = if stopped { STOPPED } else { kind };
        let entry = OutboxEntry {
            id: letter,
            kind: kind.to_owned(),
            key: format!("{kind}:{}", key.unwrap_or_else(|| letter.to_string())),
            payload: json!({
                "rule": rule.name.as_str(),
                "record": id,
                "action": action,
                "at": self.actor.now.to_string(),
                "chain": self.chain,
            }),
            due: self.actor.now,
        };
        if !stopped {
            return Ok(tx.outbox(&[entry]).await?);
        }
        let way = [self.chain.join(" → "), rule.name.to_string()].join(" → ");
        let reason = if again {
            format!("the rules set each other off in a circle: {way}")
        } else {
            format!("more than {DEEPEST} rules set each other off: {way}")
        };
        let entity = self.entity(rule.entity)?.name.to_string();
        let chain = Json::from(self.chain.clone());
        let act = Act::new(STOPPED, entity).on(id).fact("rule", rule.name.as_str()).fact("chain", chain);
        self.note(act.refused(if again { "circle" } else { "too-deep" }));
        tx.park(&entry, &reason).await?;
        Ok(())
    }

    /// Makes the record that a rule asks for, or one for each of those found. A value that cannot be worked out is not known.
    async fn make(
        &mut self,
        tx: &mut Tx,
        rule: &Rule,
        asked: &Asked,
        found: Option<&[RecordId]>,
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let Some(RuleAction::Create { entity, values, each }) = rule.actions.get(asked.action) else { return Ok(()) };
        let token = self.following(rule.entity, asked.record)?;
        // What is gone asks for nothing any more.
        let Some(stored) = tx.load(app, &token, Lock::None).await? else { return Ok(()) };
        let mut record = Record::stored(self.entity(rule.entity)?, &stored);
        record.reach(app, tx, &token, values.iter().map(|(_, formula)| formula)).await?;
        let mut fields = Fields::new();
        for (id, formula) in values {
            let Some(field) = app.field(*id) else { continue };
            let value = record.evaluate(formula, &self.around).unwrap_or_default();
            if value != Value::Null {
                fields.push((field.name.to_string(), Given::Value(validate::stored_form(field, value))));
            }
        }
        let Some((each, found)) = each.as_ref().zip(found) else {
            return self.run(tx, &Command::Create { entity: *entity, id: None, fields }).await;
        };
        let Some(by) = app.field(each.by) else { return Ok(()) };
        for one in found {
            let mut fields = fields.clone();
            fields.push((by.name.to_string(), Given::Value(Value::Id(*one))));
            self.run(tx, &Command::Create { entity: *entity, id: None, fields }).await?;
        }
        Ok(())
    }
}

impl Engine {
    /// Does after all what was stopped. A plugin is called where plugins are, so that it holds nothing up.
    pub(crate) async fn do_after_all(&self, letter: &Claimed) -> Result<(), CommandError> {
        let actor = self.system();
        let asked = Asked::of(&letter.entry.payload);
        let rule = asked.as_ref().and_then(|asked| actor.edition.app.rule_named(&asked.rule));
        let action = rule.zip(asked.as_ref()).and_then(|(rule, asked)| rule.actions.get(asked.action));
        if !matches!(action, Some(RuleAction::Call(_))) {
            return self.make_record(letter).await;
        }
        let key = format!("{CALL}:{}", letter.entry.id);
        let call =
            OutboxEntry { id: self.new_id(), kind: CALL.to_owned(), key, due: actor.now, ..letter.entry.clone() };
        self.post(&actor, vec![call]).await
    }

    /// Makes the record that a letter asks for, unless that has been done.
    pub(crate) async fn make_record(&self, letter: &Claimed) -> Result<(), CommandError> {
        let Some(asked) = Asked::of(&letter.entry.payload) else { return Ok(()) };
        let actor = Actor { now: asked.at, ..self.system() };
        let edition = actor.edition.clone();
        // The rule may be gone by now, or do something else.
        let Some(at) = edition.app.rules().iter().position(|rule| rule.name.as_str() == asked.rule) else {
            return Ok(());
        };
        let calendar = self.calendar(&actor).await.map_err(from_query)?;
        let around = Surroundings::of(&actor, edition.zone.clone(), calendar);
        let found = match edition.app.rules().get(at).and_then(|rule| rule.actions.get(asked.action)) {
            Some(RuleAction::Create { each: Some(each), .. }) => {
                let found = self.each_of(&actor, each, &around).await?;
                Some(found.ok_or_else(|| CommandError::TooMany { rule: asked.rule.clone(), most: MOST_MADE })?)
            }
            _ => None,
        };
        let asking = self.asking(&actor);
        let (engine, shared) = (self.clone(), Arc::new((actor, around, asked, found, letter.entry.key.clone())));
        let wrote = self.inner.store.write(asking, move |tx: &mut Tx| {
            let (engine, shared) = (engine.clone(), shared.clone());
            Box::pin(async move {
                let (actor, around, asked, found, key) = &*shared;
                let edition = actor.edition.clone();
                let mut work = Work::new(&engine, actor, around.clone(), Trace::Kept);
                work.tells = true;
                work.chain.clone_from(&asked.chain);
                work.chain.push(asked.rule.clone());
                if let Some(rule) = edition.app.rules().get(at)
                    && tx.once(key, engine.now()).await?
                {
                    work.make(tx, rule, asked, found.as_deref()).await?;
                }
                work.finish(tx).await?;
                Ok::<_, CommandError>(work.pending.touched())
            })
        });
        self.announce_all(wrote.await?);
        Ok(())
    }

    /// The records for each of which one is made; `None` where there are too many.
    async fn each_of(
        &self,
        actor: &Actor,
        each: &Each,
        around: &Surroundings,
    ) -> Result<Option<Vec<RecordId>>, CommandError> {
        let list = List { within: lowered(each.condition.as_ref(), around)?, ..List::all(each.entity, MOST_MADE) };
        let page = self.query(actor, list).await.map_err(from_query)?;
        Ok(page.next.is_none().then(|| page.rows.iter().map(|row| row.id).collect()))
    }
}
