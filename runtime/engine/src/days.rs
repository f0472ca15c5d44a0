//! What follows when other days are worked: a day of the working calendar came, went or changed, or a calendar's week did.
//!
//! The write leaves a letter; the runner makes a job of it for every entity whose computed values count working days, and one
//! for the cases that do. A node may believe the old days for a while: what it wrote meanwhile is looked at once more when no
//! node does any longer. A job steps back where one of the same is to come that knows of a later change.

use formula::{Comparison, Predicate, Term};
use jiff::SignedDuration;
use model::{EntityId, RecordId, Timestamp, Value};
use serde_json::{Value as Json, json};
use store::{OutboxEntry, Tx};

use crate::{
    CommandError, Engine,
    calendar::CALENDAR_SECONDS,
    execute::{Wake, Work},
};

/// Kind of the letters that say that other days are worked.
pub(crate) const DAYS: &str = "calendar.changed";
/// Kind of the letters that have cases count their working days anew.
pub(crate) const CASES: &str = "cases.anew";

/// Until no node believes the days of before, and what it began by them is written.
const BELIEVED: SignedDuration = SignedDuration::from_secs(CALENDAR_SECONDS + 30);
/// Cases of one letter.
const PART: u32 = 200;

/// Whether a job is one of these.
pub(crate) fn is_of_days(payload: &Json) -> bool {
    payload.get("days").is_some_and(Json::is_string)
}

/// The records a job is about: those changed since a moment, where it names one.
pub(crate) fn changed_since(app: &app::App, entity: EntityId, payload: &Json) -> Predicate {
    let since = payload.get("since").and_then(Json::as_str).and_then(|since| since.parse::<Timestamp>().ok());
    let changed = app.entity(entity).and_then(|entity| app.own_path(entity.system.updated_at));
    match since.zip(changed) {
        Some((since, changed)) => Predicate::Compare {
            op: Comparison::GreaterOrEqual,
            right: Term::Literal(Value::DateTime(since), changed.ty.clone()),
            left: Term::Field(changed),
        },
        None => Predicate::always(),
    }
}

impl Work<'_> {
    /// Leaves letters where other days are worked than before.
    pub(crate) async fn leave_days(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        if !std::mem::take(&mut self.pending.days) {
            return Ok(());
        }
        let now = self.actor.now;
        let later = now.saturating_add(BELIEVED).unwrap_or(now);
        // What was begun before, and is written after.
        let begun = now.saturating_sub(BELIEVED).unwrap_or(now);
        let letter = |due: Timestamp, since: Option<Timestamp>| {
            let id = self.engine.new_id();
            let payload = json!({"days": now.to_string(), "since": since.map(|since| since.to_string())});
            OutboxEntry { id, kind: DAYS.to_owned(), key: format!("{DAYS}:{id}"), payload, due }
        };
        Ok(tx.outbox(&[letter(now, None), letter(later, Some(begun))]).await?)
    }
}

impl Engine {
    /// Answers the letters of a job for everything that counts working days.
    pub(crate) async fn count_days_anew(&self, payload: &Json) -> Result<Vec<OutboxEntry>, CommandError> {
        let actor = self.system();
        let app = &actor.edition.app;
        let mut letters = Vec::new();
        let mut job = payload.clone();
        let mut with = |name: &str, value: Json| {
            if let Some(job) = job.as_object_mut() {
                job.insert(name.to_owned(), value);
            }
            job.clone()
        };
        with("edition", json!(actor.edition.version));
        with("after", Json::Null);
        with("done", json!(0));
        for entity in app.entities() {
            if !entity.computed.iter().any(|id| app.field(*id).is_some_and(app::Field::uses_calendar)) {
                continue;
            }
            let many = self.how_many(&actor, entity.id, changed_since(app, entity.id, payload)).await?;
            with("of", json!(many));
            letters.push(self.renewal(&actor, with("entity", json!(entity.name.as_str()))));
        }
        // By the days of editions before, too.
        let cases = self.store().cases().how_many_live().await?;
        if cases > 0 {
            with("entity", Json::Null);
            letters.push(self.counting(actor.now, with("of", json!(cases))));
        }
        Ok(letters)
    }

    /// Has the next running cases count their working days anew. Answers the letter of the rest of them.
    pub(crate) async fn count_cases_anew(&self, payload: &Json) -> Result<Vec<OutboxEntry>, CommandError> {
        if self.comes_again(CASES, payload).await? {
            return Ok(Vec::new());
        }
        let after: Option<RecordId> = payload.get("after").and_then(Json::as_str).and_then(|id| id.parse().ok());
        let cases = self.store().cases().live(after, PART).await?;
        for id in &cases {
            match self.wake_case(*id, Wake::OtherDays).await {
                Ok(()) => {}
                Err(error @ (CommandError::Store(_) | CommandError::NewEdition)) => return Err(error),
                // What its own steps refuse must not keep the others as they were.
                Err(error) => tracing::warn!(%error, case = %id, "a case cannot count its working days anew"),
            }
        }
        let Some(last) = cases.last().filter(|_| u32::try_from(cases.len()).is_ok_and(|many| many == PART)) else {
            return Ok(Vec::new());
        };
        let mut rest = payload.clone();
        let done = rest.get("done").and_then(Json::as_u64).unwrap_or(0) + u64::from(PART);
        if let Some(rest) = rest.as_object_mut() {
            rest.insert("after".to_owned(), json!(last.to_string()));
            rest.insert("done".to_owned(), json!(done));
        }
        Ok(vec![self.counting(self.now(), rest)])
    }

    fn counting(&self, due: Timestamp, payload: Json) -> OutboxEntry {
        let id = self.new_id();
        OutboxEntry { id, kind: CASES.to_owned(), key: format!("{CASES}:{id}"), payload, due }
    }

    /// Whether the same job is to come for a later change of the days. Otherwise it is begun with the days of this moment.
    pub(crate) async fn comes_again(&self, kind: &str, payload: &Json) -> Result<bool, CommandError> {
        if !is_of_days(payload) {
            return Ok(false);
        }
        self.forget_calendar();
        let moment =
            |payload: &Json| payload.get("days").and_then(Json::as_str).and_then(|at| at.parse::<Timestamp>().ok());
        let same = |other: &OutboxEntry| {
            other.payload.get("entity") == payload.get("entity")
                && other.payload.get("since").is_none_or(Json::is_null)
                && moment(&other.payload) > moment(payload)
        };
        Ok(self.store().outbox().pending(kind, self.now(), 1_000).await?.iter().any(same))
    }
}
