//! Patterns and operations, one test each, and what no sequence of events may break.

mod approvals;
mod flow;
mod operations;
mod property;
mod replay;
mod returns;
mod support;
mod time;
mod trial;
