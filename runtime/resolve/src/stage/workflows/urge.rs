//! How often those who are asked may be urged.

use definition::kind::workflow::{self as words, Workflow};
use model::{Diagnostic, Location};
use workflow::Urge;

use super::Site;

/// The longest time for which they are not urged again: 30 days, in minutes.
const LONGEST: u32 = 43_200;
/// Most times that are counted.
const MOST: u32 = 100;

impl Site<'_> {
    /// What a step says, or else the workflow, whose own words are checked once ([`check`]).
    pub(super) fn urge(&self, own: Option<&words::Urge>, at: &Location, faults: &mut Vec<Diagnostic>) -> Urge {
        match (own, &self.words.urge) {
            (Some(own), _) => read(own, at, faults),
            (None, Some(all)) => read(all, at, &mut Vec::new()),
            (None, None) => Urge::default(),
        }
    }
}

/// Checks what a workflow says for all of its steps.
pub(super) fn check(words: &Workflow, at: &Location, faults: &mut Vec<Diagnostic>) {
    let Some(urge) = &words.urge else { return };
    let at = at.child("urge");
    read(urge, &at, faults);
    let mut asked = words.steps.values().flat_map(|step| step.form.iter().chain(&step.approval));
    if asked.all(|asked| asked.urge.is_some()) {
        let message = "`urge` does nothing where no step asks anybody without saying its own";
        faults.push(Diagnostic::error("workflow.does-not-apply", at, message).help("leave it out"));
    }
}

fn read(written: &words::Urge, at: &Location, faults: &mut Vec<Diagnostic>) -> Urge {
    let words::Urge { every, most } = *written;
    if every.is_none() && most.is_none() {
        let message = "`urge` does nothing where it says neither `every` nor `most`";
        faults.push(Diagnostic::error("workflow.does-not-apply", at.clone(), message).help("leave it out"));
    }
    if let Some(minutes) = every.filter(|minutes| !(1..=LONGEST).contains(minutes)) {
        let message = format!("{minutes} minutes are not between 1 and {LONGEST}, which are 30 days");
        faults.push(Diagnostic::error("workflow.out-of-range", at.child("every"), message));
    }
    if let Some(times) = most.filter(|times| *times > MOST) {
        let message = format!("{times} times are more than {MOST}");
        let help = "leave `most` out to have it done as often as anybody likes";
        faults.push(Diagnostic::error("workflow.out-of-range", at.child("most"), message).help(help));
    }
    if most == Some(0) && every.is_some() {
        let message = "`every` does nothing where nobody is urged at all";
        faults.push(Diagnostic::error("workflow.does-not-apply", at.child("every"), message).help("leave it out"));
    }
    Urge { every: every.unwrap_or(Urge::default().every), most }
}
