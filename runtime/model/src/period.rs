//! Periods: a day, week, month, quarter, half or year, in the one form it is written in.
//!
//! A week is that of ISO 8601: it begins on Monday and belongs to the year of its Thursday. Periods of one length part the
//! calendar: every day is in exactly one.
//!
//! A year begins in the month that the app says, and its halves and quarters with it. It is called after the calendar year it
//! begins in: where years begin in April, `2025-Q1` is April to June 2025, and `2025` ends in March 2026.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use jiff::{
    ToSpan,
    civil::{Date, ISOWeekDate, Weekday},
};

/// Length of a period, the shortest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// `2025-11-10`
    Day,
    /// `2025-W47`
    Week,
    /// `2025-11`
    Month,
    /// `2025-Q4`
    Quarter,
    /// `2025-H2`
    Half,
    /// `2025`
    Year,
}

impl Grain {
    /// Every length, the shortest first.
    pub const ALL: [Self; 6] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Half, Self::Year];

    /// The word in definitions and addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Half => "half",
            Self::Year => "year",
        }
    }

    /// The length of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grain| grain.word() == word)
    }

    /// Whether periods of this length part those of the other: each is within one of them. Weeks part nothing but weeks.
    pub fn parts(self, other: Self) -> bool {
        self == other || self == Self::Day || (self < other && self != Self::Week && other != Self::Week)
    }
}

/// The month in which years begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearStart(i8);

impl Default for YearStart {
    fn default() -> Self {
        Self::JANUARY
    }
}

impl YearStart {
    /// Years are those of the calendar.
    pub const JANUARY: Self = Self(1);

    /// The month of that number, from 1 to 12.
    pub fn new(month: i64) -> Option<Self> {
        i8::try_from(month).ok().filter(|month| (1..=12).contains(month)).map(Self)
    }

    /// The month's number.
    pub fn month(self) -> i8 {
        self.0
    }

    /// Whole months of a year before the month that a day is in.
    fn since(self, day: Date) -> i8 {
        (day.month() - self.0).rem_euclid(12)
    }

    /// The period of that length that a day is in.
    pub fn period(self, grain: Grain, day: Date) -> Period {
        let back = |months: i8| {
            let month = Date::new(day.year(), day.month(), 1).unwrap_or(day);
            month.saturating_sub(i32::from(months).months())
        };
        let first = match grain {
            Grain::Day => day,
            Grain::Week => {
                let since = i64::from(day.weekday().to_monday_zero_offset());
                day.saturating_sub(since.days())
            }
            Grain::Month => back(0),
            Grain::Quarter => back(self.since(day) % 3),
            Grain::Half => back(self.since(day) % 6),
            Grain::Year => back(self.since(day)),
        };
        Period { grain, first, year: self }
    }

    /// Reads the written form of a period; its length follows from the form. Years have four digits.
    pub fn parse(self, text: &str) -> Option<Period> {
        let digits = |text: &str, count: usize| {
            let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse::<i16>().ok()).flatten()
        };
        let (year, rest) = text.split_once('-').map_or((text, None), |(year, rest)| (year, Some(rest)));
        let year = digits(year, 4)?;
        let part = |grain, months: i16| {
            let first = Date::new(year, self.0, 1).ok()?.checked_add(i32::from(months).months()).ok()?;
            Some(Period { grain, first, year: self })
        };
        let Some(rest) = rest else { return part(Grain::Year, 0) };
        if let Some(week) = rest.strip_prefix('W') {
            let week = i8::try_from(digits(week, 2)?).ok()?;
            let first = ISOWeekDate::new(year, week, Weekday::Monday).ok()?.date();
            return Some(Period { grain: Grain::Week, first, year: self });
        }
        if let Some(quarter) = rest.strip_prefix('Q') {
            let quarter = digits(quarter, 1).filter(|number| (1..=4).contains(number))?;
            return part(Grain::Quarter, quarter * 3 - 3);
        }
        if let Some(half) = rest.strip_prefix('H') {
            let half = digits(half, 1).filter(|number| (1..=2).contains(number))?;
            return part(Grain::Half, half * 6 - 6);
        }
        match rest.split_once('-') {
            None => {
                let first = Date::new(year, i8::try_from(digits(rest, 2)?).ok()?, 1).ok()?;
                Some(Period { grain: Grain::Month, first, year: self })
            }
            Some((month, day)) => {
                let (month, day) = (digits(month, 2)?, digits(day, 2)?);
                let first = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
                Some(Period { grain: Grain::Day, first, year: self })
            }
        }
    }
}

/// One period. Two of the same length that begin on the same day are the same, whenever years begin.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    grain: Grain,
    first: Date,
    year: YearStart,
}

impl Period {
    /// The period of that length that a day is in, where years are those of the calendar.
    pub fn of(grain: Grain, day: Date) -> Self {
        YearStart::JANUARY.period(grain, day)
    }

    /// Reads the written form of a period, where years are those of the calendar.
    pub fn parse(text: &str) -> Option<Self> {
        YearStart::JANUARY.parse(text)
    }

    /// Its length.
    pub fn grain(self) -> Grain {
        self.grain
    }

    /// Its first day.
    pub fn first(self) -> Date {
        self.first
    }

    /// Its last day.
    pub fn last(self) -> Date {
        self.next().first.saturating_sub(1.day())
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        self.later(1)
    }

    /// The one before it.
    #[must_use]
    pub fn previous(self) -> Self {
        self.later(-1)
    }

    /// So many of them later, or earlier when negative: at most 9,000, and not beyond the calendar's ends.
    #[must_use]
    pub fn later(self, count: i32) -> Self {
        let count = count.clamp(-9_000, 9_000);
        let first = match self.grain {
            Grain::Day => self.first.saturating_add(count.days()),
            Grain::Week => self.first.saturating_add(count.weeks()),
            Grain::Month => self.first.saturating_add(count.months()),
            Grain::Quarter => self.first.saturating_add((count * 3).months()),
            Grain::Half => self.first.saturating_add((count * 6).months()),
            Grain::Year => self.first.saturating_add(count.years()),
        };
        Self { first, ..self }
    }

    /// The same period a year earlier: the same month, quarter or week number; the same day, or the last of February.
    #[must_use]
    pub fn year_before(self) -> Self {
        if self.grain == Grain::Week {
            let week = self.first.iso_week_date();
            let before = |number| ISOWeekDate::new(week.year() - 1, number, Weekday::Monday).ok();
            let first = before(week.week()).or_else(|| before(52)).map_or(self.first, ISOWeekDate::date);
            return Self { first, ..self };
        }
        self.year.period(self.grain, self.first.saturating_sub(1.year()))
    }

    /// Whether a day is in it.
    pub fn contains(self, day: Date) -> bool {
        self.year.period(self.grain, day) == self
    }

    /// The period of another length that this one ends in.
    #[must_use]
    pub fn within(self, grain: Grain) -> Self {
        self.year.period(grain, self.last())
    }

    /// Reads the written form of another period, in years that begin as its own do.
    #[must_use]
    pub fn read(self, text: &str) -> Option<Self> {
        self.year.parse(text)
    }

    /// The period of another length that a day is in, in years that begin as its own do.
    #[must_use]
    pub fn beside(self, grain: Grain, day: Date) -> Self {
        self.year.period(grain, day)
    }
}

impl PartialEq for Period {
    fn eq(&self, other: &Self) -> bool {
        (self.first, self.grain) == (other.first, other.grain)
    }
}

impl Eq for Period {}

impl Hash for Period {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.first, self.grain).hash(state);
    }
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By the first day; of two that begin together the shorter comes first.
impl Ord for Period {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.first, self.grain).cmp(&(other.first, other.grain))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, since) = (self.first.year(), self.first.month(), self.year.since(self.first));
        let begun = if month < self.year.month() { year - 1 } else { year };
        match self.grain {
            Grain::Day => write!(f, "{}", self.first),
            Grain::Week => {
                let week = self.first.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Grain::Month => write!(f, "{year:04}-{month:02}"),
            Grain::Quarter => write!(f, "{begun:04}-Q{}", since / 3 + 1),
            Grain::Half => write!(f, "{begun:04}-H{}", since / 6 + 1),
            Grain::Year => write!(f, "{begun:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_comes_back_as_it_was() {
        for text in ["2025-11-10", "2025-W47", "2026-W01", "2025-11", "2025-Q4", "2025-H2", "2025", "2020-W53"] {
            assert_eq!(Period::parse(text).map(|period| period.to_string()).as_deref(), Some(text));
        }
        let not = ["", "25", "2025-13", "2025-Q5", "2025-W54", "2025-W53", "2025-02-30", "2025-1", "2025-", "2025-Q04"];
        for text in not {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_in_one_period_of_each_length() {
        let of = |grain, text: &str| Period::of(grain, day(text)).to_string();
        assert_eq!(of(Grain::Week, "2025-12-29"), "2026-W01");
        assert_eq!(of(Grain::Week, "2025-12-28"), "2025-W52");
        assert_eq!(of(Grain::Quarter, "2025-03-31"), "2025-Q1");
        assert_eq!(of(Grain::Half, "2025-07-01"), "2025-H2");
    }

    #[test]
    fn a_year_begins_in_the_month_that_is_said() {
        let april = YearStart::new(4).unwrap();
        let of = |grain, text: &str| april.period(grain, day(text)).to_string();
        assert_eq!(of(Grain::Year, "2026-03-31"), "2025");
        assert_eq!(of(Grain::Year, "2026-04-01"), "2026");
        assert_eq!(
            (of(Grain::Quarter, "2025-06-30"), of(Grain::Quarter, "2026-01-01")),
            ("2025-Q1".into(), "2025-Q4".into())
        );
        assert_eq!(
            (of(Grain::Half, "2025-10-01"), of(Grain::Month, "2026-01-31")),
            ("2025-H2".into(), "2026-01".into())
        );
        for text in ["2025-Q1", "2025-Q4", "2025-H1", "2025-H2", "2025", "2026-01", "2025-W47", "2025-11-10"] {
            assert_eq!(april.parse(text).map(|period| period.to_string()).as_deref(), Some(text));
        }
        let last = april.parse("2025-Q4").unwrap();
        assert_eq!((last.first(), last.last()), (day("2026-01-01"), day("2026-03-31")));
        assert_eq!((last.next().to_string(), last.year_before().to_string()), ("2026-Q1".into(), "2024-Q4".into()));
        assert_eq!(last.within(Grain::Year), april.parse("2025").unwrap());
        assert_eq!(april.parse("2026-02").unwrap().within(Grain::Year).first(), day("2025-04-01"));
        // Quarters that begin in January, April and so on are the same days, called otherwise.
        assert_eq!(april.parse("2025-Q1"), Period::parse("2025-Q2"));
        assert_eq!((YearStart::new(0), YearStart::new(13)), (None, None));
    }

    #[test]
    fn periods_follow_each_other() {
        let of = |text: &str| Period::parse(text).unwrap();
        assert_eq!((of("2025-Q4").next(), of("2025-W52").next()), (of("2026-Q1"), of("2026-W01")));
        assert_eq!((of("2024-02").last(), of("2025-Q4").last()), (day("2024-02-29"), day("2025-12-31")));
        assert_eq!(of("2025-11").year_before(), of("2024-11"));
        assert_eq!(of("2020-W53").year_before(), of("2019-W52"));
        assert_eq!(of("2025-11").within(Grain::Quarter), of("2025-Q4"));
        assert!(of("2025").contains(day("2025-12-31")) && !of("2025").contains(day("2026-01-01")));
    }

    #[test]
    fn weeks_part_nothing_but_weeks() {
        assert!(Grain::Day.parts(Grain::Week) && Grain::Month.parts(Grain::Quarter) && Grain::Week.parts(Grain::Week));
        assert!(
            !Grain::Week.parts(Grain::Month) && !Grain::Year.parts(Grain::Month) && !Grain::Month.parts(Grain::Week)
        );
    }
}
