//! The unit tree: the group, its twelve centres, nine departments in each and six at headquarters.

use std::fmt;

use crate::people::{CENTRES, Employee};

/// A department that every centre has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ward {
    /// 综合办公室, led by the head of the centre.
    Office,
    /// 内科.
    Medicine,
    /// 外科妇科.
    Surgery,
    /// 护理部.
    Nursing,
    /// 放射科.
    Radiology,
    /// 检验科.
    Laboratory,
    /// 超声科.
    Ultrasound,
    /// 客服部.
    Service,
    /// 质控科.
    Quality,
}

impl Ward {
    /// All nine, in the order of the employee numbers.
    pub const ALL: [Self; 9] = [
        Self::Office,
        Self::Medicine,
        Self::Surgery,
        Self::Nursing,
        Self::Radiology,
        Self::Laboratory,
        Self::Ultrasound,
        Self::Service,
        Self::Quality,
    ];

    /// The last part of the unit's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Office => "ZH",
            Self::Medicine => "NK",
            Self::Surgery => "WF",
            Self::Nursing => "HL",
            Self::Radiology => "FS",
            Self::Laboratory => "JY",
            Self::Ultrasound => "CS",
            Self::Service => "KF",
            Self::Quality => "ZK",
        }
    }

    /// What people call it inside its centre.
    pub fn name(self) -> &'static str {
        match self {
            Self::Office => "综合办公室",
            Self::Medicine => "内科",
            Self::Surgery => "外科妇科",
            Self::Nursing => "护理部",
            Self::Radiology => "放射科",
            Self::Laboratory => "检验科",
            Self::Ultrasound => "超声科",
            Self::Service => "客服部",
            Self::Quality => "质控科",
        }
    }

    /// The place of its head among the 170 of the centre.
    pub fn head_place(self) -> u16 {
        match self {
            Self::Office => 1,
            Self::Medicine => 13,
            Self::Surgery => 31,
            Self::Nursing => 49,
            Self::Radiology => 103,
            Self::Laboratory => 117,
            Self::Ultrasound => 133,
            Self::Service => 145,
            Self::Quality => 165,
        }
    }
}

/// A department of the headquarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bureau {
    /// 运营管理部; its head leads the group.
    Operations,
    /// 人力资源部.
    People,
    /// 财务部.
    Finance,
    /// 信息部.
    Information,
    /// 质控部.
    Quality,
    /// 市场部.
    Market,
}

impl Bureau {
    /// All six, in the order of the employee numbers.
    pub const ALL: [Self; 6] =
        [Self::Operations, Self::People, Self::Finance, Self::Information, Self::Quality, Self::Market];

    /// How many people work there.
    pub fn headcount(self) -> u16 {
        match self {
            Self::Operations | Self::Information => 20,
            Self::People => 18,
            Self::Finance => 16,
            Self::Quality => 14,
            Self::Market => 22,
        }
    }

    /// The number of its head, who is the first of the department.
    pub fn head_number(self) -> u16 {
        1 + Self::ALL.iter().take_while(|bureau| **bureau != self).map(|bureau| bureau.headcount()).sum::<u16>()
    }

    /// The last part of the unit's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Operations => "YY",
            Self::People => "RL",
            Self::Finance => "CW",
            Self::Information => "XX",
            Self::Quality => "ZK",
            Self::Market => "SC",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operations => "运营管理部",
            Self::People => "人力资源部",
            Self::Finance => "财务部",
            Self::Information => "信息部",
            Self::Quality => "质控部",
            Self::Market => "市场部",
        }
    }
}

/// A unit of the tree. Prints as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// The whole.
    Group,
    /// Centre 1 to 12.
    Centre(u8),
    /// A department of a centre.
    Ward(u8, Ward),
    /// A department of the headquarters.
    Bureau(Bureau),
}

impl Unit {
    /// All 127 units, every parent before its children.
    pub fn all() -> impl Iterator<Item = Self> + Send + Clone {
        let centres = (1..=CENTRES).map(Self::Centre);
        let wards = (1..=CENTRES).flat_map(|centre| Ward::ALL.into_iter().map(move |ward| Self::Ward(centre, ward)));
        std::iter::once(Self::Group).chain(Bureau::ALL.into_iter().map(Self::Bureau)).chain(centres).chain(wards)
    }

    /// The unit above.
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Group => None,
            Self::Centre(_) | Self::Bureau(_) => Some(Self::Group),
            Self::Ward(centre, _) => Some(Self::Centre(centre)),
        }
    }

    /// Who leads it.
    pub fn head(self) -> Employee {
        match self {
            Self::Group => Employee::CHIEF,
            Self::Centre(centre) => Employee::in_centre(centre, 1),
            Self::Ward(centre, ward) => Employee::in_centre(centre, ward.head_place()),
            Self::Bureau(bureau) => Employee::numbered(bureau.head_number()),
        }
    }

    /// The centre it belongs to, if it is below one.
    pub fn centre(self) -> Option<u8> {
        match self {
            Self::Centre(centre) | Self::Ward(centre, _) => Some(centre),
            Self::Group | Self::Bureau(_) => None,
        }
    }

    /// The level as the organisation app names it: `group`, `centre` or `department`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Centre(_) => "centre",
            Self::Ward(..) | Self::Bureau(_) => "department",
        }
    }

    /// The full name; departments carry their centre's so that no two units read alike in a list.
    pub fn name(self) -> String {
        match self {
            Self::Group => "杭州仁心医疗集团".to_owned(),
            Self::Centre(centre) => centre_name(centre).to_owned(),
            Self::Ward(centre, ward) => format!("{}{}", centre_name(centre), ward.name()),
            Self::Bureau(bureau) => format!("集团{}", bureau.name()),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group => f.write_str("RX"),
            Self::Centre(centre) => write!(f, "RX-{centre:02}"),
            Self::Ward(centre, ward) => write!(f, "RX-{centre:02}-{}", ward.code()),
            Self::Bureau(bureau) => write!(f, "RX-HQ-{}", bureau.code()),
        }
    }
}

/// Twelve districts and counties of Hangzhou.
fn centre_name(centre: u8) -> &'static str {
    match centre {
        1 => "西湖分院",
        2 => "拱墅分院",
        3 => "上城分院",
        4 => "滨江分院",
        5 => "萧山分院",
        6 => "余杭分院",
        7 => "临平分院",
        8 => "钱塘分院",
        9 => "富阳分院",
        10 => "临安分院",
        11 => "桐庐分院",
        _ => "建德分院",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn one_group_twelve_centres_and_114_departments() {
        let of_kind = |kind| Unit::all().filter(|unit| unit.kind() == kind).count();
        assert_eq!((of_kind("group"), of_kind("centre"), of_kind("department")), (1, 12, 114));
    }

    #[test]
    fn codes_and_names_are_unique_and_parents_come_first() {
        let mut codes = HashSet::new();
        let mut names = HashSet::new();
        for unit in Unit::all() {
            assert!(unit.parent().is_none_or(|parent| codes.contains(&parent.to_string())), "{unit}");
            assert!(codes.insert(unit.to_string()) && names.insert(unit.name()), "{unit}");
        }
    }

    #[test]
    fn heads_of_headquarters() {
        let heads = Bureau::ALL.map(|bureau| Unit::Bureau(bureau).head().to_string());
        assert_eq!(heads, ["E0001", "E0021", "E0039", "E0055", "E0075", "E0089"]);
        assert_eq!(Bureau::ALL.iter().map(|bureau| bureau.headcount()).sum::<u16>(), 110);
    }
}
