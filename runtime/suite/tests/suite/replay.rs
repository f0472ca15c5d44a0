//! Past cases by other steps.

use std::sync::Arc;

use engine::{
    CaseAct,
    query::case::{AskedAt, Replay, ReplayedCases, Stuck},
};
use model::UserId;
use resolve::{Source, resolve};
use serde_json::json;
use suite::Instance;
use workflow::Refusal;

use super::{
    support::try_update,
    workflows::{Cast, FILES, WORKFLOW, act, cast, decide, leave, now, shown, start},
};
use crate::both;

/// What the past cases would have come to with one of the files written otherwise.
async fn with(instance: &Instance, cast: &Cast, path: &str, text: &str) -> anyhow::Result<ReplayedCases> {
    let mut files: Vec<(&str, &str)> = FILES.to_vec();
    files.iter_mut().find(|(known, _)| *known == path).unwrap().1 = text;
    let (app, faults) = resolve(&[Source::inline("demo", &files)]);
    let draft = Some(Arc::new(app.unwrap_or_else(|| panic!("{faults:?}"))));
    let cat = now(instance, &cast.cat).await?;
    let ask = Replay { draft, workflow: "leave".to_owned(), limit: 1_000 };
    let ann = now(instance, &cast.ann).await?;
    assert!(instance.engine.query(&ann, ask.clone()).await?.is_none(), "whoever may only start it is told nothing");
    Ok(instance.engine.query(&cat, ask).await?.unwrap())
}

async fn changed(instance: &Instance, cast: &Cast, from: &str, to: &str) -> anyhow::Result<ReplayedCases> {
    let text = WORKFLOW.replace(from, to);
    assert_ne!(text, WORKFLOW, "{from}");
    with(instance, cast, "workflows/leave.yaml", &text).await
}

fn at(step: &str, who: &[UserId]) -> AskedAt {
    let mut who = who.to_vec();
    who.sort_unstable();
    AskedAt { step: step.to_owned(), who }
}

both! { FILES;
    async fn past_cases_are_gone_through_by_other_steps(instance) {
        let cast = cast(instance).await?;
        // Five days: Bob, and one of HR. Two days: Bob, who says no at first. One that was withdrawn.
        let long = leave(instance, &cast, Some(5)).await?;
        let case = start(instance, &cast.ann, "leave", long).await?;
        decide(instance, &cast.ann, case, true).await?;
        decide(instance, &cast.bob, case, true).await?;
        decide(instance, &cast.dan, case, true).await?;
        let short = leave(instance, &cast, Some(2)).await?;
        let brief = start(instance, &cast.ann, "leave", short).await?;
        decide(instance, &cast.ann, brief, true).await?;
        decide(instance, &cast.bob, brief, false).await?;
        instance.clock.pass(jiff::SignedDuration::from_hours(1));
        let ann = now(instance, &cast.ann).await?;
        decide(instance, &ann, brief, true).await?;
        // He hands it on, as he may: it is still him whom the step asked.
        let task = shown(instance, &cast.bob, brief).await?.mine.unwrap().task;
        let on = CaseAct::Transfer { task, to: cast.dan.user, text: "yours".to_owned() };
        act(instance, &now(instance, &cast.bob).await?, brief, on).await?;
        decide(instance, &now(instance, &cast.dan).await?, brief, true).await?;
        let gone = leave(instance, &cast, Some(9)).await?;
        let gone = start(instance, &ann, "leave", gone).await?;
        act(instance, &ann, gone, CaseAct::Withdraw { text: "no".to_owned() }).await?;
        assert_eq!(shown(instance, &ann, gone).await?.row.state, "ended");

        // The same steps come to the same, whatever became of the records since.
        instance.clock.pass(jiff::SignedDuration::from_hours(1));
        let cat = now(instance, &cast.cat).await?;
        try_update(instance, &now(instance, &cast.ann).await?, "leave", long, None, json!({"days": 1})).await?;
        let same = with(instance, &cast, "workflows/leave.yaml", WORKFLOW).await?;
        assert_eq!((same.cases, same.differing.len(), same.unreadable), (3, 0, 0), "{same:#?}");

        // HR is asked for two days already.
        let earlier = changed(instance, &cast, "days > 3", "days > 1").await?;
        let [only] = earlier.differing.as_slice() else { panic!("{earlier:#?}") };
        assert_eq!((only.case, only.title.as_str(), only.stuck.clone()), (brief, "sea", None));
        assert_eq!((&only.now, &only.then), (&vec![at("hr", &[cat.user, cast.dan.user])], &Vec::new()));
        assert_eq!((only.assumed.as_slice(), only.outcome_now.as_deref()), (&["hr".to_owned()][..], Some("done")));

        // Nobody holds the role, and the steps refuse to go on without.
        let refusing = "who: ['IF(days > 99, person, null)'], way: any, nobody: refuse";
        let stuck = changed(instance, &cast, "who: [{role: hr}], way: any", refusing).await?;
        let [hangs] = stuck.differing.as_slice() else { panic!("{stuck:#?}") };
        assert_eq!((hangs.case, hangs.stuck.clone()), (case, Some(Stuck::Refused(Refusal::Nobody("hr".to_owned())))));
        assert_eq!(hangs.outcome_then.as_deref(), Some("done"));

        // The state is what it was when the case began, and the condition is about whoever started it.
        let free = changed(instance, &cast, "condition: person == actor.person", "condition: state == null && person == actor.person").await?;
        assert!(free.differing.is_empty(), "{free:#?}");
        let none = changed(instance, &cast, "condition: person == actor.person", "condition: days > 4").await?;
        assert_eq!(none.differing.iter().map(|one| (one.case, one.unfit)).collect::<Vec<_>>(), [(brief, true)]);

        // A field that is not there yet is said to be unknown.
        let (_, entity) = FILES.iter().find(|(path, _)| *path == "entities/leave.yaml").unwrap();
        let more = entity.replace("  secret:", "  cost: {type: integer, label: {zh-CN: 费用, en: Cost}}\n  secret:");
        let mut files: Vec<(&str, &str)> = FILES.to_vec();
        let text = WORKFLOW.replace("days > 3", "days > 3 || cost > 5");
        for (path, other) in [("entities/leave.yaml", more.as_str()), ("workflows/leave.yaml", text.as_str())] {
            files.iter_mut().find(|(known, _)| *known == path).unwrap().1 = other;
        }
        let (app, faults) = resolve(&[Source::inline("demo", &files)]);
        let draft = Some(Arc::new(app.unwrap_or_else(|| panic!("{faults:?}"))));
        let found = instance.engine.query(&cat, Replay { draft, workflow: "leave".to_owned(), limit: 1 }).await?.unwrap();
        assert_eq!((found.cases, found.unknown), (1, vec!["cost".to_owned()]));
        Ok(())
    }
}
