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

use super::support::{codes, create, fields, read};

/// The documents of a bundled app; those of one that it uses stand under `+<app>/`.
fn documents(app: &str, prefix: &str) -> Vec<(String, String)> {
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
    let mut all = documents("organisation", "+organisation/");
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
                instance.stop().await
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

pub(super) struct Cast<'i> {
    pub(super) instance: &'i Instance,
    pub(super) cycle: RecordId,
    pub(super) unit: RecordId,
    pub(super) post: RecordId,
}

impl<'i> Cast<'i> {
    pub(super) async fn new(instance: &'i Instance) -> anyhow::Result<Self> {
        let system = instance.engine.system();
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
        let command = Command::Case(CaseCommand::Act { case, act, fields: fields(values), expected: None });
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
    // She appeals, it is upheld, calibrated anew, and she accepts by silence.
    cast.answer(&ann, case, false, json!({})).await??;
    assert_eq!(cast.steps(&hr, case).await?, ["appeal"]);
    cast.yes(&hr, case, json!({})).await?;
    cast.yes(&chief, case, json!({"calibrated_grade": "B"})).await?;
    assert_eq!(cast.steps(&hr, case).await?, ["result"]);
    cast.pass(12).await?;
    let shown = cast.shown(&ann, case).await?;
    assert_eq!((shown.row.state.as_str(), shown.row.outcome.as_deref()), ("ended", Some("accepted")));
    let acting = cast.acts(&ann).await?;
    assert_eq!(read(instance, &acting, "review", review, &["grade"]).await?.unwrap()[0], Value::from("B"));
    assert!(shown.trail.iter().any(|event| event.act == "late-pass"));
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

on_both!(from_the_plan_to_the_appeal, eight_of_ten_go_on);
