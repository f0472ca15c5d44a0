//! Records that rules make.
//!
//! The act that sets a rule off leaves a letter, in its own transaction; the runner makes the record in another. So what
//! cannot be made refuses nobody's write: the letter waits with the reason. It is made once, because its key is written down in the
//! transaction that makes it ([`Tx::once`]).
//!
//! What is made for each of others is made in parts, each the transaction of a letter of its own that leaves the next ([`each`]).
//!
//! A letter knows the rules that led to it. Where one of them would be set off again, or there are too many, it is left
//! as [`STOPPED`] for an administrator, who can have it carried out after all.

mod each;

use std::sync::Arc;

use app::{Rule, RuleAction};
use formula::Formula;
use model::{FieldId, RecordId, Timestamp, UserId, Value};
use serde_json::{Value as Json, json};
use store::{Claimed, Lock, OutboxEntry, Tx};

use self::each::{On, Tally, Way};
use super::{
    super::{
        Trace, Work, from_query,
        record::{Record, Surroundings},
        validate,
    },
    CALL, DEEPEST,
};
use crate::{Actor, Command, CommandError, Engine, Fields, Given, note::Act};

/// Kind of the letters that ask for a record.
pub(crate) const MAKE: &str = "rule.create";
/// Kind of those that were stopped.
pub(crate) const STOPPED: &str = "rule.stopped";

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
    /// The account whose act set the rule off; none where the platform did.
    by: Option<UserId>,
    /// Where one is made for each of others: how far that is.
    way: Way,
}

/// What is carried out for one letter.
struct Making {
    actor: Actor,
    around: Surroundings,
    asked: Asked,
    /// Which rule of the edition it is.
    rule: usize,
    /// The letter's key.
    key: String,
}

/// What one transaction makes, once under its key.
struct Part {
    key: String,
    /// The records for each of which one is made; nothing where one is made in all.
    found: Option<Vec<RecordId>>,
    /// What is left behind with it, where more follows.
    on: Option<On>,
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
            by: text("by").and_then(|id| id.parse().ok()),
            way: payload.get("each").map(Way::of).unwrap_or_default(),
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
                "by": Some(self.actor.user).filter(|user| !user.is_nil()),
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
    ) -> Result<Tally, CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let none = Tally::default();
        let Some(RuleAction::Create { entity, values, each }) = rule.actions.get(asked.action) else { return Ok(none) };
        let token = self.following(rule.entity, asked.record)?;
        // What is gone asks for nothing any more.
        let Some(stored) = tx.load(app, &token, Lock::None).await? else { return Ok(none) };
        let mut record = Record::stored(self.entity(rule.entity)?, &stored);
        record.reach(app, tx, &token, values.iter().map(|(_, formula)| formula)).await?;
        let fields = self.worked_out(&record, values);
        if let Some((each, found)) = each.as_ref().zip(found) {
            return self.make_each(tx, (*entity, each), &fields, found).await;
        }
        self.run(tx, &Command::Create { entity: *entity, id: None, fields }).await?;
        Ok(Tally::MADE)
    }

    /// What expressions over a record give for fields of another, as far as it is known.
    fn worked_out(&self, record: &Record, values: &[(FieldId, Formula)]) -> Fields {
        let mut fields = Fields::new();
        for (id, formula) in values {
            let Some(field) = self.actor.edition.app.field(*id) else { continue };
            let value = record.evaluate(formula, &self.around).unwrap_or_default();
            if value != Value::Null {
                fields.push((field.name.to_string(), Given::Value(validate::stored_form(field, value))));
            }
        }
        fields
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

    /// Makes what a letter asks for, unless that has been done.
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
        let rule = edition.app.rules().get(at);
        let action = rule.and_then(|rule| rule.actions.get(asked.action));
        let key = letter.entry.key.clone();
        let making = Arc::new(Making { actor, around, asked, rule: at, key: key.clone() });
        if let Some((rule, RuleAction::Create { each: Some(each), .. })) = rule.zip(action) {
            return self.make_for_each(&making, rule, each).await;
        }
        self.make_part(&making, Part { key, found: None, on: None }).await.map(drop)
    }

    /// Makes a part in one transaction, and whatever follows from it. Answers nothing where that has been done before.
    async fn make_part(&self, making: &Arc<Making>, part: Part) -> Result<Option<Tally>, CommandError> {
        let shared = Arc::new((making.clone(), part));
        let wrote = self.working((&making.actor, &making.around, Trace::Kept), move |mut work, tx| {
            let shared = shared.clone();
            Box::pin(async move {
                let (making, part) = &*shared;
                let edition = making.actor.edition.clone();
                work.tells = true;
                work.chain.clone_from(&making.asked.chain);
                work.chain.push(making.asked.rule.clone());
                let mut done = None;
                if let Some(rule) = edition.app.rules().get(making.rule)
                    && tx.once(&part.key, work.engine.now()).await?
                {
                    done = Some((rule, work.make(tx, rule, &making.asked, part.found.as_deref()).await?));
                }
                work.finish(tx).await?;
                // After whatever those made are told, so that what came of it all comes last.
                if let Some(((rule, made), on)) = done.zip(part.on.as_ref()) {
                    work.go_on(tx, rule, making, (on, made)).await?;
                }
                Ok::<_, CommandError>((done.map(|(_, made)| made), work.pending.touched()))
            })
        });
        let (tally, touched) = wrote.await?;
        self.announce_all(touched);
        Ok(tally)
    }
}
