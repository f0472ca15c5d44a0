//! Scales: how a value becomes a score, and a score a grade.
//!
//! Scores are exact until they are rounded once, half away from zero, to two places; a grade is given for the rounded score,
//! so that what is shown and what follows from it never disagree.

use model::{Decimal, decimal::round_half_up};

use crate::Direction;

/// Decimal places of a score.
pub const PLACES: u32 = 2;

/// How values become scores and grades.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// From a value to a score; `None` where the value itself is graded.
    pub curve: Option<Curve>,
    /// From a score to a grade: the first band whose beginning the score reaches; empty for no grades.
    pub grades: Vec<Band>,
    /// A value that spoils the grade.
    pub veto: Option<Veto>,
}

/// From a value to a score.
#[derive(Debug, Clone, PartialEq)]
pub enum Curve {
    /// 60 at the threshold, 100 at the target, 120 at the stretch, straight between them; 0 short of the threshold. Which
    /// way is better follows from the order of the three.
    Points {
        /// Where it begins to count.
        threshold: Decimal,
        /// What is aimed for.
        target: Decimal,
        /// What counts most.
        stretch: Decimal,
    },
    /// Value by target times 100, or target by value where less is better.
    Ratio {
        /// Highest score.
        cap: Decimal,
    },
    /// The score beside the first step that the value reaches.
    Steps(Vec<Step>),
    /// So many points less for each.
    Deduct {
        /// Points for none.
        from: Decimal,
        /// Points each costs.
        each: Decimal,
    },
    /// 100 within the range; so many points less for each unit outside.
    Range {
        /// Its lower end, which is within.
        low: Decimal,
        /// Its upper end, which is within.
        high: Decimal,
        /// Points a unit of distance costs.
        each: Decimal,
    },
}

/// A step of a scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Smallest value it is reached by.
    pub from: Option<Decimal>,
    /// Largest value it is reached by.
    pub to: Option<Decimal>,
    /// Its score.
    pub score: Decimal,
}

/// A grade and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Smallest score; none for the last.
    pub from: Option<Decimal>,
    /// The grade.
    pub grade: String,
    /// What something is multiplied by for it, where that is said.
    pub factor: Option<Decimal>,
}

/// A value above which the grade is at most another.
#[derive(Debug, Clone, PartialEq)]
pub struct Veto {
    /// The value that is still harmless.
    pub above: Decimal,
    /// The best grade beyond it.
    pub at_most: String,
}

/// A score and its grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The rounded score.
    pub score: Decimal,
    /// The grade, where there are grades.
    pub grade: Option<Grade>,
}

/// A grade given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    /// Which.
    pub grade: String,
    /// What something is multiplied by for it.
    pub factor: Option<Decimal>,
}

impl Scale {
    /// The score of a value. `None` where there is no target to hold it against, or too many digits.
    pub fn score(&self, value: Decimal, direction: Direction, target: Option<Decimal>) -> Option<Score> {
        let exact = match &self.curve {
            None => value,
            Some(curve) => curve.score(value, direction, target)?,
        };
        let score = round_half_up(exact, PLACES);
        Some(Score { score, grade: self.grade(score, value) })
    }

    /// What a value aims for by the curve itself: the middle one of its three points.
    pub fn target(&self) -> Option<Decimal> {
        match self.curve {
            Some(Curve::Points { target, .. }) => Some(target),
            _ => None,
        }
    }

    fn grade(&self, score: Decimal, value: Decimal) -> Option<Grade> {
        let reached = self.grades.iter().position(|band| band.from.is_none_or(|from| score >= from))?;
        let vetoed = self.veto.as_ref().filter(|veto| value > veto.above);
        let worst = vetoed.and_then(|veto| self.grades.iter().position(|band| band.grade == veto.at_most));
        let band = self.grades.get(reached.max(worst.unwrap_or(0)))?;
        Some(Grade { grade: band.grade.clone(), factor: band.factor })
    }
}

impl Curve {
    fn score(&self, value: Decimal, direction: Direction, target: Option<Decimal>) -> Option<Decimal> {
        let points = |number: i64| Decimal::from(number);
        match self {
            Self::Points { threshold, target, stretch } => {
                // Where less is better everything is turned round, so that one rule holds.
                let falls = stretch < threshold;
                let turned = |number: &Decimal| if falls { -*number } else { *number };
                let (x, t0, t1, t2) = (turned(&value), turned(threshold), turned(target), turned(stretch));
                if x < t0 {
                    Some(Decimal::ZERO)
                } else if x < t1 {
                    points(60).checked_add(between(points(40), x, t0, t1)?)
                } else if x < t2 {
                    points(100).checked_add(between(points(20), x, t1, t2)?)
                } else {
                    Some(points(120))
                }
            }
            Self::Ratio { cap } => {
                let target = target?;
                let quotient = match direction {
                    Direction::Lower if value.is_zero() && target.is_zero() => return Some(points(100).min(*cap)),
                    Direction::Lower if value.is_zero() => return Some(*cap),
                    Direction::Lower => target.checked_mul(points(100))?.checked_div(value)?,
                    _ => value.checked_mul(points(100))?.checked_div(target)?,
                };
                Some(quotient.clamp(Decimal::ZERO, (*cap).max(Decimal::ZERO)))
            }
            Self::Steps(steps) => {
                let reached =
                    |step: &&Step| step.from.is_none_or(|from| value >= from) && step.to.is_none_or(|to| value <= to);
                steps.iter().find(reached).map(|step| step.score)
            }
            Self::Deduct { from, each } => from.checked_sub(each.checked_mul(value)?).map(|n| n.max(Decimal::ZERO)),
            Self::Range { low, high, each } => {
                let outside = if value < *low { *low - value } else { (value - *high).max(Decimal::ZERO) };
                points(100).checked_sub(each.checked_mul(outside)?).map(|n| n.max(Decimal::ZERO))
            }
        }
    }
}

/// How far `x` is on the way from `a` to `b`, as a part of `whole`.
fn between(whole: Decimal, x: Decimal, a: Decimal, b: Decimal) -> Option<Decimal> {
    whole.checked_mul(x.checked_sub(a)?)?.checked_div(b.checked_sub(a)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn scale(curve: Curve) -> Scale {
        Scale { curve: Some(curve), grades: Vec::new(), veto: None }
    }

    fn points(t0: &str, t1: &str, t2: &str) -> Scale {
        scale(Curve::Points { threshold: n(t0), target: n(t1), stretch: n(t2) })
    }

    fn scores(scale: &Scale, direction: Direction, target: Option<&str>, values: &[&str]) -> Vec<String> {
        let score = |value: &&str| scale.score(n(value), direction, target.map(n)).map(|score| score.score.normalize());
        values.iter().map(|value| score(value).map_or("none".to_owned(), |score| score.to_string())).collect()
    }

    #[test]
    fn three_points_both_ways() {
        let solved = points("70", "80", "90");
        let values = ["69.9", "70", "76", "80", "86", "90", "95", "83.3396"];
        let expected = ["0", "60", "84", "100", "112", "120", "120", "106.68"];
        assert_eq!(scores(&solved, Direction::Higher, None, &values), expected);
        let minutes = points("30", "15", "8");
        let expected = ["0", "60", "84", "100", "114.29", "120"];
        assert_eq!(scores(&minutes, Direction::Lower, None, &["31", "30", "21", "15", "10", "8"]), expected);
    }

    #[test]
    fn by_target_both_ways_between_nothing_and_the_cap() {
        let ratio = scale(Curve::Ratio { cap: n("120") });
        assert_eq!(
            scores(&ratio, Direction::Higher, Some("80"), &["40", "80", "100", "-1"]),
            ["50", "100", "120", "0"]
        );
        assert_eq!(scores(&ratio, Direction::Lower, Some("6"), &["8", "6", "0"]), ["75", "100", "120"]);
        assert_eq!(scores(&ratio, Direction::Lower, Some("0"), &["0", "3"]), ["100", "0"]);
        assert_eq!(scores(&ratio, Direction::Higher, Some("0"), &["3"]), ["none"]);
        assert_eq!(scores(&ratio, Direction::Higher, None, &["3"]), ["none"]);
    }

    #[test]
    fn steps_deductions_and_ranges() {
        let step = |from: Option<&str>, score: &str| Step { from: from.map(n), to: None, score: n(score) };
        let steps = scale(Curve::Steps(vec![step(Some("90"), "100"), step(Some("80"), "80"), step(None, "0")]));
        assert_eq!(scores(&steps, Direction::Higher, None, &["95", "90", "89.99", "3"]), ["100", "100", "80", "0"]);
        let deduct = scale(Curve::Deduct { from: n("100"), each: n("5") });
        assert_eq!(scores(&deduct, Direction::Lower, None, &["0", "3", "30"]), ["100", "85", "0"]);
        let range = scale(Curve::Range { low: n("36"), high: n("40"), each: n("10") });
        assert_eq!(
            scores(&range, Direction::None, None, &["36", "40", "35", "41.5", "99"]),
            ["100", "100", "90", "85", "0"]
        );
    }

    #[test]
    fn the_rounded_score_is_graded() {
        let band = |from: Option<&str>, grade: &str, factor: &str| Band {
            from: from.map(n),
            grade: grade.to_owned(),
            factor: Some(n(factor)),
        };
        let bands = vec![
            band(Some("105"), "S", "1.5"),
            band(Some("95"), "A", "1.2"),
            band(Some("80"), "B", "1.0"),
            band(Some("60"), "C", "0.8"),
            band(None, "D", "0.5"),
        ];
        let scale = Scale { curve: None, grades: bands, veto: None };
        let grade = |scale: &Scale, value: &str| {
            let score = scale.score(n(value), Direction::Higher, None).unwrap();
            format!("{} {}", score.score, score.grade.unwrap().grade)
        };
        assert_eq!(grade(&scale, "94.20"), "94.20 B");
        assert_eq!(grade(&scale, "94.995"), "95.00 A");
        assert_eq!(grade(&scale, "59.99"), "59.99 D");
        let veto = Scale { veto: Some(Veto { above: n("90"), at_most: "C".to_owned() }), ..scale };
        assert_eq!(grade(&veto, "110"), "110 C");
        assert_eq!(grade(&veto, "50"), "50 D");
    }
}
