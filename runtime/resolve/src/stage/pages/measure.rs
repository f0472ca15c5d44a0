//! Numbers on pages: which there are, and which of them may be asked without seeing a record.

use formula::Predicate;
use model::{Diagnostic, EntityId, FieldId, Location, Type};
use policy::Measure;

use crate::draft::Draft;

/// `count`, or a function of a field: `sum(weight)`.
pub(super) fn resolve(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Measure> {
    read(draft, entity, written, at, "page.bad-measure", faults)
}

/// The same; what is none is told under `code`.
pub(crate) fn read(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &str,
    at: &Location,
    code: &'static str,
    faults: &mut Vec<Diagnostic>,
) -> Option<Measure> {
    let text = written.trim();
    if text == "count" {
        return Some(Measure::Count);
    }
    let parts = text.strip_suffix(')').and_then(|text| text.split_once('('));
    let known = parts.filter(|(function, _)| matches!(*function, "sum" | "avg" | "min" | "max" | "distinct"));
    let Some((function, field)) = known else {
        let message = format!("`{text}` is not a measure");
        let help = "write `count`, or `sum`, `avg`, `min`, `max` or `distinct` of a field, as in `sum(weight)`";
        faults.push(Diagnostic::error(code, at.clone(), message).help(help));
        return None;
    };
    let path = draft.path(entity, field.trim(), at, faults)?;
    let fits = match function {
        "sum" | "avg" => path.ty.is_number(),
        "min" | "max" => path.ty.is_number() || matches!(path.ty, Type::Date | Type::DateTime),
        _ => true,
    };
    if !fits {
        if !draft.broken_fields.contains(&path.field) {
            let message = format!("`{function}` has no meaning for a {}", path.ty);
            faults.push(Diagnostic::error(code, at.clone(), message));
        }
        return None;
    }
    Some(match function {
        "sum" => Measure::Sum(path),
        "avg" => Measure::Avg(path),
        "min" => Measure::Min(path),
        "max" => Measure::Max(path),
        _ => Measure::Distinct(path),
    })
}

/// Checks a number without names: the entity must say how it may be asked, and nothing may part its cells.
pub(super) fn anonymous(
    draft: &Draft<'_>,
    entity: EntityId,
    measure: &Measure,
    by: &[(FieldId, Location)],
    filter: (&Predicate, Location),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) {
    let named = draft.entities.get(entity.index());
    let Some(anonymity) = named.and_then(|named| named.words.anonymity.as_ref()) else {
        let message =
            format!("`{}` does not say how it may be asked for numbers without names", draft.entity_name(entity));
        let help = "give the entity `anonymity`, or leave `anonymous` out";
        faults.push(Diagnostic::error("page.no-anonymity", at.child("anonymous"), message).help(help));
        return;
    };
    if !matches!(measure, Measure::Count | Measure::Sum(_) | Measure::Avg(_)) {
        let message = "the smallest, the largest and the number of different values are somebody's own";
        let help = "write `count`, or `sum` or `avg` of a field";
        faults.push(Diagnostic::error("page.bad-measure", at.child("measure"), message).help(help));
    }
    let cells: Vec<FieldId> =
        anonymity.by.iter().filter_map(|name| Some(draft.field_named(entity, name)?.id)).collect();
    let filtered = filter.0.paths().into_iter().map(|path| (path.field, !path.hops.is_empty(), &filter.1));
    let parted = by.iter().map(|(field, at)| (*field, false, at)).chain(filtered);
    for (field, further, at) in parted.filter(|(field, further, _)| *further || !cells.contains(field)) {
        let message = match further {
            true => format!(
                "`{}` belongs to another record, and numbers without names are chosen by their cells alone",
                draft.field_name(field)
            ),
            false => format!(
                "`{}` parts cells of `anonymity`, and what is left of one tells of the rest",
                draft.field_name(field)
            ),
        };
        let help = "name fields of `by` of the entity's `anonymity`";
        faults.push(Diagnostic::error("page.splits-cells", at.clone(), message).help(help));
    }
}
