//! From the type a field was written with to what it holds and what expressions see.

use app::{Choice, Colour, FieldKind as Made, FieldRole, Grain, OnDelete, Sensitivity};
use definition::kind::entity::{self, Field, FieldKind as Written};
use model::{Diagnostic, EntityId, FieldId, Location, Type, decimal::MAX_SCALE};

use crate::{
    draft::Draft,
    text::{identifier, text},
};

/// The kind and type of a field; `None` when they cannot be worked out, with a fault that says why.
pub(super) fn kind(
    draft: &Draft<'_>,
    id: FieldId,
    field: &Field,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(Made, Type)> {
    let own = draft.field_by_id(id)?;
    let reference = |to: EntityId| {
        let kind = Made::Reference { to, on_delete: on_delete(field.on_delete), only: None };
        (kind, Type::Id(Some(to)))
    };
    Some(match field.kind {
        Written::Text => (Made::Text, Type::Text),
        Written::LongText => (Made::LongText, Type::Text),
        Written::Markdown => (Made::Markdown, Type::Text),
        Written::Integer => (Made::Integer, Type::Int),
        Written::Decimal => (Made::Decimal { places: places(field, at, faults) }, Type::Decimal),
        Written::Percent => (Made::Percent { places: places(field, at, faults) }, Type::Decimal),
        Written::Money => {
            let currency = currency(field, at, faults);
            (Made::Money { places: places(field, at, faults), currency }, Type::Decimal)
        }
        Written::Boolean => (Made::Boolean, Type::Bool),
        Written::Date => (Made::Date, Type::Date),
        Written::Datetime => (Made::DateTime, Type::DateTime),
        Written::Duration => (Made::Duration, Type::Int),
        Written::Period => (Made::Period { grain: grain(field.grain?) }, Type::Text),
        Written::Choice => (Made::Choice(choices(field, at, faults)), Type::Text),
        Written::Choices => (Made::Choices(choices(field, at, faults)), Type::Text.list()),
        Written::Reference => reference(draft.entity(field.to.as_deref()?, &at.child("to"), faults)?),
        Written::Person => reference(standing(draft.organisation.person, "person", at, faults)?),
        Written::Department => reference(standing(draft.organisation.unit, "unit", at, faults)?),
        Written::References => {
            let to = draft.entity(field.to.as_deref()?, &at.child("to"), faults)?;
            let table = draft.shapes.get(own.entity.index()).map_or("", |shape| &shape.table);
            let table = identifier(&format!("{table}_{}", own.name));
            (Made::References { to, only: None, table }, Type::Id(Some(to)).list())
        }
        Written::Children => {
            let of = draft.entity(field.to.as_deref()?, &at.child("to"), faults)?;
            let by = points_back(draft, of, own.entity, field.by.as_deref()?, &at.child("by"), faults)?;
            (Made::Children { of, by }, Type::Id(Some(of)).list())
        }
        Written::File => (Made::File, Type::Id(None)),
        Written::Image => (Made::Image, Type::Id(None)),
        Written::Signature => (Made::Signature, Type::Json),
        Written::Location => (Made::Location, Type::Text),
        Written::Rating => {
            let steps = field.steps.unwrap_or(5);
            if !(2..=10).contains(&steps) {
                let message = format!("a rating has 2 to 10 steps, not {steps}");
                faults.push(Diagnostic::error("field.out-of-range", at.child("steps"), message));
            }
            (Made::Rating { steps }, Type::Int)
        }
        Written::Serial => (Made::Serial { format: format(field, at, faults) }, Type::Text),
        Written::Json => (Made::Json, Type::Json),
        Written::Secret => (Made::Secret, Type::Secret),
    })
}

fn places(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) -> u32 {
    let places = field.places.unwrap_or(2);
    if places > MAX_SCALE {
        let message = format!("a number keeps at most {MAX_SCALE} decimal places, not {places}");
        faults.push(Diagnostic::error("field.out-of-range", at.child("places"), message));
    }
    places
}

fn currency(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) -> String {
    let code = field.currency.clone().unwrap_or_else(|| "CNY".to_owned());
    if code.len() != 3 || !code.chars().all(|c| c.is_ascii_uppercase()) {
        let message = format!("`{code}` is not a currency");
        let help = "write its three letters, as in `CNY`";
        faults.push(Diagnostic::error("field.bad-currency", at.child("currency"), message).help(help));
    }
    code
}

fn choices(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<Choice> {
    let made = field.choices.iter().map(|(code, choice)| {
        // Spaces inside are fine: a code may be a value as somebody else's file has it. A comma parts several choices in a cell.
        let ragged = code.trim() != code || code.chars().any(|c| c.is_control() || c == ',');
        if code.is_empty() || code.chars().count() > 64 || ragged {
            let message = "the code of a choice has 1 to 64 characters, no commas and no space at its ends";
            faults.push(Diagnostic::error("field.bad-choice", at.child("choices").child(code), message));
        }
        Choice { code: code.clone(), label: text(&choice.label), colour: choice.colour.map(colour).unwrap_or_default() }
    });
    made.collect()
}

fn standing(entity: Option<EntityId>, what: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<EntityId> {
    if entity.is_none() {
        let message = format!("no entity stands for `{what}`, so this field has nothing to refer to");
        let help = "use the app `organisation`, or say `stands_for` on an entity of your own";
        faults.push(Diagnostic::error("field.nothing-stands-for", at.child("type"), message).help(help));
    }
    entity
}

/// The children's field, if it is a reference to this entity.
fn points_back(
    draft: &Draft<'_>,
    of: EntityId,
    here: EntityId,
    name: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<FieldId> {
    let field = draft.own_field(of, name, at, faults)?;
    // The children's field may not have its type yet, so its words are asked.
    let words = draft.field_words.get(field.id.index()).and_then(Option::as_ref).map(|(words, _)| *words);
    let fits = words.is_some_and(|words| match words.kind {
        Written::Reference => words.to.as_deref() == Some(draft.entity_name(here)),
        Written::Person => draft.organisation.person == Some(here),
        Written::Department => draft.organisation.unit == Some(here),
        _ => false,
    });
    if !fits {
        let message = format!("`{}.{name}` is not a reference to `{}`", draft.entity_name(of), draft.entity_name(here));
        let help = "name the reference field of the children that points back here";
        faults.push(Diagnostic::error("field.no-way-back", at.clone(), message).help(help));
    }
    fits.then_some(field.id)
}

/// Checks the pattern of a serial number.
fn format(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) -> String {
    let format = field.format.clone().unwrap_or_else(|| "{n}".to_owned());
    let at = at.child("format");
    let (mut rest, mut numbers) = (format.as_str(), 0);
    while let Some((_, after)) = rest.split_once('{') {
        let Some((part, after)) = after.split_once('}') else {
            faults.push(Diagnostic::error("field.bad-format", at.clone(), "a `{` is not closed"));
            break;
        };
        let width = part.strip_prefix("n:").and_then(|width| width.parse::<u32>().ok());
        match part {
            "year" | "month" => {}
            "n" => numbers += 1,
            _ if width.is_some_and(|width| (1..=12).contains(&width)) => numbers += 1,
            _ => {
                let message = format!("`{{{part}}}` is not a part of a serial number");
                let help = "the parts are `{year}`, `{month}`, `{n}` and `{n:4}` with a number of digits";
                faults.push(Diagnostic::error("field.bad-format", at.clone(), message).help(help));
                numbers += 1;
            }
        }
        rest = after;
    }
    if numbers != 1 {
        let message = "a serial number holds its number exactly once";
        let help = "write `{n}` or `{n:4}` in it";
        faults.push(Diagnostic::error("field.bad-format", at, message).help(help));
    }
    format
}

fn grain(grain: entity::Grain) -> Grain {
    match grain {
        entity::Grain::Year => Grain::Year,
        entity::Grain::Half => Grain::Half,
        entity::Grain::Quarter => Grain::Quarter,
        entity::Grain::Month => Grain::Month,
        entity::Grain::Week => Grain::Week,
    }
}

fn colour(colour: entity::Colour) -> Colour {
    match colour {
        entity::Colour::Grey => Colour::Grey,
        entity::Colour::Blue => Colour::Blue,
        entity::Colour::Green => Colour::Green,
        entity::Colour::Yellow => Colour::Yellow,
        entity::Colour::Red => Colour::Red,
        entity::Colour::Purple => Colour::Purple,
    }
}

fn on_delete(on_delete: Option<entity::OnDelete>) -> OnDelete {
    match on_delete.unwrap_or_default() {
        entity::OnDelete::Restrict => OnDelete::Restrict,
        entity::OnDelete::Cascade => OnDelete::Cascade,
        entity::OnDelete::Clear => OnDelete::Clear,
    }
}

/// How careful to be; `internal` unless said, and a secret is always sensitive.
pub(super) fn sensitivity(kind: Written, written: Option<entity::Sensitivity>) -> Sensitivity {
    match written {
        _ if kind == Written::Secret => Sensitivity::Sensitive,
        None | Some(entity::Sensitivity::Internal) => Sensitivity::Internal,
        Some(entity::Sensitivity::Personal) => Sensitivity::Personal,
        Some(entity::Sensitivity::Sensitive) => Sensitivity::Sensitive,
    }
}

/// What the field is to the platform.
pub(super) fn role(written: entity::FieldRole) -> FieldRole {
    match written {
        entity::FieldRole::ParentUnit => FieldRole::ParentUnit,
        entity::FieldRole::Head => FieldRole::Head,
        entity::FieldRole::Manager => FieldRole::Manager,
        entity::FieldRole::Unit => FieldRole::Unit,
        entity::FieldRole::Login => FieldRole::Login,
        entity::FieldRole::InService => FieldRole::InService,
        entity::FieldRole::MatrixManager => FieldRole::MatrixManager,
        entity::FieldRole::Partner => FieldRole::Partner,
        entity::FieldRole::AssignedPerson => FieldRole::AssignedPerson,
        entity::FieldRole::AssignedUnit => FieldRole::AssignedUnit,
        entity::FieldRole::AssignedManager => FieldRole::AssignedManager,
        entity::FieldRole::LineOf => FieldRole::LineOf,
        entity::FieldRole::ValidFrom => FieldRole::ValidFrom,
        entity::FieldRole::ValidTo => FieldRole::ValidTo,
        entity::FieldRole::Day => FieldRole::Day,
        entity::FieldRole::Open => FieldRole::Open,
        entity::FieldRole::Calendar => FieldRole::Calendar,
        entity::FieldRole::Weekdays => FieldRole::Weekdays,
    }
}
