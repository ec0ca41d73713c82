//! The breadth-first tree from one vertex: spec 07, section 5.2.

use super::elements::distinct;
use super::marks::Marks;
use super::spec::{WalkError, Way};
use gesso_core::{JobContext, Pile, Stop, Tick, VertexIx};
use gesso_graph::snapshot::EdgePlace;
use gesso_graph::{End, Snapshot};

/// What a tree is asked to hold.
#[derive(Clone, Debug)]
pub struct TreeSpec {
    /// Id of the root.
    pub root: String,
    /// Most edges from the root.
    pub depth_max: u32,
    /// Which edges of a vertex are followed.
    pub way: Way,
    /// Only edges with one of these labels; none means all.
    pub labels: Option<Vec<String>>,
    /// Most vertices, the root included.
    pub vertices_max: u64,
    /// Most edges.
    pub edges_max: u64,
    /// Vertices with more edges than this are not expanded.
    pub degree_max: Option<u64>,
}

/// A breadth-first tree in the order in which it was collected: level by level, the vertices of a level in graph
/// order, the edges of each in graph order.
#[derive(Debug)]
pub struct BreadthTree {
    /// The vertices; the root is the first.
    pub vertices: Pile<VertexIx>,
    /// The edge by which each vertex after the root was reached: that of vertex i + 1 at position i.
    pub edges: Pile<EdgePlace>,
    /// The position of the vertex that it was reached from, as long as `edges`.
    pub parents: Pile<u32>,
    /// True if a maximum left something out.
    pub is_cut: bool,
}

impl TreeSpec {
    /// The root, which must exist.
    pub fn root(&self, snapshot: &Snapshot) -> Result<VertexIx, WalkError> {
        snapshot.find(&self.root).ok_or_else(|| WalkError::NoVertex(self.root.clone()))
    }

    /// For each label number, whether its edges are followed.
    fn followed(&self, snapshot: &Snapshot) -> Vec<bool> {
        let mut followed = vec![self.labels.is_none(); snapshot.schema().label_bound()];
        for name in self.labels.iter().flatten() {
            if let Some(label) = snapshot.schema().get(name) {
                followed[label.id.at()] = true;
            }
        }
        followed
    }
}

/// An edge out of a vertex of the present level, and where it leads.
type Reach = (EdgePlace, VertexIx);

/// Grows the tree until it is as deep as asked for, or a maximum is reached.
pub fn grow(ctx: &JobContext, snapshot: &Snapshot, spec: &TreeSpec) -> Result<BreadthTree, WalkError> {
    let root = spec.root(snapshot)?;
    let followed = spec.followed(snapshot);
    let mut seen = Marks::new(ctx, snapshot.vertex_bound())?;
    let mut tree = BreadthTree {
        vertices: Pile::new(ctx)?,
        edges: Pile::new(ctx)?,
        parents: Pile::new(ctx)?,
        is_cut: false,
    };
    seen.insert(root);
    tree.vertices.push(ctx, root)?;
    let (mut level, mut tick) = (vec![0u32], ctx.tick());
    ctx.phase("collect", 1.0, u64::from(spec.depth_max));
    for _ in 0..spec.depth_max {
        let start = tree.vertices.len();
        for parent in &level {
            let from = tree.vertices[*parent as usize];
            for (edge, to) in reaches(ctx, snapshot, spec, &followed, from, &mut tick)?.iter() {
                tick.spend(4)?;
                if !seen.insert(*to) {
                    continue;
                }
                tree.is_cut = tree.vertices.len() as u64 >= spec.vertices_max
                    || tree.edges.len() as u64 >= spec.edges_max;
                if tree.is_cut {
                    return Ok(tree);
                }
                tree.vertices.push(ctx, *to)?;
                tree.edges.push(ctx, *edge)?;
                tree.parents.push(ctx, *parent)?;
            }
        }
        // At most as long as what is collected, which is bounded.
        level = (start as u32..tree.vertices.len() as u32).collect();
        level.sort_unstable_by_key(|position| tree.vertices[*position as usize]);
        if level.is_empty() {
            break;
        }
        ctx.advance(1);
    }
    Ok(tree)
}

/// The edges that are followed from a vertex, in graph order; none if it has too many.
fn reaches(
    ctx: &JobContext,
    snapshot: &Snapshot,
    spec: &TreeSpec,
    followed: &[bool],
    from: VertexIx,
    tick: &mut Tick<'_>,
) -> Result<Pile<Reach>, Stop> {
    let (mut found, mut degree) = (Pile::new(ctx)?, 0u64);
    let ends: &[End] = match spec.way {
        Way::Out => &[End::Source],
        Way::In => &[End::Target],
        Way::Both => &[End::Source, End::Target],
    };
    for end in ends {
        snapshot.visit_edges(from, *end, |edge| {
            tick.spend(4)?;
            let is_seen_loop = spec.way == Way::Both && *end == End::Target && edge.source == from;
            if is_seen_loop {
                return Ok(());
            }
            degree += 1;
            let to = if *end == End::Source { edge.target } else { edge.source };
            let is_followed = followed.get(edge.label.at()).copied().unwrap_or(false);
            if is_followed { found.push(ctx, (edge.place(), to)) } else { Ok(()) }
        })?;
    }
    if spec.degree_max.is_some_and(|most| degree > most) {
        return Pile::new(ctx);
    }
    distinct(ctx, &[found], |(edge, _)| edge.by_source_and_index())
}
