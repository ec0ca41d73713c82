//! Credentials that can not be printed by accident, and the digests that are kept in their place.

use super::AuthError;
use rand::TryRngCore;
use rand::rngs::OsRng;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A password or token. Its `Debug` output is `***`, and it has no `Display`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a credential.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// 256 random bits from the operating system, as 64 hexadecimal digits.
    pub fn random() -> Result<Secret, AuthError> {
        Ok(Secret(hex(&random_bytes::<32>()?)))
    }

    /// The credential itself, for the one place that hands it out or checks it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// 32 bytes that stand for a credential: the SHA-256 of a token, or the Argon2id output of a password.
///
/// Stored as 64 hexadecimal digits. `Debug` prints `***`: a digest of a password is worth guessing at.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub(super) [u8; 32]);

impl Digest {
    /// The digest of a random token. Fast, which is right for 256 random bits and wrong for passwords.
    pub fn sha256(text: &str) -> Digest {
        Digest(Sha256::digest(text.as_bytes()).into())
    }

    /// Equality whose time does not depend on where the digests differ.
    pub fn matches(&self, other: &Digest) -> bool {
        let difference = self.0.iter().zip(&other.0).fold(0, |all, (a, b)| all | (a ^ b));
        std::hint::black_box(difference) == 0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(from)?;
        // The message leaves the text out: errors are logged.
        unhex(&text).map(Digest).ok_or_else(|| D::Error::custom("expected 64 hexadecimal digits"))
    }
}

/// Random bytes from the operating system.
pub(super) fn random_bytes<const N: usize>() -> Result<[u8; N], AuthError> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(|source| AuthError::Random { source })?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|p| p.bytes().all(|c| c.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_json_and_broken_ones_are_refused_without_being_quoted() {
        let digest = Digest::sha256("t");
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
        for broken in ["\"ab\"".to_owned(), format!("\"{}\"", "+1".repeat(32)), text.replace('"', "")] {
            let error = serde_json::from_str::<Digest>(&broken);
            assert!(error.is_err(), "{broken}");
            assert!(!error.unwrap_err().to_string().contains("+1"));
        }
    }

    #[test]
    fn digests_match_only_when_every_byte_does() {
        let digest = Digest::sha256("t");
        assert!(digest.matches(&digest.clone()));
        for at in 0..32 {
            let mut other = digest;
            other.0[at] ^= 1;
            assert!(!digest.matches(&other), "byte {at}");
        }
    }

    #[test]
    fn random_tokens_differ_and_debug_shows_nothing() {
        let (a, b) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_eq!(a.reveal().len(), 64);
        assert_ne!(a.reveal(), b.reveal());
        assert_eq!(format!("{a:?} {:?}", Digest::sha256(a.reveal())), "*** ***");
    }
}
