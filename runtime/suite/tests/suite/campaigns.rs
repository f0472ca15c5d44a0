//! A campaign of 360-degree feedback as it is run: asked for in bulk, counted by group, and those who have not answered are
//! reminded, once.

use std::collections::BTreeSet;

use engine::Command;
use jiff::SignedDuration;
use model::RecordId;
use serde_json::json;
use suite::{Database, Instance};

use super::{
    review::{Cast, Somebody, flagship, on_both},
    support::{create, fields},
};

/// The groups, with how many of a hundred in each answer: 39.0 of a hundred altogether.
const GROUPS: [(&str, usize); 4] = [("manager", 80), ("peer", 40), ("report", 20), ("self", 16)];

/// People of the bounded run, each asked for by four; `LOAM_CAMPAIGN=2150` is a whole group of hospitals, 8,600 requests.
fn people() -> usize {
    std::env::var("LOAM_CAMPAIGN").ok().and_then(|text| text.parse().ok()).unwrap_or(50)
}

/// Whether the run is told of: how long its parts took.
fn told(what: &str, began: std::time::Instant) {
    if std::env::var_os("LOAM_CAMPAIGN").is_some() {
        eprintln!("{what}: {:.1} s", began.elapsed().as_secs_f64());
    }
}

/// Makes many records, as an import does: a thousand at a time.
pub(super) async fn load(
    instance: &Instance,
    entity: &str,
    rows: Vec<serde_json::Value>,
) -> anyhow::Result<Vec<RecordId>> {
    let (system, entity) = (instance.engine.system(), instance.entity(entity)?);
    let mut made = Vec::new();
    for part in rows.chunks(1_000) {
        let ids: Vec<RecordId> = part.iter().map(|_| instance.engine.new_id()).collect();
        let rows = ids.iter().zip(part).map(|(id, row)| (Some(*id), fields(row.clone()))).collect();
        instance.engine.execute(&system, Command::Load { entity, rows }).await?;
        made.extend(ids);
    }
    Ok(made)
}

async fn a_campaign_is_asked_for_counted_and_followed_up(instance: &Instance) -> anyhow::Result<()> {
    let many = people();
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    let began = std::time::Instant::now();
    let person = |at: usize| json!({"code": format!("R{at:05}"), "name": format!("Rater {at}")});
    let raters = load(instance, "person", (0..many).map(person).collect()).await?;
    let place = |id: &RecordId| json!({"person": id, "unit": cast.unit, "post": cast.post, "valid_from": "2025-01-01"});
    load(instance, "assignment", raters.iter().map(place).collect()).await?;
    for (at, id) in raters.iter().enumerate() {
        instance.account(&format!("r{at}"), &[], Some(*id)).await?;
    }
    let review = |id: &RecordId| json!({"person": id, "cycle": cast.cycle, "feedback": "collecting"});
    let reviews = load(instance, "review", raters.iter().map(review).collect()).await?;
    told("people, accounts and reviews", began);
    let keeper = cast.acts(&hr).await?;
    let campaign = json!({"name": "Autumn", "cycle": cast.cycle, "due": "2025-11-22", "target": 80});
    let campaign = create(instance, &keeper, "feedback_campaign", campaign).await?;
    // Everybody is asked about themselves, and each of three others about them.
    let mut asked = Vec::new();
    for (away, group) in [(1, "manager"), (2, "peer"), (3, "report"), (0, "self")] {
        asked.extend(reviews.iter().enumerate().map(|(at, review)| {
            let rater = raters[(at + away) % many];
            json!({"review": review, "campaign": campaign, "rater": rater, "rater_group": group, "due": "2025-11-22"})
        }));
    }
    let began = std::time::Instant::now();
    let requests = load(instance, "feedback_request", asked).await?;
    told("requests", began);
    let began = std::time::Instant::now();
    let (mut answers, mut silent) = (Vec::new(), BTreeSet::new());
    for (place, (_, of_hundred)) in GROUPS.iter().enumerate() {
        let away = [1, 2, 3, 0][place];
        for at in 0..many {
            if at < many * of_hundred / 100 {
                answers.push(json!({"request": requests[place * many + at], "score": 4}));
            } else {
                silent.insert((raters[(at + away) % many], place));
            }
        }
    }
    let (expected, answered) = (silent.len(), answers.len());
    load(instance, "feedback_360", answers).await?;
    told("answers", began);
    let figures = ["asked", "answered", "rate", "lamp", "rate_manager", "rate_peer", "rate_report", "rate_self"];
    let stands = cast.sees(&hr, "feedback_campaign", campaign, &figures).await?;
    assert_eq!(stands[..2], [(4 * many).to_string(), answered.to_string()]);
    assert_eq!(stands[2..], ["39", "red", "80", "40", "20", "16"]);
    // The day before it is due: those who have not answered are told, once for each request, whoever looks and how often.
    instance.clock.pass(SignedDuration::from_hours(1));
    cast.pass(0).await?;
    let began = std::time::Instant::now();
    cast.pass(1).await?;
    told("reminders", began);
    let other = instance.another().await?;
    while other.turn("two").await? > 0 {}
    instance.clock.pass(SignedDuration::from_hours(2));
    cast.pass(0).await?;
    other.store().close().await;
    let mut reached = 0;
    for (at, id) in raters.iter().enumerate() {
        let waits = silent.iter().filter(|(rater, _)| rater == id).count();
        let who = Somebody::known(*id, &format!("r{at}"));
        let found = cast.told(&who).await?;
        assert_eq!(found.iter().filter(|text| text.contains("still missing")).count(), waits, "{found:?}");
        reached += waits;
    }
    assert_eq!((reached, reached + answered), (expected, 4 * many));
    // Whoever runs it is warned that fewer than 40 % have answered.
    let warned = cast.told(&hr).await?;
    assert_eq!(warned, ["Only 39% have answered “Autumn”, fewer than 40 %; it is due on 2025-11-22"]);
    // All managers answer: yellow; and green for whoever aims at less.
    let rest: Vec<RecordId> = requests[many * 80 / 100..many].to_vec();
    load(instance, "feedback_360", rest.iter().map(|request| json!({"request": request, "score": 3})).collect())
        .await?;
    assert_eq!(cast.sees(&hr, "feedback_campaign", campaign, &["lamp", "rate_manager"]).await?, ["yellow", "100"]);
    cast.change(&hr, "feedback_campaign", campaign, json!({"target": 44})).await??;
    assert_eq!(cast.sees(&hr, "feedback_campaign", campaign, &["lamp"]).await?, ["green"]);
    Ok(())
}

on_both!(a_campaign_is_asked_for_counted_and_followed_up);
