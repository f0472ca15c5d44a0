use model::{Diagnostic, Location};

use super::*;

fn faults(text: &str) -> Vec<Diagnostic> {
    Document::parse("a.yaml", text).map(|_| Vec::new()).unwrap_or_else(|faults| faults)
}

fn codes(text: &str) -> Vec<&'static str> {
    faults(text).into_iter().map(|fault| fault.code).collect()
}

#[test]
fn maps_keep_their_order_and_keys_are_texts() {
    let document = Document::parse("a.yaml", "b: 1\na: [x, 2]\n2025: {y: null}\n").unwrap();
    assert_eq!(document.value().to_string(), r#"{"b":1,"a":["x",2],"2025":{"y":null}}"#);
    assert_eq!(document.written("/b"), Some("1"));
}

#[test]
fn json_is_read_by_the_same_rules() {
    let document = Document::parse("a.json", "{\"a\": [1, true, \"x\\n\"],\n \"b\": {}}").unwrap();
    assert_eq!(document.value().to_string(), r#"{"a":[1,true,"x\n"],"b":{}}"#);
}

#[test]
fn duplicate_keys_are_all_reported_with_the_first() {
    let found = faults("a: 1\nb: 2\na: 3\nc: {x: 1, x: 2}\n");
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].code, "yaml.duplicate-key");
    assert_eq!(found[0].location.inner, Some((10, 11)));
    assert_eq!(found[0].labels[0].location.inner, Some((0, 1)));
}

#[test]
fn a_bomb_is_refused_before_it_expands() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", ")));
    }
    assert_eq!(codes(&text), ["yaml.too-large"]);
}

#[test]
fn an_alias_within_the_budget_works_and_one_inside_itself_does_not() {
    let document = Document::parse("a.yaml", "a: &x {k: 1}\nb: *x\n").unwrap();
    assert_eq!(document.value().to_string(), r#"{"a":{"k":1},"b":{"k":1}}"#);
    assert_eq!(codes("a: &x [*x]\n"), ["yaml.syntax"]);
}

#[test]
fn depth_size_and_foreign_constructs_are_refused() {
    assert_eq!(codes(&"[".repeat(5000)), ["yaml.too-deep"]);
    assert_eq!(codes(&format!("{}1{}", "{a: ".repeat(40), "}".repeat(40))), ["yaml.too-deep"]);
    assert_eq!(codes(&"# x\n".repeat(300_000)), ["yaml.too-large"]);
    assert_eq!(codes("a: 1\n---\nb: 2\n"), ["yaml.several-documents"]);
    assert_eq!(codes("<<: {a: 1}\n"), ["yaml.merge-key"]);
    assert_eq!(codes("a: !!binary x\n"), ["yaml.tag"]);
    assert_eq!(codes("? [a]\n: 1\n"), ["yaml.key"]);
    assert_eq!(codes("a:\n\t- b\n"), ["yaml.syntax"]);
    assert_eq!(codes("a: \"x\n"), ["yaml.syntax"]);
}

#[test]
fn broken_text_of_any_kind_is_an_answer() {
    for text in
        ["", "\u{0}", "%", "&", "*", "- - - -", "a: b: c", "{", "}", "[}", "\"", "?", "!", "|", "@", "\u{feff}a: 1"]
    {
        let _ = Document::parse("a.yaml", text);
    }
    assert_eq!(Document::parse("a.yaml", "").unwrap().value().to_string(), "{}");
}

#[test]
fn places_are_those_of_keys_values_and_parts_of_values() {
    let text = "fields:\n  目标:\n    formula: \"a + wieght\"\n    help: |\n      one\n        two three\n";
    let document = Document::parse("a.yaml", text).unwrap();
    let at = |pointer: &str, inner: Option<(usize, usize)>, key: bool| {
        let place = document.place(&Location { file: "a.yaml".into(), pointer: pointer.into(), inner }, key);
        (place.line, place.column, place.end)
    };
    assert_eq!(at("/fields/目标", None, false), (2, 3, 5));
    assert_eq!(at("/fields/目标/formula", None, false), (3, 14, 26));
    assert_eq!(at("/fields/目标/formula", None, true), (3, 5, 12));
    assert_eq!(at("/fields/目标/formula", Some((4, 10)), false), (3, 19, 25));
    assert_eq!(at("/fields/目标/help", Some((6, 9)), false), (6, 9, 12));
    assert_eq!(at("/fields/目标/missing", None, false), (2, 3, 5));
}

#[test]
fn damaged_documents_are_answers_never_panics() {
    let sample = "label: {zh-CN: 目标, en: \"Goal\"}\nfields:\n  a: &x\n    type: text\n    help: |\n      one\n  b: *x\n  c: [1, 2.5, ~]\n? k\n: >-\n  folded\n  text\n# end\n";
    let pieces = [
        ":", " ", "\n", "\t", "-", "[", "]", "{", "}", "&x ", "*x", "!", "|", ">", "'", "\"", "#", "%", "?", ",",
        "---\n", "目", "\u{0}",
    ];
    // A fixed linear congruential generator, so that a failure can be repeated.
    let mut seed = 7_u64;
    let mut next = |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % limit
    };
    for _ in 0..20_000 {
        let mut characters: Vec<char> = sample.chars().collect();
        for _ in 0..1 + next(4) {
            let at = next(characters.len());
            match next(3) {
                0 => drop(characters.drain(at..characters.len().min(at + 1 + next(8)))),
                1 => drop(characters.splice(at..at, pieces[next(pieces.len())].chars())),
                _ => characters.truncate(at.max(1)),
            }
            if characters.is_empty() {
                characters.push('a');
            }
        }
        let text: String = characters.into_iter().collect();
        if let Ok(document) = Document::parse("a.yaml", &text) {
            for pointer in ["", "/label/en", "/fields/a/help", "/fields/c/1", "/k"] {
                let inner = Some((next(9), next(9)));
                document.place(&Location { file: "a.yaml".into(), pointer: pointer.into(), inner }, next(2) == 0);
            }
        }
    }
}
