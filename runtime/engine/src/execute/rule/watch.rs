//! Rules that watch numbers: the whole series is looked at again whenever data comes, and the alerts kept are made to be
//! those of its episodes. Nothing is remembered in between, so data that comes late, twice, out of order or corrected ends
//! in the same alerts, and a run that was killed half way is made good by the next.

mod seen;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use app::{App, FieldRole, Rule, Watching};
use formula::{Comparison, Path, Predicate, Term};
use metrics::{
    Measure,
    watch::{Amend, Episode, Kept, Seen, State, amends},
};
use model::{Date, EntityId, FieldId, Period, RecordId, Value};
use policy::{Bin, Direction, List, Sort};
use serde_json::json;
use store::{Claimed, Lock, Tx};

use super::super::{
    Trace, Work, from_query,
    record::{Record, Surroundings},
};
use crate::{Actor, Command, CommandError, Engine, Fields, Given, query::series::latest};

/// Periods looked back from the newest that has data.
const BACK: i32 = 400;
/// Subjects whose alerts are brought up to date in one transaction.
const BATCH: usize = 200;
/// Records read at once.
const PAGE: u32 = 1_000;

/// Something to write on an alert.
struct Amended {
    alert: Option<RecordId>,
    subject: RecordId,
    /// The episode it is of; `None` for an alert that never was.
    episode: Option<Episode>,
    /// The unit and manager of the subject on the day it was opened, where they are known by the day.
    then: Vec<(FieldId, Value)>,
}

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
                failed = failed.and(self.look_at(at, about.as_ref()).await);
            }
        }
        failed
    }

    /// Looks again at every rule that watches, and at all it watches.
    ///
    /// # Errors
    /// The first of a rule whose alerts could not be kept; the others' were.
    pub async fn look_at_everything(&self) -> Result<(), CommandError> {
        let watches = self.edition().app.rules().iter().map(|rule| rule.watch.is_some()).collect::<Vec<_>>();
        let mut failed = Ok(());
        for (at, _) in watches.into_iter().enumerate().filter(|(_, watches)| *watches) {
            failed = failed.and(self.look_at(at, None).await);
        }
        failed
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
            ..all_of(entity, PAGE)
        };
        let page = self.query(&actor, list).await.map_err(from_query)?;
        if page.rows.len() < ids.len() {
            return Ok(None);
        }
        Ok(Some(page.rows.iter().filter_map(|row| row.values.first()?.as_id()).collect()))
    }

    /// Makes the alerts of a rule those of the episodes of what it watches, about these or all.
    async fn look_at(&self, at: usize, about: Option<&BTreeSet<RecordId>>) -> Result<(), CommandError> {
        let actor = self.system();
        let edition = actor.edition.clone();
        let Some(rule) = edition.app.rules().get(at) else { return Ok(()) };
        let Some(watching) = rule.watch.as_deref() else { return Ok(()) };
        let Some(latest) = latest(self, &actor, watching.term).await.map_err(from_query)? else { return Ok(()) };
        // A row dated ahead is a plan: what it says is not so yet, and must not push what is so out of the window.
        let today = actor.now.to_zoned_datetime(edition.zone.clone()).date();
        let to = Period::of(watching.grain, latest.min(today));
        // What began before the window cannot be told, and is left as it is.
        let told = to.later(-BACK);
        let from = told.later(-i32::try_from(watching.watch.lead()).unwrap_or(BACK));
        let series = self.seen(&actor, watching, (from, to), about).await.map_err(from_query)?;
        let subjects: Option<Vec<RecordId>> = about.map(|about| about.iter().copied().collect());
        let mut kept = self.kept(&actor, rule, watching, subjects.as_deref()).await?;
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
        self.amend(&actor, at, amended).await
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
                ..all_of(rule.entity, PAGE)
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
                let opened = Period::of(watching.grain, opened);
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
            ..all_of(assignment, 1)
        };
        let page = self.query(actor, list).await.map_err(from_query)?;
        let Some(row) = page.rows.into_iter().next() else { return Ok(Vec::new()) };
        Ok(dated.into_iter().map(|(_, field)| field).zip(row.values).collect())
    }

    /// Writes what is amended, and tells what became so.
    async fn amend(&self, actor: &Actor, at: usize, amended: Vec<Amended>) -> Result<(), CommandError> {
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
        let mut rest = amended.into_iter().peekable();
        while rest.peek().is_some() {
            let batch: Vec<Amended> = rest.by_ref().take(BATCH).collect();
            let (engine, asking) = (self.clone(), self.asking(actor));
            let shared = Arc::new((actor.clone(), around.clone(), batch));
            let wrote = self.inner.store.write(asking, move |tx: &mut Tx| {
                let (engine, shared) = (engine.clone(), shared.clone());
                Box::pin(async move {
                    let (actor, around, batch) = &*shared;
                    let edition = actor.edition.clone();
                    let mut work = Work::new(&engine, actor, around.clone(), Trace::Kept);
                    work.tells = true;
                    if let Some(rule) = edition.app.rules().get(at) {
                        for amended in batch {
                            let command = work.amendment(tx, rule, amended).await?;
                            work.run(tx, &command).await?;
                        }
                    }
                    work.finish(tx).await?;
                    Ok::<_, CommandError>(work.pending.touched())
                })
            });
            self.announce_all(wrote.await?);
        }
        Ok(())
    }
}

impl Work<'_> {
    async fn amendment(&self, tx: &mut Tx, rule: &Rule, amended: &Amended) -> Result<Command, CommandError> {
        let app = &self.actor.edition.app;
        let watching = rule.watch.as_deref().ok_or(CommandError::NewEdition)?;
        let mut fields = Fields::new();
        let mut put = |field: FieldId, value: Value| {
            if let Some(field) = app.field(field) {
                fields.push((field.name.to_string(), Given::Value(value)));
            }
        };
        let Some(episode) = &amended.episode else {
            put(watching.state, Watching::VOID.into());
            let id = amended.alert.ok_or(CommandError::NewEdition)?;
            return Ok(Command::Update { entity: rule.entity, id, expected: None, fields });
        };
        let level = watching.watch.levels.get(episode.level).map_or("", |(name, _)| name.as_str());
        put(watching.level, level.into());
        put(watching.state, if episode.closed.is_some() { Watching::RESOLVED } else { Watching::OPEN }.into());
        put(watching.closed, episode.closed.map(Period::last).into());
        if let Some(field) = watching.value {
            put(field, value(app, field, episode).into());
        }
        if let Some(field) = watching.evidence {
            put(field, Value::Json(evidence(&episode.evidence)));
        }
        if let Some(id) = amended.alert {
            return Ok(Command::Update { entity: rule.entity, id, expected: None, fields });
        }
        put(watching.rule, rule.name.as_str().into());
        put(watching.subject, Value::Id(amended.subject));
        put(watching.opened, Value::Date(episode.opened.last()));
        if let Some((field, to)) = &watching.recipient {
            let token = self.following(watching.about, amended.subject)?;
            if let Some(stored) = tx.load(app, &token, Lock::None).await? {
                let mut record = Record::stored(self.entity(watching.about)?, &stored);
                record.values.extend(amended.then.iter().cloned());
                record.reach(app, tx, &token, std::iter::once(to)).await?;
                // An expression beyond its bounds names nobody; the alert is raised all the same.
                put(*field, record.evaluate(to, &self.around).unwrap_or_default());
            }
        }
        Ok(Command::Create { entity: rule.entity, id: None, fields })
    }
}

/// The value that reached the level, as the field holds it.
fn value(app: &App, field: FieldId, episode: &Episode) -> Option<model::Decimal> {
    let places = app.field(field).and_then(app::Field::places).unwrap_or(2);
    let value = episode.evidence.last().and_then(|seen| seen.value)?;
    Some(model::decimal::round_half_up(value, places))
}

/// The periods that led to a level, as they are kept.
fn evidence(seen: &[Seen]) -> serde_json::Value {
    let number = |value: Option<model::Decimal>| value.map(|value| value.normalize().to_string());
    let one = |seen: &Seen| {
        json!({
            "period": seen.period.to_string(),
            "value": number(seen.value.map(|value| model::decimal::round_half_up(value, 4))),
            "numerator": number(seen.numerator),
            "denominator": number(seen.denominator),
            "place": number(seen.place.map(|place| model::decimal::round_half_up(place, 2))),
        })
    };
    seen.iter().map(one).collect()
}

fn equals(path: &Path, value: Value) -> Predicate {
    Predicate::Compare {
        op: Comparison::Equal,
        left: Term::Field(path.clone()),
        right: Term::Literal(value, path.ty.clone()),
    }
}

fn all_of(entity: EntityId, limit: u32) -> List {
    List {
        entity,
        columns: Vec::new(),
        filter: Predicate::always(),
        within: Predicate::always(),
        search: None,
        sort: Vec::new(),
        limit,
        after: None,
        bin: Bin::Outside,
        export: false,
    }
}
