//! Help for somebody who cannot get in: lifting a lock, and doing without second factors that were lost.

use engine::{Act, By, Engine};
use store::{Account, StoreError};

use super::limit;

/// Lifts the lock that wrong tries at an account brought about; fine as well when there is none.
///
/// # Errors
/// Those of the database.
pub async fn unlock(engine: &Engine, by: By, account: &Account) -> Result<(), StoreError> {
    if engine.store().guesses().forget(&limit::account_key(&account.login)).await? {
        engine.note(by, Act::new("account.unlock", "account").on(account.id)).await?;
    }
    Ok(())
}

/// Takes away an account's second factors, so that its owner can set up new ones. Its sessions end.
///
/// # Errors
/// Those of the database.
pub async fn reset_factors(engine: &Engine, by: By, account: &Account) -> Result<(), StoreError> {
    let store = engine.store();
    engine.note(by, Act::new("factor.reset", "account").on(account.id)).await?;
    store.codes().remove(account.id).await?;
    store.passkeys().remove_all(account.id).await?;
    store.sessions().close_all(account.id).await
}
