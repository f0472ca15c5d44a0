//! A definition is edited while people work: nobody gets an error, nobody sees half of two versions, no row is lost.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use engine::{Command, CommandError, QueryError};
use serde_json::json;

use super::support::{create, fields, list, read};
use crate::both;

const APP: (&str, &str) = ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n");
const ROLE: (&str, &str) = (
    "roles/member.yaml",
    "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: task, actions: [create, read, update]}\n",
);
const HEAD: &str =
    "label: {zh-CN: 任务, en: Task}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n";

const FILES: [(&str, &str); 3] = [
    APP,
    ROLE,
    (
        "entities/task.yaml",
        "label: {zh-CN: 任务, en: Task}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n  a: {type: integer, label: {zh-CN: 甲, en: A}}\n",
    ),
];

const GUARD: (&str, &str) = ("roles/guard.yaml", "label: {zh-CN: 安全管理员, en: Guard}\nadministers: security\n");

both! { FILES;
    async fn a_publish_leaves_no_area_without_an_administrator(instance) {
        let files = |guard: Option<&'static str>| {
            let guard = guard.map(|text| (GUARD.0, text));
            FILES.into_iter().chain(guard).collect::<Vec<_>>()
        };
        // Nobody holds it: it comes and goes.
        instance.publish(&files(Some(GUARD.1)), &[]).await?;
        instance.publish(&files(None), &[]).await?;
        let version = instance.publish(&files(Some(GUARD.1)), &[]).await?;
        instance.account("guard", &["guard"], None).await?;
        for without in [None, Some("label: {zh-CN: 审计管理员, en: Auditor}\nadministers: audit\n")] {
            let refused = instance.publish(&files(without), &[]).await.unwrap_err();
            let said = refused.to_string();
            assert!(said.contains("no active account would administer security any more"), "{said}");
        }
        assert_eq!(instance.engine.edition().version, version);
        // Another role of the area, held by somebody, stands in.
        let other = ("roles/keeper.yaml", "label: {zh-CN: 值班员, en: Keeper}\nadministers: security\n");
        let both: Vec<_> = files(Some(GUARD.1)).into_iter().chain([other]).collect();
        instance.publish(&both, &[]).await?;
        instance.account("keeper", &["keeper"], None).await?;
        let one: Vec<_> = files(None).into_iter().chain([other]).collect();
        instance.publish(&one, &[]).await?;
        Ok(())
    }

    async fn renaming_back_and_forth_under_load(instance) {
        let system = instance.engine.system();
        let first = create(instance, &system, "task", json!({"title": "x", "a": 7})).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let made = Arc::new(AtomicUsize::new(0));
        let mut people = Vec::new();
        for person in 0..4 {
            let (engine, stop, made) = (instance.engine.clone(), stop.clone(), made.clone());
            people.push(tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    // A request: an actor of the edition at hand, repeated when the app turns out to be newer.
                    let mut tries = 0;
                    loop {
                        let actor = engine.system();
                        let app = &actor.edition.app;
                        let entity = app.entity_named("task").unwrap().id;
                        let name = if app.field_named(entity, "a").is_some() { "a" } else { "b" };
                        let result = if person % 2 == 0 {
                            let query = list(&actor, entity, &["title", name]);
                            engine.query(&actor, query).await.map(|page| assert!(page.rows.iter().all(|row| !row.values[1].is_null()))).map_err(|error| match error {
                                QueryError::NewEdition => CommandError::NewEdition,
                                other => panic!("{other:?}"),
                            })
                        } else {
                            let given = fields(json!({"title": "y", name: 1}));
                            engine.execute(&actor, Command::Create { entity, id: None, fields: given }).await.map(|_| { made.fetch_add(1, Ordering::Relaxed); })
                        };
                        match result {
                            Ok(()) => break,
                            Err(CommandError::NewEdition) if tries < 20 => {
                                tries += 1;
                                engine.refresh().await.unwrap();
                            }
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                }
            }));
        }
        for round in 0..6 {
            let (old, new) = if round % 2 == 0 { ("a", "b") } else { ("b", "a") };
            let entity = format!("{HEAD}  {new}: {{type: integer, label: {{zh-CN: 甲, en: A}}, renamed_from: {old}}}\n");
            instance.publish(&[APP, ROLE, ("entities/task.yaml", &entity)], &[]).await?;
        }
        stop.store(true, Ordering::Relaxed);
        for person in people {
            person.await?;
        }
        let system = instance.engine.system();
        assert_eq!(read(instance, &system, "task", first, &["a"]).await?.unwrap(), [7.into()]);
        let count = policy::Aggregate {
            entity: instance.entity("task")?,
            period: None,
            group: Vec::new(),
            measures: vec![policy::Measure::Count],
            filter: formula::Predicate::always(),
            within: formula::Predicate::always(),
            search: None,
            limit: 1,
            anonymous: false,
        };
        let count = instance.engine.query(&system, count).await?[0].numbers[0].clone();
        assert_eq!(count, i64::try_from(made.load(Ordering::Relaxed) + 1)?.into());
        Ok(())
    }

    async fn a_broken_definition_never_replaces_a_running_one(instance) {
        let before = instance.engine.edition().version;
        let broken = ("entities/task.yaml", "label: x\ndisplay: nosuch\nfields: {}\n");
        assert!(instance.publish(&[APP, ROLE, broken], &[]).await.is_err());
        assert_eq!(instance.engine.edition().version, before);
        Ok(())
    }

    async fn losing_a_column_needs_its_name_said(instance) {
        let system = instance.engine.system();
        create(instance, &system, "task", json!({"title": "x", "a": 7})).await?;
        let without = [APP, ROLE, ("entities/task.yaml", HEAD)];
        let refused = instance.publish(&without, &[]).await.unwrap_err();
        assert!(refused.to_string().contains("task.a"), "{refused}");
        instance.publish(&without, &["task.a"]).await?;
        Ok(())
    }
}
