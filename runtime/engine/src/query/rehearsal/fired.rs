//! What a rule that follows changes, or has a time, would have done in some days. Nothing is written and nobody is told.
//!
//! The same conditions are asked by the same code as in earnest, of records as the ledger says they stood. What it does not say
//! is told with every answer: values of today that stand in for those of then, values that are not known any more, and how often
//! nothing can be told at all.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use app::{App, Entity, FieldKind, Rule, Trigger};
use formula::{Comparison, Formula, Path, Predicate, Term};
use jiff::{ToSpan, civil::Time, tz::TimeZone};
use model::{Date, EntityId, FieldId, Name, RecordId, Timestamp, Value};
use policy::{Action, Bin, List};
use store::Acted;

use super::{
    MOST_REHEARSED, NoRehearsal,
    became::became,
    past::{Asked, Stood, moments},
    timed, told,
};
use crate::{
    Actor, Engine, QueryError,
    calendar::Calendar,
    execute::record::{Record, Surroundings},
    query::{Query, learnable, series::visible},
};

/// Firings that are listed; all are counted.
pub const MOST_FIRINGS: usize = 500;
/// Records read at once.
pub(super) const PAGE: u32 = 200;

/// Asks what a rule that follows changes, or has a time, would have done in some days.
#[derive(Debug, Clone)]
pub struct Firings {
    /// The rule's name.
    pub rule: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fired {
    /// How many records were read: those of which something it reads changed since, or for a rule with a time those it asks about.
    pub looked: usize,
    /// How often it would have done something, once per record.
    pub total: usize,
    /// The earliest of those, at most [`MOST_FIRINGS`].
    pub firings: Vec<Firing>,
    /// For a rule with a time: when it came, up to today.
    pub occasions: Vec<Occasion>,
    /// Whether there were more times or records than are looked at, so that the end is missing.
    pub cut: bool,
    /// How often it may have done something, and what would say so is not known any more.
    pub unclear: usize,
    /// Whether what is asked also follows from the day alone: what a day brought about is on no ledger, and counts here
    /// only where a later change shows it.
    pub by_day: bool,
    /// What was read as it is today, not as it was then: paths, and entities whose records are looked for.
    pub today: Vec<String>,
}

/// A time that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// When.
    pub at: Timestamp,
    /// For how many records something would have been done.
    pub matched: usize,
}

/// Something that would have been done for a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    /// The record.
    pub record: RecordId,
    /// What it is called today, where the reader may know.
    pub name: Option<String>,
    /// When; by then at the latest, where `since` says more.
    pub at: Timestamp,
    /// After this moment. Something brought it about that is on no ledger: a day, which sets rules off, or a formula that was
    /// published, which does not.
    pub since: Option<Timestamp>,
    /// Whether the platform brought it about on its own account: files that the command line reads set no rule off.
    pub platform: bool,
    /// What would have been done, in the order of the rule's actions.
    pub would: Vec<Would>,
    /// Paths whose value of today was read for it.
    pub today: Vec<String>,
    /// Fields and paths whose value is not known for then, so that somebody may be missing.
    pub unknown: Vec<String>,
}

/// One thing that would have been done.
#[derive(Debug, Clone, PartialEq)]
pub enum Would {
    /// These people would have been told, by their records and names; whoever has no account or may not see the record is not.
    Tell(Vec<(RecordId, Option<String>)>),
    /// A record of an entity would have been made, or one for each record of another.
    Make(EntityId, Option<EntityId>),
    /// A case of a workflow would have begun.
    Begin(Name),
    /// A plugin would have been called.
    Call(Name),
}

impl Query for Firings {
    type Answer = Result<Fired, NoRehearsal>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let Some(rule) = app.rule_named(&self.rule).filter(|rule| rule.watch.is_none()) else {
            return Ok(Err(NoRehearsal::NoRule));
        };
        let most = i32::try_from(MOST_REHEARSED).unwrap_or(i32::MAX);
        let longest = self.from.checked_add(most.days()).unwrap_or(Date::MAX);
        if self.to < self.from || self.to > longest {
            return Ok(Err(NoRehearsal::Range));
        }
        let calendar = engine.calendar(actor).await?;
        let zone = &actor.edition.zone;
        let within = begins(self.from, zone)..begins(self.to.checked_add(1.days()).unwrap_or(Date::MAX), zone);
        let Some(reading) = Reading::of(engine, actor, rule, within, calendar) else {
            return Ok(Err(NoRehearsal::NoRule));
        };
        let gathered = match &rule.trigger {
            Trigger::Change => changes(&reading).await?,
            Trigger::Schedule(schedule) => timed::occasions(&reading, schedule).await?,
            Trigger::Watch => return Ok(Err(NoRehearsal::NoRule)),
        };
        let Gathered { kept, mut fired } = gathered;
        fired.firings = told::firings(&reading, kept.into_values().collect()).await?;
        fired.today.sort_unstable();
        fired.today.dedup();
        Ok(Ok(fired))
    }
}

/// When a day begins.
fn begins(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_datetime(Time::midnight()).to_zoned_datetime(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// What a rule would have been set off by, before it is told what it would have done.
pub(super) struct Kept {
    pub(super) record: RecordId,
    pub(super) name: Option<String>,
    pub(super) at: Timestamp,
    pub(super) since: Option<Timestamp>,
    pub(super) platform: bool,
    pub(super) stood: Stood,
}

/// What was found so far: the earliest, and what is counted of all.
#[derive(Default)]
pub(super) struct Gathered {
    kept: BTreeMap<(Timestamp, RecordId, usize), Kept>,
    pub(super) fired: Fired,
}

impl Gathered {
    pub(super) fn take(&mut self, one: Kept) {
        self.fired.total += 1;
        self.kept.insert((one.at, one.record, self.fired.total), one);
        if self.kept.len() > MOST_FIRINGS {
            self.kept.pop_last();
        }
    }
}

/// A record as it stands.
pub(super) struct Row {
    pub(super) id: RecordId,
    pub(super) name: Option<String>,
    pub(super) stood: Stood,
    /// When it was made, and whether the platform did that on its own account.
    pub(super) made: Option<(Timestamp, bool)>,
}

/// Where the next page of records begins.
pub(super) type After = Option<(Vec<Value>, RecordId)>;

/// What is read of the records a rule is about.
pub(super) struct Reading<'a> {
    pub(super) engine: &'a Engine,
    pub(super) actor: &'a Actor,
    pub(super) rule: &'a Rule,
    pub(super) entity: &'a Entity,
    pub(super) within: Range<Timestamp>,
    pub(super) fields: Vec<Asked>,
    pub(super) calendar: Arc<Calendar>,
    made: Option<[Path; 2]>,
    display: Option<Path>,
}

impl<'a> Reading<'a> {
    /// `None` where the reader does not see what the rule goes by.
    fn of(
        engine: &'a Engine,
        actor: &'a Actor,
        rule: &'a Rule,
        within: Range<Timestamp>,
        calendar: Arc<Calendar>,
    ) -> Option<Self> {
        let app = &actor.edition.app;
        let entity = app.entity(rule.entity)?;
        if !rehearsable(actor, rule) {
            return None;
        }
        let condition = rule.condition.as_ref().map(Formula::reads).unwrap_or_default();
        let mut fields: Vec<Asked> = Vec::new();
        let told = told::formulas(rule).flat_map(Formula::reads).filter(|path| sees(actor, path));
        for path in condition.iter().chain(told) {
            let Some(field) = app.field(path.hops.first().copied().unwrap_or(path.field)) else { continue };
            let children = matches!(field.kind, FieldKind::Children { .. });
            if !children && field.id != entity.system.id && fields.iter().all(|known| known.id != field.id) {
                fields.push(Asked { id: field.id, name: field.name.to_string(), ty: field.ty.clone() });
            }
        }
        let seen = |field| app.own_path(field).filter(|path| sees(actor, path));
        let made = seen(entity.system.created_at).zip(seen(entity.system.created_by)).map(|(at, by)| [at, by]);
        let display = app.own_path(entity.display).filter(|path| learnable(app, actor, path));
        Some(Self { engine, actor, rule, entity, within, fields, calendar, made, display })
    }

    pub(super) fn app(&self) -> &'a App {
        &self.actor.edition.app
    }

    /// What formulas see around a record at a moment.
    pub(super) fn around(&self, at: Timestamp) -> Surroundings {
        let then = Actor { now: at, ..self.actor.clone() };
        Surroundings::of(&then, self.actor.edition.zone.clone(), self.calendar.clone())
    }

    /// Whether the condition holds of a record that stood so; `None` where what it reads is not known.
    pub(super) fn holds(&self, id: RecordId, stood: &Stood, around: &Surroundings) -> Option<bool> {
        let Some(condition) = &self.rule.condition else { return Some(true) };
        let mut record = Record::new(self.entity, id);
        for path in condition.reads().iter().filter(|path| path.field != self.entity.system.id) {
            let value = stood.get(&path.field)?.clone()?;
            record.values.insert(path.field, value);
        }
        Some(record.evaluate(condition, around) == Ok(Value::Bool(true)))
    }

    /// The bins that are looked into: what was deleted since counts for the platform alone, as nobody else sees it.
    pub(super) fn bins(&self) -> &'static [Bin] {
        if self.actor.user.is_nil() { &[Bin::Outside, Bin::Inside] } else { &[Bin::Outside] }
    }

    /// A page of records as they stand, as of some moment, and where the next one begins.
    pub(super) async fn rows(
        &self,
        now: Timestamp,
        bin: Bin,
        within: Predicate,
        after: After,
    ) -> Result<(Vec<Row>, After), QueryError> {
        let own = self.fields.iter().filter_map(|field| self.app().own_path(field.id));
        let made = self.made.iter().flatten().cloned();
        let columns = own.chain(made).chain(self.display.clone()).collect();
        let list = List { columns, within, after, bin, ..List::all(self.entity.id, PAGE) };
        let page = list.answer(self.engine, &Actor { now, ..self.actor.clone() }).await?;
        let row = |row: store::Row| {
            let mut values = row.values.into_iter();
            let stood = self.fields.iter().map(|field| (field.id, values.next())).collect();
            let made = self.made.as_ref().and_then(|_| {
                let (at, by) = (values.next()?, values.next()?);
                let Value::DateTime(at) = at else { return None };
                Some((at, by.as_id().is_none_or(|by| by.is_nil())))
            });
            let name = self.display.as_ref().and_then(|_| values.next());
            let name = name.and_then(|name| name.as_text().map(str::to_owned));
            Row { id: row.id, name, stood, made }
        };
        Ok((page.rows.into_iter().map(row).collect(), page.next))
    }

    /// What was done to these records since a moment, oldest first.
    pub(super) async fn acts(
        &self,
        rows: &[Row],
        since: Timestamp,
    ) -> Result<BTreeMap<RecordId, Vec<Acted>>, QueryError> {
        let ids: Vec<RecordId> = rows.iter().map(|row| row.id).collect();
        let mut acts: BTreeMap<RecordId, Vec<Acted>> = BTreeMap::new();
        for acted in self.engine.store().acts_since(self.entity.name.as_str(), &ids, since).await? {
            acts.entry(acted.record).or_default().push(acted);
        }
        // Rows that come from another system are made together, and one entry tells of all of them.
        let arrived = rows.iter().filter(|_| self.entity.source.is_some());
        for (id, (at, platform)) in arrived.filter_map(|row| Some((row.id, row.made.filter(|made| made.0 >= since)?))) {
            let acts = acts.entry(id).or_default();
            if acts.iter().all(|acted| acted.changed.action != "create") {
                acts.insert(0, arrival(id, at, platform));
            }
        }
        Ok(acts)
    }

    /// Whether an act says anything of what is read: that others were is not the reader's to know.
    fn names(&self, acted: &Acted) -> bool {
        let named = || self.fields.iter().any(|field| acted.changed.after.contains_key(&field.name));
        acted.erased || acted.changed.action != "update" || named()
    }

    /// A condition on a moment every record has.
    pub(super) fn compare(&self, field: FieldId, op: Comparison, at: Timestamp) -> Predicate {
        let Some(path) = self.app().own_path(field) else { return Predicate::always() };
        let right = Term::Literal(Value::DateTime(at), path.ty.clone());
        Predicate::Compare { op, left: Term::Field(path), right }
    }
}

/// The making of a row that came with others: its values are those it had before the first change on the ledger.
fn arrival(record: RecordId, at: Timestamp, platform: bool) -> Acted {
    let by = if platform { RecordId::nil() } else { RecordId::max() };
    let (before, after) = (serde_json::Map::new(), serde_json::Map::new());
    let action = "create".to_owned();
    let changed = store::Changed { id: record, act: record, action, at, by, by_name: String::new(), before, after };
    Acted { record, changed, erased: true, by_rule: false }
}

/// Whether a reader sees all that a rule goes by: otherwise what it would have done would tell of the rest.
pub fn rehearsable(actor: &Actor, rule: &Rule) -> bool {
    let app = &actor.edition.app;
    if let Some(watching) = rule.watch.as_deref() {
        return app.term(watching.term).is_some_and(|term| visible(actor, term));
    }
    let seen = |formula: Option<&Formula>| formula.is_none_or(|read| read.reads().iter().all(|path| sees(actor, path)));
    let lacking = rule.without.as_ref().is_none_or(|without| {
        app.own_path(without.by).is_some_and(|by| {
            let counted = actor.rights.access(by.entity, Action::Aggregate);
            let everywhere = |action| actor.rights.access(by.entity, action).is_some_and(|access| access.everywhere());
            counted.is_some_and(|access| access.field(by.field).is_some() && access.mask(by.field).is_none())
                && everywhere(Action::Read)
                && everywhere(Action::Aggregate)
                && sees(actor, &by)
                && seen(without.condition.as_ref())
        })
    });
    actor.rights.access(rule.entity, Action::Read).is_some() && seen(rule.condition.as_ref()) && lacking
}

/// Whether the reader sees everything on a path, of every record of the first entity that they see, and of all others.
pub(super) fn sees(actor: &Actor, path: &Path) -> bool {
    let app = &actor.edition.app;
    path.hops.iter().chain([&path.field]).enumerate().all(|(at, id)| {
        let access = app.field(*id).and_then(|field| actor.rights.access(field.entity, Action::Read));
        access.is_some_and(|access| {
            access.field(*id).is_some() && access.mask(*id).is_none() && (at == 0 || access.everywhere())
        })
    })
}

/// Whether a field's value also follows from the day.
pub(super) fn by_day(app: &App, field: FieldId, known: &mut Vec<FieldId>) -> bool {
    if known.contains(&field) {
        return false;
    }
    known.push(field);
    let Some(field) = app.field(field) else { return false };
    let rollup = field.rollup.as_ref();
    let formulas = || field.formula.iter().chain(rollup.and_then(|rollup| rollup.rows.as_ref()));
    formulas().any(Formula::uses_day)
        || formulas()
            .flat_map(Formula::reads)
            .chain(rollup.iter().flat_map(|rollup| &rollup.reads))
            .any(|path| by_day(app, path.field, known))
}

/// What a rule that follows changes would have been set off by.
async fn changes(reading: &Reading<'_>) -> Result<Gathered, QueryError> {
    let Reading { within, entity, .. } = reading;
    let mut gathered = Gathered::default();
    let now = reading.actor.now;
    let around = reading.around(now);
    let stamps = [entity.system.version, entity.system.updated_at, entity.system.updated_by, entity.system.deleted_at];
    for path in reading.rule.condition.iter().flat_map(Formula::reads) {
        gathered.fired.by_day |= by_day(reading.app(), path.field, &mut Vec::new());
        if stamps.contains(&path.field) {
            gathered.fired.today.push(reading.app().path_text(path));
        }
    }
    for bin in reading.bins() {
        let mut after = None;
        loop {
            let changed = reading.compare(entity.system.updated_at, Comparison::GreaterOrEqual, within.start);
            let (rows, next) = reading.rows(now, *bin, changed, after).await?;
            let mut acts = reading.acts(&rows, within.start).await?;
            for row in rows {
                let acts = acts.remove(&row.id).unwrap_or_default();
                gathered.fired.looked += usize::from(acts.iter().any(|acted| reading.names(acted)));
                let moments = moments(&reading.fields, &row.stood, &acts);
                let holds = |stood: &Stood| reading.holds(row.id, stood, &around);
                let (found, unclear) = became(&moments, (&row.stood, now), within, holds);
                gathered.fired.unclear += unclear;
                for one in found {
                    gathered.take(Kept {
                        record: row.id,
                        name: row.name.clone(),
                        at: one.at,
                        since: one.since,
                        platform: one.platform,
                        stood: one.stood,
                    });
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(gathered)
}
