//! Money over time. Rates are for one period and as fractions (0.05 is 5 per cent); what one pays is negative, as in a spreadsheet.
//! Results are exact as far as 28 digits go: round them where they are money.

use model::{Decimal, Value};

use super::number::{self, Answer, decimal_or, whole_or};
use crate::evaluate::Given;

functions! { Finance;
    PMT "(rate: number, periods: whole, present: number, future?: number, early?: whole) -> number"
    "What is paid each period to pay off an amount; `early` is 1 when paid at the start of a period. Null without periods."
    "等额分期每期付款额；early 为 1 表示期初付款；期数为 0 时为空。"
    ["ROUND(PMT(0.01, 12, 10000), 2)" => "-888.49", "PMT(0, 4, 1000)" => "-250"]
    Answers Some(|given, _| Ok(payment(given)?.into()));

    IPMT "(rate: number, period: whole, periods: whole, present: number) -> number"
    "The interest within the payment of a period, counted from 1."
    "等额分期中某一期所付的利息。"
    ["ROUND(IPMT(0.01, 1, 12, 10000), 2)" => "-100", "IPMT(0.01, 13, 12, 10000)" => "null"]
    Answers Some(|given, _| Ok(parts(given)?.map(|parts| parts.0).into()));

    PPMT "(rate: number, period: whole, periods: whole, present: number) -> number"
    "What is paid back within the payment of a period, counted from 1."
    "等额分期中某一期所还的本金。"
    ["ROUND(PPMT(0.01, 1, 12, 10000), 2)" => "-788.49"]
    Answers Some(|given, _| Ok(parts(given)?.map(|parts| parts.1).into()));

    FV "(rate: number, periods: whole, payment: number, present?: number, early?: whole) -> number"
    "What payments grow to."
    "定期定额投资的终值。"
    ["ROUND(FV(0.05, 3, -100), 2)" => "315.25", "FV(0, 3, -100, -50)" => "350"]
    Answers Some(|given, _| {
        let (payment, present) = (given.decimal(2)?, decimal_or(given, 3, Decimal::ZERO)?);
        Ok(future(given.decimal(0)?, given.whole(1)?, payment, present, whole_or(given, 4, 0)? != 0)?.into())
    });

    PV "(rate: number, periods: whole, payment: number, future?: number, early?: whole) -> number"
    "What payments to come are worth today."
    "定期定额付款的现值。"
    ["ROUND(PV(0.05, 3, -100), 2)" => "272.32", "PV(0, 3, -100)" => "300"]
    Answers Some(|given, _| {
        let (payment, later) = (given.decimal(2)?, decimal_or(given, 3, Decimal::ZERO)?);
        let Some(growth) = Growth::of(given.decimal(0)?, given.whole(1)?, whole_or(given, 4, 0)? != 0)? else {
            return Ok(Value::Null);
        };
        let paid = number::add(number::multiply(payment, growth.annuity)?, later)?;
        Ok(number::divide(-paid, growth.factor)?.into())
    });

    NPV "(rate: number, flows...: numbers) -> number"
    "What flows at the end of the coming periods are worth today; nulls are passed over. Null at a rate of −1."
    "一系列期末现金流的净现值；忽略空值，利率为 −1 时为空。"
    ["ROUND(NPV(0.1, -10000, 3000, 4200, 6800), 2)" => "1188.44", "NPV(-1, 5)" => "null"]
    Answers Some(|given, context| {
        let factor = number::add(Decimal::ONE, given.decimal(0)?)?;
        let flows = number::numbers(&Given(given.all().get(1..).unwrap_or_default()), context)?;
        // From the last to the first: one division for each.
        let mut worth = Decimal::ZERO;
        for flow in flows.into_iter().rev() {
            let Some(earlier) = number::divide(number::add(worth, flow)?, factor)? else { return Ok(Value::Null) };
            worth = earlier;
        }
        Ok(worth.into())
    });

    SLN "(cost: number, salvage: number, periods: whole) -> number"
    "What an asset loses each period when it loses the same in all; null without periods."
    "直线法每期折旧额；期数为 0 时为空。"
    ["SLN(30000, 7500, 10)" => "2250"]
    Answers Some(|given, _| {
        let lost = number::subtract(given.decimal(0)?, given.decimal(1)?)?;
        Ok(number::divide(lost, given.whole(2)?.into())?.into())
    });

    SYD "(cost: number, salvage: number, periods: whole, period: whole) -> number"
    "What an asset loses in a period, counted from 1, by the sum of the digits of its years; null outside."
    "年数总和法某一期的折旧额；期数不在范围内时为空。"
    ["SYD(30000, 7500, 10, 1)" => "4090.9090909090909090909090909", "SYD(1, 0, 3, 4)" => "null"]
    Answers Some(|given, _| {
        let (periods, period) = (given.whole(2)?, given.whole(3)?);
        if period < 1 || period > periods {
            return Ok(Value::Null);
        }
        let lost = number::subtract(given.decimal(0)?, given.decimal(1)?)?;
        let digits = number::multiply(periods.into(), number::add(periods.into(), Decimal::ONE)?)?;
        let share = number::multiply(number::multiply(lost, (periods - period + 1).into())?, Decimal::TWO)?;
        Ok(number::divide(share, digits)?.into())
    });

    CAGR "(first: number, last: number, periods: number) -> number"
    "By what part an amount grew each period on average, to 20 places; null when it cannot be told."
    "复合增长率，保留 20 位小数；无法计算时为空。"
    ["CAGR(100, 121, 2)" => "0.1", "CAGR(0, 5, 2)" => "null"]
    Answers Some(|given, context| {
        context.charge(128)?;
        let (Some(ratio), Some(part)) = (
            number::divide(given.decimal(1)?, given.decimal(0)?)?,
            number::divide(Decimal::ONE, given.decimal(2)?)?,
        ) else {
            return Ok(Value::Null);
        };
        if ratio.is_sign_negative() {
            return Ok(Value::Null);
        }
        let grown = number::power(ratio, part)?;
        Ok(grown.map(|grown| number::subtract(grown, Decimal::ONE).map(number::rounded)).transpose()?.into())
    });

    PROGRESSIVE "(amount: number, marks: list of number, rates: list of number) -> number"
    "An amount taken in slices, each at its own rate: the rates apply from 0 and from each mark on, so there is one more of them than marks. Null when there is not."
    "分级累进计算：每一档按各自比率计算后合计；rates 比 marks 多一个，否则为空。"
    ["PROGRESSIVE(50000, [36000, 144000], [0.03, 0.1, 0.2])" => "2480", "PROGRESSIVE(1, [1], [0.1])" => "null"]
    Answers Some(|given, context| {
        let (marks, rates) = (number::listed(given, 1, context)?, number::listed(given, 2, context)?);
        if rates.len() != marks.len() + 1 {
            return Ok(Value::Null);
        }
        let (amount, mut from, mut sum) = (given.decimal(0)?, Decimal::ZERO, Decimal::ZERO);
        let ends = marks.into_iter().map(Some).chain([None]);
        for (end, rate) in ends.zip(rates) {
            let to = end.map_or(amount, |end| end.min(amount));
            if to > from {
                sum = number::add(sum, number::multiply(number::subtract(to, from)?, rate)?)?;
            }
            from = end.unwrap_or(amount);
        }
        Ok(sum.into())
    });
}

/// What 1 grows to over the periods, and what 1 paid in every period grows to.
struct Growth {
    factor: Decimal,
    annuity: Decimal,
}

impl Growth {
    fn of(rate: Decimal, periods: i64, early: bool) -> Answer<Option<Self>> {
        let each = number::add(Decimal::ONE, rate)?;
        let Some(factor) = number::power(each, periods.into())? else { return Ok(None) };
        let annuity = match number::divide(number::subtract(factor, Decimal::ONE)?, rate)? {
            None => Decimal::from(periods),
            Some(annuity) if early => number::multiply(annuity, each)?,
            Some(annuity) => annuity,
        };
        Ok(Some(Self { factor, annuity }))
    }
}

fn future(rate: Decimal, periods: i64, payment: Decimal, present: Decimal, early: bool) -> Answer<Option<Decimal>> {
    let Some(growth) = Growth::of(rate, periods, early)? else { return Ok(None) };
    let grown = number::multiply(present, growth.factor)?;
    number::add(grown, number::multiply(payment, growth.annuity)?).map(|sum| Some(-sum))
}

fn payment(given: &Given<'_>) -> Answer<Option<Decimal>> {
    let later = decimal_or(given, 3, Decimal::ZERO)?;
    let Some(growth) = Growth::of(given.decimal(0)?, given.whole(1)?, whole_or(given, 4, 0)? != 0)? else {
        return Ok(None);
    };
    let owed = number::add(number::multiply(given.decimal(2)?, growth.factor)?, later)?;
    number::divide(-owed, growth.annuity)
}

/// Interest and repayment within one payment.
fn parts(given: &Given<'_>) -> Answer<Option<(Decimal, Decimal)>> {
    let (rate, period, periods) = (given.decimal(0)?, given.whole(1)?, given.whole(2)?);
    if period < 1 || period > periods {
        return Ok(None);
    }
    let present = given.at(3).clone();
    let Some(payment) = payment(&Given(&[rate.into(), periods.into(), present]))? else { return Ok(None) };
    let Some(left) = future(rate, period - 1, payment, given.decimal(3)?, false)? else { return Ok(None) };
    let interest = number::multiply(left, rate)?;
    Ok(Some((interest, number::subtract(payment, interest)?)))
}
