//! How large a formula and its values may be. Generous for people, small for machines.

/// Characters of source.
pub const SOURCE: usize = 4_000;
/// Levels of nesting in a formula.
pub const DEPTH: usize = 64;
/// Steps of one evaluation.
pub const OPERATIONS: usize = 100_000;
/// Bytes of a text a formula makes.
pub const TEXT: usize = 64 * 1024;
/// Items of a list a formula makes.
pub const LIST: usize = 10_000;
