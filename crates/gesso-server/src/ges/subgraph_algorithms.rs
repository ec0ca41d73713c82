//! Algorithms on the part of a graph that filters leave: spec 04, 6.2.

use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_algo::{AlgoError, Condition, Mode, registry};
use gesso_core::Code;
use gesso_jobs::kinds::algorithm;
use serde_json::{Map, Value};

/// The algorithms that run on subgraphs.
const NAMES: [&str; 2] = ["connected_component", "kcore"];

/// `POST {G}/subgraphs/action?action_id=execute-algorithm`
pub fn execute(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Algorithm);
    let name = fields.text("algorithmName")?.filter(|n| !n.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::new(Code::AlgorithmName, "algorithm name cannot be empty"))?;
    let refused = |e: AlgoError| ApiError::new(Code::Algorithm, e.message(&name));
    let entry = registry::find(&name).filter(|entry| NAMES.contains(&entry.info().name));
    let entry = entry.ok_or_else(|| fields.wrong("algorithmName", &(*name).into(), &NAMES.join(" or ")))?;
    let parameters = fields.object("parameters")?.map(std::borrow::Cow::into_owned).unwrap_or_default();
    let part = condition(fields)?;
    let prepared = entry.prepare_for(&parameters, Mode::Job).map_err(refused)?;
    let snapshot = graph.snapshot();
    algorithm::check(&snapshot, &prepared).map_err(refused)?;
    algorithm::selections(&snapshot, &[&part]).map_err(refused)?;
    let threads = app.jobs.pool().width();
    let work = algorithm::work_on_part(graph.clone(), prepared, Some(part), threads);
    let request = Request::of(call, &graph, "execute_subgraph_algorithm");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, work)?))
}

/// What `subgraphCreator` says: which vertices and edges are in the subgraph.
fn condition(fields: Fields<'_>) -> Result<Condition, ApiError> {
    let creator = fields.object("subgraphCreator")?.ok_or_else(|| fields.missing("subgraphCreator"))?;
    let creator = fields.within(&creator);
    if let Some(other) = creator.text("name")?.filter(|name| !name.eq_ignore_ascii_case("filtered")) {
        return Err(creator.wrong("subgraphCreator.name", &(*other).into(), "filtered"));
    }
    let given = creator.object("parameters")?.ok_or_else(|| creator.missing("subgraphCreator.parameters"))?;
    let filters = creator.within(&given);
    let filter = |name: &str| -> Result<Option<Value>, ApiError> {
        let filter: Option<Map<String, Value>> = filters.object(name)?.map(std::borrow::Cow::into_owned);
        Ok(filter.filter(|map| !map.is_empty()).map(Value::Object))
    };
    Ok(Condition { vertex: filter("vertex_filter")?, edge: filter("edge_filter")? })
}
