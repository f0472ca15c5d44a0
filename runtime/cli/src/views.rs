//! What a publish does to the views of lists that people saved, before it does: counted, never what they say or whose they are.

use engine::ViewUse;
use model::Locale;
use serde_json::{Value, json};

use crate::output::counted;

/// In a sentence.
pub fn sentence(one: &ViewUse, locale: Locale) -> String {
    let ViewUse { entity, field, now, views, owners } = one;
    match (now, locale) {
        (Some(now), Locale::En) => {
            format!("- {} `{field}`; they go on with `{now}`", using(entity, *views, *owners))
        }
        (Some(now), Locale::ZhCn) => {
            format!("- `{entity}` 有 {views} 个已保存的视图（{owners} 人）用到 `{field}`，将自动改用 `{now}`")
        }
        (None, Locale::En) => {
            format!("- {} `{field}`; they open without it, and say so", using(entity, *views, *owners))
        }
        (None, Locale::ZhCn) => format!(
            "- `{entity}` 有 {views} 个已保存的视图（{owners} 人）用到 `{field}`，以后打开时不再使用该字段，并给出提示"
        ),
    }
}

/// For machines.
pub fn json(one: &ViewUse) -> Value {
    let ViewUse { entity, field, now, views, owners } = one;
    json!({"entity": entity, "field": field, "now": now, "views": views, "owners": owners})
}

fn using(entity: &str, views: u32, owners: u32) -> String {
    let people = if owners == 1 { "1 person".to_owned() } else { format!("{owners} people") };
    let verb = if views == 1 { "uses" } else { "use" };
    format!("{} of `{entity}`, of {people}, {verb}", counted(views, "saved view"))
}
