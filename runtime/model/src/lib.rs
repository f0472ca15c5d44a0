//! The vocabulary every other room speaks.
//!
//! In: nothing. Out: values, types, ids, routes, diagnostics, and the two traits through which the outside world
//! (time and identity) is handed to everyone else. This crate has no clock, no random source and no I/O.

pub mod decimal;
pub mod diagnostic;
pub mod id;
pub mod name;
pub mod period;
pub mod text;
pub mod types;
pub mod value;
pub mod world;

pub use diagnostic::{Diagnostic, Label, Location, Severity};
pub use id::{EntityId, FieldId, FormId, PageId, RecordId, RoleId, TermId, UserId};
pub use name::Name;
pub use period::{Grain, Period, YearStart};
pub use text::{Locale, Text};
pub use types::Type;
pub use value::Value;
pub use world::{Clock, Ids};

pub use jiff::{Timestamp, civil::Date};
pub use rust_decimal::Decimal;
pub use uuid::Uuid;
