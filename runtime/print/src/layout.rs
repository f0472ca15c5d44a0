//! A sheet as SVG: rows of three columns, in one piece or in pages.

use std::fmt::Write as _;

use crate::{Sheet, Table, Tile, style};

/// Room around everything.
const MARGIN: f64 = 40.0;
/// Room between tiles.
const GAP: f64 = 16.0;
/// Columns of a row.
const COLUMNS: u32 = 3;
/// Room inside a tile.
const PAD: f64 = 16.0;
/// The most a drawing takes from top to bottom.
const TALLEST: f64 = 420.0;
/// The widest a drawing becomes.
const WIDEST: f64 = 560.0;
/// Rows of a table that have room; a page becomes as tall as they need.
const ROWS: usize = 200;
/// From row to row of a table.
const ROW: f64 = 20.0;
/// The usual size of the letters of a table.
const LETTER: f64 = 12.0;
/// The smallest its letters become, in part of that, before columns stand below one another.
const SMALLEST: f64 = 0.75;
/// Room between the columns of a table.
const BETWEEN: f64 = 12.0;
/// The most room a heading makes for itself; beyond that it is cut.
const LONGEST_HEAD: f64 = 96.0;

/// A tile with its place.
struct Placed<'a> {
    tile: &'a Tile,
    left: f64,
    width: f64,
}

/// Tiles beside one another, and how tall the tallest is.
struct Row<'a> {
    tiles: Vec<Placed<'a>>,
    height: f64,
}

/// The sheet in one piece.
pub(crate) fn whole(sheet: &Sheet, width: f64) -> String {
    let rows = rows(sheet, width);
    let height = head(sheet) + rows.iter().map(|row| row.height + GAP).sum::<f64>() + MARGIN;
    page(sheet, &rows.iter().collect::<Vec<_>>(), true, (width, height))
}

/// The sheet in pages; the first has the title.
pub(crate) fn pages(sheet: &Sheet, size: (f64, f64)) -> Vec<String> {
    let rows = rows(sheet, size.0);
    let mut pages: Vec<Vec<&Row<'_>>> = vec![Vec::new()];
    let mut top = head(sheet);
    for row in &rows {
        let fits = top + row.height + MARGIN <= size.1;
        if !fits && pages.last().is_some_and(|page| !page.is_empty()) {
            pages.push(Vec::new());
            top = MARGIN;
        }
        top += row.height + GAP;
        if let Some(page) = pages.last_mut() {
            page.push(row);
        }
    }
    let tall = |rows: &[&Row<'_>], first: bool| {
        let begin = if first { head(sheet) } else { MARGIN };
        begin + rows.iter().map(|row| row.height + GAP).sum::<f64>() - GAP + MARGIN
    };
    // A row that is taller than a page makes its page taller.
    let sized = |at: usize, rows: &[&Row<'_>]| (size.0, size.1.max(tall(rows, at == 0)));
    pages.iter().enumerate().map(|(at, rows)| page(sheet, rows, at == 0, sized(at, rows))).collect()
}

/// What the title and its lines take.
fn head(sheet: &Sheet) -> f64 {
    MARGIN + 34.0 + count(sheet.lines.len()) * 20.0 + 14.0
}

fn rows(sheet: &Sheet, width: f64) -> Vec<Row<'_>> {
    let column = (width - MARGIN * 2.0 - GAP * f64::from(COLUMNS - 1)) / f64::from(COLUMNS);
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut used = COLUMNS;
    for tile in &sheet.tiles {
        let span = tile.span.clamp(1, COLUMNS);
        if used + span > COLUMNS {
            rows.push(Row { tiles: Vec::new(), height: 0.0 });
            used = 0;
        }
        let left = MARGIN + f64::from(used) * (column + GAP);
        let width = column * f64::from(span) + GAP * f64::from(span - 1);
        used += span;
        if let Some(row) = rows.last_mut() {
            row.height = row.height.max(height(tile, width));
            row.tiles.push(Placed { tile, left, width });
        }
    }
    rows
}

/// What a tile takes from top to bottom.
fn height(tile: &Tile, width: f64) -> f64 {
    let mut height = PAD * 2.0 + 20.0;
    if !tile.value.is_empty() {
        height += 42.0;
    }
    height += count(tile.lines.len()) * 18.0;
    if let Some((_, tall)) = tile.drawing.as_deref().map(|svg| drawn(svg, width - PAD * 2.0)) {
        height += tall + 8.0;
    }
    if let Some(table) = &tile.table {
        height += tall(table, width - PAD * 2.0);
    }
    if !tile.foot.is_empty() {
        height += 22.0;
    }
    height
}

/// How wide and tall a drawing becomes.
fn drawn(svg: &str, room: f64) -> (f64, f64) {
    let (width, height) = size(svg).unwrap_or((400.0, 220.0));
    let widest = if svg.contains("chart-spark") { 180.0 } else { WIDEST };
    let scale = (room.min(widest) / width).min(TALLEST / height);
    (width * scale, height * scale)
}

/// The size a drawing says of itself.
fn size(svg: &str) -> Option<(f64, f64)> {
    let (_, rest) = svg.split_once("viewBox=\"0 0 ")?;
    let (numbers, _) = rest.split_once('"')?;
    let (width, height) = numbers.split_once(' ')?;
    let (width, height): (f64, f64) = (width.parse().ok()?, height.parse().ok()?);
    (width > 0.0 && height > 0.0).then_some((width, height))
}

fn page(sheet: &Sheet, rows: &[&Row<'_>], first: bool, (width, height): (f64, f64)) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\
         <style>{}</style><rect class=\"paper\" x=\"0\" y=\"0\" width=\"{width:.0}\" height=\"{height:.0}\"/>",
        style::STYLE
    );
    let mut top = MARGIN;
    if first {
        text(
            &mut out,
            (MARGIN, MARGIN + 22.0),
            "start",
            "sheet-title",
            &cut(&sheet.title, (width - MARGIN * 2.0) / 24.0),
        );
        for (at, line) in sheet.lines.iter().enumerate() {
            let y = MARGIN + 34.0 + count(at) * 20.0 + 14.0;
            text(&mut out, (MARGIN, y), "start", "sheet-line", &cut(line, (width - MARGIN * 2.0) / 13.0));
        }
        top = head(sheet);
    }
    for row in rows {
        for placed in &row.tiles {
            tile(&mut out, placed, top, row.height);
        }
        top += row.height + GAP;
    }
    out.push_str("</svg>");
    out
}

fn tile(out: &mut String, placed: &Placed<'_>, top: f64, tall: f64) {
    let Placed { tile, left, width } = *placed;
    let _ = write!(
        out,
        "<rect class=\"tile\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{tall:.1}\" rx=\"8\"/>"
    );
    let (x, room) = (left + PAD, width - PAD * 2.0);
    let mut y = top + PAD + 14.0;
    text(out, (x, y), "start", "heading", &cut(&tile.heading, room / 14.0));
    y += 6.0;
    if !tile.value.is_empty() {
        y += 36.0;
        text(out, (x, y), "start", "large", &cut(&tile.value, room / 30.0));
        y += 6.0;
    }
    for line in &tile.lines {
        y += 18.0;
        text(out, (x, y), "start", "line", &cut(line, room / 12.0));
    }
    if let Some(svg) = &tile.drawing {
        let (wide, high) = drawn(svg, room);
        let at = if svg.contains("chart-spark") { x } else { x + (room - wide) / 2.0 };
        let placed = format!("<svg x=\"{at:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" ", y + 8.0);
        out.push_str(&svg.replacen("<svg ", &placed, 1));
        y += high + 8.0;
    }
    if let Some(table) = &tile.table {
        rows_of(out, table, (x, y + 8.0), room);
    }
    if !tile.foot.is_empty() {
        text(out, (x, top + tall - PAD + 2.0), "start", "foot", &cut(&tile.foot, room / 11.0));
    }
}

/// Some columns of a table side by side, the names among them.
struct Band {
    /// Places of its columns after the names.
    columns: Vec<usize>,
    /// What the names take.
    first: f64,
    /// What each column takes.
    widths: Vec<f64>,
    /// The size of its letters in part of the usual one.
    scale: f64,
}

/// How a table is laid out: names may be cut, what stands in other columns never is. Where all do not fit side by side, letters
/// become somewhat smaller; where that is not enough, further columns stand below with the names again.
fn bands(table: &Table, room: f64) -> Vec<Band> {
    let cells = |at: usize| table.rows.iter().filter_map(move |row| row.get(at));
    let many = table.rows.iter().map(Vec::len).max().unwrap_or_default().max(table.heads.len());
    let widest = |at: usize| cells(at).map(|cell| wide(cell) * LETTER).fold(0.0, f64::max);
    let named = |at: usize| table.heads.get(at).map_or(0.0, |head| wide(head) * LETTER);
    let needed: Vec<f64> = (1..many).map(|at| widest(at).max(named(at).min(LONGEST_HEAD)) + BETWEEN).collect();
    let names = widest(0).max(named(0)) + BETWEEN;
    let least = names.min(room * 0.3);
    let band = |columns: Vec<usize>| {
        let own: Vec<f64> = columns.iter().filter_map(|at| needed.get(at.checked_sub(1)?).copied()).collect();
        let sum: f64 = own.iter().sum();
        let scale = (room / (least + sum)).min(1.0);
        let left = (room - (least + sum) * scale).max(0.0);
        // What is left goes to the names first, then to all alike.
        let first = (least * scale + left).min(names.max(least * scale));
        let more = (room - first - sum * scale).max(0.0) / count(own.len().max(1));
        let first = if own.is_empty() { room } else { first };
        Band { columns, first, widths: own.iter().map(|width| width * scale + more).collect(), scale }
    };
    let all: f64 = least + needed.iter().sum::<f64>();
    if all * SMALLEST <= room {
        return vec![band((1..many).collect())];
    }
    let mut found: Vec<Vec<usize>> = vec![Vec::new()];
    let mut used = least;
    for (at, width) in needed.iter().enumerate() {
        if used + width > room && found.last().is_some_and(|columns| !columns.is_empty()) {
            found.push(Vec::new());
            used = least;
        }
        used += width;
        if let Some(columns) = found.last_mut() {
            columns.push(at + 1);
        }
    }
    found.into_iter().map(band).collect()
}

/// What a table takes from top to bottom.
fn tall(table: &Table, room: f64) -> f64 {
    let lines = count(table.rows.len().min(ROWS)) + 1.0 + if table.rows.len() > ROWS { 1.0 } else { 0.0 };
    count(bands(table, room).len()) * (lines * ROW + 8.0)
}

fn rows_of(out: &mut String, table: &Table, (x, top): (f64, f64), room: f64) {
    let mut top = top;
    for band in bands(table, room) {
        let mut line = |y: f64, class: &str, cells: &[String], may_cut: bool| {
            let size = LETTER * band.scale;
            let name = cells.first().map_or("", String::as_str);
            sized(out, (x, y), "start", (class, size), &cut(name, (band.first - 4.0) / size));
            let mut right = x + band.first;
            for (at, width) in band.columns.iter().zip(&band.widths) {
                right += width;
                let Some(cell) = cells.get(*at) else { continue };
                let told = if may_cut { cut(cell, (width - 4.0) / size) } else { cell.clone() };
                sized(out, (right, y), "end", (class, size), &told);
            }
            let _ = write!(
                out,
                "<line class=\"rule\" x1=\"{x:.1}\" y1=\"{0:.1}\" x2=\"{1:.1}\" y2=\"{0:.1}\"/>",
                y + 6.0,
                x + room
            );
        };
        line(top + 12.0, "head", &table.heads, true);
        for (at, cells) in table.rows.iter().take(ROWS).enumerate() {
            line(top + 12.0 + (count(at) + 1.0) * ROW, "cell-text", cells, false);
        }
        top += (count(table.rows.len().min(ROWS)) + 1.0) * ROW + 8.0;
        if table.rows.len() > ROWS {
            let left = format!("… +{}", table.rows.len() - ROWS);
            text(out, (x, top + 4.0), "start", "foot", &left);
            top += ROW;
        }
    }
}

/// Text in letters of a size of its own.
fn sized(out: &mut String, (x, y): (f64, f64), anchor: &str, (class, size): (&str, f64), text: &str) {
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\" style=\"font-size:{size:.1}px\">{}</text>",
        escape(text)
    );
}

pub(crate) fn text(out: &mut String, (x, y): (f64, f64), anchor: &str, class: &str, text: &str) {
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{}</text>",
        escape(text)
    );
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// How wide a character is, in sizes of its font.
fn letter(c: char) -> f64 {
    if c.is_ascii() { 0.56 } else { 1.0 }
}

/// How wide a text is, in sizes of its font.
fn wide(text: &str) -> f64 {
    text.chars().map(letter).sum()
}

/// The text, cut with `…` where it is wider than so many sizes of its font.
fn cut(text: &str, most: f64) -> String {
    if wide(text) <= most {
        return text.to_owned();
    }
    let (mut kept, mut width) = (String::new(), 1.0);
    for c in text.chars() {
        width += letter(c);
        if width > most {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
