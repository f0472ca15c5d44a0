//! Rollups over what is below the children of a record: every function, moves and the bin on the way, and who is shown the result.

use engine::{Actor, Command, QueryError};
use model::{RecordId, Value};
use serde_json::json;
use suite::Instance;

use super::{
    support::{create, fields, read, try_update},
    workflows::settle,
};
use crate::both;

const FILES: [(&str, &str); 10] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/customer.yaml",
        r#"label: {zh-CN: 客户, en: Customer}
display: name
fields:
  name: {type: text, label: {zh-CN: 名称, en: Name}}
  open: {type: boolean, label: {zh-CN: 公开, en: Open}}
  orders: {type: children, to: order, by: customer, label: {zh-CN: 订单, en: Orders}}
  total: {type: money, label: {zh-CN: 合计, en: Total}, rollup: {of: orders.lines, function: sum, field: amount}}
  late: {type: money, label: {zh-CN: 逾期, en: Late}, rollup: {of: orders.lines, function: sum, field: amount, where: 'state == "late"'}}
  n: {type: integer, label: {zh-CN: 行数, en: Lines}, rollup: {of: orders.lines, function: count}}
  known: {type: integer, label: {zh-CN: 有金额, en: Known}, rollup: {of: orders.lines, function: count, field: amount}}
  products: {type: integer, label: {zh-CN: 产品数, en: Products}, rollup: {of: orders.lines, function: distinct, field: product}}
  mean: {type: decimal, places: 8, label: {zh-CN: 平均, en: Mean}, rollup: {of: orders.lines, function: avg, field: amount}}
  least: {type: money, label: {zh-CN: 最小, en: Least}, rollup: {of: orders.lines, function: min, field: amount}}
  most: {type: integer, label: {zh-CN: 最多, en: Most}, rollup: {of: orders.lines, function: max, field: count}}
  first: {type: text, label: {zh-CN: 最早, en: First}, rollup: {of: orders.lines, function: first, field: product, by: day}}
  last: {type: text, label: {zh-CN: 最新, en: Last}, rollup: {of: orders.lines, function: last, field: product, by: day}}
  p75: {type: decimal, places: 8, label: {zh-CN: 上四分位, en: Upper quartile}, rollup: {of: orders.lines, function: percentile, field: amount, p: 0.75}}
  weighted: {type: decimal, places: 8, label: {zh-CN: 加权, en: Weighted}, rollup: {of: orders.lines, function: weighted_mean, field: amount, weight: count}}
  points: {type: integer, label: {zh-CN: 积分, en: Points}, rollup: {of: orders.lines, function: sum, field: points}}
  pieces: {type: integer, label: {zh-CN: 件数, en: Pieces}, rollup: {of: orders.lines.parts, function: sum, field: pieces}}
  kinds: {type: integer, label: {zh-CN: 种类, en: Kinds}, rollup: {of: orders.lines.parts, function: distinct, field: kind}}
"#,
    ),
    (
        "entities/order.yaml",
        r#"label: {zh-CN: 订单, en: Order}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  customer: {type: reference, to: customer, label: {zh-CN: 客户, en: Customer}}
  lines: {type: children, to: line, by: order, label: {zh-CN: 明细, en: Lines}}
"#,
    ),
    (
        "entities/line.yaml",
        r#"label: {zh-CN: 明细, en: Line}
display: product
fields:
  order: {type: reference, to: order, label: {zh-CN: 订单, en: Order}, on_delete: cascade}
  parts: {type: children, to: part, by: line, label: {zh-CN: 部件, en: Parts}}
  amount: {type: money, label: {zh-CN: 金额, en: Amount}}
  count: {type: integer, label: {zh-CN: 数量, en: Count}}
  day: {type: date, label: {zh-CN: 日期, en: Day}}
  state: {type: text, label: {zh-CN: 状态, en: State}}
  product: {type: text, label: {zh-CN: 产品, en: Product}}
  points: {type: integer, label: {zh-CN: 积分, en: Points}, formula: count * 2}
"#,
    ),
    (
        "entities/part.yaml",
        r#"label: {zh-CN: 部件, en: Part}
display: kind
fields:
  line: {type: reference, to: line, label: {zh-CN: 明细, en: Line}, on_delete: cascade}
  kind: {type: text, label: {zh-CN: 种类, en: Kind}}
  pieces: {type: integer, label: {zh-CN: 件数, en: Pieces}}
"#,
    ),
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: customer, actions: [create, read, update, delete]}\n  - {entity: order, actions: [create, read, update, delete, restore]}\n  - {entity: line, actions: [create, read, update, delete, restore, import]}\n  - {entity: part, actions: [create, read, update, delete, restore]}\n",
    ),
    // Sees nothing of what lies between.
    (
        "roles/ends.yaml",
        "label: {zh-CN: 两端, en: Ends}\ngrants:\n  - {entity: customer, actions: [read]}\n  - {entity: line, actions: [read]}\n",
    ),
    // Sees what lies between, and not whose it is.
    (
        "roles/untied.yaml",
        "label: {zh-CN: 无归属, en: Untied}\ngrants:\n  - {entity: customer, actions: [read]}\n  - {entity: order, actions: [read], read: [title]}\n  - {entity: line, actions: [read]}\n",
    ),
    // Sees the lines of some orders, which says nothing of a customer's.
    (
        "roles/some.yaml",
        "label: {zh-CN: 部分, en: Some}\ngrants:\n  - {entity: customer, actions: [read]}\n  - {entity: order, actions: [read]}\n  - {entity: line, actions: [read], where: 'order.title == \"a\"'}\n",
    ),
    // Sees all there is of customers that are open.
    (
        "roles/open.yaml",
        "label: {zh-CN: 公开, en: Open}\ngrants:\n  - {entity: customer, actions: [read]}\n  - {entity: order, actions: [read], where: customer.open == true}\n  - {entity: line, actions: [read], where: order.customer.open == true}\n",
    ),
];

const OVER_LINES: [&str; 12] =
    ["total", "late", "n", "known", "products", "mean", "least", "most", "first", "last", "p75", "weighted"];

fn whole(numbers: [i64; 2]) -> Vec<Value> {
    numbers.map(Value::Int).to_vec()
}

fn number(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

/// Two customers, of which the first has both orders; the lines of the first order, then that of the second.
struct World {
    customers: [RecordId; 2],
    orders: [RecordId; 2],
    lines: [RecordId; 3],
}

async fn world(instance: &Instance, actor: &Actor) -> anyhow::Result<World> {
    let one = create(instance, actor, "customer", json!({"name": "one", "open": true})).await?;
    let two = create(instance, actor, "customer", json!({"name": "two"})).await?;
    let a = create(instance, actor, "order", json!({"title": "a", "customer": one})).await?;
    let b = create(instance, actor, "order", json!({"title": "b", "customer": one})).await?;
    let line = async |order: RecordId, amount: &str, count: i64, day: &str, product: &str| {
        let line =
            json!({"order": order, "amount": amount, "count": count, "day": day, "product": product, "state": "open"});
        create(instance, actor, "line", line).await
    };
    let lines = [
        line(a, "10.00", 1, "2025-01-02", "x").await?,
        line(a, "20.00", 3, "2025-01-01", "y").await?,
        line(b, "60.00", 1, "2025-01-03", "x").await?,
    ];
    Ok(World { customers: [one, two], orders: [a, b], lines })
}

async fn totals(instance: &Instance, actor: &Actor, world: &World) -> anyhow::Result<[Value; 2]> {
    let [one, two] = world.customers;
    let of = async |id| anyhow::Ok(read(instance, actor, "customer", id, &["total"]).await?.unwrap().remove(0));
    Ok([of(one).await?, of(two).await?])
}

both! { FILES;
    async fn every_function_takes_together_what_is_below_the_children(instance) {
        let actor = instance.actor("ann", &["all"], None).await?;
        let world = world(instance, &actor).await?;
        let [one, two] = world.customers;
        let of = |customer| read(instance, &actor, "customer", customer, &OVER_LINES);
        let all = [
            number("90"), number("0"), 3.into(), 3.into(), 2.into(), number("30"), number("10"), 3.into(), "y".into(), "x".into(),
            number("40"), number("26"),
        ];
        assert_eq!(of(one).await?.unwrap(), all);
        let none = [
            number("0"), number("0"), 0.into(), 0.into(), 0.into(), Value::Null, Value::Null, Value::Null, Value::Null, Value::Null,
            Value::Null, Value::Null,
        ];
        assert_eq!(of(two).await?.unwrap(), none);

        // A line becomes another, and one has no amount any more.
        let change = json!({"state": "late", "product": "z", "day": "2025-01-09"});
        try_update(instance, &actor, "line", world.lines[0], None, change).await?;
        try_update(instance, &actor, "line", world.lines[1], None, json!({"amount": null})).await?;
        let all = [
            number("70"), number("10"), 3.into(), 2.into(), 3.into(), number("35"), number("10"), 3.into(), "y".into(), "z".into(),
            number("47.5"), number("35"),
        ];
        assert_eq!(of(one).await?.unwrap(), all);
        Ok(())
    }

    async fn a_move_on_the_way_is_followed_at_both_ends(instance) {
        let actor = instance.actor("ann", &["all"], None).await?;
        let world = world(instance, &actor).await?;
        let ([_, two], [a, b]) = (world.customers, world.orders);
        try_update(instance, &actor, "order", b, None, json!({"customer": two})).await?;
        assert_eq!(totals(instance, &actor, &world).await?, [number("30"), number("60")], "the order with all its lines");
        try_update(instance, &actor, "line", world.lines[1], None, json!({"order": b})).await?;
        assert_eq!(totals(instance, &actor, &world).await?, [number("10"), number("80")], "a line between orders");
        try_update(instance, &actor, "order", a, None, json!({"customer": null})).await?;
        assert_eq!(totals(instance, &actor, &world).await?, [number("0"), number("80")], "an order of nobody");
        try_update(instance, &actor, "line", world.lines[0], None, json!({"amount": "11.00"})).await?;
        try_update(instance, &actor, "order", a, None, json!({"customer": two})).await?;
        assert_eq!(totals(instance, &actor, &world).await?, [number("0"), number("91")]);
        Ok(())
    }

    async fn what_is_below_a_record_in_the_bin_does_not_count(instance) {
        let actor = instance.actor("ann", &["all"], None).await?;
        let world = world(instance, &actor).await?;
        let (line, order) = (instance.entity("line")?, instance.entity("order")?);
        let [a, b] = world.orders;
        let id = world.lines[1];
        instance.engine.execute(&actor, Command::Delete { entity: line, id, expected: None }).await?;
        assert_eq!(totals(instance, &actor, &world).await?[0], number("70"));
        instance.engine.execute(&actor, Command::Restore { entity: line, id }).await?;
        assert_eq!(totals(instance, &actor, &world).await?[0], number("90"));
        // An order takes its lines with it, and comes back without them.
        instance.engine.execute(&actor, Command::Delete { entity: order, id: b, expected: None }).await?;
        assert_eq!(totals(instance, &actor, &world).await?[0], number("30"));
        instance.engine.execute(&actor, Command::Restore { entity: order, id: b }).await?;
        assert_eq!(totals(instance, &actor, &world).await?[0], number("30"));
        instance.engine.execute(&actor, Command::Restore { entity: line, id: world.lines[2] }).await?;
        assert_eq!(totals(instance, &actor, &world).await?[0], number("90"));
        // However it got there.
        instance.say("UPDATE demo_order SET deleted_at = created_at WHERE title = 'a'").await?;
        try_update(instance, &actor, "line", world.lines[2], None, json!({"amount": "61.00"})).await?;
        let [one, _] = world.customers;
        let told = read(instance, &actor, "customer", one, &["total", "n", "products", "p75", "first"]).await?.unwrap();
        assert_eq!(told, [number("61"), 1.into(), 1.into(), number("61"), "x".into()], "without those of {a}");
        Ok(())
    }

    async fn three_steps_down_are_followed_too(instance) {
        let actor = instance.actor("ann", &["all"], None).await?;
        let world = world(instance, &actor).await?;
        let ([one, two], [a, b]) = (world.customers, world.orders);
        let part = |line: RecordId, kind: &str, pieces: i64| create(instance, &actor, "part", json!({"line": line, "kind": kind, "pieces": pieces}));
        part(world.lines[0], "bolt", 4).await?;
        let nut = part(world.lines[2], "nut", 5).await?;
        let of = |customer| read(instance, &actor, "customer", customer, &["pieces", "kinds"]);
        assert_eq!(of(one).await?.unwrap(), whole([9, 2]));
        try_update(instance, &actor, "part", nut, None, json!({"pieces": 6, "kind": "bolt"})).await?;
        assert_eq!(of(one).await?.unwrap(), whole([10, 1]));
        try_update(instance, &actor, "order", b, None, json!({"customer": two})).await?;
        assert_eq!((of(one).await?.unwrap(), of(two).await?.unwrap()), (whole([4, 1]), whole([6, 1])));
        try_update(instance, &actor, "line", world.lines[2], None, json!({"order": a})).await?;
        assert_eq!((of(one).await?.unwrap(), of(two).await?.unwrap()), (whole([10, 1]), whole([0, 0])));
        let order = instance.entity("order")?;
        instance.engine.execute(&actor, Command::Delete { entity: order, id: a, expected: None }).await?;
        assert_eq!(of(one).await?.unwrap(), whole([0, 0]));
        Ok(())
    }

    async fn many_lines_of_many_orders_come_in_at_once(instance) {
        let actor = instance.actor("ann", &["all"], None).await?;
        let world = world(instance, &actor).await?;
        let entity = instance.entity("line")?;
        let row = |at: usize| (None, fields(json!({"order": world.orders[at % 2], "amount": "1.00", "product": format!("p{at}")})));
        let rows = (0..100).map(row).collect();
        instance.engine.execute(&actor, Command::Load { entity, rows }).await?;
        let [one, _] = world.customers;
        let told = read(instance, &actor, "customer", one, &["total", "n", "products"]).await?.unwrap();
        assert_eq!(told, [number("190"), 103.into(), 102.into()]);
        Ok(())
    }

    async fn a_new_formula_below_is_renewed_above(instance) {
        let actor = instance.actor("ann", &["all"], None).await?;
        let world = world(instance, &actor).await?;
        let [one, _] = world.customers;
        assert_eq!(read(instance, &actor, "customer", one, &["points"]).await?.unwrap(), [Value::Int(10)]);
        let changed = FILES[3].1.replace("count * 2", "count * 3");
        let mut files = FILES;
        files[3].1 = &changed;
        instance.publish(&files, &[]).await?;
        settle(instance).await?;
        let actor = instance.engine.system();
        assert_eq!(read(instance, &actor, "customer", one, &["points"]).await?.unwrap(), [Value::Int(15)]);
        Ok(())
    }

    async fn the_result_is_shown_to_whoever_may_read_all_of_the_way(instance) {
        let actor = instance.actor("ann", &["all"], None).await?;
        let world = world(instance, &actor).await?;
        let ([one, two], [_, b]) = (world.customers, world.orders);
        try_update(instance, &actor, "order", b, None, json!({"customer": two})).await?;
        for role in ["ends", "untied", "some"] {
            let reader = instance.actor(role, &[role], None).await?;
            for field in ["total", "n", "products"] {
                let refused = read(instance, &reader, "customer", one, &[field]).await.unwrap_err();
                let refused = refused.downcast_ref::<QueryError>();
                assert!(matches!(refused, Some(QueryError::Denied(_))), "{role} is shown `{field}`: {refused:?}");
            }
            assert_eq!(read(instance, &reader, "customer", one, &["name"]).await?.unwrap(), ["one".into()]);
        }
        let reader = instance.actor("dan", &["open"], None).await?;
        let of = |customer| read(instance, &reader, "customer", customer, &["total", "n", "products"]);
        assert_eq!(of(one).await?.unwrap(), [number("30"), 2.into(), 2.into()]);
        assert_eq!(of(two).await?.unwrap(), [Value::Null, Value::Null, Value::Null], "of one that is not open");
        Ok(())
    }
}
