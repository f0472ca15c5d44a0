//! K05 设备保养 from the EAM: two tasks for each radiology technician and week.

use model::Date;

use crate::people::Employee;
use crate::posts::Post;
use crate::units::Ward;
use crate::{calendar, draw, planted};

/// One technician's maintenance of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maintenance {
    /// The radiology technician.
    pub technician: Employee,
    /// The Monday the week begins with; due whether or not the roster has the technician on duty.
    pub monday: Date,
    /// Tasks due: 2.
    pub due: u32,
    /// Tasks done: 1 or 2, none in the planted week.
    pub done: u32,
}

/// All radiology technicians, 12 weeks each.
pub fn maintenance() -> impl Iterator<Item = Maintenance> + Send + Clone {
    Employee::holding(Post::WardMember(Ward::Radiology)).flat_map(|technician| {
        calendar::maintenance_mondays().map(move |monday| {
            let missed = if planted::maintenance_skipped(technician, monday) {
                2
            } else {
                u32::from(draw::between(1, 20, format_args!("maint|{technician}|{monday}|miss")) == 1)
            };
            Maintenance { technician, monday, due: 2, done: 2 - missed }
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn one_department_week_falls_below_half() {
        let mut weeks: BTreeMap<(u8, Date), (u32, u32)> = BTreeMap::new();
        for row in maintenance() {
            let (centre, _) = row.technician.place().unwrap();
            let week = weeks.entry((centre, row.monday)).or_default();
            week.0 += row.done;
            week.1 += row.due;
        }
        let low: Vec<_> = weeks.iter().filter(|(_, (done, due))| 2 * done < *due).collect();
        assert_eq!(low, [(&(2, jiff::civil::date(2025, 11, 24)), &(0, 26))]);
        assert_eq!((weeks.len(), maintenance().count()), (144, 156 * 12));
        assert_eq!(maintenance().map(|row| row.done).sum::<u32>(), 3_616);
    }
}
