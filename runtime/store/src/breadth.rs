//! How far readers reach, kept for a minute: a hint for the way a statement goes, never for what it answers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use app::App;
use formula::{Predicate, Reach, Scope};
use jiff::ToSpan;
use model::{RecordId, Timestamp, Value};

use crate::{
    Asking, Store, StoreError,
    line::Tree,
    seat,
    sql::{
        Statement,
        breadth::{self, Breadth, Ways},
    },
};

/// Readers and questions remembered at most; then all are forgotten.
const MOST: usize = 50_000;

/// What is known, shared by every handle to one database.
#[derive(Clone, Default)]
pub(crate) struct Breadths(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    reached: HashMap<(RecordId, Reach), (Timestamp, i64)>,
    all: Option<(Timestamp, i64, i64)>,
}

impl Breadths {
    fn with<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// The ways to go about a condition on rows: to the first `limit` in an order that an index gives, or to all.
    pub(crate) async fn ways(
        &self,
        app: &App,
        asking: &Asking,
        rows: &Predicate,
        limit: Option<u32>,
    ) -> Result<Ways, StoreError> {
        let mut questions = Vec::new();
        breadth::questions(rows, &mut questions);
        let Some(person) = asking.person.filter(|_| !questions.is_empty()) else { return Ok(Ways::default()) };
        let (units, people) = self.everybody(app, asking).await?;
        let seated = seat::of(app).is_some();
        let mut ways = Vec::with_capacity(questions.len());
        for reach in questions {
            let Some(reached) = self.reached(app, asking, person, reach).await? else { continue };
            let all = match breadth::tree(reach) {
                Some(Tree::Units) => units,
                _ => people,
            };
            ways.push((reach.clone(), Breadth { reached, all, people }.way(limit, seated && breadth::by_seat(reach))));
        }
        Ok(Ways::new(ways, &rows.settle(asking)))
    }

    async fn everybody(&self, app: &App, asking: &Asking) -> Result<(i64, i64), StoreError> {
        let known = self.breadths.with(|known| known.all.filter(|(until, ..)| *until > asking.now()));
        if let Some((_, units, people)) = known {
            return Ok((units, people));
        }
        let found = self.counts(&breadth::all(app)?).await?;
        let (units, people) = (found.first().copied().unwrap_or(0), found.get(1).copied().unwrap_or(0));
        self.breadths.with(|known| known.all = Some((soon(asking), units, people)));
        Ok((units, people))
    }

    async fn reached(
        &self,
        app: &App,
        asking: &Asking,
        person: RecordId,
        reach: &Reach,
    ) -> Result<Option<i64>, StoreError> {
        let key = (person, reach.clone());
        let known =
            self.breadths.with(|known| known.reached.get(&key).filter(|(until, _)| *until > asking.now()).copied());
        if let Some((_, reached)) = known {
            return Ok(Some(reached));
        }
        let Some(statement) = breadth::reached(app, asking, self.dialect(), reach)? else { return Ok(None) };
        let found = self.counts(&statement).await?.first().copied().unwrap_or(0);
        self.breadths.with(|known| {
            if known.reached.len() >= MOST {
                known.reached.clear();
            }
            known.reached.insert(key, (soon(asking), found))
        });
        Ok(Some(found))
    }

    async fn counts(&self, statement: &Statement) -> Result<Vec<i64>, StoreError> {
        let row = self.first(statement).await?.unwrap_or_default();
        Ok(row.iter().map(|value| if let Value::Int(count) = value { *count } else { 0 }).collect())
    }
}

fn soon(asking: &Asking) -> Timestamp {
    asking.now().checked_add(60.seconds()).unwrap_or(asking.now())
}
