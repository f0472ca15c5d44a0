//! `/api/v1/session`: sign in, see who one is, sign out.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::body;
use crate::{
    AppState,
    problem::{Kind, Problem},
    quiet,
    session::{self, Begun, Credentials, Session, SignedIn, Started, wiped},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    login: String,
    #[serde(deserialize_with = "wiped::text")]
    password: Zeroizing<String>,
    /// The code of a second factor, where the account has one.
    #[serde(default, deserialize_with = "wiped::maybe")]
    code: Option<Zeroizing<String>>,
    /// Whether the caller is a program that wants a bearer token instead of a cookie.
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    #[serde(deserialize_with = "wiped::text")]
    current: Zeroizing<String>,
    #[serde(deserialize_with = "wiped::text")]
    password: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    #[serde(default, deserialize_with = "wiped::maybe")]
    password: Option<Zeroizing<String>>,
    #[serde(default, deserialize_with = "wiped::maybe")]
    code: Option<Zeroizing<String>>,
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

/// A session that was begun, as its caller carries it: a bearer token for a program, else a cookie.
fn carried(begun: Begun, token: bool, status: StatusCode) -> Response {
    let mut answer = shown(&begun.session);
    if token {
        if let Some(members) = answer.as_object_mut() {
            members.remove("csrf");
            members.insert("token".into(), begun.token.into());
        }
        return (status, Json(answer)).into_response();
    }
    let mut response = (status, Json(answer)).into_response();
    if let Some(cookie) = begun.cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn has_bearer(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION)
}

/// Who is signed in, and the token that unsafe requests carry as `X-CSRF-Token`.
pub(crate) async fn show(who: SignedIn) -> Json<Value> {
    Json(shown(&who.session))
}

/// Signs in: `{"login", "password", "code"?}` answers with a cookie, with `"token": true` with a bearer token.
pub(crate) async fn begin(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, content) = request.into_parts();
    let content = axum::body::to_bytes(content, crate::reload::MOST_JSON).await.map_err(Problem::internal)?;
    let content = wiped::Sent::of(content);
    let wanted: Begin = body::parse(&parts.headers, &content)?;
    let origin = session::origin(&state, &parts, None);
    // A program that asks for a token keeps whatever session its cookie has.
    let none = HeaderMap::new();
    let headers = if wanted.token { &none } else { &parts.headers };
    let code = wanted.code.as_ref().map(|code| code.as_str());
    let credentials = Credentials { login: &wanted.login, password: &wanted.password, code, origin, headers };
    match session::sign_in(&state, credentials).await? {
        Started::Begun(begun) => Ok(carried(begun, wanted.token, StatusCode::CREATED)),
        Started::NeedsCode(_) => Err(Problem::new(Kind::CodeNeeded)),
    }
}

/// Changes one's own password: `{"current", "password"}`. Every other session ends, this one gets a new token.
pub(crate) async fn change_password(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    content: wiped::Sent,
) -> Result<Response, Problem> {
    let new: NewPassword = body::parse(&headers, &content)?;
    let begun = session::begin::change_password(&state, &who, &new.current, &new.password, &headers).await?;
    Ok(carried(begun, has_bearer(&headers), StatusCode::OK))
}

/// Proves again who one is: `{"password"}` or `{"code"}`. The session gets a new token.
pub(crate) async fn prove(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    content: wiped::Sent,
) -> Result<Response, Problem> {
    let proof: Proof = body::parse(&headers, &content)?;
    let (password, code) = (proof.password.as_ref(), proof.code.as_ref());
    let (password, code) = (password.map(|typed| typed.as_str()), code.map(|typed| typed.as_str()));
    let begun = session::begin::prove(&state, &who, password, code, &headers).await?;
    Ok(carried(begun, has_bearer(&headers), StatusCode::OK))
}

/// One's sessions, the last used first: `{"items": […]}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    let sessions =
        state.engine.store().sessions().of(who.actor.user, who.actor.now).await.map_err(Problem::internal)?;
    let each = sessions.iter().map(|session| {
        json!({
            "id": session.token_hash,
            "created": session.created.to_string(),
            "seen": session.seen.to_string(),
            "expires": session.expires.to_string(),
            "address": session.address,
            "device": session.device,
            "current": session.token_hash == who.session.key(),
        })
    });
    Ok(Json(json!({"items": each.collect::<Vec<_>>()})))
}

/// Who looked at sensitive fields of the record that stands for whoever asks, newest first: `{"items": […]}`.
pub(crate) async fn looks(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    let looks = engine::query::Looks { limit: crate::page::looks::MOST };
    let found = state.engine.query(&who.actor, looks).await.map_err(|error| Problem::of_query(error, &who.actor))?;
    let each = found.unwrap_or_default().into_iter().map(|look| {
        json!({
            "at": look.at.to_string(),
            "by": look.by.map(|id| id.to_string()),
            "by_name": look.by_name,
            "behalf": look.behalf.map(|id| id.to_string()),
            "action": look.action,
            "fields": look.fields,
            "reason": look.reason,
        })
    });
    Ok(Json(json!({"items": each.collect::<Vec<_>>()})))
}

/// When one is told of things.
pub(crate) async fn quiet(State(state): State<AppState>, who: SignedIn) -> Result<Json<quiet::Times>, Problem> {
    Ok(Json(quiet::of(&state, &who.actor).await?))
}

/// Says when one is told of things.
pub(crate) async fn keep_quiet(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Json<quiet::Times>, Problem> {
    quiet::keep(&state, &who.actor, &body::parse(&headers, &content)?).await?;
    Ok(Json(quiet::of(&state, &who.actor).await?))
}

/// Ends one of one's sessions.
pub(crate) async fn end_one(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if session::begin::end_own(&state, &who.actor, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(Kind::NotFound))
    }
}

/// Ends all of one's sessions but this one.
pub(crate) async fn end_others(State(state): State<AppState>, who: SignedIn) -> Result<StatusCode, Problem> {
    session::begin::end_others(&state, &who.actor, who.session.key()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out; fine as well when nobody is signed in.
pub(crate) async fn end(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let forget = session::sign_out(&state, &parts.headers, session::origin(&state, &parts, None)).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert("clear-site-data", session::begin::CLEAR);
    if let Some(forget) = forget {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    Ok(response)
}
