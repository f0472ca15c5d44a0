//! Periods by name, as `PERIOD` writes them: `2025`, `2025-H2`, `2025-Q4`, `2025-11`, `2026-W01`; and other ways to divide time.

use jiff::civil::{ISOWeekDate, Weekday};
use model::{Date, Decimal, Value};

use super::{
    date::{end_of, months_later, quarter},
    number::{self, Answer, whole_or},
};
use crate::evaluate::{Context, Given, days_between, later};

functions! { Date;
    PERIOD "(day: day, unit: text) -> text"
    "The name of the day's year, half, quarter, month or week, in an order that sorts."
    "日期所在年、半年、季度、月或周的编号，可排序。"
    ["PERIOD(\"2025-11-05\", \"month\")" => "\"2025-11\"", "PERIOD(\"2025-11-05\", \"quarter\")" => "\"2025-Q4\"", "PERIOD(\"2025-12-29\", \"week\")" => "\"2026-W01\""]
    Answers Some(|given, context| {
        let (day, unit) = (given.day(0, context)?, Unit::parse(&given.text(1)?.to_ascii_lowercase()));
        Ok(unit.map(|unit| unit.name_of(day)).into())
    });

    PERIOD_START "(period: text) -> date"
    "The first day of a period by its name; null when it is none."
    "期间（如 2025-Q4）的第一天；不是期间时为空。"
    ["PERIOD_START(\"2025-Q4\")" => "2025-10-01", "PERIOD_START(\"2026-W01\")" => "2025-12-29", "PERIOD_START(\"2025-13\")" => "null"]
    Answers Some(|given, _| Ok(Period::read(given.text(0)?).map(|period| period.start).into()));

    PERIOD_END "(period: text) -> date"
    "The last day of a period by its name; null when it is none."
    "期间（如 2025-Q4）的最后一天；不是期间时为空。"
    ["PERIOD_END(\"2025-H1\")" => "2025-06-30", "PERIOD_END(\"2024-02\")" => "2024-02-29"]
    Answers Some(|given, _| Ok(Period::read(given.text(0)?).map(|period| period.end()).transpose()?.into()));

    PERIOD_ADD "(period: text, count: whole) -> text"
    "The name of the period that many later, or earlier when negative; null when it is none."
    "若干个期间之后（负数为之前）的期间编号；不是期间时为空。"
    ["PERIOD_ADD(\"2025-Q4\", 1)" => "\"2026-Q1\"", "PERIOD_ADD(\"2025-01\", -1)" => "\"2024-12\"", "PERIOD_ADD(\"2025-W52\", 1)" => "\"2026-W01\""]
    Answers Some(|given, _| {
        let count = given.whole(1)?;
        Ok(Period::read(given.text(0)?).map(|period| period.moved(count)).transpose()?.into())
    });

    PERIODS_BETWEEN "(later: text, earlier: text) -> whole"
    "How many periods of the same kind lie from the earlier to the later one; null when they are of different kinds."
    "同类期间之间相差几个；类型不同时为空。"
    ["PERIODS_BETWEEN(\"2026-Q1\", \"2025-Q3\")" => "2", "PERIODS_BETWEEN(\"2025-W52\", \"2026-W01\")" => "-1", "PERIODS_BETWEEN(\"2025\", \"2025-01\")" => "null"]
    Answers Some(|given, _| Ok(match (Period::read(given.text(0)?), Period::read(given.text(1)?)) {
        (Some(later), Some(earlier)) if later.unit == earlier.unit => Value::Int(later.place() - earlier.place()),
        _ => Value::Null,
    }));

    SAME_PERIOD_LAST_YEAR "(period: text) -> text"
    "The name of the period a year before; week 53 has week 52 before it. Null when it is none."
    "去年同期的期间编号；第 53 周对应去年第 52 周。不是期间时为空。"
    ["SAME_PERIOD_LAST_YEAR(\"2025-Q4\")" => "\"2024-Q4\"", "SAME_PERIOD_LAST_YEAR(\"2025-W07\")" => "\"2024-W07\""]
    Answers Some(|given, _| Ok(Period::read(given.text(0)?).and_then(|period| period.year_before()).into()));

    IN_PERIOD "(day: day, period: text) -> bool"
    "Whether the day is in a period by its name; null when it is none."
    "判断日期是否在某期间内；不是期间时为空。"
    ["IN_PERIOD(\"2025-11-05\", \"2025-Q4\")" => "true", "IN_PERIOD(\"2025-11-05\", \"2025-10\")" => "false"]
    Answers Some(|given, context| {
        let Some(period) = Period::read(given.text(1)?) else { return Ok(Value::Null) };
        Ok((period.start..=period.end()?).contains(&given.day(0, context)?).into())
    });

    FISCAL_YEAR "(day: day, first_month: whole) -> whole"
    "The year that begins with that month and is named after the calendar year it ends in; null for no month."
    "财年：从指定月份开始，以结束所在的公历年命名；月份不对时为空。"
    ["FISCAL_YEAR(\"2025-04-01\", 4)" => "2026", "FISCAL_YEAR(\"2025-03-31\", 4)" => "2025", "FISCAL_YEAR(\"2025-03-31\", 1)" => "2025"]
    Answers Some(|given, context| {
        let (day, first) = (given.day(0, context)?, given.whole(1)?);
        let begun = first > 1 && i64::from(day.month()) >= first;
        Ok(Some(i64::from(day.year()) + i64::from(begun)).filter(|_| (1..=12).contains(&first)).into())
    });

    FISCAL_QUARTER "(day: day, first_month: whole) -> whole"
    "The quarter of a year that begins with that month, 1 to 4; null for no month."
    "财季：从指定月份开始的第几个季度；月份不对时为空。"
    ["FISCAL_QUARTER(\"2025-04-01\", 4)" => "1", "FISCAL_QUARTER(\"2025-03-31\", 4)" => "4"]
    Answers Some(|given, context| {
        let (day, first) = (given.day(0, context)?, given.whole(1)?);
        let quarter = (i64::from(day.month()) - first).rem_euclid(12) / 3 + 1;
        Ok(Some(quarter).filter(|_| (1..=12).contains(&first)).into())
    });

    WEEKNUM "(day: day, starts?: whole) -> whole"
    "The number of the week, week 1 having January 1st: weeks start on Monday (2, as when left out) or on Sunday (1). Null for another start; `ISOWEEKNUM` counts by ISO 8601."
    "周数，1 月 1 日所在周为第 1 周：2（默认）表示周一为一周开始，1 表示周日；其他为空。ISO 周数用 ISOWEEKNUM。"
    ["WEEKNUM(\"2025-01-06\")" => "2", "WEEKNUM(\"2025-01-05\", 1)" => "2", "WEEKNUM(\"2025-01-05\")" => "1"]
    Answers Some(|given, context| {
        let day = given.day(0, context)?;
        let first = match whole_or(given, 1, 2)? {
            1 => Weekday::Sunday,
            2 => Weekday::Monday,
            _ => return Ok(Value::Null),
        };
        let before = i64::from(day.first_of_year().weekday().since(first));
        Ok(Value::Int((i64::from(day.day_of_year()) - 1 + before) / 7 + 1))
    });

    FROM_ISO_WEEK "(year: whole, week: whole, weekday?: whole) -> date"
    "The day of a week by ISO 8601, Monday when left out; null when there is no such day."
    "ISO 周的某一天，默认星期一；不存在时为空。"
    ["FROM_ISO_WEEK(2026, 1)" => "2025-12-29", "FROM_ISO_WEEK(2025, 53)" => "null"]
    Answers Some(|given, _| {
        let (year, week) = (i16::try_from(given.whole(0)?), i8::try_from(given.whole(1)?));
        let weekday = i8::try_from(whole_or(given, 2, 1)?);
        let (Ok(year @ 1..), Ok(week), Ok(weekday)) = (year, week, weekday) else { return Ok(Value::Null) };
        Ok(iso(year, week, weekday).into())
    });

    NTH_WEEKDAY "(day: day, weekday: whole, place: whole) -> date"
    "In the month of the day, the weekday (Monday is 1) at that place, counted from 1, or from the end when negative; null when there is none."
    "日期所在月的第几个星期几（星期一为 1），负数从月末数；没有时为空。"
    ["NTH_WEEKDAY(\"2025-05-20\", 7, 2)" => "2025-05-11", "NTH_WEEKDAY(\"2025-05-20\", 5, -1)" => "2025-05-30", "NTH_WEEKDAY(\"2025-05-20\", 1, 5)" => "null"]
    Answers Some(|given, context| {
        let day = given.day(0, context)?;
        let place = i8::try_from(given.whole(2)?);
        let weekday = i8::try_from(given.whole(1)?).ok().and_then(|day| Weekday::from_monday_one_offset(day).ok());
        let (Ok(place), Some(weekday)) = (place, weekday) else { return Ok(Value::Null) };
        Ok(day.nth_weekday_of_month(place, weekday).ok().into())
    });

    OVERLAP_DAYS "(start: date, end: date, other_start: date, other_end: date) -> whole"
    "How many days two stretches of time have in common, ends included."
    "两段时间重叠的天数（含两端）。"
    ["OVERLAP_DAYS(\"2025-01-01\", \"2025-01-31\", \"2025-01-25\", \"2025-02-10\")" => "7", "OVERLAP_DAYS(\"2025-01-01\", \"2025-01-02\", \"2025-02-01\", \"2025-02-02\")" => "0"]
    Answers Some(|given, _| {
        let (start, end) = (given.date(0)?.max(given.date(2)?), given.date(1)?.min(given.date(3)?));
        Ok(Value::Int((days_between(start, end) + 1).max(0)))
    });

    DAYS360 "(start: date, end: date, european?: bool) -> whole"
    "Days from the start to the end in a year of twelve months of 30 days, by the American rule for ends of months or the European one."
    "按每年 360 天（每月 30 天）计算的天数；european 为真时用欧洲算法，否则用美国算法。"
    ["DAYS360(\"2025-01-30\", \"2025-03-31\")" => "60", "DAYS360(\"2025-01-01\", \"2025-12-31\")" => "360", "DAYS360(\"2025-01-01\", \"2025-12-31\", true)" => "359"]
    Answers Some(|given, _| {
        let (start, end) = (given.date(0)?, given.date(1)?);
        let days = if given.at(2) == &Value::Bool(true) { european(start, end) } else { american(start, end, false) };
        Ok(Value::Int(days))
    });

    YEARFRAC "(start: date, end: date, basis?: whole) -> number"
    "The years from the start to the end with fractions: by months of 30 days (0, as when left out; 4 by the European rule), actual days over the length of the years (1), over 360 (2) or over 365 (3). Null for another basis."
    "两日期相差的年数（带小数）。basis：0（默认）美国 30/360，1 实际天数/实际年，2 实际天数/360，3 实际天数/365，4 欧洲 30/360；其他为空。"
    ["YEARFRAC(\"2025-01-01\", \"2025-07-01\")" => "0.5", "YEARFRAC(\"2024-01-01\", \"2025-01-01\", 3)" => "1.0027397260273972602739726027", "YEARFRAC(\"2025-01-01\", \"2025-07-01\", 9)" => "null"]
    Answers Some(year_fraction);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Year,
    Half,
    Quarter,
    Month,
    Week,
}

impl Unit {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "year" => Self::Year,
            "half" => Self::Half,
            "quarter" => Self::Quarter,
            "month" => Self::Month,
            "week" => Self::Week,
            _ => return None,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Half => "half",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
        }
    }

    fn name_of(self, day: Date) -> String {
        let year = day.year();
        match self {
            Self::Year => format!("{year:04}"),
            Self::Half => format!("{year:04}-H{}", if day.month() > 6 { 2 } else { 1 }),
            Self::Quarter => format!("{year:04}-Q{}", quarter(day)),
            Self::Month => format!("{year:04}-{:02}", day.month()),
            Self::Week => {
                let week = day.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
        }
    }

    fn months(self) -> i64 {
        match self {
            Self::Year => 12,
            Self::Half => 6,
            Self::Quarter => 3,
            Self::Month | Self::Week => 1,
        }
    }
}

/// A period, known by its unit and its first day.
struct Period {
    unit: Unit,
    start: Date,
}

impl Period {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (year, rest) = text.split_once('-').map_or((text, None), |(year, rest)| (year, Some(rest)));
        let digits = |text: &str| text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit());
        let year: i16 = Some(year).filter(|year| digits(year))?.parse().ok().filter(|year| *year > 0)?;
        let number = |text: &str| Some(text).filter(|text| digits(text))?.parse::<i8>().ok();
        let month = |month: i8| Date::new(year, month, 1).ok();
        let Some(rest) = rest else { return Some(Self { unit: Unit::Year, start: month(1)? }) };
        let (unit, start) = match rest.split_at_checked(1)? {
            ("H", half) => (Unit::Half, month(number(half).filter(|half| (1..=2).contains(half))? * 6 - 5)?),
            ("Q", part) => (Unit::Quarter, month(number(part).filter(|part| (1..=4).contains(part))? * 3 - 2)?),
            ("W", week) => (Unit::Week, iso(year, number(week)?, 1)?),
            _ => (Unit::Month, month(number(rest)?)?),
        };
        Some(Self { unit, start })
    }

    fn end(&self) -> Answer<Date> {
        end_of(self.start, self.unit.word())
    }

    fn moved(&self, count: i64) -> Answer<String> {
        let start = if self.unit == Unit::Week {
            later(self.start, count.saturating_mul(7))?
        } else {
            months_later(self.start, count.saturating_mul(self.unit.months()))?
        };
        Ok(self.unit.name_of(start))
    }

    /// How many periods of the kind lie before, from a common beginning.
    fn place(&self) -> i64 {
        if self.unit == Unit::Week {
            return days_between(iso(1, 1, 1).unwrap_or_default(), self.start) / 7;
        }
        (i64::from(self.start.year()) * 12 + i64::from(self.start.month()) - 1) / self.unit.months()
    }

    fn year_before(&self) -> Option<String> {
        if self.unit == Unit::Week {
            let week = self.start.iso_week_date();
            let before = week.year().checked_sub(1).filter(|year| *year > 0)?;
            let start = iso(before, week.week(), 1).or_else(|| iso(before, week.week() - 1, 1))?;
            return Some(self.unit.name_of(start));
        }
        Some(self.unit.name_of(months_later(self.start, -12).ok().filter(|day| day.year() > 0)?))
    }
}

fn iso(year: i16, week: i8, weekday: i8) -> Option<Date> {
    let weekday = Weekday::from_monday_one_offset(weekday).ok()?;
    ISOWeekDate::new(year, week, weekday).ok().map(|week| week.date())
}

fn twelfths(start: Date, end: Date, from: i64, to: i64) -> i64 {
    let months =
        (i64::from(end.year()) - i64::from(start.year())) * 12 + i64::from(end.month()) - i64::from(start.month());
    months * 30 + to - from
}

fn european(start: Date, end: Date) -> i64 {
    twelfths(start, end, i64::from(start.day()).min(30), i64::from(end.day()).min(30))
}

/// With `february`, the last of February counts as the 30th, as year fractions have it.
fn american(start: Date, end: Date, february: bool) -> i64 {
    let (mut from, mut to) = (i64::from(start.day()), i64::from(end.day()));
    let last = |day: Date| february && day.month() == 2 && day == day.last_of_month();
    if last(start) {
        if last(end) {
            to = 30;
        }
        from = 30;
    }
    if to == 31 && from >= 30 {
        to = 30;
    }
    twelfths(start, end, from.min(30), to)
}

fn year_fraction(given: &Given<'_>, _: &mut Context<'_>) -> Answer {
    let (one, other) = (given.date(0)?, given.date(1)?);
    let (start, end) = (one.min(other), one.max(other));
    let actual = days_between(start, end);
    let (days, length) = match whole_or(given, 2, 0)? {
        0 => (american(start, end, true), Decimal::from(360)),
        1 => (actual, year_length(start, end)?),
        2 => (actual, Decimal::from(360)),
        3 => (actual, Decimal::from(365)),
        4 => (european(start, end), Decimal::from(360)),
        _ => return Ok(Value::Null),
    };
    Ok(number::divide(days.into(), length)?.into())
}

/// How long a year is between two days: as long as the year they are in, 366 where a 29th of February lies between two days less
/// than a year apart, and otherwise the mean of all years touched.
fn year_length(start: Date, end: Date) -> Answer<Decimal> {
    let whole = |leap: bool| Decimal::from(if leap { 366 } else { 365 });
    if start.year() == end.year() {
        return Ok(whole(start.in_leap_year()));
    }
    if months_later(start, 12)? >= end {
        let spring = |day: Date| Date::new(day.year(), 2, 29).ok();
        return Ok(whole([start, end].into_iter().filter_map(spring).any(|day| (start..=end).contains(&day))));
    }
    let first = start.first_of_year();
    let years = i64::from(end.year()) - i64::from(start.year()) + 1;
    let days = days_between(first, end.last_of_year()) + 1;
    Ok(number::divide(days.into(), years.into())?.unwrap_or_default())
}
