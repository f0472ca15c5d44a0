//! Steps with decimals that several functions share. Sums, products and quotients are exact as far as 28 digits go. Roots have
//! these 28 digits too; logarithms and powers with a fraction are rounded to [`PLACES`].

use model::{Decimal, Value};
use rust_decimal::{MathematicalOps, prelude::ToPrimitive};

use crate::{
    EvaluateError,
    evaluate::{Context, Given, whole},
};

pub(super) type Answer<T = Value> = Result<T, EvaluateError>;

/// Decimal places of what has no exact answer.
const PLACES: u32 = 20;

/// Rounds of a root; each doubles the digits once it is near, and halves the number before.
const ROUNDS: usize = 128;

fn exact(number: Option<Decimal>) -> Answer<Decimal> {
    number.ok_or(EvaluateError::Overflow)
}

pub(super) fn add(a: Decimal, b: Decimal) -> Answer<Decimal> {
    exact(a.checked_add(b))
}

pub(super) fn subtract(a: Decimal, b: Decimal) -> Answer<Decimal> {
    exact(a.checked_sub(b))
}

pub(super) fn multiply(a: Decimal, b: Decimal) -> Answer<Decimal> {
    exact(a.checked_mul(b))
}

/// None by zero.
pub(super) fn divide(a: Decimal, b: Decimal) -> Answer<Option<Decimal>> {
    if b.is_zero() { Ok(None) } else { exact(a.checked_div(b)).map(Some) }
}

pub(super) fn sum(numbers: impl IntoIterator<Item = Decimal>) -> Answer<Decimal> {
    numbers.into_iter().try_fold(Decimal::ZERO, add)
}

pub(super) fn mean(numbers: &[Decimal]) -> Answer<Option<Decimal>> {
    divide(sum(numbers.iter().copied())?, numbers.len().into())
}

/// The sum of the squared distances from the mean; None of nothing.
pub(super) fn squares(numbers: &[Decimal]) -> Answer<Option<Decimal>> {
    let Some(mean) = mean(numbers)? else { return Ok(None) };
    let squared = |sum, number: &Decimal| {
        let apart = subtract(*number, mean)?;
        add(sum, multiply(apart, apart)?)
    };
    numbers.iter().try_fold(Decimal::ZERO, squared).map(Some)
}

/// None of a negative number.
pub(super) fn root(number: Decimal) -> Option<Decimal> {
    if number.is_zero() {
        return Some(Decimal::ZERO);
    }
    if number.is_sign_negative() {
        return None;
    }
    // From above the root every step comes closer, until the last digit is reached.
    let mut best = number.checked_div(Decimal::TWO)?.max(Decimal::TWO);
    for _ in 0..ROUNDS {
        let next = number.checked_div(best)?.checked_add(best)?.checked_div(Decimal::TWO)?;
        if next >= best {
            break;
        }
        best = next;
    }
    Some(best.normalize())
}

/// The natural logarithm; None of zero and of a negative number.
pub(super) fn logarithm(number: Decimal) -> Option<Decimal> {
    if number <= Decimal::ZERO { None } else { number.checked_ln() }
}

pub(super) fn rounded(number: Decimal) -> Decimal {
    rounded_to(number, PLACES)
}

/// For what is known to fewer places than [`PLACES`].
pub(super) fn rounded_to(number: Decimal, places: u32) -> Decimal {
    model::decimal::round_half_up(number, places).normalize()
}

/// e to that power; too small a number is zero.
pub(super) fn exponential(power: Decimal) -> Answer<Decimal> {
    match power.checked_exp() {
        None if power.is_sign_negative() => Ok(Decimal::ZERO),
        number => exact(number),
    }
}

/// None where there is no answer: a negative base with a fraction, zero with a negative exponent.
pub(super) fn power(base: Decimal, exponent: Decimal) -> Answer<Option<Decimal>> {
    if exponent.is_integer() {
        let exponent = exponent.to_i64().ok_or(EvaluateError::Overflow)?;
        let made = raised(base, exponent.unsigned_abs())?;
        return if exponent < 0 { divide(Decimal::ONE, made) } else { Ok(Some(made)) };
    }
    if base.is_zero() && exponent.is_sign_positive() {
        return Ok(Some(Decimal::ZERO));
    }
    match logarithm(base) {
        Some(logarithm) => exponential(multiply(logarithm, exponent)?).map(|made| Some(rounded(made))),
        None => Ok(None),
    }
}

/// By squaring, so that no exponent takes more than 64 rounds.
fn raised(mut base: Decimal, mut exponent: u64) -> Answer<Decimal> {
    let mut made = Decimal::ONE;
    while exponent > 0 {
        if exponent % 2 == 1 {
            made = multiply(made, base)?;
        }
        exponent /= 2;
        if exponent > 0 {
            base = multiply(base, base)?;
        }
    }
    Ok(made)
}

pub(super) fn count(items: usize) -> Value {
    Value::Int(i64::try_from(items).unwrap_or(i64::MAX))
}

/// An optional number.
pub(super) fn decimal_or(given: &Given<'_>, index: usize, otherwise: Decimal) -> Answer<Decimal> {
    if given.at(index).is_null() { Ok(otherwise) } else { given.decimal(index) }
}

/// An optional whole number.
pub(super) fn whole_or(given: &Given<'_>, index: usize, otherwise: i64) -> Answer<i64> {
    if given.at(index).is_null() { Ok(otherwise) } else { given.whole(index) }
}

/// A whole number that is none above what the platform counts in; null where a fraction stands.
pub(super) fn size(value: &Value) -> Option<usize> {
    whole(value).and_then(|number| usize::try_from(number).ok())
}

/// The numbers among the arguments and the lists among them, nulls passed over.
pub(super) fn numbers(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Vec<Decimal>> {
    let mut found = Vec::new();
    for value in given.all() {
        let items = value.as_list().unwrap_or(std::slice::from_ref(value));
        context.charge_list(found.len() + items.len())?;
        found.extend(items.iter().filter_map(Value::as_decimal));
    }
    Ok(found)
}

/// The numbers of one list, nulls passed over.
pub(super) fn listed(given: &Given<'_>, index: usize, context: &mut Context<'_>) -> Answer<Vec<Decimal>> {
    let items = given.list(index)?;
    context.charge_list(items.len())?;
    Ok(items.iter().filter_map(Value::as_decimal).collect())
}

/// [`listed`], from small to large, paid for as a sort costs.
pub(super) fn ascending(given: &Given<'_>, index: usize, context: &mut Context<'_>) -> Answer<Vec<Decimal>> {
    context.charge(given.list(index)?.len().saturating_mul(3))?;
    let mut items = listed(given, index, context)?;
    items.sort_unstable();
    Ok(items)
}

/// Two lists side by side, pairs with a null left out.
pub(super) fn pairs(
    given: &Given<'_>,
    one: usize,
    other: usize,
    context: &mut Context<'_>,
) -> Answer<Vec<(Decimal, Decimal)>> {
    let (one, other) = (given.list(one)?, given.list(other)?);
    context.charge_list(one.len().min(other.len()))?;
    Ok(one.iter().zip(other).filter_map(|(a, b)| Some((a.as_decimal()?, b.as_decimal()?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_end_at_the_last_digit() {
        let shown = |text: &str| root(text.parse().unwrap()).unwrap().to_string();
        assert_eq!(shown("2"), "1.4142135623730950488016887242");
        assert_eq!(shown("144"), "12");
        assert_eq!(shown("0.0001"), "0.01");
        assert_eq!(shown("0.0000000000000000000000000001"), "0.00000000000001");
        assert_eq!(shown("79228162514264337593543950335"), "281474976710656");
        for number in 1..2_000 {
            let number = Decimal::from(number);
            assert_eq!(root(number * number), Some(number));
        }
    }

    #[test]
    fn powers_with_a_fraction() {
        let made = |base: &str, exponent: &str| {
            power(base.parse().unwrap(), exponent.parse().unwrap()).unwrap().map(|made| made.to_string())
        };
        assert_eq!(made("9", "0.5").as_deref(), Some("3"));
        assert_eq!(made("2", "0.5").as_deref(), Some("1.4142135623730950488"));
        assert_eq!(made("-8", "0.5"), None);
        assert_eq!(made("0", "-1"), None);
        assert_eq!(made("0", "0.5").as_deref(), Some("0"));
        assert_eq!(exponential((-1000).into()), Ok(Decimal::ZERO));
        assert_eq!(exponential(1000.into()), Err(EvaluateError::Overflow));
    }
}
