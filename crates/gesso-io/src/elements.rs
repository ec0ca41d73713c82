//! The JSON text of vertices and edges: spec 03, 1.4.

use crate::element_json::{write_property_values, write_text, write_value};
use gesso_core::{LabelId, Value, VertexIx};
use gesso_graph::schema::Property;
use gesso_graph::{EdgeRef, Snapshot};
use std::io::Write as _;

/// Which parts of an element are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// `id`; of an edge `source`, `target`, and `index` or `sortKey`.
    pub id: bool,
    /// `label`, and `labels` where there are several.
    pub label: bool,
    /// `properties`.
    pub properties: Properties,
}

/// Which properties are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Properties {
    /// The member `properties` is left out.
    None,
    /// All that are set.
    All,
    /// Those of these names that are set.
    Named(Vec<String>),
}

impl Parts {
    /// Everything.
    pub const ALL: Parts = Parts { id: true, label: true, properties: Properties::All };
    /// Everything but properties.
    pub const NAME: Parts = Parts { id: true, label: true, properties: Properties::None };
}

/// Writes `{"id", "label", "properties"}`, and `labels` where there are several.
pub fn write_vertex(out: &mut Vec<u8>, snapshot: &Snapshot, v: VertexIx) {
    write_vertex_parts(out, snapshot, v, &Parts::ALL);
}

/// Writes `{"source", "target", "index", "label", "properties"}`; in graphs of the database edition `sortKey`, if
/// there is one, in place of `index`.
pub fn write_edge(out: &mut Vec<u8>, snapshot: &Snapshot, e: &EdgeRef) {
    write_edge_parts(out, snapshot, e, &Parts::ALL);
}

/// [`write_vertex`] of some parts.
pub fn write_vertex_parts(out: &mut Vec<u8>, snapshot: &Snapshot, v: VertexIx, parts: &Parts) {
    let mut first = true;
    out.push(b'{');
    write_vertex_members(out, snapshot, v, parts, &mut first);
    out.push(b'}');
}

/// The members of [`write_vertex_parts`] without the braces, for an object that has others, too. `first` says
/// whether there is none before them.
pub fn write_vertex_members(
    out: &mut Vec<u8>,
    snapshot: &Snapshot,
    v: VertexIx,
    parts: &Parts,
    first: &mut bool,
) {
    let labels = snapshot.labels_of(v);
    let named = || labels.iter().filter_map(|l| snapshot.schema().label(*l));
    if parts.id {
        member(out, "id", first);
        write_text(out, snapshot.id(v));
    }
    if parts.label {
        member(out, "label", first);
        write_text(out, named().next().map_or("", |l| &l.name));
        if labels.len() > 1 {
            member(out, "labels", first);
            for (i, label) in named().enumerate() {
                out.push(if i == 0 { b'[' } else { b',' });
                write_text(out, &label.name);
            }
            out.push(b']');
        }
    }
    let all = named().flat_map(|label| label.properties.iter().map(move |p| (label.id, p)));
    write_properties(out, parts, all, first, |(label, p)| snapshot.vertex_property(v, label, p.id));
}

/// [`write_edge`] of some parts.
pub fn write_edge_parts(out: &mut Vec<u8>, snapshot: &Snapshot, e: &EdgeRef, parts: &Parts) {
    let label = snapshot.schema().label(e.label);
    let mut first = true;
    out.push(b'{');
    if parts.id {
        member(out, "source", &mut first);
        write_text(out, snapshot.id(e.source));
        member(out, "target", &mut first);
        write_text(out, snapshot.id(e.target));
        if snapshot.schema().sort_key().is_none() {
            member(out, "index", &mut first);
            // Writing to a vector does not fail.
            _ = write!(out, r#""{}""#, e.index);
        }
    }
    if parts.label {
        member(out, "label", &mut first);
        write_text(out, label.map_or("", |l| &l.name));
    }
    let sort_key = snapshot.schema().sort_key().filter(|_| parts.id);
    if let Some((of_type, key)) = sort_key.zip(snapshot.sort_key_of(e)) {
        member(out, "sortKey", &mut first);
        write_value(out, &of_type.data_type(), &key);
    }
    let all = label.into_iter().flat_map(|l| l.properties.iter().map(|p| (l.id, p)));
    write_properties(out, parts, all, &mut first, |(_, p)| snapshot.edge_property(e, p.id));
    out.push(b'}');
}

fn write_properties<'a>(
    out: &mut Vec<u8>,
    parts: &Parts,
    all: impl Iterator<Item = (LabelId, &'a Property)>,
    first: &mut bool,
    value: impl Fn((LabelId, &'a Property)) -> Option<Value>,
) {
    let is_wanted = |p: &Property| match &parts.properties {
        Properties::None => false,
        Properties::All => true,
        Properties::Named(names) => names.iter().any(|name| **name == *p.name),
    };
    if parts.properties == Properties::None {
        return;
    }
    member(out, "properties", first);
    out.push(b'{');
    let mut first = true;
    for (label, p) in all.filter(|(_, p)| is_wanted(p)) {
        write_property(out, p, value((label, p)).as_ref(), &mut first);
    }
    out.push(b'}');
}

/// The name of a member, behind a comma if it is not the first.
fn member(out: &mut Vec<u8>, name: &str, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
    write_text(out, name);
    out.push(b':');
}

/// Unset properties are left out.
fn write_property(out: &mut Vec<u8>, property: &Property, value: Option<&Value>, first: &mut bool) {
    let Some(value) = value else { return };
    member(out, &property.name, first);
    write_property_values(out, &property.data_type, value);
}
