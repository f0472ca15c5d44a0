//! What would have been done for a record, and who would have been told: the rule's own expressions over the record as it
//! stood then. What lies behind a reference is read as it is today, and said to be.

use std::collections::{BTreeMap, HashMap, HashSet};

use app::{Entity, FieldKind, Rule, RuleAction};
use formula::{Formula, Path, Predicate, Term};
use model::{FieldId, RecordId, Value};
use policy::List;

use super::{
    NAMES,
    fired::{Firing, Kept, Reading, Would, sees},
    names,
};
use crate::{
    QueryError,
    execute::record::{Record, Surroundings},
    query::Query,
};

/// What is read today behind references, by the path from the record and what its first field refers to.
type Beyond = HashMap<(Path, RecordId), Value>;

/// The expressions that name whom a rule tells.
pub(super) fn formulas(rule: &Rule) -> impl Iterator<Item = &Formula> {
    rule.actions.iter().flat_map(named_by)
}

fn named_by(action: &RuleAction) -> &[Formula] {
    match action {
        RuleAction::Notify { to, .. } => to,
        RuleAction::Create { .. } | RuleAction::Start(_) | RuleAction::Call(_) => &[],
    }
}

/// What a rule would have done each time.
pub(super) async fn firings(reading: &Reading<'_>, kept: Vec<Kept>) -> Result<Vec<Firing>, QueryError> {
    let (app, rule) = (reading.app(), reading.rule);
    let beyond = beyond(reading, &kept).await?;
    let mut firings: Vec<Firing> = Vec::new();
    let mut people: HashSet<RecordId> = HashSet::new();
    for one in kept {
        let mut naming = Naming { reading, beyond: &beyond, today: Vec::new(), unknown: Vec::new() };
        let around = reading.around(one.at);
        let would = rule.actions.iter().map(|action| match action {
            RuleAction::Notify { to, .. } => {
                let told = naming.people(&one, to, &around);
                Would::Tell(told.into_iter().map(|person| (person, None)).collect())
            }
            RuleAction::Create { entity, each, .. } => Would::Make(*entity, each.as_ref().map(|each| each.entity)),
            RuleAction::Start(workflow) => Would::Begin(workflow.clone()),
            RuleAction::Call(call) => Would::Call(call.plugin.clone()),
        });
        let would: Vec<Would> = would.collect();
        let Naming { today, unknown, .. } = naming;
        people.extend(would.iter().flat_map(told).map(|(person, _)| *person));
        let Kept { record, name, at, since, platform, .. } = one;
        firings.push(Firing { record, name, at, since, platform, would, today, unknown });
    }
    let Some(person) = app.organisation().person.filter(|_| !people.is_empty()) else { return Ok(firings) };
    let called = names(reading.engine, reading.actor, person, people.into_iter()).await?;
    for would in firings.iter_mut().flat_map(|firing| &mut firing.would) {
        if let Would::Tell(people) = would {
            for (person, name) in people {
                *name = called.get(&*person).cloned();
            }
        }
    }
    Ok(firings)
}

fn told(would: &Would) -> &[(RecordId, Option<String>)] {
    match would {
        Would::Tell(people) => people,
        Would::Make(..) | Would::Begin(_) | Would::Call(_) => &[],
    }
}

/// Who is named for one record, and what is to be said of how that is known.
struct Naming<'n, 'r> {
    reading: &'n Reading<'r>,
    beyond: &'n Beyond,
    today: Vec<String>,
    unknown: Vec<String>,
}

impl Naming<'_, '_> {
    /// The people that expressions over the record give, each once.
    fn people(&mut self, one: &Kept, to: &[Formula], around: &Surroundings) -> Vec<RecordId> {
        let mut people: Vec<RecordId> = Vec::new();
        for formula in to {
            let Some(record) = self.record(self.reading.entity, one, formula) else { continue };
            // As in earnest, an expression beyond its bounds names nobody.
            let Ok(found) = record.evaluate(formula, around) else { continue };
            people.extend(found.as_list().unwrap_or(std::slice::from_ref(&found)).iter().filter_map(Value::as_id));
        }
        people.sort_unstable();
        people.dedup();
        people
    }

    /// The record with all that a formula reads; `None` where a part of that is not known.
    fn record(&mut self, entity: &Entity, one: &Kept, formula: &Formula) -> Option<Record> {
        let app = self.reading.app();
        let mut record = Record::new(entity, one.record);
        let mut whole = true;
        for path in formula.reads() {
            let first = path.hops.first().copied().unwrap_or(path.field);
            if first == entity.system.id {
                continue;
            }
            let own = one.stood.get(&first).cloned().flatten();
            let found = match &own {
                Some(value) if path.hops.is_empty() || value.is_null() => Some(value.clone()),
                Some(value) => value.as_id().and_then(|id| self.beyond.get(&(path.clone(), id))).cloned(),
                None => None,
            };
            let text = app.path_text(path);
            let behind = !path.hops.is_empty() && own.is_some_and(|own| !own.is_null());
            let named = match &found {
                None => Some(&mut self.unknown),
                Some(_) => behind.then_some(&mut self.today),
            };
            if let Some(named) = named.filter(|named| !named.contains(&text)) {
                named.push(text);
            }
            match found {
                Some(value) if path.hops.is_empty() => drop(record.values.insert(path.field, value)),
                Some(value) => drop(record.reached.insert(path.clone(), value)),
                None => whole = false,
            }
        }
        whole.then_some(record)
    }
}

/// Reads what lies behind references, for all records together: a statement per reference and some hundreds of what it leads to.
async fn beyond(reading: &Reading<'_>, kept: &[Kept]) -> Result<Beyond, QueryError> {
    let app = reading.app();
    let mut through: BTreeMap<FieldId, Vec<&Path>> = BTreeMap::new();
    for path in formulas(reading.rule).flat_map(Formula::reads).filter(|path| sees(reading.actor, path)) {
        let Some(first) = path.hops.first() else { continue };
        let paths = through.entry(*first).or_default();
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let mut beyond = Beyond::new();
    for (first, paths) in through {
        let Some(FieldKind::Reference { to, .. }) = app.field(first).map(|field| &field.kind) else { continue };
        let Some(own) = app.entity(*to).and_then(|entity| app.own_path(entity.system.id)) else { continue };
        let mut ids: Vec<RecordId> =
            kept.iter().filter_map(|one| one.stood.get(&first)?.as_ref().and_then(Value::as_id)).collect();
        ids.sort_unstable();
        ids.dedup();
        let onward = |path: &&Path| Path {
            entity: *to,
            hops: path.hops.iter().skip(1).copied().collect(),
            field: path.field,
            ty: path.ty.clone(),
        };
        let columns: Vec<Path> = paths.iter().map(onward).collect();
        for ids in ids.chunks(NAMES) {
            let among = ids.iter().map(|id| Term::Literal(Value::Id(*id), own.ty.clone())).collect();
            let list = List {
                columns: columns.clone(),
                within: Predicate::In { item: Term::Field(own.clone()), list: among },
                ..List::all(*to, u32::try_from(NAMES).unwrap_or(u32::MAX))
            };
            for row in list.answer(reading.engine, reading.actor).await?.rows {
                let values = paths.iter().zip(row.values);
                beyond.extend(values.map(|(path, value)| (((*path).clone(), row.id), value)));
            }
        }
    }
    Ok(beyond)
}
