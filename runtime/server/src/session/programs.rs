//! Tokens of programs: what their owner made them for, at most, and never more than their owner may do at that moment.
//!
//! A token opens addresses of records only. It proves nothing about who is sitting there, so it opens no page, makes no
//! token, and administers nothing.

use axum::http::{Method, Uri};
use engine::{Act, By, Engine, Origin, Within};
use store::{Account, StoreError, Token};

use crate::problem::Problem;

/// Notes a use, and the first one on the ledger.
pub(super) async fn note_use(engine: &Engine, token: &Token, account: &Account, address: &str) -> Result<(), Problem> {
    let origin = Origin { address: address.to_owned(), ..Origin::default() };
    let first = token.used.is_none().then(|| Act::new("token.first-use", "token").on(token.id));
    let (id, now, address) = (token.id, engine.now(), address.to_owned());
    let by = By::account(account, origin);
    let noted = engine.noted::<(), StoreError, _>(by, first.into_iter().collect(), move |tx| {
        let address = address.clone();
        Box::pin(async move { tx.touch_token(id, now, &address).await })
    });
    noted.await.map_err(Problem::internal)
}

/// What of their owner's rights a token gives.
pub(super) fn within(token: &Token) -> Within {
    Within { writes: token.writes, entities: token.entities.clone() }
}

/// Whether a token may knock at this address at all.
pub(super) fn may_open(token: &Token, method: &Method, uri: &Uri) -> bool {
    let Some(path) = uri.path().strip_prefix("/api/v1/") else { return false };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let first = path.split('/').next().unwrap_or_default();
    // The addresses that are not records'.
    let own = ["session", "accounts", "outbox", "tokens", "policy", "providers", "audit"];
    match first {
        "session" => reads && path == "session",
        // What people decide about terms is theirs to decide.
        "openapi.json" | "search" | "terms" | "dictionary" | "rules" => reads,
        _ if own.contains(&first) => false,
        _ => reads || token.writes,
    }
}

#[cfg(test)]
mod tests {
    use model::{Timestamp, Uuid};

    use super::*;

    #[test]
    fn a_token_opens_records_and_nothing_else() {
        let token = |writes| Token {
            id: Uuid::nil(),
            account: Uuid::nil(),
            name: String::new(),
            token_hash: String::new(),
            writes,
            entities: Vec::new(),
            created: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH,
            used: None,
            used_from: None,
        };
        let opens = |writes, method: &str, path: &str| {
            may_open(&token(writes), &method.parse().unwrap(), &path.parse().unwrap())
        };
        assert!(opens(false, "GET", "/api/v1/demo/goal") && opens(true, "POST", "/api/v1/demo/goal"));
        assert!(!opens(false, "POST", "/api/v1/demo/goal"));
        assert!(opens(true, "GET", "/api/v1/terms/x/life") && !opens(true, "POST", "/api/v1/terms/x/life"));
        for path in [
            "/",
            "/me",
            "/security",
            "/accounts",
            "/live/goal",
            "/api/v1/accounts",
            "/api/v1/tokens",
            "/api/v1/providers",
        ] {
            assert!(!opens(true, "GET", path), "{path}");
        }
        assert!(opens(true, "GET", "/api/v1/session") && !opens(true, "DELETE", "/api/v1/session"));
        assert!(!opens(true, "GET", "/api/v1/session/list"));
    }
}
