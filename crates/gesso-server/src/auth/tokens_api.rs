//! Tokens.
use crate::{
    ApiError, App,
    http::{call::Call, route::Answer},
};
/// Create.
pub fn create(_: &App, _: &Call) -> Result<Answer, ApiError> {
    Ok(Answer::Empty)
}
/// Check.
pub fn check(_: &App, _: &Call) -> Result<Answer, ApiError> {
    Ok(Answer::Empty)
}
/// Revoke.
pub fn revoke(_: &App, _: &Call) -> Result<Answer, ApiError> {
    Ok(Answer::Empty)
}
