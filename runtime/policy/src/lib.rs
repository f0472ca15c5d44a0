//! Grants become decisions: which rows, which fields, for whom.
//!
//! In: compiled grants and a request. Out: [`Authorized`], the only thing a store accepts, carrying the row condition
//! and the field mask of everything the request touches. Refused: whatever no grant names.
//!
//! INVARIANT: `Authorized` has no public constructor; the functions of [`mod@authorize`] are the only makers.
//!
//! To add a function of reach, an action, or a property of fields that matters to rights: the recipes at the end of
//! `ARCHITECTURE.md` name the files.

pub mod access;
pub mod authorize;
mod disclose;
pub mod grant;
pub mod mask;
pub mod request;

pub use access::{Access, Rights};
pub use authorize::{Authorized, Denied, Places, authorize, consequence, inspect};
pub use disclose::InHand;
pub use grant::{Action, Aside, Fields, Grant};
pub use mask::Mask;
pub use request::{
    Aggregate, Bin, ByPeriod, Change, Direction, Get, List, Measure, Permitted, Request, Sort, Uncover, Why,
};
