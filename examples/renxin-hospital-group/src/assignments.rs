//! Who works where, as what and for whom, over time.
//!
//! Everyone has one assignment from the day of hiring, open-ended; E1830 has two. Both ends of a validity are included.

use model::Date;

use crate::people::Employee;
use crate::posts::Post;
use crate::units::{Unit, Ward};

/// Who moved in the quarter.
pub const MOVER: Employee = Employee::numbered(1830);
/// The mover's first day in the new department.
pub const MOVED_ON: Date = jiff::civil::date(2025, 11, 13);
const LAST_DAY_BEFORE: Date = jiff::civil::date(2025, 11, 12);

/// A stretch of time in one unit, post and line of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// Who.
    pub employee: Employee,
    /// Counts the employee's assignments from 1.
    pub ordinal: u8,
    /// Where.
    pub unit: Unit,
    /// As what.
    pub post: Post,
    /// For whom; nobody above the head of the group.
    pub manager: Option<Employee>,
    /// The first day.
    pub valid_from: Date,
    /// The last day; `None` while it lasts.
    pub valid_to: Option<Date>,
}

/// All 2,151 assignments, by employee and then by time.
pub fn all() -> impl Iterator<Item = Assignment> + Send + Clone {
    Employee::all().flat_map(of)
}

/// The assignments of one employee, by time.
pub fn of(employee: Employee) -> impl Iterator<Item = Assignment> + Send + Clone {
    let hired = Assignment {
        employee,
        ordinal: 1,
        unit: employee.home_unit(),
        post: employee.post(),
        manager: manager_in(employee, employee.home_unit()),
        valid_from: employee.hired(),
        valid_to: (employee == MOVER).then_some(LAST_DAY_BEFORE),
    };
    let moved = (employee == MOVER).then(|| {
        let unit = Unit::Ward(12, Ward::Medicine);
        let manager = manager_in(employee, unit);
        Assignment { ordinal: 2, unit, manager, valid_from: MOVED_ON, valid_to: None, ..hired }
    });
    std::iter::once(hired).chain(moved)
}

/// The unit on that day; the first one for days before the hiring.
pub fn unit_on(employee: Employee, date: Date) -> Unit {
    if employee == MOVER && date >= MOVED_ON { Unit::Ward(12, Ward::Medicine) } else { employee.home_unit() }
}

/// The manager on that day: the head of the unit; heads report to the centre, the centre to the group.
pub fn manager_on(employee: Employee, date: Date) -> Option<Employee> {
    manager_in(employee, unit_on(employee, date))
}

fn manager_in(employee: Employee, unit: Unit) -> Option<Employee> {
    std::iter::successors(Some(unit), |unit| unit.parent()).map(Unit::head).find(|head| *head != employee)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager(number: u16, date: Date) -> Option<String> {
        manager_on(Employee::numbered(number), date).map(|manager| manager.to_string())
    }

    #[test]
    fn lines_of_report() {
        let day = jiff::civil::date(2025, 12, 1);
        let lines = [1, 2, 21, 22, 111, 112, 123, 124, 159, 160, 255, 256].map(|number| manager(number, day));
        let expected = [
            None,
            Some("E0001"),
            Some("E0001"),
            Some("E0021"),
            Some("E0001"),
            Some("E0111"),
            Some("E0111"),
            Some("E0123"),
            Some("E0111"),
            Some("E0159"),
            Some("E0111"),
            Some("E0255"),
        ];
        assert_eq!(lines, expected.map(|code| code.map(str::to_owned)));
    }

    #[test]
    fn the_one_move() {
        assert_eq!(manager(1830, LAST_DAY_BEFORE).as_deref(), Some("E1823"));
        assert_eq!(manager(1830, MOVED_ON).as_deref(), Some("E1993"));
        let rows: Vec<Assignment> = of(MOVER).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].valid_to.unwrap().tomorrow().unwrap(), rows[1].valid_from);
        assert_eq!(all().count(), 2151);
    }

    #[test]
    fn only_the_chief_reports_to_nobody() {
        let free: Vec<Employee> = all().filter(|row| row.manager.is_none()).map(|row| row.employee).collect();
        assert_eq!(free, [Employee::CHIEF]);
    }
}
