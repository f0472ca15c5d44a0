//! Queries of addresses, `a=1&b=2`: in this form ways of looking at a page are kept.

use app::App;
use model::EntityId;

/// The names and values of a query, in order, with repetition.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(a, b)| (decode(a), decode(b))).collect()
}

/// The query of names and values, empty values left out.
pub fn query(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    pairs.map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect::<Vec<_>>().join("&")
}

/// What a filter of a list's address is of, and the end of a range that it is, if it is one: `due.from` is of `due`, and ends in
/// `.from`. What leads to records has no range, so that `trip.from` is the field `from` of the records that `trip` leads to.
pub fn filter<'k>(app: &App, listed: EntityId, key: &'k str) -> (&'k str, &'static str) {
    let (name, end) = match key.rsplit_once('.') {
        Some((name, "from")) => (name, ".from"),
        Some((name, "to")) => (name, ".to"),
        _ => return (key, ""),
    };
    let leads = app.path(listed, name).ok().and_then(|path| app.field(path.field)?.target());
    if leads.is_some() { (key, "") } else { (name, end) }
}

/// Percent-encodes everything but letters, digits and `-._~,` of ASCII.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b',' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                match (digit(ahead.next()), digit(ahead.next())) {
                    (Some(high), Some(low)) => {
                        bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                        rest = ahead;
                    }
                    _ => bytes.push(b'%'),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_and_written_alike() {
        for text in ["", "columns=title,owner.code&sort=-due", "due.from=2025-01-01&q=%E4%BD%A0%20x"] {
            assert_eq!(super::query(&pairs(text)), text);
        }
    }
}
