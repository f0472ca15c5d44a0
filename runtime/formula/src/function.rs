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
mod chinese;
mod code;
mod conditional;
mod date;
mod finance;
mod json;
mod list;
mod logic;
mod mathematics;
mod normal;
mod number;
mod organisation;
mod pattern;
mod period;
mod returns;
mod scale;
mod sequence;
pub(crate) mod signature;
mod statistics;
mod text;
mod trigonometry;
mod workday;

use signature::{Signature, Wants};

/// Groups of functions, as the reference lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Numbers and rounding.
    Arithmetic,
    /// Spread, rank, percentiles, how lists go together.
    Statistics,
    /// Scores, grades and lamps.
    Scale,
    /// Money over time.
    Finance,
    /// Text.
    Text,
    /// Days, moments and working days.
    Date,
    /// Conditions and choices.
    Logic,
    /// Lists, and values read from children.
    List,
    /// Values out of JSON documents.
    Json,
    /// Where people and units stand in the organisation, seen from who acts.
    Organisation,
}

impl Category {
    /// Every category, in the order of the reference.
    pub const ALL: [Self; 10] = [
        Self::Arithmetic,
        Self::Statistics,
        Self::Scale,
        Self::Finance,
        Self::Text,
        Self::Date,
        Self::Logic,
        Self::List,
        Self::Json,
        Self::Organisation,
    ];

    /// Its heading in the reference: English, Chinese.
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Arithmetic => ("Numbers", "数学"),
            Self::Statistics => ("Statistics", "统计"),
            Self::Scale => ("Scores and scales", "评分与等级"),
            Self::Finance => ("Finance", "财务"),
            Self::Text => ("Text", "文本"),
            Self::Date => ("Days and time", "日期与时间"),
            Self::Logic => ("Conditions", "逻辑"),
            Self::List => ("Lists", "列表"),
            Self::Json => ("JSON", "JSON"),
            Self::Organisation => ("The organisation", "组织"),
        }
    }
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

impl Function {
    /// Whether it goes by the working calendar: those that do take one as an argument.
    pub(crate) fn counts_working_days(&self) -> bool {
        find(self.name).is_some_and(|(_, read)| read.parameters.iter().any(|(_, wants, _)| *wants == Wants::Calendar))
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Every function, by category, in the order of the reference.
pub fn all() -> &'static [Function] {
    static ALL: LazyLock<Vec<Function>> = LazyLock::new(|| {
        let numbers = [arithmetic::ALL, mathematics::ALL, trigonometry::ALL];
        let figures = [statistics::ALL, normal::ALL, scale::ALL, finance::ALL, returns::ALL];
        let texts = [text::ALL, pattern::ALL, chinese::ALL, code::ALL];
        let others = [date::ALL, period::ALL, workday::ALL, logic::ALL];
        let lists = [list::ALL, conditional::ALL, sequence::ALL, json::ALL, organisation::ALL];
        [numbers.concat(), figures.concat(), texts.concat(), others.concat(), lists.concat()].concat()
    });
    &ALL
}

/// Other words for functions, as spreadsheets have them; the reference lists each function once.
pub const ALIASES: &[(&str, &str)] = &[
    ("ASC", "HALF_WIDTH"),
    ("CHAR", "UNICHAR"),
    ("CODE", "UNICODE"),
    ("CONCATENATE", "CONCAT"),
    ("ENCODEURL", "ENCODE_URL"),
    ("FORECAST_LINEAR", "FORECAST"),
    ("IFERROR", "COALESCE"),
    ("IFNA", "COALESCE"),
    ("INDEX", "AT"),
    ("LARGE", "LARGEST"),
    ("LENGTH", "LEN"),
    ("MODE_SNGL", "MODE"),
    ("PEARSON", "CORREL"),
    ("PERCENTILE_INC", "PERCENTILE"),
    ("QUARTILE_INC", "QUARTILE"),
    ("RANK_EQ", "RANK"),
    ("RMB", "RMB_CAPITALS"),
    ("SMALL", "SMALLEST"),
    ("STDEV", "STDEV_S"),
    ("TEXTSPLIT", "SPLIT"),
    ("VAR", "VAR_S"),
    ("VARIANCE", "VAR_P"),
    ("WEIGHTED", "WEIGHTED_MEAN"),
    ("WIDECHAR", "FULL_WIDTH"),
];

/// The function of that name or with that alias, in any case.
pub(crate) fn find(name: &str) -> Option<(&'static Function, &'static Signature)> {
    static BY_NAME: LazyLock<HashMap<&str, (&Function, Signature)>> = LazyLock::new(|| {
        let read =
            |function: &'static Function| Some((function.name, (function, Signature::parse(function.signature)?)));
        all().iter().filter_map(read).collect()
    });
    let name = name.to_uppercase();
    let meant = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, meant)| meant);
    BY_NAME.get(meant).map(|(function, signature)| (*function, signature))
}

#[cfg(test)]
mod tests;
