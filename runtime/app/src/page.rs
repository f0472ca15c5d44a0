//! Pages.

pub mod boxes;
pub mod weighted;

use formula::{Formula, Path, Predicate};
use model::{EntityId, FieldId, FormId, Grain, Name, PageId, RoleId, TermId, Text};
use policy::{Measure, Sort};

/// What people open.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its id.
    pub id: PageId,
    /// Its name, in addresses.
    pub name: Name,
    /// The app it belongs to.
    pub app: Name,
    /// Title.
    pub label: Text,
    /// A sentence below it; may be empty.
    pub help: Text,
    /// Its previous name, whose saved views are its own from now on.
    pub renamed_from: Option<String>,
    /// Where it stands in the navigation.
    pub menu: Option<Menu>,
    /// Roles that may open it; empty for everyone who may read its entity.
    pub roles: Vec<RoleId>,
    /// What it shows.
    pub kind: PageKind,
}

/// A place in the navigation.
#[derive(Debug, Clone)]
pub struct Menu {
    /// A group of the app's menu.
    pub group: String,
    /// Smaller comes first.
    pub order: i32,
    /// Its icon, if it has one of its own.
    pub icon: Option<Icon>,
}

/// Icons, by the names definitions use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icon(pub String);

/// What a page shows.
#[derive(Debug, Clone)]
pub enum PageKind {
    /// A table of records.
    List {
        /// What it lists.
        view: ListView,
        /// Ready-made views.
        views: Vec<SavedView>,
        /// Fields offered as quick filters.
        filters: Vec<FieldId>,
        /// Rows per page.
        rows: u32,
        /// The form records are entered with.
        form: Option<FormId>,
    },
    /// Cards in lanes.
    Board {
        /// What it shows; the columns are the card's fields.
        view: ListView,
        /// The choice field of the lanes.
        lanes: FieldId,
        /// Fields offered as quick filters.
        filters: Vec<FieldId>,
        /// The form records are entered with.
        form: Option<FormId>,
    },
    /// Records below records.
    Tree {
        /// What it shows.
        view: ListView,
        /// The reference to the record above.
        parent: FieldId,
        /// The form records are entered with.
        form: Option<FormId>,
    },
    /// One record.
    Detail {
        /// The entity.
        entity: EntityId,
        /// Fields in the head of the page.
        facts: Vec<Path>,
        /// The tabs.
        tabs: Vec<Tab>,
        /// The form the record is edited with.
        form: Option<FormId>,
    },
    /// Blocks of several entities.
    Home(Home),
    /// Values of terms.
    Dashboard(Dashboard),
}

/// Records of one entity, chosen, ordered and cut into columns.
#[derive(Debug, Clone)]
pub struct ListView {
    /// The entity.
    pub entity: EntityId,
    /// Only these records.
    pub filter: Predicate,
    /// Order.
    pub sort: Vec<Sort>,
    /// Columns.
    pub columns: Vec<Path>,
}

/// A ready-made view of a list.
#[derive(Debug, Clone)]
pub struct SavedView {
    /// Its name, in addresses.
    pub name: String,
    /// What people call it.
    pub label: Text,
    /// What it lists.
    pub view: ListView,
}

/// A tab of a detail page.
#[derive(Debug, Clone)]
pub struct Tab {
    /// Its name, in addresses.
    pub name: String,
    /// Heading.
    pub label: Text,
    /// Shown only when this holds for the record.
    pub visible: Option<Formula>,
    /// What it shows.
    pub kind: TabKind,
}

/// What a tab shows.
#[derive(Debug, Clone)]
pub enum TabKind {
    /// A form, for reading.
    Form(FormId),
    /// Records that belong to this one.
    Related(Box<Related>),
    /// Counts per value.
    Counters(Counters),
    /// Who changed what.
    History,
}

/// Records that belong to the one shown.
#[derive(Debug, Clone)]
pub struct Related {
    /// What it lists.
    pub view: ListView,
    /// The reference to the record shown.
    pub by: FieldId,
    /// The form to add one with.
    pub add: Option<FormId>,
}

/// Records counted, or measured, per value of a field.
#[derive(Debug, Clone)]
pub struct Counters {
    /// The entity counted.
    pub entity: EntityId,
    /// The reference to the record shown; on a home page to whom it is about, or to the reader.
    pub by: Option<FieldId>,
    /// The field whose values are counted.
    pub group: FieldId,
    /// The number per value.
    pub measure: Measure,
    /// Over records the reader need not see, by the entity's anonymity.
    pub anonymous: bool,
    /// What each value counts in a weighted mean of the numbers, which are means; empty for no such mean.
    pub weights: Vec<(String, u32)>,
    /// The counts as a radar, beside those of peers.
    pub radar: Option<Radar>,
}

/// How counts become the axes of a radar.
#[derive(Debug, Clone)]
pub struct Radar {
    /// What makes peers, from the record shown.
    pub peers: Path,
    /// How many percent of the peers do not exceed the count that makes 100.
    pub percentile: u32,
    /// The most that counts of what one gives another in a month.
    pub cap: Option<Cap>,
}

/// The most that counts of what one gives another in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// The reference to who gives.
    pub from: FieldId,
    /// The date field that says in which month.
    pub time: FieldId,
    /// So many.
    pub most: u32,
}

/// Blocks of several entities, perhaps in parts.
#[derive(Debug, Clone, Default)]
pub struct Home {
    /// The entity of whom or what it is about; `None` for a page that is the reader's only.
    pub about: Option<EntityId>,
    /// Fields of that record that its reader must be able to read.
    pub needs: Vec<FieldId>,
    /// The parts, in order: their names and headings.
    pub parts: Vec<(String, Text)>,
    /// The blocks.
    pub blocks: Vec<Block>,
}

/// A block of a home page.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its name, in addresses.
    pub name: String,
    /// Heading.
    pub label: Text,
    /// Roles it is for; empty for everyone.
    pub roles: Vec<RoleId>,
    /// The part it stands in; `None` for above all of them.
    pub part: Option<String>,
    /// Columns it takes, 1 to 3.
    pub span: u32,
    /// A page to go on to.
    pub more: Option<PageId>,
    /// The form to add a record with.
    pub add: Option<FormId>,
    /// What it shows.
    pub kind: BlockKind,
}

/// What a block shows.
#[derive(Debug, Clone)]
pub enum BlockKind {
    /// The first records of a list.
    List {
        /// What it lists.
        view: ListView,
        /// The reference to whom the page is about, or to the reader.
        by: Option<FieldId>,
        /// How many.
        rows: u32,
    },
    /// One number.
    Value {
        /// Over which entity.
        entity: EntityId,
        /// Only these records.
        filter: Predicate,
        /// Which number.
        measure: Measure,
        /// Over records the reader need not see, by the entity's anonymity.
        anonymous: bool,
    },
    /// One number that the dictionary defines.
    Term(TermBlock),
    /// Counts per value.
    Counters(Counters),
}

/// The newest value of a term, or values of its newest period.
#[derive(Debug, Clone, PartialEq)]
pub struct TermBlock {
    /// The term.
    pub term: TermId,
    /// Length of its period, where another than it is usually asked by.
    pub grain: Option<Grain>,
    /// Whether it is the value of whom the page is about, or of the reader, and not of everything they see.
    pub own: bool,
    /// Of whose rows; `None` for all that the reader sees.
    pub among: Option<Among>,
    /// What it is told apart by; `None` for one number.
    pub by: Option<By>,
    /// The most groups shown.
    pub top: u32,
}

/// Whose rows of a term count, from where the reader stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Among {
    /// How whoever they are about stands to the reader.
    pub whose: Whose,
    /// The entity of the rows.
    pub entity: EntityId,
    /// The condition they meet.
    pub rows: Predicate,
}

/// How somebody or a unit stands to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// They report to the reader directly.
    MyReports,
    /// They are in a unit that the reader heads, or below it.
    MyUnits,
    /// They are in a unit that the reader looks after, or below it.
    PartneredUnits,
}

/// Values of terms of the dictionary.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// The entity of whom or what they are about; `None` for everything the reader may see.
    pub about: Option<EntityId>,
    /// Fields of that record that the reader must be able to read.
    pub needs: Vec<FieldId>,
    /// The key of the unit they are of, with those below it; `None` for all.
    pub unit: Option<String>,
    /// Length of the periods.
    pub grain: Grain,
    /// How many of them.
    pub periods: u32,
    /// What every tile can be narrowed by.
    pub filters: Vec<By>,
    /// The tiles, in order.
    pub tiles: Vec<Tile>,
}

/// A tile of a dashboard.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Its name, in addresses.
    pub name: String,
    /// The term.
    pub term: TermId,
    /// Heading; empty for what the term is called.
    pub label: Text,
    /// Roles it is for; empty for everyone.
    pub roles: Vec<RoleId>,
    /// Shown only when this holds for the record the page is about.
    pub visible: Option<Predicate>,
    /// Columns it takes, 1 to 3.
    pub span: u32,
    /// Length of its periods, where another than the page's.
    pub grain: Option<Grain>,
    /// How many of them, where others than the page's.
    pub periods: Option<u32>,
    /// How it is drawn; `None` for a number.
    pub chart: Option<ChartKind>,
    /// Terms drawn beside it.
    pub with: Vec<TermId>,
    /// What it is told apart by.
    pub by: Option<By>,
    /// The text of its rows whose words it shows, where it shows those.
    pub text: Option<FieldId>,
    /// What it is told apart by next, once the page is narrowed to one group.
    pub then: Vec<By>,
    /// What its columns are told apart by (pivot).
    pub across: Option<By>,
    /// Where its boxes begin and what they are called (nine-box).
    pub boxes: Option<boxes::Boxes>,
    /// The most groups shown.
    pub top: u32,
}

/// What the values of a tile are told apart by.
#[derive(Debug, Clone, PartialEq)]
pub struct By {
    /// As its author wrote it, which means the same for every term of the tile.
    pub written: String,
    /// The path from the rows of the first term.
    pub path: Path,
}

/// How a tile is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChartKind {
    /// Lines over the periods.
    Line,
    /// Bars over the periods or the groups.
    Bar,
    /// Bars over the periods, made of parts.
    Stacked,
    /// Axes around a centre.
    Radar,
    /// Steps that become fewer.
    Funnel,
    /// A cell per group and period.
    Heat,
    /// What each group changed.
    Waterfall,
    /// One value on a half circle.
    Gauge,
    /// Words as large as their values.
    Words,
    /// Numbers only.
    Table,
    /// Numbers of the newest period in rows and columns.
    Pivot,
    /// People in nine boxes.
    NineBox,
}
