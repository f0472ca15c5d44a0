use super::*;

const DRAWING: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart chart-bar\" viewBox=\"0 0 400 220\" role=\"group\" \
                       aria-label=\"x\"><a href=\"/x\"><title>团队</title><rect x=\"20\" y=\"20\" width=\"40\" height=\"180\" \
                       class=\"mark series-1\"/></a><text x=\"20\" y=\"216\" text-anchor=\"middle\" class=\"tick\">Q4</text></svg>";

fn fonts() -> Fonts {
    Fonts::of([epaint_default_fonts::UBUNTU_LIGHT.to_vec()])
}

fn sheet(tiles: usize) -> Sheet {
    let tile = |at: usize| Tile {
        heading: format!("Visits <{at}>"),
        span: 1,
        value: "79.5%".to_owned(),
        lines: vec!["Target 80".to_owned()],
        drawing: Some(DRAWING.to_owned()),
        table: Some(Table {
            heads: vec!["Team".to_owned(), "Q4".to_owned()],
            rows: vec![vec!["T1".to_owned(), "90.6".to_owned()]; 3],
        }),
        foot: "Data up to 2025-12-31".to_owned(),
    };
    Sheet { title: "Renewals".to_owned(), lines: vec!["Team: T2".to_owned()], tiles: (0..tiles).map(tile).collect() }
}

#[test]
fn a_picture_shows_what_is_drawn() {
    let bytes = png(&sheet(4), &fonts()).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
    let pixels = tiny_skia::Pixmap::decode_png(&bytes).unwrap();
    assert_eq!(pixels.width(), 2240);
    // The bars are as blue as the style says, and the letters are there: paper is not all white.
    let blue =
        pixels.pixels().iter().filter(|pixel| (pixel.red(), pixel.green(), pixel.blue()) == (0x2f, 0x6d, 0xb5)).count();
    assert!(blue > 4 * 1_000, "{blue}");
    let dark = pixels.pixels().iter().filter(|pixel| pixel.red() < 0x40 && pixel.blue() < 0x50).count();
    assert!(dark > 500, "{dark}");
}

#[test]
fn a_document_has_as_many_pages_as_it_needs() {
    let pages = |tiles| layout::pages(&sheet(tiles), PAGE).len();
    assert_eq!((pages(0), pages(3), pages(9)), (1, 1, 3));
    let bytes = pdf(&sheet(9), &fonts()).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("/Count 3"), "{} bytes", bytes.len());
}

#[test]
fn a_character_without_a_glyph_is_named_and_not_drawn_as_a_box() {
    let mut chinese = sheet(1);
    chinese.title = "续约看板".to_owned();
    assert_eq!(png(&chinese, &fonts()), Err(PrintError::NoGlyph("板看约续".to_owned())));
    assert_eq!(pdf(&chinese, &fonts()), Err(PrintError::NoGlyph("板看约续".to_owned())));
    // What stands in titles of marks is not on paper, and needs no glyph.
    assert!(pdf(&sheet(1), &fonts()).is_ok());
    assert!(matches!(png(&sheet(1), &Fonts::of([])), Err(PrintError::NoGlyph(_))));
}

#[test]
fn a_paper_is_upright_and_its_characters_have_glyphs_too() {
    let fact = |text: &str| Entry::Fact { label: "Agreed".to_owned(), text: text.to_owned() };
    let paper = |text: &str| Paper {
        title: "Talk".to_owned(),
        sections: vec![Section { heading: "Minutes".to_owned(), entries: vec![fact(text)] }],
        ..Paper::default()
    };
    let bytes = upright(&paper("Fewer than 4 % errors."), &fonts()).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(bytes.starts_with(b"%PDF-") && text.contains("/Count 1"), "{} bytes", bytes.len());
    let size = text.split("/MediaBox").nth(1).and_then(|rest| rest.split(']').next()).unwrap().to_owned();
    assert!(size.contains("595") && size.contains("841"), "{size}");
    assert_eq!(upright(&paper("返修率"), &fonts()), Err(PrintError::NoGlyph("修率返".to_owned())));
}

#[test]
fn the_figures_of_a_sheet_are_texts_of_its_picture_and_of_its_pages() {
    for svg in [layout::whole(&sheet(2), 1120.0), layout::pages(&sheet(2), PAGE).concat()] {
        // The number of a tile, what stands below it, the drawing's own text and the table's.
        for (text, times) in [(">79.5%<", 2), (">Target 80<", 2), (">Q4<", 4), (">90.6<", 6)] {
            assert_eq!(svg.matches(text).count(), times, "{text}: {svg}");
        }
    }
}

#[test]
fn texts_are_no_markup() {
    let whole = layout::whole(&sheet(1), 1120.0);
    assert!(whole.contains("Visits &lt;0&gt;") && !whole.contains("Visits <0>"));
}

/// One table over so many columns, each number of seven digits.
fn wide_table(columns: usize) -> Sheet {
    let mut sheet = sheet(1);
    let number = |row: usize, column: usize| format!("{}", 1_234_567 + row * 100 + column);
    if let Some(tile) = sheet.tiles.first_mut() {
        tile.drawing = None;
        tile.table = Some(Table {
            heads: (0..=columns).map(|at| format!("2025-{at:02}")).collect(),
            rows: (0..30)
                .map(|row| {
                    let name = "A department with a name that is much too long for its column".to_owned();
                    std::iter::once(name).chain((0..columns).map(|column| number(row, column))).collect()
                })
                .collect(),
        });
    }
    sheet
}

#[test]
fn no_number_of_a_table_is_cut_however_narrow_it_is() {
    for columns in [1, 3, 5, 12, 40] {
        let sheet = wide_table(columns);
        for svg in [layout::whole(&sheet, 1120.0), layout::pages(&sheet, PAGE).concat()] {
            for (row, column) in [(0, 0), (0, columns - 1), (29, columns - 1)] {
                let number = format!(">{}<", 1_234_567 + row * 100 + column);
                assert!(svg.contains(&number), "{columns}: {number}");
            }
            assert!(svg.contains("A dep"), "names are there, and may be cut");
            // Nothing stands beyond the tile: no text begins or ends outside of the sheet.
            let ends = svg.split("text-anchor=\"end\"").count() - 1;
            assert!(ends >= columns * 31, "{columns}: {ends}");
        }
        assert!(pdf(&sheet, &fonts()).unwrap().starts_with(b"%PDF-"));
    }
}

#[test]
fn columns_that_do_not_fit_stand_below_with_the_names_again() {
    let names = |columns| layout::whole(&wide_table(columns), 1120.0).matches("A dep").count();
    // Three of them fit into a third of the sheet, in smaller letters; forty do not.
    assert_eq!(names(2), 30);
    assert!(names(40) > 30 * 8, "{}", names(40));
}
