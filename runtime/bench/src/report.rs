//! Ratios: each measure is run in turns beside its baseline, and the median of the pairs' ratios is what is reported.

use std::{net::SocketAddr, time::Duration};

use anyhow::Result;

use crate::client::{self, Make};

/// Connections of every measure.
const CONNECTIONS: usize = 32;

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
    Ok(Row {
        name: measure.name,
        loam: median(pairs.iter().map(|pair| pair.0)),
        baseline: median(pairs.iter().map(|pair| pair.1)),
        ratio: median(pairs.iter().map(|pair| pair.0 / pair.1)),
        goal: measure.goal,
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints a database's rows as a table.
pub(crate) fn print(database: &str, rows: &[Row]) {
    println!("\n{database}\n  {:<28}{:>12}{:>14}{:>9}{:>8}", "", "Loam /s", "by hand /s", "ratio", "goal");
    for row in rows {
        let goal = row.goal.map_or_else(|| "-".to_owned(), |goal| format!("{goal:.2}"));
        let mark = if row.goal.is_some_and(|goal| row.ratio < goal) { "  below" } else { "" };
        println!("  {:<28}{:>12.0}{:>14.0}{:>9.2}{goal:>8}{mark}", row.name, row.loam, row.baseline, row.ratio);
    }
}
