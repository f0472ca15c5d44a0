//! `GET /api/v1/{app}/workflows/cases/{id}/signatures/{event}`: the picture of a signature, for those to whom the case is
//! shown.
//!
//! INVARIANT: whoever sends a signature has proved not long ago who is sitting there. A program's token proves nothing, so
//! no program signs.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use engine::{Signature, query::case::SignaturePicture};

use super::{case_id, installed};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::SignedIn,
};

/// What somebody signs with, once they have proved who they are.
pub(super) fn of(signature: Option<Signature>, who: &SignedIn) -> Result<Option<Signature>, Problem> {
    if signature.is_some() {
        who.must_prove()?;
    }
    Ok(signature)
}

/// The picture of a signature.
pub(crate) async fn picture(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, id, event)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let wanted = SignaturePicture { case: case_id(&id)?, event: case_id(&event)? };
    let found = state.engine.query(&who.actor, wanted).await.map_err(|error| Problem::of_query(error, &who.actor))?;
    let picture = found.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let mut response = picture.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok(response)
}
