//! What comes from what: fields, formulas over them, terms measured from both, terms made from terms, pages that show them.
//! All of it is what the compiler knows; nothing is written down by hand.

use std::collections::BTreeSet;

use formula::Path;
use metrics::{Term, Usage};
use model::{FieldId, Locale, PageId, TermId, Text};

use crate::{App, Block, BlockKind, Field, Page, PageKind, Rule, Tab, TabKind, meaning::meant_otherwise, page::Tile};

/// Something that comes from something, or something comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// A field of an entity.
    Field(FieldId),
    /// A term.
    Term(TermId),
}

/// What a term comes from and what comes from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Everything that takes part, sources before what is made from them.
    pub nodes: Vec<Node>,
    /// From what to what, as places in `nodes`.
    pub edges: Vec<(usize, usize)>,
}

/// Something that a change of a term touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermUse {
    /// A term made from it.
    Term(TermId),
    /// A page that shows it, or a term made from it.
    Page(PageId),
    /// A rule that watches it, or a term made from it: its place in [`App::rules`].
    Rule(usize),
}

/// Where a number is shown or used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On a page, in this block, tile or tab.
    Page(PageId, String),
    /// In a rule: its place in [`App::rules`].
    Rule(usize),
}

/// A number shown on a page, or used by a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Where.
    pub place: Place,
    /// The term it shows, where it shows one.
    pub term: Option<TermId>,
    /// What the dictionary has to do with it. Whether that version of the term is approved is known to whoever asks people.
    pub usage: Usage,
}

impl App {
    /// What a node is made from.
    pub(crate) fn sources(&self, node: Node) -> BTreeSet<Node> {
        match node {
            Node::Field(id) => {
                let paths = self.field(id).map(crate::Field::reads).unwrap_or_default();
                paths.iter().flat_map(|path| path.hops.iter().chain([&path.field])).map(|id| Node::Field(*id)).collect()
            }
            Node::Term(id) => match self.term(id) {
                Some(term) => match term.base() {
                    Some(base) => {
                        let all = base.reads().into_iter().flat_map(|path| path.hops.iter().chain([&path.field]));
                        all.map(|id| Node::Field(*id)).collect()
                    }
                    None => term.measure.terms().iter().map(|id| Node::Term(*id)).collect(),
                },
                None => BTreeSet::new(),
            },
        }
    }

    /// Everything a term comes from, and the terms that come from it.
    pub fn lineage(&self, term: TermId) -> Lineage {
        let mut all = BTreeSet::from([Node::Term(term)]);
        let mut open: Vec<Node> = vec![Node::Term(term)];
        for other in self.terms().iter().filter(|other| other.id != term) {
            if self.comes_from(Node::Term(other.id), Node::Term(term)) {
                all.insert(Node::Term(other.id));
            }
        }
        while let Some(node) = open.pop() {
            for source in self.sources(node) {
                if all.insert(source) {
                    open.push(source);
                }
            }
        }
        let mut nodes: Vec<Node> = Vec::new();
        // Sources first. What goes round in a circle, as formulas over parents and children do, keeps its order.
        while nodes.len() < all.len() {
            let rest: Vec<Node> = all.iter().copied().filter(|node| !nodes.contains(node)).collect();
            let ready =
                |node: &&Node| self.sources(**node).iter().all(|source| source == *node || !rest.contains(source));
            let next: Vec<Node> = rest.iter().filter(ready).copied().collect();
            if next.is_empty() {
                nodes.extend(rest.first());
            } else {
                nodes.extend(next);
            }
        }
        let mut edges = Vec::new();
        for (to, node) in nodes.iter().enumerate() {
            for source in self.sources(*node) {
                edges.extend(
                    nodes.iter().position(|known| *known == source).filter(|from| *from != to).map(|from| (from, to)),
                );
            }
        }
        Lineage { nodes, edges }
    }

    /// Whether one comes from the other, over any number of steps.
    pub fn comes_from(&self, what: Node, from: Node) -> bool {
        let (mut open, mut seen) = (vec![what], BTreeSet::new());
        while let Some(node) = open.pop() {
            for source in self.sources(node) {
                if source == from {
                    return true;
                }
                if seen.insert(source) {
                    open.push(source);
                }
            }
        }
        false
    }

    /// The terms that come from something.
    pub fn terms_from(&self, from: Node) -> Vec<&Term> {
        self.terms().iter().filter(|term| self.comes_from(Node::Term(term.id), from)).collect()
    }

    /// Everything that a change of a term touches: terms made from it, the pages that show any of them, and the rules that
    /// watch one.
    pub fn term_uses(&self, term: TermId) -> Vec<TermUse> {
        let from: Vec<TermId> = self.terms_from(Node::Term(term)).into_iter().map(|term| term.id).collect();
        let meant = |id: &TermId| *id == term || from.contains(id);
        let mut uses: Vec<TermUse> = from.iter().copied().map(TermUse::Term).collect();
        // A term that is only drawn beside another is shown as well.
        let shows = |tile: &Tile| std::iter::once(&tile.term).chain(&tile.with).any(meant);
        uses.extend(self.pages().iter().filter_map(|page| match &page.kind {
            PageKind::Dashboard(board) if board.tiles.iter().any(shows) => Some(TermUse::Page(page.id)),
            PageKind::Home(home) => {
                let shows = |block: &Block| matches!(&block.kind, BlockKind::Term(shown) if meant(&shown.term));
                home.blocks.iter().any(shows).then_some(TermUse::Page(page.id))
            }
            _ => None,
        }));
        let rules = self.rules().iter().enumerate();
        let watching = rules.filter(|(_, rule)| rule.watch.as_ref().is_some_and(|watching| meant(&watching.term)));
        uses.extend(watching.map(|(at, _)| TermUse::Rule(at)));
        uses
    }

    /// The terms that a page shows or a rule watches, each once; of a term, those it is made from.
    pub fn terms_used(&self, by: TermUse) -> BTreeSet<TermId> {
        match by {
            TermUse::Term(id) => self.term(id).map(|term| term.measure.terms().iter().copied().collect()),
            TermUse::Page(id) => self.page(id).map(|page| match &page.kind {
                PageKind::Dashboard(board) => {
                    board.tiles.iter().flat_map(|tile| std::iter::once(&tile.term).chain(&tile.with)).copied().collect()
                }
                PageKind::Home(home) => {
                    let shown = home.blocks.iter().filter_map(|block| match &block.kind {
                        BlockKind::Term(shown) => Some(shown.term),
                        _ => None,
                    });
                    shown.collect()
                }
                _ => BTreeSet::new(),
            }),
            TermUse::Rule(at) => {
                let watched = self.rules().get(at).and_then(|rule| rule.watch.as_ref());
                watched.map(|watching| BTreeSet::from([watching.term]))
            }
        }
        .unwrap_or_default()
    }

    /// The fields in which records name a term by its code, of whatever app they are.
    pub fn term_fields(&self) -> impl Iterator<Item = &Field> {
        let all = self.entities().iter().flat_map(|entity| self.fields_of(entity));
        all.filter(|field| field.term)
    }

    /// The pages that list the values of a field, each once: in a column, or among the facts of a record.
    pub fn pages_listing(&self, field: FieldId) -> Vec<PageId> {
        let lists = |paths: &[Path]| paths.iter().any(|path| path.field == field);
        let shows = |page: &&Page| match &page.kind {
            PageKind::List { view, views, .. } => {
                lists(&view.columns) || views.iter().any(|one| lists(&one.view.columns))
            }
            PageKind::Board { view, .. } | PageKind::Tree { view, .. } => lists(&view.columns),
            PageKind::Detail { facts, tabs, .. } => {
                let related = |tab: &Tab| match &tab.kind {
                    TabKind::Related(related) => lists(&related.view.columns),
                    _ => false,
                };
                lists(facts) || tabs.iter().any(related)
            }
            PageKind::Home(home) => home.blocks.iter().any(|block| match &block.kind {
                BlockKind::List { view, .. } => lists(&view.columns),
                BlockKind::Value { .. } | BlockKind::Term(_) | BlockKind::Counters(_) => false,
            }),
            // What words are drawn of can be read from them.
            PageKind::Dashboard(board) => board.tiles.iter().any(|tile| tile.text == Some(field)),
        };
        self.pages().iter().filter(shows).map(|page| page.id).collect()
    }

    /// The name of a node, as definitions write it.
    pub fn node_name(&self, node: Node) -> String {
        match node {
            Node::Field(id) => {
                let field = self.field(id);
                let entity = field.and_then(|field| self.entity(field.entity));
                field.zip(entity).map(|(field, entity)| format!("{}.{}", entity.name, field.name)).unwrap_or_default()
            }
            Node::Term(id) => self.term(id).map(|term| term.name.to_string()).unwrap_or_default(),
        }
    }

    /// The numbers that pages show and rules use. One that a page or a rule measures by itself is bound to no term.
    pub fn numbers_shown(&self) -> Vec<Shown> {
        let mut found = Vec::new();
        for (at, rule) in self.rules().iter().enumerate() {
            let (term, usage) = match &rule.watch {
                // A rule is called what it warns of, not by the term's name.
                Some(watching) => (Some(watching.term), Usage { bound: true, local: false, named: true }),
                None if self.measures_by_hand(rule) => (None, Usage { bound: false, local: true, named: false }),
                None => continue,
            };
            found.push(Shown { place: Place::Rule(at), term, usage });
        }
        for page in self.pages() {
            let place = |block: &str| Place::Page(page.id, block.to_owned());
            let shown = |block: &str, term, usage| Shown { place: place(block), term, usage };
            match &page.kind {
                PageKind::Home(home) => found.extend(home.blocks.iter().filter_map(|block| match &block.kind {
                    BlockKind::Value { .. } | BlockKind::Counters(_) => {
                        Some(shown(&block.name, None, Usage { bound: false, local: true, named: false }))
                    }
                    BlockKind::Term(made) => {
                        let named = self.term(made.term).is_some_and(|term| called(term, &block.label));
                        Some(shown(&block.name, Some(made.term), Usage { bound: true, local: false, named }))
                    }
                    BlockKind::List { .. } => None,
                })),
                PageKind::Dashboard(board) => found.extend(board.tiles.iter().flat_map(|tile| {
                    let own = self.term(tile.term).map(|term| (term.id, called(term, &tile.label)));
                    // What is drawn beside it is called what the dictionary calls it.
                    let beside = tile.with.iter().map(|term| (*term, true));
                    let all = own.into_iter().chain(beside);
                    let shown =
                        |(term, named)| shown(&tile.name, Some(term), Usage { bound: true, local: false, named });
                    all.map(shown).collect::<Vec<_>>()
                })),
                PageKind::Detail { tabs, .. } => found.extend(tabs.iter().filter_map(|tab| match &tab.kind {
                    // Counts per value, with a radar or without one, are the page's own.
                    TabKind::Counters(_) => {
                        Some(shown(&tab.name, None, Usage { bound: false, local: true, named: false }))
                    }
                    TabKind::Form(_) | TabKind::Related(_) | TabKind::History => None,
                })),
                PageKind::List { .. } | PageKind::Board { .. } | PageKind::Tree { .. } => {}
            }
        }
        found
    }
}

impl App {
    /// Whether a rule decides by a number that it, or a field it reads, adds up over other records.
    fn measures_by_hand(&self, rule: &Rule) -> bool {
        let without = rule.without.as_ref().and_then(|without| without.condition.as_ref());
        let reads = rule.condition.iter().chain(without).flat_map(|condition| condition.reads());
        let mut open: Vec<Node> =
            reads.flat_map(|path| path.hops.iter().chain([&path.field])).map(|id| Node::Field(*id)).collect();
        let mut seen: BTreeSet<Node> = open.iter().copied().collect();
        while let Some(node) = open.pop() {
            let Node::Field(id) = node else { continue };
            let adds = |field: &crate::Field| {
                field.rollup.is_some() || matches!(field.kind, crate::FieldKind::Children { .. })
            };
            if self.field(id).is_some_and(adds) {
                return true;
            }
            open.extend(self.sources(node).into_iter().filter(|source| seen.insert(*source)));
        }
        false
    }
}

/// Whether a heading calls a term by one of its names in each language it is written in; an empty one leaves it to the term.
fn called(term: &Term, heading: &Text) -> bool {
    let by_name = |locale: Locale| {
        let said = heading.get(locale);
        heading.lacks(locale) || term.names(locale).any(|name| name == said)
    };
    heading.is_empty() || Locale::ALL.into_iter().all(by_name)
}

/// What a publish does to numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// What is changed: a term, or a field that terms are measured from.
    pub what: String,
    /// How.
    pub how: How,
    /// The terms that come from it, by name.
    pub terms: Vec<String>,
}

/// How something is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A field is no longer there.
    FieldGone,
    /// A field is computed otherwise, or holds something else.
    FieldChanged,
    /// A term is no longer there.
    TermGone,
    /// A term is measured otherwise, in a new version.
    TermChanged,
    /// A term is measured otherwise and its version stays.
    SameVersion,
    /// A term is measured as before, and its numbers are judged otherwise in a new version: direction, target, scale and
    /// the like.
    MeansOtherwise,
    /// The same, and its version stays.
    SameVersionMeansOtherwise,
}

impl How {
    /// Whether it is a field that is changed, and not a term.
    pub fn of_field(self) -> bool {
        matches!(self, Self::FieldGone | Self::FieldChanged)
    }

    /// The word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::FieldGone => "field-gone",
            Self::FieldChanged => "field-changed",
            Self::TermGone => "term-gone",
            Self::TermChanged => "term-changed",
            Self::SameVersion => "term-changed-same-version",
            Self::MeansOtherwise => "term-means-otherwise",
            Self::SameVersionMeansOtherwise => "term-means-otherwise-same-version",
        }
    }
}

/// Everything a publish does to numbers: what is changed or gone, and which terms come from it.
pub fn touched(before: &App, after: &App) -> Vec<Touched> {
    let names = |terms: Vec<&Term>| terms.into_iter().map(|term| term.name.to_string()).collect::<Vec<_>>();
    let mut found = Vec::new();
    for entity in before.entities() {
        let now = after.entity_named(entity.name.as_str());
        for field in before.fields_of(entity) {
            let terms = names(before.terms_from(Node::Field(field.id)));
            if terms.is_empty() {
                continue;
            }
            let is = now.and_then(|now| after.field_named(now.id, field.name.as_str()));
            let renamed = now.is_some_and(|now| {
                after.fields_of(now).any(|other| other.renamed_from.as_deref() == Some(field.column.as_str()))
            });
            let source = |field: &crate::Field| field.computation().map(str::to_owned);
            let how = match is {
                None if renamed => continue,
                None => How::FieldGone,
                Some(is) if source(is) != source(field) => How::FieldChanged,
                Some(is) if std::mem::discriminant(&is.kind) != std::mem::discriminant(&field.kind) => {
                    How::FieldChanged
                }
                Some(_) => continue,
            };
            found.push(Touched { what: before.node_name(Node::Field(field.id)), how, terms });
        }
    }
    for term in before.terms() {
        let terms = names(before.terms_from(Node::Term(term.id)));
        let how = match after.term_named(term.name.as_str()) {
            None => How::TermGone,
            Some(is) if after.fingerprint(is) == before.fingerprint(term) => {
                // What became of fields stands above.
                match meant_otherwise(before, term, after, is).iter().any(|part| *part != "fields") {
                    true if is.version == term.version => How::SameVersionMeansOtherwise,
                    true => How::MeansOtherwise,
                    false => continue,
                }
            }
            Some(is) if is.version == term.version => How::SameVersion,
            Some(_) => How::TermChanged,
        };
        found.push(Touched { what: term.name.to_string(), how, terms });
    }
    found
}
