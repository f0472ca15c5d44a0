//! Regular expressions. The engine takes time linear in the text; a size limit bounds what a pattern may cost to prepare. A pattern
//! that cannot be read answers null.

use model::Value;
use regex::{Regex, RegexBuilder};

use super::number::{self, Answer};
use crate::{
    evaluate::{Context, Given},
    limits,
};

/// Bytes a prepared pattern may take.
const SIZE: usize = 64 * 1024;

functions! { Text;
    MATCHES "(text: text, pattern: text) -> bool"
    "Whether the whole text has the form of the regular expression; null when that cannot be read."
    "判断整个文本是否符合正则表达式；表达式有误时为空。"
    ["MATCHES(\"13800138000\", \"1[3-9][0-9]{9}\")" => "true", "MATCHES(\"abc\", \"b\")" => "false", "MATCHES(\"a\", \"(\")" => "null"]
    Answers Some(|given, context| {
        let pattern = prepared(&format!("^(?:{})$", given.text(1)?), given, context)?;
        Ok(pattern.map(|pattern| pattern.is_match(given.text(0).unwrap_or_default())).into())
    });

    REGEX_MATCH "(text: text, pattern: text) -> bool"
    "Whether a part of the text has the form of the regular expression; null when that cannot be read."
    "判断文本中是否有部分符合正则表达式；表达式有误时为空。"
    ["REGEX_MATCH(\"room 12\", \"[0-9]+\")" => "true", "REGEX_MATCH(\"room\", \"[0-9]+\")" => "false", "REGEX_MATCH(\"a\", \"(\")" => "null"]
    Answers Some(|given, context| {
        let text = given.text(0)?;
        Ok(prepared(given.text(1)?, given, context)?.map(|pattern| pattern.is_match(text)).into())
    });

    REGEX_EXTRACT "(text: text, pattern: text, group?: whole) -> text"
    "The first part of the text with that form, or what its brackets at that place hold, the first when there are any and 0 for all of it; null when there is none."
    "提取第一个符合正则表达式的部分；有括号时默认取第一个括号内的内容，0 表示整体；没有时为空。"
    ["REGEX_EXTRACT(\"no. 2025-17\", \"[0-9]+\")" => "\"2025\"", "REGEX_EXTRACT(\"no. 2025-17\", \"([0-9]+)-([0-9]+)\", 2)" => "\"17\"", "REGEX_EXTRACT(\"none\", \"[0-9]+\")" => "null"]
    Answers Some(|given, context| {
        let text = given.text(0)?;
        let Some(pattern) = prepared(given.text(1)?, given, context)? else { return Ok(Value::Null) };
        let group = number::whole_or(given, 2, i64::from(pattern.captures_len() > 1))?;
        let found = usize::try_from(group).ok().and_then(|group| pattern.captures(text)?.get(group));
        Ok(found.map(|part| part.as_str().to_owned()).into())
    });

    REGEX_EXTRACT_ALL "(text: text, pattern: text) -> list of text"
    "Every part of the text with the form of the regular expression; null when that cannot be read."
    "提取所有符合正则表达式的部分；表达式有误时为空。"
    ["REGEX_EXTRACT_ALL(\"a1b22\", \"[0-9]+\")" => "[\"1\", \"22\"]", "REGEX_EXTRACT_ALL(\"a\", \"(\")" => "null"]
    Answers Some(|given, context| {
        let text = given.text(0)?;
        let Some(pattern) = prepared(given.text(1)?, given, context)? else { return Ok(Value::Null) };
        context.charge(text.len())?;
        let found: Vec<Value> = pattern.find_iter(text).take(limits::LIST + 1).map(|part| part.as_str().into()).collect();
        context.charge_list(found.len())?;
        Ok(Value::List(found))
    });

    REGEX_COUNT "(text: text, pattern: text) -> whole"
    "How many parts of the text have the form of the regular expression; null when that cannot be read."
    "符合正则表达式的部分的个数；表达式有误时为空。"
    ["REGEX_COUNT(\"a1b22\", \"[0-9]\")" => "3"]
    Answers Some(|given, context| {
        let text = given.text(0)?;
        context.charge(text.len())?;
        Ok(prepared(given.text(1)?, given, context)?.map_or(Value::Null, |pattern| number::count(pattern.find_iter(text).count())))
    });

    REGEX_REPLACE "(text: text, pattern: text, new: text) -> text"
    "The text with every part of that form replaced; `$1` in the new text stands for what the first brackets hold. Null when the pattern cannot be read."
    "替换所有符合正则表达式的部分，$1 表示第一个括号内的内容；表达式有误时为空。"
    ["REGEX_REPLACE(\"2025-03-09\", \"([0-9]+)-([0-9]+)-([0-9]+)\", \"$3.$2.$1\")" => "\"09.03.2025\"", "REGEX_REPLACE(\"a  b\", \" +\", \" \")" => "\"a b\""]
    Answers Some(replace);
}

fn prepared(pattern: &str, given: &Given<'_>, context: &mut Context<'_>) -> Answer<Option<Regex>> {
    context.charge(1_000 + pattern.len() + given.text(0)?.len())?;
    Ok(RegexBuilder::new(pattern).size_limit(SIZE).dfa_size_limit(SIZE).build().ok())
}

/// Part by part, each paid for before it is written, since the new text may repeat what was found.
fn replace(given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    let (text, new) = (given.text(0)?, given.text(2)?);
    let Some(pattern) = prepared(given.text(1)?, given, context)? else { return Ok(Value::Null) };
    let repeats = new.matches('$').count();
    let (mut made, mut rest) = (String::new(), 0);
    for found in pattern.captures_iter(text) {
        let Some(all) = found.get(0) else { continue };
        let kept = text.get(rest..all.start()).unwrap_or_default();
        let most = all.len().saturating_mul(repeats).saturating_add(new.len());
        let more = kept.len().saturating_add(most);
        if made.len().saturating_add(more) > limits::TEXT {
            return context.charge_text(usize::MAX).map(|()| Value::Null);
        }
        context.charge(1 + found.len() + more / 16)?;
        made.push_str(kept);
        found.expand(new, &mut made);
        rest = all.end();
    }
    let kept = text.get(rest..).unwrap_or_default();
    context.charge_text(made.len() + kept.len())?;
    made.push_str(kept);
    Ok(made.into())
}
