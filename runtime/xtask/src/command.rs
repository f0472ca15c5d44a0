//! One file per command.

mod bench;
mod generate;
mod test;
mod tidy;

pub(crate) use generate::schemas_into;

/// What `cargo xtask` can do.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Run everything: tidy, format, lints, generated files, Rust tests on both databases, front end, browser tests
    Test(test::Arguments),
    /// Check the shape of the repository: edges between crates, file sizes, module docs, what may stand where
    Tidy,
    /// Measure against hand-written code, on both databases (arguments go to the benchmark)
    Bench(bench::Arguments),
    /// Write the generated files again (JSON Schemas of definitions, access tables of apps)
    Generate,
}

/// Runs one command from the root of the repository.
pub(crate) fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Test(arguments) => test::run(&arguments),
        Command::Tidy => tidy::run(),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Generate => generate::run(),
    }
}
