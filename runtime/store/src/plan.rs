//! What a publish changes in the database: typed steps that a person reads first.
//!
//! Computed from two apps alone. Tables are matched by name, or by the name they had before; so are columns. Whatever has no
//! match is new, or gone: a step that loses data carries a name that must be said before it is taken.

mod compare;
pub(crate) mod sentence;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;

use app::App;
use model::{Text, Value};

use crate::{Store, line, sql::Column};
use table::{Index, JoinTable, Table, TableColumn};

/// The steps from one version to the next, in the order they are applied.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The steps; empty when the tables stay as they are.
    pub steps: Vec<Step>,
    /// What works out anew who is above whom, after the steps, where that follows from other columns than before.
    pub(crate) lines: Vec<String>,
}

impl Plan {
    /// Names that must be said: of steps that lose data, and of those whose values were found not to fit but can be converted.
    pub fn to_confirm(&self) -> Vec<String> {
        let losing = self.steps.iter().filter(|step| step.destructive || (step.converts() && step.unfit > Some(0)));
        losing.map(|step| step.name.clone()).collect()
    }

    /// What gets another name, in order: the entity as it is called before, the field if it is one, and the new name.
    pub fn renames(&self) -> Vec<(String, Option<String>, String)> {
        let renamed = self.steps.iter().filter_map(|step| match &step.act {
            Act::RenameTable { entity, before, .. } => Some((before.entity.clone(), None, entity.clone())),
            Act::RenameColumn { entity, before, field, .. } if before.field != *field => {
                Some((entity.clone(), Some(before.field.clone()), field.clone()))
            }
            Act::RenameJoin { entity, before, field, .. } if before != field => {
                Some((entity.clone(), Some(before.clone()), field.clone()))
            }
            _ => None,
        });
        renamed.collect()
    }
}

/// The names said for steps that lose data: `objective.note`, `objective`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confirmed(pub BTreeSet<String>);

impl Confirmed {
    /// These names.
    pub fn names(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is done: `create-table`, `rename-table`, `drop-table`, `add-column`, `rename-column`, `convert-column`,
    /// `drop-column`, `check`, `bound`, `rule`, `create-index`, `drop-index`.
    pub kind: &'static str,
    /// The entity, or entity and field: what must be said to confirm it.
    pub name: String,
    /// The same for people.
    pub sentence: Text,
    /// Whether it loses data, or the protection of what is kept, so that its name must be said.
    pub destructive: bool,
    /// Rows that lose a value; filled by [`Store::measure`] for destructive steps.
    pub lost: Option<i64>,
    /// Values that do not fit; filled by [`Store::measure`] for steps that check. They refuse the publish, unless the step
    /// converts them and its name is said.
    pub unfit: Option<i64>,
    /// Rows whose values lie outside bounds that are new or tighter; filled by [`Store::measure`]. They refuse nothing and
    /// stay as they are stored, but can be saved again only with a value within the bounds.
    pub outside: Option<i64>,
    pub(crate) act: Act,
}

impl Step {
    pub(crate) fn new(act: Act) -> Self {
        Self {
            kind: act.kind(),
            name: act.name(),
            sentence: sentence::of(&act),
            destructive: matches!(act, Act::DropTable(_) | Act::DropColumn { .. } | Act::DropJoin { .. })
                || act.bares(),
            lost: None,
            unfit: None,
            outside: None,
            act,
        }
    }

    /// Whether values that do not fit are rounded to fit when the step's name is said.
    pub fn converts(&self) -> bool {
        matches!(&self.act, Act::Convert { from, to, .. } if from.column.scale() > to.column.scale() && to.column.scale().is_some())
    }
}

/// The machine form of a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    CreateTable(Table),
    RenameTable {
        entity: String,
        before: Table,
        to: String,
    },
    DropTable(Table),
    AddColumn {
        entity: String,
        table: String,
        column: TableColumn,
    },
    RenameColumn {
        entity: String,
        table: String,
        before: TableColumn,
        to: String,
        field: String,
    },
    /// Another type for the same column, which every value takes that fits.
    Convert {
        entity: String,
        table: String,
        from: TableColumn,
        to: Box<TableColumn>,
    },
    DropColumn {
        entity: String,
        table: String,
        column: TableColumn,
    },
    CreateJoin {
        entity: String,
        table: String,
        join: JoinTable,
    },
    RenameJoin {
        entity: String,
        from: String,
        to: String,
        before: String,
        field: String,
    },
    DropJoin {
        entity: String,
        join: JoinTable,
    },
    CreateIndex {
        entity: String,
        table: String,
        index: Index,
    },
    DropIndex {
        entity: String,
        index: Index,
    },
    /// Every record must have a value.
    Require {
        entity: String,
        table: String,
        column: TableColumn,
    },
    /// Texts must be at most so long.
    Shorten {
        entity: String,
        table: String,
        column: TableColumn,
        most: i64,
    },
    /// These codes must not be in use any more.
    Retire {
        entity: String,
        table: String,
        column: TableColumn,
        codes: Vec<String>,
    },
    /// Only these codes may be in use, by values that came without any.
    Admit {
        entity: String,
        table: String,
        column: TableColumn,
        codes: Vec<String>,
    },
    /// Values must not be below the least or above the most, of which at least one is new or tighter than before.
    Bound {
        entity: String,
        table: String,
        column: TableColumn,
        least: Option<Value>,
        most: Option<Value>,
    },
    /// Records must meet something that the database cannot count by.
    Rule {
        entity: String,
        rule: Rule,
    },
    /// What search looks into is another set of columns.
    Search {
        entity: String,
        table: String,
        columns: Vec<String>,
        add: bool,
    },
    /// Where people work in the tree of units is kept beside their records, or no longer.
    Seat {
        entity: String,
        table: String,
        add: bool,
    },
}

/// What records must meet from now on, that they need not have met before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The pattern of this field.
    Pattern(String),
    /// The validation of this field.
    OfField(String),
    /// This validation of the entity.
    OfEntity(String),
}

impl Act {
    fn kind(&self) -> &'static str {
        match self {
            Self::CreateTable(_) => "create-table",
            Self::RenameTable { .. } => "rename-table",
            Self::DropTable(_) => "drop-table",
            Self::AddColumn { .. } | Self::CreateJoin { .. } | Self::Seat { add: true, .. } => "add-column",
            Self::RenameColumn { .. } | Self::RenameJoin { .. } => "rename-column",
            Self::Convert { .. } => "convert-column",
            Self::DropColumn { .. } | Self::DropJoin { .. } | Self::Seat { add: false, .. } => "drop-column",
            Self::CreateIndex { .. } | Self::Search { .. } => "create-index",
            Self::DropIndex { .. } => "drop-index",
            Self::Require { .. } | Self::Shorten { .. } | Self::Retire { .. } | Self::Admit { .. } => "check",
            Self::Bound { .. } => "bound",
            Self::Rule { .. } => "rule",
        }
    }

    /// Whether what was sealed stands in clear afterwards.
    pub(crate) fn bares(&self) -> bool {
        matches!(self, Self::Convert { from, to, .. } if from.column == Column::Secret && to.column != Column::Secret)
    }

    fn name(&self) -> String {
        match self {
            Self::CreateTable(table) | Self::DropTable(table) => table.entity.clone(),
            Self::RenameTable { entity, .. } | Self::Search { entity, .. } | Self::Seat { entity, .. } => {
                entity.clone()
            }
            Self::AddColumn { entity, column, .. }
            | Self::DropColumn { entity, column, .. }
            | Self::Require { entity, column, .. }
            | Self::Shorten { entity, column, .. }
            | Self::Retire { entity, column, .. }
            | Self::Admit { entity, column, .. }
            | Self::Bound { entity, column, .. } => format!("{entity}.{}", column.field),
            Self::Convert { entity, to, .. } => format!("{entity}.{}", to.field),
            Self::Rule { entity, rule: Rule::OfEntity(_) } => entity.clone(),
            Self::RenameColumn { entity, field, .. }
            | Self::RenameJoin { entity, field, .. }
            | Self::Rule { entity, rule: Rule::Pattern(field) | Rule::OfField(field) } => {
                format!("{entity}.{field}")
            }
            Self::CreateJoin { entity, join, .. } | Self::DropJoin { entity, join } => {
                format!("{entity}.{}", join.field)
            }
            Self::CreateIndex { entity, index, .. } | Self::DropIndex { entity, index } => {
                format!("{entity}.{}", index.columns.join("+"))
            }
        }
    }
}

impl Store {
    /// What changes in the database when `after` takes the place of `before`. Pure; [`Store::measure`] adds the counts.
    pub fn plan(before: Option<&App>, after: &App) -> Plan {
        let tables = before.map(table::tables).unwrap_or_default();
        let steps = compare::compare(&tables, &table::tables(after)).into_iter().map(Step::new).collect();
        Plan { steps, lines: line::planned(before, after) }
    }
}
