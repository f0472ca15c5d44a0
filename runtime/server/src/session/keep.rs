//! Sessions in the store, and a copy in memory for a few seconds so that a request costs no statement for its session.
//!
//! INVARIANT: a session ended here is gone from memory at once; one ended by another process, within [`FRESH`].

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use engine::{Act, By, Engine};
use jiff::SignedDuration;
use model::{Timestamp, UserId};
use store::{Account, Entrance, Standing, StoreError, Token};

use super::{
    elsewhere,
    limit::Pace,
    password::Hashing,
    policy::{self, Policy},
    stale::Stale,
    token,
    undone::{Undone, done},
};
use crate::problem::Problem;

/// How often a session's use is written down, at most.
const TOUCH: SignedDuration = SignedDuration::from_mins(5);

/// How old what this process remembers may be: so soon does an account that was disabled elsewhere lose its sessions here.
pub(crate) const FRESH: Duration = Duration::from_secs(5);

const MOST_KEPT: usize = 20_000;

/// Something of the database in memory, read again after a few seconds.
pub(crate) struct Fresh<T>(RwLock<Option<(Instant, Arc<T>)>>);

impl<T> Default for Fresh<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> Fresh<T> {
    /// What it is now, at most five seconds old.
    pub(crate) async fn now<F: Future<Output = Result<T, StoreError>>>(
        &self,
        read: impl FnOnce() -> F,
    ) -> Result<Arc<T>, StoreError> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, value)) = known
            && at.elapsed() < FRESH
        {
            return Ok(value);
        }
        let value = Arc::new(read().await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), value.clone()));
        Ok(value)
    }

    /// Has it read again at once.
    pub(crate) fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A session that has not ended.
#[derive(Debug)]
pub struct Session {
    /// Whose it is; the password's hash is left out.
    pub account: Account,
    /// The token of its forms.
    pub csrf: String,
    /// When they last proved who they are.
    pub proved: Timestamp,
    /// What stands between the account and the rest of the system.
    pub standing: Standing,
    /// Whether the account has a password; one that only signs in elsewhere has none.
    pub has_password: bool,
    /// By which door it was begun.
    pub entrance: Entrance,
    /// The token of a program, when there is no session but such a token.
    pub token: Option<Token>,
    /// The browser it is bound to; `None` where it is bound to none.
    pub(super) browser: Option<String>,
    hash: String,
    expires: Timestamp,
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
    pub(crate) policy: policy::Kept,
    pub(crate) hashing: Hashing,
    pub(crate) elsewhere: elsewhere::Shared,
    pub(crate) pace: Pace,
    pub(super) stale: Stale,
}

/// How a session begins, beside whose it is.
#[derive(Debug, Clone)]
pub(super) struct Beginning {
    /// From when its longest life counts.
    pub(super) created: Timestamp,
    /// When its owner proved who they are.
    pub(super) proved: Timestamp,
    /// By which door it was begun.
    pub(super) entrance: Entrance,
    /// The token of the session it takes the place of.
    pub(super) old: Option<String>,
}

impl Sessions {
    /// The session with this token, from memory or the store; or what stands for one where the token is a program's.
    pub(crate) async fn find(
        &self,
        engine: &Engine,
        token: &str,
        address: &str,
    ) -> Result<Option<Arc<Session>>, Problem> {
        if token.is_empty() || token.len() > 100 {
            return Ok(None);
        }
        let hash = token::hash(token);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        let now = engine.now();
        if let Some(known) = known
            && known.checked.elapsed() < FRESH
            && known.expires > now
        {
            return Ok(Some(known));
        }
        if token.starts_with(token::PROGRAM) {
            return self.find_token(engine, token, hash, address).await;
        }
        let found = engine.store().sessions().find(&hash, now).await.map_err(Problem::internal)?;
        let Some((mut stored, account, standing)) = found else {
            self.forget(&hash);
            return Ok(None);
        };
        let policy = self.policy.now(engine.store()).await?;
        // The policy may have become stricter since the session's end was written down.
        stored.expires = stored.expires.min(ends(&policy, stored.created, stored.seen));
        if stored.expires <= now {
            self.forget(&hash);
            return Ok(None);
        }
        if now.duration_since(stored.seen) > TOUCH.min(policy.idle() / 10) {
            stored.expires = ends(&policy, stored.created, now);
            engine.store().sessions().touch(&hash, now, stored.expires).await.map_err(Problem::internal)?;
        }
        Ok(Some(self.remember(token, &stored, account, standing)))
    }

    async fn find_token(
        &self,
        engine: &Engine,
        token: &str,
        hash: String,
        address: &str,
    ) -> Result<Option<Arc<Session>>, Problem> {
        let now = engine.now();
        let found = engine.store().tokens().find(&hash, now).await.map_err(Problem::internal)?;
        let Some((kept, account)) = found else {
            self.forget(&hash);
            return Ok(None);
        };
        if kept.used.is_none_or(|used| now.duration_since(used) > TOUCH) {
            super::programs::note_use(engine, &kept, &account, address).await?;
        }
        let stored = store::Session {
            token_hash: hash,
            account: account.id,
            created: kept.created,
            seen: now,
            expires: kept.expires,
            // A token proves nothing about who is sitting there.
            proved: Timestamp::UNIX_EPOCH,
            address: String::new(),
            device: String::new(),
            entrance: Entrance::Here,
            // It is narrower than its owner, and made to be used from elsewhere.
            browser: None,
        };
        let standing = Standing { due: false, changed: now, factor: true };
        Ok(Some(self.insert(token, &stored, account, standing, Some(kept))))
    }

    /// Whether the session has still not ended; answers its account as it is now.
    pub(crate) async fn again(&self, engine: &Engine, session: &Session) -> Result<Option<Account>, Problem> {
        let found = engine.store().sessions().find(&session.hash, engine.now()).await.map_err(Problem::internal)?;
        Ok(found.map(|(_, account, _)| account))
    }

    /// Begins a session of an account that proved to be who it is, in place of the one with the token `old`. The acts are
    /// on the ledger if and only if it begins.
    pub(super) async fn begin(
        &self,
        engine: &Engine,
        by: By,
        acts: Vec<Act>,
        account: UserId,
        Beginning { created, proved, entrance, old }: Beginning,
    ) -> Result<(String, Arc<Session>), Problem> {
        let policy = self.policy.now(engine.store()).await?;
        let token = token::new()?;
        let now = engine.now();
        let stored = store::Session {
            token_hash: token::hash(&token),
            account,
            created,
            seen: now,
            expires: ends(&policy, created, now),
            proved,
            address: by.origin.address.clone(),
            device: by.origin.device.clone(),
            entrance,
            browser: Some(by.origin.browser.clone()),
        };
        let (old, new) = (old.map(|old| token::hash(&old)), stored.clone());
        let ended = old.clone();
        let others = i64::from(policy.most_sessions).saturating_sub(1).max(0);
        let held = engine.store().sessions().of(account, now).await.map_err(Problem::internal)?;
        let held = held.iter().filter(|session| Some(&session.token_hash) != old.as_ref()).count();
        // What is not on the ledger is not ended: of two that begin at the same moment the next one counts again.
        let crowded = i64::try_from(held).unwrap_or(i64::MAX) > others;
        let mut acts = acts;
        if crowded {
            acts.push(Act::new("session.limit", "account").on(account).fact("most", policy.most_sessions));
        }
        let begun = engine.noted::<(), StoreError, _>(by, acts, move |tx| {
            let (old, new) = (old.clone(), new.clone());
            Box::pin(async move {
                if let Some(old) = old {
                    tx.close_session(&old).await?;
                }
                tx.open_session(&new).await?;
                if crowded {
                    tx.close_oldest(account, &new.token_hash, others).await?;
                }
                Ok(())
            })
        });
        begun.await.map_err(Problem::internal)?;
        if crowded {
            self.drop_copies(account);
        }
        if let Some(ended) = ended {
            self.forget(&ended);
        }
        let found = engine.store().sessions().find(&stored.token_hash, now).await.map_err(Problem::internal)?;
        let (stored, account, standing) = found.ok_or_else(|| Problem::internal("a session ended as it began"))?;
        let session = self.remember(&token, &stored, account, standing);
        Ok((token, session))
    }

    /// Ends the session with this token, which is that act.
    pub(super) async fn end(&self, engine: &Engine, by: By, act: Act, token: &str) -> Result<(), Problem> {
        let hash = token::hash(token);
        self.forget(&hash);
        let gone = hash.clone();
        let ended = engine.noted::<(), Undone, _>(by, vec![act], move |tx| {
            let gone = gone.clone();
            Box::pin(async move { done(tx.close_session(&gone).await?) })
        });
        Undone::told(ended.await)?;
        // A request under way may have remembered it between the two lines above.
        self.forget(&hash);
        Ok(())
    }

    /// Ends the session with this key, whether it is still there or not. The acts are on the ledger if and only if it does.
    pub(super) async fn cut(&self, engine: &Engine, by: By, acts: Vec<Act>, key: &str) -> Result<(), StoreError> {
        let gone = key.to_owned();
        let ended = engine.noted::<(), StoreError, _>(by, acts, move |tx| {
            let gone = gone.clone();
            Box::pin(async move { tx.close_session(&gone).await.map(drop) })
        });
        let ended = ended.await;
        self.forget(key);
        ended
    }

    /// Has the account of every session read again at its next request.
    pub(crate) fn drop_copies(&self, account: UserId) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, session| session.account.id != account);
    }

    /// The same for every account.
    pub(crate) fn drop_all_copies(&self) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn remember(&self, token: &str, stored: &store::Session, account: Account, standing: Standing) -> Arc<Session> {
        self.insert(token, stored, account, standing, None)
    }

    fn insert(
        &self,
        token: &str,
        stored: &store::Session,
        account: Account,
        standing: Standing,
        program: Option<Token>,
    ) -> Arc<Session> {
        let has_password = !account.password_hash.is_empty();
        let account = Account { password_hash: String::new(), ..account };
        let hash = stored.token_hash.clone();
        let session = Arc::new(Session {
            account,
            csrf: token::csrf(token),
            proved: stored.proved,
            standing,
            has_password,
            entrance: stored.entrance,
            token: program,
            browser: stored.browser.clone(),
            hash: hash.clone(),
            expires: stored.expires,
            checked: Instant::now(),
        });
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KEPT {
            known.retain(|_, session| session.checked.elapsed() < FRESH);
        }
        known.insert(hash, session.clone());
        session
    }

    pub(crate) fn forget(&self, hash: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }
}

/// When a session ends that began then and is used now.
fn ends(policy: &Policy, created: Timestamp, now: Timestamp) -> Timestamp {
    (now + policy.idle()).min(created + policy.longest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_after_twelve_idle_hours_and_seven_days_at_most() {
        let start: Timestamp = "2025-11-10T08:00:00Z".parse().unwrap();
        let policy = Policy::default();
        assert_eq!(ends(&policy, start, start).to_string(), "2025-11-10T20:00:00Z");
        let late = start + SignedDuration::from_hours(7 * 24 - 1);
        assert_eq!(ends(&policy, start, late).to_string(), "2025-11-17T08:00:00Z");
    }

    #[test]
    fn what_was_ended_elsewhere_is_known_here_within_five_seconds() {
        assert!(FRESH <= Duration::from_secs(5));
    }
}
