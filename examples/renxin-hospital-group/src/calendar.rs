//! The working calendar of 2025Q4, that of the offices, and the duty roster.
//!
//! INVARIANT: the group is open Monday to Saturday from 2025-10-09 to 2025-12-31, 72 days, each weekday twelve times.

use model::Date;

use crate::people::Employee;

/// First day of the calendar.
pub const FIRST: Date = jiff::civil::date(2025, 10, 1);
/// Last day of the calendar.
pub const LAST: Date = jiff::civil::date(2025, 12, 31);
/// The first open day: National Day and Mid-Autumn were kept as one holiday from 10-01 to 10-08.
const REOPENED: Date = jiff::civil::date(2025, 10, 9);

/// One day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// Whether the centres see patients.
    pub open: bool,
    /// Why it is closed; empty on open days.
    pub note: &'static str,
}

/// The 92 days of the quarter, in order.
pub fn days() -> impl Iterator<Item = Day> + Send + Clone {
    FIRST.series(jiff::Span::new().days(1)).take_while(|date| *date <= LAST).map(|date| {
        let note = if date < REOPENED {
            "国庆节、中秋节"
        } else if weekday(date) == 6 {
            "周日休诊"
        } else {
            ""
        };
        Day { date, open: note.is_empty(), note }
    })
}

/// The calendar of the headquarters, whose offices are closed on Saturdays too.
pub const OFFICES: &str = "职能部门日历";

/// The 12 Saturdays on which the centres see patients and the offices are closed, in order.
pub fn closed_offices() -> impl Iterator<Item = Day> + Send + Clone {
    let saturdays = days().filter(|day| day.open && weekday(day.date) == 5);
    saturdays.map(|day| Day { open: false, note: "职能部门周六休息", ..day })
}

/// The 72 open days, in order.
pub fn open_days() -> impl Iterator<Item = Date> + Send + Clone {
    days().filter(|day| day.open).map(|day| day.date)
}

/// The 60 open days on which the roster has this employee on duty.
pub fn duty_days(employee: Employee) -> impl Iterator<Item = Date> + Send + Clone {
    open_days().filter(move |date| weekday(*date) != u32::from(employee.number()) % 6)
}

/// The 12 Mondays on which equipment maintenance falls due, from 10-13.
pub fn maintenance_mondays() -> impl Iterator<Item = Date> + Send + Clone {
    open_days().filter(|date| weekday(*date) == 0)
}

/// Monday is 0, Sunday 6.
pub fn weekday(date: Date) -> u32 {
    u32::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_days_by_month() {
        let by_month = [10, 11, 12].map(|month| open_days().filter(|date| date.month() == month).count());
        assert_eq!(by_month, [20, 25, 27]);
        assert_eq!(days().count(), 92);
        assert_eq!(closed_offices().count(), 12);
    }

    #[test]
    fn everyone_has_sixty_duty_days() {
        assert!(Employee::all().all(|employee| duty_days(employee).count() == 60));
    }

    #[test]
    fn twelve_mondays_from_the_thirteenth() {
        let mondays: Vec<Date> = maintenance_mondays().collect();
        assert_eq!(mondays.len(), 12);
        assert_eq!(mondays[0], jiff::civil::date(2025, 10, 13));
    }
}
