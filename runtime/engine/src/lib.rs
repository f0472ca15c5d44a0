//! The two doors of Loam. Every write goes through [`Engine::execute`], every read through [`Engine::query`]: pages, API,
//! jobs, imports, exports, command line, tests.
//!
//! In: an [`Actor`] and a [`Command`] or a [`Query`]. Out: what changed, or what the actor may see of what was asked.
//! Refused: whatever policy refuses, and every value the app's rules refuse, all faults at once.
//!
//! INVARIANT: behind the write door, in one transaction: authorise, validate, compute, write, history, outbox.
//! INVARIANT: nothing here calls out of the process; effects leave through the outbox.

mod access;
pub mod account;
pub mod actor;
pub mod address;
pub mod alarm;
pub mod backup;
mod bounds;
pub mod calendar;
pub mod command;
mod content;
mod days;
pub mod edition;
pub mod erasures;
pub mod error;
pub mod execute;
pub mod export;
mod gone;
pub mod guards;
pub mod import;
pub mod input;
mod kept_view;
pub mod ledger;
mod manage;
pub mod note;
pub mod plugin;
mod proof;
pub mod publish;
mod purge;
pub mod query;
mod quiet;
mod reads;
pub mod renew;
pub mod runner;
pub mod scan;
pub mod send;
mod signature;
mod snapshot;
pub mod stand_in;
pub mod term;
pub mod unified;
pub mod vault;
mod version;

pub use account::{AccountChange, AccountError, AccountRule};
pub use actor::{Actor, Origin, Runs, Within};
pub use bounds::Bounds;
pub use command::{
    Audience, BOARD_TERMS, BOARDS_EACH, Back, Begin, CaseAct, CaseCommand, Changed, Command, Erasure, Fields, Given,
    Layout, Meant, NewBoard, NewFile, Outcome, Place, Stayed,
};
pub use edition::{Change, Compile, Edition, Engine, OpenError, World};
pub use error::{CaseFault, CommandError, FieldFault, QueryError};
pub use execute::{Draft, DraftTable, Moving, StandsAt};
pub use kept_view::{Used, ViewUse};
pub use note::{Act, By, Ended};
pub use proof::Proof;
pub use publish::PublishError;
pub use query::{
    Attachment, CaseDeed, CaseExplained, CommentShown, EveryBoard, Explain, ExplainWorkflow, Explained,
    ExplainedWorkflow, Fired, Firing, Firings, Found, Gives, Hindrance, HistoryShown, MOST_FIRINGS, MOST_REHEARSED,
    NoRehearsal, Occasion, Query, Reason, Rehearsal, Rehearsed, Stated, Trace, TracePart, Traced, UnitBoards, UnitKey,
    WorkflowReason, Would, WouldBe, rehearsable,
};
pub use query::{dictionary, series};
pub use signature::Signature;
