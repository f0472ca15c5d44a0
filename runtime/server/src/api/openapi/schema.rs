//! JSON Schemas of fields, as they are read and as they are written.

use app::{Choice, Field, FieldKind, Grain};
use model::{Locale, Value as Known};
use serde_json::{Map, Value, json};

/// A schema by name.
pub(super) fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A field as it is answered. Any may be `null`: nothing is known, or nothing may be seen.
pub(super) fn read(field: &Field, locale: Locale) -> Value {
    nullable(describe(of_kind(&field.kind, false), field, locale))
}

/// A field as it is given.
pub(super) fn write(field: &Field, locale: Locale) -> Value {
    let schema = bounded(describe(of_kind(&field.kind, true), field, locale), field);
    if field.required { schema } else { nullable(schema) }
}

fn of_kind(kind: &FieldKind, given: bool) -> Value {
    match kind {
        // One that does not open, as its key is missing or it was changed in the database, says so instead of being left out.
        FieldKind::Secret if !given => json!({"anyOf": [
            {"type": ["string", "null"]},
            {
                "type": "object",
                "properties": {"unreadable": {"const": true}},
                "required": ["unreadable"],
                "additionalProperties": false
            }
        ]}),
        FieldKind::Text | FieldKind::LongText | FieldKind::Markdown | FieldKind::Serial { .. } | FieldKind::Secret => {
            json!({"type": "string"})
        }
        FieldKind::Integer | FieldKind::Duration => json!({"type": "integer", "format": "int64"}),
        FieldKind::Rating { steps } => json!({"type": "integer", "minimum": 1, "maximum": steps}),
        // A text is exact whatever the client's numbers are.
        FieldKind::Decimal { .. } | FieldKind::Percent { .. } | FieldKind::Money { .. } if given => {
            json!({"type": ["number", "string"]})
        }
        FieldKind::Decimal { .. } | FieldKind::Percent { .. } | FieldKind::Money { .. } => json!({"type": "number"}),
        FieldKind::Boolean => json!({"type": "boolean"}),
        FieldKind::Date => json!({"type": "string", "format": "date"}),
        FieldKind::DateTime => json!({"type": "string", "format": "date-time"}),
        FieldKind::Period { grain } => json!({"type": "string", "pattern": period(*grain)}),
        FieldKind::Choice(choices) => json!({"type": "string", "enum": codes(choices)}),
        FieldKind::Choices(choices) => json!({"type": "array", "items": {"type": "string", "enum": codes(choices)}}),
        FieldKind::Reference { .. } | FieldKind::File | FieldKind::Image => json!({"type": "string", "format": "uuid"}),
        FieldKind::References { .. } | FieldKind::Children { .. } => {
            json!({"type": "array", "items": {"type": "string", "format": "uuid"}})
        }
        FieldKind::Location => json!({"type": "string", "description": "latitude,longitude"}),
        FieldKind::Signature => json!({"oneOf": [
            {
                "type": "object",
                "properties": {"drawn": {
                    "description": "lines on a sheet of 600 by 200, each as its points",
                    "type": "array",
                    "items": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}}
                }},
                "required": ["drawn"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": {"typed": {"type": "string", "maxLength": 200}},
                "required": ["typed"],
                "additionalProperties": false
            }
        ]}),
        FieldKind::Json => json!({}),
    }
}

fn codes(choices: &[Choice]) -> Vec<&str> {
    choices.iter().map(|choice| choice.code.as_str()).collect()
}

fn period(grain: Grain) -> &'static str {
    match grain {
        Grain::Year => "^\\d{4}$",
        Grain::Half => "^\\d{4}-H[12]$",
        Grain::Quarter => "^\\d{4}-Q[1-4]$",
        Grain::Month => "^\\d{4}-(0[1-9]|1[0-2])$",
        Grain::Week => "^\\d{4}-W\\d{2}$",
    }
}

fn describe(mut schema: Value, field: &Field, locale: Locale) -> Value {
    if let Some(members) = schema.as_object_mut() {
        members.insert("title".into(), field.label.get(locale).into());
        let help = field.help.get(locale);
        if !help.is_empty() {
            members.insert("description".into(), help.into());
        }
    }
    schema
}

/// Adds the smallest and largest value allowed. Those of exact numbers are left to the server, which compares exactly.
fn bounded(mut schema: Value, field: &Field) -> Value {
    let Some(members) = schema.as_object_mut() else { return schema };
    let text = matches!(field.kind, FieldKind::Text | FieldKind::LongText | FieldKind::Markdown | FieldKind::Secret);
    let whole = matches!(field.kind, FieldKind::Integer | FieldKind::Duration);
    let names = match (text, whole) {
        (true, _) => ("minLength", "maxLength"),
        (_, true) => ("minimum", "maximum"),
        _ => return schema,
    };
    for (name, bound) in [(names.0, &field.min), (names.1, &field.max)] {
        if let Some(Known::Int(bound)) = bound {
            members.insert(name.into(), (*bound).into());
        }
    }
    schema
}

fn nullable(mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut() {
        if let Some(ty) = members.get_mut("type") {
            let mut types = match ty.take() {
                Value::Array(types) => types,
                one => vec![one],
            };
            types.push("null".into());
            *ty = Value::Array(types);
        }
        if let Some(Value::Array(codes)) = members.get_mut("enum") {
            codes.push(Value::Null);
        }
    }
    schema
}

/// An object with these members.
pub(super) fn object(properties: Map<String, Value>, required: &[String], open: bool) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": open})
}
