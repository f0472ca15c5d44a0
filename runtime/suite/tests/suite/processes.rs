//! The other processes of the bundled app: who does what in them, and what is refused.

use engine::{
    Begin, CaseAct, CaseCommand, CaseFault, Command, CommandError, Signature,
    query::{Notifications, case::Inbox},
};
use jiff::SignedDuration;
use model::{RecordId, Value};
use serde_json::{Value as Json, json};
use store::CaseBox;
use suite::{Database, Instance};
use workflow::Refusal;

use super::{
    review::{Cast, Somebody, flagship, on_both},
    support::{codes, create, list, read, try_create, try_update},
};

impl Cast<'_> {
    /// Starts a case about a record.
    pub(super) async fn start(
        &self,
        who: &Somebody,
        workflow: &str,
        record: RecordId,
    ) -> anyhow::Result<Result<(), CommandError>> {
        let begin = Begin { workflow: workflow.to_owned(), record, ..Begin::default() };
        let command = Command::Case(CaseCommand::Start(begin));
        Ok(self.instance.engine.execute(&self.acts(who).await?, command).await.map(drop))
    }

    /// The step in which somebody is asked about a record, with its case.
    pub(super) async fn asked(&self, who: &Somebody, record: RecordId) -> anyhow::Result<Option<(String, RecordId)>> {
        let inbox = Inbox { which: CaseBox::Open, after: None, limit: 50 };
        let lines = self.instance.engine.query(&self.acts(who).await?, inbox).await?;
        let line = lines.into_iter().map(|line| line.line).find(|line| line.record == record);
        Ok(line.map(|line| (line.step.unwrap_or_default(), line.case)))
    }

    /// Somebody says yes in this step about a record.
    pub(super) async fn agrees(
        &self,
        who: &Somebody,
        step: &str,
        record: RecordId,
        values: Json,
    ) -> anyhow::Result<()> {
        let (found, case) = self.asked(who, record).await?.unwrap_or_else(|| panic!("nobody is asked at {step}"));
        assert_eq!(found, step);
        self.yes(who, case, values).await
    }

    /// Somebody signs: not without a signature, and then by hand.
    pub(super) async fn signs_by_hand(&self, who: &Somebody, record: RecordId) -> anyhow::Result<()> {
        let (_, case) = self.asked(who, record).await?.unwrap();
        let task = self.shown(who, case).await?.mine.unwrap().task;
        let lines = vec![vec![(10, 20), (300, 90)], vec![(310, 20), (420, 160)]];
        let sign = async |signature| {
            let act = CaseAct::Decide { task, yes: true, text: String::new(), signature };
            let command =
                Command::Case(CaseCommand::Act { case, act, fields: Vec::new(), files: Vec::new(), expected: None });
            Ok::<_, anyhow::Error>(self.instance.engine.execute(&self.acts(who).await?, command).await)
        };
        let refused = sign(None).await?.unwrap_err();
        assert!(matches!(&refused, CommandError::Case(CaseFault::Refused(Refusal::Unsigned, _))), "{refused:?}");
        sign(Some(Signature::Drawn(lines))).await??;
        let trail = self.shown(who, case).await?.trail;
        let signed: Vec<_> = trail.iter().filter_map(|event| event.signature.as_ref()).collect();
        assert!(signed.len() == 1 && signed[0].sha256.is_some(), "{signed:?}");
        Ok(())
    }

    /// Somebody says no in this step about a record.
    pub(super) async fn declines(&self, who: &Somebody, step: &str, record: RecordId) -> anyhow::Result<()> {
        let (found, case) = self.asked(who, record).await?.unwrap_or_else(|| panic!("nobody is asked at {step}"));
        assert_eq!(found, step);
        Ok(self.answer(who, case, false, json!({})).await??)
    }

    pub(super) async fn change(
        &self,
        who: &Somebody,
        entity: &str,
        record: RecordId,
        values: Json,
    ) -> anyhow::Result<Result<(), CommandError>> {
        Ok(try_update(self.instance, &self.acts(who).await?, entity, record, None, values).await.map(drop))
    }

    pub(super) async fn sees(
        &self,
        who: &Somebody,
        entity: &str,
        record: RecordId,
        paths: &[&str],
    ) -> anyhow::Result<Vec<String>> {
        let found = read(self.instance, &self.acts(who).await?, entity, record, paths).await?;
        Ok(found.unwrap_or_default().iter().map(shown).collect())
    }

    /// What somebody was told of feedback by rules, in order.
    pub(super) async fn told(&self, who: &Somebody) -> anyhow::Result<Vec<String>> {
        let found = self.instance.engine.query(&self.acts(who).await?, Notifications { limit: 50 }).await?;
        let texts = found.iter().map(|notice| notice.payload["text"]["en"].as_str().unwrap_or_default().to_owned());
        Ok(texts.filter(|text| !text.contains("your report of this week")).collect())
    }

    pub(super) async fn rows(&self, who: &Somebody, entity: &str, paths: &[&str]) -> anyhow::Result<Vec<Vec<String>>> {
        let actor = self.acts(who).await?;
        let rows = self.instance.engine.query(&actor, list(&actor, self.instance.entity(entity)?, paths)).await?.rows;
        let mut rows: Vec<Vec<String>> = rows.iter().map(|row| row.values.iter().map(shown).collect()).collect();
        rows.sort();
        Ok(rows)
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Decimal(value) => value.normalize().to_string(),
        Value::Int(value) => value.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Text(value) => value.to_string(),
        Value::DateTime(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}

/// Why something was refused: the field and the code, or that no right allows it.
pub(super) fn refused(answer: Result<(), CommandError>) -> Vec<String> {
    codes(answer.unwrap_err())
}

async fn heads_of_both_units_decide_a_rotation(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let hr = cast.person("hr", &["hr"], None).await?;
    let giving = cast.person("giving", &[], None).await?;
    let taking = cast.person("taking", &[], None).await?;
    let ann = cast.person("ann", &[], Some(giving.id)).await?;
    let bob = cast.person("bob", &[], Some(giving.id)).await?;
    let ward = json!({"code": "W2", "name": "Laboratory", "kind": "department", "head": taking.id});
    let other = create(instance, &system, "unit", ward).await?;
    try_update(instance, &system, "unit", cast.unit, None, json!({"head": giving.id})).await?;
    let opening =
        json!({"title": "Laboratory, half a year", "unit": other, "starts": "2026-01-01", "ends": "2026-06-30"});
    assert!(try_create(instance, &cast.acts(&ann).await?, "rotation_opening", opening.clone()).await.is_err());
    let opening = create(instance, &cast.acts(&hr).await?, "rotation_opening", opening).await?;
    // Nobody applies for somebody else.
    let asked = |who: &Somebody| json!({"opening": opening, "person": who.id, "words": "I want to learn it."});
    assert!(try_create(instance, &cast.acts(&bob).await?, "rotation_application", asked(&ann)).await.is_err());
    let first = create(instance, &cast.acts(&ann).await?, "rotation_application", asked(&ann)).await?;
    let second = create(instance, &cast.acts(&bob).await?, "rotation_application", asked(&bob)).await?;
    let third = create(instance, &cast.acts(&giving).await?, "rotation_application", asked(&giving)).await?;
    // Neither does who came or moved a short while ago.
    for (login, hired, moved) in [("new", "2024-11-21", "2025-01-02"), ("moved", "2020-01-01", "2025-05-21")] {
        let person = cast.person(login, &[], None).await?;
        try_update(instance, &system, "person", person.id, None, json!({"hired": hired})).await?;
        let place = json!({"person": person.id, "unit": cast.unit, "post": cast.post, "valid_from": moved});
        create(instance, &system, "assignment", place).await?;
        let ask = try_create(instance, &cast.acts(&person).await?, "rotation_application", asked(&person)).await;
        assert_eq!(codes(ask.unwrap_err()), ["person:rule"], "{login}");
    }
    // Both heads are asked at once; one yes is not enough, and nobody decides by hand.
    assert!(cast.change(&giving, "rotation_application", first, json!({"status": "approved"})).await?.is_err());
    cast.agrees(&giving, "heads", first, json!({})).await?;
    assert_eq!(cast.sees(&ann, "rotation_application", first, &["status"]).await?, ["asked"]);
    cast.agrees(&taking, "heads", first, json!({})).await?;
    assert_eq!(cast.sees(&ann, "rotation_application", first, &["status"]).await?, ["approved"]);
    assert_eq!(cast.sees(&ann, "rotation_opening", opening, &["taken"]).await?, ["1"]);
    // The move that follows from it stands against nothing.
    let place = json!({"person": ann.id, "unit": other, "post": cast.post, "valid_from": "2025-11-20"});
    create(instance, &system, "assignment", place).await?;
    let place = ["giving_unit.code", "taking_unit.code"];
    assert_eq!(cast.sees(&ann, "rotation_application", first, &place).await?, ["W1", "W2"]);
    // The place is taken: a yes more is refused, and what remains is a no.
    cast.agrees(&giving, "heads", second, json!({})).await?;
    let (_, case) = cast.asked(&taking, second).await?.unwrap();
    assert_eq!(refused(cast.answer(&taking, case, true, json!({})).await?), [":rule"]);
    cast.declines(&taking, "heads", second).await?;
    assert_eq!(cast.sees(&bob, "rotation_application", second, &["status"]).await?, ["declined"]);
    assert!(cast.sees(&ann, "rotation_application", second, &["status"]).await?.is_empty());
    // A head who applies does not answer for their own unit.
    assert_eq!(cast.asked(&giving, third).await?, None);
    assert!(cast.asked(&hr, third).await?.is_some());
    Ok(())
}

async fn minutes_are_filed_when_both_have_signed(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let head = cast.person("head", &["manager"], None).await?;
    let ann = cast.person("ann", &[], Some(head.id)).await?;
    let acting = cast.acts(&head).await?;
    let talk = json!({"person": ann.id, "held_on": "2025-11-19", "minutes": 30});
    let talk = create(instance, &acting, "interview", talk).await?;
    let course = json!({"title": "Course on reports", "interview": talk, "kind": "training"});
    assert_eq!(codes(try_create(instance, &acting, "action_item", course).await.unwrap_err()), ["due:rule"]);
    for (title, due) in [("Course on reports", "2025-12-31"), ("Check every Friday", "2026-03-31")] {
        let action = json!({"title": title, "interview": talk, "kind": "training", "due": due});
        create(instance, &acting, "action_item", action).await?;
    }
    assert!(cast.rows(&ann, "action_item", &["title"]).await?.is_empty());
    // Put to signature with words only, by whoever held it.
    assert!(cast.start(&ann, "interview", talk).await?.is_err());
    assert_eq!(refused(cast.start(&head, "interview", talk).await?), ["agreed:rule"]);
    cast.change(&head, "interview", talk, json!({"agreed": "Fewer errors."})).await??;
    cast.start(&head, "interview", talk).await??;
    cast.agrees(&head, "sign", talk, json!({})).await?;
    cast.declines(&ann, "sign", talk).await?;
    cast.agrees(&head, "revise", talk, json!({"agreed": "Fewer than 4 % errors."})).await?;
    cast.agrees(&ann, "sign", talk, json!({})).await?;
    assert_eq!(cast.sees(&ann, "interview", talk, &["status", "agreed"]).await?[0], "signing");
    assert_eq!(cast.rows(&ann, "action_item", &["status"]).await?, [["proposed"], ["proposed"]]);
    cast.agrees(&head, "sign", talk, json!({})).await?;
    assert_eq!(cast.sees(&ann, "interview", talk, &["status", "agreed"]).await?, ["filed", "Fewer than 4 % errors."]);
    assert_eq!(
        cast.rows(&ann, "action_item", &["status", "due", "person.name"]).await?,
        [["agreed", "2025-12-31", "ANN"], ["agreed", "2026-03-31", "ANN"]]
    );
    // What is filed is not changed any more; how specific it was is still the employee's to say.
    assert!(cast.change(&head, "interview", talk, json!({"agreed": "Nothing."})).await?.is_err());
    cast.change(&ann, "interview", talk, json!({"specificity": 5})).await??;
    Ok(())
}

async fn the_last_voucher_goes_to_one(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    let ann = cast.person("ann", &[], None).await?;
    let bob = cast.person("bob", &[], None).await?;
    let keeper = cast.acts(&hr).await?;
    let entry = |who: &Somebody, kind: &str, points: i64, day: &str| json!({"person": who.id, "kind": kind, "points": points, "day": day});
    // Nobody gives to themselves, and only the right way round.
    assert!(try_create(instance, &keeper, "points_entry", entry(&hr, "earn", 30, "2025-01-05")).await.is_err());
    assert!(
        try_create(instance, &cast.acts(&ann).await?, "points_entry", entry(&bob, "earn", 30, "2025-01-05"))
            .await
            .is_err()
    );
    let wrong = try_create(instance, &keeper, "points_entry", entry(&ann, "earn", -30, "2025-01-05")).await;
    assert_eq!(codes(wrong.unwrap_err()), ["points:rule"]);
    let first = create(instance, &keeper, "points_entry", entry(&ann, "earn", 30, "2025-01-05")).await?;
    create(instance, &keeper, "points_entry", entry(&ann, "earn", 20, "2025-03-10")).await?;
    create(instance, &keeper, "points_entry", entry(&bob, "earn", 30, "2025-03-10")).await?;
    assert!(cast.change(&hr, "points_entry", first, json!({"points": 300})).await?.is_err());
    // Two ask for the last voucher at the same instant: one has it.
    let voucher = json!({"name": "Course voucher", "kind": "training", "cost": 25, "stock": 1});
    let voucher = create(instance, &keeper, "reward", voucher).await?;
    let asked = |who: &Somebody| json!({"reward": voucher, "person": who.id});
    let (one, two) = (cast.acts(&ann).await?, cast.acts(&bob).await?);
    let (one, two) = tokio::join!(
        try_create(instance, &one, "redemption", asked(&ann)),
        try_create(instance, &two, "redemption", asked(&bob)),
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(cast.sees(&hr, "reward", voucher, &["left"]).await?, ["0"]);
    let (winner, loser, won) = match (one, two) {
        (Ok(won), Err(lost)) => {
            assert_eq!(codes(lost), [":rule"]);
            (&ann, &bob, won)
        }
        (Err(lost), Ok(won)) => {
            assert_eq!(codes(lost), [":rule"]);
            (&bob, &ann, won)
        }
        other => panic!("{other:?}"),
    };
    // A no gives it back, and then the other may have it.
    let free = ["points_held", "points_set_aside", "points_free"];
    let held = if winner.id == ann.id { "50" } else { "30" };
    assert_eq!(cast.sees(winner, "person", winner.id, &free[..2]).await?, [held, "25"]);
    assert_eq!(cast.asked(winner, won).await?, None);
    cast.declines(&hr, "decide", won).await?;
    assert_eq!(cast.sees(winner, "person", winner.id, &free[1..2]).await?, ["0"]);
    let lost = create(instance, &cast.acts(loser).await?, "redemption", asked(loser)).await?;
    cast.declines(&hr, "decide", lost).await?;
    let taken = create(instance, &cast.acts(&ann).await?, "redemption", asked(&ann)).await?;
    cast.agrees(&hr, "decide", taken, json!({})).await?;
    assert_eq!(cast.sees(&ann, "redemption", taken, &["status"]).await?, ["approved"]);
    assert_eq!(cast.sees(&ann, "person", ann.id, &free).await?, ["25", "0", "25"]);
    // What is left of the first lot lapses by itself after a year, and 20 remain; no more than these can be spent or lost.
    cast.pass(45).await?;
    assert_eq!(cast.sees(&ann, "person", ann.id, &free).await?, ["25", "0", "25"]);
    for _ in 0..3 {
        cast.pass(1).await?;
    }
    assert_eq!(cast.sees(&ann, "person", ann.id, &free).await?, ["20", "0", "20"]);
    let lapsed = ["kind", "points", "day"];
    let lapsed = cast.rows(&ann, "points_entry", &lapsed).await?;
    let lapsed: Vec<&Vec<String>> = lapsed.iter().filter(|row| row[0] == "expire").collect();
    assert_eq!(lapsed, [&["expire", "-5", "2026-01-05"]]);
    let keeper = cast.acts(&hr).await?;
    let leave = json!({"name": "Half a day", "kind": "leave", "cost": 15, "stock": 9});
    let leave = create(instance, &keeper, "reward", leave).await?;
    let half = json!({"reward": leave, "person": ann.id});
    create(instance, &cast.acts(&ann).await?, "redemption", half.clone()).await?;
    let again = try_create(instance, &cast.acts(&ann).await?, "redemption", half).await;
    assert_eq!(codes(again.unwrap_err()), [":rule"]);
    let over = try_create(instance, &keeper, "points_entry", entry(&ann, "adjust", -6, "2026-01-06")).await;
    assert_eq!(codes(over.unwrap_err()), [":rule"]);
    // Of others one sees neither points nor what they redeemed.
    assert!(cast.rows(&bob, "points_entry", &["person"]).await?.len() == 1);
    assert!(cast.sees(&bob, "redemption", taken, &["status"]).await?.is_empty());
    Ok(())
}

async fn points_lapse_after_a_year_the_oldest_first(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    let ann = cast.person("ann", &[], None).await?;
    let keeper = cast.acts(&hr).await?;
    let voucher = json!({"name": "Course voucher", "kind": "training", "cost": 25, "stock": 9});
    let voucher = create(instance, &keeper, "reward", voucher).await?;
    let entry =
        |kind: &str, points: i64, day: &str| json!({"person": ann.id, "kind": kind, "points": points, "day": day});
    // The later lot is entered first: the day says which is older.
    create(instance, &keeper, "points_entry", entry("earn", 20, "2025-01-20")).await?;
    create(instance, &keeper, "points_entry", entry("earn", 30, "2024-11-25")).await?;
    create(instance, &keeper, "points_entry", entry("adjust", -2, "2025-11-01")).await?;
    // Asked for before the older lot lapses: what is set aside does not.
    let asked = json!({"reward": voucher, "person": ann.id});
    let asked = create(instance, &cast.acts(&ann).await?, "redemption", asked).await?;
    cast.pass(0).await?;
    let stand = ["points_held", "points_set_aside", "points_due", "points_free"];
    assert_eq!(cast.sees(&ann, "person", ann.id, &stand).await?, ["48", "25", "0", "23"]);
    cast.pass(6).await?;
    // 30 less 2 less 25 are 3, and they are gone in one entry, however often it is looked at.
    assert_eq!(cast.sees(&ann, "person", ann.id, &stand).await?, ["45", "25", "0", "20"]);
    cast.pass(1).await?;
    assert_eq!(cast.sees(&ann, "person", ann.id, &stand).await?, ["45", "25", "0", "20"]);
    // Declined, they come back a year old, and lapse too.
    cast.declines(&hr, "decide", asked).await?;
    cast.pass(0).await?;
    assert_eq!(cast.sees(&ann, "person", ann.id, &stand).await?, ["20", "0", "0", "20"]);
    let told = cast.told(&ann).await?;
    assert_eq!(told.iter().filter(|text| text.contains("Points lapse")).count(), 2, "{told:?}");
    // The last lot goes with its day, and nothing is left or below zero.
    for _ in 0..57 {
        cast.pass(1).await?;
    }
    assert_eq!(cast.sees(&ann, "person", ann.id, &stand).await?, ["0", "0", "0", "0"]);
    let book = cast.rows(&ann, "points_entry", &["kind", "points"]).await?;
    assert_eq!(
        book,
        [["adjust", "-2"], ["earn", "20"], ["earn", "30"], ["expire", "-20"], ["expire", "-25"], ["expire", "-3"]]
    );
    Ok(())
}

async fn points_are_given_out_of_an_allowance(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let head = cast.person("head", &["manager"], None).await?;
    let ann = cast.person("ann", &[], Some(head.id)).await?;
    let ben = cast.person("ben", &[], None).await?;
    try_update(instance, &system, "person", head.id, None, json!({"points_allowance": 40})).await?;
    let given =
        |to: &Somebody, points: i64| json!({"person": to.id, "kind": "earn", "points": points, "giver": head.id});
    let acting = cast.acts(&head).await?;
    // To one's own people only, never to oneself, and not beyond the month's allowance.
    for other in [&ben, &head] {
        assert!(try_create(instance, &acting, "points_entry", given(other, 5)).await.is_err());
    }
    assert!(try_create(instance, &cast.acts(&ann).await?, "points_entry", given(&ben, 5)).await.is_err());
    create(instance, &acting, "points_entry", given(&ann, 30)).await?;
    assert_eq!(codes(try_create(instance, &acting, "points_entry", given(&ann, 11)).await.unwrap_err()), [":rule"]);
    create(instance, &acting, "points_entry", given(&ann, 10)).await?;
    assert_eq!(cast.sees(&head, "person", head.id, &["points_given_now"]).await?, ["40"]);
    assert_eq!(cast.sees(&ann, "person", ann.id, &["points_held"]).await?, ["40"]);
    // Not all to one: so much of it is for one person, however much of the allowance is left. Two that are given at the same
    // instant count both.
    let limits = json!({"points_allowance": 100, "points_to_one": 50});
    try_update(instance, &system, "person", head.id, None, limits).await?;
    let bob = cast.person("bob", &[], Some(head.id)).await?;
    let acting = cast.acts(&head).await?;
    assert_eq!(codes(try_create(instance, &acting, "points_entry", given(&ann, 11)).await.unwrap_err()), [":rule"]);
    let (one, two) = tokio::join!(
        try_create(instance, &acting, "points_entry", given(&ann, 6)),
        try_create(instance, &acting, "points_entry", given(&ann, 6)),
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(codes(one.and(two).unwrap_err()), [":rule"]);
    create(instance, &acting, "points_entry", given(&bob, 50)).await?;
    assert_eq!(cast.sees(&head, "person", head.id, &["points_given_now", "points_most_to_one"]).await?, ["96", "50"]);
    try_update(instance, &system, "person", head.id, None, json!({"points_allowance": 100, "points_to_one": 100}))
        .await?;
    create(instance, &acting, "points_entry", given(&ann, 4)).await?;
    try_update(instance, &system, "person", head.id, None, json!({"points_to_one": 50})).await?;
    // The next month begins with the allowance, and no more: what was left does not roll over.
    for _ in 0..12 {
        cast.pass(1).await?;
    }
    let acting = cast.acts(&head).await?;
    assert_eq!(cast.sees(&head, "person", head.id, &["points_given_now"]).await?, ["0"]);
    assert_eq!(codes(try_create(instance, &acting, "points_entry", given(&ann, 51)).await.unwrap_err()), [":rule"]);
    create(instance, &acting, "points_entry", given(&ann, 50)).await?;
    create(instance, &acting, "points_entry", given(&bob, 50)).await?;
    let both = codes(try_create(instance, &acting, "points_entry", given(&bob, 1)).await.unwrap_err());
    assert_eq!(both, [":rule", ":rule"], "neither the allowance nor what is for one person");
    Ok(())
}

async fn a_plan_is_signed_checked_and_judged(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    let head = cast.person("head", &["manager"], None).await?;
    let ann = cast.person("ann", &[], Some(head.id)).await?;
    let other = cast.person("other", &["manager"], None).await?;
    let plan = json!({
        "person": ann.id, "starts": "2025-11-24", "gap": "Too many reports come back.", "goal": "Fewer than 4 %.",
        "support": "A mentor for an hour a week.", "pass_when": "Below 4 % in the last month.",
        "extend_when": "Below 6 %.", "fail_when": "6 % and more.",
    });
    // Only for one's own people.
    assert!(try_create(instance, &cast.acts(&other).await?, "improvement_plan", plan.clone()).await.is_err());
    let acting = cast.acts(&head).await?;
    let plan = create(instance, &acting, "improvement_plan", plan).await?;
    assert!(cast.sees(&ann, "improvement_plan", plan, &["status"]).await?.is_empty());
    // Without an example that has its day there is nothing to sign.
    assert_eq!(refused(cast.start(&head, "improvement", plan).await?), ["status:rule"]);
    let example = json!({"plan": plan, "day": "2025-11-12", "words": "Seven of twenty came back."});
    create(instance, &acting, "plan_example", example).await?;
    cast.start(&head, "improvement", plan).await??;
    cast.declines(&ann, "sign", plan).await?;
    cast.agrees(&head, "revise", plan, json!({"support": "A mentor for two hours a week."})).await?;
    cast.agrees(&head, "sign", plan, json!({})).await?;
    cast.agrees(&ann, "sign", plan, json!({})).await?;
    let stand = ["status", "support", "day_90"];
    assert_eq!(
        cast.sees(&ann, "improvement_plan", plan, &stand).await?,
        ["running", "A mentor for two hours a week.", "2026-02-22"]
    );
    // What was signed stays, and so does what passing means.
    assert!(cast.change(&head, "improvement_plan", plan, json!({"pass_when": "Never."})).await?.is_err());
    cast.pass(30).await?;
    assert_eq!(cast.asked(&head, plan).await?, None);
    cast.pass(5).await?;
    let (_, case) = cast.asked(&head, plan).await?.unwrap();
    assert_eq!(refused(cast.answer(&head, case, true, json!({})).await?), ["note_30:required"]);
    cast.agrees(&head, "check_30", plan, json!({"note_30": "8 %."})).await?;
    cast.pass(30).await?;
    cast.agrees(&head, "check_60", plan, json!({"note_60": "5 %."})).await?;
    cast.pass(30).await?;
    let judged = |outcome: &str| json!({"note_90": "5 %.", "outcome": outcome, "outcome_reason": "Below 6 %."});
    cast.agrees(&head, "judge", plan, judged("failed")).await?;
    // Human resources do not agree, and it is judged again by what was said beforehand.
    cast.declines(&hr, "confirm", plan).await?;
    cast.agrees(&head, "judge", plan, judged("extended")).await?;
    cast.agrees(&hr, "confirm", plan, json!({})).await?;
    assert_eq!(cast.asked(&head, plan).await?, None);
    cast.pass(30).await?;
    let last = json!({"note_120": "3 %.", "final_outcome": "passed"});
    cast.agrees(&head, "judge_again", plan, last).await?;
    cast.agrees(&hr, "confirm_again", plan, json!({})).await?;
    cast.agrees(&ann, "known", plan, json!({"person_words": "Thank you."})).await?;
    let end = ["status", "final_outcome", "person_words"];
    assert_eq!(cast.sees(&ann, "improvement_plan", plan, &end).await?, ["ended", "passed", "Thank you."]);
    Ok(())
}

async fn who_has_not_answered_is_reminded(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let hr = cast.person("hr", &["hr"], None).await?;
    let ann = cast.person("ann", &[], None).await?;
    let review = cast.review(&ann).await?;
    try_update(instance, &system, "review", review, None, json!({"feedback": "collecting"})).await?;
    let keeper = cast.acts(&hr).await?;
    let campaign = json!({"name": "Autumn", "cycle": cast.cycle, "due": "2025-11-24"});
    let campaign = create(instance, &keeper, "feedback_campaign", campaign).await?;
    let figures = ["asked", "answered", "rate", "lamp", "rate_manager"];
    // Of nobody asked there is no rate, neither 0 nor 100.
    assert_eq!(cast.sees(&hr, "feedback_campaign", campaign, &figures).await?, ["0", "0", "-", "-", "-"]);
    let mut raters = Vec::new();
    for (number, group) in ["peer", "peer", "peer", "report", "report"].into_iter().enumerate() {
        let rater = cast.person(&format!("r{number}"), &[], None).await?;
        let request = json!({
            "review": review, "campaign": campaign, "rater": rater.id, "rater_group": group, "due": "2025-11-24",
        });
        let request = create(instance, &system, "feedback_request", request).await?;
        raters.push((rater, request));
    }
    let answer = |request: RecordId| json!({"request": request, "score": 4});
    create(instance, &cast.acts(&raters[0].0).await?, "feedback_360", answer(raters[0].1)).await?;
    let groups = ["asked", "answered", "rate", "lamp", "rate_peer", "rate_report", "rate_manager"];
    assert_eq!(
        cast.sees(&hr, "feedback_campaign", campaign, &groups).await?,
        ["5", "1", "20", "red", "33.33", "0", "-"]
    );
    // Thursday at ten nobody is reminded; Friday at ten it is three days before it is due: those without an
    // answer are, and nobody else.
    instance.clock.pass(SignedDuration::from_hours(1));
    cast.pass(0).await?;
    assert_eq!(cast.told(&raters[1].0).await?, Vec::<String>::new());
    cast.pass(1).await?;
    assert_eq!(cast.told(&raters[0].0).await?, Vec::<String>::new());
    for (rater, _) in &raters[1..] {
        assert_eq!(cast.told(rater).await?.len(), 1);
    }
    assert_eq!(cast.told(&hr).await?, Vec::<String>::new());
    // The day before, once more; and whoever runs the campaign learns that fewer than 40 % have answered.
    create(instance, &cast.acts(&raters[1].0).await?, "feedback_360", answer(raters[1].1)).await?;
    cast.pass(1).await?;
    cast.pass(1).await?;
    assert_eq!(cast.told(&raters[1].0).await?.len(), 1);
    assert_eq!(cast.told(&raters[2].0).await?.len(), 2);
    assert_eq!(cast.sees(&hr, "feedback_campaign", campaign, &["rate", "lamp"]).await?, ["40", "yellow"]);
    assert_eq!(cast.told(&hr).await?, Vec::<String>::new());
    // Who was asked, and so who has answered, stays unknown to human resources.
    let raters = cast.rows(&hr, "feedback_request", &["rater"]).await?;
    assert_eq!(raters, vec![["-"]; 5]);
    Ok(())
}

/// 39 of a hundred have answered: 39.0 %, red against 80; the day before, the other 61 are reminded, and nobody else.
async fn of_a_hundred_the_others_are_reminded(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let hr = cast.person("hr", &["hr"], None).await?;
    let ann = cast.person("ann", &[], None).await?;
    let review = cast.review(&ann).await?;
    try_update(instance, &system, "review", review, None, json!({"feedback": "collecting"})).await?;
    let keeper = cast.acts(&hr).await?;
    let campaign = json!({"name": "Autumn", "cycle": cast.cycle, "due": "2025-11-22", "target": 80});
    let campaign = create(instance, &keeper, "feedback_campaign", campaign).await?;
    let mut raters = Vec::new();
    for number in 0..100 {
        let rater = cast.person(&format!("r{number}"), &[], None).await?;
        let group = if number % 2 == 0 { "peer" } else { "report" };
        let request = json!({
            "review": review, "campaign": campaign, "rater": rater.id, "rater_group": group, "due": "2025-11-22",
        });
        let request = create(instance, &system, "feedback_request", request).await?;
        if number < 39 {
            let answer = json!({"request": request, "score": 4});
            create(instance, &cast.acts(&rater).await?, "feedback_360", answer).await?;
        }
        raters.push(rater);
    }
    let figures = ["asked", "answered", "rate", "target", "lamp", "rate_peer", "rate_report"];
    assert_eq!(
        cast.sees(&hr, "feedback_campaign", campaign, &figures).await?,
        ["100", "39", "39", "80", "red", "40", "38"]
    );
    instance.clock.pass(SignedDuration::from_hours(1));
    cast.pass(0).await?;
    cast.pass(1).await?;
    let mut told = Vec::new();
    for rater in &raters {
        told.push(cast.told(rater).await?.len());
    }
    assert_eq!((told[..39].iter().sum::<usize>(), told[39..].iter().filter(|many| **many == 1).count()), (0, 61));
    Ok(())
}

async fn few_answers_are_told_to_whoever_runs_the_campaign(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let hr = cast.person("hr", &["hr"], None).await?;
    let ann = cast.person("ann", &[], None).await?;
    let review = cast.review(&ann).await?;
    try_update(instance, &system, "review", review, None, json!({"feedback": "collecting"})).await?;
    let keeper = cast.acts(&hr).await?;
    let campaign = json!({"name": "Autumn", "cycle": cast.cycle, "due": "2025-11-22"});
    let campaign = create(instance, &keeper, "feedback_campaign", campaign).await?;
    let rater = cast.person("rater", &[], None).await?;
    let request = json!({
        "review": review, "campaign": campaign, "rater": rater.id, "rater_group": "peer", "due": "2025-11-22",
    });
    create(instance, &keeper, "feedback_request", request).await?;
    instance.clock.pass(SignedDuration::from_hours(1));
    cast.pass(0).await?;
    cast.pass(1).await?;
    assert_eq!(cast.told(&hr).await?, ["Only 0% have answered “Autumn”, fewer than 40 %; it is due on 2025-11-22"]);
    Ok(())
}

on_both!(
    heads_of_both_units_decide_a_rotation,
    minutes_are_filed_when_both_have_signed,
    the_last_voucher_goes_to_one,
    points_lapse_after_a_year_the_oldest_first,
    points_are_given_out_of_an_allowance,
    a_plan_is_signed_checked_and_judged,
    who_has_not_answered_is_reminded,
    of_a_hundred_the_others_are_reminded,
    few_answers_are_told_to_whoever_runs_the_campaign
);
