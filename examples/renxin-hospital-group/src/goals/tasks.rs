//! Tasks under key results: three for each of a unit's, one for some of a person's.

use jiff::Span;
use model::Date;

use super::{Cycle, KeyResult, Level, Objective, helpers};
use crate::draw;
use crate::people::Employee;

/// A piece of work towards a key result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The key result's code and a number.
    pub code: String,
    /// The code of the key result.
    pub key_result: String,
    /// What to do.
    pub title: String,
    /// `todo`, `doing` or `done`.
    pub status: &'static str,
    /// Who does it.
    pub assignee: Employee,
    /// By when; within the quarter.
    pub due: Date,
}

/// The tasks of all goals, in their order.
pub fn tasks(objectives: &[Objective], today: Date) -> Vec<Task> {
    let cycle = Cycle::of(today);
    let mut tasks = Vec::new();
    for objective in objectives.iter().filter(|objective| objective.status == "active") {
        let own = objective.level == Level::Person;
        let team = if own { vec![objective.owner] } else { helpers(objective.unit) };
        for result in &objective.key_results {
            if own && !draw::chance(12, format_args!("task|{}|any", result.code)) {
                continue;
            }
            let count = if own { 1 } else { 3 };
            tasks.extend((1..=count).map(|number| task(result, number, &team, &cycle, today)));
        }
    }
    tasks
}

fn task(result: &KeyResult, number: u32, team: &[Employee], cycle: &Cycle, today: Date) -> Task {
    let code = format!("{}-T{number}", result.code);
    let day = draw::between(14, 88, format_args!("task|{code}|due"));
    let due = cycle.starts.saturating_add(Span::new().days(i64::from(day))).min(cycle.ends);
    let on_time = draw::chance(85, format_args!("task|{code}|on-time"));
    let status = if due < today && on_time {
        "done"
    } else if due < today.saturating_add(Span::new().days(20)) {
        "doing"
    } else {
        "todo"
    };
    let last = u32::try_from(team.len().saturating_sub(1)).unwrap_or_default();
    let choice = draw::between(0, last, format_args!("task|{code}|assignee"));
    let assignee = team.get(choice as usize).copied().unwrap_or(Employee::CHIEF);
    // Each of the three comes from another part of the list, so that a board does not repeat itself.
    let start = draw::between(0, 3, format_args!("task|{code}|title"));
    let (before, after) = TITLES.get((start * 3 + number - 1) as usize).copied().unwrap_or_default();
    let title = format!("{before}{}{after}", result.topic);
    Task { key_result: result.code.clone(), title, status, assignee, due, code }
}

const TITLES: &[(&str, &str)] = &[
    ("梳理", "现状，列出前三个短板"),
    ("制定", "改进方案并在科室公示"),
    ("完成", "阶段复盘，更新数据"),
    ("与信息部核对", "的取数口径"),
    ("组织一次", "专题培训"),
    ("整理", "典型案例，做成一页纸"),
    ("访谈五位同事，收集", "的意见"),
    ("试点两周", "新流程并记录前后数据"),
    ("把", "纳入晨会每日通报"),
    ("对标兄弟分院的", "做法"),
    ("修订", "作业指导书"),
    ("跟踪", "整改项直至关闭"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_has_something_in_every_column() {
        let today = jiff::civil::date(2026, 11, 23);
        let tasks = tasks(&super::super::objectives(today, None), today);
        let of = |status| tasks.iter().filter(|task| task.status == status).count();
        assert!(of("todo") > 300 && of("doing") > 300 && of("done") > 300, "{}", tasks.len());
        assert!(tasks.iter().all(|task| task.due <= Cycle::of(today).ends && !task.title.is_empty()));
    }
}
