//! Which version of a term measures a period. A version counts from its day on: a period that ended before keeps the version
//! that counted then, however its numbers are grouped or filtered and whatever becomes of its rows.
//!
//! Terms as they were are read in an app of their own: the present documents, with those of such terms put back. Its entities,
//! fields and terms have the ids of the present ones, so that the reader's rights hold in it as they are.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use app::App;
use jiff::tz::TimeZone;
use metrics::Parts;
use model::{Period, TermId, Timestamp, Value};
use serde_json::Value as Json;
use store::{StoreError, TermCounts, TermSince};

use super::{Cell, NoSeries, Series, TermSeries, only, periods, visible};
use crate::{Actor, Edition, Engine, QueryError, query::Query};

/// How long what counts is believed before it is read again, in seconds: another node may have heard of an approval.
const SECONDS: i64 = 5;

/// Terms that are put back, by name, each with the edition in which it stands as it was.
type Back = BTreeMap<String, i64>;

/// The versions of terms that ever counted, in their order; terms that never had another are not there.
#[derive(Debug, Default)]
pub(crate) struct Versions(HashMap<String, Vec<TermSince>>);

/// An app with terms put back; `None` where it is none any more.
type PutBack = Option<Arc<Edition>>;

/// What an engine knows of versions of terms.
#[derive(Default)]
pub(crate) struct Known {
    counting: Mutex<Option<(Timestamp, i64, Arc<Versions>)>>,
    apps: Mutex<HashMap<(i64, Back), PutBack>>,
}

/// Periods that follow each other and are measured by the same.
pub(crate) struct Span {
    pub(crate) from: Period,
    pub(crate) to: Period,
    pub(crate) told: Told,
}

/// By what periods are measured.
pub(crate) enum Told {
    /// By the terms as they are.
    Now,
    /// By those in the app of this actor.
    Then(Box<Actor>),
    /// By terms that can no longer be read: something that they were measured from is gone.
    Gone,
}

impl Versions {
    /// The version that counts for a period; `None` for a term that never had another.
    fn of(&self, term: &str, period: Period) -> Option<&TermSince> {
        let all = self.0.get(term)?;
        all.iter().rev().find(|one| one.since <= period.last()).or_else(|| all.first())
    }

    /// The number of that version.
    pub(super) fn counts(&self, term: &str, period: Period) -> Option<u32> {
        self.of(term, period).map(|one| one.version)
    }

    /// A term and those it is made from, as far as others count for a period than those of the app.
    fn back(&self, app: &App, term: TermId, period: Period) -> Back {
        let (mut open, mut seen, mut back) = (vec![term], BTreeSet::from([term]), Back::new());
        while let Some(term) = open.pop().and_then(|id| app.term(id)) {
            let counts = self.of(term.name.as_str(), period).filter(|counts| counts.version != term.version);
            back.extend(counts.map(|counts| (term.name.to_string(), counts.edition)));
            open.extend(term.measure.terms().iter().copied().filter(|id| seen.insert(*id)));
        }
        back
    }
}

/// Asks how a term was measured in a period: the reader, in an app where it is as it was then. A condition or term that comes from
/// there holds in the present app too.
#[derive(Debug, Clone, Copy)]
pub struct Then {
    /// The term.
    pub term: TermId,
    /// The period.
    pub period: Period,
}

impl Query for Then {
    type Answer = Actor;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let mut spans = engine.spans(actor, self.term, (self.period, self.period)).await?;
        Ok(match spans.pop().map(|span| span.told) {
            // Of what the reader may not see nothing is told; the present term says what they may.
            Some(Told::Then(then)) if then.edition.app.term(self.term).is_some_and(|term| visible(&then, term)) => {
                *then
            }
            _ => actor.clone(),
        })
    }
}

impl Engine {
    /// Which versions of terms count. An app that is only tried out has no others than its own.
    pub(super) async fn versions(&self, actor: &Actor) -> Result<Arc<Versions>, StoreError> {
        let present = self.edition();
        if !Arc::ptr_eq(&present, &actor.edition) || present.app.terms().is_empty() {
            return Ok(Arc::default());
        }
        let now = self.now();
        let known = &self.inner.versions.counting;
        if let Some((at, edition, versions)) = &*known.lock().unwrap_or_else(PoisonError::into_inner)
            && *edition == present.version
            && now.as_second() - at.as_second() < SECONDS
        {
            return Ok(versions.clone());
        }
        let mut found: HashMap<String, Vec<TermSince>> = HashMap::new();
        for one in self.store().term_acts().counting().await? {
            found.entry(one.term.clone()).or_default().push(one);
        }
        let versions = Arc::new(Versions(found));
        *known.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, present.version, versions.clone()));
        Ok(versions)
    }

    /// Has what counts read again, because somebody has decided.
    pub(crate) fn forget_versions(&self) {
        *self.inner.versions.counting.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The periods of a range, by what measures a term in them.
    pub(crate) async fn spans(
        &self,
        actor: &Actor,
        term: TermId,
        (from, to): (Period, Period),
    ) -> Result<Vec<Span>, QueryError> {
        let versions = self.versions(actor).await?;
        if versions.0.is_empty() {
            return Ok(vec![Span { from, to, told: Told::Now }]);
        }
        let mut parts: Vec<(Period, Period, Back)> = Vec::new();
        for period in periods(from, to) {
            let back = versions.back(&actor.edition.app, term, period);
            match parts.last_mut() {
                Some((_, last, known)) if *known == back => *last = period,
                _ => parts.push((period, period, back)),
            }
        }
        if let Some((_, last, _)) = parts.last_mut() {
            *last = to.max(*last);
        }
        let mut spans = Vec::with_capacity(parts.len());
        for (from, to, back) in parts {
            let told = match back.is_empty() {
                true => Told::Now,
                false => match self.put_back(actor, term, from, &versions, back).await? {
                    Some(edition) => Told::Then(Box::new(Actor { edition, ..actor.clone() })),
                    None => Told::Gone,
                },
            };
            spans.push(Span { from, to, told });
        }
        Ok(spans)
    }

    /// The present app with a term as it was for a period, and everything it was made from then.
    async fn put_back(
        &self,
        actor: &Actor,
        term: TermId,
        period: Period,
        versions: &Versions,
        mut back: Back,
    ) -> Result<Option<Arc<Edition>>, StoreError> {
        loop {
            let Some(edition) = self.with_terms(&actor.edition, &back).await? else { return Ok(None) };
            let more = versions.back(&edition.app, term, period);
            if more.is_empty() {
                return Ok(Some(edition));
            }
            // What was put back and is not the version that counts never will be.
            if more.keys().any(|name| back.contains_key(name)) {
                return Ok(None);
            }
            back.extend(more);
        }
    }

    /// The present app with these terms put back; `None` where it is none any more.
    async fn with_terms(&self, present: &Arc<Edition>, back: &Back) -> Result<Option<Arc<Edition>>, StoreError> {
        let (key, known) = ((present.version, back.clone()), &self.inner.versions.apps);
        if let Some(found) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(found.clone());
        }
        let Some(mut documents) = self.store().published_at(present.version).await? else { return Ok(None) };
        let mut whole = true;
        for (term, edition) in back {
            let then = self.store().published_at(*edition).await?;
            let text = then.as_ref().and_then(|documents| document(documents, term));
            match (document_mut(&mut documents, term), text) {
                (Some(place), Some(text)) => place.clone_from(text),
                _ => whole = false,
            }
        }
        let app = whole.then(|| (self.inner.compile)(&documents).ok()).flatten();
        let made = app.filter(|app| same_ids(&present.app, app)).map(|app| {
            let (version, zone) = (present.version, present.zone.clone());
            Arc::new(Edition { version, app, zone, left: Vec::new(), gone: Vec::new() })
        });
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(version, _), _| *version == present.version);
        known.insert(key, made.clone());
        Ok(made)
    }

    /// What a publish means for which versions count: those that are followed by others, and terms that are no longer there. Where
    /// people decide about terms, a new version counts when they approve it.
    pub(crate) fn counts_after(&self, after: &App, at: Timestamp) -> (Arc<[TermCounts]>, Arc<[String]>) {
        let edition = self.edition();
        let before = &edition.app;
        let decided = before.governs_terms() && after.governs_terms();
        let zone = TimeZone::get(after.time_zone()).unwrap_or(TimeZone::UTC);
        let day = at.to_zoned_datetime(zone).date();
        let followed = after.terms().iter().filter_map(|term| {
            let was = before.term_named(term.name.as_str()).filter(|was| was.version != term.version)?;
            Some(TermCounts {
                term: term.name.to_string(),
                was: Some((was.version, edition.version)),
                is: (!decided).then_some((term.version, edition.version + 1, day)),
            })
        });
        let gone = before.terms().iter().filter(|term| after.term_named(term.name.as_str()).is_none());
        (followed.collect(), gone.map(|term| term.name.to_string()).collect())
    }
}

impl Series {
    /// Puts what earlier versions of a term say in the place of what the present one says of periods for which they count.
    pub(super) async fn then(
        &self,
        engine: &Engine,
        actor: &Actor,
        most: u32,
        series: &mut TermSeries,
    ) -> Result<Result<(), NoSeries>, QueryError> {
        for span in engine.spans(actor, series.term, (self.from, self.to)).await? {
            let Told::Then(then) = &span.told else { continue };
            let Some(term) = then.edition.app.term(series.term) else { continue };
            let ask = Self { terms: vec![series.term], from: span.from, to: span.to, ..self.clone() };
            let mut found = Vec::new();
            if visible(then, term) {
                match only(Self::measured(&[ask], engine, then, most).await?) {
                    Ok(all) => found.extend(all.into_iter().flat_map(|one| one.cells)),
                    Err(NoSeries::TooMany(most)) => return Ok(Err(NoSeries::TooMany(most))),
                    // What is asked was not known of the term then: there is no data.
                    Err(_) => {}
                }
            }
            let now = actor.edition.app.term(series.term).map_or(term.version, |term| term.version);
            self.replace(&mut series.cells, &span, found, (term.version, now));
        }
        Ok(Ok(()))
    }

    /// Puts cells in the place of those of a span; of groups that have none there is no data.
    fn replace(&self, cells: &mut Vec<Cell>, span: &Span, found: Vec<Cell>, (then, now): (u32, u32)) {
        let within = |period: Period| (span.from..=span.to).contains(&period);
        let none = |group: &Value, period: Period| Cell {
            period,
            group: group.clone(),
            parts: Parts::default(),
            value: None,
            target: None,
            score: None,
            version: if within(period) { then } else { now },
            peers: None,
            as_of: None,
        };
        let key = |cell: &Cell| (format!("{:?}", cell.group), cell.period);
        let mut rest: BTreeMap<(String, Period), Cell> = found.into_iter().map(|cell| (key(&cell), cell)).collect();
        for cell in cells.iter_mut().filter(|cell| within(cell.period)) {
            *cell = rest.remove(&key(cell)).unwrap_or_else(|| none(&cell.group, cell.period));
        }
        let groups: BTreeMap<String, Value> =
            rest.iter().map(|((name, _), cell)| (name.clone(), cell.group.clone())).collect();
        for (name, group) in groups {
            let all = periods(self.from, self.to).into_iter();
            cells
                .extend(all.map(|period| rest.remove(&(name.clone(), period)).unwrap_or_else(|| none(&group, period))));
        }
    }
}

/// Whether a published file is the document of a term, which is called after it.
fn is_of(path: &str, term: &str) -> bool {
    path.strip_suffix(".yaml")
        .and_then(|path| path.rsplit_once('/'))
        .is_some_and(|(folder, name)| name == term && folder.rsplit('/').next() == Some("dictionary"))
}

/// The document of a term among published ones, which are not read here.
fn document<'d>(documents: &'d Json, term: &str) -> Option<&'d Json> {
    match documents {
        Json::Object(all) => all.iter().find_map(|(path, one)| match one.is_string() {
            true => is_of(path, term).then_some(one),
            false => document(one, term),
        }),
        Json::Array(all) => all.iter().find_map(|one| document(one, term)),
        _ => None,
    }
}

fn document_mut<'d>(documents: &'d mut Json, term: &str) -> Option<&'d mut Json> {
    match documents {
        Json::Object(all) => all.iter_mut().find_map(|(path, one)| match one.is_string() {
            true => is_of(path, term).then_some(one),
            false => document_mut(one, term),
        }),
        Json::Array(all) => all.iter_mut().find_map(|one| document_mut(one, term)),
        _ => None,
    }
}

/// Whether entities, fields and terms of two apps have the same names under the same ids.
fn same_ids(one: &App, other: &App) -> bool {
    let fields = |app: &App| -> Vec<(model::EntityId, model::FieldId, String)> {
        let all = app.entities().iter().flat_map(|entity| app.fields_of(entity));
        all.map(|field| (field.entity, field.id, field.name.to_string())).collect()
    };
    let entities = |app: &App| -> Vec<(model::EntityId, String)> {
        app.entities().iter().map(|entity| (entity.id, entity.name.to_string())).collect()
    };
    let terms = |app: &App| -> Vec<(TermId, String)> {
        app.terms().iter().map(|term| (term.id, term.name.to_string())).collect()
    };
    entities(one) == entities(other) && fields(one) == fields(other) && terms(one) == terms(other)
}

#[cfg(test)]
mod tests {
    use model::Date;

    use super::*;

    fn since(version: u32, since: Date) -> TermSince {
        TermSince { term: "calls".to_owned(), version, edition: 1, since }
    }

    #[test]
    fn a_period_is_measured_by_what_counted_when_it_ended() {
        let day = |month, day| jiff::civil::date(2025, month, day);
        let all = vec![since(1, day(1, 1)), since(2, day(11, 20)), since(1, day(12, 24))];
        let versions = Versions(HashMap::from([("calls".to_owned(), all)]));
        let counts = |period: &str| versions.counts("calls", Period::parse(period).unwrap());
        assert_eq!(counts("2025-10"), Some(1));
        assert_eq!(counts("2025-11-19"), Some(1));
        assert_eq!(counts("2025-11"), Some(2), "a month is measured as a whole");
        assert_eq!(counts("2025-W48"), Some(2));
        assert_eq!(counts("2025-12"), Some(1), "it was taken back");
        assert_eq!(counts("1999"), Some(1), "before all there was only the first");
        assert_eq!(versions.counts("lost", Period::parse("2025-10").unwrap()), None);
    }

    #[test]
    fn the_document_of_a_term_is_found_by_its_name_alone() {
        let flat = serde_json::json!({"dictionary/calls.yaml": "a", "pages/calls.yaml": "b"});
        let nested = serde_json::json!({"apps": [
            {"name": "one", "files": {"entities/calls.yaml": "c"}},
            {"name": "two", "files": {"dictionary/calls.yaml": "d"}},
        ]});
        assert_eq!(document(&flat, "calls"), Some(&Json::from("a")));
        assert_eq!(document(&nested, "calls"), Some(&Json::from("d")));
        assert_eq!(document(&flat, "call"), None);
    }
}
