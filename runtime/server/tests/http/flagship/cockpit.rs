//! A cockpit: somebody's own numbers, their score and place, and what is old marked as old.

use serde_json::json;

use super::{
    super::support::{FILES as APP_FILES, Site},
    House, on, page,
    posts::template,
    series,
};

/// What the systems say: whose rows, when they are, twice in the newest period where there may be two, once before it, and which
/// columns are filled; the second is never less than the first.
type Sent = (&'static str, &'static str, &'static [&'static str], &'static str, &'static [&'static str]);

const DAYS: &[&str] = &["2025-11-17", "2025-11-18"];

const SENT: [Sent; 11] = [
    ("visit_month", "month", &["2025-11"], "2025-09", &["visits"]),
    ("report_day", "day", DAYS, "2025-09-18", &["rework", "issued"]),
    ("critical_value", "day", DAYS, "2025-09-18", &["minutes"]),
    ("maintenance_check", "due_on", DAYS, "2025-09-18", &["done", "due"]),
    ("call_day", "day", DAYS, "2025-09-18", &["solved", "calls"]),
    ("soothing_day", "day", DAYS, "2025-09-18", &["calmed", "attempts"]),
    ("appointment_day", "day", DAYS, "2025-09-18", &["kept", "booked"]),
    ("praise_month", "month", &["2025-11"], "2025-09", &["tickets"]),
    ("training_year", "year", &["2025"], "2024", &["completed", "assigned"]),
    ("suggestion_quarter", "quarter", &["2025-Q4"], "2025-Q3", &["adopted"]),
    ("complaint_month", "month", &["2025-11"], "2025-09", &["second", "complaints"]),
];

/// How a number comes from its rows.
enum Way {
    /// It is what a column adds up to.
    Sum,
    /// It is that, in percent of what another one adds up to.
    Share(&'static str),
    /// It is the mean of the rows.
    Mean,
}

/// The tiles with a number: how many rows of the newest period they have, and the column they are made from.
const TILES: [(&str, usize, &str, Way); 13] = [
    ("visits", 1, "Visits", Way::Sum),
    ("reports", 2, "Issued", Way::Sum),
    ("rework_rate", 2, "Sent back", Way::Share("Issued")),
    ("rework", 2, "Sent back", Way::Sum),
    ("critical", 2, "Response", Way::Mean),
    ("maintenance", 2, "Done", Way::Share("Due")),
    ("first_call", 2, "Solved at first", Way::Share("Calls")),
    ("soothing", 2, "Calmed", Way::Share("Upset callers")),
    ("appointments", 2, "Came", Way::Share("Booked")),
    ("praise", 1, "Tickets", Way::Sum),
    ("training", 1, "Completed", Way::Share("Assigned")),
    ("suggestions", 1, "Adopted", Way::Sum),
    ("second", 1, "Complained again", Way::Share("Complaints")),
];

/// A text without its elements.
fn bare(html: &str) -> String {
    html.split('<').enumerate().map(|(at, part)| if at == 0 { part } else { part.split_once('>').unwrap().1 }).collect()
}

/// The number in a text, whatever its unit.
fn number(text: &str) -> String {
    bare(text).chars().filter(|one| one.is_ascii_digit() || *one == '.').collect()
}

/// A link that begins here: where it leads, and what it says.
fn link(html: &str) -> (String, String) {
    let (href, rest) = html.split_once('"').unwrap();
    let text = rest.split_once('>').unwrap().1.split_once("</a>").unwrap().0;
    (href.replace("&#x2f;", "/").replace("&amp;", "&"), text.to_owned())
}

/// A tile of a page.
fn tile<'p>(shown: &'p str, name: &str) -> &'p str {
    let start = format!("id=\"tile-{name}\"");
    let (_, rest) = shown.split_once(&start).unwrap_or_else(|| panic!("{name}: {shown}"));
    rest.split_once("</section>").unwrap().0
}

/// The numbers of a column, row by row.
fn column(shown: &str, label: &str) -> Vec<f64> {
    let cell = format!("data-label=\"{label}\">");
    let of_row = |row: &str| Some(number(row.split_once(&cell)?.1.split_once("</t")?.0).parse().unwrap());
    shown.split("<tr>").filter_map(of_row).collect()
}

/// What a page says a column adds up to over all rows.
fn total(shown: &str, label: &str) -> f64 {
    let sum = format!("<dt>Sum of {label}</dt><dd>");
    let (_, rest) = shown.split_once(&sum).unwrap_or_else(|| panic!("{label}: {shown}"));
    number(rest.split_once("</dd>").unwrap().0).parse().unwrap()
}

#[tokio::test]
async fn every_tile_leads_the_person_it_is_about_to_rows_that_make_its_number() {
    let mut house = House::open().await;
    house.unit("CS", "客服部", None).await;
    house.post("AGENT", "客服专员", "support").await;
    for code in ["ANN", "BEN"] {
        house.person(code, "CS", "AGENT", None).await;
    }
    for (entity, time, within, before, columns) in SENT {
        let mut rows = Vec::new();
        let whose = within.iter().map(|at| ("ANN", *at)).chain([("ANN", before), ("BEN", within[0])]);
        for (turn, (who, at)) in whose.enumerate() {
            let mut row = json!({"person": house.id(who), time: at});
            for (place, column) in columns.iter().enumerate() {
                row[*column] = json!(5 + 3 * turn + 4 * place + turn * place);
            }
            if entity == "critical_value" {
                row["number"] = json!(1);
            }
            rows.push(row);
        }
        house.load(entity, rows).await;
    }
    house.settle().await;
    let ann = house.acts("ANN", &[]).await;
    let shown = page(&ann, "/p/cockpit").await;
    for (tile, rows, label, way) in TILES {
        let start = format!("id=\"tile-{tile}\"");
        let (_, rest) = shown.split_once(&start).unwrap_or_else(|| panic!("{tile}: {shown}"));
        let own = rest.split_once("</section>").unwrap().0;
        let (_, at) = own.split_once("class=\"tile-value\"><a href=\"").unwrap_or_else(|| panic!("{tile}: {own}"));
        let (href, value) = link(at);
        let behind = page(&ann, &href).await;
        assert!(behind.contains(&format!("<strong>{value}</strong>")), "{tile}: {value}: {behind}");
        // Her own of this period, all of them and no others; the page says of them what they are themselves.
        let found = column(&behind, label);
        assert_eq!(found.len(), rows, "{tile}: {behind}");
        assert!(behind.contains(&format!("<dd>{rows} rows</dd>")), "{tile}: {behind}");
        let sum: f64 = found.iter().sum();
        assert!(sum > 0.0 && (sum - total(&behind, label)).abs() < 0.001, "{tile}: {behind}");
        let made = match way {
            Way::Sum => format!("{sum:.0}"),
            Way::Share(of) => {
                let whole: f64 = column(&behind, of).iter().sum();
                assert!((whole - total(&behind, of)).abs() < 0.001, "{tile}: {behind}");
                format!("{:.2}", 100.0 * sum / whole)
            }
            Way::Mean => format!("{:.2}", sum / f64::from(u32::try_from(rows).unwrap())),
        };
        assert_eq!(number(&value), made, "{tile}");
        // The same address of a colleague leads to no row.
        let other = href.replace(&house.id("ANN"), &house.id("BEN"));
        assert_ne!(other, href, "{tile}");
        let other = ann.get(&other).await;
        assert!(!other.text().contains("data-label="), "{tile}: {}", other.text());
    }
    // So does every number of the drawings, by the table beside each.
    let drawn: Vec<(String, String)> = shown.split("<td class=\"num\"><a href=\"").skip(1).map(link).collect();
    // The calls and the reports of September and of November.
    assert_eq!(drawn.len(), 4, "{shown}");
    for (href, value) in drawn {
        let behind = page(&ann, &href).await;
        assert!(behind.contains(&format!("<strong>{value}</strong>")), "{href}: {behind}");
        let made = match href.contains("first_call_resolution") {
            true => (column(&behind, "Solved at first"), column(&behind, "Calls")),
            false => (column(&behind, "Sent back"), column(&behind, "Issued")),
        };
        let [part, whole] = [made.0.iter().sum::<f64>(), made.1.iter().sum::<f64>()];
        assert_eq!(number(&value), format!("{:.2}", 100.0 * part / whole), "{href}");
    }
}

#[tokio::test]
async fn an_agents_number_has_a_score_a_place_and_its_age() {
    let mut house = House::open().await;
    house.unit("CS", "客服部", None).await;
    house.post("HEAD", "客服主管", "support").await;
    house.post("AGENT", "客服专员", "support").await;
    house.person("HEAD", "CS", "HEAD", None).await;
    for code in ["ANN", "BEN", "CAT", "DAN", "EVE", "FAY"] {
        house.person(code, "CS", "AGENT", Some("HEAD")).await;
    }
    let day = |who: &str, day: &str, calls: u32, solved: u32| json!({"person": house.id(who), "day": day, "calls": calls, "solved": solved});
    // 2,231 of 2,677 over two days; three of her colleagues are below that, two above.
    let mut rows = vec![day("ANN", "2025-11-17", 1_338, 1_115), day("ANN", "2025-11-18", 1_339, 1_116)];
    for (who, solved) in [("BEN", 70), ("CAT", 75), ("DAN", 80), ("EVE", 90), ("FAY", 95)] {
        rows.push(day(who, "2025-11-18", 100, solved));
    }
    house.load("call_day", rows).await;
    house.settle().await;
    let ann = house.acts("ANN", &[]).await;
    let query = format!("grain=quarter&from=2025-Q4&to=2025-Q4&subject={}", house.id("ANN"));
    assert_eq!(series(&ann, "first_call_resolution", &query).await, ["83.34"]);
    let found = ann.get(&format!("/api/v1/terms/first_call_resolution/series?{query}")).await.json();
    let item = &found["items"][0];
    assert_eq!((item["score"].to_string(), item["peers"]["percentile"].to_string()), ("106.68".into(), "60".into()));
    // Her data is of the day before yesterday: that is said, and what it made stays as it was.
    let shown = page(&ann, "/p/cockpit").await;
    for part in ["83.34%", "106.68", "ahead of 60% of 6 peers", "Newer data has been due since", ">Stale<"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Only what there is for her post has a tile.
    assert!(!shown.contains("id=\"tile-visits\"") && shown.contains("No data in these periods for: "), "{shown}");
    // Newer data came: it is as good as new.
    house
        .load("call_day", vec![json!({"person": house.id("ANN"), "day": "2025-11-19", "calls": 10, "solved": 8})])
        .await;
    let shown = page(&ann, "/p/cockpit").await;
    assert!(shown.contains("Data up to 19") && !shown.contains(">Stale<"), "{shown}");
}

#[tokio::test]
async fn a_tile_tells_what_its_reader_aims_for() {
    let mut house = House::open().await;
    house.unit("CS", "客服部", None).await;
    house.post("AGENT", "客服专员", "support").await;
    for code in ["ANN", "BEN", "CAT", "DAN", "EVE"] {
        house.person(code, "CS", "AGENT", None).await;
    }
    let mut calls = Vec::new();
    let mut complaints = Vec::new();
    for (turn, code) in ["ANN", "BEN", "CAT", "DAN", "EVE"].into_iter().enumerate() {
        for month in ["2025-10", "2025-11"] {
            let person = house.id(code);
            calls.push(json!({"person": person, "day": format!("{month}-18"), "calls": 100, "solved": 90 - turn}));
            complaints.push(json!({"person": person, "month": month, "complaints": 10, "second": 1}));
        }
    }
    house.load("call_day", calls).await;
    house.load("complaint_month", complaints).await;
    house.settle().await;
    let ann = house.acts("ANN", &[]).await;
    let shown = page(&ann, "/p/cockpit").await;
    // What its curve names, whatever template somebody has; nothing where neither the term nor a template names anything.
    let first_call = tile(&shown, "first_call");
    let old = "Newer data has been due since";
    for part in ["90.00%", "<dt>Target</dt><dd>80.00%</dd>", "<svg", "ahead of 100% of 5 peers", old] {
        assert!(first_call.contains(part), "{part}: {first_call}");
    }
    let second = tile(&shown, "second");
    assert!(second.contains("10.00%") && !second.contains("<dt>Target</dt>"), "{second}");
    // The target of the line in the template of her post.
    let lines = [("K06", 60, ["70", "80", "90"]), ("K12", 40, ["15", "8", "3"])];
    let (own, items) = template(&house, "AGENT", &lines).await;
    let post = format!("/api/v1/organisation/post/{}", house.post_id("AGENT"));
    on(&house.hr, &post, json!({"own_kpi_template": own})).await;
    house.settle().await;
    let shown = page(&ann, "/p/cockpit").await;
    let second = tile(&shown, "second");
    for part in ["10.00%", "<dt>Target</dt><dd>8.00%</dd>", "<svg", "peers", "Data up to"] {
        assert!(second.contains(part), "{part}: {second}");
    }
    let item = format!("/api/v1/performance-management/kpi_item/{}", items[1]);
    on(&house.hr, &item, json!({"target": "6"})).await;
    house.settle().await;
    let shown = page(&ann, "/p/cockpit").await;
    assert!(tile(&shown, "second").contains("<dt>Target</dt><dd>6.00%</dd>"), "{shown}");
    // The dictionary says where each is from, and asks nobody to read an expression.
    let term = page(&ann, "/dictionary/second_complaints").await;
    assert!(term.contains("KPI template › Target of second complaints"), "{term}");
    let term = page(&ann, "/dictionary/first_call_resolution").await;
    assert!(term.contains("<dt>Target</dt><dd>80.00%</dd>"), "{term}");
}

#[tokio::test]
async fn a_value_that_can_hardly_be_puts_its_tile_in_doubt() {
    let mut house = House::open().await;
    house.unit("MED", "内科", None).await;
    house.post("DOC", "内科医生", "clinical").await;
    house.person("ANN", "MED", "DOC", None).await;
    let visits = |month: &str, visits: u32| json!({"person": house.id("ANN"), "month": month, "visits": visits});
    house.load("visit_month", vec![visits("2025-10", 450)]).await;
    house.settle().await;
    let ann = house.acts("ANN", &[]).await;
    let shown = page(&ann, "/p/cockpit").await;
    assert!(!tile(&shown, "visits").contains("Data in doubt"), "{shown}");
    house.load("visit_month", vec![visits("2025-11", 3_850)]).await;
    let shown = page(&ann, "/p/cockpit").await;
    for part in [">3,850 visits</a>", "Data in doubt", "more than 3,000 visits of one doctor in a month"] {
        assert!(tile(&shown, "visits").contains(part), "{part}: {shown}");
    }
}

/// What a page of twelve tiles may ask of the database, however many kinds of rows it measures, everything around its numbers
/// included.
const MOST_STATEMENTS: u64 = 20;

#[tokio::test]
async fn twelve_tiles_take_few_statements() {
    let mut files: Vec<(&str, String)> = APP_FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    let names: Vec<String> = (0..12).map(|at| format!("m{at}")).collect();
    let paths: Vec<String> = names.iter().map(|name| format!("dictionary/{name}.yaml")).collect();
    for (at, path) in paths.iter().enumerate() {
        let term = format!(
            "code: M{at}\nlabel: {{zh-CN: 指标{at}, en: Number {at}}}\ndefinition: {{zh-CN: 合计, en: Total}}\ndirection: higher\nfrequency: monthly\nowner: care\nmeasure: {{over: goal, time: due, subject: owner, where: level <= {}, simple: sum(weight)}}\n",
            at + 1
        );
        files.push((path.as_str(), term));
    }
    let tiles: String = names.iter().map(|name| format!("  {name}: {{term: {name}}}\n")).collect();
    let board =
        format!("kind: dashboard\nlabel: {{zh-CN: 驾驶舱, en: Cockpit}}\nabout: person\nperiods: 6\ntiles:\n{tiles}");
    files.push(("pages/cockpit.yaml", board));
    let site = Site::of(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let owner = keeper.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let goal = json!({"title": "a", "weight": "30", "level": 1, "due": "2025-11-10", "owner": owner});
    keeper.made("goal", goal).await;
    while site.engine.turn("one").await.unwrap() > 0 {}
    let path = format!("/p/cockpit?of={owner}");
    // What is read once for all pages, as who somebody is, is no cost of this one.
    page(&keeper, &path).await;
    let before = site.engine.store().reads();
    let shown = page(&keeper, &path).await;
    let asked = site.engine.store().reads() - before;
    assert_eq!(shown.matches("class=\"tile-value\"").count(), 12, "{shown}");
    assert!(asked <= MOST_STATEMENTS, "{asked} statements");
}

#[tokio::test]
async fn a_page_asks_every_kind_of_rows_at_once_and_not_each_tile() {
    let mut house = House::open().await;
    house.unit("CS", "客服部", None).await;
    house.post("AGENT", "客服专员", "support").await;
    house.person("ANN", "CS", "AGENT", None).await;
    let row = json!({"person": house.id("ANN"), "day": "2025-11-18", "calls": 100, "solved": 80});
    house.load("call_day", vec![row]).await;
    house.settle().await;
    let ann = house.acts("ANN", &[]).await;
    page(&ann, "/p/cockpit").await;
    let before = house.site.engine.store().reads();
    let shown = page(&ann, "/p/cockpit").await;
    let asked = house.site.engine.store().reads() - before;
    assert!(shown.contains("id=\"tile-first_call\""), "{shown}");
    // Its numbers come from eleven systems, one of them by the month and by the quarter.
    assert!(asked <= MOST_STATEMENTS, "{asked} statements");
}
