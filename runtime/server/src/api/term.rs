//! Terms of the dictionary: one file per verb, and what they share.
//!
//! A term is there for those who may read every field it is measured from; for others there is none of its name.

pub mod conflicts;
pub mod drivers;
pub mod life;
pub mod lineage;
pub mod list;
pub mod rehearsal;
pub mod rows;
pub mod series;
pub mod unified;

use engine::{
    Actor,
    series::{GroupBy, NoSeries, visible},
};
use metrics::{Measure, Term};
use model::{Decimal, Locale, Period, Type, Uuid, Value, decimal::round_half_up};

use super::parameter::{Parameters, say};
use crate::problem::{Kind, Problem};

/// The term at an address, as far as the actor may see it.
fn term<'a>(actor: &'a Actor, name: &str) -> Result<&'a Term, Problem> {
    let found = actor.edition.app.term_named(name).filter(|term| visible(actor, term));
    found.ok_or_else(|| Problem::new(Kind::NotFound))
}

/// The present day where the app is.
pub(crate) fn today(actor: &Actor) -> model::Date {
    actor.now.to_zoned_datetime(actor.edition.zone.clone()).date()
}

/// A period in a parameter.
fn period(actor: &Actor, parameters: &Parameters, name: &str) -> Result<Option<Period>, Problem> {
    let Some(text) = parameters.get(name) else { return Ok(None) };
    actor.edition.app.year_start().parse(text).map(Some).ok_or_else(|| {
        let message = say(
            actor.locale,
            "应是时间段，例如 `2025-11-10`、`2025-W47`、`2025-11`、`2025-Q4`、`2025`",
            "should be a period, such as `2025-11-10`, `2025-W47`, `2025-11`, `2025-Q4`, `2025`",
        );
        Problem::parameter(name, "format", message)
    })
}

/// The subject in a parameter.
fn subject(actor: &Actor, parameters: &Parameters) -> Result<Option<Uuid>, Problem> {
    let Some(text) = parameters.get("subject") else { return Ok(None) };
    Uuid::parse_str(text).map(Some).map_err(|_| {
        Problem::parameter("subject", "format", say(actor.locale, "应是记录的编号", "should be the id of a record"))
    })
}

/// What `group` names: `subject`, the path to it, or another path.
fn group(actor: &Actor, term: &Term, parameters: &Parameters) -> Option<GroupBy> {
    let text = parameters.get("group")?;
    let is_subject = match &term.measure {
        Measure::Base(base) => base.subject.as_ref().is_some_and(|(path, _)| actor.edition.app.path_text(path) == text),
        Measure::Derived(_) => false,
    };
    Some(if is_subject || text == "subject" { GroupBy::Subject } else { GroupBy::Path(text.to_owned()) })
}

/// A value in a parameter, read as what it is compared with.
fn value(actor: &Actor, text: Option<&str>, ty: &Type) -> Result<Value, Problem> {
    let Some(text) = text else { return Ok(Value::Null) };
    let read = match ty {
        Type::Bool => text.parse().ok().map(Value::Bool),
        Type::Int => text.parse().ok().map(Value::Int),
        Type::Decimal => text.parse().ok().map(Value::Decimal),
        Type::Text => Some(Value::from(text)),
        Type::Date => text.parse().ok().map(Value::Date),
        Type::DateTime => text.parse().ok().map(Value::DateTime),
        Type::Id(_) => Uuid::parse_str(text).ok().map(Value::Id),
        Type::List(item) => return value(actor, Some(text), item),
        Type::Json | Type::Secret => None,
    };
    read.ok_or_else(|| {
        let message = say(actor.locale, "不是这个分组的值", "is no value of this group");
        Problem::parameter("value", "type", message)
    })
}

/// Why there is no such series, over HTTP.
fn none(actor: &Actor, none: &NoSeries) -> Problem {
    let (app, locale) = (&actor.edition.app, actor.locale);
    let told = |parameter: &str, code: &str, zh: String, en: String| {
        Problem::parameter(parameter, code, if locale == Locale::ZhCn { zh } else { en })
    };
    match none {
        NoSeries::NoTerm => Problem::new(Kind::NotFound),
        NoSeries::Range => told(
            "to",
            "range",
            format!("起止时间须同一粒度、先后有序，最多 {} 段", engine::series::MOST_PERIODS),
            format!("`from` comes before `to`, with at most {} periods", engine::series::MOST_PERIODS),
        ),
        NoSeries::Grain { finest, .. } => told(
            "grain",
            "grain",
            format!("数据按 `{}` 记录，不能按这个粒度统计", finest.word()),
            format!("the data is kept by `{}`, and cannot be told apart like this", finest.word()),
        ),
        NoSeries::NoSubject { .. } => told(
            "subject",
            "subject",
            "这个指标没有统计对象".to_owned(),
            "this number is about nobody in particular".to_owned(),
        ),
        NoSeries::NoPath { part, .. } => {
            told("group", "unknown", format!("没有字段 `{part}`"), format!("there is no field `{part}`"))
        }
        NoSeries::SeveralKinds { parts, .. } => {
            let names: Vec<&str> = parts.iter().filter_map(|id| app.term(*id)).map(|term| term.name.as_str()).collect();
            let names = names.join(", ");
            told(
                "filter",
                "several",
                format!("这个指标由多种数据算出，请分别查看：{names}"),
                format!("this number is made from several kinds of rows; ask for each: {names}"),
            )
        }
        NoSeries::TooMany(most) => told(
            "group",
            "too-many",
            format!("结果超过 {most} 个数，请缩小时间范围或换个分组"),
            format!("there are more than {most} numbers; ask for fewer periods or groups"),
        ),
    }
}

/// A decimal as a number of JSON, rounded to so many places.
fn number(value: Decimal, places: u32) -> Option<serde_json::Number> {
    round_half_up(value, places).normalize().to_string().parse().ok()
}
