//! The page after sign-in: numbers, the first records of lists, counts.

use app::{Block, BlockKind, Page};
use model::Value;
use policy::{Action, Aggregate, List, Measure};
use serde::Serialize;

use super::{
    Answer, Visit,
    columns::Columns,
    count::{self, Counted},
    list::{add_address, permitted_sort},
    names, rights,
    rows::{self, Table},
    source,
};
use crate::{
    problem::Problem,
    show::{self, time},
};

/// What the view of a home page shows.
#[derive(Debug, Default, Serialize)]
pub struct Home {
    /// A word to whoever reads; on another page than the first, its name.
    pub greeting: String,
    /// The day; on another page than the first, what the page says of itself.
    pub today: String,
    /// Numbers.
    pub values: Vec<BlockShown>,
    /// Blocks of the whole width: those that take three columns.
    pub wide: Vec<BlockShown>,
    /// Lists, and counts that take two columns.
    pub blocks: Vec<BlockShown>,
    /// Counts, beside them.
    pub side: Vec<BlockShown>,
}

/// A block.
#[derive(Debug, Default, Clone, Serialize)]
pub struct BlockShown {
    /// Its name.
    pub name: String,
    /// Its heading.
    pub label: String,
    /// The page to go on to.
    pub href: Option<String>,
    /// The form to add a record.
    pub add: Option<String>,
    /// What one record is called.
    pub noun: String,
    /// Its number.
    pub value: String,
    /// Its records.
    pub table: Option<Table>,
    /// Its counts.
    pub counted: Option<Counted>,
    /// Where what it shows comes from and when it came, if people do not enter it.
    pub source: Option<String>,
}

/// Shows a home page.
///
/// # Errors
/// What the engine refuses.
pub async fn show(visit: &Visit, page: Option<&Page>, blocks: &[Block]) -> Result<Answer, Problem> {
    let today = visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).date();
    let other = page.filter(|page| visit.app().home().is_none_or(|home| home.id != page.id));
    let (greeting, today) = match other {
        None => (visit.fill("greeting", &[("name", &visit.name)]), time::long_date(visit.locale(), today)),
        Some(page) => (page.label.get(visit.locale()).to_owned(), page.help.get(visit.locale()).to_owned()),
    };
    let mut home = Home { greeting, today, ..Home::default() };
    for block in blocks.iter().filter(|block| visit.actor.holds_any(&block.roles)) {
        let (entity, anonymous) = match &block.kind {
            BlockKind::List { view, .. } => (view.entity, false),
            BlockKind::Value { entity, anonymous, .. } => (*entity, *anonymous),
            BlockKind::Counters(counters) => (counters.entity, counters.anonymous),
        };
        if !rights::may(&visit.actor, entity, rights::asking(anonymous)) {
            continue;
        }
        let mut shown = frame(visit, block, entity);
        if let Some(entity) = visit.app().entity(entity) {
            shown.source = source::words(visit, entity).await?;
        }
        match &block.kind {
            BlockKind::List { view, rows } => {
                let shown = list(visit, shown, view, *rows).await?;
                place(&mut home, block.span.max(2), shown);
            }
            BlockKind::Value { entity, filter, measure, anonymous } => {
                let ask = Aggregate {
                    entity: *entity,
                    period: None,
                    group: Vec::new(),
                    measures: vec![measure.clone()],
                    filter: formula::Predicate::always(),
                    within: filter.clone(),
                    search: None,
                    limit: 1,
                    anonymous: *anonymous,
                };
                home.values.push(value(visit, shown, ask, measure).await?);
            }
            BlockKind::Counters(counters) => {
                let by = counters.by.zip(visit.actor.person);
                let counted = count::show(visit, &shown.label, counters, by).await?;
                place(&mut home, block.span, BlockShown { counted: Some(counted), ..shown });
            }
        }
    }
    visit
        .page("home.html", other.map_or(visit.say("home"), |page| page.label.get(visit.locale())), "", home)
        .await
        .map(Answer::Page)
}

/// Puts a block where there is room for its columns. A list always has two: in one its columns could not be read.
fn place(home: &mut Home, span: u32, shown: BlockShown) {
    match span {
        0 | 1 => home.side.push(shown),
        2 => home.blocks.push(shown),
        _ => home.wide.push(shown),
    }
}

fn frame(visit: &Visit, block: &Block, entity: model::EntityId) -> BlockShown {
    let app = visit.app();
    let entity = app.entity(entity);
    let more = block.more.and_then(|id| app.page(id)).filter(|page| rights::opens(&visit.actor, page));
    let add = block.add.zip(entity).filter(|(_, entity)| rights::may(&visit.actor, entity.id, Action::Create));
    BlockShown {
        name: block.name.clone(),
        label: block.label.get(visit.locale()).to_owned(),
        href: more.map(|page| format!("/p/{}", page.name)),
        add: add.map(|(form, entity)| add_address(visit, entity, Some(form), "/")),
        noun: entity.map_or_else(String::new, |entity| entity.label.get(visit.locale()).to_owned()),
        ..BlockShown::default()
    }
}

async fn list(visit: &Visit, shown: BlockShown, view: &app::ListView, most: u32) -> Result<BlockShown, Problem> {
    let Some(entity) = visit.app().entity(view.entity) else { return Ok(shown) };
    let columns = Columns::of(&visit.actor, view.columns.iter().cloned());
    let list = List {
        columns: columns.paths.clone(),
        within: view.filter.clone(),
        sort: permitted_sort(visit, view),
        ..names::list(entity.id, most.clamp(1, 20))
    };
    let found = visit.ask(list).await?.rows;
    let table = match found.is_empty() {
        true => None,
        false => Some(rows::table(visit, &columns, &found, entity.name.as_str()).await?),
    };
    Ok(BlockShown { table, ..shown })
}

async fn value(visit: &Visit, shown: BlockShown, ask: Aggregate, measure: &Measure) -> Result<BlockShown, Problem> {
    if measure.of().is_some_and(|path| !rights::measurable(&visit.actor, path, ask.anonymous)) {
        return Ok(BlockShown { value: show::NOTHING.to_owned(), ..shown });
    }
    let few = ask.anonymous;
    let groups = visit.ask(ask).await?;
    let number = groups.first().and_then(|group| group.numbers.first()).unwrap_or(&Value::Null);
    // Without names, none and too few to tell are one answer.
    let nothing = number.as_decimal().is_none_or(|number| number.is_zero() && matches!(measure, Measure::Count));
    let value = if few && nothing { visit.say("too-few") } else { &count::text(visit, measure, number) };
    Ok(BlockShown { value: value.to_owned(), ..shown })
}
