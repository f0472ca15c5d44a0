//! Workflows: what somebody may start, and what concerns whoever is asked.

use engine::{Actor, query::case::MOST_REPLAYED};
use serde_json::{Map, Value, json};

use super::{Operation, as_json, in_path, items, put, query, schema::named};

/// The shapes of cases.
pub(super) fn schemas(schemas: &mut Map<String, Value>) {
    let text = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let all = json!({
        "CaseLine": {"type": "object", "required": ["case", "workflow", "label", "record", "title", "state", "at"],
            "properties": {
                "case": text(), "task": {"type": ["integer", "null"]}, "workflow": text(), "label": text(), "step": maybe(),
                "step_label": text(), "entity": text(), "record": text(), "title": text(), "starter": text(),
                "state": {"enum": ["running", "resting", "ended"]}, "outcome": maybe(), "answer": maybe(), "at": text(),
                "due": maybe(), "late": {"type": "boolean"}, "read": {"type": "boolean"},
                "signature": {"enum": ["never", "approving", "always"]},
            }},
        "Case": {"type": "object", "required": ["id", "workflow", "entity", "record", "state", "steps", "tasks", "trail"],
            "properties": {
                "id": text(), "workflow": text(), "label": maybe(), "entity": text(), "record": text(), "title": text(),
                "state": {"enum": ["running", "resting", "ended"]}, "outcome": maybe(), "starter": text(),
                "started": text(), "ended": maybe(), "steps": {"type": "array", "items": text()},
                "paused": {"type": "array", "items": text()},
                "tasks": {"type": "array", "items": {"type": "object"}}, "trail": {"type": "array", "items": {"type": "object"}},
                "mine": {"type": ["object", "null"]},
            }},
    });
    if let Value::Object(all) = all {
        schemas.extend(all);
    }
}

/// The addresses of workflows: there where the app has any.
pub(super) fn paths(actor: &Actor, paths: &mut Map<String, Value>) {
    let app = &actor.edition.app;
    let Some(part) = app.parts().last().filter(|_| !app.workflows().is_empty()) else { return };
    let root = format!("/api/v1/{}/workflows", part.name);
    let list = items(json!({"type": "object", "required": ["name", "label", "entity", "start", "manage"]}));
    put(paths, &root, "get", plain("workflows.list", "workflows one may start or manage", list));
    let boxes = json!({"enum": ["open", "done", "started", "copied"]});
    let asked = vec![
        query("box", boxes, "what is asked, was answered, started or copied"),
        query("limit", json!({"type": "integer"}), ""),
        query("cursor", json!({"type": "string"}), "`next` of the page before"),
    ];
    let tasks = Operation { parameters: asked, ..plain("cases.tasks", "one's own list", items(named("CaseLine"))) };
    put(paths, &format!("{root}/tasks"), "get", tasks);
    let counts = json!({"type": "object", "required": ["open", "copied"]});
    put(paths, &format!("{root}/counts"), "get", plain("cases.counts", "how many wait for one", counts));
    let show = Operation { parameters: vec![in_path("id")], ..plain("cases.get", "how a case stands", named("Case")) };
    put(paths, &format!("{root}/cases/{{id}}"), "get", show);
    let picture = Operation {
        parameters: vec![in_path("id"), in_path("event")],
        answer: Some(json!({"image/svg+xml": {"schema": {"type": "string"}}})),
        ..plain("cases.signature", "the picture of a signature, by what was signed", json!({}))
    };
    put(paths, &format!("{root}/cases/{{id}}/signatures/{{event}}"), "get", picture);
    let acts = [
        "decide",
        "keep",
        "return",
        "withdraw",
        "take-back",
        "transfer",
        "delegate",
        "add-signer",
        "remove-signer",
        "claim",
        "unclaim",
        "urge",
        "copy",
        "read",
        "discuss",
        "jump",
        "revive",
        "terminate",
        "rest",
        "resume",
        "signal",
        "migrate",
    ];
    let point = json!({"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 600}, "minItems": 2, "maxItems": 2});
    let signature = json!({"type": "object", "properties": {
        "drawn": {"type": "array", "items": {"type": "array", "items": point}},
        "typed": {"type": "string"},
    }});
    let body =
        json!({"type": "object", "required": ["do"], "properties": {"do": {"enum": acts}, "signature": signature}});
    let act = Operation {
        parameters: vec![in_path("id")],
        body: Some(as_json(body)),
        ..plain("cases.act", "do something in a case", json!({"type": "object", "required": ["id"]}))
    };
    put(paths, &format!("{root}/cases/{{id}}"), "post", act);
    let several = json!({"type": "object", "required": ["answers"]});
    let decide = Operation {
        body: Some(as_json(several)),
        ..plain("cases.decide", "several answers at once", items(json!({"type": "object", "required": ["id"]})))
    };
    put(paths, &format!("{root}/decide"), "post", decide);
    let mut manages = false;
    for process in app.workflows() {
        let runs = actor.runs(process.name.as_str());
        manages |= runs.manage;
        if runs.manage {
            let line = json!({"type": "object", "required": ["id", "record", "edition", "steps", "class"]});
            let id = format!("workflows.{}.running", process.name);
            let running = plain(&id, "cases that run, and what the last publish means for them", items(line));
            put(paths, &format!("{root}/{}/cases", process.name), "get", running);
            let figures =
                json!({"type": "object", "required": ["from", "to", "steps", "outcomes", "bottleneck", "cut"]});
            let day = || json!({"type": "string", "format": "date"});
            let statistics = Operation {
                parameters: vec![
                    query("from", day(), "the first day"),
                    query("to", day(), "the last day, today unless said"),
                ],
                ..plain(&format!("workflows.{}.statistics", process.name), "what its steps take, in seconds", figures)
            };
            put(paths, &format!("{root}/{}/statistics", process.name), "get", statistics);
            let went = json!({"type": "object", "required": ["cases", "unreadable", "differing"]});
            let last = json!({"type": "integer", "minimum": 1, "maximum": MOST_REPLAYED});
            let replay = Operation {
                parameters: vec![query("last", last, "so many past cases, the newest")],
                ..plain(
                    &format!("workflows.{}.replay", process.name),
                    "what past cases would have come to by the present steps",
                    went,
                )
            };
            put(paths, &format!("{root}/{}/replay", process.name), "get", replay);
        }
        if runs.start {
            let body = json!({"type": "object", "properties": {
                "record": {"type": "string", "format": "uuid"},
                "records": {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": 5000},
                "chosen": {"type": "object"},
            }});
            let start = Operation {
                body: Some(as_json(body)),
                status: "201",
                ..plain(
                    &format!("workflows.{}.start", process.name),
                    process.label.get(actor.locale),
                    json!({"type": "object"}),
                )
            };
            put(paths, &format!("{root}/{}/cases", process.name), "post", start);
        }
    }
    if manages {
        let body = json!({"type": "object", "required": ["from", "to"]});
        let hand_over = Operation {
            body: Some(as_json(body)),
            ..plain("cases.hand-over", "what somebody was to answer goes to another", items(json!({"type": "object"})))
        };
        put(paths, &format!("{root}/hand-over"), "post", hand_over);
    }
}

fn plain<'a>(id: &str, summary: &'a str, answer: Value) -> Operation<'a> {
    Operation {
        id: id.to_owned(),
        tag: "Workflows",
        summary,
        parameters: Vec::new(),
        body: None,
        status: "200",
        answer: Some(as_json(answer)),
        again: false,
    }
}
