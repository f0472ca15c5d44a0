//! The evidence of an alert: the periods that led to it, each with its value and what that was held against, as a table. A field
//! holds evidence where a rule that watches fills it.

use app::{Field, Watching};
use metrics::Term;
use model::{Decimal, Value};
use serde_json::Value as Json;

use super::{
    Visit, dashboard,
    rows::{Cell, Head, Line, Table},
};
use crate::show::{self, Names, Shown, number, time};

/// A period of the evidence.
struct Told<'a> {
    period: &'a str,
    value: Option<Decimal>,
    place: Option<Decimal>,
    limit: Option<Decimal>,
    level: Option<&'a str>,
    /// The term that was watched; where the evidence names none, that of the only rule there is.
    term: Option<&'a Term>,
}

/// The evidence in a field; `None` for a field that holds none, and for a value that is none.
pub(super) fn table(visit: &Visit, field: &Field, value: &Value) -> Option<Table> {
    let app = visit.app();
    let watches = app.rules().iter().filter_map(|rule| rule.watch.as_deref());
    let watches: Vec<&Watching> = watches.filter(|watching| watching.evidence == Some(field.id)).collect();
    let level = app.field(watches.first()?.level)?;
    let only = match watches.as_slice() {
        [watching] => app.term(watching.term),
        _ => None,
    };
    let Value::Json(Json::Array(periods)) = value else { return None };
    let told: Vec<Told<'_>> = periods
        .iter()
        .map(|one| {
            let text = |name: &str| one.get(name).and_then(Json::as_str);
            let decimal = |name: &str| text(name).and_then(|text| text.parse().ok());
            Some(Told {
                period: text("period")?,
                value: decimal("value"),
                place: decimal("place"),
                limit: decimal("limit"),
                level: text("level"),
                term: text("term").and_then(|name| app.term_named(name)).or(only),
            })
        })
        .collect::<Option<_>>()?;
    if told.is_empty() {
        return None;
    }
    let locale = visit.locale();
    let reader = visit.reader();
    let mut heads = vec![head(visit.say("term-period"), false), head(visit.say("term-value"), true)];
    // Of peers the place is held against the limit, and not the value.
    let places = told.iter().any(|one| one.place.is_some());
    let (limits, levels) = (told.iter().any(|one| one.limit.is_some()), told.iter().any(|one| one.level.is_some()));
    heads.extend(places.then(|| head(visit.say("evidence-place"), true)));
    heads.extend(limits.then(|| head(visit.say("evidence-limit"), true)));
    heads.extend(levels.then(|| head(level.label.get(locale), false)));
    let lines = told.iter().map(|one| {
        let written = |value: Option<Decimal>| match (value, one.term) {
            (None, _) => Shown::nothing(),
            (value, Some(term)) => Shown::number(dashboard::written(visit, term, value)),
            (Some(value), None) => Shown::number(number::shortest(&Value::Decimal(value), 4)),
        };
        let percent = |value: Option<Decimal>| match value {
            None => Shown::nothing(),
            Some(value) => Shown::number(format!("{}%", number::shortest(&Value::Decimal(value), 2))),
        };
        let mut shown = vec![Shown::text(time::period(locale, one.period)), written(one.value)];
        shown.extend(places.then(|| percent(one.place)));
        shown.extend(limits.then(|| if places { percent(one.limit) } else { written(one.limit) }));
        shown.extend(levels.then(|| match one.level {
            Some(code) => show::value(&reader, level, &Value::from(code), &Names::new()),
            None => Shown::nothing(),
        }));
        let cells = shown.into_iter().zip(&heads).map(|(shown, head)| Cell {
            label: head.label.clone(),
            shown,
            number: head.number,
        });
        Line { cells: cells.collect(), ..Line::default() }
    });
    let rows = lines.collect();
    Some(Table { rows, heads, ..Table::default() })
}

fn head(label: &str, number: bool) -> Head {
    Head { label: label.to_owned(), number, ..Head::default() }
}
