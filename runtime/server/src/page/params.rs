//! Names and values of an address or a form, in order, with repetition.

pub use engine::address::encode;
use zeroize::Zeroize;

/// Names and values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(pub Vec<(String, String)>);

impl Zeroize for Params {
    fn zeroize(&mut self) {
        for (name, value) in &mut self.0 {
            name.zeroize();
            value.zeroize();
        }
        self.0.clear();
    }
}

impl Params {
    /// Reads `a=1&b=2`.
    pub fn parse(text: &str) -> Self {
        Self(engine::address::pairs(text))
    }

    /// The last value of a name, empty ones left out.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Every value of a name, empty ones left out.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Whether the name is there, even if empty.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Without these names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect())
    }

    /// With one name set to one value, in place of those it had.
    #[must_use]
    pub fn with(&self, name: &str, value: impl Into<String>) -> Self {
        let mut next = self.without(&[name]);
        next.0.push((name.to_owned(), value.into()));
        next
    }

    /// As text of an address, empty values left out.
    pub fn text(&self) -> String {
        engine::address::query(&self.0)
    }

    /// As an address on this path.
    pub fn on(&self, path: &str) -> String {
        let text = self.text();
        if text.is_empty() { path.to_owned() } else { format!("{path}?{text}") }
    }
}

/// An address of this server to go on to, or the other one where it leads elsewhere.
pub fn local<'a>(address: Option<&'a str>, otherwise: &'a str) -> &'a str {
    let here = |address: &&str| {
        address.starts_with('/') && !address.starts_with("//") && !address.contains(['\\', '\r', '\n', '\t'])
    };
    address.filter(here).unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_params_are_the_same() {
        let params = Params::parse("a=1&b=%E4%BD%A0+x&a=2&c=&%zz=%");
        assert_eq!(params.get("a"), Some("2"));
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(params.get("b"), Some("你 x"));
        assert_eq!(params.get("c"), None);
        assert!(params.has("c"));
        assert_eq!(Params::parse(&params.text()), params.without(&["c"]));
        assert_eq!(params.with("a", "3").without(&["b", "%zz"]).on("/p"), "/p?a=3");
    }

    #[test]
    fn only_this_server_is_gone_on_to() {
        assert_eq!(local(Some("/p/goals?x=1"), "/"), "/p/goals?x=1");
        for bad in ["//evil.org", "https://evil.org", "/\\evil.org", "javascript:x"] {
            assert_eq!(local(Some(bad), "/"), "/");
        }
    }
}
