//! From a name and a password to a token.
//!
//! One login is worked on at a time: a password hash takes 19 MiB and tens of milliseconds of a core, which
//! strangers may ask for, and the limit on failures is exact only if no guess overtakes the count. Those
//! who wait are bounded, too. Lock order: `turn`, `users`, then those of [`super::tokens`].

use super::attempts::Attempts;
use super::password::PasswordHash;
use super::secret::{Digest, Secret};
use super::tokens::{Token, Tokens};
use super::users::{User, UserStore};
use super::{AuthError, AuthSettings};
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Most logins that wait for their turn.
const WAITING_MAX: usize = 64;

/// Who wants a token, and for what.
#[derive(Clone)]
pub struct Request {
    /// The name or the id of the user.
    pub user: Who,
    /// The password as given.
    pub password: Secret,
    /// The project that the token is to be for; none for the domain.
    pub project: Option<String>,
    /// The domain as given.
    pub domain: String,
}

/// How a user is named.
#[derive(Clone)]
pub enum Who {
    /// By name.
    Name(String),
    /// By id.
    Id(String),
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such user, or not the user's password.
    #[error("the user name or the password is wrong")]
    Refused,
    /// Too many failures from the address or for the user.
    #[error("too many failed attempts, try again in a minute")]
    TooMany,
    /// The user is not allowed on the project.
    #[error("project `{project}` is not allowed for this user")]
    Project {
        /// The project asked for.
        project: String,
    },
    /// Too many logins wait.
    #[error("too many logins at a time, try again in a second")]
    Busy,
    /// The server can not tell.
    #[error(transparent)]
    Failed(#[from] AuthError),
}

/// Users, tokens and failures of a server with authentication.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) tokens: Tokens,
    users: Mutex<UserStore>,
    attempts: Attempts,
    token_ms: u64,
    turn: Mutex<()>,
    /// Logins that wait or have their turn. Relaxed: a bound, on whose strength no data is read.
    waiting: AtomicUsize,
}

impl Desk {
    pub(super) fn open(
        dir: &Path,
        users: UserStore,
        settings: &AuthSettings,
        now_ms: u64,
    ) -> Result<Desk, AuthError> {
        let tokens = Tokens::open(dir, |t| now_ms < t.expires_ms && is_backed(&users, t))?;
        Ok(Desk {
            tokens,
            users: Mutex::new(users),
            attempts: Attempts::new(settings.failures_per_minute_max),
            token_ms: settings.token_seconds.saturating_mul(1000),
            turn: Mutex::new(()),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Checks the password and issues a token that is durable when this returns.
    pub(super) fn login(
        &self,
        request: &Request,
        peer: Option<IpAddr>,
        now: Instant,
        now_ms: u64,
    ) -> Result<(Secret, Token, User), LoginError> {
        let _place = Place::take(&self.waiting)?;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.refresh()?;
        let (key, user) = self.look_up(&request.user);
        if !self.attempts.is_allowed(peer, &key, now) {
            return Err(LoginError::TooMany);
        }
        let Some(user) = verified(user, &request.password)? else {
            self.attempts.note_failure(peer, &key, now);
            return Err(LoginError::Refused);
        };
        if let Some(project) = request.project.as_ref().filter(|p| !user.may_use(p)) {
            return Err(LoginError::Project { project: project.clone() });
        }
        let (text, token) = self.issue(request, &user, now_ms)?;
        Ok((text, token, user))
    }

    /// The user of a valid token; none if the user is gone.
    pub(super) fn owner(&self, token: &Token) -> Option<User> {
        self.users().get_by_id(&token.user_id).cloned()
    }

    /// Takes over changes of the users' file, and ends tokens that no longer have what they were given for.
    pub(super) fn refresh(&self) -> Result<(), AuthError> {
        let mut users = self.users();
        if users.refresh()? {
            self.tokens.retain(|t| is_backed(&users, t))?;
        }
        Ok(())
    }

    /// The user, and the name under which failures are counted: that of the user also when asked for by id.
    fn look_up(&self, who: &Who) -> (String, Option<User>) {
        let users = self.users();
        let (given, user) = match who {
            Who::Name(name) => (name, users.get(name)),
            Who::Id(id) => (id, users.get_by_id(id)),
        };
        (user.map_or_else(|| given.clone(), |u| u.name.clone()), user.cloned())
    }

    fn issue(&self, request: &Request, user: &User, now_ms: u64) -> Result<(Secret, Token), AuthError> {
        let text = Secret::random()?;
        let token = Token {
            digest: Digest::sha256(text.reveal()),
            user_id: user.id.clone(),
            password_version: user.password_version,
            project: request.project.clone(),
            domain: request.domain.clone(),
            issued_ms: now_ms,
            expires_ms: now_ms.saturating_add(self.token_ms),
        };
        self.tokens.insert(token.clone())?;
        Ok((text, token))
    }

    fn users(&self) -> MutexGuard<'_, UserStore> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The user if the password is right, after the same work in every case.
fn verified(user: Option<User>, password: &Secret) -> Result<Option<User>, AuthError> {
    match user {
        Some(user) => Ok(user.password.verify(password)?.then_some(user)),
        None => PasswordHash::verify_nobody(password).map(|()| None),
    }
}

/// True if the token's user is still there, with the same password and allowed on its project.
fn is_backed(users: &UserStore, token: &Token) -> bool {
    users.get_by_id(&token.user_id).is_some_and(|u| {
        u.password_version == token.password_version && token.project.as_ref().is_none_or(|p| u.may_use(p))
    })
}

/// A place among those who wait; given back on drop.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Place<'a>, LoginError> {
        let place = Place(waiting);
        if waiting.fetch_add(1, Relaxed) >= WAITING_MAX { Err(LoginError::Busy) } else { Ok(place) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_logins_are_bounded_and_refused_ones_leave_no_trace() {
        let waiting = AtomicUsize::new(0);
        let held: Vec<_> =
            (0..WAITING_MAX).map(|_| Place::take(&waiting).unwrap_or_else(|_| panic!())).collect();
        assert!(matches!(Place::take(&waiting), Err(LoginError::Busy)));
        drop(held);
        assert_eq!(waiting.load(Relaxed), 0);
    }
}
