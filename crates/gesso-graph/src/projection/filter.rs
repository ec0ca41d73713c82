//! Which vertices and edges a projection takes, and what it brings along.

use super::{ProjectionError, ProjectionSpec, TimeWindow, VertexCodes};
use crate::schema::{Label, LabelKind, Property};
use crate::selection::NamedSelection;
use crate::snapshot::{EdgeRef, Snapshot};
use gesso_core::ctx::even_cuts;
use gesso_core::{DataType, JobContext, LabelId, PropId, Slab, Stop, Value, VertexIx};
use std::collections::HashMap;

/// Vertices per chunk where labels are looked up.
const MARK_CHUNK: usize = 4096;

/// What a spec means for each edge label of a schema.
pub(super) struct EdgeRules {
    pub weighted: bool,
    has_window: bool,
    part: Option<NamedSelection>,
    by_label: Vec<EdgeRule>,
}

/// What a spec means for the edges of one label.
#[derive(Default)]
pub(super) struct EdgeRule {
    pub is_wanted: bool,
    pub weight: Option<PropId>,
    window: Option<(PropId, Bounds)>,
}

#[derive(Clone, Copy)]
struct Bounds {
    start: i64,
    end: i64,
}

impl EdgeRules {
    /// The rules of a spec that the snapshot has a place for: [`ProjectionSpec::check`].
    pub fn of(snapshot: &Snapshot, spec: &ProjectionSpec) -> EdgeRules {
        let (schema, weight) = (snapshot.schema(), spec.declared_weight(snapshot));
        let edge_window = spec.window.as_ref().filter(|w| w.on_edges);
        let mut by_label: Vec<EdgeRule> = Vec::new();
        by_label.resize_with(schema.label_bound(), EdgeRule::default);
        for label in schema.labels() {
            let property = |name: &str| label.property(name).map(|p| p.id);
            by_label[label.id.at()] = EdgeRule {
                is_wanted: spec.labels.as_ref().is_none_or(|names| names.iter().any(|n| **n == *label.name)),
                weight: weight.and_then(property),
                window: edge_window.and_then(|w| Some((property(&w.property)?, Bounds::of(w)))),
            };
        }
        let (weighted, has_window) = (weight.is_some(), edge_window.is_some());
        EdgeRules { weighted, has_window, part: spec.part.clone(), by_label }
    }

    /// True if no edge of a wanted label is looked at more closely.
    pub fn is_open(&self) -> bool {
        !self.weighted && !self.has_window && self.part.is_none()
    }

    #[inline]
    pub fn rule(&self, label: LabelId) -> &EdgeRule {
        &self.by_label[label.at()]
    }

    /// True for an edge of a wanted label that passes window and condition.
    pub fn takes(&self, snapshot: &Snapshot, edge: &EdgeRef) -> bool {
        self.rule(edge.label).in_window(snapshot, edge)
            && self.part.as_ref().is_none_or(|part| part.get().passes_edge(snapshot, edge))
    }
}

impl EdgeRule {
    /// True for edges inside the window, and for those whose label does not declare the time property.
    fn in_window(&self, snapshot: &Snapshot, edge: &EdgeRef) -> bool {
        self.window.is_none_or(|(property, bounds)| {
            snapshot.edge_property(edge, property).is_some_and(|v| bounds.hold(&v))
        })
    }
}

impl Bounds {
    fn of(window: &TimeWindow) -> Bounds {
        Bounds { start: window.start.unwrap_or(i64::MIN), end: window.end.unwrap_or(i64::MAX) }
    }

    fn hold(self, value: &Value) -> bool {
        let at = match value {
            Value::Date(d) => d.seconds(),
            Value::Int(n) => i64::from(*n),
            Value::Long(n) => *n,
            Value::Many(values) => return values.first().is_some_and(|v| self.hold(v)),
            _ => return false,
        };
        (self.start..=self.end).contains(&at)
    }
}

impl ProjectionSpec {
    /// Whether the schema has a place for what the spec asks for.
    ///
    /// # Errors
    /// A weight, a time property or a text property that no label of the right kind declares, or one of another type.
    pub fn check(&self, snapshot: &Snapshot) -> Result<(), ProjectionError> {
        if let Some(name) = self.declared_weight(snapshot) {
            let invalid = || ProjectionError::Weight(name.to_owned());
            check_declared(snapshot, Of::EDGES, name, |p| p.data_type.is_numeric(), invalid)?;
        }
        if let Some(window) = &self.window {
            let is_time =
                |p: &Property| matches!(p.data_type, DataType::Date | DataType::Int | DataType::Long);
            let invalid = || ProjectionError::TimeProperty(window.property.clone());
            let of = Of { vertices: window.on_vertices, edges: window.on_edges };
            check_declared(snapshot, of, &window.property, is_time, invalid)?;
        }
        if let Some(name) = &self.vertex_property {
            let is_text = |p: &Property| {
                matches!(p.data_type, DataType::String | DataType::Enum(_) | DataType::CharArray { .. })
            };
            let invalid = || ProjectionError::VertexProperty(name.clone());
            check_declared(snapshot, Of::VERTICES, name, is_text, invalid)?;
        }
        Ok(())
    }

    /// The weight, unless it may lack and does.
    fn declared_weight(&self, snapshot: &Snapshot) -> Option<&str> {
        let is_declared = |name: &str| Of::EDGES.labels(snapshot).any(|l| l.property(name).is_some());
        self.weight.as_deref().filter(|name| !self.weight_may_lack || is_declared(name))
    }
}

/// Whose labels a property is looked for at. One name may have one type at vertices and another at edges.
#[derive(Clone, Copy)]
struct Of {
    vertices: bool,
    edges: bool,
}

impl Of {
    const VERTICES: Of = Of { vertices: true, edges: false };
    const EDGES: Of = Of { vertices: false, edges: true };

    /// Labels of the right kind. One that may be of both is of the kind of the elements that have it.
    fn labels(self, snapshot: &Snapshot) -> impl Iterator<Item = &Label> {
        snapshot.schema().labels().map(|label| &**label).filter(move |label| match label.kind {
            LabelKind::Vertex => self.vertices,
            LabelKind::Edge => self.edges,
            LabelKind::All => {
                let (of_vertices, of_edges) =
                    (snapshot.vertices_with(label.id) > 0, snapshot.edges_with(label.id) > 0);
                of_vertices == of_edges || (self.vertices && of_vertices) || (self.edges && of_edges)
            }
        })
    }
}

/// Some label must declare the property, and all that do must agree with `fits`.
fn check_declared(
    snapshot: &Snapshot,
    of: Of,
    name: &str,
    fits: impl Fn(&Property) -> bool,
    invalid: impl Fn() -> ProjectionError,
) -> Result<(), ProjectionError> {
    let mut declared = of.labels(snapshot).filter_map(|l| l.property(name)).peekable();
    if declared.peek().is_some() && declared.all(fits) { Ok(()) } else { Err(invalid()) }
}

/// The vertices of a projection in order; none when they are `0..bound`.
pub(super) fn vertices_kept(
    ctx: &JobContext,
    snapshot: &Snapshot,
    spec: &ProjectionSpec,
) -> Result<Option<Vec<u32>>, Stop> {
    let window = spec.window.as_ref().filter(|w| w.on_vertices);
    let part = spec.part.as_ref();
    let bound = snapshot.vertex_bound() as usize;
    if window.is_none() && part.is_none() && snapshot.vertex_count() == bound as u64 {
        return Ok(None);
    }
    let takes = |v: VertexIx| {
        snapshot.is_alive(v)
            && window.is_none_or(|w| vertex_in_window(snapshot, v, w))
            && part.is_none_or(|part| part.get().passes_vertex(snapshot, v))
    };
    let _transient = ctx.reserve(4 * bound as u64)?;
    let chunks = ctx.par_ranges(&even_cuts(bound, MARK_CHUNK), |range, tick| {
        let mut kept = Vec::new();
        for v in range.map(|v| VertexIx(v as u32)) {
            tick.spend(4)?;
            if takes(v) {
                kept.push(v.0);
            }
        }
        Ok::<_, Stop>(kept)
    })?;
    Ok(Some(chunks.concat()))
}

fn vertex_in_window(snapshot: &Snapshot, v: VertexIx, window: &TimeWindow) -> bool {
    let bounds = Bounds::of(window);
    let labels = snapshot.labels_of(v);
    let declared = labels
        .into_iter()
        .filter_map(|l| Some((l, snapshot.schema().label(l)?.property(&window.property)?.id)));
    let mut declared = declared.peekable();
    declared.peek().is_none()
        || declared.any(|(label, p)| snapshot.vertex_property(v, label, p).is_some_and(|v| bounds.hold(&v)))
}

/// A text property of each vertex as codes.
pub(super) fn vertex_codes(
    ctx: &JobContext,
    snapshot: &Snapshot,
    vertices: Option<&[u32]>,
    property: &str,
) -> Result<VertexCodes, Stop> {
    let len = vertices.map_or(snapshot.vertex_bound() as usize, <[u32]>::len);
    let mut codes = ctx.alloc(len, u32::MAX)?;
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut names = Vec::new();
    let mut tick = ctx.tick();
    for (position, code) in codes.iter_mut().enumerate() {
        tick.spend(8)?;
        let v = VertexIx(vertices.map_or(position as u32, |all| all[position]));
        let Some(name) = text_of(snapshot, v, property) else { continue };
        *code = *known.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            names.len() as u32 - 1
        });
    }
    Ok(VertexCodes { codes: codes.release().share(), names: names.into() })
}

/// For each position 1 if its vertex has the label, which need not exist, or passes the condition; none if
/// neither is asked for.
pub(super) fn vertex_marks(
    ctx: &JobContext,
    snapshot: &Snapshot,
    vertices: Option<&[u32]>,
    spec: &ProjectionSpec,
) -> Result<Option<Slab<u8>>, Stop> {
    let marks = if let Some(name) = &spec.marked_label {
        let label = snapshot.schema().labels().find(|l| *l.name == **name).map(|l| l.id);
        marks_where(ctx, snapshot, vertices, |v| label.is_some_and(|l| snapshot.has_label(v, l)))?
    } else if let Some(part) = &spec.marked_part {
        marks_where(ctx, snapshot, vertices, |v| part.get().passes_vertex(snapshot, v))?
    } else {
        return Ok(None);
    };
    Ok(Some(marks))
}

fn marks_where(
    ctx: &JobContext,
    snapshot: &Snapshot,
    vertices: Option<&[u32]>,
    is_marked: impl Fn(VertexIx) -> bool + Sync,
) -> Result<Slab<u8>, Stop> {
    let len = vertices.map_or(snapshot.vertex_bound() as usize, <[u32]>::len);
    let mut marks = ctx.alloc(len, 0u8)?;
    ctx.par_fill(&mut marks, &even_cuts(len, MARK_CHUNK), |range, part, tick| {
        for (position, mark) in range.zip(part) {
            tick.spend(4)?;
            let v = VertexIx(vertices.map_or(position as u32, |all| all[position]));
            *mark = u8::from(is_marked(v));
        }
        Ok::<_, Stop>(())
    })?;
    Ok(marks.release().share())
}

fn text_of(snapshot: &Snapshot, v: VertexIx, property: &str) -> Option<String> {
    snapshot.labels_of(v).into_iter().find_map(|label| {
        let p = snapshot.schema().label(label)?.property(property)?;
        let mut text = String::new();
        p.data_type.write_text(&snapshot.vertex_property(v, label, p.id)?, &mut text);
        Some(text)
    })
}
