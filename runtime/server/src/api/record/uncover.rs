//! `POST /api/v1/{app}/{entity}/{id}/uncover`

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use engine::query::{NotUncovered, Uncover};
use policy::Action;
use serde::Deserialize;

use super::json;
use crate::{
    AppState,
    api::{self, body, parameter::say, write},
    page::record::uncover::said,
    problem::{Kind, Problem},
    session::SignedIn,
    words,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    fields: Vec<String>,
    reason: String,
}

/// Masked fields of one record, whole: `{"fields": ["phone"], "reason": "…"}`. The answer holds them as `fields`, and is kept
/// nowhere: asked again, it is another entry of the ledger.
pub(crate) async fn uncover(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    let entity = api::entity(actor, &app, &entity)?;
    let id = api::record_id(&id)?;
    if actor.rights.access(entity.id, Action::Uncover).is_none() {
        return Err(Problem::new(Kind::Denied));
    }
    let Asked { fields: names, reason } = body::parse(&headers, &content)?;
    let mut fields = Vec::with_capacity(names.len());
    for name in &names {
        let field = actor.edition.app.field_named(entity.id, name).ok_or_else(|| {
            let message = say(actor.locale, "没有这个字段", "there is no such field");
            Problem::new(Kind::Invalid).error("fields", "unknown", message)
        })?;
        fields.push(field.id);
    }
    let found = state.engine.query(actor, Uncover { entity: entity.id, id, fields, reason }).await;
    let values = match found.map_err(|error| Problem::of_query(error, actor))? {
        Ok(values) => values.ok_or_else(|| Problem::new(Kind::NotFound))?,
        Err(wrong) => {
            let (field, code) = match wrong {
                NotUncovered::NoReason => ("reason", "required"),
                NotUncovered::TooLong => ("reason", "range"),
                NotUncovered::NoField => ("fields", "required"),
            };
            return Err(Problem::new(Kind::Invalid).error(field, code, words::say(actor.locale, said(wrong))));
        }
    };
    let mut out = b"{\"fields\":{".to_vec();
    for (at, (name, value)) in names.iter().zip(&values).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write::text(&mut out, name);
        out.push(b':');
        write::value(&mut out, value);
    }
    out.extend_from_slice(b"}}");
    Ok(json(StatusCode::OK, out))
}
