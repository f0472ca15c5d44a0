//! Questions of reach as of a day: assignments say who worked where and under whom, lines who headed or looked after what,
//! which unit was above which, and who led somebody outside the line.
//!
//! Where a line is in force it says all that its entity keeps. Where none is, a field that is entered says how it is today,
//! and one that is computed says nothing: it follows from the lines. What no entity keeps is as it is today.

use app::{Field, FieldRole, Line};
use formula::{Anchor, Placed, Reach, Reaching, reach::MOST_LEVELS};

use super::{MISSING, names};
use crate::{
    StoreError,
    line::Tree,
    sql::{
        Printer, Reader,
        column::{entity, field},
        name,
    },
};

impl Printer<'_> {
    /// Prints a question as of a day that is known.
    pub(super) fn reach_then(
        &mut self,
        asked: &Reaching,
        me: &str,
        day: &str,
        root: usize,
        reader: Option<&Reader<'_>>,
    ) -> Result<String, StoreError> {
        let of = self.walk(&asked.of, root, reader)?;
        let of = self.value(&of);
        Ok(match (&asked.reach, asked.placed) {
            (Reach::Reports { .. } | Reach::Matrix, Placed::Unit) => {
                return Err(StoreError::Misfit("whom a unit reports to"));
            }
            (Reach::Matrix, Placed::Person) => {
                let line = self.app.organisation().line(FieldRole::MatrixManager).ok_or(MISSING)?;
                let tied = self.tied(FieldRole::MatrixManager, line, &of, me, day)?;
                format!("(CASE WHEN ({of}) IS NOT NULL THEN {tied} END)")
            }
            (Reach::Reports { levels }, Placed::Person) => {
                let first = self.assigned(FieldRole::AssignedManager, &of, day)?;
                let next = self.assigned(FieldRole::AssignedManager, "up.boss", day)?;
                let most = levels.unwrap_or(MOST_LEVELS);
                format!(
                    "(CASE WHEN {first} IS NOT NULL THEN EXISTS (WITH RECURSIVE up(boss, depth) AS (SELECT {first}, 1 \
                     UNION ALL SELECT {next}, up.depth + 1 FROM up WHERE up.boss <> {me} AND up.depth < {most}) \
                     SELECT 1 FROM up WHERE up.boss = {me}) END)"
                )
            }
            (Reach::Unit { of: anchor, below }, placed) => {
                let unit = match placed {
                    Placed::Person => self.assigned(FieldRole::AssignedUnit, &of, day)?,
                    Placed::Unit => format!("({of})"),
                };
                if *anchor == Anchor::Own && !*below {
                    let mine = self.assigned(FieldRole::AssignedUnit, me, day)?;
                    return Ok(format!("({unit} = {mine})"));
                }
                let met = self.anchor_then(anchor, me, day)?;
                let way = self.way_up(&met, day)?;
                format!("(SELECT {way} FROM (SELECT {unit} AS unit) h WHERE h.unit IS NOT NULL)")
            }
        })
    }

    /// Whether `l.above` is one of the units of the actor.
    fn anchor_then(&mut self, of: &Anchor, me: &str, day: &str) -> Result<String, StoreError> {
        let role = match of {
            Anchor::Own => return Ok(format!("l.above = {}", self.assigned(FieldRole::AssignedUnit, me, day)?)),
            Anchor::Headed => Some(FieldRole::Head),
            Anchor::Partnered => Some(FieldRole::Partner),
            Anchor::Named(_) | Anchor::These(_) => None,
        };
        match role.and_then(|role| Some((role, self.app.organisation().line(role)?))) {
            Some((role, line)) => self.tied(role, line, "l.above", me, day),
            None => Ok(format!("l.above {}", self.anchor(of, me)?)),
        }
    }

    /// Whether the unit `h.unit` is, or is below, a unit `l.above` that is `met`, in the tree of the day.
    fn way_up(&self, met: &str, day: &str) -> Result<String, StoreError> {
        let tree = Tree::Units.word();
        let today =
            format!("EXISTS (SELECT 1 FROM loam_line l WHERE l.tree = '{tree}' AND l.below = h.unit AND {met})");
        let Some(line) = self.app.organisation().line(FieldRole::ParentUnit) else { return Ok(today) };
        let kept = self.kept(line)?;
        let said = kept.said("l.above", day);
        let entered = self.entered(FieldRole::ParentUnit)?;
        let next = match &entered {
            Some((units, up)) => format!(
                "(CASE WHEN EXISTS ({}) THEN {said} ELSE (SELECT n.{} FROM {units} n WHERE n.id = l.above) END)",
                kept.any("l.above", day),
                name(&up.column)
            ),
            None => said,
        };
        let then = format!(
            "EXISTS (WITH RECURSIVE l(above, depth) AS (SELECT h.unit, 0 \
             UNION ALL SELECT {next}, l.depth + 1 FROM l WHERE l.above IS NOT NULL AND l.depth < {MOST_LEVELS}) \
             SELECT 1 FROM l WHERE {met})"
        );
        if entered.is_none() {
            return Ok(then);
        }
        // On a day without any line the tree is as it is today, and its lines are kept ready.
        let Kept { table, .. } = &kept;
        let any = format!("EXISTS (SELECT 1 FROM {table} a WHERE {})", kept.in_force("a", day));
        Ok(format!("CASE WHEN {any} THEN {then} ELSE {today} END"))
    }

    /// Whether a unit or person is tied to the person `me` by lines of the day. One person heads a unit: of several lines
    /// the one that began last counts. Others may be several.
    fn tied(&self, role: FieldRole, line: Line, whose: &str, me: &str, day: &str) -> Result<String, StoreError> {
        let kept = self.kept(line)?;
        let any = kept.any(whose, day);
        let said = match role {
            FieldRole::Head => format!("{} = {me}", kept.said(whose, day)),
            _ => format!("EXISTS ({any} AND {})", names(kept.what, "a", me)),
        };
        let Some((owners, now)) = self.entered(role)? else { return Ok(format!("({said})")) };
        let live = if role == FieldRole::MatrixManager { "" } else { " AND n.deleted_at IS NULL" };
        Ok(format!(
            "(CASE WHEN EXISTS ({any}) THEN {said} \
             ELSE EXISTS (SELECT 1 FROM {owners} n WHERE n.id = ({whose}) AND {}{live}) END)",
            names(now, "n", me)
        ))
    }

    /// What the assignment in force on the day says of a person; of several, the one that began last.
    fn assigned(&self, role: FieldRole, person: &str, day: &str) -> Result<String, StoreError> {
        let known = self.app.organisation();
        let part = |role| known.field(role).ok_or(MISSING);
        let line = Line {
            entity: known.assignment.ok_or(MISSING)?,
            of: part(FieldRole::AssignedPerson)?,
            what: part(role)?,
            from: part(FieldRole::ValidFrom)?,
            to: part(FieldRole::ValidTo)?,
        };
        Ok(self.kept(line)?.said(person, day))
    }

    fn kept(&self, line: Line) -> Result<Kept<'_>, StoreError> {
        let column = |id| field(self.app, id).map(|found| name(&found.column));
        Ok(Kept {
            table: name(&entity(self.app, line.entity)?.table),
            of: column(line.of)?,
            what: field(self.app, line.what)?,
            from: column(line.from)?,
            to: column(line.to)?,
        })
    }

    /// The field that says how it is today and its table, quoted, if somebody enters it.
    fn entered(&self, role: FieldRole) -> Result<Option<(String, &Field)>, StoreError> {
        let Some(now) = self.app.organisation().field(role) else { return Ok(None) };
        let now = field(self.app, now)?;
        if now.is_computed() {
            return Ok(None);
        }
        Ok(Some((name(&entity(self.app, now.entity)?.table), now)))
    }
}

/// Where lines are kept: names as they are quoted.
struct Kept<'a> {
    table: String,
    of: String,
    what: &'a Field,
    from: String,
    to: String,
}

impl Kept<'_> {
    /// Whether the line `alias` is in force on the day.
    fn in_force(&self, alias: &str, day: &str) -> String {
        let Self { from, to, .. } = self;
        format!(
            "{alias}.{from} <= ({day}) AND ({alias}.{to} IS NULL OR {alias}.{to} >= ({day})) AND {alias}.deleted_at IS NULL"
        )
    }

    /// The lines of a unit or person that are in force on the day.
    fn any(&self, whose: &str, day: &str) -> String {
        format!("SELECT 1 FROM {} a WHERE a.{} = ({whose}) AND {}", self.table, self.of, self.in_force("a", day))
    }

    /// What the line in force on the day refers to; of several, the one that began last.
    fn said(&self, whose: &str, day: &str) -> String {
        let Self { table, of, from, .. } = self;
        format!(
            "(SELECT a.{} FROM {table} a WHERE a.{of} = ({whose}) AND {} ORDER BY a.{from} DESC, a.id DESC LIMIT 1)",
            name(&self.what.column),
            self.in_force("a", day)
        )
    }
}
