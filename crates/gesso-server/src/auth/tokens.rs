//! The tokens that are valid now.
//!
//! ```text
//! <data-dir>/auth/tokens.json   digest, user, project and times of each token, replaced as a whole
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before a new token is saved | no token; its owner has not got it either |
//! | after that | the token, whether or not its owner got it |
//! | before a revocation is saved | the token, still valid; its owner was not told otherwise |
//!
//! Looking a token up touches neither disk nor the lock of those who save. Lock order: `saving`, then
//! `live`. The map is searched by digest: a client can not choose the digest of what it sends, so the time
//! of the search tells nothing about the tokens in it.

use super::AuthError;
use super::secret::Digest;
use gesso_store::{load_json, save_json};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Most valid tokens of one user; the oldest goes when another is issued. Bounds memory and the file
/// when a client logs in for every request.
pub const TOKENS_OF_USER_MAX: usize = 1000;

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Stands for the token itself, which is not kept.
    pub digest: Digest,
    /// Whose it is.
    pub user_id: String,
    /// The version of the password that it was given for.
    pub password_version: u64,
    /// The project that it is for; none for the domain.
    pub project: Option<String>,
    /// The domain as its owner named it.
    pub domain: String,
    /// Milliseconds since 1970.
    pub issued_ms: u64,
    /// The first moment when it is no longer valid. Milliseconds since 1970.
    pub expires_ms: u64,
}

/// The tokens of a data directory.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    live: RwLock<HashMap<Digest, Arc<Token>>>,
    /// Held by whoever changes the tokens, so that files are written in the order of the changes.
    saving: Mutex<()>,
}

#[derive(Default, Serialize, Deserialize)]
struct Document {
    tokens: Vec<Token>,
}

impl Tokens {
    /// Reads the tokens kept in `dir` and drops those that `keep` refuses.
    pub fn open(dir: &Path, keep: impl Fn(&Token) -> bool) -> Result<Tokens, AuthError> {
        let path = dir.join("tokens.json");
        let document: Document = load_json(&path)?.unwrap_or_default();
        let kept = document.tokens.into_iter().filter(|t| keep(t));
        let live = kept.map(|t| (t.digest, Arc::new(t))).collect();
        Ok(Tokens { path, live: RwLock::new(live), saving: Mutex::new(()) })
    }

    /// The token of that text, if it is valid at `now_ms`.
    pub fn find(&self, text: &str, now_ms: u64) -> Option<Arc<Token>> {
        self.read().get(&Digest::sha256(text)).filter(|t| now_ms < t.expires_ms).cloned()
    }

    /// Adds a token and drops what has expired. The token is durable before it is valid.
    pub fn insert(&self, token: Token) -> Result<(), AuthError> {
        let _saving = self.saving();
        let (now_ms, digest, token) = (token.issued_ms, token.digest, Arc::new(token));
        let mut tokens: Vec<_> = self.read().values().filter(|t| now_ms < t.expires_ms).cloned().collect();
        drop_oldest(&mut tokens, &token.user_id);
        tokens.push(token);
        self.save(&tokens)?;
        *self.write() = tokens.into_iter().map(|t| (t.digest, t)).collect();
        debug_assert!(self.read().contains_key(&digest));
        Ok(())
    }

    /// Ends a token. False if there is none of that text. Fails when the end can not be made durable; the
    /// token is then invalid until the next start.
    pub fn revoke(&self, text: &str) -> Result<bool, AuthError> {
        let digest = Digest::sha256(text);
        let mut is_found = false;
        self.retain(|t| {
            let is_it = t.digest == digest;
            is_found |= is_it;
            !is_it
        })?;
        Ok(is_found)
    }

    /// Ends all tokens that `keep` refuses.
    pub fn retain(&self, mut keep: impl FnMut(&Token) -> bool) -> Result<(), AuthError> {
        let _saving = self.saving();
        let left: Vec<_> = {
            let mut live = self.write();
            let len = live.len();
            live.retain(|_, t| keep(t));
            if live.len() == len {
                return Ok(());
            }
            live.values().cloned().collect()
        };
        self.save(&left)
    }

    fn save(&self, tokens: &[Arc<Token>]) -> Result<(), AuthError> {
        let tokens = tokens.iter().map(|t| Token::clone(t)).collect();
        Ok(save_json(&self.path, &Document { tokens })?)
    }

    fn saving(&self) -> MutexGuard<'_, ()> {
        self.saving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<Digest, Arc<Token>>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Digest, Arc<Token>>> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes room for one more token of the user.
fn drop_oldest(tokens: &mut Vec<Arc<Token>>, user_id: &str) {
    if tokens.iter().filter(|t| t.user_id == user_id).count() < TOKENS_OF_USER_MAX {
        return;
    }
    let own = tokens.iter().enumerate().filter(|(_, t)| t.user_id == user_id);
    if let Some(at) = own.min_by_key(|(_, t)| t.issued_ms).map(|(at, _)| at) {
        tokens.swap_remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::test_dir::TestDir;

    fn token(text: &str, user: &str, issued_ms: u64) -> Token {
        Token {
            digest: Digest::sha256(text),
            user_id: user.to_owned(),
            password_version: 0,
            project: None,
            domain: "d".to_owned(),
            issued_ms,
            expires_ms: issued_ms + 100,
        }
    }

    #[test]
    fn tokens_survive_until_they_expire_or_are_revoked() {
        let dir = TestDir::new();
        let tokens = Tokens::open(dir.path(), |_| true).unwrap();
        tokens.insert(token("a", "u", 1000)).unwrap();
        tokens.insert(token("b", "u", 1050)).unwrap();
        let tokens = Tokens::open(dir.path(), |_| true).unwrap();
        assert!(tokens.find("a", 1099).is_some());
        assert!(tokens.find("a", 1100).is_none());
        assert!(tokens.revoke("b").unwrap());
        assert!(!tokens.revoke("b").unwrap());
        tokens.insert(token("c", "u", 1100)).unwrap();
        assert_eq!(tokens.read().len(), 1, "an expired token stayed");
        let tokens = Tokens::open(dir.path(), |t| t.user_id != "u").unwrap();
        assert!(tokens.find("c", 1101).is_none());
    }

    #[test]
    fn the_oldest_token_of_the_same_user_makes_room() {
        let live = (0..TOKENS_OF_USER_MAX as u64).map(|n| Arc::new(token(&format!("{n}"), "u", 10 + n)));
        let mut tokens: Vec<_> = live.chain([Arc::new(token("other", "v", 1))]).collect();
        drop_oldest(&mut tokens, "v");
        assert_eq!(tokens.len(), TOKENS_OF_USER_MAX + 1);
        drop_oldest(&mut tokens, "u");
        assert_eq!(tokens.len(), TOKENS_OF_USER_MAX);
        assert!(tokens.iter().all(|t| t.issued_ms != 10));
    }

    #[test]
    fn no_token_is_written_to_disk() {
        let dir = TestDir::new();
        let tokens = Tokens::open(dir.path(), |_| true).unwrap();
        tokens.insert(token("the token itself", "u", 0)).unwrap();
        let text = std::fs::read_to_string(dir.path().join("tokens.json")).unwrap();
        assert!(!text.contains("the token itself"));
    }
}
