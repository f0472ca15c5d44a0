//! How much of the organisation a reader reaches, and the shortest way to ask about many rows by it.
//!
//! A condition on everyone below somebody can be answered row by row, from a set made once, or by starting at the rows of
//! that set. Which is shortest depends on how many are below, which no planner can know beforehand: a head of five reads
//! a page faster from their five, the head of everybody from the first rows that come. The answer is the same each way.

use app::App;
use formula::{Comparison, Predicate, Reach, Term};
use model::{Type, Value};

use crate::{
    Asking, StoreError,
    line::Tree,
    sql::{Column, Dialect, Printer, Statement, column::entity, name},
};

/// What one row costs, in parts of what a look into the lines does, measured on SQLite with 100,000 people.
const LOOK: f64 = 1.0;
const IN_SET: f64 = 0.3;
const INTO_SET: f64 = 0.1;
const BY_INDEX: f64 = 1.0;
const SEAT: f64 = 0.1;

/// How the rows that a question of reach selects are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Way {
    /// One look into the lines per row that comes.
    #[default]
    Look,
    /// The set of what is reached, made once; every row that comes is looked for in it.
    Set,
    /// From the set to its rows, by their index.
    Seek,
    /// Left to the database.
    Open,
}

/// How far one reader reaches in one tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Breadth {
    /// Records of the tree that are reached.
    pub(crate) reached: i64,
    /// All records of the tree.
    pub(crate) all: i64,
    /// All people: about as many rows as a table about people has, at least.
    pub(crate) people: i64,
}

impl Breadth {
    /// The shortest way to the first `limit` rows in an order that an index gives, or to all of them; `seated` where the
    /// seat beside each row decides, and no set is needed.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(crate) fn way(&self, limit: Option<u32>, seated: bool) -> Way {
        let (reached, all) = (self.reached.max(0) as f64, self.all.max(1) as f64);
        let rows = self.people.max(1) as f64;
        let share = (reached / all).min(1.0);
        let coming = limit.map_or(rows, |limit| (f64::from(limit) / share.max(f64::EPSILON)).min(rows));
        let seek = share * rows * BY_INDEX;
        let set = reached * INTO_SET + coming * IN_SET;
        let look = coming * LOOK;
        let set = if seated { coming * SEAT } else { set };
        if seek <= set.min(look) {
            Way::Seek
        } else if set < look {
            Way::Set
        } else {
            Way::Look
        }
    }
}

/// The ways chosen for the questions of one condition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ways {
    of: Vec<(Reach, Way)>,
    /// Whether the whole condition leads to few rows: then these are sorted, and no order is walked through.
    pub(crate) few: bool,
}

impl Ways {
    pub(crate) fn new(of: Vec<(Reach, Way)>, condition: &Predicate) -> Self {
        let mut ways = Self { of, few: false };
        ways.few = !ways.of.is_empty() && ways.leads(condition);
        ways
    }

    pub(crate) fn of(&self, reach: &Reach) -> Way {
        self.of.iter().find(|(known, _)| known == reach).map(|(_, way)| *way).unwrap_or_default()
    }

    fn leads(&self, condition: &Predicate) -> bool {
        match condition {
            Predicate::Const(flag) => !flag,
            Predicate::And(items) => items.iter().any(|item| self.leads(item)),
            Predicate::Or(items) => items.iter().all(|item| self.leads(item)),
            Predicate::Reach(asked) => asked.day.is_none() && self.of(&asked.reach) == Way::Seek,
            // One's own rows, by the index that every reference has.
            Predicate::Compare { op: Comparison::Equal, left, right } => {
                matches!((left, right), (Term::Field(path), mine) | (mine, Term::Field(path))
                    if matches!(path.ty, Type::Id(_)) && matches!(mine, Term::Actor(..) | Term::Literal(Value::Id(_), _)))
            }
            _ => false,
        }
    }
}

/// The questions of today in a condition whose answer depends on a tree, where "no" and "not known" are the same.
pub(crate) fn questions<'a>(condition: &'a Predicate, found: &mut Vec<&'a Reach>) {
    match condition {
        Predicate::And(items) | Predicate::Or(items) => items.iter().for_each(|item| questions(item, found)),
        Predicate::Reach(asked)
            if asked.day.is_none() && tree(&asked.reach).is_some() && !found.contains(&&asked.reach) =>
        {
            found.push(&asked.reach);
        }
        _ => {}
    }
}

/// The tree a question looks into.
pub(crate) fn tree(reach: &Reach) -> Option<Tree> {
    match reach {
        Reach::Matrix | Reach::Reports { levels: Some(1) } => None,
        Reach::Reports { .. } => Some(Tree::Managers),
        Reach::Unit { of: formula::Anchor::Own, below: false } => None,
        Reach::Unit { .. } => Some(Tree::Units),
    }
}

/// Whether the seat of whoever is asked about answers a question.
pub(crate) fn by_seat(reach: &Reach) -> bool {
    matches!(reach, Reach::Unit { of: formula::Anchor::Own, below: true })
}

/// Counts what a question reaches for who asks.
pub(crate) fn reached(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    reach: &Reach,
) -> Result<Option<Statement>, StoreError> {
    let Some(tree) = tree(reach) else { return Ok(None) };
    let mut printer = Printer::new(app, asking, dialect);
    let Some(person) = asking.person else { return Ok(None) };
    let me = match reach {
        Reach::Unit { of: formula::Anchor::Named(_), .. } => String::new(),
        _ => printer.bind(Value::Id(person), Column::Id),
    };
    let lines = printer.lines(reach, &me)?;
    let sql = format!("SELECT count(*) FROM loam_line l WHERE l.tree = '{}' AND {lines}", tree.word());
    Ok(Some(printer.statement(sql, vec![Column::Int])))
}

/// Counts units and people.
pub(crate) fn all(app: &App) -> Result<Statement, StoreError> {
    let known = app.organisation();
    let mut counts = Vec::new();
    for of in [known.unit, known.person] {
        counts.push(match of {
            Some(of) => format!("(SELECT count(*) FROM {})", name(&entity(app, of)?.table)),
            None => "0".to_owned(),
        });
    }
    Ok(Statement::new(format!("SELECT {}", counts.join(", "))).gives([Column::Int, Column::Int]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(reached: i64, limit: Option<u32>) -> Way {
        Breadth { reached, all: 4_095, people: 100_000 }.way(limit, false)
    }

    #[test]
    fn few_are_sought_many_are_met_and_the_middle_is_a_set() {
        let page = Some(21);
        assert_eq!(way(0, page), Way::Seek);
        assert_eq!(way(1, page), Way::Seek);
        assert_eq!(way(255, page), Way::Set);
        assert_eq!(way(4_095, page), Way::Look);
    }

    #[test]
    fn all_rows_are_never_looked_for_one_by_one() {
        assert_eq!(way(255, None), Way::Seek);
        assert_eq!(way(4_095, None), Way::Set);
    }

    #[test]
    fn seats_are_passed_over_sooner_than_the_rows_of_units_are_sought() {
        let way = |reached| Breadth { reached, all: 4_095, people: 100_000 }.way(Some(21), true);
        assert_eq!(way(1), Way::Seek);
        assert_eq!(way(31), Way::Set);
        assert_eq!(way(4_095), Way::Set);
    }
}
