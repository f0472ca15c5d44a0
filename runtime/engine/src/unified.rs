//! How much of what is shown means what the dictionary says, as it was on each day, by the unit that answers for the terms: counted
//! once a day over everything there is, and kept.
//!
//! What is kept are counts. Which numbers they are of is asked anew, with the rights of whoever asks.

use std::collections::{BTreeMap, HashSet};

use jiff::ToSpan as _;
use metrics::Status;
use model::{Date, TermId};
use store::{Tx, UnifiedDay};

use crate::{
    Actor, CommandError, Engine, QueryError,
    query::{Query, series::visible},
};

/// Months that are looked back at.
const MONTHS: i32 = 12;

/// Asks for the counts of the last year, by day and unit: of units that answer for a term the reader
/// sees, and of what nobody answers for; nothing for whoever sees no term.
#[derive(Debug, Clone, Copy)]
pub struct UnifiedDays;

impl Query for UnifiedDays {
    type Answer = Vec<UnifiedDay>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let seen = actor.edition.app.terms().iter().filter(|term| visible(actor, term));
        let owners: HashSet<&str> = seen.map(|term| term.owner.as_str()).collect();
        if owners.is_empty() {
            return Ok(Vec::new());
        }
        let today = actor.now.to_zoned_datetime(actor.edition.zone.clone()).date();
        let from = today.saturating_sub(MONTHS.months());
        let mut days = engine.store().unified_since(from).await?;
        days.retain(|day| day.owner.is_empty() || owners.contains(day.owner.as_str()));
        Ok(days)
    }
}

impl Engine {
    /// Counts and keeps the numbers of today.
    pub(crate) async fn keep_unified(&self) -> Result<(), CommandError> {
        let actor = self.system();
        let app = &actor.edition.app;
        if app.terms().is_empty() {
            return Ok(());
        }
        let standings = self.standings(app).await?;
        let approved = |term: TermId| standings.get(&term) == Some(&Status::Approved);
        let owner = |term: Option<TermId>| term.and_then(|id| app.term(id)).map(|term| term.owner.clone());
        let mut counted: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        let mut count = |term: Option<TermId>, unified: bool| {
            let (usages, good) = counted.entry(owner(term).unwrap_or_default()).or_default();
            *usages += 1;
            *good += i64::from(unified);
        };
        for shown in app.numbers_shown() {
            let bound = shown.usage.bound && shown.term.is_some_and(approved);
            count(shown.term, metrics::Usage { bound, ..shown.usage }.unified());
        }
        for name in self.store().unit_boards().all().await?.iter().flat_map(|board| &board.terms) {
            // A board calls a term what the dictionary calls it, and adds nothing to it.
            let term = app.term_named(name).map(|term| term.id);
            count(term, term.is_some_and(approved));
        }
        let day: Date = actor.now.to_zoned_datetime(actor.edition.zone.clone()).date();
        let counted = counted.into_iter();
        let counted: Vec<UnifiedDay> =
            counted.map(|(owner, (usages, unified))| UnifiedDay { day, owner, usages, unified }).collect();
        let wrote = self.inner.store.write(self.asking(&actor), move |tx: &mut Tx| {
            let counted = counted.clone();
            Box::pin(async move { Ok::<_, CommandError>(tx.keep_unified(day, &counted).await?) })
        });
        wrote.await
    }
}
