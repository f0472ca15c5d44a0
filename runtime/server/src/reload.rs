//! Publishing while requests run: a request that meets a new version of the app is repeated in it, so that nobody sees an
//! error or half of one version and half of another.
//!
//! The body is read here, once, up to its limit; the check against forged requests needs it too.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    AppState,
    problem::{Kind, NewEdition, Problem},
    refused, security,
};

/// How often a request is repeated before it is answered with a refusal.
const TIMES: u32 = 6;

/// Unit of the pause before a second repetition; each further one waits twice as long, for somebody may be publishing again and again.
const PAUSE: Duration = Duration::from_millis(5);

/// Largest body of a form or of JSON.
pub const MOST_JSON: usize = 1024 * 1024;

/// Largest body with files.
pub const MOST_FILES: usize = 25 * 1024 * 1024;

/// Reads the body, checks that the request is meant, and repeats it when the app was published anew under it.
pub(crate) async fn repeat(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = match take_body(&parts, body).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    if !is_safe(&parts.method)
        && let Err(problem) = security::check(&state, &parts, &body).await
    {
        return told(&state, &parts, problem.into_response()).await;
    }
    let mut times = 1;
    loop {
        let again = Request::from_parts(parts.clone(), Body::from(body.clone()));
        let response = next.clone().run(again).await;
        if response.extensions().get::<NewEdition>().is_none() || times >= TIMES {
            return told(&state, &parts, response).await;
        }
        if times > 1 {
            tokio::time::sleep(PAUSE * 2_u32.pow(times)).await;
        }
        times += 1;
        if let Err(cause) = state.engine.refresh().await {
            return Problem::internal(cause).into_response();
        }
    }
}

/// The response, once a refusal in it that matters is on the ledger; without that, none is given.
async fn told(state: &AppState, parts: &Parts, mut response: Response) -> Response {
    let Some(mut problem) = response.extensions_mut().remove::<Problem>() else { return response };
    match security::tell(state, parts, problem.kind).await {
        Ok(true) => problem = problem.noted(),
        Ok(false) => refused::note(state, parts, &problem).await,
        Err(problem) => return problem.into_response(),
    }
    response.extensions_mut().insert(problem);
    response
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

async fn take_body(parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    if is_safe(&parts.method) {
        return Ok(Bytes::new());
    }
    let most = if is_files(&parts.headers) { MOST_FILES } else { MOST_JSON };
    let said = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let too_large = || Problem::new(Kind::TooLarge).with("limit", most);
    if said.is_some_and(|said| said > most) {
        return Err(too_large());
    }
    // Reading fails when the body is larger than the limit, or when the caller goes away and nobody reads the answer.
    axum::body::to_bytes(body, most).await.map_err(|_| too_large())
}

/// Whether the body is made of files, or is one itself.
fn is_files(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("multipart/form-data") || kind.starts_with("text/csv")
}

/// Looks once a second whether another process has published, for as long as the server runs.
pub(crate) async fn poll(state: AppState) {
    let mut every = tokio::time::interval(Duration::from_secs(1));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        every.tick().await;
        match state.engine.refresh().await {
            Ok(true) => tracing::info!(version = state.engine.edition().version, "a new version of the app is in use"),
            Ok(false) => failing = false,
            // Said once; the version in use stays in use.
            Err(cause) if !failing => {
                failing = true;
                tracing::warn!(%cause, "the published version cannot be loaded");
            }
            Err(_) => {}
        }
    }
}
