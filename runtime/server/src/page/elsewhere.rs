//! Leaving for another sign-in service and coming back from it: to sign in, to tie who one is there to one's account, to prove
//! again who one is.
//!
//! Signing in begins with a link. The other two begin with a form, so that no other site begins them; since a form may lead to
//! our own addresses only, its answer is a page that leads on.

use axum::{
    body::Bytes,
    extract::{FromRequestParts, Path, Request, State},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Response},
};
use engine::{Act, By};
use model::{Locale, Timestamp};
use serde::Serialize;

use super::{
    Answer, Visit, entry,
    params::{Params, local},
    proof,
    routes::{see_other, typed},
    security, shell,
    visit::missing,
};
use crate::{
    AppState,
    language::Language,
    problem::Problem,
    session::{
        self, SignedIn, Started, Theme, Visitor,
        begin::{self, Way},
        elsewhere::{
            self, Known, Leaving, Purpose, Refusal, Returned, Stop,
            provider::Provider,
            tie::{self, How},
        },
        form,
    },
};

/// What the page that leads on shows.
#[derive(Debug, Default, Serialize)]
pub struct Onward {
    /// The frame.
    pub shell: shell::Shell,
    /// What people call the service.
    pub who: String,
    /// Its address.
    pub to: String,
}

/// A service as pages offer it.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Service {
    /// Its name in addresses.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Where signing in by it begins.
    pub href: String,
}

/// The services somebody may sign in by, as a page offers them.
///
/// # Errors
/// The database failed.
pub async fn services(state: &AppState, locale: Locale, next: &str) -> Result<Vec<Service>, Problem> {
    let providers = state.sessions.elsewhere.providers.now(state.engine.store()).await?;
    let shown = providers.iter().filter(|provider| provider.active).map(|provider| Service {
        name: provider.name.clone(),
        label: provider.label(locale).to_owned(),
        href: Params::default().with("next", next).on(&format!("/sign-in/with/{}", provider.name)),
    });
    Ok(shown.collect())
}

/// The services that the reader is tied to and may sign in by, and those they are not tied to yet.
///
/// # Errors
/// The database failed.
pub async fn own(state: &AppState, visit: &Visit) -> Result<(Vec<Service>, Vec<Service>), Problem> {
    let store = visit.engine.store();
    let providers = state.sessions.elsewhere.providers.now(store).await?;
    let identities = store.identities().of(visit.session.account.id).await.map_err(Problem::internal)?;
    let tied = |service: &Service| {
        let provider = providers.iter().find(|provider| provider.name == service.name);
        provider.is_some_and(|provider| identities.iter().any(|identity| identity.issuer == provider.issuer))
    };
    Ok(services(state, visit.locale(), "/").await?.into_iter().partition(tied))
}

/// A provider of that name that is in use.
async fn active(state: &AppState, name: &str) -> Result<Option<Provider>, Problem> {
    let providers = state.sessions.elsewhere.providers.now(state.engine.store()).await?;
    Ok(providers.iter().find(|provider| provider.active && provider.name == name).cloned())
}

fn locale(parts: &Parts) -> Locale {
    parts.extensions.get::<Language>().map_or(Locale::ZhCn, Language::settled)
}

/// Leaves to sign in.
pub(super) async fn leave(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let visitor = Visitor::from_request_parts(&mut parts, &state).await?;
    let query = Params::parse(parts.uri.query().unwrap_or_default());
    let next = local(query.get("next"), "/").to_owned();
    if visitor.session.is_some() {
        return Ok(see_other(&next));
    }
    let provider = active(&state, &name).await?.ok_or_else(missing)?;
    if let Err(problem) = state.sessions.pace.step(&session::address(&state, &parts), state.engine.now()) {
        return again(&state, &parts, next, problem.kind.title(locale(&parts)).to_owned()).await;
    }
    let (secret, cookie) = form::issue(&state, &parts.headers)?;
    let leaving = Leaving {
        provider: &provider,
        purpose: Purpose::SignIn,
        account: None,
        secret: &secret,
        next: &next,
        headers: &parts.headers,
    };
    match leaving.address(&state).await {
        Ok(to) => {
            let mut response = see_other(&to);
            if let Some(cookie) = cookie {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Err(stop) => refused(&state, &parts, Some(&provider), next, stop, None).await,
    }
}

/// The sign-in page again, with why not.
async fn again(state: &AppState, parts: &Parts, next: String, fault: String) -> Result<Response, Problem> {
    let page = entry::SignIn { next, fault: Some(fault), ..entry::SignIn::default() };
    entry::answer(state, &parts.headers, locale(parts), Theme::of(&parts.headers), page).await
}

/// Puts a refused sign-in onto the ledger, and tells why.
async fn refused(
    state: &AppState,
    parts: &Parts,
    provider: Option<&Provider>,
    next: String,
    stop: Stop,
    known: Option<&Known>,
) -> Result<Response, Problem> {
    let refusal = match stop {
        Stop::Refused(refusal) => refusal,
        Stop::Failed(problem) => return Err(problem),
    };
    let mut act = Act::new("session.begin", "account").refused(refusal.reason());
    if let Some(provider) = provider {
        act = act.fact("provider", provider.name.as_str());
    }
    let subject = known.map(|known| known.subject.as_str());
    if let Some(subject) = subject {
        act = act.detail("subject", subject);
    }
    let by = By::unknown("", session::origin(state, parts, None));
    state.engine.note(by, act).await.map_err(Problem::internal)?;
    let locale = locale(parts);
    let mut fault = refusal.sentence(locale, provider.map(|provider| provider.label(locale)).unwrap_or_default());
    // Whoever ties accounts needs to know it, and only its owner can tell.
    if let (Refusal::Nobody("unknown-identity"), Some(subject)) = (refusal, subject) {
        fault.push_str(&crate::words::fill(locale, "elsewhere-subject", &[("subject", subject)]));
    }
    again(state, parts, next, fault).await
}

/// Somebody comes back, for whatever they left.
pub(super) async fn back(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let query = Params::parse(parts.uri.query().unwrap_or_default());
    if let Err(problem) = state.sessions.pace.step(&session::address(&state, &parts), state.engine.now()) {
        return again(&state, &parts, "/".to_owned(), problem.kind.title(locale(&parts)).to_owned()).await;
    }
    let provider = active(&state, &name).await?;
    let returned = elsewhere::returned(&state, &name, query.get("state").unwrap_or_default()).await?;
    let (Some(provider), Some(returned)) = (&provider, returned) else {
        return refused(&state, &parts, provider.as_ref(), "/".to_owned(), Refusal::Lost.into(), None).await;
    };
    if returned.purpose() != Purpose::SignIn {
        return came_back(&state, &mut parts, provider, &returned, &query).await;
    }
    let next = returned.next().to_owned();
    let known = match returned.known(&state, provider, form::held(&parts.headers), &query).await {
        Ok(known) => known,
        Err(stop) => return refused(&state, &parts, Some(provider), next, stop, None).await,
    };
    let origin = session::origin(&state, &parts, None);
    let account = match tie::account(&state, provider, &known, &origin).await {
        Ok(account) => account,
        Err(stop) => return refused(&state, &parts, Some(provider), next, stop, Some(&known)).await,
    };
    let way = Way {
        how: "elsewhere".into(),
        service: Some(provider.name.clone()),
        entrance: tie::entrance(provider),
        // Somebody let in there long ago has not just proved who is sitting here.
        proved: Some(known.proved.unwrap_or(Timestamp::UNIX_EPOCH).min(state.engine.now())),
    };
    match begin::enter(&state, account, origin, &parts.headers, way).await? {
        Started::Begun(begun) => Ok(proof::led_on(begun, &next)),
        Started::NeedsCode(ticket) => Ok(proof::to_code(&state, &ticket, &next)),
    }
}

/// Somebody who is signed in comes back.
async fn came_back(
    state: &AppState,
    parts: &mut Parts,
    provider: &Provider,
    returned: &Returned,
    query: &Params,
) -> Result<Response, Problem> {
    let Ok(who) = SignedIn::from_request_parts(parts, state).await else { return Ok(see_other("/sign-in")) };
    let Ok(visit) = Visit::from_request_parts(parts, state).await else { return Ok(see_other("/sign-in")) };
    let done = match returned.purpose() {
        Purpose::Prove => prove(state, &who, provider, returned, query, &parts.headers).await,
        _ => tie_own(state, &who, provider, returned, query).await,
    };
    let refusal = match done {
        Ok(response) => return Ok(response),
        Err(Stop::Failed(problem)) => return Err(problem),
        Err(Stop::Refused(refusal)) => refusal,
    };
    let proves = returned.purpose() == Purpose::Prove;
    // That a tie is taken is on the ledger already.
    if refusal != Refusal::Taken {
        let act = Act::new(if proves { "session.prove" } else { "identity.tie" }, "account")
            .on(who.actor.user)
            .fact("provider", provider.name.as_str())
            .refused(refusal.reason());
        state.engine.note(&who.actor, act).await.map_err(Problem::internal)?;
    }
    let fault = Some(refusal.sentence(visit.locale(), provider.label(visit.locale())));
    let answer = if proves {
        proof::prove_answer(state, &visit, returned.next().to_owned(), fault).await
    } else {
        security::show(state, &visit, fault).await
    };
    answer.map(IntoResponse::into_response)
}

async fn known(
    state: &AppState,
    who: &SignedIn,
    provider: &Provider,
    returned: &Returned,
    query: &Params,
) -> Result<Known, Stop> {
    if returned.account != Some(who.actor.user) {
        return Err(Refusal::Lost.into());
    }
    returned.known(state, provider, who.session.key(), query).await
}

async fn tie_own(
    state: &AppState,
    who: &SignedIn,
    provider: &Provider,
    returned: &Returned,
    query: &Params,
) -> Result<Response, Stop> {
    let known = known(state, who, provider, returned, query).await?;
    let by = By::from(&who.actor);
    tie::tie(&state.engine, by, provider, &known.subject, who.actor.user, How::Own).await?;
    Ok(see_other("/security?saved=1"))
}

async fn prove(
    state: &AppState,
    who: &SignedIn,
    provider: &Provider,
    returned: &Returned,
    query: &Params,
    headers: &HeaderMap,
) -> Result<Response, Stop> {
    let known = known(state, who, provider, returned, query).await?;
    let store = state.engine.store();
    let identity = store.identities().named(&provider.issuer, &known.subject).await.map_err(Problem::internal)?;
    if identity.is_none_or(|identity| identity.account != who.actor.user) {
        return Err(Refusal::Nobody("other-account").into());
    }
    let act = Act::new("session.prove", "account")
        .on(who.actor.user)
        .fact("how", "elsewhere")
        .fact("provider", provider.name.as_str());
    let begun = begin::renew(state, &who.actor, vec![act], headers).await?;
    Ok(proof::led_on(begun, returned.next()))
}

/// Leaves to tie who somebody is there to their account.
pub(super) async fn leave_to_tie(
    State(state): State<AppState>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Problem> {
    if !visit.proven() {
        return Ok(visit.prove_first("/security"));
    }
    let sent = typed(&body);
    let provider = active(&state, sent.get("provider").unwrap_or_default()).await?.ok_or_else(missing)?;
    onward(&state, &visit, &headers, &provider, Purpose::Tie, "/security").await
}

/// Leaves to prove again who somebody is.
pub(super) async fn leave_to_prove(
    State(state): State<AppState>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Problem> {
    let sent = typed(&body);
    let provider = active(&state, sent.get("provider").unwrap_or_default()).await?.ok_or_else(missing)?;
    let next = local(sent.get("next"), "/").to_owned();
    onward(&state, &visit, &headers, &provider, Purpose::Prove, &next).await
}

/// The page that leads on, or why not.
async fn onward(
    state: &AppState,
    visit: &Visit,
    headers: &HeaderMap,
    provider: &Provider,
    purpose: Purpose,
    next: &str,
) -> Result<Answer, Problem> {
    state.sessions.pace.step(&visit.actor.origin.address, visit.actor.now)?;
    let leaving = Leaving {
        provider,
        purpose,
        account: Some(visit.session.account.id),
        secret: visit.session.key(),
        next,
        headers,
    };
    let who = provider.label(visit.locale()).to_owned();
    match leaving.address(state).await {
        Ok(to) => {
            let brand = shell::brand(visit.app(), visit.locale());
            let mut shell = shell::bare(visit.locale(), &visit.theme, &visit.csrf, brand, "/security");
            shell.title = who.clone();
            super::view::render(visit.locale(), "onward.html", Onward { shell, who, to }).map(Answer::Page)
        }
        Err(Stop::Failed(problem)) => Err(problem),
        Err(Stop::Refused(refusal)) => {
            let fault = Some(refusal.sentence(visit.locale(), &who));
            match purpose {
                Purpose::Prove => proof::prove_answer(state, visit, next.to_owned(), fault).await,
                _ => security::show(state, visit, fault).await,
            }
        }
    }
}

/// Unties the reader's account from a provider.
pub(super) async fn untie(State(state): State<AppState>, visit: Visit, body: Bytes) -> Result<Answer, Problem> {
    if !visit.proven() {
        return Ok(visit.prove_first("/security"));
    }
    let sent = typed(&body);
    if tie::is_only_way(&state, &visit.session.account, visit.session.has_password).await? {
        return security::show(&state, &visit, Some(visit.say("identity-stays").to_owned())).await;
    }
    let issuer = sent.get("issuer").unwrap_or_default();
    tie::untie(&state, &visit.actor, issuer, visit.actor.user).await?;
    Ok(Answer::To("/security?saved=1".to_owned()))
}
