//! `pages/<name>.yaml`: what people open.

mod home;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use home::{Among, Block, ListBlock, Part, ValueBlock};

use super::{
    Expression, Words,
    entity::{Grain, Scalar},
};

/// A page. `kind` says what it looks like; the properties of other kinds are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Page {
    /// What it looks like.
    pub kind: PageKind,
    /// Title and menu entry.
    pub label: Words,
    /// A sentence below the title.
    #[serde(default)]
    pub help: Option<Words>,
    /// The page's previous name, so that the views people saved of it go along (list).
    #[serde(default)]
    pub renamed_from: Option<String>,
    /// Where it stands in the navigation; without it the page is reached from others only.
    #[serde(default)]
    pub menu: Option<Menu>,
    /// Roles that may open it, by name; everyone who may read its entity unless said.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The entity it shows (all kinds but `home`).
    #[serde(default)]
    pub entity: Option<String>,
    /// Only these records: a condition (list, board, tree).
    #[serde(default)]
    pub filter: Option<Expression>,
    /// Order: field names, `-` before a name for descending (list, board, tree).
    #[serde(default)]
    pub sort: Vec<String>,
    /// Columns: fields or paths (`owner.unit.name`) (list, tree).
    #[serde(default)]
    pub columns: Vec<String>,
    /// Fields offered as quick filters above (list, board); paths from the rows that are measured, which narrow every tile (dashboard).
    #[serde(default)]
    pub filters: Vec<String>,
    /// Ready-made views of the list, by name, beside those people save themselves (list).
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, View>")]
    pub views: IndexMap<String, View>,
    /// Rows per page, 20 unless said (list).
    #[serde(default)]
    pub rows: Option<u32>,
    /// The choice field whose values are the lanes (board).
    #[serde(default)]
    pub lanes: Option<String>,
    /// Fields on a card (board).
    #[serde(default)]
    pub card: Vec<String>,
    /// The reference field to the record above (tree).
    #[serde(default)]
    pub parent: Option<String>,
    /// The form records are entered with (list, board, tree, detail); the entity's standard form unless said.
    #[serde(default)]
    pub form: Option<String>,
    /// Fields in the head of the page, beside the name (detail).
    #[serde(default)]
    pub facts: Vec<String>,
    /// The tabs (detail).
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Tab>")]
    pub tabs: IndexMap<String, Tab>,
    /// The parts the page falls into, in order: each with a heading, below it the blocks that name it (home).
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Part>")]
    pub parts: IndexMap<String, Part>,
    /// The blocks, in order (home).
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Block>")]
    pub blocks: IndexMap<String, Block>,
    /// The entity of whom or what the page is about: the record of the address, else the reader's own person. Unless said, a
    /// dashboard has numbers of everything the reader may see, and a home page is the reader's only (home, dashboard).
    #[serde(default)]
    pub about: Option<String>,
    /// Fields of the record it is about that its reader must be able to read there; whoever may not is refused (home,
    /// dashboard).
    #[serde(default)]
    pub needs: Vec<String>,
    /// The key of a unit: numbers of it and those below it only, by whom or what they are about (dashboard).
    #[serde(default)]
    pub unit: Option<String>,
    /// Length of the periods shown, month unless said (dashboard).
    #[serde(default)]
    pub grain: Option<Grain>,
    /// How many periods are shown, 1 to 60, ending with the newest that has data; 6 unless said (dashboard).
    #[serde(default)]
    pub periods: Option<u32>,
    /// The tiles, in order (dashboard).
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Tile>")]
    pub tiles: IndexMap<String, Tile>,
}

/// What a page looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// A table of records.
    List,
    /// Cards in lanes.
    Board,
    /// Records below records.
    Tree,
    /// One record.
    Detail,
    /// Blocks of several entities; the page after sign-in.
    Home,
    /// Values of terms of the dictionary, as numbers and drawings.
    Dashboard,
}

/// A place in the navigation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    /// A group of `app.yaml`.
    pub group: String,
    /// Smaller comes first.
    #[serde(default)]
    pub order: i32,
    /// Name of an icon; without one that of the page's kind.
    #[serde(default)]
    pub icon: Option<Icon>,
}

/// Icons of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "an icon is what its name says")]
pub enum Icon {
    Home,
    Target,
    Tree,
    Board,
    List,
    People,
    Person,
    Building,
    Calendar,
    Note,
    Chat,
    Star,
    Spark,
    Tag,
    Chart,
    File,
    Settings,
}

/// A ready-made view of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// What people call it.
    pub label: Words,
    /// Only these records.
    #[serde(default)]
    pub filter: Option<Expression>,
    /// Order.
    #[serde(default)]
    pub sort: Vec<String>,
    /// Columns, if others than the page's.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// A tab of a detail page: exactly one of the four.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Tab {
    /// Heading.
    pub label: Words,
    /// Shown only when this holds for the record.
    #[serde(default)]
    pub visible: Option<Expression>,
    /// A form of the entity, shown for reading.
    #[serde(default)]
    pub form: Option<String>,
    /// Records of another entity that belong to this one.
    #[serde(default)]
    pub related: Option<Related>,
    /// Counters: records of another entity counted per value of a field.
    #[serde(default)]
    pub counters: Option<Counters>,
    /// `true`: who changed what.
    #[serde(default)]
    pub history: bool,
}

/// Records of another entity that belong to the record shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Related {
    /// The other entity.
    pub entity: String,
    /// Its reference field that points to this record.
    pub by: String,
    /// Columns.
    pub columns: Vec<String>,
    /// Order.
    #[serde(default)]
    pub sort: Vec<String>,
    /// Offer to add one, with this form.
    #[serde(default)]
    pub add: Option<String>,
}

/// Records counted, or measured, per value of a field, each with its bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// The entity counted.
    pub entity: String,
    /// Its reference field that points to the record shown; on a home page to whom it is about, or to the reader, and may be left out.
    #[serde(default)]
    pub by: Option<String>,
    /// The field whose values are counted (choice, reference, references).
    pub group: String,
    /// `count` unless said, or `sum(field)`, `avg(field)`, `min(field)`, `max(field)`, `distinct(field)`.
    #[serde(default)]
    pub measure: Option<String>,
    /// Numbers without names, by the entity's `anonymity`: for holders of its action `aggregate`, who need not see a
    /// record. A value with too few people behind it shows no number.
    #[serde(default)]
    pub anonymous: bool,
    /// A weighted mean of the means below them: what each value of the choice counts, as in `{manager: 40, peer: 30}`. A
    /// value not named counts nothing; one without a number is left out, and the weights of the others make up the whole.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, u32>")]
    pub weights: IndexMap<String, u32>,
    /// Drawn as a radar besides, with an axis per value: the count beside those of peers.
    #[serde(default)]
    pub radar: Option<Radar>,
}

/// How counts become the axes of a radar: each in percent of a count that most peers do not exceed, 100 at most. Nothing is
/// drawn for a record with fewer than five peers, nor for a reader who does not see every record that is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Radar {
    /// What makes peers: those with the same value here, as a path from the record shown, such as `post`.
    pub peers: String,
    /// How many percent of the peers do not exceed the count that makes 100 (nearest rank); 90 unless said.
    #[serde(default)]
    pub percentile: Option<u32>,
    /// The most that counts of what one gives another in a month.
    #[serde(default)]
    pub cap: Option<Cap>,
}

/// The most that counts of what one gives another in a month, for each value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Cap {
    /// The reference to who gives.
    pub from: String,
    /// The date field that says in which month.
    pub time: String,
    /// So many.
    pub most: u32,
}

/// A tile of a dashboard: the value of a term as a number with its trend, or a drawing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Tile {
    /// The term, by name.
    pub term: String,
    /// Heading; what the term is called unless said.
    #[serde(default)]
    pub label: Option<Words>,
    /// Roles it is for; everyone who may see the term unless said.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Shown only when this holds for the record the page is about.
    #[serde(default)]
    pub visible: Option<Expression>,
    /// Columns of the page it takes, 1 to 3.
    #[serde(default)]
    pub span: Option<u32>,
    /// Length of its periods, where another than the page's.
    #[serde(default)]
    pub grain: Option<Grain>,
    /// How many periods, where others than the page's.
    #[serde(default)]
    pub periods: Option<u32>,
    /// How it is drawn; a number unless said.
    #[serde(default)]
    pub chart: Option<ChartKind>,
    /// Terms drawn beside it, by name.
    #[serde(default)]
    pub with: Vec<String>,
    /// Told apart by this, as a path from the rows that are measured (`person.unit`).
    #[serde(default)]
    pub by: Option<String>,
    /// The text field of the rows that are measured whose words are drawn: in how many rows of the newest period each stands, of
    /// the rows and texts that the reader may read (words). Of very many rows the newest are looked at.
    #[serde(default)]
    pub text: Option<String>,
    /// What it is told apart by next, in order, once the page is narrowed to one of its groups: what the groups above lead down to.
    #[serde(default)]
    pub then: Vec<String>,
    /// What its columns are told apart by, as a path from the rows that are measured (pivot).
    #[serde(default)]
    pub across: Option<String>,
    /// Where the boxes begin and what they are called (nine_box).
    #[serde(default)]
    pub boxes: Option<Boxes>,
    /// The most groups shown, the largest first, 1 to 50; 12 unless said.
    #[serde(default)]
    pub top: Option<u32>,
}

/// Nine boxes: whom two terms are about, by how high they stand in the one and in the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Boxes {
    /// Where somebody stands by the tile's own term, along the bottom.
    pub across: Cuts,
    /// Where somebody stands by the term in `with`, up the side.
    pub up: Cuts,
    /// What the boxes are called: first where one stands along the bottom, then up the side, as in `high_mid`.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<BoxName, Words>")]
    pub labels: IndexMap<BoxName, Words>,
    /// Where it is kept that people put somebody into another box than the numbers say. Whoever may write it moves people on the
    /// page; everybody else who may read it sees them where they were put.
    #[serde(default)]
    pub moved: Option<Moved>,
}

/// The records by which people are put into boxes: one for each subject and period, made when somebody is moved for the first
/// time. The entity's own rules hold; what it requires is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// The entity.
    pub entity: String,
    /// Its reference to whom the terms are about.
    pub subject: String,
    /// Its period field, of the tile's grain.
    pub period: String,
    /// Its choice of `low`, `mid` and `high` for where they stand along the bottom.
    pub across: String,
    /// Its choice of `low`, `mid` and `high` for where they stand up the side.
    pub up: String,
    /// Its text field for the reason.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Where a middling and a high place begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cuts {
    /// What is looked at, `value` unless said.
    #[serde(default)]
    pub by: CutBy,
    /// The least that is middling; the most, where less is better.
    pub mid: Scalar,
    /// The least that is high; the most, where less is better.
    pub high: Scalar,
}

/// What says how high somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CutBy {
    /// The value as it is shown.
    #[default]
    Value,
    /// Its score, by the term's scale.
    Score,
    /// Its place among the peers, from 0 for the worst to 100 for the only best.
    Place,
}

/// One of nine boxes: along the bottom, then up the side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a box is what its name says")]
pub enum BoxName {
    LowLow,
    LowMid,
    LowHigh,
    MidLow,
    MidMid,
    MidHigh,
    HighLow,
    HighMid,
    HighHigh,
}

/// How a tile is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Lines over the periods: one per term, or one per group.
    Line,
    /// Bars: over the periods, or of the newest period over the groups.
    Bar,
    /// Bars over the periods, made of the terms or of the groups.
    Stacked,
    /// The newest period around a centre: an axis per group, or per term.
    Radar,
    /// The newest period as steps that become fewer: per term, or per group.
    Funnel,
    /// A cell per group and period.
    Heat,
    /// What each group changed from the period before to the newest.
    Waterfall,
    /// The newest value on a half circle.
    Gauge,
    /// The groups, as large as their values in the newest period.
    Words,
    /// A table over the periods: a column per term, or a row per group.
    Table,
    /// A table of the newest period: a row per group of `by`, a column per group of `across`, with totals.
    Pivot,
    /// Nine boxes of the newest period: whom two terms are about, counted by how high they stand in both.
    NineBox,
}
