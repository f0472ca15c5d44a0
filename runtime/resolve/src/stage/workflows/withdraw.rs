//! How long whoever started a case may withdraw it.

use definition::kind::workflow as words;
use model::{Diagnostic, Location};
use workflow::{Span, Withdraw};

/// As far as a case has come, and for how long after its start.
pub(super) fn resolve(
    written: &words::Withdraw,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> (Withdraw, Option<Span>) {
    let (until, span) = match written {
        words::Withdraw::Until(until) => (*until, None),
        words::Withdraw::Within(within) => {
            let lengths = (within.working_days, within.days, within.hours);
            (within.until, super::span(lengths, at, faults))
        }
    };
    let withdraw = match until {
        words::WithdrawUntil::Never => Withdraw::Never,
        words::WithdrawUntil::Unanswered => Withdraw::Unanswered,
        words::WithdrawUntil::Always => Withdraw::Always,
    };
    if let Some(Span::WorkingDays(length) | Span::Days(length) | Span::Hours(length)) = span
        && !(1..=3_660).contains(&length)
    {
        let message = "so long a time is over before it begins, or never";
        faults.push(Diagnostic::error("workflow.out-of-range", at.clone(), message));
    }
    if withdraw == Withdraw::Never && span.is_some() {
        let message = "what is never withdrawn has no time for it";
        faults.push(Diagnostic::error("workflow.does-not-apply", at.clone(), message));
    }
    (withdraw, span)
}
