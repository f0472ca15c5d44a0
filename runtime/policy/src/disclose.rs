//! What a computed value tells of what it was computed from.
//!
//! A computed field is given only where its reader may read everything it reads, unless its author declared the result
//! public: a salary does not leak through a yearly total. What it reads through a reference must be readable on the record
//! referred to, or there is no such record. What it reads of children must be readable on *all* of them; that can be said of
//! the parent alone where the children's own condition speaks only of their parent, and is refused otherwise. The same goes for
//! what it reads below children, step by step: those between must be readable, and what each refers to its parent by.
//!
//! Of a record that somebody is entering ([`InHand`]) its own values are known to them, and what lies behind its references is
//! not: the same must hold of that, by the same conditions.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use formula::{Path, Predicate, Term};
use model::{EntityId, FieldId, Type};

use crate::{Access, Action, Places, access::Condition, authorize::Way};

type Table = HashMap<(EntityId, Action), Access>;

/// A record as somebody enters it, stored or not.
#[derive(Debug, Clone, Default)]
pub struct InHand {
    /// What fields were worked out from that nobody gave and that are not computed either: defaults, and stamps that are due.
    pub origins: HashMap<FieldId, Vec<Path>>,
    /// The reference to a record that is entered together with it and is not stored: nothing lies behind that yet.
    pub beside: Option<FieldId>,
}

/// The accesses that are asked.
#[derive(Clone, Copy)]
enum Asked<'a> {
    /// While they are narrowed.
    Open(&'a Table),
    /// Once they are, with a record in hand.
    Narrowed(&'a HashMap<(EntityId, Action), Arc<Access>>, &'a InHand),
}

impl<'a> Asked<'a> {
    fn access(self, key: (EntityId, Action)) -> Option<&'a Access> {
        match self {
            Self::Open(table) => table.get(&key),
            Self::Narrowed(table, _) => table.get(&key).map(Arc::as_ref),
        }
    }
}

/// What must hold of a record in hand so that the value of one of its fields tells its writer nothing of other records but what
/// they may read; asked of the record as it is in hand. Nothing could make it so where it is `None`.
pub(crate) fn in_hand(
    table: &HashMap<(EntityId, Action), Arc<Access>>,
    places: &dyn Places,
    (entity, field): (EntityId, FieldId),
    hand: &InHand,
) -> Option<Predicate> {
    let asked = Asked::Narrowed(table, hand);
    let mut working = Working {
        asked,
        places,
        action: Action::Read,
        main: entity,
        known: HashMap::new(),
        open: HashSet::new(),
        entering: HashSet::new(),
    };
    working.entered(entity, field)
}

/// Narrows the conditions of computed fields in every access that reads.
pub(crate) fn narrow(table: &mut Table, places: &dyn Places) {
    let keys: Vec<(EntityId, Action)> = table
        .keys()
        .copied()
        .filter(|(_, action)| !matches!(action, Action::Create | Action::Update | Action::Import))
        .collect();
    let mut found: Vec<((EntityId, Action), FieldId, Condition)> = Vec::new();
    for key in keys {
        // Fields computed from the same ones have the same condition, which is kept once.
        let mut known: Vec<Arc<Predicate>> = Vec::new();
        let asked = Asked::Open(table);
        let mut working = Working {
            asked,
            places,
            action: key.1,
            main: key.0,
            known: HashMap::new(),
            open: HashSet::new(),
            entering: HashSet::new(),
        };
        for field in places.computed(key.0) {
            if let Some(condition) = working.narrowed(field) {
                let condition = condition.map(|condition| {
                    let before = known.iter().find(|known| **known == condition).cloned();
                    before.unwrap_or_else(|| {
                        known.push(condition.clone());
                        condition
                    })
                });
                found.push((key, field, condition));
            }
        }
    }
    for (key, field, condition) in found {
        if let Some(access) = table.get_mut(&key) {
            access.fields.insert(field, condition);
        }
    }
}

struct Working<'a> {
    asked: Asked<'a>,
    places: &'a dyn Places,
    /// The access under work; other entities are read.
    action: Action,
    main: EntityId,
    known: HashMap<(EntityId, FieldId), Condition>,
    open: HashSet<(EntityId, FieldId)>,
    /// Fields of the record in hand that are being worked out.
    entering: HashSet<FieldId>,
}

impl Working<'_> {
    fn access(&self, entity: EntityId) -> Option<&Access> {
        let action = if entity == self.main { self.action } else { Action::Read };
        self.asked.access((entity, action))
    }

    /// The condition of a computed field where it is narrower than its grants say; `None` when it is not.
    fn narrowed(&mut self, field: FieldId) -> Option<Condition> {
        let entity = self.places.entity_of(field)?;
        let given = self.access(entity)?.shared(field)?.clone();
        let condition = self.field(entity, field);
        (condition.as_ref() != Some(&given)).then_some(condition)
    }

    /// The rows on which a field may be read; `None` for none.
    fn field(&mut self, entity: EntityId, field: FieldId) -> Condition {
        let access = self.access(entity)?;
        let (rows, given) = (access.rows.clone(), access.shared(field)?.clone());
        // What is narrowed already says all of it.
        if let Asked::Narrowed(..) = self.asked {
            return Some(given);
        }
        let Some(reads) = self.places.reads(field) else { return Some(given) };
        if let Some(known) = self.known.get(&(entity, field)) {
            return known.clone();
        }
        // A circle of formulas (an objective's progress reads that of the objectives below it) holds where each of its steps
        // does: while one is being worked out, it is taken as given.
        if !self.open.insert((entity, field)) {
            return Some(given);
        }
        let mut condition = Some((*given).clone());
        for path in reads {
            let Some(so_far) = condition.take() else { break };
            let needs = self.path(entity, path, Some((&*rows, &*given)));
            condition = needs.and_then(|needs| {
                needs.into_iter().try_fold(so_far, |all, need| match need {
                    Predicate::Const(false) => None,
                    need => Some(all.and(need)),
                })
            });
        }
        let condition = condition.map(Arc::new);
        self.open.remove(&(entity, field));
        self.known.insert((entity, field), condition.clone());
        condition
    }

    /// The same of a field of the record in hand: nothing, for what its writer gives.
    fn entered(&mut self, entity: EntityId, field: FieldId) -> Option<Predicate> {
        let Asked::Narrowed(_, hand) = self.asked else { return None };
        // A result that is public is told, whatever it is computed from.
        let reads = self.places.reads(field).or_else(|| hand.origins.get(&field).map(Vec::as_slice));
        // A stamp may count on from what it was, and two from each other: that is asked of the record that is stored.
        if !self.entering.insert(field) {
            return Some(Predicate::always());
        }
        let mut all = Predicate::always();
        for path in reads.unwrap_or_default() {
            if hand.beside.is_some() && path.hops.first() == hand.beside.as_ref() {
                continue;
            }
            let needs = self.path(entity, path, None)?;
            all = needs.into_iter().fold(all, Predicate::and);
        }
        self.entering.remove(&field);
        Some(all)
    }

    /// What must hold so that a reader may know the values at a path; `None` when nothing could make it so. `known` are the
    /// conditions of the record and of the field that is computed, which hold anyway; without them the record is in hand.
    fn path(
        &mut self,
        entity: EntityId,
        path: &Path,
        known: Option<(&Predicate, &Predicate)>,
    ) -> Option<Vec<Predicate>> {
        let mut needs: Vec<Predicate> = Vec::new();
        let mut at = entity;
        let mut hops: Vec<FieldId> = Vec::new();
        for (depth, hop) in path.hops.iter().enumerate() {
            if let Some(Way::From(children, by)) = self.places.way(*hop) {
                let below: Vec<FieldId> = path.hops.iter().skip(depth + 1).chain([&path.field]).copied().collect();
                let condition = self.children((children, by), &below, at)?;
                needs.push(self.lifted(entity, &hops, condition)?);
                return Some(needs);
            }
            needs.extend(self.one(entity, &hops, at, *hop, known)?);
            let Some(Way::To(next)) = self.places.way(*hop) else { return None };
            hops.push(*hop);
            at = next;
            let seen = self.access(at).map(|access| (*access.rows).clone());
            needs.push(self.guarded(entity, &hops, seen)?);
        }
        match self.places.way(path.field) {
            Some(Way::From(children, by)) => {
                let condition = self.children((children, by), &[], at)?;
                needs.push(self.lifted(entity, &hops, condition)?);
            }
            _ => needs.extend(self.one(entity, &hops, at, path.field, known)?),
        }
        Some(needs)
    }

    /// What must hold for one field at the end of some hops. Nothing where it is given wherever the row, or the computed
    /// field itself, is.
    fn one(
        &mut self,
        entity: EntityId,
        hops: &[FieldId],
        at: EntityId,
        field: FieldId,
        known: Option<(&Predicate, &Predicate)>,
    ) -> Option<Option<Predicate>> {
        if hops.is_empty() && known.is_none() {
            return self.entered(at, field).map(Some);
        }
        let condition = self.field(at, field);
        if let (Some((rows, given)), true) = (known, hops.is_empty()) {
            return condition
                .map(|condition| (*condition != *rows && *condition != *given).then(|| (*condition).clone()));
        }
        let everywhere = self.access(at).is_some_and(|access| condition.as_ref() == Some(&access.rows));
        if everywhere {
            return Some(None);
        }
        self.guarded(entity, hops, condition.as_deref().cloned()).map(Some)
    }

    /// A condition on the record at the end of some references, or that there is no such record.
    fn guarded(&self, entity: EntityId, hops: &[FieldId], condition: Option<Predicate>) -> Option<Predicate> {
        let (last, before) = hops.split_last()?;
        let reference = Path { entity, hops: before.to_vec(), field: *last, ty: Type::Id(None) };
        let missing = Predicate::IsNull(Term::Field(reference));
        match condition {
            None => Some(missing),
            Some(Predicate::Const(true)) => Some(Predicate::always()),
            Some(condition) => Some(missing.or(self.lifted(entity, hops, condition)?)),
        }
    }

    /// A condition on the record at the end of some references, asked of the record they start from.
    fn lifted(&self, entity: EntityId, hops: &[FieldId], condition: Predicate) -> Option<Predicate> {
        condition.map_paths(&mut |path| {
            let hops = hops.iter().chain(&path.hops).copied().collect();
            Some(Path { entity, hops, field: path.field, ty: path.ty.clone() })
        })
    }

    /// The condition on a parent under which all its children may be read, and what is read of them or `below` them.
    fn children(
        &mut self,
        (children, by): (EntityId, FieldId),
        below: &[FieldId],
        parent: EntityId,
    ) -> Option<Predicate> {
        let Some((field, rest)) = below.split_first() else { return self.of_all((children, by), None, parent) };
        let Some(Way::From(deeper, its)) = self.places.way(*field) else {
            return self.of_all((children, by), Some(*field), parent);
        };
        let id = self.places.id_of(parent)?;
        let between = self.of_all((children, by), Some(by), parent)?;
        let tied = self.of_all((deeper, its), Some(its), children)?;
        let whole = tied.and(self.children((deeper, its), rest, children)?);
        Some(between.and(of_parent(&whole, by, id, parent)?))
    }

    /// The condition on a parent under which all its children, and that field of theirs, may be read.
    fn of_all(
        &mut self,
        (children, by): (EntityId, FieldId),
        field: Option<FieldId>,
        parent: EntityId,
    ) -> Option<Predicate> {
        let id = self.places.id_of(parent)?;
        let rows = self.access(children)?.rows.clone();
        let mut condition = of_parent(&rows, by, id, parent)?;
        if let Some(field) = field {
            let read = self.field(children, field)?;
            if read != rows {
                condition = condition.and(of_parent(&read, by, id, parent)?);
            }
        }
        Some(condition)
    }
}

/// As much of a condition on children as speaks of their parent alone, as a condition on the parent: where it holds, the
/// children's condition holds for each of them.
fn of_parent(condition: &Predicate, by: FieldId, id: FieldId, parent: EntityId) -> Option<Predicate> {
    match condition {
        Predicate::Or(any) => any.iter().filter_map(|one| of_parent(one, by, id, parent)).reduce(Predicate::or),
        Predicate::And(all) => all
            .iter()
            .map(|one| of_parent(one, by, id, parent))
            .try_fold(Predicate::always(), |all, one| Some(all.and(one?))),
        other => other.map_paths(&mut |path| match path.hops.split_first() {
            Some((first, rest)) if *first == by => {
                Some(Path { entity: parent, hops: rest.to_vec(), field: path.field, ty: path.ty.clone() })
            }
            None if path.field == by => Some(Path { entity: parent, hops: Vec::new(), field: id, ty: path.ty.clone() }),
            _ => None,
        }),
    }
}
