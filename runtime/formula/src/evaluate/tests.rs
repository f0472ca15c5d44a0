use model::{Decimal, Uuid, Value};

use crate::{
    EvaluateError, Formula, limits, show,
    testing::{Record, compile},
};

fn record() -> Record {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    let decimals = |items: &[&str]| Value::List(items.iter().map(|item| decimal(item).into()).collect());
    Record::default()
        .with("title", "季度目标")
        .with("weight", decimal("33.33"))
        .with("level", 3)
        .with("due", "2025-11-10".parse::<model::Date>().unwrap())
        .with("owner", Uuid::from_u128(7))
        .with("owner.name", "李明")
        .with("tags", Value::List(vec!["red".into(), "blue".into()]))
        .with(
            "key_results",
            Value::List(vec![Uuid::from_u128(1).into(), Uuid::from_u128(2).into(), Uuid::from_u128(3).into()]),
        )
        .with("key_results.weight", decimals(&["50", "30", "20"]))
        .with("key_results.progress", Value::List(vec![Value::Int(100), Value::Null, Value::Int(50)]))
        .with("key_results.done", Value::List(vec![true.into(), Value::Null, false.into()]))
}

#[test]
fn values() {
    let run = |source: &&str| {
        let formula = compile(source).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
        let shown = formula.evaluate(&record()).map_or_else(|error| error.to_string(), |value| show::quoted(&value));
        format!("{source} => {shown}\n")
    };
    let sources = [
        // Exact decimals.
        "0.1 + 0.2 == 0.3",
        "weight * 3",
        "1 / 3",
        "level / 2",
        "7 % 3",
        "-7 % 3",
        "level / 0",
        "level % 0",
        "weight / (level - 3)",
        "1 == 1.00",
        // What is not known.
        "score + 1",
        "score == 1",
        "score == null",
        "weight == null",
        "weight != null",
        "note + \"x\"",
        "active && false",
        "active && true",
        "active || true",
        "active || false",
        "!active",
        "active ?? true",
        "score ?? weight ?? 0",
        "score in [1, 2]",
        "3 in [1, null]",
        "3 in [3, null]",
        "owner.manager.name == \"x\"",
        "IF(score > 1, \"yes\", \"no\")",
        // Text, dates.
        "title + \"!\"",
        "`${owner.name}·${weight}·${score}`",
        "\"B\" < \"a\"",
        "due - TODAY()",
        "due + 30",
        "due - 30 == \"2025-10-11\"",
        "due > \"2025-11-01\"",
        // Who acts, lists and children.
        "owner == actor.person",
        "actor.login",
        "\"red\" in tags",
        "\"green\" in tags",
        "note in tags",
        "COUNT(key_results)",
        "SUM(key_results.weight)",
        "COUNT(key_results.progress)",
        "WEIGHTED_MEAN(key_results.progress, key_results.weight)",
        "ALL_TRUE(key_results.done)",
        "ANY_TRUE(key_results.done)",
        "MAXBY(key_results.weight, key_results.progress)",
    ];

    expect_test::expect![[r#"
        0.1 + 0.2 == 0.3 => true
        weight * 3 => 99.99
        1 / 3 => 0.3333333333333333333333333333
        level / 2 => 1.5
        7 % 3 => 1
        -7 % 3 => -1
        level / 0 => null
        level % 0 => null
        weight / (level - 3) => null
        1 == 1.00 => true
        score + 1 => null
        score == 1 => null
        score == null => true
        weight == null => false
        weight != null => true
        note + "x" => null
        active && false => false
        active && true => null
        active || true => true
        active || false => null
        !active => null
        active ?? true => true
        score ?? weight ?? 0 => 33.33
        score in [1, 2] => null
        3 in [1, null] => null
        3 in [3, null] => true
        owner.manager.name == "x" => null
        IF(score > 1, "yes", "no") => "no"
        title + "!" => "季度目标!"
        `${owner.name}·${weight}·${score}` => "李明·33.33·"
        "B" < "a" => true
        due - TODAY() => 5
        due + 30 => 2025-12-10
        due - 30 == "2025-10-11" => true
        due > "2025-11-01" => true
        owner == actor.person => true
        actor.login => "liming"
        "red" in tags => true
        "green" in tags => false
        note in tags => null
        COUNT(key_results) => 3
        SUM(key_results.weight) => 100
        COUNT(key_results.progress) => 2
        WEIGHTED_MEAN(key_results.progress, key_results.weight) => 85.71428571428571428571428571
        ALL_TRUE(key_results.done) => false
        ANY_TRUE(key_results.done) => true
        MAXBY(key_results.weight, key_results.progress) => 50
    "#]]
    .assert_eq(&sources.iter().map(run).collect::<String>());
}

#[test]
fn branches_not_taken_are_not_computed() {
    let run = |source: &str| compile(source).unwrap().evaluate(&record());
    assert_eq!(run("IF(level > 2, 1, 9223372036854775807 + level)"), Ok(Value::Int(1)));
    assert_eq!(run("level > 2 || 9223372036854775807 + level > 0"), Ok(Value::Bool(true)));
    assert_eq!(run("SWITCH(level, 3, \"c\", REPT(\"x\", 99999999))"), Ok("c".into()));
    assert_eq!(run("level ?? 9223372036854775807 + level"), Ok(Value::Int(3)));
}

#[test]
fn large_values_from_outside_are_charged_too() {
    let run = |value: Value, source: &str| {
        compile(source).unwrap().evaluate(&record().with("tags", value).with("title", "x"))
    };
    let many = Value::List(vec!["x".into(); limits::LIST]);
    assert_eq!(run(many.clone(), "COUNT(SORT(tags))"), Ok(Value::Int(10_000)));
    assert!(matches!(
        run(many, "COUNT(UNION(UNION(tags, tags), UNION(tags, tags)))"),
        Err(EvaluateError::Operations { .. })
    ));
    let more = Value::List(vec!["x".into(); limits::LIST + 1]);
    assert!(matches!(run(more, "SORT(tags)"), Err(EvaluateError::List { .. })));
    let long = Record::default().with("title", "x".repeat(limits::TEXT + 1));
    assert!(matches!(compile("title + \"x\"").unwrap().evaluate(&long), Err(EvaluateError::Text { .. })));
    assert_eq!(compile("LEFT(title, 2)").unwrap().evaluate(&long), Ok("xx".into()));
}

#[test]
fn a_value_of_the_wrong_type_is_an_error_not_a_guess() {
    let wrong = Record::default().with("title", 5).with("weight", "x");
    assert!(matches!(compile("LEN(title)").unwrap().evaluate(&wrong), Err(EvaluateError::Mismatch { .. })));
    assert!(matches!(compile("ROUND(weight)").unwrap().evaluate(&wrong), Err(EvaluateError::Mismatch { .. })));
}

#[test]
fn formulas_are_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Formula>();
}

#[test]
fn the_deepest_formula_fits_a_small_stack() {
    let nested = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(60), close.repeat(60));
    let sources = [
        nested("ABS(", "weight", ")"),
        nested("(weight + ", "1", ")"),
        nested("IF(level == 3, ", "level", ")"),
        nested("!(", "active", ")"),
        nested("(active && !(level == ", "1", "))"),
        nested("SWITCH(level, 3, ", "level", ")"),
        nested("`${", "title", "}`"),
        nested("(level ?? ", "level", ")"),
        vec!["weight"; 60].join(" + "),
    ];
    let run = move || {
        for source in &sources {
            if let Ok(formula) = compile(source) {
                let _ = (formula.evaluate(&record()), formula.predicate(), formula.clone() == formula);
            }
        }
        assert!(sources.iter().filter(|source| compile(source).is_ok()).count() >= 6);
    };
    std::thread::Builder::new().stack_size(3 << 19).spawn(run).unwrap().join().unwrap();
}

#[test]
fn patterns_cannot_be_made_expensive() {
    let started = std::time::Instant::now();
    for pattern in ["((a{1000}){1000}){1000}", "(a*)*(a*)*b", "(?:x+x+)+y", "\\\\pL{500}\\\\pL{500}"] {
        let source = format!("MATCHES(REPT(\"x\", 20000), \"{pattern}\")");
        let formula = compile(&source).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
        let _ = formula.evaluate(&record());
    }
    assert!(started.elapsed().as_secs() < 5);
}
