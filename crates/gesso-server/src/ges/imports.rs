//! `import-graph`: spec 10, section 7.1.

use super::object_keys;
use super::submit::{self, Request};
use super::vertices::IdLimit;
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_graph::{LabelDef, Repeated, RepeatedEdges, Schema};
use gesso_io::{CsvOptions, parse_schema};
use gesso_jobs::kinds::import_graph::{self, Import};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// `POST {G}/action?action_id=import-graph`
pub fn import(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let mut import = parse(app, call.fields(Code::Import), graph.snapshot().schema())?;
    import.shown_options = submit::without_secrets(&Value::Object(call.body.clone()));
    let id_bytes_max = IdLimit::of(graph.info()).size_bytes();
    import.vertex_options.id_bytes_max = id_bytes_max;
    import.edge_options.id_bytes_max = id_bytes_max;
    let uid = graph.info().uid.clone();
    let id = Arc::new(Mutex::new(String::new()));
    let rates = app.clone();
    let done = move |lines: u64, elapsed_ms: u64| rates.note_import(&uid, lines, elapsed_ms);
    let request = Request::of(call, &graph, "import_graph");
    let work = import_graph::work(graph, import, id.clone(), done);
    let job = submit::submit_named(app, call, request, work, &id)?;
    Ok(submit::accepted(&job))
}

fn parse(app: &App, fields: Fields<'_>, schema: &Schema) -> Result<Import, ApiError> {
    let path = |name: &str| -> Result<Option<String>, ApiError> {
        Ok(fields.text(name)?.filter(|t| !t.is_empty()).map(std::borrow::Cow::into_owned))
    };
    let (schema_path, vertices, edges) = (path("schemaPath")?, path("vertexsetPath")?, path("edgesetPath")?);
    if schema_path.is_none() && vertices.is_none() && edges.is_none() {
        let text = "parameter format error: one of [schemaPath], [vertexsetPath], [edgesetPath] is required";
        return Err(ApiError::new(Code::Import, text));
    }
    check_formats(fields)?;
    object_keys::read(fields)?;
    let described = schema_path.map(|p| read_schema(app, &p)).transpose()?;
    let escape = described.as_ref().is_some_and(|s| s.2) || fields.boolean("listEscape")?.unwrap_or(false);
    let labels = described.as_ref().map_or(&[][..], |s| &s.1);
    let merged = schema
        .merged(labels)
        .map_err(|e| ApiError::new(Code::Import, format!("parameter [schemaPath]: {e}")))?;
    Ok(Import {
        vertices: input_files(app, fields, "vertexsetPath")?,
        edges: input_files(app, fields, "edgesetPath")?,
        vertex_options: options(fields, "vertexset", escape, &merged)?,
        edge_options: options(fields, "edgeset", escape, &merged)?,
        schema: described.map(|(path, labels, _)| (path, labels)),
        repeated: repeated(fields)?,
        log_dir: log_dir(app, fields)?,
        // Files are listed by their resolved paths.
        shown_root: app.objects.root().canonicalize().unwrap_or_else(|_| app.objects.root().to_owned()),
        shown_options: Value::Null,
    })
}

/// Refuses formats of vertex and edge files that are not text.
pub(super) fn check_formats(fields: Fields<'_>) -> Result<(), ApiError> {
    for name in ["vertexsetFormat", "edgesetFormat"] {
        let Some(format) = fields.text(name)? else { continue };
        if !["csv", "txt", "csv_prop"].iter().any(|known| format.eq_ignore_ascii_case(known)) {
            return Err(fields.wrong(name, &Value::from(&*format), "csv or txt"));
        }
    }
    Ok(())
}

/// The directory that `logDir` names. Several jobs may share it.
pub(super) fn log_dir(app: &App, fields: Fields<'_>) -> Result<Option<PathBuf>, ApiError> {
    let Some(text) = fields.text("logDir")?.filter(|t| !t.is_empty()) else { return Ok(None) };
    let refused =
        |e: gesso_store::ObjectError| fields.missing("logDir").saying(format!("parameter [logDir]: {e}"));
    // Also without the `/` at its end.
    let directory = format!("{}/", text.strip_suffix('/').unwrap_or(&text));
    app.objects.resolve_output(&directory).map(Some).map_err(refused)
}

/// The files that a field names; none without it.
pub(super) fn input_files(app: &App, fields: Fields<'_>, name: &str) -> Result<Vec<PathBuf>, ApiError> {
    let Some(text) = fields.text(name)?.filter(|t| !t.is_empty()) else { return Ok(Vec::new()) };
    app.objects.list_input(&text).map_err(|e| fields.missing(name).saying(format!("parameter [{name}]: {e}")))
}

fn read_schema(app: &App, text: &str) -> Result<(String, Vec<LabelDef>, bool), ApiError> {
    let refused =
        |e: &dyn std::fmt::Display| ApiError::new(Code::Import, format!("parameter [schemaPath]: {e}"));
    let path = app.objects.resolve_input(text).map_err(|e| refused(&e))?;
    let size = std::fs::metadata(&path).map_err(|e| refused(&format!("`{text}`: {e}")))?.len();
    if size > gesso_io::schema_xml::FILE_BYTES_MAX as u64 {
        return Err(refused(&format!("`{text}` is larger than 10 MB")));
    }
    let bytes = std::fs::read(&path).map_err(|e| refused(&format!("`{text}`: {e}")))?;
    let file = parse_schema(&bytes).map_err(|e| refused(&e))?;
    Ok((text.to_owned(), file.labels, file.list_escape))
}

fn options(fields: Fields<'_>, set: &str, escape: bool, schema: &Schema) -> Result<CsvOptions, ApiError> {
    let refused = |e: &dyn std::fmt::Display| ApiError::new(Code::Import, format!("parameter {e}"));
    let mut options =
        CsvOptions::parse(fields.text("delimiter")?.as_deref(), fields.text("trimQuote")?.as_deref())
            .map_err(|e| refused(&e))?;
    options.default_label = fields.text(&format!("{set}DefaultLabel"))?.map(Into::into);
    options.has_label = fields.boolean(&format!("{set}HasLabel"))?;
    options.list_escape = escape;
    if set == "edgeset" {
        options.sort_key_column = sort_key_column(fields)?;
    }
    options.check(schema).map_err(|e| refused(&e))?;
    if options.has_label == Some(false) && options.default_label.as_deref().is_none_or(str::is_empty) {
        let text = format!("parameter [{set}DefaultLabel] is required when [{set}HasLabel] is false");
        return Err(ApiError::new(Code::Import, text));
    }
    if let Some(label) = options.default_label.as_deref().filter(|l| !l.is_empty()) {
        schema.find(label).map_err(|e| refused(&format!("[{set}DefaultLabel]: {e}")))?;
    }
    Ok(options)
}

fn parallel(fields: Fields<'_>) -> Result<Map<String, Value>, ApiError> {
    Ok(fields.object("parallelEdge")?.map(std::borrow::Cow::into_owned).unwrap_or_default())
}

fn sort_key_column(fields: Fields<'_>) -> Result<bool, ApiError> {
    let parallel = parallel(fields)?;
    let inner = Fields::new(&parallel, Code::Import);
    match inner.text("sortKeyColumn")?.as_deref() {
        None | Some("") => Ok(false),
        Some("lastColumn") => Ok(true),
        Some(other) => Err(inner.wrong("sortKeyColumn", &other.into(), "lastColumn")),
    }
}

fn repeated(fields: Fields<'_>) -> Result<RepeatedEdges, ApiError> {
    let parallel = parallel(fields)?;
    let inner = Fields::new(&parallel, Code::Import);
    let action = match inner.text("action")?.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("allow") => Repeated::Allow,
        Some("ignore") => Repeated::Ignore,
        Some("override") => Repeated::Override,
        Some(other) => return Err(inner.wrong("action", &other.into(), "allow, ignore or override")),
    };
    Ok(RepeatedEdges { action, ignore_label: inner.boolean("ignoreLabel")?.unwrap_or(true) })
}
