//! K12 二次投诉 from the CRM: complaints, and those that came again.

use super::QUARTER;
use crate::draw;
use crate::people::Employee;
use crate::posts::Post;
use crate::units::Ward;

/// The complaints one agent handled in a month of 2025Q4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complaints {
    /// The agent.
    pub agent: Employee,
    /// 10 to 12.
    pub month: u8,
    /// Complaints.
    pub complaints: u32,
    /// Of them, complained a second time.
    pub second: u32,
}

/// All agents, three months each.
pub fn complaints() -> impl Iterator<Item = Complaints> + Send + Clone {
    Employee::holding(Post::WardMember(Ward::Service)).flat_map(|agent| {
        QUARTER.into_iter().map(move |month| {
            let complaints = draw::between(4, 12, format_args!("compl|{agent}|2025-{month:02}|complaints"));
            let second = draw::between(0, complaints / 6, format_args!("compl|{agent}|2025-{month:02}|second"));
            Complaints { agent, month, complaints, second }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals() {
        let sum = complaints().fold((0, 0), |sum, row| (sum.0 + row.complaints, sum.1 + row.second));
        assert_eq!((complaints().count(), sum), (684, (5_533, 284)));
    }
}
