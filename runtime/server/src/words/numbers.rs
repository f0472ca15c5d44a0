//! The words of numbers: dashboards, and the rows behind a value.

use super::Word;

/// Key, Chinese, English; sorted by key.
pub(super) const WORDS: &[Word] = &[
    (
        "among-peers",
        "优于同组 {share}%（共 {n} 人，中位数 {median}）",
        "ahead of {share}% of {n} peers, whose median is {median}",
    ),
    ("as-table", "以表格查看", "As a table"),
    ("baseline", "改进前", "Before"),
    ("baseline-on", "{value}（{day}）", "{value} on {day}"),
    ("data-until", "数据截至 {day}", "Data up to {day}"),
    ("earlier-periods", "更早的周期", "Earlier periods"),
    ("grade", "等级", "Grade"),
    ("groups-left-out", "另有 {n} 组未显示", "{n} more groups are not shown"),
    ("later-periods", "更晚的周期", "Later periods"),
    ("list-comma", "、", ", "),
    ("no-data", "无数据", "No data"),
    ("no-data-for", "以下指标在所示周期内无数据：", "No data in these periods for: "),
    (
        "no-data-help",
        "所示周期内没有您可见的数据。可切换到其他周期。",
        "There is nothing you may see in these periods. Try others.",
    ),
    ("nobody-to-show", "没有可展示的人员", "Nobody to show"),
    (
        "nobody-to-show-help",
        "您的账号未关联人员。请从人员页面打开。",
        "Your account stands for no person. Open this page from somebody's own.",
    ),
    ("percentage-points", "{n} 个百分点", "{n} points"),
    ("period", "周期", "Period"),
    ("periods", "周期", "Periods"),
    (
        "radar-beside",
        "与同岗位 {n} 人比较：每个维度以第 {percentile} 百分位为满分 100",
        "Beside {n} peers: an axis is full at what {percentile}% of them do not exceed",
    ),
    (
        "radar-none",
        "同岗位人数不足 5 人，或无权查看全部记录，不显示雷达图",
        "No radar: too few peers, or not all records are yours to see",
    ),
    ("radar-points", "{n} 分", "{n} points"),
    ("rows", "数据行", "Rows"),
    ("rows-behind", "{what}：数据明细", "{what}: the rows behind it"),
    ("rows-counted", "共 {n} 行", "{n} rows"),
    ("rows-more", "仅显示前 200 行，合计包含全部。", "The first 200 rows are shown; the sums are over all of them."),
    ("rows-of", "{what}：{value}，查看数据明细", "{what}: {value}, see the rows behind it"),
    (
        "rows-of-parts",
        "该指标由下列指标计算得出，请分别查看：",
        "This is made from the terms below; each has rows of its own:",
    ),
    ("score", "得分", "Score"),
    ("since-baseline", "变化", "Since then"),
    ("stale", "过期", "Stale"),
    ("stale-since", "自 {day} 起应有新数据", "Newer data has been due since {day}"),
    ("sum-of", "{what}合计", "Sum of {what}"),
    ("target", "目标", "Target"),
    ("target-of", "目标 {value}", "Target {value}"),
    ("the-others", "其他", "Others"),
    ("trend-of", "{what}：趋势", "{what}: trend"),
    ("with-percent", "{what}（{percent}）", "{what} ({percent})"),
];
