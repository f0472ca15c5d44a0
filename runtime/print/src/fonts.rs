//! The fonts of the machine: those installed, and those of a folder that whoever runs it names.

use std::{path::Path, sync::Arc};

use resvg::usvg::fontdb::Database;

use crate::style;

/// Characters that are told when they have no glyph.
const TOLD: usize = 8;

/// Fonts to print with; a clone is one reference count.
#[derive(Debug, Clone)]
pub struct Fonts(Arc<Database>);

impl Fonts {
    /// The fonts installed on the machine, and those of a file or folder.
    pub fn of_machine(more: Option<&Path>) -> Self {
        let mut known = Database::new();
        known.load_system_fonts();
        if let Some(more) = more {
            if more.is_dir() {
                known.load_fonts_dir(more);
            } else if known.load_font_file(more).is_err() {
                // What cannot be read has no characters, which is told where one is missing.
            }
        }
        Self::prepared(known)
    }

    /// These fonts only.
    pub fn of(files: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut known = Database::new();
        for file in files {
            known.load_font_data(file);
        }
        Self::prepared(known)
    }

    fn prepared(mut known: Database) -> Self {
        // The first family of the list that is there, whatever its weights are called; else one without serifs; else any.
        let families: Vec<String> = known.faces().filter_map(|face| Some(face.families.first()?.0.clone())).collect();
        let named = |wanted: &str| families.iter().find(|family| family.starts_with(wanted));
        let chosen = style::FAMILIES.iter().find_map(|wanted| named(wanted));
        let chosen = chosen.or_else(|| families.iter().find(|family| family.contains("Sans")));
        if let Some(family) = chosen.or_else(|| families.first()).cloned() {
            known.set_sans_serif_family(family);
        }
        Self(Arc::new(known))
    }

    pub(crate) fn database(&self) -> Arc<Database> {
        self.0.clone()
    }

    /// The characters of a drawing's texts that no font has: none where it is empty.
    pub(crate) fn missing(&self, svg: &str) -> String {
        let mut open: Vec<char> = texts(svg).filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        open.sort_unstable();
        open.dedup();
        for face in self.0.faces() {
            if open.is_empty() {
                break;
            }
            self.0.with_face_data(face.id, |data, index| {
                if let Ok(face) = ttf_parser::Face::parse(data, index) {
                    open.retain(|c| face.glyph_index(*c).is_none());
                }
            });
        }
        open.into_iter().take(TOLD).collect()
    }
}

/// What stands outside tags, outside the style and outside titles, which nobody sees on paper.
fn texts(svg: &str) -> impl Iterator<Item = char> {
    let mut found = Vec::new();
    let mut hidden = false;
    for piece in svg.split('<') {
        let Some((tag, text)) = piece.split_once('>') else { continue };
        hidden = match tag {
            "style" | "title" => true,
            "/style" | "/title" => false,
            _ => hidden,
        };
        if !hidden {
            found.extend(unescaped(text).chars());
        }
    }
    found.into_iter()
}

fn unescaped(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    pairs.into_iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}
