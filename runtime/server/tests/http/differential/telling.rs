//! The second telling of who sees what: cell by cell, grant by grant, from the rows in memory. It knows no SQL, no compiled
//! rights and no order of grants.

use std::collections::BTreeMap;

use super::{
    condition::{Condition, Look, Path, Value},
    world::{Asker, Grant, MASKED, World, inputs, masked},
};

/// The values of a stored row, references as ids.
pub(super) type Cells = BTreeMap<&'static str, Value>;

/// The rows as they are stored.
pub(super) struct Stored {
    /// By entity, each with its id.
    pub(super) live: BTreeMap<&'static str, Vec<(String, Cells)>>,
    /// Ids of items in the bin.
    pub(super) gone: Vec<String>,
}

impl Stored {
    pub(super) fn rows(&self, entity: &str) -> &[(String, Cells)] {
        self.live.get(entity).map_or(&[], Vec::as_slice)
    }

    pub(super) fn row(&self, entity: &str, id: &str) -> Option<&Cells> {
        self.rows(entity).iter().find(|(known, _)| known == id).map(|(_, row)| row)
    }
}

/// One asker before the stored rows.
#[derive(Clone, Copy)]
pub(super) struct Telling<'a> {
    pub(super) world: &'a World,
    pub(super) stored: &'a Stored,
    pub(super) asker: &'a Asker,
    /// Whether items are to leave as a file: of these only what is given for reading and for exporting both.
    pub(super) saving: bool,
    /// Whether answers are asked for numbers without names, which is a right of its own.
    pub(super) nameless: bool,
    /// The entities for which the asker is stood in for; all when empty. `None` where they ask themselves.
    pub(super) lent: Option<&'a [&'static str]>,
}

/// Where a reference of that name leads.
pub(super) fn target(field: &str) -> &'static str {
    match field {
        "up" | "top" => "top",
        "unit" | "parent" => "unit",
        _ => "person",
    }
}

impl<'a> Telling<'a> {
    /// Somebody who asks for themselves.
    pub(super) fn of(world: &'a World, stored: &'a Stored, asker: &'a Asker) -> Self {
        Self { world, stored, asker, saving: false, nameless: false, lent: None }
    }

    fn grants(&self, entity: &'static str) -> impl Iterator<Item = &'a Grant> + use<'a> {
        let (asker, saving) = (self.asker, self.saving && entity == "item");
        let (nameless, lent) = (self.nameless && entity == "answer", self.lent);
        let held = self.world.roles.iter().filter(move |role| role.everyone || asker.roles.contains(&role.name));
        let granted = held.flat_map(|role| &role.grants).filter(move |grant| grant.entity == entity);
        let within = move |grant: &&Grant| lent.is_none_or(|lent| lent.is_empty() || lent.contains(&grant.entity));
        // Whatever is given for exporting here is given for reading too.
        granted.filter(move |grant| grant.nameless == nameless && (grant.exports || !saving)).filter(within)
    }

    fn holds(&self, grant: &Grant, entity: &'static str, id: &str) -> bool {
        let raw = Raw { telling: self, entity, id, masked: false };
        grant.rows.as_ref().is_none_or(|rows| rows.holds(&raw) == Some(true))
    }

    /// The same, as items may leave in a file.
    pub(super) fn saved(&self) -> Self {
        Self { saving: true, ..*self }
    }

    /// The same, as answers are asked for numbers without names.
    pub(super) fn numbers(&self) -> Self {
        Self { nameless: true, ..*self }
    }

    /// Whether they may ask for such numbers at all.
    pub(super) fn counts(&self) -> bool {
        self.numbers().grants("answer").next().is_some()
    }

    /// Whether the numbers of an answer's cell are told yet.
    pub(super) fn opened(&self, id: &str) -> bool {
        let raw = Raw { telling: self, entity: "answer", id, masked: false };
        self.world.answers.opens.as_ref().is_none_or(|opens| opens.holds(&raw) == Some(true))
    }

    /// Whether anything of the items may leave as a file.
    pub(super) fn saves(&self) -> bool {
        self.saved().grants("item").next().is_some()
    }

    /// Whether the row may be seen at all. Units are nobody's here.
    pub(super) fn visible(&self, entity: &'static str, id: &str) -> bool {
        self.grants(entity).any(|grant| self.holds(grant, entity, id))
    }

    /// Whether what was said about an item may be read: by a grant that gives it whole, or names that.
    pub(super) fn said(&self, id: &str) -> bool {
        self.grants("item").any(|grant| grant.said && self.holds(grant, "item", id))
    }

    /// Whether a cell may be read whole.
    pub(super) fn given(&self, entity: &'static str, id: &str, field: &str) -> bool {
        if field == "id" {
            return self.visible(entity, id);
        }
        let named = |grant: &&Grant| match &grant.read {
            Some(read) => read.contains(&field),
            None => !(grant.masked && MASKED.contains(&field)),
        };
        if !self.grants(entity).filter(named).any(|grant| self.holds(grant, entity, id)) {
            return false;
        }
        match inputs(entity, field).filter(|_| !self.world.public.contains(&field)) {
            None => true,
            Some(paths) => paths.iter().all(|path| match path.split_once('.') {
                Some(("items", below)) => self.all_below("item", "up", id, below),
                Some(("answers", below)) => self.all_below("answer", "top", id, below),
                _ => self.known(entity, id, path),
            }),
        }
    }

    /// Whether a field is given on every row there is, and on any there could be.
    pub(super) fn everywhere(&self, entity: &'static str, field: &str) -> bool {
        let named = |grant: &Grant| grant.read.as_ref().is_none_or(|read| read.contains(&field));
        self.grants(entity).any(|grant| grant.rows.is_none() && named(grant))
    }

    /// Whether that field of every child of a row may be read.
    fn all_below(&self, child: &'static str, by: &str, id: &str, field: &str) -> bool {
        let reading = Self { nameless: false, ..*self };
        self.stored.rows(child).iter().all(|(below, row)| {
            let here = row.get(by) == Some(&Value::Text(id.to_owned()));
            !here || (reading.visible(child, below) && reading.given(child, below, field))
        })
    }

    /// Whether everything on a path may be read: also where it leads to nothing.
    pub(super) fn known(&self, entity: &'static str, id: &str, path: &str) -> bool {
        let Some((hop, rest)) = path.split_once('.') else { return self.given(entity, id, path) };
        if !self.given(entity, id, hop) {
            return false;
        }
        match self.stored.row(entity, id).and_then(|row| row.get(hop)) {
            Some(Value::Text(next)) => self.visible(target(hop), next) && self.known(target(hop), next, rest),
            _ => true,
        }
    }

    /// A cell as it is shown: whole, in part, or not at all.
    pub(super) fn shown(&self, entity: &'static str, id: &str, field: &str) -> Value {
        let value = self.stored.row(entity, id).and_then(|row| row.get(field)).cloned().unwrap_or(Value::Null);
        if self.given(entity, id, field) {
            return value;
        }
        match value {
            Value::Text(text) if MASKED.contains(&field) && self.partly(entity, id) => {
                Value::Text(masked(self.world.mask(field), &text))
            }
            _ => Value::Null,
        }
    }

    /// Whether what is masked in the row may be had whole for a reason, which nobody does in another's place.
    pub(super) fn uncovers(&self, entity: &'static str, id: &str) -> bool {
        self.lent.is_none() && self.grants(entity).any(|grant| grant.uncovers && self.holds(grant, entity, id))
    }

    /// Whether what is masked in the row is shown in part.
    pub(super) fn partly(&self, entity: &'static str, id: &str) -> bool {
        self.grants(entity).any(|grant| grant.masked && self.holds(grant, entity, id))
    }

    /// A value as filters, orders and numbers see it.
    pub(super) fn usable(&self, entity: &'static str, id: &str, path: &str) -> Value {
        Raw { telling: self, entity, id, masked: true }.value_at(path)
    }

    /// Whether a filter selects the row.
    pub(super) fn selects(&self, filter: &Condition, entity: &'static str, id: &str) -> bool {
        filter.holds(&Raw { telling: self, entity, id, masked: true }) == Some(true)
    }

    /// Whether a path is worth asking for: on some row it leads to a cell that may be read.
    pub(super) fn ever(&self, entity: &'static str, path: &str) -> bool {
        self.stored.rows(entity).iter().any(|(id, row)| match path.split_once('.') {
            None => self.given(entity, id, path),
            Some((hop, rest)) => match row.get(hop) {
                Some(Value::Text(next)) => {
                    self.given(entity, id, hop)
                        && self.visible(target(hop), next)
                        && self.given(target(hop), next, rest)
                }
                _ => false,
            },
        })
    }
}

/// A row as a condition looks at it: a grant's sees every cell, a filter's only what may be read.
struct Raw<'t, 'a> {
    telling: &'t Telling<'a>,
    entity: &'static str,
    id: &'t str,
    masked: bool,
}

impl Raw<'_, '_> {
    fn value_at(&self, path: &str) -> Value {
        let stored = self.telling.stored;
        let (mut entity, mut id) = (self.entity, self.id.to_owned());
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            if self.masked && !self.telling.given(entity, &id, part) {
                return Value::Null;
            }
            let value = match part {
                "id" => Value::Text(id.clone()),
                part => stored.row(entity, &id).and_then(|row| row.get(part)).cloned().unwrap_or(Value::Null),
            };
            if parts.peek().is_none() {
                return value;
            }
            let Value::Text(next) = value else { return Value::Null };
            entity = target(part);
            if self.masked && !self.telling.visible(entity, &next) {
                return Value::Null;
            }
            id = next;
        }
        Value::Null
    }
}

impl Look for Raw<'_, '_> {
    fn value(&self, path: Path) -> Value {
        self.value_at(path)
    }

    fn me(&self) -> Option<String> {
        let people = self.telling.stored.rows("person");
        self.telling.asker.person.map(|at| people[at].0.clone())
    }

    fn reach(&self, function: &str, person: &str, rest: &str) -> Option<bool> {
        let stored = self.telling.stored;
        let step = |entity: &str, id: &str, field: &str| match stored.row(entity, id)?.get(field) {
            Some(Value::Text(next)) => Some(next.clone()),
            _ => None,
        };
        let above = |id: String| std::iter::successors(Some(id), |id| step("unit", id, "parent"));
        let unit = step("person", person, "unit");
        if function == "UNDER_UNIT" {
            let code = |id: &String| match stored.row("unit", id).and_then(|row| row.get("code")) {
                Some(Value::Text(code)) => rest.contains(&format!("\"{code}\"")),
                _ => false,
            };
            return Some(above(unit?).any(|id| code(&id)));
        }
        let me = self.me()?;
        match function {
            "REPORTS_TO_ME" => {
                let levels = rest.trim_start_matches(", ").parse().unwrap_or(usize::MAX);
                let line = std::iter::successors(step("person", person, "manager"), |id| step("person", id, "manager"));
                Some(line.take(levels.min(20)).any(|id| id == me))
            }
            "IN_MY_UNIT" => step("person", &me, "unit").map(|mine| Some(&mine) == unit.as_ref()),
            "UNDER_MY_UNIT" => {
                let mine = step("person", &me, "unit");
                Some(above(unit?).any(|id| Some(&id) == mine.as_ref()))
            }
            "UNDER_UNIT_I_PARTNER" => Some(above(unit?).any(|id| names(stored.row("unit", &id), "partners", &me))),
            _ => Some(above(unit?).any(|id| step("unit", &id, "head").is_some_and(|head| head == me))),
        }
    }

    /// Assignments say who worked where and under whom. Lines say who looked after a unit and who led a person outside the
    /// line; on a day without one it is as today. The tree of units and who heads them are as today.
    fn then(&self, function: &str, person: &str, levels: &str, day: &str, units: &str) -> Option<bool> {
        let stored = self.telling.stored;
        let text = |row: &Cells, field: &str| match row.get(field) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let said = |person: &str, field: &str| {
            let mut here = stored.rows("seat").iter().map(|(_, seat)| seat).filter(|seat| {
                text(seat, "who").is_some_and(|who| who == person)
                    && text(seat, "since").is_some_and(|since| since.as_str() <= day)
                    && text(seat, "until").is_none_or(|until| until.as_str() >= day)
            });
            // The world gives nobody two at once.
            here.next_back().and_then(|seat| text(seat, field))
        };
        let above = |id: String| {
            std::iter::successors(Some(id), |id| stored.row("unit", id).and_then(|row| text(row, "parent")))
        };
        // All lines in force count, and say all of it.
        let tied = |lines: &'static str, of: &str, whose: &str, what: &str, now: Option<&Cells>, who: &str| {
            let here = |line: &&Cells| {
                text(line, of).is_some_and(|of| of == whose)
                    && text(line, "since").is_some_and(|since| since.as_str() <= day)
                    && text(line, "until").is_none_or(|until| until.as_str() >= day)
            };
            let lines: Vec<&Cells> = stored.rows(lines).iter().map(|(_, line)| line).filter(here).collect();
            match lines.is_empty() {
                true => names(now, what, who),
                false => lines.into_iter().any(|line| names(Some(line), what, who)),
            }
        };
        let unit = said(person, "unit");
        if function == "UNDER_UNIT_ON" {
            let named = |id: String| {
                let code = stored.row("unit", &id).and_then(|row| text(row, "code"));
                code.is_some_and(|code| units.contains(&format!("\"{code}\"")))
            };
            return Some(above(unit?).any(named));
        }
        let me = self.me()?;
        match function {
            "REPORTS_TO_ME" => {
                let most = levels.trim_start_matches(", ").parse().unwrap_or(20);
                let first = said(person, "manager")?;
                Some(std::iter::successors(Some(first), |id| said(id, "manager")).take(most).any(|id| id == me))
            }
            "MATRIX_REPORTS_TO_ME" => Some(tied("tie", "who", person, "dotted", stored.row("person", person), &me)),
            "UNDER_UNIT_I_PARTNER" => {
                let after = |id: String| tied("care", "unit", &id, "partners", stored.row("unit", &id), &me);
                Some(above(unit?).any(after))
            }
            "IN_MY_UNIT" => Some(unit? == said(&me, "unit")?),
            "UNDER_MY_UNIT" => {
                let mine = said(&me, "unit");
                Some(above(unit?).any(|id| Some(&id) == mine.as_ref()))
            }
            _ => {
                let headed = |id: String| {
                    stored.row("unit", &id).and_then(|row| text(row, "head")).is_some_and(|head| head == me)
                };
                Some(above(unit?).any(headed))
            }
        }
    }
}

/// Whether several references of a row name somebody.
fn names(row: Option<&Cells>, field: &str, who: &str) -> bool {
    let list = row.and_then(|row| row.get(field));
    matches!(list, Some(Value::List(items)) if items.iter().any(|item| matches!(item, Value::Text(id) if id == who)))
}
