//! Rules that watch a number: which alerts there are, whatever the order in which the data comes; who looks after them, and
//! that people are told once.

use engine::Actor;
use model::{RecordId, Value};
use serde_json::json;
use suite::Instance;

use super::support::{create, list, try_update};
use crate::both;

pub(super) const FILES: [(&str, &str); 12] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/unit.yaml",
        "label: {zh-CN: 单位, en: Unit}\nstands_for: unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text, label: {zh-CN: 编码, en: Code}}\n  parent: {type: department, label: {zh-CN: 上级, en: Parent}, stands_for: parent_unit}\n  head: {type: person, label: {zh-CN: 负责人, en: Head}, stands_for: head}\n",
    ),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  unit: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: unit}\n  manager: {type: person, label: {zh-CN: 上级, en: Manager}, stands_for: manager}\n",
    ),
    (
        "entities/assignment.yaml",
        "label: {zh-CN: 任职, en: Assignment}\nstands_for: assignment\ndisplay: from\nfields:\n  who: {type: person, required: true, label: {zh-CN: 人员, en: Person}, stands_for: assigned_person}\n  place: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: assigned_unit}\n  boss: {type: person, label: {zh-CN: 上级, en: Manager}, stands_for: assigned_manager}\n  from: {type: date, required: true, label: {zh-CN: 自, en: From}, stands_for: valid_from}\n  to: {type: date, label: {zh-CN: 至, en: To}, stands_for: valid_to}\n",
    ),
    (
        "entities/report_day.yaml",
        "label: {zh-CN: 报告, en: Reports}\ndisplay: day\nunique: [{fields: [person, day], again: update}]\nfields:\n  person: {type: person, required: true, label: {zh-CN: 人员, en: Person}}\n  day: {type: date, required: true, label: {zh-CN: 日期, en: Day}}\n  issued: {type: integer, label: {zh-CN: 签发, en: Issued}}\n  rework: {type: integer, label: {zh-CN: 返修, en: Rework}}\n",
    ),
    (
        "entities/alert.yaml",
        "label: {zh-CN: 预警, en: Alert}\ndisplay: rule\nfields:\n  rule: {type: text, label: {zh-CN: 规则, en: Rule}}\n  person: {type: person, label: {zh-CN: 人员, en: Person}}\n  level: {type: choice, label: {zh-CN: 级别, en: Level}, choices: {yellow: {label: {zh-CN: 黄, en: Yellow}}, red: {label: {zh-CN: 红, en: Red}}}}\n  state:\n    type: choice\n    label: {zh-CN: 状态, en: State}\n    choices: {open: {label: {zh-CN: 待处理, en: Open}}, seen: {label: {zh-CN: 已知悉, en: Seen}}, resolved: {label: {zh-CN: 已解除, en: Resolved}}, void: {label: {zh-CN: 已作废, en: Void}}}\n  opened: {type: date, label: {zh-CN: 发生日, en: Opened}}\n  closed: {type: date, label: {zh-CN: 解除日, en: Closed}}\n  value: {type: decimal, places: 2, label: {zh-CN: 数值, en: Value}}\n  evidence: {type: json, label: {zh-CN: 依据, en: Evidence}}\n  recipient: {type: person, label: {zh-CN: 责任人, en: Recipient}}\n",
    ),
    (
        "dictionary/rework.yaml",
        "code: K03\nlabel: {zh-CN: 报告返修率, en: Rework rate}\ndefinition: {zh-CN: 返修报告占比, en: Reports that came back}\nunit: '%'\ndirection: lower\nfrequency: daily\nowner: quality\nmeasure: {over: report_day, time: day, subject: person, ratio: {numerator: sum(rework), denominator: sum(issued), times: 100}}\n",
    ),
    (
        "rules/rework.yaml",
        "label: {zh-CN: 报告返修率异常, en: Rework rate}\ntrigger:\n  watch:\n    term: rework\n    above: 8\n    minimum: 5\n    levels: {yellow: 3, red: 5}\n    clear: 2\n    alert: {entity: alert, rule: rule, subject: person, level: level, state: state, opened: opened, closed: closed, value: value, evidence: evidence, recipient: recipient, to: unit.head}\n",
    ),
    (
        "rules/told.yaml",
        "label: {zh-CN: 预警通知, en: Alert}\ntrigger: {change: alert}\ncondition: state == 'open'\nactions:\n  - notify: {to: [recipient], message: {zh-CN: '{person.name} 返修率 {value}%', en: '{person.name}: {value}% came back'}}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: unit, actions: [read]}\n  - {entity: person, actions: [read]}\n  - {entity: assignment, actions: [read]}\n  - {entity: report_day, actions: [create, read, update]}\n  - {entity: alert, actions: [read, update]}\n",
    ),
    (
        "roles/own.yaml",
        "label: {zh-CN: 本人, en: Own}\ngrants:\n  - {entity: person, actions: [read]}\n  - {entity: report_day, actions: [read], where: person == actor.person}\n",
    ),
    (
        "roles/head.yaml",
        "label: {zh-CN: 负责人, en: Head}\ngrants:\n  - {entity: person, actions: [read]}\n  - {entity: alert, actions: [read, update], where: recipient == actor.person}\n",
    ),
];

/// A unit of so many heads.
struct World {
    system: Actor,
    heads: [RecordId; 2],
    units: [RecordId; 2],
    one: RecordId,
    moved: RecordId,
}

impl World {
    /// One person stays where they are; another works in the second unit today, and did from the 13th of November on.
    async fn make(instance: &Instance) -> anyhow::Result<Self> {
        let system = instance.engine.system();
        let person = async |name: &str| create(instance, &system, "person", json!({"name": name})).await;
        let heads = [person("Head one").await?, person("Head two").await?];
        let unit = async |code: &str, head: RecordId| {
            create(instance, &system, "unit", json!({"code": code, "head": head})).await
        };
        let units = [unit("one", heads[0]).await?, unit("two", heads[1]).await?];
        let one = create(instance, &system, "person", json!({"name": "Ann", "unit": units[0]})).await?;
        let moved = create(instance, &system, "person", json!({"name": "Bob", "unit": units[1]})).await?;
        for (who, place, from, to) in [
            (one, units[0], "2025-01-01", None),
            (moved, units[0], "2025-01-01", Some("2025-11-12")),
            (moved, units[1], "2025-11-13", None),
        ] {
            let assignment = json!({"who": who, "place": place, "from": from, "to": to});
            create(instance, &system, "assignment", assignment).await?;
        }
        Ok(Self { system, heads, units, one, moved })
    }

    async fn day(&self, instance: &Instance, who: RecordId, day: i64, rework: i64, issued: i64) -> anyhow::Result<()> {
        let row = json!({"person": who, "day": format!("2025-11-{day:02}"), "issued": issued, "rework": rework});
        create(instance, &self.system, "report_day", row).await.map(drop)
    }

    /// Every alert: level, state, when opened and closed, who looks after it.
    async fn alerts(&self, instance: &Instance) -> anyhow::Result<Vec<String>> {
        let alert = instance.entity("alert")?;
        let mut ask = list(&self.system, alert, &["level", "state", "opened", "closed", "value", "recipient"]);
        ask.limit = 100;
        let page = instance.engine.query(&self.system, ask).await?;
        let mut told: Vec<String> = page
            .rows
            .iter()
            .map(|row| {
                let text = |at: usize| match &row.values[at] {
                    Value::Null => "-".to_owned(),
                    Value::Text(text) => text.clone(),
                    Value::Date(day) => day.strftime("%m-%d").to_string(),
                    Value::Decimal(number) => number.normalize().to_string(),
                    Value::Id(id) if *id == self.heads[0] => "head one".to_owned(),
                    Value::Id(id) if *id == self.heads[1] => "head two".to_owned(),
                    other => format!("{other:?}"),
                };
                (0..6).map(text).collect::<Vec<_>>().join(" ")
            })
            .collect();
        told.sort();
        Ok(told)
    }
}

async fn settled(instance: &Instance) -> anyhow::Result<()> {
    while instance.engine.turn("one").await? > 0 {}
    Ok(())
}

async fn notices(instance: &Instance, who: &Actor) -> anyhow::Result<usize> {
    let notices = instance.engine.store().notifications().of(who.user, instance.engine.now(), 50).await?;
    Ok(notices.iter().filter(|notice| notice.kind == "rule").count())
}

both! {
    FILES;

    async fn three_days_in_a_row_raise_one_alert_and_two_good_ones_end_it(instance) {
        let world = World::make(instance).await?;
        let head = instance.actor("head", &["head"], Some(world.heads[0])).await?;
        for day in [10, 11] {
            world.day(instance, world.one, day, 3, 25).await?;
            settled(instance).await?;
        }
        assert!(world.alerts(instance).await?.is_empty());
        // What is planned for a day far ahead is not so yet, and hides nothing.
        let planned = json!({"person": world.moved, "day": "2099-01-01", "issued": 25, "rework": 9});
        create(instance, &world.system, "report_day", planned).await?;
        world.day(instance, world.one, 12, 3, 25).await?;
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["yellow open 11-12 - 12 head one"]);
        assert_eq!(notices(instance, &head).await?, 1);
        // The same data once more changes nothing and tells nobody.
        world.day(instance, world.one, 12, 3, 25).await?;
        instance.engine.look_at_everything().await?;
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["yellow open 11-12 - 12 head one"]);
        assert_eq!(notices(instance, &head).await?, 1);
        for (day, rework, issued) in [(13, 4, 25), (14, 4, 4), (15, 6, 25)] {
            world.day(instance, world.one, day, rework, issued).await?;
        }
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["red open 11-12 - 24 head one"], "a day of four reports says nothing");
        for day in [16, 17] {
            world.day(instance, world.one, day, 2, 25).await?;
        }
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["red resolved 11-12 11-17 24 head one"]);
        Ok(())
    }

    async fn data_in_any_order_ends_in_the_same_alerts_and_a_correction_undoes_them(instance) {
        let world = World::make(instance).await?;
        for day in [12, 10, 11] {
            world.day(instance, world.one, day, 3, 25).await?;
            settled(instance).await?;
        }
        assert_eq!(world.alerts(instance).await?, ["yellow open 11-12 - 12 head one"]);
        world.day(instance, world.one, 11, 1, 25).await?;
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["yellow void 11-12 - 12 head one"]);
        world.day(instance, world.one, 11, 3, 25).await?;
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["yellow open 11-12 - 12 head one"], "corrected once more");
        Ok(())
    }

    async fn what_was_raised_stays_when_the_term_gets_another_version(instance) {
        let world = World::make(instance).await?;
        for day in [10, 11, 12] {
            world.day(instance, world.one, day, 3, 25).await?;
        }
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["yellow open 11-12 - 12 head one"]);
        // By the second version such days say nothing; it counts from today on.
        let next = FILES[6].1.replace("code: K03", "code: K03\nversion: 2");
        let next = next.replace("subject: person,", "subject: person, where: issued > 1000,");
        let mut files = FILES;
        files[6].1 = &next;
        instance.publish(&files, &[]).await?;
        let world = World { system: instance.engine.system(), ..world };
        instance.engine.look_at_everything().await?;
        world.day(instance, world.one, 13, 0, 25).await?;
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["yellow open 11-12 - 12 head one"]);
        // What comes of those days goes on as it began.
        world.day(instance, world.one, 14, 0, 25).await?;
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["yellow resolved 11-12 11-14 12 head one"]);
        Ok(())
    }

    async fn the_evidence_says_all_that_is_needed_to_show_it(instance) {
        let world = World::make(instance).await?;
        for day in [10, 11, 12] {
            world.day(instance, world.one, day, 3, 25).await?;
        }
        settled(instance).await?;
        let ask = list(&world.system, instance.entity("alert")?, &["evidence"]);
        let found = instance.engine.query(&world.system, ask).await?.rows;
        let Value::Json(evidence) = &found[0].values[0] else { anyhow::bail!("no evidence") };
        let one = |day: &str, level: serde_json::Value| {
            json!({
                "term": "rework", "period": day, "value": "12", "numerator": "3", "denominator": "25", "place": null,
                "limit": "8", "level": level,
            })
        };
        let all = [one("2025-11-10", json!(null)), one("2025-11-11", json!(null)), one("2025-11-12", json!("yellow"))];
        assert_eq!(*evidence, json!(all));
        Ok(())
    }

    async fn whoever_led_the_unit_on_that_day_looks_after_it(instance) {
        let world = World::make(instance).await?;
        for day in [11, 12, 13] {
            world.day(instance, world.moved, day, 3, 25).await?;
        }
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["yellow open 11-13 - 12 head two"]);
        let other = create(instance, &world.system, "person", json!({"name": "Cid", "unit": world.units[1]})).await?;
        let assignment = json!({"who": other, "place": world.units[0], "from": "2025-01-01", "to": "2025-11-30"});
        create(instance, &world.system, "assignment", assignment).await?;
        for day in [3, 4, 5] {
            world.day(instance, other, day, 3, 25).await?;
        }
        settled(instance).await?;
        assert_eq!(
            world.alerts(instance).await?,
            ["yellow open 11-05 - 12 head one", "yellow open 11-13 - 12 head two"],
            "they work elsewhere today, and did not then"
        );
        Ok(())
    }

    async fn what_a_person_settled_stays_settled_until_it_is_graver(instance) {
        let world = World::make(instance).await?;
        let head = instance.actor("head", &["head"], Some(world.heads[0])).await?;
        for day in [10, 11, 12] {
            world.day(instance, world.one, day, 3, 25).await?;
        }
        settled(instance).await?;
        let alert = instance.entity("alert")?;
        let ask = list(&world.system, alert, &["rule"]);
        let id = instance.engine.query(&world.system, ask).await?.rows[0].id;
        try_update(instance, &head, "alert", id, None, json!({"state": "resolved"})).await?;
        world.day(instance, world.one, 13, 3, 25).await?;
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["yellow resolved 11-12 - 12 head one"]);
        world.day(instance, world.one, 14, 3, 25).await?;
        settled(instance).await?;
        assert_eq!(world.alerts(instance).await?, ["red open 11-12 - 12 head one"]);
        assert_eq!(notices(instance, &head).await?, 2);
        Ok(())
    }
}
