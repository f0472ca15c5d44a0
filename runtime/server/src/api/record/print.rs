//! `GET /api/v1/{app}/{entity}/{id}/print`

use axum::{
    extract::{Path, State},
    http::Uri,
    response::Response,
};

use crate::{
    AppState,
    api::{self, parameter::Parameters},
    page::{Visit, record::paper, routes::as_file},
    problem::Problem,
};

/// The record as a PDF: what its page says, as far as the caller may read and export it.
pub(crate) async fn print(
    State(state): State<AppState>,
    visit: Visit,
    Path((app, entity, id)): Path<(String, String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    Parameters::of(&uri, &[], visit.locale())?;
    let entity = api::entity(&visit.actor, &app, &entity)?.name.to_string();
    let (name, kind, content) = paper::file(&visit, &entity, api::record_id(&id)?, move || state.fonts()).await?;
    Ok(as_file(&name, kind, "attachment", content))
}
