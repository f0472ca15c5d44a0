//! Files that come before the record they are for is saved: chosen in a step of a form, or sent over the API. They wait for
//! whoever sent them, for one field, for a day.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    forms::{saved, stands_at},
    support::{Answer, Client, Site, form},
    uploads::{all, content, sent},
};

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/claim.yaml",
        "label: {zh-CN: 报销, en: Claim}\ndisplay: title\nfields:\n  title: {type: text, required: true, label: {zh-CN: 事由, en: Title}}\n  paper: {type: file, required: true, label: {zh-CN: 单据, en: Paper}}\n  scan: {type: image, label: {zh-CN: 照片, en: Scan}}\n  note: {type: text, label: {zh-CN: 备注, en: Note}}\n  lines: {type: children, to: line, by: claim, label: {zh-CN: 明细, en: Lines}}\n",
    ),
    (
        "entities/line.yaml",
        "label: {zh-CN: 明细, en: Line}\ndisplay: amount\nfields:\n  claim: {type: reference, to: claim, required: true, label: {zh-CN: 报销, en: Claim}}\n  amount: {type: integer, label: {zh-CN: 金额, en: Amount}}\n  proof: {type: file, label: {zh-CN: 凭证, en: Proof}}\n",
    ),
    (
        "forms/claim.yaml",
        "entity: claim\nlayout: steps\nsections:\n  - {label: {zh-CN: 单据, en: Papers}, items: [title, paper]}\n  - {label: {zh-CN: 明细, en: Lines}, items: [scan, {field: lines, columns: [amount, proof]}]}\n  - {label: {zh-CN: 备注, en: Notes}, items: [note]}\n",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\ngrants:\n  - {entity: claim, actions: [create, read, update]}\n  - {entity: line, actions: [create, read, update, delete]}\n",
    ),
    (
        "roles/lister.yaml",
        "label: {zh-CN: 单据员, en: Lister}\ngrants:\n  - {entity: claim, actions: [read, update], read: [title, paper], write: [paper]}\n",
    ),
];

const NEW: &str = "/r/claim/new";
const UPLOADS: &str = "/api/v1/demo/claim/uploads";
const PICTURE: &str = "GIF89a";

async fn site() -> Site {
    Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await
}

/// The file that an input of a form refers to.
#[track_caller]
fn refers(answer: &Answer, name: &str) -> String {
    let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let rest = answer.text().split(&start).nth(1).unwrap_or_else(|| panic!("no {name}: {}", answer.text()));
    rest.split('"').next().unwrap().to_owned()
}

/// Goes from the first step to the second with a file, and answers the file's id.
async fn chosen(client: &Client, file: &str, words: &str) -> String {
    let texts = [("title", "Train"), ("paper", ""), ("_at", "0"), ("_step", "1")];
    let next = sent(client, NEW, &texts, &[("paper", file, words)]).await;
    assert_eq!(next.status, StatusCode::OK, "{}", next.text());
    stands_at(&next, 1);
    let called = file.replace('&', "&amp;");
    assert!(next.text().contains(&called) && next.text().contains("name=\"paper.drop\""), "{}", next.text());
    refers(&next, "paper")
}

/// Sends a file over the API, and answers its id.
async fn uploaded(client: &Client, field: &str, file: &str, words: &str) -> String {
    let answer = sent(client, &format!("{UPLOADS}/{field}"), &[], &[("any", file, words)]).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["items"][0]["id"].as_str().unwrap().to_owned()
}

/// How many contents are kept.
fn contents(site: &Site) -> usize {
    let folders = std::fs::read_dir(site.engine.blobs().folder()).unwrap();
    folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
}

#[tokio::test]
async fn a_file_chosen_in_a_step_waits_until_the_form_is_saved() {
    let site = site().await;
    let ann = site.signed_in("ann", &["member"]).await;
    let texts = [("title", "Train"), ("paper", ""), ("_at", "0"), ("_step", "1")];
    let lacking = sent(&ann, NEW, &texts, &[("paper", "", "")]).await;
    assert_eq!(lacking.status, StatusCode::UNPROCESSABLE_ENTITY);
    stands_at(&lacking, 0);
    assert!(lacking.text().contains("href=\"#f-paper\""), "{}", lacking.text());

    let paper = chosen(&ann, "a&b.txt", "first").await;
    for (at, to) in [(1, 0), (0, 1), (1, 2)] {
        let walked = form(&ann, NEW, &format!("title=Train&paper={paper}&_at={at}&_step={to}")).await;
        assert_eq!(walked.status, StatusCode::OK, "{}", walked.text());
        stands_at(&walked, to);
        assert_eq!(refers(&walked, "paper"), paper);
        assert!(walked.text().contains("a&amp;b.txt"), "{}", walked.text());
        assert!(!walked.text().contains("/attachments/"), "it is nowhere to be fetched yet: {}", walked.text());
    }
    assert!(all(&ann, "claim").await.is_empty(), "no step saves");
    assert_eq!(site.read("SELECT name FROM loam_upload").await, ["a&b.txt"]);

    saved(&form(&ann, NEW, &format!("title=Train&paper={paper}&_at=2")).await);
    let claims = all(&ann, "claim").await;
    assert_eq!((claims.len(), &claims[0]["paper"]), (1, &json!(paper)));
    assert_eq!(content(&ann, "claim", &claims[0], "paper").await, "first");
    assert_eq!(site.read("SELECT field FROM loam_attachment").await, ["paper"]);
    assert!(site.read("SELECT name FROM loam_upload").await.is_empty());
    // It is that record's now, and no other's.
    let again = form(&ann, NEW, &format!("title=Again&paper={paper}&_at=2")).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains("choose it again"), "{}", again.text());
    assert_eq!(all(&ann, "claim").await.len(), 1);
}

#[tokio::test]
async fn a_file_that_waits_is_replaced_and_removed() {
    let site = site().await;
    let ann = site.signed_in("ann", &["member"]).await;
    let first = chosen(&ann, "a.txt", "first").await;
    let texts = [("title", "Train"), ("paper", first.as_str()), ("_at", "0"), ("_step", "1")];
    let other = sent(&ann, NEW, &texts, &[("paper", "b.txt", "second")]).await;
    stands_at(&other, 1);
    let second = refers(&other, "paper");
    assert!(second != first && other.text().contains("b.txt") && !other.text().contains("a.txt"), "{}", other.text());
    let gone = form(&ann, NEW, &format!("title=Train&paper={first}&_at=2")).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY);

    // A program is not taken in its place, and holds the step up.
    let texts = [("title", "Train"), ("paper", second.as_str()), ("_at", "0"), ("_step", "1")];
    let program = sent(&ann, NEW, &texts, &[("paper", "c.txt", "\x7fELF\x02\x01\x01")]).await;
    assert_eq!(program.status, StatusCode::UNPROCESSABLE_ENTITY);
    stands_at(&program, 0);
    assert!(program.text().contains("programs are not taken"), "{}", program.text());
    assert_eq!(refers(&program, "paper"), second, "the one before is still there");

    let removed = form(&ann, NEW, &format!("title=Train&paper={second}&paper.drop=true&_at=0&_step=1")).await;
    assert_eq!(removed.status, StatusCode::UNPROCESSABLE_ENTITY);
    stands_at(&removed, 0);
    assert!(removed.text().contains("href=\"#f-paper\"") && !removed.text().contains("b.txt"), "{}", removed.text());
    assert_eq!(refers(&removed, "paper"), "");
    let gone = form(&ann, NEW, &format!("title=Train&paper={second}&_at=2")).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(all(&ann, "claim").await.is_empty());
    // What was let go of goes for good with what is too old.
    assert_eq!(site.engine.end_uploads().await.unwrap(), 2);
    assert_eq!(contents(&site), 0);
}

#[tokio::test]
async fn a_save_that_is_refused_and_a_row_that_is_added_lose_no_file() {
    let site = site().await;
    let ann = site.signed_in("ann", &["member"]).await;
    let paper = chosen(&ann, "a.txt", "first").await;
    let row = [("lines[0][id]", ""), ("lines[0][amount]", "3"), ("lines[0][proof]", "")];
    let texts = [&[("title", "Train"), ("paper", paper.as_str()), ("_at", "1"), ("_add", "lines")][..], &row].concat();
    let added = sent(&ann, NEW, &texts, &[("lines[0][proof]", "c.txt", "third")]).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.text());
    assert!(added.text().contains("c.txt") && added.text().contains("name=\"lines[1][id]\""), "{}", added.text());
    let proof = refers(&added, "lines[0][proof]");
    let lines = format!("lines[0][id]=&lines[0][amount]=3&lines[0][proof]={proof}");

    let texts = [("title", ""), ("paper", paper.as_str()), ("scan", ""), ("_at", "2")];
    let refused = sent(&ann, NEW, &texts, &[("scan", "d.gif", PICTURE)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("d.gif"), "{}", refused.text());
    let scan = refers(&refused, "scan");
    saved(&form(&ann, NEW, &format!("title=Train&paper={paper}&scan={scan}&{lines}&_at=2")).await);
    let (claims, rows) = (all(&ann, "claim").await, all(&ann, "line").await);
    assert_eq!((claims.len(), rows.len()), (1, 1));
    assert_eq!(content(&ann, "claim", &claims[0], "scan").await, PICTURE);
    assert_eq!(content(&ann, "line", &rows[0], "proof").await, "third");

    // Of a record that is there, its own file and the one that waits are told apart.
    let id = claims[0]["id"].as_str().unwrap();
    let edit = format!("/r/claim/{id}/edit");
    let texts = [("title", "Train"), ("paper", paper.as_str()), ("scan", scan.as_str()), ("_at", "0"), ("_step", "1")];
    let next = sent(&ann, &edit, &texts, &[("paper", "e.txt", "fifth")]).await;
    stands_at(&next, 1);
    let markup = next.text().replace("&#x2f;", "/");
    let fifth = refers(&next, "paper");
    assert!(markup.contains("e.txt") && !markup.contains(&format!("/attachments/{fifth}")), "{markup}");
    assert!(markup.contains(&format!("/r/claim/{id}/attachments/{scan}")), "{markup}");
    saved(&form(&ann, &edit, &format!("title=Train&paper={fifth}&scan={scan}&scan.drop=true&_at=2")).await);
    let claim = ann.get(&format!("/api/v1/demo/claim/{id}")).await.json();
    assert_eq!((content(&ann, "claim", &claim, "paper").await.as_str(), &claim["scan"]), ("fifth", &Value::Null));
}

#[tokio::test]
async fn a_file_that_waits_is_its_senders_for_one_field_and_for_a_day() {
    let site = site().await;
    let ann = site.signed_in("ann", &["member"]).await;
    let bob = site.signed_in("bob", &["member"]).await;
    let paper = chosen(&ann, "a.txt", "first").await;
    let guessed = "00000000-0000-7000-8000-00000000ffff";
    for file in [paper.as_str(), guessed] {
        let theirs = bob.post("/api/v1/demo/claim", json!({"title": "B", "paper": file})).await;
        assert_eq!(theirs.faults(), ["paper:reference"], "{}", theirs.text());
        let theirs = form(&bob, NEW, &format!("title=B&paper={file}&_at=0&_step=1")).await;
        assert!(!theirs.text().contains("a.txt"), "{}", theirs.text());
        let theirs = form(&bob, NEW, &format!("title=B&paper={file}&paper.drop=true&_at=0&_step=1")).await;
        assert_eq!(theirs.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let own = uploaded(&ann, "paper", "b.txt", "second").await;
    let elsewhere = ann.post("/api/v1/demo/claim", json!({"title": "A", "paper": own, "scan": paper})).await;
    assert_eq!(elsewhere.faults(), ["scan:reference"], "{}", elsewhere.text());
    assert!(all(&ann, "claim").await.is_empty() && all(&bob, "claim").await.is_empty());

    // Nothing of what is refused was used up, until it is too old.
    site.clock.pass(jiff::SignedDuration::from_hours(23));
    assert_eq!(site.engine.end_uploads().await.unwrap(), 0);
    let ann = site.begun("ann").await;
    ann.made("claim", json!({"title": "A", "paper": own})).await;
    site.clock.pass(jiff::SignedDuration::from_hours(2));
    let ann = site.begun("ann").await;
    let late = ann.post("/api/v1/demo/claim", json!({"title": "A", "paper": paper})).await;
    assert_eq!(late.faults(), ["paper:reference"], "{}", late.text());
    assert_eq!((site.engine.end_uploads().await.unwrap(), contents(&site)), (1, 1));
    assert!(site.read("SELECT name FROM loam_upload").await.is_empty());
    assert_eq!(content(&ann, "claim", &all(&ann, "claim").await[0], "paper").await, "second");
}

#[tokio::test]
async fn enter_goes_on_to_the_next_step_and_saves_in_the_last() {
    let site = site().await;
    let ann = site.signed_in("ann", &["member"]).await;
    let first = |answer: &Answer| {
        let inside = answer.text().split("id=\"form\"").nth(1).unwrap().to_owned();
        inside.split("<button ").nth(1).unwrap().split("</button>").next().unwrap().to_owned()
    };
    let plain = "class=\"visually-hidden\" type=\"submit\" tabindex=\"-1\" aria-hidden=\"true\"";
    let fresh = ann.get(NEW).await;
    assert!(first(&fresh).starts_with(&format!("{plain} data-enter name=\"_step\" value=\"1\">")), "{}", first(&fresh));
    let paper = chosen(&ann, "a.txt", "first").await;
    let last = form(&ann, NEW, &format!("title=Train&paper={paper}&_at=1&_step=2")).await;
    assert!(first(&last).starts_with(&format!("{plain} data-enter>")), "{}", first(&last));
    let line = ann.get("/r/line/new").await;
    assert!(first(&line).starts_with(&format!("{plain}>")), "{}", first(&line));
}

#[tokio::test]
async fn whoever_writes_a_list_of_fields_sends_files_for_those_alone() {
    let site = site().await;
    let ann = site.signed_in("ann", &["member"]).await;
    let lee = site.signed_in("lee", &["lister"]).await;
    let eve = site.signed_in("eve", &[]).await;
    let first = uploaded(&ann, "paper", "a.txt", "first").await;
    let id = ann.made("claim", json!({"title": "Train", "paper": first})).await;
    let api = format!("/api/v1/demo/claim/{id}");

    let second = uploaded(&lee, "paper", "b.txt", "second").await;
    let changed = lee.patch(&api, json!({"paper": second})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(content(&lee, "claim", &changed.json(), "paper").await, "second");
    let step = [("paper", second.as_str()), ("_at", "0"), ("_step", "1")];
    let next = sent(&lee, &format!("/r/claim/{id}/edit"), &step, &[("paper", "c.txt", "third")]).await;
    let third = refers(&next, "paper");
    assert!(third != second && next.text().contains("c.txt"), "{}", next.text());
    saved(&form(&lee, &format!("/r/claim/{id}/edit"), &format!("paper={third}&_at=1")).await);
    let claim = lee.get(&api).await.json();
    assert_eq!(content(&lee, "claim", &claim, "paper").await, "third");

    let file = [("any", "x.gif", PICTURE)];
    for (client, field, status) in
        [(&lee, "scan", 403), (&eve, "paper", 403), (&ann, "title", 422), (&ann, "nothing", 404)]
    {
        let refused = sent(client, &format!("{UPLOADS}/{field}"), &[], &file).await;
        assert_eq!(refused.status.as_u16(), status, "{field}: {}", refused.text());
    }
    // Neither does a form take it along, nor one sent for the field that is theirs.
    let texts = [("paper", third.as_str()), ("scan", ""), ("_at", "0"), ("_step", "1")];
    sent(&lee, &format!("/r/claim/{id}/edit"), &texts, &[("scan", "x.gif", PICTURE)]).await;
    assert!(site.read("SELECT name FROM loam_upload").await.is_empty());
    let own = uploaded(&lee, "paper", "y.gif", PICTURE).await;
    assert_eq!(lee.patch(&api, json!({"scan": own})).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ann.get(&api).await.json()["scan"], Value::Null);

    let document = lee.get("/api/v1/openapi.json").await.json();
    let said = |field: &str| document["paths"][format!("{UPLOADS}/{field}")]["post"].is_object();
    assert!(said("paper") && !said("scan"), "{}", document["paths"]);
}
