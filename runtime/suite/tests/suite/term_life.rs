//! The life of terms: who may do what with a version, in which order, and what a publish means for it.

use engine::{
    Actor, PublishError,
    dictionary::Meaning,
    series::Series,
    term::{Standings, TermDeed, TermLife, TermRefusal},
};
use metrics::Status;
use model::{Decimal, Grain, Period};
use serde_json::json;
use suite::Instance;

use super::support::create;
use crate::both;

const SUM: &str = "code: K1\nlabel: {zh-CN: 来电量, en: Calls}\ndefinition: {zh-CN: 来电合计, en: All calls}\ndirection: higher\nfrequency: monthly\nowner: care\nstatus: approved\nmeasure: {over: call, time: day, simple: sum(calls)}\n";
const TWICE: &str = "code: K2\nlabel: {zh-CN: 两倍, en: Twice}\ndefinition: {zh-CN: 两倍, en: Twice}\ndirection: higher\nfrequency: monthly\nowner: board\nmeasure: {derived: calls * 2}\n";

const FILES: [(&str, &str); 9] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/call.yaml",
        "label: {zh-CN: 来电, en: Call}\ndisplay: day\nfields:\n  day: {type: date, required: true, label: {zh-CN: 日期, en: Day}}\n  calls: {type: integer, label: {zh-CN: 来电, en: Calls}}\n  lost: {type: integer, label: {zh-CN: 未接, en: Lost}}\n",
    ),
    ("dictionary/calls.yaml", SUM),
    ("dictionary/twice.yaml", TWICE),
    ("roles/reader.yaml", "label: {zh-CN: 读者, en: Reader}\ngrants:\n  - {entity: call, actions: [read]}\n"),
    (
        "roles/writer.yaml",
        "label: {zh-CN: 录入, en: Writer}\ngrants:\n  - {entity: call, actions: [create, read, update]}\n",
    ),
    (
        "roles/concerned.yaml",
        "label: {zh-CN: 相关人, en: Concerned}\nterms: {actions: [comment]}\ngrants:\n  - {entity: call, actions: [read]}\n",
    ),
    (
        "roles/reviewer.yaml",
        "label: {zh-CN: 评审, en: Reviewer}\nterms: {actions: [review]}\ngrants:\n  - {entity: call, actions: [read]}\n",
    ),
    (
        "roles/approver.yaml",
        "label: {zh-CN: 批准, en: Approver}\nterms: {actions: [review, approve], owners: [care]}\ngrants:\n  - {entity: call, actions: [read]}\n",
    ),
];

/// The app with the term written so.
fn with(term: &'static str) -> Vec<(&'static str, &'static str)> {
    FILES.into_iter().map(|(path, text)| (path, if path == "dictionary/calls.yaml" { term } else { text })).collect()
}

/// As this actor, in the edition of now.
async fn now(instance: &Instance, login: &str) -> anyhow::Result<Actor> {
    let account = instance.engine.store().accounts().by_login(login).await?.unwrap();
    Ok(instance.engine.actor(&account, model::Locale::En))
}

async fn judge(
    instance: &Instance,
    login: &str,
    version: u32,
    deed: TermDeed,
    said: &str,
) -> Result<Status, TermRefusal> {
    let actor = now(instance, login).await.unwrap();
    instance.engine.judge(&actor, "calls", version, deed, said).await
}

async fn status(instance: &Instance, name: &str) -> anyhow::Result<Status> {
    let system = instance.engine.system();
    let id = system.edition.app.term_named(name).unwrap().id;
    Ok(instance.engine.query(&system, Standings).await?[&id])
}

async fn accounts(instance: &Instance) -> anyhow::Result<()> {
    for (login, role) in
        [("rea", "reader"), ("con", "concerned"), ("rev", "reviewer"), ("app", "approver"), ("wri", "writer")]
    {
        instance.account(login, &[role], None).await?;
    }
    instance.account("none", &[], None).await?;
    Ok(())
}

/// The term measured otherwise, as another version.
const VERSION_2: &str = "code: K1\nlabel: {zh-CN: 来电量, en: Calls}\ndefinition: {zh-CN: 来电合计, en: All calls}\ndirection: higher\nfrequency: monthly\nowner: care\nstatus: approved\nversion: 2\nmeasure: {over: call, time: day, simple: sum(lost)}\n";
/// The same under the version there is.
const SAME: &str = "code: K1\nlabel: {zh-CN: 来电量, en: Calls}\ndefinition: {zh-CN: 来电合计, en: All calls}\ndirection: higher\nfrequency: monthly\nowner: care\nstatus: approved\nmeasure: {over: call, time: day, simple: sum(lost)}\n";

/// What a refused publish would have changed.
fn changed(refused: &anyhow::Error) -> Vec<(String, Vec<&'static str>)> {
    match refused.downcast_ref::<PublishError>() {
        Some(PublishError::SameVersion(terms)) => terms.clone(),
        _ => panic!("{refused}"),
    }
}

both! {
    FILES;

    async fn whatever_changes_what_a_number_means_needs_a_new_version(instance) {
        accounts(instance).await?;
        let graded = |more: &str| &*format!("{SUM}{more}").leak();
        let scale = "target: 80\nscale: {ratio: {cap: 120}, grades: [{from: 90, grade: A}, {grade: B}]}\n";
        for (term, part) in [
            (&*SUM.replace("direction: higher", "direction: lower").leak(), vec!["direction"]),
            (&*SUM.replace("All calls", "All calls but those of tests").leak(), vec!["definition"]),
            (graded("unit: 次\n"), vec!["unit"]),
            (graded("target: 80\n"), vec!["target"]),
            (graded(scale), vec!["target", "scale"]),
        ] {
            let refused = instance.publish(&with(term), &[]).await.unwrap_err();
            assert_eq!(changed(&refused), [("calls".to_owned(), part)], "{refused}");
            assert_eq!(status(instance, "calls").await?, Status::Approved);
        }
        // Names and places mean nothing else, nor does what drives it.
        instance.publish(&with(graded("places: 0\naliases: {en: [Ring]}\n")), &[]).await?;
        assert_eq!(status(instance, "calls").await?, Status::Approved);
        // With another version it is proposed, graded from the beginning; once approved its grades stay.
        let second = |scale: &str| &*format!("{SUM}version: 2\n{scale}").leak();
        instance.publish(&with(second(scale)), &[]).await?;
        assert_eq!(status(instance, "calls").await?, Status::Proposed);
        instance.publish(&with(second(&scale.replace("from: 90", "from: 95"))), &[]).await?;
        judge(instance, "rev", 2, TermDeed::Review, "").await.unwrap();
        judge(instance, "app", 2, TermDeed::Approve, "").await.unwrap();
        let refused = instance.publish(&with(second(scale)), &[]).await.unwrap_err();
        assert_eq!(changed(&refused), [("calls".to_owned(), vec!["scale"])]);
        assert!(refused.to_string().contains("calls (scale)"), "{refused}");
        Ok(())
    }

    async fn a_field_that_a_term_is_measured_from_is_computed_as_it_was(instance) {
        accounts(instance).await?;
        let with_answered = |formula: &str| {
            let mut files = with(&*SUM.replace("sum(calls)", "sum(answered)").replace("status: approved", "status: approved\nversion: 3").leak());
            for (path, text) in &mut files {
                if *path == "entities/call.yaml" {
                    let field = format!("  answered: {{type: integer, formula: {formula}, label: {{zh-CN: 接通, en: Answered}}}}\n");
                    *text = format!("{text}{field}").leak();
                }
            }
            files
        };
        instance.publish(&with_answered("calls - lost"), &[]).await?;
        judge(instance, "rev", 3, TermDeed::Review, "").await.unwrap();
        let refused = instance.publish(&with_answered("calls"), &[]).await.unwrap_err();
        assert_eq!(changed(&refused), [("calls".to_owned(), vec!["fields"])]);
        instance.publish(&with_answered("calls  - lost"), &[]).await?;
        Ok(())
    }

    async fn a_new_version_is_proposed_reviewed_by_one_and_approved_by_another(instance) {
        accounts(instance).await?;
        assert_eq!(status(instance, "calls").await?, Status::Approved, "as its document says");
        // What is approved is not measured otherwise under the same version.
        let refused = instance.publish(&with(SAME), &[]).await.unwrap_err();
        assert_eq!(changed(&refused), [("calls".to_owned(), vec!["measure"])]);
        instance.publish(&with(VERSION_2), &[]).await?;
        assert_eq!(status(instance, "calls").await?, Status::Proposed, "whatever its document says");
        assert_eq!(status(instance, "twice").await?, Status::Proposed, "as its document says");

        for (login, deed) in [("rea", TermDeed::Comment), ("con", TermDeed::Review), ("rev", TermDeed::Approve)] {
            assert!(matches!(judge(instance, login, 2, deed, "x").await, Err(TermRefusal::Denied)), "{login}");
        }
        assert!(matches!(judge(instance, "none", 2, TermDeed::Comment, "x").await, Err(TermRefusal::NoTerm)));
        assert!(matches!(judge(instance, "con", 2, TermDeed::Comment, " ").await, Err(TermRefusal::NoWords)));
        assert_eq!(judge(instance, "con", 2, TermDeed::Comment, "未接也算吗？").await?, Status::Proposed);
        assert!(matches!(judge(instance, "app", 2, TermDeed::Approve, "").await, Err(TermRefusal::Standing(Status::Proposed))));
        assert!(matches!(judge(instance, "rev", 1, TermDeed::Review, "").await, Err(TermRefusal::Version(2))));
        // Whoever reviewed a version does not approve it.
        assert_eq!(judge(instance, "app", 2, TermDeed::Review, "").await?, Status::Reviewed);
        assert!(matches!(judge(instance, "app", 2, TermDeed::Approve, "").await, Err(TermRefusal::Own)));
        assert_eq!(judge(instance, "rev", 2, TermDeed::Return, "先说明口径").await?, Status::Proposed);
        assert_eq!(judge(instance, "rev", 2, TermDeed::Review, "").await?, Status::Reviewed);
        assert_eq!(judge(instance, "app", 2, TermDeed::Approve, "同意").await?, Status::Approved);
        assert_eq!(status(instance, "calls").await?, Status::Approved);

        let reader = now(instance, "rea").await?;
        let term = reader.edition.app.term_named("calls").unwrap().id;
        let life = instance.engine.query(&reader, TermLife { term }).await?.unwrap();
        let told: Vec<String> = life.acts.iter().map(|act| format!("{} {} {} {}", act.by_name, act.version, act.status.as_deref().unwrap_or("-"), act.said)).collect();
        assert_eq!(told, ["APP 2 approved 同意", "REV 2 reviewed ", "REV 2 proposed 先说明口径", "APP 2 reviewed ", "CON 2 - 未接也算吗？", " 2 proposed "]);
        assert!(life.may.is_empty());
        let approver = now(instance, "app").await?;
        let life = instance.engine.query(&approver, TermLife { term }).await?.unwrap();
        assert_eq!(life.may, [TermDeed::Comment, TermDeed::Deprecate]);
        // All of it is on the ledger, refusals too.
        let wanted = store::Wanted { action: Some("term".into()), limit: 50, ..Default::default() };
        let acts = instance.engine.store().entries(&wanted).await?;
        let told: Vec<String> = acts.into_iter().map(|act| format!("{} {}", act.entry.action, act.entry.outcome)).collect();
        assert_eq!(
            told,
            [
                "term.approve done", "term.review done", "term.return done", "term.approve refused", "term.review done",
                "term.comment done", "term.approve refused", "term.review refused", "term.comment refused"
            ]
        );
        // The other term is answered for by somebody else.
        assert!(matches!(instance.engine.judge(&approver, "twice", 1, TermDeed::Review, "").await, Err(TermRefusal::Denied)));
        Ok(())
    }

    async fn a_deprecated_term_is_meant_by_nobody_and_can_be_proposed_again(instance) {
        accounts(instance).await?;
        let named = || Meaning { name: "来电量".into() };
        let reader = now(instance, "rea").await?;
        assert!(instance.engine.query(&reader, named()).await?.is_some());
        assert!(matches!(judge(instance, "app", 1, TermDeed::Deprecate, "").await, Err(TermRefusal::NoWords)));
        assert_eq!(judge(instance, "app", 1, TermDeed::Deprecate, "改用接通量").await?, Status::Deprecated);
        assert!(instance.engine.query(&reader, named()).await?.is_none());
        assert_eq!(judge(instance, "app", 1, TermDeed::Propose, "").await?, Status::Proposed);
        assert!(instance.engine.query(&reader, named()).await?.is_some());
        // What is only proposed may still be measured otherwise.
        instance.publish(&with(SAME), &[]).await?;
        assert_eq!(status(instance, "calls").await?, Status::Proposed);
        Ok(())
    }

    async fn of_two_at_once_one_is_refused(instance) {
        accounts(instance).await?;
        instance.publish(&with(VERSION_2), &[]).await?;
        let (one, two) = tokio::join!(
            judge(instance, "rev", 2, TermDeed::Review, "one"),
            judge(instance, "app", 2, TermDeed::Review, "two")
        );
        let refused = [&one, &two].into_iter().filter(|done| done.is_err()).count();
        assert_eq!(refused, 1, "{one:?} {two:?}");
        assert_eq!(status(instance, "calls").await?, Status::Reviewed);
        Ok(())
    }

    async fn a_version_counts_from_the_day_it_is_approved(instance) {
        accounts(instance).await?;
        let writer = now(instance, "wri").await?;
        create(instance, &writer, "call", json!({"day": "2025-10-05", "calls": 10, "lost": 1})).await?;
        create(instance, &writer, "call", json!({"day": "2025-11-05", "calls": 20, "lost": 2})).await?;
        let shown = async |term: &str| {
            let system = instance.engine.system();
            let terms = vec![system.edition.app.term_named(term).unwrap().id];
            let (from, to) = (Period::parse("2025-10").unwrap(), Period::parse("2025-11").unwrap());
            let ask = Series { terms, from, to, subject: None, group: None, filter: None };
            let cells = instance.engine.query(&system, ask).await?.unwrap().remove(0).cells;
            anyhow::Ok(cells.iter().map(|cell| (cell.value, cell.version)).collect::<Vec<_>>())
        };
        let n = |number: i64| Some(Decimal::from(number));
        instance.publish(&with(VERSION_2), &[]).await?;
        while instance.engine.turn("one").await? > 0 {}
        assert_eq!(shown("calls").await?, [(n(10), 1), (n(20), 1)], "what is proposed measures nothing");
        judge(instance, "rev", 2, TermDeed::Review, "").await?;
        judge(instance, "app", 2, TermDeed::Approve, "").await?;
        while instance.engine.turn("one").await? > 0 {}
        assert_eq!(shown("calls").await?, [(n(10), 1), (n(2), 2)], "October was over before it was approved");
        assert_eq!(shown("twice").await?, [(n(20), 1), (n(4), 1)], "a term that is made from it goes with it");
        let kept = instance.engine.store().snapshots().version("calls", Grain::Month.word(), "2025-11").await?;
        assert_eq!(kept, Some(2), "what is kept is worked out anew");
        Ok(())
    }

    async fn a_finished_period_stays_on_the_version_it_was_made_with(instance) {
        accounts(instance).await?;
        let writer = now(instance, "wri").await?;
        create(instance, &writer, "call", json!({"day": "2025-10-05", "calls": 10, "lost": 1})).await?;
        while instance.engine.turn("one").await? > 0 {}
        instance.publish(&with(VERSION_2), &[]).await?;
        while instance.engine.turn("one").await? > 0 {}
        let kept = instance.engine.store().snapshots().version("calls", Grain::Month.word(), "2025-10").await?;
        assert_eq!(kept, Some(1), "October was over before the second version");
        Ok(())
    }
}
