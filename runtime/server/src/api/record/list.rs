//! `GET /api/v1/{app}/{entity}`

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use engine::Actor;
use model::{EntityId, Type};
use policy::{Bin, Direction, List, Sort};

use super::{filter, json};
use crate::{
    AppState,
    api::{
        self, cursor,
        parameter::{Parameters, say},
        shape, write,
    },
    problem::Problem,
    session::SignedIn,
};

pub(crate) const KNOWN: [&str; 7] = ["filter", "search", "sort", "fields", "limit", "cursor", "deleted"];
const MOST: u32 = 200;
const USUAL: u32 = 20;
const MOST_KEYS: usize = 5;

/// A page of records: `{"items": […], "next": cursor|null}`.
pub(crate) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &KNOWN, actor.locale)?;
    let entity = api::entity(actor, &app, &entity)?;
    answer(&state, actor, entity, &parameters, formula::Predicate::always()).await
}

/// The page that parameters ask for, of the records that meet a condition as the reader sees them.
pub(crate) async fn answer(
    state: &AppState,
    actor: &Actor,
    entity: &app::Entity,
    parameters: &Parameters,
    rows: formula::Predicate,
) -> Result<Response, Problem> {
    let shape = state.api.shapes.get(actor, entity, parameters.get("fields"))?;
    let order = parameters.get("sort").unwrap_or_default();
    let sort = sort(actor, entity.id, order)?;
    let bound = format!("{}:{order}", entity.name);
    let after = match parameters.get("cursor") {
        None => None,
        Some(text) => {
            let types: Vec<&Type> = sort.iter().map(|sort| &sort.by.ty).collect();
            Some(cursor::read(&bound, &types, text).ok_or_else(|| {
                let message = say(
                    actor.locale,
                    "不是这个列表和排序方式给出的游标",
                    "this cursor was not given by this list in this order",
                );
                Problem::parameter("cursor", "format", message)
            })?)
        }
    };
    let list = List {
        columns: shape.columns.clone(),
        filter: filter::parse(state, actor, entity, parameters.get("filter"))?.and(rows),
        search: parameters.get("search").map(str::to_owned),
        sort,
        after,
        bin: if parameters.flag("deleted")? { Bin::Inside } else { Bin::Outside },
        ..List::all(entity.id, parameters.number("limit", USUAL, MOST)?)
    };
    let page = state.engine.query(actor, list).await.map_err(|error| Problem::of_query(error, actor))?;
    let mut body = Vec::with_capacity(64 + page.rows.len() * 256);
    body.extend_from_slice(b"{\"items\":");
    write::list(&mut body, &page.rows, |body, row| shape.write(body, row));
    body.extend_from_slice(b",\"next\":");
    match &page.next {
        Some(next) => write::text(&mut body, &cursor::write(&bound, next)),
        None => body.extend_from_slice(b"null"),
    }
    body.push(b'}');
    Ok(json(StatusCode::OK, body))
}

/// Reads `-hired,name`.
fn sort(actor: &Actor, entity: EntityId, text: &str) -> Result<Vec<Sort>, Problem> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let keys = names.map(|name| {
        let (direction, name) = match name.strip_prefix('-') {
            Some(name) => (Direction::Descending, name),
            None => (Direction::Ascending, name),
        };
        let by = shape::path(&actor.edition.app, actor, entity, "sort", name)?;
        if matches!(by.ty, Type::List(_) | Type::Json | Type::Secret) {
            let message = say(actor.locale, "不能按这个字段排序", "nothing can be sorted by this field");
            return Err(Problem::parameter("sort", "type", format!("{message}: `{name}`")));
        }
        Ok(Sort { by, direction })
    });
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    if keys.len() > MOST_KEYS {
        let message = say(actor.locale, "排序字段最多 5 个", "at most 5 fields can be sorted by");
        return Err(Problem::parameter("sort", "range", message));
    }
    Ok(keys)
}
