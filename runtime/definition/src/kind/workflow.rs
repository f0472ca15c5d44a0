//! `workflows/<name>.yaml`: work that moves from one to another, about one record at a time.

mod meet;
mod set;
mod urge;
mod withdraw;

pub use meet::{Begin, Join, Others, Wait, WaitOther};
pub use set::{Set, SetOf};
pub use urge::Urge;
pub use withdraw::{Withdraw, WithdrawUntil, WithdrawWithin};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expression, Words, plugin::Call};

/// A workflow: steps that a case passes. Every case is about a record. A case that runs keeps the steps it began with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Workflow {
    /// What it is called.
    pub label: Words,
    /// The entity whose records its cases are about.
    pub entity: String,
    /// A case starts only for a record for which this holds: a condition over the record and `actor`. Who may start cases at
    /// all is said by roles (`workflows`).
    #[serde(default)]
    pub condition: Option<Expression>,
    /// The role whose holders are asked where nobody else is.
    #[serde(default)]
    pub guard: Option<String>,
    /// By which calendar its working days are counted, where there are several: an expression over the record that gives one,
    /// as in `person.unit.calendar`. That of all unless said, and where it gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Expression>,
    /// How long whoever started a case may withdraw it; until somebody else has answered unless said.
    #[serde(default)]
    pub withdraw: Withdraw,
    /// How often those who are asked may be urged, at every step that does not say it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urge: Option<Urge>,
    /// The steps by name. A case begins with the first. Names are kept by cases: a step that is renamed is another step.
    #[schemars(with = "std::collections::BTreeMap<String, Step>")]
    pub steps: IndexMap<String, Step>,
}

/// A step: what it is called, what follows, and exactly one of the things that can happen in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Step {
    /// What it is called.
    pub label: Words,
    /// The step that follows; the next one written here unless said. Choices and splits say it path by path.
    #[serde(default)]
    pub next: Option<String>,
    /// People fill something in.
    #[serde(default)]
    pub form: Option<Asked>,
    /// People say yes or no.
    #[serde(default)]
    pub approval: Option<Asked>,
    /// People are told.
    #[serde(default)]
    pub notify: Option<Notify>,
    /// The first of these paths that holds is taken.
    #[serde(default)]
    pub choose: Option<Vec<Path>>,
    /// Several paths are taken at once.
    #[serde(default)]
    pub split: Option<Split>,
    /// Where the paths of a split meet.
    #[serde(default)]
    pub join: Option<Join>,
    /// Something is waited for.
    #[serde(default)]
    pub wait: Option<Wait>,
    /// Fields of the record, or of records it leads to, get values, each by an expression over the record.
    #[serde(default)]
    pub set: Option<Set>,
    /// A record is made.
    #[serde(default)]
    pub create: Option<Create>,
    /// Cases of a workflow begin.
    #[serde(default)]
    pub begin: Option<Begin>,
    /// A plugin is called, and fields of the record get what it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// The step that follows where the plugin refuses or breaks. Without one the case waits at the call, and an administrator
    /// sees why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The case, or this path of it, ends.
    #[serde(default)]
    pub end: Option<End>,
}

/// People who are asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Asked {
    /// Who is asked, where there is one group.
    #[serde(default)]
    pub who: Vec<Whom>,
    /// When one group has said yes: by `way`, `share` or `count`; `all` unless said, `any` in a form.
    #[serde(default)]
    pub way: Option<Way>,
    /// So many percent of the weight suffice.
    #[serde(default)]
    pub share: Option<u32>,
    /// So many suffice.
    #[serde(default)]
    pub count: Option<u32>,
    /// Whether one no decides at once: unless said, yes for `all` and `in_turn`, no otherwise.
    #[serde(default)]
    pub veto: Option<bool>,
    /// Whether one of them claims the matter before they answer (with `way: any`).
    #[serde(default)]
    pub claim: bool,
    /// Several groups, each of which must say yes; instead of `who`.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Whether one group is asked after another.
    #[serde(default)]
    pub in_turn: bool,
    /// What happens where nobody is to be asked; the workflow's `guard` is asked unless said.
    #[serde(default)]
    pub nobody: Option<Nobody>,
    /// Who is asked where nobody else is.
    #[serde(default)]
    pub instead: Option<Whom>,
    /// What it means that whoever started the case is among those asked (approval).
    #[serde(default)]
    pub starter: Option<Starter>,
    /// Who has said yes in this case before is taken to say so again (approval).
    #[serde(default)]
    pub again_passes: bool,
    /// When a reason is asked for.
    #[serde(default)]
    pub opinion: Option<Opinion>,
    /// When whoever answers signs for it, by hand or by typing their name, having proved not long ago who they are; never
    /// unless said.
    // Left out where nothing is said, so that words written before are told from others as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The step a no leads to; the case ends with it unless said (approval).
    #[serde(default)]
    pub rejected: Option<String>,
    /// Fields they see while they are asked, whatever their roles say.
    #[serde(default)]
    pub show: Vec<String>,
    /// Fields they give values to while they are asked, whatever their roles say. Whoever edits a field sees it.
    #[serde(default)]
    pub edit: Vec<String>,
    /// Of those, the fields without which nobody says yes here.
    #[serde(default)]
    pub require: Vec<String>,
    /// What they may do besides answering; all of it unless said.
    #[serde(default)]
    pub allow: Option<Vec<Operation>>,
    /// How often they may be urged while they are asked; as the workflow's `urge` says unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urge: Option<Urge>,
    /// What becomes due while they are asked.
    #[serde(default)]
    pub timers: Vec<Timer>,
    /// While this holds nothing becomes due: a condition over the record's own fields that names the states it is in meanwhile,
    /// as in `state == "on_hold"`. What becomes due moves by as long as it held, in working days, days or hours, as it is
    /// counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Expression>,
}

/// Some of those asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Group {
    /// Who.
    pub who: Vec<Whom>,
    /// When the group has said yes: by `way`, `share` or `count`; `all` unless said.
    #[serde(default)]
    pub way: Option<Way>,
    /// So many percent of the weight suffice.
    #[serde(default)]
    pub share: Option<u32>,
    /// So many suffice.
    #[serde(default)]
    pub count: Option<u32>,
    /// Whether one no of the group is the step's: unless said, yes for `all` and `in_turn`, no otherwise.
    #[serde(default)]
    pub veto: Option<bool>,
    /// Whether one yes of the group is the step's, whatever the others say.
    #[serde(default)]
    pub decisive: bool,
}

/// When a group has said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// When each has, one after another.
    InTurn,
    /// When each has, all asked at once.
    All,
    /// When whoever answers first has.
    Any,
}

/// Who is asked or told: an expression over the record that gives a person or several, or somebody known otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Whom {
    /// People, by an expression over the record (`owner.manager`).
    People(Expression),
    /// Somebody known otherwise, or with more to say.
    Known(Known),
}

/// Somebody: exactly one of `people`, `role`, `starter`, `chosen` and `managers_of`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Known {
    /// People, by an expression over the record.
    #[serde(default)]
    pub people: Option<Expression>,
    /// Everybody with this role.
    #[serde(default)]
    pub role: Option<String>,
    /// Whoever started the case.
    #[serde(default)]
    pub starter: bool,
    /// Those whom the starter chooses for this step.
    #[serde(default)]
    pub chosen: bool,
    /// Managers of this person, an expression over the record: the nearest first.
    #[serde(default)]
    pub managers_of: Option<Expression>,
    /// The nearest level of managers, 1 for the direct one; 1 unless said.
    #[serde(default)]
    pub from: Option<u32>,
    /// The farthest level; `from` unless said.
    #[serde(default)]
    pub to: Option<u32>,
    /// Not these of them: people, by an expression over the record, such as whom it is about (`people`, `role`, `managers_of`).
    /// Nor is the step handed on to them.
    // Left out where nothing is said, so that words written before are told from others as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except: Option<Expression>,
    /// What their answer weighs (with `share`); 1 unless said.
    #[serde(default)]
    pub weight: Option<u32>,
}

/// What happens where nobody is to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Nobody {
    /// The workflow's `guard` is asked.
    Guard,
    /// The step is passed.
    Pass,
    /// Whatever would lead there is refused.
    Refuse,
}

/// What it means that whoever started a case is among those asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Starter {
    /// They answer like anybody.
    Answers,
    /// They are taken to say yes.
    Passes,
    /// They are not asked.
    LeftOut,
}

/// When a reason is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Opinion {
    /// Never.
    Free,
    /// With a no.
    Rejecting,
    /// Always.
    Always,
}

/// When somebody signs for their answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// Never.
    Never,
    /// With a yes.
    Approving,
    /// Always.
    Always,
}

/// What those asked may do besides answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Send it back to an earlier step.
    Return,
    /// Hand it to somebody else for good.
    Transfer,
    /// Have somebody else look first, and answer afterwards.
    Delegate,
    /// Ask more people before, beside or after themselves.
    AddSigner,
    /// Take an answer back while nobody has acted on it.
    TakeBack,
}

/// Something that becomes due: when, and exactly one of `then`, `tell` and `hand_to`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Timer {
    /// From the end of this day, or from this moment: an expression over the record's own fields. From when they were asked
    /// unless said. What becomes due moves when it changes.
    #[serde(default)]
    pub from: Option<Expression>,
    /// After so many days of the working calendar; negative for before.
    #[serde(default)]
    pub working_days: Option<i64>,
    /// After so many days.
    #[serde(default)]
    pub days: Option<i64>,
    /// After so many hours.
    #[serde(default)]
    pub hours: Option<i64>,
    /// What is done.
    #[serde(default)]
    pub then: Option<Then>,
    /// These are told that it is late.
    #[serde(default)]
    pub tell: Vec<Whom>,
    /// The first of these answers instead.
    #[serde(default)]
    pub hand_to: Vec<Whom>,
}

/// What is done when it is time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Those who have not answered are reminded.
    Remind,
    /// The step is passed.
    Pass,
    /// It counts as a no (approval).
    Reject,
    /// It goes back to where the case was first.
    Return,
}

/// People are told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Notify {
    /// Whom.
    pub to: Vec<Whom>,
}

/// One way on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Path {
    /// What it is called, in pictures.
    #[serde(default)]
    pub label: Option<Words>,
    /// Taken when this holds of the record; when no other is, where it is left out.
    #[serde(default)]
    pub when: Option<Expression>,
    /// The step it leads to.
    pub next: String,
}

/// Several paths at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Split {
    /// The paths: those whose `when` holds; where none does, those without one.
    pub paths: Vec<Path>,
    /// The step where they meet.
    pub join: String,
}

/// A moment: how long after something.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct When {
    /// From the end of this day, or from this moment: an expression over the record's own fields. From when the case came here
    /// unless said. What becomes due moves when it changes.
    #[serde(default)]
    pub from: Option<Expression>,
    /// After so many days of the working calendar.
    #[serde(default)]
    pub working_days: Option<i64>,
    /// After so many days.
    #[serde(default)]
    pub days: Option<i64>,
    /// After so many hours.
    #[serde(default)]
    pub hours: Option<i64>,
}

/// When waiting is given up, and where that leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Late {
    /// When.
    pub after: When,
    /// The step that follows then; the same as otherwise unless said.
    #[serde(default)]
    pub next: Option<String>,
}

/// A record to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Create {
    /// Of this entity.
    pub entity: String,
    /// Its values, each by an expression over the record of the case; `id` is that record.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub fields: IndexMap<String, Expression>,
}

/// The end.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct End {
    /// How the case ended, as a word that stays; the step's name unless said.
    #[serde(default)]
    pub outcome: Option<String>,
    /// Whether every other path ends too.
    #[serde(default)]
    pub whole: bool,
}
