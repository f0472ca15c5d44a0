//! The function library: what builders may call, in the words of a spreadsheet, with the documentation they read.
//!
//! A function is pure, charges for its work before doing it, and answers null where there is no answer. Unless it says
//! otherwise (`nulls: Meets`) it answers null as soon as an argument is null. To add one: an entry in the file of its
//! category, with both documentations and an example; nothing else knows the list. What must not compute all its arguments
//! (`IF`, `AND`, `SWITCH` …) has an entry without `run` and is written out by the checker.

use std::{collections::HashMap, sync::LazyLock};

use model::Value;

use crate::{
    EvaluateError,
    evaluate::{Context, Given},
};

/// Entries of the library, one after another: name, signature, both documentations, examples, what null does, the work.
macro_rules! functions {
    ($category:ident; $(
        $name:ident $signature:literal
        $english:literal
        $chinese:literal
        [$($example:literal => $result:literal),+ $(,)?]
        $nulls:ident $run:expr;
    )+) => {
        pub(super) const ALL: &[$crate::function::Function] = &[$($crate::function::Function {
            name: stringify!($name),
            category: $crate::function::Category::$category,
            signature: concat!(stringify!($name), $signature),
            doc: ($english, $chinese),
            examples: &[$(($example, $result)),+],
            nulls: $crate::function::Nulls::$nulls,
            run: $run,
        }),+];
    };
}

mod arithmetic;
mod date;
mod list;
mod logic;
mod organisation;
pub(crate) mod signature;
mod text;

use signature::Signature;

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
    /// Where people and units stand in the organisation, seen from who acts.
    Organisation,
}

/// What a null argument does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// The answer is null.
    Answers,
    /// The function looks at it.
    Meets,
}

/// The work of a function.
pub(crate) type Run = fn(&Given<'_>, &mut Context<'_>) -> Result<Value, EvaluateError>;

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
    pub(crate) nulls: Nulls,
    /// None for the forms the checker writes out.
    pub(crate) run: Option<Run>,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Every function, by category, in the order of the reference.
pub fn all() -> &'static [Function] {
    static ALL: LazyLock<Vec<Function>> =
        LazyLock::new(|| [arithmetic::ALL, text::ALL, date::ALL, logic::ALL, list::ALL, organisation::ALL].concat());
    &ALL
}

/// The function of that name, in any case.
pub(crate) fn find(name: &str) -> Option<(&'static Function, &'static Signature)> {
    static BY_NAME: LazyLock<HashMap<&str, (&Function, Signature)>> = LazyLock::new(|| {
        let read =
            |function: &'static Function| Some((function.name, (function, Signature::parse(function.signature)?)));
        all().iter().filter_map(read).collect()
    });
    BY_NAME.get(name.to_uppercase().as_str()).map(|(function, signature)| (*function, signature))
}

#[cfg(test)]
mod tests;
