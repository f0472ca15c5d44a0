//! Plugins that rules and cases call.
//!
//! What asks for a call leaves a letter in its own transaction. The runner reads what the plugin is handed in one transaction, has
//! it called outside any ([`crate::plugin`]), and writes what it answers in another: once, because the letter's key is written
//! down with it, and only into the version of the record that was read.

use std::sync::Arc;

use app::{Plugin, RuleAction, plugin::Answer};
use model::{EntityId, Name, RecordId, Timestamp, Value};
use serde_json::Value as Json;
use store::{Lock, Tx};
use workflow::{Call, Event, StepKind, case::At};

use super::{Work, rule};
use crate::{Act, CaseFault, Command, CommandError, Edition, Fields, Given};

/// Kind of the letters that ask for a call.
pub(crate) const CALL: &str = "plugin.call";

/// What a letter asks for.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    /// An action of a rule.
    Rule(rule::Asked),
    /// A step of a case.
    Case {
        /// The case.
        case: RecordId,
        /// What waits there.
        token: u32,
        /// When it began to.
        at: Timestamp,
    },
}

impl Asked {
    pub(crate) fn of(payload: &Json) -> Option<Self> {
        let text = |name: &str| payload.get(name)?.as_str();
        if let Some(case) = text("case") {
            let token = u32::try_from(payload.get("token")?.as_u64()?).ok()?;
            return Some(Self::Case { case: case.parse().ok()?, token, at: text("at")?.parse().ok()? });
        }
        rule::Asked::of(payload).map(Self::Rule)
    }
}

/// A call with everything it needs.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) plugin: Plugin,
    /// What it is handed.
    pub(crate) values: Vec<(Name, Value)>,
    entity: EntityId,
    record: RecordId,
    /// The version that was read.
    version: i64,
    /// Fields by their names of today, each with the name of the answer it gets.
    into: Vec<(String, Name)>,
}

impl Prepared {
    /// What is written: the answers, read as if somebody had entered them.
    fn fields(&self, answer: &Answer) -> Fields {
        let said = |name: &Name| answer.values.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let field =
            |(field, name): &(String, Name)| (field.clone(), Given::Json(said(name).map_or(Json::Null, Value::json)));
        self.into.iter().map(field).collect()
    }
}

impl Work<'_> {
    /// Reads what a call needs; `None` where nothing asks for it any more.
    pub(crate) async fn prepare(&mut self, tx: &mut Tx, asked: &Asked) -> Result<Option<Prepared>, CommandError> {
        match asked {
            Asked::Rule(asked) => {
                let edition = self.actor.edition.clone();
                let Some(rule) = edition.app.rule_named(&asked.rule) else { return Ok(None) };
                let Some(RuleAction::Call(call)) = rule.actions.get(asked.action) else { return Ok(None) };
                self.prepared(tx, &edition, (rule.entity, asked.record), call).await
            }
            Asked::Case { case, token, at } => {
                let Some(held) = self.waiting(tx, *case, (*token, *at)).await? else { return Ok(None) };
                let process = held.process()?;
                let step = held.case.token(*token).and_then(|token| process.step(&token.step));
                let Some(StepKind::Call { call, .. }) = step.map(|step| &step.kind) else { return Ok(None) };
                let entity = self.actor.edition.app.entity_named(&held.row.entity);
                let entity = entity.ok_or(CommandError::Case(CaseFault::Gone))?.id;
                self.prepared(tx, &held.edition, (entity, held.row.record), call).await
            }
        }
    }

    async fn prepared(
        &mut self,
        tx: &mut Tx,
        edition: &Arc<Edition>,
        (entity, record): (EntityId, RecordId),
        call: &Call,
    ) -> Result<Option<Prepared>, CommandError> {
        let today = self.actor.edition.clone();
        let token = self.following(entity, record)?;
        // What is gone asks for nothing any more.
        let Some(stored) = tx.load(&today.app, &token, Lock::None).await? else { return Ok(None) };
        let Some(plugin) = edition.app.plugin_named(call.plugin.as_str()) else { return Ok(None) };
        let mut values = Vec::new();
        for (name, formula) in &call.with {
            values.push((name.clone(), self.value(tx, edition, entity, record, formula).await?));
        }
        let into = call.into.iter().filter_map(|(field, answer)| {
            let field = edition.app.field(*field)?;
            Some((self.name_of(entity, field)?, answer.clone()))
        });
        let into = into.collect();
        Ok(Some(Prepared { plugin: plugin.clone(), values, entity, record, version: stored.version, into }))
    }

    /// A case that still waits for that call; `None` where it has gone on.
    async fn waiting(
        &mut self,
        tx: &mut Tx,
        case: RecordId,
        (token, at): (u32, Timestamp),
    ) -> Result<Option<super::case::Held>, CommandError> {
        let held = match self.take_case(tx, case).await {
            Err(CommandError::Case(CaseFault::Unknown)) => return Ok(None),
            held => held?,
        };
        let token = held.case.token(token).filter(|token| token.at == At::Waiting);
        let waits = token.is_some_and(|token| token.dues.first().is_some_and(|due| due.at == Some(at)));
        Ok(waits.then_some(held))
    }

    /// Writes what a plugin answered, and has the case go on that waits for it. With `key`, once.
    pub(crate) async fn answered(
        &mut self,
        tx: &mut Tx,
        asked: &Asked,
        prepared: &Prepared,
        (answer, key): (&Answer, &str),
    ) -> Result<(), CommandError> {
        let held = match asked {
            Asked::Rule(asked) => {
                if !tx.once(key, self.engine.now()).await? {
                    return Ok(());
                }
                self.chain.clone_from(&asked.chain);
                self.chain.push(asked.rule.clone());
                None
            }
            Asked::Case { case, token, at } => match self.waiting(tx, *case, (*token, *at)).await? {
                Some(held) => Some(held),
                None => return Ok(()),
            },
        };
        let act = self.called(asked, prepared)?;
        self.note(act.fact("work", answer.work));
        let fields = prepared.fields(answer);
        let (entity, id) = (prepared.entity, prepared.record);
        self.run(tx, &Command::Update { entity, id, expected: Some(prepared.version), fields }).await?;
        match (held, asked) {
            // It may have learned of the change meanwhile.
            (Some(held), Asked::Case { token, at, .. }) => {
                let held = self.take_case(tx, held.row.id).await?;
                self.happen(tx, held, Event::Answered { token: *token, at: *at, failed: None }).await
            }
            _ => Ok(()),
        }
    }

    /// The act that a call is.
    pub(crate) fn called(&self, asked: &Asked, prepared: &Prepared) -> Result<Act, CommandError> {
        let plugin = &prepared.plugin;
        let module = self.engine.hashing().hash(&[plugin.code.bytes()]).to_string();
        let entity = self.entity(prepared.entity)?.name.to_string();
        let act = Act::new("call", entity).on(prepared.record).fact("plugin", plugin.name.as_str());
        let act = act.fact("module", module);
        Ok(match asked {
            Asked::Rule(asked) => act.fact("rule", asked.rule.as_str()),
            Asked::Case { case, .. } => act.fact("case", case.to_string()),
        })
    }

    /// Has a case learn that its plugin could not answer. Says whether it goes on by another way.
    pub(crate) async fn unanswered(
        &mut self,
        tx: &mut Tx,
        (case, token, at): (RecordId, u32, Timestamp),
        words: &str,
    ) -> Result<bool, CommandError> {
        let Some(held) = self.waiting(tx, case, (token, at)).await? else { return Ok(true) };
        let process = held.process()?;
        let step = held.case.token(token).and_then(|token| process.step(&token.step));
        let on = step.is_some_and(|step| matches!(&step.kind, StepKind::Call { failed: Some(_), .. }));
        self.happen(tx, held, Event::Answered { token, at, failed: Some(words.to_owned()) }).await?;
        Ok(on)
    }
}
