//! The JSON text of vertices and edges: spec 03, 1.4.

use crate::element_json::{write_property_values, write_text};
use gesso_core::{Value, VertexIx};
use gesso_graph::schema::Property;
use gesso_graph::{EdgeRef, Snapshot};
use std::io::Write as _;

/// Writes `{"id", "label", "properties"}`, and `labels` where there are several.
pub fn write_vertex(out: &mut Vec<u8>, snapshot: &Snapshot, v: VertexIx) {
    let labels = snapshot.labels_of(v);
    let named = || labels.iter().filter_map(|l| snapshot.schema().label(*l));
    out.extend_from_slice(br#"{"id":"#);
    write_text(out, snapshot.id(v));
    out.extend_from_slice(br#","label":"#);
    write_text(out, named().next().map_or("", |l| &l.name));
    if labels.len() > 1 {
        for (i, label) in named().enumerate() {
            out.extend_from_slice(if i == 0 { br#","labels":["# } else { b"," });
            write_text(out, &label.name);
        }
        out.push(b']');
    }
    out.extend_from_slice(br#","properties":{"#);
    let mut first = true;
    for label in named() {
        for p in &label.properties {
            let value = snapshot.vertex_property(v, label.id, p.id);
            write_property(out, p, value.as_ref(), &mut first);
        }
    }
    out.extend_from_slice(b"}}");
}

/// Writes `{"source", "target", "index", "label", "properties"}`.
pub fn write_edge(out: &mut Vec<u8>, snapshot: &Snapshot, e: &EdgeRef) {
    let label = snapshot.schema().label(e.label);
    out.extend_from_slice(br#"{"source":"#);
    write_text(out, snapshot.id(e.source));
    out.extend_from_slice(br#","target":"#);
    write_text(out, snapshot.id(e.target));
    // Writing to a vector does not fail.
    _ = write!(out, r#","index":"{}","label":"#, e.index);
    write_text(out, label.map_or("", |l| &l.name));
    out.extend_from_slice(br#","properties":{"#);
    let mut first = true;
    for p in label.into_iter().flat_map(|l| &l.properties) {
        let value = snapshot.edge_property(e, p.id);
        write_property(out, p, value.as_ref(), &mut first);
    }
    out.extend_from_slice(b"}}");
}

/// Unset properties are left out.
fn write_property(out: &mut Vec<u8>, property: &Property, value: Option<&Value>, first: &mut bool) {
    let Some(value) = value else { return };
    if !std::mem::take(first) {
        out.push(b',');
    }
    write_text(out, &property.name);
    out.push(b':');
    write_property_values(out, &property.data_type, value);
}
