//! What surrounds a record: its history, comments and attachments. Whoever reads them must see the record.

use app::App;
use model::{RecordId, Timestamp, UserId};
use policy::{Authorized, Get};

use crate::{Asking, Store, StoreError};

/// One change of one field, or the coming and going of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// Its id.
    pub id: RecordId,
    /// The entity's name.
    pub entity: String,
    /// The record.
    pub record: RecordId,
    /// The field's name; `None` for the record as a whole.
    pub field: Option<String>,
    /// `create`, `update`, `delete`, `restore`.
    pub action: String,
    /// The value before.
    pub before: serde_json::Value,
    /// The value after.
    pub after: serde_json::Value,
    /// The account.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// What was changed together shares it.
    pub change: RecordId,
}

/// A history entry as read.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The entry.
    pub entry: HistoryEntry,
    /// What people call the account; empty when it is not known.
    pub by_name: String,
}

/// Something said about a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// Its id.
    pub id: RecordId,
    /// The entity's name.
    pub entity: String,
    /// The record.
    pub record: RecordId,
    /// What was said.
    pub text: String,
    /// The accounts mentioned.
    pub mentions: Vec<UserId>,
    /// Who said it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// A comment as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Commented {
    /// The comment.
    pub comment: Comment,
    /// What people call the account; empty when it is not known.
    pub by_name: String,
}

/// A file of a record; its content is in [`crate::Blobs`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: RecordId,
    /// The entity's name.
    pub entity: String,
    /// The record.
    pub record: RecordId,
    /// The field it is the value of; `None` for a file attached to the record.
    pub field: Option<String>,
    /// The file's name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Its media type.
    pub media_type: String,
    /// Its content.
    pub sha256: String,
    /// Who attached it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// An attachment as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The attachment.
    pub attachment: Attachment,
    /// What people call the account; empty when it is not known.
    pub by_name: String,
}

impl Store {
    /// The record's history, newest first, of fields the reader may see on it now. Empty when the record is not visible.
    pub async fn history(
        &self,
        app: &App,
        asking: &Asking,
        record: &Authorized<Get>,
        limit: u32,
    ) -> Result<Vec<History>, StoreError> {
        let _ = (app, asking, record, limit);
        crate::store::later()
    }
    /// The record's comments, oldest first. Empty when the record is not visible.
    pub async fn comments(
        &self,
        app: &App,
        asking: &Asking,
        record: &Authorized<Get>,
        limit: u32,
    ) -> Result<Vec<Commented>, StoreError> {
        let _ = (app, asking, record, limit);
        crate::store::later()
    }
    /// The files attached to the record, oldest first; those of file fields only where the reader may see the field.
    /// Empty when the record is not visible.
    pub async fn attachments(
        &self,
        app: &App,
        asking: &Asking,
        record: &Authorized<Get>,
    ) -> Result<Vec<Attached>, StoreError> {
        let _ = (app, asking, record);
        crate::store::later()
    }
    /// One file of the record, attached or of a file field the reader may see. `None` when the record is not visible.
    pub async fn attachment(
        &self,
        app: &App,
        asking: &Asking,
        record: &Authorized<Get>,
        id: RecordId,
    ) -> Result<Option<Attachment>, StoreError> {
        let _ = (app, asking, record, id);
        crate::store::later()
    }
    /// Where a file belongs, as entity name and record, for whoever has only its id and then asks with [`Store::attachment`].
    pub async fn attachment_record(&self, id: RecordId) -> Result<Option<(String, RecordId)>, StoreError> {
        let _ = id;
        crate::store::later()
    }
}
