//! Words of texts as a cloud: in how many rows of the newest period each stands.
//!
//! INVARIANT: a word counts of rows and texts that the reader may read, each whole: of what is masked, or of what only numbers
//! without names are given, nothing is shown.

use std::collections::BTreeMap;

use app::Tile;
use chart::{Chart, Kind, Point, Series};
use engine::query::series::{Behind, Then};
use formula::{Path, Predicate, Term};
use model::{EntityId, Period, RecordId};
use policy::{Direction, List, Sort};
use rust_decimal::prelude::ToPrimitive as _;

use super::{Frame, ask::Questions, drawing, drawing::Drawing};
use crate::{
    page::{Visit, behind, params::Params, rights},
    problem::Problem,
    show,
};

/// Texts looked at, the newest.
const NEWEST: u32 = 1_000;

/// Words of texts.
pub(in crate::page) struct Spoken {
    /// The rows that have each of them, in one of their texts' words.
    pub(in crate::page) words: BTreeMap<String, Vec<RecordId>>,
    /// Whether there are more texts than were looked at.
    more: bool,
}

/// The words of the newest texts among some rows, as far as the reader may read them.
///
/// # Errors
/// What the engine refuses.
pub(in crate::page) async fn spoken(
    visit: &Visit,
    term: &metrics::Term,
    text: Path,
    rows: Predicate,
) -> Result<Spoken, Problem> {
    let mut found = Spoken { words: BTreeMap::new(), more: false };
    if !rights::readable(&visit.actor, &text) {
        return Ok(found);
    }
    // A text that is not theirs to read whole counts as not known here, and so its row does not come.
    let filter = rows.and(Predicate::IsNull(Term::Field(text.clone())).negate());
    let time = visit.app().bases(term.id).into_iter().next().map(|(_, base)| base.time.clone());
    let time = time.filter(|by| rights::readable(&visit.actor, by));
    let sort = time.map(|by| Sort { by, direction: Direction::Descending }).into_iter().collect();
    let entity: EntityId = text.entity;
    let list = List { columns: vec![text], filter, sort, ..List::all(entity, NEWEST) };
    let page = visit.ask(list).await?;
    found.more = page.next.is_some();
    for row in page.rows {
        let said = row.values.first().and_then(model::Value::as_text).unwrap_or_default();
        for word in chart::words(said) {
            found.words.entry(word).or_default().push(row.id);
        }
    }
    Ok(found)
}

/// Fills a cloud of words.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn fill(frame: &Frame<'_>, tile: &Tile, questions: &Questions<'_>) -> Result<Drawing, Problem> {
    let (visit, app) = (frame.visit, frame.visit.app());
    let field = tile.text.and_then(|id| app.field(id).zip(app.own_path(id)));
    let (Some(term), Some((field, text))) = (app.term(tile.term), field) else { return Ok(Drawing::default()) };
    let period = questions.now.to;
    let ask = Behind { term: term.id, period, subject: frame.about, group: None, filter: frame.narrow.rows() };
    // The rows are those that the version counted which the number is of.
    let then = visit.ask(Then { term: term.id, period }).await?;
    let Ok((_, rows)) = ask.rows(&then) else { return Ok(Drawing::default()) };
    let Spoken { words, more } = spoken(visit, term, text, rows).await?;
    let mut words: Vec<(String, usize)> = words.into_iter().map(|(word, rows)| (word, rows.len())).collect();
    // Equal ones stay in the order of the words themselves.
    words.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    let most = usize::try_from(tile.top).unwrap_or(usize::MAX);
    let left_out = words.len().saturating_sub(most);
    words.truncate(most);
    let mut chart = Chart::new(Kind::Words, super::title(visit, tile, term), drawing::tick);
    visit.say("no-data").clone_into(&mut chart.nothing);
    let point = |(word, rows): &(String, usize)| Point {
        href: Some(behind_word(frame, term, period, (field.name.as_str(), word))),
        ..Point::new(rows.to_f64(), show::number::count(i64::try_from(*rows).unwrap_or(i64::MAX)))
    };
    if !words.is_empty() {
        let points = words.iter().map(point).collect();
        chart.series = vec![Series { name: visit.say("cloud-rows").to_owned(), points }];
        chart.labels = words.into_iter().map(|(word, _)| word).collect();
    }
    let mut said = Vec::new();
    if left_out > 0 {
        said.push(visit.fill("words-left-out", &[("n", &left_out.to_string())]));
    }
    if more {
        said.push(visit.fill("cloud-newest", &[("n", &NEWEST.to_string())]));
    }
    Ok(Drawing { svg: chart.svg(), table: drawing::twin(&chart, None), left_out: said.join(visit.say("list-stop")) })
}

/// Where the rows are shown whose text has a word.
fn behind_word(frame: &Frame<'_>, term: &metrics::Term, period: Period, (text, word): (&str, &str)) -> String {
    let mut address = Params::default().with("period", period.to_string());
    if let Some(id) = frame.about {
        address = address.with("of", id.to_string());
    }
    address = address.with(behind::TEXT, text).with(behind::WORD, word);
    address.0.extend(frame.narrow.address.0.iter().cloned());
    address.on(&format!("/dictionary/{}/rows", term.name))
}
