//! A dashboard: values of the dictionary as tiles and drawings. Every number leads to the rows it was made from.
//!
//! INVARIANT: the number of statements goes with the drawings, not with the tiles, the entities measured, the periods or the
//! groups. A tile that is there for some records only asks one more.

mod ask;
mod block;
pub(in crate::page) mod cloud;
mod compare;
mod drawing;
mod each;
pub(in crate::page) mod moved;
pub(in crate::page) mod narrow;
mod nine_box;
mod pivot;
pub(in crate::page) mod save;
mod tile;

use app::{By, ChartKind, Dashboard, Page, Tile};
use engine::query::{
    dictionary::{Failed, SharedNames},
    series::Fresh,
};
use metrics::Term;
use model::{Date, Period, RecordId, TermId};
use policy::{Action, Bin, Get, Permitted};
use serde::Serialize;

use self::{
    ask::{Answers, Questions},
    compare::Against,
    narrow::Narrow,
};
use super::{
    Answer, Visit, columns, dictionary,
    filter::{Chip, Choice, Filter},
    names, rights,
    visit::{missing, record_id},
};
use crate::{
    problem::{Kind, Problem},
    show::{self, Names, time},
};

pub use self::{
    block::Told,
    drawing::{Drawing, Twin, TwinCell, TwinRow},
    moved::{Asked, Mover},
    nine_box::{InBox, OneInBox},
    tile::Number,
};
pub(in crate::page) use self::{block::numbers, drawing::tick, tile::signed};

/// What the view of a dashboard shows.
#[derive(Debug, Default, Serialize)]
pub struct Board {
    /// A sentence below the title.
    pub help: String,
    /// Whom or what it is about.
    pub about: Option<About>,
    /// The unit it is of.
    pub unit: String,
    /// The newest period shown, as people write it.
    pub until: String,
    /// The record of the address, which its filters keep.
    pub of: Option<String>,
    /// The newest period, to choose.
    pub periods: Vec<Choice>,
    /// What values are compared with, to choose.
    pub compare: Vec<Choice>,
    /// Whether they are compared with something.
    pub against: bool,
    /// What every tile can be narrowed by.
    pub filters: Vec<Filter>,
    /// What they are narrowed to, each with the way back.
    pub chips: Vec<Chip>,
    /// Where the reader makes it another; empty where they do not.
    pub edit: String,
    /// Why what was sent was refused; empty for nothing.
    pub fault: String,
    /// What it can be saved as: the ending of the file's name, and where it is.
    pub files: Vec<(&'static str, String)>,
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
    /// Said where the term is what is meant in the reader's unit by a name that others share.
    pub meant: Option<&'static str>,
    /// The terms that are called the same.
    pub others: Vec<dictionary::namesakes::Namesake>,
    /// Columns of the page it takes.
    pub span: u32,
    /// The term's page.
    pub href: String,
    /// Up to when there is data, or since when it is overdue.
    pub fresh: String,
    /// Whether it is overdue.
    pub stale: bool,
    /// Which checks the rows of its newest period break, in words; empty for none.
    pub faulty: String,
    /// That it is made from more numbers than one answer holds, or more rows than can be gone through in time, and what to do;
    /// empty where it is not.
    pub beyond: String,
    /// One value with its trend.
    pub number: Option<Number>,
    /// A drawing.
    pub drawing: Option<Drawing>,
    /// What goes together with its changes.
    pub drivers: Option<String>,
    /// That it got worse as often in a row as calls for looking there.
    pub falling: String,
    /// Those in the box that was opened.
    pub listed: Option<InBox>,
}

/// Whom, what and which periods a dashboard shows.
pub(super) struct Frame<'a> {
    visit: &'a Visit,
    about: Option<RecordId>,
    until: Date,
    narrow: Narrow,
    against: Option<Against>,
}

impl Frame<'_> {
    /// Where the rows behind a value are shown.
    fn behind(&self, term: &Term, period: Period, group: Option<(&str, &model::Value)>) -> String {
        self.behind_groups(term, period, group.as_slice())
    }

    /// The same for a group of at most two things.
    fn behind_groups(&self, term: &Term, period: Period, groups: &[(&str, &model::Value)]) -> String {
        let mut address = super::params::Params::default().with("period", period.to_string());
        if let Some(id) = self.about {
            address = address.with("of", id.to_string());
        }
        for (names, (by, value)) in super::behind::GROUPS.iter().zip(groups) {
            address = address.with(names.0, *by).with(names.1, super::behind::written(value));
        }
        address.0.extend(self.narrow.address.0.iter().cloned());
        address.on(&format!("/dictionary/{}/rows", term.name))
    }

    /// The same dashboard narrowed to one group.
    fn down(&self, by: &By, group: &model::Value) -> String {
        let (key, value) = narrow::only(&by.written, group);
        self.visit.query.with(&key, value).on(&self.visit.path)
    }
}

/// What stands around a dashboard.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head<'a> {
    /// Its name, as files are called.
    pub(super) name: &'a str,
    /// Its title.
    pub(super) title: &'a str,
    /// A sentence below it.
    pub(super) help: &'a str,
    /// Where it is saved as a file.
    pub(super) export: &'a str,
    /// Whether it can be saved as a page's document too.
    pub(super) document: bool,
    /// Where the reader makes it another; empty where they do not.
    pub(super) edit: &'a str,
    /// Why what was sent was refused; empty for nothing.
    pub(super) fault: &'a str,
}

/// Shows a dashboard.
///
/// # Errors
/// What the engine refuses; not found, where it is about a record the reader may not see.
pub async fn show(visit: &Visit, page: &Page, dashboard: &Dashboard) -> Result<Answer, Problem> {
    let export = format!("/p/{}/export", page.name);
    let (title, help) = (page.label.get(visit.locale()), page.help.get(visit.locale()));
    let head = Head { name: page.name.as_str(), title, help, export: &export, ..Head::default() };
    show_as(visit, &head, dashboard).await
}

/// The same under another head.
pub(super) async fn show_as(visit: &Visit, head: &Head<'_>, dashboard: &Dashboard) -> Result<Answer, Problem> {
    let mut board = board(visit, visit, head, dashboard).await?;
    head.edit.clone_into(&mut board.edit);
    head.fault.clone_into(&mut board.fault);
    if !board.nobody {
        let file = |word: &'static str| (word, visit.query.with("format", word).on(head.export));
        if save::offered(visit, dashboard) {
            board.files.extend(save::Format::ALL.map(save::Format::word).map(file));
        }
        board.files.extend(head.document.then(|| file("yaml")));
    }
    visit.page("dashboard.html", head.title, "wide", board).await.map(Answer::Page)
}

/// What a dashboard shows to this reader. Whom it is about is for them to see as `reader`: in a file its numbers are only those
/// that may leave as one.
async fn board(visit: &Visit, reader: &Visit, head: &Head<'_>, dashboard: &Dashboard) -> Result<Board, Problem> {
    let mut board = Board { help: head.help.to_owned(), ..Board::default() };
    let about = match about(reader, dashboard).await? {
        Some((id, about)) => {
            board.about = Some(about);
            board.of = Some(id.to_string());
            Some(id)
        }
        None if dashboard.about.is_some() => {
            board.nobody = true;
            return Ok(board);
        }
        None => None,
    };
    if let Some(key) = &dashboard.unit {
        board.unit = dictionary::unit_name(visit, key).await?;
    }
    let tiles = shown(visit, dashboard, about).await?;
    let terms: Vec<TermId> = terms(&tiles);
    let fresh = each::fresh(visit, &terms).await?;
    let fresh_unknown = fresh.is_none();
    let fresh = fresh.unwrap_or_default();
    let newest = fresh.iter().filter_map(|fresh| fresh.latest).max();
    let today = visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).date();
    let asked_for = compare::period(visit, "until")?;
    let until = asked_for.map_or_else(|| newest.unwrap_or(today).min(today), Period::last);
    let narrow = Narrow::read(visit, dashboard, &terms).await?;
    let frame = Frame { visit, about, until, narrow, against: Against::read(visit)? };
    let tiles: Vec<_> = tiles.into_iter().map(|tile| (tile, Questions::of(&frame, dashboard, tile))).collect();
    let answers = Answers::of(&frame, &tiles).await?;
    let last = visit.app().year_start().period(dashboard.grain, until);
    let failing = each::failing(visit, &terms, last).await?;
    let shared = visit.ask(SharedNames).await?;
    for (tile, questions) in &tiles {
        let Some(term) = visit.app().term(tile.term) else { continue };
        let fresh = terms.iter().position(|id| *id == tile.term).and_then(|at| fresh.get(at)).copied();
        let series = answers.series(tile, &questions.now);
        let mut shown = top_of(visit, tile, questions.by, term, fresh.unwrap_or_default());
        shown.faulty = faulty(visit, tile, (&terms, failing.as_deref().unwrap_or_default()));
        each::say_unknown(visit, tile, &mut shown, (fresh_unknown, failing.is_none()));
        shown.meant = dictionary::namesakes::meant(visit, &shared, tile.term);
        shown.others = dictionary::namesakes::namesakes(visit, &shared, tile.term);
        if let Some(why) = answers.without(tile, questions) {
            shown.beyond = why.words(visit);
            board.tiles.push(shown);
            continue;
        }
        let known = series.iter().flat_map(|series| &series.cells).any(|cell| cell.value.is_some());
        if !known && about.is_some() {
            board.silent.push(shown.label);
            continue;
        }
        let then = questions.then.as_ref().map(|key| answers.series(tile, key)).unwrap_or_default();
        let by = questions.by;
        let down = by.filter(|by| dashboard.filters.iter().any(|filter| filter.written == by.written));
        match tile.chart {
            None => {
                let periods = tile.periods.unwrap_or(dashboard.periods);
                shown.number = Some(tile::shown(&frame, term, (&series, periods), &then));
                (shown.drivers, shown.falling) = tile::drivers(&frame, term, &series);
            }
            Some(ChartKind::Pivot) => {
                shown.drawing = Some(pivot::fill(&frame, tile, questions, &answers, down).await?);
            }
            Some(ChartKind::NineBox) => {
                let boxed = nine_box::fill(&frame, tile, questions, &answers).await?;
                (shown.drawing, shown.listed) = (Some(boxed.drawing), boxed.listed);
            }
            Some(ChartKind::Words) if tile.text.is_some() => {
                shown.drawing = Some(cloud::fill(&frame, tile, questions).await?);
            }
            Some(kind) => {
                let what = drawing::What { tile, kind, by, down, series: &series, then: &then };
                shown.drawing = Some(drawing::draw(&frame, &what).await?);
            }
        }
        board.tiles.push(shown);
    }
    board.until = time::period(visit.locale(), &last.to_string());
    let step = |by: i32| visit.query.with("until", last.later(by).to_string()).on(&visit.path);
    board.earlier = step(-1);
    board.later = (last.last() < today).then(|| step(1));
    let newest = last.beside(dashboard.grain, newest.unwrap_or(today).min(today)).max(last);
    board.periods = compare::earlier(visit, newest, &last.to_string());
    board.compare = Against::choices(visit, last);
    board.against = frame.against.is_some();
    (board.filters, board.chips) = (frame.narrow.shown, frame.narrow.chips);
    Ok(board)
}

/// The record a dashboard is about: that of the address, else the reader's own.
async fn about(visit: &Visit, dashboard: &Dashboard) -> Result<Option<(RecordId, About)>, Problem> {
    about_whom(visit, dashboard.about, &dashboard.needs).await
}

/// Whether the reader may read what a page needs of the record it is about.
pub(in crate::page) async fn reads(
    visit: &Visit,
    entity: model::EntityId,
    id: RecordId,
    needs: &[model::FieldId],
) -> Result<bool, Problem> {
    if needs.is_empty() {
        return Ok(true);
    }
    let ask = Permitted { entity, id, action: Action::Read, fields: needs.to_vec() };
    Ok(visit.ask(ask).await?.is_some_and(|may| may.iter().all(|one| *one)))
}

/// The record a page is about: that of the address, else the reader's own. Whoever may not read what the page needs of it is
/// refused.
pub(in crate::page) async fn about_whom(
    visit: &Visit,
    about: Option<model::EntityId>,
    needs: &[model::FieldId],
) -> Result<Option<(RecordId, About)>, Problem> {
    let Some(entity) = about.and_then(|id| visit.app().entity(id)) else { return Ok(None) };
    let own = visit.actor.person.filter(|_| visit.app().organisation().person == Some(entity.id));
    let id = match visit.query.get("of") {
        Some(text) => record_id(text)?,
        None => match own {
            Some(id) => id,
            None => return Ok(None),
        },
    };
    let display = columns::display_of(visit.app(), entity.id).filter(|path| rights::shown(&visit.actor, path));
    let get = Get { entity: entity.id, id, columns: display.iter().cloned().collect(), bin: Bin::Outside };
    let row = visit.ask(get).await?.ok_or_else(missing)?;
    if !reads(visit, entity.id, id, needs).await? {
        return Err(Problem::new(Kind::Denied).noted());
    }
    let field = display.and_then(|path| visit.app().field(path.field));
    let about = field.zip(row.values.first()).map(|(field, value)| About {
        name: show::value(&visit.reader(), field, value, &Names::new()).text,
        href: format!("/r/{}/{id}", entity.name),
    });
    Ok(Some((id, about.unwrap_or_default())))
}

/// The tiles this reader sees: of their roles, of terms they may see, and fit for whom the page is about.
async fn shown<'a>(visit: &Visit, dashboard: &'a Dashboard, about: Option<RecordId>) -> Result<Vec<&'a Tile>, Problem> {
    let mut tiles = Vec::new();
    for tile in dashboard.tiles.iter().filter(|tile| rights::tells(&visit.actor, tile)) {
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
    let list =
        policy::List { within: within.unwrap_or_else(formula::Predicate::always), ..policy::List::all(entity, 1) };
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

/// What a tile is called.
fn title<'a>(visit: &Visit, tile: &'a Tile, term: &'a Term) -> &'a str {
    let own = tile.label.get(visit.locale());
    if own.is_empty() { term.label.get(visit.locale()) } else { own }
}

/// Which checks the rows behind a tile break, each once, and how many rows do.
fn faulty(visit: &Visit, tile: &Tile, (terms, failing): (&[TermId], &[Vec<Failed>])) -> String {
    let own: Vec<TermId> = std::iter::once(tile.term).chain(tile.with.iter().copied()).collect();
    let mut said: Vec<String> = Vec::new();
    for failed in terms.iter().zip(failing).filter(|(term, _)| own.contains(term)).flat_map(|(_, failed)| failed) {
        let check = visit.app().term(failed.term).and_then(|term| term.checks.get(failed.check));
        let Some(check) = check else { continue };
        let (what, rows) = (check.message.get(visit.locale()), failed.rows.to_string());
        let one = visit.fill("check-failed-by", &[("what", what), ("n", &rows)]);
        if !said.contains(&one) {
            said.push(one);
        }
    }
    said.join(visit.say("list-comma"))
}

/// What stands at the head of every tile.
fn top_of(visit: &Visit, tile: &Tile, by: Option<&By>, term: &Term, fresh: Fresh) -> Shown {
    let locale = visit.locale();
    let mut label = title(visit, tile, term).to_owned();
    // Once the reader went down, its name no longer says what it is told apart by.
    if let Some(field) = by.filter(|by| tile.by.as_ref() != Some(*by)).and_then(|by| visit.app().field(by.path.field)) {
        label = format!("{label} · {}", field.label.get(locale));
    }
    let day = |day: Date| time::date(locale, day);
    let (text, stale) = match (fresh.stale_since, fresh.latest) {
        (Some(since), _) => (visit.fill("stale-since", &[("day", &day(since))]), true),
        (None, Some(latest)) => (visit.fill("data-until", &[("day", &day(latest))]), false),
        (None, None) => (String::new(), false),
    };
    Shown {
        name: tile.name.clone(),
        label,
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

/// The name of a group: what its value is called.
pub(super) fn named(visit: &Visit, field: &app::Field, value: &model::Value, names: &show::Names) -> String {
    let several = matches!(field.kind, app::FieldKind::Choices(_) | app::FieldKind::References { .. });
    let value = if several { model::Value::List(vec![value.clone()]) } else { value.clone() };
    match show::value(&visit.reader(), field, &value, names) {
        shown if !shown.items.is_empty() => shown.items.into_iter().map(|item| item.text).collect(),
        shown => shown.text,
    }
}
