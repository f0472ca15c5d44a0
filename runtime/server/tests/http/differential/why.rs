//! Why a cell is shown whole, in part, or not at all: what is explained is what is done.

use axum::http::StatusCode;

use super::{
    Asked,
    condition::Value,
    world::{MASKED, fields, inputs},
};

impl Asked<'_> {
    /// The verdicts on a record and on one of its fields, another from record to record. Of a record that is not seen nothing is
    /// explained.
    pub(super) async fn why(&self, entity: &'static str, base: &str, id: &str, open: bool) -> usize {
        let names = fields(entity);
        let field = names[id.bytes().map(usize::from).sum::<usize>() % names.len()];
        let path = format!("{base}/{id}/access?action=read");
        let whole = self.client.get(&path).await;
        let part = self.client.get(&format!("{path}&field={field}")).await;
        for answer in [&whole, &part] {
            assert_eq!(answer.status == StatusCode::OK, open, "{}: {entity} {id} {}", self.at, answer.text());
        }
        if !open {
            return 2;
        }
        assert_eq!(whole.json()["verdict"], "allowed", "{}: {entity} {id}", self.at);
        let expected = if self.telling.given(entity, id, field) {
            "allowed"
        } else if MASKED.contains(&field) && self.telling.partly(entity, id) {
            "partly"
        } else {
            "refused"
        };
        let value = self.telling.stored.row(entity, id).and_then(|row| row.get(field));
        // Of a result over several records, or of one that is nothing, less may be given than may be known, and never more.
        let less = matches!(field, "sum" | "most" | "paid")
            || (inputs(entity, field).is_some() && value.is_none_or(|value| *value == Value::Null));
        let told = part.json();
        let fits = told["verdict"] == expected || (less && told["verdict"] == "refused");
        assert!(fits, "{}: {entity} {id} {field} should be {expected}: {told}", self.at);
        2
    }
}
