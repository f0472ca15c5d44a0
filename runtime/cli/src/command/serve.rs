//! `loam serve`: serves what is published.

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use engine::{Act, By, Origin, Proof};
use server::session::setup;

use super::Context;
use crate::{
    output::{Ended, note},
    serving::{self, Listening},
};

const EXAMPLE: &str = "\
Examples:
  loam serve
  loam serve --listen 0.0.0.0:8080 --behind-proxy
  LOAM_DATABASE=postgres://loam@localhost/loam loam serve

Where nobody administers yet, a start prints an address that makes the three administrators, once.
Secrets at other sign-in services come as LOAM_OIDC_SECRET_NAME, NAME being the service's short name at /providers in capitals.
LOAM_LEDGER_SEND=file:PATH, or an https:// address (with LOAM_LEDGER_SEND_TOKEN), gets every entry of the ledger as a line of JSON, in order:
who did what to which thing and when, with the hashes. Values before and after are never sent: what was sent cannot be erased.
LOAM_SCANNER=clamd://HOST:PORT, or clamd:/PATH, has files looked through for malware; LOAM_SCANNER_DOWN=take takes them when it is down.
A request that has the database go through too many rows is given up after 10 seconds and says so, LOAM_GIVE_UP_AFTER or
--give-up-after says another number; what runs by itself and the command line take their time.
Boards are printed with the fonts of the machine; LOAM_FONTS names a file or folder of others.
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
    if let proof @ (Proof::Altered | Proof::Unknown) = engine.prove_definition().await? {
        let reason = if proof == Proof::Altered { "altered" } else { "unknown" };
        let version = engine.edition().version;
        let act = Act::new("definition.prove", "app").refused(reason).fact("version", version);
        engine.note(By::unknown("loam", Origin::default()), act).await?;
        engine.place_once().await?;
        engine.store().close().await;
        bail!(
            "version {version} of the published app is not the one that the ledger says was published: its documents were changed \
             in the database; publish the right folder with `loam apply`, or restore a backup, and see `loam audit verify`"
        );
    }
    let listener = asked.listening.bind().await?;
    if let Some(ticket) = setup::ticket(&engine).await.map_err(|_| anyhow!("the first set-up cannot be prepared"))? {
        let address = listener.local_addr().context("the address cannot be told")?;
        note("nobody administers yet; within 24 hours, and once, this makes the three administrators:");
        note(format!("  http://{address}/set-up?token={ticket}"));
    }
    serving::serve(engine, listener, &asked.listening, Vec::new()).await?;
    Ok(Ended::Fine)
}
