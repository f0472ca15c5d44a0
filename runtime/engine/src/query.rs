//! The read door.
//!
//! A query is a policy request (get, list, aggregate, permitted) or one of the questions about a record below. Each is
//! authorised, then answered by one statement that carries the reader's row condition and field mask.

use std::future::Future;

use model::{EntityId, RecordId, Timestamp, UserId};
use policy::{Aggregate, Get, List, Permitted, authorize};
use store::{Group, Rows};

use crate::{Actor, Engine, QueryError};

/// A question and the type of its answer.
pub trait Query: Send {
    /// What comes back.
    type Answer;

    /// Authorises the question and has the store answer it.
    fn answer(self, engine: &Engine, actor: &Actor) -> impl Future<Output = Result<Self::Answer, QueryError>> + Send;
}

impl Engine {
    /// Answers a question as far as the actor may know the answer.
    ///
    /// # Errors
    /// [`QueryError::Denied`] when no grant allows it, [`QueryError::NewEdition`] when the app was published anew.
    pub async fn query<Q: Query>(&self, actor: &Actor, query: Q) -> Result<Q::Answer, QueryError> {
        query.answer(self, actor).await
    }
}

/// Who changed which field of a record, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryShown {
    /// The change it belongs to; fields changed together share it.
    pub change: RecordId,
    /// When.
    pub at: Timestamp,
    /// The account.
    pub by: UserId,
    /// The account's name, as people know it.
    pub by_name: String,
    /// The field's name; `None` for coming, going and restoring as a whole.
    pub field: Option<String>,
    /// `create`, `update`, `delete`, `restore`.
    pub action: String,
    /// The value before, as JSON.
    pub before: serde_json::Value,
    /// The value after, as JSON.
    pub after: serde_json::Value,
}

/// A comment.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentShown {
    /// Its id.
    pub id: RecordId,
    /// Who said it.
    pub by: UserId,
    /// Their name, as people know it.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
    /// What was said.
    pub text: String,
}

/// A file attached to a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// Its id.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Its media type.
    pub media_type: String,
    /// Who attached it.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

/// A record found by the global search.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
    /// What names it.
    pub label: String,
    /// What tells it apart.
    pub hint: String,
}
