//! `roles/<name>.yaml`: what its holders may do. What no grant names is refused.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expression, Words};

/// A role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Role {
    /// What people call it.
    pub label: Words,
    /// What it is for.
    #[serde(default)]
    pub description: Option<Words>,
    /// Held by everyone who can sign in, without being assigned.
    #[serde(default)]
    pub everyone: bool,
    /// The area it administers. Gives no right to any record.
    #[serde(default)]
    pub administers: Option<Administers>,
    /// Administration reaches only the accounts of people for whom this holds: a condition over the people and `actor`, as in
    /// `UNDER_UNIT_I_HEAD(id)`. Without it every account, and what is everybody's: the rules of sign-in, the outbox.
    #[serde(default)]
    pub within: Option<Expression>,
    /// The only roles that its holders give and take (with `administers: security`); all unless said, which is an
    /// error beside `within`: whoever reaches some people only would else give one of them the rights over everybody.
    /// For the same reason none of them administers everybody there, neither itself nor by what it gives on. Where two roles give
    /// one another, their administration is passed on for good: whoever holds one may give both to whom they reach.
    #[serde(default)]
    pub assigns: Option<Vec<String>>,
    /// Its holders may look at pages as somebody else sees them, with a reason: nothing can be changed meanwhile, and it
    /// stands on the ledger.
    #[serde(default)]
    pub views_as: bool,
    /// Its part in the life of the terms of the dictionary.
    #[serde(default)]
    pub terms: Option<Terms>,
    /// Its holders may share a board that they put together with everybody. Others keep theirs to themselves, or share them with
    /// the people of the unit.
    #[serde(default)]
    pub shares_boards: bool,
    /// What its holders may do with workflows, besides answering when they are asked.
    #[serde(default)]
    pub workflows: Vec<WorkflowGrant>,
    /// The grants. They add up per cell: a row and a field are given together by one grant or not at all.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// What the holders of a role may do in the life of terms they can see. Where any role approves, a term that is new or measured
/// otherwise begins as proposed, whatever its document says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Terms {
    /// What may be done.
    pub actions: Vec<TermAction>,
    /// Only with terms that these units answer for, by their keys; with all unless said.
    #[serde(default)]
    pub owners: Vec<String>,
}

/// A part in the life of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TermAction {
    /// Say what one thinks of it.
    Comment,
    /// Find that those concerned have looked at it, or send it back.
    Review,
    /// Approve what somebody else has reviewed; say that it is no longer to be used, or propose it again.
    Approve,
}

/// The area a role administers: one, or a list of one. No role has two, so that nobody holds the rights of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Administers {
    /// This area.
    One(Area),
    /// These areas.
    Several(Vec<Area>),
}

impl Administers {
    /// The areas as written.
    pub fn areas(&self) -> &[Area] {
        match self {
            Self::One(area) => std::slice::from_ref(area),
            Self::Several(areas) => areas,
        }
    }
}

/// A part of administration. The three are kept apart: each watches over another, and none sees a record by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Makes and disables accounts, publishes, looks after the outbox.
    System,
    /// Grants and revokes roles, resets passwords and second factors, unlocks accounts.
    Security,
    /// Reads and verifies the ledger.
    Audit,
}

/// One grant: these actions on these rows and these fields of an entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Grant {
    /// The entity.
    pub entity: String,
    /// What may be done.
    pub actions: Vec<Action>,
    /// Only rows for which this holds: a condition over the record and `actor`. All rows unless said.
    #[serde(default, rename = "where")]
    pub rows: Option<Expression>,
    /// Only these fields may be read; all unless said. What lies beside the record, its comments and the files attached to it, is
    /// read, and added to, where no list is given, and otherwise where the list names `comments` or `attachments`. A field of that
    /// name goes before, and a file that belongs to a field is read by whom the field is.
    #[serde(default)]
    pub read: Option<Vec<String>>,
    /// These fields are seen in part only, each by its pattern: `#` at the beginning and end shows a character, what is
    /// between stands for the rest, as in `###****####`. They are not read whole by this grant.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub masked: IndexMap<String, String>,
    /// Only these fields may be written; all that can be read unless said.
    #[serde(default)]
    pub write: Option<Vec<String>>,
}

/// What may be done with a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct WorkflowGrant {
    /// The workflow.
    pub workflow: String,
    /// What.
    pub actions: Vec<WorkflowAction>,
    /// Only cases about records for which this holds: a condition over the record and `actor`, as in
    /// `UNDER_UNIT_I_PARTNER(person)`. All cases unless said, and then also those whose record is in the bin.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub rows: Option<Expression>,
}

/// What may be done with a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowAction {
    /// Start a case about a record that they may see and for which the workflow's `condition` holds.
    Start,
    /// See every case, say the words that steps wait for, put a case elsewhere, let it rest, end it, take it up again, and
    /// hand over what somebody was to answer, to anybody but themselves.
    Manage,
}

/// What a grant allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Make a record.
    Create,
    /// See records.
    Read,
    /// Change records.
    Update,
    /// Put records into the bin.
    Delete,
    /// Take records back out of the bin.
    Restore,
    /// Save what is seen as a file.
    Export,
    /// Bring in records from a file.
    Import,
    /// Learn counts, sums and means over enough people, by the entity's `anonymity`, without seeing a record.
    Aggregate,
    /// Remove records in the bin for good, with their comments, files, cases and what the ledger keeps of their values.
    Purge,
    /// Erase what is personal about the person a record stands for: in that record and those that have the person as their
    /// `subject`, in comments, files and the ledger's values, and the name of a disabled account.
    Erase,
    /// See the fields under `masked` of one record whole, for a reason that stands on the ledger. Lists, filters and files stay
    /// by the mask.
    Uncover,
}
