//! What is masked is shown whole once, for a reason that stands on the ledger; and people are told who looked at theirs.

use engine::{
    Actor, Explain, QueryError, Stated, Within,
    query::{Looks, NotUncovered, Uncover},
};
use model::{Locale, RecordId, Value};
use policy::{Action, Denied};
use serde_json::json;
use store::Wanted;
use suite::Instance;

use super::support::{create, list, read};
use crate::both;

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  phone: {type: text, label: {zh-CN: 电话, en: Phone}, sensitivity: sensitive, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n  card: {type: text, label: {zh-CN: 证件, en: Card}, sensitivity: sensitive, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n  badge: {type: secret, label: {zh-CN: 胸卡, en: Badge}, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n  open: {type: boolean, label: {zh-CN: 公开, en: Open}}\n",
    ),
    // Sees everybody's phone and card in part, and may have the phones of some shown in full.
    (
        "roles/desk.yaml",
        "label: {zh-CN: 前台, en: Desk}\ngrants:\n  - {entity: person, actions: [read, uncover], where: open == true, read: [name], masked: {phone: '###****####', badge: '###****####'}}\n  - {entity: person, actions: [read, export], read: [name], masked: {phone: '###****####', card: '#***'}}\n",
    ),
    (
        "roles/plain.yaml",
        "label: {zh-CN: 普通, en: Plain}\ngrants:\n  - {entity: person, actions: [read], read: [name], masked: {phone: '###****####'}}\n",
    ),
    ("roles/whole.yaml", "label: {zh-CN: 完整, en: Whole}\ngrants:\n  - {entity: person, actions: [read, export]}\n"),
    ("roles/viewer.yaml", "label: {zh-CN: 代看, en: Viewer}\nviews_as: true\n"),
];

async fn people(instance: &Instance) -> anyhow::Result<(RecordId, RecordId)> {
    let system = instance.engine.system();
    let one = json!({"name": "王伟", "phone": "13812345678", "card": "110101199001011234", "badge": "B7200004321", "open": true});
    let other = json!({"name": "李娜", "phone": "13987654321", "open": false});
    Ok((create(instance, &system, "person", one).await?, create(instance, &system, "person", other).await?))
}

fn asked(instance: &Instance, actor: &Actor, id: RecordId, names: &[&str], reason: &str) -> Uncover {
    let entity = instance.entity("person").unwrap();
    let field = |name: &&str| actor.edition.app.field_named(entity, name).unwrap().id;
    Uncover { entity, id, fields: names.iter().map(field).collect(), reason: reason.to_owned() }
}

async fn entries(instance: &Instance, action: &str) -> anyhow::Result<Vec<store::Written>> {
    let wanted = Wanted { action: Some(action.to_owned()), limit: 50, ..Wanted::default() };
    Ok(instance.engine.store().entries(&wanted).await?)
}

both! { FILES;
    async fn a_mask_is_uncovered_for_a_reason_and_nothing_else(instance) {
        let engine = &instance.engine;
        let (open, closed) = people(instance).await?;
        let desk = instance.actor("desk", &["desk"], None).await?;
        let masked: Value = "138****5678".into();
        assert_eq!(read(instance, &desk, "person", open, &["phone"]).await?, Some(vec![masked.clone()]));
        for (reason, why) in [("  ", NotUncovered::NoReason), (&*"长".repeat(201), NotUncovered::TooLong)] {
            assert_eq!(engine.query(&desk, asked(instance, &desk, open, &["phone"], reason)).await?, Err(why));
        }
        assert_eq!(engine.query(&desk, asked(instance, &desk, open, &[], "x")).await?, Err(NotUncovered::NoField));
        assert!(entries(instance, "uncover").await?.is_empty(), "nothing was uncovered");
        let found = engine.query(&desk, asked(instance, &desk, open, &["phone"], " 回访体检结果 ")).await?;
        assert_eq!(found, Ok(Some(vec!["13812345678".into()])));
        let written = entries(instance, "uncover").await?;
        let [entry] = written.as_slice() else { panic!("{written:?}") };
        assert_eq!((entry.entry.record.as_deref(), entry.by_name.as_str()), (Some(open.to_string().as_str()), "DESK"));
        assert_eq!(entry.entry.facts(), json!({"fields": ["phone"]}));
        let what = &entry.what.as_ref().unwrap().value;
        assert!(what.contains("回访体检结果") && !what.contains("13812345678"), "{what}");
        // Not of every row, and not what another grant masks.
        assert_eq!(engine.query(&desk, asked(instance, &desk, closed, &["phone"], "x")).await?, Ok(None));
        let card = engine.query(&desk, asked(instance, &desk, open, &["card"], "x")).await;
        assert!(matches!(card, Err(QueryError::Denied(_))), "{card:?}");
        let name = engine.query(&desk, asked(instance, &desk, open, &["name"], "x")).await;
        assert!(matches!(name, Err(QueryError::Denied(_))), "{name:?}");
        let plain = instance.actor("plain", &["plain"], None).await?;
        let refused = engine.query(&plain, asked(instance, &plain, open, &["phone"], "x")).await;
        let Err(QueryError::Denied(Denied::Action { action, .. })) = refused else { panic!("{refused:?}") };
        assert_eq!(action, Action::Uncover);
        assert!(entries(instance, "uncover").await?.iter().any(|entry| entry.entry.outcome == "refused"));
        // What is sealed too.
        assert_eq!(read(instance, &desk, "person", open, &["badge"]).await?, Some(vec!["B72****4321".into()]));
        let badge = engine.query(&desk, asked(instance, &desk, open, &["badge"], "x")).await?;
        assert_eq!(badge, Ok(Some(vec!["B7200004321".into()])));
        // It stays masked everywhere, before and after.
        assert_eq!(read(instance, &desk, "person", open, &["phone"]).await?, Some(vec![masked]));
        let entity = instance.entity("person")?;
        assert!(engine.parse_filter(&desk, entity, "phone == \"13812345678\"").is_ok());
        let filter = engine.parse_filter(&desk, entity, "phone == \"13812345678\"").unwrap();
        let filtered = engine.query(&desk, policy::List { filter, ..list(&desk, entity, &["name"]) }).await;
        assert!(matches!(filtered, Err(QueryError::Denied(_))), "{filtered:?}");
        let saved = policy::List { export: true, ..list(&desk, entity, &["phone"]) };
        let saved = engine.query(&desk, saved).await?;
        assert!(saved.rows.iter().all(|row| format!("{:?}", row.values[0]).contains("****")), "{saved:?}");
        Ok(())
    }

    async fn nobody_uncovers_in_anothers_place_and_it_is_explained(instance) {
        let engine = &instance.engine;
        let (open, closed) = people(instance).await?;
        let account = instance.account("desk", &["desk"], None).await?;
        let desk = engine.actor(&account, Locale::En);
        // A program, and whoever stands in, have what they were given, and never this.
        let program = engine.actor_within(&account, Locale::En, &Within { writes: true, entities: Vec::new() });
        let looks = Actor { looks: true, ..desk.clone() };
        for actor in [program, looks] {
            let refused = engine.query(&actor, asked(instance, &actor, open, &["phone"], "x")).await;
            assert!(matches!(refused, Err(QueryError::Denied(_))), "{refused:?}");
        }
        let entity = instance.entity("person")?;
        let field = desk.edition.app.field_named(entity, "phone").map(|field| field.id);
        for (id, verdict) in [(open, Stated::Allowed), (closed, Stated::Refused)] {
            let ask = Explain { about: account.clone(), entity, id, action: Action::Uncover, field, beside: None };
            let told = engine.query(&desk, ask).await?.unwrap();
            assert_eq!((told.verdict, told.reasons.len()), (verdict, 1), "{told:?}");
        }
        let table = app::access::Table(&desk.edition.app).to_string();
        let head = table.lines().find(|line| line.contains("uncover")).unwrap_or_default().to_owned();
        assert!(head.contains("read"), "{table}");
        Ok(())
    }

    async fn people_see_who_looked_at_theirs(instance) {
        let engine = &instance.engine;
        let (open, closed) = people(instance).await?;
        let me = instance.actor("me", &["whole"], Some(open)).await?;
        let other = instance.actor("other", &["whole"], Some(closed)).await?;
        let desk = instance.actor("desk", &["desk"], None).await?;
        let entity = instance.entity("person")?;
        assert_eq!(engine.query(&desk, Looks { limit: 10 }).await?, None, "nobody stands behind it");
        assert_eq!(engine.query(&me, Looks { limit: 10 }).await?, Some(Vec::new()));
        // One's own looks are no news, and a name is not sensitive.
        read(instance, &me, "person", open, &["phone"]).await?;
        read(instance, &other, "person", open, &["name"]).await?;
        assert_eq!(engine.query(&me, Looks { limit: 10 }).await?, Some(Vec::new()));
        read(instance, &other, "person", open, &["name", "card"]).await?;
        engine.query(&desk, asked(instance, &desk, open, &["phone"], "回访")).await?.unwrap();
        engine.query(&other, policy::List { export: true, ..list(&other, entity, &["name"]) }).await?;
        engine.query(&other, list(&other, entity, &["phone"])).await?;
        read(instance, &desk, "person", closed, &["phone"]).await?;
        let looks = engine.query(&me, Looks { limit: 10 }).await?.unwrap();
        let told: Vec<_> =
            looks.iter().map(|look| (look.by_name.as_str(), look.action.as_str(), look.fields.join(","), look.reason.as_str())).collect();
        let expected = [
            ("OTHER", "read", "phone".to_owned(), ""),
            ("OTHER", "export", String::new(), ""),
            ("DESK", "uncover", "phone".to_owned(), "回访"),
            ("OTHER", "read", "card".to_owned(), ""),
        ];
        assert_eq!(told, expected);
        // Of the other only what is theirs; and nobody asks in another's place.
        let of_other = engine.query(&other, Looks { limit: 10 }).await?.unwrap();
        assert_eq!(of_other.iter().map(|look| look.by_name.as_str()).collect::<Vec<_>>(), ["DESK"]);
        let standing = Actor { on_behalf: Some(me.user), ..me.clone() };
        assert_eq!(engine.query(&standing, Looks { limit: 10 }).await?, None);
        Ok(())
    }
}
