//! Posts and their categories.

use crate::units::{Bureau, Ward};

/// What kind of work a post is; decides how its people are appraised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// 医护: doctors and nurses.
    Clinical,
    /// 医技: radiology, laboratory, ultrasound.
    Technical,
    /// 职能: everyone else.
    Support,
}

impl Category {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Clinical, Self::Technical, Self::Support];

    /// The code of the category.
    pub fn code(self) -> &'static str {
        match self {
            Self::Clinical => "clinical",
            Self::Technical => "technical",
            Self::Support => "support",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clinical => "医护",
            Self::Technical => "医技",
            Self::Support => "职能",
        }
    }
}

/// A post: the head or a member of a kind of department.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Post {
    /// Leads a department of a centre; of the office: the centre itself, as 院长.
    WardHead(Ward),
    /// Works in a department of a centre.
    WardMember(Ward),
    /// Leads a department of the headquarters; of operations: the group itself.
    BureauHead(Bureau),
    /// Works in a department of the headquarters.
    BureauMember(Bureau),
}

impl Post {
    /// All 30 posts.
    pub fn all() -> impl Iterator<Item = Self> + Send + Clone {
        let bureaus = Bureau::ALL.into_iter().flat_map(|bureau| [Self::BureauHead(bureau), Self::BureauMember(bureau)]);
        let wards = Ward::ALL.into_iter().flat_map(|ward| [Self::WardHead(ward), Self::WardMember(ward)]);
        bureaus.chain(wards)
    }

    /// The code of the post.
    pub fn code(self) -> String {
        match self {
            Self::WardHead(ward) => format!("{}-1", ward.code()),
            Self::WardMember(ward) => format!("{}-2", ward.code()),
            Self::BureauHead(bureau) => format!("HQ-{}-1", bureau.code()),
            Self::BureauMember(bureau) => format!("HQ-{}-2", bureau.code()),
        }
    }

    /// What is written on the door.
    pub fn name(self) -> &'static str {
        match self {
            Self::WardHead(ward) => match ward {
                Ward::Office => "院长",
                Ward::Medicine => "内科主任",
                Ward::Surgery => "外科妇科主任",
                Ward::Nursing => "护士长",
                Ward::Radiology => "放射科主任",
                Ward::Laboratory => "检验科主任",
                Ward::Ultrasound => "超声科主任",
                Ward::Service => "客服主管",
                Ward::Quality => "质控主管",
            },
            Self::WardMember(ward) => match ward {
                Ward::Office => "综合专员",
                Ward::Medicine => "内科医生",
                Ward::Surgery => "外科妇科医生",
                Ward::Nursing => "护士",
                Ward::Radiology => "放射技师",
                Ward::Laboratory => "检验技师",
                Ward::Ultrasound => "超声技师",
                Ward::Service => "客服专员",
                Ward::Quality => "质控专员",
            },
            Self::BureauHead(bureau) => match bureau {
                Bureau::Operations => "集团总经理",
                Bureau::People => "人力资源总监",
                Bureau::Finance => "财务总监",
                Bureau::Information => "信息总监",
                Bureau::Quality => "集团质控总监",
                Bureau::Market => "市场总监",
            },
            Self::BureauMember(bureau) => match bureau {
                Bureau::Operations => "运营经理",
                Bureau::People => "人力资源经理",
                Bureau::Finance => "财务经理",
                Bureau::Information => "信息工程师",
                Bureau::Quality => "集团质控经理",
                Bureau::Market => "市场经理",
            },
        }
    }

    /// Its category: medicine, surgery and nursing are clinical, the three examining departments technical.
    pub fn category(self) -> Category {
        match self {
            Self::WardHead(ward) | Self::WardMember(ward) => match ward {
                Ward::Medicine | Ward::Surgery | Ward::Nursing => Category::Clinical,
                Ward::Radiology | Ward::Laboratory | Ward::Ultrasound => Category::Technical,
                Ward::Office | Ward::Service | Ward::Quality => Category::Support,
            },
            Self::BureauHead(_) | Self::BureauMember(_) => Category::Support,
        }
    }

    /// Whether its holder leads people.
    pub fn is_head(self) -> bool {
        matches!(self, Self::WardHead(_) | Self::BureauHead(_))
    }

    /// Whether it belongs to the doctors, the group that is compared by outpatient visits.
    pub fn is_doctor(self) -> bool {
        matches!(self, Self::WardMember(Ward::Medicine | Ward::Surgery))
    }

    /// The group of posts it is compared in by visits; empty where it is compared by itself.
    pub fn peer_group(self) -> &'static str {
        if self.is_doctor() { "医生" } else { "" }
    }

    /// Whether it belongs to the three groups of technicians.
    pub fn is_technician(self) -> bool {
        matches!(self, Self::WardMember(Ward::Radiology | Ward::Laboratory | Ward::Ultrasound))
    }
}
