//! The chores of the project: `cargo xtask test`, `tidy`, `bench`, `generate`.
//!
//! Invariant: depends on none of our crates, so that it builds in seconds and still runs when the rest does not compile.
//! A missing tool is a failure with one sentence that says what to install; nothing is ever skipped without being asked for.

mod command;
mod node;
mod postgres;
mod repository;
mod shell;
mod tidy;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the project", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: command::Command,
}

fn main() -> ExitCode {
    match command::run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::FAILURE
        }
    }
}
