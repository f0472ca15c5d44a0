//! What is written: as other tools draw it, and read again as the same words.

use expect_test::{expect, expect_file};

use model::Location;

use super::{BPMN, Given, brief, read, write};
use crate::{Document, Kind, kind::workflow::Workflow, schema, yaml};

/// Writes a workflow, as BPMN and as a document; reads both as the same words, with nothing to say.
pub(super) fn same(name: &str, words: &Workflow) {
    let at = Location::new("workflows/a.yaml", "");
    let text = write(name, words, &at).unwrap_or_else(|faults| panic!("{faults:?}"));
    let (again, found) = read("a.bpmn", &text, Given::default());
    assert!(found.is_empty(), "{}\n{text}", brief(&text, &found));
    for (step, was) in &words.steps {
        assert_eq!(again.as_ref().and_then(|again| again.steps.get(step)), Some(was), "{step}: {text}");
    }
    assert_eq!(again.as_ref(), Some(words), "{text}");
    drawn(&text);
    let document = yaml::workflow(words);
    let value = Document::parse("a.yaml", &document).unwrap_or_else(|faults| panic!("{faults:?}\n{document}")).value();
    assert_eq!(schema::check(Kind::Workflow, &at, &value), [], "{document}");
    assert_eq!(serde_json::from_value::<Workflow>(value).as_ref().ok(), Some(words), "{document}");
}

/// Everything has its place in the diagram, no two things the same one, and every flow begins and ends at what it joins.
fn drawn(text: &str) {
    let document = roxmltree::Document::parse(text).unwrap();
    let number = |node: roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().parse::<i64>().unwrap();
    let mut places: Vec<(&str, [i64; 4])> = Vec::new();
    for shape in document.descendants().filter(|node| node.tag_name().name() == "BPMNShape") {
        let bounds = shape.first_element_child().unwrap();
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| number(bounds, name));
        places.push((shape.attribute("bpmnElement").unwrap(), [x, y, x + width, y + height]));
    }
    let process = document.descendants().find(|node| node.has_tag_name((BPMN, "process"))).unwrap();
    let elements = process.children().filter(|node| node.is_element() && node.tag_name().name() != "extensionElements");
    let (flows, nodes): (Vec<_>, Vec<_>) = elements.partition(|node| node.tag_name().name() == "sequenceFlow");
    assert_eq!(places.len(), nodes.len());
    let border =
        |id: &str| nodes.iter().any(|node| node.attribute("id") == Some(id) && node.has_attribute("attachedToRef"));
    for (index, (id, [left, top, right, bottom])) in places.iter().enumerate().filter(|(_, (id, _))| !border(id)) {
        for (other, [x, y, to, down]) in places.iter().skip(index + 1).filter(|(id, _)| !border(id)) {
            assert!(right < x || to < left || bottom < y || down < top, "{id} lies on {other}:\n{text}");
        }
    }
    let mut ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id is given twice:\n{text}");
    for flow in flows {
        let id = flow.attribute("id").unwrap();
        let edge = document.descendants().find(|node| node.attribute("bpmnElement") == Some(id)).unwrap();
        for (end, point) in [("sourceRef", edge.first_element_child()), ("targetRef", edge.last_element_child())] {
            let (x, y) = (number(point.unwrap(), "x"), number(point.unwrap(), "y"));
            let at = places.iter().find(|(id, _)| flow.attribute(end) == Some(*id)).unwrap().1;
            assert!(at[0] <= x && x <= at[2] && at[1] <= y && y <= at[3], "{id} does not join its {end}:\n{text}");
        }
    }
}

#[test]
fn workflows_of_templates_are_written_and_read_as_the_same_words() {
    let templates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    let mut count = 0;
    for template in std::fs::read_dir(templates).unwrap() {
        let Ok(folder) = std::fs::read_dir(template.unwrap().path().join("workflows")) else { continue };
        for file in folder {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let value = Document::parse("a.yaml", &std::fs::read_to_string(&path).unwrap()).unwrap().value();
            same(&name, &serde_json::from_value(value).unwrap());
            count += 1;
        }
    }
    assert!(count >= 9, "{count}");
}

/// A workflow as written in a document.
fn words(document: &str) -> Workflow {
    serde_json::from_value(Document::parse("a.yaml", document).unwrap().value()).unwrap()
}

const LEAVE: &str = "label: {zh-CN: 请假, en: Leave}\nentity: leave\nguard: hr\nsteps:\n  fill:\n    label: 填写\n    form: \
                     {who: [{starter: true}], edit: [days]}\n  manager:\n    label: {zh-CN: 上级审批, en: Manager}\n    \
                     approval:\n      who: [person.manager]\n      rejected: fill\n      timers: [{working_days: 3, then: \
                     remind}]\n  size:\n    label: 长短\n    choose:\n      - {label: 长假, when: days > 3, next: \
                     call}\n      - {next: done}\n  call:\n    label: 等待\n    wait: {signal: go, late: {after: {days: \
                     5}, next: done}}\n  done:\n    label: 完成\n    end: {whole: true}\n";

#[test]
fn a_workflow_is_written_as_other_tools_draw_it() {
    let text = write("leave", &words(LEAVE), &Location::default()).unwrap();
    expect_file!["leave.bpmn"].assert_eq(&text);
}

#[test]
fn what_another_tool_changes_is_read() {
    let text = write("leave", &words(LEAVE), &Location::default()).unwrap();
    let changed =
        text.replace("days &gt; 3<", "days &gt; 5<").replace("loam:working=\"true\">P3D", "loam:working=\"true\">P4D");
    let changed = changed.replace("name=\"上级审批\"", "name=\"主管审批\"");
    let expected = LEAVE
        .replace("days > 3", "days > 5")
        .replace("working_days: 3", "working_days: 4")
        .replace("上级审批", "主管审批");
    assert_eq!(read("a.bpmn", &changed, Given::default()), (Some(words(&expected)), Vec::new()));
    // A step between two others, drawn at the end of the file.
    let changed =
        text.replace("sourceRef=\"fill\" targetRef=\"manager\"", "sourceRef=\"fill\" targetRef=\"Activity_0new001\"");
    let added = "<bpmn:userTask id=\"Activity_0new001\" name=\"复核\"><bpmn:extensionElements><loam:approval>{who: \
                 [cover]}</loam:approval></bpmn:extensionElements></bpmn:userTask>\n<bpmn:sequenceFlow id=\"Flow_0new\" \
                 sourceRef=\"Activity_0new001\" targetRef=\"manager\"/>\n  </bpmn:process>";
    let (read, found) = read("a.bpmn", &changed.replace("  </bpmn:process>", added), Given::default());
    assert_eq!(found, []);
    let read = read.unwrap();
    assert_eq!(read.steps["fill"].next.as_deref(), Some("复核"));
    assert_eq!(read.steps["复核"].next.as_deref(), Some("manager"));
    assert!(read.steps["复核"].approval.is_some());
}

#[test]
fn what_does_not_hold_together_is_not_written() {
    let at = Location::new("workflows/a.yaml", "");
    let said = |document: &str| {
        let faults = write("a", &words(document), &at).unwrap_err();
        let said = faults.iter().map(|fault| {
            let help = fault.help.as_deref().unwrap_or_default();
            format!("{} {} {} {help}\n", fault.code, fault.location.pointer, fault.message)
        });
        said.collect::<String>()
    };
    let head = "label: a\nentity: a\n";
    expect![[r#"
        bpmn.not-sound /steps a workflow without steps cannot be drawn `loam check` tells all that is wrong with it
    "#]]
    .assert_eq(&said(&format!("{head}steps: {{}}")));
    expect![[r#"
        bpmn.not-sound /steps/one there is no step `tow` did you mean `two`?
        bpmn.not-sound /steps/two in `two` more or less than one thing happens `loam check` tells all that is wrong with it
        bpmn.not-sound /steps/3 `3` cannot be the name of a step `loam check` tells all that is wrong with it
        bpmn.not-sound /steps/3/next `next` does nothing here `loam check` tells all that is wrong with it
        bpmn.not-sound /steps/four/wait more or less than one thing is waited for `loam check` tells all that is wrong with it
    "#]].assert_eq(&said(&format!(
        "{head}steps:\n  one: {{label: a, next: tow, notify: {{to: []}}}}\n  two: {{label: a}}\n  3: {{label: a, end: {{}}, next: two}}\n  \
         four: {{label: a, wait: {{signal: a b}}}}"
    )));
    expect![[r#"
        bpmn.not-writable /steps/a/label this text holds a character that XML cannot hold write it again without characters that cannot be seen
    "#]].assert_eq(&said(&format!("{head}steps: {{a: {{label: \"a\\u0001\", end: {{}}}}}}")));
}
