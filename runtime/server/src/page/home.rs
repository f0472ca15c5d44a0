//! The page after sign-in: numbers, the first records of lists, counts.

use app::{Block, BlockKind, Page, TermBlock, Whose};
use formula::Predicate;
use model::Value;
use policy::{Action, Aggregate, List, Measure};
use serde::Serialize;

use super::{
    Answer, Visit,
    columns::Columns,
    count::{self, Counted},
    dashboard,
    list::{add_address, counted_at, permitted_sort},
    record::refers,
    rights,
    rows::{self, Table},
    source,
};
use crate::{
    problem::{Kind, Problem},
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
    /// Whether it is about somebody else than its reader.
    pub theirs: bool,
    /// The parts below all that, each with blocks of its own.
    pub in_parts: Vec<PartShown>,
}

/// A part of the page.
#[derive(Debug, Default, Serialize)]
pub struct PartShown {
    /// Its name.
    pub name: String,
    /// Its heading.
    pub label: String,
    /// Numbers.
    pub values: Vec<BlockShown>,
    /// Blocks of the whole width.
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
    /// Said in the place of all that where it goes through too many rows; empty where it does not.
    pub beyond: String,
    /// What the dictionary says of its number, where it is the value of a term.
    pub term: Option<dashboard::Told>,
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
pub async fn show(visit: &Visit, page: Option<&Page>, made: &app::Home) -> Result<Answer, Problem> {
    let today = visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).date();
    let other = page.filter(|page| visit.app().home().is_none_or(|home| home.id != page.id));
    let (greeting, today) = match other {
        None => (visit.fill("greeting", &[("name", &visit.name)]), time::long_date(visit.locale(), today)),
        Some(page) => (page.label.get(visit.locale()).to_owned(), page.help.get(visit.locale()).to_owned()),
    };
    let about = dashboard::about_whom(visit, made.about, &made.needs).await?;
    // Of somebody else it shows what is about them, and nothing that is the reader's own.
    let other_s = about.as_ref().filter(|(id, _)| visit.actor.person != Some(*id));
    let (greeting, today) = match other_s {
        Some((_, about)) => (about.name.clone(), page.map_or("", |page| page.help.get(visit.locale())).to_owned()),
        None => (greeting, today),
    };
    // Where the page is about nothing, what belongs to somebody belongs to the reader.
    let whose = if made.about.is_some() { about.as_ref().map(|(id, _)| *id) } else { visit.actor.person };
    let parts = made.parts.iter().map(|(name, label)| PartShown {
        name: name.clone(),
        label: label.get(visit.locale()).to_owned(),
        ..PartShown::default()
    });
    let mut home = Home { greeting, today, in_parts: parts.collect(), theirs: other_s.is_some(), ..Home::default() };
    let mut top = PartShown::default();
    let stands = |block: &&Block| {
        let somebody = made.about.is_none() || !belongs(block) || whose.is_some();
        visit.actor.holds_any(&block.roles) && somebody && (other_s.is_none() || belongs(block))
    };
    let blocks: Vec<&Block> = made.blocks.iter().filter(stands).collect();
    let told = dashboard::numbers(visit, (page, blocks.as_slice()), whose).await?;
    for block in blocks {
        let (entity, anonymous) = match &block.kind {
            BlockKind::List { view, .. } => (Some(view.entity), false),
            BlockKind::Value { entity, anonymous, .. } => (Some(*entity), *anonymous),
            BlockKind::Counters(counters) => (Some(counters.entity), counters.anonymous),
            BlockKind::Term(_) => (None, false),
        };
        if entity.is_some_and(|entity| !rights::may(&visit.actor, entity, rights::asking(anonymous))) {
            continue;
        }
        let mut shown = frame(visit, page, block, entity);
        if other_s.is_some() {
            // Those lead to what is the reader's own.
            (shown.href, shown.add) = (None, None);
        }
        if let Some(entity) = entity.and_then(|id| visit.app().entity(id)) {
            shown.source = source::words(visit, entity).await?;
        }
        match &block.kind {
            BlockKind::List { view, by, rows } => {
                let within = match (by, whose) {
                    (None, _) => Predicate::always(),
                    (Some(by), Some(whose)) => refers(visit, *by, whose),
                    (Some(_), None) => Predicate::never(),
                };
                let shown = in_time(visit, &shown, list(visit, shown.clone(), view, within, *rows).await)?;
                place(part(&mut home, &mut top, block), block.span.max(2), shown);
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
                let shown = in_time(visit, &shown, value(visit, shown.clone(), ask, measure).await)?;
                part(&mut home, &mut top, block).values.push(shown);
            }
            BlockKind::Term(made) => {
                // Whoever does not see the term is told nothing of it.
                let Some((_, term)) = told.iter().find(|(name, _)| *name == block.name) else { continue };
                shown.term = Some(term.clone());
                shown.counted.clone_from(&term.apart);
                let part = part(&mut home, &mut top, block);
                if let Some(label) = told_apart(visit, block, made) {
                    shown.label = label;
                }
                if made.by.is_none() {
                    part.values.push(shown);
                    continue;
                }
                place(part, block.span, shown);
            }
            BlockKind::Counters(counters) => {
                let by = counters.by.zip(whose);
                let counted = count::show(visit, &shown.label, counters, by).await;
                let counted = counted.map(|counted| BlockShown { counted: Some(counted), ..shown.clone() });
                place(part(&mut home, &mut top, block), block.span, in_time(visit, &shown, counted)?);
            }
        }
    }
    (home.values, home.wide, home.blocks, home.side) = (top.values, top.wide, top.blocks, top.side);
    home.in_parts
        .retain(|part| [&part.values, &part.wide, &part.blocks, &part.side].iter().any(|blocks| !blocks.is_empty()));
    visit
        .page("home.html", other.map_or(visit.say("home"), |page| page.label.get(visit.locale())), "", home)
        .await
        .map(Answer::Page)
}

/// Puts a block where there is room for its columns. A list always has two: in one its columns could not be read.
fn place(part: &mut PartShown, span: u32, shown: BlockShown) {
    match span {
        0 | 1 => part.side.push(shown),
        2 => part.blocks.push(shown),
        _ => part.wide.push(shown),
    }
}

/// A heading that says no more than what the term is called, with of whom it is and what it is told apart by.
fn told_apart(visit: &Visit, block: &Block, made: &TermBlock) -> Option<String> {
    let (app, locale) = (visit.app(), visit.locale());
    app.term(made.term).filter(|term| term.label == block.label)?;
    let whose = made.among.as_ref().map(|among| match among.whose {
        Whose::MyReports => visit.say("among-my-reports"),
        Whose::MyUnits => visit.say("among-my-units"),
        Whose::PartneredUnits => visit.say("among-partnered-units"),
    });
    let by = made.by.as_ref().and_then(|by| app.field(by.path.field)).map(|field| field.label.get(locale));
    let parts: Vec<&str> = std::iter::once(block.label.get(locale)).chain(whose).chain(by).collect();
    (parts.len() > 1).then(|| parts.join(" · "))
}

/// The part a block stands in.
fn part<'h>(home: &'h mut Home, top: &'h mut PartShown, block: &Block) -> &'h mut PartShown {
    let named = home.in_parts.iter_mut().find(|part| block.part.as_ref() == Some(&part.name));
    named.unwrap_or(top)
}

/// Whether a block shows what belongs to whom the page is about.
fn belongs(block: &Block) -> bool {
    match &block.kind {
        BlockKind::List { by, .. } => by.is_some(),
        BlockKind::Counters(counters) => counters.by.is_some(),
        BlockKind::Term(made) => made.own,
        BlockKind::Value { .. } => false,
    }
}

fn frame(visit: &Visit, page: Option<&Page>, block: &Block, entity: Option<model::EntityId>) -> BlockShown {
    let app = visit.app();
    let entity = entity.and_then(|id| app.entity(id));
    let more = block.more.and_then(|id| app.page(id)).filter(|page| rights::opens(&visit.actor, page));
    let add = block.add.zip(entity).filter(|(_, entity)| rights::may(&visit.actor, entity.id, Action::Create));
    BlockShown {
        name: block.name.clone(),
        label: block.label.get(visit.locale()).to_owned(),
        href: more.map(|more| match page {
            Some(page) => counted_at(visit, page, block, more),
            None => format!("/p/{}", more.name),
        }),
        add: add.map(|(form, entity)| add_address(visit, entity, Some(form), "/")),
        noun: entity.map_or_else(String::new, |entity| entity.label.get(visit.locale()).to_owned()),
        ..BlockShown::default()
    }
}

/// A block, or a word in its place where it goes through more rows than can be in time: the others are shown all the same.
fn in_time(visit: &Visit, bare: &BlockShown, made: Result<BlockShown, Problem>) -> Result<BlockShown, Problem> {
    match made {
        Err(problem) if problem.kind == Kind::TooManyRows => {
            Ok(BlockShown { beyond: visit.say("too-many-rows").to_owned(), ..bare.clone() })
        }
        made => made,
    }
}

async fn list(
    visit: &Visit,
    shown: BlockShown,
    view: &app::ListView,
    of: Predicate,
    most: u32,
) -> Result<BlockShown, Problem> {
    let Some(entity) = visit.app().entity(view.entity) else { return Ok(shown) };
    let columns = Columns::of(&visit.actor, view.columns.iter().cloned());
    let list = List {
        columns: columns.paths.clone(),
        within: view.filter.clone().and(of),
        sort: permitted_sort(visit, view),
        ..List::all(entity.id, most.clamp(1, 20))
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
