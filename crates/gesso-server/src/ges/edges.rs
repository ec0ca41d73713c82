//! Reading and writing edges: spec 03, section 5.

use super::commits::{Ahead, committed};
use super::edge_names::{Wanted, ends, find_ends, sort_key};
use super::parallel_edges::{edge_label, parallel_rule, target_property};
use super::submit::{self, Request};
use super::values;
use super::vertices::{IdLimit, entry, mode};
use crate::app::App;
use crate::error::{ApiError, of_write};
use crate::http::call::Call;
use crate::http::fields::Fields;
use crate::http::given::{Given, Members};
use crate::http::route::Answer;
use gesso_core::{Code, LabelId, PropId, Value, VertexIx};
use gesso_graph::edit::{UpdateMode, updated};
use gesso_graph::schema::DEFAULT_LABEL;
use gesso_graph::{EdgeName, EdgeRef, SORT_KEY, Schema, Snapshot, Transaction};
use gesso_io::element_json::write_text;
use gesso_io::elements::write_edge;
use gesso_jobs::kinds::batch_delete_edges;
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use std::mem::take;

/// `GET {G}/edges/detail?source=&target=&index=`
pub fn detail(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = call.graph(app)?.snapshot();
    let params = call.params(Code::EdgeDetail);
    let end = |name: &str, alias: &str| -> Result<String, ApiError> {
        let given = params.text(name)?.or(params.text(alias)?).filter(|t| !t.is_empty());
        let missing = || ApiError::new(Code::EdgeEndMissing, format!("parameter [{name}] is required"));
        given.map(Cow::into_owned).ok_or_else(missing)
    };
    let (source, target) = (end("source", "sourceVertex")?, end("target", "targetVertex")?);
    let wanted = Wanted::of_params(snapshot.schema(), params)?;
    let tail = if snapshot.schema().sort_key().is_some() { RESULT } else { "" };
    Ok(elements(&snapshot, &wanted.among(&snapshot, &source, &target), tail))
}

/// `POST {G}/edges/action?action_id=batch-query`
pub fn batch_query(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = call.graph(app)?.snapshot();
    let mut found = Vec::new();
    for item in edges_field(call.fields(Code::EdgeDetail))?.iter() {
        let fields = entry(item, "edges")?;
        let (source, target) = ends(|name| fields.text(name))?;
        found.extend(Wanted::of(snapshot.schema(), fields)?.among(&snapshot, &source, &target));
    }
    Ok(elements(&snapshot, &found, RESULT))
}

/// What stands behind the data of an answer.
const RESULT: &str = r#","result":"success""#;

fn elements(snapshot: &Snapshot, edges: &[EdgeRef], tail: &str) -> Answer {
    let mut out = br#"{"data":{"edges":["#.to_vec();
    for (i, e) in edges.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_edge(&mut out, snapshot, e);
    }
    out.extend_from_slice(b"]}");
    out.extend_from_slice(tail.as_bytes());
    out.push(b'}');
    Answer::Json(out)
}

fn edges_field(fields: Fields<'_>) -> Result<Cow<'_, [Json]>, ApiError> {
    fields.list("edges")?.ok_or_else(edges_missing)
}

fn edges_missing() -> ApiError {
    ApiError::new(Code::EdgesMissing, "Parameter edges cannot be left blank")
}

/// `POST {G}/edges`
pub fn add(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::Malformed);
    let given = Members::of(&call.body);
    let change = |tx: &mut Transaction| {
        let rule = parallel_rule(tx.snapshot(), fields)?;
        let new = NewEdge::parse(tx.snapshot(), &given)?;
        let ends = new.find_ends(tx.snapshot(), tx.snapshot())?;
        let has_index = tx.snapshot().schema().sort_key().is_none();
        Ok(Some(tx.add_edge(ends, new.label, new.properties, &rule)?).filter(|_| has_index))
    };
    committed(call, &graph, Code::Malformed, change, |index| match index {
        Some(index) => Answer::json(&json!({"result": "success", "data": {"index": index.to_string()}})),
        None => Answer::success(),
    })
}

/// `POST {G}/edges/action?action_id=batch-add`
pub fn batch_add(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let mut body = call.members()?;
    let graph = call.graph(app)?;
    let items = body.take_list("edges")?.ok_or_else(edges_missing)?;
    app.check_batch(items.len(), "edges")?;
    let rest = body.to_map();
    let fields = Fields::new(&rest, Code::Malformed);
    let has_index = graph.info().sort_key().is_none();
    let create = match fields.boolean("createNotExists")? {
        // The database edition takes edges whether or not their ends exist.
        Some(true) if !has_index => {
            return Err(fields.wrong("createNotExists", &true.into(), "false in this graph"));
        }
        given => given.unwrap_or(!has_index),
    };
    let limit = IdLimit::of(graph.info());
    let parse = |snapshot: &Snapshot| {
        let rule = parallel_rule(snapshot, fields)?;
        let parsed = items.iter().map(|item| NewEdge::parse(snapshot, item.entry("edges")?));
        Ok::<_, ApiError>((rule, parsed.collect::<Result<Vec<_>, _>>()?))
    };
    let ahead = Ahead::of(&graph, |snapshot| {
        let (rule, mut edges) = parse(snapshot)?;
        for new in &mut edges {
            new.look_up(snapshot);
        }
        Ok((rule, edges))
    })?;
    let earlier = ahead.snapshot().clone();
    let written = graph.write(|tx| {
        let (rule, mut edges) = ahead.for_version(tx.snapshot(), parse)?;
        if create {
            make_ends(tx, &edges, &earlier, &limit)?;
        }
        let add = |new: &mut NewEdge<'_>| {
            let ends = new.find_ends(tx.snapshot(), &earlier)?;
            Ok(tx.add_edge(ends, new.label, take(&mut new.properties), &rule)?)
        };
        let indexes = edges.iter_mut().map(add).collect::<Result<Vec<u32>, ApiError>>()?;
        Ok((edges, indexes))
    });
    let (edges, indexes) = written.map_err(|e| of_write(Code::Malformed, e))?;
    Ok(Answer::Json(added(&edges, has_index.then_some(&indexes))))
}

/// What a batch answers. Edges of the database edition have no indexes.
fn added(edges: &[NewEdge<'_>], indexes: Option<&Vec<u32>>) -> Vec<u8> {
    let mut out = br#"{"result":"success","data":{"edges":["#.to_vec();
    for (i, new) in edges.iter().enumerate() {
        out.extend_from_slice(if i == 0 { br#"{"source":"# } else { br#",{"source":"# });
        write_text(&mut out, &new.source);
        out.extend_from_slice(br#","target":"#);
        write_text(&mut out, &new.target);
        if let Some(index) = indexes.and_then(|indexes| indexes.get(i)) {
            out.extend_from_slice(format!(r#","index":"{index}""#).as_bytes());
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}}");
    out
}

fn make_ends(
    tx: &mut Transaction,
    edges: &[NewEdge<'_>],
    earlier: &Snapshot,
    limit: &IdLimit,
) -> Result<(), ApiError> {
    for new in edges {
        if new.known_ends(tx.snapshot(), earlier).is_some() {
            continue;
        }
        for id in [&new.source, &new.target] {
            if tx.snapshot().find(id).is_none() {
                limit.check(id)?;
                tx.new_vertex(id, vec![LabelId::DEFAULT], Vec::new())?;
            }
        }
    }
    Ok(())
}

/// An edge of a request that is to be made.
struct NewEdge<'a> {
    source: Cow<'a, str>,
    target: Cow<'a, str>,
    /// Its ends, if they were looked up and found before it was the request's turn.
    ends: Option<(VertexIx, VertexIx)>,
    label: LabelId,
    properties: Vec<(PropId, Value)>,
}

impl<'a> NewEdge<'a> {
    fn parse(snapshot: &Snapshot, given: &'a Members<'_>) -> Result<NewEdge<'a>, ApiError> {
        let (source, target) = ends(|name| given.text(name))?;
        let name = given.text("label")?.filter(|l| !l.is_empty());
        let label = edge_label(snapshot, name.as_deref().unwrap_or(DEFAULT_LABEL))?;
        let values = given.object("properties")?;
        let mut properties = values::properties(label, values.as_deref(), Code::Malformed)?;
        if let Some(of_type) = snapshot.schema().sort_key() {
            properties.extend(sort_key(of_type, given.get("sortKey"))?.map(|key| (SORT_KEY, key)));
        }
        Ok(NewEdge { source, target, ends: None, label: label.id, properties })
    }

    fn look_up(&mut self, snapshot: &Snapshot) {
        self.ends = snapshot.find(&self.source).zip(snapshot.find(&self.target));
    }

    /// Its ends, where what was looked up in an earlier version holds.
    fn known_ends(&self, snapshot: &Snapshot, earlier: &Snapshot) -> Option<(VertexIx, VertexIx)> {
        self.ends.filter(|(source, target)| [source, target].iter().all(|v| snapshot.still_has(earlier, **v)))
    }

    fn find_ends(&self, snapshot: &Snapshot, earlier: &Snapshot) -> Result<(VertexIx, VertexIx), ApiError> {
        match self.known_ends(snapshot, earlier) {
            Some(ends) => Ok(ends),
            None => find_ends(snapshot, &self.source, &self.target, "Edge", Code::Malformed),
        }
    }
}

/// `DELETE {G}/edges?source=&target=&index=&label=&property=&value=`
pub fn delete(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let params = call.params(Code::Malformed);
    let (source, target) = (params.required_text("source")?, params.required_text("target")?);
    let by_value = match (params.text("property")?, params.text("value")?) {
        (Some(p), Some(v)) => Some((p, v)),
        (None, None) => None,
        _ => {
            return Err(ApiError::new(
                Code::Malformed,
                "parameters [property] and [value] must be given together",
            ));
        }
    };
    let label = params.text("label")?;
    let mut wanted = Wanted::of_params(graph.snapshot().schema(), params)?;
    if by_value.is_some() {
        wanted.index = None;
    }
    if label.is_some() && by_value.is_none() && graph.info().sort_key().is_none() {
        return Err(ApiError::new(
            Code::Malformed,
            "parameter [label] is allowed only with [property] and [value]",
        ));
    }
    let written = graph.write(|tx| {
        let snapshot = tx.snapshot();
        find_ends(snapshot, &source, &target, "edge", Code::Malformed)?;
        let mut edges = wanted.among(snapshot, &source, &target);
        if let Some((property, value)) = &by_value {
            edges.retain(|e| has_value(snapshot, e, label.as_deref(), property, value));
        }
        if edges.is_empty() {
            return Err(wanted.missing(Code::Malformed, &source, &target));
        }
        edges.iter().try_for_each(|e| tx.delete_edge(e.name())).map_err(ApiError::from)
    });
    written.map_err(|e| of_write(Code::Malformed, e))?;
    Ok(Answer::success())
}

fn has_value(snapshot: &Snapshot, e: &EdgeRef, label: Option<&str>, property: &str, text: &str) -> bool {
    let Some(own) = snapshot.schema().label(e.label) else { return false };
    let Some(property) = own.property(property).filter(|_| label.is_none_or(|l| *own.name == *l)) else {
        return false;
    };
    let Ok(wanted) = property.data_type.parse(text) else { return false };
    match snapshot.edge_property(e, property.id) {
        Some(Value::Many(values)) => values.contains(&wanted),
        Some(value) => value == wanted,
        None => false,
    }
}

/// `POST {G}/edges/properties/action?action_id=update|add|del&source=&target=&index=`
pub fn update(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let params = call.params(Code::EdgeProperties);
    let (source, target) = (params.required_text("source")?, params.required_text("target")?);
    let fields = call.fields(Code::EdgeProperties);
    let schema = graph.snapshot();
    let mut wanted = Wanted::of_params(schema.schema(), params)?.or_without_key(schema.schema());
    if schema.schema().sort_key().is_none() {
        wanted.label = fields.text("label")?.map(Into::into);
    }
    let mode = mode(call);
    let changed = |tx: &mut Transaction| {
        let chosen = by_target_property(tx.snapshot(), fields, &source, &target)?;
        let (edges, told_by) = match chosen {
            Some((edge, property)) => (vec![edge], Some(property)),
            None => (changed_edges(tx.snapshot(), &wanted, (&source, &target))?, None),
        };
        edges.iter().try_for_each(|edge| change(tx, edge, fields, mode, told_by))
    };
    committed(call, &graph, Code::EdgeProperties, changed, |()| Answer::success())
}

/// `POST {G}/edges/properties/action?action_id=batch-update|batch-add|batch-del`
pub fn batch_update(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let fields = call.fields(Code::EdgeProperties);
    let items = edges_field(fields)?;
    app.check_batch(items.len(), "edges")?;
    let skip_wrong = fields.boolean("ignoreError")?.unwrap_or(false);
    let mode = mode(call);
    let written = graph.write(|tx| {
        for item in items.iter() {
            let one = entry(item, "edges")?;
            let (source, target) = ends(|name| one.text(name))?;
            let one = one.code(Code::EdgeProperties);
            let wanted = Wanted::of(tx.snapshot().schema(), one)?.or_without_key(tx.snapshot().schema());
            let done = find_ends(tx.snapshot(), &source, &target, "edge", Code::EdgeProperties)
                .and_then(|_| changed_edges(tx.snapshot(), &wanted, (&source, &target)))
                .and_then(|edges| edges.iter().try_for_each(|edge| change(tx, edge, one, mode, None)));
            match done {
                Err(e) if skip_wrong && e.http_status() < 500 => {}
                other => other?,
            }
        }
        Ok(())
    });
    written.map_err(|e| of_write(Code::EdgeProperties, e))?;
    Ok(Answer::success())
}

/// The edges that a change is about: the first one that is meant, and in the database edition all of them.
fn changed_edges(
    snapshot: &Snapshot,
    wanted: &Wanted,
    (source, target): (&str, &str),
) -> Result<Vec<EdgeRef>, ApiError> {
    let mut edges = wanted.among(snapshot, source, target);
    if snapshot.schema().sort_key().is_none() {
        edges.truncate(1);
    }
    if edges.is_empty() {
        return Err(wanted.missing(Code::EdgeProperties, source, target));
    }
    Ok(edges)
}

/// The edge that `targetProperties` tells by a value in `properties`, and the property that told it.
fn by_target_property(
    snapshot: &Snapshot,
    fields: Fields<'_>,
    source: &str,
    target: &str,
) -> Result<Option<(EdgeRef, PropId)>, ApiError> {
    let given = fields.object("properties")?.ok_or_else(|| fields.missing("properties"))?;
    let mut applies = false;
    for item in fields.list("targetProperties")?.unwrap_or_default().iter() {
        let Some((label, property)) = target_property(snapshot, entry(item, "targetProperties")?)? else {
            continue;
        };
        let declared = snapshot.schema().label(label).and_then(|l| l.property_of(property));
        let Some((declared, json)) = declared.and_then(|p| Some((p, given.get(&*p.name)?))) else { continue };
        applies = true;
        let wanted = values::value(declared, &Given::of(json), Code::EdgeProperties)?;
        let edges = Wanted::any().among(snapshot, source, target);
        let same = |e: &EdgeRef| e.label == label && snapshot.edge_property(e, property) == wanted;
        if let Some(edge) = edges.into_iter().find(same) {
            return Ok(Some((edge, property)));
        }
    }
    if applies {
        return Err(ApiError::new(
            Code::EdgeProperties,
            format!("edge [{source}-{target}] with the target property does not exist"),
        ));
    }
    Ok(None)
}

fn change(
    tx: &mut Transaction,
    edge: &EdgeRef,
    fields: Fields<'_>,
    mode: UpdateMode,
    told_by: Option<PropId>,
) -> Result<(), ApiError> {
    let given = fields.object("properties")?.ok_or_else(|| fields.missing("properties"))?;
    let label = tx.snapshot().schema().label(edge.label).cloned();
    let label =
        label.ok_or_else(|| ApiError::new(Code::EdgeProperties, "label of the edge does not exist"))?;
    let mut row = tx.snapshot().edge_properties(edge);
    let named = given.iter().map(|(name, json)| (&**name, json));
    for (property, json) in values::named(&label, named, Code::EdgeProperties) {
        let property = property?;
        if told_by == Some(property.id) {
            continue;
        }
        let value = values::value(property, &Given::of(json), Code::EdgeProperties)?;
        let old = row.iter().position(|(p, _)| *p == property.id).map(|i| row.remove(i).1);
        if let Some(new) = updated(mode, property, old, value) {
            row.push((property.id, new));
        }
    }
    Ok(tx.set_edge(edge.name(), row)?)
}

/// `POST {G}/edges/action?action_id=batch-delete`
pub fn batch_delete(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let fields = call.fields(Code::Malformed);
    let is_async = match fields.text("executionMode")?.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("sync") => false,
        Some("async") => true,
        Some(_) => {
            let text = "executionMode is not correct, it should be sync or async";
            return Err(ApiError::new(Code::Malformed, text));
        }
    };
    let graph = call.graph_or(app, if is_async { Code::Algorithm } else { Code::Malformed })?;
    let wanted = parse_deletes(app, graph.snapshot().schema(), fields)?;
    let skip_missing = fields.boolean("ignoreError")?.unwrap_or(false);
    if !is_async {
        let written = graph.write(|tx| delete_edges(tx, &wanted, skip_missing));
        written.map_err(|e| of_write(Code::Malformed, e))?;
        return Ok(Answer::success());
    }
    let change =
        move |tx: &mut Transaction| delete_edges(tx, &wanted, skip_missing).map_err(|e| (e.code, e.message));
    let request = Request::of(call, &graph, "batch_delete_edges");
    let job = submit::submit(app, call, request, 0, batch_delete_edges::work(graph, change))?;
    Ok(submit::accepted(&job))
}

/// One entry of a batch delete.
struct Deleted {
    source: String,
    target: String,
    wanted: Wanted,
}

fn parse_deletes(app: &App, schema: &Schema, fields: Fields<'_>) -> Result<Vec<Deleted>, ApiError> {
    let items = edges_field(fields)?;
    app.check_batch(items.len(), "edges")?;
    let one = |item: &Json| -> Result<Deleted, ApiError> {
        let fields = entry(item, "edges")?;
        let (source, target) = ends(|name| fields.text(name))?;
        let (source, target) = (source.into_owned(), target.into_owned());
        Ok(Deleted { source, target, wanted: Wanted::of(schema, fields)? })
    };
    items.iter().map(one).collect()
}

fn delete_edges(tx: &mut Transaction, wanted: &[Deleted], skip_missing: bool) -> Result<(), ApiError> {
    for one in wanted {
        let names = match names_of(tx.snapshot(), one) {
            Err(_) if skip_missing => continue,
            other => other?,
        };
        names.into_iter().try_for_each(|name| tx.delete_edge(name))?;
    }
    Ok(())
}

/// With an index that edge, whatever its label; with a label the first edge that has it; else all. In the
/// database edition all that are meant.
fn names_of(snapshot: &Snapshot, one: &Deleted) -> Result<Vec<EdgeName>, ApiError> {
    let (source, target) = (&one.source, &one.target);
    find_ends(snapshot, source, target, "edge", Code::Malformed)?;
    let by_index = Wanted { index: one.wanted.index, ..Wanted::any() };
    let wanted = if one.wanted.index.is_some() { &by_index } else { &one.wanted };
    let mut edges = wanted.among(snapshot, source, target);
    if snapshot.schema().sort_key().is_none() && wanted.index.is_none() && wanted.label.is_some() {
        edges.truncate(1);
    }
    if edges.is_empty() {
        return Err(wanted.missing(Code::Malformed, source, target));
    }
    Ok(edges.iter().map(EdgeRef::name).collect())
}
