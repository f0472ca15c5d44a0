//! Which browser or program a request comes from: what a session is bound to, so that a token that was taken along opens nothing
//! at another.
//!
//! It is what the `User-Agent` names, without the numbers of versions: an update of the browser ends nobody's session. Whoever
//! sends the same words passes; that is harder than to have found a token, and not more.

use axum::http::{HeaderMap, header};

/// Longest that is kept, in characters.
const LONGEST: usize = 300;

/// Products and platform by name; empty where nothing is sent.
pub(super) fn of(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).map(|value| named(&String::from_utf8_lossy(value.as_bytes()))).unwrap_or_default()
}

/// Every word up to its first number or slash, after which a version stands.
fn named(agent: &str) -> String {
    let words = agent.split(|c: char| c.is_whitespace() || "(),;".contains(c));
    let names = words.filter_map(|word| word.split(|c: char| c == '/' || c.is_ascii_digit()).next());
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_changes_nothing_and_another_browser_does() {
        let edge = |version: &str| {
            named(&format!(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version} Safari/537.36 Edg/{version}"
            ))
        };
        assert_eq!(edge("99.0.1"), edge("141.0.0.0"));
        assert_eq!(edge("141.0"), "Mozilla Windows NT Win x AppleWebKit KHTML like Gecko Chrome Safari Edg");
        let chrome = |system: &str| named(&format!("Mozilla/5.0 ({system}) Chrome/141.0.0.0 Safari/537.36"));
        assert_ne!(chrome("Windows NT 10.0"), chrome("X11; Linux x86_64"));
        assert_ne!(chrome("Windows NT 10.0"), edge("141.0"));
        let chat = |version: &str, net: &str| named(&format!("MicroMessenger/{version}(0x28002A58) NetType/{net}"));
        assert_eq!(chat("8.0.42.2460", "WIFI"), chat("8.0.43", "4G"));
        assert_eq!((named("curl/8.5.0"), named("")), ("curl".to_owned(), String::new()));
    }

    #[test]
    fn nothing_sent_is_nothing_and_odd_bytes_are_words_too() {
        let mut headers = HeaderMap::new();
        assert_eq!(of(&headers), "");
        headers.insert(header::USER_AGENT, header::HeaderValue::from_bytes(b"caf\xe9/1").unwrap());
        assert_eq!(of(&headers), "caf\u{fffd}");
    }
}
