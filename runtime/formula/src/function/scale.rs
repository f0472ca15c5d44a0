//! Scores and scales: how a value becomes points, points become a grade, and grades become a lamp. Nothing is rounded on the way
//! except where it says so; what has no answer (a target of zero, points in no order) is null.

use model::{Decimal, Value};

use super::number::{self, Answer, decimal_or};
use crate::evaluate::{Context, Given, days_between, equal};

functions! { Scale;
    CURVE "(value: number, threshold: number, target: number, challenge: number, scores?: list of number) -> number"
    "Points for a value between three marks: below the threshold 0, at it 60, at the target 100, from the challenge on 120, in proportion between them. Where the challenge is the smallest mark, less is better. `scores` gives other points: below, at the threshold, at the target, at the challenge."
    "三点评分：未达门槛 0 分，门槛 60，目标 100，挑战及以上 120，其间按比例。挑战值小于门槛值时越低越好。scores 可改为其他分值：未达门槛、门槛、目标、挑战。"
    ["CURVE(76, 70, 80, 90)" => "84", "CURVE(69.9, 70, 80, 90)" => "0", "CURVE(21, 30, 15, 8)" => "84", "ROUND(CURVE(10, 30, 15, 8), 2)" => "114.29",
     "CURVE(85, 70, 80, 90, [0, 50, 80, 100])" => "90"]
    Answers Some(curve);

    RATIO_SCORE "(actual: number, target: number, less_is_better?: bool, most?: number) -> number"
    "Points by the ratio of what was reached to the target, or of the target to what was reached when less is better; from 0 to `most`, 120 when left out. Nothing reached is the most when less is better, or 100 when nothing was the target."
    "比率评分：实际 ÷ 目标 × 100；less_is_better 为真时为目标 ÷ 实际 × 100。下限 0，上限 most（默认 120）。越低越好且实际为 0 时取上限，目标也为 0 时为 100。"
    ["RATIO_SCORE(90, 100)" => "90", "RATIO_SCORE(150, 100)" => "120", "RATIO_SCORE(8, 10, true)" => "120", "RATIO_SCORE(20, 10, true)" => "50", "RATIO_SCORE(0, 0, true)" => "100", "RATIO_SCORE(5, 0)" => "null"]
    Answers Some(|given, _| {
        let (actual, target) = (given.decimal(0)?, given.decimal(1)?);
        let most = decimal_or(given, 3, Decimal::from(120))?;
        let less = given.at(2) == &Value::Bool(true);
        if less && actual.is_zero() {
            return Ok(if target.is_zero() { Decimal::ONE_HUNDRED } else { most }.into());
        }
        let (part, whole) = if less { (target, actual) } else { (actual, target) };
        let points = number::divide(number::multiply(part, Decimal::ONE_HUNDRED)?, whole)?;
        Ok(points.map(|points| points.min(most).max(Decimal::ZERO)).into())
    });

    STEPS "(value: number, marks: list of number, answers: list of T) -> T"
    "The answer beside the first mark that the value reaches, where marks go down, or does not exceed, where they go up. One more answer than marks is for everything else."
    "分段取值：分界点从大到小时取第一个达到的，从小到大时取第一个不超过的；结果比分界点多一个时，最后一个用于其余情况。"
    ["STEPS(87, [95, 85, 60], [120, 100, 60, 0])" => "100", "STEPS(12, [5, 10, 20], [\"A\", \"B\", \"C\", \"D\"])" => "\"C\"", "STEPS(1, [5], [9])" => "null"]
    Answers Some(|given, context| {
        let value = given.decimal(0)?;
        step(value, given, context)
    });

    BAND "(score: number, marks: list of number, labels: list of T, places?: whole) -> T"
    "As `STEPS`, but the score is first rounded to the places it is shown with, 2 when left out, so that what reads 95.00 is judged as 95."
    "等级划分：同 STEPS，但先把分数按显示位数（默认 2 位）四舍五入，再判断等级。"
    ["BAND(94.2, [105, 95, 80, 60], [\"S\", \"A\", \"B\", \"C\", \"D\"])" => "\"B\"", "BAND(94.995, [105, 95, 80, 60], [\"S\", \"A\", \"B\", \"C\", \"D\"])" => "\"A\"",
     "3000 * BAND(94.2, [105, 95, 80, 60], [1.5, 1.2, 1.0, 0.8, 0.5]) * 1.05" => "3150"]
    Answers Some(|given, context| {
        let places = u32::try_from(number::whole_or(given, 3, 2)?).unwrap_or(0);
        let score = model::decimal::round_half_up(given.decimal(0)?, places);
        step(score, given, context)
    });

    CAP_BAND "(label: T, cap: T, labels: list of T) -> T"
    "The label, but no better than the cap; the labels go from the best to the worst. Null when either is not among them."
    "等级封顶：labels 从好到差排列，返回不高于 cap 的等级（一票否决）；不在列表中时为空。"
    ["CAP_BAND(\"A\", \"C\", [\"S\", \"A\", \"B\", \"C\", \"D\"])" => "\"C\"", "CAP_BAND(\"D\", \"C\", [\"S\", \"A\", \"B\", \"C\", \"D\"])" => "\"D\""]
    Answers Some(|given, context| {
        let labels = given.list(2)?;
        context.charge(labels.len())?;
        let place = |index| labels.iter().position(|label| equal(label, given.at(index)) == Some(true));
        Ok(match (place(0), place(1)) {
            (Some(label), Some(cap)) => labels.get(label.max(cap)).cloned().unwrap_or_default(),
            _ => Value::Null,
        })
    });

    DEDUCT "(count: number, each: number, from?: number, least?: number) -> number"
    "Points less so many for each, from 100 down to 0 unless said otherwise."
    "扣分制：满分（默认 100）减去次数 × 每次扣分，不低于下限（默认 0）。"
    ["DEDUCT(3, 5)" => "85", "DEDUCT(30, 5)" => "0", "DEDUCT(2, 5, 20)" => "10"]
    Answers Some(|given, _| {
        let lost = number::multiply(given.decimal(0)?, given.decimal(1)?)?;
        let left = number::subtract(decimal_or(given, 2, Decimal::ONE_HUNDRED)?, lost)?;
        Ok(left.max(decimal_or(given, 3, Decimal::ZERO)?).into())
    });

    RANGE_SCORE "(value: number, low: number, high: number, each: number) -> number"
    "100 points inside the range, outside less by so many for every 1 of distance, down to 0."
    "区间评分：区间内 100 分，区间外每偏离 1 扣若干分，最低 0 分。"
    ["RANGE_SCORE(37, 36, 38, 10)" => "100", "RANGE_SCORE(39.5, 36, 38, 10)" => "85", "RANGE_SCORE(10, 36, 38, 10)" => "0"]
    Answers Some(|given, _| {
        let (value, low, high) = (given.decimal(0)?, given.decimal(1)?, given.decimal(2)?);
        let outside = number::subtract(low, value)?.max(number::subtract(value, high)?).max(Decimal::ZERO);
        let points = number::subtract(Decimal::ONE_HUNDRED, number::multiply(outside, given.decimal(3)?)?)?;
        Ok(points.max(Decimal::ZERO).into())
    });

    LAMP "(elapsed: number, progress: number, green?: number, yellow?: number) -> text"
    "`green`, `yellow` or `red` by how far progress is behind the time gone, both in per cent: up to 10 green, up to 25 yellow, unless said otherwise. Overdue without being done is red."
    "红绿灯：已用时间百分比减进度百分比，不超过 10 为 green，不超过 25 为 yellow，否则为 red；逾期未完成为 red。"
    ["LAMP(50, 45)" => "\"green\"", "LAMP(50, 30)" => "\"yellow\"", "LAMP(50, 20)" => "\"red\"", "LAMP(101, 99)" => "\"red\"", "LAMP(130, 100)" => "\"green\""]
    Answers Some(|given, _| {
        let (elapsed, progress) = (given.decimal(0)?, given.decimal(1)?);
        if progress >= Decimal::ONE_HUNDRED {
            return Ok("green".into());
        }
        let behind = number::subtract(elapsed, progress)?;
        let lamp = if elapsed > Decimal::ONE_HUNDRED {
            "red"
        } else if behind <= decimal_or(given, 2, Decimal::TEN)? {
            "green"
        } else if behind <= decimal_or(given, 3, Decimal::from(25))? {
            "yellow"
        } else {
            "red"
        };
        Ok(lamp.into())
    });

    PROGRESS "(current: number, start: number, target: number) -> number"
    "How far one is from the start to the target, in per cent from 0 to 100, whether up or down; null when they are the same."
    "完成度：从起点到目标走了百分之几，0 到 100，目标可高于或低于起点；两者相同时为空。"
    ["PROGRESS(30, 20, 40)" => "50", "PROGRESS(12, 20, 10)" => "80", "PROGRESS(50, 20, 40)" => "100", "PROGRESS(1, 5, 5)" => "null"]
    Answers Some(|given, _| {
        let (current, start, target) = (given.decimal(0)?, given.decimal(1)?, given.decimal(2)?);
        let done = number::multiply(number::subtract(current, start)?, Decimal::ONE_HUNDRED)?;
        let share = number::divide(done, number::subtract(target, start)?)?;
        Ok(share.map(|share| share.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED)).into())
    });

    ELAPSED "(day: date, start: date, end: date) -> number"
    "How much of a period is over at the end of the day, in per cent, both ends included: 0 before it, more than 100 after it; null when it ends before it starts."
    "时间进度：截至当日结束时期间已过百分之几（含两端）；期间之前为 0，之后大于 100；结束早于开始时为空。"
    ["ELAPSED(\"2025-01-15\", \"2025-01-01\", \"2025-01-30\")" => "50", "ELAPSED(\"2024-12-31\", \"2025-01-01\", \"2025-01-30\")" => "0", "ELAPSED(\"2025-02-02\", \"2025-01-01\", \"2025-01-30\")" => "110"]
    Answers Some(|given, _| {
        let (day, start, end) = (given.date(0)?, given.date(1)?, given.date(2)?);
        if end < start {
            return Ok(Value::Null);
        }
        let gone = Decimal::from((days_between(start, day) + 1).max(0));
        let all = Decimal::from(days_between(start, end) + 1);
        Ok(number::divide(number::multiply(gone, Decimal::ONE_HUNDRED)?, all)?.into())
    });

    NORMALIZE "(value: number, low: number, high: number) -> number"
    "Where the value is between the low and the high end, from 0 to 100; null when they are the same. Where `high` is the smaller, less is better."
    "归一化到 0–100：下限为 0，上限为 100，超出取端点；high 小于 low 时越低越好；两者相同时为空。"
    ["NORMALIZE(15, 10, 20)" => "50", "NORMALIZE(25, 10, 20)" => "100", "NORMALIZE(12, 20, 10)" => "80"]
    Answers Some(|given, _| {
        let (value, low, high) = (given.decimal(0)?, given.decimal(1)?, given.decimal(2)?);
        let above = number::multiply(number::subtract(value, low)?, Decimal::ONE_HUNDRED)?;
        let share = number::divide(above, number::subtract(high, low)?)?;
        Ok(share.map(|share| share.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED)).into())
    });

    INTERPOLATE "(value: number, places: list of number, heights: list of number) -> number"
    "The height at a value on the line through the points, whose places go up; before the first and after the last point it stays level. Null without points."
    "按折线插值：places 为递增的横坐标，heights 为对应值；超出两端取端点值，没有点时为空。"
    ["INTERPOLATE(15, [10, 20, 40], [0, 100, 200])" => "50", "INTERPOLATE(99, [10, 20, 40], [0, 100, 200])" => "200"]
    Answers Some(|given, context| {
        let value = given.decimal(0)?;
        let points = number::pairs(given, 1, 2, context)?;
        let Some(next) = points.iter().position(|point| point.0 >= value) else {
            return Ok(points.last().map(|point| point.1).into());
        };
        match (next.checked_sub(1).and_then(|before| points.get(before)), points.get(next)) {
            (Some(from), Some(to)) => between(value, *from, *to).map(Value::Decimal),
            (_, to) => Ok(to.map(|to| to.1).into()),
        }
    });

    CHANGE_PERCENT "(now: number, before: number) -> number"
    "By how many per cent of what was before it changed; null when there was nothing."
    "变化率：（现值 − 原值）÷ 原值 × 100；原值为零时为空。"
    ["CHANGE_PERCENT(3.7, 5.0)" => "-26", "CHANGE_PERCENT(5, 0)" => "null"]
    Answers Some(|given, _| {
        let (now, before) = (given.decimal(0)?, given.decimal(1)?);
        let changed = number::multiply(number::subtract(now, before)?, Decimal::ONE_HUNDRED)?;
        Ok(number::divide(changed, before.abs())?.into())
    });

    WEIGHTED_IF_ENOUGH "(values: list of number, weights: list of number, counts: list of number, least: whole) -> number"
    "As `WEIGHTED_MEAN`, leaving out every value that comes of fewer than `least`, so that none of them can be worked out from the result."
    "加权平均，样本数少于 least 的组不计入且其权重重新分配，避免由结果反推。"
    ["ROUND(WEIGHTED_IF_ENOUGH([4.0, 2.0, 4.25], [40, 30, 30], [5, 2, 4], 3), 2)" => "4.11", "WEIGHTED_IF_ENOUGH([4], [40], [2], 3)" => "null"]
    Answers Some(|given, context| {
        let (values, weights, counts) = (given.list(0)?, given.list(1)?, given.list(2)?);
        context.charge_list(values.len().min(weights.len()).min(counts.len()))?;
        let least = Decimal::from(given.whole(3)?);
        let groups = values.iter().zip(weights).zip(counts).filter_map(|((value, weight), count)| {
            Some((value.as_decimal()?, weight.as_decimal()?)).filter(|_| count.as_decimal().is_some_and(|count| count >= least))
        });
        let pairs: Vec<_> = groups.collect();
        let weights = number::sum(pairs.iter().map(|pair| pair.1))?;
        Ok(number::divide(super::arithmetic::products(&pairs)?, weights)?.into())
    });

    RATE_EFFECT "(rates_before: list of number, rates_now: list of number, weights_before: list of number, weights_now: list of number) -> number"
    "How much of the change of an overall rate comes of the parts' own rates: each part's change at its mean weight."
    "结构分解中的比率效应：各部分比率变化 × 平均权重之和。"
    ["RATE_EFFECT([0.9, 0.8], [0.88, 0.7], [0.6, 0.4], [0.5, 0.5])" => "-0.056"]
    Answers Some(|given, context| effect(given, context, (0, 1), (2, 3)));

    MIX_EFFECT "(rates_before: list of number, rates_now: list of number, weights_before: list of number, weights_now: list of number) -> number"
    "How much of the change of an overall rate comes of the parts' weights: each weight's change at the part's mean rate."
    "结构分解中的结构效应：各部分权重变化 × 平均比率之和。"
    ["MIX_EFFECT([0.9, 0.8], [0.88, 0.7], [0.6, 0.4], [0.5, 0.5])" => "-0.014"]
    Answers Some(|given, context| effect(given, context, (2, 3), (0, 1)));
}

/// On the straight line from one point to the next; at a jump, the height after it.
fn between(value: Decimal, from: (Decimal, Decimal), to: (Decimal, Decimal)) -> Answer<Decimal> {
    let rise = number::multiply(number::subtract(to.1, from.1)?, number::subtract(value, from.0)?)?;
    let share = number::divide(rise, number::subtract(to.0, from.0)?)?;
    share.map_or(Ok(to.1), |share| number::add(from.1, share))
}

fn curve(given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    let (mut value, mut marks) = (given.decimal(0)?, [given.decimal(1)?, given.decimal(2)?, given.decimal(3)?]);
    let scores = match given.at(4) {
        Value::Null => [0, 60, 100, 120].map(Decimal::from).to_vec(),
        _ => number::listed(given, 4, context)?,
    };
    let [threshold, _, challenge] = marks;
    if challenge < threshold {
        value = -value;
        marks = marks.map(|mark| -mark);
    }
    let ([threshold, target, challenge], [missed, reached, met, most]) = (marks, scores.as_slice()) else {
        return Ok(Value::Null);
    };
    if threshold > target || target > challenge {
        return Ok(Value::Null);
    }
    let points = if value < threshold {
        *missed
    } else if value < target {
        between(value, (threshold, *reached), (target, *met))?
    } else if value < challenge {
        between(value, (target, *met), (challenge, *most))?
    } else {
        *most
    };
    Ok(points.into())
}

/// The answer beside the first mark, of the second and third arguments.
fn step(value: Decimal, given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    let (marks, answers) = (given.list(1)?, given.list(2)?);
    context.charge(marks.len())?;
    let up = match (marks.first().and_then(Value::as_decimal), marks.last().and_then(Value::as_decimal)) {
        (Some(first), Some(last)) => first < last,
        _ => false,
    };
    let fits = |mark: &Value| mark.as_decimal().is_some_and(|mark| if up { value <= mark } else { value >= mark });
    let place = marks.iter().position(fits).unwrap_or(marks.len());
    Ok(answers.get(place).cloned().unwrap_or_default())
}

/// Each change between two lists at the mean of two others.
fn effect(given: &Given<'_>, context: &mut Context<'_>, changed: (usize, usize), kept: (usize, usize)) -> Answer {
    let (before, now) = (given.list(changed.0)?, given.list(changed.1)?);
    let (one, other) = (given.list(kept.0)?, given.list(kept.1)?);
    context.charge_list(before.len())?;
    let mut sum = Decimal::ZERO;
    for (((before, now), one), other) in before.iter().zip(now).zip(one).zip(other) {
        let parts = (before.as_decimal(), now.as_decimal(), one.as_decimal(), other.as_decimal());
        let (Some(before), Some(now), Some(one), Some(other)) = parts else { return Ok(Value::Null) };
        let mean = number::divide(number::add(one, other)?, Decimal::TWO)?.unwrap_or_default();
        sum = number::add(sum, number::multiply(number::subtract(now, before)?, mean)?)?;
    }
    Ok(sum.into())
}
