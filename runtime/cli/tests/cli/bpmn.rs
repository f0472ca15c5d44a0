//! Processes drawn elsewhere come in, workflows go out.

use std::fs;

use crate::support::{Database, Place, repository};

/// The small app with an entity, a role and people, in which a process has a place.
fn with_folder() -> Place {
    let place = Place::new(Database::Sqlite);
    let app = [
        ("app.yaml", "name: time-off\nlabel: 请假\nversion: 1.0.0\n"),
        (
            "entities/person.yaml",
            "label: 人员\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: 姓名}\n",
        ),
        (
            "entities/leave.yaml",
            "label: 请假\ndisplay: title\nfields:\n  title: {type: text, label: 事由, required: true}\n  kind: {type: text, label: 类型}\n  \
             days: {type: integer, label: 天数}\n  approvers: {type: person, label: 审批人}\n",
        ),
        ("roles/dept_head.yaml", "label: 部门负责人\ngrants: [{entity: leave, actions: [read]}]\n"),
        (
            "roles/hr.yaml",
            "label: 人力资源\ngrants:\n  - {entity: leave, actions: [read, create, update]}\n  - {entity: person, actions: \
             [read]}\nworkflows: [{workflow: leave, actions: [start]}]\n",
        ),
    ];
    for (path, text) in app {
        let file = place.path(&format!("time-off/{path}"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let drawn = repository().join("runtime/definition/src/bpmn/tests");
    for file in ["camunda.bpmn", "bpmn-io.bpmn", "flowable.bpmn"] {
        fs::copy(drawn.join(file), place.path(file)).unwrap();
    }
    place
}

#[test]
fn a_process_comes_in_and_its_app_is_well_formed() {
    let place = with_folder();
    let said =
        place.fine(&["bpmn", "read", "camunda.bpmn", "--entity", "leave", "--out", "time-off/workflows/leave.yaml"]);
    assert!(said.err.contains("warning[bpmn.left-out]"), "{}", said.err);
    assert!(said.err.contains("--> camunda.bpmn:8:"), "{}", said.err);
    assert!(said.err.contains("made `time-off/workflows/leave.yaml`: 5 steps about `leave`"), "{}", said.err);
    let said = place.loam(&["check", "time-off"]);
    assert_eq!(said.code, 0, "{}", said.out);
    // And out again, and in again: the same words.
    let said = place.fine(&["bpmn", "write", "time-off", "leave", "--out", "again.bpmn"]);
    assert!(said.err.contains("wrote `again.bpmn`: 5 steps"), "{}", said.err);
    let said = place.fine(&["bpmn", "read", "again.bpmn"]);
    assert_eq!(said.err, "");
    assert_eq!(said.out, fs::read_to_string(place.path("time-off/workflows/leave.yaml")).unwrap());
}

#[test]
fn drawings_with_lanes_and_of_other_engines_are_well_formed_once_their_roles_are_there() {
    let place = with_folder();
    let app = [
        (
            "entities/contract.yaml",
            "label: 合同\ndisplay: title\nfields:\n  title: {type: text, label: 名称}\n  manager: {type: person, label: 经理}\n",
        ),
        (
            "entities/renewal.yaml",
            "label: 续签\ndisplay: title\nfields:\n  title: {type: text, label: 名称}\n  contract: {type: reference, to: contract, label: \
             合同}\n  amount: {type: integer, label: 金额}\n  signers: {type: person, label: 签字人}\n",
        ),
        ("workflows/contract_archive.yaml", "label: 归档\nentity: renewal\nsteps: {filed: {label: 已归档, end: {}}}\n"),
        (
            "roles/员工.yaml",
            "label: 员工\ngrants: [{entity: leave, actions: [read]}]\nworkflows: [{workflow: probation, actions: [start]}]\n",
        ),
        ("roles/部门主管.yaml", "label: 部门主管\ngrants: [{entity: leave, actions: [read]}]\n"),
        ("roles/人力资源部.yaml", "label: 人力资源部\ngrants: [{entity: leave, actions: [read]}]\n"),
        ("roles/finance.yaml", "label: 财务\ngrants: [{entity: renewal, actions: [read]}]\n"),
        ("roles/law.yaml", "label: 法务\ngrants: [{entity: renewal, actions: [read]}]\n"),
        (
            "roles/compliance.yaml",
            "label: 合规\ngrants:\n  - {entity: renewal, actions: [read, create, update]}\n  - {entity: contract, actions: [read, create, \
             update]}\nworkflows: [{workflow: renewal, actions: [start]}, {workflow: leave, actions: [start]}]\n",
        ),
    ];
    for (path, text) in app {
        let file = place.path(&format!("time-off/{path}"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let files = [("camunda", "leave", "leave"), ("bpmn-io", "leave", "probation"), ("flowable", "renewal", "renewal")];
    for (drawn, entity, workflow) in files {
        let out = format!("time-off/workflows/{workflow}.yaml");
        place.fine(&["bpmn", "read", &format!("{drawn}.bpmn"), "--entity", entity, "--guard", "hr", "--out", &out]);
    }
    let said = place.loam(&["check", "time-off"]);
    assert_eq!(said.code, 0, "{}", said.out);
}

#[test]
fn no_file_is_written_over_unless_it_is_asked_for() {
    let place = with_folder();
    fs::write(place.path("there.yaml"), "mine").unwrap();
    let read = ["bpmn", "read", "camunda.bpmn", "--entity", "leave", "--out", "there.yaml"];
    let said = place.refused(&read);
    assert!(said.err.contains("`there.yaml` is there already"), "{}", said.err);
    assert_eq!(fs::read_to_string(place.path("there.yaml")).unwrap(), "mine");
    place.fine(&[&read[..], &["--force"]].concat());
    assert!(fs::read_to_string(place.path("there.yaml")).unwrap().starts_with("label: 请假审批\n"));
    fs::create_dir_all(place.path("time-off/workflows")).unwrap();
    fs::copy(place.path("there.yaml"), place.path("time-off/workflows/leave.yaml")).unwrap();
    let write = ["bpmn", "write", "time-off", "leave", "--out", "there.yaml"];
    assert!(place.refused(&write).err.contains("is there already"));
    place.fine(&[&write[..], &["--force"]].concat());
    assert!(fs::read_to_string(place.path("there.yaml")).unwrap().contains("bpmndi:BPMNShape"));
}

#[test]
fn what_has_no_equal_is_told_and_nothing_is_made_unless_the_rest_is_asked_for() {
    let place = with_folder();
    let drawn = fs::read_to_string(place.path("flowable.bpmn")).unwrap();
    let drawn = drawn.replace("<userTask id=\"law\"", "<serviceTask id=\"law\"");
    fs::write(place.path("service.bpmn"), drawn).unwrap();
    let read = ["bpmn", "read", "service.bpmn", "--entity", "leave", "--out", "workflows/made.yaml"];
    let said = place.refused(&read);
    assert!(said.err.contains("error[bpmn.no-equal]: service task `law` (`法务审核`)"), "{}", said.err);
    assert!(said.err.contains("help: give it an extension element") && said.err.contains("--partial"), "{}", said.err);
    assert!(!place.path("workflows").exists());
    let said = place.refused(&[&read[..], &["--format", "json"]].concat()).json();
    assert_eq!((&said["ok"], &said["errors"], &said["workflow"]), (&false.into(), &1.into(), &serde_json::Value::Null));
    let fault = said["diagnostics"].as_array().unwrap().iter().find(|fault| fault["severity"] == "error").unwrap();
    assert_eq!((&fault["file"], &fault["line"]), (&"service.bpmn".into(), &15.into()));
    place.refused(&[&read[..], &["--partial"]].concat());
    let made = fs::read_to_string(place.path("workflows/made.yaml")).unwrap();
    assert!(made.contains("  finance:\n") && !made.contains("  law:\n"), "{made}");
}

#[test]
fn a_drawing_is_printed_unless_a_file_is_named() {
    let place = with_folder();
    let said = place.fine(&["bpmn", "read", "bpmn-io.bpmn", "--entity", "leave"]);
    assert!(said.out.starts_with("label: 转正流程\nentity: leave\nsteps:\n"), "{}", said.out);
    let said = place.fine(&["bpmn", "read", "bpmn-io.bpmn", "--entity", "leave", "--format", "json"]).json();
    assert!(said["workflow"].as_str().unwrap().contains("who: [{role: 部门主管}]"), "{said}");
    let template = repository().join("templates/performance-management").display().to_string();
    let said = place.fine(&["bpmn", "write", &template, "review"]);
    assert!(said.out.starts_with("<?xml") && said.err.is_empty(), "{}", said.err);
    let said = place.refused(&["bpmn", "write", &template, "reviw"]);
    assert!(said.err.contains("did you mean `review`?"), "{}", said.err);
}

#[test]
fn what_cannot_be_read_is_said_plainly() {
    let place = with_folder();
    assert!(place.refused(&["bpmn", "read", "nowhere.bpmn"]).err.contains("there is no file `nowhere.bpmn`"));
    assert!(place.refused(&["bpmn", "read", "time-off"]).err.contains("is a folder"));
    assert!(place.refused(&["bpmn", "read", "camunda.bpmn"]).err.contains("error[bpmn.no-entity]"));
    fs::write(place.path("bomb.bpmn"), "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>").unwrap();
    assert!(place.refused(&["bpmn", "read", "bomb.bpmn"]).err.contains("a document type is not read"));
    fs::write(place.path("gbk.bpmn"), [b'<', 0xc7, 0xeb, b'>']).unwrap();
    assert!(place.refused(&["bpmn", "read", "gbk.bpmn"]).err.contains("is not UTF-8 text"));
}
