//! One request as handlers see it.

use super::body;
use super::fields::Fields;
use super::given::Members;
use super::route::Route;
use crate::app::App;
use crate::error::ApiError;
use crate::ges::replay::WorkSlot;
use gesso_core::Code;
use gesso_graph::Graph;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A parsed request.
#[derive(Clone)]
pub struct Call {
    /// The endpoint that it is for.
    pub route: &'static Route,
    /// The parts of the path by name, decoded.
    pub path: Vec<(String, String)>,
    /// Query parameters by name, decoded; of a repeated one the first.
    pub query: Map<String, Value>,
    /// The body's object; empty if there was none, and where the handler parses it.
    pub body: Map<String, Value>,
    /// The body where the handler parses it: see [`Call::members`].
    pub text: axum::body::Bytes,
    /// Path and query as received.
    pub url: String,
    /// The headers that handlers may look at.
    pub headers: axum::http::HeaderMap,
    /// Who asks, for limits on attempts.
    pub peer: Option<std::net::IpAddr>,
    /// Whether the handler may wait for the disk or for the graph's writer.
    pub may_wait: bool,
    /// Where the work goes instead of a queue, when a recorded request is answered once more.
    pub replay: Option<Arc<WorkSlot>>,
}

impl Call {
    /// A part of the path.
    pub fn part(&self, name: &str) -> &str {
        self.path.iter().find(|p| p.0 == name).map_or("", |p| p.1.as_str())
    }

    /// The project of the path.
    pub fn project(&self) -> &str {
        self.part("project_id")
    }

    /// The graph of the path, or the operation's own error for an unknown one.
    pub fn graph(&self, app: &App) -> Result<Arc<Graph>, ApiError> {
        self.graph_or(app, self.route.unknown_graph)
    }

    /// The graph of the path, or an error with a code for an unknown one.
    pub fn graph_or(&self, app: &App, unknown: Code) -> Result<Arc<Graph>, ApiError> {
        let found = app.catalogue.find(self.project(), self.part("graph_name"));
        found.map_err(|why| ApiError::no_graph(unknown, &why))
    }

    /// The fields of the body under a code.
    pub fn fields(&self, code: Code) -> Fields<'_> {
        Fields::new(&self.body, code)
    }

    /// The members of a body that was not parsed yet.
    pub fn members(&self) -> Result<Members<'_>, ApiError> {
        body::members(&self.text)
    }

    /// The query parameters under a code.
    pub fn params(&self, code: Code) -> Fields<'_> {
        Fields::new(&self.query, code)
    }

    /// The action in lower case; empty if the path has none.
    pub fn action(&self) -> String {
        self.query.get("action_id").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
    }
}
