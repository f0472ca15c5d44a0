//! Records that a field may take: those that meet its condition, whoever chooses them and however they are written.

use engine::{Command, CommandError};
use model::{RecordId, Value};
use serde_json::json;

use super::support::{codes, create, fields, list, read, try_create, try_update};
use crate::both;

const FILES: [(&str, &str); 4] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/team.yaml",
        r"label: {zh-CN: 团队, en: Team}
display: name
fields:
  name: {type: text, label: {zh-CN: 名称, en: Name}, required: true}
  active: {type: boolean, label: {zh-CN: 在用, en: Active}}
  under: {type: reference, to: team, only: active == true, label: {zh-CN: 隶属, en: Under}}
",
    ),
    (
        "entities/task.yaml",
        r"label: {zh-CN: 任务, en: Task}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}, required: true}
  team: {type: reference, to: team, only: active == true, label: {zh-CN: 团队, en: Team}}
  teams: {type: references, to: team, only: active == true, label: {zh-CN: 协作团队, en: Teams}}
  origin: {type: reference, to: team, label: {zh-CN: 来源, en: From}}
",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: team, actions: [create, read, update, delete, restore, import]}\n  - {entity: task, actions: [create, read, update, delete, restore, import]}\n",
    ),
];

/// What a load is refused for: the row, the field and why.
#[track_caller]
fn refusals(error: CommandError) -> Vec<(usize, String, &'static str)> {
    let CommandError::Invalid(faults) = error else { panic!("{error:?}") };
    let mut told: Vec<_> =
        faults.into_iter().map(|fault| (fault.index, fault.field.unwrap_or_default(), fault.code)).collect();
    told.sort_unstable();
    told
}

both! { FILES;
    async fn only_what_meets_the_condition_is_chosen(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let open = create(instance, &actor, "team", json!({"name": "Open", "active": true})).await?;
        let shut = create(instance, &actor, "team", json!({"name": "Shut", "active": false})).await?;
        let unsaid = create(instance, &actor, "team", json!({"name": "Unsaid"})).await?;
        let id = create(instance, &actor, "task", json!({"title": "x", "team": open, "teams": [open], "origin": shut})).await?;
        for other in [shut, unsaid] {
            for (given, told) in [(json!({"team": other}), "team:reference"), (json!({"teams": [open, other]}), "teams:reference")] {
                let mut new = given.clone();
                new["title"] = json!("y");
                assert_eq!(codes(try_create(instance, &actor, "task", new).await.unwrap_err()), [told]);
                assert_eq!(codes(try_update(instance, &actor, "task", id, None, given).await.unwrap_err()), [told]);
            }
        }
        let task = instance.entity("task")?;
        assert_eq!(instance.engine.query(&actor, list(&actor, task, &[])).await?.rows.len(), 1);
        let holds = [Value::from(open), Value::List(vec![open.into()]), shut.into()];
        assert_eq!(read(instance, &actor, "task", id, &["team", "teams", "origin"]).await?.unwrap(), holds);

        // What was chosen while it might be stays, sent back or not; nobody chooses it anew.
        try_update(instance, &actor, "team", open, None, json!({"active": false})).await?;
        try_update(instance, &actor, "task", id, None, json!({"title": "z"})).await?;
        try_update(instance, &actor, "task", id, None, json!({"title": "w", "team": open, "teams": [open]})).await?;
        assert_eq!(read(instance, &actor, "task", id, &["team", "teams", "origin"]).await?.unwrap(), holds);
        let anew = json!({"title": "y", "team": open});
        assert_eq!(codes(try_create(instance, &actor, "task", anew).await.unwrap_err()), ["team:reference"]);
        Ok(())
    }

    async fn a_file_chooses_no_other(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let open = create(instance, &actor, "team", json!({"name": "Open", "active": true})).await?;
        let shut = create(instance, &actor, "team", json!({"name": "Shut", "active": false})).await?;
        let entity = instance.entity("task")?;
        let load = |teams: [RecordId; 3]| {
            let [first, second, third] = teams;
            let rows = [
                json!({"title": "a", "team": first}),
                json!({"title": "b", "team": second}),
                json!({"title": "c", "teams": [open, third]}),
            ];
            Command::Load { entity, rows: rows.map(|row| (None, fields(row))).into() }
        };
        let refused = instance.engine.execute(&actor, load([open, shut, shut])).await.unwrap_err();
        assert_eq!(refusals(refused), [(1, "team".to_owned(), "reference"), (2, "teams".to_owned(), "reference")]);
        assert!(instance.engine.query(&actor, list(&actor, entity, &[])).await?.rows.is_empty());
        instance.engine.execute(&actor, load([open, open, open])).await?;
        assert_eq!(instance.engine.query(&actor, list(&actor, entity, &[])).await?.rows.len(), 3);
        Ok(())
    }

    async fn what_is_written_with_it_is_held_to_the_condition_too(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let entity = instance.entity("team")?;
        let load = |active: bool| {
            let [first, second, third] = [(); 3].map(|()| instance.engine.new_id());
            let rows = vec![
                (Some(first), fields(json!({"name": "A", "active": active}))),
                (Some(second), fields(json!({"name": "B", "active": true, "under": first}))),
                (Some(third), fields(json!({"name": "C", "active": true, "under": second}))),
            ];
            Command::Load { entity, rows }
        };
        let refused = instance.engine.execute(&actor, load(false)).await.unwrap_err();
        assert_eq!(refusals(refused), [(1, "under".to_owned(), "reference")]);
        assert!(instance.engine.query(&actor, list(&actor, entity, &[])).await?.rows.is_empty());
        instance.engine.execute(&actor, load(true)).await?;
        assert_eq!(instance.engine.query(&actor, list(&actor, entity, &[])).await?.rows.len(), 3);

        // A record refers to itself only if it may be chosen once it is written.
        let shut = create(instance, &actor, "team", json!({"name": "Shut", "active": false})).await?;
        let itself = try_update(instance, &actor, "team", shut, None, json!({"under": shut})).await;
        assert_eq!(codes(itself.unwrap_err()), ["under:reference"]);
        assert_eq!(read(instance, &actor, "team", shut, &["under"]).await?.unwrap(), [Value::Null]);
        try_update(instance, &actor, "team", shut, None, json!({"under": shut, "active": true})).await?;
        assert_eq!(read(instance, &actor, "team", shut, &["under"]).await?.unwrap(), [Value::from(shut)]);
        Ok(())
    }

    async fn what_comes_back_from_the_bin_keeps_what_it_had_chosen(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let (team, task) = (instance.entity("team")?, instance.entity("task")?);
        let open = create(instance, &actor, "team", json!({"name": "Open", "active": true})).await?;
        let own = create(instance, &actor, "team", json!({"name": "Own", "active": true})).await?;
        try_update(instance, &actor, "team", own, None, json!({"under": own})).await?;
        let id = create(instance, &actor, "task", json!({"title": "x", "team": open, "teams": [open]})).await?;
        let bound = create(instance, &actor, "task", json!({"title": "y", "origin": open})).await?;
        try_update(instance, &actor, "team", own, None, json!({"active": false})).await?;
        for (entity, id) in [(task, id), (task, bound), (team, own)] {
            instance.engine.execute(&actor, Command::Delete { entity, id, expected: None }).await?;
        }
        try_update(instance, &actor, "team", open, None, json!({"active": false})).await?;

        // What it had chosen cannot be chosen any more, and stands as it stood; so does what had chosen itself.
        instance.engine.execute(&actor, Command::Restore { entity: task, id }).await?;
        let holds = [Value::from(open), Value::List(vec![open.into()])];
        assert_eq!(read(instance, &actor, "task", id, &["team", "teams"]).await?.unwrap(), holds);
        instance.engine.execute(&actor, Command::Restore { entity: team, id: own }).await?;
        assert_eq!(read(instance, &actor, "team", own, &["under"]).await?.unwrap(), [Value::from(own)]);
        try_update(instance, &actor, "task", id, None, json!({"team": null, "teams": []})).await?;
        let anew = try_update(instance, &actor, "task", id, None, json!({"team": open})).await;
        assert_eq!(codes(anew.unwrap_err()), ["team:reference"]);

        // What it refers to must be there: itself in the bin, it is brought back first.
        instance.engine.execute(&actor, Command::Delete { entity: team, id: open, expected: None }).await?;
        let lost = instance.engine.execute(&actor, Command::Restore { entity: task, id: bound }).await;
        assert_eq!(codes(lost.unwrap_err()), ["origin:reference"]);
        instance.engine.execute(&actor, Command::Restore { entity: team, id: open }).await?;
        instance.engine.execute(&actor, Command::Restore { entity: task, id: bound }).await?;
        assert_eq!(read(instance, &actor, "task", bound, &["origin"]).await?.unwrap(), [Value::from(open)]);
        Ok(())
    }
}
