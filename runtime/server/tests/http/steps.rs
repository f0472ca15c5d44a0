//! Forms of steps: those whose conditions hold are gone through, faults of rows hold one up as any other, and whoever does not
//! see the page is told where they are.

use axum::http::StatusCode;
use serde_json::json;

use super::{
    forms::{saved, site, stands_at},
    support::{Answer, form},
};

const WALK: &str = r#"
entity: goal
layout: steps
sections:
  - label: {zh-CN: 概要, en: Summary}
    items: [title, status]
  - label: {zh-CN: 收尾, en: Closing}
    visible: 'status == "closed"'
    items: [by]
  - label: {zh-CN: 分项, en: Rows}
    items: [level, {field: parts, columns: [amount, note]}]
  - label: {zh-CN: 期限, en: Term}
    visible: level == 5
    items: [due]
"#;

const PARTS: &str = "  parts: {type: children, to: part, by: goal, label: {zh-CN: 分项, en: Parts}}\n";

const PART: &str = "
label: {zh-CN: 分项, en: Part}
display: note
fields:
  goal: {type: reference, to: goal, label: {zh-CN: 目标, en: Goal}, required: true}
  amount: {type: integer, label: {zh-CN: 数量, en: Amount}, max: 9}
  note: {type: text, label: {zh-CN: 说明, en: Note}, required: true}
";

/// A form of steps is shown again as asked, with one of them open, and says which of how many that is.
#[track_caller]
fn walked(answer: &Answer, step: usize, said: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    stands_at(answer, step);
    holds(answer, &[&format!("<p class=\"visually-hidden\" role=\"status\" data-step>{said}</p>")]);
}

#[track_caller]
fn holds(answer: &Answer, parts: &[&str]) {
    for part in parts {
        assert!(answer.text().contains(part), "{part}: {}", answer.text());
    }
}

#[tokio::test]
async fn only_steps_whose_conditions_hold_are_counted_and_gone_through() {
    let site = site(PARTS, &[("entities/part.yaml", PART), ("forms/goal.yaml", WALK)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let path = "/r/goal/new";
    let fresh = keeper.get(path).await;
    walked(&fresh, 0, "Step 1 of 2");
    holds(
        &fresh,
        &[
            "<li aria-current=\"step\">Summary</li><li hidden>Closing</li><li>Rows</li><li hidden>Term</li>",
            "name=\"_step\" value=\"2\" data-after>",
            "type=\"submit\" data-save hidden>",
        ],
    );
    let live = form(&keeper, "/form/goal/live", "title=A&status=closed&_at=0").await.json();
    assert_eq!((&live["step"], &live["visible"]["section:1"]), (&json!("Step 1 of 3"), &json!(true)), "{live}");
    let live = form(&keeper, "/form/goal/live", "title=A&status=open&level=5&_at=2").await.json();
    assert_eq!((&live["step"], &live["visible"]["section:3"]), (&json!("Step 2 of 3"), &json!(true)), "{live}");

    // The same button leads past a step or to it, as its condition holds once all is typed.
    let past = form(&keeper, path, "title=A&status=open&_at=0&_step=2").await;
    walked(&past, 2, "Step 2 of 2");
    holds(
        &past,
        &[
            "name=\"_step\" value=\"0\" data-before>",
            "name=\"_step\" value=\"3\" data-after hidden>",
            "type=\"submit\" data-save>",
        ],
    );
    let into = form(&keeper, path, "title=A&status=closed&_at=0&_step=2").await;
    walked(&into, 1, "Step 2 of 3");
    walked(&form(&keeper, path, "title=A&status=closed&by=x&_at=1&_step=2").await, 2, "Step 3 of 3");
    walked(&form(&keeper, path, "title=A&status=open&_at=2&_step=1").await, 0, "Step 1 of 2");
    walked(&form(&keeper, path, "title=A&status=closed&_at=2&_step=0").await, 1, "Step 2 of 3");
    walked(&form(&keeper, path, "title=A&status=closed&level=5&_at=2&_step=3").await, 3, "Step 4 of 4");
    // There is none after it any more: one stays where one is.
    walked(&form(&keeper, path, "title=A&status=open&level=4&_at=2&_step=3").await, 2, "Step 2 of 2");
    // What stands in a step that has gone holds nobody up.
    walked(&form(&keeper, path, "title=A&status=open&level=4&due=never&_at=3&_step=4").await, 2, "Step 2 of 2");
    saved(&form(&keeper, path, "title=A&status=open&level=4&_at=2").await);
}

#[tokio::test]
async fn rows_of_a_step_that_is_not_shown_are_not_saved() {
    let rows = "  - label: {zh-CN: 分项, en: Rows}\n";
    let hidden = WALK.replace(rows, &format!("{rows}    visible: status == \"closed\"\n"));
    let site = site(PARTS, &[("entities/part.yaml", PART), ("forms/goal.yaml", &hidden)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let typed = "level=4&parts[0][id]=&parts[0][amount]=1&parts[0][note]=one";
    let parts = async || keeper.get("/api/v1/demo/part").await.json()["items"].as_array().unwrap().len();
    saved(&form(&keeper, "/r/goal/new", &format!("title=A&status=open&{typed}&_at=0")).await);
    assert_eq!(parts().await, 0);
    saved(&form(&keeper, "/r/goal/new", &format!("title=B&status=closed&by=x&{typed}&_at=2")).await);
    assert_eq!(parts().await, 1);
}

#[tokio::test]
async fn faults_of_rows_hold_up_a_step() {
    let site = site(PARTS, &[("entities/part.yaml", PART), ("forms/goal.yaml", WALK)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let path = "/r/goal/new";
    let rows = |amount: &str, note: &str| {
        let first = "parts[0][id]=&parts[0][amount]=1&parts[0][note]=one";
        let blank = "parts[1][id]=&parts[1][amount]=&parts[1][note]=";
        format!(
            "title=A&status=open&level=5&{first}&{blank}&parts[2][id]=&parts[2][amount]={amount}&parts[2][note]={note}"
        )
    };
    let refused = form(&keeper, path, &format!("{}&_at=2&_step=3", rows("12", ""))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    stands_at(&refused, 2);
    holds(
        &refused,
        &[
            "<a href=\"#f-parts-2--amount-\">Parts (row 3) Amount: ",
            "<a href=\"#f-parts-2--note-\">Parts (row 3) Note: ",
            // The first of them has the focus, and each is told with its input.
            "name=\"parts[2][amount]\" value=\"12\" type=\"text\" inputmode=\"numeric\" autocomplete=\"off\" aria-label=\"Amount\" aria-describedby=\"e-f-parts-2--amount-\" aria-invalid=\"true\" autofocus>",
            " required aria-label=\"Note\" aria-describedby=\"e-f-parts-2--note-\" aria-invalid=\"true\">",
        ],
    );
    assert!(!refused.text().contains("id=\"e-f-parts-2--amount-\"></p>"), "{}", refused.text());
    assert!(!refused.text().contains("#f-parts-0-") && !refused.text().contains("#f-parts-1-"), "{}", refused.text());
    assert_eq!(refused.text().matches(" autofocus").count(), 1, "{}", refused.text());

    // Back is not refused, nor is another row; a step without them is left as ever.
    walked(&form(&keeper, path, &format!("{}&_at=2&_step=0", rows("12", ""))).await, 0, "Step 1 of 3");
    let added = form(&keeper, path, &format!("{}&_at=2&_add=parts", rows("12", ""))).await;
    walked(&added, 2, "Step 2 of 3");
    assert!(!added.text().contains("id=\"errors\""), "{}", added.text());
    walked(&form(&keeper, path, &format!("{}&_at=0&_step=2", rows("12", ""))).await, 2, "Step 2 of 3");
    walked(&form(&keeper, path, &format!("{}&_at=2&_step=3", rows("9", "three"))).await, 3, "Step 3 of 3");

    // While it is typed, too.
    let live = form(&keeper, "/form/goal/live", &format!("{}&_at=2", rows("12", "x"))).await.json();
    assert!(!live["errors"]["parts[2][amount]"].as_str().unwrap().is_empty(), "{live}");
    assert_eq!((&live["errors"]["parts[2][note]"], &live["errors"]["parts[0][amount]"]), (&json!(""), &json!("")));

    // A row that is there already is looked at once something is sent of it.
    let id = keeper.made("goal", json!({"title": "A", "level": 5})).await;
    let row = keeper.made("part", json!({"goal": id, "amount": 1, "note": "one"})).await;
    let edit = format!("/r/goal/{id}/edit");
    let known = format!("title=A&level=5&expected=1&parts[_known]={row}&parts[0][id]={row}&parts[0][version]=1");
    walked(&form(&keeper, &edit, &format!("{known}&_at=2&_step=3")).await, 3, "Step 3 of 3");
    let refused = form(&keeper, &edit, &format!("{known}&parts[0][amount]=1&parts[0][note]=&_at=2&_step=3")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    stands_at(&refused, 2);
    holds(&refused, &["<a href=\"#f-parts-0--note-\">"]);
}

#[tokio::test]
async fn a_refused_form_has_the_focus_where_something_is_to_be_mended() {
    let site = site("", &[]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let path = "/r/goal/new";
    let fresh = keeper.get(path).await;
    assert!(!fresh.text().contains(" autofocus"), "{}", fresh.text());
    // A group of options is one thing with a name, and its fault is told with it.
    holds(
        &fresh,
        &[
            "data-field=\"status\" aria-describedby=\"e-f-status\"><legend class=\"label\" id=\"f-status\" tabindex=\"-1\">",
            "aria-describedby=\"e-f-title\">",
        ],
    );
    let refused = form(&keeper, path, "title=A&weight=120&level=9").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(
        &refused,
        &[
            "aria-describedby=\"e-f-weight\" aria-invalid=\"true\" autofocus>",
            "aria-describedby=\"e-f-level\" aria-invalid=\"true\">",
        ],
    );
    let refused = form(&keeper, path, "title=A&status=lost").await;
    holds(&refused, &["name=\"status\" value=\"open\" aria-invalid=\"true\" autofocus>"]);
    assert_eq!(refused.text().matches(" autofocus").count(), 1, "{}", refused.text());

    // Where no input of the form can mend it, what is wrong has it.
    let sheet = "entity: goal\nsections:\n  - items: [level]\n";
    let site = super::forms::site("", &[("forms/goal.yaml", sheet)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let refused = form(&keeper, path, "level=1").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&refused, &["tabindex=\"-1\" id=\"errors\" autofocus>"]);
}
