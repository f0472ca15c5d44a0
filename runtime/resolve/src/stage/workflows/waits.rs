//! What a case waits for, and what becomes due meanwhile.

use definition::kind::workflow as words;
use formula::Formula;
use model::{Diagnostic, Location, Name, Type};
use workflow::{Other, Span, Wait, WaitFor, When};

use super::{Site, span};

impl Site<'_> {
    pub(super) fn wait(&self, written: &words::Wait, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Wait> {
        let until = match (&written.time, written.signal.as_deref(), written.until.as_deref()) {
            (Some(time), None, None) => WaitFor::Time(self.moment(time, &at.child("time"), faults)?),
            (None, signal @ Some(_), None) => self.ending((signal, None), at, faults)?,
            (None, None, until @ Some(_)) => self.ending((None, until), at, faults)?,
            _ => {
                let message = "one thing is waited for: `time`, `signal` or `until`";
                faults.push(Diagnostic::error("workflow.one-thing", at.clone(), message));
                return None;
            }
        };
        let others = self.others(written, &at.child("or"), faults);
        let late = match &written.late {
            Some(_) if written.time.is_some() => {
                let message = "`late` does nothing where a moment is waited for";
                faults.push(Diagnostic::error("workflow.does-not-apply", at.child("late"), message));
                None
            }
            Some(late) => {
                let at = at.child("late");
                let when = self.moment(&late.after, &at.child("after"), faults)?;
                let next = late.next.as_ref().and_then(|name| self.step(name, &at.child("next"), faults));
                Some((when, next))
            }
            None => None,
        };
        let counts = written.time.is_some() || written.late.is_some();
        let paused = self.paused(written.paused.as_deref(), counts, at, faults);
        Some(Wait { until, others, late, paused })
    }

    /// A word or a condition that ends the waiting: exactly one of them.
    fn ending(
        &self,
        said: (Option<&str>, Option<&str>),
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<WaitFor> {
        match said {
            (Some(word), None) => match Name::parse_dashed(word) {
                Ok(word) => Some(WaitFor::Signal(word)),
                Err(fault) => {
                    let message = format!("this cannot be a word to wait for: {fault}");
                    faults.push(Diagnostic::error("workflow.bad-signal", at.child("signal"), message));
                    None
                }
            },
            (None, Some(source)) => {
                let at = at.child("until");
                let found = self.condition(source, &at, faults)?;
                if found.uses_day() {
                    let message = "a case is not told that a day has passed, so it would wait here for ever";
                    let help = "wait for a moment (`time`), or for a computed field of the record that says so";
                    faults.push(Diagnostic::error("workflow.reads-elsewhere", at.clone(), message).help(help));
                }
                Some(WaitFor::Record(self.heard(found, &at, faults)))
            }
            _ => {
                let message = "one thing ends the waiting: `signal` or `until`";
                faults.push(Diagnostic::error("workflow.one-thing", at.clone(), message));
                None
            }
        }
    }

    /// What else ends the waiting, and where it leads.
    fn others(&self, written: &words::Wait, at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<Other> {
        if written.time.is_some() && !written.or.is_empty() {
            let message = "`or` does nothing where a moment is waited for";
            let help = "say one of these things as what is waited for, and the moment under `late`";
            faults.push(Diagnostic::error("workflow.does-not-apply", at.clone(), message).help(help));
            return Vec::new();
        }
        let mut words: Vec<&str> = written.signal.iter().map(String::as_str).collect();
        let mut found = Vec::new();
        for (index, other) in written.or.iter().enumerate() {
            let at = at.child(index);
            if let Some(word) = other.signal.as_deref() {
                if words.contains(&word) {
                    let message = format!("`{word}` is waited for already, and leads elsewhere then");
                    faults.push(Diagnostic::error("workflow.does-not-apply", at.child("signal"), message));
                }
                words.push(word);
            }
            let until = self.ending((other.signal.as_deref(), other.until.as_deref()), &at, faults);
            let next = self.step(&other.next, &at.child("next"), faults);
            found.extend(until.zip(next).map(|(until, next)| Other { until, next }));
        }
        found
    }

    pub(super) fn moment(&self, written: &words::When, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<When> {
        let words::When { from, working_days, days, hours } = written;
        let span = match (working_days, days, hours) {
            (None, None, None) if from.is_some() => Span::Days(0),
            lengths => span((*lengths.0, *lengths.1, *lengths.2), at, faults)?,
        };
        let (Span::WorkingDays(length) | Span::Days(length) | Span::Hours(length)) = span;
        // From arrival only what lies ahead makes sense.
        let fits = if from.is_some() { (-3_660..=3_660).contains(&length) } else { (1..=3_660).contains(&length) };
        if !fits {
            let message = "so long a time is never due, or was due before it began";
            faults.push(Diagnostic::error("workflow.out-of-range", at.clone(), message));
        }
        let from = match from {
            Some(source) => {
                let at = at.child("from");
                let found = self.expression(source, None, &at, faults)?;
                if !matches!(found.ty(), Type::Date | Type::DateTime) {
                    let message = "a day or a moment is asked for";
                    faults.push(Diagnostic::error("workflow.no-time", at, message));
                    return None;
                }
                Some(self.heard(found, &at, faults))
            }
            None => None,
        };
        Some(When { from, span })
    }

    /// The condition under which nothing becomes due; a case has to hear of it when it changes.
    pub(super) fn paused(
        &self,
        written: Option<&str>,
        counts: bool,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Formula> {
        let at = at.child("paused");
        let found = self.condition(written?, &at, faults)?;
        if !counts {
            let message = "`paused` does nothing where nothing becomes due";
            faults.push(Diagnostic::error("workflow.does-not-apply", at.clone(), message).help("leave it out"));
        }
        if found.uses_day() {
            let message = "a case is not told that a day has passed, so it would not go on by itself";
            let help = "name the states in which it is paused, or a computed field of the record that says so";
            faults.push(Diagnostic::error("workflow.reads-elsewhere", at.clone(), message).help(help));
        }
        Some(self.heard(found, &at, faults))
    }

    /// What a case goes by has to be a field of its own record: only of that one is it told that it has changed.
    pub(super) fn heard(&self, found: Formula, at: &Location, faults: &mut Vec<Diagnostic>) -> Formula {
        if let Some(path) = found.reads().iter().find(|path| !path.hops.is_empty()) {
            let field = self.draft.field_name(path.field);
            let message =
                format!("`{field}` is a field of another record, and a case is told of changes to its own only");
            let help = "give the entity a computed field with this formula, and name that field here";
            faults.push(Diagnostic::error("workflow.reads-elsewhere", at.clone(), message).help(help));
        }
        found
    }
}
