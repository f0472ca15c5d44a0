//! A record as a PDF: who may have it, what is in it, and what of it stands on the ledger.
//!
//! The server of these tests has one font, without Chinese letters: what it refuses to print names a letter of the text, and so
//! tells what is on the paper.

use axum::http::StatusCode;
use serde_json::json;
use server::{AppState, Fonts, Options, router};

use super::support::{Client, FILES, Site};

/// The same site with that font only.
pub(crate) fn lettered(site: &Site, client: &Client) -> Client {
    let fonts = print::Fonts::of([epaint_default_fonts::UBUNTU_LIGHT.to_vec()]);
    let options = Options { fonts: Fonts::Only(fonts), ..Options::default() };
    Client { router: router(AppState::new(site.engine.clone(), options)), ..client.clone() }
}

/// The paper: nothing where it is printed, or the letters of its text that the font lacks.
pub(crate) async fn lacks(client: &Client, path: &str) -> String {
    let answer = client.get(path).await;
    if answer.status == StatusCode::OK {
        assert!(answer.body.starts_with(b"%PDF-"), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/pdf"));
        return String::new();
    }
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {}", answer.text());
    let detail = answer.text().to_owned();
    let (_, rest) = detail.split_once('“').unwrap_or_else(|| panic!("{detail}"));
    rest.split_once('”').unwrap().0.to_owned()
}

async fn site() -> Site {
    let more = |path: &str, text: &str| match path {
        "entities/goal.yaml" => {
            format!("{text}  note: {{type: text, label: {{zh-CN: 备注, en: Note}}}}\n")
        }
        "entities/person.yaml" => {
            format!("{text}  goals: {{type: children, label: {{zh-CN: 目标, en: Goals}}, to: goal, by: owner}}\n")
        }
        _ => text.to_owned(),
    };
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, more(path, text))).collect();
    let detail = "kind: detail\nlabel: {zh-CN: 人员, en: Person}\nentity: person\nfacts: [code]\ntabs:\n  details: {label: {zh-CN: 详情, en: Details}, form: person}\n  goals:\n    label: {zh-CN: 目标, en: Goals}\n    related: {entity: goal, by: owner, columns: [title, note]}\n  history: {label: {zh-CN: 历史, en: History}, history: true}\n";
    let form = "entity: person\nsections:\n  - items: [code, name, salary]\n";
    // Read is everything; a file of goals holds the open ones, without their notes.
    let saver = "label: {zh-CN: 导出, en: Saver}\ngrants:\n  - {entity: person, actions: [read, export]}\n  - {entity: goal, actions: [read]}\n  - {entity: goal, actions: [export], where: 'status == \"open\"', read: [title, status, owner]}\n";
    let shy = "label: {zh-CN: 部分, en: Shy}\ngrants:\n  - {entity: person, actions: [read, export]}\n  - {entity: goal, actions: [read]}\n";
    files.extend([
        ("pages/person.yaml", detail.to_owned()),
        ("forms/person.yaml", form.to_owned()),
        ("roles/saver.yaml", saver.to_owned()),
        ("roles/shy.yaml", shy.to_owned()),
        ("roles/all.yaml", "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: person, actions: [read, export]}\n  - {entity: goal, actions: [read, export]}\n".to_owned()),
    ]);
    Site::of(&files).await
}

#[tokio::test]
async fn what_may_be_exported_is_on_the_paper_cell_by_cell() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let ann = keeper.made("person", json!({"code": "E1", "name": "Ann"})).await;
    let goal = |title: &str, status: &str| json!({"title": title, "status": status, "note": "密", "owner": ann});
    let open = keeper.made("goal", goal("Plan 甲", "open")).await;
    let closed = keeper.made("goal", goal("Plan 乙", "closed")).await;
    let of = |id: &str| format!("/api/v1/demo/goal/{id}/print?lang=en");
    let saver = lettered(&site, &site.signed_in("saver", &["saver"]).await);
    let all = lettered(&site, &site.signed_in("all", &["all"]).await);
    assert_eq!(lacks(&all, &of(&open)).await, "密甲");
    assert_eq!(lacks(&saver, &of(&open)).await, "甲");
    saver.get(&of(&closed)).await.refuses(403, "denied");
    assert_eq!(lacks(&all, &of(&closed)).await, "乙密");
    // Who may not export has no paper and is offered none; what is not there is not found.
    let keeper = lettered(&site, &keeper);
    keeper.get(&of(&open)).await.refuses(403, "denied");
    all.get(&of("x")).await.refuses(404, "not-found");
    all.get(&format!("{}&more=1", of(&open))).await.refuses(400, "bad-request");
    assert_eq!(site.acts().await.iter().filter(|act| act.starts_with("export")).count(), 0, "nothing was printed yet");

    // Tabs one after another: their rows are as exportable as they are elsewhere.
    let of = format!("/api/v1/demo/person/{ann}/print?lang=en");
    assert_eq!(lacks(&all, &of).await, "乙密甲");
    assert_eq!(lacks(&saver, &of).await, "甲");
    // A tab of what may not be exported at all is left out.
    let shy = lettered(&site, &site.signed_in("shy", &["shy"]).await);
    let answer = shy.get(&of).await;
    assert_eq!((answer.status, answer.body.get(..5)), (StatusCode::OK, Some(&b"%PDF-"[..])));
    assert!(
        answer.header("content-disposition").unwrap().ends_with("''Ann.pdf"),
        "{:?}",
        answer.header("content-disposition")
    );
    let acts = site.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "export done").count(), 1, "{acts:?}");
    // In Chinese every label needs its letters too.
    assert!(!lacks(&shy, &of.replace("lang=en", "lang=zh-CN")).await.is_empty());
}

#[tokio::test]
async fn the_page_of_a_record_offers_it_to_those_who_may_have_it() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let goal = |status: &str| json!({"title": "Plan", "status": status});
    let open = keeper.made("goal", goal("open")).await;
    let closed = keeper.made("goal", goal("closed")).await;
    let saver = lettered(&site, &site.signed_in("saver", &["saver"]).await);
    for (client, id, offered) in [(&saver, &open, true), (&saver, &closed, false), (&keeper, &open, false)] {
        let page = client.get(&format!("/r/goal/{id}?lang=en")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let shown = page.text().replace("&#x2f;", "/");
        assert_eq!(shown.contains(&format!("\"/r/goal/{id}/print\"")), offered, "{id}");
    }
    let file = saver.get(&format!("/r/goal/{open}/print?lang=en")).await;
    assert_eq!((file.status, file.body.get(..5)), (StatusCode::OK, Some(&b"%PDF-"[..])));
    assert_eq!(saver.get(&format!("/r/goal/{closed}/print")).await.status, StatusCode::FORBIDDEN);
    let document = saver.get("/api/v1/openapi.json").await.json();
    assert!(document["paths"]["/api/v1/demo/goal/{id}/print"]["get"].is_object());
    assert!(keeper.get("/api/v1/openapi.json").await.json()["paths"]["/api/v1/demo/goal/{id}/print"].is_null());
}
