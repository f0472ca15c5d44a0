//! What happens to a case, what it asks of others, and why it refuses.

use jiff::Timestamp;
use model::UserId;

/// Something that happens to a case. Who may do what an administrator does is decided before it comes here.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// It begins.
    Start,
    /// What a token needs to know on arriving.
    Learned {
        /// The token.
        token: u32,
        /// What is known.
        facts: Facts,
    },
    /// Somebody answers.
    Decide {
        /// The task.
        task: u32,
        /// Who.
        by: UserId,
        /// Yes or no.
        yes: bool,
        /// Why.
        text: String,
        /// Whether they signed. It counts where the step asks for it.
        signed: bool,
    },
    /// Somebody sends it back.
    Return {
        /// Their task.
        task: u32,
        /// Who.
        by: UserId,
        /// To where.
        to: Back,
        /// Whether it comes straight back to them afterwards.
        resume: bool,
        /// Why.
        text: String,
    },
    /// Whoever started it withdraws it.
    Withdraw {
        /// Who.
        by: UserId,
        /// Why.
        text: String,
    },
    /// Somebody takes their answer back.
    TakeBack {
        /// The task they answered.
        task: u32,
        /// Who.
        by: UserId,
    },
    /// Somebody hands a task to another for good.
    Transfer {
        /// The task.
        task: u32,
        /// Who.
        by: UserId,
        /// To whom.
        to: UserId,
        /// Why.
        text: String,
    },
    /// Somebody has another look first, and answers afterwards.
    Delegate {
        /// The task.
        task: u32,
        /// Who.
        by: UserId,
        /// To whom.
        to: UserId,
        /// Why.
        text: String,
    },
    /// Somebody asks more people.
    AddSigner {
        /// Their task.
        task: u32,
        /// Who.
        by: UserId,
        /// Whom.
        who: Vec<UserId>,
        /// Before, beside or after them.
        place: Place,
        /// Why.
        text: String,
    },
    /// Somebody no longer asks a person they brought in.
    RemoveSigner {
        /// That person's task.
        task: u32,
        /// Who.
        by: UserId,
    },
    /// Somebody takes a matter on that was offered to several.
    Claim {
        /// Their task.
        task: u32,
        /// Who.
        by: UserId,
    },
    /// Somebody gives back what they took on.
    Unclaim {
        /// Their task.
        task: u32,
        /// Who.
        by: UserId,
    },
    /// Somebody urges those who have not answered.
    Urge {
        /// Who.
        by: UserId,
    },
    /// Somebody lets others know of it.
    Copy {
        /// Who.
        by: UserId,
        /// Whom.
        to: Vec<UserId>,
    },
    /// Somebody says something without answering.
    Discuss {
        /// Who.
        by: UserId,
        /// To whom.
        to: Vec<UserId>,
        /// What.
        text: String,
    },
    /// Something is due.
    Due {
        /// The token.
        token: u32,
        /// Which of its timers.
        timer: u32,
        /// When it was due; one that has moved since is no longer due.
        at: Timestamp,
        /// Whom the timer names.
        people: Vec<UserId>,
    },
    /// What becomes due, worked out anew.
    Moved {
        /// The token.
        token: u32,
        /// When, in the order of the step's timers.
        dues: Vec<Option<Timestamp>>,
    },
    /// The case goes by other steps: what becomes due in them, in place of what was to become due.
    Rearm {
        /// The token.
        token: u32,
        /// When, in the order of the step's timers.
        dues: Vec<Option<Timestamp>>,
    },
    /// The record is in a state in which nothing becomes due.
    Paused {
        /// The token.
        token: u32,
    },
    /// It no longer is.
    Unpaused {
        /// The token.
        token: u32,
        /// When what is still to become due does so now, in the order of the step's timers.
        dues: Vec<Option<Timestamp>>,
    },
    /// What a token waits for is so.
    Ready {
        /// The token.
        token: u32,
        /// Which of all that ends the waiting, as [`crate::Wait::ends`] counts.
        which: usize,
    },
    /// A plugin that a token waits for has answered, and its answers are written.
    Answered {
        /// The token.
        token: u32,
        /// When it was called; an answer to another call than the last comes to nothing.
        at: Timestamp,
        /// Why it could not answer; `None` when it did.
        failed: Option<String>,
    },
    /// A word was said that steps may wait for.
    Signal {
        /// The word.
        name: String,
        /// By whom.
        by: Option<UserId>,
    },
    /// A case that a token waits for has ended.
    CaseEnded {
        /// The token.
        token: u32,
    },
    /// Somebody has left: what they were to answer goes to another.
    HandOver {
        /// Who left.
        from: UserId,
        /// Who answers instead.
        to: UserId,
        /// Only at this step; at each when `None`.
        step: Option<String>,
        /// Who says so.
        by: Option<UserId>,
    },
    /// An administrator puts it somewhere else.
    Jump {
        /// Who.
        by: UserId,
        /// The step.
        to: String,
        /// Why.
        text: String,
    },
    /// An administrator takes up again what has ended.
    Revive {
        /// Who.
        by: UserId,
        /// At this step.
        to: String,
        /// Why.
        text: String,
    },
    /// An administrator ends it.
    Terminate {
        /// Who.
        by: UserId,
        /// Why.
        text: String,
    },
    /// The case that began it and waits for it has left the step at which it did: nobody needs its outcome.
    Leave,
    /// An administrator lets it rest.
    Rest {
        /// Who.
        by: UserId,
        /// Why.
        text: String,
    },
    /// An administrator lets it go on.
    Resume {
        /// Who.
        by: UserId,
    },
}

/// To where something is sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Back {
    /// To the first step at which anybody was asked.
    First,
    /// To the one before.
    Previous,
    /// To whoever started it: to the form they filled in first, or else to mend the record and send it again.
    Starter,
    /// To this one.
    Step(String),
}

/// Where somebody who is asked too stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// They answer first.
    Before,
    /// They answer at the same time.
    Beside,
    /// They answer afterwards.
    After,
}

/// Somebody to be asked, and what their answer weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voter {
    /// Who.
    pub who: UserId,
    /// The weight.
    pub weight: u32,
}

/// What a token learns on arriving; of each only what its step needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Who is asked, by group.
    pub groups: Vec<Vec<Voter>>,
    /// Who is asked where nobody else is.
    pub instead: Vec<UserId>,
    /// Whether each path's condition holds; of a wait, whether each of the others is so already.
    pub holds: Vec<bool>,
    /// When each timer is due; of a call, the moment it is made.
    pub dues: Vec<Option<Timestamp>>,
    /// Whether what is waited for is so already.
    pub ready: bool,
    /// Whether the record is in a state in which nothing becomes due.
    pub paused: bool,
    /// How many cases have begun.
    pub cases: u32,
    /// Who is told.
    pub told: Vec<UserId>,
}

/// What somebody else is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Work out what the step needs to know, do what it does to records, and answer with [`Event::Learned`].
    Learn {
        /// The token.
        token: u32,
        /// The step.
        step: String,
    },
    /// Tell people.
    Tell {
        /// What about.
        what: Told,
        /// Whom.
        to: Vec<UserId>,
        /// At which step.
        step: Option<String>,
        /// Who made it so.
        by: Option<UserId>,
    },
    /// Come back with [`Event::Due`].
    Timer {
        /// The token.
        token: u32,
        /// Which of its timers.
        timer: u32,
        /// When.
        at: Timestamp,
    },
    /// It is over.
    Ended {
        /// How.
        outcome: String,
    },
}

/// What people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// That they are asked.
    Asked,
    /// That something is theirs to know.
    Copied,
    /// That they have not answered yet.
    Reminded,
    /// That somebody urges them.
    Urged,
    /// That somebody else has not answered in time.
    Late,
    /// That somebody says something.
    Spoken,
    /// That their answer is no longer wanted.
    Spared,
    /// That what they started is over.
    Ended,
}

/// Why something was refused. The case is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such task, token or step.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// It is somebody else's.
    #[error("this is somebody else's to do")]
    NotYours,
    /// It was answered, or is no longer asked.
    #[error("this is no longer to be answered")]
    Over,
    /// Its turn has not come.
    #[error("somebody else answers first")]
    NotYet,
    /// The case has ended.
    #[error("the case has ended")]
    Ended,
    /// The case runs.
    #[error("the case has not ended")]
    Running,
    /// The case rests.
    #[error("the case rests")]
    Resting,
    /// The step does not allow it.
    #[error("this step does not allow it")]
    NotAllowed,
    /// A reason is asked for.
    #[error("a reason is needed")]
    NoReason,
    /// A signature is asked for.
    #[error("a signature is needed")]
    Unsigned,
    /// Nobody would answer at the step.
    #[error("nobody would answer at `{0}`")]
    Nobody(String),
    /// No path leads on from the step.
    #[error("no path leads on from `{0}`")]
    NoPath(String),
    /// The steps lead round in a circle without asking anybody.
    #[error("the steps lead in a circle at `{0}`")]
    Circle(String),
    /// Others have acted on it.
    #[error("it is too late")]
    TooLate,
    /// The time in which it could be done is over.
    #[error("the time for it is over")]
    Expired,
    /// It was done a moment ago.
    #[error("it was done a moment ago")]
    TooOften,
    /// It was done as often as the step allows.
    #[error("it was done as often as this step allows")]
    Enough,
    /// They are asked already, or it is they themselves.
    #[error("that person is asked already")]
    Already,
    /// Whoever started it does not answer here.
    #[error("whoever started it does not answer here")]
    Starter,
    /// The step leaves them out, such as whom it is about.
    #[error("this step never asks that person")]
    LeftOut,
    /// They stand in for somebody who is asked, and the step leaves them out themself.
    #[error("this step never asks whoever answers here in another's place")]
    StandsBack,
    /// Whoever manages the case would come to answer by managing it.
    #[error("whoever manages a case hands nothing over to themself")]
    Oneself,
    /// It was never there.
    #[error("the case has not been at that step")]
    NeverThere,
}

impl Refusal {
    /// The step it speaks of, by name.
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::Nobody(step) | Self::NoPath(step) | Self::Circle(step) => Some(step),
            _ => None,
        }
    }
}
