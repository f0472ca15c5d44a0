//! What a step needs to know, and what it writes.
//!
//! A case goes by the steps of the edition it started with, over records as they are today: a field is found by its name,
//! and one that is gone is not known.

use std::{collections::HashMap, sync::Arc};

use formula::{ActorAttribute, Formula, Path, Scope};
use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use model::{Date, EntityId, RecordId, Timestamp, Value};
use store::Tx;
use workflow::{Facts, Nobody, Span, StepKind, When, Who, process::WaitFor};

use super::{Held, Work};
use crate::{
    CaseFault, CommandError, Edition, Given,
    edition::{led, now_called},
    execute::record::Surroundings,
};

/// Days looked ahead for a day that is worked.
pub(super) const FARTHEST: i64 = 6_000;

impl Work<'_> {
    pub(super) async fn facts(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        token: u32,
        step: &str,
    ) -> Result<Facts, CommandError> {
        let edition = held.edition.clone();
        let process = edition.app.workflow_named(&held.row.workflow).ok_or(CommandError::Case(CaseFault::Gone))?;
        let Some(found) = process.step(step) else { return Ok(Facts::default()) };
        let mut facts = Facts::default();
        match &found.kind {
            StepKind::Ask(asked) => {
                for group in &asked.groups {
                    facts.groups.push(self.voters(tx, held, step, &group.who).await?);
                }
                // Looked up where it is needed only: most steps have somebody.
                let starter = held.case.starter;
                let empty = |voters: &Vec<workflow::Voter>| !voters.iter().any(|voter| voter.who != starter);
                if facts.groups.iter().any(empty) {
                    let instead = match &asked.nobody {
                        Nobody::Guard => process.guard.clone().map(Who::Role),
                        Nobody::Ask(who) => Some(who.clone()),
                        Nobody::Pass | Nobody::Refuse => None,
                    };
                    facts.instead = self.accounts_for(tx, held, step, instead.as_slice()).await?;
                }
                for timer in &asked.timers {
                    facts.dues.push(self.when_due(tx, held, &timer.when).await?);
                }
            }
            StepKind::Notify(who) => facts.told = self.accounts_for(tx, held, step, who).await?,
            StepKind::Choose(paths) | StepKind::Split { paths, .. } => {
                for path in paths {
                    facts.holds.push(match &path.when {
                        Some(condition) => self.holds_for(tx, held, condition).await?,
                        None => false,
                    });
                }
            }
            StepKind::Wait(wait) => {
                match &wait.until {
                    WaitFor::Time(when) => facts.dues.push(self.when_due(tx, held, when).await?),
                    WaitFor::Record(condition) => facts.ready = self.holds_for(tx, held, condition).await?,
                    WaitFor::Signal(_) => {}
                }
                for other in &wait.others {
                    facts.holds.push(match &other.until {
                        WaitFor::Record(condition) => self.holds_for(tx, held, condition).await?,
                        WaitFor::Signal(_) | WaitFor::Time(_) => false,
                    });
                }
                if let Some((when, _)) = &wait.late {
                    facts.dues.push(self.when_due(tx, held, when).await?);
                }
            }
            StepKind::Set(fields) => {
                let entity = self.entity_of(held)?;
                let values = self.values(tx, held, entity, fields).await?;
                self.update(tx, entity, held.row.record, None, &values).await?;
            }
            StepKind::Update(of, write) => {
                let name = edition.app.entity(write.entity).map(|entity| entity.name.to_string()).unwrap_or_default();
                let target = self.actor.edition.app.entity_named(&name).ok_or(CommandError::Case(CaseFault::Gone))?.id;
                let values = self.values(tx, held, target, &write.fields).await?;
                let led = self.value_of(tx, held, of).await?;
                let records = led.as_list().unwrap_or(std::slice::from_ref(&led)).iter().filter_map(Value::as_id);
                for record in records {
                    match self.update(tx, target, record, None, &values).await {
                        // What has gone meanwhile is written to no more.
                        Err(CommandError::NotFound { .. }) => {}
                        done => done?,
                    }
                }
            }
            StepKind::Create(write) => {
                let name = edition.app.entity(write.entity).map(|entity| entity.name.to_string()).unwrap_or_default();
                let target = self.actor.edition.app.entity_named(&name).ok_or(CommandError::Case(CaseFault::Gone))?.id;
                let values = self.values(tx, held, target, &write.fields).await?;
                self.create(tx, target, policy::Action::Create, &[(None, values)]).await?;
            }
            // Called as soon as this is committed, by a letter for this moment.
            StepKind::Call { .. } => facts.dues.push(Some(self.actor.now)),
            StepKind::Sub(sub) => facts.cases = self.begin(tx, held, token, sub).await?,
            StepKind::Join { .. } | StepKind::End { .. } => {}
        }
        if let Some(condition) = found.paused() {
            facts.paused = self.holds_for(tx, held, condition).await?;
        }
        Ok(facts)
    }

    fn entity_of(&self, held: &Held) -> Result<EntityId, CommandError> {
        let found = self.actor.edition.app.entity_named(&held.row.entity);
        found.map(|entity| entity.id).ok_or(CommandError::Case(CaseFault::Gone))
    }

    /// Values to be written, by the fields' names of today.
    async fn values(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        entity: EntityId,
        fields: &[(model::FieldId, Formula)],
    ) -> Result<crate::Fields, CommandError> {
        let mut values = Vec::new();
        for (field, formula) in fields {
            let Some(was) = held.edition.app.field(*field) else { continue };
            let Some(name) = self.name_of(entity, was) else { continue };
            let value = self.value_of(tx, held, formula).await?;
            values.push((name, Given::Value(value)));
        }
        Ok(values)
    }

    /// What a field of some edition is called today.
    pub(crate) fn name_of(&self, entity: EntityId, was: &app::Field) -> Option<String> {
        let today = &self.actor.edition.app;
        Some(now_called(today, entity, was)?.name.to_string())
    }

    pub(super) async fn holds_for(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        condition: &Formula,
    ) -> Result<bool, CommandError> {
        Ok(self.value_of(tx, held, condition).await? == Value::Bool(true))
    }

    pub(super) async fn value_of(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        formula: &Formula,
    ) -> Result<Value, CommandError> {
        let Ok(entity) = self.entity_of(held) else { return Ok(Value::Null) };
        let edition = held.edition.clone();
        self.value(tx, &edition, entity, held.row.record, formula).await
    }

    /// What a formula of some edition says about a record as it is today; not known where it goes beyond its bounds.
    pub(crate) async fn value(
        &mut self,
        tx: &mut Tx,
        edition: &Arc<Edition>,
        entity: EntityId,
        record: RecordId,
        formula: &Formula,
    ) -> Result<Value, CommandError> {
        let today = &self.actor.edition.app;
        let mut paths: Vec<Path> = Vec::new();
        let mut asked: Vec<Path> = Vec::new();
        for path in formula.reads() {
            let found = if edition.version == self.actor.edition.version {
                Some(path.clone())
            } else {
                led(&edition.app, today, entity, path, now_called)
            };
            if let Some(found) = found {
                paths.push(path.clone());
                asked.push(found);
            }
        }
        let token = self.following(entity, record)?;
        let values = tx.load_paths(today, &token, entity, record, &asked).await?;
        let scope = AboutRecord { values: paths.into_iter().zip(values).collect(), around: &self.around };
        Ok(formula.evaluate(&scope).unwrap_or(Value::Null))
    }

    /// When something is due, if its place was come to now.
    pub(super) async fn when_due(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        when: &When,
    ) -> Result<Option<Timestamp>, CommandError> {
        self.when_due_since(tx, held, when, None).await
    }

    /// The same, if its place was come to at that moment.
    pub(super) async fn when_due_since(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        when: &When,
        arrived: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, CommandError> {
        let calendar = self.calendar_of(tx, held, when.span).await?;
        let arrived = arrived.unwrap_or(self.actor.now);
        let Some(from) = &when.from else { return Ok(self.after(calendar, arrived, when.span, false)) };
        let from = self.value_of(tx, held, from).await?;
        let after = |moment, ends_day| self.after(calendar, moment, when.span, ends_day);
        Ok(match from {
            Value::DateTime(moment) => after(moment, false),
            // A day is over when the next one begins.
            Value::Date(day) => {
                let next = day.checked_add(1.day()).ok();
                let end = next.and_then(|day| day.to_zoned_datetime(self.around.zone.clone()).ok());
                end.and_then(|end| after(end.timestamp(), true))
            }
            _ => None,
        })
    }

    /// Until when whoever starts a case now may withdraw it; `None` where no time ends that.
    pub(super) async fn withdrawn_by(&mut self, tx: &mut Tx, held: &Held) -> Result<Option<Timestamp>, CommandError> {
        let Some(span) = held.process()?.withdraw_for else { return Ok(None) };
        let calendar = self.calendar_of(tx, held, span).await?;
        Ok(self.after(calendar, self.actor.now, span, false))
    }

    /// The calendar by which a span of a case is counted; that of all when `None`.
    pub(super) async fn calendar_of(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        span: Span,
    ) -> Result<Option<RecordId>, CommandError> {
        match (span, &held.process()?.calendar) {
            (Span::WorkingDays(_), Some(calendar)) => {
                let calendar = calendar.clone();
                Ok(self.value_of(tx, held, &calendar).await?.as_id())
            }
            _ => Ok(None),
        }
    }

    /// A moment so long after another. Days of the working calendar end at the same time of the day; `ends_day` says that
    /// the moment is the end of the day before.
    fn after(&self, calendar: Option<RecordId>, moment: Timestamp, span: Span, ends_day: bool) -> Option<Timestamp> {
        let zone = self.around.zone.clone();
        let by_days = |days: i64| {
            let there = moment.to_zoned_datetime(zone.clone()).checked_add(days.days()).ok()?;
            Some(there.timestamp())
        };
        match span {
            Span::Hours(hours) => moment.checked_add(SignedDuration::from_hours(hours)).ok(),
            Span::Days(days) => by_days(days),
            Span::WorkingDays(0) => Some(moment),
            Span::WorkingDays(many) => {
                let (ahead, wanted) = (many.signum(), many.abs());
                let back = i64::from(ends_day);
                let mut found = 0;
                for distance in 1..=FARTHEST {
                    let days = ahead * distance;
                    let day = moment.to_zoned_datetime(zone.clone()).checked_add((days - back).days()).ok()?.date();
                    found += i64::from(self.around.calendar.is_open_in(calendar, day));
                    if found == wanted {
                        return by_days(days);
                    }
                }
                // A calendar without working days would never let anything become due.
                by_days(many)
            }
        }
    }
}

/// A record of which only what was asked for is known.
struct AboutRecord<'s> {
    values: HashMap<Path, Value>,
    around: &'s Surroundings,
}

impl Scope for AboutRecord<'_> {
    fn value(&self, path: &Path) -> Value {
        self.values.get(path).cloned().unwrap_or(Value::Null)
    }

    fn actor(&self, attribute: ActorAttribute) -> Value {
        self.around.actor(attribute)
    }

    fn now(&self) -> Timestamp {
        self.around.now()
    }

    fn today(&self) -> Date {
        self.around.today()
    }

    fn is_open(&self, day: Date) -> bool {
        self.around.is_open(day)
    }

    fn is_open_in(&self, calendar: RecordId, day: Date) -> bool {
        self.around.is_open_in(calendar, day)
    }

    fn zone(&self) -> TimeZone {
        self.around.zone()
    }
}
