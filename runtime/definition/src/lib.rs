//! The words of an app as they were written.
//!
//! In: files of YAML or JSON. Out: typed words (one struct per kind of document), each value reachable by its route, and
//! diagnostics for what is not well-formed. Refused: duplicate keys, unknown properties, aliases and depth beyond the
//! budget. This crate knows nothing of what the words mean; `resolve` gives them meaning.

pub mod kind;
