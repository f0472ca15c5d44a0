//! Beginning a session, proving again who one is, and ending one.

use std::{borrow::Cow, sync::Arc};

use axum::http::{HeaderMap, HeaderValue};
use engine::{Act, Actor, By, Origin};
use jiff::SignedDuration;
use model::Timestamp;
use serde_json::{Value as Json, json};
use store::{Account, Entrance, StoreError, Waiting};
use zeroize::Zeroizing;

use super::{
    COOKIE, Carried, Session, SignedIn, carried, cookie, factor,
    keep::Beginning,
    limit::Tries,
    password, token,
    undone::{Undone, done},
};
use crate::{
    AppState,
    problem::{Kind, Problem},
};

/// Name of the cookie that carries a sign-in between its password and its code.
pub const TICKET: &str = "loam_ticket";

/// What waits for a code.
const WAITING: &str = "second-factor";

/// How long it waits.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// What was typed into a sign-in form.
pub struct Credentials<'r> {
    /// The login.
    pub login: &'r str,
    /// The password.
    pub password: &'r str,
    /// The code of a second factor, where it is sent along.
    pub code: Option<&'r str>,
    /// Where the request came from.
    pub origin: Origin,
    /// The request's headers, for a session that ends by this.
    pub headers: &'r HeaderMap,
}

/// A session that was begun.
pub struct Begun {
    /// The session.
    pub session: Arc<Session>,
    /// Its token, for a program.
    pub token: String,
    /// The cookie that carries it, for a browser.
    pub cookie: Option<HeaderValue>,
}

/// By what somebody who signs in proved who they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way {
    /// As the ledger names it.
    pub how: Cow<'static, str>,
    /// The name of the other sign-in service, where it was one.
    pub service: Option<String>,
    /// By which door.
    pub entrance: Entrance,
    /// When, where that was not now.
    pub proved: Option<Timestamp>,
}

impl Way {
    /// By something of ours.
    pub(crate) fn here(how: &'static str) -> Self {
        Self { how: how.into(), ..Self::default() }
    }

    /// By a second factor as well, just now.
    pub(crate) fn and(self, factor: &str) -> Self {
        Self { how: format!("{}+{factor}", self.how).into(), proved: None, ..self }
    }
}

/// How far a sign-in came.
pub enum Started {
    /// All the way.
    Begun(Begun),
    /// The password was right; a code must follow, with this ticket.
    NeedsCode(String),
}

/// Begins a session. An unknown login takes as long as a wrong password, and is counted and refused in the same words.
///
/// # Errors
/// [`Kind::WrongPassword`], [`Kind::WrongCode`], or [`Kind::TooMany`] after several wrong ones.
pub async fn sign_in(state: &AppState, credentials: Credentials<'_>) -> Result<Started, Problem> {
    let Credentials { login, password, code, origin, headers } = credentials;
    let login = login.trim();
    let engine = &state.engine;
    let policy = state.sessions.policy.now(engine.store()).await?;
    let tries = Tries::at(login, &origin.address);
    tries.begin(engine, &policy).await?;
    let account = engine.store().accounts().by_login(login).await.map_err(Problem::internal)?;
    let usable = account.clone().filter(|account| account.active && !account.password_hash.is_empty());
    let hash = usable.as_ref().map(|account| account.password_hash.clone());
    let fits = password::verify(&state.sessions.hashing, Zeroizing::new(password.to_owned()), hash).await?;
    let Some(usable) = usable.filter(|_| fits) else {
        refused(state, &tries, account.as_ref(), login, &origin, "wrong-password").await?;
        return Err(Problem::new(Kind::WrongPassword));
    };
    let needs = second_factor(state, &usable).await?;
    match (needs, code) {
        (false, _) => {}
        (true, None) => return Ok(Started::NeedsCode(ticket(state, &usable, &Way::here("password")).await?)),
        (true, Some(code)) => must_take(state, &tries, &usable, code, &origin).await?,
    }
    tries.right(engine).await?;
    let way = Way::here(if needs { "password+code" } else { "password" });
    begin(state, usable, origin, headers, way).await.map(Started::Begun)
}

/// Goes on with somebody whom another sign-in service knows: to a second factor of ours, if they have one and the service is
/// not trusted to have asked for another.
///
/// # Errors
/// The database failed.
pub(crate) async fn enter(
    state: &AppState,
    account: Account,
    origin: Origin,
    headers: &HeaderMap,
    way: Way,
) -> Result<Started, Problem> {
    if way.entrance == Entrance::Elsewhere && second_factor(state, &account).await? {
        return ticket(state, &account, &way).await.map(Started::NeedsCode);
    }
    begin(state, account, origin, headers, way).await.map(Started::Begun)
}

/// Whether an account has a second factor that a code or passkey must prove.
async fn second_factor(state: &AppState, account: &Account) -> Result<bool, Problem> {
    let store = state.engine.store();
    if store.codes().of(account.id).await.map_err(Problem::internal)?.is_some() {
        return Ok(true);
    }
    Ok(!store.passkeys().of(account.id).await.map_err(Problem::internal)?.is_empty())
}

/// Begins a session of an account that has proved who it is, in place of the one the browser had.
pub(crate) async fn begin(
    state: &AppState,
    account: Account,
    origin: Origin,
    headers: &HeaderMap,
    way: Way,
) -> Result<Begun, Problem> {
    let mut act = Act::new("session.begin", "account").on(account.id).fact("how", way.how.as_ref());
    if let Some(service) = way.service {
        act = act.fact("provider", service);
    }
    let now = state.engine.now();
    let beginning = Beginning {
        created: now,
        proved: way.proved.unwrap_or(now),
        entrance: way.entrance,
        old: cookie::read(headers, COOKIE).map(str::to_owned),
    };
    let by = By::account(&account, origin);
    let (token, session) = state.sessions.begin(&state.engine, by, vec![act], account.id, beginning).await?;
    let cookie = session_cookie(state, &token).await?;
    Ok(Begun { session, token, cookie })
}

async fn session_cookie(state: &AppState, token: &str) -> Result<Option<HeaderValue>, Problem> {
    let policy = state.sessions.policy.now(state.engine.store()).await?;
    let life = u64::from(policy.longest_hours) * 3600;
    Ok(cookie::hidden(COOKIE, token, Some(life), state.options.secure_cookies))
}

/// Keeps a sign-in whose first proof was right until its code comes.
async fn ticket(state: &AppState, account: &Account, way: &Way) -> Result<String, Problem> {
    let now = state.engine.now();
    let ticket = token::new()?;
    let waiting = Waiting {
        key: token::hash(&ticket),
        kind: WAITING.to_owned(),
        account: Some(account.id),
        value: json!({"how": way.how, "service": way.service}),
        expires: now + PATIENCE,
    };
    state.engine.store().waiting().keep(&waiting, now).await.map_err(Problem::internal)?;
    Ok(ticket)
}

/// The account whose sign-in waits under a ticket, if it still does and may still sign in.
///
/// # Errors
/// The database failed.
pub(crate) async fn ticketed(state: &AppState, ticket: &str) -> Result<Option<Account>, Problem> {
    let store = state.engine.store();
    let key = token::hash(ticket);
    let waiting = store.waiting().look(WAITING, &key, state.engine.now()).await.map_err(Problem::internal)?;
    let Some(id) = waiting.and_then(|waiting| waiting.account) else { return Ok(None) };
    let account = store.accounts().by_id(id).await.map_err(Problem::internal)?;
    Ok(account.filter(|account| account.active))
}

/// Uses a ticket up; answers what came before it, `None` when somebody else used it.
pub(crate) async fn use_ticket(state: &AppState, ticket: &str) -> Result<Option<Way>, Problem> {
    let key = token::hash(ticket);
    let taken = state.engine.store().waiting().take(WAITING, &key, state.engine.now()).await;
    let way = |waiting: Waiting| {
        let text = |name: &str| waiting.value.get(name).and_then(Json::as_str).map(str::to_owned);
        let service = text("service");
        let entrance = if service.is_some() { Entrance::Elsewhere } else { Entrance::Here };
        Way { how: text("how").unwrap_or_default().into(), service, entrance, proved: None }
    };
    Ok(taken.map_err(Problem::internal)?.map(way))
}

/// Goes on with a sign-in that waited for a code.
///
/// # Errors
/// [`Kind::SignInNeeded`] when it waits no more, [`Kind::WrongCode`], [`Kind::TooMany`].
pub async fn second_step(
    state: &AppState,
    ticket: &str,
    code: &str,
    origin: Origin,
    headers: &HeaderMap,
) -> Result<Begun, Problem> {
    let account = ticketed(state, ticket).await?.ok_or_else(|| Problem::new(Kind::SignInNeeded))?;
    let policy = state.sessions.policy.now(state.engine.store()).await?;
    let tries = Tries::at(&account.login, &origin.address);
    tries.begin(&state.engine, &policy).await?;
    must_take(state, &tries, &account, code, &origin).await?;
    let way = use_ticket(state, ticket).await?.ok_or_else(|| Problem::new(Kind::SignInNeeded))?;
    tries.right(&state.engine).await?;
    begin(state, account, origin, headers, way.and("code")).await
}

/// Takes a code, or notes that it was wrong.
async fn must_take(
    state: &AppState,
    tries: &Tries,
    account: &Account,
    code: &str,
    origin: &Origin,
) -> Result<(), Problem> {
    match factor::take(&state.engine, account, code, origin).await? {
        Some(_) => Ok(()),
        None => {
            refused(state, tries, Some(account), &account.login, origin, "wrong-code").await?;
            Err(Problem::new(Kind::WrongCode))
        }
    }
}

/// Puts a refused try onto the ledger, and the lock it brought about.
pub(super) async fn refused(
    state: &AppState,
    tries: &Tries,
    account: Option<&Account>,
    login: &str,
    origin: &Origin,
    reason: &str,
) -> Result<(), Problem> {
    let policy = state.sessions.policy.now(state.engine.store()).await?;
    let by = By::unknown(login, origin.clone());
    let act = Act::new("session.begin", "account").refused(reason);
    let act = account.map_or_else(|| act.clone(), |account| act.clone().on(account.id));
    state.engine.note(by.clone(), act).await.map_err(Problem::internal)?;
    // The same work for a login that is nobody's, so that the time taken tells nothing.
    if tries.locks(&state.engine, &policy).await? {
        let act = Act::new("account.lock", "account");
        let act = account.map_or_else(|| act.clone(), |account| act.clone().on(account.id));
        state.engine.note(by, act).await.map_err(Problem::internal)?;
    }
    Ok(())
}

/// Somebody who is signed in proves again who they are, by password or code. Their session gets a new token.
///
/// # Errors
/// [`Kind::WrongPassword`], [`Kind::WrongCode`], [`Kind::TooMany`].
pub async fn prove(
    state: &AppState,
    who: &SignedIn,
    password: Option<&str>,
    code: Option<&str>,
    headers: &HeaderMap,
) -> Result<Begun, Problem> {
    let engine = &state.engine;
    let policy = state.sessions.policy.now(engine.store()).await?;
    let account = engine.store().accounts().by_id(who.actor.user).await.map_err(Problem::internal)?;
    let account = account.ok_or_else(|| Problem::new(Kind::SignInNeeded))?;
    let origin = Origin::clone(&who.actor.origin);
    let tries = Tries::at(&account.login, &origin.address);
    tries.begin(engine, &policy).await?;
    if let Some(code) = code {
        must_take(state, &tries, &account, code, &origin).await?;
    } else {
        let hash = Some(account.password_hash.clone()).filter(|hash| !hash.is_empty());
        let typed = Zeroizing::new(password.unwrap_or_default().to_owned());
        if !password::verify(&state.sessions.hashing, typed, hash).await? {
            refused(state, &tries, Some(&account), &account.login, &origin, "wrong-password").await?;
            return Err(Problem::new(Kind::WrongPassword));
        }
    }
    tries.right(engine).await?;
    let act = Act::new("session.prove", "account").on(account.id);
    renew(state, &who.actor, vec![act], headers).await
}

/// Changes one's own password. Every session ends, and this one goes on with a new token.
///
/// # Errors
/// [`Kind::WrongPassword`], [`Kind::TooMany`], or [`Kind::Invalid`] with the rule that the new one breaks.
pub async fn change_password(
    state: &AppState,
    who: &SignedIn,
    current: &str,
    new: &str,
    headers: &HeaderMap,
) -> Result<Begun, Problem> {
    let engine = &state.engine;
    let policy = state.sessions.policy.now(engine.store()).await?;
    let account = engine.store().accounts().by_id(who.actor.user).await.map_err(Problem::internal)?;
    let account = account.ok_or_else(|| Problem::new(Kind::SignInNeeded))?;
    let origin = Origin::clone(&who.actor.origin);
    let tries = Tries::at(&account.login, &origin.address);
    tries.begin(engine, &policy).await?;
    let known = Some(account.password_hash.clone()).filter(|hash| !hash.is_empty());
    if !password::verify(&state.sessions.hashing, Zeroizing::new(current.to_owned()), known).await? {
        refused(state, &tries, Some(&account), &account.login, &origin, "wrong-password").await?;
        return Err(Problem::new(Kind::WrongPassword));
    }
    tries.right(engine).await?;
    let fits = password::check_new(&state.sessions.hashing, engine.store(), &policy, new, &account).await?;
    if let Err(rule) = fits {
        let sentence = rule.sentence(who.actor.locale);
        return Err(Problem::new(Kind::Invalid).error("password", rule.code(), sentence));
    }
    let hash = password::hash_aside(&state.sessions.hashing, Zeroizing::new(new.to_owned())).await?;
    let changed = engine.change_own_password((&who.actor).into(), account.id, hash).await;
    let account = changed.map_err(|error| crate::api::account::refused(error, who.actor.locale))?;
    state.sessions.drop_copies(account.id);
    // The change is the act, and ended every session; this one goes on.
    renew(state, &who.actor, Vec::new(), headers).await
}

/// Ends one of somebody's own sessions, named by its key; `false` when they have none like that.
///
/// # Errors
/// The database failed.
pub async fn end_own(state: &AppState, actor: &Actor, key: &str) -> Result<bool, Problem> {
    let (user, act) = (actor.user, Act::new("session.end-other", "account").on(actor.user));
    let gone = key.to_owned();
    let ended = state.engine.noted::<(), Undone, _>(actor, vec![act], move |tx| {
        let gone = gone.clone();
        Box::pin(async move { done(tx.close_session_of(user, &gone).await?) })
    });
    let ended = Undone::told(ended.await)?;
    state.sessions.forget(key);
    Ok(ended)
}

/// Ends all of somebody's own sessions but the one with this key.
///
/// # Errors
/// The database failed.
pub async fn end_others(state: &AppState, actor: &Actor, kept: &str) -> Result<(), Problem> {
    let (user, act) = (actor.user, Act::new("session.end-others", "account").on(actor.user));
    let kept = kept.to_owned();
    let ended = state.engine.noted::<(), StoreError, _>(actor, vec![act], move |tx| {
        let kept = kept.clone();
        Box::pin(async move { tx.close_other_sessions(user, &kept).await.map(drop) })
    });
    ended.await.map_err(Problem::internal)?;
    state.sessions.drop_copies(actor.user);
    Ok(())
}

/// Has the browser forget what it kept of us, at signing out.
pub const CLEAR: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

/// Puts a new token in place of the one a request came with; the session's longest life goes on. The acts are on the ledger
/// if and only if it does.
pub(crate) async fn renew(
    state: &AppState,
    who: &Actor,
    acts: Vec<Act>,
    headers: &HeaderMap,
) -> Result<Begun, Problem> {
    let now = state.engine.now();
    let mut beginning = Beginning { created: now, proved: now, entrance: Entrance::Here, old: None };
    if let Some(Carried::Cookie(old) | Carried::Bearer(old)) = carried(headers) {
        let found = state.engine.store().sessions().find(&token::hash(old), now).await.map_err(Problem::internal)?;
        if let Some((session, _, _)) = found {
            (beginning.created, beginning.entrance) = (session.created, session.entrance);
        }
        beginning.old = Some(old.to_owned());
    }
    let (token, session) = state.sessions.begin(&state.engine, By::from(who), acts, who.user, beginning).await?;
    let cookie = session_cookie(state, &token).await?;
    Ok(Begun { session, token, cookie })
}

/// Ends the session a request comes with; answers the cookie that forgets it.
///
/// # Errors
/// The database failed.
pub async fn sign_out(state: &AppState, headers: &HeaderMap, origin: Origin) -> Result<Option<HeaderValue>, Problem> {
    if let Some(Carried::Cookie(token) | Carried::Bearer(token)) = carried(headers)
        && let Some(session) = state.sessions.find(&state.engine, token, "").await?
        && session.token.is_none()
    {
        let act = Act::new("session.end", "account").on(session.account.id);
        state.sessions.end(&state.engine, By::account(&session.account, origin), act, token).await?;
    }
    Ok(cookie::hidden(COOKIE, "", Some(0), state.options.secure_cookies))
}
