//! Filtered query V1: spec 07, section 3.

use super::walks::{self, LAYERS_MAX, Mode, SYNC_MAX};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_io::elements::Parts;
use gesso_jobs::kinds::filtered_query::{self, FilteredQuery, Show};
use gesso_query::walk::{LayerSpec, Start, Step, Walk, Way};
use serde_json::Value;

/// `POST {G}/action?action_id=filtered-query`
pub fn execute(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = walks::fields(call);
    let mode = Mode::of(fields, Mode::Sync)?;
    let query = parse(fields, mode)?;
    walks::check(fields, &graph.snapshot(), &query.walk)?;
    walks::answer(app, call, &graph, "filtered_query", mode, filtered_query::work(graph.clone(), query))
}

fn parse(fields: Fields<'_>, mode: Mode) -> Result<FilteredQuery, ApiError> {
    let is_sync = mode == Mode::Sync;
    let visualized = walks::either(fields, ["visualized", "visulized"]);
    Ok(FilteredQuery {
        walk: walk(fields, mode)?,
        show: show(fields)?,
        with_paths: walks::flag(fields, "with_path", false)?,
        full_paths: walks::flag(fields, "full_path", false)?,
        parts: walks::by(fields)?.into_iter().next().unwrap_or(Parts::ALL),
        most: is_sync.then_some(SYNC_MAX),
        is_whole: walks::flag(fields, visualized, false)? || is_sync,
    })
}

fn show(fields: Fields<'_>) -> Result<Show, ApiError> {
    let name = walks::either(fields, ["query_type", "queryType"]);
    let Some(given) = fields.text(name)? else { return Ok(Show::Last) };
    match given.to_ascii_lowercase().as_str() {
        "default" | "" => Ok(Show::Last),
        "allvertices" => Ok(Show::Vertices),
        "simpleedges" => Ok(Show::Edges),
        "path" => Ok(Show::Paths),
        _ => Err(fields.wrong(name, &Value::from(&*given), "Default, AllVertices, SimpleEdges or Path")),
    }
}

fn walk(fields: Fields<'_>, mode: Mode) -> Result<Walk, ApiError> {
    let items = fields.list("filters")?.ok_or_else(|| fields.missing("filters"))?;
    if items.len() > LAYERS_MAX {
        let text = format!("parameter [filters] has {} entries, expected at most {LAYERS_MAX}", items.len());
        return Err(fields.refused(text));
    }
    let first = match items.first() {
        None => None,
        Some(item) => Some(operator(fields.within(&*walks::object(fields, "filters", item)?))?),
    };
    let start = start(fields, mode, first)?;
    let mut holds_edges = matches!(start, Start::AllEdges | Start::Edges(_));
    let mut layers = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let map = walks::object(fields, "filters", item)?;
        let layer = layer(fields.within(&map), i == 0, holds_edges)?;
        holds_edges = match layer.step {
            Step::Stay => holds_edges,
            Step::Edges(_) => true,
            Step::Neighbours(_) | Step::Ends(_) => false,
        };
        layers.push(layer);
    }
    Ok(Walk { start, is_restricted: walks::flag(fields, "restricted", true)?, layers })
}

/// The operators of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    /// `outV`, `inV`, `bothV`
    ToVertices(Way),
    /// `out`, `in`, `both`
    ToEdges(Way),
    /// `vertex`
    Vertex,
    /// `edge`
    Edge,
}

fn operator(fields: Fields<'_>) -> Result<Operator, ApiError> {
    let Some(given) = fields.text("operator")? else { return Ok(Operator::ToVertices(Way::Out)) };
    Ok(match given.to_ascii_lowercase().as_str() {
        "outv" => Operator::ToVertices(Way::Out),
        "inv" => Operator::ToVertices(Way::In),
        "bothv" => Operator::ToVertices(Way::Both),
        "out" => Operator::ToEdges(Way::Out),
        "in" => Operator::ToEdges(Way::In),
        "both" => Operator::ToEdges(Way::Both),
        "vertex" => Operator::Vertex,
        "edge" => Operator::Edge,
        _ => {
            let expected = "outV, inV, bothV, out, in, both, vertex or edge";
            return Err(fields.wrong("operator", &Value::from(&*given), expected));
        }
    })
}

fn start(fields: Fields<'_>, mode: Mode, first: Option<Operator>) -> Result<Start, ApiError> {
    let (vertices, edges) = (fields.texts("vertices")?, walks::edges(fields)?);
    if vertices.is_none() && edges.is_none() {
        return Err(fields.refused("parameter [vertices] or [edges] is required"));
    }
    let [vertices, edges] = [
        vertices.filter(|v| !v.is_empty()).map(Start::Vertices),
        edges.filter(|e| !e.is_empty()).map(Start::Edges),
    ];
    match (vertices, edges) {
        (Some(_), Some(_)) => {
            Err(fields.refused("parameters [vertices] and [edges] can not both have entries"))
        }
        (Some(Start::Vertices(ids)), None) => {
            walks::check_starts(fields, "vertices", ids.len(), mode)?;
            Ok(Start::Vertices(ids))
        }
        (None, Some(Start::Edges(ids))) => {
            walks::check_starts(fields, "edges", ids.len(), mode)?;
            Ok(Start::Edges(ids))
        }
        _ => match first {
            Some(Operator::Vertex) => Ok(Start::AllVertices),
            Some(Operator::Edge) => Ok(Start::AllEdges),
            None => Ok(Start::Vertices(Vec::new())),
            Some(_) => Err(fields.refused(
                "parameters [vertices] and [edges] are empty, expected the operator [vertex] or [edge] first",
            )),
        },
    }
}

fn layer(fields: Fields<'_>, is_first: bool, holds_edges: bool) -> Result<LayerSpec, ApiError> {
    let [vertex, edge] = [walks::filter(fields, "vertex_filter")?, walks::filter(fields, "edge_filter")?];
    let shown = fields.text("operator")?.unwrap_or_default().into_owned();
    let refuse = |what: &str| Err(fields.refused(format!("operator [{shown}] is not supported {what}")));
    let step = match (operator(fields)?, holds_edges) {
        (Operator::ToVertices(way), false) => Step::Neighbours(way),
        (Operator::ToVertices(way), true) => Step::Ends(way),
        (Operator::ToEdges(way), false) => Step::Edges(way),
        (Operator::ToEdges(_), true) => return refuse("after edges"),
        (Operator::Vertex | Operator::Edge, _) if !is_first => return refuse("after the first layer"),
        (Operator::Vertex, true) => return refuse("with start edges"),
        (Operator::Edge, false) => return refuse("with start vertices"),
        (Operator::Vertex | Operator::Edge, _) => Step::Stay,
    };
    // A filter that nothing asks would look as if it had passed everything.
    let yields_vertices =
        matches!(step, Step::Neighbours(_) | Step::Ends(_)) || step == Step::Stay && !holds_edges;
    let looks_at_edges =
        matches!(step, Step::Neighbours(_) | Step::Edges(_)) || step == Step::Stay && holds_edges;
    if !yields_vertices && !vertex.passes_all() {
        return Err(fields.refused(format!("vertex_filter is not supported with operator [{shown}]")));
    }
    if !looks_at_edges && !edge.passes_all() {
        return Err(fields.refused(format!("edge_filter is not supported with operator [{shown}] here")));
    }
    Ok(LayerSpec { step, vertex, edge, until: None })
}
