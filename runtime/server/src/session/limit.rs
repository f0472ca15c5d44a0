//! Slowing down guesses: after five wrong passwords for a login from an address, each further one must wait twice as long,
//! up to fifteen minutes. Others who know the password are never locked out by somebody else's guesses.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{extract::ConnectInfo, http::request::Parts};

use crate::{
    AppState,
    problem::{Kind, Problem},
};

const FREE: u32 = 5;
const FREE_PER_ADDRESS: u32 = 50;
const LONGEST: Duration = Duration::from_secs(15 * 60);
const MOST_KEPT: usize = 50_000;

#[derive(Clone, Copy)]
struct Tried {
    wrong: u32,
    last: Instant,
}

/// Wrong tries, in this process.
#[derive(Default)]
pub(super) struct Tries(Mutex<HashMap<(String, String), Tried>>);

impl Tries {
    /// Refuses a try that comes too soon.
    pub(super) fn admit(&self, login: &str, address: &str) -> Result<(), Problem> {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let wait = keys(login, address)
            .into_iter()
            .filter_map(|(key, free)| tries.get(&key).map(|tried| wait(*tried, free, now)))
            .max()
            .unwrap_or_default();
        if wait.is_zero() {
            return Ok(());
        }
        Err(Problem::new(Kind::TooMany).retry_after(wait.as_secs().max(1)))
    }

    /// Counts a wrong try.
    pub(super) fn failed(&self, login: &str, address: &str) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if tries.len() > MOST_KEPT {
            tries.retain(|_, tried| now.duration_since(tried.last) < LONGEST);
        }
        for (key, _) in keys(login, address) {
            let tried = tries.entry(key).or_insert(Tried { wrong: 0, last: now });
            if now.duration_since(tried.last) > 2 * LONGEST {
                tried.wrong = 0;
            }
            *tried = Tried { wrong: tried.wrong.saturating_add(1), last: now };
        }
    }

    /// Forgets the wrong tries for this login from this address; those of the address as a whole fade with time only.
    pub(super) fn succeeded(&self, login: &str, address: &str) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, _)) = keys(login, address).into_iter().next() {
            tries.remove(&key);
        }
    }
}

fn keys(login: &str, address: &str) -> [((String, String), u32); 2] {
    // A login is cut so that long ones cannot fill the memory.
    let login: String = login.chars().take(100).collect();
    [((login, address.to_owned()), FREE), ((String::new(), address.to_owned()), FREE_PER_ADDRESS)]
}

fn wait(tried: Tried, free: u32, now: Instant) -> Duration {
    let over = tried.wrong.saturating_sub(free);
    if tried.wrong < free {
        return Duration::ZERO;
    }
    let pause = Duration::from_secs(1_u64 << over.min(10)).min(LONGEST);
    pause.saturating_sub(now.duration_since(tried.last))
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
    fn guesses_wait_and_others_do_not() {
        let tries = Tries::default();
        for _ in 0..FREE {
            tries.admit("wang", "10.0.0.1").unwrap();
            tries.failed("wang", "10.0.0.1");
        }
        assert!(tries.admit("wang", "10.0.0.1").is_err());
        assert!(tries.admit("li", "10.0.0.1").is_ok());
        assert!(tries.admit("wang", "10.0.0.2").is_ok());
        tries.succeeded("wang", "10.0.0.1");
        assert!(tries.admit("wang", "10.0.0.1").is_ok());
    }

    #[test]
    fn the_wait_doubles_and_has_an_end() {
        let now = Instant::now();
        let waits = |wrong| wait(Tried { wrong, last: now }, FREE, now).as_secs();
        assert_eq!([waits(4), waits(5), waits(6), waits(9), waits(99)], [0, 1, 2, 16, 900]);
    }
}
