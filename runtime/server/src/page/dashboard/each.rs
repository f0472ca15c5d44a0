//! Values that are asked for together, and apart where that goes through too many rows: one that does not come in time takes no
//! other along.
//!
//! INVARIANT: a value that did not come is told to be missing, never made from a part of its rows.

use std::{iter::once, time::Instant};

use app::Tile;
use engine::query::{
    dictionary::{Failed, Failing},
    series::{Fresh, Freshness, NoSeries, Series, Several, TermSeries},
};
use model::{Period, TermId};

use super::{Shown, Visit};
use crate::problem::{Kind, Problem};

/// The answer to one question.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The values of its terms.
    pub(super) series: Vec<TermSeries>,
    /// The terms that have none here, and why.
    pub(super) without: Vec<(TermId, Without)>,
}

/// Why the values of a term are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Without {
    /// They are more than one answer holds, which is so many.
    TooManyNumbers(u32),
    /// There are more rows to go through than can be in the time there is.
    TooManyRows,
}

impl Without {
    /// What is said in their place.
    pub(super) fn words(self, visit: &Visit) -> String {
        match self {
            Self::TooManyNumbers(most) => visit.fill("too-much", &[("n", &most.to_string())]),
            Self::TooManyRows => visit.say("too-many-rows").to_owned(),
        }
    }
}

impl Answer {
    fn read(terms: &[TermId], answer: Result<Vec<TermSeries>, NoSeries>) -> Result<Self, Problem> {
        match answer {
            Ok(series) => Ok(Self { series, without: Vec::new() }),
            Err(NoSeries::TooMany(most)) => {
                let without = terms.iter().map(|term| (*term, Without::TooManyNumbers(most)));
                Ok(Self { series: Vec::new(), without: without.collect() })
            }
            // What the compiler let through can only be too much.
            Err(other) => Err(Problem::internal(format!("a page asks what has no answer: {other:?}"))),
        }
    }
}

/// The answers to the questions of a page, in their order.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn of(visit: &Visit, questions: &[Series]) -> Result<Vec<Answer>, Problem> {
    match visit.ask(Several(questions.to_vec())).await {
        Ok(answers) => {
            let each = questions.iter().zip(answers);
            each.map(|(question, answer)| Answer::read(&question.terms, answer)).collect()
        }
        Err(problem) if problem.kind == Kind::TooManyRows => apart(visit, questions).await,
        Err(problem) => Err(problem),
    }
}

/// The same asked term by term. In all they have half the time they had together, so that the page still comes in its own; what one
/// leaves of its share is there for the others.
async fn apart(visit: &Visit, questions: &[Series]) -> Result<Vec<Answer>, Problem> {
    let many = questions.iter().map(|question| question.terms.len()).sum::<usize>();
    let mut waiting = u32::try_from(many).unwrap_or(u32::MAX);
    let mut left = visit.engine.store().patience().unwrap_or_default() / 2;
    // Alone it has been asked already.
    let asked = waiting <= 1;
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        let mut answer = Answer::default();
        for term in &question.terms {
            if asked {
                answer.without.push((*term, Without::TooManyRows));
                continue;
            }
            let began = Instant::now();
            let alone = Series { terms: vec![*term], ..question.clone() };
            match visit.ask_within(left / waiting.max(1), alone).await {
                Ok(found) => {
                    let found = Answer::read(&[*term], found)?;
                    answer.series.extend(found.series);
                    answer.without.extend(found.without);
                }
                Err(problem) if problem.kind == Kind::TooManyRows => {
                    answer.without.push((*term, Without::TooManyRows));
                }
                Err(problem) => return Err(problem),
            }
            waiting = waiting.saturating_sub(1);
            left = left.saturating_sub(began.elapsed());
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// How new the data of each term is; `None` where that takes too long to find out.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn fresh(visit: &Visit, terms: &[TermId]) -> Result<Option<Vec<Fresh>>, Problem> {
    in_time(visit.ask_within(visit.engine.bounds().besides, Freshness { terms: terms.to_vec() }).await)
}

/// The checks that the rows of each term break in a period; `None` where that takes too long to find out.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn failing(
    visit: &Visit,
    terms: &[TermId],
    period: Period,
) -> Result<Option<Vec<Vec<Failed>>>, Problem> {
    let ask = Failing { terms: terms.to_vec(), from: period.first(), to: period.last() };
    in_time(visit.ask_within(visit.engine.bounds().besides, ask).await)
}

fn in_time<T>(answer: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(problem) if problem.kind == Kind::TooManyRows => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Says of a tile what was not found out in time.
pub(super) fn say_unknown(visit: &Visit, tile: &Tile, shown: &mut Shown, (fresh, checks): (bool, bool)) {
    let app = visit.app();
    let checked = |id: &TermId| app.term(*id).is_some_and(|term| !term.checks.is_empty());
    let has_checks = || once(&tile.term).chain(&tile.with).any(|term| app.measured(*term).iter().any(checked));
    let mut said = vec![match fresh {
        true => visit.say("data-until-unknown").to_owned(),
        false => std::mem::take(&mut shown.fresh),
    }];
    if checks && has_checks() {
        said.push(visit.say("checks-unknown").to_owned());
    }
    said.retain(|one| !one.is_empty());
    shown.fresh = said.join(" · ");
}
