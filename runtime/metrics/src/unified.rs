//! How much of what is shown means what the dictionary says.

use model::{Decimal, decimal::round_half_up};

/// A place where a number is shown or used, as far as the dictionary is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// It is bound to the version of a term that is approved now.
    pub bound: bool,
    /// It has a formula of its own.
    pub local: bool,
    /// It is called by a name of the term.
    pub named: bool,
}

impl Usage {
    /// Whether it means what the dictionary says, and says so.
    pub fn unified(self) -> bool {
        self.bound && self.named && !self.local
    }
}

/// The percentage of unified usages, to two places; `None` where nothing is used.
pub fn rate(usages: &[Usage]) -> Option<Decimal> {
    let unified = usages.iter().filter(|usage| usage.unified()).count();
    share(i64::try_from(unified).ok()?, i64::try_from(usages.len()).ok()?)
}

/// The percentage that some of all are, to two places; `None` of nothing.
pub fn share(unified: i64, usages: i64) -> Option<Decimal> {
    let share = Decimal::from(unified).checked_mul(Decimal::ONE_HUNDRED)?;
    share.checked_div(Decimal::from(usages)).map(|rate| round_half_up(rate, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_counts_when_everything_about_it_is_right() {
        let right = Usage { bound: true, local: false, named: true };
        let wrong = [Usage { bound: false, ..right }, Usage { local: true, ..right }, Usage { named: false, ..right }];
        let of = |good: usize| {
            let usage = |at: usize| if at < good { right } else { wrong[at % 3] };
            rate(&(0..1000).map(usage).collect::<Vec<_>>()).unwrap().normalize().to_string()
        };
        assert_eq!((of(510).as_str(), of(997).as_str()), ("51", "99.7"));
        assert_eq!(rate(&[]), None);
    }
}
