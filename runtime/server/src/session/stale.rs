//! What is presented and opens nothing: a session that has ended, a token of a program that ended or was revoked, something made up.
//! It was refused before, and is on the ledger now: whoever finds a cookie or a token and tries it leaves a trace. So does whoever
//! comes with a session that was begun in another browser, which ends by that.
//!
//! INVARIANT: it cannot fill the ledger. One token is told of once an hour, one address and one node so many times a minute; what
//! is beyond that is refused all the same.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::http::request::Parts;
use engine::{Act, By};
use jiff::SignedDuration;
use model::{RecordId, Timestamp};
use store::{Account, StoreError};

use super::{
    Carried, Session, carried,
    limit::{Pace, address},
    origin, token,
};
use crate::AppState;

/// How long one token is not told of again: a page left open comes with its cookie every few seconds.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// Most tokens remembered as told of.
const MOST_TOLD: usize = 10_000;
/// Entries about one address in a minute, at most. It is as many as raise an alarm.
const EACH: u32 = 30;
/// Entries of one node in a minute, at most, wherever they come from.
const ALL: u32 = 300;

/// What was told of lately, on this node.
#[derive(Default)]
pub(crate) struct Stale {
    told: Mutex<HashMap<String, Timestamp>>,
    each: Pace,
    all: Pace,
}

impl Stale {
    /// Whether this one is to be told of; remembers it then.
    fn is_news(&self, hash: &str, address: &str, now: Timestamp) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(hash).is_some_and(|at| now.duration_since(*at) < AGAIN) {
            return false;
        }
        if self.each.step_of(address, now, EACH).is_err() || self.all.step_of("", now, ALL).is_err() {
            return false;
        }
        if told.len() >= MOST_TOLD {
            told.retain(|_, at| now.duration_since(*at) < AGAIN);
            if told.len() >= MOST_TOLD {
                told.clear();
            }
        }
        told.insert(hash.to_owned(), now);
        true
    }
}

/// Puts onto the ledger that a request came with a cookie or a token that opens nothing. What cannot be written is logged: the
/// request is refused in any case.
pub(super) async fn note(state: &AppState, parts: &Parts) {
    let Some(Carried::Cookie(presented) | Carried::Bearer(presented)) = carried(&parts.headers) else { return };
    if presented.is_empty() {
        return;
    }
    let hash = token::hash(presented);
    if !state.sessions.stale.is_news(&hash, &address(state, parts), state.engine.now()) {
        return;
    }
    if let Err(error) = tell(state, parts, &hash, presented.starts_with(token::PROGRAM)).await {
        tracing::error!(%error, "a refused session or token cannot be put on the ledger");
    }
}

/// Ends a session that another browser came with than it was begun in: its token was taken along. That is on the ledger, as often as
/// what opens nothing is. What cannot be written is logged: the request is refused in any case.
pub(super) async fn taken_along(state: &AppState, parts: &Parts, session: &Session) {
    let (key, from) = (session.key(), origin(state, parts, Some(session)));
    let act = Act::new("session.use", "session").refused("another-browser");
    let news = state.sessions.stale.is_news(key, &from.address, state.engine.now());
    let acts = if news { vec![act] } else { Vec::new() };
    let by = By::account(&session.account, from);
    if let Err(error) = state.sessions.cut(&state.engine, by, acts, key).await {
        tracing::error!(%error, "a session that came from another browser cannot be ended");
    }
}

/// Whose it was, where that is still kept, and the id of a program's token.
async fn whose(state: &AppState, hash: &str, program: bool) -> Result<Option<(Option<RecordId>, Account)>, StoreError> {
    let store = state.engine.store();
    Ok(match program {
        true => store.tokens().whose(hash).await?.map(|(id, account)| (Some(id), account)),
        false => store.sessions().whose(hash).await?.map(|account| (None, account)),
    })
}

async fn tell(state: &AppState, parts: &Parts, hash: &str, program: bool) -> Result<(), StoreError> {
    let act = match program {
        true => Act::new("token.use", "token"),
        false => Act::new("session.use", "session"),
    };
    let mut from = origin(state, parts, None);
    let (by, act) = match whose(state, hash, program).await? {
        Some((id, account)) => {
            // As the entries of that session name it, so that what it did before is found.
            from.session = Some(hash.chars().take(16).collect());
            let act = act.refused(if account.active { "expired" } else { "account-closed" });
            let act = match id {
                Some(id) => act.on(id),
                None => act,
            };
            (By::account(&account, from), act)
        }
        None => (By::unknown("", from), act.refused("unknown")),
    };
    state.engine.note(by, act).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_of_once_an_hour_and_an_address_so_often_a_minute() {
        let (stale, now) = (Stale::default(), Timestamp::UNIX_EPOCH);
        assert!(stale.is_news("one", "a", now) && !stale.is_news("one", "a", now) && !stale.is_news("one", "b", now));
        assert!(stale.is_news("one", "a", now + AGAIN));
        let later = now + SignedDuration::from_hours(2);
        let many = (0..100).filter(|n| stale.is_news(&format!("token {n}"), "a", later)).count();
        assert_eq!(many, 30);
        assert!(stale.is_news("another", "b", later) && !stale.is_news("token 99", "a", later));
        // What was not told of for want of room is told of once there is some.
        assert!(stale.is_news("token 99", "a", later + SignedDuration::from_mins(1)));
        let from_everywhere =
            (0..1_000).filter(|n| stale.is_news(&format!("from {n}"), &format!("{n}"), later)).count();
        assert!(from_everywhere < 300, "{from_everywhere}");
    }
}
