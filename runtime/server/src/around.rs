//! What surrounds every request: its language, a time limit, panics caught, refusals written out, headers, figures.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt as _;

use crate::{
    AppState, Options,
    language::Language,
    page,
    problem::{Kind, Problem},
    security,
    session::cookie,
};

const LONGEST: Duration = Duration::from_secs(30);

/// Runs a request within its limits and finishes the answer.
pub(crate) async fn around(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    if state.options.secure_cookies {
        cookie::unprefixed(request.headers_mut());
    }
    let language = Language::of(request.uri(), request.headers());
    request.extensions_mut().insert(language.clone());
    let uri = request.uri().clone();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = match is_overheard(&state.options, request.headers(), &uri) {
        true => Problem::new(Kind::PlainHttp).into_response(),
        false => within(LONGEST, next.run(request)).await,
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = write_out(&state, &uri, &problem, &language, response);
    }
    security::add_headers(&mut response);
    if let Some(cookie) = language.keep() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    state.metrics.note(route, &method, response.status(), began.elapsed());
    response
}

/// Whether others could listen: the address is not this machine's alone, and there is no proxy that ends TLS, or it says that its
/// own caller came without. Whether the server is alive, and what our pages look like, is told to everybody.
fn is_overheard(options: &Options, headers: &HeaderMap, uri: &Uri) -> bool {
    let open = ["/healthz", "/readyz", "/metrics", "/assets/"].iter().any(|start| uri.path().starts_with(start));
    let last = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok()?.rsplit(',').next());
    let plain = last.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("http"));
    options.secure_cookies && !open && (!options.behind_proxy || plain)
}

/// Waits for an answer no longer than that, and survives whatever happens on the way.
async fn within(longest: Duration, run: impl Future<Output = Response>) -> Response {
    match AssertUnwindSafe(tokio::time::timeout(longest, run)).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::new(Kind::Timeout).into_response(),
        Err(panic) => Problem::internal(said(panic.as_ref())).into_response(),
    }
}

/// Whether an address is for programs, which read problem documents; people get pages.
pub(crate) fn speaks_json(uri: &Uri) -> bool {
    let path = uri.path();
    ["/api/", "/live/", "/healthz", "/readyz", "/metrics"].iter().any(|start| path.starts_with(start))
}

/// Puts a body under a refusal, keeping the headers that came with it (`Allow`, cookies).
fn write_out(state: &AppState, uri: &Uri, problem: &Problem, language: &Language, bare: Response) -> Response {
    let locale = language.settled();
    let mut response = if speaks_json(uri) { problem.to_json(locale) } else { page::problem(state, problem, locale) };
    problem.add_headers(&mut response);
    for (name, value) in bare.headers() {
        if name != header::CONTENT_LENGTH && !response.headers().contains_key(name) {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    response
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a handler panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(response: &Response) -> Option<Kind> {
        response.extensions().get::<Problem>().map(|problem| problem.kind)
    }

    #[tokio::test]
    async fn a_panic_and_an_endless_answer_become_refusals() {
        let panicked = within(LONGEST, async { panic!("secret") }).await;
        assert_eq!(kind(&panicked), Some(Kind::Internal));
        let document = panicked.extensions().get::<Problem>().map(|problem| problem.document(model::Locale::En));
        assert!(
            document.is_some_and(|document| document["id"].is_string() && !document.to_string().contains("secret"))
        );
        let endless = within(Duration::from_millis(1), std::future::pending()).await;
        assert_eq!(kind(&endless), Some(Kind::Timeout));
        let document = endless.extensions().get::<Problem>().map(|problem| problem.document(model::Locale::En));
        assert!(
            document
                .is_some_and(|document| document["title"].as_str().is_some_and(|said| said.contains("ask for less")))
        );
    }
}
