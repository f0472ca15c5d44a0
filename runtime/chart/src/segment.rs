//! Texts become words: Chinese by a dictionary, other scripts by the spaces and signs between them. What says nothing by itself,
//! such as "的" and "the", is left out, and so is what is too short to say something.

use std::collections::BTreeSet;

use icu_segmenter::{WordSegmenter, options::WordBreakInvariantOptions};

/// Fewest characters of a Chinese word.
const HAN: usize = 2;
/// Fewest letters of any other.
const LETTERS: usize = 3;

/// Chinese words that say nothing by themselves, sorted.
const CHINESE: [&str; 77] = [
    "一个", "一些", "一样", "一次", "一直", "一起", "不会", "不同", "不是", "不能", "不过", "为了", "主要", "之前",
    "之后", "也是", "什么", "今天", "他们", "以前", "以及", "以后", "但是", "你们", "使用", "其中", "其他", "再次",
    "出来", "到了", "包括", "只是", "可以", "可能", "各个", "同时", "因为", "因此", "大家", "如何", "如果", "它们",
    "对于", "就是", "已经", "并且", "开始", "怎么", "情况", "我们", "或者", "所以", "所有", "是否", "曾经", "有些",
    "有关", "没有", "然后", "现在", "由于", "目前", "相关", "自己", "虽然", "认为", "起来", "还是", "这个", "这些",
    "这样", "进行", "通过", "那个", "那些", "需要", "非常",
];

/// English words that say nothing by themselves, sorted.
const ENGLISH: [&str; 73] = [
    "about", "after", "all", "also", "and", "any", "are", "because", "been", "before", "being", "both", "but", "can",
    "could", "did", "does", "each", "few", "for", "from", "had", "has", "have", "her", "here", "him", "his", "how",
    "into", "its", "just", "may", "more", "most", "much", "must", "not", "now", "off", "one", "only", "other", "our",
    "out", "over", "she", "should", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these",
    "they", "this", "those", "was", "were", "what", "when", "where", "which", "who", "will", "with", "would", "you",
    "your",
];

/// The words of a text that say something, each once, in small letters.
pub fn words(text: &str) -> BTreeSet<String> {
    let segmenter = WordSegmenter::new_dictionary(WordBreakInvariantOptions::default());
    let mut begin = 0;
    let mut found = BTreeSet::new();
    for end in segmenter.segment_str(text) {
        let word = text.get(begin..end).unwrap_or_default();
        begin = end;
        if word.chars().any(char::is_alphabetic) && word.chars().all(|c| c.is_alphanumeric() || "'’-".contains(c)) {
            let word = word.to_lowercase();
            if says(&word) {
                found.insert(word);
            }
        }
    }
    found
}

/// Whether a word says something by itself.
fn says(word: &str) -> bool {
    let least = if word.chars().any(han) { HAN } else { LETTERS };
    word.chars().count() >= least && CHINESE.binary_search(&word).is_err() && ENGLISH.binary_search(&word).is_err()
}

fn han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::{CHINESE, ENGLISH, words};

    fn of(text: &str) -> Vec<String> {
        words(text).into_iter().collect()
    }

    #[test]
    fn chinese_is_parted_by_a_dictionary_and_what_says_nothing_is_left_out() {
        let found = of("我们的护士人手不足，需要增加培训。培训！");
        for word in ["护士", "人手不足", "增加", "培训"] {
            assert!(found.iter().any(|known| known == word), "{word}: {found:?}");
        }
        assert!(!found.iter().any(|word| ["我们", "的", "需要", "，"].contains(&word.as_str())), "{found:?}");
    }

    #[test]
    fn letters_are_folded_and_short_words_numbers_and_signs_are_left_out() {
        assert_eq!(of("The MRI is to be booked; the mri of 2025, at 12:30!"), ["booked", "mri"]);
        assert!(of("").is_empty() && of(" …… 100% ").is_empty());
    }

    #[test]
    fn what_is_left_out_is_sorted() {
        assert!(CHINESE.is_sorted() && ENGLISH.is_sorted());
    }
}
