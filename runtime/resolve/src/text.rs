//! Words as written become texts people read, and names become names of tables.

use definition::kind::Words;
use model::{Locale, Text};

/// The text of some words.
pub(crate) fn text(words: &Words) -> Text {
    match words {
        Words::Plain(text) => Text::plain(text),
        Words::PerLocale(per) => {
            let pairs = [(Locale::ZhCn, &per.zh_cn), (Locale::En, &per.en)];
            pairs.into_iter().filter_map(|(locale, text)| Some((locale, text.clone()?))).collect()
        }
    }
}

/// The text of words that may not have been written.
pub(crate) fn optional(words: Option<&Words>) -> Text {
    words.map(text).unwrap_or_default()
}

/// Bytes a name of a table or column may have; PostgreSQL cuts longer ones off.
const MAX_IDENTIFIER: usize = 63;

/// FNV-1a of a text: the same in every version of everything, as what a database keeps has to be.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// A name short enough for every database: a longer one is cut and ends in a hash of the whole.
pub(crate) fn identifier(name: &str) -> String {
    if name.len() <= MAX_IDENTIFIER {
        return name.to_owned();
    }
    let suffix = format!("_{:08x}", hash(name) >> 32);
    let mut short = String::new();
    for c in name.chars() {
        if short.len() + c.len_utf8() + suffix.len() > MAX_IDENTIFIER {
            break;
        }
        short.push(c);
    }
    short.push_str(&suffix);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_different() {
        let (a, b) = (identifier(&format!("{}a", "目".repeat(40))), identifier(&format!("{}b", "目".repeat(40))));
        assert!(a.len() <= 63 && b.len() <= 63 && a != b);
        assert_eq!(identifier("short"), "short");
    }
}
