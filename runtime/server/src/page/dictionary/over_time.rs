//! How much of what is shown meant what the dictionary says, month by month, of each unit that answers for terms.

use std::collections::{BTreeMap, BTreeSet};

use engine::unified::UnifiedDays;
use metrics::unified::share;
use model::{Decimal, Grain, Period};
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use crate::{
    page::{Visit, dashboard::tick},
    problem::Problem,
    show::{number, time},
};

/// The share over time.
#[derive(Debug, Default, Clone, Serialize)]
pub struct OverTime {
    /// A line for each unit.
    pub svg: String,
    /// The months, oldest first.
    pub months: Vec<String>,
    /// The units: what they are called, and their share in each month.
    pub units: Vec<(String, Vec<String>)>,
}

/// The share over time; `None` where nothing was counted yet. A month is told by its last day that was counted.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn shown(visit: &Visit) -> Result<Option<OverTime>, Problem> {
    let days = visit.ask(UnifiedDays).await?;
    let month = |day| Period::of(Grain::Month, day);
    let mut last = BTreeMap::new();
    for one in &days {
        last.insert(month(one.day), one.day);
    }
    if last.is_empty() {
        return Ok(None);
    }
    let owners: BTreeSet<&str> = days.iter().map(|one| one.owner.as_str()).collect();
    let keys: Vec<String> = owners.iter().filter(|key| !key.is_empty()).map(|key| (*key).to_owned()).collect();
    let named = super::names_of(visit, visit.app(), &keys).await?;
    let months: Vec<String> = last.keys().map(|period| time::period(visit.locale(), &period.to_string())).collect();
    let mut chart = chart::Chart::new(chart::Kind::Line, visit.say("unified-over-time"), tick);
    chart.labels.clone_from(&months);
    chart.most = Some(100.0);
    let mut units = Vec::with_capacity(owners.len());
    for owner in owners {
        let name = match owner {
            "" => visit.say("unified-nobody").to_owned(),
            key => {
                named.iter().find(|(known, _)| known == key).map_or_else(|| key.to_owned(), |(_, name)| name.clone())
            }
        };
        let of = |day| {
            let found = days.iter().find(|one| one.owner == owner && one.day == day);
            found.and_then(|one| share(one.unified, one.usages))
        };
        let shares: Vec<Option<Decimal>> = last.values().map(|day| of(*day)).collect();
        let written = |share: &Option<Decimal>| match share {
            Some(share) => format!("{}%", number::shortest(&(*share).into(), 2)),
            None => visit.say("term-no-data").to_owned(),
        };
        let points =
            shares.iter().map(|share| chart::Point::new(share.and_then(|share| share.to_f64()), written(share)));
        chart.series.push(chart::Series { name: name.clone(), points: points.collect() });
        units.push((name, shares.iter().map(written).collect()));
    }
    Ok(Some(OverTime { svg: chart.svg(), months, units }))
}
