//! Terms made from terms: an expression in which the names are those of other terms and the values theirs.

use formula::{ActorAttribute, EvaluateError, Fault, FieldInfo, Formula, Kind, Path, Schema, Scope, compile};
use model::{Date, Decimal, EntityId, FieldId, TermId, Timestamp, Type, Value};

/// An entity there is not: what an expression over terms is written on.
const TERMS: EntityId = EntityId(u32::MAX);

/// A compiled expression over terms.
#[derive(Debug, Clone)]
pub struct Derived {
    formula: Formula,
    reads: Vec<TermId>,
}

/// Why an expression over terms is none.
#[derive(Debug, Clone)]
pub enum NotDerived {
    /// The expression is at fault.
    Faults(Vec<Fault>),
    /// It reads no term.
    ReadsNothing,
    /// It asks what day it is or who asks, and a number is the same for everybody and stays what it was.
    AsksAround,
}

/// The names of all terms.
struct Names<'a>(&'a [(&'a str, TermId)]);

impl Schema for Names<'_> {
    fn field(&self, _: EntityId, name: &str) -> Option<FieldInfo> {
        let (_, id) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(FieldInfo { id: FieldId(id.0), ty: Type::Decimal, kind: Kind::Column })
    }

    fn field_names(&self, _: EntityId) -> Vec<String> {
        self.0.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn actor(&self, _: &str) -> Option<(ActorAttribute, Type)> {
        None
    }
}

/// The values of some terms.
struct Values<'a>(&'a dyn Fn(TermId) -> Option<Decimal>);

impl Scope for Values<'_> {
    fn value(&self, path: &Path) -> Value {
        (self.0)(TermId(path.field.0)).into()
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
        false
    }
}

impl Derived {
    /// Reads an expression over the terms of these names.
    ///
    /// # Errors
    /// See [`NotDerived`].
    pub fn read(source: &str, names: &[(&str, TermId)]) -> Result<Self, NotDerived> {
        let formula = compile(source, TERMS, Some(&Type::Decimal), &Names(names)).map_err(NotDerived::Faults)?;
        if formula.uses_day() || formula.uses_actor() {
            return Err(NotDerived::AsksAround);
        }
        let reads: Vec<TermId> = formula.reads().iter().map(|path| TermId(path.field.0)).collect();
        if reads.is_empty() {
            return Err(NotDerived::ReadsNothing);
        }
        Ok(Self { formula, reads })
    }

    /// The terms it reads, each once.
    pub fn reads(&self) -> &[TermId] {
        &self.reads
    }

    /// The expression as its author wrote it.
    pub fn source(&self) -> &str {
        self.formula.source()
    }

    /// Its value where the terms have these; no data where it is not known or has too many digits.
    ///
    /// # Errors
    /// When it exceeds the bounds of an expression.
    pub fn value(&self, of: &dyn Fn(TermId) -> Option<Decimal>) -> Result<Option<Decimal>, EvaluateError> {
        Ok(self.formula.evaluate(&Values(of))?.as_decimal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, TermId); 3] =
        [("promoters", TermId(0)), ("detractors", TermId(1)), ("after_sales", TermId(2))];

    fn value(source: &str, values: [Option<&str>; 3]) -> Option<String> {
        let derived = Derived::read(source, &NAMES).unwrap();
        let of = |id: TermId| values.get(id.index()).copied().flatten().and_then(|text| text.parse().ok());
        derived.value(&of).unwrap().map(|value| value.normalize().to_string())
    }

    #[test]
    fn terms_are_made_from_terms() {
        assert_eq!(value("promoters - detractors", [Some("55"), Some("15"), None]).as_deref(), Some("40"));
        let after = value("0.6 * after_sales + 0.4 * (100 - detractors)", [None, Some("5"), Some("82")]);
        assert_eq!(after.as_deref(), Some("87.2"));
    }

    #[test]
    fn without_data_there_is_none() {
        assert_eq!(value("promoters - detractors", [Some("55"), None, None]), None);
        assert_eq!(value("promoters / detractors", [Some("55"), Some("0"), None]), None);
        assert_eq!(value("promoters - (detractors ?? 0)", [Some("55"), None, None]).as_deref(), Some("55"));
    }

    #[test]
    fn what_is_no_expression_over_terms_is_refused() {
        assert!(matches!(Derived::read("1 + 1", &NAMES), Err(NotDerived::ReadsNothing)));
        assert!(matches!(Derived::read("promoters + DAY(TODAY())", &NAMES), Err(NotDerived::AsksAround)));
        let Err(NotDerived::Faults(faults)) = Derived::read("promoter - 1", &NAMES) else { panic!("it should fail") };
        assert_eq!(faults[0].help.as_deref(), Some("did you mean `promoters`?"));
    }
}
