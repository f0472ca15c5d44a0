//! Why somebody may start, manage and answer cases, or may not: told by the checks that refuse the acts.

use engine::{
    Actor, CaseAct, CaseDeed, CaseFault, CommandError, ExplainWorkflow, ExplainedWorkflow, Hindrance,
    query::case::CasesAbout,
};
use model::RecordId;
use suite::Instance;
use workflow::{Deed, Operation, Refusal};

use super::workflows::{self, act, cast, decide, leave, start};
use crate::both;

const MANY: usize = workflows::FILES.len();
const FILES: [(&str, &str); MANY + 1] = {
    let guard = "label: {zh-CN: 安全管理员, en: Guard}\nadministers: security\n";
    let mut files = [("roles/watch.yaml", guard); MANY + 1];
    let mut at = 0;
    while at < MANY {
        files[at] = workflows::FILES[at];
        at += 1;
    }
    files
};

/// What is told to one about another.
async fn asked(
    instance: &Instance,
    asker: &Actor,
    about: &Actor,
    (workflow, id): (&str, RecordId),
) -> anyhow::Result<Option<ExplainedWorkflow>> {
    let about = instance.engine.store().accounts().by_id(about.principal()).await?.unwrap();
    let ask = ExplainWorkflow { about, entity: instance.entity("leave")?, id, workflow: workflow.to_owned() };
    Ok(instance.engine.query(asker, ask).await?)
}

/// What is told to one about themself.
async fn own(instance: &Instance, actor: &Actor, of: (&str, RecordId)) -> anyhow::Result<ExplainedWorkflow> {
    Ok(asked(instance, actor, actor, of).await?.unwrap_or_else(|| panic!("{} is told nothing", actor.login)))
}

fn deed(told: &ExplainedWorkflow, deed: Deed) -> CaseDeed {
    let case = told.case.as_ref().unwrap_or_else(|| panic!("no case: {told:?}"));
    case.deeds.iter().find(|one| one.deed == deed).unwrap_or_else(|| panic!("no {deed:?}: {case:?}")).clone()
}

fn fault(fault: CaseFault) -> Option<Hindrance> {
    Some(Hindrance::Fault(fault))
}

/// What the step refuses something with; `None` where it takes it.
fn refusal(told: &ExplainedWorkflow, wanted: Deed) -> Option<Refusal> {
    match deed(told, wanted).hindrance {
        None => None,
        Some(Hindrance::Fault(CaseFault::Refused(refusal, _))) => Some(refusal),
        other => panic!("{wanted:?}: {other:?}"),
    }
}

both! { FILES;
    async fn who_may_start_and_manage_cases_is_told_with_the_role_or_the_reason(instance) {
        let cast = cast(instance).await?;
        let watch = instance.actor("watch", &["watch"], None).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let told = own(instance, &cast.ann, ("leave", record)).await?;
        assert_eq!((told.start, told.manage, told.case), (None, fault(CaseFault::NotAllowed), None));
        let roles: Vec<_> = told.reasons.iter().map(|one| (one.role.as_str(), one.start, one.manage)).collect();
        assert_eq!(roles, [("member", true, false)]);
        // What no role gives, and what the workflow's condition refuses: as the act itself is refused.
        let told = own(instance, &cast.ann, ("timed", record)).await?;
        assert_eq!((told.start, told.reasons.len()), (fault(CaseFault::NotAllowed), 0));
        let told = own(instance, &cast.cat, ("leave", record)).await?;
        assert_eq!((told.start, told.manage), (fault(CaseFault::Unfit), None));
        assert!(told.reasons.iter().any(|one| one.role == "hr" && one.start && one.manage), "{:?}", told.reasons);
        for (actor, workflow, why) in
            [(&cast.ann, "timed", CaseFault::NotAllowed), (&cast.cat, "leave", CaseFault::Unfit)]
        {
            let refused = start(instance, actor, workflow, record).await;
            assert!(matches!(&refused, Err(CommandError::Case(fault)) if *fault == why), "{refused:?}");
        }
        // Whoever does not see the record is told nothing of it, and nothing of others; the security administrator is.
        assert_eq!(asked(instance, &cast.bob, &cast.bob, ("leave", record)).await?, None);
        assert_eq!(asked(instance, &cast.ann, &cast.bob, ("leave", record)).await?, None);
        let told = asked(instance, &watch, &cast.bob, ("leave", record)).await?.unwrap();
        assert_eq!(told.start, Some(Hindrance::Unseen));
        assert!(matches!(start(instance, &cast.bob, "leave", record).await, Err(CommandError::NotFound { .. })));
        // No such workflow, one of another entity, no such record.
        for of in [("gone", record), ("part", record), ("leave", cast.person)] {
            assert_eq!(asked(instance, &watch, &cast.ann, of).await?, None, "{of:?}");
        }
        // Nothing came of all the asking; who has started one starts no second.
        let entity = instance.entity("leave")?;
        assert!(instance.engine.query(&cast.ann, CasesAbout { entity, id: record }).await?.is_empty());
        start(instance, &cast.ann, "leave", record).await?;
        assert_eq!(own(instance, &cast.ann, ("leave", record)).await?.start, fault(CaseFault::Running));
        Ok(())
    }

    async fn what_is_theirs_in_a_running_case_is_told_step_by_step(instance) {
        let cast = cast(instance).await?;
        let watch = instance.actor("watch", &["watch"], None).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let of = ("leave", record);
        let case = start(instance, &cast.ann, "leave", record).await?;
        let told = own(instance, &cast.ann, of).await?;
        let answer = deed(&told, Deed::Answer);
        assert_eq!((answer.step.as_str(), answer.task.is_some(), answer.hindrance), ("fill", true, None));
        assert_eq!(refusal(&told, Deed::Withdraw), None);
        // A form is filled in by whoever is asked, and there is nothing to send it back to.
        assert_eq!(refusal(&told, Deed::Besides(Operation::AddSigner)), Some(Refusal::NotAllowed));
        assert_eq!(refusal(&told, Deed::Besides(Operation::Return)), Some(Refusal::NeverThere));
        // Whoever manages the workflow sees the case, and does not answer it; whom it does not concern is told of none, and so is
        // who asks about them.
        let of_cat = own(instance, &cast.cat, of).await?;
        assert_eq!((refusal(&of_cat, Deed::Answer), deed(&of_cat, Deed::Answer).task), (Some(Refusal::NotYours), None));
        assert_eq!(refusal(&of_cat, Deed::Withdraw), Some(Refusal::NotYours));
        assert_eq!(asked(instance, &watch, &cast.bob, of).await?.unwrap().case, None);
        assert_eq!(asked(instance, &watch, &watch, of).await?.unwrap().case, None);

        decide(instance, &cast.ann, case, true).await?;
        // Bob is asked, and is told so though he does not see the record.
        let told = own(instance, &cast.bob, of).await?;
        assert_eq!((told.start.clone(), refusal(&told, Deed::Answer)), (Some(Hindrance::Unseen), None));
        assert_eq!(deed(&told, Deed::Answer).step, "manager");
        for operation in [Operation::Return, Operation::Transfer, Operation::Delegate, Operation::AddSigner] {
            assert_eq!(refusal(&told, Deed::Besides(operation)), None, "{operation:?}");
        }
        assert_eq!(asked(instance, &watch, &cast.bob, of).await?, Some(told), "of another as of oneself");
        let of_ann = own(instance, &cast.ann, of).await?;
        assert_eq!(refusal(&of_ann, Deed::Answer), Some(Refusal::NotYours));
        assert_eq!(refusal(&of_ann, Deed::Urge), None);
        assert_eq!(refusal(&of_ann, Deed::Besides(Operation::TakeBack)), None);
        // The step leaves Ann out, and so she does not answer it in Bob's place; whoever only looks does nothing.
        let standing = Actor { user: cast.ann.user, on_behalf: Some(cast.bob.user), ..cast.bob.clone() };
        assert_eq!(refusal(&own(instance, &standing, of).await?, Deed::Answer), Some(Refusal::StandsBack));
        let looking = Actor { looks: true, ..cast.bob.clone() };
        let told = own(instance, &looking, of).await?;
        assert_eq!((&told.start, &told.manage), (&Some(Hindrance::Looks), &Some(Hindrance::Looks)));
        assert_eq!(deed(&told, Deed::Answer).hindrance, Some(Hindrance::Looks));

        act(instance, &cast.cat, case, CaseAct::Rest { text: "later".to_owned() }).await?;
        let told = own(instance, &cast.bob, of).await?;
        assert_eq!(refusal(&told, Deed::Answer), Some(Refusal::Resting));
        assert_eq!(told.case.map(|case| case.state), Some("resting".to_owned()));
        act(instance, &cast.cat, case, CaseAct::Resume).await?;
        decide(instance, &cast.bob, case, true).await?;
        // It has ended: there is none, and Ann may start another.
        let told = own(instance, &cast.ann, of).await?;
        assert_eq!((told.start, told.case), (None, None));
        Ok(())
    }
}
