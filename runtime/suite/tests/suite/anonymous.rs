//! What is computed from records that are shown as numbers of enough people only: it is read by whoever reads those records, and
//! by nobody else.

use engine::{Actor, QueryError};
use model::{RecordId, Value};
use policy::{Aggregate, Measure};
use serde_json::json;
use suite::Instance;

use super::support::{columns, create, list};
use crate::both;

const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/goal.yaml",
        "label: {zh-CN: 目标, en: Goal}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  answers: {type: children, to: answer, by: goal, label: {zh-CN: 评价, en: Answers}}\n  total: {type: integer, label: {zh-CN: 合计, en: Total}, formula: SUM(answers.score)}\n  doubled: {type: integer, label: {zh-CN: 两倍, en: Doubled}, formula: total * 2}\n  best: {type: integer, label: {zh-CN: 最高, en: Best}, rollup: {of: answers, function: max, field: score}}\n  many: {type: integer, label: {zh-CN: 份数, en: Many}, rollup: {of: answers, function: count}}\n",
    ),
    (
        "entities/answer.yaml",
        "label: {zh-CN: 评价, en: Answer}\ndisplay: rater\nanonymity: {of: rater, by: [goal, kind], at_least: 3}\nfields:\n  rater: {type: text, label: {zh-CN: 评价人, en: Rater}}\n  goal: {type: reference, to: goal, label: {zh-CN: 目标, en: Goal}}\n  kind: {type: choice, label: {zh-CN: 关系, en: Kind}, choices: {peer: {label: {zh-CN: 同级, en: Peer}}}}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}}\n",
    ),
    (
        "entities/note.yaml",
        "label: {zh-CN: 备注, en: Note}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  answer: {type: reference, to: answer, label: {zh-CN: 评价, en: Answer}}\n  said: {type: integer, label: {zh-CN: 分数, en: Said}, lookup: answer.score}\n",
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: goal, actions: [create, read]}\n  - {entity: answer, actions: [create, read]}\n  - {entity: note, actions: [create, read]}\n",
    ),
    (
        "roles/numbers.yaml",
        "label: {zh-CN: 统计, en: Numbers}\ngrants:\n  - {entity: goal, actions: [read, export]}\n  - {entity: note, actions: [read]}\n  - {entity: answer, actions: [aggregate], read: [goal, kind, score]}\n",
    ),
    // The same, with the answers they gave themselves.
    (
        "roles/own.yaml",
        "label: {zh-CN: 本人, en: Own}\ngrants:\n  - {entity: answer, actions: [read], where: rater == actor.login}\n",
    ),
];

/// A value as somebody gets it; not known where they may not ask for it at all.
async fn seen(instance: &Instance, actor: &Actor, entity: &str, id: RecordId, field: &str) -> anyhow::Result<Value> {
    let entity = instance.entity(entity)?;
    match instance.engine.query(actor, list(actor, entity, &[field])).await {
        Ok(page) => {
            Ok(page.rows.into_iter().find(|row| row.id == id).and_then(|row| row.values.into_iter().next()).unwrap())
        }
        Err(QueryError::Denied(_)) => Ok(Value::Null),
        Err(error) => Err(error.into()),
    }
}

/// How many records somebody finds by a condition; none where they may not ask by it.
async fn found(instance: &Instance, actor: &Actor, entity: &str, condition: &str) -> anyhow::Result<usize> {
    let entity = instance.entity(entity)?;
    let Ok(filter) = instance.engine.parse_filter(actor, entity, condition) else { return Ok(0) };
    match instance.engine.query(actor, policy::List { filter, ..list(actor, entity, &["title"]) }).await {
        Ok(page) => Ok(page.rows.len()),
        Err(QueryError::Denied(_)) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

fn numbers(actor: &Actor, entity: &str, measure: &str, anonymous: bool) -> Aggregate {
    let entity = actor.edition.app.entity_named(entity).unwrap().id;
    Aggregate {
        entity,
        period: None,
        group: Vec::new(),
        measures: vec![Measure::Sum(columns(actor, entity, &[measure])[0].clone())],
        filter: formula::Predicate::always(),
        within: formula::Predicate::always(),
        search: None,
        limit: 10,
        anonymous,
    }
}

/// A sum as somebody gets it.
async fn summed(instance: &Instance, actor: &Actor, aggregate: Aggregate) -> anyhow::Result<Value> {
    match instance.engine.query(actor, aggregate).await {
        Ok(groups) => {
            Ok(groups.into_iter().next().and_then(|group| group.numbers.into_iter().next()).unwrap_or_default())
        }
        Err(QueryError::Denied(_)) => Ok(Value::Null),
        Err(error) => Err(error.into()),
    }
}

both! { FILES;
    async fn a_result_over_anonymous_answers_shows_to_none_who_does_not_read_the_answers(instance) {
        let system = instance.engine.system();
        let goal = create(instance, &system, "goal", json!({"title": "a"})).await?;
        let mut answers = Vec::new();
        for (rater, score) in [("ann", 4), ("bob", 5)] {
            let answer = json!({"rater": rater, "goal": goal, "kind": "peer", "score": score});
            answers.push(create(instance, &system, "answer", answer).await?);
        }
        let note = create(instance, &system, "note", json!({"title": "n", "answer": answers[1]})).await?;
        let all = instance.actor("all", &["all"], None).await?;
        let results: [(&str, i64); 4] = [("total", 9), ("doubled", 18), ("best", 5), ("many", 2)];
        for (field, value) in results {
            assert_eq!(seen(instance, &all, "goal", goal, field).await?, value.into(), "{field}");
        }
        assert_eq!(seen(instance, &all, "note", note, "said").await?, 5.into());
        // Two people are too few, so neither numbers without names nor results say anything; to read one's own answer is not
        // to read all that a result is made of.
        let reader = instance.actor("reader", &["numbers"], None).await?;
        let ann = instance.actor("ann", &["numbers", "own"], None).await?;
        for actor in [&reader, &ann] {
            for (field, _) in results {
                assert_eq!(seen(instance, actor, "goal", goal, field).await?, Value::Null, "{} {field}", actor.login);
                assert_eq!(found(instance, actor, "goal", &format!("{field} > 0")).await?, 0, "{} {field}", actor.login);
                let sum = summed(instance, actor, numbers(actor, "goal", field, false)).await?;
                assert_eq!(sum, Value::Null, "{} {field}", actor.login);
            }
            assert_eq!(seen(instance, actor, "note", note, "said").await?, Value::Null);
            assert_eq!(found(instance, actor, "note", "said > 0").await?, 0);
            assert_eq!(found(instance, actor, "goal", "title == \"a\"").await?, 1, "the record itself is read");
            assert_eq!(summed(instance, actor, numbers(actor, "answer", "score", true)).await?, Value::Null);
        }
        // With a third person the number without names is there, and the results are as closed as before.
        create(instance, &system, "answer", json!({"rater": "cat", "goal": goal, "kind": "peer", "score": 3})).await?;
        assert_eq!(summed(instance, &reader, numbers(&reader, "answer", "score", true)).await?, 12.into());
        assert_eq!(seen(instance, &reader, "goal", goal, "total").await?, Value::Null);
        Ok(())
    }
}
