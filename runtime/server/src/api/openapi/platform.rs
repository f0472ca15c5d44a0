//! The operations and shapes that every app has.

use app::Area;
use serde_json::{Map, Value, json};

use super::{Operation, as_json, entity::version, in_path, items, put, query, schema::named};

/// The shapes that do not depend on the app.
pub(super) fn schemas() -> Map<String, Value> {
    let text = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let all = json!({
        "Problem": {"type": "object", "required": ["type", "title", "status"], "properties": {
            "type": text(), "title": text(), "status": {"type": "integer"}, "detail": text(),
            "errors": {"type": "array", "items": named("FieldError")},
        }},
        "FieldError": {"type": "object", "required": ["field", "code", "message"], "properties": {
            "field": maybe(), "code": text(), "message": text(), "index": {"type": "integer"},
        }},
        "Changed": {"type": "object", "required": ["id", "version"], "properties": {
            "id": text(), "version": version(),
        }},
        "Bulk": {"type": "object", "required": ["commands"], "properties": {"commands": {"type": "array", "maxItems": 1000, "items": {
            "type": "object", "required": ["do"], "properties": {
                "do": {"enum": ["create", "update", "delete", "restore"]},
                "id": text(), "version": version(), "fields": {"type": "object"},
            },
        }}}},
        "History": {"type": "object", "required": ["change", "at", "by", "by_name", "action"], "properties": {
            "change": text(), "at": text(), "by": text(), "by_name": text(), "action": text(), "field": maybe(),
            "before": {}, "after": {},
        }},
        "Comment": {"type": "object", "required": ["id", "by", "by_name", "at", "text"], "properties": {
            "id": text(), "by": text(), "by_name": text(), "at": text(), "text": text(),
        }},
        "Attachment": {"type": "object", "required": ["id", "name", "size", "media_type"], "properties": {
            "id": text(), "name": text(), "size": {"type": "integer"}, "media_type": text(), "by_name": text(), "at": text(),
        }},
        "Session": {"type": "object", "required": ["account"], "properties": {
            "account": {"type": "object"}, "csrf": text(), "token": text(),
        }},
        "Found": {"type": "object", "required": ["app", "entity", "id", "label"], "properties": {
            "app": text(), "entity": text(), "id": text(), "label": text(), "hint": text(),
        }},
        "Account": {"type": "object", "required": ["id", "login", "name", "roles", "active"], "properties": {
            "id": text(), "login": text(), "name": text(), "person": maybe(), "active": {"type": "boolean"},
            "roles": {"type": "array", "items": text()}, "locale": text(), "created_at": text(), "signed_in_at": maybe(),
        }},
        "Entry": {"type": "object", "required": ["id", "at", "action", "object", "outcome"], "properties": {
            "id": text(), "position": {"type": ["integer", "null"]}, "at": text(), "actor": maybe(), "actor_name": text(),
            "behalf": maybe(), "session": maybe(), "act": text(), "action": text(), "object": text(), "record": maybe(),
            "outcome": {"enum": ["done", "refused", "failed"]}, "facts": {}, "who": {}, "what": {},
            "not_shown": {"type": "array", "items": text()},
        }},
        "Letter": {"type": "object", "required": ["id", "kind", "attempts"], "properties": {
            "id": text(), "kind": text(), "key": text(), "due": text(), "attempts": {"type": "integer"}, "error": maybe(),
        }},
    });
    match all {
        Value::Object(all) => all,
        _ => Map::new(),
    }
}

/// The addresses that do not depend on the app.
pub(super) fn paths(paths: &mut Map<String, Value>, area: Option<Area>) {
    let session = "/api/v1/session";
    put(
        paths,
        session,
        "get",
        Operation { answer: Some(as_json(named("Session"))), ..plain("session.show", "who is signed in", "200") },
    );
    let credentials = json!({"type": "object", "required": ["login", "password"], "properties": {
        "login": {"type": "string"}, "password": {"type": "string"}, "code": {"type": "string"}, "token": {"type": "boolean"},
    }});
    put(
        paths,
        session,
        "post",
        Operation {
            body: Some(as_json(credentials)),
            answer: Some(as_json(named("Session"))),
            ..plain("session.begin", "sign in", "201")
        },
    );
    put(paths, session, "delete", plain("session.end", "sign out", "204"));
    put(
        paths,
        "/api/v1/search",
        "get",
        Operation {
            parameters: vec![
                query("q", json!({"type": "string"}), "words"),
                query("limit", json!({"type": "integer"}), ""),
            ],
            answer: Some(as_json(items(named("Found")))),
            ..plain("search", "records of every entity", "200")
        },
    );
    own_access(paths);
    if area == Some(Area::Security) {
        security(paths);
    }
    if matches!(area, Some(Area::System | Area::Security)) {
        accounts(paths, area == Some(Area::System));
    }
    if area == Some(Area::System) {
        outbox(paths);
    }
    if area == Some(Area::Audit) {
        audit(paths);
    }
}

fn audit(paths: &mut Map<String, Value>) {
    let text = || json!({"type": "string"});
    let asked = ["from", "to", "actor", "action", "object", "record", "outcome", "before"];
    let mut parameters: Vec<_> = asked.into_iter().map(|name| query(name, text(), "")).collect();
    parameters.push(query("limit", json!({"type": "integer"}), ""));
    let list = Operation {
        parameters,
        answer: Some(as_json(items(named("Entry")))),
        ..plain("audit.list", "entries of the ledger, newest first", "200")
    };
    put(paths, "/api/v1/audit", "get", list);
    let verify = Operation {
        answer: Some(as_json(json!({"type": "object", "required": ["whole"]}))),
        ..plain("audit.verify", "whether the ledger is as it was written", "200")
    };
    put(paths, "/api/v1/audit/verify", "get", verify);
    let narrowed = asked.into_iter().filter(|name| *name != "before");
    let export = Operation {
        parameters: narrowed.map(|name| query(name, text(), "")).collect(),
        ..plain(
            "audit.export",
            "the ledger as a file, one document per line; narrowed, each entry with its proof",
            "200",
        )
    };
    put(paths, "/api/v1/audit/export", "get", export);
    let prove = Operation {
        parameters: vec![in_path("id")],
        answer: Some(as_json(json!({"type": "object", "required": ["proof", "position", "entry", "path", "head"]}))),
        ..plain("audit.prove", "what shows, without this database, that an entry is on the ledger", "200")
    };
    put(paths, "/api/v1/audit/{id}/proof", "get", prove);
}

/// What everybody has: their password, their sessions, their tokens.
fn own_access(paths: &mut Map<String, Value>) {
    let object = |required: &[&str]| as_json(json!({"type": "object", "required": required}));
    let session = |id, summary, required: &[&str]| Operation {
        body: Some(object(required)),
        answer: Some(as_json(named("Session"))),
        ..plain(id, summary, "200")
    };
    let password = session("session.password", "change one's own password", &["current", "password"]);
    put(paths, "/api/v1/session/password", "put", password);
    put(paths, "/api/v1/session/prove", "post", session("session.prove", "prove again who one is", &[]));
    let listed = |id, summary| Operation {
        answer: Some(as_json(items(json!({"type": "object"})))),
        ..plain(id, summary, "200")
    };
    let times = || {
        let time =
            || json!({"type": "string", "description": "a time of day such as 22:00; nothing where it is empty"});
        json!({"type": "object", "required": ["from", "to", "rest_days", "digest"], "properties": {
            "from": time(), "to": time(), "rest_days": {"type": "boolean"}, "digest": time(),
        }})
    };
    let quiet =
        Operation { answer: Some(as_json(times())), ..plain("session.quiet", "when one is told of things", "200") };
    put(paths, "/api/v1/session/quiet", "get", quiet);
    let keep = Operation {
        body: Some(as_json(times())),
        answer: Some(as_json(times())),
        ..plain("session.keep-quiet", "say when one is told of things", "200")
    };
    put(paths, "/api/v1/session/quiet", "put", keep);
    put(paths, "/api/v1/session/list", "get", listed("session.list", "where one is signed in"));
    put(paths, "/api/v1/session/looks", "get", listed("session.looks", "who looked at one's own sensitive data"));
    put(paths, "/api/v1/session/list", "delete", plain("session.end-others", "end all other sessions", "204"));
    let one = |id, summary| Operation { parameters: vec![in_path("id")], ..plain(id, summary, "204") };
    put(paths, "/api/v1/session/list/{id}", "delete", one("session.end-one", "end one of one's sessions"));
    put(paths, "/api/v1/tokens", "get", listed("tokens.list", "one's tokens for programs"));
    let make = Operation {
        body: Some(object(&["name", "days"])),
        answer: Some(as_json(json!({"type": "object", "required": ["id", "token"]}))),
        ..plain("tokens.make", "make a token, shown this once", "201")
    };
    put(paths, "/api/v1/tokens", "post", make);
    put(paths, "/api/v1/tokens/{id}", "delete", one("tokens.revoke", "end a token"));
}

/// What the security administrator has besides accounts.
fn security(paths: &mut Map<String, Value>) {
    let policy =
        |id, summary| Operation { answer: Some(as_json(json!({"type": "object"}))), ..plain(id, summary, "200") };
    put(paths, "/api/v1/policy", "get", policy("policy.show", "the rules of signing in"));
    let change = Operation {
        body: Some(as_json(json!({"type": "object"}))),
        ..policy("policy.change", "set the rules of signing in")
    };
    put(paths, "/api/v1/policy", "put", change);
    let one = |id, summary| Operation { parameters: vec![in_path("id")], ..plain(id, summary, "204") };
    put(paths, "/api/v1/accounts/{id}/unlock", "post", one("accounts.unlock", "lift the lock of an account"));
    let factors = one("accounts.reset-factors", "take away the second factors of an account");
    put(paths, "/api/v1/accounts/{id}/factors", "delete", factors);
    providers(paths);
}

/// The other sign-in services, and who is tied to them.
fn providers(paths: &mut Map<String, Value>) {
    let listed = |id, summary| Operation {
        answer: Some(as_json(items(json!({"type": "object"})))),
        ..plain(id, summary, "200")
    };
    put(paths, "/api/v1/providers", "get", listed("providers.list", "the other sign-in services"));
    let one = "/api/v1/providers/{name}";
    let keep = Operation {
        parameters: vec![in_path("name")],
        body: Some(as_json(json!({"type": "object", "required": ["label", "issuer", "client_id"]}))),
        answer: Some(as_json(json!({"type": "object", "required": ["name", "callback", "variable", "secret"]}))),
        ..plain("providers.put", "describe a sign-in service", "200")
    };
    put(paths, one, "put", keep);
    let gone = Operation {
        parameters: vec![in_path("name")],
        ..plain("providers.remove", "forget a sign-in service and every tie to it", "204")
    };
    put(paths, one, "delete", gone);
    let identities = "/api/v1/accounts/{id}/identities";
    let of = Operation {
        parameters: vec![in_path("id")],
        ..listed("identities.list", "who an account's owner is at other sign-in services")
    };
    put(paths, identities, "get", of);
    let tie = Operation {
        parameters: vec![in_path("id")],
        body: Some(as_json(json!({"type": "object", "required": ["provider", "subject"]}))),
        ..plain("identities.tie", "tie an account to whom a service calls so", "204")
    };
    put(paths, identities, "post", tie);
    let untie = Operation {
        parameters: vec![in_path("id"), in_path("provider")],
        ..plain("identities.untie", "untie an account from a service", "204")
    };
    put(paths, "/api/v1/accounts/{id}/identities/{provider}", "delete", untie);
}

fn accounts(paths: &mut Map<String, Value>, makes: bool) {
    let accounts = "/api/v1/accounts";
    let one = "/api/v1/accounts/{id}";
    put(
        paths,
        accounts,
        "get",
        Operation { answer: Some(as_json(items(named("Account")))), ..plain("accounts.list", "all accounts", "200") },
    );
    if makes {
        let body = json!({"type": "object", "required": ["login", "name"]});
        let operation = Operation {
            body: Some(as_json(body)),
            answer: Some(as_json(named("Account"))),
            ..plain("accounts.create", "make an account", "201")
        };
        put(paths, accounts, "post", operation);
    }
    put(
        paths,
        one,
        "get",
        Operation {
            parameters: vec![in_path("id")],
            answer: Some(as_json(named("Account"))),
            ..plain("accounts.get", "one account", "200")
        },
    );
    put(
        paths,
        one,
        "patch",
        Operation {
            parameters: vec![in_path("id")],
            body: Some(as_json(json!({"type": "object"}))),
            answer: Some(as_json(named("Account"))),
            ..plain("accounts.update", "change an account", "200")
        },
    );
}

fn outbox(paths: &mut Map<String, Value>) {
    put(
        paths,
        "/api/v1/outbox",
        "get",
        Operation {
            parameters: vec![query("state", json!({"enum": ["dead", "pending"]}), "")],
            answer: Some(as_json(items(named("Letter")))),
            ..plain("outbox.list", "effects that were given up", "200")
        },
    );
    put(
        paths,
        "/api/v1/outbox/{id}/retry",
        "post",
        Operation { parameters: vec![in_path("id")], ..plain("outbox.retry", "take an effect up again", "204") },
    );
}

fn plain<'a>(id: &str, summary: &'a str, status: &'a str) -> Operation<'a> {
    Operation {
        id: id.to_owned(),
        tag: "Loam",
        summary,
        parameters: Vec::new(),
        body: None,
        status,
        answer: None,
        again: false,
    }
}
