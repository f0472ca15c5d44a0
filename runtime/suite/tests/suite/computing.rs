//! Computed values, of the record itself and of those that read it.

use engine::Command;
use model::Value;
use serde_json::json;

use super::support::{codes, create, fields, list, read, try_update};
use crate::both;

const FILES: [(&str, &str); 4] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/goal.yaml",
        r#"label: {zh-CN: 目标, en: Goal}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  parent: {type: reference, to: goal, label: {zh-CN: 上级, en: Parent}}
  weight: {type: decimal, label: {zh-CN: 权重, en: Weight}, default: '1'}
  parts: {type: children, to: goal, by: parent, label: {zh-CN: 下级, en: Parts}}
  steps: {type: children, to: step, by: goal, label: {zh-CN: 步骤, en: Steps}}
  progress: {type: percent, label: {zh-CN: 进度, en: Progress}, formula: 'COALESCE(WEIGHTED_MEAN(parts.progress, parts.weight), AVERAGE(steps.progress))'}
  due: {type: date, label: {zh-CN: 截止, en: Due}}
  late: {type: boolean, label: {zh-CN: 逾期, en: Late}, formula: 'due < TODAY()'}
"#,
    ),
    (
        "entities/step.yaml",
        r#"label: {zh-CN: 步骤, en: Step}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  goal: {type: reference, to: goal, label: {zh-CN: 目标, en: Goal}, on_delete: cascade}
  goal_title: {type: text, label: {zh-CN: 目标标题, en: Title of the goal}, formula: goal.title}
  current: {type: decimal, label: {zh-CN: 当前, en: Current}}
  target: {type: decimal, label: {zh-CN: 目标值, en: Target}}
  progress: {type: percent, label: {zh-CN: 进度, en: Progress}, formula: 'CLAMP(current / target, 0, 1) * 100'}
"#,
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: goal, actions: [create, read, update, delete, restore]}\n  - {entity: step, actions: [create, read, update, delete, restore]}\n",
    ),
];

fn percent(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

both! { FILES;
    async fn progress_climbs_the_tree_in_the_same_transaction(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let top = create(instance, &actor, "goal", json!({"title": "top"})).await?;
        let a = create(instance, &actor, "goal", json!({"title": "a", "parent": top, "weight": 6})).await?;
        let b = create(instance, &actor, "goal", json!({"title": "b", "parent": top, "weight": 4})).await?;
        create(instance, &actor, "step", json!({"goal": b, "current": 0, "target": 10})).await?;
        let step = create(instance, &actor, "step", json!({"goal": a, "current": 1, "target": 10})).await?;
        try_update(instance, &actor, "step", step, None, json!({"current": 12})).await?;
        assert_eq!(read(instance, &actor, "goal", top, &["progress"]).await?.unwrap(), [percent("60.00")]);

        // Moving a part takes its share along.
        try_update(instance, &actor, "goal", b, None, json!({"parent": null})).await?;
        assert_eq!(read(instance, &actor, "goal", top, &["progress"]).await?.unwrap(), [percent("100.00")]);

        // A name read through a reference follows, and deleting what is read too.
        try_update(instance, &actor, "goal", a, None, json!({"title": "renamed"})).await?;
        assert_eq!(read(instance, &actor, "step", step, &["goal_title"]).await?.unwrap(), ["renamed".into()]);
        let entity = instance.entity("step")?;
        instance.engine.execute(&actor, Command::Delete { entity, id: step, expected: None }).await?;
        assert_eq!(read(instance, &actor, "goal", a, &["progress"]).await?.unwrap(), [Value::Null]);
        Ok(())
    }

    async fn a_circle_in_the_data_is_refused(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let a = create(instance, &actor, "goal", json!({"title": "a"})).await?;
        let b = create(instance, &actor, "goal", json!({"title": "b", "parent": a, "weight": 2})).await?;
        create(instance, &actor, "step", json!({"goal": b, "current": 5, "target": 10})).await?;
        create(instance, &actor, "goal", json!({"title": "c", "parent": b})).await?;
        // Whatever the values do, a record may lead back to itself only if nothing keeps changing.
        match try_update(instance, &actor, "goal", a, None, json!({"parent": b})).await {
            Ok(_) => {}
            Err(error) => assert_eq!(codes(error), [":circle"]),
        }
        Ok(())
    }

    async fn what_depends_on_the_day_follows_it(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let id = create(instance, &actor, "goal", json!({"title": "a", "due": "2025-11-20"})).await?;
        assert_eq!(read(instance, &actor, "goal", id, &["late"]).await?.unwrap(), [false.into()]);
        instance.clock.pass(jiff::SignedDuration::from_hours(24));
        while instance.engine.turn("test").await? > 0 {}
        let actor = instance.engine.system();
        assert_eq!(read(instance, &actor, "goal", id, &["late", "version"]).await?.unwrap(), [true.into(), 1.into()]);
        Ok(())
    }

    async fn a_form_shows_what_saving_would_compute(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let entity = instance.entity("step")?;
        let goal = create(instance, &actor, "goal", json!({"title": "reached"})).await?;
        let fields = fields(json!({"goal": goal, "current": 3, "target": 4}));
        let draft = instance.engine.evaluate_draft(&actor, entity, None, &fields).await?;
        assert_eq!(draft.value("progress"), &percent("75.00"));
        assert_eq!(draft.value("goal_title"), &"reached".into());
        let none = list(&actor, entity, &[]);
        assert!(instance.engine.query(&actor, none).await?.rows.is_empty());
        Ok(())
    }

    async fn a_form_computes_over_rows_that_are_not_saved_yet(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let (goal, step) = (instance.entity("goal")?, instance.entity("step")?);
        let field = actor.edition.app.field_named(goal, "steps").unwrap().id;
        let id = create(instance, &actor, "goal", json!({"title": "a"})).await?;
        let mut steps = Vec::new();
        for current in [10, 20, 90] {
            steps.push(create(instance, &actor, "step", json!({"goal": id, "current": current, "target": 100})).await?);
        }
        // One is changed, one taken out, one not shown by the form, and one is new.
        let rows = vec![
            (Some(steps[0]), fields(json!({"current": 40}))),
            (None, fields(json!({"current": 1, "target": 2}))),
        ];
        let table = engine::DraftTable { field, known: vec![steps[0], steps[1]], rows };
        let draft = instance.engine.evaluate_form(&actor, goal, Some(id), &fields(json!({"title": "b"})), &[table]).await?;
        assert_eq!((draft.value("progress"), draft.value("title")), (&percent("60.00"), &"b".into()));
        // Rows read their owner as it stands in the form, as they will once it is saved.
        let row = draft.rows[0][1].as_ref().unwrap();
        assert_eq!((row.value("progress"), row.value("goal_title")), (&percent("50.00"), &"b".into()));
        assert_eq!(read(instance, &actor, "goal", id, &["progress"]).await?.unwrap(), [percent("40.00")]);

        // Of a record that is not there yet, all rows are new.
        let rows = [30, 60].map(|current| (None, fields(json!({"current": current, "target": 100})))).to_vec();
        let table = engine::DraftTable { field, known: Vec::new(), rows };
        let draft = instance.engine.evaluate_form(&actor, goal, None, &fields(json!({"title": "n"})), &[table]).await?;
        assert_eq!(draft.value("progress"), &percent("45.00"));
        assert_eq!(instance.engine.query(&actor, list(&actor, step, &[])).await?.rows.len(), 3);
        Ok(())
    }
}
