//! What the platform's own tables look like at the end of all steps, read from the steps themselves, so that whoever copies
//! these tables knows each column's kind on both databases.

use super::STEPS;
use crate::sql::Column;

/// A table of the platform: its name, and its columns in the order they were made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, Column)>,
}

/// The platform's tables in the order they were made, so that what is referred to comes before what refers.
pub(crate) fn shapes() -> Vec<Shape> {
    let mut all: Vec<Shape> = Vec::new();
    for line in STEPS.iter().flat_map(|step| step.lines()) {
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            let Some((name, rest)) = rest.split_once(" (") else { continue };
            let inner = rest.rsplit_once(')').map_or(rest, |(inner, _)| inner);
            let columns = parts(inner).into_iter().filter_map(column).collect();
            all.push(Shape { name: name.to_owned(), columns });
        } else if let Some(rest) = line.strip_prefix("ALTER TABLE ") {
            let Some((name, added)) = rest.split_once(" ADD COLUMN ") else { continue };
            if let Some(shape) = all.iter_mut().find(|shape| shape.name == name) {
                shape.columns.extend(column(added));
            }
        } else if let Some(name) = line.strip_prefix("DROP TABLE ") {
            all.retain(|shape| shape.name != name.trim_end_matches(';'));
        }
    }
    all
}

/// The parts between commas that stand in no brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut found, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.extend(text.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    found.extend(text.get(from..));
    found
}

/// A column by its name and the step's word for its type; `None` for what is a condition of the table.
fn column(part: &str) -> Option<(String, Column)> {
    let mut words = part.split([' ', ';', '(']).filter(|word| !word.is_empty());
    let (name, word) = (words.next()?, words.next()?);
    let column = match word {
        "INT" => Column::Int,
        "BOOL" => Column::Bool,
        "ID" => Column::Id,
        "MOMENT" => Column::DateTime,
        "TEXT" | "JSON" => Column::Text,
        _ => return None,
    };
    Some((name.to_owned(), column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_as_the_last_step_leaves_them() {
        let all = shapes();
        let of = |name: &str| all.iter().find(|shape| shape.name == name).cloned();
        assert!(of("loam_tile").is_none() && of("loam_history").is_none(), "what was dropped is gone");
        let notification = of("loam_notification").unwrap();
        let names: Vec<&str> = notification.columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["id", "account", "kind", "payload", "at", "read_at", "key", "due"]);
        let guess = of("loam_idempotency").unwrap();
        assert_eq!(guess.columns.len(), 5, "a table's own conditions are no columns: {guess:?}");
        let (account, session) =
            (all.iter().position(|s| s.name == "loam_account"), all.iter().position(|s| s.name == "loam_session"));
        assert!(account < session);
    }

    #[tokio::test]
    async fn they_are_what_the_database_has() {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::Store::open(&crate::Place::Sqlite(folder.path().join("a.sqlite"))).await.unwrap();
        let sql =
            "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'";
        let statement = crate::sql::Statement::new(sql).gives([Column::Text, Column::Text, Column::Text]);
        let mut found: Vec<(String, String, String)> = Vec::new();
        for row in store.fetch(&statement).await.unwrap() {
            let mut row = crate::row::Taken::new("sqlite_master", row);
            found.push((row.text().unwrap(), row.text().unwrap(), row.text().unwrap()));
        }
        found.retain(|(table, _, _)| table != "loam_meta");
        let mut said: Vec<(String, String, String)> = Vec::new();
        for shape in shapes() {
            for (column, kind) in shape.columns {
                said.push((shape.name.clone(), column, kind.sql(crate::sql::Dialect::Sqlite)));
            }
        }
        found.sort();
        said.sort();
        assert_eq!(said, found, "a backup would leave something out");
    }
}
