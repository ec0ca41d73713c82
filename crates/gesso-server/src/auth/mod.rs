//! Who may ask for what.
pub mod tokens_api;
use crate::error::ApiError;
use std::path::Path;
/// Authentication.
#[derive(Debug)]
pub struct Auth;
/// Settings.
#[derive(Clone, Debug, Default)]
pub struct AuthSettings {
    /// Life of a token.
    pub token_seconds: u64,
    /// Placeholder.
    pub other: u8,
}
/// Why.
#[derive(Debug, thiserror::Error)]
#[error("auth")]
pub struct AuthError;
impl Auth {
    /// Off.
    pub fn off() -> Auth {
        Auth
    }
    /// Open.
    pub fn open(_: &Path, _: AuthSettings) -> Result<Auth, AuthError> {
        Err(AuthError)
    }
    /// Password.
    pub fn first_password(&self) -> Option<String> {
        None
    }
    /// On.
    pub fn is_on(&self) -> bool {
        false
    }
    /// Authorize.
    pub fn authorize(&self, _: &axum::http::HeaderMap, _: Option<&str>) -> Result<(), ApiError> {
        Ok(())
    }
}
