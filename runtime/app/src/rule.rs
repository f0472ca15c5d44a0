//! Rules: what the platform does by itself.

use formula::{Formula, Path};
use metrics::Watch;
use model::{EntityId, FieldId, Grain, Name, TermId, Text};

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: Name,
    /// What it is called.
    pub label: Text,
    /// The entity whose records it is about.
    pub entity: EntityId,
    /// What sets it off.
    pub trigger: Trigger,
    /// Only for records for which this holds; always there after a change, and reads the record's own fields then.
    pub condition: Option<Formula>,
    /// Only for records to which no such record refers.
    pub without: Option<Without>,
    /// What is watched, for a rule that watches; its entity is that of the alerts.
    pub watch: Option<Box<Watching>>,
    /// What is done for each record.
    pub actions: Vec<RuleAction>,
}

/// A term that is watched, and where its alerts are kept.
#[derive(Debug, Clone)]
pub struct Watching {
    /// The term.
    pub term: TermId,
    /// Length of the periods.
    pub grain: Grain,
    /// When it is out of bounds, and how grave that is.
    pub watch: Watch,
    /// Whom or what alerts are about.
    pub about: EntityId,
    /// The way there from whom the term is about, where that is somebody or something else.
    pub per: Option<Path>,
    /// The alert's field for the rule's name.
    pub rule: FieldId,
    /// Its reference to whom or what the value is about.
    pub subject: FieldId,
    /// Its level.
    pub level: FieldId,
    /// Its state.
    pub state: FieldId,
    /// When the first level was reached.
    pub opened: FieldId,
    /// When it was over.
    pub closed: FieldId,
    /// The value that reached the level.
    pub value: Option<FieldId>,
    /// The periods that led there.
    pub evidence: Option<FieldId>,
    /// Who is to look after it, and how they are found from the subject.
    pub recipient: Option<(FieldId, Formula)>,
}

impl Watching {
    /// The state of an alert somebody is to look after.
    pub const OPEN: &str = "open";
    /// The state of one that the data ended.
    pub const RESOLVED: &str = "resolved";
    /// The state of one that never was.
    pub const VOID: &str = "void";
}

/// What sets a rule off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A record for which the condition becomes true.
    Change,
    /// It is time.
    Schedule(Schedule),
    /// The values of a term are out of bounds: [`Rule::watch`].
    Watch,
}

/// A time that comes again, in the app's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Hour of the day, 0 to 23.
    pub hour: i8,
    /// Minute of the hour, 0 to 59.
    pub minute: i8,
    /// Days of the week, 1 for Monday to 7 for Sunday; every day when empty.
    pub days: Vec<i8>,
}

/// Records of another entity that are not there.
#[derive(Debug, Clone)]
pub struct Without {
    /// The other entity's reference to the record.
    pub by: FieldId,
    /// Only those for which this holds count.
    pub condition: Option<Formula>,
}

/// Something done for a record.
#[derive(Debug, Clone)]
pub enum RuleAction {
    /// People are told something.
    Notify {
        /// Each gives a person or a list of them.
        to: Vec<Formula>,
        /// What they read.
        message: Message,
    },
    /// A record is made.
    Create {
        /// Of this entity.
        entity: EntityId,
        /// Its values, from the record that set the rule off.
        values: Vec<(FieldId, Formula)>,
        /// One for each of these, and not one in all.
        each: Option<Each>,
    },
    /// A case of a workflow starts, by name.
    Start(Name),
    /// A plugin is called, and the record gets what it answers.
    Call(workflow::Call),
}

/// The records for each of which one is made.
#[derive(Debug, Clone)]
pub struct Each {
    /// Of this entity.
    pub entity: EntityId,
    /// The reference of the record made that leads to it.
    pub by: FieldId,
    /// Only those for which this holds.
    pub condition: Option<Formula>,
    /// Only those that have the same values: the path from them, and that from the record that set the rule off.
    pub matching: Vec<(Path, Path)>,
    /// Values of the record made that come from them.
    pub values: Vec<(FieldId, Formula)>,
    /// Whether whoever set the rule off is told what came of it.
    pub tells: bool,
}

/// Words with values in them.
#[derive(Debug, Clone)]
pub struct Message {
    /// The words; a value stands as `{owner.name}`.
    pub text: Text,
    /// The values, by what stands between the braces.
    pub values: Vec<(String, Path)>,
}
