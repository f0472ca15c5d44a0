//! `POST /api/v1/accounts/{id}/unlock` and `DELETE /api/v1/accounts/{id}/factors`: help for somebody who cannot get in.

use app::Area;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use engine::Actor;
use model::UserId;
use store::Account;

use super::{must_administer, refused};
use crate::{
    AppState,
    api::record_id,
    problem::{Kind, Problem},
    session::{SignedIn, help},
};

async fn account(state: &AppState, by: &Actor, id: UserId) -> Result<Account, Problem> {
    let found = state.engine.account_for(by, id).await.map_err(Problem::internal)?;
    found.ok_or_else(|| Problem::new(Kind::NotFound))
}

/// Lifts the lock that wrong tries brought about; fine as well when there is none.
pub(crate) async fn unlock(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    must_administer(&who, &[Area::Security])?;
    lift(&state, &who.actor, record_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lifts an account's lock.
pub(crate) async fn lift(state: &AppState, by: &Actor, id: UserId) -> Result<(), Problem> {
    let account = account(state, by, id).await?;
    help::unlock(&state.engine, by.into(), &account).await.map_err(Problem::internal)
}

/// Takes away an account's second factors, so that its owner can set up new ones. Its sessions end.
pub(crate) async fn reset_factors(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    must_administer(&who, &[Area::Security])?;
    who.must_prove()?;
    take_factors(&state, &who.actor, record_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes away an account's second factors, if all its roles are the administrator's to give.
pub(crate) async fn take_factors(state: &AppState, by: &Actor, id: UserId) -> Result<(), Problem> {
    // One's own are removed under one's own account security, by whoever proves who they are.
    if by.user == id {
        return Err(Problem::new(Kind::Denied));
    }
    let account = state.engine.account_to_open(by, id, "factor.reset").await;
    let account = account.map_err(|error| refused(error, by.locale))?;
    help::reset_factors(&state.engine, by.into(), &account).await.map_err(Problem::internal)?;
    state.sessions.drop_copies(id);
    Ok(())
}
