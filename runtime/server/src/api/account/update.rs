//! `PATCH /api/v1/accounts/{id}`

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use serde::Deserialize;
use serde_json::Value;

use super::{check_password, check_roles, must_administer, read_locale, shown};
use crate::{
    AppState,
    api::{body, parameter::say, record_id},
    problem::{Kind, Problem},
    session::{SignedIn, password},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: Option<String>,
    password: Option<String>,
    roles: Option<Vec<String>>,
    active: Option<bool>,
    locale: Option<String>,
}

/// Changes what the body names. A new password, and being deactivated, ends the account's sessions.
pub(crate) async fn update(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Json<Value>, Problem> {
    must_administer(&who)?;
    let locale = who.actor.locale;
    let change: Change = body::parse(&headers, &content)?;
    let accounts = state.engine.store().accounts();
    let found = accounts.by_id(record_id(&id)?).await.map_err(Problem::internal)?;
    let mut account = found.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let mut problem = Problem::new(Kind::Invalid);
    if let Some(roles) = &change.roles {
        problem = check_roles(problem, roles, &who.actor);
    }
    if let Some(password) = &change.password {
        problem = check_password(problem, password, locale);
    }
    // Whoever locks themselves out may be the last who could let them in again.
    if account.id == who.actor.user && (change.active == Some(false) || change.roles.is_some()) {
        let message =
            say(locale, "不能停用自己或更改自己的角色", "one cannot deactivate oneself or change one's own roles");
        problem = problem.error(if change.roles.is_some() { "roles" } else { "active" }, "own", message);
    }
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    let ends_sessions = change.password.is_some() || change.active == Some(false);
    if let Some(name) = change.name {
        account.name = name.trim().to_owned();
    }
    if let Some(password) = change.password {
        account.password_hash = password::hash_aside(&state.sessions.hashing, password).await?;
    }
    account.roles = change.roles.unwrap_or(account.roles);
    account.active = change.active.unwrap_or(account.active);
    if let Some(tag) = change.locale {
        account.locale = read_locale(&tag, locale)?;
    }
    if !accounts.save(&account).await.map_err(Problem::internal)? {
        return Err(Problem::new(Kind::NotFound));
    }
    if ends_sessions {
        state.sessions.end_all(&state.engine, account.id).await?;
    } else {
        state.sessions.drop_copies(account.id);
    }
    Ok(Json(shown(&account)))
}
