//! Queued jobs that only read run again after a clean shutdown: their recorded request is answered once more,
//! up to the point where it would submit its work.

use super::submit;
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::Route;
use crate::routes::ROUTES;
use axum::http::{HeaderMap, Uri};
use gesso_core::Code;
use gesso_jobs::kinds::Work;
use gesso_jobs::{Rebuilt, Record};
use serde_json::{Map, Value};
use std::sync::{Mutex, PoisonError};

/// Where a handler leaves its work when it is asked for that alone.
#[derive(Default)]
pub struct WorkSlot(Mutex<Option<Work>>);

impl WorkSlot {
    /// Takes the work in place of a submission. The error ends the handler.
    pub fn fill(&self, work: Work) -> ApiError {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(work);
        ApiError::new(Code::Malformed, "the request is replayed")
    }
}

/// The work of a recorded job; none if its request can not be answered any more: the graph has gone, the
/// schema has changed, or it had a secret, which records do not hold.
pub fn rebuild(app: &App, record: &Record) -> Option<Rebuilt> {
    let (spec, request) = (&record.spec, &record.spec.request);
    if has_secret(&request.body) {
        return None;
    }
    let uri: Uri = request.url.parse().ok()?;
    let query = crate::http::dispatch::query(&uri).ok()?;
    let (route, path) = find(&uri, &query)?;
    let Value::Object(body) = request.body.clone() else { return None };
    let slot = std::sync::Arc::new(WorkSlot::default());
    let call = Call {
        route,
        path,
        query,
        body,
        text: axum::body::Bytes::new(),
        url: request.url.clone(),
        headers: HeaderMap::new(),
        peer: None,
        may_wait: true,
        replay: Some(slot.clone()),
    };
    let graph = call.graph(app).ok()?;
    if submit::key(&graph) != spec.graph {
        return None;
    }
    // The error is the one that `fill` gives, or says why there is no work.
    _ = (route.handler)(app, &call);
    let work = slot.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    (work.kind == spec.kind).then_some(Rebuilt {
        work: work.run,
        need_bytes: work.need_bytes,
        erases: work.erases,
    })
}

fn has_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(submit::MASK),
        Value::Array(items) => items.iter().any(has_secret),
        Value::Object(members) => members.values().any(has_secret),
        _ => false,
    }
}

/// The parts of a path by name.
type Parts = Vec<(String, String)>;

/// The route of a recorded POST, and the parts of its path.
fn find(uri: &Uri, query: &Map<String, Value>) -> Option<(&'static Route, Parts)> {
    let action = query.get("action_id").and_then(Value::as_str).unwrap_or_default();
    ROUTES.iter().filter(|route| route.method == "POST").find_map(|route| {
        let is_meant =
            route.actions.is_empty() || route.actions.iter().any(|a| a.eq_ignore_ascii_case(action));
        let parts = if is_meant { parts(route.path, uri.path()) } else { None };
        parts.map(|parts| (route, parts))
    })
}

/// The parts of a path that fits a template.
fn parts(template: &str, path: &str) -> Option<Parts> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if template.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut parts = Parts::new();
    for (wanted, given) in template.split('/').zip(path.split('/')) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => parts.push((name.to_owned(), decoded(given)?)),
            None if wanted == given => {}
            None => return None,
        }
    }
    Some(parts)
}

/// A segment of a path without its percent signs.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'%' {
            let hex = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = rest.get(2..)?;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_as_the_router_does() {
        let template = "/ges/v1.0/{project_id}/graphs/{graph_name}/vertices/action";
        let found = parts(template, "/ges/v1.0/p/graphs/caf%C3%A9/vertices/action/").unwrap();
        assert_eq!(found, [("project_id", "p"), ("graph_name", "café")].map(|(n, v)| (n.into(), v.into())));
        assert_eq!(parts(template, "/ges/v1.0/p/graphs/g/edges/action"), None);
        assert_eq!(parts(template, "/ges/v1.0/p/graphs/g"), None);
        assert_eq!(parts(template, "/ges/v1.0/p/graphs/%zz/vertices/action"), None);
    }

    #[test]
    fn masked_secrets_are_seen_at_any_depth() {
        assert!(has_secret(&serde_json::json!({"a": [{"secretKey": "***"}]})));
        assert!(has_secret(&serde_json::json!({"a": "{\"token\":\"***\"}"})));
        assert!(!has_secret(&serde_json::json!({"a": ["*", 3, null]})));
    }
}
