//! The words of an app as they were written.
//!
//! In: files of YAML or JSON. Out: typed words (one struct per kind of document), each value reachable by its route, and
//! diagnostics for what is not well-formed. Refused: duplicate keys, unknown properties, aliases and depth beyond the
//! budget. This crate knows nothing of what the words mean; `resolve` gives them meaning. It reads no file itself.
//!
//! One located parse gives values and positions together, so that no second YAML library has to agree with it.

pub mod bpmn;
pub mod document;
pub mod folder;
pub mod kind;
pub mod render;
pub mod schema;
pub mod texts;
pub mod words;
pub mod yaml;

pub use document::Document;
pub use folder::{Files, Kind};
pub use words::{Words, Written, read};
