//! Numbers that are kept: worked out by the node that leads, from what writes left behind, and compared in groups.
//!
//! Every number is worked out from all rows anew, never from the number before it, so that corrections, rows that come late,
//! twice or in another order end in the same. What one turn has not seen stays due for the next. A period that ended before
//! a term got its present version is measured by the version that counted then.

mod compare;

use std::{collections::BTreeSet, sync::PoisonError};

use app::App;
use formula::Predicate;
use jiff::SignedDuration;
use metrics::{Term, TimeKind};
use model::{Date, Grain, Period, RecordId, TermId, Value, YearStart};
use policy::{Aggregate, Measure};
use store::{Due, Lead, Measured, Renewed, Snapshot, Tx};

use self::compare::Groups;
pub(crate) use self::compare::groups;
use crate::{
    Actor, CommandError, Engine,
    execute::{from_query, measure::gathered},
    query::series::{GroupBy, Series},
};

/// What is led.
pub(crate) const TASK: &str = "snapshots";
/// How long the lead is held without a sign of life.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Changes looked at in one turn.
const SEEN: u32 = 2_000;
/// Entities and days whose numbers are worked out in one turn, so that other work is done in between.
const DAYS: usize = 4;
/// Most cells of one number: subjects in a period.
const MOST: u32 = 1_000_000;
/// Most periods of rows that are gone through when everything is worked out.
const LONGEST: usize = 1_200;

/// A number to work out.
type Wanted = BTreeSet<(TermId, Grain, Period)>;

impl Engine {
    /// Brings numbers up to date that are due, if this node leads or can lead. Answers how many days were looked at.
    ///
    /// # Errors
    /// The database failed; what was due stays due.
    pub(crate) async fn keep_numbers(&self, node: &str) -> Result<usize, CommandError> {
        let actor = self.system();
        let edition = actor.edition.clone();
        if edition.version == 0 {
            return Ok(0);
        }
        let compared = *self.inner.numbers.lock().unwrap_or_else(PoisonError::into_inner) == edition.version;
        if compared && edition.app.terms().is_empty() {
            return Ok(0);
        }
        if !compared && edition.app.terms().is_empty() && self.store().snapshots().terms().await?.is_empty() {
            *self.inner.numbers.lock().unwrap_or_else(PoisonError::into_inner) = edition.version;
            return Ok(0);
        }
        let due = self.store().snapshots().due(SEEN).await?;
        if compared && due.is_empty() {
            return Ok(0);
        }
        let now = self.now();
        let until = now.saturating_add(LEASE).unwrap_or(now);
        let Some(lead) = self.store().lead(TASK, node, now, until).await? else { return Ok(0) };
        if !compared {
            self.compare_terms(&actor, &lead).await?;
            *self.inner.numbers.lock().unwrap_or_else(PoisonError::into_inner) = edition.version;
            return Ok(1);
        }
        let mut groups = Groups::default();
        let mut done = 0;
        for (due, ids) in due.into_iter().take(DAYS) {
            match due.day {
                None => self.name_days(&actor, &lead, &due, ids).await?,
                Some(day) => {
                    let wanted = wanted(&edition.app, &due, day, self.asking(&actor).today);
                    self.renew_numbers(&actor, &lead, &mut groups, &wanted, ids).await?;
                }
            }
            done += 1;
        }
        Ok(done)
    }

    /// Notes terms that are new, measured otherwise, or gone, and has the numbers of the former worked out.
    async fn compare_terms(&self, actor: &Actor, lead: &Lead) -> Result<(), CommandError> {
        let app = &actor.edition.app;
        let today = self.asking(actor).today;
        let known = self.store().snapshots().terms().await?;
        let (mut terms, mut due) = (Vec::new(), BTreeSet::new());
        for term in app.terms().iter().filter(|term| term.in_use()) {
            let fingerprint = fingerprint(app, term);
            let before = known.iter().find(|known| known.term == term.name.as_str());
            if before.is_some_and(|before| before.version == term.version && before.fingerprint == fingerprint) {
                continue;
            }
            let since = before.filter(|before| before.version == term.version).map_or(today, |before| before.since);
            terms.push(Measured { term: term.name.to_string(), version: term.version, fingerprint, since });
            due.extend(every_day(app, term));
        }
        let gone = known.iter().filter(|known| app.term_named(&known.term).is_none());
        let gone: Vec<String> = gone.map(|known| known.term.clone()).collect();
        let due = due.into_iter().map(|due| (self.new_id(), due)).collect();
        self.store().snapshots().introduce(lead, terms, gone, due, Vec::new()).await?;
        Ok(())
    }

    /// In the place of *any day*, the days on or about which there are rows.
    async fn name_days(&self, actor: &Actor, lead: &Lead, due: &Due, ids: Vec<RecordId>) -> Result<(), CommandError> {
        let app = &actor.edition.app;
        let (mut days, year) = (Vec::new(), app.year_start());
        if let Some((time, kind)) = measured_by(app, due) {
            let range = Aggregate {
                entity: time.entity,
                period: None,
                group: Vec::new(),
                measures: vec![Measure::Min(time.clone()), Measure::Max(time)],
                filter: Predicate::always(),
                within: Predicate::always(),
                search: None,
                limit: 1,
                anonymous: false,
            };
            let found = self.query(actor, range).await.map_err(from_query)?;
            let day = |value: &Value| match value {
                Value::Date(day) => Some(*day),
                Value::DateTime(moment) => Some(moment.to_zoned_datetime(actor.edition.zone.clone()).date()),
                Value::Text(text) => year.parse(text).map(Period::first),
                _ => None,
            };
            let ends = found.first().map(|group| group.numbers.iter().filter_map(day).collect::<Vec<_>>());
            if let Some([first, last]) = ends.as_deref() {
                let grain = gathered(kind);
                let (first, last) = (year.period(grain, *first), year.period(grain, *last));
                let each = std::iter::successors(Some(last), |period| {
                    Some(period.previous()).filter(|before| before < period)
                });
                days.extend(each.take_while(|period| *period >= first).take(LONGEST).map(Period::first));
            }
        }
        let due = |day| Due { day: Some(day), ..due.clone() };
        let due = days.into_iter().map(|day| (self.new_id(), due(day))).collect();
        self.store().snapshots().introduce(lead, Vec::new(), Vec::new(), due, ids).await?;
        Ok(())
    }

    /// Works numbers out and puts them in the place of those there are.
    async fn renew_numbers(
        &self,
        actor: &Actor,
        lead: &Lead,
        groups: &mut Groups,
        wanted: &Wanted,
        done: Vec<RecordId>,
    ) -> Result<(), CommandError> {
        let app = &actor.edition.app;
        let measured = self.store().snapshots().terms().await?;
        for (id, grain, period) in wanted {
            let Some(term) = app.term(*id) else { continue };
            let name = term.name.as_str();
            let since = measured.iter().find(|known| known.term == name).map(|known| known.since);
            let kept = self.store().snapshots().version(name, grain.word(), &period.to_string()).await?;
            let finished = since.is_some_and(|since| period.last() < since);
            let (version, values) = self.work_out(actor, groups, term, *period).await?;
            // By a version that can no longer be read nothing is worked out anew.
            if finished && kept.is_some_and(|kept| kept != version) {
                continue;
            }
            let renewed = Renewed { term: name.to_owned(), grain: grain.word(), period: period.to_string(), values };
            if !self.store().snapshots().renew(lead, vec![renewed], Vec::new()).await? {
                return Ok(());
            }
        }
        self.store().snapshots().renew(lead, Vec::new(), done).await?;
        Ok(())
    }

    /// The values of a term in a period: of all subjects together, and of each, with its place among its peers; and the version
    /// they are measured by.
    async fn work_out(
        &self,
        actor: &Actor,
        groups: &mut Groups,
        term: &Term,
        period: Period,
    ) -> Result<(u32, Vec<Snapshot>), CommandError> {
        let app = &actor.edition.app;
        let about = app.about(term.id);
        let (mut version, mut values) = (term.version, Vec::new());
        for group in [None, about.map(|_| GroupBy::Subject)].into_iter().take(1 + usize::from(about.is_some())) {
            let each = group.is_some();
            let ask = Series { terms: vec![term.id], from: period, to: period, subject: None, group, filter: None };
            let Ok(series) = ask.live(self, actor, MOST).await.map_err(from_query)? else { continue };
            for cell in series.into_iter().flat_map(|series| series.cells) {
                version = cell.version;
                let subject = if each { cell.group.as_id() } else { Some(store::ALL) };
                let Some(subject) = subject.filter(|_| cell.value.is_some() || cell.parts != metrics::Parts::default())
                else {
                    continue;
                };
                values.push(Snapshot {
                    term: term.name.to_string(),
                    period: period.to_string(),
                    subject,
                    version: cell.version,
                    parts: cell.parts,
                    value: cell.value,
                    place: None,
                    as_of: actor.now,
                });
            }
        }
        if let (Some(entity), Some(path)) = (about, &term.peers) {
            groups.place(self, actor, (entity, path), term.direction, &mut values).await?;
        }
        Ok((version, values))
    }

    /// Has the numbers of the present periods worked out, because who is compared with whom may have changed.
    pub(crate) async fn numbers_due_today(&self) -> Result<(), CommandError> {
        let actor = self.system();
        let (app, today) = (&actor.edition.app, self.asking(&actor).today);
        let mut due = BTreeSet::new();
        for term in app.terms().iter().filter(|term| term.in_use() && term.peers.is_some()) {
            due.extend(app.bases(term.id).into_iter().filter_map(|(_, base)| {
                let (entity, field) = (app.entity(base.over)?, app.field(base.time.field)?);
                let day = Some(app.year_start().period(gathered(base.kind), today).first());
                Some(Due { entity: entity.name.to_string(), field: field.name.to_string(), day })
            }));
        }
        let due: std::sync::Arc<[(RecordId, Due)]> = due.into_iter().map(|due| (self.new_id(), due)).collect();
        if due.is_empty() {
            return Ok(());
        }
        let wrote = self.inner.store.write(self.asking(&actor), move |tx: &mut Tx| {
            let due = due.clone();
            Box::pin(async move { Ok::<_, CommandError>(tx.is_due(&due).await?) })
        });
        wrote.await
    }
}

/// That all rows a term is measured from are to be looked at again.
pub(crate) fn every_day(app: &App, term: &Term) -> BTreeSet<Due> {
    let each = app.bases(term.id).into_iter().filter_map(|(_, base)| {
        let (entity, field) = (app.entity(base.over)?, app.field(base.time.field)?);
        Some(Due { entity: entity.name.to_string(), field: field.name.to_string(), day: None })
    });
    each.collect()
}

/// What tells the kept numbers of a term from others: how it is measured and compared, and when
/// years begin.
fn fingerprint(app: &App, term: &Term) -> String {
    let peers = term.peers.as_ref().map(|path| app.path_text(path)).unwrap_or_default();
    let year = match app.year_start() {
        YearStart::JANUARY => String::new(),
        other => format!("|{}", other.month()),
    };
    format!("{}|{peers}|{}{year}", app.fingerprint(term), term.direction.word())
}

/// The field by which rows that changed count; `None` when nothing measures them any more.
fn measured_by(app: &App, due: &Due) -> Option<(formula::Path, TimeKind)> {
    let terms = app.terms().iter().filter(|term| term.in_use());
    terms.filter_map(Term::base).find_map(|base| {
        let (entity, field) = (app.entity(base.over)?, app.field(base.time.field)?);
        let same = entity.name.as_str() == due.entity && field.name.as_str() == due.field;
        same.then(|| (base.time.clone(), base.kind))
    })
}

/// The numbers that rows are in which count on or about a day.
fn wanted(app: &App, due: &Due, day: Date, today: Date) -> Wanted {
    let (mut wanted, year) = (BTreeSet::new(), app.year_start());
    for term in app.terms().iter().filter(|term| term.in_use()) {
        for (_, base) in app.bases(term.id) {
            let names = app.entity(base.over).zip(app.field(base.time.field));
            let same = |(entity, field): (&app::Entity, &app::Field)| {
                entity.name.as_str() == due.entity && field.name.as_str() == due.field
            };
            if !names.is_some_and(same) {
                continue;
            }
            for grain in app.kept_grains(term) {
                let first = year.period(grain, day);
                // What goes through a longer period changes up to its end, as far as that has come.
                let end = base.since().map_or(first.last(), |since| year.period(since, day).last().min(today));
                let each =
                    std::iter::successors(Some(first), |period| Some(period.next()).filter(|next| next > period));
                let each = each.take_while(|period| *period == first || period.first() <= end);
                wanted.extend(each.map(|period| (term.id, grain, period)));
            }
        }
    }
    wanted
}
