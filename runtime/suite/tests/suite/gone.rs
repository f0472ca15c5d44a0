//! Running cases of a workflow that is not in the app any more: who managed them still does, and nobody else comes to.

use engine::{
    Actor, CaseAct, CaseCommand, CaseFault, Command, CommandError,
    query::case::{CaseView, GoneWorkflows, Running, RunningCases},
};
use model::Locale;
use store::Wanted;
use suite::Instance;

use super::workflows::{FILES, act, cast, decide, leave, now, shown, start};
use crate::both;

const AIDE: &str = "label: {zh-CN: 助理, en: Aide}\ngrants:\n  - {entity: person, actions: [read]}\nworkflows:\n  - {workflow: leave, actions: [start, manage]}\n";
const BOSS: &str = "label: {zh-CN: 主任, en: Boss}\ngrants:\n  - {entity: person, actions: [read]}\nworkflows:\n  - {workflow: leave, actions: [manage]}\n";
const AUDITOR: &str = "label: {zh-CN: 审计员, en: Auditor}\nadministers: audit\n";

fn files() -> Vec<(&'static str, &'static str)> {
    let mut files = FILES.to_vec();
    files.extend([("roles/aide.yaml", AIDE), ("roles/boss.yaml", BOSS), ("roles/auditor.yaml", AUDITOR)]);
    files
}

/// The app with the given text of one file; without it where there is none.
fn with<'t>(files: &[(&'t str, &'t str)], path: &str, text: Option<&'t str>) -> Vec<(&'t str, &'t str)> {
    let others = files.iter().filter(|(known, _)| text.is_some() || *known != path);
    others.map(|(known, old)| (*known, text.filter(|_| *known == path).unwrap_or(*old))).collect()
}

async fn running(instance: &Instance, actor: &Actor) -> anyhow::Result<Option<RunningCases>> {
    let ask = Running { workflow: "leave".to_owned(), before: None, limit: 10, earlier: false, counts: false };
    Ok(instance.engine.query(actor, ask).await?)
}

/// The words of what was said in a case, as far as the ledger shows them to somebody.
async fn words(instance: &Instance, auditor: &Actor) -> anyhow::Result<Option<serde_json::Value>> {
    let all = instance.engine.look_up(auditor, &Wanted { limit: 100, ..Wanted::default() }).await?;
    let said = all.into_iter().find(|seen| seen.written.entry.action == "case.discuss").unwrap();
    Ok(said.what.and_then(|what| what.get("words").cloned()))
}

fn fault(error: CommandError) -> CaseFault {
    match error {
        CommandError::Case(fault) => fault,
        other => panic!("{other:?}"),
    }
}

both! { files();
    async fn who_managed_a_workflow_to_its_end_still_manages_its_running_cases(instance) {
        let cast = cast(instance).await?;
        let eve = instance.actor("eve", &["aide"], None).await?;
        let gus = instance.actor("gus", &["boss"], None).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        decide(instance, &cast.ann, case, true).await?;
        assert!(running(instance, &eve).await?.is_some_and(|found| !found.gone && found.cases.len() == 1));
        // Eve does not manage it any more; it is still there.
        let less = AIDE.replace("[start, manage]", "[start]");
        let files = files();
        let files = with(&files, "roles/aide.yaml", Some(&less));
        instance.publish(&files, &[]).await?;
        assert!(running(instance, &now(instance, &eve).await?).await?.is_none());
        // It goes, and with it every grant of it, and one of the roles.
        let (all, hr, nothing) = (
            file("roles/member.yaml").replace("workflows:\n  - {workflow: leave, actions: [start]}\n", ""),
            file("roles/hr.yaml").replace("  - {workflow: leave, actions: [start, manage]}\n", ""),
            less.split("workflows:").next().unwrap().to_owned(),
        );
        let files = with(&files, "roles/member.yaml", Some(&all));
        let files = with(&files, "roles/hr.yaml", Some(&hr));
        let files = with(&files, "roles/aide.yaml", Some(&nothing));
        let files = with(&files, "roles/boss.yaml", None);
        let files = with(&files, "workflows/leave.yaml", None);
        instance.publish(&files, &[]).await?;
        // A publish more, and another node, that has not seen it go.
        let note = FILES[0].1.replace("1.0.0", "1.0.1");
        let files = with(&files, "app.yaml", Some(&note));
        instance.publish(&files, &[]).await?;
        let another = instance.another().await?;
        let (cat, gus, eve) = (now(instance, &cast.cat).await?, now(instance, &gus).await?, now(instance, &eve).await?);
        for engine in [&instance.engine, &another] {
            for who in [cat.user, gus.user] {
                let account = engine.store().accounts().by_id(who).await?.unwrap();
                let ask = Running { workflow: "leave".to_owned(), before: None, limit: 10, earlier: false, counts: true };
                let found = engine.query(&engine.actor(&account, Locale::En), ask).await?.unwrap();
                assert_eq!((found.gone, found.label.get(Locale::En), found.earlier), (true, "Leave", Some(0)), "{}", account.login);
                assert_eq!((found.cases.len(), found.cases[0].steps[0].label.get(Locale::En)), (1, "Manager"));
            }
        }
        another.store().close().await;
        let gone = instance.engine.query(&cat, GoneWorkflows).await?;
        assert_eq!((gone.len(), gone[0].name.as_str(), gone[0].entity.as_str(), gone[0].running), (1, "leave", "leave", 1));
        // Eve had lost it while it was there, and Bob is only asked.
        let end = || CaseAct::Terminate { text: "the workflow is gone".to_owned() };
        assert!(running(instance, &eve).await?.is_none() && instance.engine.query(&eve, GoneWorkflows).await?.is_empty());
        assert!(instance.engine.query(&eve, CaseView { case }).await?.is_none());
        assert_eq!(fault(act(instance, &eve, case, end()).await.unwrap_err()), CaseFault::Unknown);
        let bob = now(instance, &cast.bob).await?;
        assert_eq!(fault(act(instance, &bob, case, end()).await.unwrap_err()), CaseFault::NotAllowed);
        let over = || Command::Case(CaseCommand::HandOver { from: bob.user, to: cast.dan.user, workflow: None });
        assert_eq!(fault(instance.engine.execute(&eve, over()).await.unwrap_err()), CaseFault::Unknown);
        // Whoever manages it looks at it, hands it over and ends it. It is not taken up again.
        assert!(shown(instance, &gus, case).await?.manages);
        assert_eq!(instance.engine.execute(&cat, over()).await?.cases, [case]);
        act(instance, &gus, case, end()).await?;
        let view = shown(instance, &cat, case).await?;
        assert_eq!((view.row.state.as_str(), view.row.outcome.as_deref()), ("ended", Some("terminated")));
        let again = CaseAct::Revive { to: "manager".to_owned(), text: "after all".to_owned() };
        assert_eq!(fault(act(instance, &cat, case, again).await.unwrap_err()), CaseFault::Gone);
        assert!(instance.engine.query(&cat, GoneWorkflows).await?.is_empty());
        Ok(())
    }
}

both! { files();
    async fn who_managed_a_workflow_to_its_end_sees_what_was_said_in_its_cases(instance) {
        let cast = cast(instance).await?;
        let gus = instance.actor("gus", &["boss", "auditor"], None).await?;
        let ida = instance.actor("ida", &["auditor"], None).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.ann, "leave", record).await?;
        let said = CaseAct::Discuss { to: vec![cast.bob.user], text: "SAID".to_owned() };
        act(instance, &cast.ann, case, said).await?;
        assert_eq!((words(instance, &gus).await?, words(instance, &ida).await?), (Some("SAID".into()), None));
        let (all, hr, aide) = (
            file("roles/member.yaml").replace("workflows:\n  - {workflow: leave, actions: [start]}\n", ""),
            file("roles/hr.yaml").replace("  - {workflow: leave, actions: [start, manage]}\n", ""),
            AIDE.split("workflows:").next().unwrap(),
        );
        let files = files();
        let files = with(&files, "roles/member.yaml", Some(&all));
        let files = with(&files, "roles/hr.yaml", Some(&hr));
        let files = with(&files, "roles/aide.yaml", Some(aide));
        let files = with(&files, "roles/boss.yaml", None);
        let files = with(&files, "workflows/leave.yaml", None);
        instance.publish(&files, &[]).await?;
        let (gus, ida) = (now(instance, &gus).await?, now(instance, &ida).await?);
        assert_eq!((words(instance, &gus).await?, words(instance, &ida).await?), (Some("SAID".into()), None));
        Ok(())
    }

    async fn a_running_case_is_moved_after_a_look_and_taken_back(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.cat, "timed", record).await?;
        let before = instance.engine.edition().version;
        // The reminder goes; what is to pass by itself stays.
        let other = file("workflows/timed.yaml").replace("        - {working_days: 2, then: remind}\n", "");
        let files = files();
        instance.publish(&with(&files, "workflows/timed.yaml", Some(&other)), &[]).await?;
        let (ann, cat) = (now(instance, &cast.ann).await?, now(instance, &cast.cat).await?);
        let look = instance.engine.rehearse_migration(&cat, case, None).await?;
        let (was, would) = (&look.before[0], &look.after[0]);
        assert_eq!((look.before.len(), look.after.len(), look.outcome.as_deref()), (1, 1, None));
        assert_eq!((was.step.as_str(), would.step.as_str(), would.label.get(Locale::En)), ("check", "check", "Check"));
        assert_eq!((was.dues.len(), would.dues.len()), (1, 0), "the record has no day to begin");
        // Nothing has been written, and it is nobody else's to look at.
        assert_eq!(shown(instance, &cat, case).await?.row.edition, before);
        let refused = instance.engine.rehearse_migration(&ann, case, None).await.unwrap_err();
        assert_eq!(fault(refused), CaseFault::Unknown);
        let too_late = |done: Result<(), CommandError>| {
            assert_eq!(fault(done.unwrap_err()), CaseFault::Refused(workflow::Refusal::TooLate, String::new()));
        };
        too_late(act(instance, &cat, case, CaseAct::MigrateBack).await);
        act(instance, &cat, case, CaseAct::Migrate { edition: None }).await?;
        let bob = now(instance, &cast.bob).await?;
        assert_eq!(fault(act(instance, &bob, case, CaseAct::MigrateBack).await.unwrap_err()), CaseFault::NotAllowed);
        act(instance, &cat, case, CaseAct::MigrateBack).await?;
        let view = shown(instance, &cat, case).await?;
        assert_eq!((view.row.edition, view.case.tokens[0].dues.iter().filter(|due| due.at.is_some()).count()), (before, 1));
        // What happened since keeps it where it is.
        act(instance, &cat, case, CaseAct::Migrate { edition: None }).await?;
        act(instance, &cat, case, CaseAct::Copy { to: vec![cast.dan.user] }).await?;
        too_late(act(instance, &cat, case, CaseAct::MigrateBack).await);
        assert_eq!(shown(instance, &cat, case).await?.row.edition, before + 1);
        Ok(())
    }
}

fn file(path: &str) -> &'static str {
    FILES.iter().find(|(known, _)| *known == path).unwrap().1
}
