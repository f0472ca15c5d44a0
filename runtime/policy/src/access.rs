//! What a set of roles amounts to, per entity and action. Computed once per role set and app version.

use std::{collections::HashMap, sync::Arc};

use formula::Predicate;
use model::{EntityId, FieldId};

use crate::{Action, Grant};

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
        let mut rows = Predicate::never();
        let mut every: Option<Predicate> = None;
        let mut named: Vec<(FieldId, Predicate)> = Vec::new();
        let mut any = false;
        for grant in grants.iter().filter(|grant| grant.actions.contains(&action)) {
            any = true;
            rows = rows.or(grant.rows.clone());
            let fields = match action {
                Action::Create | Action::Update | Action::Import => &grant.write,
                _ => &grant.read,
            };
            match fields {
                crate::Fields::All => every = Some(every.unwrap_or_else(Predicate::never).or(grant.rows.clone())),
                crate::Fields::Only(only) => named.extend(only.iter().map(|field| (*field, grant.rows.clone()))),
            }
        }
        let mut fields: HashMap<FieldId, Predicate> = HashMap::new();
        for (field, condition) in named {
            let so_far = fields.remove(&field).or_else(|| every.clone()).unwrap_or_else(Predicate::never);
            fields.insert(field, so_far.or(condition));
        }
        any.then_some(Self { rows, fields, every })
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
