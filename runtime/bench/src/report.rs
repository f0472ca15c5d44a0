//! Ratios: each measure is run in turns beside its baseline, and the median of the pairs' ratios is what is reported. Seconds and
//! bytes stand beside their goals and depend on the machine; those that miss them are kept, for whoever asks to be strict.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;

use crate::client::{self, Make};

/// Connections of every measure.
pub(crate) const CONNECTIONS: usize = 32;

/// Something to measure on both sides.
pub(crate) struct Measure {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The least ratio we mean to reach; `None` where there is nothing to compare with but itself over time.
    pub(crate) goal: Option<f64>,
    /// The request to Loam.
    pub(crate) loam: Make,
    /// The same request to the hand-written server.
    pub(crate) baseline: Make,
}

/// How one measure came out.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: &'static str,
    /// Median requests per second of Loam.
    pub(crate) loam: f64,
    /// Median requests per second of the baseline.
    pub(crate) baseline: f64,
    /// Median of the pairs' ratios.
    pub(crate) ratio: f64,
    /// The least we mean to reach, if anything.
    pub(crate) goal: Option<f64>,
}

/// Runs both sides in turns, `rounds` times after one warm-up.
///
/// # Errors
/// A server refused a request.
pub(crate) async fn measure(
    measure: &Measure,
    loam: SocketAddr,
    baseline: SocketAddr,
    rounds: usize,
    time: Duration,
) -> Result<Row> {
    let mut pairs = Vec::with_capacity(rounds);
    for round in 0..=rounds {
        let a = client::rate(loam, CONNECTIONS, time, &measure.loam).await?;
        let b = client::rate(baseline, CONNECTIONS, time, &measure.baseline).await?;
        if round > 0 {
            pairs.push((a, b));
        }
    }
    Ok(Row::of(measure.name, measure.goal, &pairs))
}

impl Row {
    /// The medians of some rounds, each with what Loam did in a second and what its baseline did.
    pub(crate) fn of(name: &'static str, goal: Option<f64>, pairs: &[(f64, f64)]) -> Self {
        Self {
            name,
            loam: median(pairs.iter().map(|pair| pair.0)),
            baseline: median(pairs.iter().map(|pair| pair.1)),
            ratio: median(pairs.iter().map(|pair| pair.0 / pair.1)),
            goal,
        }
    }
}

/// The middle one; not a number when there is none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints a database's rows as a table. Answers a sentence for each ratio that is below its goal.
pub(crate) fn print(database: &str, rows: &[Row]) -> Vec<String> {
    println!("\n{database}\n  {:<28}{:>12}{:>14}{:>9}{:>8}", "", "Loam /s", "baseline /s", "ratio", "goal");
    let mut below = Vec::new();
    for row in rows {
        let goal = row.goal.map_or_else(|| "-".to_owned(), |goal| format!("{goal:.2}"));
        let missed = row.goal.filter(|goal| row.ratio < *goal);
        let mark = if missed.is_some() { "  below the goal" } else { "" };
        println!("  {:<28}{:>12.0}{:>14.0}{:>9.2}{goal:>8}{mark}", row.name, row.loam, row.baseline, row.ratio);
        let sentence = |goal: f64| {
            format!("{database}: the ratio of `{}` is {:.2}, below the goal of {goal:.2}", row.name, row.ratio)
        };
        below.extend(missed.map(sentence));
    }
    below
}

/// What a figure that is compared with nothing is meant to be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// So much, or less.
    AtMost(f64),
    /// So much, or more.
    AtLeast(f64),
    /// There is none.
    None,
}

/// What the last table is of, and a sentence for each figure so far that missed its goal. Tables are told one after the other.
static TOLD: Mutex<(String, Vec<String>)> = Mutex::new((String::new(), Vec::new()));

/// Says what the figures that follow are of.
pub(crate) fn of(title: &str) {
    title.clone_into(&mut TOLD.lock().unwrap_or_else(PoisonError::into_inner).0);
}

/// Keeps a sentence where a figure misses its goal.
pub(crate) fn judge(name: &str, measured: f64, unit: &str, goal: Goal) {
    let (side, wanted) = match goal {
        Goal::AtMost(most) if measured > most => ("above", most),
        Goal::AtLeast(least) if measured < least => ("below", least),
        _ => return,
    };
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let sentence = format!("{}: `{name}` is {measured:.1} {unit}, {side} the goal of {wanted:.1} {unit}", told.0);
    told.1.push(sentence);
}

/// A sentence for each figure that missed its goal since this was asked last.
pub(crate) fn missed() -> Vec<String> {
    std::mem::take(&mut TOLD.lock().unwrap_or_else(PoisonError::into_inner).1)
}

/// Prints the head of a table of such figures.
pub(crate) fn head(title: &str) {
    of(title);
    println!("\n{title}\n  {:<44}{:>16}{:>16}", "", "measured", "goal");
}

/// Prints a figure beside its goal; `None` where it cannot be measured.
pub(crate) fn tell(name: &str, measured: Option<f64>, unit: &str, goal: Goal) {
    let figure = |figure: f64| format!("{figure:.0} {unit}");
    let shown = measured.map_or_else(|| "not known here".to_owned(), figure);
    let (wanted, mark) = match goal {
        Goal::AtMost(most) => (figure(most), measured.filter(|it| *it > most).map_or("", |_| "  above the goal")),
        Goal::AtLeast(least) => (figure(least), measured.filter(|it| *it < least).map_or("", |_| "  below the goal")),
        Goal::None => ("-".to_owned(), ""),
    };
    println!("  {name:<44}{shown:>16}{wanted:>16}{mark}");
    if let Some(measured) = measured {
        judge(name, measured, unit, goal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_miss_their_goals_are_kept() {
        head("here");
        tell("quick", Some(300.0), "ms", Goal::AtMost(300.0));
        tell("slow", Some(300.4), "ms", Goal::AtMost(300.0));
        tell("many", Some(400.0), "/s", Goal::AtLeast(500.0));
        tell("unknown", None, "MB", Goal::AtMost(80.0));
        tell("free", Some(1e9), "ms", Goal::None);
        let told = [
            "here: `slow` is 300.4 ms, above the goal of 300.0 ms",
            "here: `many` is 400.0 /s, below the goal of 500.0 /s",
        ];
        assert_eq!(missed(), told);
        assert!(missed().is_empty());
    }
}
