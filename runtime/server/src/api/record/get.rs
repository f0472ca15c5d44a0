//! `GET /api/v1/{app}/{entity}/{id}`

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use policy::Bin;

use super::{etag, is_known, json, read, tag_of};
use crate::{
    AppState,
    api::{self, parameter::Parameters},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// One record, in use or, with `deleted=true`, in the bin.
pub(crate) async fn get(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::of(&uri, &["fields", "deleted"], who.actor.locale)?;
    let entity = api::entity(&who.actor, &app, &entity)?;
    let id = api::record_id(&id)?;
    let bin = if parameters.flag("deleted")? { Bin::Inside } else { Bin::Outside };
    let found = read(&state, &who, entity, id, parameters.get("fields"), bin).await?;
    let (shape, row) = found.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let mut body = Vec::with_capacity(512);
    shape.write(&mut body, &row);
    // A version speaks for the record's own values only: not for those computed from others, nor, where it is no count, for when
    // the record changed. Whoever is not told one gets a tag of what they see, which moves with nothing else.
    let (tag, speaks) = match shape.version(&row) {
        Some(version) => {
            let counts = who.actor.counts(entity.id) && bin == Bin::Outside;
            (etag(version), shape.own && entity.computed.is_empty() && counts)
        }
        None => (tag_of(&body), true),
    };
    if speaks && is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let mut response = json(StatusCode::OK, body);
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}
