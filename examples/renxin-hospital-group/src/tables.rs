//! The small hand-made tables: renewals, decisions, promotions, interviews, metric usages, feedback, calibration, a
//! contract and a points account. What has no entity yet waits for the capability that it is
//! checked with.

use model::Date;

/// Contracts of one team due and renewed in a quarter of 2025; a segment of it where one is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewal {
    /// T1 to T4.
    pub team: &'static str,
    /// 1 to 4.
    pub quarter: u8,
    /// A or B; empty for the whole team.
    pub segment: &'static str,
    /// Contracts due.
    pub due: u32,
    /// Contracts renewed.
    pub renewed: u32,
}

/// All rows, by team and quarter.
pub const RENEWALS: [Renewal; 15] = [
    renewal("T1", 1, "", 60, 54),
    renewal("T1", 2, "", 60, 54),
    renewal("T1", 3, "", 62, 56),
    renewal("T1", 4, "", 64, 58),
    renewal("T2", 2, "A", 60, 54),
    renewal("T2", 2, "B", 40, 32),
    renewal("T2", 3, "A", 50, 44),
    renewal("T2", 3, "B", 50, 35),
    renewal("T2", 4, "", 100, 73),
    renewal("T3", 2, "", 100, 80),
    renewal("T3", 3, "", 100, 78),
    renewal("T3", 4, "", 100, 79),
    renewal("T4", 2, "", 100, 82),
    renewal("T4", 3, "", 100, 80),
    renewal("T4", 4, "", 100, 80),
];

const fn renewal(team: &'static str, quarter: u8, segment: &'static str, due: u32, renewed: u32) -> Renewal {
    Renewal { team, quarter, segment, due, renewed }
}

/// A way to cut T2's hundred contracts of the fourth quarter in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stratum {
    /// What the cut is by.
    pub driver: &'static str,
    /// Which side of it.
    pub side: &'static str,
    /// Contracts due.
    pub due: u32,
    /// Contracts renewed.
    pub renewed: u32,
}

/// The three cuts, both sides each.
pub const STRATA: [Stratum; 6] = [
    Stratum { driver: "月均拜访", side: "不足 3 次", due: 40, renewed: 22 },
    Stratum { driver: "月均拜访", side: "3 次及以上", due: 60, renewed: 51 },
    Stratum { driver: "产品测试", side: "不合格", due: 10, renewed: 7 },
    Stratum { driver: "产品测试", side: "合格", due: 90, renewed: 66 },
    Stratum { driver: "带教周期", side: "超过 60 天", due: 20, renewed: 14 },
    Stratum { driver: "带教周期", side: "60 天以内", due: 80, renewed: 59 },
];

/// How an account was looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Care {
    /// Visits a month.
    pub visits: u32,
    /// Whether whoever looks after it passed the test of the product.
    pub test_passed: bool,
    /// How long they were mentored before.
    pub mentored_days: u32,
}

/// One contract that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contract {
    /// The team, quarter and segment it is of.
    pub of: Renewal,
    /// Its number among those of the team and quarter, from 0.
    pub number: u32,
    /// Whether it was renewed.
    pub renewed: bool,
    /// How its account was looked after; known of T2 in the fourth quarter.
    pub care: Option<Care>,
}

/// Every contract, by team and quarter.
pub fn contracts() -> impl Iterator<Item = Contract> + Clone {
    RENEWALS.into_iter().enumerate().flat_map(|(at, of)| {
        // Where a team is told apart by segments, the second goes on where the first ends.
        let before = RENEWALS.get(at.wrapping_sub(1)).filter(|one| (one.team, one.quarter) == (of.team, of.quarter));
        let first = before.map_or(0, |one| one.due);
        (0..of.due).map(move |at| {
            let renewed = at < of.renewed;
            let care = ((of.team, of.quarter) == ("T2", 4)).then(|| care(at, of.renewed));
            Contract { of, number: first + at, renewed, care }
        })
    })
}

/// The contracts of T2, those renewed first, so that every cut of [`STRATA`] comes out.
fn care(at: u32, renewed: u32) -> Care {
    let (few, failed, slow) = match at.checked_sub(renewed) {
        None => (at < 22, (30..37).contains(&at), (40..54).contains(&at)),
        Some(lost) => (lost < 18, lost >= 24, (10..16).contains(&lost)),
    };
    Care { visits: if few { 2 } else { 4 }, test_passed: !failed, mentored_days: if slow { 75 } else { 45 } }
}

/// How a decision refers to data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Citation {
    /// A stored snapshot, old enough and not too old, confirmed by another person.
    Valid,
    /// A snapshot dated after the decision.
    Later,
    /// Words without a link.
    TextOnly,
    /// None.
    Missing,
}

/// A decision of 2025Q4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// 1 to 27.
    pub number: u32,
    /// Whether it was approved; the last two are drafts.
    pub approved: bool,
    /// What it cites.
    pub citation: Citation,
}

/// All decisions: 25 approved, 17 of them validly cited, and two drafts.
pub fn decisions() -> impl Iterator<Item = Decision> + Send + Clone {
    (1..=27).map(|number| Decision {
        number,
        approved: number <= 25,
        citation: match number {
            1..=17 => Citation::Valid,
            18 => Citation::Later,
            19 => Citation::TextOnly,
            _ => Citation::Missing,
        },
    })
}

/// A published promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promotion {
    /// 2024 or 2025.
    pub year: i16,
    /// Counts from 1 in each year.
    pub number: u32,
    /// Disputes raised against it.
    pub disputes: u32,
}

/// 200 cases of 2024 and 250 of 2025; the first ones are disputed, in 2025 three of them twice.
pub fn promotions() -> impl Iterator<Item = Promotion> + Send + Clone {
    let of_2024 = (1..=200).map(|number| Promotion { year: 2024, number, disputes: u32::from(number <= 62) });
    let of_2025 = (1..=250).map(|number| {
        let disputes = u32::from(number <= 18) + u32::from(number <= 3);
        Promotion { year: 2025, number, disputes }
    });
    of_2024.chain(of_2025)
}

/// A performance interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interview {
    /// 1 to 100.
    pub number: u32,
    /// How long it took.
    pub minutes: u32,
    /// How specific the employee found it, 1 to 5.
    pub rating: u32,
}

/// A hundred interviews of 22 minutes on average, 89 of them rated 4 or 5.
pub fn interviews() -> impl Iterator<Item = Interview> + Send + Clone {
    (1..=100).map(|number| Interview {
        number,
        // Pairs lie as far below the mean as above it.
        minutes: if number % 2 == 1 { 22 - number % 9 } else { 22 + (number - 1) % 9 },
        rating: if number <= 89 { 4 + number % 2 } else { 2 + number % 2 },
    })
}

/// A place where a metric is used: a plan, tile, report, rule or contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricUsage {
    /// 1 to 1,000.
    pub id: u32,
    /// Whether it followed the dictionary before the clean-up.
    pub unified_before: bool,
    /// And after.
    pub unified_after: bool,
}

/// A thousand usages: 510 unified before, all but three after.
pub fn metric_usages() -> impl Iterator<Item = MetricUsage> + Send + Clone {
    (1..=1000).map(|id| MetricUsage { id, unified_before: id <= 510, unified_after: !matches!(id, 251 | 502 | 753) })
}

/// The 360° scores for E0213: who gave them, and which.
pub const FEEDBACK_360: [(&str, &[u32]); 4] =
    [("manager", &[4]), ("peer", &[4, 4, 4, 5]), ("report", &[1, 3]), ("self", &[5])];

/// Grades of the 34 people of the calibration example.
pub const CALIBRATION_GROUP: [(&str, u32); 4] = [("S", 6), ("A", 10), ("B", 16), ("C", 2)];

/// A party of the team contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractParty {
    /// Code of the contract.
    pub contract: &'static str,
    /// `initiator`, `executor` or `affected`.
    pub party: &'static str,
    /// Number of the employee who signs.
    pub signer: u16,
}

/// The three parties of TC-2025-001, in the order of signing.
pub const CONTRACT: [ContractParty; 3] = [
    ContractParty { contract: "TC-2025-001", party: "initiator", signer: 89 },
    ContractParty { contract: "TC-2025-001", party: "executor", signer: 255 },
    ContractParty { contract: "TC-2025-001", party: "affected", signer: 227 },
];

/// An entry of the points account of the example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointsEntry {
    /// The day it counts from.
    pub on: Date,
    /// `earn`, `redeem` or `expire`.
    pub kind: &'static str,
    /// Points, negative when they leave.
    pub points: i32,
}

/// The account: two lots, a redemption from the older, and the expiry of what it left.
pub const POINTS: [PointsEntry; 4] = [
    PointsEntry { on: jiff::civil::date(2025, 1, 5), kind: "earn", points: 30 },
    PointsEntry { on: jiff::civil::date(2025, 3, 10), kind: "earn", points: 20 },
    PointsEntry { on: jiff::civil::date(2025, 4, 1), kind: "redeem", points: -25 },
    PointsEntry { on: jiff::civil::date(2026, 1, 5), kind: "expire", points: -5 },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Employee;

    /// Renewed of due, in tenths of a percent.
    fn rate(team: &str, quarter: u8) -> u32 {
        let rows = RENEWALS.iter().filter(|row| row.team == team && row.quarter == quarter);
        let (due, renewed) = rows.fold((0, 0), |sum, row| (sum.0 + row.due, sum.1 + row.renewed));
        1000 * renewed / due
    }

    #[test]
    fn renewal_rates() {
        assert_eq!([2, 3, 4].map(|quarter| rate("T2", quarter)), [860, 790, 730]);
        assert_eq!([2, 3, 4].map(|quarter| rate("T3", quarter)), [800, 780, 790]);
        assert_eq!([2, 3, 4].map(|quarter| rate("T4", quarter)), [820, 800, 800]);
        assert_eq!([1, 2].map(|quarter| rate("T1", quarter)), [900, 900]);
        for sides in STRATA.chunks(2) {
            assert_eq!((sides[0].due + sides[1].due, sides[0].renewed + sides[1].renewed), (100, 73));
        }
        let cut = |side: fn(Care) -> bool| {
            let of = contracts().filter(|one| one.care.is_some_and(side));
            (of.clone().count(), of.filter(|one| one.renewed).count())
        };
        let cuts = [cut(|care| care.visits < 3), cut(|care| !care.test_passed), cut(|care| care.mentored_days > 60)];
        assert_eq!(cuts, [(40, 22), (10, 7), (20, 14)]);
        assert_eq!((contracts().count(), contracts().filter(|one| one.renewed).count()), (1_146, 939));
        let mut numbers: Vec<_> = contracts().map(|one| (one.of.team, one.of.quarter, one.number)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 1_146);
    }

    #[test]
    fn decisions_by_citation() {
        let of = |citation| decisions().filter(|row| row.approved && row.citation == citation).count();
        let all = [Citation::Valid, Citation::Later, Citation::TextOnly, Citation::Missing];
        assert_eq!((all.map(of), decisions().count()), ([17, 1, 1, 6], 27));
    }

    #[test]
    fn promotions_and_disputes() {
        let of = |year, least| promotions().filter(|row| row.year == year && row.disputes >= least).count();
        assert_eq!((of(2024, 0), of(2024, 1)), (200, 62));
        assert_eq!((of(2025, 0), of(2025, 1), of(2025, 2)), (250, 18, 3));
    }

    #[test]
    fn interviews_and_usages() {
        assert_eq!(interviews().map(|row| row.minutes).sum::<u32>(), 2200);
        assert_eq!(interviews().filter(|row| row.rating >= 4).count(), 89);
        assert!(interviews().all(|row| (10..=35).contains(&row.minutes) && (1..=5).contains(&row.rating)));
        assert_eq!(metric_usages().filter(|row| row.unified_before).count(), 510);
        assert_eq!(metric_usages().filter(|row| row.unified_after).count(), 997);
    }

    #[test]
    fn small_groups() {
        assert_eq!(CALIBRATION_GROUP.iter().map(|(_, people)| people).sum::<u32>(), 34);
        assert_eq!(FEEDBACK_360.map(|(_, scores)| scores.len()), [1, 4, 2, 1]);
        assert_eq!(
            CONTRACT.map(|party| Employee::numbered(party.signer).post().name()),
            ["市场总监", "客服主管", "检验科主任"]
        );
        assert_eq!(POINTS.iter().map(|entry| entry.points).sum::<i32>(), 20);
    }
}
