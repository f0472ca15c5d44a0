//! Accounts that nobody needs any more: of people who left, and those nobody uses.

use engine::AccountChange;
use jiff::SignedDuration;
use serde_json::json;
use store::{Entrance, Session, StoreError, Token};
use suite::Instance;

use super::support::{create, try_update};
use crate::both;

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  until: {type: date, label: {zh-CN: 至, en: Until}}\n  here: {type: boolean, label: {zh-CN: 在职, en: Here}, stands_for: in_service, formula: 'until == null || until >= TODAY()'}\n",
    ),
    ("roles/admin.yaml", "label: {zh-CN: 系统管理员, en: Admin}\nadministers: system\n"),
    ("roles/guard.yaml", "label: {zh-CN: 安全管理员, en: Guard}\nadministers: security\n"),
    ("roles/auditor.yaml", "label: {zh-CN: 审计员, en: Auditor}\nadministers: audit\n"),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: person, actions: [create, read, update]}\n",
    ),
];

/// Lets the runner do what is due, timers of the day included.
async fn turned(instance: &Instance) -> anyhow::Result<()> {
    for _ in 0..4 {
        instance.engine.turn("test").await?;
    }
    Ok(())
}

async fn active(instance: &Instance) -> anyhow::Result<Vec<String>> {
    let all = instance.engine.store().accounts().all().await?;
    Ok(all.into_iter().filter(|account| account.active).map(|account| account.login).collect())
}

/// Why accounts were disabled, oldest first.
async fn reasons(instance: &Instance) -> anyhow::Result<Vec<String>> {
    let wanted = store::Wanted { action: Some("account.disable".to_owned()), limit: 50, ..store::Wanted::default() };
    let mut entries = instance.engine.store().entries(&wanted).await?;
    entries.reverse();
    let facts = entries.iter().filter_map(|entry| entry.entry.facts.as_ref());
    Ok(facts
        .filter_map(|facts| Some(serde_json::from_str::<serde_json::Value>(facts).ok()?["reason"].as_str()?.to_owned()))
        .collect())
}

both! { FILES;
    async fn whoever_left_loses_their_account(instance) {
        let hr = instance.actor("hr", &["all"], None).await?;
        let ann = create(instance, &hr, "person", json!({"name": "ann"})).await?;
        let bob = create(instance, &hr, "person", json!({"name": "bob", "until": "2025-11-21"})).await?;
        let cat = create(instance, &hr, "person", json!({"name": "cat"})).await?;
        for (login, roles, person) in [("ann", &["all"][..], ann), ("bob", &[], bob), ("cat", &["admin"], cat)] {
            instance.account(login, roles, Some(person)).await?;
        }
        turned(instance).await?;
        assert_eq!(active(instance).await?, ["ann", "bob", "cat", "hr"]);
        // What is written counts at once; the last who administers stays, whoever they are.
        for who in [ann, cat] {
            try_update(instance, &hr, "person", who, None, json!({"until": "2025-11-01"})).await.unwrap();
        }
        turned(instance).await?;
        assert_eq!(active(instance).await?, ["bob", "cat", "hr"]);
        // What the day brings, with the day.
        instance.clock.pass(SignedDuration::from_hours(48));
        turned(instance).await?;
        assert_eq!(active(instance).await?, ["cat", "hr"]);
        assert_eq!(reasons(instance).await?, ["left", "left"]);
        Ok(())
    }

    async fn an_account_that_nobody_uses_is_disabled(instance) {
        let now = instance.engine.now();
        for (login, roles) in [("root", &["admin"][..]), ("guard", &["guard"]), ("guard2", &["guard"])] {
            instance.account(login, roles, None).await?;
        }
        let mut ids = Vec::new();
        for login in ["idle", "signed", "program", "back"] {
            ids.push(instance.account(login, &[], None).await?.id);
        }
        let (signed, program, back) = (ids[1], ids[2], ids[3]);
        instance.clock.pass(SignedDuration::from_hours(24 * 60));
        let then = instance.engine.now();
        let session = Session {
            token_hash: "abc".to_owned(), account: signed, created: then, seen: then, expires: then + SignedDuration::from_hours(1),
            proved: then, address: String::new(), device: String::new(), entrance: Entrance::Here,
            browser: None,
        };
        let token = Token {
            id: instance.engine.new_id(), account: program, name: "t".to_owned(), token_hash: "t".to_owned(), writes: false,
            entities: Vec::new(), created: then, expires: then + SignedDuration::from_hours(24 * 365), used: None, used_from: None,
        };
        let kept = instance.engine.store().tend(move |tx| {
            let (session, token) = (session.clone(), token.clone());
            Box::pin(async move {
                tx.open_session(&session).await?;
                tx.add_token(&token).await.map(drop)
            })
        });
        kept.await.map_err(|error: StoreError| error)?;
        assert_eq!(instance.engine.store().accounts().seen().await?.get(&signed), Some(&then));
        let rules = json!({"unused_days": 0});
        instance.engine.store().settings().set("sign-in", &rules).await?;
        instance.clock.pass(SignedDuration::from_hours(24 * 31));
        turned(instance).await?;
        assert_eq!(active(instance).await?.len(), 7, "nought is never");
        instance.engine.store().settings().set("sign-in", &json!({})).await?;
        instance.clock.pass(SignedDuration::from_hours(24));
        turned(instance).await?;
        // Of two who administer the same, one stays.
        let left = active(instance).await?;
        assert!(left.contains(&"root".to_owned()) && left.iter().filter(|login| login.starts_with("guard")).count() == 1, "{left:?}");
        assert!(!left.contains(&"idle".to_owned()) && !left.contains(&"back".to_owned()), "{left:?}");
        assert!(left.contains(&"signed".to_owned()) && left.contains(&"program".to_owned()), "{left:?}");
        assert_eq!(reasons(instance).await?, ["unused"; 3]);
        // Whoever is let in again is not put out the next day.
        let change = AccountChange { active: Some(true), ..AccountChange::default() };
        instance.engine.change_account(None, back, change).await.unwrap();
        instance.clock.pass(SignedDuration::from_hours(24));
        turned(instance).await?;
        assert!(active(instance).await?.contains(&"back".to_owned()));
        assert!(instance.engine.now() > now);
        Ok(())
    }
}
