//! Grades of a group held against a guideline: in whole people, what is over and what is short of each part of it.

use model::RecordId;
use serde_json::{Value as Json, json};
use suite::{Database, Instance};

use super::{
    campaigns::load,
    review::{Cast, flagship, on_both},
    support::{codes, create, try_create, try_update},
};

async fn a_group_is_held_against_its_guideline(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let hr = cast.person("hr", &["hr"], None).await?;
    let chief = cast.person("chief", &["executive"], None).await?;
    let other = cast.person("other", &["executive"], None).await?;
    let ann = cast.person("ann", &[], None).await?;
    let keeper = cast.acts(&hr).await?;
    let group = json!({"name": "Centre 3", "cycle": cast.cycle, "lead": chief.id});
    let group = create(instance, &keeper, "calibration_group", group).await?;
    let bin = |grades: &[&str], operator: &str, share: i64, to: Option<i64>| json!({"group": group, "grades": grades, "operator": operator, "share": share, "share_to": to});
    let mut bins = Vec::new();
    for one in [
        bin(&["S"], "at_most", 10, None),
        bin(&["A"], "at_most", 25, None),
        bin(&["C", "D"], "at_least", 5, None),
        bin(&["B"], "between", 40, Some(60)),
        bin(&["S"], "less", 10, None),
        bin(&["C"], "more", 5, None),
        bin(&["S"], "equal", 10, None),
    ] {
        bins.push(create(instance, &keeper, "calibration_bin", one).await?);
    }
    // A second share belongs to "between" and to nothing else.
    for wrong in
        [bin(&["S"], "between", 10, None), bin(&["S"], "less", 10, Some(20)), bin(&["S"], "between", 20, Some(10))]
    {
        assert_eq!(
            codes(try_create(instance, &keeper, "calibration_bin", wrong).await.unwrap_err()),
            ["share_to:rule"]
        );
    }
    let stands = async |who, paths: &[&str]| cast.sees(who, "calibration_group", group, paths).await;
    let person = |at: usize| json!({"code": format!("P{at}"), "name": format!("Person {at}")});
    let people = load(instance, "person", (0..34).map(person).collect()).await?;
    let grade = |at: usize| match at {
        0..6 => "S",
        6..16 => "A",
        16..32 => "B",
        _ => "C",
    };
    let review = |(at, id): (usize, &RecordId)| json!({"person": id, "cycle": cast.cycle, "manager_grade": grade(at), "calibration_group": group});
    let first: Vec<Json> = people.iter().enumerate().take(9).map(review).collect();
    let mut reviews = load(instance, "review", first).await?;
    // Fewer than ten are not held to shares.
    assert_eq!(stands(&chief, &["people", "graded", "stands"]).await?, ["9", "9", "few"]);
    reviews.extend(load(instance, "review", people.iter().enumerate().skip(9).map(review).collect()).await?);
    let shown = ["fewest", "most", "has", "over", "short"];
    let of = async |place: usize| cast.sees(&chief, "calibration_bin", bins[place], &shown).await;
    assert_eq!(of(0).await?, ["0", "3", "6", "3", "0"]);
    assert_eq!(of(1).await?, ["0", "8", "10", "2", "0"]);
    assert_eq!(of(2).await?, ["2", "34", "2", "0", "0"]);
    assert_eq!(of(3).await?, ["14", "20", "16", "0", "0"]);
    assert_eq!(of(4).await?, ["0", "3", "6", "3", "0"]);
    assert_eq!(of(5).await?, ["2", "34", "2", "0", "0"]);
    assert_eq!(of(6).await?, ["3", "3", "6", "3", "0"]);
    assert_eq!(stands(&chief, &["people", "off", "stands", "changed"]).await?, ["34", "11", "off", "0"]);
    // Three S become A and five A become B, each with a reason.
    let change = |grade: &str, reason: Option<&str>| json!({"calibrated_grade": grade, "calibration_reason": reason});
    let unsaid = try_update(instance, &system, "review", reviews[0], None, change("A", None)).await;
    assert_eq!(codes(unsaid.unwrap_err()), ["calibration_reason:rule"]);
    for (place, grade) in (0..3).map(|at| (at, "A")).chain((6..11).map(|at| (at, "B"))) {
        let done =
            try_update(instance, &system, "review", reviews[place], None, change(grade, Some("distribution"))).await;
        done.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    }
    let grades = ["grade_s", "grade_a", "grade_b", "grade_c", "grade_d", "changed"];
    assert_eq!(stands(&chief, &grades).await?, ["3", "8", "21", "2", "0", "8"]);
    assert_eq!(
        (of(0).await?, of(1).await?),
        (["0", "3", "3", "0", "0"].map(String::from).to_vec(), ["0", "8", "8", "0", "0"].map(String::from).to_vec())
    );
    assert_eq!(of(3).await?, ["14", "20", "21", "1", "0"]);
    let delete = engine::Command::Delete { entity: instance.entity("calibration_bin")?, id: bins[3], expected: None };
    instance.engine.execute(&cast.acts(&hr).await?, delete).await?;
    assert_eq!(stands(&chief, &["off", "stands"]).await?, ["0", "fits"]);
    // Whoever leads it sees it, and nobody else but human resources.
    assert_eq!(stands(&hr, &["stands"]).await?, ["fits"]);
    assert!(stands(&other, &["stands"]).await?.is_empty() && stands(&ann, &["stands"]).await.is_err());
    Ok(())
}

on_both!(a_group_is_held_against_its_guideline);
