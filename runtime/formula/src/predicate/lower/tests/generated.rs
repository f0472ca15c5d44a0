//! Conditions and records as they come, for what holds of all of them.

use model::{Date, Decimal, Uuid, Value};
use proptest::prelude::*;

use crate::testing::Record;

fn number() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("level".to_owned()),
        Just("weight".to_owned()),
        Just("score".to_owned()),
        (-3..4_i64).prop_map(|n| format!("({n})")),
        prop_oneof![Just("0.5"), Just("1.5"), Just("2.0"), Just("null")].prop_map(str::to_owned),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop_oneof![Just("+"), Just("-"), Just("*")], inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            inner.prop_map(|a| format!("(-{a})")),
        ]
    })
    .boxed()
}

fn text() -> BoxedStrategy<String> {
    prop_oneof![
        3 => prop_oneof![Just("title"), Just("note"), Just("owner.name")].prop_map(str::to_owned),
        2 => prop_oneof![Just("\"\""), Just("\"a\""), Just("\"ab\""), Just("\"张\""), Just("\"A\"")].prop_map(str::to_owned),
        1 => prop_oneof![Just("LOWER(title)"), Just("actor.login"), Just("LOWER(\"AB\")")].prop_map(str::to_owned),
    ]
    .boxed()
}

fn day() -> BoxedStrategy<String> {
    prop_oneof![
        Just("due".to_owned()),
        Just("owner.hired".to_owned()),
        (-2..3_i64).prop_map(|n| format!("(TODAY() + {n})")),
        (-2..3_i64).prop_map(|n| format!("(due - ({n}))")),
        Just("DATE(2025, 11, 5)".to_owned()),
    ]
    .boxed()
}

pub(super) fn clause() -> BoxedStrategy<String> {
    let order = || prop_oneof![Just("=="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
    let id = || {
        prop_oneof![
            Just("owner"),
            Just("owner.manager"),
            Just("actor.person"),
            Just("\"00000000-0000-0000-0000-000000000007\"")
        ]
    };
    let part = prop_oneof![Just("CONTAINS"), Just("STARTS_WITH"), Just("ENDS_WITH"), Just("EXACT")];
    let leaf = prop_oneof![
        (number(), order(), number()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (text(), order(), text()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (day(), order(), day()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (id(), prop_oneof![Just("=="), Just("!=")], id()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (part, text(), text()).prop_map(|(name, a, b)| format!("{name}({a}, {b})")),
        (number(), number(), number()).prop_map(|(a, b, c)| format!("{a} in [{b}, {c}]")),
        (text(), text(), text()).prop_map(|(a, b, c)| format!("{a} in [{b}, {c}, null]")),
        (number(), number(), number()).prop_map(|(a, b, c)| format!("BETWEEN({a}, {b}, {c})")),
        text().prop_map(|a| format!("{a} in tags")),
        id().prop_map(|a| format!("CONTAINS(participants, {a})")),
        prop_oneof![number(), text(), day()].prop_map(|a| format!("{a} == null")),
        prop_oneof![number(), text(), day()].prop_map(|a| format!("ISBLANK({a})")),
        prop_oneof![
            Just("active"),
            Just("true"),
            Just("null"),
            Just("(active ?? false)"),
            Just("(active ?? true)"),
            Just("active == false")
        ]
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|items| format!("({})", items.join(" && "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|items| format!("({})", items.join(" || "))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| format!("AND({})", items.join(", "))),
            inner.clone().prop_map(|item| format!("!({item})")),
            (inner, any::<bool>()).prop_map(|(item, flag)| format!("(({item}) == {flag})")),
        ]
    })
    .boxed()
}

fn maybe<T: std::fmt::Debug + Clone + Into<Value> + 'static>(values: Vec<T>) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 3 => prop::sample::select(values).prop_map(Into::into)].boxed()
}

pub(super) fn record() -> impl Strategy<Value = Record> {
    let decimals =
        || maybe(vec!["0", "0.50", "1.5", "2", "-3"].into_iter().map(|n| n.parse::<Decimal>().unwrap()).collect());
    let texts = || maybe(vec!["", "a", "ab", "A", "AB", "张三", "liming"]);
    let days = || {
        maybe(vec!["2025-11-03", "2025-11-05", "2025-11-06"].into_iter().map(|d| d.parse::<Date>().unwrap()).collect())
    };
    let ids = || maybe(vec![Uuid::from_u128(7), Uuid::from_u128(8)]);
    let list = |items: BoxedStrategy<Value>| prop_oneof![1 => Just(Value::Null), 3 => prop::collection::vec(items, 0..3).prop_map(Value::List)];
    (
        (decimals(), decimals(), maybe(vec![-1_i64, 0, 1, 2, 3]), maybe(vec![true, false])),
        (texts(), texts(), texts(), days(), days()),
        (ids(), ids(), list(texts()), list(ids())),
    )
        .prop_map(
            |((weight, score, level, active), (title, note, name, due, hired), (owner, manager, tags, people))| {
                Record::default()
                    .with("weight", weight)
                    .with("score", score)
                    .with("level", level)
                    .with("active", active)
                    .with("title", title)
                    .with("note", note)
                    .with("owner.name", name)
                    .with("due", due)
                    .with("owner.hired", hired)
                    .with("owner", owner)
                    .with("owner.manager", manager)
                    .with("tags", tags)
                    .with("participants", people)
            },
        )
}
