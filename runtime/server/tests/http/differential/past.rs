//! What is readable beside a record: its history, what was said about it, and the bin.

use axum::http::StatusCode;
use serde_json::Value as Json;

use super::Asked;

impl Asked<'_> {
    /// The history of a record names no field that is not given whole on it. It is not there for who does not see the record, and
    /// the comments for nobody to whom no grant that holds gives the record whole or names them.
    pub(super) async fn past(&self, entity: &'static str, base: &str, id: &str, open: bool) -> usize {
        let answer = self.client.get(&format!("{base}/{id}/history")).await;
        assert_eq!(answer.status == StatusCode::OK, open, "{}: {entity} {id} {}", self.at, answer.text());
        let mut cells = 1;
        if entity == "item" {
            let said = self.client.get(&format!("{base}/{id}/comments")).await;
            let theirs = self.telling.said(id);
            assert_eq!(said.status == StatusCode::OK, theirs, "{}: {entity} {id} {}", self.at, said.text());
            cells += 1;
        }
        if !open {
            return cells;
        }
        let body = answer.json();
        for entry in body["items"].as_array().unwrap() {
            let whole = |part: &str| entry[part].as_object().into_iter().flatten().map(|(field, _)| field.as_str());
            let named: Vec<&str> = match &entry["field"] {
                Json::String(field) => vec![field.as_str()],
                _ => whole("before").chain(whole("after")).collect(),
            };
            for field in &named {
                assert!(self.telling.given(entity, id, field), "{}: {entity} {id} {field} of {entry}", self.at);
            }
            cells += named.len();
        }
        cells
    }

    /// Nobody may restore here: what is in the bin is nowhere.
    pub(super) async fn bin(&self) -> usize {
        let base = "/api/v1/demo/item";
        let answer = self.client.get(&format!("{base}?deleted=true")).await;
        assert!(!answer.status.is_success(), "{}: {}", self.at, answer.text());
        for id in &self.telling.stored.gone {
            for rest in ["", "/history", "/comments"] {
                let answer = self.client.get(&format!("{base}/{id}{rest}")).await;
                assert!(!answer.status.is_success(), "{}: {id}{rest} {}", self.at, answer.text());
            }
        }
        self.telling.stored.gone.len() * 3 + 1
    }
}
