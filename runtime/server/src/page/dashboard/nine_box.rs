//! People in nine boxes: counted by how high they stand in two terms; each box leads to those in it whom the reader may see. Where
//! a person put somebody into another box, they stand there.

use std::collections::BTreeMap;

use app::{
    Tile,
    boxes::{CutBy, Cuts, Level, Moved},
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
    moved::{self, Mover, Put},
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
    /// How they are put into another box, where the reader may.
    pub mover: Option<Mover>,
    /// The boxes to choose from: the word, and what it is called.
    pub boxes: Vec<(String, String)>,
    /// This box's word.
    pub word: String,
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
    /// Their id, where the reader may put them elsewhere.
    pub id: Option<String>,
    /// The version of what is kept of that; empty where nothing is.
    pub version: String,
    /// Where the numbers say they stand, in a sentence; empty where they stand there.
    pub instead: String,
    /// What is kept of it.
    pub record: Option<String>,
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
    /// Where the numbers say they stand.
    by_numbers: Option<(Level, Level)>,
    /// Where somebody put them.
    put: Option<Put>,
}

/// A box that was opened.
struct Opened<'a> {
    people: &'a [Placed<'a>],
    word: String,
    label: String,
    mover: Option<Mover>,
    moved: Option<&'a Moved>,
    boxes: Vec<((Level, Level), String)>,
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
    let put = match &boxes.moved {
        Some(moved) => moved::put(visit, moved, questions.now.to).await?,
        None => BTreeMap::new(),
    };
    let (places, unplaced) = placed(&shown, &whole, [(first, &boxes.across), (second, &boxes.up)], &put);
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
            point.key = format!("{}_{}", across.word(), up.word());
            point.href.clone_from(&href);
            let text = format!("{} {count}", point.name);
            cells.push(TwinCell { text, href, number: Some(Decimal::from(count)) });
            points.push(point);
        }
        table.rows.push(TwinRow { name: row.clone(), href: None, cells });
        chart.series.push(Series { name: row, points });
    }
    let mut notes = vec![visit.fill("boxed", &[("n", &total.to_string())])];
    let elsewhere = |one: &&Placed<'_>| one.put.is_some_and(|put| Some(put.place) != one.by_numbers);
    let elsewhere = places.values().flatten().filter(elsewhere).count();
    if elsewhere > 0 {
        notes.push(visit.fill("boxed-by-people", &[("n", &elsewhere.to_string())]));
    }
    if unplaced > 0 {
        notes.push(visit.fill("unboxed", &[("n", &unplaced.to_string())]));
    }
    let chosen = Level::ALL.into_iter().flat_map(|across| Level::ALL.map(|up| (across, up)));
    let chosen = chosen.into_iter().find(|(across, up)| visit.query.get("box") == Some(&name(*across, *up)));
    let listed = match chosen.and_then(|place| Some((place, places.get(&place)?))) {
        Some(((across, up), people)) => {
            let moved = boxes.moved.as_ref();
            let each = Level::ALL.into_iter().rev().flat_map(|up| Level::ALL.map(|across| (across, up)));
            let opened = Opened {
                people,
                word: format!("{}_{}", across.word(), up.word()),
                label: called(across, up),
                mover: moved.and_then(|moved| moved::mover(visit, tile, moved, questions.now.to)),
                moved,
                boxes: each.map(|place| (place, called(place.0, place.1))).collect(),
            };
            Some(list(frame, [first, second], opened).await?)
        }
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
fn placed<'a>(
    shown: &[&'a TermSeries],
    whole: &[&'a TermSeries],
    axes: [(&Term, &Cuts); 2],
    put: &BTreeMap<RecordId, Put>,
) -> (Places<'a>, usize) {
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
        let numbers = number(0, cell, term, across).zip(number(1, other, by, up));
        let by_numbers = numbers.map(|(x, y)| (across.level(x, term.direction), up.level(y, by.direction)));
        let put = put.get(&id).copied();
        match put.map(|put| put.place).or(by_numbers) {
            Some(place) => {
                places.entry(place).or_default().push(Placed { id, cells: [cell, other], by_numbers, put });
            }
            None => unplaced += 1,
        }
    }
    (places, unplaced)
}

/// Those in a box whom the reader may see, the best first.
async fn list(frame: &Frame<'_>, terms: [&Term; 2], opened: Opened<'_>) -> Result<InBox, Problem> {
    let visit = frame.visit;
    let people = opened.people;
    let called = |place: (Level, Level)| {
        let found = opened.boxes.iter().find(|(known, _)| *known == place);
        found.map(|(_, label)| label.as_str()).unwrap_or_default()
    };
    let (again, anew) = opened.moved.map_or((false, false), |moved| moved::may(&visit.actor, moved));
    let kept_in = opened.moved.and_then(|moved| visit.app().entity(moved.entity));
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
        let put = one.put.as_ref();
        let instead = match put.filter(|put| Some(put.place) != one.by_numbers) {
            None => String::new(),
            Some(_) => match one.by_numbers {
                Some(place) => visit.fill("box-instead", &[("what", called(place))]),
                None => visit.say("box-without-numbers").to_owned(),
            },
        };
        Some(OneInBox {
            name,
            href,
            values: values.collect(),
            id: (if put.is_some() { again } else { anew }).then(|| one.id.to_string()),
            version: put.map(|put| put.version.to_string()).unwrap_or_default(),
            instead,
            record: put.zip(kept_in).map(|(put, entity)| format!("/r/{}/{}", entity.name, put.record)),
        })
    };
    let listed: Vec<OneInBox> = sorted.iter().take(LISTED).filter_map(one).collect();
    let others = people.len().saturating_sub(listed.len());
    Ok(InBox {
        label: opened.label,
        mover: opened.mover,
        boxes: opened
            .boxes
            .into_iter()
            .map(|((across, up), label)| (format!("{}_{}", across.word(), up.word()), label))
            .collect(),
        word: opened.word,
        count: show::number::count(i64::try_from(people.len()).unwrap_or(i64::MAX)),
        heads: terms.iter().map(|term| term.label.get(visit.locale()).to_owned()).collect(),
        people: listed,
        others: if others == 0 { String::new() } else { visit.fill("others-in-box", &[("n", &others.to_string())]) },
        close: visit.query.without(&["box"]).on(&visit.path),
    })
}
