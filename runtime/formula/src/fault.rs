//! What can be wrong with a formula when it is written, and what can stop it when it runs.

/// One thing wrong with a formula, said to the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fault {
    /// Stable code, `formula.what`: `formula.unknown-name`.
    pub code: &'static str,
    /// What is wrong: lowercase, no full stop.
    pub message: String,
    /// What to do, or the nearest name.
    pub help: Option<String>,
    /// Where: character offsets in the source, start and end; none when it is about the whole formula.
    pub span: Option<(usize, usize)>,
}

impl Fault {
    /// A fault somewhere in the source.
    pub(crate) fn new(code: &'static str, span: (usize, usize), message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, span: Some(span) }
    }

    /// Adds what to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to do about it, if there is something to say.
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

/// Why an evaluation stopped without an answer. A missing or impossible value is not among them: that answers null.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum EvaluateError {
    /// More work than one evaluation may do.
    #[error("the formula takes more than {limit} steps")]
    Operations {
        /// Steps allowed.
        limit: usize,
    },
    /// A text grew beyond what a formula may hold.
    #[error("the formula makes a text longer than {limit} bytes")]
    Text {
        /// Bytes allowed.
        limit: usize,
    },
    /// A list grew beyond what a formula may hold.
    #[error("the formula makes a list of more than {limit} items")]
    List {
        /// Items allowed.
        limit: usize,
    },
    /// A number left the range that can be computed exactly.
    #[error("a number in the formula becomes too large")]
    Overflow,
    /// A stored value does not have the type its field has.
    #[error("{what} is not a {wanted}")]
    Mismatch {
        /// Where the value came from.
        what: String,
        /// The type that was expected, in a builder's words.
        wanted: String,
    },
}
