//! The dictionary: every term somebody may see has its own addresses, as an entity has.

use engine::{Actor, rehearsable, series::visible, term::TermDeed};
use serde_json::{Map, Value, json};

use super::{Operation, as_json, items, put, query, schema::named};

/// The shapes of terms.
pub(super) fn schemas(schemas: &mut Map<String, Value>) {
    let text = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let number = || json!({"type": ["number", "null"]});
    let all = json!({
        "Term": {"type": "object", "required": ["name", "code", "label", "definition", "status", "version", "measure"],
            "properties": {
                "name": text(), "code": text(), "label": text(), "aliases": {"type": "array", "items": text()},
                "definition": text(), "unit": text(), "direction": {"enum": ["higher", "lower", "none"]},
                "frequency": text(), "source": text(), "owner": text(),
                "status": {"enum": ["proposed", "reviewed", "approved", "deprecated"]},
                "version": {"type": "integer"}, "scope": {"type": "array", "items": text()},
                "places": {"type": "integer"},
                "baseline": {"type": ["object", "null"], "properties": {"value": text(), "on": text(), "words": text()}},
                "measure": {"type": "object"}, "fresh": named("Fresh"),
            }},
        "TermLife": {"type": "object", "required": ["status", "version", "acts", "may", "touches"], "properties": {
            "status": text(), "version": {"type": "integer"}, "may": {"type": "array", "items": text()},
            "acts": {"type": "array", "items": {"type": "object", "required": ["version", "status", "said", "by", "at"]}},
            "touches": {"type": "array", "items": {"type": "object", "required": ["kind", "name", "label"]}},
        }},
        "Fresh": {"type": "object", "required": ["latest", "changed", "stale_since"], "properties": {
            "latest": maybe(), "changed": maybe(), "stale_since": maybe(),
        }},
        "Drivers": {"type": "object", "required": ["term", "values", "falls", "split", "causes", "note"], "properties": {
            "term": text(), "falls": {"type": "boolean"}, "note": text(),
            "values": {"type": "array", "items": {"type": "object", "required": ["period", "value"], "properties": {
                "period": text(), "value": number(),
            }}},
            "split": {"type": ["object", "null"], "required": ["change", "mix", "groups"], "properties": {
                "change": number(), "mix": number(), "groups": {"type": "array", "items": {"type": "object",
                    "required": ["group", "rate", "mix"],
                    "properties": {"group": {}, "rate": number(), "mix": number()}}},
            }},
            "causes": {"type": "array", "items": {"type": "object", "required": ["name", "label", "loss"], "properties": {
                "name": text(), "label": text(), "fails": text(), "failing": number(), "all": number(),
                "value": number(), "others": number(), "loss": number(),
            }}},
        }},
        "Series": {"type": "object", "required": ["term", "version", "grain", "items", "fresh"], "properties": {
            "term": text(), "version": {"type": "integer"}, "unit": text(), "grain": text(), "fresh": named("Fresh"),
            "items": {"type": "array", "items": {"type": "object", "required": ["period", "value"], "properties": {
                "period": text(), "group": {}, "value": number(), "numerator": number(), "denominator": number(),
                "target": number(), "score": number(), "grade": maybe(), "factor": number(),
                "version": {"type": "integer"}, "as_of": maybe(),
                "peers": {"type": ["object", "null"], "properties": {
                    "count": {"type": "integer"}, "percentile": number(), "mean": number(), "median": number(),
                    "lower": number(), "upper": number(),
                }},
            }}},
        }},
    });
    if let Value::Object(all) = all {
        schemas.extend(all);
    }
}

/// What rules would have raised or done, of those whose every part somebody sees.
fn rehearsals(actor: &Actor, paths: &mut Map<String, Value>) {
    for rule in actor.edition.app.rules().iter().filter(|rule| rehearsable(actor, rule)) {
        let path = format!("/api/v1/rules/{}/rehearsal", super::super::record::encode(rule.name.as_str()));
        let day = || json!({"type": "string", "format": "date"});
        let counted = if rule.watch.is_some() { "watched" } else { "fired" };
        let operation = Operation {
            id: format!("rules.{}.rehearsal", rule.name),
            tag: "Terms",
            summary: rule.label.get(actor.locale),
            parameters: vec![query("from", day(), "the first day"), query("to", day(), "the last day")],
            body: None,
            status: "200",
            answer: Some(as_json(json!({"type": "object", "required": ["rule", "from", "to", counted, "items"]}))),
            again: false,
        };
        put(paths, &path, "get", operation);
    }
}

/// The addresses of terms.
pub(super) fn paths(actor: &Actor, paths: &mut Map<String, Value>) {
    rehearsals(actor, paths);
    let terms = || actor.edition.app.terms().iter().filter(|term| visible(actor, term));
    if terms().next().is_none() {
        return;
    }
    let text = || json!({"type": "string"});
    let operation = |id: String, summary, parameters, answer| Operation {
        id,
        tag: "Terms",
        summary,
        parameters,
        body: None,
        status: "200",
        answer: Some(as_json(answer)),
        again: false,
    };
    let status = json!({"enum": ["proposed", "reviewed", "approved", "deprecated"]});
    let asked = vec![
        query("q", text(), "words of a code, name, label or alias"),
        query("status", status, ""),
        query("owner", text(), "the key of a unit"),
        query("name", text(), "what this name means for the reader"),
    ];
    let list = operation("terms.list".to_owned(), "what numbers mean", asked, items(named("Term")));
    put(paths, "/api/v1/terms", "get", list);
    let conflict = json!({"type": "object", "required": ["names", "terms"]});
    let asked = vec![
        query("unit", text(), "the key of a unit in which they meet"),
        query("period", text(), "a period, by the versions that counted then"),
    ];
    let conflicts = operation("dictionary.conflicts".to_owned(), "names with two meanings", asked, items(conflict));
    put(paths, "/api/v1/dictionary/conflicts", "get", conflicts);
    let rate = json!({"type": "object", "required": ["rate", "usages", "unified", "offenders", "days"]});
    let summary = "how much of what pages and boards show means what the dictionary says";
    put(
        paths,
        "/api/v1/dictionary/unified",
        "get",
        operation("dictionary.unified".to_owned(), summary, Vec::new(), rate),
    );
    for term in terms() {
        let path = format!("/api/v1/terms/{}", super::super::record::encode(term.name.as_str()));
        let label = term.label.get(actor.locale);
        let id = |verb: &str| format!("terms.{}.{verb}", term.name);
        put(paths, &path, "get", operation(id("get"), label, Vec::new(), named("Term")));
        let life = named("TermLife");
        put(paths, &format!("{path}/life"), "get", operation(id("life"), label, Vec::new(), life));
        let act = Operation {
            body: Some(as_json(json!({"type": "object", "required": ["deed", "version"], "properties": {
                "deed": {"enum": TermDeed::ALL.map(TermDeed::word)}, "version": {"type": "integer"}, "said": text(),
            }}))),
            ..operation(id("judge"), label, Vec::new(), json!({"type": "object", "required": ["status", "version"]}))
        };
        put(paths, &format!("{path}/life"), "post", act);
        let place = || json!({"type": "integer", "minimum": 0});
        let node = json!({"type": "object", "required": ["kind", "name", "label"], "properties": {
            "kind": {"enum": ["field", "computed", "term", "page", "rule", "board", "record"]}, "name": text(), "label": text(),
        }});
        let edge =
            json!({"type": "object", "required": ["from", "to"], "properties": {"from": place(), "to": place()}});
        let lineage = json!({"type": "object", "required": ["nodes", "edges"], "properties": {
            "nodes": {"type": "array", "items": node}, "edges": {"type": "array", "items": edge},
        }});
        put(paths, &format!("{path}/lineage"), "get", operation(id("lineage"), label, Vec::new(), lineage));
        let grains = json!({"enum": ["day", "week", "month", "quarter", "half", "year"]});
        let cell = || {
            vec![
                query("subject", json!({"type": "string", "format": "uuid"}), "whom or what it is about"),
                query("group", text(), "`subject`, or a path from the rows"),
            ]
        };
        let mut asked = vec![
            query("grain", grains, ""),
            query("from", text(), "a period, as in `2025-10`"),
            query("to", text(), "a period"),
            query("filter", text(), "an expression over the rows"),
        ];
        asked.extend(cell());
        put(paths, &format!("{path}/series"), "get", operation(id("series"), label, asked, named("Series")));
        if term.drivers.is_some() {
            let asked = vec![
                query("period", text(), "a period, as in `2025-10`"),
                query("subject", json!({"type": "string", "format": "uuid"}), "whom or what it is about"),
            ];
            let answer = operation(id("drivers"), label, asked, named("Drivers"));
            put(paths, &format!("{path}/drivers"), "get", answer);
        }
        let mut asked = vec![query("period", text(), "a period, as in `2025-10`")];
        asked.extend(cell());
        asked.push(query("value", text(), "the value of `group`"));
        let rows = items(json!({"type": "object", "required": ["id", "version"]}));
        put(paths, &format!("{path}/rows"), "get", operation(id("rows"), label, asked, rows));
    }
}
