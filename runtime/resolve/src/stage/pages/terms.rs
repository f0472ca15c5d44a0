//! Terms on pages: they are in the dictionary and in use, their rows tell the periods apart, and they are about whom the page is
//! about.

use app::FieldKind;
use formula::Path;
use metrics::{Base, Term};
use model::{Diagnostic, EntityId, Grain, Location, TermId, Type, diagnostic::nearest};

use crate::draft::Draft;

/// A term of that name that can be shown.
pub(super) fn named<'t>(
    draft: &Draft<'_>,
    terms: &'t [Term],
    name: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<&'t Term> {
    let Some(place) = draft.terms.iter().position(|named| named.name == *name) else {
        let message = format!("the dictionary has no term `{name}`");
        let names = draft.terms.iter().map(|named| named.name.as_str());
        let help = nearest(name, names).unwrap_or_else(|| "terms stand in `dictionary/`".to_owned());
        faults.push(Diagnostic::error("page.unknown-term", at.clone(), message).help(help));
        return None;
    };
    // A term at fault has been told.
    let term = known(terms, TermId(u32::try_from(place).ok()?))?;
    if !term.in_use() {
        let message = format!("`{name}` is deprecated and no longer to be shown");
        faults.push(Diagnostic::error("page.deprecated-term", at.clone(), message).help("show what took its place"));
    }
    Some(term)
}

/// A term by its id.
pub(super) fn known(terms: &[Term], id: TermId) -> Option<&Term> {
    terms.iter().find(|term| term.id == id)
}

/// The measures over rows that a term is made from.
pub(super) fn bases(terms: &[Term], id: TermId) -> Vec<&Base> {
    metrics::measured(id, |id| known(terms, id)).into_iter().filter_map(Term::base).collect()
}

/// What the rows of these terms are told apart by: a path that every one of them has.
pub(super) fn by(
    draft: &Draft<'_>,
    terms: &[Term],
    (written, of): (&str, &[TermId]),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Path> {
    let mut first = None;
    let mut told: Vec<EntityId> = Vec::new();
    for base in of.iter().flat_map(|id| bases(terms, *id)) {
        if told.contains(&base.over) {
            continue;
        }
        told.push(base.over);
        let path = draft.path(base.over, written, at, faults)?;
        let field = draft.field_by_id(path.field)?;
        if field.ty == Type::Json
            || matches!(field.kind, FieldKind::Children { .. } | FieldKind::File | FieldKind::Image)
        {
            let message = format!("nothing can be told apart by `{written}`, which has no single value");
            faults.push(Diagnostic::error("page.bad-group", at.clone(), message));
            return None;
        }
        first = first.or(Some(path));
    }
    first
}

/// Tells where the rows of a term cannot be told apart by periods of a length; `what` is where it is shown.
pub(super) fn tells(
    terms: &[Term],
    term: &Term,
    (grain, what): (Grain, &str),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) {
    let Some(base) = bases(terms, term.id).into_iter().find(|base| !base.kind.tells(grain)) else { return };
    let message = format!(
        "the rows of `{}` say when they count by the {} and cannot be told apart by the {}",
        term.name,
        base.kind.finest().word(),
        grain.word()
    );
    let help = format!("give the {what} a `grain` of {} or longer", base.kind.finest().word());
    faults.push(Diagnostic::error("page.bad-grain", at.clone(), message).help(help));
}

/// Tells where a term is not about such a record; `whom` is said of the one there would be no value for.
pub(super) fn is_about(
    draft: &Draft<'_>,
    terms: &[Term],
    term: &Term,
    (about, whom): (EntityId, &str),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) {
    let subject = |base: &Base| base.subject.as_ref().is_some_and(|(_, entity)| *entity == about);
    if bases(terms, term.id).into_iter().all(subject) {
        return;
    }
    let message =
        format!("`{}` is not about a `{}`, so there is no value for {whom}", term.name, draft.entity_name(about));
    faults.push(Diagnostic::error("page.other-subject", at.clone(), message).help("give the term that `subject`"));
}
