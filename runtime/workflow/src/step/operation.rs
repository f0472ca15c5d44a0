//! What those concerned may do besides answering.

use jiff::SignedDuration;
use model::UserId;

use crate::{
    Refusal,
    case::{Answer, At, Entry, Part, Task, TaskState, Token, Urged, Visit},
    event::{Back, Place, Told},
    process::{Asked, Claim, Operation, Starter, StepKind, Wait, Withdraw},
};

use super::{Run, entry};

impl Run<'_> {
    fn allowed(&self, task: &Task, operation: Operation) -> Result<(), Refusal> {
        // Whoever mends a record may hand that on, and does nothing else that the step lets those do whom it asks.
        let fits = task.part != Part::Mend || operation == Operation::Transfer;
        if fits && self.asked(&task.step)?.allow.contains(&operation) { Ok(()) } else { Err(Refusal::NotAllowed) }
    }

    /// Whether somebody may be asked in a visit too.
    fn may_join(&self, task: &Task, who: UserId) -> Result<(), Refusal> {
        if !self.may_take(task, who)? {
            return Err(Refusal::Starter);
        }
        let known = self.case.of_visit(task.visit).any(|other| other.who == who && !other.state.is_over());
        if known { Err(Refusal::Already) } else { Ok(()) }
    }

    pub(super) fn send_back(
        &mut self,
        number: u32,
        by: UserId,
        to: &Back,
        resume: bool,
        text: String,
    ) -> Result<(), Refusal> {
        let task = self.open_task(number, by)?;
        self.allowed(&task, Operation::Return)?;
        if text.trim().is_empty() {
            return Err(Refusal::NoReason);
        }
        let token = self.case.token_of(task.visit).ok_or(Refusal::Over)?.number;
        let (target, mends) = match to {
            Back::Starter => self.of_starter(&task, token, resume)?,
            Back::First | Back::Previous | Back::Step(_) => (self.earlier(&task.step, token, to)?, false),
        };
        let now = self.now;
        let sent = self.task_mut(number)?;
        (sent.state, sent.ended) = (TaskState::Done(Answer::Sent), Some(now));
        let step = Some(task.step.clone());
        let where_to = Some(target.step.clone());
        self.note(Entry { step, task: Some(number), text, target: where_to, ..entry("return", Some(by)) });
        if mends { self.mend_at(token, &target) } else { self.place_at(token, &target, resume.then_some(task.step)) }
    }

    /// The visit an earlier place means, as seen from where a token is.
    pub(super) fn earlier(&self, here: &str, token: u32, to: &Back) -> Result<Visit, Refusal> {
        let token = self.case.token(token).ok_or(Refusal::Over)?;
        let reachable = self.case.way_to(token).filter(|visit| visit.step != here);
        let mut reachable = reachable.filter(|visit| self.asked(&visit.step).is_ok());
        let found = match to {
            Back::First | Back::Starter => reachable.next(),
            Back::Previous => reachable.next_back(),
            Back::Step(name) => reachable.rfind(|visit| visit.step == *name),
        };
        found.cloned().ok_or(Refusal::NeverThere)
    }

    /// Puts a token at a step where the case has been, on the path it was on then, and gives up the paths that parted since.
    pub(super) fn place_at(&mut self, number: u32, target: &Visit, back: Option<String>) -> Result<(), Refusal> {
        let token = self.taken_to(number, target)?;
        self.enter(Token { back, ..token })
    }

    /// A token taken from where it is, to be put at a step where the case has been.
    pub(super) fn taken_to(&mut self, number: u32, target: &Visit) -> Result<Token, Refusal> {
        let token = self.case.token(number).ok_or(Refusal::Over)?.clone();
        if let Some(visit) = token.visit {
            self.close_visit(visit);
        }
        self.case.tokens.retain(|known| known.number != number);
        if token.fork != target.fork {
            match target.fork {
                Some(fork) => self.close_within(fork, token.fork),
                None => self.abandon_all(),
            }
        }
        self.close_passed(target);
        let number = self.case.number();
        let (step, fork, path) = (target.step.clone(), target.fork, target.path);
        Ok(Token { number, step, fork, path, before: None, back: None, ..token })
    }

    pub(super) fn withdraw(&mut self, by: UserId, text: String) -> Result<(), Refusal> {
        if by != self.case.starter {
            return Err(Refusal::NotYours);
        }
        let by_another = |task: &Task| task.who != by && matches!(task.state, TaskState::Done(_));
        match self.process.withdraw {
            Withdraw::Never => return Err(Refusal::NotAllowed),
            Withdraw::Unanswered if self.case.tasks.iter().any(by_another) => return Err(Refusal::TooLate),
            Withdraw::Unanswered | Withdraw::Always => {}
        }
        if self.case.withdrawn_by.is_some_and(|last| self.now > last) {
            return Err(Refusal::Expired);
        }
        self.note(Entry { text, ..entry("withdraw", Some(by)) });
        self.tell_open(Told::Spared, Some(by));
        self.end("withdrawn")
    }

    /// Tells those who are asked now.
    pub(super) fn tell_open(&mut self, what: Told, by: Option<UserId>) {
        let open = self.case.tasks.iter().filter(|task| task.state == TaskState::Open && Some(task.who) != by);
        let open: Vec<UserId> = open.map(|task| task.who).collect();
        self.tell(what, open, None, by);
    }

    pub(super) fn take_back(&mut self, number: u32, by: UserId) -> Result<(), Refusal> {
        let task = self.own(number, by)?.clone();
        self.allowed(&task, Operation::TakeBack)?;
        if !matches!(task.state, TaskState::Done(Answer::Yes | Answer::No)) {
            return Err(Refusal::Over);
        }
        let visit = task.visit;
        let reopened = match self.case.token_of(visit) {
            // The step is not decided yet: only what came after this answer is undone.
            Some(_) => {
                let later = |other: &Task| other.after.contains(&number) && matches!(other.state, TaskState::Done(_));
                if self.case.of_visit(visit).any(later) {
                    return Err(Refusal::TooLate);
                }
                visit
            }
            None => self.step_back(visit)?,
        };
        let task_now = self.task_mut(number)?;
        (task_now.state, task_now.ended) = (TaskState::Open, None);
        self.ask_again(reopened);
        self.note(Entry { step: Some(task.step), task: Some(number), ..entry("take-back", Some(by)) });
        self.settle(reopened)
    }

    /// Puts a token back to the visit it has come from, if nothing has happened since.
    fn step_back(&mut self, visit: u32) -> Result<u32, Refusal> {
        let token = self.case.tokens.iter().find(|token| token.before == Some(visit)).cloned();
        let token = token.ok_or(Refusal::TooLate)?;
        if let Some(now) = token.visit {
            let acted = |task: &Task| matches!(task.state, TaskState::Done(answer) if answer != Answer::Taken);
            if self.case.of_visit(now).any(acted) {
                return Err(Refusal::TooLate);
            }
            let spared: Vec<UserId> = self.case.of_visit(now).filter(|t| t.opened.is_some()).map(|t| t.who).collect();
            self.tell(Told::Spared, spared, Some(token.step.clone()), None);
            self.close_visit(now);
        }
        let known = self.case.visits.iter_mut().find(|known| known.number == visit).ok_or(Refusal::TooLate)?;
        known.over = false;
        let (step, back, fork) = (known.step.clone(), known.back.clone(), known.fork);
        let (dues, pauses, armed) = (known.dues.clone(), known.pauses.clone(), known.armed);
        if fork != token.fork {
            return Err(Refusal::TooLate);
        }
        let moved = self.token_mut(token.number)?;
        (moved.step, moved.visit, moved.before, moved.at) = (step, Some(visit), None, At::Asking);
        moved.back = back;
        moved.dues.clone_from(&dues);
        moved.pauses = pauses;
        moved.armed = armed;
        let dues: Vec<Option<jiff::Timestamp>> = dues.iter().map(|due| due.at).collect();
        self.set_timers(token.number, &dues)?;
        Ok(visit)
    }

    pub(super) fn transfer(&mut self, number: u32, by: UserId, to: UserId, text: String) -> Result<(), Refusal> {
        let task = self.open_task(number, by)?;
        self.allowed(&task, Operation::Transfer)?;
        self.may_join(&task, to)?;
        let now = self.now;
        let moved = self.task_mut(number)?;
        moved.had.push(by);
        (moved.who, moved.opened, moved.claimed) = (to, Some(now), false);
        // Whoever was brought in stays theirs who brought them in, whoever answers now.
        if moved.part == Part::Vote {
            moved.by = Some(by);
        }
        let step = Some(task.step);
        self.note(Entry { step: step.clone(), task: Some(number), text, to: vec![to], ..entry("transfer", Some(by)) });
        self.tell(Told::Asked, vec![to], step, Some(by));
        self.settle(task.visit)
    }

    pub(super) fn delegate(&mut self, number: u32, by: UserId, to: UserId, text: String) -> Result<(), Refusal> {
        let task = self.open_task(number, by)?;
        self.allowed(&task, Operation::Delegate)?;
        self.may_join(&task, to)?;
        let made = self.beside(&task, to, Part::Delegate, Vec::new());
        self.task_mut(number)?.after.push(made);
        let step = Some(task.step);
        self.note(Entry { step, task: Some(number), text, to: vec![to], ..entry("delegate", Some(by)) });
        self.settle(task.visit)
    }

    pub(super) fn add_signer(
        &mut self,
        number: u32,
        by: UserId,
        who: &[UserId],
        place: Place,
        text: String,
    ) -> Result<(), Refusal> {
        let task = self.open_task(number, by)?;
        self.allowed(&task, Operation::AddSigner)?;
        if task.part == Part::Delegate || self.asked(&task.step)?.fills {
            return Err(Refusal::NotAllowed);
        }
        let mut added = Vec::new();
        for person in who {
            self.may_join(&task, *person)?;
            let after = match place {
                Place::Before => Vec::new(),
                Place::Beside => task.after.clone(),
                Place::After => vec![number],
            };
            added.push(self.beside(&task, *person, Part::Added, after));
        }
        if added.is_empty() {
            return Err(Refusal::Unknown("person"));
        }
        if place == Place::Before {
            self.task_mut(number)?.after.extend(&added);
        }
        // Whoever comes after this task comes after those too.
        let others = |other: &Task| other.visit == task.visit && !added.contains(&other.number);
        for other in self.case.tasks.iter_mut().filter(|other| others(other) && other.after.contains(&number)) {
            other.after.extend(&added);
        }
        let act = match place {
            Place::Before => "add-before",
            Place::Beside => "add-beside",
            Place::After => "add-after",
        };
        let (step, to) = (Some(task.step), who.to_vec());
        self.note(Entry { step, task: Some(number), text, to, ..entry(act, Some(by)) });
        self.settle(task.visit)
    }

    fn beside(&mut self, task: &Task, who: UserId, part: Part, after: Vec<u32>) -> u32 {
        let number = self.case.number();
        let by = Some(task.who);
        self.case.tasks.push(Task {
            number,
            who,
            part,
            by,
            had: Vec::new(),
            after,
            claimed: false,
            state: TaskState::Later,
            opened: None,
            ended: None,
            ..task.clone()
        });
        number
    }

    pub(super) fn remove_signer(&mut self, number: u32, by: UserId) -> Result<(), Refusal> {
        let task = self.case.task(number).ok_or(Refusal::Unknown("task"))?.clone();
        if task.by != Some(by) || task.part == Part::Vote {
            return Err(Refusal::NotYours);
        }
        if task.state.is_over() {
            return Err(Refusal::Over);
        }
        let now = self.now;
        let removed = self.task_mut(number)?;
        (removed.state, removed.ended) = (TaskState::Gone, Some(now));
        // Whom they brought in themselves goes with them.
        let theirs = |by: UserId| by == task.who || task.had.contains(&by) && task.by != Some(by);
        let brought = |other: &Task| other.by.is_some_and(theirs) && other.root == task.root && !other.state.is_over();
        for other in self.case.tasks.iter_mut().filter(|other| brought(other)) {
            (other.state, other.ended) = (TaskState::Gone, Some(now));
        }
        let (step, to) = (Some(task.step), vec![task.who]);
        self.note(Entry { step: step.clone(), task: Some(number), to: to.clone(), ..entry("remove", Some(by)) });
        self.tell(Told::Spared, to, step, Some(by));
        self.settle(task.visit)
    }

    pub(super) fn claim(&mut self, number: u32, by: UserId, takes: bool) -> Result<(), Refusal> {
        let task = self.open_task(number, by)?;
        let asked: &Asked = self.asked(&task.step)?;
        let group = usize::try_from(task.group).ok().and_then(|group| asked.groups.get(group));
        let mends = task.part == Part::Mend;
        if mends || group.is_none_or(|group| group.claim != Claim::First) || task.claimed == takes {
            return Err(Refusal::NotAllowed);
        }
        self.task_mut(number)?.claimed = takes;
        let act = if takes { "claim" } else { "unclaim" };
        self.note(Entry { step: Some(task.step), task: Some(number), ..entry(act, Some(by)) });
        self.settle(task.visit)
    }

    pub(super) fn urge(&mut self, by: UserId) -> Result<(), Refusal> {
        let waits = |task: &&Task| task.state == TaskState::Open && task.who != by;
        let mut asked: Vec<(u32, String)> = Vec::new();
        for task in self.case.tasks.iter().filter(waits) {
            if !asked.iter().any(|(visit, _)| *visit == task.visit) {
                asked.push((task.visit, task.step.clone()));
            }
        }
        let (mut visits, mut refused) = (Vec::new(), Refusal::Over);
        for (visit, step) in asked {
            match self.may_urge(visit, &step) {
                Ok(()) => visits.push(visit),
                // What may be done later says more than what may not be done any more.
                Err(refusal) if refused != Refusal::TooOften => refused = refusal,
                Err(_) => {}
            }
        }
        if visits.is_empty() {
            return Err(refused);
        }
        let waiting = self.case.tasks.iter().filter(waits).filter(|task| visits.contains(&task.visit));
        let mut told: Vec<UserId> = waiting.map(|task| task.who).collect();
        told.sort_unstable();
        told.dedup();
        let last = self.now;
        for visit in visits {
            match self.case.urges.iter_mut().find(|urged| urged.visit == visit) {
                Some(urged) => (urged.last, urged.times) = (last, urged.times.saturating_add(1)),
                None => self.case.urges.push(Urged { visit, last, times: 1 }),
            }
        }
        self.note(entry("urge", Some(by)));
        self.tell(Told::Urged, told, None, Some(by));
        Ok(())
    }

    /// Whether those asked during a visit may be urged by now.
    fn may_urge(&self, visit: u32, step: &str) -> Result<(), Refusal> {
        let urge = self.asked(step).map(|asked| asked.urge).unwrap_or_default();
        let known = self.case.urges.iter().find(|urged| urged.visit == visit);
        if urge.most.is_some_and(|most| known.map_or(0, |urged| urged.times) >= most) {
            return Err(Refusal::Enough);
        }
        let pause = SignedDuration::from_mins(i64::from(urge.every));
        match known {
            Some(urged) if self.now.duration_since(urged.last) < pause => Err(Refusal::TooOften),
            _ => Ok(()),
        }
    }

    /// What is said is said to some, or to everybody in the talk where nobody is named. All of them may answer.
    pub(super) fn discuss(&mut self, by: UserId, to: Vec<UserId>, text: String) -> Result<(), Refusal> {
        if text.trim().is_empty() {
            return Err(Refusal::NoReason);
        }
        let mut told = to;
        if told.is_empty() {
            told.extend(self.case.talk.iter().filter(|who| **who != by));
        }
        for who in told.iter().chain([&by]) {
            if !self.case.talk.contains(who) {
                self.case.talk.push(*who);
            }
        }
        self.note(Entry { to: told.clone(), text, ..entry("discuss", Some(by)) });
        self.tell(Told::Spoken, told, None, Some(by));
        Ok(())
    }

    pub(super) fn hand_over(
        &mut self,
        from: UserId,
        to: UserId,
        step: Option<&str>,
        by: Option<UserId>,
    ) -> Result<(), Refusal> {
        let here = |task: &&Task| step.is_none_or(|step| task.step == *step);
        let theirs = self.case.tasks.iter().filter(|task| task.who == from && !task.state.is_over());
        let theirs: Vec<Task> = theirs.filter(here).cloned().collect();
        if from == to {
            return Err(Refusal::Already);
        }
        for task in &theirs {
            if !self.may_take(task, to)? {
                return Err(Refusal::Starter);
            }
            self.give(task, to);
            let step = Some(task.step.clone());
            self.note(Entry { step, task: Some(task.number), to: vec![to], ..entry("hand-over", by) });
        }
        for task in theirs {
            self.settle(task.visit)?;
        }
        Ok(())
    }

    /// Whether somebody may be given a task at all. Whoever started the case may always mend its record.
    pub(super) fn may_take(&self, task: &Task, who: UserId) -> Result<bool, Refusal> {
        let any = task.part == Part::Mend || self.asked(&task.step)?.starter != Starter::LeftOut;
        Ok(any || who != self.case.starter)
    }

    /// Has somebody else answer a task; nobody is asked twice.
    ///
    /// INVARIANT: a vote is let go only where another of the same group, by the same person, is still to be answered.
    pub(super) fn give(&mut self, task: &Task, to: UserId) {
        if task.who == to {
            return;
        }
        let now = self.now;
        let theirs = |other: &Task| other.number != task.number && other.who == to && !other.state.is_over();
        let votes = |other: &Task| other.group == task.group && other.part != Part::Delegate && theirs(other);
        let known = self.case.of_visit(task.visit).any(votes);
        // Whoever was to look first has the answer itself now.
        for look in self.case.tasks.iter_mut().filter(|other| other.root == task.root && theirs(other)) {
            if look.part == Part::Delegate {
                (look.state, look.ended) = (TaskState::Gone, Some(now));
            }
        }
        let Ok(given) = self.task_mut(task.number) else { return };
        if known {
            (given.state, given.ended) = (TaskState::Gone, Some(now));
            return;
        }
        given.had.push(given.who);
        (given.who, given.claimed) = (to, false);
        if given.state == TaskState::Open {
            given.opened = Some(now);
            self.tell(Told::Asked, vec![to], Some(task.step.clone()), None);
        }
    }

    pub(super) fn signal(&mut self, name: &str, by: Option<UserId>) -> Result<(), Refusal> {
        let process = self.process;
        let hears = |token: &Token| match &process.step(&token.step)?.kind {
            StepKind::Wait(wait) if token.at == At::Waiting => Some((token.number, wait, wait.hears(name)?)),
            _ => None,
        };
        let waiting: Vec<(u32, &Wait, usize)> = self.case.tokens.iter().filter_map(hears).collect();
        // Whoever says a word that nobody hears is to know it.
        if waiting.is_empty() && by.is_some() {
            return Err(Refusal::Unknown("word"));
        }
        for (number, wait, which) in waiting {
            // An earlier one may have ended the case.
            let Some(step) = self.case.token(number).map(|token| token.step.clone()) else { continue };
            self.note(Entry { step: Some(step), target: Some(name.to_owned()), ..entry("signal", by) });
            self.waited(number, wait, which)?;
        }
        Ok(())
    }
}
