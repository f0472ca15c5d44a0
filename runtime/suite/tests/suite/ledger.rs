//! The one log: every act is on it, with what belongs to it, and whatever is done to it afterwards is found.

use ::ledger::{Checkpoint, SecretKey, Suite};
use anyhow::anyhow;
use engine::{
    Act, By, Command, Origin,
    ledger::{
        audit::{AuditError, Kind, Report},
        erase::{Erase, EraseError},
    },
    query::History,
};
use policy::{Aggregate, Get, List, Measure};
use serde_json::{Value, json};
use store::{StoreError, Wanted, Written};
use suite::Instance;

use super::support::{create, fields, list, try_create, try_update};
use crate::both;

const FILES: [(&str, &str); 5] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/task.yaml",
        "label: {zh-CN: 任务, en: Task}\ndisplay: title\ncomments: true\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n  pay: {type: integer, label: {zh-CN: 薪酬, en: Pay}, max: 1000000, sensitivity: sensitive, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n  secret: {type: text, label: {zh-CN: 机密, en: Secret}}\n",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: task, actions: [create, read, update, export], read: [id, title, pay], write: [title, pay]}\n",
    ),
    ("roles/auditor.yaml", "label: {zh-CN: 审计员, en: Auditor}\nadministers: audit\n"),
    ("roles/operator.yaml", "label: {zh-CN: 管理员, en: Operator}\nadministers: system\n"),
];

async fn found(instance: &Instance, wanted: Wanted) -> anyhow::Result<Vec<Written>> {
    Ok(instance.engine.store().entries(&Wanted { limit: 100, ..wanted }).await?)
}

async fn of(instance: &Instance, action: &str) -> anyhow::Result<Vec<Written>> {
    found(instance, Wanted { action: Some(action.to_owned()), ..Wanted::default() }).await
}

fn opened(part: &Option<store::SealedValue>) -> Value {
    part.as_ref().map_or(Value::Null, |part| serde_json::from_str(&part.value).unwrap())
}

async fn verify(instance: &Instance) -> Result<Report, AuditError> {
    instance.engine.verify_ledger(&[], None).await
}

/// What is wrong, as a code and a position.
async fn fault(instance: &Instance) -> anyhow::Result<(Kind, Option<u64>)> {
    match verify(instance).await {
        Ok(_) => Err(anyhow!("nothing was found")),
        Err(AuditError::Fault(fault)) => Ok((fault.kind, fault.position)),
        Err(other) => Err(other.into()),
    }
}

/// Asks which tables the database itself lets nothing go from.
fn guarded(instance: &Instance) -> &'static str {
    match instance.is_sqlite() {
        true => "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name = tbl_name || '_stays' ORDER BY 1",
        false => {
            "SELECT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = c.relname || '_stays' ORDER BY 1"
        }
    }
}

/// The columns of a table, as the database lists them.
async fn columns(instance: &Instance, table: &str) -> anyhow::Result<Vec<String>> {
    let ask = match instance.is_sqlite() {
        true => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
        false => format!(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        ),
    };
    instance.told(&ask).await
}

/// Those of them that may be empty.
async fn nullable(instance: &Instance, table: &str) -> anyhow::Result<Vec<String>> {
    let ask = match instance.is_sqlite() {
        true => format!("SELECT name FROM pragma_table_info('{table}') WHERE \"notnull\" = 0 AND pk = 0"),
        false => format!(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND NOT attnotnull"
        ),
    };
    instance.told(&ask).await
}

/// Lets the database's owner change what they like.
async fn unguard(instance: &Instance) -> anyhow::Result<()> {
    if !instance.is_sqlite() {
        for table in ["loam_entry", "loam_leaf", "loam_node", "loam_head"] {
            instance.say(&format!("ALTER TABLE {table} DISABLE TRIGGER ALL")).await?;
        }
        return Ok(());
    }
    for table in ["entry", "leaf", "node", "head"] {
        for what in ["stays", "fixed"] {
            instance.say(&format!("DROP TRIGGER loam_{table}_{what}")).await?;
        }
    }
    instance.say("DROP TRIGGER loam_entry_erased").await
}

both! { FILES;
    async fn an_act_and_its_write_happen_together_or_not_at_all(instance) {
        let engine = &instance.engine;
        let mut account = instance.account("anna", &[], None).await?;
        let by = By::unknown("anna", Origin { address: "10.0.0.1".into(), ..Origin::default() });
        engine.note(by.clone(), Act::new("session.begin", "account").refused("wrong-password")).await?;
        let entry = &of(instance, "session").await?[0];
        assert_eq!((entry.entry.outcome.as_str(), &entry.entry.actor), ("refused", &None));
        assert_eq!(entry.entry.facts(), json!({"reason": "wrong-password"}));
        assert_eq!(opened(&entry.who), json!({"login": "anna", "address": "10.0.0.1"}));
        account.name = "Anna".into();
        let act = Act::new("account.change", "account").on(account.id).detail("after", json!({"name": "Anna"}));
        let changed = account.clone();
        let done = engine.noted(by.clone(), vec![act.clone()], move |tx| {
            let account = changed.clone();
            Box::pin(async move { tx.save_account(&account).await })
        });
        assert!(done.await?);
        account.name = "Nobody".into();
        let failed: Result<(), StoreError> = engine.noted(by, vec![act], move |tx| {
            let account = account.clone();
            Box::pin(async move {
                tx.save_account(&account).await?;
                Err(StoreError::Misfit("refused on purpose"))
            })
        }).await;
        assert!(failed.is_err());
        assert_eq!(engine.store().accounts().by_login("anna").await?.map(|account| account.name).as_deref(), Some("Anna"));
        assert_eq!(of(instance, "account.change").await?.len(), 1);
        Ok(())
    }

    async fn a_write_is_one_entry_with_both_values_and_no_ledger_means_no_write(instance) {
        let mut actor = instance.actor("anna", &[], None).await?;
        actor.origin = std::sync::Arc::new(Origin {
            address: "10.0.0.7".into(), device: "Firefox".into(), session: Some("ab12".into()), ..Origin::default()
        });
        let id = create(instance, &actor, "task", json!({"title": "a", "pay": 5})).await?;
        try_update(instance, &actor, "task", id, None, json!({"title": "b", "pay": 6})).await?;
        let entries = found(instance, Wanted { record: Some(id), ..Wanted::default() }).await?;
        let told: Vec<_> = entries.iter().map(|written| (written.entry.action.as_str(), opened(&written.what))).collect();
        assert_eq!(told[0], ("update", json!({"before": {"title": "a", "pay": 5}, "after": {"title": "b", "pay": 6}})));
        assert_eq!(told[1], ("create", json!({"after": {"title": "a", "pay": 5}})));
        assert_eq!(told.len(), 2);
        let first = &entries[0];
        assert_eq!(opened(&first.who), json!({"login": "anna", "address": "10.0.0.7", "device": "Firefox"}));
        assert_eq!((first.entry.session.as_deref(), first.by_name.as_str()), (Some("ab12"), "ANNA"));
        assert!(!first.entry.canonical().contains("anna") && !first.entry.canonical().contains("10.0.0.7"));
        // A file of many rows is one entry per row.
        let rows = (0..3).map(|n| (None, fields(json!({"title": n.to_string()})))).collect();
        instance.engine.execute(&instance.engine.system(), Command::Load { entity: instance.entity("task")?, rows }).await?;
        assert_eq!(of(instance, "create").await?.len(), 4);
        instance.say("DROP TABLE loam_unplaced").await?;
        assert!(try_create(instance, &actor, "task", json!({"title": "c"})).await.is_err());
        assert!(try_update(instance, &actor, "task", id, None, json!({"title": "c"})).await.is_err());
        // Reading still works.
        assert_eq!(instance.engine.query(&actor, list(&actor, instance.entity("task")?, &["title"])).await?.rows.len(), 4);
        Ok(())
    }

    async fn refusals_are_entries_without_values(instance) {
        let actor = instance.actor("anna", &[], None).await?;
        let id = create(instance, &actor, "task", json!({"title": "a"})).await?;
        let (entity, engine) = (instance.entity("task")?, &instance.engine);
        engine.execute(&actor, Command::Delete { entity, id, expected: None }).await.unwrap_err();
        try_update(instance, &actor, "task", id, None, json!({"secret": "hush"})).await.unwrap_err();
        let nobody = engine.new_id();
        try_update(instance, &actor, "task", nobody, None, json!({"title": "guess"})).await.unwrap_err();
        let by_secret = engine.parse_filter(&actor, entity, "secret == \"hush\"").map_err(|faults| anyhow!("{faults:?}"))?;
        engine.query(&actor, List { filter: by_secret, ..list(&actor, entity, &["title"]) }).await.unwrap_err();
        let refused = found(instance, Wanted { outcome: Some("refused".into()), ..Wanted::default() }).await?;
        let told: Vec<_> = refused.iter().map(|written| (written.entry.action.as_str(), written.entry.record.clone(), written.entry.facts())).collect();
        assert_eq!(told, [
            ("read", None, json!({"reason": "denied", "field": "secret"})),
            ("update", Some(nobody.to_string()), json!({"reason": "not-found"})),
            ("update", Some(id.to_string()), json!({"reason": "denied", "field": "secret"})),
            ("delete", Some(id.to_string()), json!({"reason": "denied"})),
        ]);
        assert!(refused.iter().all(|written| written.what.is_none()));
        Ok(())
    }

    async fn sensitive_reads_and_exports_are_entries(instance) {
        let actor = instance.actor("anna", &[], None).await?;
        let id = create(instance, &actor, "task", json!({"title": "a", "pay": 5})).await?;
        create(instance, &actor, "task", json!({"title": "b"})).await?;
        let (entity, engine) = (instance.entity("task")?, &instance.engine);
        engine.query(&actor, list(&actor, entity, &["title"])).await?;
        assert!(of(instance, "read").await?.is_empty(), "a title is nobody's secret");
        let ask = list(&actor, entity, &["title", "pay"]);
        engine.query(&actor, Get { entity, id, columns: ask.columns.clone(), bin: policy::Bin::Outside }).await?;
        engine.query(&actor, ask.clone()).await?;
        let read: Vec<_> = of(instance, "read").await?.iter().map(|written| (written.entry.record.clone(), written.entry.facts())).collect();
        assert_eq!(read, [(None, json!({"rows": 2, "fields": ["pay"]})), (Some(id.to_string()), json!({"rows": 1, "fields": ["pay"]}))]);
        engine.query(&actor, engine::query::History { entity, id, limit: 20 }).await?;
        let history = &of(instance, "read").await?[0].entry;
        assert_eq!((history.record.clone(), history.facts()), (Some(id.to_string()), json!({"rows": 1, "fields": ["pay"]})));
        let plain = create(instance, &actor, "task", json!({"title": "c"})).await?;
        let looks = of(instance, "read").await?.len();
        engine.query(&actor, engine::query::History { entity, id: plain, limit: 20 }).await?;
        assert_eq!(of(instance, "read").await?.len(), looks, "what was never there was not seen");
        engine.query(&actor, List { export: true, ..list(&actor, entity, &["title"]) }).await?;
        assert_eq!(of(instance, "export").await?[0].entry.facts(), json!({"rows": 3}));
        assert_eq!(of(instance, "publish").await?[0].entry.facts()["version"], json!(1));
        Ok(())
    }

    async fn numbers_of_sensitive_values_are_entries(instance) {
        let actor = instance.actor("anna", &[], None).await?;
        create(instance, &actor, "task", json!({"title": "a", "pay": 5})).await?;
        create(instance, &actor, "task", json!({"title": "b", "pay": 7})).await?;
        let (entity, engine) = (instance.entity("task")?, &instance.engine);
        let path = |name: &str| actor.edition.app.own_path(actor.edition.app.field_named(entity, name).unwrap().id).unwrap();
        let asks = |group: &[&str], measures: Vec<Measure>| Aggregate {
            entity,
            period: None,
            group: group.iter().map(|name| path(name)).collect(),
            measures,
            filter: formula::Predicate::always(),
            within: formula::Predicate::always(),
            search: None,
            limit: 10,
            anonymous: false,
        };
        engine.query(&actor, asks(&["title"], vec![Measure::Count])).await?;
        assert!(of(instance, "read").await?.is_empty(), "how many there are is nobody's secret");
        engine.query(&actor, asks(&["title"], vec![Measure::Count, Measure::Avg(path("pay"))])).await?;
        engine.query(&actor, asks(&["pay"], vec![Measure::Count])).await?;
        let read: Vec<_> = of(instance, "read").await?.iter().map(|written| written.entry.facts()).collect();
        assert_eq!(read, [json!({"groups": 2, "fields": ["pay"]}), json!({"groups": 2, "fields": ["pay"]})]);
        Ok(())
    }

    async fn values_that_are_refused_beside_sensitive_ones_are_entries_without_them(instance) {
        let actor = instance.actor("anna", &[], None).await?;
        let id = create(instance, &actor, "task", json!({"title": "a", "pay": 5})).await?;
        let refused = async |action: &str| -> anyhow::Result<Vec<Written>> {
            Ok(of(instance, action).await?.into_iter().filter(|written| written.entry.outcome == "refused").collect())
        };
        assert!(try_create(instance, &actor, "task", json!({"pay": 47110000})).await.is_err());
        assert!(try_update(instance, &actor, "task", id, None, json!({"pay": 47110000})).await.is_err());
        let made = refused("create").await?.remove(0);
        assert_eq!((made.entry.record.clone(), made.entry.facts()), (None, json!({"reason": "invalid", "faults": ["pay:range"]})));
        let changed = refused("update").await?.remove(0);
        assert_eq!(changed.entry.record, Some(id.to_string()));
        assert!(!format!("{made:?}{changed:?}").contains("47110000"));
        // One entry for many, naming the first that is refused; nothing where nothing is sensitive.
        let entity = instance.entity("task")?;
        let bad = |pay: i64| Command::Create { entity, id: None, fields: fields(json!({"pay": pay})) };
        let bulk = Command::Bulk(vec![bad(1), bad(2000000), bad(3000000)]);
        assert!(instance.engine.execute(&actor, bulk).await.is_err());
        assert_eq!(refused("create").await?.len(), 2);
        Ok(())
    }

    async fn entries_get_positions_and_every_one_can_be_proved(instance) {
        let (engine, actor) = (&instance.engine, instance.actor("anna", &[], None).await?);
        let mut seen = None;
        for n in 0..7 {
            let id = create(instance, &actor, "task", json!({"title": n.to_string()})).await?;
            engine.place_entries(if n % 2 == 0 { "one" } else { "two" }).await?;
            // The other node leads once the lease of the first has run out.
            instance.clock.pass(jiff::SignedDuration::from_secs(31));
            if n == 3 {
                seen = engine.store().last_head().await?;
            }
            assert!(try_update(instance, &actor, "task", id, None, json!({"title": "x"})).await.is_ok());
        }
        engine.place_entries("one").await?;
        assert_eq!(engine.store().unplaced_since().await?.0, 0);
        let report = verify(instance).await?;
        let keys = engine.public_keys();
        for written in found(instance, Wanted::default()).await? {
            let proof = ::ledger::Proof::read(&engine.prove_entry(written.entry.id.parse()?).await?.written())?;
            assert_eq!(proof.check(&keys)?.size, report.entries);
        }
        // The file says the same, to whoever has the public key alone.
        let mut reading = ::ledger::file::Reading::new(keys.clone(), None);
        let mut export = engine.export_ledger(&engine.system()).await?;
        while let Some(lines) = export.next().await? {
            for line in lines.lines() {
                reading.line(line)?;
            }
        }
        assert_eq!(reading.finish()?, report);
        // What was seen before is a beginning of it; another past is not.
        let seen = Checkpoint::believe(&seen.unwrap().1, &keys, &[])?;
        engine.verify_ledger(&keys, Some(seen.clone())).await?;
        let other = Checkpoint { root: report.root, ..seen };
        assert!(matches!(engine.verify_ledger(&keys, Some(other)).await, Err(AuditError::Fault(fault)) if fault.kind == Kind::Witness));
        let stranger = SecretKey::new(Suite::Standard, "loam-suite", &[9; 32])?.public();
        assert!(matches!(engine.verify_ledger(&[stranger], None).await, Err(AuditError::Fault(fault)) if fault.kind == Kind::Checkpoint));
        Ok(())
    }

    async fn a_leader_that_lost_its_lease_writes_nothing(instance) {
        let (engine, actor) = (&instance.engine, instance.actor("anna", &[], None).await?);
        let now = engine.now();
        let until = now + jiff::SignedDuration::from_secs(30);
        let store = engine.store();
        let old = store.lead("ledger", "old", now, until).await?.unwrap();
        assert_eq!(store.lead("ledger", "new", now, until).await?, None);
        create(instance, &actor, "task", json!({"title": "a"})).await?;
        assert_eq!(engine.place_entries("new").await?, 0);
        instance.clock.pass(jiff::SignedDuration::from_secs(31));
        assert!(engine.place_entries("new").await? > 0);
        let late = store::Placing { from: 99, leaves: vec![], nodes: vec![], head: "x".into() };
        assert!(!store.place(&old, late).await?);
        verify(instance).await?;
        Ok(())
    }

    async fn whatever_is_changed_in_any_column_of_any_table_is_found(instance) {
        let (engine, actor) = (&instance.engine, instance.actor("anna", &[], None).await?);
        // More than 256, so that a node of the tree is whole.
        let rows = (0..260).map(|n| (None, fields(json!({"title": n.to_string(), "pay": n})))).collect();
        engine.execute(&engine.system(), Command::Load { entity: instance.entity("task")?, rows }).await?;
        let id = create(instance, &actor, "task", json!({"title": "a", "pay": 5})).await?;
        let gone = create(instance, &actor, "task", json!({"title": "b", "pay": 6})).await?;
        assert_eq!(engine.erase_values(None, "task", Erase::Record { id: gone }).await?, 1);
        engine.place_entries("one").await?;
        let whole = verify(instance).await?;
        assert!(whole.entries > 260 && whole.erased == 1);
        // Every table that lets nothing go, as the database itself lists them, and every column of each.
        let tables = instance.told(guarded(instance)).await?;
        assert_eq!(tables, ["loam_entry", "loam_head", "loam_leaf", "loam_node"], "a table of the ledger is not looked at");
        assert_eq!(columns(instance, "loam_unplaced").await?, ["entry"]);
        unguard(instance).await?;
        let entry = found(instance, Wanted { record: Some(id), ..Wanted::default() }).await?.remove(0);
        let mark = of(instance, "ledger.erase").await?.remove(0);
        let (position, id) = (entry.position.unwrap(), entry.entry.id);
        let other = engine.new_id();
        // An entry of a write, the mark of an erasure, and the row of each other table that speaks of the first.
        let rows = |table: &str| match table {
            "loam_entry" => vec![format!("id = '{id}'"), format!("id = '{}'", mark.entry.id)],
            "loam_leaf" => vec![format!("position = {position}")],
            "loam_node" => vec!["place = 0".to_owned()],
            _ => vec![format!("size = {}", whole.entries)],
        };
        for table in &tables {
            let (nullable, mut changes) = (nullable(instance, table).await?, 0);
            for (column, one) in columns(instance, table).await?.into_iter().flat_map(|column| rows(table).into_iter().map(move |one| (column.clone(), one))) {
                let another = match (table.as_str(), column.as_str()) {
                    (_, "id" | "actor" | "act" | "record" | "behalf" | "entry") => format!("'{other}'"),
                    (_, "position") => "position + 1000".to_owned(),
                    (_, "level" | "place") => format!("{column} + 1"),
                    (_, "size") => "size - 1".to_owned(),
                    _ => format!("concat({column}, 'x')"),
                };
                let known = instance.told(&format!("SELECT '' FROM {table} WHERE {one} AND {column} IS NOT NULL")).await?;
                let nothing = (nullable.contains(&column) && !known.is_empty()).then(|| "NULL".to_owned());
                for value in nothing.into_iter().chain([another]) {
                    changes += 1;
                    instance.say(&format!("CREATE TABLE kept AS SELECT * FROM {table} WHERE {one}")).await?;
                    instance.say(&format!("UPDATE {table} SET {column} = {value} WHERE {one}")).await?;
                    assert!(fault(instance).await.is_ok(), "{table}.{column} = {value} of {one} was not found");
                    // Back as it was; whatever the change made of the row goes.
                    let key = match (table.as_str(), column.as_str()) {
                        ("loam_entry", "id") => format!("id = '{other}'"),
                        ("loam_leaf", "position") => format!("position = {}", position + 1000),
                        ("loam_node", "level") => "level = 2".to_owned(),
                        ("loam_node", "place") => "place = 1".to_owned(),
                        ("loam_head", "size") => format!("size = {}", whole.entries - 1),
                        _ => one.clone(),
                    };
                    instance.say(&format!("DELETE FROM {table} WHERE {key}")).await?;
                    instance.say(&format!("INSERT INTO {table} SELECT * FROM kept")).await?;
                    instance.say("DROP TABLE kept; DELETE FROM loam_unplaced").await?;
                    assert_eq!(verify(instance).await?, whole, "{table}.{column} is back");
                }
            }
            assert!(changes > 1, "{table} has columns");
        }
        // Rows that go, and rows that come.
        for (change, kind) in [
            (format!("INSERT INTO loam_unplaced (entry) VALUES ('{other}')"), Kind::Unplaced),
            (format!("DELETE FROM loam_unplaced; INSERT INTO loam_entry (id, at, act, action, object, outcome) VALUES ('{other}', 'x', '{other}', 'x', 'x', 'done'); DELETE FROM loam_unplaced"), Kind::Unplaced),
            (format!("DELETE FROM loam_entry WHERE id = '{other}'; CREATE TABLE kept AS SELECT * FROM loam_node; DELETE FROM loam_node"), Kind::Node),
            (format!("INSERT INTO loam_node SELECT * FROM kept; DELETE FROM loam_entry WHERE id = '{id}'"), Kind::Missing),
            (format!("DELETE FROM loam_leaf WHERE position = {position}"), Kind::Missing),
            (format!("DELETE FROM loam_leaf WHERE position > {position}"), Kind::Cut),
        ] {
            instance.say(&change).await?;
            assert_eq!(fault(instance).await?.0, kind, "{change}");
        }
        Ok(())
    }

    async fn erasing_leaves_every_proof(instance) {
        let (engine, actor) = (&instance.engine, instance.actor("anna", &[], None).await?);
        let id = create(instance, &actor, "task", json!({"title": "a", "pay": 5})).await?;
        let kept = create(instance, &actor, "task", json!({"title": "b"})).await?;
        engine.place_entries("one").await?;
        let entry = found(instance, Wanted { record: Some(id), ..Wanted::default() }).await?.remove(0).entry;
        let proof = engine.prove_entry(entry.id.parse()?).await?;
        assert!(matches!(engine.erase_values(Some(&actor), "task", Erase::Record { id }).await, Err(EraseError::Denied)));
        let operator = instance.actor("otto", &["operator"], None).await?;
        assert_eq!(engine.erase_values(Some(&operator), "task", Erase::Record { id }).await?, 1);
        engine.place_entries("one").await?;
        assert_eq!(verify(instance).await?.erased, 1);
        let again = engine.prove_entry(entry.id.parse()?).await?;
        assert_eq!((again.what.is_none(), &again.entry), (true, &proof.entry));
        again.check(&engine.public_keys())?;
        let told = engine.query(&actor, History { entity: instance.entity("task")?, id, limit: 9 }).await?;
        assert_eq!((told.len(), told[0].action.as_str(), &told[0].after), (1, "create", &Value::Null));
        // The account too: what it did stays, who it was and from where goes.
        let account = Erase::Account { id: actor.user };
        assert!(engine.erase_values(None, "account", account).await? >= 2);
        engine.place_entries("one").await?;
        verify(instance).await?;
        let other = found(instance, Wanted { record: Some(kept), ..Wanted::default() }).await?.remove(0);
        assert_eq!((other.who.is_none(), other.what.is_some()), (true, true));
        // An erasure that is not on the ledger is found.
        instance.say(&format!("UPDATE loam_entry SET what_salt = NULL, what = NULL WHERE record = '{kept}'")).await?;
        assert_eq!(fault(instance).await?.0, Kind::ValueGone);
        Ok(())
    }

    async fn values_older_than_they_may_be_kept_go_and_younger_ones_stay(instance) {
        let (engine, actor) = (&instance.engine, instance.actor("anna", &[], None).await?);
        create(instance, &actor, "task", json!({"title": "old"})).await?;
        instance.clock.pass(jiff::SignedDuration::from_hours(24 * 200));
        let young = create(instance, &instance.actor("bert", &[], None).await?, "task", json!({"title": "young"})).await?;
        assert!(matches!(engine.purge_values(183).await, Err(EraseError::TooShort)));
        assert!(engine.purge_values(184).await? >= 1);
        engine.place_entries("one").await?;
        assert!(verify(instance).await?.erased >= 1);
        let young = found(instance, Wanted { record: Some(young), ..Wanted::default() }).await?.remove(0);
        assert!(young.what.is_some());
        // The same every day, where it was asked for.
        assert!(engine.keep_values_for(30).is_err());
        engine.keep_values_for(184)?;
        instance.clock.pass(jiff::SignedDuration::from_hours(24 * 200));
        while engine.turn("one").await? > 0 {}
        assert_eq!(of(instance, "ledger.purge").await?.len(), 2);
        verify(instance).await?;
        Ok(())
    }

    async fn only_the_auditor_reads_it_and_that_is_on_it(instance) {
        let engine = &instance.engine;
        let member = instance.actor("anna", &[], None).await?;
        let operator = instance.actor("otto", &["operator"], None).await?;
        let auditor = instance.actor("vera", &["auditor"], None).await?;
        let wanted = Wanted { limit: 10, ..Wanted::default() };
        for other in [&member, &operator] {
            assert!(matches!(engine.look_up(other, &wanted).await, Err(AuditError::Denied)));
        }
        engine.look_up(&auditor, &wanted).await?;
        let read: Vec<_> = of(instance, "ledger.read").await?.into_iter().map(|written| (opened(&written.who)["login"].clone(), written.entry.outcome)).collect();
        assert_eq!(read, [(json!("vera"), "done".to_owned()), (json!("otto"), "refused".to_owned()), (json!("anna"), "refused".to_owned())]);
        engine.place_entries("one").await?;
        assert!(engine.verify_as(&auditor).await.is_ok());
        Ok(())
    }
}
