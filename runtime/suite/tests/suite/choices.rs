//! Choices that keep an order, and fields that follow others.

use engine::{Command, CommandError};
use model::Value;
use serde_json::json;

use super::support::{codes, create, fields, read, try_create, try_update};
use crate::both;

const FILES: [(&str, &str); 3] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/goal.yaml",
        r#"label: {zh-CN: 目标, en: Goal}
display: title
key: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  status:
    type: choice
    label: {zh-CN: 状态, en: Status}
    choices:
      draft: {label: {zh-CN: 草稿, en: Draft}}
      aligned: {label: {zh-CN: 已对齐, en: Aligned}}
      active: {label: {zh-CN: 执行中, en: Active}}
      scored: {label: {zh-CN: 已评分, en: Scored}}
    starts: [draft]
    transitions: {draft: [aligned], aligned: [draft, active], active: [scored]}
  current: {type: decimal, label: {zh-CN: 当前值, en: Current}}
  updated_on: {type: date, label: {zh-CN: 更新日期, en: Updated on}, stamp: {when: [current], value: TODAY()}}
  age: {type: integer, label: {zh-CN: 天数, en: Age}, formula: TODAY() - updated_on}
"#,
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: goal, actions: [create, read, update, import]}\n",
    ),
];

fn day(text: &str) -> Value {
    Value::Date(text.parse().unwrap())
}

both! { FILES;
    async fn a_choice_keeps_its_order_on_every_write(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        assert_eq!(codes(try_create(instance, &actor, "goal", json!({"title": "x", "status": "active"})).await.unwrap_err()), ["status:order"]);
        let id = create(instance, &actor, "goal", json!({"title": "a", "status": "draft"})).await?;
        let none = create(instance, &actor, "goal", json!({"title": "none"})).await?;
        assert_eq!(codes(try_update(instance, &actor, "goal", none, None, json!({"status": "scored"})).await.unwrap_err()), ["status:order"]);

        let entity = instance.entity("goal")?;
        for (locale, said) in [
            (model::Locale::En, "Status cannot go from Draft to Active; what follows is Aligned"),
            (model::Locale::ZhCn, "状态不能从“草稿”改为“执行中”，下一步只能是“已对齐”"),
        ] {
            let actor = engine::Actor { locale, ..actor.clone() };
            let jump = Command::Update { entity, id, expected: None, fields: fields(json!({"status": "active"})) };
            let refused = instance.engine.execute(&actor, jump).await.unwrap_err();
            let CommandError::Invalid(faults) = refused else { panic!("{refused:?}") };
            assert_eq!(faults[0].message, said);
        }

        // What stays is no step, and a step may be taken back where that is allowed.
        try_update(instance, &actor, "goal", id, None, json!({"status": "draft", "title": "b"})).await?;
        for status in ["aligned", "draft", "aligned", "active", "scored"] {
            try_update(instance, &actor, "goal", id, None, json!({"status": status})).await?;
        }
        for status in [json!("active"), json!("draft"), json!(null)] {
            let refused = try_update(instance, &actor, "goal", id, None, json!({"status": status})).await;
            assert_eq!(codes(refused.unwrap_err()), ["status:order"]);
        }
        assert_eq!(read(instance, &actor, "goal", id, &["status"]).await?.unwrap(), ["scored".into()]);
        let draft = instance.engine.evaluate_draft(&actor, entity, Some(id), &fields(json!({"status": "draft"}))).await?;
        assert_eq!(draft.faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["order"]);
        Ok(())
    }

    async fn a_file_brings_records_in_as_they_are_and_moves_them_in_order(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let entity = instance.entity("goal")?;
        let rows = vec![(None, fields(json!({"title": "old", "status": "scored"})))];
        let id = instance.engine.execute(&actor, Command::Load { entity, rows }).await?.first().unwrap().id;
        assert_eq!(codes(try_update(instance, &actor, "goal", id, None, json!({"status": "draft"})).await.unwrap_err()), ["status:order"]);
        Ok(())
    }

    async fn a_field_follows_a_change_of_others_unless_it_is_given(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let bare = create(instance, &actor, "goal", json!({"title": "bare"})).await?;
        assert_eq!(read(instance, &actor, "goal", bare, &["updated_on"]).await?.unwrap(), [Value::Null]);
        let id = create(instance, &actor, "goal", json!({"title": "a", "current": 1})).await?;
        let told = async || read(instance, &actor, "goal", id, &["updated_on", "age"]).await.map(Option::unwrap);
        assert_eq!(told().await?, [day("2025-11-20"), 0.into()]);
        try_update(instance, &actor, "goal", id, None, json!({"current": 2, "updated_on": "2025-11-01"})).await?;
        assert_eq!(told().await?, [day("2025-11-01"), 19.into()]);
        try_update(instance, &actor, "goal", id, None, json!({"title": "b", "current": 2})).await?;
        assert_eq!(told().await?, [day("2025-11-01"), 19.into()]);
        try_update(instance, &actor, "goal", id, None, json!({"current": 3})).await?;
        assert_eq!(told().await?, [day("2025-11-20"), 0.into()]);
        Ok(())
    }
}
