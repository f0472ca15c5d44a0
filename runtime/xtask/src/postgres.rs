//! A PostgreSQL of our own for tests: made in a temporary folder, listening on the loopback only, gone afterwards.
//!
//! Where it comes from, first found: `LOAM_TEST_POSTGRES` (a server that is running already), the pinned npm package, the system's
//! own binaries. Invariant: the server ends when the value is dropped, and also when this process dies in any other way, because a
//! small watcher waits for the end of a pipe that only we hold.

mod binaries;
mod server;

use std::path::Path;

use anyhow::Context;
use server::Server;

/// A running server. Everything in it is thrown away on drop.
pub(crate) struct Postgres {
    url: String,
    _server: Option<Server>,
}

impl Postgres {
    /// Starts a server, or uses the one named by `LOAM_TEST_POSTGRES`.
    pub(crate) fn start(root: &Path) -> anyhow::Result<Self> {
        if let Some(url) = std::env::var("LOAM_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) {
            return Ok(Self { url, _server: None });
        }
        let found = binaries::find(root).context(
            "PostgreSQL is needed for the tests: run `npm ci` in `designer/packages/e2e`, or install it with the system's packages, or set `LOAM_TEST_POSTGRES`",
        )?;
        let server = Server::start(&found)?;
        Ok(Self { url: server.url(), _server: Some(server) })
    }

    /// The address of a superuser, for `LOAM_TEST_POSTGRES`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
