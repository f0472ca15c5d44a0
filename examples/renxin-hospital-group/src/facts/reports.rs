//! K02 检查报告数 and K03 报告返修次数 from the LIS and RIS, and what the LIS corrected later.

use model::Date;

use crate::people::Employee;
use crate::{calendar, draw, planted};

/// What one doctor or technician reported on a day, as first delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reports {
    /// Who signed the reports.
    pub employee: Employee,
    /// The day, on duty.
    pub date: Date,
    /// How many reports (K02).
    pub issued: u32,
    /// How many of them came back (K03).
    pub rework: u32,
}

/// A row delivered again, replacing the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction {
    /// The day the source corrected itself.
    pub delivered_on: Date,
    /// The row that holds from then on.
    pub corrected: Reports,
}

/// The rows as first delivered: doctors and technicians, every day on duty.
pub fn reports() -> impl Iterator<Item = Reports> + Send + Clone {
    Employee::all().filter(|employee| employee.post().is_doctor() || employee.post().is_technician()).flat_map(of)
}

/// The later corrections: one, of case V1.
pub fn corrections() -> impl Iterator<Item = Correction> + Send + Clone {
    let delivered_on = jiff::civil::date(2025, 11, 14);
    let date = jiff::civil::date(2025, 11, 11);
    std::iter::once(Correction {
        delivered_on,
        corrected: Reports { employee: Employee::numbered(1660), date, issued: 25, rework: 1 },
    })
}

fn of(employee: Employee) -> impl Iterator<Item = Reports> + Send + Clone {
    calendar::duty_days(employee).map(move |date| {
        let (issued, rework) = planted::reports(employee, date).unwrap_or_else(|| {
            let issued = draw::between(20, 40, format_args!("rep|{employee}|{date}|issued"));
            // At most 8 in a hundred, which the rule does not yet call a hit.
            let rework = draw::between(0, 8 * issued / 100, format_args!("rep|{employee}|{date}|rework"));
            (issued, rework)
        });
        Reports { employee, date, issued, rework }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_totals() {
        assert_eq!(reports().count(), 52_560);
        assert_eq!(reports().map(|row| row.issued).sum::<u32>(), 1_575_441);
        assert_eq!(reports().map(|row| row.rework).sum::<u32>(), 50_167);
    }

    #[test]
    fn only_planted_rows_cross_the_threshold() {
        let crossing = reports().filter(|row| 100 * row.rework > 8 * row.issued);
        assert!(crossing.clone().all(|row| planted::reports(row.employee, row.date).is_some()));
        assert_eq!(crossing.count(), 3 + 3 + 3 + 5 + 3 + 3 + 2 + 3 + 3);
    }
}
