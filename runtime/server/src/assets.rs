//! Styles, scripts and icons from the `designer` crate. Their names carry a hash, so browsers keep them for ever.

use axum::{
    body::{Body, Bytes},
    extract::Path,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::problem::{Kind, Problem};

/// One asset, gzipped beforehand where the browser takes it.
pub(crate) async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let asset = designer::asset(&file).ok_or_else(|| Problem::new(Kind::NotFound))?;
    let takes_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|coding| coding.trim().split(';').next() == Some("gzip")));
    let gzip = asset.gzip.filter(|_| takes_gzip);
    let mut response = Body::from(Bytes::from_static(gzip.unwrap_or(asset.bytes))).into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let life = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(life));
    if gzip.is_some() {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
