//! The one source of chance: a number made from a key, and from nothing else.
//!
//! The key is `renxin-2025|` and the parts joined by `|`; it is hashed by FNV-1a (64 bits) and mixed by one step of
//! SplitMix64. INVARIANT: no draw depends on another, so any row can be made alone and in any order.

use std::fmt::{self, Write as _};

/// FNV-1a over whatever is written to it; formatting straight into the hash saves one `String` per draw.
struct Fnv(u64);

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        Ok(())
    }
}

/// The hash of the key whose parts are `key`, already joined by `|` and without the leading `renxin-2025|`.
pub fn hash(key: fmt::Arguments<'_>) -> u64 {
    let mut fnv = Fnv(0xCBF2_9CE4_8422_2325);
    // INVARIANT: writing into `Fnv` never fails, nor does formatting a number, a text or a date.
    let _ = fnv.write_str("renxin-2025|");
    let _ = fnv.write_fmt(key);
    fnv.0
}

/// The 64 random-looking bits of a key.
pub fn bits(key: fmt::Arguments<'_>) -> u64 {
    let z = hash(key).wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A whole number from `low` to `high`, both included. An empty range gives `low`.
pub fn between(low: u32, high: u32, key: fmt::Arguments<'_>) -> u32 {
    let width = u64::from(high.saturating_sub(low)) + 1;
    let step = bits(key) % width;
    low.saturating_add(u32::try_from(step).unwrap_or(u32::MAX))
}

/// Whether a chance of `percent` in a hundred comes true.
pub fn chance(percent: u32, key: fmt::Arguments<'_>) -> bool {
    between(1, 100, key) <= percent
}

/// One of `items`; the default of the type when there are none.
pub fn pick<T: Copy + Default>(items: &[T], key: fmt::Arguments<'_>) -> T {
    let last = u32::try_from(items.len().saturating_sub(1)).unwrap_or(u32::MAX);
    items.get(between(0, last, key) as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_the_specification() {
        assert_eq!(hash(format_args!("rep|E0640|2025-11-10|issued")), 2_119_569_108_669_353_282);
        assert_eq!(bits(format_args!("rep|E0640|2025-11-10|issued")), 2_708_296_889_945_391_261);
        assert_eq!(between(20, 40, format_args!("rep|E0640|2025-11-10|issued")), 26);
        assert_eq!(bits(format_args!("rep|E0001|2025-10-09|issued")), 2_071_691_529_663_371_392);
        assert_eq!(between(20, 40, format_args!("rep|E0001|2025-10-09|issued")), 27);
        assert_eq!(bits(format_args!("fcr|E0256|2025-12-31|calls")), 8_365_949_782_604_501_540);
        assert_eq!(between(20, 40, format_args!("fcr|E0256|2025-12-31|calls")), 25);
    }

    #[test]
    fn a_range_includes_both_ends() {
        let drawn: Vec<u32> = (0..200).map(|i| between(3, 5, format_args!("ends|{i}"))).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&3), Some(&5)));
        assert_eq!(between(7, 7, format_args!("one")), 7);
        assert_eq!(pick::<&str>(&[], format_args!("none")), "");
    }
}
