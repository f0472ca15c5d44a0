//! `loam serve`: serves what is published.

use anyhow::Result;
use clap::Args;

use super::Context;
use crate::{
    output::Ended,
    serving::{self, Listening},
};

const EXAMPLE: &str = "\
Examples:
  loam serve
  loam serve --listen 0.0.0.0:8080 --behind-proxy
  LOAM_DATABASE=postgres://loam@localhost/loam loam serve

A publish with `loam apply` is taken up within a second or two, without a restart.";

/// Arguments of `loam serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Serve {
    /// Where to listen.
    #[command(flatten)]
    pub listening: Listening,
}

/// Carries out the command.
///
/// # Errors
/// Nothing is published, the address is taken, or the database fails.
pub async fn run(context: &Context, asked: Serve) -> Result<Ended> {
    let engine = context.data.open_published().await?;
    let listener = asked.listening.bind().await?;
    serving::serve(engine, listener, &asked.listening, Vec::new()).await?;
    Ok(Ended::Fine)
}
