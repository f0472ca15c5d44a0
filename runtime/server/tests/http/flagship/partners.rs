//! An HR partner follows, urges and hands over what runs about the people of their units, and about nobody else.

use axum::http::StatusCode;
use serde_json::json;

use super::{super::support::Client, APP, House, change, changed, made, on, page};

/// Two departments, each with a head and somebody below them; Ben is of the first, and its HR partner.
async fn house() -> House {
    let mut house = House::open().await;
    house.post("P", "专员", "support").await;
    for (unit, head, person) in [("LAB", "HEAD", "ANN"), ("CS", "LEAD", "CAT")] {
        house.unit(unit, unit, None).await;
        house.person(head, unit, "P", None).await;
        house.person(person, unit, "P", Some(head)).await;
    }
    house.person("BEN", "LAB", "P", Some("HEAD")).await;
    house.person("HRP", "CS", "P", Some("LEAD")).await;
    let unit = format!("/api/v1/organisation/unit/{}", house.unit_id("LAB"));
    on(&house.hr, &unit, json!({"partners": [house.id("BEN")]})).await;
    house
}

/// A review of each of these people, with the case that runs about it.
async fn reviewed(house: &House, hr: &Client, people: &[&str]) -> Vec<(String, String)> {
    let cycle = json!({"code": "2025Q4", "name": "2025Q4", "starts": "2025-10-01", "ends": "2025-12-31"});
    let cycle = made(&house.hr, "cycle", cycle).await;
    changed(&house.hr, "cycle", &cycle, json!({"status": "running"})).await;
    let rows = people.iter().map(|code| json!({"person": house.id(code), "cycle": cycle, "status": "self"}));
    let mut found = Vec::new();
    for review in house.load("review", rows.collect()).await {
        let review = review.to_string();
        let case = begun(hr, "review", &review).await;
        found.push((review, case));
    }
    found
}

async fn begun(client: &Client, workflow: &str, record: &str) -> String {
    let answer = client.post(&format!("{APP}/workflows/{workflow}/cases"), json!({"record": record})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn running(client: &Client, workflow: &str) -> Vec<String> {
    let answer = client.get(&format!("{APP}/workflows/{workflow}/cases")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let answer = answer.json();
    answer["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn urged(client: &Client, case: &str) -> StatusCode {
    client.post(&format!("{APP}/workflows/cases/{case}"), json!({"do": "urge"})).await.status
}

#[tokio::test]
async fn reviews_of_their_units_are_followed_urged_and_handed_over_and_no_others() {
    let house = house().await;
    let ann = house.acts("ANN", &[]).await;
    house.acts("CAT", &[]).await;
    let head = house.acts("HEAD", &["manager"]).await;
    let partner = house.acts("BEN", &["hrbp"]).await;
    let hr = house.acts("HRP", &["hr"]).await;
    let cases = reviewed(&house, &hr, &["ANN", "CAT", "BEN"]).await;
    let [(review, of_ann), (_, of_cat), (_, own)] = cases.as_slice() else { panic!("{cases:?}") };
    // Of all that run, those of the unit, and not their own.
    assert_eq!(running(&hr, "review").await.len(), 3);
    assert_eq!(running(&partner, "review").await, [of_ann.as_str()]);
    let listed = page(&partner, "/workflows/review").await.replace("&#x2f;", "/");
    assert!(listed.contains(&format!("/cases/{of_ann}")), "{listed}");
    assert!(!listed.contains(of_cat.as_str()) && !listed.contains(own.as_str()), "{listed}");
    let shown = page(&partner, &format!("/cases/{of_ann}")).await;
    assert!(shown.contains("ANN"), "{shown}");
    // They urge, and whoever is asked hears of it.
    assert_eq!(urged(&partner, of_ann).await, StatusCode::OK);
    assert!(page(&ann, "/notifications").await.contains("You are urged to answer"));
    assert_eq!(urged(&partner, of_cat).await, StatusCode::NOT_FOUND);
    partner.get(&format!("{APP}/workflows/cases/{of_cat}")).await.refuses(404, "not-found");
    // Their own case is theirs to answer, and not to overrule.
    let rest = json!({"do": "rest", "reason": "later"});
    let refused = partner.post(&format!("{APP}/workflows/cases/{own}"), rest).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
    // What Ann was to answer goes to somebody else; what Cat was to answer does not.
    let over = |from: &str| json!({"from": from, "to": "head", "workflow": "review"});
    let path = format!("{APP}/workflows/hand-over");
    partner.post(&path, over("cat")).await.refuses(404, "not-found");
    let handed = partner.post(&path, over("ann")).await;
    assert_eq!(handed.json(), json!({"items": [{"id": of_ann}], "stayed": []}), "{}", handed.text());
    // A grade is not theirs to give, whatever else they do with the case: the manager is asked, and they do not have that handed
    // over to themselves.
    let graded = change(&partner, "review", review, json!({"manager_grade": "S"})).await;
    assert!(graded.status.is_client_error(), "{}", graded.text());
    let case = format!("{APP}/workflows/cases/{of_ann}");
    let jumped = partner.post(&case, json!({"do": "jump", "step": "manager", "reason": "late"})).await;
    assert_eq!(jumped.status, StatusCode::OK, "{}", jumped.text());
    let own = partner.post(&path, json!({"from": "head", "to": "ben"})).await;
    assert_eq!((own.status, &own.json()["errors"][0]["code"]), (StatusCode::CONFLICT, &json!("oneself")));
    let asked = head.get(&case).await.json()["mine"].clone();
    assert_eq!(asked["step"], "manager");
    let fields = json!({"manager_grade": "S", "manager_text": "x"});
    let grade = json!({"do": "decide", "task": asked["task"], "approve": true, "fields": fields});
    let refused = partner.post(&case, grade).await;
    assert_eq!(refused.json()["errors"][0]["code"], "not-yours", "{}", refused.text());
}

#[tokio::test]
async fn interviews_of_their_units_are_followed_and_no_others() {
    let house = house().await;
    let partner = house.acts("BEN", &["hrbp"]).await;
    let mut cases: Vec<String> = Vec::new();
    for (head, person) in [("HEAD", "ANN"), ("LEAD", "CAT"), ("HEAD", "BEN")] {
        if person != "BEN" {
            house.acts(person, &[]).await;
        }
        let head = if person == "BEN" { house.again(head).await } else { house.acts(head, &["manager"]).await };
        let talk = json!({"person": house.id(person), "held_on": "2025-11-19", "minutes": 22, "agreed": "x"});
        let talk = made(&head, "interview", talk).await;
        cases.push(begun(&head, "interview", &talk).await);
    }
    assert_eq!(running(&partner, "interview").await, cases[..1]);
    assert_eq!(urged(&partner, &cases[0]).await, StatusCode::OK);
    assert_eq!(urged(&partner, &cases[1]).await, StatusCode::NOT_FOUND);
    // A unit that is no longer theirs takes its cases along.
    let unit = format!("/api/v1/organisation/unit/{}", house.unit_id("LAB"));
    on(&house.hr, &unit, json!({"partners": []})).await;
    assert_eq!(running(&partner, "interview").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_managers_grade_is_not_for_human_resources_to_write_and_the_try_is_on_the_ledger() {
    let house = house().await;
    house.acts("ANN", &[]).await;
    let hr = house.acts("HRP", &["hr"]).await;
    let auditor = house.site.signed_in("vera", &["audit_administrator"]).await;
    let review = reviewed(&house, &hr, &["ANN"]).await.remove(0).0;
    for field in ["manager_grade", "calibrated_grade"] {
        change(&hr, "review", &review, json!({field: "S"})).await.refuses(403, "denied");
        let asked = format!("/api/v1/audit?record={review}&outcome=refused&action=update&limit=1");
        let entry = auditor.get(&asked).await.json()["items"][0].clone();
        assert_eq!((&entry["object"], &entry["facts"]["reason"]), (&json!("review"), &json!("denied")), "{entry}");
        assert_eq!((&entry["who"]["login"], &entry["facts"]["field"]), (&json!("hrp"), &json!(field)), "{entry}");
    }
    let kept = hr.get(&format!("{APP}/review/{review}?fields=manager_grade,calibrated_grade,status")).await.json();
    assert_eq!((&kept["manager_grade"], &kept["calibrated_grade"]), (&json!(null), &json!(null)), "{kept}");
}

#[tokio::test]
async fn only_who_leads_somebody_is_asked_as_their_manager_and_who_was_asked_is_told_to_nobody() {
    let house = house().await;
    let hr = house.acts("HRP", &["hr"]).await;
    let auditor = house.site.signed_in("vera", &["audit_administrator"]).await;
    let cycle = json!({"code": "2025Q4", "name": "2025Q4", "starts": "2025-10-01", "ends": "2025-12-31"});
    let cycle = made(&house.hr, "cycle", cycle).await;
    let rows = ["ANN", "HEAD"].map(|code| json!({"person": house.id(code), "cycle": cycle, "feedback": "collecting"}));
    let reviews = house.load("review", rows.into()).await;
    let ask = async |about: usize, rater: &str, group: &str| {
        let request = json!({"review": reviews[about].to_string(), "rater": house.id(rater), "rater_group": group});
        hr.post(&format!("{APP}/feedback_request"), request).await
    };
    for (about, rater, group) in
        [(0, "BEN", "manager"), (0, "LEAD", "manager"), (0, "HEAD", "report"), (1, "CAT", "report")]
    {
        ask(about, rater, group).await.refuses(403, "denied");
    }
    // A dotted line counts as the line does.
    let ann = format!("/api/v1/organisation/person/{}", house.id("ANN"));
    on(&house.hr, &ann, json!({"matrix_managers": [house.id("LEAD")]})).await;
    for (about, rater, group) in
        [(0, "HEAD", "manager"), (0, "LEAD", "manager"), (0, "BEN", "peer"), (0, "ANN", "self"), (1, "ANN", "report")]
    {
        let asked = ask(about, rater, group).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{rater} {group}: {}", asked.text());
    }
    // Once saved it is not said that Ben was asked, and the try is on the ledger.
    let again = ask(0, "BEN", "peer").await;
    assert_eq!(again.faults(), ["-:not-accepted"], "{}", again.text());
    assert!(!again.text().contains("unique") && !again.text().contains("rater"), "{}", again.text());
    let noted = auditor.get("/api/v1/audit?object=feedback_request&action=create&outcome=refused&limit=1").await.json();
    assert_eq!(noted["items"][0]["facts"]["faults"], json!(["-:not-accepted"]), "{noted}");
    // What they are asked themselves they see, so that it is said.
    assert_eq!(ask(0, "HRP", "peer").await.status, StatusCode::CREATED);
    assert_eq!(ask(0, "HRP", "peer").await.faults(), ["review:unique"]);
}
