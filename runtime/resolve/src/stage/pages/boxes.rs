//! Nine boxes of a dashboard: where they begin, and what they are called.

use app::boxes::{CutBy, Cuts, Level};
use definition::kind::{entity::Scalar, page, page::BoxName};
use metrics::{Direction, Term};
use model::{Decimal, Diagnostic, Location, Text};

use crate::{stage::fields::decimal, text::text};

/// Where a middling and a high place begin, by a term.
pub(super) fn cuts(written: &page::Cuts, term: &Term, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Cuts> {
    let mid = number(&written.mid, &at.child("mid"), faults);
    let high = number(&written.high, &at.child("high"), faults);
    let (mid, high) = (mid?, high?);
    let less = term.direction == Direction::Lower && written.by == page::CutBy::Value;
    if if less { mid <= high } else { mid >= high } {
        let way = if less { "less is better: `high` is below `mid`" } else { "`high` is above `mid`" };
        let message = format!("nothing would be middling; {way}");
        faults.push(Diagnostic::error("page.bad-cuts", at.clone(), message).help("put the two in order"));
    }
    let by = match written.by {
        page::CutBy::Value => CutBy::Value,
        page::CutBy::Score => {
            if term.scale.is_none() {
                let message = format!("`{}` has no `scale`, so its values have no score", term.name);
                let fault = Diagnostic::error("page.bad-cuts", at.child("by"), message);
                faults.push(fault.help("give the term a `scale`, or look at the `value`"));
            }
            CutBy::Score
        }
        page::CutBy::Place => {
            if term.peers.is_none() {
                let message = format!("`{}` has no `peers`, so its values have no place", term.name);
                let fault = Diagnostic::error("page.bad-cuts", at.child("by"), message);
                faults.push(fault.help("give the term `peers`, or look at the `value`"));
            }
            CutBy::Place
        }
    };
    Some(Cuts { by, mid, high })
}

fn number(written: &Scalar, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Decimal> {
    let source = match written {
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
    };
    let found = decimal(&source);
    if found.is_none() {
        let message = format!("`{source}` is no number");
        faults.push(Diagnostic::error("page.bad-cuts", at.clone(), message).help("write a number, such as `66.67`"));
    }
    found
}

/// What the boxes are called.
pub(super) fn labels(written: &page::Boxes) -> Vec<((Level, Level), Text)> {
    let place = |name: BoxName| match name {
        BoxName::LowLow => (Level::Low, Level::Low),
        BoxName::LowMid => (Level::Low, Level::Mid),
        BoxName::LowHigh => (Level::Low, Level::High),
        BoxName::MidLow => (Level::Mid, Level::Low),
        BoxName::MidMid => (Level::Mid, Level::Mid),
        BoxName::MidHigh => (Level::Mid, Level::High),
        BoxName::HighLow => (Level::High, Level::Low),
        BoxName::HighMid => (Level::High, Level::Mid),
        BoxName::HighHigh => (Level::High, Level::High),
    };
    written.labels.iter().map(|(name, words)| (place(*name), text(words))).collect()
}
