//! Elements as files: spec 03, 4.10 and 5.11, and spec 10, 7.2.

use super::object_keys;
use super::queries::{Codes, EDGES, VERTICES, checked};
use super::submit::{self, Request};
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_jobs::kinds::Work;
use gesso_jobs::kinds::export::{self, Destination, Form, GraphExport};
use gesso_store::{Keys, OutputDir};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Lines in a part of a paginated export, unless the request says otherwise.
const ROWS_PER_FILE_DEFAULT: u64 = 10_000_000;
/// The field that names the directory of an exported graph.
const DIR: &str = "graphExportPath";

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
    work: fn(Arc<gesso_graph::Graph>, gesso_query::Query, Destination) -> Work,
) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let query = checked(&graph, call, codes)?;
    let fields = call.fields(Code::Malformed);
    let dir = output_dir(app, fields, "exportPath", None)?;
    let file = match fields.text("fileName")?.filter(|name| !name.is_empty()) {
        Some(name) => name.into_owned(),
        // The job's own id is not known yet; this one is as unique.
        None => format!("{}_{}.csv", codes.elements, uuid::Uuid::new_v4()),
    };
    check_name(fields, "fileName", &file)?;
    let to = Destination { dir, form: Form::File(file) };
    let request = Request::of(call, &graph, command);
    Ok(submit::accepted(&submit::submit(app, call, request, 0, work(graph, query, to))?))
}

/// `POST {G}/action?action_id=export-graph`
pub fn graph(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Export);
    let names = ["vertexSetName", "edgeSetName", "schemaName"].map(|name| fields.required_text(name));
    let [vertices, edges, schema] = names;
    let (vertices, edges, schema) = (vertices?.into_owned(), edges?.into_owned(), schema?.into_owned());
    if vertices == edges || vertices == schema || edges == schema {
        let text = "parameters [vertexSetName], [edgeSetName] and [schemaName] must differ";
        return Err(ApiError::new(Code::Export, text));
    }
    let rows = rows_per_file(fields)?;
    let elements = |name: &str, file: String| -> Result<Destination, ApiError> {
        check_name(fields, name, &file)?;
        Ok(match rows {
            Some(rows) => {
                Destination { dir: output_dir(app, fields, DIR, Some(&file))?, form: Form::Parts(rows) }
            }
            None => Destination { dir: output_dir(app, fields, DIR, None)?, form: Form::File(file) },
        })
    };
    check_name(fields, "schemaName", &schema)?;
    let to = GraphExport {
        vertices: elements("vertexSetName", vertices)?,
        edges: elements("edgeSetName", edges)?,
        schema: Destination { dir: output_dir(app, fields, DIR, None)?, form: Form::File(schema) },
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

/// Refuses what is no name of a file or directory.
fn check_name(fields: Fields<'_>, name: &str, file: &str) -> Result<(), ApiError> {
    if gesso_store::objects::is_file_name(file) {
        return Ok(());
    }
    let expected = "a name without `/`, spaces and special characters that does not begin with `.`";
    Err(fields.wrong(name, &Value::from(file), expected))
}

/// The directory that a field names, or the one of a name below it.
fn output_dir(app: &App, fields: Fields<'_>, name: &str, below: Option<&str>) -> Result<OutputDir, ApiError> {
    let keys: Option<Keys> = object_keys::read(fields)?;
    let mut path = fields.required_text(name)?.into_owned();
    if let Some(below) = below {
        path = format!("{}/{below}", path.strip_suffix('/').unwrap_or(&path));
    }
    let refused = |e| fields.missing(name).saying(format!("parameter [{name}]: {e}"));
    app.objects.output_dir(&path, keys).map_err(|e: gesso_store::ObjectError| refused(e))
}
