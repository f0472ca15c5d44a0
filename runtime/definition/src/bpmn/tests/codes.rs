//! Every code of the reader and of the writer is told by a test.

use std::{collections::BTreeSet, fs, path::Path};

use super::*;

/// What the whole file says, by code.
fn codes(text: &str) -> Vec<&'static str> {
    read("process.bpmn", text, THING).1.into_iter().map(|fault| fault.code).collect()
}

fn file(inside: &str) -> String {
    format!("<definitions xmlns=\"{BPMN}\">{inside}</definitions>")
}

#[test]
fn what_is_no_process_of_one_beginning_is_told() {
    let task = "<userTask id=\"a\"/>";
    let meets = "<exclusiveGateway id=\"a\" default=\"f2\"/><sequenceFlow id=\"f1\" sourceRef=\"a\" targetRef=\"x\">\
                 <conditionExpression>${days > 3}</conditionExpression></sequenceFlow>\
                 <sequenceFlow id=\"f2\" sourceRef=\"a\" targetRef=\"y\"/><userTask id=\"x\"/><userTask id=\"y\"/>\
                 <sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"j\"/><sequenceFlow id=\"f4\" sourceRef=\"y\" targetRef=\"j\"/>\
                 <parallelGateway id=\"j\"/><sequenceFlow id=\"f5\" sourceRef=\"j\" targetRef=\"e\"/><endEvent id=\"e\"/>";
    let waits = "<intermediateCatchEvent id=\"a\"><signalEventDefinition signalRef=\"g\"/></intermediateCatchEvent>";
    let signal =
        format!("{}<signal id=\"g\" name=\"Go Now\"/></definitions>", process(waits).replace("</definitions>", ""));
    let cases = [
        ("bpmn.no-process", file("")),
        ("bpmn.no-steps", file("<process id=\"p\"><startEvent id=\"s\"/></process>")),
        ("bpmn.no-start", file("<process id=\"p\"><userTask id=\"a\"/><userTask id=\"b\"/></process>")),
        ("bpmn.several-starts", process(&format!("{task}<startEvent id=\"s2\"/>"))),
        ("bpmn.no-id", process(&format!("{task}<userTask name=\"b\"/>"))),
        ("bpmn.duplicate-id", process(&format!("{task}{task}"))),
        ("bpmn.no-split", process(meets)),
        ("bpmn.renamed", signal),
    ];
    for (code, text) in cases {
        assert!(codes(&text).contains(&code), "{code}: {:?}", codes(&text));
    }
}

#[test]
fn every_code_is_told_by_a_test() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bpmn");
    let (mut declared, mut told) = (BTreeSet::new(), BTreeSet::new());
    let mut folders = vec![here.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let tests = path.strip_prefix(&here).unwrap().starts_with("tests") || path.ends_with("tests.rs");
            let text = fs::read_to_string(&path).unwrap();
            let mut parts = text.split("bpmn.");
            let mut before = parts.next().unwrap_or_default();
            for part in parts {
                let word: String = part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
                let quoted =
                    before.ends_with('"') && part.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with('"'));
                if tests {
                    told.insert(word);
                } else if quoted {
                    declared.insert(word);
                }
                before = part;
            }
        }
    }
    assert!(declared.len() > 20, "{declared:?}");
    let untold: Vec<&String> = declared.difference(&told).collect();
    assert!(untold.is_empty(), "no test shows these codes: {untold:?}");
}
