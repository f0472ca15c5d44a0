//! Lists, and values read from children. Lists read through the same children field stand side by side; nulls in a list
//! are passed over unless a function says otherwise. No list is an empty list.

use std::{cmp::Ordering, collections::BTreeSet};

use model::Value;

use crate::{
    EvaluateError,
    evaluate::{Context, Given, arithmetic, equal, truth},
    limits, show,
};

type Answer<T = Value> = Result<T, EvaluateError>;

functions! { List;
    LIST "(values...: T) -> list of T"
    "A list of the values; also written `[a, b]`."
    "由各个值组成列表，也可写作 `[a, b]`。"
    ["LIST(1, 2, 3)" => "[1, 2, 3]"]
    Meets Some(|given, context| {
        context.charge_list(given.all().len())?;
        Ok(Value::List(given.all().to_vec()))
    });

    COUNT "(list: list of any) -> whole"
    "How many items of the list are not null."
    "列表中非空项的个数。"
    ["COUNT([1, null, 3])" => "2", "COUNT([4, 5, 6])" => "3"]
    Meets Some(|given, context| counted(known(given, 0, context)?.len()));

    COUNTA "(values...: any) -> whole"
    "How many of the values are not blank."
    "非空白值的个数。"
    ["COUNTA(1, \"\", null, \"a\")" => "2"]
    Meets Some(|given, _| counted(given.all().iter().filter(|value| !super::logic::is_blank(value)).count()));

    COUNTBLANK "(values...: any) -> whole"
    "How many of the values are blank: null or an empty text; lists are taken item by item."
    "空白值（空值或空文本）的个数，列表逐项计算。"
    ["COUNTBLANK(1, \"\", null, \"a\")" => "2", "COUNTBLANK([1, null, 3])" => "1"]
    Meets Some(|given, context| {
        let mut blank = 0_usize;
        for value in given.all() {
            let items = value.as_list().unwrap_or(std::slice::from_ref(value));
            context.charge(items.len())?;
            blank += items.iter().filter(|item| super::logic::is_blank(item)).count();
        }
        counted(blank)
    });

    COUNTIF "(list: list of T, value: T) -> whole"
    "How many items equal the value."
    "列表中等于指定值的项数。"
    ["COUNTIF([\"red\", \"green\", \"red\"], \"red\")" => "2"]
    Meets Some(|given, context| {
        let items = known(given, 0, context)?;
        counted(items.iter().filter(|item| equal(item, given.at(1)) == Some(true)).count())
    });

    SUMIF "(keys: list of T, key: T, values: list of N) -> N"
    "The sum of the values whose key equals the given one."
    "对键等于指定值的项求和。"
    ["SUMIF([\"a\", \"b\", \"a\"], \"a\", [1, 2, 3])" => "4"]
    Meets Some(|given, context| {
        let (keys, values) = (given.list(0)?, given.list(2)?);
        context.charge(keys.len())?;
        let fits = keys.iter().zip(values).filter(|(key, value)| equal(key, given.at(1)) == Some(true) && !value.is_null());
        fits.map(|pair| pair.1).try_fold(Value::Int(0), |sum, value| arithmetic(crate::Arithmetic::Add, &sum, value))
    });

    FIRST "(list: list of T) -> T"
    "The first item; null when there is none."
    "列表第一项；没有时为空。"
    ["FIRST([7, 8])" => "7"]
    Meets Some(|given, _| Ok(given.list(0)?.first().cloned().unwrap_or_default()));

    LAST "(list: list of T) -> T"
    "The last item; null when there is none."
    "列表最后一项；没有时为空。"
    ["LAST([7, 8])" => "8"]
    Meets Some(|given, _| Ok(given.list(0)?.last().cloned().unwrap_or_default()));

    AT "(list: list of T, place: whole) -> T"
    "The item at that place, counted from 1, or from the end when negative; null when there is none."
    "第几项，从 1 开始，负数从末尾数；没有时为空。"
    ["AT([7, 8, 9], 2)" => "8", "AT([7, 8, 9], -1)" => "9", "AT([7], 5)" => "null"]
    Answers Some(|given, _| Ok(at(given.list(0)?, given.whole(1)?).cloned().unwrap_or_default()));

    TAKE "(list: list of T, count: whole) -> list of T"
    "The first items, at most that many."
    "取前若干项。"
    ["TAKE([7, 8, 9], 2)" => "[7, 8]"]
    Answers Some(|given, context| {
        let count = usize::try_from(given.whole(1)?).unwrap_or(0);
        made(given.list(0)?.iter().take(count).cloned(), given, context)
    });

    DROP "(list: list of T, count: whole) -> list of T"
    "The list without its first items."
    "去掉前若干项。"
    ["DROP([7, 8, 9], 2)" => "[9]"]
    Answers Some(|given, context| {
        let count = usize::try_from(given.whole(1)?).unwrap_or(0);
        made(given.list(0)?.iter().skip(count).cloned(), given, context)
    });

    REVERSE "(list: list of T) -> list of T"
    "The list from back to front."
    "把列表倒序。"
    ["REVERSE([1, 2, 3])" => "[3, 2, 1]"]
    Meets Some(|given, context| made(given.list(0)?.iter().rev().cloned(), given, context));

    COMPACT "(list: list of T) -> list of T"
    "The list without its nulls."
    "去掉列表中的空值。"
    ["COMPACT([1, null, 3])" => "[1, 3]"]
    Meets Some(|given, context| Ok(Value::List(known(given, 0, context)?.into_iter().cloned().collect())));

    SORT "(list: list of T) -> list of T"
    "The items from small to large, without nulls."
    "从小到大排序，去掉空值。"
    ["SORT([3, 1, 2])" => "[1, 2, 3]", "SORT([\"b\", null, \"a\"])" => "[\"a\", \"b\"]"]
    Meets Some(|given, context| {
        let mut items = sortable(given, 0, context)?;
        items.sort();
        Ok(Value::List(items.into_iter().map(|item| item.0.clone()).collect()))
    });

    SORT_DESC "(list: list of T) -> list of T"
    "The items from large to small, without nulls."
    "从大到小排序，去掉空值。"
    ["SORT_DESC([3, 1, 2])" => "[3, 2, 1]"]
    Meets Some(|given, context| {
        let mut items = sortable(given, 0, context)?;
        items.sort_by(|a, b| b.cmp(a));
        Ok(Value::List(items.into_iter().map(|item| item.0.clone()).collect()))
    });

    UNIQUE "(list: list of T) -> list of T"
    "Every item once, in the order they first appear, without nulls."
    "去重，保留首次出现的顺序，去掉空值。"
    ["UNIQUE([2, 1, 2, null])" => "[2, 1]"]
    Meets Some(|given, context| {
        let mut seen = BTreeSet::new();
        let items = sortable(given, 0, context)?;
        Ok(Value::List(items.into_iter().filter(|item| seen.insert(*item)).map(|item| item.0.clone()).collect()))
    });

    JOIN "(list: list of any, separator?: text) -> text"
    "The items as one text with the separator between them, a comma when left out; nulls are passed over."
    "用分隔符连接各项（默认逗号）；忽略空值。"
    ["JOIN([\"a\", null, \"b\"], \"/\")" => "\"a/b\"", "JOIN([1, 2])" => "\"1, 2\""]
    Meets Some(|given, context| {
        let separator = if given.is_given(1) { given.at(1).as_text().unwrap_or_default() } else { ", " };
        joined(known(given, 0, context)?, separator, context)
    });

    INDEX_OF "(list: list of T, item: T) -> whole"
    "The place of the first item that equals the given one, counted from 1; null when there is none."
    "某项第一次出现的位置，从 1 开始；没有时为空。"
    ["INDEX_OF([\"a\", \"b\"], \"b\")" => "2", "INDEX_OF([1], 9)" => "null"]
    Answers Some(|given, context| {
        context.charge(given.list(0)?.len())?;
        let place = given.list(0)?.iter().position(|item| equal(item, given.at(1)) == Some(true));
        place.map_or(Ok(Value::Null), |place| counted(place + 1))
    });

    MATCH "(item: T, list: list of T, kind: whole) -> whole"
    "The place, counted from 1, of the first item that equals the given one (kind 0); of the last one that is not above it in a list from small to large (1); of the last one that is not below it in a list from large to small (-1). Null when there is none, and of another kind."
    "某项在列表中的位置，从 1 开始：0 为第一个相等的项；1 为升序列表中最后一个不大于它的项；-1 为降序列表中最后一个不小于它的项。没有或其他方式时为空。"
    ["MATCH(\"b\", [\"a\", \"b\"], 0)" => "2", "MATCH(25, [10, 20, 30], 1)" => "2", "MATCH(25, [30, 20, 10], -1)" => "1", "MATCH(5, [10, 20], 1)" => "null"]
    Answers Some(|given, context| {
        let (item, items) = (given.at(0), given.list(1)?);
        context.charge(items.len())?;
        let place = match given.whole(2)? {
            0 => items.iter().position(|other| equal(other, item) == Some(true)),
            1 => items.iter().rposition(|other| other.compare(item).is_some_and(Ordering::is_le)),
            -1 => items.iter().rposition(|other| other.compare(item).is_some_and(Ordering::is_ge)),
            _ => None,
        };
        place.map_or(Ok(Value::Null), |place| counted(place + 1))
    });

    LARGEST "(list: list of N, place: whole) -> N"
    "The number at that place counted from the largest; null when there are fewer."
    "第几大的数字；不足时为空。"
    ["LARGEST([5, 9, 7], 2)" => "7"]
    Answers Some(|given, context| {
        let mut items = sortable(given, 0, context)?;
        items.sort_by(|a, b| b.cmp(a));
        Ok(usize::try_from(given.whole(1)? - 1).ok().and_then(|place| items.get(place)).map(|item| item.0.clone()).into())
    });

    SMALLEST "(list: list of N, place: whole) -> N"
    "The number at that place counted from the smallest; null when there are fewer."
    "第几小的数字；不足时为空。"
    ["SMALLEST([5, 9, 7], 2)" => "7", "SMALLEST([5], 2)" => "null"]
    Answers Some(|given, context| {
        let mut items = sortable(given, 0, context)?;
        items.sort();
        Ok(usize::try_from(given.whole(1)? - 1).ok().and_then(|place| items.get(place)).map(|item| item.0.clone()).into())
    });

    ANY_TRUE "(list: list of bool) -> bool"
    "Whether one item is true; nulls leave it open as `OR` does."
    "列表中有一项为真即为真。"
    ["ANY_TRUE([false, true])" => "true", "ANY_TRUE([false, null])" => "null"]
    Meets Some(|given, context| {
        context.charge(given.list(0)?.len())?;
        Ok(given.list(0)?.iter().map(truth).fold(Some(false), crate::evaluate::either).into())
    });

    ALL_TRUE "(list: list of bool) -> bool"
    "Whether every item is true; nulls leave it open as `AND` does. True of no items."
    "列表中每一项都为真才为真；空列表为真。"
    ["ALL_TRUE([true, true])" => "true", "ALL_TRUE([true, false])" => "false"]
    Meets Some(|given, context| {
        context.charge(given.list(0)?.len())?;
        Ok(given.list(0)?.iter().map(truth).fold(Some(true), crate::evaluate::both).into())
    });

    OVERLAPS "(one: list of T, other: list of T) -> bool"
    "Whether the lists have an item in common."
    "判断两个列表是否有共同项。"
    ["OVERLAPS([1, 2], [2, 3])" => "true", "OVERLAPS([1], [2])" => "false"]
    Meets Some(|given, context| {
        let one: BTreeSet<_> = sortable(given, 0, context)?.into_iter().collect();
        Ok(sortable(given, 1, context)?.iter().any(|item| one.contains(item)).into())
    });

    UNION "(one: list of T, other: list of T) -> list of T"
    "Every item of either list, once."
    "两个列表的并集。"
    ["UNION([1, 2], [2, 3])" => "[1, 2, 3]"]
    Meets Some(|given, context| {
        let mut seen = BTreeSet::new();
        let mut items = sortable(given, 0, context)?;
        items.extend(sortable(given, 1, context)?);
        items.retain(|item| seen.insert(*item));
        context.charge_list(items.len())?;
        Ok(Value::List(items.into_iter().map(|item| item.0.clone()).collect()))
    });

    INTERSECT "(one: list of T, other: list of T) -> list of T"
    "The items of the first list that the other has too, once."
    "两个列表的交集。"
    ["INTERSECT([1, 2, 2], [2, 3])" => "[2]"]
    Meets Some(|given, context| set(given, context, true));

    EXCEPT "(one: list of T, other: list of T) -> list of T"
    "The items of the first list that the other does not have, once."
    "第一个列表减去第二个列表。"
    ["EXCEPT([1, 2, 3], [2])" => "[1, 3]"]
    Meets Some(|given, context| set(given, context, false));

    SEQUENCE "(from: whole, to: whole) -> list of whole"
    "The whole numbers from one to the other, both included."
    "从起到止的整数列表（含两端）。"
    ["SEQUENCE(1, 4)" => "[1, 2, 3, 4]", "COUNT(SEQUENCE(3, 1))" => "0"]
    Answers Some(|given, context| {
        let (from, to) = (given.whole(0)?, given.whole(1)?);
        let items = to.checked_sub(from).and_then(|items| items.checked_add(1)).ok_or(EvaluateError::List { limit: limits::LIST })?;
        context.charge_list(usize::try_from(items).unwrap_or(0))?;
        Ok(Value::List((from..=to).map(Value::Int).collect()))
    });

    FILTER_BY "(values: list of T, keep: list of bool) -> list of T"
    "The values beside which `true` stands."
    "保留对应标记为真的值。"
    ["FILTER_BY([1, 2, 3], [true, false, true])" => "[1, 3]"]
    Meets Some(|given, context| {
        let pairs = given.list(0)?.iter().zip(given.list(1)?).filter(|pair| truth(pair.1) == Some(true));
        made(pairs.map(|pair| pair.0.clone()), given, context)
    });

    WHERE "(values: list of T, keys: list of any, key: any) -> list of T"
    "The values beside which a key equal to the given one stands."
    "保留对应键等于指定值的值。"
    ["WHERE([1, 2, 3], [\"a\", \"b\", \"a\"], \"a\")" => "[1, 3]"]
    Meets Some(|given, context| {
        let pairs = given.list(0)?.iter().zip(given.list(1)?).filter(|pair| equal(pair.1, given.at(2)) == Some(true));
        made(pairs.map(|pair| pair.0.clone()), given, context)
    });

    MAXBY "(values: list of T, by: list of any) -> T"
    "The value beside which the largest key stands, the first of equals; null when no key is known."
    "返回对应键最大的值，相同时取第一个。"
    ["MAXBY([\"a\", \"b\"], [1, 5])" => "\"b\""]
    Meets Some(|given, context| extreme(given, context, Ordering::Greater));

    MINBY "(values: list of T, by: list of any) -> T"
    "The value beside which the smallest key stands, the first of equals; null when no key is known."
    "返回对应键最小的值，相同时取第一个。"
    ["MINBY([\"a\", \"b\"], [1, 5])" => "\"a\""]
    Meets Some(|given, context| extreme(given, context, Ordering::Less));

    SORT_BY "(values: list of T, by: list of any) -> list of T"
    "The values in the order of their keys, from small to large; a value without key is left out."
    "按对应键从小到大排列；键为空的项去掉。"
    ["SORT_BY([\"a\", \"b\", \"c\"], [3, 1, 2])" => "[\"b\", \"c\", \"a\"]"]
    Meets Some(|given, context| {
        context.charge(given.list(0)?.len().saturating_mul(4))?;
        let mut pairs: Vec<_> = given.list(0)?.iter().zip(given.list(1)?).filter(|pair| !pair.1.is_null()).collect();
        pairs.sort_by(|a, b| Sortable(a.1).cmp(&Sortable(b.1)));
        made(pairs.into_iter().map(|pair| pair.0.clone()), given, context)
    });

    AS_OF "(values: list of T, from: list of date, to: list of date, day: date) -> T"
    "The value in force on the day: its `from` is not later and its `to` is not earlier or null. Of several the one with the latest `from`."
    "返回某日有效的值：开始不晚于该日，且结束不早于该日或为空；有多个时取开始最晚的。"
    ["AS_OF([\"old\", \"new\"], [\"2020-01-01\", \"2024-07-01\"], [\"2024-06-30\", null], \"2025-01-01\")" => "\"new\"",
     "AS_OF([\"old\", \"new\"], [\"2020-01-01\", \"2024-07-01\"], [\"2024-06-30\", null], \"2024-06-30\")" => "\"old\"",
     "AS_OF([\"old\"], [\"2020-01-01\"], [null], \"2019-12-31\")" => "null"]
    Meets Some(as_of);
}

/// Values of one type in their order, so that the sorted collections take them.
#[derive(Clone, Copy)]
pub(super) struct Sortable<'a>(pub(super) &'a Value);

impl Ord for Sortable<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.compare(other.0).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Sortable<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sortable<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sortable<'_> {}

fn counted(items: usize) -> Answer {
    Ok(Value::Int(i64::try_from(items).unwrap_or(i64::MAX)))
}

fn known<'a>(given: &'a Given<'_>, index: usize, context: &mut Context<'_>) -> Answer<Vec<&'a Value>> {
    let items = given.list(index)?;
    context.charge_list(items.len())?;
    Ok(items.iter().filter(|item| !item.is_null()).collect())
}

/// The known items, paid for as a sort costs.
pub(super) fn sortable<'a>(given: &'a Given<'_>, index: usize, context: &mut Context<'_>) -> Answer<Vec<Sortable<'a>>> {
    context.charge(given.list(index)?.len().saturating_mul(3))?;
    Ok(known(given, index, context)?.into_iter().map(Sortable).collect())
}

fn made(items: impl Iterator<Item = Value>, given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    context.charge_list(given.list(0)?.len())?;
    Ok(Value::List(items.collect()))
}

fn at(items: &[Value], place: i64) -> Option<&Value> {
    let index = match place {
        0 => return None,
        place if place > 0 => usize::try_from(place).ok()?.checked_sub(1)?,
        place => items.len().checked_sub(usize::try_from(place.unsigned_abs()).ok()?)?,
    };
    items.get(index)
}

pub(super) fn joined(items: Vec<&Value>, separator: &str, context: &mut Context<'_>) -> Answer {
    let length: usize = items.iter().map(|item| show::length(item) + separator.len()).sum();
    context.charge_text(length)?;
    Ok(items.into_iter().map(show::plain).collect::<Vec<_>>().join(separator).into())
}

fn set(given: &Given<'_>, context: &mut Context<'_>, common: bool) -> Answer {
    let other: BTreeSet<_> = sortable(given, 1, context)?.into_iter().collect();
    let mut seen = BTreeSet::new();
    let items = sortable(given, 0, context)?.into_iter().filter(|item| other.contains(item) == common);
    Ok(Value::List(items.filter(|item| seen.insert(*item)).map(|item| item.0.clone()).collect()))
}

fn extreme(given: &Given<'_>, context: &mut Context<'_>, wanted: Ordering) -> Answer {
    context.charge(given.list(0)?.len())?;
    let mut best: Option<(&Value, &Value)> = None;
    for pair in given.list(0)?.iter().zip(given.list(1)?) {
        let better = best.is_none_or(|best| pair.1.compare(best.1) == Some(wanted));
        if better && !pair.1.is_null() {
            best = Some(pair);
        }
    }
    Ok(best.map(|best| best.0.clone()).into())
}

fn as_of(given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    let Some(day) = given.at(3).as_date() else { return Ok(Value::Null) };
    let (values, from, to) = (given.list(0)?, given.list(1)?, given.list(2)?);
    context.charge(values.len())?;
    let mut best = None;
    for ((value, from), to) in values.iter().zip(from).zip(to) {
        let Some(start) = from.as_date() else { continue };
        let ended = to.as_date().is_some_and(|end| end < day);
        if start <= day && !ended && best.is_none_or(|(latest, _)| start > latest) {
            best = Some((start, value));
        }
    }
    Ok(best.map(|(_, value)| value.clone()).into())
}
