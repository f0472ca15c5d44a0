//! Goals of the headquarters.

use super::{Goal, Up, goal, tenth, whole};
use crate::units::Bureau;

/// The two goals of a headquarters department.
pub(in crate::goals) fn bureau_goals(bureau: Bureau) -> &'static [Goal] {
    match bureau {
        Bureau::Operations => OPERATIONS,
        Bureau::People => PEOPLE,
        Bureau::Finance => FINANCE,
        Bureau::Information => INFORMATION,
        Bureau::Quality => QUALITY,
        Bureau::Market => MARKET,
    }
}

/// What its members choose from.
pub(in crate::goals) fn bureau_member_goals(bureau: Bureau) -> &'static [Goal] {
    match bureau {
        Bureau::Operations => OPERATIONS_MEMBER,
        Bureau::People => PEOPLE_MEMBER,
        Bureau::Finance => FINANCE_MEMBER,
        Bureau::Information => INFORMATION_MEMBER,
        Bureau::Quality => QUALITY_MEMBER,
        Bureau::Market => MARKET_MEMBER,
    }
}

const OPERATIONS: &[Goal] = &[
    goal(
        Up::Above(2),
        "用一套运营驾驶舱带动十二家分院提效",
        &[
            whole("十二家分院接入运营日报", "运营日报", "家", 3, 12),
            tenth("号源释放及时率达到 97.0%", "号源释放", "%", 910, 970),
            whole("完成 6 个流程瓶颈专项", "瓶颈专项", "个", 0, 6),
        ],
    ),
    goal(
        Up::Above(1),
        "重做门诊服务动线，减少患者往返",
        &[
            whole("6 家分院完成一站式服务台改造", "一站式服务台", "家", 1, 6),
            tenth("检查预约一次完成率达到 92.0%", "检查一次预约", "%", 810, 920),
        ],
    ),
];
const OPERATIONS_MEMBER: &[Goal] = &[
    goal(
        Up::Own(0),
        "让负责分院的运营数据日清日结",
        &[
            tenth("日报数据准确率达到 99.0%", "日报准确率", "%", 935, 990),
            whole("推动 4 项号源与排班优化落地", "排班优化", "项", 0, 4),
        ],
    ),
    goal(
        Up::Own(1),
        "跑通一站式服务台样板",
        &[
            whole("完成 2 家分院动线测绘与改造", "动线改造", "家", 0, 2),
            whole("患者院内折返次数降到 2 次", "患者折返", "次", 5, 2),
        ],
    ),
    goal(
        Up::ForCentre(2),
        "驻点帮扶分院，把预约达成提上来",
        &[whole("驻点辅导 10 个工作日", "驻点辅导", "天", 0, 10), tenth("分院爽约率降到 6.0%", "爽约率", "%", 98, 60)],
    ),
];

const PEOPLE: &[Goal] = &[
    goal(
        Up::Above(3),
        "绩效从年底打分变成季度里的持续对话",
        &[
            whole("全员目标对齐率达到 90%", "目标对齐", "%", 64, 90),
            whole("30 天内有反馈的员工占比达到 75%", "过程反馈", "%", 48, 75),
            whole("绩效面谈平均时长控制在 25 分钟", "绩效面谈", "分钟", 47, 25),
        ],
    ),
    goal(
        Up::Above(3),
        "补齐关键岗位梯队，留住骨干医护",
        &[
            whole("关键岗位继任者覆盖率达到 85%", "继任梯队", "%", 62, 85),
            tenth("骨干医护主动离职率控制在 3.0%", "骨干留任", "%", 52, 30),
            whole("完成 24 名质控与医技轮岗", "轮岗安排", "人", 0, 24),
        ],
    ),
];
const PEOPLE_MEMBER: &[Goal] = &[
    goal(
        Up::Own(0),
        "做好对口分院的目标与绩效伙伴",
        &[
            whole("对口分院目标对齐率达到 90%", "目标对齐", "%", 60, 90),
            whole("辅导 20 位主管完成绩效面谈", "面谈辅导", "人", 0, 20),
            tenth("绩效争议 5 个工作日办结率 98.0%", "争议办结", "%", 880, 980),
        ],
    ),
    goal(
        Up::Own(1),
        "把紧缺岗位按时招到位",
        &[
            whole("超声、放射技师到岗 14 人", "医技招聘", "人", 0, 14),
            whole("关键岗位平均招聘周期降到 35 天", "招聘周期", "天", 52, 35),
        ],
    ),
    goal(
        Up::ForCentre(0),
        "为分院搭好质量安全培训体系",
        &[
            whole("组织 6 场情景模拟培训", "情景模拟培训", "场", 0, 6),
            whole("分院培训完成率达到 92%", "培训完成", "%", 70, 92),
        ],
    ),
];

const FINANCE: &[Goal] = &[
    goal(
        Up::Above(2),
        "算清每个科室的账，把耗材和能耗降下来",
        &[
            tenth("百元收入耗材占比降到 18.5%", "耗材管控", "%", 204, 185),
            whole("108 个科室完成成本核算", "科室成本核算", "个", 40, 108),
            whole("月结关账时间缩短到 4 天", "月结关账", "天", 8, 4),
        ],
    ),
    goal(
        Up::Above(2),
        "医保与商保结算又快又准",
        &[
            tenth("医保拒付率降到 0.8%", "医保拒付", "%", 19, 8),
            whole("商保结算周期降到 12 天", "商保结算", "天", 21, 12),
        ],
    ),
];
const FINANCE_MEMBER: &[Goal] = &[
    goal(
        Up::Own(0),
        "把对口分院的成本核到诊间",
        &[
            whole("完成 18 个科室成本模型", "成本模型", "个", 2, 18),
            tenth("库存盘点差异率降到 0.5%", "盘点差异", "%", 16, 5),
        ],
    ),
    goal(
        Up::Own(1),
        "医保结算少返工",
        &[
            tenth("结算清单一次通过率 98.0%", "结算清单", "%", 931, 980),
            whole("组织 5 场医保政策宣讲", "医保宣讲", "场", 0, 5),
        ],
    ),
];

const INFORMATION: &[Goal] = &[
    goal(
        Up::Above(3),
        "打通 HIS、LIS、RIS 与绩效平台，数据只填一次",
        &[
            whole("12 类指标完成自动取数", "自动取数", "类", 4, 12),
            tenth("接口日同步成功率 99.9%", "接口同步", "%", 978, 999),
            whole("指标口径冲突清零", "口径冲突", "个", 26, 0),
        ],
    ),
    goal(
        Up::Above(0),
        "核心系统稳得住，等保三级测评通过",
        &[
            tenth("核心系统可用率 99.9%", "系统可用率", "%", 992, 999),
            whole("高危漏洞修复周期降到 3 天", "漏洞修复", "天", 12, 3),
            whole("完成 2 次容灾切换演练", "容灾演练", "次", 0, 2),
        ],
    ),
];
const INFORMATION_MEMBER: &[Goal] = &[
    goal(
        Up::Own(0),
        "交付稳定好用的取数接口",
        &[
            whole("上线 5 个取数接口", "取数接口", "个", 0, 5),
            tenth("接口失败自动重试成功率 95.0%", "失败重试", "%", 700, 950),
        ],
    ),
    goal(
        Up::Own(1),
        "让一线少打一个报修电话",
        &[
            whole("工单平均响应缩短到 20 分钟", "工单响应", "分钟", 55, 20),
            tenth("重复报修率降到 5.0%", "重复报修", "%", 132, 50),
        ],
    ),
    goal(
        Up::ForCentre(1),
        "为分院上线报告到手机、少跑一趟",
        &[
            whole("电子报告推送覆盖率 95%", "电子报告", "%", 58, 95),
            whole("自助机故障平均恢复降到 30 分钟", "自助机", "分钟", 90, 30),
        ],
    ),
];

const QUALITY: &[Goal] = &[
    goal(
        Up::Above(0),
        "集团质控从抽查走向全程监测",
        &[
            whole("12 家分院上线质控预警", "质控预警", "家", 2, 12),
            tenth("预警 24 小时处置率 98.0%", "预警处置", "%", 820, 980),
            whole("室间质评合格率 100%", "室间质评", "%", 96, 100),
        ],
    ),
    goal(
        Up::Above(0),
        "培养一支会用数据的质控队伍",
        &[
            whole("60 名质控专员通过数据分析认证", "数据分析认证", "人", 12, 60),
            whole("采纳一线改进建议 120 条", "建议采纳", "条", 0, 120),
        ],
    ),
];
const QUALITY_MEMBER: &[Goal] = &[
    goal(
        Up::Own(0),
        "盯住对口分院的质控预警闭环",
        &[
            tenth("预警 24 小时处置率 98.0%", "预警处置", "%", 800, 980),
            whole("完成 12 次飞行检查", "飞行检查", "次", 0, 12),
        ],
    ),
    goal(
        Up::Own(1),
        "带教分院质控专员",
        &[
            whole("带教 6 名质控专员独立完成根因分析", "根因分析带教", "人", 0, 6),
            whole("沉淀 10 个改进案例", "改进案例", "个", 1, 10),
        ],
    ),
];

const MARKET: &[Goal] = &[
    goal(
        Up::Above(1),
        "企业客户续约率稳住、口碑传开",
        &[
            tenth("企业体检客户续约率达到 88.0%", "企业续约", "%", 806, 880),
            whole("重点客户月均拜访 3 次", "客户拜访", "次", 1, 3),
            whole("新增转介绍客户 40 家", "转介绍", "家", 0, 40),
        ],
    ),
    goal(
        Up::Above(2),
        "把公域流量变成看得见的到诊",
        &[
            whole("线上预约到诊 1.2 万人次", "线上到诊", "百人次", 0, 120),
            whole("获客成本降到 85 元", "获客成本", "元", 128, 85),
        ],
    ),
];
const MARKET_MEMBER: &[Goal] = &[
    goal(
        Up::Own(0),
        "服务好名下企业客户，一家不掉队",
        &[
            tenth("名下客户续约率达到 90.0%", "企业续约", "%", 800, 900),
            whole("完成 36 次客户拜访并记录需求", "客户拜访", "次", 0, 36),
            whole("产品知识测试达到 95 分", "产品测试", "分", 82, 95),
        ],
    ),
    goal(
        Up::Own(1),
        "做出能带来预约的健康科普",
        &[
            whole("发布 24 篇健康科普", "健康科普", "篇", 0, 24),
            whole("科普带来预约 900 人次", "科普转化", "人次", 0, 900),
        ],
    ),
    goal(
        Up::ForCentre(1),
        "和分院一起办好社区义诊",
        &[whole("组织 8 场社区义诊", "社区义诊", "场", 0, 8), whole("义诊转门诊 320 人次", "义诊转诊", "人次", 0, 320)],
    ),
];
