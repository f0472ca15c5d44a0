//! Signing in and out, passwords, preferences, accounts: what is not records of the app.

use app::Area;
use axum::{
    body::Bytes,
    extract::{FromRequestParts, Path, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use engine::{AccountChange, AccountError};
use model::Locale;
use serde::Serialize;
use store::Account;

use super::{
    Answer, Visit, accounts, me,
    params::{Params, local},
    routes::{account_id, lasting, see_other, typed},
    shell,
    visit::missing,
};
use crate::{
    AppState,
    language::Language,
    problem::{Kind, Problem},
    session::{self, Credentials, Theme, Visitor, form, password},
};

/// What the view of the sign-in page shows.
#[derive(Debug, Default, Serialize)]
pub struct SignIn {
    /// The frame.
    pub shell: shell::Shell,
    /// What was typed.
    pub login: String,
    /// Where to go then.
    pub next: String,
    /// Why it was refused.
    pub fault: Option<String>,
    /// Sign-ins of a demo.
    pub hints: Vec<Hint>,
}

/// A sign-in of a demo.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Hint {
    /// Who that is.
    pub label: String,
    /// What to type.
    pub login: String,
    /// And the password.
    pub password: String,
}

/// The sign-in page.
pub(super) async fn sign_in_page(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let visitor = Visitor::from_request_parts(&mut parts, &state).await?;
    let query = Params::parse(parts.uri.query().unwrap_or_default());
    if visitor.session.is_some() {
        return Ok(see_other(local(query.get("next"), "/")));
    }
    let page = SignIn { next: local(query.get("next"), "/").to_owned(), ..SignIn::default() };
    answer(&state, &parts.headers, visitor.locale, visitor.theme, page)
}

fn answer(
    state: &AppState,
    headers: &axum::http::HeaderMap,
    locale: Locale,
    theme: Theme,
    page: SignIn,
) -> Result<Response, Problem> {
    let (token, cookie) = form::issue(state, headers)?;
    let edition = state.engine.edition();
    let here = Params::default().with("next", page.next.clone()).on("/sign-in");
    let mut shell = shell::bare(locale, theme.word(), &token, shell::brand(&edition.app, locale), &here);
    shell.title = crate::words::say(locale, "sign-in").to_owned();
    let hints = state.options.hints.iter().map(|hint| Hint {
        label: hint.label.get(locale).to_owned(),
        login: hint.login.clone(),
        password: hint.password.clone(),
    });
    let refused = page.fault.is_some();
    let page = SignIn { shell, hints: hints.collect(), ..page };
    let html = super::view::render(locale, "sign_in.html", page)?;
    let mut response = if refused { Answer::Refused(html) } else { Answer::Page(html) }.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Signs in.
pub(super) async fn sign_in(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.map_err(|_| Problem::new(Kind::TooLarge))?;
    let sent = typed(&body);
    let token = sent.get("csrf").unwrap_or_default();
    if !form::check(&parts.headers, token) {
        return Err(Problem::new(Kind::Forgery));
    }
    let login = sent.get("login").unwrap_or_default().to_owned();
    let next = local(sent.get("next"), "/").to_owned();
    let credentials = Credentials {
        login: &login,
        password: sent.get("password").unwrap_or_default(),
        address: session::address(&state, &parts),
        headers: &parts.headers,
    };
    match session::sign_in(&state, credentials).await {
        Ok(begun) => {
            let mut response = see_other(&next);
            if let Some(cookie) = begun.cookie {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Err(problem) if matches!(problem.kind, Kind::WrongPassword | Kind::TooMany) => {
            let locale = parts.extensions.get::<Language>().map_or(Locale::ZhCn, Language::settled);
            let fault = Some(problem.kind.title(locale).to_owned());
            let page = SignIn { login, next, fault, ..SignIn::default() };
            answer(&state, &parts.headers, locale, Theme::of(&parts.headers), page)
        }
        Err(problem) => Err(problem),
    }
}

/// Signs out.
pub(super) async fn sign_out(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let cookie = session::sign_out(&state, request.headers()).await?;
    let mut response = see_other("/sign-in");
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Keeps theme and language; anybody may, signed in or not.
pub(super) async fn preferences(body: Bytes) -> Response {
    let sent = typed(&body);
    let mut response = see_other(local(sent.get("back"), "/"));
    if let Some(theme) = sent.get("theme").filter(|theme| ["auto", "light", "dark"].contains(theme)) {
        lasting(response.headers_mut(), "theme", theme);
    }
    if let Some(locale) = sent.get("lang").and_then(Locale::parse) {
        lasting(response.headers_mut(), "lang", locale.tag());
    }
    response
}

/// Changes one's own password; every session ends but a new one.
pub(super) async fn change_password(
    State(state): State<AppState>,
    visit: Visit,
    headers: axum::http::HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let sent = typed(&body);
    let (old, new) = (sent.get("current").unwrap_or_default(), sent.get("password").unwrap_or_default());
    let accounts = visit.engine.store().accounts();
    let found = accounts.by_id(visit.actor.user).await.map_err(Problem::internal)?;
    let mut account = found.ok_or_else(missing)?;
    let known = Some(account.password_hash.clone());
    if !password::verify(&state.sessions.hashing, old.to_owned(), known).await? {
        return me::show(&visit, Some(visit.say("password-wrong").to_owned())).await.map(IntoResponse::into_response);
    }
    if let Some(fault) = unfit(&visit, new) {
        return me::show(&visit, Some(fault)).await.map(IntoResponse::into_response);
    }
    account.password_hash = password::hash_aside(&state.sessions.hashing, new.to_owned()).await?;
    accounts.save(&account).await.map_err(Problem::internal)?;
    state.sessions.end_all(&state.engine, account.id).await?;
    let credentials = Credentials { login: &account.login, password: new, address: String::new(), headers: &headers };
    let begun = session::sign_in(&state, credentials).await?;
    let mut response = see_other("/me?changed=1");
    if let Some(cookie) = begun.cookie {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::clone(&cookie));
    }
    Ok(response)
}

fn unfit(visit: &Visit, new: &str) -> Option<String> {
    let fits = new.chars().count() >= password::SHORTEST && new.len() <= password::LONGEST;
    (!fits).then(|| visit.say("password-short").to_owned())
}

fn roles_sent(sent: &Params) -> Vec<String> {
    sent.all("roles").map(str::to_owned).collect()
}

/// Makes an account.
pub(super) async fn add_account(State(state): State<AppState>, visit: Visit, body: Bytes) -> Result<Answer, Problem> {
    accounts::must_administer(&visit, &[Area::System])?;
    let sent = typed(&body);
    let login = sent.get("login").unwrap_or_default().trim().to_owned();
    let name = sent.get("name").map_or_else(|| login.clone(), |name| name.trim().to_owned());
    let new = sent.get("password").unwrap_or_default();
    let fault = if login.is_empty() { Some(visit.say("login-needed").to_owned()) } else { unfit(&visit, new) };
    if fault.is_some() {
        return accounts::show(&visit, fault).await;
    }
    let account = Account {
        id: visit.engine.new_id(),
        name,
        login,
        password_hash: password::hash_aside(&state.sessions.hashing, new.to_owned()).await?,
        person: None,
        roles: Vec::new(),
        active: true,
        locale: visit.locale(),
        created_at: visit.engine.now(),
    };
    match visit.engine.add_account(Some(&visit.actor), account).await {
        Ok(()) => Ok(Answer::To("/accounts?saved=1".to_owned())),
        Err(error) => refused(&visit, error).await,
    }
}

/// Gives an account other roles.
pub(super) async fn set_roles(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    accounts::must_administer(&visit, &[Area::Security])?;
    let change = AccountChange { roles: Some(roles_sent(&typed(&body))), ..AccountChange::default() };
    change_account(&state, &visit, &id, change).await
}

/// Disables an account, which ends its sessions, or lets it sign in again.
pub(super) async fn set_active(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    accounts::must_administer(&visit, &[Area::System])?;
    let change = AccountChange { active: Some(typed(&body).get("active") == Some("1")), ..AccountChange::default() };
    change_account(&state, &visit, &id, change).await
}

/// Gives an account another password; its sessions end.
pub(super) async fn reset_password(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    accounts::must_administer(&visit, &[Area::Security])?;
    let sent = typed(&body);
    let new = sent.get("password").unwrap_or_default();
    if let Some(fault) = unfit(&visit, new) {
        return accounts::show(&visit, Some(fault)).await;
    }
    let password_hash = Some(password::hash_aside(&state.sessions.hashing, new.to_owned()).await?);
    change_account(&state, &visit, &id, AccountChange { password_hash, ..AccountChange::default() }).await
}

async fn change_account(state: &AppState, visit: &Visit, id: &str, change: AccountChange) -> Result<Answer, Problem> {
    let id = account_id(id)?;
    let ends_sessions = change.password_hash.is_some() || change.active == Some(false);
    match visit.engine.change_account(Some(&visit.actor), id, change).await {
        Ok(_) if ends_sessions => state.sessions.end_all(&state.engine, id).await?,
        Ok(_) => state.sessions.drop_copies(id),
        Err(error) => return refused(visit, error).await,
    }
    Ok(Answer::To("/accounts?saved=1".to_owned()))
}

/// The accounts again, with why not: for what the reader can mend.
async fn refused(visit: &Visit, error: AccountError) -> Result<Answer, Problem> {
    let problem = crate::api::account::refused(error, visit.locale());
    match problem.errors.first().map(|fault| fault.message.clone()) {
        Some(fault) => accounts::show(visit, Some(fault)).await,
        None => Err(problem),
    }
}
