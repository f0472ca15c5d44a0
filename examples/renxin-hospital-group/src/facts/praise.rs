//! K09 表扬工单 from the CRM: tickets in which a patient thanks somebody.

use super::QUARTER;
use crate::draw;
use crate::people::Employee;
use crate::posts::Post;
use crate::units::Ward;

/// The praise one person received in a month of 2025Q4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Praise {
    /// The doctor, nurse or service agent.
    pub employee: Employee,
    /// 10 to 12.
    pub month: u8,
    /// Tickets.
    pub tickets: u32,
}

/// All doctors, nurses and service agents, three months each.
pub fn praise() -> impl Iterator<Item = Praise> + Send + Clone {
    let praised = |post: Post| post.is_doctor() || matches!(post, Post::WardMember(Ward::Nursing | Ward::Service));
    Employee::all().filter(move |employee| praised(employee.post())).flat_map(|employee| {
        QUARTER.into_iter().map(move |month| Praise {
            employee,
            month,
            tickets: draw::between(0, 2, format_args!("praise|{employee}|2025-{month:02}|tickets")),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals() {
        assert_eq!(praise().count(), (408 + 636 + 228) * 3);
        assert_eq!(praise().map(|row| row.tickets).sum::<u32>(), 3_872);
    }
}
