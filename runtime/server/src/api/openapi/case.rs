//! Workflows: what somebody may start, and what concerns whoever is asked.

use app::{App, Field, FieldKind};
use engine::{
    Actor,
    query::case::{MOST_CLASSED, MOST_REPLAYED},
};
use policy::Action;
use serde_json::{Map, Value, json};
use workflow::Process;

use super::{Operation, as_json, in_header, in_path, items, put, query, schema::named};
use crate::draft::MOST_CASES;

/// What `gone` says in answers about a workflow.
const GONE: &str = "whether the workflow is no longer in the app: its running cases keep their steps, and none is moved to present ones";

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
    let list = items(json!({"type": "object", "required": ["name", "label", "entity", "start", "manage", "gone"]}));
    put(paths, &root, "get", plain("workflows.list", "workflows one may start or manage", list));
    let boxes = json!({"enum": ["open", "done", "started", "copied"]});
    let asked = vec![
        query("box", boxes, "what is asked, was answered, started or copied"),
        query("workflow", json!({"type": "string"}), "only cases of this workflow, by name"),
        query("state", json!({"enum": ["running", "resting", "ended"]}), "only cases in this state"),
        query("from", json!({"type": "string", "format": "date"}), "only what came on this day or later"),
        query("to", json!({"type": "string", "format": "date"}), "only what came on this day or before"),
        query("overdue", json!({"type": "boolean"}), "only open tasks whose time is over"),
        query(
            "q",
            json!({"type": "string"}),
            "only those in whose titles this stands; a page may then be short or empty, and `next` goes on",
        ),
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
        "migrate-back",
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
    upload(app, &root, paths);
    let several = json!({"type": "object", "required": ["answers"]});
    let decide = Operation {
        body: Some(as_json(several)),
        ..plain("cases.decide", "several answers at once", items(json!({"type": "object", "required": ["id"]})))
    };
    put(paths, &format!("{root}/decide"), "post", decide);
    let mut manages = false;
    for process in app.workflows() {
        explained(actor, process, paths);
        let runs = actor.runs(process.name.as_str());
        manages |= runs.manage;
        if runs.manage {
            running(&root, process, paths);
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
            let went = json!({"type": "object", "required": ["cases", "unreadable", "unknown_fields", "differing"]});
            let last = |most: u32| json!({"type": "integer", "minimum": 1, "maximum": most});
            let body = json!({"type": "object", "properties": {
                "yaml": {"type": "string"}, "edition": {"type": "integer"}, "last": last(MOST_CASES),
            }});
            let draft = Operation {
                body: Some(as_json(body)),
                ..plain(
                    &format!("workflows.{}.replay.draft", process.name),
                    "what past cases would have come to by the steps of a draft, or of a published version; nothing is published",
                    went.clone(),
                )
            };
            put(paths, &format!("{root}/{}/replay", process.name), "post", draft);
            let replay = Operation {
                parameters: vec![query("last", last(MOST_REPLAYED), "so many past cases, the newest")],
                ..plain(
                    &format!("workflows.{}.replay", process.name),
                    "what past cases would have come to by the present steps",
                    went,
                )
            };
            put(paths, &format!("{root}/{}/replay", process.name), "get", replay);
            moving(&root, process, paths);
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
        let text = || json!({"type": "string"});
        let body = json!({"type": "object", "required": ["from", "to"], "properties": {
            "from": text(), "to": text(), "workflow": text(),
        }});
        let stayed = json!({"type": "object", "required": ["case", "step", "step_label", "code", "message"]});
        let handed = json!({"type": "object", "required": ["items", "stayed"], "properties": {
            "items": {"type": "array", "items": {"type": "object", "required": ["id"]}},
            "stayed": {"type": "array", "items": stayed},
        }});
        let hand_over = Operation {
            body: Some(as_json(body)),
            ..plain("cases.hand-over", "what somebody was to answer goes to another, as far as it can", handed)
        };
        put(paths, &format!("{root}/hand-over"), "post", hand_over);
        let line = json!({"type": "object", "required": ["login", "name", "why", "workflow", "label", "tasks"], "properties": {
            "login": text(), "name": text(), "why": {"enum": ["closed", "unassigned"]}, "workflow": text(), "label": text(),
            "tasks": {"type": "integer"},
        }});
        let place = json!({"type": "object", "required": ["step", "step_label", "due"], "properties": {
            "step": text(), "step_label": text(), "due": {"type": "array", "items": text()},
        }});
        let moving = json!({"type": "object", "required": ["before", "after", "outcome"], "properties": {
            "before": {"type": "array", "items": place}, "after": {"type": "array", "items": place},
            "outcome": {"type": ["string", "null"]},
        }});
        let migration = Operation {
            parameters: vec![
                in_path("id"),
                query("edition", json!({"type": "integer"}), "the published version, the present one unless said"),
            ],
            ..plain("cases.migration", "what moving a case to other steps would come to", moving)
        };
        put(paths, &format!("{root}/cases/{{id}}/migration"), "get", migration);
        let leavers = plain("cases.leavers", "whose tasks wait although they left", items(line));
        put(paths, &format!("{root}/leavers"), "get", leavers);
    }
}

/// Sending a file before the task is answered that asks for it: there where cases are about records that hold files.
fn upload(app: &App, root: &str, paths: &mut Map<String, Value>) {
    let holds = |field: &Field| matches!(field.kind, FieldKind::File | FieldKind::Image);
    let mut entities = app.workflows().iter().filter_map(|process| app.entity(process.entity));
    if !entities.any(|entity| app.fields_of(entity).any(holds)) {
        return;
    }
    let part = |name: &str, schema: Value| json!({"name": name, "in": "path", "required": true, "schema": schema});
    let form = json!({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}});
    let one = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}});
    let operation = Operation {
        parameters: vec![
            in_path("id"),
            part("task", json!({"type": "integer"})),
            part("field", json!({"type": "string"})),
            in_header("Idempotency-Key", "the same request with the same key is done once"),
        ],
        body: Some(json!({"multipart/form-data": {"schema": form}})),
        status: "201",
        ..plain("cases.upload", "send a file first, for a field that a task opens, answered within a day", items(one))
    };
    put(paths, &format!("{root}/cases/{{id}}/tasks/{{task}}/uploads/{{field}}"), "post", operation);
}

/// The cases of a workflow that run.
fn running(root: &str, process: &Process, paths: &mut Map<String, Value>) {
    let line = json!({"type": "object", "required": ["id", "record", "edition", "steps", "class"]});
    let answer = json!({"type": "object", "required": ["items", "next", "earlier", "gone"], "properties": {
        "items": {"type": "array", "items": line},
        "next": {"type": ["string", "null"], "description": "`before` of the next page; null where this is the last"},
        "earlier": {"type": ["integer", "null"],
            "description": "how many of all that run go by earlier steps, told once: null where `before` is given"},
        "gone": {"type": "boolean", "description": GONE},
    }});
    let id = format!("workflows.{}.running", process.name);
    let operation = Operation {
        parameters: vec![
            query("limit", json!({"type": "integer"}), ""),
            query("before", json!({"type": "string", "format": "uuid"}), "`next` of the page before"),
        ],
        ..plain(&id, "cases that run, and what the last publish means for them", answer)
    };
    put(paths, &format!("{root}/{}/cases", process.name), "get", operation);
}

/// What a publish means for the running cases of a workflow, all of them moved, and taken back.
fn moving(root: &str, process: &Process, paths: &mut Map<String, Value>) {
    let text = || json!({"type": "string"});
    let count = || json!({"type": "integer"});
    let flag = |description: &str| json!({"type": "boolean", "description": description});
    let more = || {
        flag(
            "whether there are more cases than one request goes over: \
             ask again for the same move, with a new Idempotency-Key if there was one",
        )
    };
    let once = || {
        in_header(
            "Idempotency-Key",
            "the same request with the same key is done once and answered as before; \
             where `more` was true, the next part needs a new key",
        )
    };
    let maybe = || json!({"type": ["string", "null"]});
    let whole = |required: &[&str], properties: Value| json!({"type": "object", "required": required, "properties": properties});
    let path = format!("{root}/{}/migration", process.name);
    let id = |word: &str| format!("workflows.{}.{word}", process.name);
    let reason = whole(
        &["step", "step_label", "code", "message", "cases"],
        json!({"step": maybe(), "step_label": maybe(), "code": {"enum": ["blocked", "unreadable", "gone"]},
            "message": text(), "cases": count()}),
    );
    let edition = whole(
        &["edition", "keep", "migrate", "blocked", "reasons"],
        json!({"edition": count(), "keep": count(), "migrate": count(), "blocked": count(),
            "reasons": {"type": "array", "items": reason}}),
    );
    let left = whole(&["move", "at", "cases"], json!({"move": text(), "at": text(), "cases": count()}));
    let classes = whole(
        &["edition", "keep", "migrate", "blocked", "editions", "cut", "gone", "moves"],
        json!({"edition": count(), "keep": count(), "migrate": count(), "blocked": count(),
            "editions": {"type": "array", "items": edition},
            "cut": flag(&format!("whether more cases run than are looked at: the newest, some {MOST_CLASSED}")),
            "gone": flag(GONE),
            "moves": {"type": "array", "items": left, "description": "moves that can still be taken back, the latest first"}}),
    );
    let summary = "how many running cases are kept, could be moved to the present steps or are blocked, and why";
    put(paths, &path, "get", plain(&id("classes"), summary, classes));
    let stayed = || {
        let line = whole(
            &["case", "step", "step_label", "code", "message"],
            json!({"case": text(), "step": maybe(), "step_label": maybe(), "code": text(), "message": text()}),
        );
        json!({"type": "array", "items": line})
    };
    let uuid = json!({"type": "string", "format": "uuid", "description": "the move to go on with or to ask for again"});
    let moved = whole(
        &["move", "moved", "blocked", "stayed", "more"],
        json!({"move": maybe(), "moved": count(), "blocked": count(), "stayed": stayed(), "more": more()}),
    );
    let migrate = Operation {
        parameters: vec![once()],
        body: Some(as_json(json!({"type": "object", "properties": {"move": uuid}}))),
        ..plain(&id("migrate"), "every running case that can be is moved to the present steps", moved)
    };
    put(paths, &path, "post", migrate);
    let back = whole(
        &["move", "back", "blocked", "stayed", "more"],
        json!({"move": text(), "back": count(), "blocked": count(), "stayed": stayed(), "more": more()}),
    );
    let back = Operation {
        parameters: vec![in_path("id"), once()],
        ..plain(&id("migrate-back"), "a move is taken back, as far as nothing has happened since", back)
    };
    put(paths, &format!("{path}/{{id}}/back"), "post", back);
}

/// What somebody may do with cases about a record: there where its records can be read.
fn explained(actor: &Actor, process: &Process, paths: &mut Map<String, Value>) {
    let Some(entity) = actor.edition.app.entity(process.entity) else { return };
    if actor.rights.access(entity.id, Action::Read).is_none() {
        return;
    }
    let text = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let may = || {
        json!({"type": "object", "required": ["allowed", "refused"],
            "properties": {"allowed": {"type": "boolean"}, "refused": maybe()}})
    };
    let deed = json!({"type": "object", "required": ["do", "step", "task", "allowed", "refused"], "properties": {
        "do": text(), "step": maybe(), "task": {"type": ["integer", "null"]}, "allowed": {"type": "boolean"},
        "refused": maybe(),
    }});
    let said = ["role", "start", "manage", "where", "holds"];
    let reason = json!({"type": "object", "required": said, "properties": {
        "role": text(), "start": {"type": "boolean"}, "manage": {"type": "boolean"}, "where": text(),
        "holds": {"type": ["boolean", "null"]},
    }});
    let answer = json!({"type": "object", "required": ["reasons", "start", "manage", "case"], "properties": {
        "reasons": {"type": "array", "items": reason}, "start": may(), "manage": may(),
        "case": {"type": ["object", "null"], "required": ["id", "state", "may"], "properties": {
            "id": text(), "state": {"enum": ["running", "resting"]}, "may": {"type": "array", "items": deed},
        }},
    }});
    let operation = Operation {
        parameters: vec![in_path("id"), query("about", text(), "a login; oneself unless it is named")],
        ..plain(
            &format!("workflows.{}.access", process.name),
            "why cases may be started, managed and answered, or not",
            answer,
        )
    };
    let path = format!("/api/v1/{}/{}/{{id}}/access/{}", entity.app, entity.name, process.name);
    put(paths, &path, "get", operation);
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
