//! A weighted mean of means, exactly.

use model::Decimal;

/// One of the means: how much it counts, and the values it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What it counts beside the others; only their relation matters.
    pub weight: u32,
    /// Sum of its values.
    pub sum: Decimal,
    /// How many values; a part of none is left out.
    pub count: u32,
}

/// The weighted mean of the parts that have a mean and count something; `None` where there is none, or where it has more
/// digits than a number holds. Only what it is given is weighed: a part that was left out is not to be had from it.
///
/// It is made over one denominator and divided once, so that thirds that make a half make it exactly.
pub fn mean(parts: &[Part]) -> Option<Decimal> {
    let parts = || parts.iter().filter(|part| part.weight > 0 && part.count > 0);
    let common = parts().try_fold(1_u64, |common, part| multiple(common, part.count.into()))?;
    let mut total = Decimal::ZERO;
    for part in parts() {
        let times = Decimal::from(common.checked_div(part.count.into())?).checked_mul(part.weight.into())?;
        total = total.checked_add(part.sum.checked_mul(times)?)?;
    }
    let weights: u64 = parts().map(|part| u64::from(part.weight)).sum();
    total.checked_div(Decimal::from(common).checked_mul(weights.into())?)
}

/// The least number that both divide.
fn multiple(a: u64, b: u64) -> Option<u64> {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x.checked_rem(y)?);
    }
    a.checked_div(x)?.checked_mul(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[(u32, &str, u32)]) -> Option<String> {
        let part = |&(weight, sum, count): &(u32, &str, u32)| Part { weight, sum: sum.parse().unwrap(), count };
        let parts: Vec<Part> = parts.iter().map(part).collect();
        mean(&parts).map(|mean| model::decimal::round_half_up(mean, 4).normalize().to_string())
    }

    #[test]
    fn what_is_left_out_is_in_nothing() {
        // A manager, four peers, themselves; two reports are too few and not here.
        assert_eq!(of(&[(40, "4.0", 1), (30, "17", 4), (0, "5", 1)]).as_deref(), Some("4.1071"));
        assert_eq!(of(&[(40, "4.0", 1), (30, "17", 4), (30, "4", 2)]).as_deref(), Some("3.475"));
        assert_eq!(of(&[(40, "4.0", 1), (30, "0", 0)]).as_deref(), Some("4"));
        assert_eq!(of(&[(0, "5", 1)]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn thirds_make_a_half_exactly() {
        let third = |sum: u32| Part { weight: 1, sum: sum.into(), count: 3 };
        let sixth = Part { weight: 1, sum: 4_u32.into(), count: 6 };
        assert_eq!(mean(&[third(1), sixth]), Some(Decimal::new(5, 1)));
    }

    #[test]
    fn numbers_too_large_make_none() {
        let large = Part { weight: u32::MAX, sum: Decimal::MAX, count: 1 };
        assert_eq!(mean(&[large, large]), None);
    }
}
