//! Help, exit codes, schemas.

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
    for arguments in
        [&["chek"][..], &["check", "--format", "xml"], &["schema", "enity"], &["new", "Not A Name"], &["import"]]
    {
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
fn templates_are_inside() {
    let place = Place::new(Database::Sqlite);
    place.fine(&["new", "our-performance", "--from", "performance-management"]);
    let said = place.fine(&["check", "our-performance"]);
    assert!(said.out.contains("`our-performance` is fine"), "{}", said.out);
}
