//! How a case moves: arriving, forking, joining, ending.

use crate::{
    Effect, Facts, Refusal, State,
    case::{Armed, At, Due, Entry, Fork, Token, Visit},
    event::Told,
    process::{Others, Path, Step, StepKind, WaitFor},
};

use super::{MOST_HOPS, Run, entry, new_token};

/// How a case ends whose last path came to an end without saying how.
const DONE: &str = "done";

impl Run<'_> {
    /// A token comes to the step it names.
    pub(super) fn enter(&mut self, token: Token) -> Result<(), Refusal> {
        self.case.hops += 1;
        if self.case.hops > MOST_HOPS {
            return Err(Refusal::Circle(token.step));
        }
        let step = self.step(&token.step)?;
        match &step.kind {
            StepKind::Join { need, others } => self.join(token, step, *need, *others),
            StepKind::End { outcome, whole } => {
                self.case.outcome = Some(outcome.to_string());
                if *whole { self.end(outcome.as_str()) } else { self.vanish(token.fork) }
            }
            _ => {
                self.effects.push(Effect::Learn { token: token.number, step: token.step.clone() });
                self.case.tokens.push(Token {
                    at: At::Arriving,
                    visit: None,
                    dues: Vec::new(),
                    pauses: Vec::new(),
                    armed: Armed::default(),
                    ..token
                });
                Ok(())
            }
        }
    }

    /// A token leaves its step for another; for the end of its path when there is none.
    pub(super) fn go(&mut self, number: u32, to: Option<&str>, undoable: bool) -> Result<(), Refusal> {
        let place = self.case.tokens.iter().position(|token| token.number == number);
        let Some(place) = place else { return Err(Refusal::Unknown("token")) };
        let token = self.case.tokens.remove(place);
        let before = if undoable { token.visit.or(token.before) } else { None };
        match to {
            Some(step) => self.enter(Token { step: step.to_owned(), before, ..token }),
            None => self.vanish(token.fork),
        }
    }

    /// A token goes where its step leads, or back to where it was returned from.
    pub(super) fn go_on(&mut self, number: u32, undoable: bool) -> Result<(), Refusal> {
        let token = self.token_mut(number)?;
        let (here, back) = (token.step.clone(), token.back.take());
        let to = match back {
            Some(back) => Some(back),
            None => self.step(&here)?.next.as_ref().map(ToString::to_string),
        };
        self.go(number, to.as_deref(), undoable)
    }

    /// A token knows what it needs to know.
    pub(super) fn learned(&mut self, number: u32, facts: Facts) -> Result<(), Refusal> {
        let token = self.case.token(number).ok_or(Refusal::Unknown("token"))?;
        if token.at != At::Arriving {
            return Err(Refusal::Unknown("token"));
        }
        let step = self.step(&token.step)?;
        match &step.kind {
            StepKind::Ask(asked) => self.ask(number, asked, facts),
            StepKind::Notify(_) => {
                let name = step.name.to_string();
                self.note(Entry { step: Some(name.clone()), to: facts.told.clone(), ..entry("notify", None) });
                self.tell(Told::Copied, facts.told, Some(name), None);
                self.go_on(number, true)
            }
            StepKind::Choose(paths) => {
                let chosen = chosen(paths, &facts.holds).into_iter().next();
                let Some(path) = chosen else { return Err(Refusal::NoPath(step.name.to_string())) };
                self.go(number, Some(path.next.as_str()), true)
            }
            StepKind::Split { paths, join } => self.split(number, step, &chosen(paths, &facts.holds), join.as_str()),
            StepKind::Wait(wait) => {
                let ready = facts.ready && !matches!(wait.until, WaitFor::Time(_));
                let other = || facts.holds.iter().position(|holds| *holds).map(|other| other + 1);
                if let Some(which) = ready.then_some(0).or_else(other) {
                    return self.waited(number, wait, which);
                }
                if matches!(wait.until, WaitFor::Time(_)) && facts.dues.first().is_none_or(Option::is_none) {
                    // A moment that is not known never comes: whoever waits for it would wait for ever.
                    return self.go_on(number, false);
                }
                self.token_mut(number)?.at = At::Waiting;
                self.arm(number, &facts.dues)?;
                if facts.paused { self.pause(number) } else { Ok(()) }
            }
            StepKind::Set(_) | StepKind::Update(..) | StepKind::Create(_) => {
                self.note(Entry { step: Some(step.name.to_string()), ..entry("write", None) });
                self.go_on(number, false)
            }
            StepKind::Call { .. } => {
                if facts.dues.first().is_none_or(Option::is_none) {
                    // Where cases are gone through again nothing is called: what was answered then stands in the record.
                    return self.go_on(number, false);
                }
                self.token_mut(number)?.at = At::Waiting;
                self.set_timers(number, &facts.dues)
            }
            StepKind::Sub(sub) => {
                self.note(Entry { step: Some(step.name.to_string()), ..entry("begin", None) });
                let awaited = sub.need.unwrap_or(facts.cases).min(facts.cases);
                if sub.waits && awaited > 0 {
                    self.token_mut(number)?.at = At::Cases(awaited);
                    Ok(())
                } else {
                    self.go_on(number, false)
                }
            }
            StepKind::Join { .. } | StepKind::End { .. } => Err(Refusal::Unknown("token")),
        }
    }

    fn split(&mut self, number: u32, step: &Step, paths: &[&Path], join: &str) -> Result<(), Refusal> {
        if paths.is_empty() {
            return Err(Refusal::NoPath(step.name.to_string()));
        }
        let token = self.token_mut(number)?;
        let (parent, path) = (token.fork, token.path);
        self.case.tokens.retain(|token| token.number != number);
        let fork = self.case.number();
        self.case.forks.push(Fork { number: fork, join: join.to_owned(), parent, path, arrived: 0, passed: false });
        self.filling = Some(fork);
        for path in paths {
            // The paths before may have met already, where one of them suffices.
            if !self.case.forks.iter().any(|known| known.number == fork) || self.case.state == State::Ended {
                break;
            }
            let number = self.case.number();
            self.enter(Token { path: Some(number), ..new_token(number, path.next.as_str(), Some(fork)) })?;
        }
        self.filling = None;
        self.met(fork)
    }

    fn join(&mut self, token: Token, step: &Step, need: Option<u32>, others: Others) -> Result<(), Refusal> {
        let fork = token.fork.and_then(|fork| self.case.forks.iter_mut().find(|known| known.number == fork));
        match fork.filter(|fork| fork.join == step.name.as_str()) {
            Some(fork) => {
                fork.arrived += 1;
                let enough = need.is_some_and(|need| fork.arrived >= need) && !fork.passed;
                let (number, parent, path) = (fork.number, fork.parent, fork.path);
                match (enough, others) {
                    (true, Others::GivenUp) => {
                        self.close(number);
                        self.continue_from(number)
                    }
                    (true, Others::GoOn) => {
                        fork.passed = true;
                        self.behind(step, parent, path)?;
                        self.met(number)
                    }
                    (false, _) => self.met(number),
                }
            }
            // Whoever comes here alone passes.
            None => match &step.next {
                Some(next) => self.enter(Token { step: next.to_string(), ..token }),
                None => self.vanish(token.fork),
            },
        }
    }

    /// Goes on behind a join when all that is left of its paths has come.
    fn met(&mut self, fork: u32) -> Result<(), Refusal> {
        let busy = self.case.tokens.iter().any(|token| self.is_within(token.fork, fork));
        // A path that is over at once must not end the paths that have not begun; the split asks again at its end.
        let filling = self.filling.is_some_and(|filling| self.is_within(Some(filling), fork));
        if busy || filling || self.case.state == State::Ended {
            return Ok(());
        }
        self.continue_from(fork)
    }

    fn continue_from(&mut self, number: u32) -> Result<(), Refusal> {
        let Some(place) = self.case.forks.iter().position(|fork| fork.number == number) else { return Ok(()) };
        let fork = self.case.forks.remove(place);
        // Where the case has gone on already, the last of those that went on beside it comes to nothing.
        if fork.arrived == 0 || fork.passed {
            return self.vanish(fork.parent);
        }
        let join = self.step(&fork.join)?;
        self.behind(join, fork.parent, fork.path)
    }

    /// Goes on behind a join, within what the split was within.
    fn behind(&mut self, join: &Step, parent: Option<u32>, path: Option<u32>) -> Result<(), Refusal> {
        match &join.next {
            Some(next) => {
                let number = self.case.number();
                self.enter(Token { path, ..new_token(number, next.as_str(), parent) })
            }
            None => self.vanish(parent),
        }
    }

    /// A path is over: the paths it was one of may have met, and the case may be over.
    fn vanish(&mut self, fork: Option<u32>) -> Result<(), Refusal> {
        if let Some(fork) = fork {
            return self.met(fork);
        }
        if self.case.tokens.is_empty() && self.case.forks.is_empty() && self.case.state != State::Ended {
            let outcome = self.case.outcome.clone().unwrap_or_else(|| DONE.to_owned());
            return self.end(&outcome);
        }
        Ok(())
    }

    /// Everything ends.
    pub(super) fn end(&mut self, outcome: &str) -> Result<(), Refusal> {
        self.abandon_all();
        self.case.state = State::Ended;
        self.case.rests_since = None;
        self.case.outcome = Some(outcome.to_owned());
        self.note(Entry { target: Some(outcome.to_owned()), ..entry("end", None) });
        self.tell(Told::Ended, vec![self.case.starter], None, None);
        self.effects.push(Effect::Ended { outcome: outcome.to_owned() });
        Ok(())
    }

    /// Gives up every place the case is at.
    pub(super) fn abandon_all(&mut self) {
        let visits: Vec<u32> = self.case.tokens.iter().filter_map(|token| token.visit).collect();
        for visit in visits {
            self.close_visit(visit);
        }
        self.case.tokens.clear();
        self.case.forks.clear();
    }

    /// Gives up every place within a fork, the fork itself stays.
    pub(super) fn close(&mut self, fork: u32) {
        let within: Vec<u32> = self
            .case
            .tokens
            .iter()
            .filter(|token| self.is_within(token.fork, fork))
            .map(|token| token.number)
            .collect();
        for number in within {
            self.abandon(number);
        }
        let inner: Vec<u32> = self
            .case
            .forks
            .iter()
            .filter(|known| known.number != fork && self.is_within(known.parent, fork))
            .map(|known| known.number)
            .collect();
        self.case.forks.retain(|known| !inner.contains(&known.number));
    }

    /// Gives up the paths within a fork that one place is on; what runs beside them in that fork goes on.
    pub(super) fn close_within(&mut self, fork: u32, place: Option<u32>) {
        let on = |known: &&Fork| known.parent == Some(fork) && self.is_within(place, known.number);
        let Some(inner) = self.case.forks.iter().find(on).map(|known| known.number) else { return };
        self.close(inner);
        self.case.forks.retain(|known| known.number != inner);
    }

    /// Gives up the paths that went on beside what was done since a visit, on the path it was on.
    pub(super) fn close_passed(&mut self, visit: &Visit) {
        let same = |one: Option<u32>, other: Option<u32>| one == other || one.is_none() || other.is_none();
        let since = |fork: &&Fork| {
            fork.passed && fork.number > visit.number && fork.parent == visit.fork && same(fork.path, visit.path)
        };
        let beside: Vec<u32> = self.case.forks.iter().filter(since).map(|fork| fork.number).collect();
        for fork in &beside {
            self.close(*fork);
        }
        self.case.forks.retain(|fork| !beside.contains(&fork.number));
    }

    /// Gives up one place.
    pub(super) fn abandon(&mut self, number: u32) {
        if let Some(visit) = self.case.token(number).and_then(|token| token.visit) {
            self.close_visit(visit);
        }
        self.case.tokens.retain(|token| token.number != number);
    }

    /// Whether a fork is this one or lies within it.
    pub(super) fn is_within(&self, mut fork: Option<u32>, outer: u32) -> bool {
        for _ in 0..=self.case.forks.len() {
            match fork {
                None => return false,
                Some(number) if number == outer => return true,
                Some(number) => {
                    fork = self.case.forks.iter().find(|known| known.number == number).and_then(|known| known.parent);
                }
            }
        }
        false
    }

    /// Sets timers that are counted from now.
    pub(super) fn arm(&mut self, number: u32, dues: &[Option<jiff::Timestamp>]) -> Result<(), Refusal> {
        self.token_mut(number)?.armed = Armed::at(self.now);
        self.set_timers(number, dues)
    }

    /// Has timers of a token come back; those that were set before and differ are no longer due. What has come already and
    /// does not come again is kept.
    pub(super) fn set_timers(&mut self, number: u32, dues: &[Option<jiff::Timestamp>]) -> Result<(), Refusal> {
        let token = self.token_mut(number)?;
        let passed = |place: usize| token.dues.get(place).and_then(|due| due.passed);
        let set = |(place, at): (usize, &Option<_>)| match at {
            Some(at) => Due { at: Some(*at), passed: None },
            None => Due { at: None, passed: passed(place) },
        };
        token.dues = dues.iter().enumerate().map(set).collect();
        for (timer, at) in (0..).zip(dues) {
            if let Some(at) = at {
                self.effects.push(Effect::Timer { token: number, timer, at: *at });
            }
        }
        Ok(())
    }
}

/// The paths whose condition holds; where none does, those without a condition.
fn chosen<'p>(paths: &'p [Path], holds: &[bool]) -> Vec<&'p Path> {
    let held = paths.iter().zip(holds).filter(|(path, holds)| path.when.is_some() && **holds);
    let held: Vec<&Path> = held.map(|(path, _)| path).collect();
    if held.is_empty() { paths.iter().filter(|path| path.when.is_none()).collect() } else { held }
}
