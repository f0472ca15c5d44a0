//! K04 危急值响应 from the LIS: minutes from a critical value to its report.

use model::Date;

use crate::people::Employee;
use crate::{calendar, draw, planted};

/// The critical values one technician handled on a day; most days have few or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriticalDay {
    /// The technician.
    pub technician: Employee,
    /// The day, on duty.
    pub date: Date,
    /// Minutes of each event, in order.
    pub minutes: Vec<u32>,
}

/// Every technician's every day on duty, those without events too.
pub fn critical_values() -> impl Iterator<Item = CriticalDay> + Send + Clone {
    Employee::technicians().flat_map(|technician| {
        calendar::duty_days(technician).map(move |date| CriticalDay {
            technician,
            date,
            minutes: minutes(technician, date),
        })
    })
}

fn minutes(technician: Employee, date: Date) -> Vec<u32> {
    if let Some(minutes) = planted::critical_value(technician, date) {
        return vec![minutes];
    }
    let events = draw::between(0, 2, format_args!("crit|{technician}|{date}|events"));
    (1..=events).map(|j| draw::between(3, 25, format_args!("crit|{technician}|{date}|min{j}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_in_28_008_took_longer_than_half_an_hour() {
        assert_eq!(critical_values().map(|day| day.minutes.len()).sum::<usize>(), 28_008);
        let late: Vec<CriticalDay> =
            critical_values().filter(|day| day.minutes.iter().any(|minutes| *minutes > 30)).collect();
        assert_eq!(late.len(), 1);
        assert_eq!((late[0].technician.number(), late[0].date.to_string().as_str()), (214, "2025-11-20"));
        assert_eq!(late[0].minutes, [42]);
        assert_eq!(critical_values().flat_map(|day| day.minutes).sum::<u32>(), 393_007);
    }
}
