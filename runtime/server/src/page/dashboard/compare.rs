//! What values are compared with: the period before, the same period a year earlier, or one that the reader chose.

use app::{ChartKind, Tile};
use model::{Grain, Period};

use super::super::{Visit, filter::Choice};
use crate::{
    problem::{Kind, Problem},
    show::time,
};

/// What a dashboard's values are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Against {
    /// The period before.
    Before,
    /// The same period a year earlier.
    Year,
    /// That period, or the one of a tile's length that ends with it.
    Chosen(Period),
}

impl Against {
    /// Reads the address.
    ///
    /// # Errors
    /// It says something that is nothing to compare with.
    pub(super) fn read(visit: &Visit) -> Result<Option<Self>, Problem> {
        Ok(match visit.query.get("against").unwrap_or_default() {
            "" => None,
            "before" => Some(Self::Before),
            "year" => Some(Self::Year),
            _ => period(visit, "against")?.map(Self::Chosen),
        })
    }

    /// The period that one is compared with.
    fn of(self, period: Period) -> Period {
        match self {
            Self::Before => period.previous(),
            Self::Year => period.year_before(),
            Self::Chosen(other) => other.within(period.grain()),
        }
    }

    /// The periods that those of a tile are compared with, ending with `to`; `None` where its drawing has no room for others.
    pub(super) fn range(self, tile: &Tile, to: Period, periods: u32) -> Option<(Period, Period)> {
        let newest = self.of(to);
        match (tile.chart, tile.by.is_some(), tile.with.is_empty()) {
            (None | Some(ChartKind::Gauge | ChartKind::Waterfall), ..)
            | (Some(ChartKind::Bar | ChartKind::Radar), true, true)
            | (Some(ChartKind::Radar), false, _) => Some((newest, newest)),
            (Some(ChartKind::Line | ChartKind::Bar | ChartKind::Table), false, true) => {
                let count = i32::try_from(periods).unwrap_or(1);
                // As many periods before those shown, not the same ones moved by one.
                let last = if self == Self::Before { to.later(-count) } else { newest };
                Some((last.later(1 - count), last))
            }
            _ => None,
        }
    }

    /// What can be chosen; `until` is the newest period shown.
    pub(super) fn choices(visit: &Visit, until: Period) -> Vec<Choice> {
        let now = visit.query.get("against").unwrap_or_default();
        let choice =
            |value: String, label: String| Choice { selected: value == now, value, label, ..Choice::default() };
        let mut choices = vec![
            choice(String::new(), visit.say("compare-nothing").to_owned()),
            choice("before".to_owned(), visit.say("compare-before").to_owned()),
            choice("year".to_owned(), visit.say("compare-year").to_owned()),
        ];
        choices.extend(earlier(visit, until.previous(), now));
        choices
    }
}

/// A period of the address; one that is none is refused, since another's numbers are not what was asked for.
///
/// # Errors
/// It is no period.
pub(super) fn period(visit: &Visit, name: &str) -> Result<Option<Period>, Problem> {
    let Some(text) = visit.query.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let unknown = || Problem::new(Kind::BadRequest).detail(visit.fill("period-unknown", &[("what", name)]));
    visit.app().year_start().parse(text).map(Some).ok_or_else(unknown)
}

/// Periods to choose from, the newest first, that of the address among them.
pub(super) fn earlier(visit: &Visit, from: Period, now: &str) -> Vec<Choice> {
    let count = match from.grain() {
        Grain::Day | Grain::Week => 26,
        Grain::Month => 24,
        Grain::Quarter | Grain::Half | Grain::Year => 8,
    };
    let mut periods: Vec<Period> = (0..count).map(|back| from.later(-back)).collect();
    if let Some(chosen) = from.read(now).filter(|chosen| !periods.contains(chosen)) {
        periods.push(chosen);
        periods.sort_unstable_by(|a, b| b.cmp(a));
    }
    let choice = |period: Period| {
        let value = period.to_string();
        let label = time::period(visit.locale(), &value);
        Choice { selected: value == now, value, label, ..Choice::default() }
    };
    periods.into_iter().map(choice).collect()
}
