//! What can be done. Commands name entities by id and fields by name, and carry values as they came; the engine reads them
//! by the field's kind, so that every way in refuses the same things with the same words.

use std::collections::BTreeMap;

use model::{EntityId, FieldId, RecordId, Text, UserId, Value};
pub use workflow::{Back, Place};

use crate::{CaseFault, Signature};

/// A value as it came in.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// From a JSON body: numbers may be numbers or exact texts, references are ids.
    Json(serde_json::Value),
    /// From a form or a cell of a file: text in the actor's locale, empty for nothing.
    Text(String),
    /// Several texts of one form field (choices, references).
    Texts(Vec<String>),
    /// Already typed, by the platform itself (seeds, generators, import after resolving references).
    Value(Value),
}

/// Values by field name.
pub type Fields = Vec<(String, Given)>;

/// Somebody chosen for a name in a text, which then means nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// The person, who is notified by their account.
    pub person: RecordId,
    /// What stands after the `@`.
    pub said: String,
}

/// An act on records.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Makes a record.
    Create {
        /// Of this entity.
        entity: EntityId,
        /// With this id, from [`crate::Engine::new_id`], so that later commands of a bulk can refer to it; otherwise a new one.
        id: Option<RecordId>,
        /// With these values.
        fields: Fields,
    },
    /// Changes a record.
    Update {
        /// Of this entity.
        entity: EntityId,
        /// This one.
        id: RecordId,
        /// Only if it still has this version, as the actor is told it; whatever it has when `None`.
        expected: Option<i64>,
        /// To these values; what is not named stays.
        fields: Fields,
    },
    /// Puts a record into the bin.
    Delete {
        /// Of this entity.
        entity: EntityId,
        /// This one.
        id: RecordId,
        /// Only if it still has this version, as the actor is told it.
        expected: Option<i64>,
    },
    /// Takes a record out of the bin.
    Restore {
        /// Of this entity.
        entity: EntityId,
        /// This one.
        id: RecordId,
    },
    /// Removes a record in the bin for good, with everything kept about it.
    Purge {
        /// Of this entity.
        entity: EntityId,
        /// This one.
        id: RecordId,
    },
    /// Erases what is personal about the person a record stands for.
    Erase {
        /// The entity that stands for people.
        entity: EntityId,
        /// This one.
        id: RecordId,
    },
    /// Several commands, all or none; faults say which.
    Bulk(Vec<Command>),
    /// Many new records of one entity at once, for imports, seeds and samples: the same checks, fewer statements. Rows of an
    /// entity with a source find the records they speak of, and change those that differ.
    Load {
        /// Of this entity.
        entity: EntityId,
        /// Each with its id, if it was given one.
        rows: Vec<(Option<RecordId>, Fields)>,
    },
    /// Says something about a record. Needs to read what is said about it.
    Comment {
        /// Of this entity.
        entity: EntityId,
        /// This record.
        id: RecordId,
        /// What is said; `@login` mentions a person, who is notified if they read that too.
        text: String,
        /// Whom names in it mean, where they were chosen.
        meant: Vec<Meant>,
    },
    /// Attaches a file to a record, or keeps one for a file field. Needs to be allowed to change the record, and for one that
    /// belongs to no field to read what is attached to it.
    Attach {
        /// Of this entity.
        entity: EntityId,
        /// This record.
        id: RecordId,
        /// This file.
        file: NewFile,
    },
    /// Holds a file for a field of a record that is yet to be saved: for oneself, for a day, until a value of that field refers to
    /// it. Needs to be allowed to fill in the field, of a new record or of one there is.
    Upload {
        /// For this field.
        field: FieldId,
        /// This file.
        file: NewFile,
    },
    /// Holds one's own file no longer.
    EndUpload {
        /// The file.
        id: RecordId,
    },
    /// Keeps a way of looking at a page under a name, for oneself. Replaces one of the same name.
    SaveView {
        /// The page's name.
        page: String,
        /// What it is called.
        name: String,
        /// The page's query string.
        query: String,
    },
    /// Forgets a saved view.
    ForgetView {
        /// The view.
        id: RecordId,
    },
    /// Keeps a board of a unit.
    MakeBoard(NewBoard),
    /// Makes one of one's own boards another.
    ChangeBoard(NewBoard),
    /// Removes one of one's own boards; whoever administers the system removes any.
    RemoveBoard {
        /// The board.
        id: RecordId,
    },
    /// Marks one's notifications as read, up to now.
    ReadNotifications,
    /// Says when one is told of things.
    KeepQuiet(store::Quiet),
    /// Something is done with cases of workflows.
    Case(CaseCommand),
}

/// Something done with cases of workflows.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseCommand {
    /// Starts a case.
    Start(Begin),
    /// Somebody who is concerned, or who manages the case, does something.
    Act {
        /// In this case.
        case: RecordId,
        /// This.
        act: CaseAct,
        /// Filling in these values of the record, where they answer: only fields that the step lets them edit.
        fields: Fields,
        /// Files for such fields, each under its field's name and referred to by the value there.
        files: Vec<(String, NewFile)>,
        /// Only if the record still has this version; whatever it has when `None`.
        expected: Option<i64>,
    },
    /// Holds a file for a field that whoever is asked may fill in there, until their answer refers to it: the step opens the field,
    /// whatever their own rights give.
    Upload {
        /// In this case.
        case: RecordId,
        /// At this task of theirs, by number.
        task: u32,
        /// For this field of the record, by name.
        field: String,
        /// This file.
        file: NewFile,
    },
    /// Hands over what somebody was to answer, in every case that the actor manages. What cannot be handed over stays as it is, and the outcome names it; where nothing can be, all of it is refused.
    HandOver {
        /// Who was asked.
        from: UserId,
        /// Who answers instead.
        to: UserId,
        /// Only in cases of this workflow, by name.
        workflow: Option<String>,
    },
}

/// A file that comes in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewFile {
    /// Its id, where a field refers to it before it is kept; `None` has one made.
    pub id: Option<RecordId>,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its content, at most 20 MiB.
    pub content: Vec<u8>,
}

/// A case to be started.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Begin {
    /// Of this workflow, by name.
    pub workflow: String,
    /// About this record.
    pub record: RecordId,
    /// Whom the starter chooses, by step.
    pub chosen: Vec<(String, Vec<UserId>)>,
    /// With this id, from [`crate::Engine::new_id`]; otherwise a new one.
    pub id: Option<RecordId>,
}

/// What is done in a case. Tasks are named by their number within the case.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "what is done, to which task, to whom, with which words: the names say it")]
pub enum CaseAct {
    /// Yes or no; in a form, it is filled in.
    Decide { task: u32, yes: bool, text: String, signature: Option<Signature> },
    /// Keeps what was written so far.
    Keep { task: u32, draft: serde_json::Value },
    /// Sends it back, to run again from there or to come straight back.
    Return { task: u32, to: Back, resume: bool, text: String },
    /// Whoever started it withdraws it.
    Withdraw { text: String },
    /// Takes an answer back.
    TakeBack { task: u32 },
    /// Hands a task on for good.
    Transfer { task: u32, to: UserId, text: String },
    /// Has somebody look first.
    Delegate { task: u32, to: UserId, text: String },
    /// Asks more people.
    AddSigner { task: u32, who: Vec<UserId>, place: Place, text: String },
    /// No longer asks somebody who was added.
    RemoveSigner { task: u32 },
    /// Takes on what was offered to several, or gives it back.
    Claim { task: u32, takes: bool },
    /// Urges those who have not answered.
    Urge,
    /// Lets others know of it.
    Copy { to: Vec<UserId> },
    /// Notes that a copy was looked at.
    ReadCopy,
    /// Says something to others.
    Discuss { to: Vec<UserId>, text: String },
    /// Puts it at another step (manage).
    Jump { to: String, text: String },
    /// Takes up again what has ended (manage).
    Revive { to: String, text: String },
    /// Ends it (manage).
    Terminate { text: String },
    /// Lets it rest (manage).
    Rest { text: String },
    /// Lets it go on (manage).
    Resume,
    /// Says a word that a step waits for (manage).
    Signal { name: String },
    /// Has it go by the steps of another published version, the present one unless said (manage).
    Migrate { edition: Option<i64> },
    /// Has it go by the steps it went by before it was moved, as long as nothing has happened since (manage).
    MigrateBack,
    /// Has it go by the present steps as part of a move of many; one that goes by them already stays as it is (manage).
    MigrateWith { moving: RecordId },
    /// Takes back what that move did to it, as long as nothing has happened since; one that is not moved by it any more stays as
    /// it is (manage).
    MigrateBackWith { moving: RecordId },
}

impl CaseAct {
    /// The task it is done with, if it is.
    pub fn task(&self) -> Option<u32> {
        match self {
            Self::Decide { task, .. }
            | Self::Keep { task, .. }
            | Self::Return { task, .. }
            | Self::TakeBack { task }
            | Self::Transfer { task, .. }
            | Self::Delegate { task, .. }
            | Self::AddSigner { task, .. }
            | Self::RemoveSigner { task }
            | Self::Claim { task, .. } => Some(*task),
            _ => None,
        }
    }

    /// Whether only those who manage the workflow do it.
    pub fn overrules(&self) -> bool {
        matches!(
            self,
            Self::Jump { .. }
                | Self::Revive { .. }
                | Self::Terminate { .. }
                | Self::Rest { .. }
                | Self::Resume
                | Self::Signal { .. }
                | Self::Migrate { .. }
                | Self::MigrateBack
                | Self::MigrateWith { .. }
                | Self::MigrateBackWith { .. }
        )
    }
}

/// Most terms of a board that somebody puts together.
pub const BOARD_TERMS: usize = 6;

/// Most boards of an account.
pub const BOARDS_EACH: i64 = 30;

/// A board that somebody puts together for a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBoard {
    /// Its id, made by whoever asks.
    pub id: RecordId,
    /// The unit.
    pub unit: RecordId,
    /// What it is called.
    pub name: String,
    /// Names of its terms, at most six, in order.
    pub terms: Vec<String>,
    /// How they are laid out.
    pub layout: Layout,
    /// Who sees it beside its maker.
    pub audience: Audience,
    /// Of one that is there already, the version that was looked at.
    pub expected: Option<i64>,
}

/// How the terms of a board are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// A number with its trend each.
    Numbers,
    /// A number and a line over the periods each.
    Trends,
    /// A number, and bars of those it is about, each.
    Compared,
}

/// Who sees a board beside its maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Nobody else.
    Me,
    /// The people of the unit and of those below it.
    Unit,
    /// Everybody; each sees what their own rights give.
    All,
}

/// A record that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
    /// Its version now, as the actor is told it.
    pub version: i64,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The records asked for, in the order of the commands; computed values of other records are not listed.
    pub changed: Vec<Changed>,
    /// Those of them that a create met, instead of making another of the same.
    pub met: Vec<RecordId>,
    /// Those of them that were as asked for already, so that nothing was written.
    pub same: Vec<RecordId>,
    /// The cases that were started or acted on, in the order of the commands.
    pub cases: Vec<RecordId>,
    /// What was to be handed over and was not.
    pub stayed: Vec<Stayed>,
    /// What was erased, where somebody was.
    pub erasure: Option<Erasure>,
}

/// What somebody was to answer at a step of a case, and why it was not handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stayed {
    /// The case.
    pub case: RecordId,
    /// The step, by name.
    pub step: String,
    /// What the step is called.
    pub label: Text,
    /// Why.
    pub why: CaseFault,
}

/// What an erasure took, and what it left: the certificate of it, which is an entry of the ledger too. It holds no value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Erasure {
    /// Its number.
    pub number: RecordId,
    /// How many records were the person's or about them.
    pub records: usize,
    /// How many values of which field of which entity, by name, were cleared.
    pub cleared: BTreeMap<(String, String), usize>,
    /// The fields, by entity and name, of which a value stays, and why.
    pub kept: BTreeMap<(String, String), Text>,
    /// How many comments went.
    pub comments: u64,
    /// How many files went.
    pub files: usize,
    /// How many accounts lost their login and name.
    pub accounts: usize,
}

impl Outcome {
    /// The first record written, for commands that write one.
    pub fn first(&self) -> Option<Changed> {
        self.changed.first().copied()
    }
}
