//! Whom a step leaves out is not asked, and neither is the step handed on to them: by whoever is asked, by whoever manages
//! the workflow, or because nobody answered in time.

use engine::{Actor, CaseAct, CaseCommand, CaseFault, Command, CommandError, stand_in::Absence};
use jiff::SignedDuration;
use model::Locale;
use serde_json::json;
use suite::Instance;
use workflow::{Place, Refusal};

use super::{
    support::create,
    workflows::{FILES, act, cast, decide, now, settle, shown, start},
};
use crate::both;

const APART: &str = r"label: {zh-CN: 回避审批, en: Apart}
entity: leave
guard: hr
steps:
  check:
    label: {zh-CN: 审核, en: Check}
    approval:
      who: [{role: hr, except: person}]
      way: any
      allow: [transfer, delegate, add_signer]
      timers:
        - {hours: 5, hand_to: [{role: hr}]}
";

fn files() -> Vec<(&'static str, &'static str)> {
    let mut files = FILES.to_vec();
    files.extend([
        ("workflows/apart.yaml", APART),
        (
            "roles/apart.yaml",
            "label: {zh-CN: 回避, en: Apart}\ngrants:\n  - {entity: leave, actions: [create, read]}\nworkflows:\n  - {workflow: apart, actions: [start, manage]}\n",
        ),
    ]);
    files
}

/// Somebody acting in another's place from now on.
async fn in_place_of(instance: &Instance, giver: &Actor, taker: &Actor) -> anyhow::Result<Actor> {
    let taker = instance.engine.store().accounts().by_id(taker.user).await?.unwrap();
    let absence = Absence {
        taker: taker.clone(),
        since: giver.now,
        until: giver.now + SignedDuration::from_hours(100),
        writes: true,
        entities: Vec::new(),
        reason: "away".to_owned(),
    };
    let one = instance.engine.give(giver, absence).await?.map_err(|wrong| anyhow::anyhow!("{wrong:?}"))?;
    Ok(instance.engine.standing_in(&taker, one.id, Locale::En).await?.unwrap().0)
}

both! { files();
    async fn nothing_is_handed_to_whom_a_step_leaves_out(instance) {
        let cast = cast(instance).await?;
        let eve = instance.actor("eve", &["apart"], None).await?;
        // It is about Cat, who is one of HR: Dan is asked.
        let leave = create(instance, &eve, "leave", json!({"title": "sea", "person": cast.cat.person})).await?;
        let case = start(instance, &eve, "apart", leave).await?;
        assert!(shown(instance, &eve, case).await?.case.tasks.iter().all(|task| task.who == cast.dan.user));
        let task = shown(instance, &cast.dan, case).await?.mine.unwrap().task;
        let (cat, text) = (cast.cat.user, || "you".to_owned());
        let handed = [
            CaseAct::Transfer { task, to: cat, text: text() },
            CaseAct::Delegate { task, to: cat, text: text() },
            CaseAct::AddSigner { task, who: vec![cast.bob.user, cat], place: Place::Beside, text: text() },
        ];
        let left_out = |error: &CommandError| matches!(error, CommandError::Case(CaseFault::Refused(Refusal::LeftOut, _)));
        for handed in handed {
            let refused = act(instance, &cast.dan, case, handed.clone()).await.unwrap_err();
            assert!(left_out(&refused), "{handed:?}: {refused:?}");
        }
        let over = |to| Command::Case(CaseCommand::HandOver { from: cast.dan.user, to, workflow: None });
        let refused = instance.engine.execute(&eve, over(cat)).await.unwrap_err();
        assert!(left_out(&refused), "{refused:?}");
        // Bob does not answer in time. Cat stands first among those who are asked then, and Dan is.
        instance.engine.execute(&eve, over(cast.bob.user)).await?;
        let asked = async || -> anyhow::Result<Vec<model::UserId>> {
            let shown = shown(instance, &now(instance, &eve).await?, case).await?;
            Ok(shown.case.tasks.iter().filter(|task| !task.state.is_over()).map(|task| task.who).collect())
        };
        assert_eq!(asked().await?, [cast.bob.user]);
        instance.clock.pass(SignedDuration::from_hours(6));
        settle(instance).await?;
        assert_eq!(asked().await?, [cast.dan.user]);
        Ok(())
    }

    async fn whom_a_step_leaves_out_does_not_answer_it_for_somebody_else(instance) {
        let cast = cast(instance).await?;
        let eve = instance.actor("eve", &["apart"], None).await?;
        // It is about Cat: Dan is asked, and Cat stands in for Dan, as Bob does.
        let leave = create(instance, &eve, "leave", json!({"title": "sea", "person": cast.cat.person})).await?;
        let case = start(instance, &eve, "apart", leave).await?;
        let cat = in_place_of(instance, &cast.dan, &cast.cat).await?;
        let bob = in_place_of(instance, &cast.dan, &cast.bob).await?;
        let task = shown(instance, &cat, case).await?.mine.unwrap().task;
        let text = || "so".to_owned();
        let tried = [
            CaseAct::Decide { task, yes: true, text: text(), signature: None },
            CaseAct::Keep { task, draft: json!({"text": "so"}) },
            CaseAct::Transfer { task, to: cast.bob.user, text: text() },
            CaseAct::Claim { task, takes: true },
        ];
        for tried in tried {
            let refused = act(instance, &cat, case, tried.clone()).await.unwrap_err();
            let back = matches!(refused, CommandError::Case(CaseFault::Refused(Refusal::StandsBack, _)));
            assert!(back, "{tried:?}: {refused:?}");
        }
        // Words are no answer, and whoever is not left out answers.
        act(instance, &cat, case, CaseAct::Discuss { to: vec![cast.dan.user], text: text() }).await?;
        decide(instance, &bob, case, true).await?;
        assert_eq!(shown(instance, &eve, case).await?.row.state, "ended");
        // Nor does whoever started it, where a step leaves them out: Bob is asked about Ann's, and Ann stands in for Bob.
        let record = crate::suite::workflows::leave(instance, &cast, Some(1)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        decide(instance, &cast.ann, case, true).await?;
        let ann = in_place_of(instance, &cast.bob, &cast.ann).await?;
        let refused = decide(instance, &ann, case, true).await.unwrap_err();
        assert!(matches!(refused, CommandError::Case(CaseFault::Refused(Refusal::StandsBack, _))), "{refused:?}");
        Ok(())
    }
}
