//! One thing on upright pages: what it is called, facts and tables in sections, every text whole.
//!
//! Widths of letters are estimated, a little more than they are: a line breaks early rather than runs out of its place.

use std::fmt::Write as _;

use crate::{Entry, Paper, Table, layout::text, style};

/// Width and height of a page, in the units of the layout: A4 upright.
pub(crate) const PAGE: (f64, f64) = (794.0, 1123.0);
/// Room around everything.
const MARGIN: f64 = 56.0;
/// Room that the last line of a page needs.
const FOOT: f64 = 28.0;
/// Width of the labels of facts.
const LABEL: f64 = 138.0;
/// From line to line.
const LINE: f64 = 18.0;
/// Size of the letters of facts and tables.
const SIZE: f64 = 12.0;
/// Room between columns.
const GAP: f64 = 12.0;
/// Columns of a table are between so many letters wide before they share what is left.
const COLUMN: (f64, f64) = (4.0, 24.0);
/// Signs that do not begin a line.
const CLOSING: &str = "，。、；：？！）》」』】〉”’…％,.;:?!)]}%";
/// Signs that do not end a line.
const OPENING: &str = "（《「『【〈“‘([{";

/// What has been set so far.
struct Set {
    /// Pages that are full.
    full: Vec<String>,
    /// The page being set.
    page: String,
    /// Where its next line begins.
    top: f64,
}

/// The pages, each an SVG.
pub(crate) fn pages(paper: &Paper) -> Vec<String> {
    let mut set = Set { full: Vec::new(), page: String::new(), top: MARGIN };
    for line in wrapped(&paper.title, room(0.0, 22.0)) {
        set.line(30.0, (MARGIN, 22.0), "sheet-title", &line);
    }
    for line in paper.lines.iter().flat_map(|line| wrapped(line, room(0.0, 13.0))) {
        set.line(20.0, (MARGIN, 14.0), "sheet-line", &line);
    }
    for section in &paper.sections {
        set.top += 14.0;
        // A heading stays with what follows it.
        set.needs(28.0 + LINE * 2.0);
        if !section.heading.is_empty() {
            set.line(26.0, (MARGIN, 16.0), "heading", &section.heading);
        }
        set.rule();
        for entry in &section.entries {
            match entry {
                Entry::Fact { label, text } => set.fact(label, text),
                Entry::Table { label, table } => set.table(label, table),
            }
        }
    }
    set.full.push(set.page);
    let all = set.full.len();
    set.full.into_iter().enumerate().map(|(at, body)| whole(&body, &paper.foot, at + 1, all)).collect()
}

impl Set {
    /// A new page where so much does not fit on this one.
    fn needs(&mut self, height: f64) {
        if self.top + height > PAGE.1 - MARGIN - FOOT && self.top > MARGIN {
            self.full.push(std::mem::take(&mut self.page));
            self.top = MARGIN;
        }
    }

    /// One line of text at a distance from the left; `down` is from its top to the feet of its letters.
    fn line(&mut self, height: f64, (left, down): (f64, f64), class: &str, words: &str) {
        self.needs(height);
        text(&mut self.page, (left, self.top + down), "start", class, words);
        self.top += height;
    }

    /// A line across.
    fn rule(&mut self) {
        let _ = write!(
            self.page,
            "<line class=\"rule\" x1=\"{MARGIN:.1}\" y1=\"{0:.1}\" x2=\"{1:.1}\" y2=\"{0:.1}\"/>",
            self.top,
            PAGE.0 - MARGIN
        );
        self.top += 4.0;
    }

    /// Cells beside one another, as many lines as the tallest has; the page may end between two lines.
    fn cells(&mut self, cells: &[(f64, &str, Vec<String>)]) {
        let lines = cells.iter().map(|(_, _, lines)| lines.len()).max().unwrap_or(0).max(1);
        self.top += 2.0;
        for at in 0..lines {
            self.needs(LINE);
            for (left, class, lines) in cells {
                if let Some(words) = lines.get(at) {
                    text(&mut self.page, (*left, self.top + 13.0), "start", class, words);
                }
            }
            self.top += LINE;
        }
        self.top += 2.0;
        self.rule();
    }

    fn fact(&mut self, label: &str, value: &str) {
        let label = wrapped(label, (LABEL - GAP) / SIZE);
        let value = wrapped(value, room(LABEL, SIZE));
        self.cells(&[(MARGIN, "line", label), (MARGIN + LABEL, "cell-text", value)]);
    }

    fn table(&mut self, label: &str, table: &Table) {
        if !label.is_empty() {
            self.top += 2.0;
            self.needs(LINE * 3.0);
            self.line(LINE, (MARGIN, 13.0), "line", label);
        }
        let widths = widths(table);
        let row = |cells: &[String], class: &'static str| {
            let mut left = MARGIN;
            let placed = widths.iter().enumerate().map(|(at, width)| {
                let words = cells.get(at).map_or("", String::as_str);
                let cell = (left, class, wrapped(words, (width - GAP) / SIZE));
                left += width;
                cell
            });
            placed.collect::<Vec<_>>()
        };
        let heads = row(&table.heads, "head");
        self.cells(&heads);
        for cells in &table.rows {
            let before = self.full.len();
            let cells = row(cells, "cell-text");
            self.needs(LINE + 8.0);
            // The heads stand above the rows of every page.
            if self.full.len() > before {
                self.cells(&heads);
            }
            self.cells(&cells);
        }
    }
}

/// Letters that fit beside what stands on the left.
fn room(left: f64, size: f64) -> f64 {
    (PAGE.0 - MARGIN * 2.0 - left) / size
}

/// Widths of the columns: each has room for the longest thing in it that does not break, as a day or a number. Of what is left the
/// short texts get what they wish first, so that only the long ones break.
fn widths(table: &Table) -> Vec<f64> {
    let all = PAGE.0 - MARGIN * 2.0;
    let columns = (0..table.heads.len().max(1)).map(|at| {
        let texts = || std::iter::once(&table.heads).chain(&table.rows).filter_map(move |cells| cells.get(at));
        let whole = texts().map(|text| width(text)).fold(0.0, f64::max).clamp(COLUMN.0, COLUMN.1);
        let piece = texts().flat_map(|text| pieces(text)).map(|piece| width(piece.trim_end())).fold(0.0, f64::max);
        (piece.min(COLUMN.1) * SIZE + GAP, (whole - piece).max(0.0) * SIZE)
    });
    let columns: Vec<(f64, f64)> = columns.collect();
    let least: f64 = columns.iter().map(|(least, _)| least).sum();
    let mut left = all - least;
    if left <= 0.0 {
        return columns.iter().map(|(own, _)| own / least * all).collect();
    }
    let mut by_wish: Vec<usize> = (0..columns.len()).collect();
    let wish = |at: usize| columns.get(at).map_or(0.0, |(_, wish)| *wish);
    by_wish.sort_by(|one, other| wish(*one).total_cmp(&wish(*other)));
    let mut widths: Vec<f64> = columns.iter().map(|(own, _)| *own).collect();
    for (behind, at) in by_wish.iter().enumerate() {
        let share = left / (columns.len() - behind) as f64;
        let more = wish(*at).min(share);
        if let Some(width) = widths.get_mut(*at) {
            *width += more;
        }
        left -= more;
    }
    widths
}

fn whole(body: &str, foot: &str, number: usize, all: usize) -> String {
    let (width, height) = PAGE;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\
         <style>{}</style><rect class=\"paper\" x=\"0\" y=\"0\" width=\"{width:.0}\" height=\"{height:.0}\"/>{body}",
        style::STYLE
    );
    let place = format!("{number} / {all}");
    let fits = wrapped(foot, room(80.0, 11.0)).into_iter().next().unwrap_or_default();
    text(&mut out, (MARGIN, height - MARGIN), "start", "foot", &fits);
    text(&mut out, (width - MARGIN, height - MARGIN), "end", "foot", &place);
    out.push_str("</svg>");
    out
}

/// The text in lines of so many sizes of its font, broken where its language breaks lines.
fn wrapped(text: &str, most: f64) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let (mut line, mut used) = (String::new(), 0.0);
        for piece in pieces(paragraph) {
            if used + width(piece.trim_end()) > most && used > 0.0 {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            let begins = used == 0.0;
            for c in piece.chars().skip_while(|c| begins && c.is_whitespace()) {
                // A piece that is wider than a line breaks anywhere.
                if used + wide(c) > most && !c.is_whitespace() && used > 0.0 {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                line.push(c);
                used += wide(c);
            }
        }
        lines.push(line);
    }
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

/// What a line does not break: words, and signs with the punctuation that belongs to them.
fn pieces(paragraph: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in paragraph.chars() {
        let script = |c: char| c > '\u{2e7f}';
        let held = CLOSING.contains(c) || OPENING.contains(before) || c.is_whitespace();
        let breaks = !held && (before.is_whitespace() || script(c) || script(before));
        match pieces.last_mut() {
            Some(last) if !breaks => last.push(c),
            _ => pieces.push(c.to_string()),
        }
        before = c;
    }
    pieces
}

fn width(text: &str) -> f64 {
    text.chars().map(wide).sum()
}

/// How wide a letter is, in sizes of its font.
fn wide(c: char) -> f64 {
    match c {
        ' ' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' | '(' | ')' | 'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' => 0.4,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.98,
        'A'..='Z' => 0.76,
        c if c.is_ascii() => 0.62,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Section;

    #[test]
    fn lines_break_where_the_language_breaks_them() {
        let zh = wrapped("把报告返修率降到百分之四以下，每周复盘一次。", 10.0);
        assert_eq!(zh, ["把报告返修率降到百分", "之四以下，每周复盘一", "次。"]);
        // No sign of punctuation begins a line, and no bracket ends one.
        assert_eq!(wrapped("一二三四五，六七八（九十）", 5.0), ["一二三四", "五，六七八", "（九十）"]);
        assert_eq!(wrapped("one two  three", 4.5), ["one two", "three"]);
        assert_eq!(wrapped("first\n\nthird", 20.0), ["first", "", "third"]);
        // A word that is wider than a line breaks anywhere; nothing is lost.
        let long = wrapped(&"x".repeat(50), 10.0);
        assert_eq!((long.len(), long.concat().len()), (4, 50));
        assert!(wrapped("", 5.0).is_empty());
    }

    #[test]
    fn days_and_numbers_stay_whole_beside_long_texts() {
        let heads = ["关键结果", "起始值", "目标值", "当前值", "计量单位", "权重", "进度", "红黄灯", "更新日期"];
        let row = [
            "危急值 15 分钟内报告率达到 99.5%，并且每一例都有记录",
            "96.10",
            "99.50",
            "97.50",
            "%",
            "35%",
            "41.18%",
            "有风险",
            "2026-11-24",
        ];
        let texts = |texts: [&str; 9]| texts.map(str::to_owned).to_vec();
        let table = Table { heads: texts(heads), rows: vec![texts(row)] };
        let widths = widths(&table);
        assert!(widths.iter().sum::<f64>() <= PAGE.0 - MARGIN * 2.0 + 0.01, "{widths:?}");
        for (text, width) in row.iter().zip(&widths).skip(1) {
            assert_eq!(wrapped(text, (width - GAP) / SIZE).len(), 1, "{text} in {width}");
        }
        // More than the page has room for is shared, and breaks.
        let many = Table { heads: vec!["x".repeat(20); 9], rows: Vec::new() };
        assert!((super::widths(&many).iter().sum::<f64>() - (PAGE.0 - MARGIN * 2.0)).abs() < 0.01);
    }

    #[test]
    fn long_texts_go_on_over_pages_and_tables_repeat_their_heads() {
        let fact = Entry::Fact { label: "What was agreed".to_owned(), text: "fewer ".repeat(2_000) };
        let table =
            Table { heads: vec!["Action".to_owned(), "Due".to_owned()], rows: vec![vec!["Course".to_owned(); 2]; 80] };
        let sections = vec![
            Section { heading: "Minutes".to_owned(), entries: vec![fact] },
            Section { heading: String::new(), entries: vec![Entry::Table { label: "Actions".to_owned(), table }] },
        ];
        let paper = Paper { title: "Talk".to_owned(), sections, foot: "Saved by A & B".to_owned(), ..Paper::default() };
        let pages = pages(&paper);
        assert!(pages.len() > 3, "{}", pages.len());
        let words: usize = pages.iter().map(|page| page.matches("fewer").count()).sum();
        assert_eq!(words, 2_000, "every word is there once");
        let rows: usize = pages.iter().map(|page| page.matches(">Course<").count()).sum();
        assert_eq!(rows, 160);
        let heads = pages.iter().filter(|page| page.contains(">Due<")).count();
        assert!(heads > 1 && heads == pages.iter().filter(|page| page.contains(">Course<")).count());
        let last = format!(">{0} / {0}<", pages.len());
        assert!(pages.last().unwrap().contains(&last) && pages[0].contains("Saved by A &amp; B"));
        // Nothing stands below the last line.
        for page in &pages {
            let ys = page.split(" y=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok());
            assert!(ys.fold(0.0, f64::max) <= PAGE.1 - MARGIN);
        }
    }
}
