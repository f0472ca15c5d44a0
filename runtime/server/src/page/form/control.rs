//! Inputs by the kind of their field.

use app::{Choice as AppChoice, Field, FieldKind, Grain};
use engine::Signature;
use model::{RecordId, Value};
use serde::Serialize;

use super::{
    super::{Visit, evidence, filter::Choice, params::Params, rows::Table, talk},
    held,
    subtable::SubTable,
    typed,
};
use crate::show::{self, Names, Shown, time};

/// An input, or a value that stands where one would.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Control {
    /// `text`, `textarea`, `select`, `combobox`, `switch`, `radio`, `checkboxes`, `rating`, `file`, `signature`, `subtable`,
    /// `computed`, `value`.
    pub kind: &'static str,
    /// Name it is sent under.
    pub name: String,
    /// Id in the page.
    pub id: String,
    /// What it is called.
    pub label: String,
    /// A sentence under it.
    pub help: String,
    /// What is wrong with it.
    pub error: String,
    /// What stands in it.
    pub value: String,
    /// The name typed instead of lines drawn.
    pub typed: String,
    /// What it shows when it is not an input.
    pub shown: Shown,
    /// What can be chosen.
    pub options: Vec<Choice>,
    /// Whether several can be chosen in a picker.
    pub multiple: bool,
    /// Where a picker looks.
    pub lookup: String,
    /// Type of the input.
    pub input: &'static str,
    /// Seconds between the moments it offers, where they are not whole minutes.
    pub step: &'static str,
    /// Keyboard of a phone.
    pub mode: &'static str,
    /// An example in the empty input.
    pub placeholder: &'static str,
    /// Media types of a file.
    pub accept: &'static str,
    /// Most characters.
    pub max: String,
    /// Unit after it.
    pub suffix: String,
    /// Rows of a text area.
    pub rows: u32,
    /// What stood in it when it was shown, for fields that follow others or keep an order, and for moments; sent along as
    /// `name.kept`.
    pub kept: Option<String>,
    /// Whether its value follows other fields now, because nobody has touched it.
    pub follows: bool,
    /// Whether it holds a number.
    pub number: bool,
    /// Whether its file can be marked to go.
    pub removable: bool,
    /// Whether it must be filled.
    pub required: bool,
    /// Whether its condition does not hold.
    pub hidden: bool,
    /// Whether it takes the whole width.
    pub wide: bool,
    /// Columns it takes of those of its section.
    pub span: u32,
    /// Whether it takes the focus: the first with a fault.
    pub focus: bool,
    /// Its rows, for a sub-table.
    pub table: Option<SubTable>,
    /// Its periods, for the evidence of an alert.
    pub evidence: Option<Table>,
}

/// Where a control stands, and what is known about it.
pub(in crate::page) struct Place<'a> {
    /// Name it is sent under: the field's, or `children[0][field]`.
    pub(in crate::page) name: String,
    /// What was typed, if anything was sent.
    pub(in crate::page) typed: Option<&'a Params>,
    /// Its value as it is or would be.
    pub(in crate::page) value: &'a Value,
    /// Whether it is in a table, where room is scarce.
    pub(in crate::page) in_table: bool,
    /// Its record, if it is there already.
    pub(in crate::page) record: Option<RecordId>,
}

/// Whether a field is left as it is, because what was sent is what was shown: one that follows others is left to them, and
/// a moment, of which an input shows less than is stored, to what is stored.
pub(in crate::page) fn left(field: &Field, typed: &Params, name: &str) -> bool {
    let last = |name: &str| typed.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    (field.stamp.is_some() || matches!(field.kind, FieldKind::DateTime))
        && last(&format!("{name}.kept")).is_some_and(|kept| last(name) == Some(kept))
}

/// An input for a field.
pub(in crate::page) fn input(visit: &Visit, field: &Field, place: &Place<'_>, names: &Names) -> Control {
    let locale = visit.locale();
    let typed = place.typed.filter(|typed| typed.has(&place.name));
    let zone = &visit.actor.edition.zone;
    let (value, chosen) = match typed {
        Some(typed) => {
            let last = typed.0.iter().rev().find(|(name, _)| *name == place.name).map(|(_, value)| value.clone());
            (last.unwrap_or_default(), typed.all(&place.name).map(str::to_owned).collect())
        }
        None => (typed::text(field, place.value, zone), typed::chosen(place.value)),
    };
    let follows =
        field.stamp.is_some() && typed.is_some_and(|typed| left(field, typed, &place.name)) && !place.value.is_null();
    let value = if follows { typed::text(field, place.value, zone) } else { value };
    let sent =
        place.typed.and_then(|typed| typed.0.iter().rev().find(|(key, _)| *key == format!("{}.kept", place.name)));
    let stored = matches!(field.kind, FieldKind::DateTime) && place.record.is_some();
    let kept = match (&field.order, sent) {
        _ if field.stamp.is_none() && field.order.is_none() && !stored => None,
        _ if follows => Some(value.clone()),
        (_, Some((_, kept))) => Some(kept.clone()),
        // Of a new record nothing is stored, whatever its input begins with.
        (Some(_), None) if place.record.is_none() => Some(String::new()),
        (_, None) => Some(typed::text(field, place.value, zone)),
    };
    let mut control = Control {
        kind: "text",
        input: "text",
        id: format!("f-{}", place.name.replace(['[', ']'], "-")),
        name: place.name.clone(),
        label: field.label.get(locale).to_owned(),
        help: field.help.get(locale).to_owned(),
        value,
        suffix: field.unit.get(locale).to_owned(),
        kept,
        follows,
        rows: 4,
        ..Control::default()
    };
    let long = |max: &Option<Value>| match max {
        Some(Value::Int(most)) => most.to_string(),
        _ => String::new(),
    };
    match &field.kind {
        FieldKind::Text | FieldKind::Secret => control.max = long(&field.max),
        FieldKind::LongText | FieldKind::Markdown => {
            control.kind = "textarea";
            control.max = long(&field.max);
            control.wide = true;
            control.rows = if place.in_table { 2 } else { 4 };
        }
        FieldKind::Json => control.kind = "textarea",
        FieldKind::Integer => (control.mode, control.number) = ("numeric", true),
        FieldKind::Decimal { .. } => (control.mode, control.number) = ("decimal", true),
        FieldKind::Percent { .. } => {
            (control.mode, control.number) = ("decimal", true);
            control.suffix = "%".to_owned();
        }
        FieldKind::Money { currency, .. } => {
            (control.mode, control.number) = ("decimal", true);
            control.suffix.clone_from(currency);
        }
        FieldKind::Boolean => control.kind = "switch",
        FieldKind::Date => control.input = "date",
        FieldKind::DateTime => {
            control.input = "datetime-local";
            control.step = if control.value.matches(':').count() > 1 { "1" } else { "" };
        }
        FieldKind::Duration => control.placeholder = "0:30",
        FieldKind::Period { grain } => period(visit, *grain, &mut control),
        FieldKind::Choice(choices) => {
            control.kind = if choices.len() <= 3 && !place.in_table { "radio" } else { "select" };
            control.options = options(visit, choices, &chosen);
            if let Some(order) = &field.order {
                let from = control.kept.as_deref().filter(|kept| !kept.is_empty());
                control.options.retain(|option| option.selected || order.allows(from, Some(&option.value)));
            }
        }
        FieldKind::Choices(choices) => {
            control.kind = "checkboxes";
            control.options = options(visit, choices, &chosen);
        }
        FieldKind::Reference { .. } | FieldKind::References { .. } => {
            control.kind = "combobox";
            control.multiple = matches!(field.kind, FieldKind::References { .. });
            let entity = visit.app().entity(field.entity).map_or("", |entity| entity.name.as_str());
            control.lookup = format!("/pick/{entity}.{}", field.name);
            control.options = picked(&chosen, names);
        }
        FieldKind::Rating { steps } => {
            control.kind = "rating";
            let step = |n: u32| {
                let value = n.to_string();
                Choice { selected: chosen.contains(&value), label: value.clone(), value, hint: String::new() }
            };
            control.options = (1..=*steps).map(step).collect();
        }
        FieldKind::File => control.kind = "file",
        FieldKind::Image => (control.kind, control.accept) = ("file", "image/*"),
        FieldKind::Signature => {
            control.kind = "signature";
            control.wide = true;
            control.typed = match place.typed.and_then(|typed| typed.get(&typed::by_name(&place.name))) {
                Some(name) => name.to_owned(),
                None => {
                    Signature::of(place.value).and_then(|found| found.name().map(str::to_owned)).unwrap_or_default()
                }
            };
        }
        FieldKind::Location => control.placeholder = "31.2304,121.4737",
        FieldKind::Serial { .. } | FieldKind::Children { .. } => control.kind = "value",
    }
    if control.kind == "file" {
        control.shown = held::shown(visit, field, (place.record, &control.value), names);
    }
    control
}

/// A value for reading; a file leads to where its record keeps it.
pub(in crate::page) fn read(
    visit: &Visit,
    field: &Field,
    (record, value): (Option<RecordId>, &Value),
    names: &Names,
) -> Shown {
    let mut shown = show::value(&visit.reader(), field, value, names);
    if let (FieldKind::File | FieldKind::Image, Value::Id(file)) = (&field.kind, value) {
        let entity = visit.app().entity(field.entity);
        shown.href = entity.zip(record).map(|(entity, record)| talk::address(entity, record, *file));
    }
    shown
}

/// A value that stands where an input would.
pub(super) fn output(visit: &Visit, field: &Field, place: &Place<'_>, names: &Names) -> Control {
    Control {
        kind: if field.is_computed() { "computed" } else { "value" },
        id: format!("f-{}", place.name.replace(['[', ']'], "-")),
        name: place.name.clone(),
        label: field.label.get(visit.locale()).to_owned(),
        help: field.help.get(visit.locale()).to_owned(),
        shown: read(visit, field, (place.record, place.value), names),
        number: field.ty.is_number(),
        wide: matches!(field.kind, FieldKind::LongText | FieldKind::Markdown | FieldKind::Json),
        evidence: evidence::table(visit, field, place.value),
        ..Control::default()
    }
}

fn options(visit: &Visit, choices: &[AppChoice], chosen: &[String]) -> Vec<Choice> {
    let each = |choice: &AppChoice| Choice {
        value: choice.code.clone(),
        label: choice.label.get(visit.locale()).to_owned(),
        hint: String::new(),
        selected: chosen.contains(&choice.code),
    };
    choices.iter().map(each).collect()
}

/// The records chosen; a picker finds the others. One whose name the reader may not see keeps its place without a name.
fn picked(chosen: &[String], names: &Names) -> Vec<Choice> {
    let each = |value: &String| {
        let name = value.parse().ok().and_then(|id| names.get(&id));
        let label = name.map_or_else(|| show::NOTHING.to_owned(), |(label, _)| label.clone());
        Choice { value: value.clone(), label, hint: String::new(), selected: true }
    };
    chosen.iter().map(each).collect()
}

/// Browsers know months and weeks; halves and quarters are chosen from those around today.
fn period(visit: &Visit, grain: Grain, control: &mut Control) {
    let part = match grain {
        Grain::Year => return control.mode = "numeric",
        Grain::Month => return control.input = "month",
        Grain::Week => return control.input = "week",
        Grain::Half => [("H", 2)],
        Grain::Quarter => [("Q", 4)],
    };
    let year = visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).year();
    control.kind = "select";
    let periods = (year - 2..=year + 1).flat_map(|year| {
        part.into_iter().flat_map(move |(letter, most)| (1..=most).map(move |n| format!("{year}-{letter}{n}")))
    });
    let mut periods: Vec<String> = periods.collect();
    if !control.value.is_empty() && !periods.contains(&control.value) {
        periods.push(control.value.clone());
    }
    let each = |value: String| Choice {
        label: time::period(visit.locale(), &value),
        selected: value == control.value,
        value,
        hint: String::new(),
    };
    control.options = periods.into_iter().map(each).collect();
}
