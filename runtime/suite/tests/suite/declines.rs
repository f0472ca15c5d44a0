//! Numbers that fall so often in a row that their author wants somebody to look: who is told, of what, and that it is once.

use engine::Actor;
use jiff::SignedDuration;
use model::RecordId;
use serde_json::json;
use suite::Instance;

use super::support::{create, try_update};
use crate::both;

const FILES: [(&str, &str); 7] = [
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
        "entities/renewal.yaml",
        "label: {zh-CN: 续约, en: Renewal}\ndisplay: quarter\nfields:\n  team: {type: department, required: true, label: {zh-CN: 团队, en: Team}}\n  quarter: {type: period, grain: quarter, required: true, label: {zh-CN: 季度, en: Quarter}}\n  large: {type: boolean, label: {zh-CN: 大客户, en: Large}}\n  due: {type: integer, label: {zh-CN: 到期, en: Due}}\n  renewed: {type: integer, label: {zh-CN: 已续, en: Renewed}}\n",
    ),
    (
        "dictionary/rate.yaml",
        "code: R1\nlabel: {zh-CN: 续约率, en: Renewal rate}\ndefinition: {zh-CN: 到期客户中续约的占比, en: Share of those due that renewed}\nunit: '%'\ndirection: higher\nfrequency: quarterly\nowner: market\nmeasure: {over: renewal, time: quarter, subject: team, ratio: {numerator: sum(renewed), denominator: sum(due), times: 100}}\ndrivers: {split: large, tell: {owner: true, to: head}}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: unit, actions: [read]}\n  - {entity: person, actions: [read]}\n  - {entity: renewal, actions: [read]}\n",
    ),
    (
        "roles/large.yaml",
        "label: {zh-CN: 大客户, en: Large}\ngrants:\n  - {entity: unit, actions: [read]}\n  - {entity: renewal, actions: [read], where: large}\n",
    ),
];

struct World {
    system: Actor,
    market: Actor,
    teams: Vec<(RecordId, Actor)>,
}

impl World {
    /// The unit that answers for the term, and two teams, each with a head; the head of the second sees some of the rows.
    async fn make(instance: &Instance) -> anyhow::Result<Self> {
        let system = instance.engine.system();
        let mut made = Vec::new();
        for (code, role) in [("market", "all"), ("t2", "all"), ("t4", "large")] {
            let head = create(instance, &system, "person", json!({"name": code})).await?;
            let unit = create(instance, &system, "unit", json!({"code": code, "head": head})).await?;
            made.push((unit, instance.actor(code, &[role], Some(head)).await?));
        }
        let (_, market) = made.remove(0);
        Ok(Self { system, market, teams: made })
    }

    async fn quarter(&self, instance: &Instance, team: usize, quarter: &str, renewed: i64) -> anyhow::Result<RecordId> {
        let row =
            json!({"team": self.teams[team].0, "quarter": quarter, "due": 100, "renewed": renewed, "large": false});
        create(instance, &self.system, "renewal", row).await
    }
}

async fn settled(instance: &Instance) -> anyhow::Result<()> {
    while instance.engine.turn("one").await? > 0 {}
    Ok(())
}

/// What somebody was told, the oldest first: the period, and whether it is about a team of their own.
async fn told(instance: &Instance, who: &Actor) -> anyhow::Result<Vec<(String, bool)>> {
    let notices = instance.engine.store().notifications().of(who.user, instance.engine.now(), 50).await?;
    let one = |notice: &store::Notification| {
        assert_eq!(notice.kind, "drivers");
        let text = |name: &str| notice.payload[name].as_str().map(str::to_owned);
        (text("period").unwrap(), text("subject").is_some())
    };
    Ok(notices.iter().rev().map(one).collect())
}

both! {
    FILES;

    async fn two_declines_tell_the_head_and_whoever_answers_for_the_number_once(instance) {
        let world = World::make(instance).await?;
        for (quarter, second, fourth) in [("2025-Q1", 86, 82), ("2025-Q2", 79, 80)] {
            world.quarter(instance, 0, quarter, second).await?;
            world.quarter(instance, 1, quarter, fourth).await?;
        }
        settled(instance).await?;
        assert!(told(instance, &world.market).await?.is_empty(), "one decline is none in a row");
        world.quarter(instance, 1, "2025-Q3", 80).await?;
        world.quarter(instance, 0, "2025-Q3", 73).await?;
        settled(instance).await?;
        let third = |own: bool| vec![("2025-Q3".to_owned(), own)];
        assert_eq!(told(instance, &world.teams[0].1).await?, third(true), "86, 79, 73");
        assert!(told(instance, &world.teams[1].1).await?.is_empty(), "82, 80, 80");
        assert_eq!(told(instance, &world.market).await?, third(false), "84, 79.5, 76.5 in all");
        let notices = instance.engine.store().notifications().of(world.teams[0].1.user, instance.engine.now(), 5).await?;
        assert_eq!(
            notices[0].payload["text"]["zh-CN"],
            json!("t2：“续约率”截至 2025-Q3 已连续 2 期变差，请查看归因分析")
        );
        // Data that comes again, another day, and another node tell nobody twice.
        world.quarter(instance, 0, "2025-Q3", 70).await?;
        settled(instance).await?;
        instance.clock.pass(SignedDuration::from_hours(24));
        settled(instance).await?;
        let other = instance.another().await?;
        other.turn("two").await?;
        other.store().close().await;
        assert_eq!(told(instance, &world.teams[0].1).await?.len(), 1);
        assert_eq!(told(instance, &world.market).await?.len(), 1);
        // The next quarter is another matter, once it is over.
        world.quarter(instance, 0, "2025-Q4", 40).await?;
        settled(instance).await?;
        assert_eq!(told(instance, &world.teams[0].1).await?.len(), 1, "it may still become better");
        instance.clock.pass(SignedDuration::from_hours(24 * 50));
        settled(instance).await?;
        assert_eq!(told(instance, &world.teams[0].1).await?.len(), 2);
        Ok(())
    }

    async fn nobody_is_told_of_what_they_may_not_see(instance) {
        let world = World::make(instance).await?;
        let mut rows = Vec::new();
        for (quarter, renewed) in [("2025-Q1", 90), ("2025-Q2", 80), ("2025-Q3", 70)] {
            rows.push(world.quarter(instance, 1, quarter, renewed).await?);
        }
        settled(instance).await?;
        assert!(told(instance, &world.teams[1].1).await?.is_empty(), "they see customers that are large only");
        assert_eq!(told(instance, &world.market).await?.len(), 1);
        for row in rows {
            try_update(instance, &world.system, "renewal", row, None, json!({"large": true})).await?;
        }
        settled(instance).await?;
        assert_eq!(told(instance, &world.teams[1].1).await?.len(), 1);
        Ok(())
    }
}
