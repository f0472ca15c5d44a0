//! Deadlines that stand still while the record is in a state that says so, and working days by a calendar of one's own.

use engine::{CaseAct, Command};
use jiff::SignedDuration;
use model::RecordId;
use serde_json::json;
use store::CaseBox;
use suite::Instance;

use super::{
    support::{create, try_update},
    workflows::{Cast, act, cast, inbox, now, settle, shown, start},
};
use crate::both;

const CLAIM: &str = r"label: {zh-CN: 理赔, en: Claim}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  person: {type: person, label: {zh-CN: 申请人, en: Person}}
  site: {type: reference, to: site, label: {zh-CN: 院区, en: Site}}
  answer_by: {type: date, label: {zh-CN: 答复日, en: Answer by}}
  state: {type: choice, label: {zh-CN: 状态, en: State}, choices: {open: {label: {zh-CN: 办理中, en: Open}}, asked: {label: {zh-CN: 待补充, en: Asked}}}}
";

const SITE: &str = "label: {zh-CN: 院区, en: Site}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  calendar: {type: reference, to: calendar, label: {zh-CN: 日历, en: Calendar}}\n";

const CALENDAR: &str = "label: {zh-CN: 日历, en: Calendar}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n";

const DAY: &str = r"label: {zh-CN: 日历日, en: Day}
display: note
stands_for: calendar_day
fields:
  note: {type: text, label: {zh-CN: 说明, en: Note}}
  day: {type: date, stands_for: day, label: {zh-CN: 日期, en: Day}}
  open: {type: boolean, stands_for: open, label: {zh-CN: 上班, en: Open}}
  calendar: {type: reference, to: calendar, stands_for: calendar, label: {zh-CN: 日历, en: Calendar}}
";

const CHECK: &str = r#"label: {zh-CN: 审核, en: Check}
entity: claim
guard: hr
calendar: site.calendar
steps:
  check:
    label: {zh-CN: 审核, en: Check}
    approval:
      who: [person.manager]
      paused: state == "asked"
      timers:
        - {working_days: 2, then: remind}
        - {hours: 30, then: remind}
        - {from: answer_by, days: 0, then: pass}
"#;

const WAIT: &str = r#"label: {zh-CN: 等待, en: Wait}
entity: claim
steps:
  wait: {label: {zh-CN: 等待, en: Wait}, wait: {time: {days: 1}, paused: state == "asked"}}
"#;

const FILES: [(&str, &str); 10] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  manager: {type: reference, to: person, stands_for: manager, label: {zh-CN: 上级, en: Manager}}\n",
    ),
    ("entities/claim.yaml", CLAIM),
    ("entities/site.yaml", SITE),
    ("entities/calendar.yaml", CALENDAR),
    ("entities/day.yaml", DAY),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: claim, actions: [create, read, update]}\n  - {entity: person, actions: [read]}\n  - {entity: site, actions: [read]}\n",
    ),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人事, en: HR}\nworkflows:\n  - {workflow: check, actions: [start, manage]}\n  - {workflow: wait, actions: [start, manage]}\n",
    ),
    ("workflows/check.yaml", CHECK),
    ("workflows/wait.yaml", WAIT),
];

async fn claim(instance: &Instance, cast: &Cast, fields: serde_json::Value) -> anyhow::Result<RecordId> {
    let mut all = json!({"title": "x", "person": cast.person, "state": "open"});
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    create(instance, &cast.ann, "claim", all).await
}

async fn state(instance: &Instance, cast: &Cast, record: RecordId, state: &str) -> anyhow::Result<()> {
    let ann = now(instance, &cast.ann).await?;
    try_update(instance, &ann, "claim", record, None, json!({ "state": state })).await?;
    Ok(())
}

/// What a case is still to become due at, in the order of its step's timers.
async fn dues(instance: &Instance, cast: &Cast, case: RecordId) -> anyhow::Result<Vec<Option<String>>> {
    let shown = shown(instance, &now(instance, &cast.cat).await?, case).await?;
    Ok(shown.case.tokens[0].dues.iter().map(|due| due.at.map(|at| at.to_string())).collect())
}

async fn reminded(instance: &Instance, case: RecordId) -> anyhow::Result<usize> {
    let events = instance.engine.store().cases().events(case).await?;
    Ok(events.iter().filter(|event| event.act == "remind").count())
}

fn some(moments: [&str; 3]) -> Vec<Option<String>> {
    moments.map(|at| Some(at.to_owned())).to_vec()
}

both! { FILES;
    async fn a_deadline_stands_still_while_the_record_is_in_a_state_that_says_so(instance) {
        // It is Thursday, nine in the morning.
        let cast = cast(instance).await?;
        let record = claim(instance, &cast, json!({"answer_by": "2025-12-01"})).await?;
        let case = start(instance, &cast.cat, "check", record).await?;
        let first = ["2025-11-24T01:00:00Z", "2025-11-21T07:00:00Z", "2025-12-01T16:00:00Z"];
        assert_eq!(dues(instance, &cast, case).await?, some(first));
        // On Friday at nine more is asked for, until Monday at eleven.
        instance.clock.pass(SignedDuration::from_hours(24));
        state(instance, &cast, record, "asked").await?;
        let bob = now(instance, &cast.bob).await?;
        assert_eq!(inbox(instance, &bob, CaseBox::Open).await?[0].line.due, None, "nobody is late meanwhile");
        let mine = shown(instance, &bob, case).await?.mine.unwrap();
        assert_eq!((mine.due, mine.paused), (None, Some(bob.now)));
        instance.clock.pass(SignedDuration::from_hours(24));
        settle(instance).await?;
        assert_eq!(reminded(instance, case).await?, 0);
        // The day it is counted from moves meanwhile, and so does what is counted from it.
        let ann = now(instance, &cast.ann).await?;
        try_update(instance, &ann, "claim", record, None, json!({"answer_by": "2025-12-02"})).await?;
        instance.clock.pass(SignedDuration::from_hours(50));
        state(instance, &cast, record, "open").await?;
        // Fifteen hours of Friday and eleven of Monday; seventy-four hours; three days and two hours.
        let later = ["2025-11-25T03:00:00Z", "2025-11-24T09:00:00Z", "2025-12-05T18:00:00Z"];
        assert_eq!(dues(instance, &cast, case).await?, some(later));
        settle(instance).await?;
        assert_eq!(reminded(instance, case).await?, 0);
        instance.clock.pass(SignedDuration::from_hours(6));
        settle(instance).await?;
        assert_eq!(reminded(instance, case).await?, 1);
        instance.clock.pass(SignedDuration::from_hours(18));
        settle(instance).await?;
        assert_eq!(reminded(instance, case).await?, 2);
        // A day that moves again keeps what it was paused for.
        let ann = now(instance, &cast.ann).await?;
        try_update(instance, &ann, "claim", record, None, json!({"answer_by": "2025-12-01"})).await?;
        assert_eq!(dues(instance, &cast, case).await?[2].as_deref(), Some("2025-12-04T18:00:00Z"));
        instance.clock.pass(SignedDuration::from_hours(24 * 10));
        settle(instance).await?;
        let view = shown(instance, &now(instance, &cast.cat).await?, case).await?;
        let acts: Vec<&str> = view.trail.iter().map(|event| event.act.as_str()).collect();
        assert_eq!(acts, ["start", "pause", "unpause", "remind", "remind", "late-pass", "end"]);
        Ok(())
    }

    async fn what_waits_stands_still_from_the_beginning_and_while_the_case_rests(instance) {
        let cast = cast(instance).await?;
        let record = claim(instance, &cast, json!({"state": "asked"})).await?;
        let case = start(instance, &cast.cat, "wait", record).await?;
        instance.clock.pass(SignedDuration::from_hours(30));
        settle(instance).await?;
        let cat = now(instance, &cast.cat).await?;
        act(instance, &cat, case, engine::CaseAct::Rest { text: "stop".to_owned() }).await?;
        instance.clock.pass(SignedDuration::from_hours(10));
        // The state ends while the case rests: it hears of it when it goes on.
        state(instance, &cast, record, "open").await?;
        instance.clock.pass(SignedDuration::from_hours(10));
        let cat = now(instance, &cast.cat).await?;
        act(instance, &cat, case, engine::CaseAct::Resume).await?;
        assert_eq!(dues(instance, &cast, case).await?, [Some("2025-11-23T03:00:00Z".to_owned())]);
        instance.clock.pass(SignedDuration::from_hours(23));
        settle(instance).await?;
        assert_eq!(shown(instance, &now(instance, &cat).await?, case).await?.row.state, "running");
        instance.clock.pass(SignedDuration::from_hours(1));
        settle(instance).await?;
        assert_eq!(shown(instance, &now(instance, &cat).await?, case).await?.row.state, "ended");
        Ok(())
    }

    async fn a_deadline_follows_the_days_that_are_worked_while_it_runs(instance) {
        // It is Thursday, nine in the morning.
        let cast = cast(instance).await?;
        let record = claim(instance, &cast, json!({})).await?;
        let case = start(instance, &cast.cat, "check", record).await?;
        let first = async || anyhow::Ok(dues(instance, &cast, case).await?.remove(0).unwrap_or_default());
        assert_eq!(first().await?, "2025-11-24T01:00:00Z");
        let holiday = async |day: &str| {
            let made = create(instance, &instance.engine.system(), "day", json!({"day": day, "open": false})).await;
            settle(instance).await?;
            made
        };
        let monday = holiday("2025-11-24").await?;
        assert_eq!(first().await?, "2025-11-25T01:00:00Z");
        let due = inbox(instance, &now(instance, &cast.bob).await?, CaseBox::Open).await?[0].line.due;
        assert_eq!(due.map(|at| at.to_string()).as_deref(), Some("2025-11-21T07:00:00Z"), "the hours stay");
        // From Friday at nine to Saturday it stands still: fifteen hours of a day that is worked.
        instance.clock.pass(SignedDuration::from_hours(24));
        state(instance, &cast, record, "asked").await?;
        instance.clock.pass(SignedDuration::from_hours(24));
        state(instance, &cast, record, "open").await?;
        assert_eq!(first().await?, "2025-11-25T16:00:00Z");
        // The holiday was a mistake. What it stood still for stays.
        let command = Command::Delete { entity: instance.entity("day")?, id: monday, expected: None };
        instance.engine.execute(&instance.engine.system(), command).await?;
        settle(instance).await?;
        assert_eq!(first().await?, "2025-11-24T16:00:00Z");
        // While the case rests nothing moves; then the new holiday and two days of rest do it together.
        let text = "wait".to_owned();
        act(instance, &now(instance, &cast.cat).await?, case, CaseAct::Rest { text }).await?;
        instance.clock.pass(SignedDuration::from_hours(48));
        holiday("2025-11-25").await?;
        assert_eq!(first().await?, "2025-11-24T16:00:00Z");
        act(instance, &now(instance, &cast.cat).await?, case, CaseAct::Resume).await?;
        assert_eq!(first().await?, "2025-11-27T16:00:00Z");
        // What has come does not come again, unless it lies ahead now.
        instance.clock.pass(SignedDuration::from_hours(24 * 5));
        settle(instance).await?;
        let rung = reminded(instance, case).await?;
        assert_eq!((first().await?.as_str(), rung), ("", 2));
        holiday("2025-11-21").await?;
        settle(instance).await?;
        assert_eq!(reminded(instance, case).await?, rung);
        Ok(())
    }

    async fn working_days_are_counted_by_the_calendar_the_record_leads_to(instance) {
        let cast = cast(instance).await?;
        let system = instance.engine.system();
        let make = async |entity: &str, fields: serde_json::Value| create(instance, &system, entity, fields).await;
        let north = make("calendar", json!({"name": "north"})).await?;
        let site = make("site", json!({"name": "north", "calendar": north})).await?;
        let plain = make("site", json!({"name": "south"})).await?;
        // Friday is a holiday for all; in the north it is worked, and Saturday too, and Monday is not.
        make("day", json!({"day": "2025-11-21", "open": false})).await?;
        for (day, open) in [("2025-11-21", true), ("2025-11-22", true), ("2025-11-24", false)] {
            make("day", json!({"day": day, "open": open, "calendar": north})).await?;
        }
        for (site, due) in [(site, "2025-11-22T01:00:00Z"), (plain, "2025-11-25T01:00:00Z")] {
            let record = claim(instance, &cast, json!({ "site": site })).await?;
            let case = start(instance, &cast.cat, "check", record).await?;
            assert_eq!(dues(instance, &cast, case).await?[0].as_deref(), Some(due));
        }
        // Without a site the days of all count; and a pause is counted in the same days.
        let record = claim(instance, &cast, json!({})).await?;
        let case = start(instance, &cast.cat, "check", record).await?;
        assert_eq!(dues(instance, &cast, case).await?[0].as_deref(), Some("2025-11-25T01:00:00Z"));
        let record = claim(instance, &cast, json!({ "site": site })).await?;
        let case = start(instance, &cast.cat, "check", record).await?;
        state(instance, &cast, record, "asked").await?;
        instance.clock.pass(SignedDuration::from_hours(24));
        state(instance, &cast, record, "open").await?;
        // A day of the north later than Saturday: Tuesday, as Sunday and Monday are not worked.
        assert_eq!(dues(instance, &cast, case).await?[0].as_deref(), Some("2025-11-25T01:00:00Z"));
        Ok(())
    }
}
