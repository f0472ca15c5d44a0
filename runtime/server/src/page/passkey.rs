//! Passkeys: what a browser asks before it turns to the authenticator, and the forms that bring the answers.

use axum::{
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Response},
};
use engine::Act;
use model::Locale;

use super::{
    Answer, Visit, entry,
    params::{Params, local},
    proof,
    routes::typed,
    security,
    visit::record_id,
};
use crate::{
    AppState,
    language::Language,
    problem::{Kind, Problem},
    session::{
        self, SignedIn, Theme, Undone,
        begin::{self, TICKET},
        cookie, done, form,
        passkey::{self, Asked, Purpose, Site},
    },
};

/// A request of somebody who is not signed in, whose form has proved to be ours.
async fn opened(request: Request) -> Result<(Parts, Params), Problem> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.map_err(|_| Problem::new(Kind::TooLarge))?;
    let sent = typed(&body);
    let header = parts.headers.get("x-csrf-token").and_then(|value| value.to_str().ok());
    if form::check(&parts.headers, sent.get("csrf").or(header).unwrap_or_default()) {
        Ok((parts, sent))
    } else {
        Err(Problem::new(Kind::Forgery))
    }
}

/// What to ask of a passkey that signs in alone.
pub(super) async fn sign_in_options(State(state): State<AppState>, request: Request) -> Result<Answer, Problem> {
    let (parts, _) = opened(request).await?;
    state.sessions.pace.step(&session::address(&state, &parts), state.engine.now())?;
    let site = Site::of(&state, &parts.headers)?;
    let secret = form::held(&parts.headers);
    let asked = Asked { purpose: Purpose::SignIn, account: None, secret, site: &site };
    asked.options(&state).await.map(Answer::Json)
}

/// Signs in with a passkey alone.
pub(super) async fn sign_in(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, sent) = opened(request).await?;
    let site = Site::of(&state, &parts.headers)?;
    let secret = form::held(&parts.headers);
    let asked = Asked { purpose: Purpose::SignIn, account: None, secret, site: &site };
    let next = local(sent.get("next"), "/").to_owned();
    let origin = session::origin(&state, &parts, None);
    let answer = sent.get("passkey").unwrap_or_default();
    match passkey::sign_in(&state, &asked, answer, origin, &parts.headers).await {
        Ok(begun) => Ok(proof::led_on(begun, &next)),
        Err(problem) if matches!(problem.kind, Kind::WrongPasskey | Kind::TooMany) => {
            let locale = parts.extensions.get::<Language>().map_or(Locale::ZhCn, Language::settled);
            let fault = Some(problem.kind.title(locale).to_owned());
            let page = entry::SignIn { next, fault, ..entry::SignIn::default() };
            entry::answer(&state, &parts.headers, locale, Theme::of(&parts.headers), page).await
        }
        Err(problem) => Err(problem),
    }
}

/// What to ask of a passkey after the password.
pub(super) async fn second_options(State(state): State<AppState>, request: Request) -> Result<Answer, Problem> {
    let (parts, _) = opened(request).await?;
    state.sessions.pace.step(&session::address(&state, &parts), state.engine.now())?;
    let site = Site::of(&state, &parts.headers)?;
    let ticket = cookie::read(&parts.headers, TICKET).unwrap_or_default();
    let account = begin::ticketed(&state, ticket).await?.ok_or_else(|| Problem::new(Kind::SignInNeeded))?;
    let asked = Asked { purpose: Purpose::Second, account: Some(&account), secret: ticket, site: &site };
    asked.options(&state).await.map(Answer::Json)
}

/// What to ask of a passkey that proves again who one is.
pub(super) async fn prove_options(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
) -> Result<Answer, Problem> {
    options(&state, &who, &headers, Purpose::Prove).await
}

/// What to ask of a new passkey.
pub(super) async fn options_of_new(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
) -> Result<Answer, Problem> {
    who.must_prove()?;
    options(&state, &who, &headers, Purpose::Register).await
}

async fn options(state: &AppState, who: &SignedIn, headers: &HeaderMap, purpose: Purpose) -> Result<Answer, Problem> {
    state.sessions.pace.step(&who.actor.origin.address, who.actor.now)?;
    let site = Site::of(state, headers)?;
    let asked = Asked { purpose, account: Some(who.account()), secret: who.session.key(), site: &site };
    asked.options(state).await.map(Answer::Json)
}

/// Keeps a new passkey.
pub(super) async fn register(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    if !visit.proven() {
        return Ok(visit.prove_first("/security").into_response());
    }
    let site = Site::of(&state, &headers)?;
    let sent = typed(&body);
    let name = sent.get("name").map_or_else(|| security::device(&who.actor.origin.device), str::to_owned);
    let answer = sent.get("passkey").unwrap_or_default();
    match passkey::register(&state, &who, &site, answer, &name).await {
        Ok(()) => Ok(Answer::To("/security?saved=1".to_owned()).into_response()),
        Err(problem) if problem.kind == Kind::WrongPasskey => {
            let fault = problem.kind.title(visit.locale()).to_owned();
            security::show(&state, &visit, Some(fault)).await.map(IntoResponse::into_response)
        }
        Err(problem) => Err(problem),
    }
}

/// Forgets a passkey.
pub(super) async fn remove(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Answer, Problem> {
    if !visit.proven() {
        return Ok(visit.prove_first("/security"));
    }
    let (store, user, id) = (visit.engine.store(), visit.actor.user, record_id(&id)?);
    let known = passkey::of(&state, user).await?;
    let Some(gone) = known.iter().find(|passkey| passkey.id == id) else { return Err(super::visit::missing()) };
    let policy = state.sessions.policy.now(store).await?;
    let code = store.codes().of(user).await.map_err(Problem::internal)?;
    if policy.asks_factor(visit.actor.area()) && known.len() == 1 && code.is_none() {
        return security::show(&state, &visit, Some(visit.say("factor-stays").to_owned())).await;
    }
    let act = Act::new("factor.remove", "account").on(user).fact("kind", "passkey").fact("name", gone.name.as_str());
    let removed = visit.engine.noted::<(), Undone, _>(visit.actor.as_ref(), vec![act], move |tx| {
        Box::pin(async move { done(tx.drop_passkey(user, id).await?) })
    });
    Undone::told(removed.await)?;
    state.sessions.drop_copies(user);
    Ok(Answer::To("/security?saved=1".to_owned()))
}
