//! Summary and version of a graph: spec 04, section 5. In the database edition the summary is a job.

use super::reports::label_details;
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::put;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_graph::{Graph, Snapshot};
use gesso_jobs::kinds::summary;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET {G}/summary?label_details=`
pub fn summary(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let params = call.params(Code::Statistics);
    let wants_details = params.boolean("label_details")?.or(params.boolean("labelDetails")?).unwrap_or(false);
    let graph = call.graph(app)?;
    if graph.info().sort_key().is_none() {
        return Ok(Answer::json(&json!({"data": numbers(app, &graph.snapshot(), wants_details)})));
    }
    if call.replay.is_some() {
        return submitted(app, call, graph, wants_details);
    }
    // This handler runs on a request thread, which must not wait for the journal of jobs.
    let (own, call) = (app.clone(), call.clone());
    Ok(Answer::Later(Box::pin(submit::blocking(move || submitted(&own, &call, graph, wants_details)))))
}

/// The summary as a job.
fn submitted(app: &App, call: &Call, graph: Arc<Graph>, wants_details: bool) -> Result<Answer, ApiError> {
    let request = Request::of(call, &graph, "summary");
    let own = app.clone();
    let work = summary::work(move || numbers(&own, &graph.snapshot(), wants_details));
    let job = submit::submit(app, call, request, 0, work)?;
    Ok(Answer::json(&json!({"jobId": job.id().as_str()})))
}

/// The database edition counts a vertex once for each of its labels.
fn numbers(app: &App, snapshot: &Snapshot, wants_details: bool) -> Value {
    let vertices = match snapshot.schema().sort_key() {
        None => snapshot.vertex_count(),
        Some(_) => snapshot.schema().labels().map(|l| snapshot.vertices_with(l.id)).sum(),
    };
    let mut data = json!({"vertexNum": vertices, "edgeNum": snapshot.edge_count()});
    if wants_details {
        put(&mut data, "labelDetails", label_details(app, snapshot));
    }
    data
}

/// `GET {G}/version`
pub fn version(app: &App, call: &Call) -> Result<Answer, ApiError> {
    call.graph(app)?;
    Ok(Answer::json(&json!({"version": app.config.api_version})))
}
