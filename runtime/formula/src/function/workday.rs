//! Working days. They are those the calendar in force says, or a calendar given with the call, less the holidays given; the
//! `_INTL` forms know no calendar but the weekend they are given. No holidays and no calendar are what null means there.

use std::collections::BTreeSet;

use model::{Date, RecordId, Value};

use super::{
    date::{end_of, start_of},
    number::Answer,
};
use crate::evaluate::{Context, Given, days_between, later};

functions! { Date;
    IS_WORKDAY "(day: date, calendar?: calendar) -> bool"
    "Whether the day is worked, by the calendar given, such as `unit.calendar`; by that of all when left out or null."
    "判断是否为工作日，按给定的工作日历（如 `unit.calendar`）；不填或为空时按通用日历。"
    ["IS_WORKDAY(\"2025-11-05\")" => "true", "IS_WORKDAY(\"2025-11-08\")" => "false"]
    Meets Some(|given, context| {
        if !given.knows(1) {
            return Ok(Value::Null);
        }
        Ok(context.is_open(given.calendar(1), given.date(0)?).into())
    });

    NETWORKDAYS "(start: date, end: date, holidays?: list of date, calendar?: calendar) -> whole"
    "How many working days there are from the start to the end, both included, less the holidays; negative when the end is earlier. The calendar as in `IS_WORKDAY`; write null for no holidays before it."
    "起止日期之间的工作日天数（含两端），可再扣除假日列表；结束早于开始时为负。工作日历同 IS_WORKDAY，没有假日列表时写 null。"
    ["NETWORKDAYS(\"2025-11-03\", \"2025-11-09\")" => "5", "NETWORKDAYS(\"2025-11-07\", \"2025-11-03\")" => "-5", "NETWORKDAYS(\"2025-11-03\", \"2025-11-09\", [\"2025-11-04\"])" => "4"]
    Meets Some(|given, context| {
        if !given.knows(2) {
            return Ok(Value::Null);
        }
        let working = Working::by_calendar(given, 2, context)?;
        working.count(given.date(0)?, given.date(1)?, context).map(Value::Int)
    });

    NETWORKDAYS_INTL "(start: date, end: date, weekend?: text, holidays?: list of date) -> whole"
    "As `NETWORKDAYS` without the calendar: `weekend` is seven digits from Monday on, 1 where nobody works, `0000011` when left out. Null for anything else."
    "同 NETWORKDAYS，但不看工作日历：weekend 为从星期一起的七位数字，1 表示休息，默认 0000011；格式不对时为空。"
    ["NETWORKDAYS_INTL(\"2025-11-03\", \"2025-11-09\", \"0000001\")" => "6", "NETWORKDAYS_INTL(\"2025-11-03\", \"2025-11-09\", \"0000011\", [\"2025-11-04\", \"2025-11-08\"])" => "4", "NETWORKDAYS_INTL(\"2025-11-03\", \"2025-11-09\", \"x\")" => "null"]
    Answers Some(|given, context| {
        let Some(working) = Working::by_weekend(given, context)? else { return Ok(Value::Null) };
        working.count(given.date(0)?, given.date(1)?, context).map(Value::Int)
    });

    WORKDAY "(start: date, days: whole, holidays?: list of date, calendar?: calendar) -> date"
    "The day that is some working days after the start, or before it when negative; holidays are no working days. The calendar as in `NETWORKDAYS`."
    "若干个工作日之后（负数为之前）的日期，可再排除假日列表；工作日历同 NETWORKDAYS。"
    ["WORKDAY(\"2025-11-07\", 1)" => "2025-11-10", "WORKDAY(\"2025-11-10\", -1)" => "2025-11-07", "WORKDAY(\"2025-11-07\", 1, [\"2025-11-10\"])" => "2025-11-11"]
    Meets Some(|given, context| {
        if !given.knows(2) {
            return Ok(Value::Null);
        }
        let working = Working::by_calendar(given, 2, context)?;
        working.after(given.date(0)?, given.whole(1)?, context).map(Value::Date)
    });

    WORKDAY_INTL "(start: date, days: whole, weekend?: text, holidays?: list of date) -> date"
    "As `WORKDAY` without the calendar; the weekend as in `NETWORKDAYS_INTL`."
    "同 WORKDAY，但不看工作日历；weekend 的写法同 NETWORKDAYS_INTL。"
    ["WORKDAY_INTL(\"2025-11-07\", 1, \"0000001\")" => "2025-11-08", "WORKDAY_INTL(\"2025-11-07\", 1, \"1111111\")" => "null"]
    Answers Some(|given, context| {
        let Some(working) = Working::by_weekend(given, context)? else { return Ok(Value::Null) };
        working.after(given.date(0)?, given.whole(1)?, context).map(Value::Date)
    });

    NEXT_WORKDAY "(day: date, calendar?: calendar) -> date"
    "The day itself when it is worked, else the next day that is. The calendar as in `IS_WORKDAY`."
    "当日为工作日则返回当日，否则返回之后第一个工作日；工作日历同 IS_WORKDAY。"
    ["NEXT_WORKDAY(\"2025-11-08\")" => "2025-11-10", "NEXT_WORKDAY(\"2025-11-05\")" => "2025-11-05"]
    Meets Some(|given, context| nearest(given, 1, context));

    PREVIOUS_WORKDAY "(day: date, calendar?: calendar) -> date"
    "The day itself when it is worked, else the last day before it that is. The calendar as in `IS_WORKDAY`."
    "当日为工作日则返回当日，否则返回之前最近的工作日；工作日历同 IS_WORKDAY。"
    ["PREVIOUS_WORKDAY(\"2025-11-09\")" => "2025-11-07", "PREVIOUS_WORKDAY(\"2025-11-05\")" => "2025-11-05"]
    Meets Some(|given, context| nearest(given, -1, context));

    WORKDAYS_IN "(day: date, unit: text, calendar?: calendar) -> whole"
    "How many working days the week, month, quarter, half or year of the day has; null for another unit. The calendar as in `IS_WORKDAY`."
    "日期所在周（week）、月（month）、季（quarter）、半年（half）或年（year）的工作日天数；其他单位为空。工作日历同 IS_WORKDAY。"
    ["WORKDAYS_IN(\"2025-11-05\", \"month\")" => "20", "WORKDAYS_IN(\"2025-11-05\", \"age\")" => "null"]
    Meets Some(|given, context| {
        if !given.knows(2) {
            return Ok(Value::Null);
        }
        let unit = given.text(1)?;
        let Some(start) = start_of(given.date(0)?, unit)? else { return Ok(Value::Null) };
        Working::of(given.calendar(2)).count(start, end_of(start, unit)?, context).map(Value::Int)
    });

    WORKDAY_OF "(day: date, unit: text, place: whole, calendar?: calendar) -> date"
    "The working day at that place in the week, month, quarter, half or year of the day, counted from 1, or from the end when negative; null when there are fewer. The calendar as in `IS_WORKDAY`."
    "日期所在周、月、季、半年或年的第几个工作日，从 1 开始，负数从末尾数；不足时为空。工作日历同 IS_WORKDAY。"
    ["WORKDAY_OF(\"2025-11-20\", \"month\", 3)" => "2025-11-05", "WORKDAY_OF(\"2025-11-20\", \"month\", -1)" => "2025-11-28", "WORKDAY_OF(\"2025-11-20\", \"week\", 6)" => "null"]
    Meets Some(|given, context| {
        if !given.knows(3) {
            return Ok(Value::Null);
        }
        let (unit, place) = (given.text(1)?, given.whole(2)?);
        let Some(start) = start_of(given.date(0)?, unit)? else { return Ok(Value::Null) };
        let end = end_of(start, unit)?;
        let from = if place > 0 { later(start, -1)? } else { later(end, 1)? };
        if place == 0 || place.unsigned_abs() > 366 {
            return Ok(Value::Null);
        }
        let found = Working::of(given.calendar(3)).after(from, place, context)?;
        Ok(Some(found).filter(|found| (start..=end).contains(found)).into())
    });
}

/// Which days count.
#[derive(Default)]
struct Working {
    holidays: BTreeSet<Date>,
    /// One of several calendars; that of all when absent.
    calendar: Option<RecordId>,
    /// From Monday on; the calendar in force when absent.
    closed: Option<[bool; 7]>,
}

impl Working {
    fn of(calendar: Option<RecordId>) -> Self {
        Self { calendar, ..Self::default() }
    }

    /// The holidays at that place, and the calendar after them.
    fn by_calendar(given: &Given<'_>, index: usize, context: &mut Context<'_>) -> Answer<Self> {
        let holidays = holidays(given, index, context)?;
        Ok(Self { holidays, calendar: given.calendar(index + 1), closed: None })
    }

    /// By the third argument and the holidays in the fourth; none where it is no weekend or nobody ever works.
    fn by_weekend(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Option<Self>> {
        let holidays = holidays(given, 3, context)?;
        let text = if given.is_given(2) { given.text(2)? } else { "0000011" };
        let digits: Option<Vec<bool>> = text
            .chars()
            .take(8)
            .map(|c| match c {
                '0' => Some(false),
                '1' => Some(true),
                _ => None,
            })
            .collect();
        let week = digits.and_then(|digits| <[bool; 7]>::try_from(digits).ok()).filter(|week| week.contains(&false));
        Ok(week.map(|week| Self { holidays, calendar: None, closed: Some(week) }))
    }

    fn holds(&self, day: Date, context: &Context<'_>) -> bool {
        let open = match &self.closed {
            None => context.is_open(self.calendar, day),
            Some(week) => {
                let place = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
                week.get(place) == Some(&false)
            }
        };
        open && !self.holidays.contains(&day)
    }

    fn count(&self, start: Date, end: Date, context: &mut Context<'_>) -> Answer<i64> {
        let (first, last, sign) = if start <= end { (start, end, 1) } else { (end, start, -1) };
        context.charge(usize::try_from(days_between(first, last)).unwrap_or(usize::MAX))?;
        let mut count = 0;
        let mut day = first;
        while day <= last {
            count += i64::from(self.holds(day, context));
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        Ok(sign * count)
    }

    fn after(&self, start: Date, days: i64, context: &mut Context<'_>) -> Answer<Date> {
        let (mut day, mut rest) = (start, days);
        let step = rest.signum();
        while rest != 0 {
            context.charge(2)?;
            day = later(day, step)?;
            if self.holds(day, context) {
                rest -= step;
            }
        }
        Ok(day)
    }
}

fn holidays(given: &Given<'_>, index: usize, context: &mut Context<'_>) -> Answer<BTreeSet<Date>> {
    let items = given.list(index)?;
    context.charge(items.len().saturating_mul(3))?;
    Ok(items.iter().filter_map(Value::as_date).collect())
}

/// The day given, or the one that is worked nearest to it, by the calendar given after it.
fn nearest(given: &Given<'_>, step: i64, context: &mut Context<'_>) -> Answer {
    if !given.knows(1) {
        return Ok(Value::Null);
    }
    let (mut day, calendar) = (given.date(0)?, given.calendar(1));
    while !context.is_open(calendar, day) {
        context.charge(2)?;
        day = later(day, step)?;
    }
    Ok(day.into())
}
