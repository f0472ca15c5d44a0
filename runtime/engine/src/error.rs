//! Why a command or query was not carried out.

use app::plugin::Fault;
use model::{EntityId, FieldId, RecordId};
use policy::{Action, Denied};
use store::StoreError;
use workflow::Refusal;

/// A fault of one field, or of the record as a whole, in the actor's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Which command of a bulk, or row of a load, from 0.
    pub index: usize,
    /// The field's name; `None` for the record as a whole.
    pub field: Option<String>,
    /// Stable code: `required`, `type`, `range`, `pattern`, `unique`, `reference`, `unknown`, `read-only`, `rule` …
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

/// Why a command was refused. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No grant allows it.
    #[error("not allowed")]
    Denied {
        /// On this entity.
        entity: EntityId,
        /// This action.
        action: Action,
        /// This field, when the action itself is allowed.
        field: Option<FieldId>,
    },
    /// There is no such record, or the actor may not act on it: the two cannot be told apart.
    #[error("no such record")]
    NotFound {
        /// Of this entity.
        entity: EntityId,
        /// This id.
        id: RecordId,
    },
    /// There is no such saved view, or it is another's: the two cannot be told apart.
    #[error("no such view")]
    NoView,
    /// Somebody else changed it in the meantime.
    #[error("the record has changed since it was read")]
    Stale {
        /// The record.
        id: RecordId,
        /// The version it has now, as the actor is told it.
        version: i64,
        /// The fields whose stored value is not the one given: name, stored value as shown, given value as shown. Only
        /// fields the actor may read.
        conflicts: Vec<(String, String, String)>,
    },
    /// Values the app's rules refuse, all of them.
    #[error("some values were refused")]
    Invalid(Vec<FieldFault>),
    /// A plugin did not answer.
    #[error("the plugin `{plugin}` did not answer: {fault}")]
    Plugin {
        /// Which, by name.
        plugin: String,
        /// Why.
        fault: Fault,
    },
    /// A case of a workflow does not take it.
    #[error(transparent)]
    Case(CaseFault),
    /// Whoever only looks at what another sees changes nothing.
    #[error("nothing can be changed while looking at what somebody else sees")]
    Looking,
    /// The app was published anew while the command ran; repeat it with a new actor.
    #[error("the app has a new version")]
    NewEdition,
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

/// Why a case of a workflow was not started, or did not take what somebody did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseFault {
    /// The process refuses it; with the step it speaks of, as people call it.
    #[error("{0}")]
    Refused(Refusal, String),
    /// No role of theirs allows it.
    #[error("not allowed")]
    NotAllowed,
    /// There is no such case, or it does not concern them: the two cannot be told apart.
    #[error("no such case")]
    Unknown,
    /// A case of this workflow about this record is running.
    #[error("such a case is running")]
    Running,
    /// It cannot go by those steps: this one, by name, stands in the way.
    #[error("the case is at `{0}`")]
    Blocked(String),
    /// The workflow does not take this record.
    #[error("the workflow is not for this record")]
    Unfit,
    /// A step would begin more cases at once than are begun.
    #[error("a step would begin too many cases at once")]
    TooMany,
    /// There is no such workflow, or the steps of the case are no longer to be had.
    #[error("there is no such workflow")]
    Gone,
}

/// Why a query was refused.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// No grant allows it.
    #[error("not allowed")]
    Denied(Denied),
    /// The app was published anew while the query ran; repeat it with a new actor.
    #[error("the app has a new version")]
    NewEdition,
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

impl CommandError {
    /// Whether the same command is refused again for the same reason, so that nothing comes of trying it again.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Invalid(_) => true,
            Self::Plugin { fault, .. } => *fault != Fault::NoHost,
            _ => false,
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::SchemaChanged => Self::NewEdition,
            other => Self::Store(other),
        }
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::SchemaChanged => Self::NewEdition,
            other => Self::Store(other),
        }
    }
}

impl From<Denied> for QueryError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}
