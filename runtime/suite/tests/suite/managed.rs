//! Whoever manages the cases about some records only: they are shown, told the numbers of, and overrule those alone, and start cases
//! about those alone.

use engine::{
    AccountChange, Actor, CaseAct, CaseCommand, CaseFault, Command, CommandError, ExplainWorkflow, Hindrance,
    query::case::{CaseView, CasesAbout, GoneWorkflows, Leavers, Replay, Running, Statistics},
};
use model::{RecordId, Timestamp};
use serde_json::json;
use suite::Instance;

use super::{
    support::try_update,
    workflows::{FILES, act, cast, decide, leave, now, shown, start},
};
use crate::both;

const AIDE: &str = "label: {zh-CN: 助理, en: Aide}\ngrants:\n  - {entity: leave, actions: [read]}\nworkflows:\n  - {workflow: leave, actions: [manage], where: days > 2}\n  - {workflow: timed, actions: [start, manage], where: days > 2}\n";

fn files() -> Vec<(&'static str, &'static str)> {
    let mut files = FILES.to_vec();
    files.push(("roles/aide.yaml", AIDE));
    files
}

/// The running cases of a workflow that somebody manages, the newest first, and how many go by earlier steps.
async fn running(instance: &Instance, actor: &Actor) -> anyhow::Result<(Vec<RecordId>, i64)> {
    let ask = Running { workflow: "leave".to_owned(), before: None, limit: 10, earlier: false, counts: true };
    let found = instance.engine.query(&now(instance, actor).await?, ask).await?.unwrap();
    Ok((found.cases.iter().map(|case| case.row.id).collect(), found.earlier.unwrap()))
}

/// How many wait at the step of the manager, and how many cases ended in each way.
async fn figures(instance: &Instance, actor: &Actor) -> anyhow::Result<(usize, Vec<(String, usize)>)> {
    let ask = Statistics { workflow: "leave".to_owned(), from: Timestamp::UNIX_EPOCH, to: Timestamp::MAX };
    let found = instance.engine.query(&now(instance, actor).await?, ask).await?.unwrap();
    let waiting = found.steps.iter().filter(|step| step.step == "manager").map(|step| step.waiting).sum();
    Ok((waiting, found.outcomes.into_iter().map(|one| (one.outcome, one.took.count)).collect()))
}

/// What a step took of how many answers.
async fn answered(instance: &Instance, actor: &Actor, step: &str) -> anyhow::Result<usize> {
    let ask = Statistics { workflow: "leave".to_owned(), from: Timestamp::UNIX_EPOCH, to: Timestamp::MAX };
    let found = instance.engine.query(&now(instance, actor).await?, ask).await?.unwrap();
    let step = found.steps.into_iter().find(|one| one.step == step);
    Ok(step.and_then(|step| step.took).map_or(0, |took| took.count))
}

fn fault<T: std::fmt::Debug>(done: Result<T, CommandError>) -> CaseFault {
    match done.unwrap_err() {
        CommandError::Case(fault) => fault,
        other => panic!("{other:?}"),
    }
}

fn end() -> CaseAct {
    CaseAct::Terminate { text: "enough".to_owned() }
}

both! { files();
    async fn whoever_manages_some_cases_sees_counts_and_overrules_those_alone(instance) {
        let cast = cast(instance).await?;
        let eve = instance.actor("eve", &["aide"], None).await?;
        let mut begun = Vec::new();
        for days in [2, 5] {
            let record = leave(instance, &cast, Some(days)).await?;
            let case = start(instance, &cast.ann, "leave", record).await?;
            decide(instance, &cast.ann, case, true).await?;
            begun.push((record, case));
        }
        let (short, other) = begun[0];
        let (long, own) = begun[1];
        // The list, the numbers, a case and what stands beside its record.
        assert_eq!(running(instance, &eve).await?, (vec![own], 0));
        assert_eq!(running(instance, &cast.cat).await?, (vec![own, other], 0));
        assert_eq!((figures(instance, &eve).await?.0, figures(instance, &cast.cat).await?.0), (1, 2));
        assert_eq!((answered(instance, &eve, "fill").await?, answered(instance, &cast.cat, "fill").await?), (1, 2));
        assert!(shown(instance, &eve, own).await?.manages);
        assert!(instance.engine.query(&eve, CaseView { case: other }).await?.is_none());
        let entity = instance.entity("leave")?;
        let beside = async |id| instance.engine.query(&eve, CasesAbout { entity, id }).await.map(|found| found.len());
        assert_eq!((beside(long).await?, beside(short).await?), (1, 0));
        // What is not theirs to manage cannot be told from what is not there.
        let rest = || CaseAct::Rest { text: "later".to_owned() };
        let jump = || CaseAct::Jump { to: "fill".to_owned(), text: "again".to_owned() };
        for refused in [rest(), jump(), end(), CaseAct::Migrate { edition: None }] {
            assert_eq!(fault(act(instance, &eve, other, refused).await), CaseFault::Unknown);
        }
        act(instance, &eve, own, rest()).await?;
        act(instance, &eve, own, CaseAct::Resume).await?;
        // Cases are started about those records alone.
        assert_eq!(fault(start(instance, &eve, "timed", short).await), CaseFault::NotAllowed);
        let timed = start(instance, &eve, "timed", long).await?;
        act(instance, &eve, timed, end()).await?;
        // Whoever left is listed with what waits in those, and handed over are those.
        let change = AccountChange { active: Some(false), ..AccountChange::default() };
        instance.engine.change_account(None, cast.bob.user, change).await.unwrap();
        let left = async |actor: &Actor| -> anyhow::Result<Vec<i64>> {
            let found = instance.engine.query(&now(instance, actor).await?, Leavers).await?.unwrap();
            Ok(found.iter().map(|leaver| leaver.tasks).collect())
        };
        assert_eq!((left(&eve).await?, left(&cast.cat).await?), (vec![1], vec![2]));
        let over = Command::Case(CaseCommand::HandOver { from: cast.bob.user, to: cast.dan.user, workflow: None });
        assert_eq!(instance.engine.execute(&eve, over.clone()).await?.cases, [own]);
        assert_eq!((left(&eve).await?, left(&cast.cat).await?), (vec![], vec![1]));
        assert_eq!(fault(instance.engine.execute(&eve, over).await), CaseFault::Unknown);
        // It goes by the record as it is now.
        try_update(instance, &cast.cat, "leave", short, None, json!({"days": 9})).await?;
        try_update(instance, &cast.cat, "leave", long, None, json!({"days": null})).await?;
        assert_eq!(running(instance, &eve).await?.0, [other]);
        assert!(instance.engine.query(&eve, CaseView { case: own }).await?.is_none(), "not known is no");
        act(instance, &eve, other, end()).await?;
        act(instance, &cast.cat, own, end()).await?;
        assert_eq!(figures(instance, &eve).await?, (0, vec![("terminated".to_owned(), 1)]));
        assert_eq!(figures(instance, &cast.cat).await?, (0, vec![("terminated".to_owned(), 2)]));
        let again = || CaseAct::Revive { to: "fill".to_owned(), text: "after all".to_owned() };
        assert_eq!(fault(act(instance, &eve, own, again()).await), CaseFault::Unknown);
        let past = async |actor: &Actor| -> anyhow::Result<usize> {
            let ask = Replay { draft: None, workflow: "leave".to_owned(), limit: 10 };
            Ok(instance.engine.query(&now(instance, actor).await?, ask).await?.unwrap().cases)
        };
        assert_eq!((past(&eve).await?, past(&cast.cat).await?), (1, 2));
        act(instance, &eve, other, again()).await?;
        Ok(())
    }

    async fn a_case_whose_record_is_in_the_bin_is_for_those_who_manage_all(instance) {
        let cast = cast(instance).await?;
        let eve = instance.actor("eve", &["aide"], None).await?;
        let record = leave(instance, &cast, Some(5)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        act(instance, &eve, case, end()).await?;
        let entity = instance.entity("leave")?;
        instance.engine.execute(&instance.engine.system(), Command::Delete { entity, id: record, expected: None }).await?;
        assert!(instance.engine.query(&eve, CaseView { case }).await?.is_none());
        assert!(shown(instance, &cast.cat, case).await?.manages);
        assert_eq!((figures(instance, &eve).await?.1.len(), figures(instance, &cast.cat).await?.1.len()), (0, 1));
        Ok(())
    }

    async fn the_condition_and_whether_it_holds_are_told(instance) {
        let cast = cast(instance).await?;
        let eve = instance.actor("eve", &["aide"], None).await?;
        let (short, long) = (leave(instance, &cast, Some(2)).await?, leave(instance, &cast, Some(5)).await?);
        let told = async |id, workflow: &str| -> anyhow::Result<_> {
            let about = instance.engine.store().accounts().by_id(eve.user).await?.unwrap();
            let ask = ExplainWorkflow { about, entity: instance.entity("leave")?, id, workflow: workflow.to_owned() };
            Ok(instance.engine.query(&eve, ask).await?.unwrap())
        };
        let refused = Some(Hindrance::Fault(CaseFault::NotAllowed));
        for (id, holds, hindrance) in [(short, Some(false), refused), (long, Some(true), None)] {
            let told = told(id, "timed").await?;
            assert_eq!((told.start, told.manage), (hindrance.clone(), hindrance));
            let reasons: Vec<_> = told.reasons.iter().map(|one| (one.condition.as_str(), one.holds)).collect();
            assert_eq!(reasons, [("days > 2", holds)]);
        }
        let told = told(long, "leave").await?;
        assert_eq!((told.start, told.manage), (Some(Hindrance::Fault(CaseFault::Unfit)), None));
        let mut every: Vec<_> = told.reasons.iter().map(|one| (one.role.as_str(), one.condition.as_str(), one.holds)).collect();
        every.sort_unstable();
        assert_eq!(every, [("aide", "days > 2", Some(true)), ("member", "", Some(true))]);
        Ok(())
    }

    async fn a_workflow_that_goes_leaves_its_cases_to_who_managed_those(instance) {
        let cast = cast(instance).await?;
        let eve = instance.actor("eve", &["aide"], None).await?;
        let mut begun = Vec::new();
        for days in [2, 5] {
            let record = leave(instance, &cast, Some(days)).await?;
            begun.push(start(instance, &cast.ann, "leave", record).await?);
        }
        let files = files();
        let without = |path: &str, text: &str| match path {
            "roles/member.yaml" => text.replace("workflows:\n  - {workflow: leave, actions: [start]}\n", ""),
            _ => {
                let text = text.replace("  - {workflow: leave, actions: [manage], where: days > 2}\n", "");
                text.replace("  - {workflow: leave, actions: [start, manage]}\n", "")
            }
        };
        let kept: Vec<(&str, String)> = files
            .iter()
            .filter(|(path, _)| *path != "workflows/leave.yaml")
            .map(|(path, text)| (*path, if path.starts_with("roles/") { without(path, text) } else { (*text).to_owned() }))
            .collect();
        let kept: Vec<(&str, &str)> = kept.iter().map(|(path, text)| (*path, text.as_str())).collect();
        instance.publish(&kept, &[]).await?;
        let (eve, cat) = (now(instance, &eve).await?, now(instance, &cast.cat).await?);
        let gone = async |actor: &Actor| -> anyhow::Result<Vec<i64>> {
            Ok(instance.engine.query(actor, GoneWorkflows).await?.iter().map(|gone| gone.running).collect())
        };
        assert_eq!((gone(&eve).await?, gone(&cat).await?), (vec![1], vec![2]));
        assert_eq!(running(instance, &eve).await?.0, [begun[1]]);
        assert_eq!(fault(act(instance, &eve, begun[0], end()).await), CaseFault::Unknown);
        act(instance, &eve, begun[1], end()).await?;
        assert_eq!(gone(&eve).await?, Vec::<i64>::new());
        Ok(())
    }
}
