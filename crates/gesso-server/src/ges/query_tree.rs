//! Query tree: spec 07, section 5.2.

use super::walks::{self, Mode};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_jobs::kinds::query_tree::{self, QueryTree};
use gesso_query::walk::{TreeSpec, Way};
use serde_json::Value;

/// Most elements collected.
const COLLECTED_MAX: u64 = 200_000;
/// Longest path.
const DEPTH_MAX: u64 = 20;

/// `POST {G}/action?action_id=query-tree`
pub fn execute(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = walks::fields(call);
    let mode = Mode::of(fields, Mode::Async)?;
    let query = parse(fields, mode)?;
    query.spec.root(&graph.snapshot()).map_err(|e| fields.refused(e.to_string()))?;
    walks::answer(app, call, &graph, "query_tree", mode, query_tree::work(graph.clone(), query))
}

fn parse(fields: Fields<'_>, mode: Mode) -> Result<QueryTree, ApiError> {
    let given = fields.required_text("direction")?;
    let way = match given.to_ascii_lowercase().as_str() {
        "out" => Way::Out,
        "in" => Way::In,
        "both" => Way::Both,
        _ => return Err(fields.wrong("direction", &Value::from(&*given), "in, out or both")),
    };
    let depth = walks::within(fields, "maxDepth", 1, DEPTH_MAX)?.ok_or_else(|| fields.missing("maxDepth"))?;
    let collected = |name| walks::within(fields, name, 1, COLLECTED_MAX).map(|n| n.unwrap_or(COLLECTED_MAX));
    Ok(QueryTree {
        spec: TreeSpec {
            root: fields.required_text("rootId")?.into_owned(),
            depth_max: depth as u32,
            way,
            labels: fields.texts("labelFilters")?.filter(|labels| !labels.is_empty()),
            vertices_max: collected("maxVertices")?,
            edges_max: collected("maxEdges")?,
            degree_max: fields.count("maxDegree")?,
        },
        with_vertices: walks::flag(fields, "withVertex", true)?,
        with_edges: walks::flag(fields, "withEdge", true)?,
        is_whole: mode == Mode::Sync,
    })
}
