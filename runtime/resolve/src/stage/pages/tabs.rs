//! Tabs of a detail page, and the counters that tabs and home pages share.

use app::{Cap, Counters, Field, FieldKind, Radar, Related, Tab, TabKind};
use definition::kind::page;
use formula::Predicate;
use model::{Diagnostic, EntityId, FieldId, Location, diagnostic::nearest};
use policy::Measure;

use super::{measure, view};
use crate::{draft::Draft, text::text};

/// The percentile of a radar that says none.
const PERCENTILE: u32 = 90;

/// Compiles the tabs of a detail page.
pub(super) fn resolve(
    draft: &Draft<'_>,
    entity: EntityId,
    words: &page::Page,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Tab> {
    let mut found = Vec::new();
    for (name, written) in &words.tabs {
        let at = at.child("tabs").child(name);
        let visible =
            written.visible.as_ref().and_then(|source| draft.condition(source, entity, &at.child("visible"), faults));
        if let Some(kind) = kind(draft, entity, written, &at, faults) {
            found.push(Tab { name: name.clone(), label: text(&written.label), visible, kind });
        }
    }
    found
}

fn kind(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &page::Tab,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<TabKind> {
    match (&written.form, &written.related, &written.counters, written.history) {
        (Some(form), None, None, false) => draft.form(form, entity, &at.child("form"), faults).map(TabKind::Form),
        (None, Some(of), None, false) => {
            related(draft, entity, of, &at.child("related"), faults).map(Box::new).map(TabKind::Related)
        }
        (None, None, Some(of), false) => {
            counters(draft, Some(entity), of, &at.child("counters"), faults).map(TabKind::Counters)
        }
        (None, None, None, true) => {
            if draft.entities.get(entity.index()).is_some_and(|entity| !entity.words.history) {
                let message = "this entity keeps no history, so the tab stays empty";
                faults.push(Diagnostic::error("page.no-history", at.child("history"), message));
            }
            Some(TabKind::History)
        }
        _ => {
            let message = "a tab shows exactly one of `form`, `related`, `counters` and `history`";
            faults.push(Diagnostic::error("page.tab-content", at.clone(), message));
            None
        }
    }
}

fn related(
    draft: &Draft<'_>,
    here: EntityId,
    written: &page::Related,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Related> {
    let entity = draft.entity(&written.entity, &at.child("entity"), faults)?;
    let by = points_to(draft, entity, here, &written.by, &at.child("by"), faults);
    let asked = view::Written { filter: None, sort: &written.sort, columns: &written.columns, columns_key: "columns" };
    let view = view::resolve(draft, entity, &asked, at, faults);
    let add = written.add.as_ref().and_then(|name| draft.form(name, entity, &at.child("add"), faults));
    Some(Related { view, by: by?, add })
}

/// Counts per value of a field; `of` is whose record `by` points to, nobody's when that cannot be known.
pub(super) fn counters(
    draft: &Draft<'_>,
    of: Option<EntityId>,
    written: &page::Counters,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Counters> {
    let entity = draft.entity(&written.entity, &at.child("entity"), faults)?;
    let by = match &written.by {
        Some(name) => Some(belongs(draft, entity, of, name, &at.child("by"), faults)?),
        None => None,
    };
    let group = draft.own_field(entity, &written.group, &at.child("group"), faults)?;
    let countable = matches!(
        group.kind,
        FieldKind::Choice(_) | FieldKind::Choices(_) | FieldKind::Reference { .. } | FieldKind::References { .. }
    );
    if !countable && !draft.broken_fields.contains(&group.id) {
        let message = format!("`{}` has no small set of values to count", written.group);
        let help = "name a choice or a reference";
        faults.push(Diagnostic::error("page.bad-group", at.child("group"), message).help(help));
        return None;
    }
    let measure = match &written.measure {
        Some(text) => measure::resolve(draft, entity, text, &at.child("measure"), faults)?,
        None => Measure::Count,
    };
    if let Measure::Min(path) | Measure::Max(path) = &measure
        && !path.ty.is_number()
    {
        let message = format!("a bar is as long as a number, and this is a {}", path.ty);
        faults.push(Diagnostic::error("page.bad-measure", at.child("measure"), message));
    }
    if written.anonymous {
        let mut cells = vec![(group.id, at.child("group"))];
        cells.extend(by.map(|by| (by, at.child("by"))));
        measure::anonymous(draft, entity, &measure, &cells, (&Predicate::always(), at.clone()), at, faults);
    }
    let weights = weights(written, group, &measure, &at.child("weights"), faults);
    let radar = match (&written.radar, of, by) {
        (Some(radar), Some(of), Some(_)) if measure == Measure::Count && !written.anonymous => {
            axes(draft, entity, of, radar, &at.child("radar"), faults)
        }
        (Some(_), ..) => {
            let message = "a radar is drawn of the records of one, counted with their names";
            let help = "say `by`, and leave `measure` and `anonymous` out";
            faults.push(Diagnostic::error("page.bad-radar", at.child("radar"), message).help(help));
            None
        }
        (None, ..) => None,
    };
    Some(Counters { entity, by, group: group.id, measure, anonymous: written.anonymous, weights, radar })
}

/// The reference to whose record something is; a fault where there is nobody.
pub(super) fn belongs(
    draft: &Draft<'_>,
    entity: EntityId,
    of: Option<EntityId>,
    name: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<FieldId> {
    let Some(of) = of else {
        let message = "`by` points to the reader, and no entity stands for people";
        faults.push(Diagnostic::error("page.nobody-to-count-for", at.clone(), message));
        return None;
    };
    points_to(draft, entity, of, name, at, faults)
}

/// What the axes of a radar are beside.
fn axes(
    draft: &Draft<'_>,
    entity: EntityId,
    of: EntityId,
    written: &page::Radar,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Radar> {
    let before = faults.len();
    let refuse = |at: Location, message: String, faults: &mut Vec<Diagnostic>| {
        faults.push(Diagnostic::error("page.bad-radar", at, message));
    };
    let percentile = written.percentile.unwrap_or(PERCENTILE);
    if !(1..=100).contains(&percentile) {
        refuse(at.child("percentile"), format!("a percentile is 1 to 100, not {percentile}"), faults);
    }
    let peers = draft.path(of, &written.peers, &at.child("peers"), faults);
    if let Some(path) = &peers
        && matches!(path.ty, model::Type::List(_) | model::Type::Json)
    {
        refuse(at.child("peers"), format!("`{}` has no single value that peers could share", written.peers), faults);
    }
    let cap = written.cap.as_ref().and_then(|cap| {
        let at = at.child("cap");
        if cap.most == 0 {
            refuse(at.child("most"), "of nothing that counts there is nothing to draw".to_owned(), faults);
        }
        let from = draft.own_field(entity, &cap.from, &at.child("from"), faults)?;
        if !matches!(from.kind, FieldKind::Reference { .. }) && !draft.broken_fields.contains(&from.id) {
            refuse(at.child("from"), format!("`{}` does not refer to who gives", cap.from), faults);
        }
        let time = draft.own_field(entity, &cap.time, &at.child("time"), faults)?;
        if !matches!(time.kind, FieldKind::Date) && !draft.broken_fields.contains(&time.id) {
            refuse(at.child("time"), format!("`{}` is not a date, which a month is told by", cap.time), faults);
        }
        Some(Cap { from: from.id, time: time.id, most: cap.most })
    });
    (faults.len() == before).then_some(Radar { peers: peers?, percentile, cap })
}

/// What each choice counts in the mean of the means.
fn weights(
    written: &page::Counters,
    group: &Field,
    measure: &Measure,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<(String, u32)> {
    if written.weights.is_empty() {
        return Vec::new();
    }
    let FieldKind::Choice(choices) = &group.kind else {
        let message = format!("weights are given to choices, and `{}` is not a choice", group.name);
        faults.push(Diagnostic::error("page.bad-weights", at.clone(), message).help("group by a choice"));
        return Vec::new();
    };
    if !matches!(measure, Measure::Avg(_)) {
        let message = "a weighted mean is made of means";
        let help = "say `measure: avg(…)`, or leave the weights out";
        faults.push(Diagnostic::error("page.bad-weights", at.clone(), message).help(help));
    }
    for code in written.weights.keys().filter(|code| !choices.iter().any(|choice| choice.code == **code)) {
        let message = format!("`{code}` is not one of the choices of `{}`", group.name);
        let help = nearest(code, choices.iter().map(|choice| choice.code.as_str()));
        faults.push(Diagnostic::error("field.unknown-choice", at.child(code), message).maybe_help(help));
    }
    if written.weights.values().all(|weight| *weight == 0) {
        let message = "nothing counts anything here, so there is no mean";
        faults.push(Diagnostic::error("page.bad-weights", at.clone(), message).help("give one a weight above 0"));
    }
    written.weights.iter().map(|(code, weight)| (code.clone(), *weight)).collect()
}

fn points_to(
    draft: &Draft<'_>,
    entity: EntityId,
    to: EntityId,
    name: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<FieldId> {
    let field = draft.own_field(entity, name, at, faults)?;
    let fits = match field.kind {
        FieldKind::Reference { to: found, .. } | FieldKind::References { to: found, .. } => found == to,
        _ => false,
    };
    if !fits && !draft.broken_fields.contains(&field.id) {
        let message =
            format!("`{}.{name}` is not a reference to `{}`", draft.entity_name(entity), draft.entity_name(to));
        faults.push(Diagnostic::error("page.no-way-back", at.clone(), message));
    }
    fits.then_some(field.id)
}
