//! What becomes of edges that repeat others: spec 03, 5.5.

use super::vertices::entry;
use crate::error::ApiError;
use crate::http::fields::Fields;
use gesso_core::{Code, LabelId, PropId};
use gesso_graph::Snapshot;
use gesso_graph::edit::{ParallelAction, ParallelEdge};
use gesso_graph::schema::Label;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::Arc;

/// A label that edges may have.
pub(super) fn edge_label<'a>(snapshot: &'a Snapshot, name: &str) -> Result<&'a Arc<Label>, ApiError> {
    let label = snapshot.schema().find(name).map_err(|e| ApiError::new(Code::Malformed, e.to_string()))?;
    if label.kind.on_edges() {
        return Ok(label);
    }
    Err(ApiError::new(Code::Malformed, format!("label [{name}] is of type vertex, expected edge or all")))
}

/// `parallelEdge` as an object, or as the name of the action alone.
pub(super) fn parallel_rule(snapshot: &Snapshot, fields: Fields<'_>) -> Result<ParallelEdge, ApiError> {
    if snapshot.schema().sort_key().is_some() {
        return by_sort_key(fields);
    }
    let given = match fields.get("parallelEdge") {
        None => return Ok(ParallelEdge::default()),
        Some(Json::String(text)) if !text.trim_start().starts_with('{') => {
            return Ok(ParallelEdge { action: parallel_action(text)?, ..ParallelEdge::default() });
        }
        Some(_) => fields.object("parallelEdge")?.unwrap_or_default(),
    };
    let inner = Fields::new(&given, Code::Malformed);
    let action = inner.text("action")?.map_or(Ok(ParallelAction::Allow), |t| parallel_action(&t))?;
    let ignore_label = inner.boolean("ignoreLabel")?.unwrap_or(true);
    let mut target_properties = Vec::new();
    if action == ParallelAction::Override {
        for item in inner.list("targetProperties")?.unwrap_or_default().iter() {
            target_properties.extend(target_property(snapshot, entry(item, "targetProperties")?)?);
        }
    }
    Ok(ParallelEdge { action, ignore_label, target_properties, by_sort_key: false })
}

/// The rule of the database edition, where an edge of the same ends, label and sort key is the same edge.
fn by_sort_key(fields: Fields<'_>) -> Result<ParallelEdge, ApiError> {
    let given = match fields.get("parallelEdge") {
        Some(Json::String(text)) if !text.trim_start().starts_with('{') => {
            Cow::Owned([("action".to_owned(), Json::from(text.as_str()))].into_iter().collect())
        }
        _ => fields.object("parallelEdge")?.unwrap_or_default(),
    };
    let inner = Fields::new(&given, Code::Malformed);
    let action = inner.text("action")?.map_or(Ok(ParallelAction::Override), |t| parallel_action(&t))?;
    if action == ParallelAction::Allow {
        return Err(inner.wrong("parallelEdge.action", &"allow".into(), "override or ignore in this graph"));
    }
    if inner.boolean("ignoreLabel")? == Some(true) {
        return Err(inner.wrong("parallelEdge.ignoreLabel", &true.into(), "false in this graph"));
    }
    Ok(ParallelEdge { action, ignore_label: false, by_sort_key: true, target_properties: Vec::new() })
}

fn parallel_action(text: &str) -> Result<ParallelAction, ApiError> {
    match text.to_ascii_lowercase().as_str() {
        "allow" => Ok(ParallelAction::Allow),
        "ignore" => Ok(ParallelAction::Ignore),
        "override" => Ok(ParallelAction::Override),
        _ => {
            let shown: String = text.chars().take(80).collect();
            Err(ApiError::new(
                Code::Malformed,
                format!(
                    "parameter [parallelEdge.action] value [{shown}] is invalid, expected allow, ignore or override"
                ),
            ))
        }
    }
}

/// The first property of an entry `{"label", "properties": […]}`; none if the list is empty.
pub(super) fn target_property(
    snapshot: &Snapshot,
    fields: Fields<'_>,
) -> Result<Option<(LabelId, PropId)>, ApiError> {
    let label = edge_label(snapshot, &fields.required_text("label")?)?;
    let names = fields.texts("properties")?.ok_or_else(|| fields.missing("properties"))?;
    let Some(name) = names.first() else { return Ok(None) };
    let missing = || {
        ApiError::new(Code::Malformed, format!("property [{name}] does not exist in label [{}]", label.name))
    };
    Ok(Some((label.id, label.property(name).ok_or_else(missing)?.id)))
}
