//! The handle everyone holds: opens the database, and leads to reads, writes and the small tables of the platform.

use std::{future::Future, pin::Pin};

use app::App;
use model::{Timestamp, UserId};
use policy::{Aggregate, Authorized, Get, List, Permitted};

use crate::{
    Accounts, Asking, Confirmed, Group, Idempotency, Notifications, Outbox, Page, Place, Plan, PublishError, Row,
    SavedViews, Sessions, StoreError, Tx,
};

/// What runs inside a transaction. It may run again after the database gave up a transaction of its own accord, so it keeps
/// nothing outside [`Tx`] that a second run would count twice.
pub type Work<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {}

/// A published version as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Counts publishes from 1.
    pub version: i64,
    /// The documents it was made from.
    pub documents: serde_json::Value,
    /// SHA-256 of the documents.
    pub hash: String,
    /// When.
    pub at: Timestamp,
    /// By which account.
    pub by: UserId,
}

pub(crate) fn later<T>() -> Result<T, StoreError> {
    Err(StoreError::Poisoned)
}

impl Store {
    /// Opens the database and brings its system tables up to date.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        let _ = place;
        later()
    }
    /// Waits for writes under way and closes every connection.
    pub async fn close(&self) {}
    /// Whether the database answers; for readiness.
    pub async fn ping(&self) -> Result<(), StoreError> {
        later()
    }
    /// The newest published version.
    pub async fn published(&self) -> Result<Option<Published>, StoreError> {
        later()
    }
    /// The number of the newest published version; 0 before the first.
    pub async fn published_version(&self) -> Result<i64, StoreError> {
        later()
    }
    /// What changes in the database when `after` takes the place of `before`.
    pub fn plan(before: Option<&App>, after: &App) -> Plan {
        let _ = (before, after);
        Plan::default()
    }
    /// Fills in how many rows each step loses or finds not to fit.
    pub async fn measure(&self, plan: &mut Plan) -> Result<(), StoreError> {
        let _ = plan;
        later()
    }
    /// Applies a plan and keeps the documents as the next version, in one transaction. Answers its number.
    pub async fn publish(
        &self,
        before_version: i64,
        plan: &Plan,
        confirmed: &Confirmed,
        documents: serde_json::Value,
        user: UserId,
        at: Timestamp,
    ) -> Result<i64, PublishError> {
        let _ = (before_version, plan, confirmed, documents, user, at);
        Err(PublishError::Store(StoreError::Poisoned))
    }
    /// One record, as far as the reader may see it.
    pub async fn get(&self, app: &App, asking: &Asking, request: &Authorized<Get>) -> Result<Option<Row>, StoreError> {
        let _ = (app, asking, request);
        later()
    }
    /// A page of records.
    pub async fn list(&self, app: &App, asking: &Asking, request: &Authorized<List>) -> Result<Page, StoreError> {
        let _ = (app, asking, request);
        later()
    }
    /// Numbers per group, ordered by the groups' values.
    pub async fn aggregate(
        &self,
        app: &App,
        asking: &Asking,
        request: &Authorized<Aggregate>,
    ) -> Result<Vec<Group>, StoreError> {
        let _ = (app, asking, request);
        later()
    }
    /// Per asked field whether it may be touched on this record; `None` when the record is out of reach of the action.
    pub async fn permitted(
        &self,
        app: &App,
        asking: &Asking,
        request: &Authorized<Permitted>,
    ) -> Result<Option<Vec<bool>>, StoreError> {
        let _ = (app, asking, request);
        later()
    }

    /// Runs `work` in a transaction and answers once it is committed. An error of `work` undoes all of it.
    ///
    /// # Errors
    /// [`StoreError::SchemaChanged`] when `asking.version` is not the newest, whatever `work` fails with, and the store's own.
    pub async fn write<T, E, F>(&self, asking: Asking, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> Work<'t, T, E> + Send + Sync + 'static,
    {
        let _ = (asking, work);
        Err(StoreError::Poisoned.into())
    }

    /// Sign-in accounts.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }
    /// Sessions.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
    /// Notifications.
    pub fn notifications(&self) -> Notifications<'_> {
        Notifications(self)
    }
    /// Saved views.
    pub fn saved_views(&self) -> SavedViews<'_> {
        SavedViews(self)
    }
    /// Kept answers.
    pub fn idempotency(&self) -> Idempotency<'_> {
        Idempotency(self)
    }
    /// The outbox.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox(self)
    }
}
