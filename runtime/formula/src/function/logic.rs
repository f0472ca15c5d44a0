//! Conditions and choices. Those without work of their own compute only the arguments they need.

use model::Value;

use crate::{
    Comparison,
    evaluate::{both, either, truth, whole},
};

functions! { Logic;
    IF "(condition: bool, then: T, otherwise?: T) -> T"
    "One value when the condition is true, the other when it is false or not known."
    "条件成立返回前一个值，不成立或未知返回后一个值。"
    ["IF(3 > 2, \"yes\", \"no\")" => "\"yes\"", "IF(null, 1, 2)" => "2", "IF(false, 1)" => "null"]
    Meets None;

    IFS "(condition: bool, value: T, more...: any) -> T"
    "The value after the first condition that is true; a value left over at the end is the answer otherwise."
    "依次判断，返回第一个成立条件后面的值；末尾多出的值作为默认值。"
    ["IFS(75 >= 90, \"A\", 75 >= 70, \"B\", \"C\")" => "\"B\"", "IFS(false, 1)" => "null"]
    Meets None;

    SWITCH "(value: any, match: any, answer: T, more...: any) -> T"
    "The answer after the first match that equals the value; an answer left over at the end is for everything else."
    "返回与值相等的匹配项后面的结果；末尾多出的结果作为默认值。"
    ["SWITCH(\"b\", \"a\", 1, \"b\", 2, 0)" => "2", "SWITCH(9, 1, \"one\", \"many\")" => "\"many\""]
    Meets None;

    CHOOSE "(index: whole, values...: T) -> T"
    "The value at that place, counted from 1; null when there is none."
    "返回第几个值，从 1 开始；没有时为空。"
    ["CHOOSE(2, \"a\", \"b\", \"c\")" => "\"b\"", "CHOOSE(9, 1, 2)" => "null"]
    Meets Some(|given, _| {
        let index = whole(given.at(0)).and_then(|index| usize::try_from(index).ok()).filter(|index| *index > 0);
        Ok(index.map_or(Value::Null, |index| given.at(index).clone()))
    });

    AND "(conditions...: bool) -> bool"
    "Whether all are true; false as soon as one is false, not known when the others leave it open."
    "全部成立才为真；有一个不成立即为假。"
    ["AND(true, 1 < 2)" => "true", "AND(false, null)" => "false", "AND(true, null)" => "null"]
    Meets None;

    OR "(conditions...: bool) -> bool"
    "Whether one is true; not known when none is and one is not known."
    "有一个成立即为真。"
    ["OR(false, 1 < 2)" => "true", "OR(true, null)" => "true", "OR(false, null)" => "null"]
    Meets None;

    NOT "(condition: bool) -> bool"
    "The opposite; what is not known stays not known."
    "取反；未知仍为未知。"
    ["NOT(1 > 2)" => "true", "NOT(null)" => "null"]
    Meets None;

    XOR "(conditions...: bool) -> bool"
    "Whether an odd number of them is true."
    "成立的条件个数为奇数时为真。"
    ["XOR(true, false)" => "true", "XOR(true, true)" => "false"]
    Answers Some(|given, _| Ok((given.all().iter().filter(|flag| truth(flag) == Some(true)).count() % 2 == 1).into()));

    COALESCE "(values...: T) -> T"
    "The first value that is not null; also written `a ?? b`."
    "返回第一个非空值，也可写作 `a ?? b`。"
    ["COALESCE(null, 3, 4)" => "3", "null ?? \"x\"" => "\"x\""]
    Meets None;

    ISBLANK "(value: any) -> bool"
    "Whether the value is null, an empty text, or a list without items."
    "判断是否为空值、空文本或空列表。"
    ["ISBLANK(null)" => "true", "ISBLANK(\"\")" => "true", "ISBLANK(0)" => "false"]
    Meets Some(|given, _| Ok(is_blank(given.at(0)).into()));

    IFBLANK "(value: T, otherwise: T) -> T"
    "The value, or the other one when it is blank."
    "值为空时返回另一个值。"
    ["IFBLANK(\"\", \"none\")" => "\"none\"", "IFBLANK(5, 0)" => "5"]
    Meets Some(|given, _| Ok(given.at(usize::from(is_blank(given.at(0)))).clone()));

    NULLIF "(value: T, nothing: T) -> T"
    "The value, or null when it equals the other one."
    "值等于另一个值时为空，否则返回该值。"
    ["NULLIF(0, 0)" => "null", "NULLIF(5, 0)" => "5"]
    Meets Some(|given, _| {
        let same = Comparison::Equal.holds(given.at(0), given.at(1)) == Some(true);
        Ok(if same { Value::Null } else { given.at(0).clone() })
    });

    IMPLIES "(condition: bool, consequence: bool) -> bool"
    "Whether the consequence is true wherever the condition is; true where the condition is false."
    "条件成立时结论也必须成立；条件不成立时为真。"
    ["IMPLIES(true, false)" => "false", "IMPLIES(false, false)" => "true", "IMPLIES(null, true)" => "true"]
    Meets Some(|given, _| Ok(either(truth(given.at(0)).map(|flag| !flag), truth(given.at(1))).into()));

    ISNUMBER "(value: any) -> bool"
    "Whether the value is a number, or a text that reads as one."
    "判断是否为数字或可读作数字的文本。"
    ["ISNUMBER(\"12.5\")" => "true", "ISNUMBER(\"a\")" => "false", "ISNUMBER(null)" => "false"]
    Meets Some(|given, _| {
        let reads = |text: &str| super::text::read_number(text).is_some();
        Ok((given.at(0).as_decimal().is_some() || given.at(0).as_text().is_some_and(reads)).into())
    });

    ISTEXT "(value: any) -> bool"
    "Whether the value is text, be it empty or one that reads as a number."
    "判断是否为文本（空文本、可读作数字的文本也是）。"
    ["ISTEXT(\"12\")" => "true", "ISTEXT(12)" => "false", "ISTEXT(null)" => "false"]
    Meets Some(|given, _| Ok(given.at(0).as_text().is_some().into()));

    ISDATE "(value: any) -> bool"
    "Whether the value is a day or a moment, or a text that `DATEVALUE` reads as a day."
    "判断是否为日期、时刻，或 DATEVALUE 能读作日期的文本。"
    ["ISDATE(TODAY())" => "true", "ISDATE(\"2025-02-30\")" => "false", "ISDATE(\"2025年2月28日\")" => "true", "ISDATE(null)" => "false"]
    Meets Some(|given, _| Ok(match given.at(0) {
        Value::Date(_) | Value::DateTime(_) => true.into(),
        Value::Text(text) => super::date::read(text).is_some().into(),
        _ => false.into(),
    }));

    BETWEEN "(value: T, low: T, high: T) -> bool"
    "Whether the value is not below the low bound and not above the high one."
    "判断值是否在下限和上限之间（含两端）。"
    ["BETWEEN(5, 1, 10)" => "true", "BETWEEN(\"b\", \"c\", \"d\")" => "false"]
    Meets Some(|given, _| {
        let low = Comparison::GreaterOrEqual.holds(given.at(0), given.at(1));
        Ok(both(low, Comparison::LessOrEqual.holds(given.at(0), given.at(2))).into())
    });
}

pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    }
}
