//! Masks: how much of a text is shown to who may not read it whole.

use std::fmt;

/// Shows the first and last characters of a text and something fixed between them, so that neither the middle nor its
/// length is told: `138****5678` by `###****####`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mask {
    first: usize,
    between: String,
    last: usize,
}

/// Why a pattern is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoMask {
    /// There is nothing between the characters shown.
    #[error("it hides nothing")]
    HidesNothing,
    /// `#` stands between the characters that hide.
    #[error("`#` stands at its beginning and end only")]
    Broken,
    /// It is longer than [`MOST`].
    #[error("it is longer than 40 characters")]
    TooLong,
}

/// Characters of a pattern at most.
pub const MOST: usize = 40;

impl Mask {
    /// Reads a pattern: each `#` at the beginning or end shows a character of the text, what is between them stands for the
    /// rest.
    ///
    /// # Errors
    /// [`NoMask`] says what is wrong with it.
    pub fn parse(pattern: &str) -> Result<Self, NoMask> {
        if pattern.chars().count() > MOST {
            return Err(NoMask::TooLong);
        }
        let rest = pattern.trim_start_matches('#');
        let between = rest.trim_end_matches('#');
        if between.is_empty() {
            return Err(NoMask::HidesNothing);
        }
        if between.contains('#') {
            return Err(NoMask::Broken);
        }
        Ok(Self { first: pattern.len() - rest.len(), between: between.to_owned(), last: rest.len() - between.len() })
    }

    /// Characters shown at the beginning.
    pub fn first(&self) -> usize {
        self.first
    }

    /// Characters shown at the end.
    pub fn last(&self) -> usize {
        self.last
    }

    /// What stands for the rest.
    pub fn between(&self) -> &str {
        &self.between
    }

    /// The text as shown. A text so short that nothing of it would be hidden is hidden whole.
    pub fn apply(&self, text: &str) -> String {
        let count = text.chars().count();
        if count <= self.first + self.last {
            return self.between.clone();
        }
        let first: String = text.chars().take(self.first).collect();
        let last: String = text.chars().skip(count - self.last).collect();
        format!("{first}{}{last}", self.between)
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", "#".repeat(self.first), self.between, "#".repeat(self.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_shown_and_the_middle_never() {
        let phone = Mask::parse("###****####").unwrap();
        assert_eq!(phone.to_string(), "###****####");
        assert_eq!(phone.apply("13812345678"), "138****5678");
        assert_eq!(phone.apply("1234567"), "****");
        let name = Mask::parse("#**").unwrap();
        assert_eq!([name.apply("张三丰"), name.apply("李"), name.apply("")], ["张**", "**", "**"]);
    }

    #[test]
    fn what_hides_nothing_is_no_mask() {
        assert_eq!(Mask::parse("###"), Err(NoMask::HidesNothing));
        assert_eq!(Mask::parse(""), Err(NoMask::HidesNothing));
        assert_eq!(Mask::parse("#*#*#"), Err(NoMask::Broken));
        assert_eq!(Mask::parse(&"*".repeat(41)), Err(NoMask::TooLong));
    }
}
