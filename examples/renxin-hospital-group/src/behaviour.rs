//! The eight competency tags and the 32,000 behaviours lit in 2025Q4.

use std::collections::BTreeSet;

use model::Date;

use crate::people::{Employee, HEADCOUNT};
use crate::{artefacts, assignments, calendar, draw};

/// How many behaviours were lit.
pub const EVENTS: u32 = 32_000;

/// One of the eight competencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// 1 to 8.
    pub number: u8,
    /// The name people tick.
    pub name: &'static str,
    /// The same in English.
    pub english: &'static str,
    /// What somebody does who deserves it.
    pub description: &'static str,
}

/// The eight tags, in the order of the radar.
pub const TAGS: [Tag; 8] = [
    Tag {
        number: 1,
        name: "客户需求洞察精准",
        english: "Reads what patients need",
        description: "先听懂患者和家属真正担心什么，再给方案；能说出没有被说出口的需求。",
    },
    Tag {
        number: 2,
        name: "跨部门资源整合高效",
        english: "Brings departments together",
        description: "不等指令，把临床、医技、客服和信息的人找到一起，当天把卡点解开。",
    },
    Tag {
        number: 3,
        name: "担当精神",
        english: "Takes responsibility",
        description: "出了问题先担起来再追原因；没人愿意接的事，主动接住并跟到底。",
    },
    Tag {
        number: 4,
        name: "医疗安全严守底线",
        english: "Keeps patients safe",
        description: "查对、手卫生、危急值、患者身份识别，忙的时候也一步不省。",
    },
    Tag {
        number: 5,
        name: "沟通共情有温度",
        english: "Communicates with warmth",
        description: "用患者听得懂的话讲清病情和费用，情绪激动时先安抚、后解释。",
    },
    Tag {
        number: 6,
        name: "流程改进有实效",
        english: "Improves how work is done",
        description: "发现浪费就提出改法，小范围试过、有前后数据、能推广。",
    },
    Tag {
        number: 7,
        name: "专业精进乐于传帮带",
        english: "Learns and teaches",
        description: "跟进指南与新技术，把自己会的教给同事，带出能独立值班的新人。",
    },
    Tag {
        number: 8,
        name: "数据说话求真务实",
        english: "Lets the data speak",
        description: "结论有数据和病历支撑，不报喜藏忧，口径不清先问口径。",
    },
];

/// Somebody's manager lit a behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// 1 to [`EVENTS`].
    pub number: u32,
    /// Who was seen doing it.
    pub receiver: Employee,
    /// The receiver's manager on that day.
    pub giver: Employee,
    /// 1 to 8.
    pub tag: u8,
    /// The open day.
    pub lit_on: Date,
    /// The receiver's work under which it was lit, by the number of the artefact.
    pub artefact: Option<u32>,
}

/// All events, in order of number.
pub fn events() -> impl Iterator<Item = Event> + Send {
    let days: Vec<Date> = calendar::open_days().collect();
    let works = artefacts::Shelf::new();
    // Nobody lights two behaviours under one work; the later ones stand without it.
    let mut lit = BTreeSet::new();
    (1..=EVENTS).filter_map(move |i| {
        let lit_on = days.get(i as usize % days.len().max(1)).copied()?;
        let offset = draw::between(1, u32::from(HEADCOUNT) - 110, format_args!("light|{i}|recv"));
        let receiver = Employee::numbered(110 + u16::try_from(offset).ok()?);
        let tag = u8::try_from(draw::between(1, 8, format_args!("light|{i}|tag"))).ok()?;
        let giver = assignments::manager_on(receiver, lit_on)?;
        let artefact = works.newest_of(receiver, lit_on).filter(|work| lit.insert((giver, *work)));
        Some(Event { number: i, receiver, giver, tag, lit_on, artefact })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_of_the_examples_has_22() {
        let mut counts = [0; 8];
        for event in events().filter(|event| event.receiver.number() == 256) {
            counts[usize::from(event.tag) - 1] += 1;
            assert_eq!(event.giver.number(), 255);
        }
        assert_eq!(counts, [3, 2, 2, 4, 4, 2, 4, 1]);
    }

    #[test]
    fn spread_over_the_open_days() {
        let mut per_day = std::collections::BTreeMap::new();
        for event in events() {
            *per_day.entry(event.lit_on).or_insert(0) += 1;
            assert_ne!(event.giver, event.receiver);
        }
        assert_eq!(events().count(), 32_000);
        assert_eq!(per_day.len(), 72);
        assert!(per_day.values().all(|count| (444..=445).contains(count)));
    }

    #[test]
    fn the_giver_is_the_manager_of_the_day() {
        let givers: std::collections::BTreeSet<(bool, u16)> = events()
            .filter(|event| event.receiver == assignments::MOVER)
            .map(|event| (event.lit_on >= assignments::MOVED_ON, event.giver.number()))
            .collect();
        assert!(givers.into_iter().eq([(false, 1823), (true, 1993)]));
    }

    #[test]
    fn tags_are_numbered_in_order() {
        assert!(TAGS.iter().map(|tag| tag.number).eq(1..=8));
    }
}
