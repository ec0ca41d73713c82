//! Who may ask for what: users, tokens, and the check that every request passes.
//!
//! A request costs one SHA-256 and one map access; passwords are hashed at login alone. Deliberately
//! absent: what a user may do inside a project (spec 01, section 8), and access keys. Threads: none.

mod attempts;
mod login;
mod password;
pub mod secret;
#[cfg(test)]
mod test_dir;
#[cfg(test)]
mod tests;
mod tokens;
pub mod tokens_api;
pub mod users;

pub use secret::Secret;
pub use users::{User, UserStore};

use crate::error::ApiError;
use axum::http::{HeaderMap, HeaderValue};
use gesso_core::Code;
use gesso_store::StoreError;
use login::Desk;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The user that the first start with authentication makes.
pub const FIRST_USER: &str = "admin";

/// Settings of authentication.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// Life of a token. Seconds.
    pub token_seconds: u64,
    /// Failed logins within a minute, from one address or for one user, after which that address or user
    /// is refused for a minute.
    pub failures_per_minute_max: u32,
}

impl Default for AuthSettings {
    fn default() -> AuthSettings {
        AuthSettings { token_seconds: 86_400, failures_per_minute_max: 10 }
    }
}

/// What can go wrong with users and tokens. No message holds a credential.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// A file of users or tokens can not be read or written, or users are being changed elsewhere.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory of users can not be made or protected.
    #[error("`{}`: cannot make a directory that only its owner can read: {source}", path.display())]
    Dir {
        /// The directory.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {source}")]
    Random {
        /// The system's answer.
        source: rand::rand_core::OsError,
    },
    /// A password can not be hashed.
    #[error("password can not be hashed: {source}")]
    Hash {
        /// Why.
        source: argon2::Error,
    },
    /// A stored password asks for more work than this program does.
    #[error("stored password asks for {memory_kib} KiB and {passes} passes, more than this program allows")]
    Cost {
        /// Memory asked for. KiB.
        memory_kib: u32,
        /// Passes over it.
        passes: u32,
    },
    /// A user name is empty, too long or not printable.
    #[error("user name `{}` is invalid, expected 1 to 64 characters without control characters", name.escape_debug())]
    Name {
        /// The name, at most 80 characters of it.
        name: String,
    },
    /// A password is too short or too long.
    #[error("password is invalid, expected at least 8 characters and at most 1024 bytes")]
    Password,
    /// A project id is not one.
    #[error("project `{project}` is invalid, expected `*` or 1 to 64 letters, digits, _ or -")]
    Project {
        /// The project, at most 80 characters of it.
        project: String,
    },
    /// A role is not known.
    #[error("role `{role}` is invalid, expected one of {}", users::ROLES.join(", "))]
    Role {
        /// The role, at most 80 characters of it.
        role: String,
    },
    /// A user of that name exists.
    #[error("user `{name}` exists already")]
    UserExists {
        /// The name.
        name: String,
    },
    /// There is no user of that name.
    #[error("user `{name}` does not exist")]
    NoUser {
        /// The name.
        name: String,
    },
}

/// Authentication of a server, on or off.
#[derive(Debug)]
pub struct Auth {
    desk: Option<Desk>,
    first_password: Option<Secret>,
}

impl Auth {
    /// No authentication: every request is allowed.
    pub fn off() -> Auth {
        Auth { desk: None, first_password: None }
    }

    /// Authentication with the users and tokens kept in `dir` (`<data-dir>/auth`). Makes the user
    /// [`FIRST_USER`] if there is no user.
    pub fn open(dir: &Path, settings: AuthSettings) -> Result<Auth, AuthError> {
        let mut users = UserStore::open(dir)?;
        let mut first_password = None;
        if users.list().is_empty() {
            let password = Secret::random()?;
            users.add(FIRST_USER, &password, &[users::ALL_PROJECTS.to_owned()], &["admin".to_owned()])?;
            first_password = Some(password);
        }
        let desk = Desk::open(dir, users, &settings, now_ms())?;
        Ok(Auth { desk: Some(desk), first_password })
    }

    /// True if requests need a token.
    pub fn is_on(&self) -> bool {
        self.desk.is_some()
    }

    /// The password of [`FIRST_USER`] if this start made it: to be shown once, and never logged.
    pub fn first_password(&self) -> Option<String> {
        self.first_password.as_ref().map(|p| p.reveal().to_owned())
    }

    /// Takes over users that were changed on disk, and ends tokens of users who are gone, have a new
    /// password or lost the project. Each login does so by itself; called regularly, changes take effect
    /// without one. Costs one `stat` when nothing changed.
    pub fn refresh(&self) -> Result<(), AuthError> {
        self.desk.as_ref().map_or(Ok(()), Desk::refresh)
    }

    /// Allows a request by its `X-Auth-Token`: spec 01, 3.3. `project` is that of the path; none for paths
    /// outside the API of GES, for which any valid token will do.
    pub fn authorize(&self, headers: &HeaderMap, project: Option<&str>) -> Result<(), ApiError> {
        self.authorize_at(headers, project, now_ms())
    }

    fn authorize_at(&self, headers: &HeaderMap, project: Option<&str>, now_ms: u64) -> Result<(), ApiError> {
        let Some(desk) = &self.desk else { return Ok(()) };
        let given = headers.get("x-auth-token").filter(|v| !v.is_empty());
        let given = given.ok_or_else(|| ApiError::new(Code::Token, "X-Auth-Token is missing"))?;
        let token = given.to_str().ok().and_then(|text| desk.tokens.find(text, now_ms));
        let token = token.ok_or_else(|| ApiError::new(Code::Token, "token is invalid or has expired"))?;
        match project {
            Some(project) if token.project.as_deref() != Some(project) => {
                let text = format!("project {project} can not be accessed with this token");
                Err(ApiError::new(Code::ForeignProject, text))
            }
            _ => Ok(()),
        }
    }
}

/// The token of a header, if it is there and readable.
fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(HeaderValue::to_str)?.ok().filter(|t| !t.is_empty())
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}
