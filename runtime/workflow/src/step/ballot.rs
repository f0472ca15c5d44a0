//! People who are asked: whose turn it is, what their answers come to, and what closes with it.

use std::collections::BTreeSet;

use model::UserId;

use crate::{
    Facts, Refusal,
    case::{Answer, Armed, At, Entry, Part, Task, TaskState, Visit},
    event::{Told, Voter},
    process::{Asked, Claim, Group, Nobody, Opinion, Starter, Way},
};

use super::{Run, entry};

/// What answers come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tally {
    Open,
    Passed,
    Rejected,
}

/// A vote: somebody the step asked, with whoever was asked in addition.
struct Vote {
    weight: u32,
    tally: Tally,
}

impl Run<'_> {
    /// A token comes to a step at which people are asked.
    pub(super) fn ask(&mut self, number: u32, asked: &Asked, facts: Facts) -> Result<(), Refusal> {
        let token = self.token_mut(number)?;
        let (step, fork, path, back) = (token.step.clone(), token.fork, token.path, token.back.clone());
        let visit = self.case.number();
        let (spared, dues, pauses) = (Vec::new(), Vec::new(), Vec::new());
        let step_now = step.clone();
        let armed = Armed::default();
        let over = false;
        let now = Visit { number: visit, step: step_now, fork, path, over, back, spared, dues, pauses, armed };
        self.case.visits.push(now);
        let token = self.token_mut(number)?;
        (token.visit, token.at) = (Some(visit), At::Asking);

        let mut groups = Vec::new();
        for (at, _) in asked.groups.iter().enumerate() {
            groups.push(self.voters(asked, facts.groups.get(at).map_or(&[][..], Vec::as_slice)));
        }
        // Where only some groups have nobody, the others answer for the step if it may be passed without any.
        for voters in groups.iter_mut().filter(|voters| voters.is_empty()) {
            *voters = match asked.nobody {
                Nobody::Pass => continue,
                Nobody::Refuse => return Err(Refusal::Nobody(step)),
                Nobody::Guard | Nobody::Ask(_) => {
                    let found: Vec<Voter> = facts.instead.iter().map(|who| Voter { who: *who, weight: 1 }).collect();
                    self.voters(asked, &found)
                }
            };
            if voters.is_empty() {
                return Err(Refusal::Nobody(step));
            }
        }
        let mut before: Vec<u32> = Vec::new();
        for (group, (rules, voters)) in (0..).zip(asked.groups.iter().zip(&groups)) {
            let mut made = Vec::new();
            for voter in voters {
                let number = self.case.number();
                let mut after = if asked.in_turn { before.clone() } else { Vec::new() };
                if rules.way == Way::InTurn {
                    after.extend(made.last());
                }
                let state = self.taken(asked, voter.who).map_or(TaskState::Later, TaskState::Done);
                self.case.tasks.push(Task {
                    number,
                    visit,
                    step: step.clone(),
                    who: voter.who,
                    group,
                    weight: voter.weight,
                    root: number,
                    part: Part::Vote,
                    by: None,
                    had: Vec::new(),
                    after,
                    claimed: false,
                    state,
                    opened: None,
                    ended: state.is_over().then_some(self.now),
                });
                if state.is_over() {
                    let by = Some(voter.who);
                    self.note(Entry { step: Some(step.clone()), task: Some(number), ..entry("taken", by) });
                }
                made.push(number);
            }
            before.extend(made);
        }
        if groups.iter().all(Vec::is_empty) {
            self.note(Entry { step: Some(step), ..entry("nobody", None) });
        }
        self.arm(number, &facts.dues)?;
        if facts.paused {
            self.pause(number)?;
        }
        self.settle(visit)
    }

    /// Who of a group is asked, each once.
    fn voters(&self, asked: &Asked, found: &[Voter]) -> Vec<Voter> {
        let mut voters: Vec<Voter> = Vec::new();
        for voter in found {
            let known = voters.iter().any(|known| known.who == voter.who);
            let left_out = asked.starter == Starter::LeftOut && voter.who == self.case.starter;
            if !known && !left_out {
                voters.push(*voter);
            }
        }
        voters
    }

    /// An answer that is taken for given.
    fn taken(&self, asked: &Asked, who: UserId) -> Option<Answer> {
        let said_yes = |task: &Task| {
            let approved = task.who == who && task.state == TaskState::Done(Answer::Yes) && task.part != Part::Mend;
            approved && self.asked(&task.step).is_ok_and(|asked| !asked.fills)
        };
        let starter = asked.starter == Starter::Passes && who == self.case.starter;
        let again = asked.again_passes && self.case.tasks.iter().any(said_yes);
        (!asked.fills && (starter || again)).then_some(Answer::Taken)
    }

    /// Brings a visit up to date after an answer: who is asked now, and whether the step is decided.
    pub(super) fn settle(&mut self, visit: u32) -> Result<(), Refusal> {
        let Some(token) = self.case.token_of(visit) else { return Ok(()) };
        let (number, step) = (token.number, token.step.clone());
        if self.case.mends(visit) {
            return self.mended(number, visit, &step);
        }
        let asked = self.asked(&step)?;
        let mut all = Tally::Passed;
        let mut decisive = false;
        for (at, group) in (0..).zip(&asked.groups) {
            let votes = self.votes(visit, at);
            decisive |= group.decisive && votes.iter().any(|vote| vote.tally == Tally::Passed);
            match tally(group, &votes, matches!(asked.nobody, Nobody::Pass)) {
                Tally::Passed => self.spare(visit, |task| task.group == at),
                Tally::Rejected => all = Tally::Rejected,
                Tally::Open if all == Tally::Passed => all = Tally::Open,
                Tally::Open => {}
            }
        }
        match if decisive { Tally::Passed } else { all } {
            Tally::Open => {
                self.take_turns(visit);
                Ok(())
            }
            Tally::Passed => {
                self.close_visit(visit);
                self.go_on(number, true)
            }
            Tally::Rejected => self.rejected(number, asked),
        }
    }

    /// A step is decided by a no.
    pub(super) fn rejected(&mut self, number: u32, asked: &Asked) -> Result<(), Refusal> {
        if let Some(visit) = self.token_mut(number)?.visit {
            self.close_visit(visit);
        }
        self.token_mut(number)?.back = None;
        match &asked.rejected {
            Some(step) => self.go(number, Some(step.as_str()), true),
            None => self.end("rejected"),
        }
    }

    fn votes(&self, visit: u32, group: u32) -> Vec<Vote> {
        let roots = self.case.of_visit(visit).filter(|task| task.group == group && task.part == Part::Vote);
        roots
            .filter_map(|root| {
                let parts = || self.case.tasks.iter().filter(|task| task.root == root.number);
                let counted = || parts().filter(|task| task.part != Part::Delegate && task.state != TaskState::Gone);
                counted().next()?;
                let tally = if counted().any(|task| task.state == TaskState::Done(Answer::No)) {
                    Tally::Rejected
                } else if counted().all(|task| matches!(task.state, TaskState::Done(_))) {
                    Tally::Passed
                } else {
                    Tally::Open
                };
                Some(Vote { weight: root.weight, tally })
            })
            .collect()
    }

    /// Opens what can be answered, and closes for the time being what waits for another.
    fn take_turns(&mut self, visit: u32) {
        let over: BTreeSet<u32> =
            self.case.tasks.iter().filter(|task| task.state.is_over()).map(|t| t.number).collect();
        let claimed: Vec<(u32, u32)> = self
            .case
            .of_visit(visit)
            .filter(|task| task.claimed && !task.state.is_over())
            .map(|task| (task.group, task.root))
            .collect();
        let mut opened = Vec::new();
        let now = self.now;
        for task in self.case.tasks.iter_mut().filter(|task| task.visit == visit && !task.state.is_over()) {
            let others = claimed.iter().any(|(group, root)| *group == task.group && *root != task.root);
            let ready = task.after.iter().all(|number| over.contains(number)) && !others;
            match (ready, task.state) {
                (true, TaskState::Later) => {
                    task.state = TaskState::Open;
                    if task.opened.is_none() {
                        task.opened = Some(now);
                        opened.push((task.who, task.step.clone()));
                    }
                }
                (false, TaskState::Open) => task.state = TaskState::Later,
                _ => {}
            }
        }
        if let Some((_, step)) = opened.first().cloned() {
            self.tell(Told::Asked, opened.into_iter().map(|(who, _)| who).collect(), Some(step), None);
        }
    }

    /// Lets go of those of a visit who have not answered.
    pub(super) fn spare(&mut self, visit: u32, which: impl Fn(&Task) -> bool) {
        let now = self.now;
        let mut spared = Vec::new();
        for task in self.case.tasks.iter_mut().filter(|task| task.visit == visit && !task.state.is_over()) {
            if which(task) {
                (task.state, task.ended) = (TaskState::Gone, Some(now));
                spared.push(task.number);
            }
        }
        for known in self.case.visits.iter_mut().filter(|known| known.number == visit) {
            known.spared.extend(&spared);
        }
    }

    /// Asks those again who were let go.
    pub(super) fn ask_again(&mut self, visit: u32) {
        let known = self.case.visits.iter_mut().find(|known| known.number == visit);
        for number in known.map(|known| std::mem::take(&mut known.spared)).unwrap_or_default() {
            let Some(who) = self.case.task(number).map(|task| task.who) else { continue };
            let known = self.case.of_visit(visit).any(|other| other.who == who && !other.state.is_over());
            if let (false, Ok(task)) = (known, self.task_mut(number)) {
                (task.state, task.ended) = (TaskState::Later, None);
            }
        }
    }

    /// Ends a visit: nobody is asked any more and nothing becomes due.
    pub(super) fn close_visit(&mut self, visit: u32) {
        self.spare(visit, |_| true);
        let token = self.case.tokens.iter_mut().find(|token| token.visit == Some(visit));
        let taken = token.map(|token| {
            (std::mem::take(&mut token.dues), std::mem::take(&mut token.pauses), std::mem::take(&mut token.armed))
        });
        let (dues, pauses, armed) = taken.unwrap_or_default();
        for known in self.case.visits.iter_mut().filter(|known| known.number == visit) {
            known.over = true;
            known.dues.clone_from(&dues);
            known.pauses.clone_from(&pauses);
            known.armed = armed;
        }
    }

    /// Somebody answers.
    pub(super) fn decide(
        &mut self,
        number: u32,
        by: UserId,
        yes: bool,
        (text, signed): (String, bool),
    ) -> Result<(), Refusal> {
        let task = self.open_task(number, by)?;
        if task.part == Part::Mend {
            return self.send_again(&task, by, yes, text);
        }
        let asked = self.asked(&task.step)?;
        if asked.fills && !yes {
            return Err(Refusal::NotAllowed);
        }
        let unsaid = text.trim().is_empty();
        match asked.opinion {
            Opinion::Always if unsaid => return Err(Refusal::NoReason),
            Opinion::Rejecting if unsaid && !yes => return Err(Refusal::NoReason),
            _ => {}
        }
        let signs = asked.signature.wanted(yes);
        if signs && !signed {
            return Err(Refusal::Unsigned);
        }
        let group = usize::try_from(task.group).ok().and_then(|group| asked.groups.get(group));
        if group.is_some_and(|group| group.claim == Claim::First) && !task.claimed && task.part == Part::Vote {
            return Err(Refusal::NotYet);
        }
        let now = self.now;
        let answered = self.task_mut(number)?;
        answered.state = TaskState::Done(if yes { Answer::Yes } else { Answer::No });
        answered.ended = Some(now);
        let act = match (asked.fills, yes) {
            (true, _) => "submit",
            (false, true) => "approve",
            (false, false) => "reject",
        };
        self.note(Entry { step: Some(task.step), task: Some(number), text, signed: signs, ..entry(act, Some(by)) });
        self.settle(task.visit)
    }
}

/// What the votes of a group come to; without any, its yes is taken for given only where `empty_passes`.
fn tally(group: &Group, votes: &[Vote], empty_passes: bool) -> Tally {
    let count = |tally| votes.iter().filter(|vote| vote.tally == tally).count();
    let (yes, no, all) = (count(Tally::Passed), count(Tally::Rejected), votes.len());
    if all == 0 {
        return if empty_passes { Tally::Passed } else { Tally::Open };
    }
    if group.veto && no > 0 {
        return Tally::Rejected;
    }
    let weigh =
        |tally| -> u64 { votes.iter().filter(|vote| vote.tally == tally).map(|vote| u64::from(vote.weight)).sum() };
    match group.way {
        Way::Any if yes > 0 => Tally::Passed,
        Way::Any if no > 0 => Tally::Rejected,
        Way::Any => Tally::Open,
        Way::InTurn | Way::All if yes == all => Tally::Passed,
        Way::InTurn | Way::All if yes + no == all => Tally::Rejected,
        Way::InTurn | Way::All => Tally::Open,
        Way::Share(percent) => {
            let (yes, no, open) = (weigh(Tally::Passed), weigh(Tally::Rejected), weigh(Tally::Open));
            let needed = (yes + no + open) * u64::from(percent);
            if yes * 100 >= needed {
                Tally::Passed
            } else if (yes + open) * 100 < needed {
                Tally::Rejected
            } else {
                Tally::Open
            }
        }
        Way::Count(needed) => {
            let needed = usize::try_from(needed).unwrap_or(usize::MAX).min(all);
            if yes >= needed {
                Tally::Passed
            } else if all - no < needed {
                Tally::Rejected
            } else {
                Tally::Open
            }
        }
    }
}
