//! Scales of terms: in order, and with what they need.

use definition::kind::term;
use metrics::{Band, Curve, Direction, Scale, Step, Veto};
use model::{Decimal, Diagnostic, Location};

use super::number;

/// Compiles the scale of a term.
pub(super) fn resolve(
    written: &term::Scale,
    direction: Direction,
    has_target: bool,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Scale> {
    let said = [
        written.curve.is_some(),
        written.ratio.is_some(),
        !written.steps.is_empty(),
        written.deduct.is_some(),
        written.range.is_some(),
    ];
    let curves = said.into_iter().filter(|said| *said).count();
    if curves > 1 {
        let message = "a scale has at most one of `curve`, `ratio`, `steps`, `deduct` and `range`";
        faults.push(Diagnostic::error("term.one-curve", at.clone(), message));
        return None;
    }
    if curves == 0 && written.grades.is_empty() {
        let message = "this scale gives neither a score nor a grade";
        let help = "give it a `curve`, or `grades`";
        faults.push(Diagnostic::error("term.bad-scale", at.clone(), message).help(help));
        return None;
    }
    let before = faults.len();
    let curve = curve(written, direction, has_target, at, faults);
    let grades = grades(&written.grades, &at.child("grades"), faults);
    let veto = written.veto.as_ref().and_then(|written| {
        let at = at.child("veto");
        if !grades.iter().any(|band| band.grade == written.at_most) {
            let message = format!("there is no grade `{}`", written.at_most);
            let help = model::diagnostic::nearest(&written.at_most, grades.iter().map(|band| band.grade.as_str()));
            faults.push(Diagnostic::error("term.bad-scale", at.child("at_most"), message).maybe_help(help));
        }
        Some(Veto { above: number(&written.above, &at.child("above"), faults)?, at_most: written.at_most.clone() })
    });
    (faults.len() == before).then_some(Scale { curve, grades, veto })
}

fn bad(at: Location, message: impl Into<String>, help: &str) -> Diagnostic {
    Diagnostic::error("term.bad-scale", at, message).help(help)
}

fn curve(
    written: &term::Scale,
    direction: Direction,
    has_target: bool,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Curve> {
    if let Some(points) = &written.curve {
        let at = at.child("curve");
        let threshold = number(&points.threshold, &at.child("threshold"), faults);
        let target = number(&points.target, &at.child("target"), faults);
        let stretch = number(&points.stretch, &at.child("stretch"), faults);
        let (threshold, target, stretch) = (threshold?, target?, stretch?);
        let rises = threshold < target && target < stretch;
        let falls = threshold > target && target > stretch;
        let fits = match direction {
            Direction::Higher => rises,
            Direction::Lower => falls,
            Direction::None => rises || falls,
        };
        if !fits {
            let message = match direction {
                Direction::Lower => "where less is better, the threshold is the largest and the stretch the smallest",
                _ => "the three points go one way: threshold, target, stretch",
            };
            faults.push(bad(at, message, "put them in order, or change the term's `direction`"));
        }
        return Some(Curve::Points { threshold, target, stretch });
    }
    if let Some(ratio) = &written.ratio {
        let at = at.child("ratio");
        if !has_target {
            faults.push(bad(at.clone(), "there is no target to hold the value against", "give the term a `target`"));
        }
        let cap = match &ratio.cap {
            Some(cap) => number(cap, &at.child("cap"), faults)?,
            None => Decimal::from(120),
        };
        return Some(Curve::Ratio { cap });
    }
    if !written.steps.is_empty() {
        return steps(&written.steps, &at.child("steps"), faults);
    }
    if let Some(deduct) = &written.deduct {
        let at = at.child("deduct");
        let from = match &deduct.from {
            Some(from) => number(from, &at.child("from"), faults)?,
            None => Decimal::ONE_HUNDRED,
        };
        return Some(Curve::Deduct { from, each: number(&deduct.each, &at.child("each"), faults)? });
    }
    let range = written.range.as_ref()?;
    let at = at.child("range");
    let low = number(&range.low, &at.child("low"), faults)?;
    let high = number(&range.high, &at.child("high"), faults)?;
    if low > high {
        faults.push(bad(at.child("low"), "the lower end is above the upper one", "exchange them"));
    }
    Some(Curve::Range { low, high, each: number(&range.each, &at.child("each"), faults)? })
}

fn steps(written: &[term::Step], at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Curve> {
    let mut found = Vec::new();
    let mut all = false;
    for (index, step) in written.iter().enumerate() {
        let at = at.child(index);
        if all {
            faults.push(bad(at.clone(), "a step before this one takes every value", "put it last, or leave this out"));
        }
        let from = match &step.from {
            Some(from) => Some(number(from, &at.child("from"), faults)?),
            None => None,
        };
        let to = match &step.to {
            Some(to) => Some(number(to, &at.child("to"), faults)?),
            None => None,
        };
        if let (Some(low), Some(high)) = (from, to)
            && low > high
        {
            faults.push(bad(at.clone(), "no value is in this step", "exchange `from` and `to`"));
        }
        all |= from.is_none() && to.is_none();
        found.push(Step { from, to, score: number(&step.score, &at.child("score"), faults)? });
    }
    Some(Curve::Steps(found))
}

fn grades(written: &[term::Band], at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<Band> {
    let mut found: Vec<Band> = Vec::new();
    for (index, band) in written.iter().enumerate() {
        let at = at.child(index);
        let from = band.from.as_ref().and_then(|from| number(from, &at.child("from"), faults));
        let factor = band.factor.as_ref().and_then(|factor| number(factor, &at.child("factor"), faults));
        let before = found.last().map(|before| before.from);
        let falls = match (before, from) {
            (None, _) => true,
            (Some(Some(before)), Some(from)) => from < before,
            (Some(Some(_)), None) => true,
            (Some(None), _) => false,
        };
        if !falls {
            faults.push(bad(
                at.clone(),
                "no score gets this grade",
                "the best grade first; only the last has no `from`",
            ));
        }
        if found.iter().any(|before| before.grade == band.grade) {
            let message = format!("`{}` is named twice", band.grade);
            faults.push(Diagnostic::error("term.named-twice", at.child("grade"), message));
        }
        found.push(Band { from, grade: band.grade.clone(), factor });
    }
    found
}
