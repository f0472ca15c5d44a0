//! Pages: what people see. Each page is one file below: it asks the engine, fills a typed context, and renders one view.
//!
//! In: a [`Visit`], who asks and where. Out: an [`Answer`]. Refused: what the engine refuses, as a [`Problem`].
//!
//! INVARIANT: a page is a bounded number of questions to the engine, whatever the number of rows.
//! INVARIANT: what a reader may not see is absent from the context, not hidden by the view.
//!
//! To add a kind of page: a file here with `show`, a view beside the others, its name in `view.rs`, its arm in `open.rs`.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod behind;
pub mod bin;
pub mod board;
pub mod case;
pub mod columns;
pub mod count;
pub mod cursor;
pub mod dashboard;
mod decline;
pub mod dictionary;
pub mod drivers;
pub mod elsewhere;
pub mod entry;
pub mod evidence;
pub mod export;
pub mod factor;
pub mod filter;
pub mod form;
pub mod history;
pub mod home;
pub mod inbox;
pub mod list;
pub mod looks;
pub mod me;
pub mod names;
pub mod open;
pub mod params;
mod passkey;
pub mod pick;
pub mod proof;
pub mod providers;
pub mod record;
pub mod refusal;
pub mod rights;
pub mod routes;
pub mod rows;
pub mod rules;
#[cfg(test)]
mod samples;
pub mod scope;
pub mod search;
pub mod security;
pub mod setup;
pub mod shell;
pub mod source;
pub mod stand_in;
pub mod talk;
pub mod trace;
pub mod tree;
pub mod unit_board;
pub mod view;
pub mod views;
pub mod visit;
pub mod workflows;

pub use refusal::problem;
pub use routes::routes;
pub use visit::{Answer, Visit};

/// What pages keep between requests: nothing yet, everything they need is compiled into the app.
#[derive(Debug, Default)]
pub struct Shared {}
