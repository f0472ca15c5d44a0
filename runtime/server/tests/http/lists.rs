//! Lists and trees as their addresses say, views that people keep, and what stands beside a record: by the pages' own forms.

use axum::http::{Method, StatusCode};
use model::Uuid;
use serde_json::json;

use super::support::{Answer, Client, FILES, Site, browser, encoded, form};

const GOALS: &str = "
kind: list
label: {zh-CN: 目标, en: Goals}
entity: goal
columns: [title, level, status]
filters: [level, due, status]
sort: [title]
rows: 10
";

const PEOPLE: &str = "
kind: list
label: {zh-CN: 人员, en: People}
entity: person
columns: [name, code]
sort: [name]
";

const TREE: &str = "
kind: tree
label: {zh-CN: 目标树, en: Goal tree}
entity: goal
parent: above
columns: [title, weight]
sort: [title]
";

const ABOVE: &str = "  above: {type: reference, to: goal, label: {zh-CN: 上级, en: Above}}\n";
const LOGIN: &str = "  login: {type: text, label: {zh-CN: 账号, en: Login}, stands_for: login}\n";

const PART: &str = "
label: {zh-CN: 部分, en: Part}
grants:
  - {entity: person, actions: [read], where: 'code == \"1\"', read: [code, name, login]}
  - {entity: goal, actions: [read], where: 'status == \"open\"', read: [title, status, above]}
";

/// Sees no goal above another, and nobody who owns one.
const FLAT: &str = "
label: {zh-CN: 平铺, en: Flat}
grants:
  - {entity: goal, actions: [read], read: [title, status, owner]}
";

/// Sees what is above a goal only while it is open.
const HALF: &str = "
label: {zh-CN: 一半, en: Half}
grants:
  - {entity: goal, actions: [read], read: [title, status]}
  - {entity: goal, actions: [read], where: 'status == \"open\"', read: [title, above]}
";

/// The small app with pages, a tree of goals, and people who are known by a login.
async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/goal.yaml" => (path, format!("{text}{ABOVE}")),
            "entities/person.yaml" => (path, format!("stands_for: person{text}{LOGIN}")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    files.push(("roles/part.yaml", PART.to_owned()));
    files.push(("roles/flat.yaml", FLAT.to_owned()));
    files.push(("roles/half.yaml", HALF.to_owned()));
    files.push(("pages/goals.yaml", GOALS.to_owned()));
    files.push(("pages/owned.yaml", GOALS.replace("filters: [level, due, status]", "filters: [owner, status]")));
    files.push(("pages/few.yaml", GOALS.replace("rows: 10", "rows: 2")));
    files.push(("pages/people.yaml", PEOPLE.to_owned()));
    files.push(("pages/coded.yaml", format!("{PEOPLE}filters: [code]\n")));
    files.push(("pages/tree.yaml", TREE.to_owned()));
    Site::of(&files).await
}

/// The same browser without the token, as another site would have it send something.
fn tricked(client: &Client) -> Client {
    Client { csrf: None, ..client.clone() }
}

/// Sends a form as pages do, with the token among its fields.
async fn sent(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut text = format!("csrf={}", client.csrf.as_deref().unwrap());
    for (name, value) in fields {
        text.push_str(&format!("&{name}={}", encoded(value)));
    }
    form(&tricked(client), path, &text).await
}

/// A form in parts with a file, and the token of that client if it has one.
async fn upload(client: &Client, path: &str, name: &str, content: &str) -> Answer {
    let token = client.csrf.as_ref().map_or_else(String::new, |csrf| {
        format!("--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n")
    });
    let file = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n{content}\r\n--b--\r\n"
    );
    let kind = Some("multipart/form-data; boundary=b");
    tricked(client).raw(Method::POST, path, &[], kind, format!("{token}{file}").into_bytes()).await
}

/// Markup with its addresses as they are.
fn seen(answer: &Answer) -> String {
    answer.text().replace("&#x2f;", "/").replace("&amp;", "&")
}

/// The text of every element that has this mark in its first tag.
fn texts(markup: &str, mark: &str) -> Vec<String> {
    let text = |rest: &str| rest.split("</").next().unwrap().rsplit('>').next().unwrap().to_owned();
    markup.split(mark).skip(1).map(text).collect()
}

fn heads(answer: &Answer) -> Vec<String> {
    texts(answer.text(), "<th scope=\"col\"")
}

/// What the rows of a list are called.
#[track_caller]
fn rows(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    texts(answer.text(), "class=\"row-link\"")
}

/// What the nodes of a tree are called.
#[track_caller]
fn nodes(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    texts(answer.text(), "class=\"tree-label\"")
}

/// What the views above a list are called.
fn views(answer: &Answer) -> Vec<String> {
    let nav = answer.text().split("<nav class=\"views\"").nth(1).and_then(|rest| rest.split("</nav>").next());
    texts(nav.unwrap_or_default(), "class=\"chip\"")
}

/// What follows a mark up to the next quotation mark.
fn quoted(markup: &str, mark: &str) -> Option<String> {
    markup.split(mark).nth(1)?.split('"').next().map(str::to_owned)
}

/// A hidden value of a form on the page.
fn hidden(answer: &Answer, name: &str) -> Option<String> {
    quoted(&seen(answer), &format!("name=\"{name}\" value=\""))
}

/// Five goals; two have no level and no day.
async fn with_goals(keeper: &Client) {
    for goal in [
        json!({"title": "Alpha", "level": 3, "due": "2025-12-01", "status": "open"}),
        json!({"title": "Beta", "level": 1, "due": "2025-12-10", "status": "closed"}),
        json!({"title": "Gamma", "status": "open"}),
        json!({"title": "Delta", "level": 2, "due": "2025-12-05", "status": "open"}),
        json!({"title": "Echo", "status": "closed"}),
    ] {
        keeper.made("goal", goal).await;
    }
}

#[tokio::test]
async fn a_list_is_in_the_order_and_has_the_columns_its_address_says() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    with_goals(&keeper).await;
    let own = ["Alpha", "Beta", "Delta", "Echo", "Gamma"];
    for (query, order) in [
        ("", own),
        ("sort=-title", ["Gamma", "Echo", "Delta", "Beta", "Alpha"]),
        // What is not known comes last either way, the older record first.
        ("sort=level", ["Beta", "Delta", "Alpha", "Gamma", "Echo"]),
        ("sort=-level", ["Alpha", "Delta", "Beta", "Gamma", "Echo"]),
        ("sort=nonsense", own),
        ("sort=-owner.nonsense", own),
        ("after=nonsense&from-row=3", own),
    ] {
        let page = keeper.get(&format!("/p/goals?{query}")).await;
        assert_eq!(rows(&page), order, "{query}");
        assert_eq!(heads(&page), ["Title", "Level", "Status"], "{query}");
    }
    let page = keeper.get("/p/goals?sort=-level").await;
    assert_eq!(page.text().matches("aria-sort=\"descending\"").count(), 1);
    assert!(seen(&page).contains("href=\"/p/goals?sort=level\">Level<"), "{}", page.text());

    let page = keeper.get("/p/goals?columns=level,title").await;
    assert_eq!(heads(&page), ["Level", "Title"]);
    assert!(!page.text().contains("data-label=\"Status\""), "{}", page.text());
    assert_eq!(heads(&keeper.get("/p/goals?columns=title&columns=nonsense&columns=due").await), ["Title", "Due"]);
    assert_eq!(heads(&keeper.get("/p/goals?columns=nonsense").await), ["Title", "Level", "Status"]);
}

#[tokio::test]
async fn an_address_gives_no_column_and_no_order_its_reader_may_not_see() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    for (code, name, salary) in [("1", "Wang", "20"), ("2", "Li", "10")] {
        keeper.made("person", json!({"code": code, "name": name, "salary": salary})).await;
    }
    let page = keeper.get("/p/people?columns=name,salary&sort=-salary").await;
    assert_eq!((rows(&page), heads(&page)), (vec!["Wang".into(), "Li".into()], vec!["Name".into(), "Salary".into()]));
    let reader = site.signed_in("reader", &["reader"]).await;
    assert_eq!(heads(&reader.get("/p/people?columns=name,salary").await), ["Name"]);
    let page = reader.get("/p/people?columns=salary").await;
    assert_eq!((rows(&page), heads(&page)), (vec!["Li".into(), "Wang".into()], vec!["Name".into(), "Code".into()]));
    // An order would tell of what it is by.
    assert_eq!(reader.get("/p/people?sort=salary").await.status, StatusCode::FORBIDDEN);
    let clerk = site.signed_in("clerk", &["clerk"]).await;
    assert_eq!(rows(&clerk.get("/p/people").await), ["Li", "Wang"]);
    assert_eq!(clerk.get("/p/people?sort=code").await.status, StatusCode::FORBIDDEN, "it is seen in part only");
}

#[tokio::test]
async fn a_list_offers_no_order_and_no_filter_that_is_refused() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let wang = keeper.made("person", json!({"code": "1", "name": "Wang"})).await;
    keeper.made("goal", json!({"title": "Alpha", "status": "open", "owner": wang})).await;
    let [clerk, flat] = [site.signed_in("clerk", &["clerk"]).await, site.signed_in("flat", &["flat"]).await];
    for (client, orders, filters) in [(&keeper, 2, true), (&clerk, 1, false)] {
        let page = client.get("/p/coded").await;
        assert_eq!((rows(&page), heads(&page)), (vec!["Wang".into()], vec!["Name".into(), "Code".into()]));
        let markup = seen(&page);
        let offered: Vec<&str> =
            markup.split("class=\"sort\" href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(offered.len(), orders, "{offered:?}");
        for address in offered {
            assert_eq!(client.get(address).await.status, StatusCode::OK, "{address}");
        }
        assert_eq!(markup.contains("name=\"code\""), filters, "{markup}");
    }
    for (client, offered) in [(&keeper, true), (&flat, false)] {
        let page = client.get("/p/owned").await;
        assert_eq!(rows(&page), ["Alpha"]);
        assert_eq!(seen(&page).contains("/pick/goal.owner"), offered, "{}", page.text());
        assert_eq!(client.get("/pick/goal.owner").await.status == StatusCode::OK, offered);
        assert!(page.text().contains("name=\"status\""), "{}", page.text());
    }
}

#[tokio::test]
async fn a_range_narrows_a_list_with_both_its_ends() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    with_goals(&keeper).await;
    let cases: [(&str, &[&str]); 7] = [
        ("level.from=2", &["Alpha", "Delta"]),
        ("level.to=2", &["Beta", "Delta"]),
        ("level.from=2&level.to=2", &["Delta"]),
        ("due.from=2025-12-05", &["Beta", "Delta"]),
        ("due.from=2025-12-02&due.to=2025-12-05", &["Delta"]),
        ("level.from=2&status=open&due.to=2025-12-01", &["Alpha"]),
        ("level.from=4", &[]),
    ];
    for (query, left) in cases {
        let page = keeper.get(&format!("/p/goals?{query}")).await;
        assert_eq!(rows(&page), left, "{query}");
        assert!(page.text().contains(&format!("{} in all", left.len())), "{query}: {}", page.text());
    }
    let page = keeper.get("/p/goals?level.from=2").await;
    assert!(page.text().contains("Level from: 2") && page.text().contains("name=\"level.from\" value=\"2\""));
    assert_eq!(rows(&keeper.get("/p/goals?level.from=x&due.to=x").await).len(), 5, "what is no number is left out");
}

#[tokio::test]
async fn a_list_is_gone_through_page_by_page_and_no_row_is_shown_twice() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    with_goals(&keeper).await;
    let cases: [(&str, &[&[&str]]); 4] = [
        ("", &[&["Alpha", "Beta"], &["Delta", "Echo"], &["Gamma"]]),
        ("?sort=level", &[&["Beta", "Delta"], &["Alpha", "Gamma"], &["Echo"]]),
        ("?sort=-level", &[&["Alpha", "Delta"], &["Beta", "Gamma"], &["Echo"]]),
        ("?status=open", &[&["Alpha", "Delta"], &["Gamma"]]),
    ];
    for (query, pages) in cases {
        let total: usize = pages.iter().map(|page| page.len()).sum();
        let mut address = Some(format!("/p/few{query}"));
        let mut first = 1;
        for expected in pages {
            let page = keeper.get(&address.unwrap()).await;
            assert_eq!(rows(&page), *expected, "{query}");
            let last = first + expected.len() - 1;
            assert!(page.text().contains(&format!("{first}–{last} of {total}")), "{query}: {}", page.text());
            let back = quoted(&seen(&page), "rel=\"prev\" href=\"");
            match first {
                1 => assert_eq!(back, None),
                3 => assert_eq!(back, Some(format!("/p/few{query}"))),
                _ => assert!(back.is_some_and(|back| back.contains("after=") && back.ends_with("from-row=3"))),
            }
            address = quoted(&seen(&page), "rel=\"next\" href=\"");
            assert!(address.as_ref().is_none_or(|next| next.contains("after=")), "{address:?}");
            first = last + 1;
        }
        assert_eq!(address, None, "{query}");
    }
}

#[tokio::test]
async fn a_view_is_kept_used_and_forgotten_by_its_owner_only() {
    const KEPT: &str = "SELECT name FROM loam_saved_view";
    let site = site().await;
    let keeper = browser(&site, "keeper", &["keeper"]).await;
    let other = browser(&site, "other", &["keeper"]).await;
    with_goals(&keeper).await;
    let page = keeper.get("/p/goals?status=closed&sort=-title").await;
    assert_eq!(views(&page), [""; 0]);
    assert_eq!(hidden(&page, "csrf"), keeper.csrf);
    let query = hidden(&page, "query").unwrap();
    let view = [("page", "goals"), ("name", " Mine "), ("query", query.as_str())];
    let forged = form(&tricked(&keeper), "/views", "page=goals&name=Mine&query=").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "{}", forged.text());
    assert_eq!(sent(&keeper, "/views", &[("page", "nonsense"), ("name", "Mine")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(sent(&keeper, "/views", &[("page", "goals"), ("name", " ")]).await.status, StatusCode::SEE_OTHER);
    let admin = browser(&site, "admin", &["admin"]).await;
    assert_eq!(sent(&admin, "/views", &view).await.status, StatusCode::NOT_FOUND, "a page they do not open");
    assert!(site.read(KEPT).await.is_empty());

    let saved = sent(&keeper, "/views", &view).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(saved.header("location"), Some("/p/goals?status=closed&sort=-title&saved=1"));
    let page = keeper.get("/p/goals").await;
    assert_eq!((views(&page), rows(&page).len()), (vec!["All".to_owned(), "Mine".to_owned()], 5));
    assert!(seen(&page).contains("<a class=\"chip\" href=\"/p/goals?status=closed&sort=-title\">Mine</a>"));
    let page = keeper.get("/p/goals?status=closed&sort=-title").await;
    assert_eq!(rows(&page), ["Echo", "Beta"]);
    assert!(page.text().contains("aria-current=\"true\">Mine</a>"), "{}", page.text());
    // The same name is the same view.
    sent(&keeper, "/views", &[("page", "goals"), ("name", "Mine"), ("query", "status=open")]).await;
    let page = keeper.get("/p/goals").await;
    assert_eq!(views(&page), ["All", "Mine"]);
    assert!(seen(&page).contains("href=\"/p/goals?status=open\">Mine</a>"), "{}", page.text());

    assert_eq!(views(&other.get("/p/goals").await), [""; 0], "it is nobody else's");
    let id = hidden(&page, "id").unwrap();
    let forget = [("id", id.as_str()), ("page", "goals")];
    assert_eq!(sent(&other, "/views/forget", &forget).await.status, StatusCode::NOT_FOUND);
    let forged = form(&tricked(&keeper), "/views/forget", &format!("id={id}&page=goals")).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "{}", forged.text());
    assert_eq!(sent(&keeper, "/views/forget", &[("id", "nonsense")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.read(KEPT).await, ["Mine"]);
    let forgotten = sent(&keeper, "/views/forget", &forget).await;
    assert_eq!(forgotten.header("location"), Some("/p/goals?saved=1"), "{}", forgotten.text());
    assert!(site.read(KEPT).await.is_empty());
    assert_eq!(sent(&keeper, "/views/forget", &forget).await.status, StatusCode::NOT_FOUND, "there is none any more");
    assert_eq!(views(&keeper.get("/p/goals").await), [""; 0]);
}

#[tokio::test]
async fn a_tree_opens_to_what_its_reader_may_see() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let root = keeper.made("goal", json!({"title": "Root", "status": "open"})).await;
    let mut below = Vec::new();
    for (title, status, weight) in [("Ash", "open", 20), ("Birch", "closed", 30), ("Cedar", "open", 40)] {
        let goal = json!({"title": title, "status": status, "weight": weight, "above": root});
        below.push(keeper.made("goal", goal).await);
    }
    let ash = &below[0];
    for (title, status) in [("Leaf", "open"), ("Hidden", "closed")] {
        keeper.made("goal", json!({"title": title, "status": status, "above": ash})).await;
    }
    let page = keeper.get("/p/tree").await;
    assert_eq!(nodes(&page), ["Root", "Ash", "Birch", "Cedar"], "one trunk shows its branches");
    let more = format!("/p/tree/children?parent={ash}");
    assert!(seen(&page).contains(&format!("hx-get=\"{more}\"")), "{}", page.text());
    assert_eq!(nodes(&keeper.get(&more).await), ["Hidden", "Leaf"]);
    let first = format!("/p/tree/children?parent={root}");
    let children = keeper.get(&first).await;
    assert_eq!(nodes(&children), ["Ash", "Birch", "Cedar"]);
    assert!(children.text().contains("2 below") && children.text().contains("20%"), "{}", children.text());
    assert!(!children.text().contains("<html"), "{}", children.text());
    // What was fetched leads to the page with it open, for those without scripts, and goes on from there.
    let toggle = quoted(&seen(&children), "class=\"tree-toggle\" role=\"button\" href=\"").unwrap();
    assert_eq!(toggle, format!("/p/tree?open={root},{ash}"));
    assert_eq!(nodes(&keeper.get(&toggle).await), ["Root", "Ash", "Hidden", "Leaf", "Birch", "Cedar"]);
    let deeper = quoted(&seen(&children), "hx-get=\"").unwrap();
    assert_eq!(deeper, format!("/p/tree/children?open={root}&parent={ash}"));
    assert_eq!(nodes(&keeper.get(&deeper).await), ["Hidden", "Leaf"]);

    let part = site.signed_in("part", &["part"]).await;
    let children = part.get(&first).await;
    assert_eq!(nodes(&children), ["Ash", "Cedar"]);
    assert!(children.text().contains("1 below") && !children.text().contains("20%"), "{}", children.text());
    assert_eq!(nodes(&part.get(&more).await), ["Leaf"]);
    assert_eq!(nodes(&part.get("/p/tree").await), ["Root", "Ash", "Cedar"]);
    assert_eq!(nodes(&part.get(&format!("/p/tree/children?parent={}", below[2])).await), [""; 0]);

    for path in ["/p/tree/children", "/p/tree/children?parent=nonsense", "/p/nothing/children?parent=1"] {
        assert_eq!(part.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let listed = keeper.get(&format!("/p/goals/children?parent={root}")).await;
    assert_eq!(listed.status, StatusCode::NOT_FOUND, "a list has no branches");
    let admin = site.signed_in("admin", &["admin"]).await;
    assert_eq!(admin.get(&first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(Client::of(&site.router).get(&first).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_tree_tells_nothing_of_what_its_reader_may_not_see_above_a_record() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let root = keeper.made("goal", json!({"title": "Root", "status": "open"})).await;
    for (title, status) in [("Ash", "open"), ("Birch", "closed")] {
        keeper.made("goal", json!({"title": title, "status": status, "above": root})).await;
    }
    let below = format!("/p/tree/children?parent={root}");
    let flat = site.signed_in("flat", &["flat"]).await;
    let (there, nowhere) =
        (flat.get(&below).await, flat.get(&format!("/p/tree/children?parent={}", Uuid::nil())).await);
    assert_eq!((nodes(&there), there.text()), (Vec::new(), nowhere.text()));
    assert_eq!(nodes(&flat.get("/p/tree").await), ["Ash", "Birch", "Root"], "all of them are roots");
    let half = site.signed_in("half", &["half"]).await;
    assert_eq!(nodes(&half.get(&below).await), ["Ash"]);
    assert_eq!(nodes(&half.get("/p/tree").await), ["Birch", "Root", "Ash"]);
}

#[tokio::test]
async fn what_is_said_about_a_record_is_shown_as_text_and_told_to_those_who_may_see_it() {
    const SAID: &str = "SELECT text FROM loam_comment ORDER BY id";
    let site = site().await;
    let keeper = browser(&site, "keeper", &["keeper"]).await;
    let reader = browser(&site, "reader", &["reader"]).await;
    let part = browser(&site, "part", &["part"]).await;
    let admin = browser(&site, "admin", &["admin"]).await;
    let id = keeper.made("person", json!({"code": "2", "name": "Li"})).await;
    let record = format!("/r/person/{id}");
    let path = format!("{record}/comments");
    let forged = form(&tricked(&keeper), &path, "body=forged").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "{}", forged.text());
    assert!(site.acts().await.contains(&"request.forged refused".to_owned()));
    assert_eq!(sent(&part, &path, &[("body", "unseen")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(sent(&admin, &path, &[("body", "unseen")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(sent(&keeper, &path, &[("body", " ")]).await.status, StatusCode::SEE_OTHER);
    assert!(site.read(SAID).await.is_empty());

    let text = "@reader @part look <script>alert(1)</script>";
    let said = sent(&keeper, &path, &[("body", text)]).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text());
    assert_eq!(said.header("location"), Some(format!("{record}#comments").as_str()));
    assert_eq!(site.read(SAID).await, [text]);
    for client in [&keeper, &reader] {
        let page = client.get(&record).await;
        let shown = "<span class=\"mention\">@reader</span> <span class=\"mention\">@part</span> look &lt;script&gt;alert(1)&lt;/script&gt;";
        assert!(page.text().contains(shown) && page.text().contains(">KEEPER</span>"), "{}", page.text());
        assert!(!page.text().contains("<script>alert"));
    }
    let told = reader.get("/notifications").await;
    assert!(told.text().contains("KEEPER mentioned you in “Li”"), "{}", told.text());
    assert!(seen(&told).contains(&format!("href=\"{record}#comments\"")), "{}", told.text());
    let told = part.get("/notifications").await;
    assert!(told.status == StatusCode::OK && !told.text().contains("mentioned you"), "{}", told.text());
}

#[tokio::test]
async fn a_file_comes_to_a_record_by_the_form_of_its_page() {
    const KEPT: &str = "SELECT name FROM loam_attachment";
    let site = site().await;
    let keeper = browser(&site, "keeper", &["keeper"]).await;
    let reader = browser(&site, "reader", &["reader"]).await;
    let id = keeper.made("person", json!({"code": "1", "name": "Wang"})).await;
    let record = format!("/r/person/{id}");
    let path = format!("{record}/attachments");
    let offer = format!("action=\"{path}\"");
    assert!(seen(&keeper.get(&record).await).contains(&offer) && !seen(&reader.get(&record).await).contains(&offer));
    let forged = upload(&tricked(&keeper), &path, "forged.txt", "x").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "{}", forged.text());
    assert_eq!(upload(&reader, &path, "reader.txt", "x").await.status, StatusCode::FORBIDDEN);
    assert!(site.read(KEPT).await.is_empty());

    let added = upload(&keeper, &path, "notes <1>.txt", "hello").await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    assert_eq!(added.header("location"), Some(format!("{record}#files").as_str()));
    assert_eq!(site.read(KEPT).await, ["notes 1.txt"]);
    for client in [&keeper, &reader] {
        let page = client.get(&record).await;
        let href = quoted(&seen(&page), &format!("href=\"{path}/")).unwrap();
        assert!(page.text().contains(">notes 1.txt</a>") && page.text().contains("5 B · KEEPER"), "{}", page.text());
        let file = client.get(&format!("{path}/{href}")).await;
        assert_eq!((file.status, file.text()), (StatusCode::OK, "hello"));
        assert!(file.header("content-disposition").unwrap().starts_with("attachment; "));
        assert_eq!(file.header("content-type"), Some("application/octet-stream"));
    }
}
