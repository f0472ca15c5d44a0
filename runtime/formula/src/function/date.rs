//! Days and moments. A moment is read as day and hour in the organisation's zone; weeks start on Monday.

use jiff::{
    Span, Timestamp,
    civil::{Time, Weekday},
    tz::TimeZone,
};
use model::{Date, Value};

use crate::{
    EvaluateError,
    evaluate::{Context, Given, days_between, divide, later},
};

type Answer<T = Value> = Result<T, EvaluateError>;

functions! { Date;
    TODAY "() -> date"
    "The present day where the organisation is."
    "今天的日期。"
    ["TODAY()" => "2025-11-05"]
    Meets None;

    NOW "() -> moment"
    "The present moment."
    "当前时刻。"
    ["NOW()" => "2025-11-05T02:30:00Z"]
    Meets None;

    DATE "(year: whole, month: whole, day: whole) -> date"
    "The day of that year, month and day; null when there is no such day."
    "由年、月、日组成日期；不存在时为空。"
    ["DATE(2025, 2, 28)" => "2025-02-28", "DATE(2025, 2, 30)" => "null"]
    Answers Some(|given, _| {
        let part = |index| given.whole(index).map(|part| i16::try_from(part).unwrap_or(-1));
        let (year, month, day) = (part(0)?, part(1)?, part(2)?);
        let small = |part: i16| i8::try_from(part).unwrap_or(-1);
        Ok(Date::new(year, small(month), small(day)).ok().filter(|date| date.year() > 0).into())
    });

    DATEVALUE "(text: text) -> date"
    "The day a text like `2025-03-09`, `2025/3/9` or `2025年3月9日` reads as; null when it is none."
    "把文本读作日期，如 2025-03-09、2025/3/9、2025年3月9日；不是日期时为空。"
    ["DATEVALUE(\"2025/3/9\")" => "2025-03-09", "DATEVALUE(\"2025年12月1日\")" => "2025-12-01", "DATEVALUE(\"soon\")" => "null"]
    Answers Some(|given, _| Ok(read(given.text(0)?).into()));

    TO_DATE "(moment: day) -> date"
    "The day of a moment where the organisation is."
    "取某时刻所在的日期。"
    ["TO_DATE(NOW())" => "2025-11-05"]
    Answers Some(|given, context| Ok(given.day(0, context)?.into()));

    YEAR "(day: day) -> whole"
    "The year."
    "年份。"
    ["YEAR(\"2025-03-09\")" => "2025"]
    Answers Some(|given, context| Ok(i64::from(given.day(0, context)?.year()).into()));

    MONTH "(day: day) -> whole"
    "The month, 1 to 12."
    "月份，1 到 12。"
    ["MONTH(\"2025-03-09\")" => "3"]
    Answers Some(|given, context| Ok(i64::from(given.day(0, context)?.month()).into()));

    DAY "(day: day) -> whole"
    "The day of the month."
    "日。"
    ["DAY(\"2025-03-09\")" => "9"]
    Answers Some(|given, context| Ok(i64::from(given.day(0, context)?.day()).into()));

    QUARTER "(day: day) -> whole"
    "The quarter of the year, 1 to 4."
    "季度，1 到 4。"
    ["QUARTER(\"2025-11-05\")" => "4"]
    Answers Some(|given, context| Ok(quarter(given.day(0, context)?).into()));

    WEEKDAY "(day: day, kind?: whole) -> whole"
    "The day of the week: Monday is 1 and Sunday 7 (kind 2, as when left out), Sunday is 1 (1), Monday is 0 (3), or 1 is Monday (11) to Sunday (17). Null of another kind."
    "星期几：2（默认）表示星期一为 1、星期日为 7，1 表示星期日为 1，3 表示星期一为 0，11 到 17 表示从星期一到星期日的某天为 1；其他为空。"
    ["WEEKDAY(\"2025-11-05\")" => "3", "WEEKDAY(\"2025-11-05\", 1)" => "4", "WEEKDAY(\"2025-11-05\", 3)" => "2", "WEEKDAY(\"2025-11-05\", 17)" => "4"]
    Answers Some(|given, context| {
        let day = i64::from(given.day(0, context)?.weekday().to_monday_one_offset());
        let (first, least) = match super::number::whole_or(given, 1, 2)? {
            1 => (7, 1),
            2 => (1, 1),
            3 => (1, 0),
            kind @ 11..=17 => (kind - 10, 1),
            _ => return Ok(Value::Null),
        };
        Ok(Value::Int((day - first).rem_euclid(7) + least))
    });

    ISOWEEKNUM "(day: day) -> whole"
    "The number of the week by ISO 8601."
    "ISO 周数。"
    ["ISOWEEKNUM(\"2025-12-29\")" => "1", "ISOWEEKNUM(\"2025-11-05\")" => "45"]
    Answers Some(|given, context| Ok(i64::from(given.day(0, context)?.iso_week_date().week()).into()));

    YEARDAY "(day: day) -> whole"
    "The day of the year, 1 to 366."
    "一年中的第几天。"
    ["YEARDAY(\"2025-02-01\")" => "32"]
    Answers Some(|given, context| Ok(i64::from(given.day(0, context)?.day_of_year()).into()));

    HOUR "(moment: moment) -> whole"
    "The hour of the day, 0 to 23."
    "小时，0 到 23。"
    ["HOUR(NOW())" => "10"]
    Answers Some(|given, context| Ok(i64::from(context.zone().to_datetime(given.moment(0)?).hour()).into()));

    MINUTE "(moment: moment) -> whole"
    "The minute of the hour."
    "分钟。"
    ["MINUTE(NOW())" => "30"]
    Answers Some(|given, context| Ok(i64::from(context.zone().to_datetime(given.moment(0)?).minute()).into()));

    SECOND "(moment: moment) -> whole"
    "The second of the minute."
    "秒。"
    ["SECOND(NOW())" => "0"]
    Answers Some(|given, context| Ok(i64::from(context.zone().to_datetime(given.moment(0)?).second()).into()));

    DATE_ADD "(day: T, amount: whole, unit: text) -> T"
    "A day or moment later by that many units: year, quarter, month, week, day, and for moments hour, minute, second. The last day of a shorter month is taken where needed."
    "日期或时刻加若干单位：year、quarter、month、week、day，时刻还可用 hour、minute、second；月末自动取短月最后一天。"
    ["DATE_ADD(DATE(2025, 1, 31), 1, \"month\")" => "2025-02-28", "DATE_ADD(NOW(), -3, \"hour\")" => "2025-11-04T23:30:00Z"]
    Answers Some(date_add);

    EDATE "(day: date, months: whole) -> date"
    "The day some months later; the last day of a shorter month where needed."
    "若干月之后的日期；月末自动取短月最后一天。"
    ["EDATE(\"2025-01-31\", 1)" => "2025-02-28", "EDATE(\"2024-02-29\", -12)" => "2023-02-28"]
    Answers Some(|given, _| Ok(months_later(given.date(0)?, given.whole(1)?)?.into()));

    EOMONTH "(day: date, months: whole) -> date"
    "The last day of the month some months later."
    "若干月之后当月的最后一天。"
    ["EOMONTH(\"2025-01-15\", 1)" => "2025-02-28", "EOMONTH(\"2025-01-15\", 0)" => "2025-01-31"]
    Answers Some(|given, _| Ok(months_later(given.date(0)?.first_of_month(), given.whole(1)?)?.last_of_month().into()));

    DAYS "(end: date, start: date) -> whole"
    "Whole days from the start to the end; also written `end - start`."
    "两个日期相差的天数，也可写作 `end - start`。"
    ["DAYS(\"2025-03-01\", \"2025-02-01\")" => "28"]
    Answers Some(|given, _| Ok(days_between(given.date(1)?, given.date(0)?).into()));

    DATEDIF "(start: date, end: date, unit: text) -> whole"
    "Complete units from the start to the end: `Y` years, `M` months, `D` days, `YM` months beyond the years, `MD` days beyond the months, `YD` days beyond the years."
    "两个日期之间的整单位数：Y 年、M 月、D 天、YM 满年后的月数、MD 满月后的天数、YD 满年后的天数。"
    ["DATEDIF(\"2020-03-15\", \"2025-03-14\", \"Y\")" => "4", "DATEDIF(\"2025-01-31\", \"2025-03-01\", \"M\")" => "1", "DATEDIF(\"2020-03-15\", \"2025-05-20\", \"YM\")" => "2", "DATEDIF(\"2020-03-15\", \"2025-05-20\", \"YD\")" => "66"]
    Answers Some(|given, _| {
        let (start, end) = (given.date(0)?, given.date(1)?);
        let months = months_between(start, end)?;
        Ok(match given.text(2)?.to_ascii_uppercase().as_str() {
            "Y" => (months / 12).into(),
            "M" => months.into(),
            "D" => days_between(start, end).into(),
            "YM" => (months % 12).into(),
            "MD" => days_between(months_later(start, months)?, end).into(),
            "YD" => days_between(months_later(start, months / 12 * 12)?, end).into(),
            _ => Value::Null,
        })
    });

    AGE "(born: date, on?: date) -> whole"
    "Complete years since the day, on another day or today."
    "周岁；可指定截止日期，默认今天。"
    ["AGE(\"1990-11-06\")" => "34", "AGE(\"1990-11-06\", \"2025-11-06\")" => "35"]
    Answers Some(|given, context| {
        let on = if given.is_given(1) { given.date(1)? } else { context.today() };
        Ok((months_between(given.date(0)?, on)? / 12).into())
    });

    DAYS_IN_MONTH "(day: day) -> whole"
    "How many days the month has."
    "当月天数。"
    ["DAYS_IN_MONTH(\"2024-02-10\")" => "29"]
    Answers Some(|given, context| Ok(i64::from(given.day(0, context)?.days_in_month()).into()));

    IS_LEAP_YEAR "(day: day) -> bool"
    "Whether the year of the day has a 29th of February."
    "判断日期所在年份是否为闰年。"
    ["IS_LEAP_YEAR(\"2024-05-01\")" => "true", "IS_LEAP_YEAR(\"1900-01-01\")" => "false"]
    Answers Some(|given, context| Ok(given.day(0, context)?.in_leap_year().into()));

    START_OF "(day: day, unit: text) -> date"
    "The first day of the week, month, quarter, half or year."
    "所在周（week）、月（month）、季（quarter）、半年（half）或年（year）的第一天。"
    ["START_OF(\"2025-11-05\", \"quarter\")" => "2025-10-01", "START_OF(\"2025-11-05\", \"week\")" => "2025-11-03"]
    Answers Some(|given, context| Ok(start_of(given.day(0, context)?, given.text(1)?)?.into()));

    END_OF "(day: day, unit: text) -> date"
    "The last day of the week, month, quarter, half or year."
    "所在周（week）、月（month）、季（quarter）、半年（half）或年（year）的最后一天。"
    ["END_OF(\"2025-11-05\", \"half\")" => "2025-12-31", "END_OF(\"2025-11-05\", \"week\")" => "2025-11-09"]
    Answers Some(|given, context| {
        let unit = given.text(1)?;
        let Some(start) = start_of(given.day(0, context)?, unit)? else { return Ok(Value::Null) };
        Ok(end_of(start, unit)?.into())
    });

    EARLIEST "(days: list of T) -> T"
    "The earliest day or moment of the list; nulls are passed over."
    "列表中最早的日期或时刻；忽略空值。"
    ["EARLIEST([DATE(2025, 5, 1), DATE(2025, 1, 1)])" => "2025-01-01"]
    Meets Some(|given, context| {
        context.charge(given.list(0)?.len())?;
        Ok(given.list(0)?.iter().filter(|day| !day.is_null()).reduce(|a, b| if precedes(b, a) { b } else { a }).cloned().into())
    });

    LATEST "(days: list of T) -> T"
    "The latest day or moment of the list; nulls are passed over."
    "列表中最晚的日期或时刻；忽略空值。"
    ["LATEST([DATE(2025, 5, 1), null, DATE(2025, 1, 1)])" => "2025-05-01"]
    Meets Some(|given, context| {
        context.charge(given.list(0)?.len())?;
        Ok(given.list(0)?.iter().filter(|day| !day.is_null()).reduce(|a, b| if precedes(a, b) { b } else { a }).cloned().into())
    });

    DATETIME "(day: date, hour: whole, minute: whole, second?: whole) -> moment"
    "The moment at that time of the day where the organisation is; null when there is no such time."
    "由日期和时、分、秒组成时刻（按组织所在时区）；不存在时为空。"
    ["DATETIME(\"2025-11-05\", 10, 30)" => "2025-11-05T02:30:00Z", "DATETIME(\"2025-11-05\", 25, 0)" => "null"]
    Answers Some(|given, context| {
        let part = |index| given.whole(index).map(|part| i8::try_from(part).unwrap_or(-1));
        let second = if given.is_given(3) { part(3)? } else { 0 };
        let Ok(time) = Time::new(part(1)?, part(2)?, second, 0) else { return Ok(Value::Null) };
        Ok(context.zone().to_timestamp(given.date(0)?.to_datetime(time)).ok().into())
    });

    MINUTES_BETWEEN "(end: moment, start: moment) -> number"
    "Minutes from the start to the end, with fractions."
    "两个时刻相差的分钟数，可带小数。"
    ["MINUTES_BETWEEN(NOW(), DATE_ADD(NOW(), -90, \"second\"))" => "1.5"]
    Answers Some(|given, _| {
        let seconds = given.moment(0)?.duration_since(given.moment(1)?).as_secs();
        divide(&seconds.into(), &Value::Int(60))
    });

    SECONDS_BETWEEN "(end: moment, start: moment) -> whole"
    "Whole seconds from the start to the end."
    "两个时刻相差的整秒数。"
    ["SECONDS_BETWEEN(NOW(), DATE_ADD(NOW(), -2, \"minute\"))" => "120"]
    Answers Some(|given, _| Ok(given.moment(0)?.duration_since(given.moment(1)?).as_secs().into()));

    HOURS_BETWEEN "(end: moment, start: moment) -> number"
    "Hours from the start to the end, with fractions."
    "两个时刻相差的小时数，可带小数。"
    ["HOURS_BETWEEN(NOW(), DATE_ADD(NOW(), -90, \"minute\"))" => "1.5"]
    Answers Some(|given, _| {
        let seconds = given.moment(0)?.duration_since(given.moment(1)?).as_secs();
        divide(&seconds.into(), &Value::Int(3600))
    });
}

pub(super) fn quarter(day: Date) -> i64 {
    (i64::from(day.month()) + 2) / 3
}

fn precedes(a: &Value, b: &Value) -> bool {
    a.compare(b).is_some_and(std::cmp::Ordering::is_lt)
}

pub(super) fn months_later(day: Date, months: i64) -> Answer<Date> {
    let span = Span::new().try_months(months).map_err(|_| EvaluateError::Overflow)?;
    day.checked_add(span).map_err(|_| EvaluateError::Overflow)
}

/// Complete months, negative when the end is earlier; a month is complete on the day of the same number, or on the last
/// day of a shorter month.
fn months_between(start: Date, end: Date) -> Answer<i64> {
    if end < start {
        return Ok(-months_between(end, start)?);
    }
    let months =
        (i64::from(end.year()) - i64::from(start.year())) * 12 + i64::from(end.month()) - i64::from(start.month());
    let complete = months_later(start, months)? <= end;
    Ok(if complete { months } else { months - 1 })
}

pub(super) fn start_of(day: Date, unit: &str) -> Answer<Option<Date>> {
    let month = |month: i64| months_later(day.first_of_year(), month).map(Some);
    let before = i64::from(day.month()) - 1;
    match unit.to_ascii_lowercase().as_str() {
        "week" => later(day, -i64::from(day.weekday().since(Weekday::Monday))).map(Some),
        "month" => Ok(Some(day.first_of_month())),
        "quarter" => month(before / 3 * 3),
        "half" => month(before / 6 * 6),
        "year" => Ok(Some(day.first_of_year())),
        _ => Ok(None),
    }
}

/// The last day of the unit that starts on a day.
pub(super) fn end_of(start: Date, unit: &str) -> Answer<Date> {
    let next = match unit.to_ascii_lowercase().as_str() {
        "week" => later(start, 7)?,
        "month" => months_later(start, 1)?,
        "quarter" => months_later(start, 3)?,
        "half" => months_later(start, 6)?,
        _ => months_later(start, 12)?,
    };
    later(next, -1)
}

fn date_add(given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    let amount = given.whole(1)?;
    let times = |factor: i64| amount.checked_mul(factor).ok_or(EvaluateError::Overflow);
    let span = match given.text(2)?.to_ascii_lowercase().as_str() {
        "year" => Span::new().try_years(amount),
        "quarter" => Span::new().try_months(times(3)?),
        "month" => Span::new().try_months(amount),
        "week" => Span::new().try_weeks(amount),
        "day" => Span::new().try_days(amount),
        "hour" => Span::new().try_hours(amount),
        "minute" => Span::new().try_minutes(amount),
        "second" => Span::new().try_seconds(amount),
        _ => return Ok(Value::Null),
    };
    let span = span.map_err(|_| EvaluateError::Overflow)?;
    match given.at(0) {
        Value::Date(day) => day.checked_add(span).map(Value::Date).map_err(|_| EvaluateError::Overflow),
        Value::DateTime(moment) => {
            let later = moment.to_zoned_datetime(context.zone()).checked_add(span);
            later.map(|later| Value::DateTime(later.timestamp())).map_err(|_| EvaluateError::Overflow)
        }
        _ => Ok(Value::Null),
    }
}

/// The day a text reads as.
pub(super) fn read(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() > 32 {
        return None;
    }
    let parts: Vec<&str> =
        text.split(['-', '/', '.', '年', '月', '日']).map(str::trim).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [year, month, day] => Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok(),
        _ => None,
    }
    .filter(|date| date.year() > 0)
}

/// A day or moment by a pattern of `yyyy`, `MM`, `dd`, `HH`, `mm`, `ss`, each also once for no leading zero; `None` for
/// other values. In a day `m` means month too.
pub(super) fn formatted(value: &Value, format: &str, context: &Context<'_>) -> Option<String> {
    let (day, time) = match value {
        Value::Date(day) => (*day, None),
        Value::DateTime(moment) => moment_parts(*moment, &context.zone()),
        _ => return None,
    };
    let (hour, minute, second) = time.unwrap_or_default();
    let mut made = String::new();
    let mut rest = format.chars().peekable();
    while let Some(c) = rest.next() {
        let mut width = 1;
        while c.is_ascii_alphabetic() && rest.next_if_eq(&c).is_some() {
            width += 1;
        }
        let part = match c {
            'y' | 'Y' if width <= 2 => i64::from(day.year()) % 100,
            'y' | 'Y' => i64::from(day.year()),
            'M' => i64::from(day.month()),
            'm' if time.is_none() => i64::from(day.month()),
            'd' | 'D' => i64::from(day.day()),
            'H' | 'h' => hour,
            'm' => minute,
            's' | 'S' => second,
            other => {
                made.extend(std::iter::repeat_n(other, width));
                continue;
            }
        };
        made.push_str(&format!("{part:0width$}"));
    }
    Some(made)
}

type Clock = (i64, i64, i64);

fn moment_parts(moment: Timestamp, zone: &TimeZone) -> (Date, Option<Clock>) {
    let at = zone.to_datetime(moment);
    (at.date(), Some((at.hour().into(), at.minute().into(), at.second().into())))
}
