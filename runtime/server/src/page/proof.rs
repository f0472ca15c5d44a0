//! Proving who one is: the code at sign-in, the password again before an act that matters, and the password that must be
//! changed before anything else.

use axum::{
    body::Bytes,
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use model::{Locale, UserId};
use serde::Serialize;

use super::{
    Answer, Visit,
    elsewhere::{self, Service},
    params::{Params, local},
    routes::{see_other, typed, typed_secret},
    shell,
};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::{
        self, Begun, SignedIn, Theme, Visitor,
        begin::{self, TICKET},
        cookie, form,
        passkey::{self, Asked, Purpose, Site},
        wiped::Sent,
    },
    words,
};

/// What the views show.
#[derive(Debug, Default, Serialize)]
pub struct Proof {
    /// The frame.
    pub shell: shell::Shell,
    /// Where to go then.
    pub next: String,
    /// Why it was refused.
    pub fault: Option<String>,
    /// Whether a code may be typed.
    pub code: bool,
    /// Whether a passkey may be used.
    pub passkey: bool,
    /// The other services they are tied to.
    pub services: Vec<Service>,
    /// Whether a password may be typed.
    pub password: bool,
    /// What a new password must be.
    pub rules: String,
}

/// The response that carries a session begun or renewed.
pub(super) fn led_on(begun: Begun, next: &str) -> Response {
    let mut response = see_other(next);
    if let Some(cookie) = begun.cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The step to the code: the ticket goes into a cookie of its own.
pub(super) fn to_code(state: &AppState, ticket: &str, next: &str) -> Response {
    let to = Params::default().with("next", next).on("/sign-in/code");
    let mut response = see_other(&to);
    if let Some(cookie) = cookie::hidden(TICKET, ticket, Some(300), state.options.secure_cookies) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The page that asks for the code at sign-in.
pub(super) async fn code_page(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let visitor = Visitor::from_request_parts(&mut parts, &state).await?;
    let query = Params::parse(parts.uri.query().unwrap_or_default());
    let next = local(query.get("next"), "/").to_owned();
    if visitor.session.is_some() {
        return Ok(see_other(&next));
    }
    let ticket = cookie::read(&parts.headers, TICKET).unwrap_or_default();
    let Some(account) = begin::ticketed(&state, ticket).await? else { return Ok(see_other("/sign-in")) };
    let proof = Proof { next, ..ways(&state, account.id).await? };
    code_answer(&state, &parts.headers, visitor.locale, visitor.theme, proof)
}

/// Which second factors an account has.
async fn ways(state: &AppState, account: UserId) -> Result<Proof, Problem> {
    let code = state.engine.store().codes().of(account).await.map_err(Problem::internal)?.is_some();
    let passkey = !passkey::of(state, account).await?.is_empty();
    Ok(Proof { code, passkey, ..Proof::default() })
}

fn code_answer(
    state: &AppState,
    headers: &HeaderMap,
    locale: Locale,
    theme: Theme,
    proof: Proof,
) -> Result<Response, Problem> {
    let (token, cookie) = form::issue(state, headers)?;
    let edition = state.engine.edition();
    let here = Params::default().with("next", proof.next.clone()).on("/sign-in/code");
    let mut shell = shell::bare(locale, theme.word(), &token, shell::brand(&edition.app, locale), &here);
    shell.title = words::say(locale, "code").to_owned();
    let refused = proof.fault.is_some();
    let html = super::view::render(locale, "sign_in_code.html", Proof { shell, ..proof })?;
    let mut response = if refused { Answer::Refused(html) } else { Answer::Page(html) }.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Takes the code at sign-in, or the answer of a passkey.
pub(super) async fn code(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.map_err(|_| Problem::new(Kind::TooLarge))?;
    let body = Sent::of(body);
    let sent = typed_secret(&body);
    if !form::check(&parts.headers, sent.get("csrf").unwrap_or_default()) {
        return Err(Problem::new(Kind::Forgery));
    }
    let next = local(sent.get("next"), "/").to_owned();
    let ticket = cookie::read(&parts.headers, TICKET).unwrap_or_default();
    let origin = session::origin(&state, &parts, None);
    let code = sent.get("code").unwrap_or_default();
    let waits = begin::ticketed(&state, ticket).await?;
    let begun = match (sent.get("passkey"), &waits) {
        (Some(answer), Some(account)) => {
            let site = Site::of(&state, &parts.headers)?;
            let asked = Asked { purpose: Purpose::Second, account: Some(account), secret: ticket, site: &site };
            passkey::second_step(&state, &asked, answer, origin, &parts.headers).await
        }
        _ => begin::second_step(&state, ticket, code, origin, &parts.headers).await,
    };
    match begun {
        Ok(begun) => {
            let mut response = led_on(begun, &next);
            if let Some(gone) = cookie::hidden(TICKET, "", Some(0), state.options.secure_cookies) {
                response.headers_mut().append(header::SET_COOKIE, gone);
            }
            Ok(response)
        }
        Err(problem) if matches!(problem.kind, Kind::WrongCode | Kind::WrongPasskey | Kind::TooMany) => {
            let Some(account) = waits else { return Ok(see_other("/sign-in")) };
            let language = parts.extensions.get::<crate::language::Language>();
            let locale = language.map_or(Locale::ZhCn, crate::language::Language::settled);
            let fault = Some(problem.kind.title(locale).to_owned());
            let proof = Proof { next, fault, ..ways(&state, account.id).await? };
            code_answer(&state, &parts.headers, locale, Theme::of(&parts.headers), proof)
        }
        // The sign-in waited too long, or was finished elsewhere.
        Err(problem) if problem.kind == Kind::SignInNeeded => Ok(see_other("/sign-in")),
        Err(problem) => Err(problem),
    }
}

/// The page that asks to prove again who one is.
pub(super) async fn prove_page(State(state): State<AppState>, visit: Visit) -> Result<Answer, Problem> {
    let next = local(visit.query.get("next"), "/").to_owned();
    prove_answer(&state, &visit, next, None).await
}

pub(super) async fn prove_answer(
    state: &AppState,
    visit: &Visit,
    next: String,
    fault: Option<String>,
) -> Result<Answer, Problem> {
    let ways = ways(state, visit.actor.user).await?;
    let (services, _) = elsewhere::own(state, visit).await?;
    let refused = fault.is_some();
    let proof = Proof { next, fault, services, password: visit.session.has_password, ..ways };
    let mut shell = shell::of(visit).await?;
    shell.title = visit.say("prove-title").to_owned();
    shell.width = "narrow";
    let page = super::view::render(visit.locale(), "prove.html", Proof { shell, ..proof })?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// Takes the proof; the session goes on with a new token.
pub(super) async fn prove(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    headers: HeaderMap,
    body: Sent,
) -> Result<Response, Problem> {
    let sent = typed_secret(&body);
    let next = local(sent.get("next"), "/").to_owned();
    let begun = begin::prove(&state, &who, sent.get("password"), sent.get("code"), &headers).await;
    proved(&state, &visit, next, begun).await
}

/// Takes the answer of a passkey as the proof.
pub(super) async fn prove_by_passkey(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let sent = typed(&body);
    let next = local(sent.get("next"), "/").to_owned();
    let site = Site::of(&state, &headers)?;
    let begun = passkey::prove(&state, &who, &site, sent.get("passkey").unwrap_or_default(), &headers).await;
    proved(&state, &visit, next, begun).await
}

/// Leads on, or says why not.
async fn proved(
    state: &AppState,
    visit: &Visit,
    next: String,
    begun: Result<Begun, Problem>,
) -> Result<Response, Problem> {
    const WRONG: [Kind; 4] = [Kind::WrongPassword, Kind::WrongCode, Kind::WrongPasskey, Kind::TooMany];
    match begun {
        Ok(begun) => Ok(led_on(begun, &next)),
        Err(problem) if WRONG.contains(&problem.kind) => {
            let fault = match problem.kind {
                Kind::WrongPassword => visit.say("password-wrong"),
                kind => kind.title(visit.locale()),
            };
            prove_answer(state, visit, next, Some(fault.to_owned())).await.map(IntoResponse::into_response)
        }
        Err(problem) => Err(problem),
    }
}

/// The page of a password that must be changed first.
pub(super) async fn password_page(State(state): State<AppState>, visit: Visit) -> Result<Answer, Problem> {
    password_answer(&state, &visit, None).await
}

pub(super) async fn password_answer(state: &AppState, visit: &Visit, fault: Option<String>) -> Result<Answer, Problem> {
    let rules = rules(state, visit).await?;
    let refused = fault.is_some();
    let mut shell =
        shell::bare(visit.locale(), &visit.theme, &visit.csrf, shell::brand(visit.app(), visit.locale()), "/password");
    shell.title = visit.say("change-password").to_owned();
    let page = super::view::render(visit.locale(), "password.html", Proof { shell, fault, rules, ..Proof::default() })?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// What a new password must be, as a sentence.
pub(super) async fn rules(state: &AppState, visit: &Visit) -> Result<String, Problem> {
    let policy = state.sessions.policy.now(visit.engine.store()).await?;
    let (n, kinds) = (policy.password_length.to_string(), policy.password_kinds.to_string());
    Ok(visit.fill("password-help", &[("n", &n), ("kinds", &kinds)]))
}

/// The headers of a browser that signs out.
pub(super) fn signed_out(cookie: Option<HeaderValue>) -> Response {
    let mut response = see_other("/sign-in");
    let headers = response.headers_mut();
    headers.insert("clear-site-data", begin::CLEAR);
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}
