use app::SeedCell;
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

/// An app over three entities, to follow what changes set in motion.
fn chain() -> App {
    app(&[
        ("app.yaml", APP),
        (
            "entities/unit.yaml",
            "label: Unit\ndisplay: name\nfields:\n  name: {type: text}\n  goals: {type: children, to: goal, by: unit}\n  weight: {type: integer}\n  results: {type: integer, formula: 'SUM(goals.points)'}\n",
        ),
        (
            "entities/goal.yaml",
            "label: Goal\ndisplay: name\nfields:\n  name: {type: text}\n  unit: {type: reference, to: unit}\n  parent: {type: reference, to: goal}\n  below: {type: children, to: goal, by: parent}\n  points: {type: integer, formula: 'twice + SUM(below.points)'}\n  twice: {type: integer, formula: 'own * 2'}\n  own: {type: integer}\n",
        ),
        (
            "entities/result.yaml",
            "label: Result\ndisplay: name\nfields:\n  name: {type: text}\n  goal: {type: reference, to: goal}\n  share: {type: integer, formula: 'goal.unit.weight + goal.own'}\n",
        ),
    ])
}

#[test]
fn computed_fields_follow_what_they_read() {
    let app = chain();
    let goal = app.entity_named("goal").unwrap();
    let names: Vec<&str> = goal.computed.iter().map(|id| app.field(*id).unwrap().name.as_str()).collect();
    assert_eq!(names, ["twice", "points"]);
}

/// How changes lead back to what reads them, a line each.
fn ways_back(app: &App) -> String {
    let name = |id: model::FieldId| {
        let field = app.field(id).unwrap();
        format!("{}.{}", app.entity(field.entity).unwrap().name, field.name)
    };
    let lines: Vec<String> = app
        .dependents()
        .iter()
        .map(|dependent| {
            let fields: Vec<String> = dependent.fields.iter().map(|id| name(*id)).collect();
            let back: Vec<String> = dependent
                .back
                .iter()
                .map(|step| match step {
                    app::Back::Referrers(by) => format!("those with {}", name(*by)),
                    app::Back::Referred(by) => format!("its {}", name(*by)),
                })
                .collect();
            let comes = if dependent.existence { " or it comes or goes" } else { "" };
            format!("{}{comes}: {} -> {}\n", fields.join(", "), back.join(", "), name(dependent.field))
        })
        .collect();
    lines.concat()
}

#[test]
fn every_change_knows_its_way_back() {
    expect_test::expect![[r#"
        goal.parent, goal.points or it comes or goes: its goal.parent -> goal.points
        goal.unit, goal.own: those with result.goal -> result.share
        unit.weight: those with goal.unit, those with result.goal -> result.share
        goal.unit, goal.points or it comes or goes: its goal.unit -> unit.results
    "#]]
    .assert_eq(&ways_back(&chain()));
}

#[test]
fn a_rollup_of_what_is_below_children_knows_the_way_back_from_each_step() {
    let app = app(&[
        ("app.yaml", APP),
        (
            "entities/customer.yaml",
            "label: Customer\ndisplay: name\nfields:\n  name: {type: text}\n  orders: {type: children, to: order, by: customer}\n  products: {type: integer, rollup: {of: orders.lines, function: distinct, field: product, where: 'open == true'}}\n",
        ),
        (
            "entities/order.yaml",
            "label: Order\ndisplay: name\nfields:\n  name: {type: text}\n  customer: {type: reference, to: customer}\n  lines: {type: children, to: line, by: order}\n",
        ),
        (
            "entities/line.yaml",
            "label: Line\ndisplay: product\nfields:\n  product: {type: text}\n  open: {type: boolean}\n  order: {type: reference, to: order}\n",
        ),
    ]);
    expect_test::expect![[r#"
        order.customer or it comes or goes: its order.customer -> customer.products
        line.order, line.product, line.open or it comes or goes: its line.order, its order.customer -> customer.products
    "#]]
    .assert_eq(&ways_back(&app));
}

#[test]
fn words_of_a_locale_stand_where_the_document_left_them_out() {
    let app = app(&[
        ("app.yaml", APP),
        ("entities/goal.yaml", "label: {zh-CN: 目标}\ndisplay: title\nfields:\n  title: {type: text}\n"),
        ("locales/en.yaml", "words: {entities.goal.label: Objective, entities.goal.fields.title.help: In short}\n"),
    ]);
    let goal = app.entity_named("goal").unwrap();
    assert_eq!((goal.label.get(model::Locale::ZhCn), goal.label.get(model::Locale::En)), ("目标", "Objective"));
    assert_eq!(app.field_named(goal.id, "title").unwrap().help.get(model::Locale::En), "In short");
}

#[test]
fn seed_rows_come_after_those_they_refer_to() {
    let app = app(&[
        ("app.yaml", APP),
        (
            "entities/goal.yaml",
            "label: Goal\ndisplay: title\nkey: title\nfields:\n  title: {type: text}\n  parent: {type: reference, to: goal}\n  unit: {type: reference, to: unit}\n",
        ),
        ("entities/unit.yaml", "label: Unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text}\n"),
        ("data/a.yaml", "entity: goal\nrows: [{title: b, parent: a, unit: 007}, {title: a}]\n"),
        ("data/b.yaml", "entity: unit\nrows: [{code: 007}]\n"),
    ]);
    let cells: Vec<&SeedCell> =
        app.seeds().iter().flat_map(|seed| &seed.rows).filter_map(|row| row.first()).map(|(_, cell)| cell).collect();
    let value = |text: &str| SeedCell::Value(model::Value::from(text));
    assert_eq!(cells, [&value("007"), &value("a"), &value("b")]);
}

#[test]
fn what_nobody_says_about_writing_follows_from_reading() {
    let app = app(&[
        ("app.yaml", APP),
        (
            "entities/goal.yaml",
            "label: Goal\ndisplay: title\nfields:\n  title: {type: text}\n  twice: {type: text, formula: title}\n",
        ),
        ("roles/a.yaml", "label: A\ngrants: [{entity: goal, actions: [read, update], read: [title, twice]}]\n"),
    ]);
    let goal = app.entity_named("goal").unwrap();
    let title = app.field_named(goal.id, "title").unwrap().id;
    assert_eq!(app.roles()[0].grants[0].write, policy::Fields::Only([title].into()));
}

#[test]
fn what_lies_beside_a_record_is_given_with_the_whole_of_it_or_by_name() {
    let entity = |more: &str| {
        format!(
            "label: Goal\ndisplay: title\ncomments: true\nattachments: true\nfields:\n  title: {{type: text}}\n  code: {{type: text}}\n{more}"
        )
    };
    let given = |entity: &str, grant: &str| {
        let role = format!("label: A\ngrants: [{{entity: goal, actions: [read]{grant}}}]\n");
        let app = app(&[("app.yaml", APP), ("entities/goal.yaml", entity), ("roles/a.yaml", &role)]);
        let beside = app.roles()[0].grants[0].beside.clone();
        policy::Aside::ALL.map(|aside| beside.contains(&aside))
    };
    let plain = entity("");
    assert_eq!(given(&plain, ""), [true, true]);
    assert_eq!(given(&plain, ", masked: {code: '#**'}"), [true, true]);
    assert_eq!(given(&plain, ", read: [title]"), [false, false]);
    assert_eq!(given(&plain, ", read: [title, attachments]"), [false, true]);
    // A field of that name goes before, and opens nothing else.
    assert_eq!(given(&entity("  comments: {type: text}\n"), ", read: [comments]"), [false, false]);
}

/// What is said of an app with this as the module of its plugin.
fn with_module(path: &str, text: &str) -> Vec<String> {
    let files = [
        ("app.yaml", APP),
        (
            "entities/goal.yaml",
            "label: Goal\ndisplay: title\nfields:\n  title: {type: text}\n  good: {type: boolean}\n",
        ),
        ("roles/all.yaml", "label: All\ngrants:\n  - {entity: goal, actions: [create, read, update]}\n"),
        (
            "rules/a.yaml",
            "label: A\ntrigger: {change: goal}\ncondition: title != null\nactions:\n  - call: {plugin: tried, with: {text: title}, into: {good: good}}\n",
        ),
        ("plugins/tried.yaml", "label: Tried\ntakes: {text: text}\ngives: {good: boolean}\n"),
        (path, text),
    ];
    let (app, faults) = resolve(&[Source::inline("demo", &files)]);
    let errors: Vec<String> =
        faults.into_iter().filter(|fault| fault.severity == Severity::Error).map(|fault| fault.message).collect();
    assert_eq!(app.is_some(), errors.is_empty(), "{errors:?}");
    errors
}

#[test]
fn a_module_is_known_by_its_first_bytes_and_has_a_largest_size() {
    let base64 = |head: &[u8]| definition::folder::kept("plugins/tried.wasm", [head, &[1, 2, 3]].concat()).unwrap();
    let binary = "plugins/tried.wasm";
    assert!(with_module(binary, &base64(b"\0asm\x01\0\0\0")).is_empty());
    let inside = "this is a component, and the module inside it is what is called";
    assert_eq!(with_module(binary, &base64(b"\0asm\x0d\0\x01\0")), [inside]);
    assert_eq!(with_module(binary, &base64(b"GIF89a")), ["this is no module"]);
    assert_eq!(with_module(binary, "?"), ["the bytes of this module cannot be read"]);
    assert!(with_module("plugins/tried.wat", ";; what it does\n\n(module)\n").is_empty());
    assert_eq!(with_module("plugins/tried.wat", "; x\n"), ["this is no module"]);
    let large = format!("(module{})", " ".repeat(8 * 1024 * 1024));
    assert_eq!(with_module("plugins/tried.wat", &large), ["this module is larger than 8 MiB"]);
}
