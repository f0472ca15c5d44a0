//! JSON bodies: an object whose members come once each.

use std::fmt;

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use engine::{Fields, Given};
use model::Locale;
use serde::{
    Deserialize,
    de::{DeserializeOwned, Deserializer, MapAccess, Visitor},
};
use serde_json::Value;

use crate::problem::{Kind, Problem};

/// Refuses a body that is not JSON by its own word.
fn must_be_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")) {
        return Ok(());
    }
    Err(Problem::new(Kind::MediaType).with("accepted", "application/json"))
}

/// A body of a fixed shape.
pub(super) fn parse<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Problem> {
    must_be_json(headers)?;
    serde_json::from_slice(body).map_err(|fault| unreadable(&fault))
}

/// The values of a record, by field name.
pub(super) fn fields(headers: &HeaderMap, body: &Bytes, locale: Locale) -> Result<Fields, Problem> {
    parse::<Members>(headers, body)?.into_fields(locale)
}

fn unreadable(fault: &serde_json::Error) -> Problem {
    Problem::new(Kind::BadRequest).error("body", "json", fault.to_string())
}

fn twice(name: &str, locale: Locale) -> Problem {
    let message = super::parameter::say(locale, "字段只能出现一次", "the field is given twice");
    Problem::new(Kind::Invalid).error(name, "duplicate", message)
}

/// The members of an object in their order, the second of a name kept too so that it can be refused.
#[derive(Debug, Default)]
pub(super) struct Members(Vec<(String, Value)>);

impl Members {
    /// The values as they were sent, unless a name comes twice.
    pub(super) fn into_values(self, locale: Locale) -> Result<Vec<(String, Value)>, Problem> {
        for (at, (name, _)) in self.0.iter().enumerate() {
            if self.0.iter().take(at).any(|(known, _)| known == name) {
                return Err(twice(name, locale));
            }
        }
        Ok(self.0)
    }

    /// The values, unless a name comes twice.
    pub(super) fn into_fields(self, locale: Locale) -> Result<Fields, Problem> {
        let mut fields = Fields::with_capacity(self.0.len());
        for (name, value) in self.0 {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(twice(&name, locale));
            }
            fields.push((name, Given::Json(value)));
        }
        Ok(fields)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &'static str) -> Result<usize, Kind> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        fields(&headers, &Bytes::from_static(body.as_bytes()), Locale::En)
            .map(|fields| fields.len())
            .map_err(|problem| problem.kind)
    }

    #[test]
    fn bodies_are_objects_of_json_with_each_name_once() {
        assert_eq!(read("application/json; charset=utf-8", r#"{"a":1,"b":null}"#), Ok(2));
        assert_eq!(read("application/merge-patch+json", "{}"), Ok(0));
        assert_eq!(read("text/plain", "{}"), Err(Kind::MediaType));
        assert_eq!(read("application/json", r#"{"a":1,"a":2}"#), Err(Kind::Invalid));
        assert_eq!(read("application/json", "[1]"), Err(Kind::BadRequest));
        assert_eq!(read("application/json", "{"), Err(Kind::BadRequest));
    }
}
