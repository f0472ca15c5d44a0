//! Plugins: what is worked out by a module in WebAssembly, and what is asked of whoever runs it.

use std::{fmt, sync::Arc};

use model::{Name, Text, Type, Value};

/// A plugin, and the module that works it out.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// Its name.
    pub name: Name,
    /// What people call it.
    pub label: Text,
    /// What it is handed.
    pub takes: Vec<(Name, Type)>,
    /// What it answers.
    pub gives: Vec<(Name, Type)>,
    /// Instructions it may carry out in one call.
    pub work: u64,
    /// Bytes of memory it may use.
    pub memory: usize,
    /// The module.
    pub code: Code,
    /// The file of the module, as diagnostics name it.
    pub file: String,
}

impl Plugin {
    /// The type of something it takes.
    pub fn takes(&self, name: &str) -> Option<&Type> {
        self.takes.iter().find(|(known, _)| known.as_str() == name).map(|(_, ty)| ty)
    }
}

/// A module: binary, or as text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Code(Arc<[u8]>);

impl Code {
    /// These bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({} bytes)", self.0.len())
    }
}

/// Runs plugins. Handed in where they are needed, because only one room has ever heard of WebAssembly.
pub trait Host: Send + Sync {
    /// Whether a plugin can be called at all.
    ///
    /// # Errors
    /// Why it cannot.
    fn check(&self, plugin: &Plugin) -> Result<(), Fault>;

    /// Calls a plugin with a value for everything it takes, and waits for what it gives. It may take seconds.
    ///
    /// # Errors
    /// It refused, broke, went beyond its limits, or answered something else than it gives. The same call fails in the same way.
    fn call(&self, plugin: &Plugin, values: &[(Name, Value)]) -> Result<Answer, Fault>;
}

/// What a plugin answered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// A value for everything it gives; not known where it said none.
    pub values: Vec<(Name, Value)>,
    /// What it said on the way, for whoever looks after it.
    pub log: Vec<String>,
    /// Instructions it took.
    pub work: u64,
}

/// Why a plugin did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It refused, in its own words.
    Refused(String),
    /// It is no module that can be called.
    Unfit(String),
    /// It took more than the instructions it may carry out.
    Work(u64),
    /// It needed more than its bytes of memory.
    Memory(usize),
    /// It broke.
    Broke(String),
    /// It answered something else than it gives.
    Answer(String),
    /// Nothing here runs plugins.
    NoHost,
}

impl Fault {
    /// A word that stays.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Unfit(_) => "unfit",
            Self::Work(_) => "work",
            Self::Memory(_) => "memory",
            Self::Broke(_) => "broke",
            Self::Answer(_) => "answer",
            Self::NoHost => "no-host",
        }
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(words) => write!(f, "it refused: {words}"),
            Self::Unfit(why) => write!(f, "it cannot be called: {why}"),
            Self::Work(most) => write!(f, "it took more than {} million instructions", most / 1_000_000),
            Self::Memory(most) => write!(f, "it needed more than {} MiB of memory", most / 1024 / 1024),
            Self::Broke(why) => write!(f, "it broke: {why}"),
            Self::Answer(why) => write!(f, "its answer does not fit: {why}"),
            Self::NoHost => f.write_str("nothing here runs plugins"),
        }
    }
}
