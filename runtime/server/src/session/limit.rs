//! Slowing down guesses: after a few wrong tries at an account, or many from one address, each further one must wait twice
//! as long. Counted in the database, so that all nodes agree, and the same for logins that do not exist.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use axum::{extract::ConnectInfo, http::request::Parts};
use engine::Engine;
use jiff::SignedDuration;
use model::Timestamp;
use store::GuessKey;

use super::{policy::Policy, token};
use crate::{
    AppState,
    problem::{Kind, Problem},
};

/// From one address, so many times more tries are free than at one account: many people may share it.
const SHARED: u32 = 10;

/// Start of the keys that stand for an address.
pub(crate) const SOURCE: &str = "source:";

/// What one who signs in, or proves who they are, is counted by.
pub(crate) struct Tries {
    own: String,
    source: String,
}

/// What tries at a login are counted by. The login itself is not kept: people type passwords in its place.
pub(crate) fn account_key(login: &str) -> String {
    format!("login:{}", token::hash(&login.to_lowercase()))
}

impl Tries {
    /// Tries at this login from this address.
    pub(crate) fn at(login: &str, address: &str) -> Self {
        Self { own: account_key(login), source: format!("{SOURCE}{address}") }
    }

    /// Counts one try, before it is known whether it is right.
    pub(crate) async fn begin(&self, engine: &Engine, policy: &Policy) -> Result<(), Problem> {
        let free = i64::from(policy.tries);
        let keys = [
            GuessKey { key: self.own.clone(), free },
            GuessKey { key: self.source.clone(), free: free * i64::from(SHARED) },
        ];
        let now = engine.now();
        let until =
            engine.store().guesses().begin(&keys, policy.longest_lock(), now).await.map_err(Problem::internal)?;
        let Some(until) = until else { return Ok(()) };
        let seconds = u64::try_from(until.duration_since(now).as_secs()).unwrap_or_default();
        Err(Problem::new(Kind::TooMany).retry_after(seconds.max(1)))
    }

    /// The try was right.
    pub(crate) async fn right(&self, engine: &Engine) -> Result<(), Problem> {
        engine.store().guesses().right(&self.own, &self.source).await.map_err(Problem::internal)
    }

    /// Whether a try at the account that is wrong now locks it.
    pub(crate) async fn locks(&self, engine: &Engine, policy: &Policy) -> Result<bool, Problem> {
        let since = engine.now() - policy.longest_lock();
        let many = engine.store().guesses().many(i64::from(policy.tries), since).await.map_err(Problem::internal)?;
        Ok(many.iter().any(|guesses| guesses.key == self.own))
    }
}

/// Most beginnings of a sign-in from one address in a minute, on one node: many people may share it.
const PACE: u32 = 300;

/// Most addresses counted at once.
const MOST_COUNTED: usize = 10_000;

/// How many sign-ins each address began in this minute that have not proved anything yet: each of them is kept for a while, so
/// that they must not come without end. In memory, since it guards this node's work and no secret.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<String, (Timestamp, u32)>>);

impl Pace {
    /// Counts one more.
    ///
    /// # Errors
    /// [`Kind::TooMany`] until the minute is over.
    pub(crate) fn step(&self, address: &str, now: Timestamp) -> Result<(), Problem> {
        self.step_of(address, now, PACE)
    }

    /// The same of something else that an address does, at most so often in a minute.
    ///
    /// # Errors
    /// [`Kind::TooMany`] until the minute is over.
    pub(crate) fn step_of(&self, address: &str, now: Timestamp, most: u32) -> Result<(), Problem> {
        const MINUTE: SignedDuration = SignedDuration::from_mins(1);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_COUNTED {
            counts.retain(|_, (since, _)| now.duration_since(*since) < MINUTE);
            if counts.len() >= MOST_COUNTED {
                counts.clear();
            }
        }
        let (since, count) = counts.entry(address.to_owned()).or_insert((now, 0));
        let passed = now.duration_since(*since);
        if passed >= MINUTE {
            (*since, *count) = (now, 0);
        } else if *count >= most {
            let seconds = u64::try_from((MINUTE - passed).as_secs()).unwrap_or_default();
            return Err(Problem::new(Kind::TooMany).retry_after(seconds.max(1)));
        }
        *count += 1;
        Ok(())
    }
}

/// Something that is locked now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// By what it is counted.
    pub key: String,
    /// Until when.
    pub until: Timestamp,
}

/// Whatever is locked now.
///
/// # Errors
/// The database failed.
pub async fn locked(engine: &Engine, policy: &Policy) -> Result<Vec<Locked>, Problem> {
    let now = engine.now();
    let free = i64::from(policy.tries);
    let many = engine.store().guesses().many(free, now - policy.longest_lock()).await.map_err(Problem::internal)?;
    let each = many.into_iter().filter_map(|guesses| {
        let free = if guesses.key.starts_with(SOURCE) { free * i64::from(SHARED) } else { free };
        let until = guesses.until(free, policy.longest_lock()).filter(|until| *until > now)?;
        Some(Locked { key: guesses.key, until })
    });
    Ok(each.collect())
}

/// Where a request comes from: the connection, or behind our own proxy what that says last.
pub fn address(state: &AppState, parts: &Parts) -> String {
    let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    if state.options.behind_proxy
        && let Some(last) = forwarded.and_then(|list| list.rsplit(',').next())
    {
        return last.trim().to_owned();
    }
    let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    connection.map(|ConnectInfo(address)| address.ip().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_begins_so_often_in_a_minute_and_others_go_on() {
        let (pace, now) = (Pace::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..PACE {
            pace.step("a", now).unwrap();
        }
        let later = now + SignedDuration::from_secs(59);
        assert!(pace.step("a", later).is_err() && pace.step("b", later).is_ok());
        pace.step("a", now + SignedDuration::from_mins(1)).unwrap();
    }
}
