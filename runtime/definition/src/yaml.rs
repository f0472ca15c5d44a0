//! Words as the text of a document: YAML as people write it in an app's folder. What says nothing (an empty list, a `false`
//! that is so unless said) is left out; reading the text again gives the same words.

use serde_json::{Map, Value};

use crate::kind::workflow::Workflow;

/// Columns up to which something small stays on its line.
const WIDTH: usize = 110;
/// Levels that always have lines of their own: the document, its steps, each step.
const OPEN: usize = 3;

/// A workflow as its document.
pub fn workflow(words: &Workflow) -> String {
    let mut out = String::new();
    if let Value::Object(map) = lean(words) {
        block_map(&map, 0, false, 0, &mut out);
    }
    out
}

/// A workflow's values without what need not be said.
pub(crate) fn lean(words: &Workflow) -> Value {
    let mut value = serde_json::to_value(words).unwrap_or_default();
    if let Value::Object(map) = &mut value {
        if map.get("withdraw").is_some_and(|withdraw| withdraw == "unanswered") {
            map.shift_remove("withdraw");
        }
        prune(map, "");
        // What follows a step stands after what happens in it.
        let steps = map.get_mut("steps").and_then(Value::as_object_mut);
        for step in steps.into_iter().flat_map(|steps| steps.values_mut()).filter_map(Value::as_object_mut) {
            if let Some(next) = step.shift_remove("next") {
                step.insert("next".to_owned(), next);
            }
        }
    }
    value
}

fn prune(map: &mut Map<String, Value>, of: &str) {
    let asked = matches!(of, "form" | "approval");
    map.retain(|key, value| match value {
        Value::Null => false,
        Value::Bool(false) => key == "veto",
        Value::Array(items) if items.is_empty() => match key.as_str() {
            "who" => !asked,
            "groups" | "show" | "edit" | "require" | "timers" | "tell" | "hand_to" => false,
            _ => true,
        },
        _ => true,
    });
    for (key, value) in map {
        match value {
            Value::Object(inner) => prune(inner, key),
            Value::Array(items) => items.iter_mut().filter_map(Value::as_object_mut).for_each(|inner| prune(inner, "")),
            _ => {}
        }
    }
}

/// Values on one line.
pub(crate) fn flow(value: &Value) -> String {
    let mut out = String::new();
    flow_into(value, &mut out);
    out
}

fn flow_into(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            out.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                out.push_str(&scalar(key, true));
                out.push_str(": ");
                flow_into(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                flow_into(item, out);
            }
            out.push(']');
        }
        Value::String(text) => out.push_str(&scalar(text, true)),
        other => out.push_str(&other.to_string()),
    }
}

fn block_map(map: &Map<String, Value>, indent: usize, begun: bool, level: usize, out: &mut String) {
    let mut begun = begun;
    for (key, value) in map {
        if !std::mem::take(&mut begun) {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&scalar(key, false));
        out.push(':');
        let opened = level + 1 < OPEN && (level > 0 || key == "steps");
        after(value, indent, opened, level + 1, out);
    }
}

/// A value after its key or the dash of its item: on the same line where it is small.
fn after(value: &Value, indent: usize, opened: bool, level: usize, out: &mut String) {
    let column = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
    match value {
        Value::Object(map) if !map.is_empty() && (opened || !small(value, column)) => {
            out.push('\n');
            block_map(map, indent + 2, false, level, out);
        }
        Value::Array(items) if !items.is_empty() && !small(value, column) => {
            out.push('\n');
            for item in items {
                out.push_str(&" ".repeat(indent + 2));
                out.push('-');
                match item {
                    Value::Object(map) if indent + flow(item).chars().count() > WIDTH => {
                        out.push(' ');
                        block_map(map, indent + 4, true, level.max(OPEN), out);
                    }
                    Value::String(text) => out.push_str(&format!(" {}\n", scalar(text, false))),
                    _ => out.push_str(&format!(" {}\n", flow(item))),
                }
            }
        }
        Value::String(text) => out.push_str(&format!(" {}\n", scalar(text, false))),
        _ => out.push_str(&format!(" {}\n", flow(value))),
    }
}

/// Whether something is read at a glance.
fn small(value: &Value, column: usize) -> bool {
    let few = |value: &Value| match value {
        Value::Object(map) => map.len() <= 1 && map.values().all(|value| !value.is_object() && !value.is_array()),
        Value::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array()),
        _ => true,
    };
    let fits = || column + 1 + flow(value).chars().count() <= WIDTH;
    match value {
        Value::Object(map) => map.len() <= 2 && map.values().all(few) && fits(),
        Value::Array(items) => items.iter().all(few) && fits(),
        _ => true,
    }
}

/// A text, quoted where it would be read as something else.
fn scalar(text: &str, flow: bool) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    if text.chars().any(odd) {
        let mut out = String::from('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                c if odd(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => out.push(c),
            }
        }
        out.push('"');
        return out;
    }
    if plain(text, flow) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

fn plain(text: &str, flow: bool) -> bool {
    let begins = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let word =
        matches!(text.to_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    let breaks = text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']);
    let in_flow = flow && text.contains([',', '[', ']', '{', '}', ':']);
    begins && !word && !breaks && !in_flow
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::Document;

    #[test]
    fn a_workflow_is_written_as_people_write_it() {
        let text = "label: {zh-CN: 请假, en: Leave}\nentity: leave\nsteps:\n  fill:\n    label: 填写\n    form:\n      \
                    who: [{starter: true}]\n      edit: [title, days]\n      allow: []\n      timers:\n        - \
                    {working_days: 3, then: remind}\n  mark:\n    label: 'Yes'\n    set: {status: '\"done\"'}\n  \
                    size:\n    label: Size\n    choose:\n      - {label: long, when: days > 3, next: done}\n      - \
                    {next: done}\n  done:\n    label: 完成\n    end: {}\n";
        let value = Document::parse("a.yaml", text).unwrap().value();
        let words: Workflow = serde_json::from_value(value).unwrap();
        assert_eq!(workflow(&words), text);
    }

    #[test]
    fn texts_that_would_be_read_as_something_else_are_quoted() {
        let odd =
            ["", "no", "3", "a: b", "a #b", "a:", "- x", "it's", "a, b", "[x]", "a\nb", "é\u{feff}\t\\\"", "x ", "*a"];
        let text = flow(&json!(odd));
        assert_eq!(Document::parse("a.yaml", &format!("a: {text}")).unwrap().value()["a"], json!(odd));
        expect![[
            r#"['', 'no', '3', 'a: b', 'a #b', 'a:', '- x', it's, 'a, b', '[x]', "a\nb", "é\ufeff\t\\\"", 'x ', '*a']"#
        ]]
        .assert_eq(&text);
    }
}
