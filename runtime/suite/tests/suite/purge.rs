//! What goes for good is nowhere afterwards, and what something still holds stays.

use std::path::Path;

use engine::{Command, CommandError, query::Content};
use jiff::SignedDuration;
use model::RecordId;
use policy::{Bin, Get};
use serde_json::json;
use store::Wanted;
use suite::Instance;

use super::support::{codes, create, read, text_file, try_update};
use crate::both;

const FILES: [(&str, &str); 8] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/note.yaml",
        "label: {zh-CN: 记录, en: Note}\ndisplay: title\nsearch: [title]\ncomments: true\nattachments: true\nbin: {keep_days: 30}\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n",
    ),
    (
        "entities/part.yaml",
        "label: {zh-CN: 部分, en: Part}\ndisplay: text\nfields:\n  text: {type: text, label: {zh-CN: 内容, en: Text}}\n  note: {type: reference, to: note, on_delete: cascade, label: {zh-CN: 记录, en: Note}}\n",
    ),
    (
        "entities/link.yaml",
        "label: {zh-CN: 关联, en: Link}\ndisplay: text\nfields:\n  text: {type: text, label: {zh-CN: 内容, en: Text}}\n  free: {type: reference, to: note, on_delete: clear, label: {zh-CN: 可清空, en: Free}}\n  held: {type: reference, to: note, on_delete: restrict, label: {zh-CN: 不可清空, en: Held}}\n",
    ),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n",
    ),
    (
        "roles/keeper.yaml",
        "label: {zh-CN: 管理者, en: Keeper}\ngrants:\n  - {entity: note, actions: [create, read, update, delete, restore, purge]}\n  - {entity: part, actions: [create, read, delete, restore]}\n  - {entity: link, actions: [create, read, delete, restore, purge]}\n  - {entity: person, actions: [create, read, delete, restore, purge]}\n",
    ),
    (
        "roles/plain.yaml",
        "label: {zh-CN: 普通, en: Plain}\ngrants:\n  - {entity: note, actions: [create, read, update, delete, restore]}\n",
    ),
    ("roles/operator.yaml", "label: {zh-CN: 系统管理员, en: Operator}\nadministers: system\n"),
];

pub(super) async fn turns(instance: &Instance) -> anyhow::Result<()> {
    while instance.engine.turn("test").await? > 0 {}
    Ok(())
}

/// Files below a folder that hold some bytes.
fn holding(folder: &Path, planted: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holding(&path, planted, found);
        } else if std::fs::read(&path).unwrap().windows(planted.len()).any(|part| part == planted.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
}

/// Whether what was planted is in no file and in no table.
pub(super) async fn nowhere(instance: &Instance, planted: &str) -> anyhow::Result<bool> {
    let mut found = Vec::new();
    holding(instance.folder(), planted, &mut found);
    if !instance.is_sqlite() {
        let look = format!(
            "DO $$ DECLARE t text; n bigint; BEGIN FOR t IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables \
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema') LOOP \
             EXECUTE format('SELECT count(*) FROM %s x WHERE x::text LIKE %L', t, '%{planted}%') INTO n; \
             IF n > 0 THEN RAISE EXCEPTION 'found in %', t; END IF; END LOOP; END $$"
        );
        if let Err(error) = instance.say(&look).await {
            found.push(error.to_string());
        }
    }
    Ok(found.is_empty())
}

async fn attach(instance: &Instance, actor: &engine::Actor, id: RecordId, content: &str) -> anyhow::Result<RecordId> {
    let command = Command::Attach {
        entity: instance.entity("note")?,
        id,
        file: text_file(if content.starts_with("PLANTED") { "PLANTED-name.txt" } else { "kept.txt" }, content),
    };
    Ok(instance.engine.execute(actor, command).await?.first().unwrap().id)
}

async fn remove(instance: &Instance, actor: &engine::Actor, entity: &str, id: RecordId) -> Result<(), CommandError> {
    let entity = instance.entity(entity).unwrap();
    instance.engine.execute(actor, Command::Delete { entity, id, expected: None }).await.map(drop)
}

async fn purge(instance: &Instance, actor: &engine::Actor, entity: &str, id: RecordId) -> Result<(), CommandError> {
    let entity = instance.entity(entity).unwrap();
    instance.engine.execute(actor, Command::Purge { entity, id }).await.map(drop)
}

both! { FILES;
    async fn what_goes_for_good_is_nowhere(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let plain = instance.actor("plain", &["plain"], None).await?;
        let note = create(instance, &keeper, "note", json!({"title": "PLANTED-first"})).await?;
        let other = create(instance, &keeper, "note", json!({"title": "kept"})).await?;
        create(instance, &keeper, "part", json!({"text": "PLANTED-part", "note": note})).await?;
        try_update(instance, &keeper, "note", note, None, json!({"title": "PLANTED-second"})).await?;
        let text = "PLANTED-comment".to_owned();
        let said = Command::Comment { entity: instance.entity("note")?, id: note, text, meant: Vec::new() };
        instance.engine.execute(&keeper, said).await?;
        attach(instance, &keeper, note, "PLANTED-content").await?;
        attach(instance, &keeper, note, "shared content").await?;
        let shared = attach(instance, &keeper, other, "shared content").await?;
        turns(instance).await?;
        assert!(!nowhere(instance, "PLANTED-").await?, "what looks finds what is there");
        // What is in use does not go, and neither does it for whoever may not.
        let refused = purge(instance, &keeper, "note", note).await;
        assert!(matches!(refused, Err(CommandError::NotFound { .. })), "{refused:?}");
        remove(instance, &keeper, "note", note).await?;
        let refused = purge(instance, &plain, "note", note).await;
        assert!(matches!(refused, Err(CommandError::Denied { .. })), "{refused:?}");
        purge(instance, &keeper, "note", note).await?;
        let get = Get { entity: instance.entity("note")?, id: note, columns: Vec::new(), bin: Bin::Inside };
        assert!(instance.engine.query(&keeper, get).await?.is_none());
        turns(instance).await?;
        assert!(nowhere(instance, "PLANTED-").await?);
        // What another record has of the same content stays, and so do the entries with their proofs.
        let content = Content { entity: instance.entity("note")?, id: other, attachment: shared };
        assert_eq!(instance.engine.query(&keeper, content).await?.map(|(_, content)| content), Some(b"shared content".to_vec()));
        let wanted = Wanted { action: Some("purge".to_owned()), outcome: Some("done".to_owned()), limit: 10, ..Wanted::default() };
        assert_eq!(instance.engine.store().entries(&wanted).await?.len(), 2, "the record, and its part");
        let report = instance.engine.verify_ledger(&[], None).await?;
        assert!(report.erased > 0);
        Ok(())
    }

    async fn what_something_holds_stays(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let note = create(instance, &keeper, "note", json!({"title": "a"})).await?;
        let free = create(instance, &keeper, "link", json!({"text": "free", "free": note})).await?;
        let held = create(instance, &keeper, "link", json!({"text": "held", "held": note})).await?;
        remove(instance, &keeper, "link", free).await?;
        remove(instance, &keeper, "link", held).await?;
        remove(instance, &keeper, "note", note).await?;
        let refused = purge(instance, &keeper, "note", note).await.unwrap_err();
        assert_eq!(codes(refused), [":still-referred"]);
        purge(instance, &keeper, "link", held).await?;
        purge(instance, &keeper, "note", note).await?;
        // What was in the bin and referred to it refers to nothing now, and can come back.
        instance.engine.execute(&keeper, Command::Restore { entity: instance.entity("link")?, id: free }).await?;
        assert_eq!(read(instance, &keeper, "link", free, &["free"]).await?, Some(vec![model::Value::Null]));
        // A person whose account is in use.
        let person = create(instance, &keeper, "person", json!({"name": "王伟"})).await?;
        let account = instance.account("wang", &[], Some(person)).await?;
        remove(instance, &keeper, "person", person).await?;
        let refused = purge(instance, &keeper, "person", person).await.unwrap_err();
        assert_eq!(codes(refused), [":account-active"]);
        let operator = instance.actor("operator", &["operator"], None).await?;
        let disable = engine::AccountChange { active: Some(false), ..Default::default() };
        instance.engine.change_account(Some(&operator), account.id, disable).await?;
        purge(instance, &keeper, "person", person).await?;
        let account = instance.engine.store().accounts().by_id(account.id).await?.unwrap();
        assert_eq!(account.person, None);
        Ok(())
    }

    async fn a_bin_empties_itself_after_its_days(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let (old, young, link) = (
            create(instance, &keeper, "note", json!({"title": "old"})).await?,
            create(instance, &keeper, "note", json!({"title": "young"})).await?,
            create(instance, &keeper, "link", json!({"text": "x"})).await?,
        );
        remove(instance, &keeper, "note", old).await?;
        remove(instance, &keeper, "link", link).await?;
        instance.clock.pass(SignedDuration::from_hours(24 * 20));
        let keeper = engine::Actor { now: instance.engine.now(), ..keeper };
        remove(instance, &keeper, "note", young).await?;
        assert_eq!(instance.engine.empty_bins().await?, 0);
        instance.clock.pass(SignedDuration::from_hours(24 * 11));
        assert_eq!(instance.engine.empty_bins().await?, 1);
        let there = |entity, id| Get { entity, id, columns: Vec::new(), bin: Bin::Inside };
        let (note, links) = (instance.entity("note")?, instance.entity("link")?);
        assert!(instance.engine.query(&keeper, there(note, old)).await?.is_none());
        assert!(instance.engine.query(&keeper, there(note, young)).await?.is_some());
        assert!(instance.engine.query(&keeper, there(links, link)).await?.is_some(), "it says nothing of a time");
        Ok(())
    }
}
