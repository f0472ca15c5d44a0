//! Views of a list that somebody kept, after a publish changed what they name.

use axum::http::StatusCode;
use model::Uuid;
use serde_json::{Value, json};
use store::{Confirmed, Store};
use suite::compile;

use super::support::{Answer, Client, FILES, Site, browser, encoded, form};

const GOALS: &str = "
kind: list
label: {zh-CN: 目标, en: Goals}
entity: goal
columns: [title, status]
filters: [level, status]
sort: [title]
";

const LEVEL: &str = "  level: {type: integer, label: {zh-CN: 级别, en: Level}, min: 1, max: 5}\n";
const RANK: &str = "  rank: {renamed_from: level, type: integer, label: {zh-CN: 级别, en: Level}, min: 1, max: 5}\n";

/// The small app with a list of goals; `field` stands where their level does, and `filters` are those of the list.
fn files(field: &str, filters: &str) -> Vec<(&'static str, String)> {
    let mut files: Vec<(&str, String)> = FILES.map(|(path, text)| (path, text.replace(LEVEL, field))).into();
    files.push(("pages/goals.yaml", GOALS.replace("[level, status]", filters)));
    files
}

async fn keep(client: &Client, name: &str, query: &str) {
    let csrf = client.csrf.as_deref().unwrap();
    let fields = format!("csrf={csrf}&page=goals&name={name}&query={}", encoded(query));
    let kept = form(client, "/views", &fields).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text());
}

fn seen(answer: &Answer) -> String {
    answer.text().replace("&#x2f;", "/").replace("&amp;", "&")
}

/// What the rows of a list are called.
#[track_caller]
fn rows(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let text = |rest: &str| rest.split("</").next().unwrap().rsplit('>').next().unwrap().to_owned();
    answer.text().split("class=\"row-link\"").skip(1).map(text).collect()
}

#[tokio::test]
async fn a_kept_view_goes_on_after_a_rename_and_says_what_is_gone() {
    assert!(FILES.iter().any(|(_, text)| text.contains(LEVEL)));
    let site = Site::of(&files(LEVEL, "[level, status]")).await;
    let keeper = browser(&site, "keeper", &["keeper"]).await;
    let other = browser(&site, "other", &["keeper"]).await;
    for (title, level) in [("Alpha", 2), ("Beta", 3), ("Gamma", 1)] {
        keeper.made("goal", json!({"title": title, "level": level})).await;
    }
    keep(&keeper, "Mine", "columns=title,level&sort=-level&level.from=2").await;
    assert_eq!(rows(&keeper.get("/p/goals?columns=title,level&sort=-level&level.from=2").await), ["Beta", "Alpha"]);

    site.publish(&files(RANK, "[rank, status]")).await;
    let address = "/p/goals?columns=title,rank&sort=-rank&rank.from=2";
    let page = keeper.get("/p/goals").await;
    assert!(seen(&page).contains(&format!("href=\"{address}\">Mine</a>")), "{}", page.text());
    let page = keeper.get(address).await;
    assert_eq!(rows(&page), ["Beta", "Alpha"]);
    assert!(seen(&page).contains("aria-current=\"true\">Mine</a>"), "{}", page.text());
    assert!(!page.text().contains("This view names"), "{}", page.text());

    let documents: Value =
        files("", "[status]").into_iter().map(|(path, text)| (path.to_owned(), Value::from(text))).collect();
    let app = compile(&documents).unwrap();
    let plan = Store::plan(Some(&*site.engine.edition().app), &app);
    let said = Confirmed::names(["goal.rank"]);
    site.engine.publish(&plan, &said, documents, Uuid::nil()).await.unwrap();
    let page = keeper.get(address).await;
    assert_eq!(rows(&page), ["Alpha", "Beta", "Gamma"], "neither its order nor its filter is left");
    assert!(page.text().contains("This view names what is gone or not yours to see: “rank”"), "{}", page.text());
    assert!(seen(&page).contains("aria-current=\"true\">Mine</a>"), "{}", page.text());
    assert!(seen(&page).contains("name=\"query\" value=\"columns=title\""), "{}", page.text());
    assert!(!other.get(address).await.text().contains("This view names"), "whose view it is not is told nothing");

    // Kept again, it names only what is there.
    keep(&keeper, "Mine", "columns=title").await;
    let page = keeper.get("/p/goals?columns=title").await;
    assert!(seen(&page).contains("aria-current=\"true\">Mine</a>"), "{}", page.text());
    assert!(!page.text().contains("This view names"), "{}", page.text());

    // So does a view that builds on a ready-made one that is not there.
    keep(&keeper, "Lost", "view=nowhere").await;
    let page = keeper.get("/p/goals?view=nowhere").await;
    assert!(page.text().contains("not yours to see: “nowhere”"), "{}", page.text());
    assert_eq!(rows(&page).len(), 3);
}

/// Fields that are called as the ends of a range are, of what is listed and of what it refers to.
const SPAN: &str =
    "  from: {type: date, label: {zh-CN: 开始, en: Begins}}\n  to: {type: integer, label: {zh-CN: 到, en: To}}\n";
const SPAN_RENAMED: &str = "  begins: {renamed_from: from, type: date, label: {zh-CN: 开始, en: Begins}}\n  until: {renamed_from: to, type: integer, label: {zh-CN: 到, en: To}}\n";

/// The app with these fields, and with one more of people.
fn spans(fields: &str, filters: &str, of_people: &str) -> Vec<(&'static str, String)> {
    let mut files = files(fields, filters);
    for (path, text) in &mut files {
        if *path == "entities/person.yaml" {
            text.push_str(of_people);
        }
    }
    files
}

#[tokio::test]
async fn fields_called_from_and_to_are_no_ends_of_ranges() {
    let of_people = "  from: {type: text, label: {zh-CN: 来自, en: From}}\n";
    let site = Site::of(&spans(SPAN, "[from, to, status]", of_people)).await;
    let keeper = browser(&site, "keeper", &["keeper"]).await;
    for (title, from, to) in [("Alpha", "2025-02-01", 2), ("Beta", "2025-03-01", 3), ("Gamma", "2024-01-01", 5)] {
        keeper.made("goal", json!({"title": title, "from": from, "to": to})).await;
    }
    let query = "columns=title,owner.from&sort=-to&from.from=2025-01-01&from.to=2025-12-31&to.from=2&to.to=4";
    keep(&keeper, "Mine", query).await;
    assert_eq!(rows(&keeper.get(&format!("/p/goals?{query}")).await), ["Beta", "Alpha"]);
    // No list is narrowed by what its references lead to, which is said of the field that is meant.
    keep(&keeper, "Other", "owner.from=x").await;
    let page = keeper.get("/p/goals?owner.from=x").await;
    assert!(page.text().contains("not yours to see: “owner.from”"), "{}", page.text());

    let of_people = "  origin: {renamed_from: from, type: text, label: {zh-CN: 来自, en: From}}\n";
    site.publish(&spans(SPAN_RENAMED, "[begins, until, status]", of_people)).await;
    let query =
        "columns=title,owner.origin&sort=-until&begins.from=2025-01-01&begins.to=2025-12-31&until.from=2&until.to=4";
    let page = keeper.get("/p/goals").await;
    assert!(seen(&page).contains(&format!("href=\"/p/goals?{query}\">Mine</a>")), "{}", page.text());
    assert!(seen(&page).contains("href=\"/p/goals?owner.origin=x\">Other</a>"), "{}", page.text());
    let page = keeper.get(&format!("/p/goals?{query}")).await;
    assert_eq!(rows(&page), ["Beta", "Alpha"]);
    assert!(!page.text().contains("This view names"), "{}", page.text());
}
