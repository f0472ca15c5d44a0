//! When somebody is told of something: at once, unless they want to be left alone then, or be told once a day.

use jiff::{ToSpan, ZonedDateTime, civil::Time, tz::TimeZone};
use model::{Date, Timestamp};
use store::Quiet;

/// Days looked ahead: whoever works on none of them is told anyway.
const FARTHEST: usize = 60;

/// When something that happens at a moment is told; `None` for at once.
pub(crate) fn due(quiet: &Quiet, at: Timestamp, zone: &TimeZone, is_open: &dyn Fn(Date) -> bool) -> Option<Timestamp> {
    let happens = at.to_zoned_datetime(zone.clone());
    let mut told = happens.clone();
    if let Some(digest) = quiet.digest {
        told = next(&told, digest)?;
    }
    for _ in 0..FARTHEST {
        if quiet.rest_days && !is_open(told.date()) {
            let tomorrow = told.date().checked_add(1.day()).ok()?;
            let begins = quiet.digest.unwrap_or(Time::midnight());
            told = tomorrow.to_datetime(begins).to_zoned_datetime(zone.clone()).ok()?;
        } else if let Some(ends) = quiet.hours.and_then(|hours| within(hours, told.time())) {
            told = next(&told, ends)?;
        } else {
            break;
        }
    }
    (told > happens).then(|| told.timestamp())
}

/// When quiet hours end, if it is one of them.
fn within((begins, ends): (Time, Time), now: Time) -> Option<Time> {
    let quiet = if begins <= ends { begins <= now && now < ends } else { now >= begins || now < ends };
    quiet.then_some(ends)
}

/// The next moment at which it is that time of day; now, if it is.
fn next(from: &ZonedDateTime, time: Time) -> Option<ZonedDateTime> {
    let today = from.date().to_datetime(time).to_zoned_datetime(from.time_zone().clone()).ok()?;
    if today >= *from {
        return Some(today);
    }
    from.date().checked_add(1.day()).ok()?.to_datetime(time).to_zoned_datetime(from.time_zone().clone()).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn told(quiet: Quiet, at: &str) -> String {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        // Monday to Friday.
        let is_open = |day: Date| day.weekday().to_monday_one_offset() <= 5;
        let at: Timestamp = at.parse().unwrap();
        due(&quiet, at, &zone, &is_open)
            .map_or_else(String::new, |due| due.to_zoned_datetime(zone.clone()).strftime("%a %d %H:%M").to_string())
    }

    /// A Thursday, by the clock of Shanghai.
    fn thursday(time: &str) -> String {
        format!("2025-11-20T{time}:00+08:00")
    }

    #[test]
    fn at_once_unless_something_is_said() {
        assert_eq!(told(Quiet::default(), &thursday("23:30")), "");
    }

    #[test]
    fn nights_are_quiet_and_so_are_hours_of_a_day() {
        let nights = Quiet { hours: Some((time(22, 0, 0, 0), time(8, 0, 0, 0))), ..Quiet::default() };
        let cases = [("21:59", ""), ("22:00", "Fri 21 08:00"), ("07:59", "Thu 20 08:00"), ("08:00", "")];
        for (at, expected) in cases {
            assert_eq!(told(nights, &thursday(at)), expected, "{at}");
        }
        let noon = Quiet { hours: Some((time(12, 0, 0, 0), time(14, 0, 0, 0))), ..Quiet::default() };
        assert_eq!(
            (told(noon, &thursday("13:00")).as_str(), told(noon, &thursday("14:00")).as_str()),
            ("Thu 20 14:00", "")
        );
    }

    #[test]
    fn days_off_are_quiet_until_the_next_working_morning() {
        let quiet = Quiet { hours: Some((time(22, 0, 0, 0), time(8, 0, 0, 0))), rest_days: true, ..Quiet::default() };
        assert_eq!(told(quiet, "2025-11-21T23:00:00+08:00"), "Mon 24 08:00");
        assert_eq!(told(quiet, "2025-11-22T12:00:00+08:00"), "Mon 24 08:00");
        assert_eq!(told(quiet, "2025-11-24T12:00:00+08:00"), "");
        // A calendar without a working day does not silence anybody for ever.
        let zone = TimeZone::UTC;
        assert!(due(&quiet, "2025-11-21T12:00:00Z".parse().unwrap(), &zone, &|_| false).is_some());
    }

    #[test]
    fn once_a_day_is_at_that_time_unless_it_is_quiet_then() {
        let daily = Quiet { digest: Some(time(9, 0, 0, 0)), rest_days: true, ..Quiet::default() };
        assert_eq!(told(daily, &thursday("08:10")), "Thu 20 09:00");
        assert_eq!(told(daily, &thursday("09:00")), "");
        assert_eq!(told(daily, "2025-11-21T09:01:00+08:00"), "Mon 24 09:00");
        let night = Quiet {
            digest: Some(time(23, 0, 0, 0)),
            hours: Some((time(22, 0, 0, 0), time(8, 0, 0, 0))),
            ..Quiet::default()
        };
        assert_eq!(told(night, &thursday("10:00")), "Fri 21 08:00");
    }
}
