//! What a board's choices become: a dashboard, and the document of a page.

use app::{By, ChartKind, Dashboard, Tile};
use engine::{Layout, query::series::usable_by_unit};
use metrics::Term;
use model::{Grain, Text};
use store::UnitBoard;

use super::super::Visit;

/// Periods of a tile.
const PERIODS: u32 = 6;
/// Bars of a tile.
const TOP: u32 = 10;

/// The dashboard that a board is, about the unit of this key.
pub(super) fn dashboard_of(visit: &Visit, board: &UnitBoard, key: String) -> Dashboard {
    let layout = Layout::parse(&board.layout).unwrap_or(Layout::Numbers);
    let terms = board.terms.iter().filter_map(|name| visit.app().term_named(name));
    let tiles = terms.filter(|term| usable_by_unit(visit.app(), term)).flat_map(|term| tiles(visit, term, layout));
    Dashboard {
        about: None,
        needs: Vec::new(),
        unit: Some(key),
        grain: Grain::Month,
        periods: PERIODS,
        filters: Vec::new(),
        tiles: tiles.collect(),
    }
}

fn tiles(visit: &Visit, term: &Term, layout: Layout) -> Vec<Tile> {
    let app = visit.app();
    let tile = |name: String, chart: Option<ChartKind>, by: Option<By>| Tile {
        name,
        term: term.id,
        label: Text::default(),
        roles: Vec::new(),
        visible: None,
        span: if chart.is_some() { 2 } else { 1 },
        grain: Some(app.usual_grain(term).max(Grain::Month)),
        periods: None,
        chart,
        with: Vec::new(),
        by,
        text: None,
        then: Vec::new(),
        across: None,
        boxes: None,
        top: TOP,
    };
    let number = tile(term.name.to_string(), None, None);
    let line = || tile(format!("{}-over-time", term.name), Some(ChartKind::Line), None);
    match layout {
        Layout::Numbers => vec![number],
        Layout::Trends => vec![number, line()],
        Layout::Compared => {
            // Whom or what it is about, where that is written the same for all it is made from.
            let bases = app.bases(term.id);
            let subjects = bases.iter().filter_map(|(_, base)| base.subject.as_ref().map(|(path, _)| path));
            let mut written: Vec<String> = subjects.clone().map(|path| app.path_text(path)).collect();
            written.dedup();
            let path = subjects.clone().next();
            match (written.as_slice(), path) {
                ([one], Some(path)) => {
                    let by = By { written: one.clone(), path: path.clone() };
                    vec![number, tile(format!("{}-compared", term.name), Some(ChartKind::Bar), Some(by))]
                }
                _ => vec![number, line()],
            }
        }
    }
}

/// The board as the document of a page.
pub(super) fn document(visit: &Visit, board: &UnitBoard, dashboard: &Dashboard) -> String {
    // A text in quotes as JSON has them is one in YAML too.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut lines = vec![
        "kind: dashboard".to_owned(),
        format!("label: {}", quoted(&board.name)),
        format!("unit: {}", quoted(dashboard.unit.as_deref().unwrap_or_default())),
        format!("periods: {}", dashboard.periods),
        "tiles:".to_owned(),
    ];
    for tile in &dashboard.tiles {
        let Some(term) = visit.app().term(tile.term) else { continue };
        let mut said = vec![format!("term: {}", term.name)];
        said.extend(tile.grain.map(|grain| format!("grain: {}", grain.word())));
        said.extend((tile.span > 1).then(|| format!("span: {}", tile.span)));
        match tile.chart {
            Some(ChartKind::Line) => said.push("chart: line".to_owned()),
            Some(ChartKind::Bar) => said.push("chart: bar".to_owned()),
            _ => {}
        }
        if let Some(by) = &tile.by {
            said.push(format!("by: {}", quoted(&by.written)));
            said.push(format!("top: {}", tile.top));
        }
        lines.push(format!("  {}: {{{}}}", tile.name, said.join(", ")));
    }
    lines.join("\n") + "\n"
}
