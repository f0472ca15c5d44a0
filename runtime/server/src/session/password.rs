//! Passwords: argon2id, off the request's thread, a few at a time so that many sign-ins cannot take all memory.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::problem::Problem;

/// Shortest password accepted, in characters.
pub const SHORTEST: usize = 8;

/// Longest password accepted, in bytes.
pub const LONGEST: usize = 1024;

/// How many passwords are worked on at a time.
pub(crate) struct Hashing(Semaphore);

impl Default for Hashing {
    fn default() -> Self {
        Self(Semaphore::new(2))
    }
}

/// What an unknown login is compared with, so that it takes as long as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

/// Whether the password is the one behind the hash; `false` without a hash, after the same work.
pub(crate) async fn verify(hashing: &Hashing, password: String, known: Option<String>) -> Result<bool, Problem> {
    let _turn = hashing.0.acquire().await.map_err(Problem::internal)?;
    let work = move || {
        if password.len() > LONGEST {
            return false;
        }
        let hash = known.as_deref().unwrap_or(&NOBODY);
        let fits = PasswordHash::new(hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        fits && known.is_some()
    };
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}

/// The hash to keep of a new password, in PHC form. Takes some 20 ms; call it off the request's thread.
///
/// # Errors
/// No random salt could be had.
pub fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

/// [`hash`], off the request's thread.
pub(crate) async fn hash_aside(hashing: &Hashing, password: String) -> Result<String, Problem> {
    let _turn = hashing.0.acquire().await.map_err(Problem::internal)?;
    let hashed = tokio::task::spawn_blocking(move || hash(&password)).await.map_err(Problem::internal)?;
    hashed.map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobody_never_does() {
        let hashing = Hashing::default();
        let kept = hash("correct horse").unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert!(verify(&hashing, "correct horse".into(), Some(kept.clone())).await.unwrap());
        assert!(!verify(&hashing, "wrong horse".into(), Some(kept)).await.unwrap());
        assert!(!verify(&hashing, "nobody has this password".into(), None).await.unwrap());
    }
}
