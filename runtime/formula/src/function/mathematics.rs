//! Powers, logarithms, divisors and ways to count. What has no exact answer is rounded to 20 places.

use model::{Decimal, Value};
use rust_decimal::{RoundingStrategy, prelude::ToPrimitive};

use super::number::{self, Answer};
use crate::{
    EvaluateError,
    evaluate::{Context, Given},
};

functions! { Arithmetic;
    PI "() -> number"
    "The circle's circumference divided by its diameter, to 27 places."
    "圆周率，保留 27 位小数。"
    ["PI()" => "3.141592653589793238462643383"]
    Answers Some(|_, _| Ok(Decimal::PI.round_dp(27).into()));

    EXP "(power: number) -> number"
    "The number e to that power, to 20 places."
    "e 的乘幂，保留 20 位小数。"
    ["EXP(0)" => "1", "EXP(1)" => "2.71828182845904523536"]
    Answers Some(|given, context| {
        context.charge(128)?;
        Ok(number::rounded(number::exponential(given.decimal(0)?)?).into())
    });

    LN "(value: number) -> number"
    "The natural logarithm, to 20 places; null of zero and of negative numbers."
    "自然对数，保留 20 位小数；零和负数返回空。"
    ["LN(1)" => "0", "LN(10)" => "2.30258509299404568402", "LN(0)" => "null"]
    Answers Some(|given, context| {
        context.charge(128)?;
        Ok(number::logarithm(given.decimal(0)?).map(number::rounded).into())
    });

    LOG "(value: number, base?: number) -> number"
    "The logarithm to a base, 10 when left out, to 20 places; null of zero and of negative numbers."
    "以指定数为底的对数，默认以 10 为底，保留 20 位小数；零和负数返回空。"
    ["LOG(1000)" => "3", "LOG(8, 2)" => "3", "LOG(-1)" => "null"]
    Answers Some(|given, context| logarithm(given.decimal(0)?, number::decimal_or(given, 1, Decimal::TEN)?, context));

    LOG10 "(value: number) -> number"
    "The logarithm to the base 10, to 20 places; null of zero and of negative numbers."
    "以 10 为底的对数，保留 20 位小数；零和负数返回空。"
    ["LOG10(1000)" => "3", "LOG10(2)" => "0.30102999566398119521", "LOG10(0)" => "null"]
    Answers Some(|given, context| logarithm(given.decimal(0)?, Decimal::TEN, context));

    FACT "(value: whole) -> number"
    "The product of all whole numbers from 1 to the number; null of a negative one, at most of 27."
    "阶乘；负数返回空，最大到 27。"
    ["FACT(5)" => "120", "FACT(0)" => "1", "FACT(-1)" => "null"]
    Answers Some(|given, context| {
        let value = given.whole(0)?;
        if value < 0 {
            return Ok(Value::Null);
        }
        falling(value, value.min(28), context).map(Value::Decimal)
    });

    COMBIN "(items: whole, chosen: whole) -> number"
    "In how many ways some of the items can be chosen, in any order; null when there are fewer."
    "从若干项中选取若干项的组合数；不足时为空。"
    ["COMBIN(5, 2)" => "10", "COMBIN(49, 6)" => "13983816", "COMBIN(2, 5)" => "null"]
    Answers Some(combinations);

    PERMUT "(items: whole, chosen: whole) -> number"
    "In how many orders some of the items can be chosen; null when there are fewer."
    "从若干项中选取若干项的排列数；不足时为空。"
    ["PERMUT(5, 2)" => "20", "PERMUT(3, 3)" => "6"]
    Answers Some(|given, context| {
        let (items, chosen) = (given.whole(0)?, given.whole(1)?);
        if chosen < 0 || chosen > items {
            return Ok(Value::Null);
        }
        falling(items, chosen, context).map(Value::Decimal)
    });

    GCD "(values...: whole) -> whole"
    "The greatest whole number that divides all of them."
    "最大公约数。"
    ["GCD(24, 36)" => "12", "GCD(5, 0)" => "5"]
    Answers Some(|given, context| {
        context.charge(given.all().len().saturating_mul(64))?;
        let mut divisor = 0;
        for index in 0..given.all().len() {
            divisor = common(divisor, given.whole(index)?.unsigned_abs());
        }
        i64::try_from(divisor).map(Value::Int).map_err(|_| EvaluateError::Overflow)
    });

    LCM "(values...: whole) -> whole"
    "The smallest whole number that all of them divide; 0 when one is 0."
    "最小公倍数；有一个为 0 时为 0。"
    ["LCM(4, 6)" => "12", "LCM(3, 0)" => "0"]
    Answers Some(|given, context| {
        context.charge(given.all().len().saturating_mul(64))?;
        let mut multiple: u64 = 1;
        for index in 0..given.all().len() {
            let value = given.whole(index)?.unsigned_abs();
            if value == 0 {
                return Ok(Value::Int(0));
            }
            let times = value.checked_div(common(multiple, value)).unwrap_or(1);
            multiple = multiple.checked_mul(times).ok_or(EvaluateError::Overflow)?;
        }
        i64::try_from(multiple).map(Value::Int).map_err(|_| EvaluateError::Overflow)
    });

    EVEN "(value: number) -> whole"
    "The even whole number nearest to the number that is not closer to zero."
    "向远离零的方向取到最近的偶数。"
    ["EVEN(1.5)" => "2", "EVEN(3)" => "4", "EVEN(-1)" => "-2"]
    Answers Some(|given, _| outward(given.decimal(0)?, 0));

    ODD "(value: number) -> whole"
    "The odd whole number nearest to the number that is not closer to zero."
    "向远离零的方向取到最近的奇数。"
    ["ODD(1.5)" => "3", "ODD(2)" => "3", "ODD(-2)" => "-3", "ODD(0)" => "1"]
    Answers Some(|given, _| outward(given.decimal(0)?, 1));

    SUMSQ "(values...: numbers) -> number"
    "The sum of the squares; nulls are passed over."
    "平方和；忽略空值。"
    ["SUMSQ(3, 4)" => "25", "SUMSQ([1.5, null])" => "2.25"]
    Meets Some(|given, context| {
        let numbers = number::numbers(given, context)?;
        let squared = |sum, item: &Decimal| number::add(sum, number::multiply(*item, *item)?);
        Ok(numbers.iter().try_fold(Decimal::ZERO, squared)?.into())
    });

    ROUND_EVEN "(value: number, places?: whole) -> number"
    "The number rounded to that many decimal places, halves to the even digit, as statisticians and banks round."
    "按指定小数位舍入，恰为一半时取偶数（银行家舍入）。"
    ["ROUND_EVEN(2.5)" => "2", "ROUND_EVEN(2.675, 2)" => "2.68", "ROUND_EVEN(2.665, 2)" => "2.66"]
    Answers Some(|given, _| {
        let places = u32::try_from(number::whole_or(given, 1, 0)?).unwrap_or(0);
        Ok(given.decimal(0)?.round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven).into())
    });

    SIGNIFICANT "(value: number, digits: whole) -> number"
    "The number rounded to that many significant digits; null for less than one."
    "保留若干位有效数字；位数小于 1 时为空。"
    ["SIGNIFICANT(123456, 3)" => "123000", "SIGNIFICANT(0.0012345, 2)" => "0.0012"]
    Answers Some(|given, _| {
        let digits = u32::try_from(given.whole(1)?).ok().filter(|digits| *digits > 0);
        let cut = |digits| given.decimal(0).map(|value| {
            value.round_sf_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
        });
        Ok(digits.map(cut).transpose()?.flatten().into())
    });

    DIVIDE "(part: number, by: number, otherwise?: number) -> number"
    "The quotient; by zero the last value, or null when it is left out."
    "相除；除数为零时返回最后一个值，未写则为空。"
    ["DIVIDE(7, 2)" => "3.5", "DIVIDE(1, 0)" => "null", "DIVIDE(1, 0, 0)" => "0"]
    Meets Some(|given, _| match (given.at(0).as_decimal(), given.at(1).as_decimal()) {
        (Some(part), Some(by)) if !by.is_zero() => Ok(number::divide(part, by)?.into()),
        (Some(_), Some(_)) => Ok(given.at(2).clone()),
        _ => Ok(Value::Null),
    });

    BASE "(value: whole, radix: whole, length?: whole) -> text"
    "The whole number in another system of 2 to 36 digits, made that long by zeros; null of a negative number."
    "把整数转为 2 到 36 进制的文本，可用 0 补足长度；负数返回空。"
    ["BASE(10, 2)" => "\"1010\"", "BASE(255, 16, 4)" => "\"00FF\""]
    Answers Some(|given, context| {
        let (Ok(mut rest), Ok(radix @ 2..=36)) = (u64::try_from(given.whole(0)?), u64::try_from(given.whole(1)?)) else {
            return Ok(Value::Null);
        };
        let length = usize::try_from(number::whole_or(given, 2, 1)?).unwrap_or(1).max(1);
        context.charge_text(length.saturating_add(64))?;
        let mut digits = Vec::new();
        while rest > 0 || digits.len() < length {
            let digit = u32::try_from(rest % radix).unwrap_or(0);
            digits.push(char::from_digit(digit, 36).unwrap_or('0').to_ascii_uppercase());
            rest /= radix;
        }
        Ok(digits.into_iter().rev().collect::<String>().into())
    });

    DECIMAL "(text: text, radix: whole) -> whole"
    "The whole number a text in another system of 2 to 36 digits reads as; null when it is none."
    "把 2 到 36 进制的文本读作整数；读不出时为空。"
    ["DECIMAL(\"FF\", 16)" => "255", "DECIMAL(\"12\", 2)" => "null"]
    Answers Some(|given, _| {
        let radix = u32::try_from(given.whole(1)?).ok().filter(|radix| (2..=36).contains(radix));
        let read = |radix| i64::from_str_radix(given.text(0).unwrap_or_default(), radix).ok().filter(|read| *read >= 0);
        Ok(radix.and_then(read).into())
    });

    ROMAN "(value: whole) -> text"
    "The whole number in Roman numerals, 1 to 3999; null of others."
    "把 1 到 3999 的整数转为罗马数字；其他为空。"
    ["ROMAN(2025)" => "\"MMXXV\"", "ROMAN(0)" => "null"]
    Answers Some(|given, _| Ok(roman(given.whole(0)?).into()));
}

fn logarithm(value: Decimal, base: Decimal, context: &mut Context<'_>) -> Answer {
    context.charge(256)?;
    match (number::logarithm(value), number::logarithm(base)) {
        (Some(value), Some(base)) => Ok(number::divide(value, base)?.map(number::rounded).into()),
        _ => Ok(Value::Null),
    }
}

/// `count` factors going down from a number.
fn falling(from: i64, count: i64, context: &mut Context<'_>) -> Answer<Decimal> {
    context.charge(usize::try_from(count).unwrap_or(usize::MAX))?;
    (0..count).try_fold(Decimal::ONE, |product, less| number::multiply(product, (from - less).into()))
}

/// Multiplied and divided in turns, so that every step is whole.
fn combinations(given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    let (items, chosen) = (given.whole(0)?, given.whole(1)?);
    if chosen < 0 || chosen > items {
        return Ok(Value::Null);
    }
    let chosen = chosen.min(items - chosen);
    context.charge(usize::try_from(chosen).unwrap_or(usize::MAX))?;
    let mut ways = Decimal::ONE;
    for step in 0..chosen {
        let more = number::multiply(ways, (items - step).into())?;
        ways = number::divide(more, (step + 1).into())?.unwrap_or_default();
    }
    Ok(ways.into())
}

fn common(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a
}

/// The whole number with that rest by two, away from zero.
fn outward(value: Decimal, rest: i64) -> Answer {
    let size = value.abs().ceil().to_i64().ok_or(EvaluateError::Overflow)?;
    let size = if size % 2 == rest { Some(size) } else { size.checked_add(1) }.ok_or(EvaluateError::Overflow)?;
    Ok(Value::Int(if value.is_sign_negative() && !value.is_zero() { -size } else { size }))
}

fn roman(value: i64) -> Option<String> {
    const NUMERALS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..4000).contains(&value) {
        return None;
    }
    let (mut rest, mut made) = (value, String::new());
    for (worth, numeral) in NUMERALS {
        while rest >= worth {
            made.push_str(numeral);
            rest -= worth;
        }
    }
    Some(made)
}
