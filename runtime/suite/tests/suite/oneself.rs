//! Whoever manages cases hands nothing over to themselves: not by their own account, not by another of theirs, and not by way of
//! somebody who stands in for them or in whose place they act.

use engine::{Actor, CaseCommand, CaseFault, Command, CommandError, Outcome, Stayed, stand_in::Absence};
use jiff::SignedDuration;
use model::{Locale, RecordId, UserId};
use suite::Instance;
use workflow::Refusal;

use super::workflows::{FILES, cast, decide, leave, now, shown, start};
use crate::both;

async fn over(instance: &Instance, by: &Actor, from: &Actor, to: &Actor) -> Result<Outcome, CommandError> {
    let over = CaseCommand::HandOver { from: from.user, to: to.user, workflow: None };
    instance.engine.execute(by, Command::Case(over)).await
}

fn oneself(fault: &CaseFault) -> bool {
    *fault == CaseFault::Refused(Refusal::Oneself, String::new())
}

/// Whether handing it over was refused because it would come to whoever does.
fn refused(done: Result<Outcome, CommandError>) -> bool {
    match done {
        Err(CommandError::Case(fault)) => oneself(&fault),
        other => panic!("{other:?}"),
    }
}

/// Has somebody stand in for another for four days, for cases about these entities.
async fn stands_in(
    instance: &Instance,
    (giver, taker): (&Actor, &Actor),
    writes: bool,
    entities: &[&str],
) -> anyhow::Result<RecordId> {
    let absence = Absence {
        taker: instance.engine.store().accounts().by_id(taker.user).await?.unwrap(),
        since: giver.now,
        until: giver.now + SignedDuration::from_hours(96),
        writes,
        entities: entities.iter().map(|name| (*name).to_owned()).collect(),
        reason: "away".to_owned(),
    };
    let one = instance.engine.give(giver, absence).await?.map_err(|wrong| anyhow::anyhow!("{wrong:?}"))?;
    Ok(one.id)
}

/// Who is asked in a case now.
async fn asked(instance: &Instance, manager: &Actor, case: RecordId) -> anyhow::Result<Vec<UserId>> {
    let shown = shown(instance, manager, case).await?;
    Ok(shown.case.tasks.iter().filter(|task| !task.state.is_over()).map(|task| task.who).collect())
}

both! { FILES;
    async fn whoever_manages_a_case_hands_it_neither_to_themselves_nor_to_another_account_of_theirs(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.cat, "timed", record).await?;
        let again = instance.actor("cat.again", &[], cast.cat.person).await?;
        for to in [&cast.cat, &again] {
            assert!(refused(over(instance, &cast.cat, &cast.bob, to).await), "{}", to.login);
        }
        assert_eq!(asked(instance, &cast.cat, case).await?, [cast.bob.user]);
        // Somebody else who manages it may want her to answer.
        over(instance, &cast.dan, &cast.bob, &cast.cat).await?;
        assert_eq!(asked(instance, &cast.cat, case).await?, [cast.cat.user]);
        decide(instance, &cast.cat, case, true).await?;
        Ok(())
    }

    async fn nor_to_whoever_stands_in_for_them_or_in_whose_place_they_act(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let case = start(instance, &cast.cat, "timed", record).await?;
        let eve = instance.actor("eve", &[], None).await?;
        // Whoever only looks, or is given something else, answers nothing of it.
        let looks = stands_in(instance, (&eve, &cast.cat), false, &[]).await?;
        stands_in(instance, (&eve, &cast.cat), true, &["part"]).await?;
        over(instance, &cast.cat, &cast.bob, &eve).await?;
        over(instance, &cast.cat, &eve, &cast.bob).await?;
        assert!(instance.engine.end_stand_in(&eve, looks).await?);
        // In whose place she acts.
        let of_eve = stands_in(instance, (&eve, &cast.cat), true, &["leave"]).await?;
        assert!(refused(over(instance, &cast.cat, &cast.bob, &eve).await));
        assert!(instance.engine.end_stand_in(&eve, of_eve).await?);
        // Who acts in hers: told to by her, or by themselves in her place.
        let of_cat = stands_in(instance, (&cast.cat, &eve), true, &[]).await?;
        let taker = instance.engine.store().accounts().by_id(eve.user).await?.unwrap();
        let (acting, ..) = instance.engine.standing_in(&taker, of_cat, Locale::En).await?.unwrap();
        assert!(refused(over(instance, &cast.cat, &cast.bob, &eve).await));
        for to in [&eve, &cast.cat] {
            assert!(refused(over(instance, &acting, &cast.bob, to).await), "{}", to.login);
        }
        assert_eq!(asked(instance, &cast.cat, case).await?, [cast.bob.user]);
        // To anybody else it goes, and to her once they are strangers again.
        over(instance, &acting, &cast.bob, &cast.ann).await?;
        instance.clock.pass(SignedDuration::from_hours(97));
        over(instance, &now(instance, &cast.cat).await?, &cast.ann, &eve).await?;
        assert_eq!(asked(instance, &now(instance, &cast.cat).await?, case).await?, [eve.user]);
        Ok(())
    }

    async fn of_what_a_leaver_was_asked_only_that_stays_which_they_were_not_asked_themselves(instance) {
        let cast = cast(instance).await?;
        // Of the days that are many, both of HR are asked; the other is Dan's alone.
        let record = leave(instance, &cast, Some(5)).await?;
        let both = start(instance, &cast.ann, "leave", record).await?;
        decide(instance, &cast.ann, both, true).await?;
        decide(instance, &cast.bob, both, true).await?;
        assert_eq!(asked(instance, &cast.cat, both).await?, [cast.cat.user, cast.dan.user]);
        let alone = start(instance, &cast.cat, "timed", record).await?;
        over(instance, &cast.cat, &cast.bob, &cast.dan).await?;
        let outcome = over(instance, &cast.cat, &cast.dan, &cast.cat).await?;
        assert_eq!(outcome.cases, [both]);
        let [Stayed { case, step, why, .. }] = outcome.stayed.as_slice() else { panic!("{:?}", outcome.stayed) };
        assert_eq!((*case, step.as_str(), oneself(why)), (alone, "check", true));
        assert_eq!(asked(instance, &cast.cat, both).await?, [cast.cat.user]);
        assert_eq!(asked(instance, &cast.cat, alone).await?, [cast.dan.user]);
        // Where nothing else is left, all of it is refused.
        assert!(refused(over(instance, &cast.cat, &cast.dan, &cast.cat).await));
        decide(instance, &cast.cat, both, true).await?;
        assert_eq!(shown(instance, &cast.ann, both).await?.row.state, "ended");
        Ok(())
    }
}
