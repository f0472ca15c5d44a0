//! Records below records. The roots come with the page, what is below a record when it is opened, one statement per opening.
//!
//! INVARIANT: what lies above a record is asked on the reader's account: where they may not see it, it counts as not known, and the
//! record stands among the roots.

use std::collections::HashMap;

use app::{ListView, Page, PageKind};
use formula::{Path, Predicate, Term};
use model::{FieldId, Type, Uuid, Value};
use policy::{Action, Aggregate, List, Measure};
use serde::Serialize;
use store::Row;

use super::{
    Answer, Visit,
    columns::Columns,
    list::{add_address, permitted_sort, whole},
    names,
    params::Params,
    rights, rows, source,
    visit::missing,
};
use crate::{problem::Problem, show::Shown};

/// Records below one that are shown.
const MOST: u32 = 500;
/// Records that an address has open at most.
const MOST_OPEN: usize = 200;

/// What the view of a tree shows.
#[derive(Debug, Default, Serialize)]
pub struct Tree {
    /// A sentence below the title.
    pub lede: String,
    /// Where the records come from and when they came, if people do not enter them.
    pub source: Option<String>,
    /// What one record is called.
    pub noun: String,
    /// The form to add one.
    pub add: Option<String>,
    /// The roots.
    pub nodes: Vec<Node>,
}

/// A record of a tree.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub label: String,
    /// Its page.
    pub href: String,
    /// Its further columns.
    pub cells: Vec<Shown>,
    /// How many are below it.
    pub more: i64,
    /// Where those come from.
    pub children: String,
    /// The page with it open, for those without scripts.
    pub toggle: String,
    /// Those below it, when it is open.
    pub nodes: Vec<Node>,
}

struct Planted<'v> {
    view: &'v ListView,
    parent: FieldId,
    columns: Columns,
    title: Option<usize>,
    parent_at: Option<usize>,
    entity: &'v str,
    /// The page, which a part of it leads back to as well.
    path: String,
    /// The records that are open on it.
    open: Vec<Uuid>,
}

impl<'v> Planted<'v> {
    /// The tree of a page; `below` when only what is below that record is asked for.
    fn of(visit: &'v Visit, page: &'v Page, below: Option<Uuid>) -> Result<Self, Problem> {
        let PageKind::Tree { view, parent, .. } = &page.kind else { return Err(missing()) };
        let entity = visit.app().entity(view.entity).ok_or_else(missing)?;
        let mut columns = Columns::default();
        let title = columns.show_field(&visit.actor, entity.display);
        let parent_at = columns.show_field(&visit.actor, *parent);
        for path in &view.columns {
            if path.field != entity.display || !path.hops.is_empty() {
                columns.show(&visit.actor, path.clone());
            }
        }
        let asked = visit.query.get("open").into_iter().flat_map(|text| text.split(','));
        let mut open: Vec<Uuid> = asked.filter_map(|id| id.parse().ok()).take(MOST_OPEN).collect();
        open.extend(below.filter(|id| !open.contains(id)));
        let path = format!("/p/{}", page.name);
        Ok(Self { view, parent: *parent, columns, title, parent_at, entity: entity.name.as_str(), path, open })
    }

    /// The field that leads to the record above, if the reader may ask by it.
    fn above(&self, visit: &Visit) -> Option<Path> {
        visit.app().own_path(self.parent).filter(|path| rights::readable(&visit.actor, path))
    }

    /// The records that meet a condition on what is above them.
    async fn rows(&self, visit: &Visit, above: Predicate) -> Result<Vec<Row>, Problem> {
        let list = List {
            columns: self.columns.paths.clone(),
            filter: above,
            within: self.view.filter.clone(),
            sort: permitted_sort(visit, self.view),
            ..List::all(self.view.entity, MOST)
        };
        Ok(visit.ask(list).await?.rows)
    }

    fn below(&self, visit: &Visit, ids: &[Uuid]) -> Predicate {
        let Some(path) = self.above(visit) else { return Predicate::never() };
        let ty: Type = path.ty.clone();
        let list = ids.iter().map(|id| Term::Literal(Value::Id(*id), ty.clone())).collect();
        Predicate::In { item: Term::Field(path), list }
    }

    /// Nodes for rows, each with the number of those below it.
    async fn nodes(&self, visit: &Visit, found: &[Row]) -> Result<Vec<Node>, Problem> {
        let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
        let mut counts: HashMap<Uuid, i64> = HashMap::new();
        if let (false, Some(path)) = (ids.is_empty(), self.above(visit)) {
            let count = Aggregate {
                entity: self.view.entity,
                period: None,
                group: vec![path],
                measures: vec![Measure::Count],
                filter: self.below(visit, &ids),
                within: self.view.filter.clone(),
                search: None,
                limit: MOST,
                anonymous: false,
            };
            for group in visit.ask(count).await? {
                if let (Some(Value::Id(id)), Some(count)) = (group.keys.first(), group.numbers.first().and_then(whole))
                {
                    counts.insert(*id, count);
                }
            }
        }
        let names = names::load(visit, &self.columns.unnamed(visit.app(), found)).await?;
        let reader = visit.reader();
        let query = visit.query.without(&["parent"]);
        // What is fetched leads back to the page as it is now.
        let open = Params::default().with("open", listed(&self.open));
        let cell = |row: &Row, at| self.columns.cell(visit.app(), &reader, row, at, &names);
        let each = found.iter().map(|row| Node {
            id: row.id.to_string(),
            label: self.title.map(|at| cell(row, at).text).unwrap_or_default(),
            href: format!("/r/{}/{}", self.entity, row.id),
            cells: (0..self.columns.shown.len())
                .filter(|at| Some(*at) != self.title && Some(*at) != self.parent_at)
                .map(|at| cell(row, at))
                .collect(),
            more: counts.get(&row.id).copied().unwrap_or(0),
            children: open.with("parent", row.id.to_string()).on(&format!("{}/children", self.path)),
            toggle: query.with("open", listed(self.open.iter().chain([&row.id]))).on(&self.path),
            nodes: Vec::new(),
        });
        let mut nodes: Vec<Node> = each.collect();
        nodes.iter_mut().for_each(|node| rows::one_bar(node.cells.iter_mut()));
        Ok(nodes)
    }
}

/// Records as an address says them.
fn listed<'i>(ids: impl IntoIterator<Item = &'i Uuid>) -> String {
    ids.into_iter().map(Uuid::to_string).collect::<Vec<_>>().join(",")
}

/// Shows a tree page.
///
/// # Errors
/// What the engine refuses.
pub async fn show(visit: &Visit, page: &Page) -> Result<Answer, Problem> {
    let planted = Planted::of(visit, page, None)?;
    let PageKind::Tree { form, .. } = &page.kind else { return Err(missing()) };
    let app = visit.app();
    let entity = app.entity(planted.view.entity).ok_or_else(missing)?;
    let roots = match planted.above(visit) {
        Some(path) => Predicate::IsNull(Term::Field(path)),
        None => Predicate::always(),
    };
    let rows = planted.rows(visit, roots).await?;
    let mut nodes = planted.nodes(visit, &rows).await?;
    let mut open = planted.open.clone();
    if nodes.len() <= 3 {
        // A tree of one trunk shows its first branches at once.
        open.extend(rows.iter().map(|row| row.id));
    }
    if !open.is_empty() {
        let below = planted.below(visit, &open);
        let rows = planted.rows(visit, below).await?;
        let children = planted.nodes(visit, &rows).await?;
        let mut by_parent: HashMap<String, Vec<Node>> = HashMap::new();
        for (row, node) in rows.iter().zip(children) {
            let parent = planted.parent_at.map(|at| planted.columns.value(row, at)).and_then(Value::as_id);
            by_parent.entry(parent.unwrap_or_default().to_string()).or_default().push(node);
        }
        for node in &mut nodes {
            graft(node, &mut by_parent);
        }
    }
    let tree = Tree {
        lede: page.help.get(visit.locale()).to_owned(),
        source: source::sentence(visit, entity).await?,
        noun: entity.label.get(visit.locale()).to_owned(),
        add: rights::may(&visit.actor, entity.id, Action::Create)
            .then(|| add_address(visit, entity, *form, &visit.path)),
        nodes,
    };
    visit.page("tree.html", page.label.get(visit.locale()), "", tree).await.map(Answer::Page)
}

/// Puts the children found below their parents; each is taken once, so a circle in the data ends.
fn graft(node: &mut Node, by_parent: &mut HashMap<String, Vec<Node>>) {
    if let Some(children) = by_parent.remove(&node.id) {
        node.nodes = children;
        for child in &mut node.nodes {
            graft(child, by_parent);
        }
    }
}

/// The records below one, as list items.
///
/// # Errors
/// What the engine refuses.
pub async fn children(visit: &Visit, name: &str) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Below {
        nodes: Vec<Node>,
    }
    let page = visit.app().page_named(name).filter(|page| rights::opens(&visit.actor, page)).ok_or_else(missing)?;
    let parent: Uuid = visit.query.get("parent").and_then(|id| id.parse().ok()).ok_or_else(missing)?;
    let planted = Planted::of(visit, page, Some(parent))?;
    let rows = planted.rows(visit, planted.below(visit, &[parent])).await?;
    let nodes = planted.nodes(visit, &rows).await?;
    super::view::render(visit.locale(), "tree_nodes.html", Below { nodes }).map(Answer::Page)
}
