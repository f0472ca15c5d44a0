//! K08 预约达成 from the HIS: appointments kept by patients.

use model::Date;

use crate::people::Employee;
use crate::{calendar, draw};

/// One doctor's appointments of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appointments {
    /// The doctor.
    pub doctor: Employee,
    /// The day, on duty.
    pub date: Date,
    /// Appointments booked.
    pub booked: u32,
    /// Patients who did not come.
    pub no_show: u32,
}

/// All doctors, every day on duty.
pub fn appointments() -> impl Iterator<Item = Appointments> + Send + Clone {
    Employee::doctors().flat_map(|doctor| {
        calendar::duty_days(doctor).map(move |date| {
            let booked = draw::between(18, 28, format_args!("appt|{doctor}|{date}|booked"));
            let no_show = draw::between(0, 4, format_args!("appt|{doctor}|{date}|noshow"));
            Appointments { doctor, date, booked, no_show }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals() {
        let sum = appointments().fold((0, 0), |sum, row| (sum.0 + row.booked, sum.1 + row.no_show));
        assert_eq!((appointments().count(), sum), (24_480, (562_888, 49_347)));
    }
}
