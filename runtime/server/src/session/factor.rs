//! The second factor: codes of an authenticator app (RFC 6238: HMAC-SHA-1, six digits, thirty seconds) and recovery codes.
//!
//! INVARIANT: a secret is in the database sealed only, see [`engine::vault`]. INVARIANT: a code is taken once: the store keeps the last step used, and a recovery code is deleted as it is taken.

use engine::{Act, Actor, By, Engine, Origin, vault::CODE};
use hmac::{Hmac, KeyInit, Mac};
use model::UserId;
use qrcode::{EcLevel, QrCode, render::svg};
use sha1::Sha1;
use store::{Account, StoreError, StoredCode};
use zeroize::Zeroizing;

use super::{
    token,
    undone::{Undone, done},
};
use crate::problem::Problem;

/// Seconds a code is good for.
const STEP: i64 = 30;

/// Steps a clock may be off, to either side.
const DRIFT: i64 = 1;

/// Recovery codes handed out together.
const RECOVERY: usize = 10;

/// The letters of base 32 (RFC 4648).
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Letters of recovery codes, without those that are mistaken for one another.
const CLEAR: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789v";

/// The code of a secret at a step; `None` for a secret of no length, which there is not.
fn code_at(secret: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 0x0f);
    let four: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}

/// The step around `now` whose code this is.
fn step_of(secret: &[u8], code: &str, seconds: i64) -> Option<i64> {
    let here = seconds.div_euclid(STEP);
    (here - DRIFT..=here + DRIFT).find(|step| code_at(secret, *step).is_some_and(|right| token::same(&right, code)))
}

/// A new secret of 160 bits, in base 32.
pub(crate) fn new_secret() -> Result<Zeroizing<String>, Problem> {
    let mut bytes = Zeroizing::new([0_u8; 20]);
    getrandom::fill(bytes.as_mut()).map_err(Problem::internal)?;
    Ok(Zeroizing::new(to_base32(bytes.as_ref())))
}

fn to_base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            let at = usize::try_from((bits >> held) & 31).unwrap_or_default();
            text.extend(LETTERS.get(at).map(|letter| char::from(*letter)));
        }
        bits &= (1 << held) - 1;
    }
    text
}

fn from_base32(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for at in text.bytes().filter_map(|byte| LETTERS.iter().position(|letter| *letter == byte)) {
        bits = (bits << 5) | u32::try_from(at).unwrap_or_default();
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap_or_default());
            bits &= (1 << held) - 1;
        }
    }
    bytes
}

/// What an authenticator app reads to take up a secret.
pub(crate) fn address(brand: &str, login: &str, secret: &str) -> String {
    let encode = crate::page::params::encode;
    let (brand, login) = (encode(brand), encode(login));
    format!("otpauth://totp/{brand}:{login}?secret={secret}&issuer={brand}&algorithm=SHA1&digits=6&period=30")
}

/// The same as a picture, in SVG.
pub(crate) fn picture(address: &str) -> Result<String, Problem> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).map_err(Problem::internal)?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build();
    // The declaration of a file of its own does not belong inside a page.
    Ok(drawn.split_once("?>").map_or(drawn.clone(), |(_, picture)| picture.to_owned()))
}

/// Whether a code typed for a secret that is being set up is right: answers the step it was used in.
pub(crate) fn proves(secret: &str, typed: &str, engine: &Engine) -> Option<i64> {
    step_of(&Zeroizing::new(from_base32(secret)), &plain(typed), engine.now().as_second())
}

/// Takes up a secret, whose code of that step was used, and makes new recovery codes: shown once.
pub(crate) async fn set_up(engine: &Engine, by: &Actor, secret: &str, step: i64) -> Result<Vec<String>, Problem> {
    let account = by.user;
    let mut codes = Vec::with_capacity(RECOVERY);
    for _ in 0..RECOVERY {
        let mut bytes = [0_u8; 10];
        getrandom::fill(&mut bytes).map_err(Problem::internal)?;
        let letters = bytes.iter().filter_map(|byte| CLEAR.get(usize::from(byte % 32)));
        let text: String = letters.map(|letter| char::from(*letter)).collect();
        let (start, end) = text.split_at_checked(5).unwrap_or((&text, ""));
        codes.push(format!("{start}-{end}"));
    }
    let hashes: Vec<String> = codes.iter().map(|code| recovery_hash(account, code)).collect();
    let secret = engine.seal(CODE, account, secret).map_err(Problem::internal)?;
    let code = StoredCode { secret, made: engine.now(), last_step: step };
    let act = Act::new("factor.set", "account").on(account).fact("kind", "code");
    let set = engine.noted::<(), StoreError, _>(by, vec![act], move |tx| {
        let (code, hashes) = (code.clone(), hashes.clone());
        Box::pin(async move { tx.set_code(account, &code, &hashes).await })
    });
    set.await.map_err(Problem::internal)?;
    Ok(codes)
}

/// Which of an account's second factors a typed code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Used {
    /// A code of the app.
    Code,
    /// A recovery code, now gone.
    Recovery,
}

/// Takes a typed code: of the app, or a recovery code. `None` when it is wrong or was taken before.
pub(crate) async fn take(
    engine: &Engine,
    owner: &Account,
    typed: &str,
    origin: &Origin,
) -> Result<Option<Used>, Problem> {
    let (typed, account) = (plain(typed), owner.id);
    let codes = engine.store().codes();
    let Some(known) = codes.of(account).await.map_err(Problem::internal)? else { return Ok(None) };
    if typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit()) {
        let secret = engine.unseal(CODE, account, &known.secret).map_err(Problem::internal)?;
        let Some(step) = step_of(&Zeroizing::new(from_base32(&secret)), &typed, engine.now().as_second()) else {
            return Ok(None);
        };
        let taken = codes.take_step(account, step).await.map_err(Problem::internal)?;
        return Ok(taken.then_some(Used::Code));
    }
    let hash = recovery_hash(account, &typed);
    let act = Act::new("factor.recovery", "account").on(account);
    let taken = engine.noted::<(), Undone, _>(By::account(owner, origin.clone()), vec![act], move |tx| {
        let hash = hash.clone();
        Box::pin(async move { done(tx.take_recovery(account, &hash).await?) })
    });
    Ok(Undone::told(taken.await)?.then_some(Used::Recovery))
}

/// What is kept of a recovery code. It has 50 random bits and works once, so a plain hash will do.
fn recovery_hash(account: UserId, code: &str) -> String {
    token::hash(&Zeroizing::new(format!("{account} {}", *plain(code))))
}

/// Without the blanks and dashes people type.
fn plain(typed: &str) -> Zeroizing<String> {
    let letters = typed.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase());
    Zeroizing::new(letters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // Appendix B of RFC 6238, the last six of its eight digits.
        let secret = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code_at(secret, seconds / STEP).as_deref(), Some(code));
        }
        assert_eq!(step_of(secret, "287082", 59 + 30), Some(1), "a clock may be a step behind");
        assert_eq!(step_of(secret, "287082", 59 + 90), None);
    }

    #[test]
    fn secrets_travel_in_base_32() {
        assert_eq!(to_base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), b"12345678901234567890");
        assert!(picture(&address("Loam 演示", "wang", "ABC")).unwrap().trim_start().starts_with("<svg"));
    }
}
