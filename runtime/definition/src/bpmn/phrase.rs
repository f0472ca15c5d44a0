//! Conditions and expressions as other tools write them (`${days > 3 and type == 'sick'}`, `=days > 3`), as formulas.

/// A formula for an expression of another tool, and whether more than its wrapping was changed.
pub(super) fn formula(text: &str) -> (String, bool) {
    let text = text.trim();
    let (inner, feel) = inside(text);
    let mut out = String::new();
    let mut changed = false;
    let mut rest = inner.trim();
    while let Some(first) = rest.chars().next() {
        let (taken, put) = match first {
            '\'' | '"' => quoted(rest, first),
            c if c.is_alphabetic() || c == '_' => {
                let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                let word = rest.get(..length).unwrap_or_default();
                let after_dot = out.ends_with('.');
                (length, word_of(word, after_dot).to_owned())
            }
            '=' if feel && !rest.starts_with("==") && !out.ends_with(['<', '>', '!', '=']) => (1, "==".to_owned()),
            c => (c.len_utf8(), c.to_string()),
        };
        // Two signs at once, so that the second is not read again.
        let (taken, put) = if rest.starts_with("==") { (2, "==".to_owned()) } else { (taken, put) };
        changed |= rest.get(..taken) != Some(put.as_str());
        out.push_str(&put);
        rest = rest.get(taken..).unwrap_or_default();
    }
    (out, changed)
}

/// What stands in `${…}` or `#{…}` or after a `=`, and whether it was the last.
pub(super) fn inside(text: &str) -> (&str, bool) {
    let text = text.trim();
    let wrapped = text.strip_prefix("${").or_else(|| text.strip_prefix("#{")).and_then(|rest| rest.strip_suffix('}'));
    match (wrapped, text.strip_prefix('=')) {
        (Some(inner), _) => (inner.trim(), false),
        (None, Some(inner)) if !inner.starts_with('=') => (inner.trim(), true),
        _ => (text, false),
    }
}

/// Whether something is an expression and not a plain word.
pub(super) fn is_wrapped(text: &str) -> bool {
    inside(text).0.len() != text.trim().len()
}

fn quoted(rest: &str, quote: char) -> (usize, String) {
    let end = rest.char_indices().skip(1).find(|(_, c)| *c == quote).map_or(rest.len(), |(at, _)| at + 1);
    let inner = rest.get(1..end.saturating_sub(1)).unwrap_or_default();
    (end, format!("\"{inner}\""))
}

fn word_of(word: &str, after_dot: bool) -> &str {
    match word {
        _ if after_dot => word,
        "and" => "&&",
        "or" => "||",
        "not" => "!",
        "eq" => "==",
        "ne" => "!=",
        "gt" => ">",
        "ge" => ">=",
        "lt" => "<",
        "le" => "<=",
        word => word,
    }
}

/// Whether a text says yes or no to a matter, as people name the ways after an approval (`同意`, `驳回`, `approved`).
pub(super) fn answer(text: &str) -> Option<bool> {
    const NO: [&str; 15] = [
        "不同意",
        "未同意",
        "不通过",
        "未通过",
        "不批准",
        "驳回",
        "拒绝",
        "退回",
        "否决",
        "reject",
        "refuse",
        "denied",
        "deny",
        "decline",
        "disapprove",
    ];
    const YES: [&str; 9] = ["同意", "通过", "批准", "核准", "准予", "approv", "accept", "agree", "passed"];
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&NO) {
        return Some(false);
    }
    let not = ["not approv", "not accept", "not agree", "disagree"];
    has(&YES).then(|| !has(&not))
}

/// Whether the name of a way answers what its gateway asks: a word of [`answer`], or a plain yes or no where the gateway's own
/// name holds such a word (`同意吗？`). Nothing said is `Ok(None)`; `Err` where it is named otherwise.
pub(super) fn name_answer(name: &str, gateway: &str) -> Result<Option<bool>, ()> {
    let plain = match name.trim().to_lowercase().as_str() {
        "" => return Ok(None),
        "是" | "yes" | "y" | "true" => Some(true),
        "否" | "不" | "no" | "n" | "false" => Some(false),
        _ => None,
    };
    match plain {
        Some(plain) => answer(gateway).map(|asked| Some(asked == plain)).ok_or(()),
        None => answer(name).map(Some).ok_or(()),
    }
}

/// Whether a condition says yes or no to a matter: a word of [`answer`], perhaps turned round by `!` or `== false`, and no number
/// or comparison of sizes.
pub(super) fn condition_answer(text: &str) -> Option<bool> {
    let (formula, _) = formula(text);
    if formula.contains(|c: char| c.is_ascii_digit() || matches!(c, '<' | '>' | '&' | '|')) {
        return None;
    }
    let said = answer(&formula)?;
    let bare: String = formula.chars().filter(|c| !c.is_whitespace()).collect();
    let bare = bare.trim_end_matches(')');
    let turns = [bare.starts_with('!'), bare.ends_with("=false"), bare.contains("!=")];
    Some(turns.into_iter().fold(said, |said, turn| said != turn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_others_become_formulas() {
        for (text, expected, changed) in [
            ("${days > 3}", "days > 3", false),
            ("#{ days >= 3 and kind == 'sick' }", "days >= 3 && kind == \"sick\"", true),
            ("=kind = \"病假\" or days<=1", "kind == \"病假\" || days<=1", true),
            ("${not approved}", "! approved", true),
            ("${a ne b.and}", "a != b.and", true),
            ("days == 1", "days == 1", false),
            ("=a != 1", "a != 1", false),
        ] {
            assert_eq!(formula(text), (expected.to_owned(), changed), "{text}");
        }
    }

    #[test]
    fn yes_and_no_are_known_by_their_words() {
        assert_eq!(
            ["同意", "审批通过", "不同意", "驳回", "Approved", "not approved", "大额", "是"].map(answer),
            [Some(true), Some(true), Some(false), Some(false), Some(true), Some(false), None, None]
        );
        let conditions = [
            "${approved}",
            "${!approved}",
            "${approved == false}",
            "=result = \"驳回\"",
            "${outcome != 'approve'}",
            "${amount > 1}",
            "${approved != false}",
            "${!(approved == false)}",
        ];
        assert_eq!(
            conditions.map(condition_answer),
            [Some(true), Some(false), Some(false), Some(false), Some(false), None, Some(true), Some(true)]
        );
    }
}
