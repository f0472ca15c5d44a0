//! Numbers of a home page that the dictionary defines: each the newest value of its term, made and shown as that of a tile is.

use app::{Block, BlockKind, TermBlock, Tile};
use engine::query::{
    dictionary::{Failing, SharedNames},
    series::{Fresh, Freshness, NoSeries, Series, Several, TermSeries, visible},
};
use metrics::Term;
use model::{Date, RecordId, TermId};
use serde::Serialize;

use super::{Frame, Shown, Visit, dictionary, faulty, narrow::Narrow, tile, top_of};
use crate::problem::Problem;

/// Periods looked at for a value: what is only known at the end of a period shows its last value until then.
const PERIODS: u32 = 4;

/// A number of a home page, as the dictionary tells it.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Told {
    /// The value, with its unit.
    pub value: String,
    /// The rows it was made from.
    pub rows: Option<String>,
    /// The period it is of.
    pub period: String,
    /// How far it is from the period before.
    pub change: String,
    /// `ok`, `bad` or `neutral`: whether that is for the better.
    pub change_tone: &'static str,
    /// What is aimed for.
    pub target: String,
    /// The term's page.
    pub href: String,
    /// What it means.
    pub definition: String,
    /// Said where the term is what is meant in the reader's unit by a name that others share.
    pub meant: Option<&'static str>,
    /// The terms that are called the same.
    pub others: Vec<dictionary::namesakes::Namesake>,
    /// Up to when there is data, or since when it is overdue.
    pub fresh: String,
    /// Whether it is overdue.
    pub stale: bool,
    /// Which checks the rows of its period break, in words; empty for none.
    pub faulty: String,
    /// That it is made from more numbers than one answer holds, and what to do; empty where it is not.
    pub beyond: String,
}

impl From<Shown> for Told {
    fn from(shown: Shown) -> Self {
        let number = shown.number.unwrap_or_default();
        Self {
            value: number.value,
            rows: number.rows,
            period: number.period,
            change: number.change,
            change_tone: number.change_tone,
            target: number.target,
            href: shown.href,
            definition: shown.definition,
            meant: shown.meant,
            others: shown.others,
            fresh: shown.fresh,
            stale: shown.stale,
            faulty: shown.faulty,
            beyond: shown.beyond,
        }
    }
}

/// A block with its term and what is asked for it.
struct Asked<'a> {
    block: &'a Block,
    term: &'a Term,
    fresh: Fresh,
    series: Series,
}

/// The numbers of those blocks whose terms the reader sees, each with the name of its block. `whose` is whom the page is about,
/// or the reader.
///
/// # Errors
/// What the engine refuses.
pub(in crate::page) async fn numbers(
    visit: &Visit,
    blocks: &[&Block],
    whose: Option<RecordId>,
) -> Result<Vec<(String, Told)>, Problem> {
    let asked = asked(visit, blocks, whose).await?;
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let answers = visit.ask(Several(asked.iter().map(|one| one.series.clone()).collect())).await?;
    let shared = visit.ask(SharedNames).await?;
    let mut found = Vec::with_capacity(asked.len());
    for (one, answer) in asked.iter().zip(answers) {
        let mut shown = top_of(visit, &as_tile(one), None, one.term, one.fresh);
        shown.meant = dictionary::namesakes::meant(visit, &shared, one.term.id);
        shown.others = dictionary::namesakes::namesakes(visit, &shared, one.term.id);
        match answer {
            Ok(series) => fill(visit, one, series, &mut shown).await?,
            Err(NoSeries::TooMany(most)) => shown.beyond = visit.fill("too-much", &[("n", &most.to_string())]),
            Err(other) => return Err(Problem::internal(format!("a block asks what has no answer: {other:?}"))),
        }
        found.push((one.block.name.clone(), shown.into()));
    }
    Ok(found)
}

/// What is asked: for each block the periods that end with the newest its term has data of.
async fn asked<'a>(visit: &'a Visit, blocks: &[&'a Block], whose: Option<RecordId>) -> Result<Vec<Asked<'a>>, Problem> {
    let app = visit.app();
    let seen = blocks.iter().copied().filter_map(|block| {
        let BlockKind::Term(made) = &block.kind else { return None };
        let term = app.term(made.term).filter(|term| visible(&visit.actor, term))?;
        // Of nobody there is no value, and that of everybody is not meant.
        (!made.own || whose.is_some()).then_some((block, *made, term))
    });
    let seen: Vec<(&Block, TermBlock, &Term)> = seen.collect();
    if seen.is_empty() {
        return Ok(Vec::new());
    }
    let terms: Vec<TermId> = seen.iter().map(|(_, _, term)| term.id).collect();
    let fresh = visit.ask(Freshness { terms }).await?;
    let today = visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).date();
    let asked = seen.into_iter().zip(fresh).map(|((block, made, term), fresh)| {
        let newest: Date = fresh.latest.unwrap_or(today).min(today);
        let to = app.year_start().period(made.grain.unwrap_or_else(|| app.usual_grain(term)), newest);
        let from = to.later(1 - i32::try_from(PERIODS).unwrap_or(1));
        let subject = whose.filter(|_| made.own);
        let series = Series { terms: vec![term.id], from, to, subject, group: None, filter: None };
        Asked { block, term, fresh, series }
    });
    Ok(asked.collect())
}

/// Shows the newest period that has a value, or the newest of all where none has.
async fn fill(visit: &Visit, asked: &Asked<'_>, mut series: Vec<TermSeries>, shown: &mut Shown) -> Result<(), Problem> {
    for one in &mut series {
        let known = one.cells.iter().rposition(|cell| cell.value.is_some());
        one.cells.truncate(known.map_or(usize::MAX, |at| at.saturating_add(1)));
    }
    let until = asked.series.to.last();
    let frame = Frame { visit, about: asked.series.subject, until, narrow: Narrow::default(), against: None };
    let all: Vec<&TermSeries> = series.iter().collect();
    shown.number = Some(tile::shown(&frame, asked.term, (&all, PERIODS), &[]));
    let newest = series.first().and_then(|one| one.cells.last());
    if let Some(period) = newest.map(|cell| cell.period) {
        let terms = vec![asked.term.id];
        let failing = visit.ask(Failing { terms: terms.clone(), from: period.first(), to: period.last() }).await?;
        shown.faulty = faulty(visit, &as_tile(asked), (&terms, &failing));
    }
    Ok(())
}

/// The block as the tile that it would be on a dashboard.
fn as_tile(asked: &Asked<'_>) -> Tile {
    Tile {
        name: asked.block.name.clone(),
        term: asked.term.id,
        label: asked.block.label.clone(),
        roles: Vec::new(),
        visible: None,
        span: asked.block.span,
        grain: None,
        periods: None,
        chart: None,
        with: Vec::new(),
        by: None,
        then: Vec::new(),
        across: None,
        boxes: None,
        top: 1,
    }
}
