//! Making, changing, deleting and restoring records, and what is refused.

use engine::{Command, CommandError, query::History};
use model::Value;
use policy::Bin;
use serde_json::json;

use super::support::{codes, create, fields, list, read, try_create, try_update};
use crate::both;

const FILES: [(&str, &str); 4] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/team.yaml",
        "label: {zh-CN: 团队, en: Team}\ndisplay: name\nkey: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n",
    ),
    (
        "entities/order.yaml",
        r#"label: {zh-CN: 单据, en: Order}
display: select
search: [select]
fields:
  select: {type: text, label: {zh-CN: 标题, en: Title}, required: true, max: 20}
  email: {type: text, label: {zh-CN: 邮箱, en: E-mail}, unique: true, pattern: '[^@ ]+@[^@ ]+'}
  team: {type: reference, to: team, label: {zh-CN: 团队, en: Team}, on_delete: restrict}
  helper: {type: reference, to: team, label: {zh-CN: 协助, en: Helper}, on_delete: clear}
  amount: {type: money, label: {zh-CN: 金额, en: Amount}, min: 0, max: 1000}
  share: {type: percent, label: {zh-CN: 占比, en: Share}, places: 1}
  starts: {type: date, label: {zh-CN: 开始, en: Starts}, default: TODAY()}
  ends: {type: date, label: {zh-CN: 结束, en: Ends}}
  stage: {type: choice, label: {zh-CN: 阶段, en: Stage}, choices: {a: {label: {zh-CN: 甲, en: A}}, b: {label: {zh-CN: 乙, en: B}}}, default: '"a"'}
  tags: {type: choices, label: {zh-CN: 标签, en: Tags}, choices: {x: {label: {zh-CN: 子, en: X}}, y: {label: {zh-CN: 丑, en: Y}}}}
  teams: {type: references, to: team, label: {zh-CN: 团队们, en: Teams}}
  week: {type: period, grain: week, label: {zh-CN: 周, en: Week}}
  number: {type: serial, format: 'N-{year}-{n:3}', label: {zh-CN: 编号, en: Number}}
  done: {type: boolean, label: {zh-CN: 完成, en: Done}}
  stars: {type: rating, steps: 3, label: {zh-CN: 星级, en: Stars}}
  mark: {type: rating, label: {zh-CN: 评分, en: Mark}}
  note: {type: json, label: {zh-CN: 附注, en: Note}}
  员工: {type: integer, label: {zh-CN: 人数, en: Heads}}
validations:
  in_order: {rule: ends >= starts, message: {zh-CN: 结束不能早于开始, en: the end is before the start}, field: ends}
"#,
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: order, actions: [create, read, update, delete, restore]}\n  - {entity: team, actions: [create, read, update, delete]}\n",
    ),
];

both! { FILES;
    async fn a_record_lives(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let team = create(instance, &actor, "team", json!({"name": "One"})).await?;
        let id = create(instance, &actor, "order", json!({
            "select": "first", "amount": 12.345, "share": "33.35", "team": team, "tags": ["y", "x", "y"], "teams": [team],
            "week": "2025-w47", "done": false, "note": {"a": [1]}, "员工": 3,
        })).await?;
        let paths = ["select", "amount", "share", "team.name", "tags", "teams", "week", "number", "done", "starts", "stage", "员工", "version", "ends"];
        let values = read(instance, &actor, "order", id, &paths).await?.unwrap();
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        assert_eq!(values, [
            "first".into(), decimal("12.35"), decimal("33.4"), "One".into(), Value::List(vec!["y".into(), "x".into()]),
            Value::List(vec![team.into()]), "2025-W47".into(), "N-2025-001".into(), false.into(),
            "2025-11-20".parse::<model::Date>()?.into(), "a".into(), 3.into(), 1.into(), Value::Null,
        ]);

        let changed = try_update(instance, &actor, "order", id, Some(1), json!({"amount": 7, "teams": []})).await?;
        assert_eq!(changed.first().unwrap().version, 2);
        let values = read(instance, &actor, "order", id, &["amount", "teams", "version"]).await?.unwrap();
        assert_eq!(values, [decimal("7.00"), Value::Null, 2.into()]);

        let entity = instance.entity("order")?;
        let history = instance.engine.query(&actor, History { entity, id, limit: 10 }).await?;
        let told: Vec<_> = history.iter().map(|entry| (entry.action.as_str(), entry.field.as_deref(), entry.by_name.as_str())).collect();
        assert!(told.contains(&("update", Some("amount"), "ANN")), "{told:?}");
        assert_eq!(told.last().unwrap().0, "create");

        instance.engine.execute(&actor, Command::Delete { entity, id, expected: Some(2) }).await?;
        assert_eq!(read(instance, &actor, "order", id, &[]).await?, None);
        let bin = policy::List { bin: Bin::Inside, ..list(&actor, entity, &["select"]) };
        assert_eq!(instance.engine.query(&actor, bin).await?.rows.len(), 1);
        instance.engine.execute(&actor, Command::Restore { entity, id }).await?;
        assert!(read(instance, &actor, "order", id, &[]).await?.is_some());
        Ok(())
    }

    async fn every_fault_is_told_at_once_and_nothing_is_written(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let faults = codes(try_create(instance, &actor, "order", json!({
            "amount": 1000.01, "email": "nobody", "stage": "c", "week": "2025-W54", "done": "maybe", "员工": 1.5,
            "ends": "2025-11-19", "nosuch": 1, "number": "X", "team": uuid::Uuid::nil(),
        })).await.unwrap_err());
        for fault in [
            "select:required", "amount:range", "email:pattern", "stage:choice", "week:format", "done:type", "员工:type",
            "ends:rule", "nosuch:unknown", "number:read-only", "team:reference",
        ] {
            assert!(faults.contains(&fault.to_owned()), "{fault} is not among {faults:?}");
        }
        let entity = instance.entity("order")?;
        assert!(instance.engine.query(&actor, list(&actor, entity, &[])).await?.rows.is_empty());
        let long = codes(try_create(instance, &actor, "order", json!({"select": "x".repeat(21)})).await.unwrap_err());
        assert_eq!(long, ["select:range"]);
        Ok(())
    }

    async fn a_rating_is_one_of_its_steps(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        // Five steps unless said.
        for (field, label, steps) in [("stars", "Stars", 3), ("mark", "Mark", 5)] {
            for (given, why) in [(0, "less than 1"), (-1, "less than 1"), (steps + 1, &*format!("more than {steps}"))] {
                let refused = try_create(instance, &actor, "order", json!({"select": "x", field: given})).await.unwrap_err();
                let CommandError::Invalid(faults) = refused else { panic!("{refused:?}") };
                let told: Vec<_> = faults.iter().map(|fault| (fault.field.as_deref(), fault.code, fault.message.as_str())).collect();
                assert_eq!(told, [(Some(field), "range", &*format!("{label} cannot be {why}"))]);
            }
            for given in [json!(1), json!(steps), json!(null)] {
                let id = create(instance, &actor, "order", json!({"select": "x", field: given})).await?;
                let kept = given.as_i64().map_or(Value::Null, Value::Int);
                assert_eq!(read(instance, &actor, "order", id, &[field]).await?.unwrap(), std::slice::from_ref(&kept));
                let refused = try_update(instance, &actor, "order", id, None, json!({field: steps + 1})).await.unwrap_err();
                assert_eq!(codes(refused), [format!("{field}:range")]);
                assert_eq!(read(instance, &actor, "order", id, &[field]).await?.unwrap(), [kept]);
            }
        }
        let half = try_create(instance, &actor, "order", json!({"select": "x", "stars": 1.5})).await.unwrap_err();
        assert_eq!(codes(half), ["stars:type"]);
        Ok(())
    }

    async fn two_people_at_once_get_a_conflict_with_both_values(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let id = create(instance, &actor, "order", json!({"select": "first"})).await?;
        try_update(instance, &actor, "order", id, Some(1), json!({"select": "mine"})).await?;
        let error = try_update(instance, &actor, "order", id, Some(1), json!({"select": "yours"})).await.unwrap_err();
        let CommandError::Stale { version, conflicts, .. } = error else { panic!("{error:?}") };
        assert_eq!((version, conflicts), (2, vec![("select".to_owned(), "mine".to_owned(), "yours".to_owned())]));
        Ok(())
    }

    async fn what_is_unique_stays_so_and_a_bulk_is_all_or_nothing(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        create(instance, &actor, "order", json!({"select": "first", "email": "a@b"})).await?;
        let again = try_create(instance, &actor, "order", json!({"select": "second", "email": "a@b"})).await;
        assert_eq!(codes(again.unwrap_err()), ["email:unique"]);
        let entity = instance.entity("order")?;
        let one = |email: &str| Command::Create { entity, id: None, fields: fields(json!({"select": "x", "email": email})) };
        let refused = instance.engine.execute(&actor, Command::Bulk(vec![one("c@d"), one("a@b")])).await.unwrap_err();
        let CommandError::Invalid(faults) = refused else { panic!("{refused:?}") };
        assert_eq!((faults[0].index, faults[0].code), (1, "unique"));
        assert_eq!(instance.engine.query(&actor, list(&actor, entity, &[])).await?.rows.len(), 1);
        Ok(())
    }

    async fn deleting_follows_references(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let entity = instance.entity("team")?;
        let team = create(instance, &actor, "team", json!({"name": "One"})).await?;
        let helper = create(instance, &actor, "team", json!({"name": "Two"})).await?;
        let id = create(instance, &actor, "order", json!({"select": "x", "team": team, "helper": helper})).await?;
        let delete = |id| Command::Delete { entity, id, expected: None };
        assert_eq!(codes(instance.engine.execute(&actor, delete(team)).await.unwrap_err()), [":still-referred"]);
        instance.engine.execute(&actor, delete(helper)).await?;
        assert_eq!(read(instance, &actor, "order", id, &["helper"]).await?.unwrap(), [Value::Null]);
        Ok(())
    }

    async fn serial_numbers_go_on_after_those_that_were_loaded(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let entity = instance.entity("order")?;
        let system = instance.engine.system();
        let rows = ["N-2025-041", "N-2024-900", "N-2025-007", "old 7"];
        let rows = rows.iter().map(|number| (None, fields(json!({"select": "x", "number": number})))).collect();
        instance.engine.execute(&system, Command::Load { entity, rows }).await?;
        let id = create(instance, &actor, "order", json!({"select": "y"})).await?;
        assert_eq!(read(instance, &actor, "order", id, &["number"]).await?.unwrap(), [Value::from("N-2025-042")]);
        Ok(())
    }

    async fn many_rows_are_loaded_and_paged_through(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let entity = instance.entity("order")?;
        let mut system = instance.engine.system();
        system.now = actor.now;
        let rows = (0..2_345).map(|n| (None, fields(json!({"select": format!("row {n:04}"), "员工": n % 7})))).collect();
        let outcome = instance.engine.execute(&system, Command::Load { entity, rows }).await?;
        assert_eq!(outcome.changed.len(), 2_345);
        let by = actor.edition.app.path(entity, "员工").unwrap();
        let mut page = policy::List {
            sort: vec![policy::Sort { by, direction: policy::Direction::Descending }],
            ..list(&actor, entity, &["员工", "number"])
        };
        let (mut seen, mut last) = (std::collections::HashSet::new(), i64::MAX);
        loop {
            let answer = instance.engine.query(&actor, page.clone()).await?;
            for row in &answer.rows {
                let Value::Int(heads) = row.values[0] else { panic!("{row:?}") };
                assert!(heads <= last);
                last = heads;
                assert!(seen.insert(row.id), "a row came twice");
            }
            match answer.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen.len(), 2_345);
        Ok(())
    }
}
