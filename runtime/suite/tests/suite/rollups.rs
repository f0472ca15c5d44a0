//! Rollups and lookups: kept values over children, and at the end of references.

use engine::Command;
use model::{RecordId, Value};
use serde_json::json;

use super::{
    support::{codes, create, fields, read, try_update},
    workflows::settle,
};
use crate::both;

const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/region.yaml",
        "label: {zh-CN: 大区, en: Region}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n",
    ),
    (
        "entities/customer.yaml",
        r#"label: {zh-CN: 客户, en: Customer}
display: name
fields:
  name: {type: text, label: {zh-CN: 名称, en: Name}}
  region: {type: reference, to: region, label: {zh-CN: 大区, en: Region}}
  orders: {type: children, to: order, by: customer, label: {zh-CN: 订单, en: Orders}}
  revenue: {type: money, label: {zh-CN: 收入, en: Revenue}, rollup: {of: orders, function: sum, field: total}}
  best: {type: text, label: {zh-CN: 最大订单, en: Best}, rollup: {of: orders, function: last, field: title, by: total}}
"#,
    ),
    (
        "entities/order.yaml",
        r#"label: {zh-CN: 订单, en: Order}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  customer: {type: reference, to: customer, label: {zh-CN: 客户, en: Customer}}
  region: {type: text, label: {zh-CN: 大区, en: Region}, lookup: customer.region.name}
  lines: {type: children, to: line, by: order, label: {zh-CN: 明细, en: Lines}}
  total: {type: money, label: {zh-CN: 合计, en: Total}, rollup: {of: lines, function: sum, field: amount}}
  open: {type: money, label: {zh-CN: 未结, en: Open}, rollup: {of: lines, function: sum, field: amount, where: 'state == "open" || count > 8'}}
  n: {type: integer, label: {zh-CN: 行数, en: Lines}, rollup: {of: lines, function: count}}
  known: {type: integer, label: {zh-CN: 有金额, en: Known}, rollup: {of: lines, function: count, field: amount}}
  states: {type: integer, label: {zh-CN: 状态数, en: States}, rollup: {of: lines, function: distinct, field: state}}
  mean: {type: decimal, places: 8, label: {zh-CN: 平均, en: Mean}, rollup: {of: lines, function: avg, field: amount}}
  least: {type: money, label: {zh-CN: 最小, en: Least}, rollup: {of: lines, function: min, field: amount}}
  latest: {type: date, label: {zh-CN: 最晚, en: Latest}, rollup: {of: lines, function: max, field: day}}
  first: {type: text, label: {zh-CN: 最早状态, en: First}, rollup: {of: lines, function: first, field: state, by: day}}
  last: {type: text, label: {zh-CN: 最新状态, en: Last}, rollup: {of: lines, function: last, field: state, by: day}}
  p75: {type: decimal, places: 8, label: {zh-CN: 上四分位, en: Upper quartile}, rollup: {of: lines, function: percentile, field: amount, p: 0.75}}
  p90: {type: decimal, places: 8, label: {zh-CN: 九成, en: Nine tenths}, rollup: {of: lines, function: percentile, field: count, p: '0.9'}}
  weighted: {type: decimal, places: 8, label: {zh-CN: 加权, en: Weighted}, rollup: {of: lines, function: weighted_mean, field: amount, weight: count}}
"#,
    ),
    (
        "entities/line.yaml",
        r#"label: {zh-CN: 明细, en: Line}
display: state
fields:
  order: {type: reference, to: order, label: {zh-CN: 订单, en: Order}, on_delete: cascade}
  amount: {type: money, label: {zh-CN: 金额, en: Amount}}
  count: {type: integer, label: {zh-CN: 数量, en: Count}}
  day: {type: date, label: {zh-CN: 日期, en: Day}}
  state: {type: text, label: {zh-CN: 状态, en: State}}
"#,
    ),
    (
        "entities/visit.yaml",
        r#"label: {zh-CN: 拜访, en: Visit}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  customer: {type: reference, to: customer, label: {zh-CN: 客户, en: Customer}}
  name: {type: text, label: {zh-CN: 客户名称, en: Name}, lookup: customer.name}
"#,
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: region, actions: [create, read, update]}\n  - {entity: visit, actions: [create, read, update, import]}\n  - {entity: customer, actions: [create, read, update]}\n  - {entity: order, actions: [create, read, update, delete, restore]}\n  - {entity: line, actions: [create, read, update, delete, restore]}\n",
    ),
];

/// More than one command brings up to date by itself.
const MANY: u64 = 2_040;

/// So many visits to a customer, brought in from a file.
async fn visits(instance: &suite::Instance, actor: &engine::Actor, customer: model::RecordId) -> anyhow::Result<()> {
    let entity = instance.entity("visit")?;
    let row = |at| (None, fields(json!({"title": format!("v{at}"), "customer": customer})));
    let rows = (0..MANY).map(row).collect();
    instance.engine.execute(actor, Command::Load { entity, rows }).await?;
    Ok(())
}

/// How many visits have that name of a customer.
async fn named(instance: &suite::Instance, actor: &engine::Actor, name: &str) -> anyhow::Result<u64> {
    counted(instance, actor, &format!("name == \"{name}\"")).await
}

/// How many visits there are for which that holds.
async fn counted(instance: &suite::Instance, actor: &engine::Actor, filter: &str) -> anyhow::Result<u64> {
    let entity = instance.entity("visit")?;
    let edition = instance.engine.edition();
    let filter = formula::compile_for(filter, entity, formula::Purpose::Filter, &*edition.app)
        .and_then(|filter| filter.predicate().map_err(|fault| vec![fault]))
        .map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let count = policy::Aggregate {
        entity,
        period: None,
        group: Vec::new(),
        measures: vec![policy::Measure::Count],
        filter,
        within: formula::Predicate::always(),
        search: None,
        limit: 1,
        anonymous: false,
    };
    let groups = instance.engine.query(actor, count).await?;
    Ok(groups
        .first()
        .and_then(|group| group.numbers.first())
        .and_then(Value::as_decimal)
        .map_or(0, |number| number.try_into().unwrap_or(0)))
}

const ONE: &str = "IF(title == null, 0, 1)";
const TWO: &str = "IF(title == null, 0, 2)";
/// Too large where it is of the last visit.
const LAST_FAILS: &str = r#"IF(title == "last", n + 9223372036854775807, 2)"#;

/// Publishes that a visit has so many points, which its customer adds up, and its region those of its customers and of its own visits.
async fn publish(instance: &suite::Instance, points: &str, search: &str) -> anyhow::Result<i64> {
    let line = |name: &str, what: &str| format!("  {name}: {{{what}, label: {{zh-CN: {name}, en: {name}}}}}\n");
    let sum = |of: &str| format!("type: integer, rollup: {{of: {of}, function: sum, field: points}}");
    let with = |text: &str, lines: &[(&str, &str)]| -> String {
        std::iter::once(text.to_owned()).chain(lines.iter().map(|(name, what)| line(name, what))).collect()
    };
    let of_customers = ("customers", "type: children, to: customer, by: region");
    let of_area = ("visits", "type: children, to: visit, by: area");
    let (points_of_customers, direct) = (sum("customers"), sum("visits"));
    let region = [of_customers, of_area, ("points", points_of_customers.as_str()), ("direct", direct.as_str())];
    let region = with(FILES[1].1, &region);
    let of_customer = ("visits", "type: children, to: visit, by: customer");
    let customer = with(FILES[2].1, &[of_customer, ("points", direct.as_str())]);
    let visit = FILES[5].1.replace("display: title\n", &format!("display: title\nsearch: [{search}]\n"));
    let points = format!("type: integer, formula: '{points}'");
    let area = ("area", "type: reference, to: region");
    let visit = with(&visit, &[("n", "type: integer"), ("note", "type: text"), area, ("points", points.as_str())]);
    let mut files = FILES;
    (files[1].1, files[2].1, files[5].1) = (&region, &customer, &visit);
    instance.publish(&files, &[]).await
}

/// A customer and its region. All visits are to the customer, and one more than many, the last, is to the region too.
async fn begun(instance: &suite::Instance) -> anyhow::Result<[RecordId; 3]> {
    publish(instance, ONE, "title").await?;
    settle(instance).await?;
    let actor = instance.actor("ann", &[], None).await?;
    let region = create(instance, &actor, "region", json!({"name": "north"})).await?;
    let customer = create(instance, &actor, "customer", json!({"name": "one", "region": region})).await?;
    visits(instance, &actor, customer).await?;
    let last = json!({"title": "last", "n": 1, "customer": customer, "area": region});
    let last = create(instance, &actor, "visit", last).await?;
    settle(instance).await?;
    assert_eq!(points(instance, customer, region).await?, added_up(1, 1));
    Ok([customer, region, last])
}

/// Points of the customer, then those of the region's customers and of its own visits.
async fn points(instance: &suite::Instance, customer: RecordId, region: RecordId) -> anyhow::Result<Vec<Value>> {
    let system = instance.engine.system();
    let mut points = read(instance, &system, "customer", customer, &["points"]).await?.unwrap();
    points.extend(read(instance, &system, "region", region, &["points", "direct"]).await?.unwrap());
    Ok(points)
}

/// The same where every visit has so many, and the last one so many.
fn added_up(each: i64, last: i64) -> Vec<Value> {
    let all = i64::try_from(MANY).unwrap() * each + last;
    vec![all.into(), all.into(), last.into()]
}

/// The entities that jobs of a version renewed, one for each part that is done, in order.
async fn renewed(instance: &suite::Instance, version: i64) -> anyhow::Result<Vec<String>> {
    let mut parts = instance.engine.store().outbox().letters(store::OutboxState::Done, 1_000).await?;
    parts.retain(|part| part.entry.kind == engine::renew::ANEW && part.entry.payload["edition"] == version);
    parts.sort_by_key(|part| part.entry.id);
    Ok(parts.iter().filter_map(|part| part.entry.payload["entity"].as_str().map(str::to_owned)).collect())
}

/// How far the first job is.
async fn progress(instance: &suite::Instance) -> anyhow::Result<Option<(u64, u64)>> {
    let pending = instance.engine.store().outbox().letters(store::OutboxState::Pending, 100).await?;
    Ok(pending.iter().find_map(|letter| engine::renew::progress(&letter.entry)))
}

const OVER_LINES: [&str; 13] =
    ["total", "open", "n", "known", "states", "mean", "least", "latest", "first", "last", "p75", "p90", "weighted"];

fn number(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

both! { FILES;
    async fn what_is_kept_follows_every_change(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let north = create(instance, &actor, "region", json!({"name": "north"})).await?;
        let south = create(instance, &actor, "region", json!({"name": "south"})).await?;
        let one = create(instance, &actor, "customer", json!({"name": "one", "region": north})).await?;
        let two = create(instance, &actor, "customer", json!({"name": "two", "region": south})).await?;
        let small = create(instance, &actor, "order", json!({"title": "small", "customer": one})).await?;
        let large = create(instance, &actor, "order", json!({"title": "large", "customer": one})).await?;
        let none = read(instance, &actor, "order", small, &["total", "n", "mean", "first", "p75"]).await?.unwrap();
        assert_eq!(none, [number("0.00"), 0.into(), Value::Null, Value::Null, Value::Null]);
        let line = |order, amount: &str, state: &str, day: &str| json!({"order": order, "amount": amount, "state": state, "day": day, "count": 1});
        create(instance, &actor, "line", line(small, "10.10", "open", "2025-01-02")).await?;
        let moved = create(instance, &actor, "line", line(small, "20.20", "done", "2025-01-01")).await?;
        create(instance, &actor, "line", line(large, "70.00", "open", "2025-01-03")).await?;
        let shown = |order| read(instance, &actor, "order", order, &["total", "open", "n", "first", "last", "region"]);
        let first = shown(small).await?.unwrap();
        assert_eq!(first, [number("30.30"), number("10.10"), 2.into(), "done".into(), "open".into(), "north".into()]);
        let of = |customer| read(instance, &actor, "customer", customer, &["revenue", "best"]);
        assert_eq!(of(one).await?.unwrap(), [number("100.30"), "large".into()]);

        // A line moves, then its order moves to somebody else, and the names on the way change.
        try_update(instance, &actor, "line", moved, None, json!({"order": large, "state": "open"})).await?;
        assert_eq!(shown(small).await?.unwrap()[..3], [number("10.10"), number("10.10"), 1.into()]);
        assert_eq!(shown(large).await?.unwrap()[..3], [number("90.20"), number("90.20"), 2.into()]);
        try_update(instance, &actor, "order", large, None, json!({"customer": two})).await?;
        assert_eq!(of(one).await?.unwrap(), [number("10.10"), "small".into()]);
        assert_eq!(of(two).await?.unwrap(), [number("90.20"), "large".into()]);
        assert_eq!(shown(large).await?.unwrap()[5], "south".into());
        try_update(instance, &actor, "region", south, None, json!({"name": "coast"})).await?;
        try_update(instance, &actor, "customer", one, None, json!({"region": south})).await?;
        assert_eq!(shown(large).await?.unwrap()[5], "coast".into());
        assert_eq!(shown(small).await?.unwrap()[5], "coast".into());

        // Going into the bin and out of it.
        let entity = instance.entity("order")?;
        instance.engine.execute(&actor, Command::Delete { entity, id: large, expected: None }).await?;
        assert_eq!(of(two).await?.unwrap(), [number("0.00"), Value::Null]);
        instance.engine.execute(&actor, Command::Restore { entity, id: large }).await?;
        assert_eq!(of(two).await?.unwrap()[1], "large".into());
        Ok(())
    }

    async fn nobody_writes_it(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let id = create(instance, &actor, "order", json!({"title": "a"})).await?;
        for field in ["total", "region"] {
            let error = try_update(instance, &actor, "order", id, None, json!({field: "5"})).await.unwrap_err();
            assert_eq!(codes(error), [format!("{field}:read-only")]);
        }
        Ok(())
    }

    async fn what_follows_beyond_the_bound_is_a_job(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let customer = create(instance, &actor, "customer", json!({"name": "one"})).await?;
        visits(instance, &actor, customer).await?;
        try_update(instance, &actor, "customer", customer, None, json!({"name": "two"})).await?;
        let named = |name: &'static str| named(instance, &actor, name);
        assert_eq!((named("one").await?, named("two").await?), (MANY - 2_000, 2_000), "the command does so many itself");
        let outbox = instance.engine.store().outbox();
        let pending = outbox.letters(store::OutboxState::Pending, 100).await?;
        let jobs: Vec<_> = pending.iter().filter_map(|letter| engine::renew::progress(&letter.entry)).collect();
        assert_eq!(jobs, [(0, MANY - 2_000)]);
        while instance.engine.turn("test").await? > 0 {}
        assert_eq!((named("one").await?, named("two").await?), (0, MANY));
        Ok(())
    }

    async fn a_new_formula_is_filled_in_by_a_job(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let customer = create(instance, &actor, "customer", json!({"name": "one"})).await?;
        visits(instance, &actor, customer).await?;
        let changed = FILES[5].1.replace("lookup: customer.name", "formula: UPPER(customer.name)");
        let mut files = FILES;
        files[5].1 = &changed;
        instance.publish(&files, &[]).await?;
        let actor = instance.engine.system();
        assert_eq!(progress(instance).await?, Some((0, MANY)));
        instance.engine.turn("test").await?;
        assert_eq!((progress(instance).await?, named(instance, &actor, "ONE").await?), (Some((2_000, MANY)), 2_000));
        // Another process that asked for it goes on with it, and sees it end.
        let mut told = Vec::new();
        instance.engine.renew_now(|done, of| told.push((done, of))).await?;
        assert_eq!((progress(instance).await?, named(instance, &actor, "ONE").await?), (None, MANY));
        Ok(())
    }

    async fn what_adds_up_is_renewed_once_after_all_that_it_adds_up(instance) {
        let [customer, region, _] = begun(instance).await?;
        let version = publish(instance, TWO, "title").await?;
        // The visits with the last of them, the customer and the region.
        let all = MANY + 3;
        assert_eq!(progress(instance).await?, Some((0, all)));
        instance.engine.turn("test").await?;
        assert_eq!(points(instance, customer, region).await?, added_up(1, 1), "not with every part of the job");
        assert_eq!(progress(instance).await?, Some((2_000, all)));
        let mut told = Vec::new();
        instance.engine.renew_now(|done, of| told.push((done, of))).await?;
        assert_eq!(told, [(MANY + 1, all), (MANY + 2, all)]);
        assert_eq!(points(instance, customer, region).await?, added_up(2, 2));
        // Two ways lead to the region.
        assert_eq!(renewed(instance, version).await?, ["visit", "visit", "customer", "region"]);
        Ok(())
    }

    async fn other_search_fields_renew_nothing_above(instance) {
        let [customer, region, _] = begun(instance).await?;
        let version = publish(instance, ONE, "title, note").await?;
        settle(instance).await?;
        assert_eq!(renewed(instance, version).await?, ["visit", "visit"]);
        let version = publish(instance, TWO, "title").await?;
        settle(instance).await?;
        assert_eq!(points(instance, customer, region).await?, added_up(2, 2), "where both are others, both are renewed");
        assert_eq!(renewed(instance, version).await?, ["visit", "visit", "customer", "region"]);
        Ok(())
    }

    async fn what_adds_up_follows_a_job_that_dies_half_way(instance) {
        let [customer, region, last] = begun(instance).await?;
        let version = publish(instance, LAST_FAILS, "title").await?;
        settle(instance).await?;
        let outbox = instance.engine.store().outbox();
        let dead = outbox.letters(store::OutboxState::Dead, 10).await?;
        assert_eq!(dead.iter().map(|letter| letter.entry.kind.as_str()).collect::<Vec<_>>(), [engine::renew::ANEW]);
        // Of its second part nothing is done.
        let done = i64::try_from(2_000 * 2 + MANY + 1 - 2_000)?;
        assert_eq!(points(instance, customer, region).await?, [done.into(), done.into(), 1.into()]);
        assert_eq!(renewed(instance, version).await?, ["visit", "customer", "region"]);
        // Once the fault is gone an administrator takes it up again: it goes on, and so does what comes after it.
        let actor = instance.engine.system();
        try_update(instance, &actor, "visit", last, None, json!({"title": "well"})).await?;
        let (dead, now) = (dead[0].entry.id, instance.engine.now());
        let revived = instance.engine.store().tend(move |tx| Box::pin(async move { tx.revive(dead, now).await }));
        assert!(revived.await?);
        settle(instance).await?;
        assert_eq!(points(instance, customer, region).await?, added_up(2, 2));
        Ok(())
    }

    async fn a_job_whose_node_ends_between_a_part_and_its_letter_loses_nothing(instance) {
        let [customer, region, _] = begun(instance).await?;
        let version = publish(instance, TWO, "title").await?;
        let system = instance.engine.system();
        let a_page_is_done = async {
            while counted(instance, &system, "points == 2").await? == 0 {
                tokio::task::yield_now().await;
            }
            anyhow::Ok(())
        };
        tokio::select! {
            turn = instance.engine.turn("killed") => { turn?; }
            done = a_page_is_done => done?,
        }
        // It held its letter, until its lease ended.
        instance.clock.pass(jiff::SignedDuration::from_secs(61));
        settle(instance).await?;
        assert_eq!(points(instance, customer, region).await?, added_up(2, 2));
        assert_eq!(renewed(instance, version).await?, ["visit", "visit", "customer", "region"], "nor is a part of it left twice");
        Ok(())
    }

    async fn a_letter_of_the_version_before_renews_what_is_above_too(instance) {
        let [customer, region, _] = begun(instance).await?;
        let version = publish(instance, TWO, "title").await?;
        let before = json!({"entity": "visit", "search": false, "edition": version, "after": null, "done": 0, "of": MANY + 1});
        let rewritten = format!("UPDATE loam_outbox SET payload = '{before}' WHERE kind = 'values.anew' AND state = 'pending'");
        instance.say(&rewritten).await?;
        settle(instance).await?;
        assert_eq!(points(instance, customer, region).await?, added_up(2, 2));
        assert_eq!(renewed(instance, version).await?, ["visit", "visit", "customer", "region"]);
        Ok(())
    }

    async fn a_node_that_missed_the_publish_does_not_take_its_job_for_done(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let customer = create(instance, &actor, "customer", json!({"name": "one"})).await?;
        create(instance, &actor, "visit", json!({"title": "a", "customer": customer})).await?;
        let other = instance.another().await?;
        // It has been at work today, so that nothing else shows it that the app has changed.
        while other.turn("other").await? > 0 {}
        let changed = FILES[5].1.replace("lookup: customer.name", "formula: UPPER(customer.name)");
        let mut files = FILES;
        files[5].1 = &changed;
        instance.publish(&files, &[]).await?;
        while other.turn("other").await? > 0 {}
        assert_eq!(named(instance, &instance.engine.system(), "ONE").await?, 1);
        other.store().close().await;
        Ok(())
    }

    async fn a_formula_changed_while_its_job_runs_ends_in_the_newest(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let customer = create(instance, &actor, "customer", json!({"name": "one"})).await?;
        visits(instance, &actor, customer).await?;
        let publish = async |formula: &str| -> anyhow::Result<()> {
            let changed = FILES[5].1.replace("lookup: customer.name", &format!("formula: '{formula}'"));
            let mut files = FILES;
            files[5].1 = &changed;
            instance.publish(&files, &[]).await?;
            Ok(())
        };
        publish("CONCAT(customer.name, \"!\")").await?;
        instance.engine.turn("test").await?;
        let actor = instance.engine.system();
        assert_eq!(named(instance, &actor, "one!").await?, 2_000, "the first job is under way");
        // The second formula comes while the first is not through: its job begins anew, and the rest of the first says the same.
        publish("CONCAT(customer.name, \"?\")").await?;
        let actor = instance.engine.system();
        let changed = create(instance, &actor, "visit", json!({"title": "late", "customer": customer})).await?;
        assert_eq!(read(instance, &actor, "visit", changed, &["name"]).await?.unwrap(), ["one?".into()]);
        while instance.engine.turn("test").await? > 0 {}
        let named = |name: &'static str| named(instance, &actor, name);
        assert_eq!((named("one").await?, named("one!").await?, named("one?").await?), (0, 0, MANY + 1));
        Ok(())
    }

    async fn a_form_and_the_database_come_to_the_same(instance) {
        let actor = instance.actor("ann", &[], None).await?;
        let order = instance.entity("order")?;
        let field = actor.edition.app.field_named(order, "lines").unwrap().id;
        let mut seed = 7_u64;
        let mut dice = |sides: u64| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) % sides
        };
        for round in 0..12 {
            let lines: Vec<serde_json::Value> = (0..dice(9)).map(|_| {
                let cents = i64::try_from(dice(100_000)).unwrap() - 20_000;
                json!({
                    "amount": if dice(6) == 0 { json!(null) } else { json!(format!("{}.{:02}", cents / 100, (cents % 100).abs())) },
                    "count": if dice(6) == 0 { json!(null) } else { json!(dice(12)) },
                    "day": if dice(5) == 0 { json!(null) } else { json!(format!("2025-01-{:02}", dice(9) + 1)) },
                    "state": if dice(5) == 0 { json!(null) } else { json!(["open", "done", "late"][usize::try_from(dice(3)).unwrap()]) },
                })
            }).collect();
            let rows = lines.iter().map(|line| (None, fields(line.clone()))).collect();
            let table = engine::DraftTable { field, known: Vec::new(), rows };
            let title = fields(json!({"title": "draft"}));
            let draft = instance.engine.evaluate_form(&actor, order, None, &title, &[table]).await?;
            let id = create(instance, &actor, "order", json!({"title": "stored"})).await?;
            for line in &lines {
                let mut line = line.clone();
                line["order"] = json!(id);
                create(instance, &actor, "line", line).await?;
            }
            let stored = read(instance, &actor, "order", id, &OVER_LINES).await?.unwrap();
            for (name, value) in OVER_LINES.iter().zip(&stored) {
                assert_eq!(draft.value(name), value, "round {round}, `{name}` of {lines:?}");
            }
        }
        Ok(())
    }
}
