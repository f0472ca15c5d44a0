//! Names of apps, entities, fields, roles: what a definition calls things and what addresses and tables are made from.

use std::{borrow::Borrow, fmt, sync::Arc};

/// Longest name in characters. Longer ones are refused when a definition is checked.
pub const MAX_NAME: usize = 64;

/// A checked name: a letter or `_`, then letters, digits and `_` (any script), at most [`MAX_NAME`] characters.
///
/// App and page names may also hold `-`; see [`Name::parse_dashed`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Nothing was written.
    #[error("a name cannot be empty")]
    Empty,
    /// More than [`MAX_NAME`] characters.
    #[error("a name has at most {MAX_NAME} characters")]
    TooLong,
    /// A character that names cannot hold.
    #[error("a name starts with a letter and holds letters, digits and `_` only")]
    Character,
}

impl Name {
    /// Checks a name of an entity, field, form or role.
    ///
    /// # Errors
    /// Returns the first rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        Self::check(text, false)
    }

    /// Checks a name of an app, page or form, where `-` may join words.
    ///
    /// # Errors
    /// Returns the first rule the text breaks.
    pub fn parse_dashed(text: &str) -> Result<Self, NameFault> {
        Self::check(text, true)
    }

    fn check(text: &str, dashed: bool) -> Result<Self, NameFault> {
        let mut characters = text.chars();
        let first = characters.next().ok_or(NameFault::Empty)?;
        if text.chars().count() > MAX_NAME {
            return Err(NameFault::TooLong);
        }
        let fine = |c: char| c.is_alphanumeric() || c == '_' || (dashed && c == '-');
        if !(first.is_alphabetic() || first == '_') || !characters.all(fine) {
            return Err(NameFault::Character);
        }
        Ok(Self(text.into()))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_fine_and_sql_words_too() {
        for text in ["order", "员工", "_x1", "select", &"a".repeat(64)] {
            assert!(Name::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_name_says_why() {
        assert_eq!(Name::parse(""), Err(NameFault::Empty));
        assert_eq!(Name::parse("1a"), Err(NameFault::Character));
        assert_eq!(Name::parse("a-b"), Err(NameFault::Character));
        assert_eq!(Name::parse("a b"), Err(NameFault::Character));
        assert_eq!(Name::parse("a\"; drop"), Err(NameFault::Character));
        assert_eq!(Name::parse(&"a".repeat(200)), Err(NameFault::TooLong));
        assert!(Name::parse_dashed("a-b").is_ok());
    }
}
