//! Questions of reach to SQL: one look into the lines kept ready ([`mod@crate::line`]) for today, the record of assignments
//! and of what else is dated for another day (`then.rs`).
//!
//! The answer is not known, and so never selects a row, when the person, unit or day asked about is not known, when the
//! person had no unit or manager then, and when nobody stands behind the account that asks.

use app::{Field, FieldKind, FieldRole};
use formula::{Anchor, Reach, Reaching};
use model::Value;

use crate::{
    StoreError, seat,
    sql::{
        Column, Dialect, Printer, Reader,
        breadth::{Way, by_seat, tree},
        column::{entity, field},
        name,
        predicate::Operand,
    },
};

mod then;

impl Printer<'_> {
    /// Prints one question; masked for `reader`, or trusted without one.
    pub(crate) fn reach(
        &mut self,
        asked: &Reaching,
        root: usize,
        reader: Option<&Reader<'_>>,
    ) -> Result<String, StoreError> {
        let me = match (self.asking.person, &asked.reach) {
            (Some(person), _) => self.bind(Value::Id(person), Column::Id),
            (None, Reach::Unit { of: Anchor::Named(_) | Anchor::These(_), .. }) => String::new(),
            (None, _) => return Ok(self.unknown().to_owned()),
        };
        match &asked.day {
            None => self.reach_today(asked, &me, root, reader),
            Some(day) => {
                let day = match self.operand(day, root, reader)? {
                    Operand::Known(Value::Date(day)) => self.bind(day.into(), Column::Date),
                    Operand::Known(_) => return Ok(self.unknown().to_owned()),
                    other => {
                        // On a day that is not known nobody stood anywhere, not even where they are today.
                        let day = self.sql(&other)?.0;
                        let then = self.reach_then(asked, &me, &day, root, reader)?;
                        return Ok(format!("(CASE WHEN ({day}) IS NOT NULL THEN {then} END)"));
                    }
                };
                self.reach_then(asked, &me, &day, root, reader)
            }
        }
    }

    fn reach_today(
        &mut self,
        asked: &Reaching,
        me: &str,
        root: usize,
        reader: Option<&Reader<'_>>,
    ) -> Result<String, StoreError> {
        let fact = self.walk(&asked.fact, root, reader)?;
        if matches!(fact.field.kind, FieldKind::References { .. }) {
            let me = self.asking.person.into();
            let has = self.has(&fact, &Operand::Known(me))?;
            // Of somebody who is not known it is not known either that they have nobody outside the line.
            let of = self.walk(&asked.of, root, reader)?;
            let of = self.value(&of);
            return Ok(format!("(CASE WHEN ({of}) IS NOT NULL THEN {has} END)"));
        }
        let (found, alias, plain) = (fact.field.id, fact.alias, fact.when.is_none());
        let fact = self.value(&fact);
        let Some(tree) = tree(&asked.reach) else {
            return Ok(match &asked.reach {
                Reach::Unit { .. } => format!("(({fact}) = {})", self.own_unit(me)?),
                _ => format!("(({fact}) = {me})"),
            });
        };
        let seat =
            seat::of(self.app).filter(|works| works.id == found && plain).map(|_| format!("t{alias}.{}", seat::COLUMN));
        let way = match (self.selecting, self.many) {
            (true, _) => self.ways.of(&asked.reach),
            (false, true) => Way::Open,
            (false, false) => Way::Look,
        };
        if let Some(seat) = seat.filter(|_| way != Way::Seek && by_seat(&asked.reach)) {
            let mine = format!("(SELECT s.path FROM loam_seat s WHERE s.unit = {})", self.own_unit(me)?);
            // Whoever works nowhere reaches nobody.
            let from = format!("coalesce({mine}, '{0}{0}')", seat::END);
            return Ok(format!("({seat} >= {from} AND {seat} < {from} || '{}')", seat::END));
        }
        let lines = self.lines(&asked.reach, me)?;
        let tree = tree.word();
        let looked = |end: &str| {
            format!(
                "(CASE WHEN ({fact}) IS NOT NULL THEN EXISTS (SELECT 1 FROM loam_line l WHERE l.tree = '{tree}' \
                 AND l.below = ({fact}) AND {lines}{end}) END)"
            )
        };
        let sought = |plus: &str| {
            format!("({plus}{fact} IN (SELECT l.below FROM loam_line l WHERE l.tree = '{tree}' AND {lines}))")
        };
        Ok(match (way, self.dialect) {
            (Way::Seek, _) => sought(""),
            // A plus keeps SQLite from the index of the column.
            (Way::Set, Dialect::Sqlite) => sought("+"),
            // PostgreSQL would read the whole set for one look: an offset keeps it from that.
            (Way::Look, Dialect::Postgres) => looked(" OFFSET 0"),
            (Way::Set | Way::Open, Dialect::Postgres) | (Way::Look | Way::Open, Dialect::Sqlite) => looked(""),
        })
    }

    /// The lines of a tree that end at what a question reaches, as a condition on the table of lines `l`.
    pub(super) fn lines(&mut self, reach: &Reach, me: &str) -> Result<String, StoreError> {
        Ok(match reach {
            // Whoever's manager is the actor is one level away: the line from there on is one shorter.
            Reach::Reports { levels } => {
                let most = levels.map(|levels| format!(" AND l.depth < {levels}")).unwrap_or_default();
                format!("l.above = {me}{most}")
            }
            Reach::Unit { of, .. } => format!("l.above {}", self.anchor(of, me)?),
            Reach::Matrix => return Err(StoreError::Misfit("a tree of those who lead outside the line")),
        })
    }

    /// `= unit` or `IN (units)` of the actor, as of today.
    fn anchor(&mut self, of: &Anchor, me: &str) -> Result<String, StoreError> {
        let known = self.app.organisation();
        let role = match of {
            Anchor::Own => return Ok(format!("= {}", self.own_unit(me)?)),
            Anchor::Headed => known.field(FieldRole::Head),
            Anchor::Partnered => known.field(FieldRole::Partner),
            Anchor::Named(_) => known.unit.and_then(|unit| self.app.entity(unit)?.key),
            Anchor::These(units) => {
                let units: Vec<String> = units.iter().map(|id| self.bind(Value::Id(*id), Column::Id)).collect();
                return Ok(format!("IN ({})", units.join(", ")));
            }
        };
        let found = field(self.app, role.ok_or(MISSING)?)?;
        let units = name(&entity(self.app, found.entity)?.table);
        let column = name(&found.column);
        let condition = match of {
            Anchor::Named(codes) => {
                let codes: Vec<String> =
                    codes.iter().map(|code| self.bind(code.as_str().into(), Column::Text)).collect();
                format!("n.{column} IN ({})", codes.join(", "))
            }
            _ => names(found, "n", me),
        };
        Ok(format!("IN (SELECT n.id FROM {units} n WHERE {condition} AND n.deleted_at IS NULL)"))
    }

    /// The unit the actor works in today, asked once per statement.
    fn own_unit(&self, me: &str) -> Result<String, StoreError> {
        let found = field(self.app, self.app.organisation().field(FieldRole::Unit).ok_or(MISSING)?)?;
        let people = name(&entity(self.app, found.entity)?.table);
        Ok(format!("(SELECT n.{} FROM {people} n WHERE n.id = {me})", name(&found.column)))
    }
}

/// Whether the field of one or several references of the record `alias` names a record.
fn names(field: &Field, alias: &str, id: &str) -> String {
    match &field.kind {
        FieldKind::References { table, .. } => {
            format!("EXISTS (SELECT 1 FROM {} r WHERE r.owner = {alias}.id AND r.target = {id})", name(table))
        }
        _ => format!("{alias}.{} = {id}", name(&field.column)),
    }
}

const MISSING: StoreError = StoreError::Misfit("a part of the organisation that the app does not have");
