//! Milestones of departments: what is to be done by a day, and who answered for it when.
//!
//! Two of three departments have one. Three trials of the first centre are planted: each more than 45 days late, the first of
//! them handed from one person to another on the way, with 19 days on the account of the one and 27 on that of the other.

use jiff::Span;
use model::Date;

use crate::draw;
use crate::goals::{Level, Objective, helpers};
use crate::people::Employee;
use crate::units::{Unit, Ward};

/// The centre of the trials.
const CENTRE: u8 = 1;

/// Something to be done by a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// Unique; says whose goal it belongs to.
    pub code: String,
    /// What is to be done.
    pub title: String,
    /// The code of the goal.
    pub objective: String,
    /// By when.
    pub due: Date,
    /// When it was done, if it was.
    pub done_on: Option<Date>,
    /// Who asked for it.
    pub sponsor: Employee,
    /// Who hears of it when it is very late.
    pub executive: Employee,
    /// Who answered for it, from one day to another.
    pub owners: Vec<(Employee, Date, Option<Date>)>,
}

/// The trials, by the department that runs each.
const TRIALS: [(Ward, &str); 3] = [
    (Ward::Radiology, "影像 AI 辅助阅片对照实验"),
    (Ward::Laboratory, "危急值自动通知双通道实验"),
    (Ward::Service, "语音质检模型准确率实验"),
];

const TOPICS: [&str; 8] = [
    "候诊流程改造上线",
    "带教手册第二版发布",
    "满意度回访机制试运行",
    "耗材二级库切换",
    "值班交接清单电子化",
    "患者教育视频拍摄完成",
    "质控自查整改闭环",
    "跨院区会诊预约打通",
];

/// The milestones of the goals of departments, as they stand on that day.
pub fn milestones(objectives: &[Objective], today: Date) -> Vec<Milestone> {
    let mut found = Vec::new();
    let mut met = Vec::new();
    for objective in objectives.iter().filter(|objective| objective.level == Level::Department) {
        if met.contains(&objective.unit) {
            continue;
        }
        met.push(objective.unit);
        let trial = TRIALS.iter().position(|(ward, _)| objective.unit == Unit::Ward(CENTRE, *ward));
        let code = format!("{}-M1", objective.code);
        match trial.and_then(|place| Some((place, TRIALS.get(place)?.1))) {
            Some((place, title)) => found.push(planted(objective, code, title, place, today)),
            None if draw::chance(66, format_args!("milestone|{code}|any")) => found.push(drawn(objective, code, today)),
            None => {}
        }
    }
    found
}

fn days(count: i64) -> Span {
    Span::new().days(count)
}

fn executive(unit: Unit) -> Employee {
    unit.parent().map_or(Employee::CHIEF, Unit::head)
}

/// A trial that is 46, 52 or 58 days late.
fn planted(objective: &Objective, code: String, title: &str, place: usize, today: Date) -> Milestone {
    let late = 46 + 6 * i64::try_from(place).unwrap_or_default();
    let due = today.saturating_sub(days(late));
    let team = helpers(objective.unit);
    let first = team.first().copied().unwrap_or(objective.owner);
    let second = team.get(1).copied().unwrap_or(objective.owner);
    let begun = due.saturating_sub(days(60));
    let handed_on = due.saturating_add(days(19));
    let owners = if place == 0 {
        vec![(first, begun, handed_on.yesterday().ok()), (second, handed_on, None)]
    } else {
        vec![(first, begun, None)]
    };
    Milestone {
        code,
        title: title.to_owned(),
        objective: objective.code.clone(),
        due,
        done_on: None,
        sponsor: objective.owner,
        executive: executive(objective.unit),
        owners,
    }
}

fn drawn(objective: &Objective, code: String, today: Date) -> Milestone {
    let offset = i64::from(draw::between(0, 90, format_args!("milestone|{code}|due"))) - 40;
    let due = today.saturating_add(days(offset));
    let late = i64::from(draw::between(0, 12, format_args!("milestone|{code}|late")));
    let done_on = due.saturating_add(days(late - 6));
    let done = done_on < today && draw::chance(85, format_args!("milestone|{code}|done"));
    let team = helpers(objective.unit);
    let last = u32::try_from(team.len().saturating_sub(1)).unwrap_or_default();
    let owner = team.get(draw::between(0, last, format_args!("milestone|{code}|owner")) as usize);
    Milestone {
        title: draw::pick(&TOPICS, format_args!("milestone|{code}|topic")).to_owned(),
        objective: objective.code.clone(),
        due,
        done_on: done.then_some(done_on),
        sponsor: objective.owner,
        executive: executive(objective.unit),
        owners: vec![(owner.copied().unwrap_or(objective.owner), due.saturating_sub(days(70)), None)],
        code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goals;

    const TODAY: Date = jiff::civil::date(2026, 11, 23);

    #[test]
    fn three_trials_are_more_than_45_days_late() {
        let all = milestones(&goals::objectives(TODAY, None), TODAY);
        let late: Vec<i32> = all
            .iter()
            .filter(|one| one.done_on.is_none())
            .map(|one| (TODAY - one.due).get_days())
            .filter(|days| *days > 45)
            .collect();
        assert_eq!(late, [46, 52, 58]);
        let handed = all.iter().find(|one| one.owners.len() == 2).unwrap();
        let on = handed.owners[1].1;
        assert_eq!(((on - handed.due).get_days(), (TODAY - on).get_days()), (19, 27));
    }

    #[test]
    fn most_departments_have_one_and_all_states_are_there() {
        let all = milestones(&goals::objectives(TODAY, None), TODAY);
        assert!((60..=100).contains(&all.len()), "{}", all.len());
        assert!(all.iter().any(|one| one.done_on.is_some()));
        assert!(all.iter().any(|one| one.done_on.is_none() && one.due > TODAY));
        assert!(all.iter().all(|one| one.done_on.is_none_or(|day| day < TODAY)));
    }
}
