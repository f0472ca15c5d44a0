//! `dictionary/<name>.yaml`: what a number means, who answers for it, and how it is measured.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expression, Words, entity::Scalar};

/// A term: one meaning of one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Term {
    /// Its code, as in `K06`; no two terms in use share one.
    pub code: String,
    /// What people call it.
    pub label: Words,
    /// What else they call it, per language.
    #[serde(default)]
    pub aliases: Aliases,
    /// What it means, so that two people count the same.
    pub definition: Words,
    /// What its values are counted in: `%`, or words per language.
    #[serde(default)]
    pub unit: Option<Words>,
    /// Which way is better.
    pub direction: Direction,
    /// How often new data is expected; what is older is shown as stale.
    pub frequency: Frequency,
    /// The system its data comes from.
    #[serde(default)]
    pub source: Option<Words>,
    /// The key of the unit that answers for it.
    pub owner: String,
    /// Where it is in its life, `proposed` unless said.
    #[serde(default)]
    pub status: Status,
    /// Counts its meanings, 1 unless said. A change of the measure is another version; finished periods keep the one they
    /// were measured with.
    #[serde(default)]
    pub version: Option<u32>,
    /// Keys of the units in which, and below which, this meaning holds; everywhere unless said.
    #[serde(default)]
    pub scope: Vec<String>,
    /// How it is measured.
    pub measure: Measure,
    /// Decimal places its values are shown with, 0 to 8; 2 unless said.
    #[serde(default)]
    pub places: Option<u32>,
    /// The group its subjects are compared in, as a path from the row: `person.post`.
    #[serde(default)]
    pub peers: Option<String>,
    /// What is aimed for: a number, or an expression over the subject. Left out, it is the target of the scale's `curve`.
    #[serde(default)]
    pub target: Option<Scalar>,
    /// What it was before something was changed; values are shown beside it.
    #[serde(default)]
    pub baseline: Option<Baseline>,
    /// How its values become scores and grades.
    #[serde(default)]
    pub scale: Option<Scale>,
    /// What must hold of the rows it is measured from, by name; rows that fail are counted and shown.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Check>")]
    pub checks: IndexMap<String, Check>,
    /// What may drive it: what is looked at when it gets worse.
    #[serde(default)]
    pub drivers: Option<Drivers>,
    /// For boards of which units it is proposed: a condition on the people who work there, as in
    /// `kind == "a"`.
    #[serde(default)]
    pub suggested_for: Option<Expression>,
}

/// A value of before, as it was measured then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Baseline {
    /// The value.
    pub value: Scalar,
    /// The day it is of, as in `2024-12-31`.
    pub on: String,
    /// How it was measured then, and what was changed since.
    #[serde(default)]
    pub words: Option<Words>,
}

/// Other names per language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Aliases {
    /// In simplified Chinese.
    #[serde(rename = "zh-CN", default, skip_serializing_if = "Vec::is_empty")]
    pub zh_cn: Vec<String>,
    /// In English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub en: Vec<String>,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither.
    None,
}

/// How often data is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a frequency is what its name says")]
pub enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Quarterly,
    Yearly,
}

/// Where a term is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Somebody wants it.
    #[default]
    Proposed,
    /// Those concerned have looked at it.
    Reviewed,
    /// It holds.
    Approved,
    /// It is no longer to be used.
    Deprecated,
}

/// How a term is measured: over rows, as exactly one of `simple`, `ratio`, `weighted` and `cumulative`; or `derived` from
/// other terms, with nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Measure {
    /// The entity whose rows are measured.
    #[serde(default)]
    pub over: Option<String>,
    /// Its date, datetime or period field that says when a row counts.
    #[serde(default)]
    pub time: Option<String>,
    /// Whom or what the number is about: a reference of the row, or a path to one.
    #[serde(default)]
    pub subject: Option<String>,
    /// Only these rows.
    #[serde(default, rename = "where")]
    pub rows: Option<Expression>,
    /// One number: `count`, or `sum(field)`, `avg(field)`, `min(field)`, `max(field)`, `distinct(field)`.
    #[serde(default)]
    pub simple: Option<Part>,
    /// One number by another.
    #[serde(default)]
    pub ratio: Option<Ratio>,
    /// A mean in which rows count differently.
    #[serde(default)]
    pub weighted: Option<Weighted>,
    /// All since the beginning of a longer period.
    #[serde(default)]
    pub cumulative: Option<Cumulative>,
    /// An expression over the names of other terms.
    #[serde(default)]
    pub derived: Option<Expression>,
}

/// A number over rows, or over some of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Part {
    /// Over all of them.
    All(String),
    /// Over those for which something holds.
    Some(SomeRows),
}

/// A number over some of the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SomeRows {
    /// `count`, or `sum(field)`, `avg(field)`, `min(field)`, `max(field)`, `distinct(field)`.
    pub of: String,
    /// Of the rows for which this holds.
    #[serde(rename = "where")]
    pub rows: Expression,
}

/// One number by another. Where the other is nothing there is no data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// What is divided.
    pub numerator: Part,
    /// By what.
    pub denominator: Part,
    /// Times this, 1 unless said; 100 makes percentage points.
    #[serde(default)]
    pub times: Option<Scalar>,
}

/// A mean in which rows count differently; rows without a value are left out of both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weighted {
    /// The number field the mean is of.
    pub value: String,
    /// The number field that says what a row counts.
    pub weight: String,
}

/// All since the beginning of a longer period, up to the end of each period asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cumulative {
    /// `count`, or `sum(field)`, `avg(field)`.
    pub of: Part,
    /// Since the beginning of which period.
    pub since: Since,
}

/// The longer period of a cumulative measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a period is what its name says")]
pub enum Since {
    Month,
    Quarter,
    Half,
    Year,
}

/// How values become scores (at most one of `curve`, `ratio`, `steps`, `deduct` and `range`) and scores grades.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Scale {
    /// 60 at the threshold, 100 at the target, 120 at the stretch, straight between; 0 short of the threshold.
    #[serde(default)]
    pub curve: Option<Curve>,
    /// The value by the term's target times 100; the target by the value where less is better.
    #[serde(default)]
    pub ratio: Option<RatioScale>,
    /// The score of the first step that a value reaches.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Points less for each.
    #[serde(default)]
    pub deduct: Option<Deduct>,
    /// 100 within a range, and less outside.
    #[serde(default)]
    pub range: Option<Range>,
    /// Grades, the best first; without a curve of any kind it is the value that is graded.
    #[serde(default)]
    pub grades: Vec<Band>,
    /// A value that spoils the grade.
    #[serde(default)]
    pub veto: Option<Veto>,
}

/// Three points. Where less is better the threshold is the largest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Where it begins to count.
    pub threshold: Scalar,
    /// What is aimed for.
    pub target: Scalar,
    /// What counts most.
    pub stretch: Scalar,
}

/// A score by the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioScale {
    /// The highest score, 120 unless said.
    #[serde(default)]
    pub cap: Option<Scalar>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The smallest value it is reached by.
    #[serde(default)]
    pub from: Option<Scalar>,
    /// The largest value it is reached by.
    #[serde(default)]
    pub to: Option<Scalar>,
    /// Its score.
    pub score: Scalar,
}

/// Points less for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deduct {
    /// Points for none, 100 unless said.
    #[serde(default)]
    pub from: Option<Scalar>,
    /// Points each costs.
    pub each: Scalar,
}

/// A range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Its lower end.
    pub low: Scalar,
    /// Its upper end.
    pub high: Scalar,
    /// Points a unit of distance costs.
    pub each: Scalar,
}

/// A grade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The smallest score it is given for; only the last has none.
    #[serde(default)]
    pub from: Option<Scalar>,
    /// The grade.
    pub grade: String,
    /// What something is multiplied by for it.
    #[serde(default)]
    pub factor: Option<Scalar>,
}

/// A value that spoils the grade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Veto {
    /// A value above this does.
    pub above: Scalar,
    /// The best grade it then can be.
    pub at_most: String,
}

/// Possible drivers of a rate or a mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drivers {
    /// So many worse periods in a row call for an analysis, 1 to 12; 2 unless said.
    #[serde(default)]
    pub declines: Option<u32>,
    /// What a change is divided by into rates and mix, as a path from the rows that are measured.
    #[serde(default)]
    pub split: Option<String>,
    /// Possible causes by name, at most eight; they are ranked by the loss that goes together with them.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Cause>")]
    pub causes: IndexMap<String, Cause>,
    /// Who is told when a finished period calls for an analysis: once for every period, with a way to the analysis. Whoever may
    /// not see the numbers that fell is not told.
    #[serde(default)]
    pub tell: Option<Tell>,
}

/// Who is told that a number got worse too often in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Tell {
    /// The head of the unit that answers for the term, about the number of all.
    #[serde(default)]
    pub owner: bool,
    /// A person or several by an expression over the subject (`head`, `unit.head`), about the subject's own number.
    #[serde(default)]
    pub to: Option<Expression>,
}

/// A possible cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// What people call it.
    pub label: Words,
    /// Which rows fail in it.
    pub fails: Expression,
}

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Must hold for every row, or be not known.
    pub rule: Expression,
    /// What people read about rows for which it does not.
    pub message: Words,
}
