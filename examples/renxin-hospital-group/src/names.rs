//! Names of people, drawn from surnames by how common they are and given names by generation and gender.
//!
//! A few people share a name, as in any hospital of this size. Names of people in public life are drawn again.

use crate::draw;
use crate::people::{Employee, Gender};

/// The surname and the given name, without a space.
pub fn full_name(employee: Employee) -> String {
    let mut attempt = 0;
    loop {
        let name = draw_name(employee, attempt);
        // INVARIANT: ends, because a draw that hits the short list again is rare and the attempts are bounded.
        if attempt == 9 || !KNOWN_ELSEWHERE.contains(&name.as_str()) {
            return name;
        }
        attempt += 1;
    }
}

fn draw_name(employee: Employee, attempt: u32) -> String {
    let surname = surname(draw::between(0, 999, format_args!("name|{employee}|{attempt}|surname")));
    let (first, second, single) = match employee.gender() {
        Gender::Female => (FEMALE_FIRST, FEMALE_SECOND, FEMALE_SINGLE),
        Gender::Male => (MALE_FIRST, MALE_SECOND, MALE_SINGLE),
    };
    if draw::chance(14, format_args!("name|{employee}|{attempt}|short")) {
        let given = draw::pick(single, format_args!("name|{employee}|{attempt}|single"));
        return format!("{surname}{given}");
    }
    let one = draw::pick(first, format_args!("name|{employee}|{attempt}|first"));
    let two = draw::pick(second, format_args!("name|{employee}|{attempt}|second"));
    format!("{surname}{one}{two}")
}

/// The surname at a point of the thousand, each taking as many points as its share.
fn surname(point: u32) -> &'static str {
    let mut left = point;
    for (surname, share) in SURNAMES {
        if left < *share {
            return surname;
        }
        left -= share;
    }
    "邵"
}

/// Surnames with their share in a thousand, leaning to what is common in Zhejiang.
const SURNAMES: &[(&str, u32)] = &[
    ("陈", 65),
    ("王", 62),
    ("张", 52),
    ("林", 34),
    ("李", 44),
    ("周", 38),
    ("吴", 37),
    ("徐", 36),
    ("叶", 30),
    ("郑", 27),
    ("朱", 28),
    ("黄", 26),
    ("沈", 30),
    ("杨", 26),
    ("胡", 25),
    ("金", 24),
    ("俞", 20),
    ("赵", 19),
    ("章", 17),
    ("潘", 16),
    ("何", 17),
    ("蒋", 17),
    ("方", 16),
    ("许", 15),
    ("钱", 14),
    ("孙", 16),
    ("刘", 22),
    ("邵", 13),
    ("施", 12),
    ("楼", 12),
    ("戴", 10),
    ("余", 12),
    ("宋", 10),
    ("罗", 10),
    ("郭", 9),
    ("蔡", 9),
    ("姚", 9),
    ("傅", 8),
    ("毛", 9),
    ("虞", 7),
    ("汪", 9),
    ("唐", 8),
    ("董", 8),
    ("陆", 8),
    ("裘", 5),
    ("倪", 6),
    ("严", 6),
    ("谢", 6),
    ("缪", 4),
    ("竺", 3),
    ("骆", 4),
    ("诸葛", 2),
    ("马", 6),
    ("高", 6),
    ("梁", 5),
    ("夏", 5),
    ("魏", 4),
    ("欧阳", 2),
];

const FEMALE_FIRST: &[&str] = &[
    "雨", "思", "晓", "佳", "静", "雅", "梦", "欣", "诗", "婉", "丽", "淑", "春", "秋", "月", "海", "玉", "慧", "若",
    "芷", "亦", "书", "舒", "心", "可", "嘉", "怡", "敏", "文", "冰", "凌", "沁", "彩", "珊", "燕", "琼", "紫", "馨",
    "瑞", "美", "云", "映", "筱", "宛", "清", "素", "红", "爱", "翠", "小", "锦", "悦", "乐", "依", "采", "知", "意",
    "盈", "令", "琳",
];
const FEMALE_SECOND: &[&str] = &[
    "婷", "洁", "琪", "萍", "芳", "霞", "娟", "莉", "瑶", "蕾", "玲", "燕", "琴", "雯", "颖", "妍", "楠", "薇", "倩",
    "茜", "彤", "瑜", "珍", "芬", "英", "梅", "兰", "竹", "菊", "青", "文", "君", "宁", "仪", "芸", "蓉", "岚", "露",
    "虹", "佩", "华", "飞", "媛", "洋", "丹", "晴", "音", "月", "涵", "萱", "菲", "桐", "然", "言", "禾", "舟", "怡",
    "贞", "屏", "微",
];
const FEMALE_SINGLE: &[&str] = &[
    "婷", "洁", "琴", "萍", "燕", "莹", "璐", "蓓", "瑾", "颖", "雯", "倩", "岚", "虹", "妍", "琰", "玥", "茜", "菁",
    "瑛", "娴", "蕙", "晴", "筠", "旻", "怡",
];
const MALE_FIRST: &[&str] = &[
    "建", "志", "国", "文", "海", "晓", "俊", "浩", "宇", "子", "天", "伟", "永", "立", "世", "宏", "金", "鸿", "振",
    "学", "正", "益", "启", "明", "云", "东", "立", "承", "家", "嘉", "泽", "瑞", "铭", "昊", "博", "逸", "睿", "思",
    "弘", "若", "景", "元", "卫", "少", "庆", "春", "秋", "泽", "致", "守", "培", "良", "士", "忠", "德", "宗", "加",
    "寅", "炳", "培",
];
const MALE_SECOND: &[&str] = &[
    "军", "强", "峰", "杰", "涛", "斌", "辉", "鹏", "超", "波", "勇", "刚", "平", "明", "亮", "林", "华", "良", "祥",
    "凯", "帆", "航", "轩", "远", "阳", "晨", "毅", "恒", "诚", "达", "川", "舟", "廷", "渊", "铭", "霖", "泉", "松",
    "柏", "楠", "岳", "洲", "成", "安", "康", "荣", "昌", "兴", "新", "根", "法", "苗", "栋", "坚", "信", "民", "生",
    "洋", "熙", "之",
];
const MALE_SINGLE: &[&str] = &[
    "斌", "强", "峰", "俊", "磊", "凯", "鹏", "旭", "钧", "晟", "骏", "昱", "炜", "锋", "毅", "恺", "赟", "樑", "淼",
    "翀", "灏", "彬", "煜", "栋", "挺", "铮",
];

/// Names the tables could make that everybody knows from the news or the screen.
const KNOWN_ELSEWHERE: &[&str] = &[
    "王强",
    "李强",
    "刘强东",
    "张国荣",
    "杨天宇",
    "马云",
    "陈小春",
    "刘国梁",
    "王励勤",
    "郭晶晶",
    "陈冠希",
    "吴京",
    "李春江",
    "高圆圆",
    "孙红雷",
    "杨紫",
    "张国立",
    "王俊凯",
    "王志文",
    "陈建斌",
    "陈思诚",
    "李小鹏",
    "何炅",
    "刘诗诗",
    "张雨绮",
    "周迅",
    "王心凌",
    "徐静蕾",
    "张嘉译",
    "林志玲",
    "郑爽",
    "李小璐",
    "周建平",
    "赵薇",
    "王小波",
    "张建军",
    "王建军",
    "李思思",
    "李晓明",
    "黄晓明",
    "陈晓旭",
    "马思纯",
    "吴国华",
    "王海燕",
    "陈嘉庚",
    "林少华",
    "金庸",
    "李云龙",
    "陈凯",
    "陈明",
    "罗永浩",
    "李敏英",
    "宋庆龄",
    "毛泽民",
    "周海媚",
    "张玉宁",
    "王文斌",
    "李国庆",
    "杨振宁",
    "徐志摩",
    "陆小曼",
    "郁达夫",
    "李清照",
    "李立群",
    "李嘉诚",
    "李文华",
    "陈立夫",
    "林文月",
    "杨文军",
    "汪海林",
    "张文宏",
    "李兰娟",
    "李文亮",
    "钟南山",
    "王辰",
    "吴建民",
    "郑永年",
    "杨丽萍",
    "戴玉强",
    "毛晓彤",
    "王立军",
    "徐才厚",
    "周永康",
    "孙志刚",
    "孙志军",
    "王家卫",
    "王子文",
    "王珞丹",
    "张子枫",
    "张一山",
    "唐嫣",
    "刘志军",
    "罗志祥",
];

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn shares_make_a_thousand_at_most() {
        let sum: u32 = SURNAMES.iter().map(|(_, share)| share).sum();
        assert!((950..=1000).contains(&sum), "{sum}");
    }

    #[test]
    fn a_few_people_share_a_name() {
        let mut people: HashMap<String, u32> = HashMap::new();
        for employee in Employee::all() {
            *people.entry(full_name(employee)).or_default() += 1;
        }
        let shared = people.values().filter(|count| **count > 1).count();
        assert!((10..=60).contains(&shared), "{shared}");
        assert!(people.keys().all(|name| !KNOWN_ELSEWHERE.contains(&name.as_str())));
        assert!(people.values().all(|count| *count <= 4));
    }

    #[test]
    fn a_name_depends_on_the_number_alone() {
        expect_test::expect![[r#"
            [
                "张小飞",
                "王磊",
                "孙宏恒",
                "倪晓成",
                "严紫晴",
                "徐乐彤",
                "汪月舟",
            ]
        "#]]
        .assert_debug_eq(&[1, 111, 213, 214, 256, 640, 1830].map(|number| full_name(Employee::numbered(number))));
    }
}
