//! What a dashboard asks: as few questions as there are kinds of periods and groups, all of them at once.

use app::{By, ChartKind, Dashboard, Tile};
use engine::query::series::{GroupBy, Series, TermSeries};
use model::{Period, TermId};

use super::{
    Frame,
    each::{self, Answer, Without},
};
use crate::problem::Problem;

/// One question: the same periods, told apart the same way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) from: Period,
    pub(super) to: Period,
    pub(super) group: Option<GroupBy>,
    /// Over all rows, whatever the page is narrowed to.
    pub(super) whole: bool,
}

/// A question and its answer.
struct Asked {
    key: Key,
    terms: Vec<TermId>,
    answer: Answer,
}

/// Answers of a dashboard.
pub(super) struct Answers(Vec<Asked>);

/// What one tile asks.
pub(super) struct Questions<'t> {
    /// What it is told apart by now.
    pub(super) by: Option<&'t By>,
    /// Its values.
    pub(super) now: Key,
    /// What they are compared with.
    pub(super) then: Option<Key>,
    /// What else it needs, in an order of its own.
    pub(super) more: Vec<Key>,
}

impl<'t> Questions<'t> {
    /// What a tile asks.
    pub(super) fn of(frame: &Frame<'_>, dashboard: &Dashboard, tile: &'t Tile) -> Self {
        let (grain, periods) = (tile.grain.unwrap_or(dashboard.grain), tile.periods.unwrap_or(dashboard.periods));
        let by = frame.narrow.by(tile);
        let group = by.map(|by| GroupBy::Path(by.written.clone()));
        let to = frame.visit.app().year_start().period(grain, frame.until);
        let newest = |group, whole| Key { from: to, to, group, whole };
        match (tile.chart, by, &tile.across) {
            (Some(ChartKind::Pivot), Some(by), Some(across)) => {
                let (rows, columns) = (by.written.clone(), across.written.clone());
                let now = newest(Some(GroupBy::Both(rows, columns.clone())), false);
                let more = vec![newest(group, false), newest(Some(GroupBy::Path(columns)), false), newest(None, false)];
                return Self { by: Some(by), now, then: None, more };
            }
            (Some(ChartKind::NineBox), ..) => {
                let subjects = |whole| newest(Some(GroupBy::Subject), whole);
                // Where somebody stands among the peers does not depend on whom the page shows.
                let narrowed = frame.narrow.rows().is_some();
                return Self { by: None, now: subjects(false), then: None, more: vec![subjects(narrowed)] };
            }
            (Some(ChartKind::Words), ..) if tile.text.is_some() => {
                return Self { by: None, now: newest(None, false), then: None, more: Vec::new() };
            }
            _ => {}
        }
        // A number whose fall is to be told looks further back than it shows.
        let term = frame.visit.app().term(tile.term).and_then(|term| term.drivers.as_ref());
        let needed = term.filter(|_| tile.chart.is_none()).map_or(0, |drivers| drivers.declines.saturating_add(1));
        let from = to.later(1 - i32::try_from(periods.max(needed)).unwrap_or(1));
        let then = frame.against.and_then(|against| against.range(tile, to, periods));
        let then = then.map(|(from, to)| Key { from, to, group: group.clone(), whole: false });
        Self { by, now: Key { from, to, group, whole: false }, then, more: Vec::new() }
    }
}

impl Answers {
    /// Asks for everything the tiles show.
    ///
    /// # Errors
    /// What the engine refuses.
    pub(super) async fn of(frame: &Frame<'_>, tiles: &[(&Tile, Questions<'_>)]) -> Result<Self, Problem> {
        let mut asked: Vec<Asked> = Vec::new();
        for (tile, questions) in tiles {
            for key in std::iter::once(&questions.now).chain(&questions.then).chain(&questions.more) {
                let at = match asked.iter().position(|asked| asked.key == *key) {
                    Some(at) => at,
                    None => {
                        asked.push(Asked { key: key.clone(), terms: Vec::new(), answer: Answer::default() });
                        asked.len() - 1
                    }
                };
                let Some(known) = asked.get_mut(at) else { continue };
                for term in std::iter::once(tile.term).chain(tile.with.iter().copied()) {
                    if !known.terms.contains(&term) {
                        known.terms.push(term);
                    }
                }
            }
        }
        let questions = asked.iter().map(|asked| Series {
            terms: asked.terms.clone(),
            from: asked.key.from,
            to: asked.key.to,
            subject: frame.about,
            group: asked.key.group.clone(),
            filter: frame.narrow.rows().filter(|_| !asked.key.whole),
        });
        let questions: Vec<Series> = questions.collect();
        for (asked, answer) in asked.iter_mut().zip(each::of(frame.visit, &questions).await?) {
            asked.answer = answer;
        }
        Ok(Self(asked))
    }

    /// Why a tile is not shown; `None` where all that it needs is there.
    pub(super) fn without(&self, tile: &Tile, questions: &Questions<'_>) -> Option<Without> {
        let own = |term: &TermId| tile.term == *term || tile.with.contains(term);
        let mut keys = std::iter::once(&questions.now).chain(&questions.then).chain(&questions.more);
        keys.find_map(|key| {
            let asked = self.0.iter().find(|asked| asked.key == *key)?;
            asked.answer.without.iter().find(|(term, _)| own(term)).map(|(_, why)| *why)
        })
    }

    /// The series of a tile, its own term first.
    pub(super) fn series(&self, tile: &Tile, key: &Key) -> Vec<&TermSeries> {
        let found = self.0.iter().find(|asked| asked.key == *key).map_or(&[][..], |asked| &asked.answer.series);
        let terms = std::iter::once(tile.term).chain(tile.with.iter().copied());
        terms.filter_map(|id| found.iter().find(|series| series.term == id)).collect()
    }
}
