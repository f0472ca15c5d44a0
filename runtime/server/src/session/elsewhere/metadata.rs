//! What a provider says about itself, and the keys it signs with: read when they are needed, kept for an hour, and keys read
//! anew as soon as one is missing.
//!
//! INVARIANT: a provider is asked where it says of itself that it is; by HTTP only on this machine itself.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use serde_json::Value as Json;

use super::{
    Refusal,
    keys::Keys,
    provider::{is_https, is_loopback},
    web::{Ask, Web},
};

/// How long what was read is good.
const GOOD: Duration = Duration::from_secs(3600);

/// What a provider says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Metadata {
    /// Where people are sent.
    pub(super) authorization: String,
    /// Where a code is changed for tokens.
    pub(super) token: String,
    /// Where its keys are.
    pub(super) keys: String,
    /// Where it tells more about somebody, if it does.
    pub(super) person: Option<String>,
    /// Whether a client's secret goes into the form, since it is not taken from the header.
    pub(super) secret_in_form: bool,
    /// What may be asked for; anything when it does not say.
    pub(super) scopes: Option<Vec<String>>,
    /// Whether it says who it is as it sends people back.
    pub(super) names_itself: bool,
}

impl Metadata {
    /// Reads the document of an issuer; `None` when it is not its own, or says too little.
    fn read(issuer: &str, document: &Json) -> Option<Self> {
        let text = |name: &str| document.get(name).and_then(Json::as_str).map(str::to_owned);
        let list = |name: &str| {
            let items = document.get(name)?.as_array()?;
            Some(items.iter().filter_map(Json::as_str).map(str::to_owned).collect::<Vec<_>>())
        };
        if text("issuer")? != issuer {
            return None;
        }
        let here = is_loopback(issuer);
        let address = |name: &str| text(name).filter(|address| is_https(address) || (here && is_loopback(address)));
        let methods = list("token_endpoint_auth_methods_supported").unwrap_or_default();
        let takes = |method: &str| methods.iter().any(|known| known == method);
        Some(Self {
            authorization: address("authorization_endpoint")?,
            token: address("token_endpoint")?,
            keys: address("jwks_uri")?,
            person: address("userinfo_endpoint"),
            secret_in_form: takes("client_secret_post") && !takes("client_secret_basic"),
            scopes: list("scopes_supported"),
            names_itself: document.get("authorization_response_iss_parameter_supported") == Some(&Json::Bool(true)),
        })
    }
}

#[derive(Default)]
struct Known {
    metadata: Option<(Instant, Arc<Metadata>)>,
    keys: Option<(Instant, Arc<Keys>)>,
}

/// What is known of providers, by issuer.
#[derive(Default)]
pub(super) struct Services {
    pub(super) web: Web,
    known: RwLock<HashMap<String, Known>>,
}

impl Services {
    /// What a provider says about itself.
    pub(super) async fn metadata(&self, issuer: &str) -> Result<Arc<Metadata>, Refusal> {
        let known = self.look(issuer, |known| known.metadata.clone());
        if let Some(metadata) = known {
            return Ok(metadata);
        }
        self.read_metadata(issuer).await
    }

    /// The same, read anew.
    pub(super) async fn read_metadata(&self, issuer: &str) -> Result<Arc<Metadata>, Refusal> {
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let (status, document) = self.web.json(&address, Ask::Document).await?;
        let metadata = Metadata::read(issuer, &document).filter(|_| status == 200);
        let metadata = Arc::new(metadata.ok_or_else(|| unlike(&address, status))?);
        self.keep(issuer, |known| known.metadata = Some((Instant::now(), metadata.clone())));
        Ok(metadata)
    }

    /// The keys a provider signs with, and whether they were known already.
    pub(super) async fn keys(&self, issuer: &str, metadata: &Metadata) -> Result<(Arc<Keys>, bool), Refusal> {
        match self.look(issuer, |known| known.keys.clone()) {
            Some(keys) => Ok((keys, true)),
            None => Ok((self.read_keys(issuer, metadata).await?, false)),
        }
    }

    /// The keys, read anew: it may sign with another one by now.
    pub(super) async fn read_keys(&self, issuer: &str, metadata: &Metadata) -> Result<Arc<Keys>, Refusal> {
        let (status, document) = self.web.json(&metadata.keys, Ask::Document).await?;
        let keys = Keys::read(&document).filter(|_| status == 200);
        let keys = Arc::new(keys.ok_or_else(|| unlike(&metadata.keys, status))?);
        self.keep(issuer, |known| known.keys = Some((Instant::now(), keys.clone())));
        Ok(keys)
    }

    fn look<T>(&self, issuer: &str, part: impl Fn(&Known) -> Option<(Instant, Arc<T>)>) -> Option<Arc<T>> {
        let all = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (at, value) = part(all.get(issuer)?)?;
        (at.elapsed() < GOOD).then_some(value)
    }

    fn keep(&self, issuer: &str, put: impl FnOnce(&mut Known)) {
        put(self.known.write().unwrap_or_else(PoisonError::into_inner).entry(issuer.to_owned()).or_default());
    }
}

/// It answered, but not with what is needed.
fn unlike(address: &str, status: u16) -> Refusal {
    tracing::warn!(%address, status, "a sign-in service does not describe itself as OpenID Connect asks");
    if status >= 500 { Refusal::Unreachable } else { Refusal::Answer("provider-answer") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(issuer: &str, at: &str) -> Json {
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{at}/auth"),
            "token_endpoint": format!("{at}/token"),
            "jwks_uri": format!("{at}/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        })
    }

    #[test]
    fn a_provider_describes_itself_and_leads_nowhere_odd() {
        let (https, here) = ("https://sso.example.com", "http://127.0.0.1:9000");
        let read = Metadata::read(https, &document(https, https)).unwrap();
        assert!(read.secret_in_form && !read.names_itself && read.scopes.is_none() && read.person.is_none());
        assert!(Metadata::read(here, &document(here, here)).is_some());
        assert_eq!(Metadata::read(https, &document("https://evil.example.com", https)), None, "another's");
        assert_eq!(Metadata::read(https, &document("https://sso.example.com/", https)), None, "to the letter");
        assert_eq!(Metadata::read(https, &document(https, here)), None, "into this machine");
        assert_eq!(Metadata::read(https, &document(https, "http://10.0.0.1")), None, "in the clear");
        assert_eq!(Metadata::read(https, &document(https, "javascript:")), None);
        assert_eq!(Metadata::read(https, &json!({"issuer": https})), None);
    }
}
