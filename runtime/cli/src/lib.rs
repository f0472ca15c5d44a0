//! The command line, and the wiring of the rooms into a running system.
//!
//! In: arguments and the environment, which nobody else reads. Out: text for people, JSON for machines, and exit codes:
//! 0 fine, 1 refused or faults found, 2 wrong usage. Refused: what the rooms behind refuse.
//!
//! INVARIANT: the clock and new ids are made in [`world`] and nowhere else.
//!
//! To add a command: `command/<name>.rs` with its arguments and `run`, and a line in [`arguments`] and in [`command`].

pub mod access;
pub mod apps;
pub mod archive;
pub mod arguments;
pub mod cases;
pub mod command;
pub mod data;
pub mod guards;
pub mod hanging;
pub mod keys;
pub mod output;
pub mod progress;
pub mod publish;
pub mod sample;
pub mod scanning;
pub mod sending;
pub mod serving;
pub mod views;
pub mod world;
pub mod years;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;
use tracing_subscriber::EnvFilter;

use arguments::Arguments;
use output::{Ended, Usage};

/// Runs a command line to its end.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not faults. Nobody is left to tell when even this cannot be printed.
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()) * 2);
        }
    };
    log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads to work with: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(command::run(arguments)) {
        Ok(Ended::Fine) => ExitCode::SUCCESS,
        Ok(Ended::Refused) => ExitCode::FAILURE,
        Err(error) => {
            output::fault(&error);
            if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// Logs go to standard error, warnings and worse unless `LOAM_LOG` says otherwise.
fn log() {
    let filter = EnvFilter::try_from_env("LOAM_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(console::colors_enabled_stderr());
    // A second logger can only be there when a test set one up, which then serves.
    let _ = logging.try_init();
}
