//! What people propose in the bundled app: peers to be asked for feedback, and what numbers should mean.

use model::RecordId;
use serde_json::{Value as Json, json};
use suite::{Database, Instance};

use super::{
    processes::refused,
    review::{Cast, Somebody, flagship, on_both},
    support::{codes, create, try_create, try_update},
};

/// Ann nominates three: her manager refuses one, one declines, and one accepts and is asked.
async fn peers_are_nominated_approved_and_asked(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let hr = cast.person("hr", &["hr"], None).await?;
    let head = cast.person("head", &["manager"], None).await?;
    let ann = cast.person("ann", &["manager"], Some(head.id)).await?;
    let report = cast.person("report", &[], Some(ann.id)).await?;
    let mut peers = Vec::new();
    for number in 0..7 {
        peers.push(cast.person(&format!("p{number}"), &[], Some(head.id)).await?);
    }
    let review = cast.review(&ann).await?;
    let acting = cast.acts(&ann).await?;
    let named = |who: &Somebody| json!({"review": review, "person": who.id, "words": "We wrote a report."});
    // Not before answers are collected, not for somebody else, and nobody in one's own line.
    assert!(try_create(instance, &acting, "peer_nomination", named(&peers[0])).await.is_err());
    try_update(instance, &system, "review", review, None, json!({"feedback": "collecting"})).await?;
    assert!(try_create(instance, &cast.acts(&head).await?, "peer_nomination", named(&peers[0])).await.is_err());
    for line in [&head, &report, &ann] {
        let refused = try_create(instance, &acting, "peer_nomination", named(line)).await;
        assert_eq!(codes(refused.unwrap_err()), ["person:rule"]);
    }
    let mut nominations = Vec::new();
    for peer in &peers[..5] {
        nominations.push(create(instance, &acting, "peer_nomination", named(peer)).await?);
    }
    let sixth = try_create(instance, &acting, "peer_nomination", named(&peers[5])).await;
    assert_eq!(codes(sixth.unwrap_err()), [":rule"]);
    cast.pass(0).await?;
    // The manager says yes or no, then the peer does; who is only proposed learns nothing of it.
    assert!(cast.sees(&peers[0], "peer_nomination", nominations[0], &["status"]).await?.is_empty());
    cast.declines(&head, "approve", nominations[0]).await?;
    cast.agrees(&head, "approve", nominations[1], json!({})).await?;
    cast.agrees(&head, "approve", nominations[2], json!({})).await?;
    cast.declines(&peers[1], "accept", nominations[1]).await?;
    cast.agrees(&peers[2], "accept", nominations[2], json!({})).await?;
    let states = cast.rows(&ann, "peer_nomination", &["person.name", "status"]).await?;
    assert_eq!(
        states,
        [["P0", "refused"], ["P1", "declined"], ["P2", "accepted"], ["P3", "proposed"], ["P4", "proposed"]]
    );
    // Two are to be replaced, and may be; whoever accepted is asked, and nobody else.
    assert_eq!(cast.rows(&peers[2], "feedback_request", &["rater_group", "status"]).await?, [["peer", "invited"]]);
    assert!(cast.rows(&peers[1], "feedback_request", &["status"]).await?.is_empty());
    for peer in &peers[5..] {
        create(instance, &acting, "peer_nomination", named(peer)).await?;
    }
    assert_eq!(cast.sees(&ann, "review", review, &["nominated"]).await?, ["5"]);
    // Silence of the manager is a yes after four working days; silence of the peer a no.
    cast.pass(7).await?;
    assert_eq!(cast.sees(&peers[3], "peer_nomination", nominations[3], &["status"]).await?, ["approved"]);
    cast.pass(7).await?;
    assert_eq!(cast.sees(&ann, "peer_nomination", nominations[3], &["status"]).await?, ["declined"]);
    assert!(cast.rows(&hr, "feedback_request", &["rater_group"]).await?.len() == 1);
    Ok(())
}

async fn a_measure_is_proposed_said_to_reviewed_and_approved(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let hr = cast.person("hr", &["hr"], None).await?;
    let chief = cast.person("chief", &["executive"], None).await?;
    let builder = cast.person("builder", &["app_builder"], None).await?;
    let owner = cast.person("owner", &[], None).await?;
    let ann = cast.person("ann", &[], None).await?;
    let ben = cast.person("ben", &[], None).await?;
    let cat = cast.person("cat", &[], None).await?;
    try_update(instance, &system, "unit", cast.unit, None, json!({"head": owner.id})).await?;
    let acting = cast.acts(&ann).await?;
    let proposal = |unit: Option<RecordId>| {
        json!({
            "title": "Rework rate", "kind": "change", "term": "report_rework_rate", "definition": "Without resends.",
            "formula": "sent back / issued", "direction": "lower", "frequency": "daily", "source": "LIS",
            "owner": unit, "affected": [ben.id, cat.id], "reason": "Resends are no rework.",
        })
    };
    // Somebody answers for every number, and a change says of which.
    let unowned = try_create(instance, &acting, "metric_proposal", proposal(None)).await;
    assert_eq!(codes(unowned.unwrap_err()), ["owner:required"]);
    let mut unnamed = proposal(Some(cast.unit));
    unnamed["term"] = Json::Null;
    assert_eq!(codes(try_create(instance, &acting, "metric_proposal", unnamed).await.unwrap_err()), ["term:rule"]);
    let proposal = create(instance, &acting, "metric_proposal", proposal(Some(cast.unit))).await?;
    assert!(cast.sees(&ben, "metric_proposal", proposal, &["status"]).await?.is_empty());
    cast.start(&ann, "metric_proposal", proposal).await??;
    // Each whom it concerns says something; one who is against it overrules nobody.
    cast.agrees(&owner, "comment", proposal, json!({})).await?;
    cast.declines(&ben, "comment", proposal).await?;
    assert_eq!(cast.sees(&ben, "metric_proposal", proposal, &["status"]).await?, ["commenting"]);
    cast.agrees(&cat, "comment", proposal, json!({})).await?;
    assert_eq!(cast.sees(&ben, "metric_proposal", proposal, &["status"]).await?, ["reviewing"]);
    // Sent back once, put right, said to anew, reviewed, approved.
    cast.declines(&hr, "review", proposal).await?;
    cast.agrees(&ann, "revise", proposal, json!({"definition": "Without resends of the same day."})).await?;
    for who in [&owner, &ben, &cat] {
        cast.agrees(who, "comment", proposal, json!({})).await?;
    }
    cast.agrees(&hr, "review", proposal, json!({})).await?;
    assert!(cast.asked(&hr, proposal).await?.is_none(), "who reviews does not approve");
    cast.agrees(&chief, "approve", proposal, json!({})).await?;
    let (_, case) = cast.asked(&builder, proposal).await?.unwrap();
    assert_eq!(refused(cast.answer(&builder, case, true, json!({})).await?), ["enacted_as:required"]);
    cast.yes(&builder, case, json!({"enacted_as": 2})).await?;
    let end = ["status", "enacted_as", "definition"];
    assert_eq!(
        cast.sees(&cat, "metric_proposal", proposal, &end).await?,
        ["enacted", "2", "Without resends of the same day."]
    );
    Ok(())
}

on_both!(peers_are_nominated_approved_and_asked, a_measure_is_proposed_said_to_reviewed_and_approved);
