//! How many records a list has, where that is known in time. Never a wrong number: what was not counted is not guessed.

use policy::Aggregate;

use super::{super::Visit, whole};
use crate::problem::{Kind, Problem};

/// How many records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Total {
    /// So many.
    pub(super) many: i64,
    /// More than that.
    pub(super) more: bool,
}

/// Has the records counted. Where that takes too long, the page still says what it knows itself: the number of its last row, and
/// whether there are rows after it.
pub(super) async fn of(visit: &Visit, count: Aggregate, last: i64, more: bool) -> Result<Total, Problem> {
    match visit.ask_within(visit.engine.bounds().besides, count).await {
        Ok(groups) => {
            let number = groups.first().and_then(|group| group.numbers.first()).and_then(whole);
            Ok(Total { many: number.unwrap_or(0), more: false })
        }
        Err(problem) if problem.kind == Kind::TooManyRows => Ok(Total { many: last, more }),
        Err(problem) => Err(problem),
    }
}
