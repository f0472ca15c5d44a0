//! Serial numbers: the next one, and going on after those that a file brought.

use app::{Entity, Field, FieldKind};
use model::FieldId;
use store::Tx;

use crate::{
    CommandError,
    execute::{Work, record::Record},
};

impl Work<'_> {
    /// The next serial number: `{n}` counts per everything else the pattern holds.
    pub(super) async fn serial(
        &self,
        tx: &mut Tx,
        app: &app::App,
        field: &Field,
        format: &str,
    ) -> Result<String, CommandError> {
        let today = self.around.today;
        let scope = format
            .replace("{year}", &format!("{:04}", today.year()))
            .replace("{month}", &format!("{:02}", today.month()))
            .replace("{day}", &format!("{:02}", today.day()));
        let number = tx.next_serial(app, field.id, &scope, 1).await?;
        let mut text = scope.replace("{n}", &number.to_string());
        for width in 1..=12 {
            text = text.replace(&format!("{{n:{width}}}"), &format!("{number:0width$}"));
        }
        Ok(text)
    }

    /// Has serial numbers go on after those that a file brought.
    pub(super) async fn count_on(
        &self,
        tx: &mut Tx,
        app: &app::App,
        entity: &Entity,
        (record, open): (&Record, &[FieldId]),
    ) -> Result<(), CommandError> {
        for field in app.fields_of(entity).filter(|field| !open.contains(&field.id)) {
            let FieldKind::Serial { format } = &field.kind else { continue };
            let Some((scope, number)) = record.value(field.id).as_text().and_then(|text| counted(format, text)) else {
                continue;
            };
            tx.raise_serial(app, field.id, &scope, number).await?;
        }
        Ok(())
    }
}

/// What a serial number says, if it is one of this pattern: the pattern with its year, month and day filled in, by which
/// numbers are counted, and the number.
fn counted(format: &str, text: &str) -> Option<(String, i64)> {
    let (mut scope, mut number) = (String::new(), None);
    let (mut pattern, mut text) = (format, text);
    while let Some((before, rest)) = pattern.split_once('{') {
        let (part, after) = rest.split_once('}')?;
        text = text.strip_prefix(before)?;
        scope.push_str(before);
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let width = match part {
            "year" => 4,
            "month" | "day" => 2,
            // What is written together with the next part cannot be told from it.
            _ if after.starts_with('{') => return None,
            _ => digits,
        };
        let said = text.get(..width).filter(|_| width > 0 && width <= digits)?;
        match part {
            "year" | "month" | "day" => scope.push_str(said),
            _ => {
                number = Some(said.parse().ok()?);
                scope.push_str(&format!("{{{part}}}"));
            }
        }
        (pattern, text) = (after, text.get(width..)?);
    }
    scope.push_str(pattern);
    (text == pattern).then_some(())?;
    Some((scope, number?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_says_what_it_counts() {
        let of = |format, text| counted(format, text).map(|(scope, number)| format!("{scope} {number}"));
        assert_eq!(of("N-{year}-{n:3}", "N-2025-042").as_deref(), Some("N-2025-{n:3} 42"));
        assert_eq!(of("{year}{month}{day}{n:4}/X", "202511200007/X").as_deref(), Some("20251120{n:4}/X 7"));
        assert_eq!(of("TC-{n}", "TC-12345").as_deref(), Some("TC-{n} 12345"));
        for (format, text) in
            [("TC-{n}", "TC-"), ("TC-{n}", "XX-1"), ("TC-{n}", "TC-1a"), ("{n}-{year}", "1-25"), ("{n}{year}", "12025")]
        {
            assert_eq!(of(format, text), None, "{format} {text}");
        }
    }
}
