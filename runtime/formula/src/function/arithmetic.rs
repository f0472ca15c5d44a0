//! Numbers and rounding. Rounding is half away from zero; whole numbers stay whole where the signature says `N`.

use model::{Decimal, Value};
use rust_decimal::{RoundingStrategy, prelude::ToPrimitive};

use super::number::{self, Answer};
use crate::{
    Arithmetic, EvaluateError,
    evaluate::{Context, Given, arithmetic, divide, negate},
};

functions! { Arithmetic;
    ABS "(value: N) -> N"
    "The number without its sign."
    "返回数字的绝对值。"
    ["ABS(-3)" => "3", "ABS(2.5)" => "2.5"]
    Answers Some(abs);

    SIGN "(value: number) -> whole"
    "1 for a positive number, -1 for a negative one, 0 for zero."
    "正数返回 1，负数返回 -1，零返回 0。"
    ["SIGN(-8)" => "-1", "SIGN(0)" => "0"]
    Answers Some(|given, _| {
        let number = given.decimal(0)?;
        Ok(Value::Int(if number.is_zero() { 0 } else if number.is_sign_negative() { -1 } else { 1 }))
    });

    ROUND "(value: number, places?: whole) -> number"
    "The number rounded to that many decimal places, halves away from zero; without places to a whole number."
    "按指定小数位四舍五入；不写位数则取整。"
    ["ROUND(2.675, 2)" => "2.68", "ROUND(-2.5)" => "-3", "ROUND(1250, -2)" => "1300"]
    Answers Some(|given, _| rounded(given, RoundingStrategy::MidpointAwayFromZero));

    ROUNDUP "(value: number, places?: whole) -> number"
    "The number rounded away from zero."
    "向远离零的方向舍入。"
    ["ROUNDUP(2.121, 2)" => "2.13", "ROUNDUP(-2.1)" => "-3"]
    Answers Some(|given, _| rounded(given, RoundingStrategy::AwayFromZero));

    ROUNDDOWN "(value: number, places?: whole) -> number"
    "The number rounded towards zero."
    "向零的方向舍去。"
    ["ROUNDDOWN(2.129, 2)" => "2.12", "ROUNDDOWN(-2.9)" => "-2"]
    Answers Some(|given, _| rounded(given, RoundingStrategy::ToZero));

    TRUNC "(value: number, places?: whole) -> number"
    "The number cut after that many decimal places."
    "按指定小数位截断。"
    ["TRUNC(9.99)" => "9", "TRUNC(9.987, 1)" => "9.9"]
    Answers Some(|given, _| rounded(given, RoundingStrategy::ToZero));

    CEILING "(value: number, step?: number) -> number"
    "The smallest multiple of the step that is not below the number; the step is 1 when left out."
    "向上取到步长的整数倍；不写步长则为 1。"
    ["CEILING(2.1)" => "3", "CEILING(23, 5)" => "25", "CEILING(-2.5)" => "-2"]
    Answers Some(|given, _| stepped(given, RoundingStrategy::ToPositiveInfinity));

    FLOOR "(value: number, step?: number) -> number"
    "The largest multiple of the step that is not above the number; the step is 1 when left out."
    "向下取到步长的整数倍；不写步长则为 1。"
    ["FLOOR(2.9)" => "2", "FLOOR(23, 5)" => "20", "FLOOR(-2.5)" => "-3"]
    Answers Some(|given, _| stepped(given, RoundingStrategy::ToNegativeInfinity));

    MROUND "(value: number, step: number) -> number"
    "The multiple of the step nearest to the number."
    "取最接近的步长整数倍。"
    ["MROUND(23, 5)" => "25", "MROUND(1.3, 0.5)" => "1.5"]
    Answers Some(|given, _| stepped(given, RoundingStrategy::MidpointAwayFromZero));

    INT "(value: number) -> whole"
    "The largest whole number that is not above the number."
    "向下取整，返回整数。"
    ["INT(7.9)" => "7", "INT(-7.1)" => "-8"]
    Answers Some(|given, _| given.decimal(0)?.floor().to_i64().map(Value::Int).ok_or(EvaluateError::Overflow));

    MOD "(value: N, divisor: N) -> N"
    "The remainder with the sign of the divisor; null by zero."
    "求余数，符号与除数相同；除数为零时为空。"
    ["MOD(7, 3)" => "1", "MOD(-7, 3)" => "2", "MOD(1, 0)" => "null"]
    Answers Some(modulo);

    QUOTIENT "(value: number, divisor: number) -> whole"
    "The whole part of a division; null by zero."
    "返回商的整数部分；除数为零时为空。"
    ["QUOTIENT(17, 5)" => "3", "QUOTIENT(-17, 5)" => "-3", "QUOTIENT(1, 0)" => "null"]
    Answers Some(|given, _| match divide(given.at(0), given.at(1))?.as_decimal() {
        Some(number) => number.trunc().to_i64().map(Value::Int).ok_or(EvaluateError::Overflow),
        None => Ok(Value::Null),
    });

    POWER "(base: number, exponent: number) -> number"
    "The base multiplied with itself; a negative exponent divides. Exact for whole exponents, otherwise to 20 places; null of a negative base with a fraction."
    "乘幂；负指数取倒数。整数指数为精确值，小数指数保留 20 位小数；负底数的小数次幂为空。"
    ["POWER(2, 10)" => "1024", "POWER(1.1, 2)" => "1.21", "POWER(2, -2)" => "0.25", "POWER(0, -1)" => "null", "POWER(27, 1 / 3)" => "3"]
    Answers Some(|given, context| {
        context.charge(128)?;
        Ok(number::power(given.decimal(0)?, given.decimal(1)?)?.into())
    });

    SQRT "(value: number) -> number"
    "The square root to 28 digits; null of a negative number."
    "平方根，保留 28 位有效数字；负数返回空。"
    ["SQRT(144)" => "12", "SQRT(2)" => "1.4142135623730950488016887242", "SQRT(-1)" => "null"]
    Answers Some(|given, context| {
        context.charge(64)?;
        Ok(number::root(given.decimal(0)?).into())
    });

    MIN "(values...: numbers) -> N"
    "The smallest number; nulls are passed over, null when there is none."
    "最小值；忽略空值，没有数字时为空。"
    ["MIN(3, 1, 2)" => "1", "MIN([4, null, 2.5])" => "2.5"]
    Meets Some(|given, context| Ok(numbers(given, context)?.into_iter().reduce(smaller).unwrap_or_default()));

    MAX "(values...: numbers) -> N"
    "The largest number; nulls are passed over, null when there is none."
    "最大值；忽略空值，没有数字时为空。"
    ["MAX(3, 1, 2)" => "3", "MAX(0, -1.5)" => "0"]
    Meets Some(|given, context| Ok(numbers(given, context)?.into_iter().reduce(larger).unwrap_or_default()));

    SUM "(values...: numbers) -> N"
    "The sum; nulls are passed over, 0 when there is none."
    "求和；忽略空值，没有数字时为 0。"
    ["SUM(1, 2, 3)" => "6", "SUM([0.1, 0.2, null])" => "0.3"]
    Meets Some(|given, context| total(&numbers(given, context)?));

    AVERAGE "(values...: numbers) -> number"
    "The mean; nulls are passed over, null when there is none."
    "平均值；忽略空值，没有数字时为空。"
    ["AVERAGE(1, 2, 6)" => "3", "AVERAGE([1, null, 2])" => "1.5"]
    Meets Some(|given, context| {
        let numbers = numbers(given, context)?;
        divide(&total(&numbers)?, &number::count(numbers.len()))
    });

    PRODUCT "(values...: numbers) -> N"
    "The product; nulls are passed over, null when there is none."
    "求积；忽略空值，没有数字时为空。"
    ["PRODUCT(2, 3, 4)" => "24", "PRODUCT([1.5, null, 2])" => "3"]
    Meets Some(|given, context| {
        let mut numbers = numbers(given, context)?.into_iter();
        let Some(first) = numbers.next() else { return Ok(Value::Null) };
        numbers.try_fold(first, |product, number| arithmetic(Arithmetic::Multiply, &product, &number))
    });

    CLAMP "(value: N, low: N, high: N) -> N"
    "The number, but not below the low bound nor above the high one."
    "把数字限制在下限和上限之间。"
    ["CLAMP(130, 0, 120)" => "120", "CLAMP(-5, 0, 120)" => "0"]
    Answers Some(|given, _| Ok(smaller(larger(given.at(0).clone(), given.at(1).clone()), given.at(2).clone())));

    PERCENT "(part: number, whole: number) -> number"
    "The part of the whole in percentage points; null of zero."
    "占比，以百分点表示；总数为零时为空。"
    ["PERCENT(3, 8)" => "37.5", "PERCENT(1, 0)" => "null"]
    Answers Some(|given, _| {
        divide(&arithmetic(Arithmetic::Multiply, &given.decimal(0)?.into(), &Value::Int(100))?, given.at(1))
    });

    WEIGHTED_MEAN "(values: list of number, weights: list of number) -> number"
    "The mean of the values, each counting as much as its weight. Pairs with a null are passed over; null when the weights sum to 0."
    "按权重求平均；值或权重为空的项忽略，权重合计为 0 时为空。"
    ["WEIGHTED_MEAN([90, 80], [60, 40])" => "86", "WEIGHTED_MEAN([90, null], [60, 40])" => "90", "WEIGHTED_MEAN([90], [0])" => "null"]
    Meets Some(|given, context| {
        let pairs = number::pairs(given, 0, 1, context)?;
        let weights = number::sum(pairs.iter().map(|pair| pair.1))?;
        Ok(number::divide(products(&pairs)?, weights)?.into())
    });

    SUMPRODUCT "(values: list of number, factors: list of number) -> number"
    "The sum of each value times its factor; pairs with a null are passed over."
    "对应项相乘后求和；有空值的项忽略。"
    ["SUMPRODUCT([2, 3], [10, 100])" => "320"]
    Meets Some(|given, context| Ok(products(&number::pairs(given, 0, 1, context)?)?.into()));

    ISEVEN "(value: whole) -> bool"
    "Whether the whole number is even."
    "判断整数是否为偶数。"
    ["ISEVEN(4)" => "true", "ISEVEN(-3)" => "false"]
    Answers Some(|given, _| Ok((given.whole(0)? % 2 == 0).into()));

    ISODD "(value: whole) -> bool"
    "Whether the whole number is odd."
    "判断整数是否为奇数。"
    ["ISODD(4)" => "false", "ISODD(-3)" => "true"]
    Answers Some(|given, _| Ok((given.whole(0)? % 2 != 0).into()));
}

fn abs(given: &Given<'_>, _: &mut Context<'_>) -> Answer {
    match given.at(0) {
        Value::Decimal(number) => Ok(number.abs().into()),
        Value::Int(number) if *number < 0 => negate(given.at(0)),
        other => Ok(other.clone()),
    }
}

fn smaller(a: Value, b: Value) -> Value {
    if b.compare(&a).is_some_and(std::cmp::Ordering::is_lt) { b } else { a }
}

fn larger(a: Value, b: Value) -> Value {
    if b.compare(&a).is_some_and(std::cmp::Ordering::is_gt) { b } else { a }
}

/// The numbers among the arguments and the lists among them, nulls passed over.
fn numbers(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Vec<Value>> {
    let mut found = Vec::new();
    for value in given.all() {
        let items = value.as_list().unwrap_or(std::slice::from_ref(value));
        context.charge_list(found.len() + items.len())?;
        found.extend(items.iter().filter(|item| item.as_decimal().is_some()).cloned());
    }
    Ok(found)
}

fn total(numbers: &[Value]) -> Answer {
    numbers.iter().try_fold(Value::Int(0), |sum, number| arithmetic(Arithmetic::Add, &sum, number))
}

/// The sum of the products, two by two.
pub(super) fn products(pairs: &[(Decimal, Decimal)]) -> Answer<Decimal> {
    pairs.iter().try_fold(Decimal::ZERO, |sum, (a, b)| number::add(sum, number::multiply(*a, *b)?))
}

fn ten_to(exponent: i64) -> Option<Decimal> {
    let exponent = u32::try_from(exponent).ok().filter(|exponent| *exponent <= 28)?;
    Some(Decimal::from_i128_with_scale(10_i128.checked_pow(exponent)?, 0))
}

fn rounded(given: &Given<'_>, strategy: RoundingStrategy) -> Answer {
    let number = given.decimal(0)?;
    let places = if given.is_given(1) { given.whole(1)? } else { 0 };
    if let Ok(places) = u32::try_from(places) {
        return Ok(number.round_dp_with_strategy(places, strategy).into());
    }
    let Some(unit) = ten_to(places.saturating_neg()) else { return Ok(Value::Int(0)) };
    to_multiple(number, unit, strategy)
}

fn stepped(given: &Given<'_>, strategy: RoundingStrategy) -> Answer {
    let step = if given.is_given(1) { given.decimal(1)?.abs() } else { Decimal::ONE };
    to_multiple(given.decimal(0)?, step, strategy)
}

fn to_multiple(number: Decimal, step: Decimal, strategy: RoundingStrategy) -> Answer {
    if step.is_zero() {
        return Ok(Value::Null);
    }
    let times = number.checked_div(step).ok_or(EvaluateError::Overflow)?.round_dp_with_strategy(0, strategy);
    times.checked_mul(step).map(Value::Decimal).ok_or(EvaluateError::Overflow)
}

fn modulo(given: &Given<'_>, _: &mut Context<'_>) -> Answer {
    if let (Value::Int(value), Value::Int(divisor)) = (given.at(0), given.at(1)) {
        if *divisor == 0 {
            return Ok(Value::Null);
        }
        let rest = value.wrapping_rem(*divisor);
        return Ok(Value::Int(if rest != 0 && (rest < 0) != (*divisor < 0) { rest + divisor } else { rest }));
    }
    let (value, divisor) = (given.decimal(0)?, given.decimal(1)?);
    if divisor.is_zero() {
        return Ok(Value::Null);
    }
    let rest = value.checked_rem(divisor).ok_or(EvaluateError::Overflow)?;
    let apart = !rest.is_zero() && rest.is_sign_negative() != divisor.is_sign_negative();
    let rest = if apart { rest.checked_add(divisor) } else { Some(rest) };
    rest.map(Value::Decimal).ok_or(EvaluateError::Overflow)
}
