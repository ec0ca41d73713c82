//! `/v3/auth/tokens`: getting, checking and revoking tokens as IAM has it. Spec 01, 3.1.
//!
//! Failures have IAM's body. A token is checked and revoked by whoever presents it in `X-Subject-Token`;
//! no second token is asked for. With authentication off, a well-formed password request gets a token, as
//! clients log in before anything else; it is neither kept nor checked, so that no token is known later.

use super::login::{LoginError, Request, Who};
use super::password::PASSWORD_BYTES_MAX;
use super::tokens::Token;
use super::users::{self, User};
use super::{Auth, AuthError, AuthSettings, Secret, header_text, now_ms};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_core::date::rfc3339_ms;
use serde_json::{Map, Value, json};
use std::net::IpAddr;
use std::time::Instant;

/// The domain of users who name none.
const DOMAIN: &str = "gesso";

/// Longest name of a user, domain or project in a request. Bytes.
const NAME_BYTES_MAX: usize = 256;

/// `POST /v3/auth/tokens`
pub fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    create_at(&app.auth, &call.body, call.peer, Instant::now(), now_ms())
}

/// `GET /v3/auth/tokens`
pub fn check(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let Some(text) = header_text(&call.headers, "x-subject-token") else { return Ok(no_subject()) };
    Ok(check_at(&app.auth, text, now_ms()))
}

/// `DELETE /v3/auth/tokens`
pub fn revoke(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let Some(text) = header_text(&call.headers, "x-subject-token") else { return Ok(no_subject()) };
    revoke_text(&app.auth, text)
}

pub(super) fn create_at(
    auth: &Auth,
    body: &Map<String, Value>,
    peer: Option<IpAddr>,
    now: Instant,
    now_ms: u64,
) -> Result<Answer, ApiError> {
    let request = match read(body) {
        Ok(request) => request,
        Err(message) => return Ok(failed(400, &message)),
    };
    let Some(desk) = &auth.desk else { return anybody(&request, now_ms) };
    match desk.login(&request, peer, now, now_ms) {
        Ok((text, token, user)) => {
            tracing::info!(user_id = token.user_id, project = token.project, "token issued");
            Ok(created(&text, &token, &user.name, &user.roles))
        }
        Err(error) => {
            // The name is left out: people type passwords into the wrong field.
            tracing::warn!(peer = peer.map(tracing::field::display), %error, "login refused");
            refused(error)
        }
    }
}

pub(super) fn check_at(auth: &Auth, text: &str, now_ms: u64) -> Answer {
    let found = auth.desk.as_ref().and_then(|desk| {
        let token = desk.tokens.find(text, now_ms)?;
        let user: User = desk.owner(&token)?;
        Some(described(&token, &user.name, &user.roles))
    });
    found.map_or_else(no_token, |body| Answer::json(&body))
}

pub(super) fn revoke_text(auth: &Auth, text: &str) -> Result<Answer, ApiError> {
    let Some(desk) = &auth.desk else { return Ok(Answer::Empty) };
    let is_found = desk.tokens.revoke(text).map_err(|e| internal(&e))?;
    Ok(if is_found { Answer::Empty } else { no_token() })
}

/// A token that nobody will ask for.
fn anybody(request: &Request, now_ms: u64) -> Result<Answer, ApiError> {
    let text = Secret::random().map_err(|e| internal(&e))?;
    let (Who::Name(name) | Who::Id(name)) = &request.user;
    let token = Token {
        digest: super::secret::Digest::sha256(text.reveal()),
        user_id: name.clone(),
        password_version: 0,
        project: request.project.clone(),
        domain: request.domain.clone(),
        issued_ms: now_ms,
        expires_ms: now_ms.saturating_add(AuthSettings::default().token_seconds * 1000),
    };
    Ok(created(&text, &token, name, &["admin".to_owned()]))
}

fn refused(error: LoginError) -> Result<Answer, ApiError> {
    let status = match &error {
        LoginError::Refused => 401,
        LoginError::Project { .. } => 403,
        LoginError::TooMany => 429,
        LoginError::Busy => {
            return Err(ApiError::new(Code::EngineUnavailable, error.to_string()).retry_after(1));
        }
        LoginError::Failed(e) => return Err(internal(e)),
    };
    Ok(failed(status, &error.to_string()))
}

fn internal(error: &AuthError) -> ApiError {
    ApiError::internal(Code::AuthBackend, error)
}

fn created(text: &Secret, token: &Token, name: &str, roles: &[String]) -> Answer {
    let body = described(token, name, roles).to_string().into_bytes();
    Answer::Created("x-subject-token", text.reveal().to_owned(), body)
}

fn described(token: &Token, name: &str, roles: &[String]) -> Value {
    let domain = json!({"id": token.domain, "name": token.domain});
    let roles: Vec<_> = roles.iter().map(|r| json!({"id": r, "name": r})).collect();
    let (scope, scoped) = match &token.project {
        Some(project) => ("project", json!({"id": project, "name": project, "domain": domain})),
        None => ("domain", domain.clone()),
    };
    let body = json!({
        "expires_at": rfc3339_ms(token.expires_ms),
        "issued_at": rfc3339_ms(token.issued_ms),
        "methods": ["password"],
        scope: scoped,
        "user": {"id": token.user_id, "name": name, "domain": domain},
        "roles": roles,
        "catalog": [],
    });
    json!({"token": body})
}

fn no_subject() -> Answer {
    failed(400, "header [X-Subject-Token] is required")
}

fn no_token() -> Answer {
    failed(404, "token is invalid or has expired")
}

/// The body that IAM gives a failure.
fn failed(status: u16, message: &str) -> Answer {
    let title = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        _ => "Too Many Requests",
    };
    let body = json!({"error": {"code": status, "message": message, "title": title}});
    Answer::Status(status, body.to_string().into_bytes())
}

/// Reads a request; the message of a failure names fields, and values of none but the method.
fn read(body: &Map<String, Value>) -> Result<Request, String> {
    let auth = object(body, "", "auth")?;
    let identity = object(auth, "auth.", "identity")?;
    check_method(identity)?;
    let password = object(identity, "auth.identity.", "password")?;
    let user = object(password, "auth.identity.password.", "user")?;
    let at = "auth.identity.password.user.";
    let who = match (text(user, at, "id")?, text(user, at, "name")?) {
        (Some(id), _) => Who::Id(id),
        (None, Some(name)) => Who::Name(name),
        (None, None) => return Err(format!("parameter [{at}name] is required")),
    };
    let given = user.get("password").and_then(Value::as_str);
    let password = given.ok_or_else(|| format!("parameter [{at}password] is required"))?;
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(format!("parameter [{at}password] is longer than {PASSWORD_BYTES_MAX} bytes"));
    }
    let domain = match user.get("domain").filter(|d| !d.is_null()) {
        None => None,
        Some(_) => either(object(user, at, "domain")?, "auth.identity.password.user.domain.")?,
    };
    let domain = domain.unwrap_or_else(|| DOMAIN.to_owned());
    Ok(Request { user: who, password: Secret::new(password), project: project(auth)?, domain })
}

fn check_method(identity: &Map<String, Value>) -> Result<(), String> {
    let methods = identity.get("methods").and_then(Value::as_array);
    let methods = methods.ok_or("parameter [auth.identity.methods] is required")?;
    match methods.as_slice() {
        [Value::String(method)] if method == "password" => Ok(()),
        [Value::String(method)] if method == "hw_access_key" => {
            Err("parameter [auth.identity.methods] value [hw_access_key] is not supported, expected password"
                .to_owned())
        }
        _ => Err("parameter [auth.identity.methods] is invalid, expected [\"password\"]".to_owned()),
    }
}

/// The project of the scope; none without a scope or for that of a domain. A project's id is its name.
fn project(auth: &Map<String, Value>) -> Result<Option<String>, String> {
    if auth.get("scope").is_none_or(Value::is_null) {
        return Ok(None);
    }
    let scope = object(auth, "auth.", "scope")?;
    if scope.get("project").is_none_or(Value::is_null) {
        return if scope.contains_key("domain") {
            Ok(None)
        } else {
            Err("parameter [auth.scope] is invalid, expected project or domain".to_owned())
        };
    }
    let found = either(object(scope, "auth.scope.", "project")?, "auth.scope.project.")?;
    let found = found.ok_or("parameter [auth.scope.project.id] is required")?;
    if users::is_project_id(&found) {
        Ok(Some(found))
    } else {
        Err("parameter [auth.scope.project] is invalid, expected 1 to 64 letters, digits, _ or -".to_owned())
    }
}

/// The `id` of an object, or its `name`.
fn either(map: &Map<String, Value>, at: &str) -> Result<Option<String>, String> {
    Ok(text(map, at, "id")?.or(text(map, at, "name")?))
}

fn object<'a>(map: &'a Map<String, Value>, at: &str, name: &str) -> Result<&'a Map<String, Value>, String> {
    match map.get(name) {
        Some(Value::Object(inner)) => Ok(inner),
        None | Some(Value::Null) => Err(format!("parameter [{at}{name}] is required")),
        Some(_) => Err(format!("parameter [{at}{name}] is invalid, expected an object")),
    }
}

fn text(map: &Map<String, Value>, at: &str, name: &str) -> Result<Option<String>, String> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(s)) if !s.is_empty() && s.len() <= NAME_BYTES_MAX => Ok(Some(s.clone())),
        Some(_) => {
            Err(format!("parameter [{at}{name}] is invalid, expected 1 to {NAME_BYTES_MAX} bytes of text"))
        }
    }
}
