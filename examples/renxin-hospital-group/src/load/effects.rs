//! Tables of what performance management changed: interviews, promotions, a way of working, uses of numbers; and of the
//! business it is held against: renewals and accounts. The counts are those of [`crate::tables`]; all people are of the first
//! centre, so that every tier has the same numbers.

use jiff::Span;
use model::Date;

use super::{Row, Table, Tier, table};
use crate::people::Employee;
use crate::tables::{self, Contract, Interview, MetricUsage, Promotion};
use crate::units::{Unit, Ward};
use crate::{assignments, calendar, draw, reviews};

const APP: &str = "performance-management";
const CENTRE: u8 = 1;

/// Teams of the renewals.
const TEAMS: [(&str, &str); 4] =
    [("T1", "企业客户一组"), ("T2", "企业客户二组"), ("T3", "社区渠道组"), ("T4", "保险合作组")];

/// Accounts of the CRM, and how many of them no team fits.
const ACCOUNTS: u32 = 400;
const UNMATCHED: u32 = 8;

pub(super) fn tables(today: Date, _: Tier) -> Vec<Table> {
    let days: Vec<Date> = calendar::open_days().collect();
    let talks = tables::interviews();
    let cases = tables::promotions();
    let disputes = cases.clone().flat_map(|case| (1..=case.disputes).map(move |number| (case, number)));
    let uses = tables::metric_usages();
    let checks = uses.clone().map(|one| (one, false)).chain(uses.map(|one| (one, true)));
    let results: Vec<_> = reviews::reviews(today)
        .into_iter()
        .filter(|review| review.status == "published")
        .filter(|review| draw::chance(21, format_args!("action|{}", review.code)))
        .collect();
    vec![
        table(APP, "interview", talks.clone().count(), talks, move |talk| interview(talk, &days)),
        table(APP, "promotion_case", cases.clone().count(), cases, promotion),
        table(APP, "dispute", disputes.clone().count(), disputes, dispute),
        table(APP, "sop_change", 1, std::iter::once(()), |()| sop()),
        table(APP, "metric_usage", checks.clone().count(), checks, usage),
        table(APP, "sales_team", TEAMS.len(), TEAMS.into_iter(), |(code, name)| {
            Row::new(code).value("code", code).value("name", name)
        }),
        table(APP, "crm_account", ACCOUNTS as usize, 1..=ACCOUNTS, account),
        table(APP, "renewal", tables::contracts().count(), tables::contracts(), renewal),
        table(APP, "action_item", results.len(), results.into_iter(), |review| {
            let (kind, title) = match review.manager_grade {
                "C" => ("improvement", "制定 90 天改进计划，每两周复盘一次"),
                "S" => ("promotion", "列入下一批晋升人选"),
                _ => ("training", "参加本岗位进阶课程，季度末分享"),
            };
            Row::new(&review.code)
                .refer("review", "review", Some(&review.code))
                .value("kind", kind)
                .value("title", title)
                .value("status", "agreed")
        }),
    ]
}

/// Somebody of the first centre who leads nobody.
fn member(number: u32) -> Employee {
    let places: [u16; 4] = [14, 32, 50, 146];
    let spread = u16::try_from(number % 16).unwrap_or_default();
    let first = places.get(number as usize % places.len()).copied().unwrap_or(14);
    Employee::in_centre(CENTRE, first + spread)
}

fn interview(talk: Interview, days: &[Date]) -> Row {
    let person = member(talk.number);
    let day = days.get(talk.number as usize * 7 % days.len().max(1)).copied().unwrap_or(jiff::civil::date(2025, 12, 1));
    Row::new(talk.number)
        .refer("person", "person", Some(person))
        .refer("manager", "person", assignments::manager_on(person, day))
        .value("held_on", day)
        .value("minutes", i64::from(talk.minutes))
        .value("specificity", i64::from(talk.rating))
        .value("agreed", draw::pick(&AGREED, format_args!("interview|{}", talk.number)))
}

const AGREED: [&str; 4] = [
    "报告返修率降到 4% 以下，每周五自查一次。",
    "带教一名新同事，月底交接清单。",
    "参加沟通实训课，回科分享一次。",
    "把随访名单按周分解，周一对表。",
];

fn promotion_key(case: Promotion) -> String {
    format!("P-{}-{:05}", case.year, case.number)
}

fn published(case: Promotion) -> Date {
    let day = i64::from(draw::between(0, 350, format_args!("promotion|{}|day", promotion_key(case))));
    Date::new(case.year, 1, 5).unwrap_or(jiff::civil::date(2025, 1, 5)).saturating_add(Span::new().days(day))
}

fn promotion(case: Promotion) -> Row {
    let posts = [Ward::Medicine, Ward::Nursing, Ward::Service].map(|ward| Unit::Ward(CENTRE, ward).head().post());
    let post = posts.get(case.number as usize % posts.len()).map(|post| post.code());
    Row::new(promotion_key(case))
        .value("code", promotion_key(case))
        .refer("person", "person", Some(member(case.number)))
        .refer("to_post", "post", post)
        .value("published_on", published(case))
        .value("evidence", "近四个季度等级均为 B 及以上，带教两人以上，无安全事件。")
}

fn dispute((case, number): (Promotion, u32)) -> Row {
    let key = format!("{}/{number}", promotion_key(case));
    let ground = draw::pick(&["evidence", "procedure", "comparison"], format_args!("dispute|{key}"));
    Row::new(key)
        .refer("promotion", "promotion_case", Some(promotion_key(case)))
        .value("ground", ground)
        .value("raised_on", published(case).saturating_add(Span::new().days(i64::from(number) + 1)))
        .refer("raised_by", "person", Some(member(case.number + number + 1)))
        .value("outcome", if case.number % 5 == 0 { "upheld" } else { "dismissed" })
}

/// Second complaints fell from 5.0 to 3.7 in a hundred.
fn sop() -> Row {
    Row::new("sop")
        .value("title", "投诉首次答复改为“原因＋措施＋时限”三段式")
        .value("sop", "《门诊服务 SOP》")
        .value("term", "K12")
        .value("changed_on", jiff::civil::date(2025, 7, 1))
        .refer("owner", "person", Some(Unit::Ward(CENTRE, Ward::Service).head()))
        .value("behaviours", 32_000_i64)
        .value("before_count", 50_i64)
        .value("before_base", 1_000_i64)
        .value("after_count", 37_i64)
        .value("after_base", 1_000_i64)
}

fn usage((one, after): (MetricUsage, bool)) -> Row {
    let kinds = ["plan", "tile", "report", "rule", "contract"];
    let kind = kinds.get(one.id as usize % kinds.len()).copied().unwrap_or("plan");
    let ward = Ward::ALL.get(one.id as usize % Ward::ALL.len()).copied().unwrap_or(Ward::Office);
    let (day, unified) = match after {
        false => (jiff::civil::date(2024, 12, 31), one.unified_before),
        true => (jiff::civil::date(2025, 12, 20), one.unified_after),
    };
    let code = format!("U{:04}", one.id);
    Row::new(format_args!("{code}/{day}"))
        .value("code", code)
        .value("kind", kind)
        .value("term", format!("K{:02}", one.id % 12 + 1))
        .refer("unit", "unit", Some(Unit::Ward(CENTRE, ward)))
        .value("checked_on", day)
        .value("unified", unified)
        .value("finding", if unified { "" } else { "用了本地公式，未引用数据字典" })
}

/// Contracts of one account each, of the accounts that the team has by their numbers.
fn renewal(row: Contract) -> Row {
    let segment = if row.of.segment.is_empty() { "all" } else { row.of.segment };
    let teams = u32::try_from(TEAMS.len()).unwrap_or(1);
    let team = TEAMS.iter().position(|(code, _)| *code == row.of.team).and_then(|at| u32::try_from(at).ok());
    let number = match team.unwrap_or_default() {
        0 => (row.number + 1) * teams,
        team => row.number * teams + team,
    };
    let kept = Row::new(format_args!("{}/{}/{}", row.of.team, row.of.quarter, row.number))
        .refer("team", "sales_team", Some(row.of.team))
        .refer("account", "crm_account", Some(number))
        .value("quarter", format!("2025-Q{}", row.of.quarter))
        .value("segment", segment)
        .value("due", 1_i64)
        .value("renewed", i64::from(row.renewed));
    match row.care {
        Some(care) => kept
            .value("visits", i64::from(care.visits))
            .value("test_passed", care.test_passed)
            .value("mentored_days", i64::from(care.mentored_days)),
        None => kept,
    }
}

fn account(number: u32) -> Row {
    let (code, name) = TEAMS.get(number as usize % TEAMS.len()).copied().unwrap_or(("T1", "企业客户一组"));
    // Every fiftieth has a name of a team that is no longer there.
    let matched = !number.is_multiple_of(ACCOUNTS / UNMATCHED);
    let day = i64::from(draw::between(0, 300, format_args!("account|{number}|since")));
    Row::new(number)
        .value("code", format!("A{number:04}"))
        .value("name", format!("签约客户 {number:03}"))
        .value("team_key", if matched { name } else { "原大客户部" })
        .refer("team", "sales_team", Some(code).filter(|_| matched))
        .value("delivery_key", format!("ERP-{number:05}"))
        .value("since", jiff::civil::date(2025, 1, 6).saturating_add(Span::new().days(day)))
}
