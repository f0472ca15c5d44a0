//! Acting in another's place: given by somebody for their absence, with a beginning, an end and limits; or begun by whoever
//! may look at what others see, which changes nothing. Both stand on the ledger, and so does every act under them: who acted,
//! and for whom.

use jiff::SignedDuration;
use model::{Locale, RecordId, Timestamp};
use store::{Account, StandIn, StoreError, Tx};

use crate::{Act, Actor, Engine, QueryError, Within, query::case::Counts};

/// Longest time somebody may be stood in for at once.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 92);

/// How long somebody may look at what another sees before they say again why.
pub const LOOK: SignedDuration = SignedDuration::from_mins(30);

/// Why a stand-in was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMade {
    /// Nobody stands in for themself.
    Oneself,
    /// It ends before it begins, or lies in the past.
    Backwards,
    /// It is longer than [`LONGEST`].
    TooLong,
    /// Whoever stands in for somebody cannot hand that on, and whoever may not look at others does not.
    NotTheirs,
    /// No reason is given.
    NoReason,
    /// An account of an administrator: administration is not handed on, nor looked at.
    Administrator,
}

/// What somebody gives another for their absence.
#[derive(Debug, Clone)]
pub struct Absence {
    /// Who stands in.
    pub taker: Account,
    /// From when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Whether they may change anything.
    pub writes: bool,
    /// For these entities, by name; for all when empty.
    pub entities: Vec<String>,
    /// Why.
    pub reason: String,
}

impl Engine {
    /// Lets another account stand in for the actor.
    ///
    /// # Errors
    /// The database failed. [`NotMade`] says what is wrong with the wish.
    pub async fn give(&self, actor: &Actor, absence: Absence) -> Result<Result<StandIn, NotMade>, StoreError> {
        let Absence { taker, since, until, writes, entities, reason } = absence;
        let wrong = if actor.on_behalf.is_some() {
            Some(NotMade::NotTheirs)
        } else if taker.id == actor.user {
            Some(NotMade::Oneself)
        } else if until <= since || until <= actor.now {
            Some(NotMade::Backwards)
        } else if until.duration_since(since) > LONGEST {
            Some(NotMade::TooLong)
        } else if actor.area().is_some() || self.actor(&taker, actor.locale).area().is_some() {
            Some(NotMade::Administrator)
        } else {
            None
        };
        if let Some(wrong) = wrong {
            return Ok(Err(wrong));
        }
        let one = StandIn {
            id: self.new_id(),
            giver: actor.user,
            taker: taker.id,
            since,
            until,
            writes,
            entities,
            looks: false,
            reason,
            made: actor.now,
            ended: None,
        };
        self.keep_stand_in(actor, "stand-in.give", one).await.map(Ok)
    }

    /// Begins to look at what another account sees. Nothing can be changed by it.
    ///
    /// # Errors
    /// The database failed. [`NotMade`] says what is wrong with the wish.
    pub async fn look(
        &self,
        actor: &Actor,
        whom: &Account,
        reason: &str,
    ) -> Result<Result<StandIn, NotMade>, StoreError> {
        let wrong = if actor.on_behalf.is_some() || !actor.views_as() {
            Some(NotMade::NotTheirs)
        } else if whom.id == actor.user {
            Some(NotMade::Oneself)
        } else if reason.trim().is_empty() {
            Some(NotMade::NoReason)
        } else if self.actor(whom, actor.locale).area().is_some() {
            Some(NotMade::Administrator)
        } else {
            None
        };
        if let Some(wrong) = wrong {
            return Ok(Err(wrong));
        }
        let one = StandIn {
            id: self.new_id(),
            giver: whom.id,
            taker: actor.user,
            since: actor.now,
            until: actor.now.saturating_add(LOOK).unwrap_or(actor.now),
            writes: false,
            entities: Vec::new(),
            looks: true,
            reason: reason.trim().to_owned(),
            made: actor.now,
            ended: None,
        };
        self.keep_stand_in(actor, "stand-in.look", one).await.map(Ok)
    }

    async fn keep_stand_in(&self, actor: &Actor, action: &'static str, one: StandIn) -> Result<StandIn, StoreError> {
        let act = Act::new(action, "account")
            .on(one.giver)
            .fact("stand-in", one.id.to_string())
            .fact("taker", one.taker.to_string())
            .fact("since", one.since.to_string())
            .fact("until", one.until.to_string())
            .fact("writes", one.writes)
            .fact("entities", one.entities.clone())
            .detail("reason", one.reason.as_str());
        let kept = one.clone();
        self.noted(actor, vec![act], move |tx: &mut Tx| {
            let one = kept.clone();
            Box::pin(async move { tx.add_stand_in(&one).await })
        })
        .await?;
        Ok(one)
    }

    /// Ends one early: whoever gave it, or whoever takes it. `false` when it is not theirs or over already.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_stand_in(&self, actor: &Actor, id: RecordId) -> Result<bool, StoreError> {
        let found = self.store().stand_ins().by_id(id).await?;
        let Some(one) = found.filter(|one| one.giver == actor.user || one.taker == actor.user) else {
            return Ok(false);
        };
        let act = Act::new("stand-in.end", "account").on(one.giver).fact("stand-in", id.to_string());
        let at = self.now();
        self.noted(actor, vec![act], move |tx: &mut Tx| Box::pin(async move { tx.end_stand_in(id, at).await })).await
    }

    /// Those in whose place an account may act now, each with how many tasks wait for an answer that it may give there.
    ///
    /// # Errors
    /// The database failed.
    pub async fn stood_in_for(
        &self,
        account: &Account,
        locale: Locale,
    ) -> Result<Vec<(StandIn, Account, i64)>, QueryError> {
        let now = self.now();
        let all = self.store().stand_ins().of(account.id, now).await?;
        let mut found = Vec::new();
        for one in all.iter().filter(|one| one.taker == account.id && one.acts(now)) {
            let Some((actor, one, giver)) = self.standing_in(account, one.id, locale).await? else { continue };
            let (open, _) = self.query(&actor, Counts).await?;
            found.push((one, giver, open));
        }
        Ok(found)
    }

    /// An account acting under a stand-in, if it is theirs and in force: with the giver's person and the giver's rights of
    /// this moment as far as the limits go, and no part in administration.
    ///
    /// # Errors
    /// The database failed.
    pub async fn standing_in(
        &self,
        account: &Account,
        id: RecordId,
        locale: Locale,
    ) -> Result<Option<(Actor, StandIn, Account)>, StoreError> {
        let Some(one) = self.store().stand_ins().by_id(id).await? else { return Ok(None) };
        if one.taker != account.id || !one.holds(self.now()) {
            return Ok(None);
        }
        let own = self.actor(account, locale);
        // Whoever lost the right to look at others looks no longer.
        if one.looks && !own.views_as() {
            return Ok(None);
        }
        let Some(giver) = self.store().accounts().by_id(one.giver).await?.filter(|giver| giver.active) else {
            return Ok(None);
        };
        let within = Within { writes: one.writes, entities: one.entities.clone() };
        let mut actor = self.actor_within(&giver, locale, &within);
        actor.user = account.id;
        actor.on_behalf = Some(giver.id);
        actor.own_login = Some(account.login.clone());
        actor.looks = !one.writes;
        Ok(Some((actor, one, giver)))
    }
}
