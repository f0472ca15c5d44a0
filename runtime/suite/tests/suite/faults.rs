//! What goes wrong around a case: managers who lead each other, a calendar on which nobody works. It goes on all the same, and
//! somebody can act on it.

use engine::{
    Actor, Begin, CaseAct, CaseCommand, Command, Given,
    query::case::{CaseView, Inbox},
};
use jiff::{SignedDuration, ToSpan};
use model::{Date, RecordId, Value};
use serde_json::json;
use store::CaseBox;
use suite::Instance;

use super::{
    support::{create, try_update},
    workflows::settle,
};
use crate::both;

const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  manager: {type: reference, to: person, stands_for: manager, label: {zh-CN: 上级, en: Manager}}\n",
    ),
    (
        "entities/day.yaml",
        "label: {zh-CN: 日历, en: Day}\nstands_for: calendar_day\ndisplay: date\nkey: date\nfields:\n  date: {type: date, stands_for: day, label: {zh-CN: 日期, en: Date}}\n  open: {type: boolean, stands_for: open, label: {zh-CN: 上班, en: Open}}\n",
    ),
    (
        "entities/leave.yaml",
        "label: {zh-CN: 请假, en: Leave}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 事由, en: Title}}\n  person: {type: person, label: {zh-CN: 申请人, en: Person}}\n",
    ),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人事, en: HR}\ngrants:\n  - {entity: leave, actions: [create, read, update]}\n  - {entity: person, actions: [read]}\nworkflows:\n  - {workflow: chain, actions: [start, manage]}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: person, actions: [read]}\n",
    ),
    (
        "workflows/chain.yaml",
        "label: {zh-CN: 逐级审批, en: Chain}\nentity: leave\nguard: hr\nsteps:\n  up: {label: {zh-CN: 逐级, en: Up}, approval: {who: [{managers_of: person, from: 1, to: 9}], way: in_turn, timers: [{working_days: 2, then: pass}]}}\n",
    ),
];

/// Starts a case about somebody's leave.
async fn started(instance: &Instance, hr: &Actor, person: RecordId) -> anyhow::Result<RecordId> {
    let record = create(instance, hr, "leave", json!({"title": "sea", "person": person})).await?;
    let begin = Begin { workflow: "chain".to_owned(), record, ..Begin::default() };
    Ok(instance.engine.execute(hr, Command::Case(CaseCommand::Start(begin))).await?.cases[0])
}

both! { FILES;
    async fn managers_who_lead_each_other_are_each_asked_once(instance) {
        let system = instance.engine.system();
        let ann = create(instance, &system, "person", json!({"name": "ANN"})).await?;
        let bob = create(instance, &system, "person", json!({"name": "BOB", "manager": ann})).await?;
        let cat = create(instance, &system, "person", json!({"name": "CAT", "manager": bob})).await?;
        try_update(instance, &system, "person", ann, None, json!({"manager": bob})).await?;
        let acting = [instance.actor("bob", &[], Some(bob)).await?, instance.actor("ann", &[], Some(ann)).await?];
        let hr = instance.actor("hr", &["hr"], None).await?;
        let case = started(instance, &hr, cat).await?;
        for actor in &acting {
            let lines = instance.engine.query(actor, Inbox { which: CaseBox::Open, after: None, limit: 9 }).await?;
            assert_eq!(lines.len(), 1, "{}", actor.login);
            let task = instance.engine.query(actor, CaseView { case }).await?.unwrap().mine.unwrap().task;
            let act = CaseAct::Decide { task, yes: true, text: String::new(), signature: None };
            let act = CaseCommand::Act { case, act, fields: Vec::new(), files: Vec::new(), expected: None };
            instance.engine.execute(actor, Command::Case(act)).await?;
        }
        assert_eq!(instance.engine.query(&hr, CaseView { case }).await?.unwrap().row.state, "ended");
        Ok(())
    }

    async fn a_calendar_without_working_days_lets_things_become_due(instance) {
        let system = instance.engine.system();
        let first: Date = "2025-11-20".parse()?;
        // As many days as are looked ahead for one that is worked.
        let rows = (0..6_010).map(|n: i64| {
            let day = Given::Value(first.checked_add(n.days()).unwrap().into());
            (None, vec![("date".to_owned(), day), ("open".to_owned(), Given::Value(Value::Bool(false)))])
        });
        let load = Command::Load { entity: instance.entity("day")?, rows: rows.collect() };
        instance.engine.execute(&system, load).await?;
        let boss = create(instance, &system, "person", json!({"name": "BOSS"})).await?;
        let ann = create(instance, &system, "person", json!({"name": "ANN", "manager": boss})).await?;
        instance.actor("boss", &[], Some(boss)).await?;
        let hr = instance.actor("hr", &["hr"], None).await?;
        let case = started(instance, &hr, ann).await?;
        // Two days then, though nobody works on them.
        for (hours, state) in [(47, "running"), (2, "ended")] {
            instance.clock.pass(SignedDuration::from_hours(hours));
            settle(instance).await?;
            assert_eq!(instance.engine.query(&hr, CaseView { case }).await?.unwrap().row.state, state, "{hours}");
        }
        Ok(())
    }
}
