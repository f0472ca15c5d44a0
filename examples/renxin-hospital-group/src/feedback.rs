//! Who had been told something within thirty days, as it was kept on the Sundays of the last three whole weeks.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use model::Date;

use crate::people::Employee;
use crate::units::Unit;
use crate::weekly::Report;
use crate::{assignments, behaviour};

/// Days for which somebody counts as told.
const DAYS: i32 = 30;

/// What was kept of one person on one Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Whom it is about.
    pub person: Employee,
    /// Where they worked then.
    pub unit: Unit,
    /// The Sunday.
    pub day: Date,
    /// Whether they had been lit or commented on within thirty days.
    pub told: bool,
}

/// The Sundays that have passed, the last three of them.
pub(crate) fn sundays(today: Date) -> [Date; 3] {
    let last = today.saturating_sub((i64::from(today.weekday().to_monday_zero_offset()) + 1).days());
    [2_i64, 1, 0].map(|weeks| last.saturating_sub((7 * weeks).days()))
}

/// What was kept, by Sunday and then by person, of those whom `has` says the organisation has. `reports` are theirs.
pub fn kept(today: Date, reports: &[Report], has: impl Fn(Employee) -> bool) -> Vec<Kept> {
    let mut told: BTreeMap<Employee, Vec<Date>> = BTreeMap::new();
    for (report, comment) in reports.iter().filter_map(|report| Some((report, report.comment.as_ref()?))) {
        told.entry(report.person).or_default().push(comment.made_on);
    }
    for event in behaviour::events().filter(|event| has(event.receiver) && has(event.giver)) {
        told.entry(event.receiver).or_default().push(event.lit_on);
    }
    let mut found = Vec::new();
    for day in sundays(today) {
        let counts = |on: &Date| *on <= day && (day - *on).get_days() <= DAYS;
        found.extend(Employee::all().filter(|person| has(*person)).map(|person| Kept {
            person,
            unit: assignments::unit_on(person, day),
            day,
            told: told.get(&person).is_some_and(|days| days.iter().any(counts)),
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;

    use super::*;
    use crate::{goals, weekly};

    fn shares(today: Date) -> Vec<(Date, usize)> {
        let reports = weekly::reports(today, &goals::objectives(today, None), None);
        let kept = kept(today, &reports, |_| true);
        assert!(kept.iter().all(|one| one.day.weekday() == Weekday::Sunday && one.day < today));
        let mut shares: Vec<(Date, usize)> = Vec::new();
        for one in kept {
            match shares.last_mut() {
                Some((day, told)) if *day == one.day => *told += usize::from(one.told),
                _ => shares.push((one.day, usize::from(one.told))),
            }
        }
        shares
    }

    #[test]
    fn three_sundays_that_have_passed() {
        let shares = shares(jiff::civil::date(2026, 11, 23));
        let days: Vec<Date> = shares.iter().map(|(day, _)| *day).collect();
        assert_eq!(days, [8, 15, 22].map(|day| jiff::civil::date(2026, 11, day)));
        assert!(shares.iter().all(|(_, told)| *told > 0 && *told < 2_150), "{shares:?}");
    }

    #[test]
    fn what_was_lit_counts_for_thirty_days() {
        let told = |day| shares(day).last().map(|(_, told)| *told);
        let (during, after) = (told(jiff::civil::date(2026, 1, 5)), told(jiff::civil::date(2026, 3, 2)));
        assert!(during > Some(1_900) && after < Some(1_900), "{during:?} {after:?}");
    }
}
