//! Cases of workflows, from the first step to the last, through the engine's doors.

use engine::{
    Actor, Back, Begin, CaseAct, CaseCommand, CaseFault, Command, CommandError, Fields, Place, Signature,
    ledger::erase::Erase,
    query::{
        Notifications,
        case::{
            CaseShown, CaseView, CasesAbout, Class, Counts, Figures, Inbox, InboxLine, Running, SignaturePicture,
            Statistics,
        },
    },
};
use jiff::SignedDuration;
use model::{Locale, RecordId, Timestamp, UserId, Value};
use serde_json::json;
use store::CaseBox;
use suite::Instance;
use workflow::Refusal;

use super::support::{codes, create, fields, read, try_update};
use crate::both;

const PERSON: &str = "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  manager: {type: reference, to: person, stands_for: manager, label: {zh-CN: 上级, en: Manager}}\n";

const LEAVE: &str = r"label: {zh-CN: 请假, en: Leave}
display: title
fields:
  title: {type: text, label: {zh-CN: 事由, en: Title}}
  person: {type: person, label: {zh-CN: 申请人, en: Person}}
  days: {type: integer, label: {zh-CN: 天数, en: Days}}
  begins: {type: date, label: {zh-CN: 开始, en: Begins}}
  secret: {type: text, label: {zh-CN: 备注, en: Secret}}
  state: {type: choice, label: {zh-CN: 状态, en: State}, choices: {draft: {label: {zh-CN: 草稿, en: Draft}}, granted: {label: {zh-CN: 已批准, en: Granted}}}}
";

const PART: &str = "label: {zh-CN: 分段, en: Part}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  leave: {type: reference, to: leave, label: {zh-CN: 请假, en: Leave}}\n  ready: {type: boolean, label: {zh-CN: 就绪, en: Ready}}\n";

const ROLES: &str = r"label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: person, actions: [read]}
  - {entity: leave, actions: [create, update], where: person == actor.person, write: [title, person, days, begins]}
  - {entity: leave, actions: [read], where: person == actor.person, read: [title, person, days, begins, state]}
  - {entity: part, actions: [create, read, update]}
workflows:
  - {workflow: leave, actions: [start]}
";

const HR: &str = "label: {zh-CN: 人事, en: HR}\ngrants:\n  - {entity: leave, actions: [read, update]}\nworkflows:\n  - {workflow: leave, actions: [start, manage]}\n  - {workflow: parts, actions: [start, manage]}\n  - {workflow: timed, actions: [start, manage]}\n  - {workflow: gate, actions: [start, manage]}\n  - {workflow: signed, actions: [start, manage]}\n  - {workflow: part, actions: [start, manage]}\n  - {workflow: asked, actions: [start, manage]}\n";

pub(crate) const WORKFLOW: &str = r#"label: {zh-CN: 请假审批, en: Leave}
entity: leave
condition: person == actor.person
guard: hr
steps:
  fill:
    label: {zh-CN: 填写, en: Fill in}
    form: {who: [{starter: true}], edit: [days], require: [days]}
  manager:
    label: {zh-CN: 主管审批, en: Manager}
    approval: {who: [person.manager], edit: [secret], show: [title, days], starter: left_out, rejected: fill}
  size:
    label: {zh-CN: 天数, en: Size}
    choose: [{when: days > 3, next: hr}, {next: mark}]
  hr:
    label: {zh-CN: 人事会签, en: HR}
    approval: {who: [{role: hr}], way: any}
  mark:
    label: {zh-CN: 登记, en: Mark}
    set: {state: '"granted"'}
  told:
    label: {zh-CN: 抄送, en: Copy}
    notify: {to: [{role: hr}]}
"#;

const PARTS: &str = r"label: {zh-CN: 分段办理, en: Parts}
entity: leave
steps:
  each: {label: {zh-CN: 逐段, en: Each}, begin: {workflow: part, each: leave, wait: true}}
  made: {label: {zh-CN: 归档, en: File}, create: {entity: part, fields: {title: title}}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: filed}}
";

const PART_FLOW: &str = "label: {zh-CN: 单段, en: Part}\nentity: part\nsteps:\n  wait: {label: {zh-CN: 等待, en: Wait}, wait: {until: ready == true}}\n";

const TIMED: &str = r"label: {zh-CN: 限时, en: Timed}
entity: leave
guard: hr
steps:
  check:
    label: {zh-CN: 审核, en: Check}
    approval:
      who: [person.manager]
      timers:
        - {working_days: 2, then: remind}
        - {from: begins, days: 0, then: pass}
";

const GATE: &str = r#"label: {zh-CN: 等待, en: Gate}
entity: leave
steps:
  wait: {label: {zh-CN: 等日期, en: Wait}, wait: {until: begins != null}}
  mark: {label: {zh-CN: 登记, en: Mark}, set: {state: '"granted"'}}
"#;

const SIGNED: &str = "label: {zh-CN: 签字, en: Signed}\nentity: leave\nguard: hr\nsteps:\n  sign: {label: {zh-CN: 签字, en: Sign}, approval: {who: [person.manager], signature: always}}\n";

const ASKED: &str = r"label: {zh-CN: 自选, en: Asked}
entity: leave
guard: hr
steps:
  ask:
    label: {zh-CN: 审批, en: Ask}
    approval: {who: [person.manager], instead: {chosen: true}}
  choice:
    label: {zh-CN: 自选审批, en: Choice}
    approval: {who: [{chosen: true}]}
  tell:
    label: {zh-CN: 抄送, en: Tell}
    notify: {to: [{chosen: true}]}
";

pub(crate) const FILES: [(&str, &str); 13] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    ("entities/person.yaml", PERSON),
    ("entities/leave.yaml", LEAVE),
    ("entities/part.yaml", PART),
    ("roles/member.yaml", ROLES),
    ("roles/hr.yaml", HR),
    ("workflows/leave.yaml", WORKFLOW),
    ("workflows/parts.yaml", PARTS),
    ("workflows/part.yaml", PART_FLOW),
    ("workflows/timed.yaml", TIMED),
    ("workflows/gate.yaml", GATE),
    ("workflows/signed.yaml", SIGNED),
    ("workflows/asked.yaml", ASKED),
];

/// The people: Ann works for Bob, Cat and Dan are HR.
pub(crate) struct Cast {
    pub(crate) ann: Actor,
    pub(crate) bob: Actor,
    pub(crate) cat: Actor,
    pub(crate) dan: Actor,
    pub(crate) person: RecordId,
}

pub(crate) async fn cast(instance: &Instance) -> anyhow::Result<Cast> {
    let system = instance.engine.system();
    let mut found = Vec::new();
    let boss = create(instance, &system, "person", json!({"name": "BOB"})).await?;
    let person = create(instance, &system, "person", json!({"name": "ANN", "manager": boss})).await?;
    found.push(instance.actor("ann", &[], Some(person)).await?);
    found.push(instance.actor("bob", &[], Some(boss)).await?);
    for login in ["cat", "dan"] {
        let id = create(instance, &system, "person", json!({"name": login.to_uppercase()})).await?;
        found.push(instance.actor(login, &["hr"], Some(id)).await?);
    }
    let [ann, bob, cat, dan] = found.try_into().map_err(|_| anyhow::anyhow!("four people"))?;
    Ok(Cast { ann, bob, cat, dan, person })
}

/// The same account at this moment, in the edition of this moment.
pub(crate) async fn now(instance: &Instance, actor: &Actor) -> anyhow::Result<Actor> {
    let account = instance.engine.store().accounts().by_id(actor.user).await?.unwrap();
    Ok(instance.engine.actor(&account, Locale::En))
}

pub(crate) async fn leave(instance: &Instance, cast: &Cast, days: Option<i64>) -> anyhow::Result<RecordId> {
    create(instance, &cast.ann, "leave", json!({"title": "sea", "person": cast.person, "days": days})).await
}

pub(crate) async fn start(
    instance: &Instance,
    actor: &Actor,
    workflow: &str,
    record: RecordId,
) -> Result<RecordId, CommandError> {
    let begin = Begin { workflow: workflow.to_owned(), record, ..Begin::default() };
    let outcome = instance.engine.execute(actor, Command::Case(CaseCommand::Start(begin))).await?;
    Ok(outcome.cases[0])
}

pub(crate) async fn act(instance: &Instance, actor: &Actor, case: RecordId, act: CaseAct) -> Result<(), CommandError> {
    with(instance, actor, case, act, Vec::new()).await
}

async fn with(
    instance: &Instance,
    actor: &Actor,
    case: RecordId,
    act: CaseAct,
    fields: Fields,
) -> Result<(), CommandError> {
    instance
        .engine
        .execute(actor, Command::Case(CaseCommand::Act { case, act, fields, files: Vec::new(), expected: None }))
        .await
        .map(drop)
}

pub(crate) async fn shown(instance: &Instance, actor: &Actor, case: RecordId) -> anyhow::Result<CaseShown> {
    Ok(instance.engine.query(actor, CaseView { case }).await?.unwrap())
}

/// Answers what somebody is asked.
pub(crate) async fn decide(instance: &Instance, actor: &Actor, case: RecordId, yes: bool) -> Result<(), CommandError> {
    act(instance, actor, case, answer(instance, actor, case, yes).await).await
}

/// The answer to what somebody is asked now.
async fn answer(instance: &Instance, actor: &Actor, case: RecordId, yes: bool) -> CaseAct {
    let mine =
        shown(instance, actor, case).await.unwrap().mine.unwrap_or_else(|| panic!("{} is not asked", actor.login));
    CaseAct::Decide { task: mine.task, yes, text: "so".to_owned(), signature: None }
}

pub(crate) async fn inbox(instance: &Instance, actor: &Actor, which: CaseBox) -> anyhow::Result<Vec<InboxLine>> {
    Ok(instance.engine.query(actor, Inbox { which, after: None, limit: 50 }).await?)
}

fn acts(shown: &CaseShown) -> Vec<&str> {
    shown.trail.iter().map(|event| event.act.as_str()).collect()
}

async fn told(instance: &Instance, actor: &Actor) -> anyhow::Result<Vec<String>> {
    let notices = instance.engine.query(actor, Notifications { limit: 50 }).await?;
    Ok(notices
        .iter()
        .rev()
        .map(|notice| notice.payload["text"]["en"].as_str().unwrap_or_default().to_owned())
        .collect())
}

pub(crate) async fn settle(instance: &Instance) -> anyhow::Result<()> {
    while instance.engine.turn("one").await? > 0 {}
    Ok(())
}

fn fault(error: &CommandError) -> &CaseFault {
    match error {
        CommandError::Case(fault) => fault,
        other => panic!("{other:?}"),
    }
}

fn refusal(done: Result<(), CommandError>) -> Refusal {
    match fault(&done.unwrap_err()) {
        CaseFault::Refused(refusal, _) => refusal.clone(),
        other => panic!("{other:?}"),
    }
}

both! { FILES;
    async fn a_case_goes_from_the_first_step_to_the_last(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, None).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        let mine = shown(instance, &cast.ann, case).await?.mine.unwrap();
        assert!(mine.fills && mine.require.len() == 1);
        // Without what it requires the form is not passed; with it, the days are written.
        let fill = |days| (CaseAct::Decide { task: mine.task, yes: true, text: String::new(), signature: None }, fields(json!({"days": days})));
        let (decide_empty, none) = fill(json!(null));
        assert_eq!(codes(with(instance, &cast.ann, case, decide_empty, none).await.unwrap_err()), ["days:required"]);
        let (decide_five, five) = fill(json!(5));
        with(instance, &cast.ann, case, decide_five, five).await?;
        // Bob sees what his step shows, though no role lets him see the record.
        assert_eq!(told(instance, &cast.bob).await?, ["“Leave” waits for you: Manager"]);
        let lines = inbox(instance, &cast.bob, CaseBox::Open).await?;
        assert_eq!((lines.len(), lines[0].title.as_str(), lines[0].step.get(Locale::En)), (1, "sea", "Manager"));
        let view = shown(instance, &cast.bob, case).await?;
        let mine = view.mine.clone().unwrap();
        assert!(!view.sees_record && mine.show[1].1 == Value::Int(5));
        let noted = fields(json!({"secret": "fine with me"}));
        with(instance, &cast.bob, case, CaseAct::Decide { task: mine.task, yes: true, text: "go".to_owned(), signature: None }, noted).await?;
        // More than three days: one of HR.
        assert_eq!(instance.engine.query(&cast.cat, Counts).await?, (1, 0));
        decide(instance, &cast.dan, case, true).await?;
        let view = shown(instance, &cast.ann, case).await?;
        assert_eq!((view.row.state.as_str(), view.row.outcome.as_deref()), ("ended", Some("done")));
        assert_eq!(acts(&view), ["start", "submit", "approve", "approve", "write", "notify", "end"]);
        let seen = read(instance, &cast.cat, "leave", record, &["state", "secret"]).await?.unwrap();
        assert_eq!(seen, [Value::from("granted"), Value::from("fine with me")]);
        // Cat's task is gone and her copy is there until she looks at it.
        assert_eq!(instance.engine.query(&cast.cat, Counts).await?, (0, 1));
        act(instance, &cast.cat, case, CaseAct::ReadCopy).await?;
        assert_eq!(instance.engine.query(&cast.cat, Counts).await?, (0, 0));
        assert_eq!(inbox(instance, &cast.cat, CaseBox::Copied).await?.len(), 1);
        assert_eq!(inbox(instance, &cast.bob, CaseBox::Done).await?[0].line.answer.as_deref(), Some("approved"));
        assert_eq!(inbox(instance, &cast.ann, CaseBox::Started).await?[0].line.state, "ended");
        assert!(told(instance, &cast.ann).await?.contains(&"“Leave”, which you started, has ended".to_owned()));
        let beside = instance.engine.query(&cast.ann, CasesAbout { entity: instance.entity("leave")?, id: record }).await?;
        assert!(beside[0].outcome.as_deref() == Some("done"));
        Ok(())
    }

    async fn what_a_step_does_not_let_somebody_do_is_refused(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        // Bob may not start it: it is not his, and he does not see the record.
        assert!(matches!(start(instance, &cast.bob, "leave", record).await, Err(CommandError::NotFound { .. })));
        assert_eq!(fault(&start(instance, &cast.cat, "leave", record).await.unwrap_err()), &CaseFault::Unfit);
        assert_eq!(fault(&start(instance, &cast.ann, "timed", record).await.unwrap_err()), &CaseFault::NotAllowed);
        assert_eq!(fault(&start(instance, &cast.ann, "gone", record).await.unwrap_err()), &CaseFault::Gone);
        let case = start(instance, &cast.ann, "leave", record).await?;
        assert_eq!(fault(&start(instance, &cast.ann, "leave", record).await.unwrap_err()), &CaseFault::Running);
        // Nobody else answers, and whom it does not concern sees nothing of it.
        let mine = shown(instance, &cast.ann, case).await?.mine.unwrap();
        let answer = CaseAct::Decide { task: mine.task, yes: true, text: String::new(), signature: None };
        let foreign = act(instance, &cast.bob, case, answer.clone()).await.unwrap_err();
        assert_eq!(fault(&foreign), &CaseFault::Unknown);
        assert!(instance.engine.query(&cast.bob, CaseView { case }).await?.is_none());
        // Cat manages the workflow and sees it, but it is not hers to answer.
        assert_eq!(refusal(act(instance, &cast.cat, case, answer.clone()).await), Refusal::NotYours);
        let jump = CaseAct::Jump { to: "mark".to_owned(), text: "now".to_owned() };
        assert_eq!(fault(&act(instance, &cast.ann, case, jump.clone()).await.unwrap_err()), &CaseFault::NotAllowed);
        // Fields that the step does not name are not written, whatever else is said.
        let more = fields(json!({"secret": "x"}));
        assert_eq!(codes(with(instance, &cast.ann, case, answer.clone(), more).await.unwrap_err()), ["secret:read-only"]);
        act(instance, &cast.ann, case, answer.clone()).await?;
        assert_eq!(refusal(act(instance, &cast.ann, case, answer).await), Refusal::Over);
        // A manager jumps, with a reason.
        act(instance, &cast.cat, case, jump).await?;
        assert_eq!(shown(instance, &cast.ann, case).await?.row.state, "ended");
        Ok(())
    }

    async fn operations_are_kept_with_who_and_why(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        decide(instance, &cast.ann, case, true).await?;
        let task = shown(instance, &cast.bob, case).await?.mine.unwrap().task;
        let back = CaseAct::Return { task, to: Back::First, resume: true, text: "which days?".to_owned() };
        act(instance, &cast.bob, case, back).await?;
        decide(instance, &cast.ann, case, true).await?;
        let task = shown(instance, &cast.bob, case).await?.mine.unwrap().task;
        let add = CaseAct::AddSigner { task, who: vec![cast.cat.user], place: Place::Before, text: "look".to_owned() };
        act(instance, &cast.bob, case, add).await?;
        let nobody = CaseAct::Transfer { task, to: UserId::nil(), text: String::new() };
        assert_eq!(codes(act(instance, &cast.bob, case, nobody).await.unwrap_err()), ["who:reference"]);
        decide(instance, &cast.cat, case, true).await?;
        let keep = CaseAct::Keep { task, draft: json!({"secret": "later"}) };
        act(instance, &cast.bob, case, keep).await?;
        assert_eq!(shown(instance, &cast.bob, case).await?.mine.unwrap().draft, json!({"secret": "later"}));
        act(instance, &cast.bob, case, CaseAct::Transfer { task, to: cast.dan.user, text: "you".to_owned() }).await?;
        assert_eq!(shown(instance, &cast.dan, case).await?.mine.unwrap().draft, json!(null));
        act(instance, &cast.ann, case, CaseAct::Urge).await?;
        assert!(told(instance, &cast.dan).await?.contains(&"You are urged to answer “Leave”".to_owned()));
        decide(instance, &cast.dan, case, false).await?;
        // A no leads back to the form.
        act(instance, &cast.ann, case, CaseAct::Discuss { to: vec![cast.bob.user], text: "why?".to_owned() }).await?;
        let view = shown(instance, &cast.ann, case).await?;
        assert!(view.mine.is_some());
        let expected = ["start", "submit", "return", "submit", "add-before", "approve", "transfer", "urge", "reject", "discuss"];
        assert_eq!(acts(&view), expected);
        assert_eq!((view.trail[2].words.as_str(), view.trail[2].target.as_deref()), ("which days?", Some("fill")));
        act(instance, &cast.cat, case, CaseAct::Terminate { text: "over".to_owned() }).await?;
        act(instance, &cast.cat, case, CaseAct::Revive { to: "fill".to_owned(), text: "after all".to_owned() }).await?;
        assert!(shown(instance, &cast.ann, case).await?.mine.is_some());
        Ok(())
    }

    async fn what_was_said_goes_with_the_record_and_the_proofs_stay(instance) {
        let cast = cast(instance).await?;
        let engine = &instance.engine;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        decide(instance, &cast.ann, case, true).await?;
        let task = shown(instance, &cast.bob, case).await?.mine.unwrap().task;
        act(instance, &cast.bob, case, CaseAct::Decide { task, yes: false, text: "is ill".to_owned(), signature: None }).await?;
        assert!(shown(instance, &cast.ann, case).await?.trail.iter().any(|line| line.words == "is ill"));
        engine.place_entries("one").await?;
        assert!(engine.erase_values(None, "leave", Erase::Record { id: record }).await? >= 2);
        engine.place_entries("one").await?;
        let view = shown(instance, &cast.ann, case).await?;
        assert!(view.trail.iter().all(|line| line.words.is_empty()));
        assert_eq!(acts(&view), ["start", "submit", "reject"]);
        for wanted in [record, case] {
            let asked = store::Wanted { record: Some(wanted), limit: 50, ..store::Wanted::default() };
            let entries = engine.store().entries(&asked).await?;
            assert!(entries.len() > 1 && entries.iter().all(|entry| entry.what.is_none()), "{entries:?}");
        }
        // What somebody signed with goes with the record, or with them; that they answered stays.
        let signs = async || {
            let record = leave(instance, &cast, Some(2)).await?;
            let case = start(instance, &cast.cat, "signed", record).await?;
            let task = shown(instance, &cast.bob, case).await?.mine.unwrap().task;
            let signature = Some(Signature::Drawn(vec![vec![(10, 10), (200, 90)]]));
            act(instance, &cast.bob, case, CaseAct::Decide { task, yes: true, text: String::new(), signature }).await?;
            let signed = shown(instance, &cast.cat, case).await?.trail.into_iter().find_map(|event| Some((event.id, event.signature?)));
            let (event, signature) = signed.unwrap();
            assert_eq!((signature.account, signature.sha256.map(|hash| hash.len())), (cast.bob.user, Some(64)));
            assert!(instance.engine.query(&cast.cat, SignaturePicture { case, event }).await?.is_some());
            assert!(instance.engine.query(&cast.ann, SignaturePicture { case, event }).await?.is_none());
            Ok::<_, anyhow::Error>((record, case, event))
        };
        let (first, second) = (signs().await?, signs().await?);
        engine.place_entries("one").await?;
        engine.erase_values(None, "leave", Erase::Record { id: first.0 }).await?;
        let left = async |(_, case, event): (RecordId, RecordId, RecordId)| {
            let picture = instance.engine.query(&cast.cat, SignaturePicture { case, event }).await?;
            let view = shown(instance, &cast.cat, case).await?;
            assert!(acts(&view).contains(&"approve"));
            Ok::<_, anyhow::Error>((picture.is_some(), view.trail.iter().any(|event| event.signature.is_some())))
        };
        assert_eq!((left(first).await?, left(second).await?), ((false, false), (true, true)));
        engine.erase_values(None, "account", Erase::Account { id: cast.bob.user }).await?;
        assert_eq!(left(second).await?, (false, false));
        engine.place_entries("one").await?;
        engine.verify_ledger(&[], None).await?;
        Ok(())
    }

    async fn what_an_update_sets_off_in_a_case_is_done_as_the_process(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.cat, "gate", record).await?;
        // Ann may say when it begins, and may not write the state; the step that follows from it may.
        try_update(instance, &cast.ann, "leave", record, None, json!({"begins": "2026-01-05"})).await?;
        assert_eq!(shown(instance, &cast.cat, case).await?.row.state, "ended");
        assert_eq!(read(instance, &cast.cat, "leave", record, &["state"]).await?.unwrap(), [Value::from("granted")]);
        let state = try_update(instance, &cast.ann, "leave", record, None, json!({"state": "draft"})).await;
        assert!(state.is_err());
        Ok(())
    }

    async fn what_steps_take_is_told_to_whoever_manages_the_workflow(instance) {
        let cast = cast(instance).await?;
        let hours = |many| instance.clock.pass(SignedDuration::from_hours(many));
        let begun = instance.engine.now();
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        hours(1);
        decide(instance, &now(instance, &cast.ann).await?, case, true).await?;
        hours(2);
        decide(instance, &now(instance, &cast.bob).await?, case, true).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let (ann, cat) = (now(instance, &cast.ann).await?, now(instance, &cast.cat).await?);
        let waits = start(instance, &ann, "leave", record).await?;
        decide(instance, &ann, waits, true).await?;
        hours(5);
        let (ann, cat) = (now(instance, &ann).await?, now(instance, &cat).await?);
        let ask = |from, to| Statistics { workflow: "leave".to_owned(), from, to };
        let until = instance.engine.now();
        let found = instance.engine.query(&cat, ask(begun, until)).await?.unwrap();
        let lines: Vec<_> = found
            .steps
            .iter()
            .map(|step| (step.step.as_str(), step.took.map(|took| (took.count, took.median)), step.waiting, step.longest))
            .collect();
        // One answer to the form took an hour and one no time.
        let expected = [
            ("fill", Some((2, 1_800)), 0, None),
            ("manager", Some((1, 7_200)), 1, Some(18_000)),
            ("hr", None, 0, None),
        ];
        assert_eq!(lines, expected);
        assert_eq!(found.bottleneck.as_deref(), Some("manager"));
        let ended: Vec<_> = found.outcomes.iter().map(|one| (one.outcome.as_str(), one.took.count, one.took.mean)).collect();
        assert_eq!(ended, [("done", 1, 10_800)]);
        // What was answered before is not counted, and what waits now is.
        let later = instance.engine.query(&cat, ask(until, Timestamp::MAX)).await?.unwrap();
        assert!(later.outcomes.is_empty() && later.steps[1].took.is_none() && later.steps[1].waiting == 1);
        assert!(instance.engine.query(&ann, ask(begun, until)).await?.is_none(), "whoever may only start it is told nothing");
        assert!(instance.engine.query(&cat, Statistics { workflow: "gone".to_owned(), ..ask(begun, until) }).await?.is_none());
        Ok(())
    }

    async fn a_case_whose_workflow_is_gone_still_learns_of_its_record(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.cat, "gate", record).await?;
        // No workflow is about leaves any more.
        let all = ROLES.replace("workflows:\n  - {workflow: leave, actions: [start]}\n", "");
        let hr = HR.split("workflows:").next().unwrap();
        let files: Vec<(&str, &str)> = FILES
            .iter()
            .filter(|(path, _)| !path.starts_with("workflows/"))
            .map(|(path, text)| match *path {
                "roles/member.yaml" => (*path, all.as_str()),
                "roles/hr.yaml" => (*path, hr),
                _ => (*path, *text),
            })
            .collect();
        instance.publish(&files, &[]).await?;
        let (ann, cat) = (now(instance, &cast.ann).await?, now(instance, &cast.cat).await?);
        try_update(instance, &ann, "leave", record, None, json!({"begins": "2026-01-05"})).await?;
        assert_eq!(shown(instance, &cat, case).await?.row.state, "ended");
        Ok(())
    }

    async fn what_became_so_while_a_case_rested_counts_when_it_goes_on(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.cat, "gate", record).await?;
        act(instance, &cast.cat, case, CaseAct::Rest { text: "stop".to_owned() }).await?;
        try_update(instance, &cast.ann, "leave", record, None, json!({"begins": "2026-01-05"})).await?;
        assert_eq!(shown(instance, &cast.cat, case).await?.row.state, "resting");
        act(instance, &cast.cat, case, CaseAct::Resume).await?;
        assert_eq!(shown(instance, &cast.cat, case).await?.row.state, "ended");
        // A word that nothing waits for is not taken as if somebody had heard it.
        let word = act(instance, &cast.cat, case, CaseAct::Signal { name: "go".to_owned() }).await;
        assert_eq!(refusal(word), Refusal::Ended);
        Ok(())
    }

    async fn a_case_is_shown_to_whom_it_concerns_and_to_whom_it_was_sent(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.cat, "timed", record).await?;
        // Ann may read the record. That there is a case about it is between HR and her manager.
        let about = CasesAbout { entity: instance.entity("leave")?, id: record };
        assert_eq!(instance.engine.query(&cast.ann, about).await?, []);
        assert!(instance.engine.query(&cast.ann, CaseView { case }).await?.is_none());
        assert_eq!(fault(&act(instance, &cast.ann, case, CaseAct::ReadCopy).await.unwrap_err()), &CaseFault::Unknown);
        // Whoever is spoken to may look at what it is about, and do nothing else.
        act(instance, &cast.cat, case, CaseAct::Discuss { to: vec![cast.ann.user], text: "which days?".to_owned() }).await?;
        let seen = shown(instance, &cast.ann, case).await?;
        assert!(seen.unread && !seen.concerned && !seen.manages);
        assert_eq!(instance.engine.query(&cast.ann, about).await?.len(), 1);
        assert_eq!(fault(&act(instance, &cast.ann, case, CaseAct::Urge).await.unwrap_err()), &CaseFault::Unknown);
        act(instance, &cast.ann, case, CaseAct::ReadCopy).await?;
        assert!(!shown(instance, &cast.ann, case).await?.unread);
        Ok(())
    }

    async fn what_is_filled_in_is_written_over_nobody_elses(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        let mine = shown(instance, &cast.ann, case).await?.mine.unwrap();
        try_update(instance, &cast.ann, "leave", record, None, json!({"days": 9})).await?;
        let answer = |expected| Command::Case(CaseCommand::Act {
            case,
            act: CaseAct::Decide { task: mine.task, yes: true, text: String::new(), signature: None },
            fields: fields(json!({"days": 3})),
            files: Vec::new(),
            expected,
        });
        let stale = instance.engine.execute(&cast.ann, answer(mine.version)).await;
        assert!(matches!(stale, Err(CommandError::Stale { .. })), "{stale:?}");
        let again = shown(instance, &cast.ann, case).await?.mine.unwrap();
        instance.engine.execute(&cast.ann, answer(again.version)).await?;
        Ok(())
    }

    async fn what_a_step_does_not_show_moves_nothing_of_it_and_stands_in_no_way(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        let mine = shown(instance, &cast.ann, case).await?.mine.unwrap();
        try_update(instance, &cast.cat, "leave", record, None, json!({"secret": "kept", "begins": "2025-12-10"})).await?;
        let again = shown(instance, &cast.ann, case).await?.mine.unwrap();
        assert_eq!(again.version, mine.version);
        let fill = |version, days| Command::Case(CaseCommand::Act {
            case,
            act: CaseAct::Decide { task: mine.task, yes: true, text: String::new(), signature: None },
            fields: fields(json!({"days": days})),
            files: Vec::new(),
            expected: version,
        });
        // No count is what they were told.
        let stale = instance.engine.execute(&cast.ann, fill(Some(2), 3)).await;
        let Err(CommandError::Stale { version, .. }) = stale else { panic!("{stale:?}") };
        assert_eq!(Some(version), mine.version);
        instance.engine.execute(&cast.ann, fill(mine.version, 3)).await?;
        let days = read(instance, &cast.cat, "leave", record, &["days"]).await?.unwrap();
        assert_eq!(days, [Value::Int(3)]);
        Ok(())
    }

    async fn what_is_due_goes_by_the_steps_a_case_was_moved_to(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        try_update(instance, &cast.ann, "leave", record, None, json!({"begins": "2025-12-10"})).await?;
        let case = start(instance, &cast.cat, "timed", record).await?;
        // The step passes by itself no more, and reminds on the day instead.
        let other = TIMED.replace("        - {working_days: 2, then: remind}\n", "").replace("then: pass", "then: remind");
        let mut files: Vec<(&str, &str)> = FILES.to_vec();
        files[9].1 = &other;
        instance.publish(&files, &[]).await?;
        let cat = now(instance, &cast.cat).await?;
        act(instance, &cat, case, CaseAct::Migrate { edition: None }).await?;
        instance.clock.pass(SignedDuration::from_hours(24 * 10));
        settle(instance).await?;
        assert!(!told(instance, &cast.bob).await?.iter().any(|told| told.contains("still waits")), "not by the old timers");
        instance.clock.pass(SignedDuration::from_hours(24 * 20));
        settle(instance).await?;
        let cat = now(instance, &cast.cat).await?;
        assert_eq!(shown(instance, &cat, case).await?.row.state, "running");
        assert!(told(instance, &cast.bob).await?.iter().any(|told| told.contains("still waits")));
        decide(instance, &now(instance, &cast.bob).await?, case, true).await?;
        let ended = act(instance, &cat, case, CaseAct::Migrate { edition: None }).await;
        assert_eq!(refusal(ended), Refusal::Ended);
        Ok(())
    }

    async fn a_running_case_keeps_the_steps_it_began_with(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(9)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        // The manager's step goes, the field that decides has another name, and the workflow after that is gone altogether.
        let entity = LEAVE.replace("  days: {type: integer,", "  length: {renamed_from: days, type: integer,");
        let roles = ROLES.replace("days", "length");
        let other = "label: {zh-CN: 请假审批, en: Leave}\nentity: leave\nsteps:\n  fill: {label: {zh-CN: 填, en: New}, form: {who: [{starter: true}]}}\n";
        let mut files: Vec<(&str, &str)> = FILES.to_vec();
        (files[2].1, files[4].1, files[6].1) = (&entity, &roles, other);
        instance.publish(&files, &[]).await?;
        let (ann, bob, dan) = (now(instance, &cast.ann).await?, now(instance, &cast.bob).await?, now(instance, &cast.dan).await?);
        decide(instance, &ann, case, true).await?;
        files.remove(6);
        let (all, hr) = (roles.replace("  - {workflow: leave, actions: [start]}\n", ""), HR.replace("  - {workflow: leave, actions: [start, manage]}\n", ""));
        let all = all.replace("workflows:\n", "");
        (files[4].1, files[5].1) = (&all, &hr);
        instance.publish(&files, &[]).await?;
        let (bob, dan) = (now(instance, &bob).await?, now(instance, &dan).await?);
        assert_eq!(shown(instance, &bob, case).await?.mine.unwrap().label.get(Locale::En), "Manager");
        decide(instance, &bob, case, true).await?;
        // What a publish means for it is said: its workflow is gone, so nothing can be put in its place.
        assert_eq!(shown(instance, &bob, case).await?.class, Class::Blocked("hr".to_owned()));
        // Nine days, by the field's old name: HR is asked.
        decide(instance, &dan, case, true).await?;
        let view = shown(instance, &now(instance, &ann).await?, case).await?;
        assert_eq!(view.row.state, "ended");
        assert_eq!(inbox(instance, &dan, CaseBox::Done).await?[0].workflow.get(Locale::En), "Leave");
        Ok(())
    }

    async fn a_running_case_goes_by_new_steps_when_it_is_told_to_and_back(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(1)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        decide(instance, &cast.ann, case, true).await?;
        let before = instance.engine.edition().version;
        let other = WORKFLOW.replace("[{when: days > 3, next: hr}, {next: mark}]", "[{when: days > 0, next: hr}, {next: mark}]");
        let mut files: Vec<(&str, &str)> = FILES.to_vec();
        files[6].1 = &other;
        instance.publish(&files, &[]).await?;
        let cat = now(instance, &cast.cat).await?;
        let ask = Running { workflow: "leave".to_owned(), before: None, limit: 10, earlier: false, counts: true };
        let running = instance.engine.query(&cat, ask.clone()).await?.unwrap();
        assert_eq!((running.earlier, running.next), (Some(1), None));
        let quiet = instance.engine.query(&cat, Running { counts: false, ..ask.clone() }).await?.unwrap();
        assert_eq!(quiet.earlier, None, "nobody asked");
        let running = running.cases;
        assert_eq!((running[0].class.clone(), running[0].row.edition), (Class::Migrate, before));
        assert!(instance.engine.query(&now(instance, &cast.ann).await?, ask).await?.is_none());
        let ann = now(instance, &cast.ann).await?;
        assert_eq!(fault(&act(instance, &ann, case, CaseAct::Migrate { edition: None }).await.unwrap_err()), &CaseFault::NotAllowed);
        act(instance, &cat, case, CaseAct::Migrate { edition: None }).await?;
        act(instance, &cat, case, CaseAct::Migrate { edition: Some(before) }).await?;
        assert_eq!(shown(instance, &cat, case).await?.row.edition, before);
        act(instance, &cat, case, CaseAct::Migrate { edition: None }).await?;
        let never = act(instance, &cat, case, CaseAct::Migrate { edition: Some(77) }).await;
        assert_eq!(fault(&never.unwrap_err()), &CaseFault::Gone);
        // One day is enough for HR now.
        decide(instance, &now(instance, &cast.bob).await?, case, true).await?;
        let view = shown(instance, &cat, case).await?;
        assert!(view.class == Class::Keep && view.mine.is_some());
        // Steps that are not there any more stand in the way, and are named.
        let short = "label: {zh-CN: 请假审批, en: Leave}\nentity: leave\nsteps:\n  fill: {label: {zh-CN: 填, en: New}, form: {who: [{starter: true}]}}\n";
        files[6].1 = short;
        instance.publish(&files, &[]).await?;
        let cat = now(instance, &cat).await?;
        let blocked = act(instance, &cat, case, CaseAct::Migrate { edition: None }).await;
        assert_eq!(fault(&blocked.unwrap_err()), &CaseFault::Blocked("hr".to_owned()));
        Ok(())
    }

    async fn what_is_due_follows_the_calendar_and_the_record(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        try_update(instance, &cast.ann, "leave", record, None, json!({"begins": "2025-12-10"})).await?;
        let case = start(instance, &cast.cat, "timed", record).await?;
        // From Thursday two working days: Monday at nine.
        settle(instance).await?;
        let due = inbox(instance, &cast.bob, CaseBox::Open).await?[0].line.due.unwrap();
        assert_eq!(due.to_string(), "2025-11-24T01:00:00Z");
        instance.clock.pass(SignedDuration::from_hours(3 * 24));
        settle(instance).await?;
        assert_eq!(told(instance, &cast.bob).await?.len(), 1);
        let ask = Statistics { workflow: "timed".to_owned(), from: Timestamp::UNIX_EPOCH, to: Timestamp::MAX };
        let cat = now(instance, &cast.cat).await?;
        let before = instance.engine.query(&cat, ask.clone()).await?.unwrap();
        instance.clock.pass(SignedDuration::from_mins(24 * 60 + 1));
        let after = instance.engine.query(&now(instance, &cat).await?, ask).await?.unwrap();
        let late = |figures: &Figures| (figures.steps[0].waiting, figures.steps[0].late);
        assert_eq!((late(&before), late(&after)), ((1, 0), (1, 1)));
        // What only waits takes time too.
        assert_eq!(after.bottleneck.as_deref(), Some(after.steps[0].step.as_str()));
        settle(instance).await?;
        assert_eq!(told(instance, &cast.bob).await?.last().unwrap(), "“Timed” still waits for you: Check");
        // The leave begins later: so does what is due before it. The letter for the old day comes to nothing.
        let ann = now(instance, &cast.ann).await?;
        try_update(instance, &ann, "leave", record, None, json!({"begins": "2026-01-05"})).await?;
        instance.clock.pass(SignedDuration::from_hours(24 * 30));
        settle(instance).await?;
        let bob = now(instance, &cast.bob).await?;
        assert_eq!(inbox(instance, &bob, CaseBox::Open).await?.len(), 1);
        instance.clock.pass(SignedDuration::from_hours(24 * 13));
        settle(instance).await?;
        let view = shown(instance, &now(instance, &cast.cat).await?, case).await?;
        assert_eq!((view.row.state.as_str(), acts(&view).last().copied()), ("ended", Some("end")));
        assert!(acts(&view).contains(&"late-pass"));
        // A node that died after ringing and before saying so: the letter comes again, to no effect.
        let events = view.trail.len();
        let token = json!({"case": case, "token": 1, "timer": 0, "at": "2025-11-24T01:00:00Z"});
        let system = instance.engine.system();
        let entry = store::OutboxEntry { id: instance.engine.new_id(), kind: "case.due".into(), key: "again".into(), payload: token, due: system.now };
        let asking = store::Asking { version: system.edition.version, user: system.user, person: None, login: String::new(), now: system.now, today: "2026-01-05".parse()? };
        instance.engine.store().write(asking, move |tx| {
            let entry = entry.clone();
            Box::pin(async move { tx.outbox(&[entry]).await })
        }).await?;
        settle(instance).await?;
        assert_eq!(shown(instance, &now(instance, &cast.cat).await?, case).await?.trail.len(), events);
        Ok(())
    }

    async fn a_case_waits_for_others_and_for_its_record(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let one = create(instance, &cast.ann, "part", json!({"title": "a", "leave": record})).await?;
        let two = create(instance, &cast.ann, "part", json!({"title": "b", "leave": record, "ready": true})).await?;
        let case = start(instance, &cast.cat, "parts", record).await?;
        let cat = &cast.cat;
        assert_eq!(shown(instance, cat, case).await?.row.state, "running");
        try_update(instance, &cast.ann, "part", two, None, json!({"title": "c"})).await?;
        assert_eq!(shown(instance, cat, case).await?.row.state, "running");
        // What the last of them waits for becomes so: it ends, and so does the one that began it, in the same act.
        try_update(instance, &cast.ann, "part", one, None, json!({"ready": true})).await?;
        let view = shown(instance, cat, case).await?;
        assert_eq!((view.row.state.as_str(), view.row.outcome.as_deref()), ("ended", Some("filed")));
        Ok(())
    }

    async fn who_waited_for_cases_and_waits_no_longer_ends_them(instance) {
        let cast = cast(instance).await?;
        let cat = &cast.cat;
        let record = leave(instance, &cast, Some(2)).await?;
        let part = create(instance, &cast.ann, "part", json!({"title": "a", "leave": record})).await?;
        let about = CasesAbout { entity: instance.entity("part")?, id: part };
        let of_part = async || instance.engine.query(cat, about).await;
        let case = start(instance, cat, "parts", record).await?;
        let first = of_part().await?;
        // Sent to the same step again, what was begun there ends, and is begun anew.
        act(instance, cat, case, CaseAct::Jump { to: "each".to_owned(), text: "again".to_owned() }).await?;
        let second = of_part().await?;
        assert_eq!((first.len(), second.len()), (1, 2));
        let state = |id| second.iter().find(|case| case.id == id).map(|case| case.state.as_str());
        assert_eq!(state(first[0].id), Some("ended"));
        assert_eq!(second.iter().filter(|case| case.state == "running").count(), 1);
        assert_eq!(acts(&shown(instance, cat, first[0].id).await?), ["start", "leave", "end"]);
        assert_eq!(shown(instance, cat, case).await?.row.state, "running", "it waits for the new one");
        // Ended, it leaves nothing behind; taken up again, it begins again and waits.
        act(instance, cat, case, CaseAct::Terminate { text: "no longer needed".to_owned() }).await?;
        assert!(of_part().await?.iter().all(|case| case.state == "ended"));
        act(instance, cat, case, CaseAct::Revive { to: "each".to_owned(), text: "after all".to_owned() }).await?;
        assert_eq!(shown(instance, cat, case).await?.row.state, "running");
        try_update(instance, &cast.ann, "part", part, None, json!({"ready": true})).await?;
        let view = shown(instance, cat, case).await?;
        assert_eq!((view.row.state.as_str(), view.row.outcome.as_deref()), ("ended", Some("filed")));
        Ok(())
    }

    async fn a_case_that_runs_already_is_waited_for(instance) {
        let cast = cast(instance).await?;
        let cat = &cast.cat;
        let record = leave(instance, &cast, Some(2)).await?;
        let part = create(instance, &cast.ann, "part", json!({"title": "a", "leave": record})).await?;
        let by_hand = start(instance, cat, "part", part).await?;
        let case = start(instance, cat, "parts", record).await?;
        assert_eq!(shown(instance, cat, case).await?.row.state, "running");
        try_update(instance, &cast.ann, "part", part, None, json!({"ready": true})).await?;
        for case in [by_hand, case] {
            assert_eq!(shown(instance, cat, case).await?.row.state, "ended");
        }
        Ok(())
    }

    async fn whom_the_starter_chose_is_asked_and_told(instance) {
        let cast = cast(instance).await?;
        let cat = &cast.cat;
        // Of somebody who has no manager.
        let system = instance.engine.system();
        let alone = create(instance, &system, "person", json!({"name": "EVE"})).await?;
        let record = create(instance, &system, "leave", json!({"title": "moon", "person": alone})).await?;
        let choosing = async |chosen: Vec<(&str, UserId)>| {
            let chosen = chosen.into_iter().map(|(step, who)| (step.to_owned(), vec![who])).collect();
            let begin = Begin { workflow: "asked".to_owned(), record, chosen, ..Begin::default() };
            instance.engine.execute(cat, Command::Case(CaseCommand::Start(begin))).await
        };
        let (ann, bob, dan) = (cast.ann.user, cast.bob.user, cast.dan.user);
        assert_eq!(codes(choosing(vec![("nowhere", bob)]).await.unwrap_err()), ["chosen:unknown"]);
        let case = choosing(vec![("ask", ann), ("choice", bob), ("tell", dan)]).await?.cases[0];
        // Each in the step they were chosen for, one after the other.
        assert!(inbox(instance, &cast.bob, CaseBox::Open).await?.is_empty());
        decide(instance, &cast.ann, case, true).await?;
        decide(instance, &cast.bob, case, true).await?;
        assert_eq!(shown(instance, cat, case).await?.row.state, "ended");
        assert_eq!(inbox(instance, &cast.dan, CaseBox::Copied).await?.len(), 1);
        Ok(())
    }

    async fn two_who_answer_at_the_same_instant_answer_once(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(5)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        decide(instance, &cast.ann, case, true).await?;
        decide(instance, &cast.bob, case, true).await?;
        // Both have the question before them before either answers.
        let (of_cat, of_dan) = (answer(instance, &cast.cat, case, true).await, answer(instance, &cast.dan, case, true).await);
        let (cat, dan) = tokio::join!(act(instance, &cast.cat, case, of_cat), act(instance, &cast.dan, case, of_dan));
        assert!(cat.is_ok() != dan.is_ok(), "{cat:?} {dan:?}");
        assert_eq!(refusal(cat.and(dan)), Refusal::Ended);
        assert_eq!(acts(&shown(instance, &cast.ann, case).await?).iter().filter(|act| **act == "end").count(), 1);
        // And two who start at the same instant start one.
        let record = leave(instance, &cast, Some(5)).await?;
        let (first, second) = tokio::join!(start(instance, &cast.ann, "leave", record), start(instance, &cast.ann, "leave", record));
        assert!(first.is_ok() != second.is_ok());
        Ok(())
    }

    async fn who_has_left_is_followed_and_where_nobody_is_found_the_guard_answers(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        decide(instance, &cast.ann, case, true).await?;
        // Bob leaves: his tasks are handed over by whoever manages the workflow.
        let over = |from: &Actor, to: &Actor| Command::Case(CaseCommand::HandOver { from: from.user, to: to.user, workflow: None });
        assert!(instance.engine.execute(&cast.ann, over(&cast.bob, &cast.ann)).await.is_err());
        instance.engine.execute(&cast.cat, over(&cast.bob, &cast.dan)).await?;
        decide(instance, &cast.dan, case, true).await?;
        assert_eq!(shown(instance, &cast.ann, case).await?.row.state, "ended");
        // Whoever has no manager: those who guard the workflow are asked.
        let alone = leave(instance, &cast, Some(1)).await?;
        let system = instance.engine.system();
        try_update(instance, &system, "person", cast.person, None, json!({"manager": null})).await?;
        let case = start(instance, &cast.ann, "leave", alone).await?;
        decide(instance, &cast.ann, case, true).await?;
        assert!(shown(instance, &cast.cat, case).await?.mine.is_some() && shown(instance, &cast.dan, case).await?.mine.is_some());
        Ok(())
    }

    async fn many_cases_start_at_once_or_none(instance) {
        let cast = cast(instance).await?;
        let mut records = Vec::new();
        for _ in 0..20 {
            records.push(leave(instance, &cast, Some(1)).await?);
        }
        let start = |record: &RecordId| Command::Case(CaseCommand::Start(Begin { workflow: "leave".to_owned(), record: *record, ..Begin::default() }));
        let mut all: Vec<Command> = records.iter().map(start).collect();
        all.push(start(&RecordId::nil()));
        assert!(instance.engine.execute(&cast.ann, Command::Bulk(all.clone())).await.is_err());
        assert!(inbox(instance, &cast.ann, CaseBox::Open).await?.is_empty());
        all.pop();
        let outcome = instance.engine.execute(&cast.ann, Command::Bulk(all)).await?;
        assert_eq!((outcome.cases.len(), inbox(instance, &cast.ann, CaseBox::Open).await?.len()), (20, 20));
        // A page, and the next.
        let first = instance.engine.query(&cast.ann, Inbox { which: CaseBox::Open, after: None, limit: 12 }).await?;
        let after = first.last().map(|line| (line.line.at, line.line.case));
        let rest = instance.engine.query(&cast.ann, Inbox { which: CaseBox::Open, after, limit: 12 }).await?;
        assert_eq!((first.len(), rest.len()), (12, 8));
        Ok(())
    }
}
