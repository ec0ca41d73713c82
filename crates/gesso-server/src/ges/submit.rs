//! From a checked request to a job.

use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::Answer;
use gesso_core::{Code, Outcome, Stop, json};
use gesso_graph::Graph;
use gesso_jobs::kinds::Work;
use gesso_jobs::{GraphKey, Job, Kind, State, Submission, SubmitError};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Most rows in a page.
pub const PAGE_MAX: u64 = 100_000;

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// What a job list shows of a request.
pub struct Request {
    graph: GraphKey,
    request: gesso_jobs::Request,
}

impl Request {
    /// The request of a call, without its secrets.
    pub fn of(call: &Call, graph: &Graph, command: &str) -> Request {
        Request::of_key(call, key(graph), command)
    }

    /// [`Request::of`] for a graph that is yet to be made.
    pub fn of_key(call: &Call, graph: GraphKey, command: &str) -> Request {
        Request {
            graph,
            request: gesso_jobs::Request {
                command: command.to_owned(),
                url: call.url.clone(),
                body: without_secrets(&Value::Object(call.body.clone())),
            },
        }
    }
}

/// How jobs know a graph.
pub fn key(graph: &Graph) -> GraphKey {
    let info = graph.info();
    GraphKey { project: info.project.clone(), name: info.name.clone(), uid: info.uid.clone() }
}

/// A copy in which every secret is `***`, at any depth.
pub fn without_secrets(value: &Value) -> Value {
    const SECRETS: [&str; 8] = [
        "secretKey",
        "accessKey",
        "secret_key",
        "access_key",
        "securityToken",
        "token",
        "password",
        "X-Auth-Token",
    ];
    match value {
        Value::Object(map) => {
            let masked = map.iter().map(|(name, v)| {
                let secret = SECRETS.iter().any(|s| s.eq_ignore_ascii_case(name));
                (name.clone(), if secret { MASK.into() } else { without_secrets(v) })
            });
            Value::Object(masked.collect())
        }
        Value::Array(items) => items.iter().map(without_secrets).collect(),
        // Some clients send objects as text.
        Value::String(text) if text.trim_start().starts_with('{') => {
            match json::received::<Value>(text.as_bytes()) {
                Ok(inner @ Value::Object(_)) => without_secrets(&inner).to_string().into(),
                _ => value.clone(),
            }
        }
        other => other.clone(),
    }
}

/// Submits work. `deadline_seconds` other than 0 is that of a synchronous request and bounds the job, too.
pub fn submit(
    app: &App,
    call: &Call,
    request: Request,
    deadline_seconds: u64,
    work: Work,
) -> Result<Arc<Job>, ApiError> {
    if let Some(slot) = &call.replay {
        return Err(slot.fill(work));
    }
    // A malformed member is the request's fault, whatever the operation.
    let fields = call.fields(Code::Malformed);
    let priority = fields.count("priority")?.unwrap_or(5);
    if priority > 9 {
        return Err(fields.wrong("priority", &priority.into(), "0 to 9"));
    }
    let asked = fields.seconds("timeout")?.unwrap_or(app.config.job_timeout_seconds);
    let deadline = (deadline_seconds > 0).then_some(deadline_seconds as f64);
    let asked = Some(asked).filter(|s| *s > 0.0);
    let timeout = asked.into_iter().chain(deadline).reduce(f64::min);
    let code = work.kind.failure_code();
    let submission = Submission {
        graph: request.graph,
        kind: work.kind,
        request: request.request,
        priority: priority as u8,
        timeout: timeout.map(|s| Duration::from_secs_f64(s.min(1e9))),
        need_bytes: work.need_bytes,
        work: work.run,
        erases: work.erases,
        of_request: deadline_seconds > 0,
    };
    app.jobs.submit(submission).map_err(|e| match e {
        SubmitError::QueueFull { .. } => ApiError::new(Code::EngineUnavailable, e.to_string()).retry_after(1),
        SubmitError::ShuttingDown => ApiError::new(Code::EngineUnavailable, e.to_string()).retry_after(5),
        SubmitError::TooLarge { .. } => ApiError::new(code, e.to_string()),
        other => ApiError::internal(code, &other),
    })
}

/// The job of work that the request has done already: it is complete, as the work can not be taken back.
pub fn done(app: &App, request: Request, kind: Kind) -> Result<Arc<Job>, ApiError> {
    let recorded = app.jobs.record_done(request.graph, kind, request.request);
    recorded.map_err(|e| ApiError::internal(kind.failure_code(), &e))
}

/// [`submit`] of work that needs to know its job's id, which it finds behind `id`.
pub fn submit_named(
    app: &App,
    call: &Call,
    request: Request,
    work: Work,
    id: &Arc<Mutex<String>>,
) -> Result<Arc<Job>, ApiError> {
    // Held until the id is there: a job that starts at once waits for it.
    let mut name = id.lock().unwrap_or_else(PoisonError::into_inner);
    let job = submit(app, call, request, 0, work)?;
    job.id().as_str().clone_into(&mut name);
    Ok(job)
}

/// The job of a synchronous request. It is the request's own: stopped when the client goes, and forgotten when the
/// request is answered, so that it takes no place from jobs that somebody will ask for. One that was stopped here stays,
/// with the reason, as no answer tells of it.
pub struct OfRequest {
    app: App,
    job: Arc<Job>,
}

impl Drop for OfRequest {
    fn drop(&mut self) {
        if self.job.stop(Stop::Disconnected).is_ok() || !self.app.jobs.forget(&self.job) {
            self.app.jobs.keep(&self.job);
        }
    }
}

/// Waits until a job has ended, or for so long.
pub async fn ended(job: &Arc<Job>, most: Option<Duration>) {
    match most {
        None => job.ended().await,
        Some(most) => _ = tokio::time::timeout(most, job.ended()).await,
    }
}

/// Waits for the end of the job of a request with a deadline, or fails with `late`.
pub fn waited_for(
    app: &App,
    job: &Arc<Job>,
    deadline_seconds: u64,
    late: ApiError,
) -> impl Future<Output = Result<OfRequest, ApiError>> + Send + use<> {
    let guard = OfRequest { app: app.clone(), job: job.clone() };
    async move {
        // The job's own deadline ends it; the extra second is for a job that waits in the queue.
        ended(&guard.job, Some(Duration::from_secs(deadline_seconds + 1))).await;
        if guard.job.state().is_end() { Ok(guard) } else { Err(late) }
    }
}

/// Submits work that the request waits for, at most as long as a request may take, and gives the answer that
/// `answer` makes of its result. The job is stopped when the client goes.
pub fn answered(
    app: &App,
    call: &Call,
    request: Request,
    work: Work,
    answer: impl FnOnce(&Outcome) -> Answer + Send + 'static,
) -> Result<Answer, ApiError> {
    let (code, deadline) = (work.kind.failure_code(), app.config.request_seconds);
    let job = submit(app, call, request, deadline, work)?;
    let waited =
        waited_for(app, &job, deadline, ApiError::new(code, format!("deadline of {deadline} s exceeded")));
    Ok(Answer::Later(Box::pin(async move {
        let _guard = waited.await?;
        blocking(move || Ok(answer(&*outcome(&job, code)?))).await
    })))
}

/// The result of a job that has ended; the error that it ended with, if it is not complete.
pub fn outcome(job: &Arc<Job>, internal: Code) -> Result<Arc<Outcome>, ApiError> {
    if job.state() == State::Complete {
        return job.outcome().map_err(|e| ApiError::internal(internal, &e));
    }
    let message = job.status().error.map(|e| e.message).unwrap_or_default();
    Err(ApiError::new(job.kind().failure_code(), message))
}

/// Runs what takes a thread's time, such as writing a large page, off the request threads.
pub async fn blocking(
    work: impl FnOnce() -> Result<Answer, ApiError> + Send + 'static,
) -> Result<Answer, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| ApiError::internal(Code::JobQueryInternal, &e))?
}

/// `{"jobId", "jobType"}`
pub fn accepted(job: &Arc<Job>) -> Answer {
    Answer::json(&json!({"jobId": job.id().as_str(), "jobType": job.kind().job_type()}))
}
