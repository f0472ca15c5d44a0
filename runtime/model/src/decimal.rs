//! Exact decimals: rounding is half away from zero, and only where a value is shown or stored.

use rust_decimal::{Decimal, RoundingStrategy};

/// Most decimal places a stored number may have.
pub const MAX_SCALE: u32 = 8;

/// Rounds half away from zero: 2.675 to two places is 2.68, −2.675 is −2.68.
pub fn round_half_up(number: Decimal, places: u32) -> Decimal {
    number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_goes_away_from_zero() {
        for (number, places, expected) in
            [("2.675", 2, "2.68"), ("-2.675", 2, "-2.68"), ("94.995", 2, "95.00"), ("0.5", 0, "1")]
        {
            let number: Decimal = number.parse().unwrap();
            let expected: Decimal = expected.parse().unwrap();
            assert_eq!(round_half_up(number, places), expected);
        }
    }
}
