//! Which account somebody is who is known elsewhere. Ties are made by the security administrator, by whoever is signed in and
//! proves who they are there, or, where a provider's description names a claim, by that claim being the login.

use engine::{Act, Actor, By, Engine, Origin};
use model::UserId;
use serde_json::Value as Json;
use store::{Account, Entrance, Identity};

use super::{Known, Provider, Refusal, Stop};
use crate::{
    AppState,
    problem::Problem,
    session::{Undone, done},
};

/// How an account comes to be tied, as the ledger names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// By its owner.
    Own,
    /// By the security administrator.
    Administrator,
    /// By a claim of the provider.
    Claim,
}

impl How {
    fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Administrator => "administrator",
            Self::Claim => "claim",
        }
    }
}

/// Ties whom a provider calls so to an account.
///
/// # Errors
/// [`Refusal::Taken`] when either is tied there already; it is on the ledger then.
pub(crate) async fn tie(
    engine: &Engine,
    by: By,
    provider: &Provider,
    subject: &str,
    account: UserId,
    how: How,
) -> Result<Identity, Stop> {
    let identity = Identity {
        issuer: provider.issuer.clone(),
        subject: subject.to_owned(),
        account,
        made: engine.now(),
        used: None,
    };
    let act = Act::new("identity.tie", "account")
        .on(account)
        .fact("provider", provider.name.as_str())
        .fact("how", how.word())
        .detail("subject", subject);
    let one = identity.clone();
    let tied = engine.noted::<(), Undone, _>(by.clone(), vec![act.clone()], move |tx| {
        let one = one.clone();
        Box::pin(async move { done(tx.tie(&one).await?) })
    });
    if Undone::told(tied.await)? {
        return Ok(identity);
    }
    engine.note(by, act.refused(Refusal::Taken.reason())).await.map_err(Problem::internal)?;
    Err(Refusal::Taken.into())
}

/// Unties an account from a provider; `false` when it was not tied. Its sessions end where somebody else does it.
///
/// # Errors
/// The database failed.
pub(crate) async fn untie(state: &AppState, by: &Actor, issuer: &str, account: UserId) -> Result<bool, Problem> {
    let identities = state.engine.store().identities().of(account).await.map_err(Problem::internal)?;
    let Some(gone) = identities.into_iter().find(|identity| identity.issuer == issuer) else { return Ok(false) };
    let act = Act::new("identity.untie", "account")
        .on(account)
        .fact("issuer", issuer)
        .fact("how", if by.user == account { How::Own } else { How::Administrator }.word())
        .detail("subject", gone.subject);
    let (issuer, other) = (issuer.to_owned(), by.user != account);
    let untied = state.engine.noted::<(), Undone, _>(by, vec![act], move |tx| {
        let issuer = issuer.clone();
        Box::pin(async move {
            done(tx.untie(account, &issuer).await?)?;
            if other {
                tx.close_sessions(account).await?;
            }
            Ok(())
        })
    });
    // Somebody else may have done it at the same moment.
    let untied = Undone::told(untied.await)?;
    state.sessions.drop_copies(account);
    Ok(untied)
}

/// Whether an account could not get in any more without this identity.
///
/// # Errors
/// The database failed.
pub(crate) async fn is_only_way(state: &AppState, who: &Account, has_password: bool) -> Result<bool, Problem> {
    let store = state.engine.store();
    let passkeys = store.passkeys().of(who.id).await.map_err(Problem::internal)?;
    let identities = store.identities().of(who.id).await.map_err(Problem::internal)?;
    Ok(!has_password && passkeys.is_empty() && identities.len() < 2)
}

/// The account of whoever is known elsewhere, tied on the way if the provider's description says so.
///
/// # Errors
/// [`Refusal::Nobody`], with the rule.
pub(crate) async fn account(
    state: &AppState,
    provider: &Provider,
    known: &Known,
    origin: &Origin,
) -> Result<Account, Stop> {
    let store = state.engine.store();
    let named = store.identities().named(&provider.issuer, &known.subject).await.map_err(Problem::internal)?;
    let (identity, account) = match named {
        Some(identity) => {
            let account = store.accounts().by_id(identity.account).await.map_err(Problem::internal)?;
            let account = account.filter(|account| account.active);
            (identity, account.ok_or(Refusal::Nobody("account-closed"))?)
        }
        None => {
            let account = by_claim(state, provider, known).await?;
            let by = By::account(&account, origin.clone());
            let tied = tie(&state.engine, by, provider, &known.subject, account.id, How::Claim).await?;
            (tied, account)
        }
    };
    store.identities().used(&identity, state.engine.now()).await.map_err(Problem::internal)?;
    Ok(account)
}

/// The account whose login a claim is.
async fn by_claim(state: &AppState, provider: &Provider, known: &Known) -> Result<Account, Stop> {
    const NOBODY: Refusal = Refusal::Nobody("unknown-identity");
    let login = known.claims.get(&provider.claim).and_then(Json::as_str).map(str::trim);
    let login = login.filter(|login| !provider.claim.is_empty() && !login.is_empty()).ok_or(NOBODY)?;
    // An address that nobody checked is whatever somebody typed there.
    if provider.claim == "email" && known.claims.get("email_verified") != Some(&Json::Bool(true)) {
        return Err(Refusal::Nobody("claim-unverified").into());
    }
    let store = state.engine.store();
    let account = store.accounts().by_login(login).await.map_err(Problem::internal)?.ok_or(NOBODY)?;
    if !account.active {
        return Err(Refusal::Nobody("account-closed").into());
    }
    let edition = state.engine.edition();
    let administers = |role: &String| edition.app.role_named(role).is_some_and(|role| role.administers.is_some());
    if account.roles.iter().any(administers) {
        return Err(Refusal::Nobody("claim-administrator").into());
    }
    let others = store.identities().of(account.id).await.map_err(Problem::internal)?;
    if others.iter().any(|identity| identity.issuer == provider.issuer) {
        return Err(Refusal::Nobody("claim-taken").into());
    }
    Ok(account)
}

/// By which door somebody comes in who was let in by a provider.
pub(crate) fn entrance(provider: &Provider) -> Entrance {
    if provider.trusted { Entrance::Trusted } else { Entrance::Elsewhere }
}
