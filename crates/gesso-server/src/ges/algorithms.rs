//! Algorithms as jobs or at once, on whole graphs and on subgraphs: spec 05 and 06, section 1, and 04, 6.2.

use super::jobs::outcome_body;
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_algo::{AlgoError, Mode, registry};
use gesso_core::Code;
use gesso_jobs::State;
use gesso_jobs::kinds::algorithm;
use serde_json::{Map, Value};
use std::sync::Arc;

/// `POST {G}/action?action_id=execute-algorithm`, and the HyG form of it.
pub fn execute(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Malformed);
    let name = fields.text("algorithmName")?.filter(|n| !n.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::new(Code::AlgorithmName, "algorithm name cannot be empty"))?;
    let is_native = graph.info().sort_key().is_some() && NATIVE.contains(&name.as_ref());
    let mode = match fields.text("executionMode")? {
        None if is_native && !call.route.path.contains("/hyg/") => Mode::Sync,
        given => mode(call, given.as_deref())?,
    };
    let refused = |e: AlgoError| ApiError::new(Code::Algorithm, e.message(&name));
    let entry = registry::find(&name).ok_or_else(|| refused(AlgoError::NotSupported))?;
    let mut parameters = parameters(call)?;
    if is_native {
        parameters.entry("directed").or_insert(true.into());
    }
    let prepared = entry.prepare_for(&parameters, mode).map_err(refused)?;
    algorithm::check(&graph.snapshot(), &prepared).map_err(refused)?;
    let work = algorithm::work(graph.clone(), prepared, app.jobs.pool().width());
    let request = Request::of(call, &graph, "execute_algorithm");
    if mode == Mode::Job {
        return Ok(submit::accepted(&submit::submit(app, call, request, 0, work)?));
    }
    let offset = fields.count("offset")?.unwrap_or(0);
    let limit = fields.count("limit")?.unwrap_or(submit::PAGE_MAX).min(submit::PAGE_MAX);
    let deadline = app.config.request_seconds;
    let job = submit::submit(app, call, request, deadline, work)?;
    let late = format!("Running algorithm [{}] error: deadline of {deadline} s exceeded!", entry.info().name);
    let waited = submit::waited_for(app, &job, deadline, ApiError::new(Code::Algorithm, late));
    Ok(Answer::Later(Box::pin(async move {
        let _guard = waited.await?;
        if job.state() != State::Complete {
            return Err(failure(&job, entry.info().name));
        }
        submit::blocking(move || {
            let mut body = br#"{"data":{"outputs":"#.to_vec();
            body.extend(outcome_body(&graph, &job, offset, limit)?);
            body.extend_from_slice(br#"},"status":"complete"}"#);
            Ok(Answer::Json(body))
        })
        .await
    })))
}

/// The algorithms that run on subgraphs: spec 04, 6.2.
const ON_SUBGRAPHS: [&str; 2] = ["connected_component", "kcore"];

/// `POST {G}/subgraphs/action?action_id=execute-algorithm`: the same on the vertices and edges that pass
/// filters, always as a job.
pub fn execute_on_subgraph(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Algorithm);
    let name = fields.text("algorithmName")?.filter(|n| !n.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::new(Code::AlgorithmName, "algorithm name cannot be empty"))?;
    let entry = registry::find(&name).filter(|entry| ON_SUBGRAPHS.contains(&entry.info().name));
    let expected = "connected_component or kcore";
    let entry = entry.ok_or_else(|| fields.wrong("algorithmName", &Value::from(&*name), expected))?;
    let parameters = with_filters_of_subgraph(fields)?;
    let refused = |e: AlgoError| ApiError::new(Code::Algorithm, e.message(&name));
    let prepared = entry.prepare_for(&parameters, Mode::Job).map_err(refused)?;
    algorithm::check(&graph.snapshot(), &prepared).map_err(refused)?;
    let work = algorithm::work(graph.clone(), prepared, app.jobs.pool().width());
    let request = Request::of(call, &graph, "execute_algorithm");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, work)?))
}

/// The parameters of an algorithm with the filters that `subgraphCreator` describes.
fn with_filters_of_subgraph(fields: Fields<'_>) -> Result<Map<String, Value>, ApiError> {
    let parameters = fields.object("parameters")?.ok_or_else(|| fields.missing("parameters"))?;
    let creator = fields.object("subgraphCreator")?.ok_or_else(|| fields.missing("subgraphCreator"))?;
    let creator = fields.within(&creator);
    if let Some(name) = creator.text("name")?.filter(|name| **name != *"filtered") {
        return Err(creator.wrong("subgraphCreator.name", &Value::from(&*name), "filtered"));
    }
    let filters = creator.object("parameters")?;
    let filters = filters.ok_or_else(|| creator.missing("subgraphCreator.parameters"))?;
    let mut parameters = parameters.into_owned();
    for name in ["vertex_filter", "edge_filter"] {
        let Some(filter) = fields.within(&filters).get(name) else { continue };
        if let Some(other) = parameters.insert(name.to_owned(), filter.clone()).filter(|o| !o.is_null()) {
            let expected = "filters of a subgraph in subgraphCreator.parameters alone";
            return Err(fields.wrong(&format!("parameters.{name}"), &other, expected));
        }
    }
    Ok(parameters)
}
/// The algorithms that the database edition itself has: spec 06, section 4. They answer at once there, and
/// follow directions, unless the request says otherwise.
const NATIVE: &[&str] = &["shortest_path", "shortest_path_of_vertex_sets", "common_neighbors_of_vertex_sets"];

/// How a synchronous run answers that did not complete.
fn failure(job: &Arc<gesso_jobs::Job>, name: &str) -> ApiError {
    let message = job.status().error.map(|e| e.message).unwrap_or_default();
    let prefix = "Running algorithm [";
    let message =
        if message.starts_with(prefix) { message } else { format!("{prefix}{name}] error: {message}!") };
    ApiError::new(Code::Algorithm, message)
}

/// HyG knows jobs only: spec 06, section 4.
fn mode(call: &Call, mode: Option<&str>) -> Result<Mode, ApiError> {
    match mode.map(str::to_ascii_lowercase).as_deref() {
        _ if call.route.path.contains("/hyg/") => Ok(Mode::Job),
        None | Some("async") => Ok(Mode::Job),
        Some("sync") => Ok(Mode::Sync),
        Some(_) => Err(ApiError::new(
            Code::ExecutionMode,
            "executionMode is not correct, it should be sync or async",
        )),
    }
}

/// `parameters`, with what the body may carry beside it. Filters of the body win over those inside.
fn parameters(call: &Call) -> Result<Map<String, Value>, ApiError> {
    let given = call.fields(Code::Malformed).object("parameters")?;
    let mut parameters = given.map(std::borrow::Cow::into_owned).unwrap_or_default();
    let beside = |name: &str| call.body.get(name).filter(|v| !v.is_null());
    if let Some(labels) = beside("labels") {
        parameters.entry("labels").or_insert_with(|| labels.clone());
    }
    for name in ["vertex_filter", "edge_filter", "filters"] {
        if let Some(filter) = beside(name) {
            parameters.insert(name.to_owned(), filter.clone());
        }
    }
    Ok(parameters)
}
