//! What stands beside a record: history, comments, files; and the search over all of them.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::support::{Site, form};

#[tokio::test]
async fn history_says_who_changed_what() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("goal", json!({"title": "a", "level": 1})).await;
    ann.patch(&format!("/api/v1/demo/goal/{id}"), json!({"level": 2})).await;
    let history = ann.get(&format!("/api/v1/demo/goal/{id}/history")).await.json();
    let newest = &history["items"][0];
    assert_eq!(
        (&newest["field"], &newest["before"], &newest["after"]),
        (&json!("level"), &json!(1), &json!(2)),
        "{history}"
    );
    assert_eq!(newest["by_name"], "ANN");
}

#[tokio::test]
async fn comments_are_added_and_read() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let path = format!("/api/v1/demo/person/{id}/comments");
    let added = ann.post(&path, json!({"text": "好的 @ann"})).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    assert_eq!(ann.get(&path).await.json()["items"][0]["text"], "好的 @ann");
    ann.post(&path, json!({"words": "x"})).await.refuses(400, "bad-request");
    let goal = ann.made("goal", json!({"title": "no comments here"})).await;
    ann.get(&format!("/api/v1/demo/goal/{goal}/comments")).await.refuses(404, "not-found");
}

#[tokio::test]
async fn files_are_attached_and_only_ever_downloaded() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let path = format!("/api/v1/demo/person/{id}/attachments");
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"方案.html\"\r\nContent-Type: text/html\r\n\r\n<script>1</script>\r\n--b--\r\n";
    let added = ann.raw(Method::POST, &path, &[], Some("multipart/form-data; boundary=b"), form.into()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    let files = ann.get(&path).await.json();
    let file = &files["items"][0];
    assert_eq!((&file["name"], &file["size"]), (&json!("方案.html"), &json!(18)), "{files}");
    let content = ann.get(&format!("{path}/{}", file["id"].as_str().unwrap())).await;
    assert_eq!(content.text(), "<script>1</script>");
    assert!(content.header("content-disposition").unwrap().starts_with("attachment; "));
    assert_eq!(content.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(content.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    ann.post(&path, json!({})).await.refuses(415, "media-type");
    let bob = site.signed_in("bob", &["reader"]).await;
    let refused = bob.raw(Method::POST, &path, &[], Some("multipart/form-data; boundary=b"), form.into()).await;
    refused.refuses(403, "denied");
}

#[tokio::test]
async fn what_lies_beside_a_record_is_not_there_for_a_list_of_fields_that_does_not_name_it() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    // Both have a list of fields, and one of the lists names comments and attachments.
    let bob = site.signed_in("bob", &["reader"]).await;
    let cleo = site.signed_in("cleo", &["clerk"]).await;
    let id = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let (api, page) = (format!("/api/v1/demo/person/{id}"), format!("/r/person/{id}"));
    ann.post(&format!("{api}/comments"), json!({"text": "SAID-ALOUD @bob @cleo"})).await;
    let sent = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"kept.txt\"\r\n\r\nwords\r\n--b--\r\n";
    let multipart = Some("multipart/form-data; boundary=b");
    let added = ann.raw(Method::POST, &format!("{api}/attachments"), &[], multipart, sent.into()).await;
    let file = added.json()["items"][0]["id"].as_str().unwrap().to_owned();

    for (client, open) in [(&ann, true), (&bob, true), (&cleo, false)] {
        let shown = client.get(&page).await;
        assert_eq!(shown.status, StatusCode::OK);
        for part in ["SAID-ALOUD", "id=\"comments\"", "kept.txt", "id=\"files\""] {
            assert_eq!(shown.text().contains(part), open, "{part}: {}", shown.text());
        }
        let status = if open { StatusCode::OK } else { StatusCode::NOT_FOUND };
        let missing = "00000000-0000-7000-8000-00000000ffff";
        let asked = client.get(&format!("{api}/comments")).await;
        assert_eq!(asked.status, status, "{}", asked.text());
        if !open {
            let nowhere = client.get(&format!("/api/v1/demo/person/{missing}/comments")).await;
            assert_eq!(asked.json()["type"], nowhere.json()["type"], "as of a record that is not there");
        }
        let files = client.get(&format!("{api}/attachments")).await.json();
        assert_eq!(files["items"].as_array().unwrap().len(), usize::from(open), "{files}");
        for address in [format!("{api}/attachments/{file}"), format!("{page}/attachments/{file}")] {
            assert_eq!(client.get(&address).await.status, status, "{address}");
        }
        let said = client.post(&format!("{api}/comments"), json!({"text": "more"})).await;
        assert_eq!(said.status, if open { StatusCode::CREATED } else { StatusCode::NOT_FOUND }, "{}", said.text());
        let said = form(client, &format!("{page}/comments"), "body=again").await;
        assert_eq!(said.status, if open { StatusCode::SEE_OTHER } else { StatusCode::NOT_FOUND }, "{}", said.text());
        for (word, asked) in [("comments", "评论"), ("attachments", "附件")] {
            let told = client.get(&format!("{api}/access?field={word}")).await.json();
            assert_eq!(told["verdict"], if open { "allowed" } else { "refused" }, "{word}: {told}");
            let page = client.get(&format!("{page}/access?field={word}&lang=zh-CN")).await;
            let chosen = format!("<option value=\"{word}\" selected");
            assert!(page.text().contains(&chosen) && page.text().contains(asked), "{}", page.text());
        }
        let document = client.get("/api/v1/openapi.json").await.json();
        let paths = &document["paths"];
        assert_eq!(paths["/api/v1/demo/person/{id}/comments"]["get"].is_object(), open, "{paths}");
    }
    for (client, many) in [(&bob, 1), (&cleo, 0)] {
        let told = client.get("/notifications").await;
        assert_eq!(told.text().matches("mentioned you").count(), many, "{}", told.text());
    }
    let kept = site.read("SELECT text FROM loam_comment ORDER BY id").await;
    assert_eq!(kept, ["SAID-ALOUD @bob @cleo", "more", "again", "more", "again"]);
}

#[tokio::test]
async fn search_finds_by_name_and_initials() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    for words in ["%E7%8E%8B", "ww", "e1"] {
        let found = ann.get(&format!("/api/v1/search?q={words}")).await.json();
        assert_eq!(found["items"][0]["id"], id, "{words}: {found}");
        assert_eq!((&found["items"][0]["app"], &found["items"][0]["entity"]), (&json!("demo"), &json!("person")));
    }
}
