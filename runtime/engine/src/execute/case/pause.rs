//! What becomes due while a record was in a state in which nothing does: as much later as that took, in the days or hours in
//! which it is counted. A working day is one of twenty-four hours on which nothing passes between one and the next.

use jiff::{SignedDuration, ToSpan, civil::DateTime, tz::TimeZone};
use model::{Date, RecordId, Timestamp};
use store::Tx;
use workflow::{Pause, Span, Token, When};

use super::{Held, Work, facts::FARTHEST};
use crate::CommandError;

const DAY: i64 = 24 * 60 * 60;

impl Work<'_> {
    /// When what is still to become due at a place does so after a pause that ends now.
    pub(super) async fn moved_by(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        (token, since): (&Token, Timestamp),
        moments: &[&When],
    ) -> Result<Vec<Option<Timestamp>>, CommandError> {
        let now = self.actor.now;
        let mut dues = Vec::new();
        for (place, when) in moments.iter().enumerate() {
            // What is counted from the record goes by how that is now.
            let before = match &when.from {
                Some(_) => self.due_by_pauses(tx, held, token, when).await?,
                None => token.dues.get(place).and_then(|due| due.at),
            };
            let begins = token.armed.since.filter(|_| when.from.is_none()).map_or(since, |armed| since.max(armed));
            let calendar = self.calendar_of(tx, held, when.span).await?;
            dues.push(before.map(|at| self.later(calendar, at, (begins, now), when.span)));
        }
        Ok(dues)
    }

    /// When something that is counted from the record, or in working days, is due, later by the pauses there were. What is
    /// counted from arrival is later by what the case rested, too; `None` where it is not known when that was.
    pub(super) async fn due_by_pauses(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        token: &Token,
        when: &When,
    ) -> Result<Option<Timestamp>, CommandError> {
        let arrived = if when.from.is_none() {
            let Some(arrived) = token.armed.since else { return Ok(None) };
            Some(arrived)
        } else {
            None
        };
        let Some(mut at) = self.when_due_since(tx, held, when, arrived).await? else { return Ok(None) };
        let calendar = self.calendar_of(tx, held, when.span).await?;
        for Pause { since, until } in &token.pauses {
            let begins = arrived.map_or(*since, |arrived| arrived.max(*since));
            if let Some(until) = until.filter(|until| *until > begins) {
                at = self.later(calendar, at, (begins, until), when.span);
            }
        }
        let rested = SignedDuration::from_secs(if arrived.is_some() { token.armed.rested } else { 0 });
        Ok(Some(at.saturating_add(rested).unwrap_or(at)))
    }

    fn later(&self, calendar: Option<RecordId>, at: Timestamp, pause: (Timestamp, Timestamp), span: Span) -> Timestamp {
        let is_open = |day: Date| self.around.calendar.is_open_in(calendar, day);
        later(at, pause, span, &self.around.zone, &is_open).unwrap_or(at)
    }
}

/// A moment, later by as long as a pause took; `None` where time has no such moment.
fn later(
    at: Timestamp,
    (since, until): (Timestamp, Timestamp),
    span: Span,
    zone: &TimeZone,
    is_open: &dyn Fn(Date) -> bool,
) -> Option<Timestamp> {
    let civil = |moment: Timestamp| moment.to_zoned_datetime(zone.clone()).datetime();
    let (begins, ends) = (civil(since), civil(until));
    let moved = match span {
        Span::Hours(_) => return at.checked_add(until.duration_since(since)).ok(),
        Span::Days(_) => civil(at).checked_add(begins.duration_until(ends)).ok()?,
        Span::WorkingDays(_) => {
            let worked = worked(begins, ends, is_open)?;
            if worked <= 0 {
                return Some(at);
            }
            onwards(civil(at), worked, is_open)?
        }
    };
    Some(moved.to_zoned_datetime(zone.clone()).ok()?.timestamp())
}

/// Seconds of a day that have passed, as far as it is worked.
fn passed(moment: DateTime, is_open: &dyn Fn(Date) -> bool) -> i64 {
    let midnight = moment.date().to_datetime(jiff::civil::Time::midnight());
    if is_open(moment.date()) { midnight.duration_until(moment).as_secs() } else { 0 }
}

/// Seconds of worked days between two moments.
fn worked(from: DateTime, until: DateTime, is_open: &dyn Fn(Date) -> bool) -> Option<i64> {
    let mut days = 0;
    let mut day = from.date();
    for _ in 0..FARTHEST {
        if day >= until.date() {
            break;
        }
        days += i64::from(is_open(day));
        day = day.checked_add(1.day()).ok()?;
    }
    Some(days * DAY + passed(until, is_open) - passed(from, is_open))
}

/// The moment at which so many seconds more of worked days have passed.
fn onwards(at: DateTime, seconds: i64, is_open: &dyn Fn(Date) -> bool) -> Option<DateTime> {
    let mut left = seconds + passed(at, is_open);
    let mut day = at.date();
    for _ in 0..FARTHEST {
        if is_open(day) {
            if left < DAY {
                let midnight = day.to_datetime(jiff::civil::Time::midnight());
                return midnight.checked_add(SignedDuration::from_secs(left)).ok();
            }
            left -= DAY;
        }
        day = day.checked_add(1.day()).ok()?;
    }
    // A calendar without working days would never let it become due.
    at.checked_add(SignedDuration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A deadline, what paused it and where it moves, all in Shanghai; Monday to Friday are worked.
    fn moved(span: Span, at: &str, since: &str, until: &str) -> String {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let moment =
            |text: &str| text.parse::<DateTime>().unwrap().to_zoned_datetime(zone.clone()).unwrap().timestamp();
        let is_open = |day: Date| day.weekday().to_monday_one_offset() <= 5;
        let found = later(moment(at), (moment(since), moment(until)), span, &zone, &is_open).unwrap();
        found.to_zoned_datetime(zone.clone()).strftime("%a %d %H:%M").to_string()
    }

    #[test]
    fn a_deadline_moves_by_as_long_as_it_was_paused() {
        // 2025-11-21 is a Friday.
        let (since, until) = ("2025-11-21T15:00", "2025-11-24T10:00");
        assert_eq!(moved(Span::Hours(9), "2025-11-21T18:00", since, until), "Mon 24 13:00");
        assert_eq!(moved(Span::Days(3), "2025-11-22T15:00", since, until), "Tue 25 10:00");
        // Nine hours of Friday and ten of Monday; the weekend is none.
        let working = Span::WorkingDays(2);
        assert_eq!(moved(working, "2025-11-25T09:00", since, until), "Wed 26 04:00");
        assert_eq!(moved(working, "2025-11-21T18:00", since, until), "Mon 24 13:00");
        assert_eq!(moved(working, "2025-11-21T18:00", since, "2025-11-22T12:00"), "Mon 24 03:00");
        assert_eq!(moved(working, "2025-11-25T09:00", "2025-11-22T09:00", "2025-11-23T09:00"), "Tue 25 09:00");
        // The end of Friday is the beginning of Saturday.
        assert_eq!(moved(working, "2025-11-22T00:00", "2025-11-20T09:00", "2025-11-21T09:00"), "Tue 25 00:00");
    }

    #[test]
    fn a_calendar_without_working_days_lets_it_become_due() {
        let zone = TimeZone::UTC;
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let pause = (at("2025-11-20T00:00:00Z"), at("2025-11-21T00:00:00Z"));
        let due = at("2025-11-24T00:00:00Z");
        assert_eq!(later(due, pause, Span::WorkingDays(1), &zone, &|_| false), Some(due));
    }
}
