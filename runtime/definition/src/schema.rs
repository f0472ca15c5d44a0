//! JSON Schemas of the kinds, made from the same types, and the check of a document against its schema.
//!
//! `loam schema` prints [`all`]; the committed copies stand in `schemas/` and a test keeps them current. The check reports
//! every fault in a builder's words, so that reading the document into its type afterwards cannot fail.

use std::sync::OnceLock;

use jsonschema::{JsonType, ValidationError, Validator, error::TypeKind, error::ValidationErrorKind as Fault};
use model::{Diagnostic, Location, diagnostic::nearest};
use serde_json::Value;

use crate::{folder::Kind, kind};

/// A kind's schema and its compiled form.
struct Compiled {
    schema: Value,
    validator: Option<Validator>,
}

/// The JSON Schema of a kind.
pub fn of(kind: Kind) -> Value {
    let schema = match kind {
        Kind::App => schemars::schema_for!(kind::app::App),
        Kind::Entity => schemars::schema_for!(kind::entity::Entity),
        Kind::Extension => schemars::schema_for!(kind::extension::Extension),
        Kind::Form => schemars::schema_for!(kind::form::Form),
        Kind::Page => schemars::schema_for!(kind::page::Page),
        Kind::Role => schemars::schema_for!(kind::role::Role),
        Kind::Rule => schemars::schema_for!(kind::rule::Rule),
        Kind::Term => schemars::schema_for!(kind::term::Term),
        Kind::Workflow => schemars::schema_for!(kind::workflow::Workflow),
        Kind::Plugin => schemars::schema_for!(kind::plugin::Plugin),
        Kind::Data => schemars::schema_for!(kind::data::Data),
        Kind::Locales => schemars::schema_for!(kind::locales::Locales),
    };
    schema.to_value()
}

/// Every kind's name and schema.
pub fn all() -> Vec<(&'static str, Value)> {
    Kind::ALL.into_iter().map(|kind| (kind.name(), of(kind))).collect()
}

fn compiled(kind: Kind) -> &'static Compiled {
    static SLOTS: [OnceLock<Compiled>; Kind::ALL.len()] = [const { OnceLock::new() }; Kind::ALL.len()];
    static NONE: Compiled = Compiled { schema: Value::Null, validator: None };
    SLOTS.get(kind as usize).map_or(&NONE, |slot| {
        slot.get_or_init(|| {
            let schema = of(kind);
            let validator = jsonschema::validator_for(&schema).ok();
            Compiled { schema, validator }
        })
    })
}

/// Everything in a document that its kind does not allow.
pub fn check(kind: Kind, at: &Location, document: &Value) -> Vec<Diagnostic> {
    let compiled = compiled(kind);
    let mut found = Vec::new();
    if kind != Kind::Data {
        empty_values(document, at, &mut found);
    }
    let Some(validator) = &compiled.validator else { return found };
    if validator.is_valid(document) {
        return found;
    }
    let empty = found.len();
    for error in validator.iter_errors(document) {
        translate(&error, at, &compiled.schema, &mut found);
    }
    let (told, rest) = found.split_at(empty);
    let rest = rest.iter().filter(|fault| !told.iter().any(|empty| empty.location == fault.location));
    told.iter().chain(rest).cloned().collect()
}

/// Properties written without a value: almost always something forgotten.
fn empty_values(value: &Value, at: &Location, found: &mut Vec<Diagnostic>) {
    match value {
        Value::Null => found.push(
            Diagnostic::error("definition.empty-value", at.clone(), "nothing is written here")
                .help("give it a value or leave the property out"),
        ),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| empty_values(item, &at.child(index), found));
        }
        Value::Object(entries) => entries.iter().for_each(|(key, item)| empty_values(item, &at.child(key), found)),
        _ => {}
    }
}

fn translate(error: &ValidationError<'_>, root: &Location, schema: &Value, found: &mut Vec<Diagnostic>) {
    let at = Location::new(&root.file, error.instance_path().to_string());
    match error.kind() {
        Fault::AdditionalProperties { unexpected } => {
            let known = siblings(error, schema);
            for name in unexpected {
                let help = nearest(name, known.iter().map(String::as_str))
                    .or_else(|| (!known.is_empty()).then(|| format!("known here: {}", listed(&known))));
                let message = format!("there is no property `{name}` here");
                found.push(Diagnostic::error("definition.unknown-property", at.child(name), message).maybe_help(help));
            }
        }
        Fault::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            found.push(Diagnostic::error("definition.missing-property", at, format!("`{name}` is missing")));
        }
        Fault::Type { kind } => found.push(wrong_type(at, error.instance(), &type_words(kind))),
        Fault::Enum { options } => {
            let options =
                options.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            found.push(unknown_value(at, error.instance(), options));
        }
        Fault::Constant { expected_value } => {
            let options = expected_value.as_str().map(str::to_owned).into_iter().collect();
            found.push(unknown_value(at, error.instance(), options));
        }
        Fault::AnyOf { context } | Fault::OneOfNotValid { context } => {
            alternatives(error, context, root, schema, found);
        }
        Fault::Minimum { limit } => {
            let message = format!("`{}` is too small, at least {limit} is allowed", error.instance());
            found.push(Diagnostic::error("definition.out-of-range", at, message));
        }
        Fault::Maximum { limit } => {
            let message = format!("`{}` is too large, at most {limit} is allowed", error.instance());
            found.push(Diagnostic::error("definition.out-of-range", at, message));
        }
        _ => found.push(Diagnostic::error("definition.invalid", at, "this value is not allowed here")),
    }
}

/// A value that fits none of several shapes: the shape it was most likely meant to have says what is wrong.
fn alternatives(
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'static>>],
    root: &Location,
    schema: &Value,
    found: &mut Vec<Diagnostic>,
) {
    let at = Location::new(&root.file, error.instance_path().to_string());
    let mut options = Vec::new();
    let mut types = Vec::new();
    context.iter().flatten().for_each(|error| shapes(error, &mut options, &mut types));
    if !options.is_empty() && error.instance().is_string() {
        found.push(unknown_value(at, error.instance(), options));
        return;
    }
    let meant = context.iter().find(|branch| {
        !branch.iter().any(|inner| {
            inner.instance_path().as_str() == error.instance_path().as_str()
                && matches!(inner.kind(), Fault::Type { .. })
        })
    });
    match meant {
        Some(branch) => branch.iter().for_each(|inner| translate(inner, root, schema, found)),
        None if options.is_empty() => found.push(wrong_type(at, error.instance(), &types)),
        None => found.push(wrong_type(at, error.instance(), &types).help(format!("one of {}", listed(&options)))),
    }
}

/// The values and types that alternatives would have taken.
fn shapes(error: &ValidationError<'_>, options: &mut Vec<String>, types: &mut Vec<&'static str>) {
    match error.kind() {
        Fault::Constant { expected_value } => options.extend(expected_value.as_str().map(str::to_owned)),
        Fault::Enum { options: more } => {
            options.extend(more.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
        Fault::Type { kind } => {
            for word in type_words(kind) {
                if !types.contains(&word) {
                    types.push(word);
                }
            }
        }
        Fault::AnyOf { context } | Fault::OneOfNotValid { context } => {
            context.iter().flatten().for_each(|error| shapes(error, options, types));
        }
        _ => {}
    }
}

fn unknown_value(at: Location, value: &Value, options: Vec<String>) -> Diagnostic {
    let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let help =
        nearest(&written, options.iter().map(String::as_str)).unwrap_or_else(|| format!("one of {}", listed(&options)));
    Diagnostic::error("definition.unknown-value", at, format!("`{written}` is not among the values allowed here"))
        .help(help)
}

fn wrong_type(at: Location, value: &Value, expected: &[&str]) -> Diagnostic {
    let message = format!("{} is asked for, but this is {}", expected.join(" or "), actual(value));
    let found = Diagnostic::error("definition.wrong-type", at, message);
    match value {
        Value::Number(_) | Value::Bool(_) if expected.contains(&"text") => found.help("put it in quotes"),
        _ => found,
    }
}

fn type_words(kind: &TypeKind) -> Vec<&'static str> {
    let word = |kind: JsonType| match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Null => "nothing",
        JsonType::Number => "a number",
        JsonType::Object => "a map of properties",
        JsonType::String => "text",
    };
    match kind {
        TypeKind::Single(kind) => vec![*kind].into_iter().filter(|kind| *kind != JsonType::Null).map(word).collect(),
        TypeKind::Multiple(kinds) => kinds.iter().filter(|kind| *kind != JsonType::Null).map(word).collect(),
    }
}

fn actual(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) => format!("the text `{}`", text.chars().take(40).collect::<String>()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map of properties".to_owned(),
    }
}

/// The properties known where an unknown one was found.
fn siblings(error: &ValidationError<'_>, schema: &Value) -> Vec<String> {
    let path = error.schema_path().as_str();
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let properties = schema.pointer(parent).and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    properties.into_iter().flat_map(|map| map.keys().cloned()).collect()
}

fn listed(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::Document;

    fn check_text(kind: Kind, text: &str, expected: Expect) {
        let document = Document::parse("x.yaml", text).unwrap();
        let faults = check(kind, &Location::new("x.yaml", ""), &document.value());
        let lines: Vec<String> = faults
            .iter()
            .map(|fault| {
                let help = fault.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
                format!("{} {}: {}{help}\n", fault.location.pointer, fault.code, fault.message)
            })
            .collect();
        expected.assert_eq(&lines.concat());
    }

    #[test]
    fn every_schema_compiles_and_describes_itself() {
        for kind in Kind::ALL {
            assert!(compiled(kind).validator.is_some(), "{kind:?}");
        }
        let entity = of(Kind::Entity);
        let described = entity.pointer("/properties/display/description").and_then(Value::as_str);
        assert!(described.is_some_and(|text| text.contains("names a record")));
    }

    #[test]
    fn faults_are_all_told_in_a_builders_words() {
        check_text(
            Kind::Entity,
            "label: 3\ndisplay: name\nplurl: x\nfields:\n  a: {type: txt, requird: true}\n  b: {label: {fr: x}}\n  c: text\n  d: {type: choice, choices: {x: {label: X, colour: pink}}}\n  e: {type: text, places: two, min: [1]}\n  f:\n",
            expect![[r#"
                /fields/f definition.empty-value: nothing is written here (give it a value or leave the property out)
                /label definition.wrong-type: text or a map of properties is asked for, but this is the number `3` (put it in quotes)
                /fields/a/type definition.unknown-value: `txt` is not among the values allowed here (did you mean `text`?)
                /fields/a/requird definition.unknown-property: there is no property `requird` here (did you mean `required`?)
                /fields/b/label/fr definition.unknown-property: there is no property `fr` here (known here: `zh-CN`, `en`)
                /fields/b definition.missing-property: `type` is missing
                /fields/c definition.wrong-type: a map of properties is asked for, but this is the text `text`
                /fields/d/choices/x/colour definition.unknown-value: `pink` is not among the values allowed here (one of `grey`, `blue`, `green`, `yellow`, `red`, `purple`)
                /fields/e/places definition.wrong-type: a whole number is asked for, but this is the text `two`
                /fields/e/min definition.wrong-type: a number or text is asked for, but this is a list
                /plurl definition.unknown-property: there is no property `plurl` here (did you mean `plural`?)
            "#]],
        );
    }

    #[test]
    fn items_are_names_or_maps() {
        check_text(
            Kind::Form,
            "entity: a\nsections:\n  - items: [a, {field: b, span: x}, {feld: c}, 3]\n",
            expect![[r#"
                /sections/0/items/1/span definition.wrong-type: a whole number is asked for, but this is the text `x`
                /sections/0/items/2/feld definition.unknown-property: there is no property `feld` here (did you mean `field`?)
                /sections/0/items/2 definition.missing-property: `field` is missing
                /sections/0/items/3 definition.wrong-type: text or a map of properties is asked for, but this is the number `3` (put it in quotes)
            "#]],
        );
    }

    #[test]
    fn committed_schemas_are_current() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        for (name, schema) in all() {
            let file = folder.join(format!("{name}.schema.json"));
            let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
            if std::env::var_os("BLESS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&file, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(
                committed == text,
                "`{name}.schema.json` is not current: run the tests of `definition` with BLESS=1"
            );
        }
    }
}
