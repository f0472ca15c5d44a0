//! `cargo xtask tidy`: prints everything that is out of place, not only the first.

use crate::{repository, tidy};

/// Fails with the number of problems after printing each on its line.
pub(crate) fn run() -> anyhow::Result<()> {
    let problems = tidy::problems(&repository::root()?)?;
    for problem in &problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => anyhow::bail!("1 thing is out of place, named above"),
        count => anyhow::bail!("{count} things are out of place, named above"),
    }
}
