//! Reviews of the quarter before and of the running one, and the 360-degree feedback of two of them.
//!
//! The heads, the physicians and the radiographers of the first centre are reviewed. The quarter before is published; the running one stands at
//! every stage. E0213's feedback of the quarter before is the planted one of [`FEEDBACK_360`]; E0123's is being collected.

use model::{Date, Decimal};

use crate::goals::Cycle;
use crate::people::Employee;
use crate::tables::FEEDBACK_360;
use crate::units::{Unit, Ward};
use crate::{assignments, draw};

/// The centre whose people are reviewed.
const CENTRE: u8 = 1;
/// Whose feedback is planted.
pub const RATED: Employee = Employee::numbered(213);
/// Whose feedback is being collected.
pub const BEING_RATED: Employee = Employee::numbered(123);
/// Whose review of the running quarter is handed in on any day, for whoever shows the demo.
const SHOWN: Employee = Employee::numbered(130);

/// A review.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// Unique; says the quarter and whose it is.
    pub code: String,
    /// Of which quarter.
    pub cycle: String,
    /// Whose.
    pub person: Employee,
    /// How far it has come.
    pub status: &'static str,
    /// The grade they give themselves; empty until they did.
    pub self_grade: &'static str,
    /// What they wrote.
    pub self_text: String,
    /// The manager's grade; empty until given.
    pub manager_grade: &'static str,
    /// The manager's words.
    pub manager_text: String,
    /// What the manager keeps to themselves.
    pub manager_note: &'static str,
    /// The grade of the calibration, where it was changed.
    pub calibrated_grade: &'static str,
    /// Why.
    pub calibration_reason: &'static str,
    /// `collecting` or `closed`; empty without feedback.
    pub feedback: &'static str,
}

/// Somebody asked for feedback, and what they answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Unique; says whose review it is and who was asked.
    pub code: String,
    /// The review.
    pub review: String,
    /// Who was asked.
    pub rater: Employee,
    /// Their group.
    pub group: &'static str,
    /// Until when.
    pub due: Date,
    /// The score they gave, if they did.
    pub score: Option<Decimal>,
}

/// The quarter before the one of `today`.
pub fn cycle_before(today: Date) -> Cycle {
    Cycle::of(Cycle::of(today).starts.yesterday().unwrap_or(today))
}

/// Who is reviewed: those who report to the head of the centre, and the members of two departments.
fn reviewed() -> impl Iterator<Item = Employee> {
    Employee::of_centre(CENTRE).filter(|employee| {
        let ward = |ward| employee.home_unit() == Unit::Ward(CENTRE, ward);
        ward(Ward::Medicine)
            || ward(Ward::Radiology)
            || (employee.post().is_head() && *employee != Unit::Centre(CENTRE).head())
    })
}

/// Every review, of the quarter before first.
pub fn reviews(today: Date) -> Vec<Review> {
    let (before, now) = (cycle_before(today), Cycle::of(today));
    reviewed()
        .map(|person| review(&before, person, true))
        .chain(reviewed().map(|person| review(&now, person, false)))
        .collect()
}

fn code(cycle: &Cycle, person: Employee) -> String {
    format!("{}-{person}", cycle.code)
}

fn review(cycle: &Cycle, person: Employee, closed: bool) -> Review {
    let code = code(cycle, person);
    let stage = if closed { 9 } else { draw::between(1, 8, format_args!("review|{code}|stage")) };
    let status = match (person, stage) {
        (BEING_RATED, 1..=8) => "manager",
        (SHOWN, 1..=8) => "submitted",
        (_, 1..=3) => "self",
        (_, 4..=6) => "manager",
        (_, 7) => "submitted",
        (_, 8) => "calibration",
        _ => "published",
    };
    let reviewed_self = status != "self";
    let reviewed = !matches!(status, "self" | "manager");
    let grade = draw_grade(&code);
    let own = if draw::chance(35, format_args!("review|{code}|proud")) { above(grade) } else { grade };
    let changed = status == "published" && draw::chance(40, format_args!("review|{code}|changed")) && grade == "A";
    let text = |yes: bool, texts: &[&'static str], part: &str| {
        if yes { draw::pick(texts, format_args!("review|{code}|{part}")) } else { "" }
    };
    Review {
        cycle: cycle.code.clone(),
        person,
        status,
        self_grade: if reviewed_self { own } else { "" },
        self_text: text(reviewed_self, &OWN_WORDS, "own").to_owned(),
        manager_grade: if reviewed { grade } else { "" },
        manager_text: if reviewed { words_of(grade, &code) } else { String::new() },
        manager_note: text(reviewed, &NOTES, "note"),
        calibrated_grade: if changed { "B" } else { "" },
        calibration_reason: if changed {
            "同岗位横向比较后调整：结果相当，未超出本岗位目标。"
        } else {
            ""
        },
        feedback: match (person, closed) {
            (RATED, true) => "closed",
            (BEING_RATED, false) => "collecting",
            _ => "",
        },
        code,
    }
}

fn draw_grade(code: &str) -> &'static str {
    match draw::between(1, 20, format_args!("review|{code}|grade")) {
        1..=2 => "S",
        3..=7 => "A",
        8..=18 => "B",
        _ => "C",
    }
}

fn above(grade: &'static str) -> &'static str {
    match grade {
        "C" => "B",
        "B" => "A",
        _ => "S",
    }
}

const OWN_WORDS: [&str; 5] = [
    "本季度主要指标达成：报告及时率和返修率都在目标内。做得好的是把高频问题整理成清单在科里共享；不足是带教记录补得晚。下季度先把记录做到当周。",
    "接诊量比上季度略高，患者满意度稳定。两次临时顶班没有影响自己的目标。需要改进的是与客服的回访配合，已约好每周对一次名单。",
    "完成了流程改进里我负责的两项，等候时间缩短。有一项因为设备检修推迟，已和科主任说明。希望下季度参加一次院外培训。",
    "目标完成八成，差在随访率。原因是月初没有分解到周，后面赶得很急。下季度按周拆，每周五自查一次。",
    "协作比较多：配合检验科处理了三次急查，也带了两位新同事。自己的项目推进慢于计划，需要在时间上取舍。",
];

const NOTES: [&str; 4] = [
    "有意愿带新人，下季度可以试着交一个小组。",
    "近期家里有事，排班上多照顾，先不加任务。",
    "能力够，但遇到分歧容易沉默，面谈时要多问。",
    "明年岗位轮换的备选，先不对外说。",
];

/// What a manager writes to go with a grade.
fn words_of(grade: &str, code: &str) -> String {
    let first = match grade {
        "S" => "结果明显超出目标，而且把方法带给了整个科室。",
        "A" => "主要目标超额完成，质量稳定，值得肯定。",
        "B" => "目标完成，工作可靠。",
        _ => "有两项目标没有完成，需要尽快补上。",
    };
    let next = [
        "下季度希望在带教上多投入。",
        "建议把经验写成一页操作要点。",
        "请把进度按周更新，有困难早说。",
        "与上下游的沟通可以再主动一些。",
    ];
    format!("{first}{}", draw::pick(&next, format_args!("review|{code}|next")))
}

/// Everybody who was asked, with what they answered so far.
pub fn requests(today: Date) -> Vec<Request> {
    let (before, now) = (cycle_before(today), Cycle::of(today));
    let mut found = planted(&before);
    found.extend(collecting(&now, today));
    found
}

/// The head of a department beside others of the centre, those who report to them, and the centre's own head.
fn raters(of: Employee, group: &str) -> Vec<Employee> {
    let manager = assignments::manager_on(of, of.hired());
    match group {
        "manager" => manager.into_iter().collect(),
        "self" => vec![of],
        "peer" => [Ward::Surgery, Ward::Nursing, Ward::Laboratory, Ward::Ultrasound]
            .map(|ward| Unit::Ward(CENTRE, ward).head())
            .into(),
        _ => {
            Employee::of_centre(CENTRE).filter(|person| person.home_unit() == of.home_unit() && *person != of).collect()
        }
    }
}

fn planted(cycle: &Cycle) -> Vec<Request> {
    let each = FEEDBACK_360.iter().flat_map(|(group, scores)| {
        raters(RATED, group).into_iter().zip(*scores).map(|(rater, score)| (*group, rater, Decimal::from(*score)))
    });
    let review = code(cycle, RATED);
    each.map(|(group, rater, score)| Request {
        code: format!("{review}-{rater}"),
        review: review.clone(),
        rater,
        group,
        due: cycle.ends,
        score: Some(score),
    })
    .collect()
}

/// The first of every group have answered, the rest have not.
fn collecting(cycle: &Cycle, today: Date) -> Vec<Request> {
    let review = code(cycle, BEING_RATED);
    let due = today.saturating_add(jiff::Span::new().days(7));
    let groups = [("manager", 1, 0), ("peer", 4, 2), ("report", 8, 3), ("self", 1, 1)];
    let each = groups.into_iter().flat_map(|(group, asked, answered)| {
        raters(BEING_RATED, group)
            .into_iter()
            .take(asked)
            .enumerate()
            .map(move |(place, rater)| (group, rater, place < answered))
    });
    each.map(|(group, rater, answered)| {
        let code = format!("{review}-{rater}");
        let tenths = draw::between(32, 48, format_args!("feedback|{code}|score"));
        let score = answered.then(|| Decimal::new(tenths.into(), 1));
        Request { review: review.clone(), rater, group, due, score, code }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 23);

    #[test]
    fn the_planted_feedback_is_the_one_of_the_specification() {
        let requests = requests(TODAY);
        let of = |group: &str| -> Vec<(String, String)> {
            let planted = requests.iter().filter(|request| request.review == "2026Q3-E0213" && request.group == group);
            planted.map(|request| (request.rater.to_string(), request.score.unwrap().to_string())).collect()
        };
        let pairs =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        assert_eq!(of("manager"), pairs(&[("E0111", "4")]));
        assert_eq!(of("peer"), pairs(&[("E0141", "4"), ("E0159", "4"), ("E0227", "4"), ("E0243", "5")]));
        assert_eq!(of("report"), pairs(&[("E0214", "1"), ("E0215", "3")]));
        assert_eq!(of("self"), pairs(&[("E0213", "5")]));
    }

    #[test]
    fn the_running_quarter_stands_at_every_stage_and_the_one_before_is_published() {
        let reviews = reviews(TODAY);
        let of =
            |cycle: &str, status: &str| reviews.iter().filter(|row| row.cycle == cycle && row.status == status).count();
        assert_eq!(of("2026Q3", "published"), reviews.len() / 2);
        for status in ["self", "manager", "submitted", "calibration"] {
            assert!(of("2026Q4", status) > 0, "{status}");
        }
        assert!(
            reviews.iter().any(|row| !row.calibrated_grade.is_empty() && row.calibrated_grade != row.manager_grade)
        );
        for row in &reviews {
            assert!(matches!(row.status, "self" | "manager") || !row.manager_grade.is_empty(), "{}", row.code);
            assert!(row.calibrated_grade.is_empty() || !row.calibration_reason.is_empty(), "{}", row.code);
        }
    }
}
