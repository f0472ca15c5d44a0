//! Cells shown in part, results that tell of what they were computed from, and numbers without names.

use engine::{Actor, QueryError, Within};
use model::{Locale, Value};
use policy::{Aggregate, Measure};
use serde_json::json;
use suite::Instance;

use super::support::{columns, create, list, read};
use crate::both;

const FILES: [(&str, &str); 18] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/team.yaml",
        "label: {zh-CN: 团队, en: Team}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  open: {type: boolean, label: {zh-CN: 公开, en: Open}}\n  members: {type: children, to: pay, by: team, label: {zh-CN: 成员, en: Members}}\n  total: {type: integer, label: {zh-CN: 合计, en: Total}, formula: SUM(members.salary)}\n  count: {type: integer, label: {zh-CN: 人数, en: People}, formula: COUNT(members.id), public: true}\n",
    ),
    (
        "entities/pay.yaml",
        "label: {zh-CN: 薪酬, en: Pay}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  phone: {type: text, label: {zh-CN: 电话, en: Phone}}\n  team: {type: reference, to: team, label: {zh-CN: 团队, en: Team}}\n  owner: {type: text, label: {zh-CN: 所有者, en: Owner}}\n  salary: {type: integer, label: {zh-CN: 月薪, en: Salary}}\n  yearly: {type: integer, label: {zh-CN: 年薪, en: Yearly}, formula: salary * 12}\n  twice: {type: integer, label: {zh-CN: 两年, en: Two years}, formula: yearly * 2}\n  band: {type: text, label: {zh-CN: 档, en: Band}, formula: 'IF(salary > 15, \"high\", \"low\")', public: true}\n  share: {type: decimal, label: {zh-CN: 占比, en: Share}, formula: salary / team.total}\n",
    ),
    (
        "entities/answer.yaml",
        "label: {zh-CN: 评价, en: Answer}\ndisplay: id\nanonymity: {of: rater, by: [subject, kind], at_least: 3, except: {kind: {boss: 1}}}\nfields:\n  rater: {type: text, label: {zh-CN: 评价人, en: Rater}}\n  subject: {type: text, label: {zh-CN: 被评人, en: Subject}}\n  kind: {type: choice, label: {zh-CN: 关系, en: Kind}, choices: {boss: {label: {zh-CN: 上级, en: Boss}}, peer: {label: {zh-CN: 同级, en: Peer}}, report: {label: {zh-CN: 下级, en: Report}}}}\n  score: {type: decimal, label: {zh-CN: 分数, en: Score}}\n  text: {type: text, label: {zh-CN: 评语, en: Text}}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: team, actions: [create, read]}\n  - {entity: pay, actions: [create, read]}\n  - {entity: answer, actions: [create, read]}\n",
    ),
    (
        "roles/partly.yaml",
        "label: {zh-CN: 部分, en: Partly}\ngrants:\n  - {entity: pay, actions: [read], read: [name], masked: {phone: '###****####'}}\n  - {entity: pay, actions: [read], where: 'owner == actor.login', read: [phone]}\n",
    ),
    (
        "roles/rest.yaml",
        "label: {zh-CN: 其余, en: Rest}\ngrants:\n  - {entity: pay, actions: [read, update], masked: {phone: '#***'}}\n",
    ),
    // Reads every field but the salary; and the salary of their own.
    (
        "roles/wide.yaml",
        "label: {zh-CN: 宽, en: Wide}\ngrants:\n  - {entity: team, actions: [read]}\n  - {entity: pay, actions: [read], read: [name, team, owner, yearly, twice, band, share]}\n  - {entity: pay, actions: [read], where: 'owner == actor.login'}\n",
    ),
    // Reads the pay of teams that are open, which says nothing but of the team.
    (
        "roles/open.yaml",
        "label: {zh-CN: 公开, en: Open}\ngrants:\n  - {entity: team, actions: [read]}\n  - {entity: pay, actions: [read], where: team.open == true}\n",
    ),
    (
        "roles/files.yaml",
        "label: {zh-CN: 文件, en: Files}\ngrants:\n  - {entity: pay, actions: [read]}\n  - {entity: pay, actions: [export], where: 'owner != \"dan\"', read: [name, owner]}\n",
    ),
    (
        "roles/numbers.yaml",
        "label: {zh-CN: 统计, en: Numbers}\ngrants:\n  - {entity: answer, actions: [aggregate], where: 'subject == actor.login', read: [kind, subject, score]}\n",
    ),
    (
        "roles/every.yaml",
        "label: {zh-CN: 全部统计, en: Every}\ngrants:\n  - {entity: answer, actions: [aggregate], read: [kind, subject, score]}\n",
    ),
    // Is told the kinds of what is said about one of them only.
    (
        "roles/kinds.yaml",
        "label: {zh-CN: 分类统计, en: Kinds}\ngrants:\n  - {entity: answer, actions: [aggregate], where: 'subject == \"a\"', read: [kind, subject, score]}\n  - {entity: answer, actions: [aggregate], read: [subject, score]}\n",
    ),
    // What a vote is told by follows from what it is about.
    (
        "entities/vote.yaml",
        "label: {zh-CN: 投票, en: Vote}\ndisplay: rater\nanonymity: {of: rater, by: [kind], at_least: 2}\nfields:\n  rater: {type: text, label: {zh-CN: 投票人, en: Rater}}\n  about: {type: reference, to: pay, label: {zh-CN: 对象, en: About}}\n  kind: {type: text, label: {zh-CN: 类别, en: Kind}, formula: about.owner}\n",
    ),
    (
        "roles/votes.yaml",
        "label: {zh-CN: 投票统计, en: Votes}\ngrants:\n  - {entity: pay, actions: [read], where: 'owner == \"ann\"'}\n  - {entity: vote, actions: [aggregate], read: [about, kind]}\n",
    ),
    (
        "roles/dated.yaml",
        "label: {zh-CN: 日期, en: Dated}\ngrants:\n  - {entity: pay, actions: [read], read: [name, updated_at]}\n",
    ),
    // When the pay it speaks of changed, as a result of its own.
    (
        "entities/note.yaml",
        "label: {zh-CN: 备注, en: Note}\ndisplay: text\nfields:\n  text: {type: text, label: {zh-CN: 内容, en: Text}}\n  pay: {type: reference, to: pay, label: {zh-CN: 薪酬, en: Pay}}\n  moved: {type: datetime, label: {zh-CN: 变动时间, en: Moved}, formula: pay.updated_at}\n",
    ),
    ("roles/notes.yaml", "label: {zh-CN: 备注, en: Notes}\ngrants:\n  - {entity: note, actions: [create, read]}\n"),
];

async fn seed(instance: &Instance) -> anyhow::Result<()> {
    let system = instance.engine.system();
    for (team, open, people) in [("a", true, [("ann", 10), ("bob", 20)]), ("b", false, [("cid", 30), ("dan", 40)])] {
        let id = create(instance, &system, "team", json!({"name": team, "open": open})).await?;
        for (name, salary) in people {
            let row = json!({"name": name, "phone": "13812345678", "team": id, "owner": name, "salary": salary});
            create(instance, &system, "pay", row).await?;
        }
    }
    Ok(())
}

/// The names and one more column of the pay a reader sees, ordered by name.
async fn shown(instance: &Instance, actor: &Actor, column: &str) -> anyhow::Result<Vec<Value>> {
    let entity = instance.entity("pay")?;
    let mut asked = list(actor, entity, &["name", column]);
    asked.sort = vec![policy::Sort {
        by: columns(actor, entity, &["name"])[0].clone(),
        direction: policy::Direction::Ascending,
    }];
    let rows = instance.engine.query(actor, asked).await?.rows;
    Ok(rows.into_iter().map(|row| row.values[1].clone()).collect())
}

fn numbers(actor: &Actor, group: &[&str], measures: Vec<Measure>, filter: formula::Predicate) -> Aggregate {
    let entity = actor.edition.app.entity_named("answer").unwrap().id;
    Aggregate {
        entity,
        period: None,
        group: columns(actor, entity, group),
        measures,
        filter,
        within: formula::Predicate::always(),
        search: None,
        limit: 100,
        anonymous: true,
    }
}

both! { FILES;
    async fn a_mask_shows_a_part_and_serves_for_nothing_else(instance) {
        seed(instance).await?;
        let ann = instance.actor("ann", &["partly"], None).await?;
        assert_eq!(shown(instance, &ann, "phone").await?, ["13812345678".into(), "138****5678".into(), "138****5678".into(), "138****5678".into()]);
        let entity = instance.entity("pay")?;
        // A filter on what is seen in part sees only what is seen whole.
        let filter = instance.engine.parse_filter(&ann, entity, "phone == \"13812345678\"").unwrap();
        let found = instance.engine.query(&ann, policy::List { filter, ..list(&ann, entity, &["name"]) }).await?.rows;
        assert_eq!(found.len(), 1);
        let rest = instance.actor("rest", &["rest"], None).await?;
        assert_eq!(shown(instance, &rest, "phone").await?, vec![Value::from("1***"); 4]);
        let filter = instance.engine.parse_filter(&rest, entity, "phone == \"13812345678\"").unwrap();
        let asked = instance.engine.query(&rest, policy::List { filter, ..list(&rest, entity, &["name"]) }).await;
        assert!(matches!(asked, Err(QueryError::Denied(_))));
        let sorted = policy::List {
            sort: vec![policy::Sort { by: columns(&rest, entity, &["phone"])[0].clone(), direction: policy::Direction::Ascending }],
            ..list(&rest, entity, &["name"])
        };
        assert!(matches!(instance.engine.query(&rest, sorted).await, Err(QueryError::Denied(_))));
        // What is seen in part is not written over unseen.
        let id = instance.engine.query(&rest, list(&rest, entity, &["name"])).await?.rows[0].id;
        let written = crate::suite::support::try_update(instance, &rest, "pay", id, None, json!({"phone": "1"})).await;
        assert!(matches!(written, Err(engine::CommandError::Denied { field: Some(_), .. })), "{written:?}");
        Ok(())
    }

    async fn a_file_holds_what_both_reading_and_exporting_give(instance) {
        seed(instance).await?;
        let actor = instance.actor("files", &["files"], None).await?;
        let entity = instance.entity("pay")?;
        assert_eq!(instance.engine.query(&actor, list(&actor, entity, &["name", "salary"])).await?.rows.len(), 4);
        let file = policy::List { export: true, ..list(&actor, entity, &["name"]) };
        assert_eq!(instance.engine.query(&actor, file).await?.rows.len(), 3);
        let salary = policy::List { export: true, ..list(&actor, entity, &["name", "salary"]) };
        assert!(matches!(instance.engine.query(&actor, salary).await, Err(QueryError::Denied(_))));
        Ok(())
    }

    async fn a_result_does_not_tell_of_what_is_hidden(instance) {
        seed(instance).await?;
        let ann = instance.actor("ann", &["wide"], None).await?;
        assert_eq!(shown(instance, &ann, "yearly").await?, [120.into(), Value::Null, Value::Null, Value::Null]);
        assert_eq!(shown(instance, &ann, "twice").await?, [240.into(), Value::Null, Value::Null, Value::Null]);
        assert_eq!(shown(instance, &ann, "band").await?, ["low".into(), "high".into(), "high".into(), "high".into()]);
        // The team's total is of salaries she may not see, and her own share would tell it.
        assert_eq!(shown(instance, &ann, "share").await?, vec![Value::Null; 4]);
        let entity = instance.entity("pay")?;
        let filter = instance.engine.parse_filter(&ann, entity, "yearly > 1").unwrap();
        let found = instance.engine.query(&ann, policy::List { filter, ..list(&ann, entity, &["name"]) }).await?.rows;
        assert_eq!(found.len(), 1);
        Ok(())
    }

    async fn a_total_of_children_is_shown_where_all_of_them_are(instance) {
        seed(instance).await?;
        let actor = instance.actor("reader", &["open"], None).await?;
        let entity = instance.entity("team")?;
        let mut asked = list(&actor, entity, &["name", "total", "count"]);
        asked.sort = vec![policy::Sort { by: columns(&actor, entity, &["name"])[0].clone(), direction: policy::Direction::Ascending }];
        let rows = instance.engine.query(&actor, asked).await?.rows;
        let rows: Vec<Vec<Value>> = rows.into_iter().map(|row| row.values).collect();
        assert_eq!(rows, [vec!["a".into(), 30.into(), 2.into()], vec!["b".into(), Value::Null, 2.into()]]);
        let pay = instance.engine.query(&actor, list(&actor, instance.entity("pay")?, &["name"])).await?.rows[0].id;
        let share = read(instance, &actor, "pay", pay, &["share"]).await?.unwrap();
        assert!(share[0].as_decimal().is_some());
        Ok(())
    }

    async fn a_small_cell_is_in_no_number(instance) {
        let system = instance.engine.system();
        let answers = [("r1", "boss", "4.0"), ("p1", "peer", "4"), ("p2", "peer", "4"), ("p3", "peer", "4"), ("p4", "peer", "5"), ("s1", "report", "1"), ("s2", "report", "3")];
        for (rater, kind, score) in answers {
            create(instance, &system, "answer", json!({"rater": rater, "subject": "e0213", "kind": kind, "score": score})).await?;
        }
        // One person answering three times is one person.
        for _ in 0..3 {
            create(instance, &system, "answer", json!({"rater": "x", "subject": "other", "kind": "peer", "score": "2"})).await?;
        }
        let subject = instance.actor("e0213", &["numbers"], None).await?;
        let always = formula::Predicate::always;
        let entity = instance.entity("answer")?;
        let score = columns(&subject, entity, &["score"])[0].clone();
        let by_kind = numbers(&subject, &["kind"], vec![Measure::Count, Measure::Avg(score.clone())], always());
        let groups: Vec<(Value, Value, String)> = instance.engine.query(&subject, by_kind).await?.into_iter()
            .map(|group| (group.keys[0].clone(), group.numbers[0].clone(), group.numbers[1].as_decimal().unwrap().normalize().to_string()))
            .collect();
        assert_eq!(groups, [("boss".into(), 1.into(), "4".to_owned()), ("peer".into(), 4.into(), "4.25".to_owned())]);
        let total = instance.engine.query(&subject, numbers(&subject, &[], vec![Measure::Count, Measure::Sum(score.clone())], always())).await?;
        assert_eq!(total[0].numbers[0], 5.into(), "the two reports are in no total");
        assert_eq!(total[0].numbers[1].as_decimal().unwrap().normalize().to_string(), "21");

        // Nothing that would part a cell, and no number that is somebody's own.
        let every = instance.actor("every", &["every"], None).await?;
        let filter = |text: &str| instance.engine.parse_filter(&every, entity, text).unwrap();
        for sly in [
            numbers(&every, &[], vec![Measure::Count], filter("score > 3")),
            numbers(&every, &[], vec![Measure::Count], filter("rater != \"p1\"")),
            numbers(&every, &["rater"], vec![Measure::Count], always()),
            numbers(&every, &["kind"], vec![Measure::Min(score.clone())], always()),
            numbers(&every, &["kind"], vec![Measure::Max(score.clone())], always()),
        ] {
            assert!(matches!(instance.engine.query(&every, sly).await, Err(QueryError::Denied(_))));
        }
        // Enough people of whom too few gave the value: their number is as good as one of theirs.
        for (rater, score) in [("a", Some("5")), ("b", None), ("c", None)] {
            create(instance, &system, "answer", json!({"rater": rater, "subject": "shy", "kind": "peer", "score": score})).await?;
        }
        let measures = vec![Measure::Count, Measure::Avg(score.clone()), Measure::Sum(score.clone()), Measure::Known(score.clone())];
        let shy = numbers(&every, &["subject"], measures, filter("subject == \"shy\""));
        assert_eq!(instance.engine.query(&every, shy).await?[0].numbers, [3.into(), Value::Null, Value::Null, 0.into()]);
        let known = numbers(&every, &["kind"], vec![Measure::Known(score.clone())], filter("subject == \"e0213\""));
        let known: Vec<Value> = instance.engine.query(&every, known).await?.into_iter().map(|group| group.numbers[0].clone()).collect();
        assert_eq!(known, [1.into(), 4.into()]);
        let whole = instance.engine.query(&every, numbers(&every, &["subject", "kind"], vec![Measure::Count], always())).await?;
        assert_eq!(whole.len(), 3, "{whole:?}");
        let one = numbers(&every, &[], vec![Measure::Count], filter("subject == \"other\""));
        assert_eq!(instance.engine.query(&every, one).await?[0].numbers[0], 0.into());
        // Records themselves stay closed.
        assert!(matches!(instance.engine.query(&every, list(&every, entity, &["score"])).await, Err(QueryError::Denied(_))));
        let named = Aggregate { anonymous: false, ..numbers(&every, &["kind"], vec![Measure::Count], always()) };
        assert!(matches!(instance.engine.query(&every, named).await, Err(QueryError::Denied(_))));
        Ok(())
    }

    async fn a_group_tells_no_more_of_a_cell_than_is_given(instance) {
        let system = instance.engine.system();
        for subject in ["a", "b"] {
            for rater in ["r1", "r2", "r3"] {
                let answer = json!({"rater": rater, "subject": subject, "kind": "peer", "score": "4"});
                create(instance, &system, "answer", answer).await?;
            }
        }
        let kinds = instance.actor("kinds", &["kinds"], None).await?;
        let asked = numbers(&kinds, &["subject", "kind"], vec![Measure::Count], formula::Predicate::always());
        let groups = instance.engine.query(&kinds, asked).await?;
        let found: Vec<(Vec<Value>, Value)> =
            groups.into_iter().map(|group| (group.keys, group.numbers[0].clone())).collect();
        assert_eq!(found, [(vec!["a".into(), "peer".into()], 3.into()), (vec!["b".into(), Value::Null], 3.into())]);
        Ok(())
    }

    async fn a_cell_is_not_parted_by_where_its_key_is_given(instance) {
        // Who may know the kind of some votes only is not told how many there are of it: the rest of the cell would be the
        // difference.
        let entity = instance.entity("vote")?;
        let counted = |actor: &Actor, group: &[&str]| Aggregate {
            entity,
            group: columns(actor, entity, group),
            ..numbers(actor, &[], vec![Measure::Count], formula::Predicate::always())
        };
        let votes = instance.actor("votes", &["votes"], None).await?;
        assert_eq!(instance.engine.query(&votes, counted(&votes, &[])).await?[0].numbers[0], 0.into());
        assert!(matches!(instance.engine.query(&votes, counted(&votes, &["kind"])).await, Err(QueryError::Denied(_))));
        let filter = instance.engine.parse_filter(&votes, entity, "kind == \"ann\"").unwrap();
        let narrowed = Aggregate { filter, ..counted(&votes, &[]) };
        assert!(matches!(instance.engine.query(&votes, narrowed).await, Err(QueryError::Denied(_))));
        Ok(())
    }

    async fn whoever_looks_in_anothers_place_gets_their_numbers_without_names(instance) {
        let system = instance.engine.system();
        for rater in ["r1", "r2", "r3"] {
            let answer = json!({"rater": rater, "subject": "a", "kind": "peer", "score": "4"});
            create(instance, &system, "answer", answer).await?;
        }
        let every = instance.account("every", &["every"], None).await?;
        let counted = async |entities: &[&str]| {
            let entities = entities.iter().map(|entity| (*entity).to_owned()).collect();
            let within = Within { writes: false, entities };
            let looking = instance.engine.actor_within(&every, Locale::En, &within);
            let asked = numbers(&looking, &[], vec![Measure::Count], formula::Predicate::always());
            instance.engine.query(&looking, asked).await
        };
        assert_eq!(counted(&[]).await?[0].numbers[0], 3.into());
        assert_eq!(counted(&["answer"]).await?[0].numbers[0], 3.into());
        assert!(matches!(counted(&["pay"]).await, Err(QueryError::Denied(_))));
        Ok(())
    }

    async fn when_a_record_changed_is_told_to_whoever_sees_all_of_it_or_is_given_that(instance) {
        seed(instance).await?;
        for role in ["all", "dated"] {
            let actor = instance.actor(role, &[role], None).await?;
            let stamps = shown(instance, &actor, "updated_at").await?;
            assert!(stamps.len() == 4 && !stamps.contains(&Value::Null), "{role}: {stamps:?}");
        }
        // A phone seen in part, or a share of a total that is not theirs to read, may change unseen.
        let entity = instance.entity("pay")?;
        let rest = instance.actor("rest", &["rest"], None).await?;
        for column in ["updated_at", "updated_by"] {
            let asked = instance.engine.query(&rest, list(&rest, entity, &["name", column])).await;
            assert!(matches!(asked, Err(QueryError::Denied(_))), "{column}");
        }
        let files = instance.actor("files", &["files"], None).await?;
        assert_eq!(shown(instance, &files, "updated_at").await?, vec![Value::Null; 4]);
        Ok(())
    }

    async fn what_is_computed_from_when_a_record_changed_is_shown_where_that_is(instance) {
        seed(instance).await?;
        let system = instance.engine.system();
        let pay = instance.engine.query(&system, list(&system, instance.entity("pay")?, &["name"])).await?.rows[0].id;
        let note = create(instance, &system, "note", json!({"text": "seen", "pay": pay})).await?;
        for role in ["all", "dated"] {
            let actor = instance.actor(role, &["notes", role], None).await?;
            let moved = read(instance, &actor, "note", note, &["text", "moved"]).await?.unwrap();
            assert!(moved[1] != Value::Null, "{role}: {moved:?}");
        }
        // Who sees a part of that pay, or it but not the total its share is of, does not see by way of a note that it changed.
        let entity = instance.entity("note")?;
        for role in ["rest", "wide"] {
            let actor = instance.actor(role, &["notes", role], None).await?;
            let seen: Vec<Value> = match instance.engine.query(&actor, list(&actor, entity, &["text", "moved"])).await {
                Ok(found) => found.rows.into_iter().map(|row| row.values[1].clone()).collect(),
                Err(QueryError::Denied(_)) => Vec::new(),
                Err(other) => return Err(other.into()),
            };
            assert!(seen.iter().all(Value::is_null), "{role}: {seen:?}");
        }
        Ok(())
    }
}
