//! The read door's other side: one statement per request, decoded straight into values.

use app::App;
use formula::Path;
use model::{Decimal, Value, decimal::round_half_up};
use policy::{Aggregate, Authorized, Get, List, Measure, Permitted, Uncover, Why};

use crate::{
    Asking, Group, Page, Row, Store, StoreError, Tx,
    sql::{aggregate, select},
};

impl Store {
    /// One record, as far as the reader may see it.
    ///
    /// # Errors
    /// [`StoreError::SchemaChanged`] when the tables are those of another version, and those of the database.
    pub async fn get(&self, app: &App, asking: &Asking, request: &Authorized<Get>) -> Result<Option<Row>, StoreError> {
        let statement = select::get(app, asking, self.dialect(), request)?;
        self.opened(app, &request.columns, self.first(&statement).await?)
    }

    /// The one record that was found, its secrets open.
    fn opened(&self, app: &App, columns: &[Path], found: Option<Vec<Value>>) -> Result<Option<Row>, StoreError> {
        let mut found = found.map(row).transpose()?;
        if let Some(row) = &mut found {
            self.vault().shown(app, columns, &mut row.values)?;
        }
        Ok(found)
    }

    /// Masked fields of one record, whole.
    ///
    /// # Errors
    /// [`StoreError::SchemaChanged`] when the tables are those of another version, and those of the database.
    pub async fn uncover(
        &self,
        app: &App,
        asking: &Asking,
        request: &Authorized<Uncover>,
    ) -> Result<Option<Row>, StoreError> {
        let statement = select::uncover(app, asking, self.dialect(), request)?;
        self.opened(app, &request.columns, self.first(&statement).await?)
    }

    /// A page of records.
    ///
    /// # Errors
    /// [`StoreError::SchemaChanged`] when the tables are those of another version, and those of the database.
    pub async fn list(&self, app: &App, asking: &Asking, request: &Authorized<List>) -> Result<Page, StoreError> {
        // Without an index for the order all rows are read before the first is known.
        let limit = select::ordered_by_index(app, request).then(|| request.limit.saturating_add(1));
        let ways = self.ways(app, asking, &request.rows(), limit).await?;
        let statement = select::list(app, asking, self.dialect(), request, ways)?;
        let mut found = self.fetch(&statement).await?;
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        let mut rows = found.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
        let mut next = None;
        for row in &mut rows {
            let keys = row.values.split_off(request.columns.len());
            next = more.then_some((keys, row.id));
            self.vault().shown(app, &request.columns, &mut row.values)?;
        }
        Ok(Page { rows, next })
    }

    /// Numbers per group, ordered by the groups' values.
    ///
    /// # Errors
    /// [`StoreError::SchemaChanged`] when the tables are those of another version, and those of the database.
    pub async fn aggregate(
        &self,
        app: &App,
        asking: &Asking,
        request: &Authorized<Aggregate>,
    ) -> Result<Vec<Group>, StoreError> {
        let ways = self.ways(app, asking, &request.rows(), None).await?;
        let statement = aggregate::aggregate(app, asking, self.dialect(), request, ways)?;
        let rows = self.fetch(&statement).await?;
        Ok(rows.into_iter().map(|values| group(request, values)).collect())
    }

    /// What [`Self::aggregate`] answers to each request, by as few statements as they fit in.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] for numbers without names, and those of [`Self::aggregate`].
    pub async fn aggregates(
        &self,
        app: &App,
        asking: &Asking,
        requests: &[Authorized<Aggregate>],
    ) -> Result<Vec<Vec<Group>>, StoreError> {
        if let [only] = requests {
            return Ok(vec![self.aggregate(app, asking, only).await?]);
        }
        let mut ways = Vec::with_capacity(requests.len());
        for request in requests {
            ways.push(self.ways(app, asking, &request.rows(), None).await?);
        }
        let (mut ways, mut answers) = (ways.into_iter(), Vec::with_capacity(requests.len()));
        while let Some(rest) = requests.get(answers.len()..).filter(|rest| !rest.is_empty()) {
            let together = aggregate::together(app, asking, self.dialect(), rest, &mut ways)?;
            let mut found: Vec<Vec<Group>> = vec![Vec::new(); together.places.len()];
            for mut row in self.fetch(&together.statement).await? {
                let at = match row.first() {
                    Some(Value::Int(number)) => usize::try_from(*number).unwrap_or(usize::MAX),
                    _ => usize::MAX,
                };
                let (Some(request), Some(places), Some(groups)) =
                    (rest.get(at), together.places.get(at), found.get_mut(at))
                else {
                    return Err(StoreError::bad("", "part", ""));
                };
                let own = places.iter().map(|place| row.get_mut(*place).map(std::mem::take).unwrap_or_default());
                groups.push(group(request, own.collect()));
            }
            answers.append(&mut found);
        }
        Ok(answers)
    }

    /// The number of each request that asks for one over all its rows, in one statement.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] for a request that asks for more, and those of [`Self::aggregate`].
    pub async fn numbers(
        &self,
        app: &App,
        asking: &Asking,
        requests: &[Authorized<Aggregate>],
    ) -> Result<Vec<Value>, StoreError> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let mut ways = Vec::with_capacity(requests.len());
        for request in requests {
            ways.push(self.ways(app, asking, &request.rows(), None).await?);
        }
        let statement = aggregate::first_numbers(app, asking, self.dialect(), requests, ways)?;
        Ok(self.first(&statement).await?.unwrap_or_default())
    }

    /// Whether each condition holds on the record, `None` where that is not known; `None` when there is no such record.
    ///
    /// # Errors
    /// [`StoreError::SchemaChanged`] when the tables are those of another version, and those of the database.
    pub async fn why(
        &self,
        app: &App,
        asking: &Asking,
        request: &Authorized<Why>,
    ) -> Result<Option<Vec<Option<bool>>>, StoreError> {
        let statement = select::why(app, asking, self.dialect(), request)?;
        Ok(self.first(&statement).await?.map(answers))
    }

    /// Per asked field whether it may be touched on this record; `None` when the record is out of reach of the action.
    ///
    /// # Errors
    /// [`StoreError::SchemaChanged`] when the tables are those of another version, and those of the database.
    pub async fn permitted(
        &self,
        app: &App,
        asking: &Asking,
        request: &Authorized<Permitted>,
    ) -> Result<Option<Vec<bool>>, StoreError> {
        let statement = select::permitted(app, asking, self.dialect(), request)?;
        let found = self.first(&statement).await?;
        Ok(found.map(|values| values.into_iter().skip(1).map(|value| value == Value::Bool(true)).collect()))
    }
}

fn row(values: Vec<Value>) -> Result<Row, StoreError> {
    let mut values = values;
    if values.is_empty() {
        return Err(StoreError::bad("", "id", ""));
    }
    let Value::Id(id) = values.remove(0) else { return Err(StoreError::bad("", "id", "")) };
    Ok(Row { id, values })
}

/// The answers to [`Store::why`], which stand behind the record's id.
fn answers(values: Vec<Value>) -> Vec<Option<bool>> {
    let answer = |value| match value {
        Value::Bool(flag) => Some(flag),
        _ => None,
    };
    values.into_iter().skip(1).map(answer).collect()
}

/// A row of an aggregate: the keys, and a number for each measure.
fn group(request: &Aggregate, mut values: Vec<Value>) -> Group {
    let keys = request.group.len() + usize::from(request.period.is_some());
    let mut found = values.split_off(keys.min(values.len())).into_iter();
    let mut numbers = Vec::with_capacity(request.measures.len());
    for measure in &request.measures {
        let first = found.next().unwrap_or_default();
        numbers.push(match innermost(measure) {
            Measure::Avg(_) => mean(&first, &found.next().unwrap_or_default()),
            _ => first,
        });
    }
    Group { keys: values, numbers }
}

/// What is measured, whichever records it is measured over.
fn innermost(measure: &Measure) -> &Measure {
    match measure {
        Measure::Among(some) => innermost(&some.0),
        other => other,
    }
}

/// A sum by a count; nothing where nothing is known.
fn mean(sum: &Value, count: &Value) -> Value {
    let (Some(sum), Value::Int(count)) = (sum.as_decimal(), count) else { return Value::Null };
    sum.checked_div(Decimal::from(*count)).map(|mean| round_half_up(mean, 8)).into()
}

impl Tx {
    /// One record as it now is in this transaction, as far as a reader may see it; `asking` is the reader's, not the
    /// transaction's own.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn get(
        &mut self,
        app: &App,
        asking: &Asking,
        request: &Authorized<Get>,
    ) -> Result<Option<Row>, StoreError> {
        let statement = select::get(app, asking, self.link.dialect(), request)?;
        let mut found = self.first(&statement).await?.map(row).transpose()?;
        if let Some(row) = &mut found {
            self.vault.shown(app, &request.columns, &mut row.values)?;
        }
        Ok(found)
    }

    /// What [`Store::why`] answers of one record as it now is in this transaction; `asking` is the reader's, not the
    /// transaction's own.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn why(
        &mut self,
        app: &App,
        asking: &Asking,
        request: &Authorized<Why>,
    ) -> Result<Option<Vec<Option<bool>>>, StoreError> {
        let statement = select::why(app, asking, self.link.dialect(), request)?;
        Ok(self.first(&statement).await?.map(answers))
    }
}
