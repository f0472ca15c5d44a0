//! Making the same again changes what is there, by whichever way it comes.

use engine::{Command, CommandError};
use model::{RecordId, Value};
use serde_json::json;

use super::support::{codes, create, fields, list, read, try_create};
use crate::both;

const FILES: [(&str, &str); 5] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/press.yaml",
        r#"label: {zh-CN: 点亮, en: Press}
display: note
fields:
  giver: {type: text, label: {zh-CN: 点亮人, en: Giver}, default: actor.login}
  work: {type: text, label: {zh-CN: 成果, en: Work}}
  note: {type: text, label: {zh-CN: 说明, en: Note}}
  secret: {type: integer, label: {zh-CN: 内部分, en: Secret}}
  tag: {type: text, label: {zh-CN: 标签, en: Tag}, required: true}
  lines: {type: children, to: line, by: press, label: {zh-CN: 明细, en: Lines}}
unique:
  - {fields: [giver, work], again: update}
"#,
    ),
    (
        "entities/line.yaml",
        "label: {zh-CN: 明细, en: Line}\ndisplay: text\nfields:\n  text: {type: text, label: {zh-CN: 文字, en: Text}}\n  press: {type: reference, to: press, label: {zh-CN: 点亮, en: Press}}\n",
    ),
    (
        "roles/member.yaml",
        r"label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: press, actions: [read], where: giver == actor.login, read: [giver, work, note, tag]}
  - {entity: press, actions: [create, import], where: giver == actor.login}
  - {entity: press, actions: [update], where: giver == actor.login, write: [note, secret]}
  - {entity: line, actions: [create, read]}
",
    ),
    (
        "roles/maker.yaml",
        "label: {zh-CN: 录入, en: Maker}\ngrants:\n  - {entity: press, actions: [create, read], write: [giver, work, note, tag, secret]}\n",
    ),
];

async fn presses(instance: &suite::Instance) -> anyhow::Result<Vec<(RecordId, Vec<Value>)>> {
    let system = instance.engine.system();
    let all = list(&system, instance.entity("press")?, &["giver", "work", "note", "version"]);
    Ok(instance.engine.query(&system, all).await?.rows.into_iter().map(|row| (row.id, row.values)).collect())
}

both! { FILES;
    async fn a_second_press_changes_the_first(instance) {
        let ann = instance.actor("ann", &[], None).await?;
        let bob = instance.actor("bob", &[], None).await?;
        let first = create(instance, &ann, "press", json!({"work": "w", "note": "one", "tag": "t"})).await?;
        let entity = instance.entity("press")?;
        // The tag is as it was and may be read, so giving it again asks for no right; what is required need not be given.
        for given in [json!({"work": "w", "note": "two", "tag": "t"}), json!({"work": "w", "note": "three"})] {
            let again = Command::Create { entity, id: None, fields: fields(given) };
            let outcome = instance.engine.execute(&ann, again).await?;
            assert_eq!((outcome.first().unwrap().id, outcome.met), (first, vec![first]));
        }
        let now = presses(instance).await?;
        assert_eq!(now, [(first, vec!["ann".into(), "w".into(), "three".into(), 3.into()])]);
        // Another giver, another work and no work at all are records of their own.
        create(instance, &bob, "press", json!({"work": "w", "tag": "t"})).await?;
        create(instance, &ann, "press", json!({"work": "v", "tag": "t"})).await?;
        for _ in 0..2 {
            create(instance, &ann, "press", json!({"tag": "t"})).await?;
        }
        assert_eq!(presses(instance).await?.len(), 5);
        Ok(())
    }

    async fn it_needs_the_right_to_change_field_by_field(instance) {
        let ann = instance.actor("ann", &[], None).await?;
        let maker = instance.actor("maker", &["maker"], None).await?;
        let id = create(instance, &ann, "press", json!({"work": "w", "note": "one", "secret": 7, "tag": "t"})).await?;
        let tag = try_create(instance, &ann, "press", json!({"work": "w", "tag": "other"})).await;
        assert_eq!(codes(tag.unwrap_err()), ["giver:unique"]);
        let others = try_create(instance, &maker, "press", json!({"giver": "ann", "work": "w", "note": "x", "tag": "t"})).await;
        assert_eq!(codes(others.unwrap_err()), ["giver:unique"]);
        // Whether a value one may not read is the one given makes no difference that could be seen.
        assert_eq!(try_create(instance, &ann, "press", json!({"work": "w", "secret": 7, "tag": "t"})).await?, id);
        assert_eq!(try_create(instance, &ann, "press", json!({"work": "w", "secret": 8, "tag": "t"})).await?, id);
        let wrong = try_create(instance, &ann, "press", json!({"work": "w", "secret": "x"})).await;
        assert_eq!(codes(wrong.unwrap_err()), ["secret:type"]);
        Ok(())
    }

    async fn what_follows_in_a_bulk_reaches_the_record_there_is(instance) {
        let ann = instance.actor("ann", &[], None).await?;
        let id = create(instance, &ann, "press", json!({"work": "w", "tag": "t"})).await?;
        let (press, line) = (instance.entity("press")?, instance.entity("line")?);
        let new = instance.engine.new_id();
        let bulk = Command::Bulk(vec![
            Command::Create { entity: press, id: Some(new), fields: fields(json!({"work": "w", "note": "a"})) },
            Command::Create { entity: line, id: None, fields: fields(json!({"text": "x", "press": new})) },
            Command::Update { entity: press, id: new, expected: None, fields: fields(json!({"note": "b"})) },
        ]);
        instance.engine.execute(&ann, bulk).await?;
        assert_eq!(read(instance, &ann, "press", id, &["note"]).await?.unwrap(), ["b".into()]);
        let lines = list(&ann, line, &["press"]);
        assert_eq!(instance.engine.query(&ann, lines).await?.rows[0].values, [id.into()]);
        Ok(())
    }

    async fn a_file_changes_what_is_there_and_its_own_rows(instance) {
        let ann = instance.actor("ann", &[], None).await?;
        let id = create(instance, &ann, "press", json!({"work": "w", "note": "one", "tag": "t"})).await?;
        let row = |work: &str, note: &str| (None, fields(json!({"work": work, "note": note, "tag": "t"})));
        let rows = vec![row("v", "a"), row("w", "two"), row("v", "b"), row("u", "c")];
        let load = Command::Load { entity: instance.entity("press")?, rows };
        let outcome = instance.engine.execute(&ann, load).await?;
        let ids: Vec<_> = outcome.changed.iter().map(|changed| changed.id).collect();
        assert_eq!((ids[1], ids[2], outcome.met.len()), (id, ids[0], 2));
        let mut notes: Vec<_> = presses(instance).await?.into_iter().map(|(_, values)| values[2].clone()).collect();
        notes.sort_by_key(|note| format!("{note:?}"));
        assert_eq!(notes, ["b".into(), "c".into(), "two".into()]);
        Ok(())
    }

    async fn two_presses_at_once_end_as_one_record(instance) {
        let ann = instance.actor("ann", &[], None).await?;
        let entity = instance.entity("press")?;
        for round in 0..10 {
            let mut hands = Vec::new();
            for hand in 0..4 {
                let (engine, ann) = (instance.engine.clone(), ann.clone());
                let given = json!({"work": format!("w{round}"), "note": format!("{hand}"), "tag": "t"});
                hands.push(tokio::spawn(async move {
                    engine.execute(&ann, Command::Create { entity, id: None, fields: fields(given) }).await
                }));
            }
            let mut ids = Vec::new();
            for hand in hands {
                let outcome: Result<_, CommandError> = hand.await?;
                ids.push(outcome?.first().unwrap().id);
            }
            ids.dedup();
            assert_eq!(ids.len(), 1);
        }
        assert_eq!(presses(instance).await?.len(), 10);
        Ok(())
    }
}
