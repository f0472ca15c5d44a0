//! A dashboard saved as a file: a workbook with a sheet per tile, or the tiles as they look, on pages or as a picture.
//!
//! INVARIANT: what leaves is of rows that the reader may both read and export; a tile of others is not in the file, which says so.

use app::Dashboard;
use engine::{Act, export::Cell};
use print::{Fonts, Sheet, Table, Tile};

use super::{
    super::{
        Visit,
        export::{self, Made},
    },
    Board, Head, Shown, Twin,
};
use crate::problem::{Kind, Problem};

/// What a dashboard can be saved as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::page) enum Format {
    /// Numbers to compute with.
    Xlsx,
    /// Pages.
    Pdf,
    /// A picture.
    Png,
}

impl Format {
    /// All of them.
    pub(in crate::page) const ALL: [Self; 3] = [Self::Xlsx, Self::Pdf, Self::Png];

    /// The word in addresses, and the ending of a file's name.
    pub(in crate::page) fn word(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
            Self::Png => "png",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
        }
    }
}

/// Whether some tile may leave as a file.
pub(super) fn offered(visit: &Visit, dashboard: &Dashboard) -> bool {
    let saving = saving(visit, dashboard);
    super::rights::measures(&saving.actor, dashboard)
}

/// The same reader with nothing but what may leave as a file, of everything that the tiles measure.
fn saving(visit: &Visit, dashboard: &Dashboard) -> Visit {
    let app = visit.app();
    let terms = dashboard.tiles.iter().flat_map(|tile| std::iter::once(&tile.term).chain(&tile.with));
    let mut entities = Vec::new();
    for id in terms {
        entities.extend(app.bases(*id).into_iter().map(|(_, base)| base.over));
        // What is aimed for may be a value of whom the term is about.
        let aims = app.term(*id).and_then(|term| term.target.as_ref()).is_some_and(|target| !target.reads().is_empty());
        entities.extend(app.about(*id).filter(|_| aims));
    }
    Visit { actor: std::sync::Arc::new(visit.actor.saving(&entities)), ..visit.clone() }
}

/// The dashboard of an address as the file its `format` asks for. `fonts` is asked for only where something is drawn.
///
/// # Errors
/// The reader may export none of it; the machine has no font for its words; what the engine refuses.
pub(in crate::page) async fn file(
    visit: &Visit,
    head: &Head<'_>,
    dashboard: &Dashboard,
    fonts: impl FnOnce() -> Fonts + Send + 'static,
) -> Result<Made, Problem> {
    let wanted = visit.query.get("format").unwrap_or("xlsx");
    let format = Format::ALL.into_iter().find(|format| format.word() == wanted);
    let format = format.ok_or_else(|| Problem::new(Kind::BadRequest).detail("format".to_owned()))?;
    if visit.actor.looks || !offered(visit, dashboard) {
        return Err(Problem::new(Kind::Denied));
    }
    let saving = saving(visit, dashboard);
    let board = super::board(&saving, visit, head, dashboard).await?;
    // A file with an empty place for it would look whole.
    if let Some(beyond) = board.tiles.iter().find(|tile| !tile.beyond.is_empty()) {
        return Err(Problem::parameter("periods", "too-many", format!("{}: {}", beyond.label, beyond.beyond)));
    }
    let all = super::shown(visit, dashboard, None).await?.len();
    let without = all.saturating_sub(super::shown(&saving, dashboard, None).await?.len());
    let title = head.title.to_owned();
    let mut lines = lines(visit, &board);
    if without > 0 {
        lines.push(visit.fill("tiles-not-exported", &[("n", &without.to_string())]));
    }
    let tiles: Vec<&str> = board.tiles.iter().map(|tile| tile.name.as_str()).collect();
    let act = Act::new("export", "page")
        .fact("page", head.name)
        .fact("format", format.word())
        .fact("tiles", tiles)
        .fact("address", visit.path.as_str())
        .fact("query", visit.query.without(&["format", "lang"]).text());
    let content = match format {
        Format::Xlsx => workbook(visit, &title, &lines, &board)?,
        Format::Pdf | Format::Png => {
            let sheet = sheet(visit, title, lines, &board);
            let draw = move |fonts: &Fonts| match format {
                Format::Png => print::png(&sheet, fonts),
                _ => print::pdf(&sheet, fonts),
            };
            export::drawn(visit, fonts, draw).await?
        }
    };
    visit.engine.note(&*visit.actor, act).await.map_err(Problem::internal)?;
    Ok((format!("{}.{}", head.name, format.word()), format.media_type(), content))
}

/// What the file is about: whom, up to when, and narrowed to what.
fn lines(visit: &Visit, board: &Board) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(board.about.as_ref().map(|about| about.name.clone()));
    lines.extend((!board.unit.is_empty()).then(|| board.unit.clone()));
    lines.push(format!("{}: {}", visit.say("period-until"), board.until));
    let chosen = board.compare.iter().find(|choice| choice.selected).filter(|_| board.against);
    lines.extend(chosen.map(|choice| format!("{}: {}", visit.say("compare-with"), choice.label)));
    lines.extend(board.chips.iter().map(|chip| chip.label.clone()));
    lines
}

/// A sheet that says what the file is, and one per tile.
fn workbook(visit: &Visit, title: &str, lines: &[String], board: &Board) -> Result<Vec<u8>, Problem> {
    let mut sheets = vec![engine::export::Sheet {
        name: title.to_owned(),
        header: vec![title.to_owned()],
        rows: lines.iter().map(|line| vec![Cell::Text(line.clone())]).collect(),
    }];
    sheets.extend(board.tiles.iter().map(|tile| cells(visit, tile)));
    engine::export::sheets(&sheets).map_err(Problem::internal)
}

fn cells(visit: &Visit, tile: &Shown) -> engine::export::Sheet {
    let number = |value: &Option<model::Decimal>| match value {
        Some(value) => Cell::Number(value.normalize().to_string()),
        None => Cell::Empty,
    };
    let name = tile.label.clone();
    if let Some(shown) = &tile.number {
        let header = vec![visit.say("period").to_owned(), tile.label.clone(), visit.say("target").to_owned()];
        let rows = shown
            .cells
            .iter()
            .map(|(period, value, target)| vec![Cell::Text(period.clone()), number(value), number(target)]);
        return engine::export::Sheet { name, header, rows: rows.collect() };
    }
    let empty = Twin::default();
    let table = tile.drawing.as_ref().map_or(&empty, |drawing| &drawing.table);
    let head = |(at, head): (usize, &String)| if head.is_empty() && at > 0 { tile.label.clone() } else { head.clone() };
    let rows = table.rows.iter().map(|row| {
        let cells = row.cells.iter().map(|cell| match &cell.number {
            None if cell.href.is_some() => Cell::Text(cell.text.clone()),
            value => number(value),
        });
        std::iter::once(Cell::Text(row.name.clone())).chain(cells).collect()
    });
    engine::export::Sheet { name, header: table.heads.iter().enumerate().map(head).collect(), rows: rows.collect() }
}

/// The tiles as they look.
fn sheet(visit: &Visit, title: String, lines: Vec<String>, board: &Board) -> Sheet {
    let tile = |shown: &Shown| {
        let mut tile =
            Tile { heading: shown.label.clone(), span: shown.span, foot: shown.fresh.clone(), ..Tile::default() };
        if let Some(number) = &shown.number {
            tile.value.clone_from(&number.value);
            let change = [number.change.as_str(), &number.relative].join(" ");
            let fact = |key: &str, value: &str| (!value.is_empty()).then(|| format!("{}: {value}", visit.say(key)));
            let score = format!("{} {}", number.score, number.grade);
            tile.lines.extend(
                [
                    fact("change", change.trim()),
                    fact("period", &number.period),
                    (!number.against.is_empty()).then(|| format!("{}: {}", number.against_period, number.against)),
                    fact("target", &number.target),
                    fact("score", score.trim()),
                    (!number.peers.is_empty()).then(|| number.peers.clone()),
                ]
                .into_iter()
                .flatten(),
            );
            tile.drawing = (!number.trend.is_empty()).then(|| number.trend.clone());
        }
        if let Some(drawing) = &shown.drawing {
            match drawing.svg.is_empty() {
                false => tile.drawing = Some(drawing.svg.clone()),
                true => {
                    let row = |row: &super::TwinRow| {
                        std::iter::once(row.name.clone())
                            .chain(row.cells.iter().map(|cell| cell.text.clone()))
                            .collect()
                    };
                    let rows = drawing.table.rows.iter().map(row).collect();
                    tile.table = Some(Table { heads: drawing.table.heads.clone(), rows });
                }
            }
            tile.lines.extend((!drawing.left_out.is_empty()).then(|| drawing.left_out.clone()));
        }
        tile
    };
    Sheet { title, lines, tiles: board.tiles.iter().map(tile).collect() }
}
