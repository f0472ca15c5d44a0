//! Every kind of drawing beside its table: the page, the drawing and the saved files hold the same figures.

use axum::http::StatusCode;

use super::{
    boards::{World, filled_but, shown, world},
    papers::lettered,
    support::sheets,
};

const RENEWED: &str = "
code: R3
label: {zh-CN: 已续客户, en: Customers kept}
definition: {zh-CN: 当季续约的客户数, en: How many renewed}
direction: higher
frequency: quarterly
owner: market
places: 0
measure: {over: renewal, time: quarter, subject: team, simple: sum(renewed)}
";

const KINDS: &str = "
kind: dashboard
label: {zh-CN: 各种图, en: All kinds}
grain: quarter
periods: 4
tiles:
  line: {term: rate, chart: line, by: team, label: {zh-CN: 线, en: Lines}}
  bar: {term: due, chart: bar, by: team, label: {zh-CN: 柱, en: Bars}}
  stacked: {term: due, chart: stacked, by: segment, label: {zh-CN: 叠, en: Stacks}}
  radar: {term: rate, chart: radar, by: team, label: {zh-CN: 雷达, en: Radar}}
  funnel: {term: due, with: [renewed], chart: funnel, label: {zh-CN: 漏斗, en: Funnel}}
  heat: {term: rate, chart: heat, by: team, label: {zh-CN: 热力, en: Heat}}
  waterfall: {term: due, chart: waterfall, by: team, label: {zh-CN: 瀑布, en: Steps}}
  gauge: {term: rate, chart: gauge, label: {zh-CN: 仪表, en: Gauge}}
  words: {term: due, chart: words, by: team, label: {zh-CN: 词云, en: Words}}
  table: {term: due, chart: table, by: team, label: {zh-CN: 表, en: Numbers}}
  pivot: {term: due, chart: pivot, by: team, across: segment, label: {zh-CN: 透视, en: Pivot}}
";

const BOXES: &str = "
kind: dashboard
label: {zh-CN: 九宫格, en: Nine boxes}
grain: quarter
tiles:
  boxes:
    chart: nine_box
    term: due
    with: [rate]
    label: {zh-CN: 九宫格, en: Boxes}
    boxes:
      across: {mid: 60, high: 80}
      up: {mid: 75, high: 85}
";

/// The tiles of a page: the name, the heading, the class of the drawing where there is one, and figures that are among those it shows.
type Tile = (&'static str, &'static str, Option<&'static str>, &'static [&'static str]);

const DRAWN: [Tile; 11] = [
    ("line", "Lines", Some("line"), &["90.6", "73.0", "79.0"]),
    ("bar", "Bars", Some("bar"), &["64", "100"]),
    ("stacked", "Stacks", Some("stacked"), &["114", "150"]),
    ("radar", "Radar", Some("radar"), &["90.6", "73.0", "79.0"]),
    ("funnel", "Funnel", Some("funnel"), &["264", "210"]),
    ("heat", "Heat", Some("heat"), &["90.3", "90.6", "78.0"]),
    ("waterfall", "Steps", Some("waterfall"), &["212", "2", "50", "264"]),
    ("gauge", "Gauge", Some("gauge"), &["79.5"]),
    ("words", "Words", Some("words"), &["64", "100"]),
    ("table", "Numbers", None, &["60", "64", "100"]),
    ("pivot", "Pivot", None, &["64", "50", "100", "114", "150", "264"]),
];

/// A text without its elements.
fn bare(html: &str) -> String {
    html.split('<').enumerate().map(|(at, part)| if at == 0 { part } else { part.split_once('>').unwrap().1 }).collect()
}

/// The digits of a figure, without its sign, its unit and its name; nothing where nothing is known.
fn digits(text: &str) -> String {
    text.chars().filter(|one| one.is_ascii_digit() || *one == '.').collect()
}

/// A tile of a page.
fn tile<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("id=\"tile-{name}\"")).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split_once("</section>").unwrap().0
}

/// The rows of the table of a tile: a name, and values as they are shown.
fn twin(tile: &str) -> Vec<Vec<String>> {
    let (_, body) = tile.split_once("<tbody>").unwrap_or_else(|| panic!("{tile}"));
    let (body, _) = body.split_once("</tbody>").unwrap();
    let cells = |row: &str| row.split("<t").skip(1).map(|cell| bare(&format!("<t{cell}")).trim().to_owned()).collect();
    body.split("<tr>").skip(1).map(cells).collect()
}

/// The figures of tiles on a page stand in the table of each, in its drawing, and in its sheet of the workbook.
async fn agree(world: &World, page: &str, tiles: &[Tile]) {
    let html = shown(&world.keeper, &format!("/p/{page}?until=2025-Q4")).await;
    let file = format!("/p/{page}/export?until=2025-Q4&lang=en&format=xlsx");
    let book = world.keeper.get(&file).await;
    assert_eq!(book.status, StatusCode::OK, "{}", book.text());
    let book = sheets(&book.body);
    assert_eq!(book.len(), tiles.len() + 1, "{book:?}");
    for (name, heading, class, figures) in tiles {
        let own = tile(&html, name);
        let rows = twin(own);
        let cells: Vec<&String> = rows.iter().flat_map(|row| row.iter().skip(1)).collect();
        for figure in *figures {
            assert!(cells.iter().any(|cell| digits(cell) == *figure), "{name}: {figure}: {rows:?}");
        }
        match class {
            Some(class) => {
                let (_, svg) = own.split_once("<svg").unwrap_or_else(|| panic!("{name}: {own}"));
                let svg = svg.split_once("</svg>").unwrap().0;
                let called = format!("class=\"chart chart-{class}\"");
                assert!(svg.contains(&called) && svg.contains(&format!("aria-label=\"{heading}\"")), "{name}: {svg}");
                assert!(own.contains("<details class=\"chart-table\">"), "{name}: {own}");
                // A mark or a text says each of them; of a box the name and the number are parted.
                for figure in cells.iter().filter(|cell| !digits(cell).is_empty()) {
                    let said = figure.rsplit(' ').next().unwrap_or_default();
                    assert!(svg.contains(said), "{name}: {said}: {svg}");
                }
            }
            None => assert!(!own.contains("chart chart-") && !own.contains("chart-table"), "{name}: {own}"),
        }
        let (_, sheet) =
            book.iter().find(|(called, _)| called == heading).unwrap_or_else(|| panic!("{name}: {book:?}"));
        assert_eq!(sheet.len(), rows.len() + 1, "{name}: {sheet:?}");
        for (row, saved) in rows.iter().zip(&sheet[1..]) {
            assert_eq!(row.first(), saved.first(), "{name}");
            for (at, cell) in row.iter().enumerate().skip(1) {
                let saved = saved.get(at).map_or("", String::as_str);
                match digits(cell).parse::<f64>() {
                    Ok(figure) => {
                        let number: f64 = saved.parse().unwrap_or_else(|_| panic!("{name}: {cell}: {saved}"));
                        assert!((number.abs() - figure).abs() < 0.051, "{name}: {cell}: {saved}");
                    }
                    Err(_) => assert_eq!(saved, "", "{name}: {cell}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn every_kind_of_drawing_says_the_same_in_its_table_and_in_the_files() {
    let more = [("dictionary/renewed.yaml", RENEWED), ("pages/kinds.yaml", KINDS), ("pages/boxes.yaml", BOXES)];
    let world = world(&more).await;
    filled_but(&world, ("", "")).await;
    agree(&world, "kinds", &DRAWN).await;
    agree(&world, "boxes", &[("boxes", "Boxes", Some("nine-box"), &["1", "0"])]).await;
    // On paper and as a picture are the same drawings and tables, with letters that the font has.
    let printed = lettered(&world.site, &world.keeper);
    for (format, begins) in [("pdf", &b"%PDF-"[..]), ("png", &b"\x89PNG"[..])] {
        let answer = printed.get(&format!("/p/kinds/export?until=2025-Q4&lang=en&format={format}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{format}: {}", answer.text());
        assert!(answer.body.starts_with(begins), "{format}");
    }
}
