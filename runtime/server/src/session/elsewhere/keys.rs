//! A provider's public keys (RFC 7517), and what they say about a signature (RFC 7518). Keys that both sides would have to
//! keep secret are not taken.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::Value as Json;

/// The algorithms taken, each with the kind of key it needs. `none`, and those with a shared secret, are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    /// Reads the word in a token's head.
    pub(super) fn read(word: &str) -> Option<Self> {
        Some(match word {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return None,
        })
    }

    /// How RSA is used; `None` for the others.
    fn rsa(self) -> Option<&'static RsaParameters> {
        Some(match self {
            Self::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Self::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
            Self::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
            Self::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
            Self::Es256 | Self::Es384 | Self::EdDsa => return None,
        })
    }
}

enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    material: Material,
}

impl Key {
    /// Reads a key; `None` for one that signs nothing, or that is not understood.
    fn read(key: &Json) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Json::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let point = || Some([vec![4], bytes("x")?, bytes("y")?].concat());
        let material = match (text("kty")?, text("crv")) {
            ("RSA", _) => Material::Rsa { n: bytes("n")?, e: bytes("e")? },
            ("EC", Some("P-256")) => Material::P256(point()?),
            ("EC", Some("P-384")) => Material::P384(point()?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x")?),
            _ => return None,
        };
        Some(Self { id: text("kid").map(str::to_owned), algorithm: text("alg").map(str::to_owned), material })
    }

    /// Whether it is of the kind an algorithm needs, and meant for it.
    fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match self.material {
            Material::Rsa { .. } => algorithm.rsa().is_some(),
            Material::P256(_) => algorithm == Algorithm::Es256,
            Material::P384(_) => algorithm == Algorithm::Es384,
            Material::Ed25519(_) => algorithm == Algorithm::EdDsa,
        };
        kind && self.algorithm.as_deref().is_none_or(|known| Algorithm::read(known) == Some(algorithm))
    }

    fn verifies(&self, algorithm: Algorithm, message: &[u8], signed: &[u8]) -> bool {
        match (&self.material, algorithm.rsa()) {
            (Material::Rsa { n, e }, Some(how)) => RsaPublicKeyComponents { n, e }.verify(how, message, signed).is_ok(),
            (Material::P256(key), _) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, signed).is_ok()
            }
            (Material::P384(key), _) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, key).verify(message, signed).is_ok()
            }
            (Material::Ed25519(key), _) => UnparsedPublicKey::new(&ED25519, key).verify(message, signed).is_ok(),
            (Material::Rsa { .. }, None) => false,
        }
    }
}

/// The keys of a provider.
pub(super) struct Keys(Vec<Key>);

/// What keys say about a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// One of them made it.
    Good,
    /// None of them did.
    Bad,
    /// The key that is said to have made it is not among them.
    NoKey,
}

impl Keys {
    /// Reads a set of keys; `None` when it is none.
    pub(super) fn read(set: &Json) -> Option<Self> {
        Some(Self(set.get("keys")?.as_array()?.iter().filter_map(Key::read).collect()))
    }

    /// Whether the key of that id, or any that fits where none is named, made a signature.
    pub(super) fn verify(&self, algorithm: Algorithm, id: Option<&str>, message: &[u8], signed: &[u8]) -> Verdict {
        let named = |key: &&Key| key.fits(algorithm) && (id.is_none() || key.id.is_none() || key.id.as_deref() == id);
        let mut seen = false;
        for key in self.0.iter().filter(named) {
            seen = true;
            if key.verifies(algorithm, message, signed) {
                return Verdict::Good;
            }
        }
        if seen { Verdict::Bad } else { Verdict::NoKey }
    }
}
