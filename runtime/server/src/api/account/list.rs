//! `GET /api/v1/accounts` and `GET /api/v1/accounts/{id}`

use app::Area;
use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{must_administer, shown};
use crate::{
    AppState,
    api::record_id,
    problem::{Kind, Problem},
    session::SignedIn,
};

/// All accounts by login: `{"items": […]}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    must_administer(&who, &[Area::System, Area::Security])?;
    let accounts = state.engine.accounts_for(&who.actor).await.map_err(Problem::internal)?;
    let seen = state.engine.store().accounts().seen().await.map_err(Problem::internal)?;
    let items: Vec<Value> = accounts.iter().map(|account| shown(account, seen.get(&account.id).copied())).collect();
    Ok(Json(json!({"items": items})))
}

/// One account.
pub(crate) async fn one(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    must_administer(&who, &[Area::System, Area::Security])?;
    let account = state.engine.account_for(&who.actor, record_id(&id)?).await.map_err(Problem::internal)?;
    let account = account.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let seen = state.engine.store().accounts().seen().await.map_err(Problem::internal)?;
    Ok(Json(shown(&account, seen.get(&account.id).copied())))
}
