//! What an authenticator answered, read and checked; nothing here is remembered.
//!
//! A form carries the answer as JSON, its bytes in base 64 for addresses. Keys are COSE: ES256 on P-256, or EdDSA on Ed25519.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use model::UserId;
use p256::ecdsa::signature::Verifier;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Site;

/// Longest name an authenticator may give a key, in bytes.
const LONGEST_CREDENTIAL: usize = 1023;

/// The owner was there.
const PRESENT: u8 = 0x01;
/// The owner was recognised: by finger, face or PIN.
const VERIFIED: u8 = 0x04;
/// The key may be copied to other devices of the owner's.
const MAY_COPY: u8 = 0x08;
/// It has been.
const COPIED: u8 = 0x10;
/// A new key follows.
const HAS_KEY: u8 = 0x40;
/// Extensions follow.
const HAS_MORE: u8 = 0x80;

/// Why an answer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not shaped as the standard has it.
    Unreadable,
    /// It answers another kind of question.
    Ceremony,
    /// It was given to another site.
    Origin,
    /// The owner was not there, or not recognised.
    Unverified,
    /// The key is of a kind we do not know, or no key.
    Key,
    /// The signature is not the key's.
    Signature,
}

impl Fault {
    /// The reason on the ledger.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable-passkey",
            Self::Ceremony => "wrong-ceremony",
            Self::Origin => "wrong-origin",
            Self::Unverified => "not-verified",
            Self::Key => "unknown-key",
            Self::Signature => "wrong-signature",
        }
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::Unreadable)
}

/// What the browser says it did.
pub(super) struct Client {
    /// The challenge it answered.
    pub(super) challenge: String,
    ceremony: String,
    origin: String,
    framed: bool,
    /// What the authenticator signs of it.
    hash: [u8; 32],
}

impl Client {
    fn read(text: &str) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(rename = "type")]
            ceremony: String,
            challenge: String,
            origin: String,
            #[serde(rename = "crossOrigin", default)]
            framed: bool,
        }
        let raw = bytes(text)?;
        let Wire { ceremony, challenge, origin, framed } =
            serde_json::from_slice(&raw).map_err(|_| Fault::Unreadable)?;
        Ok(Self { challenge, ceremony, origin, framed, hash: Sha256::digest(&raw).into() })
    }

    fn check(&self, ceremony: &str, site: &Site) -> Result<(), Fault> {
        if self.ceremony != ceremony {
            return Err(Fault::Ceremony);
        }
        if self.origin != site.origin || self.framed { Err(Fault::Origin) } else { Ok(()) }
    }
}

/// What the authenticator says: for which name, how its owner was met, how often it was used, and what follows.
struct Data<'d> {
    site: &'d [u8],
    flags: u8,
    count: u32,
    rest: &'d [u8],
}

impl<'d> Data<'d> {
    fn read(raw: &'d [u8]) -> Result<Self, Fault> {
        let read = || {
            let (site, rest) = raw.split_at_checked(32)?;
            let (flags, rest) = rest.split_first()?;
            let (count, rest) = rest.split_first_chunk()?;
            Some(Self { site, flags: *flags, count: u32::from_be_bytes(*count), rest })
        };
        read().ok_or(Fault::Unreadable)
    }

    fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    fn check(&self, site: &Site) -> Result<(), Fault> {
        if self.site != Sha256::digest(site.name.as_bytes()).as_slice() {
            return Err(Fault::Origin);
        }
        if self.has(COPIED) && !self.has(MAY_COPY) {
            return Err(Fault::Unreadable);
        }
        if self.has(PRESENT | VERIFIED) { Ok(()) } else { Err(Fault::Unverified) }
    }

    /// Reads what follows one CBOR value.
    fn ends(&self, rest: &[u8]) -> Result<(), Fault> {
        if self.has(HAS_MORE) != rest.is_empty() { Ok(()) } else { Err(Fault::Unreadable) }
    }
}

/// A passkey that was made.
pub(super) struct New {
    /// What the browser did.
    pub(super) client: Client,
    attestation: Vec<u8>,
}

/// What is kept of one.
#[derive(Debug)]
pub(super) struct Made {
    /// The authenticator's name for it, in base 64.
    pub(super) credential: String,
    /// The public key, COSE in base 64.
    pub(super) key: String,
    /// How often it was used.
    pub(super) count: u32,
}

impl New {
    /// Reads a form's answer.
    pub(super) fn read(answer: &str) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Wire {
            client: String,
            attestation: String,
        }
        let wire: Wire = serde_json::from_str(answer).map_err(|_| Fault::Unreadable)?;
        Ok(Self { client: Client::read(&wire.client)?, attestation: bytes(&wire.attestation)? })
    }

    /// Checks all but the challenge.
    pub(super) fn check(&self, site: &Site) -> Result<Made, Fault> {
        self.client.check("webauthn.create", site)?;
        let whole: Cbor = ciborium::from_reader(self.attestation.as_slice()).map_err(|_| Fault::Unreadable)?;
        let raw = whole
            .as_map()
            .and_then(|map| map.iter().find(|(key, _)| key.as_text() == Some("authData")))
            .and_then(|(_, value)| value.as_bytes())
            .ok_or(Fault::Unreadable)?;
        let data = Data::read(raw)?;
        data.check(site)?;
        let (credential, key) = attested(&data).ok_or(Fault::Unreadable)?;
        let mut rest = key;
        let _: Cbor = ciborium::from_reader(&mut rest).map_err(|_| Fault::Unreadable)?;
        data.ends(rest)?;
        let (key, _) = key.split_at_checked(key.len() - rest.len()).ok_or(Fault::Unreadable)?;
        Key::read(key)?;
        let encode = |bytes| URL_SAFE_NO_PAD.encode(bytes);
        Ok(Made { credential: encode(credential), key: encode(key), count: data.count })
    }
}

/// The name of a new key, and the key with what follows it. The make of the authenticator comes first and is left out.
fn attested<'d>(data: &Data<'d>) -> Option<(&'d [u8], &'d [u8])> {
    let (_make, rest) = data.rest.split_at_checked(16).filter(|_| data.has(HAS_KEY))?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    rest.split_at_checked(length).filter(|_| (1..=LONGEST_CREDENTIAL).contains(&length))
}

/// A passkey that was used.
pub(super) struct Used {
    /// The authenticator's name for it, in base 64.
    pub(super) credential: String,
    /// What the browser did.
    pub(super) client: Client,
    data: Vec<u8>,
    signature: Vec<u8>,
    user: Option<Vec<u8>>,
}

impl Used {
    /// Reads a form's answer.
    pub(super) fn read(answer: &str) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Wire {
            id: String,
            client: String,
            data: String,
            signature: String,
            user: Option<String>,
        }
        let wire: Wire = serde_json::from_str(answer).map_err(|_| Fault::Unreadable)?;
        Ok(Self {
            credential: wire.id,
            client: Client::read(&wire.client)?,
            data: bytes(&wire.data)?,
            signature: bytes(&wire.signature)?,
            user: wire.user.filter(|user| !user.is_empty()).map(|user| bytes(&user)).transpose()?,
        })
    }

    /// Whether the authenticator knows it as that account's; some do not say.
    pub(super) fn is_of(&self, account: UserId) -> bool {
        self.user.as_deref().is_none_or(|user| user == account.as_bytes())
    }

    /// Checks all but the challenge and the owner; answers how often it was used.
    pub(super) fn check(&self, site: &Site, key: &str) -> Result<u32, Fault> {
        self.client.check("webauthn.get", site)?;
        let data = Data::read(&self.data)?;
        data.check(site)?;
        let signed = [self.data.as_slice(), &self.client.hash].concat();
        if Key::read(&bytes(key)?)?.signed(&signed, &self.signature) { Ok(data.count) } else { Err(Fault::Signature) }
    }
}

/// A public key.
enum Key {
    Es256(Box<p256::ecdsa::VerifyingKey>),
    EdDsa(Box<ed25519_dalek::VerifyingKey>),
}

impl Key {
    /// Reads COSE: a map whose keys and constants are numbers of RFC 9053.
    fn read(raw: &[u8]) -> Result<Self, Fault> {
        let map: Cbor = ciborium::from_reader(raw).map_err(|_| Fault::Key)?;
        let map = map.as_map().ok_or(Fault::Key)?;
        let part = |name: i64| {
            let mut found = map.iter().filter(|(key, _)| key.as_integer() == Some(name.into()));
            found.next().map(|(_, value)| value).filter(|_| found.next().is_none())
        };
        let number = |name: i64| part(name)?.as_integer().and_then(|number| i64::try_from(number).ok());
        let point = |name: i64| <[u8; 32]>::try_from(part(name)?.as_bytes()?.as_slice()).ok();
        let key = match (number(1), number(3), number(-1)) {
            (Some(2), Some(-7), Some(1)) => point(-2).zip(point(-3)).and_then(|(x, y)| {
                let whole = [&[4_u8][..], &x, &y].concat();
                p256::ecdsa::VerifyingKey::from_sec1_bytes(&whole).ok().map(|key| Self::Es256(Box::new(key)))
            }),
            (Some(1), Some(-8), Some(6)) => point(-2)
                .and_then(|x| ed25519_dalek::VerifyingKey::from_bytes(&x).ok().map(|key| Self::EdDsa(Box::new(key)))),
            _ => None,
        };
        key.ok_or(Fault::Key)
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256(key) => p256::ecdsa::DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::EdDsa(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}
