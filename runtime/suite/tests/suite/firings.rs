//! What rules that follow changes, or have a time, would have done: as it was, from what the ledger says of then.

use engine::{Actor, Fired, Firings, NoRehearsal, Would};
use jiff::SignedDuration;
use model::RecordId;
use serde_json::json;
use suite::Instance;

use super::support::{create, try_update};
use crate::both;

const FILES: [(&str, &str); 9] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  active: {type: boolean, label: {zh-CN: 在职, en: Active}, default: 'true'}\n",
    ),
    (
        "entities/goal.yaml",
        r"label: {zh-CN: 目标, en: Goal}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  owner: {type: person, label: {zh-CN: 责任人, en: Owner}}
  parent: {type: reference, to: goal, label: {zh-CN: 上级, en: Parent}}
  due: {type: date, label: {zh-CN: 截止, en: Due}}
  late: {type: boolean, label: {zh-CN: 逾期, en: Late}, formula: due < TODAY()}
  state:
    type: choice
    label: {zh-CN: 状态, en: State}
    choices: {open: {label: {zh-CN: 进行中, en: Open}}, stuck: {label: {zh-CN: 受阻, en: Stuck}}}
",
    ),
    (
        "entities/report.yaml",
        "label: {zh-CN: 周报, en: Report}\ndisplay: week\nfields:\n  person: {type: person, label: {zh-CN: 提交人, en: Person}}\n  week: {type: period, grain: week, label: {zh-CN: 周, en: Week}}\n",
    ),
    (
        "roles/member.yaml",
        r"label: {zh-CN: 成员, en: Member}
grants:
  - {entity: person, actions: [read]}
  - {entity: goal, actions: [create, update]}
  - {entity: goal, actions: [read], where: owner == actor.person}
  - {entity: report, actions: [create, read]}
",
    ),
    (
        "roles/guest.yaml",
        "label: {zh-CN: 访客, en: Guest}\ngrants:\n  - {entity: goal, actions: [read], read: [title, owner]}\n",
    ),
    (
        "rules/stuck.yaml",
        r#"label: {zh-CN: 受阻提醒, en: Stuck}
trigger: {change: goal}
condition: state == "stuck"
actions:
  - notify: {to: [owner, parent.owner], message: {zh-CN: '“{title}”受阻', en: '“{title}” is stuck'}}
"#,
    ),
    (
        "rules/overdue.yaml",
        r"label: {zh-CN: 逾期提醒, en: Overdue}
trigger: {change: goal}
condition: late == true
actions:
  - notify: {to: [owner], message: {zh-CN: '“{title}”逾期', en: '“{title}” is late'}}
",
    ),
    (
        "rules/reminder.yaml",
        r#"label: {zh-CN: 周报提醒, en: Reminder}
trigger: {schedule: {for: person, on: [friday], at: '16:10'}}
condition: active == true
without: {entity: report, by: person, where: 'week == PERIOD(TODAY(), "week")'}
actions:
  - notify: {to: [id], message: {zh-CN: '{name}，本周周报还没交', en: '{name}, your report is not in'}}
"#,
    ),
];

const WEEKLY: (&str, &str) = (
    "rules/weekly.yaml",
    r"label: {zh-CN: 每周目标, en: Weekly}
trigger: {schedule: {for: goal, on: [friday], at: '09:30'}}
condition: owner.active == true
actions:
  - notify: {to: [owner], message: {zh-CN: '{title}', en: '{title}'}}
",
);

fn files() -> Vec<(&'static str, &'static str)> {
    FILES.into_iter().chain([WEEKLY]).collect()
}

async fn person(instance: &Instance, name: &str) -> anyhow::Result<RecordId> {
    create(instance, &instance.engine.system(), "person", json!({ "name": name })).await
}

fn days(instance: &Instance, days: i64) {
    instance.clock.pass(SignedDuration::from_hours(24 * days));
}

async fn asked(instance: &Instance, actor: &Actor, rule: &str) -> anyhow::Result<Result<Fired, NoRehearsal>> {
    let actor = Actor { now: instance.engine.now(), ..actor.clone() };
    let firings = Firings { rule: rule.to_owned(), from: "2025-11-20".parse()?, to: "2025-12-31".parse()? };
    Ok(instance.engine.query(&actor, firings).await?)
}

async fn fired(instance: &Instance, rule: &str) -> anyhow::Result<Fired> {
    Ok(asked(instance, &instance.engine.system(), rule).await?.unwrap())
}

/// Each firing: the day, the record, and who is told.
fn lines(fired: &Fired) -> Vec<String> {
    let line = |one: &engine::Firing| {
        let told = one.would.iter().flat_map(|would| match would {
            Would::Tell(people) => {
                people.iter().map(|(_, name)| name.clone().unwrap_or_default()).collect::<Vec<String>>()
            }
            other => vec![format!("{other:?}")],
        });
        let mut told: Vec<String> = told.collect();
        told.sort();
        format!("{} {}: {}", one.at.strftime("%m-%d"), one.name.clone().unwrap_or_default(), told.join(" "))
    };
    fired.firings.iter().map(line).collect()
}

both! { files();
    async fn what_follows_changes_is_told_as_it_was(instance) {
        let (ann, bob, cat) = (person(instance, "ann").await?, person(instance, "bob").await?, person(instance, "cat").await?);
        let ann_acts = instance.actor("ann", &["member"], Some(ann)).await?;
        let guest = instance.actor("gus", &["guest"], None).await?;
        let system = instance.engine.system();
        let top = create(instance, &system, "goal", json!({"title": "top", "owner": bob, "state": "open"})).await?;
        // Whoever owns it does not see what it is below.
        let goal = create(instance, &system, "goal", json!({"title": "g", "owner": ann, "parent": top, "state": "open"})).await?;
        days(instance, 1);
        let set = async |actor: &Actor, id: RecordId, json: serde_json::Value| {
            let actor = Actor { now: instance.engine.now(), ..actor.clone() };
            try_update(instance, &actor, "goal", id, None, json).await.map(drop).map_err(|error| anyhow::anyhow!("{error:?}"))
        };
        set(&ann_acts, goal, json!({"state": "stuck"})).await?;
        // Still so is no news.
        days(instance, 1);
        set(&ann_acts, goal, json!({"title": "h"})).await?;
        set(&ann_acts, goal, json!({"state": "open", "parent": null})).await?;
        days(instance, 1);
        set(&ann_acts, goal, json!({"state": "stuck"})).await?;
        days(instance, 1);
        // Who owns it by now was not told then.
        set(&system, goal, json!({"owner": cat})).await?;
        set(&system, top, json!({"state": "stuck"})).await?;
        days(instance, 1);
        let found = fired(instance, "stuck").await?;
        assert_eq!(lines(&found), ["11-21 h: ann bob", "11-23 h: ann", "11-24 top: bob"]);
        assert_eq!(found.firings.iter().map(|one| one.platform).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!((found.total, found.unclear, found.by_day, found.looked), (3, 0, false, 2));
        assert_eq!(found.firings[0].today, ["parent.owner"]);
        assert!(found.firings.iter().all(|one| one.since.is_none() && one.unknown.is_empty()));
        // Nothing is said of what the reader does not see.
        set(&system, goal, json!({"owner": ann})).await?;
        let own = asked(instance, &ann_acts, "stuck").await?.unwrap();
        assert_eq!(lines(&own), ["11-21 h: ann", "11-23 h: ann"]);
        assert_eq!(own.firings[0].unknown, ["parent.owner"]);
        assert_eq!(asked(instance, &guest, "stuck").await?, Err(NoRehearsal::NoRule));
        let backwards = Firings { rule: "stuck".to_owned(), from: "2025-12-01".parse()?, to: "2025-11-01".parse()? };
        assert_eq!(instance.engine.query(&system, backwards).await?, Err(NoRehearsal::Range));
        Ok(())
    }

    async fn what_is_not_known_any_more_is_said(instance) {
        let ann = person(instance, "ann").await?;
        let ann_acts = instance.actor("ann", &["member"], Some(ann)).await?;
        let late = create(instance, &ann_acts, "goal", json!({"title": "late", "owner": ann, "due": "2025-11-21"})).await?;
        let goal = create(instance, &ann_acts, "goal", json!({"title": "g", "owner": ann, "state": "open"})).await?;
        for state in ["stuck", "open", "stuck"] {
            days(instance, 1);
            let actor = Actor { now: instance.engine.now(), ..ann_acts.clone() };
            try_update(instance, &actor, "goal", goal, None, json!({"state": state})).await.unwrap();
        }
        instance.say(&format!("UPDATE loam_entry SET what_salt = NULL, what = NULL WHERE record = '{goal}' AND action = 'update'")).await?;
        let found = fired(instance, "stuck").await?;
        assert_eq!(found.firings.len(), 1);
        assert_eq!(found.firings[0].since.map(|since| since.to_string()).as_deref(), Some("2025-11-20T01:00:00Z"));

        // The day alone makes it late; on the ledger that shows once somebody changes it back.
        while instance.engine.turn("one").await? > 0 {}
        instance.engine.refresh_day().await?;
        while instance.engine.turn("one").await? > 0 {}
        days(instance, 1);
        let actor = Actor { now: instance.engine.now(), ..ann_acts.clone() };
        try_update(instance, &actor, "goal", late, None, json!({"due": "2026-01-31"})).await.unwrap();
        let found = fired(instance, "overdue").await?;
        assert!(found.by_day);
        assert_eq!(lines(&found), ["11-24 late: ann"]);
        assert!(found.firings[0].since.is_some());
        Ok(())
    }

    async fn each_time_that_came_finds_what_was_there(instance) {
        let (ann, bob, cat) = (person(instance, "ann").await?, person(instance, "bob").await?, person(instance, "cat").await?);
        let system = instance.engine.system();
        create(instance, &system, "report", json!({"person": ann, "week": "2025-W47"})).await?;
        create(instance, &system, "goal", json!({"title": "g", "owner": bob})).await?;
        days(instance, 5);
        try_update(instance, &instance.engine.system(), "person", cat, None, json!({"active": false})).await.unwrap();
        days(instance, 6);
        person(instance, "dan").await?;
        days(instance, 9);
        let found = fired(instance, "reminder").await?;
        assert_eq!(found.occasions.iter().map(|one| one.matched).collect::<Vec<_>>(), [2, 2, 3]);
        assert_eq!(
            lines(&found),
            [
                "11-21 bob: bob", "11-21 cat: cat", "11-28 ann: ann", "11-28 bob: bob", "12-05 ann: ann", "12-05 bob: bob",
                "12-05 dan: dan"
            ]
        );
        assert_eq!((found.today, found.unclear, found.cut), (vec!["report".to_owned()], 0, false));
        // What lies beyond the record is read as it is today.
        let found = fired(instance, "weekly").await?;
        assert_eq!(found.occasions.iter().map(|one| one.matched).collect::<Vec<_>>(), [1, 1, 1]);
        assert_eq!(found.today, ["owner.active"]);
        Ok(())
    }
}
