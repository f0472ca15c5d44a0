//! How an act gets onto the ledger.
//!
//! Writes of records put themselves there ([`crate::execute`]). Everything else that matters (signing in, accounts, roles,
//! publishing, exports, refusals) is an [`Act`] that whoever carries it out hands to [`Engine::note`], or, where it comes with
//! a write of the platform's own tables, to [`Engine::noted`], so that both happen or neither.
//!
//! To add an act: choose a name (`thing.verb`, small letters), say which object it was done to, put what is nobody's
//! personal matter into `facts` and everything else into `detail`.

use std::borrow::Cow;
use std::sync::Arc;

use ::ledger::{Entry, Hash, Sealed};
use model::{RecordId, Timestamp, UserId};
use serde_json::{Map, Value as Json};
use store::{Account, NewEntry, StoreError, Tx, Work};

pub use ::ledger::Ended;

use crate::{Actor, Engine, Origin};

/// An act that is no write of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What was done: `session.begin`, `account.change` …
    pub action: Cow<'static, str>,
    /// The kind of thing it was done to: `account`, `session`, `app`, or an entity's name.
    pub object: Cow<'static, str>,
    /// The thing's id.
    pub record: Option<RecordId>,
    /// How it ended.
    pub ended: Ended,
    /// What is part of the act and nobody's personal matter: a reason's code, a version, names of roles. Stays for ever.
    pub facts: Json,
    /// Everything else: values before and after, names. Can be erased.
    pub detail: Json,
}

impl Act {
    /// Something done to a kind of thing.
    pub fn new(action: impl Into<Cow<'static, str>>, object: impl Into<Cow<'static, str>>) -> Self {
        Self {
            action: action.into(),
            object: object.into(),
            record: None,
            ended: Ended::Done,
            facts: Json::Null,
            detail: Json::Null,
        }
    }

    /// Names the thing.
    #[must_use]
    pub fn on(mut self, id: RecordId) -> Self {
        self.record = Some(id);
        self
    }

    /// Says that the platform refused it, and by which rule: a stable code such as `wrong-password`.
    #[must_use]
    pub fn refused(self, reason: &str) -> Self {
        self.ended(Ended::Refused).fact("reason", reason)
    }

    /// Says how it ended.
    #[must_use]
    pub fn ended(mut self, ended: Ended) -> Self {
        self.ended = ended;
        self
    }

    /// Adds a fact, which stays for ever: never a name, an address or a value of a record.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Json>) -> Self {
        put(&mut self.facts, name, value.into());
        self
    }

    /// Adds a detail, which can be erased.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Json>) -> Self {
        put(&mut self.detail, name, value.into());
        self
    }
}

fn put(object: &mut Json, name: &str, value: Json) {
    match object {
        Json::Object(members) => drop(members.insert(name.to_owned(), value)),
        other => *other = Json::Object(Map::from_iter([(name.to_owned(), value)])),
    }
}

/// Who acts, as far as it is known: of an actor, of an account that signs in, or of somebody who only says who they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct By {
    /// The account; `None` when nobody is known.
    pub user: Option<UserId>,
    /// The login, or what was typed as one.
    pub login: String,
    /// Names of the roles the account has.
    pub roles: Vec<String>,
    /// For whom, where somebody acts in another's place.
    pub on_behalf: Option<UserId>,
    /// From where.
    pub origin: Arc<Origin>,
}

impl By {
    /// An account, before or without an actor.
    pub fn account(account: &Account, origin: impl Into<Arc<Origin>>) -> Self {
        Self {
            user: Some(account.id),
            login: account.login.clone(),
            roles: account.roles.clone(),
            on_behalf: None,
            origin: origin.into(),
        }
    }

    /// Somebody who typed this login, which may be nobody's.
    pub fn unknown(login: &str, origin: impl Into<Arc<Origin>>) -> Self {
        Self { login: login.chars().take(100).collect(), origin: origin.into(), ..Self::default() }
    }

    fn shown(&self) -> Json {
        let mut who = Map::new();
        who.insert("login".to_owned(), self.login.clone().into());
        for (name, text) in [("address", &self.origin.address), ("device", &self.origin.device)] {
            if !text.is_empty() {
                who.insert(name.to_owned(), text.as_str().into());
            }
        }
        if !self.roles.is_empty() {
            who.insert("roles".to_owned(), self.roles.clone().into());
        }
        Json::Object(who)
    }
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        let app = &actor.edition.app;
        Self {
            user: Some(actor.user),
            login: actor.own_login.clone().unwrap_or_else(|| actor.login.clone()),
            roles: actor.roles.iter().filter_map(|id| app.role(*id)).map(|role| role.name.to_string()).collect(),
            on_behalf: actor.on_behalf,
            origin: actor.origin.clone(),
        }
    }
}

/// The pen with which one act is written: who, when, and the id that all its entries share.
pub(crate) struct Pen<'e> {
    engine: &'e Engine,
    by: By,
    at: String,
    act: String,
    who: (Sealed, Hash),
}

impl<'e> Pen<'e> {
    pub(crate) fn new(engine: &'e Engine, by: By, at: Timestamp) -> Self {
        let act = engine.new_id().to_string();
        let who = Sealed::new(engine.hashing(), engine.salt(), &by.shown());
        Self { engine, by, at: moment(at), act, who }
    }

    /// When, as its entries write it.
    pub(crate) fn at(&self) -> &str {
        &self.at
    }

    /// An entry about one thing.
    pub(crate) fn entry(&self, act: &Act) -> NewEntry {
        let engine = self.engine;
        let what = (!act.detail.is_null()).then(|| Sealed::new(engine.hashing(), engine.salt(), &act.detail));
        let (what, hash) = what.unzip();
        NewEntry {
            entry: Entry {
                act: self.act.clone(),
                action: act.action.clone().into_owned(),
                actor: self.by.user.map(|user| user.to_string()),
                at: self.at.clone(),
                behalf: self.by.on_behalf.map(|user| user.to_string()),
                facts: (!act.facts.is_null()).then(|| ::ledger::canonical::of(&act.facts)),
                id: engine.new_id().to_string(),
                object: act.object.clone().into_owned(),
                outcome: act.ended.word().to_owned(),
                record: act.record.map(|id| id.to_string()),
                session: self.by.origin.session.clone(),
                what: hash.map(|hash| hash.to_string()),
                who: Some(self.who.1.to_string()),
            },
            who: Some(self.who.0.clone()),
            what,
        }
    }
}

/// A moment as entries keep it.
pub(crate) fn moment(at: Timestamp) -> String {
    format!("{at:.3}")
}

impl Engine {
    pub(crate) fn salt(&self) -> [u8; 16] {
        self.inner.world.ids.salt()
    }

    /// Puts an act onto the ledger, in a transaction of its own: for what writes nothing else, refusals above all.
    ///
    /// # Errors
    /// The database failed; then the act must not be carried out.
    pub async fn note(&self, by: impl Into<By> + Send, act: Act) -> Result<(), StoreError> {
        let noted = self.noted(by, vec![act], |_| Box::pin(async { Ok(()) })).await;
        if noted.is_err() {
            self.inner.watch.unwritten();
        }
        noted
    }

    /// Carries out a write of the platform's own tables and puts the acts it is onto the ledger, in one transaction.
    ///
    /// # Errors
    /// Whatever `work` fails with, and the database's own; neither is written then.
    pub async fn noted<T, E, F>(&self, by: impl Into<By> + Send, acts: Vec<Act>, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> Work<'t, T, E> + Send + Sync + 'static,
    {
        let pen = Pen::new(self, by.into(), self.now());
        let entries: Arc<[NewEntry]> = acts.iter().map(|act| pen.entry(act)).collect();
        let work = Arc::new(work);
        self.inner
            .store
            .tend(move |tx: &mut Tx| {
                let (entries, work) = (entries.clone(), work.clone());
                Box::pin(async move {
                    let done = work(tx).await?;
                    tx.enter(&entries).await?;
                    Ok(done)
                })
            })
            .await
    }
}
