//! Schema changes: nothing is lost without its name being said, nothing is half applied.

use model::{Decimal, Value};
use policy::{Rights, authorize};
use store::{Confirmed, Plan, PublishError, Store, StoreError};

use super::world::{APP, FILES, PERSON, READER, UNIT, USER, World, app, now, with};

both!(
    nothing_changes_in_an_equal_app,
    renames_keep_rows_and_history,
    adding_widening_and_narrowing,
    dropping_needs_its_name,
    data_that_does_not_fit_refuses,
    values_out_of_bounds_are_counted_and_stay,
    stale_plans_are_refused,
    readers_of_an_old_version_are_told,
);

async fn publish(world: &mut World, files: &[(&str, &str)], say: &[&str]) -> Result<Plan, PublishError> {
    let after = app(files);
    let mut plan = Store::plan(Some(&world.app), &after);
    world.store.measure(&mut plan).await.unwrap();
    let confirmed = Confirmed::names(say.iter().copied());
    let documents = serde_json::json!({});
    let version = world.store.publish(world.version, &plan, &confirmed, documents, USER, now()).await?;
    world.version = version;
    world.app = after.into();
    Ok(plan)
}

fn kinds(plan: &Plan) -> Vec<(&'static str, String)> {
    plan.steps.iter().map(|step| (step.kind, step.name.clone())).collect()
}

async fn nothing_changes_in_an_equal_app(mut world: World) {
    let plan = publish(&mut world, &FILES, &[]).await.unwrap();
    assert_eq!(kinds(&plan), vec![]);
    assert_eq!(world.version, 2);
    let published = world.store.published().await.unwrap().unwrap();
    assert_eq!((published.version, published.by), (2, USER));
    assert_eq!(world.store.published_version().await.unwrap(), 2);
}

async fn renames_keep_rows_and_history(mut world: World) {
    let unit = world.add("unit", &[("code", "A".into())]).await.unwrap();
    let friend = world.add("person", &[("name", "f".into())]).await.unwrap();
    let friends = Value::List(vec![friend.into()]);
    let values = [("name", "p".into()), ("unit", unit.into()), ("level", Value::Int(3)), ("friends", friends.clone())];
    let id = world.add("person", &values).await.unwrap();
    let person = PERSON
        .replace("  level: {type", "  rank: {renamed_from: level, type")
        .replace("  unit: {type", "  home: {renamed_from: unit, type")
        .replace("  friends: {type", "  pals: {renamed_from: friends, type");
    let unit_text = UNIT.replace("by: unit", "by: home");
    let mut files = with("entities/person.yaml", &person);
    files[1] = ("entities/unit.yaml", &unit_text);
    let reader = READER
        .replace("level", "rank")
        .replace("unit, boss]", "home, boss]")
        .replace("unit.", "home.")
        .replace("friends", "pals");
    files[3] = ("roles/reader.yaml", &reader);
    let plan = publish(&mut world, &files, &[]).await.unwrap();
    assert!(plan.steps.iter().all(|step| !step.destructive), "{:?}", kinds(&plan));
    let get = world.get_of(&Rights::full(), "person", id, &["rank", "home.code", "pals"]);
    let row = world.store.get(&world.app, &world.asking(), &get).await.unwrap().unwrap();
    assert_eq!(row.values, vec![Value::Int(3), "A".into(), friends]);

    // The whole entity under another name, self-references and join table included.
    let staff = person
        .replacen("label:", "renamed_from: person\nlabel:", 1)
        .replace("to: person", "to: staff")
        .replace("to: person", "to: staff");
    let unit_text = unit_text.replace("to: person", "to: staff");
    let reader = reader.replace("entity: person", "entity: staff");
    let files = [
        ("app.yaml", APP),
        ("entities/unit.yaml", unit_text.as_str()),
        ("entities/staff.yaml", &staff),
        ("roles/reader.yaml", &reader),
    ];
    let plan = publish(&mut world, &files, &[]).await.unwrap();
    assert!(plan.steps.iter().all(|step| !step.destructive), "{:?}", kinds(&plan));
    let get = world.get_of(&Rights::full(), "staff", id, &["rank", "home.code", "pals"]);
    let row = world.store.get(&world.app, &world.asking(), &get).await.unwrap().unwrap();
    assert_eq!(row.values[..2], [Value::Int(3), "A".into()]);
    // References to nothing are still refused, by the new names.
    let refused = world.add("staff", &[("name", "x".into()), ("home", id.into())]).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::MissingReference { table, column } if table == "test_staff" && column == "home"),
        "{refused:?}"
    );
}

async fn adding_widening_and_narrowing(mut world: World) {
    let money = |text: &str| Value::Decimal(text.parse::<Decimal>().unwrap());
    let id = world
        .add(
            "person",
            &[("name", "p".into()), ("level", Value::Int(3)), ("rate", money("-2.5050")), ("salary", money("7.00"))],
        )
        .await
        .unwrap();
    let person = PERSON
        .replace("level: {type: integer", "level: {type: decimal, places: 3")
        .replace("salary: {type: money", "salary: {type: decimal, places: 4")
        + "  kind: {type: text, label: {zh-CN: 类别, en: Kind}, default: '\"staff\"', required: true}\n";
    let plan = publish(&mut world, &with("entities/person.yaml", &person), &[]).await.unwrap();
    assert!(kinds(&plan).contains(&("add-column", "person.kind".to_owned())));
    let get = world.get_of(&Rights::full(), "person", id, &["level", "salary", "kind"]);
    let row = world.store.get(&world.app, &world.asking(), &get).await.unwrap().unwrap();
    assert_eq!(row.values, vec![money("3"), money("7"), "staff".into()]);

    // Fewer places: what would be rounded is counted, and rounded only when the field is named.
    let narrow = person.replace("rate: {type: decimal, places: 4", "rate: {type: decimal, places: 2");
    let narrow = narrow.replace("level: {type: decimal, places: 3", "level: {type: integer");
    let files = with("entities/person.yaml", &narrow);
    let refused = publish(&mut world, &files, &[]).await.unwrap_err();
    assert!(matches!(&refused, PublishError::DoesNotFit { name, count: 1, .. } if name == "person.rate"), "{refused}");
    let plan = publish(&mut world, &files, &["person.rate"]).await.unwrap();
    assert_eq!(plan.to_confirm(), vec!["person.rate".to_owned()]);
    let get = world.get_of(&Rights::full(), "person", id, &["level", "rate"]);
    let row = world.store.get(&world.app, &world.asking(), &get).await.unwrap().unwrap();
    assert_eq!(row.values, vec![Value::Int(3), money("-2.51")]);
    // Indexes came back with the column.
    let mut list = world.list_of("person", &["level"]);
    list.filter = world.condition("person", "level == 3");
    let list = authorize(&Rights::full(), USER, &*world.app, list).unwrap();
    assert_eq!(world.store.list(&world.app, &world.asking(), &list).await.unwrap().rows.len(), 1);
}

async fn dropping_needs_its_name(mut world: World) {
    let id = world.add("person", &[("name", "p".into()), ("note", "n".into())]).await.unwrap();
    let unit = world.add("unit", &[("code", "A".into())]).await.unwrap();
    world.set("person", id, &[("unit", unit.into()), ("friends", Value::List(vec![id.into()]))], None).await.unwrap();
    let person: String = PERSON
        .replace("search: [name, note]", "search: [name]")
        .lines()
        .filter(|line| !["  note:", "  unit:", "  friends:"].iter().any(|field| line.starts_with(field)))
        .map(|line| format!("{line}\n"))
        .collect();
    let files = [("app.yaml", APP), ("entities/person.yaml", person.as_str())];
    let refused = publish(&mut world, &files, &["person.note"]).await.unwrap_err();
    let PublishError::Unconfirmed { mut names } = refused else { panic!("{refused}") };
    names.sort();
    assert_eq!(names, vec!["person.friends", "person.unit", "unit"]);
    let plan = publish(&mut world, &files, &["person.note", "person.unit", "person.friends", "unit"]).await.unwrap();
    let lost: Vec<_> =
        plan.steps.iter().filter(|step| step.destructive).map(|step| (step.name.as_str(), step.lost)).collect();
    for name in ["person.note", "person.unit", "person.friends", "unit"] {
        assert!(lost.contains(&(name, Some(1))), "{lost:?}");
    }
    let get = world.get_of(&Rights::full(), "person", id, &["name"]);
    assert!(world.store.get(&world.app, &world.asking(), &get).await.unwrap().is_some());
}

async fn data_that_does_not_fit_refuses(mut world: World) {
    for name in ["same", "same"] {
        world.add("person", &[("name", name.into()), ("grade", "c".into())]).await.unwrap();
    }
    let cases = [
        (PERSON.replace("index: true, max: 60", "unique: true, max: 60"), "person.name", 2),
        (PERSON.replace("max: 60", "max: 3"), "person.name", 2),
        (PERSON.replace("born: {type: date", "born: {required: true, type: date"), "person.born", 2),
        (PERSON.replace(", c: {label: {zh-CN: 丙, en: C}}", ""), "person.grade", 2),
        (
            PERSON.to_owned() + "  must: {type: text, label: {zh-CN: 必填, en: Must}, required: true}\n",
            "person.must",
            2,
        ),
    ];
    for (person, name, count) in cases {
        let refused = publish(&mut world, &with("entities/person.yaml", &person), &[name]).await.unwrap_err();
        let PublishError::DoesNotFit { name: said, count: found, .. } = &refused else { panic!("{refused}") };
        assert_eq!((said.as_str(), *found), (name, count));
        assert_eq!(world.store.published_version().await.unwrap(), 1);
    }
    // Nothing of a refused publish is left behind.
    let plan = publish(&mut world, &FILES, &[]).await.unwrap();
    assert_eq!(kinds(&plan), vec![]);
    world.add("person", &[("name", "after".into())]).await.unwrap();
}

async fn values_out_of_bounds_are_counted_and_stay(mut world: World) {
    let decimal = |text: &str| Value::Decimal(text.parse::<Decimal>().unwrap());
    let rows = [
        (-1, "99.99", "-1.5001", "1989-12-31", "2024-12-31T23:59:59.999Z", "ab"),
        (0, "100.00", "-1.5000", "1990-01-01", "2025-01-01T00:00:00Z", "一二三"),
        (10, "-7.00", "0", "1990-01-02", "2025-01-01T00:00:00.001Z", "abcd"),
    ];
    let mut ids = Vec::new();
    for (level, salary, rate, born, seen, note) in rows {
        let values = [
            ("name", "p".into()),
            ("level", Value::Int(level)),
            ("salary", decimal(salary)),
            ("rate", decimal(rate)),
            ("born", Value::Date(born.parse().unwrap())),
            ("seen", Value::DateTime(seen.parse().unwrap())),
            ("note", note.into()),
        ];
        ids.push(world.add("person", &values).await.unwrap());
    }
    // Nothing is known of this one, which is within all bounds.
    world.add("person", &[("name", "q".into())]).await.unwrap();
    let outside = |plan: &Plan| -> Vec<(String, Option<i64>)> {
        let bounds = plan.steps.iter().filter(|step| step.kind == "bound");
        bounds.map(|step| (step.name.clone(), step.outside)).collect()
    };
    let named = |all: &[(&str, i64)]| -> Vec<(String, Option<i64>)> {
        all.iter().map(|(field, count)| (format!("person.{field}"), Some(*count))).collect()
    };
    let person = PERSON
        .replace("note: {type", "note: {min: 3, type")
        .replace("level: {type", "level: {min: 0, max: 9, type")
        .replace("salary: {type", "salary: {max: 99.995, type")
        .replace("rate: {type", "rate: {min: -1.5, type")
        .replace("born: {type", "born: {min: '1990-01-01', type")
        .replace("seen: {type", "seen: {max: '2025-01-01T00:00:00Z', type");
    let plan = publish(&mut world, &with("entities/person.yaml", &person), &[]).await.unwrap();
    let expected = [("note", 1), ("level", 2), ("salary", 1), ("rate", 1), ("born", 1), ("seen", 1)];
    assert_eq!(outside(&plan), named(&expected));
    assert_eq!(plan.to_confirm(), Vec::<String>::new());
    let get = world.get_of(&Rights::full(), "person", ids[0], &["level", "rate"]);
    let row = world.store.get(&world.app, &world.asking(), &get).await.unwrap().unwrap();
    assert_eq!(row.values, vec![Value::Int(-1), decimal("-1.5001")]);

    // Counted by the value that a conversion makes; a bound beyond all digits of a column is one all the same.
    let person = person
        .replace("level: {min: 0, max: 9, type: integer", "level: {min: 0.005, max: 9, type: decimal, places: 2")
        .replace("salary: {max: 99.995", "salary: {min: 1000000000000000000000000, max: 2000000000000000000000000")
        .replace("rate: {min: -1.5", "rate: {min: -1.49995");
    let plan = publish(&mut world, &with("entities/person.yaml", &person), &[]).await.unwrap();
    assert_eq!(outside(&plan), named(&[("level", 2), ("salary", 3), ("rate", 2)]));
}

async fn stale_plans_are_refused(world: World) {
    let plan = Store::plan(Some(&world.app), &world.app);
    let nothing = Confirmed::default();
    let publish = |version| world.store.publish(version, &plan, &nothing, serde_json::json!({}), USER, now());
    assert_eq!(publish(1).await.unwrap(), 2);
    assert!(matches!(publish(1).await, Err(PublishError::Stale { expected: 1, found: 2 })));
}

async fn readers_of_an_old_version_are_told(mut world: World) {
    let id = world.add("person", &[("name", "p".into()), ("level", Value::Int(1))]).await.unwrap();
    let old = world.app.clone();
    let get = world.get_of(&Rights::full(), "person", id, &["level"]);
    world.store.get(&old, &world.asking(), &get).await.unwrap();
    let asking = world.asking();
    let person = PERSON.replace("  level: {type", "  rank: {renamed_from: level, type");
    let reader = READER.replace("level", "rank");
    let mut files = with("entities/person.yaml", &person);
    files[3] = ("roles/reader.yaml", &reader);
    publish(&mut world, &files, &[]).await.unwrap();
    let answer = world.store.get(&old, &asking, &get).await;
    assert!(matches!(answer, Err(StoreError::SchemaChanged)), "{answer:?}");
    let outcome: Result<(), StoreError> = world.store.write(asking, |_| Box::pin(async { Ok(()) })).await;
    assert!(matches!(outcome, Err(StoreError::SchemaChanged)));
}
