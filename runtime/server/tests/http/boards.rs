//! Boards that are narrowed, compared and gone down into: what is chosen holds for every tile and for the rows behind each
//! number, stands in the address, and never shows more than the reader may see.

use axum::http::StatusCode;
use serde_json::json;

use super::support::{Client, FILES, Site};

const UNIT: &str = "
label: {zh-CN: 单位, en: Unit}
stands_for: unit
display: name
key: code
search: [name]
fields:
  code: {type: text, label: {zh-CN: 编码, en: Code}, required: true, unique: true}
  name: {type: text, label: {zh-CN: 名称, en: Name}, required: true}
  parent: {type: reference, to: unit, label: {zh-CN: 上级, en: Parent}, stands_for: parent_unit}
";

const RENEWAL: &str = "
label: {zh-CN: 续约, en: Renewal}
display: customer
fields:
  customer: {type: text, label: {zh-CN: 客户, en: Customer}}
  team: {type: reference, to: unit, label: {zh-CN: 团队, en: Team}}
  quarter: {type: period, grain: quarter, label: {zh-CN: 季度, en: Quarter}}
  segment:
    type: choice
    label: {zh-CN: 客群, en: Segment}
    choices: {a: {label: {zh-CN: 甲类, en: Large}}, b: {label: {zh-CN: 乙类, en: Small}}}
  visits: {type: integer, label: {zh-CN: 月拜访次数, en: Visits a month}}
  passed: {type: boolean, label: {zh-CN: 测试合格, en: Test passed}}
  mentored: {type: integer, label: {zh-CN: 带教天数, en: Days of mentoring}}
  due: {type: integer, label: {zh-CN: 到期, en: Due}}
  renewed: {type: integer, label: {zh-CN: 已续, en: Renewed}}
";

const RATE: &str = "
code: R1
label: {zh-CN: 续约率, en: Renewal rate}
definition: {zh-CN: 到期客户中续约的占比, en: Share of those due that renewed}
unit: '%'
direction: higher
frequency: quarterly
owner: market
status: approved
places: 1
measure: {over: renewal, time: quarter, subject: team, ratio: {numerator: sum(renewed), denominator: sum(due), times: 100}}
";

const DUE: &str = "
code: R2
label: {zh-CN: 到期客户, en: Customers due}
definition: {zh-CN: 当季到期的客户数, en: How many are due}
direction: none
frequency: quarterly
owner: market
places: 0
measure: {over: renewal, time: quarter, subject: team, simple: sum(due)}
";

const BOARD: &str = "
kind: dashboard
label: {zh-CN: 续约看板, en: Renewals}
menu: {group: numbers}
grain: quarter
periods: 4
filters: [team, segment]
tiles:
  rate: {term: rate}
  due: {term: due}
  teams: {term: rate, chart: bar, by: team, then: [segment, quarter], label: {zh-CN: 各团队, en: By team}}
  over_time: {term: rate, chart: line, label: {zh-CN: 走势, en: Over time}}
  steps: {term: due, chart: waterfall, by: team, label: {zh-CN: 变化, en: Change}}
";

const ROLES: [(&str, &str); 2] = [
    (
        "roles/keeper.yaml",
        "
label: {zh-CN: 管理者, en: Keeper}
grants:
  - {entity: person, actions: [create, read, update]}
  - {entity: goal, actions: [read]}
  - {entity: unit, actions: [create, read, update, export]}
  - {entity: renewal, actions: [create, read, update, export]}
",
    ),
    (
        "roles/reader.yaml",
        "
label: {zh-CN: 读者, en: Reader}
grants:
  - {entity: unit, actions: [read]}
  - {entity: renewal, actions: [read], where: 'segment == \"a\"'}
",
    ),
];

/// The rows of the sample organisation: team, quarter, segment, due, renewed.
const ROWS: [(&str, &str, &str, u32, u32); 13] = [
    ("T1", "2025-Q1", "a", 60, 54),
    ("T1", "2025-Q2", "a", 60, 54),
    ("T1", "2025-Q3", "a", 62, 56),
    ("T1", "2025-Q4", "a", 64, 58),
    ("T2", "2025-Q2", "a", 60, 54),
    ("T2", "2025-Q2", "b", 40, 32),
    ("T2", "2025-Q3", "a", 50, 44),
    ("T2", "2025-Q3", "b", 50, 35),
    ("T2", "2025-Q4", "a", 50, 40),
    ("T2", "2025-Q4", "b", 50, 33),
    ("T3", "2025-Q2", "b", 50, 40),
    ("T3", "2025-Q3", "b", 50, 39),
    ("T3", "2025-Q4", "b", 100, 79),
];

pub(super) struct World {
    pub(super) site: Site,
    pub(super) keeper: Client,
    /// Ids of the units, by their codes.
    pub(super) units: Vec<(&'static str, String)>,
}

impl World {
    pub(super) fn unit(&self, code: &str) -> &str {
        &self.units.iter().find(|(known, _)| *known == code).unwrap().1
    }
}

/// The documents of the sample, with others beside or instead of them.
pub(super) fn files<'a>(more: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    let own = [
        ("entities/unit.yaml", UNIT),
        ("entities/renewal.yaml", RENEWAL),
        ("dictionary/rate.yaml", RATE),
        ("dictionary/due.yaml", DUE),
        ("pages/renewals.yaml", BOARD),
    ];
    for (path, text) in own.into_iter().chain(ROLES).chain(more.iter().copied()) {
        files.retain(|(known, _)| *known != path);
        files.push((path, text.to_owned()));
    }
    for (path, text) in &mut files {
        if *path == "app.yaml" {
            text.push_str("menu:\n  numbers: {label: {zh-CN: 数据, en: Numbers}}\n");
        }
    }
    files
}

/// The sample's renewals, with documents beside or instead of those above.
pub(super) async fn world(more: &[(&str, &str)]) -> World {
    let files = files(more);
    let site = Site::of(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let mut units: Vec<(&str, String)> = Vec::new();
    for (code, above) in
        [("G", None), ("North", Some("G")), ("T1", Some("North")), ("T2", Some("North")), ("T3", Some("G"))]
    {
        let mut unit = json!({"code": code, "name": code});
        if let Some((_, id)) = above.and_then(|above| units.iter().find(|(known, _)| *known == above)) {
            unit["parent"] = json!(id);
        }
        units.push((code, keeper.made("unit", unit).await));
    }
    World { site, keeper, units }
}

/// The rows of the sample as they are.
async fn filled(world: &World) {
    filled_but(world, ("", "")).await;
}

/// The same without those of a team in a quarter.
pub(super) async fn filled_but(world: &World, without: (&str, &str)) {
    for (team, quarter, segment, due, renewed) in ROWS {
        if (team, quarter) == without {
            continue;
        }
        let row = json!({
            "customer": format!("{team} {quarter} {segment}"), "team": world.unit(team), "quarter": quarter,
            "segment": segment, "due": due, "renewed": renewed,
        });
        world.keeper.made("renewal", row).await;
    }
}

pub(super) async fn shown(client: &Client, address: &str) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    let answer = client.get(&format!("{address}{sign}lang=en")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.text().replace("&#x2f;", "/")
}

/// Whether every part is in the text.
pub(super) fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn what_is_chosen_narrows_every_tile_and_stays_in_the_address() {
    let world = world(&[]).await;
    filled(&world).await;
    let whole = shown(&world.keeper, "/p/renewals").await;
    // 58 + 73 + 79 of 64 + 100 + 100.
    holds(
        &whole,
        &["79.5%", ">264</a>", "name=\"only.team\"", "name=\"only.segment\"", "name=\"until\"", "name=\"against\""],
    );
    let small = shown(&world.keeper, "/p/renewals?only.segment=b").await;
    // 33 + 79 of 150.
    holds(&small, &["74.7%", ">150</a>", "Segment: Small", "<option value=\"b\" selected>"]);
    assert!(!small.contains("79.5%"), "{small}");
    // What is chosen goes along: to other periods, and to the rows behind every number.
    holds(
        &small,
        &["only.segment=b&amp;lang=en&amp;until=2025-Q3", "/dictionary/rate/rows?period=2025-Q4&amp;only.segment=b"],
    );
    let rows = shown(&world.keeper, "/dictionary/rate/rows?period=2025-Q4&only.segment=b").await;
    holds(&rows, &["74.7%", "2 rows", "Segment: Small"]);
    // The way back: the address without it.
    holds(&small, &["href=\"/p/renewals?lang=en\" aria-label=\"Remove filter: Segment: Small\""]);
}

#[tokio::test]
async fn a_unit_stands_for_those_below_it() {
    let world = world(&[]).await;
    filled(&world).await;
    let north = shown(&world.keeper, &format!("/p/renewals?only.team={}", world.unit("North"))).await;
    // T1 and T2: 58 + 73 of 164.
    holds(&north, &["79.9%", ">164</a>", "Team: North"]);
    let group = shown(&world.keeper, &format!("/p/renewals?only.team={}", world.unit("G"))).await;
    holds(&group, &[">264</a>"]);
    let both = shown(&world.keeper, &format!("/p/renewals?only.team={}&only.segment=b", world.unit("North"))).await;
    holds(&both, &["66.0%", ">50</a>"]);
    let rows = format!("/dictionary/rate/rows?period=2025-Q4&only.team={}", world.unit("North"));
    holds(&shown(&world.keeper, &rows).await, &["79.9%", "3 rows", "Team: North"]);
}

#[tokio::test]
async fn a_bar_leads_down_and_what_is_shown_next_is_told_apart_by_something_else() {
    let world = world(&[]).await;
    filled(&world).await;
    let whole = shown(&world.keeper, "/p/renewals").await;
    let down = format!("/p/renewals?lang=en&amp;only.team={}", world.unit("T2"));
    // The bar and the name in the table lead down, the number in the table to its rows.
    assert!(whole.matches(&format!("href=\"{down}\"")).count() >= 2, "{whole}");
    holds(&whole, &["&amp;by=team&amp;group="]);
    let team = shown(&world.keeper, &format!("/p/renewals?only.team={}", world.unit("T2"))).await;
    holds(&team, &["By team · Segment", "<a href=\"/p/renewals?only.team=", "only.segment=b", ">Large</a>"]);
    let last = shown(&world.keeper, &format!("/p/renewals?only.team={}&only.segment=b", world.unit("T2"))).await;
    holds(&last, &["By team · Quarter", "by=quarter&amp;group=2025-Q4"]);
}

#[tokio::test]
async fn values_are_compared_with_the_period_before_a_year_ago_or_another() {
    let world = world(&[]).await;
    filled(&world).await;
    for wrong in ["?until=soon", "?against=nonsense", "/export?format=xlsx&until=2025-13"] {
        let answer = world.keeper.get(&format!("/p/renewals{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}: another's numbers are not what was asked for");
    }
    holds(&shown(&world.keeper, "/p/renewals?until=&against=").await, &["Renewals"]);
    let before = shown(&world.keeper, "/p/renewals?against=before").await;
    // 56 + 79 + 39 of 212 are 82.1%; 264 are 52 more than 212.
    holds(&before, &["82.1%", "-2.6 points (-3.2%)", "+52 (+24.5%)", "against=before&amp;lang=en&amp;until=2025-Q3"]);
    holds(&before, &["<option value=\"before\" selected>"]);
    let chosen = shown(&world.keeper, "/p/renewals?against=2025-Q2").await;
    holds(&chosen, &["210", "+54 (+25.7%)", "/dictionary/due/rows?period=2025-Q2"]);
    // A year ago there was nothing, and nothing is said of how much that changed.
    let year = shown(&world.keeper, "/p/renewals?against=year").await;
    assert!(!year.contains("tile-change"), "{year}");
    // The drawing over the periods shows both, the waterfall begins with the one compared with.
    let line = shown(&world.keeper, "/p/renewals?until=2025-Q4&against=before").await;
    assert!(line.contains("series-2"), "{line}");
    assert!(chosen.contains("Q2"), "{chosen}");
}

#[tokio::test]
async fn nobody_sees_more_by_choosing() {
    let world = world(&[]).await;
    filled(&world).await;
    let reader = world.site.signed_in("reader", &["reader"]).await;
    holds(&shown(&reader, "/p/renewals").await, &[">114</a>"]);
    let small = shown(&reader, "/p/renewals?only.segment=b").await;
    assert!(!small.contains(">150</a>") && !small.contains("74.7%"), "{small}");
    let rows = shown(&reader, "/dictionary/due/rows?period=2025-Q4&only.segment=b").await;
    holds(&rows, &["0 rows"]);
    for bad in ["only.team=nobody", "only.customer=x", "only.nothing=1"] {
        let answer = world.keeper.get(&format!("/p/renewals?{bad}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let answer = world.keeper.get("/dictionary/due/rows?period=2025-Q4&only.nothing=1").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

/// Sees every renewal, and of which segment it is only where it is of the first.
const HALF: (&str, &str) = (
    "roles/half.yaml",
    "
label: {zh-CN: 半读者, en: Half a reader}
grants:
  - {entity: unit, actions: [read]}
  - {entity: renewal, actions: [read], read: [customer, team, quarter, due, renewed]}
  - {entity: renewal, actions: [read], where: 'segment == \"a\"'}
",
);

#[tokio::test]
async fn a_value_that_is_hidden_in_some_rows_is_not_felt_out_by_an_address() {
    let world = world(&[HALF]).await;
    filled(&world).await;
    let half = world.site.signed_in("half", &["half"]).await;
    holds(&shown(&half, "/dictionary/due/rows?period=2025-Q4").await, &["4 rows"]);
    for address in ["only.segment=b", "by=segment&group=b"] {
        let rows = shown(&half, &format!("/dictionary/due/rows?period=2025-Q4&{address}")).await;
        holds(&rows, &["0 rows"]);
        assert!(!rows.contains("T3 2025-Q4 b"), "{rows}");
    }
    holds(&shown(&half, "/dictionary/due/rows?period=2025-Q4&only.segment=a").await, &["2 rows"]);
}

const PIVOT: &str = "
kind: dashboard
label: {zh-CN: 透视, en: Pivot}
grain: quarter
tiles:
  pivot: {term: rate, chart: pivot, by: team, across: segment}
";

#[tokio::test]
async fn a_pivot_has_totals_of_its_own_and_every_number_leads_to_its_rows() {
    let world = world(&[("pages/pivot.yaml", PIVOT)]).await;
    filled(&world).await;
    let page = shown(&world.keeper, "/p/pivot?until=2025-Q4").await;
    // T2: 40 of 50 and 33 of 50 are 73 of 100; the small ones 33 + 79 of 150; all 210 of 264. Rates do not add up, and are
    // not added up.
    holds(&page, &[">Large</th>", ">Small</th>", "80.0%", "66.0%", "73.0%", "74.7%", "79.5%"]);
    let cell = format!("by=team&amp;group={}&amp;across=segment&amp;column=b", world.unit("T2"));
    holds(&page, &[&cell]);
    let rows =
        format!("/dictionary/rate/rows?period=2025-Q4&by=team&group={}&across=segment&column=b", world.unit("T2"));
    holds(&shown(&world.keeper, &rows).await, &["66.0%", "1 rows", "T2 2025-Q4 b"]);
}

const DOCTOR_VISITS: &str = "
code: V1
label: {zh-CN: 门诊量, en: Visits}
definition: {zh-CN: 门诊人次, en: Visits of a year}
direction: higher
frequency: yearly
owner: care
places: 0
measure: {over: goal, time: due, subject: owner, where: 'status == \"open\"', simple: sum(level)}
";

const DOCTOR_TRAINING: &str = "
code: V2
label: {zh-CN: 培训完成率, en: Training}
definition: {zh-CN: 培训完成率, en: Share of trainings completed}
direction: higher
frequency: yearly
owner: care
places: 0
measure: {over: goal, time: due, subject: owner, where: 'status == \"closed\"', simple: sum(weight)}
";

const NINE: &str = "
kind: dashboard
label: {zh-CN: 九宫格, en: Nine boxes}
grain: year
filters: [owner]
tiles:
  grid:
    chart: nine_box
    term: doctor_visits
    with: [doctor_training]
    boxes:
      across: {mid: 2, high: 4}
      up: {mid: 65, high: 85}
      labels:
        high_high: {zh-CN: 明星员工, en: Star}
        low_high: {zh-CN: 待发掘, en: Hidden}
";

#[tokio::test]
async fn people_stand_in_nine_boxes_and_each_leads_to_those_in_it() {
    let more = [
        ("dictionary/doctor_visits.yaml", DOCTOR_VISITS),
        ("dictionary/doctor_training.yaml", DOCTOR_TRAINING),
        ("pages/nine.yaml", NINE),
        (
            "roles/keeper.yaml",
            "label: {zh-CN: 管理者, en: Keeper}\ngrants:\n  - {entity: person, actions: [create, read]}\n  - {entity: goal, actions: [create, read]}\n  - {entity: unit, actions: [create, read]}\n  - {entity: renewal, actions: [read]}\n",
        ),
        (
            "roles/reader.yaml",
            "label: {zh-CN: 读者, en: Reader}\ngrants:\n  - {entity: person, actions: [read], where: 'code != \"E3\"'}\n  - {entity: goal, actions: [read]}\n",
        ),
    ];
    let world = world(&more).await;
    let keeper = &world.keeper;
    for (at, (visits, training)) in
        [(5, Some(85)), (4, Some(100)), (4, Some(84)), (1, Some(90)), (3, None)].into_iter().enumerate()
    {
        let person = json!({"code": format!("E{at}"), "name": format!("医生{at}")});
        let person = keeper.made("person", person).await;
        let goal = json!({"title": "v", "due": "2025-03-01", "status": "open", "level": visits, "owner": person});
        keeper.made("goal", goal).await;
        if let Some(training) = training {
            let goal = json!({"title": "t", "due": "2025-04-01", "status": "closed", "weight": training.to_string(), "owner": person});
            keeper.made("goal", goal).await;
        }
    }
    let page = shown(keeper, "/p/nine").await;
    // A cut belongs to what it begins; who lacks a number is in no box, and that is said.
    holds(
        &page,
        &["chart-nine-box", ">Star 2</a>", ">High/Middling 1</a>", ">Hidden 1</a>", "4 in all; 1 others lack"],
    );
    assert!(!page.contains("id=\"box\""), "{page}");
    let open = shown(keeper, "/p/nine?box=grid.high_high").await;
    holds(&open, &["id=\"box\"", ">医生0</a>", ">医生1</a>", "Close the list"]);
    assert!(!open.contains(">医生2</a>"), "{open}");
    let zh = keeper.get("/p/nine?lang=zh-CN").await.text().to_owned();
    holds(&zh, &["明星员工 2", "待发掘 1", "高&#x2f;中 1"]);
    // Whoever may see the numbers and not the person sees that there is one, and no name.
    let reader = world.site.signed_in("reader", &["reader"]).await;
    let hidden = shown(&reader, "/p/nine?box=grid.low_high").await;
    assert!(hidden.contains("1 others are not listed") && !hidden.contains("医生3"), "{hidden}");
}

#[tokio::test]
async fn a_board_is_saved_as_a_workbook_pages_or_a_picture() {
    let world = world(&[]).await;
    filled(&world).await;
    let page = shown(&world.keeper, "/p/renewals?only.segment=b").await;
    holds(&page, &["/p/renewals/export?only.segment=b", "format=xlsx", "format=pdf", "format=png"]);
    let xlsx = world.keeper.get("/p/renewals/export?format=xlsx&only.segment=b&lang=en").await;
    assert_eq!((xlsx.status, xlsx.body.get(..2)), (StatusCode::OK, Some(&b"PK"[..])));
    // What leaves is on the ledger, with what it was narrowed to.
    assert_eq!(world.site.acts().await.iter().filter(|act| *act == "export done").count(), 1);
    for format in ["pdf", "png"] {
        let answer = world.keeper.get(&format!("/p/renewals/export?format={format}&lang=en")).await;
        // A machine without any font says so; boxes for letters are worth nothing.
        let begins: &[u8] = if format == "pdf" { b"%PDF-" } else { b"\x89PNG" };
        match answer.status {
            StatusCode::OK => assert!(answer.body.starts_with(begins)),
            status => {
                assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
                assert!(answer.text().contains("LOAM_FONTS"), "{}", answer.text());
            }
        }
    }
    assert_eq!(world.keeper.get("/p/renewals/export?format=doc").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_may_not_be_exported_is_in_no_file() {
    let pay = "
code: P1
label: {zh-CN: 人数, en: People}
definition: {zh-CN: 人数, en: How many people}
direction: none
frequency: yearly
owner: care
places: 0
measure: {over: person, time: created_at, simple: count}
";
    let both = "
kind: dashboard
label: {zh-CN: 两者, en: Both}
grain: year
tiles:
  due: {term: due}
  people: {term: people}
";
    let more = [
        ("dictionary/people.yaml", pay),
        ("pages/both.yaml", both),
        (
            "roles/some.yaml",
            "label: {zh-CN: 部分, en: Some}\ngrants:\n  - {entity: unit, actions: [read]}\n  - {entity: person, actions: [read]}\n  - {entity: renewal, actions: [read]}\n  - {entity: renewal, actions: [export], where: 'segment == \"a\"'}\n",
        ),
    ];
    let world = world(&more).await;
    filled(&world).await;
    let reader = world.site.signed_in("reader", &["reader"]).await;
    // Without the action there is nothing to save, and nothing is offered.
    let page = shown(&reader, "/p/renewals").await;
    assert!(!page.contains("/export?"), "{page}");
    assert_eq!(reader.get("/p/renewals/export?format=xlsx").await.status, StatusCode::FORBIDDEN);
    let some = world.site.signed_in("some", &["some"]).await;
    // Read are all 264 of the last quarter; exported are the large ones, 406 over the year. What may not be exported is left
    // out, and that is said.
    holds(&shown(&some, "/p/renewals").await, &[">264</a>"]);
    let facts = super::support::sheets(&some.get("/p/both/export?format=xlsx&lang=en&until=2025").await.body);
    assert_eq!(facts[0].0, "Both");
    assert!(facts[0].1.iter().any(|row| row[0].contains("1 other tiles are left out")), "{facts:?}");
    assert_eq!((facts.len(), facts[1].0.as_str()), (2, "Customers due"));
    let last = facts[1].1.last().unwrap();
    assert_eq!((last[0].as_str(), last[1].as_str()), ("2025", "406"), "{facts:?}");
}
