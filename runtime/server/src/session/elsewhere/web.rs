//! Asking another sign-in service: a few short requests, with limits on time, size and how many run at once. Redirects are not
//! followed; certificates are those the machine trusts.

use std::{sync::Arc, time::Duration};

use serde_json::Value as Json;
use tokio::sync::Semaphore;
use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};

use super::{Refusal, provider::is_https};

/// How long an answer may take, from looking up the name to its last byte.
const PATIENCE: Duration = Duration::from_secs(5);

/// Largest answer that is read, in bytes.
const MOST: u64 = 256 * 1024;

/// Questions at once: one that hangs must not hold up everything else.
const AT_ONCE: usize = 16;

/// What is asked.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    /// For a document.
    Document,
    /// For what is known of who holds this token.
    Person(String),
    /// For what a form brings, with the `Authorization` of a client that has a secret.
    Form(String, Option<String>),
}

/// Whatever is needed to ask.
#[derive(Clone)]
pub(super) struct Web {
    outside: Agent,
    here: Agent,
    slots: Arc<Semaphore>,
    patience: Duration,
}

impl Default for Web {
    fn default() -> Self {
        Self::waiting(PATIENCE)
    }
}

impl Web {
    fn waiting(patience: Duration) -> Self {
        let usual = || {
            Agent::config_builder()
                .timeout_global(Some(patience))
                .max_redirects(0)
                .http_status_as_error(false)
                .user_agent("loam")
        };
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        Self {
            outside: usual().https_only(true).tls_config(tls).build().into(),
            // What is on this machine is not asked for through a proxy.
            here: usual().proxy(None).build().into(),
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            patience,
        }
    }

    /// Asks, and reads the answer as JSON; answers its status too.
    pub(super) async fn json(&self, address: &str, ask: Ask) -> Result<(u16, Json), Refusal> {
        let slot = tokio::time::timeout(self.patience, self.slots.clone().acquire_owned()).await;
        let Ok(Ok(slot)) = slot else { return Err(Refusal::Unreachable) };
        let agent = if is_https(address) { self.outside.clone() } else { self.here.clone() };
        let asked = address.to_owned();
        let asking = tokio::task::spawn_blocking(move || {
            let answer = send(&agent, &asked, &ask);
            drop(slot);
            answer
        });
        match asking.await {
            Ok(Ok((status, body))) => match serde_json::from_slice(&body) {
                Ok(json) => Ok((status, json)),
                Err(_) if status >= 500 => Err(Refusal::Unreachable),
                Err(fault) => {
                    tracing::warn!(%address, status, %fault, "a sign-in service did not answer with JSON");
                    Err(Refusal::Answer("provider-answer"))
                }
            },
            Ok(Err(error)) => {
                tracing::warn!(%address, %error, "a sign-in service cannot be reached");
                Err(Refusal::Unreachable)
            }
            Err(error) => {
                tracing::error!(%address, %error, "asking a sign-in service failed");
                Err(Refusal::Unreachable)
            }
        }
    }
}

fn send(agent: &Agent, address: &str, ask: &Ask) -> Result<(u16, Vec<u8>), ureq::Error> {
    let mut answer = match ask {
        Ask::Document => agent.get(address).header("accept", "application/json").call()?,
        Ask::Person(token) => agent
            .get(address)
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .call()?,
        Ask::Form(fields, authorization) => {
            let mut request = agent
                .post(address)
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded");
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            request.send(fields.as_bytes())?
        }
    };
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(MOST).read_to_vec()?;
    Ok((status, body))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn whoever_does_not_answer_is_not_waited_for() {
        // It takes connections, and says nothing.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", silent.local_addr().unwrap());
        let began = Instant::now();
        let web = Web::waiting(Duration::from_millis(200));
        assert_eq!(web.json(&address, Ask::Document).await, Err(Refusal::Unreachable));
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        drop(silent);
        assert_eq!(web.json(&address, Ask::Document).await, Err(Refusal::Unreachable));
    }
}
