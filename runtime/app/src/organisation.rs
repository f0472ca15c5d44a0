//! What of an app the platform knows the organisation by.

use std::collections::HashMap;

use model::{EntityId, FieldId};

use crate::FieldRole;

/// The entities and fields by which the platform knows the organisation.
#[derive(Debug, Clone, Default)]
pub struct Organisation {
    /// The people.
    pub person: Option<EntityId>,
    /// The tree of units.
    pub unit: Option<EntityId>,
    /// The working calendar.
    pub calendar: Option<EntityId>,
    /// Who worked where, and under whom, from one day to another.
    pub assignment: Option<EntityId>,
    /// The fields with a role of their own.
    pub fields: HashMap<FieldRole, FieldId>,
    /// What is on record from one day to another, by what it is.
    pub lines: HashMap<FieldRole, Line>,
}

/// The fields of an entity that stands for lines, as far as they keep one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The entity.
    pub entity: EntityId,
    /// The reference to the unit or person it is of.
    pub of: FieldId,
    /// The reference to what it keeps of them.
    pub what: FieldId,
    /// Its first day.
    pub from: FieldId,
    /// Its last day; without one it still runs.
    pub to: FieldId,
}

impl Organisation {
    /// The field with that role.
    pub fn field(&self, role: FieldRole) -> Option<FieldId> {
        self.fields.get(&role).copied()
    }

    /// Where it is kept who or what was that, from one day to another.
    pub fn line(&self, role: FieldRole) -> Option<Line> {
        self.lines.get(&role).copied()
    }

    /// What conditions can ask of it. `unit_key` is the key of the unit entity, `calendar` what the days of the working
    /// calendar refer to.
    pub fn reach(&self, unit_key: Option<FieldId>, calendar: Option<EntityId>) -> formula::Organisation {
        let period = [FieldRole::AssignedPerson, FieldRole::ValidFrom, FieldRole::ValidTo];
        let dated = self.assignment.is_some() && period.iter().all(|role| self.fields.contains_key(role));
        formula::Organisation {
            person: self.person,
            unit: self.unit,
            works_in: self.field(FieldRole::Unit),
            manager: self.field(FieldRole::Manager),
            matrix: self.field(FieldRole::MatrixManager),
            head: self.field(FieldRole::Head),
            partner: self.field(FieldRole::Partner),
            calendar,
            unit_key,
            dated_units: dated && self.fields.contains_key(&FieldRole::AssignedUnit),
            dated_managers: dated && self.fields.contains_key(&FieldRole::AssignedManager),
            parent_lines: self.line(FieldRole::ParentUnit).map(|line| line.entity),
            head_lines: self.line(FieldRole::Head).map(|line| line.entity),
            partner_lines: self.line(FieldRole::Partner).map(|line| line.entity),
            matrix_lines: self.line(FieldRole::MatrixManager).map(|line| line.entity),
        }
    }
}
