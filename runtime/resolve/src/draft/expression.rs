//! Expressions as documents write them: read against what is known of the app, with faults that point into the text.

use formula::{ActorAttribute, Formula, Path, Predicate, Purpose, Scope};
use model::{Date, Diagnostic, EntityId, Location, Timestamp, Type, Value};

use super::{Draft, NOBODY};

impl Draft<'_> {
    /// Reads an expression written at `at`; faults point into it.
    pub(crate) fn expression(
        &self,
        source: &str,
        entity: EntityId,
        expected: Option<&Type>,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Formula> {
        let compiled = formula::compile(source, entity, expected, self);
        self.without_reach(self.reported(compiled, source, at, faults)?, at, faults)
    }

    /// Reads a condition written at `at`.
    pub(crate) fn condition(
        &self,
        source: &str,
        entity: EntityId,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Formula> {
        let compiled = formula::compile_for(source, entity, Purpose::Condition, self);
        self.without_reach(self.reported(compiled, source, at, faults)?, at, faults)
    }

    /// Refuses a question of reach where no database answers.
    fn without_reach(&self, formula: Formula, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Formula> {
        if formula.asks_reach() == formula::AsksReach::No {
            return Some(formula);
        }
        let message = "where somebody stands in the organisation is asked in conditions on rows only";
        let help = "use it in a role's `where`, in a page's `filter` or in `only`";
        faults.push(Diagnostic::error("formula.reach-elsewhere", at.clone(), message).help(help));
        None
    }

    /// Reads a condition that a database answers.
    pub(crate) fn filter(
        &self,
        source: &str,
        entity: EntityId,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<(Formula, Predicate)> {
        let compiled = formula::compile_for(source, entity, Purpose::Filter, self);
        let formula = self.reported(compiled, source, at, faults)?;
        let predicate = formula.predicate().map_err(|fault| vec![fault]);
        let predicate = self.reported(predicate, source, at, faults)?;
        Some((formula, predicate))
    }

    /// Reads a condition that a database answers at some moment: parts without fields may be whatever that moment makes
    /// of them.
    pub(crate) fn timed_filter(
        &self,
        source: &str,
        entity: EntityId,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Formula> {
        let formula = self.condition(source, entity, at, faults)?;
        let lowered = formula.predicate_for(&SomeMoment).map_err(|fault| vec![fault]);
        self.reported(lowered, source, at, faults)?;
        Some(formula)
    }

    fn reported<T>(
        &self,
        found: Result<T, Vec<formula::Fault>>,
        source: &str,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<T> {
        match found {
            Ok(value) => Some(value),
            Err(_) if self.mentions_broken(source) => None,
            Err(found) => {
                faults.extend(found.into_iter().map(|fault| {
                    let location = Location { inner: fault.span, ..at.clone() };
                    let nobody =
                        self.organisation.person.is_none() && fault.message.contains("`actor` has no `person`");
                    let help = if nobody { Some(NOBODY.to_owned()) } else { fault.help };
                    Diagnostic::error(fault.code, location, fault.message).maybe_help(help)
                }));
                None
            }
        }
    }

    /// Whether an expression names a field that is itself at fault: what follows from that is not told again.
    fn mentions_broken(&self, source: &str) -> bool {
        let mut words = source.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        words.any(|word| {
            self.broken_fields.iter().any(|id| self.field_by_id(*id).is_some_and(|field| field.name.as_str() == word))
        })
    }
}

/// A moment like any other.
struct SomeMoment;

impl Scope for SomeMoment {
    fn value(&self, _: &Path) -> Value {
        Value::Null
    }

    fn actor(&self, _: ActorAttribute) -> Value {
        Value::Null
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn today(&self) -> Date {
        Date::constant(1970, 1, 1)
    }

    fn is_open(&self, _: Date) -> bool {
        true
    }
}
