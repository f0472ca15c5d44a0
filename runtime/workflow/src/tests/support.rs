//! A process in a few words, and a world that answers what a case asks.

use std::collections::HashMap;

use formula::{ActorAttribute, FieldInfo, Formula, Schema};
use jiff::{SignedDuration, Timestamp};
use model::{EntityId, Name, Text, Type, UserId};

use crate::{
    Asked, Case, Claim, Effect, Event, Facts, Group, Nobody, Operation, Opinion, Other, Others, Path, Process, Refusal,
    Signature, Span, Starter, State, Step, StepKind, Sub, TaskState, Timer, Told, Urge, Voter, Wait, WaitFor, Way,
    When, Who, Withdraw, case::At, event::Back, process::Over, step,
};

pub(super) struct Nothing;

impl Schema for Nothing {
    fn field(&self, _: EntityId, _: &str) -> Option<FieldInfo> {
        None
    }

    fn field_names(&self, _: EntityId) -> Vec<String> {
        Vec::new()
    }

    fn actor(&self, _: &str) -> Option<(ActorAttribute, Type)> {
        None
    }

    fn organisation(&self) -> formula::Organisation {
        formula::Organisation::default()
    }
}

pub(super) fn always() -> Formula {
    formula::compile("true", EntityId(0), None, &Nothing).unwrap()
}

pub(super) fn name(text: &str) -> Name {
    Name::parse_dashed(text).unwrap()
}

/// Somebody.
pub(super) fn who(number: u32) -> UserId {
    UserId::from_u128(u128::from(number) + 1)
}

/// Whoever starts cases.
pub(super) const STARTER: u32 = 0;
/// Whoever guards the process.
pub(super) const GUARD: u32 = 99;

pub(super) fn group(way: Way) -> Group {
    Group {
        who: vec![(Who::Starter, 1)],
        way,
        veto: matches!(way, Way::All | Way::InTurn),
        decisive: false,
        claim: Claim::None,
    }
}

pub(super) fn asked(groups: Vec<Group>) -> Asked {
    Asked {
        fills: false,
        show: Vec::new(),
        edit: Vec::new(),
        require: Vec::new(),
        groups,
        in_turn: false,
        nobody: Nobody::Guard,
        again_passes: false,
        starter: Starter::Answers,
        opinion: Opinion::Free,
        signature: Signature::Never,
        rejected: None,
        allow: Operation::ALL.to_vec(),
        urge: Urge::default(),
        timers: Vec::new(),
        paused: None,
    }
}

pub(super) fn ask(label: &str, next: Option<&str>, asked: Asked) -> Step {
    at(label, next, StepKind::Ask(Box::new(asked)))
}

pub(super) fn approval(label: &str, next: Option<&str>, way: Way) -> Step {
    ask(label, next, asked(vec![group(way)]))
}

pub(super) fn form(label: &str, next: Option<&str>) -> Step {
    ask(label, next, Asked { fills: true, ..asked(vec![group(Way::Any)]) })
}

pub(super) fn at(label: &str, next: Option<&str>, kind: StepKind) -> Step {
    Step { name: name(label), label: Text::plain(label), kind, next: next.map(name) }
}

pub(super) fn end(label: &str) -> Step {
    at(label, None, StepKind::End { outcome: name(label), whole: false })
}

/// A way on; with `?` one that has a condition.
pub(super) fn path(next: &str) -> Path {
    let (next, when) = next.strip_suffix('?').map_or((next, None), |next| (next, Some(always())));
    Path { label: Text::default(), when, next: name(next) }
}

pub(super) fn choose(label: &str, paths: &[&str]) -> Step {
    at(label, None, StepKind::Choose(paths.iter().map(|next| path(next)).collect()))
}

pub(super) fn split(label: &str, join: &str, paths: &[&str]) -> Step {
    at(label, None, StepKind::Split { paths: paths.iter().map(|next| path(next)).collect(), join: name(join) })
}

pub(super) fn join(label: &str, next: Option<&str>, need: Option<u32>) -> Step {
    at(label, next, StepKind::Join { need, others: Others::GivenUp })
}

/// A join behind which a case goes on while those go on that have not come.
pub(super) fn passing(label: &str, next: Option<&str>, need: u32) -> Step {
    at(label, next, StepKind::Join { need: Some(need), others: Others::GoOn })
}

pub(super) fn notify(label: &str, next: Option<&str>) -> Step {
    at(label, next, StepKind::Notify(vec![Who::Starter]))
}

pub(super) fn call(label: &str, next: Option<&str>, failed: Option<&str>) -> Step {
    let call = crate::Call { plugin: name("plugin"), with: Vec::new(), into: Vec::new() };
    at(label, next, StepKind::Call { call, failed: failed.map(name) })
}

pub(super) fn set(label: &str, next: Option<&str>) -> Step {
    at(label, next, StepKind::Set(Vec::new()))
}

pub(super) fn wait(label: &str, next: Option<&str>, until: WaitFor, late: Option<&str>) -> Step {
    let late = late.map(|next| (when(), Some(name(next))));
    at(label, next, StepKind::Wait(Wait { until, others: Vec::new(), late, paused: None }))
}

/// Waits for one thing or another, each of which leads elsewhere.
pub(super) fn either(label: &str, next: Option<&str>, until: WaitFor, (other, to): (WaitFor, &str)) -> Step {
    let others = vec![Other { until: other, next: name(to) }];
    at(label, next, StepKind::Wait(Wait { until, others, late: None, paused: None }))
}

pub(super) fn sub(label: &str, next: Option<&str>, waits: bool) -> Step {
    at(
        label,
        next,
        StepKind::Sub(Sub { process: name("other"), each: None, waits, need: None, others: Others::GivenUp }),
    )
}

pub(super) fn when() -> When {
    When { from: None, span: Span::Hours(1) }
}

pub(super) fn timer(then: Over) -> Timer {
    Timer { when: when(), then }
}

pub(super) fn process(steps: Vec<Step>) -> Process {
    Process {
        name: name("test"),
        label: Text::plain("test"),
        entity: EntityId(0),
        condition: None,
        guard: Some(name("guard")),
        calendar: None,
        withdraw: Withdraw::Unanswered,
        withdraw_for: None,
        steps,
        print: String::new(),
    }
}

/// A case, its process, and what its world says.
pub(super) struct World {
    pub(super) process: Process,
    pub(super) case: Case,
    pub(super) now: Timestamp,
    /// People by step, a list per group.
    pub(super) people: HashMap<&'static str, Vec<Vec<Voter>>>,
    /// Whom the process falls back on.
    pub(super) instead: Vec<UserId>,
    /// Conditions by step.
    pub(super) holds: HashMap<&'static str, Vec<bool>>,
    /// Steps that wait for something that is so already.
    pub(super) ready: Vec<&'static str>,
    /// Steps at which nothing becomes due.
    pub(super) paused: Vec<&'static str>,
    /// Cases that begin in sub-process steps.
    pub(super) cases: u32,
    /// What was told, oldest first.
    pub(super) told: Vec<(Told, UserId)>,
    /// Timers that were set, and not yet rung.
    pub(super) timers: Vec<(u32, u32, Timestamp)>,
    /// How often it ended.
    pub(super) ends: u32,
    /// What happened.
    pub(super) trail: Vec<String>,
    /// Of that, what was signed.
    pub(super) signed: Vec<String>,
}

impl World {
    pub(super) fn new(steps: Vec<Step>) -> Self {
        Self {
            process: process(steps),
            case: Case::new(who(STARTER)),
            now: "2025-11-20T01:00:00Z".parse().unwrap(),
            people: HashMap::new(),
            instead: vec![who(GUARD)],
            holds: HashMap::new(),
            ready: Vec::new(),
            paused: Vec::new(),
            cases: 2,
            told: Vec::new(),
            timers: Vec::new(),
            ends: 0,
            trail: Vec::new(),
            signed: Vec::new(),
        }
    }

    /// Says who is asked at a step, in one group.
    pub(super) fn with(mut self, step: &'static str, people: &[u32]) -> Self {
        self.groups(step, &[people]);
        self
    }

    pub(super) fn groups(&mut self, step: &'static str, groups: &[&[u32]]) {
        let voters = |people: &&[u32]| people.iter().map(|n| Voter { who: who(*n), weight: 1 }).collect();
        self.people.insert(step, groups.iter().map(voters).collect());
    }

    pub(super) fn holding(mut self, step: &'static str, holds: &[bool]) -> Self {
        self.holds.insert(step, holds.to_vec());
        self
    }

    pub(super) fn begin(mut self) -> Self {
        self.try_event(Event::Start).unwrap();
        self
    }

    /// An event with everything that follows from it, as whoever keeps cases does it: all or nothing.
    pub(super) fn try_event(&mut self, event: Event) -> Result<(), Refusal> {
        let before = self.case.clone();
        let (mut told, mut timers, mut ends) = (Vec::new(), Vec::new(), 0);
        let mut case = before;
        let mut waiting = vec![event];
        while let Some(event) = waiting.pop() {
            let (next, effects) = step(&self.process, case, event, self.now)?;
            case = next;
            for effect in effects {
                match effect {
                    Effect::Learn { token, step } => {
                        waiting.insert(0, Event::Learned { token, facts: self.facts(&step) });
                    }
                    Effect::Tell { what, to, .. } => told.extend(to.into_iter().map(|who| (what, who))),
                    Effect::Timer { token, timer, at } => timers.push((token, timer, at)),
                    Effect::Ended { .. } => ends += 1,
                }
            }
            waiting.retain(|event| match event {
                Event::Learned { token, .. } => case.token(*token).is_some_and(|token| token.at == At::Arriving),
                _ => true,
            });
        }
        self.signed.extend(case.trail.iter().filter(|entry| entry.signed).map(|entry| entry.act.to_owned()));
        self.trail.extend(case.trail.drain(..).map(|entry| entry.act.to_owned()));
        // What is kept is what comes back.
        let kept = serde_json::to_string(&case).unwrap();
        let read: Case = serde_json::from_str(&kept).unwrap();
        case.hops = 0;
        assert_eq!(read, case);
        self.case = case;
        self.told.extend(told);
        self.timers.extend(timers);
        self.ends += ends;
        Ok(())
    }

    pub(super) fn facts(&self, at: &str) -> Facts {
        let dues = match &self.process.step(at).unwrap().kind {
            StepKind::Ask(asked) => asked.timers.len(),
            StepKind::Wait(wait) => usize::from(wait.late.is_some() || matches!(wait.until, WaitFor::Time(_))),
            StepKind::Call { .. } => 1,
            _ => 0,
        };
        let later = |n: i64| self.now.checked_add(SignedDuration::from_hours(n + 1)).ok();
        Facts {
            groups: self.people.get(at).cloned().unwrap_or_default(),
            instead: self.instead.clone(),
            holds: self.holds.get(at).cloned().unwrap_or_default(),
            dues: (0..).take(dues).map(later).collect(),
            ready: self.ready.contains(&at),
            paused: self.paused.contains(&at),
            cases: self.cases,
            told: vec![who(STARTER)],
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        self.try_event(event).unwrap();
    }

    /// The open task of somebody.
    pub(super) fn task(&self, person: u32) -> u32 {
        let found = self.case.tasks.iter().find(|task| task.who == who(person) && task.state == TaskState::Open);
        found.unwrap_or_else(|| panic!("{person} is not asked: {:?}", self.case.tasks)).number
    }

    pub(super) fn decide(&mut self, person: u32, yes: bool) {
        self.try_decide(person, yes).unwrap();
    }

    pub(super) fn try_decide(&mut self, person: u32, yes: bool) -> Result<(), Refusal> {
        let task = self.task(person);
        self.try_event(Event::Decide { task, by: who(person), yes, text: "so".to_owned(), signed: false })
    }

    pub(super) fn yes(&mut self, person: u32) {
        self.decide(person, true);
    }

    pub(super) fn no(&mut self, person: u32) {
        self.decide(person, false);
    }

    pub(super) fn back(&mut self, person: u32, to: Back, resume: bool) -> Result<(), Refusal> {
        let task = self.task(person);
        self.try_event(Event::Return { task, by: who(person), to, resume, text: "not yet".to_owned() })
    }

    /// Who is asked now.
    pub(super) fn open(&self) -> Vec<u32> {
        let open = self.case.tasks.iter().filter(|task| task.state == TaskState::Open);
        let mut people: Vec<u32> = open.map(|task| u32::try_from(task.who.as_u128()).unwrap() - 1).collect();
        people.sort_unstable();
        people
    }

    /// Where the case is.
    pub(super) fn places(&self) -> Vec<&str> {
        let mut places: Vec<&str> = self.case.tokens.iter().map(|token| token.step.as_str()).collect();
        places.sort_unstable();
        places
    }

    /// How it ended.
    pub(super) fn outcome(&self) -> Option<&str> {
        (self.case.state == State::Ended).then_some(self.case.outcome.as_deref()).flatten()
    }

    /// Lets time pass and rings what is due.
    pub(super) fn pass(&mut self, hours: i64) {
        self.now = self.now.checked_add(SignedDuration::from_hours(hours)).unwrap();
        loop {
            let due = self.timers.iter().position(|(_, _, at)| *at <= self.now);
            let Some((token, timer, at)) = due.map(|place| self.timers.remove(place)) else { return };
            self.event(Event::Due { token, timer, at, people: vec![who(8)] });
        }
    }
}
