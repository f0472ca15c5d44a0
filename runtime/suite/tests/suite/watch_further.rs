//! Rules that watch units, the past of those they watch, and their peers.

use engine::Actor;
use model::{RecordId, Value};
use serde_json::json;
use suite::Instance;

use super::{
    support::{create, list},
    watch::FILES,
};
use crate::both;

/// The app of the other rules that watch, with checks of machines by week, and points by month.
fn files() -> Vec<(&'static str, &'static str)> {
    let mut files: Vec<(&str, &str)> = FILES.into_iter().filter(|(path, _)| !path.starts_with("rules/")).collect();
    for (path, text) in &mut files {
        if *path == "entities/alert.yaml" {
            *text = Box::leak(
                text.replace("  level:", "  unit: {type: department, label: {zh-CN: 单位, en: Unit}}\n  level:")
                    .into_boxed_str(),
            );
        }
        if *path == "entities/person.yaml" {
            *text =
                Box::leak(format!("{text}  post: {{type: text, label: {{zh-CN: 岗位, en: Post}}}}\n").into_boxed_str());
        }
        if *path == "roles/all.yaml" {
            *text = Box::leak(format!("{text}  - {{entity: check, actions: [create, read, update]}}\n  - {{entity: point, actions: [create, read, update]}}\n").into_boxed_str());
        }
    }
    files.extend([
        (
            "entities/check.yaml",
            "label: {zh-CN: 保养, en: Check}\ndisplay: day\nunique: [{fields: [person, day], again: update}]\nfields:\n  person: {type: person, required: true, label: {zh-CN: 人员, en: Person}}\n  day: {type: date, required: true, label: {zh-CN: 日期, en: Day}}\n  due: {type: integer, label: {zh-CN: 应做, en: Due}}\n  done: {type: integer, label: {zh-CN: 已做, en: Done}}\n",
        ),
        (
            "entities/point.yaml",
            "label: {zh-CN: 得分, en: Point}\ndisplay: month\nunique: [{fields: [person, month], again: update}]\nfields:\n  person: {type: person, required: true, label: {zh-CN: 人员, en: Person}}\n  month: {type: period, grain: month, required: true, label: {zh-CN: 月份, en: Month}}\n  points: {type: integer, label: {zh-CN: 得分, en: Points}}\n",
        ),
        (
            "dictionary/checked.yaml",
            "code: K05\nlabel: {zh-CN: 保养合规率, en: Checked}\ndefinition: {zh-CN: 已做占应做, en: Done of due}\nunit: '%'\ndirection: higher\nfrequency: weekly\nowner: quality\nmeasure: {over: check, time: day, subject: person, ratio: {numerator: sum(done), denominator: sum(due), times: 100}}\n",
        ),
        (
            "dictionary/points.yaml",
            "code: K09\nlabel: {zh-CN: 得分, en: Points}\ndefinition: {zh-CN: 得分合计, en: All points}\ndirection: higher\nfrequency: monthly\nowner: quality\nmeasure: {over: point, time: month, subject: person, simple: sum(points)}\npeers: person.post\n",
        ),
        (
            "rules/checked.yaml",
            "label: {zh-CN: 科室保养不足, en: Few checks}\ntrigger:\n  watch:\n    term: checked\n    per: unit\n    below: 50\n    levels: {red: 1}\n    alert: {entity: alert, rule: rule, subject: unit, level: level, state: state, opened: opened, closed: closed, value: value, evidence: evidence, recipient: recipient, to: head}\n",
        ),
        (
            "rules/dropped.yaml",
            "label: {zh-CN: 得分骤降, en: Far below before}\ntrigger:\n  watch:\n    term: points\n    falls: {by: 20, over: 3}\n    levels: {yellow: 1}\n    alert: {entity: alert, rule: rule, subject: person, level: level, state: state, opened: opened, closed: closed, value: value}\n",
        ),
        (
            "rules/behind.yaml",
            "label: {zh-CN: 同岗落后, en: Behind the peers}\ntrigger:\n  watch:\n    term: points\n    place_below: 10\n    levels: {yellow: 2}\n    alert: {entity: alert, rule: rule, subject: person, level: level, state: state, opened: opened, closed: closed, value: value, evidence: evidence}\n",
        ),
    ]);
    files
}

async fn settled(instance: &Instance) -> anyhow::Result<()> {
    while instance.engine.turn("one").await? > 0 {}
    Ok(())
}

/// Every alert of a rule: whom it is about, level, state, when opened and closed, its value and who looks after it.
async fn alerts(instance: &Instance, system: &Actor, rule: &str) -> anyhow::Result<Vec<String>> {
    let paths = ["rule", "unit.code", "person.name", "level", "state", "opened", "closed", "value", "recipient.name"];
    let ask = list(system, instance.entity("alert")?, &paths);
    let page = instance.engine.query(system, ask).await?;
    let shown = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Date(day) => day.strftime("%m-%d").to_string(),
        Value::Decimal(number) => number.normalize().to_string(),
        other => format!("{other:?}"),
    };
    let rows = page.rows.iter().filter(|row| row.values[0] == rule.into());
    let mut told: Vec<String> =
        rows.map(|row| row.values[1..].iter().map(shown).collect::<Vec<_>>().join(" ")).collect();
    told.sort();
    Ok(told)
}

async fn person(instance: &Instance, system: &Actor, name: &str, unit: Option<RecordId>) -> anyhow::Result<RecordId> {
    create(instance, system, "person", json!({"name": name, "unit": unit, "post": "nurse"})).await
}

both! {
    files();

    async fn a_unit_is_watched_with_the_people_it_had_in_the_period(instance) {
        let system = instance.engine.system();
        let head = person(instance, &system, "Head", None).await?;
        let other = person(instance, &system, "Other", None).await?;
        let one = create(instance, &system, "unit", json!({"code": "one", "head": head})).await?;
        let two = create(instance, &system, "unit", json!({"code": "two", "head": other})).await?;
        let ann = person(instance, &system, "Ann", Some(one)).await?;
        let bob = person(instance, &system, "Bob", Some(two)).await?;
        // Bob worked in the first unit in the week of the 10th, and no longer in the next.
        for (place, from, to) in [(one, "2025-01-01", Some("2025-11-16")), (two, "2025-11-17", None)] {
            let assignment = json!({"who": bob, "place": place, "from": from, "to": to});
            create(instance, &system, "assignment", assignment).await?;
        }
        let check = async |who: RecordId, day: i64, done: i64| {
            let row = json!({"person": who, "day": format!("2025-11-{day}"), "due": 2, "done": done});
            create(instance, &system, "check", row).await
        };
        check(ann, 10, 1).await?;
        settled(instance).await?;
        assert!(alerts(instance, &system, "checked").await?.is_empty(), "half is not below half");
        check(bob, 10, 0).await?;
        settled(instance).await?;
        assert_eq!(alerts(instance, &system, "checked").await?, ["one - red open 11-16 - 25 Head"]);
        // In the next week each stands for a unit of their own.
        check(bob, 17, 0).await?;
        check(ann, 17, 2).await?;
        settled(instance).await?;
        let both = ["one - red resolved 11-16 11-23 25 Head", "two - red open 11-23 - 0 Other"];
        assert_eq!(alerts(instance, &system, "checked").await?, both);
        // The same rows once more, and everything looked at anew: the same alerts.
        check(bob, 10, 0).await?;
        instance.engine.look_at_everything().await?;
        settled(instance).await?;
        assert_eq!(alerts(instance, &system, "checked").await?, both);
        // Corrected, it never was.
        check(bob, 10, 2).await?;
        settled(instance).await?;
        assert_eq!(
            alerts(instance, &system, "checked").await?,
            ["one - red void 11-16 11-23 25 Head", "two - red open 11-23 - 0 Other"]
        );
        Ok(())
    }

    async fn a_value_is_held_against_those_before_it(instance) {
        let system = instance.engine.system();
        let ann = person(instance, &system, "Ann", None).await?;
        let month = async |month: i64, points: i64| {
            let row = json!({"person": ann, "month": format!("2025-{month:02}"), "points": points});
            create(instance, &system, "point", row).await
        };
        // What comes late counts in its place: the mean of three is 100, and 80 is not more than a fifth below it.
        month(8, 80).await?;
        month(7, 110).await?;
        month(5, 90).await?;
        settled(instance).await?;
        assert!(alerts(instance, &system, "dropped").await?.is_empty());
        month(6, 100).await?;
        settled(instance).await?;
        assert!(alerts(instance, &system, "dropped").await?.is_empty());
        month(8, 79).await?;
        settled(instance).await?;
        assert_eq!(alerts(instance, &system, "dropped").await?, ["- Ann yellow open 08-31 - 79 -"]);
        month(9, 96).await?;
        settled(instance).await?;
        assert_eq!(alerts(instance, &system, "dropped").await?, ["- Ann yellow resolved 08-31 09-30 79 -"]);
        Ok(())
    }

    async fn a_place_among_peers_needs_enough_of_them(instance) {
        let system = instance.engine.system();
        let mut people = Vec::new();
        for name in ["Ann", "Bob", "Cid", "Dan", "Eva"] {
            people.push(person(instance, &system, name, None).await?);
        }
        let month = async |who: RecordId, month: i64, points: i64| {
            let row = json!({"person": who, "month": format!("2025-{month:02}"), "points": points});
            create(instance, &system, "point", row).await
        };
        for (at, who) in (0..).zip(&people) {
            month(*who, 8, 50 + at).await?;
        }
        for who in &people[..4] {
            month(*who, 9, 50).await?;
        }
        settled(instance).await?;
        assert!(alerts(instance, &system, "behind").await?.is_empty(), "of four nothing is said");
        // The fifth value is somebody else's, and makes Ann's a second one in a row: the lowest of five, alone.
        month(people[4], 9, 60).await?;
        for who in &people[1..4] {
            month(*who, 9, 55).await?;
        }
        settled(instance).await?;
        assert_eq!(alerts(instance, &system, "behind").await?, ["- Ann yellow open 09-30 - 50 -"]);
        // Others share the lowest place; nobody is behind fewer than a tenth of their peers any more.
        month(people[0], 9, 56).await?;
        settled(instance).await?;
        assert_eq!(alerts(instance, &system, "behind").await?, ["- Ann yellow void 09-30 - 50 -"]);
        Ok(())
    }
}

mod rehearsals {
    use engine::{NoRehearsal, Rehearsal, WouldBe};

    use super::*;

    async fn rehearsed(
        instance: &Instance,
        actor: &Actor,
        rule: &str,
        from: &str,
        to: &str,
    ) -> anyhow::Result<Vec<String>> {
        let ask = Rehearsal { rule: rule.to_owned(), from: from.parse()?, to: to.parse()? };
        let found = instance.engine.query(actor, ask).await?.map_err(|none| anyhow::anyhow!("{none:?}"))?;
        let told = |alert: &WouldBe| {
            let closed = alert.closed.map_or_else(|| "-".to_owned(), |day| day.to_string());
            format!("{} {} {} {closed}", alert.name.as_deref().unwrap_or("?"), alert.level, alert.opened)
        };
        Ok(found.alerts.iter().map(told).collect())
    }

    both! {
        FILES;

        async fn a_rehearsal_tells_what_would_have_been_and_writes_nothing(instance) {
            let system = instance.engine.system();
            let ann = create(instance, &system, "person", json!({"name": "Ann"})).await?;
            let bob = create(instance, &system, "person", json!({"name": "Bob"})).await?;
            for (who, day, rework) in [(ann, 10, 3), (ann, 11, 3), (ann, 12, 3), (ann, 13, 0), (ann, 14, 0), (bob, 11, 3), (bob, 12, 3), (bob, 13, 4)] {
                let row = json!({"person": who, "day": format!("2025-11-{day}"), "issued": 25, "rework": rework});
                create(instance, &system, "report_day", row).await?;
            }
            let both = ["Ann yellow 2025-11-12 2025-11-14", "Bob yellow 2025-11-13 -"];
            assert_eq!(rehearsed(instance, &system, "rework", "2025-11-01", "2025-11-30").await?, both);
            // Only what was raised in those days, and over by then.
            assert_eq!(rehearsed(instance, &system, "rework", "2025-11-12", "2025-11-13").await?, ["Ann yellow 2025-11-12 -", both[1]]);
            assert!(rehearsed(instance, &system, "rework", "2025-11-14", "2025-11-30").await?.is_empty());
            assert!(list_is_empty(instance, &system).await?, "nothing is written");

            // As far as the reader sees: only their own rows, or no such rule at all.
            let own = instance.actor("bob", &["own"], Some(bob)).await?;
            assert_eq!(rehearsed(instance, &own, "rework", "2025-11-01", "2025-11-30").await?, ["Bob yellow 2025-11-13 -"]);
            let none = instance.actor("eve", &["head"], None).await?;
            let ask = |rule: &str, from: &str| Rehearsal { rule: rule.to_owned(), from: from.parse().unwrap(), to: "2025-11-30".parse().unwrap() };
            assert_eq!(instance.engine.query(&none, ask("rework", "2025-11-01")).await?, Err(NoRehearsal::NoRule));
            assert_eq!(instance.engine.query(&system, ask("told", "2025-11-01")).await?, Err(NoRehearsal::NoRule));
            assert_eq!(instance.engine.query(&system, ask("rework", "2025-12-01")).await?, Err(NoRehearsal::Range));
            assert_eq!(instance.engine.query(&system, ask("rework", "2020-12-01")).await?, Err(NoRehearsal::Range));
            Ok(())
        }
    }

    async fn list_is_empty(instance: &Instance, system: &Actor) -> anyhow::Result<bool> {
        Ok(instance.engine.query(system, list(system, instance.entity("alert")?, &["rule"])).await?.rows.is_empty())
    }
}
