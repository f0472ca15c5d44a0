//! Days, moments, durations and periods.

use jiff::civil::{Date, ISOWeekDate, Weekday};
use model::{Locale, Timestamp};

use super::Reader;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn month(number: i8) -> &'static str {
    usize::try_from(number).ok().and_then(|n| MONTHS.get(n.wrapping_sub(1))).copied().unwrap_or("")
}

/// A day in tables and facts: `2026-11-23`, `23 Nov 2026`.
pub fn date(locale: Locale, day: Date) -> String {
    match locale {
        Locale::ZhCn => day.to_string(),
        Locale::En => format!("{} {} {}", day.day(), month(day.month()), day.year()),
    }
}

/// A day in a sentence: `2026年11月23日 星期一`, `Monday, 23 Nov 2026`.
pub fn long_date(locale: Locale, day: Date) -> String {
    let (zh, en) = match day.weekday() {
        Weekday::Monday => ("一", "Monday"),
        Weekday::Tuesday => ("二", "Tuesday"),
        Weekday::Wednesday => ("三", "Wednesday"),
        Weekday::Thursday => ("四", "Thursday"),
        Weekday::Friday => ("五", "Friday"),
        Weekday::Saturday => ("六", "Saturday"),
        Weekday::Sunday => ("日", "Sunday"),
    };
    match locale {
        Locale::ZhCn => format!("{}年{}月{}日 星期{zh}", day.year(), day.month(), day.day()),
        Locale::En => format!("{en}, {}", date(locale, day)),
    }
}

/// A moment in the app's zone: `2026-11-23 14:05`.
pub fn moment(reader: &Reader, at: Timestamp) -> String {
    let local = at.to_zoned_datetime(reader.zone.clone());
    format!("{} {:02}:{:02}", date(reader.locale, local.date()), local.hour(), local.minute())
}

/// A moment for a timeline: near ones by how long ago.
pub fn ago(reader: &Reader, at: Timestamp) -> String {
    let seconds = reader.now.as_second() - at.as_second();
    let zh = reader.locale == Locale::ZhCn;
    match seconds {
        ..0 => moment(reader, at),
        0..60 => if zh { "刚刚" } else { "just now" }.to_owned(),
        60..3600 if zh => format!("{} 分钟前", seconds / 60),
        60..3600 => format!("{} min ago", seconds / 60),
        _ => {
            let local = at.to_zoned_datetime(reader.zone.clone());
            let today = reader.now.to_zoned_datetime(reader.zone.clone()).date();
            let clock = format!("{:02}:{:02}", local.hour(), local.minute());
            if local.date() == today {
                return if zh { format!("今天 {clock}") } else { format!("today {clock}") };
            }
            if today.yesterday().is_ok_and(|day| day == local.date()) {
                return if zh { format!("昨天 {clock}") } else { format!("yesterday {clock}") };
            }
            moment(reader, at)
        }
    }
}

/// Seconds as days, hours and minutes: `1 天 2 小时`, `1 d 2 h`.
pub fn duration(locale: Locale, seconds: i64) -> String {
    let units: [(i64, &str, &str); 4] =
        [(86_400, "天", "d"), (3_600, "小时", "h"), (60, "分钟", "min"), (1, "秒", "s")];
    let mut rest = seconds.unsigned_abs();
    let mut parts = Vec::new();
    for (length, zh, en) in units {
        let length = length.unsigned_abs();
        let count = rest / length;
        rest %= length;
        if count > 0 {
            parts.push(format!("{count} {}", if locale == Locale::ZhCn { zh } else { en }));
        }
    }
    let text = if parts.is_empty() {
        if locale == Locale::ZhCn { "0 分钟".to_owned() } else { "0 min".to_owned() }
    } else {
        parts.join(" ")
    };
    if seconds < 0 { format!("-{text}") } else { text }
}

/// A canonical period: `2025年第4季度`, `Q4 2025`, a day; anything else as it is.
pub fn period(locale: Locale, text: &str) -> String {
    if let Ok(day) = text.parse() {
        return date(locale, day);
    }
    let Some((year, part)) = text.split_once('-') else {
        return if locale == Locale::ZhCn { format!("{text}年") } else { text.to_owned() };
    };
    let rest = part.get(1..).unwrap_or("");
    match (part.chars().next(), locale) {
        (Some('H'), Locale::ZhCn) => format!("{year}年{}半年", if rest == "1" { "上" } else { "下" }),
        (Some('Q'), Locale::ZhCn) => format!("{year}年第{rest}季度"),
        (Some('H' | 'Q'), Locale::En) => format!("{part} {year}"),
        (Some('W'), _) => week(locale, year, rest).unwrap_or_else(|| text.to_owned()),
        (_, Locale::ZhCn) => format!("{year}年{}月", part.trim_start_matches('0')),
        (_, Locale::En) => format!("{} {year}", part.parse().map_or("", month)),
    }
}

/// A week with its days: `2025年第47周（11月17日–11月23日）`.
fn week(locale: Locale, year: &str, number: &str) -> Option<String> {
    let (year, number) = (year.parse().ok()?, number.parse().ok()?);
    let day = |weekday| ISOWeekDate::new(year, number, weekday).ok().map(ISOWeekDate::date);
    let (first, last) = (day(Weekday::Monday)?, day(Weekday::Sunday)?);
    Some(match locale {
        Locale::ZhCn => {
            format!("{year}年第{number}周（{}月{}日–{}月{}日）", first.month(), first.day(), last.month(), last.day())
        }
        Locale::En => format!(
            "Week {number}, {year} ({} {} – {} {})",
            first.day(),
            month(first.month()),
            last.day(),
            month(last.month())
        ),
    })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn days_and_periods_in_both_languages() {
        let day = Date::new(2026, 11, 23).unwrap();
        assert_eq!(date(Locale::ZhCn, day), "2026-11-23");
        assert_eq!(date(Locale::En, day), "23 Nov 2026");
        assert_eq!(long_date(Locale::ZhCn, day), "2026年11月23日 星期一");
        for (text, zh, en) in [
            ("2025", "2025年", "2025"),
            ("2025-H2", "2025年下半年", "H2 2025"),
            ("2025-Q4", "2025年第4季度", "Q4 2025"),
            ("2025-03", "2025年3月", "Mar 2025"),
            ("2025-11-05", "2025-11-05", "5 Nov 2025"),
            ("2025-W47", "2025年第47周（11月17日–11月23日）", "Week 47, 2025 (17 Nov – 23 Nov)"),
        ] {
            assert_eq!(period(Locale::ZhCn, text), zh);
            assert_eq!(period(Locale::En, text), en);
        }
        assert_eq!(duration(Locale::En, 93_600), "1 d 2 h");
        assert_eq!(duration(Locale::ZhCn, 0), "0 分钟");
    }

    #[test]
    fn near_moments_are_told_by_distance() {
        let now: Timestamp = "2026-11-23T06:05:00Z".parse().unwrap();
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let reader = Reader { locale: Locale::ZhCn, zone, now };
        let tell = |text: &str| ago(&reader, text.parse().unwrap());
        assert_eq!(tell("2026-11-23T06:04:30Z"), "刚刚");
        assert_eq!(tell("2026-11-23T05:55:00Z"), "10 分钟前");
        assert_eq!(tell("2026-11-23T01:00:00Z"), "今天 09:00");
        assert_eq!(tell("2026-11-22T01:00:00Z"), "昨天 09:00");
        assert_eq!(tell("2026-11-20T01:00:00Z"), "2026-11-20 09:00");
    }
}
