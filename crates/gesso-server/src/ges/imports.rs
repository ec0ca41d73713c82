//! `import-graph`: spec 10, section 7.1.

use super::object_keys;
use super::submit::{self, Request};
use super::vertices::IdLimit;
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::route::Answer;
use crate::http::stoppable::stoppable;
use gesso_core::{Code, JobContext};
use gesso_graph::{LabelDef, Repeated, RepeatedEdges, Schema};
use gesso_io::schema_xml::FILE_BYTES_MAX;
use gesso_io::{CsvOptions, parse_schema};
use gesso_jobs::kinds::import_graph::{self, Import};
use gesso_store::objects::{Format, InputFile};
use gesso_store::{Keys, OutputDir};
use serde_json::{Map, Value};
use std::io::Read as _;
use std::sync::{Arc, Mutex};

/// `POST {G}/action?action_id=import-graph`
pub fn import(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    Ok(checked_inputs(app, call, move |app, call, ctx| {
        let mut import = parse(app, ctx, call.fields(Code::Import), graph.snapshot().schema())?;
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
    }))
}

/// A request that looks at files before it is answered: where they are in a remote store, the answer waits for
/// the store without a request thread, no longer than a request may take, and ends when the client goes.
pub(super) fn checked_inputs(
    app: &App,
    call: &Call,
    accept: impl FnOnce(&App, &Call, &JobContext) -> Result<Answer, ApiError> + Send + 'static,
) -> Answer {
    let (own, call) = (app.clone(), call.clone());
    stoppable(app, Code::Import, move |ctx| accept(&own, &call, ctx))
}

fn parse(app: &App, ctx: &JobContext, fields: Fields<'_>, schema: &Schema) -> Result<Import, ApiError> {
    let path = |name: &str| -> Result<Option<String>, ApiError> {
        Ok(fields.text(name)?.filter(|t| !t.is_empty()).map(std::borrow::Cow::into_owned))
    };
    let (schema_path, vertices, edges) = (path("schemaPath")?, path("vertexsetPath")?, path("edgesetPath")?);
    if schema_path.is_none() && vertices.is_none() && edges.is_none() {
        let text = "parameter format error: one of [schemaPath], [vertexsetPath], [edgesetPath] is required";
        return Err(ApiError::new(Code::Import, text));
    }
    let inputs = Inputs::of(app, ctx, fields)?;
    let described = schema_path.map(|p| inputs.schema(&p)).transpose()?;
    let escape = described.as_ref().is_some_and(|s| s.2) || fields.boolean("listEscape")?.unwrap_or(false);
    let labels = described.as_ref().map_or(&[][..], |s| &s.1);
    let merged = schema
        .merged(labels)
        .map_err(|e| ApiError::new(Code::Import, format!("parameter [schemaPath]: {e}")))?;
    let vertex_options = options(fields, "vertexset", inputs.format("vertexset")?, escape, &merged)?;
    let edge_options = options(fields, "edgeset", inputs.format("edgeset")?, escape, &merged)?;
    Ok(Import {
        vertices: inputs.files("vertexset", vertex_options.format)?,
        edges: inputs.files("edgeset", edge_options.format)?,
        vertex_options,
        edge_options,
        repeated: repeated(fields, merged.sort_key().is_some())?,
        schema: described.map(|(path, labels, _)| (path, labels)),
        log_dir: inputs.log_dir()?,
        shown_options: Value::Null,
    })
}

/// The files of a request, with the keys that it brings for them.
pub(super) struct Inputs<'a> {
    app: &'a App,
    ctx: &'a JobContext,
    fields: Fields<'a>,
    keys: Option<Keys>,
}

impl<'a> Inputs<'a> {
    /// Checks the keys; no file is looked at yet.
    pub fn of(app: &'a App, ctx: &'a JobContext, fields: Fields<'a>) -> Result<Inputs<'a>, ApiError> {
        Ok(Inputs { app, ctx, fields, keys: object_keys::read(fields)? })
    }

    /// The files that `vertexsetPath` or `edgesetPath` names; none without it.
    pub fn files(&self, set: &str, format: Format) -> Result<Vec<InputFile>, ApiError> {
        let name = format!("{set}Path");
        let Some(text) = self.fields.text(&name)?.filter(|t| !t.is_empty()) else { return Ok(Vec::new()) };
        let listed = self.app.objects.list_input(self.ctx, &text, format, self.keys.clone());
        listed.map_err(|e| self.refused(&name, &e))
    }

    /// The format that `vertexsetFormat` or `edgesetFormat` names.
    pub fn format(&self, set: &str) -> Result<Format, ApiError> {
        let name = format!("{set}Format");
        let Some(format) = self.fields.text(&name)? else { return Ok(Format::Text) };
        match format.to_ascii_lowercase().as_str() {
            "csv" | "txt" | "csv_prop" => Ok(Format::Text),
            "jsonl" => Ok(Format::JsonLines),
            "parquet" => Ok(Format::Parquet),
            _ => Err(self.fields.wrong(&name, &Value::from(&*format), "csv, txt, jsonl or parquet")),
        }
    }

    /// The directory that `logDir` names. Several jobs may share it.
    pub fn log_dir(&self) -> Result<Option<OutputDir>, ApiError> {
        let Some(text) = self.fields.text("logDir")?.filter(|t| !t.is_empty()) else { return Ok(None) };
        let dir = self.app.objects.output_dir(&text, self.keys.clone());
        dir.map(Some).map_err(|e| self.refused("logDir", &e))
    }

    /// The labels of a schema file, and whether it asks for escapes in lists.
    fn schema(&self, text: &str) -> Result<(String, Vec<LabelDef>, bool), ApiError> {
        let refused = |e: &dyn std::fmt::Display| self.refused("schemaPath", e);
        let input =
            self.app.objects.find_input(self.ctx, text, self.keys.clone()).map_err(|e| refused(&e))?;
        let too_large = || refused(&format!("`{text}` is larger than 10 MB"));
        if input.size_bytes() > FILE_BYTES_MAX as u64 {
            return Err(too_large());
        }
        let failed = |e: std::io::Error| refused(&format!("`{text}`: {e}"));
        let mut bytes = Vec::new();
        let reader = input.open(self.ctx).map_err(failed)?;
        // One byte more than allowed is enough to refuse a file that has grown.
        reader.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > FILE_BYTES_MAX {
            return Err(too_large());
        }
        let file = parse_schema(&bytes).map_err(|e| refused(&e))?;
        Ok((text.to_owned(), file.labels, file.list_escape))
    }

    fn refused(&self, name: &str, reason: &dyn std::fmt::Display) -> ApiError {
        self.fields.missing(name).saying(format!("parameter [{name}]: {reason}"))
    }
}

fn options(
    fields: Fields<'_>,
    set: &str,
    format: Format,
    escape: bool,
    schema: &Schema,
) -> Result<CsvOptions, ApiError> {
    let refused = |e: &dyn std::fmt::Display| ApiError::new(Code::Import, format!("parameter {e}"));
    let mut options =
        CsvOptions::parse(fields.text("delimiter")?.as_deref(), fields.text("trimQuote")?.as_deref())
            .map_err(|e| refused(&e))?;
    options.format = format;
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

/// In the database edition an edge of the same ends, label and sort key is the same edge.
fn repeated(fields: Fields<'_>, by_sort_key: bool) -> Result<RepeatedEdges, ApiError> {
    let parallel = parallel(fields)?;
    let inner = Fields::new(&parallel, Code::Import);
    let action = match inner.text("action")?.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None if by_sort_key => Repeated::Override,
        Some("allow") if by_sort_key => {
            return Err(inner.wrong("action", &"allow".into(), "ignore or override in this graph"));
        }
        None | Some("allow") => Repeated::Allow,
        Some("ignore") => Repeated::Ignore,
        Some("override") => Repeated::Override,
        Some(other) => return Err(inner.wrong("action", &other.into(), "allow, ignore or override")),
    };
    let ignore_label = inner.boolean("ignoreLabel")?;
    if by_sort_key && ignore_label == Some(true) {
        return Err(inner.wrong("ignoreLabel", &true.into(), "false in this graph"));
    }
    Ok(RepeatedEdges { action, ignore_label: ignore_label.unwrap_or(!by_sort_key) })
}
