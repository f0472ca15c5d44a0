//! Effects after the commit.

use serde_json::json;
use store::OutboxState;

use super::support::create;
use crate::both;

const FILES: [(&str, &str); 3] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/task.yaml",
        "label: {zh-CN: 任务, en: Task}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: task, actions: [create, read]}\n",
    ),
];

both! { FILES;
    async fn every_write_leaves_a_letter_that_is_taken_once(instance) {
        let system = instance.engine.system();
        create(instance, &system, "task", json!({"title": "x"})).await?;
        let pending = instance.engine.store().outbox().letters(OutboxState::Pending, 10).await?;
        assert!(pending.iter().any(|letter| letter.entry.kind == "record.changed"));
        while instance.engine.turn("one").await? > 0 {}
        assert!(instance.engine.store().outbox().letters(OutboxState::Pending, 10).await?.is_empty());
        assert_eq!(instance.engine.turn("two").await?, 0);
        Ok(())
    }

    async fn what_keeps_failing_is_parked(instance) {
        let system = instance.engine.system();
        let entry = store::OutboxEntry { id: instance.engine.new_id(), kind: "nobody.knows".into(), key: "k".into(), payload: json!({}), due: system.now };
        let asking = store::Asking { version: system.edition.version, user: system.user, person: None, login: String::new(), now: system.now, today: "2025-11-20".parse()? };
        instance
            .engine
            .store()
            .write(asking, move |tx| {
                let entry = entry.clone();
                Box::pin(async move { tx.outbox(&[entry]).await })
            })
            .await?;
        let tries = async || -> anyhow::Result<Vec<i64>> {
            let pending = instance.engine.store().outbox().letters(OutboxState::Pending, 100).await?;
            Ok(pending.iter().filter(|letter| letter.entry.key == "k").map(|letter| letter.attempts).collect())
        };
        assert_eq!(tries().await?, [0]);
        instance.engine.turn("one").await?;
        assert_eq!(tries().await?, [1]);
        instance.engine.turn("one").await?;
        assert_eq!(tries().await?, [1], "there is a pause before the next try");
        for _ in 0..12 {
            while instance.engine.turn("one").await? > 0 {}
            instance.clock.pass(jiff::SignedDuration::from_mins(20));
        }
        let dead = instance.engine.store().outbox().letters(OutboxState::Dead, 10).await?;
        assert_eq!((dead.len(), dead[0].attempts), (1, 8));
        assert!(dead[0].last_error.as_deref().unwrap_or_default().contains("does not know"));
        Ok(())
    }
}
