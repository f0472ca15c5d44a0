//! Boards that somebody put together for a unit: which terms, and how they are laid out. What they show is worked out when they
//! are opened, with the rights of whoever opens them.

use model::{RecordId, Timestamp, UserId, Value};

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// The step that makes the table.
pub(crate) const STEP: &str = "
CREATE TABLE loam_unit_board (id ID PRIMARY KEY, unit ID NOT NULL, account ID NOT NULL, name TEXT NOT NULL, terms TEXT NOT NULL, layout TEXT NOT NULL, audience TEXT NOT NULL, made MOMENT NOT NULL);
CREATE INDEX loam_unit_board_unit ON loam_unit_board (unit);
CREATE INDEX loam_unit_board_account ON loam_unit_board (account);
";

/// Boards listed at most.
const MOST: i64 = 500;

/// A board of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitBoard {
    /// Its id.
    pub id: RecordId,
    /// The unit.
    pub unit: RecordId,
    /// Who made it.
    pub account: UserId,
    /// What it is called.
    pub name: String,
    /// Names of its terms, in order.
    pub terms: Vec<String>,
    /// How it is laid out.
    pub layout: String,
    /// Who sees it beside its maker: `me`, `unit` or `all`.
    pub audience: String,
    /// When it was made.
    pub made: Timestamp,
}

/// The boards of units.
#[derive(Clone, Copy)]
pub struct UnitBoards<'s>(pub(crate) &'s Store);

impl UnitBoards<'_> {
    /// Those an account sees: its own, those for all, and those for the people of a unit in or below which it works; its own
    /// first, then by name. `only` asks for one of them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seen_by(
        &self,
        account: UserId,
        unit: Option<RecordId>,
        only: Option<RecordId>,
    ) -> Result<Vec<UnitBoard>, StoreError> {
        let named = if only.is_some() { "b.id = $3 AND " } else { "" };
        let select = format!(
            "SELECT b.id, b.unit, b.account, b.name, b.terms, b.layout, b.audience, b.made FROM loam_unit_board b \
             WHERE {named}(b.account = $1 OR b.audience = 'all' OR (b.audience = 'unit' AND EXISTS (SELECT 1 FROM loam_line l \
             WHERE l.tree = '{}' AND l.below = $2 AND l.above = b.unit))) \
             ORDER BY CASE WHEN b.account = $1 THEN 0 ELSE 1 END, b.name, b.id LIMIT {MOST}",
            crate::line::Tree::Units.word()
        );
        let columns = [
            Column::Id,
            Column::Id,
            Column::Id,
            Column::Text,
            Column::Text,
            Column::Text,
            Column::Text,
            Column::DateTime,
        ];
        let unit = unit.map_or(Value::Null, Value::Id);
        let mut statement = Statement::new(select).id(account).bind(unit, Column::Id);
        if let Some(id) = only {
            statement = statement.id(id);
        }
        let rows = self.0.fetch(&statement.gives(columns)).await?;
        let taken = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_unit_board", row);
            Ok(UnitBoard {
                id: row.id()?,
                unit: row.id()?,
                account: row.id()?,
                name: row.text()?,
                terms: row.text()?.split(',').filter(|term| !term.is_empty()).map(str::to_owned).collect(),
                layout: row.text()?,
                audience: row.text()?,
                made: row.moment()?,
            })
        });
        taken.collect()
    }
}

impl Tx {
    /// Keeps a board of a unit.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn make_board(&mut self, board: &UnitBoard) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_unit_board (id, unit, account, name, terms, layout, audience, made) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let statement = Statement::new(insert)
            .id(board.id)
            .id(board.unit)
            .id(board.account)
            .text(board.name.as_str())
            .text(board.terms.join(","))
            .text(board.layout.as_str())
            .text(board.audience.as_str())
            .moment(board.made);
        self.execute(&statement).await.map(drop)
    }

    /// Removes a board of that account; `false` when there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn remove_board(&mut self, account: UserId, id: RecordId) -> Result<bool, StoreError> {
        let delete = "DELETE FROM loam_unit_board WHERE id = $1 AND account = $2";
        Ok(self.execute(&Statement::new(delete).id(id).id(account)).await? > 0)
    }
}
