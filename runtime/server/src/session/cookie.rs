//! Reading and writing cookies by hand: two names, no parser needed for more.

use axum::http::{HeaderMap, HeaderValue, header};

/// The value of a cookie; the first where a name comes twice.
pub fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// A cookie that scripts cannot read. `seconds` is its life; `None` until the browser closes.
pub fn hidden(name: &str, value: &str, seconds: Option<u64>, secure: bool) -> Option<HeaderValue> {
    let life = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{life}{secure}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "xlang=1; lang=en; theme=dark".parse().unwrap());
        assert_eq!(read(&headers, "lang"), Some("en"));
        assert_eq!(read(&headers, "theme"), Some("dark"));
        assert_eq!(read(&headers, "lan"), None);
    }
}
