//! Whose tasks wait although they left: those who manage the workflows see them, and hand over what can be handed over.

use engine::{
    AccountChange, Actor, CaseAct, CaseCommand, CaseFault, Command, CommandError, Stayed,
    query::case::{Leaver, Leavers},
};
use model::{Locale, RecordId, UserId};
use serde_json::json;
use suite::Instance;
use workflow::Refusal;

use super::{
    support::create,
    workflows::{FILES, act, cast, decide, leave, now, shown, start},
};
use crate::both;

const POST: &str = "label: {zh-CN: 任职, en: Post}\nstands_for: assignment\ndisplay: id\nfields:\n  who: {type: person, required: true, label: {zh-CN: 人员, en: Person}, stands_for: assigned_person}\n  since: {type: date, required: true, label: {zh-CN: 自, en: Since}, stands_for: valid_from}\n  until: {type: date, label: {zh-CN: 至, en: Until}, stands_for: valid_to}\n";

fn files() -> Vec<(&'static str, &'static str)> {
    let mut files = FILES.to_vec();
    files.push(("entities/post.yaml", POST));
    files
}

fn over(from: &Actor, to: &Actor, workflow: Option<&str>) -> Command {
    let workflow = workflow.map(str::to_owned);
    Command::Case(CaseCommand::HandOver { from: from.user, to: to.user, workflow })
}

async fn leavers(instance: &Instance, actor: &Actor) -> anyhow::Result<Vec<(String, bool, String, i64)>> {
    let found = instance.engine.query(&now(instance, actor).await?, Leavers).await?.unwrap();
    let line = |leaver: Leaver| {
        assert_eq!(leaver.name, leaver.login.to_uppercase());
        assert!(!leaver.label.get(Locale::En).is_empty());
        (leaver.login, leaver.closed, leaver.workflow, leaver.tasks)
    };
    Ok(found.into_iter().map(line).collect())
}

/// Who is asked in a case now.
async fn asked(instance: &Instance, manager: &Actor, case: RecordId) -> anyhow::Result<Vec<UserId>> {
    let shown = shown(instance, manager, case).await?;
    Ok(shown.case.tasks.iter().filter(|task| !task.state.is_over()).map(|task| task.who).collect())
}

both! { files();
    async fn whose_account_is_closed_or_who_works_nowhere_any_more_is_listed_with_what_waits(instance) {
        let cast = cast(instance).await?;
        for _ in 0..2 {
            let record = leave(instance, &cast, Some(2)).await?;
            let case = start(instance, &cast.ann, "leave", record).await?;
            decide(instance, &cast.ann, case, true).await?;
            start(instance, &cast.cat, "timed", record).await?;
        }
        assert_eq!(leavers(instance, &cast.cat).await?, []);
        assert!(instance.engine.query(&cast.ann, Leavers).await?.is_none(), "she manages nothing");
        // Bob's last assignment ends; one that goes on keeps him, and so does one that is to begin.
        let system = instance.engine.system();
        let boss = cast.bob.person.unwrap();
        create(instance, &system, "post", json!({"who": boss, "since": "2020-01-01", "until": "2025-11-19"})).await?;
        let found = [("leave", 2), ("timed", 2)].map(|(workflow, tasks)| ("bob".to_owned(), false, workflow.to_owned(), tasks));
        assert_eq!(leavers(instance, &cast.cat).await?, found);
        create(instance, &system, "post", json!({"who": boss, "since": "2025-12-01"})).await?;
        assert_eq!(leavers(instance, &cast.cat).await?, []);
        // His account is closed, whatever his assignments say.
        let change = AccountChange { active: Some(false), ..AccountChange::default() };
        instance.engine.change_account(None, cast.bob.user, change).await.unwrap();
        let found = found.map(|(login, _, workflow, tasks)| (login, true, workflow, tasks));
        assert_eq!(leavers(instance, &cast.cat).await?, found);
        // One workflow at a time.
        let outcome = instance.engine.execute(&cast.cat, over(&cast.bob, &cast.dan, Some("timed"))).await?;
        assert_eq!((outcome.cases.len(), outcome.stayed.len()), (2, 0));
        assert_eq!(leavers(instance, &cast.cat).await?, found[..1]);
        let again = instance.engine.execute(&cast.cat, over(&cast.bob, &cast.dan, Some("timed"))).await;
        assert!(matches!(again, Err(CommandError::Case(CaseFault::Unknown))));
        instance.engine.execute(&cast.cat, over(&cast.bob, &cast.dan, None)).await?;
        assert_eq!(leavers(instance, &cast.cat).await?, []);
        Ok(())
    }

    async fn all_who_left_are_listed_however_many_they_are(instance) {
        let cast = cast(instance).await?;
        let system = instance.engine.system();
        let mut wanted = Vec::new();
        for number in 0..205 {
            let login = format!("left{number:03}");
            let boss = create(instance, &system, "person", json!({"name": login})).await?;
            instance.actor(&login, &[], Some(boss)).await?;
            // Some of them have worked nowhere since; the others' accounts are closed.
            if number % 2 == 0 {
                create(instance, &system, "post", json!({"who": boss, "since": "2020-01-01", "until": "2025-11-19"})).await?;
            }
            let person = create(instance, &system, "person", json!({"name": "n", "manager": boss})).await?;
            let record = create(instance, &system, "leave", json!({"title": "sea", "person": person})).await?;
            start(instance, &cast.cat, "timed", record).await?;
            wanted.push((login, number % 2 == 1, "timed".to_owned(), 1));
        }
        for (login, ..) in wanted.iter().filter(|(_, closed, ..)| *closed) {
            let account = instance.engine.store().accounts().by_logins(std::slice::from_ref(login)).await?.remove(0);
            let change = AccountChange { active: Some(false), ..AccountChange::default() };
            instance.engine.change_account(None, account.id, change).await.unwrap();
        }
        assert_eq!(leavers(instance, &cast.cat).await?, wanted);
        Ok(())
    }

    async fn what_can_be_handed_over_is_and_what_cannot_is_named_by_case(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let own = start(instance, &cast.ann, "leave", record).await?;
        decide(instance, &cast.ann, own, true).await?;
        let timed = start(instance, &cast.cat, "timed", record).await?;
        // Ann started one, whose step leaves out whoever started it; the other takes her.
        let outcome = instance.engine.execute(&cast.cat, over(&cast.bob, &cast.ann, None)).await?;
        assert_eq!(outcome.cases, [timed]);
        let [Stayed { case, step, label, why }] = outcome.stayed.as_slice() else { panic!("{:?}", outcome.stayed) };
        assert_eq!((*case, step.as_str(), label.get(Locale::En)), (own, "manager", "Manager"));
        assert_eq!(*why, CaseFault::Refused(Refusal::Starter, String::new()));
        assert_eq!(asked(instance, &cast.cat, own).await?, [cast.bob.user]);
        assert_eq!(asked(instance, &cast.cat, timed).await?, [cast.ann.user]);
        // Where nothing can be handed over, that is refused with its reason.
        let refused = instance.engine.execute(&cast.cat, over(&cast.bob, &cast.ann, None)).await.unwrap_err();
        assert!(matches!(refused, CommandError::Case(CaseFault::Refused(Refusal::Starter, _))), "{refused:?}");
        instance.engine.execute(&cast.cat, over(&cast.bob, &cast.dan, None)).await?;
        assert_eq!(asked(instance, &cast.cat, own).await?, [cast.dan.user]);
        act(instance, &cast.cat, timed, CaseAct::Terminate { text: "enough".to_owned() }).await?;
        Ok(())
    }
}
