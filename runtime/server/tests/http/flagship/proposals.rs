//! A number that is to mean something else: proposed, said to, reviewed and approved by people; then a version of the dictionary.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{APP, FILES, House, found, made, page};

const TERM: &str = "performance-management/dictionary/report_rework_rate.yaml";

#[tokio::test]
async fn a_proposal_becomes_version_two_and_says_what_it_touches() {
    let mut house = House::open().await;
    house.unit("LAB", "Laboratory", None).await;
    house.post("TECH", "Technician", "support").await;
    for (code, manager) in [("CHIEF", None), ("HRP", None), ("ANN", Some("CHIEF")), ("BEN", Some("CHIEF"))] {
        house.person(code, "LAB", "TECH", manager).await;
    }
    house.heads("LAB", "CHIEF").await;
    let ann = house.acts("ANN", &[]).await;
    let proposal = |owner: Value| {
        json!({
            "title": "Rework rate", "kind": "change", "term": "report_rework_rate", "definition": "Days of five and more.",
            "formula": "sent back / issued", "direction": "lower", "frequency": "daily", "source": "LIS", "owner": owner,
            "affected": [house.id("BEN")], "reason": "A day of two reports says nothing.", "proposer": house.id("ANN"),
        })
    };
    // A number nobody answers for is not even proposed, and the dictionary refuses one too.
    let unowned = ann.post(&format!("{APP}/metric_proposal"), proposal(Value::Null)).await;
    assert_eq!(unowned.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unowned.json()["errors"][0]["field"], "owner", "{}", unowned.text());
    let text = &FILES.iter().find(|(path, _)| path == TERM).unwrap().1;
    let unowned = text.replace("owner: RX-HQ-ZK\n", "");
    assert_ne!(&unowned, text);
    let files: Vec<(&str, String)> = FILES
        .iter()
        .map(|(path, text)| (path.as_str(), if path == TERM { unowned.clone() } else { text.clone() }))
        .collect();
    let told = super::super::support::faults(&files);
    assert!(told.contains("owner"), "{told}");
    made(&ann, "metric_proposal", proposal(json!(house.unit_id("LAB")))).await;
    let listed = page(&ann, "/p/metric-proposals").await;
    assert!(listed.contains("Rework rate") && listed.contains("Draft"), "{listed}");
    assert_eq!(found(&house.hr, "metric_proposal", "kind == \"change\"").await.len(), 0, "a draft is its author's");

    // Approved, somebody writes it into the dictionary: as version 2, which is proposed whatever its document says.
    let second = text
        .replace("status: approved\n", "status: approved\nversion: 2\n")
        .replace("  subject: person\n", "  subject: person\n  where: issued >= 5\n");
    assert_ne!(&second, text);
    let files: Vec<(&str, String)> = FILES
        .iter()
        .map(|(path, text)| (path.as_str(), if path == TERM { second.clone() } else { text.clone() }))
        .collect();
    house.site.publish(&files).await;
    let indicator = |code: &str, term: &str| json!({"code": code, "name": "Rework", "kind": "measured", "term": term});
    let none = house.hr.post(&format!("{APP}/indicator"), indicator("X", "K99")).await;
    assert_eq!(none.faults(), ["term:term"], "a code that no term has");
    let indicator = made(&house.hr, "indicator", indicator("R1", "K03R")).await;
    let template = made(&house.hr, "kpi_template", json!({"code": "T", "name": "Technicians"})).await;
    let line = json!({
        "template": template, "indicator": indicator, "weight": "100", "threshold": "8", "target": "4", "stretch": "0",
    });
    made(&house.hr, "kpi_item", line).await;
    let chief = house.acts("CHIEF", &["executive"]).await;
    let reviewer = house.acts("HRP", &["hr"]).await;
    let life = "/api/v1/terms/report_rework_rate/life";
    let shown = chief.get(&format!("{life}?lang=en")).await.json();
    assert_eq!((&shown["status"], &shown["version"]), (&json!("proposed"), &json!(2)), "{shown}");
    // Before anybody approves it: the rule that watches it and the boards that show it.
    let touched: Vec<(&str, &str)> = shown["touches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["kind"].as_str().unwrap(), one["name"].as_str().unwrap()))
        .collect();
    assert!(touched.contains(&("rule", "report_rework_alert")), "{touched:?}");
    assert!(touched.contains(&("page", "cockpit")), "{touched:?}");
    // And the plans: the indicator that is measured by it, and the template it stands in.
    let plan = |one: &Value| (one["kind"] == "record").then(|| one["label"].as_str().unwrap().to_owned());
    let plans: Vec<String> = shown["touches"].as_array().unwrap().iter().filter_map(plan).collect();
    assert_eq!(plans, ["Indicator · Rework", "Measure of a template · Technicians · Rework"]);
    let deed = |deed: &str| json!({"deed": deed, "version": 2, "said": "As proposed."});
    assert_eq!(reviewer.post(life, deed("review")).await.json()["status"], "reviewed");
    reviewer.post(life, deed("approve")).await.refuses(403, "denied");
    assert_eq!(chief.post(life, deed("approve")).await.json()["status"], "approved");
}
