//! What a rule with a time would have found each time it came.
//!
//! A condition over the record's own fields is asked of every record as the ledger says it stood then. One that reads beyond
//! the record is asked of the records of today, with the day of then. What is looked for and not there (`without`) is looked for
//! among the records of today.

use app::Schedule;
use formula::{Comparison, Formula, Predicate};
use model::{RecordId, Timestamp};
use policy::Bin;

use super::{
    fired::{Gathered, Kept, Occasion, Reading, Row, by_day},
    past::{Moment, Stood, What, moments, stood_at},
};
use crate::{
    Actor, CommandError, QueryError,
    execute::{
        record::Surroundings,
        rule::{lowered, next},
    },
};

/// Times that are gone through.
const MOST_TIMES: usize = 100;
/// Records that are looked at.
const MOST_LOOKED: usize = 20_000;

/// A time, its place among them, and what formulas see around it.
struct Then {
    place: usize,
    at: Timestamp,
    around: Surroundings,
}

/// What would have been found.
pub(super) async fn occasions(reading: &Reading<'_>, schedule: &Schedule) -> Result<Gathered, QueryError> {
    let (app, rule, zone) = (reading.app(), reading.rule, &reading.actor.edition.zone);
    let mut gathered = Gathered::default();
    let lacking = rule.without.as_ref().and_then(|without| app.entity(app.field(without.by)?.entity));
    gathered.fired.today.extend(lacking.map(|entity| entity.name.to_string()));
    let begin = reading.within.start.checked_sub(jiff::SignedDuration::from_millis(1)).unwrap_or(reading.within.start);
    let end = reading.within.end.min(reading.actor.now);
    let times = std::iter::successors(next(schedule, begin, zone), |at| next(schedule, *at, zone));
    let mut times: Vec<Timestamp> = times.take_while(|at| *at < end).take(MOST_TIMES + 1).collect();
    gathered.fired.cut = times.len() > MOST_TIMES;
    times.truncate(MOST_TIMES);
    gathered.fired.occasions = times.iter().map(|at| Occasion { at: *at, matched: 0 }).collect();
    let Some(first) = times.first().copied() else { return Ok(gathered) };
    let then = |(place, at)| Then { place, at, around: reading.around(at) };
    let times: Vec<Then> = times.into_iter().enumerate().map(then).collect();
    let reads = || rule.condition.iter().flat_map(Formula::reads);
    if reads().all(|path| path.hops.is_empty() && app.field(path.field).is_some_and(app::Field::has_column)) {
        let system = &reading.entity.system;
        let stamps = [system.version, system.updated_at, system.updated_by, system.deleted_at];
        let unkept = reads().filter(|path| stamps.contains(&path.field) || by_day(app, path.field, &mut Vec::new()));
        gathered.fired.today.extend(unkept.map(|path| app.path_text(path)));
        of_then(reading, &times, first, &mut gathered).await?;
    } else {
        gathered.fired.today.extend(reads().map(|path| app.path_text(path)));
        of_today(reading, &times, &mut gathered).await?;
    }
    Ok(gathered)
}

/// Goes through all records once, and asks of each how it stood each time.
async fn of_then(
    reading: &Reading<'_>,
    times: &[Then],
    first: Timestamp,
    gathered: &mut Gathered,
) -> Result<(), QueryError> {
    let now = reading.actor.now;
    for bin in reading.bins() {
        let mut after = None;
        loop {
            let (rows, next) = reading.rows(now, *bin, Predicate::always(), after).await?;
            let mut acts = reading.acts(&rows, first).await?;
            gathered.fired.looked += rows.len();
            let past: Vec<(Row, Vec<Moment>)> = rows
                .into_iter()
                .map(|row| {
                    let acts = acts.remove(&row.id).unwrap_or_default();
                    let moments = moments(&reading.fields, &row.stood, &acts);
                    (row, moments)
                })
                .collect();
            for then in times {
                let mut found: Vec<(&Row, Stood)> = Vec::new();
                for (row, moments) in past.iter().filter(|(row, moments)| is_there(row, moments, *bin, then.at)) {
                    let stood = stood_at(&reading.fields, moments, &row.stood, then.at);
                    match reading.holds(row.id, &stood, &then.around) {
                        Some(true) => found.push((row, stood)),
                        Some(false) => {}
                        None => gathered.fired.unclear += 1,
                    }
                }
                take(reading, then, found, gathered).await?;
            }
            match next {
                Some(_) if gathered.fired.looked >= MOST_LOOKED => {
                    gathered.fired.cut = true;
                    return Ok(());
                }
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(())
}

/// Asks the database each time, of the records it has today that were made before.
async fn of_today(reading: &Reading<'_>, times: &[Then], gathered: &mut Gathered) -> Result<(), QueryError> {
    for then in times {
        let mut after = None;
        loop {
            let there = reading.compare(reading.entity.system.created_at, Comparison::LessOrEqual, then.at);
            let within = lowered(reading.rule.condition.as_ref(), &then.around).map_err(refused)?.and(there);
            let (rows, next) = reading.rows(then.at, Bin::Outside, within, after).await?;
            gathered.fired.looked += rows.len();
            let found = rows.iter().map(|row| (row, row.stood.clone())).collect();
            take(reading, then, found, gathered).await?;
            match next {
                Some(_) if gathered.fired.looked >= MOST_LOOKED => {
                    gathered.fired.cut = true;
                    return Ok(());
                }
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(())
}

/// Takes what was found at a time, without those that have what the rule looks for.
async fn take(
    reading: &Reading<'_>,
    then: &Then,
    found: Vec<(&Row, Stood)>,
    gathered: &mut Gathered,
) -> Result<(), QueryError> {
    if found.is_empty() {
        return Ok(());
    }
    let ids: Vec<RecordId> = found.iter().map(|(row, _)| row.id).collect();
    let actor = Actor { now: then.at, ..reading.actor.clone() };
    let lacking = reading.engine.lacking(&actor, reading.rule, &then.around, ids).await.map_err(refused)?;
    if let Some(occasion) = gathered.fired.occasions.get_mut(then.place) {
        occasion.matched += lacking.len();
    }
    for (row, stood) in found.into_iter().filter(|(row, _)| lacking.contains(&row.id)) {
        let (record, name) = (row.id, row.name.clone());
        gathered.take(Kept { record, name, at: then.at, since: None, platform: false, stood });
    }
    Ok(())
}

/// Whether a record was there at a moment, outside the bin.
fn is_there(row: &Row, moments: &[Moment], bin: Bin, at: Timestamp) -> bool {
    if row.made.is_some_and(|(made, _)| made > at) {
        return false;
    }
    let moved = |moment: &&Moment| moment.what != What::Changed;
    match moments.iter().rev().find(|moment| moved(moment) && moment.at <= at) {
        Some(last) => last.what != What::Went,
        None => match moments.iter().find(moved) {
            Some(next) => next.what == What::Went,
            None => bin == Bin::Outside,
        },
    }
}

/// A refusal of what rules ask in earnest, as a question is refused.
fn refused(error: CommandError) -> QueryError {
    match error {
        CommandError::Store(error) => error.into(),
        CommandError::Denied { entity, action, .. } => policy::Denied::Action { entity, action }.into(),
        _ => QueryError::NewEdition,
    }
}
