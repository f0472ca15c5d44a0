//! Inside a transaction. Every method on records takes the [`Authorized`] it acts under.

use app::App;
use formula::Path;
use model::{EntityId, FieldId, RecordId, Timestamp, UserId, Value};
use policy::{Authorized, Change, Get};

use crate::{
    Account, Asking, Attachment, Comment, HistoryEntry, Kept, NewRow, Notification, OutboxEntry, SavedView, StoreError,
    Stored, store::later,
};

/// Whether a record is read to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Only to be looked at.
    None,
    /// To be changed: nobody else may change it until the end of the transaction.
    Update,
}

/// A transaction under way.
pub struct Tx {
    asking: Asking,
}

impl Tx {
    /// Who acts, and when.
    pub fn asking(&self) -> &Asking {
        &self.asking
    }

    /// The record the change is about, if it meets the change's row condition: in use, or in the bin for a restore.
    pub async fn load(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        lock: Lock,
    ) -> Result<Option<Stored>, StoreError> {
        let _ = (app, change, lock);
        later()
    }
    /// Records of an entity as stored, in no order, whatever the actor may see: computing is the platform's act.
    pub async fn load_many(
        &mut self,
        app: &App,
        cause: &Authorized<Change>,
        entity: EntityId,
        ids: &[RecordId],
    ) -> Result<Vec<Stored>, StoreError> {
        let _ = (app, cause, entity, ids);
        later()
    }
    /// Values for formulas on a stored record, unmasked; paths through children give lists in the children's order of
    /// creation, the same order for every path.
    pub async fn load_paths(
        &mut self,
        app: &App,
        cause: &Authorized<Change>,
        entity: EntityId,
        id: RecordId,
        paths: &[Path],
    ) -> Result<Vec<Value>, StoreError> {
        let _ = (app, cause, entity, id, paths);
        later()
    }
    /// The values behind paths that start with a reference of a record not stored yet (or about to change): `target` is the
    /// record the first hop leads to.
    pub async fn load_paths_from(
        &mut self,
        app: &App,
        cause: &Authorized<Change>,
        entity: EntityId,
        target: RecordId,
        paths: &[Path],
    ) -> Result<Vec<Value>, StoreError> {
        let _ = (app, cause, entity, target, paths);
        later()
    }
    /// Inserts the record the change is about. A references field takes a list of ids.
    pub async fn insert(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        values: &[(FieldId, Value)],
        search: Option<String>,
    ) -> Result<(), StoreError> {
        let _ = (app, change, values, search);
        later()
    }
    /// Inserts many records of the change's entity; the change's own id is not used.
    pub async fn insert_many(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        rows: &[NewRow],
    ) -> Result<(), StoreError> {
        let _ = (app, change, rows);
        later()
    }
    /// Changes the record and counts its version up; answers the new version, or `None` when it is not there or `expected`
    /// is not its version. `search` replaces what search looks into, if given.
    pub async fn update(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        values: &[(FieldId, Value)],
        search: Option<String>,
        expected: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let _ = (app, change, values, search, expected);
        later()
    }
    /// Puts the record into the bin; answers the new version, or `None` as [`Tx::update`] does.
    pub async fn delete(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        expected: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let _ = (app, change, expected);
        later()
    }
    /// Takes the record out of the bin; answers the new version, or `None` when it is not in it.
    pub async fn restore(&mut self, app: &App, change: &Authorized<Change>) -> Result<Option<i64>, StoreError> {
        let _ = (app, change);
        later()
    }
    /// Replaces the ids of a references field of the change's record.
    pub async fn set_references(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        field: FieldId,
        ids: &[RecordId],
    ) -> Result<(), StoreError> {
        let _ = (app, change, field, ids);
        later()
    }
    /// Whether the record, as it now is, meets the change's row condition.
    pub async fn holds(&mut self, app: &App, change: &Authorized<Change>) -> Result<bool, StoreError> {
        let _ = (app, change);
        later()
    }
    /// Of these records of the change's entity, those that do not meet its row condition.
    pub async fn fails(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, StoreError> {
        let _ = (app, change, ids);
        later()
    }
    /// Live records that refer to any of `ids` by this field.
    pub async fn referrers(
        &mut self,
        app: &App,
        field: FieldId,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, StoreError> {
        let _ = (app, field, ids);
        later()
    }
    /// Of these ids, those that are live records of the entity.
    pub async fn existing(
        &mut self,
        app: &App,
        entity: EntityId,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, StoreError> {
        let _ = (app, entity, ids);
        later()
    }
    /// Of these ids, those that are live records meeting the condition (what a reference may choose).
    pub async fn matching(
        &mut self,
        app: &App,
        entity: EntityId,
        condition: &formula::Predicate,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, StoreError> {
        let _ = (app, entity, condition, ids);
        later()
    }
    /// The live record whose field has this value. For keys; the first by id when several have it.
    pub async fn find_by_key(
        &mut self,
        app: &App,
        field: FieldId,
        key: &Value,
    ) -> Result<Option<RecordId>, StoreError> {
        let _ = (app, field, key);
        later()
    }
    /// The live records whose field has one of these values, with the value.
    pub async fn find_by_keys(
        &mut self,
        app: &App,
        field: FieldId,
        keys: &[Value],
    ) -> Result<Vec<(Value, RecordId)>, StoreError> {
        let _ = (app, field, keys);
        later()
    }
    /// The next number of a serial field in its scope (`2025-11` for one that counts by month), from 1; `count` numbers are
    /// taken at once and the first is answered.
    pub async fn next_serial(&mut self, app: &App, field: FieldId, scope: &str, count: i64) -> Result<i64, StoreError> {
        let _ = (app, field, scope, count);
        later()
    }

    /// Writes history.
    pub async fn history(&mut self, entries: &[HistoryEntry]) -> Result<(), StoreError> {
        let _ = entries;
        later()
    }
    /// Writes to the outbox; entries whose key is there already are dropped.
    pub async fn outbox(&mut self, entries: &[OutboxEntry]) -> Result<(), StoreError> {
        let _ = entries;
        later()
    }
    /// Keeps a comment, if the record is visible; `false` when it is not.
    pub async fn comment(
        &mut self,
        app: &App,
        record: &Authorized<Get>,
        comment: &Comment,
    ) -> Result<bool, StoreError> {
        let _ = (app, record, comment);
        later()
    }
    /// Keeps a file of a record.
    pub async fn attach(&mut self, attachment: &Attachment) -> Result<(), StoreError> {
        let _ = attachment;
        later()
    }
    /// Tells accounts something.
    pub async fn notify(&mut self, notifications: &[Notification]) -> Result<(), StoreError> {
        let _ = notifications;
        later()
    }
    /// Marks an account's notifications up to a moment as read.
    pub async fn read_notifications(&mut self, account: UserId, until: Timestamp) -> Result<(), StoreError> {
        let _ = (account, until);
        later()
    }
    /// Keeps a way of looking at a page, replacing the account's own of that name and page.
    pub async fn save_view(&mut self, view: &SavedView) -> Result<(), StoreError> {
        let _ = view;
        later()
    }
    /// Forgets a saved view of that account; `false` when there is none.
    pub async fn forget_view(&mut self, account: UserId, id: RecordId) -> Result<bool, StoreError> {
        let _ = (account, id);
        later()
    }
    /// Makes accounts.
    pub async fn add_accounts(&mut self, accounts: &[Account]) -> Result<(), StoreError> {
        let _ = accounts;
        later()
    }
    /// Replaces everything of an account but its id and creation; `false` when it is not there.
    pub async fn save_account(&mut self, account: &Account) -> Result<bool, StoreError> {
        let _ = account;
        later()
    }
    /// Keeps the answer for an idempotency key; `false` when one is kept already.
    pub async fn keep_answer(&mut self, account: UserId, key: &str, kept: &Kept) -> Result<bool, StoreError> {
        let _ = (account, key, kept);
        later()
    }
}
