//! The query string: every parameter is known and comes once.

use axum::{extract::Query, http::Uri};
use model::Locale;

use crate::problem::{Kind, Problem};

/// The parameters of a request.
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    locale: Locale,
}

impl Parameters {
    /// Reads the query string; a parameter that is not `known` is refused, because ignoring it would answer another question.
    pub(super) fn of(uri: &Uri, known: &[&str], locale: Locale) -> Result<Self, Problem> {
        let Query(pairs) =
            Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| Problem::new(Kind::BadRequest))?;
        let mut problem = Problem::new(Kind::BadRequest);
        for (at, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) && name != "lang" {
                let help = model::diagnostic::nearest(name, known.iter().copied()).map(|help| format!("; {help}"));
                let text = match locale {
                    Locale::ZhCn => format!("没有参数 `{name}`{}", help.unwrap_or_default()),
                    Locale::En => format!("there is no parameter `{name}`{}", help.unwrap_or_default()),
                };
                problem = problem.error(name, "unknown", text);
            } else if pairs.iter().take(at).any(|(before, _)| before == name) {
                let text = say(locale, "参数只能出现一次", "the parameter can be given only once");
                problem = problem.error(name, "duplicate", text);
            }
        }
        if problem.errors.is_empty() { Ok(Self { pairs, locale }) } else { Err(problem) }
    }

    /// A parameter, if it was given and is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|text| !text.is_empty())
    }

    /// A whole number between 1 and `most`.
    pub(super) fn number(&self, name: &str, otherwise: u32, most: u32) -> Result<u32, Problem> {
        let Some(text) = self.get(name) else { return Ok(otherwise) };
        text.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(|| {
            let message = match self.locale {
                Locale::ZhCn => format!("`{name}` 应是 1 到 {most} 的整数"),
                Locale::En => format!("`{name}` is a whole number from 1 to {most}"),
            };
            Problem::parameter(name, "range", message)
        })
    }

    /// `true` or `false`; `false` when not given.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::parameter(
                name,
                "type",
                say(self.locale, "应是 `true` 或 `false`", "should be `true` or `false`"),
            )),
        }
    }
}

/// Says `zh` or `en`.
pub(super) fn say(locale: Locale, zh: &'static str, en: &'static str) -> &'static str {
    match locale {
        Locale::ZhCn => zh,
        Locale::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_named() {
        let uri: Uri = "/x?limt=3&limit=5&limit=6".parse().unwrap();
        let Err(problem) = Parameters::of(&uri, &["limit"], Locale::En) else { panic!("it should be refused") };
        let told: Vec<_> = problem.errors.iter().map(|error| (error.field.as_deref(), error.code.as_str())).collect();
        assert_eq!(told, [(Some("limt"), "unknown"), (Some("limit"), "duplicate")]);
    }

    #[test]
    fn numbers_have_ends() {
        let read = |uri: &'static str| {
            Parameters::of(&Uri::from_static(uri), &["limit"], Locale::En).unwrap().number("limit", 20, 200).ok()
        };
        assert_eq!(read("/x"), Some(20));
        assert_eq!(read("/x?limit=200"), Some(200));
        assert_eq!(read("/x?limit=201"), None);
        assert_eq!(read("/x?limit=-1"), None);
    }
}
