//! Reading a request's body: size, compression, type, JSON.

use super::given::{Given, Members};
use crate::error::ApiError;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, header};
use gesso_core::{Code, json};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};

/// Largest body, compressed or not.
pub const BODY_BYTES_MAX: usize = 64 << 20;

/// Bodies up to this size are parsed on the request thread; larger ones would hold up others. Bytes.
const PARSED_AT_ONCE: usize = 64 << 10;

/// Unused bodies up to this size are read, larger ones left. Bytes.
const DISCARDED_MAX: usize = 64 << 10;

/// Reads away the body of a request that is answered without it. A connection with an unread body is closed
/// after the answer, and a client that sends its next request on it sees that one fail. For a large body the
/// close costs less.
pub async fn discard(body: Body) {
    if body.size_hint().lower() <= DISCARDED_MAX as u64 {
        // Whether it could be read does not change the answer.
        _ = axum::body::to_bytes(body, DISCARDED_MAX).await;
    }
}

/// Reads a JSON object. An empty body is an empty object where `is_optional`.
pub async fn object(
    headers: &HeaderMap,
    body: Body,
    is_optional: bool,
) -> Result<Map<String, Value>, ApiError> {
    let bytes = read(body).await?;
    if bytes.is_empty() && is_optional {
        return Ok(Map::new());
    }
    check_type(headers)?;
    if bytes.len() <= PARSED_AT_ONCE {
        return parse(&bytes);
    }
    let parsed = tokio::task::spawn_blocking(move || parse(&bytes)).await;
    parsed.map_err(|e| ApiError::internal(Code::Malformed, &e))?
}

/// Reads a body that its handler parses: [`members`].
pub async fn text(headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    let bytes = read(body).await?;
    check_type(headers)?;
    Ok(bytes)
}

async fn read(body: Body) -> Result<Bytes, ApiError> {
    axum::body::to_bytes(body, BODY_BYTES_MAX).await.map_err(|e| {
        let too_large = || ApiError::new(Code::Malformed, "body is larger than 64 MiB").status(413);
        if std::error::Error::source(&e).is_some_and(<dyn std::error::Error>::is::<LengthLimitError>) {
            too_large()
        } else {
            ApiError::new(Code::Malformed, "body can not be read")
        }
    })
}

/// Parses an object.
pub fn members(text: &[u8]) -> Result<Members<'_>, ApiError> {
    match json::received(text) {
        Ok(Given::Object(members)) => Ok(members),
        Ok(_) => Err(no_object().before_all()),
        Err(e) => Err(no_json(&e).before_all()),
    }
}

fn no_object() -> ApiError {
    ApiError::new(Code::Malformed, "body is not a JSON object")
}

fn no_json(e: &serde_json::Error) -> ApiError {
    ApiError::new(Code::Malformed, format!("body is not valid JSON: {e}"))
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match json::received(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(no_object()),
        Err(e) => Err(no_json(&e)),
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(given) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let text = given.to_str().unwrap_or_default();
    let media = text.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let shown: String = text.chars().take(80).collect();
    Err(ApiError::new(
        Code::Malformed,
        format!("header [Content-Type] value [{shown}] is invalid, expected application/json"),
    ))
}
