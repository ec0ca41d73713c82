//! Elements as files: spec 03, 4.10 and 5.11, and spec 10, 7.2.

use super::imports::check_keys;
use super::queries::{Codes, EDGES, VERTICES, checked};
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_jobs::kinds::Work;
use gesso_jobs::kinds::export::{self, GraphExport};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// Lines in a part of a paginated export, unless the request says otherwise.
const ROWS_PER_FILE_DEFAULT: u64 = 10_000_000;

/// `POST {G}/vertices/action?action_id=export`
pub fn vertices(app: &App, call: &Call) -> Result<Answer, ApiError> {
    selected(app, call, &VERTICES, "export_vertices", export::vertices)
}

/// `POST {G}/edges/action?action_id=export`
pub fn edges(app: &App, call: &Call) -> Result<Answer, ApiError> {
    selected(app, call, &EDGES, "export_edges", export::edges)
}

fn selected(
    app: &App,
    call: &Call,
    codes: &Codes,
    command: &str,
    work: fn(Arc<gesso_graph::Graph>, gesso_query::Query, PathBuf) -> Work,
) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let query = checked(&graph, call, codes)?;
    let fields = call.fields(Code::Malformed);
    check_keys(fields)?;
    let dir = fields.required_text("exportPath")?;
    let file = match fields.text("fileName")?.filter(|name| !name.is_empty()) {
        Some(name) => name.into_owned(),
        // The job's own id is not known yet; this one is as unique.
        None => format!("{}_{}.csv", codes.elements, uuid::Uuid::new_v4()),
    };
    let to = place(app, &dir, &file, fields, "fileName")?;
    let request = Request::of(call, &graph, command);
    Ok(submit::accepted(&submit::submit(app, call, request, 0, work(graph, query, to))?))
}

/// `POST {G}/action?action_id=export-graph`
pub fn graph(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Export);
    check_keys(fields)?;
    let dir = fields.required_text("graphExportPath")?;
    let names = ["vertexSetName", "edgeSetName", "schemaName"].map(|name| fields.required_text(name));
    let [vertices, edges, schema] = names;
    let (vertices, edges, schema) = (vertices?, edges?, schema?);
    if vertices == edges || vertices == schema || edges == schema {
        let text = "parameters [vertexSetName], [edgeSetName] and [schemaName] must differ";
        return Err(ApiError::new(Code::Export, text));
    }
    let to = GraphExport {
        vertices: place(app, &dir, &vertices, fields, "vertexSetName")?,
        edges: place(app, &dir, &edges, fields, "edgeSetName")?,
        schema: place(app, &dir, &schema, fields, "schemaName")?,
        rows_per_file: rows_per_file(fields)?,
    };
    let request = Request::of(call, &graph, "export_graph");
    Ok(submit::accepted(&submit::submit(app, call, request, 0, export::graph(graph, to))?))
}

/// Lines in each part; none if the export is not paginated.
fn rows_per_file(fields: Fields<'_>) -> Result<Option<u64>, ApiError> {
    let given = fields.object("paginate")?;
    let none = Map::new();
    let paginate = Fields::new(given.as_deref().unwrap_or(&none), fields.missing("paginate").code);
    let either = |camel: &str, snake: &str| match paginate.count(camel)? {
        None => paginate.count(snake),
        some => Ok(some),
    };
    let rows = either("rowCountPerFile", "row_count_per_file")?.unwrap_or(ROWS_PER_FILE_DEFAULT);
    if rows == 0 {
        return Err(paginate.wrong("rowCountPerFile", &Value::from(0), "1 or more"));
    }
    // Rendering uses the threads of a job; the number only has to make sense.
    if let Some(threads) = either("numThread", "num_thread")?.filter(|n| !(1..=64).contains(n)) {
        return Err(paginate.wrong("numThread", &threads.into(), "1 to 64"));
    }
    Ok(paginate.boolean("enable")?.unwrap_or(true).then_some(rows))
}

/// The place of a file in a directory of the object root.
fn place(app: &App, dir: &str, file: &str, fields: Fields<'_>, name: &str) -> Result<PathBuf, ApiError> {
    if file.contains('/') || file.starts_with('.') {
        return Err(fields.wrong(
            name,
            &Value::from(file),
            "a name without `/` that does not begin with `.`",
        ));
    }
    let dir = dir.strip_suffix('/').unwrap_or(dir);
    let refused =
        |e: gesso_store::ObjectError| fields.missing(name).saying(format!("parameter [{name}]: {e}"));
    app.objects.check_output(&format!("{dir}/{file}")).map_err(refused)
}
