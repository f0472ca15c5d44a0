//! Every address in one place, and the order of what surrounds them.

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state, routing::get};
use tower_http::compression::{
    CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};

use crate::{
    AppState, api, around, assets, health, live, page,
    problem::{Kind, Problem},
    reload,
};

/// All addresses around one state. Tests call it without a listener.
pub fn router(state: AppState) -> Router {
    Router::new()
        .merge(page::routes())
        .merge(api::routes())
        .route("/live/{entity}", get(live::stream))
        .route("/live/page/{page}", get(live::of_page))
        .route("/live/mine/inbox", get(live::inbox))
        .route("/assets/{file}", get(assets::serve))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(async || Problem::new(Kind::NotFound))
        .method_not_allowed_fallback(async || Problem::new(Kind::MethodNotAllowed))
        // The limits are in `reload`, which reads the body before anybody else does.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state.clone(), reload::repeat))
        .layer(from_fn_with_state(state.clone(), around::around))
        .layer(compression())
        .with_state(state)
}

fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().compress_when(
        SizeAbove::new(1024)
            .and(NotForContentType::IMAGES)
            .and(NotForContentType::SSE)
            .and(NotForContentType::new("application/octet-stream")),
    )
}
