//! A process as it was compiled. Steps are known by their names, which a case keeps: a name means the same step in every
//! version of the process.

mod urge;
mod wait;

pub use urge::Urge;
pub use wait::{Other, Others, Sub, Wait, WaitFor};

use formula::Formula;
use model::{EntityId, FieldId, Name, Text};

/// A process.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its name.
    pub name: Name,
    /// What it is called.
    pub label: Text,
    /// Every case is about a record of this entity.
    pub entity: EntityId,
    /// Holds of a record and the actor where a case may be started; always when `None`.
    pub condition: Option<Formula>,
    /// The role whose holders answer where nobody else would.
    pub guard: Option<Name>,
    /// The calendar by which its working days are counted; that of all when `None`, and where it gives none.
    pub calendar: Option<Formula>,
    /// How long whoever started a case may withdraw it.
    pub withdraw: Withdraw,
    /// For how long after its start they may, besides; as long as `withdraw` says when `None`.
    pub withdraw_for: Option<Span>,
    /// The steps, the first one first. Never empty.
    pub steps: Vec<Step>,
    /// Tells one version of the words from another.
    pub print: String,
}

impl Process {
    /// A step by name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name.as_str() == name)
    }
}

/// How long whoever started a case may withdraw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdraw {
    /// Not at all.
    Never,
    /// Until somebody else has answered.
    Unanswered,
    /// Until it ends.
    Always,
}

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name, which stays.
    pub name: Name,
    /// What it is called.
    pub label: Text,
    /// What happens in it.
    pub kind: StepKind,
    /// What follows it; the case's part ends there when `None`.
    pub next: Option<Name>,
}

impl Step {
    /// Whether anybody whom this holds of is asked in it, be it where nobody else is found, or told by it.
    pub fn asks(&self, which: impl Fn(&Who) -> bool) -> bool {
        match &self.kind {
            StepKind::Ask(asked) => {
                let instead = matches!(&asked.nobody, Nobody::Ask(who) if which(who));
                instead || asked.groups.iter().flat_map(|group| &group.who).any(|(who, _)| which(who))
            }
            StepKind::Notify(to) => to.iter().any(which),
            _ => false,
        }
    }

    /// The steps it may lead to, what follows it last.
    pub fn leads(&self) -> Vec<&str> {
        let mut found: Vec<&str> = self.exits().into_iter().map(|(step, _)| step).collect();
        found.dedup();
        found
    }

    /// The steps it may lead to, and when; what follows it last.
    pub fn exits(&self) -> Vec<(&str, Exit)> {
        let mut found: Vec<(&Name, Exit)> = match &self.kind {
            StepKind::Choose(paths) | StepKind::Split { paths, .. } => {
                paths.iter().map(|path| (&path.next, Exit::Usual)).collect()
            }
            StepKind::Ask(asked) => asked.rejected.iter().map(|step| (step, Exit::No)).collect(),
            StepKind::Wait(wait) => {
                let others = wait.others.iter().map(|other| (&other.next, Exit::Usual));
                others.chain(wait.late.iter().filter_map(|(_, next)| Some((next.as_ref()?, Exit::Late)))).collect()
            }
            StepKind::Call { failed, .. } => failed.iter().map(|step| (step, Exit::Failed)).collect(),
            _ => Vec::new(),
        };
        found.extend(self.next.iter().map(|step| (step, Exit::Usual)));
        found.dedup();
        found.into_iter().map(|(step, way)| (step.as_str(), way)).collect()
    }

    /// Holds of the record while nothing becomes due in it.
    pub fn paused(&self) -> Option<&Formula> {
        match &self.kind {
            StepKind::Ask(asked) => asked.paused.as_ref(),
            StepKind::Wait(wait) => wait.paused.as_ref(),
            _ => None,
        }
    }

    /// Whether the working calendar says when something is due in it, or whether it waits or stands still.
    pub fn uses_calendar(&self) -> bool {
        let until: Vec<&Formula> = match &self.kind {
            StepKind::Wait(wait) => wait.conditions().collect(),
            _ => Vec::new(),
        };
        let counts = |when: &&When| {
            matches!(when.span, Span::WorkingDays(_)) || when.from.as_ref().is_some_and(Formula::uses_calendar)
        };
        self.moments().iter().any(counts) || self.paused().into_iter().chain(until).any(Formula::uses_calendar)
    }

    /// What becomes due in it, in the order in which [`crate::Facts::dues`] and a token keep it.
    pub fn moments(&self) -> Vec<&When> {
        match &self.kind {
            StepKind::Ask(asked) => asked.timers.iter().map(|timer| &timer.when).collect(),
            StepKind::Wait(wait) => {
                let time = match &wait.until {
                    WaitFor::Time(when) => Some(when),
                    WaitFor::Signal(_) | WaitFor::Record(_) => None,
                };
                time.into_iter().chain(wait.late.as_ref().map(|(when, _)| when)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// When a step leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// As it goes on, or where its condition holds.
    Usual,
    /// Whoever was asked said no.
    No,
    /// What was waited for did not come in time.
    Late,
    /// What was called could not answer.
    Failed,
}

/// What happens in a step.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// People are asked.
    Ask(Box<Asked>),
    /// People are told of it.
    Notify(Vec<Who>),
    /// The first path that holds is taken.
    Choose(Vec<Path>),
    /// Several paths are taken at once, to meet in a join.
    Split {
        /// The paths; those that hold, or those without a condition where none does.
        paths: Vec<Path>,
        /// Where they meet.
        join: Name,
    },
    /// Where paths meet.
    Join {
        /// So many suffice; all when `None`.
        need: Option<u32>,
        /// What becomes of the others then.
        others: Others,
    },
    /// Until something is so.
    Wait(Wait),
    /// Fields of the record get values.
    Set(Vec<(FieldId, Formula)>),
    /// Fields of the records to which this leads get values: of one, of several, or of none.
    Update(Formula, Write),
    /// A record is made.
    Create(Write),
    /// A plugin is called, and what it answers is written.
    Call {
        /// Which, with what, and where its answers go.
        call: Call,
        /// Where it leads when the plugin cannot answer; the case waits for an administrator when `None`.
        failed: Option<Name>,
    },
    /// Cases of another process, or of this one, begin.
    Sub(Sub),
    /// The end.
    End {
        /// How it ended, as a word.
        outcome: Name,
        /// Whether everything ends, and not only this path.
        whole: bool,
    },
}

/// People are asked, in one or several groups.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whether they fill in and do not say yes or no.
    pub fills: bool,
    /// Fields they see while they are asked, besides what they may see anyway.
    pub show: Vec<FieldId>,
    /// Fields they give values to while they are asked.
    pub edit: Vec<FieldId>,
    /// Fields without which the step is not passed.
    pub require: Vec<FieldId>,
    /// Who is asked. Never empty.
    pub groups: Vec<Group>,
    /// Whether one group is asked after the other.
    pub in_turn: bool,
    /// What happens where a group has nobody.
    pub nobody: Nobody,
    /// Whether who has said yes in this case before is taken to say so again.
    pub again_passes: bool,
    /// What it means that whoever started the case is among those asked.
    pub starter: Starter,
    /// Whether a reason is asked for.
    pub opinion: Opinion,
    /// Whether whoever answers signs for it.
    pub signature: Signature,
    /// Where a no leads; the case ends with it when `None`.
    pub rejected: Option<Name>,
    /// What those asked may do besides answering.
    pub allow: Vec<Operation>,
    /// How often they may be urged.
    pub urge: Urge,
    /// What becomes due.
    pub timers: Vec<Timer>,
    /// Holds of the record while nothing becomes due.
    pub paused: Option<Formula>,
}

/// Some of those asked.
#[derive(Debug, Clone)]
pub struct Group {
    /// Who, each with a weight.
    pub who: Vec<(Who, u32)>,
    /// When the group has said yes.
    pub way: Way,
    /// Whether one no of the group is the step's.
    pub veto: bool,
    /// Whether one yes of the group is the step's.
    pub decisive: bool,
    /// Whether one of them takes the matter on before answering.
    pub claim: Claim,
}

/// Whether a matter is taken on by one of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is everybody's.
    None,
    /// Somebody claims it first.
    First,
}

/// When a group has said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Each, one after another.
    InTurn,
    /// Each, all at once.
    All,
    /// Whoever answers first.
    Any,
    /// So many percent of the weight.
    Share(u32),
    /// So many.
    Count(u32),
}

/// Who is asked or told.
#[derive(Debug, Clone)]
pub enum Who {
    /// The people an expression over the record gives.
    People(Formula),
    /// Everybody with the role.
    Role(Name),
    /// Whoever started the case.
    Starter,
    /// Those whom the starter chose.
    Chosen,
    /// Managers of somebody, from so many levels up to so many, the nearest first.
    Managers {
        /// Whose.
        of: Formula,
        /// The nearest level, 1 for the direct manager.
        from: u32,
        /// The farthest level.
        to: u32,
    },
    /// Those, but not these of them.
    Except {
        /// Those.
        who: Box<Who>,
        /// The people an expression over the record gives.
        not: Formula,
    },
}

/// What happens where nobody is to be asked.
#[derive(Debug, Clone)]
pub enum Nobody {
    /// Those who guard the process are asked.
    Guard,
    /// The step is passed.
    Pass,
    /// These are asked.
    Ask(Who),
    /// Whatever would lead there is refused.
    Refuse,
}

/// What it means that whoever started a case is to approve it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starter {
    /// They answer like anybody.
    Answers,
    /// They are taken to say yes.
    Passes,
    /// They are not asked.
    LeftOut,
}

/// Whether a reason is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// As they like.
    Free,
    /// With a no.
    Rejecting,
    /// Always.
    Always,
}

/// Whether whoever answers signs for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// They do not.
    Never,
    /// With a yes.
    Approving,
    /// Always.
    Always,
}

impl Signature {
    /// Whether an answer needs one.
    pub fn wanted(self, yes: bool) -> bool {
        match self {
            Self::Never => false,
            Self::Approving => yes,
            Self::Always => true,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Approving => "approving",
            Self::Always => "always",
        }
    }
}

/// What those asked may do besides answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Send it back.
    Return,
    /// Hand it to somebody else for good.
    Transfer,
    /// Have somebody else look first.
    Delegate,
    /// Ask more people.
    AddSigner,
    /// Take an answer back while nobody has acted on it.
    TakeBack,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Return, Self::Transfer, Self::Delegate, Self::AddSigner, Self::TakeBack];
}

/// Something that becomes due while people are asked.
#[derive(Debug, Clone)]
pub struct Timer {
    /// When.
    pub when: When,
    /// What is done then.
    pub then: Over,
}

/// A moment, counted from something.
#[derive(Debug, Clone)]
pub struct When {
    /// From the end of this day or from this moment, by an expression over the record; from arrival when `None`.
    pub from: Option<Formula>,
    /// How long.
    pub span: Span,
}

/// A length of time; negative for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Days of the working calendar.
    WorkingDays(i64),
    /// Days.
    Days(i64),
    /// Hours.
    Hours(i64),
}

/// What is done when it is time.
#[derive(Debug, Clone)]
pub enum Over {
    /// Those who have not answered are reminded.
    Remind,
    /// Others are told.
    Tell(Vec<Who>),
    /// Others are asked in their place.
    HandTo(Vec<Who>),
    /// The step is passed.
    Pass,
    /// It counts as a no.
    Reject,
    /// It goes back to its first step.
    Return,
}

/// One way on.
#[derive(Debug, Clone)]
pub struct Path {
    /// What it is called.
    pub label: Text,
    /// Taken when this holds; where no other is, when `None`.
    pub when: Option<Formula>,
    /// Where it leads.
    pub next: Name,
}

/// A record to be made, or what is written into some.
#[derive(Debug, Clone)]
pub struct Write {
    /// Of this entity.
    pub entity: EntityId,
    /// With these values, expressions over the record of the case.
    pub fields: Vec<(FieldId, Formula)>,
}

/// A plugin to be called about a record.
#[derive(Debug, Clone)]
pub struct Call {
    /// The plugin, by name.
    pub plugin: Name,
    /// What it is handed: expressions over the record, by the names of what it takes.
    pub with: Vec<(Name, Formula)>,
    /// Fields of the record, each with the name of the answer it gets.
    pub into: Vec<(FieldId, Name)>,
}
