//! Text, counted in characters. Comparison is by code point.

use model::{Decimal, Value};
use pinyin::ToPinyin;
use regex::RegexBuilder;

use super::list::joined;
use crate::{
    EvaluateError,
    evaluate::{Context, Given},
    show,
};

type Answer<T = Value> = Result<T, EvaluateError>;

functions! { Text;
    LEN "(text: text) -> whole"
    "How many characters the text has."
    "文本的字符数。"
    ["LEN(\"绩效2025\")" => "6"]
    Answers Some(|given, context| {
        context.charge(given.text(0)?.len() / 16)?;
        Ok(Value::Int(i64::try_from(given.text(0)?.chars().count()).unwrap_or(i64::MAX)))
    });

    LEFT "(text: text, count?: whole) -> text"
    "The first characters; one when the count is left out."
    "取左边若干字符；不写个数则取一个。"
    ["LEFT(\"abcdef\", 3)" => "\"abc\"", "LEFT(\"张三\")" => "\"张\""]
    Answers Some(|given, context| {
        let count = characters(given, 1, 1)?;
        from_characters(given.text(0)?.chars().take(count), given, context)
    });

    RIGHT "(text: text, count?: whole) -> text"
    "The last characters; one when the count is left out."
    "取右边若干字符；不写个数则取一个。"
    ["RIGHT(\"abcdef\", 3)" => "\"def\""]
    Answers Some(|given, context| {
        let text = given.text(0)?;
        let skip = text.chars().count().saturating_sub(characters(given, 1, 1)?);
        from_characters(text.chars().skip(skip), given, context)
    });

    MID "(text: text, start: whole, count: whole) -> text"
    "Characters from a place counted from 1."
    "从第几个字符起取若干字符，从 1 开始。"
    ["MID(\"110101199003071234\", 7, 8)" => "\"19900307\""]
    Answers Some(|given, context| {
        let skip = characters(given, 1, 1)?.saturating_sub(1);
        from_characters(given.text(0)?.chars().skip(skip).take(characters(given, 2, 0)?), given, context)
    });

    UPPER "(text: text) -> text"
    "The text in capitals."
    "转为大写。"
    ["UPPER(\"abc\")" => "\"ABC\""]
    Answers Some(|given, context| made(given.text(0)?.len() * 2, context, || given.text(0).map(str::to_uppercase)));

    LOWER "(text: text) -> text"
    "The text in small letters."
    "转为小写。"
    ["LOWER(\"ABC\")" => "\"abc\""]
    Answers Some(|given, context| made(given.text(0)?.len(), context, || given.text(0).map(str::to_lowercase)));

    PROPER "(text: text) -> text"
    "The text with every word starting in a capital."
    "每个单词首字母大写。"
    ["PROPER(\"li wei-ming\")" => "\"Li Wei-Ming\""]
    Answers Some(|given, context| made(given.text(0)?.len() * 2, context, || Ok(proper(given.text(0)?))));

    TRIM "(text: text) -> text"
    "The text without spaces at its ends and with single spaces inside."
    "去掉首尾空格，中间连续空格合并为一个。"
    ["TRIM(\"  a   b \")" => "\"a b\""]
    Answers Some(|given, context| made(given.text(0)?.len(), context, || {
        Ok(given.text(0)?.split_whitespace().collect::<Vec<_>>().join(" "))
    }));

    CLEAN "(text: text) -> text"
    "The text without line breaks and other control characters."
    "去掉换行等控制字符。"
    ["CLEAN(\"a\\tb\")" => "\"ab\""]
    Answers Some(|given, context| from_characters(given.text(0)?.chars().filter(|c| !c.is_control()), given, context));

    CONCAT "(values...: any) -> text"
    "The values as one text; nulls are passed over."
    "把各个值连成文本；忽略空值。"
    ["CONCAT(\"Q\", 3, null)" => "\"Q3\"", "`第${2}季度`" => "\"第2季度\""]
    Meets Some(|given, context| joined(given.all().iter().collect(), "", context));

    TEXTJOIN "(separator: text, values...: any) -> text"
    "The values as one text with the separator between them; nulls are passed over, lists are taken item by item."
    "用分隔符连接各个值；忽略空值，列表逐项连接。"
    ["TEXTJOIN(\"、\", \"甲\", null, [\"乙\", \"丙\"])" => "\"甲、乙、丙\""]
    Meets Some(|given, context| {
        let mut items = Vec::new();
        for value in given.all().iter().skip(1) {
            let more = value.as_list().unwrap_or(std::slice::from_ref(value));
            context.charge_list(items.len() + more.len())?;
            items.extend(more.iter().filter(|item| !item.is_null()));
        }
        joined(items, given.at(0).as_text().unwrap_or_default(), context)
    });

    SUBSTITUTE "(text: text, old: text, new: text) -> text"
    "The text with every occurrence replaced."
    "替换文本中所有指定内容。"
    ["SUBSTITUTE(\"a-b-c\", \"-\", \"/\")" => "\"a/b/c\""]
    Answers Some(substitute);

    REPLACE "(text: text, start: whole, count: whole, new: text) -> text"
    "The text with characters from a place counted from 1 replaced."
    "从第几个字符起替换若干字符。"
    ["REPLACE(\"abcdef\", 2, 3, \"X\")" => "\"aXef\""]
    Answers Some(|given, context| {
        let (text, new) = (given.text(0)?, given.text(3)?);
        let start = characters(given, 1, 1)?.saturating_sub(1);
        let skip = start.saturating_add(characters(given, 2, 0)?);
        made(text.len() + new.len(), context, || {
            Ok(text.chars().take(start).chain(new.chars()).chain(text.chars().skip(skip)).collect())
        })
    });

    FIND "(part: text, text: text, from?: whole) -> whole"
    "The place of the part in the text, counted from 1; null when it is not there."
    "查找内容在文本中的位置，从 1 开始，区分大小写；没有时为空。"
    ["FIND(\"c\", \"abcabc\")" => "3", "FIND(\"c\", \"abcabc\", 4)" => "6", "FIND(\"x\", \"abc\")" => "null"]
    Answers Some(|given, context| place(given.text(1)?, given.text(0)?, characters(given, 2, 1)?, context));

    SEARCH "(part: text, text: text, from?: whole) -> whole"
    "Like `FIND`, with capitals and small letters alike."
    "同 FIND，但不区分大小写。"
    ["SEARCH(\"B\", \"abc\")" => "2"]
    Answers Some(|given, context| {
        context.charge_text(given.text(1)?.len())?;
        place(&given.text(1)?.to_lowercase(), &given.text(0)?.to_lowercase(), characters(given, 2, 1)?, context)
    });

    CONTAINS "(text: text, part: text) -> bool"
    "Whether the text holds the part, or a list the item."
    "判断文本是否包含内容，或列表是否包含某项。"
    ["CONTAINS(\"心内科\", \"内\")" => "true", "CONTAINS([1, 2], 3)" => "false"]
    Answers Some(|given, context| {
        context.charge(given.text(0)?.len() / 16)?;
        Ok(given.text(0)?.contains(given.text(1)?).into())
    });

    STARTS_WITH "(text: text, part: text) -> bool"
    "Whether the text starts with the part."
    "判断文本是否以某内容开头。"
    ["STARTS_WITH(\"心内科\", \"心\")" => "true"]
    Answers Some(|given, _| Ok(given.text(0)?.starts_with(given.text(1)?).into()));

    ENDS_WITH "(text: text, part: text) -> bool"
    "Whether the text ends with the part."
    "判断文本是否以某内容结尾。"
    ["ENDS_WITH(\"心内科\", \"科\")" => "true"]
    Answers Some(|given, _| Ok(given.text(0)?.ends_with(given.text(1)?).into()));

    MATCHES "(text: text, pattern: text) -> bool"
    "Whether the whole text has the form of the regular expression; null when that cannot be read."
    "判断整个文本是否符合正则表达式；表达式有误时为空。"
    ["MATCHES(\"13800138000\", \"1[3-9][0-9]{9}\")" => "true", "MATCHES(\"abc\", \"b\")" => "false", "MATCHES(\"a\", \"(\")" => "null"]
    Answers Some(matches);

    EXACT "(one: text, other: text) -> bool"
    "Whether the texts are the same, capitals included."
    "判断两个文本是否完全相同。"
    ["EXACT(\"a\", \"A\")" => "false"]
    Answers Some(|given, _| Ok((given.text(0)? == given.text(1)?).into()));

    REPT "(text: text, times: whole) -> text"
    "The text several times."
    "把文本重复若干次。"
    ["REPT(\"★\", 3)" => "\"★★★\""]
    Answers Some(|given, context| {
        let times = characters(given, 1, 0)?;
        made(given.text(0)?.len().saturating_mul(times), context, || Ok(given.text(0)?.repeat(times)))
    });

    PAD_LEFT "(text: text, length: whole, with?: text) -> text"
    "The text made that long by characters before it, zeros when left out."
    "在左侧补足到指定长度，默认补 0。"
    ["PAD_LEFT(\"42\", 5)" => "\"00042\"", "PAD_LEFT(\"7\", 3, \"*\")" => "\"**7\""]
    Answers Some(|given, context| {
        let (padding, text) = padding(given, "0", context)?;
        Ok(format!("{padding}{text}").into())
    });

    PAD_RIGHT "(text: text, length: whole, with?: text) -> text"
    "The text made that long by characters after it, spaces when left out."
    "在右侧补足到指定长度，默认补空格。"
    ["PAD_RIGHT(\"ab\", 4, \".\")" => "\"ab..\""]
    Answers Some(|given, context| {
        let (padding, text) = padding(given, " ", context)?;
        Ok(format!("{text}{padding}").into())
    });

    MASK "(text: text, start: whole, end: whole) -> text"
    "The text with stars in place of all characters but those many at its start and end."
    "保留首尾若干字符，其余用 * 代替。"
    ["MASK(\"13800138000\", 3, 4)" => "\"138****8000\""]
    Answers Some(|given, context| {
        let length = given.text(0)?.chars().count();
        let (start, end) = (characters(given, 1, 0)?, length.saturating_sub(characters(given, 2, 0)?));
        let masked = given.text(0)?.chars().enumerate().map(|(at, c)| if at < start || at >= end { c } else { '*' });
        from_characters(masked, given, context)
    });

    PINYIN "(text: text) -> text"
    "The text with every Chinese character in pinyin without tones, joined by spaces; the rest as it is."
    "汉字转为不带声调的拼音，用空格分隔；其他字符不变。"
    ["PINYIN(\"张三\")" => "\"zhang san\"", "PINYIN(\"A组\")" => "\"A zu\""]
    Answers Some(|given, context| made(given.text(0)?.len() * 3, context, || Ok(spelled(given.text(0)?))));

    PINYIN_INITIALS "(text: text) -> text"
    "The first pinyin letter of every Chinese character; letters and digits as they are, in small letters."
    "每个汉字的拼音首字母；字母和数字转小写保留。"
    ["PINYIN_INITIALS(\"李晓明\")" => "\"lxm\"", "PINYIN_INITIALS(\"B超室 2\")" => "\"bcs2\""]
    Answers Some(|given, context| made(given.text(0)?.len(), context, || Ok(initials(given.text(0)?))));

    TEXT "(value: any, format?: text) -> text"
    "The value as text. Formats of numbers: `0`, `0.00`, `#,##0.00`, with `%` behind for percentage points; of days and moments: `yyyy-MM-dd HH:mm:ss` or parts of it."
    "把值转为文本。数字格式如 0.00、#,##0.00，末尾可加 %（按百分点显示）；日期格式如 yyyy-MM-dd HH:mm:ss。"
    ["TEXT(1234.5, \"#,##0.00\")" => "\"1,234.50\"", "TEXT(86.456, \"0.0%\")" => "\"86.5%\"",
     "TEXT(DATE(2025, 3, 9), \"yyyy年M月d日\")" => "\"2025年3月9日\"", "TEXT(1.50)" => "\"1.5\""]
    Answers Some(|given, context| {
        let value = given.at(0);
        context.charge_text(show::length(value) + given.at(1).as_text().map_or(0, str::len) * 4)?;
        Ok(match given.at(1).as_text() {
            None => show::plain(value).into(),
            Some(format) => super::date::formatted(value, format, context)
                .or_else(|| formatted(value.as_decimal()?, format))
                .unwrap_or_else(|| show::plain(value))
                .into(),
        })
    });

    VALUE "(text: text) -> number"
    "The number a text reads as, with or without thousands commas; null when it is none."
    "把文本读作数字，可带千分位逗号；不是数字时为空。"
    ["VALUE(\"1,234.50\")" => "1234.5", "VALUE(\"abc\")" => "null"]
    Answers Some(|given, _| Ok(number(given.text(0)?).into()));

    SPLIT "(text: text, separator: text) -> list of text"
    "The parts of the text between the separators."
    "按分隔符拆分文本为列表。"
    ["SPLIT(\"a,b,c\", \",\")" => "[\"a\", \"b\", \"c\"]"]
    Answers Some(split);

    TO_LIST "(text: text) -> list of text"
    "The lines of the text that are not empty, without spaces at their ends."
    "把文本按行拆成列表，去掉空行和首尾空格。"
    ["TO_LIST(\" a \\n\\n b\")" => "[\"a\", \"b\"]"]
    Answers Some(|given, context| {
        let lines = || given.text(0).unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
        context.charge(given.text(0)?.len() / 16)?;
        context.charge_list(lines().count())?;
        Ok(Value::List(lines().map(Value::from).collect()))
    });
}

/// A count of characters among the arguments; nothing below zero.
fn characters(given: &Given<'_>, index: usize, default: usize) -> Answer<usize> {
    if !given.is_given(index) {
        return Ok(default);
    }
    Ok(usize::try_from(given.whole(index)?).unwrap_or(0))
}

/// A text no longer than the first argument.
fn from_characters(found: impl Iterator<Item = char>, given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    context.charge(given.text(0)?.len() / 16)?;
    let text: String = found.collect();
    context.charge_text(text.len())?;
    Ok(text.into())
}

fn made(bytes: usize, context: &mut Context<'_>, make: impl FnOnce() -> Answer<String>) -> Answer {
    context.charge_text(bytes)?;
    make().map(Value::Text)
}

fn proper(text: &str) -> String {
    let mut inside = false;
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        if inside {
            made.extend(c.to_lowercase());
        } else {
            made.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric() || c == '\'';
    }
    made
}

fn substitute(given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    let (text, old, new) = (given.text(0)?, given.text(1)?, given.text(2)?);
    if old.is_empty() {
        return Ok(text.into());
    }
    context.charge(text.len() / 16)?;
    let times = text.matches(old).count();
    let length = (text.len() - times * old.len()).saturating_add(times.saturating_mul(new.len()));
    made(length, context, || Ok(text.replace(old, new)))
}

fn place(text: &str, part: &str, from: usize, context: &mut Context<'_>) -> Answer {
    context.charge(text.len() / 8)?;
    let skip = from.saturating_sub(1);
    let Some(start) = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(skip) else {
        return Ok(Value::Null);
    };
    let found = text.get(start..).and_then(|rest| Some(rest.get(..rest.find(part)?)?.chars().count()));
    Ok(found.and_then(|before| i64::try_from(skip + before + 1).ok()).into())
}

/// The engine is linear in the text; the size limit bounds what a pattern may cost to prepare.
fn matches(given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    let (text, pattern) = (given.text(0)?, given.text(1)?);
    context.charge(1_000 + pattern.len() + text.len())?;
    let pattern =
        RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(64 * 1024).dfa_size_limit(64 * 1024).build();
    Ok(pattern.ok().map(|pattern| pattern.is_match(text)).into())
}

fn padding<'a>(given: &'a Given<'_>, with: &str, context: &mut Context<'_>) -> Answer<(String, &'a str)> {
    let text = given.text(0)?;
    let with = if given.is_given(2) { given.text(2)? } else { with };
    let missing = characters(given, 1, 0)?.saturating_sub(text.chars().count());
    context.charge_text(missing.saturating_mul(4).saturating_add(text.len()))?;
    Ok((with.chars().cycle().take(missing).collect(), text))
}

fn spelled(text: &str) -> String {
    let mut made = String::new();
    let mut after: Option<bool> = None;
    for c in text.chars() {
        let spelling = c.to_pinyin();
        let apart = match after {
            Some(was) => (was || spelling.is_some()) && !made.ends_with(' ') && c != ' ',
            None => false,
        };
        if apart {
            made.push(' ');
        }
        match spelling {
            Some(spelling) => made.push_str(spelling.plain()),
            None => made.push(c),
        }
        after = Some(spelling.is_some());
    }
    made
}

fn initials(text: &str) -> String {
    let first = |c: char| match c.to_pinyin() {
        Some(spelling) => spelling.plain().chars().next(),
        None => c.is_alphanumeric().then_some(c),
    };
    text.chars().filter_map(first).flat_map(char::to_lowercase).collect()
}

/// The number a text reads as.
pub(super) fn number(text: &str) -> Option<Decimal> {
    if text.len() > 64 {
        return None;
    }
    let text = text.trim().replace(',', "");
    text.parse().ok()
}

/// A number by a pattern of `#`, `0`, `,`, `.` and `%` with other text around it.
fn formatted(number: Decimal, format: &str) -> Option<String> {
    let is_digit = |c: char| matches!(c, '#' | '0' | ',' | '.');
    let start = format.find(is_digit)?;
    let (before, rest) = format.split_at_checked(start)?;
    let end = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
    let (pattern, after) = rest.split_at_checked(end)?;
    let (whole, fraction) = pattern.split_once('.').unwrap_or((pattern, ""));
    let places = fraction.len().min(28);
    let least = whole.chars().filter(|c| *c == '0').count();
    let rounded = model::decimal::round_half_up(number, u32::try_from(places).ok()?);
    let written = format!("{:.*}", places, rounded.abs());
    let (digits, decimals) = written.split_once('.').unwrap_or((&written, ""));
    let mut digits = format!("{digits:0>least$}");
    if least == 0 && digits == "0" {
        digits.clear();
    }
    if whole.contains(',') {
        let length = digits.chars().count();
        let grouped = digits.chars().enumerate().flat_map(|(at, c)| {
            let comma = at > 0 && (length - at) % 3 == 0;
            comma.then_some(',').into_iter().chain([c])
        });
        digits = grouped.collect();
    }
    let optional = fraction.chars().rev().take_while(|c| *c == '#').count();
    let mut decimals = decimals.to_owned();
    for _ in 0..optional {
        if decimals.ends_with('0') {
            decimals.pop();
        }
    }
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
    let point = if decimals.is_empty() { "" } else { "." };
    Some(format!("{sign}{before}{digits}{point}{decimals}{after}"))
}

fn split(given: &Given<'_>, context: &mut Context<'_>) -> Answer {
    let (text, separator) = (given.text(0)?, given.text(1)?);
    if separator.is_empty() {
        return Ok(Value::List(vec![text.into()]));
    }
    context.charge(text.len() / 16)?;
    context.charge_list(text.matches(separator).count() + 1)?;
    Ok(Value::List(text.split(separator).map(Value::from).collect()))
}
