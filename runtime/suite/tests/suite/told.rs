//! Numbers without names that are told once answers come in no more: two of them, read one after the other, do not differ by
//! one person's answer.

use engine::{Actor, Command};
use model::Value;
use policy::{Aggregate, Measure};
use serde_json::json;
use suite::Instance;

use super::support::{codes, columns, create, try_create, try_update};
use crate::both;

const FILES: [(&str, &str); 5] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/round.yaml",
        "label: {zh-CN: 轮次, en: Round}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  closed: {type: boolean, label: {zh-CN: 已结束, en: Closed}}\n  note: {type: text, label: {zh-CN: 备注, en: Note}}\n",
    ),
    (
        "entities/asked.yaml",
        "label: {zh-CN: 邀请, en: Request}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  round: {type: reference, to: round, label: {zh-CN: 轮次, en: Round}}\n",
    ),
    // The round an answer belongs to is known by what was asked.
    (
        "entities/answer.yaml",
        "label: {zh-CN: 评价, en: Answer}\ndisplay: text\nanonymity: {of: rater, by: [round], at_least: 3, open_when: round.closed == true}\nfields:\n  rater: {type: text, label: {zh-CN: 评价人, en: Rater}}\n  asked: {type: reference, to: asked, label: {zh-CN: 邀请, en: Request}}\n  round: {type: reference, to: round, label: {zh-CN: 轮次, en: Round}, formula: asked.round, public: true}\n  text: {type: text, label: {zh-CN: 标题, en: Text}, formula: asked.title, public: true}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}}\n",
    ),
    (
        "roles/numbers.yaml",
        "label: {zh-CN: 统计, en: Numbers}\ngrants:\n  - {entity: round, actions: [read]}\n  - {entity: asked, actions: [read]}\n  - {entity: answer, actions: [aggregate], read: [round, score]}\n",
    ),
];

/// How many answers are told, and their sum.
async fn told(instance: &Instance, actor: &Actor) -> anyhow::Result<(Value, Value)> {
    let entity = instance.entity("answer")?;
    let score = columns(actor, entity, &["score"])[0].clone();
    let asked = Aggregate {
        entity,
        period: None,
        group: Vec::new(),
        measures: vec![Measure::Count, Measure::Sum(score)],
        filter: formula::Predicate::always(),
        within: formula::Predicate::always(),
        search: None,
        limit: 10,
        anonymous: true,
    };
    let groups = instance.engine.query(actor, asked).await?;
    Ok((groups[0].numbers[0].clone(), groups[0].numbers[1].clone()))
}

both! { FILES;
    async fn nothing_is_told_before_a_round_closes_and_nothing_changes_after(instance) {
        let system = instance.engine.system();
        let reader = instance.actor("reader", &["numbers"], None).await?;
        let mut rounds = Vec::new();
        let mut requests = Vec::new();
        for title in ["spring", "autumn"] {
            let round = create(instance, &system, "round", json!({"title": title})).await?;
            requests.push(create(instance, &system, "asked", json!({"title": title, "round": round})).await?);
            rounds.push(round);
        }
        let (spring, autumn) = (rounds[0], rounds[1]);
        let mut answers = Vec::new();
        for (rater, score) in [("ann", 1), ("bob", 2), ("cat", 3)] {
            let answer = json!({"rater": rater, "asked": requests[0], "score": score});
            answers.push(create(instance, &system, "answer", answer).await?);
        }
        // Enough people, but answers still come: the next one would be told by the difference.
        assert_eq!(told(instance, &reader).await?, (0.into(), Value::Null));
        let dan = json!({"rater": "dan", "asked": requests[0], "score": 5});
        answers.push(create(instance, &system, "answer", dan).await?);
        let eve = json!({"rater": "eve", "asked": requests[0], "score": 4});
        let eve = create(instance, &system, "answer", eve).await?;
        let entity = instance.entity("answer")?;
        instance.engine.execute(&system, Command::Delete { entity, id: eve, expected: None }).await?;
        assert_eq!(told(instance, &reader).await?, (0.into(), Value::Null));
        try_update(instance, &system, "round", spring, None, json!({"closed": true})).await?;
        assert_eq!(told(instance, &reader).await?, (4.into(), 11.into()));

        // Whoever it is, nothing that is told changes any more.
        let told_already = [":told-already"];
        let late = json!({"rater": "fay", "asked": requests[0], "score": 5});
        assert_eq!(codes(try_create(instance, &system, "answer", late).await.unwrap_err()), told_already);
        for change in [json!({"score": 9}), json!({"rater": "gus"}), json!({"asked": requests[1]})] {
            let refused = try_update(instance, &system, "answer", answers[0], None, change).await.unwrap_err();
            assert_eq!(codes(refused), told_already);
        }
        for command in [Command::Delete { entity, id: answers[0], expected: None }, Command::Restore { entity, id: eve }] {
            assert_eq!(codes(instance.engine.execute(&system, command).await.unwrap_err()), told_already);
        }
        // Nor by way of what it is computed from.
        let moved = try_update(instance, &system, "asked", requests[0], None, json!({"round": autumn})).await.unwrap_err();
        assert_eq!(codes(moved), told_already);
        // Nor is the round opened again, to be told once more with another answer.
        for value in [json!(false), json!(null)] {
            let again = try_update(instance, &system, "round", spring, None, json!({"closed": value})).await.unwrap_err();
            assert_eq!(codes(again), ["closed:told-already"]);
        }
        assert_eq!(told(instance, &reader).await?, (4.into(), 11.into()));
        // What is no number and no cell still follows, and the round may change otherwise.
        try_update(instance, &system, "asked", requests[0], None, json!({"title": "Spring"})).await?;
        try_update(instance, &system, "round", spring, None, json!({"note": "Done.", "title": "Spring"})).await?;

        // The next round comes as a whole.
        for (rater, score) in [("ann", 1), ("bob", 1), ("cat", 1)] {
            let answer = json!({"rater": rater, "asked": requests[1], "score": score});
            let answer = create(instance, &system, "answer", answer).await?;
            let moved = json!({"asked": requests[0]});
            let refused = try_update(instance, &system, "answer", answer, None, moved).await.unwrap_err();
            assert_eq!(codes(refused), told_already);
            try_update(instance, &system, "answer", answer, None, json!({"score": score + 1})).await?;
            assert_eq!(told(instance, &reader).await?, (4.into(), 11.into()));
        }
        try_update(instance, &system, "round", autumn, None, json!({"closed": true})).await?;
        assert_eq!(told(instance, &reader).await?, (7.into(), 17.into()));
        Ok(())
    }
}
