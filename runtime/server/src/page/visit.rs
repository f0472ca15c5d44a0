//! Who asks, where they are, and how they are answered.

use std::{sync::Arc, time::Duration};

use app::{App, Entity};
use engine::{Actor, Command, Engine, Outcome, Query};
use model::{Locale, RecordId};
use serde::Serialize;

use super::{params::Params, shell, shell::Shell, view};
use crate::{
    problem::{Kind, Problem},
    session::{Session, proven},
    show::Reader,
    words,
};

/// One request for a page.
#[derive(Clone)]
pub struct Visit {
    /// The two doors.
    pub engine: Engine,
    /// Who asks.
    pub actor: Arc<Actor>,
    /// Their session.
    pub session: Arc<Session>,
    /// What they are called.
    pub name: String,
    /// Whose place they take, if they do.
    pub standing: Option<super::stand_in::Standing>,
    /// The token their forms carry.
    pub csrf: String,
    /// `light`, `dark` or `auto`.
    pub theme: String,
    /// Path of the address.
    pub path: String,
    /// Query of the address.
    pub query: Params,
    /// Whether a script asks for a part of the page only.
    pub partial: bool,
    /// Whether the browser then shows the part's address as its own.
    pub pushes: bool,
}

/// What a page answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A page or a part of one.
    Page(String),
    /// A part of a page, and the address of the page as it is with it.
    Part(String, String),
    /// A form that was refused, with its faults.
    Refused(String),
    /// Go on to this address.
    To(String),
    /// For a script.
    Json(serde_json::Value),
}

impl Visit {
    /// The app this request happens in.
    pub fn app(&self) -> &App {
        &self.actor.edition.app
    }

    /// Whether they proved who they are not long ago, as acts that matter ask.
    pub fn proven(&self) -> bool {
        proven(&self.session, &self.actor)
    }

    /// Leads to where they prove it, and then to that page.
    pub fn prove_first(&self, next: &str) -> Answer {
        Answer::To(Params::default().with("next", next).on("/prove"))
    }

    /// The reader's language.
    pub fn locale(&self) -> Locale {
        self.actor.locale
    }

    /// How values are shown to them.
    pub fn reader(&self) -> Reader {
        Reader { locale: self.actor.locale, zone: self.actor.edition.zone.clone(), now: self.actor.now }
    }

    /// A word of the interface.
    pub fn say(&self, key: &str) -> &'static str {
        words::say(self.locale(), key)
    }

    /// A sentence of the interface.
    pub fn fill(&self, key: &str, blanks: &[(&str, &str)]) -> String {
        words::fill(self.locale(), key, blanks)
    }

    /// Asks the engine.
    ///
    /// # Errors
    /// What the engine refuses.
    pub async fn ask<Q: Query>(&self, query: Q) -> Result<Q::Answer, Problem> {
        self.engine.query(&self.actor, query).await.map_err(|error| Problem::of_query(error, &self.actor))
    }

    /// The same, for what the page can be shown without: its answer is waited for no longer than that, where answers are not
    /// waited for as long as it takes.
    ///
    /// # Errors
    /// What the engine refuses; [`Kind::TooManyRows`] where it takes longer.
    pub async fn ask_within<Q: Query>(&self, longest: Duration, query: Q) -> Result<Q::Answer, Problem> {
        let engine = self.engine.hurried(longest);
        engine.query(&self.actor, query).await.map_err(|error| Problem::of_query(error, &self.actor))
    }

    /// Has the engine do something.
    ///
    /// # Errors
    /// What the engine refuses.
    pub async fn act(&self, command: Command) -> Result<Outcome, Problem> {
        self.engine.execute(&self.actor, command).await.map_err(|error| Problem::of_command(error, &self.actor))
    }

    /// An entity by the name in an address.
    ///
    /// # Errors
    /// Not found.
    pub fn entity(&self, name: &str) -> Result<&Entity, Problem> {
        self.app().entity_named(name).ok_or_else(missing)
    }

    /// The address asked for, with its query.
    pub fn here(&self) -> String {
        self.query.without(&["lang"]).on(&self.path)
    }

    /// Where a form was opened from, on this server.
    pub fn back<'a>(&'a self, given: &'a Params, otherwise: &'a str) -> &'a str {
        super::params::local(given.get("back"), otherwise)
    }

    /// A whole page.
    ///
    /// # Errors
    /// The view does not fit, or the engine refused what the frame around every page needs.
    pub async fn page(
        &self,
        name: &str,
        title: &str,
        width: &'static str,
        body: impl Serialize,
    ) -> Result<String, Problem> {
        let mut shell = shell::of(self).await?;
        shell.title = title.to_owned();
        shell.width = width;
        self.page_in(name, &shell, body)
    }

    /// A whole page in a frame made before.
    ///
    /// # Errors
    /// The view does not fit.
    pub fn page_in(&self, name: &str, shell: &Shell, body: impl Serialize) -> Result<String, Problem> {
        #[derive(Serialize)]
        struct Whole<'a, B> {
            shell: &'a Shell,
            title: &'a str,
            path: &'a str,
            here: String,
            #[serde(flatten)]
            body: B,
        }
        let whole = Whole { shell, title: &shell.title, path: &self.path, here: self.here(), body };
        view::render(self.locale(), name, whole)
    }
}

/// Nothing of that name, or nothing the reader may know of.
pub fn missing() -> Problem {
    Problem::new(Kind::NotFound)
}

/// Reads a record's id in an address.
///
/// # Errors
/// Not found.
pub fn record_id(text: &str) -> Result<RecordId, Problem> {
    RecordId::parse_str(text).map_err(|_| missing())
}
