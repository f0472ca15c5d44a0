//! What a set of roles amounts to, per entity and action. Computed once per role set and app version.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use formula::Predicate;
use model::{EntityId, FieldId};

use crate::{
    Action, Aside, Fields, Grant, Mask, Places,
    authorize::Way,
    disclose::{self, InHand},
};

/// What may be done with an entity under one action: the rows, and per field the rows on which it may be touched.
///
/// Several grants add up per cell: a field's condition is the disjunction of the grants that name it, so that a row given
/// by one grant and a field given by another never make a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// The rows for which some grant holds.
    pub rows: Arc<Predicate>,
    /// Fields that some grant treats apart from the others: `None` where no grant gives them.
    pub(crate) fields: HashMap<FieldId, Condition>,
    /// Every other field.
    pub(crate) every: Condition,
    /// The rows beside which something lies open, without what is open on none.
    beside: BTreeMap<Aside, Arc<Predicate>>,
    /// Where fields are seen in part.
    masked: HashMap<FieldId, Vec<(Arc<Predicate>, Mask)>>,
}

/// The rows on which a field may be touched, `None` for none. Most fields of an entity share theirs, which is then kept once.
pub(crate) type Condition = Option<Arc<Predicate>>;

/// Whether two conditions are the same. Those that are shared are known without looking.
fn same(one: &Arc<Predicate>, two: &Arc<Predicate>) -> bool {
    Arc::ptr_eq(one, two) || one == two
}

/// Whether one of several conditions that make up the wider one is each of those that make up the other.
fn within(condition: &Predicate, wider: &Predicate) -> bool {
    let any = either(wider);
    *wider == Predicate::Const(true) || either(condition).iter().all(|one| any.contains(one))
}

/// The conditions of which one is enough.
fn either(condition: &Predicate) -> &[Predicate] {
    match condition {
        Predicate::Or(any) => any,
        one => std::slice::from_ref(one),
    }
}

impl Access {
    /// Full access: what the platform itself has.
    pub fn full() -> Self {
        let always = Arc::new(Predicate::always());
        let beside = Aside::ALL.into_iter().map(|aside| (aside, always.clone())).collect();
        Self { rows: always.clone(), fields: HashMap::new(), every: Some(always), beside, masked: HashMap::new() }
    }

    fn of(grants: &[&Grant], action: Action) -> Option<Self> {
        let grants: Vec<&Grant> = grants.iter().copied().filter(|grant| grant.actions.contains(&action)).collect();
        let writes = matches!(action, Action::Create | Action::Update | Action::Import);
        let fields_of = |grant: &'_ Grant| match action {
            Action::Uncover => Fields::Only(grant.masked.keys().copied().collect()),
            _ if writes => grant.write.clone(),
            _ => grant.read.clone(),
        };
        let fields: Vec<(&Grant, Fields)> = grants.iter().map(|grant| (*grant, fields_of(grant))).collect();
        // Every disjunction keeps the order of the grants, so that a field given wherever the row is has the very
        // condition of the rows and needs no mask.
        let mut known: HashMap<Vec<usize>, Condition> = HashMap::new();
        let mut any = |given: &dyn Fn(&Grant, &Fields) -> bool| {
            let giving = fields.iter().enumerate().filter(|(_, (grant, fields))| given(grant, fields));
            let (places, rows): (Vec<usize>, Vec<&Predicate>) =
                giving.map(|(place, (grant, _))| (place, &grant.rows)).unzip();
            let sum = || rows.into_iter().cloned().reduce(Predicate::or).map(Arc::new);
            known.entry(places).or_insert_with(sum).clone()
        };
        let named: BTreeSet<FieldId> = fields
            .iter()
            .filter_map(|(_, fields)| match fields {
                Fields::Only(some) | Fields::Except(some) => Some(some),
                Fields::All => None,
            })
            .flatten()
            .copied()
            .collect();
        let mut masked: HashMap<FieldId, Vec<(Arc<Predicate>, Mask)>> = HashMap::new();
        // What is uncovered is seen whole or not at all.
        for grant in grants.iter().filter(|grant| !writes && action != Action::Uncover && !grant.masked.is_empty()) {
            let rows = Arc::new(grant.rows.clone());
            for (field, mask) in &grant.masked {
                masked.entry(*field).or_default().push((rows.clone(), mask.clone()));
            }
        }
        Some(Self {
            rows: any(&|_, _| true)?,
            every: any(&|_, fields| !matches!(fields, Fields::Only(_))),
            fields: named.into_iter().map(|field| (field, any(&|_, fields| fields.contains(field)))).collect(),
            beside: Aside::ALL
                .into_iter()
                .filter_map(|aside| Some((aside, any(&|grant, _| grant.beside.contains(&aside))?)))
                .collect(),
            masked,
        })
    }

    /// Narrows what every change moves to where each field is given, besides where a grant names it: elsewhere it would tell
    /// that something changed which is not seen.
    fn narrow_stamps(&mut self, grants: &[&Grant], action: Action, fields: &[FieldId], stamps: &[FieldId]) {
        for stamp in stamps {
            let Some(given) = self.shared(*stamp).cloned() else { continue };
            let mut apart: Vec<Arc<Predicate>> = Vec::new();
            let mut hidden = false;
            for field in fields {
                match self.shared(*field) {
                    None => hidden = true,
                    Some(condition) if Arc::ptr_eq(condition, &given) || Arc::ptr_eq(condition, &self.rows) => {}
                    Some(condition) if *condition == self.rows || within(&given, condition) => {}
                    Some(condition) if apart.iter().any(|known| same(known, condition)) => {}
                    Some(condition) => apart.push(condition.clone()),
                }
            }
            if !hidden && apart.is_empty() {
                continue;
            }
            let everything = apart.into_iter().fold((*given).clone(), |all, one| all.and((*one).clone()));
            let whole = (!hidden).then_some(everything);
            let named = grants
                .iter()
                .filter(|grant| grant.actions.contains(&action))
                .filter(|grant| matches!(&grant.read, Fields::Only(some) if some.contains(stamp)))
                .map(|grant| grant.rows.clone());
            let condition = whole.into_iter().chain(named).reduce(Predicate::or).map(Arc::new);
            self.fields.insert(*stamp, condition);
        }
    }

    /// What both give: an act that needs two actions touches only the rows and fields of each.
    pub(crate) fn both(&self, other: &Self) -> Self {
        let and = |one: Option<&Arc<Predicate>>, two: Option<&Arc<Predicate>>| match (one?, two?) {
            (one, two) if same(one, two) => Some(one.clone()),
            (one, two) => Some(Arc::new((**one).clone().and((**two).clone()))),
        };
        let named = self.fields.keys().chain(other.fields.keys());
        let masked = self.masked.iter().filter(|(field, _)| other.shows(**field));
        // Where the other gives the field itself, whole or in part: that it gives the row with other fields is not enough.
        let given = |field: FieldId| {
            let whole = other.field(field).into_iter().cloned();
            let partly = other.partly(field).iter().map(|(rows, _)| (**rows).clone());
            whole.chain(partly).reduce(Predicate::or).unwrap_or_else(Predicate::never)
        };
        let also = |field: FieldId, masks: &[(Arc<Predicate>, Mask)]| {
            let given = given(field);
            let seen = |rows: &Arc<Predicate>| Arc::new((**rows).clone().and(given.clone()));
            masks.iter().map(|(rows, mask)| (seen(rows), mask.clone())).collect()
        };
        Self {
            rows: and(Some(&self.rows), Some(&other.rows)).unwrap_or_else(|| Arc::new(Predicate::never())),
            fields: named.map(|field| (*field, and(self.shared(*field), other.shared(*field)))).collect(),
            every: and(self.every.as_ref(), other.every.as_ref()),
            beside: Aside::ALL
                .into_iter()
                .filter_map(|aside| Some((aside, and(self.beside.get(&aside), other.beside.get(&aside))?)))
                .collect(),
            masked: masked.map(|(field, masks)| (*field, also(*field, masks))).collect(),
        }
    }

    /// Whether no condition narrows the rows.
    pub fn everywhere(&self) -> bool {
        matches!(*self.rows, Predicate::Const(true))
    }

    /// The rows on which the field may be touched; `None` when on none.
    pub fn field(&self, field: FieldId) -> Option<&Predicate> {
        self.shared(field).map(Arc::as_ref)
    }

    pub(crate) fn shared(&self, field: FieldId) -> Option<&Arc<Predicate>> {
        self.fields.get(&field).map_or(self.every.as_ref(), Option::as_ref)
    }

    /// The condition to mask the field by within the permitted rows: `None` when every permitted row shows it.
    pub fn mask(&self, field: FieldId) -> Option<&Predicate> {
        self.shared(field).filter(|condition| !same(condition, &self.rows)).map(Arc::as_ref)
    }

    /// The rows beside which this is read, and added to; `None` for none.
    pub fn beside(&self, aside: Aside) -> Option<&Predicate> {
        self.beside.get(&aside).map(Arc::as_ref)
    }

    /// The condition on that within the permitted rows: `None` when it is open beside every permitted row.
    pub fn mask_beside(&self, aside: Aside) -> Option<&Predicate> {
        self.beside.get(&aside).filter(|condition| !same(condition, &self.rows)).map(Arc::as_ref)
    }

    /// Where the field may be seen in part, and how, besides where it may be read; the first that holds is taken. Seeing in
    /// part is for looking only: such a value is not filtered, sorted, grouped or computed by.
    pub fn partly(&self, field: FieldId) -> &[(Arc<Predicate>, Mask)] {
        self.masked.get(&field).map_or(&[], Vec::as_slice)
    }

    /// Whether something of the field may be seen on some row.
    pub fn shows(&self, field: FieldId) -> bool {
        self.field(field).is_some() || !self.partly(field).is_empty()
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
    /// Adds up the grants of the roles somebody holds. A computed field that is not declared public is given only where
    /// everything it is computed from is, and so is what every change moves, unless a grant names it, and what counts
    /// changes, whoever names it.
    pub fn of<'a>(grants: impl IntoIterator<Item = &'a Grant>, places: &dyn Places) -> Self {
        let mut by_entity: HashMap<EntityId, Vec<&Grant>> = HashMap::new();
        for grant in grants {
            by_entity.entry(grant.entity).or_default().push(grant);
        }
        let mut access = HashMap::new();
        for (entity, grants) in &by_entity {
            for action in Action::ALL {
                if let Some(found) = Access::of(grants, action) {
                    access.insert((*entity, action), found);
                }
            }
        }
        let reading = |action| !matches!(action, Action::Create | Action::Update | Action::Import);
        let stamps = |access: &mut HashMap<(EntityId, Action), Access>| {
            for ((entity, action), access) in access.iter_mut().filter(|((_, action), _)| reading(*action)) {
                let grants = by_entity.get(entity).map(Vec::as_slice).unwrap_or_default();
                let mut fields = places.authored(*entity);
                access.narrow_stamps(grants, *action, &fields, &places.stamps(*entity));
                // What is computed, and what others say of the record, counts as no change of it.
                let computed = places.computed(*entity);
                let below = |field: &FieldId| matches!(places.way(*field), Some(Way::From(..)));
                fields.retain(|field| !computed.contains(field) && !below(field));
                // Every grant names what counts changes, so that naming it gives nothing.
                access.narrow_stamps(&[], *action, &fields, places.counts(*entity).as_slice());
            }
        };
        // First, so that what is computed from them is narrowed with them; and again by what is narrower then.
        stamps(&mut access);
        disclose::narrow(&mut access, places);
        stamps(&mut access);
        Self { access: Table::Granted(access.into_iter().map(|(key, access)| (key, Arc::new(access))).collect()) }
    }

    /// The platform's own rights, for computed values, seed rows, jobs and whoever runs the command line on the data
    /// itself. Never given to a request that came over the network.
    pub fn full() -> Self {
        Self { access: Table::Full(Arc::new(Access::full())) }
    }

    /// The same, but of these entities only what may leave as a file is read: rows and fields that are given for reading and
    /// for exporting both.
    #[must_use]
    pub fn saving(&self, entities: &[EntityId]) -> Self {
        let mut granted = match &self.access {
            Table::Full(full) => return Self { access: Table::Full(full.clone()) },
            Table::Granted(granted) => granted.clone(),
        };
        for entity in entities {
            let read = granted.remove(&(*entity, Action::Read));
            let both = read.zip(self.access(*entity, Action::Export)).map(|(read, export)| read.both(export));
            if let Some(both) = both {
                granted.insert((*entity, Action::Read), Arc::new(both));
            }
        }
        Self { access: Table::Granted(granted) }
    }

    /// What must hold of a record in hand so that its writer may be told the value of one of its fields, as far as it follows
    /// from other records: asked of the record as it is in hand. Never where nothing could make it so.
    pub fn in_hand(&self, entity: EntityId, field: FieldId, hand: &InHand, places: &dyn Places) -> Predicate {
        match &self.access {
            Table::Full(_) => Predicate::always(),
            Table::Granted(granted) => {
                disclose::in_hand(granted, places, (entity, field), hand).unwrap_or_else(Predicate::never)
            }
        }
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
        let write = Fields::Only(BTreeSet::new());
        let beside = if matches!(read, Fields::Only(_)) { BTreeSet::new() } else { Aside::ALL.into() };
        Grant { entity: EntityId(0), actions, rows, read, beside, masked: BTreeMap::new(), write, written: "".into() }
    }

    /// Fields without formulas.
    struct Plain;

    impl Places for Plain {
        fn entity_of(&self, _: FieldId) -> Option<EntityId> {
            Some(EntityId(0))
        }
        fn reads(&self, _: FieldId) -> Option<&[Path]> {
            None
        }
        fn way(&self, _: FieldId) -> Option<Way> {
            None
        }
        fn computed(&self, _: EntityId) -> Vec<FieldId> {
            Vec::new()
        }
        fn id_of(&self, _: EntityId) -> Option<FieldId> {
            None
        }
        fn cells(&self, _: EntityId) -> Option<&[FieldId]> {
            None
        }
    }

    #[test]
    fn a_field_is_given_where_a_grant_names_it_and_nowhere_else() {
        let x = FieldId(10);
        let y = FieldId(11);
        let only = |field| Fields::Only([field].into());
        let grants = [grant(when(1), only(x)), grant(when(2), only(y)), grant(when(3), Fields::All)];
        let rights = Rights::of(&grants, &Plain);
        let access = rights.access(EntityId(0), Action::Read).unwrap();
        assert_eq!(*access.rows, when(1).or(when(2)).or(when(3)));
        assert_eq!(access.field(x), Some(&when(1).or(when(3))));
        assert_eq!(access.field(y), Some(&when(2).or(when(3))));
        assert_eq!(access.field(FieldId(12)), Some(&when(3)));
        assert!(rights.access(EntityId(0), Action::Update).is_none());
    }

    #[test]
    fn fields_of_the_same_grants_share_their_condition() {
        let (x, y, z) = (FieldId(10), FieldId(11), FieldId(12));
        let grants = [grant(when(1), Fields::Only([x, y].into())), grant(when(2), Fields::Only([x, y, z].into()))];
        let rights = Rights::of(&grants, &Plain);
        let access = rights.access(EntityId(0), Action::Read).unwrap();
        let shared = |field| access.shared(field).unwrap();
        assert!(Arc::ptr_eq(shared(x), shared(y)) && Arc::ptr_eq(shared(x), &access.rows));
        assert_eq!(**shared(z), when(2));
    }

    #[test]
    fn two_actions_together_give_what_each_gives() {
        let x = FieldId(10);
        let reads = Rights::of(&[grant(when(1), Fields::All)], &Plain);
        let fewer = Rights::of(&[grant(when(2), Fields::Only([x].into()))], &Plain);
        let access = |rights: &Rights| rights.access(EntityId(0), Action::Read).unwrap().clone();
        let both = access(&reads).both(&access(&fewer));
        assert_eq!(*both.rows, when(1).and(when(2)));
        assert_eq!((both.field(x), both.mask(x)), (Some(&when(1).and(when(2))), None));
        assert_eq!(both.field(FieldId(11)), None);
        assert_eq!(access(&reads).both(&access(&reads)), *access(&reads));
    }

    #[test]
    fn a_field_left_out_of_every_grant_is_not_given_by_the_others() {
        let x = FieldId(10);
        let mut partly = grant(when(1), Fields::Except([x].into()));
        partly.masked.insert(x, Mask::parse("#**").unwrap());
        let rights = Rights::of(&[partly, grant(when(2), Fields::Only([FieldId(11)].into()))], &Plain);
        let access = rights.access(EntityId(0), Action::Read).unwrap();
        assert_eq!(access.field(x), None);
        assert_eq!(access.field(FieldId(12)), Some(&when(1)));
        assert_eq!(access.partly(x), [(Arc::new(when(1)), Mask::parse("#**").unwrap())]);
        assert!(access.shows(x) && access.partly(FieldId(12)).is_empty());
    }

    #[test]
    fn what_lies_beside_a_record_is_given_where_it_is_given_whole_or_named() {
        let x = FieldId(10);
        let mut named = grant(when(2), Fields::Only([x].into()));
        named.beside.insert(Aside::Comments);
        let whole = grant(when(1), Fields::Except([x].into()));
        let listed = grant(when(3), Fields::Only([x].into()));
        let rights = Rights::of(&[whole, named.clone(), listed.clone()], &Plain);
        let access = rights.access(EntityId(0), Action::Read).unwrap();
        assert_eq!(access.beside(Aside::Comments), Some(&when(1).or(when(2))));
        assert_eq!(access.beside(Aside::Attachments), Some(&when(1)));
        assert_eq!(access.mask_beside(Aside::Attachments), Some(&when(1)));
        let lists = Rights::of(&[listed], &Plain);
        let lists = lists.access(EntityId(0), Action::Read).unwrap();
        assert_eq!(Aside::ALL.map(|aside| lists.beside(aside)), [None, None]);
        let one = Rights::of(&[named], &Plain);
        let one = one.access(EntityId(0), Action::Read).unwrap();
        assert_eq!((one.mask_beside(Aside::Comments), one.beside(Aside::Comments)), (None, Some(&when(2))));
        assert_eq!(access.both(lists).beside(Aside::Comments), None);
        assert_eq!(access.both(one).beside(Aside::Comments), Some(&when(1).or(when(2)).and(when(2))));
    }

    #[test]
    fn what_is_uncovered_is_what_the_same_grant_masks() {
        let (x, y) = (FieldId(10), FieldId(11));
        let mut masks = grant(when(1), Fields::Except([x].into()));
        masks.actions.insert(Action::Uncover);
        masks.masked.insert(x, Mask::parse("#**").unwrap());
        let mut only = grant(when(2), Fields::Except([y].into()));
        only.masked.insert(y, Mask::parse("#**").unwrap());
        let rights = Rights::of(&[masks, only], &Plain);
        let access = rights.access(EntityId(0), Action::Uncover).unwrap();
        assert_eq!((&*access.rows, access.field(x)), (&when(1), Some(&when(1))));
        assert_eq!(
            (access.field(y), access.field(FieldId(12))),
            (None, None),
            "neither another's mask nor what is read"
        );
        assert!(access.partly(x).is_empty());
    }

    #[test]
    fn a_field_given_wherever_the_row_is_needs_no_mask_whatever_the_order() {
        let x = FieldId(10);
        let some = grant(when(1), Fields::Only([x].into()));
        let all = grant(when(2), Fields::All);
        for grants in [[some.clone(), all.clone()], [all, some]] {
            let rights = Rights::of(&grants, &Plain);
            let access = rights.access(EntityId(0), Action::Read).unwrap();
            assert_eq!(access.mask(x), None);
            assert!(access.mask(FieldId(11)).is_some());
        }
    }
}
