//! The function library: what builders may call, in the words of a spreadsheet, with the documentation they read.
//!
//! A function is pure, charges for its work before doing it, and answers null where there is no answer.

/// Groups of functions, as the reference lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Numbers and rounding.
    Arithmetic,
    /// Text.
    Text,
    /// Days, moments and working days.
    Date,
    /// Conditions and choices.
    Logic,
    /// Lists, and values read from children.
    List,
}

/// One function as the reference shows it.
#[derive(Debug, Clone)]
pub struct Function {
    /// The name in capitals; any case is understood.
    pub name: &'static str,
    /// Where the reference lists it.
    pub category: Category,
    /// Parameters and answer: `ROUND(value: number, places?: whole) -> number`.
    pub signature: &'static str,
    /// What it does: English, Chinese.
    pub doc: (&'static str, &'static str),
    /// Expressions and what they give, which run as tests.
    pub examples: &'static [(&'static str, &'static str)],
}

/// Every function, by category, in the order of the reference.
pub fn all() -> &'static [Function] {
    &[]
}
