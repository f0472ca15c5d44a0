//! Reach: where a person or a unit stands in the organisation, seen from whoever acts.
//!
//! Rights follow the organisation: one's reports, one's unit and those below it, the units one heads or looks after. The
//! functions that ask so (`REPORTS_TO_ME`, `UNDER_MY_UNIT` …) stand in conditions that a database answers, because only it
//! has the whole organisation at hand. They may ask for another day than today, so that a past period is judged by who was
//! whose manager then: assignments say who worked where and under whom, lines who led, looked after or stood above what.

use model::{EntityId, FieldId, RecordId, Type};

use crate::{Path, Term};

/// What the organisation is made of, as far as reach is concerned. What is missing cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Organisation {
    /// The people.
    pub person: Option<EntityId>,
    /// The tree of units.
    pub unit: Option<EntityId>,
    /// The unit a person works in today.
    pub works_in: Option<FieldId>,
    /// The person a person reports to today.
    pub manager: Option<FieldId>,
    /// Persons somebody also reports to, outside the line: a field of one or several references.
    pub matrix: Option<FieldId>,
    /// The person in charge of a unit.
    pub head: Option<FieldId>,
    /// Persons who look after a unit without being part of it: a field of one or several references.
    pub partner: Option<FieldId>,
    /// What the days of the working calendar belong to, where there are several calendars.
    pub calendar: Option<EntityId>,
    /// What identifies a unit in conditions: its key.
    pub unit_key: Option<FieldId>,
    /// Whether it is on record who worked in which unit on which day.
    pub dated_units: bool,
    /// Whether it is on record who reported to whom on which day.
    pub dated_managers: bool,
    /// What keeps which unit was below which on which day.
    pub parent_lines: Option<EntityId>,
    /// What keeps who was in charge of which unit on which day.
    pub head_lines: Option<EntityId>,
    /// What keeps who looked after which unit on which day.
    pub partner_lines: Option<EntityId>,
    /// What keeps who reported to whom outside the line on which day.
    pub matrix_lines: Option<EntityId>,
}

/// What is placed: a person, or a unit itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placed {
    /// A person, who works in a unit and reports to somebody.
    Person,
    /// A unit.
    Unit,
}

/// How far it is from whoever acts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Reports to the actor, over at most so many levels: 1 is a direct report.
    Reports {
        /// At most so many levels; any number when `None`.
        levels: Option<u32>,
    },
    /// Reports to the actor outside the line.
    Matrix,
    /// Is, or works in, one of these units.
    Unit {
        /// Which units.
        of: Anchor,
        /// Those below them too.
        below: bool,
    },
}

/// Units named by what they are to whoever acts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// The unit the actor works in.
    Own,
    /// The units the actor heads.
    Headed,
    /// The units the actor looks after.
    Partnered,
    /// The units with these keys.
    Named(Vec<String>),
    /// These units, whoever acts.
    These(Vec<RecordId>),
}

/// One question of reach within a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaching {
    /// The reference to the person or unit asked about.
    pub of: Path,
    /// Which of the two it is.
    pub placed: Placed,
    /// What is asked.
    pub reach: Reach,
    /// The value the answer tells of when no day is given: the person's unit or manager, or the unit itself. Where lines
    /// alone say it a day is always given.
    pub fact: Path,
    /// Judged as of this day; as of today when `None`.
    pub day: Option<Term>,
}

/// Levels a line is followed at most; a circle in the data ends there.
pub const MOST_LEVELS: u32 = 32;

impl Reaching {
    /// Whether the unit a reference leads to is one of some units or below one of them.
    pub fn under(of: Path, units: Anchor) -> Self {
        let reach = Reach::Unit { of: units, below: true };
        Self { fact: of.clone(), of, placed: Placed::Unit, reach, day: None }
    }
}

impl Organisation {
    /// Whether it is on record how this was on another day.
    pub(crate) fn dated(&self, placed: Placed, reach: &Reach) -> bool {
        match (placed, reach) {
            (Placed::Person, Reach::Reports { .. }) => self.dated_managers,
            (Placed::Person, Reach::Matrix) => self.matrix_lines.is_some(),
            (Placed::Person, Reach::Unit { .. }) => self.dated_units,
            (Placed::Unit, Reach::Unit { of, below }) => match of {
                Anchor::Own => self.dated_units && (!below || self.parent_lines.is_some()),
                Anchor::Headed => self.parent_lines.or(self.head_lines).is_some(),
                Anchor::Partnered => self.parent_lines.or(self.partner_lines).is_some(),
                Anchor::Named(_) | Anchor::These(_) => self.parent_lines.is_some(),
            },
            (Placed::Unit, _) => false,
        }
    }

    /// Whether lines alone say how this is today, and no field does.
    pub(crate) fn by_lines(&self, reach: &Reach) -> bool {
        match reach {
            Reach::Matrix => self.matrix.is_none() && self.matrix_lines.is_some(),
            Reach::Unit { of: Anchor::Headed, .. } => self.head.is_none() && self.head_lines.is_some(),
            Reach::Unit { of: Anchor::Partnered, .. } => self.partner.is_none() && self.partner_lines.is_some(),
            _ => false,
        }
    }

    /// Whether it is a person or a unit that a value of this type refers to.
    pub(crate) fn placed(&self, ty: &Type) -> Option<Placed> {
        let Type::Id(Some(entity)) = ty else { return None };
        if Some(*entity) == self.person {
            Some(Placed::Person)
        } else if Some(*entity) == self.unit {
            Some(Placed::Unit)
        } else {
            None
        }
    }

    /// The value that tells the answer: `of` itself for a unit, otherwise a field of the person `of` leads to.
    pub(crate) fn fact(&self, of: &Path, own: bool, placed: Placed, reach: &Reach) -> Option<Path> {
        let field = match (placed, reach) {
            (Placed::Unit, Reach::Unit { .. }) => return Some(of.clone()),
            (Placed::Unit, _) => return None,
            (Placed::Person, Reach::Reports { .. }) => self.manager?,
            // Lines alone: no field of today says it.
            (Placed::Person, Reach::Matrix) if self.by_lines(reach) => return Some(of.clone()),
            (Placed::Person, Reach::Matrix) => self.matrix?,
            (Placed::Person, Reach::Unit { .. }) => self.works_in?,
        };
        let mut hops = of.hops.clone();
        // `id` is the record itself: its fields are one step nearer than those of a record it refers to.
        if !own {
            hops.push(of.field);
        }
        let to = if matches!(reach, Reach::Unit { .. }) { self.unit } else { self.person };
        Some(Path { entity: of.entity, hops, field, ty: Type::Id(to) })
    }
}
