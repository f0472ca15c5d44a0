//! A draft as its view shows it.

use app::{FieldKind, FormLayout};
use engine::query::Attachments;
use model::{EntityId, FieldId, Uuid, Value};
use serde::Serialize;

use super::{
    super::{
        names,
        params::encode,
        record::{Crumb, crumbs},
        talk,
    },
    Draft,
    control::{self, Control, Place},
    held, typed,
};
use crate::{problem::Problem, show::Names};

/// What the view of a form shows.
#[derive(Debug, Default, Serialize)]
pub struct FormShown {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// Where it is sent.
    pub action: String,
    /// Where it was opened from.
    pub back: String,
    /// Name of the form.
    pub form: String,
    /// The version that is changed.
    pub expected: String,
    /// Where live values come from; empty when nothing is live.
    pub live: String,
    /// Whether files are among the inputs.
    pub files: bool,
    /// `page`, `tabs` or `steps`.
    pub layout: &'static str,
    /// The section shown, of tabs and steps.
    pub step: usize,
    /// Where one is among the steps.
    pub steps: Option<Steps>,
    /// The sections.
    pub sections: Vec<Section>,
    /// What is wrong, with the place of each.
    pub summary: Vec<Fault>,
    /// Whether what is wrong has the focus, because no input has it.
    pub focus: bool,
    /// What somebody else changed meanwhile.
    pub conflicts: Vec<Conflict>,
}

/// The steps of a form: those whose condition holds are gone through, one after the other.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Steps {
    /// Which of how many this one is.
    pub said: String,
    /// The section of the step before.
    pub before: Option<usize>,
    /// The section of the step after.
    pub after: Option<usize>,
}

/// A section.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Section {
    /// Its name: its number.
    pub name: String,
    /// Its heading; may be empty.
    pub label: String,
    /// A sentence below it.
    pub help: String,
    /// Columns on a wide screen.
    pub columns: u32,
    /// Whether its condition does not hold.
    pub hidden: bool,
    /// Its inputs.
    pub fields: Vec<Control>,
}

/// A fault with its place.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Fault {
    /// What is wrong.
    pub text: String,
    /// The input; none for the record as a whole.
    pub href: Option<String>,
}

/// A field that somebody else changed meanwhile.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Conflict {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What is stored now.
    pub stored: String,
    /// What was typed.
    pub given: String,
}

/// What a form shows besides its draft.
#[derive(Debug, Default)]
pub struct Extra {
    /// The section to show; where the first fault is, or the first one, when none.
    pub step: Option<usize>,
    /// What somebody else changed meanwhile.
    pub conflicts: Vec<Conflict>,
}

/// The whole page of a form.
///
/// # Errors
/// What the engine refuses.
pub async fn page(draft: &Draft<'_>, extra: &Extra) -> Result<String, Problem> {
    let shown = shown(draft, extra).await?;
    // A sub-table needs the room that a single column of inputs does not.
    let wide = shown.sections.iter().any(|section| section.fields.iter().any(|field| field.table.is_some()));
    draft.visit.page("form.html", &draft.title(), if wide { "" } else { "narrow" }, shown).await
}

/// A draft as shown.
///
/// # Errors
/// The engine refused to tell the names of records.
pub async fn shown(draft: &Draft<'_>, extra: &Extra) -> Result<FormShown, Problem> {
    let visit = draft.visit;
    let mut names = names::load(visit, &wanted(draft)).await?;
    names.extend(files(draft).await?);
    let mut sections = sections(draft, &names);
    let layout = match draft.form.layout {
        FormLayout::Page => "page",
        FormLayout::Tabs => "tabs",
        FormLayout::Steps => "steps",
    };
    let faulty = sections.iter().position(|section| section.fields.iter().any(is_faulty));
    let step = draft.in_sight(extra.step.or(faulty).unwrap_or(0), false);
    let focused = focus(&mut sections, (layout != "page").then_some(step));
    let record = match draft.id {
        Some(id) => format!("/r/{}/{id}", draft.entity.name),
        None => format!("/r/{}/new", draft.entity.name),
    };
    let otherwise = draft.id.map_or_else(|| "/".to_owned(), |_| record.clone());
    let given = draft.typed.as_ref().unwrap_or(&visit.query);
    let above = crumbs(visit, draft.entity, &draft.title());
    let listed = above.iter().find_map(|crumb| crumb.href.clone()).filter(|_| draft.id.is_none());
    Ok(FormShown {
        crumbs: above,
        action: if draft.id.is_some() { format!("{record}/edit") } else { record },
        back: visit.back(given, listed.as_deref().unwrap_or(&otherwise)).to_owned(),
        form: draft.form.name.to_string(),
        expected: draft.version.map(|version| version.to_string()).unwrap_or_default(),
        live: live_address(draft),
        files: sections.iter().any(|section| section.fields.iter().any(|field| field.kind == "file")),
        layout,
        step,
        steps: steps(draft, step),
        focus: !focused,
        summary: summary(draft, &sections),
        sections,
        conflicts: extra.conflicts.clone(),
    })
}

/// Where a step is among those of the form, if it is one of steps.
pub(super) fn steps(draft: &Draft<'_>, step: usize) -> Option<Steps> {
    if draft.form.layout != FormLayout::Steps {
        return None;
    }
    let shown = draft.in_order();
    let number = shown.iter().filter(|at| **at <= step).count().max(1);
    let (n, of) = (number.to_string(), shown.len().max(number).to_string());
    Some(Steps {
        said: draft.visit.fill("step-of", &[("n", &n), ("of", &of)]),
        before: shown.iter().copied().rfind(|at| *at < step),
        after: shown.iter().copied().find(|at| *at > step),
    })
}

/// Has the first input with a fault take the focus, of those in the open section. Answers whether there is one.
fn focus(sections: &mut [Section], open: Option<usize>) -> bool {
    let shown = sections
        .iter_mut()
        .enumerate()
        .filter(|(at, section)| !section.hidden && open.is_none_or(|open| open == *at))
        .flat_map(|(_, section)| &mut section.fields);
    let Some(first) = shown.filter(|field| !field.hidden).find_map(at_fault) else { return false };
    first.focus = true;
    true
}

/// The input with a fault: the field's own, or one of its rows'.
fn at_fault(field: &mut Control) -> Option<&mut Control> {
    if takes_focus(field) {
        return Some(field);
    }
    let rows = field.table.iter_mut().flat_map(|table| &mut table.rows);
    rows.flat_map(|row| &mut row.cells).find(|cell| takes_focus(cell))
}

fn takes_focus(control: &Control) -> bool {
    !control.error.is_empty() && !matches!(control.kind, "computed" | "value" | "subtable")
}

fn is_faulty(field: &Control) -> bool {
    let in_table = field.table.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells);
    !field.error.is_empty() || in_table.into_iter().any(|cell| !cell.error.is_empty())
}

/// Live values are worth asking for when something is computed or conditional.
fn live_address(draft: &Draft<'_>) -> String {
    let app = draft.visit.app();
    let conditional = draft.form.sections.iter().any(|section| {
        section.visible.is_some()
            || section.items.iter().any(|item| {
                item.visible.is_some()
                    || item.required.is_some()
                    || app
                        .field(item.field)
                        .is_some_and(|field| field.is_computed() || field.validation.is_some() || field.stamp.is_some())
            })
    });
    let tables = draft
        .sub_tables()
        .iter()
        .any(|place| place.columns.iter().any(|field| field.is_computed() || field.stamp.is_some()));
    if !conditional && !tables && draft.entity.validations.is_empty() {
        return String::new();
    }
    let id = draft.id.map(|id| format!("?id={id}")).unwrap_or_default();
    format!("/form/{}/live{id}", encode(draft.form.name.as_str()))
}

/// Records whose names stand in the form.
fn wanted(draft: &Draft<'_>) -> Vec<(EntityId, Uuid)> {
    let mut found = draft.child_ids();
    let items = draft.form.sections.iter().flat_map(|section| &section.items);
    for field in items.filter_map(|item| draft.visit.app().field(item.field)) {
        let (Some(target), false) = (field.target(), matches!(field.kind, FieldKind::Children { .. })) else {
            continue;
        };
        let mut ids = typed::chosen(draft.around.values.get(&field.id).unwrap_or(&Value::Null));
        if let Some(typed) = &draft.typed {
            ids.extend(typed.all(field.name.as_str()).map(str::to_owned));
        }
        found.extend(ids.iter().filter_map(|id| Some((target, id.parse().ok()?))));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The names of the record's files, where one stands in the form, and of those that wait for it to be saved.
async fn files(draft: &Draft<'_>) -> Result<Names, Problem> {
    let app = draft.visit.app();
    let items = || draft.form.sections.iter().flat_map(|section| &section.items);
    let is_file = |id: &FieldId| app.field(*id).is_some_and(held::holds_file);
    let stands = |id: &FieldId| draft.around.values.get(id).is_some_and(|value| !value.is_null());
    let shown = items().any(|item| is_file(&item.field) && stands(&item.field));
    let takes = items().any(|item| is_file(&item.field) || item.columns.iter().any(is_file));
    let mut names = Names::new();
    if draft.typed.is_some() && takes {
        names.extend(held::names(draft.visit).await?);
    }
    let Some(id) = draft.id.filter(|_| shown) else { return Ok(names) };
    let files = draft.visit.ask(Attachments { entity: draft.entity.id, id }).await?;
    names.extend(files.into_iter().map(|file| (file.id, (file.name, talk::address(draft.entity, id, file.id)))));
    Ok(names)
}

/// The sections with their inputs. What the reader may neither write nor see is left out.
pub(super) fn sections(draft: &Draft<'_>, names: &Names) -> Vec<Section> {
    let locale = draft.visit.locale();
    let each = draft.form.sections.iter().enumerate().map(|(at, section)| Section {
        name: at.to_string(),
        label: section.label.get(locale).to_owned(),
        help: section.help.get(locale).to_owned(),
        columns: section.columns.clamp(1, 3),
        hidden: !draft.section_visible(section),
        fields: section.items.iter().filter_map(|item| control(draft, section.columns, item, names)).collect(),
    });
    each.collect()
}

fn control(draft: &Draft<'_>, columns: u32, item: &app::FormItem, names: &Names) -> Option<Control> {
    let visit = draft.visit;
    let field = visit.app().field(item.field)?;
    let name = field.name.to_string();
    let value = draft.around.values.get(&field.id).unwrap_or(&Value::Null);
    let place = Place { name: name.clone(), typed: draft.typed.as_ref(), value, in_table: false, record: draft.id };
    let mut control = if matches!(field.kind, FieldKind::Children { .. }) {
        let tables = draft.sub_tables();
        let place = tables.iter().find(|place| place.field.id == field.id)?;
        Control {
            kind: "subtable",
            id: format!("f-{name}"),
            name: name.clone(),
            label: field.label.get(visit.locale()).to_owned(),
            help: field.help.get(visit.locale()).to_owned(),
            wide: true,
            table: Some(draft.show_table(place, names)),
            ..Control::default()
        }
    } else if draft.editable(item, field) && !matches!(place.value, model::Value::Sealed(_)) {
        control::input(visit, field, &place, names)
    } else if draft.seen.get(&field.id) == Some(&true) {
        control::output(visit, field, &place, names)
    } else {
        return None;
    };
    let label = item.label.get(visit.locale());
    if !label.is_empty() {
        control.label = label.to_owned();
    }
    if item.span > 1 && control.kind != "subtable" {
        control.wide = item.span >= columns;
        control.span = item.span.min(3);
    }
    control.removable = control.kind == "file";
    control.hidden = !draft.visible(item);
    control.required = !matches!(control.kind, "computed" | "value" | "subtable") && draft.required(item, field);
    control.error = draft.faults.get(&name).filter(|_| draft.typed.is_some()).cloned().unwrap_or_default();
    Some(control)
}

/// Every fault once, in the order of the form, with the place where it can be mended.
fn summary(draft: &Draft<'_>, sections: &[Section]) -> Vec<Fault> {
    if draft.typed.is_none() || draft.faults.is_empty() {
        return Vec::new();
    }
    let mut left = draft.faults.clone();
    let mut faults = Vec::new();
    for field in sections.iter().flat_map(|section| &section.fields) {
        if let Some(text) = left.remove(&field.name) {
            faults.push(Fault { text: format!("{}: {text}", field.label), href: Some(format!("#{}", field.id)) });
        }
        for (at, row) in field.table.iter().flat_map(|table| &table.rows).enumerate() {
            for cell in &row.cells {
                if let Some(text) = left.remove(&cell.name) {
                    let row = draft.visit.fill("row", &[("n", &(at + 1).to_string())]);
                    let text = format!("{} ({row}) {}: {text}", field.label, cell.label);
                    faults.push(Fault { text, href: Some(format!("#{}", cell.id)) });
                }
            }
        }
    }
    // What belongs to no input of this form is said as it is.
    faults.extend(left.into_iter().map(|(name, text)| {
        let field = draft.visit.app().field_named(draft.entity.id, &name);
        let text = field.map_or(text.clone(), |field| format!("{}: {text}", field.label.get(draft.visit.locale())));
        Fault { text, href: None }
    }));
    faults
}
