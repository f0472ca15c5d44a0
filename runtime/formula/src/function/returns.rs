//! Rates that flows of money have, and how long paying off takes: found step by step, never in more than [`ROUNDS`]; null where that
//! does not come to an answer. Rates are fractions for one period, or for a year of 365 days where flows have days.

use model::{Decimal, Value};

use super::number::{self, Answer, decimal_or, whole_or};
use crate::evaluate::{Context, Given, days_between};

functions! { Finance;
    NPER "(rate: number, payment: number, present: number, future?: number, early?: whole) -> number"
    "How many periods it takes to pay off an amount, to 20 places; `early` is 1 when paid at the start of a period. Null when it never is."
    "等额分期还清所需的期数，保留 20 位小数；early 为 1 表示期初付款；永远还不清时为空。"
    ["NPER(0.01, -100, 1000)" => "10.58864445942323599519", "NPER(0, -100, 1000)" => "10", "NPER(0.01, -10, 1000)" => "null"]
    Answers Some(|given, context| {
        context.charge(256)?;
        Ok(periods(given)?.into())
    });

    RATE "(periods: whole, payment: number, present: number, future?: number, early?: whole, guess?: number) -> number"
    "The rate at which payments pay off an amount, to 15 places: the one found from the guess, 0 when left out; `early` is 1 when paid at the start of a period. Null when none is found."
    "等额分期的每期利率，保留 15 位小数，从 guess（默认 0）开始查找；early 为 1 表示期初付款；找不到时为空。"
    ["RATE(12, -100, 1000)" => "0.029228540769134", "RATE(360, -1000, 200000)" => "0.003655927952363", "RATE(4, -250, 1000)" => "0", "RATE(12, 100, 1000)" => "null"]
    Answers Some(|given, context| Ok(paid_off_at(given, context)?.into()));

    IRR "(flows: list of number, guess?: number) -> number"
    "The rate at which flows at the end of each period are worth nothing together, to 15 places: the one found from the guess, 0 when left out; nulls are passed over. Null when none is found, as of flows in one direction."
    "内部收益率，保留 15 位小数，从 guess（默认 0）开始查找；忽略空值。找不到（如现金流方向都相同）时为空。"
    ["IRR([-10000, 3000, 4200, 6800])" => "0.163405600688989", "IRR([-100, 110])" => "0.1", "IRR([5, 6])" => "null"]
    Answers Some(|given, context| {
        let flows = number::listed(given, 0, context)?;
        Ok(rate_of(&flows, decimal_or(given, 1, Decimal::ZERO)?, context)?.into())
    });

    XNPV "(rate: number, flows: list of number, days: list of date) -> number"
    "What flows are worth on the first of their days at a rate for a year, to 10 places; pairs with a null are passed over. Null at a rate of −1 or less."
    "不定期现金流按年利率折算到第一个日期的净现值，保留 10 位小数；有空值的项忽略，利率不大于 −1 时为空。"
    ["XNPV(0.09, [-10000, 2750, 4250, 3250, 2750], [\"2008-01-01\", \"2008-03-01\", \"2008-10-30\", \"2009-02-15\", \"2009-04-01\"])" => "2086.6476020315", "XNPV(-1, [5], [\"2025-01-01\"])" => "null"]
    Answers Some(|given, context| {
        let flows = dated(given, 1, context)?;
        context.charge(flows.len().saturating_mul(32))?;
        let growth = number::logarithm(number::add(Decimal::ONE, given.decimal(0)?)?);
        let Some(growth) = growth.filter(|_| !flows.is_empty()) else { return Ok(Value::Null) };
        Ok(number::rounded_to(dated_worth(&flows, growth)?.0, 10).into())
    });

    XIRR "(flows: list of number, days: list of date) -> number"
    "The rate for a year at which flows on their days are worth nothing together, to 12 places; pairs with a null are passed over. Null when none is found, as of flows in one direction."
    "不定期现金流的年内部收益率，保留 12 位小数；有空值的项忽略。找不到（如现金流方向都相同）时为空。"
    ["ROUND(XIRR([-10000, 2750, 4250, 3250, 2750], [DATE(2008, 1, 1), DATE(2008, 3, 1), DATE(2008, 10, 30), DATE(2009, 2, 15), DATE(2009, 4, 1)]), 6)" => "0.373363",
     "XIRR([-100, 110], [\"2025-01-01\", \"2026-01-01\"])" => "0.1", "XIRR([5, 6], [\"2025-01-01\", \"2026-01-01\"])" => "null"]
    Answers Some(|given, context| {
        let flows = dated(given, 0, context)?;
        if !both_ways(flows.iter().map(|(flow, _)| *flow)) {
            return Ok(Value::Null);
        }
        let found = solved(Decimal::ZERO, |growth| {
            context.charge(flows.len().saturating_mul(8))?;
            Ok(dated_worth(&flows, growth).ok())
        })?;
        let Some(growth) = found else { return Ok(Value::Null) };
        let rate = number::subtract(number::exponential(growth)?, Decimal::ONE)?;
        Ok(number::rounded_to(rate, 12).into())
    });

    EFFECT "(rate: number, periods: whole) -> number"
    "The rate for a year of a nominal one that is paid in that many parts, each bearing interest from then on; null of less than one part."
    "名义年利率按每年复利若干次折算的实际年利率；次数小于 1 时为空。"
    ["EFFECT(0.0525, 4)" => "0.053542667370758056640625", "EFFECT(0.12, 0)" => "null"]
    Answers Some(|given, _| {
        let periods = given.whole(1)?;
        if periods < 1 {
            return Ok(Value::Null);
        }
        let part = number::divide(given.decimal(0)?, periods.into())?.unwrap_or_default();
        let grown = number::power(number::add(Decimal::ONE, part)?, periods.into())?;
        Ok(grown.map(|grown| number::subtract(grown, Decimal::ONE)).transpose()?.into())
    });

    NOMINAL "(rate: number, periods: whole) -> number"
    "The nominal rate for a year of an effective one that is paid in that many parts, to 15 places; null of less than one part and at a rate of −1 or less."
    "实际年利率按每年复利若干次折算的名义年利率，保留 15 位小数；次数小于 1 或利率不大于 −1 时为空。"
    ["NOMINAL(0.053543, 4)" => "0.052500319868356", "NOMINAL(0.21, 2)" => "0.2", "NOMINAL(0.1, 0)" => "null"]
    Answers Some(|given, context| {
        context.charge(128)?;
        let (periods, each) = (given.whole(1)?, number::add(Decimal::ONE, given.decimal(0)?)?);
        if periods < 1 || each <= Decimal::ZERO {
            return Ok(Value::Null);
        }
        let part = number::divide(Decimal::ONE, periods.into())?.unwrap_or_default();
        let Some(grown) = number::power(each, part)? else { return Ok(Value::Null) };
        let rate = number::multiply(number::subtract(grown, Decimal::ONE)?, periods.into())?;
        Ok(number::rounded_to(rate, 15).into())
    });
}

/// Steps towards an answer, at most.
const ROUNDS: usize = 100;

/// Where a sum is nothing, by Newton's steps. `at` tells the sum and how it rises; None where it cannot be told, from which the step is
/// taken by halves instead. Done when a step is below the 18th place.
fn solved(
    start: Decimal,
    mut at: impl FnMut(Decimal) -> Answer<Option<(Decimal, Decimal)>>,
) -> Answer<Option<Decimal>> {
    let close = Decimal::from_i128_with_scale(1, 18);
    let (mut from, mut step) = (start, Decimal::ZERO);
    for _ in 0..ROUNDS {
        let Some(next) = from.checked_add(step) else { return Ok(None) };
        match at(next)? {
            None => step = number::divide(step, Decimal::TWO)?.unwrap_or_default(),
            Some((sum, slope)) => {
                let Some(towards) = sum.checked_div(slope) else { return Ok(None) };
                (from, step) = (next, -towards);
                if step.abs() <= close {
                    return Ok(from.checked_add(step));
                }
            }
        }
    }
    Ok(None)
}

fn both_ways(mut flows: impl Iterator<Item = Decimal> + Clone) -> bool {
    flows.clone().any(|flow| flow < Decimal::ZERO) && flows.any(|flow| flow > Decimal::ZERO)
}

/// The rate at which flows, one for each period and the first one now, are worth nothing. What is looked for is what 1 of the next
/// period is worth in this one: a polynomial, without powers below zero.
fn rate_of(flows: &[Decimal], guess: Decimal, context: &mut Context<'_>) -> Answer<Option<Decimal>> {
    let each = number::add(Decimal::ONE, guess)?;
    if each <= Decimal::ZERO || !both_ways(flows.iter().copied()) {
        return Ok(None);
    }
    let start = number::divide(Decimal::ONE, each)?.unwrap_or(Decimal::ONE);
    let found = solved(start, |factor| {
        context.charge(flows.len() / 4 + 1)?;
        Ok(if factor > Decimal::ZERO { worth(flows, factor) } else { None })
    })?;
    let Some(each) = found.and_then(|factor| Decimal::ONE.checked_div(factor)) else { return Ok(None) };
    Ok(Some(number::rounded_to(number::subtract(each, Decimal::ONE)?, 15)))
}

/// What the flows are worth now, and how that rises with the factor; None where it is too large.
fn worth(flows: &[Decimal], factor: Decimal) -> Option<(Decimal, Decimal)> {
    flows.iter().rev().try_fold((Decimal::ZERO, Decimal::ZERO), |(worth, slope), flow| {
        let slope = slope.checked_mul(factor)?.checked_add(worth)?;
        Some((worth.checked_mul(factor)?.checked_add(*flow)?, slope))
    })
}

/// Flows and how many years after the first of them they are.
fn dated(given: &Given<'_>, index: usize, context: &mut Context<'_>) -> Answer<Vec<(Decimal, Decimal)>> {
    let (flows, days) = (given.list(index)?, given.list(index + 1)?);
    context.charge_list(flows.len().min(days.len()))?;
    let known = flows.iter().zip(days).filter_map(|(flow, day)| Some((flow.as_decimal()?, day.as_date()?)));
    let known: Vec<_> = known.collect();
    let Some((_, first)) = known.first().copied() else { return Ok(Vec::new()) };
    let years = |day| number::divide(days_between(first, day).into(), 365.into()).map(Option::unwrap_or_default);
    known.into_iter().map(|(flow, day)| Ok((flow, years(day)?))).collect()
}

/// What the flows are worth on the first day when money grows by e to that power in a year, and how that rises with the power.
fn dated_worth(flows: &[(Decimal, Decimal)], growth: Decimal) -> Answer<(Decimal, Decimal)> {
    let (mut worth, mut slope) = (Decimal::ZERO, Decimal::ZERO);
    for (flow, years) in flows {
        let now = number::multiply(*flow, number::exponential(-number::multiply(growth, *years)?)?)?;
        worth = number::add(worth, now)?;
        slope = number::subtract(slope, number::multiply(now, *years)?)?;
    }
    Ok((worth, slope))
}

fn periods(given: &Given<'_>) -> Answer<Option<Decimal>> {
    let (rate, payment, present) = (given.decimal(0)?, given.decimal(1)?, given.decimal(2)?);
    let later = decimal_or(given, 3, Decimal::ZERO)?;
    if rate.is_zero() {
        return number::divide(-number::add(present, later)?, payment);
    }
    let each = number::add(Decimal::ONE, rate)?;
    let paid = if whole_or(given, 4, 0)? != 0 { number::multiply(payment, each)? } else { payment };
    let left = number::subtract(paid, number::multiply(later, rate)?)?;
    let ratio = number::divide(left, number::add(paid, number::multiply(present, rate)?)?)?;
    match (ratio.and_then(number::logarithm), number::logarithm(each)) {
        (Some(ratio), Some(each)) => Ok(number::divide(ratio, each)?.map(number::rounded)),
        _ => Ok(None),
    }
}

/// The rate of the amount now, the payments, and what is left at the end.
fn paid_off_at(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Option<Decimal>> {
    let (periods, payment) = (given.whole(0)?, given.decimal(1)?);
    let (present, later) = (given.decimal(2)?, decimal_or(given, 3, Decimal::ZERO)?);
    let early = whole_or(given, 4, 0)? != 0;
    if periods < 1 {
        return Ok(None);
    }
    context.charge_list(usize::try_from(periods.saturating_add(1)).unwrap_or(usize::MAX))?;
    let flow = |period: i64| {
        let due = if early { period < periods } else { period > 0 };
        let paid = if due { payment } else { Decimal::ZERO };
        let first = if period == 0 { present } else { Decimal::ZERO };
        let last = if period == periods { later } else { Decimal::ZERO };
        number::add(number::add(paid, first)?, last)
    };
    let flows = (0..=periods).map(flow).collect::<Answer<Vec<_>>>()?;
    rate_of(&flows, decimal_or(given, 5, Decimal::ZERO)?, context)
}
