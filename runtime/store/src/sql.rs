//! Statements and how they are printed for two databases.
//!
//! INVARIANT: text of a statement is made of constant words, quoted names of the app, and numbered parameters.

pub(crate) mod aggregate;
pub(crate) mod breadth;
pub(crate) mod column;
pub(crate) mod lower;
pub(crate) mod number;
pub(crate) mod path;
pub(crate) mod predicate;
mod reach;
pub(crate) mod select;
pub(crate) mod statement;
pub(crate) mod wire;

pub(crate) use column::Column;
pub(crate) use path::{Printer, Reader};
pub(crate) use statement::{Dialect, Statement, name};
