//! Writes: all or nothing, stale ones refused, unique values kept, row conditions obeyed.

use std::sync::Arc;

use model::{RecordId, Value};
use policy::{Action, Bin, Change, Get, Rights, authorize};
use store::{Lock, NewRow, StoreError};

use super::world::{USER, World, new_id};

both!(
    two_writers_of_one_version,
    a_failing_write_undoes_itself_only,
    unique_values_are_kept_outside_the_bin,
    references_to_nothing_are_refused,
    the_bin,
    row_conditions_bind_writes,
    paths_through_references_and_children,
    many_rows_at_once,
    keys_serials_and_referrers,
    an_old_version_cannot_write,
);

fn name(text: &str) -> Vec<(&str, Value)> {
    vec![("name", text.into())]
}

async fn two_writers_of_one_version(world: World) {
    let id = world.add("person", &name("one")).await.unwrap();
    let world = Arc::new(world);
    let values = name("two");
    let (a, b) = tokio::join!(world.set("person", id, &values, Some(1)), world.set("person", id, &values, Some(1)));
    let mut both = [a.unwrap(), b.unwrap()];
    both.sort();
    assert_eq!(both, [None, Some(2)]);
    assert_eq!(world.set("person", id, &name("three"), None).await.unwrap(), Some(3));
}

async fn a_failing_write_undoes_itself_only(world: World) {
    let world = Arc::new(world);
    let mut tasks = Vec::new();
    for at in 0..60_i64 {
        let world = world.clone();
        tasks.push(tokio::spawn(async move {
            let id = new_id();
            let change = world.change("person", Action::Create, id);
            let (app, values) = (world.app.clone(), world.values("person", &name("n")));
            let outcome = world
                .write(move |tx| {
                    let (app, change, values) = (app.clone(), change.clone(), values.clone());
                    Box::pin(async move {
                        // Half of those that fail have written nothing yet.
                        if at % 3 == 0 || at % 2 == 0 {
                            tx.insert(&app, &change, &values, None).await?;
                        }
                        match at % 3 {
                            0 => Ok(()),
                            1 => Err(StoreError::Misfit("said by the test")),
                            _ => panic!("a panic of one job"),
                        }
                    })
                })
                .await;
            (at, id, outcome)
        }));
    }
    let mut kept: Vec<RecordId> = Vec::new();
    for task in tasks {
        let (at, id, outcome) = task.await.unwrap();
        match at % 3 {
            0 => {
                outcome.unwrap();
                kept.push(id);
            }
            1 => assert!(matches!(outcome, Err(StoreError::Misfit(_)))),
            _ => assert!(matches!(outcome, Err(StoreError::Panicked))),
        }
    }
    let list = authorize(&Rights::full(), USER, &*world.app, world.list_of("person", &["name"])).unwrap();
    let mut there: Vec<RecordId> =
        world.store.list(&world.app, &world.asking(), &list).await.unwrap().rows.iter().map(|row| row.id).collect();
    kept.sort();
    there.sort();
    assert_eq!(there, kept);
}

async fn unique_values_are_kept_outside_the_bin(world: World) {
    let first = world.add("unit", &[("code", "A".into())]).await.unwrap();
    let taken = world.add("unit", &[("code", "A".into())]).await.unwrap_err();
    let StoreError::UniqueTaken { fields } = taken else { panic!("{taken:?}") };
    assert_eq!(fields, vec![world.field("unit", "code")]);
    world.add("unit", &[("code", Value::Null)]).await.unwrap();
    world.add("unit", &[("code", Value::Null)]).await.unwrap();
    let (app, change) = (world.app.clone(), world.change("unit", Action::Delete, first));
    let deleted = world.write(move |tx| {
        let (app, change) = (app.clone(), change.clone());
        Box::pin(async move { tx.delete(&app, &change, None).await })
    });
    assert_eq!(deleted.await.unwrap(), Some(2));
    world.add("unit", &[("code", "A".into())]).await.unwrap();
    let (app, change) = (world.app.clone(), world.change("unit", Action::Restore, first));
    let restored = world.write(move |tx| {
        let (app, change) = (app.clone(), change.clone());
        Box::pin(async move { tx.restore(&app, &change).await })
    });
    assert!(matches!(restored.await, Err(StoreError::UniqueTaken { .. })));
}

async fn references_to_nothing_are_refused(world: World) {
    let world = Arc::new(world);
    let good = {
        let world = world.clone();
        tokio::spawn(async move { world.add("person", &name("good")).await })
    };
    let refused = world.add("person", &[("name", "x".into()), ("unit", new_id().into())]).await.unwrap_err();
    let StoreError::MissingReference { table, column } = refused else { panic!("{refused:?}") };
    assert_eq!((table.as_str(), column.as_str()), ("test_person", "unit"));
    good.await.unwrap().unwrap();
    // Two that refer to each other come in one transaction, in any order.
    let (a, b) = (new_id(), new_id());
    let changes = [(a, b), (b, a)].map(|(id, boss)| {
        let values = world.values("person", &[("name", "x".into()), ("boss", boss.into())]);
        (world.change("person", Action::Create, id), values)
    });
    let app = world.app.clone();
    let both = world.write(move |tx| {
        let (app, changes) = (app.clone(), changes.clone());
        Box::pin(async move {
            for (change, values) in &changes {
                tx.insert(&app, change, values, None).await?;
            }
            Ok(())
        })
    });
    both.await.unwrap();
}

async fn the_bin(world: World) {
    let id = world.add("person", &name("gone")).await.unwrap();
    let (app, delete, restore) =
        (world.app.clone(), world.change("person", Action::Delete, id), world.change("person", Action::Restore, id));
    let again = delete.clone();
    let stale = world.write({
        let app = app.clone();
        move |tx| {
            let (app, delete) = (app.clone(), again.clone());
            Box::pin(async move {
                assert_eq!(tx.delete(&app, &delete, Some(9)).await?, None);
                tx.delete(&app, &delete, Some(1)).await
            })
        }
    });
    assert_eq!(stale.await.unwrap(), Some(2));
    let get = |bin| {
        let get = Get { entity: world.entity("person"), id, columns: world.paths("person", &["name"]), bin };
        authorize(&Rights::full(), USER, &*world.app, get).unwrap()
    };
    assert!(world.store.get(&world.app, &world.asking(), &get(Bin::Outside)).await.unwrap().is_none());
    assert!(world.store.get(&world.app, &world.asking(), &get(Bin::Inside)).await.unwrap().is_some());
    assert_eq!(world.set("person", id, &name("x"), None).await.unwrap(), None, "what is in the bin does not change");
    let back = world.write(move |tx| {
        let (app, delete, restore) = (app.clone(), delete.clone(), restore.clone());
        Box::pin(async move {
            assert!(tx.load(&app, &delete, Lock::Update).await?.is_none());
            let stored = tx.load(&app, &restore, Lock::Update).await?.unwrap();
            assert!(stored.deleted);
            tx.restore(&app, &restore).await
        })
    });
    assert_eq!(back.await.unwrap(), Some(3));
}

async fn row_conditions_bind_writes(world: World) {
    let a = world.add("unit", &[("code", "A".into())]).await.unwrap();
    let mine = world.add("person", &[("name", "mine".into()), ("unit", a.into())]).await.unwrap();
    let other = world.add("person", &[("name", "other".into()), ("level", Value::Int(5))]).await.unwrap();
    let reader = world.reader();
    let salary = world.field("person", "salary");
    let change = |id| {
        let change = Change { entity: world.entity("person"), action: Action::Update, id, given: vec![salary] };
        authorize(&reader, USER, &*world.app, change).unwrap()
    };
    for (id, allowed) in [(mine, true), (other, false)] {
        let (app, change) = (world.app.clone(), change(id));
        let values = vec![(salary, Value::Int(1))];
        let outcome = world.write(move |tx| {
            let (app, change, values) = (app.clone(), change.clone(), values.clone());
            Box::pin(async move {
                let loaded = tx.load(&app, &change, Lock::Update).await?.is_some();
                let updated = tx.update(&app, &change, &values, None, None).await?.is_some();
                Ok((loaded, updated, tx.holds(&app, &change).await?))
            })
        });
        assert_eq!(outcome.await.unwrap(), (allowed, allowed, allowed));
    }
}

async fn paths_through_references_and_children(world: World) {
    let unit = world.add("unit", &[("code", "A".into())]).await.unwrap();
    let boss = world.add("person", &[("name", "boss".into()), ("unit", unit.into())]).await.unwrap();
    let salary = |text: &str| Value::Decimal(text.parse().unwrap());
    let seen = Value::DateTime("2025-11-20T08:09:10.123Z".parse().unwrap());
    let first = [
        ("name", "first".into()),
        ("boss", boss.into()),
        ("salary", salary("1.50")),
        ("seen", seen.clone()),
        ("active", true.into()),
        ("tags", Value::List(vec!["x".into()])),
    ];
    let first = world.add("person", &first).await.unwrap();
    let second = world.add("person", &[("name", "second".into()), ("boss", boss.into())]).await.unwrap();
    let reports = world.field("person", "reports");
    let mut paths = world.paths("person", &["name", "unit.code", "unit"]);
    for read in ["name", "salary", "seen", "active", "tags", "id", "boss"] {
        let mut path = world.path("person", read);
        path.ty = path.ty.list();
        path.hops = vec![reports];
        paths.push(path);
    }
    let (app, change) = (world.app.clone(), world.change("person", Action::Update, boss));
    let entity = world.entity("person");
    let ids = [boss, first];
    let from = world.paths("person", &["boss.unit.code", "boss.name"]);
    let [own, none, from] = world
        .write(move |tx| {
            let (app, change, paths, from) = (app.clone(), change.clone(), paths.clone(), from.clone());
            Box::pin(async move {
                let own = tx.load_paths(&app, &change, entity, ids[0], &paths).await?;
                let none = tx.load_paths(&app, &change, entity, ids[1], &paths).await?;
                let from = tx.load_paths_from(&app, &change, entity, ids[0], &from).await?;
                Ok([own, none, from])
            })
        })
        .await
        .unwrap();
    let expected = vec![
        "boss".into(),
        "A".into(),
        unit.into(),
        Value::List(vec!["first".into(), "second".into()]),
        Value::List(vec![salary("1.50"), Value::Null]),
        Value::List(vec![seen, Value::Null]),
        Value::List(vec![true.into(), Value::Null]),
        Value::List(vec![Value::List(vec!["x".into()]), Value::Null]),
        Value::List(vec![first.into(), second.into()]),
        Value::List(vec![boss.into(), boss.into()]),
    ];
    assert_eq!(own, expected);
    assert_eq!(none[3], Value::List(vec![]));
    assert_eq!(from, vec!["A".into(), "boss".into()]);
}

async fn many_rows_at_once(world: World) {
    let friend = world.add("person", &name("friend")).await.unwrap();
    let fields = ["name", "level", "salary", "born", "friends"].map(|name| world.field("person", name));
    let row = |at: i64| NewRow {
        id: new_id(),
        values: vec![
            (fields[0], format!("n{at}").into()),
            (fields[1], Value::Int(at)),
            (fields[2], Value::Int(at)),
            (fields[3], Value::Date("2000-01-01".parse().unwrap())),
            (fields[4], if at % 10 == 0 { Value::List(vec![friend.into()]) } else { Value::Null }),
        ],
        search: Some(format!("N{at}")),
    };
    let rows: Arc<Vec<NewRow>> = Arc::new((0..20_000).map(row).collect());
    let (app, change) = (world.app.clone(), world.change("person", Action::Create, new_id()));
    let ids: Vec<RecordId> = rows.iter().map(|row| row.id).collect();
    let started = std::time::Instant::now();
    world
        .write(move |tx| {
            let (app, change, rows) = (app.clone(), change.clone(), rows.clone());
            Box::pin(async move { tx.insert_many(&app, &change, &rows).await })
        })
        .await
        .unwrap();
    println!("{:.0} rows/s on {:?}", 20_000.0 / started.elapsed().as_secs_f64(), world.store);
    let mut list = world.list_of("person", &["name", "salary", "friends"]);
    list.search = Some("n19990".to_owned());
    let list = authorize(&Rights::full(), USER, &*world.app, list).unwrap();
    let page = world.store.list(&world.app, &world.asking(), &list).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].id, ids[19_990]);
    let salary: model::Decimal = "19990".parse().unwrap();
    assert_eq!(page.rows[0].values, vec!["n19990".into(), salary.into(), Value::List(vec![friend.into()])]);
}

async fn keys_serials_and_referrers(world: World) {
    let a = world.add("unit", &[("code", "A".into())]).await.unwrap();
    let b = world.add("unit", &[("code", "B".into())]).await.unwrap();
    let p = world.add("person", &[("name", "p".into()), ("unit", a.into())]).await.unwrap();
    let q = world
        .add("person", &[("name", "q".into()), ("unit", b.into()), ("friends", Value::List(vec![p.into()]))])
        .await
        .unwrap();
    let app = world.app.clone();
    let [code, unit, friends, number] =
        [("unit", "code"), ("person", "unit"), ("person", "friends"), ("person", "number")]
            .map(|(entity, name)| world.field(entity, name));
    let only = world.condition("unit", "code == \"B\"");
    let units = world.entity("unit");
    world
        .write(move |tx| {
            let (app, only) = (app.clone(), only.clone());
            Box::pin(async move {
                assert_eq!(tx.find_by_key(&app, code, &"A".into()).await?, Some(a));
                assert_eq!(tx.find_by_key(&app, code, &"Z".into()).await?, None);
                let keys = ["B".into(), "Z".into(), "A".into()];
                assert_eq!(tx.find_by_keys(&app, code, &keys).await?, vec![("A".into(), a), ("B".into(), b)]);
                assert_eq!(tx.referrers(&app, unit, &[a, b]).await?, vec![p, q]);
                assert_eq!(tx.referrers(&app, friends, &[p]).await?, vec![q]);
                assert_eq!(tx.matching(&app, units, &only, &[a, b]).await?, vec![b]);
                assert_eq!(tx.existing(&app, units, &[a, p]).await?, vec![a]);
                assert_eq!(tx.next_serial(&app, number, "2025", 1).await?, 1);
                assert_eq!(tx.next_serial(&app, number, "2025", 10).await?, 2);
                assert_eq!(tx.next_serial(&app, number, "2025", 1).await?, 12);
                assert_eq!(tx.next_serial(&app, number, "2026", 1).await?, 1);
                Ok(())
            })
        })
        .await
        .unwrap();
}

async fn an_old_version_cannot_write(world: World) {
    let mut asking = world.asking();
    asking.version -= 1;
    let outcome: Result<(), StoreError> = world.store.write(asking, |_| Box::pin(async { Ok(()) })).await;
    assert!(matches!(outcome, Err(StoreError::SchemaChanged)));
}
