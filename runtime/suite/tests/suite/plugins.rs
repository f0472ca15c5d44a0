//! Plugins that rules and steps call: what they answer is written once, and what they cannot answer waits for somebody.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use app::{
    Plugin,
    plugin::{Answer, Fault, Host},
};
use engine::{Actor, Command, Engine, PublishError, query::case::CaseShown};
use model::{EntityId, Name, RecordId, Value};
use serde_json::json;
use suite::Instance;
use tokio::runtime::Handle;

use super::{
    making,
    support::{create, fields, list, try_update},
    workflows::{act, now, settle, shown, start},
};
use crate::both;

const LUHN: &str = include_str!("../../../../examples/device-check/plugins/luhn.wat");

/// Never comes to an end.
const STUCK: &str = r#"(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "run") (param i32 i32) (result i32) (loop $round (br $round)) (i32.const 0)))"#;

const DEVICE: &str = r"label: {zh-CN: 设备, en: Device}
display: name
fields:
  name: {type: text, required: true, label: {zh-CN: 名称, en: Name}}
  imei: {type: text, label: {zh-CN: 序列号, en: IMEI}}
  asked: {type: boolean, label: {zh-CN: 核验, en: Asked}}
  valid: {type: boolean, label: {zh-CN: 有效, en: Valid}}
  looked: {type: text, label: {zh-CN: 复核, en: Looked at}}
";

const INTAKE: &str = r#"label: {zh-CN: 入库, en: Intake}
entity: device
guard: keeper
steps:
  check:
    label: {zh-CN: 核验, en: Check}
    call: {plugin: luhn, with: {number: imei}, into: {valid: valid}}
    failed: look
  sort:
    label: {zh-CN: 判断, en: Sort}
    choose: [{when: valid, next: stored}, {next: refused}]
  look:
    label: {zh-CN: 复核, en: Look}
    form: {who: [{role: keeper}], edit: [looked], require: [looked]}
    next: stored
  stored: {label: {zh-CN: 入库, en: Stored}, end: {outcome: stored}}
  refused: {label: {zh-CN: 退回, en: Refused}, end: {outcome: refused}}
"#;

/// The same without another way: the case waits at the call.
const PLAIN: &str = r"label: {zh-CN: 核验, en: Plain}
entity: device
steps:
  check: {label: {zh-CN: 核验, en: Check}, call: {plugin: luhn, with: {number: imei}, into: {valid: valid}}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: done}}
";

const FILES: [(&str, &str); 9] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    ("entities/device.yaml", DEVICE),
    (
        "roles/keeper.yaml",
        "label: {zh-CN: 保管, en: Keeper}\ngrants:\n  - {entity: device, actions: [create, read, update], write: [name, imei, asked]}\nworkflows:\n  - {workflow: intake, actions: [start, manage]}\n  - {workflow: plain, actions: [start, manage]}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\neveryone: true\ngrants:\n  - {entity: device, actions: [read]}\n",
    ),
    (
        "rules/check.yaml",
        "label: {zh-CN: 核验, en: Check}\ntrigger: {change: device}\ncondition: asked == true\nactions:\n  - call: {plugin: luhn, with: {number: imei}, into: {valid: valid}}\n",
    ),
    ("workflows/intake.yaml", INTAKE),
    ("workflows/plain.yaml", PLAIN),
    (
        "plugins/luhn.yaml",
        "label: {zh-CN: 校验位, en: Check digit}\ntakes: {number: text}\ngives: {valid: boolean}\nwork: 10\nmemory: 1\n",
    ),
    ("plugins/luhn.wat", LUHN),
];

/// The files with another one in the place of that path.
fn with(path: &'static str, text: &'static str) -> Vec<(&'static str, &'static str)> {
    FILES.iter().map(|(known, had)| (*known, if *known == path { text } else { had })).collect()
}

async fn device(instance: &Instance, keeper: &Actor, imei: &str, asked: bool) -> anyhow::Result<RecordId> {
    create(instance, keeper, "device", json!({"name": "phone", "imei": imei, "asked": asked})).await
}

/// What stands in these fields of a device.
async fn valid(instance: &Instance, id: RecordId) -> anyhow::Result<Value> {
    let system = instance.engine.system();
    let all = list(&system, instance.entity("device")?, &["valid"]);
    let rows = instance.engine.query(&system, all).await?.rows;
    Ok(rows.into_iter().find(|row| row.id == id).map(|row| row.values[0].clone()).unwrap())
}

/// What waits for an administrator, and why.
async fn parked(instance: &Instance) -> anyhow::Result<Vec<(String, String)>> {
    Ok(making::parked(instance).await?.into_iter().map(|(_, kind, why)| (kind, why)).collect())
}

/// The calls on the ledger: their outcome, and facts.
async fn calls(instance: &Instance) -> anyhow::Result<Vec<(String, serde_json::Value)>> {
    let wanted = store::Wanted { action: Some("call".into()), limit: 50, ..Default::default() };
    let entries = instance.engine.store().entries(&wanted).await?;
    let each = entries.into_iter().map(|written| {
        let facts =
            written.entry.facts.as_deref().and_then(|facts| serde_json::from_str(facts).ok()).unwrap_or_default();
        (written.entry.outcome, facts)
    });
    Ok(each.collect())
}

fn acts(shown: &CaseShown) -> Vec<&str> {
    shown.trail.iter().map(|event| event.act.as_str()).collect()
}

/// A host during whose first call the record changes, by another node.
struct Meddling {
    handle: Handle,
    engine: Engine,
    keeper: Actor,
    entity: EntityId,
    id: RecordId,
    host: Arc<dyn Host>,
    calls: AtomicU32,
}

impl Host for Meddling {
    fn check(&self, plugin: &Plugin) -> Result<(), Fault> {
        self.host.check(plugin)
    }

    fn call(&self, plugin: &Plugin, values: &[(Name, Value)]) -> Result<Answer, Fault> {
        if self.calls.fetch_add(1, Ordering::Relaxed) == 0 {
            let fields = fields(json!({"imei": "18"}));
            let change = Command::Update { entity: self.entity, id: self.id, expected: None, fields };
            self.handle.block_on(self.engine.execute(&self.keeper, change)).unwrap();
        }
        self.host.call(plugin, values)
    }
}

both! {
    FILES;

    async fn a_rule_calls_a_plugin_and_its_answer_is_written_once(instance) {
        let keeper = instance.actor("kit", &["keeper"], None).await?;
        let good = device(instance, &keeper, "490154203237518", true).await?;
        let bad = device(instance, &keeper, "490154203237519", true).await?;
        let other = device(instance, &keeper, "490154203237518", false).await?;
        // The write does not wait for it.
        assert_eq!(valid(instance, good).await?, Value::Null);
        settle(instance).await?;
        assert_eq!(valid(instance, good).await?, Value::Bool(true));
        assert_eq!(valid(instance, bad).await?, Value::Bool(false));
        assert_eq!(valid(instance, other).await?, Value::Null, "nothing asked about this one");
        let told = calls(instance).await?;
        assert_eq!(told.len(), 2);
        for (outcome, facts) in &told {
            assert_eq!((outcome.as_str(), &facts["plugin"], &facts["rule"]), ("done", &json!("luhn"), &json!("check")));
            assert!(facts["module"].as_str().is_some_and(|hash| hash.starts_with("sha256:")), "{facts}");
        }
        // A letter that comes again after it was met, as where a node dies between, writes nothing again.
        try_update(instance, &keeper, "device", good, None, json!({"imei": "1"})).await?;
        instance.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE kind = 'plugin.call'").await?;
        settle(instance).await?;
        assert_eq!(valid(instance, good).await?, Value::Bool(true));
        assert_eq!(calls(instance).await?.len(), 2);
        Ok(())
    }

    async fn what_a_plugin_refuses_waits_for_an_administrator(instance) {
        let keeper = instance.actor("kit", &["keeper"], None).await?;
        let odd = device(instance, &keeper, "x1", true).await?;
        settle(instance).await?;
        assert_eq!(valid(instance, odd).await?, Value::Null);
        let why = "the plugin `luhn` did not answer: it refused: only digits can be checked";
        assert_eq!(parked(instance).await?, [("plugin.call".to_owned(), why.to_owned())], "it is not tried again by itself");
        assert_eq!(calls(instance).await?[0].0, "refused");
        // Once the number is right an administrator has it called again.
        try_update(instance, &keeper, "device", odd, None, json!({"imei": "18"})).await?;
        instance.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE state = 'dead'").await?;
        settle(instance).await?;
        assert_eq!(valid(instance, odd).await?, Value::Bool(true));
        assert!(parked(instance).await?.is_empty());
        Ok(())
    }

    async fn a_step_calls_a_plugin_and_goes_another_way_where_it_fails(instance) {
        let keeper = instance.actor("kit", &["keeper"], None).await?;
        let good = device(instance, &keeper, "18", false).await?;
        let case = start(instance, &keeper, "intake", good).await?;
        assert_eq!(acts(&shown(instance, &keeper, case).await?), ["start"], "it waits for the answer");
        settle(instance).await?;
        let view = shown(instance, &keeper, case).await?;
        assert_eq!((acts(&view), view.row.outcome.as_deref()), (vec!["start", "call", "end"], Some("stored")));
        assert_eq!(valid(instance, good).await?, Value::Bool(true));

        let bad = device(instance, &keeper, "19", false).await?;
        let case = start(instance, &keeper, "intake", bad).await?;
        settle(instance).await?;
        assert_eq!(shown(instance, &keeper, case).await?.row.outcome.as_deref(), Some("refused"));

        let odd = device(instance, &keeper, "x", false).await?;
        let case = start(instance, &keeper, "intake", odd).await?;
        settle(instance).await?;
        let view = shown(instance, &keeper, case).await?;
        assert_eq!(acts(&view), ["start", "call-failed"]);
        assert_eq!(view.trail[1].words, "only digits can be checked");
        assert_eq!(view.mine.unwrap().step, "look", "somebody looks instead");
        assert!(parked(instance).await?.is_empty());
        Ok(())
    }

    async fn a_step_without_another_way_waits_and_goes_on_when_it_is_called_again(instance) {
        let keeper = instance.actor("kit", &["keeper"], None).await?;
        let odd = device(instance, &keeper, "x", false).await?;
        let case = start(instance, &keeper, "plain", odd).await?;
        settle(instance).await?;
        assert_eq!(acts(&shown(instance, &keeper, case).await?), ["start", "call-failed"]);
        assert_eq!(parked(instance).await?.len(), 1);
        try_update(instance, &keeper, "device", odd, None, json!({"imei": "18"})).await?;
        instance.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE state = 'dead'").await?;
        settle(instance).await?;
        let view = shown(instance, &keeper, case).await?;
        assert_eq!((acts(&view), view.row.outcome.as_deref()), (vec!["start", "call-failed", "call", "end"], Some("done")));
        // An administrator may put a case past a call; an answer that comes later comes to nothing.
        let other = device(instance, &keeper, "18", false).await?;
        let case = start(instance, &keeper, "plain", other).await?;
        let jump = engine::CaseAct::Jump { to: "done".to_owned(), text: "by hand".to_owned() };
        act(instance, &keeper, case, jump).await?;
        settle(instance).await?;
        assert_eq!(acts(&shown(instance, &keeper, case).await?), ["start", "jump", "end"]);
        assert_eq!(valid(instance, other).await?, Value::Null);
        Ok(())
    }

    async fn a_plugin_that_takes_too_long_holds_nothing_up_and_a_better_one_answers(instance) {
        let keeper = instance.actor("kit", &["keeper"], None).await?;
        instance.publish(&with("plugins/luhn.wat", STUCK), &[]).await?;
        let keeper = now(instance, &keeper).await?;
        let good = device(instance, &keeper, "18", true).await?;
        let case = start(instance, &keeper, "plain", good).await?;
        settle(instance).await?;
        assert_eq!(valid(instance, good).await?, Value::Null);
        let why = "the plugin `luhn` did not answer: it took more than 10 million instructions";
        assert_eq!(parked(instance).await?.iter().filter(|(_, told)| told == why).count(), 2);
        // The steps are the same words, so that the case that waits is answered by the present plugin.
        instance.publish(&FILES, &[]).await?;
        instance.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE state = 'dead'").await?;
        settle(instance).await?;
        assert_eq!(valid(instance, good).await?, Value::Bool(true));
        let keeper = now(instance, &keeper).await?;
        assert_eq!(shown(instance, &keeper, case).await?.row.outcome.as_deref(), Some("done"));
        Ok(())
    }

    async fn what_cannot_be_called_is_not_published(instance) {
        let version = instance.engine.edition().version;
        let refused = instance.publish(&with("plugins/luhn.wat", "(module)"), &[]).await.unwrap_err();
        let refused = refused.downcast_ref::<PublishError>();
        assert!(matches!(refused, Some(PublishError::Plugin(name, _)) if name == "luhn"), "{refused:?}");
        assert_eq!(instance.engine.edition().version, version);
        Ok(())
    }

    async fn an_answer_to_what_no_longer_stands_there_is_worked_out_anew(instance) {
        let keeper = instance.actor("kit", &["keeper"], None).await?;
        let id = device(instance, &keeper, "19", true).await?;
        let entity = instance.entity("device")?;
        let other = instance.another().await?;
        let meddling = Meddling { handle: Handle::current(), engine: other.clone(), keeper, entity, id, host: plugin_host::Host::shared(), calls: AtomicU32::new(0) };
        let meddling = Arc::new(meddling);
        instance.engine.run_plugins_with(meddling.clone());
        settle(instance).await?;
        assert_eq!(valid(instance, id).await?, Value::Null, "what it answered about 19 is not written beside 18");
        // Soon after it is called again, about what stands there now.
        instance.clock.pass(jiff::SignedDuration::from_secs(10));
        settle(instance).await?;
        assert_eq!(valid(instance, id).await?, Value::Bool(true));
        assert_eq!(meddling.calls.load(Ordering::Relaxed), 2);
        other.store().close().await;
        Ok(())
    }
}
