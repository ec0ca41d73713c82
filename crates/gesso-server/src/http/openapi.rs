//! `/openapi.json`, made from the table of routes.

use super::fields::put;
use super::route::{Field, FieldKind, Route};
use crate::routes::ROUTES;
use gesso_core::Code;
use serde_json::{Map, Value, json};

/// The OpenAPI 3.1 document of every endpoint.
///
/// Operations that share a path and a method differ in `action_id`; they appear as one operation, whose
/// body is any of theirs.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let methods = paths.entry(route.path).or_insert_with(|| json!({}));
        let method = route.method.to_ascii_lowercase();
        if methods.get(&method).is_none() {
            let same: Vec<&Route> =
                ROUTES.iter().filter(|r| r.path == route.path && r.method == route.method).collect();
            put(methods, &method, operation(&same));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gesso",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The service plane of Huawei Cloud's Graph Engine Service, served by Gesso.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": {"Error": error_schema()}},
    })
}

fn operation(routes: &[&Route]) -> Value {
    let names: Vec<&str> = routes.iter().map(|r| r.operation).collect();
    let summaries: Vec<String> = routes.iter().map(|r| summary(r)).collect();
    let mut parameters = path_parameters(routes.first().map_or("", |r| r.path));
    let actions: Vec<&str> = routes.iter().flat_map(|r| r.actions).copied().collect();
    if !actions.is_empty() {
        parameters.push(json!({
            "name": "action_id", "in": "query", "required": true,
            "schema": {"type": "string", "enum": actions}, "description": "Chooses the operation."}));
    }
    let mut seen = Vec::new();
    for field in routes.iter().flat_map(|r| r.query) {
        if !seen.contains(&field.name) {
            seen.push(field.name);
            let required = field.required && routes.len() == 1;
            parameters.push(json!({
                "name": field.name, "in": "query", "required": required,
                "schema": schema(field.kind), "description": field.doc}));
        }
    }
    let mut out = json!({
        "operationId": names.join("_or_"),
        "summary": summaries.join(" "),
        "parameters": parameters,
        "responses": responses(),
    });
    let bodies: Vec<Value> = routes.iter().filter(|r| !r.body.is_empty()).map(|r| body(r)).collect();
    if !bodies.is_empty() {
        let schema = if let [only] = &bodies[..] { only.clone() } else { json!({"anyOf": bodies}) };
        let content = json!({"application/json": {"schema": schema}});
        put(&mut out, "requestBody", json!({"required": true, "content": content}));
    }
    out
}

fn summary(route: &Route) -> String {
    if route.actions.is_empty() {
        route.summary.to_owned()
    } else {
        format!("`{}`: {}", route.actions.join("`, `"), route.summary)
    }
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}});
    names.map(parameter).collect()
}

fn body(route: &Route) -> Value {
    let properties: Map<String, Value> =
        route.body.iter().map(|f| (f.name.to_owned(), property(f))).collect();
    let required: Vec<&str> = route.body.iter().filter(|f| f.required).map(|f| f.name).collect();
    json!({"type": "object", "title": route.operation, "properties": properties, "required": required})
}

fn property(field: &Field) -> Value {
    let mut out = schema(field.kind);
    put(&mut out, "description", field.doc);
    out
}

fn schema(kind: FieldKind) -> Value {
    match kind {
        FieldKind::Text => json!({"type": "string"}),
        FieldKind::Integer => json!({"type": "integer"}),
        FieldKind::Number => json!({"type": "number"}),
        FieldKind::Boolean => json!({"type": "boolean"}),
        FieldKind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        FieldKind::Lists => json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}),
        FieldKind::Objects => json!({"type": "array", "items": {"type": "object"}}),
        FieldKind::Object => json!({"type": "object"}),
    }
}

fn responses() -> Value {
    let error = |text: &str| json!({"description": text, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}});
    json!({
        "200": {"description": "Done, or accepted as a job."},
        "400": error("The request is wrong, or what it names does not exist."),
        "401": error("The token is missing, invalid or expired."),
        "403": error("The token is of another project."),
        "404": error("No such resource."),
        "413": error("The body is larger than 64 MiB."),
        "429": error("Too many attempts."),
        "500": error("Internal error; the message has an id to find it in the log."),
        "503": error("Overloaded or shutting down; `Retry-After` says when to come back."),
    })
}

fn error_schema() -> Value {
    let mut codes: Vec<&str> = Code::ALL.iter().map(|c| c.text()).collect();
    codes.dedup();
    json!({
        "type": "object",
        "properties": {
            "errorMessage": {"type": "string", "description": "Names the field, the value and what was expected."},
            "errorCode": {"type": "string", "enum": codes},
            "result": {"type": "string", "enum": ["failed"]},
        },
        "required": ["errorMessage", "errorCode"],
    })
}
