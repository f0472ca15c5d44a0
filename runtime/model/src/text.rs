//! What people read: a text per locale.

use std::collections::BTreeMap;

/// A language and region that pages, dates and numbers are shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Locale {
    /// Simplified Chinese as used in China.
    ZhCn,
    /// English.
    En,
}

impl Locale {
    /// Every locale Loam speaks, the default first.
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// Reads a BCP 47 tag, exactly or by its language alone.
    pub fn parse(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        match language.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::ZhCn),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// A label in the languages it was written in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(BTreeMap<Locale, String>);

impl Text {
    /// The same words in every language.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(Locale::ALL.into_iter().map(|locale| (locale, text.clone())).collect())
    }

    /// Adds or replaces the words of one language.
    pub fn set(&mut self, locale: Locale, text: impl Into<String>) {
        self.0.insert(locale, text.into());
    }

    /// The words for a reader: theirs, else any other language's, else nothing.
    pub fn get(&self, locale: Locale) -> &str {
        self.0.get(&locale).or_else(|| self.0.values().next()).map_or("", String::as_str)
    }

    /// Whether nothing was written in this language.
    pub fn lacks(&self, locale: Locale) -> bool {
        !self.0.contains_key(&locale)
    }

    /// Whether nothing was written at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Locale, String)> for Text {
    fn from_iter<I: IntoIterator<Item = (Locale, String)>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}
