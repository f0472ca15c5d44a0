//! The reference of the functions, made from the library itself: what the runtime knows is what is written here.

use std::fmt::Write as _;

use formula::function::{ALIASES, Category, all};
use serde_json::{Value, json};

/// Every function for programs: an editor that completes names, a test that compares examples with another engine.
pub(super) fn json() -> Value {
    let functions = all().iter().map(|function| {
        let examples =
            function.examples.iter().map(|(expression, gives)| json!({"expression": expression, "gives": gives}));
        json!({
            "name": function.name,
            "category": function.category.label().0,
            "signature": function.signature,
            "doc": {"en": function.doc.0, "zh-CN": function.doc.1},
            "examples": examples.collect::<Vec<_>>(),
        })
    });
    let aliases = ALIASES.iter().map(|(alias, name)| ((*alias).to_owned(), json!(name)));
    json!({
        "functions": functions.collect::<Vec<_>>(),
        "aliases": aliases.collect::<serde_json::Map<_, _>>(),
    })
}

/// Every function for people, by category.
pub(super) fn markdown() -> String {
    let mut made = String::from(
        "# Functions\n\nWhat expressions may call: formulas, defaults, conditions and filters. Names are understood in any case. `name?` may be \
         left out, `name...` may be repeated; `T` is any one type, `N` a whole number or a number, `day` a date or a moment. Where nothing \
         else is said, the answer is null as soon as a value is null. Today is 5 November 2025 in the examples, and every example runs as a test.\n\n\
         表达式中可用的函数。名称不区分大小写；`name?` 可省略，`name...` 可重复；`T` 为任一类型，`N` 为整数或数字，`day` 为日期或时刻。\
         除另有说明外，任一参数为空时结果为空。示例中的今天为 2025 年 11 月 5 日，所有示例都作为测试运行。\n",
    );
    for category in Category::ALL {
        let (english, chinese) = category.label();
        let heading = if english == chinese { english.to_owned() } else { format!("{english} · {chinese}") };
        let _ = writeln!(made, "\n## {heading}");
        for function in all().iter().filter(|function| function.category == category) {
            let _ = writeln!(made, "\n### {}\n\n`{}`\n", function.name, function.signature);
            let _ = writeln!(made, "{}  \n{}\n", function.doc.0, function.doc.1);
            made.push_str("```\n");
            for (expression, gives) in function.examples {
                let _ = writeln!(made, "{expression} => {gives}");
            }
            made.push_str("```\n");
        }
    }
    made.push_str("\n## Other names · 别名\n\n");
    for (alias, name) in ALIASES {
        let _ = writeln!(made, "- `{alias}` is `{name}`");
    }
    made
}
