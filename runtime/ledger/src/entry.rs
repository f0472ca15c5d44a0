//! An entry: one act, as it is hashed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    canonical,
    hash::{Algorithm, Hash, hex, unhex},
};

/// The form of entries this version writes; part of every entry.
const FORM: u32 = 1;

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ended {
    /// As asked.
    #[default]
    Done,
    /// The platform said no.
    Refused,
    /// It could not be done.
    Failed,
}

impl Ended {
    /// The word in an entry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// One act. Everything is kept as the text that is hashed, so that no two ways of writing a value can pass for each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What one command did together shares it: a UUID.
    pub act: String,
    /// What was done: `create`, `session.begin` …
    pub action: String,
    /// The account that acted; `None` when nobody is known.
    pub actor: Option<String>,
    /// When, in UTC to the millisecond: `2025-11-10T08:00:00.000Z`.
    pub at: String,
    /// For whom, where somebody acted in another's place.
    pub behalf: Option<String>,
    /// What is part of the act and nobody's personal matter, as JSON in its one form. Cannot be erased.
    pub facts: Option<String>,
    /// The entry's id: a UUID of version 7.
    pub id: String,
    /// What kind of thing it was done to: an entity's name, or `account`, `session`, `app` …
    pub object: String,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// The id of the thing.
    pub record: Option<String>,
    /// What tells the session from others; of no use to sign in with.
    pub session: Option<String>,
    /// The hash of what was changed: values before and after.
    pub what: Option<String>,
    /// The hash of who did it from where: login, address, device.
    pub who: Option<String>,
}

impl Entry {
    /// The entry's one form, which is what a leaf of the tree holds.
    pub fn canonical(&self) -> String {
        let mut out = String::with_capacity(640);
        let mut begin = '{';
        let mut name = |name: &str, out: &mut String| {
            out.push(begin);
            begin = ',';
            out.push('"');
            out.push_str(name);
            out.push_str("\":");
        };
        let maybe = |text: &Option<String>, out: &mut String| match text {
            Some(text) => canonical::write_text(text, out),
            None => out.push_str("null"),
        };
        name("act", &mut out);
        canonical::write_text(&self.act, &mut out);
        name("action", &mut out);
        canonical::write_text(&self.action, &mut out);
        name("actor", &mut out);
        maybe(&self.actor, &mut out);
        name("at", &mut out);
        canonical::write_text(&self.at, &mut out);
        name("behalf", &mut out);
        maybe(&self.behalf, &mut out);
        name("facts", &mut out);
        maybe(&self.facts, &mut out);
        name("form", &mut out);
        out.push_str(&FORM.to_string());
        name("id", &mut out);
        canonical::write_text(&self.id, &mut out);
        name("object", &mut out);
        canonical::write_text(&self.object, &mut out);
        name("outcome", &mut out);
        canonical::write_text(&self.outcome, &mut out);
        name("record", &mut out);
        maybe(&self.record, &mut out);
        name("session", &mut out);
        maybe(&self.session, &mut out);
        name("what", &mut out);
        maybe(&self.what, &mut out);
        name("who", &mut out);
        maybe(&self.who, &mut out);
        out.push('}');
        out
    }

    /// The hash of its leaf.
    pub fn leaf(&self, algorithm: Algorithm) -> Hash {
        algorithm.leaf(self.canonical().as_bytes())
    }

    /// The facts, read.
    pub fn facts(&self) -> Value {
        self.facts.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// A value beside an entry, under the salt that hides it. Both can be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// 32 hexadecimal digits.
    pub salt: String,
    /// JSON in its one form.
    pub value: String,
}

impl Sealed {
    /// Puts a value under a salt; answers what stands in the entry, too.
    pub fn new(algorithm: Algorithm, salt: [u8; 16], value: &Value) -> (Self, Hash) {
        let value = canonical::of(value);
        let hash = algorithm.seal(&salt, &value);
        (Self { salt: hex(&salt), value }, hash)
    }

    /// Whether this is what the entry's hash stands for.
    pub fn opens(&self, hash: &str) -> bool {
        let Ok(hash) = hash.parse::<Hash>() else { return false };
        let salt = unhex(&self.salt).and_then(|salt| <[u8; 16]>::try_from(salt).ok());
        salt.is_some_and(|salt| hash.algorithm.seal(&salt, &self.value) == hash)
    }
}
