//! The words of what people do with terms of the dictionary.

use super::Word;

/// Key, Chinese, English; sorted by key.
pub(super) const WORDS: &[Word] = &[
    ("rehearsal-about", "对象", "About"),
    ("rehearsal-because", "依据", "Because of"),
    ("rehearsal-closed", "解除日期", "Over on"),
    (
        "rehearsal-count",
        "会产生 {alerts} 条预警（有数据的对象共 {watched} 个）。",
        "{alerts} alerts, of {watched} with data.",
    ),
    ("rehearsal-from", "从", "From"),
    (
        "rehearsal-help",
        "按现有数据试算这条规则会产生的预警，只算您能看到的部分，不写入任何数据。",
        "The alerts this rule would have raised from the data there is, as far as you see it. Nothing is written.",
    ),
    ("rehearsal-level", "级别", "Level"),
    ("rehearsal-opened", "触发日期", "Opened on"),
    (
        "rehearsal-range",
        "请填写先后有序的日期，最多 {n} 个周期。",
        "Say a first day before the last, with at most {n} periods between them.",
    ),
    ("rehearsal-to", "到", "To"),
    ("rehearse", "试算", "Rehearse"),
    ("term-by-platform", "系统", "The platform"),
    ("term-do-approve", "批准", "Approve"),
    ("term-do-comment", "发表意见", "Comment"),
    ("term-do-deprecate", "停用", "Deprecate"),
    ("term-do-propose", "重新提议", "Propose again"),
    ("term-do-return", "退回", "Send back"),
    ("term-do-review", "评审通过", "Reviewed"),
    ("term-life", "评审与意见", "Review and comments"),
    ("term-nobody-yet", "还没有人发表意见。", "Nobody has said anything yet."),
    ("term-page", "看板", "Board"),
    ("term-rule", "规则", "Rule"),
    ("term-said", "意见（发表意见、退回、停用时必填）", "What you think; needed to comment, send back or deprecate"),
    (
        "term-touches",
        "以下内容随这个指标变化，批准前请确认：",
        "What changes with this term; look at it before you approve:",
    ),
    ("term-touches-nothing", "没有指标、看板或规则使用它。", "No term, board or rule uses it."),
    ("term-version-n", "第 {n} 版", "Version {n}"),
];
