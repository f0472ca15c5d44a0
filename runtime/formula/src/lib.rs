//! Expressions: what computed fields, defaults, conditions and filters are written in.
//!
//! In: a source text, the entity it is written on, a [`Schema`] of names. Out: a typed [`Formula`] that evaluates with
//! exact decimals over a [`Scope`], and, for conditions, the [`Predicate`] a database can answer. Refused, with the place:
//! unknown names, wrong types, everything of the grammar that is not an expression, and whatever is too large.
//!
//! Only this crate knows rhai, and only as grammar and parser: its evaluator is never used, so a formula can loop, sleep or
//! call nothing but the functions in [`function`]. There is no clock, no random source and no I/O; the same values give the
//! same answer everywhere.

mod check;
mod evaluate;
mod fault;
mod formula;
pub mod function;
pub mod limits;
mod parse;
pub mod predicate;
pub mod reach;
mod schema;
mod scope;
mod show;
#[cfg(test)]
mod testing;
mod tree;

pub use fault::{EvaluateError, Fault};
pub use formula::{AsksReach, Formula, Purpose, compile, compile_for};
pub use predicate::{Arithmetic, Comparison, Predicate, Term, TextMatch};
pub use reach::{Anchor, Organisation, Placed, Reach, Reaching};
pub use schema::{ActorAttribute, FieldInfo, Kind, Path, Schema};
pub use scope::Scope;
