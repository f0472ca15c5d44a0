//! A case as it stands. Its shape is what stores keep, as JSON: a field that is added has a default, and none is renamed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::UserId;
use serde::{Deserialize, Serialize};

/// Moments as text.
mod moment {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(moment: &Option<Timestamp>, out: S) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => out.collect_str(moment),
            None => out.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(input)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

/// A moment as text.
mod sure {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(moment: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(moment)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Timestamp, D::Error> {
        String::deserialize(input)?.parse().map_err(D::Error::custom)
    }
}

/// A case of a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Who started it.
    pub starter: UserId,
    /// Whether it runs.
    pub state: State,
    /// Since when it rests.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub rests_since: Option<Timestamp>,
    /// Whom the starter chose, by step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub chosen: BTreeMap<String, Vec<UserId>>,
    /// After this moment the starter withdraws it no more.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub withdrawn_by: Option<Timestamp>,
    /// Who has said something besides answering, or was told it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub talk: Vec<UserId>,
    /// Where it is.
    pub tokens: Vec<Token>,
    /// Paths taken at once that have not met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forks: Vec<Fork>,
    /// When it was at which step.
    pub visits: Vec<Visit>,
    /// Who was asked.
    pub tasks: Vec<Task>,
    /// How it ended, or how the path that ended last did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// How those asked were urged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urges: Vec<Urged>,
    /// The last number given to anything in it.
    pub last: u32,
    /// What happened in this event; kept elsewhere.
    #[serde(skip)]
    pub trail: Vec<Entry>,
    /// Steps passed since something came from outside.
    #[serde(skip)]
    pub(crate) hops: u32,
}

/// Whether a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It does.
    Running,
    /// It rests: nothing becomes due and nobody answers.
    Resting,
    /// It is over.
    Ended,
}

impl State {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Resting => "resting",
            Self::Ended => "ended",
        }
    }
}

/// A place where a case is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its number.
    pub number: u32,
    /// The step.
    pub step: String,
    /// The paths it is one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<u32>,
    /// Which of them; `None` in a case whose paths parted before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<u32>,
    /// What it does there.
    pub at: At,
    /// The visit during which people are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<u32>,
    /// The visit before, as long as nothing happened since that cannot be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u32>,
    /// The step it goes to afterwards, because it was returned from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
    /// What becomes due, in the order of the step's timers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dues: Vec<Due>,
    /// When nothing became due, because the record was in a state that says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// From when it is counted what becomes due.
    #[serde(default, skip_serializing_if = "Armed::is_nothing")]
    pub armed: Armed,
}

impl Token {
    /// Since when nothing becomes due.
    pub fn paused(&self) -> Option<Timestamp> {
        self.pauses.last().filter(|pause| pause.until.is_none()).map(|pause| pause.since)
    }
}

/// From when what becomes due at a place is counted, where it is not from something of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Armed {
    /// The moment; `None` in a case that came there before this was kept.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Seconds by which it is later, because the case rested.
    #[serde(default)]
    pub rested: i64,
}

impl Armed {
    /// From that moment on.
    pub(crate) fn at(moment: Timestamp) -> Self {
        Self { since: Some(moment), rested: 0 }
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A time in which nothing became due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// From when.
    #[serde(with = "sure")]
    pub since: Timestamp,
    /// Until when; `None` while it lasts.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// How those asked during a visit were urged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urged {
    /// The visit.
    pub visit: u32,
    /// When last.
    #[serde(with = "sure")]
    pub last: Timestamp,
    /// How often.
    pub times: u32,
}

/// A moment at which something becomes due, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Due {
    /// The moment; `None` once it has come.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The moment that came and from which an answer is late: at which more was done than to remind, or the last of all.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub passed: Option<Timestamp>,
}

/// What a token does at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// It has come and waits to learn what it needs to know.
    Arriving,
    /// People are asked.
    Asking,
    /// Something is waited for.
    Waiting,
    /// So many cases are to end.
    Cases(u32),
}

/// Paths taken at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    /// Its number.
    pub number: u32,
    /// Where the paths meet.
    pub join: String,
    /// The paths it is within.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// Which of those it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<u32>,
    /// How many have met.
    pub arrived: u32,
    /// Whether enough have, and the case has gone on behind the join while the others go on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub passed: bool,
}

/// One time at a step where people are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its number.
    pub number: u32,
    /// The step.
    pub step: String,
    /// The paths it was one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<u32>,
    /// Which of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<u32>,
    /// Whether it is over.
    pub over: bool,
    /// Where it was to go back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
    /// Tasks that were let go because enough others had answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spared: Vec<u32>,
    /// What was still to become due when it was over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dues: Vec<Due>,
    /// When nothing became due.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// From when it was counted what becomes due.
    #[serde(default, skip_serializing_if = "Armed::is_nothing")]
    pub armed: Armed,
}

/// Somebody who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its number.
    pub number: u32,
    /// During this visit.
    pub visit: u32,
    /// At this step.
    pub step: String,
    /// Who.
    pub who: UserId,
    /// Which of the step's groups.
    pub group: u32,
    /// What the answer weighs.
    pub weight: u32,
    /// The task whose vote this is part of; its own number for one that the step itself asked for.
    pub root: u32,
    /// In what way.
    pub part: Part,
    /// Who brought them in, where that was not the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// Who was asked before them, and has it no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub had: Vec<UserId>,
    /// Tasks that come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<u32>,
    /// Whether they took it on among several.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
    /// How far it is.
    pub state: TaskState,
    /// Since when it is theirs to answer.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub opened: Option<Timestamp>,
    /// When it was over.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
}

/// In what way somebody is part of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The step asked them.
    Vote,
    /// Somebody who was asked asked them too.
    Added,
    /// They look first and answer whoever asked them.
    Delegate,
    /// It was returned to them, who started the case, to mend its record before the step asks anybody.
    Mend,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Its turn has not come, or it waits for another's answer.
    Later,
    /// It is to be answered.
    Open,
    /// It was answered.
    Done(Answer),
    /// It is over without an answer.
    Gone,
}

impl TaskState {
    /// Whether it is over.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done(_) | Self::Gone)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Later => "later",
            Self::Open => "open",
            Self::Done(Answer::Yes) => "approved",
            Self::Done(Answer::No) => "rejected",
            Self::Done(Answer::Taken) => "passed",
            Self::Done(Answer::Sent) => "returned",
            Self::Gone => "gone",
        }
    }
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes, or what was asked for is filled in.
    Yes,
    /// No.
    No,
    /// Taken for a yes without being asked.
    Taken,
    /// Sent back.
    Sent,
}

/// One thing that happened in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What: `start`, `approve`, `return` …
    pub act: &'static str,
    /// By whom; `None` for what happened by itself.
    pub by: Option<UserId>,
    /// At which step.
    pub step: Option<String>,
    /// On which task.
    pub task: Option<u32>,
    /// With which words.
    pub text: String,
    /// To whom.
    pub to: Vec<UserId>,
    /// To which step, or how it ended.
    pub target: Option<String>,
    /// Whether they signed for it.
    pub signed: bool,
}

impl Case {
    /// A case that has not begun.
    pub fn new(starter: UserId) -> Self {
        Self {
            starter,
            state: State::Running,
            rests_since: None,
            chosen: BTreeMap::new(),
            withdrawn_by: None,
            talk: Vec::new(),
            tokens: Vec::new(),
            forks: Vec::new(),
            visits: Vec::new(),
            tasks: Vec::new(),
            outcome: None,
            urges: Vec::new(),
            last: 0,
            trail: Vec::new(),
            hops: 0,
        }
    }

    /// A task by number.
    pub fn task(&self, number: u32) -> Option<&Task> {
        self.tasks.iter().find(|task| task.number == number)
    }

    /// A token by number.
    pub fn token(&self, number: u32) -> Option<&Token> {
        self.tokens.iter().find(|token| token.number == number)
    }

    /// The token that is at a visit.
    pub fn token_of(&self, visit: u32) -> Option<&Token> {
        self.tokens.iter().find(|token| token.visit == Some(visit))
    }

    /// The visits that are over on the way to where a token is, the oldest first: those of its own path, and those before the
    /// paths parted. Paths that have met, or run beside this one, are not on its way; nor is what was before the paths parted
    /// once the case has gone on without this one.
    pub fn way_to(&self, token: &Token) -> impl DoubleEndedIterator<Item = &Visit> {
        let mut way = vec![(token.fork, token.path)];
        let mut outer = token.fork;
        for _ in &self.forks {
            let found = outer.and_then(|number| self.forks.iter().find(|fork| fork.number == number));
            let Some(fork) = found.filter(|fork| !fork.passed) else { break };
            way.push((fork.parent, fork.path));
            outer = fork.parent;
        }
        let same = |one: Option<u32>, other: Option<u32>| one == other || one.is_none() || other.is_none();
        self.visits.iter().filter(move |visit| {
            visit.over && way.iter().any(|(fork, path)| visit.fork == *fork && same(visit.path, *path))
        })
    }

    /// When those asked during a visit should answer, or should have answered; `None` where nothing becomes due, or not as
    /// long as the record is in a state that says so.
    pub fn due(&self, visit: u32) -> Option<Timestamp> {
        let token = self.token_of(visit)?;
        let passed = token.dues.iter().filter_map(|due| due.passed).min();
        let ahead = || token.dues.iter().filter_map(|due| due.at).min().filter(|_| token.paused().is_none());
        passed.or_else(ahead)
    }

    /// Whether they are or were asked, or started it.
    pub fn concerns(&self, who: UserId) -> bool {
        self.starter == who || self.tasks.iter().any(|task| task.who == who || task.had.contains(&who))
    }

    /// Whether it is with whoever started it meanwhile, to mend the record before the step asks anybody.
    pub fn mends(&self, visit: u32) -> bool {
        self.of_visit(visit).any(|task| task.part == Part::Mend)
    }

    /// The tasks of a visit.
    pub(crate) fn of_visit(&self, visit: u32) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(move |task| task.visit == visit)
    }

    /// A number nothing in it has.
    pub(crate) fn number(&mut self) -> u32 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    /// The tasks in the order in which they are to be shown.
    pub fn in_order(&self) -> Vec<&Task> {
        let mut tasks: Vec<&Task> = self.tasks.iter().collect();
        tasks.sort_by_key(|task| (task.visit, task.group, task.root, task.number));
        tasks
    }
}
