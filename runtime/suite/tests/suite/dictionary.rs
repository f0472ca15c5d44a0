//! One name, several meanings; rows that break what is said of them; what comes from what.

use app::lineage::{How, Node, touched};
use engine::dictionary::{Checked, Conflicts, Failed, Failing, Meaning, Quality};
use model::Period;
use serde_json::json;

use super::support::create;
use crate::both;

const FILES: [(&str, &str); 9] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/unit.yaml",
        "label: {zh-CN: 单位, en: Unit}\nstands_for: unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text, label: {zh-CN: 编码, en: Code}}\n  parent: {type: department, label: {zh-CN: 上级, en: Parent}, stands_for: parent_unit}\n",
    ),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  unit: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: unit}\n",
    ),
    (
        "entities/survey.yaml",
        "label: {zh-CN: 调查, en: Survey}\ndisplay: day\nfields:\n  day: {type: date, label: {zh-CN: 日期, en: Day}}\n  asked: {type: integer, label: {zh-CN: 问卷, en: Asked}}\n  happy: {type: integer, label: {zh-CN: 满意, en: Happy}}\n  unhappy: {type: integer, label: {zh-CN: 不满意, en: Unhappy}}\n  net: {type: integer, label: {zh-CN: 净满意, en: Net}, formula: happy - unhappy}\n",
    ),
    ("dictionary/service.yaml", SERVICE),
    ("dictionary/after_sales.yaml", AFTER),
    (
        "dictionary/unhappy_share.yaml",
        "code: S3\nlabel: {zh-CN: 不满意率, en: Unhappy}\ndefinition: {zh-CN: 不满意占比, en: Share of the unhappy}\ndirection: lower\nfrequency: monthly\nowner: care\nmeasure: {over: survey, time: day, ratio: {numerator: sum(unhappy), denominator: sum(asked), times: 100}}\n",
    ),
    (
        "dictionary/happy_share.yaml",
        "code: S4\nlabel: {zh-CN: 满意率, en: Happy}\ndefinition: {zh-CN: 满意占比, en: Share of the happy}\ndirection: higher\nfrequency: monthly\nowner: care\nchecks:\n  all: {rule: happy + unhappy <= asked, message: {zh-CN: 答卷多于问卷, en: more answers than questions}}\n  some: {rule: asked > 0, message: {zh-CN: 没有问卷, en: nobody was asked}}\nmeasure: {over: survey, time: day, ratio: {numerator: sum(happy), denominator: sum(asked), times: 100}}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: unit, actions: [read]}\n  - {entity: person, actions: [read]}\n  - {entity: survey, actions: [read, create]}\n",
    ),
];

const SERVICE: &str = "code: S1\nlabel: {zh-CN: 客户满意度, en: Customer satisfaction}\ndefinition: {zh-CN: 净推荐值, en: Net promoters}\ndirection: higher\nfrequency: monthly\nowner: care\nmeasure: {over: survey, time: day, ratio: {numerator: sum(net), denominator: sum(asked), times: 100}}\n";

const AFTER: &str = "code: S2\nlabel: {zh-CN: 售后满意度, en: After-sales satisfaction}\naliases: {zh-CN: [客户 满意度]}\ndefinition: {zh-CN: 加权值, en: A weighted value}\ndirection: higher\nfrequency: monthly\nowner: after\nmeasure: {derived: 0.6 * happy_share + 0.4 * (100 - unhappy_share)}\n";

/// The same app with other words in one of its files.
fn with(path: &str, text: String) -> Vec<(&'static str, String)> {
    FILES.iter().map(|(known, old)| (*known, if *known == path { text.clone() } else { (*old).to_owned() })).collect()
}

fn borrowed<'f>(files: &'f [(&'static str, String)]) -> Vec<(&'f str, &'f str)> {
    files.iter().map(|(path, text)| (*path, text.as_str())).collect()
}

both! {
    FILES;

    async fn one_name_with_two_meanings_is_one_conflict_until_each_has_its_units(instance) {
        let system = instance.engine.system();
        let conflicts = instance.engine.query(&system, Conflicts::default()).await?;
        let app = &system.edition.app;
        let names: Vec<&str> = conflicts[0].terms.iter().map(|id| app.term(*id).unwrap().name.as_str()).collect();
        assert_eq!((conflicts.len(), names, conflicts[0].names.as_slice()), (1, vec!["after_sales", "service"], &["客户满意度".to_owned()][..]));
        let unit = async |code: &str, parent| create(instance, &system, "unit", json!({"code": code, "parent": parent})).await;
        let top = unit("top", None).await?;
        let care = unit("care", Some(top)).await?;
        let after = unit("after", Some(top)).await?;
        let desk = unit("desk", Some(after)).await?;
        let mut files = with("dictionary/service.yaml", format!("{SERVICE}scope: [care]\n"));
        instance.publish(&borrowed(&files), &[]).await?;
        let now = instance.engine.system();
        assert_eq!(instance.engine.query(&now, Conflicts::default()).await?.len(), 1, "the other one still holds everywhere");
        // In a unit those meet that hold there, what is meant first.
        for (unit, met) in [("care", vec!["service", "after_sales"]), ("after", vec![])] {
            let ask = Conflicts { unit: Some(unit.to_owned()), period: None };
            let found = instance.engine.query(&now, ask).await?;
            let named = found.iter().flat_map(|one| &one.terms).map(|id| now.edition.app.term(*id).unwrap().name.as_str());
            assert_eq!(named.collect::<Vec<_>>(), met, "{unit}");
        }
        let at = files.iter().position(|(path, _)| *path == "dictionary/after_sales.yaml").unwrap();
        files[at].1 = format!("{AFTER}scope: [after]\n");
        instance.publish(&borrowed(&files), &[]).await?;
        let now = instance.engine.system();
        assert!(instance.engine.query(&now, Conflicts::default()).await?.is_empty());
        // A version without its scope held then.
        let ask = Conflicts { unit: None, period: Some(Period::parse("2025-11").unwrap()) };
        assert!(instance.engine.query(&now, ask).await?.is_empty(), "the version stayed");
        // What the name means follows from where its reader works.
        for (name, unit, meant) in [("Ann", care, Some("service")), ("Bob", desk, Some("after_sales")), ("Cid", top, None)] {
            let person = create(instance, &now, "person", json!({"name": name, "unit": unit})).await?;
            let actor = instance.actor(name, &["all"], Some(person)).await?;
            let found = instance.engine.query(&actor, Meaning { name: "客户满意度 ".to_owned() }).await?;
            assert_eq!(found.map(|id| actor.edition.app.term(id).unwrap().name.as_str()), meant, "{name}");
        }
        files[at].1 = format!("{AFTER}scope: [top]\n");
        instance.publish(&borrowed(&files), &[]).await?;
        let now = instance.engine.system();
        assert_eq!(instance.engine.query(&now, Conflicts::default()).await?.len(), 1, "what holds above holds below");
        Ok(())
    }

    async fn rows_that_break_what_is_said_are_counted(instance) {
        let all = instance.actor("all", &["all"], None).await?;
        for (day, asked, happy, unhappy) in [("2025-10-01", 100, 82, 5), ("2025-10-02", 10, 9, 3), ("2025-11-01", 0, 1, 0)] {
            let row = json!({"day": day, "asked": asked, "happy": happy, "unhappy": unhappy});
            create(instance, &all, "survey", row).await?;
        }
        let term = all.edition.app.term_named("happy_share").unwrap().id;
        let of = |text: &str| Period::parse(text).unwrap();
        let found = instance.engine.query(&all, Quality { term, from: of("2025-10"), to: of("2025-10") }).await?;
        assert_eq!(found, Checked { rows: 2, failed: vec![1, 0] });
        let found = instance.engine.query(&all, Quality { term, from: of("2025-10"), to: of("2025-11") }).await?;
        assert_eq!(found, Checked { rows: 3, failed: vec![2, 1] });
        // A term that is made from it is in doubt with it.
        let made = all.edition.app.term_named("after_sales").unwrap().id;
        let (from, to) = (of("2025-10").first(), of("2025-11").last());
        let found = instance.engine.query(&all, Failing { terms: vec![term, made], from, to }).await?;
        let failed = [Failed { term, check: 0, rows: 2 }, Failed { term, check: 1, rows: 1 }];
        assert_eq!(found, [failed.to_vec(), failed.to_vec()]);
        Ok(())
    }

    async fn the_compiler_knows_what_comes_from_what(instance) {
        let edition = instance.engine.edition();
        let app = &edition.app;
        let lineage = app.lineage(app.term_named("service").unwrap().id);
        let names: Vec<String> = lineage.nodes.iter().map(|node| app.node_name(*node)).collect();
        let edges: Vec<String> = lineage.edges.iter().map(|(a, b)| format!("{}>{}", names[*a], names[*b])).collect();
        for edge in ["survey.happy>survey.net", "survey.unhappy>survey.net", "survey.net>service", "survey.day>service"] {
            assert!(edges.iter().any(|known| known == edge), "{edge}: {edges:?}");
        }
        let survey = app.entity_named("survey").unwrap().id;
        let happy = Node::Field(app.field_named(survey, "happy").unwrap().id);
        let from: Vec<&str> = app.terms_from(happy).into_iter().map(|term| term.name.as_str()).collect();
        assert_eq!(from, ["after_sales", "happy_share", "service"]);
        // A publish says which numbers it touches.
        let files = with("dictionary/happy_share.yaml", FILES[7].1.replace("sum(happy)", "sum(net)"));
        instance.publish(&borrowed(&files), &[]).await?;
        let after = instance.engine.edition();
        let found = touched(app, &after.app);
        let told: Vec<(&str, How, Vec<String>)> = found.iter().map(|one| (one.what.as_str(), one.how, one.terms.clone())).collect();
        assert_eq!(told, [
            ("after_sales", How::SameVersion, vec![]),
            ("happy_share", How::SameVersion, vec!["after_sales".to_owned()]),
        ]);
        let files = with("dictionary/happy_share.yaml", FILES[7].1.replace("direction: higher", "direction: lower"));
        instance.publish(&borrowed(&files), &[]).await?;
        let found = touched(app, &instance.engine.edition().app);
        let told: Vec<(&str, How)> = found.iter().map(|one| (one.what.as_str(), one.how)).collect();
        assert_eq!(told, [("happy_share", How::SameVersionMeansOtherwise)]);
        // In a new version it says so, and finished periods keep what they were judged by.
        let versioned = FILES[7].1.replace("direction: higher", "direction: lower").replace("frequency:", "version: 2\nfrequency:");
        let files = with("dictionary/happy_share.yaml", versioned);
        instance.publish(&borrowed(&files), &[]).await?;
        let found = touched(app, &instance.engine.edition().app);
        assert_eq!(found.iter().map(|one| one.how).collect::<Vec<_>>(), [How::MeansOtherwise]);
        Ok(())
    }
}
