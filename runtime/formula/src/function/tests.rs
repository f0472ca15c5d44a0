use super::*;
use crate::{show, testing};

mod worked;

/// What an expression gives, as examples write it.
fn found(source: &str) -> String {
    match testing::compile(source) {
        Ok(formula) => match formula.evaluate(&testing::Record::default()) {
            Ok(value) => show::quoted(&value),
            Err(error) => error.to_string(),
        },
        Err(faults) => format!("{faults:?}"),
    }
}

#[test]
fn every_signature_is_read() {
    for function in all() {
        assert!(Signature::parse(function.signature).is_some(), "{}", function.signature);
    }
}

#[test]
fn there_are_enough_functions_and_each_is_documented_once() {
    assert!(all().len() >= 315, "{}", all().len());
    let mut names: Vec<_> = all().iter().map(|function| function.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all().len());
    for function in all() {
        assert!(function.doc.0.ends_with('.') && function.doc.1.ends_with('。'), "{}", function.name);
        assert!(function.examples.iter().any(|(source, _)| source.contains(function.name)), "{}", function.name);
    }
}

#[test]
fn every_other_word_means_a_function_and_is_none_itself() {
    assert!(ALIASES.is_sorted());
    for (alias, name) in ALIASES {
        assert!(all().iter().any(|function| function.name == *name), "{alias} means {name}");
        assert!(all().iter().all(|function| function.name != *alias), "{alias}");
    }
    assert_eq!(found("IFERROR(QUOTIENT(1, 0), 5)"), "5");
    assert_eq!(found("INDEX([7, 8], 2)"), "8");
}

#[test]
fn every_example_gives_what_it_says() {
    let mut wrong = Vec::new();
    for function in all() {
        for (source, expected) in function.examples {
            let found = found(source);
            if found != *expected {
                wrong.push(format!("{source} gives {found}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn work_is_charged_before_it_is_done() {
    let long = "REPT(\"x\", 60000)";
    for (source, expected) in [
        ("REPT(\"x\", 1000000000)", "text longer"),
        ("REPT(REPT(\"abc\", 1000), 1000)", "text longer"),
        ("PAD_LEFT(\"x\", 900000000)", "text longer"),
        ("SEQUENCE(1, 1000000000)", "list of more"),
        ("SEQUENCE(-9223372036854775807, 9223372036854775807)", "list of more"),
        ("NETWORKDAYS(\"0001-01-01\", \"9999-01-01\")", "steps"),
        ("WORKDAY(TODAY(), 9223372036854775807)", "steps"),
        ("POWER(10, 9223372036854775807)", "too large"),
        ("9223372036854775807 + 1", "too large"),
        ("ABS(-9223372036854775807 - 1)", "too large"),
        ("MOD(-9223372036854775807 - 1, -1) + QUOTIENT(1, 0)", ""),
        ("SPLIT(REPT(\",\", 60000), \",\")", "list of more"),
        ("EDATE(TODAY(), 999999999999)", "too large"),
        ("TODAY() + 9999999", "too large"),
        ("DATE_ADD(NOW(), 9223372036854775807, \"second\")", "too large"),
        ("INT(79228162514264337593543950335)", "too large"),
        ("79228162514264337593543950335 * 10", "too large"),
        ("JOIN([1,2,3], REPT(\"x\", 40000))", "text longer"),
        ("RANGE(0, 1, 0.00000001)", "list of more"),
        ("REPEAT(1, 1000000000)", "list of more"),
        ("COUNT(REPEAT(REPT(\"x\", 60000), 9000))", "text longer"),
        ("FACT(1000000)", "too large"),
        ("COMBIN(9000000000000000000, 4000000000000000000)", "steps"),
        ("PERMUT(9000000000000000000, 3)", "too large"),
        ("EXP(1000)", "too large"),
        ("POWER(10, 29.5)", "too large"),
        ("BASE(7, 2, 1000000000)", "text longer"),
        ("WORKDAY_INTL(TODAY(), 9000000000000000, \"0000011\")", "steps"),
        ("NETWORKDAYS_INTL(\"0001-01-01\", \"9999-01-01\")", "steps"),
        ("WORKDAY_OF(TODAY(), \"year\", 9000000000)", ""),
        ("EDIT_DISTANCE(REPT(\"x\", 20000), REPT(\"y\", 20000))", "steps"),
        ("REGEX_REPLACE(REPT(\"x\", 9000), \"x\", \"$0$0$0$0$0$0$0$0$0$0\")", "text longer"),
        ("LEN(REGEX_REPLACE(REPT(\"x \", 10000), \" \", \"\"))", ""),
        ("REGEX_EXTRACT_ALL(REPT(\"x\", 15000), \"x\")", "list of more"),
        ("REGEX_COUNT(REPT(\"x\", 20000), \"(x*)*(x*)*y\")", ""),
        ("PERIOD_ADD(\"2025\", 9000000000)", "too large"),
        ("PMT(9000000000, 1000, 1)", "too large"),
        ("FV(0.000001, 9223372036854775807, 1)", "too large"),
        ("JSON_LENGTH(REPT(\"[\", 60000))", ""),
        ("FULL_WIDTH(REPT(\"x\", 60000))", "text longer"),
        ("ENCODE_URL(REPT(\"中\", 20000))", "text longer"),
        ("LCM(9223372036854775807, 9223372036854775806)", "too large"),
        ("EVEN(9223372036854775807)", "too large"),
        ("RATE(9223372036854775807, -1, 100)", "list of more"),
        ("IRR(APPEND(REPEAT(1, 100), REPEAT(-1, 100)))", ""),
        ("IRR([-1, 79228162514264337593543950335, 1])", ""),
        ("IRR([-100, 10], -1)", ""),
        ("XIRR([-1, 79228162514264337593543950335], [\"0001-01-01\", \"9999-12-31\"])", ""),
        ("NPER(0.01, 79228162514264337593543950335, 79228162514264337593543950335)", "too large"),
        ("NORM_S_DIST(79228162514264337593543950335)", ""),
        ("NORM_S_INV(0.999999999999999)", ""),
        ("NORM_S_INV(0.0000000000000001)", ""),
        ("SIN(79228162514264337593543950335)", ""),
    ] {
        let started = std::time::Instant::now();
        let found = match testing::compile(source).map(|formula| formula.evaluate(&testing::Record::default())) {
            Ok(Ok(_)) => String::new(),
            Ok(Err(error)) => error.to_string(),
            Err(faults) => panic!("{source}: {faults:?}"),
        };
        assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{source}: {found}");
        assert!(started.elapsed().as_millis() < 500, "{source}");
    }
    let many = format!("CONCAT({})", vec![format!("LEN(SUBSTITUTE({long}, \"x\", \"y\"))"); 60].join(", "));
    let formula = testing::compile(&many).unwrap();
    assert!(matches!(formula.evaluate(&testing::Record::default()), Err(crate::EvaluateError::Operations { .. })));
}
