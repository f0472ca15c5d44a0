//! When a condition became true of a record, as a rule that follows changes sees it: once per act, held against how the record
//! stood before it. Where a part of the past is not known, that is what is said, with the moments between which it was.

use std::ops::Range;

use model::Timestamp;

use super::past::{Moment, Stood, What};

/// A condition that became true.
pub(super) struct Became {
    /// By then; exactly then unless `since` says otherwise.
    pub(super) at: Timestamp,
    /// After this moment, where no act on the ledger brought it about.
    pub(super) since: Option<Timestamp>,
    /// Whether the platform brought it about on its own account.
    pub(super) platform: bool,
    /// How the record stood then.
    pub(super) stood: Stood,
}

/// When it became true within some time, and how often it may have without anything showing it. The record stands so
/// today, at the last moment.
pub(super) fn became(
    moments: &[Moment],
    today: (&Stood, Timestamp),
    within: &Range<Timestamp>,
    holds: impl Fn(&Stood) -> Option<bool>,
) -> (Vec<Became>, usize) {
    let mut walk = Walk { within, known: None, blurred: None, found: Vec::new(), unclear: 0 };
    for act in moments.chunk_by(|one, next| one.act == next.act) {
        let (Some(first), Some(last)) = (act.first(), act.last()) else { continue };
        match first.what {
            What::Came => walk.set(Some(false), first.at),
            _ => walk.step(holds(&first.before), (&first.before, first.at), None),
        }
        let after = holds(&last.after);
        // What goes ends there, and what comes back as it was is no news.
        match act.iter().any(|moment| matches!(moment.what, What::Went | What::Back)) {
            true => walk.set(after, last.at),
            false => walk.step(after, (&last.after, last.at), Some(last)),
        }
    }
    walk.step(holds(today.0), today, None);
    (walk.found, walk.unclear)
}

/// A walk through the past of a record.
struct Walk<'w> {
    within: &'w Range<Timestamp>,
    /// Whether it last held, and when that was so.
    known: Option<(bool, Timestamp)>,
    /// Since when it is not known.
    blurred: Option<Timestamp>,
    found: Vec<Became>,
    unclear: usize,
}

impl Walk<'_> {
    fn set(&mut self, holds: Option<bool>, at: Timestamp) {
        self.known = holds.map(|holds| (holds, at));
        self.blurred = holds.is_none().then_some(at);
    }

    /// Goes on to the next moment; `by` is what brought it about, where anything on the ledger did.
    fn step(&mut self, holds: Option<bool>, (stood, at): (&Stood, Timestamp), by: Option<&Moment>) {
        let Some(now) = holds else {
            self.blurred.get_or_insert(at);
            return;
        };
        let blurred = self.blurred.take();
        match (self.known, blurred) {
            (Some((false, since)), _) if now => {
                let exact = by.filter(|_| blurred.is_none());
                let there = match exact {
                    Some(_) => self.within.contains(&at),
                    None => since < self.within.end,
                };
                if there {
                    self.found.push(Became {
                        at,
                        since: exact.is_none().then_some(since),
                        platform: exact.is_some_and(|by| by.platform),
                        stood: stood.clone(),
                    });
                }
            }
            // It may have become so meanwhile, or not.
            (Some((was, _)), Some(from)) if was == now && from < self.within.end => self.unclear += 1,
            (None, Some(from)) if (now || from < at) && from < self.within.end => self.unclear += 1,
            _ => {}
        }
        self.known = Some((now, at));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use model::{FieldId, RecordId, Value};

    use super::*;

    const FIELD: FieldId = FieldId(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn stood(flag: Option<bool>) -> Stood {
        HashMap::from([(FIELD, flag.map(Value::Bool))])
    }

    fn moment(second: i64, act: u128, what: What, before: Option<bool>, after: Option<bool>) -> Moment {
        let act = RecordId::from_u128(act);
        Moment { at: at(second), act, what, platform: false, before: stood(before), after: stood(after) }
    }

    /// When it became so: at which second, and since which where that is not exact; and how often it is unclear.
    fn told(moments: &[Moment], today: bool) -> (Vec<(i64, Option<i64>)>, usize) {
        let holds = |stood: &Stood| stood.get(&FIELD).cloned().flatten().map(|value| value == Value::Bool(true));
        let (found, unclear) = became(moments, (&stood(Some(today)), at(100)), &(at(0)..at(50)), holds);
        let found = found.into_iter().map(|one| (one.at.as_second(), one.since.map(Timestamp::as_second)));
        (found.collect(), unclear)
    }

    #[test]
    fn what_one_act_does_and_undoes_is_no_news() {
        let (yes, no) = (Some(true), Some(false));
        let there_and_back = [
            moment(1, 1, What::Came, None, no),
            moment(2, 2, What::Changed, no, yes),
            moment(2, 2, What::Changed, yes, no),
            moment(3, 3, What::Changed, no, yes),
            moment(4, 4, What::Went, yes, yes),
            moment(5, 5, What::Back, yes, yes),
            moment(6, 6, What::Changed, yes, yes),
        ];
        assert_eq!(told(&there_and_back, true), (vec![(3, None)], 0));
        assert_eq!(told(&[moment(60, 1, What::Changed, no, yes)], true), (vec![], 0));
    }

    #[test]
    fn what_no_act_shows_is_told_with_its_bounds() {
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(told(&[moment(1, 1, What::Came, None, no)], true), (vec![(100, Some(1))], 0));
        let erased = [moment(1, 1, What::Changed, yes, no), moment(9, 2, What::Changed, None, yes)];
        assert_eq!(told(&erased, true), (vec![(9, Some(1))], 0));
        assert_eq!(told(&[moment(1, 1, What::Changed, None, None)], true), (vec![], 1));
        assert_eq!(told(&[moment(1, 1, What::Changed, None, no)], false), (vec![], 0));
    }
}
