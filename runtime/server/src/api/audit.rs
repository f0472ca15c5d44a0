//! `/api/v1/audit`: the ledger, for the audit administrator. Reading it is on the ledger too. Values of records are shown as far
//! as the reader's own roles let them read those.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use engine::{
    Actor,
    ledger::{
        audit::{AuditError, Export, excerpt::Excerpt},
        veil::Seen,
    },
};
use model::Locale;
use serde_json::{Value, json};
use store::{Wanted, Written};
use tokio::sync::mpsc;
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};

use super::parameter::{Parameters, say};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::SignedIn,
};

const MOST: u32 = 500;
/// What can be asked for.
const ASKED: [&str; 9] = ["from", "to", "actor", "action", "object", "record", "outcome", "before", "limit"];

/// What a file can be narrowed by.
const NARROWED: [&str; 7] = ["from", "to", "actor", "action", "object", "record", "outcome"];

/// What a refusal of the ledger is over HTTP.
pub(crate) fn refused(error: AuditError) -> Problem {
    match error {
        AuditError::Denied => Problem::new(Kind::Denied).noted(),
        AuditError::NotFound => Problem::new(Kind::NotFound),
        AuditError::Store(error) => Problem::of_store(error),
        other => Problem::internal(other),
    }
}

/// Entries as asked for, newest first: `{"items": […], "next": id|null}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn, uri: Uri) -> Result<Json<Value>, Problem> {
    let parameters = Parameters::of(&uri, &ASKED, who.actor.locale)?;
    let limit = parameters.number("limit", 50, MOST)?;
    let wanted = Wanted { limit, ..wanted(&parameters, who.actor.locale)? };
    let found = state.engine.look_up(&who.actor, &wanted).await.map_err(refused)?;
    let full = found.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let next = found.last().filter(|_| full).map(|last| last.written.entry.id.clone());
    Ok(Json(json!({ "items": found.iter().map(shown).collect::<Vec<_>>(), "next": next })))
}

/// The entries that parameters ask for.
fn wanted(parameters: &Parameters, locale: Locale) -> Result<Wanted, Problem> {
    let id = |name: &str| match parameters.get(name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            Problem::parameter(name, "type", say(locale, "应是一个编号（UUID）", "should be an id (a UUID)"))
        }),
    };
    let moment = |name: &str| match parameters.get(name) {
        None => Ok(None),
        Some(text) => text.parse::<model::Timestamp>().map(|at| Some(format!("{at:.3}"))).map_err(|_| {
            let message =
                say(locale, "应是时刻，如 `2025-11-10T08:00:00Z`", "should be a moment such as `2025-11-10T08:00:00Z`");
            Problem::parameter(name, "type", message)
        }),
    };
    let text = |name: &str| parameters.get(name).map(str::to_owned);
    Ok(Wanted {
        from: moment("from")?,
        to: moment("to")?,
        actor: id("actor")?,
        action: text("action"),
        object: text("object"),
        record: id("record")?,
        outcome: text("outcome"),
        before: id("before")?,
        ..Wanted::default()
    })
}

/// An entry; values that were erased are `null`, and what is not shown is named.
fn shown(seen: &Seen) -> Value {
    let Written { entry, who, position, by_name, .. } = &seen.written;
    let who = who.as_ref().map_or(Value::Null, opened);
    json!({
        "id": entry.id, "position": position, "at": entry.at, "actor": entry.actor, "actor_name": by_name,
        "behalf": entry.behalf, "session": entry.session, "act": entry.act, "action": entry.action,
        "object": entry.object, "record": entry.record, "outcome": entry.outcome, "facts": entry.facts(),
        "who": who, "what": seen.what, "not_shown": seen.hidden,
    })
}

fn opened(sealed: &store::SealedValue) -> Value {
    serde_json::from_str(&sealed.value).unwrap_or_default()
}

/// Whether the ledger is as it was written: `{"whole", …}`, with the first place that is not.
pub(crate) async fn verify(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    state.engine.must_audit(&who.actor).await.map_err(refused)?;
    match state.engine.verify_as(&who.actor).await {
        Ok(report) => Ok(Json(json!({
            "whole": true, "entries": report.entries, "checkpoints": report.heads, "erased": report.erased,
            "root": report.root.to_string(), "origin": report.last.as_ref().map(|last| &last.origin),
            "at": report.last.as_ref().map(|last| &last.at),
        }))),
        Err(AuditError::Fault(fault)) => Ok(Json(json!({
            "whole": false, "code": fault.kind.code(), "position": fault.position, "to": fault.to,
            "entry": fault.entry, "message": fault.to_string(),
        }))),
        Err(error) => Err(refused(error)),
    }
}

/// What shows, without this database, that an entry is on the ledger.
pub(crate) async fn prove(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    state.engine.must_audit(&who.actor).await.map_err(refused)?;
    let proof = state.engine.prove_entry_as(&who.actor, super::record_id(&id)?).await.map_err(refused)?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((kind, proof.written()).into_response())
}

/// The ledger as a file, as `loam audit export` writes it, but without contents that are not the reader's to see. Everything in it
/// leaves at once, so that a fresh proof is needed. Narrowed as entries are looked up, it is an excerpt: each entry with its proof.
pub(crate) async fn export(State(state): State<AppState>, who: SignedIn, uri: Uri) -> Result<Response, Problem> {
    state.engine.must_audit(&who.actor).await.map_err(refused)?;
    who.must_prove()?;
    let parameters = Parameters::of(&uri, &NARROWED, who.actor.locale)?;
    let wanted = wanted(&parameters, who.actor.locale)?;
    hand_out(&state, &who.actor, wanted).await
}

/// What is handed out.
enum Out {
    Whole(Box<Export>),
    Part(Box<Excerpt>),
}

impl Out {
    async fn next(&mut self) -> Result<Option<String>, AuditError> {
        match self {
            Self::Whole(export) => export.next().await,
            Self::Part(excerpt) => excerpt.next().await,
        }
    }
}

/// Hands out the whole ledger, or what of it is wanted, to an actor who administers the audit and has proved who they are.
pub(crate) async fn hand_out(state: &AppState, actor: &Actor, wanted: Wanted) -> Result<Response, Problem> {
    let whole = wanted == Wanted::default();
    let mut export = match whole {
        true => Out::Whole(Box::new(state.engine.export_ledger_as(actor).await.map_err(refused)?)),
        false => Out::Part(Box::new(state.engine.export_excerpt_as(actor, wanted).await.map_err(refused)?)),
    };
    let (sender, pieces) = mpsc::channel::<String>(4);
    tokio::spawn(async move {
        loop {
            match export.next().await {
                // A reader that has gone away needs no more.
                Ok(Some(piece)) => {
                    if sender.send(piece).await.is_err() {
                        return;
                    }
                }
                Ok(None) => return,
                Err(error) => return tracing::warn!(%error, "an export of the ledger stopped"),
            }
        }
    });
    let pieces = ReceiverStream::new(pieces).map(Ok::<_, std::convert::Infallible>);
    let named = match whole {
        true => "attachment; filename=\"ledger.ndjson\"",
        false => "attachment; filename=\"ledger-excerpt.ndjson\"",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(named)),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
