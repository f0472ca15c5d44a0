//! The life of terms: what people say of a version of a term, and where it stands by that.
//!
//! The document says what a term is and where its first version stands. Where some role approves terms, people decide from then
//! on: a term that is new or means something else is published as a new version that begins as proposed, and is reviewed by one
//! and approved by another. Every act stands on the ledger.
//!
//! A version counts from the day it is approved: periods that ended before stay with the one that counted then
//! (`query/series/version.rs`).
//!
//! INVARIANT: an approved version goes on meaning the same ([`meant_otherwise`]): another publish is refused.
//! INVARIANT: of two acts at once on one version, one is refused.

use std::{collections::HashMap, sync::Arc};

use app::{App, TermRight, meant_otherwise};
use metrics::{Status, Term};
use model::{TermId, Timestamp, UserId};
use store::{NewTermAct, StoreError, TermAct, TermCounts, TermStanding, Tx};

use crate::{Act, Actor, Engine, QueryError, query::Query, series::visible, snapshot::every_day};

/// Longest text that is said with an act, in characters.
pub const LONGEST_SAID: usize = 2_000;
/// Acts of one term that are shown.
const SHOWN: u32 = 200;

/// Something people do with a version of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermDeed {
    /// They say what they think of it.
    Comment,
    /// Those concerned have looked at it.
    Review,
    /// It goes back to whoever proposed it.
    Return,
    /// It holds.
    Approve,
    /// It is no longer to be used.
    Deprecate,
    /// It is proposed again.
    Propose,
}

impl TermDeed {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Comment, Self::Review, Self::Return, Self::Approve, Self::Deprecate, Self::Propose];

    /// The word in addresses, answers and on the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Review => "review",
            Self::Return => "return",
            Self::Approve => "approve",
            Self::Deprecate => "deprecate",
            Self::Propose => "propose",
        }
    }

    /// The deed of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.word() == word)
    }

    /// What a role must allow.
    fn right(self) -> TermRight {
        match self {
            Self::Comment => TermRight::Comment,
            Self::Review | Self::Return => TermRight::Review,
            Self::Approve | Self::Deprecate | Self::Propose => TermRight::Approve,
        }
    }

    /// Where a version stands afterwards; `None` where this is not done with one that stands there. A comment changes nothing.
    pub fn after(self, status: Status) -> Option<Status> {
        match (self, status) {
            (Self::Comment, status) => Some(status),
            (Self::Review, Status::Proposed) => Some(Status::Reviewed),
            (Self::Return, Status::Reviewed) | (Self::Propose, Status::Deprecated) => Some(Status::Proposed),
            (Self::Approve, Status::Reviewed) => Some(Status::Approved),
            (Self::Deprecate, Status::Proposed | Status::Reviewed | Status::Approved) => Some(Status::Deprecated),
            _ => None,
        }
    }

    /// Whether a reason must be said with it.
    pub fn needs_words(self) -> bool {
        matches!(self, Self::Comment | Self::Return | Self::Deprecate)
    }
}

/// Why nothing was done with a term.
#[derive(Debug, thiserror::Error)]
pub enum TermRefusal {
    /// There is no such term, or the actor may not see it.
    #[error("there is no such term")]
    NoTerm,
    /// No role of the actor allows it, or they act in another's place.
    #[error("not allowed")]
    Denied,
    /// The term has another version by now.
    #[error("the term is at version {0} by now")]
    Version(u32),
    /// That is not done with a version that stands there.
    #[error("the version is {}", .0.word())]
    Standing(Status),
    /// Whoever reviewed a version does not approve it.
    #[error("whoever reviewed it does not approve it")]
    Own,
    /// A reason must be said.
    #[error("a reason must be said")]
    NoWords,
    /// What is said is longer than [`LONGEST_SAID`].
    #[error("what is said is too long")]
    TooLong,
    /// Somebody else did something with it at the same moment.
    #[error("somebody else was first")]
    Meanwhile,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asks where terms stand: those of the app, whether or not the reader sees them.
#[derive(Debug, Clone, Copy)]
pub struct Standings;

impl Query for Standings {
    type Answer = HashMap<TermId, Status>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        Ok(engine.standings(&actor.edition.app).await?)
    }
}

/// Asks for the life of a term; `None` where the reader sees no such term.
#[derive(Debug, Clone, Copy)]
pub struct TermLife {
    /// The term.
    pub term: TermId,
}

/// The life of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lived {
    /// Where its version stands.
    pub status: Status,
    /// What was done with it, newest first.
    pub acts: Vec<TermAct>,
    /// What the reader may do with it now.
    pub may: Vec<TermDeed>,
}

impl Query for TermLife {
    type Answer = Option<Lived>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let Some(term) = app.term(self.term).filter(|term| visible(actor, term)) else { return Ok(None) };
        let last = engine.standing(app, term).await?;
        let status = last.as_ref().and_then(|last| Status::parse(&last.status)).unwrap_or(term.status);
        let acts = engine.store().term_acts().of(term.name.as_str(), SHOWN).await?;
        let own = last.is_some_and(|last| last.by == actor.user);
        let may = TermDeed::ALL.into_iter().filter(|deed| {
            allowed(actor, term, *deed) && deed.after(status).is_some() && !(own && *deed == TermDeed::Approve)
        });
        Ok(Some(Lived { status, acts, may: may.collect() }))
    }
}

/// Whether the actor's roles allow it. Nobody decides in another's place, and whoever only looks decides nothing.
fn allowed(actor: &Actor, term: &Term, deed: TermDeed) -> bool {
    if actor.looks || actor.on_behalf.is_some() || actor.user.is_nil() {
        return false;
    }
    let rights = actor.edition.app.term_rights(&actor.roles, term);
    // Whoever may decide may also say why.
    rights.contains(&deed.right()) || (deed == TermDeed::Comment && !rights.is_empty())
}

impl Engine {
    /// Where every term of an app stands.
    pub(crate) async fn standings(&self, app: &App) -> Result<HashMap<TermId, Status>, StoreError> {
        let mut found: HashMap<TermId, Status> = app.terms().iter().map(|term| (term.id, term.status)).collect();
        if app.governs_terms() {
            for one in self.store().term_acts().standings().await? {
                let term = app.term_named(&one.term).filter(|term| term.version == one.version);
                found.extend(term.and_then(|term| Some((term.id, Status::parse(&one.status)?))));
            }
        }
        Ok(found)
    }

    /// What people last said about where a term's version stands.
    async fn standing(&self, app: &App, term: &Term) -> Result<Option<TermStanding>, StoreError> {
        if !app.governs_terms() {
            return Ok(None);
        }
        let all = self.store().term_acts().standings().await?;
        Ok(all.into_iter().find(|one| one.term == term.name.as_str() && one.version == term.version))
    }

    /// Does something with a version of a term. Answers where it stands then.
    ///
    /// # Errors
    /// [`TermRefusal`] says why nothing was done.
    pub async fn judge(
        &self,
        actor: &Actor,
        term: &str,
        version: u32,
        deed: TermDeed,
        said: &str,
    ) -> Result<Status, TermRefusal> {
        let app = &actor.edition.app;
        let term = app.term_named(term).filter(|term| visible(actor, term)).ok_or(TermRefusal::NoTerm)?;
        let said = said.trim();
        let act = Act::new(format!("term.{}", deed.word()), "term")
            .fact("term", term.name.as_str())
            .fact("version", term.version);
        if !allowed(actor, term, deed) {
            self.note(actor, act.refused("not-allowed")).await?;
            return Err(TermRefusal::Denied);
        }
        if version != term.version {
            return Err(TermRefusal::Version(term.version));
        }
        let last = self.standing(app, term).await?;
        let status = last.as_ref().and_then(|last| Status::parse(&last.status)).unwrap_or(term.status);
        let after = deed.after(status).ok_or(TermRefusal::Standing(status))?;
        if deed == TermDeed::Approve && last.as_ref().is_some_and(|last| last.by == actor.user) {
            self.note(actor, act.refused("own-review")).await?;
            return Err(TermRefusal::Own);
        }
        if deed.needs_words() && said.is_empty() {
            return Err(TermRefusal::NoWords);
        }
        if said.chars().count() > LONGEST_SAID {
            return Err(TermRefusal::TooLong);
        }
        let new = NewTermAct {
            id: self.new_id(),
            term: term.name.to_string(),
            version,
            status: (deed != TermDeed::Comment).then(|| after.word().to_owned()),
            said: said.to_owned(),
            by: actor.user,
            at: actor.now,
        };
        let step = last.map_or(0, |last| last.step + 1);
        let act = act.fact("status", after.word());
        let act = if said.is_empty() { act } else { act.detail("said", said) };
        // From the day it is approved a version counts, and the numbers that are kept are worked out by it.
        let approved = (deed == TermDeed::Approve).then(|| {
            let day = actor.now.to_zoned_datetime(actor.edition.zone.clone()).date();
            let is = Some((version, actor.edition.version, day));
            let due: Vec<_> = every_day(app, term).into_iter().map(|due| (self.new_id(), due)).collect();
            Arc::new((TermCounts { term: term.name.to_string(), was: None, is }, due))
        });
        let done = self.noted(actor, vec![act], move |tx: &mut Tx| {
            let (new, approved) = (new.clone(), approved.clone());
            Box::pin(async move {
                if !tx.term_act(&new, step).await? {
                    return Err(TermRefusal::Meanwhile);
                }
                if let Some(approved) = approved {
                    let (counts, due) = &*approved;
                    tx.term_counts(counts).await?;
                    tx.is_due(due).await?;
                }
                Ok(after)
            })
        });
        let done = done.await?;
        self.forget_versions();
        Ok(done)
    }

    /// What a publish does to terms where people decide about them: the versions that begin as proposed, or the terms that are
    /// approved, or about to be, and would mean something else under the same version, with what changes.
    pub(crate) async fn proposes(
        &self,
        after: &App,
        by: UserId,
        at: Timestamp,
    ) -> Result<Result<Arc<[NewTermAct]>, Vec<(String, Vec<&'static str>)>>, StoreError> {
        let edition = self.edition();
        let before = &edition.app;
        if edition.version == 0 || !before.governs_terms() || !after.governs_terms() {
            return Ok(Ok(Arc::default()));
        }
        let standings = self.standings(before).await?;
        let (mut proposed, mut same) = (Vec::new(), Vec::new());
        for term in after.terms() {
            match before.term_named(term.name.as_str()) {
                Some(was) if was.version == term.version => {
                    let decided = matches!(standings.get(&was.id), Some(Status::Reviewed | Status::Approved));
                    let parts = meant_otherwise(before, was, after, term);
                    if decided && !parts.is_empty() {
                        same.push((term.name.to_string(), parts));
                    }
                }
                _ => proposed.push(NewTermAct {
                    id: self.new_id(),
                    term: term.name.to_string(),
                    version: term.version,
                    status: Some(Status::Proposed.word().to_owned()),
                    said: String::new(),
                    by,
                    at,
                }),
            }
        }
        Ok(if same.is_empty() { Ok(proposed.into()) } else { Err(same) })
    }
}
