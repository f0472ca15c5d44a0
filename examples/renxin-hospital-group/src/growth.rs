//! How far some people of the first centre have come in each competency: the value of the quarter of the facts and of the
//! newest quarter that is over.
//!
//! E0130 leads in 担当精神, from 40 to 64; nobody else grew as much. One person was not there before and has no growth.

use model::{Date, Decimal};

use crate::behaviour::TAGS;
use crate::goals::Cycle;
use crate::people::Employee;
use crate::units::{Unit, Ward};
use crate::{draw, reviews, standards};

const CENTRE: u8 = 1;
/// Who grew most, in the third competency.
pub const LEADS: Employee = Employee::numbered(130);
/// Who came in the newest quarter only.
pub const NEW: Employee = Employee::numbered(140);

/// Somebody's value in a competency, cycle by cycle.
#[derive(Debug, Clone, PartialEq)]
pub struct Competency {
    /// Whose.
    pub person: Employee,
    /// 1 to 8.
    pub tag: u8,
    /// The codes of the cycles with the value in each, the oldest first.
    pub values: Vec<(String, Decimal)>,
}

/// All of them: of the physicians, the radiographers and the service agents.
pub fn competencies(today: Date) -> Vec<Competency> {
    let (first, last) = (standards::quarter(), reviews::cycle_before(today));
    let wards = [Ward::Medicine, Ward::Radiology, Ward::Service].map(|ward| Unit::Ward(CENTRE, ward));
    let people = Employee::of_centre(CENTRE).filter(|person| wards.contains(&person.home_unit()));
    people.flat_map(|person| TAGS.map(|tag| competency(person, tag.number, &first, &last))).collect()
}

fn competency(person: Employee, tag: u8, first: &Cycle, last: &Cycle) -> Competency {
    let before = draw::between(30, 72, format_args!("growth|{person}|{tag}|before"));
    let now = before + draw::between(0, 26, format_args!("growth|{person}|{tag}|now"));
    let (before, now) = if (person, tag) == (LEADS, 3) { (40, 64) } else { (before, now.saturating_sub(6)) };
    let mut values = vec![(first.code.clone(), before.into()), (last.code.clone(), now.into())];
    if person == NEW || first == last {
        values.remove(0);
    }
    Competency { person, tag, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_grew_as_much_as_the_one_who_leads() {
        let all = competencies(jiff::civil::date(2026, 11, 23));
        let growth = |one: &Competency| (one.values.len() == 2).then(|| one.values[1].1 - one.values[0].1);
        let most = all.iter().filter_map(growth).max().unwrap();
        assert_eq!(most, Decimal::from(24));
        let leads: Vec<(u16, u8)> =
            all.iter().filter(|one| growth(one) == Some(most)).map(|one| (one.person.number(), one.tag)).collect();
        assert_eq!(leads, [(130, 3)]);
        assert_eq!(all.iter().filter(|one| growth(one).is_none()).count(), 8);
    }
}
