//! Passwords: argon2id, off the request's thread, a few at a time so that many sign-ins cannot take all memory.

use std::{collections::HashSet, sync::LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use model::Locale;
use store::{Account, Store};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::policy::Policy;
use crate::{problem::Problem, words};

/// Longest password accepted, in bytes.
pub const LONGEST: usize = 1024;

/// A rule that a new password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Fewer characters than this.
    Short(u32),
    /// More bytes than [`LONGEST`].
    Long,
    /// Fewer kinds of characters than this.
    Kinds(u32),
    /// Among the passwords people guess first, or one of them with a few characters around it.
    Common,
    /// It holds the login or the name.
    Own,
    /// The account had it before; so many are remembered.
    Used(u32),
}

impl Rule {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Short(_) => "too-short",
            Self::Long => "too-long",
            Self::Kinds(_) => "too-plain",
            Self::Common => "common",
            Self::Own => "own-name",
            Self::Used(_) => "used-before",
        }
    }

    /// What is wrong and what to do.
    pub fn sentence(self, locale: Locale) -> String {
        let filled = |key, n: u32| words::fill(locale, key, &[("n", &n.to_string())]);
        match self {
            Self::Short(n) => filled("password-short", n),
            Self::Long => words::say(locale, "password-long").to_owned(),
            Self::Kinds(n) => filled("password-plain", n),
            Self::Common => words::say(locale, "password-common").to_owned(),
            Self::Own => words::say(locale, "password-own").to_owned(),
            Self::Used(n) => filled("password-used", n),
        }
    }
}

/// Passwords that many people use, in small letters, sorted; those shorter than any policy allows are left out.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// The first rule that a password breaks, as far as can be said without the account's earlier ones.
///
/// # Errors
/// That rule.
pub fn check(policy: &Policy, password: &str, login: &str, name: &str) -> Result<(), Rule> {
    let count = password.chars().count();
    if count < usize::try_from(policy.password_length).unwrap_or(usize::MAX) {
        return Err(Rule::Short(policy.password_length));
    }
    if password.len() > LONGEST {
        return Err(Rule::Long);
    }
    let small = password.to_lowercase();
    let core = small.trim_matches(|c: char| !c.is_alphabetic());
    let kept = core.chars().count();
    // A common word with a handful of digits or signs around it is found by the same guesses.
    if COMMON.contains(small.as_str()) || (COMMON.contains(core) && count < kept + 6) || is_run(&small) {
        return Err(Rule::Common);
    }
    let holds = |part: &str| part.chars().count() >= 3 && small.contains(&part.to_lowercase());
    if holds(login) || name.split_whitespace().any(holds) {
        return Err(Rule::Own);
    }
    if kinds(password) < policy.password_kinds {
        return Err(Rule::Kinds(policy.password_kinds));
    }
    Ok(())
}

/// How many of the four kinds of characters there are.
fn kinds(password: &str) -> u32 {
    let has = |kind: fn(char) -> bool| u32::from(password.chars().any(kind));
    has(char::is_lowercase)
        + has(char::is_uppercase)
        + has(|c| c.is_numeric())
        + has(|c| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric())
}

/// Whether it is one character over and over, or characters that follow one another: `aaaaaaaaaa`, `3456789012`.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let mut steps = codes.windows(2).map(|pair| match pair {
        [a, b] => match b - a {
            // Counting goes on at nought.
            -9 => 1,
            9 => -1,
            step => step,
        },
        _ => 0,
    });
    let first = steps.next();
    first.is_some_and(|first| first.abs() <= 1 && steps.all(|step| step == first))
}

/// [`check`], and that the account did not have it before. Takes some 20 ms for each earlier password.
///
/// # Errors
/// `Ok(Err(rule))` is the rule it breaks; the error is the database's.
pub async fn check_new(
    hashing: &Hashing,
    store: &Store,
    policy: &Policy,
    password: &str,
    account: &Account,
) -> Result<Result<(), Rule>, Problem> {
    if let Err(rule) = check(policy, password, &account.login, &account.name) {
        return Ok(Err(rule));
    }
    if policy.password_history == 0 {
        return Ok(Ok(()));
    }
    let known = store.passwords().of(account.id).await.map_err(Problem::internal)?;
    let most = usize::try_from(policy.password_history).unwrap_or(usize::MAX);
    let earlier = known.into_iter().flat_map(|state| state.earlier);
    let hashes = Some(account.password_hash.clone()).into_iter().chain(earlier).filter(|hash| !hash.is_empty());
    for hash in hashes.take(most) {
        if verify(hashing, Zeroizing::new(password.to_owned()), Some(hash)).await? {
            return Ok(Err(Rule::Used(policy.password_history)));
        }
    }
    Ok(Ok(()))
}

/// How many passwords are worked on at a time.
pub struct Hashing(Semaphore);

impl Default for Hashing {
    fn default() -> Self {
        Self(Semaphore::new(2))
    }
}

/// What an unknown login is compared with, so that it takes as long as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

/// Whether the password is the one behind the hash; `false` without a hash, after the same work.
pub(crate) async fn verify(
    hashing: &Hashing,
    password: Zeroizing<String>,
    known: Option<String>,
) -> Result<bool, Problem> {
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
pub(crate) async fn hash_aside(hashing: &Hashing, password: Zeroizing<String>) -> Result<String, Problem> {
    let _turn = hashing.0.acquire().await.map_err(Problem::internal)?;
    let hashed = tokio::task::spawn_blocking(move || hash(&password)).await.map_err(Problem::internal)?;
    hashed.map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[test]
    fn the_rule_that_is_broken_is_named() {
        assert!(COMMON.len() >= 3_000, "{}", COMMON.len());
        let policy = Policy::default();
        let broken = |password: &str| check(&policy, password, "wangwei", "Wang Wei").err().map(Rule::code);
        assert_eq!(broken("correct horse"), None);
        assert_eq!(broken("药师带我飞翔八千里路A1"), None);
        assert_eq!(broken("short"), Some("too-short"));
        assert_eq!(broken(&"x y".repeat(400)), Some("too-long"));
        assert_eq!(broken("Password123!"), Some("common"));
        assert_eq!(broken("1234567890"), Some("common"));
        assert_eq!(broken("6789012345"), Some("common"));
        assert_eq!(broken("zzzzzzzzzzzz"), Some("common"));
        assert_eq!(broken("my WangWei 99"), Some("own-name"));
        assert_eq!(broken("onlysmallletters"), Some("too-plain"));
    }

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobody_never_does() {
        let hashing = Hashing::default();
        let kept = hash("correct horse").unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert!(verify(&hashing, typed("correct horse"), Some(kept.clone())).await.unwrap());
        assert!(!verify(&hashing, typed("wrong horse"), Some(kept)).await.unwrap());
        assert!(!verify(&hashing, typed("nobody has this password"), None).await.unwrap());
    }
}
