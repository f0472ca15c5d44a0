//! What else leads from an answer to whoever gave it, and what else an erasure could move in numbers without names: the ledger,
//! comments, files and cases, cells that are told later, and answers about somebody erased.

use std::collections::HashSet;

use engine::{
    Command, Fields,
    query::{Attachments, Comments},
};
use model::{Locale, RecordId, UserId, Value};
use serde_json::json;
use store::Wanted;
use suite::Instance;

use super::{
    support::{codes, create, fields, read, text_file, try_update},
    unnamed::{answered, erased, rater, told},
    workflows::{decide, start},
};
use crate::both;

const FILES: [(&str, &str); 11] = [
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
        "label: {zh-CN: 邀请, en: Request}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  rater: {type: person, label: {zh-CN: 评价人, en: Rater}}\n  round: {type: reference, to: round, label: {zh-CN: 轮次, en: Round}}\n",
    ),
    (
        "entities/answer.yaml",
        "label: {zh-CN: 评价, en: Answer}\ndisplay: text\ncomments: true\nattachments: true\nanonymity: {of: rater, by: [round], at_least: 3, open_when: round.closed == true}\nfields:\n  asked: {type: reference, to: asked, label: {zh-CN: 邀请, en: Request}}\n  rater: {type: person, label: {zh-CN: 评价人, en: Rater}, formula: asked.rater}\n  round: {type: reference, to: round, label: {zh-CN: 轮次, en: Round}, formula: asked.round, public: true}\n  text: {type: text, label: {zh-CN: 标题, en: Text}, formula: asked.title, public: true}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}}\n",
    ),
    // About whoever gave it; which cell it is in is personal too, and a number of it comes from what they wrote.
    (
        "entities/vote.yaml",
        "label: {zh-CN: 投票, en: Vote}\ndisplay: code\nsubject: voter\nanonymity: {of: voter, by: [round, circle], at_least: 3, open_when: round.closed == true}\nfields:\n  code: {type: text, label: {zh-CN: 编号, en: Code}}\n  voter: {type: person, label: {zh-CN: 投票人, en: Voter}}\n  round: {type: reference, to: round, label: {zh-CN: 轮次, en: Round}}\n  circle: {type: text, label: {zh-CN: 圈子, en: Circle}, sensitivity: personal, PERSONAL}\n  words: {type: text, label: {zh-CN: 意见, en: Words}, sensitivity: personal, PERSONAL}\n  long: {type: integer, label: {zh-CN: 字数, en: Length}, formula: LEN(words), sensitivity: personal, PERSONAL}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}, sensitivity: personal, PERSONAL}\n",
    ),
    // About somebody else than whoever gave it.
    (
        "entities/opinion.yaml",
        "label: {zh-CN: 看法, en: Opinion}\ndisplay: code\nsubject: about\nanonymity: {of: giver, by: [about, round], at_least: 2, open_when: round.closed == true}\nfields:\n  code: {type: text, label: {zh-CN: 编号, en: Code}}\n  about: {type: person, label: {zh-CN: 对象, en: About}, sensitivity: personal, PERSONAL}\n  giver: {type: person, label: {zh-CN: 评价人, en: Giver}, sensitivity: personal, PERSONAL}\n  round: {type: reference, to: round, label: {zh-CN: 轮次, en: Round}}\n  words: {type: text, label: {zh-CN: 意见, en: Words}, sensitivity: personal, PERSONAL}\n  long: {type: integer, label: {zh-CN: 字数, en: Length}, formula: LEN(words), sensitivity: personal, PERSONAL}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}, sensitivity: personal, PERSONAL}\n",
    ),
    // Told at once, and its cells become one when the rounds go.
    (
        "entities/poll.yaml",
        "label: {zh-CN: 问卷, en: Poll}\ndisplay: code\nanonymity: {of: voter, by: [round], at_least: 2}\nfields:\n  code: {type: text, label: {zh-CN: 编号, en: Code}}\n  voter: {type: person, label: {zh-CN: 填写人, en: Voter}}\n  round: {type: reference, to: round, on_delete: clear, label: {zh-CN: 轮次, en: Round}}\n  score: {type: integer, label: {zh-CN: 分数, en: Score}}\n",
    ),
    (
        "workflows/check.yaml",
        "label: {zh-CN: 复核, en: Check}\nentity: answer\nguard: keeper\nsteps:\n  look: {label: {zh-CN: 复核, en: Look}, approval: {who: [{role: keeper}], way: any}}\n",
    ),
    (
        "roles/keeper.yaml",
        "label: {zh-CN: 管理者, en: Keeper}\ngrants:\n  - {entity: person, actions: [create, read, update, delete, erase]}\n  - {entity: round, actions: [create, read, update, delete]}\n  - {entity: asked, actions: [create, read, update]}\n  - {entity: answer, actions: [create, read, update]}\n  - {entity: vote, actions: [create, read, update, import]}\n  - {entity: opinion, actions: [create, read, update]}\n  - {entity: poll, actions: [create, read, update]}\nworkflows:\n  - {workflow: check, actions: [start, manage]}\n",
    ),
    (
        "roles/numbers.yaml",
        "label: {zh-CN: 统计, en: Numbers}\ngrants:\n  - {entity: round, actions: [read]}\n  - {entity: vote, actions: [aggregate], read: [round, score]}\n  - {entity: opinion, actions: [aggregate], read: [round, score]}\n  - {entity: poll, actions: [aggregate], read: [round, score]}\n",
    ),
];

/// What is personal says what for.
const PERSONAL: &str =
    "personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}";

fn files() -> Vec<(&'static str, &'static str)> {
    FILES.iter().map(|(name, text)| (*name, &*text.replace("PERSONAL", PERSONAL).leak())).collect()
}

/// Every place beside records and in cases that says which account it was.
const AUTHORS: &str = "SELECT CAST(by_account AS TEXT) FROM loam_comment UNION ALL SELECT mentions FROM loam_comment \
     UNION ALL SELECT CAST(by_account AS TEXT) FROM loam_attachment UNION ALL SELECT CAST(starter AS TEXT) FROM loam_case \
     UNION ALL SELECT document FROM loam_case UNION ALL SELECT CAST(account AS TEXT) FROM loam_case_task \
     UNION ALL SELECT coalesce(CAST(account AS TEXT), '') FROM loam_case_event \
     UNION ALL SELECT coalesce(CAST(behalf AS TEXT), '') FROM loam_case_event \
     UNION ALL SELECT told FROM loam_case_event UNION ALL SELECT CAST(account AS TEXT) FROM loam_case_copy";

/// How many of those places say that it was this account.
async fn named(instance: &Instance, account: UserId) -> anyhow::Result<usize> {
    let found = instance.told(AUTHORS).await?;
    Ok(found.iter().filter(|text| text.contains(&account.to_string())).count())
}

/// The acts an entry of these belongs to, and the hashes of who did it.
async fn acts(instance: &Instance, wanted: Wanted) -> anyhow::Result<Vec<(String, Option<String>)>> {
    let found = instance.engine.store().entries(&Wanted { limit: 200, ..wanted }).await?;
    Ok(found.into_iter().map(|written| (written.entry.act, written.entry.who)).collect())
}

both! { files();
    async fn the_ledger_ties_no_answer_to_the_person_by_the_erasure(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let round = create(instance, &keeper, "round", json!({"title": "spring"})).await?;
        let ann = rater(instance, &keeper, "ann").await?;
        let (asked, first) = answered(instance, &ann, round, 1).await?;
        let (_, second) = answered(instance, &ann, round, 5).await?;
        let vote = json!({"voter": ann.person, "round": round, "words": "PLANTED-words", "score": 3});
        let vote = create(instance, &ann.actor, "vote", vote).await?;
        erased(instance, &keeper, &ann).await?;
        let person = Wanted { record: Some(ann.person), action: Some("erase".to_owned()), ..Wanted::default() };
        let person = acts(instance, person).await?.remove(0);
        // What is about the person as such is one act.
        let account =
            Wanted { record: Some(ann.actor.user), action: Some("ledger.erase".to_owned()), ..Wanted::default() };
        assert_eq!(acts(instance, account).await?, std::slice::from_ref(&person));
        let (mut seen, mut whose) = (HashSet::from([person.0]), HashSet::from([person.1]));
        for record in [first, second, asked, vote] {
            let found = acts(instance, Wanted { record: Some(record), ..Wanted::default() }).await?;
            assert!(found.len() > 1, "it was made, and what the ledger kept of it went");
            for (act, who) in found {
                assert!(seen.insert(act) && whose.insert(who), "{record}");
            }
        }
        instance.engine.verify_ledger(&[], None).await?;
        Ok(())
    }

    async fn nobody_is_the_author_of_what_stands_beside_an_answer_without_a_name(instance) {
        let engine = &instance.engine;
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let round = create(instance, &keeper, "round", json!({"title": "spring"})).await?;
        let (ann, bob) = (rater(instance, &keeper, "ann").await?, rater(instance, &keeper, "bob").await?);
        let (_, id) = answered(instance, &ann, round, 1).await?;
        let entity = instance.entity("answer")?;
        for who in [&ann, &bob] {
            let text = "said".to_owned();
            engine.execute(&who.actor, Command::Comment { entity, id, text, meant: Vec::new() }).await?;
            let file = text_file("note.txt", "content");
            engine.execute(&who.actor, Command::Attach { entity, id, file }).await?;
        }
        let case = start(instance, &ann.actor, "check", id).await?;
        assert!(named(instance, ann.actor.user).await? >= 5);
        // Who takes part in a case that goes on cannot be taken out of it.
        let gone = engine::AccountChange { active: Some(false), ..engine::AccountChange::default() };
        engine.change_account(None, ann.actor.user, gone).await?;
        let person = instance.entity("person")?;
        let refused = engine.execute(&keeper, Command::Erase { entity: person, id: ann.person }).await.unwrap_err();
        assert_eq!(codes(refused), [":case-running"]);
        decide(instance, &bob.actor, case, true).await?;
        erased(instance, &keeper, &ann).await?;
        assert_eq!(named(instance, ann.actor.user).await?, 0);
        assert!(named(instance, bob.actor.user).await? >= 4);
        let said = engine.query(&keeper, Comments { entity, id }).await?;
        let said: Vec<(UserId, &str)> = said.iter().map(|comment| (comment.by, comment.by_name.as_str())).collect();
        assert_eq!((said[0], said[1].0), ((UserId::nil(), ""), bob.actor.user));
        assert_eq!(engine.query(&keeper, Attachments { entity, id }).await?.len(), 2);
        engine.verify_ledger(&[], None).await?;
        Ok(())
    }

    async fn an_answer_stays_in_its_cell_once_its_person_is_erased(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let reader = instance.actor("reader", &["numbers"], None).await?;
        let round = create(instance, &keeper, "round", json!({"title": "spring"})).await?;
        let other = create(instance, &keeper, "round", json!({"title": "autumn"})).await?;
        let (ann, bob) = (rater(instance, &keeper, "ann").await?, rater(instance, &keeper, "bob").await?);
        let (asked, answer) = answered(instance, &ann, round, 1).await?;
        let mut votes = Vec::new();
        for circle in ["x", "y"] {
            let vote = json!({"voter": ann.person, "round": round, "circle": circle, "score": 2});
            votes.push(create(instance, &keeper, "vote", vote).await?);
        }
        let vote = json!({"voter": bob.person, "round": round, "circle": "x", "score": 2});
        create(instance, &keeper, "vote", vote).await?;
        let done = erased(instance, &keeper, &ann).await?;
        // Otherwise all of hers would be in one cell, and count as several people's.
        for (vote, circle) in votes.iter().zip(["x", "y"]) {
            let row = read(instance, &keeper, "vote", *vote, &["voter", "circle", "score"]).await?;
            assert_eq!(row, Some(vec![Value::Null, circle.into(), Value::Null]));
        }
        let why = &done.kept[&("vote".to_owned(), "circle".to_owned())];
        assert!(why.get(Locale::En).contains("parted") && why.get(Locale::ZhCn).contains("分组"), "{why:?}");
        for (change, fault) in [
            (json!({"circle": "x"}), "circle:unnamed"),
            (json!({"round": other}), "round:unnamed"),
            (json!({"voter": bob.person}), "voter:unnamed"),
        ] {
            let refused = try_update(instance, &keeper, "vote", votes[1], None, change).await.unwrap_err();
            assert_eq!(codes(refused), [fault]);
        }
        try_update(instance, &keeper, "vote", votes[1], None, json!({"circle": "y", "code": "1"})).await?;
        // Nor does it follow what its cell is computed from.
        try_update(instance, &keeper, "asked", asked, None, json!({"round": other, "rater": bob.person})).await?;
        try_update(instance, &keeper, "answer", answer, None, json!({"score": 4})).await?;
        let row = read(instance, &keeper, "answer", answer, &["rater", "round", "score"]).await?;
        assert_eq!(row, Some(vec![Value::Null, Value::Id(round), 4.into()]));
        try_update(instance, &keeper, "round", round, None, json!({"closed": true})).await?;
        assert_eq!(told(instance, &reader, "vote").await?, "", "two people are in the one cell, and one in the other");
        Ok(())
    }

    async fn cells_that_become_one_do_not_count_an_erased_person_twice(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let reader = instance.actor("reader", &["numbers"], None).await?;
        let ann = rater(instance, &keeper, "ann").await?;
        let mut rounds = Vec::new();
        for title in ["spring", "autumn"] {
            let round = create(instance, &keeper, "round", json!({"title": title})).await?;
            create(instance, &keeper, "poll", json!({"voter": ann.person, "round": round, "score": 2})).await?;
            rounds.push(round);
        }
        erased(instance, &keeper, &ann).await?;
        let entity = instance.entity("round")?;
        for id in rounds {
            instance.engine.execute(&keeper, Command::Delete { entity, id, expected: None }).await?;
        }
        assert_eq!(told(instance, &reader, "poll").await?, "");
        Ok(())
    }

    async fn a_number_is_the_same_once_somebody_it_is_about_is_erased(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let reader = instance.actor("reader", &["numbers"], None).await?;
        let round = create(instance, &keeper, "round", json!({"title": "spring"})).await?;
        let (ann, bob) = (rater(instance, &keeper, "ann").await?, rater(instance, &keeper, "bob").await?);
        let (cat, dan) = (rater(instance, &keeper, "cat").await?, rater(instance, &keeper, "dan").await?);
        let mut opinions: Vec<RecordId> = Vec::new();
        for about in [&cat, &dan] {
            for (giver, score) in [(&ann, 1), (&bob, 4)] {
                let opinion = json!({"about": about.person, "giver": giver.person, "round": round, "words": "PLANTED-words", "score": score});
                opinions.push(create(instance, &giver.actor, "opinion", opinion).await?);
            }
        }
        try_update(instance, &keeper, "round", round, None, json!({"closed": true})).await?;
        let before = told(instance, &reader, "opinion").await?;
        assert!(before.contains("Int(4)") && before.contains("Int(10)"), "{before}");
        let done = erased(instance, &keeper, &cat).await?;
        assert_eq!(told(instance, &reader, "opinion").await?, before);
        // Words go; what they counted by, whose it is, and what is told stay, and it is said why.
        let columns = ["about", "giver", "words", "long", "score"];
        let row = read(instance, &keeper, "opinion", opinions[0], &columns).await?;
        let stays = vec![Value::Id(cat.person), Value::Id(ann.person), Value::Null, 13.into(), 1.into()];
        assert_eq!(row, Some(stays));
        let why = |field: &str| done.kept[&("opinion".to_owned(), field.to_owned())].get(Locale::En).to_owned();
        assert!(why("score").contains("somebody else answered") && why("about").contains("parted"), "{done:?}");
        // So it is when the other one goes, and those who answered.
        for gone in [&dan, &ann, &bob] {
            erased(instance, &keeper, gone).await?;
            assert_eq!(told(instance, &reader, "opinion").await?, before);
        }
        let row = read(instance, &keeper, "opinion", opinions[0], &["giver", "created_by"]).await?;
        assert_eq!(row, Some(vec![Value::Null, Value::Id(UserId::nil())]));
        Ok(())
    }

    async fn what_a_number_comes_from_goes_with_it_unless_it_is_told(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let closed = create(instance, &keeper, "round", json!({"title": "spring"})).await?;
        let open = create(instance, &keeper, "round", json!({"title": "autumn"})).await?;
        let ann = rater(instance, &keeper, "ann").await?;
        let mut votes = Vec::new();
        for round in [closed, open] {
            let vote = json!({"voter": ann.person, "round": round, "circle": "x", "words": "PLANTED-words", "score": 2});
            votes.push(create(instance, &ann.actor, "vote", vote).await?);
        }
        try_update(instance, &keeper, "round", closed, None, json!({"closed": true})).await?;
        erased(instance, &keeper, &ann).await?;
        let row = read(instance, &keeper, "vote", votes[0], &["words", "long", "score"]).await?;
        assert_eq!(row, Some(vec![Value::Null, 13.into(), 2.into()]));
        let row = read(instance, &keeper, "vote", votes[1], &["words", "long", "score"]).await?;
        assert_eq!(row, Some(vec![Value::Null; 3]), "how long it was is no more known than what it said");
        Ok(())
    }

    async fn whoever_answered_very_often_is_one_person_afterwards(instance) {
        let keeper = instance.actor("keeper", &["keeper"], None).await?;
        let round = create(instance, &keeper, "round", json!({"title": "spring"})).await?;
        let ann = rater(instance, &keeper, "ann").await?;
        let vote = |circle: &str| -> (Option<RecordId>, Fields) {
            (None, fields(json!({"voter": ann.person, "round": round, "circle": circle, "score": 2})))
        };
        // More than are in hand at once, of two cells.
        let rows = (0..250).map(|n| vote(if n % 2 == 0 { "x" } else { "y" })).collect();
        let entity = instance.entity("vote")?;
        instance.engine.execute(&keeper, Command::Load { entity, rows }).await?;
        let done = erased(instance, &keeper, &ann).await?;
        assert_eq!(done.records, 251);
        let counted = "SELECT CAST(count(*) AS TEXT) || ' of ' || CAST(count(DISTINCT who) AS TEXT) FROM loam_unnamed";
        assert_eq!(instance.told(counted).await?, ["250 of 2"]);
        Ok(())
    }
}
