//! Reading and changing the schema: spec 04, sections 1 and 2.

use super::jobs::outcome_body;
use super::submit::{self, Request};
use crate::app::App;
use crate::error::{ApiError, of_write};
use crate::http::call::Call;
use crate::http::fields::{Fields, put};
use crate::http::route::Answer;
use gesso_core::{Cardinality, Code, DataType};
use gesso_graph::schema::{Label, LabelDef, LabelKind, Property, PropertyDef, Schema, SchemaError};
use gesso_graph::schema_json::data_type;
use gesso_jobs::State;
use gesso_jobs::kinds::delete_label;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// `GET {G}/schema[?label=L]`
pub fn read(app: &App, call: &Call) -> Result<Answer, ApiError> {
    if let Some(name) = call.params(Code::Metadata).text("label")? {
        return read_label(app, call, &name);
    }
    let snapshot = call.graph(app)?.snapshot();
    let labels: Vec<Value> = snapshot.schema().labels().map(|l| label_json(l)).collect();
    let mut out = json!({"data": {"schema": labels}});
    if snapshot.schema().sort_key().is_some() {
        put(&mut out, "result", "success");
    }
    Ok(Answer::json(&out))
}

fn read_label(app: &App, call: &Call, name: &str) -> Result<Answer, ApiError> {
    let snapshot = call.graph_or(app, Code::VertexQuery)?.snapshot();
    let label = snapshot.schema().find(name).map_err(|e| ApiError::new(Code::Metadata, e.to_string()))?;
    let properties: Vec<Value> = label.properties.iter().map(property_json).collect();
    let data = json!({"type": label.kind.name(), "properties": properties});
    Ok(Answer::json(&json!({"data": data, "result": "success"})))
}

fn label_json(label: &Label) -> Value {
    let mut out = Map::new();
    out.insert("label".into(), (*label.name).into());
    if label.id != gesso_core::LabelId::DEFAULT {
        out.insert("type".into(), label.kind.name().into());
    }
    if !label.properties.is_empty() {
        out.insert("properties".into(), label.properties.iter().map(property_json).collect());
    }
    out.into()
}

fn property_json(p: &Property) -> Value {
    let mut out = json!({"name": &*p.name, "type": p.data_type.name(), "cardinality": p.cardinality.name()});
    match &p.data_type {
        DataType::Enum(names) => {
            let values = std::iter::once("").chain(names.iter().map(|n| &**n));
            put(&mut out, "probableValue", values.collect::<Vec<_>>());
        }
        DataType::CharArray { max_len } => put(&mut out, "maxDataSize", max_len.to_string()),
        _ => {}
    }
    out
}

/// `POST {G}/schema?label=L`: the whole new list, or properties that are all new, which are appended.
pub fn replace_label(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let name = call.params(Code::LabelChange).required_text("label")?.into_owned();
    let fields = call.fields(Code::LabelChange);
    let kind = label_kind(fields)?;
    let properties = property_defs(fields)?;
    let graph = call.graph(app)?;
    let written = graph.write(|tx| {
        let snapshot = tx.snapshot();
        let refused = |e: SchemaError| ApiError::new(Code::LabelChange, e.to_string());
        let old = snapshot.schema().find(&name).map_err(refused)?;
        let in_use = |takes: bool, count: u64| !takes && count > 0;
        if in_use(kind.on_vertices(), snapshot.vertices_with(old.id))
            || in_use(kind.on_edges(), snapshot.edges_with(old.id))
        {
            let text = format!(
                "label [{name}] can not become of type {}: elements of the other have it",
                kind.name()
            );
            return Err(ApiError::new(Code::LabelChange, text));
        }
        // A client that knows the older, appending form sends the new properties alone.
        let all_new = properties.iter().all(|p| old.property(&p.name).is_none());
        let whole = if all_new { [old.def().properties, properties].concat() } else { properties };
        Ok(tx.set_schema(snapshot.schema().with_replaced(&name, Some(kind), &whole).map_err(refused)?)?)
    });
    written.map_err(|e| of_write(Code::LabelChange, e))?;
    Ok(Answer::success())
}

/// How long a label's deletion may take for its answer to have the result, as older clients expect.
const DELETE_LABEL_WAIT: Duration = Duration::from_secs(5);

/// `DELETE {G}/schema/labels/{label_name}`
pub fn delete_label(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let name = call.part("label_name");
    if graph.snapshot().schema().without_label(name).is_err() {
        return Err(ApiError::new(Code::Parameter, "Parameter error!"));
    }
    let request = Request::of(call, &graph, "delete_label");
    let job = submit::submit(app, call, request, 0, delete_label::work(graph.clone(), name.to_owned()))?;
    Ok(Answer::Later(Box::pin(async move {
        submit::ended(&job, Some(DELETE_LABEL_WAIT)).await;
        let mut answer = json!({"jobId": job.id().as_str(), "jobType": job.kind().job_type()});
        if job.state() == State::Complete {
            let outputs = outcome_body(&graph, &job, 0, 0)?;
            let count: Value = serde_json::from_slice(&outputs).unwrap_or_default();
            put(&mut answer, "data", json!({"outputs": count}));
            put(&mut answer, "status", "success");
        }
        Ok(Answer::json(&answer))
    })))
}

/// `POST {G}/schema/labels`
pub fn add_label(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let def = label_def(call.fields(Code::LabelChange))?;
    change(app, call, |schema| schema.with_label(&def))
}

/// `POST {G}/schema/labels/action?action_id=batch-add`
pub fn add_labels(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let fields = call.fields(Code::LabelChange);
    let items = fields.list("labels")?.ok_or_else(|| fields.missing("labels"))?;
    let graph = call.graph(app)?;
    let outcome = graph.write(|tx| {
        let mut schema = Schema::clone(tx.snapshot().schema());
        let (mut failed, mut added) = (Vec::new(), 0);
        for item in items.iter() {
            let empty = Map::new();
            let one = Fields::new(item.as_object().unwrap_or(&empty), Code::LabelChange);
            let def = label_def(one).map_err(|e| e.message);
            match def.and_then(|d| schema.add_label(&d).map_err(|e| e.to_string())) {
                Ok(()) => added += 1,
                Err(cause) => failed.push(json!({"labelName": item["name"], "cause": cause})),
            }
        }
        if added > 0 {
            tx.set_schema(schema)?;
        }
        Ok((failed, added))
    });
    let (failed, added) = outcome.map_err(|e| of_write(Code::LabelChange, e))?;
    let data = json!({"failed": failed});
    match (failed.first(), added) {
        (None, _) => Ok(Answer::success()),
        (Some(_), 1..) => Ok(Answer::json(&json!({"result": "partial success", "data": data}))),
        (Some(first), _) => {
            let code = Code::LabelChange.text();
            let body =
                json!({"result": "failed", "data": data, "errorCode": code, "errorMessage": first["cause"]});
            Ok(Answer::Status(400, body.to_string().into_bytes()))
        }
    }
}

/// `POST {G}/schema/labels/{label_name}/properties`
pub fn change_label(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let fields = call.fields(Code::LabelChange);
    let properties = property_defs(fields)?;
    let replace = fields.boolean("override")?.unwrap_or(false);
    let name = call.part("label_name");
    change(app, call, |schema| {
        if replace {
            schema.with_replaced(name, None, &properties)
        } else {
            schema.with_appended(name, &properties)
        }
    })
}

fn change(
    app: &App,
    call: &Call,
    make: impl FnOnce(&Schema) -> Result<Schema, SchemaError>,
) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let outcome = graph.write(|tx| {
        let next =
            make(tx.snapshot().schema()).map_err(|e| ApiError::new(Code::LabelChange, e.to_string()))?;
        Ok(tx.set_schema(next)?)
    });
    outcome.map_err(|e| of_write(Code::LabelChange, e))?;
    Ok(Answer::success())
}

fn label_def(fields: Fields<'_>) -> Result<LabelDef, ApiError> {
    let name = fields.required_text("name")?.into_owned();
    let kind = label_kind(fields)?;
    let has_properties = fields.get("properties").is_some();
    let properties = if has_properties { property_defs(fields)? } else { Vec::new() };
    Ok(LabelDef { name, kind, properties })
}

fn label_kind(fields: Fields<'_>) -> Result<LabelKind, ApiError> {
    let Some(text) = fields.text("type")? else { return Ok(LabelKind::All) };
    LabelKind::parse(&text).ok_or_else(|| fields.wrong("type", &Value::from(&*text), "vertex, edge or all"))
}

fn property_defs(fields: Fields<'_>) -> Result<Vec<PropertyDef>, ApiError> {
    let items = fields.list("properties")?.ok_or_else(|| fields.missing("properties"))?;
    items.iter().map(property_def).collect()
}

/// A property object, wrapped as `{"property": {…}}` or not; a plain string is a single `string`.
fn property_def(item: &Value) -> Result<PropertyDef, ApiError> {
    let map = match item {
        Value::String(name) => {
            let (name, data_type) = (name.clone(), DataType::String);
            return Ok(PropertyDef { name, data_type, cardinality: Cardinality::Single });
        }
        Value::Object(map) => map.get("property").and_then(Value::as_object).unwrap_or(map),
        other => {
            let text =
                format!("property [{}] is invalid, expected an object", crate::http::fields::shown(other));
            return Err(ApiError::new(Code::LabelChange, text));
        }
    };
    let fields = Fields::new(map, Code::LabelChange);
    let name = fields.required_text("name")?.into_owned();
    let type_name = fields.required_text("dataType")?;
    let cardinality = match fields.text("cardinality")? {
        None => Cardinality::Single,
        Some(text) => Cardinality::parse(&text)
            .ok_or_else(|| fields.wrong("cardinality", &Value::from(&*text), "single, list or set"))?,
    };
    let max_len = fields.count("maxDataSize")?.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let names = if type_name.eq_ignore_ascii_case("enum") { enum_names(fields)? } else { Vec::new() };
    let unknown = || fields.wrong("dataType", &Value::from(&*type_name), "a documented data type");
    let data_type = data_type(&type_name, max_len, names.into()).ok_or_else(unknown)?;
    Ok(PropertyDef { name, data_type, cardinality })
}

fn enum_names(fields: Fields<'_>) -> Result<Vec<Box<str>>, ApiError> {
    let count = fields.count("typeNameCount")?.ok_or_else(|| fields.missing("typeNameCount"))?;
    if count > 65_535 {
        return Err(fields.wrong("typeNameCount", &count.into(), "at most 65535"));
    }
    (1..=count)
        .map(|i| Ok(fields.required_text(&format!("typeName{i}"))?.into_owned().into_boxed_str()))
        .collect()
}
