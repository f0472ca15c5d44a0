//! Contracts of three parties in the bundled app: negotiated, signed, changed, disputed, and rated at the close.

use jiff::SignedDuration;
use model::RecordId;
use serde_json::json;
use suite::{Database, Instance};

use super::{
    processes::refused,
    review::{Cast, Somebody, flagship, on_both},
    support::{codes, create, try_create},
};

async fn three_sign_before_anybody_starts(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    let initiator = cast.person("e0089", &[], None).await?;
    let executor = cast.person("e0255", &[], None).await?;
    let affected = cast.person("e0227", &[], None).await?;
    let other = cast.person("e0001", &[], None).await?;
    let acting = cast.acts(&initiator).await?;
    let terms = |affected: RecordId, weight: u32| {
        json!({
            "title": "Reagents on time", "executor": executor.id, "affected": affected,
            "deliverables": "Reagents at the door of the laboratory", "acceptance": "Cold chain whole",
            "response_hours": 4, "source": "ERP", "cutoff": "18:00", "include_transit": false, "threshold": 24,
            "deduction": "0.5", "mode": "item", "weight_initiator": 30, "weight_executor": 50, "weight_affected": weight,
        })
    };
    // Three people, and weights that make a whole.
    let uneven = try_create(instance, &acting, "contract", terms(affected.id, 19)).await;
    assert_eq!(codes(uneven.unwrap_err()), ["weight_affected:rule"]);
    let twice = try_create(instance, &acting, "contract", terms(executor.id, 20)).await;
    assert_eq!(codes(twice.unwrap_err()), ["affected:rule"]);
    let contract = create(instance, &acting, "contract", terms(affected.id, 20)).await?;
    let due = json!({"title": "Deliver", "contract": contract, "due_at": "2025-11-24T08:00:00+08:00"});
    let task = create(instance, &acting, "collaboration_task", due).await?;
    // A draft is nobody else's, and nobody says by hand that it is signed.
    assert!(cast.start(&executor, "contract", contract).await?.is_err());
    assert!(cast.change(&initiator, "contract", contract, json!({"status": "signing"})).await?.is_err());
    cast.start(&initiator, "contract", contract).await??;
    // One does not sign: it goes back, is put right and put to all three anew, as another version.
    cast.signs_by_hand(&initiator, contract).await?;
    cast.declines(&affected, "affected", contract).await?;
    assert_eq!(cast.asked(&executor, contract).await?, None);
    assert_eq!(cast.sees(&executor, "contract", contract, &["status", "issue"]).await?, ["negotiating", "1"]);
    cast.agrees(&initiator, "negotiate", contract, json!({"response_hours": 2})).await?;
    let stand = ["status", "issue", "signed_count", "in_force"];
    assert_eq!(cast.sees(&executor, "contract", contract, &stand).await?, ["signing", "2", "0", "false"]);
    // Nobody changes what is being signed. Two of three do not suffice.
    assert!(cast.change(&initiator, "contract", contract, json!({"threshold": 12})).await?.is_err());
    cast.agrees(&initiator, "initiator", contract, json!({})).await?;
    instance.clock.pass(SignedDuration::from_hours(1));
    cast.agrees(&executor, "executor", contract, json!({})).await?;
    assert_eq!(cast.sees(&executor, "contract", contract, &stand).await?, ["signing", "2", "2", "false"]);
    let begun = json!({"status": "doing"});
    assert_eq!(refused(cast.change(&executor, "collaboration_task", task, begun.clone()).await?), ["status:rule"]);
    instance.clock.pass(SignedDuration::from_hours(1));
    cast.agrees(&affected, "affected", contract, json!({})).await?;
    let stand_at = ["status", "issue", "signed_count", "in_force", "signed_at"];
    assert_eq!(
        cast.sees(&executor, "contract", contract, &stand_at).await?,
        ["active", "2", "3", "true", "2025-11-20T03:00:00Z"]
    );
    // Whoever is no party sees nothing, and who is not the executor moves nothing.
    assert_eq!(cast.sees(&other, "contract", contract, &stand).await?, Vec::<String>::new());
    assert!(cast.change(&initiator, "collaboration_task", task, begun.clone()).await?.is_err());
    cast.change(&executor, "collaboration_task", task, begun.clone()).await??;
    // A changed threshold: none of three, as the next version, in the same write; what was signed stays as it was.
    cast.change(&initiator, "contract", contract, json!({"threshold": 48})).await??;
    assert_eq!(cast.sees(&executor, "contract", contract, &stand).await?, ["signing", "3", "0", "false"]);
    let done = json!({"status": "done", "delivered_at": "2025-11-24T08:00:00+08:00"});
    assert_eq!(refused(cast.change(&executor, "collaboration_task", task, done.clone()).await?), ["status:rule"]);
    assert_eq!(cast.rows(&affected, "contract_version", &["issue", "threshold"]).await?, [["2", "24"]]);
    assert_eq!(cast.rows(&affected, "contract_signature", &["issue"]).await?.len(), 4);
    for (who, step) in [(&initiator, "initiator"), (&executor, "executor"), (&affected, "affected")] {
        cast.agrees(who, step, contract, json!({})).await?;
    }
    assert_eq!(cast.sees(&executor, "contract", contract, &stand).await?, ["active", "3", "3", "true"]);
    assert_eq!(cast.rows(&hr, "contract_version", &["issue", "threshold"]).await?, [["2", "24"], ["3", "48"]]);
    cast.change(&executor, "collaboration_task", task, done).await??;
    // The executor puts right when it was delivered, until the three rate one another.
    let delivered = |hour: u32| json!({"delivered_at": format!("2025-11-24T{hour:02}:00:00+08:00")});
    cast.change(&executor, "collaboration_task", task, delivered(9)).await??;
    assert!(cast.change(&initiator, "collaboration_task", task, delivered(10)).await?.is_err());
    // At the close each party gives their own rating, unseen by the others until all are in.
    cast.start(&affected, "contract_close", contract).await??;
    assert!(cast.change(&executor, "collaboration_task", task, delivered(8)).await?.is_err());
    cast.agrees(&executor, "executor", contract, json!({"rating_executor": 80})).await?;
    let rated = ["rating_initiator", "rating_executor", "rating_affected", "result"];
    assert_eq!(cast.sees(&initiator, "contract", contract, &rated).await?, ["-", "-", "-", "-"]);
    let (_, case) = cast.asked(&initiator, contract).await?.unwrap();
    assert!(cast.answer(&initiator, case, true, json!({"rating_affected": 100})).await?.is_err());
    assert_eq!(refused(cast.answer(&initiator, case, true, json!({})).await?), ["rating_initiator:required"]);
    cast.yes(&initiator, case, json!({"rating_initiator": 90})).await?;
    cast.agrees(&affected, "affected", contract, json!({"rating_affected": 70})).await?;
    assert_eq!(cast.sees(&affected, "contract", contract, &rated).await?, ["90", "80", "70", "81"]);
    assert_eq!(cast.sees(&hr, "contract", contract, &["status"]).await?, ["closed"]);
    Ok(())
}

impl Cast<'_> {
    /// A contract of three with one task, signed by the three of them at nine, ten and eleven.
    async fn signed(&self, parties: [&Somebody; 3]) -> anyhow::Result<(RecordId, RecordId)> {
        let [initiator, executor, affected] = parties;
        let terms = json!({
            "title": "Reagents", "executor": executor.id, "affected": affected.id, "deliverables": "Reagents",
            "acceptance": "Whole", "response_hours": 4, "source": "ERP", "cutoff": "18:00", "weight_initiator": 30,
            "weight_executor": 50, "weight_affected": 20,
        });
        let acting = self.acts(initiator).await?;
        let contract = create(self.instance, &acting, "contract", terms).await?;
        let due = json!({"title": "Deliver", "contract": contract, "due_at": "2025-11-24T08:00:00+08:00"});
        let task = create(self.instance, &acting, "collaboration_task", due).await?;
        self.start(initiator, "contract", contract).await??;
        for (step, who) in ["initiator", "executor", "affected"].into_iter().zip(parties) {
            self.agrees(who, step, contract, json!({})).await?;
            if step != "affected" {
                self.instance.clock.pass(SignedDuration::from_hours(1));
            }
        }
        Ok((contract, task))
    }
}

async fn a_changed_threshold_is_version_two_and_signed_by_none(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let initiator = cast.person("e0089", &[], None).await?;
    let executor = cast.person("e0255", &[], None).await?;
    let affected = cast.person("e0227", &[], None).await?;
    let (contract, task) = cast.signed([&initiator, &executor, &affected]).await?;
    let stand = ["status", "issue", "signed_count", "in_force", "signed_at"];
    assert_eq!(
        cast.sees(&affected, "contract", contract, &stand).await?,
        ["active", "1", "3", "true", "2025-11-20T03:00:00Z"]
    );
    cast.change(&executor, "collaboration_task", task, json!({"status": "doing"})).await??;
    cast.change(&initiator, "contract", contract, json!({"threshold": 48})).await??;
    assert_eq!(cast.sees(&affected, "contract", contract, &stand[..4]).await?, ["signing", "2", "0", "false"]);
    let done = json!({"status": "done", "delivered_at": "2025-11-24T08:00:00+08:00"});
    assert_eq!(refused(cast.change(&executor, "collaboration_task", task, done).await?), ["status:rule"]);
    Ok(())
}

async fn a_dispute_stops_the_work_until_it_is_settled(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    let initiator = cast.person("a", &[], None).await?;
    let executor = cast.person("b", &[], None).await?;
    let affected = cast.person("c", &[], None).await?;
    let other = cast.person("d", &[], None).await?;
    let (contract, task) = cast.signed([&initiator, &executor, &affected]).await?;
    assert!(cast.start(&other, "contract_dispute", contract).await?.is_err());
    cast.start(&affected, "contract_dispute", contract).await??;
    assert_eq!(cast.sees(&initiator, "contract", contract, &["status"]).await?, ["disputed"]);
    // Nothing begins, nobody changes a term, nobody rates.
    let begun = json!({"status": "doing"});
    assert_eq!(refused(cast.change(&executor, "collaboration_task", task, begun.clone()).await?), ["status:rule"]);
    assert!(cast.change(&initiator, "contract", contract, json!({"threshold": 48})).await?.is_err());
    assert!(cast.start(&initiator, "contract_close", contract).await?.is_err());
    let (_, case) = cast.asked(&affected, contract).await?.unwrap();
    assert_eq!(refused(cast.answer(&affected, case, true, json!({})).await?), ["dispute_ground:required"]);
    cast.agrees(&affected, "ground", contract, json!({"dispute_ground": "Transit was counted."})).await?;
    let (_, case) = cast.asked(&hr, contract).await?.unwrap();
    assert_eq!(
        refused(cast.answer(&hr, case, true, json!({"dispute_outcome": "continue"})).await?),
        ["dispute_ruling:required"]
    );
    let ruled = |outcome: &str| json!({"dispute_ruling": "Transit is not counted.", "dispute_outcome": outcome});
    cast.agrees(&hr, "settle", contract, ruled("continue")).await?;
    assert_eq!(cast.sees(&executor, "contract", contract, &["status", "issue"]).await?, ["active", "1"]);
    cast.change(&executor, "collaboration_task", task, begun).await??;
    // Once more, and it ends in other terms, which the three sign as another version.
    cast.start(&executor, "contract_dispute", contract).await??;
    cast.agrees(&executor, "ground", contract, json!({"dispute_ground": "24 hours are too few."})).await?;
    let (_, case) = cast.asked(&hr, contract).await?.unwrap();
    assert_eq!(
        refused(cast.answer(&hr, case, true, json!({"dispute_outcome": "amend"})).await?),
        ["dispute_ruling:required"],
        "what was said of the first dispute says nothing of the second"
    );
    cast.agrees(&hr, "settle", contract, ruled("amend")).await?;
    assert_eq!(cast.sees(&executor, "contract", contract, &["status", "issue"]).await?, ["negotiating", "1"]);
    cast.agrees(&initiator, "negotiate", contract, json!({"threshold": 48})).await?;
    for (who, step) in [(&initiator, "initiator"), (&executor, "executor"), (&affected, "affected")] {
        cast.agrees(who, step, contract, json!({})).await?;
    }
    let stand = ["status", "issue", "signed_count", "threshold"];
    assert_eq!(cast.sees(&executor, "contract", contract, &stand).await?, ["active", "2", "3", "48"]);
    // The third ends it, unrated. What was settled stays, for the three and nobody else.
    cast.start(&initiator, "contract_dispute", contract).await??;
    cast.agrees(&initiator, "ground", contract, json!({"dispute_ground": "It is not needed any more."})).await?;
    cast.agrees(&hr, "settle", contract, ruled("end")).await?;
    assert_eq!(cast.sees(&affected, "contract", contract, &["status", "result"]).await?, ["closed", "-"]);
    assert_eq!(
        cast.rows(&affected, "contract_dispute", &["outcome", "issue"]).await?,
        [["amend", "1"], ["continue", "1"], ["end", "2"]]
    );
    assert!(cast.rows(&other, "contract_dispute", &["outcome"]).await?.is_empty());
    Ok(())
}

async fn delays_are_counted_as_agreed(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let mut parties = Vec::new();
    for login in ["a", "b", "c"] {
        parties.push(cast.person(login, &[], None).await?);
    }
    for (mode, transit, expected) in [("item", 0, "1"), ("block", 0, "1.5"), ("item", 24, "0")] {
        let terms = json!({
            "title": "Reagents", "initiator": parties[0].id, "executor": parties[1].id, "affected": parties[2].id,
            "deliverables": "Reagents", "acceptance": "Whole", "response_hours": 4, "source": "ERP", "cutoff": "18:00",
            "mode": mode, "weight_initiator": 30, "weight_executor": 50, "weight_affected": 20,
        });
        let contract = create(instance, &system, "contract", terms).await?;
        let late = if transit == 0 { [10, 24, 30, 53] } else { [45, 45, 45, 45] };
        for hours in late {
            let due: jiff::Timestamp = "2025-11-24T00:00:00Z".parse()?;
            let delivered = due + SignedDuration::from_hours(hours);
            let task = json!({
                "title": "Deliver", "contract": contract, "due_at": due.to_string(),
                "delivered_at": delivered.to_string(), "transit_hours": transit,
            });
            create(instance, &system, "collaboration_task", task).await?;
        }
        assert_eq!(cast.sees(&parties[0], "contract", contract, &["deducted"]).await?, [expected], "{mode}");
    }
    Ok(())
}

on_both!(
    three_sign_before_anybody_starts,
    a_changed_threshold_is_version_two_and_signed_by_none,
    a_dispute_stops_the_work_until_it_is_settled,
    delays_are_counted_as_agreed
);
