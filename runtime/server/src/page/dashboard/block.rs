//! Numbers of a home page that the dictionary defines: each the newest value of its term, made and shown as that of a tile is,
//! or the values of its newest period, one beside the other.

use std::cmp::Reverse;

use app::{Block, BlockKind, By, FieldKind, Page, TermBlock, Tile};
use engine::query::{
    dictionary::SharedNames,
    series::{Cell, Filter, Fresh, GroupBy, Series, TermSeries, visible},
};
use metrics::{Direction, Term};
use model::{Date, Decimal, RecordId, TermId, Value};
use serde::Serialize;

use super::{Frame, Shown, Visit, dictionary, each, faulty, narrow::Narrow, tile, top_of, written};
use crate::{
    page::{
        count::{self, Bar, Counted},
        list, names,
        params::Params,
        rights,
    },
    problem::Problem,
    show,
};

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
    /// That it is made from more numbers than one answer holds, or more rows than can be gone through in time, and what to do;
    /// empty where it is not.
    pub beyond: String,
    /// The values of its groups, where it is told apart.
    #[serde(skip)]
    pub apart: Option<Counted>,
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
            apart: None,
        }
    }
}

/// A block with its term and what is asked for it.
struct Asked<'a> {
    block: &'a Block,
    made: &'a TermBlock,
    term: &'a Term,
    /// `None` where that took too long to find out.
    fresh: Option<Fresh>,
    series: Series,
    /// What narrows it, as it stands in the address of its rows.
    address: Params,
}

/// The numbers of those blocks of a page whose terms the reader sees, each with the name of its block. `whose` is whom the page is
/// about, or the reader.
///
/// # Errors
/// What the engine refuses.
pub(in crate::page) async fn numbers(
    visit: &Visit,
    (page, blocks): (Option<&Page>, &[&Block]),
    whose: Option<RecordId>,
) -> Result<Vec<(String, Told)>, Problem> {
    let asked = asked(visit, (page, blocks), whose).await?;
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let questions: Vec<Series> = asked.iter().map(|one| one.series.clone()).collect();
    let answers = each::of(visit, &questions).await?;
    let shared = visit.ask(SharedNames).await?;
    let mut found = Vec::with_capacity(asked.len());
    for (one, answer) in asked.iter().zip(answers) {
        let mut shown = top_of(visit, &as_tile(one), None, one.term, one.fresh.unwrap_or_default());
        each::say_unknown(visit, &as_tile(one), &mut shown, (one.fresh.is_none(), false));
        shown.meant = dictionary::namesakes::meant(visit, &shared, one.term.id);
        shown.others = dictionary::namesakes::namesakes(visit, &shared, one.term.id);
        let apart = match answer.without.first() {
            None => fill(visit, one, answer.series, &mut shown).await?,
            Some((_, why)) => {
                shown.beyond = why.words(visit);
                None
            }
        };
        found.push((one.block.name.clone(), Told { apart, ..shown.into() }));
    }
    Ok(found)
}

/// What is asked: for each block the periods that end with the newest its term has data of.
async fn asked<'a>(
    visit: &'a Visit,
    (page, blocks): (Option<&Page>, &[&'a Block]),
    whose: Option<RecordId>,
) -> Result<Vec<Asked<'a>>, Problem> {
    let app = visit.app();
    let seen = blocks.iter().copied().filter_map(|block| {
        let BlockKind::Term(made) = &block.kind else { return None };
        let term = app.term(made.term).filter(|term| visible(&visit.actor, term))?;
        // Whoever may not know how others stand to them is told no number by it.
        let among = made.among.as_ref().map(|among| among.rows.paths()).unwrap_or_default();
        let known = among.iter().all(|path| rights::readable(&visit.actor, path));
        // Of nobody there is no value, and that of everybody is not meant.
        (known && (!made.own || whose.is_some())).then_some((block, made, term))
    });
    let seen: Vec<(&Block, &TermBlock, &Term)> = seen.collect();
    if seen.is_empty() {
        return Ok(Vec::new());
    }
    let terms: Vec<TermId> = seen.iter().map(|(_, _, term)| term.id).collect();
    let fresh = each::fresh(visit, &terms).await?;
    let fresh: Vec<Option<Fresh>> = match fresh {
        Some(fresh) => fresh.into_iter().map(Some).collect(),
        None => vec![None; terms.len()],
    };
    let today = visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).date();
    let asked = seen.into_iter().zip(fresh).map(|((block, made, term), fresh)| {
        let newest: Date = fresh.and_then(|fresh| fresh.latest).unwrap_or(today).min(today);
        let to = app.year_start().period(made.grain.unwrap_or_else(|| app.usual_grain(term)), newest);
        let from = to.later(1 - i32::try_from(PERIODS).unwrap_or(1));
        let subject = whose.filter(|_| made.own);
        let group = made.by.as_ref().map(|by| GroupBy::Path(by.written.clone()));
        let filter = made.among.as_ref().map(|among| Filter::Rows(among.entity, among.rows.clone()));
        let named = page.filter(|_| filter.is_some()).map(|page| (list::BLOCK.to_owned(), list::block_of(page, block)));
        let series = Series { terms: vec![term.id], from, to, subject, group, filter };
        Asked { block, made, term, fresh, series, address: Params(named.into_iter().collect()) }
    });
    Ok(asked.collect())
}

/// Shows the newest period that has a value, or the newest of all where none has; the values of its groups where it is told apart.
async fn fill(
    visit: &Visit,
    asked: &Asked<'_>,
    mut series: Vec<TermSeries>,
    shown: &mut Shown,
) -> Result<Option<Counted>, Problem> {
    let until = asked.series.to.last();
    let narrow = Narrow { address: asked.address.clone(), ..Narrow::default() };
    let frame = Frame { visit, about: asked.series.subject, until, narrow, against: None };
    let (period, apart) = match &asked.made.by {
        None => {
            for one in &mut series {
                let known = one.cells.iter().rposition(|cell| cell.value.is_some());
                one.cells.truncate(known.map_or(usize::MAX, |at| at.saturating_add(1)));
            }
            let all: Vec<&TermSeries> = series.iter().collect();
            shown.number = Some(tile::shown(&frame, asked.term, (&all, PERIODS), &[]));
            (series.first().and_then(|one| one.cells.last()).map(|cell| cell.period), None)
        }
        Some(by) => {
            let cells: &[Cell] = series.first().map_or(&[], |one| &one.cells);
            let newest = cells.iter().filter(|cell| cell.value.is_some()).max_by_key(|cell| cell.period);
            if let Some(cell) = newest {
                let period = dictionary::period(visit, asked.term, cell.period, cell.version);
                shown.number = Some(tile::Number { period, ..tile::Number::default() });
            }
            let period = newest.map(|cell| cell.period);
            let of_it: Vec<&Cell> = cells.iter().filter(|cell| Some(cell.period) == period).collect();
            (period, Some(told_apart(&frame, asked, by, &of_it).await?))
        }
    };
    if let Some(period) = period {
        let terms = vec![asked.term.id];
        let failing = each::failing(visit, &terms, period).await?;
        shown.faulty = faulty(visit, &as_tile(asked), (&terms, failing.as_deref().unwrap_or_default()));
        each::say_unknown(visit, &as_tile(asked), shown, (asked.fresh.is_none(), failing.is_none()));
    }
    Ok(apart)
}

/// The values of the groups, each with a bar and the way to its rows: the worst first, the largest where neither way is better.
async fn told_apart(frame: &Frame<'_>, asked: &Asked<'_>, by: &By, cells: &[&Cell]) -> Result<Counted, Problem> {
    let (visit, term) = (frame.visit, asked.term);
    let mut counted = Counted { label: asked.block.label.get(visit.locale()).to_owned(), ..Counted::default() };
    let Some(field) = visit.app().field(by.path.field) else { return Ok(counted) };
    let mut found: Vec<(&Cell, Decimal)> = cells.iter().filter_map(|cell| Some((*cell, cell.shown(term)?))).collect();
    match term.direction {
        Direction::Higher => found.sort_by_key(|(_, value)| *value),
        Direction::Lower | Direction::None => found.sort_by_key(|(_, value)| Reverse(*value)),
    }
    // A share is of a hundred, whatever the largest share is.
    let largest = found.iter().map(|(_, value)| *value).max().unwrap_or_default();
    let whole = if term.unit.get(visit.locale()) == "%" { largest.max(Decimal::ONE_HUNDRED) } else { largest };
    let left_out = found.len().saturating_sub(usize::try_from(asked.made.top).unwrap_or(usize::MAX));
    found.truncate(found.len().saturating_sub(left_out));
    if left_out > 0 {
        counted.left_out = visit.fill("groups-left-out", &[("n", &left_out.to_string())]);
    }
    let wanted: Vec<_> = match field.target() {
        Some(target) => found.iter().filter_map(|(cell, _)| Some((target, cell.group.as_id()?))).collect(),
        None => Vec::new(),
    };
    let names = names::load(visit, &wanted).await?;
    let reader = visit.reader();
    // A group is one of the field's several values; a list of one shows it the same way.
    let several = matches!(field.kind, FieldKind::Choices(_) | FieldKind::References { .. });
    for (cell, value) in found {
        let group = if several { Value::List(vec![cell.group.clone()]) } else { cell.group.clone() };
        counted.bars.push(Bar {
            shown: show::value(&reader, field, &group, &names),
            length: count::length(value, whole),
            text: written(visit, term, Some(value)),
            href: Some(frame.behind(term, cell.period, Some((by.written.as_str(), &cell.group)))),
            ..Bar::default()
        });
    }
    Ok(counted)
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
        text: None,
        then: Vec::new(),
        across: None,
        boxes: None,
        top: 1,
    }
}
