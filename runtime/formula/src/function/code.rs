//! Codes: check digits of numbers people carry, digests, and text made safe for an address.

use model::Date;
use sha2::{Digest, Sha256};

use super::number::Answer;
use crate::evaluate::{Context, Given};

functions! { Text;
    SHA256 "(text: text) -> text"
    "The SHA-256 digest of the text in UTF-8, in 64 small hexadecimal digits."
    "文本（UTF-8）的 SHA-256 摘要，64 位小写十六进制。"
    ["SHA256(\"abc\")" => "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""]
    Answers Some(|given, context| {
        context.charge_text(given.text(0)?.len())?;
        context.charge(100)?;
        let digest = Sha256::digest(given.text(0)?.as_bytes());
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
    });

    ENCODE_URL "(text: text) -> text"
    "The text as it stands in an address: everything but letters, digits and `-_.~` written as `%` and two digits."
    "网址编码：除字母、数字和 -_.~ 外均写作 % 加两位十六进制。"
    ["ENCODE_URL(\"a b/中\")" => "\"a%20b%2F%E4%B8%AD\""]
    Answers Some(|given, context| {
        let text = given.text(0)?;
        context.charge_text(text.len().saturating_mul(3))?;
        let mut made = String::new();
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                made.push(char::from(byte));
            } else {
                made.push_str(&format!("%{byte:02X}"));
            }
        }
        Ok(made.into())
    });

    LUHN_VALID "(text: text) -> bool"
    "Whether the last digit of a card number is the right check digit; spaces and hyphens are passed over."
    "校验银行卡等号码的末位校验码（Luhn 算法），忽略空格和连字符。"
    ["LUHN_VALID(\"4539 1488 0343 6467\")" => "true", "LUHN_VALID(\"4539148803436466\")" => "false", "LUHN_VALID(\"abc\")" => "false"]
    Answers Some(|given, context| {
        let text = charged(given, context)?;
        let digits: Option<Vec<u32>> = text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_digit(10)).collect();
        let sum = |digits: Vec<u32>| digits.iter().rev().enumerate().map(|(place, digit)| luhn(place, *digit)).sum::<u32>();
        Ok(digits.filter(|digits| digits.len() > 1).is_some_and(|digits| sum(digits) % 10 == 0).into())
    });

    ID_CARD_VALID "(text: text) -> bool"
    "Whether the text is a Chinese resident identity number of 18 places: a day of birth that exists, and the right check digit (ISO 7064 MOD 11-2)."
    "校验 18 位居民身份证号：出生日期有效且校验码正确（ISO 7064 MOD 11-2）。"
    ["ID_CARD_VALID(\"11010519491231002X\")" => "true", "ID_CARD_VALID(\"110105194912310021\")" => "false"]
    Answers Some(|given, context| Ok(born(charged(given, context)?).is_some().into()));

    ID_CARD_BIRTHDAY "(text: text) -> date"
    "The day of birth in a valid Chinese resident identity number; null when it is not valid."
    "取居民身份证号中的出生日期；号码无效时为空。"
    ["ID_CARD_BIRTHDAY(\"11010519491231002X\")" => "1949-12-31", "ID_CARD_BIRTHDAY(\"110105194912310021\")" => "null"]
    Answers Some(|given, context| Ok(born(charged(given, context)?).into()));

    USCC_VALID "(text: text) -> bool"
    "Whether the text is a Chinese unified social credit code of 18 places with the right check character (GB 32100)."
    "校验 18 位统一社会信用代码的校验码（GB 32100）。"
    ["USCC_VALID(\"91350100M000100Y43\")" => "true", "USCC_VALID(\"91350100M000100Y44\")" => "false"]
    Answers Some(|given, context| Ok(credit(charged(given, context)?).is_some().into()));

    EAN_VALID "(text: text) -> bool"
    "Whether the last digit of an article or book number of 8, 12, 13 or 14 digits (EAN, UPC, GTIN, ISBN-13) is the right check digit; hyphens and spaces are passed over."
    "校验 8、12、13 或 14 位商品条码（EAN、UPC、GTIN、ISBN-13）的校验码，忽略空格和连字符。"
    ["EAN_VALID(\"978-7-302-11622-6\")" => "true", "EAN_VALID(\"9787302116221\")" => "false"]
    Answers Some(|given, context| {
        let text = charged(given, context)?;
        let digits: Option<Vec<u32>> = text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_digit(10)).collect();
        let sum = |digits: &[u32]| digits.iter().rev().enumerate().map(|(place, digit)| if place % 2 == 1 { digit * 3 } else { *digit }).sum::<u32>();
        Ok(digits.is_some_and(|digits| matches!(digits.len(), 8 | 12 | 13 | 14) && sum(&digits) % 10 == 0).into())
    });
}

/// No code is longer; what is, is none.
const LONGEST: usize = 64;

fn charged<'a>(given: &'a Given<'_>, context: &mut Context<'_>) -> Answer<&'a str> {
    let text = given.text(0)?.trim();
    context.charge(LONGEST)?;
    Ok(if text.len() > LONGEST { "" } else { text })
}

/// Every second digit from the right counts twice, less 9 when it becomes two digits.
fn luhn(place: usize, digit: u32) -> u32 {
    match (place % 2, digit) {
        (0, digit) => digit,
        (_, digit) if digit > 4 => digit * 2 - 9,
        (_, digit) => digit * 2,
    }
}

/// The day of birth in a number whose check character is right.
fn born(text: &str) -> Option<Date> {
    let (digits, check) = text.split_at_checked(17)?;
    // The check character follows from the weights 2^(17 − place) by 11, going from the left.
    let mut sum = 0;
    for c in digits.chars() {
        sum = (sum + c.to_digit(10)?) * 2 % 11;
    }
    let wanted = match (12 - sum) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10)?,
    };
    let mut given = check.chars();
    if given.next().map(|c| c.to_ascii_uppercase()) != Some(wanted) || given.next().is_some() {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i16>().ok();
    let (month, day) = (i8::try_from(part(10, 12)?).ok()?, i8::try_from(part(12, 14)?).ok()?);
    Date::new(part(6, 10)?, month, day).ok().filter(|date| date.year() > 0)
}

/// The value of the check character, where it is right.
fn credit(text: &str) -> Option<u32> {
    // Letters that look like digits are left out.
    const CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let text = text.to_ascii_uppercase();
    let values = text.chars().map(|c| CHARACTERS.find(c).and_then(|at| u32::try_from(at).ok()));
    let values = values.collect::<Option<Vec<u32>>>().filter(|values| values.len() == 18)?;
    let (check, values) = values.split_last()?;
    let mut weight = 1;
    let mut sum = 0;
    for value in values {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    Some(*check).filter(|check| *check == (31 - sum % 31) % 31)
}
