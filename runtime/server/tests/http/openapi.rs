//! The OpenAPI document is true: every operation in it is asked of the server, and answers as it says.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Client, FILES, Site};

/// Checks a value against the part of JSON Schema that the document uses.
pub(crate) fn fits(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        let target = document.pointer(pointer).unwrap_or_else(|| panic!("{at}: `{name}` leads nowhere"));
        return fits(document, target, value, at);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |ty: &str| match ty {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{at}: type `{other}`"),
    };
    assert!(types.is_empty() || types.into_iter().any(is), "{at}: {value} is no {}", schema["type"]);
    if let Some(codes) = schema["enum"].as_array() {
        assert!(codes.contains(value), "{at}: {value} is none of {codes:?}");
    }
    // What must be there is said of objects; whether it may be none is said by the type.
    let required = schema["required"].as_array().filter(|_| value.is_object());
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        assert!(value.get(name).is_some(), "{at}: `{name}` is missing in {value}");
    }
    if let (Some(properties), Some(members)) = (schema["properties"].as_object(), value.as_object()) {
        for (name, member) in members {
            if let Some(schema) = properties.get(name) {
                fits(document, schema, member, &format!("{at}.{name}"));
            }
        }
    }
    if let Some(items) = value.as_array() {
        for item in items {
            fits(document, &schema["items"], item, &format!("{at}[]"));
        }
    }
}

/// The password that the walk changes to.
const SECOND: &str = "another horse battery";

/// Something of the walker's own to end.
async fn own(client: &Client, template: &str) -> Option<String> {
    let (list, wanted) = match template {
        "/api/v1/session/list/{id}" => {
            let again = json!({"login": "ann", "password": SECOND, "token": true});
            client.post("/api/v1/session", again).await;
            ("/api/v1/session/list", false)
        }
        "/api/v1/tokens/{id}" => ("/api/v1/tokens", true),
        _ => return None,
    };
    let list = client.get(list).await.json();
    let found = list["items"].as_array()?.iter().find(|item| wanted || item["current"] == false)?;
    found["id"].as_str().map(str::to_owned)
}

/// A body that an operation takes.
fn body(path: &str, id: &str) -> Value {
    match path {
        "/api/v1/session" => json!({"login": "ann", "password": super::support::PASSWORD, "token": true}),
        "/api/v1/session/password" => json!({"current": super::support::PASSWORD, "password": SECOND}),
        "/api/v1/session/quiet" => json!({"from": "22:00", "to": "08:00", "rest_days": true, "digest": ""}),
        "/api/v1/session/prove" => json!({"password": SECOND}),
        "/api/v1/tokens" => json!({"name": "Reports", "days": 30}),
        "/api/v1/accounts" => json!({"login": "new", "name": "New"}),
        "/api/v1/accounts/{id}" => json!({"name": "Changed"}),
        path if path.ends_with("/uncover") => json!({"fields": ["code"], "reason": "asked by the person"}),
        path if path.ends_with("/comments") => json!({"text": "said"}),
        path if path.ends_with("/bulk") => {
            json!({"commands": [{"do": "delete", "id": id}, {"do": "restore", "id": id}]})
        }
        path if path.ends_with("/person/{id}") => json!({"code": "E8", "name": "Changed"}),
        path if path.contains("/person") => json!({"code": "E9", "name": "New", "salary": "12.50"}),
        _ => json!({"title": "New", "weight": 12.5, "status": "open", "due": "2025-12-31"}),
    }
}

async fn walk(client: &Client, document: &Value, ids: &[(&str, String)]) -> usize {
    let mut asked = 0;
    let mut client = client.clone();
    for (template, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            // Signing out would end the walk, and effects that failed cannot be made here.
            if operation["operationId"] == "session.end" || operation["operationId"] == "outbox.retry" {
                continue;
            }
            let id = ids.iter().find(|(part, _)| template.contains(part)).map(|(_, id)| id.clone()).unwrap_or_default();
            let id = own(&client, template).await.unwrap_or(id);
            let mut path = template.replace("{id}", &id);
            if template.ends_with("/trace") {
                path.push_str(if template.contains("/person/") { "?field=name" } else { "?field=title" });
            }
            if template.contains("{file}") {
                let files = client.get(&path.replace("/{file}", "")).await.json();
                path = path.replace("{file}", files["items"][0]["id"].as_str().unwrap());
            }
            if template.ends_with("/restore") {
                client.send(Method::DELETE, path.trim_end_matches("/restore"), &[], None).await;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let contents = operation["requestBody"]["content"].as_object();
            let answer = match contents.and_then(|contents| contents.keys().next()).map(String::as_str) {
                Some("multipart/form-data") => {
                    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nx\r\n--b--\r\n";
                    client.raw(method.clone(), &path, &[], Some("multipart/form-data; boundary=b"), form.into()).await
                }
                Some(_) => {
                    let body = body(template, &id);
                    fits(document, &operation["requestBody"]["content"]["application/json"]["schema"], &body, template);
                    client.send(method.clone(), &path, &[], Some(body)).await
                }
                None => client.send(method.clone(), &path, &[], None).await,
            };
            if method == Method::DELETE {
                client.send(Method::POST, &format!("{path}/restore"), &[], None).await;
            }
            // A new proof of who one is puts a new token in place of the old.
            if ["session.password", "session.prove"].contains(&operation["operationId"].as_str().unwrap()) {
                client.bearer = answer.json()["token"].as_str().map(str::to_owned);
            }
            let (status, good) = operation["responses"].as_object().unwrap().iter().next().unwrap();
            assert_eq!(answer.status.as_str(), status, "{method} {path}: {}", answer.text());
            if let Some(schema) = good["content"].get("application/json").map(|content| &content["schema"]) {
                fits(document, schema, &answer.json(), &format!("{method} {template}"));
            }
            asked += 1;
        }
    }
    asked
}

#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper", "clerk", "admin"]).await;
    let person = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    // Another than the one that is deleted and restored on the way, because nobody deletes whom a goal refers to.
    let owner = ann.made("person", json!({"code": "E2", "name": "李娜"})).await;
    let goal = ann.made("goal", json!({"title": "a", "owner": owner})).await;
    let account = ann.get("/api/v1/session").await.json()["account"]["id"].as_str().unwrap().to_owned();
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nx\r\n--b--\r\n";
    let path = format!("/api/v1/demo/person/{person}/attachments");
    ann.raw(Method::POST, &path, &[], Some("multipart/form-data; boundary=b"), form.into()).await;
    let document = ann.get("/api/v1/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let asked = walk(&ann, &document, &[("/goal/", goal), ("/person/", person), ("/accounts/", account)]).await;
    assert!(asked > 25, "{asked}");
}

#[tokio::test]
async fn the_document_holds_what_its_reader_may_do_and_no_more() {
    let site = Site::start().await;
    let bob = site.signed_in("bob", &["reader"]).await;
    let document = bob.get("/api/v1/openapi.json").await.json();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/api/v1/demo/person") && !paths.contains_key("/api/v1/accounts"));
    for (path, methods) in paths.iter().filter(|(path, _)| path.contains("/demo/")) {
        assert!(methods.get("patch").is_none() && methods.get("delete").is_none(), "{path}");
    }
    assert!(!paths.contains_key("/api/v1/policy"));
    let guard = site.signed_in("guard", &["guard"]).await;
    let of_guard = guard.get("/api/v1/openapi.json").await.json();
    assert!(of_guard["paths"]["/api/v1/policy"]["put"].is_object() && of_guard["paths"]["/api/v1/outbox"].is_null());
    let person = &document["components"]["schemas"]["demo.person"]["properties"];
    assert!(person.get("name").is_some() && person.get("salary").is_none(), "{person}");
    let refused = bob.post("/api/v1/demo/goal", json!({"title": "x"})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_a_session_or_a_grant_every_operation_is_refused() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper", "clerk", "admin"]).await;
    let eve = site.signed_in("eve", &[]).await;
    let nobody = Client::of(&site.router);
    let person = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let goal = ann.made("goal", json!({"title": "a"})).await;
    let document = ann.get("/api/v1/openapi.json").await.json();
    for (template, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if template == "/api/v1/session" && method != "get" {
                continue;
            }
            let id = if template.contains("/person/") { &person } else { &goal };
            let path = template.replace("{id}", id).replace("{file}", id);
            let method: Method = method.to_uppercase().parse().unwrap();
            let form = operation["requestBody"]["content"].get("multipart/form-data").is_some();
            let send = async |client: &Client| match (form, operation.get("requestBody")) {
                (true, _) => {
                    let form =
                        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n";
                    client.raw(method.clone(), &path, &[], Some("multipart/form-data; boundary=b"), form.into()).await
                }
                (false, Some(_)) => client.send(method.clone(), &path, &[], Some(body(template, id))).await,
                (false, None) => client.send(method.clone(), &path, &[], None).await,
            };
            send(&nobody).await.refuses(401, "sign-in-needed");
            // What is one's own needs no grant.
            let own = ["/api/v1/session", "/api/v1/tokens", "/api/v1/search"];
            if !own.iter().any(|start| template.starts_with(start)) {
                let refused = send(&eve).await;
                assert_eq!(refused.status, StatusCode::FORBIDDEN, "{method} {template}: {}", refused.text());
            }
        }
    }
    assert_eq!(ann.get(&format!("/api/v1/demo/goal/{goal}")).await.json()["version"], 1);
}

#[tokio::test]
async fn the_document_bounds_a_rating_as_it_is_held() {
    let site = Site::start().await;
    let files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/goal.yaml" => {
                (path, format!("{text}  stars: {{type: rating, steps: 3, label: {{zh-CN: 星级, en: Stars}}}}\n"))
            }
            _ => (path, text.to_owned()),
        })
        .to_vec();
    site.publish(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let document = keeper.get("/api/v1/openapi.json").await.json();
    let stars = document["components"]["schemas"]["demo.goal"]["properties"]["stars"].to_string();
    assert!(stars.contains("\"minimum\":1") && stars.contains("\"maximum\":3"), "{stars}");
    for (given, kept) in [(0, false), (1, true), (3, true), (4, false)] {
        let answer = keeper.post("/api/v1/demo/goal", json!({"title": "A", "stars": given})).await;
        assert_eq!(answer.status == StatusCode::CREATED, kept, "{given}: {}", answer.text());
        assert!(kept || answer.faults() == ["stars:range"], "{}", answer.text());
    }
}
