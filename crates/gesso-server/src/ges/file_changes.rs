//! Changes that files describe: spec 04, section 7.

use super::imports::{Inputs, checked_inputs};
use super::submit::{self, Request};
use super::vertices::entry;
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_core::{Cardinality, Code, JobContext, LabelId};
use gesso_graph::Schema;
use gesso_graph::schema::Property;
use gesso_io::CsvOptions;
use gesso_jobs::kinds::delete_by_file::{self, FileDelete};
use gesso_jobs::kinds::file_lines::{Columns, Files};
use gesso_jobs::kinds::import_properties::{self, PropertyImport};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// `POST {G}/action?action_id=import-properties`
pub fn import_properties(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    Ok(checked_inputs(app, call, move |app, call, ctx| {
        let fields = call.fields(Code::Import);
        let snapshot = graph.snapshot();
        let schema = snapshot.schema();
        let import = PropertyImport {
            files: files(app, call, ctx, schema)?,
            vertex_properties: columns(schema, fields, "vertexProperties")?,
            edge_properties: columns(schema, fields, "edgeProperties")?,
            target_properties: target_properties(schema, fields)?,
            vertices_have_label: fields.boolean("vertexFileContainLabel")?.unwrap_or(true),
        };
        check_columns(&import)?;
        let id = Arc::new(Mutex::new(String::new()));
        let work = import_properties::work(graph.clone(), import, id.clone());
        let request = Request::of(call, &graph, "import_properties");
        Ok(submit::accepted(&submit::submit_named(app, call, request, work, &id)?))
    }))
}

/// `POST {G}/action?action_id=delete-by-file`
pub fn delete_by_file(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    Ok(checked_inputs(app, call, move |app, call, ctx| {
        let snapshot = graph.snapshot();
        let delete = FileDelete {
            files: files(app, call, ctx, snapshot.schema())?,
            target_properties: target_properties(snapshot.schema(), call.fields(Code::Import))?,
        };
        let id = Arc::new(Mutex::new(String::new()));
        let work = delete_by_file::work(graph.clone(), delete, id.clone());
        let request = Request::of(call, &graph, "delete_by_file");
        Ok(submit::accepted(&submit::submit_named(app, call, request, work, &id)?))
    }))
}

/// Refuses files of elements without a word on what to change of them.
fn check_columns(import: &PropertyImport) -> Result<(), ApiError> {
    let needed = [
        (!import.files.vertices.is_empty(), import.vertex_properties.is_empty(), "vertexProperties"),
        (!import.files.edges.is_empty(), import.edge_properties.is_empty(), "edgeProperties"),
        (!import.files.edges.is_empty(), import.target_properties.is_empty(), "targetProperties"),
    ];
    match needed.into_iter().find(|(is_needed, is_empty, _)| *is_needed && *is_empty) {
        Some((_, _, name)) => Err(format_error(&format!("parameter [{name}] is required"))),
        None => Ok(()),
    }
}

fn format_error(reason: &str) -> ApiError {
    ApiError::new(Code::Import, format!("parameter format error: {reason}"))
}

fn files(app: &App, call: &Call, ctx: &JobContext, schema: &Schema) -> Result<Files, ApiError> {
    let fields = call.fields(Code::Import);
    let inputs = Inputs::of(app, ctx, fields)?;
    let is_given = |name: &str| Ok::<_, ApiError>(fields.text(name)?.is_some_and(|t| !t.is_empty()));
    if !is_given("vertexsetPath")? && !is_given("edgesetPath")? {
        return Err(format_error("one of [vertexsetPath], [edgesetPath] is required"));
    }
    let refused = |e: &dyn std::fmt::Display| ApiError::new(Code::Import, format!("parameter {e}"));
    let (delimiter, quote) = (fields.text("delimiter")?, fields.text("trimQuote")?);
    let mut options = CsvOptions::parse(delimiter.as_deref(), quote.as_deref()).map_err(|e| refused(&e))?;
    options.list_escape = fields.boolean("listEscape")?.unwrap_or(false);
    options.check(schema).map_err(|e| refused(&e))?;
    let (vertex_format, edge_format) = (inputs.format("vertexset")?, inputs.format("edgeset")?);
    Ok(Files {
        vertices: inputs.files("vertexset", vertex_format)?,
        edges: inputs.files("edgeset", edge_format)?,
        vertex_format,
        edge_format,
        options,
        log_dir: inputs.log_dir()?,
        shown_options: submit::without_secrets(&Value::Object(call.body.clone())),
    })
}

/// `[{"label", "properties": [names]}]` as properties of the schema.
fn columns(schema: &Schema, fields: Fields<'_>, name: &str) -> Result<Columns, ApiError> {
    let mut columns: Columns = Vec::new();
    for item in fields.list(name)?.unwrap_or_default().iter() {
        let one = entry(item, name).map_err(|e| e.coded(Code::Import))?.code(Code::Import);
        let label = schema.find(&one.required_text("label")?).map_err(|e| format_error(&e.to_string()))?;
        let names = one.texts("properties")?.ok_or_else(|| one.missing("properties"))?;
        let property = |name: &String| {
            let missing =
                || format_error(&format!("property [{name}] does not exist in label [{}]", label.name));
            label.property(name).cloned().ok_or_else(missing)
        };
        let properties = names.iter().map(property).collect::<Result<Vec<_>, _>>()?;
        if columns.iter().any(|c| c.0 == label.id) {
            return Err(format_error(&format!("label [{}] is given twice in [{name}]", label.name)));
        }
        columns.push((label.id, properties));
    }
    Ok(columns)
}

/// The first property of each label, which must hold one value.
fn target_properties(schema: &Schema, fields: Fields<'_>) -> Result<Vec<(LabelId, Property)>, ApiError> {
    let mut targets = Vec::new();
    for (label, properties) in columns(schema, fields, "targetProperties")? {
        let property = properties.into_iter().next();
        let property =
            property.ok_or_else(|| format_error("[targetProperties] has a label without property"))?;
        if property.cardinality != Cardinality::Single {
            let text = format!("property [{}] of [targetProperties] must hold one value", property.name);
            return Err(format_error(&text));
        }
        targets.push((label, property));
    }
    Ok(targets)
}
