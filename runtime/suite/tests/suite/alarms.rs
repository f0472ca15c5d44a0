//! What is alarming on the ledger is told once to whoever administers security, and entries are sent on in order.

use std::sync::{Arc, Mutex};

use engine::{Act, By, alarm::Kind, send::Receiver};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use suite::Instance;

use crate::both;

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/pay.yaml",
        "label: {zh-CN: 薪酬, en: Pay}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  salary: {type: integer, label: {zh-CN: 月薪, en: Salary}, sensitivity: sensitive, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n",
    ),
    (
        "roles/plain.yaml",
        "label: {zh-CN: 普通, en: Plain}\ngrants:\n  - {entity: pay, actions: [read], read: [name]}\n",
    ),
    ("roles/payroll.yaml", "label: {zh-CN: 薪酬, en: Payroll}\ngrants:\n  - {entity: pay, actions: [read]}\n"),
    ("roles/guard.yaml", "label: {zh-CN: 安全管理员, en: Guard}\nadministers: security\n"),
    ("roles/auditor.yaml", "label: {zh-CN: 审计员, en: Auditor}\nadministers: audit\n"),
];

/// What an account was told of alarms, the oldest first.
async fn told(instance: &Instance, account: model::UserId) -> anyhow::Result<Vec<String>> {
    let notices = instance.engine.store().notifications().of(account, instance.engine.now(), 50).await?;
    let alarms = notices.iter().rev().filter(|notice| notice.kind == "alarm");
    Ok(alarms.map(|notice| notice.payload["text"]["en"].as_str().unwrap_or_default().to_owned()).collect())
}

async fn looked(instance: &Instance) -> anyhow::Result<()> {
    instance.clock.pass(SignedDuration::from_secs(31));
    instance.engine.turn("test").await?;
    Ok(())
}

fn seen(instance: &Instance, kind: Kind) -> u64 {
    instance.engine.alarms().into_iter().find(|(one, _)| *one == kind).map_or(0, |(_, many)| many)
}

/// A receiver that takes nothing as long as it is told so.
#[derive(Default)]
struct Deaf {
    deaf: Mutex<bool>,
    got: Mutex<Vec<String>>,
    /// Whether what it has is another ledger's.
    other: bool,
}

impl Receiver for Deaf {
    fn last(&self) -> Result<Option<(i64, String)>, String> {
        Ok(self.other.then(|| (0, "sha256:00".to_owned())))
    }

    fn take(&self, from: i64, lines: &[String]) -> Result<(), String> {
        if *self.deaf.lock().unwrap() {
            return Err("deaf".to_owned());
        }
        let mut got = self.got.lock().unwrap();
        assert_eq!(i64::try_from(got.len()).unwrap(), from, "in order, each once");
        got.extend_from_slice(lines);
        Ok(())
    }
}

both! { FILES;
    async fn many_failed_sign_ins_and_refusals_are_told_once(instance) {
        let engine = &instance.engine;
        let guard = instance.account("guard", &["guard"], None).await?;
        let auditor = instance.account("auditor", &["auditor"], None).await?;
        let eve = instance.account("eve", &[], None).await?;
        let rules = json!({"alarm_sign_ins": 5, "alarm_refusals": 4});
        engine.store().settings().set("sign-in", &rules).await?;
        let failed = || Act::new("session.begin", "account").refused("wrong-password");
        for _ in 0..4 {
            engine.note(By::unknown("x", engine::Origin::default()), failed()).await?;
        }
        looked(instance).await?;
        assert_eq!((seen(instance, Kind::SignIns), told(instance, guard.id).await?.len()), (0, 0), "four are none");
        engine.note(By::unknown("x", engine::Origin::default()), failed()).await?;
        let eve = By::account(&eve, engine::Origin::default());
        for reason in ["denied", "not-found", "forgery", "wrong-place"] {
            engine.note(eve.clone(), Act::new("read", "address").refused(reason)).await?;
        }
        // Browsers that come with a session of yesterday are no intrusion.
        for _ in 0..9 {
            engine.note(By::unknown("", engine::Origin::default()), Act::new("session.use", "session").refused("unknown")).await?;
        }
        looked(instance).await?;
        assert_eq!((seen(instance, Kind::SignIns), seen(instance, Kind::Refusals)), (5, 4));
        let first = told(instance, guard.id).await?;
        assert_eq!(first.len(), 2, "{first:?}");
        assert!(first.iter().any(|text| text.contains("5 sign-ins failed")), "{first:?}");
        assert!(first.iter().any(|text| text.contains("eve was refused 4 times")), "{first:?}");
        assert!(told(instance, auditor.id).await?.is_empty(), "the others have their own part");
        // It goes on: told no more within the hour, and quiet again after ten minutes.
        looked(instance).await?;
        assert_eq!(told(instance, guard.id).await?.len(), 2);
        instance.clock.pass(SignedDuration::from_mins(11));
        looked(instance).await?;
        assert_eq!((seen(instance, Kind::SignIns), seen(instance, Kind::Refusals)), (0, 0));
        let wanted = store::Wanted { action: Some("alarm.raise".to_owned()), limit: 50, ..store::Wanted::default() };
        assert_eq!(engine.store().entries(&wanted).await?.len(), 2, "each is an entry itself");
        engine.store().settings().set("sign-in", &json!({"alarm_sign_ins": 0, "alarm_refusals": 0})).await?;
        for _ in 0..40 {
            engine.note(eve.clone(), Act::new("read", "address").refused("denied")).await?;
        }
        instance.clock.pass(SignedDuration::from_hours(1));
        for _ in 0..40 {
            engine.note(eve.clone(), Act::new("read", "address").refused("denied")).await?;
        }
        looked(instance).await?;
        assert_eq!(told(instance, guard.id).await?.len(), 2, "nought is never");
        Ok(())
    }

    async fn what_is_taken_along_and_given_is_told(instance) {
        let engine = &instance.engine;
        let guard = instance.account("guard", &["guard"], None).await?;
        let eve = instance.account("eve", &[], None).await?;
        let operator = instance.account("operator", &[], None).await?;
        let rules = json!({"alarm_exports": 100, "alarm_uncovers": 3, "alarm_rights": 1});
        engine.store().settings().set("sign-in", &rules).await?;
        let by = By::account(&eve, engine::Origin::default());
        engine.note(by.clone(), Act::new("export", "person").fact("rows", 60)).await?;
        engine.note(by.clone(), Act::new("uncover", "person").fact("fields", vec!["phone", "card"])).await?;
        // A role of no weight, and one that was held before, are no alarm.
        let roles = |roles: &[&str]| engine::AccountChange {
            roles: Some(roles.iter().map(|role| (*role).to_owned()).collect()),
            ..Default::default()
        };
        engine.change_account(None, operator.id, roles(&["plain"])).await?;
        looked(instance).await?;
        assert!(told(instance, guard.id).await?.is_empty(), "below every bound");
        engine.note(by.clone(), Act::new("export", "person").fact("rows", 40)).await?;
        engine.note(by, Act::new("uncover", "person").fact("fields", vec!["phone"])).await?;
        engine.change_account(None, operator.id, roles(&["plain", "auditor"])).await?;
        engine.change_account(None, eve.id, roles(&["payroll"])).await?;
        looked(instance).await?;
        let texts = told(instance, guard.id).await?;
        let said = ["eve exported 100 rows", "eve had 3 masked values", "operator was just given 1 role", "eve was just given 1 role"];
        for said in said {
            assert!(texts.iter().any(|text| text.contains(said)), "{said}: {texts:?}");
        }
        assert_eq!(texts.len(), 4);
        assert_eq!([Kind::Exports, Kind::Uncovers, Kind::Rights].map(|kind| seen(instance, kind)), [100, 3, 2]);
        // What is given counts for ten minutes, what leaves for an hour.
        instance.clock.pass(SignedDuration::from_mins(11));
        looked(instance).await?;
        assert_eq!([Kind::Exports, Kind::Rights].map(|kind| seen(instance, kind)), [100, 0]);
        instance.clock.pass(SignedDuration::from_hours(1));
        looked(instance).await?;
        assert_eq!([Kind::Exports, Kind::Uncovers].map(|kind| seen(instance, kind)), [0, 0]);
        Ok(())
    }

    async fn a_ledger_in_trouble_is_told(instance) {
        let engine = &instance.engine;
        let guard = instance.account("guard", &["guard"], None).await?;
        // Somebody else holds the lead and does nothing with it.
        let now = engine.now();
        engine.turn("test").await?;
        engine.store().resign("ledger", "test").await?;
        engine.store().lead("ledger", "elsewhere", now, now + SignedDuration::from_hours(10)).await?;
        engine.note(By::default(), Act::new("read", "address")).await?;
        looked(instance).await?;
        assert!(seen(instance, Kind::Late) > 0);
        let first = told(instance, guard.id).await?;
        assert!(first.len() == 1 && first[0].contains("wait for their positions"), "{first:?}");
        // Entries that cannot be written at all.
        let broken = Act { facts: json!({"a": "b"}), ..Act::new("read", "address") };
        let refuse = if instance.is_sqlite() {
            "CREATE TRIGGER refuse_it BEFORE INSERT ON loam_entry WHEN NEW.facts IS NOT NULL BEGIN SELECT RAISE(ABORT, 'no'); END"
        } else {
            "ALTER TABLE loam_entry ADD CONSTRAINT refuse_it CHECK (facts IS NULL) NOT VALID"
        };
        let allow = if instance.is_sqlite() {
            "DROP TRIGGER refuse_it"
        } else {
            "ALTER TABLE loam_entry DROP CONSTRAINT refuse_it"
        };
        instance.say(refuse).await?;
        assert!(engine.note(By::default(), broken).await.is_err());
        instance.say(allow).await?;
        looked(instance).await?;
        let texts = told(instance, guard.id).await?;
        assert!(texts.iter().any(|text| text.contains("could not be written")), "{texts:?}");
        Ok(())
    }

    async fn what_has_another_ledgers_entries_gets_none_of_this_one(instance) {
        let receiver = Arc::new(Deaf { other: true, ..Deaf::default() });
        instance.engine.send_ledger_to(receiver.clone());
        instance.engine.turn("one").await?;
        let refused = instance.engine.send_entries("one").await.unwrap_err();
        assert!(refused.to_string().contains("another ledger"), "{refused}");
        assert!(receiver.got.lock().unwrap().is_empty());
        Ok(())
    }

    async fn entries_are_sent_on_once_and_in_order(instance) {
        let engine = &instance.engine;
        let receiver = Arc::new(Deaf::default());
        engine.send_ledger_to(receiver.clone());
        let by = || By::unknown("somebody", engine::Origin { address: "10.1.1.1".to_owned(), ..Default::default() });
        engine.note(by(), Act::new("read", "address").detail("value", "private")).await?;
        engine.turn("one").await?;
        let first = receiver.got.lock().unwrap().len();
        assert!(first > 1, "{first}");
        // For an hour nobody listens: nothing is lost, nothing comes twice.
        *receiver.deaf.lock().unwrap() = true;
        for n in 0..20 {
            engine.note(by(), Act::new("read", "address").fact("n", n)).await?;
            engine.turn("one").await?;
        }
        assert_eq!(receiver.got.lock().unwrap().len(), first);
        assert!(engine.unsent().await.is_some_and(|many| many >= 20));
        instance.clock.pass(SignedDuration::from_hours(1));
        *receiver.deaf.lock().unwrap() = false;
        // Another node goes on where the first one stopped.
        engine.turn("two").await?;
        assert_eq!(engine.unsent().await, Some(0));
        let got = receiver.got.lock().unwrap().clone();
        let lines: Vec<Json> = got.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (at, line) in lines.iter().enumerate() {
            assert_eq!(line["position"], json!(at), "{line}");
            assert!(line["entry"]["action"].is_string(), "{line}");
        }
        assert!(got.iter().any(|line| line.contains("10.1.1.1")) && !got.iter().any(|line| line.contains("private")));
        let size = engine.store().last_head().await?.map_or(0, |(size, _)| size);
        assert_eq!(i64::try_from(lines.len())?, size);
        Ok(())
    }
}
