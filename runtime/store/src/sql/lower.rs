//! Small letters of every script in SQL, as Rust knows them, since neither database agrees with it by itself.

use std::{fmt::Write as _, sync::OnceLock};

/// Capital letters and their small letters, where both are one character.
fn pairs() -> &'static [(char, char)] {
    static PAIRS: OnceLock<Vec<(char, char)>> = OnceLock::new();
    PAIRS.get_or_init(|| {
        ('\u{80}'..=char::MAX)
            .filter_map(|c| {
                let mut small = c.to_lowercase();
                let first = small.next()?;
                (first != c && small.next().is_none()).then_some((c, first))
            })
            .collect()
    })
}

/// The text in small letters, as the formula room's `LOWER` answers in memory.
pub(crate) fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// `expression` in small letters, for PostgreSQL. `İ` is the one letter that becomes two.
pub(crate) fn postgres(expression: &str) -> String {
    static TABLES: OnceLock<(String, String)> = OnceLock::new();
    let (from, to) = TABLES.get_or_init(|| pairs().iter().copied().unzip());
    format!("translate(lower(replace({expression}, 'İ', 'i̇') COLLATE \"C\"), '{from}', '{to}')")
}

/// `expression` in small letters, for SQLite, whose `lower` knows ASCII only. Texts without another script's capitals,
/// which are nearly all, take the short way.
pub(crate) fn sqlite(expression: &str) -> String {
    static PARTS: OnceLock<(String, String, String)> = OnceLock::new();
    let (glob, before, after) = PARTS.get_or_init(|| {
        let (mut glob, mut before, mut after) = (String::from("*[İ"), String::new(), String::new());
        for (capital, _) in pairs() {
            glob.push(*capital);
        }
        glob.push_str("]*");
        // Sub-queries keep each expression within SQLite's depth.
        for chunk in pairs().chunks(200) {
            let mut inner = String::from("v");
            for (capital, small) in chunk {
                inner = format!("replace({inner},'{capital}','{small}')");
            }
            before = format!("(SELECT {inner} AS v FROM {before}");
            after.push(')');
        }
        let _ = write!(before, "(SELECT replace(lower(v),'İ','i̇') AS v FROM (SELECT ");
        after.insert_str(0, " AS v))");
        (glob, before, after)
    });
    format!(
        "(SELECT CASE WHEN w GLOB '{glob}' THEN {before}w{after} ELSE lower(w) END FROM (SELECT {expression} AS w))"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pair_needs_escaping() {
        assert!(pairs().iter().all(|(a, b)| !"'[]^-*?\\".contains([*a, *b])));
        assert!(pairs().len() > 1_000);
    }
}
