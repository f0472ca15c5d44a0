//! `Idempotency-Key`: a request sent again with the same key gets the first one's answer and is not done again.
//!
//! Only successes are kept, for a refusal wrote nothing and may be tried anew. A process that dies between the commit and
//! keeping the answer loses the answer; the same request may then be done twice.

use std::{
    collections::HashSet,
    future::Future,
    sync::{Mutex, PoisonError},
};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use model::UserId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Kept;

use super::parameter::say;
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::SignedIn,
};

const NAME: &str = "idempotency-key";
const LONGEST: usize = 255;
/// What stands where the hash of the request stood: that is sealed with the answer.
const SEALED: &str = "sealed";
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// Keys of requests under way in this process.
#[derive(Default)]
pub(super) struct Running(Mutex<HashSet<(UserId, String)>>);

/// A key in use, free again when dropped.
struct Turn<'s> {
    running: &'s Running,
    key: (UserId, String),
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Runs a write once per key; without a key it simply runs.
pub(super) async fn once(
    state: &AppState,
    who: &SignedIn,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
    run: impl Future<Output = Result<Response, Problem>>,
) -> Result<Response, Problem> {
    let Some(key) = headers.get(NAME) else { return run.await };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= LONGEST).ok_or_else(|| {
        let message = say(who.actor.locale, "应是 1 到 255 个可见字符", "should be 1 to 255 visible characters");
        Problem::parameter("Idempotency-Key", "format", message)
    })?;
    let account = who.actor.user;
    let turn = (account, key.to_owned());
    if !state.api.running.0.lock().unwrap_or_else(PoisonError::into_inner).insert(turn.clone()) {
        return Err(Problem::new(Kind::Conflict).retry_after(1));
    }
    let _turn = Turn { running: &state.api.running, key: turn };
    let request = fingerprint(uri, body);
    let answers = state.engine.store().idempotency();
    let what = format!("answer {key}");
    if let Some(kept) = answers.find(account, key).await.map_err(Problem::internal)? {
        let response = state.engine.unseal_json(&what, account, kept.response).map_err(Problem::internal)?;
        let asked = response.get("request").and_then(Value::as_str).unwrap_or(&kept.request);
        if asked != request {
            return Err(Problem::new(Kind::KeyReused));
        }
        return replayed(&response).ok_or_else(|| Problem::internal("a kept answer cannot be read"));
    }
    let response = run.await?;
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(Problem::internal)?;
    let kept_headers: Vec<(String, String)> = KEPT_HEADERS
        .iter()
        .filter_map(|name| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.to_owned())))
        .collect();
    let response = json!({
        "request": request, "status": parts.status.as_u16(), "headers": kept_headers, "body": STANDARD_NO_PAD.encode(&body)
    });
    // Both the answer and what the request is known by tell of values that may be secret.
    let kept = match state.engine.seal_json(&what, account, &response) {
        Ok(response) => {
            let kept = Kept { request: SEALED.to_owned(), response, at: state.engine.now() };
            answers.keep(account, key, &kept).await.map_err(|cause| cause.to_string())
        }
        Err(cause) => Err(cause.to_string()),
    };
    // The write is done, so its answer goes out whether or not it could be kept.
    if let Err(cause) = kept {
        tracing::warn!(%cause, "an answer could not be kept under its idempotency key");
    }
    Ok(Response::from_parts(parts, body.into()))
}

/// What makes two requests the same: where they go and what they carry.
fn fingerprint(uri: &Uri, body: &Bytes) -> String {
    let mut hasher = Sha256::new();
    hasher.update(uri.path().as_bytes());
    hasher.update([0]);
    hasher.update(body);
    STANDARD_NO_PAD.encode(hasher.finalize())
}

fn replayed(kept: &Value) -> Option<Response> {
    let status = StatusCode::from_u16(u16::try_from(kept.get("status")?.as_u64()?).ok()?).ok()?;
    let body = STANDARD_NO_PAD.decode(kept.get("body")?.as_str()?).ok()?;
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for pair in kept.get("headers")?.as_array()? {
        let name = HeaderName::from_bytes(pair.get(0)?.as_str()?.as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(pair.get(1)?.as_str()?).ok()?);
    }
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    Some(response)
}
