//! Exact numbers on SQLite, where a decimal is an integer times a power of ten. Numbers of different places are compared
//! without multiplying, so that nothing can overflow; arithmetic that would leave 64 bits is not known.

use formula::{Arithmetic, Comparison};
use model::{Decimal, Value};
use rust_decimal::prelude::ToPrimitive;

use crate::sql::{Column, Printer};

/// A number in SQL with its places.
pub(crate) struct Scaled {
    pub(crate) sql: String,
    pub(crate) scale: u32,
}

pub(crate) fn power(places: u32) -> i64 {
    10_i64.checked_pow(places).unwrap_or(i64::MAX)
}

/// The whole number of units of so many places that is nearest to a number and not below it, or not above it: a value of
/// these places is below the number exactly when it is below the former, and above it when it is above the latter. What
/// 64 bits do not hold is the utmost that they do.
pub(crate) fn whole(number: Decimal, places: u32, up: bool) -> i64 {
    let (negative, factor) = (number.is_sign_negative(), Decimal::from(power(places)));
    let product = number.checked_mul(factor).unwrap_or(if negative { Decimal::MIN } else { Decimal::MAX });
    let whole = if up { product.ceil() } else { product.floor() };
    whole.to_i64().unwrap_or(if negative { i64::MIN } else { i64::MAX })
}

impl Printer<'_> {
    /// Compares a number in SQL with a known one.
    pub(crate) fn compare_constant(&mut self, op: Comparison, left: &Scaled, right: Decimal) -> String {
        let sql = &left.sql;
        let factor = Decimal::from(power(left.scale));
        // Where the product leaves even a decimal, its sign decides.
        let product =
            right.checked_mul(factor).unwrap_or(if right.is_sign_negative() { Decimal::MIN } else { Decimal::MAX });
        let known = |flag: bool| format!("(CASE WHEN {sql} IS NOT NULL THEN {} END)", i32::from(flag));
        match product.floor().to_i64() {
            Some(whole) if product.fract().is_zero() => {
                let parameter = self.bind(Value::Int(whole), Column::Int);
                format!("{sql} {} {parameter}", word(op))
            }
            Some(whole) => {
                let op = match op {
                    Comparison::Equal => return known(false),
                    Comparison::NotEqual => return known(true),
                    Comparison::Less | Comparison::LessOrEqual => Comparison::LessOrEqual,
                    Comparison::Greater | Comparison::GreaterOrEqual => Comparison::Greater,
                };
                let parameter = self.bind(Value::Int(whole), Column::Int);
                format!("{sql} {} {parameter}", word(op))
            }
            None => known(match op {
                Comparison::Equal => false,
                Comparison::NotEqual => true,
                Comparison::Less | Comparison::LessOrEqual => product.is_sign_positive(),
                Comparison::Greater | Comparison::GreaterOrEqual => product.is_sign_negative(),
            }),
        }
    }
}

/// Compares two numbers in SQL.
pub(crate) fn compare(op: Comparison, left: &Scaled, right: &Scaled) -> String {
    if left.scale == right.scale {
        return format!("{} {} {}", left.sql, word(op), right.sql);
    }
    if left.scale > right.scale {
        return compare(flipped(op), right, left);
    }
    // The finer number falls into whole units of the coarser one and a rest of the same sign.
    let (a, b, k) = (&left.sql, &right.sql, power(right.scale - left.scale));
    let op = word(op);
    format!("(CASE WHEN {a} IS NOT NULL AND {b} IS NOT NULL THEN ({a}, 0) {op} ({b} / {k}, {b} % {k}) END)")
}

/// Adds, subtracts or multiplies two numbers in SQL.
pub(crate) fn arithmetic(op: Arithmetic, left: &Scaled, right: &Scaled) -> Scaled {
    let raise = |number: &Scaled, scale: u32| {
        if number.scale < scale {
            format!("{} * {}", number.sql, power(scale - number.scale))
        } else {
            number.sql.clone()
        }
    };
    let (expression, scale) = match op {
        Arithmetic::Multiply => (format!("{} * {}", left.sql, right.sql), left.scale + right.scale),
        Arithmetic::Add | Arithmetic::Subtract => {
            let scale = left.scale.max(right.scale);
            let sign = if op == Arithmetic::Add { '+' } else { '-' };
            (format!("{} {sign} {}", raise(left, scale), raise(right, scale)), scale)
        }
    };
    // An integer that overflows becomes a float without a word; a float is not what was meant.
    Scaled { sql: format!("(SELECT CASE typeof(v) WHEN 'integer' THEN v END FROM (SELECT {expression} AS v))"), scale }
}

pub(crate) fn word(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// The comparison with its sides exchanged.
pub(crate) fn flipped(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}
