//! `cargo xtask bench`: the benchmark in release build, beside it the `loam` that it measures, with a PostgreSQL of its own.

use crate::postgres::Postgres;
use crate::{repository, shell};

/// Everything after `bench` goes to the benchmark as it is.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds `loam`, starts the server, runs the benchmark, stops the server however it ended.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = repository::root()?;
    // Running the benchmark builds the benchmark alone, and it would measure the `loam` of some earlier day, or none.
    shell::run(shell::cargo(&root).args(["build", "--release", "-p", "cli", "--bin", "loam"]))?;
    let postgres = Postgres::start(&root)?;
    let mut cargo = shell::cargo(&root);
    cargo
        .args(["run", "--release", "-p", "bench", "--"])
        .args(&arguments.rest)
        .env("LOAM_TEST_POSTGRES", postgres.url());
    shell::run(&mut cargo)
}
