//! What the goals say: words for the group, the centres, and each kind of department and post.

mod bureaus;
mod group;
mod wards;

pub(super) use bureaus::{bureau_goals, bureau_member_goals};
pub(super) use group::{CENTRE_GOALS, GROUP_GOALS};
pub(super) use wards::{ward_goals, ward_member_goals};

use crate::units::Ward;

/// What a goal aligns to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Up {
    /// Nothing: it is the top.
    #[default]
    Top,
    /// That goal of the level above: of the group for centres and headquarters, of the centre for its departments.
    Above(usize),
    /// That goal of the person's own department.
    Own(usize),
    /// That goal of another department of the same centre.
    Across(Ward, usize),
    /// That goal of a centre, for headquarters people who work for one.
    ForCentre(usize),
}

/// A goal before it has an owner.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Goal {
    pub(super) title: &'static str,
    pub(super) up: Up,
    pub(super) measures: &'static [Measure],
}

/// A key result before it has an owner; `start` and `target` count in the last of `places` decimals.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measure {
    pub(super) title: &'static str,
    /// The matter in a few words, for tasks and reports.
    pub(super) topic: &'static str,
    pub(super) unit: &'static str,
    pub(super) start: i64,
    pub(super) target: i64,
    pub(super) places: u32,
}

const fn goal(up: Up, title: &'static str, measures: &'static [Measure]) -> Goal {
    Goal { title, up, measures }
}

/// A key result counted in whole units.
const fn whole(title: &'static str, topic: &'static str, unit: &'static str, start: i64, target: i64) -> Measure {
    Measure { title, topic, unit, start, target, places: 0 }
}

/// A key result with one decimal, written in tenths.
const fn tenth(title: &'static str, topic: &'static str, unit: &'static str, start: i64, target: i64) -> Measure {
    Measure { title, topic, unit, start, target, places: 1 }
}
