//! What somebody was to answer goes to another: each step of each case by itself, so that one that cannot take the other does
//! not hold up the rest.
//!
//! INVARIANT: nobody comes to answer a step by managing its cases. What is handed over goes neither to whoever hands it over nor
//! to anybody in whose place they act, or who acts in theirs, unless the step asks that person anyway.

use model::{RecordId, Text, UserId};
use store::{StandIn, Tx};
use workflow::{Event, Part, Refusal, Task};

use super::{Held, Work, fault, within};
use crate::{Actor, CaseFault, CommandError, Stayed};

/// Who hands over what one was to answer to whom.
struct Handing<'h> {
    own: &'h Actor,
    from: UserId,
    to: UserId,
    near: Near,
}

/// How near whoever is to have a task is to whoever hands it over.
enum Near {
    /// It is they themselves, under this account or another of theirs, or somebody for whom they act now.
    Oneself,
    /// One of them stands in for the other by these, or is about to; they are strangers where there is none.
    By(Vec<StandIn>),
}

impl Near {
    /// Whether handing it over would have them answer it themselves, in a case about this entity.
    fn reaches(&self, entity: &str) -> bool {
        let about = |one: &StandIn| one.entities.is_empty() || one.entities.iter().any(|name| name == entity);
        match self {
            Self::Oneself => true,
            Self::By(stand_ins) => stand_ins.iter().any(|one| one.writes && about(one)),
        }
    }
}

impl Work<'_> {
    /// Hands over what somebody was to answer in the cases that the actor manages, or in those of one workflow. Refused
    /// where there is nothing, and with the first reason where nothing can be handed over.
    pub(super) async fn hand_over(
        &mut self,
        tx: &mut Tx,
        own: &Actor,
        (from, to): (UserId, UserId),
        workflow: Option<&str>,
    ) -> Result<(), CommandError> {
        self.reachable(tx, &[to]).await?;
        let near = self.near(tx, own, to).await?;
        let handing = Handing { own, from, to, near };
        let (mut any, mut stayed) = (false, Vec::new());
        for id in tx.cases_asking(from).await? {
            let held = self.take_case(tx, id).await?;
            let named = workflow.is_none_or(|workflow| held.row.workflow == workflow);
            let managed = named && self.engine.manages_now(tx, own, &held.row.workflow, held.row.record).await?;
            if !managed || within(own, &held.row.entity).is_err() {
                continue;
            }
            let mut handed = false;
            for (step, label) in steps_of(&held, from) {
                match self.hand_over_at(tx, &handing, id, &step).await? {
                    None => handed = true,
                    Some(why) => stayed.push(Stayed { case: id, step, label, why }),
                }
            }
            if handed {
                any = true;
                self.outcome.cases.push(id);
            }
        }
        if any {
            self.outcome.stayed.extend(stayed);
            return Ok(());
        }
        Err(CommandError::Case(stayed.into_iter().next().map_or(CaseFault::Unknown, |first| first.why)))
    }

    /// How near somebody is to the actor.
    async fn near(&self, tx: &mut Tx, own: &Actor, who: UserId) -> Result<Near, CommandError> {
        let mut mine = vec![own.user, own.principal()];
        let people: Vec<RecordId> =
            tx.active_accounts(&mine).await?.into_iter().filter_map(|account| account.person).collect();
        if !people.is_empty() {
            mine.extend(tx.accounts_of(&people).await?.into_iter().map(|account| account.id));
        }
        if mine.contains(&who) {
            return Ok(Near::Oneself);
        }
        Ok(Near::By(tx.stand_ins_between(&mine, who, self.actor.now).await?))
    }

    /// Hands over what somebody was to answer at a step of a case, or says why it cannot be.
    async fn hand_over_at(
        &mut self,
        tx: &mut Tx,
        handing: &Handing<'_>,
        case: RecordId,
        step: &str,
    ) -> Result<Option<CaseFault>, CommandError> {
        let &Handing { own, from, to, ref near } = handing;
        let held = self.take_case(tx, case).await?;
        match self.not_left_out(tx, &held, step, &[to]).await {
            Err(CommandError::Case(why)) => return Ok(Some(why)),
            found => found?,
        }
        if from != to && near.reaches(&held.row.entity) && !asked_anyway(&held, step, (from, to)) {
            return Ok(Some(CaseFault::Refused(Refusal::Oneself, String::new())));
        }
        let event = Event::HandOver { from, to, step: Some(step.to_owned()), by: Some(own.principal()) };
        // What the case refuses is known before any of it is written.
        match held.process() {
            Ok(process) => {
                if let Err(refusal) = workflow::step(process, held.case.clone(), event.clone(), self.actor.now) {
                    return Ok(Some(fault(process, refusal, self.actor.locale)));
                }
            }
            Err(CommandError::Case(why)) => return Ok(Some(why)),
            Err(error) => return Err(error),
        }
        self.happen(tx, held, event).await?;
        Ok(None)
    }
}

/// Whether a step itself asks somebody for all that another was to answer there: then they have one answer, as before.
fn asked_anyway(held: &Held, step: &str, (from, to): (UserId, UserId)) -> bool {
    let open = |who: UserId| {
        held.case.tasks.iter().filter(move |task| task.who == who && task.step == step && !task.state.is_over())
    };
    let own = |task: &Task| task.part == Part::Vote && task.had.is_empty();
    let beside = |task: &Task| open(to).any(|one| own(one) && one.visit == task.visit && one.group == task.group);
    open(from).all(beside)
}

/// The steps at which somebody has not answered yet, each once, with what it is called.
fn steps_of(held: &Held, who: UserId) -> Vec<(String, Text)> {
    let mut steps: Vec<(String, Text)> = Vec::new();
    for task in held.case.tasks.iter().filter(|task| task.who == who && !task.state.is_over()) {
        if !steps.iter().any(|(step, _)| *step == task.step) {
            let step = held.process().ok().and_then(|process| process.step(&task.step));
            let label = step.map_or_else(|| Text::plain(&task.step), |step| step.label.clone());
            steps.push((task.step.clone(), label));
        }
    }
    steps
}
