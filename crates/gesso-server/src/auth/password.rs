//! Passwords as Argon2id records.
//!
//! Each record carries its own cost, so that a later release may raise the cost for new passwords.

use super::AuthError;
use super::secret::{Digest, Secret, random_bytes};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

/// Shortest password. Characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longest password. Bytes. Bounds what one attempt may cost.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Memory of a new record in KiB, its passes and its lanes: the first choice of OWASP's password storage
/// advice, and what RFC 9106 allows for where memory is scarce.
const COST: Cost = Cost { memory_kib: 19_456, passes: 2, lanes: 1 };

/// Largest memory that a stored record may ask for. KiB.
const MEMORY_KIB_MAX: u32 = 1 << 20;
/// Most passes that a stored record may ask for.
const PASSES_MAX: u32 = 64;

/// What stands in `users.json` for a password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PasswordHash {
    cost: Cost,
    salt: [u8; 16],
    hash: Digest,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl PasswordHash {
    /// Hashes a new password with a random salt. Refuses one that is too short or too long.
    pub fn of(password: &Secret) -> Result<PasswordHash, AuthError> {
        let text = password.reveal();
        if text.chars().count() < PASSWORD_CHARS_MIN || text.len() > PASSWORD_BYTES_MAX {
            return Err(AuthError::Password);
        }
        let salt = random_bytes()?;
        Ok(PasswordHash { cost: COST, salt, hash: derive(COST, salt, text)? })
    }

    /// True if this is the password. Takes tens of milliseconds and 19 MiB, whatever the answer.
    pub fn verify(&self, password: &Secret) -> Result<bool, AuthError> {
        Ok(derive(self.cost, self.salt, password.reveal())?.matches(&self.hash))
    }

    /// Does the work of [`PasswordHash::verify`] for a user who does not exist, so that the time of the
    /// answer does not tell who does.
    pub fn verify_nobody(password: &Secret) -> Result<(), AuthError> {
        derive(COST, [0; 16], password.reveal()).map(drop)
    }
}

fn derive(cost: Cost, salt: [u8; 16], password: &str) -> Result<Digest, AuthError> {
    if cost.memory_kib > MEMORY_KIB_MAX || cost.passes > PASSES_MAX {
        return Err(AuthError::Cost { memory_kib: cost.memory_kib, passes: cost.passes });
    }
    let wrong = |source| AuthError::Hash { source };
    let mut output = [0; 32];
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(output.len())).map_err(wrong)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(password.as_bytes(), &salt, &mut output).map_err(wrong)?;
    Ok(Digest(output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_is_accepted() {
        let hash = PasswordHash::of(&Secret::new("correct horse")).unwrap();
        assert!(hash.verify(&Secret::new("correct horse")).unwrap());
        assert!(!hash.verify(&Secret::new("correct horsf")).unwrap());
        assert!(!hash.verify(&Secret::new("")).unwrap());
        let again = PasswordHash::of(&Secret::new("correct horse")).unwrap();
        assert_ne!(hash, again, "salts differ");
    }

    #[test]
    fn passwords_out_of_range_and_absurd_costs_are_refused() {
        assert!(matches!(PasswordHash::of(&Secret::new("1234567")), Err(AuthError::Password)));
        assert!(matches!(PasswordHash::of(&Secret::new("x".repeat(1025))), Err(AuthError::Password)));
        let mut hash = PasswordHash::of(&Secret::new("12345678")).unwrap();
        hash.cost.memory_kib = u32::MAX;
        assert!(matches!(hash.verify(&Secret::new("12345678")), Err(AuthError::Cost { .. })));
    }
}
