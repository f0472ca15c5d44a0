//! Help for somebody who cannot get in: lifting a lock, and doing without second factors that were lost.

use engine::{Act, By, Engine};
use store::{Account, StoreError};

use super::{
    limit,
    undone::{Undone, done},
};

/// Lifts the lock that wrong tries at an account brought about; fine as well when there is none.
///
/// # Errors
/// Those of the database.
pub async fn unlock(engine: &Engine, by: By, account: &Account) -> Result<(), StoreError> {
    let act = Act::new("account.unlock", "account").on(account.id);
    lift(engine, by, act, limit::account_key(&account.login)).await.map(drop)
}

/// Lifts a lock by what it is counted by; `false` when there is none.
pub(crate) async fn lift(engine: &Engine, by: By, act: Act, key: String) -> Result<bool, StoreError> {
    let lifted = engine.noted::<(), Undone, _>(by, vec![act], move |tx| {
        let key = key.clone();
        Box::pin(async move { done(tx.forget_guesses(&key).await?) })
    });
    Undone::found(lifted.await)
}

/// Takes away an account's second factors, so that its owner can set up new ones. Its sessions end.
///
/// # Errors
/// Those of the database.
pub async fn reset_factors(engine: &Engine, by: By, account: &Account) -> Result<(), StoreError> {
    let (id, act) = (account.id, Act::new("factor.reset", "account").on(account.id));
    engine
        .noted(by, vec![act], move |tx| {
            Box::pin(async move {
                tx.drop_code(id).await?;
                tx.drop_passkeys(id).await?;
                tx.close_sessions(id).await
            })
        })
        .await
}
