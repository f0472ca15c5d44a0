//! `GET /api/v1/openapi.json`: the API as the asking account may use it, in its language. Made once per edition and role set.
//!
//! INVARIANT: an operation is in the document exactly when the account's rights can allow it; a test walks the document
//! and asks the server.

mod board;
mod case;
mod entity;
mod platform;
mod schema;
mod term;

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use app::Area;
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use engine::Actor;
use model::Locale;
use serde_json::{Map, Value, json};

use crate::{AppState, problem::Problem, session::SignedIn};

const MOST_KEPT: usize = 200;

/// What a document depends on: the edition, the rights, the area of administration, the language.
type Key = (i64, usize, Option<Area>, Locale);

/// Documents made before.
#[derive(Default)]
pub(super) struct Documents(RwLock<HashMap<Key, Bytes>>);

/// The document.
pub(crate) async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, Problem> {
    let actor = &who.actor;
    // An edition keeps the rights of every role set it met, so that an address stands for one of them.
    let rights = std::sync::Arc::as_ptr(&actor.rights).addr();
    let key = (actor.edition.version, rights, actor.area(), actor.locale);
    let Documents(documents) = &state.api.documents;
    let known = documents.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    let bytes = match known {
        Some(bytes) => bytes,
        None => {
            let bytes = Bytes::from(document(actor).to_string());
            let mut documents = documents.write().unwrap_or_else(PoisonError::into_inner);
            if documents.len() >= MOST_KEPT {
                documents.clear();
            }
            documents.insert(key, bytes.clone());
            bytes
        }
    };
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response())
}

/// The document for somebody with these rights.
pub fn document(actor: &Actor) -> Value {
    let app = &actor.edition.app;
    let main = app.parts().last();
    let mut paths = Map::new();
    let mut schemas = platform::schemas();
    platform::paths(&mut paths, actor.area());
    term::schemas(&mut schemas);
    term::paths(actor, &mut paths);
    board::schemas(&mut schemas);
    board::paths(actor, &mut paths);
    case::schemas(&mut schemas);
    case::paths(actor, &mut paths);
    for one in app.entities() {
        entity::add(actor, one, &mut paths, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": main.map_or("Loam", |part| part.label.get(actor.locale)),
            "version": format!("{}+{}", main.map_or("0", |part| part.version.as_str()), actor.edition.version),
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "loam_session",
                    "description": "unsafe methods also need the header X-CSRF-Token, from GET /api/v1/session"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "responses": {
                "Problem": {"description": "a refusal", "content": {"application/problem+json": {"schema": schema::named("Problem")}}},
            },
        },
    })
}

/// One operation: what it is, what it takes, what it answers. Every one may also answer a problem.
struct Operation<'a> {
    id: String,
    tag: &'a str,
    summary: &'a str,
    parameters: Vec<Value>,
    body: Option<Value>,
    status: &'a str,
    answer: Option<Value>,
    /// Whether it may find that what it makes is there already, and answers 200 with that.
    again: bool,
}

impl Operation<'_> {
    fn json(self) -> Value {
        let mut good = json!({"description": "done"});
        if let (Some(answer), Some(members)) = (self.answer, good.as_object_mut()) {
            members.insert("content".into(), answer);
        }
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "responses": {self.status: good.clone(), "default": {"$ref": "#/components/responses/Problem"}},
        });
        if self.again
            && let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut)
        {
            responses.insert("200".into(), good);
        }
        if let Some(members) = operation.as_object_mut() {
            if !self.parameters.is_empty() {
                members.insert("parameters".into(), self.parameters.into());
            }
            if let Some(body) = self.body {
                members.insert("requestBody".into(), json!({"required": true, "content": body}));
            }
        }
        operation
    }
}

fn as_json(schema: Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn query(name: &str, schema: Value, description: &str) -> Value {
    json!({"name": name, "in": "query", "schema": schema, "description": description})
}

fn in_header(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "header", "schema": {"type": "string"}, "description": description})
}

fn in_path(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}})
}

fn items(schema: Value) -> Value {
    json!({"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": schema}}})
}

fn put(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Operation<'_>) {
    let at = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
    if let Some(methods) = at.as_object_mut() {
        methods.insert(method.to_owned(), operation.json());
    }
}
