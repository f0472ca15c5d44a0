//! Plugins as text, called for real.

use app::plugin::Host as _;
use model::{Decimal, Text, Timestamp, Type};

use super::*;

/// A module whose `run` is this, in a memory that grows.
fn module(run: &str) -> String {
    format!(
        r#"(module
  (import "loam:plugin/host@1.0.0" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.add (global.get $top) (local.get 3)))
    (loop $more
      (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
        (then
          (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
          (br $more))))
    (local.get $at))
  (func (export "run") (param $at i32) (param $length i32) (result i32) {run}))"#
    )
}

/// Answers with what was handed in: an ok, or an error.
fn echo(error: u8) -> String {
    module(&format!(
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
    module(&format!(
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
    let round = plugin(&module("(loop $round (br $round)) (i32.const 0)"), &[]);
    assert_eq!(host.call(&round, &[]), Err(Fault::Work(10_000_000)));
    let grows = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)";
    let grows = plugin(&module(grows), &[]);
    assert_eq!(host.call(&grows, &[]), Err(Fault::Memory(1024 * 1024)));
    let breaks = plugin(&module("(unreachable)"), &[]);
    assert!(matches!(host.call(&breaks, &[]), Err(Fault::Broke(_))));
    let outside = plugin(&module("(i32.load (i32.const 0x7fffffff))"), &[]);
    assert!(matches!(host.call(&outside, &[]), Err(Fault::Broke(_))));
    // A whole memory is filled by one instruction, and costs as much as it is.
    let filled = |many: u32| {
        let fill = format!(
            "(memory.fill (i32.const 4096) (i32.const 1) (i32.const {many})) (i32.store8 (i32.const 16) (i32.const 0))"
        );
        let fill = format!(
            "{fill} (i32.store (i32.const 20) (i32.const 64)) (i32.store (i32.const 24) (i32.const 2)) (i32.const 16)"
        );
        let code = module(&fill).replace("(global $top", "(data (i32.const 64) \"{}\") (global $top");
        host.call(&plugin(&code, &[]), &[]).unwrap().work
    };
    assert!(filled(60_000) > filled(1) + 500);
    let deep = plugin(
        &module("(call $deep (local.get $at)))\n  (func $deep (param i32) (result i32) (call $deep (local.get 0))"),
        &[],
    );
    assert!(matches!(host.call(&deep, &[]), Err(Fault::Broke(_))));
    // A result, or a text, that is nowhere.
    let nowhere = plugin(&module("(i32.const -1)"), &[]);
    assert!(matches!(host.call(&nowhere, &[]), Err(Fault::Answer(_))));
    let beyond = "(i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const -8)) (i32.store (i32.const 24) (i32.const 99)) (i32.const 16)";
    assert!(matches!(host.call(&plugin(&module(beyond), &[]), &[]), Err(Fault::Answer(_))));
    let fine = plugin(&says("{}"), &[]);
    assert_eq!(host.call(&fine, &[]).unwrap().values, []);
}

#[test]
fn what_is_not_a_plugin_is_told_why() {
    let host = Host::default();
    let without_room =
        r#"(module (memory (export "memory") 1) (func (export "run") (param i32 i32) (result i32) (i32.const 0)))"#;
    let without_memory = r#"(module (func (export "run") (param i32 i32) (result i32) (i32.const 0)))"#;
    let world = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))))"#;
    let never_ready = r#"(module (func $round (loop $round (br $round))) (start $round))"#;
    for (code, why) in [
        ("(module", "expected"),
        ("(component)", "component"),
        ("(module)", "it exports no function `run` as the contract has it"),
        (r#"(module (func (export "run")))"#, "it exports no function `run` as the contract has it"),
        (without_memory, "it exports no memory `memory`"),
        (without_room, "it exports no function `cabi_realloc`"),
        (
            world,
            "it imports `fd_write` of `wasi_snapshot_preview1`; a plugin is lent `loam:plugin/host@1.0.0` and nothing else",
        ),
    ] {
        match host.check(&plugin(code, &[])) {
            Err(Fault::Unfit(said)) => assert!(said.contains(why), "{code}: {said}"),
            other => panic!("{code}: {other:?}"),
        }
    }
    assert_eq!(host.check(&plugin(never_ready, &[])), Err(Fault::Work(10_000_000)));
}
