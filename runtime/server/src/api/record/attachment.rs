//! `/api/v1/{app}/{entity}/{id}/attachments`: the files of a record.
//!
//! INVARIANT: content is always sent as a download, with its type not guessed and no right to run anything, because
//! whoever uploaded it chose both its name and its type.

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{FromRequest as _, Multipart, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use engine::{
    Command, NewFile,
    query::{Attachments, Content},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{encode, must_see};
use crate::{
    AppState,
    api::{self, idempotency, parameter::say},
    problem::{Kind, Problem},
    session::SignedIn,
};

#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    size: i64,
    media_type: String,
    by_name: String,
    at: String,
}

/// The files of a record, oldest first: `{"items": […]}`.
pub(crate) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let entity = api::entity(actor, &app, &entity)?;
    let id = api::record_id(&id)?;
    must_see(&state, &who, entity, id).await?;
    let files = state.engine.query(actor, Attachments { entity: entity.id, id }).await;
    let files = files.map_err(|error| Problem::of_query(error, actor))?;
    let items = files.into_iter().map(|file| Shown {
        id: file.id.to_string(),
        name: file.name,
        size: file.size,
        media_type: file.media_type,
        by_name: file.by_name,
        at: file.at.to_string(),
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>()})))
}

/// Attaches the files of a form sent as `multipart/form-data`.
pub(crate) async fn add(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let entity = api::entity(&who.actor, &app, &entity)?;
    let id = api::record_id(&id)?;
    let run = taken(&state, &who, (&headers, content.clone()), |file| Command::Attach { entity: entity.id, id, file });
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}

/// Does something with each file of a form, all or none; answers what they are called by: `{"items": [{"id"}]}`.
pub(in crate::api) async fn taken(
    state: &AppState,
    who: &SignedIn,
    (headers, content): (&HeaderMap, Bytes),
    command: impl Fn(NewFile) -> Command,
) -> Result<Response, Problem> {
    let commands: Vec<Command> = files(headers, content).await?.into_iter().map(command).collect();
    if commands.is_empty() {
        let message = say(who.actor.locale, "请选择文件", "choose a file");
        return Err(Problem::new(Kind::Invalid).error("file", "required", message));
    }
    let outcome = state.engine.execute(&who.actor, Command::Bulk(commands)).await;
    let outcome = outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
    let items: Vec<Value> = outcome.changed.iter().map(|file| json!({"id": file.id.to_string()})).collect();
    Ok((StatusCode::CREATED, Json(json!({"items": items}))).into_response())
}

/// The files of a form in parts; its other fields are left out.
async fn files(headers: &HeaderMap, content: Bytes) -> Result<Vec<NewFile>, Problem> {
    let mut request = Request::new(Body::from(content));
    *request.headers_mut() = headers.clone();
    let multipart = Multipart::from_request(request, &()).await;
    let mut parts = multipart.map_err(|_| Problem::new(Kind::MediaType).with("accepted", "multipart/form-data"))?;
    let unreadable = |fault: axum::extract::multipart::MultipartError| {
        Problem::new(Kind::BadRequest).error("body", "multipart", fault.body_text())
    };
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let Some(name) = part.file_name().map(str::to_owned).filter(|name| !name.is_empty()) else { continue };
        let media_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
        let content = part.bytes().await.map_err(unreadable)?.to_vec();
        files.push(NewFile { id: None, name, media_type, content });
    }
    Ok(files)
}

/// The content of one file.
pub(crate) async fn content(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id, file)): Path<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    let entity = api::entity(actor, &app, &entity)?;
    let wanted = Content { entity: entity.id, id: api::record_id(&id)?, attachment: api::record_id(&file)? };
    let found = state.engine.query(actor, wanted).await.map_err(|error| Problem::of_query(error, actor))?;
    let (file, content) = found.ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok(download(&file.name, &file.media_type, content))
}

/// A file as a download; the pages use it too.
pub(crate) fn download(name: &str, media_type: &str, content: Vec<u8>) -> Response {
    let mut response = content.into_response();
    let headers = response.headers_mut();
    let unnamed = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap_or(unnamed));
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    response
}

/// The name twice: in plain letters for old programs, and as it is.
fn disposition(name: &str) -> HeaderValue {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._-()".contains(c);
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let text = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", encode(name));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let written = disposition("a\"b\r\nX: 1 方案.pdf");
        assert_eq!(
            written.to_str().unwrap(),
            "attachment; filename=\"a_b__X_ 1 __.pdf\"; filename*=UTF-8''a%22b%0D%0AX%3A%201%20%E6%96%B9%E6%A1%88.pdf"
        );
    }
}
