//! Items that leave as a file: only what is given for reading and for exporting both, whoever's list it is.

use axum::http::StatusCode;

use super::{Asked, condition::Value, world::fields};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Asked<'_> {
    /// Compares the rows of the file with those that may leave, in whatever order they come.
    pub(super) async fn file(&self) -> usize {
        let answer = self.client.get("/p/items/export?format=csv&lang=en").await;
        if answer.status != StatusCode::OK {
            assert!(!self.telling.saves(), "{}: {}", self.at, answer.text());
            return 1;
        }
        assert!(self.telling.saves(), "{}: {}", self.at, answer.text());
        let telling = self.telling.saved();
        let mut lines = lines(answer.text().trim_start_matches('\u{feff}')).into_iter();
        let header: Vec<String> = lines.next().unwrap().iter().map(|label| label.to_lowercase()).collect();
        let items: Vec<&str> = self.telling.stored.rows("item").iter().map(|(id, _)| id.as_str()).collect();
        let leaving: Vec<&str> = items.into_iter().filter(|id| telling.visible("item", id)).collect();
        for field in fields("item").iter().filter(|field| !header.iter().any(|label| label == *field)) {
            let hidden = leaving.iter().all(|id| telling.shown("item", id, field) == Value::Null);
            assert!(hidden, "{}: {field} is not in the file", self.at);
        }
        let row = |id: &&str| {
            let cells = header.iter().map(|field| written(field, &telling.shown("item", id, field)));
            cells.collect::<Vec<String>>()
        };
        let mut expected: Vec<Vec<String>> = leaving.iter().map(row).collect();
        let mut found: Vec<Vec<String>> =
            lines.map(|line| header.iter().zip(line).map(|(field, cell)| told(field, cell)).collect()).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{}: {header:?}", self.at);
        found.len() * header.len()
    }
}

/// Fields whose cells name other records, which may be hidden themselves.
fn names(field: &str) -> bool {
    matches!(field, "m" | "v" | "owner" | "up")
}

/// A cell as the file has it; nothing of a name.
fn written(field: &str, value: &Value) -> String {
    let exact = |number: i64| format!("{}.{:02}", number / 100, number % 100);
    match value {
        _ if names(field) => String::new(),
        Value::Null => String::new(),
        Value::Bool(flag) => (if *flag { "Yes" } else { "No" }).to_owned(),
        Value::Number(number) if field == "d" => exact(*number),
        Value::Number(number) if field == "g" => format!("¥{}", exact(*number)),
        Value::Number(number) if field == "h" => {
            format!("{}%", exact(*number).trim_end_matches('0').trim_end_matches('.'))
        }
        Value::Number(number) => (number / 100).to_string(),
        Value::Text(text) if matches!(field, "e" | "t" | "k6") => {
            let mut parts = text.split('-').map(|part| part.parse::<usize>().unwrap());
            let (year, month, day) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            format!("{day} {} {year}", MONTHS[month - 1])
        }
        Value::Text(text) => text.clone(),
        Value::List(items) => items.iter().map(|item| written(field, item)).collect::<Vec<_>>().join(", "),
    }
}

/// A cell of the file, as far as it is compared.
fn told(field: &str, cell: String) -> String {
    if names(field) { String::new() } else { cell }
}

/// The cells of comma-separated text. No value of these worlds has a quote in it.
fn lines(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => line.push(std::mem::take(&mut cell)),
            '\r' => {}
            '\n' if !quoted => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            c => cell.push(c),
        }
    }
    lines
}
