//! What a set of roles amounts to, per entity and action. Computed once per role set and app version.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use formula::Predicate;
use model::{EntityId, FieldId};

use crate::{Action, Fields, Grant};

/// What may be done with an entity under one action: the rows, and per field the rows on which it may be touched.
///
/// Several grants add up per cell: a field's condition is the disjunction of the grants that name it, so that a row given
/// by one grant and a field given by another never make a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// The rows for which some grant holds.
    pub rows: Predicate,
    fields: HashMap<FieldId, Predicate>,
    every: Option<Predicate>,
}

impl Access {
    /// Full access: what the platform itself has.
    pub fn full() -> Self {
        Self { rows: Predicate::always(), fields: HashMap::new(), every: Some(Predicate::always()) }
    }

    fn of(grants: &[&Grant], action: Action) -> Option<Self> {
        let grants: Vec<&Grant> = grants.iter().copied().filter(|grant| grant.actions.contains(&action)).collect();
        let fields_of = |grant: &'_ Grant| match action {
            Action::Create | Action::Update | Action::Import => grant.write.clone(),
            _ => grant.read.clone(),
        };
        let fields: Vec<(&Grant, Fields)> = grants.iter().map(|grant| (*grant, fields_of(grant))).collect();
        // Every disjunction keeps the order of the grants, so that a field given wherever the row is has the very
        // condition of the rows and needs no mask.
        let any = |given: &dyn Fn(&Fields) -> bool| {
            let conditions = fields.iter().filter(|(_, fields)| given(fields)).map(|(grant, _)| grant.rows.clone());
            conditions.reduce(Predicate::or)
        };
        let named: BTreeSet<FieldId> = fields
            .iter()
            .filter_map(|(_, fields)| match fields {
                Fields::Only(only) => Some(only),
                Fields::All => None,
            })
            .flatten()
            .copied()
            .collect();
        Some(Self {
            rows: any(&|_| true)?,
            every: any(&|fields| *fields == Fields::All),
            fields: named
                .into_iter()
                .filter_map(|field| Some((field, any(&|fields| fields.contains(field))?)))
                .collect(),
        })
    }

    /// The rows on which the field may be touched; `None` when on none.
    pub fn field(&self, field: FieldId) -> Option<&Predicate> {
        self.fields.get(&field).or(self.every.as_ref())
    }

    /// The condition to mask the field by within the permitted rows: `None` when every permitted row shows it.
    pub fn mask(&self, field: FieldId) -> Option<&Predicate> {
        self.field(field).filter(|condition| **condition != self.rows)
    }
}

/// Everything a set of roles may do.
#[derive(Debug)]
pub struct Rights {
    access: Table,
}

#[derive(Debug)]
enum Table {
    Full(Arc<Access>),
    Granted(HashMap<(EntityId, Action), Arc<Access>>),
}

impl Rights {
    /// Adds up the grants of the roles somebody holds.
    pub fn of<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> Self {
        let mut by_entity: HashMap<EntityId, Vec<&Grant>> = HashMap::new();
        for grant in grants {
            by_entity.entry(grant.entity).or_default().push(grant);
        }
        let mut access = HashMap::new();
        for (entity, grants) in by_entity {
            for action in Action::ALL {
                if let Some(found) = Access::of(&grants, action) {
                    access.insert((entity, action), Arc::new(found));
                }
            }
        }
        Self { access: Table::Granted(access) }
    }

    /// The platform's own rights, for computed values, seed rows, jobs and whoever runs the command line on the data
    /// itself. Never given to a request that came over the network.
    pub fn full() -> Self {
        Self { access: Table::Full(Arc::new(Access::full())) }
    }

    /// What may be done with the entity; `None` when nothing.
    pub fn access(&self, entity: EntityId, action: Action) -> Option<&Arc<Access>> {
        match &self.access {
            Table::Full(full) => Some(full),
            Table::Granted(granted) => granted.get(&(entity, action)),
        }
    }
}

#[cfg(test)]
mod tests {
    use formula::{Path, Term};
    use model::Type;

    use super::*;

    fn when(field: u32) -> Predicate {
        let path = Path { entity: EntityId(0), hops: Vec::new(), field: FieldId(field), ty: Type::Bool };
        Predicate::Holds(Term::Field(path))
    }

    fn grant(rows: Predicate, read: Fields) -> Grant {
        let actions = [Action::Read].into();
        Grant { entity: EntityId(0), actions, rows, read, write: Fields::Only(BTreeSet::new()) }
    }

    #[test]
    fn a_field_is_given_where_a_grant_names_it_and_nowhere_else() {
        let x = FieldId(10);
        let y = FieldId(11);
        let only = |field| Fields::Only([field].into());
        let grants = [grant(when(1), only(x)), grant(when(2), only(y)), grant(when(3), Fields::All)];
        let rights = Rights::of(&grants);
        let access = rights.access(EntityId(0), Action::Read).unwrap();
        assert_eq!(access.rows, when(1).or(when(2)).or(when(3)));
        assert_eq!(access.field(x), Some(&when(1).or(when(3))));
        assert_eq!(access.field(y), Some(&when(2).or(when(3))));
        assert_eq!(access.field(FieldId(12)), Some(&when(3)));
        assert!(rights.access(EntityId(0), Action::Update).is_none());
    }

    #[test]
    fn a_field_given_wherever_the_row_is_needs_no_mask_whatever_the_order() {
        let x = FieldId(10);
        let some = grant(when(1), Fields::Only([x].into()));
        let all = grant(when(2), Fields::All);
        for grants in [[some.clone(), all.clone()], [all, some]] {
            let rights = Rights::of(&grants);
            let access = rights.access(EntityId(0), Action::Read).unwrap();
            assert_eq!(access.mask(x), None);
            assert!(access.mask(FieldId(11)).is_some());
        }
    }
}
