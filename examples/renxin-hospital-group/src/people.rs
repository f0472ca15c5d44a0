//! The 2,150 employees: who they are by their number alone.
//!
//! E0001–E0110 work at headquarters, department by department; centre *k* has the 170 numbers from 110 + 170 (k − 1) + 1.

use std::fmt;

use model::Date;

use crate::draw;
use crate::names;
use crate::posts::{Category, Post};
use crate::units::{Bureau, Unit, Ward};

/// How many centres there are.
pub const CENTRES: u8 = 12;
/// How many people work at headquarters.
pub const AT_HEADQUARTERS: u16 = 110;
/// How many people work in each centre.
pub const PER_CENTRE: u16 = 170;
/// How many people there are.
pub const HEADCOUNT: u16 = AT_HEADQUARTERS + PER_CENTRE * 12;

/// An employee by number. Prints as the code, `E0001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Employee(u16);

/// The gender on file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// 女.
    Female,
    /// 男.
    Male,
}

impl Gender {
    /// The choice as the organisation app spells it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}

impl Employee {
    /// The head of the group.
    pub const CHIEF: Self = Self(1);

    /// Everyone, in order of number.
    pub fn all() -> impl Iterator<Item = Self> + Send + Clone {
        (1..=HEADCOUNT).map(Self)
    }

    /// The 170 people of one centre. E1830's move does not change a number, nor what this answers.
    pub fn of_centre(centre: u8) -> impl Iterator<Item = Self> + Send + Clone {
        (1..=PER_CENTRE).map(move |place| Self::in_centre(centre, place))
    }

    /// The doctors of all centres, 408 people.
    pub fn doctors() -> impl Iterator<Item = Self> + Send + Clone {
        Self::all().filter(|employee| employee.post().is_doctor())
    }

    /// The technicians of all centres, 468 people.
    pub fn technicians() -> impl Iterator<Item = Self> + Send + Clone {
        Self::all().filter(|employee| employee.post().is_technician())
    }

    /// The holders of one post.
    pub fn holding(post: Post) -> impl Iterator<Item = Self> + Send + Clone {
        Self::all().filter(move |employee| employee.post() == post)
    }

    /// The employee of that number; the caller keeps it between 1 and [`HEADCOUNT`].
    pub const fn numbered(number: u16) -> Self {
        Self(number)
    }

    /// The employee at a place (1 to 170) of a centre (1 to 12).
    pub fn in_centre(centre: u8, place: u16) -> Self {
        Self(AT_HEADQUARTERS + PER_CENTRE * (u16::from(centre) - 1) + place)
    }

    /// The number without its letter.
    pub fn number(self) -> u16 {
        self.0
    }

    /// Whether the employee is at headquarters.
    pub fn is_at_headquarters(self) -> bool {
        self.0 <= AT_HEADQUARTERS
    }

    /// The centre the number belongs to, and the place in it.
    pub fn place(self) -> Option<(u8, u16)> {
        let offset = self.0.checked_sub(AT_HEADQUARTERS + 1)?;
        Some((u8::try_from(offset / PER_CENTRE + 1).ok()?, offset % PER_CENTRE + 1))
    }

    /// The unit as hired; E1830's move is in [`crate::assignments`]. Heads of centres sit in the centre itself, so that
    /// everything below it is theirs.
    pub fn home_unit(self) -> Unit {
        match (self.place(), self.post()) {
            (Some((centre, _)), Post::WardHead(Ward::Office)) => Unit::Centre(centre),
            (Some((centre, _)), Post::WardHead(ward) | Post::WardMember(ward)) => Unit::Ward(centre, ward),
            (_, Post::BureauHead(bureau) | Post::BureauMember(bureau)) => Unit::Bureau(bureau),
            (None, _) => Unit::Group,
        }
    }

    /// The post, which nobody has changed.
    pub fn post(self) -> Post {
        match self.place() {
            Some((_, place)) => match place {
                1 => Post::WardHead(Ward::Office),
                2..=12 => Post::WardMember(Ward::Office),
                13 => Post::WardHead(Ward::Medicine),
                14..=30 => Post::WardMember(Ward::Medicine),
                31 => Post::WardHead(Ward::Surgery),
                32..=48 => Post::WardMember(Ward::Surgery),
                49 => Post::WardHead(Ward::Nursing),
                50..=102 => Post::WardMember(Ward::Nursing),
                103 => Post::WardHead(Ward::Radiology),
                104..=116 => Post::WardMember(Ward::Radiology),
                117 => Post::WardHead(Ward::Laboratory),
                118..=132 => Post::WardMember(Ward::Laboratory),
                133 => Post::WardHead(Ward::Ultrasound),
                134..=144 => Post::WardMember(Ward::Ultrasound),
                145 => Post::WardHead(Ward::Service),
                146..=164 => Post::WardMember(Ward::Service),
                165 => Post::WardHead(Ward::Quality),
                _ => Post::WardMember(Ward::Quality),
            },
            None => {
                let of_number = |bureau: &&Bureau| bureau.head_number() <= self.0;
                let bureau = Bureau::ALL.iter().rev().find(of_number).copied().unwrap_or(Bureau::Operations);
                if bureau.head_number() == self.0 { Post::BureauHead(bureau) } else { Post::BureauMember(bureau) }
            }
        }
    }

    /// The category of the post.
    pub fn category(self) -> Category {
        self.post().category()
    }

    /// The gender, drawn with the odds of the post: most nurses are women.
    pub fn gender(self) -> Gender {
        let women = match self.post() {
            Post::WardHead(Ward::Nursing) | Post::WardMember(Ward::Nursing) => 94,
            Post::WardMember(Ward::Service) => 78,
            Post::WardMember(Ward::Radiology) | Post::BureauMember(Bureau::Information) => 36,
            post if post.is_head() => 44,
            _ => 55,
        };
        if draw::chance(women, format_args!("person|{self}|gender")) { Gender::Female } else { Gender::Male }
    }

    /// The full name.
    pub fn name(self) -> String {
        names::full_name(self)
    }

    /// What the employee signs in with: the code in small letters.
    pub fn login(self) -> String {
        format!("e{:04}", self.0)
    }

    /// The work address, under a domain that is reserved for examples and reaches nobody.
    pub fn email(self) -> String {
        format!("e{:04}@renxin.example", self.0)
    }

    /// A mobile number that is none: no mobile begins with 100, so that it reaches nobody.
    pub fn phone(self) -> String {
        let middle = draw::between(1000, 9999, format_args!("person|{self}|phone"));
        format!("100{middle}{:04}", self.0)
    }

    /// The day of hiring: before 2024, so that every fact of 2024 has a person; heads longer ago.
    pub fn hired(self) -> Date {
        let (first, last) = if self.post().is_head() { (2006, 2016) } else { (2011, 2023) };
        let year = draw::between(first, last, format_args!("person|{self}|hired|year"));
        let month = draw::between(1, 12, format_args!("person|{self}|hired|month"));
        let day = draw::between(1, 28, format_args!("person|{self}|hired|day"));
        Date::new(i16::try_from(year).unwrap_or(2020), i8::try_from(month).unwrap_or(1), i8::try_from(day).unwrap_or(1))
            .unwrap_or(jiff::civil::date(2020, 1, 1))
    }
}

impl fmt::Display for Employee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:04}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holders(ward: Ward) -> usize {
        Employee::holding(Post::WardMember(ward)).count()
    }

    #[test]
    fn headcount_by_category() {
        let of = |category| Employee::all().filter(|employee| employee.category() == category).count();
        assert_eq!(HEADCOUNT, 2150);
        assert_eq!((of(Category::Clinical), of(Category::Technical), of(Category::Support)), (1080, 504, 566));
    }

    #[test]
    fn post_groups() {
        assert_eq!(Employee::doctors().count(), 408);
        assert_eq!(Employee::technicians().count(), 468);
        let groups = [Ward::Nursing, Ward::Radiology, Ward::Laboratory, Ward::Ultrasound, Ward::Service, Ward::Quality];
        assert_eq!(groups.map(holders), [636, 156, 180, 132, 228, 60]);
    }

    #[test]
    fn everybody_named_in_the_cases_stands_where_the_case_says() {
        let post = |number| Employee::numbered(number).post().name();
        assert_eq!(post(640), "内科医生");
        assert_eq!(post(633), "内科主任");
        assert_eq!(post(214), "放射技师");
        assert_eq!(post(213), "放射科主任");
        assert_eq!(post(256), "客服专员");
        assert_eq!(post(276), "质控专员");
        assert_eq!(Employee::numbered(1830).home_unit().to_string(), "RX-11-NK");
        assert_eq!(Employee::numbered(110).post().name(), "市场经理");
        assert_eq!(Employee::numbered(2150).home_unit().to_string(), "RX-12-ZK");
    }

    #[test]
    fn everyone_was_hired_before_2024() {
        assert!(Employee::all().all(|employee| employee.hired() < jiff::civil::date(2024, 1, 1)));
    }
}
