//! Ways of looking at a page that somebody kept under a name.

use model::{RecordId, UserId};

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// A kept way of looking at a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: RecordId,
    /// The page's name.
    pub page: String,
    /// Whose it is.
    pub account: UserId,
    /// What they call it; unique per page and account.
    pub name: String,
    /// The page's query string.
    pub query: String,
}

/// The saved views of a store.
#[derive(Clone, Copy)]
pub struct SavedViews<'s>(pub(crate) &'s Store);

impl SavedViews<'_> {
    /// Those of an account for a page, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId, page: &str) -> Result<Vec<SavedView>, StoreError> {
        let select =
            "SELECT id, page, account, name, query FROM loam_saved_view WHERE account = $1 AND page = $2 ORDER BY name";
        let columns = [Column::Id, Column::Text, Column::Id, Column::Text, Column::Text];
        let rows = self.0.fetch(&Statement::new(select).id(account).text(page).gives(columns)).await?;
        let taken = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_saved_view", row);
            Ok(SavedView {
                id: row.id()?,
                page: row.text()?,
                account: row.id()?,
                name: row.text()?,
                query: row.text()?,
            })
        });
        taken.collect()
    }
}

impl Tx {
    /// Keeps a way of looking at a page, replacing the account's own of that name and page.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save_view(&mut self, view: &SavedView) -> Result<(), StoreError> {
        let upsert = "INSERT INTO loam_saved_view (id, page, account, name, query) VALUES ($1, $2, $3, $4, $5) \
                      ON CONFLICT (account, page, name) DO UPDATE SET query = excluded.query";
        let statement = Statement::new(upsert)
            .id(view.id)
            .text(view.page.as_str())
            .id(view.account)
            .text(view.name.as_str())
            .text(view.query.as_str());
        self.execute(&statement).await.map(drop)
    }

    /// Forgets a saved view of that account; `false` when there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_view(&mut self, account: UserId, id: RecordId) -> Result<bool, StoreError> {
        let delete = "DELETE FROM loam_saved_view WHERE id = $1 AND account = $2";
        Ok(self.execute(&Statement::new(delete).id(id).id(account)).await? > 0)
    }
}
