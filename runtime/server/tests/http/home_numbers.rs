//! Numbers of a home page that the dictionary defines: shown as tiles are, counted as uses, and nothing of them for whoever does
//! not see the term.

use axum::http::StatusCode;
use model::Uuid;
use serde_json::json;

use super::support::{Client, FILES, Site, faults};

const WEIGHT: &str = "
code: W1
label: {zh-CN: 目标权重, en: Weight of goals}
definition: {zh-CN: 到期目标的权重合计, en: 'Weight of the goals <due>'}
unit: '%'
direction: higher
frequency: monthly
owner: care
status: approved
target: 80
measure: {over: goal, time: due, subject: owner, where: 'status == \"open\"', simple: sum(weight)}
checks:
  much: {rule: weight <= 50, message: {zh-CN: 权重超过一半, en: weights above half}}
";

const PAY: &str = "
code: W3
label: {zh-CN: 平均工资, en: Mean pay}
definition: {zh-CN: 平均工资, en: Mean pay of all}
direction: none
frequency: yearly
owner: pay
status: approved
measure: {over: person, time: created_at, simple: avg(salary)}
";

const START: &str = "
kind: home
label: {zh-CN: 首页, en: Start}
blocks:
  all: {value: {term: weight}, more: board}
  longer: {label: {zh-CN: 季度权重, en: Weight in a quarter}, value: {term: weight, grain: quarter}}
  mine: {label: {zh-CN: 我的权重, en: My weight}, value: {term: weight, own: true}}
  pay: {value: {term: pay}}
";

const ABOUT: &str = "
kind: home
label: {zh-CN: 某人, en: Somebody}
about: person
menu: {group: numbers}
blocks:
  all: {label: {zh-CN: 全部权重, en: Weight of all}, value: {term: weight}}
  theirs: {label: {zh-CN: 本人权重, en: Weight of one}, value: {term: weight, own: true}}
";

const BOARD: &str = "
kind: dashboard
label: {zh-CN: 看板, en: Board}
tiles:
  weight: {term: weight}
";

fn files(weight: &str) -> Vec<(&'static str, String)> {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    for (path, text) in &mut files {
        match *path {
            "app.yaml" => text.push_str("home: start\nmenu:\n  numbers: {label: {zh-CN: 数据, en: Numbers}}\n"),
            "entities/person.yaml" => text.insert_str(0, "stands_for: person\n"),
            _ => {}
        }
    }
    for (path, text) in [
        ("dictionary/weight.yaml", weight),
        ("dictionary/pay.yaml", PAY),
        ("pages/start.yaml", START),
        ("pages/about.yaml", ABOUT),
        ("pages/board.yaml", BOARD),
    ] {
        files.push((path, text.to_owned()));
    }
    files
}

/// Somebody who keeps goals, who they are, and somebody else.
async fn keeper(site: &Site) -> (Client, String, String) {
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let owner = keeper.made("person", json!({"code": "E1", "name": "<王伟>", "salary": "10000"})).await;
    let other = keeper.made("person", json!({"code": "E2", "name": "李娜"})).await;
    for (title, weight, due, status, whose) in [
        ("a", "30.5", "2025-10-31", "open", &owner),
        ("b", "69.5", "2025-10-01", "open", &owner),
        ("c", "40", "2025-10-15", "open", &other),
        // The newest period has rows and none that count.
        ("d", "99", "2025-11-15", "closed", &other),
    ] {
        let goal = json!({"title": title, "weight": weight, "due": due, "status": status, "owner": whose});
        keeper.made("goal", goal).await;
    }
    (keeper, owner, other)
}

/// A page, with its addresses as they are.
async fn page(client: &Client, path: &str) -> String {
    let joined = if path.contains('?') { '&' } else { '?' };
    let answer = client.get(&format!("{path}{joined}lang=en")).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.text().replace("&#x2f;", "/").replace("&amp;", "&")
}

/// What stands in the block of this heading.
fn block<'p>(page: &'p str, heading: &str) -> &'p str {
    let heading = format!(">{heading}</a>");
    let mut blocks = page.split("<div class=\"stat\">").skip(1);
    blocks.find(|block| block.contains(&heading)).unwrap_or_else(|| panic!("{heading}: {page}"))
}

fn holds(block: &str, parts: &[&str]) {
    for part in parts {
        assert!(block.contains(part), "{part}: {block}");
    }
}

#[tokio::test]
async fn the_newest_value_says_its_period_and_leads_to_its_meaning_and_its_rows() {
    let site = Site::of(&files(WEIGHT)).await;
    let (_, owner, _) = keeper(&site).await;
    let ann = site.signed_in_as("ann", &["keeper"], Some(owner.parse::<Uuid>().unwrap())).await;
    let start = page(&ann, "/").await;
    // Called as the dictionary calls it; in November nothing counts, so that October is the newest value.
    let all = block(&start, "Weight of goals");
    holds(
        all,
        &[
            "<a href=\"/dictionary/weight\" title=\"Weight of the goals &lt;due&gt;\"",
            "<a href=\"/dictionary/weight/rows?period=2025-10\"",
            ">140.00%</a>",
            "Oct 2025",
            "80.00%",
            "href=\"/p/board\"",
            "Data in doubt",
            "weights above half (1)",
        ],
    );
    assert!(!start.contains("<due>"), "{start}");
    holds(block(&start, "Weight in a quarter"), &["/dictionary/weight/rows?period=2025-Q4", ">140.00%</a>"]);
    // The reader's own.
    let own = format!("/dictionary/weight/rows?period=2025-10&of={owner}");
    holds(block(&start, "My weight"), &[own.as_str(), ">100.00%</a>"]);
    let rows = page(&ann, &own).await;
    assert!(rows.contains(">a<") && rows.contains(">b<") && !rows.contains(">c<"), "{rows}");
    // The same number as on a dashboard, which is asked for the same month.
    assert!(page(&ann, "/p/board?until=2025-10").await.contains(">140.00%</a>"));
}

#[tokio::test]
async fn told_apart_the_worst_come_first_and_each_leads_to_its_rows() {
    let least = "{label: {zh-CN: 最少, en: Least}, value: {term: weight, by: owner, top: 1}}";
    let start = format!("{START}  apart: {{value: {{term: weight, by: owner}}}}\n  least: {least}\n");
    let mut files = files(WEIGHT);
    for (path, text) in &mut files {
        if *path == "pages/start.yaml" {
            start.clone_into(text);
        }
    }
    let site = Site::of(&files).await;
    let (keeper, _, other) = keeper(&site).await;
    let start = page(&keeper, "/").await;
    let card = |heading: &str| {
        let heading = format!(">{heading}</a>");
        let mut cards = start.split("<section class=\"card\"").skip(1);
        cards.find(|card| card.contains(&heading)).unwrap_or_else(|| panic!("{heading}: {start}"))
    };
    // Of the same period as the one number, and named by what it is told apart by where it has no name of its own.
    let apart = card("Weight of goals · Owner");
    holds(apart, &["href=\"/dictionary/weight\"", "Oct 2025", "李娜", ">40.00%</a>", ">100.00%</a>"]);
    assert!(apart.find(">40.00%</a>") < apart.find(">100.00%</a>"), "{apart}");
    let least = card("Least");
    holds(least, &[">40.00%</a>", "1 more groups are not shown"]);
    assert!(!least.contains("100.00%"), "{least}");
    // From the bar to the rows of the group.
    let (_, link) = least.split_once("<a href=\"/dictionary/weight/rows").unwrap();
    let link = format!("/dictionary/weight/rows{}", link.split('"').next().unwrap());
    assert!(link.contains("period=2025-10") && link.contains(&other), "{link}");
    let rows = page(&keeper, &link).await;
    assert!(rows.contains(">c<") && !rows.contains(">a<"), "{rows}");
    // Whoever does not see the term sees no card of it.
    let nobody = site.signed_in("nobody", &[]).await;
    assert!(!page(&nobody, "/").await.contains("Least"));
}

#[tokio::test]
async fn of_somebody_else_a_page_shows_what_is_about_them() {
    let site = Site::of(&files(WEIGHT)).await;
    let (keeper, _, other) = keeper(&site).await;
    let seen = page(&keeper, &format!("/p/about?of={other}")).await;
    let rows = format!("/dictionary/weight/rows?period=2025-10&of={other}");
    holds(block(&seen, "Weight of one"), &[rows.as_str(), ">40.00%</a>"]);
    assert!(!seen.contains("Weight of all"), "{seen}");
    // Whoever is nobody has no number of their own, and everybody's is not taken for it.
    let own = page(&keeper, "/p/about").await;
    assert!(own.contains("Weight of all") && !own.contains("Weight of one"), "{own}");
    let start = page(&keeper, "/").await;
    assert!(!start.contains("My weight"), "{start}");
}

#[tokio::test]
async fn whoever_does_not_see_a_term_is_told_nothing_of_it() {
    let site = Site::of(&files(WEIGHT)).await;
    let (keeper, ..) = keeper(&site).await;
    holds(block(&page(&keeper, "/").await, "Mean pay"), &[">10,000.00</a>"]);
    let reader = site.signed_in("reader", &["reader"]).await;
    let start = page(&reader, "/").await;
    for part in ["Mean pay", "dictionary/pay", "10,000"] {
        assert!(!start.contains(part), "{part}: {start}");
    }
    holds(block(&start, "Weight of goals"), &[">140.00%</a>"]);
    let told = reader.get("/api/v1/dictionary/unified").await.json();
    assert_eq!(told["usages"], json!(6), "{told}");
    let nobody = site.signed_in("nobody", &[]).await;
    let start = page(&nobody, "/").await;
    assert!(!start.contains("Weight") && !start.contains("Mean pay"), "{start}");
}

#[tokio::test]
async fn a_block_is_a_use_of_its_term() {
    let site = Site::of(&files(WEIGHT)).await;
    let (keeper, ..) = keeper(&site).await;
    let told = keeper.get("/api/v1/terms/weight/life?lang=en").await.json();
    let touches = told["touches"].as_array().unwrap().iter();
    let mut pages: Vec<&str> = touches.map(|one| one["name"].as_str().unwrap()).collect();
    pages.sort_unstable();
    assert_eq!(pages, ["about", "board", "start"], "{told}");
    // Seven uses; those that call a term otherwise are told of, each block by its name.
    let told = keeper.get("/api/v1/dictionary/unified").await.json();
    assert_eq!(told["usages"], json!(7), "{told}");
    let offenders = told["offenders"].as_array().unwrap();
    for (page, block) in [("start", "longer"), ("start", "mine"), ("about", "all"), ("about", "theirs")] {
        assert!(offenders.contains(&json!({"page": page, "block": block})), "{block}: {told}");
    }
}

const LIST: &str = "
kind: list
label: {zh-CN: 目标, en: Goals}
entity: goal
filter: status == \"open\"
columns: [title, owner, weight]
filters: [owner]
views:
  heavy: {label: {zh-CN: 重的, en: Heavy}, filter: weight > 98}
  light: {label: {zh-CN: 轻的, en: Light}, filter: weight < 50}
";

#[tokio::test]
async fn a_number_leads_to_the_very_records_it_counts() {
    let counts = |name: &str, label: &str, filter: &str| {
        let value = format!("value: {{entity: goal, filter: '{filter}', measure: count}}");
        format!("  {name}: {{label: {{zh-CN: {label}, en: {label}}}, {value}, more: list}}\n")
    };
    let start = format!(
        "{START}{}{}{}",
        counts("closed", "Closed goals", "status == \"closed\""),
        counts("running", "Open goals", "status == \"open\""),
        counts("paid", "Paid goals", "status == \"open\" && owner.salary > 100"),
    );
    let mut files = files(WEIGHT);
    files.push(("pages/list.yaml", LIST.to_owned()));
    for (path, text) in &mut files {
        match *path {
            "pages/start.yaml" => start.clone_into(text),
            "roles/keeper.yaml" => *text = text.replace("restore]", "restore, export]"),
            _ => {}
        }
    }
    let site = Site::of(&files).await;
    let (keeper, owner, other) = keeper(&site).await;
    let shown = page(&keeper, "/").await;
    let stat = |page: &str, label: &str| {
        let label = format!("<span class=\"stat-label\">{label}</span>");
        let mut stats = page.split("<a class=\"stat\" href=\"").skip(1).filter(|stat| stat.contains(&label));
        let stat = stats.next().unwrap_or_else(|| panic!("{label}: {page}"));
        let value = stat.split_once("stat-value\">").unwrap().1.split('<').next().unwrap();
        (stat.split('"').next().unwrap().to_owned(), value.to_owned())
    };
    let listed = |page: &str| {
        let all = ["a", "b", "c", "d"].into_iter().filter(|title| page.contains(&format!(">{title}</a>")));
        all.collect::<String>()
    };
    // What the list shows by itself needs nothing said; the others are shown by what they count.
    for (label, href, value, rows) in [
        ("Closed goals", "/p/list?of-block=start.closed", "1", "d"),
        ("Open goals", "/p/list", "3", "abc"),
        ("Paid goals", "/p/list?of-block=start.paid", "2", "ab"),
    ] {
        assert_eq!(stat(&shown, label), (href.to_owned(), value.to_owned()));
        let list = page(&keeper, href).await;
        assert_eq!(listed(&list), rows, "{list}");
        assert!(list.contains(&format!("{value} in all")), "{list}");
        assert_eq!(list.contains(&format!("What “{label}” counts")), href.contains('?'), "{list}");
    }
    // The way back to the whole list, what else narrows it, and a file of the same rows.
    let list = page(&keeper, "/p/list?of-block=start.paid").await;
    assert!(list.contains("<a class=\"chip removable\" href=\"/p/list\""), "{list}");
    assert!(list.contains("<input type=\"hidden\" name=\"of-block\" value=\"start.paid\">"), "{list}");
    for (more, rows) in [("&view=light", "a"), ("&view=heavy", ""), (&*format!("&owner={other}"), "")] {
        let list = page(&keeper, &format!("/p/list?of-block=start.paid{more}")).await;
        assert_eq!(listed(&list), rows, "{more}: {list}");
    }
    let list = page(&keeper, &format!("/p/list?of-block=start.paid&owner={owner}")).await;
    assert_eq!(listed(&list), "ab", "{list}");
    let file = keeper.get("/p/list/export?of-block=start.closed&columns=title&format=csv").await;
    let lines: Vec<&str> = file.text().trim_start_matches('\u{feff}').lines().skip(1).collect();
    assert_eq!(lines, ["d"], "{}", file.text());
    // A block that is none, or counts something else, narrows nothing.
    for named in ["start.longer", "start.lost", "lost.closed", "closed"] {
        assert_eq!(listed(&page(&keeper, &format!("/p/list?of-block={named}")).await), "abc", "{named}");
    }
    // Whoever may not read what it goes by is told the number, and not which records are in it.
    let reader = site.signed_in("reader", &["reader"]).await;
    let shown = page(&reader, "/").await;
    assert_eq!(stat(&shown, "Paid goals"), ("/p/list".to_owned(), "2".to_owned()));
    let list = page(&reader, "/p/list?of-block=start.paid").await;
    assert_eq!(listed(&list), "abc", "{list}");
    assert!(!list.contains("Paid goals"), "{list}");
}

#[test]
fn a_term_that_goes_or_is_at_fault_names_the_block() {
    let without = files(WEIGHT).into_iter().filter(|(path, _)| *path != "dictionary/pay.yaml").collect::<Vec<_>>();
    let said = faults(&without);
    assert!(said.contains("page.unknown-term") && said.contains("`pay`"), "{said}");
    let said = faults(&files(&WEIGHT.replace("sum(weight)", "sum(wait)")));
    assert!(said.contains("block `mine` shows `weight`, which is at fault"), "{said}");
    let both = START.replace("value: {term: pay}", "value: {term: pay, filter: salary > 0}");
    let mut files = files(WEIGHT);
    for (path, text) in &mut files {
        if *path == "pages/start.yaml" {
            both.clone_into(text);
        }
    }
    let said = faults(&files);
    assert!(said.contains("page.block-content") && said.contains("`filter` does nothing here"), "{said}");
}
