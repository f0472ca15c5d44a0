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

/// Boards have a version from now on, so that two changes at once are told apart.
pub(crate) const VERSIONS: &str = "
ALTER TABLE loam_unit_board ADD COLUMN version INT NOT NULL DEFAULT 1;
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
    /// Which of its versions this is, from 1.
    pub version: i64,
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
            "{ALL} WHERE {named}(b.account = $1 OR b.audience = 'all' OR (b.audience = 'unit' AND EXISTS (SELECT 1 FROM loam_line l \
             WHERE l.tree = '{}' AND l.below = $2 AND l.above = b.unit))) \
             ORDER BY CASE WHEN b.account = $1 THEN 0 ELSE 1 END, b.name, b.id LIMIT {MOST}",
            crate::line::Tree::Units.word()
        );
        let unit = unit.map_or(Value::Null, Value::Id);
        let mut statement = Statement::new(select).id(account).bind(unit, Column::Id);
        if let Some(id) = only {
            statement = statement.id(id);
        }
        self.0.fetch(&statement.gives(COLUMNS)).await?.into_iter().map(read).collect()
    }

    /// The boards that name one of these terms, whoever made them, by name: for whoever is about to change the terms.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn naming(&self, terms: &[&str]) -> Result<Vec<UnitBoard>, StoreError> {
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        // An underscore stands for any letter here, so that what is found is looked at again.
        let one = |at: usize| format!("',' || b.terms || ',' LIKE '%,' || ${} || ',%'", at + 1);
        let any: Vec<String> = (0..terms.len()).map(one).collect();
        let mut statement = Statement::new(format!("{ALL} WHERE {} ORDER BY b.name, b.id", any.join(" OR ")));
        for term in terms {
            statement = statement.text(*term);
        }
        let found = self.0.fetch(&statement.gives(COLUMNS)).await?.into_iter().map(read);
        let mut found = found.collect::<Result<Vec<_>, _>>()?;
        found.retain(|board| board.terms.iter().any(|term| terms.contains(&term.as_str())));
        Ok(found)
    }

    /// Every board, the newest first: for whoever looks after all of them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn all(&self) -> Result<Vec<UnitBoard>, StoreError> {
        let select = format!("{ALL} ORDER BY b.id DESC LIMIT {MOST}");
        self.0.fetch(&Statement::new(select).gives(COLUMNS)).await?.into_iter().map(read).collect()
    }
}

const ALL: &str =
    "SELECT b.id, b.unit, b.account, b.name, b.terms, b.layout, b.audience, b.made, b.version FROM loam_unit_board b";

const COLUMNS: [Column; 9] = [
    Column::Id,
    Column::Id,
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Text,
    Column::Text,
    Column::DateTime,
    Column::Int,
];

fn read(row: Vec<Value>) -> Result<UnitBoard, StoreError> {
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
        version: row.int()?,
    })
}

impl Tx {
    /// Keeps a board of a unit.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn make_board(&mut self, board: &UnitBoard) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_unit_board (id, unit, account, name, terms, layout, audience, made, version) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let statement = Statement::new(insert)
            .id(board.id)
            .id(board.unit)
            .id(board.account)
            .text(board.name.as_str())
            .text(board.terms.join(","))
            .text(board.layout.as_str())
            .text(board.audience.as_str())
            .moment(board.made)
            .int(board.version);
        self.execute(&statement).await.map(drop)
    }

    /// A board of that account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn board_of(&mut self, account: UserId, id: RecordId) -> Result<Option<UnitBoard>, StoreError> {
        let statement = Statement::new(format!("{ALL} WHERE b.id = $1 AND b.account = $2")).id(id).id(account);
        self.first(&statement.gives(COLUMNS)).await?.map(read).transpose()
    }

    /// How many boards an account has.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn boards_of(&mut self, account: UserId) -> Result<i64, StoreError> {
        let count = Statement::new("SELECT count(*) FROM loam_unit_board WHERE account = $1").id(account);
        let row = self.first(&count.gives([Column::Int])).await?;
        row.map_or(Ok(0), |row| Taken::new("loam_unit_board", row).int())
    }

    /// Keeps what a board is now, as its next version; `false` where it has another version by now than `board` says it had.
    /// Whose it is and when it was made stay.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change_board(&mut self, board: &UnitBoard) -> Result<bool, StoreError> {
        let update = "UPDATE loam_unit_board SET unit = $2, name = $3, terms = $4, layout = $5, audience = $6, version = version + 1 \
                      WHERE id = $1 AND account = $7 AND version = $8";
        let statement = Statement::new(update)
            .id(board.id)
            .id(board.unit)
            .text(board.name.as_str())
            .text(board.terms.join(","))
            .text(board.layout.as_str())
            .text(board.audience.as_str())
            .id(board.account)
            .int(board.version);
        Ok(self.execute(&statement).await? > 0)
    }

    /// Removes a board, of that account where one is given. Answers whose it was; `None` when there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn remove_board(&mut self, account: Option<UserId>, id: RecordId) -> Result<Option<UserId>, StoreError> {
        let own = if account.is_some() { " AND account = $2" } else { "" };
        let mut statement =
            Statement::new(format!("DELETE FROM loam_unit_board WHERE id = $1{own} RETURNING account")).id(id);
        if let Some(account) = account {
            statement = statement.id(account);
        }
        let row = self.first(&statement.gives([Column::Id])).await?;
        row.map(|row| Taken::new("loam_unit_board", row).id()).transpose()
    }
}
