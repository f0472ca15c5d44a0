//! What people are told when a value is refused, in both languages.

use app::{Field, FieldKind, Order};
use model::{Locale, Text, Value};

use super::validate::shown;
use crate::input::Misread;

/// Says `zh` or `en`.
pub(crate) fn say(locale: Locale, zh: impl Into<String>, en: impl Into<String>) -> String {
    match locale {
        Locale::ZhCn => zh.into(),
        Locale::En => en.into(),
    }
}

/// Words with a value in the place of every `{name}`.
pub(crate) fn filled(text: &str, value: impl Fn(&str) -> String) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, after)) => {
                out.push_str(&value(name));
                rest = after;
            }
            None => rest = after,
        }
    }
    out.push_str(rest);
    out
}

/// What to say of a secret that does not open and would be emptied.
pub(crate) fn unreadable(field: &Field, locale: Locale) -> String {
    let label = field.label.get(locale);
    say(
        locale,
        format!("{label}：原内容无法解密，不能清空；请联系管理员恢复密钥，或填写新的内容"),
        format!("{label}: what is kept does not open, and is not emptied; have the key put back, or give a new value"),
    )
}

/// What to say of a value that could not be read.
pub(crate) fn misread(field: &Field, fault: &Misread, locale: Locale) -> String {
    let label = field.label.get(locale);
    let (zh, en) = match fault.expected {
        "no-zero" => ("不能包含空字符（U+0000）", "leave out the character U+0000"),
        "whole-number" => ("请填写整数", "enter a whole number"),
        "number" if fault.code == "range" => ("数值过大", "the number is too large"),
        "number" => ("请填写数字", "enter a number"),
        "boolean" => ("请选择是或否", "choose yes or no"),
        "date" => ("请填写日期，例如 2025-11-10", "enter a date such as 2025-11-10"),
        "datetime" => ("请填写日期和时间，例如 2025-11-10 09:30", "enter a date and time such as 2025-11-10 09:30"),
        "list" => ("请填写一个列表", "give a list"),
        "reference" => ("请从列表中选择一条记录", "choose a record from the list"),
        "choice" => ("请从选项中选择", "choose one of the options"),
        "json" => ("不是有效的 JSON", "this is not valid JSON"),
        "signature" => (
            "签名过短或超出范围，请手写完整姓名，也可以键入姓名",
            "sign with the whole name within the sheet, or type the name",
        ),
        "location" => ("请填写纬度,经度，例如 30.2741,120.1551", "enter latitude,longitude such as 30.2741,120.1551"),
        "year" => ("请填写年份，例如 2025", "enter a year such as 2025"),
        "half" => ("请填写半年，例如 2025-H2", "enter a half-year such as 2025-H2"),
        "quarter" => ("请填写季度，例如 2025-Q4", "enter a quarter such as 2025-Q4"),
        "month" => ("请填写月份，例如 2025-11", "enter a month such as 2025-11"),
        "week" => ("请填写周，例如 2025-W47", "enter a week such as 2025-W47"),
        "children" => ("下级记录请逐条修改", "records below this one are changed on their own"),
        _ if fault.code == "too-long" => ("内容过长", "the text is too long"),
        _ => ("请填写文本", "enter text"),
    };
    say(locale, format!("{label}：{zh}"), format!("{label}: {en}"))
}

/// The field is required and nothing was given.
pub(crate) fn required(field: &Field, locale: Locale) -> String {
    let label = field.label.get(locale);
    say(locale, format!("请填写{label}"), format!("{label} is required"))
}

/// The value is below the least allowed, or the text shorter.
pub(crate) fn too_small(field: &Field, least: &Value, locale: Locale) -> String {
    let (label, least) = (field.label.get(locale), shown(least));
    if field.ty == model::Type::Text {
        return say(locale, format!("{label}至少 {least} 个字"), format!("{label} needs at least {least} characters"));
    }
    say(locale, format!("{label}不能小于 {least}"), format!("{label} cannot be less than {least}"))
}

/// The value is above the most allowed, or the text longer.
pub(crate) fn too_large(field: &Field, most: &Value, locale: Locale) -> String {
    let (label, most) = (field.label.get(locale), shown(most));
    if field.ty == model::Type::Text {
        return say(locale, format!("{label}最多 {most} 个字"), format!("{label} has room for {most} characters"));
    }
    say(locale, format!("{label}不能大于 {most}"), format!("{label} cannot be more than {most}"))
}

/// The text does not match the field's pattern.
pub(crate) fn pattern(field: &Field, locale: Locale) -> String {
    let (label, help) = (field.label.get(locale), field.help.get(locale));
    say(locale, format!("{label}格式不正确。{help}"), format!("{label} does not have the expected form. {help}"))
        .trim_end()
        .to_owned()
}

/// The text is not the code of a term.
pub(crate) fn no_term(field: &Field, locale: Locale) -> String {
    let label = field.label.get(locale);
    let zh = format!("{label}应为数据字典里已有的指标代码");
    say(locale, zh, format!("{label} should be the code of a term that is in the dictionary"))
}

/// The choice may not go from the one value to the other.
pub(crate) fn out_of_order(
    field: &Field,
    order: &Order,
    from: Option<&str>,
    to: Option<&str>,
    locale: Locale,
) -> String {
    let label = field.label.get(locale);
    let name = |code: &str| match &field.kind {
        FieldKind::Choice(choices) => {
            let known = choices.iter().find(|choice| choice.code == code);
            known.map_or_else(|| code.to_owned(), |choice| choice.label.get(locale).to_owned())
        }
        _ => code.to_owned(),
    };
    let listed = |codes: &[String]| {
        let quoted = codes.iter().map(|code| say(locale, format!("“{}”", name(code)), name(code)));
        quoted.collect::<Vec<_>>().join(if locale == Locale::ZhCn { "、" } else { " or " })
    };
    match (from, to) {
        (None, _) => {
            let starts = listed(&order.starts);
            say(locale, format!("新建时，{label}只能是{starts}"), format!("a new record begins with {label} {starts}"))
        }
        (Some(from), None) => say(
            locale,
            format!("{label}现在是“{}”，不能清空", name(from)),
            format!("{label} is {} and cannot be cleared", name(from)),
        ),
        (Some(from), Some(to)) => {
            let (next, from, to) = (order.next(from).unwrap_or_default(), name(from), name(to));
            let (zh, en) = match listed(next) {
                none if none.is_empty() => ("，此后不再改变".to_owned(), "it stays as it is".to_owned()),
                some => (format!("，下一步只能是{some}"), format!("what follows is {some}")),
            };
            say(
                locale,
                format!("{label}不能从“{from}”改为“{to}”{zh}"),
                format!("{label} cannot go from {from} to {to}; {en}"),
            )
        }
    }
}

/// Another record has these values already.
pub(crate) fn taken(label: &str, locale: Locale) -> String {
    say(locale, format!("{label}已存在，请换一个"), format!("{label} is taken already, choose another"))
}

/// Not saved, and why is not for whoever writes to know.
pub(crate) fn not_accepted(locale: Locale) -> String {
    say(locale, "按所填内容无法保存", "this cannot be saved with these values")
}

/// The record referred to is not there, or may not be chosen.
pub(crate) fn no_such(field: &Field, locale: Locale) -> String {
    let label = field.label.get(locale);
    say(
        locale,
        format!("{label}：所选记录不存在或不可选"),
        format!("{label}: this record is not there or cannot be chosen"),
    )
}

/// The field refers to a file that is not its record's, and that does not wait for it any more either.
pub(crate) fn no_such_file(field: &Field, locale: Locale) -> String {
    let label = field.label.get(locale);
    say(
        locale,
        format!("{label}：文件不存在或已过期，请重新选择"),
        format!("{label}: this file is not there or waited too long, choose it again"),
    )
}

/// The entity has no such field.
pub(crate) fn unknown(name: &str, help: Option<String>, locale: Locale) -> String {
    let en = format!("there is no field `{name}`{}", help.map_or_else(String::new, |help| format!(", {help}")));
    say(locale, format!("没有字段“{name}”"), en)
}

/// Nobody writes this field.
pub(crate) fn read_only(field: &Field, locale: Locale) -> String {
    let label = field.label.get(locale);
    say(locale, format!("{label}由系统计算，不能填写"), format!("{label} is computed and cannot be given"))
}

/// A formula could not be evaluated.
pub(crate) fn incomputable(field: &Field, why: &str, locale: Locale) -> String {
    let label = field.label.get(locale);
    say(locale, format!("{label}无法计算：{why}"), format!("{label} cannot be computed: {why}"))
}

/// Records refer to the one being deleted.
pub(crate) fn still_referred(by: &str, locale: Locale) -> String {
    say(
        locale,
        format!("仍有“{by}”引用这条记录，请先处理它们"),
        format!("records of `{by}` still refer to this one, change or delete them first"),
    )
}

/// Records refer to the one being deleted of which whoever deletes it sees nothing.
pub(crate) fn in_use(locale: Locale) -> String {
    say(locale, "这条记录仍在使用中，不能删除", "this record is still in use and cannot be deleted")
}

/// Answers are told as numbers without names already.
pub(crate) fn told_already(locale: Locale) -> String {
    say(
        locale,
        "匿名汇总已公布，不能再新增、修改或删除其中的记录",
        "the numbers without names are told already, so no record in them is added, changed or deleted",
    )
}

/// Why what a person answered stays when they are erased: it leads to nobody, and numbers would tell it by their difference.
pub(crate) fn in_numbers() -> Text {
    let zh = "已计入公布的匿名汇总，已与本人脱钩，数值保留";
    let en = "part of numbers without names that are told; it no longer leads to the person";
    [(Locale::ZhCn, zh.to_owned()), (Locale::En, en.to_owned())].into_iter().collect()
}

/// The same where it is not the person who answered, but the one the answer is about.
pub(crate) fn in_numbers_about() -> Text {
    let zh = "已计入公布的匿名汇总，数值变动会透露他人的回答，保留";
    let en = "part of numbers without names that are told; were it gone, they would tell what somebody else answered";
    [(Locale::ZhCn, zh.to_owned()), (Locale::En, en.to_owned())].into_iter().collect()
}

/// Why it stays what an answer about somebody is counted by when they are erased.
pub(crate) fn in_cell() -> Text {
    let zh = "匿名汇总按此分组、计人数或公布，变动会透露个别回答，保留";
    let en =
        "numbers without names are parted, counted or told by it; were it another, they would tell of single answers";
    [(Locale::ZhCn, zh.to_owned()), (Locale::En, en.to_owned())].into_iter().collect()
}

/// An answer whose person was erased is made nobody else's, and stays in its cell.
pub(crate) fn stays_nobodys(field: &str, locale: Locale) -> String {
    say(
        locale,
        format!("{field}：填写人已被抹除，此项不能再改，否则匿名汇总会重复计人"),
        format!("{field}: whoever gave this answer was erased, so it stays as it is: one person would count twice"),
    )
}

/// What a change would take back was told already, as numbers without names.
pub(crate) fn stays_told(field: &str, locale: Locale) -> String {
    say(
        locale,
        format!("{field}：匿名汇总已公布，不能收回"),
        format!("{field}: the numbers without names are told already and are not taken back"),
    )
}

/// A record cannot go for good because another, perhaps in the bin itself, refers to it.
pub(crate) fn kept_by(by: &str, deleted: bool, locale: Locale) -> String {
    match deleted {
        false => still_referred(by, locale),
        true => say(
            locale,
            format!("回收站里仍有“{by}”引用这条记录，请先彻底删除它们"),
            format!("records of `{by}` in the bin still refer to this one, delete them for good first"),
        ),
    }
}

/// More would go for good together than one act takes.
pub(crate) fn too_many(locale: Locale) -> String {
    say(
        locale,
        "随之删除的记录超过 2000 条，请先彻底删除其中一部分",
        "more than 2,000 records were deleted with this one, delete some of them for good first",
    )
}

/// A record cannot go for good while a case is about it.
pub(crate) fn case_running(locale: Locale) -> String {
    say(locale, "还有关于这条记录的流程没有结束，请先结束流程", "a case about this record has not ended, end it first")
}

/// A person cannot go for good while an account is theirs.
pub(crate) fn account_active(locale: Locale) -> String {
    say(locale, "这个人的账号还在使用，请先停用账号", "this person's account is in use, have it disabled first")
}

/// What stands where something was erased that cannot be empty.
pub(crate) fn erased(locale: Locale) -> String {
    say(locale, "已抹除", "erased")
}

/// Computed values follow one another in a circle.
pub(crate) fn circle(locale: Locale) -> String {
    say(
        locale,
        "计算出现循环：某条记录通过上级又回到了自己",
        "computed values go round in a circle: a record leads back to itself through the records above it",
    )
}
