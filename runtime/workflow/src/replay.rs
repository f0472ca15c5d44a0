//! A past case gone through again by other steps: the answers people gave are given where the same people are asked at the
//! same step, and what nobody answered then is taken for a yes.
//!
//! The room stays pure: what a step needs to know is asked for ([`Replay::wanted`]) and told ([`Replay::learn`]). Waiting is
//! over at once, by what is so of the record or else by what the step itself waits for, cases begun by a step are not begun, and nothing becomes due: how long things take is not known here.

use std::collections::VecDeque;

use jiff::Timestamp;
use model::UserId;

use crate::{
    Back, Case, Effect, Event, Facts, Part, Process, Refusal, State, StepKind, Task, TaskState,
    case::At,
    process::{Claim, WaitFor},
    step::step,
};

/// Answers and waits after which a case is taken to go round for ever.
const MOST_TURNS: u32 = 500;
/// Said with every answer, for steps that ask for a reason.
const REASON: &str = "replayed";

/// What happened in a case that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Who started it.
    pub starter: UserId,
    /// Whom they chose for a step, by its name.
    pub chosen: Vec<(String, Vec<UserId>)>,
    /// When it started.
    pub started: Timestamp,
    /// What people answered, in order.
    pub answers: Vec<PastAnswer>,
    /// Whether it was ended from outside: withdrawn or terminated.
    pub cut_off: bool,
}

/// An answer of then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAnswer {
    /// When.
    pub at: Timestamp,
    /// At which step.
    pub step: String,
    /// By whom, as the step asked them.
    pub who: UserId,
    /// What.
    pub what: PastAct,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastAct {
    /// Yes, or what was asked for was filled in.
    Yes,
    /// No.
    No,
    /// Sent back to this step.
    Back(String),
}

/// Whom a step asked, once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedAt {
    /// The step.
    pub step: String,
    /// Whom, each once, in the order of their ids.
    pub who: Vec<UserId>,
}

/// Why a case would not have come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stuck {
    /// The process refuses to go on.
    Refused(Refusal),
    /// It would have gone round without end.
    Round,
    /// Nobody is asked and nothing is waited for.
    Idle,
}

/// What the process asks for: what a step needs to know, at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The token.
    pub token: u32,
    /// The step it has come to.
    pub step: String,
    /// When it came there.
    pub now: Timestamp,
    /// Who brought it there: whoever answered last, the starter before anybody did.
    pub by: UserId,
}

/// A case on its way through.
#[derive(Debug)]
pub struct Replay<'p> {
    process: &'p Process,
    case: Case,
    now: Timestamp,
    by: UserId,
    left: VecDeque<PastAnswer>,
    cut_off: bool,
    learning: VecDeque<(u32, String)>,
    turns: u32,
    assumed: Vec<String>,
    stuck: Option<Stuck>,
    over: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Whom the steps asked, sorted.
    pub asked: Vec<AskedAt>,
    /// Steps, by name, at which an answer was taken for given, each once.
    pub assumed: Vec<String>,
    /// How it ended; `None` where it did not, or was ended from outside.
    pub outcome: Option<String>,
    /// Why it did not.
    pub stuck: Option<Stuck>,
}

impl<'p> Replay<'p> {
    /// A case about to begin.
    pub fn new(process: &'p Process, past: Past) -> Self {
        let mut case = Case::new(past.starter);
        case.chosen = past.chosen.into_iter().collect();
        let mut replay = Self {
            process,
            case,
            now: past.started,
            by: past.starter,
            left: past.answers.into(),
            cut_off: past.cut_off,
            learning: VecDeque::new(),
            turns: 0,
            assumed: Vec::new(),
            stuck: None,
            over: false,
        };
        replay.tell(Event::Start);
        replay
    }

    /// The case as it stands.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// What the process needs to know next; `None` once it has come as far as it does.
    pub fn wanted(&mut self) -> Option<Wanted> {
        while !self.over {
            while let Some((token, step)) = self.learning.pop_front() {
                if self.case.token(token).is_some_and(|token| token.at == At::Arriving) {
                    return Some(Wanted { token, step, now: self.now, by: self.by });
                }
            }
            self.turn();
        }
        None
    }

    /// What was asked for. Moments at which something would become due play no part.
    pub fn learn(&mut self, token: u32, facts: Facts) {
        self.tell(Event::Learned { token, facts: Facts { dues: Vec::new(), cases: 0, ..facts } });
    }

    /// What became of it, once [`Self::wanted`] has nothing to ask.
    pub fn end(self) -> Replayed {
        let outcome = (self.case.state == State::Ended).then_some(self.case.outcome.clone()).flatten();
        Replayed { asked: asked(&self.case), assumed: self.assumed, outcome, stuck: self.stuck }
    }

    /// The next thing that happens: an answer, or the end of a wait.
    fn turn(&mut self) {
        self.turns += 1;
        if self.case.state == State::Ended {
            self.over = true;
        } else if self.turns > MOST_TURNS {
            self.stop(Stuck::Round);
        } else if let Some(event) = self.waited() {
            self.tell(event);
        } else {
            self.answer();
        }
    }

    /// The end of a wait, if anything is waited for.
    fn waited(&self) -> Option<Event> {
        let waiting = self.case.tokens.iter().find(|token| token.at == At::Waiting)?;
        match &self.process.step(&waiting.step)?.kind {
            StepKind::Wait(wait) => Some(match &wait.until {
                WaitFor::Signal(name) => Event::Signal { name: name.to_string(), by: None },
                WaitFor::Record(_) | WaitFor::Time(_) => Event::Ready { token: waiting.number, which: 0 },
            }),
            _ => None,
        }
    }

    fn answer(&mut self) {
        let open: Vec<Task> = self.case.tasks.iter().filter(|task| task.state == TaskState::Open).cloned().collect();
        let Some(first) = open.first() else { return self.stop(Stuck::Idle) };
        let same = |answer: &PastAnswer| {
            open.iter().find(|task| task.step == answer.step && task.who == answer.who).map(|task| task.number)
        };
        let found = self.left.iter().enumerate().find_map(|(place, answer)| Some((place, same(answer)?)));
        // Somebody else was asked at the step then: what they said is said by those asked now.
        let instead = || {
            let stands_in = |answer: &PastAnswer| open.iter().find(|task| task.step == answer.step);
            self.left.iter().enumerate().find_map(|(place, answer)| Some((place, stands_in(answer)?.number)))
        };
        match found.or_else(instead) {
            Some((place, task)) => {
                let Some(answer) = self.left.remove(place) else { return };
                self.now = self.now.max(answer.at);
                self.give(task, answer.what);
            }
            // Whoever ended it then ends it now, once everything that was answered is.
            None if self.cut_off && self.left.is_empty() => self.over = true,
            None => self.assume(first.number),
        }
    }

    /// A yes that nobody gave.
    fn assume(&mut self, task: u32) {
        if let Some(step) = self.case.task(task).map(|task| task.step.clone())
            && !self.assumed.contains(&step)
        {
            self.assumed.push(step);
        }
        self.give(task, PastAct::Yes);
    }

    fn give(&mut self, number: u32, what: PastAct) {
        let Some(task) = self.case.task(number).cloned() else { return };
        let by = task.who;
        self.by = by;
        let asked = self.process.step(&task.step).and_then(|step| match &step.kind {
            StepKind::Ask(asked) => Some(asked),
            _ => None,
        });
        let group = usize::try_from(task.group).ok().and_then(|group| asked?.groups.get(group));
        if group.is_some_and(|group| group.claim == Claim::First) && !task.claimed && task.part == Part::Vote {
            self.tell(Event::Claim { task: number, by });
        }
        let fills = asked.is_some_and(|asked| asked.fills);
        let text = REASON.to_owned();
        let event = match what {
            PastAct::Back(step) => Event::Return { task: number, by, to: Back::Step(step), resume: false, text },
            PastAct::No => Event::Decide { task: number, by, yes: fills, text, signed: true },
            PastAct::Yes => Event::Decide { task: number, by, yes: true, text, signed: true },
        };
        let returns = matches!(event, Event::Return { .. });
        match self.work_out(event) {
            Ok(()) => {}
            // These steps do not let it be sent back there: it goes on instead.
            Err(Refusal::NotAllowed | Refusal::NeverThere) if returns => self.assume(number),
            Err(refusal) => self.stop(Stuck::Refused(refusal)),
        }
    }

    fn tell(&mut self, event: Event) {
        if let Err(refusal) = self.work_out(event) {
            self.stop(Stuck::Refused(refusal));
        }
    }

    fn work_out(&mut self, event: Event) -> Result<(), Refusal> {
        let (case, effects) = step(self.process, self.case.clone(), event, self.now)?;
        self.case = case;
        self.case.trail.clear();
        for effect in effects {
            if let Effect::Learn { token, step } = effect {
                self.learning.push_back((token, step));
            }
        }
        Ok(())
    }

    fn stop(&mut self, stuck: Stuck) {
        (self.stuck, self.over) = (Some(stuck), true);
    }
}

/// Whom the steps of a case asked, sorted: whoever was brought in by somebody who was asked is left out.
pub fn asked(case: &Case) -> Vec<AskedAt> {
    let mut found: Vec<AskedAt> = Vec::new();
    for visit in &case.visits {
        let tasks = case.tasks.iter().filter(|task| task.visit == visit.number && task.part == Part::Vote);
        let mut who: Vec<UserId> = tasks.filter(|task| task.opened.is_some()).map(|task| task.who).collect();
        who.sort_unstable();
        who.dedup();
        if !who.is_empty() {
            found.push(AskedAt { step: visit.step.clone(), who });
        }
    }
    found.sort_unstable();
    found
}
