//! Text, counted in characters. Comparison is by code point.

use model::{Decimal, Value};

use super::{
    list::joined,
    number::{self, Answer},
};
use crate::{
    evaluate::{Context, Given},
    show,
};

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

    SUBSTITUTE "(text: text, old: text, new: text, place?: whole) -> text"
    "The text with every occurrence replaced, or only the one at that place, counted from 1."
    "替换文本中所有指定内容，或只替换第几处（从 1 开始）。"
    ["SUBSTITUTE(\"a-b-c\", \"-\", \"/\")" => "\"a/b/c\"", "SUBSTITUTE(\"a-b-c\", \"-\", \"/\", 2)" => "\"a-b/c\""]
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

    COUNT_TEXT "(text: text, part: text) -> whole"
    "How often the text holds the part, without overlaps."
    "内容在文本中出现的次数（不重叠）。"
    ["COUNT_TEXT(\"a-b-c\", \"-\")" => "2", "COUNT_TEXT(\"aaa\", \"aa\")" => "1"]
    Answers Some(|given, context| {
        let (text, part) = (given.text(0)?, given.text(1)?);
        context.charge_text(text.len())?;
        Ok(number::count(if part.is_empty() { 0 } else { text.matches(part).count() }))
    });

    TEXTBEFORE "(text: text, part: text, place?: whole) -> text"
    "What stands before the part, its first occurrence or the one at that place, from the end when negative; null when it is not there."
    "分隔内容之前的文本：默认第一次出现，可指定第几次，负数从末尾数；没有时为空。"
    ["TEXTBEFORE(\"a-b-c\", \"-\")" => "\"a\"", "TEXTBEFORE(\"a-b-c\", \"-\", -1)" => "\"a-b\"", "TEXTBEFORE(\"abc\", \"-\")" => "null"]
    Answers Some(|given, context| {
        let Some((start, _)) = occurrence(given, context)? else { return Ok(Value::Null) };
        Ok(given.text(0)?.get(..start).map(Value::from).unwrap_or_default())
    });

    TEXTAFTER "(text: text, part: text, place?: whole) -> text"
    "What stands after the part, its first occurrence or the one at that place, from the end when negative; null when it is not there."
    "分隔内容之后的文本：默认第一次出现，可指定第几次，负数从末尾数；没有时为空。"
    ["TEXTAFTER(\"a-b-c\", \"-\")" => "\"b-c\"", "TEXTAFTER(\"a-b-c\", \"-\", 2)" => "\"c\""]
    Answers Some(|given, context| {
        let Some((_, end)) = occurrence(given, context)? else { return Ok(Value::Null) };
        Ok(given.text(0)?.get(end..).map(Value::from).unwrap_or_default())
    });

    UNICODE "(text: text) -> whole"
    "The number of the first character in Unicode; null of an empty text."
    "首字符的 Unicode 编码；空文本为空。"
    ["UNICODE(\"A\")" => "65", "UNICODE(\"中\")" => "20013"]
    Answers Some(|given, _| Ok(given.text(0)?.chars().next().map(|c| i64::from(u32::from(c))).into()));

    UNICHAR "(code: whole) -> text"
    "The character with that number in Unicode; null when there is none."
    "Unicode 编码对应的字符；没有时为空。"
    ["UNICHAR(65)" => "\"A\"", "UNICHAR(20013)" => "\"中\"", "UNICHAR(0)" => "null"]
    Answers Some(|given, _| {
        let c = u32::try_from(given.whole(0)?).ok().and_then(char::from_u32).filter(|c| *c != '\0');
        Ok(c.map(String::from).into())
    });

    REVERSE_TEXT "(text: text) -> text"
    "The characters from back to front."
    "把文本倒序。"
    ["REVERSE_TEXT(\"上海\")" => "\"海上\""]
    Answers Some(|given, context| from_characters(given.text(0)?.chars().rev(), given, context));

    ELLIPSIS "(text: text, length: whole) -> text"
    "The text, or its beginning and `…` when it is longer."
    "超出指定长度时截断并以“…”结尾。"
    ["ELLIPSIS(\"abcdef\", 4)" => "\"abc…\"", "ELLIPSIS(\"abc\", 4)" => "\"abc\""]
    Answers Some(|given, context| {
        let (text, length) = (given.text(0)?, characters(given, 1, 0)?);
        if text.chars().count() <= length {
            return made(text.len(), context, || Ok(text.to_owned()));
        }
        let kept = text.chars().take(length.saturating_sub(1)).chain(std::iter::once('…').take(length));
        from_characters(kept, given, context)
    });

    EDIT_DISTANCE "(one: text, other: text) -> whole"
    "How many characters have to be put in, left out or changed to make one text the other."
    "编辑距离：从一个文本变为另一个需增、删、改的最少字符数。"
    ["EDIT_DISTANCE(\"kitten\", \"sitting\")" => "3", "EDIT_DISTANCE(\"张三\", \"张三丰\")" => "1"]
    Answers Some(|given, context| Ok(number::count(distance(given, context)?.0)));

    SIMILARITY "(one: text, other: text) -> number"
    "How alike two texts are in per cent: 100 less the share of characters that `EDIT_DISTANCE` changes."
    "两个文本的相似度（百分比），由编辑距离算出。"
    ["SIMILARITY(\"abcd\", \"abce\")" => "75", "SIMILARITY(\"\", \"\")" => "100"]
    Answers Some(|given, context| {
        let (apart, longest) = distance(given, context)?;
        let alike = number::multiply((longest - apart).into(), Decimal::ONE_HUNDRED)?;
        Ok(number::divide(alike, longest.into())?.unwrap_or(Decimal::ONE_HUNDRED).into())
    });

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
    Answers Some(|given, _| Ok(read_number(given.text(0)?).into()));

    NUMBERVALUE "(text: text, point?: text, group?: text) -> number"
    "The number a text reads as with another sign for the decimal point and for thousands, `.` and `,` when left out; every `%` behind divides by 100. Null when it is none."
    "按指定的小数点和千分位符号（默认 . 和 ,）把文本读作数字，末尾每个 % 除以 100；读不出时为空。"
    ["NUMBERVALUE(\"1.234,5\", \",\", \".\")" => "1234.5", "NUMBERVALUE(\"12.5%\")" => "0.125", "NUMBERVALUE(\"a\")" => "null"]
    Answers Some(|given, _| {
        let sign = |index, usual| if given.is_given(index) { given.text(index) } else { Ok(usual) };
        let (text, point, group) = (given.text(0)?, sign(1, ".")?, sign(2, ",")?);
        if text.len() > 64 || point.is_empty() || point == group {
            return Ok(Value::Null);
        }
        let plain = text.replace(char::is_whitespace, "");
        let digits = plain.trim_end_matches('%');
        let mut worth = read_number(&(if group.is_empty() { digits.to_owned() } else { digits.replace(group, "") }).replace(point, "."));
        for _ in digits.len()..plain.len() {
            worth = worth.and_then(|worth| worth.checked_div(Decimal::ONE_HUNDRED));
        }
        Ok(worth.into())
    });

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
pub(super) fn characters(given: &Given<'_>, index: usize, default: usize) -> Answer<usize> {
    if !given.is_given(index) {
        return Ok(default);
    }
    Ok(usize::try_from(given.whole(index)?).unwrap_or(0))
}

/// A text no longer than the first argument.
pub(super) fn from_characters(
    found: impl Iterator<Item = char>,
    given: &Given<'_>,
    context: &mut Context<'_>,
) -> Answer {
    context.charge(given.text(0)?.len() / 16)?;
    let text: String = found.collect();
    context.charge_text(text.len())?;
    Ok(text.into())
}

pub(super) fn made(bytes: usize, context: &mut Context<'_>, make: impl FnOnce() -> Answer<String>) -> Answer {
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
    if given.is_given(3) {
        let skip = number::size(given.at(3)).and_then(|place| place.checked_sub(1));
        let Some((at, _)) = skip.and_then(|skip| text.match_indices(old).nth(skip)) else { return Ok(text.into()) };
        let (before, rest) = text.split_at_checked(at).unwrap_or_default();
        let rest = rest.strip_prefix(old).unwrap_or_default();
        return made(text.len() + new.len(), context, || Ok([before, new, rest].concat()));
    }
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

fn padding<'a>(given: &'a Given<'_>, with: &str, context: &mut Context<'_>) -> Answer<(String, &'a str)> {
    let text = given.text(0)?;
    let with = if given.is_given(2) { given.text(2)? } else { with };
    let missing = characters(given, 1, 0)?.saturating_sub(text.chars().count());
    context.charge_text(missing.saturating_mul(4).saturating_add(text.len()))?;
    Ok((with.chars().cycle().take(missing).collect(), text))
}

/// From where to where the part stands in the text, at the place the third argument says.
fn occurrence(given: &Given<'_>, context: &mut Context<'_>) -> Answer<Option<(usize, usize)>> {
    let (text, part, place) = (given.text(0)?, given.text(1)?, number::whole_or(given, 2, 1)?);
    context.charge(text.len() / 8)?;
    let skip = place.unsigned_abs().checked_sub(1).and_then(|skip| usize::try_from(skip).ok());
    let (false, Some(skip)) = (part.is_empty(), skip) else { return Ok(None) };
    let found = if place > 0 { text.match_indices(part).nth(skip) } else { text.rmatch_indices(part).nth(skip) };
    Ok(found.map(|(start, part)| (start, start + part.len())))
}

/// The edits between two texts, and the length of the longer one.
fn distance(given: &Given<'_>, context: &mut Context<'_>) -> Answer<(usize, usize)> {
    context.charge_text(given.text(0)?.len() + given.text(1)?.len())?;
    let one: Vec<char> = given.text(0)?.chars().collect();
    let other: Vec<char> = given.text(1)?.chars().collect();
    context.charge(one.len().saturating_mul(other.len()) / 8)?;
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.iter().enumerate() {
        let mut next = vec![at + 1];
        let mut left = at + 1;
        for (pair, d) in row.windows(2).zip(&other) {
            let [diagonal, above] = pair else { continue };
            left = (diagonal + usize::from(c != d)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    Ok((row.last().copied().unwrap_or(0), one.len().max(other.len())))
}

/// The number a text reads as.
pub(super) fn read_number(text: &str) -> Option<Decimal> {
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
