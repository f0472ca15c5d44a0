//! Pages.

pub mod weighted;

use formula::{Formula, Path, Predicate};
use model::{EntityId, FieldId, FormId, Name, PageId, RoleId, Text};
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
    /// Its icon.
    pub icon: Icon,
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
    Home {
        /// The blocks.
        blocks: Vec<Block>,
    },
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
    /// The reference to the record shown, or to the reader on a home page.
    pub by: Option<FieldId>,
    /// The field whose values are counted.
    pub group: FieldId,
    /// The number per value.
    pub measure: Measure,
    /// Over records the reader need not see, by the entity's anonymity.
    pub anonymous: bool,
    /// What each value counts in a weighted mean of the numbers, which are means; empty for no such mean.
    pub weights: Vec<(String, u32)>,
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
    /// Counts per value.
    Counters(Counters),
}
