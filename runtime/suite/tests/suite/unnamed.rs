//! Whoever answered is erased, and the numbers without names that their answers are in stay as they were: nobody learns what
//! somebody said by reading them before and after.

use engine::{AccountChange, Actor, Command, Erasure};
use model::{Locale, RecordId, Value};
use policy::{Aggregate, Measure};
use serde_json::json;
use suite::Instance;

use super::support::{columns, create, read, try_update};
use crate::both;

const FILES: [(&str, &str); 8] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nkey: code\nfields:\n  code: {type: text, label: {zh-CN: 工号, en: Code}, kept: {zh-CN: 不再给别人使用, en: Given to nobody else}}\n  name: {type: text, label: {zh-CN: 姓名, en: Name}, required: true}\n",
    ),
    (
        "entities/round.yaml",
        "label: {zh-CN: 轮次, en: Round}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  closed: {type: boolean, label: {zh-CN: 已结束, en: Closed}}\n",
    ),
    (
        "entities/asked.yaml",
        "label: {zh-CN: 邀请, en: Request}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  rater: {type: person, required: true, label: {zh-CN: 评价人, en: Rater}}\n  round: {type: reference, to: round, label: {zh-CN: 轮次, en: Round}}\n",
    ),
    // Whose answer it is and where it counts is known by what was asked.
    (
        "entities/answer.yaml",
        "label: {zh-CN: 评价, en: Answer}\ndisplay: text\nanonymity: {of: rater, by: [round], at_least: 3, open_when: round.closed == true}\nfields:\n  asked: {type: reference, to: asked, label: {zh-CN: 邀请, en: Request}}\n  rater: {type: person, label: {zh-CN: 评价人, en: Rater}, formula: asked.rater}\n  round: {type: reference, to: round, label: {zh-CN: 轮次, en: Round}, formula: asked.round, public: true}\n  text: {type: text, label: {zh-CN: 标题, en: Text}, formula: asked.title, public: true}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}}\n",
    ),
    // One about whoever gave it: erasing takes what they wrote, and leaves what is told already.
    (
        "entities/vote.yaml",
        "label: {zh-CN: 投票, en: Vote}\ndisplay: words\nsubject: voter\nanonymity: {of: voter, by: [round], at_least: 3, open_when: round.closed == true}\nfields:\n  voter: {type: person, label: {zh-CN: 投票人, en: Voter}}\n  round: {type: reference, to: round, label: {zh-CN: 轮次, en: Round}}\n  words: {type: text, label: {zh-CN: 意见, en: Words}, sensitivity: personal, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}, sensitivity: personal, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}\n",
    ),
    (
        "roles/keeper.yaml",
        "label: {zh-CN: 管理者, en: Keeper}\ngrants:\n  - {entity: person, actions: [create, read, update, delete, erase]}\n  - {entity: round, actions: [create, read, update]}\n  - {entity: asked, actions: [create, read, update]}\n  - {entity: answer, actions: [create, read]}\n  - {entity: vote, actions: [create, read]}\n",
    ),
    (
        "roles/numbers.yaml",
        "label: {zh-CN: 统计, en: Numbers}\ngrants:\n  - {entity: round, actions: [read]}\n  - {entity: answer, actions: [aggregate], read: [round, score]}\n  - {entity: vote, actions: [aggregate], read: [round, score]}\n",
    ),
];

/// All numbers of an entity that are told, by round, as they would be shown.
pub(super) async fn told(instance: &Instance, actor: &Actor, entity: &str) -> anyhow::Result<String> {
    let entity = instance.entity(entity)?;
    let [score, round]: [formula::Path; 2] = columns(actor, entity, &["score", "round"]).try_into().unwrap();
    let asked = Aggregate {
        entity,
        period: None,
        group: vec![round],
        measures: vec![Measure::Count, Measure::Known(score.clone()), Measure::Sum(score.clone()), Measure::Avg(score)],
        filter: formula::Predicate::always(),
        within: formula::Predicate::always(),
        search: None,
        limit: 10,
        anonymous: true,
    };
    let groups = instance.engine.query(actor, asked).await?;
    let line = |group: store::Group| format!("{:?} {:?}", group.keys, group.numbers);
    Ok(groups.into_iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// A person who answers, with who they act as.
pub(super) struct Rater {
    pub(super) person: RecordId,
    pub(super) actor: Actor,
}

pub(super) async fn rater(instance: &Instance, keeper: &Actor, code: &str) -> anyhow::Result<Rater> {
    let person = create(instance, keeper, "person", json!({"code": code, "name": format!("Name of {code}")})).await?;
    Ok(Rater { person, actor: instance.actor(code, &["keeper"], Some(person)).await? })
}

/// What was asked of somebody, and what they answered.
pub(super) async fn answered(
    instance: &Instance,
    rater: &Rater,
    round: RecordId,
    score: i64,
) -> anyhow::Result<(RecordId, RecordId)> {
    let asked = json!({"title": "t", "rater": rater.person, "round": round});
    let asked = create(instance, &rater.actor, "asked", asked).await?;
    let answer = create(instance, &rater.actor, "answer", json!({"asked": asked, "score": score})).await?;
    Ok((asked, answer))
}

async fn voted(instance: &Instance, rater: &Rater, round: RecordId, score: i64) -> anyhow::Result<RecordId> {
    let vote = json!({"voter": rater.person, "round": round, "words": "PLANTED-words", "score": score});
    create(instance, &rater.actor, "vote", vote).await
}

pub(super) async fn erased(instance: &Instance, keeper: &Actor, rater: &Rater) -> anyhow::Result<Erasure> {
    let gone = AccountChange { active: Some(false), ..AccountChange::default() };
    instance.engine.change_account(None, rater.actor.user, gone).await?;
    let entity = instance.entity("person")?;
    let keeper = Actor { now: instance.engine.now(), ..keeper.clone() };
    let done = instance.engine.execute(&keeper, Command::Erase { entity, id: rater.person }).await?;
    Ok(done.erasure.unwrap())
}

both! { FILES;
    async fn a_number_is_the_same_before_and_after_somebody_in_it_is_erased(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let reader = instance.actor("reader", &["numbers"], None).await?;
        let round = create(instance, &keeper, "round", json!({"title": "spring"})).await?;
        let (ann, bob, cat) = (rater(instance, &keeper, "ann").await?, rater(instance, &keeper, "bob").await?, rater(instance, &keeper, "cat").await?);
        // Three people are just enough; one of them answered twice, and stays one.
        let (asked, first) = answered(instance, &ann, round, 1).await?;
        let (_, second) = answered(instance, &ann, round, 5).await?;
        answered(instance, &bob, round, 2).await?;
        answered(instance, &cat, round, 3).await?;
        try_update(instance, &keeper, "round", round, None, json!({"closed": true})).await?;
        let before = told(instance, &reader, "answer").await?;
        assert!(before.contains("Int(4)") && before.contains("Int(11)"), "{before}");
        erased(instance, &keeper, &ann).await?;
        assert_eq!(told(instance, &reader, "answer").await?, before);
        // Nothing leads from an answer to her: not itself, not what was asked, nor who is said to have made it.
        let nobody = [Value::Null, Value::Id(model::UserId::nil()), Value::Id(model::UserId::nil())];
        for answer in [first, second] {
            let row = read(instance, &keeper, "answer", answer, &["rater", "created_by", "updated_by"]).await?;
            assert_eq!(row.as_deref(), Some(nobody.as_slice()));
        }
        let row = read(instance, &keeper, "asked", asked, &["rater", "created_by", "updated_by"]).await?;
        assert_eq!(row.as_deref(), Some(nobody.as_slice()));
        let score = read(instance, &keeper, "answer", first, &["score"]).await?;
        assert_eq!(score, Some(vec![Value::Int(1)]));
        // Nor does it become somebody else's, which would have the cell close.
        try_update(instance, &keeper, "asked", asked, None, json!({"rater": bob.person})).await?;
        assert_eq!(read(instance, &keeper, "answer", first, &["rater"]).await?, Some(vec![Value::Null]));
        assert_eq!(told(instance, &reader, "answer").await?, before);
        erased(instance, &keeper, &bob).await?;
        assert_eq!(told(instance, &reader, "answer").await?, before);
        erased(instance, &keeper, &cat).await?;
        assert_eq!(told(instance, &reader, "answer").await?, before);
        instance.engine.verify_ledger(&[], None).await?;
        Ok(())
    }

    async fn answers_of_a_cell_that_is_not_told_yet_count_when_it_is(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let reader = instance.actor("reader", &["numbers"], None).await?;
        let round = create(instance, &keeper, "round", json!({"title": "spring"})).await?;
        let (ann, bob, cat) = (rater(instance, &keeper, "ann").await?, rater(instance, &keeper, "bob").await?, rater(instance, &keeper, "cat").await?);
        let few = create(instance, &keeper, "round", json!({"title": "autumn"})).await?;
        for round in [round, few] {
            answered(instance, &ann, round, 1).await?;
            answered(instance, &ann, round, 4).await?;
            answered(instance, &bob, round, 2).await?;
        }
        erased(instance, &keeper, &ann).await?;
        // Twice the same person is no third one, erased or not.
        try_update(instance, &keeper, "round", few, None, json!({"closed": true})).await?;
        assert_eq!(told(instance, &reader, "answer").await?, "");
        answered(instance, &cat, round, 3).await?;
        try_update(instance, &keeper, "round", round, None, json!({"closed": true})).await?;
        let found = told(instance, &reader, "answer").await?;
        assert!(found.contains("Int(4)") && found.contains("Int(10)") && found.lines().count() == 1, "{found}");
        Ok(())
    }

    async fn what_somebody_said_of_themself_goes_but_for_the_number_that_is_told(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let reader = instance.actor("reader", &["numbers"], None).await?;
        let closed = create(instance, &keeper, "round", json!({"title": "spring"})).await?;
        let open = create(instance, &keeper, "round", json!({"title": "autumn"})).await?;
        let (ann, bob, cat) = (rater(instance, &keeper, "ann").await?, rater(instance, &keeper, "bob").await?, rater(instance, &keeper, "cat").await?);
        let vote = voted(instance, &ann, closed, 1).await?;
        voted(instance, &bob, closed, 2).await?;
        voted(instance, &cat, closed, 3).await?;
        let later = voted(instance, &ann, open, 5).await?;
        try_update(instance, &keeper, "round", closed, None, json!({"closed": true})).await?;
        let before = told(instance, &reader, "vote").await?;
        let done = erased(instance, &keeper, &ann).await?;
        assert_eq!(told(instance, &reader, "vote").await?, before);
        let row = read(instance, &keeper, "vote", vote, &["voter", "words", "score"]).await?.unwrap();
        assert_eq!((&row[0], &row[2]), (&Value::Null, &Value::Int(1)));
        assert!(!format!("{:?}", row[1]).contains("PLANTED"), "{row:?}");
        let row = read(instance, &keeper, "vote", later, &["voter", "score"]).await?;
        assert_eq!(row, Some(vec![Value::Null, Value::Null]));
        let why = &done.kept[&("vote".to_owned(), "score".to_owned())];
        assert!(why.get(Locale::En).contains("no longer leads to the person"), "{why:?}");
        assert!(why.get(Locale::ZhCn).contains("匿名汇总"), "{why:?}");
        assert_eq!(done.cleared[&("vote".to_owned(), "score".to_owned())], 1);
        Ok(())
    }
}
