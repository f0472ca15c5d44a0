//! Records: one file per verb, and what they share.

pub mod access;
pub mod aggregate;
pub mod attachment;
pub mod bulk;
pub mod comment;
pub mod create;
pub mod delete;
pub mod erase;
pub mod filter;
pub mod get;
pub mod history;
pub mod import;
pub mod list;
pub mod print;
pub mod purge;
pub mod restore;
pub mod source;
pub mod trace;
pub mod uncover;
pub mod update;
pub mod upload;

use std::sync::Arc;

use app::Entity;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use engine::Changed;
use model::{Locale, RecordId};
use policy::{Bin, Get};
use sha2::{Digest as _, Sha256};
use store::Row;

use super::{Shape, parameter::say, write};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::SignedIn,
};

/// A body of JSON that is already written.
pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// The record as the actor may see it, if they may.
async fn read(
    state: &AppState,
    who: &SignedIn,
    entity: &Entity,
    id: RecordId,
    fields: Option<&str>,
    bin: Bin,
) -> Result<Option<(Arc<Shape>, Row)>, Problem> {
    let shape = state.api.shapes.get(&who.actor, entity, fields)?;
    let get = Get { entity: entity.id, id, columns: shape.columns.clone(), bin };
    let row = state.engine.query(&who.actor, get).await.map_err(|error| Problem::of_query(error, &who.actor))?;
    Ok(row.map(|row| (shape, row)))
}

/// Refuses when the actor cannot see the record, for answers about it that are empty either way.
async fn must_see(state: &AppState, who: &SignedIn, entity: &Entity, id: RecordId) -> Result<(), Problem> {
    let get = Get { entity: entity.id, id, columns: Vec::new(), bin: Bin::Outside };
    let row = state.engine.query(&who.actor, get).await.map_err(|error| Problem::of_query(error, &who.actor))?;
    row.map(drop).ok_or_else(|| Problem::new(Kind::NotFound))
}

/// The answer to a write: the record as it is now, or its id and version where that is enough or all that may be seen.
async fn written(
    state: &AppState,
    who: &SignedIn,
    entity: &Entity,
    changed: Changed,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let minimal = headers.get("prefer").and_then(|value| value.to_str().ok()).is_some_and(|prefer| {
        prefer.split(',').any(|preference| preference.trim().eq_ignore_ascii_case("return=minimal"))
    });
    let seen = match minimal {
        true => None,
        // The write is done; that the writer may not read it back is no reason to say it failed.
        false => read(state, who, entity, changed.id, None, Bin::Outside).await.ok().flatten(),
    };
    let mut body = Vec::with_capacity(512);
    match &seen {
        Some((shape, row)) => shape.write(&mut body, row),
        None => {
            body.extend_from_slice(b"{\"id\":");
            write::id(&mut body, changed.id);
            body.extend_from_slice(format!(",\"version\":{}}}", changed.version).as_bytes());
        }
    }
    let version = seen.as_ref().and_then(|(shape, row)| shape.version(row)).unwrap_or(changed.version);
    let mut response = json(status, body);
    response.headers_mut().insert(header::ETAG, etag(version));
    if status == StatusCode::CREATED {
        let place = format!("/api/v1/{}/{}/{}", encode(entity.app.as_str()), encode(entity.name.as_str()), changed.id);
        if let Ok(place) = HeaderValue::from_str(&place) {
            response.headers_mut().insert(header::LOCATION, place);
        }
    }
    Ok(response)
}

/// Percent-encodes what is not plain: names may be of any script.
pub(super) fn encode(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The entity tag of a version.
pub(super) fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The entity tag of what is answered.
fn tag_of(body: &[u8]) -> HeaderValue {
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(body));
    HeaderValue::from_str(&format!("\"{digest}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The version that `If-Match` asks for; `None` when it asks for none.
pub(super) fn expected(headers: &HeaderMap, locale: Locale) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(|digits| digits.parse().ok());
    version.map(Some).ok_or_else(|| {
        let message = say(locale, "应是 `ETag` 给出的值，例如 `\"3\"`", "should be what `ETag` gave, such as `\"3\"`");
        Problem::parameter("If-Match", "format", message)
    })
}

/// Whether the caller already has this version.
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Some(known) = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) else { return false };
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one).as_bytes() == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_as_versions() {
        let headers = |name: header::HeaderName, value: &str| HeaderMap::from_iter([(name, value.parse().unwrap())]);
        assert_eq!(expected(&headers(header::IF_MATCH, "\"3\""), Locale::En).unwrap(), Some(3));
        assert_eq!(expected(&headers(header::IF_MATCH, "*"), Locale::En).unwrap(), None);
        assert_eq!(expected(&HeaderMap::new(), Locale::En).unwrap(), None);
        assert!(expected(&headers(header::IF_MATCH, "3"), Locale::En).is_err());
        assert!(is_known(&headers(header::IF_NONE_MATCH, "\"2\", W/\"3\""), &etag(3)));
        assert!(!is_known(&headers(header::IF_NONE_MATCH, "\"2\""), &etag(3)));
    }
}
