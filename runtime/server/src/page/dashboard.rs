//! A dashboard: values of the dictionary as tiles and drawings. Every number leads to the rows it was made from.
//!
//! INVARIANT: the number of statements goes with the number of entities measured, not with the tiles, periods or groups.

mod drawing;
mod tile;

use app::{Dashboard, Page, Tile};
use engine::query::series::{Fresh, Freshness, GroupBy, NoSeries, Series, TermSeries, visible};
use metrics::Term;
use model::{Date, Grain, Period, RecordId, TermId};
use policy::{Bin, Get};
use serde::Serialize;

use super::{
    Answer, Visit, columns, names, rights,
    visit::{missing, record_id},
};
use crate::{
    problem::Problem,
    show::{self, time},
};

pub(in crate::page) use self::drawing::tick;
pub use self::{
    drawing::{Drawing, Twin, TwinCell, TwinRow},
    tile::Number,
};

/// What the view of a dashboard shows.
#[derive(Debug, Default, Serialize)]
pub struct Board {
    /// A sentence below the title.
    pub help: String,
    /// Whom or what it is about.
    pub about: Option<About>,
    /// The newest period shown, as people write it.
    pub until: String,
    /// Leads to the periods before.
    pub earlier: String,
    /// Leads to the periods after, where there are any.
    pub later: Option<String>,
    /// The tiles.
    pub tiles: Vec<Shown>,
    /// What of them has no data in the periods shown, where the page is about somebody.
    pub silent: Vec<String>,
    /// Whether there is nobody to show numbers of.
    pub nobody: bool,
}

/// Whom or what a dashboard is about.
#[derive(Debug, Default, Serialize)]
pub struct About {
    /// Their name.
    pub name: String,
    /// Their page.
    pub href: String,
}

/// A tile.
#[derive(Debug, Default, Serialize)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Its heading.
    pub label: String,
    /// What its number means.
    pub definition: String,
    /// Columns of the page it takes.
    pub span: u32,
    /// The term's page.
    pub href: String,
    /// Up to when there is data, or since when it is overdue.
    pub fresh: String,
    /// Whether it is overdue.
    pub stale: bool,
    /// One value with its trend.
    pub number: Option<Number>,
    /// A drawing.
    pub drawing: Option<Drawing>,
}

/// What a dashboard asks with one question: the same periods, told apart the same way.
struct Asked<'a> {
    grain: Grain,
    periods: u32,
    by: Option<&'a str>,
    terms: Vec<TermId>,
    answer: Vec<TermSeries>,
}

/// Whom and which periods a dashboard shows.
pub(super) struct Frame<'a> {
    visit: &'a Visit,
    about: Option<RecordId>,
    until: Date,
}

impl Frame<'_> {
    /// The periods of a tile, oldest first.
    fn range(&self, grain: Grain, periods: u32) -> (Period, Period) {
        let to = Period::of(grain, self.until);
        (to.later(1 - i32::try_from(periods).unwrap_or(1)), to)
    }

    /// Where the rows behind a value are shown.
    fn behind(&self, term: &Term, period: Period, group: Option<(&str, &model::Value)>) -> String {
        let mut address = super::params::Params::default().with("period", period.to_string());
        if let Some(id) = self.about {
            address = address.with("of", id.to_string());
        }
        if let Some((by, value)) = group {
            address = address.with("by", by).with("group", super::behind::written(value));
        }
        address.on(&format!("/dictionary/{}/rows", term.name))
    }
}

/// Shows a dashboard.
///
/// # Errors
/// What the engine refuses; not found, where it is about a record the reader may not see.
pub async fn show(visit: &Visit, page: &Page, dashboard: &Dashboard) -> Result<Answer, Problem> {
    let title = page.label.get(visit.locale());
    let mut board = Board { help: page.help.get(visit.locale()).to_owned(), ..Board::default() };
    let about = match about(visit, dashboard).await? {
        Some((id, about)) => {
            board.about = Some(about);
            Some(id)
        }
        None if dashboard.about.is_some() => {
            board.nobody = true;
            return visit.page("dashboard.html", title, "wide", board).await.map(Answer::Page);
        }
        None => None,
    };
    let tiles = shown(visit, dashboard, about).await?;
    let terms: Vec<TermId> = terms(&tiles);
    let fresh = visit.ask(Freshness { terms: terms.clone() }).await?;
    let newest = fresh.iter().filter_map(|fresh| fresh.latest).max();
    let today = visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).date();
    let asked_for = visit.query.get("until").and_then(Period::parse);
    let until = asked_for.map_or_else(|| newest.unwrap_or(today).min(today), Period::last);
    let frame = Frame { visit, about, until };
    let answers = ask(&frame, dashboard, &tiles).await?;
    for tile in &tiles {
        let Some(term) = visit.app().term(tile.term) else { continue };
        let fresh = terms.iter().position(|id| *id == tile.term).and_then(|at| fresh.get(at)).copied();
        let (grain, periods) = (tile.grain.unwrap_or(dashboard.grain), tile.periods.unwrap_or(dashboard.periods));
        let by = tile.by.as_ref().map(|by| by.written.as_str());
        let same = |asked: &&Asked<'_>| (asked.grain, asked.periods, asked.by) == (grain, periods, by);
        let found = answers.iter().find(same).map_or(&[][..], |asked| &asked.answer);
        let series: Vec<&TermSeries> = std::iter::once(tile.term)
            .chain(tile.with.iter().copied())
            .filter_map(|id| found.iter().find(|series| series.term == id))
            .collect();
        let mut shown = head(visit, tile, term, fresh.unwrap_or_default());
        let known = series.iter().flat_map(|series| &series.cells).any(|cell| cell.value.is_some());
        if !known && about.is_some() {
            board.silent.push(shown.label);
            continue;
        }
        match tile.chart {
            None => shown.number = Some(tile::shown(&frame, term, &series)),
            Some(kind) => shown.drawing = Some(drawing::draw(&frame, tile, kind, &series).await?),
        }
        board.tiles.push(shown);
    }
    let last = Period::of(dashboard.grain, until);
    board.until = time::period(visit.locale(), &last.to_string());
    let step = |by: i32| visit.query.with("until", last.later(by).to_string()).on(&visit.path);
    board.earlier = step(-1);
    board.later = (last.last() < today).then(|| step(1));
    visit.page("dashboard.html", title, "wide", board).await.map(Answer::Page)
}

/// The record a dashboard is about: that of the address, else the reader's own.
async fn about(visit: &Visit, dashboard: &Dashboard) -> Result<Option<(RecordId, About)>, Problem> {
    let Some(entity) = dashboard.about.and_then(|id| visit.app().entity(id)) else { return Ok(None) };
    let own = visit.actor.person.filter(|_| visit.app().organisation().person == Some(entity.id));
    let id = match visit.query.get("of") {
        Some(text) => record_id(text)?,
        None => match own {
            Some(id) => id,
            None => return Ok(None),
        },
    };
    let columns = columns::display_of(visit.app(), entity.id).filter(|path| rights::shown(&visit.actor, path));
    let get = Get { entity: entity.id, id, columns: columns.into_iter().collect(), bin: Bin::Outside };
    visit.ask(get).await?.ok_or_else(missing)?;
    let names = names::load(visit, &[(entity.id, id)]).await?;
    let (name, href) = names.get(&id).cloned().unwrap_or_default();
    Ok(Some((id, About { name, href })))
}

/// The tiles this reader sees: of their roles, of terms they may see, and fit for whom the page is about.
async fn shown<'a>(visit: &Visit, dashboard: &'a Dashboard, about: Option<RecordId>) -> Result<Vec<&'a Tile>, Problem> {
    let sees = |id: &TermId| visit.app().term(*id).is_some_and(|term| visible(&visit.actor, term));
    let mut tiles = Vec::new();
    for tile in &dashboard.tiles {
        if !visit.actor.holds_any(&tile.roles) || !std::iter::once(&tile.term).chain(&tile.with).all(sees) {
            continue;
        }
        if let (Some(visible), Some(id), Some(entity)) = (&tile.visible, about, dashboard.about)
            && !fits(visit, entity, id, visible).await?
        {
            continue;
        }
        tiles.push(tile);
    }
    Ok(tiles)
}

/// Whether a condition holds for a record, as the reader sees it.
async fn fits(
    visit: &Visit,
    entity: model::EntityId,
    id: RecordId,
    condition: &formula::Predicate,
) -> Result<bool, Problem> {
    let within = names::among(visit, entity, &[id]).map(|one| one.and(condition.clone()));
    let list = policy::List { within: within.unwrap_or_else(formula::Predicate::always), ..names::list(entity, 1) };
    Ok(!visit.ask(list).await?.rows.is_empty())
}

/// Every term of the tiles, once.
fn terms(tiles: &[&Tile]) -> Vec<TermId> {
    let mut terms: Vec<TermId> = Vec::new();
    for id in tiles.iter().flat_map(|tile| std::iter::once(&tile.term).chain(&tile.with)) {
        if !terms.contains(id) {
            terms.push(*id);
        }
    }
    terms
}

/// Asks for everything the tiles show, with as few questions as there are kinds of periods and groups.
async fn ask<'a>(frame: &Frame<'_>, dashboard: &Dashboard, tiles: &[&'a Tile]) -> Result<Vec<Asked<'a>>, Problem> {
    let mut asked: Vec<Asked<'a>> = Vec::new();
    for tile in tiles {
        let (grain, periods) = (tile.grain.unwrap_or(dashboard.grain), tile.periods.unwrap_or(dashboard.periods));
        let by = tile.by.as_ref().map(|by| by.written.as_str());
        let terms = std::iter::once(tile.term).chain(tile.with.iter().copied());
        match asked.iter_mut().find(|asked| (asked.grain, asked.periods, asked.by) == (grain, periods, by)) {
            Some(known) => {
                for term in terms {
                    if !known.terms.contains(&term) {
                        known.terms.push(term);
                    }
                }
            }
            None => asked.push(Asked { grain, periods, by, terms: terms.collect(), answer: Vec::new() }),
        }
    }
    for asked in &mut asked {
        let (from, to) = frame.range(asked.grain, asked.periods);
        let group = asked.by.map(|by| GroupBy::Path(by.to_owned()));
        let question = Series { terms: asked.terms.clone(), from, to, subject: frame.about, group, filter: None };
        asked.answer = match frame.visit.ask(question).await? {
            Ok(series) => series,
            // What the compiler let through can only be too much.
            Err(NoSeries::TooMany) => Vec::new(),
            Err(other) => return Err(Problem::internal(format!("a dashboard asks what has no answer: {other:?}"))),
        };
    }
    Ok(asked)
}

/// What stands at the head of every tile.
fn head(visit: &Visit, tile: &Tile, term: &Term, fresh: Fresh) -> Shown {
    let locale = visit.locale();
    let label = if tile.label.get(locale).is_empty() { &term.label } else { &tile.label };
    let day = |day: Date| time::date(locale, day);
    let (text, stale) = match (fresh.stale_since, fresh.latest) {
        (Some(since), _) => (visit.fill("stale-since", &[("day", &day(since))]), true),
        (None, Some(latest)) => (visit.fill("data-until", &[("day", &day(latest))]), false),
        (None, None) => (String::new(), false),
    };
    Shown {
        name: tile.name.clone(),
        label: label.get(locale).to_owned(),
        definition: term.definition.get(locale).to_owned(),
        span: tile.span,
        href: format!("/dictionary/{}", term.name),
        fresh: text,
        stale,
        ..Shown::default()
    }
}

/// A value as it is shown, with its unit; words where there is no data.
pub(super) fn written(visit: &Visit, term: &Term, value: Option<model::Decimal>) -> String {
    match value {
        Some(value) => {
            let number = show::number::decimal(&model::Value::Decimal(value), term.places);
            let unit = term.unit.get(visit.locale());
            if unit == "%" { format!("{number}%") } else { show::with_unit(number, unit, visit.locale()) }
        }
        None => visit.say("no-data").to_owned(),
    }
}
