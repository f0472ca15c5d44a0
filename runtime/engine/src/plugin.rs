//! Plugins at work: the letters that ask for calls, met one after another beside all the others, so that a plugin that takes its
//! time holds nothing else up.
//!
//! INVARIANT: a plugin is called outside any transaction. A call that fails would fail again in the same way, so that it is not
//! tried again by itself: it waits for an administrator, or the case goes by the way that its step names.

use std::sync::{Arc, Mutex, PoisonError};

use app::{
    App,
    plugin::{Answer, Fault, Host},
};
use store::{Boxed, Claimed, Kinds, Tx};

use crate::{
    Actor, CommandError, Engine,
    execute::{
        Trace, Work,
        call::{Asked, CALL, Prepared},
        from_query,
        record::Surroundings,
    },
};

/// Calls taken on at once: all of them together end before their lease does.
const BATCH: u32 = 4;

/// Whoever runs plugins, if there is one.
#[derive(Default)]
pub(crate) struct Plugging(Mutex<Option<Arc<dyn Host>>>);

impl Engine {
    /// Has plugins run by this host from now on.
    pub fn run_plugins_with(&self, host: Arc<dyn Host>) {
        *self.inner.plugging.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(host);
    }

    /// The plugins of an app that cannot be called, each by name with the reason. Those that the published app has already are
    /// not looked at again.
    pub(crate) async fn unfit_plugins(&self, app: &App) -> Vec<(String, Fault)> {
        let edition = self.edition();
        let known = |plugin: &&app::Plugin| {
            let now = edition.app.plugin_named(plugin.name.as_str());
            !now.is_some_and(|now| now.code == plugin.code && now.memory == plugin.memory && now.work == plugin.work)
        };
        let mut unfit = Vec::new();
        for plugin in app.plugins().iter().filter(known) {
            let (name, plugin) = (plugin.name.to_string(), plugin.clone());
            if let Err(fault) = self.with_host(move |host| host.check(&plugin)).await {
                unfit.push((name, fault));
            }
        }
        unfit
    }

    async fn with_host<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Host) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let host = self.inner.plugging.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(host) = host else { return Err(Fault::NoHost) };
        let done = tokio::task::spawn_blocking(move || work(&*host)).await;
        done.unwrap_or_else(|_| Err(Fault::Broke("the host broke off".to_owned())))
    }

    /// Meets the letters that ask for calls. Answers how many.
    pub(crate) fn call_plugins<'a>(&'a self, runner: &'a str) -> Boxed<'a, Result<usize, CommandError>> {
        Box::pin(async move {
            let now = self.now();
            let outbox = self.store().outbox();
            let until = self.claimed_until(now);
            let claimed = outbox.claim_kinds(runner, Kinds::Only(CALL), now, until, BATCH).await?;
            for letter in &claimed {
                let done = self.call(letter).await.map(|()| Vec::new());
                self.settle(runner, letter, &done).await?;
            }
            Ok(claimed.len())
        })
    }

    /// Has a plugin called as a letter asks for, unless that has been done or is asked for no more.
    pub(crate) async fn call(&self, letter: &Claimed) -> Result<(), CommandError> {
        let Some(asked) = Asked::of(&letter.entry.payload) else { return Ok(()) };
        let actor = match &asked {
            Asked::Rule(asked) => Actor { now: asked.at, ..self.system() },
            Asked::Case { .. } => self.system(),
        };
        let Some(prepared) = self.prepare_call(&actor, &asked).await? else { return Ok(()) };
        let (plugin, values) = (prepared.plugin.clone(), prepared.values.clone());
        let name = plugin.name.to_string();
        let called = self.with_host(move |host| host.call(&plugin, &values)).await;
        if let Ok(answer) = &called {
            answer.log.iter().for_each(|line| tracing::info!(plugin = name, "{line}"));
        }
        let words = match &called {
            Err(Fault::Refused(words)) => words.clone(),
            _ => String::new(),
        };
        let done = match called {
            Ok(answer) => self.take_answer(&actor, &asked, &prepared, (answer, letter.entry.key.as_str())).await,
            Err(fault) => Err(CommandError::Plugin { plugin: name, fault }),
        };
        match done {
            Err(error) if error.is_final() => self.give_up(&actor, &asked, &prepared, (error, words)).await,
            done => done,
        }
    }

    async fn prepare_call(&self, actor: &Actor, asked: &Asked) -> Result<Option<Prepared>, CommandError> {
        let asked = asked.clone();
        self.as_process(actor, move |mut work, tx| {
            let asked = asked.clone();
            Box::pin(async move { work.prepare(tx, &asked).await })
        })
        .await
    }

    async fn take_answer(
        &self,
        actor: &Actor,
        asked: &Asked,
        prepared: &Prepared,
        (answer, key): (Answer, &str),
    ) -> Result<(), CommandError> {
        let shared = Arc::new((asked.clone(), prepared.clone(), answer, key.to_owned()));
        let wrote = self.as_process(actor, move |mut work, tx| {
            let shared = shared.clone();
            Box::pin(async move {
                let (asked, prepared, answer, key) = &*shared;
                work.answered(tx, asked, prepared, (answer, key)).await?;
                work.finish(tx).await?;
                Ok(work.pending.touched())
            })
        });
        self.announce_all(wrote.await?);
        Ok(())
    }

    /// What becomes of a call that failed for good: it is on the ledger, and a case hears of it.
    async fn give_up(
        &self,
        actor: &Actor,
        asked: &Asked,
        prepared: &Prepared,
        (error, words): (CommandError, String),
    ) -> Result<(), CommandError> {
        let reason = match &error {
            CommandError::Plugin { fault, .. } => fault.code(),
            _ => "answer",
        };
        let shared = Arc::new((asked.clone(), prepared.clone(), words));
        let wrote = self.as_process(actor, move |mut work, tx| {
            let shared = shared.clone();
            Box::pin(async move {
                let (asked, prepared, words) = &*shared;
                let act = work.called(asked, prepared)?;
                work.note(act.refused(reason));
                let on = match asked {
                    Asked::Case { case, token, at } => work.unanswered(tx, (*case, *token, *at), words).await?,
                    Asked::Rule(_) => false,
                };
                work.finish(tx).await?;
                Ok((on, work.pending.touched()))
            })
        });
        let (on, touched) = wrote.await?;
        self.announce_all(touched);
        if on { Ok(()) } else { Err(error) }
    }

    /// Works as the process does, in one transaction.
    async fn as_process<T, F>(&self, actor: &Actor, work: F) -> Result<T, CommandError>
    where
        T: Send + 'static,
        F: for<'t> Fn(Work<'t>, &'t mut Tx) -> store::Work<'t, T, CommandError> + Send + Sync + 'static,
    {
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
        self.working((actor, &around, Trace::Kept), move |mut begun, tx| {
            begun.tells = true;
            work(begun, tx)
        })
        .await
    }
}
