//! Conditions on a record as somebody has it in hand: with values that no table holds, or not yet.

use std::collections::BTreeMap;

use app::App;
use formula::Predicate;
use model::{EntityId, FieldId, Value};
use policy::{Authorized, Change};

use crate::{
    StoreError, Tx, seat,
    sql::{
        Column, Dialect, Printer,
        column::{entity, field},
        name,
    },
};

impl Tx {
    /// Which of these conditions hold on a record of the entity that has these values, in their order. Whoever writes it is
    /// `cause`; what its references lead to is as it is stored, and so are its children and the records of its lists.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn would_hold(
        &mut self,
        app: &App,
        cause: &Authorized<Change>,
        of: EntityId,
        values: &[(FieldId, Value)],
        conditions: &[Predicate],
    ) -> Result<Vec<bool>, StoreError> {
        let _ = cause;
        let asking = self.asking.clone();
        let settled: Vec<Predicate> = conditions.iter().map(|condition| condition.settle(&asking)).collect();
        if settled.iter().all(|condition| matches!(condition, Predicate::Const(_))) {
            return Ok(settled.iter().map(|condition| *condition == Predicate::Const(true)).collect());
        }
        let mut printer = Printer::new(app, &asking, self.link.dialect());
        let mut select = Vec::with_capacity(settled.len());
        for condition in &settled {
            select.push(format!("({}) IS TRUE", printer.predicate(condition, 0, None)?));
        }
        let row = row(&mut printer, of, values, &settled)?;
        let sql = format!("SELECT {} FROM {}", select.join(", "), printer.joined_to(&format!("(SELECT {row})")));
        let statement = printer.statement(sql, vec![Column::Bool; settled.len()]);
        let found = self.first(&statement).await?.unwrap_or_default();
        Ok(found.iter().map(|answer| *answer == Value::Bool(true)).collect())
    }
}

/// The columns of the record that the conditions read, with its values, as a subselect has them.
fn row(
    printer: &mut Printer<'_>,
    of: EntityId,
    values: &[(FieldId, Value)],
    conditions: &[Predicate],
) -> Result<String, StoreError> {
    let app = printer.app;
    let mut read: BTreeMap<FieldId, &str> = BTreeMap::from([(entity(app, of)?.system.id, "id")]);
    for path in conditions.iter().flat_map(Predicate::paths) {
        let first = field(app, path.hops.first().copied().unwrap_or(path.field))?;
        if first.entity == of && first.has_column() {
            read.insert(first.id, &first.column);
        }
    }
    let mut columns = Vec::with_capacity(read.len() + 1);
    let seat = seat::of(app).filter(|works| read.contains_key(&works.id)).map(|works| works.id);
    for (id, column) in read {
        let holds = Column::of(field(app, id)?);
        // Nothing is asked of a secret, which is bound sealed or not at all.
        let found = values.iter().find(|(known, _)| *known == id).map(|(_, value)| value.clone());
        let value = found.filter(|_| holds != Column::Secret).unwrap_or_default();
        let parameter = printer.bind(value, holds);
        let typed = match printer.dialect {
            Dialect::Sqlite => parameter,
            Dialect::Postgres => format!("{parameter}::{}", holds.sql(Dialect::Postgres)),
        };
        if seat == Some(id) {
            columns.push(format!("(SELECT s.path FROM loam_seat s WHERE s.unit = {typed}) AS {}", seat::COLUMN));
        }
        columns.push(format!("{typed} AS {}", name(column)));
    }
    Ok(columns.join(", "))
}
