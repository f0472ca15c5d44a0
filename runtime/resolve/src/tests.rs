use definition::render::summary;
use model::EntityId;

use super::*;

const APP: &str = "name: demo\nlabel: Demo\nversion: 1.0.0\n";
const ROLE: &str = "label: All\ngrants:\n  - {entity: goal, actions: [create, read, update, delete]}\n  - {entity: result, actions: [read]}\n";

/// Resolves and shows the diagnostics when there is no app.
fn app(files: &[(&str, &str)]) -> App {
    let sources = [Source::inline("demo", files)];
    let (app, faults) = resolve(&sources);
    app.unwrap_or_else(|| panic!("{}\n{}", super::sources(&sources).plain_all(&faults), summary(&faults)))
}

#[test]
fn entities_fields_and_roles_become_an_app() {
    let goal = "label: Goal\ndisplay: title\nkey: title\nfields:\n  title: {type: text, required: true}\n  weight: {type: percent, default: '100', min: 0, max: 100}\n  parent: {type: reference, to: goal}\n  results: {type: children, to: result, by: goal}\n";
    let result = "label: Result\ndisplay: name\nfields:\n  name: {type: text}\n  goal: {type: reference, to: goal, required: true, on_delete: cascade}\n";
    let app = app(&[
        ("app.yaml", APP),
        ("entities/goal.yaml", goal),
        ("entities/result.yaml", result),
        ("roles/all.yaml", ROLE),
    ]);
    let goal = app.entity_named("goal").unwrap();
    assert_eq!((goal.id, goal.table.as_str()), (EntityId(0), "demo_goal"));
    assert_eq!(app.field_named(goal.id, "title").map(|field| (field.unique, field.required)), Some((true, true)));
    assert_eq!(app.field_named(goal.id, "results").and_then(app::Field::target), Some(EntityId(1)));
    assert_eq!(app.roles()[0].grants.len(), 2);
}
