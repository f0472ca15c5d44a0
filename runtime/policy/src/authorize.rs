//! The one planner: takes what somebody wants and what they may do, and gives what the store will carry out.

use std::{collections::HashMap, ops::Deref, sync::Arc};

use formula::{Path, Predicate};
use model::{EntityId, FieldId, UserId};

use crate::{Access, Action, Change, Request, Rights, Why};

/// Where a field leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the record it refers to, of that entity.
    To(EntityId),
    /// To the records of that entity which refer here by that field.
    From(EntityId, FieldId),
}

/// How the planner finds out where a path leads and what a value was made from. The compiled app answers it.
pub trait Places {
    /// The entity a field belongs to.
    fn entity_of(&self, field: FieldId) -> Option<EntityId>;
    /// What a computed field reads; `None` for one that is not computed, or whose author declared its result public.
    fn reads(&self, field: FieldId) -> Option<&[Path]>;
    /// Where a reference or children field leads.
    fn way(&self, field: FieldId) -> Option<Way>;
    /// The computed fields of an entity.
    fn computed(&self, entity: EntityId) -> Vec<FieldId>;
    /// The field that is an entity's id.
    fn id_of(&self, entity: EntityId) -> Option<FieldId>;
    /// The fields by which an entity may be asked for numbers without names; `None` when it may not at all.
    fn cells(&self, entity: EntityId) -> Option<&[FieldId]>;
    /// The fields that an entity's author gave it.
    fn authored(&self, _: EntityId) -> Vec<FieldId> {
        Vec::new()
    }
    /// The fields that every change of a record moves and that readers may be shown: when it was, and whose.
    fn stamps(&self, _: EntityId) -> Vec<FieldId> {
        Vec::new()
    }
    /// The field that counts an entity's changes. No grant gives it by name: it is given where everything else is.
    fn counts(&self, _: EntityId) -> Option<FieldId> {
        None
    }
}

/// What is shared answers as what it shares.
impl<P: Places> Places for Arc<P> {
    fn entity_of(&self, field: FieldId) -> Option<EntityId> {
        P::entity_of(self, field)
    }

    fn reads(&self, field: FieldId) -> Option<&[Path]> {
        P::reads(self, field)
    }

    fn way(&self, field: FieldId) -> Option<Way> {
        P::way(self, field)
    }

    fn computed(&self, entity: EntityId) -> Vec<FieldId> {
        P::computed(self, entity)
    }

    fn id_of(&self, entity: EntityId) -> Option<FieldId> {
        P::id_of(self, entity)
    }

    fn cells(&self, entity: EntityId) -> Option<&[FieldId]> {
        P::cells(self, entity)
    }

    fn authored(&self, entity: EntityId) -> Vec<FieldId> {
        P::authored(self, entity)
    }

    fn stamps(&self, entity: EntityId) -> Vec<FieldId> {
        P::stamps(self, entity)
    }

    fn counts(&self, entity: EntityId) -> Option<FieldId> {
        P::counts(self, entity)
    }
}

/// A request that was allowed, with the conditions under which each cell of it may be touched. Only this module makes one.
#[derive(Debug, Clone)]
pub struct Authorized<R> {
    request: R,
    user: UserId,
    main: Arc<Access>,
    joined: HashMap<EntityId, Arc<Access>>,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No grant gives this action on the entity.
    #[error("no grant allows this")]
    Action {
        /// The entity.
        entity: EntityId,
        /// What was asked.
        action: Action,
    },
    /// No grant gives this field.
    #[error("no grant gives this field")]
    Field {
        /// The field.
        field: FieldId,
    },
}

/// Decides a request.
///
/// A field that no grant of the reader gives is refused at once; a field that is given on some rows only is masked by its
/// condition wherever the statement touches it. Entities reached through references need read rights of their own.
///
/// # Errors
/// [`Denied`] names the entity or the first field that no grant gives.
pub fn authorize<R: Request>(
    rights: &Rights,
    user: UserId,
    places: &dyn Places,
    request: R,
) -> Result<Authorized<R>, Denied> {
    let (entity, action) = request.on();
    let find = |entity, action| rights.access(entity, action).cloned().ok_or(Denied::Action { entity, action });
    let mut main = find(entity, action)?;
    for also in request.also() {
        main = Arc::new(main.both(&*find(entity, *also)?));
    }
    for field in request.writes() {
        if main.field(*field).is_none() {
            return Err(Denied::Field { field: *field });
        }
    }
    if action == Action::Aggregate {
        within_cells(&request, &main, places.cells(entity).unwrap_or_default())?;
    }
    let mut joined = HashMap::new();
    let (shows, learns) = (request.shows(), request.learns());
    let looks = shows.iter().map(|path| (path, true)).chain(learns.iter().map(|path| (path, false)));
    for (path, looks) in looks {
        for field in path.hops.iter().chain([&path.field]) {
            let denied = Denied::Field { field: *field };
            let owner = places.entity_of(*field).ok_or_else(|| denied.clone())?;
            let access = if owner == entity {
                &main
            } else {
                let access = rights.access(owner, Action::Read).ok_or_else(|| denied.clone())?;
                &*joined.entry(owner).or_insert_with(|| access.clone())
            };
            // In part is enough to look at the end of the path, and for nothing else.
            let partly = looks && *field == path.field && access.shows(*field);
            if !partly && access.field(*field).is_none() {
                return Err(denied);
            }
        }
    }
    Ok(Authorized { request, user, main, joined })
}

/// Numbers without names are asked by the entity's cells only, and as counts, sums and means: whatever is a union of whole
/// cells tells nothing of a part of one, even when two answers are subtracted. What a cell is told by must then be given on
/// all of the cell or on none of it.
fn within_cells<R: Request>(request: &R, access: &Access, cells: &[FieldId]) -> Result<(), Denied> {
    let of_cell = |path: &Path| cells.contains(path.hops.first().unwrap_or(&path.field));
    for path in request.splits() {
        let given = access.mask(path.field);
        let whole = given.is_none_or(|rows| rows.paths().into_iter().all(of_cell));
        if !(path.hops.is_empty() && cells.contains(&path.field) && whole) {
            return Err(Denied::Field { field: path.field });
        }
    }
    Ok(())
}

/// A write that follows from an authorised one without being anybody's wish: a computed value of another record, a record
/// deleted with its owner. The engine may only set computed fields, references to clear, or the bin by it.
pub fn consequence(cause: &Authorized<Change>, change: Change) -> Authorized<Change> {
    Authorized { request: change, user: cause.user, main: Arc::new(Access::full()), joined: HashMap::new() }
}

/// Lets an explanation ask which conditions of grants hold on a record, whoever may see it: the answers are yes, no or not
/// known, never a value. Who may ask for explanations is for the caller to decide.
pub fn inspect(user: UserId, why: Why) -> Authorized<Why> {
    Authorized { request: why, user, main: Arc::new(Access::full()), joined: HashMap::new() }
}

impl<R> Authorized<R> {
    /// On whose account.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The access to the request's own entity.
    pub fn access(&self) -> &Access {
        &self.main
    }

    /// The access to an entity reached through a reference; `None` when there is none.
    pub fn joined(&self, entity: EntityId) -> Option<&Access> {
        self.joined.get(&entity).map(Deref::deref)
    }
}

impl<R: Request> Authorized<R> {
    /// The condition rows of the request's entity must meet: the grant's, and for a write that of every field given.
    pub fn rows(&self) -> Arc<Predicate> {
        let masks = self.request.writes().iter().filter_map(|field| self.main.mask(*field));
        masks.fold(self.main.rows.clone(), |rows, mask| Arc::new((*rows).clone().and(mask.clone())))
    }

    /// The condition under which the caller may see what lies at the end of the path, besides seeing the row itself;
    /// `None` when always. Conditions of entities on the way are the join's business.
    pub fn mask(&self, path: &Path, owner: EntityId) -> Option<&Predicate> {
        let (entity, _) = self.request.on();
        let access = if owner == entity { Some(&*self.main) } else { self.joined(owner) };
        access.and_then(|access| access.mask(path.field))
    }
}

impl<R> Deref for Authorized<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.request
    }
}
