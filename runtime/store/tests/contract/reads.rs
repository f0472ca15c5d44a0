//! Reads: values of every type come back, pages follow one another, masks hold, sums are exact.

use model::{Decimal, Grain, Value, YearStart};
use policy::{Action, Aggregate, ByPeriod, Direction, Measure, Permitted, Rights, Sort, authorize};

use super::world::{USER, World};

both!(
    every_type_comes_back,
    pages_follow_one_another,
    masks_hold_everywhere,
    sums_are_exact,
    several_together_are_what_each_is_alone,
    search_respects_masks
);

async fn every_type_comes_back(world: World) {
    let unit = world.add("unit", &[("code", "A".into())]).await.unwrap();
    let boss = world.add("person", &[("name", "Boss".into())]).await.unwrap();
    let given: Vec<(&str, Value)> = vec![
        ("name", "李雷 O'Neil \"%_\\".into()),
        ("level", Value::Int(i64::MIN + 1)),
        ("salary", "-1234567890.55".parse::<Decimal>().unwrap().into()),
        ("rate", "0.0001".parse::<Decimal>().unwrap().into()),
        ("born", Value::Date("1999-02-28".parse().unwrap())),
        ("seen", Value::DateTime("2025-11-20T08:09:10.123Z".parse().unwrap())),
        ("active", true.into()),
        ("grade", "b".into()),
        ("tags", Value::List(vec!["x".into(), "z".into()])),
        ("unit", unit.into()),
        ("boss", boss.into()),
        ("friends", Value::List(vec![boss.into()])),
        ("more", Value::Json(serde_json::json!({"a": [1, null, "二"]}))),
    ];
    let id = world.add("person", &given).await.unwrap();
    let names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
    let row = world.store.get(&world.app, &world.asking(), &world.get_of(&Rights::full(), "person", id, &names)).await;
    let row = row.unwrap().unwrap();
    for ((name, value), read) in given.iter().zip(&row.values) {
        assert_eq!(read, value, "{name}");
    }
    let wide = ["unit.code", "boss.name", "version", "created_by", "created_at", "deleted_at"];
    let row = world.store.get(&world.app, &world.asking(), &world.get_of(&Rights::full(), "person", id, &wide)).await;
    let row = row.unwrap().unwrap();
    let expected =
        vec!["A".into(), "Boss".into(), Value::Int(1), USER.into(), Value::DateTime(super::world::now()), Value::Null];
    assert_eq!(row.values, expected);
    let empty = world.get_of(&Rights::full(), "person", boss, &["tags", "friends", "unit.code"]);
    let row = world.store.get(&world.app, &world.asking(), &empty).await.unwrap().unwrap();
    assert_eq!(row.values, vec![Value::Null, Value::Null, Value::Null]);
    let none = world.get_of(&Rights::full(), "person", unit, &["name"]);
    assert_eq!(world.store.get(&world.app, &world.asking(), &none).await.unwrap(), None);
}

async fn pages_follow_one_another(world: World) {
    for at in 0..23_i64 {
        let level = if at % 4 == 0 { Value::Null } else { Value::Int(at % 3) };
        let values = [("name", format!("n{}", at % 5).into()), ("level", level)];
        world.add("person", &values).await.unwrap();
    }
    for direction in [Direction::Ascending, Direction::Descending] {
        for keys in [vec!["level"], vec!["name", "level"], vec!["level", "name"], vec![], vec!["created_at"]] {
            let mut list = world.list_of("person", &["name", "level"]);
            list.sort = keys.iter().map(|key| Sort { by: world.path("person", key), direction }).collect();
            let whole = authorize(&Rights::full(), USER, &*world.app, list.clone()).unwrap();
            let whole = world.store.list(&world.app, &world.asking(), &whole).await.unwrap();
            assert_eq!(whole.rows.len(), 23);
            assert_eq!(whole.next, None);
            if keys == ["level"] {
                assert!(whole.rows[17..].iter().all(|row| row.values[1].is_null()), "unknown comes last");
            }
            list.limit = 4;
            let mut rows = Vec::new();
            loop {
                let request = authorize(&Rights::full(), USER, &*world.app, list.clone()).unwrap();
                let page = world.store.list(&world.app, &world.asking(), &request).await.unwrap();
                rows.extend(page.rows);
                match page.next {
                    Some(next) => list.after = Some(next),
                    None => break,
                }
            }
            assert_eq!(rows, whole.rows, "{keys:?} {direction:?}");
        }
    }
}

async fn masks_hold_everywhere(world: World) {
    let a = world.add("unit", &[("code", "A".into()), ("open", true.into())]).await.unwrap();
    let b = world.add("unit", &[("code", "B".into()), ("open", false.into())]).await.unwrap();
    let money = |text: &str| Value::Decimal(text.parse().unwrap());
    let low = world
        .add(
            "person",
            &[("name", "low".into()), ("level", Value::Int(1)), ("salary", money("100")), ("unit", b.into())],
        )
        .await
        .unwrap();
    let mine = world
        .add(
            "person",
            &[("name", "mine".into()), ("level", Value::Int(1)), ("salary", money("200")), ("unit", a.into())],
        )
        .await
        .unwrap();
    let high = world
        .add(
            "person",
            &[("name", "high".into()), ("level", Value::Int(5)), ("salary", money("300")), ("unit", b.into())],
        )
        .await
        .unwrap();
    let reader = world.reader();
    let read = |id| world.get_of(&reader, "person", id, &["name", "level", "salary", "unit.code"]);
    let asking = world.asking();
    assert_eq!(world.store.get(&world.app, &asking, &read(low)).await.unwrap(), None);
    let row = world.store.get(&world.app, &asking, &read(mine)).await.unwrap().unwrap();
    // The second grant gives the salary and not the level; the unit is not among its fields.
    assert_eq!(row.values, vec!["mine".into(), Value::Null, money("200"), Value::Null]);
    let row = world.store.get(&world.app, &asking, &read(high)).await.unwrap().unwrap();
    // The first grant gives the level and the unit, but units that are not open stay closed.
    assert_eq!(row.values, vec!["high".into(), Value::Int(5), Value::Null, Value::Null]);

    let ask = |filter: &str, sort: &[&str]| {
        let mut list = world.list_of("person", &["name"]);
        list.filter = world.condition("person", filter);
        list.sort =
            sort.iter().map(|key| Sort { by: world.path("person", key), direction: Direction::Ascending }).collect();
        authorize(&reader, USER, &*world.app, list).unwrap()
    };
    let names = |page: store::Page| page.rows.into_iter().map(|row| row.values[0].clone()).collect::<Vec<_>>();
    let found = world.store.list(&world.app, &asking, &ask("salary >= 100", &["name"])).await.unwrap();
    assert_eq!(names(found), vec![Value::from("mine")], "a masked salary cannot be filtered by");
    let found = world.store.list(&world.app, &asking, &ask("level == null", &["name"])).await.unwrap();
    assert_eq!(names(found), vec![Value::from("mine")]);
    let found = world.store.list(&world.app, &asking, &ask("true", &["salary"])).await.unwrap();
    assert_eq!(names(found), vec![Value::from("mine"), "high".into()], "a masked salary sorts as unknown");
    let found = world.store.list(&world.app, &asking, &ask("unit.code == \"B\"", &[])).await.unwrap();
    assert!(names(found).is_empty());

    let aggregate = Aggregate {
        entity: world.entity("person"),
        period: None,
        group: vec![],
        measures: vec![
            Measure::Count,
            Measure::Sum(world.path("person", "salary")),
            Measure::Max(world.path("person", "level")),
        ],
        filter: formula::Predicate::always(),
        within: formula::Predicate::always(),
        search: None,
        limit: 10,
        anonymous: false,
    };
    let request = authorize(&reader, USER, &*world.app, aggregate).unwrap();
    let groups = world.store.aggregate(&world.app, &asking, &request).await.unwrap();
    assert_eq!(groups[0].numbers, vec![Value::Int(2), money("200"), Value::Int(5)]);

    let fields = ["name", "salary", "level"].map(|name| world.field("person", name)).to_vec();
    let permitted = |id| {
        let asked = Permitted { entity: world.entity("person"), id, action: Action::Update, fields: fields.clone() };
        authorize(&reader, USER, &*world.app, asked).unwrap()
    };
    let answer = world.store.permitted(&world.app, &asking, &permitted(mine)).await.unwrap();
    assert_eq!(answer, Some(vec![true, true, false]));
    let answer = world.store.permitted(&world.app, &asking, &permitted(high)).await.unwrap();
    assert_eq!(answer, Some(vec![true, false, false]));
    assert_eq!(world.store.permitted(&world.app, &asking, &permitted(low)).await.unwrap(), None);
}

async fn sums_are_exact(world: World) {
    let a = world.add("unit", &[("code", "A".into())]).await.unwrap();
    let friend = world.add("person", &[("name", "friend".into())]).await.unwrap();
    let money = |text: &str| Value::Decimal(text.parse().unwrap());
    for (salary, tags) in [("0.10", vec!["x", "y"]), ("0.20", vec!["x"]), ("0.03", vec![])] {
        let tags = Value::List(tags.into_iter().map(Value::from).collect());
        let friends = Value::List(vec![friend.into()]);
        let values =
            [("name", "n".into()), ("salary", money(salary)), ("tags", tags), ("unit", a.into()), ("friends", friends)];
        world.add("person", &values).await.unwrap();
    }
    let ask = |group: &[&str], measures: Vec<Measure>| {
        let aggregate = Aggregate {
            entity: world.entity("person"),
            period: None,
            group: world.paths("person", group),
            measures,
            filter: formula::Predicate::always(),
            within: world.condition("person", "name == \"n\""),
            search: None,
            limit: 100,
            anonymous: false,
        };
        authorize(&Rights::full(), USER, &*world.app, aggregate).unwrap()
    };
    let salary = || world.path("person", "salary");
    let measures = vec![
        Measure::Sum(salary()),
        Measure::Avg(salary()),
        Measure::Min(salary()),
        Measure::Distinct(world.path("person", "unit")),
        Measure::Avg(world.path("person", "level")),
        Measure::Min(world.path("person", "unit")),
        Measure::Max(world.path("person", "active")),
    ];
    let groups = world.store.aggregate(&world.app, &world.asking(), &ask(&["unit.code"], measures)).await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].keys, vec!["A".into()]);
    let expected = vec![money("0.33"), money("0.11"), money("0.03"), Value::Int(1), Value::Null, a.into(), Value::Null];
    assert_eq!(groups[0].numbers, expected);
    let request = ask(&["tags"], vec![Measure::Count, Measure::Sum(salary())]);
    let groups = world.store.aggregate(&world.app, &world.asking(), &request).await.unwrap();
    let shown: Vec<_> = groups.iter().map(|group| (group.keys[0].clone(), group.numbers.clone())).collect();
    assert_eq!(
        shown,
        vec![
            ("x".into(), vec![Value::Int(2), money("0.30")]),
            ("y".into(), vec![Value::Int(1), money("0.10")]),
            (Value::Null, vec![Value::Int(1), money("0.03")]),
        ]
    );
    let groups =
        world.store.aggregate(&world.app, &world.asking(), &ask(&["friends"], vec![Measure::Count])).await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!((&groups[0].keys[0], &groups[0].numbers[0]), (&friend.into(), &Value::Int(3)));
}

async fn several_together_are_what_each_is_alone(world: World) {
    let a = world.add("unit", &[("code", "A".into()), ("open", true.into())]).await.unwrap();
    let b = world.add("unit", &[("code", "B".into()), ("open", false.into())]).await.unwrap();
    let days = ["2025-01-31", "2025-02-01", "2025-11-20", "1999-12-31"];
    for (at, (day, unit)) in days.iter().zip([a, b, a, b]).enumerate() {
        let at = i64::try_from(at).unwrap();
        let born = Value::Date(day.parse().unwrap());
        let salary = Value::Decimal(Decimal::new(at * 100 + 1, 2));
        let rate = Value::Decimal(Decimal::new(at * 7 + 1, 4));
        let tags = Value::List(vec!["x".into(), "y".into()]);
        let values = [
            ("name", format!("n{at}").into()),
            ("level", Value::Int(at + 1)),
            ("salary", salary),
            ("rate", rate),
            ("born", born),
            ("active", (at % 2 == 0).into()),
            ("tags", tags),
            ("unit", unit.into()),
        ];
        world.add("person", &values).await.unwrap();
    }
    let path = |name: &str| world.path("person", name);
    let ask = |rights: &Rights, entity: &str, grain: Option<Grain>, group: &[&str], measures: Vec<Measure>| {
        let by = |grain| ByPeriod { by: path("born"), own: None, grain, year: YearStart::JANUARY, begins: Vec::new() };
        let aggregate = Aggregate {
            entity: world.entity(entity),
            period: grain.map(by),
            group: world.paths(entity, group),
            measures,
            filter: formula::Predicate::always(),
            within: formula::Predicate::always(),
            search: None,
            limit: 3,
            anonymous: false,
        };
        authorize(rights, USER, &*world.app, aggregate).unwrap()
    };
    let (full, reader) = (Rights::full(), world.reader());
    let money = || vec![Measure::Sum(path("salary")), Measure::Avg(path("salary")), Measure::Count];
    let odds = vec![Measure::Max(path("active")), Measure::Min(path("unit")), Measure::Sum(path("rate"))];
    let requests = [
        ask(&full, "person", Some(Grain::Month), &[], money()),
        ask(&reader, "person", Some(Grain::Month), &[], money()),
        ask(&full, "person", Some(Grain::Year), &["unit.code"], odds.clone()),
        ask(&full, "person", None, &["tags", "born"], vec![Measure::Distinct(path("unit"))]),
        ask(&full, "unit", None, &["code"], vec![Measure::Count]),
        ask(&reader, "unit", None, &["code"], vec![Measure::Count]),
        ask(&full, "person", None, &[], odds),
        ask(&reader, "person", Some(Grain::Quarter), &["level"], vec![Measure::Count]),
    ];
    let asking = world.asking();
    let before = world.store.reads();
    let together = world.store.aggregates(&world.app, &asking, &requests).await.unwrap();
    assert_eq!(world.store.reads() - before, 1);
    assert_eq!(together.len(), requests.len());
    for (at, (request, found)) in requests.iter().zip(&together).enumerate() {
        let alone = world.store.aggregate(&world.app, &asking, request).await.unwrap();
        assert_eq!(*found, alone, "the request {at}");
    }
    // Each has its own reader's rows.
    assert_eq!((together[4].len(), together[5].len()), (2, 1));
    assert_ne!(together[0], together[1]);
    // And as many of them as there are, however many statements that takes.
    let many: Vec<_> = (0..90).map(|_| ask(&full, "unit", None, &["code"], vec![Measure::Count])).collect();
    let found = world.store.aggregates(&world.app, &asking, &many).await.unwrap();
    assert_eq!(found.len(), many.len());
    assert!(found.iter().all(|one| *one == together[4]));
    assert!(world.store.aggregates(&world.app, &asking, &[]).await.unwrap().is_empty());
}

async fn search_respects_masks(world: World) {
    let a = world.add("unit", &[("code", "A".into())]).await.unwrap();
    world.add("person", &[("name", "Ümit".into()), ("note", "Geheim".into()), ("level", Value::Int(9))]).await.unwrap();
    world.add("person", &[("name", "Other".into()), ("note", "Geheim".into()), ("unit", a.into())]).await.unwrap();
    let ask = |rights: &Rights, words: &str| {
        let mut list = world.list_of("person", &["name"]);
        list.search = Some(words.to_owned());
        authorize(rights, USER, &*world.app, list).unwrap()
    };
    let count = |request| async {
        let request = request;
        world.store.list(&world.app, &world.asking(), &request).await.unwrap().rows.len()
    };
    assert_eq!(count(ask(&Rights::full(), "ümit")).await, 1);
    assert_eq!(count(ask(&Rights::full(), "ÜMI%")).await, 0);
    let reader = world.reader();
    // The note is shown to the reader on one of the rows only.
    assert_eq!(count(ask(&reader, "geheim")).await, 1);
    assert_eq!(count(ask(&reader, "ÜMIT")).await, 1);
    assert_eq!(count(ask(&reader, "t geheim")).await, 1);
}
