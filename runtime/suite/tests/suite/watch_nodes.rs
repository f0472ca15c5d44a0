//! Rules that watch a number, on several nodes at once, and where an alert is refused.

use engine::{Bounds, Command, Given};
use model::{RecordId, Value};
use serde_json::json;
use store::{OutboxState, Wanted};
use suite::Instance;

use super::{
    support::{create, list, try_update},
    watch::FILES,
};
use crate::both;

/// People enough that both nodes are at work at the same moment.
const MANY: usize = 60;
/// More than a condition names one by one.
const CROWD: usize = 1_050;

/// The app of the other rules that watch; an alert takes no value above 50.
fn files() -> Vec<(&'static str, &'static str)> {
    let narrow = |text: &str| text.replace("type: decimal, places: 2,", "type: decimal, places: 2, max: 50,");
    let file = |(path, text): (&'static str, &'static str)| match path {
        "entities/alert.yaml" => (path, &*narrow(text).leak()),
        _ => (path, text),
    };
    FILES.into_iter().map(file).collect()
}

/// People with three bad days each, one row after the other; the last of them with such days as `worst` says.
async fn bad_days(instance: &Instance, many: usize, worst: i64) -> anyhow::Result<Vec<RecordId>> {
    let system = instance.engine.system();
    let mut people = Vec::new();
    for at in 0..many {
        let person = create(instance, &system, "person", json!({"name": format!("P{at}")})).await?;
        for day in 10..13 {
            let rework = if at + 1 == many { worst } else { 5 };
            let row = json!({"person": person, "day": format!("2025-11-{day}"), "issued": 25, "rework": rework});
            create(instance, &system, "report_day", row).await?;
        }
        people.push(person);
    }
    Ok(people)
}

async fn alerts(instance: &Instance) -> anyhow::Result<usize> {
    let system = instance.engine.system();
    let mut ask = list(&system, instance.entity("alert")?, &["rule"]);
    ask.limit = 5_000;
    Ok(instance.engine.query(&system, ask).await?.rows.len())
}

async fn settled(instance: &Instance) -> anyhow::Result<()> {
    while instance.engine.turn("one").await? > 0 {}
    Ok(())
}

both! {
    files();

    async fn two_nodes_that_look_at_once_raise_every_alert_once(instance) {
        let people = bad_days(instance, MANY, 5).await?;
        let other = instance.another().await?;
        let (one, two) = tokio::join!(instance.engine.look_at_everything(), other.look_at_everything());
        one?;
        two?;
        assert_eq!(alerts(instance).await?, people.len());
        // Letters that two nodes share end in the same.
        let system = instance.engine.system();
        for person in &people {
            for day in 13..15 {
                let row = json!({"person": person, "day": format!("2025-11-{day}"), "issued": 25, "rework": 6});
                create(instance, &system, "report_day", row).await?;
            }
        }
        loop {
            let (one, two) = tokio::join!(instance.engine.turn("one"), other.turn("two"));
            if one? + two? == 0 {
                break;
            }
        }
        assert_eq!(alerts(instance).await?, people.len());
        other.store().close().await;
        Ok(())
    }

    async fn letters_that_name_very_many_are_looked_at_together(instance) {
        let system = instance.engine.system();
        let (person, day) = (instance.entity("person")?, instance.entity("report_day")?);
        let people: Vec<RecordId> = (0..CROWD).map(|_| instance.engine.new_id()).collect();
        let value = |name: &str, value: Value| (name.to_owned(), Given::Value(value));
        for part in people.chunks(100) {
            let rows = part.iter().map(|id| (Some(*id), vec![value("name", "P".into())])).collect();
            instance.engine.execute(&system, Command::Load { entity: person, rows }).await?;
        }
        settled(instance).await?;
        for at in 10..13 {
            for part in people.chunks(50) {
                let date: model::Date = format!("2025-11-{at}").parse()?;
                let row = |id: &RecordId| {
                    let row = [("person", Value::Id(*id)), ("day", date.into()), ("issued", 25.into()), ("rework", 5.into())];
                    (None, row.map(|(name, given)| value(name, given)).to_vec())
                };
                let rows = part.iter().map(row).collect();
                instance.engine.execute(&system, Command::Load { entity: day, rows }).await?;
            }
        }
        settled(instance).await?;
        assert_eq!(alerts(instance).await?, CROWD);
        Ok(())
    }

    async fn nobody_is_lost_where_a_watch_is_asked_in_parts(instance) {
        bad_days(instance, MANY, 5).await?;
        let open = async || -> anyhow::Result<usize> {
            let system = instance.engine.system();
            let mut ask = list(&system, instance.entity("alert")?, &["state"]);
            ask.limit = 5_000;
            let rows = instance.engine.query(&system, ask).await?.rows;
            Ok(rows.iter().filter(|row| row.values == [Value::from("open")]).count())
        };
        // Sixty people with three days each: a day of all of them fits exactly, or by one not; two days, and all of it.
        for watched in [180, 179, 121, 120, 119, 61, 60, 59, 1] {
            instance.engine.keep_within(Bounds { watched, ..Bounds::default() });
            instance.engine.look_at_everything().await?;
            // Whoever was lost would have their alert taken back.
            assert_eq!((alerts(instance).await?, open().await?), (MANY, MANY), "{watched} at once");
        }
        Ok(())
    }

    async fn an_alert_that_is_refused_takes_no_other_with_it_and_waits(instance) {
        let people = bad_days(instance, 7, 20).await?;
        settled(instance).await?;
        assert_eq!(alerts(instance).await?, 6, "80 is more than an alert takes");
        let dead = async || instance.engine.store().outbox().letters(OutboxState::Dead, 50).await;
        let waiting = dead().await?;
        let [letter] = waiting.as_slice() else { panic!("{waiting:?}") };
        assert_eq!(letter.entry.kind, "rule.alert");
        assert_eq!(letter.last_error.as_deref(), Some("some values were refused: value: range"));
        assert_eq!(letter.entry.payload["subject"], json!(people.last()));
        // The same look again, and the day's, tell it no second time.
        instance.engine.look_at_everything().await?;
        settled(instance).await?;
        assert_eq!(dead().await?.len(), 1);
        let wanted = Wanted { action: Some("rule.alert".to_owned()), limit: 100, ..Wanted::default() };
        let noted = instance.engine.store().entries(&wanted).await?;
        assert_eq!(noted.len(), 1);
        // Taken up again it is refused again, as long as the reason is there.
        let (id, system) = (letter.entry.id, instance.engine.system());
        let revive = async || {
            let due = system.now;
            let revived = instance.engine.store().tend(move |tx| {
                Box::pin(async move { tx.revive(id, due).await })
            });
            revived.await
        };
        assert!(revive().await?);
        settled(instance).await?;
        assert_eq!(dead().await?.len(), 1);
        let entity = instance.entity("report_day")?;
        let rows = instance.engine.query(&system, list(&system, entity, &["person", "day"])).await?.rows;
        for row in rows.iter().filter(|row| row.values[0].as_id() == people.last().copied()) {
            try_update(instance, &system, "report_day", row.id, None, json!({"rework": 10})).await?;
        }
        assert!(revive().await?);
        settled(instance).await?;
        assert!(dead().await?.is_empty());
        assert_eq!(alerts(instance).await?, 7);
        Ok(())
    }
}
