//! Seats: where in the tree of units somebody works, kept beside their record as one text.
//!
//! The seat of a unit is the way to it from the top: seven digits for each unit passed, its own last. Whoever works in a
//! unit or below it then has a seat that begins with the unit's, which is a range of texts. That is decided by the row
//! alone, and by an index that ends in the seat without looking at the row at all, where [`mod@crate::line`] needs a look
//! into another table. Units that lead each other in a circle share one step, since each of them is below the others.
//!
//! The seats follow from the lines, in the transaction that changes them. A unit that moves takes the seats of everybody
//! who works below it along.

use app::{App, Field, FieldRole};
use model::{EntityId, FieldId, RecordId, Value};

use crate::{
    StoreError, Tx,
    line::Tree,
    plan::table,
    publish::ddl::index_sql,
    sql::{Column, Dialect, Statement, column::entity, name},
};

/// The column beside each record of a person.
pub(crate) const COLUMN: &str = "loam_seat";

/// What is greater than every seat that begins like the one before it: no digit comes after it.
pub(crate) const END: &str = ":";

/// The step that makes the table of the units' own seats. Numbers have seven digits, in every seat.
pub(crate) const STEP: &str = "
CREATE TABLE loam_seat (unit ID PRIMARY KEY, number INT NOT NULL UNIQUE CHECK (number < 10000000), path TEXT NOT NULL);
";

/// The field that says where somebody works, if the app has it and a tree of units.
pub(crate) fn of(app: &App) -> Option<&Field> {
    Tree::Units.up(app)?;
    app.field(app.organisation().field(FieldRole::Unit)?).filter(|field| field.has_column())
}

/// The table of people and its column that says where they work, both quoted.
fn place(app: &App) -> Result<Option<(String, String)>, StoreError> {
    let Some(works) = of(app) else { return Ok(None) };
    Ok(Some((name(&entity(app, works.entity)?.table), name(&works.column))))
}

/// Works out the seats of the units that stand in `loam_line_moved`, from their lines.
pub(crate) fn units() -> [String; 2] {
    let word = Tree::Units.word();
    [
        format!(
            "INSERT INTO loam_seat (unit, number, path) SELECT m.node, \
             (SELECT coalesce(max(number), 0) FROM loam_seat) + row_number() OVER (ORDER BY m.node), '' \
             FROM loam_line_moved m WHERE m.tree = '{word}' AND NOT EXISTS (SELECT 1 FROM loam_seat s WHERE s.unit = m.node)"
        ),
        // For each unit above: the first number among those in a circle with it, which mostly is only itself.
        format!(
            "UPDATE loam_seat SET path = (SELECT string_agg(way.step, '' ORDER BY way.depth DESC) FROM (\
             SELECT one.step, max(one.depth) AS depth FROM (\
             SELECT substr(CAST(10000000 + min(s.number) AS TEXT), 2) AS step, max(l.depth) AS depth FROM loam_line l \
             JOIN loam_line up ON up.tree = '{word}' AND up.below = l.above \
             JOIN loam_line back ON back.tree = '{word}' AND back.below = up.above AND back.above = up.below \
             JOIN loam_seat s ON s.unit = up.above \
             WHERE l.tree = '{word}' AND l.below = loam_seat.unit GROUP BY l.above) one GROUP BY one.step) way) \
             WHERE unit IN (SELECT node FROM loam_line_moved WHERE tree = '{word}')"
        ),
    ]
}

/// Gives the people that `which` selects the seats of their units.
fn people(table: &str, column: &str, which: &str) -> String {
    format!(
        "UPDATE {table} SET {COLUMN} = (SELECT s.path FROM loam_seat s WHERE s.unit = {table}.{column}) WHERE {which}"
    )
}

/// What a publish runs so that everybody has their seat: nothing where seats follow from the columns they did. It comes
/// after the lines.
pub(crate) fn planned(before: Option<&App>, after: &App) -> Vec<String> {
    let known = |app: &App| Some((Tree::Units.place(app).ok()??, place(app).ok()??));
    let (was, is) = (before.and_then(known), known(after));
    match is {
        Some((_, (table, column))) if was != is => vec![people(&table, &column, "1 = 1")],
        _ => Vec::new(),
    }
}

impl Tx {
    /// Brings the seats of people up to date who were made, or came to work elsewhere. Does nothing for another entity.
    pub(crate) async fn seat(
        &mut self,
        app: &App,
        entity_of: EntityId,
        ids: &[RecordId],
        written: impl Fn(FieldId) -> bool,
    ) -> Result<(), StoreError> {
        let Some(works) = of(app).filter(|works| works.entity == entity_of && written(works.id)) else { return Ok(()) };
        let table = name(&entity(app, works.entity)?.table);
        let among = self.link.dialect().among(Column::Ids, 1);
        let sql = people(&table, &name(&works.column), &format!("id {among}"));
        let ids = Value::List(ids.iter().copied().map(Value::Id).collect());
        self.execute(&Statement::new(sql).bind(ids, Column::Ids)).await.map(|_| ())
    }

    /// Takes the seats of those along who work in units that stand in `loam_line_moved`.
    pub(crate) async fn reseat(&mut self, app: &App, new: bool) -> Result<(), StoreError> {
        let Some((table, column)) = place(app)? else { return Ok(()) };
        let word = Tree::Units.word();
        // In a unit that was only made now nobody can have been and gone; the index is of those in use.
        let live = if new { " AND deleted_at IS NULL" } else { "" };
        let which = format!("{column} IN (SELECT node FROM loam_line_moved WHERE tree = '{word}'){live}");
        self.execute(&Statement::new(people(&table, &column, &which))).await.map(|_| ())
    }
}

impl crate::Store {
    /// Gives everybody a seat in a database that an earlier version of Loam made, or where some are missing.
    pub(crate) async fn complete_seats(&self, app: &App) -> Result<(), StoreError> {
        let (Some(works), Some((up_table, up))) = (of(app), Tree::Units.place(app)?) else { return Ok(()) };
        let table = entity(app, works.entity)?;
        let quoted = name(&table.table);
        let column = name(&works.column);
        let there = match self.dialect() {
            Dialect::Sqlite => "SELECT count(*) FROM pragma_table_info($1) WHERE name = $2",
            Dialect::Postgres => {
                "SELECT count(*) FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1 AND column_name = $2"
            }
        };
        let there = Statement::new(there).text(table.table.as_str()).text(COLUMN).gives([Column::Int]);
        let mut all = Vec::new();
        if self.number(&there).await? == 0 {
            all.push(add(&quoted, self.dialect()));
            for index in table::table(app, table).indexes.iter().filter(|index| index.seated) {
                // It takes the place of one that an earlier version made.
                let names: Vec<&str> = index.columns.iter().map(String::as_str).collect();
                let plain = table::index_name("ix", &table.table, &names);
                all.push(format!("DROP INDEX IF EXISTS {}", name(&plain)));
                all.push(index_sql(&table.table, index));
            }
        } else {
            let missing = format!(
                "SELECT count(*) FROM (SELECT 1 FROM {quoted} WHERE {column} IS NOT NULL AND {COLUMN} IS NULL LIMIT 1) m"
            );
            if self.number(&Statement::new(missing).gives([Column::Int])).await? == 0 {
                return Ok(());
            }
        }
        all.extend(crate::line::everything(Tree::Units, &up_table, &up));
        all.push(people(&quoted, &column, "1 = 1"));
        self.tend_all(all).await
    }

    async fn number(&self, statement: &Statement) -> Result<i64, StoreError> {
        let rows = self.fetch(statement).await?;
        Ok(match rows.first().and_then(|row| row.first()) {
            Some(Value::Int(count)) => *count,
            _ => 0,
        })
    }
}

/// Adds the column to a table, named as it is quoted.
pub(crate) fn add(table: &str, dialect: Dialect) -> String {
    format!("ALTER TABLE {table} ADD COLUMN {COLUMN} {}", Column::Text.sql(dialect))
}
