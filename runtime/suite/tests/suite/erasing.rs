//! A person is erased wherever they are, but for what must be kept; and that it was done is certified.

use engine::{
    AccountChange, Actor, Command, CommandError,
    erasures::{Gone, How},
};
use model::Value;
use serde_json::{Value as Json, json};
use store::Wanted;
use suite::Instance;

use super::{
    purge::{nowhere, turns},
    support::{codes, create, list, read, text_file, try_update},
};
use crate::both;

const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nkey: code\nsearch: [name, code]\ncomments: true\nattachments: true\nfields:\n  code: {type: text, label: {zh-CN: 工号, en: Code}, kept: {zh-CN: 考勤记录须保存两年, en: Attendance must be kept for two years}}\n  name: {type: text, label: {zh-CN: 姓名, en: Name}, required: true}\n  phone: {type: text, label: {zh-CN: 电话, en: Phone}, sensitivity: personal, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n  shown: {type: text, label: {zh-CN: 显示, en: Shown}, formula: 'name + phone', sensitivity: personal, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n  grade: {type: text, label: {zh-CN: 职级, en: Grade}}\n",
    ),
    (
        "entities/pay.yaml",
        "label: {zh-CN: 薪酬, en: Pay}\ndisplay: month\nsubject: person\nfields:\n  person: {type: person, label: {zh-CN: 人员, en: Person}}\n  month: {type: text, label: {zh-CN: 月份, en: Month}}\n  salary: {type: integer, label: {zh-CN: 月薪, en: Salary}, sensitivity: sensitive, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n  iban: {type: secret, label: {zh-CN: 账户, en: Account}, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n  bank: {type: text, label: {zh-CN: 银行账号, en: Bank account}, sensitivity: personal, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n",
    ),
    (
        "entities/task.yaml",
        "label: {zh-CN: 任务, en: Task}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n  who: {type: person, label: {zh-CN: 负责人, en: Who}}\n  whose: {type: text, label: {zh-CN: 负责人姓名, en: Name of who}, lookup: who.name}\n",
    ),
    (
        "roles/keeper.yaml",
        "label: {zh-CN: 管理者, en: Keeper}\ngrants:\n  - {entity: person, actions: [create, read, update, delete, erase]}\n  - {entity: pay, actions: [create, read, update, delete]}\n  - {entity: task, actions: [create, read]}\n",
    ),
    ("roles/plain.yaml", "label: {zh-CN: 普通, en: Plain}\ngrants:\n  - {entity: person, actions: [read]}\n"),
    ("roles/operator.yaml", "label: {zh-CN: 系统管理员, en: Operator}\nadministers: system\n"),
];

async fn erase(instance: &Instance, actor: &Actor, id: model::RecordId) -> Result<engine::Erasure, CommandError> {
    let entity = instance.entity("person").unwrap();
    Ok(instance.engine.execute(actor, Command::Erase { entity, id }).await?.erasure.unwrap())
}

both! { FILES;
    async fn a_person_is_erased_wherever_they_are(instance) {
        let engine = &instance.engine;
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let operator = instance.actor("operator", &["operator"], None).await?;
        let given = json!({"code": "E0089", "name": "PLANTED-name", "phone": "PLANTED-phone", "grade": "P5"});
        let person = create(instance, &keeper, "person", given).await?;
        let other = create(instance, &keeper, "person", json!({"code": "E0090", "name": "李娜", "phone": "1"})).await?;
        let pay = create(instance, &keeper, "pay", json!({"person": person, "month": "2025-11", "salary": 98765431, "iban": "PLANTED-iban", "bank": "PLANTED-bank"})).await?;
        let old = create(instance, &keeper, "pay", json!({"person": person, "month": "2025-10", "iban": "PLANTED-iban", "bank": "PLANTED-old"})).await?;
        let of_other = create(instance, &keeper, "pay", json!({"person": other, "month": "2025-11", "iban": "other", "bank": "kept"})).await?;
        let task = create(instance, &keeper, "task", json!({"title": "a", "who": person})).await?;
        try_update(instance, &keeper, "person", person, None, json!({"phone": "PLANTED-second"})).await?;
        let entity = instance.entity("pay")?;
        engine.execute(&keeper, Command::Delete { entity, id: old, expected: None }).await?;
        let entity = instance.entity("person")?;
        let text = "PLANTED-comment".to_owned();
        engine.execute(&keeper, Command::Comment { entity, id: person, text, meant: Vec::new() }).await?;
        let file = text_file("PLANTED-file.txt", "PLANTED-content");
        engine.execute(&keeper, Command::Attach { entity, id: person, file }).await?;
        let account = instance.account("PLANTED-login", &[], Some(person)).await?;
        let theirs = engine.actor(&account, model::Locale::En);
        engine.note(&theirs, engine::Act::new("read", "address")).await?;
        turns(instance).await?;
        // Whose account is in use is not erased, and nobody erases without the right to.
        assert_eq!(codes(erase(instance, &keeper, person).await.unwrap_err()), [":account-active"]);
        engine.change_account(Some(&operator), account.id, AccountChange { active: Some(false), ..Default::default() }).await?;
        let plain = instance.actor("plain", &["plain"], None).await?;
        assert!(matches!(erase(instance, &plain, person).await, Err(CommandError::Denied { .. })));
        // First what it would take: nothing is gone by asking.
        let before = engine.rehearse_erasure(&keeper, entity, person).await?;
        assert_eq!(read(instance, &keeper, "person", person, &["phone"]).await?, Some(vec!["PLANTED-second".into()]));
        let keeper = Actor { now: engine.now(), ..keeper };
        let done = erase(instance, &keeper, person).await?;
        assert_eq!(engine::Erasure { number: done.number, ..before }, done);
        assert_eq!((done.records, done.comments, done.files, done.accounts), (3, 1, 1, 1));
        let cleared: Vec<_> = done.cleared.iter().map(|((of, field), many)| format!("{of}.{field} {many}")).collect();
        assert_eq!(cleared, ["pay.bank 2", "pay.iban 2", "pay.salary 1", "person.name 1", "person.phone 1"]);
        let kept: Vec<_> = done.kept.iter().map(|((of, field), why)| format!("{of}.{field}: {}", why.get(model::Locale::En))).collect();
        assert_eq!(kept, ["person.code: Attendance must be kept for two years"]);
        turns(instance).await?;
        assert!(nowhere(instance, "PLANTED-").await?);
        assert!(nowhere(instance, "98765431").await?);
        // What is not personal stays, and so does what is somebody else's.
        let stays = read(instance, &keeper, "person", person, &["code", "grade", "phone"]).await?;
        assert_eq!(stays, Some(vec!["E0089".into(), "P5".into(), Value::Null]));
        assert_eq!(read(instance, &keeper, "pay", pay, &["month", "salary"]).await?, Some(vec!["2025-11".into(), Value::Null]));
        assert_eq!(read(instance, &keeper, "pay", of_other, &["bank", "iban"]).await?, Some(vec!["kept".into(), "other".into()]));
        assert_eq!(read(instance, &keeper, "pay", pay, &["iban"]).await?, Some(vec![Value::Null]));
        let whose = read(instance, &keeper, "task", task, &["whose", "who.name"]).await?.unwrap();
        assert!(whose.iter().all(|name| format!("{name:?}").contains("erased")), "{whose:?}");
        let found = policy::List { search: Some("planted".to_owned()), ..list(&keeper, entity, &["name"]) };
        assert!(engine.query(&keeper, found).await?.rows.is_empty());
        let after = engine.store().accounts().by_id(account.id).await?.unwrap();
        assert!(after.login.starts_with("erased-") && after.name == "erased" && !after.active, "{after:?}");
        // It is certified, and the ledger is whole.
        let wanted = Wanted { action: Some("erase".to_owned()), record: Some(person), limit: 10, ..Wanted::default() };
        let entries = engine.store().entries(&wanted).await?;
        let facts: Json = entries.iter().find(|entry| entry.entry.outcome == "done").unwrap().entry.facts();
        assert_eq!((facts["certificate"].as_str(), facts["records"].as_u64()), (Some(done.number.to_string().as_str()), Some(3)));
        let report = engine.verify_ledger(&[], None).await?;
        assert!(report.erased > 0);
        // Once more there is nothing left to take.
        let again = erase(instance, &keeper, person).await?;
        assert_eq!((again.comments, again.files, again.accounts), (0, 0, 0));
        assert!(again.cleared.keys().all(|(_, field)| field == "name"), "{again:?}");
        Ok(())
    }

    async fn after_a_restore_a_list_of_ids_has_them_go_again(instance) {
        let engine = &instance.engine;
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let person = create(instance, &keeper, "person", json!({"code": "E1", "name": "PLANTED-one", "phone": "PLANTED-two"})).await?;
        let other = create(instance, &keeper, "person", json!({"code": "E2", "name": "李娜"})).await?;
        let pay = create(instance, &keeper, "pay", json!({"person": other, "month": "2025-11", "bank": "PLANTED-bank"})).await?;
        let account = instance.account("someone", &[], Some(person)).await?;
        let gone = |how, entity: &str, record| Gone { at: "2025-11-10T08:00:00.000Z".to_owned(), how, entity: entity.to_owned(), record };
        let list = [
            gone(How::Erased, "person", person),
            gone(How::Purged, "pay", pay),
            gone(How::Purged, "pay", engine.new_id()),
            gone(How::Purged, "badge", pay),
        ];
        let applied = engine.erase_again(&list).await?;
        assert_eq!((applied.done, applied.already), (2, 1), "{applied:?}");
        assert!(applied.left.len() == 1 && applied.left[0].1.contains("`badge`"), "{applied:?}");
        turns(instance).await?;
        assert!(nowhere(instance, "PLANTED-").await?);
        assert!(!engine.store().accounts().by_id(account.id).await?.unwrap().active);
        assert_eq!(read(instance, &keeper, "pay", pay, &["month"]).await?, None);
        assert_eq!(read(instance, &keeper, "person", other, &["name"]).await?, Some(vec!["李娜".into()]));
        // They are listed as the ledger tells them, and not done twice.
        let listed = engine.erasures().await?;
        let ids: Vec<_> = listed.iter().map(|one| (one.how, one.entity.as_str(), one.record)).collect();
        assert_eq!(ids, [(How::Erased, "person", person), (How::Purged, "pay", pay)]);
        let again = engine.erase_again(&listed).await?;
        assert_eq!((again.done, again.already, again.left.len()), (0, 2, 0));
        engine.verify_ledger(&[], None).await?;
        Ok(())
    }
}
