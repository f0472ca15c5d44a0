//! Boards that people put together: for whoever can, and for whoever looks after all of them.

use engine::{Actor, Audience, Layout};
use serde_json::{Map, Value, json};

use super::{Operation, as_json, entity::if_match, in_path, items, put, query, schema::named};
use crate::page::unit_board::{looks_after, opens};

/// The shape of a board.
pub(super) fn schemas(schemas: &mut Map<String, Value>) {
    let text = || json!({"type": "string"});
    let board = json!({
        "type": "object",
        "required": ["id", "name", "unit", "terms", "layout", "audience", "owner", "own", "made", "version"],
        "properties": {
            "id": text(), "name": text(), "unit": text(), "terms": {"type": "array", "items": text()},
            "layout": {"enum": Layout::ALL.map(Layout::word)}, "audience": {"enum": Audience::ALL.map(Audience::word)},
            "owner": text(), "own": {"type": "boolean"}, "made": text(), "version": {"type": "integer"},
        },
    });
    schemas.insert("Board".to_owned(), board);
}

/// The addresses of boards.
pub(super) fn paths(actor: &Actor, paths: &mut Map<String, Value>) {
    let (makes, looks_after) = (opens(actor), looks_after(actor));
    if !makes && !looks_after {
        return;
    }
    let operation = |id: &str, summary, status, answer: Option<Value>| Operation {
        id: id.to_owned(),
        tag: "Boards",
        summary,
        parameters: Vec::new(),
        body: None,
        status,
        answer: answer.map(as_json),
        again: false,
    };
    let (all, one) = ("/api/v1/boards", "/api/v1/boards/{id}");
    let mut list = operation("boards.list", "boards that people put together", "200", Some(items(named("Board"))));
    if looks_after {
        let words = if makes { "`true` for every board" } else { "`true`, for every board" };
        list.parameters.push(query("all", json!({"type": "boolean"}), words));
    }
    put(paths, all, "get", list);
    let id = || vec![in_path("id")];
    let remove = operation("boards.delete", "remove a board", "204", None);
    put(paths, one, "delete", Operation { parameters: id(), ..remove });
    if !makes {
        return;
    }
    let text = || json!({"type": "string"});
    let properties = json!({
        "name": text(), "unit": {"type": "string", "format": "uuid"}, "terms": {"type": "array", "items": text(), "maxItems": 6},
        "layout": {"enum": Layout::ALL.map(Layout::word)}, "audience": {"enum": Audience::ALL.map(Audience::word)},
    });
    let new = json!({"type": "object", "required": ["name", "unit", "terms"], "properties": properties});
    let create = operation("boards.create", "put a board together", "201", Some(named("Board")));
    put(paths, all, "post", Operation { body: Some(as_json(new)), ..create });
    let get = operation("boards.get", "a board", "200", Some(named("Board")));
    put(paths, one, "get", Operation { parameters: id(), ..get });
    let changed = json!({"type": "object", "properties": properties});
    let change = operation("boards.update", "make a board of one's own another", "200", Some(named("Board")));
    let parameters = vec![in_path("id"), if_match()];
    put(paths, one, "patch", Operation { parameters, body: Some(as_json(changed)), ..change });
}
