//! Numbers that got worse so often in a row that their author wants somebody to look at what drives them: who that is, and that they
//! are told once for every period that is over.
//!
//! INVARIANT: nobody is told of a number that did not fall in what they may see.

use std::collections::{BTreeMap, BTreeSet};

use app::{App, FieldRole};
use formula::{Comparison, Predicate, Term as Operand};
use metrics::{Drivers, Status, Term, drivers::falls};
use model::{Decimal, EntityId, Locale, Period, RecordId, Value};
use policy::{Bin, Get, List};
use serde_json::json;
use store::{Account, Notification, Tx};

use super::{
    super::{Trace, Work, from_query, record::Surroundings, words::say},
    notify::reader,
};
use crate::{
    Actor, CommandError, Engine,
    query::{
        Query as _, learnable,
        series::{Series, latest, visible, watched},
    },
};

/// What begins the keys of these notices.
const KEY: &str = "drivers";

/// Whose number fell: that of all, or a subject's.
type Whose = Option<RecordId>;

/// Somebody who may be told of something.
struct Candidate {
    account: Account,
    whose: Whose,
    key: String,
}

impl Engine {
    /// Tells whoever terms name of numbers that got worse too often in a row, as far as nobody told them. `touched` says whose rows
    /// were written; without it every term is looked at.
    pub(crate) async fn tell_of_declines(&self, touched: Option<&BTreeSet<EntityId>>) -> Result<(), CommandError> {
        let actor = self.system();
        let edition = actor.edition.clone();
        let app = &edition.app;
        let meant = |term: &&Term| {
            let base = term.base().filter(|base| touched.is_none_or(|touched| touched.contains(&base.over)));
            base.is_some() && term.drivers.as_ref().is_some_and(|drivers| drivers.tell.is_some())
        };
        let terms: Vec<&Term> = app.terms().iter().filter(meant).collect();
        if terms.is_empty() {
            return Ok(());
        }
        let standings = self.standings(app).await?;
        for term in terms.into_iter().filter(|term| standings.get(&term.id) != Some(&Status::Deprecated)) {
            self.tell_of(&actor, term).await?;
        }
        Ok(())
    }

    async fn tell_of(&self, actor: &Actor, term: &Term) -> Result<(), CommandError> {
        let app = &actor.edition.app;
        let Some(drivers) = &term.drivers else { return Ok(()) };
        let Some(latest) = latest(self, actor, term.id).await.map_err(from_query)? else { return Ok(()) };
        let grain = app.usual_grain(term);
        let today = actor.now.to_zoned_datetime(actor.edition.zone.clone()).date();
        // What is not over yet may still become better.
        let period = |day| app.year_start().period(grain, day);
        let period = period(today).previous().min(period(latest));
        let candidates = self.candidates(actor, term, drivers, period).await?;
        let mut notices = Vec::new();
        for one in candidates {
            let reader = reader(&one.account, actor);
            if !visible(&reader, term) || !self.fell(&reader, term, drivers, period, one.whose).await? {
                continue;
            }
            let name = self.name_of(&reader, app.about(term.id), one.whose).await?;
            let text = |locale: Locale| said(term, drivers, period, name.as_deref(), locale);
            notices.push(Notification {
                id: self.new_id(),
                account: one.account.id,
                kind: KEY.to_owned(),
                payload: json!({
                    "term": term.name.as_str(), "period": period.to_string(), "subject": one.whose,
                    "text": { "zh-CN": text(Locale::ZhCn), "en": text(Locale::En) },
                }),
                at: self.now(),
                read_at: None,
                due: None,
                key: Some(one.key),
            });
        }
        if notices.is_empty() {
            return Ok(());
        }
        let around = self.surroundings(actor).await?;
        let (engine, by, asking) = (self.clone(), actor.clone(), self.asking(actor));
        let told = self.inner.store.write(asking, move |tx: &mut Tx| {
            let (engine, by, around, notices) = (engine.clone(), by.clone(), around.clone(), notices.clone());
            Box::pin(async move { Work::new(&engine, &by, around, Trace::None).inform(tx, notices).await })
        });
        told.await
    }

    /// Who is named for what fell in all rows, and was not told.
    async fn candidates(
        &self,
        actor: &Actor,
        term: &Term,
        drivers: &Drivers,
        period: Period,
    ) -> Result<Vec<Candidate>, CommandError> {
        let app = &actor.edition.app;
        let Some(tell) = &drivers.tell else { return Ok(Vec::new()) };
        let mut named: BTreeMap<Whose, Vec<RecordId>> = BTreeMap::new();
        if tell.owner && self.fell(actor, term, drivers, period, None).await? {
            named.insert(None, self.head_of(actor, &term.owner).await?.into_iter().collect());
        }
        if let (Some(to), Some(about)) = (tell.to.clone(), app.about(term.id)) {
            let fallen = self.fallen(actor, term, drivers, period).await?;
            if !fallen.is_empty() {
                let around = self.surroundings(actor).await?;
                let (engine, by, asking) = (self.clone(), actor.clone(), self.asking(actor));
                let found = self.inner.store.write(asking, move |tx: &mut Tx| {
                    let (engine, by, around, to, fallen) =
                        (engine.clone(), by.clone(), around.clone(), to.clone(), fallen.clone());
                    Box::pin(async move {
                        let work = Work::new(&engine, &by, around, Trace::None);
                        let mut named = Vec::new();
                        for subject in fallen {
                            let people = work.people(tx, about, subject, std::slice::from_ref(&to)).await?;
                            named.push((Some(subject), people));
                        }
                        Ok::<_, CommandError>(named)
                    })
                });
                named.extend(found.await?);
            }
        }
        let people: BTreeSet<RecordId> = named.values().flatten().copied().collect();
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let begins = format!("{KEY}:{}:{}:{period}:", term.name, term.version);
        let told = self.store().notifications().keys(&begins).await?;
        let people: Vec<RecordId> = people.into_iter().collect();
        let accounts = self.store().accounts().of_people(&people).await?;
        let mut candidates = Vec::new();
        for (whose, people) in named {
            for account in accounts.iter().filter(|one| one.person.is_some_and(|person| people.contains(&person))) {
                let of = whose.map_or_else(|| "all".to_owned(), |id| id.to_string());
                let key = format!("{begins}{of}:{}", account.id);
                if !told.contains(&key) {
                    candidates.push(Candidate { account: account.clone(), whose, key });
                }
            }
        }
        Ok(candidates)
    }

    /// The subjects whose number got worse too often in a row.
    async fn fallen(
        &self,
        actor: &Actor,
        term: &Term,
        drivers: &Drivers,
        period: Period,
    ) -> Result<Vec<RecordId>, CommandError> {
        let from = first(drivers, period);
        let seen = watched(self, actor, term.id, (from, period), None, None).await.map_err(from_query)?;
        let fell = |seen: &Vec<metrics::watch::Seen>| {
            let value = |at: Period| seen.iter().find(|one| one.period == at).and_then(|one| one.value);
            let each = std::iter::successors(Some(from), |at| Some(at.next()).filter(|next| *next <= period));
            falls(&each.map(value).collect::<Vec<_>>(), drivers.declines, term.direction)
        };
        Ok(seen.into_iter().filter(|(_, seen)| fell(seen)).map(|(subject, _)| subject).collect())
    }

    /// Whether a number got worse too often in a row in what a reader may see.
    async fn fell(
        &self,
        reader: &Actor,
        term: &Term,
        drivers: &Drivers,
        period: Period,
        whose: Whose,
    ) -> Result<bool, CommandError> {
        let terms = vec![term.id];
        let ask = Series { terms, from: first(drivers, period), to: period, subject: whose, group: None, filter: None };
        let Ok(found) = ask.live(self, reader, self.bounds().cells).await.map_err(from_query)? else {
            return Ok(false);
        };
        let cells = found.into_iter().next().map(|series| series.cells).unwrap_or_default();
        let values: Vec<Option<Decimal>> = cells.iter().map(|cell| cell.value).collect();
        Ok(falls(&values, drivers.declines, term.direction))
    }

    /// The head of the unit with this key.
    pub(super) async fn head_of(&self, actor: &Actor, key: &str) -> Result<Option<RecordId>, CommandError> {
        let app = &actor.edition.app;
        let unit = app.organisation().unit.and_then(|unit| app.entity(unit));
        let head = app.organisation().field(FieldRole::Head).and_then(|field| app.own_path(field));
        let paths = unit.and_then(|unit| Some((unit, app.own_path(unit.key?)?)));
        let (Some((unit, own)), Some(head)) = (paths, head) else { return Ok(None) };
        let within = Predicate::Compare {
            op: Comparison::Equal,
            right: Operand::Literal(key.into(), own.ty.clone()),
            left: Operand::Field(own),
        };
        let list = List { columns: vec![head], within, ..List::all(unit.id, 1) };
        let page = self.query(actor, list).await.map_err(from_query)?;
        Ok(page.rows.first().and_then(|row| row.values.first()?.as_id()))
    }

    /// What a subject is called, where the reader may know.
    async fn name_of(
        &self,
        reader: &Actor,
        about: Option<EntityId>,
        whose: Whose,
    ) -> Result<Option<String>, CommandError> {
        let app: &App = &reader.edition.app;
        let (Some(entity), Some(id)) = (about.and_then(|about| app.entity(about)), whose) else { return Ok(None) };
        let Some(display) = app.own_path(entity.display).filter(|path| learnable(app, reader, path)) else {
            return Ok(None);
        };
        let get = Get { entity: entity.id, id, columns: vec![display], bin: Bin::Outside };
        let row = get.answer(self, reader).await.map_err(from_query)?;
        Ok(row.and_then(|row| row.values.first().and_then(Value::as_text).map(str::to_owned)))
    }

    pub(super) async fn surroundings(&self, actor: &Actor) -> Result<Surroundings, CommandError> {
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        Ok(Surroundings::of(actor, actor.edition.zone.clone(), calendar))
    }
}

/// The period from which the last falls.
fn first(drivers: &Drivers, period: Period) -> Period {
    period.later(-i32::try_from(drivers.declines).unwrap_or(1))
}

/// What whoever is told reads.
fn said(term: &Term, drivers: &Drivers, period: Period, name: Option<&str>, locale: Locale) -> String {
    let (label, n) = (term.label.get(locale), drivers.declines);
    let whose = name.map(|name| say(locale, format!("{name}："), format!("{name}: "))).unwrap_or_default();
    let zh = format!("{whose}“{label}”截至 {period} 已连续 {n} 期变差，请查看归因分析");
    let en = format!("{whose}“{label}” got worse {n} times in a row up to {period}; see what goes together with it");
    say(locale, zh, en)
}
