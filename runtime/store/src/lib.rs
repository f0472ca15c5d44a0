//! All SQL: nobody else in Loam writes a statement or knows a driver.
//!
//! In: an [`app::App`], requests that `policy` has authorised, and values of the fields' types. Out: rows as far as the
//! caller may see them, and what a write found. Refused: stale schema versions, taken unique values, references to
//! nothing, and every statement that names something the app does not have.
//!
//! INVARIANT: names in SQL come from the app and are quoted; every value is bound. Nothing is spliced in as text.
//! INVARIANT: a read is one statement. The reader's row condition and field masks are part of it, in the columns, the
//! filter, the order, the groups and the search alike.
//! INVARIANT: a write is answered only after its commit is on disk. On SQLite waiting writes share one commit.
//! INVARIANT: what a secret field holds is sealed before it is bound and opened after it is read (`vault.rs`).
//! Absent on purpose: a clock, ids, and retries of a failed fsync.
//!
//! To add a field type: `sql/column.rs` (its column on both databases), nothing else unless it compares in a new way.

mod account;
pub mod backup;
mod blob;
mod breadth;
mod case;
mod database;
mod delivery;
mod error;
mod factor;
mod guess;
pub mod halt;
mod idempotency;
mod identity;
pub mod ledger;
mod line;
mod look;
mod notification;
mod once;
mod outbox;
mod password;
mod place;
pub mod plan;
mod publish;
mod purge;
mod quiet;
mod read;
mod record;
mod row;
mod saved_view;
mod seat;
mod session;
mod setting;
mod snapshot;
mod sql;
mod stand_in;
mod store;
pub mod stream;
mod system;
mod term;
mod token;
mod turn;
mod tx;
mod unified;
mod unit_board;
mod unnamed;
mod upload;
pub mod vault;
mod waiting;

/// A value beside an entry of the ledger, under its salt.
pub use ::ledger::Sealed as SealedValue;
pub use account::{Account, Accounts};
pub use blob::{Blob, Blobs, Resealed, hash};
pub use case::{
    About, CaseBox, CaseEvent, CaseLine, CaseList, CaseNarrow, CaseSignature, CaseStay, CaseTask, CaseTime, Cases,
    CasesOf, LastEvent, RunningBy, StandingMove, StayTime, StoredCase, TaskTime, WaitingFor,
};
pub use delivery::Delivery;
pub use error::{PublishError, StoreError};
pub use factor::{Codes, Passkey, Passkeys, StoredCode};
pub use guess::{GuessCounts, GuessKey, Guesses};
pub use idempotency::{Idempotency, Kept};
pub use identity::{Identities, Identity};
pub use ledger::{
    Acted, Changed, Erased, Lead, NewEntry, Past, Placed, Placing, Refusal, Renames, Strays, Wanted, Watched, Written,
};
pub use notification::{Notification, Notifications};
pub use outbox::{ATTEMPTS, Claimed, Kinds, Letter, Outbox, OutboxEntry, OutboxState, backoff};
pub use password::{NewPassword, PasswordState, Passwords};
pub use place::Place;
pub use plan::{Confirmed, Plan, Step};
pub use publish::Noted;
pub use purge::Referrer;
pub use quiet::{Quiet, Quiets};
pub use record::{Attached, Attachment, Comment, Commented};
pub use row::{Asking, Group, NewRow, Page, Page as Rows, Row, Stored};
pub use saved_view::{Moved, Rewrite, SavedView, SavedViews};
pub use session::{Entrance, Session, Sessions, Standing};
pub use setting::Settings;
pub use snapshot::{ALL, Asked, Due, Measured, Place as Standpoint, Renewed, Snapshot, Snapshots};
pub use stand_in::{StandIn, StandIns};
pub use store::{Boxed, Published, Store, Work};
pub use term::{NewTermAct, TERM_STANDS, TermAct, TermActs, TermCounts, TermSince, TermStanding};
pub use token::{Token, Tokens};
pub use tx::{Lock, Tx};
pub use unified::UnifiedDay;
pub use unit_board::{UnitBoard, UnitBoards};
pub use upload::Upload;
pub use waiting::{Waiting, Waitings};
