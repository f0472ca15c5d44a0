//! What steps take that ask nobody, and answers that came late.

use engine::query::case::{Figures, Statistics, StepFigures};
use jiff::SignedDuration;
use model::Timestamp;
use serde_json::json;
use suite::Instance;

use super::{
    support::{create, try_update},
    workflows::{Cast, FILES, cast, decide, leave, now, start},
};
use crate::both;

async fn figures(instance: &Instance, cast: &Cast, workflow: &str) -> anyhow::Result<Figures> {
    let ask = Statistics { workflow: workflow.to_owned(), from: Timestamp::UNIX_EPOCH, to: Timestamp::MAX };
    let cat = now(instance, &cast.cat).await?;
    Ok(instance.engine.query(&cat, ask).await?.unwrap())
}

/// How many were there and are over with what the middle one took, how many are there with the longest; in hours.
type Hours = (Option<(usize, i64)>, (usize, Option<i64>));

fn hours(step: &StepFigures) -> Hours {
    (
        step.took.map(|took| (took.count, took.median / 3_600)),
        (step.waiting, step.longest.map(|longest| longest / 3_600)),
    )
}

both! { FILES;
    async fn steps_that_wait_take_time_too(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        start(instance, &cast.cat, "gate", record).await?;
        instance.clock.pass(SignedDuration::from_hours(3));
        let found = figures(instance, &cast, "gate").await?;
        let [wait] = found.steps.as_slice() else { panic!("{found:#?}") };
        assert_eq!((wait.step.as_str(), wait.asks, hours(wait)), ("wait", false, (None, (1, Some(3)))));
        assert_eq!(found.bottleneck.as_deref(), Some("wait"));
        // What it waits for comes.
        let ann = now(instance, &cast.ann).await?;
        try_update(instance, &ann, "leave", record, None, json!({"begins": "2025-12-10"})).await?;
        while instance.engine.turn("one").await? > 0 {}
        instance.clock.pass(SignedDuration::from_hours(4));
        let found = figures(instance, &cast, "gate").await?;
        assert_eq!(hours(&found.steps[0]), (Some((1, 3)), (0, None)));
        assert_eq!((found.bottleneck.as_deref(), found.outcomes[0].took.mean / 3_600), (Some("wait"), 3));
        Ok(())
    }

    async fn the_wait_for_other_cases_is_measured_where_it_is(instance) {
        let cast = cast(instance).await?;
        let record = leave(instance, &cast, Some(2)).await?;
        let cat = now(instance, &cast.cat).await?;
        let part = create(instance, &cat, "part", json!({"title": "first", "leave": record})).await?;
        start(instance, &cat, "parts", record).await?;
        while instance.engine.turn("one").await? > 0 {}
        instance.clock.pass(SignedDuration::from_hours(5));
        let found = figures(instance, &cast, "parts").await?;
        // What a case passes at once is no step of the figures.
        let [each] = found.steps.as_slice() else { panic!("{found:#?}") };
        assert_eq!((each.step.as_str(), each.asks, hours(each)), ("each", false, (None, (1, Some(5)))));
        let cat = now(instance, &cast.cat).await?;
        try_update(instance, &cat, "part", part, None, json!({"ready": true})).await?;
        while instance.engine.turn("one").await? > 0 {}
        let found = figures(instance, &cast, "parts").await?;
        assert_eq!(hours(&found.steps[0]), (Some((1, 5)), (0, None)));
        assert_eq!(hours(&figures(instance, &cast, "part").await?.steps[0]), (Some((1, 5)), (0, None)));
        Ok(())
    }

    async fn answers_that_came_late_are_counted_once_they_came(instance) {
        let cast = cast(instance).await?;
        let late = leave(instance, &cast, Some(2)).await?;
        let late = start(instance, &cast.cat, "timed", late).await?;
        let soon = leave(instance, &cast, Some(2)).await?;
        let soon = start(instance, &cast.cat, "timed", soon).await?;
        decide(instance, &now(instance, &cast.bob).await?, soon, true).await?;
        // From Thursday two working days: Monday.
        instance.clock.pass(SignedDuration::from_hours(5 * 24));
        while instance.engine.turn("one").await? > 0 {}
        let found = figures(instance, &cast, "timed").await?;
        assert_eq!((found.steps[0].late, found.steps[0].were_late), (1, 0));
        decide(instance, &now(instance, &cast.bob).await?, late, true).await?;
        let found = figures(instance, &cast, "timed").await?;
        assert_eq!((found.steps[0].late, found.steps[0].were_late), (0, 1));
        assert_eq!(found.steps[0].took.map(|took| took.count), Some(2));
        Ok(())
    }
}
