//! What the subjects of a term lead to on a day. A person's unit is the one they were assigned to on that day, and the one
//! they are in now where nothing says otherwise.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use app::FieldRole;
use formula::Path;
use model::{Date, EntityId, RecordId, Value};
use policy::List;

use crate::{
    Actor, Engine, QueryError,
    query::{Query, learnable},
};

/// Records read at once.
const PAGE: u32 = 5_000;

/// Where somebody was, from one day to another.
struct Stay {
    from: Date,
    to: Option<Date>,
    place: RecordId,
}

/// What each subject leads to.
#[derive(Default)]
pub(crate) struct Owners {
    now: BTreeMap<RecordId, RecordId>,
    /// By subject, the latest last.
    stays: HashMap<RecordId, Vec<Stay>>,
    /// The rest of the way, from where somebody was.
    onward: Option<HashMap<RecordId, RecordId>>,
}

impl Owners {
    /// What the subjects that the actor may see lead to by a path.
    pub(crate) async fn of(engine: &Engine, actor: &Actor, subject: EntityId, path: &Path) -> Result<Self, QueryError> {
        let mut owners = Self::default();
        // Who is not to know where the subjects belong sees none of them there.
        if !learnable(&actor.edition.app, actor, path) {
            return Ok(owners);
        }
        for (id, values) in all(engine, actor, subject, vec![path.clone()]).await? {
            owners.now.extend(values.first().and_then(Value::as_id).map(|owner| (id, owner)));
        }
        let app = &actor.edition.app;
        let known = app.organisation();
        let first = path.hops.first().copied().unwrap_or(path.field);
        let of = |role| {
            let path = known.field(role).and_then(|field| app.own_path(field));
            path.filter(|path| learnable(app, actor, path))
        };
        let (Some(assignment), Some(person), Some(unit), Some(from), Some(to)) = (
            known.assignment.filter(|_| known.person == Some(subject) && known.field(FieldRole::Unit) == Some(first)),
            of(FieldRole::AssignedPerson),
            of(FieldRole::AssignedUnit),
            of(FieldRole::ValidFrom),
            of(FieldRole::ValidTo),
        ) else {
            return Ok(owners);
        };
        for (_, values) in all(engine, actor, assignment, vec![person, unit, from, to]).await? {
            let [person, place, from, to] = values.as_slice() else { continue };
            let (Some(person), Some(place), Some(from)) = (person.as_id(), place.as_id(), from.as_date()) else {
                continue;
            };
            owners.stays.entry(person).or_default().push(Stay { from, to: to.as_date(), place });
        }
        for stays in owners.stays.values_mut() {
            stays.sort_by_key(|stay| stay.from);
        }
        if let Some(((_, hops), entity)) = path.hops.split_first().zip(known.unit) {
            let rest = Path { entity, hops: hops.to_vec(), field: path.field, ty: path.ty.clone() };
            let found = all(engine, actor, entity, vec![rest]).await?;
            let found = found.into_iter().filter_map(|(id, values)| Some((id, values.first()?.as_id()?)));
            owners.onward = Some(found.collect());
        }
        Ok(owners)
    }

    /// The end of the way from where somebody was.
    fn end(&self, place: RecordId) -> Option<RecordId> {
        match &self.onward {
            None => Some(place),
            Some(onward) => onward.get(&place).copied(),
        }
    }

    /// What a subject leads to on a day.
    pub(crate) fn on(&self, subject: RecordId, day: Date) -> Option<RecordId> {
        let stays = self.stays.get(&subject).map_or(&[][..], Vec::as_slice);
        let then = stays.iter().rev().find(|stay| stay.from <= day && stay.to.is_none_or(|to| day <= to));
        match then {
            Some(stay) => self.end(stay.place),
            None => self.now.get(&subject).copied(),
        }
    }

    /// Everything that subjects ever led to.
    pub(crate) fn ever(&self, subjects: impl IntoIterator<Item = RecordId>) -> BTreeSet<RecordId> {
        let mut found = BTreeSet::new();
        for subject in subjects {
            found.extend(self.now.get(&subject));
            let stays = self.stays.get(&subject).map_or(&[][..], Vec::as_slice);
            found.extend(stays.iter().filter_map(|stay| self.end(stay.place)));
        }
        found
    }

    /// The subjects that ever led to one of these.
    pub(crate) fn subjects(&self, owners: &BTreeSet<RecordId>) -> Vec<RecordId> {
        let all: BTreeSet<RecordId> = self.now.keys().chain(self.stays.keys()).copied().collect();
        all.into_iter().filter(|subject| !self.ever([*subject]).is_disjoint(owners)).collect()
    }
}

/// These values of every record of an entity.
async fn all(
    engine: &Engine,
    actor: &Actor,
    entity: EntityId,
    columns: Vec<Path>,
) -> Result<Vec<(RecordId, Vec<Value>)>, QueryError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let list = List { columns: columns.clone(), after: after.take(), ..List::all(entity, PAGE) };
        let page = list.answer(engine, actor).await?;
        found.extend(page.rows.into_iter().map(|row| (row.id, row.values)));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}
