//! Secrets at rest, as the engine has them: those of authenticator apps, and the line of keys a database belongs to. How they
//! are sealed is [`store::vault`].
//!
//! INVARIANT: a database belongs to one line of keys. A node that has another does not begin to serve.

use std::{collections::BTreeSet, sync::Arc};

use model::UserId;
use serde_json::{Value as Json, json};
use store::{
    Blobs, StoreError,
    vault::{Place, SEALED},
};
use zeroize::Zeroizing;

use crate::{Act, By, Engine};

pub use store::vault::{DataKey, Keys, VaultError};

/// The setting that says under which key this database's secrets are.
const SETTING: &str = "data-key";
/// What the secrets of authenticator apps are sealed as.
pub const CODE: &str = "code";
/// The member under which something whole is kept sealed.
const BOXED: &str = "sealed";

/// What a sealed secret of an account vouches for besides itself.
fn context(what: &str, whose: UserId) -> String {
    format!("loam {what} {whose}")
}

impl Engine {
    /// Hands over what gives the keys that seal secrets. The first call counts.
    pub fn keep_secrets_with(&self, keys: Keys) {
        self.store().vault().keep_with(keys);
    }

    /// Seals a secret of somebody; `what` says what it is.
    ///
    /// # Errors
    /// There is no key.
    pub fn seal(&self, what: &str, whose: UserId, secret: &str) -> Result<String, VaultError> {
        self.store().vault().seal(&context(what, whose), secret)
    }

    /// Opens what [`Engine::seal`] made of a secret of the same kind and person.
    ///
    /// # Errors
    /// It is not that, or its key is not there.
    pub fn unseal(&self, what: &str, whose: UserId, sealed: &str) -> Result<Zeroizing<String>, VaultError> {
        self.store().vault().open(&context(what, whose), sealed)
    }

    /// Seals what the platform keeps for somebody and values of records may stand in: a draft, a kept answer.
    ///
    /// # Errors
    /// There is no key.
    pub fn seal_json(&self, what: &str, whose: UserId, value: &Json) -> Result<Json, VaultError> {
        Ok(json!({ BOXED: self.seal(what, whose, &Zeroizing::new(value.to_string()))? }))
    }

    /// Opens what [`Engine::seal_json`] made; what was kept before such things were sealed is taken as it is.
    ///
    /// # Errors
    /// It is not what was sealed, or its key is not there.
    pub fn unseal_json(&self, what: &str, whose: UserId, kept: Json) -> Result<Json, VaultError> {
        let Some(sealed) = kept.get(BOXED).and_then(Json::as_str).filter(|text| text.starts_with(SEALED)) else {
            return Ok(kept);
        };
        serde_json::from_str(&self.unseal(what, whose, sealed)?).map_err(|_| VaultError::Broken)
    }

    /// Brings the secrets of records under the present key, some at a time, while everything else goes on. Answers how many
    /// were sealed anew; a run that was cut short goes on where it stopped.
    ///
    /// # Errors
    /// A secret does not open, or the database failed.
    pub async fn reseal_fields(&self) -> Result<usize, StoreError> {
        self.store().reseal_fields(&self.edition().app).await
    }

    /// Brings drafts of answers and kept answers under the present key. One that does not open stays as it is, and is logged.
    /// Answers how many were sealed anew.
    ///
    /// # Errors
    /// There is no key, or the database failed.
    pub async fn reseal_kept(&self) -> Result<usize, StoreError> {
        let store = self.store();
        let (present, mut many) = (store.vault().present()?, 0);
        for drafts in [true, false] {
            let mut after: Option<Place> = None;
            loop {
                let found = match drafts {
                    true => store.drafts_not_under(present.id(), after.as_ref()).await?,
                    false => store.answers_not_under(present.id(), after.as_ref()).await?,
                };
                let Some((last, _)) = found.last() else { break };
                after = Some(last.clone());
                for (place, kept) in found {
                    let (what, whose) = match &place {
                        Place::Draft { case, task } => (format!("draft {task}"), *case),
                        Place::Answer { account, key } => (format!("answer {key}"), *account),
                    };
                    let opened = serde_json::from_str(&kept).map_err(|_| VaultError::Broken);
                    match opened.and_then(|kept| self.unseal_json(&what, whose, kept)) {
                        Ok(value) => {
                            let anew = self.seal_json(&what, whose, &value)?.to_string();
                            many += usize::from(store.keep_anew(&place, &kept, &anew).await?);
                        }
                        Err(fault) => tracing::error!(%fault, ?place, "what is kept sealed does not open"),
                    }
                }
            }
        }
        Ok(many)
    }

    /// The content of attached files, sealed by the keys handed over.
    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    /// Sees that the keys handed over are this database's, and brings what is kept under an older key, or from before there were
    /// keys, under the present one. Answers how many secrets were sealed anew; to be called before anything is served.
    ///
    /// # Errors
    /// The database's secrets are under a key that is not there, or the database failed.
    pub async fn settle_secrets(&self) -> Result<usize, StoreError> {
        let present = self.store().vault().present()?;
        let kept = self.store().settings().get(SETTING).await?;
        let known = kept.as_ref().and_then(|kept| kept.get("id")?.as_str());
        if let Some(id) = known {
            self.store().vault().named(id)?;
        }
        let mut anew = Vec::new();
        for (account, text) in self.store().codes().all().await? {
            let secret = if text.starts_with(SEALED) {
                if text.starts_with(&format!("{SEALED}{}:", present.id())) {
                    continue;
                }
                self.unseal(CODE, account, &text)?
            } else if known.is_none() {
                // From before secrets were sealed. Later such a text is one that somebody put there.
                Zeroizing::new(text.clone())
            } else {
                return Err(VaultError::Broken.into());
            };
            anew.push((account, text, self.seal(CODE, account, &secret)?));
        }
        if known == Some(present.id()) && anew.is_empty() {
            return Ok(0);
        }
        let many = anew.len();
        let by = By { user: Some(UserId::nil()), login: "loam".to_owned(), ..By::default() };
        let act = Act::new("secrets.key", "setting").fact("key", present.id()).fact("secrets", many);
        let (value, anew) = (json!({ "id": present.id() }), Arc::new(anew));
        self.noted::<(), StoreError, _>(by, vec![act], move |tx| {
            let (value, anew) = (value.clone(), anew.clone());
            Box::pin(async move {
                for (account, before, after) in anew.iter() {
                    // One that was changed meanwhile is sealed under a key of whoever changed it.
                    tx.reseal_code(*account, before, after).await?;
                }
                tx.set_setting(SETTING, &value).await
            })
        })
        .await?;
        Ok(many)
    }

    /// The id of the key under which this database's secrets are; empty before there was one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn secrets_key(&self) -> Result<String, StoreError> {
        let kept = self.store().settings().get(SETTING).await?;
        Ok(kept.and_then(|kept| Some(kept.get("id")?.as_str()?.to_owned())).unwrap_or_default())
    }

    /// The ids of the keys handed over, the present one last.
    pub fn secrets_keys(&self) -> BTreeSet<String> {
        self.store().vault().keys().iter().map(|key| key.id().to_owned()).collect()
    }
}
