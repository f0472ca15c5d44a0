//! The rules of signing in, which the security administrator sets: passwords, guesses, how long a session lasts, and who
//! needs a second factor. Kept as one setting in the database, so that every node follows the same.

use std::{sync::Arc, time::Duration};

use app::Area;
use engine::{Act, By, Engine};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use store::Store;

use super::{keep::Fresh, networks};
use crate::problem::Problem;

/// Name of the setting.
const NAME: &str = engine::account::SIGN_IN;

/// Who must have a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Nobody must; whoever has one uses it.
    Optional,
    /// Whoever administers.
    #[default]
    Administrators,
    /// Everyone with a password.
    Everyone,
}

impl SecondFactor {
    /// All, from the mildest.
    pub const ALL: [Self; 3] = [Self::Optional, Self::Administrators, Self::Everyone];

    /// The word in the setting.
    pub fn word(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Administrators => "administrators",
            Self::Everyone => "everyone",
        }
    }
}

/// The rules of signing in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Fewest characters of a password.
    pub password_length: u32,
    /// How many of the four kinds a password has: small letters, capital letters, digits, everything else.
    pub password_kinds: u32,
    /// How many earlier passwords may not come again.
    pub password_history: u32,
    /// After how many days a password must be changed; 0 never.
    pub password_days: u32,
    /// Wrong tries in a row before each further one must wait.
    pub tries: u32,
    /// Longest wait, in minutes.
    pub lock_minutes: u32,
    /// After how many minutes without a request a session ends.
    pub idle_minutes: u32,
    /// After how many hours it ends whatever happens.
    pub longest_hours: u32,
    /// How many sessions an account may have at the same time; one more ends the one used longest ago.
    pub most_sessions: u32,
    /// After how many days an account that nobody uses is disabled; 0 never.
    pub unused_days: u32,
    /// How many failed sign-ins in ten minutes raise an alarm; 0 never.
    pub alarm_sign_ins: u32,
    /// How many refusals of one account in ten minutes raise an alarm; 0 never.
    pub alarm_refusals: u32,
    /// How many rows that one account exports in an hour raise an alarm; 0 never.
    pub alarm_exports: u32,
    /// How many masked values that one account has shown in full in an hour raise an alarm; 0 never.
    pub alarm_uncovers: u32,
    /// How many roles that administer or see sensitive fields, given to one account in ten minutes, raise an alarm; at 1 each
    /// that is given does, at 0 none.
    pub alarm_rights: u32,
    /// Who must have a second factor.
    pub second_factor: SecondFactor,
    /// The networks from which whoever administers may come, such as `10.1.0.0/16`; any when there are none.
    pub admin_networks: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            password_length: 10,
            password_kinds: 2,
            password_history: 5,
            password_days: 0,
            tries: 5,
            lock_minutes: 15,
            idle_minutes: 12 * 60,
            longest_hours: 7 * 24,
            most_sessions: 20,
            unused_days: engine::account::UNUSED_DAYS,
            alarm_sign_ins: engine::alarm::SIGN_INS,
            alarm_refusals: engine::alarm::REFUSALS,
            alarm_exports: engine::alarm::EXPORTS,
            alarm_uncovers: engine::alarm::UNCOVERS,
            alarm_rights: engine::alarm::RIGHTS,
            second_factor: SecondFactor::default(),
            admin_networks: Vec::new(),
        }
    }
}

/// A number of the policy: its name, the least and the most it may be.
pub type Bound = (&'static str, u32, u32);

impl Policy {
    /// Every number with its name and bounds, in the order people set them.
    pub fn numbers(&self) -> [(Bound, u32); 15] {
        [
            (("password_length", 8, 64), self.password_length),
            (("password_kinds", 1, 4), self.password_kinds),
            (("password_history", 0, 24), self.password_history),
            (("password_days", 0, 3650), self.password_days),
            (("tries", 3, 20), self.tries),
            (("lock_minutes", 1, 24 * 60), self.lock_minutes),
            (("idle_minutes", 5, 7 * 24 * 60), self.idle_minutes),
            (("longest_hours", 1, 30 * 24), self.longest_hours),
            (("most_sessions", 1, 100), self.most_sessions),
            (("unused_days", 0, 3650), self.unused_days),
            (("alarm_sign_ins", 0, 4_000), self.alarm_sign_ins),
            (("alarm_refusals", 0, 4_000), self.alarm_refusals),
            (("alarm_exports", 0, 1_000_000), self.alarm_exports),
            (("alarm_uncovers", 0, 4_000), self.alarm_uncovers),
            (("alarm_rights", 0, 100), self.alarm_rights),
        ]
    }

    /// The numbers that are out of bounds.
    pub fn faults(&self) -> Vec<Bound> {
        let wrong = |((name, least, most), value): ((&'static str, u32, u32), u32)| {
            (!(least..=most).contains(&value)).then_some((name, least, most))
        };
        self.numbers().into_iter().filter_map(wrong).collect()
    }

    /// The policy a store keeps; the usual one when none was set.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(store: &Store) -> Result<Self, store::StoreError> {
        let kept = store.settings().get(NAME).await?;
        // What an older version wrote and this one cannot read counts as not set: stricter than nothing at all.
        Ok(kept.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default())
    }

    /// Keeps it, for a demo or a test: with nobody's name on the ledger.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep(&self, store: &Store) -> Result<(), store::StoreError> {
        store.settings().set(NAME, &self.json()).await
    }

    /// Keeps it, as an act of the security administrator.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set(&self, engine: &Engine, by: impl Into<By> + Send) -> Result<(), store::StoreError> {
        let before = Self::of(engine.store()).await?;
        let act = Act::new("policy.change", "setting").fact("before", before.json()).fact("after", self.json());
        let value = self.json();
        engine
            .noted(by, vec![act], move |tx| {
                let value = value.clone();
                Box::pin(async move { tx.set_setting(NAME, &value).await })
            })
            .await
    }

    fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Longest wait of somebody who guesses.
    pub fn longest_lock(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.lock_minutes))
    }

    /// How long a session may rest.
    pub fn idle(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.idle_minutes))
    }

    /// How long a session may last.
    pub fn longest(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.longest_hours))
    }

    /// Whether whoever administers may come from an address.
    pub fn lets_in(&self, address: &str) -> bool {
        networks::hold(&self.admin_networks, address)
    }

    /// Whether an account that administers this, or nothing, must have a second factor.
    pub fn asks_factor(&self, area: Option<Area>) -> bool {
        match self.second_factor {
            SecondFactor::Optional => false,
            SecondFactor::Administrators => area.is_some(),
            SecondFactor::Everyone => true,
        }
    }
}

/// The policy in memory, read again after a few seconds.
#[derive(Default)]
pub(crate) struct Kept(Fresh<Policy>);

impl Kept {
    /// The policy now, at most five seconds old.
    pub(crate) async fn now(&self, store: &Store) -> Result<Arc<Policy>, Problem> {
        self.0.now(|| Policy::of(store)).await.map_err(Problem::internal)
    }

    /// Has it read again at once.
    pub(crate) fn forget(&self) {
        self.0.forget();
    }
}

/// How long a proof of who one is lasts for acts that ask for one.
pub(crate) const PROOF: Duration = Duration::from_secs(10 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_policy_is_within_its_bounds_and_others_are_told() {
        assert_eq!(Policy::default().faults(), []);
        let odd = Policy { tries: 1, idle_minutes: 0, ..Policy::default() };
        assert_eq!(odd.faults(), [("tries", 3, 20), ("idle_minutes", 5, 10080)]);
    }
}
