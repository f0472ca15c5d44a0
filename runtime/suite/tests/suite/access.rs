//! Who sees and does what: every path gives the same answer.

use engine::{CommandError, QueryError};
use model::Value;
use policy::{Aggregate, Measure};
use serde_json::json;
use store::Wanted;

use super::support::{codes, columns, create, list, read, try_create, try_update};
use crate::both;

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/pay.yaml",
        "label: {zh-CN: 薪酬, en: Pay}\ndisplay: name\nsearch: [name]\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  team: {type: text, label: {zh-CN: 团队, en: Team}}\n  x: {type: integer, label: {zh-CN: 甲, en: X}}\n  y: {type: integer, label: {zh-CN: 乙, en: Y}}\n  owner: {type: text, label: {zh-CN: 所有者, en: Owner}, default: actor.login}\n",
    ),
    (
        "entities/secret.yaml",
        "label: {zh-CN: 秘密, en: Secret}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n",
    ),
    (
        "roles/a.yaml",
        "label: {zh-CN: 角色甲, en: A}\ngrants:\n  - {entity: pay, actions: [read], where: 'team == \"1\"', read: [name, team, x]}\n",
    ),
    (
        "roles/b.yaml",
        "label: {zh-CN: 角色乙, en: B}\ngrants:\n  - {entity: pay, actions: [read], where: 'team == \"2\"', read: [name, team, y]}\n",
    ),
    (
        "roles/own.yaml",
        "label: {zh-CN: 本人, en: Own}\ngrants:\n  - {entity: pay, actions: [create, read, update], where: 'owner == actor.login', write: [name, team, x]}\n",
    ),
];

both! { FILES;
    async fn two_grants_never_make_a_cell(instance) {
        let system = instance.engine.system();
        for (name, team) in [("p", "1"), ("q", "1"), ("r", "2"), ("s", "3")] {
            create(instance, &system, "pay", json!({"name": name, "team": team, "x": 10, "y": 20})).await?;
        }
        let both = instance.actor("both", &["a", "b"], None).await?;
        let entity = instance.entity("pay")?;
        let mut page = list(&both, entity, &["name", "x", "y"]);
        page.sort = vec![policy::Sort { by: columns(&both, entity, &["name"])[0].clone(), direction: policy::Direction::Ascending }];
        let rows = instance.engine.query(&both, page).await?.rows;
        let rows: Vec<Vec<Value>> = rows.into_iter().map(|row| row.values).collect();
        assert_eq!(rows, [
            vec!["p".into(), 10.into(), Value::Null],
            vec!["q".into(), 10.into(), Value::Null],
            vec!["r".into(), Value::Null, 20.into()],
        ]);

        // Filtering, sorting and aggregating see the same cells.
        let filter = |text: &str| instance.engine.parse_filter(&both, entity, text).unwrap();
        let hidden = policy::List { filter: filter("y == 20"), ..list(&both, entity, &["name"]) };
        let found: Vec<_> = instance.engine.query(&both, hidden).await?.rows;
        assert_eq!(found.len(), 1);
        let sum = Aggregate {
            entity,
            period: None,
            group: Vec::new(),
            measures: vec![Measure::Count, Measure::Sum(columns(&both, entity, &["x"])[0].clone())],
            filter: formula::Predicate::always(),
            within: formula::Predicate::always(),
            search: None,
            limit: 10,
            anonymous: false,
        };
        assert_eq!(instance.engine.query(&both, sum).await?[0].numbers, [3.into(), 20.into()]);
        Ok(())
    }

    async fn what_no_grant_names_is_refused(instance) {
        let nobody = instance.actor("nobody", &[], None).await?;
        let only_a = instance.actor("a", &["a"], None).await?;
        let entity = instance.entity("pay")?;
        assert!(matches!(instance.engine.query(&nobody, list(&nobody, entity, &[])).await, Err(QueryError::Denied(_))));
        assert!(matches!(instance.engine.query(&only_a, list(&only_a, entity, &["y"])).await, Err(QueryError::Denied(_))));
        let filter = instance.engine.parse_filter(&only_a, entity, "y == 20").unwrap();
        let sly = policy::List { filter, ..list(&only_a, entity, &["name"]) };
        assert!(matches!(instance.engine.query(&only_a, sly).await, Err(QueryError::Denied(_))));
        let created = try_create(instance, &only_a, "pay", json!({"name": "z"})).await;
        assert!(matches!(created, Err(CommandError::Denied { .. })), "{created:?}");
        let secret = try_create(instance, &only_a, "secret", json!({"name": "z"})).await;
        assert!(matches!(secret, Err(CommandError::Denied { .. })), "{secret:?}");
        Ok(())
    }

    async fn a_publish_keeps_on_the_ledger_what_else_changes_of_rights(instance) {
        let everyone = "label: {zh-CN: 角色甲, en: A}\neveryone: true\ngrants:\n  - {entity: pay, actions: [read], where: 'team == \"1\"', read: [name, team, x]}\n";
        let files = FILES.map(|(path, text)| (path, if path == "roles/a.yaml" { everyone } else { text }));
        instance.publish(&files, &[]).await?;
        let wanted = Wanted { action: Some("publish".to_owned()), limit: 1, ..Wanted::default() };
        let publish = instance.engine.store().entries(&wanted).await?.remove(0);
        assert_eq!(publish.entry.facts()["access"], json!(["+ a everyone"]));
        Ok(())
    }

    async fn own_rows_and_granted_fields_only(instance) {
        let ann = instance.actor("ann", &["own"], None).await?;
        let bob = instance.actor("bob", &["own"], None).await?;
        assert!(std::sync::Arc::ptr_eq(&ann.rights, &bob.rights), "who holds the same has the same, worked out once");
        let id = create(instance, &ann, "pay", json!({"name": "ann's", "x": 1})).await?;
        assert!(read(instance, &bob, "pay", id, &["name"]).await?.is_none());
        let other = try_update(instance, &bob, "pay", id, None, json!({"x": 2})).await;
        assert!(matches!(other, Err(CommandError::NotFound { .. })), "{other:?}");
        let field = try_update(instance, &ann, "pay", id, None, json!({"y": 2})).await;
        assert!(matches!(field, Err(CommandError::Denied { field: Some(_), .. })), "{field:?}");
        let given = try_create(instance, &ann, "pay", json!({"name": "z", "owner": "bob"})).await;
        assert!(given.is_err());
        assert_eq!(codes(try_update(instance, &ann, "pay", id, None, json!({"x": "a"})).await.unwrap_err()), ["x:type"]);
        Ok(())
    }
}
