//! Whom a comment mentions, and what people are told of it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::support::{Client, FILES, Site, encoded, form};

const LOGIN: &str = "  login: {type: text, label: {zh-CN: 账号, en: Login}, stands_for: login}\n";

/// The small app with people, who may have more fields.
async fn site(fields: &str) -> Site {
    let part = format!(
        "label: {{zh-CN: 部分, en: Part}}\ngrants:\n  - {{entity: person, actions: [read], where: 'code == \"1\"', read: [code, name, comments{}]}}\n",
        if fields.is_empty() { "" } else { ", login" }
    );
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/person.yaml" => (path, format!("stands_for: person{text}{fields}")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    files.push(("roles/part.yaml", part));
    Site::of(&files).await
}

/// Those offered for what was typed.
async fn offered(client: &Client, q: &str) -> Value {
    client.get(&format!("/pick/mention?q={q}")).await.json()["items"].clone()
}

/// Says something about a record, as the form of its page does.
async fn say(client: &Client, record: &str, text: &str, meant: &[(&str, &str)]) {
    let mut fields = format!("body={}", encoded(text));
    for (person, said) in meant {
        fields.push_str(&format!("&mentions={}", encoded(&format!("{person} {said}"))));
    }
    let answer = form(client, &format!("/r/person/{record}/comments"), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

/// The logins of those who were told of something, one for each time.
async fn told(site: &Site) -> Vec<String> {
    site.read("SELECT a.login FROM loam_notification n JOIN loam_account a ON a.id = n.account ORDER BY a.login").await
}

#[tokio::test]
async fn those_to_mention_are_those_the_reader_may_see() {
    let site = site(LOGIN).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let mut ids = Vec::new();
    for (code, name, login) in [("1", "Wang", "ww01"), ("2", "Li", "ll02")] {
        ids.push(keeper.made("person", json!({"code": code, "name": name, "login": login})).await);
    }
    let wang = json!({"id": ids[0], "label": "ww01", "hint": "Wang"});
    let li = json!({"id": ids[1], "label": "ll02", "hint": "Li"});
    assert_eq!(offered(&keeper, "wan").await, json!([wang]));
    assert_eq!(offered(&keeper, "").await, json!([li, wang]), "by name");
    assert_eq!(offered(&keeper, "zz").await, json!([]));
    let part = site.signed_in("part", &["part"]).await;
    assert_eq!(offered(&part, "").await, json!([wang]));
    assert_eq!(offered(&part, "li").await, json!([]), "somebody no grant gives");
    let reader = site.signed_in("reader", &["reader"]).await;
    assert_eq!(
        offered(&reader, "wan").await,
        json!([{"id": ids[0], "label": "Wang", "hint": ""}]),
        "logins are not told"
    );
    let admin = site.signed_in("admin", &["admin"]).await;
    assert_eq!(offered(&admin, "").await, json!([]));
}

#[tokio::test]
async fn people_of_one_name_are_told_apart() {
    let site = site("").await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let mut ids = Vec::new();
    for (code, name) in [("1", "Wang"), ("2", "Wang"), ("3", "Li")] {
        ids.push(keeper.made("person", json!({"code": code, "name": name})).await);
    }
    site.signed_in_as("ww01", &["reader"], ids[0].parse().ok()).await;
    site.signed_in_as("ww02", &["reader"], ids[1].parse().ok()).await;
    let item = |at: usize, label: &str, hint: &str| json!({"id": ids[at], "label": label, "hint": hint});
    let apart = json!([item(2, "Li", ""), item(0, "Wang", "1"), item(1, "Wang", "2")]);
    assert_eq!(offered(&keeper, "").await, apart);
    // Codes seen in part read the same, and only the accounts are left to tell.
    let clerk = site.signed_in("clerk", &["clerk"]).await;
    let apart = json!([item(2, "Li", ""), item(0, "Wang", "** · ww01"), item(1, "Wang", "** · ww02")]);
    assert_eq!(offered(&clerk, "").await, apart);
    // A reference is chosen from the same list.
    let goal = keeper.get("/pick/goal.owner?q=").await.json()["items"].clone();
    assert_eq!(goal, json!([item(2, "Li", ""), item(0, "Wang", "1"), item(1, "Wang", "2")]));
}

#[tokio::test]
async fn a_mention_reaches_the_very_one_who_was_chosen() {
    let site = site("").await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let mut ids = Vec::new();
    for code in ["1", "2"] {
        ids.push(keeper.made("person", json!({"code": code, "name": "Wang"})).await);
    }
    site.signed_in_as("ww01", &["reader"], ids[0].parse().ok()).await;
    let chosen = site.signed_in_as("ww02", &["reader"], ids[1].parse().ok()).await;
    // Somebody else is known by the name as their login.
    site.signed_in("wang", &["reader"]).await;
    say(&keeper, &ids[0], "@Wang look", &[(ids[1].as_str(), "Wang")]).await;
    assert_eq!(told(&site).await, ["ww02"]);
    let page = chosen.get("/notifications").await;
    assert!(page.text().contains("KEEPER mentioned you in “Wang”"), "{}", page.text());

    say(&keeper, &ids[0], "the name is gone", &[(ids[1].as_str(), "Wang")]).await;
    assert_eq!(told(&site).await, ["ww02"]);
    say(&keeper, &ids[0], "@wang look", &[]).await;
    assert_eq!(told(&site).await, ["wang", "ww02"], "typed by hand it is a login");
    say(&keeper, &ids[0], "@Wang and @Wang", &[(ids[0].as_str(), "Wang"), (ids[1].as_str(), "Wang")]).await;
    assert_eq!(told(&site).await, ["wang", "ww01", "ww02", "ww02"]);
}

#[tokio::test]
async fn whoever_was_chosen_by_a_login_is_reached_by_it() {
    let site = site(LOGIN).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let mut ids = Vec::new();
    for (code, login) in [("1", "ww01"), ("2", "ww02"), ("3", "ww03"), ("4", "ww04")] {
        ids.push(keeper.made("person", json!({"code": code, "name": "Wang", "login": login})).await);
    }
    // One account is nobody's yet, one is theirs, and one is somebody else's.
    site.signed_in("ww01", &["reader"]).await;
    site.signed_in_as("second", &["reader"], ids[1].parse().ok()).await;
    site.signed_in_as("ww03", &["reader"], ids[3].parse().ok()).await;
    let meant = [(ids[0].as_str(), "ww01"), (ids[1].as_str(), "ww02"), (ids[2].as_str(), "ww03")];
    say(&keeper, &ids[0], "@ww01 @ww02 @ww03 look", &meant).await;
    assert_eq!(told(&site).await, ["second", "ww01"]);
}

#[tokio::test]
async fn the_badge_counts_what_the_notifications_show() {
    let site = site("").await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let part = site.signed_in("part", &["part"]).await;
    let id = keeper.made("person", json!({"code": "1", "name": "Wang"})).await;
    for _ in 0..2 {
        say(&keeper, &id, "@part look", &[]).await;
    }
    let shown = async |count: usize| {
        let page = part.get("/notifications").await;
        assert_eq!(page.text().matches("mentioned you").count(), count, "{}", page.text());
        let badge = page.text().split("id=\"count-news\"").nth(1).and_then(|rest| rest.split(['<', '>']).nth(1));
        assert_eq!(badge, Some(count.to_string().as_str()), "{}", page.text());
    };
    shown(2).await;
    keeper.patch(&format!("/api/v1/demo/person/{id}"), json!({"code": "9"})).await;
    shown(0).await;
    keeper.patch(&format!("/api/v1/demo/person/{id}"), json!({"code": "1"})).await;
    shown(2).await;
    form(&part, "/notifications", "").await;
    let page = part.get("/notifications").await;
    assert!(
        page.text().contains("mentioned you") && page.text().contains("id=\"count-news\" hidden"),
        "{}",
        page.text()
    );
}
