//! Alerts as they are written: some hundred in a transaction, and one that its own rules refuse by itself, so that the others
//! stay. What was refused waits for an administrator, with the reason, and stands on the ledger.

use std::{ops::Range, sync::Arc};

use app::{App, Rule, Watching};
use metrics::watch::{Counted, Episode};
use model::{FieldId, Period, RecordId, Value, decimal::round_half_up};
use serde_json::json;
use store::{Lock, OutboxEntry, StoreError, Tx};

use super::super::super::{
    Trace, Work, from_query,
    record::{Record, Surroundings},
};
use crate::{Act, Actor, Command, CommandError, Engine, Fields, Given};

/// Kind of the letters that stand for alerts that were refused.
pub(crate) const REFUSED: &str = "rule.alert";
/// Alerts brought up to date in one transaction.
const BATCH: usize = 200;
/// Most faults that an entry of the ledger names.
const MOST_FAULTS: usize = 20;

/// Something to write on an alert.
pub(super) struct Amended {
    pub(super) alert: Option<RecordId>,
    pub(super) subject: RecordId,
    /// The episode it is of; `None` for an alert that never was.
    pub(super) episode: Option<Episode>,
    /// The unit and manager of the subject on the day it was opened, where they are known by the day.
    pub(super) then: Vec<(FieldId, Value)>,
}

/// What became of what was to be written.
pub(super) enum Wrote {
    /// It was written; what was refused stands apart, with why the first of them was.
    All(Option<CommandError>),
    /// Somebody else has written meanwhile: it has to be worked out again.
    Late,
}

/// Why a part of it was not written.
enum Unwritten {
    /// Somebody else has written meanwhile.
    Late,
    Failed(CommandError),
}

impl From<CommandError> for Unwritten {
    fn from(error: CommandError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Unwritten {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// What a refused alert was parked as: it was already, or the database failed.
enum Unparked {
    Known,
    Failed(StoreError),
}

impl From<StoreError> for Unparked {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// At what nodes take turns when they write alerts of a rule.
pub(super) fn turns_of(rule: &Rule) -> String {
    format!("rule:{}", rule.name)
}

/// What all parts of one look share.
struct Look {
    actor: Actor,
    around: Surroundings,
    at: usize,
    what: String,
    amended: Vec<Amended>,
}

impl Engine {
    /// Writes what is amended, and tells what became so, as long as nobody else has taken a turn since `turn`.
    pub(super) async fn amend(
        &self,
        actor: &Actor,
        at: usize,
        mut turn: i64,
        amended: Vec<Amended>,
    ) -> Result<Wrote, CommandError> {
        let edition = actor.edition.clone();
        let Some(rule) = edition.app.rules().get(at).filter(|_| !amended.is_empty()) else {
            return Ok(Wrote::All(None));
        };
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
        let many = amended.len();
        let look = Arc::new(Look { actor: actor.clone(), around, at, what: turns_of(rule), amended });
        let starts = (0..many).step_by(BATCH).rev();
        let mut parts: Vec<Range<usize>> = starts.map(|from| from..many.min(from.saturating_add(BATCH))).collect();
        let mut first = None;
        while let Some(part) = parts.pop() {
            match self.amend_part(&look, part.clone(), turn).await {
                Ok(()) => turn = turn.saturating_add(1),
                // An alert that is gone was removed since it was read.
                Err(Unwritten::Late | Unwritten::Failed(CommandError::NotFound { .. })) => return Ok(Wrote::Late),
                Err(Unwritten::Failed(error)) if !refuses(&error) => return Err(error),
                Err(Unwritten::Failed(refusal)) => match look.amended.get(part.clone()) {
                    Some([one]) => {
                        self.set_apart(actor, rule, one, &refusal).await?;
                        first = first.or(Some(refusal));
                    }
                    // One of them was; the halves say which.
                    _ => {
                        let half = part.start + part.len() / 2;
                        parts.extend([half..part.end, part.start..half]);
                    }
                },
            }
        }
        Ok(Wrote::All(first))
    }

    /// Writes a part in one transaction.
    async fn amend_part(&self, look: &Arc<Look>, part: Range<usize>, turn: i64) -> Result<(), Unwritten> {
        let (actor, around) = (&look.actor, &look.around);
        let look = look.clone();
        let wrote = self.working((actor, around, Trace::Kept), move |mut work, tx| {
            let (look, part) = (look.clone(), part.clone());
            Box::pin(async move {
                if !tx.take_turn(&look.what, turn).await? {
                    return Err(Unwritten::Late);
                }
                let edition = look.actor.edition.clone();
                work.tells = true;
                if let Some(rule) = edition.app.rules().get(look.at) {
                    for amended in look.amended.get(part).unwrap_or_default() {
                        let command = work.amendment(tx, rule, amended).await?;
                        work.run(tx, &command).await?;
                    }
                }
                work.finish(tx).await?;
                Ok::<_, Unwritten>(work.pending.touched())
            })
        });
        self.announce_all(wrote.await?);
        Ok(())
    }

    /// Leaves an alert that was refused to an administrator, once, who has it looked at again when the reason is gone.
    async fn set_apart(
        &self,
        actor: &Actor,
        rule: &Rule,
        refused: &Amended,
        refusal: &CommandError,
    ) -> Result<(), CommandError> {
        let entity = actor.edition.app.entity(rule.entity).map_or("", |entity| entity.name.as_str());
        let opened = refused.episode.as_ref().map_or_else(String::new, |episode| episode.opened.to_string());
        let key = format!("{REFUSED}:{}:{}:{opened}", rule.name, refused.subject);
        let reason = crate::runner::explained(refusal);
        tracing::warn!(rule = rule.name.as_str(), subject = %refused.subject, reason, "an alert was refused");
        let entry = OutboxEntry {
            id: self.new_id(),
            kind: REFUSED.to_owned(),
            key,
            payload: json!({ "rule": rule.name.as_str(), "subject": refused.subject }),
            due: actor.now,
        };
        let act = Act::new(REFUSED, entity.to_owned()).fact("rule", rule.name.as_str());
        let act = match refused.alert {
            Some(alert) => act.on(alert),
            None => act,
        };
        let act = act.fact("faults", faults(refusal)).detail("subject", refused.subject.to_string());
        let kept = self.noted(actor, vec![act.refused("invalid")], move |tx: &mut Tx| {
            let (entry, reason) = (entry.clone(), reason.clone());
            Box::pin(async move {
                match tx.park(&entry, &reason).await? {
                    true => Ok(()),
                    // What waits already is no news.
                    false => Err(Unparked::Known),
                }
            })
        });
        match kept.await {
            Ok(()) | Err(Unparked::Known) => Ok(()),
            Err(Unparked::Failed(error)) => Err(error.into()),
        }
    }
}

/// Whether it says no to what was to be written, so that the same again is refused again.
fn refuses(error: &CommandError) -> bool {
    match error {
        CommandError::Store(error) => {
            matches!(error, StoreError::MissingReference { .. } | StoreError::UniqueTaken { .. } | StoreError::TooLarge)
        }
        CommandError::NewEdition => false,
        _ => true,
    }
}

/// Field and code of each fault.
fn faults(refusal: &CommandError) -> Vec<String> {
    let CommandError::Invalid(faults) = refusal else { return Vec::new() };
    let each = faults.iter().map(|fault| match &fault.field {
        Some(field) => format!("{field}:{}", fault.code),
        None => fault.code.to_owned(),
    });
    each.take(MOST_FAULTS).collect()
}

impl Work<'_> {
    async fn amendment(&self, tx: &mut Tx, rule: &Rule, amended: &Amended) -> Result<Command, CommandError> {
        let app = &self.actor.edition.app;
        let watching = rule.watch.as_deref().ok_or(CommandError::NewEdition)?;
        let mut fields = Fields::new();
        let mut put = |field: FieldId, value: Value| {
            if let Some(field) = app.field(field) {
                fields.push((field.name.to_string(), Given::Value(value)));
            }
        };
        let Some(episode) = &amended.episode else {
            put(watching.state, Watching::VOID.into());
            let id = amended.alert.ok_or(CommandError::NewEdition)?;
            return Ok(Command::Update { entity: rule.entity, id, expected: None, fields });
        };
        let level = watching.watch.levels.get(episode.level).map_or("", |(name, _)| name.as_str());
        put(watching.level, level.into());
        put(watching.state, if episode.closed.is_some() { Watching::RESOLVED } else { Watching::OPEN }.into());
        put(watching.closed, episode.closed.map(Period::last).into());
        if let Some(field) = watching.value {
            put(field, value(app, field, episode).into());
        }
        if let Some(field) = watching.evidence {
            put(field, Value::Json(evidence(app, watching, &episode.evidence)));
        }
        if let Some(id) = amended.alert {
            return Ok(Command::Update { entity: rule.entity, id, expected: None, fields });
        }
        put(watching.rule, rule.name.as_str().into());
        put(watching.subject, Value::Id(amended.subject));
        put(watching.opened, Value::Date(episode.opened.last()));
        if let Some((field, to)) = &watching.recipient {
            let token = self.following(watching.about, amended.subject)?;
            if let Some(stored) = tx.load(app, &token, Lock::None).await? {
                let mut record = Record::stored(self.entity(watching.about)?, &stored);
                record.values.extend(amended.then.iter().cloned());
                record.reach(app, tx, &token, std::iter::once(to)).await?;
                // An expression beyond its bounds names nobody; the alert is raised all the same.
                put(*field, record.evaluate(to, &self.around).unwrap_or_default());
            }
        }
        Ok(Command::Create { entity: rule.entity, id: None, fields })
    }
}

/// The value that reached the level, as the field holds it.
fn value(app: &App, field: FieldId, episode: &Episode) -> Option<model::Decimal> {
    let places = app.field(field).and_then(app::Field::places).unwrap_or(2);
    let value = episode.evidence.last().and_then(|one| one.seen.value)?;
    Some(round_half_up(value, places))
}

/// The periods that led to a level, as they are kept: each says all that is needed to show it, whatever becomes of the rule.
fn evidence(app: &App, watching: &Watching, counted: &[Counted]) -> serde_json::Value {
    let number = |value: Option<model::Decimal>| value.map(|value| value.normalize().to_string());
    let rounded = |value: Option<model::Decimal>, places| number(value.map(|value| round_half_up(value, places)));
    let term = app.term(watching.term).map(|term| term.name.as_str());
    let one = |one: &Counted| {
        let level = one.level.and_then(|level| watching.watch.levels.get(level));
        json!({
            "term": term,
            "period": one.seen.period.to_string(),
            "value": rounded(one.seen.value, 4),
            "numerator": number(one.seen.numerator),
            "denominator": number(one.seen.denominator),
            "place": rounded(one.seen.place, 2),
            "limit": rounded(one.limit, 4),
            "level": level.map(|(name, _)| name),
        })
    };
    counted.iter().map(one).collect()
}
