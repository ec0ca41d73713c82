//! Creating, listing and deleting indices: spec 04, section 3.

use super::submit::{self, Request};
use super::vertices::entry;
use crate::app::App;
use crate::error::{ApiError, of_write};
use crate::http::call::Call;
use crate::http::fields::{Fields, put};
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_graph::{IndexDef, IndexSpec, WriteError};
use gesso_jobs::Kind;
use gesso_jobs::kinds::create_index;
use serde_json::{Value, json};

/// Most indices of a graph of the memory edition, unless the configuration says otherwise.
const INDEXES_MAX: usize = 10;
/// Most indices of a graph of the database edition, likewise.
const DATABASE_INDEXES_MAX: usize = 500;

/// `POST {G}/indices`
pub fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    start(app, call, vec![spec(call.fields(Code::IndexCreate))?])
}

/// `POST {G}/indices/action?action_id=batch-build`
pub fn create_many(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let fields = call.fields(Code::IndexCreate);
    let items = fields.list("indices")?.filter(|i| !i.is_empty());
    let items = items.ok_or_else(|| fields.missing("indices"))?;
    let specs = items.iter().map(|item| spec(entry(item, "indices")?.code(Code::IndexCreate)));
    start(app, call, specs.collect::<Result<_, _>>().map_err(|e: ApiError| e.coded(Code::IndexCreate))?)
}

fn start(app: &App, call: &Call, specs: Vec<IndexSpec>) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let is_database = graph.info().sort_key().is_some();
    let most = app.config.max_indexes.unwrap_or(if is_database { DATABASE_INDEXES_MAX } else { INDEXES_MAX });
    let reserved =
        graph.reserve_indices(specs, most).map_err(|e| ApiError::new(Code::IndexCreate, e.to_string()))?;
    let request = Request::of(call, &graph, "create_index");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, create_index::work(reserved))?))
}

fn spec(fields: Fields<'_>) -> Result<IndexSpec, ApiError> {
    Ok(IndexSpec {
        name: fields.required_text("indexName")?.into_owned(),
        kind: fields.required_text("indexType")?.into_owned(),
        has_label: fields.boolean("hasLabel")?.unwrap_or(false),
        labels: fields.texts("indexLabel")?,
        properties: fields.texts("indexProperty")?,
        key_bytes: fields.count("strLength")?,
        element: fields.text("elementType")?.filter(|e| !e.is_empty()).map(Into::into),
    })
}

/// `GET {G}/indices`
pub fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = call.graph(app)?.snapshot();
    let is_database = snapshot.schema().sort_key().is_some();
    let label = |id| snapshot.schema().label(id).map(|l| &*l.name);
    let indices: Vec<Value> =
        snapshot.schema().indices().iter().map(|i| index_json(i, is_database, label)).collect();
    let mut data = json!({"indices": indices});
    if !is_database {
        put(&mut data, "result", "success");
    }
    Ok(Answer::json(&json!({"data": data, "result": "success"})))
}

fn index_json<'a>(
    index: &IndexDef,
    is_database: bool,
    label: impl Fn(gesso_core::LabelId) -> Option<&'a str>,
) -> Value {
    let properties: Vec<&str> = index.properties.iter().map(|p| &**p).collect();
    let mut out = json!({
        "indexType": index.kind.name(),
        "indexName": &*index.name,
        "indexProperty": properties,
        "hasLabel": if is_database { index.has_label.into() } else { Value::from(index.has_label.to_string()) },
    });
    if index.kind.is_local() {
        put(&mut out, "indexLabel", index.labels.iter().filter_map(|l| label(*l)).collect::<Vec<_>>());
    }
    out
}

/// `DELETE {G}/indices/{indexName}`
pub fn delete(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let def = graph.drop_index(call.part("index_name")).map_err(|e| match e {
        WriteError::Refused(e) => ApiError::new(Code::IndexDelete, e.to_string()),
        WriteError::Importing(name) => of_write(Code::IndexDelete, WriteError::Importing(name)),
        other => ApiError::internal(Code::IndexDelete, &other),
    })?;
    graph.free_index(&def);
    Ok(submit::accepted(&submit::done(app, Request::of(call, &graph, "delete_index"), Kind::DeleteIndex)?))
}
