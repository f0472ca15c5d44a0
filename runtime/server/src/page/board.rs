//! Cards in lanes: the lanes are the values of a choice field, a move changes that field.

use app::{Entity, ListView, Page, PageKind};
use formula::{Path, Predicate};
use model::FieldId;
use policy::{Action, List};
use serde::Serialize;

use super::{
    Answer, Visit,
    columns::{self, Columns},
    filter::{self, Chip, Filter},
    list::{add_address, offered, permitted_sort, whole},
    names, rights, source,
    visit::missing,
};
use crate::{
    problem::Problem,
    show::{Shown, number},
};

/// Cards a board shows at most.
const MOST: u32 = 200;

/// What the view of a board shows.
#[derive(Debug, Default, Serialize)]
pub struct Board {
    /// A sentence below the title.
    pub lede: String,
    /// Where the cards come from and when they came, if people do not enter them.
    pub source: Option<String>,
    /// What one record is called.
    pub noun: String,
    /// The form to add one.
    pub add: Option<String>,
    /// Name of the field a move changes.
    pub field: String,
    /// Quick filters.
    pub filters: Vec<Filter>,
    /// Filters in force.
    pub chips: Vec<Chip>,
    /// The lanes.
    pub lanes: Vec<Lane>,
    /// Whether there are more cards than shown.
    pub cut: bool,
    /// How many are shown.
    pub shown: String,
    /// Where news of changes come from.
    pub stream: String,
}

/// A lane.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Lane {
    /// The value of its cards.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// The lanes its cards may move to, by value.
    pub next: Vec<String>,
    /// Its cards.
    pub cards: Vec<Card>,
}

/// A card.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Card {
    /// What it is called.
    pub title: String,
    /// Its page.
    pub href: String,
    /// Its fields.
    pub cells: Vec<Shown>,
    /// Where a script changes it, if the reader may.
    pub url: Option<String>,
    /// Its version, as the API gives it.
    pub etag: String,
    /// Its version.
    pub version: i64,
    /// Where a form changes it.
    pub r#move: String,
}

/// What is read of a card, and where it is among what is shown.
struct Plan {
    columns: Columns,
    /// What it is called.
    title: Option<usize>,
    /// Its lane.
    lane: usize,
    /// Its version, among the values read: for whoever moves it, who needs to say which one they saw.
    version: Option<usize>,
    /// Its fields.
    cells: Vec<usize>,
}

impl Plan {
    /// `None` where the reader does not see the lanes.
    fn of(visit: &Visit, view: &ListView, entity: &Entity, lanes: FieldId) -> Option<Self> {
        let mut columns = Columns::default();
        let title = columns.show_field(&visit.actor, entity.display);
        let lane = columns.show_field(&visit.actor, lanes)?;
        let version = visit.app().own_path(entity.system.version).filter(|_| moves(visit, entity, lanes));
        let version = version.map(|path| columns.read(path));
        let own = |path: &&Path| !path.hops.is_empty() || (path.field != entity.display && path.field != lanes);
        let cells =
            view.columns.iter().filter(own).filter_map(|path| columns.show(&visit.actor, path.clone())).collect();
        Some(Self { columns, title, lane, version, cells })
    }

    /// The cards, of those that a filter leaves.
    fn question(&self, visit: &Visit, view: &ListView, filter: Predicate) -> List {
        List {
            columns: self.columns.paths.clone(),
            filter,
            within: view.filter.clone(),
            sort: permitted_sort(visit, view),
            ..List::all(view.entity, MOST)
        }
    }
}

/// Whether the reader may move cards.
fn moves(visit: &Visit, entity: &Entity, lanes: FieldId) -> bool {
    visit.actor.rights.access(entity.id, Action::Update).is_some_and(|access| access.field(lanes).is_some())
}

/// What a board asks for.
///
/// # Errors
/// What the engine refuses.
pub async fn watched(visit: &Visit, page: &Page) -> Result<List, Problem> {
    let PageKind::Board { view, lanes, filters, .. } = &page.kind else { return Err(missing()) };
    let entity = visit.app().entity(view.entity).ok_or_else(missing)?;
    let plan = Plan::of(visit, view, entity, *lanes).ok_or_else(missing)?;
    let filters = filter::read(visit, &offered(visit.app(), filters), &visit.path).await?;
    Ok(plan.question(visit, view, filters.predicate))
}

/// Shows a board page.
///
/// # Errors
/// What the engine refuses.
pub async fn show(visit: &Visit, page: &Page) -> Result<Answer, Problem> {
    let PageKind::Board { view, lanes, filters, form } = &page.kind else { return Err(missing()) };
    let app = visit.app();
    let entity = app.entity(view.entity).ok_or_else(missing)?;
    let field = app.field(*lanes).ok_or_else(missing)?;
    let plan = Plan::of(visit, view, entity, field.id).ok_or_else(missing)?;
    let filters = filter::read(visit, &offered(app, filters), &visit.path).await?;
    let found = visit.ask(plan.question(visit, view, filters.predicate)).await?;
    let Plan { columns, title: title_at, lane: lane_at, version: version_at, cells: cells_at } = plan;
    let names = names::load(visit, &columns.unnamed(app, &found.rows)).await?;
    let may = moves(visit, entity, field.id);
    let reader = visit.reader();
    let lanes = filter::choices(visit, field);
    let next = |from: &str| {
        let follows =
            |to: &str| from != to && field.order.as_ref().is_none_or(|order| order.allows(Some(from), Some(to)));
        lanes.iter().map(|(choice, _)| choice.value.clone()).filter(|to| follows(to)).collect::<Vec<_>>()
    };
    let lane = |choice: &filter::Choice| Lane {
        next: next(&choice.value),
        value: choice.value.clone(),
        label: choice.label.clone(),
        cards: Vec::new(),
    };
    let mut shown: Vec<Lane> = lanes.iter().map(|(choice, _)| lane(choice)).collect();
    for row in &found.rows {
        let Some(code) = columns.value(row, lane_at).as_text() else { continue };
        let Some(lane) = shown.iter_mut().find(|lane| lane.value == code) else { continue };
        let version = version_at.and_then(|at| row.values.get(at)).and_then(whole).unwrap_or(0);
        let cell = |at: usize| columns.cell(app, &reader, row, at, &names);
        lane.cards.push(Card {
            title: title_at.map(|at| cell(at).text).unwrap_or_default(),
            href: format!("/r/{}/{}", entity.name, row.id),
            cells: cells_at
                .iter()
                .map(|at| labelled(visit, &columns, *at, cell(*at)))
                .filter(|shown| shown.kind != "none")
                .collect(),
            url: may.then(|| format!("/api/v1/{}/{}/{}", entity.app, entity.name, row.id)),
            etag: format!("\"{version}\""),
            version,
            r#move: format!("/r/{}/{}/set", entity.name, row.id),
        });
    }
    let board = Board {
        lede: page.help.get(visit.locale()).to_owned(),
        source: source::sentence(visit, entity).await?,
        noun: entity.label.get(visit.locale()).to_owned(),
        add: rights::may(&visit.actor, entity.id, Action::Create)
            .then(|| add_address(visit, entity, *form, &visit.path)),
        field: field.name.to_string(),
        filters: filters.shown,
        chips: filters.chips,
        lanes: shown,
        cut: found.next.is_some(),
        shown: number::count(i64::try_from(found.rows.len()).unwrap_or(0)),
        stream: visit.query.without(&["lang"]).on(&format!("/live/page/{}", page.name)),
    };
    visit.page("board.html", page.label.get(visit.locale()), "wide", board).await.map(Answer::Page)
}

/// A bare number or day on a card says what it is; names, lamps and bars speak for themselves.
fn labelled(visit: &Visit, columns: &Columns, at: usize, mut shown: Shown) -> Shown {
    let column = columns.shown.get(at).filter(|_| matches!(shown.kind, "number" | "time"));
    if let Some(column) = column {
        shown.text = format!("{} {}", columns::label(visit.app(), &column.path, visit.locale()), shown.text);
    }
    shown
}
