//! Reading and writing cookies by hand: two names, no parser needed for more.
//!
//! Over TLS ours are called `__Host-loam_…`: a browser takes such a one only from this very host, over TLS and for every path, so
//! that no other host of the domain can plant one. [`unprefixed`] is the one place where that name is read; what comes without
//! it is dropped there, and nobody behind it sees the difference.

use axum::http::{HeaderMap, HeaderValue, header};

/// What a browser holds to this host.
const PREFIX: &str = "__Host-";
/// What the names of cookies begin with that say who somebody is.
const OURS: &str = "loam_";

/// Where cookies are for TLS only: takes the prefix off ours, and drops any that claims to be ours without it.
pub fn unprefixed(headers: &mut HeaderMap) {
    let sent: Vec<String> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|pair| !pair.starts_with(OURS))
        .map(|pair| pair.strip_prefix(PREFIX).filter(|rest| rest.starts_with(OURS)).unwrap_or(pair).to_owned())
        .collect();
    headers.remove(header::COOKIE);
    if let Ok(value) = HeaderValue::from_str(&sent.join("; "))
        && !value.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}

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
    let prefix = if secure && name.starts_with(OURS) { PREFIX } else { "" };
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite=Lax{life}{secure}")).ok()
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

    #[test]
    fn over_tls_only_a_cookie_with_the_prefix_is_ours() {
        let set = hidden("loam_session", "a", None, true).unwrap();
        assert_eq!(set, "__Host-loam_session=a; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(hidden("loam_session", "a", None, false).unwrap(), "loam_session=a; Path=/; HttpOnly; SameSite=Lax");
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "loam_session=planted; __Host-loam_session=own; lang=en".parse().unwrap());
        headers.append(header::COOKIE, "loam_for=planted".parse().unwrap());
        unprefixed(&mut headers);
        assert_eq!(read(&headers, "loam_session"), Some("own"));
        assert_eq!((read(&headers, "loam_for"), read(&headers, "lang")), (None, Some("en")));
        let mut planted = HeaderMap::new();
        planted.insert(header::COOKIE, "loam_session=planted".parse().unwrap());
        unprefixed(&mut planted);
        assert!(!planted.contains_key(header::COOKIE));
    }
}
