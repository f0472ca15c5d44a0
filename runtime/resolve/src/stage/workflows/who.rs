//! Who is asked or told.

use definition::kind::workflow::{Known, Whom};
use model::{Diagnostic, Location, Type};
use workflow::Who;

use super::Site;
use crate::draft::NOBODY;

/// Levels of managers looked up at most.
const MOST_LEVELS: u32 = 20;

impl Site<'_> {
    /// People who are told; what they weigh does not matter.
    pub(super) fn people(&self, written: &[Whom], at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<Who> {
        let found = self.whom(written, at, faults);
        for (index, whom) in written.iter().enumerate() {
            if matches!(whom, Whom::Known(Known { weight: Some(_), .. })) {
                let at = at.child(index).child("weight");
                let message = "`weight` does nothing where nobody votes";
                faults.push(Diagnostic::error("workflow.does-not-apply", at, message).help("leave it out"));
            }
        }
        found.into_iter().map(|(who, _)| who).collect()
    }

    pub(super) fn whom(&self, written: &[Whom], at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<(Who, u32)> {
        let each = written.iter().enumerate();
        each.filter_map(|(index, whom)| self.one_whom(whom, &at.child(index), faults)).collect()
    }

    pub(super) fn one_whom(&self, written: &Whom, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<(Who, u32)> {
        let known = match written {
            Whom::People(source) => return Some((Who::People(self.person(source, true, at, faults)?), 1)),
            Whom::Known(known) => known,
        };
        let Known { people, role, starter, chosen, managers_of, from, to, except, weight } = known;
        for (name, there) in [("from", from.is_some()), ("to", to.is_some())] {
            if there && managers_of.is_none() {
                let message = format!("`{name}` does nothing without `managers_of`");
                faults.push(Diagnostic::error("workflow.does-not-apply", at.child(name), message).help("leave it out"));
            }
        }
        if weight.is_some_and(|weight| weight == 0 || weight > 10_000) {
            let message = "a weight is between 1 and 10,000";
            faults.push(Diagnostic::error("workflow.out-of-range", at.child("weight"), message));
        }
        let who = match (people, role, starter, chosen, managers_of) {
            (Some(source), None, false, false, None) => {
                Who::People(self.person(source, true, &at.child("people"), faults)?)
            }
            (None, Some(name), false, false, None) => Who::Role(self.role(name, &at.child("role"), faults)?),
            (None, None, true, false, None) => Who::Starter,
            (None, None, false, true, None) => Who::Chosen,
            (None, None, false, false, Some(source)) => {
                let of = self.person(source, false, &at.child("managers_of"), faults)?;
                let from = from.unwrap_or(1);
                let to = to.unwrap_or(from);
                if from == 0 || to < from || to > MOST_LEVELS {
                    let message = format!("levels go from 1 up to {MOST_LEVELS}, the nearer first");
                    faults.push(Diagnostic::error("workflow.out-of-range", at.clone(), message));
                }
                Who::Managers { of, from, to }
            }
            _ => {
                let message = "somebody is known by one of `people`, `role`, `starter`, `chosen` and `managers_of`";
                faults.push(Diagnostic::error("workflow.one-thing", at.clone(), message));
                return None;
            }
        };
        Some((self.without(who, except.as_deref(), at, faults)?, weight.unwrap_or(1)))
    }

    /// Those, but not these of them.
    fn without(&self, who: Who, not: Option<&str>, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Who> {
        let Some(source) = not else { return Some(who) };
        if matches!(who, Who::Starter | Who::Chosen) {
            let message =
                "`except` does nothing here: whoever started the case, and whom they chose, are known one by one";
            let help = "leave it out; `starter: left_out` keeps an approval from whoever started the case";
            faults.push(Diagnostic::error("workflow.does-not-apply", at.child("except"), message).help(help));
            return Some(who);
        }
        let not = self.person(source, true, &at.child("except"), faults)?;
        Some(Who::Except { who: Box::new(who), not })
    }

    /// An expression that gives a person, or several.
    fn person(
        &self,
        source: &str,
        several: bool,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<formula::Formula> {
        let Some(person) = self.draft.organisation.person else {
            let message = "there are no people to be found";
            faults.push(Diagnostic::error("workflow.nobody", at.clone(), message).help(NOBODY));
            return None;
        };
        let one = Type::Id(Some(person));
        let list = formula::compile(source, self.entity, Some(&one.clone().list()), self.draft).ok();
        match list.filter(|_| several) {
            Some(found) => self.impersonal(found, at, faults),
            None => self.expression(source, Some(&one), at, faults),
        }
    }
}
