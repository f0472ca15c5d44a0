//! Plugins as text, called for real.

use app::plugin::Host as _;
use model::{Decimal, Text, Timestamp, Type};

use super::*;

/// A component whose `run` is this, in a memory of its own that grows.
fn component(run: &str) -> String {
    format!(
        r#"(component
  (import "loam:plugin/host@1.0.0" (instance $host (export "log" (func (param "line" string)))))
  (core module $memory
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $top))
      (global.set $top (i32.add (global.get $top) (local.get 3)))
      (loop $more
        (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
          (then
            (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
            (br $more))))
      (local.get $at)))
  (core instance $memory (instantiate $memory))
  (core func $log (canon lower (func $host "log") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core module $main
    (import "memory" "memory" (memory 1))
    (import "host" "log" (func $log (param i32 i32)))
    (func (export "run") (param $at i32) (param $length i32) (result i32) {run}))
  (core instance $main (instantiate $main
    (with "memory" (instance $memory))
    (with "host" (instance (export "log" (func $log))))))
  (func (export "run") (param "input" string) (result (result string (error string)))
    (canon lift (core func $main "run") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc")))))"#
    )
}

/// Answers with what was handed in: an ok, or an error.
fn echo(error: u8) -> String {
    component(&format!(
        "(i32.store8 (i32.const 16) (i32.const {error})) (i32.store (i32.const 20) (local.get $at))
         (i32.store (i32.const 24) (local.get $length)) (call $log (local.get $at) (local.get $length)) (i32.const 16)"
    ))
}

/// Answers with these words.
fn says(words: &str) -> String {
    let bytes: String = words
        .bytes()
        .enumerate()
        .map(|(at, byte)| format!("(i32.store8 (i32.const {}) (i32.const {byte}))", 256 + at))
        .collect();
    component(&format!(
        "{bytes} (i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 256))
         (i32.store (i32.const 24) (i32.const {})) (i32.const 16)",
        words.len()
    ))
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn plugin(code: &str, both: &[(&str, Type)]) -> Plugin {
    let both: Vec<(Name, Type)> = both.iter().map(|(known, ty)| (name(known), ty.clone())).collect();
    Plugin {
        name: name("tried"),
        label: Text::plain("Tried"),
        takes: both.clone(),
        gives: both,
        work: 10_000_000,
        memory: 1024 * 1024,
        code: Code::new(code.as_bytes()),
        file: "plugins/tried.wat".to_owned(),
    }
}

#[test]
fn what_is_handed_in_and_what_is_answered_keep_their_types() {
    let all = [
        ("text", Type::Text, Value::Text("早会 “好”\n\u{1f44d}".to_owned())),
        ("number", Type::Int, Value::Int(-7)),
        ("amount", Type::Decimal, Value::Decimal(Decimal::from_str_exact("0.10").unwrap())),
        ("flag", Type::Bool, Value::Bool(true)),
        ("day", Type::Date, Value::Date(jiff_day())),
        ("moment", Type::DateTime, Value::DateTime(Timestamp::from_millisecond(1_700_000_000_123).unwrap())),
        ("document", Type::Json, Value::Json(serde_json::json!({"a": [1, null]}))),
        ("nothing", Type::Text, Value::Null),
    ];
    let types: Vec<(&str, Type)> = all.iter().map(|(name, ty, _)| (*name, ty.clone())).collect();
    let values: Vec<(Name, Value)> = all.iter().map(|(known, _, value)| (name(known), value.clone())).collect();
    let host = Host::default();
    let plugin = plugin(&echo(0), &types);
    host.check(&plugin).unwrap();
    let answer = host.call(&plugin, &values).unwrap();
    assert_eq!(answer.values, values);
    assert!(answer.log.first().is_some_and(|line| line.contains("\"amount\":\"0.10\"")), "{:?}", answer.log);
    assert!((1..100_000).contains(&answer.work), "{}", answer.work);
    // The same again, of a fresh instance.
    assert_eq!(host.call(&plugin, &values).unwrap(), answer);
}

fn jiff_day() -> model::Date {
    "2026-02-28".parse().unwrap()
}

#[test]
fn a_refusal_is_in_its_own_words() {
    let plugin = plugin(&echo(1), &[("text", Type::Text)]);
    let refused = Host::default().call(&plugin, &[(name("text"), Value::Text("不行".to_owned()))]);
    assert_eq!(refused, Err(Fault::Refused("{\"text\":\"不行\"}".to_owned())));
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    for (words, why) in [
        ("nonsense", "it is not JSON"),
        ("[1]", "it is not a JSON object"),
        (r#"{"score": "x"}"#, "`score` is no number"),
        (r#"{"score": 1, "more": 2}"#, "`more` is nothing it gives"),
    ] {
        let plugin = plugin(&says(words), &[("score", Type::Decimal)]);
        match Host::default().call(&plugin, &[]) {
            Err(Fault::Answer(said)) => assert!(said.starts_with(why), "{said}"),
            other => panic!("{words}: {other:?}"),
        }
    }
    // A number may be written as one, and what is left out is not known.
    let exact = plugin(&says(r#"{"score": 0.1}"#), &[("score", Type::Decimal), ("other", Type::Text)]);
    let answer = Host::default().call(&exact, &[]).unwrap();
    let tenth = Value::Decimal(Decimal::from_str_exact("0.1").unwrap());
    assert_eq!(answer.values, [(name("score"), tenth), (name("other"), Value::Null)]);
}

#[test]
fn limits_end_a_call_and_the_next_one_is_as_if_nothing_had_been() {
    let host = Host::default();
    let round = plugin(&component("(loop $round (br $round)) (i32.const 0)"), &[]);
    assert_eq!(host.call(&round, &[]), Err(Fault::Work(10_000_000)));
    let grows = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)";
    let grows = plugin(&component(grows), &[]);
    assert_eq!(host.call(&grows, &[]), Err(Fault::Memory(1024 * 1024)));
    let breaks = plugin(&component("(unreachable)"), &[]);
    assert!(matches!(host.call(&breaks, &[]), Err(Fault::Broke(_))));
    let outside = plugin(&component("(i32.load (i32.const 0x7fffffff))"), &[]);
    assert!(matches!(host.call(&outside, &[]), Err(Fault::Broke(_))));
    let fine = plugin(&says("{}"), &[]);
    assert_eq!(host.call(&fine, &[]).unwrap().values, []);
}

#[test]
fn what_is_not_a_plugin_is_told_why() {
    let host = Host::default();
    let other_run = r#"(component (core module $m (func (export "run")))
        (core instance $i (instantiate $m)) (func (export "run") (canon lift (core func $i "run"))))"#;
    let world = r#"(component (import "wasi:cli/environment@0.2.0" (instance (export "get" (func)))))"#;
    for (code, why) in [
        ("(component", "expected"),
        ("(module)", "component"),
        ("(component)", "it exports no function `run`"),
        (other_run, "its `run` is another than the contract's"),
        (world, "a plugin is lent `loam:plugin/host@1.0.0` and nothing else"),
    ] {
        match host.check(&plugin(code, &[])) {
            Err(Fault::Unfit(said)) => assert!(said.contains(why), "{code}: {said}"),
            other => panic!("{code}: {other:?}"),
        }
    }
}
