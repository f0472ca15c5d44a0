//! The `loam` command. Everything it does is in the library of this crate, so that tests and benchmarks can do it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    loam::run(std::env::args_os().collect())
}
