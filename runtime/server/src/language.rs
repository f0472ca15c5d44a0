//! In which language a request is answered: `?lang=`, else the cookie of an earlier one, else the account's, else what the
//! browser asks for, else Chinese.

use std::sync::{Arc, OnceLock};

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use model::Locale;

/// What a request says about its language; [`crate::around`] puts it among the request's extensions.
#[derive(Debug, Clone, Default)]
pub struct Language {
    /// Asked for in the address.
    pub asked: Option<Locale>,
    /// Kept from an earlier request.
    pub kept: Option<Locale>,
    /// What the browser prefers.
    pub preferred: Option<Locale>,
    settled: Arc<OnceLock<Locale>>,
}

impl Language {
    /// Reads address, cookie and headers.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let asked = uri
            .query()
            .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Locale::parse));
        let kept = crate::session::cookie::read(headers, "lang").and_then(Locale::parse);
        let preferred = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(',').filter_map(weighted).max_by_key(|(weight, _)| *weight))
            .map(|(_, locale)| locale);
        Self { asked, kept, preferred, settled: Arc::default() }
    }

    /// The language to answer in, given that of the account, if there is one.
    pub fn choose(&self, account: Option<Locale>) -> Locale {
        self.asked.or(self.kept).or(account).or(self.preferred).unwrap_or(Locale::ZhCn)
    }

    /// Chooses once the account is known, and remembers it for a refusal written later.
    pub(crate) fn settle(&self, account: Locale) -> Locale {
        *self.settled.get_or_init(|| self.choose(Some(account)))
    }

    /// The language settled on, or the one to choose without an account.
    pub(crate) fn settled(&self) -> Locale {
        self.settled.get().copied().unwrap_or_else(|| self.choose(None))
    }

    /// The cookie that keeps what was asked for, for a year.
    pub(crate) fn keep(&self) -> Option<HeaderValue> {
        let cookie = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax", self.asked?.tag());
        HeaderValue::from_str(&cookie).ok()
    }
}

/// One entry of `Accept-Language` that we speak, with its weight in thousandths. Of equal weights the first counts, which
/// `max_by_key` would not do by itself.
fn weighted(entry: &str) -> Option<((u32, std::cmp::Reverse<usize>), Locale)> {
    let mut parts = entry.split(';').map(str::trim);
    let locale = Locale::parse(parts.next()?)?;
    let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
    let order = Locale::ALL.iter().position(|known| *known == locale).unwrap_or_default();
    // A weight is between 0 and 1 with three decimals; anything else is clamped by the cast.
    Some((((weight.clamp(0.0, 1.0) * 1000.0) as u32, std::cmp::Reverse(order)), locale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(uri: &str, pairs: &[(header::HeaderName, &str)]) -> Language {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name, value.parse().unwrap());
        }
        Language::of(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn the_address_wins_then_the_cookie_then_the_account_then_the_browser() {
        let browser = [(header::ACCEPT_LANGUAGE, "fr, en;q=0.8, zh;q=0.5")];
        assert_eq!(language("/", &browser).choose(None), Locale::En);
        assert_eq!(language("/", &browser).choose(Some(Locale::ZhCn)), Locale::ZhCn);
        let kept = [(header::COOKIE, "a=1; lang=en")];
        assert_eq!(language("/", &kept).choose(Some(Locale::ZhCn)), Locale::En);
        assert_eq!(language("/?x=1&lang=zh-CN", &kept).choose(None), Locale::ZhCn);
        assert_eq!(language("/?lang=xx", &[]).choose(None), Locale::ZhCn);
    }
}
