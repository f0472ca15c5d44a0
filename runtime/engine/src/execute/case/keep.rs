//! A case written down: how it stands, what happened, whom to tell, and what becomes due.

use model::{Locale, RecordId, UserId};
use serde_json::json;
use store::{CaseEvent, CaseStay, CaseTask, Notification, OutboxEntry, Tx};
use workflow::{Asked, Case, Process, Refusal, StepKind, Told, case::At};

use super::{Held, Work};
use crate::{
    CaseFault, CommandError, Engine,
    execute::{Trace, call::CALL, from_query, record::Surroundings, words::say},
};

/// What comes to a case by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wake {
    /// This timer of this token, which was for this moment; and how many rang before it, each because of the one before.
    Due((u32, u32, model::Timestamp), u32),
    /// Other days are worked than before.
    OtherDays,
    /// It could not follow how its record is, and may by now.
    Behind,
}

/// Kind of the letters that are timers of cases.
pub(crate) const DUE: &str = "case.due";

/// How many timers may ring one because of the other before it is said that they go round.
const MOST_TURNS: u32 = 100;

/// What is asked at a step.
pub(super) fn asked<'p>(process: &'p Process, step: &str) -> Option<&'p Asked> {
    match &process.step(step)?.kind {
        StepKind::Ask(asked) => Some(asked),
        _ => None,
    }
}

/// The tasks of a case as lists show them.
pub(super) fn rows(case: &Case) -> Vec<CaseTask> {
    let row = |task: &workflow::Task| CaseTask {
        number: task.number.into(),
        account: task.who,
        step: task.step.clone(),
        state: task.state.word().to_owned(),
        opened: task.opened,
        ended: task.ended,
        due: if task.state.is_over() { None } else { case.due(task.visit) },
        mends: task.part == workflow::Part::Mend,
        late: false,
    };
    case.tasks.iter().map(row).collect()
}

/// The places of a case at which nobody is asked and something is waited for.
pub(super) fn stays(case: &Case) -> Vec<CaseStay> {
    let waits = case.tokens.iter().filter(|token| matches!(token.at, At::Waiting | At::Cases(_)));
    waits.map(|token| CaseStay { token: token.number.into(), step: token.step.clone() }).collect()
}

impl Work<'_> {
    pub(super) async fn keep_case(&mut self, tx: &mut Tx, mut held: Held) -> Result<(), CommandError> {
        let now = self.actor.now;
        let trail = std::mem::take(&mut held.case.trail);
        held.row.document = serde_json::to_value(&held.case)
            .map_err(|_| CommandError::Store(store::StoreError::Misfit("a case that cannot be written")))?;
        tx.save_case(&held.row).await?;
        let mut changed: Vec<CaseTask> =
            rows(&held.case).into_iter().filter(|task| !held.before.contains(task)).collect();
        for task in &mut changed {
            let due = held.before.iter().find(|before| before.number == task.number).and_then(|before| before.due);
            task.late = task.ended.zip(due).is_some_and(|(ended, due)| due < ended);
        }
        tx.put_case_tasks(held.row.id, &changed).await?;
        let stays = stays(&held.case);
        for left in held.stays.iter().filter(|before| !stays.contains(before)) {
            tx.end_case_stay(held.row.id, left, now).await?;
        }
        for come in stays.iter().filter(|stay| !held.stays.contains(stay)) {
            tx.begin_case_stay(self.engine.new_id(), held.row.id, come, now).await?;
        }
        self.pending.reach(changed.iter().map(|task| task.account));
        let mut events = Vec::new();
        for entry in trail {
            let signature = if entry.signed { held.signature.take() } else { None };
            self.note_case(&held.row, &entry, signature.as_ref());
            // Who acts in another's place is named, and so is the other.
            let behalf = entry.by.filter(|by| self.actor.on_behalf == Some(*by));
            events.push(CaseEvent {
                id: self.engine.new_id(),
                at: now,
                act: entry.act.to_owned(),
                account: if behalf.is_some() { Some(self.actor.user) } else { entry.by },
                behalf,
                step: entry.step,
                task: entry.task.map(i64::from),
                told: entry.to,
                words: entry.text,
                moving: held.moving.filter(|_| entry.act == "migrate"),
                target: entry.target,
                signature,
            });
        }
        tx.add_case_events(held.row.id, &events).await?;
        for (token, timer, at) in &held.timers {
            let step = held.case.token(*token).and_then(|token| held.process().ok()?.step(&token.step));
            let kind = if step.is_some_and(|step| matches!(step.kind, StepKind::Call { .. })) { CALL } else { DUE };
            // What is due already rings at once. Where that goes on and on nobody is asked, and it goes round.
            let turn = if *at <= now { held.turn + 1 } else { 0 };
            if turn > MOST_TURNS {
                let (step, label) = step.map(|step| (step.name.to_string(), step.label.clone())).unwrap_or_default();
                return Err(CommandError::Case(CaseFault::Refused(
                    Refusal::Circle(step),
                    label.get(self.actor.locale).to_owned(),
                )));
            }
            let letter = OutboxEntry {
                id: self.engine.new_id(),
                kind: kind.to_owned(),
                key: format!("{kind}:{}:{token}:{timer}:{at}", held.row.id),
                payload: json!({
                    "case": held.row.id, "token": token, "timer": timer, "at": at.to_string(), "turn": turn,
                }),
                due: *at,
            };
            // The same moment may have come for an earlier step of this path, or before a date was changed and changed back.
            tx.leave_anew(&letter).await?;
        }
        self.tell_people(tx, &held).await
    }

    async fn tell_people(&mut self, tx: &mut Tx, held: &Held) -> Result<(), CommandError> {
        let process = held.process()?;
        let mut notices = Vec::new();
        for tell in &held.told {
            // Whoever is told of a case may look at it.
            let copied = |who: &&UserId| match tell.what {
                Told::Copied => true,
                Told::Late | Told::Spoken => !held.case.concerns(**who),
                _ => false,
            };
            let copied: Vec<UserId> = tell.to.iter().filter(copied).copied().collect();
            tx.copy_case(held.row.id, &copied, self.actor.now).await?;
            let step = tell.step.as_deref().and_then(|step| process.step(step));
            let said = Locale::ALL.into_iter().map(|locale| {
                let label = process.label.get(locale);
                let step = step.map(|step| step.label.get(locale)).unwrap_or_default();
                (locale.tag().to_owned(), serde_json::Value::from(sentence(locale, tell.what, label, step)))
            });
            let text = serde_json::Value::Object(said.collect());
            for account in &tell.to {
                // What somebody does themself is no news to them.
                if *account == self.actor.principal() && tell.what != Told::Asked || account.is_nil() {
                    continue;
                }
                notices.push(self.notice(held, *account, &text));
            }
            notices.extend(self.for_stand_ins(tx, held, tell).await?);
        }
        self.inform(tx, notices).await?;
        Ok(())
    }

    pub(super) fn notice(&self, held: &Held, account: UserId, text: &serde_json::Value) -> Notification {
        Notification {
            id: self.engine.new_id(),
            account,
            kind: "case".to_owned(),
            payload: json!({
                "case": held.row.id,
                "workflow": held.row.workflow,
                "entity": held.row.entity,
                "record": held.row.record,
                "text": text,
            }),
            at: self.engine.now(),
            read_at: None,
            due: None,
            key: None,
        }
    }
}

/// What is told, in a language.
pub(super) fn sentence(locale: Locale, what: Told, workflow: &str, step: &str) -> String {
    let (zh, en) = match what {
        Told::Asked => (format!("“{workflow}”等您处理：{step}"), format!("“{workflow}” waits for you: {step}")),
        Told::Copied => (format!("“{workflow}”抄送给您"), format!("“{workflow}” was copied to you")),
        Told::Reminded => {
            (format!("提醒：“{workflow}”还没有处理：{step}"), format!("“{workflow}” still waits for you: {step}"))
        }
        Told::Urged => (format!("催办：请尽快处理“{workflow}”"), format!("You are urged to answer “{workflow}”")),
        Told::Late => (format!("“{workflow}”超时未处理：{step}"), format!("“{workflow}” is late: {step}")),
        Told::Spoken => (format!("“{workflow}”有新的沟通留言"), format!("There is a new remark on “{workflow}”")),
        Told::Spared => (format!("“{workflow}”不再需要您处理"), format!("“{workflow}” no longer needs your answer")),
        Told::Ended => (format!("您发起的“{workflow}”已结束"), format!("“{workflow}”, which you started, has ended")),
    };
    say(locale, &zh, &en)
}

impl Engine {
    /// Does what has become due in a case, as the platform.
    pub(crate) async fn ring_case(&self, payload: &serde_json::Value) -> Result<(), CommandError> {
        let number =
            |name: &str| payload.get(name).and_then(serde_json::Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let text = |name: &str| payload.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        let (Ok(id), Ok(at)) = (text("case").parse::<RecordId>(), text("at").parse::<model::Timestamp>()) else {
            return Ok(());
        };
        let (Some(token), Some(timer)) = (number("token"), number("timer")) else { return Ok(()) };
        self.wake_case(id, Wake::Due((token, timer, at), number("turn").unwrap_or(0))).await
    }

    /// Has something come to a case by itself, as the platform.
    pub(crate) async fn wake_case(&self, id: RecordId, wake: Wake) -> Result<(), CommandError> {
        let actor = self.system();
        let calendar = self.calendar(&actor).await.map_err(from_query)?;
        let around = Surroundings::of(&actor, actor.edition.zone.clone(), calendar);
        let wrote = self.working((&actor, &around, Trace::Kept), move |mut work, tx| {
            Box::pin(async move {
                work.tells = true;
                match wake {
                    Wake::Due(due, turn) => work.case_due(tx, id, due, turn).await?,
                    Wake::OtherDays => work.case_counts_anew(tx, id).await?,
                    Wake::Behind => work.goes_on(tx, id).await?,
                }
                work.finish(tx).await?;
                Ok::<_, CommandError>(work.pending.touched())
            })
        });
        self.announce_all(wrote.await?);
        Ok(())
    }
}
