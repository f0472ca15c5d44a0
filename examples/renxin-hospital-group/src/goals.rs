//! Goals of the running quarter: the group's, cascading to centres, departments and people.
//!
//! A goal aligns to one above it, which may be another department's. INVARIANT: the weights of goals aligned to the same
//! goal sum to 100, and so do the weights of a goal's key results. How far a key result has come follows the elapsed part
//! of the quarter, less a gap drawn from its key, so that on any day most lamps are green, some yellow and a few red.

mod lamps;
mod tasks;
mod texts;

use std::collections::BTreeMap;

use jiff::{Span, ToSpan as _};
use model::{Date, Decimal};

use self::texts::{Goal, Up};
use crate::people::{CENTRES, Employee};
use crate::units::{Bureau, Unit, Ward};
use crate::{assignments, draw};

pub use lamps::{Kept, kept};
pub use tasks::{Task, tasks};

/// The quarter that contains a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Such as `2026Q4`.
    pub code: String,
    /// Such as 2026年第四季度.
    pub name: String,
    /// The first day.
    pub starts: Date,
    /// The last day.
    pub ends: Date,
}

impl Cycle {
    /// The quarter of `today`.
    pub fn of(today: Date) -> Self {
        let quarter = (today.month() - 1) / 3;
        let starts = Date::new(today.year(), quarter * 3 + 1, 1).unwrap_or(today);
        let ends = starts.saturating_add(3.months()).saturating_sub(1.day());
        let ordinal = match quarter {
            0 => "一",
            1 => "二",
            2 => "三",
            _ => "四",
        };
        let year = today.year();
        Self { code: format!("{year}Q{}", quarter + 1), name: format!("{year}年第{ordinal}季度"), starts, ends }
    }

    /// How many tenths of a percent of the quarter have passed by the end of `today`.
    fn elapsed(&self, today: Date) -> i64 {
        let days = |from: Date, to: Date| i64::from((to - from).get_days()) + 1;
        1000 * days(self.starts, today) / days(self.starts, self.ends).max(1)
    }
}

/// How deep in the cascade a goal is; the choice as the performance app spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Of the whole.
    Group,
    /// Of a centre.
    Centre,
    /// Of a department.
    Department,
    /// Of one person.
    Person,
}

impl Level {
    /// The choice.
    pub fn code(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Centre => "centre",
            Self::Department => "department",
            Self::Person => "person",
        }
    }
}

/// A goal with its key results.
#[derive(Debug, Clone)]
pub struct Objective {
    /// Unique; says the quarter and whose it is.
    pub code: String,
    /// What is to be reached.
    pub title: &'static str,
    /// Who answers for it.
    pub owner: Employee,
    /// The unit it is counted under.
    pub unit: Unit,
    /// The position of the goal it aligns to; always an earlier one.
    pub parent: Option<usize>,
    /// Percent among the goals aligned to the same one.
    pub weight: u32,
    /// How deep it is.
    pub level: Level,
    /// `draft`, `aligned` or `active`.
    pub status: &'static str,
    /// Two or three.
    pub key_results: Vec<KeyResult>,
}

/// One measurable result.
#[derive(Debug, Clone)]
pub struct KeyResult {
    /// The goal's code and a number.
    pub code: String,
    /// What is measured and how far it shall go.
    pub title: &'static str,
    /// The matter in a few words.
    pub topic: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// Where it began.
    pub start: Decimal,
    /// Where it shall be.
    pub target: Decimal,
    /// Where it is.
    pub current: Decimal,
    /// Percent among the key results of the goal.
    pub weight: u32,
    /// When `current` was last brought up to date.
    pub updated_on: Date,
}

/// All goals of the quarter of `today`, parents first. With a `centre`, only that centre's, whose goals are then the top.
pub fn objectives(today: Date, centre: Option<u8>) -> Vec<Objective> {
    let mut cascade = Cascade { cycle: Cycle::of(today), today, objectives: Vec::new(), places: BTreeMap::new() };
    if centre.is_none() {
        cascade.unit_goals(Unit::Group, texts::GROUP_GOALS);
    }
    let within = |unit: &Unit| centre.is_none() || unit.centre() == centre;
    for unit in (1..=CENTRES).map(Unit::Centre).filter(within) {
        cascade.unit_goals(unit, texts::CENTRE_GOALS);
    }
    for unit in Unit::all().filter(within) {
        match unit {
            Unit::Bureau(bureau) => cascade.unit_goals(unit, texts::bureau_goals(bureau)),
            Unit::Ward(_, ward) => cascade.unit_goals(unit, texts::ward_goals(ward)),
            Unit::Group | Unit::Centre(_) => {}
        }
    }
    for employee in Employee::all() {
        let unit = assignments::unit_on(employee, today);
        if within(&unit) && !employee.post().is_head() {
            cascade.member_goals(employee, unit);
        }
    }
    weigh(&mut cascade.objectives);
    cascade.objectives
}

/// The goals as they grow, with the place of each unit's goals for those who align to them.
struct Cascade {
    cycle: Cycle,
    today: Date,
    objectives: Vec<Objective>,
    places: BTreeMap<(Unit, usize), usize>,
}

impl Cascade {
    fn unit_goals(&mut self, unit: Unit, goals: &'static [Goal]) {
        let level = match unit {
            Unit::Group => Level::Group,
            Unit::Centre(_) => Level::Centre,
            Unit::Ward(..) | Unit::Bureau(_) => Level::Department,
        };
        for (index, goal) in goals.iter().enumerate() {
            self.places.insert((unit, index), self.objectives.len());
            let code = format!("{}-{unit}-O{}", self.cycle.code, index + 1);
            self.add(code, goal, unit.head(), unit, level);
        }
    }

    fn member_goals(&mut self, employee: Employee, unit: Unit) {
        let goals = match unit {
            Unit::Ward(_, ward) => texts::ward_member_goals(ward),
            Unit::Bureau(bureau) => texts::bureau_member_goals(bureau),
            Unit::Group | Unit::Centre(_) => &[],
        };
        let quarter = self.cycle.code.clone();
        let last = u32::try_from(goals.len().saturating_sub(1)).unwrap_or_default();
        let first = draw::between(0, last, format_args!("goal|{employee}|{quarter}|first"));
        let both = draw::chance(20, format_args!("goal|{employee}|{quarter}|both"));
        let second = both.then_some((first + 1) % (last + 1));
        for (number, choice) in std::iter::once(first).chain(second).enumerate() {
            if let Some(goal) = goals.get(choice as usize) {
                let code = format!("{quarter}-{employee}-O{}", number + 1);
                self.add(code, goal, employee, unit, Level::Person);
            }
        }
    }

    fn add(&mut self, code: String, goal: &'static Goal, owner: Employee, unit: Unit, level: Level) {
        let parent = self.parent_of(goal.up, owner, unit);
        let status = match draw::between(1, 100, format_args!("goal|{code}|status")) {
            1..=2 if level == Level::Person => "draft",
            3..=5 if level == Level::Person => "aligned",
            _ => "active",
        };
        let key_results = self.key_results(&code, goal, status == "active");
        self.objectives.push(Objective {
            code,
            title: goal.title,
            owner,
            unit,
            parent,
            weight: 0,
            level,
            status,
            key_results,
        });
    }

    fn parent_of(&self, up: Up, owner: Employee, unit: Unit) -> Option<usize> {
        let place = match (up, unit) {
            (Up::Top, _) => return None,
            (Up::Above(index), _) => (unit.parent()?, index),
            (Up::Own(index), _) => (unit, index),
            (Up::Across(ward, index), Unit::Ward(centre, _)) => (Unit::Ward(centre, ward), index),
            (Up::ForCentre(index), _) => {
                let centre = u8::try_from(owner.number() % u16::from(CENTRES)).unwrap_or_default() + 1;
                (Unit::Centre(centre), index)
            }
            (Up::Across(..), _) => return None,
        };
        self.places.get(&place).copied()
    }

    fn key_results(&self, code: &str, goal: &'static Goal, begun: bool) -> Vec<KeyResult> {
        // Where the goal stands against the calendar, in tenths of a percent; its key results scatter around that.
        let gap = match draw::between(1, 100, format_args!("goal|{code}|pace")) {
            1..=60 => i64::from(draw::between(0, 140, format_args!("goal|{code}|gap"))) - 90,
            61..=87 => i64::from(draw::between(110, 230, format_args!("goal|{code}|gap"))),
            _ => i64::from(draw::between(260, 420, format_args!("goal|{code}|gap"))),
        };
        let elapsed = self.cycle.elapsed(self.today);
        let weights = shares(goal.measures.len());
        let numbered = (1..).zip(goal.measures.iter().zip(weights));
        numbered
            .map(|(number, (measure, weight))| {
                let code = format!("{code}-KR{number}");
                let scatter = i64::from(draw::between(0, 100, format_args!("goal|{code}|scatter"))) - 50;
                let progress = if begun { (elapsed - gap - scatter).clamp(0, 1000) } else { 0 };
                let shift = i64::from(draw::between(0, 30, format_args!("goal|{code}|start"))) - 15;
                let way = measure.target - measure.start;
                // Counting from nothing stays so; other starts differ a little from person to person.
                let start = if measure.start == 0 { 0 } else { measure.start + way * shift / 100 };
                let current = start + (measure.target - start) * progress / 1000;
                let exact = |number| Decimal::new(number, measure.places);
                KeyResult {
                    title: measure.title,
                    topic: measure.topic,
                    unit: measure.unit,
                    start: exact(start),
                    target: exact(measure.target),
                    current: exact(current),
                    weight,
                    updated_on: self.updated_on(&code),
                    code,
                }
            })
            .collect()
    }

    /// Mostly within a fortnight, now and then left for weeks; never before the quarter.
    fn updated_on(&self, code: &str) -> Date {
        let days = if draw::chance(88, format_args!("goal|{code}|fresh")) {
            draw::between(0, 12, format_args!("goal|{code}|updated"))
        } else {
            draw::between(16, 34, format_args!("goal|{code}|updated"))
        };
        self.today.saturating_sub(Span::new().days(i64::from(days))).max(self.cycle.starts)
    }
}

/// Gives the goals aligned to the same goal their share of its hundred.
fn weigh(objectives: &mut [Objective]) {
    let mut siblings: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (place, objective) in objectives.iter().enumerate() {
        siblings.entry(objective.parent).or_default().push(place);
    }
    for places in siblings.values() {
        for (place, share) in places.iter().zip(shares(places.len())) {
            if let Some(objective) = objectives.get_mut(*place) {
                objective.weight = share;
            }
        }
    }
}

/// `count` whole weights that sum to 100: by importance when there are few, even when there are many.
fn shares(count: usize) -> Vec<u32> {
    match count {
        2 => vec![60, 40],
        3 => vec![40, 35, 25],
        4 => vec![30, 30, 20, 20],
        _ => {
            let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
            (0..count).map(|index| 100 / count + u32::from(index < 100 % count)).collect()
        }
    }
}

/// Those who may be given a unit's tasks: everyone in it but its head, or the heads below a centre or the group.
pub(crate) fn helpers(unit: Unit) -> Vec<Employee> {
    match unit {
        Unit::Group => Bureau::ALL.into_iter().map(|bureau| Unit::Bureau(bureau).head()).collect(),
        Unit::Centre(centre) => Ward::ALL.into_iter().map(|ward| Unit::Ward(centre, ward).head()).collect(),
        Unit::Ward(centre, ward) => {
            Employee::of_centre(centre).filter(|e| e.post() == crate::posts::Post::WardMember(ward)).collect()
        }
        Unit::Bureau(bureau) => Employee::holding(crate::posts::Post::BureauMember(bureau)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 23);

    #[test]
    fn quarters() {
        let cycle = Cycle::of(TODAY);
        assert_eq!((cycle.code.as_str(), cycle.name.as_str()), ("2026Q4", "2026年第四季度"));
        assert_eq!((cycle.starts.to_string(), cycle.ends.to_string()), ("2026-10-01".into(), "2026-12-31".into()));
        let leap = Cycle::of(jiff::civil::date(2028, 2, 29));
        assert_eq!((leap.code.as_str(), leap.ends.to_string().as_str()), ("2028Q1", "2028-03-31"));
        assert_eq!(cycle.elapsed(cycle.ends), 1000);
    }

    #[test]
    fn weights_sum_to_a_hundred_among_siblings_and_key_results() {
        for centre in [None, Some(1)] {
            let objectives = objectives(TODAY, centre);
            let mut sums: BTreeMap<Option<usize>, u32> = BTreeMap::new();
            for (place, objective) in objectives.iter().enumerate() {
                assert!(objective.weight > 0 && objective.parent.is_none_or(|parent| parent < place));
                *sums.entry(objective.parent).or_default() += objective.weight;
                assert_eq!(objective.key_results.iter().map(|result| result.weight).sum::<u32>(), 100);
                assert!((2..=3).contains(&objective.key_results.len()));
            }
            assert!(sums.values().all(|sum| *sum == 100));
        }
    }

    #[test]
    fn everyone_has_a_goal_and_some_goals_cross_departments() {
        let objectives = objectives(TODAY, None);
        let owners: std::collections::BTreeSet<Employee> = objectives.iter().map(|goal| goal.owner).collect();
        assert_eq!(owners.len(), 2150);
        let codes: std::collections::BTreeSet<&str> = objectives.iter().map(|goal| goal.code.as_str()).collect();
        assert_eq!(codes.len(), objectives.len());
        let crossing = objectives.iter().filter(|goal| {
            let parent = goal.parent.and_then(|place| objectives.get(place));
            goal.level == Level::Person && parent.is_some_and(|parent| parent.unit != goal.unit)
        });
        assert!(crossing.count() > 300);
        assert_eq!(objectives.iter().filter(|goal| goal.parent.is_none()).count(), 4);
    }

    #[test]
    fn lamps_are_mixed_all_through_the_quarter() {
        for (today, least) in [(jiff::civil::date(2026, 11, 5), 3), (TODAY, 5), (jiff::civil::date(2026, 12, 20), 5)] {
            let elapsed = Decimal::new(Cycle::of(today).elapsed(today), 1);
            let mut lamps = [0; 3];
            let objectives = objectives(today, None);
            for result in objectives.iter().flat_map(|goal| &goal.key_results) {
                let done = (result.current - result.start) / (result.target - result.start) * Decimal::ONE_HUNDRED;
                let gap = elapsed - done;
                let lamp = if gap <= 10.into() { 0 } else { 1 + usize::from(gap > 25.into()) };
                lamps[lamp] += 1;
            }
            let all: i32 = lamps.iter().sum();
            let share = lamps.map(|count| 100 * count / all);
            assert!(share[0] > 45 && share[1] > 10 && share[2] > least, "{today} {share:?}");
        }
    }

    #[test]
    fn numbers_run_from_start_towards_the_target() {
        for result in objectives(TODAY, None).iter().flat_map(|goal| &goal.key_results) {
            let (low, high) = (result.start.min(result.target), result.start.max(result.target));
            assert!(low <= result.current && result.current <= high && low < high, "{}", result.code);
            assert!(result.updated_on <= TODAY && result.updated_on >= Cycle::of(TODAY).starts);
        }
    }
}
