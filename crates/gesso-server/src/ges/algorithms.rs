//! Algorithms as jobs or at once: spec 05 and 06, section 1.

use super::jobs::outcome_body;
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::Answer;
use gesso_algo::{AlgoError, registry};
use gesso_core::Code;
use gesso_jobs::State;
use gesso_jobs::kinds::algorithm;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// `POST {G}/action?action_id=execute-algorithm`, and the HyG form of it.
pub fn execute(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Malformed);
    let name = fields.text("algorithmName")?.filter(|n| !n.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::new(Code::AlgorithmName, "algorithm name cannot be empty"))?;
    let is_sync = is_sync(fields.text("executionMode")?.as_deref())?;
    let refused = |e: AlgoError| ApiError::new(Code::Algorithm, e.message(&name));
    let entry = registry::find(&name).ok_or_else(|| refused(AlgoError::NotSupported))?;
    let parameters = parameters(call)?;
    refuse_filters(&call.body, &name)?;
    let prepared = entry.prepare(&parameters).map_err(refused)?;
    algorithm::check_weight(&graph.snapshot(), prepared.as_ref()).map_err(refused)?;
    let work = algorithm::work(graph.clone(), prepared, app.jobs.pool().width());
    let request = Request::of(call, &graph, "execute_algorithm");
    if !is_sync {
        return Ok(submit::accepted(&submit::submit(app, call, request, 0, work)?));
    }
    let offset = fields.count("offset")?.unwrap_or(0);
    let limit = fields.count("limit")?.unwrap_or(submit::PAGE_MAX).min(submit::PAGE_MAX);
    let deadline = app.config.request_seconds;
    let job = submit::submit(app, call, request, deadline, work)?;
    let guard = submit::StopOnDrop(job.clone());
    Ok(Answer::Later(Box::pin(async move {
        // The job's own deadline ends it; the extra second is for a job that waits in the queue.
        submit::ended(&job, Some(Duration::from_secs(deadline + 1))).await;
        let guard = guard;
        if !job.state().is_end() {
            drop(guard);
            let text = format!(
                "Running algorithm [{}] error: deadline of {deadline} s exceeded!",
                entry.info().name
            );
            return Err(ApiError::new(Code::Algorithm, text));
        }
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

/// How a synchronous run answers that did not complete.
fn failure(job: &Arc<gesso_jobs::Job>, name: &str) -> ApiError {
    let message = job.status().error.map(|e| e.message).unwrap_or_default();
    let prefix = "Running algorithm [";
    let message =
        if message.starts_with(prefix) { message } else { format!("{prefix}{name}] error: {message}!") };
    ApiError::new(Code::Algorithm, message)
}

fn is_sync(mode: Option<&str>) -> Result<bool, ApiError> {
    match mode.map(str::to_ascii_lowercase).as_deref() {
        None | Some("async") => Ok(false),
        Some("sync") => Ok(true),
        Some(_) => Err(ApiError::new(
            Code::ExecutionMode,
            "executionMode is not correct, it should be sync or async",
        )),
    }
}

/// `parameters`, with the common ones that the body may carry beside it.
fn parameters(call: &Call) -> Result<Map<String, Value>, ApiError> {
    let given = call.fields(Code::Malformed).object("parameters")?;
    let mut parameters = given.map(std::borrow::Cow::into_owned).unwrap_or_default();
    if let Some(labels) = call.body.get("labels").filter(|v| !v.is_null()) {
        parameters.entry("labels").or_insert_with(|| labels.clone());
    }
    Ok(parameters)
}

/// The filter grammar of spec 07 is not served yet; ignoring a filter would give a wrong answer.
fn refuse_filters(body: &Map<String, Value>, name: &str) -> Result<(), ApiError> {
    let given = ["vertex_filter", "edge_filter", "filters"]
        .into_iter()
        .find(|f| body.get(*f).is_some_and(|v| !v.is_null()));
    match given {
        None => Ok(()),
        Some(field) => {
            let text = format!("Running algorithm [{name}] error: parameter [{field}] is not supported!");
            Err(ApiError::new(Code::Algorithm, text))
        }
    }
}
