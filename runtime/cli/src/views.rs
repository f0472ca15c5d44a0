//! What a publish does to the views of lists that people saved, before it does: counted, never what they say or whose they are.

use engine::{Used, ViewUse};
use model::Locale;
use serde_json::{Value, json};

use crate::output::counted;

/// In a sentence.
pub fn sentence(one: &ViewUse, locale: Locale) -> String {
    let ViewUse { of, now, views, owners } = one;
    let of_whom = || {
        let people = if *owners == 1 { "1 person".to_owned() } else { format!("{owners} people") };
        format!("of {people}")
    };
    let saved = || counted(*views, "saved view");
    let verb = |one: &'static str, many: &'static str| if *views == 1 { one } else { many };
    match (of, now, locale) {
        (Used::Page(page), Some(now), Locale::En) => {
            format!("- {} of page `{page}`, {}, {} on with page `{now}`", saved(), of_whom(), verb("goes", "go"))
        }
        (Used::Page(page), Some(now), Locale::ZhCn) => {
            format!("- 页面 `{page}` 有 {views} 个已保存的视图（{owners} 人），将转到页面 `{now}` 继续使用")
        }
        (Used::Page(page), None, Locale::En) => format!(
            "- {} of page `{page}`, {}, {} out of use; {} kept until a list of that name is there again",
            saved(),
            of_whom(),
            verb("goes", "go"),
            verb("it is", "they are")
        ),
        (Used::Page(page), None, Locale::ZhCn) => format!(
            "- 页面 `{page}` 有 {views} 个已保存的视图（{owners} 人）将停用；视图仍会保留，恢复同名列表页面后可继续使用"
        ),
        (Used::Field { entity, field }, Some(now), Locale::En) => format!(
            "- {} of `{entity}`, {}, {} `{field}`; they go on with `{now}`",
            saved(),
            of_whom(),
            verb("uses", "use")
        ),
        (Used::Field { entity, field }, Some(now), Locale::ZhCn) => {
            format!("- `{entity}` 有 {views} 个已保存的视图（{owners} 人）用到 `{field}`，将自动改用 `{now}`")
        }
        (Used::Field { entity, field }, None, Locale::En) => format!(
            "- {} of `{entity}`, {}, {} `{field}`; they open without it, and say so",
            saved(),
            of_whom(),
            verb("uses", "use")
        ),
        (Used::Field { entity, field }, None, Locale::ZhCn) => format!(
            "- `{entity}` 有 {views} 个已保存的视图（{owners} 人）用到 `{field}`，以后打开时不再使用该字段，并给出提示"
        ),
    }
}

/// For machines.
pub fn json(one: &ViewUse) -> Value {
    let ViewUse { of, now, views, owners } = one;
    match of {
        Used::Page(page) => json!({"page": page, "now": now, "views": views, "owners": owners}),
        Used::Field { entity, field } => {
            json!({"entity": entity, "field": field, "now": now, "views": views, "owners": owners})
        }
    }
}
