//! K06 首呼解决 from the CRM: calls taken and calls solved at the first.

use model::Date;

use crate::people::Employee;
use crate::posts::Post;
use crate::units::Ward;
use crate::{calendar, draw};

/// One agent's calls of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// The agent.
    pub agent: Employee,
    /// The day, on duty.
    pub date: Date,
    /// Calls taken.
    pub calls: u32,
    /// Calls solved without a second one.
    pub solved: u32,
}

/// All agents, every day on duty.
pub fn calls() -> impl Iterator<Item = Calls> + Send + Clone {
    Employee::holding(Post::WardMember(Ward::Service)).flat_map(calls_of)
}

/// One agent's days.
pub fn calls_of(agent: Employee) -> impl Iterator<Item = Calls> + Send + Clone {
    calendar::duty_days(agent).map(move |date| {
        let calls = draw::between(30, 60, format_args!("fcr|{agent}|{date}|calls"));
        let unsolved = draw::between(calls / 10, calls / 4, format_args!("fcr|{agent}|{date}|unsolved"));
        Calls { agent, date, calls, solved: calls - unsolved }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(rows: impl Iterator<Item = Calls>) -> (u32, u32) {
        rows.fold((0, 0), |(solved, calls), row| (solved + row.solved, calls + row.calls))
    }

    #[test]
    fn golden_totals() {
        assert_eq!(totals(calls()), (514_369, 616_403));
    }

    #[test]
    fn the_agent_of_the_examples() {
        let (solved, calls) = totals(calls_of(Employee::numbered(256)));
        let rate = model::Decimal::from(solved * 100) / model::Decimal::from(calls);
        assert_eq!(model::decimal::round_half_up(rate, 4).to_string(), "83.3396");
    }
}
