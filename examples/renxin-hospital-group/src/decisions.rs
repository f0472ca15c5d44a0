//! The decisions of 2025Q4 with their words: whose they are, who reviewed them, and the conclusions they cite.
//!
//! How many of them are driven by data is specified ([`crate::tables::decisions`]); the rest only has to read well. All belong
//! to the heads of the first centre, so that every tier has the same share.

use jiff::Span;
use model::{Date, Decimal};

use crate::draw;
use crate::people::Employee;
use crate::tables::{self, Citation};
use crate::units::{Unit, Ward};

const CENTRE: u8 = 1;

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// `D-2025-` and its number.
    pub code: String,
    /// What was decided.
    pub title: &'static str,
    /// The choice of its kind.
    pub kind: &'static str,
    /// When.
    pub decided_on: Date,
    /// Whose it is.
    pub owner: Employee,
    /// Who reviewed it.
    pub reviewer: Employee,
    /// Why.
    pub rationale: &'static str,
    /// Whether it was approved.
    pub approved: bool,
    /// What it cites.
    pub citation: Citation,
}

/// A number kept as it was on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// `C-2025-` and its number.
    pub code: String,
    /// In a sentence.
    pub title: &'static str,
    /// The code of its term.
    pub term: &'static str,
    /// The period.
    pub period: &'static str,
    /// The value.
    pub value: Decimal,
    /// What it is counted in.
    pub unit: &'static str,
    /// When it was kept.
    pub taken_on: Date,
    /// By whom.
    pub taken_by: Employee,
}

/// Kind and title of each of the 27.
const DECISIONS: [(&str, &str); 27] = [
    ("staffing", "客服晚高峰增加两个坐席"),
    ("process", "危急值通知改为电话加系统双通道"),
    ("channel", "体检渠道预算向企业客户倾斜"),
    ("course", "立项“沟通共情”实训课"),
    ("product", "在线问诊先做复诊续方"),
    ("equipment", "放射科增配一台移动 DR"),
    ("staffing", "周六上午门诊加一个内科诊室"),
    ("process", "返修超过 8% 的报告实行双人复核"),
    ("product", "预约小程序增加候补功能"),
    ("channel", "停投转化率低的两个本地渠道"),
    ("course", "放射技师设备保养认证培训"),
    ("staffing", "检验科夜班由一人改为两人"),
    ("process", "二次投诉由主管 24 小时内回访"),
    ("product", "体检报告解读做成视频"),
    ("equipment", "超声科更换两台使用超十年的设备"),
    ("channel", "与社区卫生中心签转诊协议"),
    ("process", "护理交接班改用电子清单"),
    ("course", "新员工带教周期缩短为 60 天"),
    ("staffing", "质控专员轮岗到客服部三个月"),
    ("product", "随访短信改为企业微信"),
    ("process", "取消纸质满意度问卷"),
    ("channel", "参加秋季健康博览会"),
    ("equipment", "候诊区增设自助机"),
    ("course", "中层管理者面谈训练营"),
    ("staffing", "外科妇科增设专职随访护士"),
    ("product", "试点夜间门诊"),
    ("process", "精简住院审批环节"),
];

/// What is kept: title, term, period, value in hundredths, unit.
const KEPT: [(&str, &str, &str, i64, &str); 6] = [
    ("客服首呼解决率在晚高峰低于全天", "K06", "2025-10", 7912, "%"),
    ("放射科报告返修率连续三天高于 8%", "K03R", "2025-10", 860, "%"),
    ("二次投诉多由首次答复不完整引起", "K12", "2025-10", 735, "%"),
    ("预约爽约集中在周一上午", "K08", "2025-10", 9020, "%"),
    ("设备保养合规率低的周次返修更多", "K05", "2025-10", 9167, "%"),
    ("年度培训完成率低于目标", "K10", "2025", 7460, "%"),
];

const REASONS: [&str; 3] = [
    "现有数据显示问题集中，先在一个班次试行四周，达不到预期就恢复原做法。",
    "比较了三种做法，选投入最小、见效最快的一种；费用在部门预算内解决。",
    "上下游科室已沟通，由质控科跟踪前后数据，季度末复盘。",
];

fn heads() -> [Employee; 9] {
    Ward::ALL.map(|ward| Unit::Ward(CENTRE, ward).head())
}

/// All of them, in order of number.
pub fn decisions() -> impl Iterator<Item = Decision> + Send + Clone {
    tables::decisions().zip(DECISIONS).map(|(decision, (kind, title))| {
        let heads = heads();
        let place = decision.number as usize;
        let pick = |place: usize| heads.get(place % heads.len()).copied().unwrap_or(Employee::CHIEF);
        let day = draw::between(0, 55, format_args!("decision|{}|day", decision.number));
        Decision {
            code: format!("D-2025-{:05}", decision.number),
            title,
            kind,
            decided_on: jiff::civil::date(2025, 11, 1).saturating_add(Span::new().days(i64::from(day))),
            owner: pick(place),
            reviewer: pick(place + 1),
            rationale: draw::pick(&REASONS, format_args!("decision|{}|reason", decision.number)),
            approved: decision.approved,
            citation: decision.citation,
        }
    })
}

/// The conclusions that decisions link to, each with the decision's code: kept some days before it, one of them after.
pub fn conclusions() -> impl Iterator<Item = (String, Conclusion)> + Send + Clone {
    let linked = decisions().filter(|decision| matches!(decision.citation, Citation::Valid | Citation::Later));
    (1_u32..).zip(linked).map(|(number, decision)| {
        let (title, term, period, hundredths, unit) = draw::pick(&KEPT.map(Some), format_args!("conclusion|{number}"))
            .unwrap_or(("年度培训完成率低于目标", "K10", "2025", 7460, "%"));
        let days = Span::new().days(i64::from(draw::between(2, 40, format_args!("conclusion|{number}|days"))));
        let taken_on = match decision.citation {
            Citation::Later => decision.decided_on.saturating_add(days),
            _ => decision.decided_on.saturating_sub(days),
        };
        let conclusion = Conclusion {
            code: format!("C-2025-{number:05}"),
            title,
            term,
            period,
            value: Decimal::new(hundredths, 2),
            unit,
            taken_on,
            taken_by: decision.owner,
        };
        (decision.code, conclusion)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_reviews_their_own_and_all_are_of_the_quarter() {
        let all: Vec<Decision> = decisions().collect();
        assert_eq!(all.len(), 27);
        assert_eq!(all.iter().map(|one| one.title).collect::<BTreeSet<_>>().len(), 27);
        for one in &all {
            assert_ne!(one.owner, one.reviewer);
            assert_eq!((one.decided_on.year(), one.decided_on.month() >= 11), (2025, true));
        }
    }

    #[test]
    fn seventeen_conclusions_come_before_their_decision_and_one_after() {
        let day = |code: &str| decisions().find(|one| one.code == code).unwrap().decided_on;
        let before = conclusions().filter(|(code, kept)| kept.taken_on <= day(code)).count();
        assert_eq!((before, conclusions().count()), (17, 18));
    }
}
