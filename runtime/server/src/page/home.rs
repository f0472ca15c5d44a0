//! The page after sign-in: numbers, the first records of lists, counts.

use app::{Block, BlockKind};
use model::Value;
use policy::{Action, Aggregate, List, Measure};
use serde::Serialize;

use super::{
    Answer, Visit,
    columns::{self, Columns},
    count::{self, Bar},
    list::{add_address, permitted_sort},
    names, rights,
    rows::Cell,
};
use crate::{
    problem::Problem,
    show::{self, Names, Shown, time},
};

/// What the view of a home page shows.
#[derive(Debug, Default, Serialize)]
pub struct Home {
    /// A word to whoever reads.
    pub greeting: String,
    /// The day.
    pub today: String,
    /// Numbers.
    pub values: Vec<BlockShown>,
    /// Lists and counts.
    pub blocks: Vec<BlockShown>,
}

/// A block.
#[derive(Debug, Default, Clone, Serialize)]
pub struct BlockShown {
    /// Its name.
    pub name: String,
    /// Its heading.
    pub label: String,
    /// Columns it takes.
    pub span: u32,
    /// The page to go on to.
    pub href: Option<String>,
    /// The form to add a record.
    pub add: Option<String>,
    /// What one record is called.
    pub noun: String,
    /// Its number.
    pub value: String,
    /// Its records.
    pub list: Vec<Item>,
    /// Its counts.
    pub bars: Vec<Bar>,
    /// The largest of them.
    pub most: i64,
}

/// A record of a list.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Item {
    /// What it is called.
    pub title: String,
    /// Its page.
    pub href: String,
    /// Its fields, below the title.
    pub meta: Vec<Cell>,
    /// Its lamps and badges, at the side.
    pub side: Vec<Shown>,
}

/// Shows a home page.
///
/// # Errors
/// What the engine refuses.
pub async fn show(visit: &Visit, blocks: &[Block]) -> Result<Answer, Problem> {
    let today = visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).date();
    let mut home = Home {
        greeting: visit.fill("greeting", &[("name", &visit.name)]),
        today: time::long_date(visit.locale(), today),
        ..Home::default()
    };
    for block in blocks.iter().filter(|block| visit.actor.holds_any(&block.roles)) {
        let entity = match &block.kind {
            BlockKind::List { view, .. } => view.entity,
            BlockKind::Value { entity, .. } => *entity,
            BlockKind::Counters(counters) => counters.entity,
        };
        if !rights::may(&visit.actor, entity, Action::Read) {
            continue;
        }
        let shown = frame(visit, block, entity);
        match &block.kind {
            BlockKind::List { view, rows } => home.blocks.push(list(visit, shown, view, *rows).await?),
            BlockKind::Value { entity, filter, measure } => {
                home.values.push(value(visit, shown, *entity, filter.clone(), measure).await?);
            }
            BlockKind::Counters(counters) => {
                let by = counters.by.zip(visit.actor.person);
                let counted = count::show(visit, &shown.label, counters, by).await?;
                home.blocks.push(BlockShown { bars: counted.bars, most: counted.most, ..shown });
            }
        }
    }
    visit.page("home.html", visit.say("home"), "", home).await.map(Answer::Page)
}

fn frame(visit: &Visit, block: &Block, entity: model::EntityId) -> BlockShown {
    let app = visit.app();
    let entity = app.entity(entity);
    let more = block.more.and_then(|id| app.page(id)).filter(|page| rights::opens(&visit.actor, page));
    let add = block.add.zip(entity).filter(|(_, entity)| rights::may(&visit.actor, entity.id, Action::Create));
    BlockShown {
        name: block.name.clone(),
        label: block.label.get(visit.locale()).to_owned(),
        span: block.span.clamp(1, 3),
        href: more.map(|page| format!("/p/{}", page.name)),
        add: add.map(|(form, entity)| add_address(visit, entity, Some(form), "/")),
        noun: entity.map_or_else(String::new, |entity| entity.label.get(visit.locale()).to_owned()),
        ..BlockShown::default()
    }
}

async fn list(visit: &Visit, shown: BlockShown, view: &app::ListView, rows: u32) -> Result<BlockShown, Problem> {
    let app = visit.app();
    let Some(entity) = app.entity(view.entity) else { return Ok(shown) };
    let mut columns = Columns::default();
    let title_at = view.columns.first().and_then(|path| columns.show(&visit.actor, path.clone()));
    for path in view.columns.iter().skip(1) {
        columns.show(&visit.actor, path.clone());
    }
    let list = List {
        columns: columns.paths.clone(),
        within: view.filter.clone(),
        sort: permitted_sort(visit, view),
        ..names::list(entity.id, rows.clamp(1, 20))
    };
    let found = visit.ask(list).await?.rows;
    let names = names::load(visit, &columns.unnamed(app, &found)).await?;
    let reader = visit.reader();
    let item = |row: &store::Row| {
        let mut item = Item {
            title: title_at.map(|at| columns.cell(app, &reader, row, at, &names).text).unwrap_or_default(),
            href: format!("/r/{}/{}", entity.name, row.id),
            ..Item::default()
        };
        for (at, column) in columns.shown.iter().enumerate().filter(|(at, _)| Some(*at) != title_at) {
            let shown = columns.cell(app, &reader, row, at, &names);
            match shown.kind {
                "none" => {}
                "lamp" | "badge" | "meter" => item.side.push(shown),
                _ => item.meta.push(Cell {
                    label: columns::label(app, &column.path, visit.locale()),
                    shown,
                    number: false,
                }),
            }
        }
        item
    };
    Ok(BlockShown { list: found.iter().map(item).collect(), ..shown })
}

async fn value(
    visit: &Visit,
    shown: BlockShown,
    entity: model::EntityId,
    filter: formula::Predicate,
    measure: &Measure,
) -> Result<BlockShown, Problem> {
    if measure.of().is_some_and(|path| !rights::readable(&visit.actor, path)) {
        return Ok(BlockShown { value: show::NOTHING.to_owned(), ..shown });
    }
    let ask = Aggregate {
        entity,
        group: Vec::new(),
        measures: vec![measure.clone()],
        filter: formula::Predicate::always(),
        within: filter,
        search: None,
        limit: 1,
    };
    let groups = visit.ask(ask).await?;
    let number = groups.first().and_then(|group| group.numbers.first()).unwrap_or(&Value::Null);
    let field = measure.of().and_then(|path| visit.app().field(path.field));
    let text = match (measure, field) {
        (Measure::Count | Measure::Distinct(_), _) | (_, None) => show::number::decimal(number, 0),
        (_, Some(field)) => show::value(&visit.reader(), field, number, &Names::new()).text,
    };
    Ok(BlockShown { value: text, ..shown })
}
