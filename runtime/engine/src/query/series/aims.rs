//! What is aimed for: a number, or an expression over whom or what a term is about. What the expressions read is read once for all
//! terms and questions of an answer.

use std::collections::HashMap;

use formula::{Formula, Path, Predicate, Scope, Term as Operand};
use metrics::{Scale, Term};
use model::{Date, Decimal, EntityId, RecordId, Timestamp, Value};
use policy::List;

use super::{GroupBy, Series, ask::Groups};
use crate::{
    Actor, Engine, QueryError,
    query::{Query, learnable},
};

/// Subjects that are read at once.
const SUBJECTS: usize = 500;

/// The values targets are made of, as far as they were needed.
pub(super) struct Aims<'a> {
    engine: &'a Engine,
    actor: &'a Actor,
    /// The paths that targets of the questions read, by what they are about.
    reads: HashMap<EntityId, Vec<Path>>,
    /// What was read; `None` of whom the reader does not see.
    known: HashMap<(EntityId, RecordId), Option<HashMap<Path, Value>>>,
}

impl<'a> Aims<'a> {
    /// Those of the terms of all questions; nothing is read yet.
    pub(super) fn of(questions: &[Series], engine: &'a Engine, actor: &'a Actor) -> Self {
        let mut aims = Self { engine, actor, reads: HashMap::new(), known: HashMap::new() };
        let app = &actor.edition.app;
        for id in questions.iter().flat_map(|question| &question.terms) {
            let target = app.term(*id).and_then(|term| term.target.as_ref()).filter(|target| aims.tells(target));
            let (Some(target), Some(entity)) = (target, app.about(*id)) else { continue };
            let reads = aims.reads.entry(entity).or_default();
            for path in target.reads() {
                if !reads.contains(path) {
                    reads.push(path.clone());
                }
            }
        }
        aims
    }

    /// What is aimed for in a term, group by group; where it has no target of its own, the one its curve names. Whoever may not
    /// read what a target is made of sees the number without it.
    pub(super) async fn targets(
        &mut self,
        question: &Series,
        term: &Term,
        groups: &Groups,
    ) -> Result<Vec<Option<Decimal>>, QueryError> {
        let Some(target) = &term.target else {
            let named = term.scale.as_ref().and_then(Scale::target);
            return Ok(vec![named; groups.values.len()]);
        };
        if target.reads().is_empty() {
            return Ok(vec![evaluate(target, &HashMap::new()); groups.values.len()]);
        }
        let entity = self.actor.edition.app.about(term.id).filter(|_| self.tells(target));
        let Some(entity) = entity else { return Ok(Vec::new()) };
        let each: Vec<Option<RecordId>> = match (question.subject, &question.group) {
            (_, Some(GroupBy::Subject)) => groups.values.iter().map(Value::as_id).collect(),
            (Some(subject), _) => vec![Some(subject); groups.values.len()],
            (None, _) => return Ok(Vec::new()),
        };
        self.read(entity, &each).await?;
        let aimed = |id: Option<RecordId>| evaluate(target, self.known.get(&(entity, id?))?.as_ref()?);
        Ok(each.into_iter().map(aimed).collect())
    }

    /// Whether the reader may read everything a target is made of.
    fn tells(&self, target: &Formula) -> bool {
        target.reads().iter().all(|path| learnable(&self.actor.edition.app, self.actor, path))
    }

    /// Reads of these what was not read before.
    async fn read(&mut self, entity: EntityId, ids: &[Option<RecordId>]) -> Result<(), QueryError> {
        let app = &self.actor.edition.app;
        let own = app.entity(entity).and_then(|of| app.own_path(of.system.id));
        let (Some(own), Some(columns)) = (own, self.reads.get(&entity)) else { return Ok(()) };
        let fresh = |id: &RecordId| !self.known.contains_key(&(entity, *id));
        let mut ids: Vec<RecordId> = ids.iter().flatten().copied().filter(fresh).collect();
        ids.sort_unstable();
        ids.dedup();
        for ids in ids.chunks(SUBJECTS) {
            let among = ids.iter().map(|id| Operand::Literal(Value::Id(*id), own.ty.clone())).collect();
            let list = List {
                columns: columns.clone(),
                within: Predicate::In { item: Operand::Field(own.clone()), list: among },
                ..List::all(entity, u32::try_from(SUBJECTS).unwrap_or(u32::MAX))
            };
            let rows = match list.answer(self.engine, self.actor).await {
                Ok(page) => page.rows,
                Err(QueryError::Denied(_)) => Vec::new(),
                Err(error) => return Err(error),
            };
            self.known.extend(ids.iter().map(|id| ((entity, *id), None)));
            for row in rows {
                let values = columns.iter().cloned().zip(row.values).collect();
                self.known.insert((entity, row.id), Some(values));
            }
        }
        Ok(())
    }
}

/// A target where its subject has these values.
fn evaluate(target: &Formula, values: &HashMap<Path, Value>) -> Option<Decimal> {
    target.evaluate(&Subject(values)).ok()?.as_decimal()
}

/// The values of a subject. A target asks neither who nor when.
struct Subject<'a>(&'a HashMap<Path, Value>);

impl Scope for Subject<'_> {
    fn value(&self, path: &Path) -> Value {
        self.0.get(path).cloned().unwrap_or_default()
    }

    fn actor(&self, _: formula::ActorAttribute) -> Value {
        Value::Null
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn today(&self) -> Date {
        Date::constant(1970, 1, 1)
    }

    fn is_open(&self, _: Date) -> bool {
        false
    }
}
