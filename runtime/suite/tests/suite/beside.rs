//! What lies beside a record, comments and files that belong to no field, is for those to whom a grant gives the record whole, or
//! whose list of fields names it.

use engine::{
    Actor, Command, CommandError, Explain, Gives, NewFile, Stated,
    ledger::veil::Seen,
    query::{Attachments, Comments, Content, Notifications, OpenBeside, Unread},
};
use model::RecordId;
use policy::{Action, Aside};
use serde_json::json;
use store::Wanted;
use suite::Instance;

use super::support::{create, fields, text_file};
use crate::both;

const TASK: &str = r"
label: {zh-CN: 任务, en: Task}
display: title
comments: true
attachments: true
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  open: {type: boolean, label: {zh-CN: 公开, en: Open}}
  paper: {type: file, label: {zh-CN: 材料, en: Paper}}
";
const FILES: [(&str, &str); 8] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    ("entities/task.yaml", TASK),
    (
        "roles/whole.yaml",
        "label: {zh-CN: 全部, en: Whole}\ngrants:\n  - {entity: task, actions: [create, read, update]}\n",
    ),
    (
        "roles/open.yaml",
        "label: {zh-CN: 公开, en: Open}\ngrants:\n  - {entity: task, actions: [read, update], where: open == true}\n",
    ),
    (
        "roles/listed.yaml",
        "label: {zh-CN: 标题, en: Listed}\ngrants:\n  - {entity: task, actions: [read, update], read: [title], write: [title]}\n",
    ),
    (
        "roles/named.yaml",
        "label: {zh-CN: 点名, en: Named}\ngrants:\n  - {entity: task, actions: [read, update], read: [title, comments, attachments], write: [title]}\n",
    ),
    (
        "roles/paper.yaml",
        "label: {zh-CN: 材料, en: Paper}\ngrants:\n  - {entity: task, actions: [read, update], read: [title, paper], write: [paper]}\n",
    ),
    ("roles/auditor.yaml", "label: {zh-CN: 审计员, en: Auditor}\nadministers: audit\n"),
];

/// Roles, and whether what lies beside the open task and beside the closed one is theirs.
const READERS: [(&str, &[&str], [bool; 2]); 6] = [
    ("wanda", &["whole"], [true, true]),
    ("otto", &["open"], [true, false]),
    ("lisa", &["listed"], [false, false]),
    ("nina", &["named"], [true, true]),
    ("both", &["listed", "open"], [true, false]),
    ("paul", &["paper"], [false, false]),
];

fn said(instance: &Instance, id: RecordId, text: &str) -> anyhow::Result<Command> {
    Ok(Command::Comment { entity: instance.entity("task")?, id, text: text.to_owned(), meant: Vec::new() })
}

fn attached(instance: &Instance, id: RecordId, file: NewFile) -> anyhow::Result<Command> {
    Ok(Command::Attach { entity: instance.entity("task")?, id, file })
}

/// An open task and a closed one, with a comment and a file beside each.
async fn tasks(instance: &Instance) -> anyhow::Result<(Actor, [RecordId; 2])> {
    let anna = instance.actor("anna", &["whole"], None).await?;
    let open = create(instance, &anna, "task", json!({"title": "one", "open": true})).await?;
    let closed = create(instance, &anna, "task", json!({"title": "two", "open": false})).await?;
    for (id, text) in [(open, "SAID-ONE"), (closed, "SAID-TWO")] {
        instance.engine.execute(&anna, said(instance, id, text)?).await?;
        instance.engine.execute(&anna, attached(instance, id, text_file(&format!("{text}.txt"), text))?).await?;
    }
    Ok((anna, [open, closed]))
}

/// What of the newest such act on a record the ledger shows to an auditor.
async fn told(instance: &Instance, auditor: &Actor, action: &str, id: RecordId) -> anyhow::Result<String> {
    let (action, outcome) = (Some(action.to_owned()), Some("done".to_owned()));
    let wanted = Wanted { action, outcome, record: Some(id), limit: 10, ..Wanted::default() };
    let seen: Vec<Seen> = instance.engine.look_up(auditor, &wanted).await?;
    Ok(seen.first().and_then(|seen| seen.what.clone()).unwrap_or_default().to_string())
}

both! { FILES;
    async fn it_is_read_and_added_where_a_grant_gives_the_record_whole_or_names_it(instance) {
        let (anna, ids) = tasks(instance).await?;
        let (engine, entity) = (&instance.engine, instance.entity("task")?);
        for (login, roles, theirs) in READERS {
            let reader = instance.actor(login, roles, None).await?;
            for (id, open) in ids.into_iter().zip(theirs) {
                let at = format!("{login} {id}");
                let many = engine.query(&anna, Comments { entity, id }).await?.len();
                let comments = engine.query(&reader, Comments { entity, id }).await?;
                assert_eq!(comments.len(), if open { many } else { 0 }, "{at}");
                let kept = engine.query(&anna, Attachments { entity, id }).await?;
                let files = engine.query(&reader, Attachments { entity, id }).await?;
                assert_eq!(files.len(), if open { kept.len() } else { 0 }, "{at}");
                let content = Content { entity, id, attachment: kept[0].id };
                assert_eq!(engine.query(&reader, content).await?.is_some(), open, "{at}");
                let beside = engine.query(&reader, OpenBeside { entity, id }).await?;
                assert_eq!(Aside::ALL.map(|aside| beside.contains(&aside)), [open, open], "{at}");
                for more in [said(instance, id, "more")?, attached(instance, id, text_file("more.txt", "more"))?] {
                    let added = engine.execute(&reader, more).await;
                    let missing = matches!(&added, Err(CommandError::NotFound { id: about, .. }) if *about == id);
                    assert_eq!((added.is_ok(), missing), (open, !open), "{at}: {added:?}");
                }
                let (after, left) = (Comments { entity, id }, Attachments { entity, id });
                let grown = (engine.query(&anna, after).await?.len(), engine.query(&anna, left).await?.len());
                let by = usize::from(open);
                assert_eq!(grown, (many + by, kept.len() + by), "{at}");
            }
        }
        Ok(())
    }

    async fn a_file_of_a_field_is_the_fields(instance) {
        let (anna, [id, _]) = tasks(instance).await?;
        let (engine, entity) = (&instance.engine, instance.entity("task")?);
        let paul = instance.actor("paul", &["paper"], None).await?;
        let file = engine.new_id();
        let filled = |file: RecordId| Command::Update { entity, id, expected: None, fields: fields(json!({"paper": file.to_string()})) };
        let kept = NewFile { id: Some(file), ..text_file("paper.txt", "a paper") };
        engine.execute(&paul, Command::Bulk(vec![filled(file), attached(instance, id, kept)?])).await?;
        // One that is no field's is not theirs to add, in whatever company it comes.
        let (second, loose) = (engine.new_id(), text_file("loose.txt", "loose"));
        let kept = NewFile { id: Some(second), ..text_file("second.txt", "another") };
        let mixed = vec![filled(second), attached(instance, id, kept)?, attached(instance, id, loose)?];
        let refused = engine.execute(&paul, Command::Bulk(mixed)).await;
        assert!(matches!(refused, Err(CommandError::NotFound { .. })), "{refused:?}");
        let names = async |who: &Actor| -> anyhow::Result<Vec<String>> {
            let files = engine.query(who, Attachments { entity, id }).await?;
            Ok(files.into_iter().map(|file| file.name).collect())
        };
        let nina = instance.actor("nina", &["named"], None).await?;
        let lisa = instance.actor("lisa", &["listed"], None).await?;
        assert_eq!(names(&anna).await?, ["SAID-ONE.txt", "paper.txt"]);
        assert_eq!(names(&paul).await?, ["paper.txt"]);
        assert_eq!(names(&nina).await?, ["SAID-ONE.txt"]);
        assert!(names(&lisa).await?.is_empty());
        // The ledger tells of a file whom the record's page shows it.
        for (login, role, shows) in [("vera", "named", false), ("vito", "paper", true), ("viola", "whole", true)] {
            let auditor = instance.actor(login, &["auditor", role], None).await?;
            let told = told(instance, &auditor, "attach", id).await?;
            assert_eq!(told.contains("paper.txt"), shows, "{role}: {told}");
        }
        Ok(())
    }

    async fn a_mention_is_told_to_those_who_read_what_was_said(instance) {
        let (anna, ids) = tasks(instance).await?;
        let engine = &instance.engine;
        let mut readers = Vec::new();
        for (login, roles, theirs) in READERS {
            readers.push((instance.actor(login, roles, None).await?, theirs));
        }
        for id in ids {
            engine.execute(&anna, said(instance, id, "@wanda @otto @lisa @nina @both @paul look")?).await?;
        }
        for (reader, theirs) in readers {
            let many = theirs.into_iter().filter(|open| *open).count();
            let notices = engine.query(&reader, Notifications { limit: 10 }).await?;
            assert_eq!(notices.len(), many, "{}", reader.login);
            assert_eq!(engine.query(&reader, Unread { limit: 10 }).await?, many, "{}", reader.login);
        }
        Ok(())
    }

    async fn the_ledger_shows_what_was_said_to_whom_the_page_does(instance) {
        let (_, ids) = tasks(instance).await?;
        for (login, roles, theirs) in READERS {
            let held: Vec<&str> = roles.iter().copied().chain(["auditor"]).collect();
            let auditor = instance.actor(login, &held, None).await?;
            for (id, (open, text)) in ids.into_iter().zip(theirs.into_iter().zip(["SAID-ONE", "SAID-TWO"])) {
                for action in ["comment", "attach"] {
                    let told = told(instance, &auditor, action, id).await?;
                    assert_eq!(told.contains(text), open, "{login} {action}: {told}");
                }
            }
        }
        Ok(())
    }

    async fn it_is_explained(instance) {
        let (_, ids) = tasks(instance).await?;
        let entity = instance.entity("task")?;
        for (login, roles, theirs) in READERS {
            let about = instance.account(login, roles, None).await?;
            let reader = instance.engine.actor(&about, model::Locale::En);
            // The closed task is not there for whoever sees open ones alone.
            for (id, open) in ids.into_iter().zip(theirs).filter(|(id, _)| login != "otto" || *id == ids[0]) {
                for aside in Aside::ALL {
                    let about = about.clone();
                    let ask = Explain { about, entity, id, action: Action::Read, field: None, beside: Some(aside) };
                    let explained = instance.engine.query(&reader, ask).await?.unwrap();
                    let verdict = if open { Stated::Allowed } else { Stated::Refused };
                    assert_eq!(explained.verdict, verdict, "{login} {aside:?}: {explained:?}");
                    let given = |reason: &engine::Reason| reason.holds == Some(true) && reason.gives == Gives::Whole;
                    assert_eq!(explained.reasons.iter().any(given), open, "{login} {aside:?}: {explained:?}");
                }
            }
        }
        Ok(())
    }
}
