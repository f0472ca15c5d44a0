//! What a definition with faults breaks beyond its own files: what the database holds and what hangs on a term that is at fault
//! or gone.

use anyhow::Result;
use engine::Engine;
use model::{Locale, RecordId, Severity};
use serde_json::{Value, json};

use crate::{command::check::Checked, output::counted, publish::naming};

/// What hangs on a term that is at fault or gone.
pub struct Hanging {
    /// The term, by name.
    pub term: String,
    /// The boards that people put together of it: their ids and names.
    pub boards: Vec<(RecordId, String)>,
    /// The records that name it by its code: how many, by entity.
    pub records: Vec<(String, i64)>,
}

impl Hanging {
    /// All there is, of the terms that are published now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(engine: &Engine, checked: &Checked) -> Result<Vec<Self>> {
        let edition = engine.edition();
        let mut found = Vec::new();
        for term in edition.app.terms().iter().filter(|term| is_lost(checked, term.name.as_str())) {
            let name = term.name.to_string();
            let boards = engine.store().unit_boards().naming(&[name.as_str()]).await?;
            let boards: Vec<_> = boards.into_iter().map(|board| (board.id, board.name)).collect();
            // The pages stand in the files, which were told.
            let records = naming(engine, &[term.id], &mut Vec::new()).await?;
            if !boards.is_empty() || !records.is_empty() {
                found.push(Self { term: name, boards, records });
            }
        }
        Ok(found)
    }

    /// In a sentence.
    pub fn text(&self, locale: Locale) -> String {
        let term = &self.term;
        let mut said = match locale {
            Locale::En => format!("- term `{term}`"),
            Locale::ZhCn => format!("- 指标 `{term}`"),
        };
        for (entity, count) in &self.records {
            said = match locale {
                Locale::En => format!("{said}; named in {} of `{entity}`", counted(*count, "record")),
                Locale::ZhCn => format!("{said}；`{entity}` 有 {count} 条记录引用"),
            };
        }
        for (_, board) in &self.boards {
            said = match locale {
                Locale::En => format!("{said}; on the board “{board}”"),
                Locale::ZhCn => format!("{said}；看板“{board}”"),
            };
        }
        said
    }

    /// For machines.
    pub fn json(&self) -> Value {
        let boards = self.boards.iter().map(|(id, name)| json!({"id": id.to_string(), "name": name}));
        let records = self.records.iter().map(|(entity, count)| json!({"entity": entity, "count": count}));
        json!({
            "term": self.term, "boards": boards.collect::<Vec<_>>(), "records": records.collect::<Vec<_>>(),
        })
    }
}

/// Whether a published term is at fault in the files, or in none of them.
fn is_lost(checked: &Checked, term: &str) -> bool {
    let is_of = |path: &str| {
        let file = path.rsplit_once("dictionary/").map(|(_, file)| file);
        file.and_then(|file| file.split('.').next()) == Some(term)
    };
    let wrong = checked.found.iter().filter(|fault| fault.severity == Severity::Error);
    let mut paths = checked.sources.iter().flat_map(|source| source.files.keys());
    wrong.map(|fault| fault.location.file.as_str()).any(is_of) || !paths.any(|path| is_of(path))
}
