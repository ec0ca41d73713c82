//! Errors on their way to a client: a code, a message, and the form that GES gives them.

use crate::http::fields::put;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gesso_core::{Code, Stop};
use gesso_graph::{ApplyError, FindError, GraphError, SetAside, WriteError};

/// When to look again at a graph that needs a restart. Seconds.
const READ_ONLY_RETRY_SECONDS: u32 = 60;
/// When to try again to write to a graph whose log waits for a checkpoint. Seconds.
const LOG_FULL_RETRY_SECONDS: u32 = 5;

/// A refused or failed request.
#[derive(Debug, thiserror::Error)]
#[error("{}: {message}", code.text())]
pub struct ApiError {
    /// The documented code.
    pub code: Code,
    /// What the client reads. Names the field, the value and what was expected.
    pub message: String,
    status: Option<u16>,
    retry_after_seconds: Option<u32>,
    is_result_failed: bool,
    is_before_all: bool,
}

impl ApiError {
    /// An error with the status of its code.
    pub fn new(code: Code, message: impl Into<String>) -> ApiError {
        ApiError {
            code,
            message: message.into(),
            status: None,
            retry_after_seconds: None,
            is_result_failed: false,
            is_before_all: false,
        }
    }

    /// With another status than the code's.
    pub fn status(mut self, status: u16) -> ApiError {
        self.status = Some(status);
        self
    }

    /// With another code, which also decides the status.
    pub fn coded(self, code: Code) -> ApiError {
        ApiError { code, ..self }
    }

    /// With another message.
    pub fn saying(self, message: impl Into<String>) -> ApiError {
        ApiError { message: message.into(), ..self }
    }

    /// With a `Retry-After` header.
    pub fn retry_after(mut self, seconds: u32) -> ApiError {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// With `"result": "failed"` in the body, unless there was no operation yet that could fail.
    pub fn result_failed(mut self) -> ApiError {
        self.is_result_failed = !self.is_before_all;
        self
    }

    /// Of a request that could not be read.
    pub fn before_all(mut self) -> ApiError {
        self.is_before_all = true;
        self
    }

    /// A fault of the server: logged under an id, of which alone the client learns.
    pub fn internal(code: Code, cause: &dyn std::fmt::Display) -> ApiError {
        let id = uuid::Uuid::new_v4();
        tracing::error!(error_id = %id, %cause, "internal error");
        ApiError::new(code, format!("internal error, id is {id}")).status(500)
    }

    /// `graph [NAME] is not found`, or why it can not be served.
    pub fn no_graph(code: Code, why: &FindError) -> ApiError {
        match why {
            FindError::SetAside(graph) => ApiError::set_aside(graph),
            other => ApiError::new(code, other.to_string()).status(400),
        }
    }

    /// A graph that could not be opened: no request reaches it before somebody has acted and restarted.
    pub fn set_aside(graph: &SetAside) -> ApiError {
        ApiError::new(Code::EngineUnavailable, graph.to_string()).retry_after(READ_ONLY_RETRY_SECONDS)
    }

    /// The HTTP status.
    pub fn http_status(&self) -> u16 {
        self.status.unwrap_or(self.code.status())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = serde_json::json!({"errorMessage": self.message, "errorCode": self.code.text()});
        if self.is_result_failed {
            put(&mut body, "result", "failed");
        }
        let status = StatusCode::from_u16(self.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let json = HeaderValue::from_static("application/json");
        let mut response = (status, [(header::CONTENT_TYPE, json)], body.to_string()).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A failed write as the code of its operation.
pub fn of_write(code: Code, error: WriteError<ApiError>) -> ApiError {
    match error {
        WriteError::Refused(e) => e,
        WriteError::Importing(_) | WriteError::Deleted(_) => {
            ApiError::new(code, error.to_string()).status(400)
        }
        WriteError::ReadOnly { .. } => {
            ApiError::new(Code::EngineUnavailable, error.to_string()).retry_after(READ_ONLY_RETRY_SECONDS)
        }
        WriteError::LogFull { .. } => {
            ApiError::new(Code::EngineUnavailable, error.to_string()).retry_after(LOG_FULL_RETRY_SECONDS)
        }
        WriteError::TooLarge(_) => ApiError::new(code, error.to_string()).status(400),
        other => ApiError::internal(code, &other),
    }
}

/// A failed load or compaction as the code of its operation.
pub fn of_graph(code: Code, error: &GraphError) -> ApiError {
    match error {
        GraphError::Importing(_) | GraphError::Deleted(_) => ApiError::new(code, error.to_string()),
        GraphError::ReadOnly { .. } => {
            ApiError::new(Code::EngineUnavailable, error.to_string()).retry_after(READ_ONLY_RETRY_SECONDS)
        }
        other => ApiError::internal(code, other),
    }
}

impl From<ApplyError> for ApiError {
    /// Callers check before they change, so only a full graph or a bug gets here.
    fn from(e: ApplyError) -> ApiError {
        ApiError::internal(Code::Malformed, &e)
    }
}

impl From<Stop> for ApiError {
    fn from(stop: Stop) -> ApiError {
        ApiError::new(Code::EngineUnavailable, stop.to_string()).retry_after(1)
    }
}
