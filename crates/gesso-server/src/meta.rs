//! Gesso's own endpoints: health, metrics, API description.

use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::openapi;
use crate::http::route::Answer;
use crate::metrics;
use gesso_core::Code;
use serde_json::json;

/// `GET /health/live`: the process answers.
pub fn live(_: &App, _: &Call) -> Result<Answer, ApiError> {
    Ok(Answer::Json(br#"{"status":"live"}"#.to_vec()))
}

/// `GET /health/ready`: requests are served, but for those to graphs that could not be opened. Nobody is asked
/// who they are here, so that graphs are counted, not named.
pub fn ready(app: &App, _: &Call) -> Result<Answer, ApiError> {
    if app.is_stopping() {
        return Err(ApiError::new(Code::EngineUnavailable, "server is shutting down").retry_after(5));
    }
    match app.catalogue.set_aside().len() {
        0 => Ok(Answer::Json(br#"{"status":"ready"}"#.to_vec())),
        count => Ok(Answer::json(&json!({"status": "ready", "damagedGraphs": count}))),
    }
}

/// `GET /metrics`: Prometheus text.
pub fn metrics(app: &App, _: &Call) -> Result<Answer, ApiError> {
    Ok(Answer::Text("text/plain; version=0.0.4; charset=utf-8", metrics::text(app)))
}

/// `GET /openapi.json`
pub fn openapi(_: &App, _: &Call) -> Result<Answer, ApiError> {
    Ok(Answer::json(&openapi::document()))
}

/// `GET /`: what this is, for whoever opens the address in a browser.
pub fn root(_: &App, _: &Call) -> Result<Answer, ApiError> {
    let page = "<!doctype html><title>Gesso</title><h1>Gesso</h1><p>A graph engine with the HTTP API of GES. \
        See <a href=\"/openapi.json\">/openapi.json</a>, <a href=\"/health/ready\">/health/ready</a> and \
        <a href=\"/metrics\">/metrics</a>.</p>";
    Ok(Answer::Text("text/html; charset=utf-8", page.to_owned()))
}
