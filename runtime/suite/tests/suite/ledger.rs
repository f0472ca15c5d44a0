//! The one log: every act is on it, with what belongs to it.

use engine::{Act, By, Origin};
use store::StoreError;

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
    async fn an_act_and_its_write_happen_together_or_not_at_all(instance) {
        let engine = &instance.engine;
        let mut account = instance.account("anna", &[], None).await?;
        let by = By::unknown("anna", Origin { address: "10.0.0.1".into(), ..Origin::default() });
        engine.note(by.clone(), Act::new("session.begin", "account").refused("wrong-password")).await?;
        account.name = "Anna".into();
        let act = Act::new("account.change", "account").on(account.id).detail("after", serde_json::json!({"name": "Anna"}));
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
        Ok(())
    }
}
