//! Who is told where a version of a term stands: whoever answers for it or for what is made from it, and whoever shows it.

use engine::{Actor, query::Notifications, term::TermDeed};
use model::Locale;
use serde_json::json;
use store::{StoreError, UnitBoard};
use suite::Instance;

use super::support::create;
use crate::both;

const CALLS: &str = "code: K1\nlabel: {zh-CN: 来电量, en: Calls}\ndefinition: {zh-CN: 来电合计, en: All calls}\ndirection: higher\nfrequency: monthly\nowner: care\nstatus: approved\nmeasure: {over: call, time: day, simple: sum(calls)}\n";
const VERSION_2: &str = "code: K1\nlabel: {zh-CN: 来电量, en: Calls}\ndefinition: {zh-CN: 来电合计, en: All calls}\ndirection: higher\nfrequency: monthly\nowner: care\nstatus: approved\nversion: 2\nmeasure: {over: call, time: day, simple: sum(lost)}\n";

const FILES: [(&str, &str); 8] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/unit.yaml",
        "label: {zh-CN: 单位, en: Unit}\nstands_for: unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text, unique: true, required: true, label: {zh-CN: 编码, en: Code}}\n  parent: {type: department, label: {zh-CN: 上级, en: Parent}, stands_for: parent_unit}\n  head: {type: person, label: {zh-CN: 负责人, en: Head}, stands_for: head}\n",
    ),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  unit: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: unit}\n",
    ),
    (
        "entities/call.yaml",
        "label: {zh-CN: 来电, en: Call}\ndisplay: day\nfields:\n  day: {type: date, required: true, label: {zh-CN: 日期, en: Day}}\n  calls: {type: integer, label: {zh-CN: 来电, en: Calls}}\n  lost: {type: integer, label: {zh-CN: 未接, en: Lost}}\n",
    ),
    ("dictionary/calls.yaml", CALLS),
    (
        "dictionary/twice.yaml",
        "code: K2\nlabel: {zh-CN: 两倍, en: Twice}\ndefinition: {zh-CN: 两倍, en: Twice}\ndirection: higher\nfrequency: monthly\nowner: market\nmeasure: {derived: calls * 2}\n",
    ),
    (
        "roles/reader.yaml",
        "label: {zh-CN: 读者, en: Reader}\ngrants:\n  - {entity: call, actions: [read]}\n  - {entity: unit, actions: [read]}\n  - {entity: person, actions: [read]}\n",
    ),
    (
        "roles/approver.yaml",
        "label: {zh-CN: 批准, en: Approver}\nterms: {actions: [review, approve]}\ngrants:\n  - {entity: call, actions: [read]}\n",
    ),
];

/// What somebody was told, the oldest first: the term, its version, and where that stands.
async fn told(instance: &Instance, who: &Actor) -> anyhow::Result<Vec<String>> {
    let account = instance.engine.store().accounts().by_login(&who.login).await?.unwrap();
    let now = instance.engine.actor(&account, Locale::En);
    let notices = instance.engine.query(&now, Notifications { limit: 50 }).await?;
    let one = |notice: &store::Notification| {
        let of = &notice.payload;
        format!("{} {} {}", of["term"].as_str().unwrap(), of["version"], of["status"].as_str().unwrap())
    };
    Ok(notices.iter().rev().map(one).collect())
}

async fn judge(instance: &Instance, login: &str, deed: TermDeed, said: &str) -> anyhow::Result<()> {
    let account = instance.engine.store().accounts().by_login(login).await?.unwrap();
    let actor = instance.engine.actor(&account, Locale::En);
    instance.engine.judge(&actor, "calls", 2, deed, said).await?;
    while instance.engine.turn("one").await? > 0 {}
    Ok(())
}

both! {
    FILES;

    async fn whom_a_version_concerns_is_told_of_it_once(instance) {
        let system = instance.engine.system();
        let mut heads = Vec::new();
        let who: [(&str, &[&str]); 4] =
            [("care", &["reader"]), ("market", &["reader"]), ("other", &["reader"]), ("blind", &[])];
        for (code, roles) in who {
            let head = create(instance, &system, "person", json!({"name": code})).await?;
            create(instance, &system, "unit", json!({"code": code, "head": head})).await?;
            heads.push(instance.actor(code, roles, Some(head)).await?);
        }
        let maker = instance.actor("maker", &["reader"], None).await?;
        let blind = instance.actor("blind_maker", &[], None).await?;
        for account in [&maker, &blind] {
            let board = UnitBoard {
                id: instance.engine.new_id(),
                unit: instance.engine.new_id(),
                account: account.user,
                name: "Twice".to_owned(),
                terms: vec!["twice".to_owned()],
                layout: "numbers".to_owned(),
                audience: "me".to_owned(),
                made: instance.engine.now(),
                version: 1,
            };
            let kept = instance.engine.store().tend::<(), StoreError, _>(move |tx| {
                let board = board.clone();
                Box::pin(async move { tx.make_board(&board).await })
            });
            kept.await?;
        }
        instance.account("rev", &["approver"], None).await?;
        instance.account("app", &["approver"], None).await?;
        let files = FILES.map(|(path, text)| (path, if path == "dictionary/calls.yaml" { VERSION_2 } else { text }));
        instance.publish(&files, &[]).await?;
        while instance.engine.turn("one").await? > 0 {}
        while instance.engine.turn("two").await? > 0 {}
        let proposed = vec!["calls 2 proposed".to_owned()];
        for one in [&heads[0], &heads[1], &maker] {
            assert_eq!(told(instance, one).await?, proposed, "{}", one.login);
        }
        // Who has nothing to do with it, and who may not see it, is told nothing.
        for one in [&heads[2], &heads[3], &blind] {
            assert!(told(instance, one).await?.is_empty(), "{}", one.login);
        }
        judge(instance, "rev", TermDeed::Review, "").await?;
        assert_eq!(told(instance, &heads[0]).await?, proposed, "a review changes nothing for them");
        judge(instance, "app", TermDeed::Approve, "").await?;
        judge(instance, "app", TermDeed::Deprecate, "改用接通量").await?;
        let all = ["calls 2 proposed", "calls 2 approved", "calls 2 deprecated"];
        for one in [&heads[0], &heads[1], &maker] {
            assert_eq!(told(instance, one).await?, all, "{}", one.login);
        }
        Ok(())
    }
}
