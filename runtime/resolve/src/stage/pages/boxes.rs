//! Nine boxes of a dashboard: where they begin, and what they are called.

use app::{
    Field, FieldKind,
    boxes::{CutBy, Cuts, Level, Moved},
};
use definition::kind::{entity::Scalar, page, page::BoxName};
use metrics::{Direction, Term};
use model::{Decimal, Diagnostic, EntityId, FieldId, Grain, Location, Text};

use crate::{draft::Draft, stage::fields::decimal, text::text};

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

/// Where it is kept that people put somebody into another box: every part is a field that can hold it.
pub(super) fn moved(
    draft: &Draft<'_>,
    written: &page::Moved,
    (subject, grain): (EntityId, Grain),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Moved> {
    let entity = draft.entity(&written.entity, &at.child("entity"), faults)?;
    if draft.entities.get(entity.index()).is_some_and(|named| named.words.source.is_some()) {
        let message = format!("rows of `{}` come from another system, so nobody moves anybody by them", written.entity);
        let help = "keep it in an entity that people write";
        faults.push(Diagnostic::error("page.bad-moved", at.child("entity"), message).help(help));
        return None;
    }
    let mut field = |property: &'static str, name: &str, what: &str, fits: &dyn Fn(&FieldKind) -> bool| {
        let at = at.child(property);
        let field = draft.own_field(entity, name, &at, faults)?;
        if draft.broken_fields.contains(&field.id) {
            return None;
        }
        if !(fits(&field.kind) && Field::writable(field)) {
            let message = format!("`{name}` cannot hold this: it must be {what} that is not computed");
            faults.push(Diagnostic::error("page.bad-moved", at, message).help("name another field"));
            return None;
        }
        Some(field.id)
    };
    let levels = |kind: &FieldKind| match kind {
        FieldKind::Choice(choices) => {
            Level::ALL.into_iter().all(|level| choices.iter().any(|choice| choice.code == level.word()))
        }
        _ => false,
    };
    let whom = format!("a reference to `{}`", draft.entity_name(subject));
    let refers = |kind: &FieldKind| matches!(kind, FieldKind::Reference { to, .. } if *to == subject);
    let found: Option<FieldId> = field("subject", &written.subject, &whom, &refers);
    let what = format!("a period of the tile's grain, `{}`,", grain.word());
    let of_grain = |kind: &FieldKind| matches!(kind, FieldKind::Period { grain: own } if Grain::from(*own) == grain);
    let period = field("period", &written.period, &what, &of_grain);
    let what = "a choice with the codes `low`, `mid` and `high`";
    let across = field("across", &written.across, what, &levels);
    let up = field("up", &written.up, what, &levels);
    let is_text = |kind: &FieldKind| matches!(kind, FieldKind::Text | FieldKind::LongText);
    let reason = match &written.reason {
        Some(name) => Some(field("reason", name, "a text", &is_text)?),
        None => None,
    };
    if across.is_some() && across == up {
        let message = "along the bottom and up the side are kept in the same field";
        faults.push(Diagnostic::error("page.named-twice", at.child("up"), message));
    }
    Some(Moved { entity, subject: found?, period: period?, across: across?, up: up?, reason })
}
