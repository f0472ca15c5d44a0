//! Lines: who is above whom, in the tree of units and among people, kept ready in `loam_line`.
//!
//! A row says that one record is so many steps below another; every record of a tree is also 0 steps below itself. A
//! condition on everyone below somebody is then one look by key per row, whatever the depth. The rows are worked out from
//! the records' own columns in the transaction that changes them, for the records that moved and everyone below them. A
//! circle in the data (two people who lead each other) ends after [`MOST_LEVELS`] steps and is known no further.

use app::{App, FieldRole};
use formula::reach::MOST_LEVELS;
use model::{EntityId, FieldId, RecordId, Value};

use crate::{
    StoreError, Tx, seat,
    sql::{
        Column, Dialect, Statement,
        column::{entity, field},
        name,
    },
};

/// The step that makes the tables.
pub(crate) const STEP: &str = "
CREATE TABLE loam_line (tree TEXT NOT NULL, below ID NOT NULL, above ID NOT NULL, depth INT NOT NULL, PRIMARY KEY (tree, below, above));
CREATE INDEX loam_line_above ON loam_line (tree, above, below);
CREATE TABLE loam_line_moved (tree TEXT NOT NULL, node ID NOT NULL, PRIMARY KEY (tree, node));
";

/// A tree whose lines are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tree {
    /// Units below units.
    Units,
    /// People below their managers.
    Managers,
}

impl Tree {
    pub(crate) const ALL: [Self; 2] = [Self::Units, Self::Managers];

    /// Its word in the table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Units => "unit",
            Self::Managers => "manager",
        }
    }

    /// The reference that leads up, if the app has this tree.
    pub(crate) fn up(self, app: &App) -> Option<FieldId> {
        app.organisation().field(match self {
            Self::Units => FieldRole::ParentUnit,
            Self::Managers => FieldRole::Manager,
        })
    }

    /// The table of the tree's records and its column that leads up, both quoted.
    pub(crate) fn place(self, app: &App) -> Result<Option<(String, String)>, StoreError> {
        let Some(up) = self.up(app) else { return Ok(None) };
        let up = field(app, up)?;
        Ok(Some((name(&entity(app, up.entity)?.table), name(&up.column))))
    }
}

/// Locks all other movers out until the end of the transaction: two of them could each miss what the other moved.
const LOCK: &str = "SELECT pg_advisory_xact_lock(77103601)";

/// Works out the lines of what stands in `loam_line_moved`, and the seats of units.
pub(crate) fn statements(tree: Tree, table: &str, up: &str) -> Vec<String> {
    let word = tree.word();
    let mut all = vec![
        format!(
            "DELETE FROM loam_line WHERE tree = '{word}' AND below IN (SELECT node FROM loam_line_moved WHERE tree = '{word}')"
        ),
        format!(
            "INSERT INTO loam_line (tree, below, above, depth) \
             WITH RECURSIVE up(below, above, depth) AS (\
             SELECT m.node, m.node, 0 FROM loam_line_moved m WHERE m.tree = '{word}' \
             UNION ALL SELECT up.below, t.{up}, up.depth + 1 FROM up JOIN {table} t ON t.id = up.above \
             WHERE t.{up} IS NOT NULL AND up.depth < {MOST_LEVELS}) \
             SELECT '{word}', below, above, min(depth) FROM up GROUP BY below, above"
        ),
    ];
    if tree == Tree::Units {
        all.extend(seat::units());
    }
    all
}

/// Empties `loam_line_moved`.
fn clear(tree: Tree) -> String {
    format!("DELETE FROM loam_line_moved WHERE tree = '{}'", tree.word())
}

/// Works out all lines of a tree anew, and the seats of all units.
pub(crate) fn everything(tree: Tree, table: &str, up: &str) -> Vec<String> {
    let word = tree.word();
    let mut all = vec![
        format!("DELETE FROM loam_line WHERE tree = '{word}'"),
        format!("INSERT INTO loam_line_moved (tree, node) SELECT '{word}', id FROM {table}"),
    ];
    if tree == Tree::Units {
        all.push("DELETE FROM loam_seat".to_owned());
    }
    all.extend(statements(tree, table, up));
    all.push(clear(tree));
    all
}

/// What a publish runs so that the lines of its trees are there: nothing where they follow from the columns they did.
pub(crate) fn planned(before: Option<&App>, after: &App) -> Vec<String> {
    let place = |app: &App, tree: Tree| tree.place(app).ok().flatten();
    let mut sql = Vec::new();
    for tree in Tree::ALL {
        let (was, is) = (before.and_then(|app| place(app, tree)), place(after, tree));
        match is {
            Some((table, up)) if was.as_ref() != Some(&(table.clone(), up.clone())) => {
                sql.extend(everything(tree, &table, &up));
            }
            None if was.is_some() => {
                sql.push(format!("DELETE FROM loam_line WHERE tree = '{}'", tree.word()));
                if tree == Tree::Units {
                    sql.push("DELETE FROM loam_seat".to_owned());
                }
            }
            _ => {}
        }
    }
    sql.extend(seat::planned(before, after));
    sql
}

impl Tx {
    /// Brings the lines up to date after records of an entity were made or changed. Does nothing for an entity without a
    /// tree, or when the reference that leads up was not among the values written.
    pub(crate) async fn moved(
        &mut self,
        app: &App,
        of: EntityId,
        ids: &[RecordId],
        written: impl Fn(FieldId) -> bool,
        new: bool,
    ) -> Result<(), StoreError> {
        for tree in Tree::ALL {
            let Some(up) = tree.up(app) else { continue };
            if field(app, up)?.entity != of || ids.is_empty() || !(new || written(up)) {
                continue;
            }
            let Some((table, column)) = tree.place(app)? else { continue };
            if self.link.dialect() == Dialect::Postgres {
                self.execute(&Statement::new(LOCK)).await?;
            }
            let ids = Value::List(ids.iter().copied().map(Value::Id).collect());
            let word = tree.word();
            let among = self.link.dialect().among(Column::Ids, 1);
            // A new record has nobody below it yet.
            let note = format!(
                "INSERT INTO loam_line_moved (tree, node) SELECT '{word}', id FROM {table} WHERE id {among} \
                 UNION SELECT '{word}', below FROM loam_line WHERE tree = '{word}' AND above {among}"
            );
            self.execute(&Statement::new(note).bind(ids, Column::Ids)).await?;
            for sql in statements(tree, &table, &column) {
                self.execute(&Statement::new(sql)).await?;
            }
            if tree == Tree::Units {
                self.reseat(app, new).await?;
            }
            self.execute(&Statement::new(clear(tree))).await?;
        }
        if ids.is_empty() { Ok(()) } else { self.seat(app, of, ids, |field| new || written(field)).await }
    }
}

impl crate::Store {
    /// Works out the lines of trees that have records and no lines, and the seats of people who have none: of a database
    /// that an earlier version of Loam made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn complete_lines(&self, app: &App) -> Result<(), StoreError> {
        for tree in Tree::ALL {
            let Some((table, up)) = tree.place(app)? else { continue };
            let word = tree.word();
            let missing = format!(
                "SELECT CASE WHEN EXISTS (SELECT 1 FROM {table}) \
                 AND NOT EXISTS (SELECT 1 FROM loam_line WHERE tree = '{word}') THEN 1 ELSE 0 END"
            );
            let rows = self.fetch(&Statement::new(missing).gives([Column::Int])).await?;
            if rows.first().and_then(|row| row.first()) != Some(&Value::Int(1)) {
                continue;
            }
            self.tend_all(everything(tree, &table, &up)).await?;
        }
        self.complete_seats(app).await
    }

    /// Carries out statements without parameters, in one transaction.
    pub(crate) async fn tend_all(&self, all: Vec<String>) -> Result<(), StoreError> {
        self.tend(move |tx| {
            let all = all.clone();
            Box::pin(async move {
                for sql in all {
                    tx.execute(&Statement::new(sql)).await?;
                }
                Ok(())
            })
        })
        .await
    }
}
