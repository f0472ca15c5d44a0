//! Sessions in the store, and a copy in memory for a few seconds so that a request costs no statement for its session.
//!
//! INVARIANT: a session ended here is gone from memory at once; one ended by another process, within [`FRESH`].

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use engine::Engine;
use jiff::SignedDuration;
use model::{Timestamp, UserId};
use store::Account;

use super::{limit::Tries, password::Hashing, token};
use crate::problem::Problem;

/// Longest life of a session, in seconds: seven days.
pub(super) const LONGEST_SECONDS: u64 = 7 * 24 * 3600;

const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
const IDLE: SignedDuration = SignedDuration::from_hours(12);
const TOUCH: SignedDuration = SignedDuration::from_mins(5);
const FRESH: Duration = Duration::from_secs(5);
const MOST_KEPT: usize = 20_000;

/// A session that has not ended.
#[derive(Debug)]
pub struct Session {
    /// Whose it is; the password's hash is left out.
    pub account: Account,
    /// The token of its forms.
    pub csrf: String,
    hash: String,
    checked: Instant,
}

impl Session {
    /// What tells it from other sessions; of no use to sign in with.
    pub fn key(&self) -> &str {
        &self.hash
    }
}

/// The sessions this process knows, and what guards beginning one.
#[derive(Default)]
pub struct Sessions {
    known: RwLock<HashMap<String, Arc<Session>>>,
    pub(super) tries: Tries,
    pub(crate) hashing: Hashing,
}

impl Sessions {
    /// The session with this token, from memory or the store.
    pub(crate) async fn find(&self, engine: &Engine, token: &str) -> Result<Option<Arc<Session>>, Problem> {
        if token.is_empty() || token.len() > 100 {
            return Ok(None);
        }
        let hash = token::hash(token);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some(known) = known
            && known.checked.elapsed() < FRESH
        {
            return Ok(Some(known));
        }
        let now = engine.now();
        let found = engine.store().sessions().find(&hash, now).await.map_err(Problem::internal)?;
        let Some((stored, account)) = found else {
            self.forget(&hash);
            return Ok(None);
        };
        if now.duration_since(stored.seen) > TOUCH {
            let expires = ends(stored.created, now);
            engine.store().sessions().touch(&hash, now, expires).await.map_err(Problem::internal)?;
        }
        Ok(Some(self.remember(token, hash, account)))
    }

    /// Whether the session has still not ended; answers its account as it is now.
    pub(crate) async fn again(&self, engine: &Engine, session: &Session) -> Result<Option<Account>, Problem> {
        let found = engine.store().sessions().find(&session.hash, engine.now()).await.map_err(Problem::internal)?;
        Ok(found.map(|(_, account)| account))
    }

    /// Begins a session of an account that proved to be who it is.
    pub(super) async fn begin(&self, engine: &Engine, account: Account) -> Result<(String, Arc<Session>), Problem> {
        let token = token::new()?;
        let hash = token::hash(&token);
        let now = engine.now();
        let stored = store::Session {
            token_hash: hash.clone(),
            account: account.id,
            created: now,
            seen: now,
            expires: ends(now, now),
        };
        engine.store().sessions().open(&stored).await.map_err(Problem::internal)?;
        let session = self.remember(&token, hash, account);
        Ok((token, session))
    }

    /// Ends the session with this token.
    pub(super) async fn end(&self, engine: &Engine, token: &str) -> Result<(), Problem> {
        let hash = token::hash(token);
        self.forget(&hash);
        engine.store().sessions().close(&hash).await.map_err(Problem::internal)?;
        // A request under way may have remembered it between the two lines above.
        self.forget(&hash);
        Ok(())
    }

    /// Ends every session of an account: it got a new password, other roles, or may no longer sign in.
    pub(crate) async fn end_all(&self, engine: &Engine, account: UserId) -> Result<(), Problem> {
        engine.store().sessions().close_all(account).await.map_err(Problem::internal)?;
        self.drop_copies(account);
        Ok(())
    }

    /// Has the account of every session read again at its next request.
    pub(crate) fn drop_copies(&self, account: UserId) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, session| session.account.id != account);
    }

    fn remember(&self, token: &str, hash: String, account: Account) -> Arc<Session> {
        let account = Account { password_hash: String::new(), ..account };
        let session =
            Arc::new(Session { account, csrf: token::csrf(token), hash: hash.clone(), checked: Instant::now() });
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KEPT {
            known.retain(|_, session| session.checked.elapsed() < FRESH);
        }
        known.insert(hash, session.clone());
        session
    }

    fn forget(&self, hash: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }
}

/// When a session ends that began then and is used now.
fn ends(created: Timestamp, now: Timestamp) -> Timestamp {
    (now + IDLE).min(created + LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_after_twelve_idle_hours_and_seven_days_at_most() {
        let start: Timestamp = "2025-11-10T08:00:00Z".parse().unwrap();
        assert_eq!(ends(start, start).to_string(), "2025-11-10T20:00:00Z");
        let late = start + SignedDuration::from_hours(7 * 24 - 1);
        assert_eq!(ends(start, late).to_string(), "2025-11-17T08:00:00Z");
    }
}
