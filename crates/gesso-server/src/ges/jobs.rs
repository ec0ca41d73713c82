//! Watching, listing and cancelling jobs: spec 02, sections 3 to 5.

use super::page::{self, Page, write_outputs};
use super::submit::{self, PAGE_MAX};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_core::date::{parse_rfc3339_ms, rfc3339_ms};
use gesso_graph::{Graph, Snapshot};
use gesso_io::element_json::write_text;
use gesso_jobs::{CancelRefusal, Family, Filter, GraphKey, Job, Kind, OutcomeError, State};
use serde_json::{Value, json};
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest `wait` of a status request. Seconds.
const WAIT_MAX: f64 = 60.0;

/// A job and the graph that its result speaks of; a deleted graph has none.
struct Found {
    job: Arc<Job>,
    graph: Option<Arc<Graph>>,
}

fn find(app: &App, call: &Call, unknown: impl Fn(&str) -> ApiError) -> Result<Found, ApiError> {
    let id = call.part("job_id");
    match call.graph(app) {
        Ok(graph) => {
            let job = app.jobs.find(&submit::key(&graph), id).map_err(|_| unknown(id))?;
            Ok(Found { job, graph: Some(graph) })
        }
        Err(no_graph) => {
            // The job that deleted the graph outlives it.
            let job = app.jobs.find_by_name(call.project(), call.part("graph_name"), id);
            job.map(|job| Found { job, graph: None }).ok_or(no_graph)
        }
    }
}

/// `GET {G}/jobs/{job_id}/status?offset=&limit=&wait=`
pub fn status(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let params = call.params(Code::JobQuery);
    let page = Page {
        offset: params.count("offset")?.unwrap_or(0),
        limit: params.count("limit")?.unwrap_or(PAGE_MAX).min(PAGE_MAX),
    };
    let wait = params.seconds("wait")?.unwrap_or(0.0);
    if wait > WAIT_MAX {
        return Err(params.wrong("wait", &wait.into(), "0 to 60"));
    }
    let unknown = |id: &str| ApiError::new(Code::JobQuery, format!("can not find job, jobId is {id}"));
    let mut found = find(app, call, unknown)?;
    if wait <= 0.0 || found.job.state().is_end() {
        return status_answer(&found, page);
    }
    let (app, project, name) = (app.clone(), call.project().to_owned(), call.part("graph_name").to_owned());
    Ok(Answer::Later(Box::pin(async move {
        submit::ended(&found.job, Some(Duration::from_secs_f64(wait))).await;
        // A restore makes the graph that its job belongs to.
        found.graph = found.graph.or_else(|| app.catalogue.get(&project, &name));
        submit::blocking(move || status_answer(&found, page)).await
    })))
}

fn status_answer(found: &Found, page: Page) -> Result<Answer, ApiError> {
    let job = &found.job;
    let status = job.status();
    let mut out = br#"{"status":"#.to_vec();
    write_text(&mut out, wire_status(status.state, job.kind()));
    // Writing to a vector does not fail.
    _ = write!(
        out,
        r#","state":"{}","jobId":"{}","jobType":{}"#,
        status.state.name(),
        job.id(),
        job.kind().job_type()
    );
    _ = write!(
        out,
        r#","kind":"{}","progress":{}"#,
        job.kind().name(),
        status.progress.map_or(Value::Null, Value::from)
    );
    _ = write!(out, r#","phase":"{}","createTime":"{}""#, status.phase, rfc3339_ms(status.create_ms));
    for (name, time) in [("startTime", status.start_ms), ("endTime", status.end_ms)] {
        _ = write!(out, r#","{name}":{}"#, time.map_or(Value::Null, |t| rfc3339_ms(t).into()));
    }
    _ = write!(out, r#","peakMemoryBytes":{},"result":"success""#, status.peak_bytes);
    let mut http = 200;
    if let Some(error) = &status.error {
        let (code, message) = shown_error(job, status.state, error);
        if job.kind() == Kind::Algorithm && status.state == State::Failed {
            http = 400;
        }
        out.extend_from_slice(br#","errorCode":"#);
        write_text(&mut out, &code);
        out.extend_from_slice(br#","errorMessage":"#);
        write_text(&mut out, &message);
    }
    if status.state == State::Complete {
        write_data(&mut out, found, page)?;
    }
    out.push(b'}');
    Ok(if http == 200 { Answer::Json(out) } else { Answer::Status(http, out) })
}

fn write_data(out: &mut Vec<u8>, found: &Found, page: Page) -> Result<(), ApiError> {
    match found.job.outcome() {
        Ok(outcome) => {
            out.extend_from_slice(br#","data":"#);
            match &found.graph {
                Some(graph) => page::write_data(out, &graph.snapshot(), &outcome, page),
                None => out.extend_from_slice(br#"{"outputs":{}}"#),
            }
            Ok(())
        }
        Err(OutcomeError::Expired) => {
            out.extend_from_slice(br#","errorMessage":"result expired""#);
            Ok(())
        }
        Err(e) => Err(ApiError::internal(Code::JobQueryInternal, &e)),
    }
}

/// The outputs of a complete job, for synchronous answers.
pub fn outcome_body(graph: &Graph, job: &Job, offset: u64, limit: u64) -> Result<Vec<u8>, ApiError> {
    let outcome = job.outcome().map_err(|e| ApiError::internal(Code::AlgorithmInternal, &e))?;
    let ids: Arc<Snapshot> = graph.snapshot();
    let mut out = Vec::new();
    write_outputs(&mut out, &ids, &outcome, Page { offset, limit });
    Ok(out)
}

/// Code and message of a job that did not complete. A failed algorithm says so in the documented words.
fn shown_error(job: &Job, state: State, error: &gesso_jobs::record::Error) -> (String, String) {
    if job.kind() != Kind::Algorithm || state != State::Failed {
        return (error.code.clone(), error.message.clone());
    }
    let prefix = "Running algorithm [";
    let message = if error.message.starts_with(prefix) {
        error.message.clone()
    } else {
        let name = job.request().body.get("algorithmName").and_then(Value::as_str).unwrap_or_default();
        format!("{prefix}{name}] error: {}!", error.message)
    };
    (Code::JobQuery.text().to_owned(), message)
}

/// The word of a state that clients know: spec 02, 2.1.
fn wire_status(state: State, kind: Kind) -> &'static str {
    match (state, kind.family()) {
        (State::Queued, _) => "pending",
        (State::Running, _) => "running",
        (State::Complete, Family::Success) => "success",
        (State::Complete, Family::Complete) => "complete",
        (State::Failed | State::Cancelled, _) => "failed",
    }
}

/// `GET {G}/jobs/status?limit=&offset=&state=&kind=&since=`
pub fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app).map_err(ApiError::result_failed)?;
    let params = call.params(Code::JobQuery);
    let filter = filter(params)?;
    let offset = params.count("offset")?.unwrap_or(0) as usize;
    let limit = params.count("limit")?.unwrap_or(PAGE_MAX).min(PAGE_MAX) as usize;
    let page = app.jobs.list(&submit::key(&graph), &filter, offset, limit);
    let jobs: Vec<Value> = page.jobs.iter().map(|j| entry(j)).collect();
    Ok(Answer::json(&json!({"jobs": jobs, "totalCount": page.total, "result": "success"})))
}

/// One job as the list shows it.
fn entry(job: &Job) -> Value {
    entry_at(job, job.state())
}

/// One job as the list showed it when it had come to a state, in which it may be no longer.
pub fn entry_at(job: &Job, state: State) -> Value {
    let mut status = job.status();
    if status.state != state {
        let (has_begun, has_ended) = (state != State::Queued, state.is_end());
        status.start_ms = status.start_ms.filter(|_| has_begun);
        status.end_ms = status.end_ms.filter(|_| has_ended);
        status.progress = status.progress.filter(|_| has_begun);
        status.state = state;
    }
    let time = |t: Option<u64>| t.map_or(Value::Null, |t| rfc3339_ms(t).into());
    let request = job.request();
    json!({
        "jobId": job.id().as_str(),
        "status": wire_status(status.state, job.kind()),
        "state": status.state.name(),
        "kind": job.kind().name(),
        "jobType": job.kind().job_type(),
        "createTime": rfc3339_ms(status.create_ms),
        "startTime": time(status.start_ms),
        "endTime": time(status.end_ms),
        "progress": status.progress,
        "request": {"command": request.command, "url": request.url, "body": request.body},
    })
}

fn filter(params: Fields<'_>) -> Result<Filter, ApiError> {
    let words = |name: &str| -> Result<Vec<String>, ApiError> {
        let text = params.text(name)?.unwrap_or_default();
        Ok(text.split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect())
    };
    let states = words("state")?.into_iter().map(|w| {
        State::parse(&w)
            .ok_or_else(|| params.wrong("state", &w.into(), "queued, running, complete, failed or cancelled"))
    });
    let states = states.collect::<Result<_, _>>()?;
    let kinds = words("kind")?
        .into_iter()
        .map(|w| Kind::parse(&w).ok_or_else(|| params.wrong("kind", &w.into(), "a kind of job")));
    let kinds = kinds.collect::<Result<_, _>>()?;
    let since_ms = match params.text("since")? {
        None => 0,
        Some(text) => parse_rfc3339_ms(&text).ok_or_else(|| {
            params.wrong("since", &Value::from(&*text), "a time such as 2026-11-23T10:00:00Z")
        })?,
    };
    Ok(Filter { states, kinds, since_ms })
}

/// `DELETE {G}/jobs/{job_id}[?wait=true]`
pub fn cancel(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let received = Instant::now();
    let unknown =
        |id: &str| ApiError::new(Code::JobCancel, format!("can not find job to cancel, id is {id}"));
    let waits = call.params(Code::JobCancel).boolean("wait")?.unwrap_or(false);
    let job = find(app, call, unknown)?.job;
    job.cancel().map_err(|refusal| refused(&job, refusal))?;
    if !waits {
        return Ok(Answer::success());
    }
    Ok(Answer::Later(Box::pin(async move {
        job.idle().await;
        let after = received.elapsed().as_secs_f64() * 1e3;
        Ok(Answer::json(&json!({"result": "success", "stoppedAfterMs": after})))
    })))
}

fn refused(job: &Job, refusal: CancelRefusal) -> ApiError {
    let id = job.id();
    let message = match refusal {
        CancelRefusal::Unsupported => {
            format!("Unsupported Operation: job {id} of kind {} can not be cancelled", job.kind().name())
        }
        other => format!("can not cancel job, id is {id}: {other}"),
    };
    ApiError::new(Code::JobCancel, message)
}

/// `DELETE {G}/jobs[?state=&kind=]`
pub fn cancel_many(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let mut filter = filter(call.params(Code::JobCancel))?;
    if filter.states.is_empty() {
        filter.states = vec![State::Queued];
    }
    let key: GraphKey = submit::key(&graph);
    let swept = app.jobs.cancel_all(&key, &filter.states, &filter.kinds);
    Ok(Answer::json(&json!({"result": "success", "cancelled": swept.cancelled, "skipped": swept.skipped})))
}
