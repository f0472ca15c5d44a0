//! The `loam` command. Everything it does is in the library of this crate, so that tests and benchmarks can do it too.

use std::process::ExitCode;

/// A day's load comes and goes; what it took is given back to the machine.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    loam::run(std::env::args_os())
}
