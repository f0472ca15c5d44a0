//! Whom a step leaves out is not asked, and neither is the step handed on to them: by whoever is asked, by whoever manages
//! the workflow, or because nobody answered in time.

use engine::{CaseAct, CaseCommand, CaseFault, Command, CommandError};
use jiff::SignedDuration;
use serde_json::json;
use workflow::{Place, Refusal};

use super::{
    support::create,
    workflows::{FILES, act, cast, now, settle, shown, start},
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
        let over = |to| Command::Case(CaseCommand::HandOver { from: cast.dan.user, to });
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
}
