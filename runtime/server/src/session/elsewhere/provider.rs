//! Other sign-in services as the security administrator describes them: one setting each, so that every node knows the same.
//! The secret of a client is none of it: it comes from the environment of each node, and stands in no database, backup or log.

use std::{collections::BTreeMap, fmt, net::IpAddr, sync::Arc};

use axum::http::Uri;
use engine::{Act, Actor, Engine};
use model::Locale;
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};

use crate::{problem::Problem, session::keep::Fresh};

/// Family of the settings.
const FAMILY: &str = "provider";

/// Start of the variables that hold secrets; the provider's name in capitals follows.
pub const SECRET_VARIABLE: &str = "LOAM_OIDC_SECRET_";

/// What people call a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// In Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A sign-in service other than ours, which speaks OpenID Connect.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name in addresses and in the variable of its secret.
    #[serde(skip)]
    pub name: String,
    /// What people call it.
    pub label: Label,
    /// Its name for itself: the address under which it describes itself.
    pub issuer: String,
    /// Its name for us.
    pub client_id: String,
    /// The claim that holds the login of an account of ours: whoever is not tied yet is tied by it. Nobody when empty.
    #[serde(default)]
    pub claim: String,
    /// Whether it is trusted to ask for a second factor, so that we ask for none.
    #[serde(default)]
    pub trusted: bool,
    /// Whether anybody may sign in by it now.
    #[serde(default)]
    pub active: bool,
}

/// What is wrong with a part of a provider: the part, and the key of the sentence.
pub(crate) type ProviderFault = (&'static str, &'static str);

impl Provider {
    /// What its reader calls it.
    pub fn label(&self, locale: Locale) -> &str {
        match locale {
            Locale::ZhCn => &self.label.zh,
            Locale::En => &self.label.en,
        }
    }

    /// The variable that holds our secret there.
    pub fn variable(&self) -> String {
        format!("{SECRET_VARIABLE}{}", self.name.to_ascii_uppercase().replace('-', "_"))
    }

    /// Where it sends people back to, on this server.
    pub fn callback(&self) -> String {
        format!("/sign-in/with/{}/callback", self.name)
    }

    /// What is wrong with it, as far as that can be seen from here.
    pub(crate) fn faults(&self) -> Vec<ProviderFault> {
        let mut faults = Vec::new();
        let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !self.name.starts_with(|c: char| c.is_ascii_lowercase())
            || self.name.len() > 30
            || !self.name.chars().all(name)
        {
            faults.push(("name", "provider-name-fault"));
        }
        let said =
            |text: &str| !text.trim().is_empty() && text.chars().count() <= 60 && !text.chars().any(char::is_control);
        if !said(&self.label.zh) || !said(&self.label.en) {
            faults.push(("label", "provider-label-fault"));
        }
        if !is_issuer(&self.issuer) {
            faults.push(("issuer", "provider-issuer-fault"));
        }
        let printable = |text: &str| text.chars().all(|c| c.is_ascii_graphic());
        if self.client_id.is_empty() || self.client_id.len() > 255 || !printable(&self.client_id) {
            faults.push(("client_id", "provider-client-fault"));
        }
        if self.claim.len() > 100 || !printable(&self.claim) {
            faults.push(("claim", "provider-claim-fault"));
        }
        faults
    }
}

/// Whether an address is one that a provider may have: HTTPS, or HTTP on this machine itself; nothing after its path.
fn is_issuer(text: &str) -> bool {
    text.len() <= 300 && !text.contains(['?', '#', '@']) && (is_https(text) || is_loopback(text))
}

/// Whether it is an address by HTTPS.
pub(super) fn is_https(text: &str) -> bool {
    let uri = text.parse::<Uri>().ok();
    uri.is_some_and(|uri| uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty()))
}

/// Whether it is an address by HTTP on this machine itself.
pub(super) fn is_loopback(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    uri.scheme_str() == Some("http")
        && (host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

/// Our secrets at providers, by the variable they came in. Nothing prints them.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Those among the variables of a process; others are left out, and empty ones.
    pub fn among(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = |(name, value): &(String, String)| name.starts_with(SECRET_VARIABLE) && !value.is_empty();
        Self(variables.into_iter().filter(ours).collect())
    }

    /// The secret for a provider; a client without one is public, and proves with PKCE alone that it began.
    pub(crate) fn of(&self, provider: &Provider) -> Option<&str> {
        self.0.get(&provider.variable()).map(String::as_str)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The providers a store keeps, by name.
///
/// # Errors
/// Those of the database.
pub(crate) async fn all(store: &Store) -> Result<Vec<Provider>, StoreError> {
    let kept = store.settings().family(FAMILY).await?;
    let read = |(name, value): (String, serde_json::Value)| match serde_json::from_value::<Provider>(value) {
        Ok(provider) => Some(Provider { name, ..provider }),
        Err(fault) => {
            tracing::warn!(%name, %fault, "a provider of sign-ins cannot be read, and is left out");
            None
        }
    };
    Ok(kept.into_iter().filter_map(read).collect())
}

/// The providers in memory, read again after a few seconds.
#[derive(Default)]
pub(crate) struct Kept(Fresh<Vec<Provider>>);

impl Kept {
    /// All of them, at most five seconds old.
    pub(crate) async fn now(&self, store: &Store) -> Result<Arc<Vec<Provider>>, Problem> {
        self.0.now(|| all(store)).await.map_err(Problem::internal)
    }

    /// Has them read again at once.
    pub(crate) fn forget(&self) {
        self.0.forget();
    }
}

/// Whether whoever came by a provider is signed out as it changes so: it is not in use any more, or not trusted any more.
pub(crate) fn ends_sessions(before: Option<&Provider>, after: &Provider) -> bool {
    !after.active || (before.is_some_and(|before| before.trusted) && !after.trusted)
}

/// Keeps a provider, new or changed, as an act of the security administrator.
///
/// # Errors
/// Those of the database.
pub(crate) async fn keep(
    engine: &Engine,
    by: &Actor,
    before: Option<&Provider>,
    after: &Provider,
) -> Result<(), StoreError> {
    let value = serde_json::to_value(after).unwrap_or_default();
    let act = Act::new(if before.is_some() { "provider.change" } else { "provider.make" }, "provider")
        .fact("provider", after.name.as_str())
        .fact("before", before.and_then(|before| serde_json::to_value(before).ok()).unwrap_or_default())
        .fact("after", value.clone());
    let (name, issuer) = (format!("{FAMILY}:{}", after.name), after.issuer.clone());
    let ends = ends_sessions(before, after);
    engine
        .noted(by, vec![act], move |tx| {
            let (name, value, issuer) = (name.clone(), value.clone(), issuer.clone());
            Box::pin(async move {
                if ends {
                    tx.close_elsewhere(&issuer).await?;
                }
                tx.set_setting(&name, &value).await
            })
        })
        .await
}

/// Forgets a provider and all that is tied to it, as an act of the security administrator.
///
/// # Errors
/// Those of the database.
pub(crate) async fn remove(engine: &Engine, by: &Actor, gone: &Provider) -> Result<(), StoreError> {
    let act = Act::new("provider.remove", "provider")
        .fact("provider", gone.name.as_str())
        .fact("before", serde_json::to_value(gone).unwrap_or_default());
    let (name, issuer) = (format!("{FAMILY}:{}", gone.name), gone.issuer.clone());
    engine
        .noted(by, vec![act], move |tx| {
            let (name, issuer) = (name.clone(), issuer.clone());
            Box::pin(async move {
                tx.close_elsewhere(&issuer).await?;
                tx.untie_all(&issuer).await?;
                tx.drop_setting(&name).await.map(drop)
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_has_an_address_of_its_own() {
        for good in
            ["https://sso.example.com", "https://sso.example.com/realms/hr/", "http://127.0.0.1:9000", "http://[::1]:9"]
        {
            assert!(is_issuer(good), "{good}");
        }
        for bad in [
            "http://sso.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "https://example.com/?a=1",
            "https://example.com/#x",
            "ftp://example.com",
            "https://",
            "example.com",
            "",
        ] {
            assert!(!is_issuer(bad), "{bad}");
        }
    }

    #[test]
    fn secrets_are_found_and_not_printed() {
        let provider = Provider { name: "head-office".to_owned(), ..Provider::default() };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let all = [pair("LOAM_OIDC_SECRET_HEAD_OFFICE", "hush"), pair("PATH", "/bin"), pair("LOAM_OIDC_SECRET_X", "")];
        let secrets = Secrets::among(all);
        assert_eq!(secrets.of(&provider), Some("hush"));
        assert_eq!(format!("{secrets:?}"), "{\"LOAM_OIDC_SECRET_HEAD_OFFICE\"}");
        assert_eq!(secrets.of(&Provider { name: "x".to_owned(), ..provider }), None);
    }
}
