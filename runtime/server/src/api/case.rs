//! Workflows and their cases: `/api/v1/{app}/workflows/…`. Every act goes through the same doors as on pages.
//!
//! People are named by their login. A task is named by its number within its case.

pub mod act;
pub mod explain;
pub mod list;
pub mod migration;
pub mod moves;
pub mod replay;
pub mod show;
pub mod signature;
pub mod start;
pub mod statistics;
pub mod upload;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use engine::Actor;
use model::{Locale, RecordId, UserId, Uuid};
use serde_json::Value as Json;

use super::parameter::say;
use crate::{
    AppState,
    problem::{Kind, Problem},
};

/// The app at an address: one that is installed.
fn installed(actor: &Actor, app: &str) -> Result<(), Problem> {
    let known = actor.edition.app.parts().iter().any(|part| part.name == *app);
    if known { Ok(()) } else { Err(Problem::new(Kind::NotFound)) }
}

fn case_id(text: &str) -> Result<RecordId, Problem> {
    Uuid::parse_str(text).map_err(|_| Problem::new(Kind::NotFound))
}

fn answer(status: StatusCode, body: &Json) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// The accounts with these logins, in their order.
pub(crate) async fn accounts(state: &AppState, logins: &[String], locale: Locale) -> Result<Vec<UserId>, Problem> {
    let found = state.engine.store().accounts().by_logins(logins).await.map_err(Problem::internal)?;
    let id = |login: &String| found.iter().find(|account| account.login == *login).map(|account| account.id);
    let ids: Option<Vec<UserId>> = logins.iter().map(id).collect();
    ids.ok_or_else(|| {
        let message = say(locale, "没有这个账号", "there is no such account");
        Problem::new(Kind::Invalid).error("to", "reference", message)
    })
}
