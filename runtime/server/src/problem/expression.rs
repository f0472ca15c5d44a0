//! What is wrong with an expression somebody typed, in their language.

use formula::Fault;
use model::Locale;

/// A fault of an expression in a sentence, with its place. The formula room speaks to builders, in English; who filters a
/// list is told the same by the kind of fault and the words it is about.
pub(super) fn fault(fault: &Fault, text: &str, locale: Locale) -> String {
    let place = fault.span.map(|(start, end)| format!(" ({start}–{end})")).unwrap_or_default();
    if locale == Locale::En {
        let help = fault.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
        return format!("{}{place}{help}", fault.message);
    }
    let about = fault.span.map(|(start, end)| text.chars().skip(start).take(end.saturating_sub(start).min(40)));
    let about = about.map(|part| format!("“{}”", part.collect::<String>().trim())).unwrap_or_default();
    let said = match fault.code {
        "formula.unknown-name" => format!("没有字段{about}"),
        "formula.unknown-function" => format!("没有函数{about}"),
        "formula.actor" => format!("{about}不是 actor 的属性，只有 id、login、person"),
        "formula.path" => format!("{about}不是关联字段，不能再往下取值"),
        "formula.type" => format!("{about}的类型与这里要求的不符"),
        "formula.arguments" => format!("{about}的参数个数不对"),
        "formula.null-order" => "null 只能用 == 或 != 比较".to_owned(),
        "formula.no-predicate" => format!("{about}不能用作筛选条件"),
        "formula.reach" => "筛选条件不能按过去某一天的任职来查，请去掉日期".to_owned(),
        "formula.no-value" => format!("{about}算不出值"),
        "formula.empty" => "条件是空的".to_owned(),
        "formula.empty-list" => "列表是空的，无从判断类型".to_owned(),
        "formula.too-long" => "条件过长".to_owned(),
        "formula.too-deep" => "条件嵌套过深".to_owned(),
        _ if about.is_empty() => "条件写法有误".to_owned(),
        _ => format!("条件写法有误，问题在{about}附近"),
    };
    let near = fault.help.as_deref().and_then(|help| help.strip_prefix("did you mean `")?.strip_suffix("`?"));
    let near = near.map(|name| format!("，是否想写“{name}”？")).unwrap_or_default();
    format!("{said}{place}{near}")
}
