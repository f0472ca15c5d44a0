//! Ways of looking at a page that somebody kept under a name.

use std::{collections::BTreeSet, fmt, sync::Arc};

use model::{RecordId, UserId, Value};

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
        let select = format!("{ALL} WHERE account = $1 AND page = $2 ORDER BY name");
        let statement = Statement::new(select).id(account).text(page).gives(COLUMNS);
        self.0.fetch(&statement).await?.into_iter().map(read).collect()
    }

    /// Those of everybody, for every page: for whoever is about to change what they name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn all(&self) -> Result<Vec<SavedView>, StoreError> {
        let select = format!("{ALL} ORDER BY page, id");
        self.0.fetch(&Statement::new(select).gives(COLUMNS)).await?.into_iter().map(read).collect()
    }
}

const ALL: &str = "SELECT id, page, account, name, query FROM loam_saved_view";

const COLUMNS: [Column; 5] = [Column::Id, Column::Text, Column::Id, Column::Text, Column::Text];

fn read(row: Vec<Value>) -> Result<SavedView, StoreError> {
    let mut row = Taken::new("loam_saved_view", row);
    Ok(SavedView { id: row.id()?, page: row.text()?, account: row.id()?, name: row.text()?, query: row.text()? })
}

type Written = Arc<dyn Fn(&str, &str) -> Option<Moved> + Send + Sync>;

/// What a kept view becomes with a publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The name of the page it is of.
    pub page: String,
    /// Its query.
    pub query: String,
}

/// What kept views become with a publish; by default they all stay.
#[derive(Clone, Default)]
pub struct Rewrite(Option<Written>);

impl Rewrite {
    /// What `written` says for a page's name and a query: others, or nothing where both stay.
    pub fn by(written: impl Fn(&str, &str) -> Option<Moved> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(written)))
    }
}

impl fmt::Debug for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rewrite").field(&self.0.is_some()).finish()
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

    /// Writes anew the kept views that a publish turns into others. Where somebody has a view of that name on the other page
    /// already, the one that comes along is numbered, so that both are there.
    pub(crate) async fn rewrite_views(&mut self, rewrite: &Rewrite) -> Result<(), StoreError> {
        let Some(written) = &rewrite.0 else { return Ok(()) };
        let rows = self.fetch(&Statement::new(format!("{ALL} ORDER BY id")).gives(COLUMNS)).await?;
        let views = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let own = |view: &SavedView| (view.account, view.page.clone(), view.name.clone());
        let mut taken: BTreeSet<(UserId, String, String)> = views.iter().map(own).collect();
        for view in views {
            let Some(Moved { page, query }) = written(&view.page, &view.query) else { continue };
            let mut name = view.name;
            if page != view.page {
                name = free(&name, |name| taken.contains(&(view.account, page.clone(), name.to_owned())));
                taken.insert((view.account, page.clone(), name.clone()));
            }
            let update = "UPDATE loam_saved_view SET page = $2, name = $3, query = $4 WHERE id = $1";
            self.execute(&Statement::new(update).id(view.id).text(page).text(name).text(query)).await?;
        }
        Ok(())
    }
}

/// The name, or the first with a number behind it that is not taken.
fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u32..).map(|number| format!("{name} ({number})"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_else(|| name.to_owned())
}
