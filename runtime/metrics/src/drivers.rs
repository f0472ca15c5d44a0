//! What may drive a term: how a change divides into rates and mix, and what each cause that its author names goes together
//! with. Association, not cause: nothing here knows what would have happened otherwise, and what overlaps does not add up.

use formula::{Formula, Path, Predicate};
use model::{Decimal, Text};

use crate::{Direction, Parts};

/// What a term's author names as possible drivers.
#[derive(Debug, Clone)]
pub struct Drivers {
    /// So many worse periods in a row call for an analysis.
    pub declines: u32,
    /// What a change is divided by: a path from the rows, as written and as read.
    pub split: Option<(String, Path)>,
    /// Possible causes, in the order they were written.
    pub causes: Vec<Cause>,
    /// Who is told when an analysis is called for.
    pub tell: Option<Tell>,
}

/// Who is told that a number got worse too often in a row.
#[derive(Debug, Clone)]
pub struct Tell {
    /// The head of the unit that answers for the term, about the number of all.
    pub owner: bool,
    /// A person or several, by an expression over the subject, about the subject's own number.
    pub to: Option<Formula>,
}

/// A possible cause: some rows fail in something, and the others do not.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// Its name, in addresses.
    pub name: String,
    /// What people call it.
    pub label: Text,
    /// Which rows fail.
    pub fails: Predicate,
    /// The condition as its author wrote it.
    pub written: String,
}

impl Drivers {
    /// A cause by name.
    pub fn cause(&self, name: &str) -> Option<&Cause> {
        self.causes.iter().find(|cause| cause.name == name)
    }
}

/// Whether the newest values, oldest first, each are worse than the one before, so many times in a row. Equal is not worse,
/// and no data ends a row.
pub fn falls(values: &[Option<Decimal>], declines: u32, direction: Direction) -> bool {
    let count = usize::try_from(declines).unwrap_or(usize::MAX);
    let Some(from) = values.len().checked_sub(1).and_then(|last| last.checked_sub(count)) else { return false };
    let newest = values.get(from..).unwrap_or_default();
    declines > 0
        && newest.windows(2).all(|pair| match pair {
            [Some(before), Some(now)] => match direction {
                Direction::Lower => now > before,
                Direction::Higher | Direction::None => now < before,
            },
            _ => false,
        })
}

/// A group in two periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stratum {
    /// What its value was made of before.
    pub before: Parts,
    /// What it is made of now.
    pub now: Parts,
}

/// What a group did to the whole, in the unit of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effect {
    /// Because its own rate changed.
    pub rate: Decimal,
    /// Because its share of the whole changed.
    pub mix: Decimal,
}

/// A change divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The whole value before.
    pub before: Decimal,
    /// The whole value now.
    pub now: Decimal,
    /// What each group did, in the order given.
    pub effects: Vec<Effect>,
}

impl Split {
    /// How far the whole moved.
    pub fn change(&self) -> Decimal {
        self.now.checked_sub(self.before).unwrap_or_default()
    }

    /// What the shares of the groups did together.
    pub fn mix(&self) -> Decimal {
        self.effects.iter().fold(Decimal::ZERO, |sum, effect| sum.checked_add(effect.mix).unwrap_or(sum))
    }
}

/// Divides a change by groups, each weighed by the mean of its two shares and of its two rates, so that both periods count
/// alike and nothing is left over. A group that is there in one period only changes the mix. `None` where there is no value in
/// one of the periods.
pub fn split(groups: &[Stratum], times: Decimal) -> Option<Split> {
    let total = |of: fn(&Stratum) -> Parts| groups.iter().try_fold(Parts::default(), |sum, group| sum.plus(&of(group)));
    let (before, now) = (total(|group| group.before)?, total(|group| group.now)?);
    let (whole_before, whole_now) = (before.divisor()?, now.divisor()?);
    let two = Decimal::TWO;
    let mut effects = Vec::with_capacity(groups.len());
    for group in groups {
        let share = |parts: Parts, whole: Decimal| parts.divisor().unwrap_or_default().checked_div(whole);
        let (w0, w1) = (share(group.before, whole_before)?, share(group.now, whole_now)?);
        let (r0, r1) = match (group.before.value(times), group.now.value(times)) {
            (Some(r0), Some(r1)) => (r0, r1),
            (Some(only), None) | (None, Some(only)) => (only, only),
            (None, None) => {
                effects.push(Effect::default());
                continue;
            }
        };
        let half = |a: Decimal, b: Decimal| a.checked_add(b)?.checked_div(two);
        effects.push(Effect {
            rate: half(w0, w1)?.checked_mul(r1.checked_sub(r0)?)?,
            mix: half(r0, r1)?.checked_mul(w1.checked_sub(w0)?)?,
        });
    }
    Some(Split { before: before.value(times)?, now: now.value(times)?, effects })
}

/// The rows of a cause: those that fail and those that do not. Of others it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Strata {
    /// What the value of those that fail is made of.
    pub failing: Parts,
    /// What the value of the others is made of.
    pub passing: Parts,
    /// What the value of all is made of, those of whom it is not known among them.
    pub all: Parts,
}

/// What goes together with a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// How many fail: what their value is divided by.
    pub failing: Decimal,
    /// How many there are.
    pub all: Decimal,
    /// The value of those that fail.
    pub fails: Decimal,
    /// The value of the others.
    pub passes: Decimal,
    /// What the whole would be better by if those that fail did as well as the others; below nought where they do better.
    pub loss: Decimal,
}

/// The loss that goes together with a cause; `None` where nobody fails, nobody passes, or there is nothing to divide by.
pub fn loss(strata: &Strata, times: Decimal, direction: Direction) -> Option<Loss> {
    let (failing, all) = (strata.failing.divisor()?, strata.all.divisor()?);
    let (fails, passes) = (strata.failing.value(times)?, strata.passing.value(times)?);
    let worse = match direction {
        Direction::Lower => fails.checked_sub(passes)?,
        Direction::Higher | Direction::None => passes.checked_sub(fails)?,
    };
    let loss = failing.checked_mul(worse)?.checked_div(all)?;
    Some(Loss { failing, all, fails, passes, loss })
}

#[cfg(test)]
mod tests {
    use model::decimal::round_half_up;

    use super::*;

    fn parts(numerator: i64, denominator: i64) -> Parts {
        Parts::ratio(Some(Decimal::from(numerator)), Some(Decimal::from(denominator)))
    }

    fn shown(value: Decimal) -> String {
        round_half_up(value, 3).normalize().to_string()
    }

    #[test]
    fn a_change_divides_into_rates_and_mix() {
        let a = Stratum { before: parts(54, 60), now: parts(44, 50) };
        let b = Stratum { before: parts(32, 40), now: parts(35, 50) };
        let split = split(&[a, b], Decimal::ONE).unwrap();
        assert_eq!(
            (shown(split.before), shown(split.now), shown(split.change())),
            ("0.86".into(), "0.79".into(), "-0.07".into())
        );
        let rates: Vec<String> = split.effects.iter().map(|effect| shown(effect.rate)).collect();
        let mixes: Vec<String> = split.effects.iter().map(|effect| shown(effect.mix)).collect();
        assert_eq!((rates, mixes), (vec!["-0.011".into(), "-0.045".into()], vec!["-0.089".to_owned(), "0.075".into()]));
        assert_eq!(shown(split.mix()), "-0.014");
        let all: Decimal = split.effects.iter().map(|effect| effect.rate + effect.mix).sum();
        assert_eq!(all, split.change());
    }

    #[test]
    fn who_comes_or_goes_changes_the_mix_only() {
        let stays = Stratum { before: parts(9, 10), now: parts(9, 10) };
        let comes = Stratum { before: Parts::default(), now: parts(5, 10) };
        let split = split(&[stays, comes], Decimal::ONE).unwrap();
        assert_eq!(shown(split.change()), "-0.2");
        assert!(split.effects.iter().all(|effect| effect.rate.is_zero()));
        assert_eq!(super::split(&[comes], Decimal::ONE), None);
    }

    #[test]
    fn the_loss_of_a_cause_is_what_the_whole_would_be_better_by() {
        let of = |fails: (i64, i64), passes: (i64, i64)| {
            let strata =
                Strata { failing: parts(fails.0, fails.1), passing: parts(passes.0, passes.1), all: parts(73, 100) };
            loss(&strata, Decimal::ONE_HUNDRED, Direction::Higher).map(|loss| shown(loss.loss))
        };
        assert_eq!(of((22, 40), (51, 60)).as_deref(), Some("12"));
        assert_eq!(of((7, 10), (66, 90)).as_deref(), Some("0.333"));
        assert_eq!(of((14, 20), (59, 80)).as_deref(), Some("0.75"));
        assert_eq!(of((0, 0), (73, 100)), None);
        assert_eq!(of((9, 10), (64, 90)).as_deref(), Some("-1.889"));
    }

    #[test]
    fn only_strict_declines_in_a_row_fall() {
        let fall = |values: &[&str], direction| {
            let values: Vec<Option<Decimal>> = values.iter().map(|text| text.parse().ok()).collect();
            falls(&values, 2, direction)
        };
        assert!(fall(&["90", "86", "79", "73"], Direction::Higher));
        assert!(!fall(&["80", "78", "79"], Direction::Higher));
        assert!(!fall(&["82", "80", "80"], Direction::Higher));
        assert!(!fall(&["86", "79"], Direction::Higher));
        assert!(!fall(&["86", "", "73"], Direction::Higher));
        assert!(fall(&["1", "2", "3"], Direction::Lower));
    }
}
