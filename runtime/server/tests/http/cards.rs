//! Cards moved on a board without a script: by a form beside each, held to all that any other write is held to.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::support::{Answer, Client, FILES, Site, form};

const BOARD: &str = "
kind: board
label: {zh-CN: 看板, en: Board}
entity: goal
lanes: status
";

/// Sees open goals and says what they are called, not where they stand.
const PART: &str = "
label: {zh-CN: 部分, en: Part}
grants:
  - {entity: goal, actions: [read, update], where: 'status == \"open\"', read: [title, status], write: [title]}
";

async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    files.push(("roles/part.yaml", PART.to_owned()));
    files.push(("pages/board.yaml", BOARD.to_owned()));
    Site::of(&files).await
}

/// Markup with its addresses as they are.
fn seen(answer: &Answer) -> String {
    answer.text().replace("&#x2f;", "/")
}

/// What the cards of a lane are called.
#[track_caller]
fn cards(board: &Answer, lane: &str) -> Vec<String> {
    let lane = board.text().split(&format!("data-value=\"{lane}\" data-next=")).nth(1);
    let lane = lane.unwrap_or_else(|| panic!("{}", board.text())).split("</section>").next().unwrap();
    let title = |rest: &str| rest.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned();
    lane.split("class=\"board-card-title\"").skip(1).map(title).collect()
}

async fn stored(client: &Client, id: &str) -> (Value, Value, Value) {
    let goal = client.get(&format!("/api/v1/demo/goal/{id}")).await.json();
    (goal["title"].clone(), goal["status"].clone(), goal["version"].clone())
}

#[tokio::test]
async fn a_card_is_moved_by_the_form_beside_it() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("goal", json!({"title": "Alpha", "level": 2, "status": "open"})).await;
    let path = format!("/r/goal/{id}/set");
    let board = keeper.get("/p/board").await;
    assert_eq!((cards(&board, "open"), cards(&board, "closed")), (vec!["Alpha".to_owned()], vec![]));
    for part in [
        format!("method=\"post\" action=\"{path}\""),
        "name=\"expected\" value=\"1\"".to_owned(),
        "name=\"back\" value=\"/p/board\"".to_owned(),
        "name=\"status\" value=\"closed\" data-move=\"closed\"".to_owned(),
    ] {
        assert!(seen(&board).contains(&part), "{part}: {}", board.text());
    }

    let moved = form(&keeper, &path, "expected=1&back=/p/board&status=closed").await;
    assert_eq!((moved.status, moved.header("location")), (StatusCode::SEE_OTHER, Some("/p/board")), "{}", moved.text());
    let board = keeper.get("/p/board").await;
    assert_eq!((cards(&board, "open"), cards(&board, "closed")), (vec![], vec!["Alpha".to_owned()]));
    assert!(board.text().contains("name=\"expected\" value=\"2\""), "{}", board.text());
    assert_eq!(stored(&keeper, &id).await, (json!("Alpha"), json!("closed"), json!(2)));
    assert_eq!(keeper.get(&format!("/api/v1/demo/goal/{id}")).await.json()["level"], 2, "what is not sent stays");

    // Somebody else moved it meanwhile.
    let stale = form(&keeper, &path, "expected=1&back=/p/board&status=open").await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.text());
    for odd in ["lost", "Open", "open,closed"] {
        let refused = form(&keeper, &path, &format!("expected=2&back=/p/board&status={odd}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}: {}", refused.text());
    }
    assert_eq!(stored(&keeper, &id).await, (json!("Alpha"), json!("closed"), json!(2)));
    // What leads away leads to the record instead.
    let away = form(&keeper, &path, "expected=2&back=//evil.example&status=open").await;
    assert_eq!(away.header("location"), Some(format!("/r/goal/{id}").as_str()));
    assert_eq!(stored(&keeper, &id).await, (json!("Alpha"), json!("open"), json!(3)));
}

#[tokio::test]
async fn a_board_shows_and_moves_no_card_that_is_not_its_readers() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let open = keeper.made("goal", json!({"title": "Alpha", "status": "open"})).await;
    let hidden = keeper.made("goal", json!({"title": "Beta", "status": "closed"})).await;
    let set = |id: &str| format!("/r/goal/{id}/set");
    let [part, reader] = [site.signed_in("part", &["part"]).await, site.signed_in("reader", &["reader"]).await];
    for client in [&part, &reader] {
        let board = client.get("/p/board").await;
        assert_eq!((cards(&board, "open"), cards(&board, "closed")), (vec!["Alpha".to_owned()], vec![]));
        assert!(board.text().contains("<span class=\"count\">0</span>"), "{}", board.text());
        for kept in ["Beta", hidden.as_str(), "/set", "data-url=\"/api", "data-move"] {
            assert!(!seen(&board).contains(kept), "{kept}: {}", board.text());
        }
        for (id, to) in [(&open, "closed"), (&hidden, "open")] {
            let refused = form(client, &set(id), &format!("expected=1&back=/p/board&status={to}")).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
            assert!(!refused.text().contains("Beta"), "{}", refused.text());
        }
    }
    // Of what they do not see they learn neither what it is called nor which version it has.
    for version in ["1", "7"] {
        let refused = form(&part, &set(&hidden), &format!("expected={version}&title=Mine")).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text());
        assert!(!refused.text().contains("Beta"), "{}", refused.text());
    }
    let (_, _, version) = stored(&part, &open).await;
    let counted = form(&part, &set(&open), "expected=1&back=/p/board&title=Mine").await;
    assert_eq!(counted.status, StatusCode::PRECONDITION_FAILED, "{}", counted.text());
    let named = form(&part, &set(&open), &format!("expected={version}&back=/p/board&title=Mine")).await;
    assert_eq!(named.status, StatusCode::SEE_OTHER, "{}", named.text());
    assert_eq!(stored(&keeper, &open).await, (json!("Mine"), json!("open"), json!(2)));
    assert_eq!(stored(&keeper, &hidden).await, (json!("Beta"), json!("closed"), json!(1)));
}
