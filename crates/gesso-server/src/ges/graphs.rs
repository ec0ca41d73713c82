//! Graphs of a project: spec 04, section 9.

use super::submit::{self, Request};
use crate::app::App;
use crate::error::{ApiError, of_graph};
use crate::http::call::Call;
use crate::http::fields::put;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_graph::{CreateError, FindError, GraphInfo, PERSISTENCE};
use gesso_jobs::kinds::clear_graph;
use gesso_jobs::{GraphKey, Kind};
use serde_json::{Map, Value, json};

/// `POST /ges/v1.0/{project_id}/graphs`
pub fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let fields = call.fields(Code::ClearOrCreate);
    let name = fields.required_text("graphName").map_err(ApiError::result_failed)?;
    check_name(&name)?;
    let options = options(app, &call.body).map_err(ApiError::result_failed)?;
    let info = GraphInfo { options: options.into_iter().collect(), ..new_info(app, call.project(), &name) };
    match app.catalogue.create(info) {
        Ok(_) => Ok(Answer::success()),
        Err(e @ (CreateError::Exists(_) | CreateError::SetAside(_))) => {
            Err(ApiError::new(Code::ClearOrCreate, e.to_string()).result_failed())
        }
        Err(e) => Err(ApiError::internal(Code::ClearOrCreate, &e)),
    }
}

/// The description of a graph that is about to be made.
pub(super) fn new_info(app: &App, project: &str, name: &str) -> GraphInfo {
    GraphInfo {
        uid: uuid::Uuid::new_v4().to_string(),
        project: project.to_owned(),
        name: name.to_owned(),
        created_ms: app.now_ms(),
        options: std::collections::BTreeMap::new(),
    }
}

pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let fine = (4..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if fine {
        return Ok(());
    }
    let shown: String = name.chars().take(80).collect();
    let expected = "4 to 32 letters, digits and _, the first a letter";
    let message = format!("parameter [graphName] value [{shown}] is invalid, expected {expected}");
    Err(ApiError::new(Code::ClearOrCreate, message).result_failed())
}

/// `idType`, `idLength` and `sortKeyType` as they are reported by the list, and `productType` of graphs of the
/// database edition.
fn options(app: &App, body: &Map<String, Value>) -> Result<Vec<(String, Value)>, ApiError> {
    let fields = crate::http::fields::Fields::new(body, Code::ClearOrCreate);
    let mut kept = Vec::new();
    let choice = |name: &str, choices: &[&str]| -> Result<Option<String>, ApiError> {
        let Some(given) = fields.text(name)? else { return Ok(None) };
        let wrong = || fields.wrong(name, &Value::from(&*given), &choices.join(", "));
        choices.iter().find(|c| **c == given.as_ref()).map(|c| Some((*c).to_owned())).ok_or_else(wrong)
    };
    let product = choice(GraphInfo::PRODUCT_TYPE, &["InMemory", PERSISTENCE])?;
    let is_database = product.map_or(app.config.is_persistence_default, |product| product == PERSISTENCE);
    let id_type = choice("idType", &["fixedLengthString", "hash", "varString"])?;
    if is_database {
        id_type.as_ref().ok_or_else(|| fields.missing("idType"))?;
        kept.push((GraphInfo::PRODUCT_TYPE.to_owned(), PERSISTENCE.into()));
    }
    if let Some(id_type) = id_type {
        if id_type == "fixedLengthString" {
            let length = fields.count("idLength")?.ok_or_else(|| fields.missing("idLength"))?;
            if !(1..=128).contains(&length) {
                return Err(fields.wrong("idLength", &length.into(), "1 to 128"));
            }
            kept.push(("idLength".to_owned(), length.into()));
        }
        kept.push(("idType".to_owned(), id_type.into()));
    }
    let sort_key = choice(GraphInfo::SORT_KEY_TYPE, &["int", "string", "varString"])?;
    kept.push((
        GraphInfo::SORT_KEY_TYPE.to_owned(),
        sort_key.unwrap_or_else(|| "varString".to_owned()).into(),
    ));
    Ok(kept)
}

/// `GET /ges/v1.0/{project_id}/graphs`
pub fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graphs = app.catalogue.of_project(call.project());
    let mut entries: Vec<Value> = graphs.iter().map(|g| entry(app, g.info())).collect();
    for graph in app.catalogue.set_aside_of(call.project()) {
        let Some(info) = &graph.info else { continue };
        let mut entry = entry(app, info);
        put(&mut entry, "errorCode", Code::EngineUnavailable.text());
        put(&mut entry, "errorMessage", graph.to_string());
        entries.push(entry);
    }
    Ok(Answer::json(&json!({"graphs": entries, "result": "success"})))
}

fn entry(app: &App, info: &GraphInfo) -> Value {
    let mut entry = json!({"graphName": info.name, "averageImportRate": app.import_rate(&info.uid)});
    for (name, value) in &info.options {
        put(&mut entry, name, value.clone());
    }
    entry
}

/// `DELETE /ges/v1.0/{project_id}/graphs/{graph_name}`
pub fn delete(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let (project, name) = (call.project(), call.part("graph_name"));
    let unknown = || {
        let text =
            format!("Graph [{project}-{name}] does not exist, please check project_id and graph_name.");
        ApiError::new(Code::JobQuery, text)
    };
    let failed = |e| of_graph(Code::JobQueryInternal, &e);
    // First the graph, so that no new job finds it; then the jobs that did.
    let key = match app.catalogue.find(project, name) {
        Ok(graph) => {
            app.catalogue.remove(&graph).map_err(failed)?;
            submit::key(&graph)
        }
        Err(FindError::SetAside(graph)) => {
            app.catalogue.remove_set_aside(&graph).map_err(failed)?;
            GraphKey { project: project.to_owned(), name: name.to_owned(), uid: graph.uid.clone() }
        }
        Err(_) => return Err(unknown()),
    };
    app.jobs.delete_graph(&key);
    let job = submit::done(app, Request::of_key(call, key.clone(), "delete_graph"), Kind::DeleteGraph);
    app.watchers.close_graph(&key);
    let job = job?;
    Ok(Answer::json(&json!({"jobId": job.id().as_str()})))
}

/// `POST {G}/action?action_id=clear-graph&clear-metadata=`
pub fn clear(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let params = call.params(Code::ClearOrCreate);
    let with_schema =
        params.boolean("clear-metadata")?.or(params.boolean("clear_metadata")?).unwrap_or(false);
    let graph = call.graph(app)?;
    let request = Request::of(call, &graph, "clear_graph");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, clear_graph::work(graph, with_schema))?))
}
