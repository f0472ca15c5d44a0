//! `/api/v1/outbox`: effects that were given up, for the system administrator.

use app::Area;
use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, Uri},
};
use engine::{Act, renew};
use serde_json::{Value, json};
use store::{Letter, OutboxState, StoreError};

use super::{account::must_administer_all, parameter::Parameters};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::SignedIn,
};

const MOST: u32 = 200;

/// Effects in a state, `dead` unless `state=pending`: `{"items": […]}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn, uri: Uri) -> Result<Json<Value>, Problem> {
    must_administer_all(&who, Area::System)?;
    let parameters = Parameters::of(&uri, &["state", "limit"], who.actor.locale)?;
    let wanted = match parameters.get("state") {
        None | Some("dead") => OutboxState::Dead,
        Some("pending") => OutboxState::Pending,
        Some(_) => return Err(Problem::parameter("state", "choice", "`dead`, `pending`")),
    };
    let limit = parameters.number("limit", MOST, MOST)?;
    let letters = state.engine.store().outbox().letters(wanted, limit).await.map_err(Problem::internal)?;
    Ok(Json(json!({"items": letters.iter().map(shown).collect::<Vec<_>>()})))
}

/// The payload stays inside: it may hold values that an administrator of the outbox has no grant for.
fn shown(letter: &Letter) -> Value {
    json!({
        "id": letter.entry.id.to_string(),
        "kind": letter.entry.kind,
        "key": letter.entry.key,
        "due": letter.entry.due.to_string(),
        "attempts": letter.attempts,
        "error": letter.last_error,
        // Numbers of records, which tell of none of them.
        "progress": renew::progress(&letter.entry).map(|(done, of)| json!({"done": done, "of": of})),
    })
}

/// Takes an effect up again, now.
pub(crate) async fn retry(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    must_administer_all(&who, Area::System)?;
    let id = super::record_id(&id)?;
    let due = state.engine.now();
    let act = Act::new("outbox.retry", "outbox").on(id);
    // An effect that is not there is no act: the error undoes the entry too.
    let revived = state.engine.noted(&who.actor, vec![act], move |tx| {
        Box::pin(async move {
            match tx.revive(id, due).await? {
                true => Ok(()),
                false => Err(Gone(None)),
            }
        })
    });
    match revived.await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(Gone(None)) => Err(Problem::new(Kind::NotFound)),
        Err(Gone(Some(error))) => Err(Problem::internal(error)),
    }
}

/// There is no such effect, or the database failed.
struct Gone(Option<StoreError>);

impl From<StoreError> for Gone {
    fn from(error: StoreError) -> Self {
        Self(Some(error))
    }
}
