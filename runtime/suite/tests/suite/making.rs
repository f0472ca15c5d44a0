//! Records that rules make: once for every time a rule is set off, and never at the cost of the write that did.

use engine::{Actor, Command, Given};
use jiff::SignedDuration;
use model::{RecordId, Value};
use serde_json::json;
use store::OutboxState;
use suite::Instance;

use super::support::{create, list, try_create, try_update};
use crate::both;

const FILES: [(&str, &str); 9] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  lead: {type: person, label: {zh-CN: 上级, en: Lead}, stands_for: manager}\n",
    ),
    (
        "entities/report.yaml",
        r"label: {zh-CN: 报告, en: Report}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  author: {type: person, label: {zh-CN: 作者, en: Author}}
  pages: {type: integer, label: {zh-CN: 页数, en: Pages}}
  state:
    type: choice
    label: {zh-CN: 状态, en: State}
    choices: {open: {label: {zh-CN: 进行中, en: Open}}, closed: {label: {zh-CN: 已结案, en: Closed}}}
",
    ),
    (
        "entities/card.yaml",
        r#"label: {zh-CN: 评价卡, en: Card}
display: title
fields:
  title: {type: text, required: true, max: 5, label: {zh-CN: 标题, en: Title}}
  report: {type: reference, to: report, label: {zh-CN: 报告, en: Report}}
  giver: {type: person, label: {zh-CN: 评价人, en: Giver}}
  offered: {type: date, label: {zh-CN: 日期, en: Offered}}
  share: {type: percent, places: 1, label: {zh-CN: 占比, en: Share}}
  state:
    type: choice
    label: {zh-CN: 状态, en: State}
    default: '"pending"'
    choices: {pending: {label: {zh-CN: 待评价, en: Pending}}, done: {label: {zh-CN: 已评价, en: Done}}}
"#,
    ),
    (
        "entities/note.yaml",
        "label: {zh-CN: 备注, en: Note}\ndisplay: text\nfields:\n  text: {type: text, label: {zh-CN: 内容, en: Text}}\n  person: {type: person, label: {zh-CN: 人员, en: Person}}\n  round: {type: integer, label: {zh-CN: 轮次, en: Round}}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\neveryone: true\ngrants:\n  - {entity: person, actions: [read]}\n  - {entity: report, actions: [create, read, update]}\n  - {entity: card, actions: [read]}\n  - {entity: note, actions: [create, read, update]}\n",
    ),
    (
        "rules/offer.yaml",
        r#"label: {zh-CN: 发评价卡, en: Offer a card}
trigger: {change: report}
condition: state == "closed"
actions:
  - create:
      entity: card
      values: {title: title, report: id, giver: author.lead, offered: TODAY(), share: pages / 3}
"#,
    ),
    (
        "rules/offered.yaml",
        "label: {zh-CN: 评价卡通知, en: A card waits}\ntrigger: {change: card}\ncondition: state == \"pending\"\nactions:\n  - notify: {to: [giver], message: {zh-CN: '{title}待评价', en: '{title} waits'}}\n",
    ),
    (
        "rules/weekly.yaml",
        "label: {zh-CN: 每周备注, en: Weekly}\ntrigger: {schedule: {for: person, on: [friday], at: '16:10'}}\ncondition: lead != null\nactions:\n  - create: {entity: note, values: {text: '\"week\"', person: id}}\n",
    ),
];

/// The same with notes that ask for notes.
fn circle() -> Vec<(&'static str, &'static str)> {
    let mut files = FILES.to_vec();
    files.push(("rules/again.yaml", "label: {zh-CN: 循环, en: Again}\ntrigger: {change: note}\ncondition: round > 0\nactions:\n  - create: {entity: note, values: {text: '\"again\"', round: round + 1}}\n"));
    files
}

/// One note asks for the next, each by a rule of its own.
fn chain() -> Vec<(&'static str, &'static str)> {
    let mut files = FILES.to_vec();
    for at in 1..=10 {
        let path = format!("rules/step_{at}.yaml");
        let text = format!(
            "label: {{zh-CN: 第{at}步, en: Step {at}}}\ntrigger: {{change: note}}\ncondition: round == {at}\nactions:\n  - create: {{entity: note, values: {{round: round + 1}}}}\n"
        );
        files.push((Box::leak(path.into_boxed_str()), Box::leak(text.into_boxed_str())));
    }
    files
}

/// A long report asks everybody who reports to somebody, each by an invitation of their own.
fn each() -> Vec<(&'static str, &'static str)> {
    let mut files = FILES.to_vec();
    files.extend([
        (
            "entities/invite.yaml",
            "label: {zh-CN: 邀请, en: Invite}\ndisplay: text\nfields:\n  text: {type: text, label: {zh-CN: 内容, en: Text}}\n  report: {type: reference, to: report, required: true, label: {zh-CN: 报告, en: Report}}\n  person: {type: person, required: true, label: {zh-CN: 人员, en: Person}}\n  name: {type: text, max: 12, label: {zh-CN: 姓名, en: Name}}\nunique:\n  - {fields: [report, person], again: update}\n",
        ),
        (
            "roles/inviting.yaml",
            "label: {zh-CN: 邀请, en: Inviting}\neveryone: true\ngrants:\n  - {entity: invite, actions: [read]}\n",
        ),
        (
            "rules/invite.yaml",
            "label: {zh-CN: 请人阅读, en: Invite}\ntrigger: {change: report}\ncondition: pages > 100\nactions:\n  - create:\n      entity: invite\n      each: {entity: person, by: person, where: lead != null, values: {name: name}}\n      values: {report: id, text: title}\n",
        ),
    ]);
    files
}

async fn settled(instance: &Instance) -> anyhow::Result<()> {
    while instance.engine.turn("one").await? > 0 {}
    Ok(())
}

/// What stands in these fields of every record of an entity, in order of making.
async fn told(instance: &Instance, entity: &str, fields: &[&str]) -> anyhow::Result<Vec<Vec<Value>>> {
    let system = instance.engine.system();
    let all = list(&system, instance.entity(entity)?, fields);
    Ok(instance.engine.query(&system, all).await?.rows.into_iter().map(|row| row.values).collect())
}

/// What waits for an administrator: its kind, and why.
pub(crate) async fn parked(instance: &Instance) -> anyhow::Result<Vec<(RecordId, String, String)>> {
    let letters = instance.engine.store().outbox().letters(OutboxState::Dead, 50).await?;
    let each =
        letters.into_iter().map(|letter| (letter.entry.id, letter.entry.kind, letter.last_error.unwrap_or_default()));
    Ok(each.collect())
}

/// Somebody, and whom they report to.
async fn people(instance: &Instance) -> anyhow::Result<(Actor, RecordId, RecordId)> {
    let system = instance.engine.system();
    let lead = create(instance, &system, "person", json!({"name": "Lead"})).await?;
    let ann = create(instance, &system, "person", json!({"name": "Ann", "lead": lead})).await?;
    Ok((instance.actor("ann", &[], Some(ann)).await?, ann, lead))
}

async fn revive(instance: &Instance, letter: RecordId) -> anyhow::Result<()> {
    let system = instance.engine.system();
    let asking = store::Asking {
        version: system.edition.version,
        user: system.user,
        person: None,
        login: String::new(),
        now: system.now,
        today: "2025-11-20".parse()?,
    };
    let due = system.now;
    let write = instance.engine.store().write(asking, move |tx| Box::pin(async move { tx.revive(letter, due).await }));
    assert!(write.await?);
    Ok(())
}

both! {
    FILES;

    async fn what_becomes_so_makes_one_record_and_tells_of_it(instance) {
        let (ann, author, lead) = people(instance).await?;
        let leads = instance.actor("lead", &[], Some(lead)).await?;
        let report = create(instance, &ann, "report", json!({"title": "R1", "author": author, "pages": 2, "state": "open"})).await?;
        settled(instance).await?;
        assert!(told(instance, "card", &["title"]).await?.is_empty());
        try_update(instance, &ann, "report", report, None, json!({"state": "closed"})).await?;
        // Ann may make no cards; the platform does, after her write.
        settled(instance).await?;
        let share = Value::Decimal("0.7".parse()?);
        let card = vec!["R1".into(), Value::Id(report), Value::Id(lead), Value::Date("2025-11-20".parse()?), share, "pending".into()];
        assert_eq!(told(instance, "card", &["title", "report", "giver", "offered", "share", "state"]).await?, [card]);
        let notices = instance.engine.store().notifications().of(leads.user, instance.engine.now(), 50).await?;
        assert_eq!(notices.len(), 1, "what was made sets off rules of its own");

        // Still so is no news, and a letter that comes again after it was done makes nothing.
        try_update(instance, &ann, "report", report, None, json!({"title": "R2"})).await?;
        instance.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE kind = 'rule.create'").await?;
        settled(instance).await?;
        assert_eq!(told(instance, "card", &["title"]).await?.len(), 1);
        // So again is so once more.
        try_update(instance, &ann, "report", report, None, json!({"state": "open"})).await?;
        try_update(instance, &ann, "report", report, None, json!({"state": "closed"})).await?;
        settled(instance).await?;
        assert_eq!(told(instance, "card", &["title"]).await?, [vec![Value::from("R1")], vec![Value::from("R2")]]);

        // The ledger says for which rule the platform acted.
        let facts: Vec<String> = instance
            .engine
            .store()
            .entries(&store::Wanted { action: Some("create".into()), object: Some("card".into()), limit: 10, ..Default::default() })
            .await?
            .into_iter()
            .filter_map(|written| written.entry.facts)
            .collect();
        assert_eq!(facts, [r#"{"rule":"offer"}"#, r#"{"rule":"offer"}"#]);
        Ok(())
    }

    async fn what_cannot_be_made_refuses_nobodys_write_and_waits_with_its_reason(instance) {
        let (ann, author, _) = people(instance).await?;
        let report = create(instance, &ann, "report", json!({"title": "far too long", "author": author, "state": "closed"})).await?;
        settled(instance).await?;
        assert!(told(instance, "card", &["title"]).await?.is_empty());
        let waiting = parked(instance).await?;
        let [(letter, kind, reason)] = waiting.as_slice() else { panic!("{waiting:?}") };
        assert_eq!((kind.as_str(), reason.as_str()), ("rule.create", "some values were refused: title: range"));
        try_update(instance, &ann, "report", report, None, json!({"title": "short"})).await?;
        revive(instance, *letter).await?;
        settled(instance).await?;
        assert_eq!(told(instance, "card", &["title"]).await?, [vec![Value::from("short")]]);
        assert!(parked(instance).await?.is_empty());
        Ok(())
    }

    async fn a_schedule_makes_one_record_for_each_occurrence(instance) {
        people(instance).await?;
        settled(instance).await?;
        instance.clock.pass(SignedDuration::from_hours(48));
        settled(instance).await?;
        assert_eq!(told(instance, "note", &["text"]).await?.len(), 1);
        // The occurrence once more, as after a node that died half way, and long after its letters were swept.
        instance.say("DELETE FROM loam_outbox WHERE kind = 'rule.create'").await?;
        instance.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE kind = 'rule.due'").await?;
        settled(instance).await?;
        assert_eq!(told(instance, "note", &["text"]).await?.len(), 1);
        instance.clock.pass(SignedDuration::from_hours(7 * 24));
        settled(instance).await?;
        assert_eq!(told(instance, "note", &["text"]).await?.len(), 2);
        Ok(())
    }
}

mod circles {
    use super::*;

    both! {
        circle();

        async fn a_rule_that_meets_itself_is_stopped_and_seen(instance) {
            let (ann, ..) = people(instance).await?;
            try_create(instance, &ann, "note", json!({"text": "first", "round": 1})).await?;
            settled(instance).await?;
            assert_eq!(told(instance, "note", &["round"]).await?, [vec![Value::Int(1)], vec![Value::Int(2)]]);
            let waiting = parked(instance).await?;
            let [(letter, kind, reason)] = waiting.as_slice() else { panic!("{waiting:?}") };
            assert_eq!(kind, "rule.stopped");
            assert_eq!(reason, "the rules set each other off in a circle: again → again");
            // An administrator may have it go on, one step at a time.
            revive(instance, *letter).await?;
            settled(instance).await?;
            assert_eq!(told(instance, "note", &["round"]).await?.len(), 3);
            assert_eq!(parked(instance).await?.len(), 1);
            Ok(())
        }
    }
}

mod chains {
    use super::*;

    both! {
        chain();

        async fn a_chain_ends_at_the_deepest(instance) {
            let (ann, ..) = people(instance).await?;
            try_create(instance, &ann, "note", json!({"round": 1})).await?;
            settled(instance).await?;
            assert_eq!(told(instance, "note", &["round"]).await?.len(), 9);
            let waiting = parked(instance).await?;
            let [(_, kind, reason)] = waiting.as_slice() else { panic!("{waiting:?}") };
            assert_eq!(kind, "rule.stopped");
            assert!(reason.starts_with("more than 8 rules set each other off: step_1 → step_2"), "{reason}");
            Ok(())
        }
    }
}

mod eaches {
    use super::*;

    both! {
        each();

        async fn one_is_made_for_each_of_others(instance) {
            let (actor, author, lead) = people(instance).await?;
            let system = instance.engine.system();
            let other = create(instance, &system, "person", json!({"name": "Ben", "lead": lead})).await?;
            let report = create(instance, &actor, "report", json!({"title": "Long", "pages": 200, "author": author})).await?;
            assert!(told(instance, "invite", &["person"]).await?.is_empty(), "not at the cost of the write");
            settled(instance).await?;
            // Whoever reports to nobody is left out.
            let invited = |text: &str| {
                let mut both = [author, other].map(|person| vec![Value::Id(person), Value::from(text)]).to_vec();
                both.sort_by_key(|row| row[0].as_id());
                both
            };
            let found = async || -> anyhow::Result<Vec<Vec<Value>>> {
                let mut found = told(instance, "invite", &["person", "text"]).await?;
                found.sort_by_key(|row| row[0].as_id());
                Ok(found)
            };
            assert_eq!(found().await?, invited("Long"));
            // Set off once more, it is the same invitations; and nothing waits for anybody.
            for (pages, title) in [(50, "Short"), (300, "Longer")] {
                try_update(instance, &actor, "report", report, None, json!({"pages": pages, "title": title})).await?;
                settled(instance).await?;
            }
            assert_eq!(found().await?, invited("Longer"));
            assert!(parked(instance).await?.is_empty());
            Ok(())
        }

        async fn of_more_than_one_part_each_is_made_once_and_the_refused_one_waits(instance) {
            let (actor, author, lead) = people(instance).await?;
            let system = instance.engine.system();
            let person = instance.entity("person")?;
            let value = |name: &str, value: Value| (name.to_owned(), Given::Value(value));
            let row = |at: i64| (None, vec![value("name", format!("P{at}").into()), value("lead", Value::Id(lead))]);
            instance.engine.execute(&system, Command::Load { entity: person, rows: (0..1_100).map(row).collect() }).await?;
            try_update(instance, &system, "person", author, None, json!({"name": "far too long a name"})).await?;
            create(instance, &actor, "report", json!({"title": "Long", "pages": 200, "author": author})).await?;
            let made = async || -> anyhow::Result<usize> {
                let mut all = list(&system, instance.entity("invite")?, &["text"]);
                all.limit = 5_000;
                Ok(instance.engine.query(&system, all).await?.rows.len())
            };
            // A letter that comes again after its part was done makes nothing, and another node carries on.
            instance.engine.turn("one").await?;
            instance.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE kind = 'rule.create'").await?;
            let other = instance.another().await?;
            while other.turn("two").await? > 0 {}
            other.store().close().await;
            assert_eq!(made().await?, 1_100);
            let waiting = parked(instance).await?;
            let [(letter, kind, reason)] = waiting.as_slice() else { panic!("{waiting:?}") };
            assert_eq!((kind.as_str(), reason.as_str()), ("rule.create", "some values were refused: name: range"));
            // Put right, an administrator has that one made.
            try_update(instance, &system, "person", author, None, json!({"name": "Ann"})).await?;
            revive(instance, *letter).await?;
            settled(instance).await?;
            assert_eq!(made().await?, 1_101);
            assert!(parked(instance).await?.is_empty());
            Ok(())
        }
    }
}
