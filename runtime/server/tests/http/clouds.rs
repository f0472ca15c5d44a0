//! Words of texts: counted once per row, of what the reader may read, and each leads to the rows that have it.

use axum::http::StatusCode;
use serde_json::json;

use super::{
    boards::{World, holds, shown, world},
    support::sheets,
};

const CLOUD: &str = "
kind: dashboard
label: {zh-CN: 客户心声, en: What customers say}
grain: quarter
filters: [team]
tiles:
  said: {term: due, chart: words, text: customer, top: 30, label: {zh-CN: 客户说了什么, en: What is said}}
";

/// Reads everything of the large customers but what they are called.
const NAMELESS: &str = "
label: {zh-CN: 不看名称, en: Nameless}
grants:
  - {entity: unit, actions: [read]}
  - entity: renewal
    actions: [read]
    read: [team, quarter, segment, due, renewed]
";

/// What was said: by a customer of which team, in which quarter, of which segment.
const SAID: [(&str, &str, &str, &str); 4] = [
    ("T1", "2025-Q4", "a", "我们的护士需要培训，培训！"),
    ("T2", "2025-Q4", "b", "培训、设备 and the MRI"),
    ("T1", "2025-Q4", "a", "mri"),
    ("T1", "2025-Q3", "a", "护士、医生"),
];

async fn said(page: &str) -> World {
    let world = world(&[("pages/cloud.yaml", page), ("roles/nameless.yaml", NAMELESS)]).await;
    for (team, quarter, segment, customer) in SAID {
        let row = json!({
            "customer": customer, "team": world.unit(team), "quarter": quarter, "segment": segment, "due": 1, "renewed": 1,
        });
        world.keeper.made("renewal", row).await;
    }
    world
}

/// The rows of the table beside the cloud: a word, and in how many rows it stands.
fn counted(page: &str) -> Vec<(String, String)> {
    let (_, tile) = page.split_once("id=\"tile-said\"").unwrap_or_else(|| panic!("{page}"));
    let (tile, _) = tile.split_once("</section>").unwrap();
    let (_, body) = tile.split_once("<tbody>").unwrap_or_else(|| panic!("{tile}"));
    let (body, _) = body.split_once("</tbody>").unwrap();
    let text = |part: &str| {
        let bare: String = part.split('<').map(|one| one.split_once('>').map_or(one, |(_, text)| text)).collect();
        bare.trim().to_owned()
    };
    let row = |row: &str| {
        let (word, count) = row.split_once("</th>").unwrap();
        (text(word), text(count))
    };
    body.split("<tr>").skip(1).map(row).collect()
}

fn pairs(found: &[(String, String)]) -> Vec<(&str, &str)> {
    found.iter().map(|(word, count)| (word.as_str(), count.as_str())).collect()
}

/// Where a word leads.
fn link(page: &str, word: &str) -> String {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    let wanted = format!("word={word}");
    let found = links.map(|(href, _)| href.replace("&amp;", "&")).find(|href| href.contains(&wanted));
    found.unwrap_or_else(|| panic!("{word}: {page}"))
}

#[tokio::test]
async fn a_cloud_counts_in_how_many_rows_a_word_stands_and_each_word_leads_to_them() {
    let world = said(CLOUD).await;
    let page = shown(&world.keeper, "/p/cloud?until=2025-Q4").await;
    let found = counted(&page);
    for pair in [("培训", "2"), ("mri", "2"), ("护士", "1"), ("设备", "1")] {
        assert!(pairs(&found).contains(&pair), "{pair:?}: {found:?}");
    }
    for word in ["我们", "需要", "and", "the", "医生"] {
        assert!(!found.iter().any(|(known, _)| known == word), "{word}: {found:?}");
    }
    assert!(page.contains("class=\"chart chart-words\""), "{page}");
    // The word in an address is 培训.
    let rows = shown(&world.keeper, &link(&page, "%E5%9F%B9%E8%AE%AD")).await;
    holds(&rows, &["2 rows", "我们的护士需要培训，培训！", "培训、设备 and the MRI"]);
    assert!(!rows.contains("医生"), "{rows}");
    // Of one team only, where the page is narrowed to it, and so are the rows.
    let narrowed = shown(&world.keeper, &format!("/p/cloud?until=2025-Q4&only.team={}", world.unit("T1"))).await;
    assert!(pairs(&counted(&narrowed)).contains(&("mri", "1")), "{narrowed}");
    holds(&shown(&world.keeper, &link(&narrowed, "mri")).await, &["1 rows"]);
    // A word that no row has leads to none.
    holds(&shown(&world.keeper, "/dictionary/due/rows?period=2025-Q4&text=customer&word=x").await, &["0 rows"]);
    let none = world.keeper.get("/dictionary/due/rows?period=2025-Q4&text=due&word=x").await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST, "a number has no words");
    // The file holds the same.
    let book = world.keeper.get("/p/cloud/export?until=2025-Q4&lang=en&format=xlsx").await;
    assert_eq!(book.status, StatusCode::OK, "{}", book.text());
    let book = sheets(&book.body);
    let (_, sheet) = book.iter().find(|(name, _)| name == "What is said").unwrap_or_else(|| panic!("{book:?}"));
    assert!(
        sheet.iter().any(|row| row.first().is_some_and(|word| word == "培训") && row[1].starts_with('2')),
        "{sheet:?}"
    );
}

#[tokio::test]
async fn a_cloud_is_of_the_rows_and_texts_that_the_reader_may_read() {
    let world = said(CLOUD).await;
    let reader = world.site.signed_in("reader", &["reader"]).await;
    let found = counted(&shown(&reader, "/p/cloud?until=2025-Q4").await);
    for pair in [("培训", "1"), ("mri", "1"), ("护士", "1")] {
        assert!(pairs(&found).contains(&pair), "{pair:?}: {found:?}");
    }
    assert!(!found.iter().any(|(word, _)| word == "设备"), "{found:?}");
    let rows = shown(&reader, "/dictionary/due/rows?period=2025-Q4&text=customer&word=mri").await;
    holds(&rows, &["1 rows"]);
    assert!(!rows.contains("设备"), "{rows}");
    // Who may not read the text has no page of its words, and finds none by an address.
    let nameless = world.site.signed_in("nameless", &["nameless"]).await;
    assert_eq!(nameless.get("/p/cloud").await.status, StatusCode::FORBIDDEN);
    holds(&shown(&nameless, "/dictionary/due/rows?period=2025-Q4&text=customer&word=mri").await, &["0 rows"]);
}

#[tokio::test]
async fn of_many_words_the_most_frequent_are_shown_and_the_others_counted() {
    let world = said(&CLOUD.replace("top: 30", "top: 2")).await;
    let page = shown(&world.keeper, "/p/cloud?until=2025-Q4").await;
    assert_eq!(pairs(&counted(&page)), [("mri", "2"), ("培训", "2")]);
    assert!(page.contains("more words are not shown"), "{page}");
}
