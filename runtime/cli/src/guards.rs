//! Guards that nobody holds, as warnings and for machines.

use engine::guards::Unheld;
use model::Locale;
use serde_json::{Value, json};

/// What becomes of cases without it.
pub fn sentence(one: &Unheld, locale: Locale) -> String {
    let Unheld { workflow, role, steps } = one;
    let named: Vec<String> = steps.iter().map(|step| format!("`{step}`")).collect();
    match locale {
        Locale::En => format!(
            "warning: nobody holds the role `{role}` that guards the workflow `{workflow}`; where {} finds nobody to ask, cases stand \
             still",
            named.join(", ")
        ),
        Locale::ZhCn => format!(
            "warning: 流程 `{workflow}` 的兜底角色 `{role}` 还没有授予任何账号；环节 {} 找不到处理人时，流程会停住",
            named.join("、")
        ),
    }
}

/// For machines.
pub fn json(one: &Unheld) -> Value {
    json!({"workflow": one.workflow, "role": one.role, "steps": one.steps})
}
