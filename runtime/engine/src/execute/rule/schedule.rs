//! Rules whose time has come. Each occurrence is a timer in the outbox, left ahead by every node under one key; what is
//! done carries the occurrence in its own key, so that an effect begun twice, after a kill or by two nodes, tells nobody twice.

use std::sync::Arc;

use app::{Rule, Schedule, Trigger};
use formula::{Formula, Predicate, Term};
use jiff::{ToSpan, civil::Time, tz::TimeZone};
use model::{RecordId, Timestamp, Value};
use policy::{Aggregate, List, Measure};
use serde_json::json;
use store::{OutboxEntry, StoreError, Tx};

use super::super::{Trace, from_query, record::Surroundings};
use crate::{Actor, CommandError, Engine};

/// Kind of the letters that are timers of rules.
pub(crate) const TIMER: &str = "rule.due";
/// Records done by one transaction.
const BATCH: u32 = 200;
/// Days looked ahead for the next occurrence.
const AHEAD: i32 = 8;

/// The first occurrence after a moment. Where a clock is put forward over the time of day, it is when that time would have been.
pub(crate) fn next(schedule: &Schedule, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let time = Time::new(schedule.hour, schedule.minute, 0, 0).ok()?;
    let today = after.to_zoned_datetime(zone.clone()).date();
    (0..AHEAD).find_map(|days| {
        let day = today.checked_add(days.days()).ok()?;
        let due = day.to_datetime(time).to_zoned_datetime(zone.clone()).ok()?.timestamp();
        (due > after && on(schedule, day)).then_some(due)
    })
}

/// The last occurrence up to a moment.
fn latest(schedule: &Schedule, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let time = Time::new(schedule.hour, schedule.minute, 0, 0).ok()?;
    let today = until.to_zoned_datetime(zone.clone()).date();
    (0..AHEAD).find_map(|days| {
        let day = today.checked_sub(days.days()).ok()?;
        let due = day.to_datetime(time).to_zoned_datetime(zone.clone()).ok()?.timestamp();
        (due <= until && on(schedule, day)).then_some(due)
    })
}

fn on(schedule: &Schedule, day: model::Date) -> bool {
    schedule.days.is_empty() || schedule.days.contains(&day.weekday().to_monday_one_offset())
}

impl Engine {
    /// Leaves the next timer of every rule that has a schedule.
    pub(crate) async fn schedule_rules(&self) -> Result<(), CommandError> {
        let actor = self.system();
        let edition = actor.edition.clone();
        let mut entries = Vec::new();
        for rule in edition.app.rules() {
            let Trigger::Schedule(schedule) = &rule.trigger else { continue };
            let Some(due) = next(schedule, actor.now, &edition.zone) else { continue };
            if self.has_left(rule.name.as_str(), due) {
                continue;
            }
            entries.push(OutboxEntry {
                id: self.new_id(),
                kind: TIMER.to_owned(),
                key: format!("{TIMER}:{}:{due}", rule.name),
                payload: json!({ "rule": rule.name.as_str(), "due": due.to_string() }),
                due,
            });
        }
        if entries.is_empty() {
            return Ok(());
        }
        let left: Vec<(String, Timestamp)> = entries.iter().map(|entry| (named(entry), entry.due)).collect();
        let entries: Arc<[OutboxEntry]> = entries.into();
        let wrote = self.inner.store.write(self.asking(&actor), move |tx: &mut Tx| {
            let entries = entries.clone();
            Box::pin(async move { Ok::<_, CommandError>(tx.outbox(&entries).await?) })
        });
        wrote.await?;
        self.leave(left);
        Ok(())
    }

    /// Does what a rule says for an occurrence, as of that moment: late is better than never, and a report of last week
    /// is not one of this week. Where several were missed it is done for the last of them, once.
    pub(crate) async fn run_rule(&self, payload: &serde_json::Value) -> Result<(), CommandError> {
        let text = |name: &str| payload.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        let actor = self.system();
        let edition = actor.edition.clone();
        let Ok(due) = text("due").parse::<Timestamp>() else { return Ok(()) };
        // The rule may be gone by now, or have another time.
        let named = edition.app.rules().iter().find(|rule| rule.name.as_str() == text("rule"));
        let Some(rule) = named.filter(|rule| is_due(rule, due, &edition.zone)) else { return Ok(()) };
        let last = match &rule.trigger {
            Trigger::Schedule(schedule) => latest(schedule, actor.now, &edition.zone),
            _ => None,
        };
        let due = last.unwrap_or(due).max(due);
        let then = Actor { now: due, ..actor };
        let calendar = self.calendar(&then).await.map_err(from_query)?;
        let around = Surroundings::of(&then, edition.zone.clone(), calendar);
        let mut after: Option<(Vec<Value>, RecordId)> = None;
        loop {
            let list = List {
                within: lowered(rule.condition.as_ref(), &around)?,
                after: after.take(),
                ..List::all(rule.entity, BATCH)
            };
            let page = self.query(&then, list).await.map_err(from_query)?;
            let ids: Vec<RecordId> = page.rows.iter().map(|row| row.id).collect();
            let ids = self.lacking(&then, rule, &around, ids).await?;
            self.act_on(&then, &around, rule, due, ids).await?;
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Of these records, those without what a rule looks for.
    pub(crate) async fn lacking(
        &self,
        actor: &Actor,
        rule: &Rule,
        around: &Surroundings,
        ids: Vec<RecordId>,
    ) -> Result<Vec<RecordId>, CommandError> {
        let app = &actor.edition.app;
        let Some(without) = rule.without.as_ref().filter(|_| !ids.is_empty()) else { return Ok(ids) };
        let by = app.own_path(without.by).ok_or(CommandError::NewEdition)?;
        let list = ids.iter().map(|id| Term::Literal(Value::Id(*id), by.ty.clone())).collect();
        let among = Predicate::In { item: Term::Field(by.clone()), list };
        let there = Aggregate {
            entity: by.entity,
            period: None,
            group: vec![by],
            measures: vec![Measure::Count],
            filter: Predicate::always(),
            within: among.and(lowered(without.condition.as_ref(), around)?),
            search: None,
            limit: BATCH,
            anonymous: false,
        };
        let groups = self.query(actor, there).await.map_err(from_query)?;
        let there: Vec<RecordId> = groups.iter().filter_map(|group| group.keys.first()?.as_id()).collect();
        Ok(ids.into_iter().filter(|id| !there.contains(id)).collect())
    }

    async fn act_on(
        &self,
        actor: &Actor,
        around: &Surroundings,
        rule: &Rule,
        due: Timestamp,
        ids: Vec<RecordId>,
    ) -> Result<(), CommandError> {
        if ids.is_empty() {
            return Ok(());
        }
        let key = format!("{}:{due}", rule.name);
        let at = actor.edition.app.rules().iter().position(|known| known.name == rule.name);
        let shared = Arc::new((ids, key));
        let wrote = self.working((actor, around, Trace::Kept), move |mut work, tx| {
            let shared = shared.clone();
            Box::pin(async move {
                let (ids, key) = &*shared;
                let edition = work.actor.edition.clone();
                work.tells = true;
                if let Some(rule) = at.and_then(|at| edition.app.rules().get(at)) {
                    for id in ids {
                        work.act(tx, rule, *id, Some(key)).await?;
                    }
                }
                work.finish(tx).await?;
                Ok::<_, CommandError>(work.pending.touched())
            })
        });
        self.announce_all(wrote.await?);
        Ok(())
    }
}

fn named(entry: &OutboxEntry) -> String {
    entry.payload.get("rule").and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}

fn is_due(rule: &Rule, due: Timestamp, zone: &TimeZone) -> bool {
    let Trigger::Schedule(schedule) = &rule.trigger else { return false };
    let before = due.checked_sub(jiff::SignedDuration::from_millis(1)).unwrap_or(due);
    next(schedule, before, zone) == Some(due)
}

/// A condition as a database answers it at this moment.
pub(crate) fn lowered(condition: Option<&Formula>, around: &Surroundings) -> Result<Predicate, CommandError> {
    let Some(condition) = condition else { return Ok(Predicate::always()) };
    condition.predicate_for(around).map_err(|_| StoreError::Misfit("a condition no database answers").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_comes_again_on_its_days() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let friday = Schedule { hour: 16, minute: 10, days: vec![5] };
        assert_eq!(next(&friday, at("2025-11-20T01:00:00Z"), &zone), Some(at("2025-11-21T08:10:00Z")));
        assert_eq!(next(&friday, at("2025-11-21T08:10:00Z"), &zone), Some(at("2025-11-28T08:10:00Z")));
        assert_eq!(latest(&friday, at("2025-11-21T08:10:00Z"), &zone), Some(at("2025-11-21T08:10:00Z")));
        assert_eq!(latest(&friday, at("2025-11-21T08:09:00Z"), &zone), Some(at("2025-11-14T08:10:00Z")));
        assert_eq!(latest(&friday, at("2025-11-27T01:00:00Z"), &zone), Some(at("2025-11-21T08:10:00Z")));
        let daily = Schedule { hour: 0, minute: 0, days: Vec::new() };
        assert_eq!(next(&daily, at("2025-11-20T15:59:59Z"), &zone), Some(at("2025-11-20T16:00:00Z")));
    }

    #[test]
    fn a_clock_put_forward_skips_no_day() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let night = Schedule { hour: 2, minute: 30, days: vec![7] };
        assert_eq!(next(&night, at("2026-03-28T12:00:00Z"), &zone), Some(at("2026-03-29T01:30:00Z")));
    }
}
