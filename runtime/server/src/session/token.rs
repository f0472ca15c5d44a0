//! Tokens: 256 random bits as text, and what is derived from them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// Start of a program's token, by which it is told from a session's and found where it should not be.
pub(crate) const PROGRAM: &str = "loam_";

/// A new token.
pub(crate) fn new() -> Result<String, Problem> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Problem::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What the store knows of a token.
pub(crate) fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

/// The token's proof for forms: whoever has it cannot find the token, whoever has the token can make it.
pub(super) fn csrf(token: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"loam form token\0");
    hasher.update(token.as_bytes());
    URL_SAFE_NO_PAD.encode(hasher.finalize())
}

/// Compares without telling by the time taken how much was right.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_give_nothing_away() {
        let (a, b) = (new().unwrap(), new().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.len(), 43);
        assert_ne!(hash(&a), csrf(&a));
        assert!(same(&a, &a.clone()) && !same(&a, &b) && !same(&a, ""));
    }
}
