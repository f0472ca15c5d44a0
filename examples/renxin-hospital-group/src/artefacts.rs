//! Pieces of work people are proud of: project reports, proposals, slides. Behaviours are lit under them.

use std::collections::BTreeMap;

use jiff::Span;
use model::Date;

use crate::people::{Employee, HEADCOUNT};
use crate::posts::Post;
use crate::units::{Bureau, Ward};
use crate::{assignments, draw};

/// How many there are.
pub const ARTEFACTS: u32 = 420;
/// The first day one was made: a month before the quarter in which behaviours were lit.
const FIRST: Date = jiff::civil::date(2025, 9, 1);

/// A piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artefact {
    /// 1 to [`ARTEFACTS`].
    pub number: u32,
    /// What it is called.
    pub title: String,
    /// `project_report`, `proposal` or `slides`.
    pub kind: &'static str,
    /// Who made it.
    pub author: Employee,
    /// When it was finished.
    pub made_on: Date,
}

/// All of them, in order of number.
pub fn artefacts() -> impl Iterator<Item = Artefact> + Send + Clone {
    (1..=ARTEFACTS).map(artefact)
}

/// Which works each person had finished, to find the one a behaviour shows in.
pub(crate) struct Shelf(BTreeMap<Employee, Vec<(Date, u32)>>);

impl Shelf {
    /// All works, by author.
    pub(crate) fn new() -> Self {
        let mut works: BTreeMap<Employee, Vec<(Date, u32)>> = BTreeMap::new();
        for number in 1..=ARTEFACTS {
            works.entry(author(number)).or_default().push((made_on(number), number));
        }
        Self(works)
    }

    /// The author's newest work finished by that day, unless it is older than six weeks.
    pub(crate) fn newest_of(&self, author: Employee, day: Date) -> Option<u32> {
        let recent = day.saturating_sub(Span::new().days(42));
        let works = self.0.get(&author)?.iter().filter(|(made_on, _)| *made_on <= day && *made_on >= recent);
        works.max().map(|(_, number)| *number)
    }
}

fn artefact(number: u32) -> Artefact {
    let author = author(number);
    let made_on = made_on(number);
    let kind = draw::pick(&["project_report", "proposal", "slides"], format_args!("work|{number}|kind"));
    let topic = draw::pick(topics(author.post()), format_args!("work|{number}|topic"));
    let place = assignments::unit_on(author, made_on).name();
    let title = match kind {
        "project_report" => format!("{place}{topic}项目结案报告"),
        "proposal" => {
            let client = draw::pick(CLIENTS, format_args!("work|{number}|client"));
            let service = draw::pick(SERVICES, format_args!("work|{number}|service"));
            format!("{client}{service}方案")
        }
        _ => {
            let form = draw::pick(FORMS, format_args!("work|{number}|form"));
            format!("{topic}{form}")
        }
    };
    Artefact { number, title, kind, author, made_on }
}

fn author(number: u32) -> Employee {
    let offset = draw::between(2, u32::from(HEADCOUNT), format_args!("work|{number}|author"));
    Employee::numbered(u16::try_from(offset).unwrap_or(HEADCOUNT))
}

fn made_on(number: u32) -> Date {
    let days = draw::between(0, 112, format_args!("work|{number}|day"));
    FIRST.saturating_add(Span::new().days(i64::from(days)))
}

const CLIENTS: &[&str] = &[
    "滨江某科技企业",
    "萧山某制造集团",
    "余杭某互联网公司",
    "市属某机关单位",
    "桐庐某快递企业",
    "钱塘某高校",
    "临安某山核桃合作社",
    "富阳某造纸企业",
    "拱墅某商贸公司",
    "上城某律师事务所",
];

const SERVICES: &[&str] = &[
    "员工年度体检",
    "高管健康管理",
    "入职体检",
    "慢病随访",
    "肺结节专项筛查",
    "女职工两癌筛查",
    "驻企健康讲座",
    "检后复查绿色通道",
];

const FORMS: &[&str] = &["内部分享", "经验分享（科室晨会）", "培训课件", "案例复盘分享", "一页纸方法分享"];

fn topics(post: Post) -> &'static [&'static str] {
    match post {
        Post::WardHead(ward) | Post::WardMember(ward) => match ward {
            Ward::Office => &["就诊环境微改造", "物资申领提速", "导视标识更新", "节能降耗"],
            Ward::Medicine => &["高血压规范管理", "体检异常结果解读", "糖尿病随访", "肺结节管理", "报告返修改善"],
            Ward::Surgery => &["日间手术核查", "两癌筛查", "快速康复路径", "宫颈病变随访"],
            Ward::Nursing => &["采血等候缩短", "手卫生依从", "晕针应急处置", "患者身份双核对", "新护士带教"],
            Ward::Radiology => &["低剂量 CT 流程", "影像重拍率下降", "设备周保养", "影像危急值上报"],
            Ward::Laboratory => &["危急值闭环管理", "标本周转提速", "溶血标本下降", "室内质控"],
            Ward::Ultrasound => &["超声分时段预约", "图像存储规范", "乳腺超声分级", "孕产超声安抚"],
            Ward::Service => &["首呼解决率提升", "情绪安抚话术", "检后随访", "投诉办结提速", "企业客户年度体检"],
            Ward::Quality => &["返修根因分析", "预警闭环", "现场核查清单", "改进建议征集"],
        },
        Post::BureauHead(bureau) | Post::BureauMember(bureau) => match bureau {
            Bureau::Operations => &["号源释放优化", "一站式服务台", "运营日报"],
            Bureau::People => &["目标对齐", "绩效面谈", "质控轮岗"],
            Bureau::Finance => &["科室成本核算", "医保拒付下降", "耗材管控"],
            Bureau::Information => &["指标自动取数", "电子报告推送", "容灾演练"],
            Bureau::Quality => &["质控预警上线", "室间质评", "飞行检查"],
            Bureau::Market => &["企业客户续约", "社区义诊", "健康科普"],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_every_kind_and_finished_within_the_year() {
        for kind in ["project_report", "proposal", "slides"] {
            assert!(artefacts().filter(|work| work.kind == kind).count() > 100);
        }
        assert!(artefacts().all(|work| work.made_on.year() == 2025 && work.title.chars().count() > 5));
    }

    #[test]
    fn a_behaviour_shows_in_a_finished_work_of_the_receiver() {
        let works: Vec<Artefact> = artefacts().collect();
        let mut under_a_work = std::collections::BTreeSet::new();
        for event in crate::behaviour::events() {
            if let Some(number) = event.artefact {
                let work = &works[number as usize - 1];
                assert!(work.author == event.receiver && work.made_on <= event.lit_on);
                assert!(under_a_work.insert((event.giver, number)), "{event:?}");
            }
        }
        assert!(under_a_work.len() > 300, "{}", under_a_work.len());
    }
}
