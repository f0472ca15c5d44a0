//! `POST /api/v1/{app}/{entity}/bulk`: several writes on one entity, all or none.

use app::Entity;
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use engine::Command;
use model::{Locale, RecordId};
use serde::Deserialize;

use super::json;
use crate::{
    AppState,
    api::{self, body, idempotency, parameter::say, write},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Most commands at once.
const MOST: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    commands: Vec<Wire>,
}

/// A command as it is sent, told apart by `do`.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
enum Wire {
    Create {
        #[serde(default)]
        fields: body::Members,
    },
    Update {
        id: RecordId,
        version: Option<i64>,
        #[serde(default)]
        fields: body::Members,
    },
    Delete {
        id: RecordId,
        version: Option<i64>,
    },
    Restore {
        id: RecordId,
    },
}

/// Carries out all commands, or none of them.
pub(crate) async fn bulk(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let entity = api::entity(&who.actor, &app, &entity)?;
    let run = async {
        let commands = body::parse::<Body>(&headers, &content)?.commands;
        if commands.len() > MOST {
            let message = say(who.actor.locale, "一次最多 1000 条命令", "at most 1000 commands at once");
            return Err(Problem::new(Kind::Invalid).error("commands", "range", message));
        }
        let commands = commands.into_iter().map(|wire| command(wire, entity, who.actor.locale));
        let commands = commands.collect::<Result<Vec<_>, _>>()?;
        let outcome = state.engine.execute(&who.actor, Command::Bulk(commands)).await;
        let outcome = outcome.map_err(|error| {
            let mut problem = Problem::of_command(error, &who.actor);
            for error in &mut problem.errors {
                error.index = error.index.or(Some(0));
            }
            problem
        })?;
        let mut out = b"{\"items\":".to_vec();
        write::list(&mut out, &outcome.changed, |out, changed| {
            out.extend_from_slice(b"{\"id\":");
            write::id(out, changed.id);
            out.extend_from_slice(format!(",\"version\":{}}}", changed.version).as_bytes());
        });
        out.push(b'}');
        Ok(json(StatusCode::OK, out))
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}

fn command(wire: Wire, entity: &Entity, locale: Locale) -> Result<Command, Problem> {
    let entity = entity.id;
    Ok(match wire {
        Wire::Create { fields } => Command::Create { entity, id: None, fields: fields.into_fields(locale)? },
        Wire::Update { id, version, fields } => {
            Command::Update { entity, id, expected: version, fields: fields.into_fields(locale)? }
        }
        Wire::Delete { id, version } => Command::Delete { entity, id, expected: version },
        Wire::Restore { id } => Command::Restore { entity, id },
    })
}
