//! What a definition says about pages beyond what they hold: where they stand in the navigation, under which picture, and the
//! sentence below their title.

use axum::http::StatusCode;
use serde_json::json;

use super::support::{Answer, FILES, Site};

const ABOVE: &str = "  above: {type: reference, to: goal, label: {zh-CN: 上级, en: Above}}
  reach: {type: integer, label: {zh-CN: 覆盖, en: Reach}, unit: {zh-CN: 次, en: visits}}
";

const PAGES: [(&str, &str); 5] = [
    (
        "pages/goals.yaml",
        "kind: list\nlabel: {zh-CN: 目标, en: Goals}\nhelp: {zh-CN: 全部目标。, en: Every goal & more.}\nmenu: {group: work, order: 2, icon: target}\nentity: goal\ncolumns: [title, reach]\n",
    ),
    (
        "pages/board.yaml",
        "kind: board\nlabel: {zh-CN: 看板, en: Board}\nhelp: {zh-CN: 拖动卡片。, en: Move a card.}\nmenu: {group: work, order: 2}\nentity: goal\nlanes: status\n",
    ),
    (
        "pages/tree.yaml",
        "kind: tree\nlabel: {zh-CN: 目标树, en: Goal tree}\nhelp: {zh-CN: 自上而下。, en: From the top.}\nmenu: {group: work, order: -1, icon: building}\nentity: goal\nparent: above\ncolumns: [title]\n",
    ),
    (
        "pages/people.yaml",
        "kind: list\nlabel: {zh-CN: 人员, en: People}\nmenu: {group: staff, icon: people}\nentity: person\ncolumns: [name]\n",
    ),
    ("pages/aside.yaml", "kind: list\nlabel: {zh-CN: 另册, en: Aside}\nentity: goal\ncolumns: [title]\n"),
];

async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "app.yaml" => {
                let menu =
                    "menu:\n  work: {label: {zh-CN: 工作, en: Work}}\n  staff: {label: {zh-CN: 人事, en: Staff}}\n";
                (path, format!("{text}{menu}"))
            }
            "entities/goal.yaml" => (path, format!("{text}{ABOVE}")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    files.extend(PAGES.iter().map(|(path, text)| (*path, (*text).to_owned())));
    Site::of(&files).await
}

/// The places of a group of the navigation: what each is called, where it leads, its picture.
fn places(page: &Answer, group: &str) -> Vec<(String, String, String)> {
    let seen = page.text().replace("&#x2f;", "/");
    let title = format!("<h2 class=\"nav-title\">{group}</h2>");
    let links = seen.split(&title).nth(1).and_then(|rest| rest.split("</ul>").next()).unwrap_or_default();
    let upto = |text: &str, end: char| text.split(end).next().unwrap().to_owned();
    let place = |rest: &str| {
        let (label, icon) = (rest.split("<span>").nth(1).unwrap(), rest.split('#').nth(1).unwrap());
        (upto(label, '<'), upto(rest, '"'), upto(icon, '"'))
    };
    links.split("class=\"nav-link\" href=\"").skip(1).map(place).collect()
}

#[tokio::test]
async fn pages_stand_in_the_navigation_as_the_menu_says() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let home = keeper.get("/").await;
    let named = |label: &str, href: &str, icon: &str| (label.to_owned(), href.to_owned(), icon.to_owned());
    let work = [
        named("Goal tree", "/p/tree", "org"),
        // Without a picture that of its kind; of the same place by name.
        named("Board", "/p/board", "board"),
        named("Goals", "/p/goals", "target"),
    ];
    assert_eq!(places(&home, "Work"), work, "{}", home.text());
    assert_eq!(places(&home, "Staff"), [named("People", "/p/people", "people")]);
    assert!(!home.text().contains(">Aside<"), "a page without a place is reached from others only");
    assert_eq!(keeper.get("/p/aside").await.status, StatusCode::OK);
    let (before, after) = home.text().split_once(">Staff</h2>").unwrap();
    assert!(before.contains(">Work</h2>") && !after.contains(">Work</h2>"), "groups are in the order of the app");
    // Nobody is led where nothing is theirs.
    let clerk = site.signed_in("clerk", &["clerk"]).await;
    let home = clerk.get("/").await;
    assert_eq!((places(&home, "Work").len(), places(&home, "Staff").len()), (0, 1), "{}", home.text());
    assert!(!home.text().contains(">Work</h2>"), "{}", home.text());
}

#[tokio::test]
async fn a_page_says_what_it_is_for_and_its_numbers_what_they_count() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    keeper.made("goal", json!({"title": "Alpha", "status": "open", "reach": 120})).await;
    for (page, en, zh) in [
        ("goals", "Every goal &amp; more.", "全部目标。"),
        ("board", "Move a card.", "拖动卡片。"),
        ("tree", "From the top.", "自上而下。"),
    ] {
        for (language, help) in [("en", en), ("zh-CN", zh)] {
            let page = keeper.get(&format!("/p/{page}?lang={language}")).await;
            assert!(page.text().contains(&format!("<p class=\"page-lede\">{help}</p>")), "{}", page.text());
        }
    }
    assert!(!keeper.get("/p/aside?lang=en").await.text().contains("page-lede"), "what says nothing takes no room");
    for (language, shown) in [("en", ">120 visits<"), ("zh-CN", ">120次<")] {
        let list = keeper.get(&format!("/p/goals?lang={language}")).await;
        assert!(list.text().contains(shown), "{}", list.text());
    }
}
