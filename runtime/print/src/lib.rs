//! Boards and records as files: pages of a PDF, and a picture.
//!
//! In: a [`Sheet`] or a [`Paper`], whose texts are already written in the reader's language and whose drawings are SVG elements without colours
//! (the room `chart` makes them), and the [`Fonts`] of the machine. Out: the bytes of a file. Refused: a text with a character that
//! none of the fonts has, by naming it; a file with empty boxes for letters is worth nothing.
//!
//! A sheet is laid out once, as SVG, in rows of three columns; a picture is all rows, a PDF as many pages as they need. It cuts what
//! does not fit. A paper is upright and cuts nothing: texts go on in the next line and on the next page. Colours are those of paper
//! (`style.rs`), whatever the reader's screen shows.
//!
//! INVARIANT: nothing is fetched, no file is read but fonts, and every text is escaped.

mod fonts;
mod layout;
mod paper;
mod style;

use krilla::{Document, geom::Size, metadata::Metadata, page::PageSettings};
use krilla_svg::{SurfaceExt as _, SvgSettings};
use resvg::{tiny_skia, usvg};

pub use fonts::Fonts;

/// What is printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// What it is called.
    pub title: String,
    /// What it is about and narrowed to, a line each.
    pub lines: Vec<String>,
    /// The tiles, in order.
    pub tiles: Vec<Tile>,
}

/// A tile of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tile {
    /// Its heading.
    pub heading: String,
    /// Columns it takes, 1 to 3.
    pub span: u32,
    /// One large value.
    pub value: String,
    /// Lines below the value.
    pub lines: Vec<String>,
    /// A drawing: an SVG element with a `viewBox`.
    pub drawing: Option<String>,
    /// A table: heads, the first that of the rows' names, and rows.
    pub table: Option<Table>,
    /// A last line.
    pub foot: String,
}

/// A table of texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// Heads of the columns.
    pub heads: Vec<String>,
    /// Rows of cells.
    pub rows: Vec<Vec<String>>,
}

/// One thing on upright pages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paper {
    /// What it is called.
    pub title: String,
    /// What it is about, a line each.
    pub lines: Vec<String>,
    /// What it says, in order.
    pub sections: Vec<Section>,
    /// What stands at the end of every page, before its number.
    pub foot: String,
}

/// A part of a paper.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Section {
    /// Its heading; may be empty.
    pub heading: String,
    /// What stands in it.
    pub entries: Vec<Entry>,
}

/// Something in a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A value with what it is, of any length.
    Fact {
        /// What it is.
        label: String,
        /// The value.
        text: String,
    },
    /// Rows.
    Table {
        /// What they are; may be empty.
        label: String,
        /// The rows.
        table: Table,
    },
}

/// Why something cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// None of the fonts of the machine has these characters; the first few of them.
    #[error("no font has the characters {0}")]
    NoGlyph(String),
    /// A drawing is none, or is too large.
    #[error("the sheet cannot be drawn: {0}")]
    Broken(String),
}

/// Width and height of a page, in the units of the layout: A4 across.
const PAGE: (f64, f64) = (1120.0, 792.0);
/// Points of a PDF in a unit of the layout: A4 is 842 points wide.
const POINTS: f32 = 842.0 / 1120.0;
/// Points of a PDF in a unit of upright pages: A4 is 595 points wide.
const UPRIGHT_POINTS: f32 = 595.0 / 794.0;
/// Pixels of a picture in a unit of the layout.
const PIXELS: f32 = 2.0;
/// Most pixels of a picture from top to bottom.
const TALLEST: f32 = 16_000.0;

/// The sheet as one picture, in PNG.
///
/// # Errors
/// See [`PrintError`].
pub fn png(sheet: &Sheet, fonts: &Fonts) -> Result<Vec<u8>, PrintError> {
    let whole = layout::whole(sheet, PAGE.0);
    let tree = read(&whole, fonts)?;
    let scale = PIXELS.min(TALLEST / tree.size().height());
    let broken = || PrintError::Broken("it is too large".to_owned());
    let size = tree.size().to_int_size().scale_by(scale).ok_or_else(broken)?;
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or_else(broken)?;
    pixels.fill(tiny_skia::Color::WHITE);
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|cause| PrintError::Broken(cause.to_string()))
}

/// The sheet as pages, in PDF, with texts that can be searched and copied.
///
/// # Errors
/// See [`PrintError`].
pub fn pdf(sheet: &Sheet, fonts: &Fonts) -> Result<Vec<u8>, PrintError> {
    document(&sheet.title, &layout::pages(sheet, PAGE), POINTS, fonts)
}

/// The paper as pages, in PDF, with texts that can be searched and copied.
///
/// # Errors
/// See [`PrintError`].
pub fn upright(paper: &Paper, fonts: &Fonts) -> Result<Vec<u8>, PrintError> {
    document(&paper.title, &paper::pages(paper), UPRIGHT_POINTS, fonts)
}

/// Drawn pages as a PDF; `points` are those in a unit of the drawings.
fn document(title: &str, pages: &[String], points: f32, fonts: &Fonts) -> Result<Vec<u8>, PrintError> {
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(title.to_owned()));
    for page in pages {
        let tree = read(page, fonts)?;
        let (width, height) = (tree.size().width() * points, tree.size().height() * points);
        let broken = || PrintError::Broken("a page has no size".to_owned());
        let settings = PageSettings::from_wh(width, height).ok_or_else(broken)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let size = Size::from_wh(width, height).ok_or_else(broken)?;
        surface.draw_svg(&tree, size, SvgSettings::default()).ok_or_else(broken)?;
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|cause| PrintError::Broken(format!("{cause:?}")))
}

/// The drawing with its texts placed, where every character has a glyph.
fn read(svg: &str, fonts: &Fonts) -> Result<usvg::Tree, PrintError> {
    let missing = fonts.missing(svg);
    if !missing.is_empty() {
        return Err(PrintError::NoGlyph(missing));
    }
    let options = usvg::Options {
        fontdb: fonts.database(),
        font_family: style::FAMILY.to_owned(),
        // A drawing names no pictures; if one did, it would stay empty.
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|cause| PrintError::Broken(cause.to_string()))
}

#[cfg(test)]
mod tests;
