//! What posts are there for and what they are measured by: value dimensions, indicators, KPI templates, and the scorecards
//! of some posts of the first centre for the quarter of the facts.
//!
//! INVARIANT: the weights of every category, post and template sum to 100, and no post is without a template. A measured
//! line of a scorecard has the value that its term gives for that person and quarter.

use std::collections::BTreeMap;

use model::{Decimal, decimal::round_half_up};

use crate::goals::Cycle;
use crate::people::Employee;
use crate::posts::{Category, Post};
use crate::units::Ward;
use crate::{draw, facts};

/// The centre whose people have scorecards.
const CENTRE: u8 = 1;

/// A value dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimension {
    /// V1 to V5.
    pub code: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it means.
    pub description: &'static str,
}

const fn dimension(code: &'static str, name: &'static str, description: &'static str) -> Dimension {
    Dimension { code, name, description }
}

/// All five, as the app brings them.
pub const DIMENSIONS: [Dimension; 5] = [
    dimension("V1", "质量安全", "患者安全、报告质量、制度执行；出一次错，别的都白做。（Quality and safety）"),
    dimension("V2", "服务体验", "患者和家属的感受，包括等候、沟通、投诉。（Service）"),
    dimension("V3", "效率产出", "单位时间做成多少事，设备和床位用得好不好。（Output）"),
    dimension("V4", "专业成长", "培训、带教、新技术，今年比去年会得更多。（Growth）"),
    dimension("V5", "协作贡献", "对上下游科室和集团项目的支持。（Working together）"),
];

/// What each dimension counts for a category, in their order.
pub fn category_weights(category: Category) -> [u32; 5] {
    match category {
        Category::Clinical => [35, 25, 20, 10, 10],
        Category::Technical => [35, 10, 30, 15, 10],
        Category::Support => [15, 25, 25, 15, 20],
    }
}

/// What each dimension counts for a post: heads answer more for growth and working together.
pub fn post_weights(post: Post) -> [u32; 5] {
    let [safety, service, output, growth, together] = category_weights(post.category());
    if post.is_head() {
        return [safety - 5, service - 5, output, growth + 5, together + 5];
    }
    match post {
        Post::WardMember(Ward::Service) => [10, 45, 25, 10, 10],
        Post::WardMember(Ward::Quality) => [45, 10, 15, 15, 15],
        Post::WardMember(Ward::Radiology) => [40, 10, 30, 10, 10],
        _ => [safety, service, output, growth, together],
    }
}

/// Something people are appraised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indicator {
    /// I01 to I12 for what is measured, J01 to J04 for what is judged.
    pub code: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Its code in the dictionary, where it is measured.
    pub term: Option<&'static str>,
    /// What it is counted in.
    pub unit: &'static str,
}

const fn measured(code: &'static str, name: &'static str, term: &'static str, unit: &'static str) -> Indicator {
    Indicator { code, name, term: Some(term), unit }
}

const fn judged(code: &'static str, name: &'static str) -> Indicator {
    Indicator { code, name, term: None, unit: "" }
}

/// All of them, as the app brings them.
pub const INDICATORS: [Indicator; 16] = [
    measured("I01", "门诊量", "K01", "人次"),
    measured("I02", "检查报告数", "K02", "份"),
    measured("I03", "报告返修率", "K03R", "%"),
    measured("I04", "危急值响应时效", "K04", "分钟"),
    measured("I05", "设备保养合规率", "K05", "%"),
    measured("I06", "首呼解决率", "K06", "%"),
    measured("I07", "客户情绪安抚", "K07", "%"),
    measured("I08", "预约达成率", "K08", "%"),
    measured("I09", "表扬工单", "K09", "件"),
    measured("I10", "培训完成率", "K10", "%"),
    measured("I11", "建议采纳", "K11", "条"),
    measured("I12", "二次投诉率", "K12", "%"),
    judged("J01", "目标完成情况"),
    judged("J02", "制度与安全执行"),
    judged("J03", "协作配合"),
    judged("J04", "团队建设"),
];

/// A line of a template: which indicator, what it counts, and its three marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The indicator's code.
    pub indicator: &'static str,
    /// Percent of the whole.
    pub weight: u32,
    /// Threshold, target and stretch.
    pub marks: [u32; 3],
}

const fn line(indicator: &'static str, weight: u32, marks: [u32; 3]) -> Line {
    Line { indicator, weight, marks }
}

const fn score(indicator: &'static str, weight: u32) -> Line {
    line(indicator, weight, [60, 100, 120])
}

const fn training(weight: u32) -> Line {
    line("I10", weight, [60, 90, 100])
}

const fn rework(weight: u32) -> Line {
    line("I03", weight, [8, 4, 0])
}

const fn critical(weight: u32) -> Line {
    line("I04", weight, [30, 15, 8])
}

/// A KPI template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Unique.
    pub code: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it measures.
    pub lines: &'static [Line],
}

/// Three for the categories, and those of posts that are measured in their own way.
pub const TEMPLATES: [Template; 11] = [
    Template {
        code: "clinical", name: "医护序列通用", lines: &[score("J01", 40), score("J02", 40), training(20)]
    },
    Template {
        code: "technical",
        name: "医技序列通用",
        lines: &[score("J01", 30), rework(30), score("J02", 20), training(20)],
    },
    Template {
        code: "support", name: "职能序列通用", lines: &[score("J01", 50), score("J03", 30), training(20)]
    },
    Template { code: "head", name: "科室负责人", lines: &[score("J01", 40), score("J04", 40), training(20)] },
    Template {
        code: "doctor",
        name: "医生",
        lines: &[
            line("I01", 30, [1_100, 1_250, 1_350]),
            line("I08", 25, [80, 90, 96]),
            rework(25),
            line("I09", 10, [1, 3, 6]),
            training(10),
        ],
    },
    Template {
        code: "nurse",
        name: "护士",
        lines: &[line("I09", 30, [1, 3, 6]), score("J02", 30), score("J03", 20), training(20)],
    },
    Template {
        code: "radiographer",
        name: "放射技师",
        lines: &[critical(30), line("I05", 25, [80, 92, 100]), rework(25), training(10), score("J03", 10)],
    },
    Template {
        code: "laboratory",
        name: "检验技师",
        lines: &[line("I02", 30, [1_500, 1_800, 2_100]), critical(30), rework(30), training(10)],
    },
    Template {
        code: "ultrasound",
        name: "超声技师",
        lines: &[line("I02", 40, [1_500, 1_800, 2_100]), critical(20), rework(30), training(10)],
    },
    Template {
        code: "service",
        name: "客服专员",
        lines: &[
            line("I06", 35, [70, 80, 90]),
            line("I07", 25, [60, 80, 95]),
            line("I12", 20, [15, 8, 3]),
            line("I09", 10, [1, 3, 6]),
            training(10),
        ],
    },
    Template {
        code: "quality",
        name: "质控专员",
        lines: &[line("I11", 40, [1, 3, 5]), score("J02", 40), training(20)],
    },
];

/// The template of a category.
pub fn of_category(category: Category) -> &'static str {
    category.code()
}

/// The template of a post, where it has one of its own.
pub fn of_post(post: Post) -> Option<&'static str> {
    match post {
        Post::WardHead(_) | Post::BureauHead(_) => Some("head"),
        Post::WardMember(ward) => match ward {
            Ward::Medicine | Ward::Surgery => Some("doctor"),
            Ward::Nursing => Some("nurse"),
            Ward::Radiology => Some("radiographer"),
            Ward::Laboratory => Some("laboratory"),
            Ward::Ultrasound => Some("ultrasound"),
            Ward::Service => Some("service"),
            Ward::Quality => Some("quality"),
            Ward::Office => None,
        },
        Post::BureauMember(_) => None,
    }
}

/// The quarter of the facts.
pub fn quarter() -> Cycle {
    Cycle::of(jiff::civil::date(2025, 10, 1))
}

/// Somebody's scorecard of that quarter.
#[derive(Debug, Clone, PartialEq)]
pub struct Scorecard {
    /// Whose.
    pub person: Employee,
    /// The template's code.
    pub template: &'static str,
    /// Each line of the template with what was reached; nothing where there is no data.
    pub lines: Vec<(Line, Option<Decimal>)>,
}

/// The scorecards of the first centre's doctors, radiographers and service agents.
pub fn scorecards() -> Vec<Scorecard> {
    let reached = Reached::of_the_quarter();
    let people = Employee::of_centre(CENTRE).filter_map(|person| Some((person, of_post(person.post())?)));
    let people = people.filter(|(_, template)| ["doctor", "radiographer", "service"].contains(template));
    people
        .map(|(person, template)| {
            let lines = TEMPLATES.iter().find(|one| one.code == template).map_or(&[][..], |one| one.lines);
            let lines = lines.iter().map(|line| (*line, reached.value(person, line.indicator))).collect();
            Scorecard { person, template, lines }
        })
        .collect()
}

/// Numerators and denominators of the quarter, by person and indicator.
struct Reached(BTreeMap<(Employee, &'static str), (u32, u32)>);

impl Reached {
    fn of_the_quarter() -> Self {
        let mut found = Self(BTreeMap::new());
        let here = |employee: Employee| employee.place().is_some_and(|(centre, _)| centre == CENTRE);
        for row in facts::visits().filter(|row| here(row.doctor)) {
            found.add(row.doctor, "I01", row.visits, 0);
        }
        for row in facts::reports().filter(|row| here(row.employee)) {
            found.add(row.employee, "I02", row.issued, 0);
            found.add(row.employee, "I03", row.rework, row.issued);
        }
        for row in facts::critical_values().filter(|row| here(row.technician)) {
            for minutes in row.minutes {
                found.add(row.technician, "I04", minutes, 1);
            }
        }
        for row in facts::maintenance().filter(|row| here(row.technician)) {
            found.add(row.technician, "I05", row.done, row.due);
        }
        for row in facts::calls().filter(|row| here(row.agent)) {
            found.add(row.agent, "I06", row.solved, row.calls);
        }
        for row in facts::soothing().filter(|row| here(row.agent)) {
            found.add(row.agent, "I07", row.attempts - row.failed, row.attempts);
        }
        for row in facts::appointments().filter(|row| here(row.doctor)) {
            found.add(row.doctor, "I08", row.booked - row.no_show, row.booked);
        }
        for row in facts::praise().filter(|row| here(row.employee)) {
            found.add(row.employee, "I09", row.tickets, 0);
        }
        for row in facts::training().filter(|row| here(row.employee)) {
            found.add(row.employee, "I10", row.completed, row.assigned);
        }
        for row in facts::complaints().filter(|row| here(row.agent)) {
            found.add(row.agent, "I12", row.second, row.complaints);
        }
        found
    }

    fn add(&mut self, person: Employee, indicator: &'static str, numerator: u32, denominator: u32) {
        let sum = self.0.entry((person, indicator)).or_default();
        (sum.0, sum.1) = (sum.0 + numerator, sum.1 + denominator);
    }

    /// What somebody reached, to two places; what is judged is drawn.
    fn value(&self, person: Employee, indicator: &str) -> Option<Decimal> {
        if indicator.starts_with('J') {
            return Some(draw::between(70, 112, format_args!("score|{person}|{indicator}")).into());
        }
        let (_, (numerator, denominator)) =
            self.0.iter().find(|((who, what), _)| *who == person && *what == indicator)?;
        let (numerator, denominator) = (Decimal::from(*numerator), Decimal::from(*denominator));
        let value = match indicator {
            "I01" | "I02" | "I09" | "I11" => Some(numerator),
            "I04" => numerator.checked_div(denominator),
            _ => numerator.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(denominator),
        };
        value.map(|value| round_half_up(value, 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_weights_make_100_and_no_post_is_without_measures() {
        for category in Category::ALL {
            assert_eq!(category_weights(category).iter().sum::<u32>(), 100);
            assert!(TEMPLATES.iter().any(|template| template.code == of_category(category)));
        }
        for post in Post::all() {
            assert_eq!(post_weights(post).iter().sum::<u32>(), 100, "{}", post.name());
            let template = of_post(post).unwrap_or(of_category(post.category()));
            let template = TEMPLATES.iter().find(|one| one.code == template).unwrap();
            assert!(!template.lines.is_empty());
        }
        for template in TEMPLATES {
            assert_eq!(template.lines.iter().map(|line| line.weight).sum::<u32>(), 100, "{}", template.name);
            for line in template.lines {
                assert!(INDICATORS.iter().any(|indicator| indicator.code == line.indicator));
                let [threshold, target, stretch] = line.marks;
                assert!((threshold < target) == (target < stretch) && threshold != target && target != stretch);
            }
        }
    }

    #[test]
    fn the_agent_of_the_examples_solves_what_the_specification_says() {
        let card = scorecards().into_iter().find(|card| card.person.number() == 256).unwrap();
        let (first, value) = card.lines[0];
        assert_eq!((first.indicator, value.unwrap().to_string().as_str()), ("I06", "83.34"));
        assert_eq!(scorecards().len(), 34 + 13 + 19);
    }
}
