//! Prepared rows pass the write door: all of a transaction, or those that are fine.

use std::collections::{BTreeMap, HashSet};

use model::RecordId;

use super::{
    Column, How, ImportError, Mapping, OnError, Refusal, Report, lookup,
    prepare::{Prepared, Ready},
};
use crate::{
    Actor, Command, CommandError, Engine, FieldFault, Fields, Outcome,
    execute::{NOT_ACCEPTED, words::say},
};

/// Rows tried together when looking for those at fault; what the engine writes with one statement.
const TRIED: usize = 500;

/// Writes the rows of one transaction, or says why not. `refused` is what the report counted before this transaction.
pub(super) async fn write(
    engine: &Engine,
    actor: &Actor,
    mapping: &Mapping,
    mut prepared: Prepared,
    how: How,
    refused: u64,
    report: &mut Report,
) -> Result<(), ImportError> {
    let writer = Writer { engine, actor, mapping };
    let stops = |report: &Report| how.on_error == OnError::Stop && report.refused > refused;
    // What is known to be refused already decides that nothing is written; the others are still tried, so that the report
    // is whole.
    let mut dry = how.dry_run || stops(report);
    if let Ok(outcome) = writer.carry_out(&prepared, dry).await? {
        if !stops(report) {
            count(report, &prepared, &outcome);
        }
        return Ok(());
    }
    prepared.creates = writer.sift(prepared.creates, true, report).await?;
    prepared.updates = writer.sift(prepared.updates, false, report).await?;
    dry |= stops(report);
    if dry {
        if !stops(report) {
            expect(report, &prepared);
        }
        return Ok(());
    }
    // Each alone is fine; together they may still collide, and then the first to do so is left out.
    loop {
        match writer.carry_out(&prepared, false).await? {
            Ok(outcome) => {
                count(report, &prepared, &outcome);
                return Ok(());
            }
            Err(faults) => {
                let out = writer.blame(&mut prepared, faults, report);
                if !out || stops(report) {
                    return Ok(());
                }
            }
        }
    }
}

/// New ones may have met a record that was there, and then have its id; of those that were there, some were the same already.
fn count(report: &mut Report, prepared: &Prepared, outcome: &Outcome) {
    let changed: HashSet<RecordId> = outcome.changed.iter().map(|changed| changed.id).collect();
    let created = prepared.creates.iter().filter(|ready| changed.contains(&ready.id)).count();
    let known = (prepared.creates.len() + prepared.updates.len()).saturating_sub(created);
    let same = outcome.same.len().min(known);
    report.created += created as u64;
    report.updated += (known - same) as u64;
    report.unchanged += same as u64;
}

/// What would become of rows that were tried one group after another.
fn expect(report: &mut Report, prepared: &Prepared) {
    report.created += prepared.creates.len() as u64;
    report.updated += prepared.updates.len() as u64;
}

struct Writer<'a> {
    engine: &'a Engine,
    actor: &'a Actor,
    mapping: &'a Mapping,
}

impl Writer<'_> {
    /// One transaction, undone at its end when only tried. The outer result is a failure that is no row's.
    async fn carry_out(&self, rows: &Prepared, tried: bool) -> Result<Result<Outcome, Vec<FieldFault>>, ImportError> {
        let entity = self.mapping.entity;
        let mut commands = Vec::with_capacity(rows.updates.len() + 2);
        if !rows.creates.is_empty() {
            let rows = rows.creates.iter().map(|ready| (Some(ready.id), ready.fields.clone())).collect();
            commands.push(Command::Load { entity, rows });
        }
        let later = |ready: &&Ready| !ready.later.is_empty();
        let whole = |ready: &Ready| ready.fields.iter().chain(&ready.later).cloned().collect::<Fields>();
        let update = |id, fields| Command::Update { entity, id, expected: None, fields };
        let again = rows.creates.iter().filter(later);
        match self.comes_from_elsewhere() {
            // Nobody updates such a record: the same row comes a second time, when what it refers to is there.
            true => {
                let rows: Vec<_> = again.map(|ready| (Some(ready.id), whole(ready))).collect();
                commands.extend((!rows.is_empty()).then_some(Command::Load { entity, rows }));
            }
            false => commands.extend(again.map(|ready| update(ready.id, ready.later.clone()))),
        }
        commands.extend(rows.updates.iter().map(|ready| update(ready.id, whole(ready))));
        if commands.is_empty() {
            return Ok(Ok(Outcome::default()));
        }
        let set_later = rows.creates.iter().any(|ready| !ready.later.is_empty()) && !self.comes_from_elsewhere();
        let makes = commands.first().filter(|_| set_later).cloned();
        let commands = Command::Bulk(commands);
        let done = match tried {
            true => self.engine.attempt(self.actor, commands).await,
            false => self.engine.execute(self.actor, commands).await,
        };
        match (done, makes) {
            (Ok(outcome), _) => Ok(Ok(outcome)),
            (Err(CommandError::Invalid(faults)), Some(makes)) => Ok(Err(self.of_later(rows, makes, faults).await?)),
            (Err(CommandError::Invalid(faults)), None) => Ok(Err(faults)),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Faults by the places of their rows where some are set after all were made: those are commands of their own, counted
    /// from the one that makes the rows. It is theirs when that one alone is fine.
    async fn of_later(
        &self,
        rows: &Prepared,
        makes: Command,
        faults: Vec<FieldFault>,
    ) -> Result<Vec<FieldFault>, ImportError> {
        match self.engine.attempt(self.actor, makes).await {
            Ok(_) => {}
            Err(CommandError::Invalid(_)) => return Ok(faults),
            Err(error) => return Err(error.into()),
        }
        let later = rows.creates.iter().enumerate().filter(|(_, ready)| !ready.later.is_empty());
        let places: Vec<usize> = later.map(|(place, _)| place).collect();
        let place = |index: usize| index.checked_sub(1).and_then(|nth| places.get(nth)).copied().unwrap_or(index);
        Ok(faults.into_iter().map(|fault| FieldFault { index: place(fault.index), ..fault }).collect())
    }

    /// Tries rows without writing them and gives back those that are fine; the others are reported.
    async fn sift(&self, rows: Vec<Ready>, new: bool, report: &mut Report) -> Result<Vec<Ready>, ImportError> {
        // Rows that refer to one another only stand together.
        let size = if self.refers_to_itself() { rows.len().max(1) } else { TRIED };
        let mut fine = Vec::with_capacity(rows.len());
        let mut waiting: Vec<Vec<Ready>> = Vec::new();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            waiting.push(rows.by_ref().take(size).collect());
        }
        waiting.reverse();
        while let Some(mut group) = waiting.pop() {
            let tried = match new {
                true => Prepared { creates: group.clone(), updates: Vec::new() },
                false => Prepared { creates: Vec::new(), updates: group.clone() },
            };
            let faults = match self.carry_out(&tried, true).await? {
                Ok(_) => {
                    fine.append(&mut group);
                    continue;
                }
                Err(faults) => faults,
            };
            let collided = faults.iter().all(|fault| ["unique", NOT_ACCEPTED].contains(&fault.code));
            if collided && group.len() > 1 {
                // Which of a statement's rows collides is not said: halves tell.
                let second = group.split_off(group.len() / 2);
                waiting.push(second);
                waiting.push(group);
                continue;
            }
            let places = self.by_row(&group, faults);
            if places.is_empty() {
                // A fault of no row we know of: the group as a whole is refused.
                group.iter().for_each(|ready| report.refuse(vec![self.whole(ready.row)]));
                continue;
            }
            let first = places.keys().next().copied().unwrap_or_default();
            let mut kept = Vec::with_capacity(group.len());
            for (place, ready) in group.into_iter().enumerate() {
                match places.get(&place) {
                    Some(refusals) => report.refuse(refusals.clone()),
                    // Commands run in order, so those before the first fault have passed.
                    None if !new && place < first && size == TRIED => fine.push(ready),
                    None => kept.push(ready),
                }
            }
            if !kept.is_empty() {
                waiting.push(kept);
            }
        }
        Ok(fine)
    }

    fn comes_from_elsewhere(&self) -> bool {
        self.actor.edition.app.entity(self.mapping.entity).is_some_and(|entity| entity.source.is_some())
    }

    fn refers_to_itself(&self) -> bool {
        let app = &self.actor.edition.app;
        self.mapping.columns.iter().any(|column| match column {
            Column::Field(field) => lookup::target(app, *field) == Some(self.mapping.entity),
            _ => false,
        })
    }

    /// Faults as refusals, by the place of their row in the group.
    fn by_row(&self, group: &[Ready], faults: Vec<FieldFault>) -> BTreeMap<usize, Vec<Refusal>> {
        let mut places: BTreeMap<usize, Vec<Refusal>> = BTreeMap::new();
        for fault in faults {
            let Some(ready) = group.get(fault.index) else { continue };
            let refusal =
                Refusal { row: ready.row, column: self.heading(fault.field.as_deref()), reason: fault.message };
            places.entry(fault.index).or_default().push(refusal);
        }
        places
    }

    fn heading(&self, name: Option<&str>) -> Option<String> {
        let name = name?;
        let field = self.actor.edition.app.field_named(self.mapping.entity, name)?;
        let place = self.mapping.columns.iter().position(|column| *column == Column::Field(field.id));
        Some(place.and_then(|place| self.mapping.header.get(place)).map_or_else(|| name.to_owned(), Clone::clone))
    }

    fn whole(&self, row: u64) -> Refusal {
        let reason =
            say(self.actor.locale, "这一行与其他行一起无法写入", "the row cannot be written together with the others");
        Refusal { row, column: None, reason }
    }

    /// Takes out the row that collided with another of the same transaction. False when none is left to take.
    fn blame(&self, prepared: &mut Prepared, faults: Vec<FieldFault>, report: &mut Report) -> bool {
        let rows = if prepared.updates.is_empty() { &mut prepared.creates } else { &mut prepared.updates };
        let place = faults.first().map_or(0, |fault| fault.index).min(rows.len().saturating_sub(1));
        if rows.is_empty() {
            return false;
        }
        let ready = rows.remove(place);
        let refusals = faults.into_iter().take(1).map(|fault| Refusal {
            row: ready.row,
            column: self.heading(fault.field.as_deref()),
            reason: fault.message,
        });
        report.refuse(refusals.collect());
        true
    }
}
