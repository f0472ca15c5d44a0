//! Very many timers that fall due at the same moment, with two nodes, and a clock that jumps.

use std::collections::HashMap;

use engine::{Begin, CaseCommand, Command, Given};
use jiff::SignedDuration;
use model::RecordId;

use super::workflows::{FILES, cast, now};
use crate::both;

/// Timers of the bounded run; `LOAM_TIMERS=10000` is the full one.
fn timers() -> usize {
    std::env::var("LOAM_TIMERS").ok().and_then(|text| text.parse().ok()).unwrap_or(250)
}

both! { FILES;
    async fn everything_that_falls_due_at_once_is_done_once(instance) {
        let cast = cast(instance).await?;
        let (system, entity) = (instance.engine.system(), instance.entity("leave")?);
        let records: Vec<RecordId> = (0..timers()).map(|_| instance.engine.new_id()).collect();
        let field = |name: &str, value: model::Value| (name.to_owned(), Given::Value(value));
        for part in records.chunks(1_000) {
            let rows = part.iter().map(|id| {
                (Some(*id), vec![field("title", "sea".into()), field("person", model::Value::Id(cast.person))])
            });
            instance.engine.execute(&system, Command::Load { entity, rows: rows.collect() }).await?;
        }
        let mut cases = Vec::new();
        for part in records.chunks(500) {
            let begin = part.iter().map(|record| {
                Command::Case(CaseCommand::Start(Begin { workflow: "timed".to_owned(), record: *record, ..Begin::default() }))
            });
            cases.extend(instance.engine.execute(&cast.cat, Command::Bulk(begin.collect())).await?.cases);
        }
        // Every one of them is due on Monday at nine. Two nodes take them up; then the clock goes back, and on again.
        for hours in [4 * 24 + 1, -48, 48] {
            instance.clock.pass(SignedDuration::from_hours(hours));
            loop {
                let (one, two) = tokio::join!(instance.engine.turn("one"), instance.engine.turn("two"));
                if one? + two? == 0 {
                    break;
                }
            }
        }
        let mut reminded: HashMap<RecordId, usize> = HashMap::new();
        for part in cases.chunks(500) {
            for (case, event) in instance.engine.store().cases().events_among(part).await? {
                *reminded.entry(case).or_default() += usize::from(event.act == "remind");
            }
        }
        assert_eq!(cases.len(), timers());
        assert!(cases.iter().all(|case| reminded.get(case) == Some(&1)), "{reminded:?}");
        let bob = now(instance, &cast.bob).await?;
        let many = u32::try_from(timers() * 3)?;
        let told = instance.engine.store().notifications().of(bob.user, bob.now, many).await?;
        let late = told.iter().filter(|notice| notice.payload["text"]["en"].as_str().is_some_and(|text| text.contains("still waits")));
        assert_eq!(late.count(), timers());
        Ok(())
    }
}
