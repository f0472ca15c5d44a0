//! What people propose in the bundled app: peers to be asked for feedback, and what numbers should mean.

use model::RecordId;
use serde_json::{Value as Json, json};
use suite::{Database, Instance};

use super::{
    processes::refused,
    review::{Cast, flagship, on_both},
    support::{codes, create, try_create, try_update},
};

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

on_both!(a_measure_is_proposed_said_to_reviewed_and_approved);
