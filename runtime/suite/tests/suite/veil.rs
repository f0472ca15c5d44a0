//! The ledger as the audit administrator sees it: every act, and values of records as far as their own roles let them read those.

use engine::{
    AccountChange, Act, Actor, Command,
    ledger::{audit::AuditError, veil::Seen},
};
use model::RecordId;
use serde_json::{Value, json};
use store::Wanted;
use suite::Instance;

use super::support::{create, try_update};
use crate::both;

const TASK: &str = r"
label: {zh-CN: 任务, en: Task}
display: title
comments: true
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  pay: {type: integer, label: {zh-CN: 薪酬, en: Pay}}
  note: {type: text, label: {zh-CN: 备注, en: Note}}
  open: {type: boolean, label: {zh-CN: 公开, en: Open}}
";
const READER: &str = r"
label: {zh-CN: 读者, en: Reader}
grants:
  - {entity: task, actions: [read], read: [title, open]}
  - {entity: task, actions: [read], read: [note, comments], where: open == true}
";
const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    ("entities/task.yaml", TASK),
    (
        "entities/rating.yaml",
        "label: {zh-CN: 评分, en: Rating}\ndisplay: word\nfields:\n  word: {type: text, label: {zh-CN: 评语, en: Word}}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}}\n",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\ngrants:\n  - {entity: task, actions: [create, read, update, delete]}\n  - {entity: rating, actions: [create, read]}\n",
    ),
    ("roles/reader.yaml", READER),
    (
        "roles/half.yaml",
        "label: {zh-CN: 部分, en: Half}\ngrants:\n  - {entity: task, actions: [read], where: open == true}\n",
    ),
    ("roles/auditor.yaml", "label: {zh-CN: 审计员, en: Auditor}\nadministers: audit\n"),
];

/// Everything that is written into records here.
const VALUES: [&str; 11] = [
    "TITLE-ONE",
    "TITLE-TWO",
    "NOTE-ONE",
    "NOTE-TWO",
    "SAID-ONE",
    "SAID-TWO",
    "WORDS-ONE",
    "RATED",
    "87654321",
    "65432109",
    "54321098",
];

/// Two tasks, one of them open, comments on both, a rating, a word in a case.
async fn written(instance: &Instance) -> anyhow::Result<(Actor, RecordId, RecordId)> {
    let (engine, member) = (&instance.engine, instance.actor("anna", &["member"], None).await?);
    let one = json!({"title": "TITLE-ONE", "pay": 87_654_321, "note": "NOTE-ONE", "open": true});
    let open = create(instance, &member, "task", one).await?;
    let closed =
        create(instance, &member, "task", json!({"title": "TITLE-TWO", "note": "NOTE-TWO", "open": false})).await?;
    try_update(instance, &member, "task", open, None, json!({"pay": 65_432_109})).await.unwrap();
    let entity = instance.entity("task")?;
    for (id, text) in [(open, "SAID-ONE"), (closed, "SAID-TWO")] {
        let said = Command::Comment { entity, id, text: text.to_owned(), meant: Vec::new() };
        engine.execute(&member, said).await.unwrap();
    }
    create(instance, &member, "rating", json!({"word": "RATED", "score": 54_321_098})).await?;
    let word = Act::new("case.approve", "case").on(open).fact("workflow", "none").detail("words", "WORDS-ONE");
    engine.note(&member, word).await?;
    Ok((member, open, closed))
}

async fn seen(instance: &Instance, auditor: &Actor) -> anyhow::Result<Vec<Seen>> {
    Ok(instance.engine.look_up(auditor, &Wanted { limit: 100, ..Wanted::default() }).await?)
}

/// What is shown of the newest such act on a record, and what is not.
async fn of(instance: &Instance, auditor: &Actor, action: &str, id: RecordId) -> anyhow::Result<(Value, Vec<String>)> {
    let all = seen(instance, auditor).await?;
    let wanted = |seen: &Seen| {
        let entry = &seen.written.entry;
        entry.action == action && entry.record.as_deref() == Some(id.to_string().as_str())
    };
    let one = all.into_iter().find(wanted).unwrap();
    Ok((one.what.unwrap_or_default(), one.hidden))
}

async fn exported(instance: &Instance, auditor: Option<&Actor>) -> anyhow::Result<String> {
    let engine = &instance.engine;
    let mut export = match auditor {
        Some(auditor) => engine.export_ledger_as(auditor).await?,
        None => engine.export_ledger(&engine.system()).await?,
    };
    let mut text = String::new();
    while let Some(lines) = export.next().await? {
        text += &lines;
    }
    Ok(text)
}

fn read(instance: &Instance, file: &str) -> anyhow::Result<::ledger::Report> {
    let mut reading = ::ledger::file::Reading::new(instance.engine.public_keys(), None);
    for line in file.lines() {
        reading.line(line)?;
    }
    Ok(reading.finish()?)
}

both! { FILES;
    async fn an_auditor_sees_every_act_and_no_value_that_is_not_theirs_to_read(instance) {
        let (_, open, _) = written(instance).await?;
        let vera = instance.actor("vera", &["auditor"], None).await?;
        let all = seen(instance, &vera).await?;
        for seen in &all {
            let text = format!("{seen:?}");
            assert!(VALUES.iter().all(|value| !text.contains(value)), "{text}");
        }
        let acts: Vec<&str> = all.iter().rev().map(|seen| seen.written.entry.action.as_str()).filter(|act| !act.contains("publish")).collect();
        assert_eq!(acts, ["create", "create", "update", "comment", "comment", "create", "case.approve", "ledger.read"]);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(of(instance, &vera, "update", open).await?, (json!({}), names(&["pay"])));
        assert_eq!(of(instance, &vera, "create", open).await?, (json!({}), names(&["note", "open", "pay", "title"])));
        assert_eq!(of(instance, &vera, "comment", open).await?, (json!({}), names(&["text"])));
        assert_eq!(of(instance, &vera, "case.approve", open).await?, (json!({}), names(&["words"])));
        // Who, when and on what are there, and that nothing was erased.
        let update = all.iter().find(|seen| seen.written.entry.action == "update").unwrap();
        assert!(update.written.who.as_ref().is_some_and(|who| who.value.contains("anna")) && !update.erased);
        assert_eq!(update.written.by_name, "ANNA");
        // What was asked of the ledger is the platform's own, and shown.
        assert!(all.iter().filter(|seen| seen.written.entry.action == "ledger.read").all(|seen| seen.hidden.is_empty()));
        Ok(())
    }

    async fn values_are_shown_where_the_history_of_the_record_shows_them(instance) {
        let (member, open, closed) = written(instance).await?;
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let rita = instance.actor("rita", &["auditor", "reader"], None).await?;
        let shown = json!({"after": {"title": "TITLE-ONE", "open": true}});
        assert_eq!(of(instance, &rita, "create", open).await?, (shown, names(&["note", "pay"])), "a note is seen on some rows only");
        let shown = json!({"after": {"title": "TITLE-TWO", "open": false}});
        assert_eq!(of(instance, &rita, "create", closed).await?, (shown, names(&["note"])));
        assert_eq!(of(instance, &rita, "comment", open).await?, (json!({"text": "SAID-ONE"}), names(&[])));
        assert_eq!(of(instance, &rita, "comment", closed).await?, (json!({}), names(&["text"])), "a list that does not name them");
        assert_eq!(of(instance, &rita, "update", open).await?, (json!({}), names(&["pay"])));
        // Rows that are not theirs.
        let hal = instance.actor("hal", &["auditor", "half"], None).await?;
        let shown = json!({"before": {"pay": 87_654_321}, "after": {"pay": 65_432_109}});
        assert_eq!(of(instance, &hal, "update", open).await?, (shown, names(&[])));
        assert_eq!(of(instance, &hal, "create", closed).await?, (json!({}), names(&["note", "open", "title"])));
        assert_eq!(of(instance, &hal, "comment", closed).await?, (json!({}), names(&["text"])));
        assert!(seen(instance, &hal).await?.iter().all(|seen| !format!("{seen:?}").contains("RATED")));
        // What is in the bin is not seen, and its past neither.
        let entity = instance.entity("task")?;
        instance.engine.execute(&member, Command::Delete { entity, id: open, expected: None }).await.unwrap();
        for auditor in [&rita, &hal] {
            for act in ["create", "delete"] {
                assert_eq!(of(instance, auditor, act, open).await?, (json!({}), names(&["note", "open", "pay", "title"])));
            }
            assert_eq!(of(instance, auditor, "comment", open).await?, (json!({}), names(&["text"])));
        }
        Ok(())
    }

    async fn values_are_found_by_the_names_their_fields_have_now(instance) {
        let (member, open, _) = written(instance).await?;
        let rita = instance.account("rita", &["auditor", "reader"], None).await?;
        let reader = READER.replace("[title, open]", "[title, open, wage]");
        let renamed = TASK.replace("  pay: {", "  wage: {renamed_from: pay, ");
        let anew = TASK.replace("  pay: {", "  wage: {") + "  pay: {type: integer, label: {zh-CN: 新, en: New}}\n";
        for task in [renamed, anew] {
            let files = FILES.map(|(path, text)| match path {
                "entities/task.yaml" => (path, task.as_str()),
                "roles/reader.yaml" => (path, reader.as_str()),
                _ => (path, text),
            });
            instance.publish(&files, &[]).await?;
        }
        let rita = instance.engine.actor(&rita, model::Locale::En);
        // It is called wage now, which is theirs to read; what was called pay afterwards is not.
        let (shown, hidden) = of(instance, &rita, "update", open).await?;
        assert_eq!(shown, json!({"before": {"pay": 87_654_321}, "after": {"pay": 65_432_109}}));
        assert!(hidden.is_empty());
        let member = instance.engine.actor(&instance.engine.store().accounts().by_id(member.user).await?.unwrap(), model::Locale::En);
        try_update(instance, &member, "task", open, None, json!({"pay": 5})).await.unwrap();
        assert_eq!(of(instance, &rita, "update", open).await?, (json!({}), vec!["pay".to_owned()]));
        Ok(())
    }

    async fn a_file_for_the_auditor_has_none_of_it_and_is_verified(instance) {
        let (member, open, _) = written(instance).await?;
        let engine = &instance.engine;
        let vera = instance.actor("vera", &["auditor"], None).await?;
        let hal = instance.actor("hal", &["auditor", "half"], None).await?;
        engine.place_entries("one").await?;
        let file = exported(instance, Some(&vera)).await?;
        assert!(VALUES.iter().all(|value| !file.contains(value)), "{file}");
        assert!(file.contains("anna"), "who it was stays");
        let report = read(instance, &file)?;
        assert_eq!((report.not_included, report.erased), (7, 0));
        assert_eq!(file.matches("\"not_included\":true").count(), 7);
        // Of whom some of it is theirs gets what is theirs altogether.
        let part = exported(instance, Some(&hal)).await?;
        assert!(part.contains("TITLE-ONE") && part.contains("65432109") && part.contains("SAID-ONE"), "{part}");
        assert!(["TITLE-TWO", "NOTE-TWO", "SAID-TWO", "RATED", "WORDS-ONE"].iter().all(|value| !part.contains(value)), "{part}");
        assert_eq!(read(instance, &part)?.not_included, 4);
        // Whoever operates the machine has all of it.
        let whole = exported(instance, None).await?;
        assert!(VALUES.iter().all(|value| whole.contains(value)));
        assert_eq!(read(instance, &whole)?.not_included, 0);
        // A content that is gone without a word is found still.
        let silent = file.replace(",\"not_included\":true", "");
        assert!(read(instance, &silent).unwrap_err().to_string().contains("is gone"));
        // A proof is like a line of the file.
        let all = seen(instance, &vera).await?;
        let update = all.iter().find(|seen| seen.written.entry.action == "update").unwrap();
        let id: RecordId = update.written.entry.id.parse()?;
        let (theirs, others) = (engine.prove_entry_as(&vera, id).await?, engine.prove_entry_as(&hal, id).await?);
        assert!(theirs.what.is_none() && theirs.who.is_some() && others.what.is_some());
        theirs.check(&engine.public_keys())?;
        others.check(&engine.public_keys())?;
        assert!(matches!(engine.export_ledger_as(&member).await, Err(AuditError::Denied)));
        assert!(matches!(engine.prove_entry_as(&member, open).await, Err(AuditError::Denied)));
        Ok(())
    }

    async fn a_publish_says_what_of_the_access_changed_and_a_change_of_roles_what_they_were(instance) {
        let engine = &instance.engine;
        let newest = async |action: &str| -> anyhow::Result<store::Written> {
            let wanted = Wanted { action: Some(action.to_owned()), limit: 1, ..Wanted::default() };
            Ok(engine.store().entries(&wanted).await?.remove(0))
        };
        assert!(newest("publish").await?.entry.facts().get("access").is_none(), "at first all of it is new");
        let reader = READER.replace("[title, open]", "[title]") + "  - {entity: rating, actions: [read], read: [word]}\n";
        let files = FILES.map(|(path, text)| (path, if path == "roles/reader.yaml" { reader.as_str() } else { text }));
        instance.publish(&files, &[]).await?;
        let publish = newest("publish").await?;
        assert_eq!(publish.entry.facts()["access"], json!(["+ reader read rating", "- reader read task"]));
        assert!(publish.who.is_some_and(|who| who.value == "{\"login\":\"loam\"}"));
        let account = instance.account("anna", &["member"], None).await?;
        let change = AccountChange { roles: Some(vec!["member".into(), "reader".into()]), ..AccountChange::default() };
        engine.change_account(None, account.id, change).await.unwrap();
        let facts = newest("account.roles").await?.entry.facts();
        assert_eq!(facts, json!({"before": ["member"], "gained": ["reader"], "roles": ["member", "reader"]}));
        Ok(())
    }
}
