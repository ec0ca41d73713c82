//! Paths and subgraphs between given vertices: spec 04, sections 4 and 6.1.

use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::Answer;
use crate::http::stoppable::stoppable;
use gesso_core::{Code, JobContext, VertexIx};
use gesso_graph::{EdgeRef, End, Snapshot};
use gesso_io::elements::{write_edge, write_vertex};
use serde_json::Value;
use std::collections::HashSet;

/// Most vertices that a subgraph may be asked for.
const SUBGRAPH_VERTICES_MAX: usize = 100_000;
/// Most edges of a subgraph.
const SUBGRAPH_EDGES_MAX: usize = 100_000;

/// `POST {G}/paths/action?action_id=query-detail`
pub fn detail(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = call.graph(app)?.snapshot();
    let fields = call.fields(Code::PathList);
    let given = fields.list("paths")?.ok_or_else(|| fields.missing("paths"))?;
    let paths = given
        .iter()
        .map(|path| ids(path).ok_or_else(|| fields.wrong("paths", path, "an array of arrays of vertex ids")));
    let paths: Vec<Vec<String>> = paths.collect::<Result<_, _>>()?;
    let directed = call.fields(Code::PathBody).boolean("directed")?.unwrap_or(false);
    Ok(stoppable(app, Code::PathFailed, move |ctx| {
        let mut out = br#"{"data":{"outputs":{"paths":["#.to_vec();
        for (i, path) in paths.iter().enumerate() {
            ctx.checkpoint()?;
            if i > 0 {
                out.push(b',');
            }
            write_path(ctx, &mut out, &snapshot, path, directed)?;
        }
        out.extend_from_slice(b"]}}}");
        Ok(Answer::Json(out))
    }))
}

fn ids(path: &Value) -> Option<Vec<String>> {
    let id = |item: &Value| match item {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    path.as_array()?.iter().map(id).collect()
}

/// Vertices and between them all their edges; what is not there is an empty object.
fn write_path(
    ctx: &JobContext,
    out: &mut Vec<u8>,
    snapshot: &Snapshot,
    path: &[String],
    directed: bool,
) -> Result<(), ApiError> {
    let mut tick = ctx.tick();
    let mut before = None;
    out.push(b'[');
    for (i, id) in path.iter().enumerate() {
        let v = snapshot.find(id);
        if i > 0 {
            out.extend_from_slice(br#",{"edges":["#);
            let edges = before.flatten().zip(v).map(|(a, b)| between(snapshot, a, b, directed));
            for (j, edge) in edges.unwrap_or_default().iter().enumerate() {
                tick.spend(64)?;
                if j > 0 {
                    out.push(b',');
                }
                write_edge(out, snapshot, edge);
            }
            out.extend_from_slice(b"]},");
        }
        tick.spend(64)?;
        match v {
            Some(v) => write_vertex(out, snapshot, v),
            None => out.extend_from_slice(b"{}"),
        }
        before = Some(v);
    }
    out.push(b']');
    Ok(())
}

fn between(snapshot: &Snapshot, a: VertexIx, b: VertexIx, directed: bool) -> Vec<EdgeRef> {
    let mut edges = snapshot.edges_between(a, b);
    if !directed && a != b {
        edges.extend(snapshot.edges_between(b, a));
    }
    edges
}

/// `POST {G}/subgraphs/action?action_id=query`
pub fn subgraph(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = call.graph(app)?.snapshot();
    let missing = || ApiError::new(Code::VerticesMissing, " Bad Request, parameter vertices cannot be null");
    let ids = call.fields(Code::Malformed).texts("vertices")?.ok_or_else(missing)?;
    if ids.len() > SUBGRAPH_VERTICES_MAX {
        let text = format!("parameter [vertices] has {} entries, expected at most 100000", ids.len());
        return Err(ApiError::new(Code::Malformed, text));
    }
    Ok(stoppable(app, Code::Malformed, move |ctx| {
        let mut seen = HashSet::new();
        let vertices = ids.iter().filter_map(|id| snapshot.find(id)).filter(|v| seen.insert(*v));
        let vertices: Vec<VertexIx> = vertices.collect();
        let edges = induced(ctx, &snapshot, &vertices, &seen)?;
        let mut out = br#"{"data":{"vertices":["#.to_vec();
        let mut tick = ctx.tick();
        for (i, v) in vertices.iter().enumerate() {
            tick.spend(64)?;
            if i > 0 {
                out.push(b',');
            }
            write_vertex(&mut out, &snapshot, *v);
        }
        out.extend_from_slice(br#"],"edges":["#);
        for (i, edge) in edges.iter().enumerate() {
            tick.spend(64)?;
            if i > 0 {
                out.push(b',');
            }
            write_edge(&mut out, &snapshot, edge);
        }
        out.extend_from_slice(b"]}}");
        Ok(Answer::Json(out))
    }))
}

/// The edges whose ends are both among the vertices, by source in the given order and by index.
fn induced(
    ctx: &JobContext,
    snapshot: &Snapshot,
    vertices: &[VertexIx],
    members: &HashSet<VertexIx>,
) -> Result<Vec<EdgeRef>, ApiError> {
    let mut edges: Vec<EdgeRef> = Vec::new();
    let mut tick = ctx.tick();
    for v in vertices {
        let first = edges.len();
        snapshot.visit_edges(*v, End::Source, |edge| {
            tick.spend(4)?;
            if members.contains(&edge.target) {
                if edges.len() == SUBGRAPH_EDGES_MAX {
                    let text = "subgraph has more than 100000 edges, expected at most 100000";
                    return Err(ApiError::new(Code::Malformed, text));
                }
                edges.push(edge);
            }
            Ok(())
        })?;
        if let Some(own) = edges.get_mut(first..) {
            own.sort_unstable_by_key(|e| e.index);
        }
    }
    Ok(edges)
}
