//! What a publish means for the cases that run, in sentences and for machines.

use engine::query::case::{Ahead, BlockedAt};
use model::Locale;
use serde_json::{Value, json};

use crate::output::counted;

/// How many cases of a workflow are kept, could be moved or are blocked.
pub fn classes(one: &Ahead, locale: Locale) -> String {
    let Ahead { workflow, keep, migrate, .. } = one;
    let stuck = one.stuck();
    let all = keep + migrate + stuck;
    match locale {
        Locale::En => format!(
            "- workflow `{workflow}`: {}; {keep} kept as they are, {migrate} can be moved to the new steps, {stuck} blocked",
            runs(all)
        ),
        Locale::ZhCn => {
            format!("- 流程 `{workflow}`：进行中 {all} 个，其中保持 {keep} 个，可迁移 {migrate} 个，受阻 {stuck} 个")
        }
    }
}

/// What cases at a step that goes are left with.
pub fn stays(one: &Ahead, at: &BlockedAt, locale: Locale) -> String {
    let (workflow, many, step, label) = (&one.workflow, at.cases, &at.step, at.label.get(locale));
    if step.is_empty() {
        return match locale {
            Locale::En => format!(
                "- workflow `{workflow}`: {} of which this version cannot read how they stand; nothing can be done with them here",
                counted(many, "case")
            ),
            Locale::ZhCn => format!("- 流程 `{workflow}`：{many} 个进行中的流程由其他版本写入，当前版本无法读取"),
        };
    }
    match (one.gone, locale) {
        (true, Locale::En) => format!(
            "- workflow `{workflow}` goes: {} at `{step}` ({label}); they keep their steps until they end, and whoever \
             manages the workflow now ends them or hands them over",
            runs(many)
        ),
        (true, Locale::ZhCn) => format!(
            "- 流程 `{workflow}` 移除：{many} 个进行中的流程停在 `{step}`（{label}），仍按原环节办理直至结束，由目前的流程管理者终止或转办"
        ),
        (false, Locale::En) => format!(
            "- workflow `{workflow}` has no step `{step}` ({label}) of that kind any more: {} there; they keep their steps, and cannot \
             go by the new ones until they are put elsewhere",
            runs(many)
        ),
        (false, Locale::ZhCn) => format!(
            "- 流程 `{workflow}` 不再有这样的环节 `{step}`（{label}）：{many} 个进行中的流程停在该环节，仍按原环节办理，跳转到其他环节后才能迁移"
        ),
    }
}

/// The classes of the running cases of a workflow, with the reasons, for machines.
pub fn json(one: &Ahead) -> Value {
    let reasons = one.blocked.iter().map(|at| json!({"step": at.step, "count": at.cases}));
    json!({
        "workflow": one.workflow, "changes": one.changes, "gone": one.gone, "keep": one.keep, "migrate": one.migrate,
        "blocked": one.stuck(), "reasons": reasons.collect::<Vec<_>>(),
    })
}

fn runs(cases: i64) -> String {
    format!("{} {}", counted(cases, "case"), if cases == 1 { "runs" } else { "run" })
}
