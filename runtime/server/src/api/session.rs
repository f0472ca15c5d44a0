//! `/api/v1/session`: sign in, see who one is, sign out.

use axum::{
    Json,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use crate::{
    AppState,
    problem::Problem,
    session::{self, Credentials, Session, SignedIn},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    login: String,
    password: String,
    /// Whether the caller is a program that wants a bearer token instead of a cookie.
    #[serde(default)]
    token: bool,
}

fn shown(session: &Session) -> Value {
    let account = &session.account;
    json!({
        "account": {
            "id": account.id.to_string(),
            "login": account.login,
            "name": account.name,
            "person": account.person.map(|id| id.to_string()),
            "roles": account.roles,
            "locale": account.locale.tag(),
        },
        "csrf": session.csrf,
    })
}

/// Who is signed in, and the token that unsafe requests carry as `X-CSRF-Token`.
pub(crate) async fn show(who: SignedIn) -> Json<Value> {
    Json(shown(&who.session))
}

/// Signs in: `{"login", "password"}` answers with a cookie, with `"token": true` with a bearer token.
pub(crate) async fn begin(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, content) = request.into_parts();
    let content = axum::body::to_bytes(content, crate::reload::MOST_JSON).await.map_err(Problem::internal)?;
    let wanted: Begin = body::parse(&parts.headers, &content)?;
    let address = session::address(&state, &parts);
    // A program that asks for a token keeps whatever session its cookie has.
    let none = HeaderMap::new();
    let headers = if wanted.token { &none } else { &parts.headers };
    let credentials = Credentials { login: &wanted.login, password: &wanted.password, address, headers };
    let begun = session::sign_in(&state, credentials).await?;
    let mut answer = shown(&begun.session);
    if wanted.token {
        if let Some(members) = answer.as_object_mut() {
            members.remove("csrf");
            members.insert("token".into(), begun.token.into());
        }
        return Ok((StatusCode::CREATED, Json(answer)).into_response());
    }
    let mut response = (StatusCode::CREATED, Json(answer)).into_response();
    if let Some(cookie) = begun.cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Signs out; fine as well when nobody is signed in.
pub(crate) async fn end(State(state): State<AppState>, headers: HeaderMap, _: Bytes) -> Result<Response, Problem> {
    let forget = session::sign_out(&state, &headers).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(forget) = forget {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    Ok(response)
}
