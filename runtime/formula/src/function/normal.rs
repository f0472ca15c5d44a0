//! The normal distribution, by a series whose terms are all positive, so that no digits are lost. Shares and heights have 15 places,
//! what they are read back to has 12.

use model::{Decimal, Value};

use super::number::{self, Answer};
use crate::evaluate::{Context, Given};

functions! { Statistics;
    NORM_S_DIST "(value: number, below?: bool) -> number"
    "The share of a normal distribution with mean 0 and deviation 1 that is below the value, or the height of its curve there when `below` is false; to 15 places."
    "标准正态分布中小于该值的概率；below 为假时为该处的概率密度；保留 15 位小数。"
    ["NORM_S_DIST(1.96, true)" => "0.97500210485178", "NORM_S_DIST(0, true)" => "0.5", "NORM_S_DIST(1, false)" => "0.241970724519143"]
    Answers Some(|given, context| {
        context.charge(STEPS)?;
        let value = given.decimal(0)?;
        let found = if below_wanted(given, 1) { share_below(value)? } else { height(value)? };
        Ok(number::rounded_to(found, 15).into())
    });

    NORM_DIST "(value: number, mean: number, deviation: number, below?: bool) -> number"
    "The share of a normal distribution that is below the value, or the height of its curve there when `below` is false; to 15 places. Null when there is no deviation."
    "正态分布中小于该值的概率；below 为假时为该处的概率密度；保留 15 位小数。标准差不为正时为空。"
    ["NORM_DIST(42, 40, 1.5, true)" => "0.908788780274132", "NORM_DIST(42, 40, 1.5, false)" => "0.109340049783996", "NORM_DIST(1, 1, 0, true)" => "null"]
    Answers Some(|given, context| {
        context.charge(STEPS)?;
        let deviation = given.decimal(2)?;
        if deviation <= Decimal::ZERO {
            return Ok(Value::Null);
        }
        let apart = number::subtract(given.decimal(0)?, given.decimal(1)?)?;
        let value = number::divide(apart, deviation)?.unwrap_or_default();
        if below_wanted(given, 3) {
            return Ok(number::rounded_to(share_below(value)?, 15).into());
        }
        Ok(number::divide(height(value)?, deviation)?.map(|found| number::rounded_to(found, 15)).into())
    });

    NORM_S_INV "(share: number) -> number"
    "The value below which that share of a normal distribution with mean 0 and deviation 1 is, to 12 places. Null of a share that is not between 0 and 1, or nearer to either than 15 places tell."
    "标准正态分布的分位数：小于它的概率等于该值，保留 12 位小数。不在 0 和 1 之间（或与两端相差不足 15 位小数）时为空。"
    ["NORM_S_INV(0.975)" => "1.95996398454", "NORM_S_INV(0.5)" => "0", "NORM_S_INV(1)" => "null"]
    Answers Some(|given, context| {
        let found = value_above(given.decimal(0)?, context)?;
        Ok(found.map(|value| number::rounded_to(value, 12)).into())
    });

    NORM_INV "(share: number, mean: number, deviation: number) -> number"
    "The value below which that share of a normal distribution is, to 12 places; null as of `NORM_S_INV`, and when there is no deviation."
    "正态分布的分位数：小于它的概率等于该值，保留 12 位小数；为空的情形同 NORM_S_INV，标准差不为正时也为空。"
    ["NORM_INV(0.9, 100, 15)" => "119.223273483169", "NORM_INV(0.9, 100, 0)" => "null"]
    Answers Some(|given, context| {
        let deviation = given.decimal(2)?;
        let found = value_above(given.decimal(0)?, context)?.filter(|_| deviation > Decimal::ZERO);
        let Some(value) = found else { return Ok(Value::Null) };
        let value = number::add(given.decimal(1)?, number::multiply(value, deviation)?)?;
        Ok(number::rounded_to(value, 12).into())
    });
}

/// What one distribution costs.
const STEPS: usize = 128;

/// Terms of the series, at most; as far as [`FARTHEST`] they are below the 20th place before.
const TERMS: u32 = 400;

/// Deviations from the mean, beyond which there is nothing in 15 places.
const FARTHEST: Decimal = Decimal::TEN;

/// Steps towards a value, at most.
const ROUNDS: usize = 64;

fn below_wanted(given: &Given<'_>, index: usize) -> bool {
    given.at(index) != &Value::Bool(false)
}

/// The root of 2π, to 28 places.
fn root_of_circle() -> Decimal {
    Decimal::from_i128_with_scale(25_066_282_746_310_005_024_157_652_848, 28)
}

/// The height of the curve: e to the power of −value² ÷ 2, by the root of 2π.
fn height(value: Decimal) -> Answer<Decimal> {
    if value.abs() > FARTHEST {
        return Ok(Decimal::ZERO);
    }
    let power = number::divide(number::multiply(value, value)?, Decimal::TWO)?.unwrap_or_default();
    Ok(number::divide(number::exponential(-power)?, root_of_circle())?.unwrap_or_default())
}

/// The share below a value: half, and the height times value + value³ ÷ 3 + value⁵ ÷ 15 + value⁷ ÷ 105 …
fn share_below(value: Decimal) -> Answer<Decimal> {
    let size = value.abs();
    if size > FARTHEST {
        return Ok(if value.is_sign_negative() { Decimal::ZERO } else { Decimal::ONE });
    }
    let square = number::multiply(size, size)?;
    let nothing = Decimal::from_i128_with_scale(1, 20);
    let (mut term, mut sum) = (size, size);
    for count in 1..TERMS {
        term = number::divide(number::multiply(term, square)?, (2 * count + 1).into())?.unwrap_or_default();
        sum = number::add(sum, term)?;
        if term < nothing {
            break;
        }
    }
    // Divided by e to the power of +value² ÷ 2, which far out has more digits than its inverse.
    let power = number::divide(square, Decimal::TWO)?.unwrap_or_default();
    let whole = number::multiply(number::exponential(power)?, root_of_circle())?;
    let beside = number::divide(sum, whole)?.unwrap_or_default();
    let half = Decimal::from_i128_with_scale(5, 1);
    if value.is_sign_negative() { number::subtract(half, beside) } else { number::add(half, beside) }
}

/// The value that has the share below it. From the middle outwards every step falls short of it, so that none goes too far.
fn value_above(share: Decimal, context: &mut Context<'_>) -> Answer<Option<Decimal>> {
    let rest = number::subtract(Decimal::ONE, share)?;
    let (upper, edge) = (share.max(rest), Decimal::from_i128_with_scale(1, 15));
    if share < edge || rest < edge {
        return Ok(None);
    }
    let close = Decimal::from_i128_with_scale(1, 13);
    let mut value = Decimal::ZERO;
    for _ in 0..ROUNDS {
        context.charge(STEPS)?;
        let short = number::subtract(upper, share_below(value)?)?;
        let Some(step) = number::divide(short, height(value)?)? else { return Ok(None) };
        value = number::add(value, step)?;
        if step.abs() <= close {
            return Ok(Some(if share < rest { -value } else { value }));
        }
    }
    Ok(None)
}
