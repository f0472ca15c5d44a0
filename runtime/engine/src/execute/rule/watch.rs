//! Rules that watch numbers: the whole series is looked at again whenever data comes, and the alerts kept are made to be
//! those of its episodes. Nothing is remembered in between, so data that comes late, twice, out of order or corrected ends
//! in the same alerts, and a run that was killed half way is made good by the next. Each period is measured by the version of the
//! term that counts for it, so that another version leaves alone what was raised before.
//!
//! INVARIANT: what is written was worked out from what was there after the last write of alerts of the same rule, whichever node
//! that was on; so no two nodes open an alert twice.

mod amend;
mod seen;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use app::{FieldRole, Rule, Watching};
use formula::{Comparison, Path, Predicate, Term};
use metrics::{
    Measure,
    watch::{Amend, Episode, Kept, State, amends},
};
use model::{Date, EntityId, FieldId, RecordId, Value};
use policy::{Direction, List, Sort};
use store::{Boxed, Claimed, StoreError};

use self::amend::{Amended, Wrote};
use super::super::from_query;
use crate::{
    Actor, CommandError, Engine,
    query::series::{Told, latest},
};

pub(crate) use amend::REFUSED;

/// Periods looked back from the newest that has data.
const BACK: i32 = 400;
/// Those that are named one by one in a question; of more it is asked of all, because a condition has its bounds too.
const MOST_NAMED: usize = 500;
/// How often a rule is looked at when other nodes write its alerts meanwhile.
const TRIES: usize = 12;
/// Records read at once.
const PAGE: u32 = 1_000;

impl Engine {
    /// Looks again at the rules that watch what these letters tell of.
    pub(crate) async fn look_again(&self, news: &[Claimed]) -> Result<(), CommandError> {
        let edition = self.edition();
        let app = &edition.app;
        let mut touched: BTreeMap<EntityId, Option<BTreeSet<RecordId>>> = BTreeMap::new();
        for letter in news {
            let named = letter.entry.payload.get("entity").and_then(|name| name.as_str());
            let Some(entity) = named.and_then(|name| app.entity_named(name)) else { continue };
            let ids = letter.entry.payload.get("ids").and_then(|ids| ids.as_array()).map_or(&[][..], Vec::as_slice);
            let ids: BTreeSet<RecordId> = ids.iter().filter_map(|id| id.as_str()?.parse().ok()).collect();
            let known = touched.entry(entity.id).or_insert_with(|| Some(BTreeSet::new()));
            match known {
                // Where ids are left out there were many.
                Some(_) if ids.is_empty() => *known = None,
                Some(known) => known.extend(ids),
                None => {}
            }
            if known.as_ref().is_some_and(|known| known.len() > MOST_NAMED) {
                *known = None;
            }
        }
        let actor = self.system();
        let mut failed = Ok(());
        for (at, rule) in app.rules().iter().enumerate() {
            let Some(watching) = &rule.watch else { continue };
            let mut subjects: Option<BTreeSet<RecordId>> = Some(BTreeSet::new());
            let mut met = false;
            for base in app.measured(watching.term).into_iter().filter_map(|id| app.term(id)) {
                let Measure::Base(base) = &base.measure else { continue };
                let Some(ids) = touched.get(&base.over) else { continue };
                met = true;
                let found = match (ids, &base.subject) {
                    (Some(ids), Some((path, _))) => self.subjects(base.over, path, ids).await?,
                    _ => None,
                };
                subjects = subjects.zip(found).map(|(mut all, found)| {
                    all.extend(found);
                    all
                });
            }
            if met {
                let about = self.concerned(&actor, watching, subjects).await.map_err(from_query)?;
                // One rule whose alerts cannot be kept is no reason to keep the others' from being looked at.
                failed = failed.and(self.look_at(at, about.as_ref()).await.map(drop));
            }
        }
        if touched.is_empty() {
            return failed;
        }
        failed.and(self.tell_of_declines(Some(&touched.into_keys().collect())).await)
    }

    /// Looks again at every rule that watches, and at all it watches.
    ///
    /// # Errors
    /// The database failed for a rule; the others' alerts were kept.
    pub fn look_at_everything(&self) -> Boxed<'_, Result<(), CommandError>> {
        Box::pin(async move {
            let watches = self.edition().app.rules().iter().map(|rule| rule.watch.is_some()).collect::<Vec<_>>();
            let mut failed = Ok(());
            for (at, _) in watches.into_iter().enumerate().filter(|(_, watches)| *watches) {
                failed = failed.and(self.look_at(at, None).await.map(drop));
            }
            failed
        })
    }

    /// Whom the rows are about; `None` where some of the rows are gone and cannot say.
    async fn subjects(
        &self,
        entity: EntityId,
        path: &Path,
        ids: &BTreeSet<RecordId>,
    ) -> Result<Option<BTreeSet<RecordId>>, CommandError> {
        let actor = self.system();
        let Some(own) = actor.edition.app.entity(entity).and_then(|of| actor.edition.app.own_path(of.system.id)) else {
            return Ok(None);
        };
        let among = ids.iter().map(|id| Term::Literal(Value::Id(*id), own.ty.clone())).collect();
        let list = List {
            columns: vec![path.clone()],
            within: Predicate::In { item: Term::Field(own), list: among },
            ..List::all(entity, PAGE)
        };
        let page = self.query(&actor, list).await.map_err(from_query)?;
        if page.rows.len() < ids.len() {
            return Ok(None);
        }
        Ok(Some(page.rows.iter().filter_map(|row| row.values.first()?.as_id()).collect()))
    }

    /// Looks again at what an alert that was refused is about, as an administrator asks for.
    pub(crate) async fn look_at_refused(&self, payload: &serde_json::Value) -> Result<(), CommandError> {
        let text = |name: &str| payload.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        let Ok(subject) = text("subject").parse::<RecordId>() else { return Ok(()) };
        // The rule may be gone by now, or watch nothing any more.
        let edition = self.edition();
        let rules = edition.app.rules();
        let Some(at) = rules.iter().position(|rule| rule.name.as_str() == text("rule")) else { return Ok(()) };
        match self.look_at(at, Some(&BTreeSet::from([subject]))).await? {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    /// Makes the alerts of a rule those of the episodes of what it watches, about these or all. Answers why one was refused;
    /// the others stay.
    async fn look_at(
        &self,
        at: usize,
        about: Option<&BTreeSet<RecordId>>,
    ) -> Result<Option<CommandError>, CommandError> {
        for _ in 0..TRIES {
            if let Wrote::All(refusal) = self.look_once(at, about).await? {
                return Ok(refusal);
            }
        }
        Err(StoreError::Misfit("other nodes keep writing the alerts of the same rule").into())
    }

    async fn look_once(&self, at: usize, about: Option<&BTreeSet<RecordId>>) -> Result<Wrote, CommandError> {
        let actor = self.system();
        let edition = actor.edition.clone();
        let watches = edition.app.rules().get(at).and_then(|rule| Some((rule, rule.watch.as_deref()?)));
        let Some((rule, watching)) = watches else { return Ok(Wrote::All(None)) };
        // Before anything is read, so that it shows when somebody writes meanwhile.
        let turn = self.store().turn(&amend::turns_of(rule)).await?;
        let latest = latest(self, &actor, watching.term).await.map_err(from_query)?;
        let Some(latest) = latest else { return Ok(Wrote::All(None)) };
        // A row dated ahead is a plan: what it says is not so yet, and must not push what is so out of the window.
        let today = actor.now.to_zoned_datetime(edition.zone.clone()).date();
        let to = edition.app.year_start().period(watching.grain, latest.min(today));
        // What began before the window cannot be told, and is left as it is.
        let told = to.later(-BACK);
        let from = told.later(-i32::try_from(watching.watch.lead()).unwrap_or(BACK));
        // Nor can what was measured by a version of the term that can no longer be read.
        let spans = self.spans(&actor, watching.term, (from, to)).await.map_err(from_query)?;
        let gone = spans.iter().filter(|span| matches!(span.told, Told::Gone)).map(|span| span.to.next()).max();
        let told = gone.map_or(told, |gone| told.max(gone));
        let series = self.seen(&actor, watching, (from, to), about).await.map_err(from_query)?;
        let named = about.filter(|about| about.len() <= MOST_NAMED);
        let subjects: Option<Vec<RecordId>> = named.map(|about| about.iter().copied().collect());
        let mut kept = self.kept(&actor, rule, watching, subjects.as_deref()).await?;
        // Of the others nothing was seen, which is not that nothing was there.
        kept.retain(|subject, _| about.is_none_or(|about| about.contains(subject)));
        let mut amended = Vec::new();
        for subject in series.keys().chain(kept.keys()).copied().collect::<BTreeSet<_>>() {
            let seen = series.get(&subject).map_or(&[][..], Vec::as_slice);
            let episodes = watching.watch.episodes(seen);
            let episodes: Vec<Episode> = episodes.into_iter().filter(|episode| episode.opened >= told).collect();
            let (ids, alerts): (Vec<RecordId>, Vec<Kept>) =
                kept.remove(&subject).unwrap_or_default().into_iter().filter(|(_, alert)| alert.opened >= told).unzip();
            for amend in amends(&episodes, &alerts) {
                let (alert, episode) = match amend {
                    Amend::Open(episode) => (None, Some(episode.clone())),
                    Amend::Update(at, episode) => (ids.get(at).copied(), Some(episode.clone())),
                    Amend::Void(at) => (ids.get(at).copied(), None),
                };
                let then = match (&alert, &episode) {
                    (None, Some(episode)) => self.then(&actor, watching, subject, episode.opened.last()).await?,
                    _ => Vec::new(),
                };
                amended.push(Amended { alert, subject, episode, then });
            }
        }
        self.amend(&actor, at, turn, amended).await
    }

    /// The alerts of a rule, by whom they are about.
    async fn kept(
        &self,
        actor: &Actor,
        rule: &Rule,
        watching: &Watching,
        subjects: Option<&[RecordId]>,
    ) -> Result<HashMap<RecordId, Vec<(RecordId, Kept)>>, CommandError> {
        let app = &actor.edition.app;
        let fields =
            [watching.rule, watching.subject, watching.opened, watching.level, watching.state, watching.closed];
        let columns: Option<Vec<Path>> = fields.into_iter().map(|field| app.own_path(field)).collect();
        let Some(columns) = columns else { return Err(CommandError::NewEdition) };
        let mut within = Predicate::always();
        if let Some(named) = columns.first() {
            within = within.and(equals(named, rule.name.as_str().into()));
        }
        if let (Some(subjects), Some(of)) = (subjects, columns.get(1)) {
            let list = subjects.iter().map(|id| Term::Literal(Value::Id(*id), of.ty.clone())).collect();
            within = within.and(Predicate::In { item: Term::Field(of.clone()), list });
        }
        let mut kept: HashMap<RecordId, Vec<(RecordId, Kept)>> = HashMap::new();
        let mut after = None;
        loop {
            let list = List {
                columns: columns.clone(),
                within: within.clone(),
                after: after.take(),
                ..List::all(rule.entity, PAGE)
            };
            let page = self.query(actor, list).await.map_err(from_query)?;
            for row in &page.rows {
                let [_, subject, opened, level, state, closed] = row.values.as_slice() else { continue };
                let (Some(subject), Some(opened)) = (subject.as_id(), opened.as_date()) else { continue };
                let level =
                    level.as_text().and_then(|code| watching.watch.levels.iter().position(|(name, _)| name == code));
                let state = match state.as_text() {
                    Some(Watching::VOID) => State::Void,
                    Some(Watching::RESOLVED) if closed.is_null() => State::Settled,
                    Some(Watching::RESOLVED) => State::Over,
                    _ => State::Open,
                };
                let opened = app.year_start().period(watching.grain, opened);
                kept.entry(subject).or_default().push((row.id, Kept { opened, level, state }));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(kept),
            }
        }
    }

    /// The unit and manager of a person on a day, by the assignment in force then.
    async fn then(
        &self,
        actor: &Actor,
        watching: &Watching,
        subject: RecordId,
        day: Date,
    ) -> Result<Vec<(FieldId, Value)>, CommandError> {
        let app = &actor.edition.app;
        let known = app.organisation();
        let (Some(assignment), true) = (known.assignment, known.person == Some(watching.about)) else {
            return Ok(Vec::new());
        };
        let path = |role| known.field(role).and_then(|field| app.own_path(field));
        let (Some(person), Some(from), Some(to)) =
            (path(FieldRole::AssignedPerson), path(FieldRole::ValidFrom), path(FieldRole::ValidTo))
        else {
            return Ok(Vec::new());
        };
        let dated = [(FieldRole::AssignedUnit, FieldRole::Unit), (FieldRole::AssignedManager, FieldRole::Manager)];
        let dated: Vec<(Path, FieldId)> =
            dated.into_iter().filter_map(|(then, now)| Some((path(then)?, known.field(now)?))).collect();
        let bound = |op, path: &Path| Predicate::Compare {
            op,
            left: Term::Field(path.clone()),
            right: Term::Literal(Value::Date(day), path.ty.clone()),
        };
        let open = Predicate::IsNull(Term::Field(to.clone())).or(bound(Comparison::GreaterOrEqual, &to));
        let list = List {
            columns: dated.iter().map(|(path, _)| path.clone()).collect(),
            within: equals(&person, Value::Id(subject)).and(bound(Comparison::LessOrEqual, &from)).and(open),
            sort: vec![Sort { by: from, direction: Direction::Descending }],
            ..List::all(assignment, 1)
        };
        let page = self.query(actor, list).await.map_err(from_query)?;
        let Some(row) = page.rows.into_iter().next() else { return Ok(Vec::new()) };
        Ok(dated.into_iter().map(|(_, field)| field).zip(row.values).collect())
    }
}

fn equals(path: &Path, value: Value) -> Predicate {
    Predicate::Compare {
        op: Comparison::Equal,
        left: Term::Field(path.clone()),
        right: Term::Literal(value, path.ty.clone()),
    }
}
