//! `/api/v1/boards`: boards that people put together. They hold names of terms and no numbers; those come from `/api/v1/terms`, with
//! the reader's own rights.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use engine::{Actor, Audience, Command, EveryBoard, Layout, NewBoard, UnitBoards, series::visible};
use model::{RecordId, Uuid};
use serde::Deserialize;
use serde_json::{Value, json};
use store::UnitBoard;

use super::{
    body,
    parameter::Parameters,
    record::{etag, expected},
    record_id,
};
use crate::{
    AppState,
    page::unit_board::{looks_after, opens},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// What a board is asked to be; of one that is there already, what is to change.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    name: Option<String>,
    unit: Option<String>,
    terms: Option<Vec<String>>,
    layout: Option<String>,
    audience: Option<String>,
}

impl Asked {
    /// The board that is asked for, where what is not said is as it was.
    fn board(self, id: RecordId, before: Option<&UnitBoard>) -> Result<NewBoard, Problem> {
        let was = |part: fn(&UnitBoard) -> &String| before.map(|before| part(before).clone());
        let unit = match self.unit.as_deref().map(Uuid::parse_str) {
            Some(unit) => unit.ok(),
            None => before.map(|before| before.unit),
        };
        let layout = self.layout.or_else(|| was(|board| &board.layout));
        let layout = layout.as_deref().map_or(Some(Layout::Numbers), Layout::parse);
        let audience = self.audience.or_else(|| was(|board| &board.audience));
        let audience = audience.as_deref().map_or(Some(Audience::Me), Audience::parse);
        let (Some(unit), Some(layout), Some(audience)) = (unit, layout, audience) else {
            let faults = [
                (unit.is_none(), "unit", "reference", "the id of a unit".to_owned()),
                (layout.is_none(), "layout", "choice", Layout::ALL.map(Layout::word).join(", ")),
                (audience.is_none(), "audience", "choice", Audience::ALL.map(Audience::word).join(", ")),
            ];
            let wrong = faults.into_iter().filter(|(wrong, ..)| *wrong);
            return Err(wrong.fold(Problem::new(Kind::Invalid), |problem, (_, field, code, message)| {
                problem.error(field, code, message)
            }));
        };
        Ok(NewBoard {
            id,
            unit,
            name: self.name.or_else(|| was(|board| &board.name)).unwrap_or_default(),
            terms: self.terms.or_else(|| before.map(|before| before.terms.clone())).unwrap_or_default(),
            layout,
            audience,
            // What is not said is as it was in this version, and in no other.
            expected: before.map(|before| before.version),
        })
    }
}

/// A board as the reader may know it: terms they may not see are not named.
fn shown(actor: &Actor, board: &UnitBoard) -> Value {
    let app = &actor.edition.app;
    let known = |name: &&String| app.term_named(name).is_some_and(|term| visible(actor, term));
    json!({
        "id": board.id.to_string(),
        "name": board.name,
        "unit": board.unit.to_string(),
        "terms": board.terms.iter().filter(known).collect::<Vec<_>>(),
        "layout": board.layout,
        "audience": board.audience,
        "owner": board.account.to_string(),
        "own": board.account == actor.user,
        "made": board.made.to_string(),
        "version": board.version,
    })
}

/// The same as an answer, with its version as `ETag`.
fn answer(actor: &Actor, board: &UnitBoard, status: StatusCode) -> Response {
    (status, [(header::ETAG, etag(board.version))], Json(shown(actor, board))).into_response()
}

fn must_open(actor: &Actor) -> Result<(), Problem> {
    if opens(actor) { Ok(()) } else { Err(Problem::new(Kind::Denied)) }
}

/// A board that the reader sees.
async fn found(state: &AppState, actor: &Actor, id: &str) -> Result<UnitBoard, Problem> {
    let only = Some(record_id(id)?);
    let found = state.engine.query(actor, UnitBoards { only }).await;
    let found = found.map_err(|error| Problem::of_query(error, actor))?.pop();
    found.ok_or_else(|| Problem::new(Kind::NotFound))
}

async fn execute(state: &AppState, actor: &Actor, command: Command) -> Result<(), Problem> {
    let done = state.engine.execute(actor, command).await;
    done.map(drop).map_err(|error| Problem::of_command(error, actor))
}

/// The boards the reader sees, their own first; with `all=true` every board, for whoever administers the system:
/// `{"items": […]}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn, uri: Uri) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["all"], actor.locale)?;
    let boards = match parameters.get("all") {
        None | Some("false") => {
            must_open(actor)?;
            state.engine.query(actor, UnitBoards::default()).await
        }
        Some("true") if looks_after(actor) => state.engine.query(actor, EveryBoard).await,
        Some("true") => return Err(Problem::new(Kind::Denied)),
        Some(_) => return Err(Problem::parameter("all", "choice", "`true`, `false`")),
    };
    let boards = boards.map_err(|error| Problem::of_query(error, actor))?;
    Ok(Json(json!({"items": boards.iter().map(|board| shown(actor, board)).collect::<Vec<_>>()})))
}

/// One board.
pub(crate) async fn one(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    must_open(&who.actor)?;
    let board = found(&state, &who.actor, &id).await?;
    Ok(answer(&who.actor, &board, StatusCode::OK))
}

/// Puts a board together: `{"name", "unit", "terms", "layout"?, "audience"?}`.
pub(crate) async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    must_open(actor)?;
    let asked: Asked = body::parse(&headers, &content)?;
    let new = asked.board(state.engine.new_id(), None)?;
    let id = new.id.to_string();
    execute(&state, actor, Command::MakeBoard(new)).await?;
    let board = found(&state, actor, &id).await?;
    Ok(answer(actor, &board, StatusCode::CREATED))
}

/// Makes one of one's own another: what is not said stays. With `If-Match` only the version it names; without, what somebody
/// changed between is not lost either.
pub(crate) async fn change(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    must_open(actor)?;
    let asked: Asked = body::parse(&headers, &content)?;
    let wanted = expected(&headers, actor.locale)?;
    let before = found(&state, actor, &id).await?;
    if before.account != actor.user {
        return Err(Problem::new(Kind::Denied).noted());
    }
    let mut new = asked.board(before.id, Some(&before))?;
    new.expected = wanted.or(new.expected);
    execute(&state, actor, Command::ChangeBoard(new)).await?;
    let board = found(&state, actor, &id).await?;
    Ok(answer(actor, &board, StatusCode::OK))
}

/// Removes one of one's own boards, or any as whoever administers the system.
pub(crate) async fn remove(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let actor = &who.actor;
    let id = record_id(&id)?;
    let there = if looks_after(actor) {
        let all = state.engine.query(actor, EveryBoard).await;
        all.map_err(|error| Problem::of_query(error, actor))?.iter().any(|board| board.id == id)
    } else {
        must_open(actor)?;
        let board = found(&state, actor, &id.to_string()).await?;
        if board.account != actor.user {
            return Err(Problem::new(Kind::Denied).noted());
        }
        true
    };
    if !there {
        return Err(Problem::new(Kind::NotFound));
    }
    execute(&state, actor, Command::RemoveBoard { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
