//! Fields of type `secret`: shown to those who may read them, and in clear nowhere that is kept.

use engine::{Actor, CaseAct, CaseCommand, Command, CommandError, query::History};
use model::{RecordId, Value};
use policy::{Direction, List, Sort};
use serde_json::json;
use store::vault::DataKey;
use suite::Instance;

use super::{
    support::{codes, columns, create, fields, list, read, try_create, try_update},
    workflows::{act, now, shown, start},
};
use crate::both;

const PERSON: &str = "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\npersonal: {purpose: {zh-CN: 发放工资, en: To pay wages}, basis: contract, keep: {zh-CN: 离职后两年, en: Two years after leaving}}\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  id_number: {type: secret, max: 18, pattern: '[0-9]{17}[0-9X]', label: {zh-CN: 身份证号, en: Identity number}}\n  card: {type: secret, label: {zh-CN: 工资卡号, en: Bank card}}\n  boss: {type: reference, to: person, label: {zh-CN: 上级, en: Boss}}\n";

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    ("entities/person.yaml", PERSON),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人事, en: HR}\ngrants:\n  - {entity: person, actions: [create, read, update, delete, restore, export, import]}\nworkflows:\n  - {workflow: card, actions: [start, manage]}\n",
    ),
    (
        "roles/desk.yaml",
        "label: {zh-CN: 前台, en: Desk}\ngrants:\n  - {entity: person, actions: [read], read: [name, boss], masked: {id_number: '***####'}}\n  - {entity: person, actions: [read], where: id == actor.person, read: [id_number]}\n",
    ),
    ("roles/guard.yaml", "label: {zh-CN: 安全管理员, en: Security}\nadministers: security\n"),
    (
        "workflows/card.yaml",
        "label: {zh-CN: 登记, en: Card}\nentity: person\nguard: hr\nsteps:\n  fill:\n    label: {zh-CN: 填写, en: Fill in}\n    form: {who: [{starter: true}], edit: [card], require: [card]}\n",
    ),
];

const ID: &str = "330106199001011234";
const NEXT: &str = "33010619900101999X";
const CARD: &str = "6222020200112233445";
const TYPED: &str = "6222029999999999999";

/// The app with another name or type for the card.
fn calling(name: &str, kind: &str, former: &str) -> [(&'static str, String); 6] {
    FILES.map(|(path, text)| match path {
        "entities/person.yaml" => {
            (path, text.replace("card: {type: secret,", &format!("{name}: {{type: {kind}, {former}")))
        }
        "workflows/card.yaml" => (path, text.replace("[card]", &format!("[{name}]"))),
        _ => (path, text.to_owned()),
    })
}

async fn nowhere(instance: &Instance, planted: &[&str]) -> anyhow::Result<()> {
    let raw = instance.raw().await?;
    for text in planted {
        let found = raw.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(!found, "`{text}` is kept in clear");
    }
    assert!(raw.windows(9).any(|part| part == b"sealed:1:"), "something is kept at all");
    Ok(())
}

async fn ann(instance: &Instance, hr: &Actor) -> anyhow::Result<RecordId> {
    create(instance, hr, "person", json!({"name": "ANN", "id_number": ID, "card": CARD})).await
}

both! { FILES;
    async fn it_is_shown_whole_in_part_or_not_and_told_nothing_by(instance) {
        let hr = instance.actor("hr", &["hr"], None).await?;
        let id = ann(instance, &hr).await?;
        let bob = create(instance, &hr, "person", json!({"name": "BOB", "boss": id})).await?;
        assert_eq!(read(instance, &hr, "person", id, &["id_number", "card"]).await?.unwrap(), [ID.into(), CARD.into()]);
        assert_eq!(read(instance, &hr, "person", bob, &["id_number", "boss.id_number"]).await?.unwrap(), [Value::Null, ID.into()]);
        let desk = instance.actor("desk", &["desk"], Some(bob)).await?;
        assert_eq!(read(instance, &desk, "person", id, &["name", "id_number"]).await?.unwrap(), ["ANN".into(), "***1234".into()]);
        assert_eq!(read(instance, &desk, "person", bob, &["boss.id_number"]).await?.unwrap(), ["***1234".into()]);
        let own = instance.actor("ann", &["desk"], Some(id)).await?;
        assert_eq!(read(instance, &own, "person", id, &["id_number"]).await?.unwrap(), [ID.into()]);
        assert!(read(instance, &own, "person", id, &["card"]).await.is_err(), "no grant gives it");
        let entity = instance.entity("person")?;
        let rows = instance.engine.query(&desk, list(&desk, entity, &["id_number"])).await?.rows;
        assert_eq!(rows.iter().map(|row| row.values[0].clone()).collect::<Vec<_>>(), ["***1234".into(), Value::Null]);
        let faults = instance.engine.parse_filter(&hr, entity, "id_number == \"x\"").unwrap_err();
        assert!(format!("{faults:?}").contains("formula.secret"), "{faults:?}");
        let by = columns(&hr, entity, &["id_number"])[0].clone();
        let sorted = List { sort: vec![Sort { by, direction: Direction::Ascending }], ..list(&hr, entity, &["name"]) };
        assert!(instance.engine.query(&hr, sorted).await.is_err());
        let searched = List { search: Some(ID.to_owned()), ..list(&hr, entity, &["name"]) };
        assert!(instance.engine.query(&hr, searched).await?.rows.is_empty());
        assert_eq!(codes(try_create(instance, &hr, "person", json!({"name": "C", "id_number": "12"})).await.unwrap_err()), ["id_number:pattern"]);
        assert_eq!(codes(try_create(instance, &hr, "person", json!({"name": "C", "card": "1".repeat(501)})).await.unwrap_err()), ["card:range"]);
        nowhere(instance, &[ID, CARD]).await
    }

    async fn no_write_keeps_it_in_clear_and_history_opens_it(instance) {
        let hr = instance.actor("hr", &["hr"], None).await?;
        let id = ann(instance, &hr).await?;
        try_update(instance, &hr, "person", id, None, json!({"id_number": NEXT})).await?;
        let same = try_update(instance, &hr, "person", id, None, json!({"id_number": NEXT})).await?;
        assert_eq!(same.same, [id], "what was given as it was is no change, however it is sealed");
        let entity = instance.entity("person")?;
        let stale = try_update(instance, &hr, "person", id, Some(1), json!({"id_number": ID})).await.unwrap_err();
        assert!(matches!(&stale, CommandError::Stale { conflicts, .. } if conflicts[0].1 == NEXT), "{stale:?}");
        let rows = vec![(None, fields(json!({"name": "CID", "card": TYPED})))];
        instance.engine.execute(&hr, Command::Load { entity, rows }).await?;
        // A step of a workflow, with a draft kept on the way.
        let case = start(instance, &hr, "card", id).await?;
        let task = shown(instance, &hr, case).await?.mine.unwrap().task;
        act(instance, &hr, case, CaseAct::Keep { task, draft: json!({"card": "6222028888888888888"}) }).await?;
        nowhere(instance, &["6222028888888888888"]).await?;
        assert_eq!(shown(instance, &hr, case).await?.mine.unwrap().draft, json!({"card": "6222028888888888888"}));
        let answer = CaseAct::Decide { task, yes: true, text: String::new(), signature: None };
        let command = CaseCommand::Act { case, act: answer, fields: fields(json!({"card": "6222027777777777777"})), files: Vec::new(), expected: None };
        instance.engine.execute(&hr, Command::Case(command)).await?;
        assert_eq!(read(instance, &hr, "person", id, &["card"]).await?.unwrap(), ["6222027777777777777".into()]);
        let history = instance.engine.query(&hr, History { entity, id, limit: 20 }).await?;
        let of = |field: &str| history.iter().find(|line| line.field.as_deref() == Some(field)).unwrap();
        assert_eq!((&of("id_number").before, &of("id_number").after), (&json!(ID), &json!(NEXT)));
        assert_eq!(of("card").after, json!("6222027777777777777"));
        instance.engine.execute(&hr, Command::Delete { entity, id, expected: None }).await?;
        instance.engine.execute(&hr, Command::Restore { entity, id }).await?;
        while instance.engine.turn("runner").await? > 0 {}
        nowhere(instance, &[ID, NEXT, CARD, TYPED, "6222027777777777777"]).await
    }

    async fn a_sealed_value_belongs_to_its_cell(instance) {
        let hr = instance.actor("hr", &["hr"], None).await?;
        let id = ann(instance, &hr).await?;
        let other = create(instance, &hr, "person", json!({"name": "BOB", "id_number": NEXT})).await?;
        instance.say(&format!("UPDATE demo_person SET id_number = (SELECT id_number FROM demo_person WHERE id = '{id}') WHERE id = '{other}'")).await?;
        let torn = async |id| read(instance, &hr, "person", id, &["id_number"]).await.unwrap().unwrap() == [Value::Sealed(String::new())];
        assert!(torn(other).await, "another's");
        instance.say(&format!("UPDATE demo_person SET id_number = card WHERE id = '{id}'")).await?;
        assert!(torn(id).await, "of another field");
        instance.say(&format!("UPDATE demo_person SET id_number = '{ID}' WHERE id = '{id}'")).await?;
        assert!(torn(id).await, "in clear");
        Ok(())
    }

    async fn one_that_does_not_open_takes_nothing_with_it(instance) {
        let hr = instance.actor("hr", &["hr"], None).await?;
        let guard = instance.actor("guard", &["guard"], None).await?;
        let id = ann(instance, &hr).await?;
        let other = create(instance, &hr, "person", json!({"name": "BOB", "id_number": NEXT})).await?;
        let entity = instance.entity("person")?;
        let turned = async |from: &str, to: &str| {
            let sql = format!("UPDATE demo_person SET id_number = replace(id_number, 'sealed:1:{from}', 'sealed:1:{to}') WHERE id = '{id}'");
            instance.say(&sql).await
        };
        turned("0102", "0902").await?;
        let nothing = Value::Sealed(String::new());
        let rows = instance.engine.query(&hr, list(&hr, entity, &["id_number", "card"])).await?.rows;
        assert_eq!(rows[0].values, [nothing.clone(), CARD.into()], "the sealed text itself is shown to nobody");
        assert_eq!((rows[1].id, rows[1].values[0].clone()), (other, NEXT.into()));
        let desk = instance.actor("desk", &["desk"], None).await?;
        let rows = instance.engine.query(&desk, list(&desk, entity, &["id_number"])).await?.rows;
        assert_eq!(rows[0].values, [nothing]);
        // Other fields are written, it stays; it is not emptied.
        try_update(instance, &hr, "person", id, None, json!({"name": "ANNA", "card": TYPED})).await?;
        let refused = try_update(instance, &hr, "person", id, None, json!({"id_number": null})).await.unwrap_err();
        assert_eq!(codes(refused), ["id_number:unreadable"]);
        turned("0902", "0102").await?;
        assert_eq!(read(instance, &hr, "person", id, &["id_number", "card"]).await?.unwrap(), [ID.into(), TYPED.into()]);
        turned("0102", "0902").await?;
        read(instance, &hr, "person", id, &["id_number"]).await?;
        // Whoever administers security is told once an hour, and the ledger names it.
        let alarms = async |many: u64| {
            instance.clock.pass(jiff::SignedDuration::from_secs(31));
            instance.engine.watch_for_intrusion().await?;
            let seen = instance.engine.alarms().into_iter().find(|(kind, _)| *kind == engine::alarm::Kind::Unreadable);
            assert_eq!(seen.unwrap().1, many);
            let told = instance.engine.store().notifications().of(guard.user, instance.engine.now(), 20).await?;
            anyhow::Ok(told.iter().filter(|notice| notice.payload["alarm"] == "secrets-unreadable").count())
        };
        assert_eq!(alarms(1).await?, 1);
        assert_eq!(alarms(0).await?, 1);
        read(instance, &hr, "person", id, &["id_number"]).await?;
        assert_eq!(alarms(1).await?, 1);
        let raised = store::Wanted { action: Some("alarm.raise".to_owned()), limit: 10, ..Default::default() };
        let raised = instance.engine.store().entries(&raised).await?;
        assert_eq!(raised[0].entry.facts()["cells"], json!([format!("person.id_number {id}")]));
        // A new value takes its place; what it was is on the ledger, for whoever finds the key.
        try_update(instance, &hr, "person", id, None, json!({"id_number": NEXT})).await?;
        assert_eq!(read(instance, &hr, "person", id, &["id_number"]).await?.unwrap(), [NEXT.into()]);
        let history = instance.engine.query(&hr, History { entity, id, limit: 20 }).await?;
        let line = history.iter().find(|line| line.field.as_deref() == Some("id_number")).unwrap();
        assert!(line.before.as_str().is_some_and(|was| was.starts_with("sealed:1:0902")) && line.after == NEXT, "{line:?}");
        Ok(())
    }

    async fn texts_become_secrets_and_secrets_texts_when_it_is_said(instance) {
        let hr = instance.actor("hr", &["hr"], None).await?;
        let id = ann(instance, &hr).await?;
        let publish = async |name: &str, kind: &str, former: &str, drop: &[&str]| {
            let files = calling(name, kind, former);
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
            instance.publish(&files, drop).await
        };
        // No longer a secret: named, or refused.
        let refused = publish("card", "text", "", &[]).await.unwrap_err();
        assert!(format!("{refused:#}").contains("person.card"), "{refused:#}");
        publish("card", "text", "", &["person.card"]).await?;
        let hr = now(instance, &hr).await?;
        assert_eq!(read(instance, &hr, "person", id, &["card"]).await?.unwrap(), [CARD.into()]);
        assert!(instance.raw().await?.windows(CARD.len()).any(|part| part == CARD.as_bytes()));
        // A secret again, under another name at once.
        publish("bank", "secret", "renamed_from: card,", &[]).await?;
        let hr = now(instance, &hr).await?;
        assert_eq!(read(instance, &hr, "person", id, &["bank", "id_number"]).await?.unwrap(), [CARD.into(), ID.into()]);
        // A new name for what is a secret.
        publish("purse", "secret", "renamed_from: bank,", &[]).await?;
        let hr = now(instance, &hr).await?;
        assert_eq!(read(instance, &hr, "person", id, &["purse"]).await?.unwrap(), [CARD.into()]);
        try_update(instance, &hr, "person", id, None, json!({"purse": TYPED})).await?;
        let entity = instance.entity("person")?;
        let history = instance.engine.query(&hr, History { entity, id, limit: 20 }).await?;
        assert_eq!((&history[0].before, &history[0].after), (&json!(CARD), &json!(TYPED)));
        // A number is no text, and goes as any field of another type does.
        let refused = publish("purse", "integer", "", &[]).await.unwrap_err();
        assert!(format!("{refused:#}").contains("person.purse"), "{refused:#}");
        Ok(())
    }

    async fn another_key_takes_over_in_pieces(instance) {
        let hr = instance.actor("hr", &["hr"], None).await?;
        let entity = instance.entity("person")?;
        let rows = (0..1_100).map(|n| (None, fields(json!({"name": format!("P{n}"), "card": format!("{CARD}{n}")}))));
        instance.engine.execute(&hr, Command::Load { entity, rows: rows.collect() }).await?;
        let node = instance.keyed(vec![DataKey::new([9; 32], [1, 2, 3, 4]), DataKey::new([7; 32], [5, 6, 7, 8])]).await?;
        assert_eq!(node.reseal_fields().await?, 1_100);
        assert_eq!(node.reseal_fields().await?, 0);
        let rows = node.query(&hr, list(&hr, entity, &["name", "card"])).await?.rows;
        assert_eq!(rows[7].values, ["P7".into(), Value::from(format!("{CARD}7"))]);
        // A node that knows the old key only does not make anything up.
        let asked = instance.engine.query(&hr, list(&hr, entity, &["name", "card"])).await?.rows;
        assert_eq!(asked[7].values, ["P7".into(), Value::Sealed(String::new())]);
        node.store().close().await;
        Ok(())
    }

    async fn drafts_and_kept_answers_go_along_with_the_key(instance) {
        let hr = instance.actor("hr", &["hr"], None).await?;
        let id = ann(instance, &hr).await?;
        let case = start(instance, &hr, "card", id).await?;
        let task = shown(instance, &hr, case).await?.mine.unwrap().task;
        let (draft, answer) = (json!({"card": TYPED}), json!({"body": CARD}));
        act(instance, &hr, case, CaseAct::Keep { task, draft: draft.clone() }).await?;
        let response = instance.engine.seal_json("answer once", hr.user, &answer)?;
        let kept = store::Kept { request: "sealed".to_owned(), response, at: instance.engine.now() };
        let answers = instance.engine.store().idempotency();
        answers.keep(hr.user, "once", &kept).await?;
        // From before such things were sealed, and one that does not open.
        answers.keep(hr.user, "plain", &store::Kept { response: json!({"body": 1}), ..kept.clone() }).await?;
        answers.keep(hr.user, "another", &kept).await?;
        let new = || DataKey::new([7; 32], [5, 6, 7, 8]);
        let node = instance.keyed(vec![DataKey::new([9; 32], [1, 2, 3, 4]), new()]).await?;
        assert_eq!((node.reseal_kept().await?, node.reseal_kept().await?), (3, 0));
        // The old key can go.
        let alone = instance.keyed(vec![new()]).await?;
        let of = async |key: &str| answers.find(hr.user, key).await.unwrap().unwrap().response;
        assert_eq!(alone.unseal_json("answer once", hr.user, of("once").await)?, answer);
        assert_eq!(alone.unseal_json("answer plain", hr.user, of("plain").await)?, json!({"body": 1}));
        assert!(of("plain").await["sealed"].is_string());
        assert_eq!(of("another").await, kept.response, "what does not open stays as it is");
        let kept = alone.store().cases().draft(case, task.into()).await?;
        assert_eq!(alone.unseal_json(&format!("draft {task}"), case, kept)?, draft);
        nowhere(instance, &[CARD, TYPED]).await?;
        node.store().close().await;
        alone.store().close().await;
        Ok(())
    }

    async fn a_new_key_is_not_held_up_by_what_does_not_open(instance) {
        let hr = instance.actor("hr", &["hr"], None).await?;
        let id = ann(instance, &hr).await?;
        create(instance, &hr, "person", json!({"name": "BOB", "card": TYPED})).await?;
        instance.say(&format!("UPDATE demo_person SET card = id_number WHERE id = '{id}'")).await?;
        let node = instance.keyed(vec![DataKey::new([9; 32], [1, 2, 3, 4]), DataKey::new([7; 32], [5, 6, 7, 8])]).await?;
        assert_eq!(node.reseal_fields().await?, 2);
        let torn: Vec<String> = node.store().vault().torn().into_iter().collect();
        assert_eq!(torn, [format!("person.card {id}")]);
        node.store().close().await;
        Ok(())
    }

    async fn a_lower_bound_is_held_against_what_is_sealed(instance) {
        let hr = instance.actor("hr", &["hr"], None).await?;
        ann(instance, &hr).await?;
        create(instance, &hr, "person", json!({"name": "BOB", "card": "6222"})).await?;
        let publish = async |name: &str, kind: &str, former: &str| {
            let files = calling(name, kind, former);
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
            instance.publish(&files, &["person.card", "person.bank"]).await
        };
        let refused = format!("{:#}", publish("card", "secret, max: 18", "").await.unwrap_err());
        assert!(refused.contains("1 stored values of `person.card` do not fit: the texts are too long"), "{refused}");
        // Under another name at once, and as a text again.
        for (name, kind, former) in [("bank", "secret, max: 18", "renamed_from: card,"), ("card", "text, max: 18", "")] {
            let refused = format!("{:#}", publish(name, kind, former).await.unwrap_err());
            assert!(refused.contains("do not fit: the texts are too long"), "{refused}");
        }
        publish("bank", "secret, max: 19", "renamed_from: card,").await?;
        Ok(())
    }
}
