//! Statistics over lists of numbers: spread, rank, percentiles, how two lists go together. Nulls are passed over; where a
//! number cannot be told (too few values, no spread) the answer is null. Names and results are those of spreadsheets.

use std::collections::BTreeMap;

use model::{Decimal, Value};
use rust_decimal::prelude::ToPrimitive;

use super::number::{self, Answer, count};
use crate::evaluate::{Context, Given};

functions! { Statistics;
    MEDIAN "(values...: numbers) -> number"
    "The middle number, or the mean of the two in the middle; nulls are passed over."
    "中位数；忽略空值。"
    ["MEDIAN(5, 1, 3)" => "3", "MEDIAN([1, 2, 3, 10])" => "2.5"]
    Meets Some(|given, context| {
        let mut numbers = number::numbers(given, context)?;
        context.charge(numbers.len().saturating_mul(3))?;
        numbers.sort_unstable();
        Ok(quantile(&numbers, Decimal::from_i128_with_scale(5, 1))?.into())
    });

    STDEV_S "(values...: numbers) -> number"
    "The standard deviation of a sample (divided by n − 1), the `STDEV` of spreadsheets; null of fewer than two."
    "样本标准差（除以 n−1），即电子表格中的 STDEV；不足两个时为空。"
    ["STDEV_S(2, 4, 4, 4, 5, 5, 7, 9)" => "2.138089935299395077476427847", "STDEV_S(1)" => "null"]
    Meets Some(|given, context| Ok(variance(given, context, 1)?.and_then(number::root).into()));

    STDEV_P "(values...: numbers) -> number"
    "The standard deviation over all values (divided by n); null of none."
    "总体标准差（除以 n）；没有数字时为空。"
    ["STDEV_P(2, 4, 4, 4, 5, 5, 7, 9)" => "2"]
    Meets Some(|given, context| Ok(variance(given, context, 0)?.and_then(number::root).into()));

    VAR_S "(values...: numbers) -> number"
    "The variance of a sample (divided by n − 1); null of fewer than two."
    "样本方差（除以 n−1）；不足两个时为空。"
    ["VAR_S(1, 2, 3, 4)" => "1.6666666666666666666666666667"]
    Meets Some(|given, context| Ok(variance(given, context, 1)?.into()));

    VAR_P "(values...: numbers) -> number"
    "The variance over all values (divided by n); null of none."
    "总体方差（除以 n）；没有数字时为空。"
    ["VAR_P(2, 4, 4, 4, 5, 5, 7, 9)" => "4"]
    Meets Some(|given, context| Ok(variance(given, context, 0)?.into()));

    DEVSQ "(values...: numbers) -> number"
    "The sum of the squared distances from the mean."
    "与平均值偏差的平方和。"
    ["DEVSQ(1, 2, 3, 4)" => "5"]
    Meets Some(|given, context| {
        let numbers = number::numbers(given, context)?;
        Ok(number::squares(&numbers)?.into())
    });

    AVEDEV "(values...: numbers) -> number"
    "The mean distance from the mean."
    "与平均值偏差的平均绝对值。"
    ["AVEDEV(1, 2, 3, 6)" => "1.5"]
    Meets Some(|given, context| {
        let numbers = number::numbers(given, context)?;
        let Some(mean) = number::mean(&numbers)? else { return Ok(Value::Null) };
        let apart = numbers.iter().map(|item| number::subtract(*item, mean).map(|apart| apart.abs()));
        Ok(number::mean(&apart.collect::<Answer<Vec<_>>>()?)?.into())
    });

    GEOMEAN "(values...: numbers) -> number"
    "The geometric mean, to 20 places; null when a number is not positive."
    "几何平均值，保留 20 位小数；有非正数时为空。"
    ["GEOMEAN(4, 9)" => "6", "GEOMEAN(1, 0)" => "null"]
    Meets Some(|given, context| {
        let numbers = number::numbers(given, context)?;
        context.charge(numbers.len().saturating_mul(64))?;
        let Some(logarithms) = numbers.iter().map(|item| number::logarithm(*item)).collect::<Option<Vec<_>>>() else {
            return Ok(Value::Null);
        };
        let Some(mean) = number::mean(&logarithms)? else { return Ok(Value::Null) };
        Ok(number::rounded(number::exponential(mean)?).into())
    });

    HARMEAN "(values...: numbers) -> number"
    "The harmonic mean; null when a number is not positive."
    "调和平均值；有非正数时为空。"
    ["HARMEAN(2, 6)" => "3", "HARMEAN(1, 0)" => "null"]
    Meets Some(|given, context| {
        let numbers = number::numbers(given, context)?;
        if numbers.iter().any(|item| *item <= Decimal::ZERO) {
            return Ok(Value::Null);
        }
        let parts = numbers.iter().map(|item| number::divide(Decimal::ONE, *item).map(Option::unwrap_or_default));
        let sum = parts.sum_of()?;
        Ok(number::divide(numbers.len().into(), sum)?.map(number::rounded).into())
    });

    TRIMMEAN "(values: list of number, share: number) -> number"
    "The mean without the extremes: that share of the values (0 to 1) is left out, half at either end; null of another share."
    "去掉极端值后的平均值：按比例（0 到 1）两端各去掉一半；比例不在范围内时为空。"
    ["TRIMMEAN([1, 2, 3, 4, 100], 0.4)" => "3", "TRIMMEAN([1, 2, 3], 2)" => "null"]
    Answers Some(|given, context| {
        let numbers = number::ascending(given, 0, context)?;
        let share = given.decimal(1)?;
        if share.is_sign_negative() || share >= Decimal::ONE {
            return Ok(Value::Null);
        }
        let cut = number::multiply(share, numbers.len().into())?.checked_div(Decimal::TWO).and_then(|cut| cut.to_usize());
        let kept = cut.and_then(|cut| numbers.get(cut..numbers.len().checked_sub(cut)?));
        Ok(number::mean(kept.unwrap_or_default())?.into())
    });

    MODE "(values: list of number) -> number"
    "The number that comes up most often, the first of equals; null when none comes up twice."
    "出现次数最多的数字，次数相同取最先出现的；没有重复时为空。"
    ["MODE([3, 1, 3, 2])" => "3", "MODE([1, 2])" => "null"]
    Meets Some(|given, context| {
        context.charge(given.list(0)?.len().saturating_mul(3))?;
        let numbers = number::listed(given, 0, context)?;
        let mut times: BTreeMap<Decimal, usize> = BTreeMap::new();
        for item in &numbers {
            *times.entry(*item).or_default() += 1;
        }
        let most = times.values().copied().max().filter(|most| *most > 1);
        let found = most.and_then(|most| numbers.iter().find(|item| times.get(*item) == Some(&most)));
        Ok(found.copied().into())
    });

    PERCENTILE "(values: list of number, share: number) -> number"
    "The number below which that share of the values (0 to 1) lies, between two of them in proportion; null of another share."
    "百分位数：按比例（0 到 1）在相邻数字间插值；比例不在范围内时为空。"
    ["PERCENTILE([1, 2, 3, 4], 0.5)" => "2.5", "PERCENTILE([1, 2, 3, 4], 0.9)" => "3.7", "PERCENTILE([1], 2)" => "null"]
    Answers Some(|given, context| Ok(quantile(&number::ascending(given, 0, context)?, given.decimal(1)?)?.into()));

    PERCENTILE_NEAREST "(values: list of number, share: number) -> number"
    "The smallest of the values that at least that share of them (0 to 1) does not exceed (nearest rank)."
    "最近序位法的百分位数：不小于该比例（0 到 1）数据的最小值。"
    ["PERCENTILE_NEAREST([15, 20, 35, 40, 50], 0.3)" => "20", "PERCENTILE_NEAREST([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9)" => "9"]
    Answers Some(|given, context| {
        let numbers = number::ascending(given, 0, context)?;
        let share = given.decimal(1)?;
        if share.is_sign_negative() || share > Decimal::ONE {
            return Ok(Value::Null);
        }
        let rank = number::multiply(share, numbers.len().into())?.ceil().to_usize().unwrap_or(0).max(1);
        Ok(numbers.get(rank - 1).copied().into())
    });

    QUARTILE "(values: list of number, quarter: whole) -> number"
    "The smallest (0), the first quartile (1), the median (2), the third quartile (3) or the largest (4) of the values."
    "四分位数：0 为最小值，1 为下四分位，2 为中位数，3 为上四分位，4 为最大值。"
    ["QUARTILE([1, 2, 3, 4], 1)" => "1.75", "QUARTILE([1, 2, 3, 4], 4)" => "4"]
    Answers Some(|given, context| {
        let share = number::divide(given.whole(1)?.into(), 4.into())?.unwrap_or_default();
        Ok(quantile(&number::ascending(given, 0, context)?, share)?.into())
    });

    RANK "(value: number, among: list of number, ascending?: bool) -> whole"
    "The place of the number among the others, the largest being 1, or the smallest when `ascending`; equal numbers share a place."
    "数字在列表中的名次，最大者为 1（ascending 为真时最小者为 1）；相同数字并列。"
    ["RANK(85, [90, 85, 85, 70])" => "2", "RANK(85, [90, 85, 85, 70], true)" => "2", "RANK(70, [90, 85, 70], true)" => "1"]
    Answers Some(|given, context| {
        let place = Place::find(given, context)?;
        Ok(count(1 + if given.at(2) == &Value::Bool(true) { place.below } else { place.above }))
    });

    RANK_AVG "(value: number, among: list of number, ascending?: bool) -> number"
    "As `RANK`, but equal numbers get the mean of the places they take."
    "同 RANK，但相同数字取其名次的平均值。"
    ["RANK_AVG(85, [90, 85, 85, 70])" => "2.5"]
    Answers Some(|given, context| {
        let place = Place::find(given, context)?;
        let before = if given.at(2) == &Value::Bool(true) { place.below } else { place.above };
        let shared = number::divide((place.same.max(1) - 1).into(), Decimal::TWO)?.unwrap_or_default();
        Ok(number::add((before + 1).into(), shared)?.into())
    });

    RANK_DENSE "(value: number, among: list of number, ascending?: bool) -> whole"
    "As `RANK`, but no place is left out after equal numbers."
    "同 RANK，但并列之后名次不跳号。"
    ["RANK_DENSE(70, [90, 85, 85, 70])" => "3"]
    Answers Some(|given, context| {
        let mut items = number::ascending(given, 1, context)?;
        items.dedup();
        let value = given.decimal(0)?;
        let below = items.partition_point(|item| *item < value);
        let upward = given.at(2) == &Value::Bool(true);
        Ok(count(1 + if upward { below } else { items.len() - items.partition_point(|item| *item <= value) }))
    });

    PERCENTRANK "(value: number, among: list of number, least?: whole) -> number"
    "How many per cent of the others the number is above: 100 · (rank − 1) ÷ (n − 1), equal numbers sharing the lowest rank. Null among fewer than `least`, 2 when left out."
    "百分等级：100 ×（名次 − 1）÷（n − 1），名次从小到大，相同数字取最低名次。样本少于 least（默认 2）个时为空。"
    ["PERCENTRANK(2, [0, 0, 1, 1, 2, 2, 2, 2, 4, 4], 5)" => "44.444444444444444444444444444", "PERCENTRANK(4, [1, 4], 5)" => "null"]
    Answers Some(|given, context| {
        let place = Place::find(given, context)?;
        let least = number::whole_or(given, 2, 2)?.max(2);
        if usize::try_from(least).is_ok_and(|least| place.all < least) {
            return Ok(Value::Null);
        }
        let below = number::multiply(place.below.into(), Decimal::ONE_HUNDRED)?;
        Ok(number::divide(below, (place.all - 1).into())?.into())
    });

    STANDARDIZE "(value: number, mean: number, deviation: number) -> number"
    "How many standard deviations the number is above the mean; null when there is no deviation."
    "标准分数：（数值 − 平均值）÷ 标准差；标准差不为正时为空。"
    ["STANDARDIZE(42, 40, 1.5)" => "1.3333333333333333333333333333", "STANDARDIZE(1, 1, 0)" => "null"]
    Answers Some(|given, _| {
        let deviation = given.decimal(2)?;
        if deviation <= Decimal::ZERO {
            return Ok(Value::Null);
        }
        Ok(number::divide(number::subtract(given.decimal(0)?, given.decimal(1)?)?, deviation)?.into())
    });

    COVARIANCE_P "(one: list of number, other: list of number) -> number"
    "The covariance of two lists side by side, over all pairs; pairs with a null are passed over."
    "总体协方差；有空值的项忽略。"
    ["COVARIANCE_P([1, 2, 3], [2, 4, 6])" => "1.3333333333333333333333333333"]
    Meets Some(|given, context| {
        let Some(sums) = Sums::of(given, context)? else { return Ok(Value::Null) };
        Ok(number::divide(sums.xy, sums.count.into())?.into())
    });

    COVARIANCE_S "(one: list of number, other: list of number) -> number"
    "The covariance of a sample of pairs (divided by n − 1); null of fewer than two."
    "样本协方差（除以 n−1）；不足两项时为空。"
    ["COVARIANCE_S([1, 2, 3], [2, 4, 6])" => "2"]
    Meets Some(|given, context| {
        let Some(sums) = Sums::of(given, context)? else { return Ok(Value::Null) };
        Ok(number::divide(sums.xy, (sums.count - 1).into())?.into())
    });

    CORREL "(one: list of number, other: list of number) -> number"
    "How closely two lists go together, −1 to 1, to 20 places; null of fewer than two pairs and without spread."
    "相关系数，−1 到 1，保留 20 位小数；不足两项或没有波动时为空。"
    ["CORREL([1, 2, 3], [2, 4, 6])" => "1", "CORREL([1, 2], [5, 5])" => "null"]
    Meets Some(|given, context| Ok(correlation(given, context)?.map(number::rounded).into()));

    RSQ "(one: list of number, other: list of number) -> number"
    "The square of `CORREL`: the share of one list's spread that goes with the other's."
    "相关系数的平方。"
    ["RSQ([1, 2, 3, 4], [1, 2, 3, 5])" => "0.96571428571428571429"]
    Meets Some(|given, context| {
        let Some(r) = correlation(given, context)? else { return Ok(Value::Null) };
        Ok(number::rounded(number::multiply(r, r)?).into())
    });

    SLOPE "(heights: list of number, places: list of number) -> number"
    "By how much the line that fits the pairs best rises for every 1 of the places; null without spread."
    "线性回归的斜率：第一个列表为 y，第二个为 x；x 没有波动时为空。"
    ["SLOPE([2, 4, 6], [1, 2, 3])" => "2"]
    Meets Some(|given, context| Ok(line(given, 0, context)?.map(|line| line.0).into()));

    INTERCEPT "(heights: list of number, places: list of number) -> number"
    "How high the line that fits the pairs best is at place 0; null without spread."
    "线性回归的截距：第一个列表为 y，第二个为 x；x 没有波动时为空。"
    ["INTERCEPT([3, 5, 7], [1, 2, 3])" => "1"]
    Meets Some(|given, context| Ok(line(given, 0, context)?.map(|line| line.1).into()));

    FORECAST "(place: number, heights: list of number, places: list of number) -> number"
    "How high the line that fits the pairs best is at a place; null without spread."
    "按线性回归预测：第二个列表为 y，第三个为 x；x 没有波动时为空。"
    ["FORECAST(4, [3, 5, 7], [1, 2, 3])" => "9"]
    Answers Some(|given, context| {
        let Some((slope, start)) = line(given, 1, context)? else { return Ok(Value::Null) };
        Ok(number::add(start, number::multiply(slope, given.decimal(0)?)?)?.into())
    });

    NPS "(answers: list of number) -> number"
    "Answers of 9 or 10 less answers of 0 to 6, in per cent of all answers."
    "净推荐值：9–10 分占比减去 0–6 分占比（百分点）。"
    ["NPS([10, 9, 8, 6, 10])" => "40"]
    Meets Some(|given, context| {
        let answers = number::listed(given, 0, context)?;
        let (high, low) = (Decimal::from(9), Decimal::from(6));
        let fond = answers.iter().filter(|answer| **answer >= high).count();
        let cool = answers.iter().filter(|answer| **answer <= low).count();
        let apart = number::multiply(number::subtract(fond.into(), cool.into())?, Decimal::ONE_HUNDRED)?;
        Ok(number::divide(apart, answers.len().into())?.into())
    });
}

/// Sums that may overflow.
trait SumOf: Iterator<Item = Answer<Decimal>> + Sized {
    fn sum_of(mut self) -> Answer<Decimal> {
        self.try_fold(Decimal::ZERO, |sum, item| number::add(sum, item?))
    }
}

impl<I: Iterator<Item = Answer<Decimal>>> SumOf for I {}

/// `less` is 1 for a sample.
fn variance(given: &Given<'_>, context: &mut Context<'_>, less: usize) -> Answer<Option<Decimal>> {
    let numbers = number::numbers(given, context)?;
    context.charge(numbers.len())?;
    match (number::squares(&numbers)?, numbers.len().checked_sub(less)) {
        (Some(squares), Some(divisor)) => number::divide(squares, divisor.into()),
        _ => Ok(None),
    }
}

/// Between two of the sorted numbers in proportion; none outside 0 to 1.
fn quantile(sorted: &[Decimal], share: Decimal) -> Answer<Option<Decimal>> {
    let Some(last) = sorted.len().checked_sub(1) else { return Ok(None) };
    if share.is_sign_negative() || share > Decimal::ONE {
        return Ok(None);
    }
    let place = number::multiply(share, last.into())?;
    let index = place.trunc().to_usize().unwrap_or(0);
    let Some(low) = sorted.get(index).copied() else { return Ok(None) };
    let high = sorted.get(index + 1).copied().unwrap_or(low);
    let above = number::multiply(number::subtract(high, low)?, place.fract())?;
    number::add(low, above).map(Some)
}

/// How many of a list are below, the same as and above a number.
struct Place {
    below: usize,
    same: usize,
    above: usize,
    all: usize,
}

impl Place {
    fn find(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Self> {
        let value = given.decimal(0)?;
        let items = number::listed(given, 1, context)?;
        let below = items.iter().filter(|item| **item < value).count();
        let above = items.iter().filter(|item| **item > value).count();
        Ok(Self { below, same: items.len() - below - above, above, all: items.len() })
    }
}

/// What two lists side by side sum up to, as distances from their means.
struct Sums {
    count: usize,
    means: (Decimal, Decimal),
    xx: Decimal,
    xy: Decimal,
    yy: Decimal,
}

impl Sums {
    fn of(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Option<Self>> {
        Self::at(given, 0, context)
    }

    fn at(given: &Given<'_>, index: usize, context: &mut Context<'_>) -> Answer<Option<Self>> {
        let pairs = number::pairs(given, index, index + 1, context)?;
        context.charge(pairs.len().saturating_mul(2))?;
        let (x, y): (Vec<Decimal>, Vec<Decimal>) = pairs.iter().copied().unzip();
        let (Some(mean_x), Some(mean_y)) = (number::mean(&x)?, number::mean(&y)?) else { return Ok(None) };
        let mut sums = Self {
            count: pairs.len(),
            means: (mean_x, mean_y),
            xx: Decimal::ZERO,
            xy: Decimal::ZERO,
            yy: Decimal::ZERO,
        };
        for (x, y) in pairs {
            let (x, y) = (number::subtract(x, mean_x)?, number::subtract(y, mean_y)?);
            sums.xx = number::add(sums.xx, number::multiply(x, x)?)?;
            sums.xy = number::add(sums.xy, number::multiply(x, y)?)?;
            sums.yy = number::add(sums.yy, number::multiply(y, y)?)?;
        }
        Ok(Some(sums))
    }
}

fn correlation(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Option<Decimal>> {
    let Some(sums) = Sums::of(given, context)? else { return Ok(None) };
    match (number::root(sums.xx), number::root(sums.yy)) {
        (Some(x), Some(y)) => number::divide(sums.xy, number::multiply(x, y)?),
        _ => Ok(None),
    }
}

/// Slope and height at zero of the line nearest to the pairs, whose heights are in the first list.
fn line(given: &Given<'_>, index: usize, context: &mut Context<'_>) -> Answer<Option<(Decimal, Decimal)>> {
    let Some(sums) = Sums::at(given, index, context)? else { return Ok(None) };
    let Some(slope) = number::divide(sums.xy, sums.yy)? else { return Ok(None) };
    let start = number::subtract(sums.means.0, number::multiply(slope, sums.means.1)?)?;
    Ok(Some((slope, start)))
}
