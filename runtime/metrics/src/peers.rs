//! Where a value stands among others: the group's figures, and the place of one value in it.
//!
//! INVARIANT: of fewer than [`LEAST`] values nothing is told, so that nobody's own value can be worked out from a group's.

use model::{Decimal, decimal::round_half_up};

use crate::Direction;

/// Fewest values of a group of which something is told.
pub const LEAST: usize = 5;
/// Decimal places figures are kept with.
const PLACES: u32 = 8;

/// The figures of a group of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// How many values.
    pub count: usize,
    /// Their mean.
    pub mean: Decimal,
    /// The value in the middle; between the two in the middle of an even number.
    pub median: Decimal,
    /// What a quarter of the values does not exceed.
    pub lower: Decimal,
    /// What three quarters of the values do not exceed.
    pub upper: Decimal,
}

/// The values of a group, in order.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    sorted: Vec<Decimal>,
}

impl Peers {
    /// A group of these values.
    pub fn of(values: impl IntoIterator<Item = Decimal>) -> Self {
        let mut sorted: Vec<Decimal> = values.into_iter().collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    /// The group's figures; `None` of fewer than [`LEAST`] values, and where they have too many digits.
    pub fn figures(&self) -> Option<Figures> {
        let count = self.sorted.len();
        if count < LEAST {
            return None;
        }
        let sum = self.sorted.iter().try_fold(Decimal::ZERO, |sum, value| sum.checked_add(*value))?;
        Some(Figures {
            count,
            mean: round_half_up(sum.checked_div(Decimal::from(count))?, PLACES),
            median: self.quantile(2)?,
            lower: self.quantile(1)?,
            upper: self.quantile(3)?,
        })
    }

    /// The value so many quarters of the way from the smallest to the largest, straight between neighbours.
    fn quantile(&self, quarters: usize) -> Option<Decimal> {
        let steps = self.sorted.len().checked_sub(1)? * quarters;
        let (at, rest) = (steps / 4, steps % 4);
        let below = *self.sorted.get(at)?;
        let above = self.sorted.get(at + 1).copied().unwrap_or(below);
        let part = above.checked_sub(below)?.checked_mul(Decimal::new(25, 2))?.checked_mul(Decimal::from(rest))?;
        Some(round_half_up(below.checked_add(part)?, PLACES))
    }

    /// The smallest of the values that so many percent of them do not exceed; `None` of fewer than [`LEAST`] values.
    pub fn nearest(&self, percent: usize) -> Option<Decimal> {
        let count = self.sorted.len();
        if count < LEAST {
            return None;
        }
        let rank = count.checked_mul(percent)?.div_ceil(100).clamp(1, count);
        self.sorted.get(rank - 1).copied()
    }

    /// How many percent of the others a value is better than: 0 for the worst, 100 for the only best; equal values share the
    /// lower place. `None` of fewer than [`LEAST`] values.
    pub fn percentile(&self, value: Decimal, direction: Direction) -> Option<Decimal> {
        let count = self.sorted.len();
        if count < LEAST {
            return None;
        }
        let worse = match direction {
            Direction::Lower => count - self.sorted.partition_point(|other| *other <= value),
            Direction::Higher | Direction::None => self.sorted.partition_point(|other| *other < value),
        };
        let percent = Decimal::from(worse).checked_mul(Decimal::ONE_HUNDRED)?;
        Some(round_half_up(percent.checked_div(Decimal::from(count - 1))?, PLACES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(values: &[i64]) -> Peers {
        Peers::of(values.iter().copied().map(Decimal::from))
    }

    fn percentiles(values: &[i64], direction: Direction) -> Vec<String> {
        let peers = peers(values);
        let one = |value: &i64| peers.percentile(Decimal::from(*value), direction).unwrap();
        values.iter().map(|value| round_half_up(one(value), 2).normalize().to_string()).collect()
    }

    #[test]
    fn equal_values_share_the_lower_place() {
        let values = [0, 0, 1, 1, 2, 2, 2, 2, 4, 4];
        let expected = ["0", "0", "22.22", "22.22", "44.44", "44.44", "44.44", "44.44", "88.89", "88.89"];
        assert_eq!(percentiles(&values, Direction::Higher), expected);
        let turned = ["88.89", "88.89", "66.67", "66.67", "22.22", "22.22", "22.22", "22.22", "0", "0"];
        assert_eq!(percentiles(&values, Direction::Lower), turned);
    }

    #[test]
    fn figures_are_between_neighbours() {
        let figures = peers(&[1, 2, 3, 4, 10]).figures().unwrap();
        let n = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!((figures.mean, figures.median, figures.lower, figures.upper), (n("4"), n("3"), n("2"), n("4")));
        let figures = peers(&[1, 2, 3, 4, 5, 6]).figures().unwrap();
        assert_eq!((figures.median, figures.lower, figures.upper), (n("3.5"), n("2.25"), n("4.75")));
    }

    #[test]
    fn the_nearest_rank_is_one_of_the_values() {
        let nearest = |values: &[i64], percent| peers(values).nearest(percent).map(|value| value.to_string());
        let ten: Vec<i64> = (1..=10).collect();
        assert_eq!(nearest(&ten, 90), Some("9".to_owned()));
        assert_eq!(nearest(&[0, 0, 2, 4, 5], 90), Some("5".to_owned()));
        assert_eq!(nearest(&[15, 20, 35, 40, 50], 30), Some("20".to_owned()));
        assert_eq!(nearest(&[1, 2, 3, 4, 5], 1), Some("1".to_owned()));
        assert_eq!(nearest(&[1, 2, 3, 4], 90), None);
    }

    #[test]
    fn of_few_nothing_is_told() {
        let four = peers(&[1, 2, 3, 4]);
        assert_eq!((four.figures(), four.percentile(Decimal::ONE, Direction::Higher)), (None, None));
    }
}
