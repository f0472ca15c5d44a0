//! Two sets of tables to the steps between them.
//!
//! Order: indexes go first, so that columns are free to change; then names change, tables come, columns go, columns come and
//! change; tables go; checks run on what is there by then; indexes come last and check uniqueness.
//!
//! INVARIANT: a former name counts only while it is the name of something before, of nothing after, and the present name is
//! new: whoever leaves `renamed_from` in a definition gets one rename, and may rename back.

use std::{cmp::Ordering, collections::HashMap};

use model::Value;

use super::{
    Act, Rule,
    table::{Table, TableColumn, Texts},
};
use crate::sql::Column;

pub(super) fn compare(before: &[Table], after: &[Table]) -> Vec<Act> {
    let mut acts = Acts::default();
    let mut kept: Vec<&str> = Vec::new();
    for table in after {
        let same = before.iter().find(|old| old.name == table.name);
        let renamed = || {
            let former = table.renamed_from.as_deref()?;
            before.iter().find(|old| old.name == former && !after.iter().any(|new| new.name == former))
        };
        match same.or_else(renamed) {
            Some(old) => {
                kept.push(&old.name);
                acts.table(old, table, before, after);
            }
            None => acts.create(table),
        }
    }
    for old in before.iter().filter(|old| !kept.contains(&old.name.as_str())) {
        acts.last.push(Act::DropTable(old.clone()));
    }
    acts.in_order()
}

#[derive(Default)]
struct Acts {
    unindex: Vec<Act>,
    rename: Vec<Act>,
    create: Vec<Act>,
    drop: Vec<Act>,
    change: Vec<Act>,
    last: Vec<Act>,
    check: Vec<Act>,
    index: Vec<Act>,
}

impl Acts {
    fn in_order(self) -> Vec<Act> {
        [self.unindex, self.rename, self.create, self.drop, self.change, self.last, self.check, self.index].concat()
    }

    fn create(&mut self, table: &Table) {
        self.create.push(Act::CreateTable(table.clone()));
        for join in &table.joins {
            // Its target may be made later than its owner.
            self.change.push(Act::CreateJoin {
                entity: table.entity.clone(),
                table: table.name.clone(),
                join: join.clone(),
            });
        }
    }

    fn table(&mut self, old: &Table, new: &Table, before: &[Table], after: &[Table]) {
        let (entity, table) = (new.entity.clone(), new.name.clone());
        if old.name != new.name {
            self.rename.push(Act::RenameTable { entity: entity.clone(), before: old.clone(), to: table.clone() });
        }
        let mut matched: Vec<&str> = Vec::new();
        let mut changed: Vec<String> = Vec::new();
        let mut renames: HashMap<&str, &str> = HashMap::new();
        for column in &new.columns {
            let former = |name: &str| old.columns.iter().find(|old| old.name == name);
            let renamed = || {
                let name = column.renamed_from.as_deref()?;
                former(name).filter(|_| !new.columns.iter().any(|new| new.name == name))
            };
            let Some(was) = former(&column.name).or_else(renamed) else {
                self.change.push(Act::AddColumn {
                    entity: entity.clone(),
                    table: table.clone(),
                    column: column.clone(),
                });
                continue;
            };
            matched.push(&was.name);
            if was.name != column.name {
                renames.insert(&was.name, &column.name);
                changed.push(was.name.clone());
                self.rename.push(Act::RenameColumn {
                    entity: entity.clone(),
                    table: table.clone(),
                    before: was.clone(),
                    to: column.name.clone(),
                    field: column.field.clone(),
                });
            }
            self.column(&entity, &table, was, column, before, after, &mut changed);
        }
        for gone in old.columns.iter().filter(|column| !matched.contains(&column.name.as_str())) {
            self.drop.push(Act::DropColumn { entity: entity.clone(), table: table.clone(), column: gone.clone() });
        }
        // A condition is known by what it says: under another name it is the same.
        let says = |says: &str| old.validations.iter().any(|(_, known)| known == says);
        for (name, _) in new.validations.iter().filter(|(_, rule)| !says(rule)) {
            self.check.push(Act::Rule { entity: entity.clone(), rule: Rule::OfEntity(name.clone()) });
        }
        self.joins(old, new, before, after);
        self.indexes(old, new, &changed);
        if old.seated != new.seated {
            let act = Act::Seat { entity: entity.clone(), table: table.clone(), add: new.seated };
            if new.seated { self.change.push(act) } else { self.drop.push(act) }
        }
        let searched: Vec<&str> =
            old.search.iter().map(|name| renames.get(name.as_str()).map_or(&**name, |to| *to)).collect();
        if searched != new.search {
            let add = old.search.is_empty();
            self.check.push(Act::Search { entity, table, columns: new.search.clone(), add });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one column in its two versions and what surrounds it")]
    fn column(
        &mut self,
        entity: &str,
        table: &str,
        was: &TableColumn,
        is: &TableColumn,
        before: &[Table],
        after: &[Table],
        changed: &mut Vec<String>,
    ) {
        let (entity, table) = (entity.to_owned(), table.to_owned());
        let led = was.references.as_deref().map(|target| now_called(target, before, after));
        let leads_elsewhere = led != is.references.as_deref().map(Some);
        if leads_elsewhere || !converts(was, is) {
            // Not the same kind of value any more: the old one goes behind its name, a new one comes.
            let gone = TableColumn { name: is.name.clone(), ..was.clone() };
            changed.push(was.name.clone());
            self.drop.push(Act::DropColumn { entity: entity.clone(), table: table.clone(), column: gone });
            self.change.push(Act::AddColumn { entity, table, column: is.clone() });
            return;
        }
        if was.column != is.column {
            changed.push(was.name.clone());
            let from = TableColumn { name: is.name.clone(), ..was.clone() };
            self.change.push(Act::Convert {
                entity: entity.clone(),
                table: table.clone(),
                from,
                to: Box::new(is.clone()),
            });
        }
        let before = was.longest.or_else(|| written(was.column));
        let shorter = is.longest.filter(|most| before.is_none_or(|before| before > *most));
        if let Some(most) = shorter {
            self.check.push(Act::Shorten { entity: entity.clone(), table: table.clone(), column: is.clone(), most });
        }
        self.rules(&entity, &table, was, is);
        let (of, column) = (entity.clone(), is.clone());
        match (&was.codes, &is.codes) {
            (Some(old), Some(new)) => {
                let codes: Vec<String> = old.iter().filter(|code| !new.contains(code)).cloned().collect();
                if !codes.is_empty() {
                    self.check.push(Act::Retire { entity: of, table: table.clone(), column, codes });
                }
            }
            (None, Some(new)) => {
                self.check.push(Act::Admit { entity: of, table: table.clone(), column, codes: new.clone() });
            }
            _ => {}
        }
        if is.required && !was.required {
            self.check.push(Act::Require { entity, table, column: is.clone() });
        }
    }

    /// What values need not have met before. Bounds are told as far as they are new or tighter.
    fn rules(&mut self, entity: &str, table: &str, was: &TableColumn, is: &TableColumn) {
        // Bounds of a text are about its length, which says nothing of the value it was.
        let comparable = was.column.is_text() == is.column.is_text();
        let tighter = |was: Option<&Value>, is: Option<&Value>, looser: Ordering| {
            let before = was.filter(|_| comparable);
            let stays = |bound: &Value| before.and_then(|before| before.compare(bound)).is_some_and(|o| o != looser);
            is.filter(|bound| !stays(bound)).cloned()
        };
        let least = tighter(was.least.as_ref(), is.least.as_ref(), Ordering::Less);
        let most = tighter(was.most.as_ref(), is.most.as_ref(), Ordering::Greater);
        if least.is_some() || most.is_some() {
            let (entity, table, column) = (entity.to_owned(), table.to_owned(), is.clone());
            self.check.push(Act::Bound { entity, table, column, least, most });
        }
        if is.pattern.is_some() && is.pattern != was.pattern {
            self.check.push(Act::Rule { entity: entity.to_owned(), rule: Rule::Pattern(is.field.clone()) });
        }
        if is.validation.is_some() && is.validation != was.validation {
            self.check.push(Act::Rule { entity: entity.to_owned(), rule: Rule::OfField(is.field.clone()) });
        }
    }

    fn joins(&mut self, old: &Table, new: &Table, before: &[Table], after: &[Table]) {
        let (entity, table) = (new.entity.clone(), new.name.clone());
        let mut matched: Vec<&str> = Vec::new();
        for join in &new.joins {
            let by_field = |name: &str| old.joins.iter().find(|old| old.field == name);
            let renamed = || {
                let former = join.renamed_from.as_deref()?;
                by_field(former).filter(|_| !new.joins.iter().any(|new| new.field == former))
            };
            let was = by_field(&join.field).or_else(renamed);
            let was = was.filter(|was| now_called(&was.target, before, after) == Some(join.target.as_str()));
            let Some(was) = was else {
                self.change.push(Act::CreateJoin { entity: entity.clone(), table: table.clone(), join: join.clone() });
                continue;
            };
            matched.push(&was.name);
            if was.name != join.name {
                self.rename.push(Act::RenameJoin {
                    entity: entity.clone(),
                    from: was.name.clone(),
                    to: join.name.clone(),
                    before: was.field.clone(),
                    field: join.field.clone(),
                });
            }
        }
        for join in old.joins.iter().filter(|join| !matched.contains(&join.name.as_str())) {
            self.drop.push(Act::DropJoin { entity: entity.clone(), join: join.clone() });
        }
    }

    fn indexes(&mut self, old: &Table, new: &Table, changed: &[String]) {
        let stays = |index: &super::table::Index| {
            old.name == new.name && !index.columns.iter().any(|column| changed.contains(column))
        };
        for index in &old.indexes {
            if !(stays(index) && new.indexes.contains(index)) {
                self.unindex.push(Act::DropIndex { entity: new.entity.clone(), index: index.clone() });
            }
        }
        for index in &new.indexes {
            if !(stays(index) && old.indexes.contains(index)) {
                self.index.push(Act::CreateIndex {
                    entity: new.entity.clone(),
                    table: new.name.clone(),
                    index: index.clone(),
                });
            }
        }
    }
}

/// What a table of before is called now; `None` when it is gone.
fn now_called<'a>(name: &'a str, before: &[Table], after: &'a [Table]) -> Option<&'a str> {
    let new = |table: &&Table| !before.iter().any(|old| old.name == table.name);
    let same = after.iter().find(|table| table.name == name);
    same.or_else(|| after.iter().filter(new).find(|table| table.renamed_from.as_deref() == Some(name)))
        .map(|table| table.name.as_str())
}

/// Whether values of one column can become values of the other, at least those that fit.
fn converts(from: &TableColumn, to: &TableColumn) -> bool {
    let readable = match (from.texts, to.texts) {
        (_, Texts::Free | Texts::Codes) => true,
        (a, b) => a == b,
    };
    let possible = from.column == to.column
        || matches!(
            (from.column, to.column),
            (Column::Int, Column::Decimal(_))
                | (Column::Decimal(_), Column::Int | Column::Decimal(_))
                | (
                    Column::Int
                        | Column::Decimal(_)
                        | Column::Date
                        | Column::DateTime
                        | Column::Id
                        | Column::Bool
                        | Column::Json,
                    Column::Text
                )
                | (Column::Text, Column::Texts)
        );
    // A secret was a text and becomes one; what else stood there must not turn into one unseen.
    let free = from.texts == Texts::Free && to.texts == Texts::Free;
    let sealed = matches!((from.column, to.column), (Column::Text, Column::Secret) | (Column::Secret, Column::Text));
    readable && (possible || (sealed && free))
}

/// The most characters that values of a column take as texts; `None` where there is no bound.
fn written(column: Column) -> Option<i64> {
    match column {
        Column::Bool => Some(5),
        Column::Date => Some(10),
        Column::Int | Column::Decimal(_) => Some(20),
        Column::DateTime => Some(24),
        Column::Id => Some(36),
        _ => None,
    }
}
