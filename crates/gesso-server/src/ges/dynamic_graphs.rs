//! Analyses of dynamic graphs: spec 07, section 6.

use super::page::{Page, write_data};
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::Answer;
use gesso_algo::AlgoError;
use gesso_algo::temporal::{self, Range};
use gesso_core::Code;
use gesso_jobs::kinds::dynamic_graph;
use std::time::Duration;

/// How long a request that does not say how it runs waits for its job.
const WAIT: Duration = Duration::from_secs(30);

/// `POST {G}/dynamicgraphs/action?action_id=execute-analysis`
pub fn execute(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Malformed);
    let name = fields.text("algorithmName")?.filter(|n| !n.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::new(Code::AlgorithmName, "algorithm name cannot be empty"))?;
    let mode = fields.text("executionMode")?.map(|mode| mode.to_ascii_lowercase());
    let refused = |e: AlgoError| ApiError::new(Code::Algorithm, e.message(&name));
    let required = |name: &'static str| refused(AlgoError::Required { name });
    let own = fields.code(Code::Algorithm);
    let parameters = own.object("parameters")?.ok_or_else(|| required("parameters"));
    let range =
        own.object("dynamicRange")?.or(own.object("dynamic_range")?).ok_or_else(|| required("dynamicRange"));
    let (canonical, analysis) = temporal::parse(&name, &*parameters?).map_err(refused)?;
    let range = Range::parse(&*range?).map_err(refused)?;
    dynamic_graph::check(&graph.snapshot(), &range).map_err(refused)?;
    let page = Page {
        offset: fields.count("offset")?.unwrap_or(0),
        limit: fields.count("limit")?.unwrap_or(submit::PAGE_MAX).min(submit::PAGE_MAX),
    };
    let request = Request::of(call, &graph, "execute_analysis");
    let work = dynamic_graph::work(graph.clone(), canonical, analysis, range);
    match mode.as_deref() {
        Some("async") => Ok(submit::accepted(&submit::submit(app, call, request, 0, work)?)),
        Some("sync") => submit::answered(app, call, request, work, move |outcome| {
            let mut body = br#"{"data":"#.to_vec();
            write_data(&mut body, &graph.snapshot(), outcome, page);
            body.extend_from_slice(br#","status":"complete"}"#);
            Answer::Json(body)
        }),
        Some(_) => {
            let text = "executionMode is not correct, it should be sync or async";
            Err(ApiError::new(Code::ExecutionMode, text))
        }
        None => {
            let job = submit::submit(app, call, request, 0, work)?;
            Ok(Answer::Later(Box::pin(async move {
                submit::ended(&job, Some(WAIT)).await;
                if !job.state().is_end() {
                    return Ok(submit::accepted(&job));
                }
                submit::blocking(move || {
                    let outcome = submit::outcome(&job, Code::AlgorithmInternal)?;
                    let mut body = br#"{"data":"#.to_vec();
                    write_data(&mut body, &graph.snapshot(), &outcome, page);
                    let (id, job_type) = (job.id(), job.kind().job_type());
                    body.extend(
                        format!(r#","status":"complete","jobId":"{id}","jobType":{job_type}}}"#).into_bytes(),
                    );
                    Ok(Answer::Json(body))
                })
                .await
            })))
        }
    }
}
