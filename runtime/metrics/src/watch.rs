//! Watching a series: when a value is out of bounds for too many periods in a row, how grave that has become, and when it
//! is over. Worked out from the whole series each time, so that late, corrected and repeated data end in the same answer.
//!
//! INVARIANT: of one series there is at most one episode at a time.

use model::{Decimal, Period};

/// What is watched for.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// When a period counts against the series.
    pub hit: Hit,
    /// The smallest denominator with which a period says anything; smaller ones neither count nor break.
    pub least: Option<Decimal>,
    /// Levels with the number of periods in a row that reach them, the mildest first. Never empty.
    pub levels: Vec<(String, u32)>,
    /// Periods in a row without a hit after which it is over.
    pub clear: u32,
}

/// When a period counts against a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hit {
    /// Its value is larger than this.
    Above(Decimal),
    /// Its value is smaller than this.
    Below(Decimal),
    /// Its value is smaller than that of the period before that said something.
    Falling,
    /// Its value is larger than that of the period before that said something.
    Rising,
    /// Its value is far below the mean of those before.
    Falls(Swing),
    /// Its value is far above the mean of those before.
    Rises(Swing),
    /// It is better than fewer than so many percent of its peers.
    PlaceBelow(Decimal),
}

/// How far a value is from those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swing {
    /// By more than so many percent of their mean.
    pub by: Decimal,
    /// How many values before it; with fewer there is no mean.
    pub over: usize,
}

impl Swing {
    /// The mean of the last values, as a sum and a count that it is to be divided by. A share of nothing is nothing: `None`
    /// also where the mean is not above zero.
    fn mean(self, before: &[Decimal]) -> Option<(Decimal, Decimal)> {
        let first = before.len().checked_sub(self.over)?;
        let sum = before.iter().skip(first).try_fold(Decimal::ZERO, |sum, value| sum.checked_add(*value))?;
        (sum > Decimal::ZERO).then(|| (sum, Decimal::from(self.over)))
    }

    /// So many percent of the mean.
    fn limit(self, before: &[Decimal], percent: Decimal) -> Option<Decimal> {
        let (sum, count) = self.mean(before)?;
        sum.checked_mul(percent)?.checked_div(count.checked_mul(Decimal::ONE_HUNDRED)?)
    }

    /// Whether a value is so far from the mean of those before it; compared without dividing.
    fn holds(
        self,
        value: Decimal,
        before: &[Decimal],
        far: impl Fn(Decimal, Decimal) -> bool,
        percent: Decimal,
    ) -> bool {
        let told = || {
            let (sum, count) = self.mean(before)?;
            let value = value.checked_mul(count)?.checked_mul(Decimal::ONE_HUNDRED)?;
            Some(far(value, sum.checked_mul(percent)?))
        };
        told().unwrap_or(false)
    }
}

/// A period of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// When.
    pub period: Period,
    /// The value, unrounded; `None` for no data.
    pub value: Option<Decimal>,
    /// What was divided.
    pub numerator: Option<Decimal>,
    /// By what, where something was divided.
    pub denominator: Option<Decimal>,
    /// How many percent of its peers it is better than, where that is asked and there are enough of them.
    pub place: Option<Decimal>,
}

/// A period that counted against a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// What was seen.
    pub seen: Seen,
    /// What its value was held against, unrounded; its place, where peers are compared.
    pub limit: Option<Decimal>,
    /// The level it led to with those before it, as a place in [`Watch::levels`]; `None` while they were too few.
    pub level: Option<usize>,
}

/// A time during which something was wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// The period in which the first level was reached.
    pub opened: Period,
    /// The gravest level it reached, as a place in [`Watch::levels`].
    pub level: usize,
    /// The period in which that level was reached.
    pub reached: Period,
    /// The period in which it was over; `None` while it is not.
    pub closed: Option<Period>,
    /// The periods in a row that led to the gravest level.
    pub evidence: Vec<Counted>,
}

impl Watch {
    /// The level that so many hits in a row reach.
    fn level(&self, streak: u32) -> Option<usize> {
        self.levels.iter().rposition(|(_, needed)| streak >= *needed)
    }

    /// Whether peers are compared, so that what is seen of one depends on all.
    pub fn compares(&self) -> bool {
        matches!(self.hit, Hit::PlaceBelow(_))
    }

    /// Periods before the first that can open an episode.
    pub fn lead(&self) -> usize {
        let longest = self.levels.last().map_or(1, |(_, needed)| usize::try_from(*needed).unwrap_or(usize::MAX));
        match self.hit {
            Hit::Falls(swing) | Hit::Rises(swing) => longest.saturating_add(swing.over),
            _ => longest,
        }
    }

    /// Whether a period has data enough to say anything.
    pub fn evaluable(&self, seen: &Seen) -> bool {
        seen.value.is_some()
            && self.least.is_none_or(|least| seen.denominator.or(seen.numerator).is_some_and(|number| number >= least))
    }

    /// Whether a period says anything.
    fn tells(&self, seen: &Seen) -> bool {
        self.evaluable(seen) && (seen.place.is_some() || !self.compares())
    }

    fn hits(&self, seen: &Seen, earlier: &[Decimal]) -> bool {
        let Some(value) = seen.value else { return false };
        let before = earlier.last().copied();
        match self.hit {
            Hit::Above(limit) => value > limit,
            Hit::Below(limit) => value < limit,
            Hit::Falling => before.is_some_and(|before| value < before),
            Hit::Rising => before.is_some_and(|before| value > before),
            Hit::Falls(swing) => {
                let percent = Decimal::ONE_HUNDRED.saturating_sub(swing.by);
                swing.holds(value, earlier, |value, limit| value < limit, percent)
            }
            Hit::Rises(swing) => {
                let percent = Decimal::ONE_HUNDRED.saturating_add(swing.by);
                swing.holds(value, earlier, |value, limit| value > limit, percent)
            }
            Hit::PlaceBelow(limit) => seen.place.is_some_and(|place| place < limit),
        }
    }

    /// What a value is held against after those before it.
    fn limit(&self, earlier: &[Decimal]) -> Option<Decimal> {
        match self.hit {
            Hit::Above(limit) | Hit::Below(limit) | Hit::PlaceBelow(limit) => Some(limit),
            Hit::Falling | Hit::Rising => earlier.last().copied(),
            Hit::Falls(swing) => swing.limit(earlier, Decimal::ONE_HUNDRED.saturating_sub(swing.by)),
            Hit::Rises(swing) => swing.limit(earlier, Decimal::ONE_HUNDRED.saturating_add(swing.by)),
        }
    }

    /// The episodes of a series, oldest first. Its periods may come in any order and more than once; of one period the
    /// last holds.
    pub fn episodes(&self, series: &[Seen]) -> Vec<Episode> {
        let mut ordered: Vec<&Seen> = series.iter().collect();
        // A stable order, so that what was delivered later stands later.
        ordered.sort_by_key(|seen| seen.period);
        let mut found: Vec<Episode> = Vec::new();
        let mut run: Vec<Counted> = Vec::new();
        let mut earlier: Vec<Decimal> = Vec::new();
        let (mut quiet, mut open) = (0_u32, false);
        for (at, seen) in ordered.iter().enumerate() {
            let again = ordered.get(at + 1).is_some_and(|next| next.period == seen.period);
            if again || !self.tells(seen) {
                continue;
            }
            let (hit, limit) = (self.hits(seen, &earlier), self.limit(&earlier));
            earlier.extend(seen.value);
            if !hit {
                run.clear();
                if let Some(episode) = found.last_mut().filter(|_| open) {
                    quiet += 1;
                    if quiet >= self.clear {
                        episode.closed = Some(seen.period);
                        open = false;
                    }
                }
                continue;
            }
            quiet = 0;
            let level = self.level(u32::try_from(run.len() + 1).unwrap_or(u32::MAX));
            run.push(Counted { seen: **seen, limit, level });
            let Some(level) = level else { continue };
            match found.last_mut().filter(|_| open) {
                Some(episode) if level > episode.level => {
                    episode.level = level;
                    episode.reached = seen.period;
                    episode.evidence.clone_from(&run);
                }
                Some(_) => {}
                None => {
                    let (period, evidence) = (seen.period, run.clone());
                    found.push(Episode { opened: period, level, reached: period, closed: None, evidence });
                    open = true;
                }
            }
        }
        found
    }
}

/// Where an alert stands, as far as that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Somebody is still to do something about it, whatever they have done so far.
    Open,
    /// It is over, as the data says.
    Over,
    /// A person said it is over.
    Settled,
    /// It never was.
    Void,
}

/// An alert that is kept of an episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The period in which it was opened.
    pub opened: Period,
    /// Its level, as a place in [`Watch::levels`]; `None` for one that is no longer there.
    pub level: Option<usize>,
    /// Where it stands.
    pub state: State,
}

/// What has to be done so that the alerts kept are those of the episodes.
#[derive(Debug, Clone, PartialEq)]
pub enum Amend<'a> {
    /// An episode of which no alert is kept.
    Open(&'a Episode),
    /// The alert at that place, with the episode it is of: its level, its evidence, and whether it is over.
    Update(usize, &'a Episode),
    /// The alert at that place never was.
    Void(usize),
}

/// Compares the episodes of a series with the alerts that are kept of it. What a person settled stays settled, unless it
/// never was or has become graver since.
pub fn amends<'a>(episodes: &'a [Episode], kept: &[Kept]) -> Vec<Amend<'a>> {
    let mut amends = Vec::new();
    for (at, alert) in kept.iter().enumerate() {
        match episodes.iter().find(|episode| episode.opened == alert.opened) {
            None if alert.state != State::Void => amends.push(Amend::Void(at)),
            None => {}
            Some(episode) => {
                let over = episode.closed.is_some();
                let as_told = match alert.state {
                    State::Open => !over,
                    State::Over => over,
                    State::Settled => true,
                    State::Void => false,
                };
                if !as_told || alert.level != Some(episode.level) {
                    amends.push(Amend::Update(at, episode));
                }
            }
        }
    }
    let new = episodes.iter().filter(|episode| kept.iter().all(|alert| alert.opened != episode.opened));
    amends.extend(new.map(Amend::Open));
    amends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        Watch {
            hit: Hit::Above(8.into()),
            least: Some(5.into()),
            levels: vec![("yellow".to_owned(), 3), ("red".to_owned(), 5)],
            clear: 2,
        }
    }

    /// A day of November with what was reworked of what was issued.
    fn day(day: i8, rework: i64, issued: i64) -> Seen {
        let period = Period::of(model::Grain::Day, jiff::civil::date(2025, 11, day));
        let (numerator, denominator) = (Decimal::from(rework), Decimal::from(issued));
        let value = (numerator * Decimal::ONE_HUNDRED).checked_div(denominator);
        Seen { period, value, numerator: Some(numerator), denominator: Some(denominator), place: None }
    }

    fn told(series: &[Seen]) -> Vec<String> {
        let watch = watch();
        let episodes = watch.episodes(series);
        let told = episodes.iter().map(|episode| {
            let level = &watch.levels[episode.level].0;
            let closed = episode.closed.map_or_else(|| "open".to_owned(), |period| format!("over {period}"));
            format!("{} {level} {} {closed}", episode.opened, episode.reached)
        });
        told.collect()
    }

    #[test]
    fn three_days_in_a_row_are_yellow_and_two_others_end_it() {
        let series = [day(10, 3, 25), day(11, 3, 25), day(12, 3, 25), day(13, 1, 25), day(15, 1, 25)];
        assert_eq!(told(&series), ["2025-11-12 yellow 2025-11-12 over 2025-11-15"]);
    }

    #[test]
    fn the_evidence_says_what_each_period_was_held_against_and_led_to() {
        let levels = |watch: &Watch, series: &[Seen]| -> Vec<(String, Option<usize>)> {
            let episodes = watch.episodes(series);
            let limit = |one: &Counted| one.limit.map(|limit| limit.normalize().to_string()).unwrap_or_default();
            episodes[0].evidence.iter().map(|one| (limit(one), one.level)).collect()
        };
        let of = |limit: &str, level| (limit.to_owned(), level);
        let series: Vec<Seen> = [1, 2, 3, 4, 6].into_iter().map(|at| day(at, 4, 25)).collect();
        let told = [of("8", None), of("8", None), of("8", Some(0)), of("8", Some(0)), of("8", Some(1))];
        assert_eq!(levels(&watch(), &series), told);
        let swing = Swing { by: 50.into(), over: 2 };
        let watch = Watch { hit: Hit::Rises(swing), least: None, levels: vec![("yellow".to_owned(), 1)], clear: 2 };
        let series = [day(1, 1, 10), day(2, 2, 10), day(3, 9, 10)];
        assert_eq!(levels(&watch, &series), [of("22.5", Some(0))], "half as much again as the mean of 10 and 20");
    }

    #[test]
    fn days_off_and_days_with_too_little_neither_count_nor_break() {
        assert_eq!(
            told(&[day(10, 3, 25), day(11, 3, 25), day(12, 4, 4), day(13, 3, 25)]),
            ["2025-11-13 yellow 2025-11-13 open"]
        );
        assert!(told(&[day(10, 1, 4), day(11, 1, 4), day(13, 1, 4)]).is_empty());
    }

    #[test]
    fn exactly_the_limit_is_no_hit_and_a_good_day_breaks_the_run() {
        assert!(told(&[day(11, 2, 25), day(12, 2, 25), day(13, 2, 25)]).is_empty());
        assert!(told(&[day(11, 3, 25), day(12, 3, 25), day(13, 1, 25), day(14, 3, 25)]).is_empty());
    }

    #[test]
    fn five_in_a_row_are_red() {
        let series: Vec<Seen> = [1, 2, 3, 4, 6].into_iter().map(|at| day(at, 4, 25)).collect();
        assert_eq!(told(&series), ["2025-11-03 red 2025-11-06 open"]);
        // Interrupted once it is neither over nor graver.
        let series = [day(1, 4, 25), day(2, 4, 25), day(3, 4, 25), day(4, 0, 25), day(5, 4, 25), day(6, 4, 25)];
        assert_eq!(told(&series), ["2025-11-03 yellow 2025-11-03 open"]);
    }

    #[test]
    fn order_and_repetition_change_nothing_and_a_correction_does() {
        let series = [day(12, 3, 25), day(10, 3, 25), day(11, 3, 25), day(10, 3, 25)];
        assert_eq!(told(&series), ["2025-11-12 yellow 2025-11-12 open"]);
        let corrected = [day(12, 3, 25), day(10, 3, 25), day(11, 3, 25), day(11, 1, 25)];
        assert!(told(&corrected).is_empty());
    }

    #[test]
    fn two_quarters_that_fall_are_told_and_one_that_stays_is_not() {
        let watch = Watch { hit: Hit::Falling, least: None, levels: vec![("red".to_owned(), 2)], clear: 1 };
        let series = |values: [i64; 3]| {
            let at = |(at, value): (usize, i64)| Seen {
                period: Period::of(model::Grain::Quarter, jiff::civil::date(2025, 1 + 3 * at as i8, 1)),
                value: Some(value.into()),
                numerator: None,
                denominator: None,
                place: None,
            };
            values.into_iter().enumerate().map(at).collect::<Vec<_>>()
        };
        assert_eq!(watch.episodes(&series([86, 79, 73])).len(), 1);
        assert!(watch.episodes(&series([82, 80, 80])).is_empty());
    }

    /// Months of 2025 with these values, and perhaps places.
    fn months(values: &[(i64, Option<i64>)]) -> Vec<Seen> {
        let one = |(at, (value, place)): (usize, &(i64, Option<i64>))| Seen {
            period: Period::of(model::Grain::Month, jiff::civil::date(2025, 1 + at as i8, 1)),
            value: Some((*value).into()),
            numerator: None,
            denominator: None,
            place: place.map(Decimal::from),
        };
        values.iter().enumerate().map(one).collect()
    }

    #[test]
    fn a_swing_is_held_against_the_mean_of_the_periods_before() {
        let watch = |hit| Watch { hit, least: None, levels: vec![("red".to_owned(), 1)], clear: 1 };
        let opened = |hit, values: &[i64]| {
            let values: Vec<_> = values.iter().map(|value| (*value, None)).collect();
            let episodes = watch(hit).episodes(&months(&values));
            episodes.iter().map(|episode| episode.opened.to_string()).collect::<Vec<_>>()
        };
        let swing = Swing { by: 20.into(), over: 3 };
        // The mean is 100: exactly a fifth less is not more than a fifth.
        assert!(opened(Hit::Falls(swing), &[90, 100, 110, 80]).is_empty());
        assert_eq!(opened(Hit::Falls(swing), &[90, 100, 110, 79]), ["2025-04"]);
        assert!(opened(Hit::Falls(swing), &[100, 110, 10]).is_empty(), "too few before it");
        assert_eq!(opened(Hit::Rises(swing), &[90, 100, 110, 120, 133]), ["2025-05"]);
        assert!(opened(Hit::Falls(swing), &[0, 0, 0, -5]).is_empty(), "nothing is no measure");
    }

    #[test]
    fn a_place_among_peers_counts_where_there_is_one() {
        let hit = Hit::PlaceBelow(10.into());
        let watch = Watch { hit, least: None, levels: vec![("red".to_owned(), 2)], clear: 1 };
        let found = |places: &[Option<i64>]| {
            let values: Vec<_> = places.iter().map(|place| (50, *place)).collect();
            watch.episodes(&months(&values)).len()
        };
        assert_eq!(found(&[Some(9), Some(0)]), 1);
        assert_eq!(found(&[Some(9), None, Some(9)]), 1, "a month of too few peers neither counts nor breaks");
        assert_eq!(found(&[Some(9), Some(10)]), 0);
    }

    #[test]
    fn alerts_follow_the_episodes() {
        let watch = watch();
        let days = [day(10, 3, 25), day(11, 3, 25), day(12, 3, 25)];
        let opened = day(12, 0, 1).period;
        let kept = |level, state| [Kept { opened, level: Some(level), state }];
        let open = watch.episodes(&days);
        assert_eq!(amends(&open, &[]), [Amend::Open(&open[0])]);
        assert!(amends(&open, &kept(0, State::Open)).is_empty());
        assert!(amends(&open, &kept(0, State::Settled)).is_empty());
        // Corrected away, it never was; said again, it is there again.
        assert_eq!(amends(&[], &kept(0, State::Open)), [Amend::Void(0)]);
        assert!(amends(&[], &kept(0, State::Void)).is_empty());
        assert_eq!(amends(&open, &kept(0, State::Void)), [Amend::Update(0, &open[0])]);
        // Over, and then not over after all.
        let over = watch.episodes(&[&days[..], &[day(13, 0, 25), day(14, 0, 25)]].concat());
        assert_eq!(amends(&over, &kept(0, State::Open)), [Amend::Update(0, &over[0])]);
        assert!(amends(&over, &kept(0, State::Over)).is_empty());
        assert_eq!(amends(&open, &kept(0, State::Over)), [Amend::Update(0, &open[0])]);
        // Graver than what was settled.
        let red = watch.episodes(&[&days[..], &[day(13, 3, 25), day(14, 3, 25)]].concat());
        assert_eq!(amends(&red, &kept(0, State::Settled)), [Amend::Update(0, &red[0])]);
    }
}
