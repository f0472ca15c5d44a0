//! Worked numbers of scales, rates and statistics as people write them down, computed by expressions alone.

use super::found;

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(source, expected)| {
            let found = found(source);
            (found != *expected).then(|| format!("{source} gives {found}, not {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_are_exact_and_rounded_half_up() {
    check(&[
        ("ROUND(2.675, 2)", "2.68"),
        ("0.1 + 0.2 == 0.3", "true"),
        ("SUM(33.33, 33.33, 33.34) == 100", "true"),
        ("DIVIDE(5, 0)", "null"),
        ("PERCENT(0, 0)", "null"),
    ]);
}

#[test]
fn weighted_scores() {
    check(&[
        ("WEIGHTED([84, 108, 90, 80, 90], [30, 25, 25, 10, 10])", "91.7"),
        ("CLAMP(WEIGHTED([84, 108, 90, 80, 90], [30, 25, 25, 10, 10]) + 3 - 0.5, 0, 120)", "94.2"),
        ("ROUND(WEIGHTED([84, null, 90, 80, 90], [30, 25, 25, 10, 10]), 2)", "86.27"),
        ("ROUND(WEIGHTED_IF_ENOUGH([4.0, 2.0, 4.25], [40, 30, 30], [3, 2, 4], 3), 2)", "4.11"),
        ("WEIGHTED([4.0, 2.0, 4.25], [40, 30, 30])", "3.475"),
        ("0.4 * 80 + 0.3 * 39 + 0.3 * 50", "58.7"),
        ("0.6 * 82 + 0.4 * (100 - 5)", "87.2"),
    ]);
}

#[test]
fn curves_steps_and_deductions() {
    let first = |value: &str, points: &str| (format!("ROUND(CURVE({value}, 70, 80, 90), 2)"), points.to_owned());
    let minutes = |value: &str, points: &str| (format!("ROUND(CURVE({value}, 30, 15, 8), 2)"), points.to_owned());
    let cases = [
        first("69.9", "0"),
        first("70", "60"),
        first("76", "84"),
        first("80", "100"),
        first("86", "112"),
        first("90", "120"),
        first("95", "120"),
        first("83.3396", "106.68"),
        minutes("31", "0"),
        minutes("30", "60"),
        minutes("21", "84"),
        minutes("15", "100"),
        minutes("10", "114.29"),
        minutes("8", "120"),
    ];
    check(&cases.iter().map(|(source, points)| (source.as_str(), points.as_str())).collect::<Vec<_>>());
    check(&[
        ("CURVE(5, 1, 9, 3)", "null"),
        ("CURVE(80, 80, 80, 90)", "100"),
        ("CURVE(79, 80, 80, 80)", "0"),
        ("CURVE(80, 80, 80, 80)", "120"),
        ("CURVE(null, 70, 80, 90)", "null"),
        ("RATIO_SCORE(-5, 100)", "0"),
        ("RATIO_SCORE(0, 10, true)", "120"),
        ("STEPS(60, [95, 85, 60], [\"a\", \"b\", \"c\", \"d\"])", "\"c\""),
        ("STEPS(59.99, [95, 85, 60], [\"a\", \"b\", \"c\", \"d\"])", "\"d\""),
        ("STEPS(20, [5, 10, 20], [3, 2, 1])", "1"),
    ]);
}

#[test]
fn grades_are_given_on_the_rounded_score() {
    check(&[
        ("BAND(94.994, [105, 95, 80, 60], [\"S\", \"A\", \"B\", \"C\", \"D\"])", "\"B\""),
        ("BAND(94.995, [105, 95, 80, 60], [\"S\", \"A\", \"B\", \"C\", \"D\"])", "\"A\""),
        ("BAND(95, [105, 95, 80, 60], [\"S\", \"A\", \"B\", \"C\", \"D\"])", "\"A\""),
        ("BAND(59, [105, 95, 80, 60], [\"S\", \"A\", \"B\", \"C\", \"D\"])", "\"D\""),
        ("CAP_BAND(\"S\", \"C\", [\"S\", \"A\", \"B\", \"C\", \"D\"])", "\"C\""),
        ("3000 * BAND(94.20, [105, 95, 80, 60], [1.5, 1.2, 1.0, 0.8, 0.5]) * 1.05 == 3150.00", "true"),
        // How many of 34 may have what.
        ("INT(0.10 * 34)", "3"),
        ("INT(0.25 * 34)", "8"),
        ("CEILING(0.05 * 34)", "2"),
    ]);
}

#[test]
fn percentile_ranks() {
    let among = "[0, 0, 1, 1, 2, 2, 2, 2, 4, 4]";
    for (value, rank) in [(0, "0"), (1, "22.22"), (2, "44.44"), (4, "88.89")] {
        assert_eq!(found(&format!("ROUND(PERCENTRANK({value}, {among}, 5), 2)")), rank);
    }
    check(&[
        ("PERCENTRANK(3, [1, 2, 3, 4], 5)", "null"),
        ("PERCENTRANK(3, [3])", "null"),
        // Where less is better the numbers change sign first.
        ("PERCENTRANK(-1, MULTIPLY_EACH([1, 2, 3, 4, 5], -1), 5)", "100"),
    ]);
}

#[test]
fn rates_and_drivers() {
    check(&[
        ("ROUND(PERCENT(510, 1000), 1)", "51"),
        ("ROUND(PERCENT(997, 1000), 1)", "99.7"),
        ("ROUND(PERCENT(17, 25), 1)", "68"),
        ("ROUND(PERCENT(18, 250), 1)", "7.2"),
        ("ROUND(PERCENT(3354, 8600), 1)", "39"),
        ("PERCENT(89, 100)", "89"),
        ("CHANGE_PERCENT(3.7, 5.0)", "-26"),
        ("75 / 10", "7.5"),
        ("5760 / 480", "12"),
        ("AVERAGE(4.6) - AVERAGE(3.6)", "1"),
        ("NPS(APPEND(APPEND(REPEAT(10, 55), REPEAT(3, 15)), REPEAT(8, 30)))", "40"),
        ("PROGRESS(30, 20, 40)", "50"),
        ("WEIGHTED([100, 0], [6, 4])", "60"),
        ("RATE_EFFECT([0.90], [0.88], [0.6], [0.5])", "-0.011"),
        ("RATE_EFFECT([0.80], [0.70], [0.4], [0.5])", "-0.045"),
        ("MIX_EFFECT([0.90, 0.80], [0.88, 0.70], [0.6, 0.4], [0.5, 0.5])", "-0.014"),
        ("MIN(100, 100 * 4 / PERCENTILE_NEAREST([3, 2, 2, 4, 2, 2, 4, 1], 0.9))", "100"),
        ("SUM(3, 2, 2, 4, 2, 2, 4, 1)", "20"),
        // Late hours: half a point each over 24, or for each full day.
        ("0.5 * COUNT_TRUE(EACH([10, 24, 30, 53], \">\", 24))", "1"),
        ("0.5 * SUM(QUOTIENT(30, 24), QUOTIENT(53, 24))", "1.5"),
        ("STREAK([true, null, true, null, true])", "3"),
    ]);
}

#[test]
fn a_chain_of_digests() {
    let event = r#"{\"contract\":\"TC-2025-001\",\"event\":\"signed\",\"party\":\"initiator\",\"signer\":\"E0089\",\"ts\":\"2025-11-20T09:00:00+08:00\"}"#;
    let source = format!("SHA256(CONCAT(REPT(\"0\", 64), \"\\n\", \"{event}\"))");
    assert_eq!(found(&source), "\"221bc7f7a8c5e4395b95c3bcd073bd782eb7365b3b17dd7331b22a9a016522c9\"");
}

#[test]
fn periods_follow_one_another() {
    check(&[
        ("PERIOD_START(\"2025-W53\")", "null"),
        ("PERIOD_END(\"2026-W53\")", "2027-01-03"),
        ("SAME_PERIOD_LAST_YEAR(\"2026-W53\")", "\"2025-W52\""),
        ("SAME_PERIOD_LAST_YEAR(\"2025-11\")", "\"2024-11\""),
        ("SAME_PERIOD_LAST_YEAR(\"2025\")", "\"2024\""),
        ("PERIOD_ADD(\"2026-W53\", 1)", "\"2027-W01\""),
        ("PERIOD_ADD(\"2025-H2\", -3)", "\"2024-H1\""),
        ("PERIODS_BETWEEN(\"2027-W01\", \"2026-W01\")", "53"),
        ("PERIODS_BETWEEN(\"2026-03\", \"2025-11\")", "4"),
        ("PERIOD_START(\"2025-季\")", "null"),
        ("PERIOD_START(\"2025-\")", "null"),
        ("PERIOD_START(\"-\")", "null"),
        ("PERIOD_START(\"0000\")", "null"),
        ("PERIOD_START(PERIOD(TODAY(), \"week\"))", "2025-11-03"),
        ("YEARFRAC(\"2024-02-28\", \"2025-02-28\", 1)", "1"),
        ("DAYS360(\"2025-02-28\", \"2025-03-31\")", "33"),
        ("FISCAL_YEAR(\"2025-11-05\", 13)", "null"),
    ]);
}
