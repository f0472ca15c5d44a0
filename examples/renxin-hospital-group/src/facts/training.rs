//! K10 培训 from the LMS: courses of 2025 completed, of twenty.

use crate::people::Employee;
use crate::{draw, planted};

/// One person's training of 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Training {
    /// Who.
    pub employee: Employee,
    /// Courses completed.
    pub completed: u32,
    /// Courses assigned: 20, for one person 18.
    pub assigned: u32,
}

/// Everyone.
pub fn training() -> impl Iterator<Item = Training> + Send + Clone {
    Employee::all().map(|employee| {
        let (completed, assigned) = planted::training(employee)
            .unwrap_or_else(|| (draw::between(10, 20, format_args!("train|{employee}|2025|completed")), 20));
        Training { employee, completed, assigned }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals() {
        let sum = training().fold((0, 0), |sum, row| (sum.0 + row.completed, sum.1 + row.assigned));
        assert_eq!((training().count(), sum), (2150, (32_072, 42_998)));
    }

    #[test]
    fn both_years_in_the_top_ten_and_less_than_forty_percent_trained() {
        let top = |year| planted::top_ten(year);
        let found: Vec<u16> = training()
            .filter(|row| 100 * row.completed < 40 * row.assigned)
            .map(|row| row.employee.number())
            .filter(|number| top(2024).contains(number) && top(2025).contains(number))
            .collect();
        assert_eq!(found, [634, 974, 1314]);
    }
}
