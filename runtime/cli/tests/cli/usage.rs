//! Help, exit codes, schemas.

use std::{collections::BTreeSet, fs};

use serde_json::json;

use crate::support::{Database, Place};

#[test]
fn every_command_has_help_with_an_example() {
    let place = Place::new(Database::Sqlite);
    for command in [
        "demo",
        "serve",
        "new",
        "check",
        "plan",
        "apply",
        "schema",
        "import",
        "export",
        "bpmn",
        "components",
        "erasures",
        "user",
        "rehearse",
        "replay",
        "plugin",
        "audit",
        "backup",
        "restore",
        "key",
    ] {
        let said = place.fine(&[command, "--help"]);
        assert!(said.out.contains("Example"), "{command}:\n{}", said.out);
        assert!(said.out.contains(&format!("loam {command}")), "{command}:\n{}", said.out);
    }
    assert!(place.fine(&["--version"]).out.starts_with("loam "));
}

#[test]
fn wrong_usage_ends_with_two() {
    let place = Place::new(Database::Sqlite);
    for arguments in [
        &["chek"][..],
        &["check", "--format", "xml"],
        &["check", "--personal", "--access"],
        &["check", "--language", "en"],
        &["check", "--personal", "--language", "fr"],
        &["demo", "--tier", "huge"],
        &["export", "task", "--line-ends", "cr"],
        &["import"],
        &["new", "Not A Name"],
        &["new", "time-off", "--from", "nothing"],
        &["schema", "enity"],
        &["schema", "entity", "--functions"],
        &["schema", "--format", "json"],
    ] {
        let said = place.loam(arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {}", said.err);
        assert!(!said.err.is_empty());
    }
}

#[test]
fn what_is_not_there_is_said_plainly() {
    let place = Place::new(Database::Sqlite);
    assert!(place.refused(&["check", "nowhere"]).err.contains("there is no folder `nowhere`"));
    assert!(place.refused(&["serve"]).err.contains("loam apply FOLDER"));
    assert!(!place.path("data").exists(), "asking makes nothing");
    place.fine(&["new", "time-off"]);
    assert!(place.refused(&["check"]).err.contains("did you mean `./time-off`?"));
    assert!(place.refused(&["new", "time-off"]).err.contains("is there already"));
}

#[test]
fn schemas_are_printed_and_written() {
    let place = Place::new(Database::Sqlite);
    assert!(place.fine(&["schema", "entity"]).json()["properties"]["fields"].is_object());
    assert!(place.fine(&["schema"]).json()["role"].is_object());
    place.fine(&["schema", "--out", "schemas"]);
    assert!(place.path("schemas/page.schema.json").is_file());
    assert!(place.path("schemas/functions.md").is_file());
    let said = place.fine(&["schema", "--functions"]);
    assert!(said.out.contains("### RMB_CAPITALS") && said.out.contains("人民币"), "{}", said.out);
    let functions = place.fine(&["schema", "--functions", "--format", "json"]).json();
    assert!(functions["functions"].as_array().is_some_and(|functions| functions.len() >= 250));
}

#[test]
fn schemas_are_written_as_far_as_they_are_asked_for() {
    let place = Place::new(Database::Sqlite);
    let files = |folder: &str| {
        let entries = fs::read_dir(place.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<BTreeSet<_>>()
    };
    let said = place.fine(&["schema", "role", "--out", "one"]);
    assert!(said.out.is_empty() && said.err.contains("role.schema.json"), "{}{}", said.out, said.err);
    assert_eq!(files("one"), BTreeSet::from(["role.schema.json".to_owned()]));
    place.fine(&["schema", "--functions", "--out", "functions"]);
    assert_eq!(files("functions"), BTreeSet::from(["functions.json".to_owned(), "functions.md".to_owned()]));
}

#[test]
fn plans_and_registers_are_read_in_either_language() {
    let place = Place::new(Database::Sqlite);
    let said = place.fine(&["new", "apps/time-off"]);
    assert!(said.err.contains("loam check apps/time-off"), "{}", said.err);
    let task = "apps/time-off/entities/task.yaml";
    let phone = "  phone: {type: text, sensitivity: personal, max: 30, personal: {purpose: {zh-CN: 联系本人, en: To call}, basis: contract, keep: {zh-CN: 两年, en: Two years}}, label: {zh-CN: 电话, en: Phone}}\n  notes:\n";
    place.edit(task, "  notes:\n", phone);
    let chinese = place.fine(&["check", "apps/time-off", "--personal"]).out;
    assert!(chinese.contains("phone 电话: 个人信息\n    用途: 联系本人\n"), "{chinese}");
    let english = place.fine(&["check", "apps/time-off", "--personal", "--language", "en"]).out;
    assert!(english.contains("phone Phone: personal\n    purpose: To call\n"), "{english}");
    assert!(english.ends_with("    kept: Two years\n    read by: member\n"), "{english}");
    let register = place.fine(&["check", "apps/time-off", "--personal", "--format", "json"]).json();
    let expected = json!({
        "entity": "task", "field": "phone", "sensitive": false, "purpose": {"zh-CN": "联系本人", "en": "To call"},
        "basis": "contract", "keep": {"zh-CN": "两年", "en": "Two years"}, "stays_when_erased": null, "read_by": ["member"],
    });
    assert_eq!(register["personal"], json!([expected]));
    // The language of a plan is said, or that of the environment.
    let planned = place.fine(&["plan", "apps/time-off", "--lang", "zh-CN"]).out;
    assert_eq!(place.loam_with(("LOAM_LANG", "zh_CN.UTF-8"), &["plan", "apps/time-off"]).out, planned);
    assert_ne!(place.fine(&["plan", "apps/time-off"]).out, planned);
    // What cannot be published has no plan, only faults.
    place.edit(task, "display: title", "display: titel");
    let said = place.refused(&["plan", "apps/time-off", "--format", "json"]).json();
    assert!(said["ok"] == json!(false) && said["errors"] != json!(0), "{said}");
    assert!(said["diagnostics"].to_string().contains("titel"), "{said}");
    // Also where there is no database to look into.
    let nowhere = ("LOAM_DATABASE", "postgres://127.0.0.1:1/nowhere");
    let alone = place.loam_with(nowhere, &["plan", "apps/time-off", "--format", "json"]);
    assert!(alone.json()["diagnostics"].to_string().contains("titel"), "{}", alone.out);
    for asked in ["--access", "--personal"] {
        let said = place.refused(&["check", "apps/time-off", asked]);
        assert!(said.out.contains("did you mean `title`?"), "{asked}: {}", said.out);
    }
}

#[test]
fn templates_are_inside() {
    let place = Place::new(Database::Sqlite);
    place.fine(&["new", "our-performance", "--from", "performance-management"]);
    let said = place.fine(&["check", "our-performance"]);
    assert!(said.out.contains("`our-performance` is fine"), "{}", said.out);
}
