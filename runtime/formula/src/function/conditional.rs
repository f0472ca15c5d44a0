//! Sums, counts and extremes of the values beside which something stands. Lists read through the same children field stand side by
//! side; an item passes when every key beside it equals the one asked for.

use std::cmp::Ordering;

use model::Value;

use super::number::{self, Answer};
use crate::{
    Arithmetic, Comparison,
    evaluate::{Context, Given, arithmetic, divide, equal, truth},
};

functions! { List;
    COUNTIFS "(keys: list of any, key: any, more...: any) -> whole"
    "How many items have the key, and every further key in its list."
    "各列表中同时等于对应值的项数：列表和值成对给出。"
    ["COUNTIFS([\"a\", \"b\", \"a\"], \"a\", [1, 1, 2], 1)" => "1"]
    Meets Some(|given, context| {
        let length = given.list(0)?.len();
        Ok(number::count(places(given, 0, length, context)?.len()))
    });

    SUMIFS "(values: list of N, keys: list of any, key: any, more...: any) -> N"
    "The sum of the values beside which the key stands, and every further key in its list; nulls are passed over."
    "对同时满足各条件的项求和：列表和值成对给出；忽略空值。"
    ["SUMIFS([10, 20, 40], [\"a\", \"b\", \"a\"], \"a\", [1, 1, 2], 1)" => "10"]
    Meets Some(|given, context| {
        kept(given, context)?.into_iter().try_fold(Value::Int(0), |sum, value| arithmetic(Arithmetic::Add, &sum, value))
    });

    AVERAGEIFS "(values: list of number, keys: list of any, key: any, more...: any) -> number"
    "The mean of the values beside which the key stands, and every further key in its list; null when there is none."
    "对同时满足各条件的项求平均：列表和值成对给出；没有时为空。"
    ["AVERAGEIFS([10, 20, 40], [\"a\", \"b\", \"a\"], \"a\")" => "25", "AVERAGEIFS([10], [\"a\"], \"x\")" => "null"]
    Meets Some(|given, context| {
        let values = kept(given, context)?;
        let count = number::count(values.len());
        let sum = values.into_iter().try_fold(Value::Int(0), |sum, value| arithmetic(Arithmetic::Add, &sum, value))?;
        divide(&sum, &count)
    });

    MAXIFS "(values: list of N, keys: list of any, key: any, more...: any) -> N"
    "The largest of the values beside which the key stands, and every further key in its list; null when there is none."
    "同时满足各条件的项中的最大值：列表和值成对给出；没有时为空。"
    ["MAXIFS([10, 20, 40], [\"a\", \"b\", \"a\"], \"a\")" => "40", "MAXIFS([10], [\"a\"], \"x\")" => "null"]
    Meets Some(|given, context| extreme(given, Ordering::Greater, context));

    MINIFS "(values: list of N, keys: list of any, key: any, more...: any) -> N"
    "The smallest of the values beside which the key stands, and every further key in its list; null when there is none."
    "同时满足各条件的项中的最小值：列表和值成对给出；没有时为空。"
    ["MINIFS([10, 20, 40], [\"a\", \"b\", \"a\"], \"a\")" => "10"]
    Meets Some(|given, context| extreme(given, Ordering::Less, context));

    AVERAGEIF "(keys: list of T, key: T, values: list of number) -> number"
    "The mean of the values whose key equals the given one; null when there is none."
    "对键等于指定值的项求平均；没有时为空。"
    ["AVERAGEIF([\"a\", \"b\", \"a\"], \"a\", [1, 2, 4])" => "2.5"]
    Meets Some(|given, context| {
        let (keys, values) = (given.list(0)?, given.list(2)?);
        context.charge(keys.len())?;
        let fits = keys.iter().zip(values).filter(|(key, _)| equal(key, given.at(1)) == Some(true));
        let values: Vec<_> = fits.filter_map(|(_, value)| value.as_decimal()).collect();
        Ok(number::mean(&values)?.into())
    });

    EACH "(values: list of T, comparison: text, value: T) -> list of bool"
    "For each value whether it is `==`, `!=`, `<`, `<=`, `>` or `>=` the given one, null where it is not known; for `FILTER_BY`, `COUNT_TRUE` and others. Null for another comparison."
    "逐项比较（==、!=、<、<=、>、>=），返回真假列表，可用于 FILTER_BY、COUNT_TRUE 等；其他比较符为空。"
    ["EACH([55, 60, null], \">=\", 60)" => "[false, true, null]", "SUM(FILTER_BY([1, 5, 9], EACH([1, 5, 9], \">\", 4)))" => "14"]
    Meets Some(|given, context| {
        let comparison = match given.at(1).as_text().unwrap_or_default().trim() {
            "==" | "=" => Comparison::Equal,
            "!=" | "<>" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return Ok(Value::Null),
        };
        let items = given.list(0)?;
        context.charge_list(items.len())?;
        Ok(Value::List(items.iter().map(|item| comparison.holds(item, given.at(2)).into()).collect()))
    });

    COUNT_TRUE "(flags: list of bool) -> whole"
    "How many items are true."
    "列表中为真的项数。"
    ["COUNT_TRUE([true, false, true, null])" => "2"]
    Meets Some(|given, context| {
        context.charge(given.list(0)?.len())?;
        Ok(number::count(given.list(0)?.iter().filter(|flag| truth(flag) == Some(true)).count()))
    });

    SHARE_TRUE "(flags: list of bool) -> number"
    "How many per cent of the items are true; nulls are passed over, null when there is none."
    "列表中为真的占比（百分点）；忽略空值，没有时为空。"
    ["SHARE_TRUE([true, false, true, true, null])" => "75", "SHARE_TRUE(EACH([5, 4, 2, 1], \">=\", 4))" => "50"]
    Meets Some(|given, context| {
        let flags = given.list(0)?;
        context.charge(flags.len())?;
        let known = flags.iter().filter_map(truth).count();
        let held = flags.iter().filter(|flag| truth(flag) == Some(true)).count();
        let part = number::multiply(held.into(), model::Decimal::ONE_HUNDRED)?;
        Ok(number::divide(part, known.into())?.into())
    });

    STREAK "(flags: list of bool) -> whole"
    "How many items at the end of the list are true without a false between them; nulls are passed over."
    "列表末尾连续为真的次数；空值跳过、不中断。"
    ["STREAK([true, false, true, null, true])" => "2", "STREAK([true, false])" => "0"]
    Meets Some(|given, context| {
        context.charge(given.list(0)?.len())?;
        Ok(number::count(given.list(0)?.iter().rev().filter_map(truth).take_while(|flag| *flag).count()))
    });

    LONGEST_STREAK "(flags: list of bool) -> whole"
    "The most items that are true without a false between them; nulls are passed over."
    "连续为真的最多次数；空值跳过、不中断。"
    ["LONGEST_STREAK([true, true, null, true, false, true])" => "3"]
    Meets Some(|given, context| {
        context.charge(given.list(0)?.len())?;
        let (mut longest, mut streak) = (0_usize, 0_usize);
        for flag in given.list(0)?.iter().filter_map(truth) {
            streak = if flag { streak + 1 } else { 0 };
            longest = longest.max(streak);
        }
        Ok(number::count(longest))
    });
}

/// The places below `length` where every list, from the argument at `first` on, holds the key after it.
fn places(given: &Given<'_>, first: usize, length: usize, context: &mut Context<'_>) -> Answer<Vec<usize>> {
    let mut places: Vec<usize> = (0..length).collect();
    let mut index = first;
    while given.is_given(index) {
        let (items, key) = (given.list(index)?, given.at(index + 1));
        context.charge_list(places.len())?;
        places.retain(|place| items.get(*place).is_some_and(|item| equal(item, key) == Some(true)));
        index += 2;
    }
    Ok(places)
}

/// The known values in the first list that pass.
fn kept<'a>(given: &'a Given<'_>, context: &mut Context<'_>) -> Answer<Vec<&'a Value>> {
    let values = given.list(0)?;
    let places = places(given, 1, values.len(), context)?;
    Ok(places.into_iter().filter_map(|place| values.get(place)).filter(|value| !value.is_null()).collect())
}

fn extreme(given: &Given<'_>, wanted: Ordering, context: &mut Context<'_>) -> Answer {
    let best = kept(given, context)?.into_iter().reduce(|a, b| if b.compare(a) == Some(wanted) { b } else { a });
    Ok(best.cloned().into())
}
