//! What is kept beside the values of the rows: peers, and periods measured by an earlier version of a term that can no longer be
//! read.
//!
//! INVARIANT: of a kept number a reader learns nothing unless their own rows give the very number that all rows give: then
//! they see the subject whole, and what is kept of it is theirs to see. Where no rows are left, or a number is worked out of
//! others that may agree by chance, only whoever may see every row learns what an earlier version kept.

use std::collections::HashMap;

use app::App;
use formula::Predicate;
use metrics::{Divisor, Parts};
use model::RecordId;
use policy::Action;
use store::{Asked, Snapshot};

use super::{Cell, GroupBy, NoSeries, Series, TermSeries};
use crate::{Actor, Engine, QueryError};

/// What is kept, by term, period and subject.
type Kept<'n, 'k> = HashMap<(&'n str, &'n str, RecordId), &'k Snapshot>;

impl Series {
    /// Adds what is kept to the values of the rows, for several questions by one statement.
    pub(super) async fn keep(
        questions: &[Self],
        engine: &Engine,
        actor: &Actor,
        answers: &mut [Result<Vec<TermSeries>, NoSeries>],
    ) -> Result<(), QueryError> {
        let app = &actor.edition.app;
        let mut named: Vec<(&Self, Vec<&str>)> = Vec::new();
        for (question, answer) in questions.iter().zip(&*answers) {
            let terms = question.kept_terms(app);
            if answer.is_ok() && !terms.is_empty() {
                named.push((question, terms));
            }
        }
        let mut asked = Vec::with_capacity(named.len());
        for (question, terms) in &named {
            let (from, to) = (question.from.to_string(), question.to.to_string());
            let (grain, subject) = (question.from.grain().word(), question.whom());
            asked.push(Asked { terms, grain, from, to, subject });
        }
        let kept = engine.store().snapshots().of(&asked, engine.bounds().cells).await?;
        if kept.is_empty() {
            return Ok(());
        }
        let kept: Kept<'_, '_> =
            kept.iter().map(|one| ((one.term.as_str(), one.period.as_str(), one.subject), one)).collect();
        for (question, answer) in questions.iter().zip(answers) {
            let Ok(found) = answer else { continue };
            if !question.kept_terms(app).is_empty() {
                question.beside(engine, actor, found, &kept).await?;
            }
        }
        Ok(())
    }

    /// Whom or what the kept numbers beside the values are about; every one when `None`.
    fn whom(&self) -> Option<RecordId> {
        self.subject.or_else(|| self.group.is_none().then_some(store::ALL))
    }

    /// The terms of which something is kept that belongs beside the values.
    fn kept_terms<'a>(&self, app: &'a App) -> Vec<&'a str> {
        if self.filter.is_some() || matches!(self.group, Some(GroupBy::Path(_) | GroupBy::Both(..))) {
            return Vec::new();
        }
        let terms = self.terms.iter().filter_map(|id| app.term(*id));
        let grain = self.from.grain();
        terms.filter(|term| app.kept_grains(term).contains(&grain)).map(|term| term.name.as_str()).collect()
    }

    async fn beside(
        &self,
        engine: &Engine,
        actor: &Actor,
        found: &mut [TermSeries],
        kept: &Kept<'_, '_>,
    ) -> Result<(), QueryError> {
        let (app, subject) = (&actor.edition.app, self.whom());
        let versions = engine.versions(actor).await?;
        let mut earlier = Vec::new();
        for (at, series) in found.iter_mut().enumerate() {
            let Some(term) = app.term(series.term) else { continue };
            for (place, cell) in series.cells.iter_mut().enumerate() {
                let of = subject.or_else(|| cell.group.as_id());
                let period = cell.period.to_string();
                let Some(one) = of.and_then(|of| kept.get(&(term.name.as_str(), period.as_str(), of))) else {
                    continue;
                };
                if one.version == cell.version {
                    if one.parts == cell.parts && one.value == cell.value {
                        (cell.peers, cell.as_of) = (one.place, Some(one.as_of));
                    }
                    continue;
                }
                // The version that counts can no longer be measured, and what it said is kept.
                let counts = versions.counts(term.name.as_str(), cell.period);
                if cell.version == term.version && counts.is_none_or(|version| version == one.version) {
                    earlier.push((at, place, *one));
                }
            }
        }
        if earlier.is_empty() {
            return Ok(());
        }
        // Whether the reader sees those subjects whole is asked of the rows as they are measured now.
        let all = Actor { edition: actor.edition.clone(), ..engine.system() };
        let Ok(whole) = self.live(engine, &all, engine.bounds().cells).await? else { return Ok(()) };
        for (at, place, one) in earlier {
            let Some(series) = found.get_mut(at) else { continue };
            let (Some(cell), Some(term)) = (series.cells.get_mut(place), app.term(series.term)) else { continue };
            let sees_every_row = || {
                app.bases(term.id).into_iter().all(|(_, base)| {
                    let access = actor.rights.access(base.over, Action::Read);
                    access.is_some_and(|access| *access.rows == Predicate::always())
                })
            };
            let tells = term.base().is_some() && counted(&cell.parts);
            if !tells && !sees_every_row() {
                continue;
            }
            let same = |other: &&Cell| (other.period, &other.group) == (cell.period, &cell.group);
            let full = whole.get(at).and_then(|series| series.cells.iter().find(same));
            if !full.is_some_and(|full| (full.parts, full.value) == (cell.parts, cell.value)) {
                continue;
            }
            let scale = term.scale.as_ref();
            let score = one.value.zip(scale).and_then(|(value, scale)| scale.score(value, term.direction, cell.target));
            (cell.parts, cell.value, cell.score) = (one.parts, one.value, score);
            (cell.version, cell.peers, cell.as_of) = (one.version, one.place, Some(one.as_of));
        }
        Ok(())
    }
}

/// Whether rows were found that say something.
fn counted(parts: &Parts) -> bool {
    let divides = matches!(parts.denominator, Some(Divisor(Some(by))) if !by.is_zero());
    divides || parts.numerator.is_some_and(|sum| !sum.is_zero())
}
