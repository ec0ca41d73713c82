//! Schema structure and data assets: spec 04, 2.8 and 2.9.

use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::put;
use crate::http::route::Answer;
use gesso_core::date::rfc3339_ms;
use gesso_core::{Code, LabelId};
use gesso_graph::reports::{Assets, Structure};
use gesso_jobs::kinds::reports;
use gesso_jobs::{Filter, Job, Kind, State};
use serde_json::{Value, json};
use std::sync::Arc;

/// The message of GES for an unknown graph here.
const NO_GRAPH: &str = "Not found. Please check the input parameters.";

fn graph(app: &App, call: &Call) -> Result<Arc<gesso_graph::Graph>, ApiError> {
    call.graph(app).map_err(|e| e.saying(NO_GRAPH))
}

/// `POST {G}/schema/structure/build`
pub fn build_structure(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = graph(app, call)?;
    let request = Request::of(call, &graph, "schema_structure");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, reports::structure(graph))?))
}

/// `GET {G}/schema/structure?detail=`
pub fn structure(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = graph(app, call)?;
    let params = call.params(Code::Malformed);
    // Weights are sent in both modes, as the sample of the short one has them, too.
    for name in ["detail", "details"] {
        let detail = params.text(name)?;
        if let Some(d) = detail.filter(|d| !["simple", "full"].iter().any(|k| d.eq_ignore_ascii_case(k))) {
            return Err(params.wrong(name, &Value::from(&*d), "SIMPLE or FULL"));
        }
    }
    let found = graph.report::<Structure>().map_err(|e| ApiError::internal(Code::MetadataInternal, &e))?;
    let found = found.unwrap_or_default();
    let vertices = found.vertices.iter().map(|(label, n)| json!({"vertex": label, "weight": n}));
    let edges = found.edges.iter().map(|(source, target, relation, n)| {
        json!({"source": source, "target": target, "relation": relation, "weight": n})
    });
    let (vertices, edges): (Vec<_>, Vec<_>) = (vertices.collect(), edges.collect());
    Ok(Answer::json(&json!({"schema": {"vertices": vertices, "edges": edges}})))
}

/// `POST {G}/schema/data-assets`
pub fn generate_assets(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = graph(app, call)?;
    // The recorded job of a replay is among those that wait.
    if call.replay.is_none() && generating(app, &graph).is_some() {
        return Err(ApiError::new(Code::Malformed, "data assets are being generated"));
    }
    let snapshot = graph.snapshot();
    let needs_index = snapshot.schema().sort_key().is_some() && app.config.label_counts_need_index;
    if needs_index
        && ![true, false].into_iter().all(|on_vertices| snapshot.schema().has_label_index(on_vertices))
    {
        let text = "Label index in vertices or edges is not found, please build the index first.";
        return Err(ApiError::new(Code::JobQuery, text));
    }
    let request = Request::of(call, &graph, "data_assets");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, reports::assets(graph))?))
}

fn generating(app: &App, graph: &gesso_graph::Graph) -> Option<Arc<Job>> {
    let filter =
        Filter { kinds: vec![Kind::DataAssets], states: vec![State::Queued, State::Running], since_ms: 0 };
    app.jobs.list(&submit::key(graph), &filter, 0, 1).jobs.pop()
}

/// `GET {G}/schema/data-assets`
pub fn assets(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = graph(app, call)?;
    let running = generating(app, &graph);
    let found = graph.report::<Assets>().map_err(|e| ApiError::internal(Code::MetadataInternal, &e))?;
    let mut out = json!({});
    if running.is_none() && found.is_none() && graph.info().sort_key().is_some() {
        put(&mut out, "result", "success");
    }
    if let Some(job) = &running {
        let progress = job.status().progress.unwrap_or(0.0);
        put(&mut out, "progress", format!("{:.2}%", progress * 100.0));
    }
    if running.is_some() || found.is_some() {
        put(&mut out, "generating", running.is_some());
    }
    if let Some(assets) = found {
        put(&mut out, "last_generate_time", short_time(assets.generated_ms));
        put(&mut out, "data_assets", json!({"vertex": assets.vertices, "edge": assets.edges}));
    }
    Ok(Answer::json(&out))
}

/// `YYYY-M-D HH:MM:SS`, month and day without leading zeros, in UTC.
fn short_time(ms: u64) -> String {
    let full = rfc3339_ms(ms);
    let (date, time) = full.split_once('T').unwrap_or((&full, ""));
    let numbers: Vec<&str> = date.split('-').map(|part| part.trim_start_matches('0')).collect();
    format!("{} {}", numbers.join("-"), time.get(..8).unwrap_or(time))
}

/// `labelDetails` of a summary: counts of labels, as far as label indices promise them.
pub fn label_details(app: &App, snapshot: &gesso_graph::Snapshot) -> Value {
    let needs_index = app.config.label_counts_need_index;
    let mut details = json!({});
    let mut missing = String::new();
    for (on_vertices, field, name) in [(true, "labelInVertex", "vertices"), (false, "labelInEdge", "edges")] {
        if needs_index && !snapshot.schema().has_label_index(on_vertices) {
            missing.extend(["Label index in ", name, " is not found."]);
            continue;
        }
        let count = |id: LabelId| {
            if on_vertices { snapshot.vertices_with(id) } else { snapshot.edges_with(id) }
        };
        let mut counts = json!({});
        for label in snapshot.schema().labels().filter(|l| count(l.id) > 0) {
            put(&mut counts, &label.name, count(label.id));
        }
        put(&mut details, field, counts);
    }
    if !missing.is_empty() {
        put(&mut details, "errorCode", Code::LabelIndexMissing.text());
        put(&mut details, "errorMessage", missing);
    }
    details
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m04_24_times_have_no_leading_zeros_in_the_date() {
        assert_eq!(short_time(1_709_283_723_000), "2024-3-1 09:02:03");
        assert_eq!(short_time(1_734_000_000_000), "2024-12-12 10:40:00");
    }
}
