//! What a value is made of, kept apart so that the values of several cells can be made one.

use model::Decimal;

/// Numerator and denominator of a value. A sum has no denominator; a mean has the number of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// What is divided; `None` when nothing is known.
    pub numerator: Option<Decimal>,
    /// By what; `None` when nothing is divided.
    pub denominator: Option<Divisor>,
}

/// What a numerator is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Divisor(pub Option<Decimal>);

impl Parts {
    /// A number that is not divided.
    pub fn whole(numerator: Option<Decimal>) -> Self {
        Self { numerator, denominator: None }
    }

    /// A number that is divided.
    pub fn ratio(numerator: Option<Decimal>, denominator: Option<Decimal>) -> Self {
        Self { numerator, denominator: Some(Divisor(denominator)) }
    }

    /// The denominator, where there is one and it is known.
    pub fn divisor(&self) -> Option<Decimal> {
        self.denominator.and_then(|Divisor(denominator)| denominator)
    }

    /// The value, unrounded: no data where nothing is known, and where something would be divided by nothing.
    pub fn value(&self, times: Decimal) -> Option<Decimal> {
        let numerator = self.numerator?;
        match self.denominator {
            None => Some(numerator),
            Some(Divisor(denominator)) => {
                let denominator = denominator.filter(|number| !number.is_zero())?;
                // Multiplied first, so that thirds of a hundred lose nothing.
                let product = numerator.checked_mul(times);
                product.and_then(|product| product.checked_div(denominator))
            }
        }
    }

    /// Both together. What is not known adds nothing. `None` where the sum has more digits than a number holds.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let sum = |a: Option<Decimal>, b: Option<Decimal>| match (a, b) {
            (Some(a), Some(b)) => a.checked_add(b).map(Some),
            (a, b) => Some(a.or(b)),
        };
        Some(Self {
            numerator: sum(self.numerator, other.numerator)?,
            denominator: match (self.denominator, other.denominator) {
                (None, None) => None,
                (a, b) => Some(Divisor(sum(a.and_then(|a| a.0), b.and_then(|b| b.0))?)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<Decimal> {
        Some(text.parse().unwrap())
    }

    fn rate(numerator: &str, denominator: &str) -> Option<String> {
        let value = Parts::ratio(number(numerator), number(denominator)).value(Decimal::ONE_HUNDRED)?;
        Some(model::decimal::round_half_up(value, 2).normalize().to_string())
    }

    #[test]
    fn rates_are_exact_and_nothing_is_divided_by_nothing() {
        assert_eq!(rate("18", "250").as_deref(), Some("7.2"));
        assert_eq!(rate("3354", "8600").as_deref(), Some("39"));
        assert_eq!(rate("89", "100").as_deref(), Some("89"));
        assert_eq!(rate("1.3", "5.0").as_deref(), Some("26"));
        assert_eq!(rate("5", "0"), None);
        assert_eq!(Parts::ratio(number("5"), None).value(Decimal::ONE), None);
        assert_eq!(Parts::ratio(number("75"), number("10")).value(Decimal::ONE), number("7.5"));
        assert_eq!(Parts::ratio(number("5760"), number("480")).value(Decimal::ONE), number("12"));
    }

    #[test]
    fn parts_add_up_where_values_do_not() {
        let (a, b) = (Parts::ratio(number("1"), number("2")), Parts::ratio(number("9"), number("10")));
        assert_eq!(a.plus(&b), Some(Parts::ratio(number("10"), number("12"))));
        assert_eq!(a.plus(&Parts::default()), Some(a));
        assert_eq!(Parts::whole(Some(Decimal::MAX)).plus(&Parts::whole(number("1"))), None);
    }
}
