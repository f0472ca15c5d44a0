//! Why something of the platform's own tables was not done, together with the act on the ledger that it would have been.

use store::StoreError;

use crate::problem::Problem;

/// Why nothing was done, and nothing is on the ledger.
#[derive(Debug)]
pub(crate) enum Undone {
    /// There was nothing to do it to, or it was done already.
    Nothing,
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Ends a piece of work that is to be noted only if it found something to do.
pub(crate) fn done(found: bool) -> Result<(), Undone> {
    if found { Ok(()) } else { Err(Undone::Nothing) }
}

impl Undone {
    /// Whether it was done; `false` when there was nothing to do.
    pub(crate) fn found(result: Result<(), Self>) -> Result<bool, StoreError> {
        match result {
            Ok(()) => Ok(true),
            Err(Self::Nothing) => Ok(false),
            Err(Self::Store(error)) => Err(error),
        }
    }

    /// The same, for whoever answers a request.
    pub(crate) fn told(result: Result<(), Self>) -> Result<bool, Problem> {
        Self::found(result).map_err(Problem::internal)
    }
}
