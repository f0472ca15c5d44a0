//! The facts of 2024 and 2025 that the source systems would report: K01 to K12.
//!
//! Each iterator gives its rows in order of employee and
//! date; a row is made from its key alone. Background draws stay inside every alert rule's threshold; only
//! [`crate::planted`] rows cross one. INVARIANT: the golden totals in the tests are those of the specification where it
//! gives one, and frozen by a second, separate implementation where it does not.

mod appointments;
mod calls;
mod complaints;
mod critical;
mod maintenance;
mod praise;
mod reports;
mod soothing;
mod suggestions;
mod training;
mod visits;

pub use appointments::{Appointments, appointments};
pub use calls::{Calls, calls, calls_of};
pub use complaints::{Complaints, complaints};
pub use critical::{CriticalDay, critical_values};
pub use maintenance::{Maintenance, maintenance};
pub use praise::{Praise, praise};
pub use reports::{Correction, Reports, corrections, reports};
pub use soothing::{Soothing, soothing};
pub use suggestions::{Suggestions, suggestions};
pub use training::{Training, training};
pub use visits::{MonthlyVisits, Visits, monthly_visits, visits, visits_of_months, visits_of_year};

/// The months of 2025Q4.
const QUARTER: [u8; 3] = [10, 11, 12];
