use expect_test::{Expect, expect, expect_file};
use proptest::prelude::*;

use super::*;

fn tick(value: f64, places: usize) -> String {
    format!("{value:.places$}")
}

fn chart(kind: Kind, values: &[&[Option<f64>]]) -> Chart {
    let mut chart = Chart::new(kind, "返修率", tick);
    let longest = values.iter().map(|row| row.len()).max().unwrap_or_default();
    chart.labels = (1..=longest).map(|month| format!("{month}月")).collect();
    chart.nothing = "无数据".to_owned();
    chart.series = values
        .iter()
        .enumerate()
        .map(|(at, row)| Series {
            name: format!("系列{at}"),
            points: row
                .iter()
                .map(|value| Point::new(*value, value.map_or_else(|| "—".to_owned(), |value| format!("{value}%"))))
                .collect(),
        })
        .collect();
    chart
}

/// The values of each series; `None` where there is none.
type Rows<'v> = &'v [&'v [Option<f64>]];

fn check(kind: Kind, values: Rows<'_>, expected: Expect) {
    expected.assert_eq(&chart(kind, values).svg().replace("><", ">\n<"));
}

/// A page with every kind as tiles show it, for the browser's tests to look at.
fn gallery() -> String {
    let known = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<Option<f64>>>();
    let (first, second, third) = (known(&[62.0, 71.0, 68.5]), known(&[48.0, 52.0, 66.0]), known(&[12.0, 9.0, 15.0]));
    let rows: [&[Option<f64>]; 3] = [&first, &second, &third];
    let steps = known(&[80.0, 6.0, -4.0, 82.0]);
    let frequent = known(&[42.0, 31.0, 24.0, 12.0, 9.0, 5.0, 2.0]);
    let kinds: [(&str, Kind, Rows<'_>); 11] = [
        ("线", Kind::Line, &rows),
        ("柱", Kind::Bar, &rows),
        ("堆叠", Kind::Stacked, &rows),
        ("雷达", Kind::Radar, &rows),
        ("漏斗", Kind::Funnel, &[&[Some(120.0), Some(84.0), Some(30.0)]]),
        ("热力", Kind::Heat, &rows),
        ("瀑布", Kind::Waterfall, &[&steps]),
        ("仪表", Kind::Gauge, &[&[Some(79.5)]]),
        ("词云", Kind::Words, &[&frequent]),
        ("走势", Kind::Spark, &rows[..1]),
        ("九宫格", Kind::NineBox, &rows),
    ];
    let mut page = "<main class=\"main wide\" id=\"main\" tabindex=\"-1\">\n<header class=\"page-head\"><div class=\"page-title-row\">\
        <h1 class=\"page-title\">各种图</h1></div></header>\n<div class=\"tiles\">\n"
        .to_owned();
    for (at, (name, kind, values)) in kinds.into_iter().enumerate() {
        let mut drawn = chart(kind, values);
        drawn.title = name.to_owned();
        for point in drawn.series.iter_mut().flat_map(|series| &mut series.points) {
            // A small line is part of a tile that leads there.
            point.href = (kind != Kind::Spark).then(|| "#main".to_owned());
            point.name = if kind == Kind::NineBox { "骨干".to_owned() } else { String::new() };
        }
        if let (Kind::Waterfall, Some(series)) = (kind, drawn.series.first_mut()) {
            let last = series.points.len() - 1;
            for at in [0, last] {
                series.points[at].whole = true;
            }
        }
        if kind == Kind::Words {
            drawn.labels = ["培训", "人手", "设备", "排班", "信息系统", "检查预约", "MRI"].map(str::to_owned).to_vec();
        }
        page += &format!(
            "<section class=\"card tile\" data-span=\"1\" aria-labelledby=\"tile-{at}\"><header class=\"tile-head\">\
             <h2 class=\"tile-title\" id=\"tile-{at}\">{name}</h2></header>\n{}\n</section>\n",
            drawn.svg()
        );
    }
    page + "</div>\n</main>\n"
}

#[test]
fn the_gallery_of_the_browser_tests_shows_every_kind_as_it_is_drawn() {
    expect_file!["../../../designer/packages/e2e/test/gallery/charts.html"].assert_eq(&gallery());
}

#[test]
fn a_gap_parts_the_line() {
    check(
        Kind::Spark,
        &[&[Some(1.0), Some(2.0), None, Some(3.0), Some(2.5)]],
        expect![[r#"
        <svg xmlns="http://www.w3.org/2000/svg" class="chart chart-spark" viewBox="0 0 160 36" role="group" aria-label="返修率">
        <polyline points="4,32 42,18" class="stroke series-1"/>
        <polyline points="118,4 156,11" class="stroke series-1"/>
        <circle cx="156" cy="11" r="3" class="mark series-1">
        <title>系列0 · 5月 · 2.5%</title>
        </circle>
        </svg>"#]],
    );
}

#[test]
fn a_bar_below_nought_hangs_from_it() {
    check(
        Kind::Bar,
        &[&[Some(4.0), Some(-2.0)]],
        expect![[r#"
        <svg xmlns="http://www.w3.org/2000/svg" class="chart chart-bar" viewBox="0 0 400 220" role="group" aria-label="返修率">
        <line x1="20.3" y1="198" x2="392" y2="198" class="grid"/>
        <text x="16.3" y="202" text-anchor="end" class="tick">-2</text>
        <line x1="20.3" y1="135.3" x2="392" y2="135.3" class="axis"/>
        <text x="16.3" y="139.3" text-anchor="end" class="tick">0</text>
        <line x1="20.3" y1="72.7" x2="392" y2="72.7" class="grid"/>
        <text x="16.3" y="76.7" text-anchor="end" class="tick">2</text>
        <line x1="20.3" y1="10" x2="392" y2="10" class="grid"/>
        <text x="16.3" y="14" text-anchor="end" class="tick">4</text>
        <text x="113.2" y="214" text-anchor="middle" class="tick">1月</text>
        <text x="299.1" y="214" text-anchor="middle" class="tick">2月</text>
        <rect x="91.2" y="10" width="43" height="125.3" class="mark series-1">
        <title>系列0 · 1月 · 4%</title>
        </rect>
        <rect x="277.1" y="135.3" width="43" height="62.7" class="mark series-1">
        <title>系列0 · 2月 · -2%</title>
        </rect>
        </svg>"#]],
    );
}

#[test]
fn a_waterfall_stands_on_the_step_before() {
    let mut made = chart(Kind::Waterfall, &[&[Some(86.0), Some(-4.5), Some(-2.5), Some(79.0)]]);
    if let Some(points) = made.series.first_mut().map(|series| &mut series.points) {
        points[0].whole = true;
        points[3].whole = true;
    }
    let drawn = made.svg();
    let tops: Vec<&str> = drawn.split("<rect ").skip(1).filter_map(|rect| rect.split('"').nth(3)).collect();
    let heights: Vec<f64> =
        drawn.split("<rect ").skip(1).filter_map(|rect| rect.split('"').nth(7)?.parse().ok()).collect();
    // The steps hang from the level before, and the last bar is as high as what the steps lead to.
    assert_eq!(tops[0], tops[1]);
    assert!((heights[0] - heights[1] - heights[2] - heights[3]).abs() < 0.3, "{heights:?}");
}

#[test]
fn boxes_have_names_and_are_darker_the_further_up_and_right() {
    let rows: [&[Option<f64>]; 3] = [&[Some(0.0), Some(1.0), Some(2.0)], &[Some(3.0); 3], &[Some(4.0); 3]];
    let mut made = chart(Kind::NineBox, &rows);
    made.series[0].points[2].name = "明星员工".to_owned();
    made.axes = Some(("业绩".to_owned(), "潜力".to_owned()));
    let drawn = made.svg();
    let shade = |at: usize| drawn.split("class=\"cell heat-").nth(at + 1).and_then(|rest| rest.chars().next());
    let shades: Vec<char> = (0..9).filter_map(shade).collect();
    assert_eq!(shades, ['2', '3', '4', '1', '2', '3', '0', '1', '2'], "{drawn}");
    for part in [">明星员工</text>", ">2%</text>", ">业绩 →</text>", ">↑ 潜力</text>"] {
        assert!(drawn.contains(part), "{part}: {drawn}");
    }
}

#[test]
fn nothing_known_is_said() {
    let drawn = chart(Kind::Bar, &[&[None, None]]).svg();
    assert!(drawn.contains("无数据") && !drawn.contains("<rect"), "{drawn}");
}

#[test]
fn what_people_typed_is_escaped_and_only_ways_within_the_site_are_links() {
    let mut made = chart(Kind::Bar, &[&[Some(1.0), Some(2.0)]]);
    made.title = "<script>\"'&".to_owned();
    made.labels[0] = "</svg><b>".to_owned();
    made.series[0].points[0].href = Some("javascript:alert(1)".to_owned());
    made.series[0].points[1].href = Some("/r/unit?filter=name == \"a\"".to_owned());
    let drawn = made.svg();
    assert!(!drawn.contains("<script") && !drawn.contains("<b>") && !drawn.contains("javascript"), "{drawn}");
    assert!(drawn.contains("href=\"/r/unit?filter=name == &quot;a&quot;\""), "{drawn}");
}

const KINDS: [Kind; 11] = [
    Kind::Line,
    Kind::Bar,
    Kind::Stacked,
    Kind::Radar,
    Kind::Funnel,
    Kind::Heat,
    Kind::Waterfall,
    Kind::Gauge,
    Kind::Words,
    Kind::Spark,
    Kind::NineBox,
];

proptest! {
    #[test]
    fn whatever_the_values_every_kind_draws_finite_numbers(
        values in prop::collection::vec(prop::collection::vec(prop::option::of(prop::num::f64::ANY), 0..9), 0..4),
    ) {
        let rows: Vec<&[Option<f64>]> = values.iter().map(Vec::as_slice).collect();
        for kind in KINDS {
            let drawn = chart(kind, &rows).svg();
            prop_assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>"));
            let geometry = drawn.split('"').skip(1).step_by(2).filter(|value| !value.contains(|c: char| c > '~'));
            for value in geometry {
                prop_assert!(!value.contains("NaN") && !value.contains("inf"), "{kind:?}: {value}");
            }
        }
    }
}
