//! The planted cases: the only rows that cross a rule's threshold, so that what a rule must find is known exactly.

use model::Date;

use crate::people::Employee;

/// Issued and reworked reports of a planted day, instead of the draw.
pub fn reports(employee: Employee, date: Date) -> Option<(u32, u32)> {
    if date.year() != 2025 {
        return None;
    }
    let day = (date.month(), date.day());
    let row = match (employee.number(), day) {
        // P1 plain.
        (640, (11, 10..=12)) => (25, 3),
        // P2 a rostered day off inside the run.
        (470, (11, 10 | 11 | 13)) => (25, 3),
        // P3 a Sunday inside the run.
        (130, (11, 15 | 17 | 18)) => (25, 3),
        // P4 on to the escalation.
        (1150, (12, 1..=4 | 6)) => (25, 4),
        // P5 moved on the third day.
        (1830, (11, 11..=13)) => (25, 3),
        // V1 as first delivered; the correction is in `facts::corrections`.
        (1660, (11, 10..=12)) => (25, 3),
        // N1 exactly 8 %.
        (810, (11, 11..=13)) => (25, 2),
        // N2 two days, then one within the limit.
        (980, (11, 10 | 11)) => (25, 3),
        (980, (11, 13)) => (25, 2),
        // N3 a broken run.
        (1320, (11, 11 | 12 | 14)) => (25, 3),
        (1320, (11, 13)) => (25, 1),
        // N4 too few reports to judge.
        (1490, (11, 10 | 11 | 13)) => (4, 1),
        _ => return None,
    };
    Some(row)
}

/// P6: minutes of the one critical value that took longer than 30; it is the only event of that day.
pub fn critical_value(technician: Employee, date: Date) -> Option<u32> {
    (technician.number() == 214 && date == jiff::civil::date(2025, 11, 20)).then_some(42)
}

/// P7: whether nothing was done at all, as by the whole radiology of centre 2 in the week of 11-24.
pub fn maintenance_skipped(technician: Employee, monday: Date) -> bool {
    monday == jiff::civil::date(2025, 11, 24) && matches!(technician.place(), Some((2, 104..=116)))
}

/// The ten doctors with the most visits of a year, from the tenth place up; empty for other years.
pub fn top_ten(year: i16) -> &'static [u16] {
    match year {
        2024 => &[124, 294, 464, 634, 804, 974, 1144, 1314, 1484, 1654],
        2025 => &[634, 804, 974, 1144, 1314, 1484, 1654, 1824, 1994, 125],
        _ => &[],
    }
}

/// Courses completed and assigned in 2025, for the doctors a rule looks at.
pub fn training(employee: Employee) -> Option<(u32, u32)> {
    let row = match employee.number() {
        634 => (7, 20),
        804 => (8, 20),
        974 => (5, 20),
        1144 => (16, 20),
        1314 => (7, 18),
        1484 => (12, 20),
        1654 => (20, 20),
        124 => (4, 20),
        126 => (2, 20),
        _ => return None,
    };
    Some(row)
}

/// Suggestions adopted in 2025Q4, for the specialists at the edge of the rule.
pub fn adopted_suggestions(specialist: Employee) -> Option<u32> {
    match specialist.number() {
        276 => Some(4),
        446 => Some(5),
        616 => Some(6),
        786 | 956 => Some(3),
        _ => None,
    }
}
