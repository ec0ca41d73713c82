//! Reading and writing vertices: spec 03, section 4.

use super::commits::{Ahead, committed};
use super::values;
use crate::app::App;
use crate::error::{ApiError, of_write};
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::given::{Given, Members};
use crate::http::route::Answer;
use gesso_core::{Code, LabelId, PropId, Value, VertexIx, json};
use gesso_graph::edit::{UpdateMode, updated};
use gesso_graph::schema::{DEFAULT_LABEL, Label};
use gesso_graph::{Snapshot, Transaction};
use gesso_io::elements::write_vertex;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// `GET {G}/vertices/detail?vertexIds=a,b`
pub fn detail(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = call.graph(app)?.snapshot();
    let params = call.params(Code::VertexIdsMalformed);
    let ids = match (params.text("vertexId")?, params.text("vertexIds")?) {
        (Some(_), Some(_)) => {
            return Err(ApiError::new(
                Code::VertexIdBoth,
                "parameters [vertexId] and [vertexIds] must not both be given",
            ));
        }
        (None, None) => return Err(ApiError::new(Code::VertexIdNone, "parameter [vertexIds] is required")),
        (Some(one), None) => vec![one.into_owned()],
        (None, Some(many)) => split_ids(&many)?,
    };
    let tail = if snapshot.schema().sort_key().is_some() { RESULT } else { "" };
    Ok(elements(&snapshot, &ids, tail))
}

/// What stands behind the data of an answer.
const RESULT: &str = r#","result":"success""#;

fn split_ids(text: &str) -> Result<Vec<String>, ApiError> {
    if text.starts_with('[') && text.ends_with(']') {
        let shown: String = text.chars().take(80).collect();
        let wrong = || {
            ApiError::new(
                Code::VertexIdsMalformed,
                format!("parameter [vertexIds] value [{shown}] is invalid, expected an array of strings"),
            )
        };
        return json::received(text.as_bytes()).map_err(|_| wrong());
    }
    Ok(text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect())
}

/// `POST {G}/vertices/action?action_id=batch-query`
pub fn batch_query(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = call.graph(app)?.snapshot();
    let ids = call.fields(Code::VertexBatch).texts("vertices")?.ok_or_else(vertices_missing)?;
    Ok(elements(&snapshot, &ids, RESULT))
}

fn vertices_missing() -> ApiError {
    ApiError::new(Code::VerticesMissing, " Bad Request, parameter vertices cannot be null")
}

/// The vertices of the ids that exist, each once, in the order asked for.
fn elements(snapshot: &Snapshot, ids: &[String], tail: &str) -> Answer {
    let mut seen = HashSet::new();
    let mut out = br#"{"data":{"vertices":["#.to_vec();
    for v in ids.iter().filter_map(|id| snapshot.find(id)) {
        if !seen.insert(v) {
            continue;
        }
        if seen.len() > 1 {
            out.push(b',');
        }
        write_vertex(&mut out, snapshot, v);
    }
    out.extend_from_slice(b"]}");
    out.extend_from_slice(tail.as_bytes());
    out.push(b'}');
    Answer::Json(out)
}

/// `POST {G}/vertices`
pub fn add(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let limit = IdLimit::of(graph.info());
    let given = Members::of(&call.body);
    let added = |tx: &mut Transaction| {
        let new = NewVertex::parse(tx.snapshot(), &given, &limit)?;
        if tx.snapshot().find(&new.id).is_some() {
            return Err(exists(&new.id));
        }
        new.insert(tx).map(drop)
    };
    committed(call, &graph, Code::Malformed, added, |()| Answer::success())
}

/// `POST {G}/vertices/action?action_id=batch-add`
pub fn batch_add(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let mut body = call.members()?;
    let graph = call.graph(app)?;
    let items = body.take_list("vertices")?.ok_or_else(vertices_missing)?;
    app.check_batch(items.len(), "vertices")?;
    let rest = body.to_map();
    let replace = Fields::new(&rest, Code::Malformed).boolean("overrideExists")?.unwrap_or(false);
    let limit = IdLimit::of(graph.info());
    // Everything is read and checked before anything is changed.
    let parse = |snapshot: &Snapshot| {
        let parsed = items.iter().map(|item| NewVertex::parse(snapshot, item.entry("vertices")?, &limit));
        parsed.collect::<Result<Vec<_>, ApiError>>()
    };
    let ahead = Ahead::of(&graph, parse)?;
    let written = graph.write(|tx| {
        let parsed = ahead.for_version(tx.snapshot(), parse)?;
        // In the database edition every listed vertex must be new, within the request, too.
        let must_be_new = !replace && tx.snapshot().schema().sort_key().is_some();
        let mut made = HashSet::new();
        for new in parsed {
            match tx.snapshot().find(&new.id) {
                None => {
                    made.insert(new.insert(tx)?);
                }
                Some(v) if replace => {
                    tx.set_vertex(v, vec![new.label], labelled(new.label, new.properties))?;
                }
                Some(v) if must_be_new && (made.contains(&v) || !is_bare(tx.snapshot(), v)) => {
                    return Err(exists(&new.id));
                }
                Some(v) if must_be_new => {
                    tx.set_vertex(v, vec![new.label], labelled(new.label, new.properties))?;
                    made.insert(v);
                }
                Some(_) => {}
            }
        }
        Ok(())
    });
    written.map_err(|e| of_write(Code::Malformed, e))?;
    Ok(Answer::success())
}

/// True for what an edge made as its end: in the database edition no vertex has been added there yet.
fn is_bare(snapshot: &Snapshot, v: VertexIx) -> bool {
    snapshot.labels_of(v) == [LabelId::DEFAULT]
}

/// `DELETE {G}/vertices/{vertex_id}`
pub fn delete(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let written = graph.write(|tx| {
        let v = find(tx.snapshot(), call.part("vertex_id"), Code::Malformed)?;
        Ok(tx.delete_vertex(v)?)
    });
    written.map_err(|e| of_write(Code::Malformed, e))?;
    Ok(Answer::success())
}

/// `POST {G}/vertices/action?action_id=batch-delete`
pub fn batch_delete(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Malformed);
    let ids = fields.texts("vertices")?.ok_or_else(vertices_missing)?;
    app.check_batch(ids.len(), "vertices")?;
    let skip_unknown = fields.boolean("ignoreError")?.unwrap_or(false);
    let written = graph.write(|tx| {
        let mut seen = HashSet::new();
        for id in ids.iter().filter(|id| seen.insert(id.as_str())) {
            match find(tx.snapshot(), id, Code::Malformed) {
                Ok(v) => tx.delete_vertex(v)?,
                Err(_) if skip_unknown => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    });
    written.map_err(|e| of_write(Code::Malformed, e))?;
    Ok(Answer::success())
}

/// `POST {G}/vertices/{vertex_id}/properties/action?action_id=update|add|del`
pub fn update(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let mode = mode(call);
    let changed = |tx: &mut Transaction| {
        let v = find(tx.snapshot(), call.part("vertex_id"), Code::VertexProperties)?;
        change(tx, v, call.fields(Code::VertexProperties), mode)
    };
    committed(call, &graph, Code::VertexProperties, changed, |()| Answer::success())
}

/// `POST {G}/vertices/properties/action?action_id=batch-update|batch-add|batch-del`
pub fn batch_update(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::VertexProperties);
    let items = fields.list("vertices")?.ok_or_else(vertices_missing)?;
    app.check_batch(items.len(), "vertices")?;
    let skip_wrong = fields.boolean("ignoreError")?.unwrap_or(false);
    let mode = mode(call);
    let written = graph.write(|tx| {
        for item in items.iter() {
            let one = entry(item, "vertices")?.code(Code::VertexProperties);
            let id = one.required_text("vertex")?;
            let done =
                find(tx.snapshot(), &id, Code::VertexProperties).and_then(|v| change(tx, v, one, mode));
            match done {
                Err(e) if skip_wrong && e.http_status() < 500 => {}
                other => other?,
            }
        }
        Ok(())
    });
    written.map_err(|e| of_write(Code::VertexProperties, e))?;
    Ok(Answer::success())
}

/// What an `action_id` of a property operation does; `batch-` does not matter.
pub(super) fn mode(call: &Call) -> UpdateMode {
    match call.action().trim_start_matches("batch-") {
        "add" => UpdateMode::Add,
        "del" => UpdateMode::Delete,
        _ => UpdateMode::Update,
    }
}

fn change(tx: &mut Transaction, v: VertexIx, fields: Fields<'_>, mode: UpdateMode) -> Result<(), ApiError> {
    let given = fields.object("properties")?.ok_or_else(|| fields.missing("properties"))?;
    let snapshot = tx.snapshot();
    let labels = snapshot.labels_of(v);
    let wanted = fields.text("label")?;
    let allowed: Vec<Arc<Label>> = match &wanted {
        None => labels.iter().filter_map(|l| snapshot.schema().label(*l).cloned()).collect(),
        Some(name) => {
            let label = snapshot.schema().get(name).filter(|l| labels.contains(&l.id)).cloned();
            let missing = || {
                ApiError::new(
                    Code::VertexProperties,
                    format!("vertex [{}] does not have label [{name}]", snapshot.id(v)),
                )
            };
            vec![label.ok_or_else(missing)?]
        }
    };
    let mut row = snapshot.vertex_properties(v);
    for (name, json) in given.iter() {
        let (label, property) = declared(&allowed, name)?;
        let value = values::value(property, &Given::of(json), Code::VertexProperties)?;
        let old =
            row.iter().position(|(l, p, _)| (*l, *p) == (label.id, property.id)).map(|i| row.remove(i).2);
        if let Some(new) = updated(mode, property, old, value) {
            row.push((label.id, property.id, new));
        }
    }
    tx.set_vertex(v, labels, row)?;
    Ok(())
}

fn declared<'a>(
    labels: &'a [Arc<Label>],
    name: &str,
) -> Result<(&'a Label, &'a gesso_graph::schema::Property), ApiError> {
    let found = labels.iter().find_map(|l| Some((l.as_ref(), l.property(name)?)));
    found.ok_or_else(|| {
        let label = labels.first().map_or("", |l| &l.name);
        ApiError::new(Code::VertexProperties, format!("property [{name}] does not exist in label [{label}]"))
    })
}

/// `POST {G}/vertices/{vertex_id}/labels`
pub fn add_label(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let added = |tx: &mut Transaction| {
        let v = find(tx.snapshot(), call.part("vertex_id"), Code::LabelAdd)?;
        let name = call.fields(Code::LabelAdd).required_text("label")?;
        let label = vertex_label(tx.snapshot(), &name, Code::LabelAdd)?.id;
        let mut labels = tx.snapshot().labels_of(v);
        if labels.contains(&label) {
            return Err(ApiError::new(Code::LabelAdd, format!("Same label [{name}] already exists")));
        }
        // `__DEFAULT__` stands for "no label" and goes when the first real one comes.
        labels.retain(|l| *l != LabelId::DEFAULT);
        labels.push(label);
        let row = tx.snapshot().vertex_properties(v);
        Ok(tx.set_vertex(v, labels, row)?)
    };
    committed(call, &graph, Code::LabelAdd, added, |()| Answer::Json(b"{}".to_vec()))
}

/// `DELETE {G}/vertices/{vertex_id}/labels/{label_name}`
pub fn delete_label(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let taken = |tx: &mut Transaction| {
        let (id, name) = (call.part("vertex_id"), call.part("label_name"));
        let v = find(tx.snapshot(), id, Code::LabelDelete)?;
        let mut labels = tx.snapshot().labels_of(v);
        let label = tx.snapshot().schema().get(name).map(|l| l.id).filter(|l| labels.contains(l));
        let missing =
            || ApiError::new(Code::LabelNotOnVertex, format!("Vertex [{id}] does not have label [{name}]"));
        let label = label.ok_or_else(missing)?;
        labels.retain(|l| *l != label);
        if labels.is_empty() {
            labels.push(LabelId::DEFAULT);
        }
        let mut row = tx.snapshot().vertex_properties(v);
        row.retain(|(l, _, _)| *l != label);
        Ok(tx.set_vertex(v, labels, row)?)
    };
    committed(call, &graph, Code::LabelDelete, taken, |()| Answer::Json(b"{}".to_vec()))
}

/// A vertex of a request that is to be made.
pub(super) struct NewVertex<'a> {
    id: Cow<'a, str>,
    label: LabelId,
    properties: Vec<(PropId, Value)>,
}

/// The longest id that the graph takes. Bytes.
pub(super) struct IdLimit(usize);

impl IdLimit {
    pub(super) fn of(info: &gesso_graph::GraphInfo) -> IdLimit {
        const LONGEST: usize = 64 << 10;
        let fixed = info.options.get("idLength").and_then(Json::as_u64).map(|n| n as usize);
        let variable = info.options.get("idType").and_then(Json::as_str) == Some("varString");
        IdLimit(fixed.unwrap_or(if variable { 4096 } else { LONGEST }))
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.0
    }

    pub(super) fn check(&self, id: &str) -> Result<(), ApiError> {
        if id.len() <= self.0 {
            return Ok(());
        }
        let shown: String = id.chars().take(80).collect();
        Err(ApiError::new(
            Code::Malformed,
            format!("parameter [vertex] value [{shown}] is invalid, expected at most {} bytes", self.0),
        ))
    }
}

impl<'a> NewVertex<'a> {
    fn parse(
        snapshot: &Snapshot,
        given: &'a Members<'_>,
        limit: &IdLimit,
    ) -> Result<NewVertex<'a>, ApiError> {
        let id = given.required_text("vertex")?;
        limit.check(&id)?;
        let name = given.text("label")?.filter(|l| !l.is_empty());
        let label = vertex_label(snapshot, name.as_deref().unwrap_or(DEFAULT_LABEL), Code::Malformed)?;
        let values = given.object("properties")?;
        let properties = values::properties(label, values.as_deref(), Code::Malformed)?;
        Ok(NewVertex { id, label: label.id, properties })
    }

    fn insert(self, tx: &mut Transaction) -> Result<VertexIx, ApiError> {
        let (label, id) = (self.label, self.id);
        let properties = labelled(label, self.properties);
        Ok(tx.new_vertex(&id, vec![label], properties)?)
    }
}

fn labelled(label: LabelId, properties: Vec<(PropId, Value)>) -> Vec<(LabelId, PropId, Value)> {
    properties.into_iter().map(|(p, v)| (label, p, v)).collect()
}

/// The fields of one entry of a list of objects.
pub(super) fn entry<'a>(item: &'a Json, list: &str) -> Result<Fields<'a>, ApiError> {
    let wrong = || {
        let shown = crate::http::fields::shown(item);
        ApiError::new(
            Code::Malformed,
            format!("parameter [{list}] entry [{shown}] is invalid, expected an object"),
        )
    };
    let map: &Map<String, Json> = item.as_object().ok_or_else(wrong)?;
    Ok(Fields::new(map, Code::Malformed))
}

fn vertex_label<'a>(snapshot: &'a Snapshot, name: &str, code: Code) -> Result<&'a Arc<Label>, ApiError> {
    let label = snapshot.schema().find(name).map_err(|e| ApiError::new(code, e.to_string()))?;
    if label.kind.on_vertices() {
        return Ok(label);
    }
    Err(ApiError::new(code, format!("label [{name}] is of type edge, expected vertex or all")))
}

pub(super) fn find(snapshot: &Snapshot, id: &str, code: Code) -> Result<VertexIx, ApiError> {
    snapshot.find(id).ok_or_else(|| ApiError::new(code, format!("vertex [{id}] does not exist")))
}

fn exists(id: &str) -> ApiError {
    ApiError::new(Code::Malformed, format!("vertex [{id}] already exists"))
}
