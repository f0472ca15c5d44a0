//! HTTP: the JSON API, server-rendered pages, sign-in, live updates, health.
//!
//! In: an [`engine::Engine`] and a listener. Out: answers to requests, each carried out by the engine on behalf of the
//! account that is signed in. Refused: whatever the engine refuses, as a problem document or a page saying so; unsafe
//! requests without their token; bodies that are too large.
//!
//! INVARIANT: no handler reaches the store's records; they go through `Engine::execute` and `Engine::query`.
//! INVARIANT: every refusal is a [`problem::Problem`]; only `around` writes one out.

pub mod api;
pub mod around;
pub mod assets;
pub mod draft;
pub mod health;
pub mod language;
pub mod live;
pub mod metrics;
pub mod page;
pub mod problem;
pub mod quiet;
pub mod refused;
pub mod reload;
pub mod routes;
mod security;
pub mod session;
pub mod show;
pub mod state;
pub mod words;

use std::{future::Future, io, net::SocketAddr, time::Duration};

use engine::Engine;
use store::Boxed;
use tokio::net::TcpListener;

pub use routes::router;
pub use state::{AppState, Fonts, Options, SignInHint};

/// How long requests under way may take to finish after a shutdown was asked for.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `shutdown` resolves, then lets requests under way finish for up to ten seconds.
///
/// # Errors
/// When the listener fails.
pub fn serve(
    engine: Engine,
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Boxed<'static, io::Result<()>> {
    Box::pin(serving(engine, listener, options, Box::pin(shutdown)))
}

async fn serving(
    engine: Engine,
    listener: TcpListener,
    options: Options,
    shutdown: Boxed<'static, ()>,
) -> io::Result<()> {
    let state = AppState::new(engine, options);
    let poll = tokio::spawn(reload::poll(state.clone()));
    let stopping = state.clone();
    let stop = async move {
        shutdown.await;
        stopping.stop();
    };
    let service = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop);
    let late = async {
        state.stopped().await;
        tokio::time::sleep(DRAIN).await;
    };
    let ended = tokio::select! {
        ended = serving.into_future() => ended,
        () = late => Ok(()),
    };
    poll.abort();
    ended
}
