//! Weekly reports of the last three whole weeks, and what the managers wrote under them.
//!
//! Heads write every week, and so does everyone in centres 1 and 2 and the personnel department; few forget.

mod texts;

use std::collections::BTreeMap;

use jiff::{Span, ToSpan as _};
use model::Date;

use crate::goals::{KeyResult, Objective};
use crate::people::Employee;
use crate::units::{Bureau, Unit};
use crate::{assignments, draw};

/// One person's report of one week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The week and the writer; unique.
    pub code: String,
    /// Who wrote it.
    pub person: Employee,
    /// The ISO week, such as `2026-W47`.
    pub week: String,
    /// What was done.
    pub progress: String,
    /// What comes next.
    pub next: String,
    /// What help is needed; may be empty.
    pub help: String,
    /// Friday mostly, Thursday or the Monday after for some.
    pub submitted_on: Date,
    /// The codes of the goals it speaks of.
    pub objectives: Vec<String>,
    /// The manager's answer, which about six in ten get.
    pub comment: Option<Comment>,
}

/// A manager's quick comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The manager.
    pub author: Employee,
    /// `like`, `thanks`, `question` or `attention`.
    pub reaction: &'static str,
    /// A line; empty when the tap said it all.
    pub text: &'static str,
    /// Within three days of the report.
    pub made_on: Date,
}

/// The reports, by week and then by person. `objectives` are the goals they speak of; with a `centre`, only its people write.
pub fn reports(today: Date, objectives: &[Objective], centre: Option<u8>) -> Vec<Report> {
    let mut goals: BTreeMap<Employee, Vec<&Objective>> = BTreeMap::new();
    for objective in objectives {
        goals.entry(objective.owner).or_default().push(objective);
    }
    let this_monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
    let mut reports = Vec::new();
    for weeks_ago in [3, 2, 1] {
        let monday = this_monday.saturating_sub(Span::new().weeks(weeks_ago));
        for writer in Employee::all().filter(|employee| writes(*employee, monday, centre)) {
            let own = goals.get(&writer).map_or(&[][..], Vec::as_slice);
            reports.extend(report(writer, monday, today, own, centre));
        }
    }
    reports
}

fn writes(employee: Employee, monday: Date, centre: Option<u8>) -> bool {
    let unit = assignments::unit_on(employee, monday);
    if centre.is_some() && unit.centre() != centre {
        return false;
    }
    employee.post().is_head() || matches!(unit.centre(), Some(1 | 2)) || unit == Unit::Bureau(Bureau::People)
}

fn report(writer: Employee, monday: Date, today: Date, goals: &[&Objective], centre: Option<u8>) -> Option<Report> {
    let iso = monday.iso_week_date();
    let week = format!("{}-W{:02}", iso.year(), iso.week());
    let key = format!("week|{writer}|{week}");
    if draw::chance(4, format_args!("{key}|forgot")) {
        return None;
    }
    let submitted_on = match draw::between(1, 100, format_args!("{key}|day")) {
        1..=12 => monday.saturating_add(3.days()),
        13..=92 => monday.saturating_add(4.days()),
        _ => monday.saturating_add(7.days()),
    };
    let goal = goals.get(draw::between(0, 9, format_args!("{key}|goal")) as usize % goals.len().max(1)).copied();
    let result = goal.and_then(|goal| {
        let choice = draw::between(0, 9, format_args!("{key}|result")) as usize;
        goal.key_results.get(choice % goal.key_results.len().max(1))
    });
    let words = texts::of(writer.post());
    let mut progress = draw::pick(words.done, format_args!("{key}|done")).to_owned();
    if let Some(result) = result {
        progress.push_str(&standing(result, &key));
    }
    let mut next = draw::pick(words.next, format_args!("{key}|next")).to_owned();
    if let Some(result) = result.filter(|_| draw::chance(45, format_args!("{key}|next-goal"))) {
        next.push_str(&format!("继续推进{}。", result.topic));
    }
    let help = if draw::chance(42, format_args!("{key}|needs-help")) {
        draw::pick(words.help, format_args!("{key}|help")).to_owned()
    } else {
        String::new()
    };
    let comment = comment(&key, writer, submitted_on, today, !help.is_empty())
        .filter(|comment| centre.is_none() || assignments::unit_on(comment.author, today).centre() == centre);
    Some(Report {
        code: format!("{week}-{writer}"),
        person: writer,
        week,
        progress,
        next,
        help,
        submitted_on,
        objectives: goal.map(|goal| goal.code.clone()).into_iter().collect(),
        comment,
    })
}

/// One sentence on how the key result stands.
fn standing(result: &KeyResult, key: &str) -> String {
    let topic = result.topic;
    // A space parts the number from a word, not from a percent sign.
    let gap = if result.unit == "%" { "" } else { " " };
    let measured = |number| format!("{number}{gap}{}", result.unit);
    let (start, target, current) = (measured(result.start), measured(result.target), measured(result.current));
    match draw::between(0, 3, format_args!("{key}|standing")) {
        0 => format!("{topic}目前 {current}，目标 {target}。"),
        1 => format!("{topic}从季初的 {start} 走到 {current}。"),
        2 => format!("目标进展：{topic} {current}（目标 {target}）。"),
        _ => format!("数据上看，{topic}本周更新为 {current}。"),
    }
}

fn comment(key: &str, writer: Employee, submitted_on: Date, today: Date, needs_help: bool) -> Option<Comment> {
    let author = assignments::manager_on(writer, submitted_on)?;
    if !draw::chance(62, format_args!("{key}|commented")) {
        return None;
    }
    let reactions: &[&str] = if needs_help {
        &["attention", "attention", "question", "like", "thanks"]
    } else {
        &["like", "like", "like", "thanks", "thanks", "question"]
    };
    let reaction = draw::pick(reactions, format_args!("{key}|reaction"));
    let text = if draw::chance(64, format_args!("{key}|says")) {
        draw::pick(texts::answers(reaction), format_args!("{key}|answer"))
    } else {
        ""
    };
    let days = i64::from(draw::between(0, 3, format_args!("{key}|answered")));
    Some(Comment { author, reaction, text, made_on: submitted_on.saturating_add(days.days()).min(today) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 23);

    #[test]
    fn three_weeks_of_reports_and_six_in_ten_answered() {
        let reports = reports(TODAY, &crate::goals::objectives(TODAY, None), None);
        assert!((1200..=1700).contains(&reports.len()), "{}", reports.len());
        let weeks: BTreeSet<&str> = reports.iter().map(|report| report.week.as_str()).collect();
        assert!(weeks.into_iter().eq(["2026-W45", "2026-W46", "2026-W47"]));
        let answered = 100 * reports.iter().filter(|report| report.comment.is_some()).count() / reports.len();
        assert!((57..=66).contains(&answered), "{answered}");
        let codes: BTreeSet<&str> = reports.iter().map(|report| report.code.as_str()).collect();
        assert_eq!(codes.len(), reports.len());
    }

    #[test]
    fn nothing_is_dated_after_today_and_every_report_speaks_of_a_goal() {
        for day in 16..=22 {
            let today = jiff::civil::date(2026, 11, day);
            let reports = reports(today, &crate::goals::objectives(today, Some(1)), Some(1));
            for report in &reports {
                assert!(report.submitted_on <= today && !report.objectives.is_empty() && !report.next.is_empty());
                assert!(report.comment.as_ref().is_none_or(|comment| comment.made_on <= today));
            }
        }
    }

    #[test]
    fn reports_hardly_repeat_each_other() {
        let reports = reports(TODAY, &crate::goals::objectives(TODAY, None), None);
        let texts: BTreeSet<&str> = reports.iter().map(|report| report.progress.as_str()).collect();
        assert!(texts.len() * 10 > reports.len() * 8, "{} of {}", texts.len(), reports.len());
    }
}
