//! Forms as they are sent back: lists that are emptied, moments that nobody touched, files, and what depends on conditions.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Answer, Client, FILES, Site, form, titles};

/// The small app with more fields of a goal, and more documents.
pub(super) async fn site(fields: &str, more: &[(&'static str, &str)]) -> Site {
    let site = Site::start().await;
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/goal.yaml" => (path, format!("{text}{fields}")),
            "roles/keeper.yaml" if more.iter().any(|(path, _)| *path == "entities/part.yaml") => {
                (path, format!("{text}  - {{entity: part, actions: [create, read, update, delete]}}\n"))
            }
            _ => (path, text.to_owned()),
        })
        .to_vec();
    files.extend(more.iter().map(|(path, text)| (*path, (*text).to_owned())));
    site.publish(&files).await;
    site
}

/// A page's markup, with slashes as they are: the templates escape them too.
fn seen(answer: &Answer) -> String {
    answer.text().replace("&#x2f;", "/")
}

async fn stored(client: &Client, entity: &str, id: &str) -> Value {
    client.get(&format!("/api/v1/demo/{entity}/{id}")).await.json()
}

#[track_caller]
pub(super) fn saved(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

const LISTS: &str = "
  helpers: {type: references, to: person, label: {zh-CN: 协作人, en: Helpers}}
  kinds:
    type: choices
    label: {zh-CN: 类别, en: Kinds}
    choices:
      care: {label: {zh-CN: 护理, en: Care}}
      cost: {label: {zh-CN: 成本, en: Cost}}
";

#[tokio::test]
async fn a_list_may_be_emptied_in_a_form_and_in_a_row() {
    let part = format!(
        "label: {{zh-CN: 分项, en: Part}}\ndisplay: amount\nfields:\n  goal: {{type: reference, to: goal, label: {{zh-CN: 目标, en: Goal}}, required: true}}\n  amount: {{type: integer, label: {{zh-CN: 数量, en: Amount}}}}{LISTS}"
    );
    let fields = format!(
        "{}  parts: {{type: children, to: part, by: goal, label: {{zh-CN: 分项, en: Parts}}}}\n",
        LISTS.trim_start_matches('\n')
    );
    let sheet =
        "entity: goal\nsections:\n  - items: [title, helpers, kinds, {field: parts, columns: [helpers, kinds]}]\n";
    let site = site(&fields, &[("entities/part.yaml", &part), ("forms/goal.yaml", sheet)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let person = keeper.made("person", json!({"code": "1", "name": "Wang"})).await;
    let empty = stored(&keeper, "goal", &keeper.made("goal", json!({"title": "Empty"})).await).await;
    let id = keeper.made("goal", json!({"title": "A", "helpers": [person], "kinds": ["care"]})).await;
    let row = keeper.made("part", json!({"goal": id, "amount": 1, "helpers": [person], "kinds": ["care"]})).await;

    let path = format!("/r/goal/{id}/edit");
    let edit = keeper.get(&path).await;
    for twin in [
        "<input type=\"hidden\" name=\"helpers\" value=\"\"><loam-combobox",
        "<input type=\"hidden\" name=\"kinds\" value=\"\">",
        "<input type=\"hidden\" name=\"parts[0][helpers]\" value=\"\"><loam-combobox",
        "<input type=\"hidden\" name=\"parts[0][kinds]\" value=\"\"><select",
    ] {
        assert!(edit.text().contains(twin), "{twin}: {}", edit.text());
    }

    // What is not asked for stays, and beside a choice the twin says nothing.
    let row_sent = format!("parts[_known]={row}&parts[0][id]={row}&parts[0][version]=1");
    saved(&form(&keeper, &path, &format!("title=B&kinds=&kinds=cost&expected=1&{row_sent}")).await);
    let now = stored(&keeper, "goal", &id).await;
    assert_eq!((&now["helpers"], &now["kinds"]), (&json!([person]), &json!(["cost"])));

    let emptied = "helpers=&kinds=&parts[0][helpers]=&parts[0][kinds]=";
    saved(&form(&keeper, &path, &format!("title=B&{emptied}&expected=2&{row_sent}")).await);
    let (now, row) = (stored(&keeper, "goal", &id).await, stored(&keeper, "part", &row).await);
    for list in ["helpers", "kinds"] {
        assert_eq!((&now[list], &row[list]), (&empty[list], &empty[list]), "{list}");
    }
}

#[tokio::test]
async fn moments_and_durations_outlive_a_form_that_does_not_change_them() {
    let fields = "  at: {type: datetime, label: {zh-CN: 时间, en: At}}\n  took: {type: duration, label: {zh-CN: 用时, en: Took}}\n";
    let site = site(fields, &[]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let goal = json!({"title": "A", "at": "2025-11-20T01:00:30.250Z", "took": 5415});
    let id = keeper.made("goal", goal).await;
    let before = stored(&keeper, "goal", &id).await;

    let path = format!("/r/goal/{id}/edit");
    let edit = keeper.get(&path).await;
    for shown in [
        "name=\"at\" value=\"2025-11-20T09:00:30\" type=\"datetime-local\" step=\"1\"",
        "name=\"at.kept\" value=\"2025-11-20T09:00:30\"",
        "name=\"took\" value=\"1:30:15\"",
    ] {
        assert!(edit.text().contains(shown), "{shown}: {}", edit.text());
    }
    let untouched = "at=2025-11-20T09:00:30&at.kept=2025-11-20T09:00:30&took=1:30:15";
    saved(&form(&keeper, &path, &format!("title=B&{untouched}&expected=1")).await);
    let after = stored(&keeper, "goal", &id).await;
    assert_eq!((&after["title"], &after["at"], &after["took"]), (&json!("B"), &before["at"], &json!(5415)));
    let history = keeper.get(&format!("/api/v1/demo/goal/{id}/history")).await.json();
    let told = |at: usize| (history["items"][at]["action"].clone(), history["items"][at]["field"].clone());
    assert_eq!((told(0), told(1).0), ((json!("update"), json!("title")), json!("create")), "{history}");

    // Touched, they are read with seconds and without.
    let touched = "at=2025-11-20T09:05&at.kept=2025-11-20T09:00:30&took=2:00";
    saved(&form(&keeper, &path, &format!("title=B&{touched}&expected=2")).await);
    let after = stored(&keeper, "goal", &id).await;
    assert!(after["at"].as_str().unwrap().starts_with("2025-11-20T01:05:00"), "{after}");
    assert_eq!(after["took"], 7200);
    let edit = keeper.get(&path).await;
    assert!(edit.text().contains("value=\"2025-11-20T09:05\" type=\"datetime-local\" autocomplete"), "{}", edit.text());
    assert!(edit.text().contains("name=\"took\" value=\"2:00\""), "{}", edit.text());
    let touched = "at=2025-11-20T09:05:07&at.kept=2025-11-20T09:05&took=2:00:01";
    saved(&form(&keeper, &path, &format!("title=B&{touched}&expected=3")).await);
    let after = stored(&keeper, "goal", &id).await;
    assert!(after["at"].as_str().unwrap().starts_with("2025-11-20T01:05:07"), "{after}");
    assert_eq!(after["took"], 7201);
}

#[tokio::test]
async fn a_form_leads_to_the_file_that_stands_in_it() {
    let site = site("  paper: {type: file, label: {zh-CN: 材料, en: Paper}}\n", &[]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("goal", json!({"title": "A"})).await;
    let path = format!("/r/goal/{id}/edit");
    let part =
        |name: &str, text: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    let file = "--b\r\nContent-Disposition: form-data; name=\"paper.file\"; filename=\"plan.txt\"\r\nContent-Type: text/plain\r\n\r\nfirst things first\r\n--b--\r\n";
    let body = format!("{}{}{}{file}", part("title", "A"), part("expected", "1"), part("paper", ""));
    let kind = Some("multipart/form-data; boundary=b");
    saved(&keeper.raw(Method::POST, &path, &[], kind, body.into_bytes()).await);

    let file = stored(&keeper, "goal", &id).await["paper"].as_str().unwrap().to_owned();
    let link = format!("/r/goal/{id}/attachments/{file}");
    let edit = keeper.get(&path).await;
    assert!(seen(&edit).contains(&format!("href=\"{link}\"")), "{}", edit.text());
    assert!(edit.text().contains("plan.txt</a>"), "{}", edit.text());
    let content = keeper.get(&link).await;
    assert_eq!((content.status, content.text()), (StatusCode::OK, "first things first"));
    // A form that is refused still leads there, and one that is saved keeps the file.
    let refused = form(&keeper, &path, &format!("title=&paper={file}")).await;
    assert!(seen(&refused).contains(&format!("href=\"{link}\"")), "{}", refused.text());
    saved(&form(&keeper, &path, &format!("title=B&paper={file}")).await);
    assert_eq!(stored(&keeper, "goal", &id).await["paper"], file.as_str());
}

const CONDITIONS: &str = r#"
entity: goal
sections:
  - items:
      - title
      - status
      - {field: due, required: 'status == "open"'}
      - {field: level, read_only: 'status == "closed"'}
      - {field: weight, visible: 'status == "open"'}
  - visible: 'status == "closed"'
    items: [by]
"#;

#[tokio::test]
async fn conditions_of_a_form_hold_when_it_is_sent() {
    let site = site("", &[("forms/goal.yaml", CONDITIONS)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let live = form(&keeper, "/form/goal/live", "title=A&status=open").await.json();
    assert_eq!((&live["visible"]["weight"], &live["visible"]["section:1"]), (&json!(true), &json!(false)), "{live}");
    assert_eq!(live["required"]["due"], true, "{live}");

    let lacking = form(&keeper, "/r/goal/new", "title=A&status=open&due=&level=2&weight=20").await;
    assert_eq!(lacking.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(lacking.text().contains("href=\"#f-due\"") && lacking.text().contains("must not be empty"));
    assert_eq!(keeper.get("/api/v1/demo/goal").await.json()["items"], json!([]));

    // What stands in a hidden section is not written, so the default is.
    let made = "title=A&status=open&due=2025-12-01&level=2&weight=20&by=sly";
    saved(&form(&keeper, "/r/goal/new", made).await);
    let list = keeper.get("/api/v1/demo/goal").await.json();
    let id = list["items"][0]["id"].as_str().unwrap();
    let goal = stored(&keeper, "goal", id).await;
    assert_eq!((&goal["by"], &goal["level"]), (&json!("keeper"), &json!(2)), "{goal}");

    // Closed, it needs no day; its level can be read only, and its weight is out of sight: both stay.
    let path = format!("/r/goal/{id}/edit");
    saved(&form(&keeper, &path, "title=A&status=closed&due=&level=5&weight=90&by=told&expected=1").await);
    let now = stored(&keeper, "goal", id).await;
    assert_eq!((&now["due"], &now["level"], &now["weight"]), (&Value::Null, &json!(2), &goal["weight"]), "{now}");
    assert_eq!((&now["status"], &now["by"]), (&json!("closed"), &json!("told")));
    let edit = keeper.get(&path).await;
    assert!(!edit.text().contains("name=\"level\"") && edit.text().contains("name=\"by\""), "{}", edit.text());
    assert!(edit.text().contains("data-field=\"weight\" hidden"), "{}", edit.text());
}

#[tokio::test]
async fn a_signature_is_drawn_or_typed() {
    let field = "  hand: {type: signature, required: true, label: {zh-CN: 签名, en: Hand}}\n";
    let site = site(field, &[]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let drawn = json!({"drawn": [[[10, 10], [200, 90]], [[20, 20]]]});
    saved(&form(&keeper, "/r/goal/new", "title=A&hand=10,10 200,90;20,20&hand.typed=").await);
    let list = keeper.get("/api/v1/demo/goal").await.json();
    let id = list["items"][0]["id"].as_str().unwrap();
    assert_eq!(stored(&keeper, "goal", id).await["hand"], drawn);

    let page = keeper.get(&format!("/r/goal/{id}")).await;
    assert!(page.text().contains("<span class=\"signed\" role=\"img\" aria-label=\"Signed\"><svg"), "{}", page.text());
    assert!(page.text().contains("M10 10L200 90M20 20h0"), "{}", page.text());
    let path = format!("/r/goal/{id}/edit");
    let edit = keeper.get(&path).await;
    assert!(edit.text().contains("name=\"hand\" value=\"10,10 200,90;20,20\""), "{}", edit.text());

    // Whoever cannot draw types a name; a slip of the hand is no signature, and the form keeps what else was typed.
    for (sent, told) in [("hand=1,1 9,9&hand.typed=", "type the name"), ("hand=&hand.typed=", "Hand is required")] {
        let refused = form(&keeper, &path, &format!("title=B&{sent}&expected=1")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(told) && refused.text().contains("value=\"B\""), "{}", refused.text());
    }
    saved(&form(&keeper, &path, "title=B&hand=&hand.typed=Wang <b>&expected=1").await);
    assert_eq!(stored(&keeper, "goal", id).await["hand"], json!({"typed": "Wang <b>"}));
    let page = keeper.get(&format!("/r/goal/{id}")).await;
    assert!(page.text().contains("Wang &lt;b&gt;") && !page.text().contains("Wang <b>"), "{}", page.text());

    let odd = keeper.post("/api/v1/demo/goal", json!({"title": "C", "hand": {"svg": "<svg/>"}})).await;
    assert_eq!(odd.refuses(422, "invalid")["errors"][0]["field"], "hand");
    let made = keeper.made("goal", json!({"title": "C", "hand": drawn})).await;
    assert_eq!(stored(&keeper, "goal", &made).await["hand"], drawn);
    for query in ["sort=hand", "filter=hand%20==%20%22x%22"] {
        assert_eq!(keeper.get(&format!("/api/v1/demo/goal?{query}")).await.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

/// The sections of a form that are in sight, by number.
fn open_sections(answer: &Answer) -> Vec<String> {
    let sections = answer.text().split("<section class=\"form-section\" data-section=\"").skip(1);
    let open = sections.filter(|rest| !rest.split('>').next().unwrap().ends_with(" hidden"));
    open.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// A form of steps or tabs is shown again with one of them open.
#[track_caller]
pub(super) fn stands_at(answer: &Answer, step: usize) {
    assert_eq!(open_sections(answer), [step.to_string()], "{}", answer.text());
    assert!(answer.text().contains(&format!("name=\"_at\" value=\"{step}\"")), "{}", answer.text());
}

const STEPS: &str = "
entity: goal
layout: steps
sections:
  - label: {zh-CN: 名称, en: Name}
    items: [title, level]
  - label: {zh-CN: 期限, en: Term}
    items: [weight, {field: due, required: 'level == 5'}]
  - label: {zh-CN: 状态, en: State}
    items: [status]
";

#[tokio::test]
async fn a_form_of_steps_is_gone_through_without_a_script() {
    let site = site("", &[("forms/goal.yaml", STEPS)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let path = "/r/goal/new";
    let fresh = keeper.get(path).await;
    stands_at(&fresh, 0);
    for step in ["<li aria-current=\"step\">Name</li>", "<li>Term</li>", "<li>State</li>"] {
        assert!(fresh.text().contains(step), "{step}: {}", fresh.text());
    }
    assert!(fresh.text().contains("name=\"_step\" value=\"1\"") && !fresh.text().contains("formnovalidate"));

    // Forward past a step with faults is refused, and what was typed stays.
    let refused = form(&keeper, path, "title=&level=9&weight=&due=&_at=0&_step=1").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    stands_at(&refused, 0);
    for kept in ["href=\"#f-title\"", "href=\"#f-level\"", "name=\"level\" value=\"9\""] {
        assert!(refused.text().contains(kept), "{kept}: {}", refused.text());
    }
    // Faults of steps that are still to come hold nobody up.
    let next = form(&keeper, path, "title=Alpha&level=5&weight=120&due=&_at=0&_step=1").await;
    stands_at(&next, 1);
    assert_eq!(next.status, StatusCode::OK, "a step further is nothing refused");
    assert!(!next.text().contains("id=\"errors\""), "{}", next.text());
    for kept in
        ["name=\"title\" value=\"Alpha\"", "name=\"level\" value=\"5\"", "formnovalidate name=\"_step\" value=\"0\""]
    {
        assert!(next.text().contains(kept), "{kept}: {}", next.text());
    }
    let refused = form(&keeper, path, "title=Alpha&level=5&weight=120&due=&_at=1&_step=2").await;
    stands_at(&refused, 1);
    for fault in ["href=\"#f-weight\"", "href=\"#f-due\""] {
        assert!(refused.text().contains(fault), "{fault}: {}", refused.text());
    }
    // Back is not refused, and nothing is lost on the way.
    let back = form(&keeper, path, "title=Alpha&level=5&weight=120&due=&_at=1&_step=0").await;
    stands_at(&back, 0);
    assert_eq!(back.status, StatusCode::OK);
    assert!(!back.text().contains("id=\"errors\"") && back.text().contains("name=\"weight\" value=\"120\""));

    let last = form(&keeper, path, "title=Alpha&level=5&weight=20&due=2025-12-01&_at=1&_step=2").await;
    stands_at(&last, 2);
    assert!(!last.text().contains("name=\"_step\" value=\"3\"") && last.text().contains("name=\"_step\" value=\"1\""));
    assert_eq!(keeper.get("/api/v1/demo/goal").await.json()["items"], json!([]), "no step saves");
    // Saved with a fault further up, it opens where that is.
    let sent = "level=5&weight=20&due=2025-12-01&status=open&_at=2";
    let refused = form(&keeper, path, &format!("title=&{sent}")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    stands_at(&refused, 0);
    saved(&form(&keeper, path, &format!("title=Alpha&{sent}")).await);
    let list = keeper.get("/api/v1/demo/goal").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    let goal = stored(&keeper, "goal", list["items"][0]["id"].as_str().unwrap()).await;
    assert_eq!((&goal["title"], &goal["level"], &goal["due"]), (&json!("Alpha"), &json!(5), &json!("2025-12-01")));
    assert_eq!(goal["status"], "open");
}

const TABS: &str = r#"
entity: goal
layout: tabs
sections:
  - label: {zh-CN: 概要, en: Summary}
    items: [title, status]
  - label: {zh-CN: 分项, en: Rows}
    items: [{field: parts, columns: [amount, note]}]
  - label: {zh-CN: 收尾, en: Closing}
    visible: 'status == "closed"'
    items: [by]
"#;

const PART: &str = "
label: {zh-CN: 分项, en: Part}
display: note
fields:
  goal: {type: reference, to: goal, label: {zh-CN: 目标, en: Goal}, required: true}
  amount: {type: integer, label: {zh-CN: 数量, en: Amount}}
  note: {type: text, label: {zh-CN: 说明, en: Note}}
";

/// What stands in the rows of the sub-table, as the inputs of two columns say.
fn typed_rows(answer: &Answer) -> Vec<(String, String)> {
    let value = |at: usize, column: &str| {
        let rest = answer.text().split(&format!("name=\"parts[{at}][{column}]\" value=\"")).nth(1)?;
        rest.split('"').next().map(str::to_owned)
    };
    (0..).map_while(|at| value(at, "amount").zip(value(at, "note"))).collect()
}

#[tokio::test]
async fn tabs_and_rows_need_no_script() {
    let parts = "  parts: {type: children, to: part, by: goal, label: {zh-CN: 分项, en: Parts}}\n";
    let site = site(parts, &[("entities/part.yaml", PART), ("forms/goal.yaml", TABS)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("goal", json!({"title": "Alpha", "status": "open"})).await;
    for (amount, note) in [(1, "one"), (2, "two"), (3, "three")] {
        keeper.made("part", json!({"goal": id, "amount": amount, "note": note})).await;
    }
    let path = format!("/r/goal/{id}/edit");
    let tab = |at: usize, label: &str, current: bool| {
        let current = if current { " aria-current=\"page\"" } else { "" };
        format!(
            "<button class=\"tab\" type=\"submit\" formnovalidate name=\"_step\" value=\"{at}\"{current}>{label}</button>"
        )
    };
    let edit = keeper.get(&path).await;
    stands_at(&edit, 0);
    assert!(edit.text().contains(&tab(0, "Summary", true)) && edit.text().contains(&tab(1, "Rows", false)));
    let closing = tab(2, "Closing", false).replace(">Closing", " hidden>Closing");
    assert!(edit.text().contains(&closing), "a tab whose condition does not hold: {}", edit.text());
    let row = |amount: &str, note: &str| (amount.to_owned(), note.to_owned());
    let was = [row("1", "one"), row("2", "two"), row("3", "three")];
    assert_eq!(typed_rows(&edit), was, "{}", edit.text());

    // The inputs of the rows as the page has them, to be sent back.
    let quoted = |page: &Answer, name: &str| {
        let rest = page.text().split(&format!("name=\"{name}\" value=\"")).nth(1).map(str::to_owned);
        rest.unwrap_or_else(|| panic!("{name}: {}", page.text())).split('"').next().unwrap().to_owned()
    };
    let mut rows = format!("expected=1&parts[_known]={}", quoted(&edit, "parts[_known]"));
    for (at, note) in ["one", "two", "drei"].iter().enumerate() {
        let child = quoted(&edit, &format!("parts[{at}][id]"));
        rows.push_str(&format!("&parts[{at}][id]={child}&parts[{at}][version]=1"));
        rows.push_str(&format!("&parts[{at}][amount]={}&parts[{at}][note]={note}", at + 1));
    }
    // A tab is opened whatever stands in the others, and all that follows from what was typed is there.
    let opened = form(&keeper, &path, &format!("title=&status=closed&{rows}&_at=0&_step=1")).await;
    stands_at(&opened, 1);
    assert!(!opened.text().contains("id=\"errors\""), "{}", opened.text());
    for shown in [tab(0, "Summary", false), tab(1, "Rows", true), tab(2, "Closing", false)] {
        assert!(opened.text().contains(&shown), "{shown}: {}", opened.text());
    }
    assert!(opened.text().contains("name=\"title\" value=\"\""), "{}", opened.text());

    // A row more, empty, in the tab one is at; the others keep what was typed.
    let added = form(&keeper, &path, &format!("title=Alpha&status=open&{rows}&_at=1&_add=parts")).await;
    stands_at(&added, 1);
    assert_eq!((opened.status, added.status), (StatusCode::OK, StatusCode::OK));
    let typed = [row("1", "one"), row("2", "two"), row("3", "drei"), row("", "")];
    assert_eq!(typed_rows(&added), typed, "{}", added.text());
    let (first, third) = (quoted(&edit, "parts[0][id]"), quoted(&edit, "parts[2][id]"));
    assert_eq!((quoted(&added, "parts[2][id]"), quoted(&added, "parts[3][id]")), (third.clone(), String::new()));

    // One less, and those after it move up with all that is theirs.
    let more = format!("{rows}&parts[3][id]=&parts[3][version]=&parts[3][amount]=4&parts[3][note]=four");
    let removed = form(&keeper, &path, &format!("title=Alpha&status=open&{more}&_at=1&_remove=parts.1")).await;
    stands_at(&removed, 1);
    assert_eq!(typed_rows(&removed), [row("1", "one"), row("3", "drei"), row("4", "four")], "{}", removed.text());
    let ids = [0, 1, 2].map(|at| quoted(&removed, &format!("parts[{at}][id]")));
    assert_eq!(ids, [first, third, String::new()]);
    assert_eq!(quoted(&removed, "parts[_known]"), quoted(&edit, "parts[_known]"), "what was there is not forgotten");
    let count = keeper.get("/api/v1/demo/part").await.json()["items"].as_array().unwrap().len();
    assert_eq!(count, 3, "nothing is written before it is saved");

    // Saved as it stands, the removed row is deleted, the new one made and the changed one kept.
    let mut sent = format!("title=Alpha&status=open&expected=1&_at=1&parts[_known]={}", quoted(&edit, "parts[_known]"));
    for (at, (amount, note)) in typed_rows(&removed).into_iter().enumerate() {
        let [id, version] = ["id", "version"].map(|name| quoted(&removed, &format!("parts[{at}][{name}]")));
        sent.push_str(&format!("&parts[{at}][id]={id}&parts[{at}][version]={version}"));
        sent.push_str(&format!("&parts[{at}][amount]={amount}&parts[{at}][note]={note}"));
    }
    saved(&form(&keeper, &path, &sent).await);
    let list = keeper.get("/api/v1/demo/part?sort=amount").await.json();
    assert_eq!(titles(&list, "note"), ["one", "drei", "four"]);
}

const REACH: &str = "  reach:
    type: integer
    label: {zh-CN: 覆盖, en: Reach}
    unit: {zh-CN: 次, en: visits}
    help: {zh-CN: 全年合计。, en: Of the whole year.}
";

const PLACED: &str = "
entity: goal
sections:
  - label: {zh-CN: 概要, en: Summary}
    help: {zh-CN: 先填这里。, en: Fill this in first.}
    columns: 2
    items:
      - {field: title, span: 2, label: {zh-CN: 目标名称, en: What it is called}}
      - {field: reach, span: 1}
      - level
  - columns: 3
    help: {zh-CN: 可以留空。, en: This may stay empty.}
    items: [{field: due, span: 2}, {field: weight, span: 3}]
";

#[tokio::test]
async fn a_form_says_and_places_what_its_definition_does() {
    let site = site(REACH, &[("forms/goal.yaml", PLACED)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let asked = "id=\"f-reach\" name=\"reach\" value=\"\" type=\"text\" inputmode=\"numeric\" autocomplete=\"off\" aria-describedby=\"h-f-reach e-f-reach\">";
    for (language, texts) in [
        ("en", ["Fill this in first.", "What it is called", "Of the whole year.", "visits", "This may stay empty."]),
        ("zh-CN", ["先填这里。", "目标名称", "全年合计。", "次", "可以留空。"]),
    ] {
        let [section, label, help, unit, alone] = texts;
        let fresh = keeper.get(&format!("/r/goal/new?lang={language}")).await;
        for part in [
            format!("</h2><p class=\"muted\">{section}</p></header>"),
            format!("<div class=\"field wide\" data-field=\"title\"><label class=\"label\" for=\"f-title\">{label}<"),
            format!("<p class=\"help\" id=\"h-f-reach\">{help}</p>"),
            format!("{asked}<span class=\"affix-text\">{unit}</span>"),
            "<div class=\"field\" data-field=\"reach\">".to_owned(),
            "<div class=\"form-grid\" data-columns=\"2\">".to_owned(),
            "<div class=\"form-grid\" data-columns=\"3\">".to_owned(),
            // A section may explain itself without a heading, and a field takes the columns it is given.
            format!("<header class=\"form-section-head\"><p class=\"muted\">{alone}</p></header>"),
            "<div class=\"field\" data-field=\"due\" data-span=\"2\">".to_owned(),
            "<div class=\"field wide\" data-field=\"weight\">".to_owned(),
        ] {
            assert!(fresh.text().contains(&part), "{part}: {}", fresh.text());
        }
        // What is said of an input that explains nothing is its fault alone, and a fault names the input as the form does.
        assert!(fresh.text().contains("aria-describedby=\"e-f-level\""), "{}", fresh.text());
        let refused = form(&keeper, &format!("/r/goal/new?lang={language}"), "title=&reach=1").await;
        assert!(refused.text().contains(&format!("<a href=\"#f-title\">{label}: ")), "{}", refused.text());
    }
    let id = keeper.made("goal", json!({"title": "Alpha", "reach": 120})).await;
    for (language, shown) in [("en", ">120 visits<"), ("zh-CN", ">120次<")] {
        let record = keeper.get(&format!("/r/goal/{id}?lang={language}")).await;
        assert!(record.text().contains(shown), "{}", record.text());
    }
}
