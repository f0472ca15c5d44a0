//! Steps between two versions of an app.

use app::App;
use expect_test::{Expect, expect};
use model::Locale;
use resolve::{Source, resolve};

use super::Plan;
use crate::Store;

const APP: &str = "name: demo\nlabel: Demo\nversion: 1.0.0\nmenu: {main: {label: Main}}\n";

/// An app of entities: each its name, what stands beside its fields, and its fields.
pub(crate) fn demo(entities: &[(&str, &str, &str)]) -> App {
    let files: Vec<(String, String)> = entities
        .iter()
        .map(|(name, more, fields)| {
            let body: String = fields.lines().map(|line| format!("  {}\n", line.trim())).collect();
            let text = format!("label: {name}\ndisplay: title\n{more}\nfields:\n  title: {{type: text}}\n{body}");
            (format!("entities/{name}.yaml"), text)
        })
        .collect();
    let mut all = vec![("app.yaml", APP)];
    all.extend(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let (app, faults) = resolve(&[Source::inline("demo", &all)]);
    app.unwrap_or_else(|| panic!("{faults:#?}"))
}

/// The steps, one a line: `!` marks what loses data.
fn show(plan: &Plan) -> String {
    let line = |step: &super::Step| {
        let mark = if step.destructive { "!" } else { "-" };
        format!("{mark} {} {}: {}\n", step.kind, step.name, step.sentence.get(Locale::En))
    };
    plan.steps.iter().map(line).collect()
}

fn check(before: &[(&str, &str, &str)], after: &[(&str, &str, &str)], expected: Expect) {
    expected.assert_eq(&show(&Store::plan(Some(&demo(before)), &demo(after))));
}

/// One entity whose fields change.
fn fields(before: &str, after: &str, expected: Expect) {
    check(&[("goal", "", before)], &[("goal", "", after)], expected);
}

#[test]
fn a_first_version_makes_everything() {
    let app = demo(&[
        ("goal", "unique: [[title, year]]", "year: {type: integer}\nowner: {type: reference, to: person}"),
        ("person", "", "friends: {type: references, to: person}"),
    ]);
    expect![[r#"
        - create-table goal: create entity `goal` with 3 fields
        - create-table person: create entity `person` with 2 fields
        - add-column person.friends: add field `friends` to `person`
    "#]]
    .assert_eq(&show(&Store::plan(None, &app)));
}

#[test]
fn the_same_app_needs_nothing() {
    fields("a: {type: integer, unique: true}", "a: {type: integer, unique: true}", expect![""]);
}

#[test]
fn fields_come_and_go() {
    fields(
        "a: {type: integer}",
        "b: {type: reference, to: goal}",
        expect![[r#"
            ! drop-column goal.a: drop field `a` of `goal` and all of its data
            - add-column goal.b: add field `b` to `goal`
            - create-index goal.b: index b of `goal`
        "#]],
    );
}

#[test]
fn a_renamed_field_takes_its_index_along() {
    fields(
        "a: {type: integer, index: true}",
        "b: {type: integer, index: true, renamed_from: a}",
        expect![[r#"
            - drop-index goal.a: remove the index of a of `goal`
            - rename-column goal.b: rename field `a` of `goal` to `b`, keeping its data
            - create-index goal.b: index b of `goal`
        "#]],
    );
}

#[test]
fn a_former_name_counts_once_and_may_come_back() {
    let kept = "b: {type: integer, renamed_from: a}";
    fields(kept, kept, expect![""]);
    fields(
        kept,
        "a: {type: integer, renamed_from: b}",
        expect![[r#"
            - rename-column goal.a: rename field `b` of `goal` to `a`, keeping its data
        "#]],
    );
    // Something new of the former name is not the former field.
    fields(
        "a: {type: integer}\nb: {type: integer}",
        kept,
        expect![[r#"
            ! drop-column goal.a: drop field `a` of `goal` and all of its data
        "#]],
    );
}

#[test]
fn a_renamed_entity_keeps_references_to_it_and_its_joins() {
    check(
        &[("aim", "", "friends: {type: references, to: aim}"), ("task", "", "aim: {type: reference, to: aim}")],
        &[
            ("goal", "renamed_from: aim", "friends: {type: references, to: goal}"),
            ("task", "", "aim: {type: reference, to: goal}"),
        ],
        expect![[r#"
            - rename-table goal: rename entity `aim` to `goal`, keeping its data
            - rename-column goal.friends: field `friends` of `goal` follows its entity's new name, keeping its data
        "#]],
    );
}

#[test]
fn a_reference_to_another_entity_is_another_field() {
    check(
        &[("a", "", ""), ("b", "", ""), ("c", "", "to: {type: reference, to: a}")],
        &[("b", "", ""), ("c", "", "to: {type: reference, to: b}")],
        expect![[r#"
            - drop-index c.to: remove the index of to of `c`
            ! drop-column c.to: drop field `to` of `c` and all of its data
            - add-column c.to: add field `to` to `c`
            ! drop-table a: drop entity `a` and all of its data
            - create-index c.to: index to of `c`
        "#]],
    );
}

#[test]
fn types_that_can_become_others_do() {
    fields(
        "a: {type: integer}\nb: {type: decimal, places: 4}\nc: {type: integer}\nd: {type: date}\ne: {type: text}\n\
         f: {type: choice, choices: {x: {label: X}}}",
        "a: {type: decimal}\nb: {type: decimal, places: 1}\nc: {type: text}\nd: {type: long_text}\n\
         e: {type: choice, choices: {x: {label: X}}}\nf: {type: choices, choices: {y: {label: Y}}}",
        expect![[r#"
            - convert-column goal.a: convert field `a` of `goal` to another type
            - convert-column goal.b: convert field `b` of `goal` to another type
            - convert-column goal.c: convert field `c` of `goal` to another type
            - convert-column goal.d: convert field `d` of `goal` to another type
            - convert-column goal.f: convert field `f` of `goal` to another type
            - check goal.e: field `e` of `goal` holds only the choices x
            - check goal.f: field `f` of `goal` loses the choices x
        "#]],
    );
}

#[test]
fn types_that_cannot_are_dropped_behind_their_name() {
    fields(
        "a: {type: date}\nb: {type: text}\nc: {type: period, grain: month}",
        "a: {type: boolean}\nb: {type: location}\nc: {type: period, grain: year}",
        expect![[r#"
            ! drop-column goal.a: drop field `a` of `goal` and all of its data
            ! drop-column goal.b: drop field `b` of `goal` and all of its data
            ! drop-column goal.c: drop field `c` of `goal` and all of its data
            - add-column goal.a: add field `a` to `goal`
            - add-column goal.b: add field `b` to `goal`
            - add-column goal.c: add field `c` to `goal`
        "#]],
    );
}

#[test]
fn stricter_rules_are_checked() {
    fields(
        "a: {type: text}\nb: {type: integer}\nc: {type: text, max: 10}",
        "a: {type: text, required: true}\nb: {type: integer, unique: true}\nc: {type: text, max: 5}",
        expect![[r#"
            - check goal.a: field `a` of `goal` must have a value
            - check goal.c: field `c` of `goal` has at most 5 characters
            - create-index goal.b: no two records of `goal` may share b
        "#]],
    );
    fields(
        "a: {type: text, required: true}\nc: {type: text, max: 5}",
        "a: {type: text}\nc: {type: text, max: 10}",
        expect![""],
    );
}

#[test]
fn bounds_are_told_as_far_as_they_are_new_or_tighter() {
    let before = "a: {type: integer}\nb: {type: decimal, min: 0, max: 10}\nc: {type: date}\nd: {type: rating, steps: 5}\n\
                  e: {type: text, min: 2}\nf: {type: integer, min: 3}\ng: {type: integer}\n\
                  h: {type: secret, personal: {purpose: p, basis: consent, keep: k}}";
    let after = "a: {type: integer, min: 0, max: 9}\nb: {type: decimal, min: -1, max: 9.50}\n\
                 c: {type: date, min: '2020-01-01', max: '2030-01-01'}\nd: {type: rating, steps: 3}\n\
                 e: {type: text, min: 3, max: 400}\nf: {type: text, min: 2, max: 30}\ng: {type: rating, steps: 4}\n\
                 h: {type: secret, min: 8, personal: {purpose: p, basis: consent, keep: k}}";
    fields(
        before,
        after,
        expect![[r#"
            - convert-column goal.f: convert field `f` of `goal` to another type
            - bound goal.a: field `a` of `goal` holds at least 0 and at most 9
            - bound goal.b: field `b` of `goal` holds at most 9.5
            - bound goal.c: field `c` of `goal` holds nothing before 2020-01-01 and nothing after 2030-01-01
            - bound goal.d: field `d` of `goal` holds at most 3
            - check goal.e: field `e` of `goal` has at most 400 characters
            - bound goal.e: field `e` of `goal` holds at least 3 characters
            - bound goal.f: field `f` of `goal` holds at least 2 characters
            - bound goal.g: field `g` of `goal` holds at least 1 and at most 4
            - bound goal.h: field `h` of `goal` holds at least 8 characters
        "#]],
    );
    fields(after, after, expect![""]);
    // The other way round nothing is tighter but the bound that is about something else now.
    fields(
        "a: {type: integer, min: 0, max: 9}\nb: {type: text, min: 3}\nc: {type: rating, steps: 3}",
        "a: {type: decimal, min: -0.5}\nb: {type: text}\nc: {type: rating, steps: 5}",
        expect![[r#"
            - convert-column goal.a: convert field `a` of `goal` to another type
        "#]],
    );
}

#[test]
fn what_cannot_be_counted_is_told_when_it_is_new_or_changed() {
    let rules = "validations:\n  positive: {rule: a > 0, message: wrong}";
    check(
        &[("goal", "", "a: {type: integer}\nb: {type: text, pattern: '[a-z]+'}\nc: {type: text}")],
        &[(
            "goal",
            rules,
            "a: {type: integer, validation: {rule: a < 100, message: wrong}}\nb: {type: text, pattern: '[a-y]+'}\n\
             c: {type: text, pattern: '[0-9]+'}",
        )],
        expect![[r#"
            - rule goal.a: the validation of field `a` of `goal` is new or changed; rows are not checked until they are next saved
            - rule goal.b: the pattern of field `b` of `goal` is new or changed; rows are not checked until they are next saved
            - rule goal.c: the pattern of field `c` of `goal` is new or changed; rows are not checked until they are next saved
            - rule goal: the validation `positive` of `goal` is new or changed; rows are not checked until they are next saved
        "#]],
    );
    // Under another name a validation says the same, and what goes asks for nothing.
    check(
        &[("goal", rules, "a: {type: integer}\nb: {type: text, pattern: '[a-z]+'}")],
        &[("goal", &rules.replace("positive", "above_zero"), "a: {type: integer}\nb: {type: text}")],
        expect![""],
    );
}

#[test]
fn search_follows_its_fields() {
    check(
        &[("goal", "search: [title]", "a: {type: text}")],
        &[("goal", "search: [title, b]", "b: {type: text, renamed_from: a}")],
        expect![[r#"
            - rename-column goal.b: rename field `a` of `goal` to `b`, keeping its data
            - create-index goal: bring what search looks into of `goal` up to date
        "#]],
    );
    check(
        &[("goal", "search: [a]", "a: {type: text}")],
        &[("goal", "search: [b]", "b: {type: text, renamed_from: a}")],
        expect![[r#"
            - rename-column goal.b: rename field `a` of `goal` to `b`, keeping its data
        "#]],
    );
}
