//! Properties that would do nothing on a field of this type are refused.

use definition::kind::entity::{Field, FieldKind};
use model::{Diagnostic, Location};

/// Checks that each property written applies to the field's type.
pub(super) fn check(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) {
    use FieldKind as K;
    let kind = field.kind;
    let refers = matches!(kind, K::Reference | K::Person | K::Department);
    let several = matches!(kind, K::References | K::Children);
    let secret = kind == K::Secret;
    let text = secret || matches!(kind, K::Text | K::LongText | K::Markdown);
    let fraction = matches!(kind, K::Decimal | K::Percent | K::Money);
    let number = fraction || matches!(kind, K::Integer | K::Duration);
    let stored = matches!(kind, K::File | K::Image);
    let dated = matches!(kind, K::Date | K::Datetime);
    let mut need = |written: bool, applies: bool, property: &str, why: &str| {
        if written && !applies {
            let message = format!("`{property}` does nothing on a field of type `{}`", word(kind));
            let found = Diagnostic::error("field.does-not-apply", at.child(property), message);
            faults.push(if why.is_empty() { found.help("leave it out") } else { found.help(why) });
        }
    };
    need(field.required, !matches!(kind, K::Children | K::Serial), "required", "");
    let unique = !several
        && !stored
        && !matches!(kind, K::Choices | K::Json | K::Signature | K::Markdown | K::LongText | K::Boolean);
    let serial = kind == K::Serial;
    let sealed = "the database cannot tell whether two secrets are the same";
    need(
        field.unique,
        unique && !serial && !secret,
        "unique",
        match kind {
            K::Serial => "serial numbers are always unique",
            K::Secret => sealed,
            _ => "",
        },
    );
    need(field.index, !secret, "index", if secret { sealed } else { "" });
    let written = "a value in a definition is no secret: whoever reads the app reads it";
    need(field.default.is_some(), !secret, "default", written);
    need(field.stamp.is_some(), !secret, "stamp", written);
    let indexed = "it is indexed anyway";
    need(field.index, !matches!(kind, K::Choices | K::Json | K::Signature | K::Children) && !stored, "index", "");
    need(field.index, !refers && kind != K::References && !serial, "index", indexed);
    need(field.default.is_some(), !matches!(kind, K::Children | K::Serial | K::Signature) && !stored, "default", "");
    let computable = !several && !stored && !matches!(kind, K::Serial | K::Json | K::Signature | K::Secret);
    need(field.formula.is_some(), computable, "formula", "");
    need(field.lookup.is_some(), computable, "lookup", "");
    need(field.rollup.is_some(), computable && kind != K::Choices, "rollup", "");
    let computed = computed(field).is_some();
    need(field.min.is_some(), number || text || dated, "min", "");
    need(field.max.is_some(), number || text || dated, "max", if kind == K::Rating { "say `steps`" } else { "" });
    need(field.pattern.is_some(), text, "pattern", "");
    need(field.term, kind == K::Text, "term", "");
    need(field.places.is_some(), fraction, "places", "");
    need(field.currency.is_some(), kind == K::Money, "currency", "");
    need(field.unit.is_some(), matches!(kind, K::Integer | K::Decimal), "unit", "");
    need(!field.choices.is_empty(), matches!(kind, K::Choice | K::Choices), "choices", "");
    need(!field.starts.is_empty(), kind == K::Choice, "starts", "");
    need(!field.transitions.is_empty(), kind == K::Choice, "transitions", "");
    need(field.stamp.is_some(), !matches!(kind, K::Children | K::Serial | K::Signature) && !stored, "stamp", "");
    let organisation = matches!(kind, K::Person | K::Department);
    let stands = "the entity is the one that stands for it";
    need(field.to.is_some(), refers || several, "to", "");
    need(field.to.is_some(), !organisation, "to", stands);
    need(field.by.is_some(), kind == K::Children, "by", "");
    need(field.on_delete.is_some(), refers, "on_delete", "");
    need(field.only.is_some(), refers || kind == K::References, "only", "");
    need(field.grain.is_some(), kind == K::Period, "grain", "");
    need(field.steps.is_some(), kind == K::Rating, "steps", "");
    need(field.format.is_some(), serial, "format", "");
    need(field.sensitivity.is_some(), kind != K::Children, "sensitivity", "say it on the children's fields");
    need(field.sensitivity.is_some(), !secret, "sensitivity", "a secret is always sensitive");
    need(field.public, computed, "public", "only what is computed tells of something else");
    need(field.validation.is_some(), kind != K::Children, "validation", "");
    need(field.renamed_from.is_some(), kind != K::Children, "renamed_from", "it has no column");
    need(field.help.is_some(), computed || !serial, "help", "");
    together(field, at, faults);
    missing(field, at, faults);
}

/// The property by which a field is computed, if it is.
pub(in crate::stage) fn computed(field: &Field) -> Option<&'static str> {
    let written =
        [(field.formula.is_some(), "formula"), (field.lookup.is_some(), "lookup"), (field.rollup.is_some(), "rollup")];
    written.into_iter().find(|(there, _)| *there).map(|(_, property)| property)
}

/// Properties that contradict each other.
fn together(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) {
    let mut clash = |both: bool, property: &str, message: &str| {
        if both {
            faults.push(Diagnostic::error("field.contradiction", at.child(property), message));
        }
    };
    let ways = [field.formula.is_some(), field.lookup.is_some(), field.rollup.is_some()];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        let property = if field.rollup.is_some() { "rollup" } else { "lookup" };
        clash(true, property, "a field is computed in one way: `formula`, `lookup` or `rollup`");
    }
    if computed(field).is_some() {
        clash(field.required, "required", "a computed field cannot be required: nobody writes it");
        clash(field.default.is_some(), "default", "a computed field has no default: it is always computed");
        clash(
            !field.starts.is_empty(),
            "starts",
            "a computed field is always computed, so it begins with nothing else",
        );
        clash(!field.transitions.is_empty(), "transitions", "a computed field follows what it reads, not an order");
        clash(field.stamp.is_some(), "stamp", "a computed field is always computed");
        clash(field.only.is_some(), "only", "a computed field is not chosen, so there is nothing to narrow");
    }
    clash(field.unique && field.index, "index", "a unique field is indexed anyway");
    let clear = field.on_delete == Some(definition::kind::entity::OnDelete::Clear);
    clash(clear && field.required, "on_delete", "a required reference cannot be cleared: say `restrict` or `cascade`");
}

/// Properties without which a type says nothing.
fn missing(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) {
    use FieldKind as K;
    let mut need = |there: bool, property: &str, message: &str| {
        if !there {
            let message = format!("a field of type `{}` needs `{property}`: {message}", word(field.kind));
            faults.push(Diagnostic::error("field.missing-property", at.clone(), message));
        }
    };
    match field.kind {
        K::Choice | K::Choices => need(!field.choices.is_empty(), "choices", "the values it may have"),
        K::Reference | K::References => need(field.to.is_some(), "to", "the entity it refers to"),
        K::Children => {
            need(field.to.is_some(), "to", "the entity of the children");
            need(field.by.is_some(), "by", "their reference field that points back here");
        }
        K::Period => need(field.grain.is_some(), "grain", "how long a period is"),
        _ => {}
    }
}

/// The type as definitions write it.
pub(super) fn word(kind: FieldKind) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
