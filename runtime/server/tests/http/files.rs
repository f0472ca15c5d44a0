//! Fields that hold a file, a picture or a place: through the API and by the form, on pages, and for those who may not see them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Answer, Client, Site};

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/visit.yaml",
        "
label: {zh-CN: 走访, en: Visit}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}, required: true}
  open: {type: boolean, label: {zh-CN: 公开, en: Open}}
  paper: {type: file, label: {zh-CN: 材料, en: Paper}}
  photo: {type: image, label: {zh-CN: 照片, en: Photo}}
  place: {type: location, label: {zh-CN: 地点, en: Place}}
",
    ),
    (
        "pages/visits.yaml",
        "kind: list\nlabel: {zh-CN: 走访, en: Visits}\nentity: visit\ncolumns: [title, paper, photo, place]\n",
    ),
    (
        "roles/keeper.yaml",
        "label: {zh-CN: 管理者, en: Keeper}\ngrants:\n  - {entity: visit, actions: [create, read, update]}\n",
    ),
    (
        "roles/guest.yaml",
        "label: {zh-CN: 访客, en: Guest}\ngrants:\n  - {entity: visit, actions: [read], where: 'open == true'}\n",
    ),
    (
        "roles/blind.yaml",
        "label: {zh-CN: 略看, en: Blind}\ngrants:\n  - {entity: visit, actions: [read], read: [title, place]}\n",
    ),
];

const PICTURE: &str = "GIF89a";
const API: &str = "/api/v1/demo/visit";

async fn site() -> Site {
    Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await
}

/// Markup with its addresses as they are.
fn seen(answer: &Answer) -> String {
    answer.text().replace("&#x2f;", "/")
}

/// Sends a form in parts: texts, and files with their names, types and contents.
async fn sent(client: &Client, path: &str, texts: &[(&str, &str)], files: &[(&str, &str, &str, &str)]) -> Answer {
    let mut body = String::new();
    for (name, text) in texts {
        body.push_str(&format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"));
    }
    for (name, file, kind, content) in files {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"");
        body.push_str(&format!("--b\r\n{head}\r\nContent-Type: {kind}\r\n\r\n{content}\r\n"));
    }
    body.push_str("--b--\r\n");
    client.raw(Method::POST, path, &[], Some("multipart/form-data; boundary=b"), body.into_bytes()).await
}

/// Attaches a file to a visit over the API, and answers its id.
async fn attached(client: &Client, id: &str, file: &str, kind: &str, content: &str) -> String {
    let answer = sent(client, &format!("{API}/{id}/attachments"), &[], &[("file", file, kind, content)]).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["items"][0]["id"].as_str().unwrap().to_owned()
}

/// The id of a file that stands in a field.
#[track_caller]
fn held(record: &Value, field: &str) -> String {
    record[field].as_str().unwrap_or_else(|| panic!("nothing in {field}: {record}")).to_owned()
}

/// The one visit there is.
async fn only(client: &Client) -> Value {
    let items = client.get(API).await.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 1, "{items:?}");
    items[0].clone()
}

/// A page shows where the file, the picture and the place of a visit are.
#[track_caller]
fn shows(page: &Answer, record: &Value, place: &str) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let (markup, id) = (seen(page), record["id"].as_str().unwrap());
    let file = |field: &str| format!("/r/visit/{id}/attachments/{}", held(record, field));
    for part in [
        format!("<a href=\"{}\">", file("paper")),
        format!("<a href=\"{0}\"><img src=\"{0}\"", file("photo")),
        format!("<code>{place}</code>"),
    ] {
        assert!(markup.contains(&part), "{part}: {markup}");
    }
}

#[tokio::test]
async fn the_api_takes_files_pictures_and_places() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("visit", json!({"title": "A", "place": " 31.2300, 121.4737 "})).await;
    let (paper, photo) = (
        attached(&keeper, &id, "plan.txt", "text/plain", "first").await,
        attached(&keeper, &id, "door.gif", "image/gif", PICTURE).await,
    );
    let path = format!("{API}/{id}");
    let changed = keeper.patch(&path, json!({"paper": paper, "photo": photo})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let record = keeper.get(&path).await.json();
    assert_eq!((&record["paper"], &record["photo"]), (&json!(paper), &json!(photo)));
    assert_eq!(record["place"], "31.23,121.4737");
    shows(&keeper.get(&format!("/r/visit/{id}")).await, &record, "31.23,121.4737");
    shows(&keeper.get("/p/visits").await, &record, "31.23,121.4737");

    // Every bad value is named, and none of the good ones beside it is written.
    let bad = json!({"title": "B", "paper": "plan.txt", "photo": 5, "place": "91,0"});
    for answer in [keeper.post(API, bad.clone()).await, keeper.patch(&path, bad).await] {
        answer.refuses(422, "invalid");
        let mut faults = answer.faults();
        faults.sort();
        assert_eq!(faults, ["paper:type", "photo:type", "place:format"]);
    }
    for place in ["31.23", "north,east", "0,181", "1,2,3"] {
        let refused = keeper.patch(&path, json!({"place": place})).await;
        refused.refuses(422, "invalid");
        assert_eq!(refused.faults(), ["place:format"], "{place}");
    }
    assert_eq!(only(&keeper).await["title"], "A");

    let emptied = keeper.patch(&path, json!({"paper": null, "photo": null, "place": null})).await.json();
    for field in ["paper", "photo", "place"] {
        assert_eq!(emptied[field], Value::Null, "{field}");
    }
}

#[tokio::test]
async fn a_form_takes_files_pictures_and_places() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let blank = keeper.get("/r/visit/new").await;
    for part in ["enctype=\"multipart/form-data\"", "name=\"paper.file\"", "name=\"photo.file\"", "name=\"place\""] {
        assert!(blank.text().contains(part), "{part}: {}", blank.text());
    }
    let texts = |place: &'static str| [("title", "A"), ("paper", ""), ("photo", ""), ("place", place)];
    let paper = ("paper.file", "plan.txt", "text/plain", "first");
    let photo = ("photo.file", "door.gif", "image/gif", PICTURE);
    let program = ("paper.file", "plan.txt", "text/plain", "\x7fELF\x02\x01\x01");
    let other = ("photo.file", "door.gif", "image/gif", "no picture");
    for (place, files, field, told) in [
        ("somewhere", [paper, photo], "place", "enter latitude,longitude"),
        ("31.23,121.47", [program, photo], "paper", "programs are not taken"),
        ("31.23,121.47", [paper, other], "photo", "not what its name says"),
    ] {
        let refused = sent(&keeper, "/r/visit/new", &texts(place), &files).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", refused.text());
        assert!(refused.text().contains(&format!("href=\"#f-{field}\"")), "{field}: {}", refused.text());
        assert!(refused.text().contains(told), "{field}: {}", refused.text());
    }
    assert_eq!(keeper.get(API).await.json()["items"], json!([]));

    let made = sent(&keeper, "/r/visit/new", &texts("31.23,121.47"), &[paper, photo]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let record = only(&keeper).await;
    shows(&keeper.get(&format!("/r/visit/{}", record["id"].as_str().unwrap())).await, &record, "31.23,121.47");
    shows(&keeper.get("/p/visits").await, &record, "31.23,121.47");

    // Saved again as it is, it keeps all three; another file takes the place of the first.
    let edit = format!("/r/visit/{}/edit", record["id"].as_str().unwrap());
    let (file, picture) = (held(&record, "paper"), held(&record, "photo"));
    let kept = [("title", "B"), ("paper", file.as_str()), ("photo", picture.as_str()), ("place", "31.23,121.47")];
    assert_eq!(sent(&keeper, &edit, &kept, &[]).await.status, StatusCode::SEE_OTHER);
    let again = only(&keeper).await;
    assert_eq!((&again["title"], &again["paper"], &again["photo"]), (&json!("B"), &record["paper"], &record["photo"]));
    let second = ("paper.file", "plan.txt", "text/plain", "second");
    assert_eq!(sent(&keeper, &edit, &kept, &[second]).await.status, StatusCode::SEE_OTHER);
    let now = only(&keeper).await;
    assert_eq!(now["photo"], record["photo"]);
    let link = format!("/r/visit/{}/attachments/{}", now["id"].as_str().unwrap(), held(&now, "paper"));
    assert_eq!(keeper.get(&link).await.text(), "second");
}

#[tokio::test]
async fn a_file_is_followed_by_those_who_may_see_its_record() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let guest = site.signed_in("guest", &["guest"]).await;
    let id = keeper.made("visit", json!({"title": "A", "open": true})).await;
    let other = keeper.made("visit", json!({"title": "B", "open": true})).await;
    // What a browser would run, had it been told that it may.
    let paper = attached(&keeper, &id, "page 1.html", "text/html", "<script>alert(1)</script>").await;
    let photo = attached(&keeper, &id, "door.gif", "image/gif", PICTURE).await;
    keeper.patch(&format!("{API}/{id}"), json!({"paper": paper, "photo": photo})).await;
    let page = |file: &str| format!("/r/visit/{id}/attachments/{file}");
    let api = |file: &str| format!("{API}/{id}/attachments/{file}");
    for client in [&keeper, &guest] {
        let file = client.get(&page(&paper)).await;
        assert_eq!((file.status, file.text()), (StatusCode::OK, "<script>alert(1)</script>"));
        assert_eq!(file.header("content-type"), Some("application/octet-stream"));
        assert_eq!(file.header("content-disposition"), Some("attachment; filename*=UTF-8''page%201.html"));
        let picture = client.get(&page(&photo)).await;
        assert_eq!((picture.status, picture.text()), (StatusCode::OK, PICTURE));
        assert_eq!(picture.header("content-type"), Some("image/gif"));
        assert_eq!(picture.header("content-disposition"), Some("inline; filename*=UTF-8''door.gif"));
        let content = client.get(&api(&paper)).await;
        assert_eq!((content.status, content.text()), (StatusCode::OK, "<script>alert(1)</script>"));
        assert!(content.header("content-disposition").unwrap().starts_with("attachment; "));
        assert_eq!(content.header("content-security-policy"), Some("default-src 'none'; sandbox"));
        for answer in [file, picture, content] {
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
    }
    assert_eq!(Client::of(&site.router).get(&page(&paper)).await.status, StatusCode::SEE_OTHER);
    Client::of(&site.router).get(&api(&paper)).await.refuses(401, "sign-in-needed");

    // It is its own record's, and goes out of sight with it.
    assert_eq!(keeper.get(&format!("/r/visit/{other}/attachments/{paper}")).await.status, StatusCode::NOT_FOUND);
    keeper.get(&format!("{API}/{other}/attachments/{paper}")).await.refuses(404, "not-found");
    keeper.patch(&format!("{API}/{id}"), json!({"open": false})).await;
    for file in [&paper, &photo] {
        assert_eq!(guest.get(&page(file)).await.status, StatusCode::NOT_FOUND);
        guest.get(&api(file)).await.refuses(404, "not-found");
        assert_eq!(keeper.get(&page(file)).await.status, StatusCode::OK);
    }
    assert_eq!(guest.get(&format!("/r/visit/{id}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_field_that_is_not_given_keeps_its_file_to_itself() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let blind = site.signed_in("blind", &["blind"]).await;
    let texts = [("title", "A"), ("paper", ""), ("photo", ""), ("place", "31.23,121.47")];
    let files = [("paper.file", "plan.txt", "text/plain", "first"), ("photo.file", "door.gif", "image/gif", PICTURE)];
    sent(&keeper, "/r/visit/new", &texts, &files).await;
    let record = only(&keeper).await;
    let id = record["id"].as_str().unwrap();
    for path in [format!("/r/visit/{id}"), "/p/visits".to_owned()] {
        let page = blind.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        assert!(page.text().contains("<code>31.23,121.47</code>"), "{}", page.text());
        assert!(!seen(&page).contains("/attachments/"), "{}", page.text());
    }
    for field in ["paper", "photo"] {
        let file = held(&record, field);
        assert_eq!(
            blind.get(&format!("/r/visit/{id}/attachments/{file}")).await.status,
            StatusCode::NOT_FOUND,
            "{field}"
        );
        blind.get(&format!("{API}/{id}/attachments/{file}")).await.refuses(404, "not-found");
    }
}

#[tokio::test]
async fn a_field_takes_no_file_of_another_record() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("visit", json!({"title": "A"})).await;
    let other = keeper.made("visit", json!({"title": "B"})).await;
    let foreign = attached(&keeper, &other, "plan.txt", "text/plain", "first").await;
    for file in [foreign.as_str(), "00000000-0000-7000-8000-00000000ffff"] {
        let refused = keeper.patch(&format!("{API}/{id}"), json!({"paper": file})).await;
        refused.refuses(422, "invalid");
        assert!(refused.faults().iter().all(|fault| fault.starts_with("paper:")), "{file}: {}", refused.text());
    }
}
