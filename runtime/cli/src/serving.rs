//! A server around an engine: the listener, the outbox's runner, and an end that lets requests finish.

use std::{
    io::{self, IsTerminal},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use engine::Engine;
use server::{SignInHint, session::elsewhere::provider::Secrets};
use tokio::{net::TcpListener, sync::watch};

use crate::{apps, output::note, scanning, sending};

/// Where to listen.
#[derive(Debug, Clone, Args)]
pub struct Listening {
    /// Address to listen on, port included
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Address to listen on; only this machine unless said
    #[arg(long, env = "HOST", default_value = "127.0.0.1", conflicts_with = "listen")]
    pub host: IpAddr,
    /// Port to listen on
    #[arg(long, env = "PORT", default_value_t = 8080, conflicts_with = "listen")]
    pub port: u16,
    /// A proxy stands in front that names the caller and speaks TLS
    #[arg(long)]
    pub behind_proxy: bool,
    /// Seconds after which a question that a request asks the database is given up; 0 for never
    #[arg(long, env = "LOAM_GIVE_UP_AFTER", value_name = "SECONDS", default_value_t = PATIENCE)]
    pub give_up_after: u32,
}

/// Seconds an answer is waited for unless something else is said. A request as a whole ends after thirty.
const PATIENCE: u32 = 10;

impl Default for Listening {
    fn default() -> Self {
        // The same grammar as on the command line, so that the environment counts here too.
        #[derive(clap::Parser)]
        struct Alone {
            #[command(flatten)]
            listening: Listening,
        }
        let (host, port) = (IpAddr::from([127, 0, 0, 1]), 8080);
        let local = Self { listen: None, host, port, behind_proxy: false, give_up_after: PATIENCE };
        <Alone as clap::Parser>::try_parse_from(["loam"]).map_or(local, |alone| alone.listening)
    }
}

impl Listening {
    /// Begins to listen.
    ///
    /// # Errors
    /// The address is taken, or not this machine's.
    pub async fn bind(&self) -> Result<TcpListener> {
        let address = self.listen.unwrap_or_else(|| SocketAddr::new(self.host, self.port));
        TcpListener::bind(address).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => {
                anyhow!(
                    "{address} is taken by another program; choose another port, for example PORT={}",
                    address.port().wrapping_add(1)
                )
            }
            _ => anyhow!("{address} cannot be listened on: {error}"),
        })
    }
}

/// Where a process that is under test ends itself: `before 7` or `after 7`, which is the seventh commit that is counted.
const HALT: &str = "LOAM_TEST_HALT";

/// For how many seconds a process that is under test holds what it has taken up from the outbox.
const LEASE: &str = "LOAM_TEST_LEASE";

fn halt_at(at: &str) -> Result<()> {
    let (side, number) = match at.split_once(' ') {
        Some(("before", number)) => (store::halt::Side::Before, number),
        Some(("after", number)) => (store::halt::Side::After, number),
        _ => bail!("{HALT} is `before` or `after` and a number, not `{at}`"),
    };
    let number = number.parse().with_context(|| format!("{HALT} has no number: `{at}`"))?;
    store::halt::halt_at(number, side);
    Ok(())
}

/// Serves until the process is asked to end.
///
/// # Errors
/// The listener failed.
pub async fn serve(engine: Engine, listener: TcpListener, listening: &Listening, hints: Vec<SignInHint>) -> Result<()> {
    let address = listener.local_addr().context("the address cannot be told")?;
    let secure_cookies = listening.behind_proxy || !address.ip().is_loopback();
    if secure_cookies && !listening.behind_proxy {
        note(
            "others reach this address: put a proxy in front that ends TLS, and say --behind-proxy; plain HTTP is refused",
        );
    }
    let variables = std::env::vars_os();
    let variables = variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let secrets = Secrets::among(variables);
    let fonts = std::env::var_os("LOAM_FONTS").map_or(server::Fonts::Machine, |more| server::Fonts::Also(more.into()));
    let behind_proxy = listening.behind_proxy;
    let patience = (listening.give_up_after > 0).then(|| Duration::from_secs(listening.give_up_after.into()));
    let documents: server::draft::Documents = apps::sources;
    let options = server::Options {
        secure_cookies,
        behind_proxy,
        secrets,
        hints,
        fonts,
        beat: None,
        patience,
        documents: Some(documents),
    };
    if let Some(receiver) = sending::receiver()? {
        engine.send_ledger_to(receiver);
    }
    if let Some((scanner, down)) = scanning::scanner()? {
        engine.scan_files_with(scanner, down);
    }
    if cfg!(debug_assertions)
        && let Ok(at) = std::env::var(HALT)
    {
        halt_at(&at)?;
    }
    if cfg!(debug_assertions)
        && let Ok(seconds) = std::env::var(LEASE)
    {
        engine.hold_claims_for(
            seconds.parse().with_context(|| format!("{LEASE} is a number of seconds, not `{seconds}`"))?,
        );
    }
    let (stop, stopping) = watch::channel(false);
    let runner = {
        let (engine, mut stopping) = (engine.clone(), stopping.clone());
        tokio::spawn(async move { engine.run_outbox(async move { drop(stopping.wait_for(|stop| *stop).await) }).await })
    };
    note(format!("serving at http://{address}{}", if io::stderr().is_terminal() { " (Ctrl-C ends it)" } else { "" }));
    let shutdown = async move {
        asked_to_end().await;
        note("ending");
        let _ = stop.send(true);
    };
    server::serve(engine.clone(), listener, options, shutdown).await.context("the server failed")?;
    let _ = runner.await;
    engine.store().close().await;
    Ok(())
}

/// Resolves at Ctrl-C, and where there are such signals at the one by which services are ended.
async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            },
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}
