//! Where the processes of performance management begin: a contract that its initiator has drafted, a place to rotate to,
//! what points are redeemed for and the lots of one account. What follows from them is done by people.

use jiff::Span;
use model::{Date, Decimal};

use super::{Row, Table, Tier, table};
use crate::people::Employee;
use crate::tables::{CONTRACT, POINTS};
use crate::units::{Unit, Ward};

const APP: &str = "performance-management";
const CENTRE: u8 = 1;

/// What is redeemed: name, kind, points and how many there are.
const REWARDS: [(&str, &str, i64, i64); 3] =
    [("培训券（外部课程一门）", "training", 25, 1), ("调休半天", "leave", 15, 200), ("健康手环", "gift", 40, 30)];

pub(super) fn tables(today: Date, tier: Tier) -> Vec<Table> {
    let parties = CONTRACT.map(|party| (party.party, Employee::numbered(party.signer)));
    let contracts = usize::from(parties.iter().all(|(_, person)| tier.has(*person)));
    let lots = POINTS.into_iter().filter(|entry| entry.kind == "earn");
    vec![
        table(APP, "contract", contracts, std::iter::once(parties).take(contracts), |parties| {
            let row = Row::new("TC-2025-001")
                .value("title", "检验试剂到货与报告时效三方契约")
                .value("deliverables", "检验试剂按周计划到货，冷链记录随货同行。")
                .value("acceptance", "到货数量与计划一致，冷链温度全程 2–8 ℃。")
                .value("response_hours", 4)
                .value("source", "ERP 到货记录")
                .value("cutoff", "18:00")
                .value("include_transit", false)
                .value("threshold", 24)
                .value("deduction", Decimal::new(5, 1))
                .value("mode", "item")
                .value("weight_initiator", Decimal::from(30))
                .value("weight_executor", Decimal::from(50))
                .value("weight_affected", Decimal::from(20));
            parties.into_iter().fold(row, |row, (party, person)| row.refer(party, "person", Some(person)))
        }),
        table(APP, "rotation_opening", 1, std::iter::once(today), |today| {
            let day = |months: i64| today.saturating_add(Span::new().months(months));
            Row::new("R-1")
                .value("title", "客服中心流程改进轮岗（半年）")
                .refer("unit", "unit", Some(Unit::Ward(CENTRE, Ward::Service)))
                .value("skills", "熟悉质控检查，愿意面对患者。")
                .value("starts", day(2))
                .value("ends", day(8))
                .value("seats", 2)
        }),
        table(APP, "reward", REWARDS.len(), REWARDS.into_iter(), |(name, kind, cost, stock)| {
            Row::new(name).value("name", name).value("kind", kind).value("cost", cost).value("stock", stock)
        }),
        table(APP, "points_entry", lots.clone().count(), lots, |lot| {
            Row::new(lot.on)
                .refer("person", "person", Some(Employee::numbered(256)))
                .value("kind", lot.kind)
                .value("points", i64::from(lot.points))
                .value("day", lot.on)
        }),
    ]
}
