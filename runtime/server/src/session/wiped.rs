//! What somebody typed to prove who they are, wiped from memory when it goes: bodies that may hold a password or a code, and
//! what is read from them.
//!
//! What the HTTP library read ahead and the kernel copied is beyond reach; of ours nothing stays.

use std::ops::Deref;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde::{Deserialize as _, Deserializer};
use zeroize::{Zeroize as _, Zeroizing};

/// A body that may hold a password.
pub(crate) struct Sent(Bytes);

impl Sent {
    pub(crate) fn of(body: Bytes) -> Self {
        Self(body)
    }
}

impl Deref for Sent {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.0
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        wipe(std::mem::take(&mut self.0));
    }
}

/// Wipes bytes that nobody else holds; answers whether it did.
fn wipe(bytes: Bytes) -> bool {
    match bytes.try_into_mut() {
        Ok(mut own) => {
            let own: &mut [u8] = &mut own;
            own.zeroize();
            true
        }
        Err(_) => false,
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = <Bytes as FromRequest<S>>::Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        Bytes::from_request(request, state).await.map(Self)
    }
}

/// A member that is wiped: for `deserialize_with`.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}

/// The same of one that may be left out.
pub(crate) fn maybe<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Zeroizing<String>>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Zeroizing::new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::params::Params;

    #[test]
    fn a_body_nobody_else_holds_is_wiped() {
        let body = Bytes::from(b"password=correct+horse".to_vec());
        assert!(wipe(body));
        let body = Bytes::from(b"password=correct+horse".to_vec());
        let other = body.clone();
        assert!(!wipe(body), "what somebody else still reads is theirs");
        assert!(other.starts_with(b"password"));
    }

    #[test]
    fn a_form_is_emptied_where_it_stands() {
        let mut sent = Params::parse("login=ann&password=correct+horse&code=123456");
        sent.zeroize();
        assert_eq!(sent, Params::default());
        let mut text = "correct horse".to_owned();
        text.zeroize();
        assert!(text.is_empty());
    }
}
