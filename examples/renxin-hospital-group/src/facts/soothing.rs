//! K07 情绪安抚 from the CRM: upset callers, and how many stayed so.

use model::Date;

use crate::people::Employee;
use crate::posts::Post;
use crate::units::Ward;
use crate::{calendar, draw};

/// One agent's attempts of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soothing {
    /// The agent.
    pub agent: Employee,
    /// The day, on duty.
    pub date: Date,
    /// Upset callers.
    pub attempts: u32,
    /// Of them, not calmed: at most one.
    pub failed: u32,
}

/// All agents, every day on duty.
pub fn soothing() -> impl Iterator<Item = Soothing> + Send + Clone {
    Employee::holding(Post::WardMember(Ward::Service)).flat_map(|agent| {
        calendar::duty_days(agent).map(move |date| {
            let attempts = draw::between(0, 4, format_args!("soothe|{agent}|{date}|attempts"));
            let failed = draw::between(0, attempts.min(1), format_args!("soothe|{agent}|{date}|fail"));
            Soothing { agent, date, attempts, failed }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals() {
        let sum = soothing().fold((0, 0), |sum, row| (sum.0 + row.attempts, sum.1 + row.failed));
        assert_eq!((soothing().count(), sum), (13_680, (27_275, 5_400)));
        assert!(soothing().all(|row| row.failed <= row.attempts));
    }
}
