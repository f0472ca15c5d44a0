//! Very many timers that fall due at the same moment, with two nodes, and a clock that jumps.

use std::collections::HashMap;

use engine::{Begin, CaseCommand, Command, Given};
use jiff::SignedDuration;
use model::RecordId;

use super::workflows::{FILES, cast, leave, now, settle, shown, start};
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

/// The same with a case that does nothing but wait for an hour.
fn hourly() -> Vec<(&'static str, &'static str)> {
    let mut files = FILES.to_vec();
    files.extend([
        (
            "workflows/hour.yaml",
            "label: {zh-CN: 一小时, en: Hour}\nentity: leave\nsteps:\n  wait: {label: {zh-CN: 等待, en: Wait}, wait: {time: {hours: 1}}}\n",
        ),
        (
            "roles/clock.yaml",
            "label: {zh-CN: 计时, en: Clock}\ngrants:\n  - {entity: leave, actions: [read]}\nworkflows:\n  - {workflow: hour, actions: [start, manage]}\n",
        ),
    ]);
    files
}

both! { hourly();
    async fn what_falls_due_while_the_runner_sleeps_is_done_within_a_second(instance) {
        let cast = cast(instance).await?;
        let eve = instance.actor("eve", &["clock"], None).await?;
        let mut cases = Vec::new();
        for _ in 0..6 {
            let record = leave(instance, &cast, None).await?;
            cases.push(start(instance, &now(instance, &eve).await?, "hour", record).await?);
            instance.clock.pass(SignedDuration::from_millis(170));
        }
        settle(instance).await?;
        // The first of them has a second left; from here on the clock goes as clocks do.
        instance.clock.pass(SignedDuration::from_millis(3_600_000 - 6 * 170 - 1_000));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let engine = instance.engine.clone();
        let runner = tokio::spawn(async move { engine.run_outbox(async move { drop(stopped.await) }).await });
        let begun = tokio::time::Instant::now();
        let mut told = std::time::Duration::ZERO;
        while told < std::time::Duration::from_secs(4) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            let passed = begun.elapsed();
            instance.clock.pass(SignedDuration::try_from(passed - told)?);
            told = passed;
        }
        drop(stop);
        runner.await?;
        let eve = now(instance, &eve).await?;
        for case in cases {
            let row = shown(instance, &eve, case).await?.row;
            let due = row.started + SignedDuration::from_hours(1);
            let late = row.ended.map(|ended| ended.duration_since(due));
            let in_time = |late: &SignedDuration| !late.is_negative() && *late <= SignedDuration::from_secs(1);
            assert!(late.as_ref().is_some_and(in_time), "{late:?}");
        }
        Ok(())
    }
}
