//! The shape of the repository, checked: what may depend on what, how large a file may grow, what must and must not be in one.
//!
//! In: the list of files and their text, the crates' edges. Out: one line per problem, in the order of the files. The checks are plain
//! functions over text; only this module reads the disk.

mod content;
mod edges;
mod place;
mod size;

use std::fs;
use std::path::Path;

use crate::repository;

/// Everything that is out of place in the repository at `root`.
pub(crate) fn problems(root: &Path) -> anyhow::Result<Vec<String>> {
    let files = repository::files(root)?;
    let mut found = edges::problems(&edges::actual(root)?);
    found.extend(place::problems(&files));
    let mut sizes = Vec::new();
    for file in &files {
        // Pictures and other files that are not text have neither lines nor words.
        let Ok(text) = fs::read_to_string(root.join(file)) else { continue };
        sizes.push((file.as_str(), size::counted(file, &text)));
        found.extend(content::problems(file, &text));
    }
    found.extend(size::problems(&sizes));
    Ok(found)
}
