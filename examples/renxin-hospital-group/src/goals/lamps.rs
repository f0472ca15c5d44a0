//! The lamps of goals, as they were kept on the last Sundays of the quarter that have passed.

use model::{Date, Decimal};

use super::{Cycle, KeyResult, Objective, objectives};
use crate::people::Employee;
use crate::units::Unit;
use crate::{assignments, feedback};

/// Days without an update after which a lamp is grey.
const QUIET: i32 = 21;

/// What was kept of one goal on one Sunday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The goal's code.
    pub goal: String,
    /// Who answered for it.
    pub owner: Employee,
    /// Where they worked then.
    pub unit: Unit,
    /// The Sunday.
    pub day: Date,
    /// `green`, `yellow`, `red` or `grey`.
    pub lamp: &'static str,
}

/// What was kept, by Sunday and then by goal, of the goals that were no drafts. The first days of a quarter have no Sunday.
pub fn kept(today: Date, centre: Option<u8>) -> Vec<Kept> {
    let cycle = Cycle::of(today);
    let mut found = Vec::new();
    for day in feedback::sundays(today).into_iter().filter(|day| *day >= cycle.starts) {
        let goals = objectives(day, centre);
        let lamps = lamps(&goals, &cycle, day);
        let published = goals.into_iter().zip(lamps).filter(|(goal, _)| goal.status != "draft");
        found.extend(published.map(|(goal, lamp)| Kept {
            unit: assignments::unit_on(goal.owner, day),
            goal: goal.code,
            owner: goal.owner,
            day,
            lamp,
        }));
    }
    found
}

/// What goals aligned to one bring to it.
#[derive(Debug, Clone, Copy, Default)]
struct Below {
    weighted: Decimal,
    weights: Decimal,
    updated: Option<Date>,
}

/// The lamp of each goal, from the last to the first, so that those aligned to a goal come before it.
fn lamps(goals: &[Objective], cycle: &Cycle, day: Date) -> Vec<&'static str> {
    let elapsed = Decimal::new(cycle.elapsed(day), 1);
    let mut below = vec![Below::default(); goals.len()];
    let mut lamps = vec!["grey"; goals.len()];
    for (place, goal) in goals.iter().enumerate().rev() {
        let aligned = below.get(place).copied().unwrap_or_default();
        let weighted = |result: &KeyResult| progress(result) * Decimal::from(result.weight);
        let own: Decimal = goal.key_results.iter().map(weighted).sum();
        let weights: Decimal = goal.key_results.iter().map(|result| Decimal::from(result.weight)).sum();
        let done = match (own.checked_div(weights), aligned.weighted.checked_div(aligned.weights)) {
            (Some(own), Some(aligned)) => Some((own + aligned) / Decimal::TWO),
            (own, aligned) => own.or(aligned),
        };
        let updated = goal.key_results.iter().map(|result| result.updated_on).chain(aligned.updated).max();
        if let Some(known) = lamps.get_mut(place) {
            *known = lamp(done, elapsed, (day - updated.unwrap_or(cycle.starts)).get_days());
        }
        let Some(above) = goal.parent.and_then(|parent| below.get_mut(parent)) else { continue };
        above.updated = above.updated.max(updated);
        if let Some(done) = done {
            above.weighted += done * Decimal::from(goal.weight);
            above.weights += Decimal::from(goal.weight);
        }
    }
    lamps
}

/// How far a key result has come, in percent.
fn progress(result: &KeyResult) -> Decimal {
    let way = (result.current - result.start) * Decimal::ONE_HUNDRED;
    let done = way.checked_div(result.target - result.start).unwrap_or_default();
    done.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED)
}

fn lamp(done: Option<Decimal>, elapsed: Decimal, quiet: i32) -> &'static str {
    match done {
        Some(done) if done >= Decimal::ONE_HUNDRED => "green",
        None => "grey",
        Some(_) if quiet > QUIET => "grey",
        Some(done) if elapsed - done > Decimal::from(25) => "red",
        Some(done) if elapsed - done > Decimal::TEN => "yellow",
        Some(_) => "green",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn three_sundays_with_lamps_of_every_colour() {
        let mut counts: BTreeMap<Date, BTreeMap<&str, usize>> = BTreeMap::new();
        for one in kept(jiff::civil::date(2026, 11, 23), None) {
            *counts.entry(one.day).or_default().entry(one.lamp).or_default() += 1;
        }
        let days: Vec<Date> = counts.keys().copied().collect();
        assert_eq!(days, [8, 15, 22].map(|day| jiff::civil::date(2026, 11, day)));
        for lamps in counts.values() {
            let of = |lamp| lamps.get(lamp).copied().unwrap_or_default();
            assert!(of("green") > 1_200 && of("yellow") > 200 && of("red") > 50, "{lamps:?}");
            assert_eq!(lamps.values().sum::<usize>(), 2_674, "{lamps:?}");
        }
    }

    #[test]
    fn nothing_was_kept_before_the_quarter() {
        assert!(kept(jiff::civil::date(2026, 10, 2), Some(1)).is_empty());
        let kept = kept(jiff::civil::date(2026, 10, 6), Some(1));
        assert!(!kept.is_empty() && kept.iter().all(|one| one.day == jiff::civil::date(2026, 10, 4)));
    }

    #[test]
    fn a_lamp_is_what_the_app_says() {
        let of = |done: i64, quiet| lamp(Some(done.into()), Decimal::new(652, 1), quiet);
        assert_eq!([60, 50, 40, 100].map(|done| of(done, 3)), ["green", "yellow", "red", "green"]);
        assert_eq!([of(60, 21), of(60, 22), of(100, 22)], ["green", "grey", "green"]);
        assert_eq!(lamp(None, Decimal::ONE, 0), "grey");
    }
}
