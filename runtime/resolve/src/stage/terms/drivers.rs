//! What may drive a term: it can be divided, and every cause is a condition on its rows.

use app::FieldKind;
use definition::kind::term;
use metrics::{Base, Cause, Drivers, Fold, Measure, Number};
use model::{Diagnostic, Location, Name, Type};

use super::measure;
use crate::{draft::Draft, text::text};

/// Declines that call for an analysis where nothing is said.
const DECLINES: u32 = 2;
/// Most declines that can be asked for.
const MOST_DECLINES: u32 = 12;
/// Most causes: each is asked of the database by itself.
const MOST_CAUSES: usize = 8;

/// Compiles the possible drivers of a term.
pub(super) fn resolve(
    draft: &Draft<'_>,
    written: &term::Drivers,
    measure: &Measure,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Drivers> {
    let Some(base) = divisible(measure) else {
        let message = "only a rate or a mean that adds up can be divided into what drives it";
        let help = "measure it as a `ratio` of counts or sums, or as an `avg`";
        faults.push(Diagnostic::error("term.bad-drivers", at.clone(), message).help(help));
        return None;
    };
    if written.split.is_none() && written.causes.is_empty() {
        let message = "there is nothing here that could be looked at";
        let help = "say what a change is `split` by, or name possible `causes`";
        faults.push(Diagnostic::error("term.bad-drivers", at.clone(), message).help(help));
    }
    let declines = written.declines.unwrap_or(DECLINES);
    if !(1..=MOST_DECLINES).contains(&declines) {
        let message = format!("1 to {MOST_DECLINES} worse periods call for an analysis, not {declines}");
        faults.push(Diagnostic::error("term.out-of-range", at.child("declines"), message));
    }
    if written.causes.len() > MOST_CAUSES {
        let message = format!("at most {MOST_CAUSES} causes can be looked at, not {}", written.causes.len());
        faults.push(Diagnostic::error("term.out-of-range", at.child("causes"), message));
    }
    let split = written.split.as_ref().and_then(|path| split(draft, base, path, &at.child("split"), faults));
    let mut causes = Vec::new();
    for (name, cause) in &written.causes {
        let at = at.child("causes").child(name);
        if let Err(fault) = Name::parse_dashed(name) {
            let shown: String = name.chars().take(40).collect();
            let message = format!("`{shown}` cannot be a name here: {fault}");
            faults.push(Diagnostic::error("term.bad-name", at.clone(), message));
        }
        if let Some(fails) = measure::condition(draft, &cause.fails, base.over, &at.child("fails"), faults) {
            let label = text(&cause.label);
            causes.push(Cause { name: name.clone(), label, fails, written: cause.fails.clone() });
        }
    }
    Some(Drivers { declines, split, causes })
}

/// The measure over rows, where its numerators and denominators add up over groups.
fn divisible(measure: &Measure) -> Option<&Base> {
    let Measure::Base(base) = measure else { return None };
    let divided = match &base.number {
        Number::Ratio(_) => true,
        Number::Simple(part) => matches!(part.fold, Fold::Avg(_)),
        Number::Weighted { .. } | Number::Cumulative { .. } => false,
    };
    (divided && base.number.adds_up()).then_some(&**base)
}

/// What a change is divided by: every row is in one group.
fn split(
    draft: &Draft<'_>,
    base: &Base,
    written: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(String, formula::Path)> {
    let path = draft.path(base.over, written, at, faults)?;
    let field = draft.field_by_id(path.field)?;
    if matches!(path.ty, Type::List(_) | Type::Json)
        || matches!(field.kind, FieldKind::Children { .. } | FieldKind::File | FieldKind::Image)
    {
        let message = format!("`{written}` does not put every row into one group");
        let help = "divide by a choice, a reference or another single value";
        faults.push(Diagnostic::error("term.bad-drivers", at.clone(), message).help(help));
        return None;
    }
    Some((written.to_owned(), path))
}
