//! The bundled review process, run by the people it is for: from the plan to the appeal, and what happens to those who do
//! nothing in time.

use std::{fs, path::Path};

use engine::{
    Actor, Begin, CaseAct, CaseCommand, Command, CommandError, Signature,
    query::{
        Notifications,
        case::{CaseShown, CaseView},
    },
};
use jiff::SignedDuration;
use model::{Locale, RecordId, Value};
use serde_json::{Value as Json, json};
use suite::{Database, Instance};

use super::support::{codes, create, fields, list, read, try_update};

/// The documents of a bundled app; those of one that it uses stand under `+<app>/`.
pub(super) fn documents(app: &str, prefix: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates").join(app);
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                found.push((format!("{prefix}{name}"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

pub(super) async fn flagship(database: Database) -> anyhow::Result<Option<Instance>> {
    let mut all = documents("organisation", "organisation/");
    all.extend(documents("performance-management", ""));
    let files: Vec<(&str, &str)> = all.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Instance::start(database, &files).await
}

/// Runs tests of the bundled app on both databases.
macro_rules! on_both {
    ($($name:ident),*) => {$(
        mod $name {
            use super::*;

            async fn on(database: Database) -> anyhow::Result<()> {
                let Some(instance) = flagship(database).await? else { return Ok(()) };
                super::$name(&instance).await?;
                instance.stop().await;
                Ok(())
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() -> anyhow::Result<()> {
                on(Database::Sqlite).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() -> anyhow::Result<()> {
                on(Database::Postgres).await
            }
        }
    )*};
}
pub(super) use on_both;

/// Somebody of the hospital: their record and their login.
#[derive(Clone)]
pub(super) struct Somebody {
    pub(super) id: RecordId,
    login: String,
}

impl Somebody {
    /// Somebody who was made elsewhere.
    pub(super) fn known(id: RecordId, login: &str) -> Self {
        Self { id, login: login.to_owned() }
    }
}

pub(super) struct Cast<'i> {
    pub(super) instance: &'i Instance,
    pub(super) cycle: RecordId,
    pub(super) unit: RecordId,
    pub(super) post: RecordId,
}

impl<'i> Cast<'i> {
    pub(super) async fn new(instance: &'i Instance) -> anyhow::Result<Self> {
        let system = instance.engine.system();
        // Nobody here signs in, for months.
        instance.engine.store().settings().set("sign-in", &json!({"unused_days": 0})).await?;
        let quarter = json!({"code": "2025Q4", "name": "2025 Q4", "starts": "2025-10-01", "ends": "2025-12-31"});
        let cycle = create(instance, &system, "cycle", quarter).await?;
        let unit =
            create(instance, &system, "unit", json!({"code": "W1", "name": "Ward", "kind": "department"})).await?;
        let category = create(instance, &system, "post_category", json!({"code": "C1", "name": "Clinical"})).await?;
        let post =
            create(instance, &system, "post", json!({"code": "P1", "name": "Nurse", "category": category})).await?;
        Ok(Self { instance, cycle, unit, post })
    }

    pub(super) async fn person(
        &self,
        login: &str,
        roles: &[&str],
        manager: Option<RecordId>,
    ) -> anyhow::Result<Somebody> {
        let system = self.instance.engine.system();
        let id = create(
            self.instance,
            &system,
            "person",
            json!({"code": login.to_uppercase(), "name": login.to_uppercase()}),
        )
        .await?;
        let place =
            json!({"person": id, "unit": self.unit, "post": self.post, "manager": manager, "valid_from": "2025-01-01"});
        create(self.instance, &system, "assignment", place).await?;
        self.instance.account(login, roles, Some(id)).await?;
        Ok(Somebody { id, login: login.to_owned() })
    }

    /// Somebody acting at this moment.
    pub(super) async fn acts(&self, who: &Somebody) -> anyhow::Result<Actor> {
        let account = self.instance.engine.store().accounts().by_login(&who.login).await?.unwrap();
        Ok(self.instance.engine.actor(&account, Locale::En))
    }

    pub(super) async fn review(&self, who: &Somebody) -> anyhow::Result<RecordId> {
        let system = self.instance.engine.system();
        create(self.instance, &system, "review", json!({"person": who.id, "cycle": self.cycle})).await
    }

    pub(super) async fn shown(&self, who: &Somebody, case: RecordId) -> anyhow::Result<CaseShown> {
        Ok(self.instance.engine.query(&self.acts(who).await?, CaseView { case }).await?.unwrap())
    }

    pub(super) async fn answer(
        &self,
        who: &Somebody,
        case: RecordId,
        yes: bool,
        values: Json,
    ) -> anyhow::Result<Result<(), CommandError>> {
        let mine = self.shown(who, case).await?.mine.unwrap_or_else(|| panic!("{} is not asked", who.login));
        // Who is asked to sign does so, with the name they have.
        let account = self.instance.engine.store().accounts().by_login(&who.login).await?.unwrap();
        let signature = mine.signature.wanted(yes).then(|| Signature::Typed(account.name.clone()));
        let act = CaseAct::Decide { task: mine.task, yes, text: "because".to_owned(), signature };
        let command =
            Command::Case(CaseCommand::Act { case, act, fields: fields(values), files: Vec::new(), expected: None });
        Ok(self.instance.engine.execute(&self.acts(who).await?, command).await.map(drop))
    }

    pub(super) async fn yes(&self, who: &Somebody, case: RecordId, values: Json) -> anyhow::Result<()> {
        self.answer(who, case, true, values).await?.map_err(|error| anyhow::anyhow!("{error:?}"))
    }

    pub(super) async fn steps(&self, who: &Somebody, case: RecordId) -> anyhow::Result<Vec<String>> {
        Ok(self.shown(who, case).await?.case.tokens.iter().map(|token| token.step.clone()).collect())
    }

    pub(super) async fn pass(&self, days: i64) -> anyhow::Result<()> {
        self.instance.clock.pass(SignedDuration::from_hours(days * 24));
        while self.instance.engine.turn("one").await? > 0 {}
        Ok(())
    }
}

fn begin(record: RecordId) -> Command {
    Command::Case(CaseCommand::Start(Begin { workflow: "review".to_owned(), record, ..Begin::default() }))
}

async fn from_the_plan_to_the_appeal(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    let chief = cast.person("chief", &["executive"], None).await?;
    let head = cast.person("head", &["manager"], Some(chief.id)).await?;
    let ann = cast.person("ann", &[], Some(head.id)).await?;
    let review = cast.review(&ann).await?;
    // Launched by human resources, and by nobody else.
    assert!(instance.engine.execute(&cast.acts(&head).await?, begin(review)).await.is_err());
    let case = instance.engine.execute(&cast.acts(&hr).await?, begin(review)).await?.cases[0];
    // Plan, sent back once, confirmed, and nothing to do until the cycle ends.
    cast.yes(&ann, case, json!({})).await?;
    cast.answer(&head, case, false, json!({})).await??;
    cast.yes(&ann, case, json!({})).await?;
    cast.yes(&head, case, json!({})).await?;
    assert_eq!(cast.steps(&hr, case).await?, ["track"]);
    cast.pass(40).await?;
    assert_eq!(cast.steps(&hr, case).await?, ["track"]);
    cast.pass(3).await?;
    assert_eq!(cast.steps(&hr, case).await?, ["self"]);
    // A self-review without a grade is none.
    let lacking = cast.answer(&ann, case, true, json!({"self_text": "I worked."})).await?;
    assert_eq!(codes(lacking.unwrap_err()), ["self_grade:required"]);
    cast.yes(&ann, case, json!({"self_grade": "A", "self_text": "I worked."})).await?;
    // The manager sees it and grades; the grade is theirs to give in this step only.
    let mine = cast.shown(&head, case).await?.mine.unwrap();
    assert!(mine.show.iter().any(|(_, value)| *value == Value::from("I worked.")));
    cast.yes(&head, case, json!({"manager_grade": "B", "manager_text": "Well done.", "manager_note": "Watch."}))
        .await?;
    assert_eq!(cast.steps(&hr, case).await?, ["calibrate"]);
    // Calibrated to another grade needs a reason; the rules of the record hold in a step as everywhere.
    let unsaid = cast.answer(&chief, case, true, json!({"calibrated_grade": "C"})).await?;
    assert_eq!(codes(unsaid.unwrap_err()), ["calibration_reason:rule"]);
    cast.yes(&chief, case, json!({"calibrated_grade": "C", "calibration_reason": "distribution"})).await?;
    let acting = cast.acts(&ann).await?;
    assert_eq!(read(instance, &acting, "review", review, &["status", "grade"]).await?.unwrap()[1], Value::from("C"));
    // She appeals: it is filed, accepted, investigated and ruled on, and calibrated anew. Both results stay.
    let appeal = async |who: &Somebody| -> anyhow::Result<Value> {
        let found = read(instance, &cast.acts(who).await?, "review", review, &["appeal"]).await?;
        Ok(found.unwrap().remove(0))
    };
    cast.answer(&ann, case, false, json!({})).await??;
    assert_eq!((cast.steps(&hr, case).await?, appeal(&ann).await?), (vec!["appeal".to_owned()], Value::from("filed")));
    cast.yes(&hr, case, json!({})).await?;
    assert_eq!(appeal(&ann).await?, Value::from("accepted"));
    let unsaid = cast.answer(&hr, case, true, json!({})).await?;
    assert_eq!(codes(unsaid.unwrap_err()), ["appeal_findings:required"]);
    cast.yes(&hr, case, json!({"appeal_findings": "Two results were counted twice."})).await?;
    assert_eq!(appeal(&ann).await?, Value::from("investigated"));
    assert!(cast.shown(&hr, case).await?.mine.is_none(), "who investigates does not rule on it");
    cast.yes(&chief, case, json!({})).await?;
    cast.yes(&chief, case, json!({"calibrated_grade": "B"})).await?;
    assert_eq!(
        (cast.steps(&hr, case).await?, appeal(&ann).await?),
        (vec!["result".to_owned()], Value::from("changed"))
    );
    assert_eq!(results(&cast, &ann).await?, [(1, "C".to_owned()), (2, "B".to_owned())]);
    let before = read(instance, &cast.acts(&ann).await?, "review", review, &["appealed_grade"]).await?.unwrap();
    assert_eq!(before[0], Value::from("C"));
    cast.pass(12).await?;
    let shown = cast.shown(&ann, case).await?;
    assert_eq!((shown.row.state.as_str(), shown.row.outcome.as_deref()), ("ended", Some("accepted")));
    let acting = cast.acts(&ann).await?;
    assert_eq!(read(instance, &acting, "review", review, &["grade"]).await?.unwrap()[0], Value::from("B"));
    assert!(shown.trail.iter().any(|event| event.act == "late-pass"));
    Ok(())
}

/// What was published of somebody, as they see it.
async fn results(cast: &Cast<'_>, who: &Somebody) -> anyhow::Result<Vec<(i64, String)>> {
    let actor = cast.acts(who).await?;
    let entity = cast.instance.entity("review_result")?;
    let rows = cast.instance.engine.query(&actor, list(&actor, entity, &["issue", "grade"])).await?.rows;
    let mut found: Vec<(i64, String)> = Vec::new();
    for row in rows {
        let [Value::Int(issue), Value::Text(grade)] = row.values.as_slice() else { anyhow::bail!("{row:?}") };
        found.push((*issue, grade.to_string()));
    }
    found.sort();
    Ok(found)
}

impl Cast<'_> {
    /// A review that came as far as the person's answer to what was published, without calibration.
    async fn published(&self, hr: &Somebody, head: &Somebody, who: &Somebody) -> anyhow::Result<(RecordId, RecordId)> {
        let review = self.review(who).await?;
        let case = self.instance.engine.execute(&self.acts(hr).await?, begin(review)).await?.cases[0];
        self.yes(who, case, json!({})).await?;
        self.yes(head, case, json!({})).await?;
        self.pass(43).await?;
        self.yes(who, case, json!({"self_grade": "A", "self_text": "I worked."})).await?;
        self.yes(head, case, json!({"manager_grade": "B", "manager_text": "Well done."})).await?;
        Ok((review, case))
    }
}

async fn an_appeal_is_dismissed_or_the_result_upheld(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let hr = cast.person("hr", &["hr"], None).await?;
    let chief = cast.person("chief", &["executive"], None).await?;
    let head = cast.person("head", &["manager"], Some(chief.id)).await?;
    let ann = cast.person("ann", &[], Some(head.id)).await?;
    let ben = cast.person("ben", &[], Some(head.id)).await?;
    // A cycle may go without calibration: what the manager hands in is published.
    try_update(instance, &system, "cycle", cast.cycle, None, json!({"calibrated": false})).await?;
    let (first, case) = cast.published(&hr, &head, &ann).await?;
    assert_eq!(
        (cast.steps(&hr, case).await?, results(&cast, &ann).await?),
        (vec!["result".to_owned()], vec![(1, "B".to_owned())])
    );
    cast.answer(&ann, case, false, json!({})).await??;
    cast.answer(&hr, case, false, json!({})).await??;
    let stand = async |who: &Somebody, review: RecordId, case: RecordId| -> anyhow::Result<(Value, Option<String>)> {
        let appeal = read(instance, &cast.acts(who).await?, "review", review, &["appeal"]).await?.unwrap().remove(0);
        Ok((appeal, cast.shown(who, case).await?.row.outcome))
    };
    assert_eq!(stand(&ann, first, case).await?, (Value::from("dismissed"), Some("upheld".to_owned())));
    // Investigated, and the result stays as it is; it was published once.
    let next =
        json!({"code": "2026Q1", "name": "2026 Q1", "starts": "2026-01-01", "ends": "2026-01-02", "calibrated": false});
    let next = Cast { cycle: create(instance, &system, "cycle", next).await?, ..cast };
    let (second, case) = next.published(&hr, &head, &ben).await?;
    next.answer(&ben, case, false, json!({})).await??;
    next.yes(&hr, case, json!({})).await?;
    next.yes(&hr, case, json!({"appeal_findings": "Everything was counted."})).await?;
    next.answer(&chief, case, false, json!({})).await??;
    let appeal = read(instance, &next.acts(&ben).await?, "review", second, &["appeal", "grade"]).await?.unwrap();
    assert_eq!(appeal, [Value::from("upheld"), Value::from("B")]);
    assert_eq!(next.shown(&ben, case).await?.row.outcome.as_deref(), Some("upheld"));
    assert_eq!(results(&next, &ben).await?, [(1, "B".to_owned())]);
    // Results are nobody else's to read.
    assert!(results(&next, &ann).await?.len() == 1);
    Ok(())
}

/// Who is asked in a case now.
fn asked(shown: &CaseShown) -> Vec<String> {
    let open = shown.case.tasks.iter().filter(|task| task.state == workflow::TaskState::Open);
    open.map(|task| shown.name(task.who).to_owned()).collect()
}

/// An executive is reviewed like anybody, and calibrated by another; where there is no other, human resources are asked,
/// apart from whoever started it.
async fn nobody_calibrates_themselves(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    cast.person("colleague", &["hr"], None).await?;
    let head = cast.person("head", &["manager"], None).await?;
    let deputy = cast.person("deputy", &["executive"], Some(head.id)).await?;
    let (_, alone) = cast.published(&hr, &head, &deputy).await?;
    assert_eq!(
        (cast.steps(&hr, alone).await?, asked(&cast.shown(&hr, alone).await?)),
        (vec!["calibrate".to_owned()], vec!["COLLEAGUE".to_owned()])
    );
    let chief = cast.person("chief", &["executive"], None).await?;
    let next = json!({"code": "2026Q1", "name": "2026 Q1", "starts": "2026-01-01", "ends": "2026-01-02"});
    let next = Cast { cycle: create(instance, &instance.engine.system(), "cycle", next).await?, ..cast };
    let (_, case) = next.published(&hr, &head, &deputy).await?;
    assert_eq!(asked(&next.shown(&hr, case).await?), ["CHIEF"]);
    // Neither does the one who is asked hand it to them.
    let mine = next.shown(&chief, case).await?.mine.unwrap();
    assert_eq!(mine.allow, [workflow::Operation::Return]);
    Ok(())
}

/// Ten plans, two of them never confirmed: eight go on by themselves, and of two somebody higher is told.
async fn eight_of_ten_go_on(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    let chief = cast.person("chief", &["executive"], None).await?;
    let head = cast.person("head", &["manager"], Some(chief.id)).await?;
    let mut people = Vec::new();
    let mut commands = Vec::new();
    for number in 0..10 {
        let person = cast.person(&format!("p{number}"), &[], Some(head.id)).await?;
        commands.push(begin(cast.review(&person).await?));
        people.push(person);
    }
    let cases = instance.engine.execute(&cast.acts(&hr).await?, Command::Bulk(commands)).await?.cases;
    assert_eq!(cases.len(), 10);
    for (place, (person, case)) in people.iter().zip(&cases).enumerate() {
        cast.yes(person, *case, json!({})).await?;
        if place < 8 {
            cast.yes(&head, *case, json!({})).await?;
        }
    }
    cast.pass(43).await?;
    let mut at_self = 0;
    for case in &cases {
        at_self += usize::from(cast.steps(&hr, *case).await? == ["self"]);
    }
    assert_eq!(at_self, 8);
    let told = instance.engine.query(&cast.acts(&chief).await?, Notifications { limit: 50 }).await?;
    let late = |notice: &&store::Notification| notice.payload["text"]["en"] == "“Performance review” is late: Confirm";
    assert_eq!(told.iter().filter(late).count(), 2);
    Ok(())
}

on_both!(
    from_the_plan_to_the_appeal,
    an_appeal_is_dismissed_or_the_result_upheld,
    nobody_calibrates_themselves,
    eight_of_ten_go_on
);
