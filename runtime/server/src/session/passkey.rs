//! Passkeys (WebAuthn): a key pair in somebody's phone, computer or stick, of which we hold the public half. One alone signs
//! in, since it is theirs and they unlocked it; it is also a second factor beside a password, and a fresh proof.
//!
//! The name a passkey is bound to is the one the browser used for us; an address of numbers has none. What an authenticator
//! says about its make is neither asked for nor looked at. Reading and checking answers is in [`answer`].
//!
//! INVARIANT: a challenge is ours, for one purpose and one browser, for five minutes, and gone as soon as it is answered.

mod answer;

use std::net::Ipv4Addr;

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use engine::{Act, Origin};
use jiff::SignedDuration;
use model::UserId;
use serde_json::{Value as Json, json};
use store::{Account, Passkey, Waiting};

use super::{
    Begun, SignedIn,
    begin::{self, Way},
    limit::Tries,
    token,
    undone::{Undone, done},
};
use crate::{
    AppState,
    problem::{Kind, Problem},
};

/// How long a challenge waits.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// Most passkeys of one account.
const MOST: usize = 20;

/// Longest name of a passkey, in characters.
const LONGEST_NAME: usize = 100;

/// Us as the browser knows us: a passkey is bound to the name, an answer to the whole origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    name: String,
    origin: String,
}

impl Site {
    /// Reads the `Host` the browser used.
    ///
    /// # Errors
    /// [`Kind::BadRequest`] when that is no name: passkeys are bound to names.
    pub(crate) fn of(state: &AppState, headers: &HeaderMap) -> Result<Self, Problem> {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        Self::at(host, state.options.secure_cookies).ok_or_else(|| {
            Problem::new(Kind::BadRequest).detail("passkeys need an address with a name, not with numbers")
        })
    }

    fn at(host: &str, secure: bool) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let name = host.split_once(':').map_or(host.as_str(), |(name, _)| name);
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
        if !plain || name.parse::<Ipv4Addr>().is_ok() {
            return None;
        }
        let scheme = if secure { "https" } else { "http" };
        Some(Self { name: name.to_owned(), origin: format!("{scheme}://{host}") })
    }
}

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To make a passkey.
    Register,
    /// To sign in with nothing else.
    SignIn,
    /// To go on after the password.
    Second,
    /// To prove again who one is.
    Prove,
}

impl Purpose {
    fn kind(self) -> &'static str {
        match self {
            Self::Register => "passkey-register",
            Self::SignIn => "passkey-sign-in",
            Self::Second => "passkey-second",
            Self::Prove => "passkey-prove",
        }
    }
}

/// Who is asked, as what, and by which browser: the secret is one that only that browser holds.
pub(crate) struct Asked<'r> {
    /// What for.
    pub purpose: Purpose,
    /// Whose passkey; `None` when that is what the answer tells.
    pub account: Option<&'r Account>,
    /// What the browser's cookie holds.
    pub secret: &'r str,
    /// Us as that browser knows us.
    pub site: &'r Site,
}

impl Asked<'_> {
    /// Keeps a new challenge.
    async fn challenge(&self, state: &AppState) -> Result<String, Problem> {
        let now = state.engine.now();
        let challenge = token::new()?;
        let waiting = Waiting {
            key: token::hash(&challenge),
            kind: self.purpose.kind().to_owned(),
            account: self.account.map(|account| account.id),
            value: json!({"browser": token::hash(self.secret)}),
            expires: now + PATIENCE,
        };
        state.engine.store().waiting().keep(&waiting, now).await.map_err(Problem::internal)?;
        Ok(challenge)
    }

    /// Uses a challenge up; `false` when it is not one of ours for this.
    async fn take(&self, state: &AppState, challenge: &str) -> Result<bool, Problem> {
        let (kind, key) = (self.purpose.kind(), token::hash(challenge));
        let taken = state.engine.store().waiting().take(kind, &key, state.engine.now()).await;
        let Some(waiting) = taken.map_err(Problem::internal)? else { return Ok(false) };
        let browser = waiting.value.get("browser").and_then(Json::as_str).unwrap_or_default();
        let same = token::same(browser, &token::hash(self.secret));
        Ok(same && waiting.account == self.account.map(|account| account.id))
    }

    /// What the browser hands to the authenticator; bytes are in base 64 for addresses.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn options(&self, state: &AppState) -> Result<Json, Problem> {
        let challenge = self.challenge(state).await?;
        let known = match self.account {
            Some(account) => of(state, account.id).await?,
            None => Vec::new(),
        };
        let known: Vec<&str> = known.iter().map(|passkey| passkey.credential.as_str()).collect();
        let milliseconds = PATIENCE.as_millis();
        let Some(account) = self.account.filter(|_| self.purpose == Purpose::Register) else {
            return Ok(json!({"challenge": challenge, "rp": self.site.name, "known": known, "timeout": milliseconds}));
        };
        let user = json!({
            "id": URL_SAFE_NO_PAD.encode(account.id.as_bytes()),
            "name": account.login,
            "displayName": account.name,
        });
        let rp = &self.site.name;
        Ok(json!({"challenge": challenge, "rp": rp, "known": known, "user": user, "timeout": milliseconds}))
    }

    /// The account whose passkey answers. A refused answer is on the ledger, counts as a wrong try, and uses the challenge up.
    ///
    /// # Errors
    /// [`Kind::WrongPasskey`], [`Kind::TooMany`].
    async fn prove(&self, state: &AppState, answer: &str, origin: &Origin) -> Result<Account, Problem> {
        let store = state.engine.store();
        let used = answer::Used::read(answer);
        let named = used.as_ref().map(|used| used.credential.as_str()).unwrap_or_default();
        let passkey = store.passkeys().named(named).await.map_err(Problem::internal)?;
        let account = match (self.account, &passkey) {
            (Some(account), _) => Some(account.clone()),
            (None, Some(passkey)) => store.accounts().by_id(passkey.account).await.map_err(Problem::internal)?,
            (None, None) => None,
        };
        // Tries with a passkey that is nobody's are counted by what they call it.
        let counted = account.as_ref().map_or_else(|| format!("passkey {named}"), |account| account.login.clone());
        let tries = Tries::at(&counted, &origin.address);
        let policy = state.sessions.policy.now(store).await?;
        tries.begin(&state.engine, &policy).await?;
        let reason = match used {
            Ok(used) => self.fits(state, &used, passkey.as_ref(), account.as_ref()).await?.err(),
            Err(fault) => Some(fault.code()),
        };
        match (reason, account) {
            (None, Some(account)) => {
                tries.right(&state.engine).await?;
                Ok(account)
            }
            (reason, account) => {
                let login = account.as_ref().map(|account| account.login.as_str()).unwrap_or_default();
                let reason = reason.unwrap_or("unknown-passkey");
                begin::refused(state, &tries, account.as_ref(), login, origin, reason).await?;
                Err(Problem::new(Kind::WrongPasskey))
            }
        }
    }

    /// Whether an answer is right, or the rule it breaks.
    async fn fits(
        &self,
        state: &AppState,
        used: &answer::Used,
        passkey: Option<&Passkey>,
        account: Option<&Account>,
    ) -> Result<Result<(), &'static str>, Problem> {
        // First of all, so that no answer is looked at twice.
        if !self.take(state, &used.client.challenge).await? {
            return Ok(Err("wrong-challenge"));
        }
        let (Some(passkey), Some(account)) = (passkey, account) else { return Ok(Err("unknown-passkey")) };
        if passkey.account != account.id || !used.is_of(account.id) {
            return Ok(Err("other-account"));
        }
        if !account.active {
            return Ok(Err("account-closed"));
        }
        let count = match used.check(self.site, &passkey.public_key) {
            Ok(count) => i64::from(count),
            Err(fault) => return Ok(Err(fault.code())),
        };
        let passkeys = state.engine.store().passkeys();
        let counted = passkeys.used(passkey.id, count, state.engine.now()).await.map_err(Problem::internal)?;
        // The count went back, or stood still: somebody else may hold a copy.
        Ok(if counted { Ok(()) } else { Err("passkey-copied") })
    }
}

/// The passkeys of an account.
///
/// # Errors
/// The database failed.
pub(crate) async fn of(state: &AppState, account: UserId) -> Result<Vec<Passkey>, Problem> {
    state.engine.store().passkeys().of(account).await.map_err(Problem::internal)
}

/// Signs in with a passkey and nothing else.
///
/// # Errors
/// [`Kind::WrongPasskey`], [`Kind::TooMany`].
pub(crate) async fn sign_in(
    state: &AppState,
    asked: &Asked<'_>,
    answer: &str,
    origin: Origin,
    headers: &HeaderMap,
) -> Result<Begun, Problem> {
    let account = asked.prove(state, answer, &origin).await?;
    begin::begin(state, account, origin, headers, Way::here("passkey")).await
}

/// Goes on with a sign-in whose password was right; the ticket is what the challenge was bound to.
///
/// # Errors
/// [`Kind::SignInNeeded`] when it waits no more, [`Kind::WrongPasskey`], [`Kind::TooMany`].
pub(crate) async fn second_step(
    state: &AppState,
    asked: &Asked<'_>,
    answer: &str,
    origin: Origin,
    headers: &HeaderMap,
) -> Result<Begun, Problem> {
    let account = asked.prove(state, answer, &origin).await?;
    let way = begin::use_ticket(state, asked.secret).await?.ok_or_else(|| Problem::new(Kind::SignInNeeded))?;
    begin::begin(state, account, origin, headers, way.and("passkey")).await
}

/// Somebody who is signed in proves again who they are. Their session gets a new token.
///
/// # Errors
/// [`Kind::WrongPasskey`], [`Kind::TooMany`].
pub(crate) async fn prove(
    state: &AppState,
    who: &SignedIn,
    site: &Site,
    answer: &str,
    headers: &HeaderMap,
) -> Result<Begun, Problem> {
    let asked = Asked { purpose: Purpose::Prove, account: Some(who.account()), secret: who.session.key(), site };
    let account = asked.prove(state, answer, &who.actor.origin).await?;
    let act = Act::new("session.prove", "account").on(account.id).fact("how", "passkey");
    begin::renew(state, &who.actor, vec![act], headers).await
}

/// Keeps a new passkey of somebody who is signed in.
///
/// # Errors
/// [`Kind::WrongPasskey`], also for one that is kept already, and when there are too many.
pub(crate) async fn register(
    state: &AppState,
    who: &SignedIn,
    site: &Site,
    answer: &str,
    name: &str,
) -> Result<(), Problem> {
    let account = who.account();
    let asked = Asked { purpose: Purpose::Register, account: Some(account), secret: who.session.key(), site };
    let name: String = name.trim().chars().take(LONGEST_NAME).collect();
    let act = Act::new("factor.set", "account").on(account.id).fact("kind", "passkey").fact("name", name.as_str());
    let made = match made(state, &asked, answer).await? {
        Ok(made) => made,
        Err(reason) => {
            state.engine.note(&who.actor, act.refused(reason)).await.map_err(Problem::internal)?;
            return Err(Problem::new(Kind::WrongPasskey));
        }
    };
    let passkey = Passkey {
        id: state.engine.new_id(),
        account: account.id,
        credential: made.credential,
        public_key: made.key,
        count: i64::from(made.count),
        name,
        made: state.engine.now(),
        used: None,
    };
    let kept = state.engine.noted::<(), Undone, _>(&who.actor, vec![act.clone()], move |tx| {
        let passkey = passkey.clone();
        Box::pin(async move { done(tx.add_passkey(&passkey).await?) })
    });
    // Somebody else may have brought the same key at the same moment.
    if !Undone::told(kept.await)? {
        state.engine.note(&who.actor, act.refused("passkey-known")).await.map_err(Problem::internal)?;
        return Err(Problem::new(Kind::WrongPasskey));
    }
    state.sessions.drop_copies(account.id);
    Ok(())
}

async fn made(
    state: &AppState,
    asked: &Asked<'_>,
    answer: &str,
) -> Result<Result<answer::Made, &'static str>, Problem> {
    let new = match answer::New::read(answer) {
        Ok(new) => new,
        Err(fault) => return Ok(Err(fault.code())),
    };
    if !asked.take(state, &new.client.challenge).await? {
        return Ok(Err("wrong-challenge"));
    }
    let made = match new.check(asked.site) {
        Ok(made) => made,
        Err(fault) => return Ok(Err(fault.code())),
    };
    let passkeys = state.engine.store().passkeys();
    if passkeys.named(&made.credential).await.map_err(Problem::internal)?.is_some() {
        return Ok(Err("passkey-known"));
    }
    let own = match asked.account {
        Some(account) => of(state, account.id).await?.len(),
        None => 0,
    };
    Ok(if own < MOST { Ok(made) } else { Err("too-many-passkeys") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_is_bound_to_a_name() {
        let site = Site::at("HR.Example.com:8443", true).unwrap();
        assert_eq!((site.name.as_str(), site.origin.as_str()), ("hr.example.com", "https://hr.example.com:8443"));
        assert_eq!(Site::at("localhost", false).unwrap().origin, "http://localhost");
        for bad in ["127.0.0.1:8080", "[::1]:8080", "", "a b", "user@host"] {
            assert_eq!(Site::at(bad, false), None, "{bad}");
        }
    }
}
