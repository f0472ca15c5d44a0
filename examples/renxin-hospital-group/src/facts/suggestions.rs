//! K11 建议采纳次数 from the QMS: suggestions adopted in 2025Q4.

use crate::people::Employee;
use crate::posts::Post;
use crate::units::Ward;
use crate::{draw, planted};

/// One quality specialist's adopted suggestions of the quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestions {
    /// The specialist.
    pub specialist: Employee,
    /// How many were adopted.
    pub adopted: u32,
}

/// All quality specialists of the centres.
pub fn suggestions() -> impl Iterator<Item = Suggestions> + Send + Clone {
    Employee::holding(Post::WardMember(Ward::Quality)).map(|specialist| {
        let adopted = planted::adopted_suggestions(specialist)
            .unwrap_or_else(|| draw::between(0, 3, format_args!("sug|{specialist}|2025Q4|adopted")));
        Suggestions { specialist, adopted }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_specialists_had_more_than_three() {
        let found: Vec<u16> = suggestions().filter(|row| row.adopted > 3).map(|row| row.specialist.number()).collect();
        assert_eq!(found, [276, 446, 616]);
        assert_eq!(suggestions().count(), 60);
        assert_eq!(suggestions().map(|row| row.adopted).sum::<u32>(), 101);
    }
}
