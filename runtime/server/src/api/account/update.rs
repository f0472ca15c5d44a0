//! `PATCH /api/v1/accounts/{id}`

use app::Area;
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use engine::AccountChange;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{check_password, check_roles, must_administer, read_locale, refused, shown};
use crate::{
    AppState,
    api::{body, record_id},
    problem::{Kind, Problem},
    session::{SignedIn, password, wiped},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: Option<String>,
    #[serde(default, deserialize_with = "wiped::maybe")]
    password: Option<Zeroizing<String>>,
    roles: Option<Vec<String>>,
    active: Option<bool>,
    locale: Option<String>,
}

/// Changes what the body names: name, language and whether it may sign in for the system administrator, password and roles
/// for the security administrator. A new password, and being deactivated, ends the account's sessions.
pub(crate) async fn update(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: wiped::Sent,
) -> Result<Json<Value>, Problem> {
    must_administer(&who, &[Area::System, Area::Security])?;
    let locale = who.actor.locale;
    let id = record_id(&id)?;
    let change: Change = body::parse(&headers, &content)?;
    if change.roles.is_some() || change.password.is_some() {
        must_administer(&who, &[Area::Security])?;
        who.must_prove()?;
    }
    if change.name.is_some() || change.active.is_some() || change.locale.is_some() {
        must_administer(&who, &[Area::System])?;
    }
    let mut problem = Problem::new(Kind::Invalid);
    if let Some(roles) = &change.roles {
        problem = check_roles(problem, roles, &who.actor);
    }
    if let Some(password) = &change.password {
        let account = state.engine.account_for(&who.actor, id).await.map_err(Problem::internal)?;
        let account = account.ok_or_else(|| Problem::new(Kind::NotFound))?;
        let policy = state.sessions.policy.now(state.engine.store()).await?;
        problem = check_password(problem, &policy, password, &account.login, &account.name, locale);
    }
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    let password_hash = match change.password {
        Some(password) => Some(password::hash_aside(&state.sessions.hashing, password).await?),
        None => None,
    };
    let change = AccountChange {
        name: change.name.map(|name| name.trim().to_owned()),
        locale: change.locale.map(|tag| read_locale(&tag, locale)).transpose()?,
        active: change.active,
        roles: change.roles,
        password_hash,
        password_due: true,
    };
    let changed = state.engine.change_account(Some(&who.actor), id, change).await;
    let account = changed.map_err(|error| refused(error, locale))?;
    // Its sessions ended with the change, where they had to; copies in memory go too.
    state.sessions.drop_copies(account.id);
    let seen = state.engine.store().accounts().seen().await.map_err(Problem::internal)?;
    Ok(Json(shown(&account, seen.get(&account.id).copied())))
}
