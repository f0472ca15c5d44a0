//! Rules that tell people: when something becomes so, and when it is time.

use engine::{Actor, Command, query::Notifications};
use jiff::SignedDuration;
use model::RecordId;
use serde_json::json;
use store::OutboxState;
use suite::Instance;

use super::support::{create, fields, try_update};
use crate::both;

const FILES: [(&str, &str); 10] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  active: {type: boolean, label: {zh-CN: 在职, en: Active}, default: 'true'}\n",
    ),
    (
        "entities/goal.yaml",
        r#"label: {zh-CN: 目标, en: Goal}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  owner: {type: person, label: {zh-CN: 责任人, en: Owner}}
  parent: {type: reference, to: goal, label: {zh-CN: 上级, en: Parent}}
  secret: {type: text, label: {zh-CN: 机密, en: Secret}}
  due: {type: date, label: {zh-CN: 截止, en: Due}}
  steps: {type: children, to: step, by: goal, label: {zh-CN: 步骤, en: Steps}}
  share: {type: percent, label: {zh-CN: 进度, en: Share}, formula: AVERAGE(steps.share)}
  lamp:
    type: choice
    label: {zh-CN: 灯, en: Lamp}
    choices: {green: {label: {zh-CN: 绿灯, en: Green}}, red: {label: {zh-CN: 红灯, en: Red}}}
    formula: 'IFS(due < TODAY() && (share ?? 0) < 100, "red", share < 20, "red", "green")'
"#,
    ),
    (
        "entities/step.yaml",
        "label: {zh-CN: 步骤, en: Step}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n  goal: {type: reference, to: goal, label: {zh-CN: 目标, en: Goal}}\n  share: {type: percent, label: {zh-CN: 进度, en: Share}}\n",
    ),
    (
        "entities/report.yaml",
        "label: {zh-CN: 周报, en: Report}\ndisplay: week\nfields:\n  person: {type: person, label: {zh-CN: 提交人, en: Person}}\n  week: {type: period, grain: week, label: {zh-CN: 周, en: Week}}\n  sent: {type: boolean, label: {zh-CN: 已交, en: Sent}}\n",
    ),
    (
        "roles/member.yaml",
        r"label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: person, actions: [read]}
  - {entity: goal, actions: [create, update, delete], write: [title, owner, parent, secret, due]}
  - {entity: goal, actions: [read], where: owner == actor.person}
  - {entity: step, actions: [create, read, update]}
  - {entity: report, actions: [create, read, update]}
",
    ),
    (
        "roles/lead.yaml",
        "label: {zh-CN: 主管, en: Lead}\ngrants:\n  - {entity: goal, actions: [read], read: [title, owner, due, share, lamp]}\n",
    ),
    (
        "rules/behind.yaml",
        r"label: {zh-CN: 红灯提醒, en: Behind}
trigger: {change: goal}
condition: lamp == 'red'
actions:
  - notify:
      to: [owner, parent.owner]
      message: {zh-CN: '{owner}的“{title}”转{lamp}（{share}，{secret}）', en: '“{title}” of {owner} is {lamp} ({share}, {secret})'}
",
    ),
    (
        "rules/reminder.yaml",
        r#"label: {zh-CN: 周报提醒, en: Reminder}
trigger: {schedule: {for: person, on: [friday], at: '16:10'}}
condition: active == true
without: {entity: report, by: person, where: 'week == PERIOD(TODAY(), "week") && sent == true'}
actions:
  - notify: {to: [id], message: {zh-CN: '{name}，本周周报还没交', en: '{name}, your report is not in'}}
  - start: talk
"#,
    ),
    (
        "workflows/talk.yaml",
        "label: {zh-CN: 谈话, en: Talk}\nentity: person\nsteps:\n  done: {label: {zh-CN: 完成, en: Done}, end: {}}\n",
    ),
];

fn files() -> [(&'static str, &'static str); 10] {
    let quoted = FILES[7].1.replace("'red'", "\"red\"").into_boxed_str();
    let mut files = FILES;
    files[7].1 = Box::leak(quoted);
    files
}

/// A person with an account.
async fn person(instance: &Instance, login: &str, roles: &[&str]) -> anyhow::Result<(RecordId, Actor)> {
    let system = instance.engine.system();
    let id = create(instance, &system, "person", json!({"name": login.to_uppercase()})).await?;
    Ok((id, instance.actor(login, roles, Some(id)).await?))
}

/// What somebody was told, in English, oldest first.
async fn told(instance: &Instance, actor: &Actor) -> anyhow::Result<Vec<String>> {
    let notices = instance.engine.query(actor, Notifications { limit: 50 }).await?;
    let unread = instance.engine.store().notifications().unread(actor.user, instance.engine.now()).await?;
    assert_eq!(usize::try_from(unread)?, notices.len(), "told of what cannot be seen");
    let mut texts: Vec<String> =
        notices.iter().map(|notice| notice.payload["text"]["en"].as_str().unwrap_or_default().to_owned()).collect();
    texts.reverse();
    Ok(texts)
}

async fn settle(instance: &Instance, runner: &str) -> anyhow::Result<()> {
    while instance.engine.turn(runner).await? > 0 {}
    Ok(())
}

both! { files();
    async fn owner_and_sponsor_are_told_once_for_every_time_it_becomes_so(instance) {
        let (ann, ann_acts) = person(instance, "ann", &[]).await?;
        let (bob, bob_acts) = person(instance, "bob", &["lead"]).await?;
        let top = create(instance, &bob_acts, "goal", json!({"title": "top", "owner": bob})).await?;
        // Whoever owns it does not see what it is below.
        let under = json!({"title": "g", "owner": ann, "parent": top, "secret": "s"});
        let goal = create(instance, &instance.engine.system(), "goal", under).await?;
        let step = create(instance, &ann_acts, "step", json!({"goal": goal, "share": 50})).await?;
        assert!(told(instance, &ann_acts).await?.is_empty());

        // It follows from a step; each reads the values they may see.
        try_update(instance, &ann_acts, "step", step, None, json!({"share": 10})).await?;
        assert_eq!(told(instance, &ann_acts).await?, ["“g” of ANN is Red (10%, s)"]);
        assert_eq!(told(instance, &bob_acts).await?, ["“g” of ANN is Red (10%, —)"]);

        // Still so is no news; so again is.
        try_update(instance, &ann_acts, "step", step, None, json!({"share": 5})).await?;
        try_update(instance, &ann_acts, "goal", goal, None, json!({"title": "h"})).await?;
        assert_eq!(told(instance, &ann_acts).await?.len(), 1);
        try_update(instance, &ann_acts, "step", step, None, json!({"share": 60})).await?;
        let (entity, update) = (instance.entity("step")?, |share| fields(json!({"share": share})));
        let there_and_back = [10, 60].map(|share| Command::Update { entity, id: step, expected: None, fields: update(share) });
        instance.engine.execute(&ann_acts, Command::Bulk(there_and_back.to_vec())).await?;
        assert_eq!(told(instance, &ann_acts).await?.len(), 1);
        try_update(instance, &ann_acts, "step", step, None, json!({"share": 0})).await?;
        assert_eq!(told(instance, &ann_acts).await?.last().unwrap(), "“h” of ANN is Red (0%, s)");
        Ok(())
    }

    async fn who_may_not_see_it_is_not_told_and_a_refused_write_tells_nobody(instance) {
        let (ann, ann_acts) = person(instance, "ann", &["lead"]).await?;
        let (eve, eve_acts) = person(instance, "eve", &[]).await?;
        let top = create(instance, &ann_acts, "goal", json!({"title": "top", "owner": eve})).await?;
        let red = json!({"title": "g", "owner": ann, "parent": top, "due": "2025-11-01"});
        let entity = instance.entity("goal")?;
        let bad = Command::Bulk(vec![
            Command::Create { entity, id: None, fields: fields(red.clone()) },
            Command::Create { entity, id: None, fields: fields(json!({"title": 1})) },
        ]);
        assert!(instance.engine.execute(&ann_acts, bad).await.is_err());
        assert!(told(instance, &ann_acts).await?.is_empty());
        create(instance, &ann_acts, "goal", red.clone()).await?;
        assert_eq!(told(instance, &ann_acts).await?.len(), 1);
        assert!(told(instance, &eve_acts).await?.is_empty());
        // What the platform brings in on its own account is nobody's news.
        create(instance, &instance.engine.system(), "goal", red).await?;
        assert_eq!(told(instance, &ann_acts).await?.len(), 1);
        Ok(())
    }

    async fn what_the_day_brings_is_told_once_by_two_nodes(instance) {
        let (ann, ann_acts) = person(instance, "ann", &[]).await?;
        create(instance, &ann_acts, "goal", json!({"title": "g", "owner": ann, "due": "2025-11-20"})).await?;
        settle(instance, "one").await?;
        assert!(told(instance, &ann_acts).await?.is_empty());
        instance.clock.pass(SignedDuration::from_hours(24));
        settle(instance, "one").await?;
        let (one, two) = tokio::join!(instance.engine.refresh_day(), instance.engine.refresh_day());
        one?;
        two?;
        assert_eq!(told(instance, &ann_acts).await?, ["“g” of ANN is Red (—, —)"]);
        Ok(())
    }

    async fn a_schedule_tells_those_without(instance) {
        let (ann, ann_acts) = person(instance, "ann", &[]).await?;
        let (bob, bob_acts) = person(instance, "bob", &[]).await?;
        let (cat, cat_acts) = person(instance, "cat", &[]).await?;
        let (_, dan_acts) = person(instance, "dan", &[]).await?;
        let system = instance.engine.system();
        try_update(instance, &system, "person", cat, None, json!({"active": false})).await?;
        create(instance, &ann_acts, "report", json!({"person": ann, "week": "2025-W47", "sent": true})).await?;
        create(instance, &bob_acts, "report", json!({"person": bob, "week": "2025-W47"})).await?;
        create(instance, &bob_acts, "report", json!({"person": bob, "week": "2025-W46", "sent": true})).await?;
        settle(instance, "one").await?;
        let waiting = instance.engine.store().outbox().letters(OutboxState::Pending, 10).await?;
        assert_eq!(waiting.iter().map(|letter| letter.entry.due.to_string()).collect::<Vec<_>>(), ["2025-11-21T08:10:00Z"]);
        // Thursday morning to Friday, nine minutes past four: not yet.
        instance.clock.pass(SignedDuration::from_mins(31 * 60 + 9));
        settle(instance, "one").await?;
        assert!(told(instance, &bob_acts).await?.is_empty());
        // Nobody was there at the time; on Monday it is still the report of last week that is missing.
        instance.clock.pass(SignedDuration::from_hours(3 * 24));
        settle(instance, "one").await?;
        for actor in [&bob_acts, &dan_acts] {
            assert_eq!(told(instance, actor).await?, [format!("{}, your report is not in", actor.login.to_uppercase())]);
        }
        assert!(told(instance, &ann_acts).await?.is_empty() && told(instance, &cat_acts).await?.is_empty());

        // A node that died after telling and before saying so: the letter comes again, and tells nobody twice.
        let again = json!({"rule": "reminder", "due": "2025-11-21T08:10:00Z"});
        let entry = store::OutboxEntry { id: instance.engine.new_id(), kind: "rule.due".into(), key: "again".into(), payload: again, due: system.now };
        let asking = store::Asking { version: system.edition.version, user: system.user, person: None, login: String::new(), now: system.now, today: "2025-11-20".parse()? };
        instance
            .engine
            .store()
            .write(asking, move |tx| {
                let entry = entry.clone();
                Box::pin(async move { tx.outbox(&[entry]).await })
            })
            .await?;
        settle(instance, "two").await?;
        assert_eq!(told(instance, &bob_acts).await?.len(), 1);
        // Nor does it begin once more what has ended.
        let talks = async || instance.engine.store().cases().ids_about(bob).await;
        assert_eq!(talks().await?.len(), 1);
        // The next week has a timer of its own.
        instance.clock.pass(SignedDuration::from_hours(5 * 24));
        settle(instance, "two").await?;
        assert_eq!((told(instance, &bob_acts).await?.len(), talks().await?.len()), (2, 2));
        Ok(())
    }

    async fn of_several_times_that_were_missed_the_last_is_made_up_for(instance) {
        let (ann, ann_acts) = person(instance, "ann", &[]).await?;
        let (bob, bob_acts) = person(instance, "bob", &[]).await?;
        create(instance, &ann_acts, "report", json!({"person": ann, "week": "2025-W47", "sent": true})).await?;
        create(instance, &bob_acts, "report", json!({"person": bob, "week": "2025-W48", "sent": true})).await?;
        settle(instance, "one").await?;
        // Two Fridays pass while nobody is there.
        instance.clock.pass(SignedDuration::from_hours(14 * 24));
        settle(instance, "one").await?;
        assert_eq!(told(instance, &ann_acts).await?, ["ANN, your report is not in"]);
        assert!(told(instance, &bob_acts).await?.is_empty());
        // And the Friday after that has its own.
        instance.clock.pass(SignedDuration::from_hours(2 * 24));
        settle(instance, "one").await?;
        assert_eq!((told(instance, &ann_acts).await?.len(), told(instance, &bob_acts).await?.len()), (2, 1));
        Ok(())
    }
}
