//! Signing in and out, passwords, preferences, accounts: what is not records of the app.

use app::Area;
use axum::{
    body::Bytes,
    extract::{FromRequestParts, Path, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use engine::{AccountChange, AccountError};
use model::Locale;
use serde::Serialize;
use store::Account;
use zeroize::Zeroizing;

use super::{
    Answer, Visit, accounts,
    elsewhere::{self, Service},
    me,
    params::{Params, local},
    proof,
    routes::{account_id, lasting, see_other, typed, typed_secret},
    shell,
    visit::missing,
};
use crate::{
    AppState,
    language::Language,
    problem::{Kind, Problem},
    session::{self, Begun, Credentials, SignedIn, Started, Theme, Visitor, begin, form, password, wiped::Sent},
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
    /// The other services to sign in by.
    pub services: Vec<Service>,
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
    answer(&state, &parts.headers, visitor.locale, visitor.theme, page).await
}

/// The sign-in page; refused, where it says why.
pub(super) async fn answer(
    state: &AppState,
    headers: &HeaderMap,
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
    let services = elsewhere::services(state, locale, &page.next).await?;
    let page = SignIn { shell, services, hints: hints.collect(), ..page };
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
    let body = Sent::of(body);
    let sent = typed_secret(&body);
    let token = sent.get("csrf").unwrap_or_default();
    if !form::check(&parts.headers, token) {
        return Err(Problem::new(Kind::Forgery));
    }
    let login = sent.get("login").unwrap_or_default().to_owned();
    let next = local(sent.get("next"), "/").to_owned();
    let credentials = Credentials {
        login: &login,
        password: sent.get("password").unwrap_or_default(),
        code: None,
        origin: session::origin(&state, &parts, None),
        headers: &parts.headers,
    };
    match session::sign_in(&state, credentials).await {
        Ok(Started::Begun(begun)) => Ok(proof::led_on(begun, &next)),
        Ok(Started::NeedsCode(ticket)) => Ok(proof::to_code(&state, &ticket, &next)),
        Err(problem) if matches!(problem.kind, Kind::WrongPassword | Kind::TooMany) => {
            let locale = parts.extensions.get::<Language>().map_or(Locale::ZhCn, Language::settled);
            let fault = Some(problem.kind.title(locale).to_owned());
            let page = SignIn { login, next, fault, ..SignIn::default() };
            answer(&state, &parts.headers, locale, Theme::of(&parts.headers), page).await
        }
        Err(problem) => Err(problem),
    }
}

/// Signs out.
pub(super) async fn sign_out(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let cookie = session::sign_out(&state, &parts.headers, session::origin(&state, &parts, None)).await?;
    Ok(proof::signed_out(cookie))
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

/// Changes one's own password; every session ends but this one, which goes on with a new token.
pub(super) async fn change_password(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    headers: HeaderMap,
    body: Sent,
) -> Result<Response, Problem> {
    match changed(&state, &who, &visit, &headers, &body).await? {
        Ok(begun) => Ok(proof::led_on(begun, "/me?changed=1")),
        Err(fault) => me::show(&state, &visit, Some(fault)).await.map(IntoResponse::into_response),
    }
}

/// Changes a password that must be changed before anything else.
pub(super) async fn change_due_password(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    headers: HeaderMap,
    body: Sent,
) -> Result<Response, Problem> {
    match changed(&state, &who, &visit, &headers, &body).await? {
        Ok(begun) => Ok(proof::led_on(begun, "/")),
        Err(fault) => proof::password_answer(&state, &visit, Some(fault)).await.map(IntoResponse::into_response),
    }
}

/// Changes a password, or says why not.
async fn changed(
    state: &AppState,
    who: &SignedIn,
    visit: &Visit,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Result<Begun, String>, Problem> {
    let sent = typed_secret(body);
    let (old, new) = (sent.get("current").unwrap_or_default(), sent.get("password").unwrap_or_default());
    match begin::change_password(state, who, old, new, headers).await {
        Ok(begun) => Ok(Ok(begun)),
        Err(problem) => match problem.kind {
            Kind::WrongPassword => Ok(Err(visit.say("password-wrong").to_owned())),
            Kind::TooMany => Ok(Err(problem.kind.title(visit.locale()).to_owned())),
            Kind::Invalid => Ok(Err(problem.errors.first().map(|fault| fault.message.clone()).unwrap_or_default())),
            _ => Err(problem),
        },
    }
}

/// The rule that a password for somebody breaks.
async fn unfit(state: &AppState, visit: &Visit, new: &str, login: &str, name: &str) -> Result<Option<String>, Problem> {
    let policy = state.sessions.policy.now(visit.engine.store()).await?;
    Ok(password::check(&policy, new, login, name).err().map(|rule| rule.sentence(visit.locale())))
}

fn roles_sent(sent: &Params) -> Vec<String> {
    sent.all("roles").map(str::to_owned).collect()
}

/// Makes an account.
pub(super) async fn add_account(State(state): State<AppState>, visit: Visit, body: Sent) -> Result<Answer, Problem> {
    accounts::must_administer(&visit, &[Area::System])?;
    let sent = typed_secret(&body);
    let login = sent.get("login").unwrap_or_default().trim().to_owned();
    let name = sent.get("name").map_or_else(|| login.clone(), |name| name.trim().to_owned());
    let new = sent.get("password").unwrap_or_default();
    let fault = if login.is_empty() {
        Some(visit.say("login-needed").to_owned())
    } else if new.is_empty() && accounts::may_lack_password(&state, &visit).await? {
        None
    } else {
        unfit(&state, &visit, new, &login, &name).await?
    };
    if fault.is_some() {
        return accounts::show(&state, &visit, fault).await;
    }
    let password_hash = match new {
        // Nobody signs in with it: its owner comes from elsewhere.
        "" => String::new(),
        new => password::hash_aside(&state.sessions.hashing, Zeroizing::new(new.to_owned())).await?,
    };
    let due = !password_hash.is_empty();
    let account = Account {
        id: visit.engine.new_id(),
        name,
        login,
        password_hash,
        person: None,
        roles: Vec::new(),
        active: true,
        locale: visit.locale(),
        created_at: visit.engine.now(),
    };
    match visit.engine.add_account(Some(&visit.actor), account, due).await {
        Ok(()) => Ok(Answer::To("/accounts?saved=1".to_owned())),
        Err(error) => refused(&state, &visit, error).await,
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
    if !visit.proven() {
        return Ok(visit.prove_first("/accounts"));
    }
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
    body: Sent,
) -> Result<Answer, Problem> {
    accounts::must_administer(&visit, &[Area::Security])?;
    if !visit.proven() {
        return Ok(visit.prove_first("/accounts"));
    }
    let found = visit.engine.account_for(&visit.actor, account_id(&id)?).await.map_err(Problem::internal)?;
    let account = found.ok_or_else(missing)?;
    let sent = typed_secret(&body);
    let new = sent.get("password").unwrap_or_default();
    if let Some(fault) = unfit(&state, &visit, new, &account.login, &account.name).await? {
        return accounts::show(&state, &visit, Some(fault)).await;
    }
    let password_hash = Some(password::hash_aside(&state.sessions.hashing, Zeroizing::new(new.to_owned())).await?);
    change_account(&state, &visit, &id, AccountChange { password_hash, password_due: true, ..AccountChange::default() })
        .await
}

/// Takes away the second factors of somebody who lost them.
pub(super) async fn reset_factors(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Answer, Problem> {
    accounts::must_administer(&visit, &[Area::Security])?;
    if !visit.proven() {
        return Ok(visit.prove_first("/accounts"));
    }
    match crate::api::account::unlock::take_factors(&state, &visit.actor, account_id(&id)?).await {
        Ok(()) => Ok(Answer::To("/accounts?saved=1".to_owned())),
        Err(problem) => again(&state, &visit, problem).await,
    }
}

async fn change_account(state: &AppState, visit: &Visit, id: &str, change: AccountChange) -> Result<Answer, Problem> {
    let id = account_id(id)?;
    match visit.engine.change_account(Some(&visit.actor), id, change).await {
        // Its sessions ended with the change, where they had to; copies in memory go too.
        Ok(_) => state.sessions.drop_copies(id),
        Err(error) => return refused(state, visit, error).await,
    }
    Ok(Answer::To("/accounts?saved=1".to_owned()))
}

async fn refused(state: &AppState, visit: &Visit, error: AccountError) -> Result<Answer, Problem> {
    again(state, visit, crate::api::account::refused(error, visit.locale())).await
}

/// The accounts again, with why not: for what the reader can mend.
async fn again(state: &AppState, visit: &Visit, problem: Problem) -> Result<Answer, Problem> {
    match problem.errors.first().map(|fault| fault.message.clone()) {
        Some(fault) => accounts::show(state, visit, Some(fault)).await,
        None => Err(problem),
    }
}
