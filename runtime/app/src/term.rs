//! Terms among the rest of the app: what they are measured from, whom they are about, what tells their measures apart.

use std::collections::BTreeSet;

use metrics::{Base, Measure, Number, Part, Term};
use model::{EntityId, Grain, RoleId, TermId};

use crate::{App, meaning::plain};

/// A part in the life of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermRight {
    /// To say what one thinks of it.
    Comment,
    /// To find that it has been looked at, or to send it back.
    Review,
    /// To approve what somebody else has reviewed, and to end it.
    Approve,
}

impl TermRight {
    /// The word in a role's document.
    pub fn word(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Review => "review",
            Self::Approve => "approve",
        }
    }
}

/// What a role may do in the life of terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermRights {
    /// What may be done.
    pub acts: BTreeSet<TermRight>,
    /// Only with terms that these units answer for; with all when empty.
    pub owners: Vec<String>,
}

impl App {
    /// Whether people decide about terms: some role approves them.
    pub fn governs_terms(&self) -> bool {
        let rights = self.roles().iter().filter_map(|role| role.terms.as_ref());
        rights.flat_map(|rights| &rights.acts).any(|right| *right == TermRight::Approve)
    }

    /// What these roles, and those that everyone holds, may do in the life of a term.
    pub fn term_rights(&self, roles: &[RoleId], term: &Term) -> BTreeSet<TermRight> {
        let held = self.roles().iter().filter(|role| role.everyone || roles.contains(&role.id));
        let rights = held.filter_map(|role| role.terms.as_ref());
        let meant = rights.filter(|rights| rights.owners.is_empty() || rights.owners.contains(&term.owner));
        meant.flat_map(|rights| rights.acts.iter().copied()).collect()
    }

    /// The terms a term is measured from: itself, or the measured ones it is made from, each once.
    pub fn measured(&self, term: TermId) -> Vec<TermId> {
        metrics::measured(term, |id| self.term(id)).into_iter().map(|term| term.id).collect()
    }

    /// The measures over rows behind a term, each with the term it is the measure of.
    pub fn bases(&self, term: TermId) -> Vec<(TermId, &Base)> {
        let measured = self.measured(term).into_iter();
        measured.filter_map(|id| Some((id, self.term(id)?.base()?))).collect()
    }

    /// Whom or what a term is about, where that is one kind of record.
    pub fn about(&self, term: TermId) -> Option<EntityId> {
        let bases = self.bases(term);
        let mut subjects = bases.iter().map(|(_, base)| base.subject.as_ref().map(|(_, entity)| *entity));
        let first = subjects.next()??;
        subjects.all(|subject| subject == Some(first)).then_some(first)
    }

    /// The unit of whom or what a measure is about, as a path from its rows: the unit itself, or where a person works. `None`
    /// where it is about neither.
    pub fn unit_path(&self, base: &Base) -> Option<formula::Path> {
        let known = self.organisation();
        let (path, entity) = base.subject.as_ref()?;
        let unit = known.unit?;
        if *entity == unit {
            return Some(path.clone());
        }
        let field = known.field(crate::FieldRole::Unit).filter(|_| known.person == Some(*entity))?;
        let mut hops = path.hops.clone();
        hops.push(path.field);
        Some(formula::Path { entity: path.entity, hops, field, ty: model::Type::Id(Some(unit)) })
    }

    /// The length of period a term is usually asked by: as often as new data is expected, or as its rows tell it.
    pub fn usual_grain(&self, term: &Term) -> Grain {
        let bases = self.bases(term.id);
        metrics::usual(&bases.iter().map(|(_, base)| *base).collect::<Vec<_>>(), term.frequency)
    }

    /// The lengths of period for which the values of a term are kept, the shortest first.
    pub fn kept_grains(&self, term: &Term) -> Vec<Grain> {
        let bases = self.bases(term.id);
        metrics::kept(&bases.iter().map(|(_, base)| *base).collect::<Vec<_>>(), term.frequency)
    }

    /// What tells the measure of a term from another: the same for measures that always give the same numbers.
    pub fn fingerprint(&self, term: &Term) -> String {
        match &term.measure {
            Measure::Base(base) => {
                let entity = self.entity(base.over).map_or("", |entity| entity.name.as_str());
                let subject = base.subject.as_ref().map(|(path, _)| self.path_text(path)).unwrap_or_default();
                let time = self.path_text(&base.time);
                format!("{entity}|{time}|{subject}|{}|{}", plain(&base.written), self.number_text(&base.number))
            }
            Measure::Derived(derived) => {
                let parts = derived.reads().iter().filter_map(|id| self.term(*id));
                let parts: Vec<String> =
                    parts.map(|part| format!("{}={{{}}}", part.name, self.fingerprint(part))).collect();
                format!("{}|{}", plain(derived.source()), parts.join("|"))
            }
        }
    }

    /// A number over rows in the words of its definition.
    pub fn number_text(&self, number: &Number) -> String {
        let part = |part: &Part| plain(&part.written);
        match number {
            Number::Simple(one) => part(one),
            Number::Ratio(ratio) => {
                let factor = match ratio.times == model::Decimal::ONE {
                    true => String::new(),
                    false => format!(" * {}", ratio.times.normalize()),
                };
                format!("{} / {}{factor}", part(&ratio.numerator), part(&ratio.denominator))
            }
            Number::Weighted { value, weight } => {
                format!("sum({} * {}) / sum({})", self.path_text(value), self.path_text(weight), self.path_text(weight))
            }
            Number::Cumulative { of, since } => format!("{} since {}", part(of), since.word()),
        }
    }
}
