//! JSON: one value out of a document, or of a text that is one. A path goes by names and places from 0: `items[0].name`. What is
//! not there, and a text that is no JSON, answer null.

use model::{Decimal, Value};
use serde_json::Value as Json;

use super::number::{self, Answer};
use crate::evaluate::{Context, Given};

functions! { Json;
    JSON_GET "(json: any, path: text) -> text"
    "The text at a path; numbers and others as they are written, null for null."
    "取路径处的文本；数字等按原样写出，null 为空。"
    ["JSON_GET(`{\"a\": [{\"name\": \"x\"}]}`, \"a[0].name\")" => "\"x\"", "JSON_GET(`{\"a\": {\"b\": 1.50}}`, \"a.b\")" => "\"1.5\"", "JSON_GET(`{}`, \"a\")" => "null"]
    Answers Some(|given, context| at_path(given, context, |found| Ok(text(found))));

    JSON_NUMBER "(json: any, path: text) -> number"
    "The number at a path, or in the text there."
    "取路径处的数字（或可读作数字的文本）。"
    ["JSON_NUMBER(`{\"score\": 94.5}`, \"score\")" => "94.5", "JSON_NUMBER(`[1, \"2\"]`, \"[1]\")" => "2", "JSON_NUMBER(`{\"a\": true}`, \"a\")" => "null"]
    Answers Some(|given, context| at_path(given, context, |found| Ok(decimal(found).into())));

    JSON_BOOL "(json: any, path: text) -> bool"
    "Whether `true` is at a path; null when neither true nor false is."
    "取路径处的真假值；不是真假时为空。"
    ["JSON_BOOL(`{\"done\": true}`, \"done\")" => "true", "JSON_BOOL(`{\"done\": 1}`, \"done\")" => "null"]
    Answers Some(|given, context| at_path(given, context, |found| Ok(found.as_bool().into())));

    JSON_HAS "(json: any, path: text) -> bool"
    "Whether there is anything at a path, null included; null when the text is no JSON."
    "判断路径处是否有内容（包括 null）；文本不是 JSON 时为空。"
    ["JSON_HAS(`{\"a\": null}`, \"a\")" => "true", "JSON_HAS(`{\"a\": null}`, \"b\")" => "false"]
    Answers Some(|given, context| {
        let document = read(given, context)?;
        Ok(document.map(|document| walk(&document, given.text(1).unwrap_or_default()).is_some()).into())
    });

    JSON_LENGTH "(json: any, path?: text) -> whole"
    "How many items a list or an object has, at a path or the document itself; null for anything else."
    "列表或对象的项数，可指定路径；其他为空。"
    ["JSON_LENGTH(`[1, 2, 3]`)" => "3", "JSON_LENGTH(`{\"a\": {\"x\": 1, \"y\": 2}}`, \"a\")" => "2", "JSON_LENGTH(`7`)" => "null"]
    Answers Some(|given, context| at_path(given, context, |found| Ok(match found {
        Json::Array(items) => number::count(items.len()),
        Json::Object(items) => number::count(items.len()),
        _ => Value::Null,
    })));

    JSON_KEYS "(json: any, path?: text) -> list of text"
    "The names in an object, at a path or the document itself; null for anything else."
    "对象的键名列表，可指定路径；其他为空。"
    ["JSON_KEYS(`{\"b\": 1, \"a\": 2}`)" => "[\"b\", \"a\"]", "JSON_KEYS(`[1]`)" => "null"]
    Answers Some(|given, context| {
        let found = at_path(given, context, |found| Ok(match found {
            Json::Object(items) => Value::List(items.keys().map(|key| key.as_str().into()).collect()),
            _ => Value::Null,
        }))?;
        context.charge_list(found.as_list().map_or(0, <[_]>::len))?;
        Ok(found)
    });

    JSON_LIST "(json: any, path?: text) -> list of text"
    "The items of a list as texts, at a path or the document itself; null for anything else."
    "列表各项转为文本的列表，可指定路径；其他为空。"
    ["JSON_LIST(`{\"tags\": [\"a\", 2, null]}`, \"tags\")" => "[\"a\", \"2\", null]", "JSON_LIST(`{}`)" => "null"]
    Answers Some(|given, context| list(given, context, text));

    JSON_NUMBERS "(json: any, path?: text) -> list of number"
    "The items of a list as numbers, null for what is none, at a path or the document itself; null for anything else."
    "列表各项转为数字的列表（不是数字的为空），可指定路径；其他为空。"
    ["SUM(JSON_NUMBERS(`[0.1, 0.2, \"x\"]`))" => "0.3"]
    Answers Some(|given, context| list(given, context, |item| decimal(item).into()));
}

/// The document, paid for before it is read.
fn read(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Option<Json>> {
    Ok(match given.at(0) {
        Value::Json(json) => {
            context.charge_text(crate::show::length(given.at(0)))?;
            Some(json.clone())
        }
        Value::Text(text) => {
            context.charge_text(text.len())?;
            context.charge(text.len() / 8)?;
            serde_json::from_str(text).ok()
        }
        _ => None,
    })
}

/// What stands at the path of the second argument, as `tell` says it.
fn at_path(given: &Given<'_>, context: &mut Context<'_>, tell: impl FnOnce(&Json) -> Answer) -> Answer {
    let path = if given.is_given(1) { given.text(1)? } else { "" };
    context.charge(path.len())?;
    let Some(document) = read(given, context)? else { return Ok(Value::Null) };
    walk(&document, path).map_or(Ok(Value::Null), tell)
}

fn walk<'a>(document: &'a Json, path: &str) -> Option<&'a Json> {
    let steps = path.split(['.', '[']).map(|step| step.strip_suffix(']').unwrap_or(step));
    steps.filter(|step| !step.is_empty()).try_fold(document, |at, step| match at {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        at => at.get(step),
    })
}

fn text(found: &Json) -> Value {
    match found {
        Json::Null => Value::Null,
        Json::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}

fn decimal(found: &Json) -> Option<Decimal> {
    match found {
        Json::Number(number) => {
            let written = number.to_string();
            written.parse().ok().or_else(|| Decimal::from_scientific(&written).ok())
        }
        Json::String(text) => super::text::read_number(text),
        _ => None,
    }
}

fn list(given: &Given<'_>, context: &mut Context<'_>, tell: fn(&Json) -> Value) -> Answer {
    let found = at_path(given, context, |found| {
        Ok(found.as_array().map(|items| Value::List(items.iter().map(tell).collect())).into())
    })?;
    context.charge_list(found.as_list().map_or(0, <[_]>::len))?;
    Ok(found)
}
