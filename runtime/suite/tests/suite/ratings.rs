//! What the bundled app holds to be sensitive: whoever looks at a rating, a score or a place in the talent review leaves an
//! entry, and whoever looks at what stands beside it leaves none.

use policy::{Aggregate, Measure};
use serde_json::{Value as Json, json};
use store::Wanted;
use suite::{Database, Instance};

use super::{
    review::{Cast, flagship, on_both},
    support::{columns, create, try_update},
};

/// The fields that entries of an act on an entity name, the oldest first.
async fn looks(instance: &Instance, action: &str, entity: &str) -> anyhow::Result<Vec<Json>> {
    let wanted =
        Wanted { action: Some(action.to_owned()), object: Some(entity.to_owned()), limit: 50, ..Wanted::default() };
    let found = instance.engine.store().entries(&wanted).await?;
    Ok(found.iter().rev().map(|written| written.entry.facts()["fields"].clone()).collect())
}

async fn a_look_at_a_rating_is_an_entry(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let hr = cast.person("hr", &["hr"], None).await?;
    let head = cast.person("head", &["manager"], None).await?;
    let ann = cast.person("ann", &[], Some(head.id)).await?;
    let ben = cast.person("ben", &[], Some(head.id)).await?;
    let (review, ungraded) = (cast.review(&ann).await?, cast.review(&ben).await?);
    let graded = json!({"manager_grade": "B", "feedback": "collecting"});
    try_update(instance, &system, "review", review, None, graded).await?;
    // Neither what stands beside a grade nor a grade that is not there yet.
    assert_eq!(cast.sees(&head, "review", review, &["status"]).await?, ["self"]);
    assert_eq!(cast.sees(&hr, "review", ungraded, &["status", "grade"]).await?, ["self", "-"]);
    assert!(looks(instance, "read", "review").await?.is_empty());
    assert_eq!(cast.sees(&head, "review", review, &["grade"]).await?, ["B"]);
    assert_eq!(cast.sees(&hr, "review", review, &["status", "manager_grade", "grade"]).await?, ["self", "B", "B"]);
    assert_eq!(looks(instance, "read", "review").await?, [json!(["grade"]), json!(["manager_grade", "grade"])]);
    // A grade as it was published, and a place in the talent review.
    let result =
        create(instance, &system, "review_result", json!({"review": review, "issue": 1, "grade": "B"})).await?;
    assert_eq!(cast.sees(&hr, "review_result", result, &["issue", "grade"]).await?, ["1", "B"]);
    assert_eq!(looks(instance, "read", "review_result").await?, [json!(["grade"])]);
    let place =
        json!({"person": ann.id, "year": "2025", "performance": "high", "potential": "low", "reason": "Two wards."});
    let place = create(instance, &system, "talent_placement", place).await?;
    assert_eq!(cast.sees(&hr, "talent_placement", place, &["year"]).await?, ["2025"]);
    assert_eq!(cast.sees(&hr, "talent_placement", place, &["performance", "potential"]).await?, ["high", "low"]);
    assert_eq!(looks(instance, "read", "talent_placement").await?, [json!(["performance", "potential"])]);
    // A mean of what was said of somebody, though nobody sees who said it.
    let request = json!({"review": review, "rater": head.id, "rater_group": "manager"});
    let request = create(instance, &system, "feedback_request", request).await?;
    create(instance, &system, "feedback_360", json!({"request": request, "score": 4})).await?;
    try_update(instance, &system, "review", review, None, json!({"feedback": "closed"})).await?;
    let (entity, actor) = (instance.entity("feedback_360")?, cast.acts(&hr).await?);
    let mean = Aggregate {
        entity,
        period: None,
        group: columns(&actor, entity, &["rater_group"]),
        measures: columns(&actor, entity, &["score"]).into_iter().map(Measure::Avg).collect(),
        filter: formula::Predicate::always(),
        within: formula::Predicate::always(),
        search: None,
        limit: 10,
        anonymous: true,
    };
    instance.engine.query(&actor, mean).await?;
    assert_eq!(looks(instance, "aggregate", "feedback_360").await?, [json!(["score"])]);
    Ok(())
}

on_both!(a_look_at_a_rating_is_an_entry);
