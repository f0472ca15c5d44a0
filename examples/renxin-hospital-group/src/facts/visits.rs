//! K01 门诊量 from the HIS: monthly in 2024 and 2025, and in 2025Q4 by days too, which add up to their months.

use model::Date;

use crate::people::Employee;
use crate::{calendar, draw, planted};

/// The outpatient visits one doctor saw in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthlyVisits {
    /// The doctor.
    pub doctor: Employee,
    /// 2024 or 2025.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// How many.
    pub visits: u32,
}

/// The outpatient visits one doctor saw on a day of 2025Q4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visits {
    /// The doctor.
    pub doctor: Employee,
    /// The day, on duty.
    pub date: Date,
    /// How many.
    pub visits: u32,
}

/// The months of 2024 and of 2025 up to September, which were reported by the month alone.
pub fn monthly_visits() -> impl Iterator<Item = MonthlyVisits> + Send + Clone {
    Employee::doctors().flat_map(|doctor| months(doctor, 2024).chain(months(doctor, 2025)))
}

/// The days of 2025Q4.
pub fn visits() -> impl Iterator<Item = Visits> + Send + Clone {
    Employee::doctors().flat_map(days)
}

/// The months of 2025Q4 of every doctor: what the days of each come to.
pub fn visits_of_months() -> impl Iterator<Item = MonthlyVisits> + Send + Clone {
    Employee::doctors().flat_map(|doctor| super::QUARTER.into_iter().map(move |month| whole_month(doctor, month)))
}

/// All visits of one doctor in a year, which is what the TOP10 rank by.
pub fn visits_of_year(doctor: Employee, year: i16) -> u32 {
    let monthly: u32 = months(doctor, year).map(|row| row.visits).sum();
    let daily: u32 = if year == 2025 { days(doctor).map(|row| row.visits).sum() } else { 0 };
    monthly + daily
}

fn months(doctor: Employee, year: i16) -> impl Iterator<Item = MonthlyVisits> + Send + Clone {
    let rank = planted::top_ten(year).iter().position(|number| *number == doctor.number());
    let last = if year == 2025 { 9 } else { 12 };
    (1..=last).map(move |month| {
        let visits = match rank {
            Some(rank) => 600 + u32::try_from(rank).unwrap_or_default(),
            None => draw::between(380, 500, format_args!("vis|{doctor}|{year}-{month:02}|visits")),
        };
        MonthlyVisits { doctor, year, month, visits }
    })
}

fn whole_month(doctor: Employee, month: u8) -> MonthlyVisits {
    let of_it = days(doctor).filter(|row| row.date.month().unsigned_abs() == month);
    MonthlyVisits { doctor, year: 2025, month, visits: of_it.map(|row| row.visits).sum() }
}

fn days(doctor: Employee) -> impl Iterator<Item = Visits> + Send + Clone {
    let planted = planted::top_ten(2025).contains(&doctor.number());
    calendar::duty_days(doctor).map(move |date| {
        let visits = if planted { 35 } else { draw::between(17, 25, format_args!("visd|{doctor}|{date}|visits")) };
        Visits { doctor, date, visits }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_totals() {
        let year = |year| Employee::doctors().map(|doctor| visits_of_year(doctor, year)).sum::<u32>();
        assert_eq!((year(2024), year(2025)), (2_176_111, 2_153_740));
        assert_eq!(visits().count(), 24_480);
        assert_eq!(visits().map(|row| row.visits).sum::<u32>(), 522_345);
        assert_eq!(monthly_visits().count(), 408 * 21);
    }

    #[test]
    fn the_months_come_to_the_years_and_no_month_is_there_twice() {
        let all: Vec<MonthlyVisits> = monthly_visits().chain(visits_of_months()).collect();
        let keys: std::collections::BTreeSet<_> = all.iter().map(|row| (row.doctor, row.year, row.month)).collect();
        assert_eq!((all.len(), keys.len()), (408 * 24, 408 * 24));
        let year = |year| all.iter().filter(|row| row.year == year).map(|row| row.visits).sum::<u32>();
        assert_eq!((year(2024), year(2025)), (2_176_111, 2_153_740));
        assert_eq!(visits_of_months().map(|row| row.visits).sum::<u32>(), 522_345);
    }

    #[test]
    fn top_ten_and_the_eleventh() {
        let ranked = |year| {
            let mut all: Vec<(u32, u16)> =
                Employee::doctors().map(|doctor| (visits_of_year(doctor, year), doctor.number())).collect();
            all.sort_unstable_by_key(|row| std::cmp::Reverse(*row));
            all.truncate(11);
            all.reverse();
            all
        };
        let of_2024 = ranked(2024);
        assert_eq!(of_2024[0], (5653, 832));
        assert_eq!((of_2024[1].0, of_2024[10].0), (7200, 7308));
        assert!(of_2024[1..].iter().map(|row| row.1).eq(planted::top_ten(2024).iter().copied()));
        let of_2025 = ranked(2025);
        assert_eq!(of_2025[0], (5501, 314));
        assert_eq!((of_2025[1].0, of_2025[10].0), (7500, 7581));
        assert!(of_2025[1..].iter().map(|row| row.1).eq(planted::top_ten(2025).iter().copied()));
    }
}
