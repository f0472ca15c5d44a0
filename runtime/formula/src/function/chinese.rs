//! Chinese writing: pinyin, widths of characters, numbers and amounts in words.

use model::Decimal;
use pinyin::ToPinyin;
use rust_decimal::prelude::ToPrimitive;

use super::text::{from_characters, made};

functions! { Text;
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

    HALF_WIDTH "(text: text) -> text"
    "The text with full-width letters, digits, signs and spaces in their usual width."
    "全角字母、数字、符号和空格转为半角。"
    ["HALF_WIDTH(\"ＡＢ１２，　ｃ\")" => "\"AB12, c\""]
    Answers Some(|given, context| from_characters(given.text(0)?.chars().map(narrow), given, context));

    FULL_WIDTH "(text: text) -> text"
    "The text with letters, digits, signs and spaces in full width."
    "半角字母、数字、符号和空格转为全角。"
    ["FULL_WIDTH(\"AB 1\")" => "\"ＡＢ　１\""]
    Answers Some(|given, context| {
        context.charge_text(given.text(0)?.len().saturating_mul(3))?;
        Ok(given.text(0)?.chars().map(wide).collect::<String>().into())
    });

    RMB_CAPITALS "(amount: number) -> text"
    "An amount of money in the Chinese words for cheques and contracts, rounded to 0.01; null from 10 000 000 000 000 000 on."
    "人民币金额大写，四舍五入到分；一万万亿及以上为空。"
    ["RMB_CAPITALS(1234.05)" => "\"壹仟贰佰叁拾肆元零伍分\"", "RMB_CAPITALS(-100000)" => "\"负壹拾万元整\"", "RMB_CAPITALS(0.5)" => "\"伍角整\"", "RMB_CAPITALS(10001000.32)" => "\"壹仟万壹仟元叁角贰分\"", "RMB_CAPITALS(0)" => "\"零元整\""]
    Answers Some(|given, _| Ok(capitals(given.decimal(0)?).into()));

    CHINESE_NUMBER "(value: number) -> text"
    "A number in Chinese words; null from 10 000 000 000 000 000 on."
    "数字的中文小写读法；一万万亿及以上为空。"
    ["CHINESE_NUMBER(12)" => "\"十二\"", "CHINESE_NUMBER(-2025.5)" => "\"负二千零二十五点五\"", "CHINESE_NUMBER(100010)" => "\"十万零一十\""]
    Answers Some(|given, _| Ok(words(given.decimal(0)?).into()));
}

const SMALL: (&str, [&str; 4]) = ("零一二三四五六七八九", ["", "十", "百", "千"]);
const CAPITAL: (&str, [&str; 4]) = ("零壹贰叁肆伍陆柒捌玖", ["", "拾", "佰", "仟"]);

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

/// Full-width forms stand in the same order as the usual characters, so far after them.
const APART: u32 = 0xFEE0;

fn narrow(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - APART).unwrap_or(c),
        c => c,
    }
}

fn wide(c: char) -> char {
    match c {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(u32::from(c) + APART).unwrap_or(c),
        c => c,
    }
}

fn digit(digits: &str, digit: u64) -> Option<char> {
    digits.chars().nth(usize::try_from(digit).ok()?)
}

/// A whole number in words, by groups of four digits; zeros between digits are said once.
fn whole(number: u64, (digits, units): (&str, [&str; 4])) -> Option<String> {
    if number == 0 {
        return digit(digits, 0).map(String::from);
    }
    let mut made = String::new();
    let mut zero = false;
    let mut hundred_millions = false;
    for (group, word) in [(3_u32, "万"), (2, "亿"), (1, "万"), (0, "")] {
        let part = number / 10_000_u64.pow(group) % 10_000;
        for (place, unit) in units.iter().enumerate().rev() {
            let value = part / 10_u64.pow(u32::try_from(place).ok()?) % 10;
            if value == 0 {
                zero = true;
                continue;
            }
            if zero && !made.is_empty() {
                made.push(digit(digits, 0)?);
            }
            zero = false;
            made.push(digit(digits, value)?);
            made.push_str(unit);
        }
        hundred_millions |= group >= 2 && part > 0;
        if part > 0 || (group == 2 && hundred_millions) {
            made.push_str(word);
        }
        // Zeros that end a group are not said: the word of the group stands in their place.
        zero &= part == 0;
    }
    Some(made)
}

const MOST: u64 = 9_999_999_999_999_999;

fn capitals(amount: Decimal) -> Option<String> {
    let cents = model::decimal::round_half_up(amount.abs(), 2).checked_mul(Decimal::ONE_HUNDRED)?.to_u128()?;
    let yuan = u64::try_from(cents / 100).ok().filter(|yuan| *yuan <= MOST)?;
    let (tenths, hundredths) = (u64::try_from(cents / 10 % 10).ok()?, u64::try_from(cents % 10).ok()?);
    let mut made = String::new();
    if amount.is_sign_negative() && cents > 0 {
        made.push('负');
    }
    if yuan > 0 || cents == 0 {
        made.push_str(&whole(yuan, CAPITAL)?);
        made.push('元');
    }
    match (tenths, hundredths) {
        (0, 0) => {}
        (0, _) if yuan > 0 => made.push('零'),
        (0, _) => {}
        (tenths, _) => {
            made.push(digit(CAPITAL.0, tenths)?);
            made.push('角');
        }
    }
    if hundredths > 0 {
        made.push(digit(CAPITAL.0, hundredths)?);
        made.push('分');
    } else {
        made.push('整');
    }
    Some(made)
}

fn words(number: Decimal) -> Option<String> {
    let size = number.abs().normalize();
    let before = size.trunc().to_u64().filter(|number| *number <= MOST)?;
    let mut made = whole(before, SMALL)?;
    if (10..20).contains(&before) {
        made.remove(0);
    }
    if (100_000..200_000).contains(&before) {
        made.remove(0);
    }
    let text = size.to_string();
    if let Some((_, decimals)) = text.split_once('.') {
        made.push('点');
        for c in decimals.chars() {
            made.push(digit(SMALL.0, u64::from(c.to_digit(10)?))?);
        }
    }
    Some(if number.is_sign_negative() && !number.is_zero() { format!("负{made}") } else { made })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_they_are_written_on_cheques() {
        for (amount, written) in [
            ("1409.50", "壹仟肆佰零玖元伍角整"),
            ("6007.14", "陆仟零柒元壹角肆分"),
            ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
            ("107000.53", "壹拾万柒仟元伍角叁分"),
            ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
            ("325.04", "叁佰贰拾伍元零肆分"),
            ("100001000", "壹亿零壹仟元整"),
            ("100010000", "壹亿零壹万元整"),
            ("1000000000000", "壹万亿元整"),
            ("9999999999999999.99", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
            ("0.05", "伍分"),
            ("-0.004", "零元整"),
            ("0.995", "壹元整"),
            ("10", "壹拾元整"),
        ] {
            assert_eq!(capitals(amount.parse().unwrap()).as_deref(), Some(written), "{amount}");
        }
        assert_eq!(capitals("10000000000000000".parse().unwrap()), None);
    }

    #[test]
    fn numbers_as_they_are_read() {
        for (number, read) in [
            ("0", "零"),
            ("10", "十"),
            ("19", "十九"),
            ("110", "一百一十"),
            ("10000", "一万"),
            ("10010", "一万零一十"),
            ("123456", "十二万三千四百五十六"),
            ("0.05", "零点零五"),
        ] {
            assert_eq!(words(number.parse().unwrap()).as_deref(), Some(read), "{number}");
        }
    }
}
