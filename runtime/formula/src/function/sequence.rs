//! Lists made of lists, and looking things up in them.

use std::{cmp::Ordering, collections::BTreeMap};

use model::{Decimal, Value};
use rust_decimal::prelude::ToPrimitive;

use super::{
    list::{Sortable, sortable},
    number::{self, Answer, count, whole_or},
};
use crate::{
    Arithmetic,
    evaluate::{Context, Given, arithmetic, equal},
};

functions! { List;
    XLOOKUP "(key: any, keys: list of any, values: list of T, otherwise?: T) -> T"
    "The value beside the first key that equals the given one; else the last argument, or null when it is left out."
    "在 keys 中查找，返回 values 中对应的值；找不到时返回 otherwise，未写则为空。"
    ["XLOOKUP(\"b\", [\"a\", \"b\"], [1, 2])" => "2", "XLOOKUP(\"x\", [\"a\"], [1], 0)" => "0"]
    Meets Some(|given, context| {
        let (keys, values) = (given.list(1)?, given.list(2)?);
        context.charge(keys.len())?;
        let place = keys.iter().position(|key| equal(key, given.at(0)) == Some(true));
        Ok(place.and_then(|place| values.get(place)).unwrap_or(given.at(3)).clone())
    });

    APPEND "(one: list of T, other: list of T) -> list of T"
    "The items of one list and then those of the other, all of them."
    "首尾连接两个列表，不去重。"
    ["APPEND([1, 2], [2, 3])" => "[1, 2, 2, 3]"]
    Meets Some(|given, context| {
        let (one, other) = (given.list(0)?, given.list(1)?);
        context.charge_list(one.len().saturating_add(other.len()))?;
        Ok(Value::List(one.iter().chain(other).cloned().collect()))
    });

    SLICE "(list: list of T, start: whole, count: whole) -> list of T"
    "Items from a place counted from 1, at most that many."
    "从第几项起取若干项，从 1 开始。"
    ["SLICE([7, 8, 9, 10], 2, 2)" => "[8, 9]"]
    Answers Some(|given, context| {
        let skip = number::size(given.at(1)).unwrap_or(1).saturating_sub(1);
        let items = given.list(0)?;
        context.charge_list(items.len())?;
        Ok(Value::List(items.iter().skip(skip).take(number::size(given.at(2)).unwrap_or(0)).cloned().collect()))
    });

    REPEAT "(value: T, times: whole) -> list of T"
    "A list with the value several times."
    "由同一个值重复组成的列表。"
    ["REPEAT(0, 3)" => "[0, 0, 0]"]
    Meets Some(|given, context| {
        let times = number::size(given.at(1)).unwrap_or(0);
        context.charge_list(times)?;
        context.charge_text(times.saturating_mul(crate::show::length(given.at(0))))?;
        Ok(Value::List(vec![given.at(0).clone(); times]))
    });

    RANGE "(from: number, to: number, step: number) -> list of number"
    "Numbers from one to the other, the step apart; none when the step leads away or is 0."
    "从起到止按步长生成的数字列表；步长为 0 或方向相反时为空列表。"
    ["RANGE(0, 1, 0.25)" => "[0, 0.25, 0.5, 0.75, 1]", "RANGE(5, 1, -2)" => "[5, 3, 1]", "COUNT(RANGE(1, 5, -1))" => "0"]
    Answers Some(|given, context| {
        let (from, to, step) = (given.decimal(0)?, given.decimal(1)?, given.decimal(2)?);
        let steps = number::divide(number::subtract(to, from)?, step)?.map(|steps| steps.floor());
        let Some(steps) = steps.filter(|steps| !steps.is_sign_negative()) else { return Ok(Value::List(Vec::new())) };
        let items = steps.to_usize().unwrap_or(usize::MAX).saturating_add(1);
        context.charge_list(items)?;
        let made: Answer<Vec<Value>> =
            (0..items).map(|place| Ok(number::add(from, number::multiply(step, place.into())?)?.into())).collect();
        Ok(Value::List(made?))
    });

    FILL "(list: list of T, value: T) -> list of T"
    "The list with the value in place of its nulls."
    "用指定值替换列表中的空值。"
    ["FILL([1, null, 3], 0)" => "[1, 0, 3]"]
    Meets Some(|given, context| {
        let items = given.list(0)?;
        context.charge_list(items.len())?;
        Ok(Value::List(items.iter().map(|item| if item.is_null() { given.at(1) } else { item }.clone()).collect()))
    });

    MULTIPLY_EACH "(list: list of number, factor: number) -> list of number"
    "Every number times the factor; nulls stay."
    "每项乘以同一个数；空值保留。"
    ["MULTIPLY_EACH([1, 2.5, null], 2)" => "[2, 5, null]"]
    Answers Some(|given, context| each(given, context, |item| number::multiply(item, given.decimal(1)?)));

    ADD_EACH "(list: list of number, addend: number) -> list of number"
    "Every number and the addend; nulls stay."
    "每项加上同一个数；空值保留。"
    ["ADD_EACH([1, 2, null], 0.5)" => "[1.5, 2.5, null]"]
    Answers Some(|given, context| each(given, context, |item| number::add(item, given.decimal(1)?)));

    ROUND_EACH "(list: list of number, places?: whole) -> list of number"
    "Every number rounded, halves away from zero; nulls stay."
    "每项四舍五入；空值保留。"
    ["ROUND_EACH([2.675, null, 1.5], 2)" => "[2.68, null, 1.5]"]
    Answers Some(|given, context| {
        let places = u32::try_from(whole_or(given, 1, 0)?).unwrap_or(0);
        each(given, context, |item| Ok(model::decimal::round_half_up(item, places)))
    });

    CUMULATIVE "(list: list of N) -> list of N"
    "For each item the sum up to it; nulls add nothing."
    "逐项累计；空值按 0 计。"
    ["CUMULATIVE([1, 2, null, 4])" => "[1, 3, 3, 7]"]
    Meets Some(|given, context| {
        let items = given.list(0)?;
        context.charge_list(items.len())?;
        let mut sum = Value::Int(0);
        let sums = items.iter().map(|item| {
            if !item.is_null() {
                sum = arithmetic(Arithmetic::Add, &sum, item)?;
            }
            Ok(sum.clone())
        });
        Ok(Value::List(sums.collect::<Answer<_>>()?))
    });

    DIFFERENCES "(list: list of N) -> list of N"
    "By how much each item is more than the one before; one item less. Null where either is."
    "相邻两项之差（后减前），比原列表少一项；有空值处为空。"
    ["DIFFERENCES([5, 7, 4])" => "[2, -3]"]
    Meets Some(|given, context| {
        let items = given.list(0)?;
        context.charge_list(items.len())?;
        let apart = items.iter().zip(items.iter().skip(1)).map(|(before, after)| arithmetic(Arithmetic::Subtract, after, before));
        Ok(Value::List(apart.collect::<Answer<_>>()?))
    });

    RANKS "(list: list of number, ascending?: bool) -> list of whole"
    "For each number its place among them, the largest being 1, or the smallest when `ascending`; equal numbers share a place, nulls have none."
    "每项的名次，最大者为 1（ascending 为真时最小者为 1）；相同数字并列，空值无名次。"
    ["RANKS([90, 70, 85, 85, null])" => "[1, 4, 2, 2, null]"]
    Answers Some(|given, context| {
        let sorted = number::ascending(given, 0, context)?;
        let upward = given.at(1) == &Value::Bool(true);
        let place = |item: Decimal| {
            let before = if upward {
                sorted.partition_point(|other| *other < item)
            } else {
                sorted.len() - sorted.partition_point(|other| *other <= item)
            };
            count(before + 1)
        };
        Ok(Value::List(given.list(0)?.iter().map(|item| item.as_decimal().map(place).unwrap_or_default()).collect()))
    });

    COUNT_UNIQUE "(list: list of any) -> whole"
    "How many different items the list has, nulls passed over."
    "不重复的项数；忽略空值。"
    ["COUNT_UNIQUE([\"a\", \"b\", \"a\", null])" => "2"]
    Meets Some(|given, context| {
        let mut items = sortable(given, 0, context)?;
        items.sort();
        items.dedup();
        Ok(count(items.len()))
    });

    MOST_FREQUENT "(list: list of T) -> T"
    "The item that comes up most often, the first of equals; null when there is none."
    "出现次数最多的项，次数相同取最先出现的；没有时为空。"
    ["MOST_FREQUENT([\"b\", \"a\", \"a\"])" => "\"a\""]
    Meets Some(|given, context| {
        let items = sortable(given, 0, context)?;
        let mut times: BTreeMap<Sortable<'_>, usize> = BTreeMap::new();
        for item in &items {
            *times.entry(*item).or_default() += 1;
        }
        let most = times.values().copied().max();
        let found = items.iter().find(|item| times.get(item).copied() == most);
        Ok(found.map(|item| item.0.clone()).into())
    });

    TOP_SUM "(keys: list of any, values: list of N) -> N"
    "Adds up the values that share a key, and gives the largest of the sums; nulls are passed over. Null when there is none."
    "按键分组求和，返回其中最大的一个和；忽略空值，没有时为空。"
    ["TOP_SUM([\"a\", \"b\", \"a\"], [10, 15, 20])" => "30", "TOP_SUM([null], [1])" => "null"]
    Meets Some(|given, context| {
        let (keys, values) = (given.list(0)?, given.list(1)?);
        context.charge(keys.len().saturating_mul(3))?;
        let mut sums: BTreeMap<Sortable<'_>, Value> = BTreeMap::new();
        for (key, value) in keys.iter().zip(values).filter(|(key, value)| !key.is_null() && !value.is_null()) {
            let sum = sums.entry(Sortable(key)).or_insert(Value::Int(0));
            *sum = arithmetic(Arithmetic::Add, sum, value)?;
        }
        let most = sums.into_values().reduce(|a, b| if b.compare(&a) == Some(Ordering::Greater) { b } else { a });
        Ok(most.into())
    });

    SUBSET_OF "(one: list of T, other: list of T) -> bool"
    "Whether the other list has every item of the first; nulls are passed over."
    "判断第一个列表的每一项是否都在第二个列表中；忽略空值。"
    ["SUBSET_OF([1, 2], [3, 2, 1])" => "true", "SUBSET_OF([4], [1])" => "false"]
    Meets Some(|given, context| {
        let mut other = sortable(given, 1, context)?;
        other.sort();
        Ok(sortable(given, 0, context)?.iter().all(|item| other.binary_search(item).is_ok()).into())
    });
}

fn each(given: &Given<'_>, context: &mut Context<'_>, make: impl Fn(Decimal) -> Answer<Decimal>) -> Answer {
    let items = given.list(0)?;
    context.charge_list(items.len())?;
    let made = items.iter().map(|item| Ok(item.as_decimal().map(&make).transpose()?.into()));
    Ok(Value::List(made.collect::<Answer<_>>()?))
}
