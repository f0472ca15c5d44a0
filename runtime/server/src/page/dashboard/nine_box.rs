//! People in nine boxes: counted by how high they stand in two terms; each box leads to those in it whom the reader may see.

use std::collections::BTreeMap;

use app::{
    Tile,
    boxes::{CutBy, Cuts, Level},
};
use chart::{Chart, Kind, Point, Series};
use engine::query::series::{Cell, TermSeries};
use metrics::{Direction, Term};
use model::{Decimal, RecordId};
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use super::{
    Frame,
    ask::{Answers, Questions},
    drawing::{Drawing, Twin, TwinCell, TwinRow, tick},
    written,
};
use crate::{page::names, problem::Problem, show};

/// People of a box that are listed.
const LISTED: usize = 200;

/// Those in one box.
#[derive(Debug, Default, Serialize)]
pub struct InBox {
    /// What the box is called.
    pub label: String,
    /// How many, in words.
    pub count: String,
    /// What the two numbers are.
    pub heads: Vec<String>,
    /// Those the reader may see.
    pub people: Vec<OneInBox>,
    /// How many are not listed, in words; empty for none.
    pub others: String,
    /// The page without the list.
    pub close: String,
}

/// Somebody in a box.
#[derive(Debug, Default, Serialize)]
pub struct OneInBox {
    /// Their name.
    pub name: String,
    /// Their page.
    pub href: String,
    /// Their two values.
    pub values: Vec<String>,
}

/// Nine boxes as they are shown.
#[derive(Debug, Default)]
pub(super) struct Boxed {
    pub(super) drawing: Drawing,
    pub(super) listed: Option<InBox>,
}

/// Somebody with a place.
struct Placed<'a> {
    id: RecordId,
    cells: [&'a Cell; 2],
}

/// Puts people into boxes.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn fill(
    frame: &Frame<'_>,
    tile: &Tile,
    questions: &Questions<'_>,
    answers: &Answers,
) -> Result<Boxed, Problem> {
    let visit = frame.visit;
    let app = visit.app();
    let other = tile.with.first().and_then(|id| app.term(*id));
    let (Some(first), Some(second), Some(boxes)) = (app.term(tile.term), other, &tile.boxes) else {
        return Ok(Boxed::default());
    };
    let shown = answers.series(tile, &questions.now);
    let whole = questions.more.first().map(|key| answers.series(tile, key)).unwrap_or_default();
    let (places, unplaced) = placed(&shown, &whole, [(first, &boxes.across), (second, &boxes.up)]);
    let total: usize = places.values().map(Vec::len).sum();
    let name = |across: Level, up: Level| format!("{}.{}_{}", tile.name, across.word(), up.word());
    let called = |across: Level, up: Level| {
        let label = boxes.label(across, up).get(visit.locale()).to_owned();
        let place = || format!("{}/{}", visit.say(level(across)), visit.say(level(up)));
        if label.is_empty() { place() } else { label }
    };
    let mut chart = Chart::new(Kind::NineBox, super::title(visit, tile, first), tick);
    chart.axes = Some((first.label.get(visit.locale()).to_owned(), second.label.get(visit.locale()).to_owned()));
    chart.labels = Level::ALL.iter().map(|across| visit.say(level(*across)).to_owned()).collect();
    let mut table = Twin { heads: vec![second.label.get(visit.locale()).to_owned()], rows: Vec::new() };
    table.heads.extend(chart.labels.iter().cloned());
    for up in Level::ALL.into_iter().rev() {
        let row = visit.say(level(up)).to_owned();
        let (mut points, mut cells) = (Vec::new(), Vec::new());
        for across in Level::ALL {
            let count = places.get(&(across, up)).map_or(0, Vec::len);
            let href = (count > 0).then(|| visit.query.with("box", name(across, up)).on(&visit.path) + "#box");
            let mut point = Point::new(count.to_f64(), count.to_string());
            point.name = called(across, up);
            point.href.clone_from(&href);
            let text = format!("{} {count}", point.name);
            cells.push(TwinCell { text, href, number: Some(Decimal::from(count)) });
            points.push(point);
        }
        table.rows.push(TwinRow { name: row.clone(), href: None, cells });
        chart.series.push(Series { name: row, points });
    }
    let mut notes = vec![visit.fill("boxed", &[("n", &total.to_string())])];
    if unplaced > 0 {
        notes.push(visit.fill("unboxed", &[("n", &unplaced.to_string())]));
    }
    let chosen = Level::ALL.into_iter().flat_map(|across| Level::ALL.map(|up| (across, up)));
    let chosen = chosen.into_iter().find(|(across, up)| visit.query.get("box") == Some(&name(*across, *up)));
    let listed = match chosen.and_then(|place| Some((place, places.get(&place)?))) {
        Some(((across, up), people)) => Some(list(frame, [first, second], people, called(across, up)).await?),
        None => None,
    };
    let drawing = Drawing { svg: chart.svg(), table, left_out: notes.join(visit.say("list-stop")) };
    Ok(Boxed { drawing, listed })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Low => "level-low",
        Level::Mid => "level-mid",
        Level::High => "level-high",
    }
}

type Places<'a> = BTreeMap<(Level, Level), Vec<Placed<'a>>>;

/// Who is in which box, and how many have a value in one of the two only, or no place by it.
fn placed<'a>(shown: &[&'a TermSeries], whole: &[&'a TermSeries], axes: [(&Term, &Cuts); 2]) -> (Places<'a>, usize) {
    let mut places = Places::new();
    let mut unplaced = 0;
    let [Some(first), Some(second)] = [shown.first(), shown.get(1)] else { return (places, unplaced) };
    let by_id = |series: &'a TermSeries| -> BTreeMap<RecordId, &'a Cell> {
        series.cells.iter().filter_map(|cell| Some((cell.group.as_id()?, cell))).collect()
    };
    let seconds = by_id(second);
    let wholes: Vec<BTreeMap<RecordId, &Cell>> = whole.iter().map(|series| by_id(series)).collect();
    for (id, cell) in by_id(first) {
        let Some(other) = seconds.get(&id).copied() else { continue };
        if cell.value.is_none() && other.value.is_none() {
            continue;
        }
        let number = |at: usize, cell: &Cell, term: &Term, cuts: &Cuts| match cuts.by {
            CutBy::Value => cell.shown(term),
            CutBy::Score => cell.score.as_ref().map(|score| score.score),
            CutBy::Place => wholes.get(at)?.get(&id)?.peers.as_ref().map(|place| place.percentile),
        };
        let [(term, across), (by, up)] = axes;
        match (number(0, cell, term, across), number(1, other, by, up)) {
            (Some(x), Some(y)) => {
                let place = (across.level(x, term.direction), up.level(y, by.direction));
                places.entry(place).or_default().push(Placed { id, cells: [cell, other] });
            }
            _ => unplaced += 1,
        }
    }
    (places, unplaced)
}

/// Those in a box whom the reader may see, the best first.
async fn list(frame: &Frame<'_>, terms: [&Term; 2], people: &[Placed<'_>], label: String) -> Result<InBox, Problem> {
    let visit = frame.visit;
    let entity = terms.first().and_then(|term| visit.app().about(term.id));
    let mut sorted: Vec<&Placed<'_>> = people.iter().collect();
    sorted.sort_by(|a, b| {
        let each = terms.iter().zip(a.cells.iter().zip(b.cells));
        let mut orders = each.map(|(term, (a, b))| match term.direction {
            // Nothing known comes last either way.
            Direction::Lower => (a.value.is_none(), a.value).cmp(&(b.value.is_none(), b.value)),
            Direction::Higher | Direction::None => b.value.cmp(&a.value),
        });
        orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    let wanted: Vec<_> = sorted.iter().take(LISTED).filter_map(|one| Some((entity?, one.id))).collect();
    let known = names::load(visit, &wanted).await?;
    let one = |one: &&Placed<'_>| {
        let (name, href) = known.get(&one.id)?.clone();
        let values = terms.iter().zip(one.cells).map(|(term, cell)| written(visit, term, cell.shown(term)));
        Some(OneInBox { name, href, values: values.collect() })
    };
    let listed: Vec<OneInBox> = sorted.iter().take(LISTED).filter_map(one).collect();
    let others = people.len().saturating_sub(listed.len());
    Ok(InBox {
        label,
        count: show::number::count(i64::try_from(people.len()).unwrap_or(i64::MAX)),
        heads: terms.iter().map(|term| term.label.get(visit.locale()).to_owned()).collect(),
        people: listed,
        others: if others == 0 { String::new() } else { visit.fill("others-in-box", &[("n", &others.to_string())]) },
        close: visit.query.without(&["box"]).on(&visit.path),
    })
}
