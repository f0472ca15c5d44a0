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
    async fn start(
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
    async fn asked(&self, who: &Somebody, record: RecordId) -> anyhow::Result<Option<(String, RecordId)>> {
        let inbox = Inbox { which: CaseBox::Open, after: None, limit: 50 };
        let lines = self.instance.engine.query(&self.acts(who).await?, inbox).await?;
        let line = lines.into_iter().map(|line| line.line).find(|line| line.record == record);
        Ok(line.map(|line| (line.step.unwrap_or_default(), line.case)))
    }

    /// Somebody says yes in this step about a record.
    async fn agrees(&self, who: &Somebody, step: &str, record: RecordId, values: Json) -> anyhow::Result<()> {
        let (found, case) = self.asked(who, record).await?.unwrap_or_else(|| panic!("nobody is asked at {step}"));
        assert_eq!(found, step);
        self.yes(who, case, values).await
    }

    /// Somebody signs: not without a signature, and then by hand.
    async fn signs_by_hand(&self, who: &Somebody, record: RecordId) -> anyhow::Result<()> {
        let (_, case) = self.asked(who, record).await?.unwrap();
        let task = self.shown(who, case).await?.mine.unwrap().task;
        let lines = vec![vec![(10, 20), (300, 90)], vec![(310, 20), (420, 160)]];
        let sign = async |signature| {
            let act = CaseAct::Decide { task, yes: true, text: String::new(), signature };
            let command = Command::Case(CaseCommand::Act { case, act, fields: Vec::new(), expected: None });
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
    async fn declines(&self, who: &Somebody, step: &str, record: RecordId) -> anyhow::Result<()> {
        let (found, case) = self.asked(who, record).await?.unwrap_or_else(|| panic!("nobody is asked at {step}"));
        assert_eq!(found, step);
        Ok(self.answer(who, case, false, json!({})).await??)
    }

    async fn change(
        &self,
        who: &Somebody,
        entity: &str,
        record: RecordId,
        values: Json,
    ) -> anyhow::Result<Result<(), CommandError>> {
        Ok(try_update(self.instance, &self.acts(who).await?, entity, record, None, values).await.map(drop))
    }

    async fn sees(
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
    async fn told(&self, who: &Somebody) -> anyhow::Result<Vec<String>> {
        let found = self.instance.engine.query(&self.acts(who).await?, Notifications { limit: 50 }).await?;
        let texts = found.iter().map(|notice| notice.payload["text"]["en"].as_str().unwrap_or_default().to_owned());
        Ok(texts.filter(|text| !text.contains("your report of this week")).collect())
    }

    async fn rows(&self, who: &Somebody, entity: &str, paths: &[&str]) -> anyhow::Result<Vec<Vec<String>>> {
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
fn refused(answer: Result<(), CommandError>) -> Vec<String> {
    codes(answer.unwrap_err())
}

async fn three_sign_before_anybody_starts(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let hr = cast.person("hr", &["hr"], None).await?;
    let initiator = cast.person("e0089", &[], None).await?;
    let executor = cast.person("e0255", &[], None).await?;
    let affected = cast.person("e0227", &[], None).await?;
    let other = cast.person("e0001", &[], None).await?;
    let acting = cast.acts(&initiator).await?;
    let terms = |affected: RecordId, weight: u32| {
        json!({
            "title": "Reagents on time", "executor": executor.id, "affected": affected,
            "deliverables": "Reagents at the door of the laboratory", "acceptance": "Cold chain whole",
            "response_hours": 4, "source": "ERP", "cutoff": "18:00", "include_transit": false, "threshold": 24,
            "deduction": "0.5", "mode": "item", "weight_initiator": 30, "weight_executor": 50, "weight_affected": weight,
        })
    };
    // Three people, and weights that make a whole.
    let uneven = try_create(instance, &acting, "contract", terms(affected.id, 19)).await;
    assert_eq!(codes(uneven.unwrap_err()), ["weight_affected:rule"]);
    let twice = try_create(instance, &acting, "contract", terms(executor.id, 20)).await;
    assert_eq!(codes(twice.unwrap_err()), ["affected:rule"]);
    let contract = create(instance, &acting, "contract", terms(affected.id, 20)).await?;
    let due = json!({"title": "Deliver", "contract": contract, "due_at": "2025-11-24T08:00:00+08:00"});
    let task = create(instance, &acting, "collaboration_task", due).await?;
    // A draft is nobody else's, and nobody says by hand that it is signed.
    assert!(cast.start(&executor, "contract", contract).await?.is_err());
    assert!(cast.change(&initiator, "contract", contract, json!({"status": "signing"})).await?.is_err());
    cast.start(&initiator, "contract", contract).await??;
    // One does not sign: it goes back, is put right and put to all three anew, as another version.
    cast.signs_by_hand(&initiator, contract).await?;
    cast.declines(&affected, "affected", contract).await?;
    assert_eq!(cast.asked(&executor, contract).await?, None);
    cast.agrees(&initiator, "negotiate", contract, json!({"response_hours": 2})).await?;
    let stand = ["status", "issue", "signed_count", "in_force"];
    assert_eq!(cast.sees(&executor, "contract", contract, &stand).await?, ["signing", "2", "0", "false"]);
    // Nobody changes what is being signed. Two of three do not suffice.
    assert!(cast.change(&initiator, "contract", contract, json!({"threshold": 12})).await?.is_err());
    cast.agrees(&initiator, "initiator", contract, json!({})).await?;
    instance.clock.pass(SignedDuration::from_hours(1));
    cast.agrees(&executor, "executor", contract, json!({})).await?;
    assert_eq!(cast.sees(&executor, "contract", contract, &stand).await?, ["signing", "2", "2", "false"]);
    let begun = json!({"status": "doing"});
    assert_eq!(refused(cast.change(&executor, "collaboration_task", task, begun.clone()).await?), ["status:rule"]);
    instance.clock.pass(SignedDuration::from_hours(1));
    cast.agrees(&affected, "affected", contract, json!({})).await?;
    let stand_at = ["status", "issue", "signed_count", "in_force", "signed_at"];
    assert_eq!(
        cast.sees(&executor, "contract", contract, &stand_at).await?,
        ["active", "2", "3", "true", "2025-11-20T03:00:00Z"]
    );
    // Whoever is no party sees nothing, and who is not the executor moves nothing.
    assert_eq!(cast.sees(&other, "contract", contract, &stand).await?, Vec::<String>::new());
    assert!(cast.change(&initiator, "collaboration_task", task, begun.clone()).await?.is_err());
    cast.change(&executor, "collaboration_task", task, begun.clone()).await??;
    // A changed threshold: none of three, as the next version, in the same write; what was signed stays as it was.
    cast.change(&initiator, "contract", contract, json!({"threshold": 48})).await??;
    assert_eq!(cast.sees(&executor, "contract", contract, &stand).await?, ["signing", "3", "0", "false"]);
    let done = json!({"status": "done", "delivered_at": "2025-11-24T08:00:00+08:00"});
    assert_eq!(refused(cast.change(&executor, "collaboration_task", task, done.clone()).await?), ["status:rule"]);
    assert_eq!(cast.rows(&affected, "contract_version", &["issue", "threshold"]).await?, [["2", "24"]]);
    assert_eq!(cast.rows(&affected, "contract_signature", &["issue"]).await?.len(), 4);
    for (who, step) in [(&initiator, "initiator"), (&executor, "executor"), (&affected, "affected")] {
        cast.agrees(who, step, contract, json!({})).await?;
    }
    assert_eq!(cast.sees(&executor, "contract", contract, &stand).await?, ["active", "3", "3", "true"]);
    assert_eq!(cast.rows(&hr, "contract_version", &["issue", "threshold"]).await?, [["2", "24"], ["3", "48"]]);
    cast.change(&executor, "collaboration_task", task, done).await??;
    // At the close each party gives their own rating, unseen by the others until all are in.
    cast.start(&affected, "contract_close", contract).await??;
    cast.agrees(&executor, "executor", contract, json!({"rating_executor": 80})).await?;
    let rated = ["rating_initiator", "rating_executor", "rating_affected", "result"];
    assert_eq!(cast.sees(&initiator, "contract", contract, &rated).await?, ["-", "-", "-", "-"]);
    let (_, case) = cast.asked(&initiator, contract).await?.unwrap();
    assert!(cast.answer(&initiator, case, true, json!({"rating_affected": 100})).await?.is_err());
    assert_eq!(refused(cast.answer(&initiator, case, true, json!({})).await?), ["rating_initiator:required"]);
    cast.yes(&initiator, case, json!({"rating_initiator": 90})).await?;
    cast.agrees(&affected, "affected", contract, json!({"rating_affected": 70})).await?;
    assert_eq!(cast.sees(&affected, "contract", contract, &rated).await?, ["90", "80", "70", "81"]);
    assert_eq!(cast.sees(&hr, "contract", contract, &["status"]).await?, ["closed"]);
    Ok(())
}

async fn delays_are_counted_as_agreed(instance: &Instance) -> anyhow::Result<()> {
    let cast = Cast::new(instance).await?;
    let system = instance.engine.system();
    let mut parties = Vec::new();
    for login in ["a", "b", "c"] {
        parties.push(cast.person(login, &[], None).await?);
    }
    for (mode, transit, expected) in [("item", 0, "1"), ("block", 0, "1.5"), ("item", 24, "0")] {
        let terms = json!({
            "title": "Reagents", "initiator": parties[0].id, "executor": parties[1].id, "affected": parties[2].id,
            "deliverables": "Reagents", "acceptance": "Whole", "response_hours": 4, "source": "ERP", "cutoff": "18:00",
            "mode": mode, "weight_initiator": 30, "weight_executor": 50, "weight_affected": 20,
        });
        let contract = create(instance, &system, "contract", terms).await?;
        let late = if transit == 0 { [10, 24, 30, 53] } else { [45, 45, 45, 45] };
        for hours in late {
            let due: jiff::Timestamp = "2025-11-24T00:00:00Z".parse()?;
            let delivered = due + SignedDuration::from_hours(hours);
            let task = json!({
                "title": "Deliver", "contract": contract, "due_at": due.to_string(),
                "delivered_at": delivered.to_string(), "transit_hours": transit,
            });
            create(instance, &system, "collaboration_task", task).await?;
        }
        assert_eq!(cast.sees(&parties[0], "contract", contract, &["deducted"]).await?, [expected], "{mode}");
    }
    Ok(())
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
    // What is left of the first lot expires, and 20 remain; no more than these can be spent or lost.
    create(instance, &keeper, "points_entry", entry(&ann, "expire", -5, "2026-01-05")).await?;
    assert_eq!(cast.sees(&ann, "person", ann.id, &free).await?, ["20", "0", "20"]);
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
        let request = create(instance, &keeper, "feedback_request", request).await?;
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
    three_sign_before_anybody_starts,
    delays_are_counted_as_agreed,
    heads_of_both_units_decide_a_rotation,
    minutes_are_filed_when_both_have_signed,
    the_last_voucher_goes_to_one,
    a_plan_is_signed_checked_and_judged,
    who_has_not_answered_is_reminded,
    few_answers_are_told_to_whoever_runs_the_campaign
);
