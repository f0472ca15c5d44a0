//! Angles. Answers have 20 places, tangents fewer where they are large; of angles beyond [`FARTHEST`] the digits of π tell nothing.

use model::{Decimal, Value};
use rust_decimal::MathematicalOps;

use super::number::{self, Answer};
use crate::evaluate::{Context, Given};

functions! { Arithmetic;
    SIN "(angle: number) -> number"
    "The sine of an angle in radians, to 20 places; null beyond a million."
    "弧度角的正弦，保留 20 位小数；绝对值超过一百万时为空。"
    ["SIN(1)" => "0.84147098480789650665", "SIN(RADIANS(30))" => "0.5", "SIN(1000001)" => "null"]
    Answers Some(|given, context| {
        Ok(angle(given, context)?.and_then(|angle| angle.checked_sin()).map(number::rounded).into())
    });

    COS "(angle: number) -> number"
    "The cosine of an angle in radians, to 20 places; null beyond a million."
    "弧度角的余弦，保留 20 位小数；绝对值超过一百万时为空。"
    ["COS(1)" => "0.5403023058681397174", "COS(0)" => "1"]
    Answers Some(|given, context| {
        Ok(angle(given, context)?.and_then(|angle| angle.checked_cos()).map(number::rounded).into())
    });

    TAN "(angle: number) -> number"
    "The tangent of an angle in radians, to 20 places; null beyond a million."
    "弧度角的正切，保留 20 位小数；绝对值超过一百万时为空。"
    ["TAN(1)" => "1.55740772465490223051", "TAN(0)" => "0"]
    Answers Some(|given, context| {
        let Some(angle) = angle(given, context)? else { return Ok(Value::Null) };
        // By sine and cosine: the library's own tangent has eight digits.
        let (Some(sine), Some(cosine)) = (angle.checked_sin(), angle.checked_cos()) else { return Ok(Value::Null) };
        Ok(number::divide(sine, cosine)?.map(number::rounded).into())
    });

    RADIANS "(degrees: number) -> number"
    "The angle in radians of one in degrees, to 20 places."
    "把角度转为弧度，保留 20 位小数。"
    ["RADIANS(180)" => "3.14159265358979323846"]
    Answers Some(|given, _| {
        let angle = number::divide(number::multiply(given.decimal(0)?, Decimal::PI)?, 180.into())?;
        Ok(angle.map(number::rounded).into())
    });

    DEGREES "(radians: number) -> number"
    "The angle in degrees of one in radians, to 20 places."
    "把弧度转为角度，保留 20 位小数。"
    ["DEGREES(1)" => "57.2957795130823208768", "DEGREES(PI())" => "180"]
    Answers Some(|given, _| {
        let angle = number::divide(number::multiply(given.decimal(0)?, 180.into())?, Decimal::PI)?;
        Ok(angle.map(number::rounded).into())
    });
}

/// The largest angle.
const FARTHEST: i64 = 1_000_000;

fn angle(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Option<Decimal>> {
    context.charge(128)?;
    let angle = given.decimal(0)?;
    Ok(Some(angle).filter(|angle| angle.abs() <= Decimal::from(FARTHEST)))
}
