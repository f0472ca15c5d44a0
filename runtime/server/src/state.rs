//! What every handler shares: the engine, the options, and small caches that need no clearing or clear themselves.

use std::{ops::Deref, sync::Arc, time::Duration};

use engine::Engine;
use model::Text;
use tokio::sync::watch;

use crate::{api, draft, live, metrics, page, session};

/// How the server was asked to run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether cookies are sent over TLS only; `false` only on a loopback address. Without a proxy in front, which ends TLS, nothing
    /// is then answered but whether the server is alive.
    pub secure_cookies: bool,
    /// Whether a proxy of ours stands in front, whose `X-Forwarded-For` names the caller.
    pub behind_proxy: bool,
    /// Our secrets at other sign-in services.
    pub secrets: session::elsewhere::provider::Secrets,
    /// Sign-ins shown under the sign-in form of a demo.
    pub hints: Vec<SignInHint>,
    /// Fonts to print with: those of the machine unless these are said.
    pub fonts: Fonts,
    /// How often streams of live updates prove that they are alive: every fifteen seconds unless this is said.
    pub beat: Option<Duration>,
    /// How long a question that a request asks the database is waited for; as long as it takes unless this is said.
    pub patience: Option<Duration>,
    /// How published documents are read as files; unless this is said, no drafts of workflows are looked at.
    pub documents: Option<draft::Documents>,
}

/// Fonts to print with.
#[derive(Debug, Clone, Default)]
pub enum Fonts {
    /// Those installed on the machine.
    #[default]
    Machine,
    /// Those, and what is in a file or folder.
    Also(std::path::PathBuf),
    /// Only those of files read before.
    Only(print::Fonts),
}

/// A sign-in that a demo shows to everyone.
#[derive(Debug, Clone)]
pub struct SignInHint {
    /// The login.
    pub login: String,
    /// The password.
    pub password: String,
    /// Who that is.
    pub label: Text,
}

/// Shared by all handlers; a clone is one reference count.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// What [`AppState`] points to.
pub struct Inner {
    /// The two doors.
    pub engine: Engine,
    /// How the server was asked to run.
    pub options: Options,
    /// What pages keep between requests.
    pub pages: page::Shared,
    pub(crate) sessions: session::Sessions,
    pub(crate) api: api::Shared,
    pub(crate) live: live::Streams,
    pub(crate) metrics: metrics::Registry,
    fonts: std::sync::OnceLock<print::Fonts>,
    stop: watch::Sender<bool>,
}

impl AppState {
    /// A server's state around an engine.
    pub fn new(engine: Engine, options: Options) -> Self {
        Self(Arc::new(Inner {
            engine: engine.patient_for(options.patience),
            options,
            pages: page::Shared::default(),
            sessions: session::Sessions::default(),
            api: api::Shared::default(),
            live: live::Streams::default(),
            metrics: metrics::Registry::default(),
            fonts: std::sync::OnceLock::new(),
            stop: watch::Sender::new(false),
        }))
    }

    /// Fonts to print with, looked for when they are first needed.
    pub(crate) fn fonts(&self) -> print::Fonts {
        let found = self.0.fonts.get_or_init(|| match &self.0.options.fonts {
            Fonts::Machine => print::Fonts::of_machine(None),
            Fonts::Also(more) => print::Fonts::of_machine(Some(more)),
            Fonts::Only(known) => known.clone(),
        });
        found.clone()
    }

    /// Ends open streams, so that the listener can finish.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    /// Resolves once [`AppState::stop`] was called.
    pub async fn stopped(&self) {
        let mut stop = self.0.stop.subscribe();
        // The sender lives in this state, so waiting can only end with the flag.
        let _ = stop.wait_for(|stop| *stop).await;
    }
}

impl Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
