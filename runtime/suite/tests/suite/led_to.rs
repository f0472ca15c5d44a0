//! A step writes into the records that the record of its case leads to.

use engine::{CommandError, FieldFault};
use model::Value;
use serde_json::json;

use super::{
    support::{create, read},
    workflows::start,
};
use crate::both;

const GOAL: &str = r#"label: {zh-CN: 目标, en: Goal}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  state: {type: text, max: 6, label: {zh-CN: 状态, en: State}}
  seen: {type: integer, label: {zh-CN: 次数, en: Seen}}
"#;
const PLAN: &str = r#"label: {zh-CN: 计划, en: Plan}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  word: {type: text, label: {zh-CN: 说明, en: Word}}
  goal: {type: reference, to: goal, label: {zh-CN: 目标, en: Goal}}
  others: {type: references, to: goal, label: {zh-CN: 其他目标, en: Others}}
"#;
const CLOSE: &str = r#"label: {zh-CN: 结案, en: Close}
entity: plan
guard: boss
steps:
  one: {label: {zh-CN: 更新目标, en: The goal}, set: {of: goal, fields: {state: word, seen: '7'}}}
  others: {label: {zh-CN: 更新其他, en: The others}, set: {of: others, fields: {seen: '3'}}}
  own: {label: {zh-CN: 更新计划, en: The plan}, set: {title: '"closed"'}}
  done: {label: {zh-CN: 完成, en: Done}, end: {}}
"#;
const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    ("entities/goal.yaml", GOAL),
    ("entities/plan.yaml", PLAN),
    ("workflows/close.yaml", CLOSE),
    ("roles/boss.yaml", "label: {zh-CN: 主任, en: Boss}\ngrants:\n  - {entity: goal, actions: [create, read]}\n"),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: goal, actions: [read]}\n  - {entity: plan, actions: [create, read]}\nworkflows:\n  - {workflow: close, actions: [start]}\n",
    ),
];

both! { FILES;
    async fn a_step_writes_into_what_the_record_leads_to(instance) {
        let system = instance.engine.system();
        let ann = instance.actor("ann", &[], None).await?;
        let mut goals = Vec::new();
        for title in ["A", "B", "C", "D"] {
            goals.push(create(instance, &system, "goal", json!({"title": title, "state": "open"})).await?);
        }
        let plan = json!({"title": "x", "word": "done", "goal": goals[0], "others": [goals[1], goals[2]]});
        let plan = create(instance, &ann, "plan", plan).await?;
        // Who starts it may not write goals themself.
        start(instance, &ann, "close", plan).await?;
        let wanted = [("done", Value::Int(7)), ("open", Value::Int(3)), ("open", Value::Int(3)), ("open", Value::Null)];
        for (goal, (state, seen)) in goals.iter().zip(wanted) {
            let found = read(instance, &ann, "goal", *goal, &["state", "seen"]).await?.unwrap();
            assert_eq!(found, [state.into(), seen]);
        }
        assert_eq!(read(instance, &ann, "plan", plan, &["title"]).await?.unwrap(), ["closed".into()]);
        // Where it leads to none, nothing is written, and what a field does not hold is refused with all of it.
        let alone = create(instance, &ann, "plan", json!({"title": "y", "word": "done"})).await?;
        start(instance, &ann, "close", alone).await?;
        assert_eq!(read(instance, &ann, "plan", alone, &["title"]).await?.unwrap(), ["closed".into()]);
        let long = json!({"title": "z", "word": "far too long", "goal": goals[3]});
        let long = create(instance, &ann, "plan", long).await?;
        let refused = start(instance, &ann, "close", long).await.unwrap_err();
        let CommandError::Invalid(faults) = &refused else { panic!("{refused:?}") };
        let at: Vec<Option<&str>> = faults.iter().map(|fault: &FieldFault| fault.field.as_deref()).collect();
        assert_eq!(at, [Some("state")]);
        assert_eq!(read(instance, &ann, "plan", long, &["title"]).await?.unwrap(), ["z".into()]);
        Ok(())
    }
}
