//! One request that moves many cases to other steps, or takes a move back: case by case, as far as it comes.

use engine::{
    Actor, CaseAct, CaseCommand, Command, Engine,
    query::case::{Class, MovedCase, MovedTogether, Running, RunningCase},
};
use model::{Locale, RecordId, Text, Timestamp};

use crate::{
    problem::{Kind, Problem, case},
    words,
};

/// Cases asked for together.
const PAGE: u32 = 200;

/// Cases that stay, named one by one.
const MOST_NAMED: usize = 1_000;

/// Seconds after which a request says how far it came; it would be cut off at twice as many.
const PATIENCE: i64 = 15;

/// A case that stayed as it was.
pub(crate) struct Stays {
    /// The case.
    pub(crate) case: RecordId,
    /// What the steps that it is at are called, where it was looked at.
    pub(crate) places: Vec<Text>,
    /// The step that stands in the way, and what it is called.
    pub(crate) step: Option<(String, Text)>,
    /// Why, as a code.
    pub(crate) code: String,
    /// Why, in the reader's language.
    pub(crate) message: String,
}

/// A request that goes over many cases, and how far it came.
pub(crate) struct Run<'r> {
    engine: &'r Engine,
    actor: &'r Actor,
    began: Timestamp,
    /// How many cases it changed.
    pub(crate) done: usize,
    /// How many stay as they were.
    pub(crate) stayed: usize,
    /// The first of these, with why.
    pub(crate) named: Vec<Stays>,
    /// Why the first of them stays, where it was tried.
    pub(crate) first: Option<Problem>,
    /// Whether one was tried: a request that is late all the same tries one, so that the next comes further.
    tried: bool,
    /// Whether there are more than one request goes over.
    pub(crate) more: bool,
}

impl<'r> Run<'r> {
    pub(crate) fn of(engine: &'r Engine, actor: &'r Actor) -> Self {
        let began = engine.now();
        Self { engine, actor, began, done: 0, stayed: 0, named: Vec::new(), first: None, tried: false, more: false }
    }

    /// Moves every running case of a workflow that can be to the present steps. Answers how many are moved by now: those that
    /// another request of the same move went over are of it, too; those that another move took are not.
    ///
    /// # Errors
    /// Of those who do not manage the workflow, of one that is gone, and what is no matter of one case.
    pub(crate) async fn all(&mut self, workflow: &str, moving: RecordId) -> Result<usize, Problem> {
        self.every(workflow, moving).await?;
        match self.moved(workflow, moving).await {
            Ok(cases) => Ok(cases.iter().filter(|case| !case.back).count()),
            Err(_) if self.done > 0 => Ok(self.done),
            Err(problem) => Err(problem),
        }
    }

    /// Takes a move back, for each case for itself. Answers how many are taken back by now; `None` where there is no such move.
    ///
    /// # Errors
    /// Of those who do not manage the workflow, and what is no matter of one case.
    pub(crate) async fn back(&mut self, workflow: &str, moving: RecordId) -> Result<Option<usize>, Problem> {
        let cases = self.moved(workflow, moving).await?;
        if cases.is_empty() {
            return Ok(None);
        }
        let before = cases.iter().filter(|case| case.back).count();
        for MovedCase { case, back } in cases {
            if !back && !self.go(case, &[], CaseAct::MigrateBackWith { moving }).await? {
                break;
            }
        }
        Ok(Some(before + self.done))
    }

    /// The cases of a move.
    async fn moved(&self, workflow: &str, moving: RecordId) -> Result<Vec<MovedCase>, Problem> {
        let ask = MovedTogether { workflow: workflow.to_owned(), moving };
        let found = self.engine.query(self.actor, ask).await;
        let found = found.map_err(|error| Problem::of_query(error, self.actor))?;
        found.ok_or_else(|| Problem::new(Kind::Denied))
    }

    async fn every(&mut self, workflow: &str, moving: RecordId) -> Result<(), Problem> {
        let mut before = None;
        loop {
            let ask = Running { workflow: workflow.to_owned(), before, limit: PAGE, earlier: true, counts: false };
            let running = self.engine.query(self.actor, ask).await;
            let running = running.map_err(|error| Problem::of_query(error, self.actor));
            let running = match running {
                Ok(found) => found.ok_or_else(|| Problem::new(Kind::Denied))?,
                Err(problem) => return self.ends_with(problem),
            };
            if running.gone {
                return Err(case::gone(self.actor.locale));
            }
            for case in &running.cases {
                match &case.class {
                    Class::Keep => {}
                    Class::Blocked(step) => self.blocked(case, step),
                    Class::Migrate => {
                        if !self.go(case.row.id, &places(case), CaseAct::MigrateWith { moving }).await? {
                            return Ok(());
                        }
                    }
                }
            }
            before = running.next;
            if before.is_none() {
                return Ok(());
            }
            if self.late() {
                self.more = true;
                return Ok(());
            }
        }
    }

    /// Does one case, which is at these places; `false` where the request has done enough.
    async fn go(&mut self, case: RecordId, places: &[Text], act: CaseAct) -> Result<bool, Problem> {
        if self.late() || self.done >= self.engine.bounds().moved {
            self.more = true;
            return Ok(false);
        }
        self.tried = true;
        let act = CaseCommand::Act { case, act, fields: Vec::new(), files: Vec::new(), expected: None };
        let Err(error) = self.engine.execute(self.actor, Command::Case(act)).await else {
            self.done += 1;
            return Ok(true);
        };
        let problem = Problem::of_command(error, self.actor);
        match problem.kind {
            Kind::CaseRefused | Kind::NotFound | Kind::Denied | Kind::Invalid => {
                self.refused(case, places, problem);
                Ok(true)
            }
            _ => self.ends_with(problem).map(|()| false),
        }
    }

    /// Whether it has gone over cases long enough.
    fn late(&self) -> bool {
        self.tried && self.engine.now().as_second() - self.began.as_second() >= PATIENCE
    }

    /// What is no matter of one case refuses the request, unless some of it is done: then that is told, and whoever asks for the
    /// rest meets it again.
    fn ends_with(&mut self, problem: Problem) -> Result<(), Problem> {
        if self.done == 0 {
            return Err(problem);
        }
        self.more = true;
        Ok(())
    }

    fn blocked(&mut self, case: &RunningCase, step: &str) {
        let label = case.called(step);
        let (code, message) = in_the_way(step, label.get(self.actor.locale), self.actor.locale);
        let step = Some((step.to_owned(), label)).filter(|(step, _)| !step.is_empty());
        self.stay(Stays { case: case.row.id, places: places(case), step, code: code.to_owned(), message });
    }

    fn refused(&mut self, case: RecordId, places: &[Text], problem: Problem) {
        let (code, message) = match problem.errors.first() {
            Some(error) => (error.code.clone(), error.message.clone()),
            None => (problem.kind.slug().to_owned(), problem.kind.title(self.actor.locale).to_owned()),
        };
        self.stay(Stays { case, places: places.to_vec(), step: None, code, message });
        self.first.get_or_insert(problem);
    }

    fn stay(&mut self, one: Stays) {
        self.stayed += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(one);
        }
    }
}

fn places(case: &RunningCase) -> Vec<Text> {
    case.steps.iter().map(|at| at.label.clone()).collect()
}

/// Why a case cannot go by the present steps: a code, and in words.
pub(crate) fn in_the_way(step: &str, label: &str, locale: Locale) -> (&'static str, String) {
    match step {
        "" => ("unreadable", words::say(locale, "workflow-unreadable").to_owned()),
        _ => ("blocked", words::fill(locale, "workflow-blocked", &[("step", label)])),
    }
}
